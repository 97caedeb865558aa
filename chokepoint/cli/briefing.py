"""`chokepoint briefing`: two pages for one importer, printed or written to a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.cli.commands import day_of
from chokepoint.console import disarmed, escape, open_console, write_file
from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    from chokepoint.settings import Settings

FORMATS = ("markdown", "html", "pdf")
_BY_ENDING = {".md": "markdown", ".html": "html", ".pdf": "pdf"}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def run(
    settings: Settings,
    place: str,
    as_of: str | None,
    known_on: str | None,
    format_: str | None,
    output: Path | None,
) -> None:
    """Print the briefing, or write it to a file that is not there yet.

    format_  markdown, html or pdf (by the Chromium that is there); by default as the file's name
             ends, else markdown

    Raises ChokepointError for a day, place or format that is not known, or a file that is there
    already or cannot be written.
    """
    from chokepoint.site.briefing import html, make_briefing, markdown

    if output is not None and not format_ and output.suffix not in _BY_ENDING:
        raise ChokepointError(
            f"{output} does not end as a file of a briefing does.",
            f"end it with {' or '.join(_BY_ENDING)}, or say which with --format.",
        )
    format_ = format_ or (_BY_ENDING[output.suffix] if output else "markdown")
    if format_ not in FORMATS:
        raise ChokepointError(
            f"--format {format_!r} is not known.", f"use one of {', '.join(FORMATS)}."
        )
    if format_ == "pdf" and output is None:
        raise ChokepointError("A PDF is not printed here.", "name a file: --output briefing.pdf.")
    if output is not None and output.exists():
        raise ChokepointError(f"{output} is there already.", "name another file with --output.")
    today = datetime.now(UTC).date()
    day = day_of("--as-of", as_of) or today
    # What is to come is told with the knowledge of today.
    known: date = day_of("--known-on", known_on) or min(day, today)
    if known > today:
        raise ChokepointError(
            f"--known-on {known} is after today, {today}: no one knows yet.",
            "give a day up to today, or leave it out.",
        )
    briefing = make_briefing(settings, place=place, as_of=day, known_on=known)
    text = markdown(briefing) if format_ == "markdown" else html(briefing)
    if output is None:
        _print(text, format_)
        return
    write_file(output, _pdf(text) if format_ == "pdf" else text.encode())
    open_console().say(escape(str(output)))


def _pdf(text: str) -> bytes:
    """The page as a browser prints it."""
    named = os.environ.get("CHOKEPOINT_CHROMIUM")
    browser = next(filter(None, map(shutil.which, [named] if named else _BROWSERS)), None)
    remedy = "install Chromium, or write briefing.html and print it in a browser."
    if browser is None:
        raise ChokepointError("A PDF needs Chromium or Chrome, and none was found.", remedy)
    with tempfile.TemporaryDirectory() as folder:
        page, made = Path(folder) / "briefing.html", Path(folder) / "briefing.pdf"
        page.write_text(text, encoding="utf-8")
        # Chromium refuses its sandbox to root.
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        command = [
            browser,
            "--headless",
            *alone,
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}",
            f"--print-to-pdf={made}",
            page.as_uri(),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=120, check=True)
            return made.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise ChokepointError(f"{browser} wrote no PDF.", remedy) from error


def _print(text: str, format_: str) -> None:
    """To a program as it is; Markdown on a terminal as a page."""
    if format_ == "markdown" and sys.stdout.isatty():
        from rich.markdown import Markdown

        console = open_console()
        console.print(Markdown(disarmed(text)), width=min(console.width, 120))
        return
    print(disarmed(text) if sys.stdout.isatty() else text, end="")
