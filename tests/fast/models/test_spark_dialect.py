"""What the two engines mean by the same words, and how a comparison finds what differs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.spark import parity
from chokepoint.warehouse.graph import Project

COLUMNS = {
    "raw": {
        "flows": {
            "partner": "VARCHAR", "value_eur": "DECIMAL(28,6)", "mass": "DOUBLE",
            "number": "BIGINT", "first_day": "DATE", "last_day": "DATE", "codes": "VARCHAR[]",
        }
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def dialect():
    pytest.importorskip("sqlglot", reason="it is the engine's")
    from chokepoint.spark import dialect

    return dialect


@pytest.fixture
def spark(dialect):
    """What a select list on the flows is for Spark."""

    def said(select: str, rest: str = "") -> str:
        sql = dialect.to_spark(f"select {select} as result from raw.flows {rest}", COLUMNS)
        return " ".join(sql.split())

    return said


@pytest.mark.parametrize(
    ("duckdb_sql", "said"),
    [
        # A whole number with commas.
        ("format('{:,}', number)", "FORMAT_NUMBER(flows.number, 0)"),
        # Decimals are divided as doubles.
        ("value_eur / 3", "CAST(flows.value_eur AS DOUBLE) / CAST(3 AS DOUBLE)"),
        ("7 // 2", "DIV"),
        # A double is rounded to a whole number, not cut off.
        ("cast(mass as integer)", "RINT(flows.mass)"),
        ("cast(value_eur as integer)", "ROUND(flows.value_eur, 0)"),
        # Days between dates are a number, and stay one further up.
        ("last_day - first_day", "DATEDIFF(flows.last_day, flows.first_day)"),
        ("sum(number)", "SUM(CAST(flows.number AS DECIMAL(38, 0)))"),
        ("any_value(partner)", "FIRST(flows.partner, TRUE)"),
        ("codes[1]", "TRY_ELEMENT_AT(flows.codes, 1)"),
        ("codes[number - 1]", "TRY_ELEMENT_AT(flows.codes, CAST(flows.number - 1 AS INT))"),
        ("codes[:number]", "GREATEST(LEAST(flows.number, SIZE(flows.codes)) - 1 + 1, 0)"),
        ("len(codes)", "SIZE(flows.codes)"),
        ("length(partner)", "LENGTH(flows.partner)"),
        ("isodow(first_day)", "DAYOFWEEK"),
        ("string_split(partner, ';')", "SPLIT(flows.partner, '[;]')"),
        (
            r"regexp_replace(partner, '(a)b', '\1$', 'g')",
            r"REGEXP_REPLACE(flows.partner, '(a)b', '$1\\$')",
        ),
        ("first_day + number", "flows.first_day + CAST(flows.number AS INT)"),
        ("avg(number)", "AVG(CAST(flows.number AS DOUBLE))"),
        # A row whose value is null does not decide.
        ("arg_max(partner, mass)", "CASE WHEN NOT flows.partner IS NULL THEN flows.mass END"),
        ("arg_min(partner, mass)", "CASE WHEN NOT flows.partner IS NULL THEN flows.mass END"),
        ("length(codes)", "SIZE(flows.codes)"),
        ("number // 2 * 3", "( flows.number DIV 2 ) * 3"),
        ("log(mass)", "LOG10(flows.mass)"),
        ("regexp_matches(partner, 'a')", "REGEXP_LIKE(flows.partner, 'a')"),
        # Nothing where the end comes before the start; Spark counts down.
        ("generate_series(1, number)", "CASE WHEN 1 <= flows.number THEN SEQUENCE"),
        ("range(number)", "CASE WHEN 0 < flows.number THEN SEQUENCE"),
        # A filter in a window goes into what is read.
        (
            "count(*) filter (where mass > 1) over (partition by partner)",
            "COUNT(CASE WHEN flows.mass > 1 THEN 1 END) OVER (PARTITION BY flows.partner)",
        ),
        # Nulls come last unless said otherwise.
        ("row_number() over (order by mass)", "ORDER BY flows.mass NULLS LAST"),
        # Lists turn into rows side by side, positions beside their list.
        (
            "unnest(codes) as code, unnest([1, 2])",
            "LATERAL VIEW INLINE(ARRAYS_ZIP(flows.codes, ARRAY(1, 2)))",
        ),
        (
            "unnest(codes) as code, generate_subscripts(codes, 1)",
            "SELECT listed_0.item_0 AS code, listed_0.item_1 AS result FROM",
        ),
        ("cast(map() as map(integer, ubigint))", "AS MAP<INT, BIGINT>"),
        ("max(mass, 3)", "SLICE(SORT_ARRAY(COLLECT_LIST(flows.mass), FALSE), 1, 3)"),
        # Parentheses that keep nothing apart go.
        ("((((mass))) + ((1))) * ((number - (2)))", "( flows.mass + 1 ) * ( flows.number - 2 )"),
        ("abs(((mass + 1)))", "ABS(flows.mass + 1)"),
        # Over rows so far, the middle of their list.
        ("median(mass) over (partition by partner order by number)", "COLLECT_LIST(flows.mass)"),
        ("median(mass) filter (where number > 1)", "MEDIAN(flows.mass) FILTER"),
        # As C rounds halves.
        ("printf('%.1f of %d', mass, number)", "134217729"),
    ],
)
def test_a_word_is_said_as_spark_means_it(spark, duckdb_sql, said):
    assert said in spark(duckdb_sql)


def test_a_result_has_the_types_and_the_order_of_the_contract(dialect):
    sql = "select sum(number) as total, number as id from raw.flows group by all"
    said = dialect.to_spark(sql, COLUMNS, {"id": "integer", "total": "hugeint"})
    wanted = "SELECT CAST(id AS INT) AS id, CAST(total AS DECIMAL(38, 0)) AS total"
    assert " ".join(said.split()).startswith(wanted)


@pytest.fixture
def two_engines(tmp_path, monkeypatch):
    """A warehouse with one mart, and a folder of Parquet files as Spark leaves them."""
    monkeypatch.setattr(parity, "not_compared", dict)
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_x as select * from (values "
            "('a', 1.0::double, 5::decimal(9, 2)), ('b', 2.0, 6), ('b', null, 7)) as t (k, f, d)"
        )
    node = {
        "resource_type": "model", "schema": "marts", "name": "fct_x", "alias": "fct_x",
        "config": {}, "columns": {},
    }  # fmt: skip
    key = {
        "resource_type": "test", "attached_node": "x",
        "test_metadata": {
            "name": "claims", "kwargs": {"claims": [{"name": "k", "key": ["k", "d"]}]},
        },
    }  # fmt: skip
    folder = tmp_path / "spark" / "marts.db" / "fct_x"
    folder.mkdir(parents=True)

    def compare(rows: str) -> list[str]:
        duckdb.sql(f"copy (select * from (values {rows}) as t (k, f, d)) "
                   f"to '{folder}/part-0.parquet' (format parquet)")  # fmt: skip
        project = Project({"nodes": {"x": node, "k": key}, "sources": {}})
        [result] = parity.compare_all(warehouse, tmp_path / "spark", project)
        return result.faults

    return compare


SAME = "('b', null, 7::decimal(9, 2)), ('a', 1.0::double, 5), ('b', 2.0, 6)"


@pytest.mark.parametrize("last_bit", ["1.0::double", "1.0000000000000002::double"])
def test_rows_in_another_order_and_the_last_bit_of_a_double_are_equal(two_engines, last_bit):
    assert two_engines(SAME.replace("1.0::double", last_bit)) == []


@pytest.mark.parametrize(
    ("was", "now", "fault"),
    [
        ("1.0::double", "1.00000001::double", "f differs"),
        ("('b', null,", "('b', 3.0,", "f differs"),
        ("5)", "5.01)", "d differs"),
        ("'a'", "'c'", "k differs"),
        (", ('b', 2.0, 6)", "", "it has 2 rows, not 3"),
    ],
)
def test_a_difference_is_named(two_engines, was, now, fault):
    assert any(fault in found for found in two_engines(SAME.replace(was, now)))


@pytest.mark.parametrize(
    ("listed", "said"), [("fct_x", "the same on both"), ("fct_gone", "no mart")]
)
def test_a_mart_that_is_listed_as_not_compared_differs(two_engines, monkeypatch, listed, said):
    monkeypatch.setattr(parity, "not_compared", lambda: {listed: "a reason"})
    with pytest.raises(ChokepointError, match=said):
        two_engines(SAME)


def test_tables_come_back_with_the_types_of_their_contract(tmp_path):
    folder = tmp_path / "spark" / "marts.db" / "fct_x"
    folder.mkdir(parents=True)
    duckdb.sql(f"copy (select 1::bigint as n) to '{folder}/part-0.parquet' (format parquet)")
    node = {"schema": "marts", "name": "fct_x", "alias": None,
            "columns": {"n": {"data_type": "integer"}}}  # fmt: skip
    target = Path(tmp_path) / "back.duckdb"
    assert parity.read_back(target, tmp_path / "spark", [node]) == 1
    with duckdb.connect(str(target), read_only=True) as con:
        assert con.execute("select typeof(n) from marts.fct_x").fetchone() == ("INTEGER",)
