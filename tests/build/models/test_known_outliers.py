"""Figures that are known to be wrong in their source say so in the marts."""


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
