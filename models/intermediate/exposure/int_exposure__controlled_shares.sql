{% set is_unknown_place = 'links.site_id is not null and links.country_code is null' %}

with

links as (select * from {{ ref('int_exposure__links_in_scope') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
part_controls as (select * from {{ ref('int_exposure__part_controls') }}),
exporters as (select * from {{ ref('int_law__exporters') }}),
newly_controlled as (select * from {{ ref('int_scenarios__newly_controlled') }}),

-- The clauses that a scenario puts in force for a country of the graph.
newly_listed as (
    select distinct
        newly_controlled.scenario_id,
        newly_controlled.measure_id,
        newly_controlled.clause_id,
        sites.data_origin,
        sites.graph_id,
    from newly_controlled
    inner join sites
        on newly_controlled.destination_iso3 = sites.country_code
),

controlled as (
    select
        'base' as scenario_id,
        'measure' as target_kind,
        part_controls.*,
    from part_controls
    union all by name
    select
        newly_listed.scenario_id,
        'newly_controlled' as target_kind,
        part_controls.*,
    from part_controls
    inner join newly_listed
        using (data_origin, graph_id, measure_id, clause_id)
),

controls as (
    select
        scenario_id,
        target_kind,
        data_origin,
        graph_id,
        part_id,
        measure_id,
        max(share_low) as share_low,
        max(share_central) as share_central,
        max(share_high) as share_high,
    from controlled
    group by all
),

-- A measure bears on what comes from its exporters; who is unknown may be one, and so may a site
-- whose country is unknown.
final as (
    select
        controls.scenario_id,
        controls.target_kind,
        controls.measure_id as target_id,
        parts_in_scope.part_number,
        any_value(parts_in_scope.unknown_supply)
        + coalesce({{ sum_in_any_order('links.share_high', is_unknown_place) }}, 0)
            as unknown_supply,
        any_value(parts_in_scope.unallotted_supply)
        + coalesce({{ sum_in_any_order('links.share_low', is_unknown_place) }}, 0)
            as unallotted_supply,
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
)

select * from final
