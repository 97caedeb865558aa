"""What was made on the command line, as the web page shows it: each release is told once, by a
sensor, so Dagster stores the events. It waits while somebody writes: a run of the page tells of
itself."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb

from chokepoint.landing.registry import CONTRACTS
from chokepoint.locks import lock_holder
from chokepoint.releases.published import Release, current_release
from chokepoint.settings import Settings
from chokepoint.warehouse.due.news import identities
from chokepoint.warehouse.project import read_project
from orchestration.assets.landing import landing_key, landing_metadata, manifest_counts
from orchestration.assets.publishing import CANDIDATE, RELEASE
from orchestration.freshness import NOTHING, overdue


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Shows what was landed, built and released on the command line.",
)
def release_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Tell the current release, if it has not been told, and forget what the project lacks."""
    settings = Settings.from_env()
    release, holder = current_release(settings), lock_holder(settings)
    if holder or release is None or release.release_id == context.cursor:
        reason = f"waits for {holder}" if holder else "no release is new"
        return dg.SensorResult(skip_reason=reason, cursor=context.cursor)
    assert context.repository_def is not None
    known = set(context.instance.get_asset_keys())
    gone = known - context.repository_def.asset_graph.get_all_asset_keys()
    context.instance.wipe_assets(sorted(gone))
    shown = {
        key: entry.asset_materialization.metadata
        for key, entry in context.instance.get_latest_materialization_events(known - gone).items()
        if entry and entry.asset_materialization
    }
    try:
        told = list(_news(settings, release, shown))
    except (duckdb.Error, OSError) as error:
        # The next build puts a damaged file in place again.
        return dg.SensorResult(skip_reason=str(error), cursor=context.cursor)
    return dg.SensorResult(asset_events=told, cursor=release.release_id)


def _news(
    settings: Settings, release: Release, shown: dict[dg.AssetKey, Any]
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """What landed, what differs, the release, and what is overdue by it; `shown`: metadata of the
    materialisations that the page shows."""

    def is_new(key: dg.AssetKey, name: str, value: object) -> bool:
        text = shown.get(key, {}).get(name)
        return text is None or text.value != value

    for source_id in CONTRACTS:
        metadata, key = landing_metadata(settings, source_id), landing_key(source_id)
        if "vintage" in metadata and is_new(key, "vintage", metadata["vintage"]):
            yield dg.AssetMaterialization(key, metadata=metadata)
    of_release = {"release_id": release.release_id}
    with duckdb.connect(str(settings.published_path), read_only=True) as con:
        published = {
            label: {"dagster/row_count": rows, **({"content_hash": found} if found else {})}
            for label, rows, found in con.execute(
                "select schema_name || '.' || relation_name, row_count, content_hash"
                " from meta.relations"
            ).fetchall()
        }
    project = read_project(settings)
    # Of nothing where a run of the page built last: it has told what it built.
    built = identities(settings, project)
    for label in (f"{n['schema']}.{n['alias']}" for n in project.of_kind("model", "seed")):
        key, identity = dg.AssetKey(label.split(".")), built.get(label, "")
        if key not in shown or (identity and is_new(key, "identity", identity)):
            said = published.get(label, {}) | of_release | {"identity": identity}
            yield dg.AssetMaterialization(key, metadata=said)
    for key, rows in manifest_counts(settings).items():
        if is_new(key, "dagster/row_count", rows):
            yield dg.AssetMaterialization(key, metadata={"dagster/row_count": rows})
    if is_new(RELEASE, "release_id", release.release_id):
        for key in (CANDIDATE, RELEASE):
            said = {"dagster/row_count": release.row_count, **of_release}
            yield dg.AssetMaterialization(key, metadata=said)
    for check in overdue(settings):
        # What never landed is shown as not evaluated, not as passed.
        if check.asset_key and check.check_name and check.description != NOTHING:
            yield dg.AssetCheckEvaluation(
                asset_key=check.asset_key,
                check_name=check.check_name,
                passed=check.passed,
                severity=check.severity,
                description=check.description,
            )
