"""Years made of months, by reporter, in one edition, against an oracle that walks month by month.
The figures are made up."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import ModelLaboratory

WEIGHTS, YEARS = "int_law__import_weights", "meta_reporter_years"
IMPORTS = ("int_trade__imports", "int_trade__imports_by_supplier")
STAND_INS = (*IMPORTS, "int_trade__edition_links", "int_law__published_imports")
OLD, NEW = "HS2017", "HS2022"
# 850511 is the same goods, 285390 was divided, 711111 has another number now, and of 010121 the
# concordance says nothing.
LINKS = [
    (OLD, "850511", NEW, "850511", "same"), (OLD, "285390", NEW, "285391", "holds"),
    (OLD, "285390", NEW, "285390", "holds"), (OLD, "711111", NEW, "711112", "same"),
]  # fmt: skip
CODES = {
    OLD: ("850511", "285390", "711111", "010121"),
    NEW: ("850511", "285390", "285391", "711112", "010121"),
}
MONTHS = [f"2022-{number:02d}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(manifest, WEIGHTS, YEARS, stand_ins=STAND_INS)
    turned = {"same": "same", "holds": "part_of"}
    made.fill(
        "int_trade__edition_links",
        [
            {"nomenclature": one, "product_code": code, "linked_nomenclature": other,
             "linked_code": linked, "link": link, "basis": "concordance"}
            for one, code, other, linked, link in (
                *LINKS,
                *((new, b, old, a, turned[link]) for old, a, new, b, link in LINKS),
            )
        ],
    )  # fmt: skip
    return made


def flow(period, nomenclature, code, value=1, **other):
    return {
        "source_id": "comtrade_monthly", "nomenclature": nomenclature, "product_code": code,
        "period": period, "frequency": "monthly", "currency": "EUR", "reporter_code": "KEN",
        "partner_code": "CHN", "partner_kind": "country", "is_eu_reporter": False,
        "value_in_currency": Decimal(value), "value_without_mass": Decimal(0),
        "net_mass_kg": Decimal(1), **other,
    }  # fmt: skip


def made(laboratory, rows):
    """Weights by (reporter, code), and years by reporter."""
    for relation in IMPORTS:
        laboratory.fill(relation, rows)
    weights = laboratory.rows(WEIGHTS)
    found = {(row["reporter_code"], row["product_code"]): row for row in weights}
    assert len(found) == len(weights)
    return found, {row["reporter_code"]: row for row in laboratory.rows(YEARS)}


def changing(code_before, code_after, change=7):
    """A code of each month, in the old edition until the change."""
    return [
        flow(month, *((OLD, code_before) if number < change else (NEW, code_after)), number)
        for number, month in enumerate(MONTHS, start=1)
    ]


def test_a_year_in_two_editions_counts_in_the_later_for_the_same_goods(laboratory):
    """Kenya went from HS 2017 to HS 2022 in July 2022; the release stopped at two rows of a key."""
    rows = [*changing("850511", "850511"), *changing("711111", "711112"),
            *changing("285390", "285390"), *changing("010121", "010121")]  # fmt: skip
    weights, years = made(laboratory, rows)
    assert weights.keys() == {("KEN", "850511"), ("KEN", "711112")}
    for row in weights.values():
        assert (row["nomenclature"], row["earlier_nomenclature"]) == (NEW, OLD)
        assert (row["period"], row["value_eur"], row["net_mass_kg"]) == ("2022", 78, 12)
    year = years["KEN"]
    assert (year["months_covered"], year["is_whole_year"]) == (12, True)
    assert year["editions"] == "HS2017 2022-01 to 2022-06 (6); HS2022 2022-07 to 2022-12 (6)"
    # What was divided, and what nobody knows of: all their months.
    assert (year["value_eur"], year["value_without_weight_eur"]) == (4 * 78, 2 * 78)


def test_a_year_stated_in_two_editions_counts_once(laboratory):
    rows = [flow("2022", edition, "850511", 5, frequency="annual") for edition in (OLD, NEW)]
    weights, years = made(laboratory, rows)
    assert weights["KEN", "850511"]["nomenclature"] == NEW
    assert years == {}


def test_the_eu_covers_the_months_of_its_member_with_the_fewest(laboratory):
    def member(code, months):
        other = {"source_id": "comext_bulk_monthly", "is_eu_reporter": True, "reporter_code": code}
        return [flow(month, "CN2022", "85051110", **other) for month in months]

    whole = [*member("DEU", MONTHS), *member("FRA", MONTHS), *member("EU27", MONTHS)]
    weights, years = made(laboratory, whole)
    assert ("EU27", "85051110") in weights
    part = [*member("DEU", MONTHS), *member("FRA", MONTHS[:11]), *member("EU27", MONTHS)]
    weights, years = made(laboratory, part)
    assert weights.keys() == {("DEU", "85051110")}
    assert years["EU27"]["months_covered"] == 11
    alone, years = made(laboratory, member("EU27", MONTHS))
    assert alone.keys() == {("EU27", "85051110")}


def test_a_month_without_mass_leaves_that_of_the_year_unknown(laboratory):
    rows = [flow(month, NEW, "850511") for month in MONTHS]
    rows[3] |= {"net_mass_kg": None, "value_without_mass": Decimal(1)}
    weights, _ = made(laboratory, rows)
    assert weights["KEN", "850511"]["net_mass_kg"] is None
    assert weights["KEN", "850511"]["value_eur"] == 12


# --- any months, editions and codes against a walk ------------------------------------------


@st.composite
def trades(draw):
    """Months of two reporters, each with a change of edition somewhere or none."""
    rows = {}
    for reporter in ("KEN", "UGA"):
        lacks = draw(st.sampled_from([(), (), (0,), (5, 6)]))
        change = draw(st.integers(0, 12))
        for place, month in enumerate(MONTHS):
            if place in lacks:
                continue
            edition = OLD if place < change else NEW
            for code in draw(st.sets(st.sampled_from(CODES[edition]), min_size=1)):
                for partner in draw(st.sets(st.sampled_from(["CHN", "JPN"]), min_size=1)):
                    rows[reporter, partner, month, code] = flow(
                        month, edition, code, draw(st.integers(0, 9)),
                        reporter_code=reporter, partner_code=partner,
                    )  # fmt: skip
    return list(rows.values())


def walked(rows):
    """(reporter, partner, code) -> value of 2022."""
    same = {(old, a): b for old, a, new, b, link in LINKS if link == "same"}
    came_from = {b: a for (_, a), b in same.items()}
    found = {}
    for reporter in {row["reporter_code"] for row in rows}:
        own = [row for row in rows if row["reporter_code"] == reporter]
        if {row["period"] for row in own} != set(MONTHS):
            continue
        editions = {row["nomenclature"] for row in own}
        last = max(editions)
        sums = defaultdict(Decimal)
        for row in own:
            code = row["product_code"]
            if row["nomenclature"] != last:
                code = same.get((row["nomenclature"], code))
            elif len(editions) == 2 and code not in came_from:
                code = None
            if code is not None:
                sums[reporter, row["partner_code"], code] += row["value_in_currency"]
        found |= sums
    return found


@ten_times
@given(several(trades()))
def test_generated_years_are_what_a_walk_finds(laboratory, cases):
    """Each case is of a source of its own."""
    rows = [row | {"source_id": f"s{case}"} for case, trade in enumerate(cases) for row in trade]
    for relation in IMPORTS:
        laboratory.fill(relation, rows)
    weights, years = laboratory.rows(WEIGHTS), laboratory.rows(YEARS)
    for case, trade in enumerate(cases):
        found = {
            (row["reporter_code"], row["partner_code"], row["product_code"]): row["value_eur"]
            for row in weights
            if row["source_id"] == f"s{case}"
        }
        assert found == walked(trade)
        for year in (row for row in years if row["source_id"] == f"s{case}"):
            stated = sum(
                row["value_in_currency"]
                for row in trade
                if row["reporter_code"] == year["reporter_code"]
            )
            weighed = sum(value for key, value in found.items() if key[0] == year["reporter_code"])
            assert year["value_eur"] == stated
            assert year["value_without_weight_eur"] == stated - weighed
