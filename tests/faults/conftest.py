"""Builds that several tests of faults share: with rows of one's own, and without them again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import own_rows
import pytest
from build_kit import PROJECT_DIR, Build, release_of, run_cli

from chokepoint.landing.land import withdraw
from chokepoint.settings import Settings


@dataclass(frozen=True)
class OwnBuild(Build):
    """A build with own rows; before it a delivery of own rows was refused."""

    refused: Path
    refusal: str


@dataclass(frozen=True)
class RecoveredBuild(Build):
    """A build after runs that were killed; `seen` is stage -> (release, rows) after the kill."""

    seen: dict[str, tuple[str, int]]


@pytest.fixture(scope="session")
def own_build(small_build, small_environment, tmp_path_factory) -> OwnBuild:
    """The small build with own tables in its inbox and one file that was refused before."""
    data_dir = shutil.copytree(small_build.data_dir, tmp_path_factory.mktemp("own") / "data")
    refused = own_rows.refused(tmp_path_factory.mktemp("refused"))
    done = run_cli("land", str(refused), data_dir=data_dir, **small_environment)
    assert done.returncode != 0
    own_rows.deliver(data_dir / "inbox")
    built = run_cli("build", data_dir=data_dir, **small_environment)
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-3000:]
    return OwnBuild(data_dir, built.stdout, refused, done.stdout + done.stderr)


@pytest.fixture(scope="session")
def recovered_build(own_build, small_environment, tmp_path_factory) -> RecoveredBuild:
    """Own rows withdrawn, runs killed one after the other, and one that is let live.

    In a new place, where a build has to read the whole project first.
    """
    data_dir = shutil.copytree(own_build.data_dir, tmp_path_factory.mktemp("killed") / "data")
    settings = Settings(data_dir=data_dir)
    for path in (data_dir / "inbox").iterdir():
        path.unlink()
        withdraw(settings, path.name)
    # Bundled deliveries land anew, so that every stage has something to write.
    landed = data_dir / "landing"
    for folder in [*landed.iterdir(), *(landed / "_manifest").iterdir()]:
        if not folder.name.startswith("_"):
            shutil.rmtree(folder)
    stages: dict[str, tuple[str, Callable[[], bool]]] = {
        "candidate": ("publish", lambda: any((data_dir / "published").rglob(".tmp-*"))),
        "start": ("build", lambda: False),
        "landing": ("build", lambda: any((landed / "_manifest").rglob("*.json"))),
        "models": ("build", lambda: _is_written(settings.warehouse_path)),
    }
    seen = {}
    for stage, (command, is_reached) in stages.items():
        kill(command, data_dir, small_environment, is_reached, 1.5 if stage == "start" else 0)
        seen[stage] = release_of(data_dir)
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return RecoveredBuild(data_dir, done.stdout, seen)


def kill(
    command: str,
    data_dir: Path,
    environment: dict[str, str],
    is_reached: Callable[[], bool],
    seconds: float,
) -> None:
    """Start a command and kill it and its children when a stage is reached, or after a time."""
    with (data_dir.parent / "killed.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "chokepoint.cli", command],
            cwd=PROJECT_DIR,
            env={**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    end = time.monotonic() + (seconds or 900)
    while time.monotonic() < end and not is_reached():
        assert process.poll() is None, (data_dir.parent / "killed.log").read_text()[-3000:]
        time.sleep(0.01)
    assert seconds or time.monotonic() < end, "the stage was not reached"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_written(warehouse: Path) -> bool:
    """Whether models are being written: DuckDB's log of what is not in the file yet has grown."""
    with contextlib.suppress(FileNotFoundError):
        return warehouse.with_name(f"{warehouse.name}.wal").stat().st_size > 1_000_000
    return False
