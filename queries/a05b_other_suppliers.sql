-- A5b: Who else could supply an importer, beside its largest supplier?
-- One row per other country that exports the product: what it exports to the world and sells to
-- the importer now. `times_needed` is its exports to the world as a multiple of what the importer
-- buys from its largest supplier. Below 1 all it exports would not do.
-- Exports are no spare capacity: they are sold to somebody, and may be goods that pass through.
-- `own_from_largest_pct` is the share of its own imports that comes from that largest supplier.
-- For the EU27 its members are no other suppliers, and the largest supplier lies outside it.
-- Source: BACI, the edition that goes first (`source_id`). Certainty: `all_flows`, or `small_cell`
-- where the importer's trade is too small to say who is its largest supplier. `sources_disagree`:
-- another source contradicts the imports.
-- param: product code 'HS6 code; default: 850511, permanent magnets of metal'
-- param: year text 'Year; default: 2024'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- gone: top 'use --all'
-- found in: marts.fct_supplier_centrality product=product_code year=period
-- short: supplier, exports_to_world_meur, sells_to_importer_meur, times_needed
-- short: own_from_largest_pct, certainty, source_id
-- first: exports_to_world_meur desc 'exports to the world'
with

asked as (
    select
        coalesce(cast(getvariable('product') as varchar), '850511') as product_code,
        coalesce(cast(getvariable('year') as varchar), '2024') as period,
        place_code as reporter_code,
        if(place_code = 'EU27', 'extra_eu', 'all') as supplier_scope,
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27'))
),

-- The first source with every flow of the world in which the importer buys the product.
importer as (
    select
        concentration.*,
        concentration.import_value_eur * concentration.top_supplier_value_share as needed_eur,
        bounds.other_reading,
    from marts.fct_import_concentration as concentration
    semi join asked using (reporter_code, product_code, period, supplier_scope)
    inner join marts.dim_trade_source as sources using (source_id)
    left join (
        from marts.fct_source_agreement
        where is_passed_over
    ) as agreed
        using (reporter_code, product_code, period, source_id)
    left join (
        from marts.fct_source_bounds
        where is_furthest and agreement = 'sources_disagree'
    ) as bounds
        using (reporter_code, supplier_scope, source_id, product_code, period)
    where sources.has_both_sides
    order by agreed.source_id is not null, sources.source_rank
    limit 1
),

bought as (
    select
        shares.partner_iso3,
        shares.import_value_eur,
        shares.value_share,
    from marts.fct_partner_shares as shares
    semi join importer
        using (source_id, nomenclature, reporter_code, product_code, period, supplier_scope)
),

-- What each exporter buys of the product itself, and how much of it from the largest supplier.
own as (
    select
        shares.reporter_code,
        sum(shares.import_value_eur) as import_value_eur,
        sum(if(shares.partner_iso3 = importer.top_supplier_iso3, shares.value_share, 0))
            as share_of_largest,
    from marts.fct_partner_shares as shares
    inner join importer
        using (source_id, nomenclature, product_code, period)
    where shares.supplier_scope = 'all'
    group by shares.reporter_code
),

others as (
    select
        importer.*,
        exporters.exporter_iso3,
        exporters.export_value_eur,
        sum(exporters.export_value_eur) over () as others_eur,
        count(*) over () as other_count,
    from marts.fct_supplier_centrality as exporters
    inner join importer
        using (source_id, nomenclature, product_code, period)
    left join marts.dim_country as countries
        on exporters.exporter_iso3 = countries.country_iso3
    where
        exporters.exporter_iso3 not in (importer.top_supplier_iso3, importer.reporter_code)
        and not (
            importer.reporter_code = 'EU27' and coalesce(countries.is_eu27_member, false)
        )
)

select
    others.exporter_iso3 as supplier,
    round(others.export_value_eur / 1e6, 2) as exports_to_world_meur,
    round(coalesce(bought.import_value_eur, 0) / 1e6, 2) as sells_to_importer_meur,
    round(100 * coalesce(bought.value_share, 0), 1) as importer_share_pct,
    round(others.export_value_eur / others.needed_eur, 2) as times_needed,
    round(own.import_value_eur / 1e6, 2) as own_imports_meur,
    round(100 * own.share_of_largest, 1) as own_from_largest_pct,
    case
        when others.other_reading is not null then 'sources_disagree'
        when others.is_small_cell then 'small_cell'
        else 'all_flows'
    end as certainty,
    others.top_supplier_iso3 as largest_supplier,
    round(others.needed_eur / 1e6, 2) as from_largest_meur,
    round(100 * others.top_supplier_value_share, 1) as largest_share_pct,
    others.source_id,
    others.nomenclature,
    others.product_code,
    others.period,
    others.reporter_code || ' bought ' || others.product_code || ' for EUR '
    || printf('%.1f', others.needed_eur / 1e6) || ' million from ' || others.top_supplier_iso3
    || ' in ' || others.period || ' (' || printf('%.1f', 100 * others.top_supplier_value_share)
    || ' % of its imports). ' || others.other_count || ' other countries together export EUR '
    || printf('%.1f', others.others_eur / 1e6) || ' million to the world, '
    || printf('%.1f', others.others_eur / others.needed_eur)
    || ' times that. Exports are no spare capacity.'
    || coalesce(' Sources disagree: ' || others.other_reading || '.', '')
    || if(
        others.is_small_cell,
        ' The trade is small: who is the largest supplier may change from year to year.', ''
    ) as total_in_words,
from others
left join bought
    on others.exporter_iso3 = bought.partner_iso3
left join own
    on others.exporter_iso3 = own.reporter_code
order by others.export_value_eur desc, others.exporter_iso3;
