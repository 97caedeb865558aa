"""A release open for reading in Python, with DuckDB alone: SQL, the questions, the dictionary."""

from __future__ import annotations

import inspect
import json
import keyword
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.reading.queries import Parameter, Query, bind, chosen, parse_query
from chokepoint.releases.files import stamp_of
from chokepoint.warehouse.damage import open_to_read

_FILE = "chokepoint.duckdb"
# Releases of this process that are open, or were not closed.
_OPENED: weakref.WeakSet[Release] = weakref.WeakSet()
# What a helper takes for a parameter; a text of the same meaning is taken too.
_ANNOTATIONS = {
    "date": "datetime.date | str",
    "integer": "int | str",
    "count": "int | str",
    "number": "float | str",
    "share": "float | str",
    "boolean": "bool | str",
    "json": "dict | str",
}


class Release:
    """A release of the warehouse, open read-only.

    path        the file
    con         the connection of DuckDB
    release_id  name of the release: time of the build and content hash
    built_at    when it was built, in UTC

    `sql()` and `ask()` return a relation of DuckDB: `.df()` makes a pandas frame of it,
    `.to_arrow_table()` an Arrow table, `.fetchall()` a list. Each question is a method too, under
    its name or number, with its parameters: `release.a03(destination="DE")`; `from_` for `from`.
    """

    def __init__(self, path: Path, con: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.is_open = True
        # An answer of an older DuckDB does not keep its connection.
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self.stamp = stamp_of(path)
        self.con = con
        try:
            # To its end: a connection with an unfinished result answers nothing else.
            found = con.execute("select release_id, built_at from meta.build").fetchall()
            self.release_id, self.built_at = found[0] if found else ("", None)
            rows = con.execute("select question_name, sql from meta.questions").fetchall()
        except duckdb.CatalogException as error:
            held = {
                name
                for (name,) in con.execute(
                    "select table_name from duckdb_tables() where schema_name = 'meta'"
                ).fetchall()
            }
            if "build" not in held:
                raise ChokepointError(
                    f"{path} is a DuckDB file, but no release of Chokepoint: it lacks meta.build.",
                    f"name the {_FILE} of a release.",
                ) from error
            # Older releases bring no questions; their tables can be read all the same.
            rows = []
        self._questions = {name: parse_query(name, sql, path) for name, sql in sorted(rows)}

    @property
    def questions(self) -> dict[str, str]:
        """Name -> title of each question that this release answers."""
        return {name: query.title for name, query in self._questions.items()}

    def sql(self, text: str, **values: Any) -> duckdb.DuckDBPyRelation:
        """The answer to a query; values are bound to its $names. Raises duckdb.Error."""
        return self.con.sql(text, params=values or None)

    def ask(self, question: str, **parameters: Any) -> duckdb.DuckDBPyRelation:
        """The answer to a question, by name or number; a parameter of None keeps its default.
        ChokepointError for an unknown question, parameter or value."""
        query = self._query(question)
        # Each answer has a connection, since variables belong to one and rows are read later.
        cursor = self.con.cursor()
        self._cursors.append(cursor)
        given = {
            name.rstrip("_"): json.dumps(one, default=str) if isinstance(one, dict) else str(one)
            for name, one in parameters.items()
            if one is not None
        }
        bind(cursor, query, given)
        return cursor.sql(query.sql)

    def describe(self, relation: str = "") -> duckdb.DuckDBPyRelation:
        """One row per column of a relation (`marts.dim_act` or `dim_act`), or per relation;
        ChokepointError where there is no such relation."""
        if not relation:
            return self.sql(
                "select schema_name, relation_name, row_count, grain, topic, question"
                " from meta.relations order by all"
            )
        schema, _, name = relation.rpartition(".")
        found = self.sql(
            "select column_name, data_type, unit, description, value_range, observed_range, example"
            " from meta.dictionary where relation_name = $name and $schema in ('', schema_name)"
            " order by ordinal",
            name=name,
            schema=schema,
        )
        if not len(found):
            raise ChokepointError(
                f"This release has no relation {relation}.", "`describe()` lists those it has."
            )
        return found

    def find(self, words: str) -> duckdb.DuckDBPyRelation:
        """One row per relation or table macro that answers these words, the best first."""
        return self.sql("select * from meta.find($words)", words=words)

    def close(self) -> None:
        """Let go of the file. Answers that were not read yet cannot be read after."""
        self.is_open = False
        for con in (*self._cursors, self.con):
            con.close()

    def __enter__(self) -> Release:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Release {self.release_id} of {self.built_at:%Y-%m-%d}, {self.path}>"

    def __getattr__(self, name: str) -> Callable[..., duckdb.DuckDBPyRelation]:
        questions = self.__dict__.get("_questions", {})
        if name not in questions and name not in {known.split("_")[0] for known in questions}:
            raise AttributeError(f"a release has no {name!r}; see its `questions`")
        return _helper(self, self._query(name))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._questions]

    def _query(self, name: str) -> Query:
        if not self._questions:
            raise ChokepointError(
                f"{self.path} was built before releases brought their questions along.",
                "ask it with `sql()`, or open a later release.",
            )
        return self._questions[chosen(list(self._questions), name)]


def open_release(source: str | Path | None = None, *, files: bool = False) -> Release:
    """Open a release read-only; see `chokepoint.open`."""
    from chokepoint.reading.fetching import fetched

    text, is_fetched = str(source or ""), False
    if text.partition("://")[0].lower() in ("http", "https"):
        path, is_fetched = fetched(text), True
    elif "://" in text:
        raise ChokepointError(
            f"{text} cannot be opened.", "give a path, or an address that begins with https://."
        )
    else:
        path = Path(text).expanduser() if text else _own()
        if path.is_dir():
            # The published folder, or the checkout that it lies in.
            inner = path / "data" / "published" / _FILE
            path = inner if inner.is_file() else path / _FILE
    if not path.is_file():
        raise ChokepointError(
            f"There is no release at {path}.",
            "run `make build` in a checkout, or give the path or address of a release:"
            " chokepoint.open('...').",
        )

    def damaged(error: duckdb.Error) -> ChokepointError:
        if is_fetched:
            path.unlink(missing_ok=True)
        return ChokepointError(
            f"{path} cannot be read: {str(error).splitlines()[0]}",
            "fetch it once more from where it comes; SHA256SUMS beside it tells what it must be. A"
            " file of a later version needs a newer duckdb.",
        )

    for other in _OPENED:
        # DuckDB would go on with the file that this process has open under the name.
        if other.is_open and other.path == path and other.stamp != stamp_of(path):
            raise ChokepointError(
                f"{path} was replaced, and this process still has release {other.release_id} open.",
                "close that one first, with its `close()`.",
            )
    con = open_to_read(path, damaged)
    if not files:
        # A release of others may hold views and questions that ask for more than its own rows.
        con.execute("set enable_external_access = false")
    release = Release(path, con)
    _OPENED.add(release)
    return release


def _own() -> Path:
    """The build of the folder that one stands in, else of the checkout that this package is of."""
    from chokepoint.settings import Settings

    here = Path("data") / "published" / _FILE
    if here.is_file() and not os.environ.get("CHOKEPOINT_DATA_DIR"):
        return here.resolve()
    return Settings.from_env().published_path


def _helper(release: Release, query: Query) -> Callable[..., duckdb.DuckDBPyRelation]:
    """The question as a function that says its parameters, for completion and `help()`."""

    def helper(**parameters: Any) -> duckdb.DuckDBPyRelation:
        return release.ask(query.name, **parameters)

    def argument(parameter: Parameter) -> inspect.Parameter:
        annotation = _ANNOTATIONS.get(parameter.type, "str")
        name = f"{parameter.name}_" if keyword.iskeyword(parameter.name) else parameter.name
        return inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=f"{annotation} | None"
        )

    told = "\n".join(f"{parameter.name}  {parameter.help}" for parameter in query.parameters)
    helper.__name__ = helper.__qualname__ = query.name
    helper.__doc__ = "\n\n".join(part for part in (query.title, query.notes, told) if part)
    vars(helper)["__signature__"] = inspect.Signature(
        [argument(parameter) for parameter in query.parameters],
        return_annotation="duckdb.DuckDBPyRelation",
    )
    return helper
