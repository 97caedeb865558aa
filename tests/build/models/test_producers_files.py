"""Producers' files (odd_deliveries.py) in the small build, whose figures are summed again from what
was delivered."""

from __future__ import annotations

import odd_deliveries as odd
import pytest


@pytest.fixture(scope="module")
def con(small_build):
    # UN Comtrade may not be passed on.
    connection = small_build.connect_private()
    yield connection
    connection.close()


def test_bunkers_count_in_the_total_and_are_no_supplier(con):
    shares = con.execute("""
        select partner_iso3, partner_kind, import_value_eur
        from marts.fct_partner_shares
        where source_id = 'comtrade_monthly' and reporter_code = 'UGA' and period = '2023-03'
            and product_code = '850511'
        order by partner_iso3
    """).fetchall()
    assert [row[:2] for row in shares] == [
        ("CHN", "country"), ("JPN", "country"), ("X1", "pseudo_partner"),
    ]  # fmt: skip
    ((total, unknown),) = con.execute("""
        select import_value_eur, unknown_partner_value_share from marts.fct_import_concentration
        where source_id = 'comtrade_monthly' and reporter_code = 'UGA' and period = '2023-03'
            and product_code = '850511'
    """).fetchall()
    values = {
        partner: odd.comtrade_value("UGA", "202303", "850511", partner)
        for partner in odd.COMTRADE_PARTNERS.values()
    }
    assert unknown == pytest.approx(values["X1"] / sum(values.values()))
    assert float(total) == pytest.approx(float(sum(row[2] for row in shares)))


def test_weights_of_a_part_of_the_goods_are_no_mass(con):
    found = con.execute("""
        select partner_iso3, import_value_eur is not null, net_mass_kg
        from marts.fct_partner_shares
        where source_id = 'us_census_imports_monthly'
        order by partner_iso3
    """).fetchall()
    assert found == [("CAN", True, None), ("CHN", True, 43)]
    assert con.execute(
        "select mass_basis from marts.dim_trade_source where source_id like 'us_census%'"
    ).fetchall() == [("gross",)]


def test_hmrc_lines_are_imports_by_origin(con):
    found = con.execute("""
        select supplier_count, unknown_partner_value_share from marts.fct_import_concentration
        where source_id = 'hmrc_bulk_imports_monthly' and product_code = '850511'
    """).fetchall()
    assert found == [(1, pytest.approx(250 / 1750))]
