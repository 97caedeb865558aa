"""The one walk over dbt's graph: what a node is made from, and what is made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

_Node = TypeVar("_Node")
# Landed tables about the other landed tables.
LANDED_LISTS = ("deliveries", "quarantined_rows")


def reached(start: Iterable[_Node], next_to: Callable[[_Node], Iterable[_Node]]) -> set[_Node]:
    """The nodes at the start and all that any number of steps lead to."""
    found: set[_Node] = set()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += next_to(node)
    return found


def nodes_and_sources(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every node and source of dbt's manifest by its id."""
    return {**manifest["nodes"], **manifest["sources"]}


def published_models(manifest: Mapping[str, Any], schemas: Iterable[str]) -> list[dict[str, Any]]:
    """The models of the published schemas."""
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in schemas
    ]


def made_from(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    """A node and everything it is made from, through any number of models."""
    nodes = nodes_and_sources(manifest)
    return reached([unique_id], lambda name: [one for one in parents(nodes[name]) if one in nodes])


def made_into(manifest: Mapping[str, Any], start: Iterable[str]) -> set[str]:
    """Nodes and everything that is made from any of them."""
    children: dict[str, list[str]] = {}
    for unique_id, node in manifest["nodes"].items():
        for parent in parents(node):
            children.setdefault(parent, []).append(unique_id)
    return reached(start, lambda name: children.get(name, ()))


def parents(node: Mapping[str, Any]) -> list[str]:
    """Ids of the nodes that a node reads itself."""
    return (node.get("depends_on") or {}).get("nodes", [])


def raw_tables(manifest: Mapping[str, Any], unique_id: str) -> list[str]:
    """Names of the seeds and landed sources that a node reads through any number of models."""
    nodes = nodes_and_sources(manifest)
    found = {
        nodes[one]["name"]
        for one in made_from(manifest, unique_id)
        if nodes[one]["resource_type"] in ("seed", "source")
    }
    return sorted(found.difference(LANDED_LISTS))
