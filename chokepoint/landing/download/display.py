"""Shows files as they are fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from chokepoint.console import escape
from chokepoint.landing.download.fetch import Fetched

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class DownloadDisplay:
    """Shows files as they come: a bar on a terminal, a line per file elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> DownloadDisplay:
        if self.console.is_terminal:
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
                TransferSpeedColumn,
            )

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                TextColumn("[dim]{task.fields[note]}"),
                console=self.console,
            )
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def begin(self, file_name: str, position: int, total: int | None) -> None:
        if self._bars is None:
            return
        if self._task is None:
            self._task = self._bars.add_task(escape(file_name), total=total, note="")
        self._bars.update(self._task, completed=position, total=total, note="")

    def position(self, position: int) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=position)

    def wait(self, file_name: str, seconds: float, reason: str) -> None:
        words = f"{reason}; again in {seconds:.0f} s"
        if self._bars is None:
            self._line(f"{file_name}: {words}")
        else:
            if self._task is None:
                self._task = self._bars.add_task(escape(file_name), total=None, note="")
            self._bars.update(self._task, note=escape(words))

    def end(self, fetched: Fetched) -> None:
        if self._bars is None:
            self._line(f"{fetched.file_name}: {fetched.status}")
        elif self._task is not None:
            self._bars.update(self._task, note=fetched.status)
        self._task = None

    def _line(self, text: str) -> None:
        print(text, file=self.console.file, flush=True)
