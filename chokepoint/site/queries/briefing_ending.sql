-- One row per restriction on exports to the importer, day and state to follow: what ends within 90
-- days of the day, or has passed its end with no later act, as known on known_on.
with

reaching as (
    select
        measure_id,
        ends_on,
        state_after,
        min(columns(* exclude (measure_id, ends_on, state_after, importers))),
    from temp.ending
    where
        claim_group = 'base'
        and standing <> 'relief'
        and restricts_goods
        and list_contains(importers, getvariable('importer'))
    group by measure_id, ends_on, state_after
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
        count(distinct coalesce(act_instrument_no, act_title)) as lapsed_act_count,
        string_agg(
            distinct coalesce(act_instrument_no, act_title), '; '
            order by coalesce(act_instrument_no, act_title)
        ) as lapsed_acts,
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
