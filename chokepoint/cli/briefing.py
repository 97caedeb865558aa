"""`chokepoint briefing`: two pages for one importer, printed or written to a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Annotated

from typer import Option

from chokepoint.cli.answers import write
from chokepoint.cli.options import AsOf, KnownOn, check_format, days_asked
from chokepoint.console import disarmed, escape, open_console, write_file
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

FORMATS = ("markdown", "html", "pdf")
_BY_ENDING = {".md": "markdown", ".html": "html", ".pdf": "pdf"}
_BROWSERS = (
    "chromium", "chromium-browser", "chromium-headless-shell", "google-chrome",
    "google-chrome-stable",
)  # fmt: skip


def briefing(
    settings: Settings,
    place: Annotated[
        str, Option("--for", help="Importing country (DE, DEU, Germany) or EU27.")
    ] = "EU27",
    as_of: AsOf = None,
    known_on: KnownOn = None,
    format_: Annotated[
        str | None, Option("--format", help="markdown, html or pdf; default: as --output ends.")
    ] = None,
    output: Annotated[Path | None, Option(help="File to write; default: print it.")] = None,
) -> None:
    """Write two pages for an importer: acts that name it, what binds it, risks, what to ask."""
    from chokepoint.site.briefing import html, make_briefing, markdown

    if output is not None and not format_ and output.suffix not in _BY_ENDING:
        raise ChokepointError(
            f"{output} does not end as a file of a briefing does.",
            f"end it with {' or '.join(_BY_ENDING)}, or say which with --format.",
        )
    format_ = format_ or (_BY_ENDING[output.suffix] if output else "markdown")
    check_format(format_, FORMATS)
    if format_ == "pdf" and output is None:
        raise ChokepointError("A PDF is not printed here.", "name a file: --output briefing.pdf.")
    if output is not None and output.exists():
        raise ChokepointError(f"{output} is there already.", "name another file with --output.")
    day, known = days_asked(as_of, known_on)
    made = make_briefing(settings, place=place, as_of=day, known_on=known)
    text = markdown(made) if format_ == "markdown" else html(made)
    console = open_console()
    if output is not None:
        write_file(output, _pdf(text) if format_ == "pdf" else text.encode())
        console.say(escape(str(output)))
    elif format_ == "markdown" and sys.stdout.isatty():
        from rich.markdown import Markdown

        console.print(Markdown(disarmed(text)), width=min(console.width, 120))
    else:
        write(wrapped(text) if format_ == "markdown" else text)


def wrapped(text: str) -> str:
    """Markdown in lines of 80 letters, as on a terminal; rows of tables and heads stay whole."""
    return "".join(
        textwrap.fill(
            line, 80, subsequent_indent="  " if line.startswith("- ") else "",
            break_long_words=False, break_on_hyphens=False,
        ) + "\n" if not line.startswith(("|", "#")) else f"{line}\n"
        for line in text.splitlines()
    )  # fmt: skip


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
