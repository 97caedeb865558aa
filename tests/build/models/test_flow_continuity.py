"""Flow continuity against plain Python: bundled figures, made-up series, injected breaks."""

import datetime as dt
import math
import random
import statistics
from collections import defaultdict

import pytest
from model_laboratory import LAW_OF_FLOWS, british, laboratory_of
from reading_kit import ask, rows

from chokepoint.landing.registry import BUNDLED_KNOWN_ON

LAG_DAYS = 45
HALF_WIDTH = -math.log(0.8)


def month_add(period, months):
    number = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return f"{number // 12}-{number % 12 + 1:02}"


def months_from(first, count):
    return [month_add(first, step) for step in range(count)]


def last_day(period):
    return dt.date.fromisoformat(month_add(period, 1) + "-01") - dt.timedelta(1)


def close(found, wanted, tolerance=1e-9):
    if wanted is None or found is None:
        return found is None and wanted is None
    return math.isclose(found, wanted, rel_tol=tolerance, abs_tol=1e-9)


def is_gapless(known):
    months = sorted(known)
    return months == months_from(months[0], len(months)) and all(known.values())


def stl(known):
    """statsmodels itself; the scale from changes on the year before."""
    from statsmodels.tsa.seasonal import STL

    months = sorted(known)
    logs = [math.log(known[month]) for month in months]
    fit = STL(logs, period=12, robust=True).fit()
    changes = [new - old for new, old in zip(logs[12:], logs, strict=False)]
    centre = statistics.median(changes)
    scale = 1.4826 * statistics.median(abs(change - centre) for change in changes)
    width = max(3.5 * scale, HALF_WIDTH)
    return {
        int(month[5:]): (fit.trend[-1] + season, width, scale)
        for month, season in list(zip(months, fit.seasonal, strict=True))[-12:]
    }


def noise(known, method):
    """METHODS 7: scale of the residuals and how they hang together, times the root of what m brings
    is in `least_fall`. From month -> amount of the baseline."""
    logs = {month: math.log(amount) for month, amount in sorted(known.items()) if amount}
    if method == "stl":
        changes = {
            month: log - logs[month_add(month, -12)]
            for month, log in logs.items()
            if month_add(month, -12) in logs
        }
        centre = statistics.median(changes.values())
        residuals = {month: change - centre for month, change in changes.items()}
    else:
        centre = statistics.median(logs.values())
        residuals = {month: log - centre for month, log in logs.items()}
    scale = 1.4826 * statistics.median(map(abs, residuals.values()))
    pairs = [
        (residual, residuals[month_add(month, 1)])
        for month, residual in residuals.items()
        if month_add(month, 1) in residuals and month_add(month, 1) in known
    ]
    try:
        hangs = max(0.0, statistics.correlation(*zip(*pairs, strict=True)))
    except (statistics.StatisticsError, TypeError):
        hangs = 0.0
    return scale * math.sqrt((1 + hangs) / max(1e-9, 1 - hangs)), len(logs)


def least_fall(before, method, months):
    scale, count = noise(before, method)
    return 1 - math.exp(-(1.645 + 0.842) * scale * math.sqrt(1 / months + 1 / count))


def baseline(amounts, is_seasonal=True):
    """Method, months, and calendar month -> (expected, half width, scale) from month -> amount."""
    known = {period: amount for period, amount in sorted(amounts.items()) if amount is not None}
    logs = {period: math.log(amount) for period, amount in known.items() if amount > 0}
    if len(logs) < 6:
        return "not_measurable", len(known), None
    level = statistics.median(logs.values())
    scale = 1.4826 * statistics.median(abs(log - level) for log in logs.values())
    if is_seasonal and len(known) >= 24 and is_gapless(known):
        return "stl", len(known), stl(known)
    method = "median_level"
    expected = dict.fromkeys(range(1, 13), level)
    if is_seasonal and len(known) >= 12:
        method = "seasonal_naive"
        scale *= math.sqrt(2)
        for period, log in logs.items():
            expected[int(period[5:])] = log
    width = max(3.5 * scale, HALF_WIDTH)
    return method, len(known), {month: (log, width, scale) for month, log in expected.items()}


def oracle(series, announced, effective):
    """month -> figures, from month -> (value, mass) or None where the month is not known."""
    anticipated = {
        period
        for period in series
        if effective is None
        or (last_day(period) >= announced and dt.date.fromisoformat(period + "-01") < effective)
    }
    before = {
        period: pair
        for period, pair in series.items()
        if pair is not None and last_day(period) < announced and period not in anticipated
    }
    indicators = {
        "value": lambda pair: pair[0],
        "mass": lambda pair: pair[1],
        "unit_value": lambda pair: pair[0] / pair[1] if pair[1] >= 100 and pair[0] else None,
    }
    made = {
        name: baseline({period: read(pair) for period, pair in before.items()}, name[0] != "u")
        for name, read in indicators.items()
    }
    rows, streak, stopped_after, since, shipped_on = {}, 0, 0, [], None
    valued = {period: pair[0] for period, pair in before.items()}
    for period, pair in sorted(series.items()):
        if pair is not None:
            streak = streak + 1 if pair[0] else 0
            stopped_after = streak or stopped_after
            shipped_on = last_day(period) if streak else shipped_on
        if last_day(period) < announced:
            continue
        row = {"is_stopped": pair is not None and not pair[0] and stopped_after >= 6}
        row["idle"] = pair and shipped_on and (last_day(period) - shipped_on).days
        for name, read in indicators.items():
            _, _, by_month = made[name]
            amount = None if pair is None else read(pair)
            row[name] = amount
            if by_month is None:
                row |= {f"{name}_expected": None, f"{name}_z": None, f"{name}_deviation": None}
                continue
            log, width, scale = by_month[int(period[5:])]
            row[f"{name}_expected"] = math.exp(log)
            row[f"{name}_low"], row[f"{name}_high"] = math.exp(log - width), math.exp(log + width)
            row[f"{name}_deviation"] = None if amount is None else amount / math.exp(log) - 1
            row[f"{name}_z"] = (math.log(amount) - log) / scale if amount and scale else None
        method, count, by_month = made["value"]
        row["method"], row["months"] = method, count
        if row["value_deviation"] is not None:
            since.append(row["value_deviation"])
        row["known_since"], row["fall"], row["lasting"] = len(since), None, None
        if since and by_month is not None:
            row["fall"] = least_fall(valued, method, len(since))
            row["lasting"] = statistics.median(since)
        if pair is None:
            row["reading"] = "missing"
        elif row["is_stopped"]:
            row["reading"] = "stopped"
        elif by_month is None:
            row["reading"] = "not_measurable"
        elif not pair[0]:
            row["reading"] = "no_trade"
        elif pair[0] < row["value_low"]:
            row["reading"] = "below"
        elif pair[0] > row["value_high"]:
            row["reading"] = "above"
        elif row["fall"] > 0.5:
            row["reading"] = "not_measurable"
        else:
            row["reading"] = "continuing"
        rows[period] = row
    return rows


COLUMNS = {
    "value_eur": "value", "expected_value_eur": "value_expected",
    "expected_mass_kg": "mass_expected", "expected_unit_value_eur_per_kg": "unit_value_expected",
    "net_mass_kg": "mass", "unit_value_eur_per_kg": "unit_value",
    "value_deviation": "value_deviation", "mass_deviation": "mass_deviation",
    "unit_value_deviation": "unit_value_deviation", "value_robust_z": "value_z",
    "mass_robust_z": "mass_z", "unit_value_robust_z": "unit_value_z",
    "least_fall_noticed": "fall", "lasting_deviation": "lasting",
    "known_months_since": "known_since", "days_since_last_shipment": "idle",
}  # fmt: skip


def compare(found, wanted, tolerance=1e-9):
    """found: month -> row of the mart; wanted: month -> row of the oracle."""
    assert found.keys() == wanted.keys()
    for period, row in wanted.items():
        for column, name in COLUMNS.items():
            assert close(found[period][column], row[name], tolerance), (period, column)
        assert found[period]["reading"] == row["reading"], period
        assert found[period]["is_stopped"] == row["is_stopped"], period
        assert found[period]["baseline_months"] == row["months"], period
        assert found[period]["baseline_method"] == row["method"], period
        assert found[period]["known_from"] == last_day(period) + dt.timedelta(LAG_DAYS)


def by_flow(rows):
    """(act, partner, product) -> month -> row."""
    flows = defaultdict(dict)
    for row in rows:
        flows[row["measure_id"], row["partner_code"], row["product_code"]][row["period"]] = row
    return flows


# Bundled figures

BUNDLED = "from marts.fct_flow_continuity where source_id = 'hmrc_imports_monthly'"


def test_the_odd_mass_of_june_2025_is_flagged_and_does_not_move_the_reading(connection):
    """835,613 kg from Germany for 145,134 USD: an error of the source, left as it is."""
    found = {
        row["period"]: row
        for row in rows(connection, BUNDLED)
        if row["measure_id"] == "CN-2025-18" and row["partner_code"] == "WORLD"
    }
    assert [period for period, row in found.items() if row["is_unit_value_odd"]] == ["2025-06"]
    june = found["2025-06"]
    assert june["mass_robust_z"] > 3.5
    assert june["unit_value_robust_z"] < -3.5
    assert june["reading"] == "continuing"


# Made-up series

laboratory = laboratory_of(
    "fct_continuity_index", stand_ins=LAW_OF_FLOWS, bundled=["countries"],
    int_law__destinations=[{"target_partner": "ALL", "destination": "ALL"}],
    int_law__destination_countries=[
        {"country_code": "GBR", "is_eu27": False, "destination": "ALL", "precedence": 1}
    ],
)  # fmt: skip


def flow(period, value, mass=None, **changes):
    """At EUR 20 a kilogram."""
    mass = value / 20 if mass is None and value is not None else mass
    return british(period, value, mass, **changes)


def act(measure="M1", announced="2025-04-04", effective="2025-04-04"):
    return {
        "act_id": measure, "is_measure": True, "standing": "law", "severity_weight": 0.6,
        "jurisdiction_iso2": "CN", "target_partner": "ALL", "announced_on": announced,
        "effective_from": effective,
    }  # fmt: skip


def run(laboratory, flows, acts=None, exporters=("CHN",), products=("850511",)):
    acts = acts or [act()]
    laboratory.fill("int_trade__flows", flows)
    laboratory.fill("int_law__acts", acts)
    laboratory.fill(
        "int_law__product_coverage",
        [{"measure_id": row["act_id"], "product_code": one} for row in acts for one in products],
        clause_id="whole",
        nomenclature="HS2022",
        coverage="whole",
    )
    laboratory.fill(
        "int_law__exporters",
        [{"measure_id": row["act_id"], "country_iso3": one} for row in acts for one in exporters],
        severity_weight=0.6,
    )
    return by_flow(laboratory.rows("fct_flow_continuity"))


def of_magnets(laboratory, values):
    """Month -> row of a flow of magnets that is all there is."""
    flows = [flow(month, round(value, 2)) for month, value in values.items()]
    return run(laboratory, flows)["M1", "CHN", "850511"]


def other_flow(months):
    """A second product that the source has in every month, so that each month is delivered."""
    return [flow(period, 5, product_code="280469") for period in months]


def noisy(chance, months, level=100_000.0, sigma=0.15, season=0.0):
    return {
        period: level
        * math.exp(chance.gauss(0, sigma) + season * math.sin(2 * math.pi * int(period[5:]) / 12))
        for period in months
    }


@pytest.mark.parametrize("length", [3, 5, 6, 11, 12, 23, 24, 25, 37, 60])
def test_random_series_with_gaps_equal_plain_python(laboratory, length):
    """Zeros, months that were not delivered, odd masses; announced on any day of a month."""
    chance = random.Random(length)
    flows, expected, acts = [], {}, []
    months = months_from("2020-01", length + 10)
    holes = 0 if length in (24, 37) else chance.choice([0, 1, 2])
    undelivered = set(chance.sample(months[1:-1], holes))
    announced = dt.date.fromisoformat(months[length] + "-01") + dt.timedelta(chance.randrange(28))
    effective = announced + dt.timedelta(chance.choice([0, 0, 20, 70]))
    acts = [act("M1", str(announced), str(effective))]
    partners = ["CHN", "JPN", "KOR", "VNM", "THA", "IND"]
    flows += other_flow(month for month in months if month not in undelivered)
    for partner in partners:
        zero_share = chance.choice([0, 0, 0.1, 0.4])
        series = {}
        for period, value in noisy(chance, months, season=0.3).items():
            if period in undelivered:
                series[period] = None
                continue
            value = 0.0 if chance.random() < zero_share else round(value, 2)
            mass = round(value / chance.uniform(5, 3000), 3)
            series[period] = (value, mass)
            # A zero comes as a row of zeros or as no row at all.
            if value or chance.random() < 0.3:
                flows.append(flow(period, value, mass, partner_code=partner))
        if any(pair and pair[0] for pair in series.values()):
            expected[partner] = series
    chance.shuffle(flows)
    found = run(laboratory, flows, acts, partners)
    if length in (3, 37):
        index = laboratory.rows("fct_continuity_index")
        chance.shuffle(flows)
        assert run(laboratory, flows, acts, partners) == found, "another order of the rows"
        assert laboratory.rows("fct_continuity_index") == index
    assert {key[1] for key in found} == {*expected, "WORLD"}
    methods = set()
    for partner, series in expected.items():
        compare(found["M1", partner, "850511"], oracle(series, announced, effective))
        methods |= {row["baseline_method"] for row in found["M1", partner, "850511"].values()}
    assert ("stl" in methods) == (length in (24, 37)), methods


def test_a_late_source_is_missing_and_never_a_collapse(laboratory):
    months = months_from("2024-06", 16)
    delivered = [month for month in months if month != "2025-06"]
    found = run(laboratory, [flow(month, 100.0) for month in delivered])
    rows = found["M1", "CHN", "850511"]
    assert rows["2025-06"]["reading"] == "missing"
    assert rows["2025-06"]["value_deviation"] is None
    assert rows["2025-06"]["days_since_last_shipment"] is None
    assert rows["2025-06"]["data_age_days"] == LAG_DAYS + 30
    assert rows["2025-07"]["reading"] == "continuing"
    assert {row["missing_months_of_series"] for row in rows.values()} == {1}
    # After the last delivery there is no row at all.
    assert max(rows) == months[-1]
    index = {row["period"]: row for row in laboratory.rows("fct_continuity_index")}
    assert index["2025-06"]["continuity_index"] is None
    assert index["2025-06"]["share_unknown"] == 1
    bounds = [index["2025-06"][f"continuity_index_{bound}"] for bound in ("low", "high")]
    assert bounds == [0, 1]
    assert index["2025-07"]["continuity_index"] == 1


def test_months_of_anticipation_are_in_no_baseline(laboratory):
    """Stockpiling between two dates of an act would make normal trade look like a collapse."""
    months = months_from("2024-06", 18)
    values = dict.fromkeys(months, 100.0) | {"2025-02": 900.0, "2025-03": 900.0, "2025-04": 900.0}
    acts = [act("FIRST", "2025-02-10", "2025-04-20"), act("SECOND", "2025-09-05", "2025-09-05")]
    found = run(laboratory, [flow(month, value) for month, value in values.items()], acts)
    first, second = (found[name, "CHN", "850511"] for name in ("FIRST", "SECOND"))
    assert {row["baseline_months"] for row in first.values()} == {8}
    anticipated = [row["is_anticipation"] for _, row in sorted(first.items())]
    assert anticipated[:4] == [True, True, False, False]
    # Fifteen months ended before September, three of them in anticipation of the first act.
    assert {row["baseline_months"] for row in second.values()} == {12}
    assert {row["expected_value_eur"] for row in second.values()} == {100}
    assert {row["reading"] for row in second.values()} == {"continuing"}


def test_a_flow_may_hide_among_unnamed_partners(laboratory):
    months = months_from("2024-06", 16)
    flows = [flow(month, 100.0) for month in months if month != "2025-07"]
    flows.append(flow("2025-07", 70.0, partner_code="QX", partner_kind="pseudo_partner"))
    found = run(laboratory, flows)
    assert found["M1", "CHN", "850511"]["2025-07"]["reading"] == "missing"
    assert found["M1", "WORLD", "850511"]["2025-07"]["value_eur"] == 70


def test_a_list_of_some_partners_has_no_zeros_and_no_total(laboratory):
    months = months_from("2024-06", 16)
    flows = [
        flow(month, 100.0, coverage="largest suppliers") for month in months if month != "2025-07"
    ]
    flows += [{**row, "coverage": "largest suppliers"} for row in other_flow(months)]
    found = run(laboratory, flows)
    assert found.keys() == {("M1", "CHN", "850511")}
    assert found["M1", "CHN", "850511"]["2025-07"]["reading"] == "missing"


def test_a_month_known_by_its_day_of_delivery(laboratory):
    """Sooner or later than usual; the day of the bundled copy alone is no arrival."""
    months = months_from("2024-06", 16)
    arrivals = {"2025-05": dt.date(2025, 6, 10), "2025-07": dt.date(2026, 11, 1)}
    flows = [flow(month, 1.0, known_on=arrivals.get(month, BUNDLED_KNOWN_ON)) for month in months]
    rows = run(laboratory, flows)["M1", "CHN", "850511"]
    for month, day in arrivals.items():
        assert rows[month]["known_from"] == day
    assert rows["2025-06"]["known_from"] == dt.date(2025, 8, 14)


def test_index_weighs_cells_by_value_before_the_act(laboratory):
    """300 of 400 continue; the third supplier has no six months and 100 of 500 stay unknown."""
    months = months_from("2024-06", 12)
    flows = [flow(month, 300.0) for month in months]
    flows += [
        flow(month, 100.0 if month < "2025-04" else 79.0, partner_code="JPN") for month in months
    ]
    flows += [
        flow(month, 250.0, partner_code="KOR")
        for month in months
        if month in ("2024-07", "2024-11")
    ]
    flows += [flow(month, 250.0, partner_code="KOR") for month in ("2024-12", "2025-01")]
    run(laboratory, flows, exporters=("CHN", "JPN", "KOR"))
    for row in laboratory.rows("fct_continuity_index"):
        assert (row["cell_count"], row["continuing_cell_count"]) == (3, 1)
        assert row["not_measurable_cell_count"] == 1
        assert row["baseline_value_eur"] == 500
        assert row["continuity_index"] == 0.75
        assert (row["continuity_index_low"], row["continuity_index_high"]) == (0.6, 0.8)
        assert row["share_unknown"] == 0.2


def test_claims_of_the_press_are_an_index_apart_from_customs(laboratory):
    """Customs goes on; by the press, which has no values, the flow to the same importer halved."""
    months = months_from("2024-06", 12)
    figures = [
        {"item": "rare-earth permanent magnets", "period": month, "period_kind": "month",
         "destination": "GBR", "value": 100 if month < "2025-04" else 50, "unit": "t",
         "basis": "stated", "source_url": "https://example.org/magnets"}
        for month in months
    ]  # fmt: skip
    laboratory.fill_bundled("press_items")
    laboratory.fill("gacc_exports_press_figures", figures)
    try:
        run(laboratory, [flow(month, 300.0) for month in months])
        rows = laboratory.rows("fct_continuity_index")
    finally:
        laboratory.fill("gacc_exports_press_figures", ())
    assert {
        (row["data_origin"], row["reporter_code"], row["continuity_index_high"],
         row["baseline_value_eur"], row["cell_count"])
        for row in rows
    } == {("real", "GBR", 1, 300, 1), ("press_claim", "GBR", 0, None, 1)}  # fmt: skip


def test_question_a09b_says_how_many_flows_can_tell(connection):
    """Against the months that it sums; what is not known has a row, and no bound."""
    months = defaultdict(list)
    for row in rows(connection, "from marts.fct_flow_continuity where not is_total"):
        importer = row["reporter_code" if row["flow"] == "import" else "partner_code"]
        months[row["measure_id"], importer, row["source_id"], row["period"]].append(row)
    answer = ask(connection, "a09b")
    keys = {(row["measure_id"], row["importer"], row["source_id"]) for row in answer}
    assert len(keys) == len(answer)
    seen = [row for row in answer if row["newest_month"]]
    assert {row["importer"] for row in seen} >= {"GBR", "DEU", "EU27"}
    for row in seen:
        key = (row["measure_id"], row["importer"], row["source_id"])
        assert row["newest_month"] == max(found[3] for found in months if found[:3] == key)
        cells = months[(*key, row["newest_month"])]
        told = [cell for cell in cells if cell["reading"] not in ("missing", "not_measurable")]
        assert (row["flows"], row["flows_measured"]) == (len(cells), len(told))
        moving = [cell for cell in told if cell["deviation"] >= -0.2]
        assert row["flows_moving"] == len(moving)
        assert {cell["data_origin"] for cell in cells} == {row["data_origin"]}
        assert (row["figures_of"] == "press claims") == (row["importer"] != "GBR")
        if not told:
            assert row["certainty"] == "unknown"
            assert (row["low_pct"], row["high_pct"]) in ((None, None), (0, 100))
    # A British month is known 45 days after its end.
    then = ask(connection, "a09b", known_on="2026-08-13", importer="GB")
    assert {row["newest_month"] for row in then if row["newest_month"]} == {"2026-05"}


def test_question_a09b_lists_acts_without_any_monthly_figure(connection):
    listed = {
        row["measure_id"]
        for row in rows(
            connection,
            """
            select measure_id from marts.bridge_measure_destinations
            inner join marts.dim_act on measure_id = act_id
            where country_code = 'DEU' and known_to is null and is_measure
                and standing = 'law' and severity_weight is not null
            """,
        )
    }
    answer = ask(connection, "a09b", importer="Germany")
    assert {row["measure_id"] for row in answer} == listed
    empty = [row["high_pct"] for row in answer if row["certainty"] == "no_figures"]
    assert empty == [None] * (len(listed) - 1)


SIZES = (0.3, 0.5, 0.7, 0.9, 1.0)
LENGTHS = (1, 3, 6)
SERIES = 40


def test_injected_breaks_are_found_in_time(laboratory):
    """Five sizes, three lengths, 40 series each with 18 months before and noise of 15 %."""
    chance = random.Random(20250404)
    months = months_from("2023-10", 27)
    before, after = months[:18], months[18:]
    assert before[-1] == "2025-03"
    partners = [f"P{number:02}" for number in range(SERIES)]
    cases = {f"00000{number}": (0.0, 9) for number in range(5)} | {
        f"1{number:05}": case
        for number, case in enumerate((size, length) for size in SIZES for length in LENGTHS)
    }
    flows = []
    for product, (size, length) in cases.items():
        for partner in partners:
            for period, value in noisy(chance, months).items():
                kept = 1 - size if period in after[:length] else 1
                if kept:
                    own = {"partner_code": partner, "product_code": product}
                    flows.append(flow(period, round(value * kept, 2), **own))
    found = run(laboratory, flows, [act()], partners, list(cases))
    shares, false_alarms, quiet_years = {}, 0, 0.0
    for product, (size, length) in cases.items():
        flagged = [
            [
                rows[period]["known_from"]
                for period in after[:length]
                if rows[period]["reading"] in ("below", "stopped")
            ]
            for rows in (found["M1", partner, product] for partner in partners)
        ]
        if not size:
            false_alarms += sum(map(len, flagged))
            quiet_years += SERIES * len(after) / 12
            continue
        firsts = [days[0] for days in flagged if days]
        shares[size, length] = len(firsts) / SERIES
        assert all((day - dt.date(2025, 4, 1)).days >= 29 + LAG_DAYS for day in firsts)
    assert all(shares[1.0, length] == 1 for length in LENGTHS)
    assert all(shares[0.9, length] >= 0.9 for length in LENGTHS)
    assert all(shares[size, 6] >= shares[size, 1] for size in SIZES)
    assert false_alarms * 100 / quiet_years < 12, "per 100 cell-years"


# What a flow could have shown


def swinging(months, swing, level=100.0):
    """One high month, one low one, as licences come."""
    return {
        month: level * (1 / swing if number % 2 else swing) for number, month in enumerate(months)
    }


@pytest.mark.parametrize("share", [1.0, 0.9, 0.6, 0.3])
def test_a_fall_that_lasts_within_the_interval_is_told_by_all_months_together(laboratory, share):
    """Each month lies within 31 to 325 %; twelve of them at 60 % do not lie there by chance."""
    months = months_from("2023-12", 28)
    before = [month for month in months if month < "2025-04"]
    values = dict(zip(before, (60, 160, 80, 130) * 4, strict=True))
    # Expected is the same month of the year before.
    for month in months[len(before) :]:
        values[month] = share * values[month_add(month, -12)]
    found = of_magnets(laboratory, values)
    last = found[max(found)]
    assert last["reading"] == "continuing"
    assert last["lasting_deviation"] == pytest.approx(share - 1)
    noticed = 1 - (1 - last["least_fall_noticed"]) ** (1.645 / 2.487)
    assert last["is_lasting_fall"] == (1 - share > max(noticed, 0.2))
    assert last["is_lasting_fall"] == (share < 0.7)


def test_the_index_leaves_out_flows_that_could_tell_nothing_whatever_they_did(laboratory):
    """If only the falls of weak flows counted, every noisy flow would lower the index."""
    months = months_from("2024-06", 12)
    flows = [flow(month, 300.0) for month in months]
    for partner, share in (("JPN", 1.0), ("KOR", 1e-6)):
        flows += [
            flow(month, value * (share if month >= "2025-04" else 1), partner_code=partner)
            for month, value in swinging(months, 4.0, 1e6).items()
        ]
    found = run(laboratory, flows, exporters=("CHN", "JPN", "KOR"))
    assert found["M1", "KOR", "850511"]["2025-04"]["reading"] == "below"
    assert found["M1", "JPN", "850511"]["2025-04"]["reading"] == "not_measurable"
    row = next(row for row in laboratory.rows("fct_continuity_index") if row["period"] == "2025-04")
    assert (row["continuing_cell_count"], row["not_measurable_cell_count"]) == (1, 2)
    assert row["continuity_index"] == 1


def test_each_month_reads_as_in_a_build_of_its_day(laboratory):
    """What came later moves neither reading nor power, nor what the months say together."""
    months = months_from("2024-06", 20)
    values = noisy(random.Random(0), months, sigma=0.3)
    said = ("reading", "least_fall_noticed", "lasting_deviation", "is_lasting_fall", "known_from")

    def known(last):
        return of_magnets(laboratory, {month: values[month] for month in months if month <= last})

    whole = known(months[-1])
    for month in whole:
        then = known(month)[month]
        assert [then[name] for name in said] == [whole[month][name] for name in said], month
