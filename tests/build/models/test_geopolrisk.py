"""GeoPolRisk beside the public package, whose golden files geopolrisk-py 2.0.1 (PyPI) wrote on its
own data; masses, HHIs and scores of 90 cases are on the page of verification."""

import pytest
from model_laboratory import laboratory_of
from reading_kit import table

laboratory = laboratory_of(
    "fct_geopolrisk",
    stand_ins=["int_production__mine_output", "int_production__mineral_trade",
               "int_governance__scores", "int_trade__eu27_members"],
)  # fmt: skip


def test_scores_equal_the_package_with_its_own_inputs(laboratory):
    """Eight cases with every partner's mass and score as the package had them."""
    inputs = table("geopolrisk_py_inputs")
    results = {
        (row["reporter_code"], row["mineral"], row["year"]): row for row in table("geopolrisk_py")
    }
    cases = sorted({(row["reporter_code"], row["mineral"], row["year"]) for row in inputs})
    assert len(cases) == 8
    laboratory.fill_bundled("mineral_trade_codes")
    for case in cases:
        reporter, mineral, year = case
        partners = [
            row for row in inputs if (row["reporter_code"], row["mineral"], row["year"]) == case
        ]
        laboratory.fill(
            "int_production__mineral_trade",
            [
                {
                    "exporter_iso3": row["partner_iso3"],
                    "quantity_tonnes": float(row["quantity_tonnes"]),
                }
                for row in partners
            ],
            mineral=mineral, importer_iso3=reporter, year=int(year), value_kusd=1,
            value_without_mass_kusd=0, has_negative=False,
        )  # fmt: skip
        laboratory.fill(
            "int_governance__scores",
            [
                {
                    "country_iso3": row["partner_iso3"],
                    "year": int(year),
                    "instability_score": float(row["instability_score"] or 0.5),
                }
                for row in partners
            ],
        )
        expected = results[case]
        domestic = float(expected["production_tonnes"])
        hhi = float(expected["production_hhi"])
        laboratory.fill(
            "int_production__mine_output",
            [
                {
                    "producer_iso3": producer, "quantity": quantity, "quantity_tonnes": quantity,
                    "line_number": line,
                }
                for line, (producer, quantity) in enumerate([(reporter, domestic), ("XXX", 1000.0)])
                if quantity
            ],
            mineral=mineral, unit="tonne", quality_flag="r", year=int(year),
        )  # fmt: skip
        (row,) = laboratory.rows("fct_geopolrisk")
        assert row["reporter_code"] == reporter
        assert row["import_risk"] == pytest.approx(float(expected["import_risk"]), rel=1e-9), case
        assert row["import_risk"] * hhi == pytest.approx(float(expected["score"]), rel=1e-9), case
        assert row["geopolrisk_score"] == pytest.approx(
            row["production_hhi"] * row["import_risk"], rel=1e-10
        )
