"""What the machine refuses, such as a full disk or a missing right, as a message with a remedy."""

from __future__ import annotations

import re
from pathlib import Path

from chokepoint.errors import MachineFaultError
from chokepoint.settings import Settings

# What the operating system says -> what it means. DuckDB and dbt pass the words on.
FULL = ("no space left", "disk quota", "file too large", "not enough space")
_SPILL_LIMIT = "failed to offload data block"
_OUT_OF_MEMORY = "out of memory error"
_READ_ONLY = ("read-only file system", "permission denied", "operation not permitted")
_MISSING = "no such file or directory"
_LONG_NAME = "file name too long"
_ELSEWHERE = (
    "give yourself the right to write there, or name another folder with --data-dir or "
    "CHOKEPOINT_DATA_DIR."
)
_QUOTED = re.compile(r"""["'](/[^"']+)["']""")


def machine_fault(text: str, settings: Settings, doing: str = "") -> MachineFaultError | None:
    """The failure as a message if the text of an OSError, of DuckDB or of dbt tells of a full disk
    or a missing right; `doing`: what stopped, such as "the build"."""
    words = text.lower()
    stopped = f" {doing[0].upper()}{doing[1:]} stopped." if doing else ""
    if (fault := _memory_fault(words, settings, stopped)) is not None:
        return fault
    # dbt prints a traceback below; the line that says it is enough.
    fitting = [
        line
        for line in text.splitlines()
        if any(w in line.lower() for w in (*FULL, *_READ_ONLY, _MISSING, _LONG_NAME))
    ]
    said = " ".join(fitting[0].split())[:300] if fitting else ""
    if any(word in words for word in FULL):
        if str(settings.temp_dir).lower() in words:
            return MachineFaultError(
                f"The disk of the temporary folder {settings.temp_dir} is full.{stopped} ({said})",
                "free space there, or name a folder on another disk with CHOKEPOINT_TEMP_DIR, "
                "then run the command again.",
            )
        return MachineFaultError(
            f"The disk of {settings.data_dir} is full.{stopped} ({said})",
            "free space, or remove old releases with `chokepoint publish --keep 1`, then run the "
            "command again.",
        )
    if _LONG_NAME in words:
        return MachineFaultError(
            f"The name of a file or folder is too long.{stopped} ({said})", "give it a shorter one."
        )
    paths = [Path(found) for found in _QUOTED.findall(text)]
    folder = settings.data_dir.resolve()
    if (
        _MISSING in words
        and paths
        and not folder.exists()
        and paths[0].resolve() in (folder, *folder.parents)
    ):
        return MachineFaultError(
            f"The data folder {settings.data_dir} cannot be made.{stopped} ({said})", _ELSEWHERE
        )
    if not any(word in words for word in _READ_ONLY):
        return None
    if paths and not any(folder in (path.resolve(), *path.resolve().parents) for path in paths):
        return MachineFaultError(
            f"{paths[0]} cannot be opened.{stopped} ({said})",
            "give yourself the right to read it, then run the command again.",
        )
    return MachineFaultError(
        f"The data folder {settings.data_dir} cannot be written to.{stopped} ({said})", _ELSEWHERE
    )


def _memory_fault(words: str, settings: Settings, stopped: str) -> MachineFaultError | None:
    """Too little memory, or too little room for what it does not hold; None if neither."""
    if _SPILL_LIMIT in words:
        limit = f"at most {settings.temp_limit}" if settings.has_temp_limit else "what is free"
        return MachineFaultError(
            f"DuckDB needs more than its {settings.memory_limit} of memory and more room for "
            f"spilling than the temporary folder {settings.temp_dir} has ({limit}).{stopped}",
            "free space there, raise CHOKEPOINT_TEMP_LIMIT, name a larger disk with "
            "CHOKEPOINT_TEMP_DIR, or raise CHOKEPOINT_MEMORY_LIMIT; then run the command again.",
        )
    if _OUT_OF_MEMORY in words:
        return MachineFaultError(
            f"The memory limit of {settings.memory_limit} is too low for "
            f"{settings.threads} threads.{stopped}",
            "raise CHOKEPOINT_MEMORY_LIMIT or lower CHOKEPOINT_THREADS, then run the command "
            "again.",
        )
    return None
