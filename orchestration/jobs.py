"""Jobs: the whole walk, and its last part alone."""

from dagster import AssetSelection, define_asset_job

from orchestration.assets.periods import GROUP as PERIODS
from orchestration.assets.publishing import CANDIDATE, RELEASE
from orchestration.assets.site import GROUP as DASHBOARD

build_job = define_asset_job(
    "build",
    selection=AssetSelection.all() - AssetSelection.groups(PERIODS, DASHBOARD),
    description="Land, check, build the models with their tests, copy, check, release.",
)

publish_job = define_asset_job(
    "publish",
    selection=AssetSelection.assets(CANDIDATE, RELEASE),
    description="Release what the warehouse holds: copy, check, release.",
)
