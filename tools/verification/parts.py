"""What the verification page is written with: worked tables, distances, numbers, Markdown."""

from __future__ import annotations

import csv
import math
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    import duckdb


def read_figures(figures: Path, name: str) -> list[dict[str, str]]:
    path = figures / name
    if not path.is_file():
        raise ChokepointError(f"There is no table {path}.", "run this in a checkout, which has it.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_key(con: duckdb.DuckDBPyConnection, query: str, width: int) -> dict[tuple[Any, ...], Any]:
    """Rows of a query by their first columns."""
    return {row[:width]: row[width:] for row in con.execute(query).fetchall()}


def relative(expected: float, found: float) -> float:
    """Distance as a share of what is expected; of nothing, the distance itself."""
    return abs(found - expected) / (abs(expected) or 1)


def bound(distances: Iterable[float]) -> str:
    """The power of ten that the largest distance stays below: digits beyond it are noise."""
    largest = max(distances, default=None)
    if largest is None:
        return "-"
    if largest < 1e-12:
        return "below 1e-12"
    return f"below 1e{math.floor(math.log10(largest)) + 1}"


def largest(distances: Sequence[float]) -> str:
    return f"{max(distances):.1e}" if distances else "-"


def rounded(value: float, step: float, more: int = 0) -> str:
    return f"{value:,.{max(0, -math.floor(math.log10(step) + 1e-9)) + more}f}"


def per_cent(share: float | None) -> str:
    if share is None:
        return ""
    return f"{100 * share:+.2f}" if abs(share) >= 0.001 else f"{100 * share:+.1g}"


def yes(answer: bool | None) -> str:
    return {True: "yes", False: "no", None: ""}[answer]


def listing(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def section(title: str, *parts: str) -> str:
    return "\n\n".join([f"## {title}", *parts])


def prose(*lines: str) -> str:
    """Sentences as lines of a hundred letters at most; numbers in them change their length."""
    # A number and its per cent sign stay together.
    text = " ".join(lines).replace(" %", "\u00a0%")
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def table(head: list[str], rows: Iterable[Iterable[Any]], right: Sequence[int] = ()) -> str:
    """A Markdown table; columns of numbers to the right."""
    rule = ["---:" if position in right else "---" for position in range(len(head))]
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in (head, *cells)]
    return "\n".join([lines[0], f"|{'|'.join(rule)}|", *lines[1:]])
