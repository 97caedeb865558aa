"""Law met by trade of any edition: links, coverage and answers against walks in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

import pytest
from coverage_oracle import Bounds, CoverageOracle, Flow
from editions_oracle import (
    LISTED_IN,
    MAPPED_TO,
    PARTLY,
    WHOLE_TABLE,
    Code,
    Editions,
    Scope,
    parts_within,
    read_scope,
    read_steps,
    read_whole_table,
)
from published_law import read_oracle, rows
from reading_kit import table

# Importer, day, and first of the month on whose knowledge the answer rests beside that of the day.
ASKED = [
    ("EU27", "2025-11-15"), ("EU27", "2026-11-24"), ("DEU", "2024-12-03"), ("DEU", "2025-11-15"),
    ("GBR", "2025-05-01"), ("USA", "2026-11-24"), ("CHN", "2023-09-01"), ("JPN", "2025-11-15"),
]  # fmt: skip
BOUNDS = ("low", "central", "high")


@pytest.fixture(scope="module")
def scope():
    return Scope(Editions(read_steps()), *read_scope())


def of_one_firm() -> set[tuple[str, str]]:
    """Clauses addressed to one firm: they stay with the codes as listed and mapped."""
    return {
        (row["measure_id"], row["clause_id"])
        for row in table("measure_clauses")
        if row["addressee"]
    }


@pytest.fixture(scope="module")
def covered(connection, scope):
    """Rows as bridge_product_coverage has, of every code that a measure lists or that is traded."""
    clauses = defaultdict(set)
    for row in rows(connection, "from marts.fct_measure_states"):
        clauses[row["measure_id"]].add(row["clause_id"])
    codes = {
        Code(row["nomenclature"], row["product_code"])
        for row in rows(
            connection,
            """
            select distinct nomenclature, product_code from marts.fct_trade_under_measures
            union
            select distinct nomenclature, product_code from marts.fct_import_weights
            """,
        )
    }
    codes |= {code for measure in scope.measures() for code in scope.listed[measure]}
    codes |= {
        Code(MAPPED_TO, code) for measure in scope.measures() for code in scope.mapped[measure]
    }
    found, firms = [], of_one_firm()
    for code in sorted(codes):
        for measure_id in sorted(scope.measures()):
            cover = scope.cover(measure_id, code)
            if cover is None:
                continue
            for clause_id in sorted(clauses[measure_id]):
                share = cover.share or Bounds(Fraction(0), None, None)
                coverage = "may_overlap" if cover.share is None else "whole"
                if cover.share == PARTLY:
                    coverage = "partial"
                if (measure_id, clause_id) in firms:
                    if code.nomenclature not in (LISTED_IN, MAPPED_TO):
                        continue
                    share, coverage = PARTLY, "reference_only"
                found.append({
                    "measure_id": measure_id, "clause_id": clause_id,
                    "nomenclature": code.nomenclature, "product_code": code.code,
                    "link": cover.link, "coverage": coverage,
                    "link_certainty": "presumed" if cover.is_presumed else "certain",
                    **dict(zip((f"share_{bound}" for bound in BOUNDS), share, strict=True)),
                })  # fmt: skip
    return found


# --- links and coverage of the bundled law -------------------------------------------------


def test_every_published_link_is_what_a_walk_finds(connection, scope):
    published = {
        (
            Code(row["nomenclature"], row["product_code"]),
            Code(row["linked_nomenclature"], row["linked_code"]),
        ): row
        for row in rows(
            connection, "from marts.bridge_product_editions where basis <> 'assumed_unchanged'"
        )
    }
    assert len(published) > 1000
    for (code, other), row in published.items():
        if row["basis"] == "concordance":
            assert row["link"] == scope.editions.link(code, other), (code, other)
    listed = {code for measure in scope.measures() for code in scope.listed[measure]}
    walked = {(code, other) for code in listed for other in scope.editions.linked(code)}
    of_listed = {
        pair
        for pair, row in published.items()
        if pair[0] in listed and row["basis"] == "concordance"
    }
    assert of_listed == walked


def test_a_code_is_found_in_other_editions_as_a_walk_finds_it(connection, scope):
    """Of 45 codes of the HS in each other edition; completeness against the whole table."""
    whole = Editions(read_whole_table()) if WHOLE_TABLE.is_file() else None
    known = sorted(scope.editions.codes)
    told = 0
    for code in known[:: len(known) // 45]:
        for edition in sorted({one.nomenclature for one in known}):
            found = rows(
                connection,
                f"from reports.convert_code('{code.code}', '{code.nomenclature}', '{edition}')",
            )
            goods = {
                Code(row["linked_nomenclature"], row["linked_code"]): row["link"]
                for row in found
                if row["basis"] != "waste"
            }
            walked = scope.editions.linked(code) | {code: "same"}
            assert goods == {one: link for one, link in walked.items() if one[0] == edition}
            if whole and any(row["are_all_codes"] for row in found):
                others = whole.linked(code) | {code: "same"}
                assert set(goods) == {one for one in others if one.nomenclature == edition}
                told += 1
    assert told > 150 or whole is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("850511", "HS2012", "CN2024"), {("CN2024", "85051110", "part_of", "certain", False)}),
        (("8505.11.10", "cn 2025", "HS1992"), {("HS1992", "850511", "holds", "certain", True)}),
        (("26110000", "CN2024", "HS1992"), {("HS1992", "261100", "same", "certain", True)}),
        (("81129289", "CN2024", "CN2023"), {("CN2023", "81129289", "same", "presumed", False)}),
        (("28053080", "CN2022", "CN2022"), {("CN2022", "28053080", "same", "certain", True)}),
        # Of HS 2022 no code of the CN is at hand here: the subheading stands for them.
        (("811249", "HS2022", "CN2024"), {("HS2022", "811249", "same", "certain", False)}),
    ],
)
def test_codes_of_the_cn_are_parts_of_their_subheading(connection, asked, expected):
    found = connection.execute(
        "select linked_nomenclature, linked_code, link, link_certainty, are_all_codes"
        " from reports.convert_code(?, ?, ?)",
        asked,
    )
    assert set(found.fetchall()) == expected


def test_a_code_beside_younger_ones_is_not_taken_for_the_same(connection):
    """Of 2846 90 of 2022 codes 40 to 70 were made in 2023: what 90 has lost no one here knows."""
    found = connection.execute(
        "select linked_code, link from reports.convert_code('28469090', 'CN2022', 'CN2024')"
    ).fetchall()
    assert {"28469040", "28469090"} < {code for code, _ in found}
    assert {link for _, link in found} == {"may_overlap"}


def test_every_listed_and_traded_code_is_covered_as_a_walk_finds(connection, covered):
    key = ("measure_id", "clause_id", "nomenclature", "product_code")
    says = ("link", "link_certainty", "coverage", *(f"share_{bound}" for bound in BOUNDS))
    wanted = {tuple(row[name] for name in key): row for row in covered}
    codes = {one[2:] for one in wanted}
    traded = set(
        connection.execute(
            "select distinct nomenclature, product_code from marts.fct_trade_under_measures"
        ).fetchall()
    )
    found = {
        tuple(row[name] for name in key): row
        for row in rows(connection, "from marts.bridge_product_coverage")
        if (row["nomenclature"], row["product_code"]) in codes | traded
    }
    assert found.keys() == wanted.keys()
    assert {row["coverage"] for row in covered} == {
        "whole", "partial", "may_overlap", "reference_only",
    }  # fmt: skip
    for one, row in found.items():
        assert [row[name] for name in says] == [wanted[one][name] for name in says], one


# --- A4 ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oracle(connection, covered):
    """The oracle of trade under measures, on coverage that was walked and not read."""
    published = read_oracle(connection)
    states = [row for found in published.states.values() for row in found]
    return CoverageOracle(
        states, covered, published.ranks, published.destination_of, published.exporters
    )


@pytest.mark.parametrize(("reporter", "day"), ASKED)
def test_trade_under_measures_is_what_walks_say(connection, oracle, scope, reporter, day):
    """Every partner and product: bounds, rival readings, what may only overlap, certainty; as known
    on the day and the year before."""
    as_of = date.fromisoformat(day)
    for known_on in (as_of, date(as_of.year - 1, as_of.month, 1)):
        answer = defaultdict(dict)
        found = rows(
            connection,
            "from reports.trade_under_measures(?, null, ?, ?)",
            reporter,
            as_of,
            known_on,
        )
        parts = parts_within(scope.editions, found)
        for row in found:
            flow = Flow(reporter, row["partner_iso3"], row["nomenclature"], row["product_code"])
            assert row["state"] not in answer[flow], "two rows of one key"
            answer[flow][row["state"]] = row
        assert answer
        for flow, states in answer.items():
            inside = parts.get((flow.partner, flow.product), {})
            hold_as_walked(oracle, flow, states, inside, as_of, known_on)


def hold_as_walked(oracle, flow, states, inside, as_of, known_on):
    total = next(iter(states.values()))["product_value_eur"]
    if total is None:
        assert not inside, flow
        assert {row[f"value_eur_{one}"] for row in states.values() for one in BOUNDS} == {None}
        return
    asked = (flow, Fraction(total), inside, as_of, known_on)
    shares = oracle.shares_with_parts(*asked, "base")
    possible = oracle.possible(flow, as_of, known_on, "base")
    doubts = oracle.doubts(flow, as_of, known_on, "base")
    disputed = [
        reading
        for reading in oracle.readings(flow, known_on) - {"base"}
        if oracle.is_disputed(flow, as_of, known_on, reading)
    ]
    rival = oracle.shares_with_parts(*asked, min(disputed)) if disputed else {}
    assert states.keys() == shares.keys() | rival.keys()
    for state, row in states.items():
        for expected, prefix in ((shares, "value_eur"), (rival, "rival_value_eur")):
            if not expected:
                continue
            share = expected.get(state, Bounds(*[Fraction(0)] * 3))
            for bound, part in zip(BOUNDS, share, strict=True):
                value = row[f"{prefix}_{bound}"]
                assert (value is None) == (part is None), (flow, state, bound)
                if part is not None:
                    assert abs(Fraction(value) - part * Fraction(total)) < Fraction(1, 10**5)
        assert set(filter(None, (row["may_overlap_measure_ids"] or "").split("; "))) == possible
        assert row["is_disputed"] == bool(disputed)
        if not disputed:
            share = shares[state]
            assert row["certainty"] == certainty(state, share, possible, doubts), (flow, row)


def certainty(state, share, possible, doubts):
    if share.central is None:
        return "bounds_only"
    if possible:
        return "may_overlap"
    is_presumed = state in ("lapsed_presumed", "unknown")
    return "presumed" if is_presumed else max(doubts, default="settled")


# --- the whole concordance -----------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    return Editions(read_whole_table())


@pytest.mark.shared
def test_the_bundled_rows_link_every_listed_code_as_the_whole_table_does(whole, scope):
    listed = {code for measure in scope.measures() for code in scope.listed[measure]}
    assert len(listed) > 60
    for code in sorted(listed):
        assert scope.editions.linked(code) == whole.linked(code), code
    # Also whether all goods of an earlier code are listed whole today.
    in_full = Scope(whole, *read_scope())
    for measure in scope.measures():
        for other in {other for code in scope.listed[measure] for other in whole.linked(code)}:
            assert scope.cover(measure, other) == in_full.cover(measure, other), (measure, other)


# What the delivered list of codes comes to, counted for METHODS 5a by other means; the bundled
# list has rows of the cobalt ban more.
ADDED = {"260500", "810530", "810590"}
FAR_REACHING = {"285210", "848620", "848690", "854239"}


@pytest.mark.shared
def test_the_counts_on_the_whole_concordance_come_out(whole):
    listed = {
        row["hs6"]
        for row in table("measure_scope")
        if row["hs6"] and row["coverage"] in ("whole", "ex")
    } - ADDED
    assert len(listed) == 62
    links, met = defaultdict(Counter), defaultdict(Counter)
    for code in listed:
        for other, link in whole.linked(Code(LISTED_IN, code)).items():
            links[other.nomenclature][link] += 1
            met[other.nomenclature][code] += 1
    assert links["HS2017"] == {"same": 46, "holds": 15, "overlaps": 2}
    assert {"same": 24, "part_of": 11, "holds": 23}.items() <= links["HS1992"].items()
    assert {code for code, count in met["HS1992"].items() if count > 20} == FAR_REACHING
    for code in ("850511", "280530", "284690", "250410"):
        earlier = whole.linked(Code(LISTED_IN, code))
        assert set(earlier) == {Code(f"HS{year}", code) for year in EARLIER}
        assert set(earlier.values()) == {"same"}
    for code, other in (("810520", "810510"), ("810610", "810600")):
        assert whole.link(Code(LISTED_IN, code), Code("HS1992", other)) == "holds"


EARLIER = (1992, 1996, 2002, 2007, 2012, 2017)
