"""The database that a delivery is read in, and the table of its faults."""

from __future__ import annotations

import os
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.landing.refusals import Fault
from chokepoint.settings import Settings, glob_escape

if TYPE_CHECKING:
    import duckdb

# Key under which a list of faults says where the file lies.
_FILE_PATH = "file_path"
FAULTS_DDL = """
    create or replace temp table faults (
        line_number bigint, column_name varchar, value varchar,
        reason varchar, remedy varchar, row_text varchar, member_name varchar
    )
"""


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory database that keeps to the run's threads and memory, and spills to disk."""
    import duckdb  # late: a landing that changes nothing does not need it

    names = ("autoinstall_known_extensions", "autoload_known_extensions")
    return duckdb.connect(config={**settings.duckdb_config(), **dict.fromkeys(names, False)})


def share(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to the one such database of the process; what it makes must be temporary."""
    import duckdb

    if database := _SHARED.get(os.getpid()):
        try:
            con = database.cursor()
            for name, value in settings.duckdb_config().items():
                con.execute(f"set {name} = {literal(str(value))}")
            return con
        except duckdb.Error:
            # Bad bytes can end one for good, and one that has spilled keeps its folder.
            database.close()
    _SHARED[os.getpid()] = connect(settings)
    return _SHARED[os.getpid()].cursor()


# By process: a fork has not the threads of the database that it takes over.
_SHARED: dict[int, duckdb.DuckDBPyConnection] = {}


def write_faults(
    con: duckdb.DuckDBPyConnection,
    source_id: str,
    vintage: str | None,
    file_name: str,
    target: Path,
    *,
    path: Path | None = None,
) -> None:
    """Write the faults as Parquet, in the order of the file; if refused, with its path."""
    kept = f", kv_metadata {{{_FILE_PATH}: {literal(str(path.absolute()))}}}" if path else ""
    con.execute(f"""
        copy (
            select
                {literal(source_id)} as source_id,
                {literal(vintage) if vintage else "null::varchar"} as vintage,
                concat_ws('/', {literal(file_name)}, member_name) as file_name,
                line_number, column_name, value, reason, remedy, row_text,
            from faults
            order by member_name, line_number, column_name, reason
        ) to {literal(str(target))} (format parquet, compression zstd{kept})
    """)


def refused_file_path(con: duckdb.DuckDBPyConnection, faults_path: Path) -> Path | None:
    """Where the file lies, or lay, of which this is the list of faults; None if it is not said."""
    found = con.execute(
        "select value from parquet_kv_metadata(?) where key = ?::blob",
        [glob_escape(str(faults_path)), _FILE_PATH],
    ).fetchall()
    return Path(found[0][0].decode()) if found else None


def replace_faults(con: duckdb.DuckDBPyConnection, faults: tuple[Fault, ...]) -> None:
    con.execute(FAULTS_DDL)
    for fault in faults:
        con.execute("insert into faults values (?, ?, ?, ?, ?, ?, ?)", astuple(fault))


def first_faults(con: duckdb.DuckDBPyConnection, limit: int) -> tuple[Fault, ...]:
    rows = con.execute(
        f"select * from faults order by member_name, line_number, column_name, reason limit {limit}"
    ).fetchall()
    return tuple(Fault(*row) for row in rows)


def columns_sql(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
