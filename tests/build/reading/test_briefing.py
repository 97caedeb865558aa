"""The briefing: figures against the marts, nothing known later, one page, words for faults."""

import datetime as dt
import re
from collections import Counter
from functools import cache
from operator import itemgetter

import duckdb
import pytest
from published_law import rows
from typer.testing import CliRunner

from chokepoint.cli.app import app
from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.site import words
from chokepoint.site.briefing import html, make_briefing, markdown
from chokepoint.site.pages.overview import pages
from chokepoint.site.site import Site

TODAY = dt.date(2026, 11, 26)
GROUP_NAMES = {
    "in_force": "in force", "suspended": "suspended", "lapsed_presumed": "presumed back",
    "coming": "announced or proposed", "unknown": "in an unknown state", "over": "over",
}  # fmt: skip
GROUPS = {
    "in_force": "in_force", "exempted": "in_force", "suspended": "suspended",
    "suspended_before_effect": "suspended", "announced": "coming", "proposed": "coming",
    "lapsed_presumed": "lapsed_presumed", "unknown": "unknown",
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(full_build):
    return Settings(project_dir=PROJECT_DIR, data_dir=full_build.data_dir)


@pytest.fixture(scope="module")
def published(settings):
    """The published file, opened as the briefing opens it: DuckDB takes one way in a process."""
    path, config = str(settings.published_path), settings.duckdb_config()
    with duckdb.connect(path, read_only=True, config=config) as connection:
        yield connection


@cache
def made(settings, place, as_of, known_on):
    return make_briefing(settings, place=place, as_of=as_of, known_on=known_on)


def page(settings, place="EU27", as_of=TODAY, known_on=None):
    return made(settings, place, as_of, known_on or as_of)


@pytest.fixture(scope="module")
def overview(published, settings):
    """What the overview says of each importer."""
    (found,) = pages(Site(published, TODAY, settings))
    return {row["code"]: row for row in found.context["importers"]}


def section(briefing, heading):
    (found,) = (part for part in briefing.sections if part.heading.startswith(heading))
    return found


# Rows of the base that reach an importer; a relief, or a text without a weight, restricts nothing.
REACHING = """
    from marts.fct_measure_states as states
    inner join marts.dim_act as acts on states.measure_id = acts.act_id
    inner join marts.dim_measure_state using (state)
    where standing <> 'relief' and severity_weight is not null and claim_group = 'base'
        and valid_from <= $as_of and coalesce($as_of < valid_to, true)
        and states.known_from <= $known_on and coalesce($known_on < states.known_to, true)
        and exists (
            from marts.bridge_measure_destinations as places
            where (places.measure_id, places.clause_id, places.destination)
                = (states.measure_id, states.clause_id, states.destination)
                and country_code = $importer and places.known_from <= $known_on
                and coalesce($known_on < places.known_to, true)
        )
"""
# Low and high of what may be under measures: each code of each exporter once.
UNDER = f"""
    with reaching as (select distinct states.measure_id, clause_id {REACHING}),
    shares as (
        select measure_id, nomenclature, product_code,
            max(share_low) as low, max(share_high) as high,
        from marts.bridge_product_coverage inner join reaching using (measure_id, clause_id)
        where coverage <> 'may_overlap' group by all
    ),
    covered as (
        select *, value_eur * low as low_eur, value_eur * high as high_eur
        from reports.latest_imports($importer, null, $as_of) as imports
        inner join shares using (nomenclature, product_code)
        semi join marts.bridge_measure_exporters as exporters
            on exporters.country_iso3 = partner_iso3 and exporters.measure_id = shares.measure_id
    ),
    parts as (
        select measure_id, partner_iso3, part_of_product_code as product_code, sum(low_eur) as part
        from covered where is_least_of_part and part_of_product_code is not null group by all
    )
    -- What must be there of the parts of a code must be there of the code.
    select measure_id, cast(sum(high_eur) as double) as high,
        cast(sum(least(high_eur, greatest(low_eur, coalesce(part, 0)))) as double) as low,
    from covered left join parts using (measure_id, partner_iso3, product_code)
    where part_of_product_code is null group by all
"""


def reaching(connection, importer, as_of, known_on, query=REACHING):
    asked = {"importer": importer, "as_of": as_of, "known_on": known_on}
    return rows(connection, query, asked)


def strictest(*asked):
    """measure -> its strictest state and the first day of a clause in it."""
    found = {}
    for row in sorted(reaching(*asked), key=itemgetter("state_rank", "valid_from")):
        found.setdefault(row["measure_id"], (row["state"], row["valid_from"]))
    return found


@pytest.mark.parametrize(
    ("importer", "as_of", "known_on"),
    [
        ("EU27", TODAY, TODAY), ("DEU", TODAY, TODAY), ("USA", TODAY, TODAY),
        ("DEU", dt.date(2025, 11, 15), dt.date(2025, 11, 16)),
        ("EU27", dt.date(2025, 10, 20), dt.date(2025, 10, 20)),
        # What was to come, with the knowledge of a day before.
        ("NLD", dt.date(2026, 11, 12), dt.date(2026, 6, 1)),
    ],
)  # fmt: skip
def test_the_law_on_the_page_is_what_the_tables_of_law_say(
    published, settings, importer, as_of, known_on
):
    briefing = page(settings, importer, as_of, known_on)
    asked = published, importer, as_of, known_on
    states = strictest(*asked)
    groups = Counter(GROUPS.get(state, "over") for state, _ in states.values())
    of = words.count(len(states), "restriction")
    assert briefing.lead.startswith(f"{groups['in_force']} of the {of} on exports to")
    part = section(briefing, "In force")
    count = words.count(groups["in_force"], "restriction")
    assert part.heading.startswith(f"In force: {count} on exports to ")
    told = " ".join(part.sentences)
    for group, text in (("suspended", "suspended"), ("lapsed_presumed", "presumed back"),
                        ("coming", "announced or proposed"), ("over", "over")):  # fmt: skip
        assert (f"{groups[group]} {text}" in told) == bool(groups[group]), group
    in_force = {m for m, (state, _) in states.items() if GROUPS.get(state) == "in_force"}
    amounts = dict.fromkeys(in_force, (0, 0)) | {
        row["measure_id"]: (row["low"], row["high"]) for row in reaching(*asked, UNDER)
    }
    acts = rows(published, "select act_id, source_url from marts.dim_act")
    urls = {act["act_id"]: act["source_url"] for act in acts if act["act_id"] in in_force}
    shown = [row[0].href for row in part.rows]
    assert len(shown) == min(6, len(in_force))
    assert f"And {len(in_force) - 6} more" in part.more
    for number, row in enumerate(part.rows):
        (measure, *others) = [
            m for m, url in urls.items() if url == row[0].href
            and words.day(states[m][1]) == row[2].text.removeprefix("about ")
        ]  # fmt: skip
        assert others == []
        if row[3].text.startswith(("not known", "no codes")):
            # Nothing known comes after everything known.
            assert all(" codes" not in later[3].text or later[3].text.startswith("not known")
                       for later in part.rows[number:])  # fmt: skip
            continue
        low, high = amounts[measure]
        said = row[3].text.removeprefix("at least ")
        assert said.startswith(f"{words.money_range(low, high)} in ")
        # One figure of some codes is a bound of all.
        all_codes = re.search(r"in (\d+)\sof\s\1\scodes", said)
        one_figure = low and words.money(low) == words.money(high)
        assert (said != row[3].text) == bool(one_figure and not all_codes)
        greater = [m for m in in_force if amounts[m][1] > high + 0.01]
        assert len(greater) <= number, "the most trade first"


@pytest.mark.parametrize("importer", ["EU27", "DEU"])
def test_what_ends_is_for_us_and_the_nearest_first(published, settings, importer):
    as_of = dt.date(2026, 10, 20)
    reaching_now = reaching(published, importer, as_of, as_of)
    ends = {
        (row["measure_id"], row["ends_on"], row["state_after"])
        for row in rows(
            published, "from reports.measures_ending(?, 90, ?) where claim_group = 'base'",
            [as_of, as_of],
        )
        if any(
            all(one[name] == row[name] for name in ("measure_id", "clause_id", "destination"))
            for one in reaching_now
        )
    }  # fmt: skip
    coming = sorted(end[1] for end in ends if end[1] >= as_of)
    part = section(page(settings, importer, as_of), "What ends next")
    assert [row[0].text.split(" (")[0] for row in part.rows] == [
        words.day(day) for day in coming[:3]
    ]
    assert f"And {len(coming) - 3} more within 90 days." == part.more


def test_trade_says_of_how_many_codes_and_a_member_has_its_own_and_the_eus(published, settings):
    def total(importer):
        (row,) = rows(
            published,
            "from reports.trade_totals(?, null, ?, ?) where state = 'in_force'",
            [importer, TODAY, TODAY],
        )
        return row

    part = section(page(settings, "Germany"), "Trade under it")
    own, whole = total("DEU"), total("EU27")
    (said,) = [item for item in part.items if item.startswith("Germany, in force: ")]
    assert said.startswith(f"Germany, in force: {own['headline']}")
    assert f"The EU27 as a whole, in force: {whole['headline']}" in part.items
    assert (
        f"for {own['codes_with_trade']} of {own['codes_listed']} codes"
        " (Germany, from all countries)" in part.heading
    )
    alone = section(page(settings, "EU27"), "Trade under it")
    assert [item for item in alone.items if "Germany" in item] == []


@pytest.mark.parametrize("importer", ["EU27", "DEU", "FRA"])
def test_briefing_and_overview_count_the_same(overview, settings, importer):
    """Acts, restrictions and what is left out: two first pages that differ are both doubted."""
    found = overview[importer]
    briefing = page(settings, importer)
    part = section(briefing, "In force")
    said = " ".join([briefing.lead, part.heading, *part.sentences])
    restrictions = sum(found[group] for group in GROUP_NAMES)
    assert f"{found['in_force']} of the {words.count(restrictions, 'restriction')} on" in said
    for_firms = [re.findall(r"(\d+) of them for listed", one) for one in (said, found["lead"])]
    assert for_firms[0] == for_firms[1] != []
    for group, text in GROUP_NAMES.items():
        if group != "in_force" and found[group]:
            assert f"{found[group]} {text}" in said
    (kinds,) = re.findall(r"themselves: ([^.]+)\.", found["apart"])
    assert f"that restrict no trade in goods: {kinds}." in said
    assert "domestic quota (1)" in kinds
    (acts,) = re.findall(r"the suspension has ended \(([^)]+)\)", found["lead"])
    ended = " ".join(section(briefing, "What ends next").sentences)
    assert (
        f"One suspension ({acts}) of {words.count(found['lapsed_presumed'], 'restriction')}"
        in ended
    )
    assert acts == "No. 70/2025"


def test_a_member_without_figures_says_so_and_shows_the_eus_as_the_eus(changed, settings):
    bare = changed("delete from marts.fct_import_weights where reporter_code = 'DEU'")
    part = section(page(bare, "DEU"), "Trade under it")
    assert part.items[0] == (
        "Germany has no figures here for any listed code; those of the EU27 follow."
    )
    whole = section(page(settings, "EU27"), "Trade under it")
    assert part.items[-1] == whole.items[0].replace("The EU27", "The EU27 as a whole", 1)
    assert part.heading == "Trade under it: not known"


def told(briefing):
    """All that a page says, but for the release that it was made from."""
    return markdown(briefing).partition("\n---\n")[0]


@pytest.mark.parametrize(
    ("place", "day"),
    [
        ("USA", dt.date(2025, 4, 10)), ("EU27", dt.date(2025, 10, 20)),
        ("USA", dt.date(2026, 3, 2)),
    ],
)  # fmt: skip
def test_nothing_known_after_the_day_is_on_the_page(changed, settings, place, day):
    """A page of the past is the same from a file that never knew what came later."""
    forgetful = changed(
        *(
            f"delete from {relation} where known_from > ?"
            for relation in (
                "marts.fct_measure_states", "marts.fct_scenario_measure_states",
                "marts.bridge_measure_destinations", "marts.fct_commitment_scorecard",
                "marts.fct_brief_facts",
            )
        ),
        *(
            f"update {relation} set known_to = null where known_to > ?"
            for relation in (
                "marts.fct_measure_states", "marts.fct_scenario_measure_states",
                "marts.bridge_measure_destinations", "marts.fct_brief_facts",
            )
        ),
        "delete from marts.fct_licence_claims where claim_date_latest > ?",
        *(
            f"update meta.law_coverage set {day} = null where {day} > ?"
            for day in ("list_read_to", "newest_source_on")
        ),
        parameters=[day],
    )  # fmt: skip
    assert told(page(forgetful, place, day)) == told(page(settings, place, day))


def test_more_knowledge_of_the_same_day_changes_the_page(settings):
    """Else the test before would hold of a page that says nothing."""
    day = dt.date(2025, 10, 20)
    assert told(page(settings, "EU27", day)) != told(page(settings, "EU27", day, TODAY))


def test_the_law_of_a_day_to_come_is_said_to_be_as_known_today(settings):
    day = dt.datetime.now(dt.UTC).date()
    told = page(settings, as_of=day + dt.timedelta(days=200), known_on=day).lead
    assert f"by the law as known on {words.day(day)}" in told
    assert "by the law" not in page(settings, as_of=day).lead


def test_the_page_has_no_open_values(settings):
    day = dt.date(2025, 11, 15)
    for place, asked in (("EU27", (TODAY,)), ("DEU", (day, dt.date(2025, 11, 16))), ("BRA", ())):
        briefing = page(settings, place, *asked)
        text = markdown(briefing)
        assert re.search(r"\b(None|nan|NaT|\w+_\w+)\b", re.sub(r"<http\S+>", "", text)) is None
        assert text.startswith("# Export restrictions on ")
        for part in briefing.sections:
            assert sum(width for _, width in part.columns) in (0, 100)
            assert all(len(row) == len(part.columns) for row in part.rows)


def test_no_synthetic_row_is_in_a_finding(changed, settings):
    assert section(page(settings), "Promises").rows
    invented = changed("update marts.fct_commitment_scorecard set data_origin = 'synthetic'")
    assert section(page(invented), "Promises").heading == "Promises: none is recorded for this day"


def test_hostile_texts_stay_texts(changed):
    hostile = "<script>alert(1)</script> [x](http://evil) | y"
    statements = [
        f"update {relation} set title = ?, source_url = 'javascript:alert(1)'"
        " where measure_id = 'CN-2025-18'"
        for relation in ("marts.fct_measure_states", "marts.fct_scenario_measure_states")
    ]
    briefing = page(changed(*statements, parameters=[hostile]))
    assert "<script" not in html(briefing)
    assert "javascript" not in html(briefing) + markdown(briefing)
    assert "\\|" in markdown(briefing)


def test_an_older_file_that_lacks_a_relation_is_said_to(changed):
    older = changed(
        "drop table marts.fct_commitment_scorecard cascade",
        "alter table meta.law_coverage drop column stale_after",
    )
    briefing = page(older)
    (warning,) = (text for text in briefing.warnings if "lacks" in text)
    assert "fct_commitment_scorecard" in warning
    assert "make build" in warning
    assert section(briefing, "In force").rows, "what is there is still said"
    assert section(briefing, "Promises").heading == "Promises: not known"


def test_an_older_file_that_lacks_a_column_is_refused_by_its_name(changed):
    older = changed("alter table marts.fct_commitment_scorecard drop column least_fall_noticed")
    with pytest.raises(ChokepointError, match=r"lacks a column .*least_fall_noticed.*") as refused:
        page(older)
    assert "make build" in str(refused.value.remedy)


def test_a_file_without_the_law_says_that_it_is_not_known_never_that_there_is_none(changed):
    briefing = page(changed("drop table marts.bridge_measure_destinations cascade"))
    assert briefing.lead == ""
    for part in ("In force: ", "What ends next: ", "Trade under it: ", "Names it or its firms: "):
        (found,) = [one for one in briefing.sections if one.heading.startswith(part)]
        assert found.heading == f"{part}not known"
    assert "bridge_measure_destinations" in briefing.warnings[-1]


def test_a_file_that_knows_no_places_is_of_an_older_version(changed):
    with pytest.raises(ChokepointError, match=r"older version(?s:.*)make build"):
        page(changed("drop macro table reports.place"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--for", "Germny"], r"no place Germny: the nearest are Germany"),
        (["--for", "  "], r"--for"),
        (["--as-of", "1990-01-01"], r"known by 1990-01-01: the first .*became known on"),
        (["--known-on", "2999-01-01"], r"no one knows yet"),
        (["--output", "/dev/null/x.html"], r"x\.html cannot be written"),
    ],
)
def test_a_mistake_is_answered_in_words(full_build, arguments, said):
    result = CliRunner().invoke(
        app, ["briefing", *arguments, "--data-dir", str(full_build.data_dir)]
    )
    assert isinstance(result.exception, ChokepointError), result.output
    assert re.search(said, str(result.exception)), result.exception
    assert "What to do:" in str(result.exception)


def test_the_command_writes_what_the_name_of_the_file_says_and_replaces_nothing(
    full_build, tmp_path, monkeypatch
):
    monkeypatch.setattr("chokepoint.site.briefing.make_briefing", cache(make_briefing))
    asked = ["briefing", "--for", "DE", "--as-of", "2026-11-26", "--data-dir",
             str(full_build.data_dir)]  # fmt: skip
    printed = CliRunner().invoke(app, asked).output
    assert printed.startswith("# Export restrictions on Germany: briefing of 26 November 2026\n")
    for name, start in (("a.md", "# Export"), ("a.html", "<!doctype html>")):
        path = tmp_path / name
        CliRunner().invoke(app, [*asked, "--output", str(path)])
        assert path.read_text(encoding="utf-8").startswith(start)
        again = CliRunner().invoke(app, [*asked, "--output", str(path)])
        assert "is there already" in str(again.exception)
    # What is printed is in lines of 80 letters; the words are the same.
    assert (tmp_path / "a.md").read_text(encoding="utf-8").split() == printed.split()
    prose = [line for line in printed.splitlines() if " " in line and line[0] not in "|#"]
    assert max(map(len, prose)) <= 80 < max(map(len, printed.splitlines()))


def test_it_says_what_is_disputed_and_the_newest_share_of_licences(published, settings):
    """The largest count of licences is old; a newer share without a count is beside it."""
    briefing = page(settings, "DEU")
    assert briefing.lead.endswith("presumed back; the sides disagree.")
    (newest, *_) = rows(
        published,
        "from marts.fct_licence_claims where outcome = 'approved' and licensing_authority = 'China'"
        " and starts_with(population, 'EU; ') and starts_with(stated_unit, '%')"
        " and numerator is null order by claim_date_latest desc",
    )
    said = " ".join(" ".join(section(briefing, "Three talking points").items).split())
    share, body = newest["stated_value"], newest["body"]
    assert f"Later, without a count: about {share:.0f}%. ({body}," in said
