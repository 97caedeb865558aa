"""Each claim is a check of its own in the page, and stops a release by its severity."""

import dagster as dg
import pytest

from chokepoint.checks import CheckResult
from chokepoint.settings import Settings
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.runstate import RunState
from orchestration.checks import model_checks
from orchestration.resources import Writer

NODE = {
    "resource_type": "test", "name": "fct_x__claims", "description": "",
    "attached_node": "model.p.fct_x", "depends_on": {"nodes": ["model.p.fct_x"]},
}  # fmt: skip
MANIFEST = {
    "sources": {},
    "nodes": {
        "model.p.fct_x": {"resource_type": "model", "schema": "marts", "name": "fct_x",
                          "alias": "fct_x", "description": "One row per x."},
        "test.p.1": {**NODE, "config": {"severity": "ERROR"}, "test_metadata": {
            "name": "claims", "kwargs": {"claims": [
                {"name": "key", "key": ["x"]}, {"name": "low_is_stated", "stated": "low"},
            ]}}},
        "test.p.2": {**NODE, "config": {"severity": "warn"}, "test_metadata": {
            "name": "claims", "kwargs": {"claims": [
                {"name": "high_is_stated", "stated": "high"},
            ]}}},
    },
}  # fmt: skip


def result(name, severity, status):
    sample = '[{"x": 7}]' if status != "pass" else None
    return CheckResult(
        f"fct_x__{name}", "marts.fct_x", "dbt", "dbt", severity, status, "1 rows against it",
        "low is stated", "Readers need it.", sample,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a warehouse of one mart, its checks and what comes after, on results of dbt."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path))

    @dg.asset(key=["marts", "fct_x"])
    def warehouse() -> None: ...

    @dg.asset(key="candidate", deps=[["marts", "fct_x"]])
    def candidate() -> None: ...

    def execute(*results):
        RunState(Settings.from_env()).save("dbt", results, {r.check_name for r in results})
        return dg.materialize(
            [warehouse, candidate, model_checks(Project(MANIFEST))],
            resources={"writer": Writer()},
            raise_on_error=False,
        )

    return execute


def test_a_failed_claim_is_shown_with_its_rows_and_stops_the_release(run):
    ran = run(
        result("key", "error", "pass"),
        result("low_is_stated", "error", "fail"),
        result("high_is_stated", "warn", "pass"),
    )
    checks = {check.check_name: check for check in ran.get_asset_check_evaluations()}
    assert {name: check.passed for name, check in checks.items()} == {
        "fct_x__key": True, "fct_x__low_is_stated": False, "fct_x__high_is_stated": True,
    }  # fmt: skip
    failed = checks["fct_x__low_is_stated"]
    assert failed.asset_key == dg.AssetKey(["marts", "fct_x"])
    assert failed.severity == dg.AssetCheckSeverity.ERROR
    assert failed.metadata["reason"].value == "Readers need it."
    assert failed.metadata["failing_sample"].value == [{"x": 7}]
    assert (ran.success, ran.asset_materializations_for_node("candidate")) == (False, [])


def test_a_warning_is_shown_and_the_release_goes_on(run):
    ran = run(
        result("key", "error", "pass"),
        result("low_is_stated", "error", "pass"),
        result("high_is_stated", "warn", "warn"),
    )
    (warned,) = [check for check in ran.get_asset_check_evaluations() if not check.passed]
    assert (warned.check_name, warned.severity) == (
        "fct_x__high_is_stated",
        dg.AssetCheckSeverity.WARN,
    )
    assert ran.success
    assert len(ran.asset_materializations_for_node("candidate")) == 1
