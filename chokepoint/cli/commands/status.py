"""`chokepoint status`: what is published, how fresh it is, what waits and who writes."""

from __future__ import annotations

import contextlib
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from chokepoint.cli.commands.releasing import say_damaged, verify
from chokepoint.console import Screen, escape, open_console, size, table
from chokepoint.errors import ChokepointError
from chokepoint.locks import lock_holder
from chokepoint.settings import Settings


def status(
    settings: Settings,
    verifies: Annotated[
        bool, Option("--verify", help="Compare files with their checksums; exit 1 if not equal.")
    ] = False,
) -> None:
    """Show what is published and how fresh it is. Also which checks ran and who is writing."""
    from chokepoint.releases.published import current_release, list_releases, lost_current

    console = open_console()
    release = current_release(settings)
    is_damaged = say_damaged(console, settings)
    if release is None and (kept := list_releases(settings)):
        console.say(escape(lost_current(kept[0].release_id)))
    elif release is None:
        if not is_damaged:
            console.print("Nothing is published yet: run `make build`.")
    elif not settings.published_path.is_file():
        console.say(
            f"The published file {escape(str(settings.published_path))} is missing: run "
            f"`chokepoint publish --rollback {escape(release.release_id)}` or `make build`."
        )
    else:
        age = datetime.now(UTC) - release.built_at
        console.say(
            f"release    {escape(release.release_id)}, {age.days} days old, "
            f"{release.relation_count} relations, {release.row_count:,} rows\n"
            f"file       {escape(str(settings.published_path))}"
            f" ({size(settings.published_path.stat().st_size)})"
        )
        _published_status(console, settings)
    _private_status(console, settings)
    if settings.data_dir.is_dir() and (exposed := settings.exposed_folders()):
        command = shlex.join(["chmod", "700", *map(str, exposed)])
        console.say(
            "exposed    every user of this machine can read what holds rows as they are delivered, "
            f"yours too; to close it: {escape(command)}"
        )
    console.say(f"resources  {escape(settings.resources())}")
    holder = lock_holder(settings)
    console.print(f"writer     {escape(str(holder or 'nobody'))}")
    _inbox_status(console, settings)
    if verifies:
        raise typer.Exit(not verify(settings))


def _private_status(console: Screen, settings: Settings) -> None:
    from chokepoint.releases.private_copy import find_private_copy

    path = settings.private_path
    try:
        copy = find_private_copy(settings)
    except ChokepointError as error:
        console.say(f"private    [bold red]damaged:[/] {escape(str(error))}")
        return
    if copy is None:
        console.print("private    none: the last build had no own rows")
        return
    late = "" if copy.is_current else " [yellow]which is not the one published now[/]"
    console.say(
        f"private    {escape(str(path))} ({size(path.stat().st_size)}), your own rows beside those "
        f"of release {escape(copy.release_id)}{late}; not for passing on"
    )


def _inbox_status(console: Screen, settings: Settings) -> None:
    from chokepoint.landing.files.delivery import printable
    from chokepoint.landing.land import still_refused
    from chokepoint.landing.periods import doubt_lines, gap_lines
    from chokepoint.landing.registry import (
        CONTRACTS,
        ignored_inbox_files,
        inbox_files,
        waiting_inbox_files,
    )

    def names(paths: list[Path]) -> str:
        return ", ".join(escape(printable(path.name)) for path in paths)

    delivered, waiting = inbox_files(settings), waiting_inbox_files(settings)
    told = "empty"
    if waiting:
        verb = "file waits" if len(waiting) == 1 else "files wait"
        told = f"{len(waiting)} {verb}: {names(waiting)}"
    elif delivered:
        told = f"nothing waits; landed: {names(delivered)}"
    console.say(f"inbox      {told}")
    if ignored := ignored_inbox_files(settings):
        console.say(f"           not read: {names(ignored)}")
    try:
        lines = [f"gap        {line}" for line in gap_lines(settings, CONTRACTS)]
        lines += [f"doubt      {line}" for line in doubt_lines(settings, CONTRACTS)]
    except ChokepointError as error:
        lines = [f"damaged    {error}"]
    for line in lines:
        console.say(escape(line))
    for path, refused_at in still_refused(settings):
        named = escape(printable(path.name))
        command = escape(f"chokepoint validate {shlex.quote(printable(path))}")
        console.say(
            f"refused    {named} on {refused_at:%Y-%m-%d}: correct or remove it; `{command}` "
            "says what is wrong"
        )


def _published_status(console: Screen, settings: Settings) -> None:
    import duckdb

    from chokepoint.reading.connection import connect_published

    try:
        with connect_published(settings) as con:
            counts = con.execute(
                "select status, count(*) from meta.check_results group by all order by all"
            ).fetchall()
            loud = con.execute(
                "select check_name, relation, observed from meta.check_results"
                " where status in ('warn', 'fail', 'error') order by all"
            ).fetchall()
            freshness = con.execute(
                "select source_id, latest_period, known_on, stale_after, status, quarantined_count"
                " from reports.rpt_source_freshness order by status = 'not delivered', source_id"
            ).fetchall()
            # A file of an earlier version does not say up to which day the law was read.
            with contextlib.suppress(duckdb.CatalogException):
                freshness += con.execute(
                    "select 'law of ' || jurisdiction,"
                    " coalesce('list read to ' || list_read_to, 'list not read'), newest_source_on,"
                    " stale_after, if(current_date > stale_after, 'overdue', 'up to date'), 0"
                    " from meta.law_coverage order by jurisdiction"
                ).fetchall()
    except duckdb.BinderException:
        console.say("sources    not known of a file of an older version: run `make build`")
        return
    except (ChokepointError, duckdb.Error) as error:
        # The rest of the status can still be told.
        console.say(f"[bold red]Damaged:[/] {escape(str(error))}")
        return
    console.print("checks     " + ", ".join(f"{count} {status}" for status, count in counts))
    for name, relation, observed in loud:
        console.say(escape(f"           {name} on {relation}: {observed or ''}"))
    shown = table("source", "latest period", "known on", "due by", "", "kept out")
    for source_id, period, known_on, stale_after, state, kept_out in freshness:
        texts = (escape(str(each or "")) for each in (source_id, period, known_on, stale_after))
        late = f"[yellow]{state}[/]" if state == "overdue" else state
        shown.add_row(*texts, late, "" if state == "not delivered" else str(kept_out))
    console.print()
    console.print(shown)
    console.print()
