"""Question A5b, who else could supply, against the delivered rows of BACI in plain Python."""

from __future__ import annotations

from collections import defaultdict

import pytest
from reading_kit import ask, flows, members


@pytest.mark.parametrize(("importer", "product"), [("EU27", "850511"), ("JPN", "811292")])
def test_other_suppliers_are_what_the_flows_say(connection, importer, product):
    buyers = members() if importer == "EU27" else {importer}
    exports, sold = defaultdict(float), defaultdict(float)
    bought_by = defaultdict(lambda: defaultdict(float))
    for row in flows("hs17"):
        if (row["year"], row["hs6"]) != ("2024", product):
            continue
        seller, buyer, value = (
            row["exporter_iso3"], row["importer_iso3"], float(row["value_kusd"])
        )  # fmt: skip
        exports[seller] += value
        bought_by[buyer][seller] += value
        if buyer in buyers and seller not in buyers:
            sold[seller] += value
    largest = max(sold, key=lambda seller: (sold[seller], seller))
    others = sorted(
        (seller for seller in exports if seller not in {*buyers, largest}),
        key=lambda seller: (-round(exports[seller], 3), seller),
    )
    found = ask(connection, "a05b", reporter=importer, product=product, top=1000)
    assert [row["supplier"] for row in found] == others
    for row in found:
        seller = row["supplier"]
        own = bought_by[seller]
        assert row["largest_supplier"] == largest
        assert row["times_needed"] == pytest.approx(exports[seller] / sold[largest], abs=0.005)
        assert row["importer_share_pct"] == pytest.approx(
            100 * sold[seller] / sum(sold.values()), abs=0.05
        )
        if own:
            assert row["own_from_largest_pct"] == pytest.approx(
                100 * own[largest] / sum(own.values()), abs=0.05
            )
        else:
            assert row["own_from_largest_pct"] is None
    together = sum(exports[seller] for seller in others) / sold[largest]
    assert f"{len(others)} other countries together" in found[0]["total_in_words"]
    assert f"{together:.1f} times that" in found[0]["total_in_words"]
    assert "no spare capacity" in found[0]["total_in_words"]


def test_a_small_trade_says_so(connection):
    assert {row["certainty"] for row in ask(connection, "a05b", reporter="MLT")} == {"small_cell"}
