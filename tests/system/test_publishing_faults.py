"""Publishing under SIGKILL, a full disk and a locked warehouse: the last release stands."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import publishing_warehouse as kit
import pytest
from build_kit import ran

from chokepoint.errors import ChokepointError
from chokepoint.releases import files, mirror
from chokepoint.releases.published import current_release, finish_activation, finish_release

FIXTURES = Path(kit.__file__).parent


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    settings = kit.make_settings(tmp_path_factory.mktemp("kept"))
    kit.publish(settings, 10)
    kit.make_warehouse(settings, kit.rows(20))
    return settings.data_dir


@pytest.fixture
def settings(tmp_path, kept):
    """Ten rows are published; the warehouse holds twenty."""
    settings = kit.make_settings(tmp_path)
    shutil.copytree(kept, settings.data_dir, symlinks=True)
    return settings


# A child of this process, with the settings of the test.
CHILD = f"""
import sys; sys.path[:0] = {[str(FIXTURES.parents[1]), str(FIXTURES)]}
from pathlib import Path
import publishing_warehouse as kit
settings = kit.make_settings(Path(sys.argv[1]))
"""


def child(settings, code):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD + code, str(settings.data_dir.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def killed_at(settings, step, first, stride, release_id):
    """[(event, rows before healing, rows after, current release)] of every kill."""
    script, folder = FIXTURES / "publishing_killed.py", settings.data_dir.parent
    done = ran(sys.executable, script, folder, step, first, stride, release_id, timeout=1200)
    lines = done.stdout.splitlines()
    assert lines[-1] == "survived"
    found = [line.split() for line in lines[:-1]]
    return [(int(event), int(old), int(new), current) for event, old, new, current in found]


def test_killed_at_any_instant_of_the_activation(settings):
    """Before CURRENT is replaced the old release stands, after it the new one, never a mixture."""
    first = current_release(settings).release_id
    second = finish_release(kit.candidate(settings), []).release_id
    kills = killed_at(settings, f"activate:{second}", 1, 1, first)
    assert len(kills) > 20
    healed = [current for *_, current in kills]
    turn = healed.index(second)
    assert 0 < turn < len(kills) - 10
    assert healed == [first] * turn + [second] * (len(kills) - turn)
    for _, before, after, current in kills:
        assert before in (10, 20)
        assert after == (20 if current == second else 10)
    # The child that lived has activated the second one.
    finish_activation(settings)
    kit.assert_in_place(settings, 20)


def test_killed_while_candidate_and_release_are_written(settings):
    first = current_release(settings).release_id
    kills = killed_at(settings, "publish", 2, 9, first)
    assert len(kills) > 5
    assert kills[0][1:] == (10, 10, first)
    assert all(before in (10, 20) for _, before, _, _ in kills)
    # The next publication cleans up after all of them.
    kit.publish(settings)
    kit.assert_in_place(settings, 20)


def test_killed_while_duckdb_writes(settings):
    """DuckDB's own file operations are not seen by Python: kill by the clock instead."""
    kit.make_warehouse(settings, kit.rows(200_000))
    for delay in (0.0, 0.05, 0.15, 0.3):
        process = child(
            settings, "print('ready', flush=True); kit.candidate(settings); sys.stdin.read()"
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert kit.query(settings.published_path, kit.COUNT) == [(10,)]
    kit.publish(settings)
    kit.assert_in_place(settings, 200_000)


def test_a_candidate_of_a_living_process_is_left_alone(settings):
    """Only what nobody works on is waste: a process of the same id may be another one."""
    folder = settings.published_dir / "releases"
    alive = folder / f".tmp-x.{os.getppid()}.{files._started(os.getppid())}.aaaa"
    reused = folder / f".tmp-x.{os.getppid()}.1.bbbb"
    dead = folder / ".tmp-x.999999999.5.cccc"
    for path in (alive, reused, dead):
        path.mkdir()
    kit.publish(settings)
    assert alive.is_dir()
    assert not reused.exists()
    assert not dead.exists()


def failing(number):
    """A step that the system refuses."""

    def refuse(*_args, **_kwargs):
        raise OSError(number, os.strerror(number), "releases")

    return refuse


@pytest.mark.parametrize(
    ("module", "name", "number", "said"),
    [
        *((module, name, errno.ENOSPC, r"(?s)disk is full.*What to do: .*free space")
          for module, name in ((files, "flush"), (mirror, "write_checksums"), (mirror, "flush"),
                               (files, "copy_synced"), (files, "write_text"))),
        (Path, "mkdir", errno.EACCES, "Permission denied"),
    ],
)  # fmt: skip
def test_a_disk_that_takes_no_file_is_named(settings, monkeypatch, module, name, number, said):
    with monkeypatch.context() as patch:
        patch.setattr(module, name, failing(number))
        with pytest.raises(ChokepointError, match=said):
            kit.publish(settings)
    kit.assert_in_place(settings, 10)
    kit.publish(settings)
    kit.assert_in_place(settings, 20)


def test_disk_full_while_duckdb_writes(settings):
    """A file-size limit makes DuckDB's own writes fail, as a full disk does."""
    kit.make_warehouse(settings, kit.rows(200_000))
    limited = """
import resource, signal
from chokepoint.errors import ChokepointError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    kit.publish(settings)
except ChokepointError as error:
    print(error)
"""
    process = child(settings, limited)
    said, _ = process.communicate()
    assert process.returncode == 0
    assert "The disk is full: writing the candidate stopped" in said
    kit.assert_in_place(settings, 10)


def test_hard_links_are_not_needed(settings, monkeypatch):
    """Some file systems (exFAT, network shares) have none: files are copied instead."""
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    kit.publish(settings)
    kit.assert_in_place(settings, 20)


def test_a_warehouse_that_another_process_writes_is_named(settings):
    holder = child(
        settings,
        "import duckdb; con = duckdb.connect(str(settings.warehouse_path))\n"
        "print('held', flush=True); sys.stdin.read()",
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ChokepointError, match=f"is being written.*{holder.pid}"):
        kit.publish(settings)
    holder.communicate()
    kit.assert_in_place(settings, 10)
    kit.publish(settings)
    kit.assert_in_place(settings, 20)


def test_a_warehouse_with_a_log_left_by_a_killed_build_can_be_published(settings):
    """After kill -9 the warehouse's last changes are in its log only."""
    con = duckdb.connect(str(settings.warehouse_path))
    con.execute("pragma disable_checkpoint_on_shutdown")
    con.execute("delete from marts.fct_shares where share_id < 5")
    con.close()
    assert settings.warehouse_path.with_name("chokepoint.duckdb.wal").is_file()
    kit.publish(settings)
    kit.assert_in_place(settings, 15)


def test_what_someone_tidied_up_by_hand_comes_back(settings):
    settings.published_path.unlink()
    (settings.published_dir / "parquet" / "fct_shares.parquet").unlink()
    finish_activation(settings)
    kit.assert_in_place(settings, 10)
    shutil.rmtree(settings.published_dir / "releases")
    assert current_release(settings) is None
    assert finish_activation(settings) is None
    assert kit.query(settings.published_path, kit.COUNT) == [(10,)]
    kit.publish(settings)
    kit.assert_in_place(settings, 20)


def test_a_candidate_that_a_check_left_open_is_named(settings):
    """DuckDB would change the blocks under the reader, or refuse in words of its own."""
    candidate = kit.candidate(settings)
    reader = duckdb.connect(str(candidate.path), read_only=True)
    with pytest.raises(ChokepointError, match="candidate is still open"):
        finish_release(candidate, [])
    reader.close()
    kit.assert_in_place(settings, 10)
