"""How the command line writes: tables, sizes, progress, logs of a run."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape as _escape
from rich.table import Table

from chokepoint import progress
from chokepoint.errors import ChokepointError
from chokepoint.settings import make_private_folder

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from chokepoint.settings import Settings

LOGS_KEPT = 20
# Wide enough that no table is folded where the output is a file or a pipe.
_PIPE_WIDTH = 10_000
# What a terminal would obey, or read backwards, is written out instead.
OBEYED = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"
} | {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def disarmed(value: Any) -> str:
    """A value of others as text that a terminal or a browser shows and does not obey."""
    return str(value).translate(OBEYED)


def escape(text: str) -> str:
    """Text of others for a console: no markup, no control characters."""
    return _escape(disarmed(text))


class Screen(Console):
    """A console for text that holds values of others: `:x:` in one is text, not a picture."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, emoji=False, **options)

    def say(self, text: str, **options: Any) -> None:
        """Print a text as one line, however wide: what is piped on stays whole."""
        self.print(text, soft_wrap=True, **options)


def open_console(file: IO[str] | None = None) -> Screen:
    """A console on standard output as it is now, so that a later redirection leaves it alone."""
    stream = file or sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Screen(file=stream, width=width)


def table(*columns: str, right: tuple[str, ...] = (), title: str | None = None) -> Table:
    """A plain table; the columns named in `right` hold numbers."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def size(count: float) -> str:
    """Bytes in the unit a person would use."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def write_file(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put a file that was asked for in place at once, and make its folder; a private one for nobody
    else to read."""
    made = path.with_name(f".tmp-{path.name}")
    mode = 0o600 if private else 0o666
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.unlink(missing_ok=True)
        with open(made, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
        made.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            made.unlink(missing_ok=True)
        raise ChokepointError(
            f"{path} cannot be written: {error.strerror}.", "name another file with --output."
        ) from None


def log_path(settings: Settings, purpose: str) -> Path:
    """A new file in `data/logs/`; older ones beyond the newest twenty are removed."""
    folder = settings.data_dir / "logs"
    make_private_folder(folder)
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for old in logs[: -LOGS_KEPT + 1]:
        old.unlink(missing_ok=True)
    return folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S.%fZ}-{purpose}.log"


def save_traceback(settings: Settings, error: BaseException) -> Path:
    """Write an unexpected error's traceback to the logs."""
    path = log_path(settings, "error")
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path


@contextlib.contextmanager
def output_to(path: Path) -> Iterator[None]:
    """Send what libraries print or log inside to a file."""
    with (
        path.open("a", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        yield


class StageDisplay:
    """Shows stages as they run, bars on a terminal, else a line each when finished; `seconds`: wall
    time by stage."""

    def __init__(self, console: Console, stages: tuple[str, ...]) -> None:
        self.console = console
        self.stages = stages
        self.seconds: dict[str, float] = {}
        self._tasks: dict[str, TaskID] = {}
        self._bars: Progress | None = None
        self._started = time.perf_counter()

    def __enter__(self) -> StageDisplay:
        if self.console.is_terminal:
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
            from rich.progress import TimeElapsedColumn as Elapsed

            self._bars = Progress(
                SpinnerColumn(finished_text="[green]ok[/]"),
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                Elapsed(),
                TextColumn("[dim]{task.fields[note]}"),
                console=self.console,
            )
            self._bars.start()
            for stage in self.stages:
                self._tasks[stage] = self._bars.add_task(
                    progress.STAGES[stage], total=1, start=False, note=""
                )
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def begin(self, stage: str, total: int | None) -> None:
        if self._bars is not None and stage in self._tasks:
            self._bars.start_task(self._tasks[stage])
            self._bars.update(self._tasks[stage], total=total or 1)

    def step(self, stage: str, text: str) -> None:
        if self._bars is not None and stage in self._tasks:
            self._bars.update(self._tasks[stage], advance=1, note=text[-40:])

    def end(self, stage: str, seconds: float) -> None:
        self.seconds[stage] = seconds
        if self._bars is not None and stage in self._tasks:
            task = self._tasks[stage]
            self._bars.update(task, total=1, completed=1, note="")
            self._bars.stop_task(task)
        elif self._bars is None:
            print(
                f"{time.perf_counter() - self._started:6.1f} s  "
                f"{progress.STAGES[stage]}: {self.seconds[stage]:.1f} s",
                file=self.console.file,
                flush=True,
            )
