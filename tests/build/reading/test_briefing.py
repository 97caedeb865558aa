"""The briefing: figures against plain Python, nothing known later, one page, words for faults."""

import datetime as dt
import re
from collections import Counter, defaultdict
from functools import cache

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


@pytest.fixture(scope="module")
def oracle(published):
    return Oracle(published)


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


class Oracle:
    """The law of the published file, looked up in plain Python at one day and one knowledge."""

    def __init__(self, connection):
        self.con = connection
        self.states = rows(connection, "from marts.fct_measure_states")
        self.acts = {row["act_id"]: row for row in rows(connection, "from marts.dim_act")}
        self.ranks = {
            row["state"]: row["state_rank"]
            for row in rows(connection, "from marts.dim_measure_state")
        }
        self.places = defaultdict(list)
        for row in rows(connection, "from marts.bridge_measure_destinations"):
            self.places[row["measure_id"], row["clause_id"], row["country_code"]].append(row)
        self.imports = {}

    def reaching(self, importer, as_of, known_on):
        """measure -> its rows of the base that reach the importer."""
        found = defaultdict(list)
        for row in self.states:
            act = self.acts[row["measure_id"]]
            counts = act["standing"] != "relief" and act["severity_weight"] is not None
            if counts and row["claim_group"] == "base" and holds(row, as_of, known_on):
                places = self.places[row["measure_id"], row["clause_id"], importer]
                if any(
                    place["destination"] == row["destination"] and known(place, known_on)
                    for place in places
                ):
                    found[row["measure_id"]].append(row)
        return found

    def strictest(self, importer, as_of, known_on):
        """measure -> its strictest state and the first day of a clause in it."""
        found = {}
        for measure, reaching in self.reaching(importer, as_of, known_on).items():
            state = min((row["state"] for row in reaching), key=self.ranks.get)
            since = min(row["valid_from"] for row in reaching if row["state"] == state)
            found[measure] = (state, since)
        return found

    def latest_imports(self, importer, day):
        if (importer, day) not in self.imports:
            asked = "from reports.latest_imports(?, null, ?)"
            self.imports[importer, day] = rows(self.con, asked, [importer, day])
        return self.imports[importer, day]

    def under(self, measure, importer, as_of, known_on):
        """Low and high of what may be under a measure: each code of each exporter once."""
        clauses = {row["clause_id"] for row in self.reaching(importer, as_of, known_on)[measure]}
        exporters = {
            row["country_iso3"]
            for row in rows(
                self.con, "from marts.bridge_measure_exporters where measure_id = ?", [measure]
            )
        }
        shares = defaultdict(lambda: (0, 0))
        for row in rows(
            self.con, "from marts.bridge_product_coverage where measure_id = ?", [measure]
        ):
            if row["clause_id"] in clauses and row["coverage"] != "may_overlap":
                key = row["nomenclature"], row["product_code"]
                low, high = shares[key]
                shares[key] = max(low, row["share_low"]), max(high, row["share_high"])
        wholes, parts = {}, Counter()
        for row in self.latest_imports(importer, as_of):
            share = shares.get((row["nomenclature"], row["product_code"]))
            if row["partner_iso3"] not in exporters or share is None:
                continue
            low, high = (float(row["value_eur"]) * float(one) for one in share)
            code = row["part_of_product_code"]
            if code is None:
                wholes[row["partner_iso3"], row["product_code"]] = low, high
            elif row["is_least_of_part"]:
                parts[row["partner_iso3"], code] += low
        # What must be there of the parts of a code must be there of the code.
        lows = (min(high, max(low, parts[key])) for key, (low, high) in wholes.items())
        return sum(lows), sum(high for _, high in wholes.values())


def known(row, day):
    return row["known_from"] <= day and (row["known_to"] is None or day < row["known_to"])


def holds(row, as_of, known_on):
    return (
        row["valid_from"] <= as_of
        and (row["valid_to"] is None or as_of < row["valid_to"])
        and known(row, known_on)
    )


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
def test_the_law_on_the_page_is_what_plain_python_finds(
    oracle, settings, importer, as_of, known_on
):
    briefing = page(settings, importer, as_of, known_on)
    strictest = oracle.strictest(importer, as_of, known_on)
    groups = Counter(GROUPS.get(state, "over") for state, _ in strictest.values())
    of = words.count(len(strictest), "restriction")
    assert briefing.lead.startswith(f"{groups['in_force']} of the {of} on exports to")
    part = section(briefing, "In force")
    count = words.count(groups["in_force"], "restriction")
    assert part.heading.startswith(f"In force: {count} on exports to ")
    told = " ".join(part.sentences)
    for group, text in (("suspended", "suspended"), ("lapsed_presumed", "presumed back"),
                        ("coming", "announced or proposed"), ("over", "over")):  # fmt: skip
        assert (f"{groups[group]} {text}" in told) == bool(groups[group]), group
    in_force = {m for m, (state, _) in strictest.items() if GROUPS.get(state) == "in_force"}
    amounts = {m: oracle.under(m, importer, as_of, known_on) for m in in_force}
    urls = {m: oracle.acts[m]["source_url"] for m in in_force}
    shown = [row[0].href for row in part.rows]
    assert len(shown) == min(6, len(in_force))
    assert f"And {len(in_force) - 6} more" in part.more
    for number, row in enumerate(part.rows):
        (measure, *others) = [
            m for m, url in urls.items() if url == row[0].href
            and words.day(strictest[m][1]) == row[2].text.removeprefix("about ")
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
def test_what_ends_is_for_us_and_the_nearest_first(oracle, published, settings, importer):
    as_of = dt.date(2026, 10, 20)
    ends = {
        (row["measure_id"], row["ends_on"], row["state_after"])
        for row in rows(
            published, "from reports.measures_ending(?, 90, ?) where claim_group = 'base'",
            [as_of, as_of],
        )
        if any(
            reaching["clause_id"] == row["clause_id"]
            and reaching["destination"] == row["destination"]
            for reaching in oracle.reaching(importer, as_of, as_of).get(row["measure_id"], [])
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
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == printed
