"""Publishing: a candidate is copied out of the warehouse, checked, and becomes the release."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from chokepoint.pipeline import steps
from chokepoint.warehouse.graph import Project
from orchestration.assets import of_group, told_mistakes
from orchestration.resources import WRITER_POOL, Writer

if TYPE_CHECKING:
    from chokepoint.releases.candidate import Candidate
    from chokepoint.releases.published import Release

GROUP = "publish"
CANDIDATE = dg.AssetKey(["publish", "candidate"])
RELEASE = dg.AssetKey(["publish", "release"])


def _told(made: "Candidate | Release", path: Path, **more: Any) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": made.row_count,
            "release_id": made.release_id,
            **more,
            "path": dg.MetadataValue.path(path),
            **{f"seconds_{step}": seconds for step, seconds in made.seconds.items()},
        }
    )


def publishing_assets(project: Project) -> list[dg.AssetsDefinition]:
    """The candidate, downstream of every published model, and the release."""
    published = [dg.AssetKey([node["schema"], node["alias"]]) for node in project.published()]

    @dg.asset(
        key=CANDIDATE,
        deps=published,
        **of_group(GROUP, "duckdb"),
        pool=WRITER_POOL,
        description=(
            "Copy of schemas marts, reports and meta in a file of its own, in the storage format "
            "that older DuckDB drivers read. Nobody opens it before its checks have passed."
        ),
    )
    def candidate(context: dg.AssetExecutionContext, writer: Writer) -> dg.MaterializeResult:
        with told_mistakes():
            made = steps.make_candidate(writer.settings)
        for label, (rows, _) in made.counts.items():
            # Counting here is free; asking dbt for it costs a query per model.
            context.log_event(
                dg.AssetObservation(label.split("."), metadata={"dagster/row_count": rows})
            )
        counts = ["| relation | rows |", "| --- | ---: |"]
        counts += [f"| {label} | {rows:,} |" for label, (rows, _) in sorted(made.counts.items())]
        relations = dg.MetadataValue.md("\n".join(counts))
        return _told(made, made.path, content_hash=made.content_hash, relations=relations)

    @dg.asset(
        key=RELEASE,
        deps=[CANDIDATE],
        **of_group(GROUP, "duckdb", "parquet"),
        pool=WRITER_POOL,
        description=(
            "What people open: data/published/chokepoint.duckdb, its Parquet mirror, dictionary, "
            "data package and checksums. Replaced at once; open readers keep the old file."
        ),
    )
    def release(context: dg.AssetExecutionContext, writer: Writer) -> dg.MaterializeResult:
        with told_mistakes():
            made, removed = steps.make_release(writer.settings)
        if removed:
            context.log.info(f"removed old releases: {', '.join(removed)}")
        path = writer.settings.published_path
        size = path.stat().st_size
        return _told(made, path, relation_count=made.relation_count, file_size_bytes=size)

    return [candidate, release]
