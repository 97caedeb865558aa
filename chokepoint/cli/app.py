"""The `chokepoint` command. Modules are imported where they are used: `--help` must be instant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from chokepoint.cli import briefing, cases, find, law, own_files, update
from chokepoint.cli.commands import brief, deliveries, pages, questions, releasing, status
from chokepoint.cli.options import ANY_WORDS, Private, Program, with_settings
from chokepoint.console import Screen, escape
from chokepoint.errors import ChokepointError, shortened
from chokepoint.settings import Settings

app = typer.Typer(
    cls=Program,
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
    from chokepoint.machine import machine_fault

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
        refused = machine_fault(str(error), settings)
    except ChokepointError:
        settings, refused = None, None
    if refused is not None:
        errors.say(f"[bold red]Error:[/] {escape(str(refused))}\n{escape(_standing())}")
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


@app.callback()
def program(
    data_dir: Annotated[
        str,
        Option(metavar="<path>", show_default=False, help="Folder for all output; default: data/."),
    ] = "",
) -> None:
    if data_dir:
        os.environ["CHOKEPOINT_DATA_DIR"] = str(Path(data_dir).expanduser().resolve())


@app.command()
@with_settings
def build(
    settings: Settings,
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
        building.explain(settings)
        return
    raise typer.Exit(building.run(settings, full=full, verify=verify))


app.command()(with_settings(deliveries.land))


@app.command("import")
@with_settings
def import_(
    settings: Settings,
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


app.command()(with_settings(own_files.template))
app.command()(with_settings(own_files.forget))
app.command()(with_settings(deliveries.download))
app.command()(with_settings(update.update))
app.command()(with_settings(deliveries.validate))

law_app = typer.Typer(
    help="Enter acts, clauses, items and relations. See docs/using/law-tables.md.",
    no_args_is_help=True,
)
app.add_typer(law_app, name="law")
law_app.command("add")(with_settings(law.add))
law_app.command("confirm")(with_settings(law.confirm))
law_app.command("template")(law.template)
app.command()(with_settings(releasing.publish))
release_app = typer.Typer(invoke_without_command=True)
app.add_typer(release_app, name="release")
release_app.callback()(with_settings(releasing.release))
release_app.command("list")(with_settings(releasing.release_list))
release_app.command("show")(with_settings(releasing.release_show))
release_app.command("diff")(with_settings(releasing.release_diff))
release_app.command("errata")(with_settings(releasing.release_errata))
release_app.command("figure")(with_settings(releasing.release_figure))
app.command()(with_settings(status.status))
app.command(context_settings=ANY_WORDS)(with_settings(questions.query))
app.command()(with_settings(find.find))
app.command()(with_settings(cases.cases))
app.command(context_settings=ANY_WORDS)(with_settings(questions.metric))
app.command()(with_settings(pages.dashboard))
app.command()(with_settings(pages.feeds))
app.command()(with_settings(brief.brief))
app.command()(with_settings(briefing.briefing))


@app.command()
@with_settings
def mcp(
    settings: Settings,
    http: Annotated[
        bool, Option("--http", help="Serve on 127.0.0.1 instead of standard input.")
    ] = False,
    port: Annotated[int, Option(min=0, max=65535, help="Port for --http; 0: a free one.")] = 8765,
    private: Private = False,
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
@with_settings
def dev(
    settings: Settings,
    port: Annotated[int, Option(min=1, max=65535, help="Port of the web page.")] = 3000,
    host: Annotated[str, Option(help="Address it listens on.")] = "127.0.0.1",
) -> None:
    """Open Dagster's web page. Assets, checks, runs, the schedule and the inbox sensor."""
    from chokepoint.cli import build as building

    building.dev(settings, host, port)
