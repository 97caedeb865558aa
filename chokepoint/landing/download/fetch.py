"""Fetching producers' files: whole or not at all, politely, and resumed where they broke off. A
file grows as `.downloads/<name>.part` and is renamed when its length and archive are sound.
Address, tag and length stand in `<name>.part.json` before the first byte, so a later run continues
it. Checksums are kept in `.downloads/SHA256SUMS`. Nothing here lands, so no writer lock is
needed."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chokepoint.landing.download import answers, parts
from chokepoint.landing.download.addresses import Producer, Request
from chokepoint.landing.download.answers import NoFileError
from chokepoint.landing.download.transfer import NO_CONNECTION, Transfer
from chokepoint.landing.files.delivery import digest
from chokepoint.landing.store import flush

_KEPT_SUMS = 5
_QUEUE_STATUS = re.compile(r"<(?:\w+:)?status>\s*([A-Z_]+)\s*</")
_QUEUE_FAILED = ("EXPIRED", "UNKNOWN_REQUEST", "FAILED", "ERROR")


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


def download(producer: Producer, requests: list[Request], **options: Any) -> list[Fetched]:
    """Fetch files one after the other; one that is not published yet, or fails, does not stop the
    others. `Transfer` has the options. ChokepointError where another download writes there, a key
    is missing or refused, or the disk is full."""
    return _Session(producer, **options).run(requests)


def test_host(folder: Path, sha256: str) -> str:
    """Where the file of a checksum was fetched from, if not from its producer; empty otherwise."""
    found = (record.get("test_of") for _, record in _records_of(folder, sha256))
    return next(filter(None, found), "")


def forget_question(folder: Path, sha256: str) -> None:
    """Let what a file answered be asked for again; where it came from stays known."""
    for path, record in _records_of(folder, sha256):
        if record.pop("asked", None):
            parts.write_json(path, record)


def _records_of(folder: Path, sha256: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in (folder / parts.STATE_FOLDER).glob("*.json"):
        record = parts.read_json(path)
        if sha256 in record.get("sums", []):
            yield path, record


class _Session(Transfer):
    """One run of downloads into one folder."""

    def run(self, requests: list[Request]) -> list[Fetched]:
        fetched: list[Fetched] = []
        with parts.explaining_storage_errors(self.into):
            self.folder.mkdir(parents=True, exist_ok=True)
            with parts.only_one(self.folder), self._client() as self.client:
                unreachable = ""
                for request in requests:
                    found = Fetched(request.period, request.file_name, answers.NOT_TRIED)
                    found = replace(found, note=unreachable) if unreachable else self._one(request)
                    if found.status == answers.NOT_TRIED:
                        unreachable = found.note
                    elif found.note.startswith(NO_CONNECTION):
                        unreachable = f"{urlsplit(self.base_url).netloc} does not answer"
                    fetched.append(found)
                    if self.listener:
                        self.listener.end(found)
        return fetched

    def _one(self, request: Request) -> Fetched:
        final = self.into / request.file_name
        record = parts.read_json(self._record_path(request))
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
        except NoFileError as error:
            is_kept = present and error.status == answers.NOT_PUBLISHED
            return replace(found, status="unchanged" if is_kept else error.status, note=str(error))
        if was_resumed is None:
            size = final.stat().st_size
            return replace(found, status="unchanged", size_bytes=size, sha256=present or "")
        return self._accept(request, present, sums, was_resumed=was_resumed)

    def _answer(self, request: Request, record: dict[str, Any]) -> bool | None:
        """The whole answer to a question as the request's part, of one file, pages or parts: True
        if it was resumed, None if what we have still stands. A part without rows adds none."""
        queue, answered, was_resumed = list(request.parts) or [request], [], False
        while queue:
            piece = queue.pop(0)
            if piece is not request:
                self._forget_old(piece)
            try:
                found = self._bring_when_ready(piece, record if piece is request else {})
            except answers.TooLargeError:
                if (halves := piece.wanted.halves()) is None:
                    raise
                asked = (self.producer.requests(request.period, half) for half in halves)
                queue[:0] = itertools.chain(*asked)
                continue
            except NoFileError as error:
                if piece is request or error.status != answers.NOT_PUBLISHED:
                    raise
                continue
            if found is None:
                return None
            was_resumed = was_resumed or found
            answered += [piece, *self._next_pages(piece)]
        if not answered:
            raise NoFileError(answers.NO_ROWS, answers.NOT_PUBLISHED)
        if answered != [request]:
            self._join(request, answered)
        return was_resumed

    def _next_pages(self, first: Request) -> list[Request]:
        """Bring the pages behind the first one of an answer."""
        last, pages = first, list[Request]()
        while self.producer.has_pages and (link := answers.rows_of(self._part(last))[2]):
            address, _, query = link.partition("?")
            if not address.startswith(f"{self.base_url}/"):
                raise NoFileError("the next page of the answer lies at another address")
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
            answers.JOINS[self.producer.kind](file, [self._part(piece) for piece in pieces])
        flush(joined)
        # The tag of one answer says nothing of the others.
        self._forget(request)
        size = joined.stat().st_size
        joined.replace(self._part(request))
        parts.write_json(self._state_path(request), {"total": size})
        for piece in pieces:
            if piece.file_name != request.file_name:
                self._forget(piece)

    def _bring_when_ready(self, request: Request, record: dict[str, Any]) -> bool | None:
        try:
            return self._bring(request, record)
        except answers.QueuedError as error:
            (key,) = error.args
        waited, wait, status = 0.0, self.manners.first_wait, ""
        while status != "AVAILABLE":
            if status in _QUEUE_FAILED:
                raise NoFileError(f"the producer could not make the answer ready ({status})")
            if waited > self.manners.longest_asked:
                raise NoFileError(
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
                raise NoFileError("the producer's word on the answer's state cannot be read")
            status = found[-1]
        self._forget(request)
        data = replace(request, path=f"{self.producer.queue}/data/{key}", query=())
        return self._bring(data, {})

    def _accept(
        self, request: Request, present: str | None, sums: list[str], *, was_resumed: bool
    ) -> Fetched:
        final, part = self.into / request.file_name, self._part(request)
        state = parts.read_json(self._state_path(request))
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
        parts.write_json(self._record_path(request), record)
        part.replace(final)
        flush(self.into)
        self._state_path(request).unlink(missing_ok=True)
        lines = [
            f"{known[-1]}  {path.stem}\n"
            for path in sorted(self.folder.glob("*.json"))
            if (known := parts.read_json(path).get("sums")) and (self.into / path.stem).is_file()
        ]
        parts.write_text(self.folder / parts.SUMS_FILE, "".join(lines))
        status = "resumed" if was_resumed else "downloaded"
        if present is not None:
            status = "unchanged" if present == sha256 else "revised"
        return Fetched(request.period, request.file_name, status, size, sha256)
