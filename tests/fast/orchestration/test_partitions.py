"""Periods as partitions: what lands, what is shown, what a file in the inbox sets off."""

import json
import shutil

import pytest
from dagster import AssetKey, DagsterInstance, build_sensor_context, job

from chokepoint.cli.build import tell_web_page
from chokepoint.landing.land import land_all, withdraw
from chokepoint.landing.periods import current_deliveries, has_periods
from chokepoint.landing.registry import CONTRACTS
from chokepoint.locks import writer_lock
from chokepoint.settings import Settings
from chokepoint.warehouse.project import project_fingerprint
from chokepoint.warehouse.runstate import RunState
from orchestration.assets.periods import partitions_of, periods_key, tell
from orchestration.automation import inbox_sensor

SOURCE = "hmrc_imports_monthly"
HEADER = "period,hs6,partner_iso3,value_usd,net_mass_kg\n"
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A data folder without bundled deliveries, with an inbox."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHOKEPOINT_RAW_DIR", str(tmp_path / "raw"))
    found = Settings.from_env()
    found.inbox_dir.mkdir(parents=True)
    return found


@pytest.fixture
def instance(tmp_path):
    (tmp_path / "home").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "home")) as made:
        yield made


def deliver(settings, name, *months):
    path = settings.inbox_dir / name
    path.write_text(HEADER + "".join(f"{month},850511,CHN,1000.0,10.0\n" for month in months))
    return path


def landed(settings, source=SOURCE):
    return [row["period"] for row in current_deliveries(settings, source)]


# --- partitions ---------------------------------------------------------------------------------


def test_every_periodic_source_has_a_partition_per_period(graph):
    """And many periods take one run: a run per month of twenty years would build for a day."""
    periodic = {key for key, contract in CONTRACTS.items() if has_periods(contract)}
    assert {"comext_bulk_monthly", SOURCE, "baci_hs92_bilateral"} <= periodic
    nodes = {key: graph.get(periods_key(key)) for key in periodic}
    assert {node.partitions_def for node in nodes.values()} == set(map(partitions_of, periodic))
    assert {node.backfill_policy.max_partitions_per_run for node in nodes.values()} == {None}
    for source_id, node in nodes.items():
        assert AssetKey(["landing", source_id]) in node.child_keys


@pytest.fixture
def materialise(definitions, instance):
    """Run a range of partitions of a source, as a backfill of the web page would."""
    whole = definitions.resolve_implicit_global_asset_job_def()
    chosen = whole.get_subset(asset_selection={periods_key(SOURCE)})

    def run(first, last, known):
        instance.add_dynamic_partitions(partitions_of(SOURCE).name, known)
        tags = dict(zip(RANGE, (first, last), strict=True))
        done = chosen.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        events = done.get_asset_materialization_events()
        return done, {event.partition: event.materialization.metadata for event in events}

    return run


def test_a_partition_lands_the_deliveries_that_hold_it_and_no_others(settings, materialise):
    deliver(settings, "july.csv", "2026-07")
    deliver(settings, "later.csv", "2026-08", "2026-09")
    deliver(settings, "october.csv", "2026-10")
    known = ["2026-07", "2026-08", "2026-09", "2026-10"]
    done, shown = materialise("2026-08", "2026-09", known)
    assert done.success
    assert landed(settings) == ["2026-08", "2026-09"]
    assert {period: found["dagster/row_count"].value for period, found in shown.items()} == {
        "2026-08": 1,
        "2026-09": 1,
    }
    assert shown["2026-08"]["file_name"].value == "later.csv"
    assert shown["2026-08"]["vintage"].value == current_deliveries(settings, SOURCE)[0]["vintage"]


def test_a_period_that_no_delivery_holds_is_refused(settings, materialise):
    deliver(settings, "july.csv", "2026-07")
    done, shown = materialise("2026-07", "2031-01", ["2026-07", "2031-01"])
    assert not done.success
    assert shown == {}
    (failed,) = [event for event in done.all_events if event.is_step_failure]
    assert "2031-01" in failed.step_failure_data.user_failure_data.description


def shown_periods(instance):
    return instance.get_materialized_partitions(periods_key(SOURCE))


def test_the_page_shows_what_has_landed_and_forgets_what_was_withdrawn(settings, instance):
    deliver(settings, "july.csv", "2026-07")
    deliver(settings, "august.csv", "2026-08")
    land_all(settings, only=[SOURCE])

    def report():
        told = list(tell(instance, settings, [SOURCE]))
        for event in told:
            instance.report_runless_asset_event(event)
        return [(event.partition, event.metadata["dagster/row_count"].value) for event in told]

    assert report() == [("2026-07", 1), ("2026-08", 1)]
    assert shown_periods(instance) == {"2026-07", "2026-08"}
    assert report() == []
    deliver(settings, "august.csv", "2026-08", "2026-09")
    land_all(settings, only=[SOURCE])
    assert report() == [("2026-08", 1), ("2026-09", 1)]
    (settings.inbox_dir / "august.csv").unlink()
    withdraw(settings, current_deliveries(settings, SOURCE)[-1]["vintage"])
    assert report() == [("2026-08", 1)]
    assert instance.get_dynamic_partitions(partitions_of(SOURCE).name) == ["2026-07", "2026-08"]


def test_a_build_on_the_command_line_shows_in_a_page_that_is_there(settings):
    """Without `make dev` there is no history, and nothing is written for one."""
    deliver(settings, "july.csv", "2026-07")
    land_all(settings, only=[SOURCE])
    tell_web_page(settings)
    assert not settings.dagster_home.exists()
    settings.dagster_home.mkdir()
    shutil.copyfile(settings.project_dir / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    tell_web_page(settings)
    with DagsterInstance.from_config(str(settings.dagster_home)) as kept:
        assert shown_periods(kept) == {"2026-07"}


# --- the inbox sensor ---------------------------------------------------------------------------


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
    assert first.tags["chokepoint/periods"] == f"{SOURCE} 2026-07, 2026-08"
    assert tick() == []
    deliver(settings, f"{SOURCE}.csv", "2026-07", "2026-08", "2026-09")
    assert tick() == []
    (second,) = tick()
    assert second.run_key != first.run_key
    assert second.tags["chokepoint/periods"].endswith("2026-09")


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


@job
def idle():
    """Any job: the sensor asks how a run ended, not what it did."""


def test_a_run_that_failed_is_tried_again_and_not_for_ever(tick, settings, instance):
    deliver(settings, "july.csv", "2026-07")
    tick()
    keys = []
    for _ in range(5):
        for run in tick():
            keys.append(run.run_key)
            made = instance.create_run_for_job(idle, tags={"dagster/run_key": run.run_key})
            instance.report_run_failed(made)
    assert len(keys) == len(set(keys)) == 3


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
    assert all(
        child in chosen or graph.get(child).partitions_def
        for key in chosen
        for child in graph.get(key).child_keys
    )


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
    assert json.loads(tick.cursor)["seen"]
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
    assert shown_periods(instance) == {"2026-07"}
