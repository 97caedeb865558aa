-- One row per restriction on exports to the importer, day and state to follow: what ends within 90
-- days of the day, or has passed its end with no later act, as known on known_on.
with

asked as (
    select
        cast(getvariable('as_of') as date) as as_of,
        cast(getvariable('known_on') as date) as known_on,
        cast(getvariable('importer') as varchar) as importer,
),

reaching as (
    select
        ending.measure_id,
        ending.ends_on,
        ending.state_after,
        min(ending.instrument_no) as instrument_no,
        min(ending.title) as title,
        min(ending.source_url) as source_url,
        min(ending.days_left) as days_left,
        min(ending.state_before) as state_before,
        min(ending.rival_state) as rival_state,
        min(ending.rival_ends_on) as rival_ends_on,
        min(coalesce(ending.act_instrument_no, ending.act_title)) as ended_by,
        min(acts.jurisdiction) as jurisdiction,
    from asked, reports.measures_ending(asked.as_of, 90, asked.known_on) as ending
    inner join marts.dim_act as acts
        on
            ending.measure_id = acts.act_id
            and acts.standing <> 'relief'
            and acts.severity_weight is not null
    inner join marts.bridge_measure_destinations as places
        on
            ending.measure_id = places.measure_id
            and ending.clause_id = places.clause_id
            and ending.destination = places.destination
            and asked.importer = places.country_code
            and asked.known_on >= places.known_from
            and (places.known_to is null or asked.known_on < places.known_to)
    where ending.claim_group = 'base'
    group by ending.measure_id, ending.ends_on, ending.state_after
),

-- One act may suspend several measures.
lapsed as (
    select
        count(*) as lapsed_count,
        count(rival_state) as lapsed_disputed_count,
        -- The day until which the rival account holds, where it is one.
        if(
            count(rival_state) = count(rival_ends_on) filter (where rival_state is not null)
            and min(rival_ends_on) = max(rival_ends_on),
            max(rival_ends_on),
            null
        ) as lapsed_rival_ends_on,
        max(ends_on) as last_lapsed_on,
        count(distinct ended_by) as lapsed_act_count,
        string_agg(distinct ended_by, '; ' order by ended_by) as lapsed_acts,
    from reaching
    where days_left < 0
)

select
    reaching.*,
    lapsed.*,
    count(*) filter (where reaching.days_left >= 0) over () as coming_count,
from reaching
cross join lapsed
order by reaching.days_left < 0, abs(reaching.days_left), reaching.measure_id;
