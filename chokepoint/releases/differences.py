"""What differs between any two releases, as text and, if asked, cell by cell."""

from __future__ import annotations

from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.releases import notes
from chokepoint.releases.candidate import connection
from chokepoint.releases.changes import write_changes
from chokepoint.releases.csv_cells import copy_csv
from chokepoint.releases.dictionary import META_TABLES
from chokepoint.releases.diff import compare
from chokepoint.releases.files import publishing_faults
from chokepoint.releases.relations import literal, quote
from chokepoint.settings import Settings


def differences(
    settings: Settings,
    before: str,
    older: Path,
    after: str,
    newer: Path,
    cells: Path | None = None,
) -> str:
    """The differences of two published files as Markdown.

    before, after  names of the two
    older, newer   their DuckDB files
    cells          CSV or Parquet file for the rows of `meta.changes` between the two

    Raises ChokepointError if they are one file, or if the disk is full.
    """
    if older == newer:
        raise ChokepointError(f"{before} is compared with itself.", "name two releases.")
    with connection(settings) as con, publishing_faults("comparing the releases"):
        for name, path in (("before", older), ("release", newer)):
            con.execute(f"attach {literal(str(path))} as {name} (read_only)")
        columns = ", ".join(
            f"{quote(name)} {kind}" for name, (kind, _) in META_TABLES["changes"][1].items()
        )
        con.execute(f"create temp table cells ({columns})")
        write_changes(con, "before", "release", release=before, into="temp.cells")
        con.execute("use release")
        diffs = compare(con, "before", "release")
        told = notes.differences_told(con, diffs, "temp.cells")
        if cells is not None:
            temporary = cells.with_name(f".{cells.name}.new")
            try:
                if cells.suffix == ".parquet":
                    con.execute(
                        f"copy temp.cells to {literal(str(temporary))}"
                        " (format parquet, compression zstd)"
                    )
                else:
                    copy_csv(con, "select * from temp.cells", temporary)
                temporary.replace(cells)
            finally:
                temporary.unlink(missing_ok=True)
    return f"# {before} to {after}\n{told}"
