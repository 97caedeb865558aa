{# Its macro is written for the published file, which DuckDB alone has. #}
{{ config(alias='calibration', enabled=(target.type == 'duckdb')) }}

with

asked as (
    select
        label_id as question_id,
        code as asked_code,
        destination as asked_place,
        end_use as asked_use,
        contains as asked_contains,
        without as asked_without,
        cast(as_of as date) as asked_on,
        cast(coalesce(known_on, as_of) as date) as asked_known,
        'base' as asked_scenario,
    from {{ ref('coverage_labels') }}
),

{{ coverage_answers('asked') }}

-- A part is covered where one clause covers it, and not where none does or may.
answered_labels as (
    select
        question_id,
        case
            when bool_or(answer = 'yes') then 'yes'
            when bool_or(answer = 'cannot tell') then 'cannot tell'
            else 'no'
        end as answer,
    from coverage_answers
    group by question_id
),

coverage_labels as (
    select
        'coverage' as subject,
        labels.label_id,
        labels.kind,
        labels.answer as label,
        answered_labels.answer as found,
        labels.answer as label_answer,
        answered_labels.answer as found_answer,
    from {{ ref('coverage_labels') }} as labels
    left join answered_labels
        on labels.label_id = answered_labels.question_id
),

-- Of the law the question is whether the clause applies.
law_labels as (
    select
        'law' as subject,
        labels.label_id,
        labels.kind,
        coalesce(labels.state, 'no row') as label,
        coalesce(states.state, 'no row') as found,
        case
            when labels.is_disputed = 'Y' or labels.state in ('unknown', 'lapsed_presumed')
                then 'cannot tell'
            when labels.state = 'in_force' then 'yes'
            else 'no'
        end as label_answer,
        case
            when states.is_disputed or states.state in ('unknown', 'lapsed_presumed')
                then 'cannot tell'
            when states.state = 'in_force' then 'yes'
            else 'no'
        end as found_answer,
    from {{ ref('law_labels') }} as labels
    left join {{ ref('fct_measure_states') }} as states
        on
            labels.measure_id = states.measure_id
            and labels.clause_id = states.clause_id
            and labels.destination = states.destination
            and labels.user_type = states.user_type
            and labels.claim_group = states.claim_group
            and cast(labels.valid_on as date) >= states.valid_from
            and (states.valid_to is null or cast(labels.valid_on as date) < states.valid_to)
            and cast(labels.known_on as date) >= states.known_from
            and (states.known_to is null or cast(labels.known_on as date) < states.known_to)
),

labelled as (
    select * from law_labels
    union all
    select * from coverage_labels
),

counted as (
    select
        subject,
        coalesce(kind, 'all') as kind,
        count(*) as label_count,
        count(*) filter (where label_answer <> 'cannot tell') as decisive_label_count,
        count(*) filter (where found_answer = 'no' and label_answer <> 'no') as false_no_count,
        count(*) filter (where found_answer = 'yes' and label_answer <> 'yes') as false_yes_count,
        count(*) filter (where label_answer <> 'cannot tell' and found_answer = label_answer)
            as decisive_count,
        count(*) filter (where found <> label) as differing_count,
        string_agg(label_id, ', ' order by label_id) filter (where found <> label)
            as differing_labels,
        count(*) filter (where found_answer = 'no') as found_no_count,
        count(*) filter (where found_answer = 'yes') as found_yes_count,
    from labelled
    group by grouping sets ((subject, kind), (subject))
),

final as (
    select
        subject,
        kind,
        differing_labels,
        cast(label_count as integer) as label_count,
        cast(decisive_label_count as integer) as decisive_label_count,
        cast(decisive_count as integer) as decisive_count,
        cast(false_no_count as integer) as false_no_count,
        cast(false_yes_count as integer) as false_yes_count,
        cast(differing_count as integer) as differing_count,
        {{ significant('decisive_count / nullif(decisive_label_count, 0)') }} as decisive_share,
        {{ significant('false_no_count / nullif(found_no_count, 0)') }} as false_no_share,
        {{ significant('false_yes_count / nullif(found_yes_count, 0)') }} as false_yes_share,
    from counted
)

select * from final
order by subject, kind
