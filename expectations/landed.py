"""The landed tables as the suites see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chokepoint.landing.database import literal
from chokepoint.landing.periods import current_deliveries
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from chokepoint.settings import Settings


def register(con: duckdb.DuckDBPyConnection, settings: Settings, sources: Iterable[str]) -> None:
    """Create schema landing: the deliveries that count, and a view per delivered source on them."""
    import duckdb

    con.execute(
        "create schema landing; create table landing.deliveries"
        " (source_id varchar, vintage varchar, quarantined_count bigint)"
    )
    for source_id in sources:
        rows = current_deliveries(settings, source_id)
        if not rows:
            continue
        con.executemany(
            "insert into landing.deliveries values (?, ?, ?)",
            [[source_id, row["vintage"], row["quarantined_count"]] for row in rows],
        )
        paths = [str(settings.landing_dir / row["parquet_path"]) for row in rows]
        files = ", ".join(literal(glob_escape(path)) for path in paths)
        try:
            con.execute(
                f'create view landing."{source_id}" as '
                f"select * from read_parquet([{files}], union_by_name = true)"
            )
        except duckdb.Error:
            # A file named in the manifest that cannot be opened: the suite reports the table as
            # missing, which is what a reader would meet.
            continue
