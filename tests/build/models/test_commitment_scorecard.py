"""Promises against flows: every verdict on made-up trade, the bundled ones in plain Python."""

import datetime as dt
import random
import statistics

import pytest
from model_laboratory import LAW_OF_FLOWS, british, laboratory_of
from reading_kit import ask, rows, table
from test_flow_continuity import last_day, least_fall

MONTHS = [f"{2024 + number // 12}-{number % 12 + 1:02}" for number in range(5, 24)]
BEFORE = [month for month in MONTHS if month < "2025-06"]
AFTER = [month for month in MONTHS if month > "2025-06"]
VERDICTS = {"kept", "partly", "not_kept"}


laboratory = laboratory_of(
    "fct_commitment_scorecard", "fct_commitment_indicators", stand_ins=LAW_OF_FLOWS,
    bundled=["countries", "press_items"],
)  # fmt: skip
PROMISE = {
    "promise_id": "K1", "promised_to": "GB", "addressee_code": "GBR", "made_on": "2025-06-10",
    "known_on": "2025-06-12", "expected_direction": "keep", "restated_by": None,
}  # fmt: skip


def commitment(**changes):
    """A promise of 10 June 2025 that magnets keep moving, and the flow it is measured by; three of
    six months decide."""
    return PROMISE | {
        "indicator_id": "K1.1", "flow": "import", "reporter": "GBR", "partner": "CHN",
        "product_code": "850511", "code_match": "exact", "indicator": "value", "threshold": 0.8,
        "partly_threshold": 0.4, "lag_months": 1, "window_months": 6, "least_months": 3,
        "placebo_product_code": "280469", "placebo_from": "2025-03", "placebo_to": "2025-05",
        **changes,
    }  # fmt: skip


RISE = {"expected_direction": "rise", "threshold": 1.2, "partly_threshold": 1.1}


def flows_of(values, **other):
    return [
        british(period, value, **other) for period, value in values.items() if value is not None
    ]


def level(before, after, during=None):
    """A flow at one level before the promise and at another after it."""
    values = dict.fromkeys(BEFORE, before) | {"2025-06": before} | dict.fromkeys(AFTER, after)
    return values | (during or {})


def promise_to(laboratory, *indicators):
    """Fill promises, once each, and their indicators, from rows that have the columns of both."""
    promises = {
        row["promise_id"]: {name: row[name] for name in PROMISE} for row in reversed(indicators)
    }
    laboratory.fill("promises", promises.values())
    laboratory.fill(
        "promise_indicators",
        [
            {name: row[name] for name in row if name not in PROMISE or name == "promise_id"}
            for row in indicators
            if row["indicator_id"]
        ],
    )


def score(laboratory, promise, values, placebo=None, acts=()):
    promise_to(laboratory, promise)
    laboratory.fill(
        "int_trade__flows",
        flows_of(values) + flows_of(placebo or dict.fromkeys(MONTHS, 50.0), product_code="280469"),
    )
    laboratory.fill("int_law__acts", acts)
    rows = sorted(laboratory.rows("fct_commitment_scorecard"), key=lambda row: row["period"])
    # Whatever is promised and comes: no verdict before its months could be known.
    for row in rows:
        if row["verdict"] in VERDICTS:
            assert row["known_from"] >= row["first_knowable_date"]
            assert row["known_from"] > dt.date.fromisoformat(f"{row['period']}-28")
    assert [row["is_current"] for row in rows] == [False] * (len(rows) - 1) + [True]
    return rows


@pytest.mark.parametrize(
    ("promise", "after", "verdict"),
    [({}, 100.0, "kept"), ({}, 81.0, "kept"), ({}, 60.0, "partly"), ({}, 39.0, "not_kept"),
     (RISE, 130.0, "kept"), (RISE, 115.0, "partly"), (RISE, 100.0, "not_kept")],
)  # fmt: skip
def test_keep_and_rise_are_judged_by_the_level_before(laboratory, promise, after, verdict):
    rows = score(laboratory, commitment(**promise), level(100.0, after))
    assert [row["verdict"] for row in rows] == ["too_early"] * 3 + [verdict] * 4
    assert rows[0]["known_from"] == dt.date(2025, 6, 12)
    assert rows[3]["known_from"] == rows[3]["first_knowable_date"] == dt.date(2025, 11, 14)
    assert rows[-1]["observed_ratio"] == pytest.approx(after / 100)
    assert rows[-1]["observed_months"] == 6
    if promise:
        told = "passed" if verdict != "not_kept" else "not_needed"
        assert rows[-1]["placebo_result"] == told


ACT = {
    "act_id": "M1", "is_measure": True, "standing": "law", "severity_weight": 0.6,
    "target_partner": "ALL", "announced_on": "2025-03-10", "effective_from": "2025-03-10",
}  # fmt: skip


def test_resume_is_judged_by_the_level_before_the_act(laboratory):
    promise = commitment(
        expected_direction="resume", baseline_measure_id="M1",
        placebo_from="2025-04", placebo_to="2025-05",
    )  # fmt: skip
    fallen = {"2025-03": 20.0, "2025-04": 20.0, "2025-05": 20.0, "2025-06": 20.0}
    rows = score(laboratory, promise, level(100.0, 90.0, fallen), acts=[ACT])
    assert (rows[-1]["verdict"], rows[-1]["placebo_result"]) == ("kept", "passed")
    assert rows[-1]["baseline_months_with_trade"] == 9
    assert rows[-1]["ratio_before"] == pytest.approx(0.2)
    # What never fell cannot come back.
    rows = score(laboratory, promise, level(100.0, 90.0), acts=[ACT])
    last = (rows[-1]["verdict"], rows[-1]["placebo_result"])
    assert last == ("not_measurable", "stood_there_before")
    assert "100% from 2025-04 to 2025-05" in rows[-1]["verdict_reason"]


@pytest.mark.parametrize(
    ("promise", "after"), [(commitment(**RISE), 150.0), (commitment(), 30.0)], ids=["rise", "keep"]
)
def test_a_product_outside_the_promise_that_moves_as_much_voids_the_verdict(
    laboratory, promise, after
):
    rows = score(laboratory, promise, level(100.0, after), placebo=level(70.0, 0.7 * after))
    assert (rows[-1]["verdict"], rows[-1]["placebo_result"]) == ("not_measurable", "moved_as_much")
    assert "280469" in rows[-1]["verdict_reason"]
    rows = score(laboratory, promise, level(100.0, after))
    assert rows[-1]["placebo_result"] == "passed"
    assert rows[-1]["verdict"] in VERDICTS


def test_without_a_placebo_the_verdict_stands_and_says_so(laboratory):
    promise = commitment(placebo_product_code=None, **RISE)
    rows = score(laboratory, promise, level(100.0, 150.0))
    assert (rows[-1]["verdict"], rows[-1]["placebo_result"]) == ("kept", "not_measurable")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"code_match": "finer_than_code"}, "no trade code"),
        ({"reporter": "USA", "promised_to": "US", "addressee_code": "USA"}, ""),
    ],
    ids=["code", "series"],
)
def test_without_a_code_or_a_series_nothing_is_measurable(laboratory, changes, why):
    (row,) = score(laboratory, commitment(**changes), level(100.0, 100.0))
    assert row["verdict"] == "not_measurable"
    assert row["source_id"] is row["first_knowable_date"] is row["observed_ratio"] is None
    assert why in row["verdict_reason"]


def test_a_short_past_is_not_measurable(laboratory):
    values = {month: value for month, value in level(9.0, 9.0).items() if month > "2025-01"}
    rows = score(laboratory, commitment(), values, placebo={"2025-02": 1.0})
    assert [row["verdict"] for row in rows] == ["too_early"] + ["not_measurable"] * 6
    assert rows[-1]["verdict_reason"] == (
        "The baseline needs 6 months of this flow with trade; four have landed."
    )


def test_months_that_were_not_delivered_never_count_as_a_fall(laboratory):
    gone = ["2025-07", "2025-08", "2025-09", "2025-10"]
    values = level(100.0, 100.0) | dict.fromkeys(gone)
    placebo = {month: None if month in gone else 50.0 for month in MONTHS}
    rows = score(laboratory, commitment(), values, placebo)
    assert [row["observed_months"] for row in rows] == [0, 0, 0, 0, 0, 1, 2]
    assert {row["verdict"] for row in rows[:-1]} == {"too_early"}
    assert rows[-1]["verdict"] == "not_measurable"
    assert "not_kept" not in {row["verdict"] for row in rows}


def test_waiting_ends_with_the_window_where_the_source_stops(laboratory):
    """One month came, then none: from the day the last month was due it is not too early."""
    values = {month: 100.0 for month in MONTHS if month <= "2025-07"}
    placebo = {month: 50.0 for month in MONTHS if month <= "2025-07"}
    try:
        laboratory.fill(
            "deliveries", [{"source_id": "other", "period": "2026", "known_on": "2026-06-30"}]
        )
        *earlier, last = score(laboratory, commitment(), values, placebo)
        assert {row["verdict"] for row in earlier} == {"too_early"}
        assert (last["period"], last["verdict"]) == ("2025-12", "not_measurable")
        assert last["verdict_reason"] == (
            "A verdict needs 3 months of this flow after the promise; one has landed, and no more"
            " are awaited. Missing: 2025-08, 2025-09, 2025-10, 2025-11, 2025-12."
        )
        assert last["known_from"] > dt.date(2025, 12, 31)
        # Not before that day.
        laboratory.fill(
            "deliveries", [{"source_id": "other", "period": "2026", "known_on": "2025-12-31"}]
        )
        assert score(laboratory, commitment(), values, placebo)[-1]["verdict"] == "too_early"
    finally:
        laboratory.fill("deliveries", [])


@pytest.mark.parametrize("seed", range(3))
def test_ratios_and_least_falls_of_noisy_flows_equal_plain_python(laboratory, seed):
    chance = random.Random(seed)
    values = {month: round(chance.uniform(60, 160), 2) for month in MONTHS}
    placebo = {month: round(chance.uniform(5, 20), 2) for month in MONTHS}
    first, *rows = score(laboratory, commitment(), values, placebo)
    for series, now, before in (
        (values, "observed_ratio", "ratio_before"),
        (placebo, "placebo_ratio", "placebo_ratio_before"),
    ):
        # Twelve months before: the same month of the last year is expected.
        centre = statistics.geometric_mean(sorted(series[month] for month in BEFORE)[5:7])
        last_year = {month: series[f"{int(month[:4]) - 1}{month[4:]}"] for month in AFTER}
        for count, row in enumerate(rows, start=1):
            ratios = [series[month] / last_year[month] for month in AFTER[:count]]
            assert row[now] == pytest.approx(statistics.median(ratios), rel=1e-11)
            assert row[before] == pytest.approx(
                statistics.median(series[f"2025-0{month}"] / centre for month in (3, 4, 5)),
                rel=1e-11,
            )
    known = {month: values[month] for month in BEFORE}
    for row in rows:
        expected = least_fall(known, "median_level", row["observed_months"])
        assert row["least_fall_noticed"] == pytest.approx(expected, rel=1e-9)
    falls = [row["least_fall_noticed"] for row in rows]
    assert falls == sorted(falls, reverse=True), "more months never notice less"
    assert first["least_fall_noticed"] is None


@pytest.mark.parametrize(("swing", "verdict"), [(1.05, "kept"), (2.0, "not_measurable")])
def test_a_flow_that_could_have_halved_unnoticed_keeps_nothing(laboratory, swing, verdict):
    """Two high months, two low ones, as licences come."""
    values = {
        month: 100.0 * (swing if number % 4 < 2 else 1 / swing)
        for number, month in enumerate(MONTHS)
    }
    row = score(laboratory, commitment(), values)[-1]
    assert row["verdict"] == verdict
    if verdict == "kept":
        assert row["least_fall_noticed"] < 0.5
        assert "would not have been noticed" in row["verdict_reason"]
    else:
        assert row["least_fall_noticed"] > 0.5
        assert row["verdict_reason"].startswith("The flow swings too much: of 6 months only")


# Who speaks for a promise


def cases(laboratory, *indicators, values, others=()):
    """promise -> its last row, and indicator -> its last row."""
    promise_to(laboratory, *indicators)
    laboratory.fill("int_law__acts", ())
    laboratory.fill("int_trade__flows", [*flows_of(values), *others])
    return tuple(
        {row[key]: row for row in laboratory.rows(model, is_current=True)}
        for key, model in (
            ("commitment_id", "fct_commitment_scorecard"),
            ("indicator_id", "fct_commitment_indicators"),
        )
    )


TO_ALL = {"promised_to": "ALL", "addressee_code": "WORLD", "placebo_product_code": None}
EXPORT = {"flow": "export", "reporter": "CHN", "partner": "GBR", "indicator": "mass"}


def exports_of(values, partner="GBR"):
    exporter = {"flow": "export", "reporter_code": "CHN", "partner_code": partner}
    return flows_of(values, source_id="gacc_exports_monthly", **exporter)


def test_the_importer_speaks_before_the_exporter_and_once(laboratory):
    """Whatever the exporter's figures would have said, and however well they would have said it."""
    promises, indicators = cases(
        laboratory,
        commitment(indicator_id="K1.1", **EXPORT),
        commitment(indicator_id="K1.2", placebo_product_code=None),
        values=level(100.0, 30.0),
        others=exports_of(level(100.0, 100.0)),
    )
    (row,) = promises.values()
    assert (row["indicator_id"], row["role"], row["verdict"]) == ("K1.2", "importer", "not_kept")
    assert (row["indicator_count"], row["comparison_count"]) == (2, 0)
    assert indicators["K1.1"]["reading"] == "reached"
    assert not indicators["K1.1"]["is_judged_by"]
    # Without them, the exporter's.
    promises, _ = cases(
        laboratory,
        commitment(indicator_id="K1.1", **EXPORT),
        commitment(indicator_id="K1.2", placebo_product_code=None),
        values={},
        others=exports_of(level(100.0, 100.0)),
    )
    assert (promises["K1"]["role"], promises["K1"]["verdict"]) == ("exporter", "kept")


def test_of_two_flows_of_the_importer_the_stronger_speaks_whatever_it_says(laboratory):
    """By the noise before the promise, not by what came."""
    wild = {month: 100.0 * (1.5 if number % 2 else 1 / 1.5) for number, month in enumerate(MONTHS)}
    rows = [
        {**row, "net_mass_kg": 30.0 if row["period"] > "2025-06" else 100.0}
        for row in flows_of(wild)
    ]
    promises, indicators = cases(
        laboratory,
        commitment(indicator_id="K1.1", placebo_product_code=None),
        commitment(indicator_id="K1.2", placebo_product_code=None, indicator="mass"),
        values={},
        others=rows,
    )
    assert promises["K1"]["indicator_id"] == "K1.2"
    assert promises["K1"]["verdict"] == "not_kept"
    assert indicators["K1.1"]["role"] == "importer"


def test_a_promise_to_all_is_not_kept_by_what_one_importer_got(laboratory):
    promises, indicators = cases(
        laboratory, commitment(**TO_ALL), values=level(100.0, 100.0), others=[]
    )
    row = promises["K1"]
    assert (row["verdict"], row["indicator_id"]) == ("not_measurable", None)
    assert row["verdict_reason"] == (
        "No published figure measures it: no flow to whom it was made is named."
    )
    assert (row["comparison_count"], indicators["K1.1"]["reading"]) == (1, "reached")
    # All exports speak for it.
    promises, _ = cases(
        laboratory,
        commitment(**TO_ALL),
        commitment(**{**TO_ALL, **EXPORT, "partner": "WORLD"}, indicator_id="K1.2"),
        values=level(100.0, 100.0),
        others=[*exports_of(level(100.0, 20.0)), *exports_of(level(50.0, 5.0), "DEU")],
    )
    row = promises["K1"]
    assert (row["role"], row["verdict"]) == ("exporter", "not_kept")
    assert (row["comparison_count"], row["comparison_reached_count"]) == (1, 1)


def test_a_promise_without_any_indicator_is_listed(laboratory):
    promises, indicators = cases(
        laboratory, commitment(indicator_id=None), values=level(100.0, 100.0)
    )
    (row,) = promises.values()
    assert (row["verdict"], row["known_from"]) == ("not_measurable", dt.date(2025, 6, 12))
    assert row["observed_months"] == row["indicator_count"] == row["comparison_count"] == 0
    assert indicators == {}


def press(period, value):
    return {
        "item": "rare-earth permanent magnets", "period": period,
        "period_kind": "span" if ".." in period else "month", "destination": "WORLD",
        "value": value, "unit": "t", "basis": "stated",
        "source_url": "https://example.org/magnets",
    }  # fmt: skip


def test_months_known_by_their_sum_alone_count_with_its_mean_when_it_came_out(laboratory):
    """July and August are one sum, October is known beside a sum with November, which says nothing
    more of October and does not count."""
    figures = [press(month, 100) for month in BEFORE]
    figures += [press("2025-07..2025-08", 100), press("2025-09", 50), press("2025-10", 90)]
    figures += [press("2025-10..2025-11", 200), press("2025-12", 90)]
    promise = commitment(
        **{**TO_ALL, **EXPORT, "partner": "WORLD"}, placebo_from=None, placebo_to=None
    )
    laboratory.fill("gacc_exports_press_figures", figures)
    try:
        promise_to(laboratory, promise)
        laboratory.fill("int_trade__flows", ())
        rows = {row["period"]: row for row in laboratory.rows("fct_commitment_scorecard")}
    finally:
        laboratory.fill("gacc_exports_press_figures", ())
    assert {row["role"] for row in rows.values()} == {"press"}
    assert [
        (rows[period]["observed_months"], rows[period]["span_mean_months"])
        for period in ("2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12")
    ] == [(1, 1), (2, 2), (3, 2), (4, 2), (4, 2), (5, 2)]
    # The sum of July and August came out after August, whichever of them is asked for.
    assert rows["2025-07"]["known_from"] == rows["2025-08"]["known_from"] == dt.date(2025, 9, 20)
    assert rows["2025-09"]["verdict"] == "partly"
    assert rows["2025-09"]["observed_ratio"] == pytest.approx(0.5)
    assert "the press gives the sum alone" in rows["2025-09"]["verdict_reason"]


# A replay knows what a build of that day would have known


SAID = (
    "verdict", "verdict_reason", "indicator_id", "role", "observed_months", "span_mean_months",
    "observed_ratio", "least_fall_noticed", "comparison_count",
)  # fmt: skip


def test_each_state_equals_a_build_of_its_day(laboratory):
    """Of customs 45 days after the month, of the press 20 days after the month or the span: with no
    more than that, the last row is the one that the whole history has for that day."""
    chance = random.Random(0)
    values = {month: round(chance.uniform(80, 125), 2) for month in MONTHS}
    figures = [press(month, round(chance.uniform(80, 125))) for month in BEFORE]
    figures += [press("2025-07..2025-08", 180), press("2025-09", 70), press("2025-11", 95)]
    figures += [press("2025-12", 90)]
    indicators = [
        commitment(**{**TO_ALL, **EXPORT, "partner": "WORLD"}),
        commitment(**TO_ALL, indicator_id="K1.2"),
        commitment(**TO_ALL, indicator_id="K1.3", indicator="mass"),
    ]
    promise_to(laboratory, *indicators)
    laboratory.fill("int_law__acts", ())

    def known(day):
        laboratory.fill(
            "gacc_exports_press_figures",
            [row for row in figures if last_day(row["period"][-7:]) + dt.timedelta(20) <= day],
        )
        laboratory.fill(
            "int_trade__flows",
            [row for row in flows_of(values) if last_day(row["period"]) + dt.timedelta(45) <= day],
        )
        return laboratory.rows("fct_commitment_scorecard")

    try:
        history = known(dt.date(2027, 1, 1))
        days = sorted({row["known_from"] for row in history if row["period"] > "2025-06"})
        assert len(days) > 4
        for day in days:
            told = [row for row in history if row["known_from"] <= day]
            told = max(told, key=lambda row: row["period"])
            (then,) = (row for row in known(day) if row["is_current"])
            assert {name: then[name] for name in SAID} == {name: told[name] for name in SAID}, day
    finally:
        laboratory.fill("gacc_exports_press_figures", ())


# Bundled promises


def scorecard(connection, columns, condition="is_current"):
    sql = f"select {columns} from marts.fct_commitment_scorecard where {condition} order by all"
    return [tuple(row.values()) for row in rows(connection, sql)]


def test_each_promise_rests_on_a_bundled_fact_of_its_day():
    """A promise that no source holds would be ours."""
    keys = {"events": "event_id event_date", "licensing_stats": "stat_id stat_date",
            "measures": "measure_id announced_on"}  # fmt: skip
    facts = {}
    for name, columns in keys.items():
        key, day = columns.split()
        for row in table(name):
            facts[name, row[key]] = (row[day], row["source_title"], row["source_url"])
    for row in table("promises"):
        day, *source = facts[row["fact_table"], row["fact_id"]]
        assert source == [row["source_title"], row["source_url"]], row["promise_id"]
        if row["fact_table"] != "measures":
            assert row["made_on"] == day, row["promise_id"]
        assert row["known_on"] >= row["made_on"] >= day
        for event in filter(None, row["restated_by"].split(";")):
            assert facts["events", event][0] > row["made_on"], row["promise_id"]


def test_bundled_verdicts(connection):
    found = dict(scorecard(connection, "commitment_id, verdict"))
    assert found.keys() == {row["promise_id"] for row in table("promises")}
    assert {name: verdict for name, verdict in found.items() if verdict in VERDICTS} == {
        "K08": "kept"
    }
    assert {name for name, verdict in found.items() if verdict == "too_early"} == {"K16"}


def test_the_promise_to_all_is_judged_by_all_exports_by_hand(connection):
    """Twelve known months of the press, January and February as one sum; the median of ten is
    expected, and the noise of ten is what a fall must rise above."""
    before = {
        "2024-07": 5278, "2024-10": 4725, "2025-01": 6357, "2025-04": 2628, "2025-05": 1238,
        "2025-06": 3188, "2025-07": 5577, "2025-08": 6146, "2025-09": 5774, "2025-10": 5473,
    }  # fmt: skip
    after = [5952, 10763 / 2, 10763 / 2, 5238]
    level = statistics.geometric_mean([5278, 5473])
    ((verdict, ratio, months, means, fall, known_from),) = scorecard(
        connection,
        "verdict, observed_ratio, observed_months, span_mean_months, least_fall_noticed,"
        " known_from",
        "commitment_id = 'K08' and period = '2026-03'",
    )
    assert (verdict, months, means) == ("kept", 4, 2)
    assert ratio == pytest.approx(statistics.median(after) / level, rel=1e-9)
    assert fall == pytest.approx(least_fall(before, "median_level", 4), rel=1e-9)
    assert known_from == dt.date(2026, 4, 20)


def test_question_a09_knows_no_more_than_its_day(connection):
    today = {row["commitment_id"]: row for row in ask(connection, "a09")}
    assert len(today) == len(ask(connection, "a09")) == len(table("promises"))
    judged = today["K08"]
    assert (judged["verdict"], judged["judged_by"]) == ("kept, by a proxy", "press")
    assert (judged["compared"], judged["compared_reached"]) == (2, 2)
    assert 0 < judged["least_fall_noticed_pct"] < 50
    then = {row["commitment_id"]: row for row in ask(connection, "a09", known_on="2026-04-20")}
    assert then["K08"]["last_month"] == "2026-03"
    # By mass the British flow was still between the thresholds.
    assert (then["K08"]["compared_measured"], then["K08"]["compared_reached"]) == (2, 1)
    assert "K16" not in then
    assert all(row["known_from"] <= dt.date(2026, 4, 20) for row in then.values())
    # January and February came out as one sum in March: a day before, one month is known.
    day_before = {
        row["commitment_id"]: row for row in ask(connection, "a09", known_on="2026-03-19")
    }
    assert (day_before["K08"]["verdict"], day_before["K08"]["observed_months"]) == ("too_early", 1)
    day_after = {row["commitment_id"]: row for row in ask(connection, "a09", known_on="2025-11-08")}
    assert day_after["K08"]["verdict"] == "too_early"
    assert all(row["verdict_reason"] and row["certainty"] for row in today.values())


def test_question_a09_takes_product_addressee_and_history(connection):
    assert {row["product_code"] for row in ask(connection, "a09", product="8541")} == {"854121"}
    assert {row["promised_to"] for row in ask(connection, "a09", promised_to="JP")} == {"JP"}
    history = [row for row in ask(connection, "a09", history=True) if row["commitment_id"] == "K08"]
    assert [row["last_month"] for row in history] == [
        "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-05"
    ]  # fmt: skip
