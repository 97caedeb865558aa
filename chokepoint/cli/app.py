"""The `chokepoint` command. Modules are imported where they are used: `--help` must be instant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from chokepoint.console import Screen, escape
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

app = typer.Typer(
    help="An open data warehouse of the EU's strategic dependencies and of export restrictions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
errors = Screen(stderr=True)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder for all output; default: data/."),
]


def main() -> None:
    """Run the command line: a user's mistake is a message, never a traceback."""
    try:
        app()
    except ChokepointError as error:
        from chokepoint.errors import MachineFaultError

        # A mistake is answered before anything is touched; a fault of the machine is met midway.
        rest = f"\n{_standing()}" if isinstance(error, MachineFaultError) else ""
        errors.say(f"[bold red]Error:[/] {escape(f'{error}{rest}')}")
        sys.exit(2)
    except KeyboardInterrupt:
        errors.say(f"[bold red]Stopped.[/] {escape(_standing())}")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the output (`| head`) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Say what went wrong where no one foresaw it; return the exit code. Never raises."""
    from chokepoint.errors import machine_fault

    message = str(error).splitlines()[0] if str(error) else ""
    try:
        settings = Settings.from_env()
        fault = machine_fault(str(error), settings)
    except ChokepointError:
        settings, fault = None, None
    if fault is not None:
        errors.say(f"[bold red]Error:[/] {escape(str(fault))}\n{escape(_standing())}")
        return 2
    text = f"[bold red]Unexpected error:[/] {type(error).__name__}: {escape(message)}\n"
    try:
        from chokepoint.console import save_traceback

        assert settings is not None
        text += f"  The traceback is in {escape(str(save_traceback(settings, error)))}. "
    except (OSError, AssertionError):
        text += "  No traceback was kept: the data folder cannot be written to. "
    errors.say(text + escape(_standing()))
    return 1


def _standing() -> str:
    """What readers have; in an error handler, so it must not fail itself."""
    try:
        from chokepoint.releases.published import standing

        return standing(Settings.from_env())
    except Exception:
        return "What was published before is unchanged."


@app.command()
def build(
    timings: Annotated[
        bool,
        typer.Option("--timings", help="Show where the time goes, next to a plain `dbt build`."),
    ] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Build everything again, not only what changed."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Read every row first, to find changes made by hand."),
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="List what is new and would be built; build nothing."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Land, model, check and publish everything that is new."""
    from chokepoint.cli import build as building

    settings = _settings(data_dir)
    if explain:
        raise typer.Exit(building.explain(settings))
    raise typer.Exit(building.run(settings, timings=timings, full=full, verify=verify))


@app.command()
def land(
    path: Annotated[
        Path | None, typer.Argument(help="A producer's file; default: bundled files and inbox.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Source id; default: recognised by its columns.")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", help="Encoding of the file; default: as before, or UTF-8."),
    ] = None,
    known_on: Annotated[
        str | None,
        typer.Option("--known-on", help="Day on which the delivery became known; default: today."),
    ] = None,
    withdraw: Annotated[
        str | None,
        typer.Option("--withdraw", help="Withdraw a landed delivery: its vintage or file name."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Convert files to typed Parquet. Rows that break the contract go to quarantine."""
    if withdraw is not None:
        if path or encoding or known_on:
            raise ChokepointError(
                "--withdraw goes with --source only.", "give the vintage or file name, no PATH."
            )
        _commands().withdraw(_settings(data_dir), withdraw, source)
        return
    _commands().land(_settings(data_dir), path, source, encoding, known_on)


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Workbooks or CSV.")],
    table: Annotated[
        str, typer.Option("--table", help="Table that the file holds; default: by its columns.")
    ] = "",
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="Mapping file; default: the last, or a new one."),
    ] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="Day of its figures, YYYY-MM-DD.")] = "",
    graph: Annotated[str, typer.Option("--graph", help="Name of your supply graph.")] = "",
    encoding: Annotated[str, typer.Option("--encoding", help="Encoding of a text file.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Land what is understood; open questions stay open.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring in your own spreadsheets. Stock, parts, suppliers, orders, licences, cases."""
    from chokepoint.cli import imports

    code = imports.run(
        _settings(data_dir), paths, table_name=table, mapping_path=mapping, as_of=as_of,
        graph_id=graph, encoding=encoding, yes=yes,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def template(
    table: Annotated[str, typer.Argument(help="A table, for example stock_positions.")],
    format_: Annotated[str, typer.Option("--format", help="xlsx or csv.")] = "xlsx",
    output: Annotated[Path | None, typer.Option("--output", help="File to write.")] = None,
) -> None:
    """Write an empty table for your own data. It has lists of values, explanations, an example."""
    from chokepoint.cli import imports

    raise typer.Exit(imports.template(_settings(None), table, format_, output))


@app.command()
def forget(
    file: Annotated[str, typer.Argument(help="Name of a file that you landed or imported.")],
    data_dir: DataDir = None,
) -> None:
    """Remove one of your own files and all made from it. In landing, logs and private copy."""
    from chokepoint.cli import imports

    raise typer.Exit(imports.forget(_settings(data_dir), file))


@app.command()
def download(
    source: Annotated[str, typer.Argument(help="Source id, for example comext_bulk_monthly.")],
    first: Annotated[str, typer.Option("--from", help="First month (YYYY-MM) or year (YYYY).")],
    last: Annotated[str, typer.Option("--to", help="Last month or year, included.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder; default: the inbox in the data folder.")
    ] = None,
    products: Annotated[
        str, typer.Option("--products", help="Product codes, separated by commas.")
    ] = "",
    reporters: Annotated[
        str, typer.Option("--reporters", help="ISO alpha-3 codes, separated by commas.")
    ] = "",
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="A mirror that serves the same paths.")
    ] = None,
    send_key_to: Annotated[
        str | None,
        typer.Option(
            "--send-key-to", help="Host that may receive your key; default: the producer."
        ),
    ] = None,
    checksum_file: Annotated[
        Path | None,
        typer.Option("--checksum-file", help="The producer's list of checksums, if it has one."),
    ] = None,
    pause: Annotated[
        float | None,
        typer.Option("--pause", min=0, help="Least seconds between requests; default: by source."),
    ] = None,
    most_gigabytes: Annotated[
        float, typer.Option("--most-gigabytes", min=0.001, help="Give up files larger than this.")
    ] = 50,
    least_rate: Annotated[
        float,
        typer.Option("--least-rate", min=0, help="Give up files slower than this, bytes a second."),
    ] = 1000,
    data_dir: DataDir = None,
) -> None:
    """Download a producer's files. A broken download resumes; `land` or `build` reads the files."""
    from chokepoint.cli import commands
    from chokepoint.landing.download.addresses import Wanted

    code = commands.download(
        _settings(data_dir),
        source,
        (first, last),
        Wanted(_codes(products), _codes(reporters)),
        into=into,
        base_url=base_url,
        send_key_to=send_key_to,
        checksum_file=checksum_file,
        pause=pause,
        most_gigabytes=most_gigabytes,
        least_rate=least_rate,
    )
    raise typer.Exit(code)


@app.command()
def update(
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what is due and what it costs; fetch nothing.")
    ] = False,
    profile: Annotated[
        str, typer.Option("--profile", help="What to fetch: listed, or everything.")
    ] = "listed",
    source: Annotated[
        str, typer.Option("--source", help="Sources, separated by commas; default: all.")
    ] = "",
    codes: Annotated[
        str, typer.Option("--codes", help="Listed codes, or their first digits; default: all.")
    ] = "",
    months: Annotated[
        int | None, typer.Option("--months", min=1, max=480, help="Months; default: by profile.")
    ] = None,
    fetch_only: Annotated[
        bool, typer.Option("--fetch-only", help="Fetch and land; build nothing.")
    ] = False,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", help="Another host; its data are never published."),
    ] = None,
    send_key_to: Annotated[
        str | None,
        typer.Option(
            "--send-key-to", help="Host that may receive your key; default: the producer."
        ),
    ] = None,
    pause: Annotated[
        float | None,
        typer.Option("--pause", min=0, help="Least seconds between requests; default: by source."),
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="Of the plan: table or json.")] = "table",
    data_dir: DataDir = None,
) -> None:
    """Bring the data up to date. Fetches what is due, builds, publishes, reports what changed."""
    from chokepoint.cli import update as updating
    from chokepoint.landing.download.plan import make_plan

    settings = _settings(data_dir)
    made = make_plan(
        settings, profile=profile, sources=_codes(source), codes=_codes(codes), months=months
    )
    if plan:
        raise typer.Exit(updating.show_plan(made, format_))
    options = updating.Options(base_url, send_key_to, pause)
    raise typer.Exit(updating.run(settings, made, options, fetches_only=fetch_only))


@app.command()
def validate(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[SOURCE] PATH", help="A producer's file, or `measures` and a law table."
        ),
    ],
    source: Annotated[
        str | None, typer.Option("--source", help="Source id; default: recognised by its columns.")
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", help="Encoding of the file; default: as before, or UTF-8."),
    ] = None,
) -> None:
    """Check a file against its contract and list its faults. Nothing is landed."""
    *named, path = what
    if len(named) + (source is not None) > 1:
        raise ChokepointError(
            f"One file is checked at a time, of one source: {' '.join(what)!r} names more.",
            "give the source once, then the path.",
        )
    source_id = named[0] if named else source
    raise typer.Exit(_commands().validate(_settings(None), Path(path), source_id, encoding))


law_app = typer.Typer(
    help="Enter acts, clauses, items and relations. See docs/using/law-tables.md.",
    no_args_is_help=True,
)
app.add_typer(law_app, name="law")


@law_app.command("add")
def law_add(
    source: Annotated[
        Path | None, typer.Option("--from", help="A draft in YAML; default: asks field by field.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
) -> None:
    """Check new rows of the law, show which states change, and write them."""
    from chokepoint.cli import law

    raise typer.Exit(law.add(_settings(None), source, dry_run=dry_run, yes=yes))


@law_app.command("confirm")
def law_confirm(
    name: Annotated[str, typer.Argument(metavar="ID", help="An act, or one row.")],
    by: Annotated[str, typer.Option("--by", help="Initials of the second reader.")],
) -> None:
    """Record who read an added row a second time."""
    from chokepoint.cli import law

    law.confirm(_settings(None), name, by)


@law_app.command("template")
def law_template() -> None:
    """Print a draft to fill in."""
    from chokepoint.cli import law

    law.template()


@app.command()
def publish(
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Return to the previous release, or to RELEASE.")
    ] = False,
    release: Annotated[str | None, typer.Argument(help="With --rollback: a release id.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the releases that are kept.")] = False,
    keep: Annotated[
        int | None, typer.Option("--keep", help="Remove all but the newest releases.")
    ] = None,
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="Release even what was not checked; every page says so."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Release what the warehouse holds. Or go back to an earlier release."""
    settings = _settings(data_dir)
    if sum((rollback, list_, keep is not None, as_is)) > 1:
        raise ChokepointError(
            "--rollback, --list, --keep and --as-is exclude each other.", "give one."
        )
    if release and not rollback:
        raise ChokepointError(
            f"Without --rollback there is nothing to do with {release!r}.", "add --rollback."
        )
    if rollback or list_ or keep is not None:
        _commands().releases(settings, rollback=rollback, to=release, keep=keep)
        return
    from chokepoint.cli import build as building

    raise typer.Exit(building.run(settings, job="publish", as_is=as_is))


release_app = typer.Typer(invoke_without_command=True)
app.add_typer(release_app, name="release")


@release_app.callback()
def release(context: typer.Context, data_dir: DataDir = None) -> None:
    """Turn the published build into a numbered release. Or list, show and compare releases."""
    if context.invoked_subcommand is not None:
        if data_dir is not None:
            _settings(data_dir)
        return
    _commands().release(_settings(data_dir))


@release_app.command("list")
def release_list(data_dir: DataDir = None) -> None:
    """List the numbered releases."""
    _commands().release_list(_settings(data_dir))


@release_app.command("show")
def release_show(
    version: Annotated[str | None, typer.Argument(help="Version; default: the newest.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Print the notes of a release."""
    _commands().release_show(_settings(data_dir), version)


@release_app.command("diff")
def release_diff(
    before: Annotated[str, typer.Argument(help="Version of the older release.")],
    after: Annotated[str, typer.Argument(help="Version of the newer one, or `published`.")],
    cells: Annotated[
        Path | None,
        typer.Option("--cells", help="Write every changed cell and its causes: .csv or .parquet."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Show what differs between two releases: columns, rows, and figures with their causes."""
    _commands().release_diff(_settings(data_dir), before, after, cells)


@release_app.command("errata")
def release_errata(
    output: Annotated[
        Path | None, typer.Option("--output", help="Write every corrected figure: .csv or .xml.")
    ] = None,
    address: Annotated[
        str, typer.Option("--address", help="Where the site is, for the links of the feed.")
    ] = "",
    data_dir: DataDir = None,
) -> None:
    """Count the figures that a later release corrected; write them as CSV or as an Atom feed."""
    _commands().release_errata(_settings(data_dir), output, address)


@release_app.command("figure")
def release_figure(
    version: Annotated[str, typer.Argument(help="Version of the release, such as 2026.11.0.")],
    relation: Annotated[str, typer.Argument(help="Published table or view.")],
    column: Annotated[str, typer.Argument(help="Column of the figure.")],
    key: Annotated[
        str, typer.Option("--key", help='JSON that finds the row: {"period": "2024", ...}.')
    ],
    data_dir: DataDir = None,
) -> None:
    """Replay a cited figure from the release it names, and say whether it was corrected since."""
    _commands().release_figure(_settings(data_dir), version, relation, column, key)


@app.command()
def check(
    name: Annotated[
        str,
        typer.Argument(metavar="RELATION[.CLAIM]", help="A model or seed, or its claim."),
    ],
    data_dir: DataDir = None,
) -> None:
    """Check the claims of a relation in the warehouse. Exits with 1 if a needed one fails."""
    from chokepoint.cli import check as module

    raise typer.Exit(module.run(_settings(data_dir), name))


@app.command()
def status(
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Compare files with their checksums; exit 1 if not equal."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show what is published and how fresh it is. Also which checks ran and who is writing."""
    settings = _settings(data_dir)
    _commands().status(settings)
    if verify:
        raise typer.Exit(0 if _commands().verify(settings) else 1)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def query(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Name, or its start (a05); without a name: the list.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="table, csv, json or xlsx; csv and json have all rows.")
    ] = "table",
    all_: Annotated[bool, typer.Option("--all", help="All rows, not only the first ten.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Every column.")] = False,
    narrow: Annotated[bool, typer.Option("--narrow", help="80 characters, not 120.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Explain rows and columns.")] = False,
    output: Annotated[Path | None, typer.Option("--output", help="File for --format xlsx.")] = None,
    private: Annotated[
        bool,
        typer.Option("--private", help="Query the private copy, which also has your own rows."),
    ] = False,
    release: Annotated[
        str, typer.Option("--release", help="Ask a numbered release, such as 2026.11.0.")
    ] = "",
    data_dir: DataDir = None,
) -> None:
    """Answer a question of queries/ from the published file. `--param value` sets a parameter."""
    from chokepoint.cli.answers import View

    _commands().query(
        _settings(data_dir), name, list(context.args), format_, private=private, release=release,
        view=View(all_, wide, narrow, explain), output=output,
    )  # fmt: skip


@app.command()
def find(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS...", help="What you look for, in words.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Find the table that has what you look for; each with what a row is and an example."""
    from chokepoint.cli import find as module

    raise typer.Exit(module.run(_settings(data_dir), words or []))


@app.command()
def cases(
    sheet: Annotated[str, typer.Option("--sheet", help="Form of the file: xlsx, csv or md.")],
    fields: Annotated[
        str | None,
        typer.Option("--fields", help="Fields besides the application number, with commas."),
    ] = None,
    authority: Annotated[
        str | None, typer.Option("--authority", help="Authority, if your cases have several.")
    ] = None,
    only: Annotated[
        str | None, typer.Option("--cases", help="Only these cases or applications, with commas.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File; default: sheets/ next to the private copy."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write without asking; needs --fields.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Write the sheet of your open cases for an authority. Shows first what it will contain."""
    from chokepoint.cli import cases as module

    chosen = None if fields is None else _codes(fields)
    raise typer.Exit(
        module.write_sheet(
            _settings(data_dir), sheet, chosen, authority=authority,
            cases=_codes(only) if only else (), output=output, yes=yes,
        )
    )  # fmt: skip


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def metric(
    context: typer.Context,
    names: Annotated[
        str | None, typer.Argument(help="Metric, or several with commas; without a name: the list.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Dimensions to group by, with commas.")
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL; do not run it.")] = False,
    format_: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    data_dir: DataDir = None,
) -> None:
    """Query the published file for metrics by name. `--dimension value` filters them."""
    _commands().metric(_settings(data_dir), names, by, list(context.args), sql=sql, format_=format_)


@app.command(hidden=True, context_settings={"ignore_unknown_options": True})
def plot(_: Annotated[list[str] | None, typer.Argument(hidden=True)] = None) -> None:
    """Gone: each chart of the site is an SVG and a PNG."""
    raise ChokepointError(
        "`chokepoint plot` is gone: each chart of the site is an SVG and a PNG.",
        "run `chokepoint dashboard`; stock and tiers are on exposure-sample.html, or with --private"
        " on your own pages.",
    )


@app.command()
def dashboard(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Day that counts as today; leaves out later knowledge."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Folder; default: site/ next to the published file."),
    ] = None,
    private: Annotated[
        bool,
        typer.Option("--private", help="Use the private copy and add pages on your own rows."),
    ] = False,
    release: Annotated[
        str, typer.Option("--release", help="From a numbered release, such as 2026.11.0.")
    ] = "",
    address: Annotated[
        str, typer.Option("--address", help="Where the site will be put, for citations.")
    ] = "",
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Each chart as SVG and PNG too.")
    ] = True,
    sql: Annotated[
        bool, typer.Option("--sql/--no-sql", help="The page that runs SQL in the browser.")
    ] = True,
    data_dir: DataDir = None,
) -> None:
    """Write the static site of the published file. Its pages open without a server."""
    _commands().dashboard(
        _settings(data_dir), as_of, output, private=private, release=release, address=address,
        pictures=pictures, sql=sql,
    )  # fmt: skip


@app.command()
def feeds(
    output: Annotated[Path, typer.Option("--output", help="Folder to write them into.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day that counts as today; default: today.")
    ] = None,
    address: Annotated[
        str, typer.Option("--address", help="Where the files will be put, for their links.")
    ] = "",
    data_dir: DataDir = None,
) -> None:
    """Write the calendar of the law and the feeds only."""
    _commands().feeds(_settings(data_dir), output, as_of, address)


spark_app = typer.Typer(
    help="Build the same models on Apache Spark. See docs/using/scale.md.", no_args_is_help=True
)
app.add_typer(spark_app, name="spark")


@spark_app.command(
    "build", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def spark_build(context: typer.Context, data_dir: DataDir = None) -> None:
    """Build seeds and models on Spark from landed data; other options go to dbt."""
    from chokepoint.spark import engine

    raise typer.Exit(engine.build(_settings(data_dir), context.args))


@spark_app.command("compare")
def spark_compare(data_dir: DataDir = None) -> None:
    """Compare every mart on Spark with DuckDB's, row by row."""
    from chokepoint.spark import engine

    results = engine.compare(_settings(data_dir))
    for result in results:
        for fault in result.faults:
            typer.echo(f"{result.name}: {fault}")
    equal = [result for result in results if not result.faults]
    rows = sum(result.rows for result in equal)
    typer.echo(f"{len(equal)} of {len(results)} marts are equal, {rows:,} rows.")
    raise typer.Exit(int(len(equal) < len(results)))


@spark_app.command("fetch")
def spark_fetch(data_dir: DataDir = None) -> None:
    """Copy Spark's tables into the DuckDB warehouse, for reports and publishing."""
    from chokepoint.spark import engine

    count = engine.fetch(_settings(data_dir))
    typer.echo(f"{count} tables of Spark are in the warehouse; publish them: docs/using/scale.md.")


@app.command()
def synthetic(
    sample: Annotated[str, typer.Argument(help="What to make: licences, carmaker or cases.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Folder; default: synthetic/ in the data folder."),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option("--parameters", help="Parameters; default: chokepoint/samples/SAMPLE.yml."),
    ] = None,
) -> None:
    """Make a synthetic sample from a seed. Every row is marked as synthetic."""
    _commands().synthetic(_settings(None), sample, output, parameters)


@app.command()
def brief(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Last day of the week; default: today.")
    ] = None,
    known_on: Annotated[
        str | None,
        typer.Option("--known-on", help="Leave out later knowledge; default: as-of, or today."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Days (30d) or a day; default: a week.")
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="table, markdown, csv or json.")
    ] = "table",
    data_dir: DataDir = None,
) -> None:
    """List what is new in a week, as known on a given day. Changes, ends, overdue sources."""
    _commands().brief(_settings(data_dir), as_of, known_on, since, format_)


@app.command()
def briefing(
    place: Annotated[
        str, typer.Option("--for", help="Importing country (DE, DEU, Germany) or EU27.")
    ] = "EU27",
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day of the briefing; default: today.")
    ] = None,
    known_on: Annotated[
        str | None,
        typer.Option("--known-on", help="Day whose knowledge counts; default: as-of, or today."),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", help="markdown, html or pdf; default: as --output ends."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write; default: print it.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write two pages for an importer: acts that name it, what binds it, risks, what to ask."""
    from chokepoint.cli import briefing as module

    module.run(_settings(data_dir), place, as_of, known_on, format_, output)


@app.command()
def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve on 127.0.0.1 instead of standard input.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port for --http; 0: a free one.")
    ] = 8765,
    private: Annotated[
        bool,
        typer.Option("--private", help="Answer from the private copy; not with --http."),
    ] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=600, help="Longest time for an answer.")
    ] = 10,
    data_dir: DataDir = None,
) -> None:
    """Serve the published file to an assistant (Model Context Protocol). Read-only.

    The assistant starts this command itself and talks to it over standard input and output. With
    --http it needs a token: CHOKEPOINT_MCP_TOKEN, or the one printed at the start.
    """
    if private and http:
        raise ChokepointError(
            "--private and --http exclude each other: own rows are not served on a port.",
            "leave one out.",
        )
    settings = _settings(data_dir)
    try:
        from chokepoint.assistant import server
    except ModuleNotFoundError as error:
        raise ChokepointError(
            f"The package {error.name} is not installed.",
            "run `make environment`, or install chokepoint with the extra `assistant`.",
        ) from None
    server.run(settings, private=private, seconds=seconds, http=http, port=port)


@app.command()
def dev(
    port: Annotated[int, typer.Option("--port", help="Port of the web page.")] = 3000,
    host: Annotated[str, typer.Option("--host", help="Address it listens on.")] = "127.0.0.1",
    data_dir: DataDir = None,
) -> None:
    """Open Dagster's web page. Assets, checks, runs, the schedule and the inbox sensor."""
    from chokepoint.cli import build as building

    building.dev(_settings(data_dir), host, port)


@app.command()
def docs(
    data_dir: DataDir = None,
    dbt: Annotated[bool, typer.Option(help="Also write dbt's documentation (10 s).")] = True,
) -> None:
    """Write the check page and dbt's documentation into data/docs/."""
    _commands().docs(_settings(data_dir), with_dbt=dbt)


def _commands() -> ModuleType:
    from chokepoint.cli import commands

    return commands


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.strip() for code in text.split(",") if code.strip()))


def _settings(data_dir: Path | None) -> Settings:
    """Settings of this command; child processes and Dagster read the same from the environment."""
    if data_dir is not None:
        os.environ["CHOKEPOINT_DATA_DIR"] = str(data_dir.expanduser().resolve())
    settings = Settings.from_env()
    os.environ.update(settings.environment())
    return settings
