{{ config(
    materialized='table_function',
    alias='crisis',
    parameters=['event', 'as_of := null', 'known_on := null'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        case
            when
                event is null
                or exists (
                    select 1
                    from {{ ref('fct_events') }} as known_events
                    where known_events.event_id = upper(trim(cast(event as varchar)))
                )
                then upper(trim(cast(event as varchar)))
            else error('there is no event ' || cast(event as varchar) || ': see marts.fct_events')
        end as asked_event,
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
),

states as (
    select states_on.*
    from {{ ref('rpt_measure_state') }}(as_of, known_on) as states_on
    where states_on.claim_group = 'base'
),

-- Law that applies to the part on the day; to one whose supplier is unknown, it may.
standing as (
    select
        measures.data_origin,
        measures.graph_id,
        measures.part_id,
        measures.measure_id || ' ' || replace(states.state, '_', ' ')
        || case
            when bool_and(measures.country_code is null)
                then ' if the unknown supplier is under it'
            else ''
        end as law,
        states.state,
        states.act_title,
    from {{ ref('bridge_exposure_measures') }} as measures
    inner join states
        using (measure_id, clause_id)
    inner join {{ ref('dim_measure_state') }} as state_names
        using (state)
    where state_names.is_standing
    group by
        measures.data_origin, measures.graph_id, measures.part_id, measures.measure_id,
        states.state, states.act_title
),

controls as (
    select
        standing.data_origin,
        standing.graph_id,
        standing.part_id,
        string_agg(distinct standing.law, '; ' order by standing.law) as law,
        string_agg(distinct standing.act_title, '; ' order by standing.act_title) filter (
            where standing.state in ('exempted', 'suspended', 'suspended_before_effect')
        ) as exemptions,
    from standing
    group by standing.data_origin, standing.graph_id, standing.part_id
),

cover as (
    select
        positions.data_origin,
        positions.graph_id,
        positions.part_id,
        count(*) as position_count,
        count(*) filter (
            where positions.status in ('unknown_stock', 'unknown_use', 'basis_differs')
        ) as unknown_positions,
        count(*) filter (where positions.as_of_date > asked.asked_on) as later_positions,
        min(positions.stock_out_date_p50) filter (where positions.as_of_date <= asked.asked_on)
            as first_stock_out_date,
    from {{ ref('fct_stock_cover') }} as positions
    cross join asked
    where
        positions.scenario_id = 'base' and positions.arrivals_case = 'licences_at_quantiles'
    group by positions.data_origin, positions.graph_id, positions.part_id
),

final as (
    select
        hits.event_id,
        events.event_date,
        events.description as event_description,
        hits.target_kind,
        hits.target_id,
        coalesce(
            sites.site_name || ', ' || sites.firm, acts.title, countries.country_name,
            hits.target_id
        ) as target_name,
        targets.basis,
        hits.graph_id,
        hits.part_id,
        parts.part_name,
        parts.material,
        hits.supply_lost_low,
        hits.supply_lost,
        hits.supply_lost_high,
        hits.products_affected,
        hits.product_names,
        hits.largest_exposure_low,
        hits.largest_exposure_share,
        hits.largest_exposure_high,
        hits.firms,
        hits.alternative_count,
        hits.alternatives,
        controls.law,
        controls.exemptions,
        cover.first_stock_out_date,
        case
            when cover.first_stock_out_date is not null
                then greatest(0, cover.first_stock_out_date - asked.asked_on)
        end as days_left,
        coalesce(cover.position_count, 0) as stock_positions,
        coalesce(cover.unknown_positions, 0) as unknown_positions,
        case
            when cover.position_count is null then 'no stock position listed'
            when cover.later_positions > 0 then 'the stock was read later'
            when cover.position_count = cover.unknown_positions then 'unknown'
            when cover.first_stock_out_date is null then 'does not run out in half of the draws'
            when cover.unknown_positions > 0 then 'of the known positions'
            else 'known'
        end as cover_text,
        asked.asked_on as as_of_date,
        hits.data_origin,
    from {{ ref('fct_event_hits') }} as hits
    cross join asked
    inner join {{ ref('bridge_event_targets') }} as targets
        using (event_id, target_kind, target_id)
    inner join {{ ref('fct_events') }} as events
        using (event_id)
    inner join {{ ref('dim_exposure_part') }} as parts
        using (data_origin, graph_id, part_id)
    left join controls
        using (data_origin, graph_id, part_id)
    left join cover
        using (data_origin, graph_id, part_id)
    left join {{ ref('dim_exposure_site') }} as sites
        on
            hits.target_kind = 'site'
            and hits.data_origin = sites.data_origin
            and hits.graph_id = sites.graph_id
            and hits.target_id = sites.site_id
    left join {{ ref('dim_act') }} as acts
        on hits.target_kind = 'measure' and hits.target_id = acts.act_id
    left join {{ ref('dim_country') }} as countries
        on hits.target_kind = 'country' and hits.target_id = countries.country_iso3
    where
        (asked.asked_event is null or hits.event_id = asked.asked_event)
        and events.event_date <= asked.asked_known
)

select final.*
from final
order by
    final.event_date,
    final.event_id,
    final.data_origin,
    final.graph_id,
    final.days_left,
    final.supply_lost desc,
    final.part_id
