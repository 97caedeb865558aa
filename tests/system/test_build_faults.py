"""Bad deliveries, damage and second writers during a build: the last good release stands."""

import json
import os
import shutil
import sys

import duckdb
import pytest
from build_kit import damage, hand_parse, ran, release_of, run_cli
from odd_deliveries import COMEXT_PRODUCTS

from chokepoint.checks import UNCHECKED


@pytest.fixture(scope="module")
def good(small_build, tmp_path_factory):
    """A copy of the data folder with one good release of the small deliveries."""
    return shutil.copytree(small_build.data_dir, tmp_path_factory.mktemp("good") / "data")


@pytest.fixture
def data_dir(small_build, good, tmp_path):
    """The folder itself, put back afterwards."""
    yield small_build.data_dir
    shutil.move(small_build.data_dir, tmp_path / "data")
    shutil.copytree(good, small_build.data_dir)


def test_a_delivery_too_bad_to_land_stops_the_build(data_dir, small_environment):
    """Half of the rows are wrong: refused with line and value, nothing downstream changes."""
    before = release_of(data_dir)
    inbox = data_dir / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / "hmrc_imports_monthly_2026-07.csv").write_text(
        "period,hs6,partner_iso3,value_usd,net_mass_kg\n"
        "2026-07,850511,CHN,1000.0,10.0\n"
        "2026-07,850511,DEU,a lot,10.0\n"
    )
    done = run_cli("build", data_dir=data_dir, **small_environment)
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in output
    for words in ("hmrc_imports_monthly_2026-07.csv", "line 3", "value_usd", "a lot", before[0]):
        assert words in output, words
    assert release_of(data_dir) == before


def test_a_few_bad_rows_are_kept_out_and_the_rest_is_published(small_build):
    """One bad row in 200 goes to quarantine and shows in the published file. Beside it odd
    deliveries pass all published checks: Comext without partner detail or masses, other products,
    hidden ones, an edition of BACI, Chinese exports in yuan."""
    of_edition = "where source_id = 'baci_hs22_bilateral' and product_code = '850511'"
    figures, approx = "from marts.fct_import_concentration", pytest.approx
    expected = {
        "select line_number, column_name, value from meta.quarantined_rows"
        " where source_id = 'hmrc_imports_monthly'": [(200, "value_usd", "-5.0")],
        "select latest_period, quarantined_count from meta.freshness"
        " where source_id = 'hmrc_imports_monthly'": [("2026-07", 1)],
        "select distinct reporter_code from marts.fct_partner_shares"
        " where source_id = 'comext_bulk_monthly'": [("EU27",)],
        f"select distinct nomenclature, reporter_code, product_code {figures}"
        " where source_id = 'baci_hs22_bilateral' and period = '2022' order by all": [
            ("HS2022", "DEU", "811231"), ("HS2022", "DEU", "850511"), ("HS2022", "EU27", "811231"),
            ("HS2022", "EU27", "850511"), ("HS2022", "FRA", "850511"),
            ("HS2022", "NAM", "010121"), ("HS2022", "USA", "850511"),
        ],
        f"select period, hhi_value {figures} {of_edition}"
        " and reporter_code = 'EU27' and supplier_scope = 'extra_eu' order by period": [
            ("2022", approx((950**2 + 100**2) / 1050**2)), ("2023", approx(0.5)),
        ],
        "select reporter_code, partner_iso3, value_share from marts.fct_partner_shares"
        f" {of_edition} and supplier_scope = 'extra_eu' and period = '2022' order by 3 desc": [
            ("EU27", "CHN", approx(950 / 1050)), ("EU27", "USA", approx(100 / 1050)),
        ],
        # Both sides of a flow are in it: the world's exporters are its own.
        f"select indicator_id, value from marts.fct_dependency_indicators {of_edition}"
        " and reporter_code = 'EU27' and period = '2022'"
        " and indicator_id in ('cdi1', 'world_export_hhi') order by all": [
            ("cdi1", approx((950**2 + 100**2) / 1050**2)),
            ("world_export_hhi", approx((1450**2 + 100**2 + 30**2 + 20**2) / 1600**2)),
        ],
    }  # fmt: skip
    with small_build.connect() as con:
        for query, found in expected.items():
            assert con.execute(query).fetchall() == found, query
        traded = con.execute("select product_code from marts.dim_product where is_traded")
        assert {*COMEXT_PRODUCTS, "010121", "811231"} <= {code for (code,) in traded.fetchall()}
    # The terms of China's customs are not known.
    with small_build.connect_private() as con:
        assert con.execute(
            "select partner_iso3, value_share, import_value_eur from marts.fct_partner_shares "
            "where source_id = 'gacc_imports_monthly' order by value_share desc"
        ).fetchall() == [("JPN", approx(2 / 3), None), ("701", approx(1 / 3), None)]


def test_damage_is_mended_and_nothing_of_an_older_run_is_shown(data_dir, small_environment):
    """Before the build fails for another reason; test_dev_server.py makes all of it anew."""
    before = release_of(data_dir)
    damage(data_dir)
    (data_dir / "dbt" / ".project-fingerprint").write_bytes(b"\xff\xfe")
    (data_dir / "inbox" / "holiday.csv").write_text("colour,mood\nblue,good\n")
    state = data_dir / "warehouse" / "run" / "dbt.json"
    held = json.loads(state.read_text())
    held["results"][0] |= {"status": "fail", "severity": "error"}
    state.write_text(json.dumps(held))
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 1
    assert "holiday.csv" in done.stdout
    assert "check failed" not in done.stdout
    assert "dbt cannot read" not in done.stdout
    assert "The warehouse was damaged and is built anew" in done.stdout
    assert "The published file was damaged and is put in place again" in done.stdout
    assert release_of(data_dir) == before


def test_what_nobody_checked_is_released_only_as_such(data_dir, small_environment):
    before = release_of(data_dir)
    with duckdb.connect(str(data_dir / "warehouse" / "chokepoint.duckdb")) as con:
        con.execute("create table intermediate.by_hand as select 1 as a")
    done = run_cli("publish", data_dir=data_dir, **small_environment)
    assert done.returncode == 1
    assert "is not the one that was checked" in done.stdout
    assert release_of(data_dir) == before
    done = run_cli("publish", "--as-is", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with duckdb.connect(str(data_dir / "published" / "chokepoint.duckdb"), read_only=True) as con:
        found = con.execute(
            "select layer, status, observed, count(*) from meta.check_results"
            " where layer = 'dbt' group by all"
        ).fetchall()
    assert [(layer, status, observed) for layer, status, observed, _ in found] == [
        ("dbt", "skipped", UNCHECKED)
    ]


def test_damage_of_the_warehouse_is_no_write_by_hand(data_dir, small_environment):
    before = release_of(data_dir)
    path = data_dir / "warehouse" / "chokepoint.duckdb"
    kept = path.read_bytes()
    try:
        with path.open("r+b") as file:
            file.write(bytes(1 << 16))
        done = run_cli("publish", data_dir=data_dir, **small_environment)
        assert done.returncode == 1
        assert "was damaged and has been deleted" in done.stdout
        assert release_of(data_dir) == before
    finally:
        path.write_bytes(kept)


def test_a_broken_figure_is_not_published(data_dir, small_environment, tmp_path):
    """A delivery that reads well but cannot be right is stopped by a check, with its sample."""
    before = release_of(data_dir)
    inbox = data_dir / "inbox"
    inbox.mkdir(exist_ok=True)
    # A euro that costs 0.01 dollars: right type, wrong world.
    (inbox / "ecb_exchange_rates_2024.csv").write_text(
        "period,usd_per_eur\n" + "".join(f"2024-{month:02d},0.01\n" for month in range(1, 13))
    )
    done = run_cli("build", data_dir=data_dir, **small_environment)
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert "ecb_exchange_rates" in output
    assert "0.01" in output
    assert release_of(data_dir) == before


@pytest.mark.parametrize("megabytes", [0, 1])
def test_a_full_disk_is_named_without_a_traceback(
    tmp_path, shared_folder, small_environment, megabytes
):
    """A limit on the size of files answers as a full disk does, at the log or at the warehouse."""
    data_dir = tmp_path / "data"
    hand_parse(shared_folder / "parsed", data_dir)
    command = f"ulimit -f {megabytes * 1024}; exec {sys.executable} -m chokepoint.cli build"
    environment = {**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir), **small_environment}
    done = ran("bash", "-c", command, code=None, env=environment)
    output = done.stdout + done.stderr
    assert done.returncode in (1, 2), output
    for words in (f"The disk of {data_dir} is full", "What to do:", "Nothing has been published"):
        assert words in output, output
    assert "Traceback" not in output
