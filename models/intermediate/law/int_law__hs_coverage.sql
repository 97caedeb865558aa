with

scope_codes as (select * from {{ ref('int_law__scope_codes') }}),
links as (select * from {{ ref('int_trade__edition_links') }}),
steps as (select * from {{ ref('stg_reference__hs_concordances') }}),

whole as (
    select
        measure_id,
        product_code,
    from scope_codes
    where nomenclature = 'HS2022' and is_whole
),

-- Codes of which a part went to codes that are not bundled.
incomplete as (
    select
        nomenclature_before as nomenclature,
        code_before as product_code,
    from steps
    where not is_waste
    group by nomenclature_before, code_before
    having count(*) < any_value(later_code_count)
    union
    -- Or to none at all.
    select
        nomenclature_after as nomenclature,
        code_after as product_code,
    from steps
    anti join (
        select
            later_steps.nomenclature_before as nomenclature_after,
            later_steps.code_before as code_after,
        from steps as later_steps
        where not later_steps.is_waste
    ) as onward
        using (nomenclature_after, code_after)
    where nomenclature_after < 'HS2022'
),

candidates as (
    select distinct
        whole.measure_id,
        links.linked_nomenclature as nomenclature,
        links.linked_code as product_code,
    from whole
    inner join links
        on links.nomenclature = 'HS2022' and whole.product_code = links.product_code
    where links.basis <> 'waste'
),

-- Where the goods of an earlier code are now, and by which codes they went.
later as (
    select
        candidates.measure_id,
        candidates.nomenclature,
        candidates.product_code,
        bool_and(links.linked_nomenclature <> 'HS2022' or whole.product_code is not null)
            as is_all_whole,
        bool_or(incomplete.product_code is not null) as is_incomplete,
    from candidates
    inner join links
        on
            candidates.nomenclature = links.nomenclature
            and candidates.product_code = links.product_code
            and candidates.nomenclature < links.linked_nomenclature
            and links.basis <> 'waste'
    left join whole
        on
            candidates.measure_id = whole.measure_id
            and links.linked_nomenclature = 'HS2022'
            and links.linked_code = whole.product_code
    left join incomplete
        on
            links.linked_nomenclature = incomplete.nomenclature
            and links.linked_code = incomplete.product_code
    group by candidates.measure_id, candidates.nomenclature, candidates.product_code
),

whole_codes as (
    select
        later.measure_id,
        later.nomenclature,
        later.product_code,
    from later
    anti join incomplete
        using (nomenclature, product_code)
    where later.is_all_whole and not later.is_incomplete
    union all
    select
        measure_id,
        'HS2022' as nomenclature,
        product_code,
    from whole
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
        using (measure_id, nomenclature, product_code)
    left join mapped_subheadings
        on
            linked.measure_id = mapped_subheadings.measure_id
            and linked.listed_code = mapped_subheadings.product_code
    group by linked.measure_id, linked.nomenclature, linked.product_code
)

select * from final
