"""How an answer is shown: the ten rows that matter most, in columns that fit; or all of it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chokepoint.console import Screen, disarmed, escape, table
from chokepoint.reading.order import first_count, lift_totals, ranked

if TYPE_CHECKING:
    from chokepoint.reading.metrics import Answer
    from chokepoint.reading.queries import QueryResult

_WIDTH, _NARROW_WIDTH = 120, 80
# Of a text where room is short: letters of a line, and lines (one more where the table is narrow);
# of a link in the whole table.
_TEXT_WIDTH, _MOST_LINES = 12, 3
_LINK_WIDTH = 24
_GAP, _ANY_WIDTH = 2, 10_000


def print_answer(
    console: Screen,
    result: QueryResult,
    *,
    all_rows: bool,
    all_columns: bool,
    is_narrow: bool,
    is_explained: bool,
) -> None:
    """Print the rows of a question: all or the first ten, in all columns or those of the short
    answer, in 120 or 80 characters. `is_explained`: their meaning was said before."""
    query = result.query
    width = width_of(console, is_narrow=is_narrow)
    totals, columns, rows = lift_totals(result.columns, result.rows)
    for told in totals:
        console.print(disarmed(f"{told[0].upper()}{told[1:]}"), markup=False, width=width)
    if totals:
        console.print()
    rows = ranked(columns, rows, query.first)
    shown = rows if all_rows else rows[: first_count(len(rows))]
    if all_columns or not query.short:
        _print_wide(console, columns, shown)
    elif len(rows) == 1:
        # A line for each column, so that no text is cut.
        row = dict(zip(columns, rows[0], strict=True))
        stated = {name: row[name] for name in query.short if row[name] is not None}
        console.print(record_of(stated), width=width)
        console.print()
    else:
        _print_short(console, columns, shown, query.short, width)
    said = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    if len(shown) < len(rows):
        by = f" by {query.first_words}" if query.first_words else ""
        said = f"first {len(shown)} of {said}{by}; --all for all"
    if not all_columns and query.short:
        said += "; --wide for every column"
    if not is_explained and query.notes:
        said += "; --explain for their meaning"
    console.print(said, width=width)


def width_of(console: Screen, *, is_narrow: bool) -> int:
    """Characters of a line: 120, or 80, or as many as the terminal has."""
    width = _NARROW_WIDTH if is_narrow else _WIDTH
    return min(width, console.width) if console.is_terminal else width


def _print_short(
    console: Screen,
    columns: Sequence[str],
    rows: list[tuple[Any, ...]],
    short: Sequence[str],
    width: int,
) -> None:
    """The columns of the short answer, in their order, as many as fit; what is the same in all rows
    stands once above them."""
    shared, left, _ = lift_shared(columns, rows)
    shared = {name: shared[name] for name in short[1:] if name in shared}
    if shared:
        said = "; ".join(f"{name} {_text(value)}" for name, value in shared.items())
        console.print(Text(f"In these rows: {said}.", style="dim"), width=width)
        console.print()
    # Name, texts, room that they would need and room that they get.
    chosen: list[tuple[str, list[str], int, int]] = []
    room, most_lines = width, _MOST_LINES + (width <= _NARROW_WIDTH)
    for name in short:
        texts = [_text(row[columns.index(name)]) for row in rows]
        needed = max(len(name), *map(len, texts))
        words = max((len(word) for text in texts for word in text.split()), default=0)
        least = min(needed, max(-(-needed // most_lines), words, _TEXT_WIDTH, len(name)))
        if (name in left or name == short[0]) and any(texts) and least <= room:
            chosen.append((name, texts, needed, least))
            room -= least + _GAP
    figures, shown = _figures(columns, rows), table()
    for name, _, needed, least in chosen:
        # What is left over goes to the first texts that can use it.
        more = max(0, min(needed - least, room + _GAP))
        room -= more
        shown.add_column(
            escape(name), justify="right" if name in figures else "left", overflow="fold",
            width=least + more,
        )  # fmt: skip
    for number in range(len(rows)):
        shown.add_row(*(Text(texts[number]) for _, texts, *_ in chosen))
    console.print(shown)
    console.print()


def _figures(columns: Sequence[str], rows: list[tuple[Any, ...]]) -> list[str]:
    """The columns of numbers."""
    return [
        name
        for place, name in enumerate(columns)
        if {type(row[place]) for row in rows} & {int, float, Decimal}
    ]


def _print_wide(console: Screen, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Every column; on a terminal what is the same in all rows once, and too wide a row as a
    record."""
    if console.is_terminal:
        shared, columns, rows = lift_shared(columns, rows)
        if shared:
            console.print(record_of(shared, dim=True))
            console.print()
    if not columns:
        return
    shown = table(*map(escape, columns), right=tuple(map(escape, _figures(columns, rows))))
    if console.is_terminal:
        # A link would leave the other columns a few letters each.
        for name, column in zip(columns, shown.columns, strict=True):
            if name.endswith("url"):
                column.no_wrap, column.overflow, column.max_width = True, "ellipsis", _LINK_WIDTH
            else:
                column.overflow = "fold"
    for row in rows:
        shown.add_row(*map(cell, row))
    room = console.options.update(max_width=_ANY_WIDTH)
    if console.is_terminal and console.measure(shown, options=room).maximum > console.width:
        # Too wide for a table: a record a row, like psql's expanded display.
        widest = max(map(len, columns))
        for row in rows:
            record = dict(zip(columns, row, strict=True))
            stated = {name: value for name, value in record.items() if value is not None}
            console.print(record_of(stated, widest))
            console.print()
        return
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
    if isinstance(value, float) and math.isfinite(value):
        # Not 3.9e-05, which few read.
        value = f"{Decimal(repr(value)):f}"
    return "" if value is None else disarmed(value)


def lift_shared(
    columns: Sequence[str], rows: list[tuple[Any, ...]]
) -> tuple[dict[str, Any], list[str], list[tuple[Any, ...]]]:
    """Take out columns with one value in every row: (those, the other columns, the rows). Columns
    empty throughout are left out; a single row is all shared."""
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


def write(text: str) -> None:
    """To a program as it is, to a terminal as it can be shown."""
    print(disarmed(text) if sys.stdout.isatty() else text, end="")


def as_csv(result: QueryResult | Answer) -> str:
    """Rows as CSV with a header; empty for null. Text that a spreadsheet would run gets an
    apostrophe in front; JSON has the values as they are."""
    from chokepoint.releases.csv_cells import csv_text

    return csv_text(result.columns, result.rows)


def as_json(result: QueryResult | Answer) -> str:
    """Rows as a JSON array of objects: dates as ISO text, decimals as numbers, Infinity as a
    text."""
    rows = [
        {name: _finite(value) for name, value in zip(result.columns, row, strict=True)}
        for row in result.rows
    ]
    return json.dumps(rows, default=_plain, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
