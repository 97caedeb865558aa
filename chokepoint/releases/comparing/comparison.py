"""Two published files side by side: what each says of itself, and which relations differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import duckdb

from chokepoint.releases.meta.dictionary import RESERVED
from chokepoint.releases.relations import Relation, quote, read_relations

_VERSIONS = ("project_version", "duckdb_version", "dbt_version", "python_version")


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


@dataclass(frozen=True)
class _Known:
    """What meta.relations says of a relation."""

    rows: int = 0
    content_hash: str | None = None
    key: tuple[str, ...] = ()


class Comparison:
    """An older published file and a newer one on one connection; `relations`: database -> label ->
    relation."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, before: str = "before", after: str = "release"
    ) -> None:
        self.con, self.before, self.after = con, before, after
        self.sides = (before, after)
        self.relations = {
            side: {one.label: one for one in read_relations(con, side)} for side in self.sides
        }
        self._known = {side: self._read_known(side) for side in self.sides}

    def has(self, label: str) -> bool:
        """Whether both files have the relation."""
        return all(label in self.relations[side] for side in self.sides)

    def types(self, label: str) -> tuple[dict[str, str], dict[str, str]]:
        """Column -> type in the older and the newer file; empty without such a relation."""
        old, new = (
            {column.name: column.data_type for column in found.columns} if found else {}
            for found in (self.relations[side].get(label) for side in self.sides)
        )
        return old, new

    def key(self, label: str) -> list[str]:
        """Columns of the newer file that tell its rows apart; empty where none are known."""
        return list(self._of(self.after, label).key)

    def is_same(self, label: str) -> bool:
        """Whether both files give the relation the same content hash."""
        old, new = (self._of(side, label).content_hash for side in self.sides)
        return old is not None and old == new

    @cached_property
    def delivered(self) -> str:
        """Table of deliveries that count, per source and period: status (new, withdrawn, revised,
        reread, same), files and rows of the newer file, and both in words."""
        reread = "''"
        if self.has("meta.inputs"):
            listed = (
                f"select source_id, checksum from {side}.meta.inputs where input_kind = 'delivery'"
                for side in self.sides
            )
            reread = f"""
                select source_id from ({next(listed)}) as old
                inner join ({next(listed)}) as new using (source_id)
                where old.checksum <> new.checksum
            """
        old, new = (
            f"""
            select source_id, period,
                string_agg(file_sha256, ' ' order by file_sha256) as checksums,
                count(*) as file_count,
                cast(sum(row_count) as bigint) as row_count,
            from {side}.meta.deliveries where is_current group by all
            """
            if "meta.deliveries" in self.relations[side]
            else "select null::varchar as source_id, null::varchar as period,"
            " null::varchar as checksums, 0 as file_count, 0 as row_count where false"
            for side in self.sides
        )
        self.con.execute(
            f"""
            create or replace temp table delivered as
            select
                source_id,
                period,
                case
                    when old.checksums is null then 'new'
                    when new.checksums is null then 'withdrawn'
                    when old.checksums <> new.checksums then 'revised'
                    when source_id in ({reread}) then 'reread'
                    else 'same'
                end as status,
                new.file_count,
                new.row_count,
                source_id || ' ' || period || case
                    when old.checksums is null then ''
                    when new.checksums is null then ' withdrawn'
                    when old.checksums = new.checksums then ' read by another contract'
                    else ' ' || left(old.checksums, 8) || ' to ' || left(new.checksums, 8)
                end as told,
            from ({old}) as old
            full join ({new}) as new using (source_id, period)
            """
        )
        return "temp.delivered"

    @cached_property
    def changed_versions(self) -> list[tuple[str, str | None, str | None]]:
        """(name, before, after) of the project and the tools that made the files."""
        if not self.has("meta.build"):
            return []
        old, new = (read_one(self.con, f"select * from {side}.meta.build") for side in self.sides)
        return [
            (name, old.get(name), new.get(name))
            for name in _VERSIONS
            if old.get(name) != new.get(name)
        ]

    @cached_property
    def diffs(self) -> list[RelationDiff]:
        """Every relation by name, without those of the build itself; rows by one join per table
        that differs, within the connection's memory."""
        labels = {label for side in self.sides for label in self.relations[side]}
        return [self._diff(label) for label in sorted(labels - set(RESERVED))]

    def _diff(self, label: str) -> RelationDiff:
        before, after = (self._of(side, label).rows for side in self.sides)
        old, new = self.types(label)
        said: dict[str, Any] = {
            "columns_added": [name for name in new if name not in old],
            "columns_removed": [name for name in old if name not in new],
        }
        if label not in self.relations[self.before]:
            return RelationDiff(label, "added", rows_after=after, rows_added=after, **said)
        if label not in self.relations[self.after]:
            return RelationDiff(label, "removed", rows_before=before, rows_removed=before, **said)
        retyped = {
            name: (old[name], kind) for name, kind in new.items() if old.get(name, kind) != kind
        }
        said |= {"retyped": retyped, "rows_before": before, "rows_after": after}
        is_other = any((said["columns_added"], said["columns_removed"], retyped))
        found = [self.relations[side][label] for side in self.sides]
        if any(relation.kind == "view" for relation in found):
            return RelationDiff(label, "changed" if is_other else "same", "columns", **said)
        if self.is_same(label):
            return RelationDiff(label, "same", **said)
        shared, key = [name for name in new if name in old], self.key(label)
        is_keyed = bool(key) and set(key) <= set(shared)
        if is_keyed:
            columns = ", ".join(map(quote, key))
            twice = (
                f"select 1 from {self._tables(found[0])[0]} group by {columns} having count(*) > 1"
            )
            is_keyed = self.con.execute(f"{twice} limit 1").fetchone() is None
        counts = self._by_key(label, key, shared) if is_keyed else self._by_row(found[1], shared)
        status = "changed" if is_other or any(counts.values()) else "same"
        return RelationDiff(label, status, "key" if is_keyed else "row", **counts, **said)

    def differs(self, label: str, name: str) -> str:
        """SQL that is true where a column is not the same in `old` and `new`."""
        sides = [f"old.{quote(name)}", f"new.{quote(name)}"]
        if len({types[name] for types in self.types(label)}) > 1:
            sides = [f"cast({side} as varchar)" for side in sides]
        return f"{sides[0]} is distinct from {sides[1]}"

    def joined(self, label: str, key: list[str]) -> str:
        """SQL of both tables, `old` and `new`, joined by key; `is_there` tells missing rows."""
        before, after = self._tables(self.relations[self.after][label])
        same_key = " and ".join(
            self.differs(label, name).replace("is distinct", "is not distinct") for name in key
        )
        return f"""
            (select *, true as is_there from {before}) as old
            full join (select *, true as is_there from {after}) as new on {same_key}
        """

    def _by_key(self, label: str, key: list[str], shared: list[str]) -> dict[str, Any]:
        differs = partial(self.differs, label)
        values = [name for name in shared if name not in key]
        both = "old.is_there and new.is_there"
        cells = "".join(f", count(*) filter ({both} and {differs(name)})" for name in values)
        any_cell = " or ".join(map(differs, values)) or "false"
        ((added, removed, changed, *counted),) = self.con.execute(
            f"""
            select
                count(*) filter (old.is_there is null),
                count(*) filter (new.is_there is null),
                count(*) filter ({both} and ({any_cell}))
                {cells}
            from {self.joined(label, key)}
            """
        ).fetchall()
        return {
            "rows_added": added,
            "rows_removed": removed,
            "rows_changed": changed,
            "cells": {name: count for name, count in zip(values, counted, strict=True) if count},
        }

    def _by_row(self, relation: Relation, shared: list[str]) -> dict[str, Any]:
        columns = ", ".join(map(quote, shared))
        before, after = self._tables(relation)
        added, removed = (
            self.con.execute(
                f"select count(*) from (select {columns} from {one} except all"
                f" select {columns} from {other})"
            ).fetchall()[0][0]
            for one, other in ((after, before), (before, after))
        ) if shared else (0, 0)  # fmt: skip
        return {"rows_added": added, "rows_removed": removed}

    def _tables(self, relation: Relation) -> list[str]:
        return [f"{side}.{relation.sql_name}" for side in self.sides]

    def _of(self, side: str, label: str) -> _Known:
        return self._known[side].get(label, _Known())

    def _read_known(self, side: str) -> dict[str, _Known]:
        held = {column.name for column in self.relations[side]["meta.relations"].columns}
        key = "key_columns" if "key_columns" in held else "null"
        return {
            label: _Known(rows, content_hash, tuple(columns.split(", ")) if columns else ())
            for label, rows, content_hash, columns in self.con.execute(
                f"select schema_name || '.' || relation_name, row_count, content_hash, {key}"
                f" from {side}.meta.relations"
            ).fetchall()
        }


def read_one(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """The first row of a query by column; empty without one."""
    cursor = con.execute(sql)
    row = cursor.fetchone()
    return {} if row is None else dict(zip([c[0] for c in cursor.description], row, strict=True))
