"""Fetching producers' files: whole or not at all, politely, and resumed where they broke off.

A file grows as `.downloads/<name>.part` beside its final place and is renamed only when its
length, its checksum and its archive are sound. What is known of a part (its address, the
producer's tag, its length) stands in `.downloads/<name>.part.json` before the first byte does, so
a run that was killed is continued by the next one. Checksums of what was fetched are kept in
`.downloads/SHA256SUMS`. The caller need not hold the writer lock: nothing here lands.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import errno
import itertools
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from chokepoint.errors import ChokepointError, MachineFaultError, shortened
from chokepoint.landing.archives import MOST_GROWTH, SMALL_BYTES
from chokepoint.landing.delivery import digest
from chokepoint.landing.download.addresses import Producer, Request
from chokepoint.landing.store import flush

if TYPE_CHECKING:
    import httpx

STATE_FOLDER = ".downloads"
SUMS_FILE = "SHA256SUMS"
# Statuses after which the same question may be answered later.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_KEPT_SUMS = 5
_NO_CONNECTION = "no connection"
_NO_ROWS = "the producer has no rows for this question (yet)"
_PART_SECONDS = 20 * 3600
# Eurostat's answer that the file comes later, and the word on its state.
# https://ec.europa.eu/eurostat/web/user-guides/data-browser/api-data-access/api-detailed-guidelines/asynchronous-api
_QUEUE_KEY = re.compile(rb"<(?:\w+:)?queued>\s*<(?:\w+:)?id>\s*([0-9A-Za-z-]+)\s*</")
_QUEUE_STATUS = re.compile(r"<(?:\w+:)?status>\s*([A-Z_]+)\s*</")
_QUEUE_FAILED = ("EXPIRED", "UNKNOWN_REQUEST", "FAILED", "ERROR")
# `str.isdigit` takes ² for one, `int` does not.
_DIGITS = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class Manners:
    """How patient and how gentle a download is.

    tries              attempts in a row that may bring nothing new before a file is given up
    first_wait         seconds after the first failure; each further one doubles it, with jitter
    longest_wait       seconds that the doubling ends at
    longest_asked      seconds that a producer may ask us to wait (Retry-After)
    pause_seconds      least time between two requests; None means the producer's own
    connect_timeout    seconds until a connection must stand
    read_timeout       seconds that a producer may stay silent
    least_rate         bytes a second, over `rate_seconds`, below which a file is given up
    most_bytes         size at which a file is given up, whatever length the producer states
    """

    tries: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 900.0
    pause_seconds: float | None = None
    connect_timeout: float = 20.0
    read_timeout: float = 90.0
    least_rate: float = 1000.0
    rate_seconds: float = 60.0
    most_bytes: int = 50 << 30
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Fetched:
    """What became of one file.

    status  'downloaded', 'resumed' (a part was there), 'revised' (replaced an earlier one),
            'unchanged', 'not published', 'left alone' (a file of that name is not ours),
            'failed' or 'not tried'
    note    words for people; empty where there is nothing to add
    """

    period: str
    file_name: str
    status: str
    size_bytes: int = 0
    sha256: str = ""
    note: str = ""

    @property
    def is_trouble(self) -> bool:
        return self.status in ("failed", "left alone", "not tried")


class _TryAgainError(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, reason: str, asked: float | None = None, *, is_connection: bool = False):
        super().__init__(reason)
        self.asked = asked
        self.is_connection = is_connection


class _NotPublishedError(Exception):
    """The producer has no such file (yet)."""


class _GiveUpError(Exception):
    """This file will not come, whatever we do."""


class _TooLargeError(_GiveUpError):
    """The producer does not answer so much at once."""


class _QueuedError(Exception):
    """The producer makes the answer ready, and has given a key to ask for it by."""

    def __init__(self, key: str):
        super().__init__(key)
        self.key = key


class _DayIsOverError(Exception):
    """The producer answers no more questions today."""


def download(producer: Producer, requests: list[Request], **options: Any) -> list[Fetched]:
    """Fetch files one after the other into a folder; `_Session` says what the options are.

    requests  what to fetch, by `producer.requests`

    Each file is tried before the next; one that is not published yet, or fails, does not stop
    the others. Raises ChokepointError when another download writes to the folder, a key is
    missing or refused, or the disk is full; parts are kept for the next run.
    """
    return _Session(producer, **options).run(requests)


def test_host(folder: Path, sha256: str) -> str:
    """Where the file of a checksum was fetched from, if not from its producer; empty otherwise.

    folder  that files are fetched into
    """
    found = (record.get("test_of") for _, record in _records_of(folder, sha256))
    return next(filter(None, found), "")


def forget_question(folder: Path, sha256: str) -> None:
    """Let what a file answered be asked for again; where it came from stays known.

    folder  that files are fetched into
    """
    for path, record in _records_of(folder, sha256):
        if record.pop("asked", None):
            _write_json(path, record)


def _records_of(folder: Path, sha256: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in (folder / STATE_FOLDER).glob("*.json"):
        record = _read_json(path)
        if sha256 in record.get("sums", []):
            yield path, record


def read_checksums(text: str, name: str) -> dict[str, str]:
    """Checksums by file name, from the lines `HEX  NAME` or `ALGORITHM (NAME) = HEX`.

    name  of the file the text comes from, for messages
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        plain = re.fullmatch(r"\s*(?P<hex>[0-9A-Fa-f]+)[ \t]+\*?(?P<name>.+?)\s*", line)
        tagged = r"\s*[A-Z0-9-]+ \((?P<name>.+)\) = (?P<hex>[0-9A-Fa-f]+)\s*"
        match = plain or re.fullmatch(tagged, line)
        if match is None or len(match["hex"]) not in _ALGORITHMS:
            raise ChokepointError(
                f"{name}, line {number}: {line.strip()[:80]!r} is no checksum",
                "write lines as sha256sum and md5sum do: the checksum, two spaces, the file name.",
            )
        found[Path(match["name"]).name] = match["hex"].lower()
    if not found:
        raise ChokepointError(f"{name} holds no checksum", "name the producer's list of checksums.")
    return found


@dataclass
class _Session:
    """One run of downloads into one folder.

    base_url     another place that serves the same paths, such as a mirror
    send_key_to  host (and port) that may have the producer's key too, over http as well
    checksums    file name -> hexadecimal MD5, SHA-1, SHA-256 or SHA-512, as the producer states
    listener     told of the progress, as DownloadDisplay is
    """

    producer: Producer
    into: Path
    base_url: str | None = None
    send_key_to: str | None = None
    checksums: dict[str, str] | None = None
    manners: Manners = Manners()
    listener: Any = None
    asked_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.folder = self.into / STATE_FOLDER
        self.base_url = self.base_url or self.producer.base_url
        parts = urlsplit(self.base_url)
        is_web = parts.scheme in ("http", "https") and parts.hostname
        if not is_web or parts.query or parts.fragment:
            raise ChokepointError(
                f"--base-url {self.base_url!r} is no address",
                "give the start of an address, like https://mirror.example.org/trade.",
            )
        self.base_url = self.base_url.rstrip("/")
        self.key = self._key()
        pause = self.manners.pause_seconds
        self.pause = self.producer.pause_seconds if pause is None else pause

    def _key(self) -> str | None:
        wanted, base = self.producer.key, urlsplit(self.base_url)
        if wanted is None:
            return None
        key = os.environ.get(wanted.variable, "").strip()
        if not key and wanted.required:
            raise ChokepointError(
                f"{self.producer.title} wants a key, and {wanted.variable} is not set",
                f"get a key at {wanted.sign_up} and set the environment variable "
                f"{wanted.variable}; it is sent to the producer and written nowhere.",
            )
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise ChokepointError(
                f"{wanted.variable} holds characters that no key has",
                "set it to the key alone, without quotes or line breaks.",
            )
        if self._may_have_key(base.scheme, base.netloc):
            return key or None
        if wanted.required:
            raise ChokepointError(
                f"The key in {wanted.variable} is not sent to {self.base_url}: it is for "
                f"{self.producer.title}",
                f"leave --base-url out, or say --send-key-to {base.netloc} if that host may have "
                "it.",
            )
        return None

    def _may_have_key(self, scheme: str, netloc: str) -> bool:
        """The producer over https, and the host that the user names."""
        netloc = netloc.lower()
        told = (self.send_key_to or "").strip().lower()
        if told and told in (netloc, netloc.rpartition(":")[0]):
            return True
        return scheme == "https" and self._is_producer(netloc)

    def _is_producer(self, netloc: str) -> bool:
        return netloc.lower() == urlsplit(self.producer.base_url).netloc.lower()

    def run(self, requests: list[Request]) -> list[Fetched]:
        fetched: list[Fetched] = []
        with _explaining_storage_errors(self.into):
            self.folder.mkdir(parents=True, exist_ok=True)
            with _only_one(self.folder), self._client() as self.client:
                unreachable = ""
                for request in requests:
                    found = Fetched(request.period, request.file_name, "not tried")
                    try:
                        found = found if unreachable else self._one(request)
                    except _DayIsOverError as error:
                        unreachable = str(error)
                    if found.status == "not tried":
                        found = replace(found, note=unreachable)
                    elif found.note.startswith(_NO_CONNECTION):
                        unreachable = f"{urlsplit(self.base_url).netloc} does not answer"
                    fetched.append(found)
                    if self.listener:
                        self.listener.end(found)
        return fetched

    def _one(self, request: Request) -> Fetched:
        final = self.into / request.file_name
        record = _read_json(self._record_path(request))
        sums = record.get("sums", [])
        present = digest(final) if final.is_file() else None
        found = Fetched(request.period, request.file_name, "failed")
        if final.exists() and present not in sums:
            why = "was changed since it was fetched" if sums else "was not fetched by this command"
            note = f"{final} {why}: move it away to fetch it"
            return replace(found, status="left alone", note=note)
        # Only for the newest bytes can the producer say that they still stand.
        is_current = present is not None and present == sums[-1]
        try:
            was_resumed = self._answer(request, record if is_current else {})
        except _NotPublishedError as error:
            status = "unchanged" if present else "not published"
            return replace(found, status=status, note=str(error))
        except (_GiveUpError, _TryAgainError) as error:
            return replace(found, note=str(error))
        if was_resumed is None:
            size = final.stat().st_size
            return replace(found, status="unchanged", size_bytes=size, sha256=present or "")
        return self._accept(request, present, sums, was_resumed=was_resumed)

    def _answer(self, request: Request, record: dict[str, Any]) -> bool | None:
        """The whole answer to a question as the request's part: of one file, of pages, of parts.

        True if it was resumed, None if what we have still stands. A part without rows adds none.
        """
        queue, answered, was_resumed = list(request.parts) or [request], [], False
        while queue:
            piece = queue.pop(0)
            if piece is not request:
                self._forget_old(piece)
            try:
                found = self._bring_when_ready(piece, record if piece is request else {})
            except _TooLargeError:
                if (halves := piece.wanted.halves()) is None:
                    raise
                parts = (self.producer.requests(request.period, half) for half in halves)
                queue[:0] = itertools.chain(*parts)
                continue
            except _NotPublishedError:
                if piece is request:
                    raise
                continue
            if found is None:
                return None
            was_resumed = was_resumed or found
            answered += [piece, *self._next_pages(piece)]
        if not answered:
            raise _NotPublishedError(_NO_ROWS)
        if answered != [request]:
            self._join(request, answered)
        return was_resumed

    def _next_pages(self, first: Request) -> list[Request]:
        """Bring the pages behind the first one of an answer."""
        pages, last = [], first
        while self.producer.has_pages and (link := _rows_of(self._part(last))[2]):
            address, _, query = link.partition("?")
            if not address.startswith(f"{self.base_url}/"):
                raise _GiveUpError("the next page of the answer lies at another address")
            name = f"{first.file_name}.page{len(pages) + 2}"
            path = address.removeprefix(self.base_url)
            last = Request(first.period, name, path, tuple(parse_qsl(query)))
            self._forget_old(last)
            self._bring(last, {})
            pages.append(last)
        return pages

    def _join(self, request: Request, pieces: list[Request]) -> None:
        """Make one file of several answers: the request's part."""
        joined = self.folder / f"{request.file_name}.joined"
        with joined.open("wb") as file:
            _JOINS[self.producer.kind](file, [self._part(piece) for piece in pieces])
        flush(joined)
        # The tag of one answer says nothing of the others.
        self._forget(request)
        size = joined.stat().st_size
        joined.replace(self._part(request))
        _write_json(self._state_path(request), {"total": size})
        for piece in pieces:
            if piece.file_name != request.file_name:
                self._forget(piece)

    def _bring_when_ready(self, request: Request, record: dict[str, Any]) -> bool | None:
        try:
            return self._bring(request, record)
        except _QueuedError as error:
            key = error.key
        waited, wait = 0.0, self.manners.first_wait
        status = ""
        while status != "AVAILABLE":
            if status in _QUEUE_FAILED:
                raise _GiveUpError(f"the producer could not make the answer ready ({status})")
            if waited > self.manners.longest_asked:
                raise _GiveUpError(
                    f"the answer was not ready after {waited:.0f} s of waiting ({status}): ask "
                    "again later, or for fewer codes"
                )
            self._wait(request, wait, "the producer makes the answer ready")
            self.manners.sleep(wait)
            waited, wait = waited + wait, min(2 * wait, self.manners.longest_wait)
            path = f"{self.producer.queue}/status/{key}"
            asked = Request(request.period, f"{request.file_name}.status", path)
            self._bring(asked, {}, is_data=False)
            text = self._part(asked).read_text(encoding="utf-8", errors="replace")
            self._forget(asked)
            found = _QUEUE_STATUS.findall(text)
            if not found:
                raise _GiveUpError("the producer's word on the answer's state cannot be read")
            status = found[-1]
        self._forget(request)
        data = replace(request, path=f"{self.producer.queue}/data/{key}", query=())
        return self._bring(data, {})

    def _accept(
        self, request: Request, present: str | None, sums: list[str], *, was_resumed: bool
    ) -> Fetched:
        final, part = self.into / request.file_name, self._part(request)
        state = _read_json(self._state_path(request))
        sha256, size = digest(part), part.stat().st_size
        # Written first: a run killed before the rename must know old and new bytes as its own.
        wanted, is_producer = request.wanted, self._is_producer(urlsplit(self.base_url).netloc)
        record = {
            "sums": [*(known for known in sums if known != sha256), sha256][-_KEPT_SUMS:],
            "address": self._public_address(request),
            "asked": {
                "period": request.period,
                "products": wanted.products,
                "reporters": wanted.reporters,
            },
            # What another host says is no figure of the producer's.
            "test_of": "" if is_producer else self.base_url,
            "etag": state.get("etag"),
            "last_modified": state.get("last_modified"),
            "size_bytes": size,
            "fetched_at": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        _write_json(self._record_path(request), record)
        part.replace(final)
        flush(self.into)
        self._state_path(request).unlink(missing_ok=True)
        lines = [
            f"{sums[-1]}  {path.stem}\n"
            for path in sorted(self.folder.glob("*.json"))
            if (sums := _read_json(path).get("sums")) and (self.into / path.stem).is_file()
        ]
        _write_text(self.folder / SUMS_FILE, "".join(lines))
        status = "resumed" if was_resumed else "downloaded"
        if present is not None:
            status = "unchanged" if present == sha256 else "revised"
        is_stated = request.file_name in (self.checksums or {})
        note = "checksum as the producer states it" if is_stated else ""
        return Fetched(request.period, request.file_name, status, size, sha256, note)

    def _bring(
        self, request: Request, record: dict[str, Any], *, is_data: bool = True
    ) -> bool | None:
        """Complete the part of a file: True if it was resumed, None if it still stands.

        is_data  what comes is to be the file, or a page or part of it, and no word about it
        """
        import tenacity

        manners, part = self.manners, self._part(request)
        backoff = tenacity.wait_exponential_jitter(
            multiplier=manners.first_wait, max=manners.longest_wait, jitter=manners.first_wait
        )

        def asked(state: tenacity.RetryCallState) -> float:
            return state.outcome.exception().asked or 0.0

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgainError),
            stop=lambda state: (
                state.attempt_number >= manners.tries or asked(state) > manners.longest_asked
            ),
            wait=lambda state: max(backoff(state), asked(state)),
            sleep=manners.sleep,
            before_sleep=lambda state: self._wait(
                request, state.next_action.sleep, str(state.outcome.exception())
            ),
            reraise=True,
        )
        was_resumed, most_bytes = part.exists(), 0
        try:
            for attempt in retrying:
                with attempt:
                    try:
                        still_stands = self._attempt(request, record)
                        if not still_stands and is_data:
                            self._check(request)
                        return None if still_stands else was_resumed
                    except _TryAgainError:
                        size = part.stat().st_size if part.exists() else 0
                        if size > most_bytes:
                            # What brings new bytes is no failure.
                            most_bytes, attempt.retry_state.attempt_number = size, 0
                        raise
        except _TryAgainError as error:
            if error.asked and error.asked > manners.longest_asked:
                said = f"{error}, and asks to wait {error.asked:.0f} seconds: try then"
            else:
                word = _NO_CONNECTION if error.is_connection else "given up"
                said = f"{word} after {manners.tries} tries that brought nothing new: {error}"
            raise _TryAgainError(said) from None
        raise AssertionError

    def _attempt(self, request: Request, record: dict[str, Any]) -> bool:
        """One request; True when the producer says that what we have still stands."""
        import httpx

        part, state = self._part(request), _read_json(self._state_path(request))
        position = part.stat().st_size if part.exists() else 0
        if position and position == state.get("total"):
            return False
        headers = self._headers(request, state, position)
        if "Range" not in headers:
            position = 0
            if record.get("etag"):
                headers["If-None-Match"] = record["etag"]
            elif record.get("last_modified"):
                headers["If-Modified-Since"] = record["last_modified"]
        self._count_call()
        if (left := self.asked_at + self.pause - time.monotonic()) > 0:
            self.manners.sleep(left)
        self.asked_at = time.monotonic()
        parameters, key = list(request.query), self.producer.key
        if self.key and key and key.parameter:
            parameters.append((key.parameter, self.key))
        try:
            address = self.base_url + request.path
            with self.client.stream("GET", address, params=parameters, headers=headers) as response:
                if response.status_code == 304 and record:
                    return True
                self._check_status(response, request)
                self._receive(response, request, state, position)
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise _GiveUpError(
                    f"the certificate of the host is not trusted ({error})"
                ) from None
            # Without an address, for it may hold a key.
            said = f"the connection broke ({type(error).__name__})"
            if isinstance(error, httpx.TimeoutException):
                said = "the producer stayed silent"
            elif isinstance(error, httpx.ConnectError):
                said = f"the host cannot be reached ({error})"
            is_connection = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            raise _TryAgainError(said, is_connection=is_connection) from None
        except httpx.RequestError as error:
            raise _GiveUpError(f"the answer cannot be read ({type(error).__name__})") from None
        return False

    def _check_status(self, response: httpx.Response, request: Request) -> None:
        """Raise unless the answer brings bytes of the file."""
        status = response.status_code
        if status in (200, 206):
            return
        if status in _PASSING:
            raise _TryAgainError(f"the producer answers {status}", _retry_after(response))
        if status == 416:
            # What we have is longer than the file: it has changed.
            self._forget(request)
            raise _TryAgainError("the file has changed at the producer (416)")
        if status in (204, 404, 410):
            raise _NotPublishedError(
                f"the producer has no such file ({status}): {request.period} is not published "
                "yet, or no longer"
            )
        if status in (401, 403) and self.producer.key:
            key = self.producer.key
            raise ChokepointError(
                f"{self.producer.title} answers {status}: the key in {key.variable} "
                + ("is not accepted" if self.key else "is missing"),
                f"get a key at {key.sign_up} and set the environment variable {key.variable}.",
            )
        if status == 413:
            raise _TooLargeError(
                "the producer finds the answer too large (413): ask for fewer codes"
            )
        raise _GiveUpError(f"the producer answers {status}")

    def _receive(
        self, response: httpx.Response, request: Request, state: dict[str, Any], position: int
    ) -> None:
        """Append what comes to the part; raise unless it is whole then."""
        headers = response.headers
        coding = headers.get("content-encoding", "")
        if "," in coding:
            # A code within a code grows in one piece, before anyone can look at its size.
            raise _GiveUpError(f"the answer is coded more than once ({shortened(coding)})")
        is_coded = coding not in ("", "identity")
        if response.status_code == 206:
            try:
                total = _total_of_rest(headers, state, position)
            except ValueError:
                self._forget(request)
                said = "the file has changed at the producer while it was fetched"
                raise _TryAgainError(said) from None
        else:
            # Asked for the rest and given the whole: the file changed, or ranges are unknown here.
            position = 0
            length = headers.get("content-length", "")
            total = int(length) if _DIGITS.fullmatch(length) else None
        if is_coded:
            total = None
        free = shutil.disk_usage(self.folder).free
        if total is not None and (needed := total - position) > free:
            said = f"{request.file_name} needs {needed:,} bytes, {free:,} are free"
            _disk_full(self.into, said)
        if not position:
            self._part(request).unlink(missing_ok=True)
        _write_json(
            self._state_path(request),
            {
                "address": self._public_address(request),
                # Decoded bytes have no place in a range of coded ones.
                "etag": None if is_coded else headers.get("etag"),
                "last_modified": None if is_coded else headers.get("last-modified"),
                "total": total,
            },
        )
        if self.listener:
            self.listener.begin(request.file_name, position, total)
        position = self._append(response, request, position, is_coded=is_coded)
        if total is not None and position != total:
            if position > total:
                self._forget(request)
            raise _TryAgainError(f"{position:,} of {total:,} bytes came")

    def _append(
        self, response: httpx.Response, request: Request, position: int, *, is_coded: bool
    ) -> int:
        """Write what comes behind the part; returns its size. Gives up what is slow or endless."""
        part, manners = self._part(request), self.manners
        began, before = time.monotonic(), position
        with part.open("ab") as file:
            # As they come: pieces of a fixed size would be lost with the connection.
            for chunk in response.iter_bytes() if is_coded else response.iter_raw():
                file.write(chunk)
                position += len(chunk)
                if (seconds := time.monotonic() - began) >= manners.rate_seconds:
                    if (rate := (position - before) / seconds) < manners.least_rate:
                        raise _GiveUpError(
                            f"the producer sends {rate:,.0f} bytes a second, less than "
                            f"{manners.least_rate:,.0f}; what came is kept for the next run"
                        )
                    began, before = time.monotonic(), position
                came, fault = response.num_bytes_downloaded, ""
                if position > manners.most_bytes:
                    fault = (
                        f"the answer is larger than {manners.most_bytes:,} bytes; if that is "
                        "right, say so with --most-gigabytes"
                    )
                elif is_coded and position > max(SMALL_BYTES, MOST_GROWTH * came):
                    fault = (
                        f"the answer unpacks to more than {MOST_GROWTH} times the {came:,} bytes "
                        "that came"
                    )
                if fault:
                    self._forget(request)
                    raise _GiveUpError(fault)
                if self.listener:
                    self.listener.position(position)
        flush(part)
        return position

    def _check(self, request: Request) -> None:
        """Raise unless the part is what it should be; a damaged one is thrown away."""
        part = self._part(request)
        try:
            _check_is_data(part, self.producer)
            expected = (self.checksums or {}).get(request.file_name)
            if expected:
                algorithm = _ALGORITHMS[len(expected)]
                found = digest(part, algorithm)
                if found != expected:
                    raise _TryAgainError(
                        f"its {algorithm.upper()} is {found}, the producer states {expected}"
                    )
            if fault := _archive_fault(part, self.producer.kind):
                raise _TryAgainError(f"the archive is cut off or damaged ({fault})")
        except (_TryAgainError, _GiveUpError, _NotPublishedError, _QueuedError):
            self._forget(request)
            raise

    def _headers(self, request: Request, state: dict[str, Any], position: int) -> dict[str, str]:
        """Ask for the rest of a part only where the producer can tell that it is the same file."""
        headers = {"Accept-Encoding": "identity"}
        if self.key and self.producer.key and self.producer.key.header:
            headers[self.producer.key.header] = self.key
        # A weak tag says alike, not the same.
        etag = state.get("etag") or ""
        tag = "" if etag.startswith("W/") else etag
        tag = tag or state.get("last_modified")
        if position and tag and state.get("address") == self._public_address(request):
            headers["Range"] = f"bytes={position}-"
            headers["If-Range"] = tag
        return headers

    def _public_address(self, request: Request) -> str:
        query = f"?{urlencode(request.query)}" if request.query else ""
        return f"{self.base_url}{request.path}{query}"

    def _client(self) -> httpx.Client:
        import httpx

        # The library's log lines hold whole addresses, and with them keys.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        base = urlsplit(self.base_url)

        def guard(request: httpx.Request) -> None:
            if base.scheme == "https" and request.url.scheme != "https":
                raise httpx.UnsupportedProtocol("led from https to http")
            key = self.producer.key
            if key and not self._may_have_key(request.url.scheme, request.url.netloc.decode()):
                request.headers.pop(key.header or "-", None)
                # A redirect may have carried the query on.
                for name, value in request.url.params.multi_items():
                    if value == self.key:
                        request.url = request.url.copy_remove_param(name)

        return httpx.Client(
            headers={"User-Agent": f"chokepoint/{version('chokepoint')}"},
            timeout=httpx.Timeout(self.manners.read_timeout, connect=self.manners.connect_timeout),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            follow_redirects=True,
            max_redirects=5,
            event_hooks={"request": [guard]},
        )

    def _count_call(self) -> None:
        """Count the calls of a day; _DayIsOverError where the producer answers no more of them."""
        most, key = self.producer.calls_per_day, self.producer.key
        if most is None or (self.key and key and not key.required):
            return
        path = self.folder / f"{self.producer.source_id}.calls"
        today = dt.datetime.now(dt.UTC).date().isoformat()
        made = _read_json(path).get(today, 0)
        if made >= most:
            raise _DayIsOverError(
                f"{self.producer.title} answers {most:,} calls a day, and these were made today "
                f"({today} UTC): the rest comes with the same command tomorrow"
            )
        _write_json(path, {today: made + 1})

    def _wait(self, request: Request, seconds: float, reason: str) -> None:
        if self.listener:
            self.listener.wait(request.file_name, seconds, reason)

    def _forget_old(self, request: Request) -> None:
        """What a killed run left is of another version by the next day."""
        file = self._part(request)
        if file.exists() and time.time() - file.stat().st_mtime > _PART_SECONDS:
            self._forget(request)

    def _forget(self, request: Request) -> None:
        self._part(request).unlink(missing_ok=True)
        self._state_path(request).unlink(missing_ok=True)

    def _part(self, request: Request) -> Path:
        return self.folder / f"{request.file_name}.part"

    def _state_path(self, request: Request) -> Path:
        return self.folder / f"{request.file_name}.part.json"

    def _record_path(self, request: Request) -> Path:
        return self.folder / f"{request.file_name}.json"


# No rows: an empty list, alone or as the rows of an object.
_EMPTY_JSON = re.compile(rb'\[\s*\]|\{[^\[]*"(data|value)"\s*:\s*\[\s*\][^\[]*\}')


def _check_is_data(part: Path, producer: Producer) -> None:
    with part.open("rb") as file:
        start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(max(0, part.stat().st_size - 4096))
        end = file.read().rstrip()
    if producer.queue and (key := _QUEUE_KEY.search(start)):
        raise _QueuedError(key[1].decode())
    if start[:1] == b"<":
        hint = f"; {producer.key.variable} may be missing or wrong" if producer.key else ""
        raise _GiveUpError(f"the answer is a web page or a message, not a file{hint}")
    if not start:
        raise _TryAgainError("the answer is empty")
    if producer.kind == "json":
        closing = {b"{": b"}", b"[": b"]"}.get(start[:1])
        if closing is None or not end.endswith(closing):
            raise _TryAgainError("the answer is no whole JSON")
        count = re.match(rb'\{[^\[]*"count"\s*:\s*(\d+)', start)
        rows = int(count[1]) if count else None
        if rows == 0 or _EMPTY_JSON.fullmatch(start):
            raise _NotPublishedError(_NO_ROWS)
        if rows is not None and rows in producer.row_limits:
            raise _TooLargeError(
                f"the answer holds {rows:,} rows, where the producer cuts it off: ask for fewer "
                "products or reporters"
            )
    elif producer.kind == "csv" and start.count(b"\n") <= 1 and not start.partition(b"\n")[2]:
        raise _NotPublishedError(_NO_ROWS)


def _rows_of(part: Path) -> tuple[str, str, str]:
    """Name of the list of rows in an answer, the rows as they are written, and the address of the
    next page; empty at the end."""
    try:
        text = part.read_text(encoding="utf-8")
        answer = json.loads(text)
        (name,) = {"data", "value"} & set(answer)
        start = re.search(rf'"{name}"\s*:\s*(?=\[)', text).end()
        rows, end = json.JSONDecoder().raw_decode(text, start)
        if rows != answer[name]:
            raise ValueError
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _GiveUpError("the answer has no list `data` or `value` of rows") from None
    return name, text[start + 1 : end - 1].strip(), str(answer.get("@odata.nextLink") or "")


def _join_csv(file: IO[bytes], parts: list[Path]) -> None:
    """Write the lines of several CSV files under the header that they share."""
    header = b""
    for part in parts:
        with part.open("rb") as source:
            first = source.readline()
            if header and first.strip() != header.strip():
                raise _GiveUpError("the parts of the answer differ in their columns")
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
        name, rows, _ = _rows_of(part)
        if rows:
            file.write(f"{before.replace('%s', name)}\n{rows}".encode())
            before = ","
    file.write(b"\n]}\n")


_JOINS = {"csv": _join_csv, "json": _join_json}


def _archive_fault(part: Path, kind: str) -> str:
    """What is wrong with an archive, by the checksums in it; empty when it is sound."""
    import zipfile

    if kind not in ("zip", "7z"):
        return ""
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


def _total_of_rest(headers: httpx.Headers, state: dict[str, Any], position: int) -> int | None:
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


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "").strip()
    if _DIGITS.fullmatch(text):
        return float(text)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = email.utils.parsedate_to_datetime(text)
        return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
    return None


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
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
def _explaining_storage_errors(into: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            _disk_full(into, error.strerror or str(error))
        raise MachineFaultError(
            f"cannot write to {into}: {error.strerror or error}",
            "give yourself the right to write there, or name another folder with --into.",
        ) from None


def _disk_full(into: Path, reason: str) -> NoReturn:
    raise MachineFaultError(
        f"the disk of {into} is full: {reason}",
        "free space, then run the same command again; what has come so far is kept and continued.",
    ) from None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    _write_text(path, json.dumps(content, indent=1) + "\n")


def _write_text(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    flush(draft)
    draft.replace(path)
