"""Answers orders in threads of the server: two at a time, each on a connection of its own, which is
interrupted where an answer takes too long or nobody waits for it any more."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from typing import Any

import anyio
import duckdb
from anyio import to_thread

from chokepoint.assistant.about import about
from chokepoint.assistant.envelope import plain
from chokepoint.assistant.release import Asked, Release
from chokepoint.assistant.tools import Tool, tools
from chokepoint.errors import ChokepointError
from chokepoint.reading import metrics, queries
from chokepoint.reading.connection import damaged
from chokepoint.releases.files import stamp_of
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import is_broken

_MOST_AT_ONCE = 2
# Between two interrupts: one that falls between two statements is lost.
_REST_SECONDS = 0.1
# What is not DuckDB's may go on for so long when an answer is late.
_GRACE_SECONDS = 3.0


class Desk:
    """Answers orders on the release that is in place.

    seconds  that an answer may take
    """

    def __init__(self, settings: Settings, *, private: bool, seconds: float) -> None:
        self.settings, self.private, self.seconds = settings, private, seconds
        self.tools: dict[str, Tool] = tools(settings)
        self._places = anyio.CapacityLimiter(_MOST_AT_ONCE)
        self._changes = threading.Condition()
        self._release: Release | None = None
        self._readers = 0

    async def ask(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`about` and `data` of a tool's answer; ChokepointError, in words, where there is none."""
        if name not in self.tools:
            raise ChokepointError(
                f"There is no tool {name[:40]!r}.", f"use {', '.join(self.tools)}."
            )
        is_left = threading.Event()
        try:
            with anyio.fail_after(self.seconds + _GRACE_SECONDS):
                return await to_thread.run_sync(
                    self._answer, name, arguments, is_left,
                    abandon_on_cancel=True, limiter=self._places,
                )  # fmt: skip
        except (TimeoutError, duckdb.InterruptException):
            raise ChokepointError(
                f"The answer took longer than {self.seconds:g} seconds and was stopped.",
                "ask for less: name a product, a country or a period, or aggregate first.",
            ) from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise ChokepointError(
                f"The answer needs more memory than it may have ({self.settings.memory_limit}).",
                "aggregate first, or name a product, a country or a period.",
            ) from None
        except duckdb.Error as error:
            if is_broken(error):
                raise damaged(self.settings, error, private=self.private) from None
            raise ChokepointError(
                str(error).strip(), "correct the request; `describe` and `find` say what there is."
            ) from None
        finally:
            is_left.set()

    def warm(self) -> None:
        """Read and import, in a thread, what answers need, before somebody waits for one."""
        threading.Thread(target=self._warm, daemon=True).start()

    def _warm(self) -> None:
        with contextlib.suppress(ChokepointError, duckdb.Error):
            for name in ("materials", "coverage"):
                self._answer(name, {}, threading.Event())
            with self._reading() as release:
                for query in queries.list_queries(self.settings):
                    Asked(release).note(query.sql)
            metrics.compile_sql(self.settings, [])

    def _answer(
        self, name: str, arguments: Mapping[str, Any], is_left: threading.Event
    ) -> dict[str, Any]:
        tool = self.tools[name]
        given = tool.given(arguments)
        # The connection of an answer must be gone before its release may be closed.
        with self._reading() as release:
            return self._read(release, tool, given, is_left)

    def _read(
        self, release: Release, tool: Tool, given: Mapping[str, Any], is_left: threading.Event
    ) -> dict[str, Any]:
        asked, is_done = Asked(release), threading.Event()
        watch = threading.Thread(target=self._watch, args=(asked, is_done, is_left))
        watch.start()
        try:
            found = tool.run(asked, given)
            said = about(asked, found.columns, found.rows, has_own_day=found.has_own_day)
            return {"about": plain(said), "data": found.data}
        finally:
            is_done.set()
            watch.join()

    def _watch(self, asked: Asked, is_done: threading.Event, is_left: threading.Event) -> None:
        end = time.monotonic() + self.seconds
        while not is_done.wait(_REST_SECONDS):
            if is_left.is_set() or time.monotonic() > end:
                asked.con.interrupt()

    @contextlib.contextmanager
    def _reading(self) -> Any:
        """The release in place. DuckDB opens a path once in a process, so another file is opened
        when nobody reads the one before it."""
        with self._changes:
            while self._release and self._release.stamp != stamp_of(self._release.path):
                if not self._readers:
                    self._release.close()
                    self._release = None
                else:
                    self._changes.wait()
            self._release = self._release or Release(self.settings, private=self.private)
            release = self._release
            self._readers += 1
        try:
            yield release
        finally:
            with self._changes:
                self._readers -= 1
                self._changes.notify_all()
