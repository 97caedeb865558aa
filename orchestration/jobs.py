"""Jobs: the whole walk, its last part alone, and the look at what is overdue."""

from dagster import AssetSelection, define_asset_job

from orchestration.assets.downloads import DUE
from orchestration.assets.downloads import GROUP as DOWNLOADS
from orchestration.assets.publishing import CANDIDATE, RELEASE
from orchestration.assets.site import SITE
from orchestration.freshness import freshness_checks

_BUILT = AssetSelection.all() - AssetSelection.assets(SITE) - AssetSelection.groups(DOWNLOADS)

build_job = define_asset_job(
    "build",
    selection=_BUILT,
    description="Land, check, build the models with their tests, copy, check, release.",
)

refresh_job = define_asset_job(
    "refresh",
    selection=_BUILT | AssetSelection.assets(DUE),
    description="Fetch what is due, land it, build what is new, publish: `chokepoint update`.",
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
