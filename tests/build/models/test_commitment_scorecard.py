"""Promises against flows: every verdict on made-up trade, the bundled ones in plain Python."""

import csv
import datetime as dt
import math
import random
import statistics

import pytest
from model_laboratory import ModelLaboratory

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
MONTHS = [f"{2024 + number // 12}-{number % 12 + 1:02}" for number in range(5, 24)]
BEFORE = [month for month in MONTHS if month < "2025-06"]
AFTER = [month for month in MONTHS if month > "2025-06"]
VERDICTS = {"kept", "partly", "not_kept"}


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(
        manifest,
        "fct_commitment_scorecard",
        stand_ins=[
            "int_trade__flows",
            "int_law__acts",
            "int_law__product_coverage",
            "int_law__exporters",
            "int_law__destinations",
            "int_law__destination_countries",
        ],
    )
    made.fill_bundled("countries")
    yield made
    made.close()


def commitment(**changes):
    """A promise of 10 June 2025 that magnets keep moving; three of six months decide."""
    return {
        "commitment_id": "K1",
        "made_on": "2025-06-10",
        "known_on": "2025-06-12",
        "flow": "import",
        "reporter": "GBR",
        "partner": "CHN",
        "product_code": "850511",
        "code_match": "exact",
        "expected_direction": "keep",
        "indicator": "value",
        "threshold": 0.8,
        "partly_threshold": 0.4,
        "lag_months": 1,
        "window_months": 6,
        "least_months": 3,
        "placebo_product_code": "280469",
        "placebo_from": "2025-03",
        "placebo_to": "2025-05",
        **changes,
    }


RISE = {"expected_direction": "rise", "threshold": 1.2, "partly_threshold": 1.1}


def flows_of(values, product="850511"):
    return [
        {
            "source_id": "hmrc_imports_monthly",
            "flow": "import",
            "frequency": "monthly",
            "period": period,
            "reporter_code": "GBR",
            "partner_code": "CHN",
            "partner_kind": "country",
            "nomenclature": "HS2022",
            "product_code": product,
            "value_eur": value,
            "net_mass_kg": value / 10,
        }
        for period, value in values.items()
        if value is not None
    ]


def level(before, after, during=None):
    """A flow at one level before the promise and at another after it."""
    values = dict.fromkeys(BEFORE, before) | {"2025-06": before} | dict.fromkeys(AFTER, after)
    return values | (during or {})


def score(laboratory, promise, values, placebo=None, acts=()):
    laboratory.fill("commitments", [promise])
    laboratory.fill(
        "int_trade__flows",
        flows_of(values) + flows_of(placebo or dict.fromkeys(MONTHS, 50.0), "280469"),
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
    ("after", "verdict"), [(100.0, "kept"), (81.0, "kept"), (60.0, "partly"), (39.0, "not_kept")]
)
def test_keep_is_judged_by_the_level_before(laboratory, after, verdict):
    rows = score(laboratory, commitment(), level(100.0, after))
    assert [row["verdict"] for row in rows] == ["too_early"] * 3 + [verdict] * 4
    assert rows[0]["known_from"] == dt.date(2025, 6, 12)
    assert rows[3]["known_from"] == rows[3]["first_knowable_date"] == dt.date(2025, 11, 14)
    assert rows[-1]["observed_ratio"] == pytest.approx(after / 100)
    assert rows[-1]["observed_months"] == 6


@pytest.mark.parametrize(
    ("after", "verdict"), [(130.0, "kept"), (115.0, "partly"), (100.0, "not_kept")]
)
def test_a_rise_is_judged_by_the_level_before(laboratory, after, verdict):
    rows = score(laboratory, commitment(**RISE), level(100.0, after))
    assert rows[-1]["verdict"] == verdict
    assert rows[-1]["placebo_result"] == ("passed" if verdict != "not_kept" else "not_needed")


def test_the_verdict_follows_the_data_as_they_arrive(laboratory):
    values = level(100.0, 100.0, {"2025-07": 10.0, "2025-08": 10.0, "2025-09": 10.0})
    rows = score(laboratory, commitment(), values)
    assert [row["verdict"] for row in rows] == ["too_early"] * 3 + [
        "not_kept",
        "not_kept",
        "not_kept",
        "partly",
    ]
    assert [row["observed_months"] for row in rows] == [0, 1, 2, 3, 4, 5, 6]


ACT = {
    "act_id": "M1",
    "is_measure": True,
    "standing": "law",
    "severity_weight": 0.6,
    "target_partner": "ALL",
    "announced_on": "2025-03-10",
    "effective_from": "2025-03-10",
}


def test_resume_is_judged_by_the_level_before_the_act(laboratory):
    promise = commitment(
        expected_direction="resume",
        baseline_measure_id="M1",
        placebo_from="2025-04",
        placebo_to="2025-05",
    )
    fallen = {"2025-03": 20.0, "2025-04": 20.0, "2025-05": 20.0, "2025-06": 20.0}
    rows = score(laboratory, promise, level(100.0, 90.0, fallen), acts=[ACT])
    assert (rows[-1]["verdict"], rows[-1]["placebo_result"]) == ("kept", "passed")
    assert rows[-1]["baseline_months_with_trade"] == 9
    assert rows[-1]["ratio_before"] == pytest.approx(0.2)
    # What never fell cannot come back.
    rows = score(laboratory, promise, level(100.0, 90.0), acts=[ACT])
    assert (rows[-1]["verdict"], rows[-1]["placebo_result"]) == (
        "not_measurable",
        "stood_there_before",
    )
    assert "100 % from 2025-04 to 2025-05" in rows[-1]["verdict_reason"]


def test_a_rise_that_was_there_before_voids_the_verdict(laboratory):
    early = {"2025-03": 130.0, "2025-04": 130.0, "2025-05": 130.0}
    rows = score(laboratory, commitment(**RISE), level(100.0, 130.0, early))
    assert (rows[-1]["verdict"], rows[-1]["placebo_result"]) == (
        "not_measurable",
        "stood_there_before",
    )


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


def test_what_no_code_tells_apart_is_not_measurable(laboratory):
    rows = score(laboratory, commitment(code_match="finer_than_code"), level(100.0, 100.0))
    assert [row["verdict"] for row in rows] == ["not_measurable"]
    assert rows[0]["first_knowable_date"] is None
    assert rows[0]["observed_ratio"] is None
    assert "No trade code" in rows[0]["verdict_reason"]


def test_without_a_series_nothing_is_measurable(laboratory):
    rows = score(laboratory, commitment(reporter="USA"), level(100.0, 100.0))
    assert [row["verdict"] for row in rows] == ["not_measurable"]
    assert rows[0]["source_id"] is None


def test_a_short_past_is_not_measurable(laboratory):
    values = {month: value for month, value in level(9.0, 9.0).items() if month > "2025-01"}
    rows = score(laboratory, commitment(), values, placebo={"2025-02": 1.0})
    assert [row["verdict"] for row in rows] == ["too_early"] + ["not_measurable"] * 6
    assert "before the baseline ends: 4; 6 are needed" in rows[-1]["verdict_reason"]


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
        assert last["verdict_reason"].startswith("Months that were delivered of those to judge: 1;")
        assert last["known_from"] > dt.date(2025, 12, 31)
        # Not before that day.
        laboratory.fill(
            "deliveries", [{"source_id": "other", "period": "2026", "known_on": "2025-12-31"}]
        )
        assert score(laboratory, commitment(), values, placebo)[-1]["verdict"] == "too_early"
    finally:
        laboratory.fill("deliveries", [])


def test_ratios_of_noisy_flows_equal_plain_python(laboratory):
    chance = random.Random(9)
    values = {month: round(chance.uniform(50, 200), 2) for month in MONTHS}
    placebo = {month: round(chance.uniform(5, 20), 2) for month in MONTHS}
    rows = score(laboratory, commitment(), values, placebo)
    for series, now, before in (
        (values, "observed_ratio", "ratio_before"),
        (placebo, "placebo_ratio", "placebo_ratio_before"),
    ):
        # Twelve months before: the same month of the last year is expected.
        centre = statistics.geometric_mean(sorted(series[month] for month in BEFORE)[5:7])
        last_year = {month: series[f"{int(month[:4]) - 1}{month[4:]}"] for month in AFTER}
        for count, row in enumerate(rows[1:], start=1):
            ratios = [series[month] / last_year[month] for month in AFTER[:count]]
            assert row[now] == pytest.approx(statistics.median(ratios), rel=1e-11)
            assert row[before] == pytest.approx(
                statistics.median(series[f"2025-0{month}"] / centre for month in (3, 4, 5)),
                rel=1e-11,
            )


def least_fall(before, months):
    """The formula of METHODS 7 in plain Python."""
    logs = [math.log(before[month]) for month in sorted(before)]
    level = statistics.median(logs)
    residuals = [one - level for one in logs]
    scale = 1.4826 * statistics.median(map(abs, residuals))
    hangs = max(0.0, statistics.correlation(residuals[1:], residuals[:-1]))
    noise = scale * math.sqrt((1 + hangs) / (1 - hangs)) * math.sqrt(1 / months + 1 / len(logs))
    return 1 - math.exp(-(1.645 + 0.842) * noise)


@pytest.mark.parametrize("seed", range(4))
def test_the_least_fall_that_is_noticed_equals_plain_python(laboratory, seed):
    chance = random.Random(seed)
    values = {month: round(chance.uniform(60, 160), 2) for month in MONTHS}
    rows = score(laboratory, commitment(), values)
    before = {month: values[month] for month in BEFORE}
    for row in rows[1:]:
        expected = least_fall(before, row["observed_months"])
        assert row["least_fall_noticed"] == pytest.approx(expected, rel=1e-9)
    falls = [row["least_fall_noticed"] for row in rows[1:]]
    assert falls == sorted(falls, reverse=True), "more months never notice less"
    assert rows[0]["least_fall_noticed"] is None


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


# Bundled promises


def scorecard(published, columns, condition="is_current"):
    return published.execute(
        f"select {columns} from marts.fct_commitment_scorecard where {condition} order by all"
    ).fetchall()


def test_each_promise_rests_on_a_bundled_fact_of_its_day():
    """A promise that no source holds would be ours."""
    tables = {
        "events": ("events/events.csv", "event_id", "event_date"),
        "licensing_stats": ("licensing/licensing_stats.csv", "stat_id", "stat_date"),
        "measures": ("measures/measures.csv", "measure_id", "announced_on"),
    }
    facts = {}
    for table, (path, key, day) in tables.items():
        with (SEEDS / path).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                facts[table, row[key]] = (row[day], row["source_title"], row["source_url"])
    with (SEEDS / "events" / "commitments.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day, *source = facts[row["fact_table"], row["fact_id"]]
            assert source == [row["source_title"], row["source_url"]], row["commitment_id"]
            if row["fact_table"] != "measures":
                assert row["made_on"] == day, row["commitment_id"]
            assert row["known_on"] >= row["made_on"] >= day


def test_dysprosium_magnets_at_8505_11_are_not_measurable(published):
    rows = published.execute(
        """
        select verdict, verdict_reason, observed_ratio
        from marts.fct_commitment_scorecard
        where product_code = '850511' and code_match = 'finer_than_code'
        """
    ).fetchall()
    assert rows == [("not_measurable", "No trade code tells the goods promised from others.", None)]


def test_bundled_verdicts(published):
    found = dict(scorecard(published, "commitment_id, verdict"))
    with (SEEDS / "events" / "commitments.csv").open(encoding="utf-8") as file:
        assert found.keys() == {row["commitment_id"] for row in csv.DictReader(file)}
    assert {name for name, verdict in found.items() if verdict in VERDICTS} == {"K09", "K10"}
    assert {name for name, verdict in found.items() if verdict == "too_early"} == {
        "K15",
        "K16",
    }


def test_no_bundled_verdict_predates_its_data(published):
    rows = scorecard(
        published,
        "known_from, first_knowable_date, period, made_on",
        "verdict in ('kept','partly')",
    )
    assert len(rows) > 5
    for known_from, first_knowable, period, made_on in rows:
        assert known_from >= first_knowable > made_on
        # 45 days after the month, at British customs.
        assert known_from >= dt.date.fromisoformat(period + "-28") + dt.timedelta(45)


def test_british_magnets_after_the_suspension_by_hand(published):
    """Mass against the same month of the year before, from the customs file, for the six months."""
    now = [72580, 63465, 86174, 106298, 68508, 116921]
    # December 2024 to March 2025, and April and May 2025, which the baseline holds too.
    then = [122648, 60741, 117018, 82888, 79479, 63569]
    ((ratio, months),) = scorecard(
        published, "observed_ratio, observed_months", "commitment_id = 'K10' and is_current"
    )
    assert months == 6
    assert ratio == pytest.approx(
        statistics.median(new / old for new, old in zip(now, then, strict=True)), rel=1e-9
    )


def test_no_reason_claims_a_cause(published):
    words = ("because", "due to", "caused", "led to", "effect of", "thanks to")
    for (reason,) in scorecard(published, "distinct verdict_reason", "true"):
        assert not any(word in reason.lower() for word in words), reason


def ask_a09(published, **parameters):
    (path,) = (PROJECT_DIR / "queries").glob("a09*.sql")
    for name, value in parameters.items():
        published.execute(f"set variable {name} = ?", [value])
    try:
        cursor = published.execute(path.read_text(encoding="utf-8"))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    finally:
        for name in parameters:
            published.execute(f"reset variable {name}")


def test_question_a09_knows_no_more_than_its_day(published):
    today = {row["commitment_id"]: row for row in ask_a09(published)}
    assert today["K10"]["verdict"] == "kept"
    then = {row["commitment_id"]: row for row in ask_a09(published, known_on="2026-04-20")}
    assert then["K10"]["verdict"] == "partly"
    assert then["K10"]["last_month"] == "2026-02"
    assert "K16" not in then
    assert all(row["known_from"] <= dt.date(2026, 4, 20) for row in then.values())
    day_after = {row["commitment_id"]: row for row in ask_a09(published, known_on="2025-11-08")}
    assert day_after["K10"]["verdict"] == "too_early"
    assert all(row["verdict_reason"] and row["certainty"] for row in today.values())


def test_question_a09_takes_product_addressee_and_history(published):
    assert {row["product_code"] for row in ask_a09(published, product="8541")} == {"854121"}
    assert {row["promised_to"] for row in ask_a09(published, promised_to="JP")} == {"JP"}
    history = [row for row in ask_a09(published, history=True) if row["commitment_id"] == "K10"]
    assert len(history) == 8
