"""Licence durations against lifelines, on its own public data."""

import bisect
from fractions import Fraction

import pytest
from duration_laboratory import DurationLaboratory, cases_of, exact_curve, lifelines_of

PUBLIC = ("waltons", "lung", "leukemia", "gbsg2", "rossi", "kidney_transplant")
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def peer():
    return lifelines_of()


@pytest.fixture(scope="module")
def laboratory(manifest):
    return DurationLaboratory(manifest)


def rows_of(laboratory, model, name):
    return laboratory.rows(model, stratum=name, clock="calendar_days")


@pytest.mark.parametrize("name", PUBLIC)
def test_curves_quantiles_waits_and_restricted_means_equal_lifelines(laboratory, peer, name):
    """Alone in its run, a stratum is compared up to its own last day."""
    wanted = peer[name]
    laboratory.fill(cases_of({name: wanted["cases"]}))
    found = rows_of(laboratory, "fct_licence_survival", name)
    assert [row["day"] for row in found] == wanted["days"]
    assert [row["at_risk"] for row in found] == wanted["at_risk"]
    for ours, theirs in (
        ("survival", "survival"), ("survival_low", "low"), ("survival_high", "high"),
    ):  # fmt: skip
        assert [row[ours] for row in found] == pytest.approx(wanted[theirs], abs=TOLERANCE)
    # lifelines adds logarithms: a survival that equals the level may miss it there.
    cases = [tuple(one) for one in wanted["cases"]]
    curve = [at["survival"] for at in exact_curve(cases).values()]
    (row,) = rows_of(laboratory, "fct_licence_durations", name)
    for level, column in (("0.5", "median"), ("0.1", "p90")):
        assert Fraction(level) in curve or row[f"{column}_days"] == wanted[column]
        assert [row[f"{column}_low"], row[f"{column}_high"]] == wanted[f"{column}_interval"]
    assert row["restricted_mean_horizon_days"] == max(last for _, last, _ in cases)
    mean = pytest.approx(wanted["restricted_mean"], rel=TOLERANCE)
    assert row["restricted_mean_days"] == mean
    for row in rows_of(laboratory, "fct_licence_waiting", name):
        wait = row["waiting_days"]
        half = curve[bisect.bisect_right(wanted["days"], wait) - 1] / 2
        if str(wait) in wanted["remaining"] and half not in curve:
            assert row["p50_remaining_days"] == wanted["remaining"][str(wait)]
