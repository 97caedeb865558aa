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

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from chokepoint.checks import scope
from chokepoint.warehouse.due.makings import Makings, digest, lines_of
from chokepoint.warehouse.graph import parents

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
NEW = "new, or not built last time"
ALTERED = "altered since the last build"
NEWS = "has news"
NOT_PASSED = "not asked last time, or not passed"
_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "statsmodels")
_EXCLUDED = re.compile(r"EXCLUDE \(([^)]*)\)")


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
    profile = digest(path.read_text("utf-8") if path.is_file() else "none")
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


def plan(
    project: Makings, ledger: Ledger, *, are_kept: Iterable[str], altered: Collection[str] = ()
) -> Plan:
    """What has to be built; `are_kept`: ids of tests that passed, with results kept; `altered`: of
    what the warehouse did not bear out."""
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
    now = lines_of(path)
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
        return digest(["seed", sorted(made_by.items())])
    return digest(["rows", rows] if rows else [sorted(made_by.items()), sorted(inputs.items())])


def rows_sql(node: Mapping[str, Any]) -> str | None:
    """A query for one text: columns and rows of a table in any order (seeds with their place, which
    lineage tells; by period its ledger); None for what has no rows of its own."""
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
    return {name: digest(told) for name, told in found.items()}


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
    """Those entries that the warehouse bears out, all rows read. Of a table by period they are
    counted: what a hand changes there without one more or less is not seen."""
    import duckdb

    database = con.execute("select current_database()").fetchall()[0][0]
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
                if sql is not None and con.execute(sql).fetchall()[0][0] != entry.rows:
                    continue
            except duckdb.Error:
                continue
        kept[name] = entry
    return kept
