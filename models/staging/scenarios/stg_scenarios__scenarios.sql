with

landed as (
    select * from {{ source('landing', 'scenarios') }}
),

renamed as (
    select
        scenario_id,
        title,
        description,
        evidence_source,
        data_origin,
        vintage,
        line_number,
        assumed_on,
    from landed
)

select * from renamed
