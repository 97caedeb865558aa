"""`chokepoint brief`: what is new in a week, as known on a given day."""

from __future__ import annotations

import re
import sys
from datetime import date
from typing import Annotated, Any

from typer import Option

from chokepoint.cli.answers import as_csv, as_json, cell, width_of, write
from chokepoint.cli.options import AsOf, KnownOn, check_format, day_of, days_asked, known_then
from chokepoint.console import open_console, table
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

BRIEF_FORMATS = ("table", "markdown", "csv", "json")
# Question that the brief asks.
BRIEF_QUERY = "a15_monday_brief"
_WIDE = 100


def brief(
    settings: Settings,
    as_of: AsOf = None,
    known_on: KnownOn = None,
    since: Annotated[str | None, Option(help="Days (30d) or a day; default: a week.")] = None,
    format_: Annotated[str, Option("--format", help="table, markdown, csv or json.")] = "table",
) -> None:
    """List what is new in a week, as known on a given day. Changes, ends, overdue sources."""
    # With --since the law comes first, and overdue sources are one line.
    from chokepoint.reading.queries import run_query

    check_format(format_, BRIEF_FORMATS)
    day, known = days_asked(as_of, known_on)
    days = _days_of(since, day) if since else 7
    asked = {"as_of": day.isoformat(), "known_on": known.isoformat(), "days": str(days)}
    result = run_query(settings, BRIEF_QUERY, asked)
    nothing = "" if result.rows else _nothing_to_say(settings, known)
    if format_ in ("csv", "json"):
        write({"csv": as_csv, "json": as_json}[format_](result))
        if nothing:
            print(nothing, file=sys.stderr)
        return
    of = f"of the {days} days" if since else "of the week"
    title = f"Brief {of} to {day}, as known on {known}"
    lines, overdue = [dict(zip(result.columns, row, strict=True)) for row in result.rows], ""
    if since:
        lines, overdue = _law_first(lines)
    under_law = _under_law(settings, day, known)
    if format_ == "markdown":
        write(brief_markdown(title, lines, under_law, overdue or nothing))
        return
    console = open_console()
    width = width_of(console, is_narrow=True) if not console.is_terminal else console.width
    console.say(f"[bold]{title}[/]")
    console.print(under_law, markup=False, width=width)
    console.print()
    # There is no room for links, and one of 80 letters has little beside what happened.
    columns = {"": "brief_number", "severity": "severity", "day": "event_date", "left": "days_left",
               "certainty": "certainty", "what": "headline"}  # fmt: skip
    if width < _WIDE:
        del columns["severity"]
    shown = table(*columns, right=("", "left"))
    for line in lines:
        shown.add_row(*(cell(line[name]) for name in columns.values()))
    for column in shown.columns:
        column.no_wrap = column.header != "what"
    if lines:
        console.print(shown, width=width)
        console.print("\nThe source of each: --format markdown, csv or json.")
    if overdue or nothing:
        console.print(overdue or nothing, width=width)


def _days_of(since: str, until: date) -> int:
    """The days that --since names: 30d, or those from a day on."""
    remedy = "write it as in 30d, for thirty days, or 2026-01-31."
    try:
        number = re.fullmatch(r"([0-9]{1,4})d", since)
        first = None if number else day_of("--since", since)
    except ChokepointError as error:
        raise ChokepointError(error.what, remedy) from None
    days = (until - first).days + 1 if first else int((number or [0, 0])[1])
    if days < 1:
        raise ChokepointError(f"--since {since} leaves no day up to {until}.", remedy)
    return days


def _law_first(lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """The lines, those on the law first and numbered anew; and what is overdue in one sentence."""
    stale = [line for line in lines if line["line_kind"].startswith("stale_")]
    told = [line for line in lines if line not in stale]
    told.sort(key=lambda line: line["line_kind"] not in ("new_act", "state_change", "expiry"))
    overdue = ""
    if stale:
        from chokepoint.site.words import count

        laws = sum(line["line_kind"] == "stale_law" for line in stale)
        sources = len(stale) - laws
        late = [count(sources, "source")] if sources else []
        late += [f"the law of {count(laws, 'jurisdiction')}"] if laws else []
        overdue = f"Overdue: {' and '.join(late)}. `chokepoint status` names them."
    return [{**line, "brief_number": at} for at, line in enumerate(told, 1)], overdue


def _nothing_to_say(settings: Settings, known_on: date) -> str:
    """In place of a brief without a line: that all is well, or that nothing was known yet."""
    from chokepoint.reading.connection import connect_published

    with connect_published(settings) as con:
        (first,) = con.execute("select min(known_from) from marts.fct_measure_states").fetchall()[0]
    if first is not None and known_on < first:
        return (
            f"Nothing recorded here was known by {known_on}: the first measure became known on "
            f"{first}. Ask for a day from then on."
        )
    return "Nothing new, nothing due, nothing stale."


def _under_law(settings: Settings, as_of: date, known_on: date) -> str:
    """How much of the EU's imports is under measures in force, and of how many codes."""
    from chokepoint.reading.connection import connect_published

    with connect_published(settings) as con:
        found = con.execute(
            "select headline from reports.trade_totals('EU27', null, ?, ?)"
            " where state = 'in_force'",
            [as_of, known_on],
        ).fetchone()
    told = found[0] if found else "No measure in force addressed to the EU was known."
    return f"EU imports under measures in force{known_then(as_of, known_on)}. {told}"


def brief_markdown(title: str, lines: list[dict[str, Any]], under_law: str, last: str) -> str:
    """The brief as a numbered list, below `under_law` and above `last`: sentence, then severity,
    certainty, origin and evidence."""
    text = f"# {title}\n\n{under_law}\n\n"
    for line in lines:
        name = str(line["evidence_title"] or line["evidence_url"])
        for letter in "\\[]":
            name = name.replace(letter, f"\\{letter}")
        text += (
            f"{line['brief_number']}. {line['headline']} *{line['line_kind']}, "
            f"{line['severity']}, {line['certainty']}, {line['data_origin']}*: "
            f"[{name}](<{line['evidence_url']}>)\n"
        )
    return f"{text}\n{last}\n" if lines and last else f"{text}{last}\n" if last else text
