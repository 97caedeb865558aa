{{ config(
    materialized='table_function',
    alias='convert_code',
    parameters=['asked_code', 'from_edition', 'to_edition'],
    contract={'enforced': false}
) }}

-- Through subheadings: a code of the CN is one, if it ends in 00, or a part of one.
with

codes as (
    select
        nomenclature,
        product_code,
        hs_nomenclature,
        left(product_code, 6) as hs6_code,
        length(product_code) = 6 or right(product_code, 2) = '00' as is_subheading,
    from {{ ref('dim_product_code') }}
),

editions as (
    select distinct
        nomenclature,
        hs_nomenclature,
    from codes
),

asked as (
    select
        regexp_replace(cast(asked_code as varchar), '[ .]', '', 'g') as product_code,
        upper(replace(cast(from_edition as varchar), ' ', '')) as nomenclature,
        upper(replace(cast(to_edition as varchar), ' ', '')) as to_nomenclature,
),

read as (
    select
        asked.nomenclature,
        asked.product_code,
        asked.to_nomenclature,
        codes.hs_nomenclature,
        coalesce(
            codes.hs6_code,
            error(
                'No code ' || left(asked.product_code, 20) || ' of ' || left(asked.nomenclature, 20)
                || ' is at hand. Editions: ' || (
                    select string_agg(known.nomenclature, ', ' order by known.nomenclature)
                    from editions as known
                )
                || '. The whole table of the HS: '
                || 'https://github.com/harvard-growth-lab/comtrade-conversion-weights'
            )
        ) as hs6_code,
        codes.is_subheading,
        coalesce(
            editions.hs_nomenclature,
            error('There is no edition ' || left(asked.to_nomenclature, 20) || ' at hand.')
        ) as to_hs_nomenclature,
    from asked
    left join codes using (nomenclature, product_code)
    left join editions
        on asked.to_nomenclature = editions.nomenclature
    where asked.product_code is not null
),

-- What the subheading is in the other edition of the HS.
across as (
    select
        read.*,
        read.hs6_code as to_hs6_code,
        'same' as across_link,
        'own edition' as basis,
        true as is_listed,
    from read
    where read.hs_nomenclature = read.to_hs_nomenclature
    union all
    select
        read.*,
        links.linked_code,
        links.link,
        links.basis,
        links.is_listed,
    from read
    inner join {{ ref('bridge_product_editions') }} as links
        on
            read.hs_nomenclature = links.nomenclature
            and read.hs6_code = links.product_code
            and read.to_hs_nomenclature = links.linked_nomenclature
),

-- Codes at hand of the CN below it; the subheading where there is none. Equal codes of two years of
-- the CN are taken for the same.
targets as (
    select
        across.*,
        coalesce(codes.nomenclature, across.to_hs_nomenclature) as linked_nomenclature,
        coalesce(codes.product_code, across.to_hs6_code) as linked_code,
        coalesce(codes.is_subheading, true) as is_linked_subheading,
        coalesce(across.product_code = codes.product_code and length(codes.product_code) = 8, false)
            as is_equal_cn,
        case
            when across.is_subheading then across.across_link
            when across.across_link in ('same', 'holds') then 'holds'
            else 'may_overlap'
        end as link_to_subheading,
    from across
    left join codes
        on across.to_nomenclature = codes.nomenclature and across.to_hs6_code = codes.hs6_code
)

select
    targets.nomenclature,
    targets.product_code,
    targets.linked_nomenclature,
    targets.linked_code,
    coalesce(named.product_name, named_whole.product_name) as linked_name,
    case
        when targets.is_equal_cn then 'same'
        when targets.is_linked_subheading then targets.link_to_subheading
        when targets.link_to_subheading in ('same', 'part_of') then 'part_of'
        else 'may_overlap'
    end as link,
    if(targets.is_equal_cn, 'assumed_unchanged', targets.basis) as basis,
    if(targets.is_equal_cn and targets.nomenclature <> targets.linked_nomenclature,
        'presumed', 'certain') as link_certainty,
    bool_or(targets.is_equal_cn) over ()
    or (
        bool_or(targets.is_listed or targets.across_link in ('same', 'holds')) over ()
        and bool_and(targets.is_linked_subheading) over ()
        and bool_and(targets.linked_nomenclature = targets.to_nomenclature) over ()
    ) as are_all_codes,
from targets
left join {{ ref('dim_product') }} as named
    on targets.linked_code = named.product_code
left join {{ ref('dim_product') }} as named_whole
    on left(targets.linked_code, 6) = named_whole.product_code
qualify targets.is_equal_cn or not bool_or(targets.is_equal_cn) over ()
order by targets.linked_nomenclature, targets.linked_code
