"""What a release says about itself: the meta tables that publishing writes, the data package."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.checks import CheckResult
from chokepoint.landing.files.delivery import digest
from chokepoint.releases.meta import meanings
from chokepoint.releases.meta.finding import NO_AID, Aid, example_of, find_macro, grain_of
from chokepoint.releases.meta.licences import (
    Licence,
    package_licences,
    package_origins,
    read_licences,
)
from chokepoint.releases.relations import Relation, literal, quote, read_relations
from chokepoint.warehouse.column_facts import Declared

with Path(__file__).with_name("meta_tables.csv").open(encoding="utf-8", newline="") as file:
    _LISTED = list(csv.DictReader(file))
# relation -> (description, {column: (type, description)})
META_TABLES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    row["relation"]: (row["description"], {}) for row in _LISTED if not row["column"]
}
# First day of each column that came after the project's.
_LATER = {}
for row in _LISTED:
    if row["column"]:
        _, columns = META_TABLES[row["relation"]]
        columns[row["column"]] = (row["type"], row["description"])
        _LATER[row["relation"], row["column"]] = row["since"]
FIND = (
    "One row per relation or table macro that has words of a reader in its name, questions, "
    "description or columns, the best first."
)
RESERVED = tuple(f"meta.{name}" for name in META_TABLES)
# Those that tell of the run itself: it is another one for the same content.
OF_THE_RUN = ("meta.build", "meta.check_results")


def create_meta_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables, empty and with their comments, and `meta.find` in the database in use."""
    con.execute("create schema if not exists meta")
    for name, (description, columns) in META_TABLES.items():
        listed = ", ".join(f"{quote(column)} {kind}" for column, (kind, _) in columns.items())
        con.execute(f"create or replace table meta.{name} ({listed})")
        con.execute(f"comment on table meta.{name} is {literal(description)}")
        for column, (_, meaning) in columns.items():
            con.execute(f"comment on column meta.{name}.{quote(column)} is {literal(meaning)}")
    con.execute(find_macro())
    con.execute(f"comment on macro table meta.find is {literal(FIND)}")


def add_check_results(con: duckdb.DuckDBPyConnection, results: Iterable[CheckResult]) -> None:
    """Append check results to meta.check_results of the database in use."""
    columns = list(META_TABLES["check_results"][1])
    rows = [[getattr(result, column) for column in columns] for result in results]
    add_rows(con, "check_results", rows)


@dataclass(frozen=True)
class Facts:
    """What is known of relations and columns before the meta tables are written.

    counts        label of every relation from the warehouse -> (row count, content hash)
    primary_keys  relation name -> key columns
    aids          label of a relation or macro -> what helps to find it (`finding.Aid`)
    declared      relation -> column -> what the project declares of it (`column_facts.Declared`)
    measured      label of every relation from the warehouse -> column -> `meanings.Measured`
    """

    counts: dict[str, tuple[int, str]]
    primary_keys: dict[str, list[str]]
    aids: Mapping[str, Sequence[str | None]]
    declared: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def write_meta(
    con: duckdb.DuckDBPyConnection,
    database: str,
    build: dict[str, Any],
    facts: Facts,
    *,
    measures_own: bool = True,
) -> int:
    """Fill meta.dictionary, meta.relations and meta.build (values by column; both counts are worked
    out here) anew, and meta.macros if empty; return the rows of everything. `measures_own`: measure
    these tables too."""
    for name in ("dictionary", "relations", "build"):
        con.execute(f"delete from meta.{name}")
    # No macro of the file changes once it has all.
    if not _count(con, "macros"):
        _write_macros(con, database, facts.aids)
    relations = read_relations(con, database)
    columns = [row for relation in relations for row in _columns_of(relation, facts)]
    add_rows(con, "dictionary", columns)
    own = {f"meta.{name}": _count(con, name) for name in META_TABLES}
    own |= {"meta.build": 1, "meta.relations": len(relations)}
    found = [_relation_row(relation, facts, own) for relation in relations]
    add_rows(con, "relations", found)
    total = sum(row[-1] for row in found)
    values = {**build, "row_count": total, "relation_count": len(relations)}
    add_rows(con, "build", [[values.get(column) for column in META_TABLES["build"][1]]])
    if measures_own:
        measurable = set(RESERVED) - set(OF_THE_RUN)
        _measure_own(con, [relation for relation in relations if relation.label in measurable])
    return total


def _count(con: duckdb.DuckDBPyConnection, name: str) -> int:
    return con.execute(f"select count(*) from meta.{name}").fetchall()[0][0]


def _columns_of(relation: Relation, facts: Facts) -> Iterator[list[Any]]:
    """Rows of meta.dictionary."""
    declared = facts.declared.get(relation.name, {})
    measured = facts.measured.get(relation.label, {})
    for ordinal, column in enumerate(relation.columns, start=1):
        bounds, source, unit, counted, since = declared.get(column.name, Declared())
        is_truth = column.data_type == "BOOLEAN"
        if relation.label in RESERVED:
            source = "written by publishing"
            since = _LATER[relation.name, column.name] or since
        yield [
            relation.schema,
            relation.name,
            relation.kind,
            column.name,
            column.data_type,
            column.description,
            meanings.unit_of(column.name, column.data_type, unit, counted),
            bounds or ("true, false" if is_truth else meanings.NO_BOUND),
            *measured.get(column.name, (None, None)),
            source,
            since,
            relation.description,
            ordinal,
        ]


def _relation_row(relation: Relation, facts: Facts, own: Mapping[str, int]) -> list[Any]:
    """A row of meta.relations; `own` counts the rows of the tables that are written here."""
    label = relation.label
    count, content_hash = facts.counts.get(label) or (own[label], None)
    key = facts.primary_keys.get(relation.name, [])
    aid = Aid(*facts.aids.get(label, NO_AID))
    if label in RESERVED:
        aid = aid._replace(topic="meta")
    examples = {name: told for name, (_, told) in facts.measured.get(label, {}).items()}
    return [
        relation.schema,
        relation.name,
        relation.kind,
        relation.description,
        ", ".join(key) or None,
        aid.topic,
        aid.question,
        grain_of(relation.description),
        aid.example or example_of(label, key, examples),
        content_hash,
        count,
    ]


def _write_macros(
    con: duckdb.DuckDBPyConnection, database: str, aids: Mapping[str, Sequence[str | None]]
) -> None:
    found = con.execute(
        """
        select
            schema_name, function_name, any_value(parameters), any_value(comment)
        from duckdb_functions()
        where database_name = ? and function_type = 'table_macro'
        group by schema_name, function_name
        order by schema_name, function_name
        """,
        [database],
    ).fetchall()
    rows = []
    for schema, name, parameters, description in found:
        aid = Aid(*aids.get(f"{schema}.{name}", NO_AID))
        if f"{schema}.{name}" == "meta.find":
            aid = Aid("meta", None, "select * from meta.find('trade under measures') limit 10")
        told = (aid.topic, aid.question, grain_of(description), aid.example)
        rows.append([schema, name, ", ".join(parameters), description, *told])
    add_rows(con, "macros", rows)


def _measure_own(con: duckdb.DuckDBPyConnection, relations: list[Relation]) -> None:
    """Enter ranges and examples of the tables that publishing writes, now that they are filled."""
    found = [
        (relation.name, column, *measured)
        for relation in relations
        for column, measured in meanings.measure(con, relation).items()
    ]
    con.execute(
        f"""
        update meta.dictionary set observed_range = bounds, example = shown
        from (values {", ".join(["(?, ?, ?, ?)"] * len(found))})
            as found (of_relation, of_column, bounds, shown)
        where
            schema_name = 'meta'
            and relation_name = of_relation
            and column_name = of_column
        """,
        [value for row in found for value in row],
    )


def add_rows(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Sequence[Any]]) -> None:
    """Append rows to a meta table of the database in use, in the order of its columns, through
    Arrow: by parameters 3,000 take 1.5 s."""
    import pyarrow

    if rows:
        columns = dict(zip(META_TABLES[name][1], zip(*rows, strict=True), strict=True))
        # DuckDB finds it by its name here.
        to_insert = pyarrow.table(columns)
        con.execute(f"insert into meta.{name} from to_insert")
        del to_insert


def utc_text(moment: datetime) -> str:
    """A moment as `2026-11-25T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_FIELD_TYPES = {
    "TIMESTAMP": "datetime", "BOOLEAN": "boolean", "DECIMAL": "number", "DOUBLE": "number",
    "FLOAT": "number", "DATE": "date", "TIME": "time", "STRUCT": "object", "MAP": "object",
}  # fmt: skip


def field_type(data_type: str) -> str:
    """The data package's word for a DuckDB type."""
    if data_type.endswith("]"):
        return "array"
    base = re.split(r"[( ]", data_type, maxsplit=1)[0]
    if re.fullmatch("U?[A-Z]*INT(EGER)?", base):
        return "integer"
    return _FIELD_TYPES.get(base.partition("_")[0], "string")


def data_package(
    con: duckdb.DuckDBPyConnection,
    relations: list[Relation],
    directory: Path,
    *,
    build: dict[str, Any],
    primary_keys: dict[str, list[str]],
) -> dict[str, Any]:
    """The descriptor, a frictionless data package, of the mirror under `directory`: one
    `parquet/<relation>.parquet` each. `con`: uses the release; `primary_keys`: relation name ->
    columns."""
    terms: dict[str, list[Licence]] = {}
    for one in read_licences(con):
        terms.setdefault(one.relation, []).append(one)
    resources = []
    for relation in relations:
        resource = _resource(relation, directory)
        if relation.name in primary_keys:
            resource["schema"]["primaryKey"] = list(primary_keys[relation.name])
        if relation.name in terms:
            resource["licenses"] = package_licences(terms[relation.name])
        resources.append(resource)
    sources, licences = package_origins(con)
    package: dict[str, Any] = {
        "name": "chokepoint",
        "title": "Strategic dependencies of the EU and the export restrictions that bear on them",
        "id": build["release_id"],
        "version": build.get("project_version") or "0",
        "created": utc_text(build["built_at"].replace(tzinfo=UTC)),
        "resources": resources,
    }
    if sources:
        package["sources"] = sources
    if licences:
        package["licenses"] = licences
    return package


def _resource(relation: Relation, directory: Path) -> dict[str, Any]:
    path = f"parquet/{relation.name}.parquet"
    return {
        "name": relation.name,
        "title": relation.label,
        "description": relation.description,
        "path": path,
        # The standard has no tables in Parquet: tools check size and hash of a file.
        "type": "file",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": (directory / path).stat().st_size,
        "hash": f"sha256:{digest(directory / path)}",
        "schema": {
            "fields": [
                {
                    "name": column.name,
                    "type": field_type(column.data_type),
                    "description": column.description,
                }
                for column in relation.columns
            ]
        },
    }


def write_json(path: Path, value: Any) -> None:
    """Write JSON that people can read, with a line end."""
    path.write_text(
        json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )
