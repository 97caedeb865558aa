"""Answers orders in threads of the server: two at a time, each on a connection of its own, which is
interrupted where an answer takes too long or nobody waits for it any more."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import anyio
import duckdb
from anyio import to_thread

from chokepoint.assistant.about import about
from chokepoint.assistant.envelope import plain
from chokepoint.assistant.release import Asked
from chokepoint.assistant.tools import Tool, tools
from chokepoint.errors import ChokepointError
from chokepoint.reading import metrics
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
    """Answers orders on the release in place, each within `seconds`."""

    def __init__(self, settings: Settings, *, private: bool, seconds: float) -> None:
        self.settings, self.private, self.seconds = settings, private, seconds
        self.tools: dict[str, Tool] = tools(settings)
        self._places = anyio.CapacityLimiter(_MOST_AT_ONCE)
        self._found: dict[str, dict[Any, Any]] = {}
        self._path = settings.private_path if private else settings.published_path
        self._changes, self._readers, self._stamp = threading.Condition(), 0, stamp_of(self._path)

    async def ask(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`about` and `data` of a tool's answer; ChokepointError, in words, where there is none."""
        if name not in self.tools:
            raise ChokepointError(
                f"There is no tool {name[:40]!r}.", f"use {', '.join(self.tools)}."
            )
        is_over = threading.Event()
        try:
            with anyio.fail_after(self.seconds + _GRACE_SECONDS):
                return await to_thread.run_sync(
                    self._answer, name, arguments, is_over,
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
            is_over.set()

    def warm(self) -> None:
        """Read and import, in a thread, what answers need, before somebody waits for one."""

        def read() -> None:
            with contextlib.suppress(ChokepointError, duckdb.Error):
                for name in ("materials", "coverage"):
                    self._answer(name, {}, threading.Event())
                metrics.compile_sql(self.settings, [])

        threading.Thread(target=read, daemon=True).start()

    def _answer(
        self, name: str, arguments: Mapping[str, Any], is_over: threading.Event
    ) -> dict[str, Any]:
        tool, is_done = self.tools[name], threading.Event()
        given = tool.given(arguments)
        with self._reading() as asked:
            watch = threading.Thread(target=self._watch, args=(asked, is_done, is_over))
            watch.start()
            try:
                found = tool.run(asked, given)
                said = about(asked, found.columns, found.rows, has_own_day=found.has_own_day)
                return {"about": plain(said), "data": found.data}
            except ChokepointError as error:
                if isinstance(error.__cause__, duckdb.InterruptException):
                    raise error.__cause__ from None
                raise
            finally:
                is_done.set()
                is_over.set()
                watch.join()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Asked]:
        """The release in place. DuckDB opens a path once in a process, so another file is opened
        when nobody reads the one before it."""
        with self._changes:
            self._changes.wait_for(lambda: not self._readers or self._stamp == stamp_of(self._path))
            self._readers, self._stamp = self._readers + 1, stamp_of(self._path)
        try:
            opened = Asked(self.settings, private=self.private, found=self._found)
            with contextlib.closing(opened) as asked:
                yield asked
        finally:
            with self._changes:
                self._readers -= 1
                self._changes.notify_all()

    def _watch(self, asked: Asked, is_done: threading.Event, is_over: threading.Event) -> None:
        """Interrupt an answer whose time is over, until it is done."""
        is_over.wait(self.seconds)
        while not is_done.wait(_REST_SECONDS):
            asked.con.interrupt()
