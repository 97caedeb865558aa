"""Tables as people lay them out (workbooks, titles above the header, a column a year) as CSV that
landing reads. Each cell of a column of figures is a line, behind its place in the delivered
file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from chokepoint.errors import listed, shortened
from chokepoint.landing.contracts import ANY_SHEET, ProducerFormat, Table
from chokepoint.landing.files import headers, texts
from chokepoint.landing.files.workbooks import Row, Workbook, is_workbook
from chokepoint.landing.refusals import (
    NOT_WHOLE,
    DeliveryRefusedError,
    Fault,
    refused,
    refused_for,
    refusing_damage,
)

# Titles, notes and empty lines that may stand above the header.
_MOST_ABOVE = 50
NOT_ENDED = "its last line has no end, so the file may be cut off"


class PlacedRow(NamedTuple):
    """A row of the copy of a table; `place`: sheet, cell or column (empty for a line of a text);
    `label`: row and place, as another row's message names it."""

    values: list[str]
    row: int
    place: str
    label: str


_NO_FIGURES: list[tuple[Any, str]] = [(None, "")]


class _Header(NamedTuple):
    """The row that names the columns (of several the last): those that are read and no figures, and
    those that are not read."""

    row: int
    width: int
    kept: dict[str, int]
    figures: list[tuple[int, str]]
    more: list[str]
    twice: list[str]


def holds_table(path: Path, form: ProducerFormat) -> bool:
    """Whether a file has the header of a format, in each of its sheets that must hold a table."""
    if is_workbook(path) != bool(_table(form).sheets):
        return False
    try:
        if is_workbook(path):
            heads = [list(islice(rows, _MOST_ABOVE)) for _, rows in _sheets(path, form, "")]
        else:
            start = texts.read_rows(
                path, form.encoding, form.delimiter, form.quote, most=_MOST_ABOVE
            )
            heads = [list(enumerate(start, start=1))]
    except DeliveryRefusedError:
        # A sheet is missing, or whoever reads it whole says what is wrong.
        return False
    found = [_header(form, above) is not None for above in heads]
    return any(found) if _is_of_any_sheet(form) else all(found)


def write_copy(rows: Iterable[PlacedRow], target: Path) -> int:
    """Write rows as CSV, each behind its line here and its place there; returns the last line."""
    line = 1
    with target.open("w", encoding="utf-8", newline="") as file:
        copy = csv.writer(file, lineterminator="\n")
        for line, (values, *place) in enumerate(rows, start=2):
            copy.writerow([line, *place, *values])
    return line


def write_table_as_csv(path: Path, form: ProducerFormat, encoding: str, target: Path) -> list[str]:
    """Write the rows of a table that have any text; returns doubts: sheets and columns that nobody
    reads. DeliveryRefusedError for a damaged file or a missing sheet or column."""
    sheets = _table(form).sheets
    if is_workbook(path) != bool(sheets):
        kind = "a workbook" if sheets else "text"
        raise refused(path, f"{form.name} comes as {kind}, not like this", form.again)
    doubts: list[str] = []
    rows = _placed_rows(path, form, encoding, doubts)
    if write_copy(rows, target) == 1:
        reason = "no sheet names the columns " + ", ".join(form.columns)
        raise refused(path, reason if doubts else "the table has a header and no rows", form.again)
    return doubts


def _placed_rows(
    path: Path, form: ProducerFormat, encoding: str, doubts: list[str]
) -> Iterator[PlacedRow]:
    """The rows of a table, a cell of a column of figures a row; `doubts` grows."""
    table = _table(form)
    for sheet, rows in _sheets(path, form, encoding):
        above = list(islice(rows, _MOST_ABOVE))
        header = _header(form, above)
        if header is None:
            # A sheet of notes among those of many minerals, say.
            if _is_of_any_sheet(form) and not any(
                _likeness(form, above, index) for index in range(len(above))
            ):
                doubts.append(f"the sheet {shortened(sheet)!r} holds no table, and is not read")
                continue
            raise _no_header(path, form, sheet, above)
        if header.twice:
            raise refused(
                path,
                f"{f'{sheet}, ' if sheet else ''}line {header.row}: the column "
                f"{header.twice[0]!r} occurs twice",
                f"Keep one column {header.twice[0]!r}.",
            )
        if header.more and not table.has_more:
            of = f" of the sheet {sheet!r}" if sheet else ""
            doubts.append(f"these columns{of} are not read: {listed(header.more)}")
        for row, cells in chain(above, rows):
            if row <= header.row or not any(cells):
                continue
            # A note has one field.
            if not table.sheets and len(cells) not in (1, header.width):
                raise refused(
                    path,
                    f"the row has {len(cells)} fields, and the header {header.width}",
                    NOT_WHOLE,
                    value=shortened(",".join(cells)),
                    line=row,
                )
            kept = [sheet, *(_cell(cells, header.kept.get(name)) for name in form.kept_columns)]
            # Of a table without figures each row is one.
            for position, name in header.figures or _NO_FIGURES:
                figure = [name, _cell(cells, position)] if table.figures else []
                place, label = sheet, f"{sheet}, line {row}" if sheet else f"line {row}"
                if sheet and position is not None:
                    place = label = f"{sheet}!{_letters(position)}{row}"
                elif name:
                    place = f"column {shortened(name)}"
                    label = f"{label}, {place}"
                yield PlacedRow([*kept, *figure], row, place, label)


def _table(form: ProducerFormat) -> Table:
    assert form.table is not None
    return form.table


def _is_of_any_sheet(form: ProducerFormat) -> bool:
    return _table(form).sheets == (ANY_SHEET,)


def _cell(cells: list[str], position: int | None) -> str:
    return cells[position] if position is not None and position < len(cells) else ""


def _letters(position: int) -> str:
    """The name of a column in a spreadsheet; the first is A."""
    from openpyxl.utils import get_column_letter

    return get_column_letter(position + 1)


# --- the header ---------------------------------------------------------------------------------


def _header(form: ProducerFormat, above: list[Row]) -> _Header | None:
    """The first row that names all columns of a format, and one of figures where it has such."""
    for index in range(len(above)):
        row, names = _names(form, above, index)
        figures = [(at, name) for at, name in enumerate(names) if form.is_of_figures(name)]
        if not set(form.columns) <= set(names) or (_table(form).figures and not figures):
            continue
        kept = {name: names.index(name) for name in form.kept_columns if name in names}
        taken = {*kept.values(), *(at for at, _ in figures)}
        more = [
            name
            for at, name in enumerate(names)
            if at not in taken and name != _nameless(at) and name not in kept
        ]
        twice = [name for name in kept if names.count(name) > 1]
        return _Header(row, len(names), kept, figures, more, twice)
    return None


def _names(form: ProducerFormat, above: list[Row], index: int) -> tuple[int, list[str]]:
    """The last row of a header that starts somewhere, and the names in it."""
    rows = above[index : index + _table(form).header_rows]
    parts = []
    for _, cells in rows[:-1]:
        # A title over several columns stands in the first of them.
        title, width = "", len(rows[-1][1])
        padded = [*cells, *[""] * (width - len(cells))]
        parts.append([title := cell or title for cell in padded])
    parts.append(rows[-1][1])
    names = [" ".join(filter(None, column)) for column in zip_longest(*parts, fillvalue="")]
    return rows[-1][0], [
        re.sub(r"\s*\**$", "", name.strip()) or _nameless(at) for at, name in enumerate(names)
    ]


def _nameless(position: int) -> str:
    return f"column {_letters(position)}"


def _likeness(form: ProducerFormat, above: list[Row], index: int) -> int:
    _, names = _names(form, above, index)
    return len({name for at, name in enumerate(names) if name != _nameless(at)} & set(form.columns))


def _no_header(
    path: Path, form: ProducerFormat, sheet: str, above: list[Row]
) -> DeliveryRefusedError:
    """What the row that is most like the header lacks."""
    index = max(
        range(len(above)), key=lambda each: (_likeness(form, above, each), -each), default=None
    )
    row, names = _names(form, above, index) if index is not None else (1, [])
    again = form.again
    others = [name for name in names if name not in form.columns]
    faults = [
        headers.if_renamed(Fault(row, name, None, f"the column {name!r} is missing", again), others)
        for name in form.columns
        if name not in names
    ] or [Fault(row, None, None, f"no column is called like {_table(form).figures}", again)]
    faults = [replace(fault, member_name=sheet or None) for fault in faults]
    return refused_for(
        faults,
        path.name,
        f"{path}: no row is the header of {form.name}",
        [f"found in line {row}: {listed(name for name in names if name)}"],
    )


# --- rows ---------------------------------------------------------------------------------------


def _sheets(path: Path, form: ProducerFormat, encoding: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """Name and rows of each sheet that holds rows, or '' and the rows of a text."""
    table = _table(form)
    if not table.sheets:
        yield "", _text_rows(path, form, encoding)
        return
    book = Workbook(path)
    found: dict[str, None] = {}
    for pattern in table.sheets:
        fitting = [name for name in book.members if re.fullmatch(pattern, name, re.IGNORECASE)]
        if not fitting:
            raise refused(
                path,
                f"the workbook has no sheet called like {pattern} ({form.name}); it holds "
                f"{listed(book.members) or 'none'}",
                form.again,
                value=pattern,
            )
        found.update(dict.fromkeys(fitting))
    for name in found:
        yield name, book.rows(name)


def _text_rows(path: Path, form: ProducerFormat, encoding: str) -> Iterator[Row]:
    if texts.is_parquet(path):
        import duckdb

        yield 1, texts.read_header(path)
        with texts.refusing_parquet_damage(path), duckdb.connect() as con:
            for line, *cells in con.execute(texts.parquet_sql(path)).fetchall():
                yield line, [cell or "" for cell in cells]
        return
    with refusing_damage(path, "the file cannot be read", NOT_WHOLE):
        lines = texts.lines_of(path, encoding)
        for line, cells in texts.numbered_records(lines, form.delimiter, form.quote):
            yield line, [" ".join(cell.splitlines()) for cell in cells]
