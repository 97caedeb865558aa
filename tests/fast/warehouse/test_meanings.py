"""What the dictionary measures and declares of columns."""

import duckdb
import pytest

from chokepoint.releases.meta import meanings
from chokepoint.releases.relations import read_relations
from chokepoint.warehouse.column_facts import FIRST_DAY, declared_columns
from chokepoint.warehouse.graph import Project


@pytest.fixture
def con():
    with duckdb.connect() as opened:
        opened.execute("create schema marts")
        yield opened


def measured(con, select):
    con.execute(f"create or replace table marts.t as {select}")
    (relation,) = read_relations(con, "memory", ["marts"])
    return meanings.measure(con, relation)


def test_ranges_and_examples_are_of_the_rows(con):
    rows = "select * from (values (3, 'b'), (null, null), (12, 'a')) as t (n, c)"
    found = measured(con, rows)
    assert found["n"].observed_range == "3 to 12"
    assert found["c"].observed_range == "a to b"
    assert found["n"].example in ("3", "12")
    assert measured(con, f"{rows} order by n desc nulls first") == found, "whatever their order"


@pytest.mark.parametrize(
    ("select", "wanted"),
    [
        ("select cast(null as double) as c", (meanings.NO_VALUE, meanings.NO_VALUE)),
        ("select '' as c", (meanings.EMPTY, meanings.EMPTY)),
        ("select [1, 2] as c", ("a list", "[1, 2]")),
        ("select 7 as c", ("7", "7")),
        ("select repeat('x', 200) as c", ("x" * 57 + "...", "x" * 57 + "...")),
        ("select 1 as c where false", (meanings.NO_VALUE, meanings.NO_VALUE)),
    ],
)
def test_odd_columns_are_told_in_words(con, select, wanted):
    assert measured(con, select)["c"] == wanted


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (("value", "DOUBLE", "of the row"), "of the row"), (("value", "DOUBLE"), ""),
        (("net_mass_kg", "DECIMAL(24,3)"), "kg"),
        (("net_mass_kg", "DOUBLE", "", "applications"), "kg"),
        (("is_kg", "BOOLEAN"), "true or false"), (("reporter_code", "VARCHAR"), "code"),
        (("filed", "BIGINT", "", "applications"), "applications"),
        (("filed", "DOUBLE", "", "applications"), ""),
        (("filed", "INTEGER[]", "", "applications"), ""),
    ],
)  # fmt: skip
def test_units_are_stated_or_told_by_name_and_type(told, wanted):
    assert meanings.unit_of(*told) == wanted


def of_model(columns, meta=None, **nodes):
    """What is declared of the columns, each with its `config.meta`, of a model."""
    model = {
        "schema": "marts", "alias": "fct", "name": "fct", "resource_type": "model",
        "unique_id": "model.p.fct", "depends_on": {"nodes": ["seed.p.raw"]},
        "config": {"meta": meta or {}},
        "columns": {name: {"config": {"meta": own}} for name, own in columns.items()},
    }  # fmt: skip
    seed = {"resource_type": "seed", "schema": "seeds", "name": "raw"}
    nodes = {"model.p.fct": model, "seed.p.raw": seed, **nodes}
    return declared_columns(Project({"nodes": nodes, "sources": {}}))["fct"]


def test_a_column_states_its_day_or_has_that_of_its_model():
    columns = {"a": {}, "b": {"since": "2026-12-02", "unit": "kg"}}
    found = of_model(columns)
    assert [one.since for one in found.values()] == [FIRST_DAY, "2026-12-02"]
    found = of_model(columns, {"since": "2026-12-01", "counts": "firms"})
    assert [one[2:] for one in found.values()] == [
        ("", "firms", "2026-12-01"), ("kg", "firms", "2026-12-02"),
    ]  # fmt: skip


def test_ranges_are_those_of_claims_that_stop_a_release():
    """A warning bounds nothing."""

    def claims(severity, *said):
        return {
            "attached_node": "model.p.fct", "schema": "tests", "resource_type": "test",
            "config": {"severity": severity},
            "test_metadata": {"name": "claims", "kwargs": {"claims": list(said)}},
        }  # fmt: skip

    found = of_model(
        {name: {} for name in "abcd"},
        t1=claims(
            "error",
            {"name": "a", "column": "a", "between": [0, 1]},
            {"name": "c", "stated": "c"},
            {"name": "d", "column": "d", "one_of": ["x", "y"]},
        ),
        t2=claims("warn", {"name": "b", "column": "b", "between": [0, 1]}),
    )
    assert {name: facts.value_range for name, facts in found.items()} == {
        "a": "0 to 1", "b": "", "c": "", "d": "one of x, y",
    }  # fmt: skip
    assert {facts.source for facts in found.values()} == {"raw"}
