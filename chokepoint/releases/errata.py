"""Figures that a numbered release gave and a later one corrected: it has another value, or none,
for the cell. What a new period added corrects nothing."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.releases.candidate import connection
from chokepoint.releases.csv_cells import csv_text
from chokepoint.releases.meta.citation import AUTHOR
from chokepoint.releases.numbered import NumberedRelease, find_numbered, list_numbered
from chokepoint.releases.relations import Relation, literal, quote, read_relations
from chokepoint.settings import Settings

COLUMNS = (
    "version", "released_on", "corrects", "relation_name", "row_key", "column_name", "old_value",
    "new_value", "cause", "evidence",
)  # fmt: skip
_CORRECTIONS = "change_kind <> 'appeared' and cause <> 'new_period'"
_CELLS_TOLD = 5


@dataclass(frozen=True)
class Figure:
    """A cell of a numbered release as it is printed (None: no value), and (version, value) of later
    releases that gave another, in order."""

    version: str
    relation: str
    column: str
    description: str
    value: str | None
    corrections: tuple[tuple[str, str | None], ...]


def corrections(settings: Settings) -> list[tuple[Any, ...]]:
    """One row per corrected cell, of COLUMNS, the newest release first."""
    found: list[tuple[Any, ...]] = []
    for made in _newest_first(settings):
        with connection(settings) as con:
            con.execute(f"attach {literal(str(made.path))} as release (read_only)")
            found += con.execute(
                f"""
                select ?, ?, previous_release, relation_name, row_key, column_name, old_value,
                    new_value, cause, coalesce(evidence, possible_causes)
                from release.meta.changes
                where {_CORRECTIONS}
                order by all
                """,
                [made.version, made.released_at.date()],
            ).fetchall()
    return found


def counts(settings: Settings) -> list[tuple[Any, ...]]:
    """Release, release that it corrects, relation, cause, count of cells."""
    return [(*key, len(cells)) for key, cells in _groups(settings).items()]


def _groups(settings: Settings) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """(release, release that it corrects, relation, cause) -> corrected cells by column."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in corrections(settings):
        cell = dict(zip(COLUMNS, row, strict=True))
        key = (cell["version"], cell["corrects"], cell["relation_name"], cell["cause"])
        groups.setdefault(key, []).append(cell)
    return groups


def errata_csv(settings: Settings) -> str:
    """All corrected cells as CSV."""
    return csv_text(COLUMNS, corrections(settings))


def errata_feed(settings: Settings, address: str = "") -> str:
    """The corrections as an Atom feed, an entry per release, relation and cause; without the site's
    `address` with identifiers but no link."""
    import feedgenerator

    home = f"{address.rstrip('/')}/" if address else "urn:chokepoint:errata"
    feed = feedgenerator.Atom1Feed(
        title="Chokepoint: corrected figures",
        link=home,
        description="Figures of a numbered release that a later one corrects, with the cause.",
        feed_guid="urn:chokepoint:errata",
        author_name=AUTHOR,
        language="en",
    )
    made_at = {made.version: made.released_at for made in list_numbered(settings)}
    groups = _groups(settings)
    for (version, corrects, relation, cause), cells in groups.items():
        told = [
            f"{cell['column_name']} of {cell['row_key']}: "
            + " to ".join(cell[name] or "no value" for name in ("old_value", "new_value"))
            for cell in cells[:_CELLS_TOLD]
        ]
        if len(cells) > _CELLS_TOLD:
            told.append(f"and {len(cells) - _CELLS_TOLD:,} more: `chokepoint release errata`")
        noun = "figure" if len(cells) == 1 else "figures"
        feed.add_item(
            title=f"{len(cells):,} {noun} of {relation} in release {corrects} corrected by"
            f" {version}: {cause.replace('_', ' ')}",
            link=home,
            description="\n".join(told),
            unique_id=f"urn:chokepoint:errata:{version}:{relation}:{cause}",
            updateddate=made_at[version],
            pubdate=made_at[version],
        )
    if not groups:
        # An empty feed is dated too, and not by the clock.
        newest = max(made_at.values(), default=datetime.fromtimestamp(0, UTC))
        feed.latest_post_date = lambda: newest
    return feed.writeString("utf-8") + "\n"


def figure(settings: Settings, version: str, relation: str, column: str, key: str) -> Figure:
    """What a numbered release says in one cell of a published table or view, and what later ones
    say. `key`: JSON of column -> value for one row. ChokepointError for an unknown release,
    relation, column or key, and where no row or several fit."""
    try:
        wanted = json.loads(key)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict) or not wanted:
        raise ChokepointError(
            f"--key {key!r} is no key: a JSON object of columns and values.",
            """write it such as '{"product_code": "850511", "period": "2024"}'.""",
        )
    made = find_numbered(settings, version)
    with connection(settings) as con:
        held = _relation(con, made, relation)
        columns = {one.name: one for one in held.columns}
        unknown = sorted({column, *wanted} - set(columns))
        if unknown:
            raise ChokepointError(
                f"{held.label} of release {version} has no column {', '.join(unknown)}.",
                f"its columns: {', '.join(columns)}.",
            )
        rows = _rows(con, held, column, wanted)
        if len(rows) != 1:
            what = "No row" if not rows else "More than one row"
            raise ChokepointError(
                f"{what} of {held.label} in release {version} has the key {json.dumps(wanted)}.",
                "give values of the release for columns that together find one row; meta.relations"
                " names the key.",
            )
        value = last = rows[0][0]
        corrected = []
        for later in reversed(_newest_first(settings)):
            if later.released_at <= made.released_at:
                continue
            now = None
            with (
                connection(settings) as other,
                contextlib.suppress(
                    # A later release may have no such cell.
                    ChokepointError,
                    duckdb.BinderException,
                ),
            ):
                rows = _rows(other, _relation(other, later, relation), column, wanted)
                now = rows[0][0] if len(rows) == 1 else None
            if now != last:
                corrected.append((later.version, now))
                last = now
    return Figure(
        version, held.label, column, columns[column].description or "", value, tuple(corrected)
    )


def _newest_first(settings: Settings) -> list[NumberedRelease]:
    return sorted(list_numbered(settings), key=lambda made: made.released_at, reverse=True)


def _relation(con: duckdb.DuckDBPyConnection, made: NumberedRelease, name: str) -> Relation:
    con.execute(f"attach {literal(str(made.path))} as release (read_only)")
    con.execute("use release")
    plain = name.rpartition(".")[2].lower()
    held = [one for one in read_relations(con, "release") if one.kind in ("table", "view")]
    for one in held:
        if one.name == plain:
            return one
    import difflib

    near = difflib.get_close_matches(plain, [one.name for one in held], 3, 0.5)
    raise ChokepointError(
        f"Release {made.version} has no relation {name!r}.",
        f"give the name of a published table{', such as ' + ', '.join(near) if near else ''}.",
    )


def _rows(
    con: duckdb.DuckDBPyConnection, held: Relation, column: str, key: dict[str, Any]
) -> list[tuple[Any, ...]]:
    conditions = " and ".join(
        f"cast({quote(name)} as varchar) is not distinct from cast(? as varchar)" for name in key
    )
    return con.execute(
        f"select cast({quote(column)} as varchar) from release.{held.sql_name}"
        f" where {conditions} limit 2",
        list(key.values()),
    ).fetchall()
