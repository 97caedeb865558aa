{{ config(
    materialized='table_function',
    alias='crisis',
    parameters=['event', 'as_of := null', 'known_on := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
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

targets as (
    select
        event_targets.event_id,
        event_targets.target_kind,
        event_targets.target_id,
        event_targets.basis,
    from {{ ref('bridge_event_targets') }} as event_targets
    cross join asked
    where asked.asked_event is null or event_targets.event_id = asked.asked_event
),

-- Links that the event takes: of the site, firm or country, or under the clause of the act.
hit_links as (
    select distinct
        targets.event_id,
        targets.target_kind,
        targets.target_id,
        links.data_origin,
        links.graph_id,
        links.part_id,
        links.site_id,
        -- Of a code that a clause covers in part, only the part counts.
        coalesce(links.supply_share_low, 0)
        * case when controls.measure_id is null then 1 else controls.covered_share_low end
            as supply_share_low,
        coalesce(links.supply_share_central, links.supply_share_low)
        * case when controls.measure_id is null then 1 else controls.covered_share_central end
            as supply_share_known,
        coalesce(links.supply_share_high, links.supply_share_central, 1)
        * case when controls.measure_id is null then 1 else controls.covered_share_high end
            as supply_share_high,
    from targets
    cross join {{ ref('bridge_exposure_suppliers') }} as links
    inner join {{ ref('dim_exposure_site') }} as sites
        using (data_origin, graph_id, site_id)
    left join {{ ref('bridge_exposure_measures') }} as controls
        on
            targets.target_kind = 'measure'
            and targets.target_id = controls.measure_id
            and links.data_origin = controls.data_origin
            and links.graph_id = controls.graph_id
            and links.part_id = controls.part_id
            and links.site_id = controls.site_id
            -- A clause addressed to one firm does not hit its product family elsewhere.
            and controls.coverage <> 'reference_only'
    where
        (targets.target_kind = 'site' and targets.target_id = sites.site_id)
        or (targets.target_kind = 'firm' and targets.target_id = sites.firm)
        or (targets.target_kind = 'country' and targets.target_id = sites.country_code)
        or controls.measure_id is not null
),

hit_parts as (
    select
        hit_links.event_id,
        hit_links.target_kind,
        hit_links.target_id,
        hit_links.data_origin,
        hit_links.graph_id,
        hit_links.part_id,
        least(1, sum(hit_links.supply_share_low)) as supply_lost_low,
        case
            when bool_and(hit_links.supply_share_known is not null)
                then least(1, sum(hit_links.supply_share_known))
        end as supply_lost,
        least(1, sum(hit_links.supply_share_high)) as supply_lost_high,
    from hit_links
    group by all
),

exposed as (
    select
        targets.event_id,
        shares.*,
        parts.part_name,
        row_number() over (
            partition by
                targets.event_id, shares.target_kind, shares.target_id, shares.data_origin,
                shares.graph_id
            order by shares.exposure_high desc, shares.part_id
        ) as product_rank,
    from targets
    inner join {{ ref('fct_exposure_shares') }} as shares
        using (target_kind, target_id)
    inner join {{ ref('dim_exposure_part') }} as parts
        using (data_origin, graph_id, part_id)
    where shares.scenario_id = 'base' and shares.evidence_scope = 'all'
),

products as (
    select
        exposed.event_id,
        exposed.target_kind,
        exposed.target_id,
        exposed.data_origin,
        exposed.graph_id,
        count(*) as product_count,
        string_agg(exposed.part_name, '; ' order by exposed.exposure_high desc, exposed.part_name)
            filter (where exposed.product_rank <= 5) as product_names,
        max(exposed.exposure_low) as exposure_low,
        max(exposed.exposure_share) as exposure_share,
        max(exposed.exposure_high) as exposure_high,
    from exposed
    group by all
),

-- Firms that make what is exposed; where none is known, the owners of sites stand in.
makers as (
    select
        exposed.event_id,
        exposed.target_kind,
        exposed.target_id,
        exposed.data_origin,
        exposed.graph_id,
        string_agg(distinct sites.firm, '; ' order by sites.firm) as firms,
    from exposed
    inner join {{ ref('bridge_exposure_suppliers') }}
        using (data_origin, graph_id, part_id)
    inner join {{ ref('dim_exposure_site') }} as sites
        using (data_origin, graph_id, site_id)
    group by all
),

owners as (
    select
        sites.data_origin,
        sites.graph_id,
        string_agg(distinct sites.firm, '; ' order by sites.firm) as firms,
    from {{ ref('dim_exposure_site') }} as sites
    where sites.site_role = 'own'
    group by sites.data_origin, sites.graph_id
),

capacity_figures as (
    select distinct
        figures.data_origin,
        figures.graph_id,
        figures.site_id,
        figures.metric || ' ' || case
            when figures.smallest_quantity < figures.greatest_quantity
                then format('{:,} to ', cast(figures.smallest_quantity as bigint))
            else ''
        end || format('{:,}', cast(figures.greatest_quantity as bigint))
        || coalesce(' ' || figures.unit, '') as figure_text,
    from {{ ref('fct_site_capacities') }} as figures
    where figures.quantity is not null
),

capacities as (
    select
        figures.data_origin,
        figures.graph_id,
        figures.site_id,
        string_agg(figures.figure_text, ', ' order by figures.figure_text) as capacity_text,
    from capacity_figures as figures
    group by figures.data_origin, figures.graph_id, figures.site_id
),

alternatives as (
    select
        hit_parts.event_id,
        hit_parts.target_kind,
        hit_parts.target_id,
        hit_parts.data_origin,
        hit_parts.graph_id,
        hit_parts.part_id,
        count(*) as alternative_count,
        string_agg(
            sites.firm || ', ' || sites.site_name || ' (' || sites.country_code || ')'
            || coalesce(': ' || capacities.capacity_text, ': capacity unknown'), '; '
            order by sites.firm, sites.site_name
        ) as alternatives,
    from hit_parts
    inner join {{ ref('bridge_exposure_suppliers') }}
        using (data_origin, graph_id, part_id)
    inner join {{ ref('dim_exposure_site') }} as sites
        using (data_origin, graph_id, site_id)
    anti join hit_links
        using (event_id, target_kind, target_id, data_origin, graph_id, part_id, site_id)
    left join capacities
        using (data_origin, graph_id, site_id)
    group by all
),

states as (
    select states_on.*
    from {{ ref('rpt_measure_state') }}(as_of, known_on) as states_on
    where states_on.claim_group = 'base'
),

-- Law that applies to the part on the day, and relief from it.
controls as (
    select
        measures.data_origin,
        measures.graph_id,
        measures.part_id,
        string_agg(
            distinct measures.measure_id || ' ' || replace(states.state, '_', ' '), '; '
            order by measures.measure_id || ' ' || replace(states.state, '_', ' ')
        ) as law,
        string_agg(distinct states.act_title, '; ' order by states.act_title) filter (
            where states.state in ('exempted', 'suspended', 'suspended_before_effect')
        ) as exemptions,
    from {{ ref('bridge_exposure_measures') }} as measures
    inner join states
        using (measure_id, clause_id)
    inner join {{ ref('dim_measure_state') }} as state_names
        using (state)
    where state_names.is_standing
    group by measures.data_origin, measures.graph_id, measures.part_id
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
        hit_parts.event_id,
        events.event_date,
        events.description as event_description,
        hit_parts.target_kind,
        hit_parts.target_id,
        targets.basis,
        hit_parts.graph_id,
        hit_parts.part_id,
        parts.part_name,
        parts.material,
        cast(hit_parts.supply_lost_low as double) as supply_lost_low,
        cast(hit_parts.supply_lost as double) as supply_lost,
        cast(hit_parts.supply_lost_high as double) as supply_lost_high,
        coalesce(products.product_count, 0) as products_affected,
        products.product_names,
        products.exposure_low as largest_exposure_low,
        products.exposure_share as largest_exposure_share,
        products.exposure_high as largest_exposure_high,
        coalesce(makers.firms, owners.firms) as firms,
        coalesce(alternatives.alternative_count, 0) as alternative_count,
        coalesce(alternatives.alternatives, 'none listed') as alternatives,
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
        hit_parts.data_origin,
    from hit_parts
    cross join asked
    inner join targets
        using (event_id, target_kind, target_id)
    inner join {{ ref('fct_events') }} as events
        using (event_id)
    inner join {{ ref('dim_exposure_part') }} as parts
        using (data_origin, graph_id, part_id)
    left join products
        using (event_id, target_kind, target_id, data_origin, graph_id)
    left join makers
        using (event_id, target_kind, target_id, data_origin, graph_id)
    left join owners
        on hit_parts.data_origin = owners.data_origin and hit_parts.graph_id = owners.graph_id
    left join alternatives
        using (event_id, target_kind, target_id, data_origin, graph_id, part_id)
    left join controls
        using (data_origin, graph_id, part_id)
    left join cover
        using (data_origin, graph_id, part_id)
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
