"""The static site: pages of the release, written when asked for."""

from dagster import AssetKey, MaterializeResult, MetadataValue, asset

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from orchestration.assets import OWNERS, failure
from orchestration.assets.publishing import RELEASE

GROUP = "dashboard"
SITE = AssetKey(["dashboard", "site"])


@asset(
    key=SITE,
    deps=[RELEASE],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"html"},
    description=(
        "Pages of the published file: data/published/site/index.html. They open without a server."
        " Not part of the job build, which is done when the file is."
    ),
)
def site() -> MaterializeResult:
    """Write the site from one reading of the published file; no lock, it only reads."""
    from chokepoint.site.builder import build_site

    try:
        built = build_site(Settings.from_env())
    except ChokepointError as error:
        raise failure(error) from error
    return MaterializeResult(
        metadata={
            "release_id": built.release_id,
            "page_count": built.page_count,
            "path": MetadataValue.path(built.path),
        }
    )
