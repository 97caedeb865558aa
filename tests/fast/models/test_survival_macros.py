"""The formulas of licence durations, rendered from the macros that the models use."""

import calendar
import datetime as dt

import duckdb
import jinja2
import pytest

from chokepoint.settings import PROJECT_DIR

MACROS = PROJECT_DIR / "macros"


def render(call: str) -> str:
    """The SQL of a macro call, without dbt."""
    text = "".join(
        (MACROS / f"{name}.sql").read_text() for name in ("numbers", "dates", "survival")
    )
    return jinja2.Environment().from_string(f"{text}{{{{ {call} }}}}").render().strip()


def test_the_day_that_takes_the_last_case_ends_the_curve_at_zero():
    """3 at risk, then 2, then none: 1 - 1/3, times 0, and Greenwood's sum stays where it was."""
    window = "(order by day rows between unbounded preceding and current row)"
    rows = duckdb.sql(
        f"""
        select
            {render(f"kaplan_meier('decided', 'at_risk', '{window}')")},
            {render(f"greenwood_sum('decided', 'at_risk', '{window}')")},
        from (values (0, 0, 0), (1, 1, 3), (2, 2, 2)) as days (day, decided, at_risk)
        order by day
        """
    ).fetchall()
    assert rows[0] == (1, 0)
    assert rows[1] == (pytest.approx(2 / 3), pytest.approx(1 / 6))
    assert rows[2] == (0, pytest.approx(1 / 6))


def test_months_are_numbered_on_and_end_on_their_last_day():
    rows = duckdb.sql(
        f"""
        select
            year(day),
            month(day),
            {render("month_number('day')")} as number,
            {render("last_day_of_month('number')")},
        from (select unnest(generate_series(date '2023-01-07', date '2028-12-07',
            interval 1 month)) as day)
        order by day
        """
    ).fetchall()
    assert len(rows) == 72
    for position, (year, month, number, last) in enumerate(rows):
        assert number == rows[0][2] + position
        assert last == dt.date(year, month, calendar.monthrange(year, month)[1])
