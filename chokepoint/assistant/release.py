"""The release that is read: open, locked, and what an answer read of it."""

from __future__ import annotations

import json
import re
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.releases.comparison import read_one
from chokepoint.releases.files import stamp_of

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings

# Whatever a statement asks for, it reads this file alone, and writes nothing.
_LOCKS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    # Without it a name in SQL would find a variable of the program.
    "python_enable_replacements": "false",
    # What the memory limit does not hold is refused, not spilled.
    "temp_directory": "",
    # The plan before it is optimized, too: it has every table that a statement may read.
    "explain_output": "all",
}
# What the words beside every answer are read from.
_NEEDED = (
    "meta.build", "meta.dictionary", "meta.inputs", "meta.law_coverage", "meta.macros",
    "meta.relation_origins", "meta.relations", "meta.sources", "reports.rpt_source_freshness",
)  # fmt: skip
_KEPT = re.compile(r"create or replace temp table \w+ as\s+", re.IGNORECASE)


class Release:
    """An open published file, or the private copy.

    known   what was found out of it by `once`
    one     held while the site's pages are made, which share a connection
    labels  `schema.name` of all its relations
    """

    def __init__(self, settings: Settings, *, private: bool = False) -> None:
        self.settings = settings
        self.private = private
        self.path = settings.private_path if private else settings.published_path
        self.stamp = stamp_of(self.path)
        config = {
            "threads": settings.threads, "memory_limit": settings.memory_limit, **_LOCKS,
        }  # fmt: skip
        self.con = connect_published(settings, private=private, config=config)
        self.known: dict[Any, Any] = {}
        self.one = threading.Lock()
        self.asked: weakref.WeakSet[Asked] = weakref.WeakSet()
        try:
            self.con.execute("set lock_configuration = true")
            self.build, self.labels = self._described()
        except BaseException:
            # Else the next to open the path would get this connection's database.
            self.con.close()
            raise

    def close(self) -> None:
        """Every connection too: while one is open, DuckDB reads the file that was there before."""
        for asked in self.asked:
            asked.con.close()
        self.con.close()

    def read_by(self, statement: str, parameters: Any = None, con: Any = None) -> frozenset[str]:
        """What a statement may read, macros and views followed to their ends: `schema.name` of
        tables, and names of what else gives rows, such as RANGE.

        DuckDB's own plan says so, without running it.

        con  whose temporary tables the statement may name; none by default
        """
        asked = con or self.con.cursor()
        plans = asked.execute(f"explain (format json) {statement}", parameters)
        return frozenset(_read_by(json.loads(dict(plans.fetchall())["logical_plan"])))

    def tables_of(self, statement: str, parameters: Any = None, con: Any = None) -> frozenset[str]:
        """Published tables among these."""
        return self.read_by(statement, parameters, con) & self.labels

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was found out under a key before, or is found out now."""
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def _described(self) -> tuple[dict[str, Any], set[str]]:
        """Its row of meta.build and its relations; ChokepointError where it lacks what is needed
        beside every answer."""
        import duckdb

        try:
            build = read_one(self.con, "from meta.build")
            rows = self.con.execute(
                "select schema_name || '.' || relation_name from meta.relations"
            ).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            build, rows = {}, []
        labels = {label for (label,) in rows} if build else set()
        if lacking := [name for name in _NEEDED if name not in labels]:
            raise ChokepointError(
                "The published file was built by another version of Chokepoint: it lacks"
                f" {', '.join(lacking)}.",
                "run `make build`.",
            )
        return build, labels


class Asked:
    """A connection for one answer, which remembers the tables that the answer was read from."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.con = release.con.cursor()
        release.asked.add(self)
        self.tables: set[str] = set()

    def execute(self, statement: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Run a statement of ours, of which there are few: its tables are kept."""
        if not statement.lstrip().startswith(("set ", "reset ")):
            self.note(statement, parameters)
        return self.con.execute(statement, parameters)

    def note(self, statement: str, parameters: Any = None) -> None:
        """Remember the tables of a statement of ours."""
        read = _KEPT.sub("", statement)
        self.tables |= self.release.once(
            ("tables", read), lambda: self.release.tables_of(read, parameters, self.con)
        )

    def rows(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Rows by name of their columns."""
        cursor = self.execute(statement, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _read_by(plan: Any) -> Iterator[str]:
    """`schema.name` of each table that a plan scans, and each other end of it."""
    waiting = [plan]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
            continue
        waiting += one.get("children", [])
        about = one.get("extra_info")
        if isinstance(about, dict) and "Table" in about:
            yield ".".join(str(about["Table"]).replace('"', "").rsplit(".", 2)[-2:])
        elif not one.get("children"):
            yield one["name"]
