"""Workbooks that are none, are damaged, or hold what nobody expects are told, and nothing lands."""

import csv
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import landing_kit as kit
import pytest
import workbook_kit as books
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import Table
from chokepoint.landing.files.archives import SMALL_BYTES
from chokepoint.landing.files.tables import write_table_as_csv
from chokepoint.landing.land import land_all
from chokepoint.landing.producers.world_mining_data import BY_MINERALS, WMD_PRODUCTION
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.registry import identify, ignored_inbox_files
from chokepoint.settings import Settings

NAME = "6.4. Production_of_Mineral_Raw_Materials_of_individual_Countries_by_Minerals.xlsx"
HEADER = ["Country", "unit", "2023", "2024", "data source"]
LINES = [["title"], HEADER, ["China", "metr. t", 10.5, 11, "r"], ["Total", "metr. t", 10.5, 11]]


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw")


def sound(path: Path) -> Path:
    return books.workbook(path, {"Tin": LINES})


def renamed(content: bytes):
    return lambda path: path.write_bytes(content)


def cut(share: float):
    def write(path):
        content = sound(path).read_bytes()
        path.write_bytes(content[: int(len(content) * share)])

    return write


def archive(members):
    def write(path):
        with zipfile.ZipFile(path, "w") as file:
            for name, content in members.items():
                file.writestr(name, content)

    return write


def damaged_sheet(path):
    sound(path)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"][:200]
    archive(members)(path)


def protected(path):
    """As Office writes it: the container of its older formats around a stream of this name."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    path.write_bytes(head + "EncryptedPackage".encode("utf-16-le").ljust(512, b"\0"))


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (renamed(b""), "an empty file, not a workbook"),
        (renamed(b"<!DOCTYPE html><html>Moved</html>"), "a web page or XML, not a workbook"),
        (renamed(b"\xef\xbb\xbfCountry,unit,2023\n"), "text, not a workbook"),
        (protected, "protected by a password"),
        (renamed(b"\xd0\xcf\x11\xe0" + bytes(600)), "a workbook of the older kind (.xls)"),
        (cut(0.5), "the workbook is cut off or damaged"),
        (cut(0.99), "the workbook is cut off or damaged"),
        (damaged_sheet, "the workbook cannot be read"),
        (archive({"data.csv": "Country,unit\n"}), "an archive, not a workbook"),
        (archive({"xl/workbook.xml": "<workbook"}), "the workbook cannot be read"),
        (archive({"../xl/workbook.xml": ""}), "would unpack outside its folder"),
        (lambda path: books.workbook(path, {"Tin": LINES}, more={"xl/vbaProject.bin": b"x"}),
         "holds macros"),
        (lambda path: books.workbook(path, {"Notes": [["r", "reported"]]}), "no sheet names the"),
        (lambda path: books.workbook(path, {"Tin": LINES[:2]}), "a header and no rows"),
        (lambda path: books.workbook(path, {"Tin": [*LINES[:2], LINES[3]]}), "every row is left"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_of_figures_is_refused_with_a_remedy(settings, tmp_path, write, words):
    path = tmp_path / NAME
    write(path)
    assert identify(path) == "wmd_production"
    assert words in str(kit.refusal(path, settings, WMD_PRODUCTION))


def test_a_workbook_that_unpacks_beyond_measure_is_refused(settings, tmp_path):
    path = books.workbook(
        tmp_path / NAME, {"Tin": LINES}, more={"xl/media/image.bin": bytes(SMALL_BYTES + 1)}
    )
    with pytest.raises(DeliveryRefusedError, match="no delivery grows more than"):
        kit.land(path, settings, WMD_PRODUCTION)


def test_a_workbook_nobody_knows_waits_in_the_inbox_and_is_told(settings):
    known = sound(settings.inbox_dir / NAME)
    other = books.workbook(settings.inbox_dir / "budget.xlsx", {"Sheet1": [["Rent", 800]]})
    assert ignored_inbox_files(settings) == [other]
    reports = land_all(settings, only=["wmd_production"])
    assert [report.file_name for report in reports] == [known.name]
    with pytest.raises(ChokepointError, match="no source has files of this name"):
        identify(other)
    assert identify(sound(settings.data_dir / "mines.xlsx")) == "wmd_production"


FORM = replace(
    BY_MINERALS, columns=("Country",), optional=("unit",), table=Table((".*",), 1, r"\d{4}")
)
CELLS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8).filter(
        lambda text: not text.startswith("#")
    ),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
)


def as_text(cell):
    """What a cell is in the copy; an oracle of its own."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return " ".join(cell.split())
    text = repr(float(cell) or 0.0)
    return text[:-2] if text.endswith(".0") and abs(cell) < 10**15 else text


@tried()
@given(
    above=st.lists(st.lists(CELLS.filter(lambda c: c != "Country"), max_size=3), max_size=5),
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
)
def test_each_cell_comes_back_with_its_place(above, rows):
    with TemporaryDirectory() as name:
        folder = Path(name)
        lines = [*above, ["Country", "1999", "2000"], *map(list, rows)]
        path = books.workbook(folder / "x.xlsx", {"A": lines})
        kept = [
            (number, cells)
            for number, cells in enumerate(rows, start=len(above) + 2)
            if any(as_text(cell) for cell in cells)
        ]
        if not kept:
            return
        write_table_as_csv(path, FORM, "utf-8", folder / "copy.csv")
        found = duckdb.execute(
            "select * exclude line from read_csv(?, header = false, all_varchar = true, names = "
            "['line', 'row_number', 'place', 'label', 'sheet', 'country', 'unit', 'year', 'cell'])",
            [str(folder / "copy.csv")],
        ).fetchall()
    expected = [
        (str(number), f"A!{letter}{number}", f"A!{letter}{number}", "A",
         as_text(cells[0]) or None, None, year, as_text(cells[at]) or None)
        for number, cells in kept
        for at, letter, year in ((1, "B", "1999"), (2, "C", "2000"))
    ]  # fmt: skip
    assert found == expected


FAR_OUT = {
    "xl/sharedStrings.xml": (
        (b'uniqueCount="', b'uniqueCount="99999999999999'),
        (b"<si>", b"<si/>"),
    ),
    "xl/worksheets/sheet1.xml": (
        (b'r="A1"', b'r="XFD1048576"'), (b'r="A1"', b'r="XFE1"'),
        (b'r="A1"', b'r="ZZZZZZ99999999999"'), (b'<row r="1"', b'<row r="99999999999"'),
        (b"<v>0</v>", b"<v>-1</v>"), (b"<v>0</v>", b"<v>99999</v>"),
        (b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>'),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("member", "change"), [(name, change) for name, all_ in FAR_OUT.items() for change in all_]
)
def test_a_size_that_a_workbook_says_is_not_believed(settings, tmp_path, member, change):
    """Libraries make room for it first; where there is none, the process ends."""
    sound(tmp_path / NAME)
    with zipfile.ZipFile(tmp_path / NAME) as file:
        members = {name: file.read(name) for name in file.namelist()}
    assert change[0] in members[member]
    members[member] = members[member].replace(*change, 1)
    archive(members)(tmp_path / NAME)
    with suppress(DeliveryRefusedError):
        report = kit.land(tmp_path / NAME, settings, WMD_PRODUCTION)
        assert report.rows_landed == 2


@tried()
@given(data=st.data())
def test_damaged_bytes_are_refused_or_read_and_never_stop_the_run(data):
    """Whatever the reader of workbooks makes of them, its panics too."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        content = bytearray(sound(folder / NAME).read_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        del content[data.draw(st.integers(len(content) // 2, len(content))) :]
        (folder / NAME).write_bytes(content)
        with suppress(DeliveryRefusedError):
            write_table_as_csv(folder / NAME, BY_MINERALS, "utf-8", folder / "copy.csv")
            with (folder / "copy.csv").open(encoding="utf-8", newline="") as file:
                widths = {len(row) for row in csv.reader(file)}
            assert widths == {4 + len(BY_MINERALS.table_columns)}
