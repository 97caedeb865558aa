"""One writer at a time: two of them on one DuckDB file would destroy each other's work."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from chokepoint.cli import build
from chokepoint.errors import ChokepointError
from chokepoint.locks import HOLDER_FILE, lock_holder, writer_lock
from chokepoint.settings import Settings

HOLD = """
import sys
from pathlib import Path
from chokepoint.locks import writer_lock
from chokepoint.settings import Settings

with writer_lock(Settings(data_dir=Path(sys.argv[1])), "build"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path):
    return replace(Settings(), data_dir=tmp_path / "data")


@pytest.fixture
def other_writer(settings):
    """Another process that holds the lock until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(settings.data_dir)], cwd=settings.project_dir,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_is_told_who_holds_the_lock(settings, other_writer):
    """Without pid, command and time a user cannot tell a build under way from a stuck one."""
    for job in ("build", "publish"):
        with pytest.raises(ChokepointError) as caught:
            build.run(settings, job=job)
        for words in (f"process {other_writer.pid}", "chokepoint build", "since 2", "wait"):
            assert words in str(caught.value)


def test_a_killed_holder_is_no_obstacle(settings, other_writer):
    """After kill -9 the holder file is still there; the next build must not ask for its removal."""
    assert lock_holder(settings).pid == other_writer.pid
    other_writer.kill()
    other_writer.wait()
    assert lock_holder(settings) is None
    assert (settings.data_dir / HOLDER_FILE).exists()
    with writer_lock(settings, "build"):
        assert json.loads((settings.data_dir / HOLDER_FILE).read_text())["purpose"] == "build"


def test_the_lock_is_free_again_after_use_and_after_an_error(settings):
    with pytest.raises(RuntimeError), writer_lock(settings, "build"):
        raise RuntimeError
    assert lock_holder(settings) is None
    assert not (settings.data_dir / HOLDER_FILE).exists()
    with writer_lock(settings, "land"):
        assert lock_holder(settings).purpose == "land"


def test_steps_of_one_run_share_the_lock(settings):
    """The command takes it, then the Dagster run in the same process: the inner one is free."""
    with writer_lock(settings, "build"):
        with writer_lock(settings, "run"):
            pass
        assert lock_holder(settings).purpose == "build"
