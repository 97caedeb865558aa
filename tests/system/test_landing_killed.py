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
from chokepoint.landing.registry import CONTRACTS, identify
from chokepoint.settings import Settings

KILLED = Path(kit.__file__).with_name("landing_killed.py")
ARCHIVE = "full_v2_202401.7z"


@pytest.mark.parametrize("case", ["first", "revision", "again", "archive"])
def test_killed_at_any_step_then_landed_again(tmp_path, case):
    """After SIGKILL at every few steps on disk, the next landing ends where a clean one does.
    In between, each file that a manifest names is there and whole.
    """
    old = kit.small_delivery(tmp_path / "old.csv", 60)
    path, day, contract = old, kit.KNOWN_ON, kit.HMRC
    if case == "archive":
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", formats.BACI_YEARS)
        contract = BILATERAL[0]
    elif case == "revision":
        path, day = kit.small_delivery(tmp_path / "new.csv", 70), dt.date(2027, 1, 1)
    prepared = Settings(data_dir=tmp_path / "prepared")
    prepared.data_dir.mkdir()
    # What stands before the landing that is killed.
    if case in ("revision", "again"):
        yearly = dataclasses.replace(kit.HMRC, period_sql="left(period, 4)")
        kit.land(old, prepared, yearly if case == "again" else kit.HMRC)

    def copied(name):
        shutil.copytree(prepared.data_dir, tmp_path / name)
        return Settings(data_dir=tmp_path / name)

    def landed(settings):
        kit.land(path, settings, contract, known_on=day)
        return kit.tree(settings, without_times=True)

    expected = landed(copied("clean"))
    steps = int(run_script(KILLED, copied("counted").data_dir, path, 0, day).stdout)
    assert steps > 20
    for step in range(1, steps + 1, 4 if case == "archive" else 2):
        settings = copied(f"killed-{step}")
        done = run_script(KILLED, settings.data_dir, path, step, day)
        assert done.returncode == -9, done.stderr
        for record in kit.manifests(settings, contract.source_id):
            parquet = settings.landing_dir / record["parquet_path"]
            assert parquet.read_bytes()[-4:] == b"PAR1", f"step {step}"
        assert landed(settings) == expected, f"step {step}"
        assert not (settings.landing_dir / "_tmp").exists()


@pytest.mark.parametrize(
    ("name", "limit"),
    [("new.csv", 0), ("new.csv", 1500), (ARCHIVE, 1_000), (ARCHIVE, 200_000)],
)
def test_a_full_disk_leaves_the_old_state(tmp_path, name, limit):
    """Of an archive at unpacking, and at sorting to Parquet."""
    settings = Settings(data_dir=tmp_path / "data", threads=1)
    kit.land(kit.small_delivery(tmp_path / "old.csv", 60), settings)
    before = kit.tree(settings)
    new = kit.small_delivery(tmp_path / "new.csv", 70)
    if name == ARCHIVE:
        codes = range(85_000_000, 85_020_000)
        rows = [formats.comext_row(product=f"{code:08}", value=code * 7919) for code in codes]
        new = formats.comext_archive(tmp_path / name, rows)
    done = run_script(KILLED, settings.data_dir, new, 0, "2027-01-01", limit)
    assert done.returncode == 1
    assert done.stderr.startswith("The disk of"), done.stderr
    assert "What to do: free space" in done.stderr
    assert kit.tree(settings) == before
    assert not (settings.landing_dir / "_tmp").exists()
    assert kit.land(new, settings, CONTRACTS[identify(new)]).status == "landed"
