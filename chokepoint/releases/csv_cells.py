"""CSV that spreadsheets may open: text that a spreadsheet would run as a formula stays text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.releases.relations import literal, quote

# A cell that begins with one of these is read as a formula (OWASP, CSV injection); a number that
# is text begins with one and is none. Python and DuckDB read both patterns alike.
FORMULA = r"(?s) *[=+\-@\t\r\n].*"
NUMBER = r"-[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"
_FORMULA, _NUMBER = re.compile(FORMULA), re.compile(NUMBER)


def safe_cell(value: Any) -> Any:
    """The value; text that would start a formula gets an apostrophe in front. Numbers stay."""
    if isinstance(value, str) and _FORMULA.fullmatch(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Header and rows as CSV, each cell safe; an empty value is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in columns])
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def copy_csv(con: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """Write the rows of a query as CSV with a header, each cell safe, without reading them here."""
    chosen = []
    for name, kind, *_ in con.execute(f"describe {select}").fetchall():
        column = quote(name)
        if kind == "VARCHAR":
            column = (
                f"if(regexp_full_match({column}, '{FORMULA}')"
                f" and not regexp_full_match({column}, '{NUMBER}'),"
                f" '''' || {column}, {column}) as {column}"
            )
        chosen.append(column)
    con.execute(
        f"copy (select {', '.join(chosen)} from ({select}))"
        f" to {literal(str(path))} (format csv, header)"
    )
