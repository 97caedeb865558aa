"""The warehouse: the whole dbt project as assets, built in one step, as `chokepoint build` does."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    TableColumn,
    TableSchema,
    multi_asset,
)

from chokepoint.walk import steps
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.ledger import in_order
from chokepoint.warehouse.project import start_worker
from orchestration.assets import OWNERS, told_mistakes
from orchestration.resources import WRITER_POOL, Writer


def asset_key(node: Mapping[str, Any]) -> AssetKey:
    """Schema and name, as in SQL; of a source that of the landed table."""
    return AssetKey([node["schema"], node.get("alias") or node["name"]])


def _spec(node: Mapping[str, Any], project: Project) -> AssetSpec:
    """A model or seed: the group is its folder, the layer a tag."""
    is_view = node["config"].get("materialized") == "view"
    is_seed = node["resource_type"] == "seed"
    columns = [
        TableColumn(one["name"], one.get("data_type") or "?", one.get("description") or None)
        for one in node["columns"].values()
    ]
    return AssetSpec(
        asset_key(node),
        deps=[asset_key(project.all[one]) for one in project.above(node["unique_id"])],
        description=node["description"] or node["name"],
        group_name=Path(node["original_file_path"]).parent.name,
        owners=OWNERS,
        kinds={"dbt", "duckdb", "csv" if is_seed else "view" if is_view else "table"},
        tags={"layer": node["schema"]},
        metadata={"dagster/column_schema": TableSchema(columns)} if columns else {},
        code_version=node["checksum"]["checksum"],
    )


def warehouse_assets(project: Project) -> AssetsDefinition:
    """All seeds and models, of which a run builds what is new, whatever was chosen of them."""
    made = {node["unique_id"]: node for node in project.of_kind("seed", "model")}

    @multi_asset(
        name="warehouse",
        specs=[_spec(node, project) for node in made.values()],
        can_subset=True,
        pool=WRITER_POOL,
    )
    def warehouse(context: AssetExecutionContext, writer: Writer) -> Iterator[MaterializeResult]:
        with told_mistakes(), closing(start_worker(writer.settings)) as worker:
            ended = steps.build_models(writer.settings, worker)
        if ended.message:
            raise Failure(description=ended.message, allow_retries=False)
        for key in (asset_key(made[name]) for name in in_order(made)):
            if key in context.selected_asset_keys:
                yield MaterializeResult(key)

    return warehouse
