"""Figures of others come out again; more of them: test_verification_page.py."""

import pytest
from reading_kit import by_key, table


@pytest.mark.parametrize(
    ("product", "nomenclature", "value_pct", "mass_pct"),
    [("850511", "HS2017", 88.6, 91.0), ("280530", "HS1992", 72.2, 92.6)],
)
def test_share_of_china_in_2024(published, product, nomenclature, value_pct, mass_pct):
    """Metal permanent magnets and rare-earth metals: the figures of the README."""
    found = published.execute(
        """
        select round(100 * value_share, 1), round(100 * mass_share, 1)
        from marts.fct_partner_shares
        where reporter_code = 'EU27' and supplier_scope = 'extra_eu' and period = '2024'
            and product_code = ? and nomenclature = ? and partner_iso3 = 'CHN'
        """,
        [product, nomenclature],
    ).fetchall()
    assert found == [(value_pct, mass_pct)]


def test_chambers_claim_keeps_its_denominator_and_bounds(published):
    """141 filed, 19 approved, 1 rejected, 121 pending: 13.5 %, 95 %, and 13.5 to 99.3 %."""
    found = published.execute(
        """
        select numerator, denominator, applications_pending, applications_rejected,
            round(100 * share_of_filed, 1), round(100 * share_of_decided, 1),
            round(100 * share_low, 1), round(100 * share_high, 1)
        from marts.fct_licence_claims where claim_id = 'L005'
        """
    ).fetchall()
    assert found == [(19, 141, 121, 1, 13.5, 95.0, 13.5, 99.3)]


def test_world_production_has_the_largest_producer_total_and_unit_of_the_worked_table(published):
    """Of 260 minerals and years; HHI, CR1 and CR3 are on the page of verification."""
    found = by_key(
        published,
        "select mineral, year, producer_count, top_producer_name, unit, total_quantity"
        " from marts.fct_production_concentration",
        key=2,
    )
    units = {"metr. t": "tonne", "kg": "kilogram", "ct": "carat", "Mio m3": "million cubic metres"}
    for row in table("world_production_hhi"):
        *names, total = found[row["material"], int(row["year"])]
        top = row["top"].replace("Congo, D.R.", "DR Congo")
        assert names == [int(row["n_producers"]), top, units[row["unit"]]], row
        assert total == pytest.approx(float(row["total"]), rel=1e-9), row


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
