"""What dbt wrote about its last run, in the words of this project: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from chokepoint.checks import NOT_IN_SCOPE, CheckResult, scope
from chokepoint.warehouse.claims import Claim, check_name, checks_of, claims_of
from chokepoint.warehouse.graph import LANDED_LISTS, PUBLISHED, Project, parents

_STATUS = {"success": "pass", "pass": "pass", "fail": "fail", "warn": "warn", "skipped": "skipped"}
Sampler = Callable[[str], str | None]
# Rows of SQL on the warehouse, or why it cannot be asked.
Asker = Callable[[str], "list[tuple[Any, ...]] | str"]
Locator = Callable[[str, str], list[int]]


def dbt_check_results(
    run_results: Mapping[str, Any],
    project: Project,
    sample: Sampler | None = None,
    locate: Locator | None = None,
    ask: Asker | None = None,
) -> list[CheckResult]:
    """One result per claim and other dbt test of a run, and one per relation that was not built.

    run_results  the contents of dbt's artifact
    sample       SQL of what is against a claim -> JSON array of a few of its rows
    ask          compiled SQL of a failed test of claims -> its rows
    locate       path of a seed and such an array -> line numbers of these rows in it

    A model that could not be built forbids a release as a failed test does: the warehouse then
    holds an older state of it.
    """
    results = []
    for entry in run_results["results"]:
        node = project.nodes.get(entry["unique_id"])
        # "no-op": it stays as it is, and so does what was found of it.
        if node is None or entry["status"] == "no-op":
            continue
        if node["resource_type"] == "test":
            results += [
                _test_result(found, node, claim, project, sample, locate)
                for found, claim in _apart(entry, node, ask)
            ]
        elif entry["status"] == "error":
            results.append(_build_error(entry, node))
    return results


def _apart(
    entry: Mapping[str, Any], node: Mapping[str, Any], ask: Asker | None
) -> Iterator[tuple[Mapping[str, Any], Claim | None]]:
    """The entry of a test for each of its claims; only where one failed are they asked which."""
    claims = claims_of(node)
    if not claims:
        yield entry, None
        return
    failed = entry["status"] in ("fail", "warn")
    rows = ask(entry.get("compiled_code") or "") if failed and ask is not None else []
    if isinstance(rows, str):
        entry, rows = {**entry, "status": "error", "message": rows}, []
    against = {name: (failures, sql) for name, failures, sql in rows}
    for claim in claims:
        found = {**entry, "execution_time": (entry.get("execution_time") or 0.0) / len(claims)}
        if found["status"] in ("fail", "warn"):
            failures, sql = against.get(claim.name, (0, None))
            status = entry["status"] if failures else "pass"
            found |= {"status": status, "failures": failures, "compiled_code": sql}
        if claim.applies_to and claim.applies_to != scope():
            found |= {"status": "skipped", "message": NOT_IN_SCOPE}
        yield found, claim


def test_names(project: Project) -> set[str]:
    """Names of the project's claims and other dbt tests."""
    return {name for node in project.of_kind("test") for name, _ in checks_of(node)}


def reason_of(node: Mapping[str, Any], project: Project, claim: Claim | None = None) -> str:
    """Why it is asked; without a word on it what it asks for, and what its columns mean."""
    stated = _one_line((claim.reason if claim else node.get("description")) or "")
    if stated:
        return stated
    if claim is None:
        column = (node.get("test_metadata") or {}).get("kwargs", {}).get("column_name")
        columns, expected = [column] if column else [], _expected(node)
    else:
        columns, expected = claim.columns, claim.expected
    described = project.looked_at(node)
    one = described.get("columns", {}).get(columns[0], {}) if len(columns) == 1 else {}
    meaning = _one_line(one.get("description") or described.get("description") or "")
    return f"{expected}: {meaning}" if meaning else f"{expected}."


def primary_keys(project: Project) -> dict[str, list[str]]:
    """Published relation -> the columns that its first claim of a key names."""
    keys: dict[str, list[str]] = {}
    for relation, _, claim in project.claims:
        if claim.key and not claim.where and relation["schema"] in PUBLISHED:
            keys.setdefault(relation["alias"], list(claim.key))
    return keys


def private_checks(project: Project, restricted: Collection[str] = ()) -> set[str]:
    """Checks, and relations, that may read private rows, which a message could quote. They have a
    column data_origin or a `restricted` source, list deliveries or rows kept out, or are built on
    any of these."""
    private = {
        unique_id
        for unique_id, source in project.sources.items()
        if source["source_name"] == "landing"
        and (
            "data_origin" in source["columns"]
            or source["name"] in LANDED_LISTS
            or source["name"] in restricted
        )
    }
    names = set()
    for unique_id in project.made_into(private):
        node = project.all[unique_id]
        names.add(f"{node['schema']}.{node.get('alias') or node['name']}")
        if node["resource_type"] == "test":
            names.update(name for name, _ in checks_of(node))
    return names


def relation_of(node: Mapping[str, Any], project: Project) -> str:
    """`schema.name` of what a test looks at; of a model or seed, its own."""
    if node["resource_type"] == "test":
        found = project.looked_at(node)
        return f"{found['schema']}.{found.get('alias') or found['name']}" if found else "project"
    return f"{node['schema']}.{node['alias']}"


def _test_result(
    entry: Mapping[str, Any],
    node: Mapping[str, Any],
    claim: Claim | None,
    project: Project,
    sample: Sampler | None,
    locate: Locator | None,
) -> CheckResult:
    status = _STATUS.get(entry["status"], "error")
    failures = entry.get("failures")
    failing = None
    if status in ("fail", "warn") and sample is not None and entry.get("compiled_code"):
        failing = sample(_sample_sql(entry, node, project))
    if status in ("error", "skipped"):
        observed = entry.get("message") or "something it reads could not be built"
    else:
        observed = f"{failures:,} rows against it" if failures else "no row against it"
    seed = _seed_of(node, project) if status in ("fail", "warn") else None
    if seed:
        lines = locate(seed, failing) if locate and failing else []
        of_lines = f", line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}" if lines else ""
        observed += f", {seed}{of_lines}; correct it there, or git checkout -- {seed}"
    return CheckResult(
        check_name=check_name(node, claim) if claim else node["name"],
        relation=relation_of(node, project),
        layer="dbt",
        engine="dbt",
        severity=node["config"]["severity"].lower(),
        status=status,
        observed=_one_line(observed),
        expected=claim.expected if claim else _expected(node),
        reason=reason_of(node, project, claim),
        failing_sample=failing,
        seconds=round(entry.get("execution_time") or 0.0, 4),
    )


def _seed_of(node: Mapping[str, Any], project: Project) -> str | None:
    """Path of the seed that a test looks at, itself or through a model that reads nothing else."""
    found = project.looked_at(node)
    if found.get("resource_type") == "model" and len(parents(found)) == 1:
        found = project.nodes.get(parents(found)[0], {})
    return found["original_file_path"] if found.get("resource_type") == "seed" else None


def _sample_sql(entry: Mapping[str, Any], node: Mapping[str, Any], project: Project) -> str:
    """SQL of the failing rows, whole: dbt's own `relationships` selects their values alone."""
    meta = node.get("test_metadata") or {}
    if meta.get("name") != "relationships":
        return entry["compiled_code"]
    column = meta["kwargs"]["column_name"]
    relation = project.looked_at(node).get("relation_name")
    values = f"select from_field from (\n{entry['compiled_code']}\n)"
    return f'select * from {relation} where "{column}" in ({values}) order by "{column}"'


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
    parts = [str(column)] if column else []
    for name, value in arguments.items():
        is_list = isinstance(value, list)
        parts.append(f"{name} [{', '.join(map(str, value))}]" if is_list else f"{name} {value}")
    return f"{words}: {', '.join(parts)}" if parts else words


def _one_line(text: str) -> str:
    return " ".join(str(text).split())
