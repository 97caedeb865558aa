"""Errors that say what, where and what to do, without traceback: of the user, of the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

_Read = TypeVar("_Read")

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


# Faults, names and values of a list that a message shows.
MOST_SHOWN = 20
# A line that holds somebody's value of any length: its two ends are shown.
_LONG_LINE = re.compile(r"^(.{1000}).+(.{1000})$", re.MULTILINE)


def shortened(text: str, most: int = 80) -> str:
    """A text to quote in a message, cut where it is longer."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def listed(texts: Iterable[str], separator: str = ", ") -> str:
    """The first of some texts, each shortened, and how many more there are."""
    texts = list(texts)
    shown = [shortened(text) for text in texts[:MOST_SHOWN]]
    more = f" and {len(texts) - MOST_SHOWN:,} more" if len(texts) > MOST_SHOWN else ""
    return separator.join(shown) + more


class ChokepointError(Exception):
    """A failure with a remedy. `str()` is the whole message shown to the user.

    what    what went wrong, naming file, line, column and value where they exist
    remedy  what the user can do about it
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = (_LONG_LINE.sub(r"\1...\2", said) for said in (what, remedy))
        super().__init__(f"{self.what}\n  What to do: {self.remedy}")


def read_json(path: Path, make: Callable[[Any], _Read], remedy: str) -> _Read:
    """What `make` makes of a JSON file of ours; ChokepointError naming file and line if it is
    damaged."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return make(json.loads(text))
    except json.JSONDecodeError as error:
        line = shortened(text.split("\n")[error.lineno - 1])
        where, said = f", line {error.lineno}", f"{error.msg.removesuffix(' at')}, in {line!r}"
    except RecursionError:
        where, said = "", "it is nested too deeply"
    except KeyError as error:
        where, said = "", f"it has no {error}"
    except (ValueError, LookupError, TypeError, AttributeError):
        where, said = "", f"it is not what Chokepoint wrote, but {shortened(text)!r}"
    raise ChokepointError(f"{path}{where} is damaged: {said}.", remedy)


class Limits(Protocol):
    """What a message needs of the settings, which themselves raise errors of this module."""

    data_dir: Path
    temp_dir: Path
    temp_limit: str
    memory_limit: str
    threads: int
    has_temp_limit: bool


class MachineFaultError(ChokepointError):
    """A failure of the machine, not of what the user gave."""


def machine_fault(text: str, settings: Limits, doing: str = "") -> MachineFaultError | None:
    """The failure as a message if its text tells of a full disk or a missing right, else None.

    text   message of an OSError, of DuckDB or of dbt
    doing  what stopped, for example "the build"
    """
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


def _memory_fault(words: str, settings: Limits, stopped: str) -> MachineFaultError | None:
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
