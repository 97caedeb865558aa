"""Figures of others come out again; indicators of dependency: test_verification_page.py."""

import pytest
from reading_kit import by_key, table


def test_eu27_concentration_equals_the_worked_table(published):
    """34 of 71 products in 2019 and 2021: CDI1 is the extra-EU HHI, CDI2 the extra-EU share."""
    found = by_key(
        published,
        """
        select
            product_code, period, hhi_value,
            extra_eu_import_value_eur
            / (extra_eu_import_value_eur + coalesce(intra_eu_import_value_eur, 0)),
            top_supplier_iso3, top_supplier_value_share, import_value_eur * usd_per_eur / 1000
        from marts.fct_import_concentration
        where reporter_code = 'EU27' and supplier_scope = 'extra_eu'
            and source_id = 'baci_hs92_bilateral' and period in ('2019', '2021')
        """,
        key=2,
    )
    bundled = {product for product, _ in found}
    compared = [row for row in table("eu27_cdi_baci_hs92") if row["k"] in bundled]
    assert len(compared) >= 60, "the worked table and the bundled codes should overlap"
    for row in compared:
        hhi, extra_share, top, top_share, kusd = found[row["k"], row["year"]]
        top = "S19" if top == "TWN" else top
        assert hhi == pytest.approx(float(row["CDI1"]), rel=1e-9), row
        assert extra_share == pytest.approx(float(row["CDI2"]), rel=1e-9), row
        assert top == row["top"], row
        assert top_share == pytest.approx(float(row["cr1"]), rel=1e-9), row
        assert kusd == pytest.approx(float(row["extraEU_imports_kUSD"]), rel=1e-9), row


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
