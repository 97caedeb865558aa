with recursive

parts as (select * from {{ ref('stg_exposure__parts') }}),
bill_of_materials as (select * from {{ ref('stg_exposure__bill_of_materials') }}),

-- Numbers instead of names: a large graph is gone through several times.
numbered as (
    select
        data_origin,
        graph_id,
        part_id,
        row_number() over (order by data_origin, graph_id, part_id) as part_number,
    from parts
),

-- Left joins, for DuckDB would else join all parts of a graph with each other first, which is 5.8
-- million rows. A component that is no part holds nothing: its lines go in the first round.
lines as (
    select
        above.part_number,
        below.part_number as component_number,
    from bill_of_materials
    left join numbered as above
        using (data_origin, graph_id, part_id)
    left join numbered as below
        on
            bill_of_materials.data_origin = below.data_origin
            and bill_of_materials.graph_id = below.graph_id
            and bill_of_materials.component_id = below.part_id
),

-- Lines to a component that holds nothing, and of a part that goes into nothing, are on no
-- cycle. They are taken away, round by round, until a round takes none: what is left goes round.
peeled as (
    select
        part_number,
        component_number,
        0 as round_number,
        count(*) over () as line_count,
        false as is_left,
    from lines
    union all
    select
        peeled.part_number,
        peeled.component_number,
        peeled.round_number + 1 as round_number,
        count(*) over () as line_count,
        count(*) over () = peeled.line_count
        or peeled.round_number + 1 = {{ var('bill_peeling_rounds') }} as is_left,
    from peeled
    where
        not peeled.is_left
        and peeled.component_number in (select holding.part_number from peeled as holding)
        and peeled.part_number in (select held.component_number from peeled as held)
),

on_cycles as (
    select part_number
    from peeled
    where is_left
    union
    select component_number as part_number
    from peeled
    where is_left
),

final as (
    select
        numbered.data_origin,
        numbered.graph_id,
        numbered.part_id,
    from on_cycles
    inner join numbered
        using (part_number)
)

select * from final
