"""Whose data a published table is made from, and under which terms it may be passed on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import duckdb

from chokepoint.releases.csv_cells import csv_text

LICENCE_FILE = "LICENSES.csv"


class Licence(NamedTuple):
    """Terms of one raw table that a published relation is made from.

    relation     published relation
    raw_table    landed table or seed
    our_licence  terms of what this project added to it
    """

    relation: str
    raw_table: str
    producer: str
    title: str
    licence: str
    licence_url: str | None
    our_licence: str | None
    data_origin: str | None


def read_licences(con: duckdb.DuckDBPyConnection) -> list[Licence]:
    """One entry per published model and raw table it is made from, near or far.

    con  connection whose database in use is the published file

    Tables of sources that hold no row are left out: no terms of theirs apply. Empty where the file
    does not say what it was made from.
    """
    held = _columns_held(con, "sources")
    if not {"table_name", "licence", "producer", "title"} <= held:
        return []
    more = ", ".join(
        f"sources.{name}" if name in held else "null"
        for name in ("licence_url", "our_licence", "data_origin")
    )
    return [
        Licence(*row)
        for row in con.execute(
            f"""
            select inputs.relation_name, sources.table_name, sources.producer, sources.title,
                sources.licence, {more}
            from meta.inputs
            inner join meta.sources on inputs.input_name = sources.table_name
            where inputs.input_kind in ('delivery', 'seed') and {has_rows(con)}
            order by all
            """
        ).fetchall()
    ]


def is_read(con: duckdb.DuckDBPyConnection) -> str:
    """Condition on `meta.sources`: it has rows, and a published table is made from them.

    A file that does not say what it was made from meets the second half.
    """
    says_inputs = {"input_name", "input_kind"} <= _columns_held(con, "inputs")
    if not says_inputs or "table_name" not in _columns_held(con, "sources"):
        return has_rows(con)
    return (
        f"{has_rows(con)} and exists (from meta.inputs where inputs.input_name = sources.table_name"
        " and inputs.input_kind in ('delivery', 'seed'))"
    )


def has_rows(con: duckdb.DuckDBPyConnection) -> str:
    """Condition on `meta.sources`: the source has rows in the file in use, as meta.freshness says.

    A file that does not say it, and seeds, which are always there, meet it.
    """
    if "source_id" not in _columns_held(con, "sources"):
        return "true"
    if not {"source_id", "row_count"} <= _columns_held(con, "freshness"):
        return "true"
    has_some = (
        "not exists (from meta.freshness where freshness.source_id = sources.source_id"
        " and coalesce(freshness.row_count, 0) = 0)"
    )
    if "sources_held_back" not in _columns_held(con, "build"):
        return has_some
    return (
        f"{has_some} and not exists (from meta.build where list_contains("
        "string_split(coalesce(sources_held_back, ''), ', '), sources.source_id))"
    )


def _columns_held(con: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {
        name
        for (name,) in con.execute(
            "select column_name from duckdb_columns() where database_name = current_database()"
            " and schema_name = 'meta' and table_name = $1",
            [table],
        ).fetchall()
    }


def package_licences(licences: list[Licence]) -> list[dict[str, str]]:
    """The same terms once each, as data packages state them: name, title and address."""
    found = []
    for title, url in sorted({(one.licence, one.licence_url or "") for one in licences}):
        entry = {"name": re.sub(r"[^A-Za-z0-9.]+", "-", title).strip("-"), "title": title}
        if url.startswith("http"):
            entry["path"] = url
        found.append(entry)
    return found


def write_licences(licences: list[Licence], path: Path) -> None:
    """Write them as CSV with a header."""
    path.write_text(csv_text(Licence._fields, licences), encoding="utf-8", newline="")
