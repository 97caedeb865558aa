"""Imports of each member and other importers against the delivered rows, by SQL of its own."""

from __future__ import annotations

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
# Year, nomenclature, product, importer, partner and value of the delivered rows.
ROWS = """
    select year, 'CN' || year as nomenclature, cn8 as product,
        coalesce(importers.iso3, 'GRC') as importer,
        coalesce(partners.iso3, case partner when 'XS' then 'SRB' else partner end) as partner,
        value_eur as amount
    from read_csv('{seeds}/deliveries/comext_cn8_imports.csv.gz', types = {{'cn8': 'varchar'}})
    left join {countries} as importers on reporter = importers.iso2
    left join {countries} as partners on partner = partners.iso2
"""


def test_imports_of_every_importer_are_those_of_the_delivered_rows(published):
    """Value, supplier count, largest supplier's share and HHI of each cell, both scopes."""
    countries = f"read_csv('{SEEDS}/reference/countries.csv', all_varchar = true, nullstr = '')"
    found = published.execute(
        f"""
        with members as (
            select iso3
            from read_csv('{SEEDS}/reference/eu_membership.csv', all_varchar = true)
            where left_on is null
        ),
        delivered as ({ROWS.format(seeds=SEEDS, countries=countries)}),
        importing as (
            select * from delivered
            union all by name
            select * replace ('EU27' as importer) from delivered
            where importer in (from members)
        ),
        flows as (
            select
                importer, nomenclature, product, cast(year as varchar) as period, scope, partner,
                sum(amount) as value_eur,
            from importing
            cross join (select unnest(['all', 'extra_eu']) as scope)
            where
                importer <> partner
                and (scope = 'all' or partner not in (from members)
                    and (importer in (from members) or importer = 'EU27'))
            group by all
        ),
        wanted as (
            select
                importer, nomenclature, product, period, scope, sum(value_eur) as value_eur,
                count(*) filter (value_eur > 0) as supplier_count,
                max(value_eur) / sum(value_eur) as top_share,
                sum(value_eur * value_eur) / (sum(value_eur) * sum(value_eur)) as hhi,
            from flows
            group by all
            having sum(value_eur) > 0
        )
        select
            count(*) as cells,
            count(distinct wanted.importer) as importers,
            count(*) filter (wanted.importer is null or facts.reporter_code is null) as lost,
            max(abs(facts.import_value_eur / wanted.value_eur - 1)) as value_gap,
            max(abs(facts.top_supplier_value_share - wanted.top_share)) as share_gap,
            max(abs(facts.hhi_value - wanted.hhi)) as hhi_gap,
            count(*) filter (facts.supplier_count <> wanted.supplier_count) as other_counts,
        from wanted
        full join (
            from marts.fct_import_concentration where source_id = 'comext_cn8_imports'
        ) as facts
            on
                wanted.importer = facts.reporter_code
                and wanted.nomenclature = facts.nomenclature
                and wanted.product = facts.product_code
                and wanted.period = facts.period
                and wanted.scope = facts.supplier_scope
        """
    ).fetchall()
    ((cells, importers, lost, value_gap, share_gap, hhi_gap, other_counts),) = found
    assert cells > 6000
    assert importers >= 28
    assert (lost, other_counts) == (0, 0)
    assert value_gap < 1e-6
    assert max(share_gap, hhi_gap) < 1e-6


def test_no_importer_product_and_year_loses_its_mass(published):
    """HS17 has no masses of 2022, and HS92 has: value and mass are of two sources, both named."""
    ((cells, lost, largest_gap),) = published.execute(
        f"""
        with delivered as (
            select
                replace(importer_iso3, 'S19', 'TWN') as importer, hs6,
                cast(year as varchar) as year,
                sum(quantity_t) * 1000 as mass_kg,
            from read_csv(
                '{SEEDS}/deliveries/baci_hs92_bilateral.csv.gz', types = {{'hs6': 'varchar'}}
            )
            where importer_iso3 <> exporter_iso3
            group by all
            having sum(quantity_t) > 0
        ),
        weights as (
            select reporter_code, product_code, period, sum(net_mass_kg) as mass_kg,
                max(mass_source_id) as mass_source_id,
            from marts.fct_import_weights
            group by all
        )
        select
            count(*), count(*) filter (weights.mass_kg is null),
            max(abs(weights.mass_kg / delivered.mass_kg - 1))
                filter (weights.mass_source_id = 'baci_hs92_bilateral'),
        from delivered
        left join weights
            on importer = reporter_code and hs6 = product_code and year = period
        """
    ).fetchall()
    assert cells > 30000
    assert lost == 0
    assert largest_gap < 1e-9
    both = published.execute(
        "select count(*), bool_and(period = '2022') from marts.fct_import_weights"
        " where source_id <> mass_source_id"
    ).fetchall()
    assert both[0][0] > 5000
    assert both[0][1]
