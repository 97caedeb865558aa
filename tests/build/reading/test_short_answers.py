"""On a screen a question prints what matters most, in a width that fits; csv and json are whole."""

import csv
import functools
import io
import json

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from chokepoint.cli.app import app
from chokepoint.reading import queries
from chokepoint.settings import PROJECT_DIR, Settings

NAMES = [query.name for query in queries.list_queries(Settings(project_dir=PROJECT_DIR))]


@pytest.fixture(scope="module", autouse=True)
def asked_once(settings):
    """A question is answered once: a screen, a narrow one and a file show the same rows."""
    answer = functools.cache(functools.partial(queries.run_query, settings))

    def run_query(settings, name, given=None, **more):
        assert not given
        return answer(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "run_query", run_query)
        yield


def run_query(settings, name):
    return queries.run_query(settings, name)


@pytest.fixture(scope="module")
def said(full_build):
    def said(*arguments):
        result = CliRunner().invoke(
            app, ["query", *map(str, arguments), "--data-dir", str(full_build.data_dir)]
        )
        assert result.exit_code == 0, result.output
        return result.output

    return said


@pytest.fixture(scope="module")
def settings(full_build):
    return Settings(project_dir=PROJECT_DIR, data_dir=full_build.data_dir)


@pytest.mark.parametrize("name", NAMES)
def test_a_short_answer_fits_and_names_what_it_leaves_out(name, said, settings):
    result = run_query(settings, name)
    assert result.query.short, "which columns matter most?"
    assert set(result.query.short) <= set(result.columns)
    assert {column for column, _ in result.query.first} <= set(result.columns)
    assert result.query.first_words
    for width, arguments in ((120, ()), (80, ("--narrow",))):
        lines = said(name, *arguments).splitlines()
        asked = " ".join(line.strip() for line in lines[: lines.index("")])
        assert asked == result.query.title, "the question alone stands before the answer"
        assert max(map(len, lines)) <= width
        (header,) = [
            n for n, line in enumerate(lines) if line.split()[:1] == [result.query.short[0]]
        ]
        table = lines[header:]
        if len(result.rows) == 1:
            # A line for each column.
            stated = [
                name
                for name in result.query.short
                if name in {line.partition(" ")[0] for line in table}
            ]
            assert stated[:2] == list(result.query.short[:2])
            assert "certainty" in stated
            continue
        rows = table[1 : table.index("")]
        assert len(rows) >= (10 if len(result.rows) > 15 else len(result.rows))
        assert not any("…" in row for row in rows), "a text goes on below, and is not cut"
        above = [line for line in lines[:header] if line.startswith("In these rows: ")]
        assert any("certainty" in line for line in (table[0], *lines[:header])), above
        footer = " ".join(table[table.index("") :])
        if len(result.rows) > 15:
            assert f"first 10 of {len(result.rows):,} rows by {result.query.first_words}" in footer
        assert "--wide" in footer


def test_an_answer_is_whole_where_that_is_asked_for(said, settings):
    result = run_query(settings, "a01")
    assert f"{len(result.rows):,} rows" in said("a01", "--all")
    wide = said("a01", "--wide", "--all")
    assert all(column in wide for column in result.columns)
    note = result.query.notes.splitlines()[0]
    assert (note in said("a01", "--explain"), note in said("a01")) == (True, False)
    rows = list(csv.reader(io.StringIO(said("a01", "--format", "csv"))))
    assert (rows[0], len(rows)) == (result.columns, len(result.rows) + 1)
    assert len(json.loads(said("a01", "--format", "json"))) == len(result.rows)


def test_the_row_comes_first_that_matters_most_by_what_the_question_says(said, settings):
    result = run_query(settings, "a04")
    ((column, is_descending), *_) = result.query.first
    place, code = (result.columns.index(name) for name in (column, "product_code"))
    most = max((row for row in result.rows if row[place] is not None), key=lambda row: row[place])
    lines = said("a04").splitlines()
    (head,) = [at for at, line in enumerate(lines) if line.startswith("product_code ")]
    assert is_descending
    assert lines[head + 1].split()[0] == most[code]


def test_of_two_accounts_of_a_clause_the_answer_shows_one_row_with_the_rival(settings):
    """And what is not known under a scenario is not said to be none."""
    result = run_query(settings, "a13")
    found = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    law = [(row["scenario_id"], row["question_id"], row["subject_id"]) for row in found
           if row["question_id"] in ("A1", "A2")]  # fmt: skip
    assert len(law) == len(set(law))
    assert any(row["rival_base"] for row in found)
    assert not [row for row in found if row["base"] == "0.0" and row["change"].endswith("none")]


def test_an_answer_as_a_workbook(said, settings, tmp_path):
    path = tmp_path / "a05.xlsx"
    asked = ("a05", "--format", "xlsx", "--output", str(path))
    said(*asked)
    result = run_query(settings, "a05")
    rows = list(load_workbook(path).active.iter_rows(values_only=True))
    assert (list(rows[0]), len(rows)) == (result.columns, len(result.rows) + 1)
    place = result.columns.index("definition_name")
    assert [row[place] for row in rows[1:]] == [row[place] for row in result.rows]
    again = CliRunner().invoke(app, ["query", *asked, "--data-dir", str(settings.data_dir)])
    assert "is there already" in str(again.exception)
