{{ config(materialized='table') }}

with

supplier_links as (
    select * from {{ ref('stg_exposure__supplier_links') }}
),

sites as (
    select * from {{ ref('stg_exposure__sites') }}
),

parts_in_scope as (
    select * from {{ ref('int_exposure__parts_in_scope') }}
),

part_controls as (
    select * from {{ ref('int_exposure__part_controls') }}
),

exporters as (
    select * from {{ ref('int_law__exporters') }}
),

lost_supply as (
    select * from {{ ref('int_scenarios__lost_supply') }}
),

newly_controlled as (
    select * from {{ ref('int_scenarios__newly_controlled') }}
),

links as (
    select
        parts_in_scope.part_number,
        parts_in_scope.data_origin,
        parts_in_scope.graph_id,
        parts_in_scope.part_id,
        parts_in_scope.unknown_supply,
        parts_in_scope.unallotted_supply,
        supplier_links.site_id,
        sites.firm,
        sites.country_code,
        least(1, {{ least_share('supply_share') }}) as share_low,
        least(1, {{ known_share('supply_share') }}) as share,
        least(1, {{ greatest_share('supply_share') }}) as share_high,
    from supplier_links
    inner join parts_in_scope
        using (data_origin, graph_id, part_id)
    left join sites
        using (data_origin, graph_id, site_id)
    where
        parts_in_scope.evidence_scope = 'all'
        or supplier_links.evidence_class = 'verified'
),

controlled as (
    select
        'base' as scenario_id,
        'measure' as target_kind,
        data_origin,
        graph_id,
        part_id,
        measure_id,
        max(share_low) as share_low,
        max(share_central) as share_central,
        max(share_high) as share_high,
    from part_controls
    group by data_origin, graph_id, part_id, measure_id
),

-- The clauses that a scenario puts in force for a country of the graph.
controlled_by_assumption as (
    select
        newly.scenario_id,
        'newly_controlled' as target_kind,
        part_controls.data_origin,
        part_controls.graph_id,
        part_controls.part_id,
        part_controls.measure_id,
        max(part_controls.share_low) as share_low,
        max(part_controls.share_central) as share_central,
        max(part_controls.share_high) as share_high,
    from part_controls
    inner join (
        select distinct
            newly_controlled.scenario_id,
            newly_controlled.measure_id,
            newly_controlled.clause_id,
            sites.data_origin,
            sites.graph_id,
        from newly_controlled
        inner join sites
            on newly_controlled.destination_iso3 = sites.country_code
    ) as newly
        using (data_origin, graph_id, measure_id, clause_id)
    group by all
),

controls as (
    select * from controlled
    union all
    select * from controlled_by_assumption
),

-- A measure bears on what comes from its exporters; who is unknown may be one.
from_exporters as (
    select
        controls.scenario_id,
        controls.target_kind,
        controls.measure_id as target_id,
        parts_in_scope.part_number,
        any_value(parts_in_scope.unknown_supply) as unknown_supply,
        any_value(parts_in_scope.unallotted_supply) as unallotted_supply,
        any_value(controls.share_low) as covered_low,
        any_value(coalesce(controls.share_central, controls.share_low)) as covered,
        any_value(controls.share_high) as covered_high,
        coalesce({{ sum_in_any_order('links.share_low', 'exporters.measure_id is not null') }}, 0)
            as share_low,
        coalesce({{ sum_in_any_order('links.share', 'exporters.measure_id is not null') }}, 0)
            as share,
        coalesce(
            {{ sum_in_any_order('links.share_high', 'exporters.measure_id is not null') }}, 0
        ) as share_high,
        count(exporters.measure_id) as link_count,
    from controls
    inner join parts_in_scope
        using (data_origin, graph_id, part_id)
    left join links
        on parts_in_scope.part_number = links.part_number
    left join exporters
        on
            controls.measure_id = exporters.measure_id
            and links.country_code = exporters.country_iso3
    group by all
),

losses as (
    select
        scenario_id,
        graph_origin as data_origin,
        graph_id,
        part_id,
        site_id,
        cast(max(share_lost) as double) as share_lost,
    from lost_supply
    group by all
),

stated as (
    select
        'base' as scenario_id,
        'site' as target_kind,
        site_id as target_id,
        part_number,
        share_low,
        share,
        greatest(share, least(share_high, share_low + unallotted_supply)) as share_high,
    from links
    union all by name
    select
        'base' as scenario_id,
        'firm' as target_kind,
        firm as target_id,
        part_number,
        {{ sum_in_any_order('share_low') }} as share_low,
        {{ sum_in_any_order('share') }} as share,
        {{ greatest_supply() }} as share_high,
    from links
    where firm is not null
    group by all
    union all by name
    select
        'base' as scenario_id,
        'country' as target_kind,
        country_code as target_id,
        part_number,
        {{ sum_in_any_order('share_low') }} as share_low,
        {{ sum_in_any_order('share') }} as share,
        {{ greatest_supply() }} as share_high,
    from links
    where country_code is not null
    group by all
    union all by name
    select
        scenario_id,
        target_kind,
        target_id,
        part_number,
        covered_low * share_low as share_low,
        covered * share as share,
        covered_high * greatest(
            share, least(share_low + unallotted_supply, share_high + unknown_supply)
        ) as share_high,
    from from_exporters
    where link_count > 0 or unknown_supply > 0
    union all by name
    select
        losses.scenario_id,
        'lost_supply' as target_kind,
        'lost' as target_id,
        links.part_number,
        {{ sum_in_any_order('links.share_low * losses.share_lost') }} as share_low,
        {{ sum_in_any_order('links.share * losses.share_lost') }} as share,
        greatest(
            {{ sum_in_any_order('links.share * losses.share_lost') }},
            least(
                {{ sum_in_any_order('links.share_low * losses.share_lost') }}
                + any_value(links.unallotted_supply),
                {{ sum_in_any_order('links.share_high * losses.share_lost') }}
                + any_value(links.unknown_supply)
            )
        ) as share_high,
    from links
    inner join losses
        using (data_origin, graph_id, part_id, site_id)
    group by all
),

final as (
    select
        cast(
            dense_rank() over (order by scenario_id, target_kind, target_id) as integer
        ) as target_number,
        scenario_id,
        target_kind,
        target_id,
        part_number,
        least(1, share_low) as share_low,
        least(1, share) as share,
        least(1, share_high) as share_high,
    from stated
)

select * from final
