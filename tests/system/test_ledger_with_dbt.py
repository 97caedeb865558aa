"""The same of the project itself: edits, one after the other, and at the end a build of all."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.ledger import catalog_of
from chokepoint.warehouse.runstate import RunState

COPIED = (
    "chokepoint", "expectations", "macros", "models", "orchestration", "queries", "requirements",
    "seeds", "tests/dbt",
)  # fmt: skip
NOTHING_NEW = "Nothing is new"


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

    def by_hand(self, sql: str) -> None:
        with duckdb.connect(str(self.data_dir / "warehouse" / "chokepoint.duckdb")) as con:
            con.execute(sql)

    def contents(self) -> dict[str, list]:
        """Relation or macro -> its text, columns, comments, rows."""
        path = str(self.data_dir / "warehouse" / "chokepoint.duckdb")
        with duckdb.connect(path, read_only=True) as con:
            found = {name: [told] for name, told in catalog_of(con, "chokepoint").items()}
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


@pytest.fixture
def checkout(tmp_path, small_build, small_environment) -> Checkout:
    folder = tmp_path / "project"
    for name in COPIED:
        shutil.copytree(PROJECT_DIR / name, folder / name)
    for path in PROJECT_DIR.iterdir():
        if path.is_file():
            shutil.copy(path, folder / path.name)
    data_dir = tmp_path / "data"
    shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
    return Checkout(folder, data_dir, small_environment)


def edits(checkout):
    """A cell of a seed that much is built on and little comes out otherwise; code; a variable."""
    checkout.replace("seeds/reference/countries.csv", "American Samoa", "Samoa (US)")
    checkout.replace(
        "models/marts/core/dim_product.sql", "with\n", "with\n\nunread as (select 1),\n"
    )
    checkout.replace(
        "macros/stock_cover.sql", "{% macro", "{% macro unread() %}{% endmacro %}\n{% macro"
    )
    checkout.replace(
        "dbt_project.yml", "small_cell_floor_eur: 1000000", "small_cell_floor_eur: 900000"
    )
    assert "seeds/reference/countries.csv, line 12 -> " in checkout.run("build", "--explain")
    said = checkout.run("build")
    for edited in (
        "seeds/reference/countries.csv, line 12 -> 1 seed, ",
        "models/marts/core/dim_product.sql -> ", "variable small_cell_floor_eur -> ",
        # Only the lists of what has landed tell where it lies.
        "landing.deliveries has news",
    ):  # fmt: skip
        assert edited in said
    assert "landing.ecb_exchange_rates has news" not in said
    assert (
        checkout.run("build", "--explain") == "Nothing is new: all tables, views and tests stay.\n"
    )


def a_hand(checkout):
    """Somebody alters the warehouse, with a stamp that does not show it."""
    said = checkout.run("build", "--verify")
    assert said.startswith(f"Every row is as it was built. {NOTHING_NEW}")
    state = RunState(replace(Settings(), data_dir=checkout.data_dir))
    before = state.stamp()
    checkout.by_hand("update marts.dim_country set country_name = 'Atlantis'")
    checkout.by_hand("drop view staging.stg_reference__countries")
    checkout.by_hand("create table marts.of_nobody as select 1 as one")
    state.keep_stamp(before)
    assert checkout.run("build").startswith(NOTHING_NEW)
    said = checkout.run("build", "--verify")
    assert "dim_country" in said
    assert "Dropped, for no model makes it: marts.of_nobody" in said
    assert "altered since the last build -> " in said


def a_kill(checkout):
    """While dbt writes."""
    checkout.replace("seeds/trade/press_items.csv", "other metals as well", "other metals")
    process = checkout.start("build")
    run = checkout.data_dir / "warehouse" / "run" / "dbt.json"
    began = run.stat().st_mtime_ns
    while run.stat().st_mtime_ns == began and process.poll() is None:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    checkout.run("build")


def words_of_a_claim(checkout):
    """They bear on its test, and on no table but that of all models."""
    checkout.replace("models/marts/core/fct_events.yml", 'reason: "', 'reason: "So: ')
    assert "70 seeds" not in checkout.run("build", "--explain")


def a_question(checkout):
    """It runs dbt, whose runs begin with the views of what has landed."""
    checkout.run("check", "dim_country")
    assert checkout.run("build").startswith(NOTHING_NEW)


def a_revision(checkout):
    """It lands, and is taken back."""
    rates = checkout.data_dir / "inbox" / "ecb_exchange_rates_again.csv"
    before = (rates.parent / "ecb_exchange_rates_2026.csv").read_text()
    rates.write_text(before.replace("2026-07,1.15", "2026-07,1.25"))
    assert "landing.ecb_exchange_rates has news -> " in checkout.run("build")
    rates.unlink()
    checkout.run("land", "--source", "ecb_exchange_rates", "--withdraw", rates.name)
    checkout.run("build")


STEPS = (edits, a_kill, a_hand)
IN_TORTURE = (a_question, words_of_a_claim, a_revision)


def test_edits_one_after_the_other_end_as_a_build_of_all_does(checkout):
    """Begun in a copy of a data folder."""
    for step in (*STEPS, *(IN_TORTURE if "CHOKEPOINT_EXAMPLES" in os.environ else ())):
        step(checkout)
    built_on = checkout.contents()
    said = checkout.run("build", "--full")
    assert "Nothing stayed." in said
    assert checkout.contents() == built_on
