"""Exports of the EU27 by destination against the delivered rows, in plain Python."""

from collections import defaultdict
from fractions import Fraction

import pytest
from reading_kit import by_key, flows, members, table


def test_each_delivered_export_is_published_once(published):
    """Rates stay out of it: shares and masses are compared, and of values their ratio."""
    delivered = {
        (row["nomenclature"], row["hs6"], row["year"], row["partner_iso3"].replace("S19", "TWN")): (
            Fraction(row["value_kusd"]), row["quantity_t"]
        )
        for row in table("baci_eu27_figures_2010_2023")
        if row["measure"] == "extra_eu_export"
    }  # fmt: skip
    totals = defaultdict(Fraction)
    for (_, product, year, _), (value, _) in delivered.items():
        totals[product, year] += value
    found = by_key(
        published,
        "select nomenclature, product_code, period, partner_iso3, export_value_eur, net_mass_kg,"
        " value_share from marts.fct_export_destinations where source_id = 'baci_eu27_figures'",
        key=4,
    )
    assert found.keys() == delivered.keys()
    assert (len(found), len({product for _, product, *_ in found})) == (6232, 10)
    sums = defaultdict(float)
    for (_, product, year, _), (value, *_) in found.items():
        sums[product, year] += value
    for key, (value, tonnes) in delivered.items():
        eur, mass, share = found[key]
        expected = float(value / totals[key[1], key[2]])
        assert share == pytest.approx(expected, rel=1e-9), key
        assert eur / sums[key[1], key[2]] == pytest.approx(expected, rel=1e-9), key
        assert mass == (pytest.approx(1000 * float(tonnes), rel=1e-9) if tonnes else None), key


@pytest.mark.parametrize("source", ["baci_hs92_bilateral", "baci_hs17_bilateral"])
def test_in_a_reconciled_source_exports_are_what_others_import_from_members(published, source):
    expected = defaultdict(Fraction)
    for row in flows(source.split("_")[1]):
        sides = {row["exporter_iso3"], row["importer_iso3"]} & members()
        if row["year"] == "2024" and sides == {row["exporter_iso3"]}:
            buyer = row["importer_iso3"]
            expected[row["hs6"], buyer] += Fraction(row["value_kusd"])
    totals = defaultdict(Fraction)
    for (product, _), value in expected.items():
        totals[product] += value
    found = by_key(
        published,
        "select product_code, partner_iso3, value_share from marts.fct_export_destinations"
        " where source_id = ? and period = '2024'",
        source,
        key=2,
    )
    shares = {key: float(value / totals[key[0]]) for key, value in expected.items()}
    assert {key: share for key, (share,) in found.items()} == pytest.approx(shares, rel=1e-9)
