"""The sheet for an authority: what was chosen and no more, texts as texts, no word of its maker."""

import csv
import io
import re
import stat
import sys
import zipfile

import duckdb
import pytest
from openpyxl import load_workbook

from chokepoint.cli import cases as command
from chokepoint.errors import ChokepointError
from chokepoint.reading.case_sheet import FORMATS, read_sheet, sheet_bytes
from chokepoint.settings import Settings

FORMULAS = ("=1+1", "+49 30", "-cmd", "@SUM(A1)")
ROWS = f"""
select * from (values
    ('own', 'MOFCOM', 'A-1', 'C-1', 2, '{FORMULAS[0]}', 'terbium', date '2026-09-01', 1250000.0),
    ('own', 'MOFCOM', 'A-2', 'C-2', 1, '{FORMULAS[1]}', 'a | b', date '2026-09-02', 0.5),
    ('own', 'MOFCOM', 'A-3', null, null, '{FORMULAS[2]}', 'x' || chr(10) || chr(7) || 'y', null,
        null),
    ('own', 'MOFCOM', 'A-4', 'C-4', null, '{FORMULAS[3]}', null, null, null),
    ('own', 'MOFCOM', null, 'C-5', 3, 'never', 'never', date '2026-09-03', 7.0),
    ('synthetic', 'MOFCOM', 'SAMPLE-1', 'C-6', 1, 'never', 'never', date '2026-09-03', 7.0)
) as cases (
    data_origin, authority, application_id, case_id, case_rank, supplier, material, filed_date,
    expected_loss_eur_high
)
"""


@pytest.fixture
def settings(tmp_path):
    made = Settings(data_dir=tmp_path / "data")
    made.private_path.parent.mkdir(parents=True)
    with duckdb.connect(str(made.private_path)) as con:
        con.execute("create schema marts")
        con.execute(f"create table marts.fct_case_priorities as {ROWS}")
    return made


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert {info.date_time for info in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not book.comment
        assert not any(info.comment or info.extra for info in book.infolist())
        return {name: book.read(name).decode() for name in book.namelist()}


def write(settings, form, fields, **options):
    options = {"authority": None, "output": None, "yes": True, **options}
    command.cases(settings, form, None if fields is None else ",".join(fields), **options)


def test_a_workbook_holds_the_chosen_values_and_texts_are_texts(settings):
    sheet = read_sheet(settings, ("supplier", "filed_date", "expected_loss_eur_high"), "xlsx")
    assert sheet.left_out == 1
    book = load_workbook(io.BytesIO(sheet_bytes(sheet, "xlsx")))
    assert len(book.worksheets) == 1
    assert book.worksheets[0].sheet_state == "visible"
    header, *rows = book.worksheets[0].iter_rows()
    assert [cell.value for cell in header] == list(sheet.columns)
    assert [row[0].value for row in rows] == ["A-2", "A-1", "A-4", "A-3"], "in the order of ranks"
    found = {row[0].value: row for row in rows}
    for name, text in zip(("A-1", "A-2", "A-3", "A-4"), FORMULAS, strict=True):
        assert (found[name][1].value, found[name][1].data_type) == (text, "s")
        assert found[name][1].quotePrefix
    assert found["A-1"][2].value.date().isoformat() == "2026-09-01"
    assert [found[name][3].value for name in ("A-1", "A-2", "A-3")] == [1250000, 0.5, None]


def test_a_workbook_says_nothing_of_who_wrote_it_when_and_where(settings, tmp_path):
    sheet = read_sheet(settings, ("supplier",), "xlsx")
    content = sheet_bytes(sheet, "xlsx")
    found = parts(content)
    assert not [name for name in found if name.startswith("docProps")]
    text = "".join(found.values())
    for word in ("docProps", "openpyxl", "creator", "lastModifiedBy", str(tmp_path), "<f>",
                 'state="hidden"', 'hidden="1"', "<definedName ", "externalLink", "never", "SAMPLE",
                 "terbium"):  # fmt: skip
        assert word not in text, word
    assert not re.search(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T", text)
    named = re.findall(r'(?:PartName="/|Target="/?)([^"]+)', found["[Content_Types].xml"])
    assert set(named) <= set(found)
    assert content == sheet_bytes(sheet, "xlsx")


def test_csv_and_markdown_hold_the_same(settings):
    fields = ("supplier", "material")
    sheet = read_sheet(settings, fields, "csv")
    text = sheet_bytes(sheet, "csv").decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["application_id", *fields]
    assert {row[0]: row[1] for row in rows} == {
        f"A-{number}": f"'{word}" for number, word in enumerate(FORMULAS, start=1)
    }
    assert rows[3] == ["A-3", "'-cmd", "x  y"]
    sheet = read_sheet(settings, fields, "md")
    lines = sheet_bytes(sheet, "md").decode().splitlines()
    assert lines[0] == "| application_id | supplier | material |"
    assert lines[2] == r"| A-2 | +49 30 | a \| b |"
    assert len(lines) == 2 + 4


@pytest.mark.parametrize("form", FORMATS)
def test_every_value_is_shown_before_it_is_written_for_nobody_else_to_read(settings, capsys, form):
    write(settings, form, ("supplier",))
    said = capsys.readouterr().out
    path = settings.private_path.parent / "sheets" / f"applications.{form}"
    assert str(path) in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    sheet = read_sheet(settings, ("supplier",), form)
    assert path.read_bytes() == sheet_bytes(sheet, form)
    for row in sheet.rows:
        assert f"application_id: {row[0]} | supplier: {row[1]}" in said
    assert "1 open case has no application number: left out" in said
    assert "never" not in said
    assert list(path.parent.iterdir()) == [path]


def test_yes_alone_or_nobody_to_ask_writes_nothing(settings, monkeypatch):
    with pytest.raises(ChokepointError, match="needs the fields by name"):
        write(settings, "csv", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(ChokepointError, match="No terminal to ask on"):
        write(settings, "csv", ("supplier",), yes=False)
    assert not (settings.private_path.parent / "sheets").exists()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "is_written"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_only_a_yes_writes(settings, monkeypatch, tmp_path, answer, is_written):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    path = tmp_path / "mine.csv"
    write(settings, "csv", None, yes=False, output=path)
    assert path.exists() is is_written
    if is_written:
        assert path.read_text(encoding="utf-8-sig").splitlines()[0] == "application_id"


def test_unknown_fields_forms_and_authorities_are_told_with_what_there_is(settings):
    with pytest.raises(ChokepointError, match="--fields names data_origin, colour") as caught:
        read_sheet(settings, ("data_origin", "colour", "supplier"), "csv")
    assert "filed_date" in caught.value.remedy
    with pytest.raises(ChokepointError, match="'docx' is not known"):
        write(settings, "docx", ("supplier",))
    with pytest.raises(ChokepointError, match=r"(?s)the authority 'BAFA'.*What to do: .*MOFCOM"):
        read_sheet(settings, (), "csv", authority="BAFA")
    # A case without a number counts for its authority too.
    for name in ("case_id", "application_id"):
        with duckdb.connect(str(settings.private_path)) as con:
            con.execute(
                "insert into marts.fct_case_priorities by name"
                f" select 'own' as data_origin, 'BAFA' as authority, 'B-1' as {name}"
            )
        with pytest.raises(ChokepointError, match="several authorities: BAFA, MOFCOM"):
            read_sheet(settings, (), "csv")
        assert read_sheet(settings, (), "csv", cases=("C-1",)).rows == [("A-1",)]
    assert read_sheet(settings, (), "csv", authority="BAFA").rows == [("B-1",)]


def test_only_the_chosen_cases_leave_the_house(settings):
    assert read_sheet(settings, (), "csv", cases=("C-1", "A-3")).rows == [("A-1",), ("A-3",)]
    with pytest.raises(ChokepointError, match="--cases names C-9: no open case"):
        read_sheet(settings, (), "csv", cases=("C-1", "C-9"))
    with pytest.raises(ChokepointError, match="SAMPLE-1"):
        read_sheet(settings, (), "csv", cases=("SAMPLE-1",))


def test_without_a_private_copy_or_cases_in_it_the_remedy_is_told(tmp_path, settings):
    with pytest.raises(ChokepointError, match="no private copy"):
        read_sheet(Settings(data_dir=tmp_path / "other"), (), "csv")
    with duckdb.connect(str(settings.private_path)) as con:
        con.execute("delete from marts.fct_case_priorities where data_origin = 'own'")
    with pytest.raises(ChokepointError, match="None of your own open cases") as caught:
        read_sheet(settings, (), "csv")
    assert "shipment_cases" in caught.value.remedy
    with duckdb.connect(str(settings.private_path)) as con:
        con.execute("drop table marts.fct_case_priorities")
    with pytest.raises(ChokepointError, match="before there were cases"):
        read_sheet(settings, (), "csv")
