-- depends_on: {{ ref('int_law__input_faults') }}
with

state_names as (select * from {{ ref('stg_law__measure_state_names') }}),

final as (
    select state_names.* exclude (state_rank_raw)
    from state_names
)

select * from final
order by state_rank
