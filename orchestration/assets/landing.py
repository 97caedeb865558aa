"""Landing: one asset per source, and the manifest of what has landed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.periods import current_deliveries, missing_periods, read_deliveries
from chokepoint.landing.registry import CONTRACTS, check_inbox
from chokepoint.pipeline import steps
from chokepoint.settings import Settings
from orchestration.assets import of_group, told_mistakes
from orchestration.assets.downloads import DUE
from orchestration.resources import WRITER_POOL, Writer

GROUP = "landing"
PREVIEW_ROWS = 5
# Tag of a run that takes some files of the inbox only: their names, one a line.
INBOX_TAG = "chokepoint/inbox"


def landing_key(source_id: str) -> dg.AssetKey:
    """Asset of a landed source; dbt's source of the same name maps to it."""
    return dg.AssetKey(["landing", source_id])


def landing_assets(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """One asset per source and one for what has landed; dbt's manifest describes the columns."""
    described = {
        source["name"]: {name: c["description"] for name, c in source["columns"].items()}
        for source in manifest["sources"].values()
        if source["source_name"] == GROUP
    }
    return [
        *(_landing_asset(c, described.get(c.source_id, {})) for c in CONTRACTS.values()),
        _manifest_asset(),
    ]


def _landing_asset(contract: SourceContract, described: Mapping[str, str]) -> dg.AssetsDefinition:
    @dg.asset(
        key=landing_key(contract.source_id),
        **of_group(GROUP, "csv", "parquet", "duckdb"),
        description=(
            f"{contract.title}. Typed Parquet, one file per period and vintage, under "
            f"data/landing/{contract.source_id}/. Delivered: {contract.frequency}. Rows that "
            "break the contract are in landing.quarantined_rows."
        ),
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(c.name, c.duckdb_type, described.get(c.name))
                    for c in contract.columns
                ]
            ),
            "key": ", ".join(contract.key),
        },
        deps=[DUE],
        pool=WRITER_POOL,
        op_tags={"source_id": contract.source_id},
    )
    def land_source(context: dg.AssetExecutionContext, writer: Writer) -> dg.MaterializeResult:
        settings = writer.settings
        with told_mistakes():
            reports = steps.land(
                settings,
                [contract.source_id],
                only=True,
                accepts=_accepted(context, settings),
                part=contract.source_id,
            )
        for report in reports:
            context.log.info(f"{report.file_name}: {report.status}")
        return dg.MaterializeResult(metadata=landing_metadata(settings, contract.source_id))

    return land_source


def _accepted(
    context: dg.AssetExecutionContext, settings: Settings
) -> Callable[[Path], bool] | None:
    """Which files a run takes: all, or with the sensor's tag those of the inbox that it names."""
    named = context.run.tags.get(INBOX_TAG)
    if named is None:
        return None
    names = set(named.split("\n"))
    return lambda path: path.parent != settings.inbox_dir or path.name in names


def _manifest_asset() -> dg.AssetsDefinition:
    shared = of_group(GROUP, "duckdb") | {"deps": [*map(landing_key, CONTRACTS)]}

    @dg.multi_asset(
        name="landing_manifest",
        specs=[
            dg.AssetSpec(
                landing_key("deliveries"),
                description="What has landed: one row per source, period and vintage.",
                **shared,
            ),
            dg.AssetSpec(
                landing_key("quarantined_rows"),
                description="Rows kept out at landing, with file, line, value, reason and remedy.",
                **shared,
            ),
        ],
        can_subset=True,
        pool=WRITER_POOL,
    )
    def landing_manifest(
        context: dg.AssetExecutionContext, writer: Writer
    ) -> Iterator[dg.MaterializeResult]:
        # Each source lands its own files; one that is nobody's must not be passed over.
        with told_mistakes():
            check_inbox(writer.settings, accepts=_accepted(context, writer.settings))
        for key, count in manifest_counts(writer.settings).items():
            if key in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": count})

    return landing_manifest


def manifest_counts(settings: Settings) -> dict[dg.AssetKey, int]:
    """Rows of the two tables of what has landed."""
    deliveries = [row for key in CONTRACTS for row in read_deliveries(settings, key)]
    kept_out = {row["vintage"]: row["quarantined_count"] for row in deliveries}
    return {
        landing_key("deliveries"): len(deliveries),
        landing_key("quarantined_rows"): sum(kept_out.values()),
    }


def landing_metadata(settings: Settings, source_id: str) -> dict[str, Any]:
    """Rows, rows kept out, vintage, what has landed by period and a preview, for the web page."""
    rows = current_deliveries(settings, source_id)
    if not rows:
        return {"dagster/row_count": 0}
    latest = max(rows, key=lambda row: (row["known_on"], row["landed_at"]))
    periods = [row["period"] for row in rows]
    kept_out = {row["vintage"]: row["quarantined_count"] for row in rows}
    names = ["period", "row_count", "known_on", "vintage", "file_name"]
    latest_first = [[row[name] for name in names] for row in reversed(rows)]
    return {
        "dagster/row_count": sum(row["row_count"] for row in rows),
        "rows_quarantined": sum(kept_out.values()),
        "vintage": latest["vintage"],
        "known_on": latest["known_on"],
        "file_name": latest["file_name"],
        "file_sha256": latest["file_sha256"],
        "periods": periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}",
        "deliveries": dg.MetadataValue.md(_markdown(names, latest_first)),
        "preview": dg.MetadataValue.md(preview(settings.landing_dir / rows[-1]["parquet_path"])),
        "path": dg.MetadataValue.path(settings.landing_dir / source_id),
        **({"missing_periods": ", ".join(gaps)} if (gaps := missing_periods(periods)) else {}),
    }


def preview(path: Path) -> str:
    """The first rows of a Parquet file as a Markdown table."""
    import duckdb

    with duckdb.connect() as con:
        cursor = con.execute("select * from read_parquet(?) limit ?", [str(path), PREVIEW_ROWS])
        names = [column[0] for column in cursor.description]
        body = cursor.fetchall()
    return _markdown(names, body)


def _markdown(names: list[str], body: Iterable[Iterable[object]]) -> str:
    cells = [
        ["" if value is None else str(value).replace("|", "\\|") for value in row] for row in body
    ]
    lines = [names, ["---"] * len(names), *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
