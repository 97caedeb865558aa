"""Shows files as they are fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from chokepoint.console import escape
from chokepoint.landing.download.fetch import Fetched

if TYPE_CHECKING:
    from rich.progress import TaskID


class DownloadDisplay:
    """Shows files as they come: a bar on a terminal, a line per file elsewhere."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._task: TaskID | None = None

    def __enter__(self) -> DownloadDisplay:
        from rich import progress

        self._bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(bar_width=30),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("[dim]{task.fields[note]}"),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, file_name: str, position: int, total: int | None) -> None:
        self._bars.update(self._bar(file_name), completed=position, total=total, note="")

    def position(self, position: int) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=position)

    def wait(self, file_name: str, seconds: float, reason: str) -> None:
        words = f"{reason}; again in {seconds:.0f} s"
        self._bars.update(self._bar(file_name), note=escape(words))
        self._line(f"{file_name}: {words}")

    def end(self, fetched: Fetched) -> None:
        if self._task is not None:
            self._bars.update(self._task, note=fetched.status)
        self._task = None
        self._line(f"{fetched.file_name}: {fetched.status}")

    def _bar(self, file_name: str) -> TaskID:
        """The bar of a file: there is one at a time, whatever part of it comes."""
        if self._task is None:
            self._task = self._bars.add_task(escape(file_name), total=None, note="")
        return self._task

    def _line(self, text: str) -> None:
        if not self.console.is_terminal:
            print(text, file=self.console.file, flush=True)
