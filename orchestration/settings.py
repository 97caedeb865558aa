"""Where things are and how much of the machine a run may use: the one place that says so."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent


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
        """Read the settings from the environment; relative paths start at the checkout."""
        return cls(
            data_dir=PROJECT_DIR / os.environ.get("CHOKEPOINT_DATA_DIR", "data"),
            raw_dir=PROJECT_DIR / os.environ.get("CHOKEPOINT_RAW_DIR", "seeds"),
            threads=int(os.environ.get("CHOKEPOINT_THREADS", "2")),
            memory_limit=os.environ.get("CHOKEPOINT_MEMORY_LIMIT", "1GB"),
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
    def dbt_target_dir(self) -> Path:
        return self.data_dir / "dbt"

    @property
    def docs_dir(self) -> Path:
        return self.data_dir / "docs"

    @property
    def dagster_home(self) -> Path:
        return self.data_dir / "dagster"
