"""Which SQL of an assistant is run: one statement that only reads, and calls no odd function.

The settings of the connection forbid files, extensions and settings. Yet a select may call a
table function that writes (`enable_logging`), or takes an address in memory (`arrow_scan`): the
parse of DuckDB names all that a statement calls, and those of this list are let through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    from chokepoint.assistant.release import Asked

MOST_LETTERS = 20_000
FUNCTIONS = ("unnest", "range", "generate_series", "json_each", "json_tree")


def check(asked: Asked, statement: str) -> None:
    """Refuse, in words, what is not a single statement that only reads."""
    if len(statement) > MOST_LETTERS:
        raise ChokepointError(
            f"The statement has {len(statement):,} letters.", f"keep it under {MOST_LETTERS:,}."
        )
    ((text,),) = asked.con.execute("select json_serialize_sql(?)", [statement]).fetchall()
    parsed = json.loads(text)
    if parsed["error"]:
        said = parsed["error_message"]
        if parsed.get("error_type") == "not implemented":
            raise ChokepointError(
                "Only a statement that reads is run here: select, from, with, values, describe"
                " or summarize.",
                "ask for rows; nothing of the published file can be changed.",
            )
        raise ChokepointError(f"DuckDB cannot read the statement: {said}.", "correct it.")
    if len(parsed["statements"]) != 1:
        raise ChokepointError(
            f"There are {len(parsed['statements'])} statements.", "ask with one at a time."
        )
    macros = asked.release.once(
        "macros",
        lambda: set(
            asked.con.execute("select schema_name, macro_name from meta.macros").fetchall()
        ),
    )
    for called in _called(parsed["statements"]):
        name = (called.get("schema", "").lower(), called["function_name"].lower())
        if name not in macros and name not in {("", each) for each in FUNCTIONS}:
            raise ChokepointError(
                f"The table function {called['function_name']!r} is not available here.",
                f"use tables, the macros of meta.macros, or {', '.join(FUNCTIONS)}.",
            )


def _called(node: Any) -> Iterator[dict[str, Any]]:
    """The functions that stand where a table does, anywhere below."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if one.get("type") == "TABLE_FUNCTION":
                yield one["function"]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
