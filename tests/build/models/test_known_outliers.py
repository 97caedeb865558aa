"""Figures that are known to be wrong in their source say so in the marts, bulk sources included."""

import duckdb
import pytest

from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.model_sql import ModelSql

MODELS = ModelSql(PROJECT_DIR)
MARTS = ("fct_import_concentration", "fct_partner_shares")


@pytest.fixture(scope="module")
def world():
    """UK magnets of two months, from two suppliers; the same in a bulk source."""
    con = duckdb.connect(":memory:", config={"threads": 1})
    con.execute(
        """
        create table int_trade__imports as
        select
            source_id, 'HS2022' as nomenclature, '850511' as product_code, period,
            'monthly' as frequency, 'EUR' as currency, 'GBR' as reporter_code, partner_code,
            'country' as partner_kind, partner_number, null::varchar as coverage,
            1::decimal(18, 3) as value_in_currency, 0::decimal(18, 3) as value_without_mass,
            1::decimal(18, 3) as net_mass_kg, null::double as usd_per_eur,
            false as is_eu_reporter, false as is_intra_eu_partner,
        from
            (values ('small'), ('comext_bulk_monthly')) as sources (source_id),
            (values ('2025-05'), ('2025-06')) as periods (period),
            (values ('CHN', 1), ('DEU', 2)) as partners (partner_code, partner_number);
        create table stg_reference__trade_sources as
        select unnest(['small', 'comext_bulk_monthly']) as source_id, 'both' as supplier_scopes,
            'all' as partners;
        create table known_outliers (
            source_id text, reporter_code text, product_code text, period text, partner_code text,
            measure text, reason text, source text
        );
        insert into known_outliers by name
        select
            unnest(['small', 'comext_bulk_monthly']) as source_id, 'GBR' as reporter_code,
            '850511' as product_code, '2025-06' as period, 'DEU' as partner_code,
            'net_mass' as measure, 'too heavy' as reason;
        """
    )
    for mart in MARTS:
        MODELS.run(con, mart)
    yield con
    con.close()


@pytest.mark.parametrize("mart", MARTS)
@pytest.mark.parametrize("source_id", ["small", "comext_bulk_monthly"])
def test_the_month_is_flagged_and_no_other(world, mart, source_id):
    rows = world.execute(
        f"select period, known_outlier from {mart} where source_id = ?", [source_id]
    ).fetchall()
    assert {period for period, _ in rows} == {"2025-05", "2025-06"}
    for period, known_outlier in rows:
        assert known_outlier == ("too heavy" if period == "2025-06" else None)


@pytest.mark.parametrize("mart", MARTS)
def test_no_row_is_doubled_and_no_figure_changed(world, mart):
    before = world.execute(f"from {mart} select * exclude known_outlier order by all").fetchall()
    world.execute("create table kept as from known_outliers")
    world.execute("delete from known_outliers")
    after = world.execute(
        f"select * exclude known_outlier from ({MODELS.sql(mart)[0]}) order by all"
    ).fetchall()
    world.execute("insert into known_outliers from kept")
    world.execute("drop table kept")
    assert before == after


def test_the_uk_magnets_of_june_2025_are_flagged(published):
    """836 t from Germany: of the flows in the scorecard only the total has them."""
    flagged = {
        mart: published.execute(
            f"""
            select distinct source_id, reporter_code, product_code, period, {partner}
            from marts.{mart}
            where known_outlier is not null
            """
        ).fetchall()
        for mart, partner in (
            ("fct_import_concentration", "supplier_scope"),
            ("fct_partner_shares", "'any'"),
            ("fct_flow_continuity", "partner_code"),
        )
    }
    month = ("hmrc_imports_monthly", "GBR", "850511", "2025-06")
    assert flagged == {
        "fct_import_concentration": [(*month, "all")],
        "fct_partner_shares": [(*month, "any")],
        "fct_flow_continuity": [(*month, "WORLD")],
    }
