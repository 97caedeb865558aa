"""What the project declares of each published column: ranges by its claims, raw tables by dbt's
graph, the rest in its yml (`config.meta`). Nothing is guessed."""

from __future__ import annotations

from typing import NamedTuple

from chokepoint.warehouse.graph import PUBLISHED, Project

FIRST_DAY = "2026-11-25"
_TABLES_TOLD = 4


class Declared(NamedTuple):
    """What the project declares of a column, else empty: `value_range` that tests of a release
    hold, raw tables below as `source`, `unit` (if name or type lack it), what whole numbers count,
    and the day `since` which it is there."""

    value_range: str = ""
    source: str = ""
    unit: str = ""
    counts: str = ""
    since: str = FIRST_DAY


def declared_columns(project: Project) -> dict[str, dict[str, Declared]]:
    """Relation -> column -> what the project declares of it, for every published model."""
    ranges: dict[tuple[str, str], list[str]] = {}
    for relation, node, claim in project.claims:
        if (
            claim.column
            and relation["schema"] in PUBLISHED
            and node["config"].get("severity", "error").lower() == "error"
        ):
            told = ranges.setdefault((relation["alias"], claim.column), [])
            if claim.values not in told:
                told.append(claim.values)
    found = {}
    for node in project.published():
        source = _told(project.raw_tables(node["unique_id"]))
        meta = node["config"]["meta"]
        found[node["alias"]] = {
            name: Declared(
                "; ".join(ranges.get((node["alias"], name), [])),
                source,
                column["config"]["meta"].get("unit", ""),
                meta.get("counts", ""),
                column["config"]["meta"].get("since") or meta.get("since", FIRST_DAY),
            )
            for name, column in node["columns"].items()
        }
    return found


def _told(names: list[str]) -> str:
    """The first names; sources of which nothing is bundled come last."""
    from chokepoint.landing.registry import CONTRACTS

    optional = {name for name, contract in CONTRACTS.items() if contract.file_pattern is None}
    more = len(names) - _TABLES_TOLD
    told = ", ".join(sorted(names, key=lambda name: (name in optional, name))[:_TABLES_TOLD])
    return f"{told} and {more} more (meta.relation_origins)" if more > 0 else told or "none"
