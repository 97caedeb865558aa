"""The formulas of licence durations, rendered from the macros that the models use."""

import duckdb
import jinja2
import pytest

from chokepoint.settings import PROJECT_DIR

MACROS = PROJECT_DIR / "macros"


def render(call: str) -> str:
    """The SQL of a macro call, without dbt."""
    text = "".join((MACROS / f"{name}.sql").read_text() for name in ("numbers", "survival"))
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
