"""Which periods of a source are missing."""

import pytest

from chokepoint.cli.commands import status
from chokepoint.landing.land import land_all
from chokepoint.landing.periods import gap_lines, missing_periods
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings

HMRC = "period,hs6,partner_iso3,value_usd,net_mass_kg\n"


@pytest.fixture
def settings(tmp_path):
    found = Settings(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw")
    found.inbox_dir.mkdir(parents=True)
    return found


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
