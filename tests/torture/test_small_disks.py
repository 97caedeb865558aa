"""Disks full at landing, in the models, at the copy: told in words; once enlarged, it goes on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from build_kit import hand_parse, ran, release_of, run_cli


@pytest.fixture
def disk(tmp_path):
    """A separate file system; call it with megabytes to set its size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    is_mounted = False

    def of_size(megabytes: float) -> Path:
        nonlocal is_mounted
        how = ["-o", f"{'remount,' if is_mounted else ''}size={int(megabytes * 1024)}k"]
        done = ran("mount", "-t", "tmpfs", *how, "tmpfs", folder, code=None)
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        is_mounted = True
        return folder

    yield of_size
    if is_mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def used(folder: Path) -> float:
    blocks = sum(path.lstat().st_blocks for path in folder.rglob("*"))
    return blocks * 512 / 1024**2


def test_full_at_each_stage_and_enlarged(disk, small_environment, shared_folder):
    """Each disk has a little more than what the run before had written when it was full."""
    data_dir = disk(1000) / "data"
    hand_parse(shared_folder / "parsed", data_dir)
    stages = []
    for megabytes in (1, 100, 300, 500, 4000):
        disk(used(data_dir) + 1 if megabytes == 1 else megabytes)
        done = run_cli("build", data_dir=data_dir, **small_environment)
        output = done.stdout + done.stderr
        stages.append(output.count(" s  "))
        if done.returncode == 0:
            break
        assert done.returncode in (1, 2), output
        for words in ("is full", "What to do:"):
            assert words in output, output
        assert "Traceback" not in output
        assert not (data_dir / "published" / "chokepoint.duckdb").exists()
    assert done.returncode == 0, output
    assert len(stages) > 1
    assert stages == sorted(stages)
    release, rows = release_of(data_dir)
    assert rows > 0
    # A disk that is full again after a release leaves that release.
    disk(used(data_dir) + 1)
    done = run_cli("publish", data_dir=data_dir, **small_environment)
    assert done.returncode in (1, 2)
    assert "is full" in done.stdout + done.stderr
    disk(4000)
    assert release_of(data_dir) == (release, rows)
    done = run_cli("publish", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert release_of(data_dir)[1] == rows
