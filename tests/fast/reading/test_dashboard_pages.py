"""Pages of licences, promises, exposure, health, definitions: from rows, and without rows."""

import datetime as dt
import html
import json
from dataclasses import replace

import duckdb
import pytest

from chokepoint.checks import CheckResult
from chokepoint.releases.meta.dictionary import add_check_results, create_meta_tables
from chokepoint.settings import Settings
from chokepoint.site import words
from chokepoint.site.builder import environment
from chokepoint.site.pages import (
    definitions,
    exposure,
    health,
    licences,
    lookup,
    materials,
    products,
    scorecard,
)  # fmt: skip
from chokepoint.site.pages.definitions import read_cards
from chokepoint.site.site import Site
from chokepoint.site.subjects.goods import anchor, material_href, product_href

DAY = dt.date(2026, 11, 26)
SCRIPT = "<script>alert(1)</script>"
MAKERS = (
    licences.pages, scorecard.pages, exposure.pages, exposure.own, health.pages, definitions.pages,
)  # fmt: skip


def texts(con: duckdb.DuckDBPyConnection, maker, tmp_path) -> dict[str, str]:
    """The pages of one maker, written from a database with or without the tables they read."""
    site = Site(con, DAY, Settings(data_dir=tmp_path / "data"))
    templates = environment()
    return {
        page.path: templates.get_template(page.template).render(
            site=site, page=page, section="", **page.context
        )
        for page in maker(site)
    }


@pytest.fixture
def con():
    connection = duckdb.connect()
    connection.execute("create schema meta")
    connection.execute("create schema marts")
    yield connection
    connection.close()


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: f"{maker.__module__}-{maker.__name__}")
def test_a_file_without_its_tables_makes_sentences(con, tmp_path, maker):
    """An older release has fewer tables; a traceback tells its reader nothing."""
    written = texts(con, maker, tmp_path)
    assert written
    for path, text in written.items():
        assert "None" not in text.replace("None of", ""), path
    main = next(iter(written.values()))
    assert 'class="spec"' not in main
    assert "by this day" not in main
    assert "nothing to show" in main or "No check of this release is recorded" in main


@pytest.mark.parametrize("maker", [materials.pages, products.pages, lookup.search])
def test_a_file_without_materials_says_what_it_lacks(con, tmp_path, maker):
    """An older release has no such tables; an empty page would say that there are none."""
    (text,) = texts(con, maker, tmp_path).values()
    assert "This release lacks" in text
    assert "None" not in text


def test_addresses_of_materials_and_codes_are_harmless():
    assert material_href("Rare earths/../x") == "materials/rare-earths----x.html"
    assert product_href("28053031") == "products/280530.html#code-28053031"
    assert product_href("8542") == "products/8542.html#code-8542"
    assert anchor("28053031") == "code-28053031"
    assert words.part_of(1, 1, "code") == "1 of 1 code"
    assert words.part_of(0, 12, "code") == "0 of 12 codes"


def test_stale_and_absent_are_told_apart(con, tmp_path):
    """A source that was never delivered is no old source, and no zero."""
    con.execute(
        "create table meta.sources as from (values"
        " ('a', 'a', 'landed file', 'Maker A', 'Title A', 'https://a.example', 'real'),"
        " ('b', 'b', 'landed file', 'Maker B', 'Title B', 'javascript:alert(1)', 'real'),"
        " ('c', 'c', 'landed file', 'Maker C', 'Title C', null, 'real'))"
        " as s(source_id, table_name, delivery_kind, producer, title, url, data_origin)"
    )
    con.execute(
        "create table meta.freshness as from (values"
        " ('a', 'monthly', '2026-01', '2026-06', 9, 0, date '2026-06-30', date '2026-08-01',"
        "  date '2026-09-01'),"
        " ('b', 'annual', '2020', '2025', 9, 0, date '2025-12-31', date '2026-08-01',"
        "  date '2027-09-01'),"
        " ('c', 'annual', null, null, null, 0, null, null, null))"
        " as f(source_id, cadence, first_period, latest_period, row_count, quarantined_count,"
        " latest_period_end, known_on, stale_after)"
    )
    page = texts(con, health.pages, tmp_path)["health.html"]
    assert "one source of 2 is overdue for an update" in page
    assert "the oldest, Maker A, is 86 days late" in page
    assert "<li>Title C</li>" in page
    assert "<li>Title A</li>" not in page


def test_law_that_is_due_to_be_read_again_is_said_on_every_page(con, tmp_path):
    con.execute(
        "create table meta.law_coverage as from (values"
        " ('CN', 'No. 40/2026', 37, 30, date '2026-10-09', date '2026-10-20', date '2026-09-22',"
        " date '2026-11-08'),"
        " ('EU', null, 4, 365, null, date '2026-10-09', null, date '2027-10-09'))"
        " as c(jurisdiction, newest_act, measure_count, max_age_days, list_read_to,"
        " newest_source_on, newest_act_on, stale_after)"
    )
    site = Site(con, DAY, Settings(data_dir=tmp_path / "data"))
    page = " ".join(texts(con, health.pages, tmp_path)["health.html"].split())
    said = " ".join(site.status.split())
    assert said in html.unescape(page)
    assert "CN's list read to 9 October 2026" in said
    assert "the law of one jurisdiction" in said.partition("overdue: ")[2]
    assert "No. 40/2026" in page
    assert "for 18 days" in page.replace("\xa0", " ")


GOOD = CheckResult(
    check_name="dim_country__country_is_unique", relation="marts.dim_country", layer="published",
    engine="great_expectations", severity="error", status="pass",
    observed="none of 249 rows against it", expected="column values to be unique: country_iso3",
    reason="A country listed twice doubles its trade.", seconds=0.01,
)  # fmt: skip


def health_of(con, tmp_path, *results: CheckResult) -> str:
    """The page on data health of a file with these results of checks."""
    con.execute("drop schema meta")
    create_meta_tables(con)
    add_check_results(con, results)
    return texts(con, health.pages, tmp_path)["health.html"]


def test_what_forbids_a_release_comes_first(con, tmp_path):
    """Samples come from foreign files: five rows at most, and no part of the page."""
    page = health_of(
        con,
        tmp_path,
        GOOD,
        replace(GOOD, check_name="a__warns", severity="warn", status="warn"),
        replace(GOOD, check_name="b__raised", status="error", observed="no column x\u202e"),
        replace(GOOD, check_name="c__skips", status="skipped"),
        replace(
            GOOD, check_name="d__fails", status="fail", reason=SCRIPT,
            failing_sample=json.dumps([{"a": SCRIPT}] * 9),
        ),
    )  # fmt: skip
    assert "Two checks that should stop a release failed or did not run, of 5" in page
    assert "One check had nothing to look at." in page
    order = [page.index(f"</span> {claim}</h3>") for claim in ("Fails", "Raised", "Warns")]
    assert order == sorted(order)
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;alert(1)") == 5 + 1
    assert "\\u202e" in page
    assert "\u202e" not in page


@pytest.mark.parametrize("sample", ["not json", "3", '["a"]'])
def test_an_odd_sample_is_shown_as_it_is(con, tmp_path, sample):
    page = health_of(con, tmp_path, replace(GOOD, status="fail", failing_sample=sample))
    assert f"<td>{sample.strip('[]').replace(chr(34), '')}</td>" in page


def test_a_claim_keeps_its_whole(con, tmp_path):
    """13.5% of all, 95% of the decided, and anything up to 99.3%: never one of them alone."""
    con.execute(
        "create table marts.fct_licence_claims as select 'L1' as claim_id, ? as body,"
        " '2025-09' as claim_date, 'EU; all' as population, 'approved' as outcome,"
        " null::varchar as qualifier, 19 as numerator, 141 as denominator,"
        " null::varchar as denominator_text, 19 as applications_approved,"
        " 121 as applications_pending, 1 as applications_rejected, 19 / 141 as share_of_filed,"
        " 19 / 20 as share_of_decided, 19 / 141 as share_low, 140 / 141 as share_high,"
        " 'title' as source_title, 'https://x.example' as source_url, 'press' as confidence,"
        " date '2025-09-30' as claim_date_latest, true as is_about_applications,"
        " 'China' as licensing_authority, 'aggregator' as evidence_grade, 'n' as evidence_note,"
        " null as indicators, null as stated_value, null as stated_unit",
        [SCRIPT],
    )
    page = " ".join(
        texts(con, licences.pages, tmp_path)["licences.html"].replace("\xa0", " ").split()
    )
    assert "of 141 applications 19 were granted and 121 still pending" in page
    assert "That is 13.5% of all, 95.0% of those decided, and in the end anything from" in page
    assert "from 13.5% to 99.3%. Pending is not refused." in page
    assert "The claim rests on a digest, reprint or summary by others." in page
    assert "One public claim on licences of China: one rests on a digest" in page
    assert "This release lacks the table fct_licence_durations" in page
    assert SCRIPT not in page


def claim(**more):
    row = dict.fromkeys(
        ("share_of_filed", "share_of_decided", "share_low", "share_high", "qualifier")
    )
    return {
        **row, "claim_id": "L", "body": "A", "claim_date": "2025-09", "population": "EU",
        "outcome": "approved", "denominator_text": None, "licensing_authority": "China",
        "evidence_grade": "primary", **more,
    }  # fmt: skip


def test_a_claim_that_is_not_exact_is_drawn_so(con, tmp_path):
    """Less than 25% is no dot at 25%."""
    site = Site(con, DAY, Settings(data_dir=tmp_path / "data"))
    claims = [
        claim(share_of_filed=0.25, qualifier="less_than"),
        claim(share_of_filed=0.5, qualifier="more_than"),
        claim(share_of_filed=0.7, qualifier="about"),
        claim(share_of_filed=0.6),
        claim(share_of_decided=0.95, qualifier="about"),
    ]
    chart = licences._claims_chart(site, claims)
    marks = [row["mark"].replace("\xa0", " ") for row in chart.spec["datasets"]["rows"]]
    assert marks == ["< 25%", "> 50%", "≈ 70%", "", ""]
    drawn = [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == "text"]
    assert "mark" in [layer["encoding"]["text"]["field"] for layer in drawn]
    assert "less than 25%" in chart.description.replace("\xa0", " ")
    assert "< less than, > more than" in chart.unit


def test_each_graph_has_its_own_heading_and_source(con, tmp_path):
    """What somebody landed is not a fact that this project collected, nor the other way round."""
    con.execute(
        "create table meta.sources as select 'company_exposure' as source_id,"
        " 'This project' as producer, 'Public facts' as title, null as url, null as licence,"
        " 'press_claim' as data_origin"
    )
    con.execute("create table marts.dim_exposure_site (data_origin text, graph_id text,"
                " evidence_source text)")  # fmt: skip
    con.execute(
        "create table marts.bridge_exposure_suppliers as from (values"
        " ('press_claim', 'public-facts', 'C001'), ('press_claim', 'mine', 'annual report'),"
        " ('own', 'mine', null), ('own', 'other', null), ('synthetic', 'mine', null),"
        " ('synthetic', 'sample-carmaker', null)) as s(data_origin, graph_id, evidence_source)"
    )
    con.execute(
        "create table marts.fct_exposure_faults as select data_origin, graph_id,"
        " 'part' as subject_kind, 'm' as message, 'x' as fault_kind, 'warn' as severity,"
        " '1' as subject_id from marts.bridge_exposure_suppliers"
    )
    site = Site(con, DAY, Settings(data_dir=tmp_path / "data"))
    graphs = exposure.graphs(site, exposure.ORIGINS)
    assert len(graphs) == 6
    assert len({graph["title"] for graph in graphs}) == 6
    assert len({graph["id"] for graph in graphs}) == 6
    sources = {(graph["origin"], graph["title"]): graph["tiers"].source for graph in graphs}
    (facts,) = (text for text in sources.values() if "This project, Public facts" in text)
    assert "public-facts" in facts
    landed = sources["press_claim", "Landed statements: mine"]
    assert landed == (
        "supply graph mine: the tables that were added for it, with the evidence annual report"
    )
    assert graphs[0]["title"] == "Public facts on named firms"


@pytest.mark.parametrize("has_more", [False, True])
def test_the_dictionary_shows_what_the_release_records(con, tmp_path, has_more):
    """Releases before the fuller dictionary have a description alone."""
    more = (
        ", 'EUR' as unit, '0 or more' as value_range, '1 to 9' as observed_range,"
        " '7' as example, 'comext' as source, '2026-11-24' as since"
    )
    con.execute(
        "create table meta.dictionary as select 'marts' as schema_name, 'fct_x' as relation_name,"
        " 'table' as relation_type, 'value_eur' as column_name, 'DOUBLE' as data_type,"
        f" ? as description, 1 as ordinal{more if has_more else ''}",
        [f"Value {SCRIPT}"],
    )
    page = texts(con, definitions.pages, tmp_path)["definitions/dictionary.html"]
    assert "One column of one table or view, as the file itself" in page
    assert "marts.fct_x" in page
    assert SCRIPT not in page
    for text in ("Held to", "In this release 1 to 9", "From comext", "EUR", "2026-11-24"):
        assert (text in page) == has_more, text


def test_cards_hold_no_markup_but_their_own(tmp_path):
    folder = tmp_path / "docs" / "methodology"
    folder.mkdir(parents=True)
    (folder / "one.md").write_text(
        f"# One & only\n\n`marts.fct_one`\n\n{SCRIPT} [two](two.md#part), [bad](javascript:x),"
        " [file](../../seeds/x.csv)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        encoding="utf-8",
    )
    (folder / "two.md").write_text("# Two\n\n# Part\n", encoding="utf-8")
    one, two = read_cards(tmp_path)
    assert (one.title, one.relations) == ("One & only", {"fct_one"})
    assert SCRIPT not in one.html
    assert '<a href="two.html">two</a>' in one.html
    assert "javascript:" not in one.html.replace("[bad](javascript:x)", "")
    assert "<span>file</span>" in one.html
    assert '<caption class="hidden">One &amp; only</caption>' in one.html
    assert "<h1>" not in two.html
