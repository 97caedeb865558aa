"""Fixtures shared by all tests: builds of the bundled data, made once per session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from build_kit import Build, run_cli, write_small_deliveries

from orchestration.settings import PROJECT_DIR

SHARED_DIR = PROJECT_DIR.parent / "shared"


def pytest_collection_modifyitems(config, items):
    """Deselect tests that need ../shared where it is absent, unless it is required."""
    if SHARED_DIR.is_dir() or os.environ.get("CHOKEPOINT_REQUIRE_SHARED") == "1":
        return
    needing = [item for item in items if item.get_closest_marker("shared")]
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


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


@pytest.fixture(scope="session")
def small_environment(tmp_path_factory) -> dict[str, str]:
    """Environment of a run on small deliveries; the data folder is the caller's."""
    folder = tmp_path_factory.mktemp("raw")
    write_small_deliveries(folder)
    return {"CHOKEPOINT_RAW_DIR": str(folder), "CHOKEPOINT_EXPECTATION_SCOPE": "fixture"}


@pytest.fixture(scope="session")
def small_build(tmp_path_factory, small_environment) -> Build:
    """The small deliveries, built in a fresh folder; who changes it puts it back."""
    data_dir = tmp_path_factory.mktemp("small") / "data"
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Build(data_dir, done.stdout)


@pytest.fixture(scope="session")
def old_python():
    """Python of an environment with a DuckDB of the kind that BI tools carry."""
    return environment_of("duckdb-1.4-client")


@pytest.fixture(scope="session")
def release_validators():
    """Python of an environment with frictionless and cffconvert."""
    return environment_of("release-peer")


def environment_of(name: str) -> Path:
    """Python of an environment with requirements/<name>.txt, made at the first run and kept."""
    requirements = PROJECT_DIR / "requirements" / f"{name}.txt"
    folder = PROJECT_DIR / ".cache" / name
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = f"{sys.version}\n{requirements.read_text(encoding='utf-8')}"
    if not installed.is_file() or installed.read_text(encoding="utf-8") != wanted:
        uv = str(Path(sys.prefix) / "bin" / "uv")
        for command in (
            ["venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            ["pip", "install", "--quiet", "--python", str(python), "-r", str(requirements)],
        ):
            done = subprocess.run([uv, *command], capture_output=True, text=True)
            assert done.returncode == 0, f"{name} cannot be installed:\n{done.stderr}"
        installed.write_text(wanted, encoding="utf-8")
    return python
