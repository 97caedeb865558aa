"""The order of cases against plain Python, and the laws it obeys (METHODS, section 8)."""

import math
from typing import ClassVar

import pytest
import yaml
from cover_laboratory import AS_OF, GRAPH, TABLES, CoverLaboratory, day, order, stock, use
from duration_laboratory import bound, exact_curve
from duration_laboratory import case as followed_application
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.settings import PROJECT_DIR

VARIABLES = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
HORIZON, ENOUGH = VARIABLES["case_horizon_days"], VARIABLES["least_decided_cases"]
# Twelve decided after 10 to 120 days, two of them still open.
TIMES = [*((days, "approved") for days in range(10, 121, 10)), (60, ""), (130, "")]


AUTHORITY = "MOFCOM"


class CaseLaboratory(CoverLaboratory):
    """A laboratory of stock cover with a list of cases and a register beside the graph."""

    models = ("fct_case_priorities", "fct_stock_cover")
    tables: ClassVar = {
        **{short: name for short, name in TABLES.items() if short != "curves"},
        "bills": "stg_exposure__bill_of_materials",
        "cases": "stg_cases__shipment_cases",
        "applications": "int_licensing__cases",
    }


def part(part_id, material="terbium", **other):
    return {**GRAPH, "part_id": part_id, "material": material, **other}


def bill(part_id, component_id):
    return {**GRAPH, "part_id": part_id, "component_id": component_id}


def register(times, material="terbium", start=1, **other):
    """Applications watched from acceptance: days, and the outcome or an empty text."""
    return [
        application(start + number, days, outcome, material=material, **other)
        for number, (days, outcome) in enumerate(times)
    ]


def application(number, days, outcome="", **other):
    """An application that has taken so many days to its decision or to the reading."""
    accepted = day(-days)
    row = followed_application(number, other.pop("material", "terbium"), (0, days, outcome))
    return {
        **row, "authority": AUTHORITY, "filed_date": accepted, "accepted_date": accepted,
        "decided_date": AS_OF if outcome else None, "last_seen_date": AS_OF, **other,
    }  # fmt: skip


def held(case_id, waited=20, **other):
    """A shipment held for so many days, of which a day of standstill costs 100 to 300 EUR."""
    return {
        "data_origin": "synthetic", "graph_id": GRAPH["graph_id"], "site_id": "S1", "part_id": "P1",
        "case_id": case_id, "shipment_reference": f"order of {case_id}", "authority": AUTHORITY,
        "material": "terbium", "held_since_date": day(-waited), "standstill_eur_per_day_low": 100,
        "standstill_eur_per_day_high": 300, "as_of_date": AS_OF, **other,
    }  # fmt: skip


@pytest.fixture(scope="module")
def laboratory(manifest):
    return CaseLaboratory(manifest)


def priorities(laboratory, **tables):
    """Rows of the cases by name; those of applications without one by application."""
    laboratory.fill(**tables)
    rows = laboratory.rows("fct_case_priorities")
    return {row["case_id"] or row["application_id"]: row for row in rows}


# Plain Python -------------------------------------------------------------------------------------


def undecided_after(times, waited):
    """Steps (day, share, low, high) of the curve of those who waited so long, day 0 first."""
    steps = [(0, 1.0, 1.0, 1.0)]
    of_them = [(waited + 1, days, outcome) for days, outcome in times if days > waited]
    for one, row in exact_curve(of_them).items():
        if one > waited:
            high = bound(row, -1) if row["survival"] else steps[-1][3]
            steps.append((one - waited, float(row["survival"]), bound(row, 1), high))
    return steps


def days_lost(steps, stock_out, bound):
    """Sum over the days of the horizon on which the stock is out: is it undecided then?"""
    place = {"low": 2, "high": 3}[bound]
    last = steps[-1][0]
    total = 0.0
    for one in range(HORIZON):
        if one < stock_out:
            continue
        current = [step for step in steps if step[0] <= one][-1]
        total += 0.0 if bound == "low" and one >= last else current[place]
    return total


def first_day(steps, level):
    return next((one for one, share, *_ in steps if share <= level + 1e-12), None)


def stock_out_bounds(laboratory, part_id):
    """Of the days of cover, which have an oracle of their own: earliest tenth, latest nine."""
    rows = laboratory.rows("fct_stock_cover", scenario_id="base", part_id=part_id)
    early = [row["days_of_cover_p10"] for row in rows]
    late = [row["days_of_cover_p90"] for row in rows]
    return (
        min(math.inf if days is None else math.floor(days) for days in early),
        max(math.inf if days is None else math.floor(days) for days in late),
    )


DRAWN = st.tuples(st.integers(1, 150), st.sampled_from(["approved", "approved", "refused", ""]))
# Enough decisions for a curve, or too few of them.
TIMES_DRAWN = st.lists(DRAWN, min_size=16, max_size=30) | st.lists(DRAWN, min_size=1, max_size=8)
VALUES = st.tuples(st.integers(0, 500), st.integers(500, 2000))


@st.composite
def case_of(draw, number):
    """A case with a part of its own, of which the stock may not be known."""
    name = f"P{number}"
    value = draw(st.sampled_from([VALUES, VALUES, VALUES, st.none()]).flatmap(lambda one: one))
    quantity = None if draw(st.integers(0, 5)) == 0 else draw(st.integers(0, 200))
    orders = draw(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 90)), max_size=1))
    return {
        "case": held(
            f"C{number}", draw(st.integers(0, 170)), part_id=name,
            material=draw(st.sampled_from(["terbium", "gallium", None])),
            standstill_eur_per_day_low=value and value[0],
            standstill_eur_per_day_high=value and value[1],
        ),
        "stock": stock(quantity, part_id=name),
        "use": use(*draw(st.lists(st.integers(1, 120), min_size=1, max_size=4)), part_id=name),
        "orders": [
            order(f"O{number}-{one}", amount, promised, part_id=name)
            for one, (amount, promised) in enumerate(orders)
        ],
    }  # fmt: skip


@st.composite
def worlds(draw, least=1):
    """A register of two materials and some cases."""
    count = draw(st.integers(least, 12))
    return {
        "terbium": draw(TIMES_DRAWN),
        "gallium": draw(TIMES_DRAWN),
        "cases": [draw(case_of(number)) for number in range(1, count + 1)],
    }


def tables_of(world):
    return {
        "applications": register(world["terbium"])
        + register(world["gallium"], "gallium", start=100),
        "cases": [one["case"] for one in world["cases"]],
        "parts": [part(one["case"]["part_id"]) for one in world["cases"]],
        "stock": [one["stock"] for one in world["cases"]],
        "consumption": [row for one in world["cases"] for row in one["use"]],
        "orders": [row for one in world["cases"] for row in one["orders"]],
    }


def decided(times):
    return sum(outcome != "" for _, outcome in times)


@tried(8)
@given(world=worlds())
def test_losses_and_ranks_equal_a_sum_over_days(laboratory, world):
    found = priorities(laboratory, **tables_of(world))
    everything = world["terbium"] + world["gallium"]
    expected = {}
    for one in world["cases"]:
        case = one["case"]
        row = found[case["case_id"]]
        times = world.get(case["material"], everything)
        is_wider = decided(times) < ENOUGH
        times = everything if is_wider else times
        waited = (AS_OF - case["held_since_date"]).days
        is_known = (
            one["stock"]["quantity"] is not None
            and case["standstill_eur_per_day_low"] is not None
            and decided(times) >= ENOUGH
        )
        assert row["is_ranked"] is is_known
        assert row["days_waited"] == waited
        assert row["decided_case_count"] == decided(times)
        assert row["register_as_of_date"] == (AS_OF if everything else None)
        if decided(times) < ENOUGH:
            assert row["remaining_days_p50"] is row["remaining_days_p90"] is None
        if decided(times) >= ENOUGH:
            assert row["is_wider_stratum"] is (is_wider and case["material"] is not None)
            steps = undecided_after(times, waited)
            assert row["remaining_days_p50"] == first_day(steps, 0.5)
            assert row["remaining_days_p90"] == first_day(steps, 0.1)
        if not is_known:
            assert row["expected_loss_eur_high"] is None
            assert row["case_rank"] is None
            assert row["missing_inputs"]
            continue
        early, late = stock_out_bounds(laboratory, case["part_id"])
        assert (row["days_to_stock_out_low"], row["days_to_stock_out_high"]) == (
            None if early == math.inf else early, None if late == math.inf else late,
        )  # fmt: skip
        low = case["standstill_eur_per_day_low"] * days_lost(steps, late, "low")
        high = case["standstill_eur_per_day_high"] * days_lost(steps, early, "high")
        assert row["expected_loss_eur_low"] == pytest.approx(low, rel=1e-9, abs=1e-9)
        assert row["expected_loss_eur_high"] == pytest.approx(high, rel=1e-9, abs=1e-9)
        expected[case["case_id"]] = (row["expected_loss_eur_low"], row["expected_loss_eur_high"])
    by_loss = sorted(expected, key=lambda name: (-sum(expected[name]), -expected[name][1], name))
    by_rank = sorted(expected, key=lambda name: found[name]["case_rank"])
    assert by_rank == by_loss
    assert [found[name]["case_rank"] for name in by_rank] == list(range(1, len(by_rank) + 1))


# Laws ---------------------------------------------------------------------------------------------


@tried(4)
@given(world=worlds(least=2), less=st.integers(1, 400))
def test_laws_of_ranks(laboratory, world, less):
    """All on each world: what takes long is its way through the models."""
    before = priorities(laboratory, **tables_of(world))
    first = world["cases"][0]
    name = first["case"]["case_id"]
    if first["stock"]["quantity"] is not None:
        fewer = max(first["stock"]["quantity"] - less, 0)
        check_an_earlier_stock_out_never_lowers_a_rank(
            before[name], with_first(laboratory, world, stock={"quantity": fewer})[name]
        )
    check_an_unknown_stock_never_ranks_as_a_safe_one(laboratory, world)
    after = with_first(laboratory, world, case={"closed_date": AS_OF, "outcome": "released"})
    assert after.keys() == before.keys() - {name}
    for other, row in after.items():
        assert {**row, "case_rank": 0} == {**before[other], "case_rank": 0}
        assert (row["case_rank"] or 0) <= (before[other]["case_rank"] or 0)


def with_first(laboratory, world, **changes):
    """The priorities of the world with some values of its first case changed."""
    first, *others = world["cases"]
    changed = first | {name: first[name] | values for name, values in changes.items()}
    return priorities(laboratory, **tables_of(world | {"cases": [changed, *others]}))


def check_an_earlier_stock_out_never_lowers_a_rank(before, after):
    if before["is_ranked"]:
        assert after["case_rank"] <= before["case_rank"]
        for bound in ("expected_loss_eur_low", "expected_loss_eur_high"):
            assert after[bound] >= before[bound] * (1 - 1e-9)


def check_an_unknown_stock_never_ranks_as_a_safe_one(laboratory, world):
    """A second position of the first case: unknown, it ranks no lower than if it never ran out."""
    first, *others = world["cases"]
    nowhere = first | {"case": first["case"] | {"site_id": None}}
    ranks = {}
    for name, second in (("safe", 10**9), ("unknown", None)):
        tables = tables_of(world | {"cases": [nowhere, *others]})
        place = {"part_id": first["case"]["part_id"], "site_id": "S2"}
        tables["stock"].append(stock(second, **place))
        tables["consumption"] += use(62, **place)
        ranks[name] = priorities(laboratory, **tables)[first["case"]["case_id"]]
    if ranks["safe"]["is_ranked"] and ranks["unknown"]["is_ranked"]:
        assert ranks["unknown"]["case_rank"] <= ranks["safe"]["case_rank"]
        assert ranks["unknown"]["stock_out_status"] == "partly_unknown"
        assert ranks["unknown"]["days_to_stock_out_low"] == 0
    if first["stock"]["quantity"] is None:
        assert ranks["unknown"]["stock_out_status"] == "unknown"
        assert not ranks["unknown"]["is_ranked"]
        assert "stock and use of" in ranks["unknown"]["missing_inputs"]


# Known answers ------------------------------------------------------------------------------------

WORLD = {
    "stock": [stock(100)], "consumption": use(62), "parts": [part("P1")],
    "applications": register(TIMES),
}  # fmt: skip


def test_a_case_that_waited_longer_than_anybody_has_the_widest_bounds(laboratory):
    row = priorities(laboratory, **WORLD, cases=[held("C1", waited=400)])["C1"]
    assert (row["remaining_days_p50"], row["waiting_cases"]) == (None, 0)
    assert row["expected_loss_eur_low"] == 0
    assert row["expected_loss_eur_high"] == 300 * (HORIZON - 50)
    assert row["is_beyond_follow_up"]


def test_a_part_that_is_not_used_costs_nothing_and_says_so(laboratory):
    row = priorities(laboratory, **WORLD | {"consumption": use(0, 0)}, cases=[held("C1")])["C1"]
    assert (row["stock_out_status"], row["expected_loss_eur_high"]) == ("never", 0)
    assert "no stock-out as far as use is known" in row["reason"]


def test_days_count_from_the_reading_of_the_case(laboratory):
    """A stock read ten days before the case lasts ten days less; what is out stays out."""
    for later, days, said in ((10, 40, "from 2026-12-20"), (60, 0, "may be out of stock already")):
        case = held("C1", as_of_date=day(later))
        row = priorities(laboratory, **WORLD, cases=[case])["C1"]
        assert row["days_to_stock_out_low"] == days
        assert row["first_stock_out_date"] == day(50)
        assert said in row["reason"]
        assert row["days_waited"] == 20 + later


def test_of_several_readings_the_latest_counts_and_a_closed_case_is_gone(laboratory):
    old = held("C1", last_word="none")
    new = old | {"as_of_date": day(3), "last_word": "in review"}
    rows = priorities(laboratory, **WORLD, cases=[new, old])
    assert rows["C1"]["last_word"] == "in review"
    closed = old | {"as_of_date": day(5), "closed_date": day(4), "outcome": "released"}
    assert "C1" not in priorities(laboratory, **WORLD, cases=[new, old, closed])


def test_an_application_speaks_for_its_case_and_stands_alone_without_one(laboratory):
    applications = [
        *register(TIMES),
        application(50, 33, measure_id="CN-2025-18", deadline_date=day(-5)),
        application(51, 7, accepted_date=None, filed_date=day(-9)),
        application(52, 80),
    ]
    named = held("C1", application_id="A50", held_since_date=None, filed_date=day(-90))
    done = held("C2", application_id="A52", closed_date=AS_OF, outcome="withdrawn")
    rows = priorities(laboratory, **WORLD | {"applications": applications}, cases=[named, done])
    assert (rows["C1"]["days_waited"], rows["C1"]["days_past_deadline"]) == (33, 5)
    assert rows["C1"]["measure_id"] == "CN-2025-18"
    assert "5 past the deadline" in rows["C1"]["reason"]
    # Pending in the register, named by no case; one with a closed case is no news.
    assert rows.keys() == {"C1", "A51", "A13", "A14"}
    assert (rows["A51"]["waits_from"], rows["A51"]["days_waited"]) == ("not_accepted", 9)
    assert rows["A51"]["missing_inputs"].startswith("a row of shipment_cases")
    assert not rows["A51"]["is_ranked"]


def test_a_case_of_a_decided_application_asks_for_its_outcome(laboratory):
    case = held("C1", application_id="A1")
    row = priorities(laboratory, **WORLD, cases=[case])["C1"]
    assert not row["is_ranked"]
    assert "A1 was decided on 2026-10-31" in row["missing_inputs"]


def test_own_and_synthetic_are_never_mixed(laboratory):
    """Own cases know the own register alone, and are ranked among themselves."""
    own = {"data_origin": "own"}
    tables = {
        "stock": [stock(100), stock(100, **own)],
        "consumption": use(62) + use(62, **own),
        "parts": [part("P1"), part("P1", **own)],
        "cases": [held("C1"), held("C2", **own)],
    }
    rows = priorities(laboratory, applications=register(TIMES), **tables)
    assert rows["C1"]["case_rank"] == 1
    assert not rows["C2"]["is_ranked"]
    assert "licence_applications with 10 decided" in rows["C2"]["missing_inputs"]
    few = register(TIMES[:9], start=200, **own)
    rows = priorities(laboratory, applications=register(TIMES) + few, **tables)
    assert "(9 now)" in rows["C2"]["missing_inputs"]
    many = register(TIMES, start=200, **own)
    rows = priorities(laboratory, applications=register(TIMES) + many, **tables)
    assert [rows[name]["case_rank"] for name in ("C1", "C2")] == [1, 1]


def test_a_material_or_a_code_finds_what_is_made_of_it(laboratory):
    """Up the bill of materials as far as the first part in stock, and no further."""
    tables = WORLD | {
        "stock": [stock(100, part_id="magnet"), stock(2, part_id="motor")],
        "consumption": use(62, part_id="magnet") + use(62, part_id="motor"),
        "parts": [
            part("oxide", product_code="28469019"), part("alloy", None), part("magnet", None),
            part("motor", None), part("other", "yttrium", product_code="284690"),
        ],
        "bills": [bill("alloy", "oxide"), bill("magnet", "alloy"), bill("alloy", "alloy"),
                  bill("motor", "magnet"), bill("motor", "other")],
    }  # fmt: skip
    of_material = held("C1", site_id=None, part_id=None)
    of_code = held("C2", site_id=None, part_id=None, material=None, product_code="28469019")
    elsewhere = held("C3", site_id="S9", part_id="oxide")
    nobody = held("C4", part_id="unheard")
    rows = priorities(laboratory, **tables, cases=[of_material, of_code, elsewhere, nobody])
    assert rows["C1"]["days_to_stock_out_low"] == 50
    assert "magnet at S1" in rows["C1"]["reason"]
    # The code is of yttrium oxide as well, which goes straight into the motor.
    assert (rows["C2"]["days_to_stock_out_low"], rows["C2"]["position_count"]) == (1, 2)
    assert "at S9" in rows["C3"]["missing_inputs"]
    assert "the part unheard in exposure_parts of g" in rows["C4"]["missing_inputs"]


def test_what_is_missing_is_named(laboratory):
    cases = [
        held("C1", graph_id=None, site_id=None, part_id=None),
        held("C2", standstill_eur_per_day_low=None, standstill_eur_per_day_high=None),
        held("C3", part_id="P2"),
    ]
    tables = WORLD | {
        "stock": [stock(100), stock(None, part_id="P2")], "parts": [part("P1"), part("P2")],
    }  # fmt: skip
    rows = priorities(laboratory, **tables, cases=cases)
    assert rows["C1"]["missing_inputs"] == "graph_id, and part_id, material or product_code"
    assert rows["C2"]["missing_inputs"] == "both bounds of standstill_eur_per_day"
    assert rows["C3"]["missing_inputs"] == "stock and use of P2 at S1"
    assert all(row["reason"].startswith("not ranked: enter ") for row in rows.values()
               if not row["is_ranked"])  # fmt: skip
