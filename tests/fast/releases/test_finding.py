"""What helps to find a relation, and the ranking of `meta.find` on a file of four relations."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.releases.meta import finding
from chokepoint.releases.meta.dictionary import create_meta_tables

RELATIONS = (
    ("marts", "fct_licence_claims", "licensing", "a08: Who says what about licences?",
     "One row per published claim on licences: one body and date."),
    ("marts", "fct_licence_backlog", "licensing", "a08b: How many applications are pending?",
     "One row per month: stock and flow of applications."),
    ("marts", "fct_stock_cover", "exposure", None, "One row per position: days of cover."),
    ("marts", "dim_country", "reference", None, "One row per country."),
)  # fmt: skip


@pytest.fixture(scope="module")
def con():
    connection = duckdb.connect()
    create_meta_tables(connection)
    for schema, name, topic, question, description in RELATIONS:
        connection.execute(
            "insert into meta.relations by name select ? as schema_name, ? as relation_name,"
            " 'table' as relation_type, ? as topic, ? as question, ? as description, ? as grain,"
            " 'select 1' as example_query",
            [schema, name, topic, question, description, finding.grain_of(description)],
        )
        connection.execute(
            "insert into meta.dictionary by name select ? as schema_name, ? as relation_name,"
            " 'country_iso3' as column_name, 'Country code.' as description",
            [schema, name],
        )
    connection.execute(
        "insert into meta.macros by name select 'reports' as schema_name, 'brief' as macro_name,"
        " 'brief' as topic, 'One row per line of the week.' as description"
    )
    yield connection
    connection.close()


def found(con, words):
    return con.execute("select relation, found_by from meta.find(?)", [words]).fetchall()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("claims about licences", "marts.fct_licence_claims"),
        ("permit backlog", "marts.fct_licence_backlog"), ("Stockpile", "marts.fct_stock_cover"),
        ("a08b", "marts.fct_licence_backlog"), ("fct_stock_cover", "marts.fct_stock_cover"),
        ("countries", "marts.dim_country"), ("what is new on Monday", "reports.brief"),
    ],
)  # fmt: skip
def test_the_right_relation_is_first(con, words, first):
    assert found(con, words)[0][0] == first


def test_a_misspelling_is_read_as_the_nearest_word_and_says_so(con):
    relation, found_by = found(con, "lisence backlogg")[0]
    assert relation == "marts.fct_licence_backlog"
    assert found_by == "backlogg (read as backlog), lisence (read as licence)"


@pytest.mark.parametrize("words", ["", "   ", "the of and", "xyzzyq", "%_';--", None])
def test_words_about_nothing_find_nothing(con, words):
    assert found(con, words) == []


@tried(25)
@given(words=st.text(max_size=60))
def test_any_text_has_an_answer(con, words):
    known = {f"{schema}.{name}" for schema, name, *_ in RELATIONS} | {"reports.brief"}
    told = [relation for relation, _ in found(con, words)]
    assert len(told) == len(set(told))
    assert set(told) <= known | {"meta.find"}


@tried(25)
@given(
    words=st.lists(
        st.sampled_from(["licence", "claims", "backlog", "country", "cover", "week", "lisence"]),
        min_size=1,
        unique=True,
    ),
    data=st.data(),
)
def test_order_and_case_of_words_do_not_matter(con, words, data):
    shuffled = " ".join(data.draw(st.permutations(words)))
    assert found(con, shuffled.upper()) == found(con, " ".join(words))
