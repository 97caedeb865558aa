"""Numbered releases, `data/releases/<year>.<month>.<number>/`: the published build under a version
to cite, with what differs from the last one and why, terms, citation. Never written again."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.checks import CheckResult
from chokepoint.errors import ChokepointError, read_json
from chokepoint.releases import candidate, files
from chokepoint.releases.comparing import notes
from chokepoint.releases.comparing.changes import write_changes
from chokepoint.releases.comparing.comparison import Comparison
from chokepoint.releases.csv_cells import copy_csv, csv_text
from chokepoint.releases.meta import citation, licences
from chokepoint.releases.meta.dictionary import META_TABLES, utc_text, write_json
from chokepoint.releases.mirror import seal
from chokepoint.releases.private import private_condition
from chokepoint.releases.published import Release, current_release, verify_checksums
from chokepoint.releases.relations import literal, quote, read_relations
from chokepoint.settings import Settings

NUMBERED_FILE = "numbered.json"
DIFF_FILE = "diff.json"
NOTES_FILE = "NOTES.md"
_VERSION = re.compile(r"\d{4}\.(?:[1-9]|1[0-2])\.\d+")


@dataclass(frozen=True)
class NumberedRelease:
    """A numbered release: `version` is year, month and number in it from 0 (`2026.11.0`),
    `build_id` the published build, `content_hash` MD5 over the marts, `previous` the version before
    (None: first)."""

    version: str
    directory: Path
    released_at: datetime
    build_id: str
    content_hash: str
    row_count: int
    previous: str | None

    @property
    def path(self) -> Path:
        """The release's DuckDB file; open it read-only."""
        return self.directory / candidate.DATABASE_FILE

    @property
    def notes(self) -> str:
        return (self.directory / NOTES_FILE).read_text(encoding="utf-8")


def numbered_folders(settings: Settings) -> dict[str, Path]:
    """Version and folder of each numbered release, newest first."""
    found = [path.parent for path in settings.numbered_dir.glob(f"*/{NUMBERED_FILE}")]
    versions = [path.name for path in found if _VERSION.fullmatch(path.name)]
    newest_first = sorted(versions, key=_order, reverse=True)
    return {version: settings.numbered_dir / version for version in newest_first}


def list_numbered(settings: Settings) -> list[NumberedRelease]:
    """Numbered releases, newest first; ChokepointError where one is damaged."""
    return [read_numbered(folder) for folder in numbered_folders(settings).values()]


def latest_numbered(settings: Settings) -> NumberedRelease | None:
    """The newest numbered release; None before the first one."""
    return next(map(read_numbered, numbered_folders(settings).values()), None)


def latest_file(settings: Settings) -> tuple[str, Path] | None:
    """Version and DuckDB file of the newest numbered release; None before the first one."""
    latest = latest_numbered(settings)
    return None if latest is None else (latest.version, latest.path)


def find_numbered(settings: Settings, version: str) -> NumberedRelease:
    """The release of that version; ChokepointError with the list if there is none."""
    known = numbered_folders(settings)
    if version not in known:
        raise ChokepointError(
            f"There is no release {version!r}. Releases: {', '.join(known) or 'none yet'}.",
            "give one of these versions. A build is not kept: `chokepoint release` makes a numbered"
            " release of the last one. A release that others made is a folder: copy it into"
            f" {settings.numbered_dir}.",
        )
    return read_numbered(known[version])


def make_numbered(settings: Settings, *, now: datetime | None = None) -> NumberedRelease:
    """Make the current published build the next numbered release, of the month of `now` (UTC). The
    caller holds the writer lock; nothing is visible until all is written. ChokepointError: nothing
    is published, its files have changed, a check forbids it, it holds own rows, is a release
    already, was compared with another than the last one, or the disk is full."""
    now = (now or datetime.now(UTC)).astimezone(UTC)
    folder = settings.numbered_dir
    files.remove_abandoned(folder, candidate.TEMPORARY_PREFIX)
    build = current_release(settings)
    if build is None:
        raise ChokepointError("Nothing is published yet.", "run `make build` first.")
    previous = latest_numbered(settings)
    if previous is not None and previous.build_id == build.release_id:
        raise ChokepointError(
            f"The published build {build.release_id} is release {previous.version} already.",
            "build again when there is something new to release.",
        )
    verify_checksums(build)
    with files.publishing_faults("making the folder of the numbered releases"):
        folder.mkdir(parents=True, exist_ok=True)
    version = next_version(settings, now.date())
    directory = folder / files.owned_name(f"{candidate.TEMPORARY_PREFIX}{version}")
    with files.publishing_faults(f"making release {version}", directory):
        directory.mkdir()
        _write(settings, directory, version, now, build, previous)
        final = folder / version
        if final.exists():
            raise ChokepointError(
                f"{final} is there already, and is no release.",
                "move it away: a release is never overwritten.",
            )
        directory.rename(final)
        files.flush(folder)
    return read_numbered(final)


def differences(
    settings: Settings,
    before: str,
    older: Path,
    after: str,
    newer: Path,
    cells: Path | None = None,
) -> str:
    """The differences of two published files (names and DuckDB files) as Markdown, their rows of
    `meta.changes` in `cells`, CSV or Parquet. ChokepointError if they are one file or the disk is
    full."""
    if older == newer:
        raise ChokepointError(f"{before} is compared with itself.", "name two releases.")
    with candidate.connection(settings) as con, files.publishing_faults("comparing the releases"):
        for name, path in (("before", older), ("release", newer)):
            con.execute(f"attach {literal(str(path))} as {name} (read_only)")
        columns = ", ".join(
            f"{quote(name)} {kind}" for name, (kind, _) in META_TABLES["changes"][1].items()
        )
        con.execute(f"create temp table cells ({columns})")
        compared = Comparison(con)
        write_changes(compared, release=before, into="temp.cells")
        con.execute("use release")
        told = notes.sections_told(notes.differences(compared, "temp.cells"))
        if cells is not None:
            cells.parent.mkdir(parents=True, exist_ok=True)
            temporary = cells.with_name(f".{cells.name}.new")
            try:
                if cells.suffix == ".parquet":
                    con.execute(
                        f"copy temp.cells to {literal(str(temporary))}"
                        " (format parquet, compression zstd)"
                    )
                else:
                    copy_csv(con, "select * from temp.cells", temporary)
                temporary.replace(cells)
            finally:
                temporary.unlink(missing_ok=True)
    return f"# {before} to {after}\n{told}"


def next_version(settings: Settings, day: date) -> str:
    """`<year>.<month>.<number>`, one more than the highest of the month, from 0; ChokepointError if
    a later month has one: the clock is wrong."""
    held = [
        _order(path.name)
        for path in settings.numbered_dir.glob("*")
        if _VERSION.fullmatch(path.name)
    ]
    month = (day.year, day.month)
    if held and max(held)[:2] > month:
        newest = ".".join(map(str, max(held)))
        raise ChokepointError(
            f"Release {newest} is of a later month than {day:%Y-%m}.",
            "set the clock of this machine right; versions must sort by age.",
        )
    numbers = [number for year, of_month, number in held if (year, of_month) == month]
    return f"{day.year}.{day.month}.{max(numbers, default=-1) + 1}"


def _write(
    settings: Settings,
    directory: Path,
    version: str,
    now: datetime,
    build: Release,
    previous: NumberedRelease | None,
) -> None:
    _copy_build(build, directory)
    last = previous.version if previous else None
    with candidate.connection(settings) as con:
        path = directory / candidate.DATABASE_FILE
        con.execute(f"attach {literal(str(path))} as release (read_only)")
        con.execute("use release")
        names = [field.name for field in fields(CheckResult)]
        rows = con.execute(f"select {', '.join(names)} from meta.check_results").fetchall()
        candidate.refuse_blocked(CheckResult(*row) for row in rows)
        _refuse_own_rows(con)
        _refuse_other_base(con, last)
        compared = None
        if previous is not None:
            con.execute(f"attach {literal(str(previous.path))} as before (read_only)")
            compared = Comparison(con)
        terms = licences.read_licences(con)
        text = notes.write_notes(
            con,
            version=version,
            previous=last,
            released_on=now.date(),
            compared=compared,
            licences=terms,
        )
    (directory / NOTES_FILE).write_text(text, encoding="utf-8", newline="\n")
    if compared is not None:
        diffs = [asdict(one) for one in compared.diffs]
        told = {"version": version, "previous": last, "relations": diffs}
        write_json(directory / DIFF_FILE, told)
    (directory / licences.LICENCE_FILE).write_text(
        csv_text(licences.Licence._fields, terms), encoding="utf-8", newline=""
    )
    citation.write_citation(
        version, now.date(), build.content_hash, terms, directory / citation.CITATION_FILE
    )
    # The data package of the build, under the version of the release.
    path = directory / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    write_json(path, package | {"version": version, "created": utc_text(now)})
    write_json(
        directory / NUMBERED_FILE,
        {
            "version": version,
            "released_at": utc_text(now),
            "build_id": build.release_id,
            "content_hash": build.content_hash,
            "row_count": build.row_count,
            "previous": last,
        },
    )
    seal(directory)


def _copy_build(build: Release, directory: Path) -> None:
    for path in files.read_checksums(build.directory):
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # A copy of what is written anew or opened by tools.
        put = files.link_or_copy if path.endswith(".parquet") else shutil.copyfile
        put(build.directory / path, target)


def _refuse_own_rows(con: duckdb.DuckDBPyConnection) -> None:
    found = []
    for relation in read_relations(con, "release"):
        if not (condition := private_condition(relation)):
            continue
        counting = f"select count(*) from {relation.sql_name} where {condition}"
        count = con.execute(counting).fetchall()[0][0]
        if count:
            found.append(f"{relation.label} ({count:,} rows)")
    if found:
        raise ChokepointError(
            f"A numbered release is for others, but rows of your own are in {', '.join(found)}.",
            "publish again with `chokepoint publish`: a build keeps them in the private copy.",
        )


def _refuse_other_base(con: duckdb.DuckDBPyConnection, last: str | None) -> None:
    compared = con.execute("select previous_release from meta.build").fetchall()[0][0]
    if compared != last:
        raise ChokepointError(
            f"The published build says what changed since release {compared or '(none)'}, but the "
            f"last one is {last or '(none)'}.",
            "run `chokepoint publish`, which compares with the last one, then "
            "`chokepoint release`.",
        )


def read_numbered(directory: Path) -> NumberedRelease:
    """The numbered release in a folder; ChokepointError where it is damaged."""

    def made(state: Any) -> NumberedRelease:
        state |= {
            "version": directory.name,
            "released_at": datetime.fromisoformat(state["released_at"]),
        }
        return NumberedRelease(directory=directory, **state)

    return read_json(
        directory / NUMBERED_FILE,
        made,
        f"put the file back from a copy of the release, or move {directory} away.",
    )


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
