with

crm_act_stand_ins as (
    select * from {{ ref('crm_act_stand_ins') }}
),

renamed as (
    select
        benchmark_id,
        stand_in,
        aggregate_reason,
        source,
        {{ yes_or_no('is_ceiling') }} as is_ceiling,
    from crm_act_stand_ins
)

select * from renamed
