"""A table of bad deliveries (bad_deliveries.csv), and that each is answered as it says.

how      `value`: a row of the bundled file with this value in the column; `drop`, `rename` (to the
         value), `add` or make the column `twice`; `bytes`: a file of these, with `{csv}` for two
         good rows under their header and `{header}` for that alone
expected words of the answer, which also names file, line, column and value
"""

import csv
import gzip
import itertools
from operator import itemgetter
from pathlib import Path

import duckdb
import landing_kit as kit
import pytest

from chokepoint.landing.registry import CONTRACTS, bundled_files

with Path(__file__).with_name("bad_deliveries.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
IN_A_ROW = {
    source_id: list(cases)
    for source_id, cases in itertools.groupby(
        sorted((case for case in CASES if case["how"] == "value"), key=itemgetter("source_id")),
        key=itemgetter("source_id"),
    )
}
OF_A_FILE = [case for case in CASES if case["how"] != "value"]


def bundled(settings, source_id):
    """Header and the first rows of a source's bundled file."""
    path = next(path for known, path in bundled_files(settings) if known == source_id)
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="") as file:
        header, *rows = itertools.islice(csv.reader(file), 3)
    return header, rows


def test_the_table_names_every_bundled_source(settings):
    assert {case["source_id"] for case in CASES} == {known for known, _ in bundled_files(settings)}


@pytest.mark.parametrize("source_id", IN_A_ROW)
def test_each_bad_value_is_named_with_line_column_and_reason(settings, tmp_path, source_id):
    cases = IN_A_ROW[source_id]
    header, (row, *_) = bundled(settings, source_id)
    rows = [
        [case["value"] if name == case["column_name"] else value
         for name, value in zip(header, row, strict=True)]
        for case in cases
    ]  # fmt: skip
    path = kit.deliver(tmp_path / "x.csv", rows, header)
    error = kit.refusal(path, settings, CONTRACTS[source_id])
    found = duckdb.execute(
        "select line_number, column_name, coalesce(value, ''), reason, remedy"
        " from read_parquet(?) order by all",
        [str(error.faults_path)],
    ).fetchall()
    for line, case in enumerate(cases, start=2):
        said = [(value, reason, remedy) for number, column, value, reason, remedy in found
                if (number, column) == (line, case["column_name"])]  # fmt: skip
        assert len(said) == 1, (case, [one for one in found if one[0] == line])
        ((value, reason, remedy),) = said
        assert value == case["value"]
        assert reason.startswith(case["expected"]), case
        assert remedy


@pytest.mark.parametrize(
    "case", OF_A_FILE, ids=lambda case: f"{case['source_id']}-{case['how']}-{case['expected']}"
)
def test_each_bad_file_is_refused_with_words(settings, tmp_path, case):
    header, rows = bundled(settings, case["source_id"])
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
