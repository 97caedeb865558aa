"""A table of bad deliveries (bad_deliveries.csv), and that each is answered as it says.

how      `value`: a row of the bundled file with this value in each of these columns that it has, of
         the sources whose names fit; `drop`, `rename` (to the value), `add` or make the column
         `twice`; `bytes`: a file of these, with `{csv}` for two good rows under their header and
         `{header}` for that alone; `row`: a good row of test_own_tables.py with these values
expected words of the answer, which also names file, line, column and value
"""

import csv
import gzip
import itertools
from fnmatch import fnmatch
from pathlib import Path

import duckdb
import landing_kit as kit
import pytest

from chokepoint.landing.registry import CONTRACTS, bundled_files
from chokepoint.settings import Settings

with Path(__file__).with_name("bad_deliveries.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
BUNDLED = dict(bundled_files(Settings()))
# Source -> (column, value, expected).
IN_A_ROW = {
    source_id: [
        (name, case["value"], case["expected"])
        # A value of two lines comes last.
        for case in sorted(CASES, key=lambda case: "\n" in case["value"])
        if case["how"] == "value"
        and any(fnmatch(source_id, pattern) for pattern in case["source_id"].split())
        for name in case["column_name"].split()
        if name in CONTRACTS[source_id].column_names
    ]
    for source_id in BUNDLED
}
OF_A_FILE = [case for case in CASES if case["how"] not in ("value", "row")]


def bundled(source_id):
    """Header and the first rows of a source's bundled file."""
    path = BUNDLED[source_id]
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="") as file:
        header, *rows = itertools.islice(csv.reader(file), 3)
    return header, rows


def test_every_column_that_may_not_hold_anything_is_in_the_table():
    for source_id, cases in IN_A_ROW.items():
        named = {name for name, _, _ in cases}
        for column in CONTRACTS[source_id].columns:
            takes_any = column.duckdb_type == "varchar" and not column.checks
            assert takes_any or column.name in named, (source_id, column.name)


@pytest.mark.parametrize("source_id", IN_A_ROW)
def test_each_bad_value_is_named_with_line_column_and_reason(settings, tmp_path, source_id):
    cases = IN_A_ROW[source_id]
    header, (row, *_) = bundled(source_id)
    rows = [
        [value if name == column else good for name, good in zip(header, row, strict=True)]
        for column, value, _ in cases
    ]
    path = kit.deliver(tmp_path / "x.csv", rows, header)
    error = kit.refusal(path, settings, CONTRACTS[source_id])
    found = duckdb.execute(
        "select line_number, column_name, coalesce(value, ''), reason, remedy, row_text"
        " from read_parquet(?) order by all",
        [str(error.faults_path)],
    ).fetchall()
    for line, (column, value, expected) in enumerate(cases, start=2):
        said = [one[2:] for one in found if one[:2] == (line, column)]
        assert len(said) == 1, (column, value, [one for one in found if one[0] == line])
        ((told, reason, remedy, text),) = said
        assert (told, reason.startswith(expected), bool(remedy)) == (value, True, True), said
        assert text == kit.to_csv([], rows[line - 2]).removesuffix("\n")


@pytest.mark.parametrize(
    "case", OF_A_FILE, ids=lambda case: f"{case['source_id']}-{case['how']}-{case['expected']}"
)
def test_each_bad_file_is_refused_with_words(settings, tmp_path, case):
    header, rows = bundled(case["source_id"])
    at = header.index(case["column_name"]) if case["column_name"] in header else None
    path = tmp_path / "x.csv"
    match case["how"]:
        case "drop":
            table = [row[:at] + row[at + 1 :] for row in [header, *rows]]
        case "rename":
            table = [[case["value"] if name == case["column_name"] else name for name in header],
                     *rows]  # fmt: skip
        case "add":
            table = [[*header, case["column_name"]], *([*row, "x"] for row in rows)]
        case "twice":
            table = [[row[at], *row] for row in [header, *rows]]
        case "bytes":
            good = {"csv": kit.to_csv(rows, header), "header": kit.to_csv([], header)}
            text = case["value"].replace("{csv}", good["csv"]).replace("{header}", good["header"])
            path.write_bytes(text.encode("latin-1").decode("unicode_escape").encode("latin-1"))
            table = None
    if table is not None:
        kit.deliver(path, table[1:], table[0])
    assert case["expected"] in str(kit.refusal(path, settings, CONTRACTS[case["source_id"]]))
