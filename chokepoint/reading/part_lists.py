"""Lists of parts in a file, of which each is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    from chokepoint.landing.intake.sheets import Book, Row, Sheet

COLUMNS = ("part_id", "product_code", "destination", "end_use", "contains", "without")
_REQUIRED = "product_code"
_MOST_ROWS_ABOVE = 30


@dataclass(frozen=True)
class PartList:
    """The parts of a file: line and cells by column of each; headers that are not read."""

    parts: list[tuple[int, dict[str, str]]]
    unread: list[str]


def read_parts(path: Path) -> PartList:
    """The parts of a workbook or text. ChokepointError where it is no table, lacks a column of
    codes, has two such sheets, a row with more fields than the header, or no parts."""
    from chokepoint.landing.intake.sheets import read_book

    book = read_book(path)
    found = [(sheet, *header) for sheet in book.sheets if (header := _header(sheet))]
    if not found:
        first = next((cells for sheet in book.sheets for _, cells in sheet.rows), [])
        raise ChokepointError(
            f"{path} has no column of customs codes; its first row has"
            f" {', '.join(cell.text for cell in first)[:200]}.",
            f"name the columns {', '.join(COLUMNS)}; of these {_REQUIRED} must be there.",
        )
    if len(found) > 1:
        sheets = ", ".join(sheet.name for sheet, *_ in found)
        raise ChokepointError(f"{path} has several sheets of parts: {sheets}.", "keep one of them.")
    ((sheet, position, names),) = found
    if twice := next((name for name in names if name and names.count(name) > 1), ""):
        raise ChokepointError(f"{path}: two columns are read as {twice}.", "keep one of them.")
    parts = [_part(book, row, names) for row in sheet.rows[position + 1 :]]
    parts = [part for part in parts if part[1]]
    if not parts:
        raise ChokepointError(f"{path} has no part below its header.", "add a row.")
    headers = sheet.rows[position][1]
    unread = [
        cell.text for cell, name in zip(headers, names, strict=True) if cell.text and not name
    ]
    return PartList(parts, unread)


def _header(sheet: Sheet) -> tuple[int, list[str]] | None:
    """Position of the first row that names a column of codes, and the columns that it names."""
    from chokepoint.landing.intake.words import column_words, normal

    words = column_words("part_list", COLUMNS)
    for position, (_, cells) in enumerate(sheet.rows[:_MOST_ROWS_ABOVE]):
        names = [words.get(normal(cell.text), "") for cell in cells]
        if _REQUIRED in names:
            return position, names
    return None


def _part(book: Book, row: Row, names: list[str]) -> tuple[int, dict[str, str]]:
    from chokepoint.landing.intake.words import is_nothing, normal, value_words

    number, cells = row
    # A list that is not quoted moves what comes after it into other columns.
    if book.delimiter and len(cells) > len(names):
        raise ChokepointError(
            f"{book.path}, line {number}: {len(cells)} fields, and the header names {len(names)}.",
            f"put quotes around a cell that holds {book.delimiter!r}.",
        )
    said = {
        name: cell.text.strip()
        for name, cell in zip(names, cells, strict=False)
        if name and not is_nothing(cell.text)
    }
    if use := said.get("end_use"):
        said["end_use"] = value_words("part_list", "end_use").get(normal(use), use)
    return number, said


def load_parts(con: Any, listed: PartList) -> None:
    """Put the parts into the temporary table `part_list` of a connection to the published file,
    countries by code whatever their language."""
    from chokepoint.landing.intake.words import countries, normal

    places = con.execute(
        "select country_iso2, country_iso3 from marts.dim_country where country_iso2 is not null"
    ).fetchall()
    codes = countries(tuple(places))
    for _, said in listed.parts:
        if place := said.get("destination"):
            said["destination"] = codes.get(normal(place), place)
    columns = ", ".join(f"unnest(?::varchar[]) as {name}" for name in COLUMNS)
    con.execute(
        f"create or replace temp table part_list as select unnest(?::bigint[]) as line_number,"
        f" {columns}",
        [
            [number for number, _ in listed.parts],
            *([said.get(name) for _, said in listed.parts] for name in COLUMNS),
        ],
    )
