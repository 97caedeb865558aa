"""Opens the published file for reading, and says what to do where that fails."""

from __future__ import annotations

from functools import partial
from typing import Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.releases.published import current_release, list_releases
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import open_to_read


def connect_published(
    settings: Settings, *, private: bool = False, release: str = "", **options: Any
) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only, the private copy, or a numbered release by its version;
    ChokepointError if it is missing or damaged."""
    if release:
        from chokepoint.releases.numbered import find_numbered

        numbered = find_numbered(settings, release).path
        return open_to_read(
            numbered,
            lambda error: ChokepointError(
                f"The release {numbered} is damaged: {str(error).splitlines()[0]}",
                "put the file back from where you keep releases; SHA256SUMS beside it tells.",
            ),
            **options,
        )
    if private:
        from chokepoint.releases.private_copy import connect_private

        return connect_private(settings, **options)
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
    return open_to_read(path, partial(damaged, settings), **options)


def damaged(settings: Settings, error: duckdb.Error, *, private: bool = False) -> ChokepointError:
    """What to say of the file, where DuckDB cannot open it or not read it to its end."""
    if private:
        from chokepoint.releases.private_copy import damaged as damaged_copy

        return damaged_copy(settings, error)
    release = current_release(settings) or next(iter(list_releases(settings)), None)
    named = release.release_id if release else "RELEASE"
    return ChokepointError(
        f"The published file {settings.published_path} is damaged: {str(error).splitlines()[0]}",
        f"restore it with `chokepoint publish --rollback {named}` or with `make build`.",
    )
