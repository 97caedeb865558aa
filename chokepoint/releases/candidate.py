"""A release in the making: the published part of the warehouse, copied into a file of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.checks import CheckResult, blocking
from chokepoint.errors import ChokepointError
from chokepoint.releases import carried, private
from chokepoint.releases.comparing import changes
from chokepoint.releases.comparing.comparison import Comparison
from chokepoint.releases.files import owned_name, publishing_faults, remove_abandoned, write_text
from chokepoint.releases.meta import dictionary, finding, meanings
from chokepoint.releases.meta.dictionary import Facts
from chokepoint.releases.relations import (
    CONTENT_SCHEMAS,
    PUBLISHED_SCHEMAS,
    STORAGE_VERSION,
    Relation,
    check_relations,
    create_in_order,
    literal,
    portable_statements,
    quote,
    read_relations,
    relation_hash,
    verify_bindings,
)
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import is_held
from chokepoint.warehouse.due.ledger import catalog_of, drop

DATABASE_FILE = "chokepoint.duckdb"
TEMPORARY_PREFIX = ".tmp-"
_STAMP = "%Y-%m-%dT%H%M%SZ"
STATE_FILE = "candidate.json"


@dataclass(frozen=True)
class Candidate:
    """A copy that is not a release yet.

    settings      of the run that built it
    release_id    the name it will have
    directory     temporary folder under `releases/`
    content_hash  MD5 over the contents of the tables in schema marts
    build         values of meta.build
    facts         what the meta tables say of relations and columns
    withheld      `schema.relation` -> rows of the user's own that were left out
    identities    `schema.relation` -> identity in the ledger of the warehouse, where it has one
    whole_bytes   size of the file if it was written whole; else of the last that was
    seconds       wall seconds per step of publishing
    """

    settings: Settings
    release_id: str
    directory: Path
    content_hash: str
    build: dict[str, Any]
    facts: Facts
    withheld: dict[str, int]
    identities: dict[str, str]
    whole_bytes: int
    seconds: dict[str, float]

    @property
    def path(self) -> Path:
        """The DuckDB file; open it read-only."""
        return self.directory / DATABASE_FILE

    @property
    def counts(self) -> dict[str, tuple[int, str]]:
        """`schema.relation` -> its rows and what it is."""
        return self.facts.counts

    @property
    def row_count(self) -> int:
        """Rows of the warehouse's published relations."""
        return sum(count for count, _ in self.counts.values())

    def save(self) -> None:
        """Keep the state beside the file, so that another process can finish the release."""
        state = asdict(self)
        del state["settings"], state["directory"]
        state["build"]["built_at"] = self.build["built_at"].isoformat()
        write_text(self.directory / STATE_FILE, json.dumps(state, indent=2), self.directory)


def releases_dir(settings: Settings) -> Path:
    """Folder of the releases, one folder each."""
    return settings.published_dir / "releases"


def refuse_blocked(results: Iterable[CheckResult]) -> None:
    """Raise ChokepointError naming the checks that forbid a release, if there are any."""
    failed = blocking(results)
    if failed:
        lines = [
            f"  {result.check_name} on {result.relation}: {result.observed or result.status}"
            f" (expected {result.expected or 'a pass'})"
            for result in failed[:10]
        ]
        more = f"\n  and {len(failed) - 10} more" if len(failed) > 10 else ""
        raise ChokepointError(
            f"{len(failed)} checks forbid a release; the last release stands.\n"
            + "\n".join(lines)
            + more,
            "see the failing rows with `python -m tools.check RELATION`, mend the data or the "
            "rule, and build again.",
        )


def build_candidate(
    settings: Settings,
    *,
    release_info: dict[str, Any],
    results: Iterable[CheckResult] = (),
) -> Candidate:
    """Copy schemas marts, reports and meta into a new file, without rows of the user's own and what
    checks have seen of them, and verify it. `release_info`: see `provenance.describe_build`, every
    key optional; `results` go into meta.check_results. The caller holds the writer lock.
    ChokepointError, with nothing left: a check forbids it, the warehouse is missing or locked, a
    comment is missing, a view or macro does not bind or reads an unpublished schema, own rows
    cannot be told, the disk is full."""
    results = list(results)
    refuse_blocked(results)
    if not settings.warehouse_path.is_file():
        raise ChokepointError(
            f"There is no warehouse at {settings.warehouse_path}.",
            "run `make build` first.",
        )
    folder = releases_dir(settings)
    with publishing_faults("making the folder of the releases"):
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder, TEMPORARY_PREFIX)
    built_at = release_info.get("built_at") or datetime.now(UTC)
    # Later than any release's, so that names sort by age.
    newest = max((path.name[:18] for path in folder.glob("????-??-??T??????Z-*")), default="")
    after = built_at
    if newest:
        after = datetime.strptime(newest, _STAMP).replace(tzinfo=UTC) + timedelta(seconds=1)
    stamp = max(built_at, after).strftime(_STAMP)
    directory = folder / owned_name(f"{TEMPORARY_PREFIX}{stamp}")
    with publishing_faults("writing the candidate", directory):
        directory.mkdir()
        return _build(settings, directory, stamp, built_at, release_info, results)


def load_candidate(settings: Settings, release_id: str) -> Candidate:
    """The candidate of that name, for another process than built it; ChokepointError if it was
    finished, given up or cleaned away."""
    for path in releases_dir(settings).glob(f"{TEMPORARY_PREFIX}*/{STATE_FILE}"):
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["release_id"] == release_id:
            counts = state["facts"]["counts"]
            state["facts"]["counts"] = {name: tuple(pair) for name, pair in counts.items()}
            state["facts"] = Facts(**state["facts"])
            state["build"]["built_at"] = datetime.fromisoformat(state["build"]["built_at"])
            return Candidate(settings=settings, directory=path.parent, **state)
    raise ChokepointError(
        f"There is no candidate {release_id!r}.", "build a new one with `chokepoint publish`."
    )


def discard(candidate: Candidate) -> None:
    """Remove a candidate that will not become a release."""
    shutil.rmtree(candidate.directory, ignore_errors=True)


def _build(
    settings: Settings,
    directory: Path,
    stamp: str,
    built_at: datetime,
    release_info: dict[str, Any],
    results: list[CheckResult],
) -> Candidate:
    path = directory / DATABASE_FILE
    identities: dict[str, str] = release_info.get("identities") or {}
    seconds: dict[str, float] = {}
    with timed(seconds, "copy"), connection(settings) as con:
        attach_warehouse(con, settings)
        relations = read_relations(con, "warehouse")
        check_relations(relations, dictionary.RESERVED)
        private.check_origins(relations)
        statements = portable_statements(con, settings.warehouse_path.stem, relations)
        restricted = private.restricted_sources(con, "warehouse")
        known = carried.read(settings).of(identities)
        if private.TRADE_SOURCES in {one.label for one in relations} - set(known.relations):
            # Other terms, other rows, of tables that are what they were.
            known = carried.NOTHING
        base = known.database_for(relations)
        changed = _copy_tables(con, path, base, known.relations, relations, restricted)
        withheld = private.withheld_rows(con, relations, "warehouse", "candidate", restricted)
        if withheld:
            private.check_own_names(con, relations, "warehouse", "candidate")
            results = private.publishable_results(results, release_info.get("private_checks"))
        held_back = private.held_back(con, "warehouse", restricted)
        create_in_order(con, statements)
        con.execute("begin")
        _copy_comments(con, changed)
        dictionary.create_meta_tables(con)
        dictionary.add_rows(con, "inputs", release_info.get("inputs") or ())
        dictionary.add_rows(con, "questions", finding.questions_of(release_info.get("aids") or {}))
        con.execute("commit")
    with timed(seconds, "verify"):
        counts, measured = _verify(settings, path, relations, known)
    content_hash = content_hash_of(relations, counts)
    release_id = f"{stamp}-{content_hash[:8]}"
    previous = release_info.get("previous")
    candidate = Candidate(
        settings=settings,
        release_id=release_id,
        directory=directory,
        content_hash=content_hash,
        build=_told_of(release_info, built_at)
        | {
            "release_id": release_id,
            "content_hash": content_hash,
            "sources_held_back": ", ".join(held_back) or None,
        },
        facts=_facts_of(release_info, statements, counts, measured),
        withheld=withheld,
        identities=identities,
        whole_bytes=known.whole_bytes if base is not None else path.stat().st_size,
        seconds=seconds,
    )
    candidate = write_meta(candidate, results)
    return candidate if previous is None else _write_changes(candidate, previous)


def _facts_of(
    release_info: dict[str, Any],
    statements: list[tuple[str, str]],
    counts: dict[str, Any],
    measured: dict[str, Any],
) -> Facts:
    macros = {label[:-2]: sql for label, sql in statements if label.endswith("()")}
    return Facts(
        counts=counts,
        primary_keys=release_info.get("primary_keys") or {},
        aids=finding.aids_of(release_info.get("aids") or {}, macros),
        declared=release_info.get("columns") or {},
        measured=measured,
    )


def _told_of(release_info: dict[str, Any], built_at: datetime) -> dict[str, Any]:
    """Values of meta.build that whoever builds tells."""
    versions = ("project_version", "git_commit", "python_version", "duckdb_version", "dbt_version")
    previous = release_info.get("previous")
    return {name: release_info.get(name) for name in versions} | {
        "built_at": built_at.replace(tzinfo=None),
        "is_git_dirty": release_info.get("git_dirty"),
        "previous_release": previous[0] if previous else None,
        "seconds_per_stage": json.dumps(release_info.get("seconds") or {}),
    }


def _copy_tables(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    base: Path | None,
    kept: Collection[str],
    relations: list[Relation],
    restricted: Collection[str],
) -> list[Relation]:
    """Copy the tables among the relations into a new file, the database in use, without private
    rows; return those that did not stay from `base`, the earlier release to begin with (`kept`)."""
    if base is not None:
        shutil.copyfile(base, path)
    con.execute(f"attach {literal(str(path))} as candidate (storage_version '{STORAGE_VERSION}')")
    con.execute("use candidate")
    con.execute("begin")
    stayed: set[str] = set()
    if base is not None:
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = current_database()"
        ).fetchall()
        stayed = {label for (label,) in tables if label in kept}
        drop(con, set(catalog_of(con, "candidate")) - stayed)
    changed = [one for one in relations if one.label not in stayed]
    for schema in PUBLISHED_SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    for relation in changed:
        if relation.kind == "table":
            name = relation.sql_name
            rows = private.copied_rows(relation, restricted)
            con.execute(f"create table {name} as from warehouse.{name}{rows}")
    con.execute("commit")
    return changed


def _verify(
    settings: Settings, path: Path, relations: list[Relation], known: carried.Carried
) -> tuple[dict[str, tuple[int, str]], dict[str, Mapping[str, Sequence[str]]]]:
    """Bind all views and macros as a reader does: under another name, and without any other file.
    Returns counts with hashes, and what is measured of columns."""
    counts: dict[str, tuple[int, str]] = {}
    measured: dict[str, Mapping[str, Sequence[str]]] = {}
    with connection(settings) as con:
        con.execute(f"attach {literal(str(path))} as release (read_only)")
        con.execute("use release")
        con.execute("set enable_external_access = false")
        verify_bindings(con, "release", relations)
        for relation in relations:
            label, source = relation.label, f"release.{relation.sql_name}"
            if (same := known.relations.get(label)) is not None:
                counts[label], measured[label] = (same.row_count, same.hash), same.measured
                continue
            if relation.kind == "view":
                # Worked out once, and kept aside.
                con.execute(f"create or replace temp table rows_of_view as from {source}")
                source = "temp.rows_of_view"
            counts[label] = relation_hash(con, "release", relation, source)
            found = meanings.measure(con, relation, source)
            measured[label] = {column: list(facts) for column, facts in found.items()}
    return counts, measured


def _write_changes(candidate: Candidate, previous: tuple[str, Path]) -> Candidate:
    """Say in meta.changes of the candidate what differs from a numbered release, and why."""
    name, path = previous
    seconds = dict(candidate.seconds)
    with timed(seconds, "changes"), connection(candidate.settings) as con:
        try:
            con.execute(f"attach {literal(str(path))} as before (read_only)")
        except duckdb.Error as error:
            raise ChokepointError(
                f"Release {name} cannot be read: {error}. The last build stands.",
                f"restore {path} from a copy, or move its folder away: the build is then compared "
                "with the release before.",
            ) from error
        con.execute(f"attach {literal(str(candidate.path))} as candidate")
        con.execute("begin")
        count = changes.write_changes(
            Comparison(con, "before", "candidate"), release=name, into="candidate.meta.changes"
        )
        con.execute("commit")
    return write_meta(replace(candidate, seconds=seconds), []) if count else candidate


def write_meta(
    candidate: Candidate,
    results: list[CheckResult],
    con: duckdb.DuckDBPyConnection | None = None,
    *,
    is_last: bool = False,
) -> Candidate:
    """Add check results to the candidate's file and renew its meta tables, over `con` or a
    connection of its own. `is_last`: nothing is written afterwards, so these are measured too."""
    seconds = dict(candidate.seconds)
    stages = json.loads(candidate.build["seconds_per_stage"])
    stages |= {f"publish_{step}": round(value, 3) for step, value in seconds.items()}
    build = {**candidate.build, "seconds_per_stage": json.dumps(stages)}
    opened = nullcontext(con) if con else connection(candidate.settings)
    with timed(seconds, "meta"), opened as con:
        try:
            con.execute(f"attach {literal(str(candidate.path))} as candidate")
        except duckdb.Error as error:
            if is_held(error):
                raise ChokepointError(
                    f"The candidate is still open elsewhere: {error}. The last release stands.",
                    "close what reads it, then run `chokepoint publish`.",
                ) from error
            raise
        con.execute("use candidate")
        con.execute("begin")
        dictionary.add_check_results(con, results)
        dictionary.write_meta(con, "candidate", build, candidate.facts, measures_own=is_last)
        con.execute("commit")
        con.execute("use memory")
        con.execute("detach candidate")
    changed = replace(candidate, build=build, seconds=seconds)
    changed.save()
    return changed


@contextmanager
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory within the run's limits; times are UTC."""
    con = duckdb.connect(":memory:", config=settings.duckdb_config())
    try:
        con.execute("set timezone = 'UTC'")
        yield con
    finally:
        con.close()


@contextmanager
def timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[step] = round(seconds.get(step, 0.0) + time.perf_counter() - start, 3)


def attach_warehouse(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    try:
        con.execute(f"attach {literal(str(settings.warehouse_path))} as warehouse (read_only)")
    except duckdb.Error as error:
        if is_held(error):
            raise ChokepointError(
                f"The warehouse {settings.warehouse_path} is being written: {error}.",
                "wait until the other build has ended, then run the command again.",
            ) from error
        raise ChokepointError(
            f"The warehouse {settings.warehouse_path} cannot be read: {error}.",
            "run `make build`, which builds a damaged one anew.",
        ) from error


def _copy_comments(con: duckdb.DuckDBPyConnection, relations: list[Relation]) -> None:
    for relation in relations:
        name = relation.sql_name
        con.execute(f"comment on {relation.kind} {name} is {literal(relation.description or '')}")
        for column in relation.columns:
            con.execute(
                f"comment on column {name}.{quote(column.name)} "
                f"is {literal(column.description or '')}"
            )
    comments = con.execute(
        """
        select distinct schema_name, function_name, function_type, comment
        from duckdb_functions()
        where
            database_name = 'warehouse'
            and comment is not null
            and function_type in ('macro', 'table_macro')
        """
    ).fetchall()
    for schema, name, kind, comment in comments:
        if schema in PUBLISHED_SCHEMAS:
            word = "macro table" if kind == "table_macro" else "macro"
            con.execute(f"comment on {word} {quote(schema)}.{quote(name)} is {literal(comment)}")


def content_hash_of(relations: list[Relation], counts: dict[str, tuple[int, str]]) -> str:
    """One hash over the marts. Views are left out: they hold nothing of their own, and one that
    answers for "today" would make the hash depend on the day of the build."""
    lines = [
        f"{relation.label} {counts[relation.label][1]}"
        for relation in sorted(relations, key=lambda relation: relation.label)
        if relation.kind == "table" and relation.schema in CONTENT_SCHEMAS
    ]
    return hashlib.md5("\n".join(lines).encode()).hexdigest()
