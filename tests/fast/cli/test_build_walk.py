"""A build step by step: what stops it, and in which words."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chokepoint.checks import CheckResult
from chokepoint.cli import build
from chokepoint.pipeline import steps
from chokepoint.settings import Settings
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.runstate import RunState

EMPTY = Project({"nodes": {}, "sources": {}})


@pytest.fixture
def settings(tmp_path):
    made = Settings(data_dir=tmp_path / "data")
    made.dbt_target_dir.mkdir(parents=True)
    return made


def result(name, status, severity="error"):
    return CheckResult(
        check_name=name, relation="marts.fct_x", layer="dbt", engine="dbt", severity=severity,
        status=status, observed="3 rows", expected="no row", reason="It matters.",
    )  # fmt: skip


def test_dbt_that_ends_badly_without_results_is_told_in_its_words(settings):
    """A warehouse that is locked, or a hook that fails: no test and no model tells why."""
    ended = steps.keep_models(settings, EMPTY, "nothing has landed")
    assert ended.message == "dbt failed: nothing has landed"
    (settings.dbt_target_dir / "run_results.json").write_text(json.dumps({"results": []}))
    ended = steps.keep_models(settings, EMPTY, "nothing has landed")
    assert ended.message == "dbt failed: nothing has landed"
    assert steps.keep_models(settings, EMPTY, None) == steps.Models([], None)


def test_a_failed_test_tells_more_than_dbts_exit(settings, monkeypatch):
    (settings.dbt_target_dir / "run_results.json").write_text(json.dumps({"results": []}))
    for status, words in (("fail", None), ("error", "dbt could not build:\n  marts.fct_x: 3 rows")):
        found = [result("fct_x__one_row_per_key", status), result("fct_x__told", "warn", "warn")]
        monkeypatch.setattr(steps, "dbt_check_results", lambda *_, found=found: found)
        ended = steps.keep_models(settings, EMPTY, "Finished with errors")
        assert ended == steps.Models(found[:1], words)
        kept = RunState(settings).results(["dbt"])
        assert [replace(one, checked_on=None) for one in kept] == found
        assert {one.checked_on for one in kept} == {f"{datetime.now(UTC):%Y-%m-%d}"}


def test_an_error_nobody_foresaw_is_a_line_and_its_traceback_is_in_the_log(
    settings, monkeypatch, capsys
):
    def fails(*_, **__):
        try:
            raise ValueError("odd")
        except ValueError as error:
            raise RuntimeError("around it") from error

    monkeypatch.setattr(RunState, "require_complete", fails)
    assert build.run(settings, job="publish") == 1
    said = capsys.readouterr().out
    assert "Failed: ValueError: odd" in said
    assert "Nothing has been published yet" in said
    assert "Traceback" not in said
    (log,) = (settings.data_dir / "logs").glob("*-publish.log")
    assert "Traceback" in log.read_text()


def test_a_build_that_is_stopped_by_hand_says_what_readers_have(settings, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(RunState, "require_complete", stop)
    assert build.run(settings, job="publish") == 130
    assert "Stopped. Nothing has been published yet" in capsys.readouterr().out
