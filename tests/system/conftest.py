"""Builds that several tests of faults share: with rows of one's own, and without them again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import own_rows
import pytest
from build_kit import Build, run_cli
from filelock import FileLock


@dataclass(frozen=True)
class OwnBuild(Build):
    """A build with own rows; before it a delivery of own rows was refused."""

    refused: Path
    refusal: str


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
