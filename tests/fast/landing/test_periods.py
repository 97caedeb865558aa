"""Which periods a file holds, which are missing: told without landing anything."""

import gzip
import zipfile

import pytest

from chokepoint.cli.commands import status
from chokepoint.landing.land import land_all
from chokepoint.landing.periods import gap_lines, missing_periods, periods_in
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings

HMRC = "period,hs6,partner_iso3,value_usd,net_mass_kg\n"


@pytest.fixture
def settings(tmp_path):
    found = Settings(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw")
    found.inbox_dir.mkdir(parents=True)
    return found


def held(settings, source, name, content):
    path = settings.inbox_dir / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return periods_in(path, CONTRACTS[source], settings)


def test_a_file_is_looked_into_whatever_it_is_called(settings):
    """A name of the owner's may say 2024 and mean the day it was saved."""
    text = HMRC + "2026-07,850511,CHN,1,1\n2026-08,850511,CHN,1,1\n"
    found = held(settings, "hmrc_imports_monthly", "hmrc_imports_monthly_2024-01.csv", text)
    assert found == {"2026-07", "2026-08"}
    packed = gzip.compress(text.encode())
    assert held(settings, "hmrc_imports_monthly", "a [1].csv.gz", packed) == found


def test_a_source_of_months_that_lands_by_year(settings):
    text = "period,usd_per_eur\n2025-12,1.1\n2026-01,1.1\n"
    assert held(settings, "ecb_exchange_rates", "rates.csv", text) == {"2025", "2026"}


def test_rows_without_a_period_say_nothing(settings):
    text = HMRC + "July,850511,CHN,1,1\n"
    assert held(settings, "hmrc_imports_monthly", "a.csv", text) is None


def test_a_producers_file_is_called_after_its_period(settings):
    """Unpacking a month of Comext to look at its first row would cost as much as landing it."""
    assert held(settings, "comext_bulk_monthly", "full_v2_202603.7z", b"7z") is None
    header = ",".join(CONTRACTS["comext_bulk_monthly"].formats[0].columns)
    assert held(settings, "comext_bulk_monthly", "full_202603.dat", header) == {"2026-03"}


def test_an_archive_of_years_names_them(settings, tmp_path):
    path = settings.inbox_dir / "BACI_HS92_V202601.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for year in (2022, 2023):
            archive.writestr(f"BACI_HS92_Y{year}_V202601.csv", "t,i,j,k,v,q\n")
        archive.writestr("country_codes_V202601.csv", "country_code,country_iso3\n")
    contract = CONTRACTS["baci_hs92_bilateral"]
    assert periods_in(path, contract, settings) == {"2022", "2023"}


def test_what_cannot_be_read_is_left_to_landing(settings):
    assert held(settings, "hmrc_imports_monthly", "a.csv", b"\xff\x00") is None
    assert held(settings, "hmrc_imports_monthly", "b.parquet", b"PAR1") is None


@pytest.mark.parametrize(
    ("periods", "missing"),
    [
        (["2025-11", "2026-02"], ["2025-12", "2026-01"]), (["2026-02", "2025-12", "2026-01"], []),
        (["2010", "2013", "2012"], ["2011"]), (["2010", "2010"], []), (["2010", "2012-01"], []),
        (["sample-2026-01-01"], []), ([], []),
    ],
)  # fmt: skip
def test_missing_periods(periods, missing):
    assert missing_periods(periods) == missing


def test_a_gap_is_told(settings, capsys):
    """A month that never came makes a year too small, and no sum shows it."""
    months = ("2025-11", "2026-01", "2026-04")
    rows = "".join(f"{month},850511,CHN,1,1\n" for month in months)
    (settings.inbox_dir / "hmrc_imports_monthly.csv").write_text(HMRC + rows)
    land_all(settings, only=["hmrc_imports_monthly"])
    line = "hmrc_imports_monthly: nothing landed for 2025-12, 2026-02, 2026-03"
    assert gap_lines(settings, CONTRACTS) == [line]
    status.status(settings)
    assert line in capsys.readouterr().out
