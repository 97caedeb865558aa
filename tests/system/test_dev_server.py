"""Edits that are taken back and a hand, built upon by the command line; then `make dev`: the page's
server, and assets materialised as a click would, which must end the same.
In torture a build is killed between, and the page builds all, of a warehouse that was damaged."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import httpx
import pytest
from build_kit import damage

from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.due.ledger import catalog_of
from chokepoint.warehouse.runstate import RunState

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
query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }
"""
STEPS_OF_RUN = """
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
TORTURE = "CHOKEPOINT_EXAMPLES" in os.environ
LANDS_AGAIN = "hmrc_imports_monthly"
MATERIALISED = {
    ("landing", LANDS_AGAIN), ("staging", "stg_hmrc__monthly_imports"), ("seeds", "countries"),
    ("marts", "dim_country"), ("publish", "candidate"), ("publish", "release"),
}  # fmt: skip
COPIED = (
    "chokepoint", "expectations", "macros", "models", "orchestration", "queries", "requirements",
    "seeds", "tests/dbt",
)  # fmt: skip
NOTHING_NEW = "Nothing is new"
START_SECONDS = 900
RUN_SECONDS = 3000


class Checkout:
    """A copy of the project with a data folder of its own."""

    def __init__(self, folder: Path, data_dir: Path, environment: dict[str, str]) -> None:
        self.folder, self.data_dir = folder, data_dir
        self.environment = os.environ | environment | {
            "PYTHONPATH": str(folder), "CHOKEPOINT_DATA_DIR": str(data_dir),
        }  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "chokepoint.cli", *arguments],
            cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=900)
        assert process.returncode == 0, said[-4000:]
        return said

    def replace(self, path: str, before: str, after: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert before in text, path
        (self.folder / path).write_text(text.replace(before, after, 1), encoding="utf-8")

    def rows_with(self, words: str) -> dict[str, int]:
        """Table -> rows in which the words occur, where there are any."""
        path = str(self.data_dir / "warehouse" / "chokepoint.duckdb")
        with duckdb.connect(path, read_only=True) as con:
            tables = con.execute(
                "select schema_name, table_name from duckdb_tables() where schema_name <> 'landing'"
            ).fetchall()
            found = {
                f"{schema}.{name}": con.execute(
                    f'select count(*) from "{schema}"."{name}" as r where contains(r::text, ?)',
                    [words],
                ).fetchone()[0]
                for schema, name in tables
            }
        return {name: count for name, count in found.items() if count}

    def by_hand(self, sql: str) -> None:
        with duckdb.connect(str(self.data_dir / "warehouse" / "chokepoint.duckdb")) as con:
            con.execute(sql)

    def published_hash(self) -> str:
        path = str(self.data_dir / "published" / "chokepoint.duckdb")
        with duckdb.connect(path, read_only=True) as con:
            return con.execute("select content_hash from meta.build").fetchone()[0]

    def contents(self) -> dict[str, list]:
        """Relation or macro -> its text, columns, comments, rows; of what landed the rows alone,
        for its text says where it lies."""
        path = str(self.data_dir / "warehouse" / "chokepoint.duckdb")
        with duckdb.connect(path, read_only=True) as con:
            found = {
                name: [] if name.startswith("landing.") else [told]
                for name, told in catalog_of(con, "chokepoint").items()
            }
            for schema, name in con.execute(
                """
                select schema_name, table_name from duckdb_tables()
                where not (schema_name = 'landing' and table_name = 'built_periods')
                union all
                select schema_name, view_name from duckdb_views() where not internal
                """
            ).fetchall():
                sql = f'select count(*), sum(hash(r)::hugeint) from "{schema}"."{name}" as r'
                found[f"{schema}.{name}"] += con.execute(sql).fetchone()
        return found


class Server:
    """`chokepoint dev` on a free port of the loopback interface."""

    def __init__(self, checkout):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = checkout.data_dir.parent / "dev.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chokepoint.cli", "dev", "--port", str(self.port)],
                cwd=checkout.folder,
                env=checkout.environment,
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
            time.sleep(1)
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
def checkout(tmp_path_factory, small_build, small_environment) -> Checkout:
    base = tmp_path_factory.mktemp("dev")
    folder = base / "project"
    for name in COPIED:
        shutil.copytree(PROJECT_DIR / name, folder / name)
    for path in PROJECT_DIR.iterdir():
        if path.is_file():
            shutil.copy(path, folder / path.name)
    shutil.copytree(small_build.data_dir, base / "data", symlinks=True)
    return Checkout(folder, base / "data", small_environment)


WORDS, OTHER_WORDS = "A green channel for rare-earth", "A fast lane for rare-earth"
# A cell of a seed that two dozen models are built on, code, a macro.
EDITS = (
    ("seeds/events/promises.csv", WORDS, OTHER_WORDS),
    ("models/marts/core/dim_product.sql", "with\n", "with\n\nunread as (select 1),\n"),
    ("macros/stock_cover.sql", "{% macro", "{% macro unread() %}{% endmacro %}\n{% macro"),
)


def edits(checkout):
    """Built upon; in torture after a build that was killed while dbt writes."""
    for path, before, after in EDITS:
        checkout.replace(path, before, after)
    said = checkout.run("build", "--explain")
    for edited in (
        "seeds/events/promises.csv, line 2 -> ", "models/marts/core/dim_product.sql -> ",
        # Only the lists of what has landed tell where it lies.
        "landing.deliveries has news",
    ):  # fmt: skip
        assert edited in said
    assert "landing.ecb_exchange_rates has news" not in said
    if TORTURE:
        a_kill(checkout)
    checkout.run("build")


def a_kill(checkout):
    process = checkout.start("build")
    run = checkout.data_dir / "warehouse" / "run" / "dbt.json"
    began = run.stat().st_mtime_ns
    while run.stat().st_mtime_ns == began and process.poll() is None:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def a_hand(checkout):
    """Somebody alters the warehouse, with a stamp that does not show it; edits are taken back."""
    state = RunState(replace(Settings(), data_dir=checkout.data_dir))
    before = state.stamp()
    checkout.by_hand("update marts.dim_country set country_name = 'Atlantis'")
    checkout.by_hand("drop view staging.stg_reference__countries")
    checkout.by_hand("create table marts.of_nobody as select 1 as one")
    state.keep_stamp(before)
    assert checkout.run("build").startswith(NOTHING_NEW)
    for path, edited_from, edited_to in EDITS:
        checkout.replace(path, edited_to, edited_from)
    said = checkout.run("build", "--verify")
    assert "dim_country" in said
    assert "Dropped, for no model makes it: marts.of_nobody" in said
    assert "altered since the last build -> " in said


def unlike(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


# They say where a file lies, and at which hour it landed.
OF_THIS_RUN = {"landing.deliveries", "staging.stg_landing__deliveries"}


def test_what_is_edited_reaches_every_table_and_is_taken_back(checkout):
    """A build of the small deliveries is what the warehouse must be again."""
    before, promised = checkout.contents(), checkout.rows_with(WORDS)
    assert len(promised) > 3
    edits(checkout)
    assert checkout.rows_with(WORDS) == {}
    assert checkout.rows_with(OTHER_WORDS) == promised
    a_hand(checkout)
    assert unlike(before, checkout.contents()) <= OF_THIS_RUN


@pytest.fixture(scope="module")
def built_on(checkout) -> Checkout:
    """What the command line has built; nothing of a source has landed. In torture the warehouse and
    what is published are damaged."""
    checkout.built_on, checkout.content_hash = checkout.contents(), checkout.published_hash()
    for folder in (checkout.data_dir / "landing", checkout.data_dir / "landing" / "_manifest"):
        shutil.rmtree(folder / LANDS_AGAIN)
    if TORTURE:
        damage(checkout.data_dir)
    return checkout


@pytest.fixture(scope="module")
def server(built_on):
    started = Server(built_on)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def run(server, checkout):
    """A finished run of job build, of MATERIALISED alone or of all in torture, launched over
    GraphQL: its state and its steps."""
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
                "assetSelection": None if TORTURE else [{"path": key} for key in MATERIALISED],
            },
            "runConfigData": {},
        },
    )["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched

    def ended():
        state = server.ask(STATUS, run=launched["run"]["runId"])["runOrError"]
        return state["status"] in ("SUCCESS", "FAILURE", "CANCELED")

    server.wait_for(RUN_SECONDS, ended)
    # The page counts them from the events, of which there are thousands.
    return server.ask(STEPS_OF_RUN, run=launched["run"]["runId"])["runOrError"]


def test_the_run_succeeds(run, server):
    assert run["status"] == "SUCCESS", server.log.read_text()[-4000:]
    assert {step["status"] for step in run["stepStats"]} == {"SUCCESS"}
    assert TORTURE is ("The warehouse was damaged and is built anew" in server.log.read_text())


def test_its_checks_succeed(run, server):
    """Green assets with checks that never ran would look the same from afar."""

    def executed():
        found = {
            (*node["assetKey"]["path"], check["name"]): check["executionForLatestMaterialization"]
            for node in server.ask(CHECKS)["assetNodes"]
            for check in node["assetChecksOrError"].get("checks", [])
            if TORTURE or tuple(node["assetKey"]["path"]) in MATERIALISED
        }
        return found if all(found.values()) else None

    # The page may learn of the last ones after it learnt that the run has ended.
    checks = server.wait_for(60, executed)
    assert len(checks) > (300 if TORTURE else 20)
    # The odd deliveries are asked about, and stop nothing.
    severities = {
        key: execution["evaluation"]["severity"]
        for key, execution in checks.items()
        if execution["status"] != "SUCCEEDED" and key[-1] != "is_not_overdue"
    }
    odd = [
        ("landing", "baci_hs22_bilateral", "baci_hs22_bilateral__eu_reporters_are_there"),
        ("landing", "baci_hs22_bilateral", "baci_hs22_bilateral__few_rows_without_quantity"),
        ("landing", "comtrade_monthly", "comtrade_monthly__partners_within_the_world"),
        ("landing", LANDS_AGAIN, "hmrc_imports_monthly__nothing_quarantined"),
        ("marts", "dim_product", "dim_product__every_product_has_a_name"),
    ]
    assert severities == {key: "WARN" for key in odd if key in checks}


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


def test_the_page_shows_what_the_command_line_built(run, server):
    """A table that the run was not asked for, with what the release holds of it."""

    def shown():
        keys = [{"path": ["marts", "fct_measure_states"]}]
        (node,) = server.ask(MATERIALIZATIONS, keys=keys)["assetNodes"]
        return {
            entry["label"]
            for told in node["assetMaterializations"]
            for entry in told["metadataEntries"]
        }

    assert server.wait_for(90, shown) >= {"dagster/row_count", "content_hash", "release_id"}


def test_the_page_gives_what_the_command_line_gave(run, built_on):
    """Every relation, and what the catalog says of it."""
    assert unlike(built_on.built_on, built_on.contents()) == OF_THIS_RUN
    assert built_on.published_hash() == built_on.content_hash
