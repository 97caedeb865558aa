"""Where things are and how much of the machine a run may use: the one place that says so."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.errors import ChokepointError

PROJECT_DIR = Path(__file__).resolve().parent.parent
# Folders of the checkout that hold its sources: nothing is written into them.
_SOURCE_FOLDERS = (
    "docs", "expectations", "macros", "models", "orchestration", "queries", "requirements",
    "seeds", "tests", ".git", ".venv",
)  # fmt: skip
_MOST_THREADS = 1024
_LEAST_MEMORY = 64_000_000
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*(%|[kmgt]?b?|[kmgt]ib)", re.IGNORECASE)
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True)
class Settings:
    """Folders and resource limits of one run.

    project_dir   the checkout: models, seeds, queries
    data_dir      everything a run writes (`CHOKEPOINT_DATA_DIR`, default `data/`)
    raw_dir       the bundled raw deliveries (`CHOKEPOINT_RAW_DIR`, default `seeds/`)
    threads       DuckDB and dbt threads (`CHOKEPOINT_THREADS`, default 2)
    memory_limit  DuckDB memory limit (`CHOKEPOINT_MEMORY_LIMIT`, default 1GB)
    """

    project_dir: Path = PROJECT_DIR
    data_dir: Path = field(default=PROJECT_DIR / "data")
    raw_dir: Path = field(default=PROJECT_DIR / "seeds")
    threads: int = 2
    memory_limit: str = "1GB"

    @classmethod
    def from_env(cls) -> Settings:
        """Read the settings from the environment; relative paths start at the checkout.

        An empty variable counts as none. Raises ChokepointError naming the variable and its
        value if it cannot be used.
        """
        return cls(
            data_dir=_data_dir(os.environ.get("CHOKEPOINT_DATA_DIR") or "data"),
            raw_dir=PROJECT_DIR / (os.environ.get("CHOKEPOINT_RAW_DIR") or "seeds"),
            threads=_threads(os.environ.get("CHOKEPOINT_THREADS") or "2"),
            memory_limit=_memory_limit(os.environ.get("CHOKEPOINT_MEMORY_LIMIT") or "1GB"),
        )

    def environment(self) -> dict[str, str]:
        """The same settings as environment variables, for dbt and other child processes."""
        return {
            "CHOKEPOINT_DATA_DIR": str(self.data_dir),
            "CHOKEPOINT_RAW_DIR": str(self.raw_dir),
            "CHOKEPOINT_THREADS": str(self.threads),
            "CHOKEPOINT_MEMORY_LIMIT": self.memory_limit,
        }

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
    def private_path(self) -> Path:
        """The release with the user's own rows; there only while there are any."""
        return self.data_dir / "private" / "chokepoint.duckdb"

    @property
    def dbt_target_dir(self) -> Path:
        return self.data_dir / "dbt"

    @property
    def docs_dir(self) -> Path:
        return self.data_dir / "docs"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"


def _data_dir(text: str) -> Path:
    path = PROJECT_DIR / text
    named = f"CHOKEPOINT_DATA_DIR (or --data-dir) is {text!r}"
    remedy = "name a folder of its own, or leave it out for `data` in the checkout."
    if "\0" in text:
        raise ChokepointError(f"{named}: no path holds a NUL character.", remedy)
    resolved = path.resolve()
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


def _threads(text: str) -> int:
    if not (text.isascii() and text.strip().isdigit() and 1 <= int(text) <= _MOST_THREADS):
        raise ChokepointError(
            f"CHOKEPOINT_THREADS is {text!r}.",
            f"set it to a whole number from 1 to {_MOST_THREADS}, for example 2.",
        )
    return int(text)


def _memory_limit(text: str) -> str:
    match = _MEMORY.fullmatch(text.strip())
    remedy = "set it to a number and a unit (MB, GB, TB or %), at least 64MB, for example 1GB."
    if match is None or not match[2]:
        raise ChokepointError(f"CHOKEPOINT_MEMORY_LIMIT is {text!r}.", remedy)
    number, unit = float(match[1]), match[2].lower()
    if unit == "%":
        is_enough = 1 <= number <= 100
    else:
        base = 1024 if unit.endswith("ib") else 1000
        is_enough = number * base ** _UNITS[unit.rstrip("b").rstrip("i")] >= _LEAST_MEMORY
    if not is_enough:
        raise ChokepointError(
            f"CHOKEPOINT_MEMORY_LIMIT is {text!r}, which is out of range.", remedy
        )
    return text.strip()
