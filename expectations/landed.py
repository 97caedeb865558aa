"""The landed tables as the suites see them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import read_json
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    import duckdb


def register(con: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    """Create schema landing: deliveries, and a view per delivered source on its current Parquet."""
    import duckdb

    con.execute("create schema landing")
    rows: list[dict[str, Any]] = []
    for path in sorted((landing_dir / "_manifest").glob("*/*.json")):
        rows.extend(read_json(path, list, "remove it and land the file again."))
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["source_id"], str(row["period"]))
        best = latest.get(key)
        if best is None or _age(row) > _age(best):
            latest[key] = row
    current = [id(row) for row in latest.values()]
    con.execute(
        "create table landing.deliveries (source_id varchar, period varchar, vintage varchar, "
        "file_name varchar, known_on date, landed_at timestamptz, row_count bigint, "
        "quarantined_count bigint, is_current boolean)"
    )
    if not rows:
        return
    names = "source_id period vintage file_name known_on landed_at row_count quarantined_count"
    con.executemany(
        "insert into landing.deliveries values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [[*(row[name] for name in names.split()), id(row) in current] for row in rows],
    )
    paths: dict[str, list[str]] = {}
    for (source_id, _), row in sorted(latest.items()):
        paths.setdefault(source_id, []).append(
            literal(glob_escape(str(landing_dir / row["parquet_path"])))
        )
    for source_id, files in paths.items():
        try:
            con.execute(
                f'create view landing."{source_id}" as '
                f"select * from read_parquet([{', '.join(files)}], union_by_name = true)"
            )
        except duckdb.Error:
            # A file named in the manifest that cannot be opened: the suite reports the table as
            # missing, which is what a reader would meet.
            continue


def literal(value: str) -> str:
    """A text as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def _age(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["known_on"]), str(row["landed_at"])
