"""Metrics by name: MetricFlow makes the SQL from dbt's `semantic_manifest.json` (of
`models/semantic/`), the published file answers it. See docs/decisions/0016-bi-and-metrics.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.reading.queries import what_exists

if TYPE_CHECKING:
    from chokepoint.settings import Settings

MANIFEST = "semantic_manifest.json"
ORIGIN = "data_origin"
# What a description says of empty cells that do not come from a group of too much.
_EMPTY_OTHERWISE = re.compile(r"empty (?!unless a group|where a group|over)", re.IGNORECASE)
_DIMENSION = re.compile(r"\{\{\s*Dimension\('\w+?__(\w+)'\)\s*\}\}")


@dataclass(frozen=True)
class Metric:
    """A metric that may be asked for.

    dimensions  what it can be grouped and filtered by: name -> name as MetricFlow has it
    columns     the same dimensions: name -> SQL over the relation
    days        those of them that are days
    counted     SQL conditions on the relation's rows that the metric is made of
    one_of      dimensions of which a group has one value each, or the metric is empty
    """

    name: str
    description: str
    unit: str
    relation: str
    dimensions: Mapping[str, str]
    columns: Mapping[str, str]
    days: frozenset[str]
    counted: tuple[str, ...]
    one_of: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """One question: metrics, dimensions to group by, and values that dimensions must have."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """Column names, dimensions first as asked, and rows; why what is empty is so, in words."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    notes: list[str] = field(default_factory=list)


def list_metrics(settings: Settings) -> list[Metric]:
    """The metrics of the last build, by name; parts of other metrics are left out."""
    return sorted(
        (metric for metric in _read(_manifest(settings)) if metric.unit),
        key=lambda metric: metric.name,
    )


def compile_sql(settings: Settings, requests: Sequence[Request]) -> list[str]:
    """The SQL of each request, for DuckDB with the published file open; ChokepointError for an
    unknown metric or dimension."""
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

    client: Any = DuckDb()
    engine = MetricFlowEngine(SemanticManifestLookup(_for_metricflow(settings)), client)
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
    """What the published file answers to a request, each row with its data_origin."""
    with connect_published(settings, config=settings.duckdb_config()) as con:
        con.execute("set enable_external_access = false")
        return answer(con, settings, request)


def answer(con: Any, settings: Settings, request: Request) -> Answer:
    """What a published file that is open answers to a request, as `ask` does."""
    known = {metric.name: metric for metric in _read(_manifest(settings))}
    request = by_origin(settings, request)
    (sql,) = compile_sql(settings, [request])
    cursor = con.execute(sql)
    columns = [column[0] for column in cursor.description]
    found = cursor.fetchall()
    # MetricFlow puts dimensions in alphabetical order, each with its entity before its name.
    named = [re.sub(r"^.*?__", "", column) for column in columns]
    wanted = [*request.by, *request.metrics]
    order = [
        next(i for i, name in enumerate(named) if f"{name}__".startswith(f"{each}__"))
        for each in wanted
    ]
    rows = [tuple(row[place] for place in order) for row in found]
    notes = [
        note
        for place, name in enumerate(request.metrics, start=len(request.by))
        for note in _notes(con, known[name], request, [row[place] for row in rows])
    ]
    end = len(request.by)
    if ORIGIN not in request.by:
        origin = _origin(con, {known[name].relation for name in request.metrics})
        rows = [(*row[:end], origin, *row[end:]) for row in rows]
        wanted.insert(end, ORIGIN)
    place = wanted.index(ORIGIN)
    if synthetic := sum(row[place] == "synthetic" for row in rows):
        notes.append(
            f"{synthetic} of {len(rows)} rows are synthetic: a sample made from a seed, which"
            " says nothing of the world."
        )
    return Answer(wanted, rows, notes)


def by_origin(settings: Settings, request: Request) -> Request:
    """The request, by data_origin too where rows may be synthetic, never summed; ChokepointError
    where only some of the metrics have the dimension."""
    asked = [m for m in _read(_manifest(settings)) if m.name in request.metrics]
    with_origin = [metric.name for metric in asked if ORIGIN in metric.dimensions]
    if not with_origin or ORIGIN in request.by:
        return request
    if len(with_origin) < len(asked):
        raise ChokepointError(
            f"{', '.join(with_origin)} may be synthetic, and the other metrics never are.",
            "ask for them apart.",
        )
    return replace(request, by=(*request.by, ORIGIN))


def _origin(con: Any, relations: Iterable[str]) -> str:
    """Of what kind the tables below relations without the dimension are, the weightiest alone."""
    names = [relation.partition(".")[2] for relation in relations]
    found = con.execute(
        "select coalesce(arg_min(data_origin, list_position(['synthetic', 'real', 'press_claim',"
        " 'own_mapping'], data_origin)), 'unknown') from meta.relation_origins"
        " inner join meta.sources using (table_name) where list_contains(?, relation_name)",
        [names],
    ).fetchone()
    return found[0]


def _notes(con: Any, metric: Metric, request: Request, cells: Sequence[Any]) -> list[str]:
    """Why a metric says nothing, or says it of nothing, and what to ask instead."""
    asked = {name: value for name, value in request.where if name in metric.columns}
    chosen = [f"cast({metric.columns[name]} as varchar) = ?" for name in asked]

    def has_rows(conditions: Sequence[str], values: Sequence[str]) -> bool:
        sql = f"select 1 from {_rows_of(metric, conditions)} limit 1"
        return bool(con.execute(sql, values).fetchall())

    if has_rows([*metric.counted, *chosen], [*asked.values()]):
        return _why_empty(con, metric, request.by, asked, chosen, cells)
    if not has_rows(metric.counted, []):
        return [f"{metric.name}: this release has nothing that it counts."]
    if any(cell is not None for cell in cells) and has_rows(chosen, [*asked.values()]):
        return []  # None of them counts, and none is the answer.
    columns = {name: metric.columns[name] for name in asked}
    used = " and ".join(f"{name} {value}" for name, value in asked.items())
    exists = what_exists(con, metric.relation, columns, asked, counted=" and ".join(metric.counted))
    return [" ".join([f"{metric.name}: no row for {used}.", *exists])]


def _rows_of(metric: Metric, conditions: Sequence[str]) -> str:
    return f"{metric.relation} where {' and '.join(conditions) or 'true'}"


def _why_empty(
    con: Any,
    metric: Metric,
    by: Sequence[str],
    asked: Mapping[str, str],
    chosen: Sequence[str],
    cells: Sequence[Any],
) -> list[str]:
    """Which dimensions the groups of empty cells mix, and how many are empty all the same;
    `chosen`: conditions on bound values."""
    if None not in cells:
        return []
    mixing, mixed = 0, {}
    if open_ones := [name for name in metric.one_of if name not in {*by, *asked}]:
        counts = ", ".join(
            f"count(distinct {metric.columns[each]}) as {each}" for each in open_ones
        )
        keys = ", ".join(metric.columns[each] for each in by)
        mixing, *most = con.execute(
            f"select count(*) filter (greatest({', '.join(open_ones)}) > 1),"
            f" {', '.join(f'max({each})' for each in open_ones)}"
            f" from (select {counts} from {_rows_of(metric, [*metric.counted, *chosen])}"
            f" {f'group by {keys}' if keys else ''})",
            [*asked.values()],
        ).fetchone()
        mixed = {name: count for name, count in zip(open_ones, most, strict=True) if count > 1}

    def told(count: int) -> str:
        of = f"{count} of {len(cells)} rows are empty" if len(cells) > 1 else "empty"
        return f"{metric.name}: {of}"

    notes = []
    if mixed:
        named = ", ".join(f"{name} ({count} values)" for name, count in mixed.items())
        options = " ".join(f"--{name.replace('_', '-')} VALUE" for name in mixed)
        notes.append(
            f"{told(mixing)}, since a group mixes what does not add up: {named}."
            f" Ask for each with --by {','.join([*by, *mixed])}, or for one with {options}."
        )
    if (others := sum(cell is None for cell in cells) - mixing) > 0:
        meaning = [
            f" {each[0].upper()}{each[1:].rstrip('.')}."
            for each in re.split(r"(?<=\.) |; ", metric.description)
            if _EMPTY_OTHERWISE.match(each)
        ]
        notes.append(
            f"{told(others)}: {metric.relation} has rows, but no figure.{''.join(meaning)}"
        )
    return notes


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

    def simple_parts(metric: dict[str, Any]) -> list[dict[str, Any]]:
        params = metric["type_params"]
        if params.get("measure"):
            return [metric]
        return [part for each in params["metrics"] for part in simple_parts(by_name[each["name"]])]

    def conditions(metric: dict[str, Any], columns: Mapping[str, str]) -> list[str]:
        filters = (metric.get("filter") or {}).get("where_filters") or []
        return [
            "(" + _DIMENSION.sub(lambda name: columns[name[1]], each["where_sql_template"]) + ")"
            for each in filters
        ]

    found = []
    for metric in manifest["metrics"]:
        parts = simple_parts(metric)
        model = models[parts[0]["type_params"]["measure"]["name"]]
        relation = model["node_relation"]
        columns = {each["name"]: each["expr"] or each["name"] for each in model["dimensions"]}
        counted = [each for part in (metric, *parts) for each in conditions(part, columns)]
        meta = (metric.get("config") or {}).get("meta") or {}
        found.append(
            Metric(
                name=metric["name"],
                description=metric["description"] or "",
                unit=meta.get("unit", ""),
                relation=f"{relation['schema_name']}.{relation['alias']}",
                dimensions={name: f"{model['primary_entity']}__{name}" for name in columns},
                columns=columns,
                days=frozenset(d["name"] for d in model["dimensions"] if d["type"] == "time"),
                counted=tuple(dict.fromkeys(counted)),
                one_of=tuple(meta.get("one_of", ())),
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
    first = known[request.metrics[0]]
    dimensions = first.dimensions

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
        column = f"{{{{ Dimension('{dimension(name)}') }}}}"
        if name in first.days:
            # MetricFlow makes a timestamp of a day.
            column = f"cast({column} as date)"
        where.append(f"cast({column} as varchar) = '{text}'")
    by = [dimension(name) for name in request.by]
    return {
        "metric_names": list(request.metrics),
        "group_by_names": by,
        "where_constraints": where,
        "order_by_names": by,
    }
