"""Bad rows in the tables of the law: each rule names its row, and the build stops at it."""

import csv
import os
import random
import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest
from build_kit import PROJECT_DIR, copy_project, ran, run_cli

from chokepoint.errors import ChokepointError
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.settings import Settings
from chokepoint.warehouse.law.check import open_law
from chokepoint.warehouse.model_sql import ModelSql

MODELS = ModelSql(PROJECT_DIR)
SEEDS = MODELS.seeds
RULE_FILES = sorted((PROJECT_DIR / "models/intermediate/law").glob("int_law__faults_in_*.sql"))


def pairs(text):
    return dict(one.split("=", 1) for one in text.split(" | "))


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# What is written into a row of a table; the faults of the file, rule=column; words of the fault.
CASES = [
    (row["table"], row["row"], pairs(row["changes"]), pairs(row["rules"]),
     row["words"].split(" | "))
    for row in read(Path(__file__).with_name("law_faults.csv"))
]  # fmt: skip

# The same for faults that one table causes in another: (..., table of the fault, row, rule).
CAUSED = [
    ("measures", "CN-2025-18", {"measure_id": "CN-2025-18a"},
     "measure_status", "S010", "unknown_measure"),
    ("measures", "CN-2025-55", {"announced_on": "", "effective_from": ""},
     "measure_relations", "R001", "target_never_announced"),
    ("measures", "NL-SEMI-2023", {"last_source_on": ""},
     "measure_status", "S024", "never_known"),
    ("measure_clauses", "CN-NEXP-20251004/whole", {"known_on": "2025-12-01"},
     "measure_relations", "R008", "target_known_later"),
    ("measure_types", "ban", {"measure_type": "prohibition"},
     "measures", "CN-2026-01", "unknown_measure_type"),
]  # fmt: skip


# No row that ships was entered by the command.
ENTRY = {
    "table_name": "measures", "row_id": "CN-2025-18", "act_id": "CN-2025-18", "entered_by": "AB",
    "entered_on": "2026-11-25", "confirmed_by": "XY", "confirmed_on": "2026-11-26",
}  # fmt: skip


def rows_of(table: str) -> list[dict[str, str]]:
    return read(SEEDS[table]) or [dict(ENTRY)]


def row_id(table: str, row: dict[str, str]) -> str:
    key = {"measure_clauses": ["measure_id", "clause_id"],
           "law_entries": ["table_name", "row_id"],
           "cn8_crosswalk": ["measure_id", "cn8_2025"]}.get(table, list(row)[:1])  # fmt: skip
    return "/".join(row[name] for name in key)


def line_of(table: str, wanted: str) -> int:
    """No bundled value holds a line break, so that a row is a line."""
    (line,) = (n for n, row in enumerate(rows_of(table), 2) if row_id(table, row) == wanted)
    return line


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def broken(path: Path, table: str, changes_of: dict[str, dict[str, str]]) -> Path:
    """A bundled table with rows changed, under a name that does not tell the table."""
    rows = rows_of(table)
    for wanted, changes in changes_of.items():
        (row,) = (row for row in rows if row_id(table, row) == wanted)
        assert changes.keys() <= row.keys()
        row.update(changes)
    return write_table(path, rows)


@pytest.fixture(scope="module")
def check():
    """A check of a file as `validate measures` does it, with the bundled tables read once."""
    with open_law(Settings(), MODELS) as law:
        yield law.check


def test_the_bundled_tables_have_no_fault(check):
    report = check(SEEDS["measures"])
    assert (report.table_name, report.row_count) == ("measures", len(rows_of("measures")))
    assert report.faults == []
    assert report.elsewhere == []


# Rows bear on each other in these, so that each is tried in a file of its own.
OF_SEVERAL_ROWS = {
    "chain_too_long", "claim_differs", "contradictory_claims", "contradictory_relations",
    "repeated_relation",
}  # fmt: skip


def batches() -> list[list[tuple]]:
    """The cases of a table in few files: a row is broken once in each."""
    found = defaultdict(list)
    for number, (table, wanted, _, rules, _) in enumerate(CASES):
        before = sum(case[:2] == (table, wanted) for case in CASES[:number])
        found[table, number if OF_SEVERAL_ROWS & rules.keys() else -before].append(CASES[number])
    return list(found.values())


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: f"{batch[0][0]}-{len(batch)}")
def test_broken_rows_are_named(check, tmp_path, batch):
    table = batch[0][0]
    path = broken(tmp_path / "mine.csv", table, {case[1]: case[2] for case in batch})
    report = check(path)
    assert report.table_name == table
    assert all(fault.path == path for fault in report.faults)
    left = set(report.faults)
    for _, wanted, changes, rules, words in batch:
        line = line_of(table, wanted)
        here = [fault for fault in report.faults if fault.line_number == line]
        left -= set(here)
        assert {fault.rule: fault.column_name for fault in here} == rules, (wanted, changes)
        said = "\n".join(f"{fault.value} {fault.reason} {fault.remedy}" for fault in here)
        for word in words:
            assert word in said, said
    assert {fault.rule for fault in left} <= {rule for case in batch for rule in case[3]}


@pytest.mark.parametrize(("table", "wanted", "changes", "other", "caused", "rule"), CAUSED)
def test_a_fault_caused_in_another_table_is_named(
    check, tmp_path, table, wanted, changes, other, caused, rule
):
    report = check(broken(tmp_path / "mine.csv", table, {wanted: changes}))
    found = {(f.table_name, f.row_id, f.rule, f.line_number, f.path) for f in report.elsewhere}
    assert (other, caused, rule, line_of(other, caused), SEEDS[other]) in found
    assert all(fault.table_name == table for fault in report.faults)


def test_every_rule_has_a_case_and_its_words():
    """A rule without words would be a fault that says nothing."""
    rules = {row["rule"] for row in rows_of("law_rules")}
    text = "\n".join(path.read_text() for path in RULE_FILES)
    # Those of single values are named by law_columns, and one of two by an if().
    named = set(re.findall(r"(?<='rule': ')\w+(?=')|\w+(?=' as rule)", text))
    named |= {row["rule"] for row in rows_of("law_columns")} - {""}
    named |= {"missing_value", "missing_identifier", "group_without_side", "side_without_group"}
    assert rules == named
    # The last is found by deriving states, once the rules find nothing.
    tested = {rule for case in CASES for rule in case[3]} | {case[5] for case in CAUSED}
    assert tested == rules | {"claim_differs"}


def test_columns_and_words_of_the_rules_are_those_of_the_tables():
    """A column under another name would never be checked."""
    columns = rows_of("law_columns")
    unknown = [
        row for row in columns if row["column_name"] not in MODELS.columns(row["table_name"])
    ]
    assert unknown == []
    rules = {row["rule"]: row for row in rows_of("law_rules")}
    listed = {"unknown_element"} | {rule for row in columns for rule in row["words_for"].split()}
    used = {row["rule"] for row in columns}
    shapeless = [one for one in used if one[:9] == "malformed" and not rules[one]["pattern"]]
    wordless = [one for one in used - listed if one[:8] == "unknown_" and not rules[one]["words"]]
    assert shapeless + wordless == []


@pytest.mark.parametrize("table", sorted({case[0] for case in CASES}))
def test_no_value_breaks_the_rules_themselves(check, tmp_path, table):
    """Rubbish in any column, several times over, is a fault and never an error of the SQL."""
    dice = random.Random(table)
    rubbish = ["", " ", "0000", "2025-02-30", "9" * 20, "x|y/z*", "Ünïcödé", "null", "*", "N",
               "'; drop table measures; --", "-1", "2025-10-09", "CN-2025-18"]  # fmt: skip
    rows = rows_of(table)
    for row in rows:
        for column in row:
            if dice.random() < 0.5:
                row[column] = dice.choice(rubbish)
    report = check(write_table(tmp_path / "mine.csv", rows))
    assert report.faults
    assert all(fault.reason and fault.remedy and fault.line_number for fault in report.faults)


# --- what is no table at all ----------------------------------------------------------------------

TYPES = SEEDS["measure_types"].read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TYPES.replace(b",note\n", b"\n", 1), ["line 1", "note", "missing"]),
        (TYPES.replace(b"severity_weight", b"severity_wieght", 1),
         ["line 1", "'severity_wieght'", "Rename", "severity_weight"]),
        (TYPES.replace(b"severity_basis", b"standing", 1), ["line 1", "standing", "twice"]),
        (TYPES.replace(b",note\n", b",note,colour\n", 1), ["line 1", "colour", "no such column"]),
        (TYPES.replace(b"ban,law,", b"ban,law,law,", 1), ["line 2", "9 values", "8 columns"]),
        (TYPES.replace(b"ban,law,", b'ban,"law,', 1), ["line 2", "quote"]),
        (TYPES.replace(b"ban,law", b"ban\xe9,law", 1), ["line 2", "0xe9", "UTF-8"]),
        (TYPES.replace(b"ban,law", b"ban\0,law", 1), ["line 2", "NUL"]),
        (TYPES.decode().encode("utf-16"), ["line 1", "not UTF-8"]),
        (TYPES.replace(b",", b";"), ["semicolons"]),
        (b"", ["empty"]),
        (b"\n\n", ["first line is empty"]),
        (b"PK\x03\x04rest", ["workbook"]),
    ],
    ids=["missing", "renamed", "twice", "unknown", "ragged", "quote", "cp1252", "nul", "utf-16",
         "semicolons", "empty", "blank", "workbook"],
)  # fmt: skip
def test_what_is_no_table_is_refused(check, tmp_path, content, words):
    path = tmp_path / "measure_types.csv"
    path.write_bytes(content)
    with pytest.raises(DeliveryRefusedError) as refused:
        check(path)
    for word in (str(path), *words):
        assert word in str(refused.value), str(refused.value)


def test_an_unknown_header_lists_the_tables(check, tmp_path):
    path = tmp_path / "holiday.csv"
    path.write_text("colour,mood\nblue,good\n")
    with pytest.raises(ChokepointError, match="measure_relations: relation_id,act_id"):
        check(path)


def test_order_of_columns_line_ends_and_a_byte_order_mark_do_not_matter(check, tmp_path):
    rows = [dict(reversed(row.items())) for row in rows_of("measure_relations")]
    rows[0]["note"] = "two\nlines"
    rows[4]["target_clause_id"] = "item-9"
    path = write_table(tmp_path / "mine.csv", rows)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    report = check(path)
    (fault,) = report.faults
    # One line more than the row's place: the note of the first row goes over two.
    assert (fault.row_id, fault.line_number) == ("R005", 7)


# --- the command line -----------------------------------------------------------------------------


def test_the_command_names_the_file_line_value_reason_and_remedy(tmp_path):
    changes = {"CN-2025-55": {"effective_from": "2025-11-31"}}
    path = broken(tmp_path / "mine.csv", "measures", changes)
    done = run_cli("validate", "measures", str(path), data_dir=tmp_path / "data")
    assert done.returncode == 1
    where = f"{path}:{line_of('measures', 'CN-2025-55')}"
    for words in (where, "effective_from", "2025-11-31", "no date", "2025-11-08", "measures, 62"):
        assert words in done.stdout, done.stdout
    assert not (tmp_path / "data").exists()


def test_the_command_marks_what_is_caused_in_other_tables(tmp_path):
    path = broken(tmp_path / "mine.csv", "law_acts", {"NL-WBG-SUSP-2025": {"act_id": "NL-X"}})
    done = run_cli("validate", "measures", str(path), data_dir=tmp_path / "data")
    assert done.returncode == 1
    line = line_of("measure_relations", "R011")
    assert f"caused in seeds/measures/measure_relations.csv:{line}" in done.stdout
    assert "law_acts, 7 rows, 0 faults, and 1 in other tables" in done.stdout


# --- the build ------------------------------------------------------------------------------------


def contents_of_marts(data_dir: Path) -> dict[str, tuple[int, int]]:
    """Mart -> number of rows and a hash of them that does not depend on their order."""
    with duckdb.connect(str(data_dir / "warehouse" / "chokepoint.duckdb"), read_only=True) as con:
        names = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'")
        return {
            name: con.execute(
                f"select count(*), sum(hash(mart)::hugeint) from marts.{name} as mart"
            ).fetchone()
            for (name,) in names.fetchall()
        }


def test_a_build_names_the_rows_and_stops_before_any_mart_changes(
    small_build, small_environment, tmp_path
):
    """In a copy of the project: two tables of the law are broken, in ways that marts would show."""
    project = copy_project(tmp_path / "project")
    data_dir = tmp_path / "data"
    shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
    measures = {"title": "Another title", "target_partner": "Mars"}
    broken(project / "seeds/measures/measures.csv", "measures", {"CN-2025-18": measures})
    scope = {"coverage": "whole", "hs6": "81129"}
    broken(project / "seeds/measures/measure_scope.csv", "measure_scope", {"P0001": scope})
    before = contents_of_marts(data_dir)
    current = (data_dir / "published" / "CURRENT").read_text()

    command = [sys.executable, "-m", "chokepoint.cli", "build", "--data-dir", data_dir]
    done = ran(*command, code=1, cwd=project, env={**os.environ, **small_environment})

    output = done.stdout + done.stderr
    assert "Traceback" not in output
    assert "int_law__input_faults__none" in output
    for words in ("measures", "CN-2025-18", "target_partner", "Mars", "no such destination",
                  "alpha-2", "measure_scope", "P0001", "81129", "six digits",
                  "chokepoint validate measures", current.strip()):  # fmt: skip
        assert words in output, output
    # Nothing else fails because of them, so that the message is the one above.
    assert re.findall(r"^ +(\w+) on \w+\.", output, re.MULTILINE) == ["int_law__input_faults__none"]
    assert contents_of_marts(data_dir) == before
    assert (data_dir / "published" / "CURRENT").read_text() == current
