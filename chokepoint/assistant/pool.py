"""Workers that answer: two at a time, one kept warm; killed where an answer takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

from chokepoint.assistant.worker import LENGTH, WARM
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

_MOST_WORKERS = 2
# For a worker to start, and to read what answers need.
_START_SECONDS = 60.0
# No more of the environment than a worker needs: no token.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
_ENDED = (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError,
          anyio.ClosedResourceError)  # fmt: skip


class _Worker:
    def __init__(self, process: anyio.abc.Process) -> None:
        assert process.stdout is not None
        self.process = process
        self.answers = BufferedByteReceiveStream(process.stdout)

    async def ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        await self.process.stdin.send(json.dumps(order).encode() + b"\n")
        return await self.hear()

    async def hear(self) -> dict[str, Any]:
        """Its next answer; the first says that it is ready."""
        length = int.from_bytes(await self.answers.receive_exactly(LENGTH))
        return json.loads(await self.answers.receive_exactly(length))

    @contextlib.asynccontextmanager
    async def killed_unless_done(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            await self.kill()
            raise

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        with anyio.CancelScope(shield=True):
            await self.process.aclose()


class Pool:
    """Answers orders by workers; an async context manager.

    seconds  that an answer may take
    """

    def __init__(self, settings: Settings, *, private: bool, seconds: float) -> None:
        self.seconds = seconds
        self._folder = settings.project_dir
        self._command = [sys.executable, "-m", "chokepoint.assistant.worker"]
        self._command += ["--private"] if private else []
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._environment = {**kept, **settings.environment()}
        self._places = anyio.Semaphore(_MOST_WORKERS)
        self._idle: list[_Worker] = []
        self._tasks = anyio.create_task_group()
        self._is_closing = self._is_warming = False

    async def __aenter__(self) -> Pool:
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._warm)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._is_closing = True
        self._tasks.cancel_scope.cancel()
        done = await self._tasks.__aexit__(kind, error, trace)
        while self._idle:
            await self._idle.pop().kill()
        return done

    async def ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to an order; raises ChokepointError where there is none, with the reason."""
        async with self._places:
            self._idle = [one for one in self._idle if one.process.returncode is None]
            worker = self._idle.pop() if self._idle else await self._start()
            try:
                said = await self._ask(worker, order, self.seconds)
                if "stale" in said:
                    await worker.kill()
                    worker = await self._start()
                    said = await self._ask(worker, order, self.seconds)
            except BaseException:
                if not (self._is_closing or self._is_warming or self._idle):
                    self._tasks.start_soon(self._warm)
                raise
            await self._keep(worker)
        if "answer" not in said:
            what, _, remedy = said.get("error", "There is no answer.").partition("\n  What to do: ")
            raise ChokepointError(what, remedy or "correct the request.")
        return said["answer"]

    async def _ask(
        self, worker: _Worker, order: Mapping[str, Any], seconds: float
    ) -> dict[str, Any]:
        """Ask a worker; one that does not answer, or is not waited for, is killed."""
        async with worker.killed_unless_done():
            try:
                with anyio.fail_after(seconds):
                    return await worker.ask(order)
            except TimeoutError:
                raise ChokepointError(
                    f"The answer took longer than {seconds:g} seconds and was stopped.",
                    "ask for less: name a product, a country or a period, or aggregate first.",
                ) from None
            except _ENDED:
                raise ChokepointError(
                    "The process that answers ended: the request needed more memory than it may"
                    " have, or DuckDB failed.",
                    "ask for less; the next request has a new process.",
                ) from None

    async def _start(self) -> _Worker:
        worker = _Worker(
            await anyio.open_process(
                self._command, cwd=self._folder, env=self._environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None,
            )
        )  # fmt: skip
        async with worker.killed_unless_done():
            try:
                with anyio.fail_after(_START_SECONDS):
                    await worker.hear()
            except (TimeoutError, *_ENDED):
                raise ChokepointError(
                    "The process that answers does not start.",
                    "run `chokepoint mcp` in a terminal: what it prints there says why.",
                ) from None
        return worker

    async def _warm(self) -> None:
        """Let a worker read what answers need; it takes no place of those who ask meanwhile."""
        self._is_warming = True
        try:
            with contextlib.suppress(ChokepointError):
                worker = await self._start()
                await self._ask(worker, {"tool": WARM, "arguments": {}}, _START_SECONDS)
                await self._keep(worker)
        finally:
            self._is_warming = False

    async def _keep(self, worker: _Worker) -> None:
        """Let a worker wait for the next order; the first to come is the last that worked."""
        self._idle.append(worker)
        if len(self._idle) > _MOST_WORKERS:
            await self._idle.pop(0).kill()
