"""Faults between the tables of a supply graph: told as they are, and never by following paths."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import Tables

from chokepoint.landing.registry import CONTRACTS

GRAPH = {"data_origin": "own", "graph_id": "acme"}


class Laboratory(Tables):
    """The faults of made-up tables."""

    models = ("fct_exposure_faults", "int_exposure__bill_cycles")
    tables: ClassVar = {"countries": "stg_reference__countries"} | {
        name: f"stg_exposure__{name}"
        for name in (one.removeprefix("exposure_") for one in CONTRACTS if one.startswith("exp"))
    }

    def fill(self, **tables: list[dict]) -> None:
        given = {name: [GRAPH | row for row in rows] for name, rows in tables.items()}
        super().fill(countries=[{"iso3": "DEU"}, {"iso3": "CHN"}], **given)

    def faults(self, **tables: list[dict]) -> set[tuple[str, str, str]]:
        self.fill(**tables)
        rows = self.rows("fct_exposure_faults")
        keys = [tuple(row.values())[:5] for row in rows]
        assert len(keys) == len(set(keys))
        return {(row["fault_kind"], row["subject_kind"], row["subject_id"]) for row in rows}

    def cycles(self, lines: list[tuple[int, int]]) -> set[str]:
        parts = sorted({part for line in lines for part in line})
        self.fill(
            parts=[{"part_id": str(part)} for part in parts],
            bill_of_materials=[{"part_id": str(a), "component_id": str(b)} for a, b in lines],
        )
        return {row["part_id"] for row in self.rows("int_exposure__bill_cycles")}


@pytest.fixture(scope="module")
def laboratory(manifest):
    return Laboratory(manifest)


SOUND = {
    "sites": [{"site_id": "S1", "country_code": "DEU"}, {"site_id": "S2", "country_code": "CHN"}],
    "parts": [{"part_id": "car"}, {"part_id": "motor"}],
    "bill_of_materials": [{"part_id": "car", "component_id": "motor", "input_share_low": 1}],
    "supplier_links": [
        {"part_id": "car", "site_id": "S1", "supply_share_low": 1},
        {"part_id": "motor", "site_id": "S2", "supply_share_low": 0.5},
        {"part_id": "motor", "site_id": "S1", "supply_share_low": 0.5},
    ],
    "stock_positions": [{"site_id": "S1", "part_id": "motor", "quantity_basis": "pieces"}],
    "consumption": [{"site_id": "S1", "part_id": "motor", "quantity_basis": "pieces"}],
    "open_orders": [
        {"order_id": "O1", "site_id": "S1", "part_id": "motor", "quantity_basis": "pieces",
         "supplier_site_id": "S2"},
    ],
    "site_capacities": [{"capacity_id": "K1", "site_id": "S2", "part_id": "motor"}],
}  # fmt: skip


def with_rows(**tables: list[dict]) -> dict[str, list[dict]]:
    return {name: rows + tables.get(name, []) for name, rows in SOUND.items()}


def test_sound_graph_has_no_fault(laboratory):
    assert laboratory.faults(**SOUND) == set()


@pytest.mark.parametrize(
    ("tables", "faults"),
    [
        ({"bill_of_materials": [{"part_id": "bus", "component_id": "seat"}]},
         {("unknown_part", "bill_line", "bus|seat"),
          ("unknown_component", "bill_line", "bus|seat")}),
        ({"supplier_links": [{"part_id": "seat", "site_id": "S9"}]},
         {("unknown_part", "supplier_link", "seat|S9"),
          ("unknown_site", "supplier_link", "seat|S9")}),
        ({"stock_positions": [{"site_id": "S9", "part_id": "seat", "quantity_basis": "pieces"}]},
         {("unknown_part", "stock_position", "S9|seat"),
          ("unknown_site", "stock_position", "S9|seat")}),
        ({"consumption": [{"site_id": "S9", "part_id": "seat", "quantity_basis": "pieces",
                           "period": period} for period in ("2026-01", "2026-02")]},
         {("unknown_part", "consumption", "S9|seat"), ("unknown_site", "consumption", "S9|seat")}),
        ({"open_orders": [{"order_id": "O2", "site_id": "S9", "part_id": "seat",
                           "supplier_site_id": "S8"}]},
         {("unknown_part", "open_order", "O2"), ("unknown_site", "open_order", "O2"),
          ("unknown_supplier_site", "open_order", "O2")}),
        ({"site_capacities": [{"capacity_id": "K2", "site_id": "S9", "part_id": "seat"}]},
         {("unknown_part", "site_capacity", "K2"), ("unknown_site", "site_capacity", "K2")}),
        ({"parts": [{"part_id": "seat"}]}, {("part_without_supplier", "part", "seat")}),
        ({"sites": [{"site_id": "S3", "country_code": "EU27"}]},
         {("unknown_country", "site", "S3")}),
        ({"stock_positions": [{"site_id": "S1", "part_id": "motor", "quantity_basis": "gross_kg"}]},
         {("stock_in_other_basis", "stock_position", "S1|motor|gross_kg")}),
        ({"open_orders": [{"order_id": "O2", "site_id": "S1", "part_id": "motor",
                           "quantity_basis": "content_kg"}]},
         {("order_in_other_basis", "open_order", "O2")}),
        ({"supplier_links": [{"part_id": "car", "site_id": "S2", "supply_share_low": 0.02}]},
         {("supply_shares_above_one", "part", "car")}),
        ({"parts": [{"part_id": "seat"}],
          "supplier_links": [{"part_id": "seat", "site_id": "S1"}],
          "bill_of_materials": [{"part_id": "car", "component_id": "seat",
                                 "input_share_low": 0.02}]},
         {("input_shares_above_one", "part", "car")}),
        ({"supplier_links": [{"part_id": "car", "site_id": "S2", "supply_share_central": 0.02}]},
         {("supply_shares_above_one", "part", "car")}),
        ({"supplier_links": [{"part_id": "car", "site_id": "S2", "supply_share_central": 0.01,
                              "supply_share_low": 0.0}]}, set()),
        ({"bill_of_materials": [{"part_id": "motor", "component_id": "car"}]},
         {("part_on_cycle", "part", "car"), ("part_on_cycle", "part", "motor")}),
    ],
)  # fmt: skip
def test_fault_is_told(laboratory, tables, faults):
    assert laboratory.faults(**with_rows(**tables)) == faults


def test_reader_is_told_whether_the_row_counts(laboratory):
    laboratory.fill(**with_rows(
        supplier_links=[{"part_id": "seat", "site_id": "S9"}],
        bill_of_materials=[{"part_id": "bus", "component_id": "door"}],
        stock_positions=[{"site_id": "S9", "part_id": "seat", "quantity_basis": "pieces"}],
        open_orders=[{"order_id": "O2", "site_id": "S1", "part_id": "motor",
                      "quantity_basis": "content_kg"}],
    ))  # fmt: skip
    rows = laboratory.rows("fct_exposure_faults")
    assert {(row["subject_kind"], row["fault_kind"]): row["treatment"] for row in rows} == {
        ("supplier_link", "unknown_part"): "left_out", ("supplier_link", "unknown_site"): "kept",
        ("bill_line", "unknown_part"): "left_out", ("bill_line", "unknown_component"): "left_out",
        ("stock_position", "unknown_part"): "kept", ("stock_position", "unknown_site"): "kept",
        ("open_order", "order_in_other_basis"): "left_out",
    }  # fmt: skip


def test_graphs_are_not_mixed(laboratory):
    """A part that only another graph has is unknown in this one."""
    other, link = {"graph_id": "other"}, {"part_id": "seat", "site_id": "S1"}
    tables = with_rows(parts=[other | {"part_id": "seat"}], supplier_links=[link, other | link])
    assert laboratory.faults(**tables) == {
        ("unknown_part", "supplier_link", "seat|S1"), ("unknown_site", "supplier_link", "seat|S1"),
    }  # fmt: skip


def reached(lines: list[tuple[int, int]]) -> dict[int, set[int]]:
    """What each part holds, at any depth, by walking."""
    below = defaultdict(set)
    for part, component in lines:
        below[part].add(component)
    found = {}
    for part in {part for line in lines for part in line}:
        seen: set[int] = set()
        waiting = [part]
        while waiting:
            for component in below[waiting.pop()] - seen:
                seen.add(component)
                waiting.append(component)
        found[part] = seen
    return found


LINES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda line: line[0] != line[1]),
    min_size=1,
    max_size=20,
    unique=True,
)


@tried()
@given(lines=LINES)
def test_parts_on_cycles_are_those_a_walk_finds(laboratory, lines):
    """On a cycle, or below one cycle and above another; no part else."""
    holds = reached(lines)
    round_ones = {part for part, below in holds.items() if part in below}
    above = {part for part, below in holds.items() if below & round_ones}
    held = set().union(*(holds[one] for one in round_ones))
    assert laboratory.cycles(lines) == {str(part) for part in round_ones | above & held}


def test_many_lines_take_a_second(manifest):
    """Every part of four tiers holds ten or more: paths would be tens of millions."""
    laboratory = Laboratory(manifest)
    con = laboratory.connection
    for setting in ("set threads = 2", "set memory_limit = '2GB'", "pragma enable_optimizer"):
        con.execute(setting)
    laboratory.fill()
    own = "by name select 'own' as data_origin, 'acme' as graph_id,"
    con.execute(
        f"insert into staging.stg_exposure__parts {own}"
        " 'part-' || i as part_id from range(25000) as numbers(i)"
    )
    lines = "staging.stg_exposure__bill_of_materials"
    con.execute(
        f"insert into {lines} {own}"
        " 'part-' || (tier * 5000 + hash(i) % 5000) as part_id,"
        " 'part-' || (tier * 5000 + 5000 + hash(i + 1000000000) % 5000) as component_id"
        " from range(4) as tiers(tier), range(62500) as numbers(i)"
    )
    con.execute(
        f"insert into {lines} {own} component_id as part_id, part_id as component_id"
        f" from {lines} limit 1"
    )
    assert len(laboratory.rows("int_exposure__bill_cycles")) == 2
