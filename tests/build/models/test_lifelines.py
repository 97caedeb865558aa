"""Licence durations against lifelines, on its own public data and on what was drawn."""

import bisect
from fractions import Fraction

import pytest
from duration_laboratory import (
    GENERATED,
    DurationLaboratory,
    cases_of,
    exact_curve,
    lifelines_of,
)

PUBLIC = ("waltons", "lung", "leukemia", "gbsg2", "rossi", "kidney_transplant")
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def peer():
    return lifelines_of(GENERATED)


@pytest.fixture(scope="module")
def empty_laboratory(manifest):
    return DurationLaboratory(manifest)


@pytest.fixture
def laboratory(empty_laboratory, peer):
    """One run for all data sets, each a material."""
    empty_laboratory.fill(cases_of({name: found["cases"] for name, found in peer.items()}))
    return empty_laboratory


def rows_of(laboratory, model, name):
    return laboratory.rows(model, stratum=name, clock="calendar_days")


@pytest.mark.parametrize("name", [*PUBLIC, *GENERATED])
def test_curves_quantiles_and_waits_equal_lifelines(laboratory, peer, name):
    found = {row["day"]: row for row in rows_of(laboratory, "fct_licence_survival", name)}
    wanted = peer[name]
    cases = [tuple(one) for one in wanted["cases"]]
    is_late = any(entry for entry, *_ in cases)
    # With late entries lifelines has rows a day earlier: who enters counts from the day after.
    assert is_late or list(found) == wanted["days"]
    assert len(found) > 1 or len(cases) == 1
    for day, row in found.items():
        position = bisect.bisect_right(wanted["days"], day) - 1
        assert is_late or row["at_risk"] == wanted["at_risk"][position]
        for ours, theirs in (
            ("survival", "survival"), ("survival_low", "low"), ("survival_high", "high"),
        ):  # fmt: skip
            assert row[ours] == pytest.approx(wanted[theirs][position], abs=TOLERANCE), row
    # lifelines adds logarithms: a survival that equals the level may miss it there.
    curve = {day: at["survival"] for day, at in exact_curve(cases).items()}
    (row,) = rows_of(laboratory, "fct_licence_durations", name)
    for level, column in (("0.5", "median"), ("0.1", "p90")):
        assert Fraction(level) in curve.values() or row[f"{column}_days"] == wanted[column]
        assert [row[f"{column}_low"], row[f"{column}_high"]] == wanted[f"{column}_interval"]
    for row in rows_of(laboratory, "fct_licence_waiting", name):
        wait = row["waiting_days"]
        half = curve[max(day for day in curve if day <= wait)] / 2
        if str(wait) in wanted["remaining"] and half not in curve.values():
            assert row["p50_remaining_days"] == wanted["remaining"][str(wait)]


@pytest.mark.parametrize(
    "name", ["lung", "gbsg2", "ties", "late_entries", "all_censored", "one_pending", "exact_half"]
)
def test_restricted_mean_equals_lifelines(empty_laboratory, peer, name):
    """Alone in its run, a stratum is compared up to its own last day."""
    empty_laboratory.fill(cases_of({name: peer[name]["cases"]}))
    (row,) = rows_of(empty_laboratory, "fct_licence_durations", name)
    assert row["restricted_mean_horizon_days"] == max(last for _, last, _ in peer[name]["cases"])
    assert row["restricted_mean_days"] == pytest.approx(
        peer[name]["restricted_mean"], rel=TOLERANCE
    )
