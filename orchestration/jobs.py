"""Jobs: the whole walk, its last part alone, and the look at what is overdue."""

from dagster import AssetSelection, define_asset_job

from orchestration.assets.publishing import CANDIDATE, RELEASE
from orchestration.assets.site import SITE
from orchestration.freshness import freshness_checks

build_job = define_asset_job(
    "build",
    selection=AssetSelection.all() - AssetSelection.assets(SITE),
    description="Land, check, build the models with their tests, copy, check, release.",
)

publish_job = define_asset_job(
    "publish",
    selection=AssetSelection.assets(CANDIDATE, RELEASE),
    description="Release what the warehouse holds: copy, check, release.",
)

overdue_job = define_asset_job(
    "overdue",
    selection=AssetSelection.checks(freshness_checks()),
    description="Say which data and which law are overdue today.",
)
