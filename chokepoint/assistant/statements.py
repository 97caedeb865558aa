"""Which SQL of an assistant is run: one statement that reads the release, and computes from it. The
connection forbids files, extensions and settings, yet a select may call a function that writes
(`enable_logging`), takes an address in memory (`arrow_scan`) or names paths. So only what DuckDB's
parse calls and its plan reads of the lists here is let through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError, listed

if TYPE_CHECKING:
    from chokepoint.assistant.release import Asked

FUNCTIONS = ("unnest", "range", "generate_series", "json_each", "json_tree")
# Ends of a plan that are no table: a row of constants, rows of the statement's own, of `describe`.
_ENDS = {"DUMMY_SCAN", "CTE_SCAN", "DELIM_GET", "EMPTY_RESULT", "CHUNK_GET"}
# Functions of the release, and those that compute from their arguments alone, or from these and
# the time zone. Others ask for settings, variables, sessions, or read a statement that is a text.
_COMPUTING = """
    select lower(function_name) from duckdb_functions()
    where
        function_name not like '%serialize%'
        and (
            database_name = current_database()
            or (function_type = 'macro' and schema_name = 'main')
            or stability = 'CONSISTENT'
            or list_contains(parameter_types, 'TIMESTAMP WITH TIME ZONE')
            or function_name in ('now', 'today', 'random')
        )
"""
# What a statement has behind `describe`, which a plan passes over.
_DESCRIBED = """
    select json_deserialize_sql({'error': false, 'statements': [{'node': value}]}::json)
    from json_tree(json_serialize_sql(?))
    where key = 'query' and value ->> 'type' is not null
"""


def check(asked: Asked, statement: str) -> tuple[str, frozenset[str]]:
    """The statement without its end, and the tables that it reads; refuses, in words, what is not a
    single statement that only reads the release."""
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
    if any(one.get("show_type", "")[:4] == "SHOW" for one in _nodes(parsed["statements"])):
        raise ChokepointError(
            "`show` is not available here: it lists settings and files.",
            "use `describe` and `summarize`.",
        )
    macros = asked.once(
        "macros",
        lambda: set(
            asked.con.execute("select schema_name, macro_name from meta.macros").fetchall()
        ),
    )
    computing = asked.once(
        "functions", lambda: {name for (name,) in asked.con.execute(_COMPUTING).fetchall()}
    )
    for is_table, called in _called(parsed["statements"]):
        name = (called.get("schema", "").lower(), called["function_name"].lower())
        if name[0] == "" and name[1] in FUNCTIONS:
            continue
        if is_table and name not in macros:
            raise ChokepointError(
                f"The table function {called['function_name']!r} is not available here.",
                f"use tables, the macros of meta.macros, or {', '.join(FUNCTIONS)}.",
            )
        if not is_table and name[1] not in computing:
            raise ChokepointError(
                f"The function {called['function_name']!r} is not available here.",
                "use functions that compute from rows; those of settings and sessions are refused.",
            )
    (one,) = asked.con.extract_statements(statement)
    bare = one.query.strip().rstrip(";")
    described = [text for (text,) in asked.con.execute(_DESCRIBED, [statement]).fetchall()]
    # In brackets, as `describe` has no plan. Not kept: each request has another.
    plans = [asked.read_by(f"from (\n{text}\n)") for text in (bare, *described)]
    read = frozenset().union(*plans)
    tables = read & asked.labels
    if foreign := read - tables - _ENDS - {each.upper() for each in FUNCTIONS}:
        raise ChokepointError(
            f"{listed(sorted(foreign))} is not of this release.",
            "use tables of the release, with their schema: `find` and `describe` name them.",
        )
    return bare, tables


def _called(node: Any) -> Iterator[tuple[bool, dict[str, Any]]]:
    """The functions that are called anywhere below, and whether one stands where a table does."""
    tables = [one["function"] for one in _nodes(node) if one.get("type") == "TABLE_FUNCTION"]
    yield from ((True, called) for called in tables)
    for one in _nodes(node):
        if one.get("class") == "FUNCTION" and not any(one is called for called in tables):
            yield False, one


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object anywhere below."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
