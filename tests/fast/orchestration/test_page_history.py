"""The page is told of builds on the command line late; a run may have said something newer."""

import time

import dagster as dg
import pytest

from chokepoint.settings import Settings
from orchestration import history

TABLE = dg.AssetKey(["marts", "fct_x"])
CHECK = dg.AssetCheckKey(TABLE, "fct_x__key")


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def older_build(*_):
    """What the history has read, and tells after a while."""
    yield dg.AssetMaterialization(TABLE, metadata={"release_id": "the older"})
    yield dg.AssetCheckEvaluation(asset_key=TABLE, check_name=CHECK.name, passed=False)


@pytest.fixture
def told(instance, monkeypatch):
    """Tells of the older build; gives whether the page shows a run's table and a run's check."""
    monkeypatch.setattr(history, "gone", lambda *_: [])
    monkeypatch.setattr(history, "landed", lambda *_: ())
    monkeypatch.setattr(history, "released", older_build)

    def tell(as_of):
        history.tell(Settings(), instance, as_of)
        table = instance.get_latest_materialization_event(TABLE)
        check = instance.get_latest_asset_check_evaluation_record(CHECK)
        return bool(table.run_id), bool(check.run_id)

    return tell


def run(instance, look=lambda: None):
    """A run of the table and its check, which looks before it answers."""

    @dg.asset(key=TABLE)
    def table() -> None: ...

    @dg.asset_check(asset=TABLE, name=CHECK.name)
    def check() -> dg.AssetCheckResult:
        look()
        return dg.AssetCheckResult(passed=True)

    return dg.materialize([table, check], instance=instance, raise_on_error=False)


def test_what_no_run_has_said_is_told(told):
    assert told(time.time()) == (False, False)


def test_an_older_build_does_not_lie_over_a_run_of_meanwhile(told, instance):
    began = time.time()
    run(instance)
    assert told(began) == (True, True)


def test_a_build_lies_over_an_older_run(told, instance):
    run(instance)
    assert told(time.time()) == (False, False)


def test_a_check_that_a_run_is_at_is_left_to_it(told, instance):
    """Its outcome takes the place of its plan, which is older than all that is told now."""
    run(instance, look=lambda: told(time.time()))
    assert instance.get_latest_asset_check_evaluation_record(CHECK).evaluation.passed


def test_a_run_that_failed_before_its_check_hides_no_build(told, instance):
    def fails():
        raise RuntimeError("no room")

    assert not run(instance, look=fails).success
    assert told(time.time()) == (False, False)
