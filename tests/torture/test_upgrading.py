"""A data folder of an earlier version (from the checkout's history, on today's dependencies), with
own data, becomes this one's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from build_kit import PROJECT_DIR, hand_parse, ran, run_cli

# Commits of 25 to 27 November 2026: before and with tables by period, with lineage, with the rooms
# of today, and the last that was landed before the ledger had a format.
EARLIER = {
    "5f537ca": "orchestration.cli",
    "26a4a5e": "orchestration.cli",
    "8a0eb29": "orchestration.cli",
    "72a1a20": "chokepoint.cli.app",
    "72c1f04": "chokepoint.cli.app",
}
OWN = "hmrc_imports_monthly_own.csv"
OWN_ROWS = "period,hs6,partner_iso3,value_usd,net_mass_kg\n2026-06,850511,CHN,4711.5,1.0\n"


def deliver(data_dir: Path) -> None:
    inbox = data_dir / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / OWN).write_text(OWN_ROWS)


def raw_for(earlier: Path, deliveries: Path) -> Path:
    """The small deliveries as an earlier version expects them: once they lay by topic."""
    seeds = earlier / "seeds"
    if (seeds / "deliveries").is_dir():
        return deliveries
    for path in seeds.glob("*/*"):
        if (deliveries / path.name).is_file():
            shutil.copyfile(deliveries / path.name, path)
    return seeds


def run_earlier(folder: Path, module: str, data_dir: Path, environment: dict[str, str]):
    """`chokepoint build` of the version that lies in a folder."""
    environment = os.environ | environment
    environment |= {"PYTHONPATH": str(folder), "CHOKEPOINT_DATA_DIR": str(data_dir)}
    code = f"from {module} import main; main()"
    return ran(sys.executable, "-c", code, "build", code=None, cwd=folder, env=environment)


def published(data_dir: Path) -> tuple[str, int, int]:
    """(content hash, own files that count, checks that did not pass)"""
    with duckdb.connect(str(data_dir / "published" / "chokepoint.duckdb"), read_only=True) as con:
        return con.execute(
            "select (select content_hash from meta.build), "
            f"(select count(*) from meta.delivery_files where file_name = '{OWN}' and is_current), "
            "(select count(*) from meta.check_results where status = 'fail')"
        ).fetchall()[0]


@pytest.fixture(scope="module")
def anew(small_environment, shared_folder, tmp_path_factory) -> tuple[str, int, int]:
    """What this version makes of the same deliveries in an empty folder."""
    data_dir = tmp_path_factory.mktemp("anew") / "data"
    hand_parse(shared_folder / "parsed", data_dir)
    deliver(data_dir)
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return published(data_dir)


@pytest.mark.parametrize("commit", EARLIER)
def test_there_back_and_there_again(commit, anew, small_environment, tmp_path):
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit], cwd=PROJECT_DIR, capture_output=True, check=False
    )
    if archive.returncode != 0:
        pytest.skip(f"this checkout's history does not reach back to {commit}")
    subprocess.run(["tar", "-x", "-C", str(earlier)], input=archive.stdout, check=True)
    data_dir = tmp_path / "data"
    deliver(data_dir)
    before = small_environment | {
        "CHOKEPOINT_RAW_DIR": str(raw_for(earlier, Path(small_environment["CHOKEPOINT_RAW_DIR"])))
    }
    done = run_earlier(earlier, EARLIER[commit], data_dir, before)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for is_second in (False, True):
        if is_second:
            # Whether the earlier one refuses the newer folder or builds in it, this one goes on.
            run_earlier(earlier, EARLIER[commit], data_dir, before)
        done = run_cli("build", data_dir=data_dir, **small_environment)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert published(data_dir) == anew
