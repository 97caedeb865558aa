"""The folder beside the files: parts that are not whole yet, and what is known of each file."""

from __future__ import annotations

import contextlib
import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from chokepoint.errors import ChokepointError, MachineFaultError
from chokepoint.landing.store import flush

STATE_FOLDER = ".downloads"
SUMS_FILE = "SHA256SUMS"


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder: one download at a time, one connection to a host."""
    from filelock import FileLock, Timeout

    try:
        held = FileLock(folder / ".lock", thread_local=False).acquire(timeout=0)
    except Timeout:
        raise ChokepointError(
            f"another download is writing to {folder.parent}",
            "wait until it has ended; or download into another folder with --into.",
        ) from None
    with held:
        yield


@contextlib.contextmanager
def explaining_storage_errors(into: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            disk_full(into, error.strerror or str(error))
        raise MachineFaultError(
            f"cannot write to {into}: {error.strerror or error}",
            "give yourself the right to write there, or name another folder with --into.",
        ) from None


def disk_full(into: Path, reason: str) -> NoReturn:
    raise MachineFaultError(
        f"the disk of {into} is full: {reason}",
        "free space, then run the same command again; what has come so far is kept and continued.",
    ) from None


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    flush(draft)
    draft.replace(path)
