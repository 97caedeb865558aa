{{ config(
    materialized='table_function',
    alias='is_covered',
    parameters=['code', 'destination', 'end_use', 'contains', 'without', 'as_of', 'known_on := null', 'scenario := null'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        1 as question_id,
        cast(code as varchar) as asked_code,
        cast(destination as varchar) as asked_place,
        cast(end_use as varchar) as asked_use,
        cast(contains as varchar) as asked_contains,
        cast(without as varchar) as asked_without,
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        {{ asked_scenario() }} as asked_scenario,
),

{{ coverage_answers('asked') }}

final as (
    select coverage_answers.* exclude (question_id)
    from coverage_answers
)

select final.*
from final
order by final.measure_id, final.clause_id, final.user_type, final.claim_group
