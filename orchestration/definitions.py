"""What `dagster dev` loads: assets, checks, jobs, the schedule and the sensor."""

from __future__ import annotations

from dagster import Definitions, in_process_executor

from orchestration.assets.dashboard import site
from orchestration.assets.landing import landing_assets
from orchestration.assets.periods import periods_assets
from orchestration.assets.publishing import publishing_assets
from orchestration.assets.warehouse import warehouse_assets
from orchestration.checks import landing_checks, published_checks
from orchestration.dbt_project import prepare_manifest, read_artifact
from orchestration.jobs import build_job, publish_job
from orchestration.resources import Dbt, Writer
from orchestration.schedules import monthly_build
from orchestration.sensors import inbox_sensor
from orchestration.settings import Settings


def make_definitions(settings: Settings) -> Definitions:
    """The code location on these settings; parses the dbt project only if it changed."""
    prepare_manifest(settings)
    manifest = read_artifact(settings, "manifest.json")
    return Definitions(
        assets=[
            *periods_assets(),
            *landing_assets(manifest),
            warehouse_assets(manifest),
            *publishing_assets(manifest),
            site,
        ],
        asset_checks=[landing_checks, published_checks],
        jobs=[build_job, publish_job],
        schedules=[monthly_build],
        sensors=[inbox_sensor],
        resources={"writer": Writer(), "dbt": Dbt()},
        # Steps share one DuckDB file and one lock, and a process per step costs a second each.
        executor=in_process_executor,
    )


defs = make_definitions(Settings.from_env())
