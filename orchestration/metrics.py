"""Metrics by name: MetricFlow makes the SQL, the published file answers it.

Metrics are dbt's (`models/semantic/`); dbt writes them into `semantic_manifest.json` with every
parse. MetricFlow needs no more than that file: docs/decisions/0016-bi-and-metrics.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.damage import connect_published
from orchestration.errors import ChokepointError

if TYPE_CHECKING:
    from orchestration.settings import Settings

MANIFEST = "semantic_manifest.json"


@dataclass(frozen=True)
class Metric:
    """A metric that may be asked for.

    dimensions  what it can be grouped and filtered by: name -> name as MetricFlow has it
    """

    name: str
    label: str
    description: str
    unit: str
    relation: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One question: metrics, dimensions to group by, and values that dimensions must have."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """Column names, dimensions first as asked, and rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def list_metrics(settings: Settings) -> list[Metric]:
    """The metrics of the last build, by name; parts of other metrics are left out."""
    return sorted(
        (metric for metric in _read(_manifest(settings)) if metric.unit),
        key=lambda metric: metric.name,
    )


def compile_sql(settings: Settings, requests: Sequence[Request]) -> list[str]:
    """The SQL of each request, for DuckDB with the published file open.

    Raises ChokepointError for an unknown metric or dimension.
    """
    known = {metric.name: metric for metric in _read(_manifest(settings))}
    asked = [_as_metricflow(request, known) for request in requests]

    # A second or two to import: for those who ask for metrics.
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
    from metricflow_semantics.errors.error_classes import MetricFlowException
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    class DuckDb:
        """MetricFlow's client of an engine, of which it only asks how its SQL is written."""

        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

    engine = MetricFlowEngine(SemanticManifestLookup(_for_metricflow(settings)), DuckDb())
    compiled = []
    for request in asked:
        try:
            explained = engine.explain(MetricFlowQueryRequest.create(**request))
        except MetricFlowException as error:
            raise ChokepointError(
                f"MetricFlow makes no SQL of it: {str(error).splitlines()[0]}",
                "ask for metrics and dimensions that `chokepoint metric` lists together.",
            ) from error
        compiled.append(explained.sql_statement.without_descriptions.sql)
    return compiled


def faults(settings: Settings) -> list[str]:
    """What MetricFlow finds wrong with the metrics, warnings too."""
    from metricflow_semantic_interfaces.validations.semantic_manifest_validator import (
        SemanticManifestValidator,
    )

    found = SemanticManifestValidator().validate_semantic_manifest(_for_metricflow(settings))
    issues = [*found.errors, *found.future_errors, *found.warnings]
    return [issue.as_readable_str() for issue in issues]


def ask(settings: Settings, request: Request) -> Answer:
    """What the published file answers to a request."""
    (sql,) = compile_sql(settings, [request])
    with connect_published(settings, config=settings.duckdb_config()) as con:
        con.execute("set enable_external_access = false")
        cursor = con.execute(sql)
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    # MetricFlow puts dimensions in alphabetical order, each with its entity before its name.
    named = [re.sub(r"^.*?__", "", column) for column in columns]
    wanted = [*request.by, *request.metrics]
    order = [
        next(i for i, name in enumerate(named) if f"{name}__".startswith(f"{each}__"))
        for each in wanted
    ]
    return Answer(wanted, [tuple(row[place] for place in order) for row in rows])


def _for_metricflow(settings: Settings) -> Any:
    from metricflow_semantics.model.dbt_manifest_parser import (
        parse_manifest_from_dbt_generated_manifest,
    )

    return parse_manifest_from_dbt_generated_manifest(json.dumps(_manifest(settings)))


def _manifest(settings: Settings) -> dict[str, Any]:
    path = settings.dbt_target_dir / MANIFEST
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise ChokepointError(
            f"{path} is not there or cannot be read.", "run `make build`: dbt writes it."
        ) from None


def _read(manifest: dict[str, Any]) -> list[Metric]:
    models = {
        measure["name"]: model
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }
    by_name = {metric["name"]: metric for metric in manifest["metrics"]}

    def model_of(metric: dict[str, Any]) -> dict[str, Any]:
        params = metric["type_params"]
        if params.get("measure"):
            return models[params["measure"]["name"]]
        return model_of(by_name[params["metrics"][0]["name"]])

    found = []
    for metric in manifest["metrics"]:
        model = model_of(metric)
        relation = model["node_relation"]
        meta = (metric.get("config") or {}).get("meta") or {}
        found.append(
            Metric(
                name=metric["name"],
                label=metric["label"] or metric["name"],
                description=metric["description"] or "",
                unit=meta.get("unit", ""),
                relation=f"{relation['schema_name']}.{relation['alias']}",
                dimensions={
                    dimension["name"]: f"{model['primary_entity']}__{dimension['name']}"
                    for dimension in model["dimensions"]
                },
            )
        )
    return found


def _as_metricflow(request: Request, known: Mapping[str, Metric]) -> dict[str, Any]:
    unknown = [name for name in request.metrics if name not in known]
    if unknown or not request.metrics:
        raise ChokepointError(
            f"There is no metric {', '.join(unknown) or 'without a name'}.",
            "run `chokepoint metric` for the list.",
        )
    dimensions = known[request.metrics[0]].dimensions

    def dimension(name: str) -> str:
        if name not in dimensions:
            raise ChokepointError(
                f"{request.metrics[0]} has no dimension {name!r}.",
                f"use one of: {', '.join(sorted(dimensions))}.",
            )
        return dimensions[name]

    where = []
    for name, value in request.where:
        if not {"{", "}"}.isdisjoint(value):
            raise ChokepointError(
                f"{name} cannot be {value!r}.", "no value of a dimension has braces in it."
            )
        text = value.replace("'", "''")
        where.append(f"cast({{{{ Dimension('{dimension(name)}') }}}} as varchar) = '{text}'")
    by = [dimension(name) for name in request.by]
    return {
        "metric_names": list(request.metrics),
        "group_by_names": by,
        "where_constraints": where,
        "order_by_names": by,
    }
