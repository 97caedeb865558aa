"""The code location: what depends on what, what is shown, what stops a wrong figure."""

import ast
from dataclasses import replace
from functools import partial

import pytest
from build_kit import PROJECT_DIR
from dagster import AssetKey, DefaultScheduleStatus, DefaultSensorStatus, materialize
from played_producers import played_producers

from chokepoint.landing.download import addresses
from chokepoint.landing.periods import current_deliveries
from chokepoint.landing.registry import CONTRACTS
from chokepoint.pipeline.refresh import refresh
from chokepoint.settings import Settings
from expectations.runner import load_suites
from orchestration.assets import downloads
from orchestration.assets.downloads import DUE
from orchestration.assets.publishing import CANDIDATE, RELEASE
from orchestration.assets.site import SITE
from orchestration.resources import WRITER_POOL, Writer


def nodes(graph):
    return [graph.get(key) for key in graph.get_all_asset_keys()]


def upstream(graph, key):
    """All assets that `key` hangs on, near and far."""
    found, waiting = set(), [key]
    while waiting:
        parents = graph.get(waiting.pop()).parent_keys - found
        found |= parents
        waiting += parents
    return found


def check_specs(graph):
    return [graph.get_check_spec(key) for key in graph.asset_check_keys]


def test_every_source_is_landed_before_the_models(graph):
    """A model that does not wait for its source would read last month's delivery."""
    landed = {AssetKey(["landing", source_id]) for source_id in CONTRACTS}
    assert landed <= set(graph.get_all_asset_keys())
    for source_id in CONTRACTS:
        children = graph.get(AssetKey(["landing", source_id])).child_keys
        assert any(key.path[0] == "staging" for key in children), source_id
    assert landed <= upstream(graph, AssetKey(["meta", "freshness"]))


def test_nothing_is_read_that_no_step_makes(graph):
    """A dbt source whose name fits no landing asset would be an asset nobody can make."""
    assert [node.key for node in nodes(graph) if not node.is_executable] == []


def test_every_published_relation_is_upstream_of_the_release(graph):
    published = {
        node.key for node in nodes(graph) if node.key.path[0] in ("marts", "meta", "reports")
    }
    assert len(published) > 15
    assert published <= graph.get(CANDIDATE).parent_keys
    assert graph.get(RELEASE).parent_keys == {CANDIDATE}


def test_checks_that_forbid_a_release_block(graph):
    """Landed tables are checked before models read them, the copy before it is released; a failed
    check that does not block lets the wrong figure through."""
    specs = {(spec.asset_key, spec.name): spec for spec in check_specs(graph)}
    # (asset, check) -> does it block, as the suites say.
    expected = {
        (AssetKey(["landing", suite.name]) if layer == "landing" else CANDIDATE,
         suite.check_name(item)): item.severity == "error"
        for layer in ("landing", "published")
        for suite in load_suites(layer)
        for item in suite.expectations
    }  # fmt: skip
    assert expected.items() <= {key: spec.blocking for key, spec in specs.items()}.items()
    dbt_tests = {
        spec.name: spec
        for key, spec in specs.items()
        if key not in expected and spec.name != "is_not_overdue"
    }
    assert len(dbt_tests) > 200
    # Keys of the tables of law warn: a blocking check repeats them, and names the row in the file.
    assert dbt_tests["int_law__input_faults__none"].blocking
    # A producer's totals may differ from their parts: told, and no reason to stop.
    assert not dbt_tests["int_trade__comtrade_gaps__totals_are_their_parts"].blocking
    assert all(spec.description for spec in specs.values())


def test_marts_show_their_columns(graph):
    schema = graph.get(AssetKey(["marts", "fct_import_concentration"])).metadata[
        "dagster/column_schema"
    ]
    columns = {column.name: column for column in schema.columns}
    assert columns["hhi_value"].type.startswith(("decimal", "double"))
    assert columns["hhi_value"].description
    landed = graph.get(AssetKey(["landing", "baci_hs92_bilateral"])).metadata
    columns = landed["dagster/column_schema"].columns
    assert columns[0].name == "year"
    assert all(column.description for column in columns)


def test_jobs(definitions, graph):
    build = definitions.resolve_job_def("build")
    # The site is made, and files are fetched, when asked for. What is partitioned would have the
    # build ask for a period.
    everything = {node.key for node in nodes(graph)}
    fetched = {key for key in everything if key.path[0] == downloads.GROUP}
    assert len(fetched) > 5
    built = everything - {SITE} - fetched
    assert set(build.asset_layer.executable_asset_keys) == built
    assert build.partitions_def is None
    refresh = definitions.resolve_job_def("refresh")
    assert set(refresh.asset_layer.executable_asset_keys) == built | {DUE}
    assert refresh.partitions_def is None
    publish = definitions.resolve_job_def("publish")
    assert set(publish.asset_layer.executable_asset_keys) == {CANDIDATE, RELEASE}
    assert "published_checks" in {node.name for node in publish.nodes}


def test_dbt_runs_once_and_every_step_is_in_the_writers_pool(definitions):
    """One dbt process per build, and no step that the queue would let run beside another."""
    build = definitions.resolve_job_def("build")
    assert [node.name for node in build.nodes if "warehouse" in node.name] == ["warehouse"]
    assert {node.definition.pool for node in build.nodes} == {WRITER_POOL}


def test_a_download_lands_the_month_that_it_is_asked_for(tmp_path, monkeypatch):
    """Whatever is due: a partition is a month, and what another host sends is test data."""
    for name, producer in addresses.PRODUCERS.items():
        monkeypatch.setitem(addresses.PRODUCERS, name, replace(producer, pause_seconds=0))
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path / "data"))
    with played_producers() as producers:
        monkeypatch.setattr(downloads.refresh, "refresh", partial(refresh, base_url=producers.url))
        asset = next(
            one for one in downloads.download_assets() if one.key.path[-1] == "hmrc_ots_monthly"
        )
        result = materialize([asset], resources={"writer": Writer()}, partition_key="2024-03-01")
    assert result.success
    (row,) = current_deliveries(Settings.from_env(), "hmrc_ots_monthly")
    assert (row["period"], row["test_of"]) == ("2024-03", producers.url)


def test_schedule_and_sensor_are_off_until_someone_turns_them_on(definitions):
    schedules = {schedule.name: schedule for schedule in definitions.schedules}
    sensors = {sensor.name: sensor.default_status for sensor in definitions.sensors}
    assert schedules["monthly_build"].default_status == DefaultScheduleStatus.STOPPED
    assert schedules["monthly_build"].cron_schedule == "0 6 18 * *"
    for name in ("nightly_refresh", "monthly_refresh"):
        assert schedules[name].default_status == DefaultScheduleStatus.STOPPED
    assert sensors == {
        "inbox_sensor": DefaultSensorStatus.STOPPED,
        # It starts nothing.
        "release_sensor": DefaultSensorStatus.RUNNING,
    }
    # It only reads.
    assert schedules["daily_overdue"].default_status == DefaultScheduleStatus.RUNNING
    overdue = definitions.resolve_job_def("overdue")
    assert not overdue.asset_layer.executable_asset_keys


def test_every_source_and_the_law_are_asked_whether_they_are_overdue(graph):
    """A check that is missing looks like one that passed."""
    asked = {spec.asset_key: spec for spec in check_specs(graph) if spec.name == "is_not_overdue"}
    landed = {AssetKey(["landing", source_id]) for source_id in CONTRACTS}
    assert set(asked) == landed | {AssetKey(["meta", "law_coverage"])}
    assert not any(spec.blocking for spec in asked.values())


@pytest.mark.parametrize("folder", ["orchestration", "tests"])
def test_nothing_private_of_dagster_is_imported(folder):
    """What Dagster does not export may be gone in its next release."""
    exported = {"dagster", "dagster_dbt"}
    private = []
    texts = {path: path.read_text("utf-8") for path in (PROJECT_DIR / folder).rglob("*.py")}
    for path, text in texts.items():
        for node in (
            ast.walk(ast.parse(text)) if "import dagster" in text or "from dagster" in text else ()
        ):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            private += [
                (path.name, module)
                for module in modules
                if module.partition(".")[0] in exported and module not in exported
            ]
    assert private == []
