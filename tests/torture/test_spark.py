"""Every mart on Spark, in dbt's own process and on a standalone master with two workers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from build_kit import ran

from chokepoint.settings import Settings
from chokepoint.spark import engine, parity
from chokepoint.warehouse.project import read_project

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"


@pytest.fixture
def master(tmp_path, full_build) -> str:
    """Address of a master with two workers, each a process of its own, until the test ends."""
    settings = Settings(data_dir=full_build.data_dir)
    programs = engine.prepare_environment(settings)
    code = "import json, pyspark; print(json.dumps(pyspark.__path__[0]))"
    home = json.loads(ran(programs / "python", "-c", code).stdout)
    environment = os.environ | {
        "SPARK_HOME": home,
        "JAVA_HOME": os.environ.get("JAVA_HOME", str(programs.parent / "java")),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": str(programs / "python"),
    }
    running, log = [], tmp_path / "master.log"

    def start(log: Path, *arguments: str) -> None:
        with log.open("w") as file:
            command = [f"{home}/bin/spark-class", *arguments]
            running.append(
                subprocess.Popen(command, env=environment, stdout=file, stderr=file, cwd=tmp_path)
            )

    def wait_for(log: Path, pattern: str) -> str:
        until = time.monotonic() + 60
        while not (found := re.search(pattern, log.read_text())):
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        return found[0]

    try:
        start(log, MASTER, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        address = wait_for(log, r"spark://127\.0\.0\.1:\d+")
        for number in (1, 2):
            worker = tmp_path / f"worker-{number}.log"
            start(worker, WORKER, "--cores", "1", "--memory", "3g", "--webui-port", "0",
                  "--work-dir", str(tmp_path / f"work-{number}"), address)  # fmt: skip
            wait_for(worker, "Successfully registered with master")
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(timeout=30)


@pytest.mark.parametrize("where", ["here", "on two workers"])
def test_every_mart_is_the_same_on_both_engines(where, full_build, request, monkeypatch):
    """All but those of not_compared.csv; a mart of that list that is equal is a fault too."""
    if where == "on two workers":
        monkeypatch.setenv("CHOKEPOINT_SPARK_MASTER", request.getfixturevalue("master"))
    settings = replace(Settings.from_env(), data_dir=full_build.data_dir)
    left_out = parity.not_compared()
    marts = parity.marts_of(read_project(settings))
    names = [f"+{node['name']}" for node in marts if node["name"] not in left_out]
    code = engine.build(settings, ["--quiet", "--select", *names])
    assert code == 0, "\n".join(engine.failures(settings))
    results = engine.compare(settings)
    assert [f"{result.name}: {fault}" for result in results for fault in result.faults] == []
    assert sum(result.rows for result in results) > 300_000
