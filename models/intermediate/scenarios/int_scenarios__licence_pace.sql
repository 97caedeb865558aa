with

scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),
changes as (select * from {{ ref('stg_scenarios__changes') }}),

pace as (
    select
        scenario_id,
        case when target_kind = 'all' then 'all' else 'material' end as stratum_kind,
        case when target_kind = 'all' then 'all' else target_id end as stratum,
        min(pace_factor) as pace_factor,
        min(valid_from) as valid_from,
    from changes
    where change_kind = 'licence_pace'
    group by all
),

final as (
    select
        pace.*,
        scenarios.scenario_origin,
    from pace
    inner join scenarios
        on pace.scenario_id = scenarios.scenario_id
)

select * from final
