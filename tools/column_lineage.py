"""Which columns a column's value is worked out from, by the SQL that dbt compiled. Conditions,
joins and groups are not among them: the models that a relation reads say those."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chokepoint.console import write_file
from chokepoint.errors import ChokepointError
from chokepoint.warehouse.graph import Project, reached

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope
    from sqlglot.schema import Schema

PUBLISHED_LAYERS = ("marts", "reports")
_MANIFEST_MARK = '"MANIFEST.JSON INLINE DATA"'
_CATALOG_MARK = '"CATALOG.JSON INLINE DATA"'
_NAMES_TOLD = 12
# What a column stands for whose origin the SQL hides: a pivot, a list.
UNKNOWN = ("", "", "")
HEADER = ("relation", "column", "step", "from_relation", "from_column")


class Place(NamedTuple):
    """A column of a relation, each by its name: `stg_baci__bilateral_flows`, `year`."""

    relation: str
    column: str

    def __str__(self) -> str:
        return f"{self.relation}.{self.column}"


@dataclass(frozen=True)
class Lineage:
    """Column of a model -> columns that it is worked out from (`parents`), columns of which a part
    could not be followed (`partly`), and models that could not, with the reason (`untold`)."""

    parents: dict[Place, frozenset[Place]]
    partly: frozenset[Place]
    untold: dict[str, str]

    def raw(self, place: Place) -> frozenset[Place]:
        """The columns of seeds and landed sources at the end of the way, none for a constant."""
        found = reached([place], lambda one: self.parents.get(one, frozenset()))
        return frozenset(found - self.parents.keys() - {place})


def read_lineage(manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> Lineage:
    """Follow the columns of every model in dbt's manifest.json with `compiled_code`, by the columns
    in its catalog.json."""
    from sqlglot.errors import SqlglotError
    from sqlglot.schema import MappingSchema

    # It warns of every pivot; what cannot be followed is told below.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    names = {}
    columns: dict[str, Any] = {}
    for node in Project(manifest).all.values():
        if node["resource_type"] in ("model", "seed", "source"):
            alias = node.get("alias") or node["identifier"]
            names[node["schema"], alias] = node["name"]
            found = catalog["nodes"].get(node["unique_id"]) or catalog["sources"].get(
                node["unique_id"]
            )
            known = found["columns"] if found else node["columns"]
            if known:
                columns.setdefault(node["schema"], {})[alias] = {
                    column.lower(): "text" for column in known
                }
    schema = MappingSchema(columns, dialect="duckdb")
    parents: dict[Place, frozenset[Place]] = {}
    partly: set[Place] = set()
    untold = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or not node.get("compiled_code"):
            continue
        if node["language"] != "sql":
            untold[node["name"]] = "it is written in Python"
            continue
        try:
            found_columns = columns_of_query(node["compiled_code"], schema)
        except (SqlglotError, RecursionError) as error:
            untold[node["name"]] = str(error).splitlines()[0]
            continue
        for column, places in found_columns.items():
            place = Place(node["name"], column)
            parents[place] = frozenset(
                Place(names.get((schema, table), table), name)
                for schema, table, name in places - {UNKNOWN}
            )
            if UNKNOWN in places:
                partly.add(place)
    return Lineage(parents, frozenset(partly), untold)


def columns_of_query(
    sql: str, schema: Schema | dict[str, Any]
) -> dict[str, set[tuple[str, str, str]]]:
    """Column of the result -> (schema, table, column) of what its value is made of, in DuckDB's
    SQL; `schema`: schema -> table -> column -> type."""
    from sqlglot import parse_one
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    query = qualify(
        parse_one(sql, dialect="duckdb"),
        schema=schema,
        dialect="duckdb",
        validate_qualify_columns=False,
        identify=False,
    )
    scope = build_scope(query)
    if scope is None:
        return {}
    known: dict[tuple[int, str], set[tuple[str, str, str]]] = {}
    made: Any = scope.expression
    return {name.lower(): _made_of(scope, name, known) for name in made.named_selects}


def _made_of(
    scope: Scope, name: str, known: dict[tuple[int, str], set[tuple[str, str, str]]]
) -> set[tuple[str, str, str]]:
    """What the column `name` of a query is made of; a query that feeds on itself is gone once."""
    from sqlglot import exp

    key = (id(scope), name.lower())
    if key in known:
        return known[key]
    found = known[key] = set()
    query: Any = scope.expression
    if scope.set_operation_scopes:
        place = [column.lower() for column in query.named_selects].index(name.lower())
        for side in scope.set_operation_scopes:
            side_query: Any = side.expression
            names = side_query.named_selects
            own = next((one for one in names if one.lower() == name.lower()), None)
            by_name = query.args.get("by_name")
            chosen = own if by_name else names[place] if place < len(names) else None
            if chosen is not None:
                found |= _made_of(side, chosen, known)
        return found
    # What a list is unnested from has no columns of its own.
    selects = query.selects if isinstance(query, exp.Select) else [query]
    for select in selects:
        if select is query or select.alias_or_name.lower() == name.lower():
            for column in select.find_all(exp.Column):
                found |= _source_of(scope, column, known)
    return found


def _source_of(
    scope: Scope, column: exp.Column, known: dict[tuple[int, str], set[tuple[str, str, str]]]
) -> set[tuple[str, str, str]]:
    from sqlglot import exp

    # The first part of a query that feeds on itself, which is followed where it stands.
    if not scope.sources:
        return set()
    around: Scope | None = scope
    while around is not None:
        for one in (around, *around.subquery_scopes):
            source = one.sources.get(column.table)
            if isinstance(source, exp.Table):
                return {(source.db, source.name, column.name.lower())}
            if source is not None:
                return _made_of(source, column.name, known)
        around = around.parent
    return {UNKNOWN}


def write_csv(lineage: Lineage, places: Iterable[Place], path: Path) -> None:
    """One row per column and column it is worked out from: the next one (`step` next), and the
    raw ones at the end of the way (`step` raw)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for place in places:
            for step, found in (
                ("next", lineage.parents.get(place, frozenset())),
                ("raw", lineage.raw(place)),
            ):
                for parent in sorted(found):
                    writer.writerow((*place, step, *parent))


def describe(lineage: Lineage, place: Place) -> str:
    """A sentence for the documentation of the column; empty where nothing is known."""
    if place.relation in lineage.untold:
        return ""
    parents = sorted(lineage.parents.get(place, frozenset()))
    if place in lineage.partly and not parents:
        return ""
    if not parents:
        return "Made from: no column (a constant, a count or a calendar)."
    raw = sorted(lineage.raw(place))
    return f"Made from: {_listed(parents)}. In the raw tables: {_listed(raw) or 'no column'}."


def _listed(places: list[Place]) -> str:
    told = ", ".join(f"`{place}`" for place in places[:_NAMES_TOLD])
    more = len(places) - _NAMES_TOLD
    return f"{told} and {more} more" if more > 0 else told


def write_documentation(target_dir: Path, page: Path, table: Path) -> Lineage:
    """dbt's documentation (`dbt docs generate` in `target_dir`) as one HTML page with the lineage
    of each published column, and that as CSV in `table`; ChokepointError if dbt's page has no place
    for it."""
    manifest = json.loads((target_dir / "manifest.json").read_bytes())
    catalog = json.loads((target_dir / "catalog.json").read_bytes())
    text = (target_dir / "index.html").read_text(encoding="utf-8")
    if _MANIFEST_MARK not in text or _CATALOG_MARK not in text:
        raise ChokepointError(
            f"{target_dir / 'index.html'} has no place for the data of the documentation.",
            "run `requirements/install`: the version of dbt is another one.",
        )
    lineage = read_lineage(manifest, catalog)
    places = []
    for node in sorted(manifest["nodes"].values(), key=lambda node: node["name"]):
        if node["resource_type"] == "model" and node["fqn"][1] in PUBLISHED_LAYERS:
            for column in node["columns"].values():
                places.append(Place(node["name"], column["name"].lower()))
                told = describe(lineage, places[-1])
                column["description"] = f"{column['description']} {told}".strip()
    text = text.replace(_MANIFEST_MARK, _in_script(manifest))
    text = text.replace(_CATALOG_MARK, _in_script(catalog))
    write_file(page, text.encode())
    write_csv(lineage, places, table)
    return lineage


def _in_script(value: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
