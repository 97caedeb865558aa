"""The committed verification page is what the command writes from the bundled data."""

import os
import re
import shutil
import sys
from functools import cache

import duckdb
import pytest
from build_kit import ran

from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR
from tools.verification import page as verification

COMMITTED = PROJECT_DIR / verification.PAGE


@pytest.fixture(scope="module", autouse=True)
def example_once():
    """It is worked out from the models, whatever the file holds, and takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        worked = cache(verification._concentration_example)
        patch.setattr(verification, "_concentration_example", worked)
        yield


@pytest.fixture(scope="module")
def writable(full_build, tmp_path_factory):
    """A copy of the published file, open for writing."""
    path = shutil.copy(full_build.published, tmp_path_factory.mktemp("verified") / "copy.duckdb")
    with duckdb.connect(path) as con:
        yield con


@pytest.fixture
def copy(writable):
    """The copy, to damage: each test ends as it began."""
    writable.begin()
    yield writable
    writable.rollback()


def page_of(path, project_dir=PROJECT_DIR):
    with duckdb.connect(str(path), read_only=True) as con:
        return verification.render(con, project_dir)


@pytest.fixture(scope="module")
def page(full_build):
    """The page of the published file, and so of a copy (see the test of place and day)."""
    return page_of(full_build.published)


def written(build, target, *options):
    """What `python -m tools.verification` says of a page that it writes."""
    environment = {**os.environ, "CHOKEPOINT_DATA_DIR": str(build.data_dir)}
    return ran(sys.executable, *options, "-m", "tools.verification", target, env=environment).stdout


def test_the_committed_page_is_current(full_build, tmp_path):
    """Stale: run `make build` and `make verification`, and commit the page."""
    target = tmp_path / "page.md"
    written(full_build, target)
    assert target.read_text(encoding="utf-8") == COMMITTED.read_text(encoding="utf-8")
    assert written(full_build, target).startswith("unchanged")


def test_what_the_page_compares_agrees():
    """Else a page written anew would make a wrong figure the expected one."""
    page = " ".join(COMMITTED.read_text(encoding="utf-8").split())
    assert not re.search(r"\| no \|", page.partition("## Published figures of trade")[0])
    for said in (
        *(f"| `{indicator}` | 68 | below 1e-11 |"
          for indicator in ("cdi1", "cdi2", "cdi3_extra_eu_exports", "cdi3_all_exports",
                            "world_export_hhi")),
        "39 materials; 39 computed", "allow for 39, and for 38 if its own is left out",
        # Two are sapele wood: the table reads its "Congo" as another country.
        "Farthest apart: Sapele wood, 17.0%. Of 108 plain HHIs of the same shares 108 agree",
        "| within 2% | 74 |", "| within 6% | 106 |", "| all compared | 108 |",
        "| within_bounds | an input is not known; the bounds hold the print | 41 |",
        "| importance | 30 | 4.", "| implied index | 21 | 4.",
        *(f"| {figure} | 260 | 260 |" for figure in ("HHI", "CR1", "CR3")),
        "74 of 81 scores are within 1% of ours", "8 lie within the bounds",
        *(f"| {figure} | 90 | below 1e-1" for figure in ("import tonnes", "production tonnes",
                                                         "production hhi")),
        ": 364 equal the published state.",
    ):  # fmt: skip
        assert said in page, said


def test_the_page_knows_no_place_and_no_day(full_build, copy, page, published):
    assert verification.render(copy, PROJECT_DIR) == page
    ((built_at, release_id),) = published.execute(
        "select built_at, release_id from meta.build"
    ).fetchall()
    for absent in (str(PROJECT_DIR), str(full_build.data_dir), release_id, f"{built_at:%Y-%m-%d}"):
        assert absent not in page


@pytest.mark.parametrize(
    "changes",
    [
        [
            "marts.fct_dependency_indicators set value = value * 1.001 where indicator_id = 'cdi1'",
            "marts.fct_supply_risk set supply_risk = 4 where material = 'Antimony'",
            "marts.fct_supply_risk set hhi_wgi_t_global = 2 * hhi_wgi_t_global"
            " where assessment_id = 'ec2023'",
            "marts.fct_production_concentration set cr3 = cr3 - 0.01",
            "marts.fct_geopolrisk set geopolrisk_score = geopolrisk_score * 1.1",
            "marts.fct_measure_states set state = 'lapsed' where measure_id = 'CN-2025-18'",
            "meta.figure_checks set our_value = 46.3 where check_id = 'F003a'",
        ],
        [
            "marts.fct_supply_risk set is_published_within_bounds = false"
            " where material = 'Nickel'",
            "marts.fct_supply_risk set hhi_eu = 1 where assessment_id = 'ec2023'",
        ],
        ["marts.fct_supply_risk set published_comparison = 'reproduced' where material = 'Borate'"],
        ["marts.fct_supply_risk set supply_risk = 2.73 where material = 'PGMs'"],
        ["marts.fct_economic_importance set implied_si_ei = implied_si_ei + 0.1"],
    ],
)
def test_a_changed_figure_changes_its_section(copy, page, changes):
    for change in changes:
        copy.execute(f"update {change}")
    sections = [text.split("\n## ") for text in (page, verification.render(copy, PROJECT_DIR))]
    assert sum(was != now for was, now in zip(*sections, strict=True)) == len(changes)


def test_a_file_without_figure_checks_is_a_named_error(copy):
    copy.execute("drop table meta.figure_checks")
    with pytest.raises(ChokepointError, match="cannot be verified"):
        verification.render(copy, PROJECT_DIR)
