"""The suite of the published file notices what a copy can break."""

from pathlib import Path

import duckdb
import pytest

from chokepoint.settings import Settings
from expectations import runner

COPIED = """
    create schema {0}.marts;
    create schema {0}.meta;
    create table {0}.marts.flows as
    select 'P' || i as partner, i / 7 as share, 'synthetic' as data_origin from range(5) as t (i);
    create table {0}.marts.fct_licence_waiting as select 'own' as data_origin, 1 as days;
    create view {0}.marts.shares as select partner, share from marts.flows;
"""
PUBLISHED = """
    create table meta.relations (schema_name varchar, relation_name varchar, relation_type varchar);
    insert into meta.relations values
        ('marts', 'flows', 'table'), ('marts', 'fct_licence_waiting', 'table'),
        ('marts', 'shares', 'view'), ('meta', 'relations', 'table');
    comment on table marts.flows is 'One row per partner.';
    comment on table marts.fct_licence_waiting is 'One row per stratum.';
    comment on table meta.relations is 'One row per relation.';
    comment on view marts.shares is 'One row per partner.';
"""
# What goes wrong with the copy -> the claims that notice.
DAMAGES = {
    "select 1": set(),
    "drop table marts.flows": {
        "every_relation_is_there", "the_list_names_what_the_file_has",
        "every_relation_has_a_comment",
    },
    "drop view marts.shares; create table marts.shares as select 1 as share; "
    "comment on table marts.shares is 'x'; comment on column marts.shares.share is 'x'": {
        "every_relation_is_there", "rows_are_those_of_the_warehouse",
        "the_list_names_what_the_file_has",
    },
    "delete from marts.flows where partner = 'P1'": {
        "no_row_is_lost_or_added", "rows_are_those_of_the_warehouse",
    },
    "insert into marts.flows from marts.flows": {
        "no_row_is_lost_or_added", "rows_are_those_of_the_warehouse",
    },
    "update marts.flows set share = 1 where partner = 'P1'": {"rows_are_those_of_the_warehouse"},
    "alter table marts.flows alter share type decimal(9, 3)": {"rows_are_those_of_the_warehouse"},
    "delete from meta.relations where relation_name = 'flows'": {
        "the_list_names_what_the_file_has"
    },
    "insert into meta.relations values ('marts', 'gone', 'table')": {
        "the_list_names_what_the_file_has", "every_relation_has_a_comment",
    },
    "comment on view marts.shares is null": {"every_relation_has_a_comment"},
    "comment on column marts.flows.share is ''": {"every_column_has_a_comment"},
    "insert into marts.flows values ('P9', 1, 'own')": {"nothing_own_is_published"},
    "insert into marts.flows values ('P9', 1, 'synthetic; own')": {"nothing_own_is_published"},
    "insert into marts.flows values ('P9', 1, null)": {"nothing_own_is_published"},
}  # fmt: skip


def check(folder: Path, damage: str, storage: str = "v1.0.0") -> dict[str, str]:
    settings = Settings(data_dir=folder)
    settings.warehouse_path.parent.mkdir()
    copy = folder / "copy.duckdb"
    with duckdb.connect() as con:
        for name, path, version in (
            ("published", copy, storage), ("warehouse", settings.warehouse_path, "v1.4.0"),
        ):  # fmt: skip
            con.execute(f"attach '{path}' as {name} (storage_version '{version}')")
            con.execute(f"use {name}")
            con.execute(COPIED.format(name))
        # Rows of the user's own are left at home, and are not missed.
        con.execute("insert into warehouse.marts.flows values ('mine', 1, 'own')")
        con.execute("use published")
        con.execute(PUBLISHED)
        for table, column in con.execute(
            "select schema_name || '.' || table_name, column_name from duckdb_columns() "
            "where database_name = 'published'"
        ).fetchall():
            con.execute(f"comment on column {table}.{column} is 'What it means.'")
        con.execute(damage)
        con.execute("use memory")
    return {
        result.check_name.removeprefix("relations__"): result.failing_sample
        for result in runner.run_published(copy, settings)
        if result.status != "pass"
    }


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_the_copy_is_noticed(damage, tmp_path):
    assert set(check(tmp_path, damage)) == DAMAGES[damage]


def test_the_sample_names_the_relation(tmp_path):
    found = check(tmp_path, "delete from marts.flows where partner = 'P1'")
    assert '"relation": "marts.flows"' in found["no_row_is_lost_or_added"]


def test_a_file_of_a_newer_format_is_noticed(tmp_path):
    assert set(check(tmp_path, "select 1", "v1.4.0")) == {"storage_is_that_of_old_clients"}
