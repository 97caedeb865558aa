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
        * exclude (is_newest),
        left(product_code, 6) as hs6_code,
        length(product_code) = 6 or right(product_code, 2) = '00' as is_subheading,
    from {{ ref('dim_product_code') }}
),

asked as (
    select
        regexp_replace(cast(asked_code as varchar), '[ .]', '', 'g') as product_code,
        upper(replace(cast(from_edition as varchar), ' ', '')) as nomenclature,
        upper(replace(cast(to_edition as varchar), ' ', '')) as to_nomenclature,
),

known as (
    select
        asked.*,
        codes.hs_nomenclature,
        codes.is_subheading,
        coalesce(
            codes.hs6_code,
            error(
                'No code ' || left(asked.product_code, 20) || ' of ' || left(asked.nomenclature, 20)
                || ' is known here. Editions: ' || (
                    select string_agg(distinct every.nomenclature, ', ' order by every.nomenclature)
                    from codes as every
                )
                || '. The whole table of the HS: '
                || 'https://github.com/harvard-growth-lab/comtrade-conversion-weights'
            )
        ) as hs6_code,
        coalesce(
            (
                select any_value(every.hs_nomenclature) from codes as every
                where every.nomenclature = asked.to_nomenclature
            ),
            error('No code of ' || left(asked.to_nomenclature, 20) || ' is known here.')
        ) as to_hs_nomenclature,
        asked.nomenclature <> asked.to_nomenclature
        and coalesce(
            (
                select max(products.first_year) from {{ ref('dim_product') }} as products
                where left(products.product_code, 6) = codes.hs6_code
            ) > try_cast(
                least(right(asked.nomenclature, 4), right(asked.to_nomenclature, 4)) as integer
            ), false
        ) as has_younger_code,
    from asked
    left join codes using (nomenclature, product_code)
),

-- What the subheading is in the other edition of the HS.
linked_subheadings as (
    select
        known.*,
        coalesce(links.linked_code, known.hs6_code) as linked_hs6_code,
        coalesce(links.link, 'same') as hs_link,
        coalesce(links.basis, 'own edition') as basis,
        coalesce(links.is_listed or links.link in ('same', 'holds'), true) as is_whole,
    from known
    left join {{ ref('bridge_product_editions') }} as links
        on
            known.hs_nomenclature = links.nomenclature
            and known.hs6_code = links.product_code
            and known.to_hs_nomenclature = links.linked_nomenclature
    where links.link is not null or known.hs_nomenclature = known.to_hs_nomenclature
),

-- Known codes of the CN below it; the subheading where there is none. Equal codes of two years are
-- taken for the same where no younger code is known in the subheading.
targets as (
    select
        subheadings.* exclude (is_subheading),
        coalesce(codes.nomenclature, subheadings.to_hs_nomenclature) as linked_nomenclature,
        coalesce(codes.product_code, subheadings.linked_hs6_code) as linked_code,
        coalesce(codes.is_subheading, true) as is_subheading,
        subheadings.hs_link = 'same' and not subheadings.has_younger_code
        and coalesce(codes.product_code = subheadings.product_code, false) as is_equal,
        is_equal and not codes.is_subheading
        and subheadings.nomenclature <> subheadings.to_nomenclature as is_presumed,
        case
            when subheadings.is_subheading then subheadings.hs_link
            when subheadings.hs_link in ('same', 'holds') then 'holds'
            else 'may_overlap'
        end as link_to_subheading,
    from linked_subheadings as subheadings
    left join codes
        on
            subheadings.to_nomenclature = codes.nomenclature
            and subheadings.linked_hs6_code = codes.hs6_code
)

select
    targets.nomenclature,
    targets.product_code,
    targets.linked_nomenclature,
    targets.linked_code,
    named.product_name as linked_name,
    case
        when targets.is_equal then 'same'
        when targets.is_subheading then targets.link_to_subheading
        when targets.link_to_subheading in ('same', 'part_of') then 'part_of'
        else 'may_overlap'
    end as link,
    case when targets.is_presumed then 'assumed_unchanged' else targets.basis end as basis,
    case when targets.is_presumed then 'presumed' else 'certain' end as link_certainty,
    bool_or(targets.is_equal and not targets.is_presumed) over ()
    or bool_or(targets.is_whole) over ()
    and bool_and(targets.is_subheading and targets.linked_nomenclature = targets.to_nomenclature)
        over () as are_all_codes,
from targets
left join {{ ref('dim_product') }} as named
    on targets.linked_code = named.product_code
qualify
    targets.is_equal
    or not bool_or(targets.is_equal) over (partition by targets.linked_hs6_code)
order by targets.linked_nomenclature, targets.linked_code
