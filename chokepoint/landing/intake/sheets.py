"""What people keep tables in, as cells: workbooks, and text with any delimiter and encoding."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import functools
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.landing.files.delivery import check_name
from chokepoint.landing.files.texts import numbered_records
from chokepoint.landing.files.workbooks import EMPTY, Cell, Workbook, is_workbook
from chokepoint.landing.intake.words import known_words_in
from chokepoint.landing.refusals import refused, refusing_damage

DELIMITERS = (";", "\t", "|", ",")
# Of texts that are no UTF-8: Western and Central European Windows, which differ in few letters.
_WINDOWS = ("cp1252", "cp1250")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_ROWS = 200
_MOST_CELLS = 2_000_000
_MOST_BYTES = 256 << 20
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_PLAIN = "Save it as a plain workbook (.xlsx), and import that."
_SMALLER = "Land it as CSV or Parquet in the columns of its table (docs/using/own-files.md)."

Row = tuple[int, list[Cell]]


@dataclass(frozen=True)
class Sheet:
    """A sheet, or a text: its name ('' for a text), and its rows with their numbers from 1."""

    name: str
    rows: list[Row]


@dataclass(frozen=True)
class Book:
    """A file as it was read; `encodings`: of a text all with another outcome, the chosen first;
    `hidden`: sheets that a spreadsheet hides and nobody reads."""

    path: Path
    sheets: list[Sheet]
    encoding: str = ""
    delimiter: str = ""
    encodings: tuple[str, ...] = ()
    hidden: tuple[str, ...] = field(default=())
    is_ended: bool = True

    def sheet(self, name: str) -> Sheet | None:
        return next((one for one in self.sheets if one.name == name), None)


def read_book(path: Path, *, encoding: str = "", delimiter: str = "") -> Book:
    """The sheets of a file, of a text in this encoding and delimiter; ChokepointError for another
    kind, a password, macros, damage or size."""
    check_name(path)
    if not path.is_file():
        raise ChokepointError(f"{path} is no file", "check the path of the table to import.")
    if path.stat().st_size > _MOST_BYTES:
        raise refused(path, f"larger than {_MOST_BYTES >> 20} MiB", _SMALLER)
    stat = path.stat()
    return _read(path, stat.st_size, stat.st_mtime_ns, encoding, delimiter)


@functools.lru_cache(maxsize=2)
def _read(path: Path, size: int, changed_ns: int, encoding: str, delimiter: str) -> Book:
    """A file that is looked at, shown and landed is read once, as long as it stays the same."""
    with path.open("rb") as file:
        start = file.read(8)
    is_zip = start.startswith(b"PK\x03\x04")
    if path.suffix.lower() in (".xlsm", ".xltm", ".xlsb"):
        raise refused(path, "a workbook that may hold macros", _PLAIN)
    if is_workbook(path) or start.startswith(_OLD_WORKBOOK):
        return _read_workbook(path)
    if is_zip:
        raise refused(path, "an archive, or a workbook under another name", _PLAIN)
    return _read_text(path, encoding, delimiter)


def _read_workbook(path: Path) -> Book:
    book = Workbook(path)
    room = _MOST_CELLS
    sheets = []
    for name in book.members:
        if name in book.hidden:
            continue
        rows: list[Row] = []
        for number, cells in book.cells(name):
            room -= len(cells)
            if room < 0:
                raise refused(path, f"more than {_MOST_CELLS:,} cells", _SMALLER)
            rows.append((number, [_as_shown(cell, book.epoch) for cell in cells]))
        sheets.append(Sheet(name, _filled(rows, book.merged(name))))
    return Book(path, sheets, hidden=tuple(book.hidden))


def _as_shown(cell: Cell, epoch: dt.date) -> Cell:
    """A day as YYYY-MM-DD; all else as it is."""
    if cell.kind != "day":
        return cell
    # Excel's calendar has a 29 February 1900: days before it are one off, and none is meant.
    days = int(float(cell.text))
    if not 1 <= days <= 2_958_465:
        return cell
    return Cell((epoch + dt.timedelta(days=days)).isoformat(), "day")


def _filled(rows: list[Row], merged: list[tuple[int, int, int, int]]) -> list[Row]:
    """The rows, with the value of merged cells in each of them."""
    by_number = dict(rows)
    for first_row, last_row, first, last in merged:
        cells = by_number.get(first_row, [])
        if first >= len(cells):
            continue
        for number in range(first_row, min(last_row, first_row + len(rows)) + 1):
            if (row := by_number.get(number)) is None:
                continue
            row.extend([EMPTY] * (min(last, 1 << 10) + 1 - len(row)))
            row[first : last + 1] = [cells[first]] * (min(last, 1 << 10) + 1 - first)
    return rows


def _read_text(path: Path, encoding: str, delimiter: str) -> Book:
    raw = path.read_bytes()
    if not raw.strip():
        raise refused(path, "the file is empty", "Export the table again.")
    readings = _readings(path, raw, encoding)
    found = sorted(readings, key=lambda name: -known_words_in(readings[name][:100_000]))
    chosen = found[0]
    text = readings[chosen]
    if "\0" in text:
        raise refused(
            path, "not a table: it holds NUL bytes",
            "Save it as a workbook (.xlsx) or as CSV, and import that.",
        )  # fmt: skip
    if text.lstrip("\ufeff \t\r\n")[:1] in ("<", "{"):
        raise refused(
            path, "a web page, XML or JSON, not a table", "Export the table as .xlsx or CSV."
        )
    lines = text.splitlines(keepends=True)
    said = lines[0].strip().lower() if lines else ""
    skipped = 0
    if said.startswith("sep=") and len(said) == 5:
        # Excel's own note on the delimiter.
        delimiter, skipped = delimiter or said[4], 1
    delimiter = delimiter or _delimiter(lines)
    with refusing_damage(path, "the file cannot be read as CSV", "Export the table again."):
        file = io.StringIO("".join(lines[skipped:]), newline="")
        records = numbered_records(file, delimiter)
        rows = [
            (line + skipped, [Cell(" ".join(one.split()), "text") for one in cells])
            for line, cells in records
            if cells
        ]
    if sum(len(cells) for _, cells in rows) > _MOST_CELLS:
        raise refused(path, f"more than {_MOST_CELLS:,} cells", _SMALLER)
    is_ended = text.endswith(("\n", "\r"))
    return Book(path, [Sheet("", rows)], chosen, delimiter, tuple(found), is_ended=is_ended)


def _readings(path: Path, raw: bytes, encoding: str) -> dict[str, str]:
    """Encoding -> the text in it; of encodings that agree the first."""
    if encoding:
        names: tuple[str, ...] = (encoding,)
    elif bom := next((name for mark, name in _BOMS if raw.startswith(mark)), None):
        names = (bom,)
    else:
        try:
            return {"utf-8": raw.decode("utf-8")}
        except UnicodeDecodeError:
            names = _WINDOWS
    readings: dict[str, str] = {}
    reason = ""
    for name in names:
        try:
            text = raw.decode(name)
        except (UnicodeDecodeError, LookupError) as error:
            reason = str(error)
            continue
        if text not in readings.values():
            readings[name] = text
    if not readings:
        raise refused(
            path, f"the text does not decode as {' or '.join(names)} ({reason})",
            "Save it as UTF-8, or name its encoding with --encoding.",
        )  # fmt: skip
    return readings


def _delimiter(lines: list[str]) -> str:
    """What parts the fields: the delimiter with which most rows have one width above 1."""

    def regularity(mark: str) -> tuple[float, int, int]:
        widths = [
            len(cells)
            for cells in csv.reader(lines[:_SAMPLE_ROWS], delimiter=mark)
            if any(cell.strip() for cell in cells)
        ]
        # A title above the header has one field.
        wide = Counter(width for width in widths if width > 1)
        if not wide:
            return 0.0, 0, 0
        width, count = max(wide.items(), key=lambda pair: (pair[1], pair[0]))
        return count / len(widths), -DELIMITERS.index(mark), width

    try:
        best = max(DELIMITERS, key=regularity)
    except csv.Error:
        return ","
    return best if regularity(best)[0] else ","
