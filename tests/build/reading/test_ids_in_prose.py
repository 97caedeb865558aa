"""No sentence that a person reads names a row by its key: on pages, in answers, in the brief."""

import csv
import html
import io
import re

import pytest
from typer.testing import CliRunner

from chokepoint.cli.app import app
from chokepoint.reading.queries import list_queries
from chokepoint.settings import PROJECT_DIR, Settings

SNAKE = r"(?<![\w./-])[a-z]+(?:_[a-z0-9]+)+(?![\w(/.])"
# Keys of rows, whose words would else be words of English.
KEYS = {
    "marts.dim_act": "act_id", "marts.fct_measure_states": "claim_group",
    "marts.fct_state_claims": "claim_id", "marts.fct_licence_claims": "claim_id",
    "marts.fct_commitment_scorecard": "commitment_id", "marts.fct_events": "event_id",
}  # fmt: skip
# Columns that hold codes, fields to enter or a path of keys, by their description.
CODES = {
    "certainty", "enter", "path", "row_key", "detail", "model_path", "example_query",
    "columns", "row_text", "question_path", "asks_for",
}  # fmt: skip
# The checks of columns are about fields; formulas, the dictionary and SQL about nothing else.
ABOUT_FIELDS, LEFT_OUT = ("health.html", "search.html"), ("definitions", "sql.html")
NOT_PROSE = re.compile(
    r"<(script|style|code|pre|svg|select|textarea|template)\b.*?</\1>"
    r'|<(\w+)[^>]*class="[^"]*\bcode\b[^"]*"[^>]*>.*?</\2>',
    re.DOTALL,
)
BLOCK = re.compile(r"<(?:p|li|h[1-4]|figcaption|caption|dt|dd|td|th|div)\b[^>]*>|\n")


def blocks(source: str) -> list[str]:
    """Texts of a page, a block each."""
    parts = BLOCK.split(NOT_PROSE.sub("", source))
    return [html.unescape(re.sub(r"<[^>]*>", "", part)).strip() for part in parts]


@pytest.fixture(scope="module")
def settings(full_build):
    return Settings(project_dir=PROJECT_DIR, data_dir=full_build.data_dir)


@pytest.fixture(scope="module")
def forms(full_build):
    """What a key looks like: any that the file has, and any word of a program."""
    with full_build.connect() as con:
        keys = {
            key
            for relation, column in KEYS.items()
            for (key,) in con.execute(f"select distinct {column} from {relation}").fetchall()
            if key and re.search(r"[0-9]", key)
        }
    assert {"K08", "CN-2025-18", "after-2026-11-10/B"} <= keys
    any_key = "|".join(map(re.escape, sorted(keys, key=len, reverse=True)))
    return re.compile(rf"(?<![\w./-])(?:{any_key})(?![\w-])"), re.compile(SNAKE)


def faults(text, forms):
    """Keys in a text of four words or more; a list of keys alone is no prose."""
    if len(text.split()) < 4 or re.fullmatch(r"[\w./-]+(?:[;,] [\w./-]+)*", text):
        return []
    return [found for form in forms for found in form.findall(text)]


def test_the_forms_are_found(forms):
    for text in (
        "judged by the promise K08 of the list", "in the reading after-2026-11-10/B it is back",
        "bodies named in issuing_body, mostly", "that restrict it: CN-2025-18, and others",
    ):  # fmt: skip
        assert faults(text, forms), text
    assert faults("No. 18/2025 holds 8505 11 from 4 April 2025 on", forms) == []


def test_no_page_names_a_row_by_its_key(whole_site, forms):
    found = {}
    pages = list(whole_site.rglob("*.html"))
    assert len(pages) > 200
    for page in pages:
        name = page.relative_to(whole_site).as_posix()
        if name.startswith(LEFT_OUT):
            continue
        asked = forms[:1] if name.startswith(ABOUT_FIELDS) else forms
        for block in blocks(page.read_text("utf-8")):
            if keys := faults(block, asked):
                found[name, *keys] = block[:160]
    assert found == {}


def test_no_answer_names_a_row_by_its_key(settings, monkeypatch, forms):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(settings.data_dir))
    found = {}
    for query in list_queries(settings):
        done = CliRunner().invoke(app, ["query", query.name, "--all", "--wide", "--format", "csv"])
        assert done.exit_code == 0, done.output
        columns, *rows = csv.reader(io.StringIO(done.stdout))
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):
            for value in set(values) if column not in CODES else ():
                if keys := faults(value, forms):
                    found[query.name, column, *keys] = value[:160]
    assert found == {}


def test_no_line_of_any_brief_names_a_row_by_its_key(full_build, forms):
    with full_build.connect() as con:
        lines = con.execute("select distinct headline from marts.fct_brief_facts").fetchall()
    assert {line: keys for (line,) in lines if (keys := faults(line, forms))} == {}
