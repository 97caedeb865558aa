with recursive

steps as (select * from {{ ref('stg_reference__hs_concordances') }}),

-- From every code back in time, step by step. Two links compose to a certain one where one of them
-- is `same`, or both are parts, or both hold; else the goods may meet or not.
paths as (
    select distinct
        nomenclature_after as nomenclature,
        code_after as product_code,
        nomenclature_after as linked_nomenclature,
        code_after as linked_code,
        'same' as link,
        false as is_waste,
    from steps
    union
    select
        paths.nomenclature,
        paths.product_code,
        steps.nomenclature_before as linked_nomenclature,
        steps.code_before as linked_code,
        case
            when paths.link = 'same' then steps.link
            when steps.link = 'same' then paths.link
            when paths.link = steps.link and steps.link in ('part_of', 'holds') then steps.link
            else 'may_overlap'
        end as link,
        steps.is_waste,
    from paths
    inner join steps
        on
            paths.linked_nomenclature = steps.nomenclature_after
            and paths.linked_code = steps.code_after
    where not paths.is_waste
),

-- The surest of several paths counts.
surest as (
    select
        nomenclature,
        product_code,
        linked_nomenclature,
        linked_code,
        arg_min(link, {{ link_rank('link') }}) as link,
        bool_and(is_waste) as is_waste,
    from paths
    where nomenclature <> linked_nomenclature
    group by nomenclature, product_code, linked_nomenclature, linked_code
),

-- Either way: what is part of another is held by it.
final as (
    select
        surest.* exclude (is_waste),
        if(is_waste, 'waste', 'concordance') as basis,
    from surest
    union all by name
    select
        linked_nomenclature as nomenclature,
        linked_code as product_code,
        nomenclature as linked_nomenclature,
        product_code as linked_code,
        case link when 'part_of' then 'holds' when 'holds' then 'part_of' else link end as link,
        if(is_waste, 'waste', 'concordance') as basis,
    from surest
)

select * from final
