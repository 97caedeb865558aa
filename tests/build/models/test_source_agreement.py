"""Sources beside each other: compared again in Python, and which one is passed over."""

from __future__ import annotations

from collections import defaultdict

import pytest
from editions_oracle import Code, Editions, read_steps, sources_that_leave_goods_out
from reading_kit import ask, picked, rows, table

NAMES = "source_id nomenclature product_code period"
OTHERS = "other_source_id other_nomenclature other_product_code period"


@pytest.fixture(scope="module")
def agreement(connection):
    return rows(connection, "from marts.fct_source_agreement")


@pytest.fixture(scope="module")
def limits():
    found = picked(table("change_thresholds"), "threshold_id threshold_value")
    return {name: float(value) for name, value in found}


@pytest.fixture(scope="module")
def imports(connection):
    """(source, nomenclature, code, year) -> supplier -> EUR, of the EU27 from outside it."""
    found = defaultdict(dict)
    for row in rows(
        connection,
        """
        select shares.*
        from marts.fct_partner_shares as shares
        inner join marts.dim_trade_source as sources using (source_id)
        where
            reporter_code = 'EU27' and supplier_scope = 'extra_eu' and length(period) = 4
            and sources.has_all_suppliers and import_value_eur > 0
            and (length(product_code) = 6 or right(product_code, 2) = '00')
        """,
    ):
        (key,) = picked([row], NAMES)
        found[key][row["partner_iso3"]] = row["import_value_eur"]
    return dict(found)


def beyond(one, other, ratio):
    """Part of the one's value that the other has not of the same suppliers."""
    return sum(
        max(0, value - ratio * other.get(supplier, 0)) for supplier, value in one.items()
    ) / (sum(one.values()))


def judge(one, other, limits, leaves_out):
    """The verdict on two sources' suppliers; leaves_out: whether the first, the second does."""
    ratio = limits["agreement_value_ratio"]
    total, other_total = sum(one.values()), sum(other.values())
    gap = max(
        abs(one.get(supplier, 0) / total - other.get(supplier, 0) / other_total)
        for supplier in one.keys() | other.keys()
    )
    if (
        max(total / other_total, other_total / total) <= ratio
        and gap <= limits["agreement_share_gap"]
    ):
        return "agree"
    lesser = {(True, False): (one, other), (False, True): (other, one)}.get(leaves_out)
    if (
        lesser
        and beyond(*lesser, ratio) <= limits["agreement_beyond_share"]
        and max(total / other_total, other_total / total) <= limits["agreement_definition_ratio"]
    ):
        return "differ_by_definition"
    return "conflict"


def test_every_pair_of_sources_is_judged_as_by_hand(agreement, imports, limits):
    editions, leaving = Editions(read_steps()), sources_that_leave_goods_out()
    wanted, code_of = {}, {key: Code(*key[1:3]).subheading for key in imports}
    for one, suppliers in imports.items():
        for other, other_suppliers in imports.items():
            if (
                one[0] != other[0]
                and one[3] == other[3]
                and editions.link(code_of[one], code_of[other]) == "same"
            ):
                leaves_out = (one[0] in leaving, other[0] in leaving)
                wanted[one, other] = judge(suppliers, other_suppliers, limits, leaves_out)
    of_the_eu = [row for row in agreement if row["reporter_code"] == "EU27"]
    pairs = zip(picked(of_the_eu, NAMES), picked(of_the_eu, OTHERS), strict=True)
    found = {pair: row["verdict"] for pair, row in zip(pairs, of_the_eu, strict=True)}
    assert found == wanted
    assert set(found.values()) == {"agree", "differ_by_definition", "conflict"}


def test_figures_of_a_pair_are_those_of_its_sources(agreement, imports):
    for row in (row for row in agreement if row["reporter_code"] == "EU27"):
        suppliers = imports[picked([row], NAMES)[0]]
        assert row["import_value_eur"] == pytest.approx(sum(suppliers.values()))
        top = max(suppliers.values()) / sum(suppliers.values())
        assert row["top_supplier_value_share"] == pytest.approx(top)
        assert suppliers[row["top_supplier_iso3"]] == max(suppliers.values())


def test_a_source_that_two_others_contradict_is_not_the_one_used(connection, agreement):
    """Natural graphite in other forms, 2024: two sources say 82 % from China, one 12 %."""
    contradicted = defaultdict(set)
    # Sources of one series are one voice.
    series = dict(
        connection.execute("select source_id, series_id from marts.dim_trade_source").fetchall()
    )
    for row in agreement:
        if row["verdict"] == "conflict":
            (key,) = picked([row], f"{NAMES} reporter_code")
            if series[row["other_source_id"]] != series[row["source_id"]]:
                contradicted[key].add(series[row["other_source_id"]])
    passed_over = {key for key, others in contradicted.items() if len(others) >= 2}
    said = [row for row in agreement if row["is_passed_over"]]
    assert set(picked(said, f"{NAMES} reporter_code")) == passed_over
    assert ("baci_hs17_bilateral", "HS2017", "250490", "2024", "EU27") in passed_over
    weighed = "where reporter_code = 'EU27' and part_of_product_code is null"
    used = set(picked(rows(connection, f"from marts.fct_import_weights {weighed}"), NAMES))
    assert {key[:4] for key in passed_over if key[4] == "EU27"}.isdisjoint(used)
    assert ("baci_hs92_bilateral", "HS1992", "250490", "2024") in used


def test_a5_tells_several_years_by_one_series_and_names_a_source_in_conflict(connection):
    """Of palladium one source has 2022 and 2024 alone, another each year; both are told of one."""
    told = {row["total_in_words"] for row in ask(connection, "a05", product="711021", year="2024")}
    assert len(told - {None}) == 2
    years = ask(connection, "a05", product="711021", **{"from": "2015"})
    series = [row["total_in_words"] for row in years if row["total_in_words"]]
    assert {line for line in series if "BACI HS92" not in line} == set()
    assert len(set(series)) == len({row["period"] for row in years}) == 10
    (ore,) = {row["total_in_words"] for row in ask(connection, "a05", product="26110000")}
    assert "VNM 79.2%" in ore
    assert "In conflict: baci_hs92_bilateral (HS1992 261100" in ore
