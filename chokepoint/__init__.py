"""Opens releases for readers (`chokepoint.open`); the rest is behind the command `chokepoint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from chokepoint.reading.release import Release


def open(source: str | Path | None = None, *, files: bool = False) -> Release:
    """Open a release read-only.

    source  path of its file or folder, or its address on the web (fetched once and kept, checked
            against the SHA256SUMS beside it); by default the last build of the folder
            that one stands in, or of the checkout
    files   whether SQL may read and write other files: for a release that you trust

    Raises chokepoint.errors.ChokepointError where there is none, or it cannot be read.
    """
    from chokepoint.reading.release import open_release

    return open_release(source, files=files)
