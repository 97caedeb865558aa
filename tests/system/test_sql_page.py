"""The SQL page in headless Chromium, offline: it answers, only reads, and can be stopped."""

from __future__ import annotations

import datetime as dt
import gzip

import browser
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.releases.csv_cells import csv_text
from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.site import builder, wasm

AS_OF = dt.date(2026, 11, 26)
QUESTIONS = sorted(path.stem for path in (PROJECT_DIR / "queries").glob("*.sql"))
# What SQL could do beyond reading the file -> a word of the answer.
ATTACKS = {
    "attach 'http://127.0.0.1:9/x.duckdb' as x": "only reads",
    "attach 'other.duckdb' as x": "only reads",
    "copy (select 1) to 'out.csv'": "only reads",
    "select * from read_csv('http://127.0.0.1:9/x.csv')": "only reads",
    "select * from read_csv('/etc/passwd')": "only reads",
    "select * from 'https://example.org/x.parquet'": "",
    "install httpfs; load httpfs": "Loading external extensions is disabled",
    "load json": "Loading external extensions is disabled",
    "set enable_external_access = true": "only reads",
    "set lock_configuration = false": "only reads",
    "set autoload_known_extensions = true": "only reads",
    "delete from meta.build": "cannot be changed",
    "drop table marts.dim_material": "cannot be changed",
    "create table marts.mine as select 1": "cannot be changed",
    "export database 'x'": "only reads",
    "select * from glob('*')": "only reads",
    "select repeat('x', 1000000) || range as x from range(3000)": "fewer rows",
    "select 1; drop view reports.rpt_source_freshness; select 2": "cannot be changed",
}
ODD = "select '=1+1' as formula, 'a\"b' as quoted, null as empty, -1.5 as figure, '-3' as text"


@pytest.fixture(scope="module")
def scripts(full_build) -> dict[str, str]:
    """Each table macro by its example; every row of a relation is within reach of one script."""
    with full_build.connect() as con:
        macros = dict(con.execute(
            "select schema_name || '.' || macro_name, example_query from meta.macros"
        ).fetchall())  # fmt: skip
        relations = con.execute("select schema_name || '.' || relation_name from meta.relations")
        every = "; ".join(
            f"select count(columns(*)) from {name}" for (name,) in relations.fetchall()
        )
    return macros | {
        "relations": every,
        "today": "select current_date as day",
        "synthetic": "select data_origin, count(*) as n from marts.fct_licence_durations"
        " group by all",
        "of the answer": "select * from answer",
        "of a table": "create temp table mine as from answer; select * from mine",
        "hidden": "select count(*) as n from marts.fct_licence_durations",
        "script": "set variable x = 3; -- a ; here\nselect getvariable('x') as x, ';' as y;",
        "nothing": "  -- no statement",
        "fault": "select nothing_like_this from marts.dim_material",
    }


@pytest.fixture(scope="module")
def seen(whole_site, scripts) -> dict:
    job = {
        "chromium": browser.chromium(),
        "folder": str(whole_site),
        "questions": QUESTIONS,
        "scripts": scripts,
        "attacks": list(ATTACKS),
        "csv": f"{ODD} from range(25000)",
        "chart": "select stratum, data_origin, median_days from marts.fct_licence_durations"
        " where clock = 'working_days' and median_days is not null order by median_days limit 8",
    }
    return browser.run("sql_page_visits.py", given=job)


def test_it_opens_offline_and_asks_nobody_else(seen, record_property):
    """Time depends on the machine and is reported; what is asked does not, and is held."""
    assert seen["leaving"] == []
    assert seen["console"] == []
    assert seen["fetched"] is False, "all is loaded: its own server need not be asked either"
    assert len(set(seen["bars"])) > 5, "a bar that jumps to its end says nothing"
    assert seen["bars"] == sorted(seen["bars"])
    assert seen["first"]["error"] == ""
    print(f"\nready after {seen['ready_s']:.1f} s, first answer after {seen['first_s']:.2f} s")
    record_property("sql_page_ready_s", round(seen["ready_s"], 2))
    record_property("sql_page_first_answer_s", round(seen["first_s"], 2))


def test_every_question_is_answered(seen):
    """As on the command line: the engine of the browser is older, and has no extension."""
    assert set(seen["questions"]) == set(QUESTIONS)
    wrong = {
        name: said for name, said in seen["questions"].items() if said["error"] or not said["rows"]
    }
    assert wrong == {}


def test_every_macro_and_relation_can_be_read(seen, scripts):
    wrong = {
        name: seen["scripts"][name]["error"]
        for name in scripts
        if name not in ("nothing", "fault") and seen["scripts"][name]["error"]
    }
    assert wrong == {}
    assert len(scripts) > 15
    assert "no statement" in seen["scripts"]["nothing"]["error"]
    assert "nothing_like_this" in seen["scripts"]["fault"]["error"]


def test_a_value_that_is_none_is_named(seen):
    assert "'Germny' is not known. Perhaps: Germany" in seen["wrong_place"]["error"]
    assert "days: '-1' is not a whole number from 0 to 999999." in seen["wrong_days"]["error"]
    assert not seen["wrong_days"]["answer"], "the rows of the query before are no answer to this"
    assert seen["right"]["error"] == ""
    assert seen["right"]["rows"] > 0


def test_synthetic_rows_are_said_to_be(seen):
    told = seen["scripts"]["synthetic"]["synthetic"]
    assert "Synthetic rows: 1 of 1. They are invented samples" in told
    assert "reads marts.fct_licence_durations, which holds synthetic rows" in told
    assert seen["scripts"]["of the answer"]["synthetic"] == told
    assert "may be synthetic" in seen["scripts"]["of a table"]["synthetic"]
    hidden = seen["scripts"]["hidden"]["synthetic"]
    assert "does not say which of its rows come from them" in hidden
    assert seen["scripts"]["today"]["synthetic"] == ""


def test_sql_can_only_read(seen):
    """A query that a stranger wrote is run by who trusts the page."""
    harmless = {sql: said for sql, said in seen["attacks"].items() if not said["error"]}
    assert harmless == {}
    wrong = {
        sql: seen["attacks"][sql]["error"]
        for sql, word in ATTACKS.items()
        if word not in seen["attacks"][sql]["error"]
    }
    assert wrong == {}
    assert seen["still"]["error"] == ""


def test_all_rows_are_downloaded_as_the_site_writes_csv(seen):
    name, text = seen["csv"]
    assert name.startswith("chokepoint-query-2")
    row = ("=1+1", 'a"b', None, "-1.5", "-3")
    assert text == csv_text(["formula", "quoted", "empty", "figure", "text"], [row] * 25_000)


def test_sql_that_never_ends_is_cancelled(seen):
    assert seen["while_running"] == "Running"
    assert seen["cancelled"].startswith("Cancelled.")
    assert seen["after"]["error"] == ""
    assert seen["after"]["rows"] == 1


def test_a_link_fills_the_editor_and_runs_nothing(seen):
    linked = seen["linked"]
    assert linked["editor"] == "select 7 as seven"
    assert linked["warned"]
    assert not linked["answer"]
    assert not linked["of_question"]
    assert linked["status"] == "Ready."
    assert linked["made"].startswith("#question=a03_is_covered&.code=850511&")
    assert "made_up" not in linked["made"]
    assert "sql=" not in linked["made"], "the text of a question need not be in its link"
    assert linked["replaced"]
    assert linked["caption"].startswith("Your own query, begun from question a05")


def test_the_dictionary_is_that_of_the_file(seen, full_build):
    with full_build.connect() as con:
        described = con.execute(
            "select description from meta.dictionary"
            " where schema_name = 'marts' and relation_name = 'dim_material'"
        ).fetchall()
    assert described
    assert [text for (text,) in described if text not in seen["dictionary"]] == []


def test_where_it_cannot_run_it_says_why_and_what_to_do(seen):
    faults = seen["faults"]
    assert "python3 -m http.server" in faults["folder"][0]
    assert "lacks WebAssembly" in faults["no wasm"][0]
    assert "the server answered 404" in faults["missing"][0]
    assert "the connection failed" in faults["gone"][0]
    assert "is not whole" in faults["cut"][0]
    assert "of release 2026-" in faults["other release"][0]
    for name, (_, can_run, still_loading) in faults.items():
        assert not can_run, name
        assert not still_loading, name


def test_it_is_for_phones_dark_screens_and_screen_readers(seen):
    for look in seen["looks"]:
        assert not look["too_wide"], look["width"]
        assert look["violations"] == []
        assert look["hatched"], "invented figures are hatched"


def test_only_this_page_may_run_an_engine(whole_site):
    """The others load nothing: who reads them needs no megabytes, and no rights for it."""
    page = (whole_site / "sql.html").read_text(encoding="utf-8")
    assert "'wasm-unsafe-eval'" in page
    assert "unsafe-eval'" not in page.replace("'wasm-unsafe-eval'", "")
    other = (whole_site / "index.html").read_text(encoding="utf-8")
    assert "wasm" not in other.split("</head>")[0]
    assert "sql/" not in other


def test_the_file_is_the_published_one(whole_site, full_build):
    packed = whole_site / "sql" / "chokepoint.duckdb.gz"
    assert gzip.decompress(packed.read_bytes()) == full_build.published.read_bytes()
    assert packed.stat().st_size < 46_000_000


def test_without_npm_the_site_is_written_and_says_so(full_build, tmp_path, monkeypatch):
    def refuse(_):
        raise ChokepointError("npm cannot be reached.", "try again.")

    monkeypatch.setattr(builder, "PAGES", builder.PAGES[4:5])
    monkeypatch.setattr(builder, "vega_bundle", str)
    monkeypatch.setattr(wasm, "bundle", refuse)
    settings = Settings(data_dir=full_build.data_dir)
    edition = builder.Edition(AS_OF, tmp_path / "site", pictures=False)
    built = builder.build_site(settings, edition)
    assert "npm cannot be reached" in built.no_sql
    page = (built.path / "sql.html").read_text(encoding="utf-8")
    assert "could not be fetched" in page
    assert "wasm" not in page
    assert not (built.path / "sql").exists()
