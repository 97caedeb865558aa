"""A run that is cut off, replayed or built on older models: nothing lost, nothing counted twice."""

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from build_kit import PROJECT_DIR, hand_parse
from landing_formats_kit import comext_row, comext_text

from chokepoint.landing.land import land, land_bundled
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings
from chokepoint.warehouse.project import dbt_environment

SOURCE = "comext_bulk_monthly"
TABLES = ("marts.fct_import_concentration", "marts.fct_partner_shares")
RUNS = Path(__file__).resolve().parents[1] / "fixtures" / "dbt_runs.py"
MONTHS = [f"2024{month:02d}" for month in range(1, 7)]
FIRST_DAY, NEXT_DAY = dt.date(2026, 11, 25), dt.date(2026, 11, 26)


def deliver(settings, month, known_on, worth=1):
    """A month of Comext: two reporters, four partners, two products; of another worth each time."""
    rows = [
        comext_row(
            reporter=reporter, partner=partner, product=product, period=month,
            value=worth * (100 + 7 * number + int(month) % 13), mass=10 + number,
        )
        for number, (reporter, partner, product) in enumerate(
            (reporter, partner, product)
            for reporter in ("DE", "FR")
            for partner in ("CN", "US", "JP", "GB")
            for product in ("85051110", "28053010")
        )
    ]  # fmt: skip
    path = comext_text(settings.data_dir / f"full_{month}.csv", rows)
    land(path, CONTRACTS[SOURCE], settings, known_on=known_on)


class Warehouse:
    """A data folder in which dbt builds the tables by period, each period in a batch of its own."""

    def __init__(self, settings, folder):
        self.settings, self.kept, self.log = settings, folder / "kept", folder / "dbt.log"
        self.runs = subprocess.Popen(
            [sys.executable, str(RUNS), *(table.partition(".")[2] for table in TABLES)],
            cwd=PROJECT_DIR,
            env=dbt_environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def dbt(self, known_on="", **killed):
        """Run dbt; return its exit code."""
        # What no delivery of these tests changes is built once.
        changed = f"source:landing.{SOURCE}+," if self.settings.warehouse_path.exists() else ""
        names = [f"{changed}+{table.partition('.')[2]}" for table in TABLES]
        arguments = [
            "--no-write-json", "build", "--select", *names,
            "--resource-type", "seed", "--resource-type", "model",
            "--vars", f"{{batch_rows: 1, known_on: '{known_on}'}}",
        ]  # fmt: skip
        order = {"arguments": arguments, "log": str(self.log), **killed}
        self.runs.stdin.write(json.dumps(order) + "\n")
        self.runs.stdin.flush()
        return int(self.runs.stdout.readline())

    def build(self, **options):
        assert self.dbt(**options) == 0, self.log.read_text()[-4000:]

    def close(self):
        self.runs.stdin.close()
        self.runs.wait()

    def keep(self):
        for name in ("warehouse", "landing"):
            shutil.rmtree(self.kept / name, ignore_errors=True)
            shutil.copytree(self.settings.data_dir / name, self.kept / name)

    def put_back(self):
        for name in ("warehouse", "landing"):
            shutil.rmtree(self.settings.data_dir / name)
            shutil.copytree(self.kept / name, self.settings.data_dir / name)

    def ask(self, sql):
        with duckdb.connect(str(self.settings.warehouse_path)) as con:
            return con.execute(sql).fetchall()

    def contents(self):
        """(table, period) -> rows and a hash of them, of the bulk source and of all others."""
        found = {}
        for table in TABLES:
            for period, *rest in self.ask(
                f"select if(source_id = '{SOURCE}', period, 'others'), count(*), "
                f"sum(hash(facts)::hugeint) from {table} as facts group by all"
            ):
                found[table, period] = tuple(rest)
        return found

    def entries(self):
        """(table, period) -> the run that built it, as the ledger says."""
        return {
            tuple(key): run
            for *key, run in self.ask(
                "select table_name, period, built_by from landing.built_periods "
                f"where source_id = '{SOURCE}'"
            )
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory, shared_folder):
    """Five months are built; then the sixth and a revision of the second are delivered, and
    everything is built in full. Each test but the last ends as it began."""
    folder = tmp_path_factory.mktemp("incremental")
    settings = replace(Settings(), data_dir=folder / "data", threads=1)
    settings.warehouse_path.parent.mkdir(parents=True)
    land_bundled(settings, "ecb_exchange_rates")
    hand_parse(shared_folder / "parsed", settings.data_dir)
    warehouse = Warehouse(settings, folder)
    for month in MONTHS[:5]:
        deliver(settings, month, FIRST_DAY)
    warehouse.build()
    warehouse.base = warehouse.contents()
    warehouse.first_run = warehouse.entries()
    deliver(settings, MONTHS[1], NEXT_DAY, worth=3)
    deliver(settings, MONTHS[5], NEXT_DAY)
    warehouse.keep()
    settings.warehouse_path.unlink()
    warehouse.build()
    warehouse.full = warehouse.contents()
    yield warehouse
    warehouse.close()


@pytest.fixture
def warehouse(built):
    """As it was before the new deliveries were built."""
    built.put_back()
    return built


STALE = {"2024-02", "2024-06"}


def test_the_deliveries_make_a_difference(built):
    """Equal figures before and after would let every test below pass."""
    changed = {
        period
        for key, period in built.full
        if built.base.get((key, period)) != built.full[key, period]
    }
    assert changed == STALE
    assert {period for _, period in built.full} == {"others", *(f"2024-0{n}" for n in range(1, 7))}
    assert len(set(built.first_run.values())) == 1


@pytest.mark.parametrize(("moment", "entry"), [("before", 1), ("after", 4)])
def test_killed_within_a_batch_the_next_run_goes_on(warehouse, moment, entry):
    """SIGKILL when rows are in and the ledger is not, and when both wait to be committed."""
    ended = warehouse.dbt(moment=moment, entry=entry)
    assert ended == -signal.SIGKILL, warehouse.log.read_text()[-4000:]
    # Each period is as before or as after, never both and never half.
    for key, found in warehouse.contents().items():
        assert found in (warehouse.base.get(key), warehouse.full.get(key)), key
    kept = warehouse.entries()
    warehouse.build()
    assert warehouse.contents() == warehouse.full
    # Months without news are not built again, and what was committed before the kill neither.
    entries = warehouse.entries()
    assert {key for key in entries if entries[key] != kept.get(key)} <= {
        key for key in entries if key[1] in STALE
    }
    done_before = {key for key in kept if kept[key] != warehouse.first_run.get(key)}
    assert {key: entries[key] for key in done_before} == {key: kept[key] for key in done_before}


def test_a_day_of_the_past_is_replayed_and_left_again(built):
    """With the knowledge of the first day, the revision and the sixth month are not there."""
    built.build(known_on=FIRST_DAY.isoformat())
    assert built.contents() == built.base
    built.build()
    assert built.contents() == built.full


def test_a_day_before_every_delivery_is_not_an_empty_landing(built):
    before = built.contents()
    assert built.dbt(known_on="2020-12-31") != 0
    said = built.log.read_text()
    assert "nothing was known on 2020-12-31: the first delivery counts from 2" in said
    assert "nothing has landed" not in said
    assert built.contents() == before


def test_tables_that_something_else_made_anew_are_not_trusted(built):
    """An older version that knows no ledger leaves a newer one's entries beside its own tables."""
    narrower, shorter = TABLES
    with duckdb.connect(str(built.settings.warehouse_path)) as con:
        con.execute(
            f"create or replace table {narrower} as select * exclude (import_value_eur)"
            f" from {narrower}"
        )
        con.execute(f"delete from {shorter} where period = '2024-03'")
    built.build()
    assert built.contents() == built.full
    said = built.log.read_text()
    for table in TABLES:
        assert f"{table.partition('.')[2]} is not what the ledger says" in said
    built.build()
    assert built.contents() == built.full
    assert "is not what the ledger says" not in built.log.read_text().replace(said, "")


def test_a_ledger_of_a_newer_format_is_refused_with_words(built):
    before = built.contents()
    with duckdb.connect(str(built.settings.warehouse_path)) as con:
        con.execute("comment on table landing.built_periods is 'format 99'")
    assert built.dbt() != 0
    assert "built by a newer version of the project (its ledger has format 99" in (
        built.log.read_text()
    )
    assert built.contents() == before
