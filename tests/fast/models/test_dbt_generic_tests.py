"""Our generic dbt tests, rendered from the files that dbt reads, pass on good tables and fail on
bad ones."""

import re
from pathlib import Path

import duckdb
import jinja2
import pytest

from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.claims import _KINDS

GENERIC_TESTS = Path(__file__).parents[2] / "dbt" / "generic"

# test -> (arguments, tables that pass, tables that fail); a table is a SELECT.
CASES = {
    "has_partner_detail": (
        {
            "shares": "checked",
            "concentration": "(values ('bulk', 'EU27'), ('bulk', 'DEU'), ('bulk', 'FRA'), "
            "('small', 'DEU')) as concentration (source_id, reporter_code)",
        },
        ["select 'bulk' as source_id, unnest(['DEU', 'EU27']) as reporter_code"],
        [
            "select 'bulk' as source_id, 'EU27' as reporter_code",
            "select 'small' as source_id, unnest(['DEU', 'EU27']) as reporter_code",
        ],
    ),
    "links_are_few": (
        {
            "most": 1,
            "traded": "(values ('HS2017', '1'), ('HS2017', '2'), ('HS2017', '3')) as pairs"
            " (nomenclature, product_code)",
        },
        [
            "select * from (values"
            " ('HS2022', '850511', 'HS2017', '1', 'same', 'concordance', true),"
            " ('HS2022', '850511', 'HS2017', '2', 'may_overlap', 'concordance', true),"
            " ('HS2022', '850511', 'HS2017', '3', 'overlaps', 'waste', true),"
            # a code that nobody trades
            " ('HS2022', '850511', 'HS2017', '4', 'overlaps', 'concordance', true)) as t"
            " (nomenclature, product_code, linked_nomenclature, linked_code, link, basis,"
            " is_listed)"
        ],
        [
            "select 'HS2022' as nomenclature, '850511' as product_code,"
            " 'HS2017' as linked_nomenclature, unnest(['1', '2']) as linked_code,"
            " 'overlaps' as link, 'concordance' as basis, true as is_listed"
        ],
    ),
}

NO_ROWS = {"rows": "select * from this"}
INTERVALS = {"no_overlap": ["act"], "span": ["starts", "ends"]}
# claim, table, failures; a table is the rows of a VALUES list and its columns.
CLAIMS = [
    ({"stated": "a"}, "(1), (null)", "a", 1),
    ({"stated": "a"}, "(1), ('nan'::double)", "a", 0),
    ({"column": "a", "between": [0, 1]}, "(0), (1), (null)", "a", 0),
    ({"column": "a", "between": [0, 1]}, "(-0.1), (1.1)", "a", 2),
    # Not a number is above every bound, and no bound above lets it through.
    ({"column": "a", "between": [0, 1]}, "('nan'::double)", "a", 1),
    ({"column": "a", "between": [0, None]}, "(-1), (9), ('inf'::double)", "a", 1),
    ({"column": "a", "between": [None, 1]}, "(-1), (9)", "a", 1),
    ({"column": "a", "one_of": ["x", "y"]}, "('x'), (null)", "a", 0),
    ({"column": "a", "one_of": ["x", "y"]}, "('z'), ('x')", "a", 1),
    ({"column": "a", "one_of": [1, 2.5]}, "(1), (2.5), (3)", "a", 1),
    ({"column": "a", "matches": "^[0-9]{6}$"}, "('010121'), (null)", "a", 0),
    # A spreadsheet ate the leading zero; the right digits, but read as a number.
    ({"column": "a", "matches": "^[0-9]{6}$"}, "('10121'), ('0101210')", "a", 2),
    ({"column": "a", "matches": "^[0-9]{6}$"}, "(250410)", "a", 1),
    ({"column": "a", "matches": "[0-9]{6}"}, "('x010121')", "a", 1),
    ({"holds": "a <= b"}, "(0.1, 0.2), (null, 0.2)", "a, b", 0),
    ({"holds": "a <= b"}, "(0.3, 0.2)", "a, b", 1),
    ({"holds": "a <= 1 or b = 'x'"}, "(2, 'y'), (2, 'x')", "a, b", 1),
    ({"key": ["a", "b"]}, "('A', 1), ('A', 2)", "a, b", 0),
    ({"key": ["a", "b"]}, "('A', 1), ('A', 1), ('B', null)", "a, b", 2),
    ({"key": ["a", "b"], "may_be_null": ["b"]}, "('A', 1), ('B', null)", "a, b", 0),
    ({"key": ["a", "b"], "may_be_null": ["b"]}, "('B', null), ('B', null)", "a, b", 1),
    ({"key": ["a"], "where": "b = 1"}, "('A', 1), ('A', 2), (null, 2)", "a, b", 0),
    ({"key": ["a"], "where": "b = 1"}, "('A', 1), ('A', 1), (null, 1)", "a, b", 2),
    (INTERVALS, "('A', date '2025-01-01', date '2025-02-01'), ('A', date '2025-02-01', null)",
     "act, starts, ends", 0),
    (INTERVALS, "('A', date '2025-01-01', date '2025-02-02'), ('A', date '2025-02-01', null)",
     "act, starts, ends", 1),
    (INTERVALS, "('A', date '2025-01-01', null), ('A', date '2025-02-01', null)",
     "act, starts, ends", 1),
    (INTERVALS, "('A', date '2025-02-01', date '2025-02-01')", "act, starts, ends", 1),
    (NO_ROWS, "(1), (null)", "a", 2),
    ({"rows": "select count(*) as row_count from this having count(*) <> 2"}, "(1), (2)", "a", 0),
    ({"rows": "select count(*) as row_count from this having count(*) <> 2"}, "(1)", "a", 1),
]  # fmt: skip


def rendered(path: Path, name: str, **arguments: object) -> str:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"{%-?\s*test\s", "{% macro ", text).replace("endtest", "endmacro")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["var"] = {"partner_detail_reporters": ["EU27", "DEU"]}.get
    environment.globals["is_bulk_source"] = "{} = 'bulk'".format
    environment.globals["env_var"] = lambda name, default: default
    return getattr(environment.from_string(text).module, name)(model="checked", **arguments)


def failing_rows(name: str, arguments: dict, table: str) -> list[tuple]:
    """Rows that the generic test `name` returns for the table; it fails when there is any."""
    with duckdb.connect() as con:
        con.execute(f"create table checked as {table}")
        return con.execute(rendered(GENERIC_TESTS / f"{name}.sql", name, **arguments)).fetchall()


def test_every_generic_test_has_a_case_here():
    assert {path.stem for path in GENERIC_TESTS.glob("*.sql")} == set(CASES)
    proved = {
        kind for kind in _KINDS for claim, *_, failures in CLAIMS if failures and kind in claim
    }
    assert proved == set(_KINDS)


@pytest.mark.parametrize("name", CASES)
def test_passes_on_good_tables_and_fails_on_bad_ones(name: str):
    arguments, good, bad = CASES[name]
    assert [failing_rows(name, arguments, table) for table in good] == [[]] * len(good)
    assert all(failing_rows(name, arguments, table) for table in bad)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        yield connection


def asked(con: duckdb.DuckDBPyConnection, rows: str, columns: str, *claims: dict) -> list[tuple]:
    con.execute(f"create or replace table checked as from (values {rows}) as t ({columns})")
    macro = PROJECT_DIR / "macros" / "claims.sql"
    return con.execute(rendered(macro, "claims", claims=list(claims))).fetchall()


@pytest.mark.parametrize(("claim", "rows", "columns", "failures"), CLAIMS)
def test_claim_counts_what_is_against_it(con, claim: dict, rows: str, columns: str, failures: int):
    """Its query gives the same rows that it counts: they are shown to who must mend them."""
    found = asked(con, rows, columns, {"name": "the_claim", **claim})
    assert [(name, count) for name, count, _ in found] == [("the_claim", failures)][: failures > 0]
    for *_, query in found:
        assert len(con.execute(query).fetchall()) == failures


def test_claims_of_a_relation_are_told_apart(con):
    """One that fails neither hides nor stains another; what the data cannot meet is not asked."""
    claims = [
        {"name": "first", "stated": "a"},
        {"name": "second", "column": "a", "one_of": ["x"]},
        {"name": "third", "holds": "a <> 'x'"},
        {"name": "small", "rows": "select 1", "applies_to": "fixture"},
    ]
    found = asked(con, "('x'), (null)", "a", *claims)
    assert [(name, count) for name, count, _ in found] == [("first", 1), ("third", 1)]
    assert asked(con, "('y')", "a", claims[0], claims[3]) == []
    assert asked(con, "('y')", "a", claims[3]) == []
