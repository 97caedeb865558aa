{{ config(
    materialized='table_function',
    alias='measures_ending',
    parameters=['as_of', 'days', 'known_on := null', 'scenario := null'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        cast(least(coalesce(cast(days as bigint), 90), 36500) as integer) as within_days,
        {{ asked_scenario() }} as asked_scenario,
),

-- All that was known then, future included.
known as (
    select measure_states.*
    from {{ ref('fct_scenario_measure_states') }} as measure_states
    cross join asked
    where
        measure_states.scenario_id = asked.asked_scenario
        and measure_states.known_from <= asked.asked_known
        and (measure_states.known_to is null or asked.asked_known < measure_states.known_to)
),

standing as (
    select
        known.*,
        asked.asked_on,
        asked.within_days,
    from known
    cross join asked
    where
        known.valid_from <= asked.asked_on
        and (known.valid_to is null or asked.asked_on < known.valid_to)
),

-- When the relief ended that is presumed over.
lapses as (
    select
        standing.measure_id,
        standing.clause_id,
        standing.destination,
        standing.user_type,
        standing.claim_group,
        max(earlier.valid_to) as lapsed_on,
        arg_max(earlier.state, earlier.valid_to) as lapsed_from_state,
    from standing
    inner join known as earlier
        on
            standing.measure_id = earlier.measure_id
            and standing.clause_id = earlier.clause_id
            and standing.destination = earlier.destination
            and standing.user_type = earlier.user_type
            and earlier.claim_group in ('base', standing.claim_group)
            and earlier.state <> 'lapsed_presumed'
            and standing.asked_on >= earlier.valid_to
    where standing.state = 'lapsed_presumed'
    group by all
),

ending as (
    select
        standing.*,
        coalesce(lapses.lapsed_on, standing.valid_to) as ends_on,
        case
            when standing.state = 'lapsed_presumed' then lapses.lapsed_from_state
            else standing.state
        end as ending_state,
    from standing
    left join lapses
        using (measure_id, clause_id, destination, user_type, claim_group)
    where
        standing.state = 'lapsed_presumed'
        or (
            standing.state in ('in_force', 'suspended', 'suspended_before_effect', 'exempted')
            and standing.valid_to <= standing.asked_on + standing.within_days
        )
),

products as (
    select
        scope.measure_id,
        scope.clause_id,
        count(distinct scope.product_code) filter (where scope.nomenclature = 'HS2022')
            as hs6_count,
        string_agg(distinct scope.product_code, ', ' order by scope.product_code)
            filter (where scope.nomenclature = 'HS2022') as hs6_codes,
    from {{ ref('bridge_measure_products') }} as scope
    group by scope.measure_id, scope.clause_id
),

final as (
    select
        case
            when ending.state = 'lapsed_presumed'
                then
                    case ending.asked_on - ending.ends_on
                        when 0 then 'lapsed today'
                        when 1 then 'lapsed yesterday'
                        else 'lapsed ' || (ending.asked_on - ending.ends_on) || ' days ago'
                    end
            when ending.ends_on - ending.asked_on = 1 then 'ends in 1 day'
            else 'ends in ' || (ending.ends_on - ending.asked_on) || ' days'
        end as answer,
        case
            when ending.is_disputed or coalesce(after_it.is_disputed, false) then 'disputed'
            -- The answer says what follows: it is as certain as that.
            when after_it.certainty <> 'settled' then after_it.certainty
            else ending.certainty
        end as certainty,
        ending.measure_id,
        ending.clause_id,
        ending.destination,
        ending.user_type,
        ending.claim_group,
        ending.ending_state as state_before,
        ending.state,
        ending.ends_on,
        ending.ends_on - ending.asked_on as days_left,
        coalesce(after_it.state, ending.state) as state_after,
        ending.is_disputed or coalesce(after_it.is_disputed, false) as is_disputed,
        rivals.claim_group as rival_claim_group,
        rivals.state as rival_state,
        rivals.valid_to as rival_ends_on,
        rivals.act_title as rival_rests_on,
        ending.instrument_no,
        ending.title,
        ending.source_url,
        ending.confidence,
        ending.act_id,
        ending.act_instrument_no,
        ending.act_title,
        ending.act_source_url,
        coalesce(products.hs6_count, 0) as hs6_count,
        products.hs6_codes,
    from ending
    left join known as after_it
        on
            ending.state <> 'lapsed_presumed'
            and ending.measure_id = after_it.measure_id
            and ending.clause_id = after_it.clause_id
            and ending.destination = after_it.destination
            and ending.user_type = after_it.user_type
            and ending.claim_group = after_it.claim_group
            and ending.ends_on = after_it.valid_from
    left join (
        select
            known.measure_id,
            known.clause_id,
            known.destination,
            known.user_type,
            known.claim_group,
            known.state,
            known.valid_from,
            known.valid_to,
            rival_acts.title as act_title,
        from known
        left join {{ ref('dim_act') }} as rival_acts
            on known.rival_act_id = rival_acts.act_id
        where known.claim_group <> 'base' and known.is_disputed
    ) as rivals
        on
            ending.claim_group = 'base'
            and ending.measure_id = rivals.measure_id
            and ending.clause_id = rivals.clause_id
            and ending.destination = rivals.destination
            and ending.user_type = rivals.user_type
            and rivals.valid_from <= greatest(ending.ends_on, ending.asked_on)
            and (
                rivals.valid_to is null
                or greatest(ending.ends_on, ending.asked_on) < rivals.valid_to
            )
    left join products
        on ending.measure_id = products.measure_id and ending.clause_id = products.clause_id
)

select final.*
from final
order by final.days_left, final.measure_id, final.clause_id, final.claim_group
