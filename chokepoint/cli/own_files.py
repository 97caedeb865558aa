"""`chokepoint template` and `forget`: a table of a firm's own to fill in, and a file taken out."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from chokepoint.console import escape, open_console, write_file
from chokepoint.errors import ChokepointError
from chokepoint.locks import writer_lock
from chokepoint.settings import Settings


def template(
    settings: Settings,
    table: Annotated[str, Argument(help="A table, for example stock_positions.")],
    format_: Annotated[str, Option("--format", help="xlsx or csv.")] = "xlsx",
    output: Annotated[Path | None, Option(help="File to write.")] = None,
) -> None:
    """Write an empty table for your own data. It has lists of values, explanations, an example."""
    from chokepoint.landing.intake.templates import as_csv, as_workbook, contract_of_table

    contract = contract_of_table(table)
    if format_ not in ("xlsx", "csv"):
        raise ChokepointError(f"there is no format {format_!r}.", "choose xlsx or csv.")
    if format_ == "csv" and output is None:
        print(as_csv(contract), end="")
        return
    path = output or Path(f"{contract.source_id}.{format_}")
    if path.exists():
        raise ChokepointError(f"{path} is there already.", "name another file with --output.")
    if format_ == "csv":
        content = as_csv(contract).encode()
    else:
        as_workbook(settings, contract).save(book := io.BytesIO())
        content = book.getvalue()
    write_file(path, content)
    open_console().say(escape(f"{path}: fill it in, then run `chokepoint import {path}`"))


def forget(
    settings: Settings,
    file: Annotated[str, Argument(help="Name of a file that you landed or imported.")],
) -> None:
    """Remove one of your own files and all made from it. In landing, logs and private copy."""
    # By its file name or vintage.
    from chokepoint.landing.intake.templates import own_contracts
    from chokepoint.landing.land import withdraw
    from chokepoint.landing.store import Store

    name = Path(file).name
    console = open_console()
    own = own_contracts()
    with writer_lock(settings, "forget"):
        found = [
            (source_id, delivery)
            for source_id in own
            for delivery in Store(settings.landing_dir, source_id).recover()
            if name in (delivery.vintage, *delivery.file_names)
        ]
        names = {name, *(one for _, delivery in found for one in delivery.file_names)}
        removed = _forget_files(settings, names, {one.file_sha256 for _, one in found})
        if not found and not removed:
            raise ChokepointError(
                f"nothing of {name!r} is here",
                "`chokepoint status` names what waits; `chokepoint land --withdraw NAME` what has "
                "landed.",
            )
        for source_id, delivery in found:
            withdraw(settings, delivery.vintage, source_id)
            console.say(escape(f"landing: {source_id} {delivery.vintage}"))
        for path in removed:
            console.say(escape(f"removed: {path}"))
    if {settings.private_path.parent, settings.warehouse_path.parent} & set(removed):
        console.say(
            "Private copy, private site and warehouse held its rows and are gone; `make build` "
            "makes them anew."
        )
    console.say("The published file never held a row of it, nor a figure made from one.")


def _forget_files(settings: Settings, names: set[str], sums: set[str]) -> list[Path]:
    """Remove what holds, or may hold, rows or words of these files; returns what was there."""
    from chokepoint.landing.intake import saved
    from chokepoint.landing.land import refused_lists

    removed = []
    stems = {re.sub(r"[^\w.-]+", "_", Path(one).stem) for one in names}
    doomed = [
        *(settings.inbox_dir / one for one in names),
        *(
            path
            for path in saved.mappings_folder(settings).glob("*.yml")
            if (made := _file_of(path)) in names or (not made and path.stem in stems)
        ),
        *(
            lists := [
                path
                for path, delivered in refused_lists(settings)
                if any(path.stem.endswith(f"-{one[:12]}") for one in sums)
                or (delivered is not None and delivered.name in names)
            ]
        ),
    ]
    for path in doomed:
        if path.is_file():
            path.unlink()
            removed.append(path)
    for path in (settings.data_dir / "logs").glob("*.log"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(one in text for one in names):
            path.unlink()
            removed.append(path)
    if lists or sums:
        for folder in (settings.private_path.parent, settings.warehouse_path.parent):
            if folder.is_dir():
                shutil.rmtree(folder)
                removed.append(folder)
    return removed


def _file_of(path: Path) -> str:
    """The file of which a mapping was made; '' where it cannot be read."""
    from chokepoint.landing.intake import saved

    try:
        return str(saved.load(path).get("file"))
    except ChokepointError:
        return ""
