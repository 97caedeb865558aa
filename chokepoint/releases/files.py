"""Files that are either whole or not there: owned temporary folders, fsync, checksums, faults."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.landing.store import flush
from chokepoint.machine import FULL
from chokepoint.settings import make_private_folder
from chokepoint.warehouse.damage import is_alive

CHECKSUM_FILE = "SHA256SUMS"


def write_text(path: Path, text: str, folder: Path) -> None:
    """Replace a small file at once; the new text waits in `folder` of the same file system, whose
    owner cleans up after a kill."""
    temporary = folder / f"{path.name}.new"
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    flush(path.parent)


def copy_synced(source: Path, target: Path) -> None:
    """A copy with the times of the source, on the disk."""
    shutil.copyfile(source, target)
    flush(target)
    times = source.stat()
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


def link_or_copy(source: Path, target: Path) -> None:
    """Put a file that never changes in another place: the same file where the disk can do that."""
    try:
        os.link(source, target)
    except OSError:
        copy_synced(source, target)


def stamp_of(path: Path) -> tuple[int, ...] | None:
    """What tells a file from the next that takes its place; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def read_checksums(directory: Path) -> dict[str, str]:
    """Relative path -> SHA-256, as SHA256SUMS of the folder says."""
    text = (directory / CHECKSUM_FILE).read_text(encoding="utf-8")
    return {line[66:]: line[:64] for line in text.splitlines()}


def _started(pid: int) -> str:
    """When a process started, in clock ticks: tells a process from a later one of the same id."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "0"
    return stat.rpartition(")")[2].split()[19]


def owned_name(prefix: str) -> str:
    """A folder name that says which process it belongs to: `<prefix>.<pid>.<start>.<random>`."""
    pid = os.getpid()
    return f"{prefix}.{pid}.{_started(pid)}.{uuid.uuid4().hex[:8]}"


def remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove temporary folders of processes that are gone, or of this one: the writer lock allows
    one publication at a time, so they were given up."""
    for path in folder.glob(f"{prefix}*"):
        parts = path.name.rsplit(".", 3)
        is_ours = len(parts) == 4 and parts[1].isdigit()
        pid = int(parts[1]) if is_ours else os.getpid()
        if pid == os.getpid() or not is_alive(pid) or _started(pid) != parts[2]:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def owned_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder for own rows, gone afterwards; after a kill, when the next one is asked for."""
    make_private_folder(parent)
    remove_abandoned(parent, prefix)
    folder = parent / owned_name(prefix)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def publishing_faults(doing: str, temporary: Path | None = None) -> Iterator[None]:
    """Turn failures of the disk and of DuckDB into a ChokepointError, and remove `temporary`;
    readers keep the last release."""
    try:
        yield
    except BaseException as error:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        if not isinstance(error, OSError | duckdb.Error):
            raise
        if any(word in str(error).lower() for word in FULL):
            raise ChokepointError(
                f"The disk is full: {doing} stopped ({error}). What readers have is unchanged.",
                "free space on the disk of the data folder, or remove old releases with "
                "`chokepoint publish --keep 1`, then run the command again.",
            ) from error
        raise ChokepointError(
            f"{doing[0].upper()}{doing[1:]} failed: {error}. What readers have is unchanged.",
            "mend what the message names, then run the command again.",
        ) from error
