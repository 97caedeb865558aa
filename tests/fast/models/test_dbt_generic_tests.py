"""Our generic dbt tests fail when they should: each is run on a good and on bad tables.

The SQL is rendered from the same file that dbt reads. A generic test without a case here fails.
"""

import re
from pathlib import Path

import duckdb
import jinja2
import pytest

GENERIC_TESTS = Path(__file__).parents[2] / "dbt" / "generic"

# test -> (arguments, tables that pass, tables that fail); a table is a SELECT.
CASES = {
    "unique_key": (
        {"columns": ["measure_id", "valid_from"]},
        ["select * from (values ('A', '2025'), ('A', '2026')) as t (measure_id, valid_from)"],
        [
            "select * from (values ('A', '2025'), ('A', '2025')) as t (measure_id, valid_from)",
            "select * from (values ('A', null), ('B', '2025')) as t (measure_id, valid_from)",
        ],
    ),
    "code_pattern": (
        {"column_name": "hs6_code", "pattern": "^[0-9]{6}$"},
        ["select * from (values ('010121'), (null)) as t (hs6_code)"],
        [
            # a spreadsheet ate the leading zero
            "select * from (values ('10121')) as t (hs6_code)",
            "select * from (values ('0101210')) as t (hs6_code)",
            # the right digits, but read as a number
            "select 250410 as hs6_code",
        ],
    ),
    "expression_holds": (
        {"expression": "share_low <= share_high"},
        ["select * from (values (0.1, 0.2), (null, 0.2)) as t (share_low, share_high)"],
        ["select 0.3 as share_low, 0.2 as share_high"],
    ),
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
            " is_listed)",
        ],
        [
            "select 'HS2022' as nomenclature, '850511' as product_code,"
            " 'HS2017' as linked_nomenclature, unnest(['1', '2']) as linked_code,"
            " 'overlaps' as link, 'concordance' as basis, true as is_listed",
        ],
    ),
    "counts_cover_rows": (
        {},
        [
            "select * from (values ('HS1996', '810510', 'HS2002', '810520', 2, 1, false),"
            " ('HS1996', '810510', 'HS2002', '810530', 2, 1, false)) as t (nomenclature_before,"
            " code_before, nomenclature_after, code_after, later_code_count, earlier_code_count,"
            " is_waste)",
        ],
        [
            # two codes become one, and each row calls it the same
            "select 'HS1996' as nomenclature_before, unnest(['810510', '810520']) as code_before,"
            " 'HS2002' as nomenclature_after, '810520' as code_after, 1 as later_code_count,"
            " 1 as earlier_code_count, false as is_waste",
            # one code is counted in two ways
            "select 'HS1996' as nomenclature_before, '810510' as code_before, 'HS2002' as"
            " nomenclature_after, unnest(['810520', '810530']) as code_after,"
            " unnest([2, 3]) as later_code_count, 1 as earlier_code_count, false as is_waste",
        ],
    ),
    "has_no_rows": (
        {},
        ["select 'S001' as row_id where false"],
        ["select 'S001' as row_id", "select null as row_id"],
    ),
    "in_range": (
        {"column_name": "share", "min_value": 0, "max_value": 1},
        ["select * from (values (0.0), (1.0), (null)) as t (share)"],
        ["select -0.1 as share", "select 1.1 as share", "select 'nan'::double as share"],
    ),
    "intervals_do_not_overlap": (
        {"key": ["measure_id"], "valid_from": "valid_from", "valid_to": "valid_to"},
        [
            "select 'A' as measure_id, date '2025-01-01' as valid_from, "
            "date '2025-02-01' as valid_to union all select 'A', date '2025-02-01', null"
        ],
        [
            "select 'A' as measure_id, date '2025-01-01' as valid_from, "
            "date '2025-02-02' as valid_to union all select 'A', date '2025-02-01', null",
            "select 'A' as measure_id, date '2025-01-01' as valid_from, null::date as valid_to "
            "union all select 'A', date '2025-02-01', null",
            "select 'A' as measure_id, date '2025-02-01' as valid_from, "
            "date '2025-02-01' as valid_to",
        ],
    ),
    "row_count_is": (
        {"expected": 2},
        ["select * from (values (1), (2)) as t (n)"],
        ["select 1 as n", "select 1 as n where false"],
    ),
    "sums_to_at_most": (
        {"column": "share", "group_by": ["product_code"], "most": 1.001},
        [
            "select * from (values ('a', 0.4), ('a', 0.6), ('b', 0.2)) as t (product_code, share)",
            "select 'a' as product_code, null::double as share",
        ],
        ["select * from (values ('a', 0.9), ('a', 0.5)) as t (product_code, share)"],
    ),
    "sums_to_one": (
        {"column": "share", "group_by": ["product_code"], "tolerance": 1e-9},
        ["select * from (values ('a', 0.4), ('a', 0.6), ('b', 1.0)) as t (product_code, share)"],
        [
            "select * from (values ('a', 0.4), ('a', 0.5)) as t (product_code, share)",
            "select 'a' as product_code, null::double as share",
        ],
    ),
}


def failing_rows(name: str, arguments: dict, table: str) -> list[tuple]:
    """Rows that the generic test `name` returns for the table; it fails when there is any."""
    text = (GENERIC_TESTS / f"{name}.sql").read_text(encoding="utf-8")
    text = re.sub(r"{%-?\s*test\s", "{% macro ", text).replace("endtest", "endmacro")
    environment = jinja2.Environment()
    environment.globals["var"] = {"partner_detail_reporters": ["EU27", "DEU"]}.get
    environment.globals["is_bulk_source"] = "{} = 'bulk'".format
    render = getattr(environment.from_string(text).module, name)
    with duckdb.connect() as con:
        con.execute(f"create table checked as {table}")
        return con.execute(render(model="checked", **arguments)).fetchall()


def test_every_generic_test_has_a_case_here():
    assert {path.stem for path in GENERIC_TESTS.glob("*.sql")} == set(CASES)


@pytest.mark.parametrize(
    ("name", "table"), [(name, table) for name, case in CASES.items() for table in case[1]]
)
def test_passes_on_a_good_table(name: str, table: str):
    assert failing_rows(name, CASES[name][0], table) == []


@pytest.mark.parametrize(
    ("name", "table"), [(name, table) for name, case in CASES.items() for table in case[2]]
)
def test_fails_on_a_bad_table(name: str, table: str):
    assert failing_rows(name, CASES[name][0], table) != []
