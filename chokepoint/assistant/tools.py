"""What an assistant may ask for: each tool is a name, a description, parameters, a function. It
gives `data`, and all columns and rows that `about` speaks of; questions bring their own texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.assistant.envelope import MOST_BYTES, plain
from chokepoint.assistant.statements import check
from chokepoint.errors import ChokepointError
from chokepoint.reading import metrics, queries
from chokepoint.reading.find import find, find_named, nearest_names
from chokepoint.reading.order import first_count, lift_totals, ranked
from chokepoint.reading.queries import Parameter, Query

if TYPE_CHECKING:
    from chokepoint.assistant.release import Asked
    from chokepoint.settings import Settings

HERE = Path(__file__).parent
MOST_ROWS = 500
_ROWS_OF_SQL = 50
# Of an argument.
_MOST_LETTERS = 20_000
_JSON_TYPES = {"integer": "integer", "count": "integer", "boolean": "boolean", "object": "object"}
LIMIT = Parameter("limit", "count", f"Rows at most, up to {MOST_ROWS}; default: the first ten")
OFFSET = Parameter("offset", "count", "Rows to pass over; default: 0")
COLUMNS = Parameter("all_columns", "boolean", "Every column, not only the short answer")


@dataclass(frozen=True)
class Found:
    """What is shown, of plain values; and all columns and rows, where it is a table of ours."""

    data: dict[str, Any]
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    # Whether the day of the answer is that of the statement, which nobody here reads.
    has_own_day: bool = False


@dataclass(frozen=True)
class Tool:
    """A tool; `run` takes the connection and what was given, by name of the parameter."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    run: Callable[[Asked, Mapping[str, Any]], Found]
    required: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": {
                one.name: {"type": _JSON_TYPES.get(one.type, "string"), "description": one.help}
                for one in self.parameters
            },
            "required": list(self.required),
            "additionalProperties": False,
        }

    def given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that say something; ChokepointError for one that is not known, or lacks."""
        given = {name: value for name, value in arguments.items() if value not in (None, "", {})}
        known = [one.name for one in self.parameters]
        if unknown := sorted(set(given) - set(known)):
            raise ChokepointError(
                f"{self.name} has no parameter {', '.join(unknown)[:80]}.",
                f"use {', '.join(known) or 'none'}.",
            )
        for name, value in given.items():
            if (count := len(str(value))) > _MOST_LETTERS:
                raise ChokepointError(
                    f"{name} has {count:,} letters.", f"keep it under {_MOST_LETTERS:,}."
                )
        if lacking := [name for name in self.required if name not in given]:
            raise ChokepointError(f"{self.name} needs {', '.join(lacking)}.", "give it.")
        return given


def page(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    given: Mapping[str, Any],
    *,
    default: int | None = None,
    is_whole: bool = True,
) -> dict[str, Any]:
    """Some of the rows (of all, or without `is_whole` of those from the offset on, one more than
    the limit if there are more), and how many more; `default`: shown without a limit."""
    offset = _count(given, "offset", 0)
    limit = max(1, min(_count(given, "limit", default or first_count(len(rows))), MOST_ROWS))
    chosen = rows[offset : offset + limit] if is_whole else rows[:limit]
    shown: list[list[Any]] = []
    size = 0
    for row in chosen:
        made = _fitted([plain(cell) for cell in row])
        size += len(json.dumps(made))
        if shown and size > MOST_BYTES:
            break
        shown.append(made)
    end = offset + len(shown)
    has_more = end < len(rows) if is_whole else len(shown) < len(rows)
    count = f" of {len(rows):,}" if is_whole else ""
    said = f"rows {offset + 1:,} to {end:,}{count}" if shown else f"no row{count}"
    if has_more and not is_whole:
        said += ", and there are more"
    return {
        "shown": said,
        **({"next_offset": end} if has_more else {}),
        "columns": list(columns),
        "rows": shown,
    }


def _fitted(row: list[Any]) -> list[Any]:
    """A row, its long cells cut where all of it would be more than an answer may have."""
    if len(json.dumps(row)) <= MOST_BYTES:
        return row
    most = MOST_BYTES // len(row)
    texts = [json.dumps(cell, ensure_ascii=False) for cell in row]
    return [
        cell if len(text) <= most else f"{text[:most]} [cut here]"
        for cell, text in zip(row, texts, strict=True)
    ]


def _count(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name, default)
    try:
        count = int(str(value))
    except ValueError:
        count = -1
    if count < 0:
        raise ChokepointError(f"{name} is {str(value)[:40]!r}.", "give a whole number from 0 on.")
    return count


def _object(value: Any, name: str) -> dict[str, str]:
    """An object of texts; a client may send it as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, Mapping):
        raise ChokepointError(f"{name} is no object.", 'give names and values: {"code": "850511"}.')
    return {
        str(key): each if isinstance(each, str) else json.dumps(each)
        for key, each in value.items()
        if each is not None
    }


def _of_question(name: str, description: str, query: Query) -> Tool:
    """A tool that is a question, with its parameters."""
    own = {one.name for one in query.parameters}

    def run(asked: Asked, given: Mapping[str, Any]) -> Found:
        return _ask(asked, query, {key: given[key] for key in given if key in own}, given)

    return Tool(name, description, (*query.parameters, COLUMNS, LIMIT, OFFSET), run)


def _ask(asked: Asked, query: Query, parameters: Any, given: Mapping[str, Any]) -> Found:
    result = queries.answer(asked, query, _object(parameters, "parameters"))
    totals, columns, rows = lift_totals(result.columns, result.rows)
    rows = ranked(columns, rows, query.first)
    shown = [name for name in query.short if name in columns]
    if given.get("all_columns") or not shown:
        shown = list(columns)
    places = [columns.index(name) for name in shown]
    data: dict[str, Any] = {"question": query.title}
    if totals:
        data["totals"] = [plain(text) for text in totals]
    if not rows:
        data["no_row"] = [plain(line) for line in result.hints] or ["nothing was found"]
    data |= page(shown, [[row[place] for place in places] for row in rows], given)
    if query.first_words and rows:
        data["shown"] += f", first by {query.first_words}"
    if left := [name for name in columns if name not in shown]:
        data["columns_left_out"] = left
    if not _count(given, "offset", 0):
        data["meaning"] = query.notes
    return Found(data, columns, rows)


def _questions(asked: Asked, given: Mapping[str, Any]) -> Found:
    found = queries.list_queries(asked.settings)
    if "name" in given:
        found = [queries.find_query(asked.settings, str(given["name"]))]
    told = [
        {
            "name": one.name,
            "title": one.title,
            "parameters": {each.name: f"({each.type}) {each.help}" for each in one.parameters},
            **({"meaning": one.notes} if "name" in given else {}),
        }
        for one in found
    ]
    return Found({"questions": told})


def _metrics(asked: Asked, given: Mapping[str, Any]) -> Found:
    def split(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in str(given.get(name, "")).split(",") if part.strip())

    if "names" not in given:
        listed = [
            {
                "name": one.name, "unit": one.unit, "description": one.description,
                "dimensions": list(one.dimensions),
            }
            for one in metrics.list_metrics(asked.settings)
        ]  # fmt: skip
        return Found({"metrics": plain(listed)})
    where = tuple(_object(given.get("where", {}), "where").items())
    request = metrics.Request(split("names"), split("by"), where)
    result = metrics.answer(asked, asked.settings, request)
    data = {"notes": plain(result.notes)} | page(result.columns, result.rows, given)
    return Found(data, result.columns, result.rows)


def _find(asked: Asked, given: Mapping[str, Any]) -> Found:
    text = str(given["words"])
    known = find_named(asked, text)
    found = find(asked, text, known)
    shown = found[: first_count(len(found))]
    data: dict[str, Any] = {
        "found": [plain(row) for row in shown],
        "named": [plain(row) for row in known],
    }
    if not found:
        data["nearest_names"] = nearest_names(asked, text)
    if len(found) > len(shown):
        data["more"] = len(found) - len(shown)
    return Found(data)


def _describe(asked: Asked, given: Mapping[str, Any]) -> Found:
    label = str(given["relation"]).strip().lower()
    is_it = "{0}_name = ? or schema_name || '.' || {0}_name = ?"
    relations = asked.rows(
        f"select * from meta.relations where {is_it.format('relation')}", [label, label]
    )
    macros = asked.rows(f"select * from meta.macros where {is_it.format('macro')}", [label, label])
    if not relations and not macros:
        near = nearest_names(asked, label.rpartition(".")[2])
        raise ChokepointError(
            f"There is no table or macro {label[:80]!r}.",
            f"the nearest names are {', '.join(near)}; `find` looks for words.",
        )
    data: dict[str, Any] = {"relation": plain((relations or macros)[0])}
    if relations:
        one = relations[0]
        data["columns"] = [
            plain({key: value for key, value in row.items() if value is not None})
            for row in asked.rows(
                "select column_name, data_type, description, unit, value_range, observed_range,"
                " example from meta.dictionary where schema_name = ? and relation_name = ?"
                " order by ordinal",
                [one["schema_name"], one["relation_name"]],
            )
        ]
    # What is said beside the answer is about the table itself, or about what the macro reads.
    asked.tables |= asked.tables_of(
        f"from {relations[0]['schema_name']}.{relations[0]['relation_name']}"
        if relations
        else macros[0]["example_query"]
    )
    return Found(data)


def _sql(asked: Asked, given: Mapping[str, Any]) -> Found:
    statement, tables = check(asked, str(given["statement"]).strip())
    asked.tables |= tables
    limit = min(_count(given, "limit", _ROWS_OF_SQL), MOST_ROWS)
    relation = asked.con.sql(statement).limit(limit + 1, _count(given, "offset", 0))
    rows = relation.fetchall()
    columns = [str(plain(name)) for name in relation.columns]
    data = page(columns, rows, given, default=_ROWS_OF_SQL, is_whole=False)
    # Its words are what the statement calls so: what is said beside them is of the tables.
    return Found(data, has_own_day=True)


def _materials(asked: Asked, given: Mapping[str, Any]) -> Found:
    from chokepoint.assistant.material import materials

    return Found(materials(asked, str(given.get("name", ""))))


_OF_QUESTIONS = (
    Tool(
        "questions",
        "List the questions that this warehouse answers, each with its parameters. Start here.",
        (Parameter("name", "text", "One question, for what its rows and words mean"),),
        _questions,
    ),
    Tool(
        "ask",
        "Ask a question of the list, such as a03 (is this part covered?) or a04 (how much"
        " trade is under which legal status?).",
        (
            Parameter("question", "text", "Name or number, such as a03"),
            Parameter("parameters", "object", "Its parameters by name, as the list says"),
            COLUMNS, LIMIT, OFFSET,
        ),
        lambda asked, given: _ask(
            asked, queries.find_query(asked.settings, str(given["question"])),
            given.get("parameters", {}), given,
        ),
        ("question",),
    ),
)  # fmt: skip
_OF_TABLES = (
    Tool(
        "materials",
        "List the materials with law, uses and largest supplier. With a name: all that the"
        " page of the material says.",
        (Parameter("name", "text", "A material, such as Gallium"),),
        _materials,
    ),
    Tool(
        "metrics",
        "List the metrics, or ask for some of them by dimensions.",
        (
            Parameter("names", "text", "Metrics with commas; without: the list"),
            Parameter("by", "text", "Dimensions to group by, with commas"),
            Parameter("where", "object", "Dimension and the value that it must have"),
            LIMIT, OFFSET,
        ),
        _metrics,
    ),
    Tool(
        "find",
        "Find tables and macros by words, each with what a row is and an example.",
        (Parameter("words", "text", "What you look for"),),
        _find,
        ("words",),
    ),
    Tool(
        "describe",
        "Describe a table or macro: what a row is, and each column with unit and range.",
        (Parameter("relation", "text", "Such as marts.fct_partner_shares"),),
        _describe,
        ("relation",),
    ),
    Tool(
        "sql",
        "Run one SQL statement of DuckDB that reads. Name tables with their schema; `find` and"
        " `describe` say which there are.",
        (Parameter("statement", "text", "One select"), LIMIT, OFFSET),
        _sql,
        ("statement",),
    ),
)  # fmt: skip


def tools(settings: Settings) -> dict[str, Tool]:
    """All tools, by name."""
    coverage = queries.read_query(HERE / "queries" / "coverage.sql")
    of_one_question = (
        ("measures", "Legal state of each measure on a day.", queries.find_query(settings, "a01")),
        (
            "coverage",
            "What each measure covers, and for how many of its codes there are import figures.",
            coverage,
        ),
        (
            "lineage",
            "Files, lines and acts that a published row is from.",
            queries.find_query(settings, "a14"),
        ),
    )
    made = (_of_question(*one) for one in of_one_question)
    return {tool.name: tool for tool in (*_OF_QUESTIONS, *made, *_OF_TABLES)}
