{{ config(
    materialized='table_function',
    alias='are_parts_covered',
    parameters=['parts', 'as_of := null', 'known_on := null', 'scenario := null'],
    contract={'enforced': false}
) }}

with

listed as (
    select
        unnest(
            cast(
                parts as struct(
                    product_code varchar, destination varchar, end_use varchar, contains varchar,
                    "without" varchar
                )[]
            )
        ) as part,
        unnest(range(1, len(parts) + 1)) as question_id,
),

asked as (
    select
        question_id,
        part.product_code as asked_code,
        part.destination as asked_place,
        part.end_use as asked_use,
        part.contains as asked_contains,
        part.without as asked_without,
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        {{ asked_scenario() }} as asked_scenario,
    from listed
),

{{ coverage_answers('asked') }}

-- A part is covered where one clause covers it, and not where none does or may; of several clauses
-- that cannot tell, the one that a supplier's word on the composition would settle is asked about.
ranked as (
    select
        *,
        row_number() over (
            partition by question_id
            order by
                list_position(['yes', 'cannot tell', 'no'], answer),
                list_position(['contains', 'code', 'destination', 'end use'], asks_for) nulls last,
                measure_id, clause_id, user_type, claim_group
        ) as answer_rank,
        list(distinct coalesce(instrument_no, measure_id)) over (
            partition by question_id, answer
        ) as instruments,
        count(*) filter (where answer = 'cannot tell') over (partition by question_id)
            as open_count,
    from coverage_answers
),

final as (
    select
        listed.question_id as part_number,
        listed.part.product_code,
        listed.part.destination,
        listed.part.end_use,
        listed.part.contains,
        listed.part.without,
        ranked.answer,
        ranked.certainty,
        ranked.asks_for,
        ranked.deciding_question,
        ranked.answer_if_yes,
        -- What settles one clause leaves the others open.
        case when ranked.open_count > 1 then 'cannot tell' else ranked.answer_if_no end
            as answer_if_no,
        ranked.reason,
        ranked.read_as,
        case
            when ranked.answer <> 'no'
                then array_to_string(list_sort(ranked.instruments), ', ')
        end as instruments,
    from listed
    inner join ranked
        on listed.question_id = ranked.question_id and ranked.answer_rank = 1
)

select final.*
from final
order by final.part_number
