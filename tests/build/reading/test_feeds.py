"""Calendar and feeds of the site: what they hold, and that other programs can read them."""

import datetime as dt
import functools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import duckdb
import icalendar
import pytest

from chokepoint.settings import Settings
from chokepoint.site import feeds, words
from chokepoint.site.site import Site
from chokepoint.site.subjects import law

DAY = dt.date(2026, 11, 26)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def con(full_build):
    with duckdb.connect(str(full_build.published), read_only=True) as con:
        yield con


@pytest.fixture(scope="module")
def written(con, tmp_path_factory):
    """Calendar and feeds of a day, each day's written once."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("feeds"))

    @functools.cache
    def written(day: dt.date) -> dict[str, str]:
        return feeds.write_all(Site(con, day, settings, address="https://example.org/c"))

    return written


def events(text: str) -> dict[str, icalendar.Event]:
    found = icalendar.Calendar.from_ical(text).walk("VEVENT")
    made = {str(event["uid"]): event for event in found}
    assert len(made) == len(found), "an identifier is given once"
    return made


def test_each_start_and_end_of_a_status_is_a_day(con, written):
    """Unlike the query: base rows as known on the day, whose status the row before did not have."""
    rows = con.execute(
        "select measure_id, clause_id, destination, user_type, state, valid_from, valid_to,"
        " certainty"
        " from marts.fct_measure_states left join marts.dim_act on measure_id = dim_act.act_id"
        " where claim_group = 'base' and known_from <= ? and (known_to is null or known_to > ?)"
        " and standing is distinct from 'relief'",
        [DAY, DAY],
    ).fetchall()
    lanes: dict[tuple, list] = {}
    for row in rows:
        lanes.setdefault(row[:4], []).append(row[4:])
    starts, imprecise = set(), set()
    for lane, states in lanes.items():
        before = None
        for state, start, end, certainty in sorted(states, key=lambda one: one[1]):
            if before != (state, start):
                starts.add((lane[0], state, start))
                if certainty == "imprecise_date":
                    imprecise.add((lane[0], state, start))
            before = (state, end)
    expected = starts - imprecise
    assert imprecise, "days that no source gives are left out"
    found = events(written(DAY)["law.ics"])
    base = [event for uid, event in found.items() if "-base-" in uid]
    assert len(base) == len(expected) > 100
    assert sorted(event["dtstart"].dt for event in base) == sorted(day for _, _, day in expected)
    for event in found.values():
        assert event["dtend"].dt - event["dtstart"].dt == dt.timedelta(days=1)


def test_doubts_are_marked(written):
    for event in events(written(DAY)["law.ics"]).values():
        doubted = re.search(
            r"\((rival account|disputed|presumed|not from the official text)", event["summary"]
        )
        assert (event["status"] == "TENTATIVE") == bool(doubted), event["summary"]
    told = [str(event["summary"]) for event in events(written(DAY)["law.ics"]).values()]
    assert any("(disputed" in one for one in told)
    assert any("(rival account" in one for one in told)


def test_what_was_not_known_on_the_day_is_not_there(written):
    early = events(written(dt.date(2025, 4, 10))["law.ics"])
    assert early
    assert not any("61-2025" in uid or "2025-61" in uid for uid in early)
    assert len(early) < len(events(written(DAY)["law.ics"]))


def test_a_day_that_moves_keeps_its_identifier(full_build):
    with duckdb.connect() as own:
        own.execute(f"attach '{full_build.published}' as file (read_only)")
        own.execute("create schema marts; create schema meta;")
        for name in ("fct_measure_states", "dim_act", "dim_measure"):
            own.execute(f"create table marts.{name} as from file.marts.{name}")
        own.execute("set variable as_of = date '2026-11-26'")
        query = (Path(feeds.__file__).parent / "queries" / "calendar.sql").read_text("utf-8")
        query = query.rstrip().rstrip(";")
        columns = "measure_id, claim_group, state, turn, valid_from"

        def days():
            return {
                row[:4]: row[4]
                for row in own.execute(f"select {columns} from ({query})").fetchall()
            }

        before = days()
        own.execute(
            "update marts.fct_measure_states set valid_from = valid_from + 30"
            " where measure_id = 'CN-2025-18'"
        )
        after = days()
    assert before.keys() == after.keys()
    moved = {key for key in before if before[key] != after[key]}
    assert {key[0] for key in moved} == {"CN-2025-18"}


def test_news_are_lines_of_the_brief_that_fell_due(con, written):
    made = written(DAY)
    feed = ET.fromstring(made["news.xml"])
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    told = [entry.findtext(f"{ATOM}updated")[:10] for entry in entries]
    assert told == sorted(told, reverse=True)
    assert all("2026-08-28" <= day <= "2026-11-26" for day in told)
    headlines = {
        words.days_in(row[0])
        for row in con.execute(
            "select headline from marts.fct_brief_facts where data_origin <> 'synthetic'"
        ).fetchall()
    }
    assert {entry.findtext(f"{ATOM}title") for entry in entries} <= headlines
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"urn:chokepoint:brief:[A-Za-z0-9%._~-]+", one) for one in ids)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == "https://example.org/c/news.xml"


def test_each_material_has_a_feed_of_the_news_that_name_it(con, written):
    made = written(DAY)
    feeds_made = {name for name in made if name.startswith("feeds/")}
    materials = con.execute("select material from marts.dim_material").fetchall()
    assert feeds_made == {f"feeds/{law.slug(material)}.xml" for (material,) in materials}

    def told(name):
        entries = ET.fromstring(made[name]).findall(f"{ATOM}entry")
        return [entry.findtext(f"{ATOM}id") for entry in entries]

    for name in feeds_made:
        assert set(told(name)) <= set(told("news.xml")), name
        assert len(set(told(name))) == len(told(name)), name
    with_news = {name for name in feeds_made if told(name)}
    # A measure on rare earths names its elements, in its title or among its items.
    assert {"feeds/gallium.xml", "feeds/rare-earths.xml"} <= with_news < feeds_made


def test_a_quiet_day_makes_empty_files_that_can_be_read(written):
    made = written(dt.date(1990, 1, 1))
    assert events(made["law.ics"]) == {}
    assert ET.fromstring(made["news.xml"]).findall(f"{ATOM}entry") == []
    assert ET.fromstring(made["feeds/gallium.xml"]).findall(f"{ATOM}entry") == []
