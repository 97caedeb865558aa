"""The contracts of supply graphs and of scenarios: bad rows are kept out, named, with a remedy."""

import datetime as dt
from pathlib import Path

import landing_kit as kit
import pytest
from reading_kit import table

from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.land import land
from chokepoint.landing.producers.own import exposure, scenarios
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.registry import CONTRACTS

KNOWN_ON = kit.KNOWN_ON
OWN = {"graph_id": "acme-2026", "data_origin": "own"}
EVIDENCE = {"evidence_class": "declared", "evidence_date": "2026-11-20", **OWN}
GOOD = {
    "exposure_sites": {
        "site_id": "S-1", "site_name": "Plant 1", "firm": "Acme", "country_iso3": "DEU",
        "site_role": "own", "as_of_date": "2026-11-20", **OWN,
    },
    "exposure_parts": {
        "part_id": "P-1", "part_name": "Motor", "part_kind": "final", "product_code": "850131",
        "unit": "piece", "is_bom_complete": "yes", "as_of_date": "2026-11-20", **OWN,
    },
    "exposure_bill_of_materials": {
        "part_id": "P-1", "component_id": "P-2", "quantity_per_unit": "4",
        "input_share_low": "0.1", "input_share_central": "0.2", "input_share_high": "0.3",
        "is_essential": "yes", **EVIDENCE,
    },
    "exposure_supplier_links": {
        "part_id": "P-1", "site_id": "S-2", "supply_share_low": "0.1",
        "supply_share_central": "0.2", "supply_share_high": "0.3", **EVIDENCE,
    },
    "exposure_stock_positions": {
        "site_id": "S-1", "part_id": "P-2", "quantity_basis": "pieces", "quantity": "0",
        "as_of_date": "2026-11-20", **OWN,
    },
    "exposure_consumption": {
        "site_id": "S-1", "part_id": "P-2", "quantity_basis": "pieces", "period": "2026-10",
        "quantity": "20", **OWN,
    },
    "exposure_open_orders": {
        "order_id": "O-1", "site_id": "S-1", "part_id": "P-2", "quantity_basis": "pieces",
        "quantity": "500", "promised_date": "2027-01-15", "supplier_site_id": "S-2",
        "licence_status": "pending", "licence_material": "dysprosium",
        "licence_accepted_date": "2026-10-01", "transit_days": "30", "as_of_date": "2026-11-20",
        **OWN,
    },
    "exposure_site_capacities": {
        "capacity_id": "K-1", "site_id": "S-2", "part_id": "P-2", "metric": "capacity",
        "quantity": "1000", "unit": "t/year", "as_of_text": "2026", **OWN,
    },
    "scenarios": {
        "scenario_id": "acme-stops", "title": "A stop", "description": "The plant stands still.",
        "assumed_on": "2026-11-20", "data_origin": "own",
    },
    "scenario_changes": {
        "scenario_id": "acme-stops", "change_number": "1", "change_kind": "law_state",
        "target_kind": "act", "target_id": "CN-2025-70", "state": "expired",
        "valid_from": "2026-12-01", "valid_to": "2027-02-01", "data_origin": "own",
    },
}  # fmt: skip
LOSS = {"change_kind": "supplier_loss", "target_kind": "site", "target_id": "S-2", "state": "",
        "share_lost": "1"}  # fmt: skip
PACE = {"change_kind": "licence_pace", "target_kind": "all", "target_id": "*", "state": "",
        "pace_factor": "0.5"}  # fmt: skip
NOT_IN_ORDER = "the bounds do not enclose the share"
IDENTIFIER = "not an identifier: blanks at an end, a bar (|), or longer than 100 characters"
SCENARIO = "not the name of a scenario"
TARGET = "a target that this kind of change cannot have"

# What a value of one column breaks alone stands in bad_deliveries.csv.
BAD_ROWS = {
    "exposure_sites": [
        ({"site_id": "S" * 101}, "site_id", IDENTIFIER),
        ({"as_of_date": "2026-12-02"}, "as_of_date",
         "the as-of date lies after the day of the delivery"),
    ],
    "exposure_bill_of_materials": [
        ({"component_id": "P-1"}, "component_id", "a part that is its own component"),
        ({"input_share_low": "0.25"}, "input_share_low", NOT_IN_ORDER),
        ({"input_share_low": "", "input_share_central": "0.9"}, "input_share_low", NOT_IN_ORDER),
        ({"input_share_low": "0.4", "input_share_central": ""}, "input_share_low", NOT_IN_ORDER),
        ({"is_essential": ""}, "is_essential", "is empty"),
        ({"evidence_date": "2027-01-01"}, "evidence_date", "evidence dated in the future"),
    ],
    "exposure_supplier_links": [
        ({"supply_share_high": "0.15"}, "supply_share_low", NOT_IN_ORDER),
        ({"evidence_date": "2026-12-02"}, "evidence_date", "evidence dated in the future"),
        ({"evidence_date": ""}, "evidence_date", "is empty"),
    ],
    "exposure_stock_positions": [
        ({"as_of_date": "2026-12-24"}, "as_of_date",
         "the as-of date lies after the day of the delivery"),
    ],
    "exposure_open_orders": [
        ({"supplier_site_id": "S-1"}, "supplier_site_id", "a site that supplies itself"),
        ({"licence_accepted_date": ""}, "licence_status",
         "a pending licence without the day of its acceptance"),
        ({"licence_accepted_date": "2026-11-21"}, "licence_accepted_date",
         "accepted after the as-of date"),
        ({"transit_days": "-3"}, "transit_days", "not a number of days between 0 and 3650"),
        ({"transit_days": "9999"}, "transit_days", "not a number of days between 0 and 3650"),
    ],
    "exposure_site_capacities": [
        ({"metric": ""}, "metric", "is empty"),
    ],
    "scenarios": [
        ({"scenario_id": "base"}, "scenario_id", SCENARIO),
        ({"title": ""}, "title", "is empty"),
    ],
    "scenario_changes": [
        ({"target_kind": "site"}, "target_kind", TARGET),
        ({"state": ""}, "data_origin", "a change of law without a state"),
        ({"change_number": "0"}, "change_number", "not a number above zero"),
        ({"valid_to": "2026-12-01"}, "valid_to", "ends before it begins"),
        ({"valid_from": ""}, "valid_from", "is empty"),
        ({"scenario_id": "base"}, "scenario_id", SCENARIO),
        (LOSS | {"share_lost": ""}, "data_origin", "a loss without its share"),
        (LOSS | {"share_lost": "0"}, "share_lost", "not a share above 0 and up to 1"),
        (LOSS | {"target_kind": "material"}, "target_kind", TARGET),
        (LOSS | {"change_kind": "flow_loss"}, "target_kind", TARGET),
        (LOSS | {"state": "expired"}, "state", "a state, but no change of law"),
        (PACE | {"pace_factor": ""}, "data_origin", "a change of pace without its factor"),
        (PACE | {"target_kind": "act", "target_id": "CN-2025-18"}, "target_kind", TARGET),
    ],
}  # fmt: skip


def deliver(folder: Path, contract: SourceContract, *changes: dict[str, str]) -> Path:
    return kit.deliver_changes(folder, contract, GOOD[contract.source_id], *changes)


@pytest.mark.parametrize("source_id", GOOD)
def test_a_good_row_lands_and_bad_ones_are_named(settings, tmp_path, source_id):
    cases = BAD_ROWS.get(source_id, [])
    kit.bad_rows_are_named(CONTRACTS[source_id], settings, tmp_path, GOOD[source_id], cases)


def test_scenario_with_a_bad_change_is_refused_whole(settings, tmp_path):
    """A scenario that lacks one of its parts is another scenario."""
    contract = scenarios.SCENARIO_CHANGES
    path = deliver(tmp_path, contract, {"change_number": "2"}, {"target_id": "CN-2025-81"})
    with pytest.raises(DeliveryRefusedError) as caught:
        land(path, contract, settings, known_on=KNOWN_ON)
    told = "line 3, column target_id, value 'CN-2025-81': unknown act"
    assert str(path) in str(caught.value)
    assert told in str(caught.value)
    path = deliver(tmp_path, scenarios.SCENARIOS, {"title": ""})
    with pytest.raises(DeliveryRefusedError, match="line 2, column title"):
        land(path, scenarios.SCENARIOS, settings, known_on=KNOWN_ON)


def test_each_kind_of_change_lands(settings, tmp_path):
    contract = scenarios.SCENARIO_CHANGES
    flow = {"change_kind": "flow_loss", "target_kind": "country", "product_code": "8505"}
    kinds = [LOSS, PACE, LOSS | {"target_kind": "firm"}, LOSS | flow]
    changes = [kind | {"change_number": f"{n}"} for n, kind in enumerate(kinds, start=1)]
    report = land(deliver(tmp_path, contract, *changes), contract, settings, known_on=KNOWN_ON)
    assert report.rows_landed == 4


def test_graphs_stand_side_by_side_and_a_later_file_replaces_its_own_only(settings, tmp_path):
    """An own graph named like the sample must not make the sample vanish, nor the other way."""
    contract = exposure.SITES
    for number, changes in enumerate(
        (
            {"graph_id": "sample-carmaker"},
            {"graph_id": "sample-carmaker", "data_origin": "synthetic"},
            {"graph_id": "sample-carmaker", "site_id": "S-9"},
        )
    ):
        path = deliver(tmp_path / str(number), contract, changes)
        land(path, contract, settings, known_on=KNOWN_ON + dt.timedelta(days=number))
    landed = kit.manifests(settings, contract.source_id)
    assert sorted(record["period"] for record in landed) == [
        "own-sample-carmaker", "own-sample-carmaker", "synthetic-sample-carmaker",
    ]  # fmt: skip


def public(name: str) -> list[dict[str, str]]:
    return table(f"exposure_{name}_public_facts")


def named_facts(line: dict[str, str]) -> list[dict[str, str]]:
    facts = {fact["fact_id"]: fact for fact in table("company_exposure")}
    return [facts[name] for name in line["evidence_source"].split("; ")]


def first_day(text: str) -> dt.date:
    """Of a time as the facts write it, its first day: no evidence looks younger than it is."""
    if text == "mid 2025":
        return dt.date(2025, 7, 1)
    if "-Q" in text:
        year, quarter = text.split("-Q")
        return dt.date(int(year), 3 * int(quarter) - 2, 1)
    return dt.date.fromisoformat(text + "-01-01"[len(text) - 4 :])


@pytest.mark.parametrize(
    "name", ["sites", "parts", "bill_of_materials", "supplier_links", "site_capacities"]
)
def test_every_line_of_the_public_graph_names_facts_that_exist(name):
    for line in public(name):
        assert line["data_origin"] == "press_claim"
        assert line["graph_id"] == "public-facts"
        assert named_facts(line)


def test_every_capacity_is_the_figure_of_its_fact():
    """A figure typed wrongly would be told as a claim of the press."""
    for line in public("site_capacities"):
        (fact,) = named_facts(line)
        assert line["capacity_id"] == fact["fact_id"]
        assert line["metric"].removesuffix(" (planned)") == fact["metric"]
        told = (line["quantity"], line["unit"], line["as_of_text"])
        assert told == (fact["value"], fact["unit"], fact["as_of"])


def test_every_site_is_that_of_its_facts():
    iso3 = {country["iso2"]: country["iso3"] for country in table("countries")}
    for line in public("sites"):
        for fact in named_facts(line):
            assert (line["firm"], line["country_iso3"]) == (fact["company"], iso3[fact["country"]])
            assert line["site_name"] == (fact["site"] or line["firm"])


@pytest.mark.parametrize(
    ("name", "day"),
    [("sites", "as_of_date"), ("bill_of_materials", "evidence_date"),
     ("supplier_links", "evidence_date"), ("parts", "as_of_date")],
)  # fmt: skip
def test_no_evidence_is_younger_than_its_facts(name, day):
    for line in public(name):
        latest = max(first_day(fact["as_of"]) for fact in named_facts(line))
        assert dt.date.fromisoformat(line[day]) == latest, line


def test_shares_stand_only_where_a_fact_gives_one():
    given = {
        line["site_id"]: (line["supply_share_central"], named_facts(line)[0]["value"])
        for line in public("supplier_links")
        if line["supply_share_central"]
    }
    assert given == {"nexperia-dongguan": ("0.7", "70")}
    assert not any(line["input_share_central"] for line in public("bill_of_materials"))


def test_planned_sites_supply_nothing_yet():
    """A plant to come is no alternative today."""
    planned = {line["site_id"] for line in public("sites") if "(planned)" in line["activity"]}
    assert planned == {"caremag-lacq", "lcm-lacq", "mp-magnet-plants"}
    assert not planned & {line["site_id"] for line in public("supplier_links")}
    told = {line["site_id"]: line["metric"] for line in public("site_capacities")}
    assert all("planned" in told[site] for site in planned & told.keys())
