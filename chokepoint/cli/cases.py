"""`chokepoint cases`: the sheet of own cases for an authority, shown before it is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from chokepoint.console import disarmed, open_console, write_file
from chokepoint.errors import ChokepointError
from chokepoint.reading.case_sheet import FORMATS, NUMBER, read_sheet, sheet_bytes, shown
from chokepoint.settings import make_private_folder

if TYPE_CHECKING:
    from chokepoint.settings import Settings

_NOTHING = "Nothing was written."


def write_sheet(
    settings: Settings,
    format_: str,
    fields: tuple[str, ...] | None,
    *,
    authority: str | None,
    cases: tuple[str, ...] = (),
    output: Path | None,
    yes: bool,
) -> int:
    """Show every value that will leave the house, ask, and write the sheet; return 0.

    fields  None where none were named: the sheet holds the numbers of the applications alone
    """
    if format_ not in FORMATS:
        raise ChokepointError(
            f"--sheet {format_!r} is not known.", f"use one of {', '.join(FORMATS)}."
        )
    if yes and fields is None:
        raise ChokepointError(
            "--yes writes without asking: it needs the fields by name.",
            f"give --fields, separated by commas; --fields {NUMBER} for the numbers alone.",
        )
    chosen = tuple(name for name in fields or () if name != NUMBER)
    path = output or settings.private_path.parent / "sheets" / f"applications.{format_}"
    if path.is_dir():
        raise ChokepointError(f"{path} is a folder.", "name a file with --output.")
    sheet = read_sheet(settings, chosen, format_, authority=authority, cases=cases)
    console = open_console()
    noun = "row leaves" if len(sheet.rows) == 1 else "rows leave"
    console.say(f"{len(sheet.rows)} {noun} the house, and nothing else:")
    for row in sheet.rows:
        cells = (f"{name}: {shown(one)}" for name, one in zip(sheet.columns, row, strict=True))
        console.say(disarmed("  " + " | ".join(cells)), markup=False)
    if sheet.left_out:
        noun = "case has" if sheet.left_out == 1 else "cases have"
        console.say(f"{sheet.left_out} open {noun} no application number: left out.")
    if not yes:
        if not sys.stdin.isatty():
            raise ChokepointError(
                f"No terminal to ask on. {_NOTHING}", "say --yes, with --fields by name."
            )
        try:
            if not typer.confirm(f"Write them to {path}?"):
                console.print(_NOTHING)
                return 0
        except (typer.Abort, KeyboardInterrupt):
            raise ChokepointError(f"Stopped. {_NOTHING}", "run the command again.") from None
    if output is None:
        make_private_folder(path.parent.parent)
        make_private_folder(path.parent)
    write_file(path, sheet_bytes(sheet, format_), private=True)
    console.say(disarmed(f"Written: {path}"), markup=False)
    return 0
