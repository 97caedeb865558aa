"""No row of the user's own reaches a published file, and he can ask for it all the same."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import own_rows
import pytest
from build_kit import run_cli
from own_rows import GRAPH, MARK, RESTRICTED

from chokepoint.checks import CheckResult
from chokepoint.releases import private
from chokepoint.releases.candidate import build_candidate
from chokepoint.releases.meta.licences import read_licences
from chokepoint.releases.published import activate, finish_release
from chokepoint.settings import Settings
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.results import private_checks
from chokepoint.warehouse.runstate import UPSTREAM_LAYERS, RunState

LOUD = CheckResult(
    check_name="fct_site_capacities__something_that_fails", relation="marts.fct_site_capacities",
    layer="dbt", engine="dbt", severity="warn", status="warn",
    observed=f"1 row against it: {MARK}", expected="no row",
    reason="A check that quotes what it has seen.", failing_sample=json.dumps([{"site_id": MARK}]),
)  # fmt: skip


@pytest.fixture
def data_dir(own_build):
    return own_build.data_dir


def publish(settings: Settings, data_dir: Path) -> None:
    results = RunState(Settings(data_dir=data_dir)).results(UPSTREAM_LAYERS)
    manifest = json.loads((data_dir / "dbt" / "manifest.json").read_text())
    info = {"private_checks": private_checks(Project(manifest))}
    candidate = build_candidate(settings, release_info=info, results=[*results, LOUD])
    activate(settings, finish_release(candidate).release_id)


def test_the_mark_is_in_the_warehouse_and_in_quarantine(data_dir):
    """Otherwise the search below would prove nothing."""
    places = own_rows.places_in_database(data_dir / "private" / "chokepoint.duckdb")
    assert places >= {
        "marts.dim_scenario", "marts.fct_site_capacities", "meta.deliveries",
        "meta.quarantined_rows",
    }  # fmt: skip
    for source_id in own_rows.ROWS:
        assert list((data_dir / "landing" / source_id).glob("*/*.parquet")), source_id
    assert len(list((data_dir / "landing/_quarantine/refused").glob("*.parquet"))) == 1


def test_nobody_else_can_read_what_holds_own_rows(data_dir):
    """A register of licences is confidential, and the machine may have other users."""
    settings = Settings(data_dir=data_dir)
    made = [folder for folder in settings.private_folders if folder.is_dir()]
    assert {folder.name for folder in made} >= {"landing", "warehouse", "private", "logs", "dbt"}
    assert {folder.name: folder.stat().st_mode & 0o777 for folder in made} == {
        folder.name: 0o700 for folder in made
    }
    files = [
        settings.warehouse_path, settings.private_path,
        *settings.landing_dir.rglob("*.parquet"), *settings.landing_dir.rglob("*.json"),
    ]  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert settings.published_path.stat().st_mode & 0o444 == 0o444, "this is for passing on"


def test_no_published_byte_holds_a_private_row(data_dir):
    """File names, raw bytes, every row of every table and view, Parquet, comments, SQL."""
    assert own_rows.places_of_mark(data_dir / "published") == set()


def test_the_search_finds_the_mark_where_nothing_is_held_back(data_dir, tmp_path, monkeypatch):
    """Rows, and what checks have seen of them."""
    settings = Settings(data_dir=tmp_path / "data")
    settings.warehouse_path.parent.mkdir(parents=True)
    settings.warehouse_path.symlink_to(data_dir / "warehouse" / "chokepoint.duckdb")
    monkeypatch.setattr(private, "copied_rows", lambda relation, restricted: "")
    monkeypatch.setattr(private, "publishable_results", lambda results, names: results)
    publish(settings, data_dir)
    places = own_rows.places_of_mark(settings.published_dir)
    for relation in ("marts.fct_site_capacities", "meta.deliveries", "meta.check_results"):
        assert any(f"{relation} in" in place for place in places), relation
    assert any(place.endswith("quarantined_rows.parquet") for place in places)


def test_no_own_row_is_left(data_dir):
    counts = {}
    for name in ("published", "private"):
        with duckdb.connect(str(data_dir / name / "chokepoint.duckdb"), read_only=True) as con:
            tables = con.execute(
                "select schema_name || '.' || table_name from duckdb_columns() "
                "where column_name = 'data_origin' and not internal"
            ).fetchall()
            counts[name] = {
                table: con.execute(
                    f"select count(*) from {table} where list_contains("
                    "string_split(replace(coalesce(data_origin, 'own'), ' ', ''), ';'), 'own')"
                ).fetchone()[0]
                for (table,) in tables
            }
            counted = con.execute(
                "select row_count from meta.relations where relation_name = 'fct_site_capacities'"
            ).fetchone()
            assert (
                counted == con.execute("select count(*) from marts.fct_site_capacities").fetchone()
            )
    assert set(counts["published"].values()) == {0}
    assert counts["private"]["marts.fct_licence_durations"] > 0
    assert counts["private"]["meta.deliveries"] > 0


def test_what_may_not_be_passed_on_is_in_the_private_copy_alone(data_dir):
    """UN Comtrade: landed and modelled, in no published row, named as held back."""
    counts = {}
    for name in ("published", "private"):
        path = data_dir / name / "chokepoint.duckdb"
        with duckdb.connect(str(path), read_only=True) as con:
            columns = con.execute(
                "select schema_name || '.' || table_name, column_name from duckdb_columns()"
                " where not internal and data_type = 'VARCHAR'"
                # What tells of sources, and holds no figure.
                " and table_name not in ('dim_trade_source', 'sources', 'inputs')"
                " and (column_name like '%source_id' or column_name = 'source_ids')"
            ).fetchall()
            counts[name] = sum(
                con.execute(
                    f"select count(*) from {relation} where contains({column}, $1)", [RESTRICTED]
                ).fetchone()[0]
                for relation, column in columns
            )
            counts[name, "build"] = con.execute(
                "select sources_held_back from meta.build"
            ).fetchone()[0]
    assert counts["published"] == 0 < counts["private"]
    assert RESTRICTED in counts["published", "build"].split(", ")
    assert counts["private", "build"] is None
    with duckdb.connect(str(data_dir / "published" / "chokepoint.duckdb"), read_only=True) as con:
        assert RESTRICTED not in {one.raw_table for one in read_licences(con)}


def test_the_private_copy_has_all_rows_and_is_described_like_a_release(data_dir):
    path = data_dir / "private" / "chokepoint.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute(f"attach '{data_dir}/warehouse/chokepoint.duckdb' as warehouse (read_only)")
        con.execute(f"attach '{data_dir}/published/chokepoint.duckdb' as release (read_only)")
        for schema, name, count in con.execute(
            "select schema_name, relation_name, row_count from meta.relations "
            "where relation_type = 'table' and content_hash is not null"
        ).fetchall():
            table = f"{schema}.{name}"
            whole = con.execute(f"select count(*) from warehouse.{table}").fetchone()[0]
            held = con.execute(f"select count(*) from {table}").fetchone()[0]
            assert (held, count) == (whole, whole), table
        build = "select release_id, content_hash from {}meta.build"
        ours = con.execute(build.format("")).fetchone()
        released = con.execute(build.format("release.")).fetchone()
        comments = (
            "select table_name, column_name, comment from duckdb_columns() "
            "where database_name = '{}' and not internal order by all"
        )
        assert (
            con.execute(comments.format("chokepoint")).fetchall()
            == con.execute(comments.format("release")).fetchall()
        )
        value, text = con.execute(
            "select value, row_text from meta.quarantined_rows "
            "where source_id = 'licence_applications'"
        ).fetchone()
    assert ours[0] == f"{released[0]}-private"
    assert ours[1] != released[1]
    assert MARK in value
    assert MARK in text
    assert not list(path.parent.glob(".tmp-*"))
    assert path.stat().st_mode & 0o077 == 0


def test_the_build_and_the_status_tell_of_the_private_copy(own_build, small_environment):
    data_dir = own_build.data_dir
    path = data_dir / "private" / "chokepoint.duckdb"
    assert f"Not for passing on: {path} (your own rows; what comes of" in own_build.output
    status = run_cli("status", data_dir=data_dir, **small_environment).stdout
    line = next(line for line in status.splitlines() if line.startswith("private"))
    assert str(path) in line
    assert "not for passing on" in line
    assert "not the one published" not in line


def test_a_query_asks_the_private_copy_and_says_so(data_dir, small_environment, tmp_path):
    """Any question can be asked of either file; only one of them knows the own graph."""
    settings = Settings(project_dir=tmp_path, data_dir=data_dir)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "x1_graphs.sql").write_text(
        "-- Which graphs are there?\nselect distinct graph_id from marts.fct_site_capacities;\n"
    )
    from chokepoint.reading.queries import run_query

    assert (GRAPH,) in run_query(settings, "x1", private=True).rows
    assert (GRAPH,) not in run_query(settings, "x1").rows
    done = run_cli(
        "query", "a05", "--private", "--format", "json", data_dir=data_dir, **small_environment
    )
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    assert "private copy" in done.stderr
    assert "not for passing on" in done.stderr
