"""The `chokepoint` command. Modules are imported where they are used: `--help` must be instant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from chokepoint.cli import briefing, check, commands, find
from chokepoint.cli.options import ANY_WORDS, DataDir, Pause, SendKeyTo, codes_of, settings_of
from chokepoint.console import Screen, escape
from chokepoint.errors import ChokepointError, shortened
from chokepoint.settings import Settings

app = typer.Typer(
    help="An open data warehouse of the EU's strategic dependencies and of export restrictions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
errors = Screen(stderr=True)


def main() -> None:
    """Run the command line: a user's mistake is a message, never a traceback."""
    # A closed stream is one that is empty, or that nobody reads.
    sys.stdin, sys.stdout, sys.stderr = (
        stream or os.fdopen(os.open(os.devnull, os.O_RDWR), "r+")
        for stream in (sys.stdin, sys.stdout, sys.stderr)
    )
    try:
        try:
            app()
        except SystemExit:
            # Here, so that a fault of the output has its message.
            sys.stdout.flush()
            raise
    except ChokepointError as error:
        from chokepoint.errors import MachineFaultError

        # A mistake is answered before anything is touched; a fault of the machine is met midway.
        rest = f"\n{_standing()}" if isinstance(error, MachineFaultError) else ""
        errors.say(f"[bold red]Error:[/] {escape(f'{error}{rest}')}")
        sys.exit(2)
    except KeyboardInterrupt:
        errors.say(f"[bold red]Stopped.[/] {escape(_standing())}")
        sys.exit(130)
    except Exception as error:
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Say what went wrong where no one foresaw it; return the exit code. Never raises."""
    from chokepoint.errors import machine_fault

    try:
        if isinstance(error, OSError) and not error.filename:
            # Fails again if it was the output.
            print(flush=True)
    except OSError as fault:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(fault, BrokenPipeError):
            # Whoever read the output (`| head`) has seen enough.
            return 0
        errors.say(
            f"[bold red]Error:[/] The output cannot be written: {fault.strerror}.\n"
            "  What to do: free space where it goes, or send it elsewhere."
        )
        return 2
    message = shortened(str(error).partition("\n")[0], 2000)
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
    settings: DataDir,
    timings: Annotated[
        bool, Option("--timings", help="Show where the time goes, next to a plain `dbt build`.")
    ] = False,
    full: Annotated[
        bool, Option("--full", help="Build everything again, not only what changed.")
    ] = False,
    verify: Annotated[
        bool, Option("--verify", help="Read every row first, to find changes made by hand.")
    ] = False,
    explain: Annotated[
        bool, Option("--explain", help="List what is new and would be built; build nothing.")
    ] = False,
) -> None:
    """Land, model, check and publish everything that is new."""
    from chokepoint.cli import build as building

    if explain:
        raise typer.Exit(building.explain(settings))
    raise typer.Exit(building.run(settings, timings=timings, full=full, verify=verify))


app.command()(commands.land)


@app.command("import")
def import_(
    settings: DataDir,
    paths: Annotated[list[Path], Argument(metavar="FILE...", help="Workbooks or CSV.")],
    table: Annotated[str, Option(help="Table that the file holds; default: by its columns.")] = "",
    mapping: Annotated[
        Path | None, Option(help="Mapping file; default: the last, or a new one.")
    ] = None,
    as_of: Annotated[str, Option(help="Day of its figures, YYYY-MM-DD.")] = "",
    graph: Annotated[str, Option(help="Name of your supply graph.")] = "",
    encoding: Annotated[str, Option(help="Encoding of a text file.")] = "",
    yes: Annotated[
        bool, Option("--yes", help="Land what is understood; open questions stay open.")
    ] = False,
) -> None:
    """Bring in your own spreadsheets. Stock, parts, suppliers, orders, licences, cases."""
    from chokepoint.cli import imports

    code = imports.run(
        settings, paths, table_name=table, mapping_path=mapping, as_of=as_of,
        graph_id=graph, encoding=encoding, yes=yes,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def template(
    table: Annotated[str, Argument(help="A table, for example stock_positions.")],
    format_: Annotated[str, Option("--format", help="xlsx or csv.")] = "xlsx",
    output: Annotated[Path | None, Option(help="File to write.")] = None,
) -> None:
    """Write an empty table for your own data. It has lists of values, explanations, an example."""
    from chokepoint.cli import imports

    raise typer.Exit(imports.template(settings_of(""), table, format_, output))


@app.command()
def forget(
    settings: DataDir,
    file: Annotated[str, Argument(help="Name of a file that you landed or imported.")],
) -> None:
    """Remove one of your own files and all made from it. In landing, logs and private copy."""
    from chokepoint.cli import imports

    raise typer.Exit(imports.forget(settings, file))


app.command()(commands.download)


@app.command()
def update(
    settings: DataDir,
    plan: Annotated[
        bool, Option("--plan", help="Show what is due and what it costs; fetch nothing.")
    ] = False,
    profile: Annotated[str, Option(help="What to fetch: listed, or everything.")] = "listed",
    source: Annotated[str, Option(help="Sources, separated by commas; default: all.")] = "",
    codes: Annotated[str, Option(help="Listed codes, or their first digits; default: all.")] = "",
    months: Annotated[
        int | None, Option(min=1, max=480, help="Months; default: by profile.")
    ] = None,
    fetch_only: Annotated[
        bool, Option("--fetch-only", help="Fetch and land; build nothing.")
    ] = False,
    base_url: Annotated[
        str | None, Option(help="Another host; its data are never published.")
    ] = None,
    send_key_to: SendKeyTo = None,
    pause: Pause = None,
    format_: Annotated[str, Option("--format", help="Of the plan: table or json.")] = "table",
) -> None:
    """Bring the data up to date. Fetches what is due, builds, publishes, reports what changed."""
    from chokepoint.cli import update as updating
    from chokepoint.landing.download.plan import make_plan

    made = make_plan(
        settings, profile=profile, sources=codes_of(source), codes=codes_of(codes), months=months
    )
    if plan:
        raise typer.Exit(updating.show_plan(made, format_))
    code = updating.run(
        settings, made, base_url=base_url, send_key_to=send_key_to, pause=pause,
        fetches_only=fetch_only,
    )  # fmt: skip
    raise typer.Exit(code)


app.command()(commands.validate)

law_app = typer.Typer(
    help="Enter acts, clauses, items and relations. See docs/using/law-tables.md.",
    no_args_is_help=True,
)
app.add_typer(law_app, name="law")


@law_app.command("add")
def law_add(
    source: Annotated[
        Path | None, Option("--from", help="A draft in YAML; default: asks field by field.")
    ] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    yes: Annotated[bool, Option("--yes", help="Write without asking.")] = False,
) -> None:
    """Check new rows of the law, show which states change, and write them."""
    from chokepoint.cli import law

    raise typer.Exit(law.add(settings_of(""), source, dry_run=dry_run, yes=yes))


@law_app.command("confirm")
def law_confirm(
    name: Annotated[str, Argument(metavar="ID", help="An act, or one row.")],
    by: Annotated[str, Option(help="Initials of the second reader.")],
) -> None:
    """Record who read an added row a second time."""
    from chokepoint.cli import law

    law.confirm(settings_of(""), name, by)


@law_app.command("template")
def law_template() -> None:
    """Print a draft to fill in."""
    from chokepoint.cli import law

    law.template()


app.command()(commands.publish)
release_app = typer.Typer(invoke_without_command=True)
app.add_typer(release_app, name="release")
release_app.callback()(commands.release)
release_app.command("list")(commands.release_list)
release_app.command("show")(commands.release_show)
release_app.command("diff")(commands.release_diff)
release_app.command("errata")(commands.release_errata)
release_app.command("figure")(commands.release_figure)
app.command()(check.check)
app.command()(commands.status)
app.command(context_settings=ANY_WORDS)(commands.query)
app.command()(find.find)


@app.command()
def cases(
    settings: DataDir,
    sheet: Annotated[str, Option(help="Form of the file: xlsx, csv or md.")],
    fields: Annotated[
        str | None, Option(help="Fields besides the application number, with commas.")
    ] = None,
    authority: Annotated[str | None, Option(help="Authority, if your cases have several.")] = None,
    only: Annotated[
        str | None, Option("--cases", help="Only these cases or applications, with commas.")
    ] = None,
    output: Annotated[
        Path | None, Option(help="File; default: sheets/ next to the private copy.")
    ] = None,
    yes: Annotated[bool, Option("--yes", help="Write without asking; needs --fields.")] = False,
) -> None:
    """Write the sheet of your open cases for an authority. Shows first what it will contain."""
    from chokepoint.cli import cases as module

    chosen = None if fields is None else codes_of(fields)
    raise typer.Exit(
        module.write_sheet(
            settings, sheet, chosen, authority=authority,
            cases=codes_of(only) if only else (), output=output, yes=yes,
        )
    )  # fmt: skip


app.command(context_settings=ANY_WORDS)(commands.metric)


@app.command(hidden=True, context_settings={"ignore_unknown_options": True})
def plot(_: Annotated[list[str] | None, Argument(hidden=True)] = None) -> None:
    """Gone: each chart of the site is an SVG and a PNG."""
    raise ChokepointError(
        "`chokepoint plot` is gone: each chart of the site is an SVG and a PNG.",
        "run `chokepoint dashboard`; stock and tiers are on exposure-sample.html, or with --private"
        " on your own pages.",
    )


app.command()(commands.dashboard)
app.command()(commands.feeds)

spark_app = typer.Typer(
    help="Build the same models on Apache Spark. See docs/using/scale.md.", no_args_is_help=True
)
app.add_typer(spark_app, name="spark")


@spark_app.command("build", context_settings=ANY_WORDS)
def spark_build(
    settings: DataDir,
    context: typer.Context,
) -> None:
    """Build seeds and models on Spark from landed data; other options go to dbt."""
    from chokepoint.spark import engine

    raise typer.Exit(engine.build(settings, context.args))


@spark_app.command("compare")
def spark_compare(settings: DataDir) -> None:
    """Compare every mart on Spark with DuckDB's, row by row."""
    from chokepoint.spark import engine

    results = engine.compare(settings)
    for result in results:
        for fault in result.faults:
            typer.echo(f"{result.name}: {fault}")
    equal = [result for result in results if not result.faults]
    rows = sum(result.rows for result in equal)
    typer.echo(f"{len(equal)} of {len(results)} marts are equal, {rows:,} rows.")
    raise typer.Exit(int(len(equal) < len(results)))


@spark_app.command("fetch")
def spark_fetch(settings: DataDir) -> None:
    """Copy Spark's tables into the DuckDB warehouse, for reports and publishing."""
    from chokepoint.spark import engine

    count = engine.fetch(settings)
    typer.echo(f"{count} tables of Spark are in the warehouse; publish them: docs/using/scale.md.")


@app.command(hidden=True, context_settings={"ignore_unknown_options": True})
def synthetic(_: Annotated[list[str] | None, Argument(hidden=True)] = None) -> None:
    """Gone: the bundled samples are files."""
    raise ChokepointError(
        "`chokepoint synthetic` is gone: the bundled samples are files, in seeds/deliveries.",
        "make others with `.venv/bin/python -m tools.samples SAMPLE` in a clone of the project.",
    )


app.command()(commands.brief)
app.command()(briefing.briefing)


@app.command()
def mcp(
    settings: DataDir,
    http: Annotated[
        bool, Option("--http", help="Serve on 127.0.0.1 instead of standard input.")
    ] = False,
    port: Annotated[int, Option(min=0, max=65535, help="Port for --http; 0: a free one.")] = 8765,
    private: Annotated[
        bool, Option("--private", help="Answer from the private copy; not with --http.")
    ] = False,
    seconds: Annotated[float, Option(min=0.1, max=600, help="Longest time for an answer.")] = 10,
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
    settings: DataDir,
    port: Annotated[int, Option(min=1, max=65535, help="Port of the web page.")] = 3000,
    host: Annotated[str, Option(help="Address it listens on.")] = "127.0.0.1",
) -> None:
    """Open Dagster's web page. Assets, checks, runs, the schedule and the inbox sensor."""
    from chokepoint.cli import build as building

    building.dev(settings, host, port)


app.command()(commands.docs)
