"""Opens the published file for reading, and says what to do where that fails."""

from __future__ import annotations

from typing import Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.releases.published import current_release, list_releases
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import is_held


def connect_published(settings: Settings, **options: Any) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only; ChokepointError if it is missing or damaged."""
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
        if is_held(error):
            raise ChokepointError(
                f"Another program has {path} open for writing: {error}.",
                "close it; readers open the file read-only.",
            ) from error
        raise damaged(settings, error) from error


def damaged(settings: Settings, error: duckdb.Error) -> ChokepointError:
    """What to say of a published file that DuckDB cannot open, or not read to its end."""
    release = current_release(settings) or next(iter(list_releases(settings)), None)
    named = release.release_id if release else "RELEASE"
    return ChokepointError(
        f"The published file {settings.published_path} is damaged: {str(error).splitlines()[0]}",
        f"restore it with `chokepoint publish --rollback {named}` or with `make build`.",
    )
