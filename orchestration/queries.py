"""Runs the files of `queries/` on the published file, with bound parameters and read-only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.damage import connect_published
from orchestration.errors import ChokepointError

if TYPE_CHECKING:
    from orchestration.settings import Settings

# Types a parameter may have, as written in a query's header, and what DuckDB casts the text to.
TYPES = {
    "text": "varchar",
    "date": "date",
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
}
_NAME = re.compile(r"[A-Za-z0-9_]+")
_PARAMETER = re.compile(r"--\s*param:\s*([a-z][a-z0-9_]*)\s+([a-z]+)\s+'([^']*)'\s*")


@dataclass(frozen=True)
class Parameter:
    """A variable the query reads with `getvariable()`; `help` says its default."""

    name: str
    type: str
    help: str


@dataclass(frozen=True)
class Query:
    """One file of `queries/`.

    name        file name without `.sql`
    title       first comment line
    notes       the other comment lines before the SQL, without the parameters
    """

    name: str
    path: Path
    title: str
    notes: str
    parameters: tuple[Parameter, ...]
    sql: str


@dataclass(frozen=True)
class QueryResult:
    """Column names and rows as DuckDB returns them."""

    query: Query
    columns: list[str]
    rows: list[tuple[Any, ...]]


def list_queries(settings: Settings) -> list[Query]:
    """Every query of the project, by name."""
    return [_read(path) for path in sorted((settings.project_dir / "queries").glob("*.sql"))]


def find_query(settings: Settings, name: str) -> Query:
    """The query called `name`, or the only one whose name starts with it (`a05`).

    Raises ChokepointError when none or several match. The name is compared with those of the
    folder and never becomes part of a path.
    """
    names = [path.stem for path in sorted((settings.project_dir / "queries").glob("*.sql"))]
    listed = ", ".join(names) or "none"
    if not _NAME.fullmatch(name):
        raise ChokepointError(
            f"{name!r} is not the name of a query.",
            f"give letters, digits and underscores only, one of: {listed}.",
        )
    wanted = name.lower()
    found = [stem for stem in names if stem == wanted] or [
        stem for stem in names if stem.startswith(wanted)
    ]
    if len(found) != 1:
        what = f"{name!r} fits several: {', '.join(found)}" if found else f"no query fits {name!r}"
        raise ChokepointError(f"{what[0].upper()}{what[1:]}.", f"give one of: {listed}.")
    return _read(settings.project_dir / "queries" / f"{found[0]}.sql")


def run_query(
    settings: Settings, name: str, parameters: Mapping[str, str] | None = None
) -> QueryResult:
    """Run a query on the published file.

    parameters  variable -> text of its value; one that is not given keeps the query's default

    Values are bound, never spliced into SQL, and cast to the type the header declares. Raises
    ChokepointError for an unknown name, parameter or value, or without a published file.
    """
    import duckdb

    query = find_query(settings, name)
    declared = {parameter.name: parameter for parameter in query.parameters}
    given = dict(parameters or {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise ChokepointError(
            f"{query.name} has no parameter {', '.join(unknown)}.", _parameter_help(query)
        )
    with connect_published(
        settings, config={"threads": settings.threads, "memory_limit": settings.memory_limit}
    ) as con:
        con.execute("set enable_external_access = false")
        for variable, text in given.items():
            _set_variable(con, query, declared[variable], text)
        try:
            cursor = con.execute(query.sql)
            return QueryResult(query, [row[0] for row in cursor.description], cursor.fetchall())
        except duckdb.Error as error:
            raise ChokepointError(
                f"{query.path} failed: {error}",
                "check that the published file was built by this version (`make build`).",
            ) from error


def _set_variable(con: Any, query: Query, parameter: Parameter, text: str) -> None:
    # The name comes from the query's header, where only identifiers pass; the value is bound.
    con.execute(f"set variable {parameter.name} = try_cast(? as {TYPES[parameter.type]})", [text])
    if con.execute(f"select getvariable('{parameter.name}') is null").fetchone()[0]:
        raise ChokepointError(
            f"{query.name}: --{parameter.name.replace('_', '-')} {text!r} is not a"
            f" {parameter.type}.",
            _parameter_help(query),
        )


def _parameter_help(query: Query) -> str:
    if not query.parameters:
        return f"{query.name} takes no parameters."
    lines = [
        f"    --{parameter.name.replace('_', '-')} ({parameter.type}) {parameter.help}"
        for parameter in query.parameters
    ]
    return "use the parameters of the query:\n" + "\n".join(lines)


def _read(path: Path) -> Query:
    sql = path.read_text(encoding="utf-8")
    comments: list[str] = []
    parameters: list[Parameter] = []
    for number, line in enumerate(sql.splitlines(), start=1):
        if not line.startswith("--"):
            break
        if not line.removeprefix("--").lstrip().startswith("param:"):
            comments.append(line.removeprefix("--").strip())
            continue
        match = _PARAMETER.fullmatch(line)
        if match is None or match[2] not in TYPES:
            raise ChokepointError(
                f"{path}, line {number}: {line!r} does not declare a parameter.",
                f"write -- param: name type 'meaning; default', type one of {', '.join(TYPES)}.",
            )
        parameters.append(Parameter(match[1], match[2], match[3]))
    title, *notes = comments or [path.stem]
    return Query(path.stem, path, title, "\n".join(notes), tuple(parameters), sql)
