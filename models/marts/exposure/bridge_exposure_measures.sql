with

part_controls as (select * from {{ ref('int_exposure__part_controls') }}),
supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
exporters as (select * from {{ ref('int_law__exporters') }}),
acts as (select * from {{ ref('int_law__acts') }}),

-- Of a site without a country nobody knows that it is no exporter.
supplied as (
    select
        part_controls.*,
        supplier_links.site_id,
        sites.country_code,
        supplier_links.evidence_class,
        supplier_links.supply_share_low,
        supplier_links.supply_share_central,
        supplier_links.supply_share_high,
        supplier_links.evidence_date,
        case
            when sites.country_code is null
                then 'the table of sites lacks the supplier: its country is unknown'
        end as reason,
    from part_controls
    inner join supplier_links
        using (data_origin, graph_id, part_id)
    left join sites
        using (data_origin, graph_id, site_id)
    left join exporters
        on
            part_controls.measure_id = exporters.measure_id
            and sites.country_code = exporters.country_iso3
    where exporters.measure_id is not null or sites.country_code is null
    union all by name
    select
        part_controls.*,
        0 as supply_share_low,
        cast(parts_in_scope.unknown_supply as decimal(9, 6)) as supply_share_high,
        case
            when parts_in_scope.supplier_count = 0
                then 'no supplier is listed: enter one among the supplier links'
            else 'the listed suppliers make no whole: the others may be exporters'
        end as reason,
    from part_controls
    inner join parts_in_scope
        using (data_origin, graph_id, part_id)
    where parts_in_scope.evidence_scope = 'all' and parts_in_scope.unknown_supply > 0
),

final as (
    select
        supplied.* exclude (
            supplied.share_low, supplied.share_central, supplied.share_high,
            supplied.supply_share_low, supplied.reason
        ),
        acts.instrument as licence_type,
        supplied.reason as unknown_supplier_reason,
        cast(supplied.share_low as decimal(9, 6)) as covered_share_low,
        cast(supplied.share_central as decimal(9, 6)) as covered_share_central,
        cast(supplied.share_high as decimal(9, 6)) as covered_share_high,
        cast(supplied.supply_share_low as decimal(9, 6)) as supply_share_low,
    from supplied
    inner join acts
        on supplied.measure_id = acts.act_id
)

select * from final
order by data_origin, graph_id, part_id, site_id, measure_id, clause_id
