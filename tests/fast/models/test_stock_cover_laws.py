"""Days of cover against a simulation in plain Python, and the laws they obey."""

import hashlib
import math
import random
from calendar import monthrange
from operator import itemgetter

import pytest
import yaml
from cover_laboratory import AS_OF, BASE, CoverLaboratory, curve, day, order, pending, stock, use
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times

from chokepoint.settings import PROJECT_DIR

VARIABLES = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
DRAWS, SEED = VARIABLES["cover_draws"], VARIABLES["cover_seed"]
CASES = ("nothing_arrives", "orders_as_planned", "licences_at_quantiles", "licences_at_p90")
LEVELS = ("p10", "p50", "p90")
NEVER = math.inf


@pytest.fixture(scope="module")
def laboratory(manifest):
    return CoverLaboratory(manifest)


def scenario(name, origin="assumption"):
    return {"scenario_id": name, "scenario_origin": origin}


def pace(name, factor, start=0, stratum="all"):
    kind = "all" if stratum == "all" else "material"
    change = {"stratum_kind": kind, "stratum": stratum, "pace_factor": factor}
    return {**scenario(name), **change, "valid_from": day(start)}


def lost(name, share, start, end=None, part="P1", site="X1"):
    link = {"graph_origin": "synthetic", "graph_id": "g", "part_id": part, "site_id": site}
    until = None if end is None else day(end)
    return {**scenario(name), **link, "share_lost": share, "valid_from": day(start),
            "valid_to": until}  # fmt: skip


def cover(rows):
    """Quantiles by scenario, part and case; never is infinite, unknown is None."""
    found = {}
    for row in rows:
        is_known = row["status"] in ("known", "no_use")
        found[row["scenario_id"], row["part_id"], row["arrivals_case"]] = tuple(
            (NEVER if row[f"days_of_cover_{level}"] is None else row[f"days_of_cover_{level}"])
            if is_known
            else None
            for level in LEVELS
        )
    return found


def not_less(more, less):
    """Each quantile of the one at least that of the other, but for rounding at the edge."""
    return all(one >= other * (1 - 1e-11) for one, other in zip(more, less, strict=True))


# Plain Python -------------------------------------------------------------------------------------


def number(text, part):
    """28 bits of the MD5 of the seed and a text."""
    digits = hashlib.md5(f"{SEED}|{text}".encode()).hexdigest()
    return int(digits[8 * part : 8 * part + 7], 16)


def drawn_uses(months):
    """Daily use in each draw: the quantile at the middle of its part, linear between neighbours."""
    known = sorted(
        float(row["quantity"]) / monthrange(*map(int, row["period"].split("-")))[1]
        for row in sorted(months, key=itemgetter("period"))[-12:]
    )
    found = []
    for one in range(DRAWS):
        whole, rest = divmod((len(known) - 1) * (2 * one + 1), 2 * DRAWS)
        above = known[min(whole + 1, len(known) - 1)]
        found.append(known[whole] + rest / (2 * DRAWS) * (above - known[whole]))
    return found


def licence_times(steps, waited):
    """Days to come until the approval, for each draw; None where the curve does not reach it."""
    before = [step for step in steps if waited is not None and step[0] <= waited]
    _, undecided, approved = before[-1] if before else (None, 1.0, 0.0)
    to_come = steps[len(before) :]
    found = []
    for one in range(DRAWS):
        wanted = (2 * one + 1) / (2 * DRAWS)
        reached = [
            max(step[0] - (waited or 0), 1)
            for step in to_come
            if undecided > 0 and (step[2] - approved) / undecided >= wanted - 1e-12
        ]
        found.append(min(reached, default=None))
    return found


def simulated(quantity, months, orders, steps, factor=1.0, start=0):
    """Days of cover of every draw in every case; the pace changes on a day."""
    times = {}
    for row in orders:
        waited = None
        if row["licence_status"] == "pending":
            waited = (AS_OF - row["licence_accepted_date"]).days
        times[row["order_id"]] = licence_times(steps, waited), p90_of_decisions(steps, waited)
    found = {case: [] for case in CASES}
    for one, daily_use in enumerate(drawn_uses(months)):
        for case in CASES:
            arrivals = []
            for row in orders:
                promised = row["promised_date"] and (row["promised_date"] - AS_OF).days
                needs = row["licence_status"] in ("pending", "not_filed")
                if case == "nothing_arrives":
                    continue
                if case == "orders_as_planned" or not needs:
                    if promised and promised > 0:
                        arrivals.append((promised, row["quantity"]))
                    continue
                drawn, days = times[row["order_id"]]
                if case == "licences_at_quantiles":
                    name = f"g|{row['order_id']}"
                    place = one * (2 + number(name, 0) % (DRAWS - 3)) + number(name, 1)
                    days = drawn[place % DRAWS]
                if days is None or row["transit_days"] is None:
                    continue
                if days > start:
                    days = start + math.ceil((days - start) / factor)
                arrivals.append((max(days + row["transit_days"], promised or 0), row["quantity"]))
            found[case].append(day_of_stock_out(quantity, daily_use, arrivals))
    return found


def p90_of_decisions(steps, waited):
    before = [step for step in steps if waited is not None and step[0] <= waited]
    undecided = before[-1][1] if before else 1.0
    days = [
        max(step[0] - (waited or 0), 1)
        for step in steps[len(before) :]
        if undecided > 0 and step[1] / undecided <= 0.1 + 1e-12
    ]
    return min(days, default=None)


def day_of_stock_out(quantity, daily_use, arrivals):
    """One stock, one use, one arrival after the other."""
    if daily_use == 0:
        return NEVER
    for arrival, more in sorted(arrivals):
        if daily_use > quantity / arrival:
            break
        quantity += more
    return quantity / daily_use


def quantiles(draws):
    """The smallest figure that so many of the draws do not exceed."""
    ordered = sorted(draws)
    return tuple(ordered[math.ceil(share * len(ordered)) - 1] for share in (0.1, 0.5, 0.9))


# Against it ---------------------------------------------------------------------------------------

CURVE = [(0, 1.0, 0.0), (20, 0.8, 0.15), (40, 0.5, 0.375), (80, 0.05, 0.75)]
MONTHS = st.lists(st.integers(0, 400), min_size=1, max_size=14).filter(any)


def steps_of(draws):
    """A falling curve from pairs of a day's share decided and the share approved of it."""
    undecided, approved, found, number_of_day = 1.0, 0.0, [(0, 1.0, 0.0)], 0
    for gap, decided, of_it in draws:
        number_of_day += gap
        approved += undecided * decided * of_it
        undecided *= 1 - decided
        found.append((number_of_day, undecided, approved))
    return found


CURVES = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([0.25, 0.5, 0.75]), st.sampled_from([0.5, 1.0])),
    min_size=1,
    max_size=8,
).map(steps_of)


@st.composite
def some_orders(draw, max_size=4):
    """Orders of every kind, some overdue, some without a day or transit days."""
    found = []
    for one in range(draw(st.integers(0, max_size))):
        status = draw(st.sampled_from(["none_needed", "granted", "pending", "not_filed"]))
        other = {"licence_status": status}
        if status in ("pending", "not_filed"):
            other["transit_days"] = draw(st.none() | st.integers(0, 30))
        if status == "pending":
            other["licence_accepted_date"] = day(-draw(st.integers(0, 150)))
        other["supplier_site_id"] = draw(st.sampled_from(["X1", "X2"]))
        promised = draw(st.none() | st.integers(-5, 120))
        name = f"{one}-{draw(st.integers(0, 99))}"
        found.append(order(name, draw(st.integers(1, 500)), promised, **other))
    return found


DAYS = st.integers(-20, 90)
PACE = st.tuples(st.sampled_from([0.25, 0.5, 1.0, 2.0]), st.integers(0, 60))
# Ten parts of one graph; each has its material, with a curve of its own.
POSITIONS = several(
    st.fixed_dictionaries(
        {"quantity": st.integers(0, 2000), "months": MONTHS, "orders": some_orders(),
         "steps": CURVES, "pace": PACE},
    )
)  # fmt: skip


def parts(positions):
    """The name of each position's part and material, and the position."""
    return [(f"p{one}", position) for one, position in enumerate(positions)]


def filled(laboratory, positions, **tables):
    laboratory.fill(**{
        "stock": [stock(one["quantity"], part_id=name) for name, one in parts(positions)],
        "consumption": [
            row for name, one in parts(positions) for row in use(*one["months"], part_id=name)
        ],
        "orders": [
            row | {"part_id": name, "licence_material": name,
                   "order_id": f"{name}-{row['order_id']}"}
            for name, one in parts(positions) for row in one["orders"]
        ],
        "curves": curve(CURVE) + [
            row for name, one in parts(positions) for row in curve(one["steps"], name)
        ],
        **tables,
    })  # fmt: skip
    return cover(laboratory.rows("fct_stock_cover"))


@ten_times
@given(positions=POSITIONS)
def test_cover_equals_a_simulation_of_the_same_draws(laboratory, positions):
    paces = [pace("paced", *one["pace"], stratum=name) for name, one in parts(positions)]
    found = filled(laboratory, positions, scenarios=[BASE, scenario("paced")], pace=paces)
    for part, one in parts(positions):
        orders = [row | {"order_id": f"{part}-{row['order_id']}"} for row in one["orders"]]
        for name, changed in (("base", ()), ("paced", one["pace"])):
            expected = simulated(
                one["quantity"], use(*one["months"]), orders, one["steps"], *changed
            )
            for case in CASES:
                assert found[name, part, case] == pytest.approx(quantiles(expected[case]), rel=1e-9)


def test_a_licence_brings_no_order_before_its_promised_day(laboratory):
    """The stock is used up before that day, whenever the licence is decided."""
    orders = [pending("A", 500, 0, promised_date=day(150))]
    laboratory.fill(stock=[stock(100)], consumption=use(30, 30), orders=orders, curves=curve(CURVE))
    found = cover(laboratory.rows("fct_stock_cover"))
    alone = found["base", "P1", "nothing_arrives"]
    assert 90 < alone[1] < 110
    for case in ("licences_at_quantiles", "licences_at_p90"):
        assert found["base", "P1", case] == alone


def test_who_has_waited_is_compared_with_those_who_waited_as_long(laboratory):
    """Of all 8% are undecided after 40 days, but 16% of those who were so after 25."""
    steps = [(0, 1.0, 0.0), (20, 0.5, 0.4), (40, 0.08, 0.8), (80, 0.02, 0.9)]
    orders = [pending("A", 500, 25, transit_days=5)]
    laboratory.fill(stock=[stock(40)], consumption=use(30, 30), orders=orders, curves=curve(steps))
    found = cover(laboratory.rows("fct_stock_cover"))
    assert 35 < found["base", "P1", "nothing_arrives"][1] < 45
    assert found["base", "P1", "licences_at_p90"] == found["base", "P1", "nothing_arrives"]


# Known answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arrives", "days"), [(49, 100), (50, 100), (51, 50)])
def test_an_arrival_helps_on_the_day_of_the_stock_out_at_the_latest(laboratory, arrives, days):
    laboratory.fill(stock=[stock(100)], consumption=use(62), orders=[order("A", 100, arrives)])
    found = cover(laboratory.rows("fct_stock_cover"))
    assert found["base", "P1", "orders_as_planned"] == (days,) * 3
    assert found["base", "P1", "nothing_arrives"] == (50,) * 3


@pytest.mark.parametrize("promised", [-3, 0, None])
def test_an_order_overdue_or_without_a_day_is_left_out_and_counted(laboratory, promised):
    laboratory.fill(stock=[stock(100)], consumption=use(62), orders=[order("A", 100, promised)])
    for row in laboratory.rows("fct_stock_cover"):
        assert (row["days_of_cover_p50"], row["open_orders"], row["orders_left_out"]) == (50, 1, 1)


def test_without_a_curve_or_transit_days_a_pending_order_is_left_out_and_counted(laboratory):
    for curves, other in (((), {}), (curve(CURVE), {"transit_days": None})):
        laboratory.fill(
            stock=[stock(100)], consumption=use(62), curves=curves,
            orders=[pending("A", 100, 10, **other)],
        )  # fmt: skip
        for row in laboratory.rows("fct_stock_cover"):
            assert (row["days_of_cover_p90"], row["orders_left_out"]) == (50, 1)


def test_the_latest_reading_counts_even_if_it_is_unknown(laboratory):
    older = stock(100, as_of_date=day(-30))
    laboratory.fill(stock=[older, stock(40)], consumption=use(62))
    assert laboratory.rows("fct_stock_cover")[0]["days_of_cover_p50"] == 20
    laboratory.fill(stock=[older, stock(None)], consumption=use(62))
    assert laboratory.rows("fct_stock_cover")[0]["status"] == "unknown_stock"


def test_a_month_that_had_not_ended_when_delivered_is_not_counted(laboratory):
    rows = use(62, 1)
    laboratory.fill(stock=[stock(100)], consumption=rows)
    assert laboratory.rows("fct_stock_cover")[0]["use_months"] == 2
    laboratory.fill(
        stock=[stock(100)], consumption=[row | {"vintage": "20261031-0"} for row in rows]
    )
    found = laboratory.rows("fct_stock_cover")[0]
    assert (found["use_months"], found["daily_use"]) == (1, pytest.approx(62 / 30))


def test_unknown_stays_unknown(laboratory):
    """Of stock, of use, of both; and neither is zero."""
    laboratory.fill(
        stock=[
            stock(None, part_id="no-stock"), stock(10, part_id="no-use"),
            stock(10, part_id="not-used"), stock(10, part_id="use-unknown"),
            stock(0, part_id="empty"),
        ],
        consumption=[
            *use(62, part_id="no-stock"), *use(62, part_id="not-listed"),
            *use(0, 0, part_id="not-used"), *use(None, part_id="use-unknown"),
            *use(62, part_id="empty"),
        ],
        orders=[order("A", 5, 9, part_id="ordered"), order("B", 5, 9, part_id="no-stock")],
        curves=curve(CURVE),
    )  # fmt: skip
    status = {
        "no-stock": "unknown_stock", "no-use": "unknown_use", "not-used": "no_use",
        "use-unknown": "unknown_use", "not-listed": "unknown_stock", "ordered": "unknown_stock",
        "empty": "known",
    }  # fmt: skip
    rows = laboratory.rows("fct_stock_cover")
    assert {row["part_id"]: row["status"] for row in rows} == status
    for row in rows:
        figures = [row[f"days_of_cover_{level}"] for level in LEVELS]
        assert (row["reason"] is None) == (row["status"] == "known")
        if row["part_id"] == "empty":
            assert figures == [0, 0, 0]
        else:
            assert figures == [None, None, None]
            assert row["stock_out_date_p10"] is None
            never = 1 if row["status"] == "no_use" else None
            assert row["share_of_draws_without_stock_out"] == never
    (unknown,) = laboratory.rows("rpt_stock_cover_unknown")
    assert (unknown["positions"], unknown["share_unknown"]) == (7, pytest.approx(5 / 7))


def test_gross_and_content_mass_are_never_mixed(laboratory):
    """Neither stock with use, nor orders with stock, nor two stocks of one part."""
    gross, content = {"quantity_basis": "gross_kg"}, {"quantity_basis": "content_kg"}
    laboratory.fill(
        stock=[stock(100, **gross), stock(7, part_id="P2", **gross),
               stock(3, part_id="P2", **content)],
        consumption=use(62, **content) + use(31, part_id="P2", **gross)
        + use(31, part_id="P2", **content),
        orders=[order("A", 500, 5, **content), order("B", 9, 1, part_id="P2", **content)],
    )  # fmt: skip
    rows = laboratory.rows("fct_stock_cover", arrivals_case="orders_as_planned")
    found = {(row["part_id"], row["quantity_basis"]): row for row in rows}
    assert found.keys() == {("P1", "gross_kg"), ("P2", "gross_kg"), ("P2", "content_kg")}
    mixed = found["P1", "gross_kg"]
    assert (mixed["status"], mixed["days_of_cover_p50"]) == ("basis_differs", None)
    assert (mixed["open_orders"], mixed["orders_in_other_basis"]) == (0, 1)
    assert "gross kg" in mixed["reason"]
    assert "content kg" in mixed["reason"]
    assert found["P2", "gross_kg"]["days_of_cover_p50"] == 7
    assert found["P2", "content_kg"]["days_of_cover_p50"] == 12


def test_an_own_register_is_for_own_graphs_only(laboratory):
    """An own graph has its own curve, without one the synthetic; others never see an own one."""
    fast = [(0, 1.0, 0.0), (1, 0.0, 1.0)]
    own = {"data_origin": "own"}
    tables = {
        "stock": [stock(10), stock(10, **own)],
        "consumption": use(31) + use(31, **own),
        "orders": [pending("A", 10, 0), pending("B", 10, 0, **own)],
    }
    where = {"arrivals_case": "licences_at_quantiles"}
    laboratory.fill(**tables, curves=curve(CURVE) + curve(fast, origin="own"))
    rows = laboratory.rows("fct_stock_cover", **where)
    assert {row["data_origin"]: row["licence_curve_origin"] for row in rows} == {
        "own": "own", "synthetic": "synthetic",
    }  # fmt: skip
    assert {row["data_origin"]: row["days_of_cover_p90"] for row in rows} == {
        "own": 20, "synthetic": 10,
    }  # fmt: skip
    laboratory.fill(**tables, curves=curve(CURVE))
    rows = laboratory.rows("fct_stock_cover", **where)
    assert {row["licence_curve_origin"] for row in rows} == {"synthetic"}
    laboratory.fill(**tables, curves=curve(fast, origin="own"))
    rows = laboratory.rows("fct_stock_cover", **where)
    assert {row["data_origin"]: row["orders_left_out"] for row in rows} == {
        "own": 0, "synthetic": 1,
    }  # fmt: skip


def test_what_an_own_scenario_says_of_a_bundled_graph_is_private(laboratory):
    laboratory.fill(
        stock=[stock(10)], consumption=use(31), orders=[pending("A", 10, 0)], curves=curve(CURVE),
        scenarios=[BASE, scenario("mine", "own")], pace=[pace("mine", 0.5)],
    )  # fmt: skip
    rows = laboratory.rows("fct_stock_cover")
    assert {(row["scenario_id"], row["data_origin"]) for row in rows} == {
        ("base", "synthetic"), ("mine", "own"),
    }  # fmt: skip


def test_a_curve_of_few_decisions_gives_way_to_that_of_all_or_is_refused(laboratory):
    """Nine decided terbium cases say nothing; nine in all say nothing either."""
    fast, slow = [(0, 1.0, 0.0), (10, 0.0, 1.0)], [(0, 1.0, 0.0), (100, 0.0, 1.0)]
    tables = {"stock": [stock(10)], "consumption": use(3.1), "orders": [pending("A", 10, 0)]}
    where = {"arrivals_case": "licences_at_quantiles"}
    columns = ("licence_strata", "licence_decided_cases", "is_wider_licence_stratum",
               "licence_curve_origin", "orders_left_out", "days_of_cover_p50")  # fmt: skip
    for few, many, expected in (
        (10, 40, ("terbium", 10, False, "synthetic", 0, 100)),
        (9, 40, ("all", 40, True, "synthetic", 0, 200)),
        (9, 9, (None, 9, None, None, 1, 100)),
    ):
        curves = curve(slow, "terbium", decided=few) + curve(fast, decided=many)
        laboratory.fill(**tables, curves=curves)
        (row,) = laboratory.rows("fct_stock_cover", **where)
        assert tuple(row[name] for name in columns) == expected
        (row,) = laboratory.rows("fct_stock_cover", arrivals_case="orders_as_planned")
        assert row["licence_decided_cases"] is None


def test_a_control_by_assumption_asks_for_a_licence_of_what_leaves_under_it(laboratory):
    """Goods that have left before, go elsewhere or are another product need none."""
    sites = [
        {"data_origin": "synthetic", "graph_id": "g", "site_id": name, "country_code": country}
        for name, country in (("S1", "DEU"), ("X1", "CHN"), ("X2", "JPN"))
    ]
    names = ("caught", "left", "elsewhere", "other")
    parts = [
        {"data_origin": "synthetic", "graph_id": "g", "part_id": name,
         "product_code": "854121" if name == "other" else "850511"}
        for name in names
    ]  # fmt: skip
    controlled = {
        **scenario("lapse"), "measure_id": "M", "clause_id": "whole", "exporter_iso3": "CHN",
        "destination_iso3": "DEU", "nomenclature_family": "HS", "product_code": "850511",
        "valid_from": day(10), "valid_to": None,
    }  # fmt: skip
    tables = {
        "stock": [stock(100, part_id=name) for name in names],
        "consumption": [row for name in names for row in use(62, part_id=name)],
        "orders": [
            order(
                name, 100, 29 if name == "left" else 40, part_id=name, transit_days=20,
                supplier_site_id="X2" if name == "elsewhere" else "X1",
            )
            for name in names
        ],
        "sites": sites, "parts": parts, "scenarios": [BASE, scenario("lapse")],
        "curves": curve([(0, 1.0, 0.0), (30, 0.0, 1.0)]),
    }  # fmt: skip
    where = {"arrivals_case": "licences_at_quantiles", "scenario_id": "lapse"}
    # Filed on day 10, granted on day 40, there on day 60: too late, unless it all ends on day 30.
    for until, caught in ((None, 50), (30, 100)):
        laboratory.fill(**tables, controlled=[controlled | {"valid_to": until and day(until)}])
        rows = {row["part_id"]: row for row in laboratory.rows("fct_stock_cover", **where)}
        days = {name: row["days_of_cover_p50"] for name, row in rows.items()}
        assert days == {"caught": caught, "left": 100, "elsewhere": 100, "other": 100}
        awaited = {name: row["licences_awaited"] for name, row in rows.items()}
        assert awaited == {"caught": 1, "left": 0, "elsewhere": 0, "other": 0}


def test_a_lost_supplier_takes_its_share_of_what_would_come_in_that_time(laboratory):
    orders = [
        order("A", 10, 5, supplier_site_id="X1"),
        order("B", 10, 15, supplier_site_id="X1"),
        order("C", 10, 25, supplier_site_id="X1"),
        order("D", 10, 15, supplier_site_id="X2"),
    ]
    laboratory.fill(
        stock=[stock(100)], consumption=use(31), orders=orders,
        scenarios=[BASE, scenario("half"), scenario("two")],
        lost=[lost("half", 0.5, 10, 20), lost("two", 0.5, 10, 20), lost("two", 0.8, 15, None)],
    )  # fmt: skip
    found = cover(laboratory.rows("fct_stock_cover", arrivals_case="orders_as_planned"))
    assert {key[0]: value for key, value in found.items()} == {
        "base": (140,) * 3, "half": (135,) * 3, "two": (124,) * 3,
    }  # fmt: skip


# Laws ---------------------------------------------------------------------------------------------


@ten_times
@given(
    positions=POSITIONS, factor=st.sampled_from([0.1, 0.5, 0.9]),
    share=st.sampled_from([0.25, 1]), starts=several(DAYS), length=st.none() | st.integers(1, 60),
)  # fmt: skip
def test_slower_licences_a_loss_and_a_control_never_raise_cover(
    laboratory, positions, factor, share, starts, length
):
    """The control is one by assumption."""
    graph = {"data_origin": "synthetic", "graph_id": "g"}
    begins = [(f"p{one}", start) for one, start in enumerate(starts)]
    found = filled(
        laboratory, positions, scenarios=[BASE, *map(scenario, ("slow", "stop", "lapse"))],
        pace=[pace("slow", factor, start, name) for name, start in begins],
        lost=[lost("stop", share, start, length and start + length, part=name)
              for name, start in begins],
        sites=[{**graph, "site_id": name, "country_code": country}
               for name, country in (("S1", "DEU"), ("X1", "CHN"), ("X2", "CHN"))],
        parts=[{**graph, "part_id": name, "product_code": f"85051{name[1:]}"}
               for name, _ in begins],
        controlled=[{
            **scenario("lapse"), "measure_id": "M", "clause_id": "whole", "exporter_iso3": "CHN",
            "destination_iso3": "DEU", "nomenclature_family": "HS",
            "product_code": f"85051{name[1:]}", "valid_from": day(start),
            "valid_to": length and day(start + length),
        } for name, start in begins],
    )  # fmt: skip
    for name, _ in begins:
        for case in CASES:
            base, slow = found["base", name, case], found["slow", name, case]
            assert list(base) == sorted(base)
            assert not_less(base, found["base", name, "nothing_arrives"])
            for worse in ("slow", "stop", "lapse"):
                assert not_less(base, found[worse, name, case]), worse
            if case in ("nothing_arrives", "orders_as_planned"):
                assert base == slow


@ten_times
@given(positions=POSITIONS, seed=st.integers(0, 99))
def test_nothing_changes_and_an_unchanged_pace_equal_the_base_row_for_row(
    laboratory, positions, seed
):
    """The one because it is the base, the other computed anew; whatever the order of the rows."""
    tables = {
        "scenarios": [BASE, scenario("nothing"), scenario("same-pace")],
        "pace": [pace("same-pace", 1)],
    }
    positions[1] |= {"quantity": None}
    positions[2] |= {"orders": [], "quantity": 4}
    filled(laboratory, positions, **tables)
    found = laboratory.rows("fct_stock_cover")
    by_scenario = {name: [] for name in ("base", "nothing", "same-pace")}
    for row in found:
        by_scenario[row["scenario_id"]].append(
            tuple(row[key] for key in row.keys() - {"scenario_id", "is_as_base"})
        )
    expected = sorted(by_scenario["base"], key=repr)
    assert sorted(by_scenario["nothing"], key=repr) == expected
    assert sorted(by_scenario["same-pace"], key=repr) == expected
    shuffled = [
        one | {"orders": random.Random(seed).sample(one["orders"], len(one["orders"]))}
        for one in positions
    ]
    laboratory.connection.execute("set threads = 2")
    filled(laboratory, shuffled, **tables)
    again = laboratory.rows("fct_stock_cover")
    laboratory.connection.execute("set threads = 1")
    assert sorted(again, key=repr) == sorted(found, key=repr)


def test_the_draws_of_an_order_take_each_part_once(laboratory):
    laboratory.fill(
        stock=[stock(1)], consumption=use(1), curves=curve(CURVE),
        orders=[pending(f"O{one}", 1, 0) for one in range(300)],
    )  # fmt: skip
    rows = laboratory.rows("int_exposure__cover_orders")
    pairs = {(row["draw_multiplier"], row["draw_shift"]) for row in rows}
    assert len(pairs) > 290
    for multiplier, shift in pairs:
        assert {(one * multiplier + shift) % DRAWS for one in range(DRAWS)} == set(range(DRAWS))


@ten_times
@given(positions=POSITIONS, more=st.integers(1, 500), another=some_orders(max_size=1))
def test_more_stock_or_another_order_never_lowers_cover(laboratory, positions, more, another):
    less = filled(laboratory, positions)
    another = [row | {"order_id": f"another-{row['order_id']}"} for row in another]
    for changed in (
        [one | {"quantity": one["quantity"] + more} for one in positions],
        [one | {"orders": one["orders"] + another} for one in positions],
    ):
        found = filled(laboratory, changed)
        assert all(not_less(found[key], less[key]) for key in less)
