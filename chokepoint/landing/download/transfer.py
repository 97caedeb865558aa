"""One producer's server: asked politely, tried again, and continued where an answer broke off."""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from chokepoint.errors import ChokepointError, shortened
from chokepoint.landing.download import answers, parts
from chokepoint.landing.download.addresses import Producer, Request
from chokepoint.landing.download.answers import NoFileError, TryAgainError
from chokepoint.landing.files.archives import MOST_GROWTH, SMALL_BYTES
from chokepoint.landing.store import flush

if TYPE_CHECKING:
    import httpx

# Statuses after which the same question may be answered later.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
NO_CONNECTION = "no connection"
_PART_SECONDS = 20 * 3600


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


@dataclass
class Transfer:
    """A producer's server, or a mirror at `base_url`, and the folder that its files come into.
    `send_key_to`: host (and port) that may have the key too, over http as well; `listener`: told of
    the progress."""

    producer: Producer
    into: Path
    base_url: Any = None
    send_key_to: str | None = None
    manners: Manners = Manners()
    listener: Any = None
    asked_at: float = float("-inf")
    client: Any = None

    def __post_init__(self) -> None:
        self.folder = self.into / parts.STATE_FOLDER
        self.base_url = self.base_url or self.producer.base_url
        said = urlsplit(self.base_url)
        is_web = said.scheme in ("http", "https") and said.hostname
        if not is_web or said.query or said.fragment:
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

    def _bring(
        self, request: Request, record: dict[str, Any], *, is_data: bool = True
    ) -> bool | None:
        """Complete a part of data, or of a word about it: True if resumed, None if it stands."""
        import tenacity

        manners, part = self.manners, self._part(request)
        was_resumed, most_bytes = part.exists(), 0
        backoff = tenacity.wait_exponential_jitter(
            multiplier=manners.first_wait, max=manners.longest_wait, jitter=manners.first_wait
        )

        def error_of(state: Any) -> Any:
            return state.outcome.exception()

        def wait(state: Any) -> float:
            nonlocal most_bytes
            if (size := parts.size_of(part)) > most_bytes:
                # What brings new bytes is no failure.
                most_bytes, state.attempt_number = size, 0
            return max(backoff(state), error_of(state).asked)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TryAgainError),
            stop=lambda state: (
                state.attempt_number >= manners.tries
                or error_of(state).asked > manners.longest_asked
            ),
            wait=wait,
            sleep=manners.sleep,
            before_sleep=lambda state: self._wait(
                request, state.upcoming_sleep, str(error_of(state))
            ),
            reraise=True,
        )
        try:
            return None if retrying(self._attempt, request, record, is_data) else was_resumed
        except TryAgainError as error:
            if error.asked > manners.longest_asked:
                said = f"{error}, and asks to wait {error.asked:.0f} seconds: try then"
            else:
                word = NO_CONNECTION if error.is_connection else "given up"
                said = f"{word} after {manners.tries} tries that brought nothing new: {error}"
            raise NoFileError(said) from None

    def _attempt(self, request: Request, record: dict[str, Any], is_data: bool) -> bool:
        """Ask for what lacks, and look at what is there; True when the producer says that what we
        have still stands. A damaged part is thrown away."""
        part, state = self._part(request), parts.read_json(self._state_path(request))
        position = parts.size_of(part)
        is_whole = position and position == state.get("total")
        if not is_whole and self._ask(request, record, state, position):
            return True
        if is_data:
            try:
                answers.check_is_data(part, self.producer)
            except NoFileError:
                self._forget(request)
                raise
        return False

    def _ask(
        self, request: Request, record: dict[str, Any], state: dict[str, Any], position: int
    ) -> bool:
        import httpx

        headers = self._headers(request, state, record, position)
        if "Range" not in headers:
            position = 0
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
                raise NoFileError(f"the certificate of the host is not trusted ({error})") from None
            # Without an address, for it may hold a key.
            said = f"the connection broke ({type(error).__name__})"
            if isinstance(error, httpx.TimeoutException):
                said = "the producer stayed silent"
            elif isinstance(error, httpx.ConnectError):
                said = f"the host cannot be reached ({error})"
            is_connection = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
            raise TryAgainError(said, is_connection=is_connection) from None
        except httpx.RequestError as error:
            raise NoFileError(f"the answer cannot be read ({type(error).__name__})") from None
        return False

    def _check_status(self, response: httpx.Response, request: Request) -> None:
        """Raise unless the answer brings bytes of the file."""
        status = response.status_code
        if status in (200, 206):
            return
        if status in _PASSING:
            raise TryAgainError(f"the producer answers {status}", answers.retry_after(response))
        if status == 416:
            # What we have is longer than the file: it has changed.
            self._forget(request)
            raise TryAgainError("the file has changed at the producer (416)")
        if status in (204, 404, 410):
            raise NoFileError(
                f"the producer has no such file ({status}): {request.period} is not published "
                "yet, or no longer",
                answers.NOT_PUBLISHED,
            )
        if status in (401, 403) and self.producer.key:
            key = self.producer.key
            raise ChokepointError(
                f"{self.producer.title} answers {status}: the key in {key.variable} "
                + ("is not accepted" if self.key else "is missing"),
                f"get a key at {key.sign_up} and set the environment variable {key.variable}.",
            )
        if status == 413:
            raise answers.TooLargeError(
                "the producer finds the answer too large (413): ask for fewer codes"
            )
        raise NoFileError(f"the producer answers {status}")

    def _receive(
        self, response: httpx.Response, request: Request, state: dict[str, Any], position: int
    ) -> None:
        """Append what comes to the part; raise unless it is whole then."""
        headers = response.headers
        coding = headers.get("content-encoding", "")
        if "," in coding:
            # A code within a code grows in one piece, before anyone can look at its size.
            raise NoFileError(f"the answer is coded more than once ({shortened(coding)})")
        is_coded = coding not in ("", "identity")
        if response.status_code == 206:
            try:
                total = answers.total_of_rest(headers, state, position)
            except ValueError:
                self._forget(request)
                said = "the file has changed at the producer while it was fetched"
                raise TryAgainError(said) from None
        else:
            # Asked for the rest and given the whole: the file changed, or ranges are unknown here.
            position, length = 0, headers.get("content-length", "")
            total = int(length) if answers.DIGITS.fullmatch(length) else None
        if is_coded:
            total = None
        free = shutil.disk_usage(self.folder).free
        if total is not None and (needed := total - position) > free:
            said = f"{request.file_name} needs {needed:,} bytes, {free:,} are free"
            parts.disk_full(self.into, said)
        if not position:
            self._part(request).unlink(missing_ok=True)
        parts.write_json(
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
            raise TryAgainError(f"{position:,} of {total:,} bytes came")

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
                        raise NoFileError(
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
                    raise NoFileError(fault)
                if self.listener:
                    self.listener.position(position)
        flush(part)
        return position

    def _headers(
        self, request: Request, state: dict[str, Any], record: dict[str, Any], position: int
    ) -> dict[str, str]:
        """Ask for the rest of a part only where the producer can tell that it is the same file;
        else for a file that is not the one that we have."""
        headers = {"Accept-Encoding": "identity"}
        if self.key and self.producer.key and self.producer.key.header:
            headers[self.producer.key.header] = self.key
        # A weak tag says alike, not the same.
        etag = state.get("etag") or ""
        tag = ("" if etag.startswith("W/") else etag) or state.get("last_modified")
        if position and tag and state.get("address") == self._public_address(request):
            headers |= {"Range": f"bytes={position}-", "If-Range": tag}
        elif record.get("etag"):
            headers["If-None-Match"] = record["etag"]
        elif record.get("last_modified"):
            headers["If-Modified-Since"] = record["last_modified"]
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
        """Count the calls of a day; DayIsOverError where the producer answers no more of them."""
        most, key = self.producer.calls_per_day, self.producer.key
        if most is None or (self.key and key and not key.required):
            return
        path = self.folder / f"{self.producer.source_id}.calls"
        today = dt.datetime.now(dt.UTC).date().isoformat()
        made = parts.read_json(path).get(today, 0)
        if made >= most:
            raise NoFileError(
                f"{self.producer.title} answers {most:,} calls a day, and these were made today "
                f"({today} UTC): the rest comes with the same command tomorrow",
                answers.NOT_TRIED,
            )
        parts.write_json(path, {today: made + 1})

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
