"""The commands that need no Dagster: land, download, validate, status, query, brief and others."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import json
import math
import re
import shlex
import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from chokepoint.cli.answers import cell, print_answer
from chokepoint.cli.options import (
    Address,
    AsOf,
    Encoding,
    Format,
    KnownOn,
    Pause,
    Private,
    Release,
    SendKeyTo,
    Source,
    codes_of,
)
from chokepoint.console import Screen, disarmed, escape, open_console, size, table, write_file
from chokepoint.errors import MOST_SHOWN, ChokepointError, listed, shortened
from chokepoint.locks import lock_holder, writer_lock
from chokepoint.settings import Settings, glob_escape, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chokepoint.reading.metrics import Answer
    from chokepoint.reading.queries import Query, QueryResult
    from chokepoint.warehouse.law_check import PlacedFault

FORMATS = ("table", "csv", "json")
BRIEF_FORMATS = ("table", "markdown", "csv", "json")
# Question that the brief asks.
BRIEF_QUERY = "a15_monday_brief"
# Word for the tables of the law where a source is named.
LAW = "measures"
# Letters of a link that a terminal shows.
_LINK_WIDTH = 24


def land(
    settings: Settings,
    path: Annotated[
        Path | None, Argument(help="A producer's file; default: bundled files and inbox.")
    ] = None,
    source: Source = None,
    encoding: Encoding = None,
    known_on: Annotated[
        str | None, Option(help="Day on which the delivery became known; default: today.")
    ] = None,
    withdraw: Annotated[
        str | None, Option(help="Withdraw a landed delivery: its vintage or file name.")
    ] = None,
) -> None:
    """Convert files to typed Parquet. Rows that break the contract go to quarantine."""
    if withdraw is not None:
        if path or encoding or known_on:
            raise ChokepointError(
                "--withdraw goes with --source only.", "give the vintage or file name, no PATH."
            )
        _withdraw(settings, withdraw, source)
        return
    from chokepoint.landing.land import land as land_file
    from chokepoint.landing.land import land_all, land_bundled
    from chokepoint.landing.registry import CONTRACTS, check_known_on, default_known_on, identify

    console = open_console()
    told = day_of("--known-on", known_on)
    day = check_known_on(told) if told else default_known_on()
    with writer_lock(settings, "land"):
        if path is None:
            reports = land_all(settings, only=[source] if source else None)
        else:
            _require_file(path)
            source_id = identify(path, source, encoding)
            # First, so that the file is compared with what it would replace.
            land_bundled(settings, source_id)
            reports = [
                land_file(path, CONTRACTS[source_id], settings, known_on=day, encoding=encoding)
            ]
    shown = table(
        "source", "file", "status", "periods", "rows", "kept out", "s",
        right=("rows", "kept out", "s"),
    )  # fmt: skip
    for report in reports:
        shown.add_row(
            report.source_id,
            escape(report.file_name),
            report.status,
            _span(report.periods),
            f"{report.rows_landed:,}",
            f"{report.rows_quarantined:,}",
            f"{report.seconds:.1f}",
        )
    console.print(shown)
    if path is not None and (late := reports[0]).superseded_periods:
        console.say(
            f"{late.status}, but not current for {_span(late.superseded_periods)}: a later vintage "
            f"({', '.join(late.superseding_vintages)}) is"
        )
    for report in reports:
        for reason, count in report.rows_left_out.items():
            console.say(f"{report.file_name}: {count:,} rows left out: {reason}", markup=False)
        for note in report.notes:
            console.say(f"{report.file_name}: {note}", markup=False)
    if any(report.rows_quarantined for report in reports):
        console.say(
            "Rows kept out are listed in meta.quarantined_rows of the next release (your own "
            "only in the private copy), and by `chokepoint validate PATH`."
        )


def _withdraw(settings: Settings, vintage: str, source: str | None) -> None:
    """Take a landed delivery back and say what follows."""
    from chokepoint.landing.land import withdraw as withdraw_delivery

    console = open_console()
    with writer_lock(settings, "land"):
        said = withdraw_delivery(settings, vintage, source)
    for line in said:
        console.say(escape(line))
    console.print("The next `make build` reads what had landed before it.")


def download(
    source: Annotated[str, Argument(help="Source id, for example comext_bulk_monthly.")],
    first: Annotated[str, Option("--from", help="First month (YYYY-MM) or year (YYYY).")],
    last: Annotated[str, Option("--to", help="Last month or year, included.")],
    settings: Settings,
    into: Annotated[
        Path | None, Option(help="Folder; default: the inbox in the data folder.")
    ] = None,
    products: Annotated[str, Option(help="Product codes, separated by commas.")] = "",
    reporters: Annotated[str, Option(help="ISO alpha-3 codes, separated by commas.")] = "",
    base_url: Annotated[str | None, Option(help="A mirror that serves the same paths.")] = None,
    send_key_to: SendKeyTo = None,
    checksum_file: Annotated[
        Path | None, Option(help="The producer's list of checksums, if it has one.")
    ] = None,
    pause: Pause = None,
    most_gigabytes: Annotated[
        float, Option(min=0.001, help="Give up files larger than this.")
    ] = 50,
    least_rate: Annotated[
        float, Option(min=0, help="Give up files slower than this, bytes a second.")
    ] = 1000,
) -> None:
    """Download a producer's files. A broken download resumes; `land` or `build` reads the files."""
    from chokepoint.landing.download import fetch as downloads
    from chokepoint.landing.download.addresses import Wanted, check_wanted, periods, producer_of
    from chokepoint.landing.download.display import DownloadDisplay
    from chokepoint.landing.download.parts import STATE_FOLDER, SUMS_FILE
    from chokepoint.landing.download.transfer import Manners

    producer = producer_of(source)
    wanted = Wanted(codes_of(products), codes_of(reporters))
    chosen = periods(producer, first, last, datetime.now(UTC).date())
    check_wanted(producer, wanted)
    checksums = {}
    if checksum_file is not None:
        _require_file(checksum_file)
        text = checksum_file.read_text(encoding="utf-8", errors="replace")
        checksums = downloads.read_checksums(text, str(checksum_file))
    requests = [one for period in chosen for one in producer.requests(period, wanted)]
    folder = into or settings.inbox_dir
    if into is None:
        make_private_folder(folder)
    console = open_console()
    with DownloadDisplay(console) as display:
        fetched = downloads.download(
            producer,
            requests,
            into=folder,
            base_url=base_url,
            send_key_to=send_key_to,
            checksums=checksums,
            manners=Manners(
                pause_seconds=pause,
                most_bytes=int(most_gigabytes * (1 << 30)),
                least_rate=least_rate,
            ),
            listener=display,
        )
    shown = table("period", "file", "status", "size", "SHA-256", right=("size",))
    for one in fetched:
        shown.add_row(
            one.period,
            escape(one.file_name),
            one.status,
            size(one.size_bytes) if one.size_bytes else "",
            one.sha256,
        )
    console.print(shown)
    for one in fetched:
        if one.note:
            console.say(escape(f"{one.file_name}: {one.note}"))
    if any(one.sha256 for one in fetched):
        sums = folder / STATE_FOLDER / SUMS_FILE
        console.say(escape(f"Checksums of what was fetched: {sums}"))
    raise typer.Exit(any(one.is_trouble for one in fetched))


def validate(
    settings: Settings,
    what: Annotated[
        list[str],
        Argument(metavar="[SOURCE] PATH", help="A producer's file, or `measures` and a law table."),
    ],
    source: Source = None,
    encoding: Encoding = None,
) -> None:
    """Check a file against its contract and list its faults. Nothing is landed."""
    # Read as landing would, into a throw-away folder.
    from chokepoint.landing.land import land as land_file
    from chokepoint.landing.land import land_bundled
    from chokepoint.landing.refusals import DeliveryRefusedError
    from chokepoint.landing.registry import CONTRACTS, default_known_on, identify
    from chokepoint.releases.files import owned_folder

    named = [*what[:-1], *filter(None, [source])]
    if len(named) > 1:
        raise ChokepointError(
            f"One file is checked at a time, of one source: {' '.join(what)!r} names more.",
            "give the source once, then the path.",
        )
    path, source = Path(what[-1]), named[0] if named else None
    _require_file(path)
    law_table = settings.project_dir / "seeds" / "measures" / path.name
    if source == LAW or (source is None and law_table.is_file()):
        raise typer.Exit(_validate_law(settings, path, encoding))
    source_id = identify(path, source, encoding)
    console = open_console()
    with owned_folder(settings.data_dir / "tmp", ".validate") as folder:
        scratch = replace(settings, data_dir=folder)
        refused: ChokepointError | None = None
        rows, notes = 0, []
        if CONTRACTS[source_id].part_columns:
            # Parts that the file lacks show only beside what has landed.
            for part in (source_id, f"_manifest/{source_id}"):
                if (settings.landing_dir / part).is_dir():
                    shutil.copytree(settings.landing_dir / part, scratch.landing_dir / part)
            land_bundled(scratch, source_id)
        try:
            report = land_file(
                path, CONTRACTS[source_id], scratch, known_on=default_known_on(), encoding=encoding
            )
            rows, notes = report.rows_landed, report.notes
        except DeliveryRefusedError as error:
            refused = error
        faults = read_faults(scratch.landing_dir, path.name)
    for note in notes:
        console.say(escape(f"{path}: {note}"))
    if not faults and refused is None:
        console.print(f"{escape(str(path))}: {source_id}, {rows:,} rows, no faults")
        return
    show_faults(console, faults)
    if refused is not None:
        _print_refused(console, refused, first_line_only=bool(faults))
    else:
        console.say(
            f"{escape(str(path))}: {source_id}, {rows:,} rows would land, "
            f"{len(faults):,} fault{'' if len(faults) == 1 else 's'} would be kept out"
        )
    raise typer.Exit(1)


def read_faults(landing_dir: Path, file_name: str) -> list[tuple[Any, ...]]:
    """Rows of one file that were kept out of a landing folder, and why it was refused.

    Line, where in the file (member of an archive, sheet or cell of a workbook), column, value,
    reason, remedy.
    """
    import duckdb

    files = [glob_escape(str(file)) for file in (landing_dir / "_quarantine").rglob("*.parquet")]
    if not files:
        return []
    with duckdb.connect() as con:
        return con.execute(
            "select line_number, substr(file_name, length(?) + 2), column_name, value,"
            " reason, remedy"
            " from read_parquet(?, union_by_name = true) order by file_name, line_number",
            [file_name, files],
        ).fetchall()


def show_faults(console: Screen, faults: list[tuple[Any, ...]], *where: str) -> None:
    """Print the first faults as a table.

    where  headings of the columns before column, value, reason and remedy: line, part of the file
    """
    if not faults:
        return
    where = where or ("line", "in")
    if where[1:] and not any(fault[1] for fault in faults):
        where = where[:1]
        faults = [(line, *fault) for line, _, *fault in faults]
    shown = table(*where, "column", "value", "reason", "what to do", right=("line",))
    for fault in faults[:MOST_SHOWN]:
        shown.add_row(
            *("" if value is None else escape(shortened(str(value), 400)) for value in fault)
        )
    console.print(shown)
    if len(faults) > MOST_SHOWN:
        console.print(f"and {len(faults) - MOST_SHOWN:,} more")


def _validate_law(settings: Settings, path: Path, encoding: str | None) -> int:
    """Check a table of the law by the rules of the build; return 0 without faults, else 1."""
    from chokepoint.landing.refusals import DeliveryRefusedError
    from chokepoint.warehouse.law_check import check_law

    if encoding is not None:
        raise ChokepointError("A table of the law is UTF-8.", "save it so, without --encoding.")
    console = open_console()
    try:
        report = check_law(settings, path)
    except DeliveryRefusedError as error:
        for fault in error.faults[1:MOST_SHOWN]:
            console.say(escape(fault.describe(str(path))))
        _print_refused(console, error)
        return 1
    said = f"{escape(str(path))}: {report.table_name}, {report.row_count:,} rows"
    if not report.faults and not report.elsewhere:
        console.print(f"{said}, no faults")
        return 0
    caused = "" if report.is_bundled else "caused in "
    rows = law_faults(settings, report.faults)
    show_faults(console, rows + law_faults(settings, report.elsewhere, caused), "where")
    console.say(
        f"{said}, {len(report.faults):,} faults, and {len(report.elsewhere):,} in other tables: "
        "a build would stop"
    )
    return 1


def law_faults(
    settings: Settings, faults: Iterable[PlacedFault], said: str = ""
) -> list[tuple[Any, ...]]:
    """Faults of the law as `show_faults` takes them: where, column, value, reason, remedy."""
    return [
        (f"{said}{near(settings, one.path)}:{one.line_number}",
         one.column_name, one.value, one.reason, one.remedy)
        for one in faults
    ]  # fmt: skip


def near(settings: Settings, path: Path) -> str:
    """A path as the user would type it in the checkout."""
    if path.is_absolute() and path.is_relative_to(settings.project_dir):
        return str(path.relative_to(settings.project_dir))
    return str(path)


def _print_refused(
    console: Screen, error: ChokepointError, *, first_line_only: bool = False
) -> None:
    what = error.what.splitlines()[0] if first_line_only else str(error)
    console.say(f"[bold red]Would be refused:[/] {escape(what)}")


def publish(
    settings: Settings,
    rollback: Annotated[
        bool, Option("--rollback", help="Return to the previous release, or to RELEASE.")
    ] = False,
    release: Annotated[str | None, Argument(help="With --rollback: a release id.")] = None,
    list_: Annotated[bool, Option("--list", help="List the releases that are kept.")] = False,
    keep: Annotated[int | None, Option(help="Remove all but the newest releases.")] = None,
    as_is: Annotated[
        bool, Option("--as-is", help="Release even what was not checked; every page says so.")
    ] = False,
) -> None:
    """Release what the warehouse holds. Or go back to an earlier release."""
    if sum((rollback, list_, keep is not None, as_is)) > 1:
        raise ChokepointError(
            "--rollback, --list, --keep and --as-is exclude each other.", "give one."
        )
    if release and not rollback:
        raise ChokepointError(
            f"Without --rollback there is nothing to do with {release!r}.", "add --rollback."
        )
    if rollback or list_ or keep is not None:
        releases(settings, rollback=rollback, to=release, keep=keep)
        return
    from chokepoint.cli import build

    raise typer.Exit(build.run(settings, job="publish", as_is=as_is))


def releases(settings: Settings, *, rollback: bool, to: str | None, keep: int | None) -> None:
    """Go back, clean up, or (neither) only list; end with the list of releases."""
    from chokepoint.releases import published

    console = open_console()
    if rollback or keep is not None:
        with writer_lock(settings, "publish"):
            if rollback:
                console.print(f"Published again: {escape(published.rollback(settings, to))}")
            if keep is not None:
                removed = published.prune(settings, keep)
                console.print(f"Removed: {escape(', '.join(removed)) or 'nothing'}")
    current = published.current_release(settings)
    shown = table("release", "built (UTC)", "rows", "content", "state", right=("rows",))
    for release in published.list_releases(settings):
        is_current = current is not None and release.release_id == current.release_id
        shown.add_row(
            escape(release.release_id),
            f"{release.built_at:%Y-%m-%d %H:%M}",
            f"{release.row_count:,}",
            release.content_hash[:8],
            "current" if is_current else "withdrawn" if release.is_withdrawn else "",
        )
    if not _say_damaged(console, settings) or shown.row_count:
        console.print(shown if shown.row_count else "No release yet: run `make build`.")


def _say_damaged(console: Screen, settings: Settings) -> bool:
    """Name the releases that cannot be read; whether there are any."""
    from chokepoint.releases.published import damaged_releases

    damaged = damaged_releases(settings)
    for said in damaged:
        console.say(f"[bold red]damaged[/]    {escape(said)}")
    return bool(damaged)


def release(settings: Settings, context: typer.Context = None) -> None:
    """Turn the published build into a numbered release. Or list, show and compare releases."""
    if context is not None and context.invoked_subcommand is not None:
        return
    from chokepoint.releases.numbered import make_numbered

    console = open_console()
    with writer_lock(settings, "release"):
        made = make_numbered(settings)
    since = f", compared with {made.previous}" if made.previous else ""
    console.say(f"Release {made.version}: {made.row_count:,} rows{since}.")
    console.say(escape(str(made.directory)))
    console.print("What is in it, and what moved: `chokepoint release show`.")


def release_errata(
    settings: Settings,
    output: Annotated[
        Path | None, Option(help="Write every corrected figure: .csv or .xml.")
    ] = None,
    address: Address = "",
) -> None:
    """Count the figures that a later release corrected; write them as CSV or as an Atom feed."""
    from chokepoint.releases import errata

    console = open_console()
    if output is not None:
        if output.suffix not in (".csv", ".xml"):
            raise ChokepointError(f"{output} ends in neither .csv nor .xml.", "name it so.")
        is_csv = output.suffix == ".csv"
        text = errata.errata_csv(settings) if is_csv else errata.errata_feed(settings, address)
        write_file(output, text.encode())
        console.say(escape(str(output)))
        return
    shown = table("release", "corrects", "relation", "cause", "figures", right=("figures",))
    for row in errata.counts(settings):
        shown.add_row(*map(str, row[:-1]), f"{row[-1]:,}")
    console.print(
        shown
        if shown.row_count
        else "No figure of a numbered release was corrected by a later one."
    )


def release_figure(
    settings: Settings,
    version: Annotated[str, Argument(help="Version of the release, such as 2026.11.0.")],
    relation: Annotated[str, Argument(help="Published table or view.")],
    column: Annotated[str, Argument(help="Column of the figure.")],
    key: Annotated[str, Option(help='JSON that finds the row: {"period": "2024", ...}.')],
) -> None:
    """Replay a cited figure from the release it names, and say whether it was corrected since."""
    from chokepoint.releases.errata import figure

    console = open_console()
    found = figure(settings, version, relation, column, key)
    console.say(f"[bold]{escape(found.value or 'no value')}[/]")
    console.say(escape(f"{found.relation}.{found.column} of release {version}"))
    if found.description:
        console.say(f"[dim]{escape(found.description)}[/]")
    for later, value in found.corrections:
        console.say(
            f"[bold]Corrected by release {escape(later)}:[/] {escape(value or 'no such figure')}"
        )
    if not found.corrections:
        console.say("No later release that is kept here gives another value.")


def release_list(settings: Settings) -> None:
    """List the numbered releases."""
    from chokepoint.releases.numbered import numbered_folders, read_numbered

    console = open_console()
    shown = table("release", "made (UTC)", "rows", "content", "build", right=("rows",))
    folders = numbered_folders(settings).values()
    for folder in folders:
        try:
            made = read_numbered(folder)
        except ChokepointError as error:
            console.say(f"[bold red]damaged[/]    {escape(str(error))}")
            continue
        shown.add_row(
            made.version,
            f"{made.released_at:%Y-%m-%d %H:%M}",
            f"{made.row_count:,}",
            made.content_hash[:8],
            escape(made.build_id),
        )
    console.print(shown if folders else "No numbered release yet: run `chokepoint release`.")


def release_show(
    settings: Settings,
    version: Annotated[str | None, Argument(help="Version; default: the newest.")] = None,
) -> None:
    """Print the notes of a release."""
    from chokepoint.releases.numbered import find_numbered, latest_numbered

    made = latest_numbered(settings) if version is None else find_numbered(settings, version)
    if made is None:
        raise ChokepointError("There is no numbered release yet.", "run `chokepoint release`.")
    write(made.notes)


def release_diff(
    settings: Settings,
    before: Annotated[str, Argument(help="Version of the older release.")],
    after: Annotated[str, Argument(help="Version of the newer one, or `published`.")],
    cells: Annotated[
        Path | None, Option(help="Write every changed cell and its causes: .csv or .parquet.")
    ] = None,
) -> None:
    """Show what differs between two releases: columns, rows, and figures with their causes."""
    from chokepoint.reading.connection import connect_published
    from chokepoint.releases.numbered import differences, find_numbered

    if cells is not None and cells.suffix not in (".csv", ".parquet"):
        raise ChokepointError(f"{cells} is neither .csv nor .parquet.", "name such a file.")
    older = find_numbered(settings, before).path
    if after == "published":
        connect_published(settings).close()
        newer = settings.published_path
    else:
        newer = find_numbered(settings, after).path
    write(differences(settings, before, older, after, newer, cells))


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
    is_damaged = _say_damaged(console, settings)
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


def verify(settings: Settings) -> bool:
    """Whether there is a release, and files are as SHA256SUMS beside them says: what readers have
    and each release."""
    from chokepoint.releases.numbered import numbered_folders
    from chokepoint.releases.published import current_release, list_releases, unlike_checksums

    console = open_console()
    is_damaged = _say_damaged(console, settings)
    current = current_release(settings)
    kept = [(release.directory, release) for release in list_releases(settings)]
    folders = [(folder, None) for folder in numbered_folders(settings).values()] + kept
    if current is not None:
        folders.insert(0, (settings.published_dir, current))
    found = [(folder, release, list(unlike_checksums(folder))) for folder, release in folders]
    # What readers have now, before another that was not withdrawn.
    whole = [
        one.release_id
        for folder, one, unlike in found
        if one and folder != settings.published_dir and not unlike
        if one == current or not one.is_withdrawn
    ]
    for folder, release, unlike in found:
        if not unlike:
            console.say(f"verified   {escape(str(folder))}")
            continue
        if release is None:
            remedy = "copy it back from where you passed it on, or make the next release"
        elif folder == settings.published_dir:
            back = release.release_id if release.release_id in whole else max(whole, default=None)
            remedy = f"run `chokepoint publish --rollback {back}` or " if back else "run "
            remedy += "`make build`"
        else:
            remedy = "run `make build` for a new release; do not go back to this one"
        console.say(
            f"[bold red]damaged[/]    {escape(str(folder))}: {escape(listed(unlike))} missing or"
            f" not as SHA256SUMS says; {remedy}"
        )
    return current is not None and not is_damaged and not any(unlike for *_, unlike in found)


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
        text = f"           {name} on {relation}: {observed or ''}"
        console.say(escape(text))
    shown = table("source", "latest period", "known on", "due by", "", "kept out")
    for source_id, period, known_on, stale_after, state, kept_out in freshness:
        shown.add_row(
            escape(source_id),
            escape(str(period or "")),
            str(known_on or ""),
            str(stale_after or ""),
            f"[yellow]{state}[/]" if state == "overdue" else state,
            "" if state == "not delivered" else str(kept_out),
        )
    console.print()
    console.print(shown)
    console.print()


def dashboard(
    settings: Settings,
    as_of: AsOf = None,
    output: Annotated[
        Path | None, Option(help="Folder; default: site/ next to the published file.")
    ] = None,
    *,
    private: Private = False,
    release: Release = "",
    address: Address = "",
    pictures: Annotated[bool, Option(help="Each chart as SVG and PNG too.")] = True,
    sql: Annotated[bool, Option(help="The page that runs SQL in the browser.")] = True,
) -> None:
    """Write the static site of the published file. Its pages open without a server."""
    from chokepoint.site.builder import build_site

    built = build_site(
        settings, as_of=day_of("--as-of", as_of), output=output, private=private, release=release,
        address=address, pictures=pictures, sql=sql,
    )  # fmt: skip
    if private:
        _say_private(settings)
    if built.no_sql:
        open_console().say(f"Its SQL page runs no SQL. {escape(built.no_sql)}")
    open_console().say(
        f"{escape(str(built.path / 'index.html'))} ({built.page_count} pages of release"
        f" {escape(built.release_id)}, {built.seconds:.1f} s)"
    )


def feeds(
    output: Annotated[Path, Option(help="Folder to write them into.")],
    settings: Settings,
    as_of: AsOf = None,
    address: Address = "",
) -> None:
    """Write the calendar of the law and the feeds only."""
    from chokepoint.reading.connection import connect_published
    from chokepoint.site.feeds import refuse_foreign, write_all
    from chokepoint.site.site import Site

    day = day_of("--as-of", as_of) or dt.datetime.now(dt.UTC).date()
    refuse_foreign(output)
    with connect_published(settings, config=settings.duckdb_config()) as con:
        made = write_all(Site(con, day, settings, address=address))
    for path, text in made.items():
        write_file(output / path, text.encode())
    open_console().say(f"{escape(str(output))} ({len(made)} files)")


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
    from chokepoint.reading.queries import list_queries, run_query

    check_format(format_, (*FORMATS, "xlsx"))
    if name is None or name.startswith("-"):
        _list(list_queries(settings))
        return
    given = parse_parameters(context.args)
    result = run_query(settings, name, given, private=private, release=release)
    if private:
        _say_private(settings)
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
    console.print(f"[bold]{escape(result.query.title)}[/]")
    if explain and result.query.notes:
        console.print(f"[dim]{escape(result.query.notes)}[/]")
    console.print()
    if not result.rows:
        console.say(disarmed(_no_row(result, given)), markup=False)
        return
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
    console.say(f"[bold]{title}[/]")
    console.say(under_law, markup=False)
    console.print()
    shown = table("", "severity", "kind", "what", "day", "days left", "certainty", "evidence",
                  right=("", "days left"))  # fmt: skip
    for line in lines:
        cells = (line["brief_number"], line["severity"], line["line_kind"], line["headline"],
                 line["event_date"], line["days_left"], line["certainty"],
                 line["evidence_url"])  # fmt: skip
        shown.add_row(*map(cell, cells))
    if console.is_terminal:
        shown.columns[3].overflow = "fold"
        last = shown.columns[-1]
        last.no_wrap, last.overflow, last.max_width = True, "ellipsis", _LINK_WIDTH
    if lines:
        console.say(shown)
    if overdue or nothing:
        console.say(overdue or nothing)


def _days_of(since: str, until: date) -> int:
    """The days that --since names: 30d, or those from a day on."""
    number = re.fullmatch(r"([0-9]{1,4})d", since)
    days = int(number[1]) if number else (until - day_of("--since", since)).days + 1
    if days < 1:
        raise ChokepointError(
            f"--since {since} leaves no day up to {until}.", "write it as in 30d or 2026-01-31."
        )
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
    return f"EU imports under measures in force. {told}"


def brief_markdown(title: str, lines: list[dict[str, Any]], under_law: str, last: str) -> str:
    """The brief as a numbered list: sentence, then severity, certainty, origin and evidence.

    under_law  the sentence above the list
    last       what is said below it, or in place of it
    """
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


def day_of(option: str, text: str | None) -> date | None:
    """The day an option names; ChokepointError if it names none."""
    if text is None:
        return None
    try:
        if len(text) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ChokepointError(
            f"{option} {text!r} is not a day.", f"write it as in {option} 2026-01-31."
        ) from None


def days_asked(as_of: str | None, known_on: str | None) -> tuple[date, date]:
    """The day that is asked about, and the one whose knowledge counts; by default today."""
    today = datetime.now(UTC).date()
    day = day_of("--as-of", as_of) or today
    # A day to come is seen with the knowledge of today.
    known = day_of("--known-on", known_on) or min(day, today)
    if known > today:
        raise ChokepointError(
            f"--known-on {known} is after today, {today}: no one knows yet.",
            "give a day up to today, or leave it out.",
        )
    return day, known


def write(text: str) -> None:
    """To a program as it is, to a terminal as it can be shown."""
    print(disarmed(text) if sys.stdout.isatty() else text, end="")


def _no_row(result: QueryResult, given: dict[str, str]) -> str:
    """Why a query may have found nothing: the values used, what exists, what parameters take."""
    query = result.query
    used = ", ".join(f"{name}={value}" for name, value in given.items())
    lines = [f"no row for {used}" if used else "no row with the query's defaults"]
    lines += result.hints
    if query.parameters:
        lines.append("Parameters:")
        lines += [f"  {_option(p.name)} ({p.type}) {p.help}" for p in query.parameters]
    return "\n".join(lines)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def parse_parameters(arguments: list[str]) -> dict[str, str]:
    """`--valid-on 2026-01-01` or `--valid_on=2026-01-01` -> {"valid_on": "2026-01-01"}."""
    parameters: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or len(word) < 3:
            raise ChokepointError(
                f"{word!r} belongs to no parameter.", "write parameters as --name value."
            )
        name, equals, value = word[2:].partition("=")
        if not equals:
            if not rest:
                raise ChokepointError(f"{word} has no value.", f"write {word} VALUE.")
            value = rest.pop(0)
        name = name.replace("-", "_")
        if name in parameters:
            raise ChokepointError(
                f"{_option(name)} is given twice: {parameters[name]!r} and {value!r}.",
                "give it once.",
            )
        parameters[name] = value
    return parameters


def as_csv(result: QueryResult | Answer) -> str:
    """Rows as CSV with a header; empty for null. Text that a spreadsheet would run gets an
    apostrophe in front; JSON has the values as they are."""
    from chokepoint.releases.csv_cells import csv_text

    return csv_text(result.columns, result.rows)


def as_json(result: QueryResult | Answer) -> str:
    """Rows as a JSON array of objects; dates as ISO text, decimals as numbers.

    JSON has no infinity: an infinite value is the text Infinity.
    """
    rows = [
        {name: _finite(value) for name, value in zip(result.columns, row, strict=True)}
        for row in result.rows
    ]
    return json.dumps(rows, default=_plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _say_private(settings: Settings) -> None:
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
            console.say(
                f"    {_option(parameter.name)} ({parameter.type})  {escape(parameter.help)}"
            )
    console.print("\nRun one with `chokepoint query NAME [--param value ...]`.")


def check_format(format_: str, known: tuple[str, ...]) -> None:
    if format_ not in known:
        raise ChokepointError(
            f"--format {format_!r} is not known.", f"use one of {', '.join(known)}."
        )


def _require_file(path: Path) -> None:
    if path.is_file():
        return
    if path.is_dir():
        raise ChokepointError(
            f"{path} is a folder.",
            "name one of its files; files in the inbox land together, with `chokepoint land` "
            "without a path.",
        )
    beside = [other.name for other in path.absolute().parent.glob("*") if other.is_file()]
    alike = difflib.get_close_matches(path.name, beside)
    found = [str(path.with_name(name)) for name in alike]
    raise ChokepointError(
        f"There is no file {path}.",
        f"check the path; in the same folder there is {' and '.join(found)}."
        if found
        else f"look at the path: it is taken from the folder you are in, {Path.cwd()}."
        if not path.is_absolute()
        else "look at the path, or copy the file into the inbox and run `chokepoint land`.",
    )


def _span(periods: list[str]) -> str:
    if not periods:
        return ""
    return periods[0] if len(periods) == 1 else f"{min(periods)} to {max(periods)}"
