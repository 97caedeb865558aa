"""`make dev`: the web page's server, a throw-away home, and a build launched as a click would."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import duckdb
import httpx
import pytest
from build_kit import PROJECT_DIR

REPOSITORIES = """
{ repositoriesOrError { ... on RepositoryConnection {
    nodes { name location { name } jobs { name } } } } }
"""
LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message } } }
"""
STATUS = """
query($run: ID!) { runOrError(runId: $run) { ... on Run {
    status
    stepStats { stepKey status } } } }
"""
CHECKS = """
{ assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks {
    checks { name executionForLatestMaterialization {
        status evaluation { severity } } } } } } }
"""
MATERIALIZATIONS = """
query($keys: [AssetKeyInput!]!) { assetNodes(assetKeys: $keys) { assetKey { path }
    assetMaterializations(limit: 1) { metadataEntries {
        label ... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } } } } }
"""
LANDS_AGAIN = "hmrc_imports_monthly"
START_SECONDS = 900
RUN_SECONDS = 3000


class Server:
    """`chokepoint dev` on a free port of the loopback interface."""

    def __init__(self, data_dir, environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = data_dir.parent / "dev.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chokepoint.cli", "dev", "--port", str(self.port)],
                cwd=PROJECT_DIR,
                env={**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ask(self, query, **variables):
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": query, "variables": variables},
            timeout=600,
        )
        answer.raise_for_status()
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    def wait_for(self, seconds, ask):
        """The first answer of `ask` that is not empty."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            try:
                found = ask()
            except httpx.TransportError:
                found = None
            if found:
                return found
            time.sleep(0.5)
        raise AssertionError(f"nothing within {seconds} s:\n{self.log.read_text()[-4000:]}")

    def stop(self):
        """What it writes is thrown away: it need not come to its own end."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory, small_build):
    """The small build in another place, of which a source is to land again: first tables on what
    has landed have news, and those that come out otherwise are built upon."""
    made = tmp_path_factory.mktemp("dev") / "data"
    shutil.copytree(small_build.data_dir, made, symlinks=True)
    for folder in (made / "landing", made / "landing" / "_manifest"):
        shutil.rmtree(folder / LANDS_AGAIN)
    return made


@pytest.fixture(scope="module")
def server(data_dir, small_environment):
    started = Server(data_dir, small_environment)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def run(server):
    """A finished run of job build, launched over GraphQL: its state and its steps."""
    (repository,) = server.wait_for(
        START_SECONDS,
        lambda: server.ask(REPOSITORIES)["repositoriesOrError"].get("nodes"),
    )
    assert {"build", "publish"} <= {job["name"] for job in repository["jobs"]}
    launched = server.ask(
        LAUNCH,
        params={
            "selector": {
                "repositoryLocationName": repository["location"]["name"],
                "repositoryName": repository["name"],
                "jobName": "build",
            },
            "runConfigData": {},
        },
    )["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched

    def ended():
        state = server.ask(STATUS, run=launched["run"]["runId"])["runOrError"]
        return state if state["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None

    return server.wait_for(RUN_SECONDS, ended)


def test_the_build_succeeds(run, server):
    assert run["status"] == "SUCCESS", server.log.read_text()[-4000:]
    assert {step["status"] for step in run["stepStats"]} == {"SUCCESS"}


def test_its_checks_succeed(run, server):
    """Green assets with checks that never ran would look the same from afar."""
    checks = {
        (*node["assetKey"]["path"], check["name"]): check["executionForLatestMaterialization"]
        for node in server.ask(CHECKS)["assetNodes"]
        for check in node["assetChecksOrError"].get("checks", [])
    }
    assert len(checks) > 300
    assert [key for key, execution in checks.items() if execution is None] == []
    # The odd deliveries are asked about, and stop nothing.
    severities = {
        key: execution["evaluation"]["severity"]
        for key, execution in checks.items()
        if execution["status"] != "SUCCEEDED" and key[-1] != "is_not_overdue"
    }
    assert severities == dict.fromkeys(
        [
            ("landing", "baci_hs22_bilateral", "baci_hs22_bilateral__eu_reporters_are_there"),
            ("landing", "baci_hs22_bilateral", "baci_hs22_bilateral__few_rows_without_quantity"),
            ("landing", "comtrade_monthly", "comtrade_monthly__partners_within_the_world"),
            ("landing", "hmrc_imports_monthly", "hmrc_imports_monthly__nothing_quarantined"),
            ("marts", "dim_product", "dim_product__every_product_has_a_name"),
        ],
        "WARN",
    )


def test_landing_shows_rows_and_a_preview(run, server):
    (node,) = server.ask(MATERIALIZATIONS, keys=[{"path": ["landing", "hmrc_imports_monthly"]}])[
        "assetNodes"
    ]
    entries = {
        entry["label"]: entry for entry in node["assetMaterializations"][0]["metadataEntries"]
    }
    assert entries["dagster/row_count"]["intValue"] > 0
    assert entries["rows_quarantined"]["intValue"] == 1
    assert "| period | hs6 |" in entries["preview"]["mdStr"]
    # Each period that has landed, with rows and vintage, the latest first.
    landed = [line.split(" | ") for line in entries["deliveries"]["mdStr"].splitlines()[2:]]
    periods = [line[0].removeprefix("| ") for line in landed]
    assert (periods[0], periods[-1], len(periods)) == ("2026-07", "2024-06", 26)
    assert int(landed[1][1]) > 0
    assert landed[1][3].startswith("20261125-")


def test_the_release_is_there(run, data_dir):
    path = data_dir / "published" / "chokepoint.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        layers = con.execute(
            "select layer, count(*) from meta.check_results group by all order by all"
        ).fetchall()
        stages = json.loads(con.execute("select seconds_per_stage from meta.build").fetchone()[0])
    assert [layer for layer, _ in layers] == ["dbt", "landing", "published"]
    assert {"landing", "landing_checks", "dbt"} <= set(stages)


def test_a_second_build_gives_the_same_content(run, data_dir, small_build):
    """The same raw data, built into fresh folders by the page and by the command line."""
    hashes = []
    for path in (data_dir / "published" / "chokepoint.duckdb", small_build.published):
        with duckdb.connect(str(path), read_only=True) as con:
            hashes.append(con.execute("select content_hash from meta.build").fetchone()[0])
    assert hashes[0] == hashes[1]
