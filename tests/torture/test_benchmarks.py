"""The benchmarks run, and their sides agree, at sizes that take seconds: else they rot."""

import json
import sys

import duckdb
import pytest
from build_kit import ran

from chokepoint.settings import PROJECT_DIR

BENCHMARKS = PROJECT_DIR / "benchmarks"


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """A folder with results and a build, left by a run on few rows."""
    folder = tmp_path_factory.mktemp("benchmark")
    ran(
        *[sys.executable, str(BENCHMARKS / "scale.py"), "compare"],
        *["--rows", "20_000", "--months", "4", "--memory", "1GB", "--no-peers", "--keep"],
        *["--folder", str(folder / "scale"), "--results", str(folder / "results.md")],
        *["--only", "generate", "--only", "full"],
    )
    return folder


def test_benchmark__sides_agree(small_run):
    """The peers are no yardstick unless they make the same rows; the command must not rot."""
    results = json.loads((small_run / "scale" / "results.json").read_text())["results"]
    assert "failed" not in results["full"]["by_hand"], results["full"]["by_hand"]
    assert results["full"]["by_hand"]["differing"] == 0
    assert "models / this" in (small_run / "results.md").read_text(encoding="utf-8")
    with duckdb.connect(
        str(small_run / "scale/builds/full/warehouse/chokepoint.duckdb"), read_only=True
    ) as con:
        for mart in (
            "fct_import_concentration",
            "fct_partner_shares",
            "fct_trade_under_measures",
        ):
            (rows,) = con.execute(f"select count(*) from marts.{mart}").fetchone()
            assert rows > 1_000, mart


def test_licence_durations__models_run(tmp_path):
    """The generated applications have every column that the models ask for."""
    cases, path = tmp_path / "cases.parquet", tmp_path / "ours.duckdb"
    with duckdb.connect() as con:
        con.execute("set variable applications = 300")
        con.execute((BENCHMARKS / "licence_durations_input.sql").read_text(encoding="utf-8"))
        con.execute(f"copy int_licensing__cases to '{cases}'")
    script = str(BENCHMARKS / "licence_durations.py")
    ran(sys.executable, script, "run-sql", path, cases, "1GB", "1")
    with duckdb.connect(str(path), read_only=True) as con:
        (waited,) = con.execute("select count(*) from fct_licence_durations").fetchone()
    assert waited > 3
