"""What a producer answers: whether it is the file that was asked for, and whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import json
import os
import re
import shutil
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chokepoint.landing.download.addresses import Producer

if TYPE_CHECKING:
    import httpx

NOT_PUBLISHED, NOT_TRIED = "not published", "not tried"
NO_ROWS = "the producer has no rows for this question (yet)"
# Eurostat's answer that the file comes later, and the word on its state.
# https://ec.europa.eu/eurostat/web/user-guides/data-browser/api-data-access/api-detailed-guidelines/asynchronous-api
_QUEUE_KEY = re.compile(rb"<(?:\w+:)?queued>\s*<(?:\w+:)?id>\s*([0-9A-Za-z-]+)\s*</")
# `str.isdigit` takes ² for one, `int` does not.
DIGITS = re.compile("[0-9]{1,18}")
# No rows: an empty list, alone or as the rows of an object.
_EMPTY_JSON = re.compile(rb'\[\s*\]|\{[^\[]*"(data|value)"\s*:\s*\[\s*\][^\[]*\}')


class NoFileError(Exception):
    """A file does not come, and why; its status as in `Fetched`."""

    def __init__(self, reason: str, status: str = "failed") -> None:
        super().__init__(reason)
        self.status = status


class TryAgainError(NoFileError):
    """An attempt failed in a way that may pass, after the seconds that the producer asks for."""

    def __init__(self, reason: str, asked: float = 0.0, *, is_connection: bool = False) -> None:
        super().__init__(reason)
        self.asked = asked
        self.is_connection = is_connection


class TooLargeError(NoFileError):
    """The producer does not answer so much at once."""


class QueuedError(NoFileError):
    """The producer makes the answer ready, and has given a key, the argument, to ask for it by."""


def check_is_data(part: Path, producer: Producer) -> None:
    """Raise unless the part is what it should be."""
    with part.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(max(0, part.stat().st_size - 4096))
        end = file.read().rstrip()
    if producer.queue and (key := _QUEUE_KEY.search(start)):
        raise QueuedError(key[1].decode())
    if start[:1] == b"<":
        hint = f"; {producer.key.variable} may be missing or wrong" if producer.key else ""
        raise NoFileError(f"the answer is a web page or a message, not a file{hint}")
    if not start:
        raise TryAgainError("the answer is empty")
    if producer.kind == "json":
        closing = {b"{": b"}", b"[": b"]"}.get(start[:1])
        if closing is None or not end.endswith(closing):
            raise TryAgainError("the answer is no whole JSON")
        count = re.match(rb'\{[^\[]*"count"\s*:\s*(\d+)', start)
        rows = int(count[1]) if count else None
        if rows == 0 or _EMPTY_JSON.fullmatch(start):
            raise NoFileError(NO_ROWS, NOT_PUBLISHED)
        if rows is not None and rows in producer.row_limits:
            raise TooLargeError(
                f"the answer holds {rows:,} rows, where the producer cuts it off: ask for fewer "
                "products or reporters"
            )
    elif producer.kind == "csv":
        if not start.partition(b"\n")[2]:
            raise NoFileError(NO_ROWS, NOT_PUBLISHED)
    elif producer.kind and (fault := _archive_fault(part, producer.kind)):
        raise TryAgainError(f"the archive is cut off or damaged ({fault})")


def rows_of(part: Path) -> tuple[str, str, str]:
    """Name of the list of rows in an answer, the rows as they are written, and the address of the
    next page; empty at the end."""
    try:
        text = part.read_text(encoding="utf-8")
        answer = json.loads(text)
        (name,) = {"data", "value"} & set(answer)
        start = re.search(rf'"{name}"\s*:\s*(?=\[)', text)
        if start is None:
            raise ValueError
        rows, end = json.JSONDecoder().raw_decode(text, start.end())
        if rows != answer[name]:
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise NoFileError("the answer has no list `data` or `value` of rows") from None
    return name, text[start.end() + 1 : end - 1].strip(), str(answer.get("@odata.nextLink") or "")


def _join_csv(file: IO[bytes], parts: list[Path]) -> None:
    """Write the lines of several CSV files under the header that they share."""
    header = b""
    for part in parts:
        with part.open("rb") as source:
            first = source.readline()
            if header and first.strip() != header.strip():
                raise NoFileError("the parts of the answer differ in their columns")
            if not header:
                header = first
                file.write(first.rstrip(b"\r\n") + b"\n")
            shutil.copyfileobj(source, file)
            source.seek(-1, os.SEEK_END)
            if source.read(1) != b"\n":
                file.write(b"\n")


def _join_json(file: IO[bytes], parts: list[Path]) -> None:
    """Write the rows of several answers as one object; digits stay as they are written."""
    before = '{"%s": ['
    for part in parts:
        name, rows, _ = rows_of(part)
        if rows:
            file.write(f"{before.replace('%s', name)}\n{rows}".encode())
            before = ","
    file.write(b"\n]}\n")


JOINS = {"csv": _join_csv, "json": _join_json}


def _archive_fault(part: Path, kind: str) -> str:
    """What is wrong with an archive, by the checksums in it; empty when it is sound."""
    import zipfile

    import py7zr

    try:
        with (zipfile.ZipFile if kind == "zip" else py7zr.SevenZipFile)(part) as archive:
            damaged = archive.testzip()
    except Exception as error:
        # On bad bytes py7zr raises errors of lzma, struct and plain Python beside its own.
        if isinstance(error, OSError) and (error.errno or 0) > 0:
            raise
        return str(error) or type(error).__name__
    return f"the checksum of {damaged} is wrong" if damaged else ""


def total_of_rest(headers: httpx.Headers, state: dict[str, Any], position: int) -> int | None:
    """Size of the file of which the rest comes; ValueError if it is not the one that was begun."""
    said = headers.get("content-range", "").strip()
    found = re.fullmatch(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)", said)
    if found is None or int(found[1]) != position:
        raise ValueError(said)
    total = None if found[2] == "*" else int(found[2])
    now = {
        "etag": headers.get("etag"), "last_modified": headers.get("last-modified"),
        "total": total or -1,
    }  # fmt: skip
    # Whatever became of If-Range.
    if any(state.get(name) and value and value != state[name] for name, value in now.items()):
        raise ValueError(said)
    return total


def retry_after(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "").strip()
    if DIGITS.fullmatch(text):
        return float(text)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = email.utils.parsedate_to_datetime(text)
        return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
    return 0.0
