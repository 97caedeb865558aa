"""Which rows of an answer matter most, and how many of them are a short answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Column of a query whose texts are about several rows: a table has them above it.
TOTALS = "total_in_words"
# Rows that are shown; a few more are not worth a second question.
_MOST_ROWS, _FEW_MORE = 10, 5


def first_count(count: int) -> int:
    """Rows of a short answer, of so many that there are."""
    return count if count <= _MOST_ROWS + _FEW_MORE else _MOST_ROWS


def lift_totals(
    columns: list[str], rows: list[tuple[Any, ...]]
) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
    """Take out what is said of groups of rows, if it is: (each once, other columns, rows)."""
    if TOTALS not in columns:
        return [], columns, rows
    place = columns.index(TOTALS)
    told = list(dict.fromkeys(row[place] for row in rows if row[place] is not None))
    kept = [(*row[:place], *row[place + 1 :]) for row in rows]
    return told, [name for name in columns if name != TOTALS], kept


def ranked(
    columns: Sequence[str], rows: list[tuple[Any, ...]], first: Sequence[tuple[str, bool]]
) -> list[tuple[Any, ...]]:
    """The rows, those that matter most first; what is not known, or invented, is last."""
    for name, is_descending in reversed(first):
        place = columns.index(name)
        known = [row for row in rows if row[place] is not None]
        known.sort(key=lambda row: row[place], reverse=is_descending)
        rows = known + [row for row in rows if row[place] is None]
    places = [columns.index(name) for name in ("data_origin", "certainty") if name in columns]
    return sorted(rows, key=lambda row: any(str(row[at]).startswith("synthetic") for at in places))
