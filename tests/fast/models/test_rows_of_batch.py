"""How many rows a batch has, rendered from the macro that tables by period use."""

import duckdb
import jinja2
import pytest

from chokepoint.settings import PROJECT_DIR

SOURCE = (PROJECT_DIR / "macros" / "by_period.sql").read_text(encoding="utf-8")
MACRO = SOURCE[SOURCE.index("{% macro rows_of_batch") :]
MACRO = MACRO[: MACRO.index("{% endmacro %}") + len("{% endmacro %}")]


def rows_of_batch(memory_limit, most):
    returned = []
    with duckdb.connect(config={"memory_limit": memory_limit}) as con:
        jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(
            MACRO + "{{ rows_of_batch() }}"
        ).render(
            {
                "run_query": lambda sql: con.execute(sql).fetchall(),
                "var": {"batch_rows": most}.get,
                "return": returned.append,
            }
        )
    return returned[0]


@pytest.mark.parametrize("unit", ["MiB", "GiB"])
def test_a_small_memory_makes_small_batches(unit):
    """Larger ones would spill, or stop for want of memory."""
    limit = {"MiB": 1024**2, "GiB": 1024**3}[unit] * 3
    assert rows_of_batch(f"3{unit}", most=10**9) == pytest.approx(limit / 500, rel=0.001)


def test_a_large_memory_leaves_batches_as_they_are_set():
    assert rows_of_batch("8GiB", most=4_000_000) == 4_000_000
    assert rows_of_batch("2GiB", most=4_000_000) == 4_000_000
    assert rows_of_batch("1GiB", most=4_000_000) < 4_000_000
