"""Claims and expectations as asset checks: one check for each, one step for all of a layer."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    multi_asset_check,
)

from chokepoint.checks import CheckResult
from chokepoint.walk import steps
from chokepoint.warehouse.results import checks_of, reason_of, relation_of
from chokepoint.warehouse.runstate import RunState
from expectations import runner
from orchestration.assets import told_mistakes
from orchestration.assets.landing import landing_key
from orchestration.assets.publishing import CANDIDATE
from orchestration.resources import WRITER_POOL, Writer

_SEVERITY = {"error": AssetCheckSeverity.ERROR, "warn": AssetCheckSeverity.WARN}


def _specs(
    suites: Iterable[runner.Suite], asset_of: Callable[[runner.Suite], AssetKey]
) -> list[AssetCheckSpec]:
    """One spec per expectation; those of severity error stop what comes after."""
    return [
        AssetCheckSpec(
            suite.check_name(item),
            asset=asset_of(suite),
            description=item.reason,
            blocking=item.severity == "error",
            metadata={"relation": suite.relation, "expected": runner.expected_text(item)},
        )
        for suite in suites
        for item in suite.expectations
    ]


def to_dagster(result: CheckResult, asset_key: AssetKey) -> AssetCheckResult:
    """A check's outcome as the web page shows it; a skipped one passes and says so."""
    metadata = {
        "status": result.status,
        "relation": result.relation,
        "observed": result.observed or "",
        "expected": result.expected or "",
        "reason": result.reason,
    }
    if result.failing_sample:
        metadata["failing_sample"] = MetadataValue.json(json.loads(result.failing_sample))
    return AssetCheckResult(
        asset_key=asset_key,
        check_name=result.check_name,
        passed=result.status in ("pass", "skipped"),
        severity=_SEVERITY[result.severity],
        description=result.observed,
        metadata=metadata,
    )


def landing_checks() -> AssetChecksDefinition:
    """The checks of all landed tables."""
    suites = runner.load_suites("landing")
    specs = _specs(suites, lambda suite: landing_key(suite.name))

    @multi_asset_check(
        name="landing_checks",
        specs=specs,
        can_subset=True,
        pool=WRITER_POOL,
        description="Each landed table as a whole: completeness, coverage, volume, distribution.",
    )
    def run_landing_checks(
        context: AssetCheckExecutionContext, writer: Writer
    ) -> Iterator[AssetCheckResult]:
        selected = context.selected_asset_check_keys
        sources = sorted({key.asset_key.path[-1] for key in selected})
        with told_mistakes():
            results = steps.check_landed(writer.settings, sources)
        names = {key.name for key in selected}
        for result in results:
            if result.check_name in names:
                yield to_dagster(result, landing_key(result.relation.rpartition(".")[2]))

    return run_landing_checks


def model_checks(manifest: Mapping[str, Any]) -> AssetChecksDefinition:
    """What models and seeds claim, as dbt found it in the step that built them."""
    specs = [
        AssetCheckSpec(
            name,
            asset=_asset_of(node, manifest),
            description=reason_of(node, manifest, claim),
            blocking=node["config"]["severity"].lower() == "error",
            metadata={"expected": claim.expected} if claim else {},
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        for name, claim in checks_of(node)
    ]
    keys = {spec.name: spec.asset_key for spec in specs}

    @multi_asset_check(
        name="model_checks",
        specs=specs,
        can_subset=True,
        pool=WRITER_POOL,
        description="What each relation claims of its rows; dbt asked it in the build.",
    )
    def tell_model_checks(
        context: AssetCheckExecutionContext, writer: Writer
    ) -> Iterator[AssetCheckResult]:
        names = {key.name for key in context.selected_asset_check_keys}
        for result in RunState(writer.settings).results(["dbt"]):
            if result.check_name in names:
                yield to_dagster(result, keys[result.check_name])

    return tell_model_checks


def _asset_of(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> AssetKey:
    return AssetKey(relation_of(node, manifest).split("."))


def published_checks() -> AssetChecksDefinition:
    """The checks of the candidate for a release."""
    specs = _specs(runner.load_suites("published"), lambda suite: CANDIDATE)

    @multi_asset_check(
        name="published_checks",
        specs=specs,
        can_subset=True,
        pool=WRITER_POOL,
        description="The candidate as its readers would see it.",
    )
    def run_published_checks(
        context: AssetCheckExecutionContext, writer: Writer
    ) -> Iterator[AssetCheckResult]:
        with told_mistakes():
            results = steps.check_candidate(writer.settings)
        names = {key.name for key in context.selected_asset_check_keys}
        for result in results:
            if result.check_name in names:
                yield to_dagster(result, CANDIDATE)

    return run_published_checks
