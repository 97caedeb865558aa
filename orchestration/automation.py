"""The schedules and the sensor. What builds is off until someone turns it on in the web page."""

import hashlib
import json
from pathlib import Path
from typing import Any

import dagster as dg

from chokepoint.errors import ChokepointError
from chokepoint.landing.files.delivery import printable
from chokepoint.landing.registry import identify, inbox_files, landed_as
from chokepoint.locks import lock_holder
from chokepoint.settings import Settings
from chokepoint.warehouse.project import project_fingerprint
from chokepoint.warehouse.runstate import RunState
from orchestration.assets.landing import INBOX_TAG, landing_key
from orchestration.jobs import build_job, overdue_job, refresh_job


def _schedule(name: str, job: Any, cron: str, description: str, *, runs: bool = False) -> Any:
    status = dg.DefaultScheduleStatus.RUNNING if runs else dg.DefaultScheduleStatus.STOPPED
    return dg.ScheduleDefinition(
        name=name, job=job, cron_schedule=cron, execution_timezone="UTC", default_status=status,
        description=description,
    )  # fmt: skip


# A refresh per cadence: what is due is worked out anew each time, so that none asks in vain.
SCHEDULES = [
    # Eurostat publishes a month's detailed trade about 45 days after its end, in the middle of the
    # month; customs of the UK and the ECB's monthly mean are out by then.
    _schedule(
        "monthly_build", build_job, "0 6 18 * *",
        "Every 18th at 06:00 UTC, when the monthly sources have appeared.",
    ),
    _schedule(
        "nightly_refresh", refresh_job, "0 3 * * *",
        "Each night at 03:00 UTC: fetch what is due and build what is new.",
    ),
    _schedule(
        "monthly_refresh", refresh_job, "0 3 19 * *",
        "Every 19th at 03:00 UTC, when monthly figures of the EU have appeared.",
    ),
    # It reads the release and changes nothing.
    _schedule(
        "daily_overdue", overdue_job, "0 5 * * *",
        "Each day at 05:00 UTC: what became overdue overnight.", runs=True,
    ),
]  # fmt: skip

# A machine in need may have recovered; a bad file fails as often as it is tried.
RETRIES = {"dagster/max_retries": "2"}


@dg.sensor(
    job=build_job,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Lands what is put into data/inbox and builds what depends on it. A file is taken when it "
        "has not changed for a minute."
    ),
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for one run per set of new files, on their sources and all that hangs on them."""
    settings = Settings.from_env()
    states = {path: _state(path) for path in inbox_files(settings)}
    seen = _read_cursor(context.cursor)
    # Name -> state, and whether a run was asked for. A file that was taken away is forgotten.
    now = {
        path.name: [state, [state, True] == seen.get(path.name)] for path, state in states.items()
    }
    rested = [path for path, state in states.items() if [state, False] == seen.get(path.name)]
    due = [path for path in rested if landed_as(settings, path) is None]
    holder = lock_holder(settings) if due else None
    if not holder:
        now |= {path.name: [states[path], True] for path in rested}
    cursor = json.dumps(now)
    if holder:
        return dg.SensorResult(skip_reason=f"{_names(due)} waits for {holder}", cursor=cursor)
    if not due:
        waiting = [path for path in states if not now[path.name][1]]
        reason = f"still being written, or new: {_names(waiting)}" if waiting else "nothing new"
        return dg.SensorResult(skip_reason=f"{reason} in {settings.inbox_dir}", cursor=cursor)
    listed = "\n".join(f"{path.name} {states[path]}" for path in due)
    key = f"inbox-{hashlib.sha256(listed.encode()).hexdigest()[:16]}"
    return dg.SensorResult(run_requests=[_request(context, settings, due, key)], cursor=cursor)


def _state(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"


def _read_cursor(text: str | None) -> dict[str, list]:
    try:
        return dict(json.loads(text or "{}"))
    except (ValueError, TypeError):
        return {}


def _request(
    context: dg.SensorEvaluationContext, settings: Settings, paths: list[Path], key: str
) -> dg.RunRequest:
    """A run that lands these files: of their sources alone where the rest is built and current."""
    tags = {INBOX_TAG: "\n".join(path.name for path in paths), **RETRIES}
    try:
        found = dict.fromkeys(identify(path) for path in paths)
    except ChokepointError:
        # Nobody's file: the whole build says so, with what to do.
        return dg.RunRequest(run_key=key, tags=tags)
    if not is_built(settings):
        return dg.RunRequest(run_key=key, tags=tags)
    # The manifest of what has landed, too, and all that hangs on them.
    assert context.repository_def is not None
    landed = map(landing_key, [*found, "deliveries", "quarantined_rows"])
    chosen = dg.AssetSelection.assets(*landed).downstream()
    keys = sorted(chosen.resolve(context.repository_def.asset_graph))
    return dg.RunRequest(run_key=key, tags=tags, asset_selection=keys)


def is_built(settings: Settings) -> bool:
    """Whether the warehouse holds a whole build by the models as they are now."""
    state = RunState(settings)
    return (
        settings.published_path.is_file()
        and settings.warehouse_path.is_file()
        and state.models() == project_fingerprint(settings)
        and state.is_complete()
    )


def _names(paths: list[Path]) -> str:
    return ", ".join(printable(path.name) for path in paths)
