"""Questions A5b, who else could supply, and A5d, which member buys most of it from one country,
against the delivered rows of BACI in plain Python."""

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
    found = ask(connection, "a05b", reporter=importer, product=product)
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


@pytest.mark.parametrize("supplier", ["CHN", "VNM"])
def test_members_stand_in_the_order_of_their_shares(connection, supplier):
    of_supplier, outside, everywhere = defaultdict(float), defaultdict(float), defaultdict(float)
    for row in flows("hs17"):
        seller, buyer = row["exporter_iso3"], row["importer_iso3"]
        if (row["year"], row["hs6"]) == ("2024", "850511") and buyer in members():
            value = float(row["value_kusd"])
            everywhere[buyer] += value
            outside[buyer] += value * (seller not in members())
            of_supplier[buyer] += value * (seller == supplier)
    found = ask(connection, "a05d", supplier=supplier)
    assert {row["reporter"] for row in found} == {one for one, value in outside.items() if value}
    for row in found:
        sold, member = 100 * of_supplier[row["reporter"]], row["reporter"]
        assert row["share_pct"] == pytest.approx(sold / outside[member], abs=0.06)
        assert row["share_of_all_pct"] == pytest.approx(sold / everywhere[member], abs=0.06)
    ranked = [row["share_pct"] for row in found if row["certainty"] == "all_flows"]
    # The largest buyer is second, unless it is the first.
    second = 1 + (found[0]["value_rank"] > 1)
    assert of_supplier[found[second - 1]["reporter"]] == max(of_supplier.values())
    assert ranked[0] == max(ranked)
    assert ranked[second:] == sorted(ranked[second:], reverse=True)
    said = found[0]["total_in_words"]
    assert "Most by value: Germany (EUR " in said
    assert f"{ranked[0]:.1f} % of the imports of 850511 from outside the EU, " in said
    assert f"{len(found) - len(ranked)} of them too small to rank" in said
    of_eu = 100 * sum(of_supplier.values()) / sum(outside.values())
    assert f"The EU27: {of_eu:.1f} %" in said


def test_a_source_that_leaves_goods_out_says_so(connection):
    found = ask(connection, "a05d", product="81129289")
    assert {row["certainty"] for row in found} == {"goods_left_out", "small_cell"}
    assert ask(connection, "a05d", supplier="DEU") == []
