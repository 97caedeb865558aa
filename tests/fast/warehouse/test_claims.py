"""Tests of a relation in one node of a run, and told apart again."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from chokepoint.warehouse import claims

PLAIN = {
    "severity": "ERROR", "where": None, "limit": None, "fail_calc": "count(*)",
    "warn_if": "!= 0", "error_if": "!= 0", "store_failures": None,
}  # fmt: skip


def node(name, model="fct_x", reads=None, raw_code=None, **config):
    return {
        "resource_type": "test",
        "unique_id": f"test.chokepoint.{name}.0",
        "name": name,
        "attached_node": f"model.chokepoint.{model}",
        "depends_on": {"nodes": reads or [f"model.chokepoint.{model}"]},
        "raw_code": raw_code or "{{ test_not_null(**_dbt_generic_test_kwargs) }}",
        "config": PLAIN | config,
    }


def manifest_of(*nodes):
    model = {"resource_type": "model", "unique_id": "model.chokepoint.fct_x"}
    return {"nodes": {found["unique_id"]: found for found in (*nodes, model)}}


def test_tests_of_one_relation_and_severity_go_together():
    found = claims.together(
        manifest_of(
            node("a"), node("b"), node("alone", model="fct_y"),
            node("c", severity="warn"), node("d", severity="warn"),
        )
    )  # fmt: skip
    assert found == {
        "test.chokepoint.fct_x__errors": ["test.chokepoint.a.0", "test.chokepoint.b.0"],
        "test.chokepoint.fct_x__warns": ["test.chokepoint.c.0", "test.chokepoint.d.0"],
    }


@pytest.mark.parametrize(
    "other",
    [
        node("b", reads=["model.chokepoint.fct_x", "model.chokepoint.fct_y"]),
        node("b", where="year = 2024"),
        node("b", fail_calc="sum(rows)"),
        node("b", error_if="> 10"),
        node("b", limit=5),
        node("b", raw_code="select 1 where false"),
        node("b") | {"attached_node": None},
    ],
    ids=["reads another", "condition", "own count", "own limit", "cut off", "query", "source"],
)
def test_what_is_not_plain_stays_a_node_of_its_own(other):
    assert claims.together(manifest_of(node("a"), other)) == {}


def test_a_run_has_few_more_nodes_of_tests_than_relations_with_tests(manifest):
    tests = {key for key, found in manifest["nodes"].items() if found["resource_type"] == "test"}
    groups = claims.together(manifest)
    merged = [test for stood_for in groups.values() for test in stood_for]
    assert len(merged) == len(set(merged))
    assert set(merged) < tests
    relations = {manifest["nodes"][key].get("attached_node") for key in tests}
    assert len(tests) - len(merged) + len(groups) <= len(relations) + 40


@dataclass
class Metadata:
    name: str
    kwargs: dict = field(default_factory=dict)


def parsed(name, macro, macros, **kwargs):
    return SimpleNamespace(
        unique_id=f"test.chokepoint.{name}.0",
        name=name,
        alias=name,
        fqn=["chokepoint", name],
        column_name=kwargs.get("column_name"),
        raw_code=f"{{{{ {macro}(**_dbt_generic_test_kwargs) }}}}",
        depends_on=SimpleNamespace(macros=macros, nodes=["model.chokepoint.fct_x"]),
        test_metadata=Metadata("x", kwargs),
    )


def test_a_node_calls_each_test_with_its_own_arguments():
    one = parsed("a", "test_not_null", ["macro.dbt.test_not_null"], column_name="year")
    two = parsed("b", "chokepoint.test_in_range", ["macro.c.test_in_range"], column_name="share")
    other = SimpleNamespace()
    project = SimpleNamespace(nodes={one.unique_id: one, "model": other, two.unique_id: two})
    claims.merge(project, {"test.chokepoint.fct_x__errors": [one.unique_id, two.unique_id]})
    assert set(project.nodes) == {"model", "test.chokepoint.fct_x__errors"}
    made = project.nodes["test.chokepoint.fct_x__errors"]
    assert made.test_metadata.kwargs == {
        "t0": {"column_name": "year"},
        "t1": {"column_name": "share"},
    }
    assert "{{ test_not_null(**_dbt_generic_test_kwargs['t0']) }}" in made.raw_code
    assert "{{ chokepoint.test_in_range(**_dbt_generic_test_kwargs['t1']) }}" in made.raw_code
    assert made.depends_on.macros == ["macro.c.test_in_range", "macro.dbt.test_not_null"]
    assert (one.name, one.depends_on.macros) == ("a", ["macro.dbt.test_not_null"])
    assert one.raw_code == "{{ test_not_null(**_dbt_generic_test_kwargs) }}", "left as it was"


GROUPS = {"test.chokepoint.fct_x__errors": ["test.chokepoint.a.0", "test.chokepoint.b.0"]}
QUERIES = """select claim, failures from (
select 'a' as claim, count(*) as failures from (
-- claim a
select 1
-- end of claim
) as t0
union all
select 'b' as claim, count(*) as failures from (
-- claim b
select 2
  where x
-- end of claim
) as t1
) as claims
where failures > 0"""


def entry(status, compiled_code=QUERIES, **more):
    return {
        "unique_id": "test.chokepoint.fct_x__errors", "status": status, "execution_time": 1.0,
        "failures": 0, "message": None, "compiled_code": compiled_code,
    } | more  # fmt: skip


def told(found, counts, severity="ERROR"):
    """What `apart` says of a and b, and which queries it asked."""
    asked = []

    def count(sql):
        asked.append(sql)
        return counts[sql.split()[1]]

    nodes = manifest_of(node("a", severity=severity), node("b", severity=severity))
    other = entry("success", unique_id="model.chokepoint.fct_x")
    model, *tests = claims.apart([other, found], nodes, GROUPS, count)
    assert model == other
    assert [test["unique_id"] for test in tests] == GROUPS["test.chokepoint.fct_x__errors"]
    assert sum(test["execution_time"] for test in tests) == 1.0
    return [(test["status"], test["failures"], test["message"]) for test in tests], asked


@pytest.mark.parametrize("status", ["pass", "skipped"])
def test_what_passed_or_was_skipped_is_asked_no_more(status):
    assert told(entry(status), {}) == ([(status, 0, None)] * 2, [])


@pytest.mark.parametrize(("severity", "status"), [("ERROR", "fail"), ("warn", "warn")])
def test_rows_count_for_the_test_that_they_are_against(severity, status):
    found, asked = told(entry(status, failures=1), {"1": 0, "2": 3}, severity)
    assert found == [("pass", 0, None), (status, 3, None)]
    assert asked == ["select 1", "select 2\n  where x"]


def test_a_query_that_cannot_be_run_is_the_error_of_its_test_alone():
    found, _ = told(entry("error", message="of both"), {"1": 2, "2": "no column x"})
    assert found == [("fail", 2, None), ("error", None, "no column x")]


def test_a_node_that_could_not_be_compiled_is_an_error_of_each_test():
    found, asked = told(entry("error", compiled_code=None, message="no macro"), {})
    assert (found, asked) == ([("error", 0, "no macro")] * 2, [])
