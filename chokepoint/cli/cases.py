"""`chokepoint cases`: the sheet of own cases for an authority, shown before it is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from chokepoint.cli.options import Yes, codes_of
from chokepoint.console import disarmed, open_console, write_file
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings, make_private_folder

_NOTHING = "Nothing was written."


def cases(
    settings: Settings,
    sheet: Annotated[str, Option(help="Form of the file: xlsx, csv or md.")],
    fields: Annotated[
        str | None, Option(help="Fields besides the application number, with commas.")
    ] = None,
    authority: Annotated[str | None, Option(help="Authority, if your cases have several.")] = None,
    only: Annotated[
        str, Option("--cases", help="Only these cases or applications, with commas.")
    ] = "",
    output: Annotated[
        Path | None, Option(help="File; default: sheets/ next to the private copy.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Write the sheet of your open cases for an authority. Shows first what it will contain."""
    from chokepoint.reading.case_sheet import FORMATS, NUMBER, read_sheet, sheet_bytes, shown

    if sheet not in FORMATS:
        raise ChokepointError(
            f"--sheet {sheet!r} is not known.", f"use one of {', '.join(FORMATS)}."
        )
    if yes and fields is None:
        raise ChokepointError(
            "--yes writes without asking: it needs the fields by name.",
            f"give --fields, separated by commas; --fields {NUMBER} for the numbers alone.",
        )
    chosen = tuple(name for name in codes_of(fields or "") if name != NUMBER)
    path = output or settings.private_path.parent / "sheets" / f"applications.{sheet}"
    if path.is_dir():
        raise ChokepointError(f"{path} is a folder.", "name a file with --output.")
    made = read_sheet(settings, chosen, sheet, authority=authority, cases=codes_of(only))
    console = open_console()
    noun = "row leaves" if len(made.rows) == 1 else "rows leave"
    console.say(f"{len(made.rows)} {noun} the house, and nothing else:")
    for row in made.rows:
        cells = (f"{name}: {shown(one)}" for name, one in zip(made.columns, row, strict=True))
        console.say(disarmed("  " + " | ".join(cells)), markup=False)
    if made.left_out:
        noun = "case has" if made.left_out == 1 else "cases have"
        console.say(f"{made.left_out} open {noun} no application number: left out.")
    if not yes:
        if not sys.stdin.isatty():
            raise ChokepointError(
                f"No terminal to ask on. {_NOTHING}", "say --yes, with --fields by name."
            )
        try:
            if not typer.confirm(f"Write them to {path}?"):
                console.print(_NOTHING)
                return
        except (typer.Abort, KeyboardInterrupt):
            raise ChokepointError(f"Stopped. {_NOTHING}", "run the command again.") from None
    if output is None:
        make_private_folder(path.parent.parent)
        make_private_folder(path.parent)
    write_file(path, sheet_bytes(made, sheet), private=True)
    console.say(disarmed(f"Written: {path}"), markup=False)
