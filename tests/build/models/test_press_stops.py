"""Stops that the press reports: one in print, others on made-up figures."""

import datetime as dt
import math

import pytest
from model_laboratory import laboratory_of
from test_press_flow_claims import figure as figure_of

laboratory = laboratory_of(
    "fct_press_stops", bundled=["countries", "eu_membership"],
    press_items=[{"item": "ore"}, {"item": "salt"}],
)  # fmt: skip


def figure(period, value, destination="WORLD", **changes):
    return figure_of(period, value, destination=destination, **changes)


def ask(laboratory, *figures):
    laboratory.fill("gacc_exports_press_figures", figures)
    return laboratory.rows("fct_press_stops")


def test_antimony_to_the_eu_stopped_in_november_2024(published):
    """1,016.65 t went to the Netherlands in 2024, all of it before November."""
    row = published.execute(
        """
        select reading, month_count, baseline_destinations, is_baseline_of_a_part,
            baseline_month_mass_t, round(least_shipment_by_chance_t, 1), data_origin, known_from
        from marts.fct_press_stops where item = 'antimony'
        """
    ).fetchall()
    assert row == [("stopped", 4, "NLD", True, 101.665, 135.7, "press_claim", dt.date(2025, 4, 20))]


YEAR = "2024-01..2024-12"


def test_nothing_after_a_year_with_trade_is_a_stop_known_when_it_came_out(laboratory):
    (row,) = ask(laboratory, figure(YEAR, 120), figure("2025-01..2025-03", 0))
    assert (row["reading"], row["baseline_months"]) == ("stopped", 12)
    assert (row["baseline_month_mass_t"], row["expected_mass_t"]) == (10, 30)
    # Thirty tonnes in lots of ten: three are expected, and none comes in one case of twenty.
    assert row["least_shipment_by_chance_t"] == pytest.approx(30 / -math.log(0.05))
    assert math.exp(-3 * row["most_shipments_a_month_by_chance"]) == pytest.approx(0.05)
    assert row["known_from"] == dt.date(2025, 4, 20)


def test_months_that_the_stop_holds_are_not_months_of_the_year_before(laboratory):
    """The year's trade lay in its first ten months."""
    (row,) = ask(laboratory, figure(YEAR, 120), figure("2024-11..2025-02", 0))
    assert (row["baseline_months"], row["baseline_month_mass_t"]) == (10, 12)


def test_the_lowest_figure_is_the_baseline(laboratory):
    figures = [figure("2023-04..2023-09", 6), figure(YEAR, 120), figure("2025-01", 0)]
    (row,) = ask(laboratory, *figures)
    assert (row["baseline_month_mass_t"], row["baseline_months"]) == (1, 18)
    # All single months are one figure: their mean.
    singles = [figure(f"2024-{month:02}", month) for month in range(7, 13)]
    (row,) = ask(laboratory, *singles, figure(YEAR, 240), figure("2025-01", 0))
    assert row["baseline_month_mass_t"] == 9.5


@pytest.mark.parametrize(
    ("figures", "reading"),
    [
        ([], "not_measurable"),
        ([figure("2024-12", 9)], "not_measurable"),
        ([figure("2022-01..2022-12", 120)], "not_measurable"),
        ([figure(YEAR, 120, "USA")], "not_measurable"),
        ([figure(YEAR, 120, item="salt")], "not_measurable"),
        ([figure("2025-02..2025-12", 120)], "not_measurable"),
        ([figure(YEAR, 120), figure("2024-05", 0)], "no_trade"),
        ([figure(f"2024-{month:02}", 9) for month in range(5, 10)], "not_measurable"),
        ([figure(f"2024-{month:02}", 9) for month in range(5, 11)], "stopped"),
    ],
    ids=["nothing", "one", "too_old", "others", "other_item", "later", "zero", "five", "six"],
)
def test_only_enough_trade_just_before_makes_a_stop(laboratory, figures, reading):
    rows = ask(laboratory, *figures, figure("2025-01", 0))
    (row,) = [row for row in rows if row["first_period"] == "2025-01"]
    assert row["reading"] == reading
    assert row["reading_reason"]


def test_members_stand_for_the_eu_only_where_it_has_no_figure_of_its_own(laboratory):
    stop = figure("2025-01", 0, "EU27")
    parts = [figure(YEAR, 120, "NLD"), figure(YEAR, 60, "DEU"), figure(YEAR, 600, "GBR")]
    (row,) = ask(laboratory, *parts, stop)
    assert (row["baseline_destinations"], row["is_baseline_of_a_part"]) == ("DEU;NLD", True)
    assert row["baseline_month_mass_t"] == 15
    (row,) = ask(laboratory, *parts, figure(YEAR, 1200, "EU27"), stop)
    assert (row["baseline_destinations"], row["is_baseline_of_a_part"]) == ("EU27", False)
    # A member's stop is not measured by the whole.
    (row,) = ask(laboratory, figure(YEAR, 1200, "EU27"), figure("2025-01", 0, "NLD"))
    assert row["reading"] == "not_measurable"


def test_no_stop_is_known_before_the_figures_it_rests_on(laboratory):
    figures = [figure(YEAR, 120, basis="the growth of the next"), figure("2025-01", 0)]
    (row,) = ask(laboratory, *figures)
    assert row["known_from"] == dt.date(2025, 2, 20)
    (row,) = ask(laboratory, figure(YEAR, 120), figure("2025-01", 0, basis="words"))
    assert row["known_from"] == dt.date(2025, 3, 20)
