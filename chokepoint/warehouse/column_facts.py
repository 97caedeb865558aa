"""What dbt's manifest declares of each published column.

Ranges are those that its claims hold, raw tables those of dbt's graph. Nothing is
guessed: a range that no claim holds is not stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chokepoint.warehouse.claims import stated_claims
from chokepoint.warehouse.graph import published_models, raw_tables

_PUBLISHED = ("marts", "reports", "meta")
_TABLES_TOLD = 4


class Declared(NamedTuple):
    """What the project declares of a column; empty where it declares nothing.

    value_range  what the tests of a release hold its values to
    source       raw tables below its relation
    """

    value_range: str = ""
    source: str = ""


def declared_columns(manifest: Mapping[str, Any]) -> dict[str, dict[str, Declared]]:
    """Relation -> column -> what dbt's manifest declares of it, for every published model."""
    ranges: dict[tuple[str, str], list[str]] = {}
    for relation, node, claim in stated_claims(manifest):
        if (
            claim.column
            and relation["schema"] in _PUBLISHED
            and node["config"].get("severity", "error").lower() == "error"
        ):
            told = ranges.setdefault((relation["alias"], claim.column), [])
            if claim.values not in told:
                told.append(claim.values)
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
