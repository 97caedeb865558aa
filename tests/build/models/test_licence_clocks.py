"""The clocks and deadlines of licence applications against plain Python that walks day by day."""

import datetime as dt
import random

import pytest
from model_laboratory import laboratory_of
from reading_kit import keyed, named, picked, table

DAY = dt.timedelta(days=1)
DEADLINE = 45


laboratory = laboratory_of("int_licensing__cases", bundled=["prc_calendar"])


@pytest.fixture(scope="module")
def exceptions():
    return {
        dt.date.fromisoformat(row["day"]): row["day_kind"] == "make_up_working_day"
        for row in table("prc_calendar")
    }


class Walker:
    """A case walked one day at a time."""

    def __init__(self, exceptions):
        self.exceptions = exceptions
        self.years = {day.year for day in exceptions}

    def works(self, day):
        return self.exceptions.get(day, day.isoweekday() < 6)

    def clocks(self, accepted, until, stops):
        """Calendar days, stop-clock days and working days after acceptance, up to a day."""
        calendar = stop_clock = working = 0
        day = accepted
        while day < until:
            day += DAY
            calendar += 1
            if not any(first < day <= last for first, last in stops):
                stop_clock += 1
                working += self.works(day)
        return calendar, stop_clock, working

    def deadline(self, accepted, stops):
        """The day on which the 45th working day that counts falls, and whether it is settled."""
        day, left = accepted, DEADLINE
        while left:
            day += DAY
            if self.works(day) and not any(first < day <= last for first, last in stops):
                left -= 1
        return day, day.year not in self.years


def case(number, **changes):
    return {
        "application_id": f"A-{number}", "authority": "MOFCOM", "measure_id": "CN-2025-18",
        "material": "dysprosium", "applicant_size_class": "small", "route": "ordinary",
        "destination_iso3": "DEU", "data_origin": "own", "vintage": "v",
        "filed_date": dt.date(2025, 4, 1), "as_of_date": dt.date(2026, 10, 31),
    } | changes  # fmt: skip


def generated(rng, number):
    """A case with up to three returns, decided, pending, or with the papers still away."""
    accepted = dt.date(2024, 12, 1) + rng.randrange(740) * DAY
    as_of = dt.date(2026, 12, 20)
    span = (as_of - accepted).days
    end = accepted + rng.randrange(span) * DAY if rng.random() < 0.7 else None
    until = end or as_of
    points = sorted(rng.randrange((until - accepted).days + 1) for _ in range(2 * rng.randrange(4)))
    stops = [
        (accepted + a * DAY, accepted + b * DAY)
        for a, b in zip(points[::2], points[1::2], strict=True)
    ]
    is_open = end is None and stops and rng.random() < 0.5
    if is_open:
        stops[-1] = (stops[-1][0], as_of)
    text = ";".join(f"{a}/{b}" for a, b in stops)
    is_late = rng.random() < 0.3
    watched = accepted + rng.randrange((until - accepted).days + 1) * DAY if is_late else None
    made = case(
        number, as_of_date=as_of, accepted_date=accepted, decided_date=end,
        outcome="approved" if end else None, observed_from_date=watched,
        returned_intervals=text.removesuffix(str(as_of)) if is_open else text,
    )  # fmt: skip
    return made, stops


def test_clocks_and_deadlines_equal_a_walk_day_by_day(laboratory, exceptions):
    rng = random.Random(5)
    walker = Walker(exceptions)
    made = [generated(rng, number) for number in range(400)]
    laboratory.fill("licence_applications", [row for row, _ in made])
    found = {row["application_id"]: row for row in laboratory.rows("int_licensing__cases")}
    assert len(found) == len(made)
    assert sum(row["is_deadline_provisional"] for row in found.values()) > 5
    for row, stops in made:
        ours = found[row["application_id"]]
        accepted = row["accepted_date"]
        until = row["decided_date"] or row["as_of_date"]
        entered = row["observed_from_date"] or accepted
        clocks, entry = ["calendar_days", "stop_clock_days", "working_days"], "entry_{}"
        ended, began = (walker.clocks(accepted, day, stops) for day in (until, entered))
        assert picked([ours], " ".join(clocks)) == [ended], row
        assert picked([ours], " ".join(map(entry.format, clocks))) == [began], row
        # The last 45 days of a case whose papers are away are not known yet: its deadline is
        # what it would be if they came back on the as-of date.
        deadline = walker.deadline(accepted, stops)
        assert picked([ours], "deadline_date is_deadline_provisional") == [deadline], row


def test_latest_reading_counts_and_own_and_sample_stay_apart(laboratory):
    first, second = dt.date(2026, 5, 31), dt.date(2026, 6, 30)
    accepted = {"accepted_date": dt.date(2026, 4, 7)}
    refused = {"decided_date": dt.date(2026, 6, 10), "outcome": "refused"}
    laboratory.fill(
        "licence_applications",
        [
            case(1, as_of_date=first, **accepted),
            case(1, as_of_date=second, **accepted, **refused),
            case(1, as_of_date=first, data_origin="synthetic", **accepted),
            case(2, as_of_date=second),
        ],
    )
    rows = keyed(laboratory.rows("int_licensing__cases"), "data_origin application_id")
    assert rows.keys() == {("own", "A-1"), ("synthetic", "A-1"), ("own", "A-2")}
    assert (rows["own", "A-1"]["outcome"], rows["own", "A-1"]["calendar_days"]) == ("refused", 64)
    assert rows["synthetic", "A-1"]["calendar_days"] == 54
    # Filed and not accepted: no clock runs.
    clocks = picked([rows["own", "A-2"]], "calendar_days working_days deadline_date")
    assert clocks == [(None,) * 3]


def test_rows_kept_out_are_counted_with_their_origin(laboratory):
    """Each line once, whatever its faults; a repeat of a landed row is missing nowhere."""
    laboratory.fill(
        "licence_applications",
        [case(1, accepted_date=dt.date(2026, 4, 7)), case(2, vintage="w", data_origin="synthetic")],
    )
    kept_out = [(3, "unknown measure"), (3, "not a day"), (4, "is empty"), (5, "repeats line 2")]
    kept_out = named("line_number reason", kept_out)
    laboratory.fill("quarantined_rows", kept_out, source_id="licence_applications", vintage="v")
    rows = laboratory.rows("int_licensing__cases")
    found = {row["data_origin"]: row["missing_row_count"] for row in rows}
    assert found == {"own": 2, "synthetic": 0}
    laboratory.fill("quarantined_rows", [])


def test_names_of_materials_are_read_as_one(laboratory):
    laboratory.fill(
        "licence_applications",
        [case(1, material="Dysprosium "), case(2, material="dysprosium"), case(3, material="磁铁")],
    )
    found = {row["material"] for row in laboratory.rows("int_licensing__cases")}
    assert found == {"dysprosium", "磁铁"}


def test_working_days_are_asked_in_sql(published, exceptions):
    """Accepted on 7 April 2025 is the example of the law."""
    walker, first = Walker(exceptions), dt.date(2004, 1, 1)
    days = [dt.date(2025, 4, 7), *(first + count * DAY for count in range(0, 10_900, 411))]
    for day in days:
        deadline, is_provisional = walker.deadline(day, [])
        assert published.execute(
            "select working_days, certainty from reports.working_days(?, ?)", [day, deadline]
        ).fetchone() == (DEADLINE, "presumed" if is_provisional else "settled"), day
    assert walker.deadline(days[0], [])[0] == dt.date(2025, 6, 12)
    ((certainty, reason),) = published.execute(
        "select certainty, reason from reports.working_days(null, date '2025-01-01')"
    ).fetchall()
    assert certainty == "unknown"
    assert reason
