"""Whether a build would find anything new, asked before Dagster or dbt is imported. A release is
kept with `inputs` (the project's files, inbox, versions, settings, and today if it is used),
`landing` (what has landed) and `stamp` (state of the warehouse's file). Nothing is done where they
and the checksums of the published files are the same."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.warehouse.due import ledger, makings
from chokepoint.warehouse.project import DBT_FOLDERS
from chokepoint.warehouse.runstate import RunState

if TYPE_CHECKING:
    from chokepoint.settings import Settings

# What a build reads of the checkout.
_FOLDERS = (
    *DBT_FOLDERS, "chokepoint", "expectations", "orchestration", "queries", "requirements",
)  # fmt: skip
_FILES = ("dbt_project.yml", "profiles.yml", "pyproject.toml")
_SUFFIXES = (".pyc", ".pyo")


def inputs_digest(settings: Settings) -> str:
    """Digest of what a build starts from, before it lands anything."""
    digest = hashlib.blake2b(ledger.engine(settings.project_dir).encode())
    project = settings.project_dir
    for path in sorted([*(project / name for name in _FILES), *_files(project, _FOLDERS)]):
        digest.update(f"{path.relative_to(project)}\0".encode())
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    # The bundled deliveries are among the seeds.
    own = settings.raw_dir if project / "seeds" not in settings.raw_dir.parents else None
    for folder in filter(None, (own, settings.inbox_dir)):
        for line in _states(folder):
            digest.update(line.encode())
    return digest.hexdigest()


def release_that_stands(settings: Settings, inputs: str) -> str | None:
    """A line on the release, if a build would make the same again; None if there is news."""
    from chokepoint.releases.published import current_release, unlike_checksums

    state = RunState(settings)
    known = state.kept("unchanged") or {}
    if any(known.get(name) != told for name, told in _now(settings, inputs).items()):
        return None
    if known["day"] not in (None, makings.today()) or not state.is_complete():
        return None
    release = current_release(settings)
    if release is None or release.release_id != known["release_id"]:
        return None
    if any(True for _ in unlike_checksums(settings.published_dir)):
        return None
    counts = Counter(one.status for one in state.results(("landing", "dbt", "published")))
    warned = f", {counts['warn']} warn" if counts["warn"] else ""
    return (
        f"Nothing is new: release {release.release_id} is current with"
        f" {release.relation_count} relations and {release.row_count:,} rows;"
        f" {counts['pass']:,} checks passed{warned}."
    )


def remember(settings: Settings, inputs: str, release_id: str, *, asks_for_the_day: bool) -> None:
    RunState(settings).keep(
        "unchanged",
        {
            **_now(settings, inputs),
            "day": makings.today() if asks_for_the_day else None,
            "release_id": release_id,
        },
    )


def _now(settings: Settings, inputs: str) -> dict[str, Any]:
    return {
        "inputs": inputs,
        "landing": _landing_digest(settings),
        "stamp": RunState(settings).stamp(),
        "place": str(settings.data_dir.resolve()),
        "has_own": settings.private_path.is_file(),
    }


def _landing_digest(settings: Settings) -> str:
    """Changes with everything that has landed; the manifests count by their contents."""
    digest = hashlib.blake2b()
    for path in _files(settings.landing_dir, ("_manifest",)):
        digest.update(path.name.encode() + hashlib.blake2b(path.read_bytes()).digest())
    for line in _states(settings.landing_dir):
        digest.update(line.encode())
    return digest.hexdigest()


def _files(folder: Path, names: Iterable[str]) -> list[Path]:
    found = []
    for name in names:
        for parent, folders, files in os.walk(folder / name):
            folders[:] = [one for one in folders if one != "__pycache__"]
            found += [Path(parent, one) for one in files if not one.endswith(_SUFFIXES)]
    return sorted(found)


def _states(folder: Path) -> list[str]:
    """Name, size and times of each file, with the one that nobody sets: files may be gigabytes."""
    lines = []
    for path in _files(folder, ("",)):
        told = path.stat()
        times = f"{told.st_mtime_ns} {told.st_ctime_ns} {told.st_ino}"
        lines.append(f"{path.relative_to(folder)} {told.st_size} {times}\n")
    return lines
