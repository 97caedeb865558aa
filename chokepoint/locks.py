"""One writer at a time: whoever lands, builds or publishes holds `data/.writer.lock`. And one
server on a port."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    from filelock import FileLock

    from chokepoint.settings import Settings

LOCK_FILE = ".writer.lock"
HOLDER_FILE = ".writer.json"
# `chokepoint status` tries the lock for an instant; a writer that starts just then waits for it.
_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True)
class Holder:
    """Who writes: process id, what for ("build", "land", ...) and since when (UTC, ISO)."""

    pid: int
    purpose: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} (chokepoint {self.purpose}, since {self.since})"


@contextlib.contextmanager
def writer_lock(settings: Settings, purpose: str) -> Iterator[None]:
    """Hold the data folder for writing; again in the same process is free. The system frees the
    lock when its process ends, however. ChokepointError names the holder when another process
    writes."""
    from filelock import Timeout

    folder = settings.data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    lock = _file_lock(folder)
    try:
        lock.acquire(timeout=_PATIENCE_SECONDS, poll_interval=0.05)
    except Timeout:
        raise ChokepointError(
            f"Another process is writing to {folder}: {_read_holder(folder)}.",
            "wait until it has ended, or stop it; readers of the published file are not affected.",
        ) from None
    try:
        if lock.lock_counter == 1:
            _write_holder(folder, purpose)
        yield
    finally:
        if lock.lock_counter == 1:
            (folder / HOLDER_FILE).unlink(missing_ok=True)
        lock.release()


def lock_holder(settings: Settings) -> Holder | None:
    """The process that writes now, None if none does."""
    from filelock import Timeout

    folder = settings.data_dir.resolve()
    if not (folder / LOCK_FILE).exists():
        return None
    lock = _file_lock(folder)
    if lock.is_locked:
        return _read_holder(folder)
    try:
        with lock.acquire(timeout=0):
            return None
    except Timeout:
        return _read_holder(folder)
    except OSError:
        # A reader of a folder that it may not write to cannot try the lock.
        return _read_holder(folder) if (folder / HOLDER_FILE).exists() else None


def _file_lock(folder: Path) -> FileLock:
    from filelock import FileLock

    # One for all of this process, so that it counts who has taken it.
    return FileLock(folder / LOCK_FILE, thread_local=False, is_singleton=True)


def _write_holder(folder: Path, purpose: str) -> None:
    holder = Holder(os.getpid(), purpose, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    temporary = folder / f"{HOLDER_FILE}.{holder.pid}"
    try:
        temporary.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        temporary.replace(folder / HOLDER_FILE)
    finally:
        temporary.unlink(missing_ok=True)


def _read_holder(folder: Path) -> Holder:
    try:
        return Holder(**json.loads((folder / HOLDER_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        # It has the lock but has not written its name yet.
        return Holder(0, "unknown", "just now")


def bound_to(host: str, port: int) -> socket.socket:
    """A socket on a port, 0 for a free one; ChokepointError where it cannot be used."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ChokepointError(
            f"Port {port} of {host} cannot be used: {error.strerror}.", "name another with --port."
        ) from None
    return bound
