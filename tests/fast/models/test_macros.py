"""Formulas, rendered from the macros that the models use."""

from itertools import pairwise

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.model_sql import ModelSql

MODELS = ModelSql(PROJECT_DIR)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # The worked example: CN .6 -> .5 and VN 0 -> .1 are -0.11 and +0.01, together -0.10.
        ("hhi_contribution('0.6e0', '0.5e0')", -0.11),
        ("hhi_contribution('0e0', '0.1e0')", 0.01),
        # A value on the threshold has not crossed it.
        ("crossing_of('0.65', '0.7', '0.65')", "up"),
        ("crossing_of('0.7', '0.65', '0.65')", "down"),
        ("crossing_of('0.7', '0.8', '0.65')", "stays_above"),
        ("crossing_of('0.65', '0.65', '0.65')", "stays_below"),
        ("crossing_of('null', '0.8', '0.65')", None),
        ("""hs_edition("'CN2021'")""", "HS2017"),
        ("""hs_edition("'CN2022'")""", "HS2022"),
        ("""hs_edition("'SITC'")""", "SITC"),
    ],
)
def test_formulas_of_change(con, call, expected):
    sql = MODELS._environment.from_string(f"select {{{{ {call} }}}}").render()
    if isinstance(expected, float):
        expected = pytest.approx(expected, abs=1e-15)
    assert con.execute(sql).fetchall() == [(expected,)]


def lines(con, numbers):
    sql = MODELS.macro_sql("line_ranges", "numbers")
    ((text,),) = con.execute(
        f"select {sql} from (select ?::integer[] as numbers)", [numbers]
    ).fetchall()
    return text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([12, 13, 14, 20], "12-14, 20"),
        ([4], "4"),
        ([2, 4, 6], "2, 4, 6"),
        ([2, 3, 3, 4, 9, 10], "2-4, 9-10"),
        (None, None),
    ],
)
def test_runs_of_lines_are_ranges(con, numbers, text):
    assert lines(con, numbers) == text


@tried()
@given(st.sets(st.integers(2, 60), min_size=1))
def test_ranges_hold_the_lines_and_none_is_next_to_another(con, numbers):
    ends = [
        (int(first), int(last or first))
        for first, _, last in (
            part.partition("-") for part in lines(con, sorted(numbers)).split(", ")
        )
    ]
    assert [n for first, last in ends for n in range(first, last + 1)] == sorted(numbers)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(ends))


@pytest.mark.parametrize(
    ("memory", "most", "rows"),
    [
        # Larger batches would spill, or stop for want of memory.
        ("3MiB", 10**9, 3 * 1024**2 / 500),
        ("3GiB", 10**9, 3 * 1024**3 / 500),
        ("1GiB", 4_000_000, 1024**3 / 500),
        ("2GiB", 4_000_000, 4_000_000),
        ("8GiB", 4_000_000, 4_000_000),
    ],
)
def test_a_small_memory_makes_small_batches(memory, most, rows):
    with duckdb.connect(config={"memory_limit": memory}) as con:
        models = ModelSql(PROJECT_DIR)
        models._environment.globals.update(
            run_query=lambda sql: con.execute(sql).fetchall(), var={"batch_rows": most}.get
        )
        assert models.macro_sql("rows_of_batch") == pytest.approx(rows, rel=0.001)
