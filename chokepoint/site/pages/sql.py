"""SQL on the published file, in the reader's browser: questions, relations, an editor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile
from typing import Any

import duckdb

from chokepoint.reading.queries import TYPES, Query, list_queries, meaning_of
from chokepoint.releases.csv_cells import FORMULA, NUMBER
from chokepoint.releases.relations import quote
from chokepoint.site import wasm, words
from chokepoint.site.site import Page, Site

NAV = ("sql.html", "SQL")
# Rows that the page shows of a result; the CSV has all.
SHOWN = 200
# Columns of the longest key of a published relation, and some to spare.
MOST_MEMBERS = 12
# Parameters that are today's day where nobody says otherwise: here the day of the page.
_DAYS = ("as_of", "valid_on")
_NUMBER_OF_QUESTION = re.compile(r"A(\d+): ")


def pages(site: Site) -> Iterator[Page]:
    """The one page; what it loads is written by `builder`."""
    relations = site.rows("sql_relations")
    macros = site.rows("sql_macros")
    synthetic = _synthetic(site)
    yield Page(
        NAV[0],
        "sql.html.j2",
        "Ask in SQL",
        {
            "relations": [
                {**row, "synthetic_rows": synthetic.get(_bare(row["relation"]), 0)}
                for row in relations
            ],
            "macros": macros,
            "law": _law(site),
            "data": {
                "questions": [_question(site, query) for query in list_queries(site.settings)],
                "types": TYPES,
                "synthetic": {
                    _bare(row["relation"]): row["relation"]
                    for row in relations
                    if _bare(row["relation"]) in synthetic
                },
                "without_extensions": _without_extensions(),
                "shown": SHOWN,
                # What a cell of text is that a spreadsheet would run.
                "formula": FORMULA.removeprefix("(?s)"),
                "number": NUMBER,
            },
            "lacks": site.lacks("sql_relations", "sql_macros"),
        },
    )


def _bare(relation: str) -> str:
    return relation.rpartition(".")[2]


def _question(site: Site, query: Query) -> dict[str, Any]:
    lines = query.sql.splitlines()
    return {
        "name": query.name,
        "title": _NUMBER_OF_QUESTION.sub("", query.title),
        "notes": query.notes,
        "sql": "\n".join(dropwhile(lambda line: line.startswith("--"), lines)),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "meaning": meaning_of(parameter.type),
                "help": parameter.help,
                "value": site.as_of.isoformat() if parameter.name in _DAYS else "",
                "known": query.known.get(parameter.name, []),
            }
            for parameter in query.parameters
        ],
    }


def _without_extensions() -> list[str]:
    """Statements that make what the engine lacks; `json_object` for each number of members."""
    text = (wasm.HERE / "without_extensions.sql").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    ways = []
    for count in range(1, MOST_MEMBERS + 1):
        names = ", ".join(f"name_{n}, given_{n}" for n in range(count))
        members = " || ',' || ".join(f"json_member(name_{n}, given_{n})" for n in range(count))
        ways.append(f"({names}) as '{{' || {members} || '}}'")
    objects = f"create temp macro json_object{', '.join(ways)}"
    return [*(part.strip() for part in "\n".join(lines).split(";\n") if part.strip()), objects]


def _synthetic(site: Site) -> dict[str, int]:
    """Rows of invented samples, by the name of the table that has any; the plan names no schema."""
    tables = site.con.execute(
        """
        select schema_name, table_name from duckdb_columns()
        semi join duckdb_tables() using (database_name, schema_name, table_name)
        where column_name = 'data_origin' and database_name = current_database()
        """
    ).fetchall()
    found = {}
    for schema, name in tables:
        try:
            (count,) = site.con.execute(
                f"select count(*) from {quote(schema)}.{quote(name)}"
                " where data_origin = 'synthetic'"
            ).fetchone() or (0,)
        except duckdb.Error:
            continue
        if count:
            found[name] = count
    return found


def _law(site: Site) -> str:
    """Whose list of acts was read up to which day, as sentences."""
    rows = site.rows("law_coverage")
    if not rows:
        return "The file does not say up to which day the law was read."
    read = [
        f"{words.in_sentence(site.jurisdiction(row['jurisdiction']))} ({words.read_to(row)})"
        for row in rows
        if row["list_read_to"]
    ]
    others = words.count(len(rows) - len(read), "other jurisdiction")
    said = f"Law: {words.listing(read, 4)}. " if read else ""
    return f"{said}Of {others} no list of acts was read, only sources of single measures."
