"""Questions from queries/: parameters are bound and cast, names stay inside the folder."""

import datetime as dt
import shutil
from dataclasses import replace
from types import SimpleNamespace

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.reading.queries import find_query, list_queries, run_query
from chokepoint.settings import PROJECT_DIR, Settings

QUERY = """-- Which numbers are there?
-- One row per number.
-- param: least integer 'Smallest; default: 0'
-- param: word text 'Word; default: all'
-- param: day date 'Day; default: none'
select number, word, getvariable('day') as day
from marts.numbers
where
    number >= coalesce(getvariable('least'), 0)
    and word = coalesce(getvariable('word'), word)
order by number
"""


@pytest.fixture(scope="module")
def published_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "small.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.numbers as "
            "select * from (values (1, 'one'), (2, 'two'), (3, 'o''three')) as v (number, word)"
        )
    return path


@pytest.fixture
def settings(tmp_path, published_file):
    """A project with two queries and a published file with one table."""
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "q1_numbers.sql").write_text(QUERY)
    (folder / "q10_words.sql").write_text("-- Which words?\nselect word from marts.numbers\n")
    (tmp_path / "secret.sql").write_text("select 'outside' as place\n")
    made = replace(Settings(), project_dir=tmp_path, data_dir=tmp_path / "data")
    made.published_dir.mkdir(parents=True)
    shutil.copyfile(published_file, made.published_path)
    return made


def test_parameters_are_cast_to_the_declared_type_and_have_the_defaults_of_the_query(settings):
    result = run_query(settings, "q1_numbers")
    assert result.columns == ["number", "word", "day"]
    assert [row[0] for row in result.rows] == [1, 2, 3]
    result = run_query(settings, "q1_numbers", {"least": "2", "day": "2026-01-31"})
    assert [row[0] for row in result.rows] == [2, 3]
    assert result.rows[0][2] == dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    "word",
    ["x' or '1'='1", "one'; drop table marts.numbers; --", '"', "getvariable('least')", "\\"],
)
def test_a_value_is_never_read_as_sql(settings, word):
    """An injected condition would return every row, an injected statement would fail loudly."""
    assert run_query(settings, "q1_numbers", {"word": word}).rows == []
    assert len(run_query(settings, "q1_numbers", {"word": "o'three"}).rows) == 1


def test_a_value_of_the_wrong_type_is_refused(settings):
    with pytest.raises(ChokepointError, match=r"--least 'many' is not a whole number.*"):
        run_query(settings, "q1_numbers", {"least": "many"})


def test_an_unknown_parameter_lists_those_that_exist(settings):
    with pytest.raises(ChokepointError) as caught:
        run_query(settings, "q1_numbers", {"leats": "2"})
    message = str(caught.value)
    assert "leats" in message
    assert "--least (integer) Smallest; default: 0" in message


@pytest.mark.parametrize(
    "name", ["../secret", "secret", "/etc/passwd", "q1_numbers.sql", "queries/q1", "", "*", "q1%"]
)
def test_only_names_of_the_folder_run(settings, name):
    with pytest.raises(ChokepointError, match=r"q1_numbers"):
        find_query(settings, name)


def test_the_start_of_a_name_is_enough_if_it_is_the_only_one(settings):
    assert find_query(settings, "q1_").name == "q1_numbers"
    assert find_query(settings, "q1").name == "q1_numbers"
    assert find_query(settings, "Q10").name == "q10_words"
    with pytest.raises(ChokepointError, match="fits several"):
        find_query(settings, "q")


def test_what_is_asked_with_it_chooses_among_the_questions_of_a_number(settings):
    """`a05 --material gallium` is asked of the one question of a05 that takes a material."""
    folder = settings.project_dir / "queries"
    for name, parameter in (("a1_one", "day"), ("a1b_two", "place"), ("a1c_three", "goods")):
        header = f"-- {name}\n-- param: {parameter} text 'Which; default: all'\n"
        (folder / f"{name}.sql").write_text(f"{header}select 1")
    assert find_query(settings, "a1").name == "a1_one"
    assert find_query(settings, "A1", ["goods", "file"]).name == "a1c_three"
    assert find_query(settings, "a1", ["day"]).name == "a1_one"
    # What no question takes, or not all of it, is refused by the first, which lists what there is.
    assert find_query(settings, "a1", ["place", "goods"]).name == "a1_one"
    assert find_query(settings, "a1b", ["goods"]).name == "a1b_two"


def test_a_query_cannot_write_or_read_other_files(settings, tmp_path):
    """A query file from elsewhere must not change the release or send files to the reader."""
    folder = settings.project_dir / "queries"
    (folder / "w1_write.sql").write_text("drop table marts.numbers")
    (folder / "w2_read.sql").write_text(f"select * from read_text('{tmp_path / 'secret.sql'}')")
    for name in ("w1_write", "w2_read"):
        with pytest.raises(ChokepointError, match=name):
            run_query(settings, name)


def test_a_wrong_header_names_file_and_line(settings):
    (settings.project_dir / "queries" / "bad.sql").write_text("-- Bad\n-- param: x money\nselect 1")
    with pytest.raises(ChokepointError, match=r"bad.sql, line 2"):
        find_query(settings, "bad")


def test_every_query_of_the_project_reads_the_parameters_it_declares():
    """A declared parameter that the SQL does not read is silently without effect."""
    queries = list_queries(replace(Settings(), project_dir=PROJECT_DIR))
    assert queries
    for query in queries:
        for parameter in query.parameters:
            assert f"getvariable('{parameter.name}')" in query.sql, (query.name, parameter.name)


KINDS = """-- Which kinds of parameters are read?
-- param: product code 'Code; default: 850511, magnets'
-- param: reporter place 'Country; default: EU27'
-- param: part share 'Part; default: 0.5'
-- param: days count 'Days; default: none'
-- param: key json 'Key; default: none'
-- found in: marts.traded product=product_code year=period reporter=reporter_code
-- param: year text 'Year; default: 2024'
select
    product_code, reporter_code, period, getvariable('part') as part, getvariable('days') as days,
    getvariable('key') as key
from marts.traded
where
    product_code = coalesce(getvariable('product'), '850511')
    and reporter_code = coalesce(getvariable('reporter'), 'EU27')
    and period = coalesce(getvariable('year'), '2024')
"""


@pytest.fixture
def traded(settings):
    (settings.project_dir / "queries" / "q2_traded.sql").write_text(KINDS)
    with duckdb.connect(str(settings.published_path)) as con:
        con.execute(
            """
            create table marts.traded as
            select '850511' as product_code, 'EU27' as reporter_code, year::varchar as period
            from range(2015, 2025) as t(year)
            union all select '280530', 'DEU', '2024';
            create table marts.dim_product as
            select distinct product_code, true as is_traded from marts.traded
            union all values ('7203', true), ('28053', true), ('28054', true), ('TOTAL', true);
            create table marts.dim_product_code as
            select 'HS2022' as nomenclature, '284180' as product_code, true as is_newest;
            create table marts.dim_place_name as
            select upper(name) as name_key, name as place_name, code as place_code
            from (values ('DEU', 'DEU'), ('Germany', 'DEU'), ('EU27', 'EU27')) as t (name, code)
            """
        )
    return settings


@pytest.mark.parametrize(
    ("given", "product"),
    [
        ({"product": "8505.11"}, "850511"),
        ({"product": "2805 30", "reporter": " deu"}, "280530"),
        ({"product": "280530", "reporter": "germany"}, "280530"),
    ],
)
def test_codes_and_places_are_read_as_people_write_them(traded, given, product):
    assert [row[0] for row in run_query(traded, "q2", given).rows] == [product]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("product", "abc850511", "code"), ("product", " . ", "code"), ("reporter", " ", "place"),
        ("part", "65", "number from 0 to 1"), ("part", "-0.1", "number from 0 to 1"),
        ("part", "nan", "number from 0 to 1"), ("days", "-5", "whole number from 0 to 999999"),
        ("days", "1.5", "whole number from 0 to 999999"), ("key", "[]", "JSON object"),
        ("key", "'CHN'", "JSON object"), ("key", "{", "JSON object"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused(traded, name, value, kind):
    with pytest.raises(ChokepointError, match=f"is not a {kind}"):
        run_query(traded, "q2", {name: value})


def test_an_empty_answer_says_what_there_is(traded):
    hints = run_query(traded, "q2", {"reporter": "DEU"}).hints
    assert hints == [
        "With year 2024 and reporter DEU there is product 280530.",
        "With product 850511 and year 2024 there is reporter EU27.",
    ]
    hints = run_query(traded, "q2", {"year": "1999"}).hints
    assert hints == [
        "With product 850511 and reporter EU27 there is year 2015 to 2024.",
        "year 1999 is nowhere in marts.traded.",
    ]
    assert run_query(traded, "q2").hints == []
    (hint,) = run_query(traded, "q2", {"product": "2841.80"}).hints
    assert hint.startswith("284180 is in HS2022, but no trade in it is bundled")
    (hint,) = run_query(traded, "q2", {"product": "999999"}).hints
    assert hint.startswith("No trade in 999999 is bundled, and no list here has it.")
    assert hint.endswith("Of heading 9999 there is none.")


def test_an_unknown_value_is_answered_with_those_near_to_it(traded):
    """A slip in a code or a name is no reason to read all codes and names there are."""
    for given, near in (("2805.41", "28054, 28053, 280530"), ("28052", "28053, 280530, 28054")):
        (hint,) = run_query(traded, "q2", {"product": given}).hints
        assert hint.endswith(f" Of heading 2805 there is {near}."), hint
    hints = run_query(traded, "q2", {"product": "85051", "reporter": "DEU"}).hints
    assert hints[0] == "With year 2024 and reporter DEU there is no product of heading 8505."
    path = traded.project_dir / "queries" / "q2_traded.sql"
    path.write_text(
        "-- Which?\n-- param: reporter text 'Country; default: all'\n"
        "-- found in: marts.traded reporter=reporter_code\n"
        "select * from marts.traded where reporter_code = getvariable('reporter')"
    )
    for given, near in (("eu28", "EU27"), ("de", "DEU"), ("U", "DEU, EU27"), ("xyz", "DEU, EU27")):
        hints = run_query(traded, "q2", {"reporter": given}).hints
        assert hints[0] == f"There is reporter {near}."
    hints = run_query(traded, "q2", {"reporter": "deu"}).hints
    assert hints == ["There is reporter DEU, EU27."], "it is there, in other letters"


def test_a_release_answers_its_own_questions_and_one_that_brings_none_those_of_today(
    traded, monkeypatch
):
    """A question of today asks an older release for tables that it never had."""
    numbered = SimpleNamespace(path=traded.published_path)
    monkeypatch.setattr("chokepoint.releases.numbered.find_numbered", lambda *_: numbered)
    with duckdb.connect(str(numbered.path)) as con:
        con.execute("drop table marts.dim_product_code; create schema meta")
    # What the release lacks for a hint leaves the answer as it is.
    assert run_query(traded, "q2", {"product": "999999"}, release="1").hints == []
    with duckdb.connect(str(numbered.path)) as con:
        con.execute(
            "create table meta.questions as select 'q2_traded' as question_name,"
            " '-- Then' || chr(10) || 'select 1 as then_known' as sql; drop table marts.traded"
        )
    assert run_query(traded, "q2", release="1").columns == ["then_known"]
    with pytest.raises(ChokepointError, match="with the version that made it"):
        run_query(traded, "q2")


@pytest.mark.parametrize(
    ("value", "nearest"), [("EU28", "EU27"), ("Germny", "Germany"), ("\x1b[31m", "EU27")]
)
def test_a_place_that_is_not_known_is_refused_with_the_nearest(traded, value, nearest):
    with pytest.raises(ChokepointError, match=rf"(?s)reporter .* is not known.*{nearest}"):
        run_query(traded, "q2", {"reporter": value})


@pytest.mark.parametrize(
    ("value", "nearest"),
    [("EU28", "EU27"), ("Deutschland", "DEU"), ("de", "DEU"), ("7", "EU27.$")],
)
def test_a_value_that_is_not_known_is_refused_with_the_nearest(traded, value, nearest):
    path = traded.project_dir / "queries" / "q2_traded.sql"
    path.write_text(
        KINDS.replace("place", "text").replace(
            "-- found in",
            "-- known: reporter in marts.traded(reporter_code)\n"
            "-- known: reporter as Europe\n-- found in",
        )
    )
    assert run_query(traded, "q2", {"reporter": "EU27"}).rows
    assert not run_query(traded, "q2", {"reporter": "EUROPE "}).rows
    with pytest.raises(ChokepointError, match=rf"(?s)reporter '{value}' is not known.*{nearest}"):
        run_query(traded, "q2", {"reporter": value})


def test_each_name_of_a_list_is_known_or_named(traded):
    """`a05c --materials gallium,galium` with the rows of gallium alone would pass for both."""
    path = traded.project_dir / "queries" / "q2_traded.sql"
    path.write_text(
        "-- Which?\n-- param: reporters list 'Names by commas; default: all'\n"
        "-- known: reporters in marts.traded(reporter_code)\n-- known: reporters as all\n"
        "select distinct reporter_code from marts.traded\n"
        "where list_contains(string_split(getvariable('reporters'), ','), reporter_code)"
    )
    assert len(run_query(traded, "q2", {"reporters": "EU27,DEU"}).rows) == 2
    for given, wrong in (("EU27,DE", "DE"), ("all,EU28", "EU28")):
        with pytest.raises(ChokepointError, match=rf"reporters .*'{wrong}'"):
            run_query(traded, "q2", {"reporters": given})
