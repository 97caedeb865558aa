"""`chokepoint.open()`: a release in Python, its questions, its dictionary, and what is refused."""

import datetime as dt
import inspect
import shutil

import duckdb
import pytest

import chokepoint
from chokepoint.errors import ChokepointError
from chokepoint.reading.queries import list_queries, run_query
from chokepoint.settings import Settings

DAY = dt.date(2026, 11, 25)


@pytest.fixture(scope="module")
def release(full_build, tmp_path_factory):
    """A copy: a process opens a file with one configuration, and the command's has limits."""
    folder = tmp_path_factory.mktemp("release")
    shutil.copyfile(full_build.published, folder / "chokepoint.duckdb")
    with chokepoint.open(folder) as opened:
        yield opened


def test_it_answers_the_questions_of_the_project(release, full_build):
    listed = {
        query.name: query.title for query in list_queries(Settings(data_dir=full_build.data_dir))
    }
    assert release.questions == listed
    assert set(listed) <= set(dir(release))


@pytest.mark.parametrize(
    ("name", "given", "texts"),
    [
        ("a05", {"product": "850511", "from_": 2022}, {"product": "850511", "from": "2022"}),
        ("a02", {"as_of": DAY, "days": 30, "known_on": None}, {"as_of": str(DAY), "days": "30"}),
        ("a08_licence_claims", {"only_applications": True}, {"only_applications": "true"}),
    ],
)
def test_an_answer_is_that_of_the_command(release, full_build, name, given, texts):
    answer = getattr(release, name)(**given)
    told = run_query(Settings(data_dir=full_build.data_dir), name, texts)
    assert answer.columns == told.columns
    assert answer.fetchall() == told.rows != []
    assert release.ask(name, **given).df().shape == (len(told.rows), len(told.columns))


def test_an_answer_stays_when_the_next_is_asked(release):
    """Parameters are variables of a connection: one for all would change what is read later."""
    first = release.a05(product="850511")
    second = release.a05(product="811292")
    assert {row["product_code"] for row in first.to_arrow_table().to_pylist()} == {"850511"}
    assert {row["product_code"] for row in second.to_arrow_table().to_pylist()} == {"811292"}


def test_a_helper_tells_its_parameters(release):
    helper = release.a03
    parameters = inspect.signature(helper).parameters
    assert parameters["as_of"].annotation == "datetime.date | str | None"
    assert all(parameter.default is None for parameter in parameters.values())
    for name in parameters:
        assert f"\n{name}  " in helper.__doc__
    assert helper.__doc__.startswith("A3: ")


def test_what_is_not_known_is_said(release):
    with pytest.raises(ChokepointError, match="No query fits 'a99'"):
        release.ask("a99")
    with pytest.raises(ChokepointError, match="a03_is_covered has no parameter colour"):
        release.a03(colour="red")
    with pytest.raises(ChokepointError, match="is not a date"):
        release.a03(as_of="tomorrow")
    with pytest.raises(ChokepointError, match="is not known"):
        release.a03(destination="Atlantis")
    with pytest.raises(AttributeError, match="see its `questions`"):
        _ = release.a99
    with pytest.raises(ChokepointError, match=r"no relation marts\.fct_nothing"):
        release.describe("marts.fct_nothing")


def test_sql_binds_values_and_writes_nothing(release):
    count = release.sql("select count(*) from marts.dim_act where act_id <> $one", one="'; --")
    assert count.fetchall()[0][0] > 0
    for statement in ("create table marts.mine as select 1", "delete from marts.dim_act"):
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            release.sql(statement)


def test_the_dictionary_is_at_hand(release):
    relations = release.describe().to_arrow_table().to_pylist()
    assert {"dim_act", "questions"} <= {row["relation_name"] for row in relations}
    columns = release.describe("dim_act").to_arrow_table().to_pylist()
    assert columns == release.describe("marts.dim_act").to_arrow_table().to_pylist()
    assert all(row["description"] for row in columns)
    (best,) = release.find("pending licences backlog").limit(1).fetchall()
    assert "marts.fct_licence_backlog" in best


def test_a_file_that_is_no_release_is_refused(full_build, tmp_path):
    empty = tmp_path / "other.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(ChokepointError, match="no release of Chokepoint"):
        chokepoint.open(empty)
    with pytest.raises(ChokepointError, match="There is no release at"):
        chokepoint.open(tmp_path)
    with pytest.raises(ChokepointError, match="cannot be opened"):
        chokepoint.open("ftp://example.org/chokepoint.duckdb")
    cut = tmp_path / "chokepoint.duckdb"
    with full_build.published.open("rb") as whole:
        cut.write_bytes(whole.read(5000))
    with pytest.raises(ChokepointError, match="cannot be read"):
        chokepoint.open(tmp_path)


def test_a_release_without_questions_is_read_all_the_same(changed):
    with chokepoint.open(changed("drop table meta.questions").published_dir) as older:
        assert older.questions == {}
        assert older.sql("select count(*) from marts.dim_act").fetchall()[0][0] > 0
        with pytest.raises(ChokepointError, match="before releases brought their questions"):
            older.ask("a03")
