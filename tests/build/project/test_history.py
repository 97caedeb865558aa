"""What Dagster's page shows of builds on the command line: what was built, and what is overdue."""

import shutil
from dataclasses import replace
from datetime import date

import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    DagsterInstance,
    build_sensor_context,
)

from chokepoint.landing.periods import current_deliveries
from chokepoint.landing.registry import CONTRACTS
from chokepoint.releases.published import current_release
from chokepoint.settings import Settings
from chokepoint.warehouse.project import read_artifact
from orchestration import freshness, history

TABLE = AssetKey(["marts", "fct_import_concentration"])
VIEW = AssetKey(["staging", "stg_law__measures"])
SOURCE = AssetKey(["landing", "hmrc_imports_monthly"])
RELEASE = AssetKey(["publish", "release"])
LAW = AssetKey(["meta", "law_coverage"])


@pytest.fixture
def settings(full_build, tmp_path, monkeypatch):
    """The build of the bundled data beside an empty history."""
    made = Settings(data_dir=tmp_path / "data")
    made.data_dir.mkdir()
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(made.data_dir))
    built = full_build.published.parent.parent
    for name in ("published", "landing", "dbt", "warehouse"):
        (made.data_dir / name).symlink_to(built / name)
    made.dagster_home.mkdir()
    shutil.copyfile(made.project_dir / "dagster.yaml", made.dagster_home / "dagster.yaml")
    return made


@pytest.fixture
def page(settings, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(settings.dagster_home.resolve()))
    with DagsterInstance.get() as found:
        yield found


def shown(page, key):
    entry = page.get_latest_materialization_event(key)
    return {name: value.value for name, value in entry.asset_materialization.metadata.items()}


def tick(page, definitions, cursor=None):
    """What the sensor tells, and how far it is then."""
    context = build_sensor_context(page, cursor, definitions=definitions)
    done = history.release_sensor.evaluate_tick(context)
    return done.asset_events, done.cursor


def test_all_that_was_built_is_shown_with_what_is_known_of_it(
    settings, page, published, definitions, monkeypatch
):
    """Once, and of what differs alone: test_page_history.py."""
    rows, content_hash = published.execute(
        "select row_count, content_hash from meta.relations "
        "where relation_name = 'fct_import_concentration'"
    ).fetchone()
    told, release_id = tick(page, definitions)
    for event in told:
        page.report_runless_asset_event(event)
    assert shown(page, TABLE).items() >= {
        "dagster/row_count": rows, "content_hash": content_hash, "release_id": release_id,
    }.items()  # fmt: skip
    assert shown(page, VIEW)["release_id"] == shown(page, RELEASE)["release_id"] == release_id
    assert shown(page, VIEW)["identity"]
    assert shown(page, SOURCE)["dagster/row_count"] > 0
    nodes = read_artifact(settings, "manifest.json")["nodes"].values()
    models = {
        AssetKey([node["schema"], node["alias"]])
        for node in nodes
        if node["resource_type"] in ("model", "seed")
    }
    assert models <= set(page.get_asset_keys())
    assert len(models) > 400
    # Whoever publishes alone builds no table: one shown as made anew would hide how old it is.
    next_one = replace(current_release(settings), release_id="the next")
    monkeypatch.setattr(history, "current_release", lambda _: next_one)
    told, _ = tick(page, definitions, release_id)
    assert [event.asset_key for event in told if not is_check(event)] == [
        AssetKey(["publish", "candidate"]), RELEASE,
    ]  # fmt: skip
    landed = {AssetKey(["landing", key]) for key in CONTRACTS if current_deliveries(settings, key)}
    assert {event.asset_key for event in told if is_check(event)} == landed | {LAW}


def is_check(event):
    return isinstance(event, AssetCheckEvaluation)


@pytest.mark.parametrize("days", [0, 1], ids=["last good day", "day after"])
def test_overdue_is_what_the_release_says_on_the_day(settings, published, days):
    """The page and `reports.rpt_source_freshness` do not differ in what is overdue."""
    source, last = published.execute(
        "select source_id, stale_after from meta.freshness where source_id = 'ecb_exchange_rates'"
    ).fetchone()
    day = date.fromordinal(last.toordinal() + days)
    published.execute("set variable as_of = cast(? as date)", [day])
    stale = published.execute(
        "select source_id from reports.rpt_source_freshness where is_stale"
    ).fetchall()
    law = published.execute(
        "select count(*) from meta.law_coverage where stale_after < ?", [day]
    ).fetchone()[0]
    found = {check.asset_key: check for check in freshness.overdue(settings, as_of=day)}
    late = {key for key, check in found.items() if not check.passed}
    assert late - {LAW} == {AssetKey(["landing", source_id]) for (source_id,) in stale}
    assert (AssetKey(["landing", source]) in late) == bool(days)
    assert (LAW in late) == bool(law)
    assert str(last) in found[AssetKey(["landing", source])].description


def test_the_daily_look_at_what_is_overdue(settings, page, definitions):
    """In the page: every source and the law, from the release alone."""
    done = definitions.resolve_job_def("overdue").execute_in_process(instance=page)
    found = {check.asset_key: check.passed for check in done.get_asset_check_evaluations()}
    assert found == {check.asset_key: check.passed for check in freshness.overdue(settings)}
    assert len(found) == len(CONTRACTS) + 1
