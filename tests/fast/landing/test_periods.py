"""Which periods a file holds, which are missing: told without landing anything."""

import gzip

import landing_formats_kit as formats
import pytest

from chokepoint.cli.commands import status
from chokepoint.landing.land import land_all
from chokepoint.landing.periods import gap_lines, missing_periods, periods_in
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings

HMRC = "period,hs6,partner_iso3,value_usd,net_mass_kg\n"
SUMMER = HMRC + "2026-07,850511,CHN,1,1\n2026-08,850511,CHN,1,1\n"


@pytest.fixture
def settings(tmp_path):
    found = Settings(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw")
    found.inbox_dir.mkdir(parents=True)
    return found


@pytest.mark.parametrize(
    ("source", "name", "content", "held"),
    [
        # A name of the owner's may say 2024 and mean the day it was saved.
        ("hmrc_imports_monthly", "hmrc_imports_monthly_2024-01.csv", SUMMER,
         {"2026-07", "2026-08"}),
        ("hmrc_imports_monthly", "a [1].csv.gz", gzip.compress(SUMMER.encode()),
         {"2026-07", "2026-08"}),
        # Of months, and lands by year.
        ("ecb_exchange_rates", "r.csv", "period,usd_per_eur\n2025-12,1.1\n2026-01,1.1\n",
         {"2025", "2026"}),
        ("hmrc_imports_monthly", "a.csv", HMRC + "July,850511,CHN,1,1\n", None),
        # To unpack a month of Comext for its first row would cost as much as to land it.
        ("comext_bulk_monthly", "full_v2_202603.7z", b"7z", None),
        ("comext_bulk_monthly", "full_202603.dat", formats.COMEXT_HEADER, {"2026-03"}),
        # What cannot be read is left to landing.
        ("hmrc_imports_monthly", "a.csv", b"\xff\x00", None),
        ("hmrc_imports_monthly", "b.parquet", b"PAR1", None),
    ],
)  # fmt: skip
def test_a_file_is_looked_into_whatever_it_is_called(settings, source, name, content, held):
    path = settings.inbox_dir / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert periods_in(path, CONTRACTS[source], settings) == held


def test_an_archive_of_years_names_them(settings):
    path = settings.inbox_dir / "BACI_HS92_V202601.zip"
    formats.baci_archive(path, {2022: [], 2023: []})
    contract = CONTRACTS["baci_hs92_bilateral"]
    assert periods_in(path, contract, settings) == {"2022", "2023"}


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
