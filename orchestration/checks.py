"""Claims and expectations as asset checks: one check for each, one step for all of a layer."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import dagster as dg

from chokepoint.checks import CheckResult
from chokepoint.pipeline import steps
from chokepoint.settings import Settings
from chokepoint.warehouse.claims import checks_of
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.results import reason_of, relation_of
from chokepoint.warehouse.runstate import RunState
from expectations import runner
from orchestration.assets import told_mistakes
from orchestration.assets.landing import landing_key
from orchestration.assets.publishing import CANDIDATE
from orchestration.resources import WRITER_POOL, Writer

_SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}


def _specs(
    suites: Iterable[runner.Suite], asset_of: Callable[[runner.Suite], dg.AssetKey]
) -> list[dg.AssetCheckSpec]:
    """One spec per expectation; those of severity error stop what comes after."""
    return [
        dg.AssetCheckSpec(
            suite.check_name(item),
            asset=asset_of(suite),
            description=item.reason,
            blocking=item.severity == "error",
            metadata={"relation": suite.relation, "expected": runner.expected_text(item)},
        )
        for suite in suites
        for item in suite.expectations
    ]


def to_dagster(result: CheckResult, asset_key: dg.AssetKey) -> dg.AssetCheckResult:
    """A check's outcome as the web page shows it; a skipped one passes and says so."""
    metadata: dict[str, Any] = {
        "status": result.status,
        "relation": result.relation,
        "observed": result.observed or "",
        "expected": result.expected or "",
        "reason": result.reason,
    }
    if result.failing_sample:
        metadata["failing_sample"] = dg.MetadataValue.json(json.loads(result.failing_sample))
    return dg.AssetCheckResult(
        asset_key=asset_key,
        check_name=result.check_name,
        passed=result.status in ("pass", "skipped"),
        severity=_SEVERITY[result.severity],
        description=result.observed,
        metadata=metadata,
    )


def _checks(
    name: str,
    specs: list[dg.AssetCheckSpec],
    description: str,
    ask: Callable[[Settings, set[dg.AssetKey]], list[CheckResult]],
) -> dg.AssetChecksDefinition:
    """Checks that one step tells; `ask` gives the results of those assets, or of more."""
    keys = {spec.name: spec.asset_key for spec in specs}

    @dg.multi_asset_check(
        name=name, specs=specs, can_subset=True, pool=WRITER_POOL, description=description
    )
    def tell(
        context: dg.AssetCheckExecutionContext, writer: Writer
    ) -> Iterator[dg.AssetCheckResult]:
        names = {key.name for key in context.selected_asset_check_keys}
        with told_mistakes():
            results = ask(writer.settings, {keys[name] for name in names})
        for result in results:
            if result.check_name in names:
                yield to_dagster(result, keys[result.check_name])

    return tell


def landing_checks() -> dg.AssetChecksDefinition:
    """The checks of all landed tables."""
    return _checks(
        "landing_checks",
        _specs(runner.load_suites("landing"), lambda suite: landing_key(suite.name)),
        "Each landed table as a whole: completeness, coverage, volume, distribution.",
        lambda settings, assets: steps.check_landed(settings, sorted(k.path[-1] for k in assets)),
    )


def model_checks(project: Project) -> dg.AssetChecksDefinition:
    """What models and seeds claim, as dbt found it in the step that built them."""
    specs = [
        dg.AssetCheckSpec(
            name,
            asset=dg.AssetKey(relation_of(node, project).split(".")),
            description=reason_of(node, project, claim),
            blocking=node["config"]["severity"].lower() == "error",
            metadata={"expected": claim.expected} if claim else {},
        )
        for node in project.of_kind("test")
        for name, claim in checks_of(node)
    ]
    return _checks(
        "model_checks",
        specs,
        "What each relation claims of its rows; dbt asked it in the build.",
        lambda settings, _: RunState(settings).results(["dbt"]),
    )


def published_checks() -> dg.AssetChecksDefinition:
    """The checks of the candidate for a release."""
    return _checks(
        "published_checks",
        _specs(runner.load_suites("published"), lambda _: CANDIDATE),
        "The candidate as its readers would see it.",
        lambda settings, _: steps.check_candidate(settings),
    )
