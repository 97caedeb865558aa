"""Publishing's parts: what is copied, refused, hashed and written beside the file."""

import csv
import json
from dataclasses import replace
from datetime import timedelta

import duckdb
import publishing_warehouse as kit
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.releases.candidate import build_candidate
from chokepoint.releases.published import activate, finish_release, list_releases
from chokepoint.releases.relations import (
    read_relations,
    relation_hash,
)


@pytest.fixture
def settings(tmp_path):
    settings = kit.make_settings(tmp_path)
    kit.make_warehouse(settings)
    return settings


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Settings and release of a warehouse that was published; nothing is changed there."""
    settings = kit.make_settings(tmp_path_factory.mktemp("made"))
    kit.make_warehouse(settings)
    candidate = kit.candidate(
        settings, project_version="1.2.3", git_commit="abc", git_dirty=True,
        python_version="3.11.7", dbt_version="1.11.1", seconds={"landing": 4.5},
        primary_keys={"fct_shares": ["share_id"]},
        inputs=[("fct_shares", "seed", "baci", "baci", "data", "a" * 64)],
    )  # fmt: skip
    later = replace(kit.PASSED, check_name="later", layer="published", status="warn")
    return settings, activate(settings, finish_release(candidate, [later]).release_id)


@pytest.fixture(scope="module")
def release(made):
    return made[1]


@pytest.fixture(scope="module")
def published_dir(made):
    return made[0].published_dir


def change(settings, sql):
    """Run SQL on the warehouse, as a later dbt run would."""
    con = duckdb.connect(str(settings.warehouse_path))
    con.execute(sql)
    con.close()


def test_only_the_published_schemas_leave_the_house(release):
    """A raw or private table in the published file would leak it to every reader."""
    schemas = kit.query(
        release.path, "select distinct schema_name from duckdb_tables() where not internal"
    )
    assert sorted(schemas) == [("marts",), ("meta",)]
    assert b"secret" not in release.path.read_bytes()


def test_views_and_macros_answer_under_any_file_name(release, tmp_path):
    """dbt's views hold the name of the warehouse file; in a renamed copy they would break."""
    renamed = tmp_path / "any other name.db"
    renamed.write_bytes(release.path.read_bytes())
    assert len(kit.query(renamed, "from reports.rpt_shares")) == 7
    assert len(kit.query(renamed, "from reports.a_rpt_on_top")) == 7
    shares = kit.query(
        renamed, "from reports.share_on(date '2024-01-02', lowest := 0.2) order by share_id"
    )
    assert shares == [(301, 43.0), (601, 601 / 7), (901, 901 / 7)]
    with_default = kit.query(renamed, "from reports.share_on(date '2024-02-01')")
    spelled_out = kit.query(renamed, "from reports.share_on(date '2024-02-01', lowest := 0)")
    assert with_default == spelled_out != []
    assert ("Shares on a day.",) in kit.query(
        renamed, "select comment from duckdb_functions() where schema_name = 'reports'"
    )
    days = "select reports.days_between(date '2024-01-01', date '2024-01-04')"
    assert kit.query(renamed, days) == [(3,)]


def test_the_file_says_what_it_was_built_from(release):
    with duckdb.connect(str(release.path), read_only=True) as con:
        (row,) = con.execute("from meta.build").to_arrow_table().to_pylist()
        counted = con.execute("select count(*), sum(row_count) from meta.relations").fetchone()
        # The counts are those of the relations themselves, the meta tables included.
        for schema, name, count in con.execute(
            "select schema_name, relation_name, row_count from meta.relations"
        ).fetchall():
            assert con.execute(f"select count(*) from {schema}.{name}").fetchone() == (count,), name
    assert row["release_id"] == release.release_id
    assert row["content_hash"] == release.content_hash
    told = (row["project_version"], row["git_commit"], row["is_git_dirty"])
    assert told == ("1.2.3", "abc", True)
    assert row["built_at"] == kit.DAY.replace(tzinfo=None)
    stages = json.loads(row["seconds_per_stage"])
    assert stages["landing"] == 4.5
    assert "publish_copy" in stages
    assert (row["relation_count"], row["row_count"]) == counted


def test_the_dictionary_has_one_row_per_published_column(release, published_dir):
    assert kit.query(
        release.path,
        """
        select count(*) from meta.dictionary as words
        full outer join (from duckdb_columns() where not internal) as held
            on words.schema_name = held.schema_name
            and words.relation_name = held.table_name
            and words.column_name = held.column_name
            and words.data_type = held.data_type
            and words.description = held.comment
            and words.ordinal = held.column_index
        where words.column_name is null or held.column_name is null
        """,
    ) == [(0,)]
    with (published_dir / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert kit.query(release.path, "select count(*) from meta.dictionary") == [(len(rows),)]
    assert rows[0]["relation_description"]


def test_the_mirror_holds_every_relation_exactly(release, published_dir):
    con = duckdb.connect()
    con.execute(f"attach '{release.path}' as release (read_only)")
    relations = con.execute(
        "select schema_name, relation_name from release.meta.relations"
    ).fetchall()
    files = {path.stem for path in (published_dir / "parquet").iterdir()}
    assert files == {name for _, name in relations}
    con.execute("use release")
    for schema, name in relations:
        path = published_dir / "parquet" / f"{name}.parquet"
        for pair in ((f"{schema}.{name}", f"'{path}'"), (f"'{path}'", f"{schema}.{name}")):
            rows = con.execute(f"from {pair[0]} except all from {pair[1]}").fetchall()
            assert rows == [], name
        codecs = con.execute(
            f"select distinct compression from parquet_metadata('{path}')"
        ).fetchall()
        is_empty = con.execute(f"select count(*) = 0 from {schema}.{name}").fetchone()[0]
        assert codecs == ([] if is_empty else [("ZSTD",)]), name
    # Parquet has no 128-bit integer; a double would have lost the last digits.
    parquet = published_dir / "parquet" / "fct_shares.parquet"
    assert con.execute(f"select max(total)::varchar from '{parquet}'").fetchone() == (
        str(999 * 9007199254740993),
    )


def test_the_data_package_describes_the_mirror(published_dir):
    package = json.loads((published_dir / "datapackage.json").read_text())
    found = {resource["name"]: resource for resource in package["resources"]}
    fact = found["fct_shares"]
    assert fact["schema"]["primaryKey"] == ["share_id"]
    assert {field["name"]: field["type"] for field in fact["schema"]["fields"]} == {
        "share_id": "integer", "product_code": "string", "value_share": "number",
        "import_value_eur": "number", "total": "integer", "is_known": "boolean",
        "valid_from": "date", "valid_to": "date", "seen_at": "datetime", "notes": "array",
        "detail": "object",
    }  # fmt: skip
    sums = dict(
        reversed(line.split("  "))
        for line in (published_dir / "SHA256SUMS").read_text().splitlines()
    )
    for resource in package["resources"]:
        path = published_dir / resource["path"]
        assert resource["bytes"] == path.stat().st_size
        assert resource["hash"] == "sha256:" + sums[resource["path"]]
        assert all(field["description"] for field in resource["schema"]["fields"])
    assert package["sources"] == [{"title": "CEPII", "path": "https://www.cepii.fr"}]
    assert package["licenses"][0]["name"] == "Etalab-2.0"


def hash_of(select):
    """Content hash of a table with these rows."""
    with duckdb.connect() as con:
        con.execute(f"create schema marts; create table marts.t as {select}")
        (relation,) = read_relations(con, "memory")
        return relation_hash(con, "memory", relation)[1]


def test_content_hash_depends_on_rows_only(settings, release):
    """Two builds of the same raw data must be recognisable as the same release."""
    assert hash_of(kit.rows(order="hash(share_id)")) == hash_of(kit.rows())
    change(settings, "drop table meta.sources")
    again = kit.publish(settings, built_at=kit.DAY + timedelta(days=90))
    assert again.content_hash == release.content_hash
    told_of_it = "from meta.dictionary where relation_name in ('build', 'check_results')"
    assert kit.query(again.path, told_of_it) == kit.query(release.path, told_of_it)
    package = json.loads((settings.published_dir / "datapackage.json").read_text())
    assert not {"sources", "licenses"} & set(package), "nothing says where it is from"


def test_content_hash_sees_one_changed_value():
    whole = hash_of(kit.rows())
    for column, share_id, value in (
        ("import_value_eur", 7, "import_value_eur + 0.001"),
        # the next double after the value
        ("value_share", 7, "1.0000000000000002"),
        ("product_code", 7, "'7000'"),
        ("notes", 0, "['NULL']"),
        ("is_known", 3, "null"),
        ("seen_at", 3, "'epoch'::timestamp"),
    ):
        changed = f"case when share_id = {share_id} then {value} else {column} end as {column}"
        assert hash_of(kit.rows(changed=changed)) != whole, column


def test_content_hash_of_a_release_sees_one_changed_value(settings, release):
    change(settings, "update marts.fct_shares set is_known = null where share_id = 3")
    assert kit.candidate(settings).content_hash != release.content_hash


def test_content_hash_tells_tables_apart():
    """Repeated rows count, which an exclusive-or of row hashes would lose; ('ab', 'c') is not
    ('a', 'bc'), nor a null an empty text."""
    once = f"from ({kit.rows(10)})"
    twice, thrice = (" union all ".join([once] * number) for number in (2, 3))
    pairs = ["'ab', 'c'", "'a', 'bc'", "'abc', ''", "'abc', null"]
    neighbours = [f"select * from (values ({pair})) v (a, b)" for pair in pairs]
    assert len(set(map(hash_of, (once, twice, thrice, *neighbours)))) == 7


def refusal(settings, **info):
    with pytest.raises(ChokepointError) as caught:
        kit.candidate(settings, **info)
    assert kit.left_over(settings) == []
    return str(caught.value)


def test_columns_without_comment_are_refused_and_listed(settings):
    change(
        settings,
        """
        comment on column marts.fct_shares.notes is null;
        comment on column reports.rpt_shares.origin is '';
        comment on view reports.a_rpt_on_top is null;
        """,
    )
    message = refusal(settings)
    assert "marts.fct_shares.notes" in message
    assert "reports.rpt_shares.origin" in message
    assert "reports.a_rpt_on_top (the relation itself)" in message
    assert message.startswith("3 ")


DESCRIBED = "comment on {0} is 'x'; comment on column {1} is 'x'"
REFUSED = (
    (
        'create view reports.rpt_leak as select * from "chokepoint"."staging"."stg_raw";'
        + DESCRIBED.format("view reports.rpt_leak", "reports.rpt_leak.cell"),
        "reports.rpt_leak reads staging.stg_raw, which is not published",
    ),
    (
        "create macro reports.leak(a) as table (select * from seeds.raw where a)",
        "reports.leak() reads seeds.raw, which is not published",
    ),
    # Their Parquet files would overwrite each other.
    (
        "create table meta.rpt_shares as select 1 as a;"
        + DESCRIBED.format("table meta.rpt_shares", "meta.rpt_shares.a"),
        "meta.rpt_shares and reports.rpt_shares",
    ),
    ('create table marts."../up" as select 1 as a', "marts.../up cannot be published"),
    ("create table meta.build as select 1 as a", "meta.build is written by publishing"),
)


@pytest.mark.parametrize(("sql", "words"), REFUSED)
def test_what_may_not_leave_the_house_is_refused(settings, sql, words):
    change(settings, sql)
    assert words in refusal(settings)


def test_a_view_on_a_file_outside_is_refused(settings, tmp_path):
    """It would answer on the builder's machine and nowhere else."""
    path = f"{tmp_path}/outside.parquet"
    change(settings, f"copy (select 1 as cell) to '{path}'")
    view = f"create view reports.rpt_outside as from read_parquet('{path}');"
    change(
        settings, view + DESCRIBED.format("view reports.rpt_outside", "reports.rpt_outside.cell")
    )
    assert "reports.rpt_outside does not bind" in refusal(settings)


def test_an_empty_or_missing_or_broken_warehouse_is_refused(tmp_path):
    settings = kit.make_settings(tmp_path)
    with pytest.raises(ChokepointError, match="no warehouse"):
        kit.candidate(settings)
    settings.warehouse_path.parent.mkdir(parents=True)
    duckdb.connect(str(settings.warehouse_path)).close()
    assert "nothing to publish" in refusal(settings)
    settings.warehouse_path.write_bytes(b"not a database" * 1000)
    assert "cannot be read" in refusal(settings)


def test_a_failed_check_forbids_the_release(settings):
    for status in ("fail", "error"):
        failed = replace(kit.PASSED, status=status, observed="3 rows")
        with pytest.raises(ChokepointError, match="fct_shares__shares_are_fractions"):
            build_candidate(settings, release_info={}, results=[failed])
    with pytest.raises(ChokepointError, match="3 rows"):
        finish_release(kit.candidate(settings), [failed])
    assert list_releases(settings) == []
    assert kit.left_over(settings) == []
    assert finish_release(kit.candidate(settings), [replace(failed, severity="warn")])
