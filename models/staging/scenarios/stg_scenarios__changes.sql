with

landed as (
    select * from {{ source('landing', 'scenario_changes') }}
),

renamed as (
    select
        scenario_id,
        change_kind,
        target_kind,
        target_id,
        clause_id,
        state,
        product_code,
        note,
        data_origin,
        vintage,
        change_number,
        share_lost,
        pace_factor,
        line_number,
        valid_from,
        valid_to,
    from landed
)

select * from renamed
