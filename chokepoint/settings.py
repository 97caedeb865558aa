"""Where things are and how much of the machine a run may use: the one place that says so."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError

PROJECT_DIR = Path(__file__).resolve().parent.parent
# Folders of the checkout that hold its sources: nothing is written into them.
_SOURCE_FOLDERS = (
    "benchmarks", "chokepoint", "docs", "expectations", "macros", "models", "notebooks",
    "orchestration", "queries", "requirements", "seeds", "tests", "tools", ".git", ".venv",
)  # fmt: skip
_MOST_THREADS = 1024
_LEAST_MEMORY = 64_000_000
# A million TB: DuckDB reads no number of bytes beyond 64 bits.
_MOST_MEMORY = 10**18
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*(%|[kmgt]?b?|[kmgt]ib)", re.IGNORECASE | re.ASCII)
# DuckDB's own words for its default, which it also reads.
FREE_DISK = "90% of available disk space"
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True)
class Settings:
    """Folders and resource limits of one run.

    project_dir   the checkout: models, seeds, queries
    data_dir      everything a run writes (`CHOKEPOINT_DATA_DIR`, default `data/`)
    raw_dir       the bundled raw deliveries (`CHOKEPOINT_RAW_DIR`, default
                  `seeds/deliveries/`)
    threads       DuckDB and dbt threads (`CHOKEPOINT_THREADS`, default 2)
    memory_limit  DuckDB memory limit (`CHOKEPOINT_MEMORY_LIMIT`, default 1GB)
    temp_dir      where DuckDB spills what its memory does not hold (`CHOKEPOINT_TEMP_DIR`,
                  default `tmp/` in the data folder)
    temp_limit    how much it may spill (`CHOKEPOINT_TEMP_LIMIT`, default 90 % of the free disk)
    """

    project_dir: Path = PROJECT_DIR
    data_dir: Path = field(default=PROJECT_DIR / "data")
    raw_dir: Path = field(default=PROJECT_DIR / "seeds" / "deliveries")
    threads: int = 2
    memory_limit: str = "1GB"
    own_temp_dir: Path | None = None
    temp_limit: str = FREE_DISK

    @classmethod
    def from_env(cls) -> Settings:
        """The settings of the environment; relative paths start at the checkout, an empty variable
        counts as none. ChokepointError names a variable and a value that cannot be used."""
        temp_dir = os.environ.get("CHOKEPOINT_TEMP_DIR")
        return cls(
            data_dir=_folder(
                os.environ.get("CHOKEPOINT_DATA_DIR") or "data",
                "CHOKEPOINT_DATA_DIR (or --data-dir)",
                "name a folder of its own, or leave it out for `data` in the checkout.",
            ),
            raw_dir=PROJECT_DIR / (os.environ.get("CHOKEPOINT_RAW_DIR") or "seeds/deliveries"),
            threads=_threads(os.environ.get("CHOKEPOINT_THREADS") or "2"),
            memory_limit=_memory_limit(os.environ.get("CHOKEPOINT_MEMORY_LIMIT") or "1GB"),
            own_temp_dir=_temp_dir(temp_dir) if temp_dir else None,
            temp_limit=_temp_limit(os.environ.get("CHOKEPOINT_TEMP_LIMIT") or FREE_DISK),
        )

    def environment(self) -> dict[str, str]:
        """The same settings as environment variables, for dbt and other child processes."""
        return {
            "CHOKEPOINT_DATA_DIR": str(self.data_dir),
            "CHOKEPOINT_RAW_DIR": str(self.raw_dir),
            "CHOKEPOINT_THREADS": str(self.threads),
            "CHOKEPOINT_MEMORY_LIMIT": self.memory_limit,
            # Empty counts as none: the default goes with the data folder.
            "CHOKEPOINT_TEMP_DIR": str(self.own_temp_dir or ""),
            "CHOKEPOINT_TEMP_LIMIT": self.temp_limit,
        }

    def duckdb_config(self) -> dict[str, Any]:
        """What every connection that does real work is opened with: threads, memory, and a
        temporary folder, made here since DuckDB's would be open to all."""
        # Who may only read the data folder may still ask; DuckDB says so if it has to spill.
        with contextlib.suppress(OSError):
            make_private_folder(self.temp_dir)
        return {
            "threads": self.threads,
            "memory_limit": self.memory_limit,
            "temp_directory": str(self.temp_dir),
            "max_temp_directory_size": self.temp_limit,
        }

    def resources(self) -> str:
        """Threads, memory and temporary folder in a line."""
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        limit = f", at most {self.temp_limit}" if self.has_temp_limit else ""
        return f"{threads}, {self.memory_limit} of memory, spilling to {self.temp_dir}{limit}"

    @property
    def has_temp_limit(self) -> bool:
        return self.temp_limit != FREE_DISK

    @property
    def temp_dir(self) -> Path:
        return self.own_temp_dir or self.data_dir / "tmp"

    @property
    def inbox_dir(self) -> Path:
        return self.data_dir / "inbox"

    @property
    def landing_dir(self) -> Path:
        return self.data_dir / "landing"

    @property
    def warehouse_path(self) -> Path:
        return self.data_dir / "warehouse" / "chokepoint.duckdb"

    @property
    def published_dir(self) -> Path:
        return self.data_dir / "published"

    @property
    def published_path(self) -> Path:
        return self.published_dir / "chokepoint.duckdb"

    @property
    def numbered_dir(self) -> Path:
        """Numbered releases, a folder each, never written again."""
        return self.data_dir / "releases"

    @property
    def private_path(self) -> Path:
        """The release with the user's own rows; there only while there are any."""
        return self.data_dir / "private" / "chokepoint.duckdb"

    @property
    def private_site_dir(self) -> Path:
        """The site of the private copy."""
        return self.private_path.parent / "site"

    @property
    def private_folders(self) -> tuple[Path, ...]:
        """Folders whose files may hold rows that are not for everybody, or words about them."""
        names = ("inbox", "landing", "warehouse", "private", "logs", "dbt", "dagster", "spark")
        return tuple(self.data_dir / name for name in (*names, "tmp"))

    def exposed_folders(self) -> list[Path]:
        """Those of them that every user of the machine may enter or list."""
        folder = self.data_dir.resolve()
        if not all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents)):
            return []
        return [
            path for path in self.private_folders if path.is_dir() and path.stat().st_mode & 0o005
        ]

    @property
    def dbt_target_dir(self) -> Path:
        return self.data_dir / "dbt"

    @property
    def docs_dir(self) -> Path:
        return self.data_dir / "docs"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"


def make_private_folder(folder: Path) -> None:
    """Make a folder that nobody but its owner may enter; one that is there keeps its rights."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _folder(text: str, variable: str, remedy: str) -> Path:
    """A path that is, or can become, a folder outside the sources of the checkout."""
    path = PROJECT_DIR / text
    named = f"{variable} is {text!r}"
    if "\0" in text:
        raise ChokepointError(f"{named}: no path holds a NUL character.", remedy)
    resolved = path.resolve()
    if odd := sorted(set('#"?\\') & set(str(resolved))):
        raise ChokepointError(
            f"{named}: DuckDB and dbt open no database in {resolved}, for its {' '.join(odd)}.",
            remedy,
        )
    for part in (resolved, *resolved.parents):
        # Unlike Path.exists(), False where a folder above may not be searched.
        if os.path.exists(part):  # noqa: PTH110
            if not part.is_dir():
                raise ChokepointError(f"{named}: {part} is not a folder.", remedy)
            break
    project = PROJECT_DIR.resolve()
    if resolved == project or resolved in project.parents:
        raise ChokepointError(f"{named}: {resolved} is, or holds, the checkout itself.", remedy)
    if project in resolved.parents and resolved.relative_to(project).parts[0] in _SOURCE_FOLDERS:
        raise ChokepointError(f"{named}: {resolved} is among the sources of the checkout.", remedy)
    return path


def _temp_dir(text: str) -> Path:
    remedy = "name a folder on a disk with room, or leave it out for `tmp` in the data folder."
    path = _folder(text, "CHOKEPOINT_TEMP_DIR", remedy)
    try:
        make_private_folder(path)
    except OSError as error:
        raise ChokepointError(
            f"CHOKEPOINT_TEMP_DIR is {text!r}, which cannot be made: {error.strerror}.", remedy
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ChokepointError(
            f"CHOKEPOINT_TEMP_DIR is {text!r}, which may not be written to.", remedy
        )
    return path


def _threads(text: str) -> int:
    # A decimal may have any number of digits.
    if not (text.isascii() and text.strip().isdigit() and 1 <= float(text) <= _MOST_THREADS):
        raise ChokepointError(
            f"CHOKEPOINT_THREADS is {text!r}.",
            f"set it to a whole number from 1 to {_MOST_THREADS}, for example 2.",
        )
    return int(float(text))


def _memory_limit(text: str) -> str:
    remedy = "set it to a number and a unit (MB, GB, TB or %), 64MB to 1000000TB, for example 1GB."
    match = _MEMORY.fullmatch(text.strip())
    if match is None or not match[2]:
        raise ChokepointError(f"CHOKEPOINT_MEMORY_LIMIT is {text!r}.", remedy)
    is_share = match[2] == "%"
    least, most = (1, 100) if is_share else (_LEAST_MEMORY, _MOST_MEMORY)
    if not least <= (float(match[1]) if is_share else _bytes(match)) <= most:
        raise ChokepointError(
            f"CHOKEPOINT_MEMORY_LIMIT is {text!r}, which is out of range.", remedy
        )
    return text.strip()


def _temp_limit(text: str) -> str:
    match = _MEMORY.fullmatch(text.strip())
    if text == FREE_DISK or (match and match[2] not in ("", "%") and _bytes(match) <= _MOST_MEMORY):
        return text.strip()
    raise ChokepointError(
        f"CHOKEPOINT_TEMP_LIMIT is {text!r}.",
        "set it to a number and a unit (MB, GB or TB, to 1000000TB), or leave it out for nine "
        "tenths of the free disk.",
    )


def _bytes(match: re.Match[str]) -> float:
    unit = match[2].lower()
    base = 1024 if unit.endswith("ib") else 1000
    return float(match[1]) * base ** _UNITS[unit.rstrip("b").rstrip("i")]


def glob_escape(path: str) -> str:
    """A path that DuckDB takes as it is: `*`, `?` and `[` would be patterns."""
    return "".join(f"[{char}]" if char in "[*?" else char for char in path)
