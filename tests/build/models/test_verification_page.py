"""The committed verification page has the answers of the bundled data to its own SQL."""

import os
import shutil
import sys

import duckdb
import pytest
from build_kit import ran

from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR
from tools import verification

COMMITTED = (PROJECT_DIR / verification.PAGE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def writable(full_build, tmp_path_factory):
    """A copy of the published file, open for writing."""
    path = shutil.copy(full_build.published, tmp_path_factory.mktemp("verified") / "copy.duckdb")
    with duckdb.connect(path) as con:
        yield con


@pytest.fixture
def copy(writable, monkeypatch):
    """The copy, to damage: each test ends as it began. The page's files lie in the checkout."""
    monkeypatch.chdir(PROJECT_DIR)
    writable.begin()
    yield writable
    writable.rollback()


def test_the_committed_page_is_current(full_build, tmp_path):
    """Stale: run `make build` and `make verification`, and commit the page."""
    target = tmp_path / "page.md"
    environment = {**os.environ, "CHOKEPOINT_DATA_DIR": str(full_build.data_dir)}
    ran(sys.executable, "-m", "tools.verification", target, env=environment)
    assert target.read_text(encoding="utf-8") == COMMITTED


def test_what_the_page_compares_agrees():
    """Else a page written anew would make a wrong figure the expected one."""
    for row in (
        *(f"{indicator} | 142 | 68 | 68" for indicator in ("cdi1", "cdi2", "cdi3_all_exports",
                                                           "cdi3_extra_eu_exports")),
        "world_export_hhi | 142 | 68 | 68",
        "hhi_global | 62 | 62 | 62 | 62 | gold | 0.1", "hhi_eu | 46 | 46 | 46 | 46 | cerium | 0.0",
        # The table reads the "Congo" of sapele wood as another country.
        "hhi_wgi_t_eu | 46 | 0 | 13 | 45 | sapele wood | 16.3",
        "hhi_wgi_t_global | 62 | 0 | 41 | 61 | sapele wood | 17.0",
        "differs | 1", "fitted | 5", "within_bounds | 41",
        "HREEs | 5.1 |  | 3.56 | 5.68 | within_bounds",
        "LREEs | 3.7 |  | 2.9 | 4.16 | within_bounds",
        "30 | 30 | 21 | 21", "260 | 260 | 260 | 260 | 260",
        "90 | 90 | 90 | 90 | 81 | 74 | 0.0378 | 9 | 8", "364 | 62 | 364",
    ):  # fmt: skip
        assert f"\n| {row} |\n" in COMMITTED, row
    risks = COMMITTED.partition("study of 2017")[2].partition("\n## ")[0]
    assert (risks.count("| True |"), risks.count("| False |")) == (39, 0)


def test_a_changed_figure_changes_its_section(copy):
    assert verification.render(copy, COMMITTED) == COMMITTED
    changes = [
        "marts.fct_dependency_indicators set value = value * 1.001 where indicator_id = 'cdi1'",
        "marts.fct_supply_risk set supply_risk = 4 where material = 'Antimony'",
        "marts.fct_supply_risk set hhi_eu = 1 where assessment_id = 'ec2023'",
        "marts.fct_production_concentration set cr3 = cr3 - 0.01",
        "marts.fct_geopolrisk set geopolrisk_score = geopolrisk_score * 1.1",
        "marts.fct_measure_states set state = 'lapsed' where measure_id = 'CN-2025-18'",
        "meta.figure_checks set our_value = 46.3 where check_id = 'F003a'",
    ]
    for change in changes:
        copy.execute(f"update {change}")
    sections = [text.split("\n## ") for text in (COMMITTED, verification.render(copy, COMMITTED))]
    assert sum(was != now for was, now in zip(*sections, strict=True)) == len(changes)


def test_a_file_without_figure_checks_is_a_named_error(copy):
    copy.execute("drop table meta.figure_checks")
    with pytest.raises(ChokepointError, match="figure_checks"):
        verification.render(copy, COMMITTED)
