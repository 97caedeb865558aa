"""Fetches a release from an address, once: kept in a cache, and never half."""

from __future__ import annotations

import contextlib
import hashlib
import http
import http.client
import os
import re
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from chokepoint.errors import ChokepointError, shortened
from chokepoint.landing.files.delivery import digest
from chokepoint.releases.files import CHECKSUM_FILE

_TIMEOUT = 30
# Answers of a server that has no sums.
_NOT_THERE = (404, 410)
# A line of sha256sum, of text or (with *) of bytes.
_SUM = re.compile(r"([0-9a-fA-F]{64}) [ *](?:\./)?(.+?)\s*")
# Sums of a release are a few hundred lines.
_MOST_BYTES_OF_SUMS = 1_000_000


def fetched(address: str) -> Path:
    """The file at an address, from the cache (`CHOKEPOINT_CACHE_DIR`, else `~/.cache/chokepoint`)
    where the SHA256SUMS beside it says that it is the same. ChokepointError where it is not there,
    not whole, or not the one of SHA256SUMS."""
    parts = urllib.parse.urlsplit(address)
    name = Path(urllib.parse.unquote(parts.path)).name
    if not name:
        raise ChokepointError(
            f"{address} names no file.", "add its name, such as .../chokepoint.duckdb."
        )
    beside = f"{parts.path.rpartition('/')[0]}/{CHECKSUM_FILE}"
    sums = urllib.parse.urlunsplit(parts._replace(path=beside))
    expected = _stated(sums, name)
    folder = _cache()
    kept = folder / f"{expected or hashlib.sha256(address.encode()).hexdigest()}.duckdb"
    if expected and kept.is_file() and digest(kept) == expected:
        return kept
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".fetching-")
    try:
        with os.fdopen(handle, "wb") as file:
            whole = _copy(address, file)
        if whole is not None and Path(temporary).stat().st_size != whole:
            raise ChokepointError(
                f"{address} broke off after {Path(temporary).stat().st_size:,} of {whole:,} bytes.",
                "try again; nothing of it was kept.",
            )
        if expected and digest(Path(temporary)) != expected:
            raise ChokepointError(
                f"{address} is not the file that {sums} names.",
                "try again; if it stays so, tell who publishes it.",
            )
        Path(temporary).replace(kept)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return kept


def _stated(sums: str, name: str) -> str | None:
    """The SHA-256 that the sums beside a file state; None without sums. ChokepointError where they
    cannot be read or do not name the file."""
    with _answer(sums) as answer:
        if answer.status in _NOT_THERE:
            return None
        if answer.status != http.HTTPStatus.OK:
            raise ChokepointError(
                f"{sums} answers {answer.status} {answer.reason}, so the file cannot be checked.",
                "try again later, or fetch the file yourself, check it and give its path.",
            )
        text = answer.read(_MOST_BYTES_OF_SUMS).decode("utf-8", errors="replace")
    stated = {
        found[2]: found[1].lower() for found in map(_SUM.fullmatch, text.splitlines()) if found
    }
    if name not in stated:
        raise ChokepointError(
            f"{sums} does not name {name}, so the file cannot be checked.",
            "tell who publishes it, or fetch the file yourself, check it and give its path.",
        )
    return stated[name]


def _copy(address: str, file: BinaryIO) -> int | None:
    """Write what an address holds into a file; the length that it states, None if none."""
    with _answer(address) as answer:
        if answer.status != http.HTTPStatus.OK:
            raise ChokepointError(
                f"{address} answers {answer.status} {answer.reason}.",
                "check the address in a browser; it names the file itself, not its folder.",
            )
        shutil.copyfileobj(answer, file, 1 << 20)
        stated = answer.headers.get("Content-Length")
    return int(stated) if stated and stated.isdigit() else None


@contextlib.contextmanager
def _answer(address: str) -> Iterator[Any]:
    """What a server answers, whatever its status; ChokepointError where the network fails."""
    try:
        try:
            answer = urllib.request.urlopen(address, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            yield answer
    except (OSError, http.client.HTTPException) as error:
        raise ChokepointError(
            f"{address} cannot be reached: {shortened(str(error), 200)}",
            "check the network and the address, or fetch the file yourself and give its path.",
        ) from error


def _cache() -> Path:
    named = os.environ.get("CHOKEPOINT_CACHE_DIR")
    folder = Path(named).expanduser() if named else Path.home() / ".cache" / "chokepoint"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ChokepointError(
            f"{folder} cannot be made: {error.strerror}.", "name another with CHOKEPOINT_CACHE_DIR."
        ) from error
    return folder
