"""Stages of a run and who listens to them: the command line shows them, publishing keeps them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Protocol

# Stage -> what it does, in the order of a build.
STAGES = {
    "start": "start-up",
    "landing": "landing",
    "landing_checks": "checks on landed tables",
    "news": "what is new in the project",
    "dbt": "models and their tests (dbt)",
    "candidate": "copy of what is published",
    "published_checks": "checks on the copy",
    "release": "release",
}


class Listener(Protocol):
    """Told of a run's progress, in the process that runs it."""

    def begin(self, stage: str, total: int | None) -> None: ...

    def step(self, stage: str, text: str) -> None: ...

    def end(self, stage: str, seconds: float) -> None: ...


_listeners: list[Listener] = []


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` of every stage inside."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextlib.contextmanager
def stage(name: str, total: int | None = None) -> Iterator[Stage]:
    """Time one stage; what listens is told of its begin, its steps and its end."""
    for listener in _listeners:
        listener.begin(name, total)
    current = Stage(name)
    try:
        yield current
    finally:
        current.seconds = time.perf_counter() - current.started
        for listener in _listeners:
            listener.end(name, current.seconds)


class Stage:
    """A stage under way; `seconds` is set when it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started = time.perf_counter()
        self.seconds = 0.0

    def step(self, text: str) -> None:
        """Say that one more part is done."""
        for listener in _listeners:
            listener.step(self.name, text)
