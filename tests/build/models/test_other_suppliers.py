"""Question A5b, who else could supply, against the delivered rows of BACI in plain Python."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict

import pytest
from published_law import rows

from chokepoint.settings import PROJECT_DIR

QUERY = PROJECT_DIR / "queries" / "a05b_other_suppliers.sql"
SEEDS = PROJECT_DIR / "seeds"


@pytest.fixture(scope="module")
def connection(full_build):
    opened = full_build.connect()
    yield opened
    opened.close()


def ask(connection, **parameters):
    for name, value in parameters.items():
        connection.execute(f"set variable {name} = ?", [value])
    try:
        return rows(connection, QUERY.read_text(encoding="utf-8"))
    finally:
        for name in parameters:
            connection.execute(f"reset variable {name}")


@pytest.mark.parametrize("importer", ["EU27", "DEU", "JPN"])
@pytest.mark.parametrize("product", ["850511", "811292"])
def test_other_suppliers_are_what_the_flows_say(connection, importer, product):
    with (SEEDS / "reference" / "eu_membership.csv").open(encoding="utf-8", newline="") as file:
        members = {row["iso3"] for row in csv.DictReader(file) if not row["left_on"]}
    buyers = members if importer == "EU27" else {importer}
    exports, sold = defaultdict(float), defaultdict(float)
    bought_by = defaultdict(lambda: defaultdict(float))
    path = SEEDS / "deliveries" / "baci_hs17_bilateral.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (row["year"], row["hs6"]) != ("2024", product):
                continue
            seller, buyer = (
                row[f"{side}_iso3"].replace("S19", "TWN") for side in ("exporter", "importer")
            )
            value = float(row["value_kusd"])
            exports[seller] += value
            bought_by[buyer][seller] += value
            if buyer in buyers and seller not in buyers:
                sold[seller] += value
    largest = max(sold, key=lambda seller: (sold[seller], seller))
    others = sorted(
        (seller for seller in exports if seller not in {*buyers, largest}),
        key=lambda seller: (-round(exports[seller], 3), seller),
    )
    found = ask(connection, reporter=importer, product=product, top=1000)
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
    assert {row["certainty"] for row in ask(connection, reporter="MLT")} == {"small_cell"}
