"""Fixtures shared by all tests: one build of the bundled data, made once per session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

PROJECT_DIR = Path(__file__).resolve().parent.parent
SHARED_DIR = PROJECT_DIR.parent / "shared"


def pytest_collection_modifyitems(config, items):
    """Deselect tests that need ../shared where it is absent, unless it is required."""
    if SHARED_DIR.is_dir() or os.environ.get("CHOKEPOINT_REQUIRE_SHARED") == "1":
        return
    needing = [item for item in items if item.get_closest_marker("shared")]
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


@dataclass(frozen=True)
class Build:
    """A finished build in a folder of its own."""

    data_dir: Path
    output: str

    @property
    def published(self) -> Path:
        return self.data_dir / "published" / "chokepoint.duckdb"

    def connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.published), read_only=True)

    def manifest(self) -> dict:
        return json.loads((self.data_dir / "dbt" / "manifest.json").read_text())


def run_cli(*arguments: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run `chokepoint` as a user would, in a data folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def full_build(tmp_path_factory) -> Build:
    """The bundled data, landed, built, checked and published by `chokepoint build`."""
    data_dir = tmp_path_factory.mktemp("full") / "data"
    done = run_cli("build", data_dir=data_dir)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return Build(data_dir, done.stdout)


@pytest.fixture
def published(full_build):
    """A read-only connection to the published file of the bundled data."""
    connection = full_build.connect()
    yield connection
    connection.close()
