"""Files that were damaged from outside: found cheaply, taken away where they can be made again."""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import ChokepointError

if TYPE_CHECKING:
    import duckdb

    from orchestration.settings import Settings


_SPILLED = re.compile(r"duckdb_temp_(\d+)_")


def damage_of(path: Path) -> str | None:
    """Why DuckDB cannot open a file, in a line; None if it can, is locked or is not there.

    Raises OSError if the file may not be read: that is no damage.
    """
    import duckdb

    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            con.execute("select count(*) from duckdb_tables()").fetchone()
    except duckdb.OutOfMemoryException:
        return None
    except duckdb.Error as error:
        text = str(error)
        return None if "lock" in text.lower() else text.splitlines()[0]
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


def remove_damaged_published(settings: Settings) -> str | None:
    """Delete a published file that cannot be opened if its release is kept; return why.

    `finish_activation` then puts the release's own copy in place. The caller holds the writer
    lock. None if there was nothing to do, or nothing to put in its place.
    """
    from orchestration.publishing import current_release

    path = settings.published_path
    why = damage_of(path)
    if why is None:
        return None
    release = current_release(settings)
    if release is None or damage_of(release.path) is not None or not release.path.is_file():
        return None
    path.unlink()
    return why


def connect_published(settings: Settings, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only; ChokepointError if it is missing or damaged."""
    import duckdb

    from orchestration.publishing import current_release, list_releases

    path = settings.published_path
    if not path.is_file():
        kept = list_releases(settings)
        remedy = "run `make build` first."
        if kept:
            remedy = (
                "run `make build`, or put a release that is kept in place with "
                f"`chokepoint publish --rollback {kept[0].release_id}`."
            )
        raise ChokepointError(f"There is no published file {path}.", remedy)
    try:
        return duckdb.connect(str(path), read_only=True, **options)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise ChokepointError(
                f"Another program has {path} open for writing: {error}.",
                "close it; readers open the file read-only.",
            ) from error
        release = current_release(settings) or next(iter(list_releases(settings)), None)
        named = release.release_id if release else "RELEASE"
        raise ChokepointError(
            f"The published file {path} is damaged: {str(error).splitlines()[0]}",
            f"restore it with `chokepoint publish --rollback {named}` or with `make build`.",
        ) from error


def remove_abandoned_spill(settings: Settings) -> int:
    """Delete what DuckDB spilled in processes that were killed; return the bytes freed.

    DuckDB puts the process id into the name, and removes its own files when it ends well. Other
    programs and other data folders may use the same temporary folder.
    """
    freed = 0
    for path in settings.temp_dir.glob("duckdb_temp_*"):
        found = _SPILLED.match(path.name)
        if found is None or _is_alive(int(found[1])):
            continue
        with contextlib.suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True


def is_json_object(path: Path, key: str) -> bool:
    """Whether a file holds a JSON object with a key."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and key in content
