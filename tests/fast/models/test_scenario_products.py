"""Days and euro that a scenario takes from a product, against plain Python on made-up stock."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of

READ = dt.date(2026, 10, 31)
LEVELS = ("p10", "p50", "p90")
KEY = {"data_origin": "synthetic", "graph_id": "g"}
GRAPH = {"graph_origin": "synthetic", "graph_id": "g"}
PARTS = ("car", "motor", "magnet", "screw")
FAR = float("inf")
laboratory = laboratory_of("fct_scenario_products", stand_ins=[
    "stg_exposure__parts", "stg_exposure__bill_of_materials", "stg_exposure__site_capacities",
    "int_scenarios__scenarios", "int_exposure__parts_in_scope", "int_exposure__unknown_shares",
    "int_exposure__direct_shares", "int_exposure__cover_cases", "int_exposure__stock_use",
    "fct_stock_cover", "fct_exposure_shares",
])  # fmt: skip


def products(laboratory, *, bill, cover, hit=(), changed=(), values=(), lost=()):
    """scenario -> row of the car. `cover`: (scenario, part, site) -> days by level, None unknown;
    `hit`: parts that lose supply; `changed`: whose orders move."""
    rows = {
        "stg_exposure__parts": [
            KEY | {"part_id": part, "part_name": part,
                   "part_kind": "final" if part == "car" else "component"}
            for part in PARTS
        ],
        "stg_exposure__bill_of_materials": [
            KEY | {"part_id": whole, "component_id": part, "is_essential": essential}
            for whole, part, essential in bill
        ],
        "stg_exposure__site_capacities": [
            KEY | {"part_id": "car", "site_id": site, "unit": "EUR/day", "quantity": euro,
                   "metric": "value lost per day of standstill"}
            for site, euro in values
        ],
        "int_scenarios__scenarios": [
            {"scenario_id": "base", "scenario_origin": "base"},
            {"scenario_id": "stop", "scenario_origin": "assumption"},
        ],
        "int_exposure__parts_in_scope": [
            KEY | {"part_number": number, "evidence_scope": "all", "part_id": part}
            for number, part in enumerate(PARTS)
        ],
        "int_exposure__unknown_shares": [
            {"part_number": number, "tiers": 4, "unknown_supply": 0.3}
            for number, _ in enumerate(PARTS)
        ],
        "int_exposure__direct_shares": [
            {"scenario_id": "stop", "target_kind": "lost_supply",
             "part_number": PARTS.index(part), "share_high": 1.0}
            for part in hit
        ],
        "int_exposure__cover_cases": [
            {"scenario_id": "stop", "position_number": number,
             "answering_scenario_id": "stop" if part in changed else "base"}
            for number, part in enumerate(PARTS)
        ],
        "int_exposure__stock_use": [
            KEY | {"position_number": number, "part_id": part} for number, part in enumerate(PARTS)
        ],
        "fct_stock_cover": [
            GRAPH | {
                "scenario_id": scenario, "site_id": site, "part_id": part,
                "arrivals_case": "licences_at_quantiles",
                "status": "unknown_stock" if days is None else "known", "as_of_date": READ,
            } | {
                f"stock_out_date_{level}":
                    None if days is None or days[place] is None
                    else READ + dt.timedelta(days=days[place])
                for place, level in enumerate(LEVELS)
            }
            for (scenario, part, site), days in cover.items()
        ],
        "fct_exposure_shares": [
            GRAPH | {"scenario_id": "stop", "evidence_scope": "all", "part_id": "car",
                     "target_kind": "lost_supply", "exposure_low": low, "exposure_share": share,
                     "exposure_high": high}
            for low, share, high in lost
        ],
    }  # fmt: skip
    for name, made_up in rows.items():
        laboratory.fill(name, made_up)
    made = laboratory.rows("fct_scenario_products")
    return {row["scenario_id"]: row for row in made if row["part_id"] == "car"}


def needed(bill):
    """The car and all that essential inputs lead to."""
    found, before = {"car"}, set()
    while found != before:
        before = set(found)
        found |= {part for whole, part, essential in bill if essential and whole in before}
    return found


def first_days(cover, scenario, parts, place):
    days = [
        of[place] if of is not None and of[place] is not None else FAR
        for (name, part, _), of in cover.items()
        if name == scenario and part in parts
    ]
    return min(days, default=FAR)


def has_cover(cover, part):
    known = [of is not None for (name, held, _), of in cover.items()
             if (name, held) == ("stop", part)]  # fmt: skip
    return any(known), bool(known) and all(known)


BILLS = st.lists(
    st.tuples(st.sampled_from(PARTS), st.sampled_from(PARTS), st.booleans()).filter(
        lambda row: row[0] != row[1]
    ),
    max_size=6,
    unique_by=lambda row: row[:2],
)
DAYS = st.none() | st.lists(st.none() | st.integers(0, 400), min_size=3, max_size=3).map(
    lambda days: sorted(days, key=lambda day: FAR if day is None else day)
)
COVER = st.dictionaries(
    st.tuples(st.sampled_from(("base", "stop")), st.sampled_from(PARTS),
              st.sampled_from(("north", "south"))),
    DAYS, max_size=10,
)  # fmt: skip
VALUES = st.lists(st.tuples(st.sampled_from(("north", "south")), st.integers(0, 10**6)), max_size=4)


PARTS_HIT = st.sets(st.sampled_from(PARTS))


@given(bill=BILLS, drawn=COVER, hit=PARTS_HIT, changed=PARTS_HIT, values=VALUES)
@tried(20)
def test_days_and_euro_equal_plain_python(laboratory, bill, drawn, hit, changed, values):
    # A position is known under both or neither; what no scenario bears on is as in the base.
    cover = {}
    for (_, part, site), days in drawn.items():
        assumed = drawn.get(("stop", part, site), days) if part in hit | changed else days
        cover["base", part, site] = days
        cover["stop", part, site] = None if days is None else assumed or days
    rows = products(laboratory, bill=bill, cover=cover, hit=hit, changed=changed, values=values)
    row, parts = rows["stop"], needed(bill)
    whole = {part for part in parts if has_cover(cover, part)[1]}
    borne = parts & (hit | changed)
    counted = borne or parts
    some = any(has_cover(cover, part)[0] for part in counted)
    without = borne - whole
    assert row["parts_needed"] == len(parts - {"car"})
    assert row["parts_with_cover"] == len(whole - {"car"})
    assert row["parts_hit"] == len(borne)
    assert row["parts_hit_without_cover"] == len(without)

    def shift(some_parts, place):
        base, stop = (first_days(cover, name, some_parts, place) for name in ("base", "stop"))
        return 0 if base == stop else base - stop

    low = middle = high = 0
    if borne:
        low = min(shift(borne, place) for place in range(3)) if some else None
        known = [part for part in borne if has_cover(cover, part)[0]]
        middle = max((shift({part}, 1) for part in known), default=None)
        high = max((shift({part}, place) for part in known for place in range(3)), default=None)
        high = None if without else high
        assert low is None or low <= middle
    assert (row["days_earlier_low"], row["days_earlier_p50"], row["days_earlier_high"]) == tuple(
        None if days is None or abs(days) == FAR else days for days in (low, middle, high)
    )
    sites = {site: [euro for name, euro in values if name == site] for site, _ in values}
    least = min((min(of) for of in sites.values()), default=None)
    most = sum(max(of) for of in sites.values()) if sites else None
    for bound, days, euro in (("low", low, least), ("high", high, most)):
        wanted = None
        if days is not None and days <= 0:
            wanted = 0
        elif days is not None and euro is not None and days < FAR:
            wanted = days * euro
        assert row[f"value_at_risk_{bound}_eur"] == (
            None if wanted is None else pytest.approx(wanted)
        )
    base = rows["base"]
    assert base["days_earlier_low"] == base["days_earlier_high"] == 0
    assert base["value_at_risk_high_eur"] == 0
    assert (row["missing_inputs"] is None) == (some and not without and bool(sites))


def test_a_lost_supplier_without_stock_is_unknown_and_never_zero(laboratory):
    """Dongguan stops: the stock of the chips is in no table, so nobody knows for how long."""
    row = products(laboratory, bill=(), cover={}, hit={"car"}, lost=[(0.5, 0.7, 0.8)])["stop"]
    assert (row["supply_lost_low"], row["supply_lost_share"], row["supply_lost_high"]) == (
        0.5, 0.7, 0.8,
    )  # fmt: skip
    assert row["cover_status"] == "unknown"
    assert row["days_earlier_low"] is row["value_at_risk_low_eur"] is None
    assert row["missing_inputs"].startswith("days unknown: enter stock and use")
    assert "euro unknown: enter the value lost per day of standstill" in row["missing_inputs"]


def test_a_product_without_a_listed_way_may_still_lose_what_is_unknown(laboratory):
    row = products(laboratory, bill=(), cover={}, hit={"screw"})["stop"]
    assert (row["supply_lost_low"], row["supply_lost_high"]) == (0, 0.3)


def test_a_part_that_no_scenario_bears_on_hides_nothing(laboratory):
    """Screws for a week, and magnets for a month less than without the scenario."""
    bill = [("car", "screw", True), ("car", "magnet", True)]
    cover = {
        ("base", "screw", "north"): (7, 7, 7),
        ("stop", "screw", "north"): (7, 7, 7),
        ("base", "magnet", "north"): (60, 70, 80),
        ("stop", "magnet", "north"): (30, 40, 50),
    }
    rows = products(laboratory, bill=bill, cover=cover, changed={"magnet"}, values=[("north", 10)])
    assert (rows["base"]["first_part_id"], rows["stop"]["first_part_id"]) == ("screw", "magnet")
    assert rows["stop"]["days_earlier_p50"] == 30
    assert rows["stop"]["value_at_risk_low_eur"] == 300
    assert rows["stop"]["base_first_stock_out_date_p50"] == READ + dt.timedelta(days=70)
