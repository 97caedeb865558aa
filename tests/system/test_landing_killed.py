"""Landing killed at its steps, or on a full disk: what the next one finds and makes of it."""

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import landing_formats_kit as formats
import landing_kit as kit
import pytest
from build_kit import run_script

from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.settings import Settings

KILLED = Path(kit.__file__).with_name("landing_killed.py")
HS92_BILATERAL = BILATERAL[0]


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data", threads=1)


@pytest.mark.parametrize("case", ["first", "revision", "again"])
def test_killed_at_any_step_then_landed_again(tmp_path, case):
    """After SIGKILL at every other step on disk, the next landing ends where a clean one does.
    In between, each file that a manifest names is there and whole.
    """
    clean = Settings(data_dir=tmp_path / "clean")
    old = kit.small_delivery(tmp_path / "old.csv", 60)
    new = kit.small_delivery(tmp_path / "new.csv", 70)
    path, day = (old, kit.KNOWN_ON) if case != "revision" else (new, dt.date(2027, 1, 1))

    def prepare(settings):
        """What stands before the landing that is killed."""
        if case == "revision":
            kit.land(old, settings)
        if case == "again":
            yearly = dataclasses.replace(kit.HMRC, period_sql="left(period, 4)")
            kit.land(old, settings, yearly)

    prepare(clean)
    kit.land(path, clean, known_on=day)
    expected = kit.tree(clean, without_times=True)

    prepared = Settings(data_dir=tmp_path / "prepared")
    prepared.data_dir.mkdir()
    prepare(prepared)
    shutil.copytree(prepared.data_dir, tmp_path / "counted")
    steps = int(run_script(KILLED, tmp_path / "counted", path, 0, day).stdout)
    assert steps > 20
    for step in range(1, steps + 1, 2):
        settings = Settings(data_dir=tmp_path / f"killed-{step}")
        shutil.copytree(prepared.data_dir, settings.data_dir)
        done = run_script(KILLED, settings.data_dir, path, step, day)
        assert done.returncode == -9, done.stderr
        for record in kit.manifests(settings):
            parquet = settings.landing_dir / record["parquet_path"]
            assert parquet.read_bytes()[-4:] == b"PAR1", f"step {step}"
        kit.land(path, settings, known_on=day)
        assert kit.tree(settings, without_times=True) == expected, f"step {step}"
        assert not (settings.landing_dir / "_tmp").exists()


@pytest.mark.parametrize("limit", [0, 1500])
def test_full_disk_leaves_the_old_state(settings, tmp_path, limit):
    kit.land(kit.small_delivery(tmp_path / "old.csv", 60), settings)
    before = kit.tree(settings)
    new = kit.small_delivery(tmp_path / "new.csv", 70)
    done = run_script(KILLED, settings.data_dir, new, 0, "2027-01-01", limit)
    assert done.returncode == 1
    assert done.stderr.startswith("The disk of"), done.stderr
    assert "free space" in done.stderr
    assert kit.tree(settings) == before
    assert not (settings.landing_dir / "_tmp").exists()
    assert kit.land(new, settings).status == "landed"


@pytest.mark.parametrize("limit", [1_000, 200_000])
def test_a_full_disk_at_an_archive(tmp_path, settings, limit):
    """At unpacking, at sorting to Parquet: the old state stays."""
    settings.data_dir.mkdir()
    rows = [
        formats.comext_row(product=f"{number:08}", value=number * 7919)
        for number in range(85_000_000, 85_020_000)
    ]
    path = formats.comext_archive(tmp_path / "full_v2_202401.7z", rows)
    done = run_script(KILLED, settings.data_dir, path, 0, "2027-01-01", limit)
    assert done.returncode == 1
    assert done.stderr.startswith("The disk of"), done.stderr
    assert "What to do: free space" in done.stderr
    assert kit.tree(settings) == {}


def test_killed_at_any_step_of_an_archive(tmp_path, settings):
    """The next run finishes what was decided and does the rest again; nothing is left over."""
    path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", formats.BACI_YEARS)
    whole = Settings(data_dir=tmp_path / "whole")
    steps = int(run_script(KILLED, whole.data_dir, path, 0).stdout)
    expected = kit.tree(whole, without_times=True)
    assert steps > 20
    for last in range(1, steps + 1, 4):
        killed = Settings(data_dir=tmp_path / f"killed_{last}")
        run_script(KILLED, killed.data_dir, path, last)
        visible = [r["period"] for r in kit.manifests(killed, HS92_BILATERAL.source_id)]
        assert visible in ([], ["2021", "2022"])
        kit.land(path, killed, HS92_BILATERAL)
        names = set(kit.tree(killed, without_times=True))
        assert names == set(expected)
        assert kit.landed_rows(killed, HS92_BILATERAL.source_id) == kit.landed_rows(
            whole, HS92_BILATERAL.source_id
        )
