with

targets as (select * from {{ ref('int_exposure__targets') }}),
scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),

-- What holds without an assumption holds under each of them too.
final as (
    select
        cast(
            row_number() over (
                order by scenarios.scenario_id, targets.target_kind, targets.target_id
            ) as integer
        ) as order_number,
        scenarios.scenario_id,
        scenarios.scenario_origin,
        targets.target_number,
        targets.target_kind,
        targets.target_id,
        targets.is_measure,
    from targets
    inner join scenarios
        on targets.scenario_id in ('base', scenarios.scenario_id)
)

select * from final
