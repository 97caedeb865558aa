"""Lines as text, rendered from the macro that the models of lineage use."""

from itertools import pairwise

import duckdb
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.settings import PROJECT_DIR

SOURCE = (PROJECT_DIR / "macros" / "lineage.sql").read_text(encoding="utf-8")
MACRO = SOURCE[SOURCE.index("{% macro line_ranges") :]


def told(numbers):
    sql = jinja2.Environment().from_string(MACRO + "{{ line_ranges('numbers') }}").render()
    ((text,),) = duckdb.execute(
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
def test_runs_of_lines_are_ranges(numbers, text):
    assert told(numbers) == text


@tried()
@given(st.sets(st.integers(2, 60), min_size=1))
def test_ranges_hold_the_lines_and_none_is_next_to_another(lines):
    ends = [
        (int(first), int(last or first))
        for first, _, last in (part.partition("-") for part in told(sorted(lines)).split(", "))
    ]
    assert [n for first, last in ends for n in range(first, last + 1)] == sorted(lines)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(ends))
