"""What dbt wrote about its last run, in the words of this project: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chokepoint.checks import CheckResult
from chokepoint.warehouse.graph import LANDED_LISTS, made_into, nodes_and_sources, parents

_STATUS = {"success": "pass", "pass": "pass", "fail": "fail", "warn": "warn", "skipped": "skipped"}
# Schemas whose keys go into datapackage.json.
_PUBLISHED = ("marts", "meta", "reports")
# Test of one column -> name that its query gives the value at fault; empty: the column's own.
_VALUE_OF = {
    "accepted_values": "value_field",
    "code_pattern": "code",
    "in_range": "",
    "relationships": "from_field",
    "unique": "unique_field",
}

Sampler = Callable[[str], str | None]
Locator = Callable[[str, str], list[int]]


def dbt_check_results(
    run_results: Mapping[str, Any],
    manifest: Mapping[str, Any],
    sample: Sampler | None = None,
    locate: Locator | None = None,
) -> list[CheckResult]:
    """One result per dbt test of a run, and one per model or seed that could not be built.

    run_results, manifest  the contents of dbt's artifacts
    sample                 compiled SQL of a failed test -> JSON array of a few of its rows
    locate                 path of a seed and such an array -> line numbers of these rows in it

    A model that could not be built forbids a release as a failed test does: the warehouse then
    holds an older state of it.
    """
    results = []
    for entry in run_results["results"]:
        node = manifest["nodes"].get(entry["unique_id"])
        if node is None:
            continue
        if node["resource_type"] == "test":
            results.append(_test_result(entry, node, manifest, sample, locate))
        elif entry["status"] == "error":
            results.append(_build_error(entry, node))
    return results


def test_names(manifest: Mapping[str, Any]) -> set[str]:
    """Names of the project's dbt tests."""
    return {n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test"}


def test_reason(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """Description of a test; without one its kind, its columns and what these mean.

    A test of no kind (a query of its own) has only its name `<model>__<claim>` to tell.
    """
    stated = _one_line(node.get("description") or "")
    meta = node.get("test_metadata")
    if stated or not meta:
        return stated or f"Claim: {node['name'].rpartition('__')[2].replace('_', ' ')}."
    kwargs = meta["kwargs"]
    column = kwargs.get("column_name")
    names = [column] if column else kwargs.get("columns") or []
    described = _looked_at(node, manifest)
    meaning = described.get("columns", {}).get(column, {}).get("description") if column else None
    meaning = _one_line(meaning or described.get("description") or "")
    kind = f"{meta['name']} on {', '.join(map(str, names))}" if names else meta["name"]
    return f"{kind}: {meaning}" if meaning else f"{kind}."


def primary_keys(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Published relation -> the columns that its key test (unique_key, else unique) names."""
    keys: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        meta = node.get("test_metadata") or {}
        model = manifest["nodes"].get(node.get("attached_node") or "")
        if model is None or model["schema"] not in _PUBLISHED:
            continue
        if meta.get("name") == "unique_key":
            keys[model["alias"]] = list(meta["kwargs"]["columns"])
        elif meta.get("name") == "unique":
            keys.setdefault(model["alias"], [meta["kwargs"]["column_name"]])
    return keys


def private_checks(manifest: Mapping[str, Any]) -> set[str]:
    """Checks, and relations, that may read rows of the user's own: a message could quote them.

    A landed table may hold own rows if it has a column data_origin. So may the lists of
    deliveries and of rows kept out, and whatever is built on any of these.
    """
    private = {
        unique_id
        for unique_id, source in manifest["sources"].items()
        if source["source_name"] == "landing"
        and ("data_origin" in source["columns"] or source["name"] in LANDED_LISTS)
    }
    nodes = nodes_and_sources(manifest)
    names = set()
    for unique_id in made_into(manifest, private):
        node = nodes[unique_id]
        names.add(f"{node['schema']}.{node.get('alias') or node['name']}")
        if node["resource_type"] == "test":
            names.add(node["name"])
    return names


def relation_of(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """`schema.name` of what a test looks at; of a model or seed, its own."""
    if node["resource_type"] == "test":
        found = _looked_at(node, manifest)
        return f"{found['schema']}.{found.get('alias') or found['name']}" if found else "project"
    return f"{node['schema']}.{node['alias']}"


def _looked_at(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model, seed or source that a test is about; empty if there is none."""
    nodes = nodes_and_sources(manifest)
    looked_at = (node.get("attached_node"), *parents(node))
    return next((nodes[one] for one in looked_at if one in nodes), {})


def _test_result(
    entry: Mapping[str, Any],
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    sample: Sampler | None,
    locate: Locator | None,
) -> CheckResult:
    status = _STATUS.get(entry["status"], "error")
    failures = entry.get("failures")
    failing = None
    if status in ("fail", "warn") and sample is not None and entry.get("compiled_code"):
        failing = sample(_sample_sql(entry, node, manifest))
    if status in ("error", "skipped"):
        observed = entry.get("message") or "something it reads could not be built"
    else:
        observed = f"{failures:,} rows against it" if failures else "no row against it"
    seed = _seed_of(node, manifest) if status in ("fail", "warn") else None
    if seed:
        lines = locate(seed, failing) if locate and failing else []
        observed += f", {_place(seed, lines)}; correct it there, or git checkout -- {seed}"
    return CheckResult(
        check_name=node["name"],
        relation=relation_of(node, manifest),
        layer="dbt",
        engine="dbt",
        severity=node["config"]["severity"].lower(),
        status=status,
        observed=_one_line(observed),
        expected=_expected(node),
        reason=test_reason(node, manifest),
        failing_sample=failing,
        seconds=round(entry.get("execution_time") or 0.0, 4),
    )


def _seed_of(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str | None:
    """Path of the seed that a test looks at, itself or through a model that reads nothing else."""
    found = _looked_at(node, manifest)
    if found.get("resource_type") == "model" and len(parents(found)) == 1:
        found = manifest["nodes"].get(parents(found)[0], {})
    return found["original_file_path"] if found.get("resource_type") == "seed" else None


def _place(path: str, lines: list[int]) -> str:
    if not lines:
        return path
    return f"{path}, line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"


def _sample_sql(
    entry: Mapping[str, Any], node: Mapping[str, Any], manifest: Mapping[str, Any]
) -> str:
    """SQL of the failing rows, whole: tests of one column select nothing but its value."""
    meta = node.get("test_metadata") or {}
    column = meta.get("kwargs", {}).get("column_name")
    relation = _looked_at(node, manifest).get("relation_name")
    if not column or not relation:
        return entry["compiled_code"]
    condition = node["config"].get("where")
    limited = f" and ({condition})" if condition else ""
    if meta["name"] == "not_null":
        return f'select * from {relation} where "{column}" is null{limited}'
    selected = _VALUE_OF.get(meta["name"])
    if selected is None:
        return entry["compiled_code"]
    values = f"select {selected or column} from (\n{entry['compiled_code']}\n)"
    return f'select * from {relation} where "{column}" in ({values}){limited} order by "{column}"'


def _build_error(entry: Mapping[str, Any], node: Mapping[str, Any]) -> CheckResult:
    return CheckResult(
        check_name=f"{node['name']}__is_built",
        relation=f"{node['schema']}.{node['alias']}",
        layer="dbt",
        engine="dbt",
        severity="error",
        status="error",
        observed=_one_line(entry.get("message") or "dbt gave no message"),
        expected="the SQL runs and meets its contract",
        reason=f"Readers would see an older state of {node['alias']}, or none.",
        seconds=round(entry.get("execution_time") or 0.0, 4),
    )


def _expected(node: Mapping[str, Any]) -> str:
    meta = node.get("test_metadata")
    if not meta:
        return "the query returns no row"
    words = meta["name"].replace("_", " ")
    arguments = {k: v for k, v in meta["kwargs"].items() if k != "model"}
    column = arguments.pop("column_name", None)
    parts = ([str(column)] if column else []) + [f"{k} {_text(v)}" for k, v in arguments.items()]
    return f"{words}: {', '.join(parts)}" if parts else words


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def _one_line(text: str) -> str:
    return " ".join(str(text).split())
