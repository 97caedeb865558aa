"""The release that is read: open and locked for one answer, which remembers what it read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.releases.comparing.comparison import read_one

if TYPE_CHECKING:
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
    "lock_configuration": "true",
}
# What the words beside every answer are read from.
NEEDED = (
    "meta.build", "meta.dictionary", "meta.inputs", "meta.law_coverage", "meta.macros",
    "meta.relation_origins", "meta.relations", "meta.sources", "reports.rpt_source_freshness",
)  # fmt: skip
_KEPT = re.compile(r"create or replace temp table \w+ as\s+", re.IGNORECASE)


class Asked:
    """The published file, or the private copy, open for one answer: `build` (row of meta.build),
    `labels` (`schema.name` of all relations), `tables` (of these what it was read from). `found`
    keeps by release what answers find out."""

    def __init__(
        self,
        settings: Settings,
        *,
        private: bool = False,
        found: dict[str, dict[Any, Any]] | None = None,
    ) -> None:
        self.settings, self.private = settings, private
        config = {"threads": settings.threads, "memory_limit": settings.memory_limit, **_LOCKS}
        self.con = connect_published(settings, private=private, config=config)
        self.tables: set[str] = set()
        try:
            self.build, self.labels = self._described()
        except BaseException:
            self.close()
            raise
        found = {} if found is None else found
        name = str(self.build)
        self._found = found.setdefault(name, {})
        for other in set(found) - {name}:
            found.pop(other, None)

    def close(self) -> None:
        """The file that takes this one's place is read only when this one is closed."""
        self.con.close()

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was found out of this release under a key before, or is found out now."""
        if key not in self._found:
            self._found[key] = make()
        return self._found[key]

    def read_by(self, statement: str, parameters: Any = None) -> frozenset[str]:
        """`schema.name` of each table that a statement may read, through macros and views, and
        names of what else gives rows (RANGE); by DuckDB's plan, not run."""
        plans = self.con.execute(f"explain (format json) {statement}", parameters)
        return frozenset(_read_by(json.loads(dict(plans.fetchall())["logical_plan"])))

    def tables_of(self, statement: str, parameters: Any = None) -> frozenset[str]:
        """Published tables among these, of a statement of ours, of which there are few."""
        return self.once(
            ("tables", statement), lambda: self.read_by(statement, parameters) & self.labels
        )

    def execute(self, statement: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Run a statement of ours; its tables are remembered."""
        if not statement.lstrip().startswith(("set ", "reset ")):
            self.tables |= self.tables_of(_KEPT.sub("", statement), parameters)
        return self.con.execute(statement, parameters)

    def rows(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Rows by name of their columns."""
        cursor = self.execute(statement, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _described(self) -> tuple[dict[str, Any], set[str]]:
        """Its row of meta.build and its relations; ChokepointError where it lacks what is needed
        beside every answer."""
        try:
            build = read_one(self.con, "from meta.build")
            rows = self.con.execute(
                "select schema_name || '.' || relation_name from meta.relations"
            ).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            build, rows = {}, []
        labels = {label for (label,) in rows} if build else set()
        if lacking := [name for name in NEEDED if name not in labels]:
            raise ChokepointError(
                "The published file was built by another version of Chokepoint: it lacks"
                f" {', '.join(lacking)}.",
                "run `make build`.",
            )
        return build, labels


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
