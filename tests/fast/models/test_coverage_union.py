"""Shares of measures on the same goods: what is known of their union, by hand."""

import duckdb
import pytest

from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.model_sql import ModelSql

# State, rank, and low, central and high share of each measure; low, central and high of the union.
CASES = {
    "one part": ([("in_force", 1, 0.3, 0.3, 0.3)], (0.3, 0.3, 0.3)),
    "two known parts may be the same goods": (
        [("in_force", 1, 0.3, 0.3, 0.3), ("in_force", 1, 0.4, 0.4, 0.4)], (0.4, None, 0.7),
    ),
    "in two states": (
        [("in_force", 1, 0.3, 0.3, 0.3), ("suspended", 2, 0.4, 0.4, 0.4)], (0.4, None, 0.7),
    ),
    "beside the whole": (
        [("in_force", 1, 0.3, 0.3, 0.3), ("suspended", 2, 1, 1, 1)], (1, 1, 1),
    ),
    "beside nothing": ([("in_force", 1, 0.3, 0.3, 0.3), ("exempted", 2, 0, 0, 0)], (0.3, 0.3, 0.3)),
    "an unknown part": ([("in_force", 1, 0, None, 1)], (0, None, 1)),
}  # fmt: skip


@pytest.mark.parametrize(("measures", "expected"), CASES.values(), ids=CASES)
def test_the_union_is_known_only_where_it_cannot_be_otherwise(measures, expected):
    steps = ModelSql(PROJECT_DIR).macro_sql("union_of_measures", "covered", ["cell"])
    with duckdb.connect() as con:
        con.execute(
            "create table covered (cell integer, state text, state_rank integer, share_low double,"
            " share_central double, share_high double)"
        )
        con.executemany("insert into covered values (1, ?, ?, ?, ?, ?)", measures)
        found = con.execute(
            f"with {steps} select share_low, share_central, share_high from union_shares"
        ).fetchall()
    assert found == [pytest.approx(expected)]
