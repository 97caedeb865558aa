"""Files that were damaged from outside: found cheaply, taken away where they can be made again."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings


_SPILLED = re.compile(r"duckdb_temp_(\d+)_")
# What DuckDB says of a file that someone holds: another process, or this one otherwise opened.
_HELD = (
    "Could not set lock on file",
    "Can't open a connection to same database file with a different configuration",
    "Unique file handle conflict",
)
# And of one whose bytes are not what it wrote.
_BROKEN = ("Corrupt database file", "is not a valid DuckDB database file")


def is_held(error: Exception | str) -> bool:
    """Whether DuckDB could not open a file because someone holds it; no word on its bytes."""
    return any(words in str(error) for words in _HELD)


def is_broken(error: Exception | str) -> bool:
    """Whether DuckDB says that the bytes of a file are damaged."""
    return any(words in str(error) for words in _BROKEN)


def open_to_read(
    path: Path, damaged: Callable[[duckdb.Error], ChokepointError], **options: Any
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file read-only; ChokepointError if a writer has it, a setting is wrong, or what
    `damaged` says."""
    import duckdb

    try:
        return duckdb.connect(str(path), read_only=True, **options)
    except duckdb.Error as error:
        if is_held(error):
            raise ChokepointError(
                f"Another program has {path} open for writing: {error}.",
                "close it; readers open the file read-only.",
            ) from error
        if isinstance(error, duckdb.ProgrammingError):
            raise ChokepointError(
                f"DuckDB does not take its settings: {error}.",
                "correct or leave out CHOKEPOINT_MEMORY_LIMIT, CHOKEPOINT_THREADS and "
                "CHOKEPOINT_TEMP_LIMIT.",
            ) from error
        raise damaged(error) from error


def damage_of(path: Path, *, within: bool = False) -> str | None:
    """Why DuckDB cannot open a file, or with `within` read all its rows, in a line; None if it can,
    is locked or is not there. OSError if the file may not be read: that is no damage."""
    import duckdb

    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables if within else []:
                con.execute(f'select bit_xor(hash(rows)) from "{schema}"."{table}" as rows')
    except duckdb.OutOfMemoryException:
        return None
    except duckdb.Error as error:
        return None if is_held(error) else str(error).splitlines()[0]
    return None


def remove_damaged_warehouse(settings: Settings) -> str | None:
    """Delete a warehouse that cannot be opened, with its log: it holds nothing that a build does
    not make. Returns why, None if there was nothing to do. The caller holds the writer lock."""
    why = damage_of(settings.warehouse_path)
    if why is not None:
        remove_warehouse(settings)
    return why


def remove_warehouse(settings: Settings) -> None:
    """Delete the warehouse with its log; the caller holds the writer lock."""
    path = settings.warehouse_path
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def remove_abandoned_spill(settings: Settings) -> int:
    """Delete what DuckDB spilled in processes that were killed, by the process id in the name;
    return the bytes freed. Others may use the same folder."""
    freed = 0
    for path in settings.temp_dir.glob("duckdb_temp_*"):
        found = _SPILLED.match(path.name)
        if found is None or is_alive(int(found[1])):
            continue
        with contextlib.suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed


def is_alive(pid: int) -> bool:
    """Whether a process runs, whoever started it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
