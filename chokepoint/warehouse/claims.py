"""Tests of one relation as one node of a run: dbt takes longer for a node than for its query.

    manifest                      the run                             results
    the tests of a relation  ->   one node, a row per failed test  -> each test for itself

Plain `dbt build` and Dagster run one node for each test, and find the same.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

# The rows against a query, or why it cannot be asked.
Counter = Callable[[str], "int | str"]
Groups = Mapping[str, list[str]]

_CALL = re.compile(r"\{\{\s*(\w+(?:\.\w+)?)\(\*\*_dbt_generic_test_kwargs\)\s*\}\}")
_PART = re.compile(r"^-- claim (\S+)\n(.*?)\n-- end of claim$", re.DOTALL | re.MULTILINE)
_PLAIN = {
    "where": None,
    "limit": None,
    "fail_calc": "count(*)",
    "warn_if": "!= 0",
    "error_if": "!= 0",
    "store_failures": None,
}


def together(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Node -> the tests that it stands for: of one relation and severity, that read nothing else.

    A test that sets a condition or a count, and the only test of a relation, stay as they are.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for unique_id, node in manifest["nodes"].items():
        if (
            node["resource_type"] == "test"
            and node.get("attached_node")
            and node["depends_on"]["nodes"] == [node["attached_node"]]
            and _CALL.match(node["raw_code"])
            and {name: node["config"].get(name) for name in _PLAIN} == _PLAIN
        ):
            severity = node["config"]["severity"].lower()
            found.setdefault((node["attached_node"], severity), []).append(unique_id)
    return {
        f"test.{relation.split('.')[1]}.{relation.rpartition('.')[2]}__{severity}s": tests
        for (relation, severity), tests in found.items()
        if len(tests) > 1
    }


def merge(project: Any, groups: Groups) -> None:
    """Put the nodes in place of the tests they stand for, in dbt's own manifest."""
    for unique_id, tests in groups.items():
        project.nodes[unique_id] = _merged(unique_id, [project.nodes.pop(test) for test in tests])


def _merged(unique_id: str, tests: list[Any]) -> Any:
    first = tests[0]
    queries, kwargs = [], {}
    for number, test in enumerate(tests):
        call = _CALL.match(test.raw_code)
        assert call is not None
        kwargs[f"t{number}"] = dict(test.test_metadata.kwargs)
        queries.append(
            f"select '{test.name}' as claim, count(*) as failures from (\n-- claim {test.name}\n"
            f"{{{{ {call[1]}(**_dbt_generic_test_kwargs['t{number}']) }}}}\n-- end of claim\n"
            f") as t{number}"
        )
    node = copy.copy(first)
    node.unique_id = unique_id
    node.name = node.alias = unique_id.rpartition(".")[2]
    node.fqn = [*first.fqn[:-1], node.name]
    node.column_name = None
    node.depends_on = copy.copy(first.depends_on)
    node.depends_on.macros = sorted({name for test in tests for name in test.depends_on.macros})
    node.test_metadata = replace(first.test_metadata, name="claims", kwargs=kwargs)
    node.raw_code = (
        "select claim, failures from (\n"
        + "\nunion all\n".join(queries)
        + "\n) as claims\nwhere failures > 0"
    )
    return node


def apart(
    results: list[dict[str, Any]], manifest: Mapping[str, Any], groups: Groups, count: Counter
) -> list[dict[str, Any]]:
    """The entries of `run_results.json` with one for each test again.

    Only where a node did not pass are its tests asked one by one, with `count`.
    """
    found = []
    for entry in results:
        if entry["unique_id"] in groups:
            nodes = [manifest["nodes"][test] for test in groups[entry["unique_id"]]]
            found += _apart(entry, nodes, count)
        else:
            found.append(entry)
    return found


def _apart(
    entry: dict[str, Any], nodes: list[Mapping[str, Any]], count: Counter
) -> Iterator[dict[str, Any]]:
    queries = dict(_PART.findall(entry.get("compiled_code") or ""))
    for node in nodes:
        query = queries.get(node["name"])
        alone = {
            **entry,
            "unique_id": node["unique_id"],
            "execution_time": (entry.get("execution_time") or 0.0) / len(nodes),
            "compiled_code": query,
        }
        if entry["status"] not in ("pass", "skipped") and query is not None:
            against = count(query)
            if isinstance(against, str):
                alone |= {"status": "error", "failures": None, "message": against}
            elif against:
                status = "warn" if node["config"]["severity"].lower() == "warn" else "fail"
                alone |= {"status": status, "failures": against, "message": None}
            else:
                alone |= {"status": "pass", "failures": 0, "message": None}
        yield alone
