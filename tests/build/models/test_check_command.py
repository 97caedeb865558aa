"""`chokepoint check`: what one relation claims, asked of a warehouse that somebody damaged."""

import shutil

import duckdb
import pytest
from build_kit import run_cli

from chokepoint.cli import check
from chokepoint.errors import ChokepointError
from chokepoint.warehouse.graph import Project


@pytest.fixture(scope="module")
def data_dir(small_build, tmp_path_factory):
    """A copy of the small build in which a mart and a warning are wrong."""
    folder = shutil.copytree(
        small_build.data_dir, tmp_path_factory.mktemp("check") / "data", symlinks=True
    )
    with duckdb.connect(str(folder / "warehouse" / "chokepoint.duckdb")) as con:
        con.execute("update marts.fct_chokepoints set mean_exposure_low = 2")
        con.execute("update marts.dim_scenario_change set bears_on = 0")
    return folder


def test_a_claim_that_fails_is_named_with_its_reason_and_rows(data_dir, small_environment):
    done = run_cli("check", "marts.fct_chokepoints", data_dir=data_dir, **small_environment)
    assert done.returncode == 1, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "fct_chokepoints__bounds_enclose_the_mean error fail" in said
    assert "fct_chokepoints__one_row_per_key error pass no row against it" in said
    assert "why it matters: A mean outside of its bounds is no mean." in said
    assert '"mean_exposure_low": 2.0' in said


def test_a_warning_alone_is_shown_and_stops_nothing(data_dir, small_environment):
    name = "dim_scenario_change.each_change_bears_on_something"
    done = run_cli("check", name, data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warn" in done.stdout
    assert "rows against it" in done.stdout
    assert "one_row_per_key" not in done.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fct_chokepoint", "There is no relation fct_chokepoint. What to do: Use fct_chokepoints"),
        ("fct_chokepoints.bounds", "has no claim bounds. What to do: Its claims are bounds_en"),
    ],
    ids=["relation", "claim"],
)
def test_a_wrong_name_is_told_with_the_nearest(manifest, name, says):
    with pytest.raises(ChokepointError) as refused:
        check._asked(Project(manifest), name)
    assert says in " ".join(str(refused.value).split())
