"""The check page: what a reader must see first, that it is self-contained, that it is readable."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from chokepoint.checks import CheckResult
from chokepoint.errors import ChokepointError
from chokepoint.releases.dictionary import add_check_results, create_meta_tables
from chokepoint.site import checkpage

GOOD = CheckResult(
    check_name="dim_country__country_is_unique",
    relation="marts.dim_country",
    layer="published",
    engine="great_expectations",
    severity="error",
    status="pass",
    observed="none of 249 rows against it",
    expected="column values to be unique: country_iso3",
    reason="A country listed twice doubles its trade.",
    seconds=0.01,
)


def result(**changes: object) -> CheckResult:
    return CheckResult(**(GOOD.__dict__ | changes))


def database(tmp_path: Path, *results: CheckResult, build: bool = True) -> Path:
    path = tmp_path / "chokepoint.duckdb"
    con = duckdb.connect(str(path))
    create_meta_tables(con)
    add_check_results(con, results)
    if build:
        con.execute(
            "insert into meta.build by name select '2026-11-25T010203Z-abcdef12' as release_id, "
            "timestamp '2026-11-25 01:02:03' as built_at, 'f00dfeedf00dfeed' as git_commit, "
            "true as is_git_dirty, 412345 as row_count, "
            """'{"landing": 4.25, "dbt": 12.5}' as seconds_per_stage"""
        )
    con.execute(
        "create table meta.freshness as from (values "
        "('ecb_exchange_rates', 318, date '2026-09-28'), ('wgi_estimates', 17724, date "
        "'2027-01-01'), ('hmrc_imports_monthly', null, null)) "
        "as sources(source_id, row_count, stale_after)"
    )
    con.close()
    return path


def page(path: Path, out: Path) -> str:
    return checkpage.write_check_page(path, out, today=dt.date(2026, 11, 25)).read_text("utf-8")


class Structure(HTMLParser):
    """Tables with their captions and header scopes, addresses, and the text in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables = self.captions = 0
        self.headers: list[dict] = []
        self.addresses: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "th":
            self.headers.append(found)
        self.addresses += [found[name] for name in ("src", "href", "action") if name in found]


def text(html: str) -> str:
    """The visible words, one space apart."""
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_good_release_says_so(tmp_path: Path) -> None:
    words = text(page(database(tmp_path, GOOD), tmp_path / "docs"))
    assert "Fit for release Every check that can stop a release passed." in words
    assert "release 2026-11-25T010203Z-abcdef12 , built 2026-11-25 01:02:03 UTC" in words
    assert "commit f00dfeedf00d with changes" in words
    assert "0 failed" in words
    assert "1 passed" in words
    assert "landing 4.25 dbt 12.5" in words


def test_what_forbids_a_release_comes_first(tmp_path: Path) -> None:
    """A reader who opens the page because a build stopped must not search for the reason."""
    html = page(
        database(
            tmp_path,
            GOOD,
            result(check_name="a__warns", relation="a", severity="warn", status="warn"),
            result(check_name="b__raised", relation="b", status="error", observed="no column x"),
            result(
                check_name="fct_events__dates",
                relation="marts.fct_events",
                layer="dbt",
                engine="dbt",
                status="fail",
                failing_sample='[{"event_id": "E1", "event_date": null}]',
            ),
        ),
        tmp_path,
    )
    words = text(html)
    assert "Not fit for release 2 checks forbid a release. They come first below." in words
    order = [words.index(word) for word in ("failed dates", "not run raised", "warning warns")]
    assert order == sorted(order)
    assert "event_id event_date E1" in words
    assert order[-1] < words.index("Filter checks")


def test_warnings_and_skips_are_not_plain_green(tmp_path: Path) -> None:
    words = text(
        page(
            database(
                tmp_path,
                GOOD,
                result(check_name="a__warns", severity="warn", status="warn"),
                result(check_name="a__skips", status="skipped"),
            ),
            tmp_path,
        )
    )
    assert "Fit for release Every check that ran and can stop a release passed; " in words
    assert "1 warning to look at, 1 check skipped." in words


def test_no_results_is_no_good_news(tmp_path: Path) -> None:
    words = text(page(database(tmp_path), tmp_path))
    assert "No check ran Do not rely on this file." in words


def test_sources_are_overdue_or_not_delivered_on_the_day(tmp_path: Path) -> None:
    words = text(page(database(tmp_path, GOOD), tmp_path))
    assert "overdue ecb_exchange_rates 318 2026-09-28" in words
    assert "up to date wgi_estimates 17,724 2027-01-01" in words
    assert "not delivered hmrc_imports_monthly" in words
    assert "as of 2026-11-25" in words


def test_page_works_without_build_and_freshness(tmp_path: Path) -> None:
    path = database(tmp_path, GOOD, build=False)
    with duckdb.connect(str(path)) as con:
        con.execute("drop table meta.build")
        con.execute("drop table meta.freshness")
    words = text(page(path, tmp_path))
    assert "a file without a record of its build" in words
    assert "Sources and their age" not in words


def test_values_are_escaped(tmp_path: Path) -> None:
    """Sample rows come from foreign files; they must not become part of the page."""
    evil = "<script>alert(1)</script>"
    html = page(
        database(
            tmp_path,
            result(
                status="fail", observed=evil, reason=evil, failing_sample=f'[{{"a": "{evil}"}}]'
            ),
        ),
        tmp_path,
    )
    assert evil not in html
    assert html.count("&lt;script&gt;alert(1)") >= 3


@pytest.mark.parametrize("sample", ["not json", "3", '["a"]'])
def test_odd_sample_is_shown_as_it_is(sample: str, tmp_path: Path) -> None:
    words = text(page(database(tmp_path, result(status="fail", failing_sample=sample)), tmp_path))
    assert "sample " + sample.replace('"', "&#34;") in words


def test_page_needs_nothing_from_outside(tmp_path: Path) -> None:
    html = page(database(tmp_path, GOOD, result(status="warn", severity="warn")), tmp_path)
    assert all(address.startswith("#") for address in Structure(html).addresses)
    assert not re.search(r"https?://|@import|url\(", html)


def test_tables_can_be_read_aloud(tmp_path: Path) -> None:
    sample = '[{"a": 1}]'
    html = page(
        database(tmp_path, GOOD, result(check_name="x", status="fail", failing_sample=sample)),
        tmp_path,
    )
    structure = Structure(html)
    assert structure.tables == structure.captions >= 4
    assert all(header.get("scope") in ("col", "row") for header in structure.headers)
    assert ("html", {"lang": "en"}) in structure.tags
    assert sum(tag == "h1" for tag, _ in structure.tags) == 1
    # Every badge has a shape and a word, never a colour alone.
    badges = re.findall(
        r'<span class="badge \w+"><svg [^>]*><use href="#(\w+)"/></svg>([^<]+)', html
    )
    assert len(badges) == html.count('class="badge')
    assert all(word.strip() for _, word in badges)
    symbols = set(re.findall(r'<symbol id="(\w+)"', html))
    assert {shape for shape, _ in badges} <= symbols == set(checkpage.STATUSES)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast(theme: int) -> None:
    css = (checkpage.TEMPLATES_DIR / f"{checkpage.PAGE}.j2").read_text("utf-8")
    block = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)[theme]
    colour = dict(re.findall(r"--([\w-]+): (#\w+);", block))
    pairs = [(text, back) for text in ("ink", "quiet", "link") for back in ("paper", "card")]
    pairs += [(name, f"{name}-bg") for name in ("pass", "warn", "fail", "skip")]
    low = {pair: round(_contrast(*(colour[name] for name in pair)), 2) for pair in pairs}
    assert all(value >= 4.5 for value in low.values()), low


def test_missing_file_and_file_without_results_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ChokepointError, match="There is no file"):
        checkpage.write_check_page(tmp_path / "none.duckdb", tmp_path)
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(ChokepointError, match="holds no check results"):
        checkpage.write_check_page(tmp_path / "empty.duckdb", tmp_path)
    assert not (tmp_path / "checks.html").exists()


def test_a_browser_runs_the_script_of_the_page_and_no_other(tmp_path: Path) -> None:
    html = page(database(tmp_path, GOOD), tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert allowed["script-src"] == f"'sha256-{digest}'"
    assert allowed["default-src"] == "'none'"


def test_what_a_browser_would_read_backwards_is_written_out(tmp_path: Path) -> None:
    html = page(database(tmp_path, replace(GOOD, observed="a\u202eb\x1b[2J")), tmp_path)
    assert "a\\u202eb\\x1b[2J" in html
    assert not {"\u202e", "\x1b"} & set(html)


def test_page_replaces_the_last_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = database(tmp_path, GOOD)
    out = tmp_path / "docs" / "checks"
    page(path, out)
    page(path, out)
    assert [item.name for item in out.iterdir()] == ["checks.html"]
