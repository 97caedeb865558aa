"""The contract of licence applications, its clocks, and the synthetic sample."""

import datetime as dt
from pathlib import Path

import chinese_calendar
import duckdb
import landing_kit as kit
import pytest
from reading_kit import table

from chokepoint.landing.land import land
from chokepoint.landing.producers.own.licence_register import APPLICATIONS
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.settings import Settings

KNOWN_ON = kit.KNOWN_ON
HEADER = list(APPLICATIONS.column_names)
GOOD = {
    "application_id": "A-1", "authority": "MOFCOM", "measure_id": "CN-2025-18",
    "material": "dysprosium", "product_code": "28469019", "applicant_size_class": "small",
    "route": "ordinary", "destination_iso3": "DEU", "filed_date": "2025-04-04",
    "accepted_date": "2025-04-07",
    "returned_intervals": "2025-04-10/2025-04-20; 2025-04-20/2025-05-02",
    "decided_date": "2025-06-20", "outcome": "approved", "quantity_kg": "1200.5",
    "value_usd": "90000", "as_of_date": "2026-11-20", "data_origin": "own",
}  # fmt: skip


def row(**changes: str) -> list[str]:
    return [(GOOD | changes).get(name, "") for name in HEADER]


def register(path: Path, *faulty: list[str]) -> Path:
    """Good cases enough to keep the file from being refused, then the faulty ones."""
    good = [row(application_id=f"G-{number}") for number in range(40)]
    return kit.deliver(path, [*good, *faulty], HEADER)


def faults_of(settings: Settings, path: Path) -> list[tuple]:
    report = land(path, APPLICATIONS, settings, known_on=KNOWN_ON)
    (found,) = settings.landing_dir.glob("_quarantine/licence_applications/*.parquet")
    rows = duckdb.execute(
        "select line_number, column_name, value, reason, remedy from read_parquet(?) order by all",
        [str(found)],
    ).fetchall()
    assert report.rows_quarantined == len({line for line, *_ in rows})
    return rows


BAD_CASES = [
    ({"decided_date": "2025-04-01", "accepted_date": "", "returned_intervals": ""},
     "decided_date", "decided before it was filed"),
    ({"decided_date": "2025-04-05", "returned_intervals": ""},
     "decided_date", "decided before it was accepted"),
    ({"accepted_date": "2025-04-01"}, "accepted_date", "accepted before it was filed"),
    ({"filed_date": "2003-12-31"}, "filed_date",
     "before 2004-01-01, where the calendar of working days begins"),
    ({"outcome": ""}, "decided_date", "decided without an outcome"),
    ({"decided_date": ""}, "outcome", "an outcome without the day of the decision"),
    ({"as_of_date": "2025-06-19"}, "as_of_date",
     "the as-of date lies before a day that the row tells of"),
    ({"as_of_date": "2026-12-02"}, "as_of_date",
     "the as-of date lies after the day of the delivery"),
    ({"returned_intervals": "2025-04-10/2025-04-20;2025-04-19/2025-05-02"},
     "returned_intervals", "intervals that overlap, or are out of order"),
    ({"returned_intervals": "2025-05-10/2025-05-20;2025-04-12/2025-04-15"},
     "returned_intervals", "intervals that overlap, or are out of order"),
    ({"returned_intervals": "2025-05-10/2025-05-01"},
     "returned_intervals", "an interval that ends before it starts, or names no day"),
    ({"returned_intervals": "2025-02-30/2025-05-01"},
     "returned_intervals", "an interval that ends before it starts, or names no day"),
    ({"returned_intervals": "2025-04-05/2025-04-20"}, "returned_intervals",
     "returned before acceptance, or not back before the decision or the as-of date"),
    ({"returned_intervals": "2025-06-15/2025-06-25"}, "returned_intervals",
     "returned before acceptance, or not back before the decision or the as-of date"),
    ({"observed_from_date": "2025-07-01"}, "observed_from_date",
     "watched only after its decision, so that it tells nothing of time"),
]  # fmt: skip


def test_bad_cases_are_kept_out_and_named(settings, tmp_path):
    found = kit.bad_rows_are_named(APPLICATIONS, settings, tmp_path, GOOD, BAD_CASES)
    assert len(found) == len(BAD_CASES), "one word for each"


def test_pending_case_lands_with_an_open_return(settings, tmp_path):
    path = register(
        tmp_path / "licence_applications.csv",
        row(decided_date="", outcome="", returned_intervals="2026-11-01/"),
        row(application_id="A-2", decided_date="", outcome="", accepted_date="",
            returned_intervals=""),
    )  # fmt: skip
    report = land(path, APPLICATIONS, settings, known_on=KNOWN_ON)
    assert (report.rows_landed, report.rows_quarantined) == (42, 0)


def test_readings_stay_side_by_side_and_never_replace_the_sample(settings, tmp_path):
    """A user's reading of the very day of the sample must not make either vanish."""
    day = "2026-10-31"
    own = kit.deliver(tmp_path / "own.csv", [row(as_of_date=day)], HEADER)
    sample = kit.deliver(
        tmp_path / "sample.csv", [row(as_of_date=day, data_origin="synthetic")], HEADER
    )
    later = kit.deliver(tmp_path / "later.csv", [row()], HEADER)
    for path in (own, sample, later):
        land(path, APPLICATIONS, settings, known_on=KNOWN_ON)
    landed = kit.manifests(settings, "licence_applications")
    assert sorted(record["period"] for record in landed) == [
        "2026-10-31", "2026-11-20", "sample-2026-10-31",
    ]  # fmt: skip


def as_parquet(csv_path: Path, target: Path, select: str = "*") -> Path:
    duckdb.execute(
        f"copy (select {select} from read_csv('{csv_path}', all_varchar = true)) "
        f"to '{target}' (format parquet)"
    )
    return target


def test_parquet_lands_like_the_csv_it_was_made_from(settings, tmp_path):
    """Typed columns and texts alike; nulls stay nulls."""
    text = register(tmp_path / "licence_applications.csv", row(decided_date="", outcome=""))
    typed = as_parquet(
        text,
        tmp_path / "licence_applications [1].parquet",
        "* replace (filed_date::date as filed_date, value_usd::double as value_usd)",
    )
    other = Settings(data_dir=tmp_path / "other")
    land(text, APPLICATIONS, settings, known_on=KNOWN_ON)
    land(typed, APPLICATIONS, other, known_on=KNOWN_ON)
    landed = [kit.landed_rows(each, "licence_applications") for each in (settings, other)]
    assert landed[0] == landed[1]
    assert len(landed[0]) == 41


def test_faults_of_parquet_name_the_row(settings, tmp_path):
    text = register(tmp_path / "x.csv", row(measure_id="CN-1"))
    path = as_parquet(text, tmp_path / "licence_applications.parquet")
    ((line, column, value, *_),) = faults_of(settings, path)
    assert (line, column, value) == (42, "measure_id", "CN-1")


def test_days_kept_as_timestamps_land_as_days(settings, tmp_path):
    """pandas writes days as timestamps at midnight."""
    text = register(tmp_path / "x.csv", row(decided_date="", outcome=""))
    path = as_parquet(
        text,
        tmp_path / "licence_applications.parquet",
        "* replace (filed_date::timestamp as filed_date, as_of_date::timestamptz as as_of_date)",
    )
    report = land(path, APPLICATIONS, settings, known_on=KNOWN_ON)
    assert (report.rows_landed, report.rows_quarantined) == (41, 0)


def test_parquet_with_other_columns_is_told(settings, tmp_path):
    text = register(tmp_path / "x.csv")
    path = as_parquet(text, tmp_path / "y.parquet", "* exclude (outcome)")
    with pytest.raises(DeliveryRefusedError, match="column outcome: the column is missing"):
        land(path, APPLICATIONS, settings, known_on=KNOWN_ON)


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
