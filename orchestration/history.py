"""The web page's history of what was made without it, by builds on the command line."""

from __future__ import annotations

from collections.abc import Iterator

from dagster import AssetKey, AssetMaterialization, DagsterInstance

from chokepoint.releases.published import current_release
from chokepoint.settings import Settings
from orchestration.assets.periods import keep_told, tell, told_of
from orchestration.assets.publishing import RELEASE

# What the instance has been told of published tables, beside the periods of sources.
_TABLES = "published tables"


def tell_web_page(settings: Settings) -> None:
    """Show what has landed and what was released; needs a history (data/dagster/dagster.yaml)."""
    with DagsterInstance.from_config(str(settings.dagster_home.resolve())) as instance:
        for event in (*tell(instance, settings), *released(settings)):
            instance.report_runless_asset_event(event)


def released(settings: Settings) -> Iterator[AssetMaterialization]:
    """One event per published table whose content differs from what was told, and the release."""
    import duckdb

    release = current_release(settings)
    if release is None:
        return
    try:
        with duckdb.connect(str(settings.published_path), read_only=True) as con:
            tables = con.execute(
                "select schema_name, relation_name, row_count, content_hash from meta.relations "
                "where content_hash is not null order by all"
            ).fetchall()
    except duckdb.Error:
        # The next build puts a damaged file in place again.
        return
    told = told_of(settings, _TABLES)
    for schema, name, rows, content_hash in tables:
        if told.get(f"{schema}.{name}") != content_hash:
            yield AssetMaterialization(
                AssetKey([schema, name]),
                metadata={
                    "dagster/row_count": rows,
                    "content_hash": content_hash,
                    "release_id": release.release_id,
                },
            )
    if told.get("release") != release.release_id:
        yield AssetMaterialization(
            RELEASE,
            metadata={"dagster/row_count": release.row_count, "release_id": release.release_id},
        )
    seen = {f"{schema}.{name}": content_hash for schema, name, _, content_hash in tables}
    now = {key: {"vintage": text} for key, text in (seen | {"release": release.release_id}).items()}
    keep_told(settings, _TABLES, now, forget=True)
