"""Opens the published file for reading, and says what to do where that fails."""

from __future__ import annotations

from typing import Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.releases.published import current_release, list_releases
from chokepoint.settings import Settings


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
