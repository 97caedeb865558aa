"""The inbox sensor: what a file in the inbox sets off, and what lands then."""

import json
import shutil

import pytest
from dagster import AssetKey, DagsterInstance, build_sensor_context

from chokepoint.landing.land import land_all
from chokepoint.landing.periods import current_deliveries
from chokepoint.locks import writer_lock
from chokepoint.settings import Settings
from chokepoint.warehouse.project import project_fingerprint
from chokepoint.warehouse.runstate import RunState
from orchestration.automation import inbox_sensor

SOURCE = "hmrc_imports_monthly"
HEADER = "period,hs6,partner_iso3,value_usd,net_mass_kg\n"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A data folder without bundled deliveries, with an inbox."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHOKEPOINT_RAW_DIR", str(tmp_path / "raw"))
    found = Settings.from_env()
    found.inbox_dir.mkdir(parents=True)
    return found


@pytest.fixture
def instance():
    with DagsterInstance.ephemeral() as made:
        yield made


def deliver(settings, name, *months):
    path = settings.inbox_dir / name
    path.write_text(HEADER + "".join(f"{month},850511,CHN,1000.0,10.0\n" for month in months))
    return path


def landed(settings, source=SOURCE):
    return [row["period"] for row in current_deliveries(settings, source)]


class Ticks:
    """The sensor, minute by minute."""

    def __init__(self, definitions, instance):
        self.definitions, self.instance, self.cursor = definitions, instance, None

    def __call__(self):
        context = build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self.definitions
        )
        done = inbox_sensor.evaluate_tick(context)
        self.cursor = done.cursor
        self.skipped = done.skip_message
        return done.run_requests or []


@pytest.fixture
def tick(definitions, instance, settings):
    return Ticks(definitions, instance)


@pytest.fixture
def built(settings):
    """As a whole build leaves it."""
    for path in (settings.published_path, settings.warehouse_path):
        path.parent.mkdir(parents=True)
        path.touch()
    state = RunState(settings)
    for layer in ("landing", "dbt"):
        state.save(layer, [], set())
    state.keep_models(project_fingerprint(settings))
    return state


def test_a_file_is_taken_once_when_it_has_come_to_rest(tick, settings):
    """A file asked for twice builds for nothing; one that still grows would land cut off."""
    assert tick() == []
    deliver(settings, f"{SOURCE}.csv", "2026-07")
    (settings.inbox_dir / ".hidden.csv").write_text(HEADER)
    (settings.inbox_dir / f"{SOURCE}_2.csv.part").write_text(HEADER)
    assert tick() == []
    assert SOURCE in tick.skipped
    deliver(settings, f"{SOURCE}.csv", "2026-07", "2026-08")
    assert tick() == []
    (first,) = tick()
    assert first.tags["chokepoint/inbox"] == f"{SOURCE}.csv"
    assert tick() == []
    deliver(settings, f"{SOURCE}.csv", "2026-07", "2026-08", "2026-09")
    assert tick() == []
    (second,) = tick()
    assert second.run_key != first.run_key


def test_a_file_that_waits_does_not_hold_up_another(tick, settings):
    deliver(settings, "july.csv", "2026-07")
    tick()
    deliver(settings, "august.csv", "2026-08")
    (run,) = tick()
    assert run.tags["chokepoint/inbox"] == "july.csv"
    (run,) = tick()
    assert run.tags["chokepoint/inbox"] == "august.csv"


def test_what_has_landed_is_not_asked_for(tick, settings):
    deliver(settings, "july.csv", "2026-07")
    land_all(settings, only=[SOURCE])
    assert [tick(), tick(), tick()] == [[], [], []]


def test_a_file_of_the_same_name_size_and_time_as_one_that_landed_is_not_lost(tick, settings):
    path = deliver(settings, "july.csv", "2026-07")
    land_all(settings, only=[SOURCE])
    path.write_text(path.read_text().replace("1000.0", "2000.0"))
    tick()
    assert len(tick()) == 1


def test_the_sensor_waits_for_who_writes(tick, settings):
    """A run that meets the lock fails, and its file would wait for the next change."""
    deliver(settings, "july.csv", "2026-07")
    tick()
    with writer_lock(settings, "build"):
        assert tick() == []
        assert "chokepoint build" in tick.skipped
    assert len(tick()) == 1


def test_a_run_that_failed_is_tried_again_and_not_for_ever(tick, settings, monkeypatch):
    """Dagster tries it again, if the page's instance lets it; the sensor asks once."""
    deliver(settings, "july.csv", "2026-07")
    tick()
    asked = [run for _ in range(5) for run in tick()]
    assert [run.tags["dagster/max_retries"] for run in asked] == ["2"]
    settings.dagster_home.mkdir()
    shutil.copyfile(settings.project_dir / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home.resolve()))
    with DagsterInstance.get() as page:
        assert page.run_retries_enabled
        assert page.run_retries_max_retries == 0, "a build that somebody starts is theirs"


def test_nobodys_file_sets_off_a_build_that_says_so(tick, settings, built):
    (settings.inbox_dir / "holiday.csv").write_text("colour,mood\nblue,good\n")
    tick()
    (run,) = tick()
    assert run.asset_selection is None


def test_a_new_file_builds_its_source_and_what_depends_on_it(tick, settings, built, graph):
    deliver(settings, "july.csv", "2026-07")
    tick()
    (run,) = tick()
    chosen = set(run.asset_selection)
    assert {key for key in chosen if key.path[0] == "landing"} == {
        AssetKey(["landing", name]) for name in (SOURCE, "deliveries", "quarantined_rows")
    }
    for path in ("marts fct_import_concentration", "meta freshness", "publish release"):
        assert AssetKey(path.split()) in chosen
    # The law does not hang on British trade.
    assert AssetKey(["marts", "fct_measure_states"]) not in chosen
    assert all(child in chosen for key in chosen for child in graph.get(key).child_keys)


@pytest.mark.parametrize("lacking", ["models", "release", "warehouse", "checks"])
def test_without_a_whole_build_the_whole_is_built(tick, settings, built, lacking):
    """A part built on tables of older models would publish a mixture."""
    if lacking == "models":
        built.keep_models("those before the update")
    elif lacking == "checks":
        built.begin("dbt")
    else:
        {"release": settings.published_path, "warehouse": settings.warehouse_path}[lacking].unlink()
    deliver(settings, "july.csv", "2026-07")
    tick()
    (run,) = tick()
    assert run.asset_selection is None


def test_a_cursor_of_an_older_version_is_read_as_none(tick, settings):
    tick.cursor = "0f3a"
    deliver(settings, "july.csv", "2026-07")
    assert tick() == []
    assert json.loads(tick.cursor)["july.csv"]
    assert len(tick()) == 1


def test_a_run_of_the_sensor_takes_only_its_files(settings, definitions, instance):
    """Another file of the source may still be growing when the run begins."""
    deliver(settings, "july.csv", "2026-07")
    deliver(settings, "august.csv", "2026-08")
    build = definitions.resolve_job_def("build")
    step = build.get_subset(asset_selection={AssetKey(["landing", SOURCE])})
    # The checks on what has landed miss 24 months, and say so.
    step.execute_in_process(
        instance=instance, tags={"chokepoint/inbox": "july.csv"}, raise_on_error=False
    )
    assert landed(settings) == ["2026-07"]
    shown = instance.get_latest_materialization_event(AssetKey(["landing", SOURCE]))
    periods = shown.asset_materialization.metadata["deliveries"].value
    assert [line.split()[1] for line in periods.splitlines()[2:]] == ["2026-07"]
