"""The contracts of a user's own tables: bad rows are kept out, named, with a remedy; and what is
bundled of them: facts on named firms, the sample of cases, the calendar of working days."""

import dataclasses
import datetime as dt

import chinese_calendar
import duckdb
import landing_kit as kit
import pytest
from reading_kit import table
from test_bad_deliveries import CASES

from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings

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
    "licence_applications": {
        "application_id": "A-1", "authority": "MOFCOM", "measure_id": "CN-2025-18",
        "material": "dysprosium", "product_code": "28469019", "applicant_size_class": "small",
        "route": "ordinary", "destination_iso3": "DEU", "filed_date": "2025-04-04",
        "accepted_date": "2025-04-07",
        "returned_intervals": "2025-04-10/2025-04-20; 2025-04-20/2025-05-02",
        "decided_date": "2025-06-20", "outcome": "approved", "quantity_kg": "1200.5",
        "value_usd": "90000", "as_of_date": "2026-11-20", "data_origin": "own",
    },
    "shipment_cases": {
        "case_id": "CASE-1", "authority": "MOFCOM", "application_id": "2026-0815",
        "measure_id": "CN-2025-18", "material": "dysprosium", "product_code": "28469019",
        "supplier": "Magnets", "graph_id": "acme-2026", "site_id": "S-1", "part_id": "P-1",
        "filed_date": "2026-06-01", "last_word": "in review", "last_word_date": "2026-10-02",
        "channel": "association", "standstill_eur_per_day_low": "10000",
        "standstill_eur_per_day_high": "25000.50", "as_of_date": "2026-11-20",
        "data_origin": "own",
    },
}  # fmt: skip
LOSS = {"change_kind": "supplier_loss", "target_kind": "site", "target_id": "S-2", "state": "",
        "share_lost": "1"}  # fmt: skip
FLOW = {"change_kind": "flow_loss", "target_kind": "country", "product_code": "8505"}
PACE = {"change_kind": "licence_pace", "target_kind": "all", "target_id": "*", "state": "",
        "pace_factor": "0.5"}  # fmt: skip
# Source -> what differs from the good row, column, reason.
BAD = {
    source_id: [
        (dict(part.split("=", 1) for part in case["value"].split(" & ")), case["column_name"],
         case["expected"])
        for case in CASES
        if (case["source_id"], case["how"]) == (source_id, "row")
    ]
    for source_id in GOOD
}  # fmt: skip
PENDING = {"decided_date": "", "outcome": "", "returned_intervals": ""}
LEAST = dict.fromkeys(GOOD["shipment_cases"], "") | {
    name: GOOD["shipment_cases"][name]
    for name in ("case_id", "authority", "as_of_date", "data_origin")
}
# What is not known may be empty.
LAND = {
    "scenario_changes": [LOSS, PACE | {"change_number": "2"},
                         LOSS | {"target_kind": "firm", "change_number": "3"},
                         LOSS | FLOW | {"change_number": "4"}],
    "licence_applications": [PENDING | {"returned_intervals": "2026-11-01/"},
                             PENDING | {"application_id": "A-2", "accepted_date": ""}],
    "shipment_cases": [LEAST | {"shipment_reference": "PO-17", "held_since_date": "2026-10-01"}],
}  # fmt: skip
DAY = {"as_of_date": "2026-10-31"}
SAMPLE = {"data_origin": "synthetic"}
CARMAKER = {"graph_id": "sample-carmaker"}
# Deliveries one after the other, and the periods that they land under.
SIDE_BY_SIDE = {
    "exposure_sites": (
        [CARMAKER, CARMAKER | SAMPLE, CARMAKER | {"site_id": "S-9"}],
        ["own-sample-carmaker", "own-sample-carmaker", "synthetic-sample-carmaker"],
    ),
    "licence_applications": (
        [DAY, DAY | SAMPLE, {}], ["2026-10-31", "2026-11-20", "sample-2026-10-31"],
    ),
    "shipment_cases": (
        [{}, {"as_of_date": "2026-11-27"}, SAMPLE],
        ["own-2026-11-20", "own-2026-11-27", "synthetic-2026-11-20"],
    ),
}  # fmt: skip


def deliver(folder, source_id, *changes):
    """Write a good row with each of these changes as a delivery."""
    names = list(CONTRACTS[source_id].column_names)
    rows = [[(GOOD[source_id] | change).get(name, "") for name in names] for change in changes]
    return kit.deliver(folder / f"{source_id}_own.csv", rows, names)


@pytest.mark.parametrize("source_id", GOOD)
def test_a_good_row_lands_and_bad_ones_are_named(settings, tmp_path, source_id):
    """Each with line, column, value, reason and remedy."""
    cases = BAD[source_id]
    changed = [{}, *(changes for changes, _, _ in cases)]
    lenient = dataclasses.replace(CONTRACTS[source_id], max_quarantine_share=1.0)
    report = kit.land(deliver(tmp_path, source_id, *changed), settings, lenient)
    assert (report.rows_landed, report.rows_quarantined) == (1, len(cases))
    found = kit.quarantined(settings, source_id)
    for line, (changes, column, reason) in enumerate(cases, start=3):
        told = [(name, why) for number, name, _, why, *_ in found if number == line]
        assert (column, reason) in told, (changes, told)
    for line, name, value, _, remedy, _ in found:
        assert (value or "") == (GOOD[source_id] | changed[line - 2]).get(name, "")
        assert remedy.endswith((".", ")"))
    if source_id in ("licence_applications", "shipment_cases"):
        assert len(found) == len(cases), "one word for each"


@pytest.mark.parametrize("source_id", LAND)
def test_what_is_not_known_may_be_empty(settings, tmp_path, source_id):
    path = deliver(tmp_path, source_id, *LAND[source_id])
    report = kit.land(path, settings, CONTRACTS[source_id])
    assert (report.rows_landed, report.rows_quarantined) == (len(LAND[source_id]), 0)


@pytest.mark.parametrize("source_id", SIDE_BY_SIDE)
def test_own_rows_and_the_sample_stand_side_by_side(settings, tmp_path, source_id):
    """An own graph or reading named like the sample must not make it vanish, nor the other way."""
    deliveries, periods = SIDE_BY_SIDE[source_id]
    for number, changes in enumerate(deliveries):
        path = deliver(tmp_path / str(number), source_id, changes)
        day = kit.KNOWN_ON + dt.timedelta(days=number)
        kit.land(path, settings, CONTRACTS[source_id], known_on=day)
    landed = kit.manifests(settings, source_id)
    assert sorted(record["period"] for record in landed) == periods


def test_scenario_with_a_bad_change_is_refused_whole(settings, tmp_path):
    """A scenario that lacks one of its parts is another scenario."""
    for source_id, changes, told in (
        ("scenario_changes", [{"change_number": "2"}, {"target_id": "CN-2025-81"}],
         "line 3, column target_id, value 'CN-2025-81': unknown act"),
        ("scenarios", [{"title": ""}], "line 2, column title"),
    ):  # fmt: skip
        path = deliver(tmp_path, source_id, *changes)
        error = str(kit.refusal(path, settings, CONTRACTS[source_id]))
        assert str(path) in error
        assert told in error


REGISTER = CONTRACTS["licence_applications"]


def as_parquet(folder, *changes, select="*"):
    """Forty good applications and changed ones: a CSV, and Parquet made of it."""
    good = [{"application_id": f"G-{number}"} for number in range(40)]
    text = deliver(folder, REGISTER.source_id, *good, *changes)
    target = folder / "licence_applications [1].parquet"
    duckdb.execute(
        f"copy (select {select} from read_csv('{text}', all_varchar = true)) "
        f"to '{target}' (format parquet)"
    )
    return text, target


@pytest.mark.parametrize(
    "types",
    [
        "filed_date::date as filed_date, value_usd::double as value_usd",
        # pandas writes days as timestamps at midnight.
        "filed_date::timestamp as filed_date, as_of_date::timestamptz as as_of_date",
    ],
)
def test_parquet_lands_like_the_csv_it_was_made_from(settings, tmp_path, types):
    """Typed columns and texts alike; nulls stay nulls."""
    files = as_parquet(tmp_path, PENDING, select=f"* replace ({types})")
    homes = settings, Settings(data_dir=tmp_path / "other")
    for path, home in zip(files, homes, strict=True):
        assert kit.land(path, home, REGISTER).rows_landed == 41
    text, typed = (kit.landed_rows(home, REGISTER.source_id) for home in homes)
    assert typed == text


def test_faults_of_parquet_name_the_row_and_the_column(settings, tmp_path):
    _, path = as_parquet(tmp_path, {"measure_id": "CN-1"})
    assert kit.land(path, settings, REGISTER).rows_quarantined == 1
    ((line, column, value, *_),) = kit.quarantined(settings, REGISTER.source_id)
    assert (line, column, value) == (42, "measure_id", "CN-1")
    _, path = as_parquet(tmp_path, select="* exclude (outcome)")
    said = str(kit.refusal(path, settings, REGISTER))
    assert "column outcome: the column is missing" in said


# --- what is bundled ------------------------------------------------------------------------------


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
    ("name", "day"),
    [("sites", "as_of_date"), ("parts", "as_of_date"), ("bill_of_materials", "evidence_date"),
     ("supplier_links", "evidence_date"), ("site_capacities", None)],
)  # fmt: skip
def test_every_line_of_the_public_graph_is_as_old_as_the_facts_that_it_names(name, day):
    for line in public(name):
        assert (line["data_origin"], line["graph_id"]) == ("press_claim", "public-facts")
        latest = max(named_facts(line), key=lambda fact: first_day(fact["as_of"]))["as_of"]
        if day:
            assert dt.date.fromisoformat(line[day]) == first_day(latest), line


def test_sites_capacities_and_shares_are_those_of_their_facts():
    """A figure typed wrongly would be told as a claim of the press."""
    for line in public("site_capacities"):
        (fact,) = named_facts(line)
        assert line["capacity_id"] == fact["fact_id"]
        assert line["metric"].removesuffix(" (planned)") == fact["metric"]
        told = (line["quantity"], line["unit"], line["as_of_text"])
        assert told == (fact["value"], fact["unit"], fact["as_of"])
    iso3 = {country["iso2"]: country["iso3"] for country in table("countries")}
    for line in public("sites"):
        for fact in named_facts(line):
            assert (line["firm"], line["country_iso3"]) == (fact["company"], iso3[fact["country"]])
            assert line["site_name"] == (fact["site"] or line["firm"])
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


def test_bundled_cases_are_of_the_bundled_orders_and_applications():
    orders = {row["order_id"]: row for row in table("exposure_open_orders_synthetic")}
    register = {row["application_id"]: row for row in table("licence_applications_synthetic")}
    named = []
    for case in table("shipment_cases_synthetic"):
        order = orders[case["shipment_reference"]]
        assert (case["data_origin"], order["licence_status"]) == ("synthetic", "pending")
        assert case["material"] == order["licence_material"]
        assert all(case[one] in ("", order[one]) for one in ("graph_id", "site_id", "part_id"))
        if case["application_id"]:
            application = register[case["application_id"]]
            assert not application["decided_date"]
            for name in ("authority", "measure_id", "material", "product_code", "filed_date"):
                assert case[name] == application[name]
            accepted = application["accepted_date"], order["licence_accepted_date"]
            one, other = map(dt.date.fromisoformat, accepted)
            assert abs((one - other).days) <= 10
            named.append(case["application_id"])
    assert len(named) == len(set(named))


def test_calendar_is_that_of_the_package():
    """Each day of the published years that differs from Monday to Friday, and no other."""
    expected = []
    day = dt.date(2004, 1, 1)
    while day <= max(chinese_calendar.constants.holidays).replace(month=12, day=31):
        works = chinese_calendar.is_workday(day)
        if works != (day.isoweekday() < 6):
            kind = "make_up_working_day" if works else "public_holiday"
            expected.append((day.isoformat(), kind, chinese_calendar.get_holiday_detail(day)[1]))
        day += dt.timedelta(days=1)
    assert [tuple(row.values()) for row in table("prc_calendar")] == expected
