with recursive

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

bills as (
    select * from {{ ref('stg_exposure__bill_of_materials') }}
),

all_parts as (
    select
        data_origin,
        graph_id,
        part_id,
    from parts
    union
    select
        data_origin,
        graph_id,
        part_id,
    from bills
    union
    select
        data_origin,
        graph_id,
        component_id as part_id,
    from bills
),

-- Whole numbers in place of names: the steps below are many rows wide.
numbered as (
    select
        *,
        cast(row_number() over (order by data_origin, graph_id, part_id) as integer)
            as part_number,
    from all_parts
),

links as (
    select
        wholes.part_number,
        components.part_number as component_number,
        cast(bills.quantity_per_unit as double) as quantity,
    from bills
    inner join numbered as wholes
        on
            bills.data_origin = wholes.data_origin
            and bills.graph_id = wholes.graph_id
            and bills.part_id = wholes.part_id
    inner join numbered as components
        on
            bills.data_origin = components.data_origin
            and bills.graph_id = components.graph_id
            and bills.component_id = components.part_id
    where bills.quantity_per_unit is null or bills.quantity_per_unit > 0
),

products as (
    select numbered.part_number as product_number
    from numbered
    inner join parts
        on
            numbered.data_origin = parts.data_origin
            and numbered.graph_id = parts.graph_id
            and numbered.part_id = parts.part_id
    where parts.part_kind = 'final'
),

-- x = f + A f + A A f + ... = (I - A)^-1 f, where A holds the quantities per unit and f is one
-- unit of the product. Each step holds the next term in whole units of 1e-18, rounded down: they
-- add up the same in any order, and they vanish by themselves where the bill has no cycle, or
-- cycles that need less than one unit of a part to make one. Other cycles are cut off after
-- `requirement_max_tiers`; a term above 1e12 units of the component is not followed up.
terms as (
    select
        product_number,
        product_number as part_number,
        0 as tier,
        cast(1e18 as hugeint) as term,
    from products
    union all
    select
        terms.product_number,
        links.component_number as part_number,
        terms.tier + 1 as tier,
        cast(
            sum(cast(floor(least(terms.term * links.quantity, 1e31)) as hugeint)) as hugeint
        ) as term,
    from terms
    inner join links
        on terms.part_number = links.part_number
    where
        links.quantity is not null
        and terms.tier < {{ var('requirement_max_tiers') }}
        and terms.term between 1 and cast(1e30 as hugeint)
    group by terms.product_number, links.component_number, terms.tier
),

known_quantities as (
    select
        product_number,
        part_number as component_number,
        sum(term) as quantity,
    from terms
    where term > 0
    group by product_number, part_number
),

-- Every component, with or without known quantities on the way: a set, which ends on cycles.
reached as (
    select
        product_number,
        product_number as component_number,
        false as is_behind_unknown,
    from products
    union
    select
        reached.product_number,
        links.component_number,
        reached.is_behind_unknown or links.quantity is null as is_behind_unknown,
    from reached
    inner join links
        on reached.component_number = links.part_number
),

components as (
    select
        product_number,
        component_number,
        bool_or(is_behind_unknown) as is_behind_unknown,
    from reached
    group by product_number, component_number
),

-- A cycle that is cut off leaves all that it feeds unfinished, not only the part on which the
-- last step stood.
unfinished as (
    select
        product_number,
        part_number as component_number,
    from terms
    where
        term > cast(1e30 as hugeint)
        or (tier = {{ var('requirement_max_tiers') }} and term > 0)
    union
    select
        unfinished.product_number,
        links.component_number,
    from unfinished
    inner join links
        on unfinished.component_number = links.part_number
),

final as (
    select
        products.data_origin,
        products.graph_id,
        products.part_id,
        numbered.part_id as component_id,
        cast(known_quantities.quantity as double) / 1e18 as quantity_low,
        components.is_behind_unknown,
        unfinished.component_number is not null as is_cut_off,
    from components
    inner join numbered as products
        on components.product_number = products.part_number
    inner join numbered
        on components.component_number = numbered.part_number
    left join known_quantities
        on
            components.product_number = known_quantities.product_number
            and components.component_number = known_quantities.component_number
    left join unfinished
        on
            components.product_number = unfinished.product_number
            and components.component_number = unfinished.component_number
)

select * from final
