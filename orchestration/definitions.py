"""What `dagster dev` loads: assets, checks, jobs, schedules and sensors."""

from __future__ import annotations

from dagster import Definitions, definitions, in_process_executor

from chokepoint.settings import Settings
from chokepoint.warehouse.project import prepare_manifest, read_project
from orchestration.assets.downloads import download_assets
from orchestration.assets.landing import landing_assets
from orchestration.assets.publishing import publishing_assets
from orchestration.assets.site import site
from orchestration.assets.warehouse import warehouse_assets
from orchestration.automation import SCHEDULES, inbox_sensor
from orchestration.checks import landing_checks, model_checks, published_checks
from orchestration.freshness import freshness_checks
from orchestration.history import release_sensor
from orchestration.jobs import build_job, overdue_job, publish_job, refresh_job
from orchestration.resources import DBT, Writer


def make_definitions(settings: Settings) -> Definitions:
    """The code location on these settings; parses the dbt project only if it changed."""
    prepare_manifest(settings)
    project = read_project(settings)
    return Definitions(
        assets=[
            *download_assets(),
            *landing_assets(project.manifest),
            warehouse_assets(project),
            *publishing_assets(project),
            site,
        ],
        asset_checks=[
            landing_checks(),
            model_checks(project),
            published_checks(),
            freshness_checks(),
        ],
        jobs=[build_job, refresh_job, publish_job, overdue_job],
        schedules=SCHEDULES,
        sensors=[inbox_sensor, release_sensor],
        resources={"writer": Writer(), "dbt": DBT},
        # Steps share one DuckDB file and one lock, and a process per step costs a second each.
        executor=in_process_executor,
    )


@definitions
def defs() -> Definitions:
    """The code location; importing this module reads no project."""
    return make_definitions(Settings.from_env())
