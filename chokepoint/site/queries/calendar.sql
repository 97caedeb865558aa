-- One row per measure, account and day on which a legal status begins, as known on the day of the
-- site. `turn` counts how often the measure has entered that status: it stays when the day moves.
with

known as (
    select states.*
    from marts.fct_measure_states as states
    left join marts.dim_act as acts on states.measure_id = acts.act_id
    where
        states.known_from <= getvariable('as_of')
        and coalesce(states.known_to > getvariable('as_of'), true)
        and acts.standing is distinct from 'relief'
),

-- A status that goes on over several rows begins once.
begun as (
    select
        *,
        lag(state) over lane as state_before,
        lag(valid_to) over lane as before_to,
    from known
    window lane as (
        partition by measure_id, clause_id, destination, user_type, claim_group
        order by valid_from
    )
),

days as (
    select
        measure_id,
        claim_group,
        state,
        valid_from,
        any_value(instrument_no) as instrument_no,
        any_value(title) as title,
        any_value(source_url) as source_url,
        string_agg(distinct destination, ', ' order by destination) as destinations,
        count(distinct clause_id) as clause_count,
        max(known_from) as known_from,
        bool_or(certainty = 'imprecise_date') as is_imprecise,
        bool_or(is_disputed) as is_disputed,
        case
            when bool_and(certainty = 'settled') then 'settled'
            else max(certainty) filter (where certainty <> 'settled')
        end as certainty,
    from begun
    where not coalesce(state_before = state and before_to = valid_from, false)
    group by measure_id, claim_group, state, valid_from
    -- What an account shares with the base stands there.
    qualify
        claim_group = 'base'
        or not bool_or(claim_group = 'base') over (partition by measure_id, state, valid_from)
)

select
    days.*,
    measures.jurisdiction,
    -- Of measures whose text was not read, but what others write of it.
    not starts_with(measures.confidence, 'official text') as is_second_hand,
    row_number() over (
        partition by days.measure_id, days.claim_group, days.state
        order by days.valid_from
    ) as turn,
from days
inner join marts.dim_measure as measures using (measure_id)
order by days.valid_from, days.measure_id, days.claim_group, days.state;
