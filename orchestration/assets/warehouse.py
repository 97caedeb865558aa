"""The warehouse: the whole dbt project as assets, built by one dbt process."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)

from chokepoint import progress
from chokepoint.pipeline import steps
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.project import dbt_environment, project_fingerprint, refuse_empty_seeds
from chokepoint.warehouse.runstate import RunState
from orchestration.assets import OWNERS, told_mistakes
from orchestration.resources import WRITER_POOL, Writer


class Translator(DagsterDbtTranslator):
    """Key [schema, name], as in SQL; the group is the topic, the layer a tag."""

    def __init__(self) -> None:
        # orchestration/checks.py has one check for each claim of a test.
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=False))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        props = dbt_resource_props
        if props["resource_type"] == "source":
            return dg.AssetKey([props["source_name"], props["name"]])
        return dg.AssetKey([props["schema"], props.get("alias") or props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return topic(dbt_resource_props["original_file_path"])

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        return {"layer": dbt_resource_props["schema"]}

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        # The SQL is in the repository; here it would drown what the table is.
        return dbt_resource_props.get("description") or dbt_resource_props["name"]

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = manifest["nodes"].get(unique_id) or manifest["sources"].get(unique_id)
        if spec.owners or props is None or props["resource_type"] == "source":
            return spec
        schema = column_schema(props)
        metadata = {"dagster/column_schema": schema} if schema.columns else {}
        return spec.replace_attributes(
            owners=OWNERS, metadata={**spec.metadata, **metadata}, kinds={"dbt", *_kinds(props)}
        )


def topic(path: str) -> str:
    """The folder that a model or seed is in: models/<layer>/<topic>/, seeds/<topic>/."""
    return Path(path).parent.name


def column_schema(props: Mapping[str, Any]) -> dg.TableSchema:
    """Columns of a model with type and description, as its yml states them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column["name"], column.get("data_type") or "?", column.get("description") or None
            )
            for column in props.get("columns", {}).values()
        ]
    )


def warehouse_assets(project: Project) -> dg.AssetsDefinition:
    """All seeds and models; dbt runs once with their tests, not once per layer."""
    translator = Translator()

    @dbt_assets(
        manifest=project.manifest,
        dagster_dbt_translator=translator,
        name="warehouse",
        pool=WRITER_POOL,
    )
    def warehouse(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, writer: Writer
    ) -> Iterator[Any]:
        settings = writer.settings
        if why := steps.begin_models(settings):
            context.log.warning(f"The warehouse was damaged and is built anew ({why})")
        with told_mistakes():
            refuse_empty_seeds(settings)
        # dbt's process takes over the environment of this one.
        os.environ.update(dbt_environment(settings))
        fingerprint = project_fingerprint(settings)
        with progress.stage("dbt", total=len(project.nodes)) as stage:
            target = settings.dbt_target_dir
            # The warehouse holds own rows: its file is nobody else's. What is published is for all.
            umask = os.umask(0o077)
            invocation = dbt.cli(
                ["build"], context=context, raise_on_error=False, target_path=target
            )
            os.umask(umask)
            for event in invocation.stream():
                # Tests are told by their claims afterwards.
                if not isinstance(event, dg.AssetObservation):
                    stage.step(event.output_name if isinstance(event, dg.Output) else "")
                    yield event
            error = None if invocation.is_successful() else str(invocation.get_error())
            ended = steps.keep_models(settings, project, error)
        state = RunState(settings)
        state.keep_seconds("dbt", "build", stage.seconds)
        if ended.message:
            raise dg.Failure(description=ended.message, allow_retries=False)
        if not (ended.failed or context.is_subset):
            state.keep_models(fingerprint)

    return warehouse


def _kinds(props: Mapping[str, Any]) -> set[str]:
    if props["resource_type"] == "seed":
        return {"duckdb", "csv"}
    return {"duckdb", "view" if props["config"].get("materialized") == "view" else "table"}
