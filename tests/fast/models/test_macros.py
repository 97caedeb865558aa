"""Formulas, rendered from the macros that the models use."""

from fractions import Fraction
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


VOLUME_OF_BOTH = Fraction(-1) * (Fraction(10, 5) + Fraction(12, 4)) / 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # The worked example: CN .6 -> .5 and VN 0 -> .1 are -0.11 and +0.01, together -0.10.
        ("hhi_contribution('0.6e0', '0.5e0')", -0.11),
        ("hhi_contribution('0e0', '0.1e0')", 0.01),
        # In both years, an entrant with a mass and without, an exit; then what has no mass.
        ("volume_part('10e0', '12e0', '5e0', '4e0')", float(VOLUME_OF_BOTH)),
        ("volume_part('0e0', '12e0', 'null', '4e0')", 12),
        ("volume_part('0e0', '12e0', 'null', 'null')", 12),
        ("volume_part('10e0', '0e0', '5e0', 'null')", -10),
        ("volume_part('10e0', '12e0', '0e0', '4e0')", None),
        ("volume_part('10e0', '12e0', '5e0', 'null')", None),
        ("volume_part('10e0', '12e0', '5e0', '-4e0')", None),
        # A value on the threshold has not crossed it.
        ("crossing_of('0.6', '0.7', '0.65')", "up"),
        ("crossing_of('0.65', '0.7', '0.65')", "up"),
        ("crossing_of('0.7', '0.65', '0.65')", "down"),
        ("crossing_of('0.7', '0.8', '0.65')", "stays_above"),
        ("crossing_of('0.65', '0.65', '0.65')", "stays_below"),
        ("crossing_of('null', '0.8', '0.65')", None),
        ("""hs_edition("'HS1992'")""", "HS1992"),
        ("""hs_edition("'HS2017'")""", "HS2017"),
        ("""hs_edition("'CN2021'")""", "HS2017"),
        ("""hs_edition("'CN2022'")""", "HS2022"),
        ("""hs_edition("'CN2024'")""", "HS2022"),
        ("""hs_edition("'SITC'")""", "SITC"),
        ("least_coverage('null')", 1.0),
        ("""least_coverage("'largest flows, 95-100 % of value'")""", 0.95),
        ("""least_coverage("'five largest suppliers and the total'")""", None),
    ],
)
def test_formulas_of_change(con, call, expected):
    sql = MODELS._environment.from_string(f"select {{{{ {call} }}}}").render()
    if isinstance(expected, float):
        expected = pytest.approx(expected, abs=1e-15)
    assert con.execute(sql).fetchall() == [(expected,)]


# Low, central and high share of each measure in force or suspended, and of their union.
UNIONS = {
    "one part": ([(1, 0.3, 0.3, 0.3)], (0.3, 0.3, 0.3)),
    "two known parts may be the same goods": (
        [(1, 0.3, 0.3, 0.3), (1, 0.4, 0.4, 0.4)], (0.4, None, 0.7),
    ),
    "in two states": ([(1, 0.3, 0.3, 0.3), (2, 0.4, 0.4, 0.4)], (0.4, None, 0.7)),
    "beside the whole": ([(1, 0.3, 0.3, 0.3), (2, 1, 1, 1)], (1, 1, 1)),
    "beside nothing": ([(1, 0.3, 0.3, 0.3), (2, 0, 0, 0)], (0.3, 0.3, 0.3)),
    "an unknown part": ([(1, 0, None, 1)], (0, None, 1)),
}  # fmt: skip


@pytest.mark.parametrize(("measures", "expected"), UNIONS.values(), ids=UNIONS)
def test_the_union_is_known_only_where_it_cannot_be_otherwise(con, measures, expected):
    """Shares of measures on the same goods: what is known of their union, by hand."""
    steps = MODELS.macro_sql("union_of_measures", "covered", ["cell"])
    con.execute(
        "create or replace table covered (cell integer, state text, state_rank integer,"
        " share_low double, share_central double, share_high double)"
    )
    states = [(rank, *shares) for rank, *shares in measures]
    con.executemany("insert into covered select 1, 's' || $1, $1, $2, $3, $4", states)
    found = con.execute(
        f"with {steps} select share_low, share_central, share_high from union_shares"
    ).fetchall()
    assert found == [pytest.approx(expected)]


def test_the_day_that_takes_the_last_case_ends_the_curve_at_zero(con):
    """3 at risk, then 2, then none: 1 - 1/3, times 0, and Greenwood's sum stays where it was."""
    window = "(order by day rows between unbounded preceding and current row)"
    curve, variance = (
        MODELS.macro_sql(name, "decided", "at_risk", window)
        for name in ("kaplan_meier", "greenwood_sum")
    )
    rows = con.execute(
        f"select {curve}, {variance}"
        " from (values (0, 0, 0), (1, 1, 3), (2, 2, 2)) as days (day, decided, at_risk)"
        " order by day"
    ).fetchall()
    assert rows[0] == (1, 0)
    assert rows[1] == (pytest.approx(2 / 3), pytest.approx(1 / 6))
    assert rows[2] == (0, pytest.approx(1 / 6))


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
