with recursive

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

bills as (
    select * from {{ ref('stg_exposure__bill_of_materials') }}
),

-- A set, which ends on cycles: nothing is followed twice.
needed as (
    select
        data_origin,
        graph_id,
        part_id,
        part_id as needed_part_id,
    from parts
    where part_kind = 'final'
    union
    select
        needed.data_origin,
        needed.graph_id,
        needed.part_id,
        bills.component_id as needed_part_id,
    from needed
    inner join bills
        on
            needed.data_origin = bills.data_origin
            and needed.graph_id = bills.graph_id
            and needed.needed_part_id = bills.part_id
    where bills.is_essential
),

final as (
    select
        data_origin,
        graph_id,
        part_id,
        needed_part_id,
    from needed
)

select * from final
