"""When a build says that nothing is new, and what makes it look."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import duckdb
import publishing_warehouse as kit
import pytest

from chokepoint.pipeline import unchanged
from chokepoint.warehouse.due import ledger, makings
from chokepoint.warehouse.runstate import RunState


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A data folder with a release."""
    made = kit.make_settings(tmp_path_factory.mktemp("published"))
    kit.make_warehouse(made)
    return made.data_dir, kit.publish(made).release_id


@pytest.fixture
def settings(tmp_path, published):
    """A project of a few files, something landed, and a release made of them."""
    made = replace(kit.make_settings(tmp_path), project_dir=tmp_path / "project")
    made = replace(made, raw_dir=made.project_dir / "seeds" / "deliveries")
    shutil.copytree(published[0], made.data_dir, symlinks=True)
    for path, text in (
        (made.project_dir / "models" / "a.sql", "select 1"),
        (made.project_dir / "seeds" / "s.csv", "a\n1\n"),
        (made.project_dir / "dbt_project.yml", "vars: {limit: 1}"),
        (made.project_dir / "profiles.yml", ""),
        (made.project_dir / "pyproject.toml", ""),
        (made.inbox_dir / "flows.csv", "a\n1\n"),
        (made.landing_dir / "_manifest" / "flows" / "1.json", "[]"),
        (made.landing_dir / "flows" / "1.parquet", "rows"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for layer in ("landing", "dbt"):
        RunState(made).save(layer, [kit.PASSED], known=set())
    inputs = unchanged.inputs_digest(made)
    unchanged.remember(made, inputs, published[1], asks_for_the_day=True)
    return made


def stands(settings):
    return unchanged.release_that_stands(settings, unchanged.inputs_digest(settings))


def test_nothing_is_new(settings):
    said = stands(settings)
    assert said.startswith("Nothing is new: release ")
    assert " relations and " in said
    assert said.endswith("2 checks passed.")
    # A file that is touched is not new.
    for path in settings.project_dir.rglob("*.sql"):
        os.utime(path, (1, 1))
    assert stands(settings)


@pytest.mark.parametrize(
    "path",
    [
        "project/models/a.sql", "project/seeds/s.csv", "project/dbt_project.yml",
        "data/inbox/flows.csv", "data/landing/_manifest/flows/1.json",
        "data/landing/flows/1.parquet", "data/published/chokepoint.duckdb",
        "data/published/parquet/fct_shares.parquet", "data/published/dictionary.csv",
    ],
)  # fmt: skip
def test_a_file_of_the_same_size_and_time_with_other_contents_is_new(settings, tmp_path, path):
    target = tmp_path / path
    told = target.stat()
    content = bytearray(target.read_bytes())
    content[-1] ^= 1
    target.chmod(0o644)
    target.write_bytes(content)
    os.utime(target, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert stands(settings) is None


@pytest.mark.parametrize(
    "path", ["project/macros/b.sql", "data/inbox/more.csv", "data/landing/_manifest/flows/2.json"]
)
def test_a_file_more_is_new_and_one_less_is(settings, tmp_path, path):
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("more")
    assert stands(settings) is None
    (tmp_path / path).unlink()
    assert stands(settings)
    (settings.project_dir / "models" / "a.sql").unlink()
    assert stands(settings) is None


def test_who_writes_to_the_warehouse_makes_it_new(settings):
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("update marts.fct_shares set is_known = true where share_id = 1")
    assert stands(settings) is None


def test_a_run_of_dbt_that_only_asked_does_not(settings):
    state = RunState(settings)
    before = state.stamp()
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("create or replace view staging.stg_raw as select * from seeds.raw")
    state.keep_stamp(before)
    assert stands(settings)


def test_another_version_setting_or_day_is_new(settings, monkeypatch):
    inputs = unchanged.inputs_digest(settings)
    monkeypatch.setattr(makings, "today", lambda: "2200-01-01")
    assert unchanged.release_that_stands(settings, inputs) is None
    monkeypatch.undo()
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")
    assert stands(settings) is None
    monkeypatch.undo()
    monkeypatch.setattr(ledger, "_versions", lambda: "duckdb of tomorrow")
    assert stands(settings) is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_day_is_that_of_the_engine(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        asked = (
            "import duckdb as d; print(d.connect().execute('select current_date').fetchone()[0])"
        )
        of_engine = subprocess.check_output([sys.executable, "-c", asked], text=True).strip()
        assert makings.today() == of_engine
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_was_kept_may_be_lost_or_damaged(settings):
    for words in ("", "[]", "null", "{}", '{"release_id": 1}'):
        (RunState(settings).folder / "unchanged.json").write_text(words)
        assert stands(settings) is None, words


def test_an_interrupted_build_is_new(settings):
    RunState(settings).begin("dbt")
    assert stands(settings) is None
