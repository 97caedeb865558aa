"""Sensors: off until someone turns them on in the web page."""

import hashlib
from pathlib import Path

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from orchestration.jobs import build_job
from orchestration.settings import Settings


def inbox_state(inbox: Path) -> str:
    """What lies in the inbox, by name, time and size, as one short text; empty without files."""
    files = [path for path in sorted(inbox.glob("*")) if path.is_file() and path.name[0] != "."]
    listed = [f"{p.name} {p.stat().st_mtime_ns} {p.stat().st_size}" for p in files]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest() if listed else ""


@sensor(
    job=build_job,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.STOPPED,
    description="Builds when a file is put into data/inbox or changes there.",
)
def inbox_sensor(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    """Ask for a build when the inbox is not as it was at the last one."""
    state = inbox_state(Settings.from_env().inbox_dir)
    if not state or state == context.cursor:
        return SkipReason("nothing new in data/inbox")
    return SensorResult(run_requests=[RunRequest(run_key=state)], cursor=state)
