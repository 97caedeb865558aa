"""A release made from the one before is the one that is made from nothing."""

import shutil
from dataclasses import replace

import duckdb
import publishing_warehouse as kit
import pytest

from chokepoint.landing.files.delivery import digest
from chokepoint.releases import candidate, carried
from chokepoint.releases.published import current_release
from chokepoint.warehouse.runstate import RunState

EXTRA = """
create table marts.fct_more as select range::integer as n, 'a' || range as told from range(50);
create view reports.rpt_more as select count(*)::bigint as lines from marts.fct_more;
create macro reports.more_than(least) as table (select * from marts.fct_more where n > least);
"""
IDENTITIES = {
    name: f"{name} as it was"
    for name in (
        "marts.fct_shares", "marts.fct_more", "reports.rpt_shares", "reports.a_rpt_on_top",
        "reports.rpt_more", "meta.sources", "meta.freshness",
    )
}  # fmt: skip
CHANGED = {**IDENTITIES, "marts.fct_more": "another", "reports.rpt_more": "another"}


def settings_in(folder):
    """With one thread: which row of a view is its example is otherwise left to chance."""
    return replace(kit.make_settings(folder), threads=1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Data folder and release of the first publication."""
    made = settings_in(tmp_path_factory.mktemp("kept"))
    kit.make_warehouse(made, kit.rows(60), EXTRA)
    return made.data_dir, kit.publish(made, identities=IDENTITIES)


@pytest.fixture
def settings(kept, tmp_path):
    """A copy of that folder, which says of itself where it is."""
    made = settings_in(tmp_path)
    shutil.copytree(kept[0], made.data_dir, symlinks=True)
    path = RunState(made).folder / "carried.json"
    path.write_text(path.read_text().replace(str(kept[0]), str(made.data_dir)))
    return made


def contents(release):
    """Whatever a reader sees of a release, but when and as what it was made."""
    con = duckdb.connect(str(release.path), read_only=True)
    found = {}
    for schema, name in con.execute(
        "select schema_name, table_name from duckdb_tables() union all "
        "select schema_name, view_name from duckdb_views() where not internal"
    ).fetchall():
        if name != "build":
            kept = " where relation_name <> 'build'" if name == "dictionary" else ""
            rows = con.execute(f'from {schema}."{name}"{kept}').fetchall()
            described = con.execute(f'describe {schema}."{name}"').fetchall()
            found[f"{schema}.{name}"] = [described, sorted(map(repr, rows))]
    found["comments"] = sorted(con.execute(
        "select schema_name, table_name, comment from duckdb_tables() union all "
        "select schema_name, view_name, comment from duckdb_views() where not internal union all "
        "select table_name, column_name, comment from duckdb_columns() where not internal "
        "union all "
        "select schema_name, function_name, comment from duckdb_functions() "
        "where schema_name = 'reports'"
    ).fetchall(), key=repr)  # fmt: skip
    con.close()
    found["files"] = {
        path.name: sorted(map(repr, duckdb.sql(f"from '{path}'").fetchall()))
        for path in (release.directory / "parquet").glob("*.parquet")
        if path.stem not in ("build", "dictionary")
    }
    return found


def test_what_is_made_from_the_release_before_is_what_is_made_from_nothing(
    settings, tmp_path, monkeypatch
):
    """And nothing is counted, hashed or copied twice."""
    first = current_release(settings)
    read = []
    real = candidate.relation_hash

    def told(con, database, relation, source=None):
        read.append(relation.label)
        return real(con, database, relation, source)

    monkeypatch.setattr(candidate, "relation_hash", told)
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("insert into marts.fct_more values (50, 'new')")
    second = kit.publish(settings, identities=CHANGED)
    assert sorted(read) == ["marts.fct_more", "reports.rpt_more"]
    assert second.content_hash != first.content_hash
    # The same warehouse in another place, where nothing was published before.
    other = settings_in(tmp_path / "other")
    other.warehouse_path.parent.mkdir(parents=True)
    shutil.copy(settings.warehouse_path, other.warehouse_path)
    assert contents(second) == contents(kit.publish(other, identities=CHANGED))

    shares = "parquet/fct_shares.parquet"
    assert (second.directory / shares).samefile(first.directory / shares)
    more = "parquet/fct_more.parquet"
    assert not (second.directory / more).samefile(first.directory / more)


@pytest.mark.parametrize("damaged", ["chokepoint.duckdb", "parquet/fct_shares.parquet"])
def test_a_damaged_release_is_not_built_upon(settings, kept, damaged):
    path = current_release(settings).directory / damaged
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    wrong = digest(path)
    second = kit.publish(settings, identities=IDENTITIES)
    assert digest(second.directory / damaged) != wrong
    assert contents(second) == contents(kept[1])


def test_what_was_kept_of_it_may_be_lost_or_damaged(settings, kept, monkeypatch):
    first = current_release(settings)
    assert carried.read(settings).of(IDENTITIES).relations
    with monkeypatch.context() as patch:
        patch.setattr(carried, "code_digest", lambda: "other")
        assert carried.read(settings).of(IDENTITIES) == carried.NOTHING, "other code trusts nothing"
    for words in ("", "{}", "[]", "{ not JSON", '{"code": 1, "relations": {"a": 1}}'):
        (RunState(settings).folder / "carried.json").write_text(words)
        assert carried.read(settings) == carried.NOTHING, words
    second = kit.publish(settings, identities=IDENTITIES)
    assert second.content_hash == first.content_hash
    shares = "parquet/fct_shares.parquet"
    assert not (second.directory / shares).samefile(first.directory / shares)
