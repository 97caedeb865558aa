"""dbt beside the build: its words in errors, its end with its parent's, its manifest up to date."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.project import FINGERPRINT_FILE, manifest_is_current, project_fingerprint
from chokepoint.warehouse.worker import Worker

# The worker's end without dbt: takes the order, says so, and works for a minute.
AT_WORK = """
import sys, time
from chokepoint.warehouse.worker import _orders
print("ready", flush=True)
order = _orders(sys.stdin.buffer)
print("ended" if order is None else order["arguments"], flush=True)
time.sleep(60 if order else 0)
"""
BROKEN = """
import json
print(json.dumps({"level": "error", "msg": "Model x depends on nothing"}))
print("and a plain line")
raise SystemExit(2)
"""


def worker_of(code):
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT_DIR, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Worker(process, "fingerprint")


def test_an_orphan_ends_at_once():
    """After kill -9 of a build its dbt would hold the warehouse's lock and fail the next build."""
    worker = worker_of(AT_WORK)
    worker.send(["build"])
    assert worker.process.stdout.readline() == b"['build']\n"
    worker.process.stdin.close()  # what the parent's death does
    assert worker.process.wait(timeout=120) == 3


def test_a_worker_that_is_not_needed_goes():
    worker = worker_of(AT_WORK)
    worker.wait_ready()
    worker.close()
    assert worker.process.returncode == 0


def test_a_project_that_cannot_be_read_is_told_in_dbts_words():
    worker = worker_of(BROKEN)
    with pytest.raises(ChokepointError) as caught:
        worker.wait_ready()
    worker.close()
    assert "Model x depends on nothing\nand a plain line" in str(caught.value)


@pytest.fixture
def settings(tmp_path):
    """A dbt project of three files with a manifest made from them."""
    made = replace(Settings(), project_dir=tmp_path / "project", data_dir=tmp_path / "data")
    for name in ("dbt_project.yml", "profiles.yml", "models/a.sql"):
        (made.project_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (made.project_dir / name).write_text("one")
    made.dbt_target_dir.mkdir(parents=True)
    (made.dbt_target_dir / "manifest.json").write_text('{"nodes": {}}')
    (made.dbt_target_dir / FINGERPRINT_FILE).write_text(project_fingerprint(made))
    assert manifest_is_current(made)
    return made


@pytest.mark.parametrize(
    "change", ["edit", "add", "remove", "no manifest", "bad manifest", "no fingerprint"]
)
def test_the_manifest_is_made_anew_after_any_change(settings, change):
    """A stale manifest shows assets that are gone and hides a new model from the publication."""
    model = settings.project_dir / "models" / "a.sql"
    if change == "edit":
        model.write_text("another")
    elif change == "add":
        model.with_name("a.yml").write_text("version: 2")
    elif change == "remove":
        model.unlink()
    elif change == "no manifest":
        (settings.dbt_target_dir / "manifest.json").unlink()
    elif change == "bad manifest":
        (settings.dbt_target_dir / "manifest.json").write_bytes(b"\xff{")
    else:
        (settings.dbt_target_dir / FINGERPRINT_FILE).unlink()
    assert not manifest_is_current(settings)


def test_files_that_dbt_does_not_read_change_nothing(settings):
    (settings.project_dir / "models" / "notes.txt").write_text(json.dumps({}))
    (settings.project_dir / "README.md").write_text("new")
    assert manifest_is_current(settings)
