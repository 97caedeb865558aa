"""Publishing: a candidate is copied out of the warehouse, checked, and becomes the release."""

from collections.abc import Mapping
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetObservation,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    asset,
)

from chokepoint import progress
from chokepoint.errors import ChokepointError
from chokepoint.releases import private_copy
from chokepoint.releases.candidate import build_candidate, load_candidate
from chokepoint.releases.numbered import latest_file
from chokepoint.releases.provenance import describe_build
from chokepoint.releases.published import activate, finish_activation, finish_release, prune
from chokepoint.releases.relations import PUBLISHED_SCHEMAS
from chokepoint.warehouse.column_facts import declared_columns
from chokepoint.warehouse.model_inputs import published_inputs
from chokepoint.warehouse.results import primary_keys, private_checks
from chokepoint.warehouse.runstate import UPSTREAM_LAYERS, RunState
from orchestration.assets import OWNERS, failure
from orchestration.resources import WRITER_POOL, Writer

GROUP = "publish"
CANDIDATE = AssetKey(["publish", "candidate"])
RELEASE = AssetKey(["publish", "release"])
RELEASES_KEPT = 5


def publishing_assets(manifest: Mapping[str, Any]) -> list[AssetsDefinition]:
    """The candidate, downstream of every published model, and the release."""
    published = [
        AssetKey([node["schema"], node["alias"]])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in PUBLISHED_SCHEMAS
    ]
    shared: dict[str, Any] = {"group_name": GROUP, "owners": OWNERS, "pool": WRITER_POOL}

    @asset(
        key=CANDIDATE,
        deps=published,
        kinds={"duckdb"},
        description=(
            "Copy of schemas marts, reports and meta in a file of its own, in the storage format "
            "that older DuckDB drivers read. Nobody opens it before its checks have passed."
        ),
        **shared,
    )
    def candidate(context: AssetExecutionContext, writer: Writer) -> MaterializeResult:
        from expectations.runner import load_suites

        settings = writer.settings
        state = RunState(settings)
        state.clear("published")
        with progress.stage("candidate") as stage:
            try:
                state.require_complete()
                finish_activation(settings)
                made = build_candidate(
                    settings,
                    release_info=describe_build(
                        settings,
                        seconds=state.seconds(),
                        primary_keys=primary_keys(manifest),
                        private_checks=private_checks(manifest),
                        columns=declared_columns(manifest, load_suites("published")),
                        inputs=published_inputs(manifest, settings.project_dir, PUBLISHED_SCHEMAS),
                        previous=latest_file(settings),
                    ),
                    results=state.results(UPSTREAM_LAYERS),
                )
            except ChokepointError as error:
                raise failure(error) from error
        for label, (rows, _) in made.counts.items():
            # Counting here is free; asking dbt for it costs a query per model.
            context.log_event(
                AssetObservation(label.split("."), metadata={"dagster/row_count": rows})
            )
        state.keep_candidate(made.release_id)
        state.keep_seconds("candidate", "copy", stage.seconds)
        return MaterializeResult(
            metadata={
                "dagster/row_count": made.row_count,
                "release_id": made.release_id,
                "content_hash": made.content_hash,
                "relations": MetadataValue.md(_counts_table(made.counts)),
                "path": MetadataValue.path(made.path),
                **{f"seconds_{step}": seconds for step, seconds in made.seconds.items()},
            }
        )

    @asset(
        key=RELEASE,
        deps=[CANDIDATE],
        kinds={"duckdb", "parquet"},
        description=(
            "What people open: data/published/chokepoint.duckdb, its Parquet mirror, dictionary, "
            "data package and checksums. Replaced at once; open readers keep the old file."
        ),
        **shared,
    )
    def release(context: AssetExecutionContext, writer: Writer) -> MaterializeResult:
        settings = writer.settings
        state = RunState(settings)
        with progress.stage("release") as stage:
            try:
                checked = load_candidate(settings, state.candidate())
                made = finish_release(checked, state.results(["published"]))
                # First what may fail, then what readers see.
                own = private_copy.prepare(
                    settings,
                    made,
                    checked.withheld,
                    state.results([*UPSTREAM_LAYERS, "published"]),
                )
                made = activate(settings, made.release_id)
                private_copy.put_in_place(settings, own)
                removed = prune(settings, keep=RELEASES_KEPT)
            except ChokepointError as error:
                raise failure(error) from error
        state.keep_seconds("release", "finish", stage.seconds)
        if removed:
            context.log.info(f"removed old releases: {', '.join(removed)}")
        return MaterializeResult(
            metadata={
                "dagster/row_count": made.row_count,
                "release_id": made.release_id,
                "relation_count": made.relation_count,
                "file_size_bytes": settings.published_path.stat().st_size,
                "path": MetadataValue.path(settings.published_path),
                **{f"seconds_{step}": seconds for step, seconds in made.seconds.items()},
            }
        )

    return [candidate, release]


def _counts_table(counts: Mapping[str, tuple[int, str]]) -> str:
    lines = ["| relation | rows |", "| --- | ---: |"]
    lines += [f"| {label} | {rows:,} |" for label, (rows, _) in sorted(counts.items())]
    return "\n".join(lines)
