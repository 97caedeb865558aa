with

lost_supply as (
    select * from {{ ref('int_scenarios__lost_supply') }}
),

bounds as (
    select
        scenario_id,
        graph_origin,
        graph_id,
        part_id,
        site_id,
        valid_from as bound_date,
    from lost_supply
    union
    select
        scenario_id,
        graph_origin,
        graph_id,
        part_id,
        site_id,
        valid_to as bound_date,
    from lost_supply
    where valid_to is not null
),

stretches as (
    select
        *,
        lead(bound_date) over (
            partition by scenario_id, graph_origin, graph_id, part_id, site_id
            order by bound_date
        ) as next_bound_date,
    from bounds
),

final as (
    select
        stretches.scenario_id,
        stretches.graph_origin,
        stretches.graph_id,
        stretches.part_id,
        stretches.site_id,
        max(lost_supply.share_lost) as share_lost,
        stretches.bound_date as valid_from,
        stretches.next_bound_date as valid_to,
    from stretches
    inner join lost_supply
        using (scenario_id, graph_origin, graph_id, part_id, site_id)
    where
        stretches.bound_date >= lost_supply.valid_from
        and (lost_supply.valid_to is null or stretches.bound_date < lost_supply.valid_to)
    group by all
)

select * from final
