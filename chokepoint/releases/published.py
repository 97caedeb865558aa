"""Releases: finished, put in readers' hands, rolled back, removed. `releases/<release_id>/` never
changes; the files that people open lie in the published folder. To replace CURRENT there is the
commit point; putting the files in place can be repeated."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chokepoint.checks import CheckResult
from chokepoint.errors import ChokepointError, read_json
from chokepoint.landing.files.delivery import digest
from chokepoint.releases import carried, files, mirror
from chokepoint.releases.candidate import (
    DATABASE_FILE,
    STATE_FILE,
    TEMPORARY_PREFIX,
    Candidate,
    connection,
    refuse_blocked,
    releases_dir,
    timed,
    write_meta,
)
from chokepoint.releases.csv_cells import copy_csv
from chokepoint.releases.meta import dictionary
from chokepoint.releases.relations import literal, read_relations
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import damage_of

CURRENT_FILE = "CURRENT"
RELEASE_FILE = "release.json"
# Lies in a release that was rolled back from, so that the next rollback passes over it.
WITHDRAWN_FILE = "WITHDRAWN"
ACTIVATION_PREFIX = ".activate-"
# `parquet` is a link to a folder of this name: one rename changes all files of the mirror.
MIRROR_LINK = "parquet"
MIRROR_PREFIX = ".parquet-"
# What the list of checksums names beside the mirror.
_LISTED = {DATABASE_FILE, RELEASE_FILE, "datapackage.json", "dictionary.csv"}


@dataclass(frozen=True)
class Release:
    """A finished release.

    release_id    time of the build and start of the content hash; names sort by age
    directory     its folder under `releases/`
    built_at      UTC
    content_hash  MD5 over the contents of the tables in schema marts
    row_count, relation_count  of everything published
    git_commit, project_version  what it was built from, None if unknown
    is_withdrawn  it was rolled back from
    seconds       wall seconds per step of publishing
    """

    release_id: str
    directory: Path
    built_at: datetime
    content_hash: str
    row_count: int
    relation_count: int
    git_commit: str | None
    project_version: str | None
    is_withdrawn: bool
    seconds: dict[str, float]

    @property
    def path(self) -> Path:
        """The release's own DuckDB file; open it read-only."""
        return self.directory / DATABASE_FILE


def finish_release(candidate: Candidate, results: Iterable[CheckResult] = ()) -> Release:
    """Turn a candidate into a release: the results of its checks, mirror, dictionary, checksums.
    Readers see it after `activate`. The caller holds the writer lock. ChokepointError, and the
    candidate goes, if a check forbids it or the disk is full."""
    results = list(results)
    settings, directory = candidate.settings, candidate.directory
    with files.publishing_faults("finishing the release", directory):
        refuse_blocked(results)
        if not candidate.path.is_file():
            raise ChokepointError(
                f"The candidate {candidate.release_id} is gone.",
                "build a new one with `chokepoint publish`.",
            )
        with connection(settings) as con:
            candidate = write_meta(candidate, results, con, is_last=True)
            seconds = dict(candidate.seconds)
            con.execute(f"attach {literal(str(candidate.path))} as release (read_only)")
            con.execute("use release")
            relations = read_relations(con, "release")
            with timed(seconds, "mirror"):
                known = carried.read(settings).of(candidate.identities)
                mirror.write_parquet(con, relations, directory / "parquet", known)
                columns = "from meta.dictionary order by schema_name, relation_name, ordinal"
                copy_csv(con, columns, directory / "dictionary.csv")
            ((row_count, relation_count),) = con.execute(
                "select row_count, relation_count from meta.build"
            ).fetchall()
            with timed(seconds, "checksums"):
                package = dictionary.data_package(
                    con,
                    relations,
                    directory,
                    build=candidate.build,
                    primary_keys=candidate.facts.primary_keys,
                )
        with timed(seconds, "checksums"):
            dictionary.write_json(directory / "datapackage.json", package)
            (directory / STATE_FILE).unlink(missing_ok=True)
            names = ("release_id", "content_hash", "git_commit", "project_version")
            built_at = candidate.build["built_at"].replace(tzinfo=UTC)
            state = {name: candidate.build[name] for name in names} | {
                "built_at": dictionary.utc_text(built_at),
                "row_count": row_count,
                "relation_count": relation_count,
                "seconds": seconds,
            }
            dictionary.write_json(directory / RELEASE_FILE, state)
        with timed(seconds, "sync"):
            mirror.seal(directory)
            final = releases_dir(settings) / candidate.release_id
            directory.rename(final)
            files.flush(final.parent)
        _carry_over(candidate, final)
    return replace(_read_release(final), seconds=seconds)


def _carry_over(candidate: Candidate, final: Path) -> None:
    """Keep for the next release what this one, in its last place, knows of its relations."""
    counts, measured = candidate.facts.counts, candidate.facts.measured
    known = {
        label: carried.Known(identity, *counts[label], measured[label])
        for label, identity in candidate.identities.items()
        if label in counts
    }
    code = carried.code_digest()
    carried.Carried(code, str(final), known, candidate.whole_bytes).save(candidate.settings)


def _finished(settings: Settings) -> dict[str, Path]:
    """Name and folder of each finished release, newest first."""
    found = releases_dir(settings).glob(f"*/{RELEASE_FILE}")
    paths = [path.parent for path in found if not path.parent.name.startswith(".")]
    return {path.name: path for path in sorted(paths, reverse=True)}


def list_releases(settings: Settings) -> list[Release]:
    """Finished releases, newest first, without those of `damaged_releases`."""
    return [one for one in _read_all(settings) if isinstance(one, Release)]


def damaged_releases(settings: Settings) -> list[str]:
    """What to say of each release whose `release.json` cannot be read."""
    return [str(one) for one in _read_all(settings) if isinstance(one, ChokepointError)]


def _read_all(settings: Settings) -> Iterator[Release | ChokepointError]:
    for path in _finished(settings).values():
        try:
            yield _read_release(path)
        except ChokepointError as error:
            yield error


def current_release(settings: Settings) -> Release | None:
    """The release that CURRENT names; None before the first one, or if it is gone or damaged."""
    try:
        # A damaged CURRENT names no release.
        name = (settings.published_dir / CURRENT_FILE).read_bytes().decode(errors="replace").strip()
    except FileNotFoundError:
        return None
    if path := _finished(settings).get(name):
        with contextlib.suppress(ChokepointError):
            return _read_release(path)
    return None


def activate(settings: Settings, release_id: str, *, by_content: bool = False) -> Release:
    """Make a release current and put its files in place, which are known by size and time, or
    `by_content`. Readers with the old file open keep it. What needs disk space comes before
    CURRENT. The caller holds the writer lock. ChokepointError without such a release or disk
    space."""
    release = _find(settings, release_id)
    seconds = dict(release.seconds)
    seconds.pop("activate", None)
    with timed(seconds, "activate"):
        files.remove_abandoned(settings.published_dir, ACTIVATION_PREFIX)
        stage = settings.published_dir / files.owned_name(ACTIVATION_PREFIX)
        with files.publishing_faults("putting the release in place", stage):
            staged = _stage(settings, release, stage, by_content)
            files.write_text(
                settings.published_dir / CURRENT_FILE, f"{release.release_id}\n", stage
            )
            _place(settings, release, stage, staged)
        (release.directory / WITHDRAWN_FILE).unlink(missing_ok=True)
    return replace(release, is_withdrawn=False, seconds=seconds)


def finish_activation(settings: Settings) -> str | None:
    """Finish what a killed publication left undone, cheaply when all is well; return the current
    release's id. Puts missing files in place, takes away those of another, a log beside the
    published file and temporary folders. The caller holds the writer lock."""
    folder = settings.published_dir
    if not folder.is_dir():
        return None
    files.remove_abandoned(folder, ACTIVATION_PREFIX)
    # Of a numbered release that was killed.
    files.remove_abandoned(settings.numbered_dir, TEMPORARY_PREFIX)
    release = current_release(settings)
    if release is None:
        return None
    listed = _checksums(release.directory)
    if listed is None or not all((release.directory / path).is_file() for path in listed):
        # What belongs in place is not there any more; the next release will be.
        return release.release_id
    stage = folder / files.owned_name(ACTIVATION_PREFIX)
    with files.publishing_faults("putting the release in place", stage):
        _place(settings, release, stage, _stage(settings, release, stage))
    return release.release_id


def rollback(settings: Settings, to: str | None = None) -> str:
    """Go back to the release before, or to a named one; return its id. The one that is left is
    withdrawn: a later rollback passes over it. The caller holds the writer lock. ChokepointError if
    there is none, or its files do not match their checksums."""
    releases = list_releases(settings)
    current = current_release(settings)
    if to is not None:
        target = _find(settings, to)
    else:
        earlier = [
            release
            for release in releases
            if not release.is_withdrawn
            and (current is None or release.release_id < current.release_id)
        ]
        if not earlier:
            raise ChokepointError(
                "There is no earlier release to go back to"
                + (f": {current.release_id} is the first kept." if current else "."),
                "run `make build` for a new release, or name one of `chokepoint publish --list`.",
            )
        target = earlier[0]
    verify_checksums(target)
    activate(settings, target.release_id, by_content=True)
    if current is not None and target.release_id < current.release_id:
        (current.directory / WITHDRAWN_FILE).touch()
    return target.release_id


def prune(settings: Settings, keep: int = 5) -> list[str]:
    """Remove all but the newest `keep` (1 or more, else ChokepointError) releases and the current
    one; return their ids. The caller holds the writer lock."""
    if keep < 1:
        raise ChokepointError(f"Cannot keep {keep} releases.", "give a number of at least 1.")
    current = current_release(settings)
    kept = [release.release_id for release in list_releases(settings)][:keep]
    removed = []
    for name, path in _finished(settings).items():
        # Damaged ones go with those of their age.
        if kept and name < kept[-1] and (current is None or name != current.release_id):
            # Renamed first, so that a half-removed release is never listed.
            waste = path.with_name(files.owned_name(f"{TEMPORARY_PREFIX}old"))
            path.rename(waste)
            shutil.rmtree(waste, ignore_errors=True)
            removed.append(name)
    return removed


def _read_release(directory: Path) -> Release:
    def made(state: Any) -> Release:
        state |= {
            "release_id": directory.name,
            "built_at": datetime.fromisoformat(state["built_at"]),
            "is_withdrawn": (directory / WITHDRAWN_FILE).exists(),
        }
        return Release(directory=directory, **state)

    return read_json(
        directory / RELEASE_FILE,
        made,
        "run `make build` for a new release; other releases and what readers have are unchanged. "
        f"Then put the file back from a copy of yours, or remove {directory}.",
    )


def _find(settings: Settings, release_id: str) -> Release:
    # Looked up in the list, never joined to a path: `../x` is simply not in it.
    known = _finished(settings)
    if release_id not in known:
        listed = ", ".join(known) or "none yet"
        raise ChokepointError(
            f"There is no release {release_id!r}. Releases: {listed}.",
            "give one of these names in full.",
        )
    return _read_release(known[release_id])


def verify_checksums(release: Release) -> None:
    """Raise ChokepointError if a file of the release is missing or no longer what it was."""
    for path in unlike_checksums(release.directory):
        raise ChokepointError(
            f"{release.directory / path} is missing or differs from the checksum of release "
            f"{release.release_id}.",
            "go back to another release, or build a new one with `make build`.",
        )


def unlike_checksums(folder: Path) -> Iterator[str]:
    """Relative paths of files that are missing or not what SHA256SUMS of their folder says; of that
    list alone where it is not whole."""
    expected = _checksums(folder)
    if expected is None:
        yield files.CHECKSUM_FILE
        return
    for path, checksum in expected.items():
        file = folder / path
        if not file.is_file() or digest(file) != checksum:
            yield path


def _checksums(folder: Path) -> dict[str, str] | None:
    """What SHA256SUMS of a folder says; None where it cannot be read or lacks what is there."""
    try:
        found = files.read_checksums(folder)
    except (OSError, UnicodeDecodeError):
        return None
    mirrored = {f"{MIRROR_LINK}/{path.name}" for path in (folder / MIRROR_LINK).glob("*")}
    return found if mirrored | _LISTED <= found.keys() else None


def _stage(
    settings: Settings, release: Release, stage: Path, by_content: bool = False
) -> list[str]:
    """Put the release's files that are not in place into `stage`, of the mirror all or none; return
    their relative paths."""
    checksums = files.read_checksums(release.directory)
    staged = []
    for path in [*checksums, files.CHECKSUM_FILE]:
        source, target = release.directory / path, settings.published_dir / path
        if not _is_same(source, target) or (
            by_content and digest(target) != (checksums.get(path) or digest(source))
        ):
            staged.append(path)
    link = settings.published_dir / MIRROR_LINK
    mirrored = [path for path in checksums if Path(path).parts[0] == MIRROR_LINK]
    held = {path.name for path in link.iterdir()} if link.is_symlink() and link.is_dir() else set()
    staged = [path for path in staged if path not in mirrored] + (
        mirrored
        if held != {Path(path).name for path in mirrored} or set(staged) & set(mirrored)
        else []
    )
    stage.mkdir()
    for path in staged:
        target = stage / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path == DATABASE_FILE:
            # A copy: a tool that opens the published file for writing must not reach the release.
            files.copy_synced(release.directory / path, target)
        else:
            files.link_or_copy(release.directory / path, target)
    return staged


def _is_same(source: Path, target: Path) -> bool:
    try:
        held = target.lstat()
    except OSError:
        return False
    wanted = source.stat()
    return (held.st_size, held.st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns)


def _place(settings: Settings, release: Release, stage: Path, staged: list[str]) -> None:
    """Move staged files to where readers look, each at once, and take away what is too much."""
    folder = settings.published_dir
    # DuckDB would replay a log left beside the file over the new one.
    log = folder / f"{DATABASE_FILE}.wal"
    log.unlink(missing_ok=True)
    for path in staged:
        if Path(path).parts[0] != MIRROR_LINK:
            (stage / path).replace(folder / path)
    log.unlink(missing_ok=True)
    link = folder / MIRROR_LINK
    if (stage / MIRROR_LINK).is_dir():
        home = folder / f"{MIRROR_PREFIX}{release.release_id}-{uuid.uuid4().hex[:8]}"
        files.flush(stage / MIRROR_LINK)
        (stage / MIRROR_LINK).rename(home)
        files.flush(folder)
        (stage / "link").symlink_to(home.name)
        if link.is_dir() and not link.is_symlink():
            # A copy of the folder that follows links leaves a folder there.
            link.rename(stage / "former")
        (stage / "link").replace(link)
    # The mirror before this one stays until the next: somebody may be reading its files.
    homes = [home for home in folder.glob(f"{MIRROR_PREFIX}*") if home.name != link.readlink().name]
    for home in sorted(homes, key=lambda home: home.stat().st_mtime_ns)[:-1]:
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(stage, ignore_errors=True)
    files.flush(folder)


def remove_damaged_published(settings: Settings) -> str | None:
    """Delete a published file that cannot be opened if its release is kept, which
    `finish_activation` then puts in place; return why, or None. The caller holds the writer
    lock."""
    path = settings.published_path
    why = damage_of(path)
    if why is None:
        return None
    release = current_release(settings)
    if release is None or damage_of(release.path) is not None or not release.path.is_file():
        return None
    path.unlink()
    return why


def standing(settings: Settings) -> str:
    """What readers have after a failure, as a sentence."""
    try:
        release = current_release(settings)
        if release is not None:
            return f"The last release is unchanged: {release.release_id}."
        kept = list_releases(settings)
    except OSError:
        return "What was published before is unchanged."
    if kept:
        return lost_current(kept[0].release_id)
    if damaged_releases(settings):
        return "What was published before is unchanged."
    return "Nothing has been published yet."


def lost_current(newest: str) -> str:
    """What to say when releases are kept but CURRENT names none of them that is whole."""
    return (
        "No release is current: published/CURRENT is missing, or names one gone or damaged.\n"
        f"  What to do: run `make build`, or `chokepoint publish --rollback {newest}` for the "
        "newest release kept (`chokepoint publish --list` names all)."
    )
