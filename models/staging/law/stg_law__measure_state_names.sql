with

measure_states as (select * from {{ ref('measure_states') }}),

renamed as (
    select
        state,
        try_cast(state_rank as integer) as state_rank,
        state_rank as state_rank_raw,
        {{ yes_or_no('is_standing') }} as is_standing,
        {{ yes_or_no('is_over') }} as is_over,
        description as state_description,
    from measure_states
)

select * from renamed
