"""Commands that ask the published file: query and metric."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from chokepoint.cli.answers import as_csv, as_json, cell, print_answer, width_of, write
from chokepoint.cli.options import FORMATS, Format, Private, Release, check_format
from chokepoint.console import disarmed, escape, open_console, table, write_file
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

if TYPE_CHECKING:
    from chokepoint.reading.queries import Query, QueryResult


def query(
    context: typer.Context,
    settings: Settings,
    name: Annotated[
        str | None, Argument(help="Name, or its start (a05); without a name: the list.")
    ] = None,
    format_: Annotated[
        str, Option("--format", help="table, csv, json or xlsx; csv and json have all rows.")
    ] = "table",
    all_: Annotated[bool, Option("--all", help="All rows, not only the first ten.")] = False,
    wide: Annotated[bool, Option("--wide", help="Every column.")] = False,
    narrow: Annotated[bool, Option("--narrow", help="80 characters, not 120.")] = False,
    explain: Annotated[bool, Option("--explain", help="Explain rows and columns.")] = False,
    output: Annotated[Path | None, Option(help="File for --format xlsx.")] = None,
    private: Private = False,
    release: Release = "",
) -> None:
    """Answer a question of queries/ from the published file. `--param value` sets a parameter."""
    from chokepoint.reading.queries import find_query, list_queries, run_query

    check_format(format_, (*FORMATS, "xlsx"))
    if output is not None and format_ != "xlsx":
        raise ChokepointError(
            f"--output goes with --format xlsx, and the format is {format_}.",
            f"send the rows to a file: `... --format {format_} > {output}`.",
        )
    if name is None or name.startswith("-"):
        _list(list_queries(settings))
        return
    declared = find_query(settings, name).parameters
    switches = [one.name for one in declared if one.type == "boolean"]
    given = parse_parameters(context.args, switches)
    result = run_query(settings, name, given, private=private, release=release)
    if private:
        say_private(settings)
    if result.rows:
        for hint in result.hints:
            print(hint, file=sys.stderr)
    text = {"csv": as_csv, "json": as_json}.get(format_)
    if text is not None:
        write(text(result))
        return
    if format_ == "xlsx":
        _write_workbook(result, output, private=private)
        return
    console = open_console()
    width = width_of(console, is_narrow=narrow)
    console.print(f"[bold]{escape(result.query.title)}[/]", width=width)
    if explain and result.query.notes:
        console.print(f"[dim]{escape(result.query.notes)}[/]", width=width)
    console.print()
    if not result.rows:
        console.say(disarmed(_no_row(result, given)), markup=False)
        return
    if asked := said_of(result.query, given):
        console.print(disarmed(asked), markup=False, width=width)
        console.print()
    print_answer(
        console, result, all_rows=all_, all_columns=wide, is_narrow=narrow, is_explained=explain
    )


def _write_workbook(result: QueryResult, output: Path | None, *, private: bool) -> None:
    """Write an answer as a workbook; its texts are texts, whatever they begin with."""
    from chokepoint.reading.case_sheet import CaseSheet, sheet_bytes

    path = output or Path(f"{result.query.name}.xlsx")
    if path.exists():
        raise ChokepointError(f"{path} is there already.", "name another file with --output.")
    sheet = CaseSheet(tuple(result.columns), result.rows, 0)
    write_file(path, sheet_bytes(sheet, "xlsx"), private=private)
    print(path)


def metric(
    context: typer.Context,
    settings: Settings,
    names: Annotated[
        str | None, Argument(help="Metric, or several with commas; without a name: the list.")
    ] = None,
    by: Annotated[str | None, Option(help="Dimensions to group by, with commas.")] = None,
    sql: Annotated[bool, Option("--sql", help="Print the SQL; do not run it.")] = False,
    format_: Format = "table",
) -> None:
    """Query the published file for metrics by name. `--dimension value` filters them."""
    from chokepoint.reading import metrics

    check_format(format_, FORMATS)
    console = open_console()
    if names is None:
        for found in metrics.list_metrics(settings):
            console.say(f"[bold]{escape(found.name)}[/] ({escape(found.unit)})")
            console.say(f"  {escape(found.description)}")
            console.say(f"  [dim]by {escape(', '.join(found.dimensions))}[/]")
        return
    request = metrics.Request(
        metrics=tuple(name.strip() for name in names.split(",")),
        by=tuple(name.strip() for name in by.split(",")) if by else (),
        where=tuple(parse_parameters(context.args).items()),
    )
    if sql:
        print(metrics.compile_sql(settings, [metrics.by_origin(settings, request)])[0])
        return
    answer = metrics.ask(settings, request)
    for note in answer.notes:
        # So that what is piped on stays data.
        print(note, file=sys.stderr)
    if format_ != "table":
        write({"csv": as_csv, "json": as_json}[format_](answer))
        return
    shown = table(*map(escape, answer.columns), right=request.metrics)
    for row in answer.rows:
        shown.add_row(*map(cell, row))
    console.print(shown)


def _no_row(result: QueryResult, given: dict[str, str]) -> str:
    """Why a query may have found nothing: the values used, what exists, or what parameters take."""
    query = result.query
    used = ", ".join(f"{name}={value}" for name, value in given.items())
    lines = [f"no row for {used}" if used else "no row with the query's defaults"]
    lines += result.hints
    if query.parameters and not result.hints:
        lines += ["Parameters:", *(f"  {one.told}" for one in query.parameters)]
    return "\n".join(lines)


def said_of(query: Query, given: dict[str, str]) -> str:
    """Code, importer and day that were asked about, by default too; of a day to come, of which
    knowledge its law is."""
    told, known = [], ""
    today = datetime.now(UTC).date()
    for one in query.parameters:
        value = given.get(one.name, one.default or "")
        if one.type == "date" and value == "today":
            value = today.isoformat()
        if one.name in ("as_of", "valid_on") and value > today.isoformat():
            known = f", by the law as known on {given.get('known_on', today)}"
        is_key = one.type in ("code", "place", "date") or one.name == "code"
        if is_key and any(letter.isdigit() or letter.isupper() for letter in value):
            told.append(f"{one.name} {value}")
    return f"Asked: {', '.join(told)}{known}." if told else ""


def parse_parameters(arguments: list[str], switches: Sequence[str] = ()) -> dict[str, str]:
    """`--valid-on 2026-01-01` or `--valid_on=2026-01-01` -> {"valid_on": "2026-01-01"}; a name of
    `switches` without a value is true."""
    from chokepoint.reading.queries import option_of

    parameters: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or len(word) < 3:
            raise ChokepointError(
                f"{word!r} belongs to no parameter.", "write parameters as --name value."
            )
        name, equals, value = word[2:].partition("=")
        name = name.replace("-", "_")
        if not equals and name in switches and (not rest or rest[0].startswith("--")):
            value = "true"
        elif not equals:
            if not rest:
                raise ChokepointError(f"{word} has no value.", f"write {word} VALUE.")
            value = rest.pop(0)
        if name in parameters:
            raise ChokepointError(
                f"{option_of(name)} is given twice: {parameters[name]!r} and {value!r}.",
                "give it once.",
            )
        parameters[name] = value
    return parameters


def say_private(settings: Settings) -> None:
    """On stderr, so that what is piped on stays data: whose rows these are, and how old."""
    from chokepoint.releases.private_copy import find_private_copy

    if (copy := find_private_copy(settings)) is None:
        return
    late = "" if copy.is_current else " It is not that of the release that is published now."
    print(
        f"From your private copy of release {copy.release_id}, not for passing on.{late}",
        file=sys.stderr,
    )


def _list(queries: list[Query]) -> None:
    console = open_console()
    for found in queries:
        console.say(f"[bold]{found.name}[/]  {escape(found.title)}")
        for parameter in found.parameters:
            console.say(f"    {escape(parameter.told)}")
    console.print("\nRun one with `chokepoint query NAME [--param value ...]`.")
