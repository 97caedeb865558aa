"""Trade under measures against days and exact fractions, and the laws it obeys for any law."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from coverage_oracle import DAY, NONE, NOT_COVERED, CoverageOracle, Flow, days_of
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of
from reading_kit import keyed, named, picked

MODEL = "fct_trade_under_measures"
STAND_INS = (
    "int_law__measure_states", "int_law__product_coverage", "int_law__exporters",
    "int_law__timelines", "int_trade__imports", "int_trade__imports_by_supplier",
    "int_trade__product_periods",
)  # fmt: skip
FLOW = "reporter_code {} source_id nomenclature product_code period"
FOREVER = date(2100, 1, 1)
# --- generated law and trade --------------------------------------------------------------

COUNTRIES = {"CN": "CHN", "DE": "DEU", "FR": "FRA", "US": "USA", "JP": "JPN"}
MEMBERS = {"DEU", "FRA"}
STATES = [
    "in_force", "in_force", "lapsed_presumed", "unknown", "exempted", "suspended",
    "suspended_before_effect", "announced", "proposed", "repealed", "expired",
]  # fmt: skip
# The same text in two editions: a measure may cover either, both or none.
CODES = [
    ("HS2017", "280530"), ("HS2017", "850511"), ("HS1992", "850511"), ("CN2024", "85051110"),
]  # fmt: skip
ANNUAL = ["2023", "2024"]
MONTHLY = ["2023-11", "2024-02", "2024-03"]
FIRST = date(2022, 12, 1)

days = st.integers(0, 800).map(lambda number: FIRST + number * DAY)
millionths = st.integers(0, 10**6).map(lambda units: Decimal(units) / 10**6)
amounts = st.integers(1, 10**15).map(lambda units: Decimal(units) / 1000)
scopes = st.one_of(
    st.just((Decimal(1), Decimal(1), Decimal(1))),
    st.just((Decimal(0), None, Decimal(1))),
    st.just((Decimal(0), Decimal(0), Decimal(0))),
    st.tuples(millionths, millionths, millionths).map(lambda parts: tuple(sorted(parts))),
    st.tuples(millionths, millionths).map(lambda parts: (min(parts), None, max(parts))),
    st.just((Decimal(0), None, None)),
)


class Law(NamedTuple):
    """Rows of what the models read."""

    states: list[dict]
    coverage: list[dict]
    exporters: list[dict]
    timelines: list[dict]


@st.composite
def timelines(draw, name):
    """Rows of state of one timeline: the base, sometimes a side that departs from it."""
    cuts = sorted(draw(st.sets(days, min_size=1, max_size=4)))
    base = dict(zip(cuts, (draw(st.sampled_from(STATES)) for _ in cuts), strict=True))
    side, side_name = {}, draw(st.sampled_from([None, None, None, "D/B", "E/A"]))
    if side_name:
        departs = draw(st.sampled_from(cuts))
        own = sorted({departs, *draw(st.sets(days, max_size=2))})
        side = {day: draw(st.sampled_from(STATES)) for day in own if day >= departs}
        while side and state_on(base, min(side)) == state_on(side, min(side)):
            del side[min(side)]
    borders = sorted({*base, *side})
    rows = []
    for begins, ends in zip(borders, [*borders[1:], None], strict=True):
        readings = {"base": state_on(base, begins), side_name: state_on(side, begins)}
        readings = {reading: state for reading, state in readings.items() if state}
        for reading, state in readings.items():
            rows.append(
                {
                    **name, "claim_group": reading, "valid_from": begins, "valid_to": ends,
                    "known_from": FIRST, "known_to": None, "state": state,
                    "is_disputed": len(set(readings.values())) > 1,
                    "certainty": draw(st.sampled_from(["settled", "reported_only", "as_cited"])),
                }
            )  # fmt: skip
    # What was once believed must not count any more.
    forgotten = {"state": "in_force", "valid_to": None, "known_to": FIRST + 9 * DAY}
    return rows + [rows[0] | forgotten for _ in range(draw(st.integers(0, 1)))]


def state_on(steps, day):
    begun = [begins for begins in steps if begins <= day]
    return steps[max(begun)] if begun else None


PLACES = st.sampled_from(["ALL", "ALL_NON_EU", "EU27", "USA", "DEU"])


@st.composite
def measures(draw, measure_id):
    """A measure with clauses: rows of state, scope, exporters and timelines."""
    made = Law([], [], [], [])
    issuer = draw(st.sampled_from([["CHN"], ["CHN"], ["CHN"], sorted(MEMBERS)]))
    made.exporters.extend(
        {"measure_id": measure_id, "country_iso3": country, "severity_weight": 0.6}
        for country in issuer
    )
    for clause_id in ["whole"] if draw(st.booleans()) else ["item-1", "item-2"]:
        places = draw(st.lists(PLACES, min_size=1, max_size=2, unique=True))
        users = draw(st.sampled_from([["all"]] * 2 + [["civil", "military"], ["listed_entities"]]))
        for bears in named("clause_id destination user_type", product([clause_id], places, users)):
            made.states.extend(draw(timelines({"measure_id": measure_id} | bears)))
            made.timelines.append({"act_id": measure_id, "claim_group": "base"} | bears)
        for nomenclature, code in CODES:
            if draw(st.integers(0, 3)):
                low, central, high = draw(scopes)
                certainty = draw(st.sampled_from(["certain", "certain", "presumed"]))
                made.coverage.append({
                    "measure_id": measure_id, "clause_id": clause_id,
                    "nomenclature": nomenclature, "product_code": code,
                    "coverage": "may_overlap" if high is None else "partial",
                    "link_certainty": certainty, "share_low": low, "share_central": central,
                    "share_high": high,
                })  # fmt: skip
    return made


def together(parts):
    """One law of several measures."""
    return Law(*([row for table in tables for row in table] for tables in zip(*parts, strict=True)))


laws = st.integers(1, 4).flatmap(
    lambda count: st.tuples(*(measures(f"M{number}") for number in range(count))).map(together)
)


@st.composite
def flows(draw):
    nomenclature, code = draw(st.sampled_from(CODES))
    currency = draw(st.sampled_from(["EUR", "USD"]))
    period = draw(st.sampled_from(ANNUAL + MONTHLY))
    return {
        "source_id": draw(st.sampled_from(["one", "other"])), "nomenclature": nomenclature,
        "product_code": code, "period": period,
        "frequency": "annual" if period in ANNUAL else "monthly",
        "reporter_code": draw(st.sampled_from(["DEU", "EU27", "USA", "JPN"])),
        "partner_code": draw(st.sampled_from(["CHN", "CHN", "CHN", "FRA", "JPN"])),
        "currency": currency,
        "usd_per_eur": draw(st.floats(0.8, 1.6)) if currency == "USD" else None,
        "value_in_currency": draw(amounts), "net_mass_kg": draw(st.one_of(st.none(), amounts)),
    }  # fmt: skip


def flow_key(row):
    return picked([row], FLOW.format("partner_code"))[0]


trades = st.lists(flows(), min_size=1, max_size=6, unique_by=flow_key).map(
    lambda rows: [row for row in rows if row["reporter_code"] != row["partner_code"]]
)


# --- the models and the oracle on them ----------------------------------------------------


laboratory = laboratory_of(
    MODEL, stand_ins=STAND_INS, bundled=["measure_states"],
    countries=[{"iso2": iso2, "iso3": iso3} for iso2, iso3 in COUNTRIES.items()],
    eu_membership=[{"iso3": iso3} for iso3 in MEMBERS],
)  # fmt: skip


def covered_trade(laboratory, law, trade):
    """Rows that the models make."""
    laboratory.fill("int_law__measure_states", law.states)
    laboratory.fill("int_law__product_coverage", law.coverage)
    laboratory.fill("int_law__exporters", law.exporters)
    laboratory.fill("int_law__timelines", law.timelines)
    for relation in ("int_trade__imports", "int_trade__imports_by_supplier"):
        laboratory.fill(relation, trade)
    columns = "source_id nomenclature product_code period"
    periods = sorted(set(picked(trade, columns)))
    laboratory.fill("int_trade__product_periods", named(columns, periods))
    return laboratory.rows(MODEL)


def by_flow(rows):
    """(flow, reading) -> state -> row."""
    found = defaultdict(dict)
    for flow, row in zip(picked(rows, FLOW.format("partner_iso3")), rows, strict=True):
        states = found[flow, row["claim_group"]]
        assert row["state"] not in states, "two rows of one key"
        states[row["state"]] = row
    return found


def ranks_of(laboratory):
    standing = laboratory.rows("measure_states", is_standing="Y")
    return {row["state"]: int(row["state_rank"]) for row in standing}


def oracle_of(law, ranks):
    places = defaultdict(set)
    for row in law.timelines:
        places[row["act_id"], row["clause_id"]].add(row["destination"])

    def destination_of(measure_id, clause_id, reporter):
        is_eu = reporter in MEMBERS or reporter == "EU27"
        bearing = [reporter, "EU27" if is_eu else "ALL_NON_EU", "ALL"]
        listed = places[measure_id, clause_id]
        return next((place for place in bearing if place in listed), None)

    exporters = defaultdict(set)
    for row in law.exporters:
        exporters[row["measure_id"]].add(row["country_iso3"])
    return CoverageOracle(law.states, law.coverage, ranks, destination_of, exporters)


class Expected(NamedTuple):
    """What the days of a period say of one flow in one reading."""

    shares: dict
    days: Counter
    measure_ids: set
    possible_ids: set
    doubts: set
    is_disputed: bool


def expected(oracle, flow, period, reading):
    shares, in_state, measure_ids, possible_ids = {}, Counter(), set(), set()
    doubts, is_disputed = set(), False
    every_day = list(days_of(period))
    for day in every_day:
        covers = oracle.covers(flow, day, FOREVER, reading)
        measure_ids |= {cover.measure_id for cover in covers}
        possible_ids |= oracle.possible(flow, day, FOREVER, reading)
        doubts |= oracle.doubts(flow, day, FOREVER, reading)
        in_state.update({cover.state for cover in covers})
        is_disputed = is_disputed or oracle.is_disputed(flow, day, FOREVER, reading)
        for state, share in oracle.shares(flow, day, FOREVER, reading).items():
            shares[state] = shares.get(state, NONE) + share
    means = {state: share.times(Fraction(1, len(every_day))) for state, share in shares.items()}
    return Expected(means, in_state, measure_ids, possible_ids, doubts, is_disputed)


def is_near(found, share, amount):
    """A millionth, and what a double cannot hold."""
    if share is None or amount is None:
        return found is None
    return found is not None and abs(Fraction(found) - share * amount) <= (
        Fraction(1, 10**6) + amount / 10**14
    )


def names(text):
    return set(text.split("; ")) if text else set()


def certainty(state, share, wanted):
    """What the answer rests on; what may overlap forbids that it is settled."""
    if wanted.is_disputed:
        return "disputed"
    if share.central is None:
        return "bounds_only"
    if wanted.possible_ids:
        return "may_overlap"
    is_presumed = state in ("lapsed_presumed", "unknown")
    return "presumed" if is_presumed else max(wanted.doubts, default="settled")


def assert_as_expected(rows, wanted):
    """The rows of one flow in one reading, by state."""
    assert rows.keys() == wanted.shares.keys()
    for state, row in rows.items():
        share = wanted.shares[state]
        for measure, total in (
            ("value_eur", row["product_value_eur"]),
            ("net_mass_kg", row["product_net_mass_kg"]),
        ):
            amount = None if total is None else Fraction(total)
            for bound in ("low", "central", "high"):
                found = row[f"{measure}_{bound}"]
                assert is_near(found, getattr(share, bound), amount), (state, measure, bound, share)
        assert row["certainty"] == certainty(state, share, wanted)
        assert names(row["may_overlap_measure_ids"]) == wanted.possible_ids
        assert row["days_in_state"] == (None if state == NOT_COVERED else wanted.days[state])
        assert names(row["measure_ids"]) == wanted.measure_ids
        assert row["measure_count"] == len(wanted.measure_ids)
        assert row["is_disputed"] == wanted.is_disputed


@tried()
@given(law=laws, trade=trades)
def test_generated_trade_is_what_its_days_say(laboratory, law, trade):
    found = by_flow(covered_trade(laboratory, law, trade))
    oracle = oracle_of(law, ranks_of(laboratory))
    wanted = {}
    for row in trade:
        (flow,) = picked([row], "reporter_code partner_code nomenclature product_code")
        flow = Flow(*flow)
        for reading in oracle.readings(flow, FOREVER):
            told = expected(oracle, flow, row["period"], reading)
            if reading == "base" or told.is_disputed:
                wanted[flow_key(row), reading] = told
    for key, told in wanted.items():
        # A partner without any measure is left out.
        if key in found or told.measure_ids or told.possible_ids or told.is_disputed:
            assert_as_expected(found[key], told)
    assert found.keys() <= wanted.keys()


def law_of(*covers):
    """A measure of China on 850511 for each state and share (low, central, high), from July on."""
    law = Law([], [], [], [])
    for number, (state, share) in enumerate(covers):
        clause = {"measure_id": f"M{number}", "clause_id": "whole"}
        bears = {"destination": "ALL", "user_type": "all"}
        law.states.append({
            **clause, **bears, "claim_group": "base", "valid_from": date(2024, 7, 1),
            "known_from": date(2024, 7, 1), "state": state, "is_disputed": False,
        })  # fmt: skip
        names = ("share_low", "share_central", "share_high")
        law.coverage.append({
            **clause, "nomenclature": "HS2017", "product_code": "850511",
            "coverage": "whole" if share[0] == 1 else "partial", "link_certainty": "certain",
            **{name: one and Decimal(one) for name, one in zip(names, share, strict=True)},
        })  # fmt: skip
        law.exporters.append({"measure_id": f"M{number}", "country_iso3": "CHN"})
        law.timelines.append({"act_id": f"M{number}", "clause_id": "whole", **bears})
    return law


FLOW_OF_2024 = {
    "source_id": "one", "nomenclature": "HS2017", "product_code": "850511", "period": "2024",
    "frequency": "annual", "reporter_code": "DEU", "partner_code": "CHN", "currency": "USD",
    "usd_per_eur": 1.25, "value_in_currency": Decimal("457.5"), "net_mass_kg": Decimal("732"),
}  # fmt: skip


def test_goods_that_are_surely_under_a_measure_count_once(laboratory):
    """Neither twice in one state, nor in a milder state too; the law began in July."""
    law = law_of(
        ("in_force", ("0.6", "0.6", "0.6")), ("in_force", ("0.5", "0.5", "0.5")),
        ("lapsed_presumed", ("0", None, "1")),
    )  # fmt: skip
    rows = keyed(covered_trade(laboratory, law, [FLOW_OF_2024]), "state")
    # They may be the same goods.
    bounds = picked([rows["in_force"]], "value_eur_low value_eur_central value_eur_high")
    assert bounds == [(Decimal("110.4"), None, 184)]
    assert rows["lapsed_presumed"]["value_eur_high"] == Decimal("73.6")


def test_value_is_in_euros_and_mass_as_given(laboratory):
    """Of a flow without law beside one with it: the rate is that of the row."""
    law, flow = law_of(("in_force", ("1", "1", "1"))), FLOW_OF_2024
    found = covered_trade(laboratory, law, [flow])
    figures = {("in_force", 184, 368), (NOT_COVERED, 182, 364)}
    assert set(picked(found, "state value_eur_central net_mass_kg_central")) == figures
    # Neither another code nor the same text in another edition.
    for other in ({"product_code": "280530"}, {"nomenclature": "HS1992"}):
        trade = [flow, flow | other]
        covered_trade(laboratory, law, trade)
        found = picked(laboratory.rows(MODEL, **other), "state value_eur_low net_mass_kg_low")
        assert found == [(NOT_COVERED, 366, 732)]
