"""`chokepoint build`, `publish` and `dev`: Dagster's job `build` without Dagster
(docs/decisions/0022-build-without-dagster.md), whose page sees by itself what was built
(`orchestration.history`)."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint import progress
from chokepoint.checks import blocking
from chokepoint.console import (
    Screen,
    StageDisplay,
    escape,
    log_path,
    open_console,
    output_to,
    size,
    table,
)
from chokepoint.errors import ChokepointError
from chokepoint.locks import bound_to, writer_lock
from chokepoint.machine import machine_fault
from chokepoint.pipeline import unchanged
from chokepoint.releases.published import standing
from chokepoint.settings import make_private_folder
from chokepoint.warehouse.damage import remove_warehouse
from chokepoint.warehouse.project import (
    finish_manifest,
    manifest_is_current,
    prepare_manifest,
    read_project,
    start_worker,
)
from chokepoint.warehouse.runstate import RunState

if TYPE_CHECKING:
    from chokepoint.checks import CheckResult
    from chokepoint.settings import Settings
    from chokepoint.warehouse.due.news import News
    from chokepoint.warehouse.worker import Worker

STAGES = {
    "build": tuple(progress.STAGES),
    "publish": ("start", "candidate", "published_checks", "release"),
}
_LAYERS_OF_CHECKS = ("landing", "dbt", "published")
_LAYERS = ("landing", "seeds", "staging", "intermediate", "marts", "meta", "reports")
_FAILURES_SHOWN = 10


class _StoppedError(Exception):
    """Why there is no release: a message, or the checks that forbid it."""

    def __init__(self, message: str, checks: list[CheckResult] | None = None) -> None:
        super().__init__(message)
        self.message, self.checks = message, checks or []


def run(
    settings: Settings,
    *,
    job: str = "build",
    full: bool = False,
    verify: bool = False,
    as_is: bool = False,
) -> int:
    """Run `build` or `publish` and report; return the exit code: 0 released, 1 not, 130 stopped.
    `full`: take the warehouse away first; `verify`: compare its every row with the ledger; `as_is`:
    publish also what was written since its checks. ChokepointError when another process writes."""
    started = time.perf_counter()
    console = open_console()
    with writer_lock(settings, job):
        inputs = unchanged.inputs_digest(settings) if job == "build" else ""
        if inputs and not full:
            line = unchanged.release_that_stands(settings, inputs)
            # With `verify` all rows are those that the last build left.
            is_known = not verify or manifest_is_current(settings)
            if line and is_known and not (verify and _news(settings, verify=True).due):
                console.say(("Every row is as it was built. " if verify else "") + escape(line))
                return 0
        RunState(settings).clear("unchanged")
        _mend(console, settings, job)
        if full:
            remove_warehouse(settings)
        log = log_path(settings, job)
        try:
            with StageDisplay(console, STAGES[job]) as display, progress.listening(display):
                news = _execute(settings, job, log, verify=verify, as_is=as_is)
        except KeyboardInterrupt:
            # The command line's library would end in silence.
            console.say(f"[bold red]Stopped.[/] {escape(standing(settings))}")
            return 130
        except _StoppedError as stopped:
            _report_failure(console, settings, stopped, log)
            return 1
        seconds = time.perf_counter() - started
        release = _report_success(console, settings, display, seconds, news)
        if news is not None:
            unchanged.remember(settings, inputs, release, asks_for_the_day=news.asks_for_the_day)
    return 0


def _mend(console: Screen, settings: Settings, job: str) -> None:
    """Take away what is damaged and can be made again, and say so."""
    from chokepoint.releases.published import damaged_releases, remove_damaged_published
    from chokepoint.warehouse.damage import remove_abandoned_spill, remove_damaged_warehouse

    if freed := remove_abandoned_spill(settings):
        console.print(f"Removed {size(freed)} that a killed run had left in the temporary folder")
    if job == "build" and (why := remove_damaged_warehouse(settings)):
        console.say(f"The warehouse was damaged and is built anew ({escape(why)})")  # fmt: skip
    for said in damaged_releases(settings):
        console.say(f"[bold red]damaged:[/] {escape(said)}")
    if why := remove_damaged_published(settings):
        console.say(f"The published file was damaged and is put in place again ({escape(why)})")


def explain(settings: Settings) -> None:
    """Say what a build would find new in the project and in what has landed."""
    console = open_console()
    with writer_lock(settings, "explain"):
        prepare_manifest(settings)
        news = _news(settings)
    for line in news.explain():
        console.say(escape(line))


def _news(settings: Settings, *, verify: bool = False) -> News:
    """What is new, by the manifest as it is."""
    from chokepoint.warehouse.due.news import News

    return News.of(settings, read_project(settings).manifest, verify=verify)


def _execute(settings: Settings, job: str, log: Path, *, verify: bool, as_is: bool) -> News | None:
    """Walk the steps of a job, and return what was new; what libraries print goes to `log`."""
    from chokepoint.releases.published import finish_activation

    with ExitStack() as stack:
        with progress.stage("start"):
            # What imports make is not garbage: 0.3 s less without looking for it.
            gc.disable()
            finish_activation(settings)
            # dbt is imported and reads the project on the other core from now on.
            worker = start_worker(settings) if job == "build" else None
            if worker is not None:
                stack.callback(worker.close)
            stack.enter_context(output_to(log))
            if worker is not None and not manifest_is_current(settings):
                # What cannot be read is told before anything has landed.
                finish_manifest(settings, worker)
            gc.freeze()
            gc.enable()
        try:
            return _walk(settings, worker, verify=verify, as_is=as_is)
        except _StoppedError:
            raise
        except ChokepointError as error:
            raise _StoppedError(str(error)) from error
        except Exception as error:
            traceback.print_exc()
            first: BaseException = error
            while first.__cause__ is not None:
                first = first.__cause__
            said = "".join(traceback.format_exception_only(first)).strip()
            raise _StoppedError(said) from first


def _walk(settings: Settings, worker: Worker | None, *, verify: bool, as_is: bool) -> News | None:
    """One step after the other, until a check forbids the next; without a worker the last three."""
    from chokepoint.landing.registry import CONTRACTS
    from chokepoint.pipeline import steps

    news = None
    if worker is not None:
        steps.land(settings, list(CONTRACTS))
        _stop_at(steps.check_landed(settings))
        models = steps.build_models(settings, worker, verify=verify)
        _stop_at(models.failed)
        if models.message:
            raise _StoppedError(models.message)
        news = models.news
    else:
        # What is not there to be published needs no look at the project.
        RunState(settings).require_complete(as_is=as_is)
        prepare_manifest(settings)
    steps.make_candidate(settings, as_is=as_is)
    _stop_at(steps.check_candidate(settings))
    _, removed = steps.make_release(settings)
    if removed:
        print(f"removed old releases: {', '.join(removed)}")
    return news


def _stop_at(results: list[CheckResult]) -> None:
    if failed := blocking(results):
        raise _StoppedError("", failed)


def dev(settings: Settings, host: str, port: int) -> None:
    """Become `dagster dev` on this project, with its history in data/dagster."""
    # Dagster would say so only after its address was printed.
    bound_to(host, port).close()
    make_private_folder(settings.dagster_home)
    home = settings.dagster_home.resolve()
    shutil.copyfile(settings.project_dir / "dagster.yaml", home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(home)
    dagster = str(Path(sys.executable).with_name("dagster"))
    if not (home / "history").is_dir():
        # The page is several processes. Those that make its tables at once spoil them for good.
        subprocess.run([dagster, "instance", "migrate"], capture_output=True, check=False)
    if not manifest_is_current(settings):
        with writer_lock(settings, "dev"):
            prepare_manifest(settings)
    print(f"Dagster on http://{host}:{port} (usable in about 15 s; stop with Ctrl-C)", flush=True)
    os.chdir(settings.project_dir)
    os.execv(dagster, [dagster, "dev", "-h", host, "-p", str(port)])


# --- failure ------------------------------------------------------------------------------------


def _report_failure(console: Screen, settings: Settings, stopped: _StoppedError, log: Path) -> None:
    message, failed = stopped.message, stopped.checks
    console.print()
    said = [message, *(check.observed or "" for check in failed if check.status == "error")]
    fault = next(filter(None, (machine_fault(text, settings, "the build") for text in said)), None)
    if fault is not None:
        # The same fault in the words of each check that met it would only hide it.
        message, failed = str(fault), []
    if message:
        console.say(f"[bold red]Failed:[/] {escape(message)}")
    if failed:
        count = f"{len(failed)} checks" if len(failed) > 1 else "One check"
        console.print(f"[bold red]{count} failed:[/]")
        for check in failed[:_FAILURES_SHOWN]:
            console.say(describe(check))
        if len(failed) > _FAILURES_SHOWN:
            console.print(f"  and {len(failed) - _FAILURES_SHOWN} more")
    console.say(f"\n{escape(standing(settings))}\nLog: {escape(str(log))}")


def describe(check: CheckResult) -> str:
    """A check that does not hold: what was seen and asked, why it matters, and rows."""
    lines = [
        f"  [bold]{escape(check.check_name)}[/] on {escape(check.relation)}",
        f"    seen: {escape(check.observed or check.status)}",
        f"    asked: {escape(check.expected or '')}",
        f"    why it matters: {escape(check.reason)}",
    ]
    if check.failing_sample:
        rows = json.loads(check.failing_sample)
        lines += [f"    row: {escape(json.dumps(row, ensure_ascii=False))}" for row in rows[:3]]
    return "\n".join(lines)


# --- success ------------------------------------------------------------------------------------


def _report_success(
    console: Screen, settings: Settings, display: StageDisplay, seconds: float, news: News | None
) -> str:
    """Tell what was built, and return the release's name."""
    from chokepoint.landing.periods import doubt_lines, gap_lines
    from chokepoint.landing.registry import CONTRACTS
    from chokepoint.releases.private_copy import find_private_copy
    from chokepoint.releases.published import current_release

    release = current_release(settings)
    assert release is not None
    own = find_private_copy(settings)
    for line in gap_lines(settings, CONTRACTS):
        console.say(f"[yellow]Gap:[/] {escape(line)}")
    for line in doubt_lines(settings, CONTRACTS):
        console.say(f"[yellow]Doubt:[/] {escape(line)}")
    console.print()
    console.print(_layer_table(settings))
    console.print()
    console.print(_stage_table(display, seconds))
    if news is not None:
        console.say("\n" + "\n".join(escape(line) for line in news.report()))
    path = settings.published_path
    console.say(
        f"\n[bold green]Published[/] {escape(str(path))} ({size(path.stat().st_size)},"
        f" {release.relation_count} relations, {release.row_count:,} rows)\n"
        f"Release {release.release_id}\n"
        f"Used: {escape(settings.resources())}\n"
        + (f"Not for passing on: {escape(str(own.path))} ({_withheld(settings)})\n" if own else "")
        + "\nNext:\n"
        f"  {_command()} query a05   is the EU dependent on others for permanent magnets?\n"
        f"  {_command()} status      release, freshness, checks\n"
        "  make docs   documentation of every table"
    )
    return release.release_id


def _withheld(settings: Settings) -> str:
    """What the private copy has and the published file lacks."""
    from chokepoint.reading.connection import connect_published
    from chokepoint.releases.private_copy import connect_private

    with connect_published(settings) as con:
        ((sources,),) = con.execute("select sources_held_back from meta.build").fetchall()
    with connect_private(settings) as con:
        ((own,),) = con.execute(
            "select count(*) from meta.deliveries where data_origin = 'own'"
        ).fetchall()
    told = ["your own rows"] if own or not sources else []
    return "; ".join([*told, *([f"what comes of {sources}"] if sources else [])])


def _command() -> str:
    """`chokepoint` as the user can type it here: `make` runs it as .venv/bin/chokepoint."""
    typed = sys.argv[0]
    return escape(typed) if Path(typed).name == "chokepoint" else "chokepoint"


def _layer_table(settings: Settings) -> Any:
    numbers = ("relations", "rows", "checks passed", "warned", "failed", "skipped")
    shown = table("layer", *numbers, right=numbers)
    counts = _counts(settings)
    tally: Counter[tuple[str, str]] = Counter()
    for check in RunState(settings).results(_LAYERS_OF_CHECKS):
        is_copy = check.layer == "published"
        layer = "published copy" if is_copy else check.relation.partition(".")[0]
        tally[layer, "fail" if check.status == "error" else check.status] += 1
    for layer in dict.fromkeys((*_LAYERS, *sorted(layer for layer, _ in tally))):
        relations, rows = counts.get(layer, (0, None))
        shown.add_row(
            layer,
            f"{relations or ''}",
            f"{rows:,}" if rows is not None else "views" if relations else "",
            *(str(tally[layer, status]) for status in ("pass", "warn", "fail", "skipped")),
        )
    return shown


def _counts(settings: Settings) -> dict[str, tuple[int, int | None]]:
    """Layer -> (relations, rows); rows is None where a layer holds views only."""
    import duckdb

    from chokepoint.landing.periods import read_deliveries
    from chokepoint.landing.registry import CONTRACTS

    counts: dict[str, tuple[int, int | None]] = {}
    rows = [row for source_id in CONTRACTS for row in read_deliveries(settings, source_id)]
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as con:
        relations = con.execute(
            """
            select schema_name, table_name, true from duckdb_tables()
            union all
            select schema_name, view_name, false from duckdb_views() where not internal
            """
        ).fetchall()
        for schema, name, is_table in relations:
            number, total = counts.get(schema, (0, None))
            if is_table:
                rows_of = con.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]
                total = (total or 0) + rows_of
            counts[schema] = (number + 1, total)
    counts["landing"] = (
        len({row["source_id"] for row in rows}),
        sum(row["row_count"] for row in rows),
    )
    with duckdb.connect(str(settings.published_path), read_only=True) as con:
        for schema, relations, total in con.execute(
            "select schema_name, count(*), sum(row_count) from meta.relations group by all"
        ).fetchall():
            counts[schema] = (relations, int(total or 0))
    return counts


def _stage_table(display: StageDisplay, seconds: float) -> Any:
    shown = table("stage", "seconds", right=("seconds",))
    for stage in display.stages:
        if stage in display.seconds:
            shown.add_row(progress.STAGES[stage], f"{display.seconds[stage]:.1f}")
    rest = seconds - sum(display.seconds.values())
    shown.add_row("between the stages", f"{rest:.1f}")
    shown.add_row("[bold]all[/]", f"[bold]{seconds:.1f}[/]")
    return shown
