"""The web page's history of what was made without it: a process in the background of a build.

An event takes Dagster about 20 ms, and a build makes 500; nobody waits for them.
"""

import os
import sys
from collections.abc import Iterator
from datetime import datetime

import dagster as dg
from filelock import FileLock

from chokepoint.landing.registry import CONTRACTS
from chokepoint.releases.published import current_release
from chokepoint.settings import Settings
from chokepoint.warehouse.project import read_artifact
from orchestration.assets.landing import landing_key, landing_metadata, manifest_counts
from orchestration.assets.publishing import CANDIDATE, RELEASE
from orchestration.assets.site import SITE
from orchestration.freshness import NOTHING, overdue


def tell(settings: Settings, instance: dg.DagsterInstance, as_of: float) -> None:
    """Report what was made since the page was told of something last, and what is overdue.

    as_of  the moment of the build that is told; the page shows what is told last
    """
    instance.wipe_assets(gone(settings, instance))
    for event in (*landed(settings, instance), *released(settings, instance)):
        if not _is_told_by_a_run(instance, event, as_of):
            instance.report_runless_asset_event(event)


def _is_told_by_a_run(
    instance: dg.DagsterInstance,
    event: dg.AssetMaterialization | dg.AssetCheckEvaluation,
    as_of: float,
) -> bool:
    """Whether a run has made or checked it after a moment, or is still at it."""
    if isinstance(event, dg.AssetMaterialization):
        told = instance.get_latest_materialization_event(event.asset_key)
    else:
        # Of a check that a run will make this is its plan, which the outcome replaces.
        record = instance.get_latest_asset_check_evaluation_record(event.asset_check_key)
        told = record.event if record else None
    if told is None or not told.run_id:
        return False
    run = instance.get_run_by_id(told.run_id)
    return told.timestamp > as_of or (run is not None and not run.is_finished)


def gone(settings: Settings, instance: dg.DagsterInstance) -> list[dg.AssetKey]:
    """What the page knows of and the project has no longer; it would be listed for good."""
    try:
        manifest = read_artifact(settings, "manifest.json")
    except FileNotFoundError:
        return []
    kept = {CANDIDATE, RELEASE, SITE}
    kept |= {dg.AssetKey([n["source_name"], n["name"]]) for n in manifest["sources"].values()}
    kept |= {dg.AssetKey([n["schema"], n["alias"]]) for n in manifest["nodes"].values()}
    return sorted(set(instance.get_asset_keys()) - kept)


def landed(settings: Settings, instance: dg.DagsterInstance) -> Iterator[dg.AssetMaterialization]:
    """A materialisation per source of which a delivery landed that the page does not know."""
    for source_id in CONTRACTS:
        metadata = landing_metadata(settings, source_id)
        key = landing_key(source_id)
        told = instance.get_latest_materialization_event(key)
        if "vintage" in metadata and _told(told, "vintage") != metadata["vintage"]:
            yield dg.AssetMaterialization(key, metadata=metadata)


def released(
    settings: Settings, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """What dbt built for the release, the release, and what is overdue by it."""
    import duckdb

    release = current_release(settings)
    if release is None:
        return
    try:
        with duckdb.connect(str(settings.published_path), read_only=True) as con:
            relations = con.execute(
                "select schema_name, relation_name, row_count, content_hash from meta.relations"
            ).fetchall()
        # What never landed is shown as not evaluated, not as passed.
        checks = [check for check in overdue(settings) if check.description != NOTHING]
    except duckdb.Error:
        # The next build puts a damaged file in place again.
        return
    told = instance.get_latest_materialization_event(RELEASE)
    if _told(told, "release_id") != release.release_id:
        published = {
            (schema, name): {"dagster/row_count": rows, "content_hash": content_hash}
            for schema, name, rows, content_hash in relations
        }
        # `publish` alone builds nothing.
        built = list(_built(settings, after=told.timestamp if told else 0))
        for key, rows in manifest_counts(settings).items() if built else ():
            yield dg.AssetMaterialization(key, metadata={"dagster/row_count": rows})
        for path in built:
            known = {name: one for name, one in published.get(path, {}).items() if one is not None}
            yield dg.AssetMaterialization(
                dg.AssetKey(path), metadata=known | {"release_id": release.release_id}
            )
        for key in (CANDIDATE, RELEASE):
            yield dg.AssetMaterialization(
                key,
                metadata={"dagster/row_count": release.row_count, "release_id": release.release_id},
            )
    for check in checks:
        if not check.asset_key or not check.check_name:
            continue
        yield dg.AssetCheckEvaluation(
            asset_key=check.asset_key,
            check_name=check.check_name,
            passed=check.passed,
            severity=check.severity,
            description=check.description,
        )


def _built(settings: Settings, after: float) -> Iterator[tuple[str, str]]:
    """Schema and name of what the last run of dbt built, if it ended after a moment."""
    try:
        nodes = read_artifact(settings, "manifest.json")["nodes"]
        run = read_artifact(settings, "run_results.json")
    except FileNotFoundError:
        # The next build has begun, and will be told.
        return
    if datetime.fromisoformat(run["metadata"]["generated_at"]).timestamp() <= after:
        return
    for result in run["results"]:
        node = nodes.get(result["unique_id"])
        if node and node["resource_type"] in ("model", "seed") and result["status"] == "success":
            yield node["schema"], node["alias"]


def _told(entry: dg.EventLogEntry | None, name: str) -> object:
    """A text in the metadata of a materialisation that the page knows of."""
    told = entry.asset_materialization if entry else None
    return told.metadata[name].value if told and name in told.metadata else None


def main(as_of: float) -> None:
    """Tell the page's history in DAGSTER_HOME; one process at a time, behind all others."""
    os.nice(10)
    settings = Settings.from_env()
    with FileLock(settings.dagster_home / "history.lock"), dg.DagsterInstance.get() as instance:
        tell(settings, instance, as_of)


if __name__ == "__main__":
    main(float(sys.argv[1]))
