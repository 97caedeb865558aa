"""The schedule and the sensor: off until someone turns them on in the web page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import (
    AssetKey,
    AssetSelection,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from chokepoint.errors import ChokepointError
from chokepoint.landing.delivery import printable
from chokepoint.landing.periods import has_periods, periods_in
from chokepoint.landing.registry import CONTRACTS, identify, inbox_files, landed_as
from chokepoint.locks import lock_holder
from chokepoint.settings import Settings
from chokepoint.warehouse.project import project_fingerprint
from chokepoint.warehouse.runstate import RunState
from orchestration.assets.landing import INBOX_TAG, landing_key
from orchestration.assets.periods import GROUP as PERIODS
from orchestration.jobs import build_job

if TYPE_CHECKING:
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

# Eurostat publishes a month's detailed trade about 45 days after its end, in the middle of the
# month; customs of the UK and the ECB's monthly mean are out by then.
monthly_build = ScheduleDefinition(
    name="monthly_build",
    job=build_job,
    cron_schedule="0 6 18 * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.STOPPED,
    description="Every 18th at 06:00 UTC, when the monthly sources have appeared.",
)

# Tag that tells a person what the run is about.
PERIODS_TAG = "chokepoint/periods"
# A run can fail because the machine was in need; a bad file fails as often as it is tried.
_ATTEMPTS = 3


@dataclass
class _Cursor:
    """What the last tick saw: name -> state, and name -> [state, run key, attempts] asked for."""

    seen: dict[str, str] = field(default_factory=dict)
    asked: dict[str, list] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> _Cursor:
        try:
            return cls(**json.loads(text or "{}"))
        except (ValueError, TypeError):
            return cls()


@sensor(
    job=build_job,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.STOPPED,
    description=(
        "Lands what is put into data/inbox and builds what depends on it. A file is taken when it "
        "has not changed for a minute."
    ),
)
def inbox_sensor(context: SensorEvaluationContext) -> SensorResult:
    """Ask for one run per set of new files, on their sources and all that hangs on them."""
    settings = Settings.from_env()
    cursor = _Cursor.read(context.cursor)
    states = {path: _state(path) for path in inbox_files(settings)}
    is_settled = {path: cursor.seen.get(path.name) == state for path, state in states.items()}
    cursor.seen = {path.name: state for path, state in states.items()}
    # A file that was taken away and comes back is a new one.
    cursor.asked = {name: cursor.asked[name] for name in cursor.seen if name in cursor.asked}

    waiting = [path for path in states if not is_settled[path]]
    due = [
        path
        for path, state in states.items()
        if is_settled[path] and _is_due(context, cursor, settings, path, state)
    ]
    if not due:
        reason = f"still being written, or new: {_names(waiting)}" if waiting else "nothing new"
        return _result(cursor, skip=f"{reason} in {settings.inbox_dir}")
    if holder := lock_holder(settings):
        return _result(cursor, skip=f"{_names(due)} waits for {holder}")

    attempts = {path.name: cursor.asked.get(path.name, [None, None, 0])[2] + 1 for path in due}
    key = _run_key(due, states, max(attempts.values()))
    for path in due:
        cursor.asked[path.name] = [states[path], key, attempts[path.name]]
    assert context.repository_def is not None
    return _result(cursor, run=_request(settings, context.repository_def.asset_graph, due, key))


def _state(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"


def _is_due(
    context: SensorEvaluationContext, cursor: _Cursor, settings: Settings, path: Path, state: str
) -> bool:
    asked_state, key, attempts = cursor.asked.get(path.name, [None, None, 0])
    if asked_state != state:
        cursor.asked.pop(path.name, None)
        return landed_as(settings, path) is None
    if attempts >= _ATTEMPTS:
        return False
    runs = context.instance.get_runs(RunsFilter(tags={"dagster/run_key": key}), limit=1)
    # Whether another run has landed the file meanwhile is dearer to tell than the run's end.
    failed = bool(runs) and runs[0].status == DagsterRunStatus.FAILURE
    return failed and landed_as(settings, path) is None


def _run_key(paths: Iterable[Path], states: dict[Path, str], attempt: int) -> str:
    listed = "\n".join(f"{path.name} {states[path]}" for path in paths)
    return f"inbox-{hashlib.sha256(listed.encode()).hexdigest()[:16]}-{attempt}"


def _request(settings: Settings, graph: BaseAssetGraph, paths: list[Path], key: str) -> RunRequest:
    """A run that lands these files: of their sources alone where the rest is built and current."""
    tags = {INBOX_TAG: "\n".join(path.name for path in paths)}
    found: dict[str, set[str]] = {}
    for path in paths:
        try:
            source_id = identify(path)
        except ChokepointError:
            # Nobody's file: the whole build says so, with what to do.
            return RunRequest(run_key=key, tags=tags)
        held = periods_in(path, CONTRACTS[source_id], settings) if _is_periodic(source_id) else None
        found.setdefault(source_id, set()).update(held or ())
    tags[PERIODS_TAG] = "; ".join(
        f"{source_id} {', '.join(sorted(periods))}".strip() for source_id, periods in found.items()
    )
    if not is_built(settings):
        return RunRequest(run_key=key, tags=tags)
    return RunRequest(run_key=key, tags=tags, asset_selection=dependent_assets(graph, found))


def _is_periodic(source_id: str) -> bool:
    return has_periods(CONTRACTS[source_id])


def is_built(settings: Settings) -> bool:
    """Whether the warehouse holds a whole build by the models as they are now."""
    state = RunState(settings)
    return (
        settings.published_path.is_file()
        and settings.warehouse_path.is_file()
        and state.models() == project_fingerprint(settings)
        and state.is_complete()
    )


def dependent_assets(graph: BaseAssetGraph, sources: Iterable[str]) -> list[AssetKey]:
    """Landing assets of sources, the manifest of what has landed, and all that hangs on them."""
    names = [*sources, "deliveries", "quarantined_rows"]
    selection = AssetSelection.assets(*map(landing_key, names)).downstream()
    return sorted(key for key in selection.resolve(graph) if key.path[0] != PERIODS)


def _result(
    cursor: _Cursor, *, run: RunRequest | None = None, skip: str | None = None
) -> SensorResult:
    return SensorResult(
        run_requests=[run] if run else None,
        skip_reason=SkipReason(skip) if skip else None,
        cursor=json.dumps(asdict(cursor)),
    )


def _names(paths: list[Path]) -> str:
    return ", ".join(printable(path.name) for path in paths)
