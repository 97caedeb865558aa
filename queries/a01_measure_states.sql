-- A1: In which state was each measure on a day, as known on a day, and what has been learned since?
-- One row per measure, clause, destination, user type and account that holds on that day. Rows are
-- as known on known_on, as known today, or both.
-- Certainty: `settled`, `presumed`, `imprecise_date`, `reported_only` (by the press; the act itself
-- was not read) or `as_cited` (by law firms or secondary data). `disputed` means that rival
-- accounts exist; each has its row.
-- list_read_to: somebody read the authority's list of acts up to that day, where not empty.
-- newest_source_on: day of the newest source recorded. newest_act: the newest act seen.
-- param: valid_on date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later knowledge; default: valid_on'
-- param: destination place 'Importing country (DE, DEU, Germany) or EU27; default: all'
-- param: code code 'HS6 or CN8 code: adds how each clause covers it, clauses that list it first'
-- param: measure_id text 'One measure, such as CN-2025-18 or No. 18/2025; default: all'
-- known: measure_id in marts.dim_act(act_id, instrument_no)
-- short: measure_id, code_coverage, clause_id, certainty, state, destination, valid_from, valid_to
-- short: claim_group, instrument_no, user_type, title
-- first: code_rank, valid_from desc 'coverage of the code, newest state'
with

asked as (
    select
        coalesce(cast(getvariable('valid_on') as date), current_date) as valid_on,
        coalesce(cast(getvariable('known_on') as date), valid_on) as known_on,
        greatest(known_on, current_date) as today,
        (
            select place_code
            from reports.place(cast(getvariable('destination') as varchar))
        ) as country_code,
        case
            when not regexp_full_match(cast(getvariable('code') as varchar), ' *[0-9][0-9 .]*')
                then
                    error(
                        'code ' || left(cast(getvariable('code') as varchar), 60)
                        || ': a code of customs has digits only, such as 8505 11'
                    )
            else regexp_replace(cast(getvariable('code') as varchar), '[ .]', '', 'g')
        end as code,
),

moments as (
    select
        *,
        unnest(list_distinct([known_on, today])) as seen_on,
    from asked
),

-- A clause bears on a country under the most specific of its destinations, as known on that day.
as_known as (
    select
        states.*,
        moments.seen_on = moments.known_on as is_then,
        moments.seen_on = moments.today as is_today,
    from moments, reports.measure_state(moments.valid_on, moments.seen_on) as states
    where
        getvariable('destination') is null
        or exists (
            from marts.bridge_measure_destinations as places
            where
                states.measure_id = places.measure_id
                and states.clause_id = places.clause_id
                and states.destination = places.destination
                and moments.country_code = places.country_code
                and moments.seen_on >= places.known_from
                and (places.known_to is null or moments.seen_on < places.known_to)
        )
),

-- Clauses on technologies, goods made abroad and the like name no code at all.
without_code as (
    select distinct
        measure_id,
        clause_id,
    from marts.bridge_measure_products
    where nomenclature = 'none'
),

-- How the clause covers the code: by its CN8 code where mapped, else by its subheading.
covered as (
    select
        scope.measure_id,
        scope.clause_id,
        arg_max(scope.coverage, length(scope.product_code)) as coverage,
    from marts.bridge_measure_products as scope, asked
    where
        scope.nomenclature in ('HS2022', 'CN2025')
        and (scope.product_code = asked.code or scope.product_code = left(asked.code, 6))
    group by all
),

both_times as (
    select
        measure_id,
        clause_id,
        destination,
        user_type,
        claim_group,
        any_value(state) filter (where is_then) as state,
        any_value(state) filter (where is_today) as state_as_known_today,
        arg_max(certainty, is_then) as certainty,
        any_value(valid_from) filter (where is_then) as valid_from,
        any_value(valid_to) filter (where is_then) as valid_to,
        arg_max(instrument_no, is_then) as instrument_no,
        arg_max(title, is_then) as title,
        arg_max(act_title, is_then) as rests_on,
        arg_max(act_source_url, is_then) as source_url,
        arg_max(act_confidence, is_then) as confidence,
    from as_known
    group by measure_id, clause_id, destination, user_type, claim_group
)

select
    both_times.measure_id,
    both_times.clause_id,
    both_times.instrument_no,
    both_times.destination,
    both_times.user_type,
    both_times.claim_group,
    both_times.state,
    both_times.state_as_known_today,
    coalesce(both_times.state, '')
    <> coalesce(both_times.state_as_known_today, '') as learned_since,
    both_times.certainty,
    both_times.valid_from,
    both_times.valid_to,
    case
        when asked.code is null then null
        when length(asked.code) not in (6, 8) then 'not a code of six or eight digits'
        when covered.coverage is not null then covered.coverage
        when without_code.measure_id is not null then 'has items without a code'
        else 'not listed'
    end as code_coverage,
    both_times.title,
    both_times.rests_on,
    both_times.confidence,
    both_times.source_url,
    reading.list_read_to,
    reading.newest_source_on,
    reading.newest_act,
    case
        when asked.code is null or length(asked.code) not in (6, 8) then null
        when covered.coverage is not null then 1
        when without_code.measure_id is not null then 2
        else 3
    end as code_rank,
from both_times
cross join asked
left join covered using (measure_id, clause_id)
left join without_code using (measure_id, clause_id)
left join marts.dim_act as acts
    on both_times.measure_id = acts.act_id
left join meta.law_coverage as reading
    on acts.jurisdiction = reading.jurisdiction
where
    coalesce(lower(trim(cast(getvariable('measure_id') as varchar))), lower(acts.act_id))
    in (lower(acts.act_id), lower(acts.instrument_no))
order by
    covered.coverage is null,
    both_times.measure_id,
    both_times.clause_id,
    both_times.user_type,
    both_times.claim_group;
