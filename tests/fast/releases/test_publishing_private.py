"""Own rows on a small warehouse: what is left out, refused, masked, and kept for the user."""

from __future__ import annotations

import dataclasses

import duckdb
import publishing_warehouse as kit
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.releases import private, private_copy
from chokepoint.releases.candidate import build_candidate
from chokepoint.releases.private_copy import connect_private, find_private_copy
from chokepoint.releases.published import (
    activate,
    current_release,
    finish_release,
    list_releases,
    rollback,
)
from chokepoint.releases.relations import Column, Relation
from chokepoint.warehouse.results import private_checks

ORIGINS = ("own", "synthetic", None, "own; synthetic", "own_mapping", "press_claim")
TABLES = f"""
create table marts.fct_cover as
select i as cover_id, 'graph-' || i as graph_id, ({list(ORIGINS)})[i + 1] as data_origin
from range({len(ORIGINS)}) as numbers (i);
create table marts.fct_licence_waiting as select 1 as n, 'own' as data_origin;
create table meta.deliveries as
select 'exposure_sites' as source_id, 'own-graph-0' as period, 'own' as data_origin
union all select 'exposure_sites', 'synthetic-graph-1', 'synthetic'
union all select 'scenarios', 'assumption-graph-0', 'assumption';
""".replace("None", "null")
SEEN = dataclasses.replace(
    kit.PASSED, status="warn", observed="graph-0", failing_sample='[{"graph_id": "graph-0"}]'
)


@pytest.fixture
def settings(tmp_path):
    settings = kit.make_settings(tmp_path)
    kit.make_warehouse(settings, extra=TABLES)
    return settings


def publish(settings, results=(kit.PASSED,), **info):
    candidate = build_candidate(
        settings, release_info={"built_at": kit.DAY, **info}, results=results
    )
    release = finish_release(candidate)
    copy = private_copy.prepare(settings, release, candidate.withheld, results)
    activate(settings, release.release_id)
    private_copy.put_in_place(settings, copy)
    return release


def test_own_and_unknown_rows_are_left_out_and_counted_nowhere(settings):
    release = publish(settings)
    kept = kit.query(release.path, "select data_origin from marts.fct_cover order by cover_id")
    assert kept == [("synthetic",), ("own_mapping",), ("press_claim",)]
    rows = "select row_count from meta.relations where relation_name = 'fct_cover'"
    assert kit.query(release.path, rows) == [(3,)]
    assert kit.query(settings.private_path, rows) == [(6,)]


def test_figures_by_stratum_stay_at_home_too(settings):
    strata = "select n from marts.fct_licence_waiting"
    assert kit.query(publish(settings).path, strata) == []
    assert kit.query(settings.private_path, strata) == [(1,)]


def test_rows_of_the_private_copy_stand_in_the_order_of_the_table(settings):
    publish(settings)
    found = kit.query(settings.private_path, "select cover_id from marts.fct_cover")
    assert found == [(i,) for i in range(len(ORIGINS))]


def test_a_table_of_graphs_without_origin_is_refused(settings):
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("create table marts.fct_paths as select 'g' as graph_id")
        kit.describe_all(con)
    with pytest.raises(ChokepointError, match=r"fct_paths \(graph_id\).*without data_origin"):
        publish(settings)
    assert list_releases(settings) == []


def test_an_own_graph_under_another_origin_is_refused_unless_a_public_one_has_its_name(settings):
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("update marts.fct_cover set graph_id = 'graph-0' where cover_id = 1")
    with pytest.raises(ChokepointError, match="fct_cover would be published"):
        publish(settings)
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute(
            "insert into meta.deliveries values ('exposure_parts', 'synthetic-graph-0', 'x')"
        )
    publish(settings)


def test_what_checks_saw_is_masked_in_the_release_only(settings):
    release = publish(settings, [SEEN])
    seen = "select observed, failing_sample from meta.check_results"
    assert kit.query(release.path, seen) == [("(private)", None)]
    assert kit.query(release.path, "select status from meta.check_results") == [("skipped",)]
    assert kit.query(settings.private_path, seen) == [(SEEN.observed, SEEN.failing_sample)]


def test_checks_that_read_no_own_row_keep_what_they_saw(settings):
    release = publish(settings, [SEEN], private_checks=set())
    seen = "select observed, failing_sample from meta.check_results"
    assert kit.query(release.path, seen) == [(SEEN.observed, SEEN.failing_sample)]


@pytest.mark.parametrize("named", ["check_name", "relation"])
def test_a_check_is_masked_by_its_name_or_its_relation(named):
    (masked,) = private.publishable_results([SEEN], {getattr(SEEN, named)})
    assert (masked.observed, masked.failing_sample) == (private.MASK, None)
    published = dataclasses.replace(SEEN, layer="published")
    assert private.publishable_results([published], None) == [published]
    harmless = dataclasses.replace(SEEN, observed="no row against it")
    assert private.publishable_results([harmless], None)[0].observed == "no row against it"
    told = [
        private.publishable_results(
            [dataclasses.replace(harmless, relation="landing.own", status=status)], None
        )
        for status in ("pass", "warn")
    ]
    assert told[0] == told[1], "the status of a check of own rows tells of them"


def test_without_own_rows_nothing_is_masked_or_copied(settings):
    kit.make_warehouse(settings)
    release = publish(settings, [SEEN])
    assert kit.query(release.path, "select observed from meta.check_results") == [("graph-0",)]
    assert not settings.private_path.parent.exists()


def test_the_private_copy_goes_with_the_own_rows(settings):
    publish(settings)
    assert find_private_copy(settings).is_current
    settings.private_site_dir.mkdir()
    (settings.private_site_dir / "own.html").write_text("own rows")
    kit.make_warehouse(settings)
    publish(settings)
    assert find_private_copy(settings) is None
    assert not settings.private_site_dir.exists()
    with pytest.raises(ChokepointError, match="no rows of your own"):
        connect_private(settings)


def test_after_a_rollback_the_copy_says_that_it_is_of_another_release(settings):
    publish(settings)
    publish(settings)
    rollback(settings)
    assert not find_private_copy(settings).is_current


def test_a_copy_that_cannot_be_written_leaves_release_and_copy_as_they_were(settings, monkeypatch):
    first = publish(settings)
    before = settings.private_path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_copy, "_fill", full)
    with pytest.raises(ChokepointError, match="The disk is full: writing the private copy"):
        publish(settings)
    assert current_release(settings).release_id == first.release_id
    assert settings.private_path.read_bytes() == before
    assert [path.name for path in settings.private_path.parent.iterdir()] == ["chokepoint.duckdb"]


def test_a_damaged_copy_is_told(settings):
    publish(settings)
    settings.private_path.write_bytes(b"no database")
    with pytest.raises(ChokepointError, match=r"private copy .* is damaged"):
        find_private_copy(settings)


def test_checks_are_private_down_the_whole_line():
    """From a landed table with data_origin to a test three models later, and no further."""

    def node(kind, name, *parents, schema="marts"):
        return {
            "resource_type": kind,
            "schema": schema,
            "name": name,
            "alias": name,
            "depends_on": {"nodes": list(parents)},
        }

    def landed(name, *columns):
        return {
            "resource_type": "source",
            "source_name": "landing",
            "schema": "landing",
            "name": name,
            "columns": dict.fromkeys(columns),
        }

    manifest = {
        "sources": {
            "s.own": landed("own", "data_origin"),
            "s.open": landed("open", "year"),
            "s.deliveries": landed("deliveries"),
        },
        "nodes": {
            "m.late": node("model", "late", "m.middle"),
            "m.middle": node("model", "middle", "s.own", schema="staging"),
            "m.open": node("model", "open", "s.open"),
            "t.late": node("test", "late__holds", "m.late"),
            "t.both": node("test", "open__holds_beside", "m.open", "m.late"),
            "t.open": node("test", "open__holds", "m.open"),
        },
    }
    found = private_checks(manifest)
    assert {"landing.own", "landing.deliveries", "staging.middle", "marts.late"} <= found
    assert {"late__holds", "open__holds_beside"} <= found
    assert not {"landing.open", "marts.open", "open__holds"} & found


@pytest.mark.parametrize("column", ["source_id", "source_ids", "importer_source_id"])
def test_a_row_that_names_a_restricted_source_is_private(column):
    """Whichever column names it, and also where it is one of several."""
    relation = Relation("marts", "fct", "table", None, "", (Column(column, "VARCHAR", None),))
    condition = private.private_condition(relation, ["closed"])
    names = "('open'), ('closed'), ('open, closed'), ('closed_not'), (null)"
    found = duckdb.sql(f"select {column} from (values {names}) as t ({column}) where {condition}")
    assert found.fetchall() == [("closed",), ("open, closed",)]
