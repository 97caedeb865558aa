"""Workbooks (.xlsx, ECMA-376) as rows of text, one at a time, by the standard library: others make
room for whatever size a file states. Of formulas the last value counts; a date in `rows` stays a
number."""

from __future__ import annotations

import contextlib
import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from chokepoint.landing.files.archives import list_members
from chokepoint.landing.refusals import NOT_WHOLE, refused, refusing_damage

WORKBOOK_SUFFIX = ".xlsx"
# Of a sheet, by the standard's own limits.
_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14
_SAVE_AGAIN = "Open it in a spreadsheet and save it as a plain workbook (.xlsx), or fetch it again."

# Its number from 1, and its cells.
Row = tuple[int, list[str]]


class Cell(NamedTuple):
    """A cell: its text, and what the workbook says that it is.

    text  on one line; of a number as short as it can be told apart, of an error nothing
    kind  'text', 'number', 'day' (a number that is shown as a date), 'truth', or 'error' (also a
          formula whose value was never worked out)
    is_shortened  a number that is shown in powers of ten, or has more digits than a spreadsheet
          keeps: as the name of a thing it has lost some
    """

    text: str
    kind: str
    is_shortened: bool = False


# Of longer whole numbers a spreadsheet keeps fifteen digits only.
_MOST_EXACT = 1e15
EMPTY = Cell("", "text")


def is_workbook(path: Path) -> bool:
    return path.name.lower().endswith(WORKBOOK_SUFFIX)


class Workbook:
    """The sheets of a workbook (name -> member of the archive) and their rows; refused when
    protected, with macros or damaged. `epoch`: day 0, 1899-12-30 or 1904-01-01 (older Macs)."""

    def __init__(self, path: Path) -> None:
        _check_kind(path)
        self.path = path
        with self._opened() as archive:
            targets = {
                node.get("Id"): node.get("Target", "")
                for node in _nodes(archive, "xl/_rels/workbook.xml.rels", "Relationship")
                if node.get("Type", "").endswith("/worksheet")
            }
            self.members = {}
            self.hidden = set()
            for node in _nodes(archive, "xl/workbook.xml", "sheet"):
                ids = (value for key, value in node.items() if _local(key) == "id" != key)
                if (identity := next(ids, None)) in targets:
                    name = node.get("name", "").strip()
                    self.members[name] = posixpath.join("/xl", targets[identity])[1:]
                    if node.get("state", "visible") != "visible":
                        self.hidden.add(name)
            is_1904 = any(
                node.get("date1904") in ("1", "true")
                for node in _nodes(archive, "xl/workbook.xml", "workbookPr")
            )
            self.epoch = dt.date(1904, 1, 1) if is_1904 else dt.date(1899, 12, 30)

    def rows(self, sheet: str) -> Iterator[Row]:
        for number, cells in self.cells(sheet):
            yield number, [cell.text for cell in cells]

    def cells(self, sheet: str) -> Iterator[tuple[int, list[Cell]]]:
        with self._opened() as archive:
            number = 0
            for row in _nodes(archive, self.members[sheet], "row"):
                number = int(row.get("r") or number + 1)
                cells: list[Cell] = []
                for cell in row:
                    if _local(cell.tag) != "c":
                        continue
                    # A cell without a name follows.
                    name = cell.get("r")
                    position = _column(name.rstrip("0123456789")) if name else len(cells)
                    if number > _MOST_ROWS or position >= _MOST_COLUMNS:
                        raise ValueError(f"no sheet has a cell {name}")
                    cells.extend([EMPTY] * (position + 1 - len(cells)))
                    cells[position] = _cell(cell, self._texts, self._styles)
                yield number, cells

    def merged(self, sheet: str) -> list[tuple[int, int, int, int]]:
        """Merged cells: first and last row, from 1, and first and last column, from 0."""
        from openpyxl.utils import range_boundaries

        with self._opened() as archive:
            nodes = _nodes(archive, self.members[sheet], "mergeCell")
            bounds = [range_boundaries(node.get("ref", "")) for node in nodes]
            return [(top, bottom, left - 1, right - 1) for left, top, right, bottom in bounds]

    @cached_property
    def _styles(self) -> dict[str, str]:
        """Number of a style -> 'day' if it shows a number as a date, 'powers' in powers of ten."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        name = "xl/styles.xml"
        with self._opened() as archive:
            if name not in archive.namelist():
                return {}
            codes = {str(number): code for number, code in BUILTIN_FORMATS.items()}
            for node in _nodes(archive, name, "numFmt"):
                codes[node.get("numFmtId", "")] = node.get("formatCode", "")
            styles = [
                style.get("numFmtId", "0")
                for node in _nodes(archive, name, "cellXfs")
                for style in node
            ]
        shown = {}
        for number, code in enumerate(styles):
            form = codes.get(code, "General")
            if code not in ("45", "46", "47") and is_date_format(form):
                shown[str(number)] = "day"
            elif re.search(r"[0#]E[+-]", form):
                shown[str(number)] = "powers"
        return shown

    @cached_property
    def _texts(self) -> list[str]:
        with self._opened() as archive:
            name = "xl/sharedStrings.xml"
            if name not in archive.namelist():
                return []
            return [_joined(node) for node in _nodes(archive, name, "si")]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        with (
            refusing_damage(self.path, "the workbook cannot be read", NOT_WHOLE),
            zipfile.ZipFile(self.path) as archive,
        ):
            yield archive


def _check_kind(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        # Office wraps an encrypted workbook into the container of its older formats.
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            raise refused(
                path,
                "the workbook is protected by a password",
                "Open it with its password, save it without one, and land that file.",
            )
        raise refused(path, "a workbook of the older kind (.xls)", _SAVE_AGAIN)
    if not start.startswith(b"PK"):
        what = "a web page or XML" if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else "text"
        raise refused(
            path,
            f"{what if start else 'an empty file'}, not a workbook",
            "Fetch the file again from the producer's own address. If it is the table as CSV, call "
            "it .csv.",
        )
    if not zipfile.is_zipfile(path):
        raise refused(path, "the workbook is cut off or damaged", NOT_WHOLE)
    # Its limits hold for workbooks as for any archive.
    members = {member.name for member in list_members(path)}
    if "xl/vbaProject.bin" in members:
        raise refused(path, "the workbook holds macros; no producer's does", _SAVE_AGAIN)
    if "xl/workbook.xml" not in members:
        raise refused(path, "an archive, not a workbook (it holds no xl/workbook.xml)", _SAVE_AGAIN)


def _nodes(archive: zipfile.ZipFile, member: str, name: str) -> Iterator[ElementTree.Element]:
    """Each element of a name, whole; what was given is forgotten."""
    with archive.open(member) as file:
        parents: list[ElementTree.Element] = []
        for event, node in ElementTree.iterparse(file, events=("start", "end")):
            if event == "start":
                parents.append(node)
                continue
            parents.pop()
            if _local(node.tag) == name:
                yield node
                if parents:
                    parents[-1].remove(node)


def _cell(cell: ElementTree.Element, texts: list[str], styles: dict[str, str]) -> Cell:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return Cell(_one_line(_joined(cell)), "text")
    value = next((node.text or "" for node in cell if _local(node.tag) == "v"), "")
    if kind == "s":
        if not value.isdecimal():
            raise ValueError(f"no text has the number {value!r}")
        return Cell(_one_line(texts[int(value)]), "text")
    if kind == "b":
        return Cell("true" if value == "1" else "false", "truth")
    if kind == "e":
        return Cell("", "error")
    if kind == "d":
        return Cell(value[:10], "text")
    if not value and any(_local(node.tag) == "f" for node in cell):
        return Cell("", "error")
    if kind != "n" or not value:
        return Cell(_one_line(value), "text")
    number = float(value)
    text = str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    shown = styles.get(cell.get("s", ""))
    if shown == "day":
        return Cell(text, "day")
    return Cell(text, "number", shown == "powers" or abs(number) >= _MOST_EXACT)


def _joined(node: ElementTree.Element) -> str:
    """The runs of a rich text, without the reading aids beside them."""
    texts = []
    for part in node:
        if _local(part.tag) == "t":
            texts.append(part.text or "")
        elif _local(part.tag) in ("r", "is"):
            texts.append(_joined(part))
    return "".join(texts)


def _one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def _column(letters: str) -> int:
    """The number of a column, from 0."""
    from openpyxl.utils import column_index_from_string

    return column_index_from_string(letters) - 1


@cache
def _local(tag: str) -> str:
    """A name without its namespace; the strict form of the standard has others."""
    return tag.rpartition("}")[2]
