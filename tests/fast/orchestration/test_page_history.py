"""The page is told once of what the command line made, and of nothing that a run has said."""

import dagster as dg
import publishing_warehouse as kit
import pytest

from chokepoint.locks import writer_lock
from chokepoint.settings import Settings
from chokepoint.warehouse.graph import Project
from orchestration import history
from orchestration.assets.publishing import RELEASE

SOURCES, COUNTRIES = dg.AssetKey(["meta", "sources"]), dg.AssetKey(["marts", "dim_country"])
GONE = dg.AssetKey(["marts", "fct_of_old"])


@pytest.fixture
def tick(tmp_path, monkeypatch, definitions):
    """Ticks of the sensor, of which each gives the assets that it tells of."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path / "data"))
    ledger = {"meta.sources": "1", "marts.dim_country": "1"}
    made = {
        name: {"resource_type": "model", "schema": name.partition(".")[0],
               "alias": name.partition(".")[2]}
        for name in ledger
    }  # fmt: skip
    monkeypatch.setattr(history, "identities", lambda *_: ledger)
    project = Project({"nodes": made, "sources": {}})
    monkeypatch.setattr(history, "read_project", lambda _: project)
    monkeypatch.setattr(history, "overdue", lambda _: ())
    monkeypatch.setattr(history, "manifest_counts", lambda _: {})
    settings = Settings.from_env()
    with dg.DagsterInstance.ephemeral() as instance:

        def told(cursor=None):
            context = dg.build_sensor_context(instance, cursor, definitions=definitions)
            done = history.release_sensor.evaluate_tick(context)
            for event in done.asset_events:
                instance.report_runless_asset_event(event)
            return {event.asset_key for event in done.asset_events}, done.cursor

        told.settings, told.instance, told.ledger = settings, instance, ledger
        yield told


def test_a_release_is_told_once_and_then_what_differs(tick):
    assert tick() == (set(), None), "nothing is published"
    first = kit.publish(tick.settings, 10).release_id
    with writer_lock(tick.settings, "build"):
        assert tick() == (set(), None), "who writes may be a run of the page"
    tick.instance.report_runless_asset_event(dg.AssetMaterialization(GONE))
    told, cursor = tick()
    assert told >= {SOURCES, COUNTRIES, RELEASE}
    assert cursor == first
    assert GONE not in tick.instance.get_asset_keys()
    shown = tick.instance.get_latest_materialization_event(SOURCES).asset_materialization.metadata
    assert shown["dagster/row_count"].value == 1
    assert tick(cursor) == (set(), first)
    tick.ledger["meta.sources"] = "2"
    second = kit.publish(tick.settings, 20).release_id
    told, cursor = tick(cursor)
    assert SOURCES in told
    assert COUNTRIES not in told
    assert cursor == second


def test_what_a_run_has_said_is_not_told_again(tick):
    release_id = kit.publish(tick.settings, 10).release_id
    for key in (RELEASE, SOURCES):
        said = dg.AssetMaterialization(key, metadata={"release_id": release_id})
        tick.instance.report_runless_asset_event(said)
    tick.ledger.clear()
    assert tick() == ({COUNTRIES}, release_id), "no run was asked for it"
    tick.settings.published_path.write_bytes(b"no database")
    kit.publish(tick.settings, 20)
    tick.settings.published_path.write_bytes(b"no database")
    assert tick(release_id) == (set(), release_id), "told when it is in place again"
