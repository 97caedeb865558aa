"""The landed tables as the suites see them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import read_json
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    import duckdb

_NAMES = (
    "source_id", "period", "vintage", "file_name", "known_on", "landed_at", "row_count",
    "quarantined_count", "parquet_path",
)  # fmt: skip


def register(con: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    """Create schema landing: deliveries, and a view per delivered source on its current Parquet."""
    import duckdb

    con.execute(
        "create schema landing; create temp table landed (source_id varchar, period varchar,"
        " vintage varchar, file_name varchar, known_on date, landed_at timestamptz,"
        " row_count bigint, quarantined_count bigint, parquet_path varchar)"
    )
    for path in sorted((landing_dir / "_manifest").glob("*/*.json")):
        rows = read_json(path, list, "remove it and land the file again.")
        if rows:
            con.executemany(
                f"insert into landed values ({', '.join('?' * len(_NAMES))})",
                [[row[name] for name in _NAMES] for row in rows],
            )
    con.execute(
        "create table landing.deliveries as select *, row_number() over ("
        "partition by source_id, period order by known_on desc, landed_at desc, rowid) = 1"
        " as is_current from landed"
    )
    for source_id, paths in con.execute(
        "select source_id, list(parquet_path order by period) from landing.deliveries"
        " where is_current group by source_id"
    ).fetchall():
        files = ", ".join(literal(glob_escape(str(landing_dir / path))) for path in paths)
        try:
            con.execute(
                f'create view landing."{source_id}" as '
                f"select * from read_parquet([{files}], union_by_name = true)"
            )
        except duckdb.Error:
            # A file named in the manifest that cannot be opened: the suite reports the table as
            # missing, which is what a reader would meet.
            continue


def literal(value: str) -> str:
    """A text as an SQL string."""
    return "'" + value.replace("'", "''") + "'"
