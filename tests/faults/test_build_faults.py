"""Bad deliveries, kills and second writers during a build: the last good release stands."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from build_kit import PROJECT_DIR, Build, release_of, run_cli
from landing_formats_kit import baci_archive, comext_row, comext_text

from chokepoint.settings import Settings
from chokepoint.warehouse.project import dbt_environment

# Two at hand, one that no list of ours has, one that hides others.
COMEXT_PRODUCTS = ("85051110", "28053010", "01012100", "85XXXXXX")

# Magnets and hafnium at hand, horses not; an edition of BACI of which nothing is bundled.
BACI_YEARS = {
    2022: [
        "2022,156,276,850511,900,1", "2022,842,276,850511,100,2", "2022,156,251,850511,50,NA",
        "2022,251,276,850511,30,1", "2022,156,842,850511,500,1", "2022,276,842,850511,20,1",
        "2022,156,276,811231,70,1", "2022,251,516,010121,0.454,NA",
    ],
    2023: ["2023,156,276,850511,400,1", "2023,842,276,850511,400,2"],
}  # fmt: skip


@pytest.fixture(scope="module")
def good(small_build, small_environment, tmp_path_factory):
    """A copy of the data folder with one good release of the small deliveries.

    A worker's own small build was made in another place: dbt reads the project once for this one,
    or each test would.
    """
    subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse"],
        cwd=PROJECT_DIR,
        env={**dbt_environment(Settings(data_dir=small_build.data_dir)), **small_environment},
        check=True,
    )
    return shutil.copytree(small_build.data_dir, tmp_path_factory.mktemp("good") / "data")


@pytest.fixture
def data_dir(small_build, good, tmp_path):
    """The folder itself, put back afterwards; in another dbt would read the whole project anew."""
    yield small_build.data_dir
    shutil.move(small_build.data_dir, tmp_path / "data")
    shutil.copytree(good, small_build.data_dir)


def month_of_comext() -> list[str]:
    return [
        comext_row(
            reporter=reporter, partner=partner, trade_type="I" if partner == "PL" else "E",
            product=product, value=100 + 7 * number, mass="" if number % 5 == 0 else 10 + number,
        )
        for number, (reporter, partner, product) in enumerate(
            (reporter, partner, product)
            for reporter in ("DE", "FR")
            for partner in ("CN", "US", "PL", "QV")
            for product in COMEXT_PRODUCTS
        )
    ]  # fmt: skip


def content_hash(data_dir: Path) -> str:
    path = data_dir / "published" / "chokepoint.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("select content_hash from meta.build").fetchone()[0]


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


def test_a_file_nobody_knows_stops_the_build(data_dir, small_environment):
    before = release_of(data_dir)
    inbox = data_dir / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / "holiday.csv").write_text("colour,mood\nblue,good\n")
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode != 0
    assert "holiday.csv" in done.stdout + done.stderr
    assert release_of(data_dir) == before


@pytest.fixture(scope="module")
def mended(small_build, small_environment, tmp_path_factory):
    """A build from damaged files, with deliveries of which a few rows are bad; and the release
    before it."""
    data_dir = shutil.copytree(small_build.data_dir, tmp_path_factory.mktemp("mended") / "data")
    before = release_of(data_dir)
    (data_dir / "warehouse" / "chokepoint.duckdb").write_bytes(b"garbage" * 4096)
    (data_dir / "warehouse" / "chokepoint.duckdb.wal").write_bytes(b"garbage")
    for name in ("manifest.json", "partial_parse.msgpack", "run_results.json"):
        (data_dir / "dbt" / name).write_bytes(b"\xffgarbage")
    (data_dir / "published" / "chokepoint.duckdb").write_bytes(b"garbage" * 4096)
    inbox = data_dir / "inbox"
    inbox.mkdir(exist_ok=True)
    rows = [f"2026-07,{850500 + number:06d},CHN,{number + 1}.0,10.0" for number in range(1, 200)]
    rows.append("2026-07,850511,CHN,-5.0,10.0")
    rows = [row for row in rows if not row.startswith("2026-07,850511,CHN,12")]
    with gzip.open(inbox / "hmrc_imports_monthly_2026-07.csv.gz", "wt") as file:
        file.write("\n".join(["period,hs6,partner_iso3,value_usd,net_mass_kg", *rows]) + "\n")
    # The European rates end in June 2026: a month more is needed to show EUR.
    ecb = ["period,usd_per_eur"]
    with gzip.open(PROJECT_DIR / "seeds/deliveries/ecb_exchange_rates.csv.gz", "rt") as file:
        ecb += [line.strip() for line in file if line.startswith("2026-")]
    (inbox / "ecb_exchange_rates_2026.csv").write_text("\n".join([*ecb, "2026-07,1.15"]) + "\n")
    comext_text(inbox / "full_202401.dat", month_of_comext())
    baci_archive(inbox / "BACI_HS22_V202601.zip", BACI_YEARS)
    (inbox / "gacc_imports_monthly-2026-01.csv").write_bytes(
        '"商品编码","贸易伙伴编码","第一数量","第一计量单位","人民币",\n'
        '"85051110","116","5","千克","1,000",\n"85051110","701","5","千克","500",\n'.encode("gbk")
    )
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Build(data_dir, done.stdout + done.stderr), before


def test_a_few_bad_rows_are_kept_out_and_the_rest_is_published(mended):
    """One bad row in 200 goes to quarantine and can be seen in the published file.

    A month of Comext beside them passes all published checks: reporters without partner detail,
    products beyond those at hand, hidden products, missing masses. So do an edition of BACI of
    which nothing is bundled, and an export of China's customs in yuan.
    """
    with mended[0].connect() as con:
        of_comext = "where source_id = 'comext_bulk_monthly'"
        shares, imputed, products = (
            con.execute(f"select {what} from marts.{table}").fetchall()
            for what, table in (
                ("distinct reporter_code", f"fct_partner_shares {of_comext}"),
                ("distinct reporter_code", f"fct_imputed_masses {of_comext}"),
                ("product_code", "dim_product where is_traded"),
            )
        )
        kept_out = con.execute(
            "select line_number, column_name, value from meta.quarantined_rows "
            "where source_id = 'hmrc_imports_monthly'"
        ).fetchall()
        latest = con.execute(
            "select latest_period, quarantined_count from meta.freshness "
            "where source_id = 'hmrc_imports_monthly'"
        ).fetchall()
        of_edition = "where source_id = 'baci_hs22_bilateral'"
        keys = con.execute(
            "select distinct nomenclature, reporter_code, product_code "
            f"from marts.fct_import_concentration {of_edition} and period = '2022'"
        ).fetchall()
        hhi = con.execute(
            f"select period, hhi_value from marts.fct_import_concentration {of_edition} "
            "and reporter_code = 'EU27' and supplier_scope = 'extra_eu' "
            "and product_code = '850511' order by period"
        ).fetchall()
        suppliers = con.execute(
            "select reporter_code, partner_iso3, value_share "
            f"from marts.fct_partner_shares {of_edition} and supplier_scope = 'extra_eu' "
            "and product_code = '850511' and period = '2022' order by value_share desc"
        ).fetchall()
        indicators = dict(
            con.execute(
                f"select indicator_id, value from marts.fct_dependency_indicators {of_edition} "
                "and reporter_code = 'EU27' and product_code = '850511' and period = '2022'"
            ).fetchall()
        )
        chinese = con.execute(
            "select partner_iso3, value_share, import_value_eur from marts.fct_partner_shares "
            "where source_id = 'gacc_imports_monthly' order by value_share desc"
        ).fetchall()
    assert {edition for edition, _, _ in keys} == {"HS2022"}
    assert {(reporter, product) for _, reporter, product in keys} == {
        ("EU27", "850511"), ("DEU", "850511"), ("FRA", "850511"), ("USA", "850511"),
        ("EU27", "811231"), ("DEU", "811231"), ("NAM", "010121"),
    }  # fmt: skip
    assert hhi == [
        ("2022", pytest.approx((950**2 + 100**2) / 1050**2)), ("2023", pytest.approx(0.5)),
    ]  # fmt: skip
    assert suppliers == [
        ("EU27", "CHN", pytest.approx(950 / 1050)), ("EU27", "USA", pytest.approx(100 / 1050)),
    ]  # fmt: skip
    assert indicators["cdi1"] == hhi[0][1]
    # Both sides of a flow are in it: the world's exporters are its own.
    assert indicators["world_export_hhi"] == pytest.approx(
        (1450**2 + 100**2 + 30**2 + 20**2) / 1600**2
    )
    assert chinese == [
        ("JPN", pytest.approx(2 / 3), None), ("701", pytest.approx(1 / 3), None),
    ]  # fmt: skip
    assert kept_out == [(200, "value_usd", "-5.0")]
    assert latest == [("2026-07", 1)]
    assert shares == [("EU27",)]
    assert sorted(imputed) == [("DEU",), ("EU27",), ("FRA",)]
    assert {*COMEXT_PRODUCTS, "010121", "811231"} <= {code for (code,) in products}


def test_damaged_files_are_made_again_by_the_first_build(mended, small_environment):
    """Warehouse, dbt's artifacts and the published file overwritten: no deleting by hand."""
    build, (_, rows_before) = mended
    data_dir = build.data_dir
    assert "The warehouse was damaged and is built anew" in build.output
    assert "The published file was damaged and is put in place again" in build.output
    with build.connect() as con:
        (rows,) = con.execute(
            "select count(*) from marts.fct_partner_shares "
            "where source_id not in "
            "('comext_bulk_monthly', 'baci_hs22_bilateral', 'gacc_imports_monthly') "
            "and (source_id, period) <> ('hmrc_imports_monthly', '2026-07')"
        ).fetchone()
    assert rows == rows_before
    # What dbt kept is whole again, and a later failure shows nothing of this run.
    (data_dir / "dbt" / ".project-fingerprint").write_bytes(b"\xff\xfe")
    (data_dir / "dbt" / "partial_parse.msgpack").write_bytes(b"")
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


def test_killed_at_any_stage_the_next_build_succeeds(small_build, own_build, recovered_build):
    """SIGKILL while starting, landing, building or publishing, run after run; the published file
    stays valid, and the run that is let live makes what the first one had made."""
    before = release_of(own_build.data_dir)
    stages = ("candidate", "start", "landing", "models")
    assert recovered_build.seen == dict.fromkeys(stages, before)
    data_dir = recovered_build.data_dir
    release, rows = release_of(data_dir)
    assert release > before[0]
    assert rows == before[1]
    assert content_hash(data_dir) == content_hash(small_build.data_dir)
    left = [path.name for path in data_dir.rglob(".tmp-*")]
    left += [path.name for path in (data_dir / "published").glob(".activate-*")]
    left += [path.name for path in data_dir.rglob("duckdb_temp_*")]
    assert left == []


def test_an_open_reader_does_not_block_a_build_and_keeps_its_rows(data_dir, small_environment):
    before = release_of(data_dir)
    reader = duckdb.connect(str(data_dir / "published" / "chokepoint.duckdb"), read_only=True)
    done = run_cli("publish", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert reader.execute("select release_id from meta.build").fetchone()[0] == before[0]
    reader.close()
    assert release_of(data_dir)[0] > before[0]


def test_a_second_writer_is_told_who_holds_the_lock(data_dir, small_environment):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time\n"
            "from chokepoint.locks import writer_lock\n"
            "from chokepoint.settings import Settings\n"
            "with writer_lock(Settings.from_env(), 'build'):\n"
            "    print('held', flush=True)\n"
            "    time.sleep(60)\n",
        ],
        cwd=PROJECT_DIR,
        env={**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        done = run_cli("build", data_dir=data_dir, **small_environment)
    finally:
        holder.kill()
        holder.wait()
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert str(holder.pid) in output
    assert "Traceback" not in output
    # The lock goes with its process.
    done = run_cli("land", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout + done.stderr


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
def test_a_full_disk_is_named_without_a_traceback(tmp_path, small_environment, megabytes):
    """A limit on the size of files answers as a full disk does, at the log or at the warehouse."""
    data_dir = tmp_path / "data"
    command = f"ulimit -f {megabytes * 1024}; exec {sys.executable} -m chokepoint.cli build"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT_DIR,
        env={**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir), **small_environment},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode in (1, 2), output
    for words in (f"The disk of {data_dir} is full", "What to do:", "Nothing has been published"):
        assert words in output, output
    assert "Traceback" not in output


def test_a_day_before_every_delivery_is_not_an_empty_landing(data_dir, small_environment):
    done = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "build", "--profiles-dir", ".",
            "--vars", "{known_on: 2020-12-31}", "--target-path", str(data_dir / "dbt"),
        ],
        cwd=PROJECT_DIR,
        env={**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir), **small_environment},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "nothing was known on 2020-12-31: the first delivery counts from 2" in done.stdout
    assert "nothing has landed" not in done.stdout
