"""What a release says about itself: the meta tables that publishing writes, the data package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from chokepoint.checks import CheckResult
from chokepoint.releases import meanings
from chokepoint.releases.files import sha256_of
from chokepoint.releases.finding import NO_AID, Aid, example_of, find_macro, grain_of
from chokepoint.releases.licences import Licence, package_licences, package_origins, read_licences
from chokepoint.releases.relations import Relation, literal, quote, read_relations

# relation -> (description, {column: (type, description)})
META_TABLES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "build": (
        "One row per release in this file, which is one: what it was built from, when, by what.",
        {
            "release_id": ("varchar", "Name of the release: time of the build and content hash."),
            "previous_release": (
                "varchar",
                "Numbered release that meta.changes compares with; empty before the first one.",
            ),
            "project_version": ("varchar", "Version of the project that built it."),
            "git_commit": ("varchar", "Commit of the project; empty outside a git checkout."),
            "python_version": ("varchar", "Python that ran the build."),
            "duckdb_version": ("varchar", "Version of DuckDB that wrote the file."),
            "dbt_version": ("varchar", "Version of dbt-core that built the models."),
            "content_hash": (
                "varchar",
                "MD5 over the contents of the marts: the same raw data gives the "
                "same hash on any day.",
            ),
            "sources_held_back": (
                "varchar",
                "Sources of which rows have landed that may not be passed on: nothing made from "
                "them is in this file, and no count here knows them. Empty where there is none.",
            ),
            "seconds_per_stage": ("varchar", "Wall seconds per stage, as a JSON object."),
            "row_count": ("bigint", "Rows of all published relations together, views included."),
            "relation_count": ("integer", "Number of published tables and views."),
            "is_git_dirty": (
                "boolean",
                "True if the checkout had changes that the commit does not hold.",
            ),
            "built_at": ("timestamp", "When the release was built, in UTC."),
        },
    ),
    "check_results": (
        "One row per check of this release, at landing, in dbt and on the published file.",
        {
            "check_name": ("varchar", "Name of the check: what it looks at and what it claims."),
            "relation": ("varchar", "Table or view that was checked."),
            "layer": ("varchar", "Layer that the check ran on: landing, dbt or published."),
            "engine": ("varchar", "What ran it: great_expectations or dbt."),
            "severity": ("varchar", "error stops a release; warn asks for a look."),
            "status": ("varchar", "pass, fail, warn, error (the check could not run) or skipped."),
            "observed": ("varchar", "What was seen."),
            "expected": ("varchar", "What was asked for."),
            "reason": ("varchar", "What would go wrong in the world if the claim did not hold."),
            "failing_sample": ("varchar", "A few failing rows, as JSON."),
            "seconds": ("double", "Wall time of the check in seconds."),
            "checked_on": (
                "varchar",
                "Day on which it ran, in UTC: a build runs no check again on what is as it was.",
            ),
        },
    ),
    "relations": (
        "One row per published table or view.",
        {
            "schema_name": ("varchar", "Schema of the relation."),
            "relation_name": ("varchar", "Table or view, as SQL asks for it."),
            "relation_type": ("varchar", "table or view."),
            "description": ("varchar", "What one row of it is."),
            "key_columns": (
                "varchar",
                "Columns that tell one row from another, with commas; empty where no test says so.",
            ),
            "topic": ("varchar", "Word for the subject of the relation, such as law or trade."),
            "question": (
                "varchar",
                "Questions of queries/ that read the relation, by name or through a macro, each "
                "after its number; empty where none does.",
            ),
            "grain": ("varchar", "The first sentence of the description: one row per what."),
            "example_query": (
                "varchar",
                "Statement that shows up to ten rows, those of one value of the first key column.",
            ),
            "content_hash": (
                "varchar",
                "MD5 over columns and rows in any order. Empty for the tables that publishing "
                "writes, since they tell of the release itself.",
            ),
            "row_count": ("bigint", "Number of rows."),
        },
    ),
    "macros": (
        "One row per published table macro: what it answers, and a call that runs.",
        {
            "schema_name": ("varchar", "Schema of the macro."),
            "macro_name": ("varchar", "Macro, as SQL calls it."),
            "parameters": ("varchar", "Parameters of the macro in their order, with commas."),
            "description": ("varchar", "What one row of its answer is."),
            "topic": ("varchar", "Word for the subject of the macro, such as law or trade."),
            "question": (
                "varchar",
                "Questions of queries/ that call the macro, by name or through another one, each "
                "after its number; empty where none does.",
            ),
            "grain": ("varchar", "The first sentence of its description: one row per what."),
            "example_query": ("varchar", "Statement that calls the macro with sample arguments."),
        },
    ),
    "questions": (
        "One row per question of the project, as SQL that runs on this file.",
        {
            "question_name": ("varchar", "Name of the question: its number and a few words."),
            "title": ("varchar", "The question, as a reader asks it."),
            "sql": (
                "varchar",
                "The whole query, with the comments that explain it and declare its parameters. "
                "They are set as variables of DuckDB.",
            ),
        },
    ),
    "dictionary": (
        "One row per column of every published table and view.",
        {
            "schema_name": ("varchar", "Schema of the relation."),
            "relation_name": ("varchar", "Table or view, as SQL asks for it."),
            "relation_type": ("varchar", "table or view."),
            "column_name": ("varchar", "Column, as SQL asks for it."),
            "data_type": ("varchar", "Type of the column in DuckDB."),
            "description": ("varchar", "What the column means."),
            "unit": ("varchar", "What its values are counted in, or what kind of value it holds."),
            "value_range": (
                "varchar",
                "Bounds or values that the tests of a release hold it to; where there are none it "
                "says so.",
            ),
            "observed_range": (
                "varchar",
                "Least and greatest value in this release. Empty where the table tells of the run.",
            ),
            "example": (
                "varchar",
                "A value of this release; empty where the table tells of the run.",
            ),
            "source": (
                "varchar",
                "Raw tables that its relation reads; meta.relation_origins lists all of them.",
            ),
            "since": ("varchar", "Day since which the column is in the project."),
            "relation_description": ("varchar", "The description of its relation, once more."),
            "ordinal": ("integer", "Place of the column in its relation, from 1."),
        },
    ),
    "inputs": (
        "One row per published model and thing it is made from, near or far: delivery, seed or "
        "model.",
        {
            "relation_name": ("varchar", "Published relation."),
            "input_kind": ("varchar", "delivery, seed or model."),
            "input_name": ("varchar", "Landed table, seed or model."),
            "source_id": ("varchar", "Source of the delivery or seed; empty for models."),
            "cause": (
                "varchar",
                "What a change of it is called: data, law_event, code_map or method.",
            ),
            "checksum": (
                "varchar",
                "SHA-256 of the seed, of the model's code with the macros and variables it uses, "
                "or of how the deliveries are read; their bytes are in meta.deliveries.",
            ),
        },
    ),
    "changes": (
        "One row per cell of the main facts that differs from the last numbered release, and cause "
        "of it. Empty before the first one.",
        {
            "previous_release": ("varchar", "Numbered release that this file is compared with."),
            "relation_name": ("varchar", "Fact in schema marts."),
            "row_key": ("varchar", "Key of the row, as a JSON object."),
            "column_name": ("varchar", "Column that differs."),
            "change_kind": ("varchar", "appeared, vanished or changed: what became of the row."),
            "cause": (
                "varchar",
                "new_period, revision, code_map, law_event, method, or not_separable.",
            ),
            "possible_causes": (
                "varchar",
                "Where the cause is not_separable: those that may have had a part in it. "
                "unrecorded: the older file does not say what it was made from. Empty with no "
                "cause at hand.",
            ),
            "evidence": (
                "varchar",
                "What differs between the files: deliveries with their checksums, seeds, models, "
                "acts or measures.",
            ),
            "old_value": ("varchar", "Value in the older file."),
            "new_value": ("varchar", "Value in this file."),
            "change": (
                "decimal(38, 18)",
                "New value less old one, where none counts as zero; 1 for a column that is no "
                "number.",
            ),
            "part": (
                "decimal(38, 18)",
                "Part of the change that the cause has. The parts of a cell add to its change.",
            ),
            "is_number": ("boolean", "True if change and part are in the unit of the column."),
        },
    ),
}
FIND = (
    "One row per relation or table macro that has words of a reader in its name, questions, "
    "description or columns, the best first."
)
RESERVED = tuple(f"meta.{name}" for name in META_TABLES)
# Those that tell of the run itself: it is another one for the same content.
OF_THE_RUN = ("meta.build", "meta.check_results")
# First days of tables or columns of these that came after the project's.
_LATER = {
    **dict.fromkeys(
        (
            "build.previous_release",
            "changes",
            "dictionary.example",
            "dictionary.observed_range",
            "dictionary.since",
            "dictionary.source",
            "dictionary.unit",
            "dictionary.value_range",
            "inputs",
            "relations.key_columns",
        ),
        "2026-11-26",
    ),
    **dict.fromkeys(
        (
            "build.sources_held_back",
            "macros",
            "questions",
            "relations.example_query",
            "relations.grain",
            "relations.question",
            "relations.topic",
        ),
        "2026-12-01",
    ),
    "check_results.checked_on": "2026-11-28",
}


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


def read_primary_keys(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Relation name -> key columns, as meta.relations of the database in use says."""
    return {
        name: key.split(", ")
        for name, key in con.execute(
            "select relation_name, key_columns from meta.relations where key_columns is not null"
        ).fetchall()
    }


def read_aids(con: duckdb.DuckDBPyConnection) -> dict[str, Aid]:
    """`schema.name` -> its aid, as meta.relations and meta.macros of the database in use say."""
    rows = con.execute(
        "select schema_name, relation_name, topic, question, example_query from meta.relations"
        " union all select schema_name, macro_name, topic, question, example_query from meta.macros"
    ).fetchall()
    return {f"{schema}.{name}": Aid(*aid) for schema, name, *aid in rows}


def write_meta(
    con: duckdb.DuckDBPyConnection,
    database: str,
    *,
    build: dict[str, Any],
    counts: dict[str, tuple[int, str]],
    primary_keys: dict[str, list[str]],
    aids: Mapping[str, Sequence[str | None]],
    declared: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({}),
    stated: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({}),
    measured: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({}),
    measures_own: bool = True,
) -> int:
    """Fill meta.dictionary, meta.relations and meta.build anew, and meta.macros if it is empty;
    return the rows of everything.

    build         values of meta.build by column; the two counts are worked out here
    counts        label of every relation from the warehouse -> (row count, content hash)
    primary_keys  relation name -> key columns
    aids          label of a relation or macro -> what helps to find it (`finding.Aid`)
    declared      relation -> column -> what the project declares of it (`meanings.Declared`)
    stated        relation -> column -> what its yml states of it (`meanings.Stated`)
    measured      label of every relation from the warehouse -> column -> `meanings.Measured`
    measures_own  measure the tables that are written here too
    """
    for name in ("dictionary", "relations", "build"):
        con.execute(f"delete from meta.{name}")
    # No macro of the file changes once it has all.
    macros = con.execute("select count(*) from meta.macros").fetchone()[0]
    macros = macros or _write_macros(con, database, aids)
    relations = read_relations(con, database)
    rows = []
    for relation in relations:
        for ordinal, column in enumerate(relation.columns, start=1):
            bounds, source = declared.get(relation.name, {}).get(column.name, ("", ""))
            unit, counted, since = stated.get(relation.name, {}).get(column.name, meanings.Stated())
            if relation.label in RESERVED:
                source = "written by publishing"
                since = _LATER.get(relation.name) or _LATER.get(
                    f"{relation.name}.{column.name}", since
                )
            rows.append(
                [
                    relation.schema,
                    relation.name,
                    relation.kind,
                    column.name,
                    column.data_type,
                    column.description,
                    meanings.unit_of(column.name, column.data_type, unit, counted),
                    bounds or meanings.bounds_of_type(column.data_type),
                    *measured.get(relation.label, {}).get(column.name, (None, None)),
                    source,
                    since,
                    relation.description,
                    ordinal,
                ]
            )
    add_rows(con, "dictionary", rows)
    own_counts = {
        **{
            f"meta.{name}": con.execute(f"select count(*) from meta.{name}").fetchone()[0]
            for name in ("check_results", "inputs", "questions", "changes")
        },
        "meta.build": 1,
        "meta.macros": macros,
        "meta.relations": len(relations),
        "meta.dictionary": len(rows),
    }
    found = []
    for relation in relations:
        count, content_hash = counts.get(relation.label) or (own_counts[relation.label], None)
        key = primary_keys.get(relation.name, [])
        aid = Aid(*aids.get(relation.label, NO_AID))
        if relation.label in RESERVED:
            aid = aid._replace(topic="meta")
        examples = {name: told for name, (_, told) in measured.get(relation.label, {}).items()}
        found.append(
            [
                relation.schema,
                relation.name,
                relation.kind,
                relation.description,
                ", ".join(key) or None,
                aid.topic,
                aid.question,
                grain_of(relation.description),
                aid.example or example_of(relation.label, key, examples),
                content_hash,
                count,
            ]
        )
    add_rows(con, "relations", found)
    total = sum(row[-1] for row in found)
    values = {**build, "row_count": total, "relation_count": len(relations)}
    add_rows(con, "build", [[values.get(column) for column in META_TABLES["build"][1]]])
    if measures_own:
        measurable = set(RESERVED) - set(OF_THE_RUN)
        _measure_own(con, [relation for relation in relations if relation.label in measurable])
    return total


def _write_macros(
    con: duckdb.DuckDBPyConnection, database: str, aids: Mapping[str, Sequence[str | None]]
) -> int:
    """Fill meta.macros; return its rows."""
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
    return len(rows)


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
    """Append rows to a meta table, in the order of its columns, in the database in use.

    Through Arrow: by parameters 3,000 take 1.5 s.
    """
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
    """The descriptor of the Parquet mirror under `directory`, as frictionless data packages are.

    con           connection whose database in use is the release
    relations     what the mirror holds, one `parquet/<relation>.parquet` each
    primary_keys  relation name -> key columns
    """
    terms: dict[str, list[Licence]] = {}
    for one in read_licences(con):
        terms.setdefault(one.relation, []).append(one)
    resources = []
    for relation in relations:
        path = f"parquet/{relation.name}.parquet"
        schema: dict[str, Any] = {
            "fields": [
                {
                    "name": column.name,
                    "type": field_type(column.data_type),
                    "description": column.description,
                }
                for column in relation.columns
            ]
        }
        if relation.name in primary_keys:
            schema["primaryKey"] = list(primary_keys[relation.name])
        resources.append(
            {
                "name": relation.name,
                "title": relation.label,
                "description": relation.description,
                "path": path,
                # The standard has no tables in Parquet: tools check size and hash of a file.
                "type": "file",
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "bytes": (directory / path).stat().st_size,
                "hash": f"sha256:{sha256_of(directory / path)}",
                "schema": schema,
            }
        )
        if relation.name in terms:
            resources[-1]["licenses"] = package_licences(terms[relation.name])
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


def write_json(path: Path, value: Any) -> None:
    """Write JSON that people can read, with a line end."""
    path.write_text(
        json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
    )
