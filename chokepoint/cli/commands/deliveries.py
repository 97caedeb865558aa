"""Commands on files that come in: land, download and validate."""

from __future__ import annotations

import difflib
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from chokepoint.cli.options import Encoding, Pause, SendKeyTo, Source, codes_of, day_of
from chokepoint.console import Screen, escape, open_console, size, table
from chokepoint.errors import MOST_SHOWN, ChokepointError, shortened
from chokepoint.locks import writer_lock
from chokepoint.settings import Settings, glob_escape, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chokepoint.landing.download.fetch import Fetched
    from chokepoint.landing.land import LandingReport
    from chokepoint.warehouse.law.check import PlacedFault

# Word for the tables of the law where a source is named.
LAW = "measures"


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
    _show_landed(console, reports, is_one=path is not None)


def _show_landed(console: Screen, reports: list[LandingReport], *, is_one: bool) -> None:
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
    if is_one and (late := reports[0]).superseding:
        console.say(
            f"{late.status}, but not current for {_span([*late.superseding])}: a later vintage "
            f"({', '.join(sorted({*late.superseding.values()}))}) is"
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
            manners=Manners(
                pause_seconds=pause,
                most_bytes=int(most_gigabytes * (1 << 30)),
                least_rate=least_rate,
            ),
            listener=display,
        )
    _show_fetched(console, fetched)
    if any(one.sha256 for one in fetched):
        sums = folder / STATE_FOLDER / SUMS_FILE
        console.say(escape(f"Checksums of what was fetched: {sums}"))
    raise typer.Exit(any(one.is_trouble for one in fetched))


def _show_fetched(console: Screen, fetched: list[Fetched]) -> None:
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
            _land_beside(settings, scratch, source_id)
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


def _land_beside(settings: Settings, scratch: Settings, source_id: str) -> None:
    """Parts that a file lacks show only beside what has landed."""
    from chokepoint.landing.land import land_bundled

    for part in (source_id, f"_manifest/{source_id}"):
        if (settings.landing_dir / part).is_dir():
            shutil.copytree(settings.landing_dir / part, scratch.landing_dir / part)
    land_bundled(scratch, source_id)


def read_faults(landing_dir: Path, file_name: str) -> list[tuple[Any, ...]]:
    """Rows of one file that were kept out, or why it was refused: line, where in the file (member,
    sheet or cell), column, value, reason, remedy."""
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
    """Print the first faults as a table; `where` heads the columns before column, value, reason and
    remedy: line, part of the file."""
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
    from chokepoint.warehouse.law.check import check_law

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
