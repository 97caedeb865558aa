with

scope_codes as (
    select * from {{ ref('int_law__scope_codes') }}
),

links as (
    select * from {{ ref('int_trade__edition_links') }}
),

whole_codes as (
    select * from {{ ref('int_law__whole_codes') }}
),

listed as (
    select
        measure_id,
        product_code,
    from scope_codes
    where nomenclature = 'HS2022'
),

-- Where a measure is mapped to CN8 codes of a subheading, only these hold its items there.
mapped_subheadings as (
    select distinct
        measure_id,
        left(product_code, 6) as product_code,
    from scope_codes
    where nomenclature = 'CN2025'
),

linked as (
    select
        measure_id,
        product_code as listed_code,
        'HS2022' as nomenclature,
        product_code,
        'same' as link,
    from listed
    union all
    select
        listed.measure_id,
        listed.product_code as listed_code,
        links.linked_nomenclature as nomenclature,
        links.linked_code as product_code,
        links.link,
    from listed
    inner join links
        on links.nomenclature = 'HS2022' and listed.product_code = links.product_code
    where links.basis <> 'waste'
),

-- The surest link of several codes of a measure to one code counts.
final as (
    select
        linked.measure_id,
        linked.nomenclature,
        linked.product_code,
        arg_min(linked.link, {{ link_rank('linked.link') }}) as link,
        string_agg(distinct linked.listed_code, '; ' order by linked.listed_code) as listed_codes,
        bool_or(whole_codes.product_code is not null) as is_whole,
        bool_or(mapped_subheadings.product_code is not null) as is_mapped_to_cn,
    from linked
    left join whole_codes
        on
            linked.measure_id = whole_codes.measure_id
            and linked.nomenclature = whole_codes.nomenclature
            and linked.product_code = whole_codes.product_code
    left join mapped_subheadings
        on
            linked.measure_id = mapped_subheadings.measure_id
            and linked.listed_code = mapped_subheadings.product_code
    group by linked.measure_id, linked.nomenclature, linked.product_code
)

select * from final
