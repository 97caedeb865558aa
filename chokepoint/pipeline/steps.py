"""What each step of a build does, under the writer's lock, and leaves in data/warehouse/run/.
ChokepointError where it cannot; failed checks are its result, for the caller to judge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint import progress
from chokepoint.checks import blocking
from chokepoint.errors import ChokepointError, listed
from chokepoint.landing.land import land_all
from chokepoint.landing.periods import current_deliveries
from chokepoint.landing.registry import CONTRACTS, reference
from chokepoint.settings import make_private_folder
from chokepoint.warehouse.damage import (
    damage_of,
    is_broken,
    remove_damaged_warehouse,
    remove_warehouse,
)
from chokepoint.warehouse.due.ledger import engine
from chokepoint.warehouse.due.makings import landed_files
from chokepoint.warehouse.due.news import News, identities
from chokepoint.warehouse.project import (
    ask_warehouse,
    finish_manifest,
    read_artifact,
    read_project,
    sample_rows,
    seed_locator,
)
from chokepoint.warehouse.results import (
    dbt_check_results,
    primary_keys,
    private_checks,
    test_names,
)
from chokepoint.warehouse.runstate import RunState

if TYPE_CHECKING:
    from chokepoint.checks import CheckResult
    from chokepoint.landing.land import LandingReport
    from chokepoint.releases.candidate import Candidate
    from chokepoint.releases.published import Release
    from chokepoint.settings import Settings
    from chokepoint.warehouse.graph import Project
    from chokepoint.warehouse.worker import Worker

RELEASES_KEPT = 5
# dbt's events that say how a node ended.
_RESULTS = {
    "LogFreshnessResult",
    "LogModelResult",
    "LogNodeResult",
    "LogSeedResult",
    "LogTestResult",
    "SkippingDetails",
}


def land(
    settings: Settings,
    sources: Collection[str],
    *,
    accepts: Callable[[Path], bool] | None = None,
    part: str = "all",
    only: bool = False,
) -> list[LandingReport]:
    """Land what was delivered of the sources: all files, or those that `accepts` takes; with
    `only`, files of no source are another's concern. `part`: what the seconds are kept under."""
    from expectations import runner

    with progress.stage("landing", total=len(sources)) as stage:
        seen: set[str] = set()

        def tell(report: LandingReport) -> None:
            if report.status == "landed":
                # Its checks need seconds of one core to be imported.
                runner.preload()
            if report.source_id not in seen:
                seen.add(report.source_id)
                stage.step(report.source_id)

        reports = land_all(
            settings, only=sources if only else None, accepts=accepts, on_report=tell
        )
        for source_id in set(sources) - seen:
            stage.step(source_id)
    RunState(settings).keep_seconds("landing", part, stage.seconds)
    return reports


def check_landed(settings: Settings, sources: Collection[str] | None = None) -> list[CheckResult]:
    """Run the suites of landed tables, of these sources or of those that have not passed on what
    has landed now; keep and return their results."""
    from expectations import runner

    state = RunState(settings)
    with progress.stage("landing_checks") as stage:
        now = _landed_inputs(settings)
        due = [one for one in now if not state.passed("landing", one, now[one])]
        asked = due if sources is None else list(sources)
        state.begin("landing")
        results = runner.run_landing(settings, asked) if asked else []
        state.save("landing", results, _names("landing"), read={one: now[one] for one in asked})
    state.keep_seconds("landing_checks", "run", stage.seconds)
    return results


def _landed_inputs(settings: Settings) -> dict[str, str]:
    """Source -> digest of all that its suite's results depend on: what has landed of it and of the
    sources that the suite names, the suite, and the code and versions that run it."""
    from expectations import runner

    versions = f"{engine(settings.project_dir)} {version('great-expectations')}"
    digest = hashlib.sha256(versions.encode())
    for folder in ("expectations", "chokepoint/landing"):
        for path in sorted((settings.project_dir / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    files = landed_files(settings.landing_dir)
    found = {}
    for suite in runner.load_suites("landing"):
        said = repr(suite)
        named = [files[one] for one in sorted(files) if one in said or "deliveries" in said]
        told = json.dumps([digest.hexdigest(), said, files.get(suite.name, []), named])
        found[suite.name] = hashlib.sha256(told.encode()).hexdigest()
    return found


def _names(layer: str) -> set[str]:
    from expectations import runner

    return {
        suite.check_name(item) for suite in runner.load_suites(layer) for item in suite.expectations
    }


def begin_models(settings: Settings) -> str | None:
    """Make room for a run of dbt; the reason if the warehouse was damaged and is built anew."""
    make_private_folder(settings.warehouse_path.parent)
    RunState(settings).begin("dbt")
    why = remove_damaged_warehouse(settings)
    # One of an earlier run must not pass for this run's.
    (settings.dbt_target_dir / "run_results.json").unlink(missing_ok=True)
    return why


@dataclass(frozen=True)
class Models:
    """How a run of dbt ended: what forbids a release, and in words what could not be built; and
    what was new."""

    failed: list[CheckResult]
    message: str | None
    news: News | None = None


def build_models(settings: Settings, worker: Worker, *, verify: bool = False) -> Models:
    """Let the worker build and test what is not as the last build left it; its words go to standard
    output. `verify`: read all rows first, whoever seems to have written."""
    begin_models(settings)
    with progress.stage("news"):
        finish_manifest(settings, worker)
        project = read_project(settings)
        news = News.of(settings, project.manifest, verify=verify)
    with progress.stage("dbt", total=len(project.nodes)) as stage:
        if news.due:
            errors = []
            worker.send(["build"], run=news.order())
            for event in worker.events():
                print(event["ts"], event["msg"])
                if event["level"] == "error":
                    errors.append(event["msg"])
                if event["name"] in _RESULTS:
                    stage.step(event["node"])
            error = None if worker.process.wait() == 0 else "\n\n".join(errors)
            ended = keep_models(settings, project, error)
        else:
            RunState(settings).save("dbt", [], known=test_names(project))
            ended = Models([], None)
        if settings.warehouse_path.is_file():
            news.keep(settings)
    RunState(settings).keep_seconds("dbt", "build", stage.seconds)
    if not (ended.failed or ended.message):
        RunState(settings).keep_models(worker.fingerprint)
    return replace(ended, news=news)


def found_by_dbt(
    settings: Settings, project: Project, run_results: Mapping[str, Any]
) -> list[CheckResult]:
    """Results of dbt's tests, each with a sample of the rows that fail it."""
    sample, ask = partial(sample_rows, settings), partial(ask_warehouse, settings)
    return dbt_check_results(run_results, project, sample, seed_locator(settings), ask)


def keep_models(settings: Settings, project: Project, error: str | None) -> Models:
    """Keep what dbt found, with samples of failing rows; a damaged warehouse is deleted. `error`,
    what dbt said when it ended badly, counts where no test and no model tells why."""
    ended = _keep_models(settings, project, error)
    if ended.message and is_broken(ended.message) and (fault := _take_away(settings)):
        return Models([], str(fault))
    return ended


def _keep_models(settings: Settings, project: Project, error: str | None) -> Models:
    try:
        run_results = read_artifact(settings, "run_results.json")
    except FileNotFoundError:
        return Models([], f"dbt failed: {error}" if error is not None else None)
    results = found_by_dbt(settings, project, run_results)
    ran = {entry["unique_id"] for entry in run_results["results"]}
    idle = {
        f"{node['name']}__is_built"
        for unique_id, node in project.nodes.items()
        if unique_id not in ran
    }
    RunState(settings).save("dbt", results, known=test_names(project) | idle)
    failed = blocking(results)
    lines = [f"  {r.relation}: {r.observed}" for r in failed if r.status == "error"]
    if lines:
        return Models(failed, "\n".join(["dbt could not build:", *lines]))
    return Models(failed, f"dbt failed: {error}" if error is not None and not failed else None)


def _take_away(settings: Settings) -> ChokepointError | None:
    """Delete a warehouse of which a part cannot be read, for each build would meet it again; None
    if all of it can."""
    why = damage_of(settings.warehouse_path, within=True)
    if why is None:
        return None
    remove_warehouse(settings)
    return ChokepointError(
        f"The warehouse {settings.warehouse_path} was damaged and has been deleted: {why}",
        "run `make build` again; it is built anew from what has landed.",
    )


def make_candidate(settings: Settings, *, as_is: bool = False) -> Candidate:
    """Copy what is published out of the warehouse, into a file that nobody opens yet; `as_is`: also
    what was written since its checks, marked so."""
    from chokepoint.releases.candidate import build_candidate
    from chokepoint.releases.meta.finding import stated_aids
    from chokepoint.releases.meta.provenance import describe_build
    from chokepoint.releases.numbered import latest_file
    from chokepoint.releases.published import finish_activation
    from chokepoint.warehouse.column_facts import declared_columns
    from chokepoint.warehouse.model_inputs import published_inputs

    state, project = RunState(settings), read_project(settings)
    state.clear("published")
    with progress.stage("candidate") as stage:
        state.require_complete(as_is=as_is)
        check_no_test_data(settings)
        finish_activation(settings)
        info = describe_build(
            settings,
            seconds=state.seconds(),
            primary_keys=primary_keys(project),
            private_checks=private_checks(project, _landed_not_to_pass_on(settings)),
            columns=declared_columns(project),
            aids=stated_aids(project, settings.project_dir),
            inputs=published_inputs(project, settings.project_dir),
            previous=latest_file(settings),
            identities=identities(settings, project),
        )
        try:
            made = build_candidate(settings, release_info=info, results=state.models_results())
        except ChokepointError as error:
            if is_broken(error) and (fault := _take_away(settings)):
                raise fault from error
            raise
    state.keep("candidate", {"release_id": made.release_id})
    state.keep_seconds("candidate", "copy", stage.seconds)
    return made


def _landed_not_to_pass_on(settings: Settings) -> list[str]:
    from chokepoint.releases.private import NOT_PASSED_ON

    return [
        name
        for name, how in reference(settings, "trade_sources", "source_id", "redistribution")
        if how in NOT_PASSED_ON and name in CONTRACTS and current_deliveries(settings, name)
    ]


def check_no_test_data(settings: Settings) -> None:
    """Raise ChokepointError if something counts that was fetched from no producer."""
    tests = [
        row
        for source_id in CONTRACTS
        for row in current_deliveries(settings, source_id)
        if row.get("test_of")
    ]
    if tests:
        first = tests[0]
        names = sorted({row["file_name"] for row in tests})
        raise ChokepointError(
            f"{len(names)} files that count were fetched from another host than the producer's, "
            f"and are test data: {listed(names)} ({first['source_id']} from "
            f"{first['test_of']}). The warehouse holds them; they are not published.",
            f"take them back with `chokepoint land --withdraw {first['file_name']}` and remove "
            "them from the inbox, or build tests in a separate data folder (--data-dir).",
        )


def check_candidate(settings: Settings) -> list[CheckResult]:
    """Run the suites of the published file on the candidate; it is discarded where they fail."""
    from chokepoint.releases.candidate import discard, load_candidate
    from expectations import runner

    state = RunState(settings)
    with progress.stage("published_checks") as stage:
        candidate = load_candidate(settings, state.candidate())
        results = runner.run_published(candidate.path, settings)
        state.save("published", results, _names("published"))
        if blocking(results):
            discard(candidate)
    state.keep_seconds("published_checks", "run", stage.seconds)
    return results


def make_release(settings: Settings) -> tuple[Release, list[str]]:
    """Make the checked candidate the release; return it and the old releases that were removed."""
    from chokepoint.releases import private_copy
    from chokepoint.releases.candidate import load_candidate
    from chokepoint.releases.published import activate, finish_release, prune

    state = RunState(settings)
    with progress.stage("release") as stage:
        checked = load_candidate(settings, state.candidate())
        made = finish_release(checked, state.results(["published"]))
        # First what may fail, then what readers see.
        own = private_copy.prepare(
            settings,
            made,
            checked.withheld,
            [*state.models_results(), *state.results(["published"])],
        )
        made = activate(settings, made.release_id)
        private_copy.put_in_place(settings, own)
        removed = prune(settings, keep=RELEASES_KEPT)
    state.keep_seconds("release", "finish", stage.seconds)
    return made, removed
