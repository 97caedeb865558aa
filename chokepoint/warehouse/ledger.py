"""What of the warehouse is as a full build would make it, and what has to be built.

The ledger has an entry for each seed, model and test that was built, or passed, last:

    made_by    what it is made by, in parts: code without comments, macros, variables, graph, file
    inputs     what it read: id -> identity
    identity   what its readers see: of a table its columns and rows; of a view what it is made by
               and the identities of its inputs; of a test its status
    catalog    what the catalog says of it: columns, comments, text of a view or macro

A node is *changed* where it has no entry, is made by something else, or its inputs are not those of
its entry. What lies below a changed node is looked at when its turn comes: it stays if all that it
reads came out with the identity that it had (docs/decisions/0026-build-what-is-new.md).

The ledger is a file beside the warehouse, written when a build has ended, with `stamp`, the state
of the warehouse's file then. If that has changed since (a build was killed, somebody wrote), each
relation is compared with its entry, and an entry that is no longer true is dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

import yaml

from chokepoint.checks import scope
from chokepoint.warehouse.graph import LANDED_LISTS, Project, bare, parents, reached

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings

FORMAT = 1
NEW = "new, or not built last time"
ALTERED = "altered since the last build"
NEWS = "has news"
NOT_PASSED = "not asked last time, or not passed"
KINDS = ("model", "seed", "test")
_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "statsmodels")
_VARIABLE = re.compile(r"""\bvar\(\s*(?:['"](\w+)['"])?""")
_SETTING = re.compile(r"""\benv_var\(\s*(?:['"](\w+)['"])?""")
_CLOCK = re.compile(r"\b(current_date|current_timestamp|today\(|now\(|run_started_at)", re.I)
# dbt's graph, not a column of that name.
_GRAPH = re.compile(r"\bgraph\.(?:nodes|sources|exposures|metrics)\b")
# Of a node in it, what changes with each edit of its file.
_CONTENTS = re.compile(r"checksum|raw_code|\.compiled|tojson")
_FILES = re.compile(r"\bread_(?:blob|text|csv|csv_auto|json|parquet)\b|\bglob\s*\(")
# Where things lie and with how much of the machine, which change no result, and what a command of
# its own asks for.
_OF_THE_PLACE = {
    "CHOKEPOINT_DATA_DIR", "CHOKEPOINT_THREADS", "CHOKEPOINT_MEMORY_LIMIT", "CHOKEPOINT_TEMP_DIR",
    "CHOKEPOINT_TEMP_LIMIT", "CHOKEPOINT_ALL_ROWS",
}  # fmt: skip
# Macros that stand in for dbt's own: of an engine, or a way to keep models but that by period.
_ENGINE = re.compile(r"^(default|duckdb)__")
_OF_MODELS = re.compile(r"^materialization_(?!by_period)")
_EXCLUDED = re.compile(r"EXCLUDE \(([^)]*)\)")
_DIGITS = 20


@dataclass(frozen=True)
class Entry:
    """See the module; `rows` are those of a table or seed when it was built."""

    made_by: dict[str, str]
    inputs: dict[str, str]
    identity: str
    rows: str = ""
    catalog: str = ""


@dataclass
class Plan:
    """What a build has to do.

    changed     id -> why it has to be built
    below       ids that may have to be, depending on how those above come out
    made_by     id -> what it is made by now
    identities  id -> identity of what stays, sources among it
    entries     id -> entry of the ledger that holds
    """

    changed: dict[str, str]
    below: set[str]
    made_by: dict[str, dict[str, str]]
    identities: dict[str, str]
    entries: dict[str, Entry]


@dataclass
class Ledger:
    """The entries of a warehouse, and what stands in its head."""

    engine: str
    entries: dict[str, Entry] = field(default_factory=dict)
    stamp: str = ""
    # What parts of entries stand for, to say what changed: macros, variables, lines of seeds.
    macros: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Everything, as `read` takes it."""
        return {"format": FORMAT, **asdict(self)}


def engine(project_dir: Path) -> str:
    """Versions and settings on which every result depends; those of the connection among them."""
    path = project_dir / "profiles.yml"
    profile = _digest(path.read_text("utf-8") if path.is_file() else "none")
    return f"{_versions()}, checks {scope()}, profile {profile}"


@cache
def _versions() -> str:
    python = ".".join(python_version().split(".")[:2])
    return ", ".join([*(f"{name} {version(name)}" for name in _PACKAGES), f"python {python}"])


def read(state: Any, project_dir: Path) -> Ledger:
    """The ledger that was kept; an empty one if it cannot be read or is of another engine."""
    fresh = Ledger(engine(project_dir))
    try:
        if state["format"] != FORMAT or state["engine"] != fresh.engine:
            return fresh
        entries = {name: Entry(**one) for name, one in state["entries"].items()}
        kept = {name: state[name] for name in ("stamp", "macros", "variables", "lines")}
    except (KeyError, TypeError, AttributeError):
        return fresh
    return Ledger(fresh.engine, entries, **kept)


def today() -> str:
    """The day where this machine is, which `current_date` gives."""
    return datetime.now().astimezone().date().isoformat()


@dataclass(frozen=True)
class _Facts:
    """What a text asks for when it is rendered or run."""

    digest: str
    variables: frozenset[str]
    settings: frozenset[str]
    graph: str
    reads_contents: bool
    asks_the_clock: bool
    reads_files: bool


def _facts_of(text: str, graph: str) -> _Facts:
    return _Facts(
        _digest(text),
        frozenset(_VARIABLE.findall(text)),
        frozenset(_SETTING.findall(text)),
        graph if _GRAPH.search(text) else "",
        _CONTENTS.search(text) is not None,
        _CLOCK.search(text) is not None,
        _FILES.search(text) is not None,
    )


class Makings(Project):
    """What the models, seeds and tests of a project are made by, and what the landed files are."""

    def __init__(self, manifest: Mapping[str, Any], settings: Settings) -> None:
        super().__init__(manifest)
        self.settings = settings
        self.nodes = {
            name: node for name, node in manifest["nodes"].items() if node["resource_type"] in KINDS
        }

    @cached_property
    def variables(self) -> dict[str, str]:
        """Variables of the project, as JSON."""
        path = self.settings.project_dir / "dbt_project.yml"
        stated = yaml.safe_load(path.read_text("utf-8")).get("vars", {})
        return {name: json.dumps(value, default=str) for name, value in stated.items()}

    def _macros(self, *, own: bool) -> Iterator[Mapping[str, Any]]:
        """Macros of the project, or those that dbt brings; some of both have one name."""
        project = self.manifest["metadata"]["project_name"]
        for macro in self.manifest["macros"].values():
            if (macro["package_name"] == project) is own:
                yield macro

    @cached_property
    def _ambient(self) -> set[str]:
        """Macros that dbt calls by itself for a node: those that stand in for dbt's own."""
        theirs = {macro["name"] for macro in self._macros(own=False)}
        start = {
            name
            for name in self.macros.texts
            if name in theirs or _ENGINE.sub("", name) in theirs or _OF_MODELS.match(name)
        }
        return self.macros.with_called(start)

    @cached_property
    def _graphs(self) -> dict[str, str]:
        """What macros see of dbt's graph: those of tables by period, of these and what is above
        them; others everything, with the contents of files or without."""
        by_period = [
            name
            for name, node in self.nodes.items()
            if node["config"]["materialized"] == "by_period"
        ]
        above = sorted(reached(by_period, self.above))
        names = sorted(self.all)
        return {
            "by_period": _digest([self._seen(name)[2:] for name in above]),
            "all": _digest([self._seen(name)[1:] for name in names]),
            "contents": _digest([self._seen(name) for name in names]),
        }

    def _seen(self, name: str) -> list[Any]:
        node = self.all[name]
        columns = [
            [one["name"], one.get("data_type"), one.get("config", {}).get("meta")]
            for one in node.get("columns", {}).values()
        ]
        return [
            node.get("checksum"), [node.get("description"), node.get("original_file_path")],
            # dbt lists what a node reads in another order when it reads all of the project anew.
            name, node["resource_type"], node["relation_name"], sorted(parents(node)),
            node.get("attached_node"), node["config"].get("materialized"),
            node["config"].get("meta"), columns,
        ]  # fmt: skip

    @cached_property
    def _facts(self) -> dict[str, _Facts]:
        files = {macro["name"]: Path(macro["path"]).stem for macro in self._macros(own=True)}
        return {
            name: _facts_of(text, "by_period" if files[name] == "by_period" else "all")
            for name, text in self.macros.texts.items()
        }

    @property
    def macro_digests(self) -> dict[str, str]:
        """Name of each of the project's macros -> digest of its text."""
        return {name: facts.digest for name, facts in self._facts.items()}

    def macros_of(self, name: str) -> set[str]:
        """The project's macros that a node may call, near and far, and those called for it."""
        found = self.macros.called_in(self._text(name))
        if self.nodes[name]["config"]["materialized"] == "by_period":
            found |= self.macros.with_called(
                one for one in self.macros.texts if one.startswith("materialization_by_period")
            )
        return found | self._ambient

    def _text(self, name: str) -> str:
        """Whatever of a node is rendered: code, arguments of a test, configuration."""
        return f"{self._code(name)}\n{_json(self.nodes[name]['config'])}"

    def _code(self, name: str) -> str:
        node = self.nodes[name]
        is_sql = node.get("language", "sql") == "sql"
        code = bare(node.get("raw_code") or "") if is_sql else node["raw_code"]
        return f"{code}\n{_json((node.get('test_metadata') or {}).get('kwargs'))}"

    def made_by(self, name: str) -> dict[str, str]:
        """What a node is made by, as digests of its parts."""
        node = self.nodes[name]
        text = self._text(name)
        macros = sorted(self.macros_of(name))
        facts = [_facts_of(text, "all"), *(self._facts[one] for one in macros)]
        persisted = node["config"].get("persist_docs") or {}
        columns = [
            [one["name"], one.get("data_type"), one.get("constraints"), one.get("quote"),
             one.get("description") if persisted.get("columns") else None]
            for one in node.get("columns", {}).values()
        ]  # fmt: skip
        described = node.get("description") if persisted.get("relation") else None
        asked = {variable for one in facts for variable in one.variables}
        settings = {setting for one in facts for setting in one.settings} - _OF_THE_PLACE
        values = {
            one: self.variables.get(one) for one in (self.variables if "" in asked else asked)
        }
        parts = {
            "code": _digest(self._code(name)),
            "yml": _digest([_json(node["config"]), node["relation_name"], described, columns]),
            "macros": _digest([[one, self._facts[one].digest] for one in macros]),
            "variables": _digest([values, {one: os.environ.get(one) for one in settings}]),
        }
        if graphs := {one.graph for one in facts if one.graph}:
            if "all" in graphs and any(one.reads_contents for one in facts):
                graphs.add("contents")
            parts["graph"] = _digest([self._graphs[one] for one in sorted(graphs)])
        if any(one.asks_the_clock for one in facts):
            parts["day"] = today()
        if any(one.reads_files for one in facts):
            # Whichever they are: of what has landed the sources tell.
            parts["files"] = _digest(self._files)
        if node["resource_type"] == "seed":
            parts["file"] = self._files[name]
        return parts

    @cached_property
    def _files(self) -> dict[str, str]:
        """Id of each seed -> digest of its file."""
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
            for name, path in self._seeds.items()
        }

    @property
    def _seeds(self) -> dict[str, Path]:
        return {
            node["unique_id"]: self.settings.project_dir / node["original_file_path"]
            for node in self.of_kind("seed")
        }

    def landed(self) -> dict[str, str]:
        """Id of each landed source -> identity of what has landed of it.

        The lists of deliveries also tell where: views of landed files hold its path, and dbt makes
        them anew before any node that is due.
        """
        folder = self.settings.landing_dir
        files = landed_files(folder)
        kept_out = sorted(str(one.relative_to(folder)) for one in folder.glob("_quarantine/*/*"))
        # What dbt calls before the first node and after the last.
        hooked = [
            node["raw_code"]
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "operation"
        ]
        hooks = [self._facts[one].digest for one in sorted(self.macros.called_in(*hooked))]
        at = [self.variables.get("known_on"), hooks]
        return {
            name: _digest(
                [at, str(folder.resolve()), self._seen(name), files, kept_out]
                if source["name"] in LANDED_LISTS
                else [at, self._seen(name), files.get(source["name"], [])]
            )
            for name, source in self.sources.items()
        }

    def lines(self) -> dict[str, list[int]]:
        """Id of each seed -> checksums of the lines of its file."""
        return {name: _lines(path) for name, path in self._seeds.items()}


def landed_files(folder: Path) -> dict[str, list[str]]:
    """Source -> its manifests by contents, and the sizes of its files."""
    found: dict[str, list[str]] = {}
    for path in sorted((folder / "_manifest").glob("*/*.json")):
        told = hashlib.sha256(path.read_bytes()).hexdigest()
        found.setdefault(path.parent.name, []).append(f"{path.name} {told}")
    for source, told in found.items():
        told += sorted(f"{one.name} {one.stat().st_size}" for one in (folder / source).rglob("*"))
    return found


def plan(
    project: Makings, ledger: Ledger, *, are_kept: Iterable[str], altered: Collection[str] = ()
) -> Plan:
    """What has to be built.

    are_kept  ids of tests that passed, with their results kept
    altered   ids of what the warehouse did not bear out
    """
    made_by = {name: project.made_by(name) for name in project.nodes}
    landed = project.landed()
    entries = dict(ledger.entries)
    at_hand = set(are_kept)
    changed: dict[str, str] = {}
    identities = dict(landed)
    below: set[str] = set()
    for name in in_order(project.nodes):
        node, entry = project.nodes[name], entries.get(name)
        above = project.above(name)
        is_test = node["resource_type"] == "test"
        if entry is None:
            changed[name] = ALTERED if name in altered else NOT_PASSED if is_test else NEW
        elif is_test and name not in at_hand:
            changed[name] = NOT_PASSED
        elif entry.made_by != made_by[name]:
            changed[name] = _difference(project, ledger, name, entry.made_by, made_by[name])
        elif any(one in changed or one in below for one in above):
            below.add(name)
        elif entry.inputs != {one: identities.get(one, "") for one in above}:
            news = [one for one in above if entry.inputs.get(one) != identities.get(one)]
            first = news[0].split(".", 2)[-1] if news else ""
            changed[name] = f"{first} {NEWS}" if news else "reads something else"
        else:
            identities[name] = entry.identity
    return Plan(changed, below, made_by, identities, entries)


def _difference(
    project: Makings, ledger: Ledger, name: str, before: Mapping[str, str], now: Mapping[str, str]
) -> str:
    """What of that which a node is made by is not as it was, in words."""
    parts = {part for part in {*before, *now} if before.get(part) != now.get(part)}
    node = project.nodes[name]
    if "file" in parts:
        path = project.settings.project_dir / node["original_file_path"]
        return f"{node['original_file_path']}{_changed_lines(ledger.lines.get(name), path)}"
    if "code" in parts:
        return node["original_file_path"]
    if "yml" in parts:
        return (node.get("patch_path") or node["original_file_path"]).rpartition("://")[2]
    if "macros" in parts:
        digests = project.macro_digests
        macros = {one for one in {*digests, *ledger.macros}
                  if digests.get(one) != ledger.macros.get(one)}  # fmt: skip
        named = sorted(macros & project.macros_of(name)) or sorted(macros)
        return f"macro {', '.join(named[:3])}" if named else "a macro"
    if "variables" in parts:
        named = sorted(
            one for one in {*project.variables, *ledger.variables}
            if project.variables.get(one) != ledger.variables.get(one)
        )  # fmt: skip
        return f"variable {', '.join(named[:3])}" if named else "a setting"
    if "files" in parts:
        return "files of seeds"
    return "the day" if "day" in parts else "models, sources or their entries in yml"


def _changed_lines(before: list[int] | None, path: Path) -> str:
    """`, line 12`, `, lines 3-5` or nothing: where a seed's file differs from what it was."""
    if before is None:
        return ""
    now = _lines(path)
    first = next((i for i, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), None)
    if first is None:
        first = min(len(before), len(now))
    last = 0
    while last < min(len(before), len(now)) - first and before[-1 - last] == now[-1 - last]:
        last += 1
    until = len(now) - last
    if until <= first + 1:
        return f", line {first + 1}"
    return f", lines {first + 1}-{until}"


def _lines(path: Path) -> list[int]:
    return [zlib.crc32(line) for line in path.read_bytes().splitlines()]


def in_order(nodes: Mapping[str, Any]) -> list[str]:
    """Ids, each after all that it reads."""
    from graphlib import TopologicalSorter

    graph = {name: [one for one in parents(node) if one in nodes] for name, node in nodes.items()}
    return list(TopologicalSorter(graph).static_order())


def identity_of(
    node: Mapping[str, Any], made_by: Mapping[str, str], inputs: Mapping[str, str], rows: str
) -> str:
    """What the readers of a node see. `rows` are those of a table, with its columns."""
    if node["resource_type"] == "seed":
        return _digest(["seed", sorted(made_by.items())])
    return _digest(["rows", rows] if rows else [sorted(made_by.items()), sorted(inputs.items())])


def rows_sql(node: Mapping[str, Any]) -> str | None:
    """A query for one text: columns and rows of a table, whatever their order; None for what has no
    rows of its own.

    Rows of seeds count with their place, which lineage tells. Of a table by period the ledger of
    its periods stands for the rows.
    """
    materialized = node["config"]["materialized"]
    if materialized not in ("table", "seed", "by_period"):
        return None
    relation = node["relation_name"]
    schema, name = node["schema"], node["alias"]
    columns = f"""(
        select string_agg(column_name || ' ' || data_type, ', ' order by column_index)
        from duckdb_columns()
        where database_name = current_database() and schema_name = '{schema}'
            and table_name = '{name}'
    )"""
    if materialized == "by_period":
        return f"""
            select concat_ws('|', {columns}, count(*), sum(table_rows), md5(string_agg(
                concat_ws(':', source_id, period, basis, fingerprint, table_rows), '|'
                order by source_id, period)), (select count(*) from {relation}))
            from landing.built_periods where table_name = '{node["name"]}'
        """
    # DuckDB gives a row as a struct where the alias of the table is asked for.
    row = "hash(input_row, rowid)" if materialized == "seed" else "hash(input_row)"
    return f"""
        select concat_ws('|', {columns}, count(*), sum(cast({row} as hugeint)))
        from {relation} as input_row
    """


def catalog_of(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """`schema.name` -> digest of what the catalog says of a relation or macro of a database."""
    found: dict[str, list[Any]] = {}
    for schema, name, *told in con.execute(
        """
        select schema_name, table_name, 'table', comment, null from duckdb_tables()
        where database_name = ?
        union all
        select schema_name, view_name, 'view', comment, sql from duckdb_views()
        where database_name = ?
        union all
        select
            schema_name, function_name, function_type, comment,
            macro_definition || cast(parameters as varchar)
        from duckdb_functions()
        where database_name = ? and function_type in ('macro', 'table_macro')
        union all
        select
            schema_name, table_name, 'column', null, cast(list(
                [column_name, data_type, is_nullable::varchar, coalesce(comment, '')]
                order by column_index) as varchar)
        from duckdb_columns()
        where database_name = ?
        group by all
        order by all
        """,
        [database] * 4,
    ).fetchall():
        # DuckDB gives the names of an EXCLUDE in another order in another process.
        steady = [
            _EXCLUDED.sub(lambda match: " ".join(sorted(match[1].split(", "))), text or "")
            for text in told
        ]
        found.setdefault(f"{schema}.{name}", []).append(steady)
    return {name: _digest(told) for name, told in found.items()}


def drop(con: duckdb.DuckDBPyConnection, labels: Collection[str]) -> None:
    """Take relations and macros, `schema.name`, out of the database in use."""
    for schema, name, kind in con.execute(
        """
        select schema_name, table_name, 'table' from duckdb_tables()
        where database_name = current_database()
        union all
        select schema_name, view_name, 'view' from duckdb_views()
        where database_name = current_database()
        union all
        select distinct
            schema_name, function_name,
            if(function_type = 'table_macro', 'macro table', 'macro')
        from duckdb_functions()
        where database_name = current_database() and function_type in ('macro', 'table_macro')
        """
    ).fetchall():
        if f"{schema}.{name}" in labels:
            con.execute(f'drop {kind} "{schema}"."{name}"')


def still_true(
    con: duckdb.DuckDBPyConnection, project: Makings, ledger: Ledger
) -> dict[str, Entry]:
    """Those entries that the warehouse bears out, with all its rows read.

    Rows of a table by period are counted, not read: what is changed in them by hand, without one
    more or one less, is not seen.
    """
    import duckdb

    database = con.execute("select current_database()").fetchone()[0]
    catalog = catalog_of(con, database)
    kept = {}
    for name, entry in ledger.entries.items():
        node = project.nodes.get(name)
        if node is None:
            continue
        if node["resource_type"] != "test":
            if catalog.get(f"{node['schema']}.{node['alias']}", "") != entry.catalog:
                continue
            sql = rows_sql(node)
            try:
                if sql is not None and con.execute(sql).fetchone()[0] != entry.rows:
                    continue
            except duckdb.Error:
                continue
        kept[name] = entry
    return kept


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _digest(value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
