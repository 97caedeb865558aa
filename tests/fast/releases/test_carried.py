"""A release made from the one before is the one that is made from nothing."""

import shutil
from dataclasses import replace

import duckdb
import publishing_warehouse as kit
import pytest

from chokepoint.releases import candidate, carried
from chokepoint.releases.files import sha256_of

EXTRA = """
create table marts.fct_more as select range::integer as n, 'a' || range as told from range(50);
create view reports.rpt_more as select count(*)::bigint as lines from marts.fct_more;
create macro reports.more_than(least) as table (select * from marts.fct_more where n > least);
"""
IDENTITIES = {
    name: f"{name} as it was"
    for name in (
        "marts.fct_shares", "marts.fct_more", "reports.rpt_shares", "reports.a_rpt_on_top",
        "reports.rpt_more", "meta.sources",
    )
}  # fmt: skip
CHANGED = {**IDENTITIES, "marts.fct_more": "another", "reports.rpt_more": "another"}


def settings_in(folder):
    """With one thread: which row of a view is its example is otherwise left to chance."""
    return replace(kit.make_settings(folder), threads=1)


@pytest.fixture
def settings(tmp_path):
    made = settings_in(tmp_path)
    kit.make_warehouse(made, extra=EXTRA)
    return made


def change(settings):
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("insert into marts.fct_more values (50, 'new')")


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


def anew(settings, tmp_path, identities):
    """The same warehouse published in another place, where nothing was published before."""
    other = settings_in(tmp_path / "other")
    other.warehouse_path.parent.mkdir(parents=True)
    shutil.copy(settings.warehouse_path, other.warehouse_path)
    return kit.publish(other, identities=identities)


def test_what_is_made_from_the_release_before_is_what_is_made_from_nothing(settings, tmp_path):
    first = kit.publish(settings, identities=IDENTITIES)
    change(settings)
    second = kit.publish(settings, identities=CHANGED)
    assert contents(second) == contents(anew(settings, tmp_path, CHANGED))
    assert second.content_hash != first.content_hash

    shares = "parquet/fct_shares.parquet"
    assert (second.directory / shares).samefile(first.directory / shares)
    more = "parquet/fct_more.parquet"
    assert not (second.directory / more).samefile(first.directory / more)


def test_nothing_is_counted_hashed_or_copied_twice(settings, monkeypatch):
    kit.publish(settings, identities=IDENTITIES)
    read = []

    def told(con, database, relation, source=None):
        read.append(relation.label)
        return real(con, database, relation, source)

    real = candidate.relation_hash
    monkeypatch.setattr(candidate, "relation_hash", told)
    change(settings)
    kit.publish(settings, identities=CHANGED)
    assert sorted(read) == ["marts.fct_more", "reports.rpt_more"]


@pytest.mark.parametrize("damaged", ["chokepoint.duckdb", "parquet/fct_shares.parquet"])
def test_a_damaged_release_is_not_built_upon(settings, tmp_path, damaged):
    first = kit.publish(settings, identities=IDENTITIES)
    path = first.directory / damaged
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    wrong = sha256_of(path)
    second = kit.publish(settings, identities=IDENTITIES)
    assert sha256_of(second.directory / damaged) != wrong
    assert contents(second) == contents(anew(settings, tmp_path, IDENTITIES))


@pytest.mark.parametrize(
    "words", ["", "{}", "[]", "{ not JSON", '{"code": 1, "relations": {"a": 1}}']
)
def test_what_was_kept_of_it_may_be_lost_or_damaged(settings, words):
    first = kit.publish(settings, identities=IDENTITIES)
    (candidate.carried_folder(settings) / carried.FILE).write_text(words)
    second = kit.publish(settings, identities=IDENTITIES)
    assert second.content_hash == first.content_hash
    shares = "parquet/fct_shares.parquet"
    assert not (second.directory / shares).samefile(first.directory / shares)


def test_other_code_trusts_nothing_of_before(settings, monkeypatch):
    kit.publish(settings, identities=IDENTITIES)
    monkeypatch.setattr(carried, "code_digest", lambda: "other")
    assert carried.read(candidate.carried_folder(settings)).of(IDENTITIES) == carried.NOTHING
