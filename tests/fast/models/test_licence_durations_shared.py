"""Durations of real proceedings, of ../shared/data: read in place and never committed."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import statistics
from collections import defaultdict
from fractions import Fraction

import pytest
from duration_laboratory import (
    DurationLaboratory,
    bound,
    dated_case,
    exact_curve,
    first_day,
    month_ends,
)

from chokepoint.settings import PROJECT_DIR

pytestmark = pytest.mark.shared

PATH = PROJECT_DIR.parent / "shared" / "data" / "us_antidumping_cases_1977_2019.csv.gz"
OUTCOMES = {"measure_imposed": "approved", "terminated_no_measure": "refused", "pending": None}


@pytest.fixture(scope="module")
def rows():
    """US anti-dumping investigations from initiation to the final decision, by partner."""
    made = []
    with gzip.open(PATH, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            if not row["initiated_on"]:
                continue
            begun = dt.date.fromisoformat(row["initiated_on"])
            ended = dt.date.fromisoformat(row["decided_on"]) if row["decided_on"] else None
            as_of = dt.date.fromisoformat(row["as_of"])
            outcome = OUTCOMES[row["outcome"]]
            made.append(
                dated_case(
                    number, begun, begun, ended, outcome, as_of=as_of, material=row["partner"]
                )
            )
    return made


@pytest.fixture(scope="module")
def laboratory(rows):
    made = DurationLaboratory()
    made.fill(rows)
    yield made
    made.close()


@pytest.fixture(scope="module")
def strata(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["material"]].append((0, row["calendar_days"], row["outcome"] or ""))
        found["all"].append(found[row["material"]][-1])
    return found


def test_curves_of_every_partner_equal_exact_fractions(laboratory, strata):
    assert len(strata["all"]) > 800
    assert sum(not outcome for *_, outcome in strata["all"]) == 29
    for name, follow_ups in strata.items():
        exact = exact_curve(follow_ups)
        rows = laboratory.rows("fct_licence_survival", stratum=name, clock="calendar_days")
        assert [row["day"] for row in rows] == list(exact)
        for row in rows:
            at = exact[row["day"]]
            assert row["survival"] == pytest.approx(float(at["survival"]), rel=1e-11, abs=1e-15)
            assert row["survival_low"] == pytest.approx(bound(at, 1), abs=1e-11)
            assert row["survival_high"] == pytest.approx(bound(at, -1), abs=1e-11)
            for outcome in ("approved", "refused"):
                assert row[f"{outcome}_incidence"] == pytest.approx(
                    float(at["incidence"][outcome]), rel=1e-11, abs=1e-15
                )
        (row,) = laboratory.rows("fct_licence_durations", stratum=name, clock="calendar_days")
        assert row["median_days"] == first_day(exact, Fraction(1, 2))
        assert row["p90_days"] == first_day(exact, Fraction(1, 10))
        decided = [days for _, days, outcome in follow_ups if outcome]
        if decided:
            assert row["decided_only_median_days"] == statistics.median_low(decided)


def test_backlog_of_four_decades_is_an_identity(laboratory, rows):
    """More than 500 months, many of them without any open case."""
    found = laboratory.rows("fct_licence_backlog", stratum="all")
    as_of = rows[0]["as_of_date"]
    first = min(row["filed_date"] for row in rows)
    assert [row["period_end_date"] for row in found] == list(month_ends(first, as_of))
    assert len(found) > 400
    opening = 0
    for row in found:
        end = row["period_end_date"]
        still_open = sum(
            one["filed_date"] <= end and (one["decided_date"] or dt.date.max) > end for one in rows
        )
        assert (row["opening"], row["closing"]) == (opening, still_open)
        assert opening + row["filed"] == row["decided"] + row["withdrawn"] + row["closing"]
        opening = still_open
    assert opening == 29
