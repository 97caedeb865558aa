"""What differs between two published files, relation by relation: rows, columns, types."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from chokepoint.releases.dictionary import RESERVED
from chokepoint.releases.relations import Relation, quote, read_relations


@dataclass(frozen=True)
class RelationDiff:
    """A relation in two files.

    status       added, removed, changed or same
    compared_by  `key`, rows by their key; `row`, whole rows, so that a changed row counts as one
                 removed and one added; `columns`, a view, whose rows may depend on the day
    cells        column -> rows whose value differs, of rows in both files
    retyped      column -> type before and after
    """

    relation: str
    status: str
    compared_by: str = "key"
    rows_before: int = 0
    rows_after: int = 0
    rows_added: int = 0
    rows_removed: int = 0
    rows_changed: int = 0
    cells: dict[str, int] = field(default_factory=dict)
    columns_added: list[str] = field(default_factory=list)
    columns_removed: list[str] = field(default_factory=list)
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def has_changed_columns(self) -> bool:
        return bool(self.columns_added or self.columns_removed or self.retyped)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(con: duckdb.DuckDBPyConnection, before: str, after: str) -> list[RelationDiff]:
    """Every relation of two attached databases, by name, but for what tells of a build itself.

    Rows are compared by one join per table that differs, within the memory of the connection.
    """
    old = {one.label: one for one in read_relations(con, before) if one.label not in RESERVED}
    new = {one.label: one for one in read_relations(con, after) if one.label not in RESERVED}
    known = {name: _known(con, name) for name in (before, after)}
    found = []
    for label in sorted(old.keys() | new.keys()):
        if label not in old:
            rows = known[after].get(label, (0, None, None))[0]
            found.append(
                RelationDiff(
                    label, "added", rows_after=rows, rows_added=rows,
                    columns_added=[column.name for column in new[label].columns],
                )
            )  # fmt: skip
        elif label not in new:
            rows = known[before].get(label, (0, None, None))[0]
            found.append(
                RelationDiff(
                    label, "removed", rows_before=rows, rows_removed=rows,
                    columns_removed=[column.name for column in old[label].columns],
                )
            )  # fmt: skip
        else:
            found.append(_compare(con, before, after, old[label], new[label], known))
    return found


def _compare(
    con: duckdb.DuckDBPyConnection,
    before: str,
    after: str,
    old: Relation,
    new: Relation,
    known: dict[str, dict[str, tuple[int, str | None, str | None]]],
) -> RelationDiff:
    label = new.label
    rows_before, old_hash, _ = known[before].get(label, (0, None, None))
    rows_after, new_hash, key_text = known[after].get(label, (0, None, None))
    types = {column.name: column.data_type for column in old.columns}
    changed = {
        "columns_added": [c.name for c in new.columns if c.name not in types],
        "columns_removed": [
            c.name for c in old.columns if c.name not in {d.name for d in new.columns}
        ],
        "retyped": {
            c.name: (types[c.name], c.data_type)
            for c in new.columns
            if types.get(c.name, c.data_type) != c.data_type
        },
    }
    counts: dict[str, Any] = {"rows_before": rows_before, "rows_after": rows_after}
    is_other = any(changed.values())
    if "view" in (old.kind, new.kind):
        status = "changed" if is_other else "same"
        return RelationDiff(label, status, "columns", **counts, **changed)
    if old_hash is not None and old_hash == new_hash:
        return RelationDiff(label, "same", **counts, **changed)
    shared = [c.name for c in new.columns if c.name in types]
    key = key_text.split(", ") if key_text else []
    tables = {name: f"{name}.{quote(new.schema)}.{quote(new.name)}" for name in (before, after)}
    is_keyed = bool(key) and set(key) <= set(shared) and _is_unique(con, tables[before], key)
    if is_keyed:
        counts |= _by_key(con, tables[before], tables[after], key, shared, changed["retyped"])
    else:
        counts |= _by_row(con, tables[before], tables[after], shared)
    moved = counts["rows_added"] + counts["rows_removed"] + counts.get("rows_changed", 0)
    return RelationDiff(
        label,
        "changed" if moved or is_other else "same",
        "key" if is_keyed else "row",
        **counts,
        **changed,
    )


def _by_key(
    con: duckdb.DuckDBPyConnection,
    before: str,
    after: str,
    key: list[str],
    shared: list[str],
    retyped: dict[str, tuple[str, str]],
) -> dict[str, Any]:
    def differs(name: str) -> str:
        sides = [f"old.{quote(name)}", f"new.{quote(name)}"]
        if name in retyped:
            sides = [f"cast({side} as varchar)" for side in sides]
        return f"{sides[0]} is distinct from {sides[1]}"

    same_key = " and ".join(differs(name).replace("is distinct", "is not distinct") for name in key)
    values = [name for name in shared if name not in key]
    both = "old.is_there and new.is_there"
    cells = "".join(f", count(*) filter ({both} and {differs(name)})" for name in values)
    any_cell = " or ".join(map(differs, values)) or "false"
    added, removed, changed, *counted = con.execute(
        f"""
        select
            count(*) filter (old.is_there is null),
            count(*) filter (new.is_there is null),
            count(*) filter ({both} and ({any_cell}))
            {cells}
        from (select *, true as is_there from {before}) as old
        full join (select *, true as is_there from {after}) as new on {same_key}
        """
    ).fetchone()
    return {
        "rows_added": added,
        "rows_removed": removed,
        "rows_changed": changed,
        "cells": {name: count for name, count in zip(values, counted, strict=True) if count},
    }


def _by_row(
    con: duckdb.DuckDBPyConnection, before: str, after: str, shared: list[str]
) -> dict[str, Any]:
    columns = ", ".join(map(quote, shared))
    added, removed = (
        con.execute(
            f"select count(*) from (select {columns} from {one} except all"
            f" select {columns} from {other})"
        ).fetchone()[0]
        for one, other in ((after, before), (before, after))
    ) if shared else (0, 0)  # fmt: skip
    return {"rows_added": added, "rows_removed": removed}


def _is_unique(con: duckdb.DuckDBPyConnection, table: str, key: list[str]) -> bool:
    columns = ", ".join(map(quote, key))
    return con.execute(
        f"select count(*) = 0 from (select 1 from {table} group by {columns} having count(*) > 1)"
    ).fetchone()[0]


def _known(
    con: duckdb.DuckDBPyConnection, database: str
) -> dict[str, tuple[int, str | None, str | None]]:
    """Label -> rows, content hash and key, as meta.relations says."""
    has_key = con.execute(
        "select count(*) from duckdb_columns() where database_name = $1 and schema_name = 'meta'"
        " and table_name = 'relations' and column_name = 'key_columns'",
        [database],
    ).fetchone()[0]
    key = "key_columns" if has_key else "null"
    return {
        label: (rows, content_hash, key_columns)
        for label, rows, content_hash, key_columns in con.execute(
            f"select schema_name || '.' || relation_name, row_count, content_hash, {key}"
            f" from {database}.meta.relations"
        ).fetchall()
    }
