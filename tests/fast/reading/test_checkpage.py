"""The check page: what a reader must see first, and that it needs no other file."""

import base64
import datetime as dt
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from chokepoint.checks import CheckResult
from chokepoint.errors import ChokepointError
from chokepoint.releases.meta.dictionary import add_check_results, create_meta_tables
from chokepoint.settings import Settings
from chokepoint.site.checkpage import write_check_page

GOOD = CheckResult(
    check_name="dim_country__country_is_unique", relation="marts.dim_country", layer="published",
    engine="great_expectations", severity="error", status="pass",
    observed="none of 249 rows against it", expected="column values to be unique: country_iso3",
    reason="A country listed twice doubles its trade.", seconds=0.01,
)  # fmt: skip


def page(folder: Path, *results: CheckResult, build: bool = True) -> str:
    """The page of a file with these results, written twice: the second replaces the first."""
    settings = Settings(data_dir=folder / "data")
    settings.published_path.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_path)) as con:
        create_meta_tables(con)
        add_check_results(con, results)
        if build:
            con.execute(
                "insert into meta.build by name select '2026-11-25T010203Z-abcdef12' as release_id,"
                " timestamp '2026-11-25 01:02:03' as built_at, 'f00dfeedf00dfeed' as git_commit,"
                """ 412345 as row_count, '{"landing": 4.25, "dbt": 12.5}' as seconds_per_stage"""
            )
        else:
            con.execute("drop table meta.build")
    write_check_page(settings, today=dt.date(2026, 11, 25))
    path = write_check_page(settings, today=dt.date(2026, 11, 25))
    assert [item.name for item in path.parent.iterdir()] == ["checks.html"]
    return path.read_text("utf-8")


def text(html: str) -> str:
    """The visible words, one space apart."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_what_forbids_a_release_comes_first(tmp_path):
    """A reader who opens the page because a build stopped must not search for the reason."""
    events = {"check_name": "fct_events__dates", "relation": "marts.fct_events", "layer": "dbt"}
    html = page(
        tmp_path,
        GOOD,
        replace(GOOD, check_name="a__warns", severity="warn", status="warn"),
        replace(GOOD, check_name="b__raised", status="error", observed="no column x"),
        replace(GOOD, check_name="c__skips", status="skipped"),
        replace(
            GOOD, **events, status="fail", failing_sample='[{"event_id": "E1", "event_date": null}]'
        ),
    )
    words = text(html)
    assert "Two checks that should stop a release failed or did not run, of 5" in words
    assert "One check had nothing to look at." in words
    order = [words.index(word) for word in ("Failed Dates", "Not run Raised", "Warning Warns")]
    assert order == sorted(order)
    assert "event_id event_date E1" in words
    assert order[-1] < words.index("Filter checks")
    assert words.index("Filter checks") < words.index("Passed Country is unique")


def test_no_results_is_no_good_news(tmp_path):
    words = text(page(tmp_path, build=False))
    assert "No check of this release is recorded: do not rely on its figures" in words
    assert "The file has no record of its build." in words


def test_values_are_escaped(tmp_path):
    """Sample rows come from foreign files; they must not become part of the page."""
    evil = "<script>alert(1)</script>"
    sample = json.dumps([{"a": evil}] * 9)
    bad = replace(GOOD, status="fail", observed=evil, reason=evil, failing_sample=sample)
    html = page(tmp_path, bad, replace(GOOD, observed="a\u202eb\x1b[2J"))
    assert evil not in html
    # Five rows of the sample at most, and twice each what was seen and why it matters.
    assert html.count("&lt;script&gt;alert(1)") == 5 + 2 * 2
    # What a browser would read backwards is written out.
    assert "a\\u202eb\\x1b[2J" in html
    assert not {"\u202e", "\x1b"} & set(html)


@pytest.mark.parametrize("sample", ["not json", "3", '["a"]'])
def test_odd_sample_is_shown_as_it_is(sample, tmp_path):
    words = text(page(tmp_path, replace(GOOD, status="fail", failing_sample=sample)))
    assert f"value {sample.strip('[]').replace(chr(34), '')}" in words


def test_page_runs_its_own_script_and_needs_nothing_from_outside(tmp_path):
    html = page(tmp_path, GOOD, replace(GOOD, status="warn", severity="warn"))
    addresses = re.findall(r'\b(?:src|href|action)="([^"]*)"', html)
    assert all(address.startswith("#") for address in addresses)
    assert not re.search(r"https?://|@import|url\((?!#)", html)
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert allowed["script-src"] == f"'sha256-{digest}'"
    assert allowed["default-src"] == "'none'"


def test_missing_file_and_file_without_results_are_explained(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    with pytest.raises(ChokepointError, match="There is no file"):
        write_check_page(settings)
    settings.published_path.parent.mkdir(parents=True)
    duckdb.connect(str(settings.published_path)).close()
    with pytest.raises(ChokepointError, match="holds no check results"):
        write_check_page(settings)
    assert not settings.docs_dir.exists()
