"""Licence durations against plain Python with exact fractions."""

import datetime as dt
import math
import random
from fractions import Fraction

import pytest
from duration_laboratory import (
    AS_OF,
    GENERATED,
    OUTCOMES,
    DurationLaboratory,
    bound,
    case,
    cases_of,
    dated_case,
    exact_curve,
    first_day,
    month_ends,
)

CLOCK = {"clock": "calendar_days"}
TIMES = "queries/a07_licence_times.sql"


@pytest.fixture(scope="module")
def empty_laboratory(manifest):
    return DurationLaboratory(manifest)


@pytest.fixture
def laboratory(empty_laboratory):
    """One run for all data sets, each a material."""
    empty_laboratory.fill(cases_of(GENERATED))
    return empty_laboratory


def curve_of(laboratory, stratum):
    rows = laboratory.rows("fct_licence_survival", stratum=stratum, **CLOCK)
    return {row["day"]: row for row in rows}


def durations_of(laboratory, stratum, **other):
    (row,) = laboratory.rows("fct_licence_durations", stratum=stratum, **{**CLOCK, **other})
    return row


@pytest.fixture(params=GENERATED)
def exactly(request):
    """The name of a data set, its cases, their exact curve and the last day watched."""
    cases = GENERATED[request.param]
    return request.param, cases, exact_curve(cases), max(last for _, last, _ in cases)


def test_quantiles_and_their_intervals_are_read_off_the_exact_curve(laboratory, exactly):
    name, _, curve, _ = exactly
    row = durations_of(laboratory, name)
    for level, column in (("0.5", "median"), ("0.1", "p90")):
        assert row[f"{column}_days"] == first_day(curve, Fraction(level))
        for side, end in ((1, "low"), (-1, "high")):
            days = (day for day, at in curve.items() if bound(at, side) <= float(level))
            assert row[f"{column}_{end}"] == next(days, None)


@pytest.mark.parametrize("name", GENERATED)
def test_curve_incidences_and_variance_equal_exact_fractions(laboratory, name):
    found, wanted = curve_of(laboratory, name), exact_curve(GENERATED[name])
    assert found.keys() == wanted.keys()
    for day, row in found.items():
        exact = wanted[day]
        survival = float(exact["survival"])
        assert row["at_risk"] == exact["at_risk"]
        assert row["survival"] == pytest.approx(survival, rel=1e-11, abs=1e-15)
        assert row["survival_variance"] == pytest.approx(
            float(exact["survival"] ** 2 * exact["greenwood"]), rel=1e-10, abs=1e-15
        )
        assert row["survival_low"] == pytest.approx(bound(exact, 1), abs=1e-11)
        assert row["survival_high"] == pytest.approx(bound(exact, -1), abs=1e-11)
        for outcome in OUTCOMES:
            assert row[f"{outcome}_incidence"] == pytest.approx(
                float(exact["incidence"][outcome]), rel=1e-11, abs=1e-15
            )


def test_outcomes_are_read_off_the_exact_curve(laboratory, exactly):
    name, _, curve, last = exactly
    rows = laboratory.rows("fct_licence_outcomes", stratum=name, **CLOCK)
    assert len(rows) == 5 * len(OUTCOMES)
    for row in rows:
        at = curve[max(day for day in curve if day <= row["by_day"])]
        ended = curve[max(curve)]["survival"] == 0
        assert row["is_within_follow_up"] == (last >= row["by_day"] or ended)
        if row["is_within_follow_up"]:
            exact = float(at["incidence"][row["outcome"]])
            assert row["cumulative_incidence"] == pytest.approx(exact, rel=1e-10, abs=1e-15)
            assert row["pending_share"] == pytest.approx(float(at["survival"]), abs=1e-11)
        else:
            assert (row["cumulative_incidence"], row["pending_share"]) == (None, None)


def test_remaining_days_are_quantiles_of_the_conditional_curve(laboratory, exactly):
    name, cases, curve, last = exactly
    for row in laboratory.rows("fct_licence_waiting", stratum=name, **CLOCK):
        wait = row["waiting_days"]
        left = curve[max(day for day in curve if day <= wait)]["survival"]
        if left == 0 or last <= wait:
            assert row["p50_remaining_text"] == row["p90_remaining_text"]
            assert row["p50_remaining_text"] == "nobody watched so long"
            continue
        after = {day: one for day, one in curve.items() if day > wait}
        for level, column in ((Fraction(1, 2), "p50"), (Fraction(1, 10), "p90")):
            day = first_day(after, left * level)
            assert row[f"{column}_remaining_days"] == (None if day is None else day - wait)
            text = f"> {last - wait}" if day is None else str(day - wait)
            assert row[f"{column}_remaining_text"] == text
        assert row["n_waiting"] == sum(entry <= wait < end for entry, end, _ in cases)


def test_not_reached_is_said_and_all_are_counted(empty_laboratory):
    rows = cases_of({"terbium": [(0, 214, ""), (0, 100, "approved"), (0, 150, "")]})
    rows.append(
        case(10, "terbium", (0, 0, ""), accepted_date=None, calendar_days=None)
        | {"working_days": None, "stop_clock_days": None}
    )
    # Came under observation on the day on which it was decided: nothing is seen of its waiting.
    rows.append(case(11, "terbium", (51, 50, "approved")))
    empty_laboratory.fill(rows)
    row = durations_of(empty_laboratory, "terbium")
    assert (row["median_text"], row["median_days"], row["is_median_reached"]) == (
        "> 214", None, False,
    )  # fmt: skip
    assert (row["n"], row["n_events"], row["n_censored"]) == (3, 1, 2)
    assert (row["n_not_accepted"], row["n_not_followed"]) == (1, 1)
    assert row["decided_only_median_days"] == 100
    assert row["decided_only_bias_days"] is None
    (waiting,) = empty_laboratory.rows("fct_licence_durations", stratum="not_accepted", **CLOCK)
    assert (waiting["n"], waiting["n_not_accepted"], waiting["median_text"]) == (0, 1, None)


def test_a_late_entry_within_a_working_day_still_counts_from_the_day_after(empty_laboratory):
    """Accepted on Saturday, watched from Sunday: no working day has passed, yet it is late."""
    saturday = dt.date(2026, 8, 1)
    late = dated_case(
        1, saturday, saturday, dt.date(2026, 8, 12), "approved",
        watched=dt.date(2026, 8, 2), working_days=8, entry_working_days=0,
    )  # fmt: skip
    gone = dated_case(
        2, saturday, saturday, dt.date(2026, 8, 2), "approved",
        watched=dt.date(2026, 8, 2), working_days=0, entry_working_days=0,
    )  # fmt: skip
    empty_laboratory.fill([late, gone])
    rows = empty_laboratory.rows(
        "fct_licence_survival", stratum_kind="material", clock="working_days"
    )
    assert [(row["day"], row["entered"], row["at_risk"]) for row in rows] == [
        (0, 0, 0), (1, 1, 1), (8, 0, 1),
    ]  # fmt: skip
    row = durations_of(empty_laboratory, "dysprosium", clock="working_days")
    assert (row["n"], row["n_not_followed"]) == (1, 1)


def test_share_decided_by_45_is_on_the_working_clock_and_within_the_follow_up(laboratory):
    for name, cases in GENERATED.items():
        row = durations_of(laboratory, name, clock="working_days")
        curve = exact_curve(cases)
        at = curve[max(day for day in curve if day <= 45)]
        if max(curve) >= 45 or at["survival"] == 0:
            assert row["share_decided_by_45"] == pytest.approx(1 - float(at["survival"]), abs=1e-11)
            assert row["share_decided_by_45_low"] == pytest.approx(1 - bound(at, -1), abs=1e-11)
            assert row["share_decided_by_45_high"] == pytest.approx(1 - bound(at, 1), abs=1e-11)
        else:
            assert row["share_decided_by_45"] is None
        assert durations_of(laboratory, name)["share_decided_by_45"] is None


# Dates --------------------------------------------------------------------------------------------


def drawn_dates(seed, count, as_of=AS_OF):
    """Cases of three years up to the as-of date: materials, late entries, all outcomes."""
    draw = random.Random(seed)
    rows = []
    for number in range(1, count + 1):
        filed = as_of - dt.timedelta(days=draw.randint(0, 1000))
        accepted = filed + dt.timedelta(days=draw.randint(0, 20))
        decided = accepted + dt.timedelta(days=int(draw.expovariate(1 / 80)))
        watched = accepted + dt.timedelta(days=draw.randint(1, 60)) if draw.random() < 0.2 else None
        accepted = accepted if accepted <= as_of else None
        is_decided = accepted is not None and decided <= as_of
        if watched and (accepted is None or watched > (decided if is_decided else as_of)):
            watched = None
        rows.append(
            dated_case(
                number, filed, accepted, decided if is_decided else None,
                draw.choice(OUTCOMES) if is_decided else None, watched=watched, as_of=as_of,
                material=draw.choice(["dysprosium", "terbium", "yttrium"]),
                deadline_date=accepted and accepted + dt.timedelta(days=63),
                is_deadline_provisional=accepted and draw.random() < 0.1,
            )
        )  # fmt: skip
    return rows


@pytest.fixture(params=[AS_OF, dt.date(2026, 10, 17)], ids=["whole", "part"])
def dated(request, empty_laboratory):
    """Cases up to a month end, and up to the middle of a month."""
    rows = drawn_dates(7, 600, request.param)
    empty_laboratory.fill(rows)
    return empty_laboratory, rows, request.param


def test_backlog_equals_a_count_day_by_day_and_is_an_identity(dated):
    laboratory, rows, as_of = dated
    for stratum in ("all", "terbium"):
        cases = [row for row in rows if stratum in ("all", row["material"])]
        ends = list(month_ends(min(row["filed_date"] for row in cases), as_of))
        found = laboratory.rows("fct_licence_backlog", stratum=stratum)
        assert [row["period_end_date"] for row in found] == ends
        opening = 0
        for row in found:
            end = row["period_end_date"]
            first = end.replace(day=1)
            pending = [
                (end - one["filed_date"]).days
                for one in cases
                if one["filed_date"] <= end and (one["decided_date"] or dt.date.max) > end
            ]
            closed = [
                one["outcome"]
                for one in cases
                if one["decided_date"] and first <= one["decided_date"] <= end
            ]
            filed = sum(first <= one["filed_date"] <= end for one in cases)
            withdrawn = closed.count("withdrawn")
            assert row["opening"] == opening
            assert (row["filed"], row["closing"]) == (filed, len(pending))
            assert (row["decided"], row["withdrawn"]) == (len(closed) - withdrawn, withdrawn)
            assert opening + filed == len(closed) + len(pending)
            bands = [(0, 30), (31, 60), (61, 90), (91, 10_000)]
            assert [
                row["pending_0_30_days"], row["pending_31_60_days"],
                row["pending_61_90_days"], row["pending_over_90_days"],
            ] == [sum(low <= age <= high for age in pending) for low, high in bands]  # fmt: skip
            ages = sorted(pending)
            for share, column in ((0.5, "p50_pending_age_days"), (0.9, "p90_pending_age_days")):
                wanted = ages[math.ceil(share * len(ages)) - 1] if ages else None
                assert row[column] == wanted
            if filed:
                assert row["clearance_ratio"] == pytest.approx(len(closed) / filed, rel=1e-11)
            if closed:
                days = (end - first).days + 1
                assert row["disposition_days"] == pytest.approx(
                    len(pending) / len(closed) * days, rel=1e-11
                )
            opening = len(pending)


def test_deadlines_count_whoever_is_still_open(dated):
    laboratory, rows, as_of = dated
    checked = 0
    for row in laboratory.rows("fct_licence_deadlines", stratum_kind="material"):
        cases = [
            one
            for one in rows
            if one["accepted_date"]
            and one["material"] == row["stratum"]
            and row["accepted_month"] in ("all", f"{one['accepted_date']:%Y-%m}")
        ]
        matured = [one for one in cases if one["deadline_date"] <= as_of]
        late = [
            one
            for one in matured
            if one["decided_date"] is None or one["decided_date"] > one["deadline_date"]
        ]
        decided = [one for one in matured if one["decided_date"]]
        decided_late = [one for one in decided if one["decided_date"] > one["deadline_date"]]
        assert (row["accepted"], row["matured"], row["breached"]) == (
            len(cases), len(matured), len(late),
        )  # fmt: skip
        assert row["provisional"] == sum(bool(one["is_deadline_provisional"]) for one in cases)
        if matured:
            assert row["breach_share"] == pytest.approx(len(late) / len(matured), rel=1e-11)
        else:
            assert row["breach_share"] is None
        if decided:
            assert row["decided_only_breach_share"] == pytest.approx(
                len(decided_late) / len(decided), rel=1e-11
            )
        checked += 1
    assert checked > 90


def test_history_is_the_curve_of_the_cases_as_they_stood(dated):
    """Each month end anew from the dates: what was not yet decided is censored that day."""
    laboratory, rows, as_of = dated
    ends = list(month_ends(as_of - dt.timedelta(days=1300), as_of))[-24:]
    for stratum in ("all", "terbium"):
        found = {
            row["as_of_date"]: row
            for row in laboratory.rows("fct_licence_duration_history", stratum=stratum)
        }
        assert list(found) == ends
        watched = {}
        for end, row in found.items():
            follow_ups = []
            for one in rows:
                if stratum not in ("all", one["material"]) or not one["accepted_date"]:
                    continue
                decided = (
                    one["decided_date"] if (one["decided_date"] or dt.date.max) <= end else None
                )
                entry = 0
                if one["observed_from_date"]:
                    entry = (one["observed_from_date"] - one["accepted_date"]).days + 1
                last = ((decided or end) - one["accepted_date"]).days
                if last >= entry:
                    follow_ups.append((entry, last, one["outcome"] if decided else ""))
            curve = exact_curve(follow_ups)
            watched[end] = max((last for _, last, _ in follow_ups), default=0)
            assert row["n"] == len(follow_ups)
            assert row["n_events"] == sum(bool(outcome) for *_, outcome in follow_ups)
            assert row["median_days"] == first_day(curve, Fraction(1, 2))
            assert row["p90_days"] == first_day(curve, Fraction(1, 10))
            for side, column in ((1, "median_low"), (-1, "median_high")):
                day = next((day for day, at in curve.items() if bound(at, side) <= 0.5), None)
                assert row[column] == day
        for number, end in enumerate(ends):
            earlier = found[ends[number - 3]] if number >= 3 else None
            row = found[end]
            if earlier is None:
                assert (row["previous_median_days"], row["is_shift"]) == (None, None)
                continue
            assert row["previous_median_days"] == earlier["median_days"]
            # A bound that is not reached is known to lie beyond what was watched, no further.
            low, earlier_low = (
                each["median_low"] or watched[day] + 1
                for each, day in ((row, end), (earlier, ends[number - 3]))
            )
            both_decided = min(row["n_events"], earlier["n_events"]) >= 30
            apart = both_decided and (
                low > (earlier["median_high"] or math.inf)
                or earlier_low > (row["median_high"] or math.inf)
            )
            assert row["is_shift"] == apart


@pytest.mark.parametrize(
    ("first", "count", "needed", "is_slower"),
    [
        # Nobody has been watched for long: that medians were not reached says nothing of speed.
        (dt.date(2026, 2, 1), 700, lambda _, one: 50 + one % 21, False),
        # Five times as long from April on.
        (dt.date(2026, 1, 1), 900, lambda day, one: (20, 120)[day.month > 3] + one % 10, True),
    ],
    ids=["young", "slower"],
)
def test_a_slowdown_is_a_shift_and_a_young_register_of_steady_speed_has_none(
    empty_laboratory, first, count, needed, is_slower
):
    """Three applications a day, decided after the days that they needed."""
    rows = []
    for number in range(count):
        accepted = first + dt.timedelta(days=number // 3)
        decided = accepted + dt.timedelta(days=needed(accepted, number))
        decided = decided if decided <= AS_OF else None
        rows.append(dated_case(number, accepted, accepted, decided, decided and "approved"))
    empty_laboratory.fill(rows)
    found = empty_laboratory.rows("fct_licence_duration_history", stratum="all")
    assert found[-1]["median_days"] is not None
    shifts = [row for row in found if row["is_shift"]]
    assert bool(shifts) is is_slower
    assert all(row["as_of_date"] >= dt.date(2026, 5, 31) for row in shifts)
    assert not shifts or max(row["shift_days"] for row in shifts) > 50


# The question ------------------------------------------------------------------------------------


def test_the_question_gives_the_figures_of_the_marts(dated):
    laboratory, rows, _ = dated
    found = laboratory.ask(TIMES, waiting_days=60, clock="calendar_days")
    materials = {row["material"] for row in rows}
    assert {row["stratum"] for row in found} == {"all", "ordinary", *materials}
    for row in found:
        where = {"stratum_kind": row["stratum_kind"], "stratum": row["stratum"], **CLOCK}
        (waiting,) = laboratory.rows("fct_licence_waiting", waiting_days=60, **where)
        assert row["p50_remaining_days"] == waiting["p50_remaining_text"]
        assert row["p90_remaining_days"] == waiting["p90_remaining_text"]
        assert row["n_waiting"] == waiting["n_waiting"]
        (durations,) = laboratory.rows("fct_licence_durations", **where)
        assert row["median_days"] == durations["median_text"]
        assert row["certainty"].startswith("synthetic: ")


def test_the_question_names_what_is_not_in_the_data(dated):
    laboratory, *_ = dated
    found = laboratory.ask(TIMES, material="unobtainium", route="ordinary")
    assert [(row["stratum_kind"], row["stratum"], row["certainty"]) for row in found] == [
        ("all", "all", "synthetic: bounded"),
        ("route", "ordinary", "synthetic: bounded"),
        ("material", "unobtainium", "not in the data"),
    ]


def test_own_applications_stand_beside_the_sample_and_never_in_it(empty_laboratory):
    rows = cases_of({"terbium": [(0, 10, "approved"), (0, 20, "approved")]})
    rows += [case(9, "terbium", (0, 200, ""), data_origin="own")]
    empty_laboratory.fill(rows)
    found = empty_laboratory.ask(TIMES, material="terbium")
    assert {(row["data_origin"], row["n"], row["certainty"]) for row in found} == {
        ("own", 1, "not reached"),
        ("synthetic", 2, "synthetic: few decided"),
    }


# Laws ---------------------------------------------------------------------------------------------


def test_any_order_of_the_cases_gives_the_same_digits(empty_laboratory):
    rows, found = drawn_dates(7, 600), []
    for _ in range(2):
        empty_laboratory.fill(rows)
        models = ("fct_licence_survival", "fct_licence_durations")
        found.append([empty_laboratory.rows(model) for model in models])
        random.Random(1).shuffle(rows)
    assert found[0] == found[1]


@pytest.mark.parametrize("decided", [2, 9, 10])
def test_a_curve_of_few_decisions_judges_no_application_that_waits(empty_laboratory, decided):
    outcomes = ["approved"] * (decided - 1) + ["refused", "", ""]
    empty_laboratory.fill(
        [
            case(number, "gallium", (0, 30 + number, outcome), data_origin="own")
            for number, outcome in enumerate(outcomes)
        ]
    )
    curve = empty_laboratory.ask("chokepoint/site/queries/own_curve.sql", as_of=AS_OF)
    assert bool(curve) is (decided >= 10)
    found = empty_laboratory.ask(TIMES, waiting_days=5, clock="calendar_days")
    waits = {row["stratum"]: row["p50_remaining_days"] for row in found}
    assert (waits["gallium"] == "fewer than 10 decided: see all") is (decided < 10)
    assert (waits["all"] == "fewer than 10 decided: cannot be judged") is (decided < 10)
