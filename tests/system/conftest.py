"""Builds that several tests of faults share: with rows of one's own, and without them again."""

from __future__ import annotations

import json
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import own_rows
import pytest
from build_kit import Build, run_cli
from filelock import FileLock
from random_kills import CHANGED, Kills, kill_at_random

from chokepoint.landing.land import withdraw
from chokepoint.landing.store import Store
from chokepoint.settings import Settings


@dataclass(frozen=True)
class OwnBuild(Build):
    """A build with own rows; before it a delivery of own rows was refused."""

    refused: Path
    refusal: str


@dataclass(frozen=True)
class RecoveredBuild(Build):
    """A build after commands that were killed."""

    kills: Kills


@pytest.fixture(scope="session")
def own_build(small_build, small_environment, shared_folder) -> OwnBuild:
    """The small build, damaged, with own tables in its inbox and one file refused before.

    Made once, by the worker that asks first: read it, or copy it.
    """
    folder = shared_folder / "own"
    data_dir, said = folder / "data", folder / "said.json"
    with FileLock(f"{folder}.lock"):
        if not said.exists():
            shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
            refused = own_rows.refused(folder / "refused")
            done = run_cli("land", str(refused), data_dir=data_dir, **small_environment)
            assert done.returncode != 0
            own_rows.deliver(data_dir / "inbox")
            own_rows.deliver_restricted(data_dir / "inbox")
            (data_dir / "warehouse" / "chokepoint.duckdb").write_bytes(b"garbage" * 4096)
            (data_dir / "warehouse" / "chokepoint.duckdb.wal").write_bytes(b"garbage")
            for name in ("manifest.json", "partial_parse.msgpack", "run_results.json"):
                (data_dir / "dbt" / name).write_bytes(b"\xffgarbage")
            (data_dir / "published" / "chokepoint.duckdb").write_bytes(b"garbage" * 4096)
            built = run_cli("build", data_dir=data_dir, **small_environment)
            assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-3000:]
            refusal = done.stdout + done.stderr
            said.write_text(json.dumps([built.stdout, str(refused), refusal]))
    output, refused, refusal = json.loads(said.read_text())
    return OwnBuild(data_dir, output, Path(refused), refusal)


@pytest.fixture(scope="session")
def recovered_build(own_build, small_environment, tmp_path_factory) -> RecoveredBuild:
    """Own rows withdrawn, commands killed one after the other, a build and a site let live.

    In a new place. CHOKEPOINT_KILLS of them (`make torture`), three in the suite.
    """
    data_dir = shutil.copytree(
        own_build.data_dir, tmp_path_factory.mktemp("killed") / "data", symlinks=True
    )
    settings = Settings(data_dir=data_dir)
    for path in (data_dir / "inbox").glob(f"*{own_rows.MARK}*"):
        path.unlink()
        withdraw(settings, path.name)
    # Bundled deliveries land anew, so that every stage has something to write.
    landed = data_dir / "landing"
    for folder in [*landed.iterdir(), *(landed / "_manifest").iterdir()]:
        if not folder.name.startswith("_"):
            shutil.rmtree(folder)
    count = int(os.environ.get("CHOKEPOINT_KILLS", "3"))
    seed = int(os.environ.get("CHOKEPOINT_KILLS_SEED", "0")) or random.randrange(1, 10**6)
    kills = kill_at_random(data_dir, small_environment, own_build.output, count, seed)
    # What was delivered between the kills is taken back.
    (data_dir / "inbox" / CHANGED).unlink()
    for delivery in Store(settings.landing_dir, "hmrc_imports_monthly").recover():
        if CHANGED in delivery.file_names:
            withdraw(settings, delivery.vintage)
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, kills.story + done.stdout[-3000:] + done.stderr[-3000:]
    assert run_cli("dashboard", "--no-sql", data_dir=data_dir, **small_environment).returncode == 0
    kills.note()
    return RecoveredBuild(data_dir, done.stdout, kills)
