"""Schedules: off until someone turns them on in the web page."""

from dagster import DefaultScheduleStatus, ScheduleDefinition

from orchestration.jobs import build_job

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
