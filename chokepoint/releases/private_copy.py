"""The private copy in `data/private/`, no part of what is published: the release and the user's own
rows that it lacks. It is replaced at once; a build without own rows takes it away."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from chokepoint.checks import CheckResult
from chokepoint.errors import ChokepointError
from chokepoint.landing.store import flush
from chokepoint.releases import candidate
from chokepoint.releases.comparing.comparison import read_one
from chokepoint.releases.files import owned_name, publishing_faults, remove_abandoned
from chokepoint.releases.meta import dictionary
from chokepoint.releases.published import Release, current_release
from chokepoint.releases.relations import literal, read_relations, relation_hash
from chokepoint.settings import make_private_folder
from chokepoint.warehouse.damage import open_to_read

if TYPE_CHECKING:
    from chokepoint.settings import Settings

# Added to the release's name, so that any reader of the file can tell the two apart.
SUFFIX = "-private"


@dataclass(frozen=True)
class PrivateCopy:
    """A private copy in place: of which release it holds the rows beside the own ones, when that
    was built (UTC), and whether it is the one published."""

    path: Path
    release_id: str
    built_at: datetime
    is_current: bool


def prepare(
    settings: Settings, release: Release, withheld: dict[str, int], results: Iterable[CheckResult]
) -> Path | None:
    """Write the private copy of a release where it is not read yet; None without own rows.
    `withheld`: `schema.relation` -> own rows; `results`: of all checks, with what they saw. The
    release's warehouse is still there; the caller holds the writer lock. ChokepointError, with
    nothing left, if the disk is full."""
    folder = settings.private_path.parent
    if folder.is_dir():
        remove_abandoned(folder, candidate.TEMPORARY_PREFIX)
    if not withheld:
        return None
    directory = folder / owned_name(candidate.TEMPORARY_PREFIX)
    with publishing_faults("writing the private copy", directory):
        make_private_folder(folder)
        directory.mkdir()
        path = directory / candidate.DATABASE_FILE
        shutil.copyfile(release.path, path)
        path.chmod(0o600)
        _fill(settings, path, withheld, list(results))
        flush(path)
    return path


def put_in_place(settings: Settings, prepared: Path | None) -> None:
    """Make a prepared copy the one that is read; without one, take the older one away."""
    path = settings.private_path
    # DuckDB would replay a log left beside the file over the new one.
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    if prepared is None:
        path.unlink(missing_ok=True)
        shutil.rmtree(settings.private_site_dir, ignore_errors=True)
        return
    with publishing_faults("putting the private copy in place", prepared.parent):
        prepared.replace(path)
        flush(path.parent)
    shutil.rmtree(prepared.parent, ignore_errors=True)


def find_private_copy(settings: Settings) -> PrivateCopy | None:
    """The private copy; None if there is none. Raises ChokepointError if it cannot be read."""
    if not settings.private_path.is_file():
        return None
    with connect_private(settings) as con:
        ((name, built_at),) = con.execute("select release_id, built_at from meta.build").fetchall()
    release_id = name.removesuffix(SUFFIX)
    current = current_release(settings)
    return PrivateCopy(
        path=settings.private_path,
        release_id=release_id,
        built_at=built_at.replace(tzinfo=UTC),
        is_current=current is not None and current.release_id == release_id,
    )


def connect_private(settings: Settings, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open the private copy read-only; ChokepointError if it is missing or damaged."""
    path = settings.private_path
    if not path.is_file():
        raise ChokepointError(
            f"There is no private copy {path}: the last build had no rows of your own.",
            "land your tables (docs/using/private-rows.md) and run `make build`; without "
            "--private the published file is asked.",
        )
    return open_to_read(path, partial(damaged, settings), **options)


def damaged(settings: Settings, error: duckdb.Error) -> ChokepointError:
    """What to say of a private copy that DuckDB cannot open, or not read to its end."""
    return ChokepointError(
        f"The private copy {settings.private_path} is damaged: {str(error).splitlines()[0]}",
        "write it anew with `chokepoint publish` or `make build`.",
    )


def _fill(
    settings: Settings, path: Path, withheld: dict[str, int], results: list[CheckResult]
) -> None:
    with candidate.connection(settings) as con:
        candidate.attach_warehouse(con, settings)
        con.execute(f"attach {literal(str(path))} as copy")
        con.execute("use copy")
        relations = [
            relation
            for relation in read_relations(con, "copy")
            if relation.label not in dictionary.RESERVED
        ]
        con.execute("begin")
        for relation in relations:
            if relation.label in withheld:
                name = relation.sql_name
                # Whole and anew, so that own rows stand in the table's order.
                con.execute(f"delete from {name}")
                con.execute(f"insert into {name} by name from warehouse.{name}")
        con.execute("commit")
        known, keys, aids = {}, {}, {}
        for schema, name, count, content_hash, key, *aid in con.execute(
            "select schema_name, relation_name, row_count, content_hash, key_columns, topic,"
            " question, example_query from meta.relations"
        ).fetchall():
            known[f"{schema}.{name}"], aids[f"{schema}.{name}"] = (count, content_hash), aid
            if key:
                keys[name] = key.split(", ")
        # Of tables that lost nothing, those of the release.
        counts = {
            relation.label: relation_hash(con, "copy", relation)
            if relation.kind == "view" or relation.label in withheld
            else known[relation.label]
            for relation in relations
        }
        build = read_one(con, "from meta.build")
        build["release_id"] += SUFFIX
        build["sources_held_back"] = None
        build["content_hash"] = candidate.content_hash_of(relations, counts)
        con.execute("begin")
        con.execute("delete from meta.check_results")
        dictionary.add_check_results(con, results)
        dictionary.write_meta(con, "copy", build, dictionary.Facts(counts, keys, aids))
        con.execute("commit")
        con.execute("use memory")
        con.execute("detach copy")
