"""The bundled deliveries in landing, as a full build leaves them."""

import os
import shutil
import sys

import duckdb
import landing_kit as kit
import pytest
from build_kit import ran

from chokepoint.errors import ChokepointError
from chokepoint.landing import registry
from chokepoint.landing.land import land_all
from chokepoint.settings import Settings

# What the real data is known to show: must-look, each explained by the reason in the suite.
KNOWN_WARNINGS = {
    "hmrc_imports_monthly__magnet_price_plausible",
    "crm2023_global_supply__shares_near_a_whole",
    "worldbank_metal_prices__no_month_missing",
}


@pytest.fixture(scope="module")
def bundled(full_build, tmp_path_factory):
    """A data folder of its own that holds the landed files only."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("bundled") / "data")
    shutil.copytree(full_build.data_dir / "landing", settings.landing_dir)
    return settings


def test_it_meets_its_suites(published):
    query = "select check_name, status from meta.check_results where layer = 'landing'"
    statuses = dict(published.execute(query).fetchall())
    skipped = {name.split("__")[0] for name, status in statuses.items() if status == "skipped"}
    sources = registry.CONTRACTS.items()
    assert skipped == {name for name, one in sources if not one.file_pattern}
    off = {name: status for name, status in statuses.items() if status not in ("pass", "skipped")}
    assert off == dict.fromkeys(KNOWN_WARNINGS, "warn")


def test_second_landing_changes_nothing_and_imports_nothing_heavy(bundled):
    before = kit.tree(bundled)
    code = (
        "import sys; from chokepoint.settings import Settings;"
        "from chokepoint.landing.land import land_all;"
        "print(*{report.status for report in land_all(Settings.from_env())},"
        "*{'duckdb', 'pandas', 'pyarrow', 'dagster', 'great_expectations'} & {*sys.modules})"
    )
    done = ran(sys.executable, "-c", code, env={**os.environ, **bundled.environment()})
    assert done.stdout.strip() == "unchanged"
    assert kit.tree(bundled) == before


@pytest.mark.parametrize(
    "source_id", [known for known, contract in registry.CONTRACTS.items() if contract.file_pattern]
)
def test_landed_figures_are_those_of_the_file(bundled, source_id):
    """Every value of every row equals the text of the file, cast to the contract's type."""
    contract = registry.CONTRACTS[source_id]
    files = [str(path) for found, path in registry.bundled_files(bundled) if found == source_id]
    columns = ", ".join(f'"{c.name}"::{c.duckdb_type} as "{c.name}"' for c in contract.columns)
    landed = str(bundled.landing_dir / source_id / "*" / "*.parquet")
    raw = f"select {columns} from read_csv({files}, all_varchar = true, header = true)"
    ours = f"select * exclude (line_number) from read_parquet('{landed}')"
    for left, right in ((raw, ours), (ours, raw)):
        assert duckdb.sql(f"({left}) except all ({right}) limit 5").fetchall() == []


def test_faults_of_all_deliveries_are_told_together_after_the_rest_has_landed(tmp_path, bundled):
    settings = Settings(data_dir=tmp_path / "data")
    shutil.copytree(bundled.landing_dir, settings.landing_dir)
    kit.deliver(settings.inbox_dir / "hmrc_imports_monthly.csv", kit.good_rows(3))
    kit.deliver_bytes(settings.inbox_dir / "what.csv", b"a,b\n1,2\n")
    with pytest.raises(ChokepointError, match=r"what\.csv, line 1"):
        land_all(settings)
    assert {r["row_count"] for r in kit.manifests(settings) if r["known_on"] > "2026-11-25"}
    kit.deliver_bytes(settings.inbox_dir / "ecb_exchange_rates.CSV", b"period,usd\n1,2\n")
    with pytest.raises(ChokepointError, match="2 deliveries were refused") as caught:
        land_all(settings)
    assert "what.csv" in str(caught.value)
    assert "usd_per_eur" in str(caught.value)
