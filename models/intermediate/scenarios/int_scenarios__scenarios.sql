with

scenarios as (select * from {{ ref('stg_scenarios__scenarios') }}),

-- The base is the scenario without any change, and belongs to everybody.
final as (
    select
        'base' as scenario_id,
        'Base' as title,
        'What is known, without any assumption.' as description,
        cast(null as varchar) as evidence_source,
        'base' as scenario_origin,
        cast(null as date) as assumed_on,
    union all
    select
        scenario_id,
        title,
        description,
        evidence_source,
        data_origin as scenario_origin,
        assumed_on,
    from scenarios
)

select * from final
