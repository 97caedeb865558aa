"""`chokepoint law`: enter law, confirm it, print the template of a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from chokepoint.cli.commands.deliveries import law_faults, near, show_faults
from chokepoint.cli.options import Yes
from chokepoint.console import Screen, escape, open_console, table
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

if TYPE_CHECKING:
    from chokepoint.warehouse.law import intake as law_intake
    from chokepoint.warehouse.law.check import LawDatabase, LawTable

_CHANGES_SHOWN = 40
# Given by the act that is being entered, or counted on.
_UNASKED = ("measure_id", "act_id", "scope_id", "relation_id")
_NOTHING = "Nothing was written."


def add(
    settings: Settings,
    path: Annotated[
        Path | None, Option("--from", help="A draft in YAML; default: asks field by field.")
    ] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Check new rows of the law, show which states change, and write them."""
    from chokepoint.warehouse.law import intake as law_intake
    from chokepoint.warehouse.law.check import open_law, read_law
    from chokepoint.warehouse.model_sql import ModelSql

    console = open_console()
    models = ModelSql(settings.project_dir)
    tables = read_law(models)
    try:
        if path:
            draft = law_intake.read_draft(path, tables)
        else:
            with open_law(settings, models) as law:
                draft = _ask(console, law, tables)
        plan = law_intake.plan(settings, models, draft, _today())
        if plan.faults:
            show_faults(console, law_faults(settings, plan.faults), "where it would be")
            console.print(f"{len(plan.faults)} faults. {_NOTHING}")
            raise typer.Exit(1)
        _print_changes(console, plan)
        files = ", ".join(near(settings, file) for file in plan.contents)
        if dry_run:
            console.print(f"{len(draft.rows)} rows without faults. {_NOTHING}")
            return
        if not yes and not typer.confirm(f"Write {len(draft.rows)} rows into {files}?"):
            console.print(_NOTHING)
            return
    except (typer.Abort, KeyboardInterrupt):
        raise ChokepointError(f"Stopped. {_NOTHING}", "run the command again.") from None
    law_intake.write(settings, plan.contents)
    console.say(
        f"Written: {', '.join(f'{name} {tables[name].row_id(row)}' for name, row in draft.rows)}.\n"
        "Unconfirmed until a second reader has read the source: chokepoint law confirm ID --by XY"
    )


def confirm(
    settings: Settings,
    name: Annotated[str, Argument(metavar="ID", help="An act, or one row.")],
    by: Annotated[str, Option(help="Initials of the second reader.")],
) -> None:
    """Record who read an added row a second time."""
    from chokepoint.warehouse.law import intake as law_intake
    from chokepoint.warehouse.model_sql import ModelSql

    rows = law_intake.confirm(settings, ModelSql(settings.project_dir), name, by, _today())
    open_console().say(f"Confirmed by {escape(by)}: {escape(', '.join(rows))}")


def template() -> None:
    """Print a draft to fill in."""
    from chokepoint.warehouse.law import intake as law_intake

    typer.echo(law_intake.TEMPLATE.read_text(encoding="utf-8"), nl=False)


def _ask(console: Screen, law: LawDatabase, tables: dict[str, LawTable]) -> law_intake.Draft:
    """A draft, asked field by field; a value with a fault is asked again."""
    from chokepoint.warehouse.law import intake as law_intake

    console.print("Enter leaves a field empty; Ctrl-C stops, and nothing is written.")
    entered_by = typer.prompt("Your initials")
    kind = ""
    while kind not in (*law_intake.HEADS, "neither"):
        kind = typer.prompt("measure, act (only changes others), or neither", default="act")
    parts: dict[str, list[law_intake.Row]] = {}
    head: law_intake.Row = {}
    for part, (name, owner) in law_intake.PARTS.items():
        if part in law_intake.HEADS:
            if part == kind:
                head = _ask_row(console, law, tables, name, {}, ())
                parts[part] = [head]
                # What follows may refer to it before it is written.
                row = {column: head.get(column) for column in tables[name].columns}
                held = tables[name]
                tables = {**tables, name: replace(held, rows=[*held.rows, (0, row)])}
            continue
        while typer.confirm(f"Add a row of {name}?", default=False):
            given = {owner: head.get(owner) or head.get("act_id") or head.get("measure_id")}
            unasked = _UNASKED if head else tuple(set(_UNASKED) - {owner})
            row = _ask_row(console, law, tables, name, given, unasked)
            parts.setdefault(part, []).append(row)
    return law_intake.make_draft(entered_by, parts, tables)


def _ask_row(
    console: Screen,
    law: LawDatabase,
    tables: dict[str, LawTable],
    name: str,
    given: law_intake.Row,
    unasked: tuple[str, ...],
) -> law_intake.Row:
    from chokepoint.warehouse.law import intake as law_intake

    console.print(f"\n[bold]{name}[/]")
    row = dict(given)
    for column in tables[name].columns:
        if column in unasked:
            continue
        while True:
            row[column] = typer.prompt(column, default="", show_default=False).strip() or None
            # A source that is left out is that of the act.
            if row[column] is None and unasked and column.startswith(("source_", "confidence")):
                break
            fault = law_intake.field_fault(law, tables, name, row, column)
            if fault is None:
                break
            value = f", value {fault.value!r}" if fault.value else ""
            console.print(escape(f"  {column}{value}: {fault.reason}; {fault.remedy}"))
    return row


def _print_changes(console: Screen, plan: law_intake.Plan) -> None:
    changes = plan.changes
    if not changes:
        console.print("No state changes, on any day.")
        return
    shown = table("from", "measure", "clause", "for", "reading", "without it", "with it")
    for change in changes[:_CHANGES_SHOWN]:
        measure, clause, destination, user_type, reading = change.timeline
        shown.add_row(
            str(change.day), measure, clause, f"{destination}, {user_type}", reading,
            change.before or "none", change.after or "none",
        )  # fmt: skip
    console.print(shown)
    if len(changes) > _CHANGES_SHOWN:
        console.print(f"and {len(changes) - _CHANGES_SHOWN:,} more")
    told = ", ".join(f"{number} on {day}" for day, number in plan.differing.items())
    console.print(f"States that differ: {told} (today and the days from which it works).")


def _today() -> date:
    return datetime.now(UTC).date()
