with

scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),

final as (
    select
        scenario_id,
        title,
        description as scenario_description,
        evidence_source,
        scenario_origin as data_origin,
        assumed_on,
    from scenarios
)

select * from final
order by scenario_id
