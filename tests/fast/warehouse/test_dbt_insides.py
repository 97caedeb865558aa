"""What is taken for granted of dbt's insides: an upgrade fails here, and says what moved."""

import sys
from types import SimpleNamespace

import dbt.cli.main
import dbt.task.build
import pytest
from build_kit import ran
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.task.base import BaseRunner
from dbt.task.seed import SeedRunner
from dbt_common.exceptions import DbtBaseException

from chokepoint.errors import ChokepointError
from chokepoint.warehouse import dbt_insides

# dbt with a listener: two events of the level debug, the second told at another.
DETAILS = """
import sys
from dbt.adapters.events.types import SQLQuery
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager_client import add_callback_to_manager
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note
from chokepoint.warehouse.dbt_insides import leave_out_details
leave_out_details()
add_callback_to_manager(lambda event: print(event.info.level, event.info.msg, file=sys.stderr))
fire_event(SQLQuery(conn_name="one", sql="select 1", node_info={}))
fire_event(SQLQuery(conn_name="two", sql="select 2", node_info={}), level=EventLevel.WARN)
fire_event(Note(msg="three"), level=EventLevel.INFO)
"""


def test_what_moved_is_named(monkeypatch):
    moved = (
        ("dbt.task.built:BuildTask", ()),
        ("dbt.task.build:BuildTask.RUNNERS", ()),
        ("dbt.task.base:BaseRunner.run_with_hooks", ("self", "graph")),
    )
    monkeypatch.setattr(dbt_insides, "ASSUMED", (*dbt_insides.ASSUMED, *moved))
    with pytest.raises(ChokepointError) as caught:
        dbt_insides.check()
    assert caught.value.what.partition(" inside: ")[2] == (
        "dbt.task.built has no BuildTask; dbt.task.build has no BuildTask.RUNNERS;"
        " dbt.task.base.BaseRunner.run_with_hooks takes self, manifest."
    )


def test_a_runner_has_its_node_and_connection_and_is_not_skipped():
    runner = SeedRunner(None, "adapter", "node", 1, 1)
    assert (runner.skip, runner.node, runner.adapter) == (False, "node", "adapter")
    for one in dbt.task.build.BuildTask.RUNNER_MAP.values():
        assert issubclass(one, BaseRunner)
        assert one.run_with_hooks is BaseRunner.run_with_hooks
        assert one._build_run_result is BaseRunner._build_run_result


def test_the_connection_names_the_place_without_a_value():
    assert set(dbt_insides._PLACE) < set(DuckDBCredentials._connection_keys(None))


def test_a_project_is_read_again_where_only_what_dbt_kept_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    kept = tmp_path / "partial_parse.msgpack"

    def runs_of(*faults):
        """How often dbt reads, which fails by these."""
        kept.touch()
        results = [SimpleNamespace(success=not one, exception=one) for one in (*faults, None)]
        left = iter(results)
        dbt_insides.parse(lambda: SimpleNamespace(invoke=lambda _: next(left)))
        return len(results) - len(list(left)), kept.exists()

    assert runs_of() == (1, True)
    assert runs_of(ValueError("damaged")) == (2, False)
    assert runs_of(DbtBaseException("a model is wrong")) == (1, True)


def test_details_are_left_out_and_nothing_else():
    told = ran(sys.executable, "-c", DETAILS)
    assert told.stderr.splitlines() == ["warn On two: select 2", "info three"]
