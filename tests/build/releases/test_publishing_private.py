"""Own rows on a small warehouse: what is left out, refused, masked, and kept for the user."""

import dataclasses
import shutil

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
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.results import private_checks

ORIGINS = ("own", "synthetic", None, "own; synthetic", "own_mapping", "press_claim")
TABLES = f"""
create table marts.fct_cover as
select i as cover_id, 'graph-' || i as graph_id, ({list(ORIGINS)})[i + 1] as data_origin
from range({len(ORIGINS)}) as numbers (i);
create table marts.dim_scenario as select 'assumption' as scenario_id, 'real' as data_origin;
create table marts.fct_licence_waiting as select 1 as n, 'own' as data_origin;
create table meta.deliveries as
select 'exposure_sites' as source_id, 'own-graph-0' as period, 'own' as data_origin
union all select 'exposure_sites', 'synthetic-graph-1', 'synthetic'
union all select 'scenarios', 'assumption-graph-0', 'assumption'
union all select 'scenarios', 'own-mine', 'own';
""".replace("None", "null")
SEEN = dataclasses.replace(
    kit.PASSED, status="warn", observed="graph-0", failing_sample='[{"graph_id": "graph-0"}]'
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A warehouse with own rows that was published with what a check saw of them."""
    settings = kit.make_settings(tmp_path_factory.mktemp("kept"))
    kit.make_warehouse(settings, extra=TABLES)
    return settings, publish(settings, [SEEN])


@pytest.fixture
def published(kept, settings):
    """Settings of a copy of it."""
    shutil.copytree(kept[0].data_dir, settings.data_dir, symlinks=True)
    return settings


def change(settings, *statements):
    """Write the warehouse anew with own rows, then otherwise."""
    kit.make_warehouse(settings, extra=TABLES)
    with duckdb.connect(str(settings.warehouse_path)) as con:
        for statement in statements:
            con.execute(statement)
        kit.describe_all(con)


def publish(settings, results=(kit.PASSED,), **info):
    candidate = build_candidate(
        settings, release_info={"built_at": kit.DAY, **info}, results=results
    )
    release = finish_release(candidate)
    copy = private_copy.prepare(settings, release, candidate.withheld, results)
    activate(settings, release.release_id)
    private_copy.put_in_place(settings, copy)
    return release


def test_own_and_unknown_rows_are_left_out_and_counted_nowhere(kept):
    settings, release = kept
    cover = "select cover_id, data_origin from marts.fct_cover"
    public = kit.query(release.path, f"{cover} order by cover_id")
    assert public == [(1, "synthetic"), (4, "own_mapping"), (5, "press_claim")]
    rows = "select row_count from meta.relations where relation_name = 'fct_cover'"
    assert kit.query(release.path, rows) == [(3,)]
    assert kit.query(settings.private_path, rows) == [(6,)]
    # In the order of the table.
    assert kit.query(settings.private_path, cover) == list(enumerate(ORIGINS))
    strata = "select n from marts.fct_licence_waiting"
    assert (kit.query(release.path, strata), kit.query(settings.private_path, strata)) == (
        [],
        [(1,)],
    )


def test_a_table_of_graphs_without_origin_is_refused(settings):
    change(settings, "create table marts.fct_paths as select 'g' as graph_id")
    with pytest.raises(ChokepointError, match=r"fct_paths \(graph_id\).*without data_origin"):
        publish(settings)
    assert list_releases(settings) == []


def test_an_own_graph_under_another_origin_is_refused_unless_a_public_one_has_its_name(settings):
    changes = [
        "update marts.fct_cover set graph_id = 'graph-0' where cover_id = 1",
        "update marts.dim_scenario set scenario_id = 'mine'",
    ]
    change(settings, *changes)
    with pytest.raises(ChokepointError, match="fct_cover would be published") as caught:
        publish(settings)
    assert "graph-0" not in str(caught.value)
    changes += ["insert into meta.deliveries values ('exposure_parts', 'synthetic-graph-0', 'x')"]
    change(settings, *changes)
    with pytest.raises(ChokepointError, match="dim_scenario would be published"):
        publish(settings)
    change(settings, *changes, "update marts.dim_scenario set data_origin = 'own'")
    publish(settings)


def test_what_checks_saw_is_masked_in_the_release_only(kept):
    settings, release = kept
    seen = "select observed, failing_sample from meta.check_results"
    assert kit.query(release.path, seen) == [("(private)", None)]
    assert kit.query(release.path, "select status from meta.check_results") == [("skipped",)]
    assert kit.query(settings.private_path, seen) == [(SEEN.observed, SEEN.failing_sample)]


@pytest.mark.parametrize("named", ["check_name", "relation"])
def test_a_check_is_masked_by_its_name_or_its_relation(named):
    (masked,) = private.publishable_results([SEEN], {getattr(SEEN, named)})
    assert (masked.observed, masked.failing_sample) == (private.MASK, None)
    published = dataclasses.replace(SEEN, layer="published")
    assert private.publishable_results([published], None) == [published]
    harmless = dataclasses.replace(SEEN, observed="no row against it")
    assert private.publishable_results([harmless], None)[0].observed == "no row against it"
    assert private.publishable_results([SEEN], set()) == [SEEN], "it has read no own row"
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


def test_the_private_copy_goes_with_the_own_rows(published):
    """After a rollback it says that it is of another release."""
    assert find_private_copy(published).is_current
    published.private_site_dir.mkdir()
    (published.private_site_dir / "own.html").write_text("own rows")
    release = publish(published, [SEEN], private_checks=set())
    seen = "select observed, failing_sample from meta.check_results"
    assert kit.query(release.path, seen) == [(SEEN.observed, SEEN.failing_sample)]
    rollback(published)
    assert not find_private_copy(published).is_current
    kit.make_warehouse(published)
    publish(published)
    assert find_private_copy(published) is None
    assert not published.private_site_dir.exists()
    with pytest.raises(ChokepointError, match="no rows of your own"):
        connect_private(published)


def test_a_copy_that_cannot_be_written_leaves_release_and_copy_as_they_were(published, monkeypatch):
    first = current_release(published)
    before = published.private_path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_copy, "_fill", full)
    with pytest.raises(ChokepointError, match="The disk is full: writing the private copy"):
        publish(published)
    assert current_release(published).release_id == first.release_id
    assert published.private_path.read_bytes() == before
    assert [path.name for path in published.private_path.parent.iterdir()] == ["chokepoint.duckdb"]


def test_a_damaged_copy_is_told(published):
    published.private_path.write_bytes(b"no database")
    with pytest.raises(ChokepointError, match=r"private copy .* is damaged"):
        find_private_copy(published)


def test_checks_are_private_down_the_whole_line():
    """From a landed table with data_origin to a test three models later, and no further."""

    def node(kind, name, *parents, schema="marts"):
        return {
            "resource_type": kind, "schema": schema, "name": name, "alias": name,
            "depends_on": {"nodes": list(parents)},
        }  # fmt: skip

    def landed(name, *columns):
        return {
            "resource_type": "source", "source_name": "landing", "schema": "landing", "name": name,
            "columns": dict.fromkeys(columns),
        }  # fmt: skip

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
    found = private_checks(Project(manifest))
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
