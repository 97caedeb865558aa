"""Write the verification page anew: the answers to its own SQL, which a reader can run too.

python -m tools.verification [FILE]: each block of SQL of docs/methodology/verification.md is asked
of the published file, from the folder of the checkout, and its rows go below it as a table.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.console import write_file
from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.settings import PROJECT_DIR, Settings

if TYPE_CHECKING:
    import duckdb

PAGE = Path("docs") / "methodology" / "verification.md"
# A block of SQL, and the table that was written below it.
_ASKED = re.compile(r"(^```sql\n(.*?)^```\n)(?:\n(?:\|[^\n]*\n)+)?", re.MULTILINE | re.DOTALL)


def render(con: duckdb.DuckDBPyConnection, page: str) -> str:
    """The page with the rows of the published file (an open connection, in a checkout);
    ChokepointError with DuckDB's words if a table is in neither file nor folder."""
    import duckdb

    try:
        return _ASKED.sub(lambda block: f"{block[1]}\n{_table(con.sql(block[2]))}", page)
    except duckdb.Error as error:
        raise ChokepointError(
            f"The published file cannot be verified: {str(error).splitlines()[0]}",
            "build the release again with `make build`, and run this in a checkout.",
        ) from error


def _table(found: duckdb.DuckDBPyRelation) -> str:
    """Rows as a Markdown table; columns of numbers to the right."""

    def cell(value: Any) -> str:
        return "" if value is None else str(value).replace("|", "\\|")

    rules = ["---" if str(kind) in ("VARCHAR", "BOOLEAN") else "---:" for kind in found.types]
    rows = [found.columns, rules, *(map(cell, row) for row in found.fetchall())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> int:
    """Write the page of the published file, where it belongs or into a file that is named."""
    parser = argparse.ArgumentParser(prog="python -m tools.verification")
    parser.add_argument("output", nargs="?", type=Path, default=PROJECT_DIR / PAGE, help="file")
    path = parser.parse_args().output.absolute()
    os.chdir(PROJECT_DIR)
    try:
        with closing(connect_published(Settings.from_env())) as con:
            write_file(path, render(con, PAGE.read_text(encoding="utf-8")).encode())
    except ChokepointError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
