"""The static site: pages of the release, written when asked for."""

from dagster import AssetKey, MaterializeResult, MetadataValue, asset

from chokepoint.settings import Settings
from orchestration.assets import of_group, told_mistakes
from orchestration.assets.publishing import RELEASE

GROUP = "dashboard"
SITE = AssetKey(["dashboard", "site"])


@asset(
    key=SITE,
    deps=[RELEASE],
    **of_group(GROUP, "html"),
    description=(
        "Pages of the published file: data/published/site/index.html. They open without a server."
        " Not part of the job build, which is done when the file is."
    ),
)
def site() -> MaterializeResult:
    """Write the site from one reading of the published file; no lock, it only reads."""
    from chokepoint.site.builder import build_site

    with told_mistakes():
        built = build_site(Settings.from_env())
    return MaterializeResult(
        metadata={
            "release_id": built.release_id,
            "page_count": built.page_count,
            "path": MetadataValue.path(built.path),
        }
    )
