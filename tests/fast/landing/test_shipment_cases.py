"""The contract of cases, and the synthetic sample of them."""

import datetime as dt

import landing_kit as kit
from reading_kit import table

from chokepoint.landing.land import land
from chokepoint.landing.producers.own.shipment_cases import CASES

KNOWN_ON = kit.KNOWN_ON
GOOD = {
    "case_id": "CASE-1", "authority": "MOFCOM", "application_id": "2026-0815",
    "measure_id": "CN-2025-18", "material": "dysprosium", "product_code": "28469019",
    "supplier": "Magnets", "graph_id": "acme-2026", "site_id": "S-1", "part_id": "P-1",
    "filed_date": "2026-06-01", "last_word": "in review", "last_word_date": "2026-10-02",
    "channel": "association", "standstill_eur_per_day_low": "10000",
    "standstill_eur_per_day_high": "25000.50", "as_of_date": "2026-11-20", "data_origin": "own",
}  # fmt: skip


BAD_CASES = [
    ({"application_id": ""}, "case_id", "a case of neither an application nor a shipment"),
    ({"filed_date": ""}, "case_id", "a case without the day from which it waits"),
    ({"graph_id": "", "part_id": ""}, "site_id", "named without its supply graph"),
    ({"graph_id": "", "site_id": ""}, "part_id", "named without its supply graph"),
    ({"outcome": "released"}, "outcome",
     "an outcome without the day on which the case was closed"),
    ({"closed_date": "2026-11-01"}, "closed_date", "closed without an outcome"),
    ({"closed_date": "2026-05-01", "outcome": "released"}, "closed_date",
     "closed before it began to wait"),
    ({"standstill_eur_per_day_high": ""}, "standstill_eur_per_day_low",
     "one bound without the other"),
    ({"standstill_eur_per_day_low": ""}, "standstill_eur_per_day_high",
     "one bound without the other"),
    ({"standstill_eur_per_day_low": "30000"}, "standstill_eur_per_day_low",
     "the lower bound lies above the upper one"),
    ({"last_word_date": "2026-11-21"}, "as_of_date",
     "the as-of date lies before a day that the row tells of"),
    ({"as_of_date": "2026-12-02"}, "as_of_date",
     "the as-of date lies after the day of the delivery"),
]  # fmt: skip


def test_bad_cases_are_kept_out_with_line_column_and_remedy(settings, tmp_path):
    found = kit.bad_rows_are_named(CASES, settings, tmp_path, GOOD, BAD_CASES)
    assert len(found) == len(BAD_CASES), "one word for each"


def test_what_is_not_known_may_be_empty(settings, tmp_path):
    least = dict.fromkeys(GOOD, "") | {
        name: GOOD[name] for name in ("case_id", "authority", "as_of_date", "data_origin")
    }
    held = least | {"shipment_reference": "PO-17", "held_since_date": "2026-10-01"}
    path = kit.deliver_changes(tmp_path, CASES, GOOD, held)
    report = land(path, CASES, settings, known_on=KNOWN_ON)
    assert (report.rows_landed, report.rows_quarantined) == (1, 0)


def test_a_reading_is_a_period_and_the_sample_is_another(settings, tmp_path):
    later = {"as_of_date": "2026-11-27"}
    sample = {"case_id": "CASE-2", "data_origin": "synthetic"}
    path = kit.deliver_changes(tmp_path, CASES, GOOD, {}, later, sample)
    report = land(path, CASES, settings, known_on=KNOWN_ON)
    assert sorted(report.periods) == ["own-2026-11-20", "own-2026-11-27", "synthetic-2026-11-20"]


def test_bundled_cases_are_of_the_bundled_orders_and_applications():
    orders = {row["order_id"]: row for row in table("exposure_open_orders_synthetic")}
    register = {row["application_id"]: row for row in table("licence_applications_synthetic")}
    named = []
    for case in table("shipment_cases_synthetic"):
        assert case["data_origin"] == "synthetic"
        order = orders[case["shipment_reference"]]
        assert order["licence_status"] == "pending"
        assert case["material"] == order["licence_material"]
        for name in ("graph_id", "site_id", "part_id"):
            assert case[name] in ("", order[name])
        if case["application_id"]:
            application = register[case["application_id"]]
            assert not application["decided_date"]
            for name in ("authority", "measure_id", "material", "product_code", "filed_date"):
                assert case[name] == application[name]
            days = [
                dt.date.fromisoformat(text)
                for text in (application["accepted_date"], order["licence_accepted_date"])
            ]
            assert abs((days[0] - days[1]).days) <= 10
            named.append(case["application_id"])
    assert len(named) == len(set(named))
