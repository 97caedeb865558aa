with

scenarios as (select * from {{ ref('stg_scenarios__scenarios') }}),

-- The base is the scenario without any change, and belongs to everybody.
final as (
    select
        'base' as scenario_id,
        'Base' as title,
        'What is known, without any assumption.' as description,
        'base' as scenario_origin,
    union all by name
    select * exclude (vintage, line_number) rename (data_origin as scenario_origin)
    from scenarios
)

select * from final
