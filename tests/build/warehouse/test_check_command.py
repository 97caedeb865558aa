"""`tools/check.py`: what one relation claims, asked of a warehouse that somebody damaged."""

import shutil

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.warehouse.graph import Project
from tools import check


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


@pytest.fixture
def asked(data_dir, small_environment, monkeypatch, capfd):
    """Checks a relation or claim: the exit code, and what is said."""
    for name, value in small_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(data_dir))

    def ask(name):
        return check.check(Settings.from_env(), name), " ".join(capfd.readouterr().out.split())

    return ask


def test_a_claim_that_fails_is_named_with_its_reason_and_rows(asked):
    code, said = asked("marts.fct_chokepoints")
    assert code == 1, said
    assert "fct_chokepoints__bounds_enclose_the_mean error fail" in said
    assert "fct_chokepoints__one_row_per_key error pass no row against it" in said
    assert "why it matters: A mean outside of its bounds is no mean." in said
    assert '"mean_exposure_low": 2.0' in said


def test_a_warning_alone_is_shown_and_stops_nothing(asked):
    code, said = asked("dim_scenario_change.each_change_bears_on_something")
    assert code == 0, said
    assert "warn" in said
    assert "rows against it" in said
    assert "one_row_per_key" not in said


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
