"""How an answer is shown: the ten rows that matter most, in columns that fit; or all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.text import Text

from chokepoint.console import Screen, disarmed, escape, table
from chokepoint.reading.order import first_count, lift_totals, ranked

if TYPE_CHECKING:
    from chokepoint.reading.queries import QueryResult

_WIDTH, _NARROW_WIDTH = 120, 80
# Of a text where room is short: letters of a line, and lines; of a link in the whole table.
_TEXT_WIDTH, _MOST_LINES = 12, 3
_LINK_WIDTH = 24
_GAP = 2


@dataclass(frozen=True)
class View:
    """How much of an answer is shown.

    all_rows     not only the first ten
    all_columns  not only those of the short answer
    is_narrow    80 characters instead of 120
    explains     with what the rows and columns mean
    """

    all_rows: bool = False
    all_columns: bool = False
    is_narrow: bool = False
    explains: bool = False


class _ShortColumn(NamedTuple):
    """A column of the short answer: the room that it has, and that its texts would need."""

    name: str
    texts: list[str]
    needed: int
    width: int
    is_figures: bool


def print_answer(console: Screen, result: QueryResult, view: View) -> None:
    """Print the rows of a question that has some."""
    width = _NARROW_WIDTH if view.is_narrow else _WIDTH
    if console.is_terminal:
        width = min(width, console.width)
    totals, columns, rows = lift_totals(result.columns, result.rows)
    for told in totals:
        console.print(disarmed(f"{told[0].upper()}{told[1:]}"), markup=False, width=width)
    if totals:
        console.print()
    rows = ranked(columns, rows, result.query.first)
    shown = rows if view.all_rows else rows[: first_count(len(rows))]
    if view.all_columns or not result.query.short:
        _print_wide(console, columns, shown)
    elif len(rows) == 1:
        # A line for each column, so that no text is cut.
        row = dict(zip(columns, rows[0], strict=True))
        stated = {name: row[name] for name in result.query.short if row[name] is not None}
        console.print(record_of(stated), width=width)
        console.print()
    else:
        _print_short(console, columns, shown, result.query.short, width)
    console.print(_footer(result, len(shown), len(rows), view), width=width)


def _footer(result: QueryResult, shown: int, count: int, view: View) -> str:
    """How many rows there are, what the first are first by, and how to see the rest."""
    said = f"{count:,} row{'' if count == 1 else 's'}"
    if shown < count:
        by = f" by {result.query.first_words}" if result.query.first_words else ""
        said = f"first {shown} of {said}{by}; --all for all"
    if not view.all_columns and result.query.short:
        said += "; --wide for every column"
    if not view.explains and result.query.notes:
        said += "; --explain for their meaning"
    return said


def _print_short(
    console: Screen,
    columns: Sequence[str],
    rows: list[tuple[Any, ...]],
    short: Sequence[str],
    width: int,
) -> None:
    """The columns of the short answer, in their order, as many as fit; what is the same in all rows
    stands once above them."""
    first = columns.index(short[0])
    shared, left, _ = lift_shared(columns, rows)
    shared = {name: shared[name] for name in short[1:] if name in shared}
    if shared:
        said = "; ".join(f"{name} {_text(value)}" for name, value in shared.items())
        console.print(Text(f"In these rows: {said}.", style="dim"), width=width)
        console.print()
    short = [name for name in short if name in left or columns.index(name) == first]
    chosen: list[_ShortColumn] = []
    room = width
    for name in short:
        values = [row[columns.index(name)] for row in rows]
        texts = [_text(value) for value in values]
        needed = max(len(name), *map(len, texts))
        words = max((len(word) for text in texts for word in text.split()), default=0)
        least = min(needed, max(-(-needed // _MOST_LINES), words, _TEXT_WIDTH, len(name)))
        if any(texts) and least <= room:
            is_figures = any(
                isinstance(value, int | float | Decimal) and not isinstance(value, bool)
                for value in values
            )
            chosen.append(_ShortColumn(name, texts, needed, least, is_figures))
            room -= least + _GAP
    shown = table()
    for one in chosen:
        # What is left over goes to the first texts that can use it.
        more = max(0, min(one.needed - one.width, room + _GAP))
        room -= more
        shown.add_column(
            escape(one.name), justify="right" if one.is_figures else "left", overflow="fold",
            width=one.width + more,
        )  # fmt: skip
    for number in range(len(rows)):
        shown.add_row(*(Text(one.texts[number]) for one in chosen))
    console.print(shown)
    console.print()


def _print_wide(console: Screen, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Every column; on a terminal what is the same in all rows once, and too wide a row as a
    record."""
    if console.is_terminal:
        shared, columns, rows = lift_shared(columns, rows)
        if shared:
            console.print(record_of(shared, dim=True))
            console.print()
        if table_width(columns, rows) > console.width:
            # Too wide for a table: a record a row, like psql's expanded display.
            widest = max(map(len, columns))
            for row in rows:
                record = dict(zip(columns, row, strict=True))
                stated = {name: value for name, value in record.items() if value is not None}
                console.print(record_of(stated, widest))
                console.print()
            columns = []
    numbers = [
        column
        for position, column in enumerate(columns)
        if any(isinstance(row[position], int | float | Decimal) for row in rows)
    ]
    shown = table(*map(escape, columns), right=tuple(map(escape, numbers)))
    if console.is_terminal:
        # A link would leave the other columns a few letters each.
        for name, column in zip(columns, shown.columns, strict=True):
            if name.endswith("url"):
                column.no_wrap, column.overflow, column.max_width = True, "ellipsis", _LINK_WIDTH
            else:
                column.overflow = "fold"
    if columns:
        for row in rows:
            shown.add_row(*map(cell, row))
        console.print(shown)
        console.print()


def record_of(record: dict[str, Any], width: int = 0, *, dim: bool = False) -> Any:
    """Names (in a column of this width at least) and values; long values go on below."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim", min_width=width)
    grid.add_column(overflow="fold", style="dim" if dim else "")
    for name, value in record.items():
        grid.add_row(Text(name), cell(value))
    return grid


def cell(value: Any) -> Text:
    return Text(_text(value))


def _text(value: Any) -> str:
    return "" if value is None else disarmed(value)


def table_width(columns: list[str], rows: list[tuple[Any, ...]]) -> int:
    """Letters that a table of these rows needs in a terminal, links cut."""
    widths = []
    for position, name in enumerate(columns):
        widest = max(len("" if row[position] is None else str(row[position])) for row in rows)
        widths.append(max(len(name), min(widest, _LINK_WIDTH) if name.endswith("url") else widest))
    return sum(widths) + _GAP * len(widths)


def lift_shared(
    columns: list[str], rows: list[tuple[Any, ...]]
) -> tuple[dict[str, Any], list[str], list[tuple[Any, ...]]]:
    """Take out columns that hold one value in every row: (those, the other columns, the rows).

    Columns that are empty throughout are left out altogether. A single row is all shared.
    """
    shared, kept = {}, []
    for position, name in enumerate(columns):
        values = {row[position] for row in rows}
        if len(values) > 1:
            kept.append(position)
        elif values != {None}:
            shared[name] = values.pop()
    return (
        shared,
        [columns[position] for position in kept],
        [tuple(row[position] for position in kept) for row in rows],
    )
