"""Question A12 as a stranger asks it of the published file."""

from __future__ import annotations

import datetime as dt

import pytest
from reading_kit import ask

DAY = "2026-11-25"


def test_a12_finds_controlled_items_with_path_bounds_and_state(connection):
    answer = ask(
        connection, "a12", graph="sample-carmaker", product="car-001", as_of=DAY, known_on=DAY
    )
    magnets = [row for row in answer if row["measure_id"] == "CN-2025-18"]
    assert magnets
    assert {row["state"] for row in magnets} == {"in_force"}
    for row in answer:
        assert row["tier"] <= 3
        assert row["path"].split(" > ")[0] == "car-001"
        assert row["path"].split(" > ")[-1] == row["item_id"]
        assert len(row["path"].split(" > ")) == row["tier"] + 1
        assert row["exposure_low"] <= row["exposure_high"]
        if row["verified_exposure_share"] is not None:
            assert row["verified_exposure_share"] <= row["exposure_share"]
        assert (row["country_code"] is None) == (row["unknown_supplier_reason"] is not None)
        assert row["data_origin"] == "synthetic"
    key = ("item_id", "firm", "site_name", "measure_id", "clause_id", "user_type", "claim_group")
    assert len({tuple(row[name] for name in key) for row in answer}) == len(answer)


def test_a12_of_a_firm_tells_its_products_of_public_facts(connection):
    """70 % of packaged chips come from Dongguan; the order on Nexperia names their code only."""
    answer = ask(connection, "a12", firm="Nexperia", as_of=DAY, known_on=DAY)
    assert {row["product_id"] for row in answer} == {"nexperia-discretes"}
    assert {row["measure_id"] for row in answer} == {"CN-NEXP-20251004"}
    # How much of the code it covers is not known, so no exposure is invented.
    assert {row["exposure_share"] for row in answer} == {None}
    named = [row for row in answer if row["site_name"]]
    assert all(row["certainty"].endswith("reference_only") for row in named)
    assert {float(row["supply_share_central"]) for row in named} == {0.7}
    # Half is sure to come from there: who makes the rest is not known.
    unnamed = [row for row in answer if row["site_name"] is None]
    assert {(float(row["supply_share_low"]), float(row["supply_share_high"]))
            for row in unnamed} == {(0, 0.5)}  # fmt: skip
    assert all(row["certainty"].endswith("supplier unknown") for row in unnamed)
    assert all("make no whole" in row["unknown_supplier_reason"] for row in unnamed)


def test_a12_under_a_scenario_asks_for_its_states(connection):
    def states(scenario):
        answer = ask(
            connection, "a12", graph="sample-carmaker", as_of=DAY, known_on=DAY, scenario=scenario
        )
        return {row["state"] for row in answer if row["measure_id"] == "CN-2025-58"}

    assert states("base") == states("nothing-changes")
    assert "in_force" not in states("base")
    assert "in_force" in states("suspension-lapses")


def test_a12c_tells_what_only_a_scenario_has(connection):
    (row,) = ask(connection, "a12c", scenario="dongguan-stops", target_kind="lost_supply")
    assert row["graph_id"] == "public-facts"
    assert row["largest_exposure_share"] == pytest.approx(0.7)
    assert ask(connection, "a12c", target_kind="lost_supply") == []


def test_a13b_tells_no_event_before_its_day(connection):
    assert {row["event_id"] for row in ask(connection, "a13b", event="e026")} == {"E026"}
    answer = ask(connection, "a13b", as_of=dt.date(2025, 10, 1))
    assert answer
    assert max(row["event_date"] for row in answer) <= dt.date(2025, 10, 1)
    unknown = [row for row in answer if row["part_share_lost"] is None]
    assert unknown
    assert all(row["certainty"].endswith("bounds_only") for row in unknown)
    synthetic = [row for row in answer if row["data_origin"] == "synthetic"]
    assert all(row["certainty"].startswith("synthetic: ") for row in synthetic)
