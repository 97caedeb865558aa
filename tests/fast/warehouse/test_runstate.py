"""Between the steps: an interrupted step must not pass for a finished one."""

import shutil

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.warehouse.runstate import RunState


@pytest.fixture
def state(tmp_path):
    return RunState(Settings(data_dir=tmp_path))


def test_nothing_is_released_before_every_step_has_run(state):
    with pytest.raises(ChokepointError, match="'landing' has not run yet"):
        state.require_complete()
    state.save("landing", [], set())
    with pytest.raises(ChokepointError, match="'dbt' has not run yet"):
        state.require_complete()
    state.save("dbt", [], set())
    state.require_complete()


def test_a_step_that_was_killed_forbids_a_release(state):
    """`chokepoint publish` after a killed build would release half of a new warehouse."""
    for layer in ("landing", "dbt"):
        state.save(layer, [], set())
    state.begin("dbt")
    with pytest.raises(ChokepointError, match="'dbt' was interrupted"):
        state.require_complete()


def test_a_warehouse_that_was_written_to_since_its_checks_is_not_released(tmp_path):
    """`dbt build` by hand, then `chokepoint publish`, once released what no check had seen."""
    settings = Settings(data_dir=tmp_path / "data")
    path = settings.warehouse_path
    path.parent.mkdir(parents=True)

    def run(sql):
        with duckdb.connect(str(path)) as con:
            con.execute(sql)

    run("create table t as select range as a from range(9)")
    state = RunState(settings)
    for layer in ("landing", "dbt"):
        state.save(layer, [], set())
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("select sum(a) from t").fetchall()
    state.require_complete()
    shutil.copytree(settings.data_dir, tmp_path / "moved")
    RunState(Settings(data_dir=tmp_path / "moved")).require_complete()
    for sql in ("update t set a = 7 where a = 1", "comment on table t is 'x'", "drop table t"):
        state.save("dbt", [], set())
        state.require_complete()
        run(sql)
        assert not state.is_complete()
        with pytest.raises(ChokepointError, match="is not the one that was checked"):
            state.require_complete()


def test_a_damaged_file_counts_as_none(state):
    state.save("landing", [], set())
    (state.folder / "landing.json").write_text("{")
    with pytest.raises(ChokepointError, match="'landing' has not run yet"):
        state.require_complete()


def test_seconds_of_a_part_are_those_of_its_last_run(state):
    state.keep_seconds("landing", "a", 1.0)
    state.keep_seconds("landing", "b", 2.0)
    state.keep_seconds("landing", "a", 0.5)
    assert state.seconds() == {"landing": 2.5}
