"""What stands beside every answer, of the tables that it was read from: day, release, how far it
can be trusted."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.releases.meta.licences import read_licences

if TYPE_CHECKING:
    from chokepoint.assistant.release import Asked

HERE = Path(__file__).parent
GAPS = "meta.known_gaps"
CERTAINTY, ORIGIN = "certainty", "data_origin"
# Days of law: somebody read the authority's list up to the first; the second has a source.
READINGS = ("list_read_to", "newest_source_on")
SYNTHETIC = "synthetic"
# Sources whose titles are said; late sources that are named.
_MOST_TITLES, _MOST_IDS = 8, 6


# Status, count and ids of the sources behind some relations that are late or missing.
_LATE = """
select status, count(*), list(source_id order by source_id)
from reports.rpt_source_freshness as freshness
where
    status in ('overdue', 'not delivered')
    and exists (
        from meta.sources as sources
        inner join meta.relation_origins as origins using (table_name)
        where sources.source_id = freshness.source_id
            and list_contains($1, origins.relation_name)
    )
group by status
order by status
"""


@cache
def ranks() -> dict[str, int]:
    """Words of certainty -> rank, 0 is certain."""
    with (HERE / "certainties.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: int(row["rank"]) for row in csv.DictReader(file)}


def rank(words: str) -> int:
    """Rank of the worst of some words with semicolons, each as far as its colon; one that is not
    listed ranks worst."""
    known = ranks()
    worst = max(known.values()) + 1
    return max(known.get(word.partition(":")[0], worst) for word in words.split("; "))


def about(
    asked: Asked,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    has_own_day: bool = False,
) -> dict[str, Any]:
    """Day, release, law, sources, certainty, gaps and synthetic share of an answer with all its
    rows; `has_own_day`: the statement says of which day it is."""
    ((as_of, known_on),) = asked.con.execute(
        "select coalesce(getvariable('valid_on'), getvariable('as_of'), current_date),"
        " getvariable('known_on')"
    ).fetchall()
    # What is read from here on is about the answer, and no part of it.
    read = sorted(asked.tables)
    own = [label for label in read if not label.startswith("meta.")]
    values = {
        name: [row[place] for row in rows]
        for place, name in enumerate(columns)
        if name in (CERTAINTY, ORIGIN, *READINGS)
    }
    of = f"of {len(rows):,} of this answer"
    return {
        "as_of": "the day that the statement names, if it names one; else today"
        if has_own_day
        else as_of,
        **({"known_on": known_on} if known_on else {}),
        "release": asked.build["release_id"],
        "built_at": asked.build.get("built_at"),
        **({"private": "holds rows of the user: not for passing on"} if asked.private else {}),
        "law": _law(asked, values, of) if own else "no law was read",
        "sources": _sources(asked, own),
        "worst_certainty": _certainty(asked, own, values.get(CERTAINTY), of),
        "known_gaps": _gaps(asked, own),
        "synthetic": _synthetic(asked, own, values.get(ORIGIN), of),
        "warnings": _warnings(asked),
        "read_from": read,
    }


def _warnings(asked: Asked) -> list[str]:
    """What every page of the site says today before its figures."""
    from chokepoint.site.site import Site

    ((today,),) = asked.con.execute("select current_date").fetchall()

    def made() -> list[str]:
        site = Site(asked.con, today, asked.settings, private=asked.private)
        said = [notice.text for notice in site.notices]
        ours, built_by = version("chokepoint"), asked.build.get("project_version")
        if built_by != ours:
            said.append(
                f"The file was built by version {built_by} of Chokepoint, and is read by version"
                f" {ours}: a question may fail. Run `make build`."
            )
        return said

    return asked.once(("warnings", today), made)


def _fetch(asked: Asked, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Rows of a statement, read once."""
    return asked.once(
        (statement, str(parameters)), lambda: asked.con.execute(statement, parameters).fetchall()
    )


def _law(asked: Asked, values: Mapping[str, Sequence[Any]], of: str) -> dict[str, Any]:
    """Earliest day to which lists were read, empty where one was not, and earliest newest source:
    of the rows, where they say so, and by jurisdiction."""
    by_place = {
        place: dict(zip(READINGS, days, strict=True))
        for place, *days in _fetch(
            asked,
            f"select jurisdiction, {', '.join(READINGS)} from meta.law_coverage"
            " order by measure_count desc, jurisdiction",
        )
    }
    rows = list(zip(*(values.get(name, ()) for name in READINGS), strict=True))
    told = [dict(zip(READINGS, row, strict=True)) for row in rows if row[1] is not None]
    found = told or list(by_place.values())
    return {
        **{
            name: min(days) if (days := [row[name] for row in found]) and all(days) else None
            for name in READINGS
        },
        "of": f"{len(told):,} {of}" if told else "all jurisdictions",
        "by_jurisdiction": by_place,
    }


def _sources(asked: Asked, labels: Sequence[str]) -> dict[str, Any]:
    """Producers behind the tables, and what they publish where that is short."""
    licences = asked.once("licences", lambda: read_licences(asked.con))
    names = {label.partition(".")[2] for label in labels}
    found = sorted({(one.producer, one.title) for one in licences if one.relation in names})
    said = {"count": len(found), "producers": sorted({producer for producer, _ in found})}
    if len(found) <= _MOST_TITLES:
        said["titles"] = [title for _, title in found]
    return said


def _worst(counts: Mapping[str, int]) -> tuple[str, int]:
    word = max(counts, key=lambda each: (rank(each), counts[each], each))
    return word, counts[word]


def _certainty(
    asked: Asked, labels: Sequence[str], of_rows: Sequence[Any] | None, of: str
) -> dict[str, Any] | str:
    """The worst word of the rows; where they have none, of each table."""
    if of_rows:
        word, count = _worst(Counter(str(word or "not stated") for word in of_rows))
        return {"word": word, "rows": f"{count:,} {of}"}
    said: dict[str, Any] = {}
    for label in set(labels) & _with_column(asked, CERTAINTY):
        word = f"coalesce(cast({CERTAINTY} as varchar), 'not stated')"
        counts = dict(_fetch(asked, f"select {word}, count(*) from {label} group by all"))
        if counts:
            word, count = _worst(counts)
            said[label] = f"{word}, {count:,} of {sum(counts.values()):,} rows of the table"
    return dict(sorted(said.items())) or "not stated: no table that was read has a certainty"


def _with_column(asked: Asked, column: str) -> set[str]:
    """The relations that have a column of this name."""
    sql = "select schema_name || '.' || relation_name from meta.dictionary where column_name = ?"
    return {label for (label,) in _fetch(asked, sql, column)}


def _gaps(asked: Asked, labels: Sequence[str]) -> list[str]:
    """What is known to be missing in the tables, and behind them."""
    said = []
    if GAPS in asked.labels:
        about_gaps = {
            one
            for one in asked.tables_of(f"select * from {GAPS}")
            if one.startswith(("marts.fct_", "marts.bridge_"))
        }
        if about_gaps & set(labels):
            said += [
                f"{count:,} listed entries: {reason} ({GAPS})"
                for reason, count in _fetch(
                    asked, f"select reason, count(*) from {GAPS} group by all order by 2 desc, 1"
                )
            ]
    said += [
        f"{count} sources {status}: {', '.join(ids[:_MOST_IDS])}"
        + (f" and {count - _MOST_IDS} more" if count > _MOST_IDS else "")
        for status, count, ids in _fetch(
            asked, _LATE, [label.partition(".")[2] for label in labels]
        )
    ]
    if held := asked.build.get("sources_held_back"):
        said.append(f"sources that may not be passed on are left out: {held}")
    return said


def _synthetic(
    asked: Asked, labels: Sequence[str], of_rows: Sequence[Any] | None, of: str
) -> dict[str, Any]:
    """How many rows are invented: of the answer, where it says so, and of the tables read."""
    tables = {label: told for label in labels if (told := _invented(asked, label))}
    said: dict[str, Any] = {}
    if of_rows is not None:
        count = sum(value == SYNTHETIC for value in of_rows)
        said["rows"] = f"{count:,} {of}"
    said["rows_of_tables_read"] = tables or "none"
    return said


def _invented(asked: Asked, label: str) -> str:
    """How much of a table is invented; of one whose rows do not say, how many raw tables are."""
    if label in _with_column(asked, ORIGIN):
        of_table = f"select count(*) filter ({ORIGIN} = '{SYNTHETIC}'), count(*) from {label}"
        ((count, whole),) = _fetch(asked, of_table)
        return f"{count:,} of {whole:,} rows" if count else ""
    ((count, whole),) = _fetch(
        asked,
        "select count(*) filter (sources.data_origin = 'synthetic'), count(*)"
        " from meta.relation_origins as origins inner join meta.sources as sources using"
        " (table_name) where origins.schema_name || '.' || origins.relation_name = ?",
        label,
    )
    return f"rows do not say; {count} of {whole} raw tables behind it are samples" if count else ""
