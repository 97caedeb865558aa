"""What dbt's manifest and the published suites declare of each published column.

Ranges are those that the tests of a release hold, raw tables those of dbt's graph. Nothing is
guessed: a range that no test holds is not stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from chokepoint.warehouse.graph import published_models, raw_tables

if TYPE_CHECKING:
    from expectations.runner import Suite

_PUBLISHED = ("marts", "reports", "meta")
_TABLES_TOLD = 4


class Declared(NamedTuple):
    """What the project declares of a column; empty where it declares nothing.

    value_range  what the tests of a release hold its values to
    source       raw tables below its relation
    """

    value_range: str = ""
    source: str = ""


def declared_columns(
    manifest: Mapping[str, Any], suites: Iterable[Suite]
) -> dict[str, dict[str, Declared]]:
    """Relation -> column -> what is declared of it, for every published model.

    manifest  dbt's manifest.json
    suites    the published suites of Great Expectations
    """
    ranges = _ranges(manifest, suites)
    found = {}
    for node in published_models(manifest, _PUBLISHED):
        source = _told(raw_tables(manifest, node["unique_id"]))
        found[node["alias"]] = {
            column: Declared("; ".join(ranges.get((node["alias"], column), [])), source)
            for column in node["columns"]
        }
    return found


def _told(names: list[str]) -> str:
    """The first names; sources of which nothing is bundled come last."""
    from chokepoint.landing.registry import CONTRACTS

    optional = {name for name, contract in CONTRACTS.items() if contract.file_pattern is None}
    more = len(names) - _TABLES_TOLD
    told = ", ".join(sorted(names, key=lambda name: (name in optional, name))[:_TABLES_TOLD])
    return f"{told} and {more} more (meta.relation_origins)" if more > 0 else told or "none"


def _ranges(
    manifest: Mapping[str, Any], suites: Iterable[Suite]
) -> dict[tuple[str, str], list[str]]:
    """(relation, column) -> what tests of a release hold its values to, each once."""
    found: dict[tuple[str, str], list[str]] = {}

    def add(relation: str, column: str, text: str) -> None:
        told = found.setdefault((relation, column), [])
        if text and text not in told:
            told.append(text)

    for node in manifest["nodes"].values():
        meta = node.get("test_metadata") or {}
        model = manifest["nodes"].get(node.get("attached_node") or "")
        if (
            model is None
            or model["schema"] not in _PUBLISHED
            or node["config"].get("severity", "error").lower() != "error"
            or node["config"].get("where")
        ):
            continue
        arguments = meta.get("kwargs", {})
        column = arguments.get("column_name")
        if column:
            add(model["alias"], column, _range_of_test(meta["name"], arguments))
    for suite in suites:
        relation = suite.relation.partition(".")[2]
        for one in suite.expectations:
            column = one.kwargs.get("column")
            if one.frame or not column or one.severity != "error" or one.kwargs.get("mostly"):
                continue
            add(relation, column, _range_of_expectation(one.expect, one.kwargs))
    return found


def _range_of_test(name: str, arguments: Mapping[str, Any]) -> str:
    if name == "in_range":
        return _between(arguments.get("min_value"), arguments.get("max_value"))
    if name == "accepted_values":
        return "one of " + ", ".join(str(value) for value in arguments["values"])
    if name == "code_pattern":
        return f"matches {arguments['pattern']}"
    return ""


def _range_of_expectation(name: str, arguments: Mapping[str, Any]) -> str:
    if name == "expect_column_values_to_be_between":
        return _between(arguments.get("min_value"), arguments.get("max_value"))
    if name in ("expect_column_values_to_be_in_set", "expect_column_distinct_values_to_be_in_set"):
        return "one of " + ", ".join(str(value) for value in arguments["value_set"])
    if name == "expect_column_values_to_match_regex":
        return f"matches {arguments['regex']}"
    return ""


def _between(low: Any, high: Any) -> str:
    if low is None:
        return f"at most {high}"
    if high is None:
        return f"at least {low}"
    return f"{low} to {high}"
