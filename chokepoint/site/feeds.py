"""What comes to a reader by itself: a calendar of the law, feeds of the brief and of corrections.

law.ics (RFC 5545) has a day for each start and end of a legal status. The feeds are Atom: news.xml,
feeds/<material>.xml, errata.xml. Identifiers stay when a day or a wording changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from chokepoint.errors import ChokepointError
from chokepoint.releases.meta.citation import AUTHOR
from chokepoint.site import words
from chokepoint.site.parts import Row
from chokepoint.site.site import Site
from chokepoint.site.subjects import law

CALENDAR, NEWS, ERRATA = "law.ics", "news.xml", "errata.xml"
MATERIALS = "feeds"
PRODUCER = "-//Chokepoint//Law//EN"
# A revision of an entry has a greater number: days since this one on which it became known.
_FIRST_DAY = dt.date(2000, 1, 1)


def refuse_foreign(folder: Path) -> None:
    """ChokepointError for a folder that holds anything but a calendar and feeds of ours."""
    if folder.exists() and not folder.is_dir():
        raise ChokepointError(f"{folder} is no folder.", "name another with --output.")
    is_ours = (folder / CALENDAR).is_file() and PRODUCER in (folder / CALENDAR).read_text("utf-8")
    if folder.exists() and any(folder.iterdir()) and not is_ours:
        raise ChokepointError(
            f"{folder} holds something that is no calendar of ours.",
            "name a new folder with --output, or an empty one.",
        )


def write_all(site: Site) -> dict[str, str]:
    """Path below the site's folder -> text, of calendar and feeds."""
    from chokepoint.releases.errata import errata_csv, errata_feed

    news = site.rows("news")
    made = {
        CALENDAR: calendar(site, site.rows("calendar")),
        # A line that names several materials comes once.
        NEWS: feed(
            site, NEWS, "Chokepoint: what is new", {row["fact_id"]: row for row in news}.values()
        ),
        ERRATA: errata_feed(site.settings, site.address),
        "errata.csv": errata_csv(site.settings),
    }
    # Of each material, for who waits for its first line too.
    lines: dict[str, list[Row]] = {row["material"]: [] for row in site.rows("materials")}
    for row in news:
        if row["material"]:
            lines.setdefault(row["material"], []).append(row)
    for material, rows in sorted(lines.items()):
        path = f"{MATERIALS}/{law.slug(material)}.xml"
        made[path] = feed(site, path, f"Chokepoint: {material}", rows)
    return made


def calendar(site: Site, rows: Iterable[Row]) -> str:
    """One entry per measure, account and day on which a legal status begins.

    A day that no source gives exactly is left out and counted. A status that is disputed, only
    follows from the acts, or is known from others than the official text is tentative, and says so;
    so does an account that rivals the base.
    """
    from icalendar import Calendar, Event

    made = Calendar()
    made.add("prodid", PRODUCER)
    made.add("version", "2.0")
    made.add("x-wr-calname", "Export restrictions: starts and ends")
    rows = list(rows)
    exact = [row for row in rows if not row["is_imprecise"]]
    made.add(
        "x-wr-caldesc",
        f"As known on {words.day(site.as_of)}. Left out: {len(rows) - len(exact)} of"
        f" {len(rows)} starts and ends whose day no source gives.".replace(words.NBSP, " "),
    )
    built = site.release["built_at"]
    stamp = (built or dt.datetime.combine(site.as_of, dt.time())).replace(tzinfo=dt.UTC)
    for row in exact:
        base = row["claim_group"] == law.BASE
        doubts = [] if base else ["rival account"]
        doubts += ["disputed"] if row["is_disputed"] and base else []
        doubts += ["presumed"] if row["certainty"] == "presumed" else []
        doubts += ["not from the official text"] if row["is_second_hand"] else []
        event = Event()
        event.add("uid", _uid(row))
        event.add("dtstamp", stamp)
        event.add("sequence", max((row["known_from"] - _FIRST_DAY).days, 0))
        event.add("dtstart", row["valid_from"])
        event.add("dtend", row["valid_from"] + dt.timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        event.add("status", "TENTATIVE" if doubts else "CONFIRMED")
        event.add(
            "summary",
            f"{site.jurisdiction(row['jurisdiction'])}, {law.name(row)}:"
            f" {words.state(row['state']).lower()}" + (f" ({', '.join(doubts)})" if doubts else ""),
        )
        event.add("description", _described(site, row))
        event.add("categories", [site.jurisdiction(row["jurisdiction"])])
        if str(row["source_url"] or "").startswith("http"):
            event.add("url", row["source_url"])
        made.add_component(event)
    return made.to_ical().decode()


def feed(site: Site, path: str, title: str, rows: Iterable[Row]) -> str:
    """An Atom feed of lines of the brief, the newest first."""
    import feedgenerator

    home = site.permanent("index.html") if site.address else "urn:chokepoint:site"
    made = feedgenerator.Atom1Feed(
        title=title,
        link=home,
        description="Lines of the brief: acts, ends, claims, flows and promises.",
        feed_guid=f"urn:chokepoint:{path.removesuffix('.xml')}",
        feed_url=site.permanent(path) if site.address else None,
        author_name=AUTHOR,
        language="en",
    )
    moments = []
    for row in rows:
        moment = dt.datetime.combine(row["told_on"], dt.time(), dt.UTC)
        moments.append(moment)
        evidence = str(row["evidence_url"] or "")
        made.add_item(
            title=row["headline"],
            link=evidence if evidence.startswith("http") else home,
            description=f"{words.plain(row['line_kind'])}. {words.certainty(row['certainty'])}.",
            unique_id=f"urn:chokepoint:brief:{quote(row['fact_id'], safe='')}",
            updateddate=moment,
            pubdate=moment,
            categories=[row["line_kind"]],
        )
    if not moments:
        # An empty feed is dated too, and not by the clock.
        made.latest_post_date = lambda: dt.datetime.combine(site.as_of, dt.time(), dt.UTC)
    return made.writeString("utf-8") + "\n"


def _uid(row: Row) -> str:
    parts = (row["measure_id"], row["claim_group"], row["state"], str(row["turn"]))
    return f"{'-'.join(law.slug(part) for part in parts)}@chokepoint"


def _described(site: Site, row: Row) -> str:
    clauses = words.count(row["clause_count"], "clause")
    places = [site.country(code) for code in row["destinations"].split(", ")]
    lines = [
        str(row["title"]),
        f"{words.sentence(clauses)}; exports to {words.listing(places, 6)}.",
        f"{words.certainty(row['certainty'])}. {words.certainty_meaning(row['certainty'])}".strip(),
        f"As known on {words.day(site.as_of)}. Not legal advice.",
    ]
    return "\n".join(line for line in lines if line).replace(words.NBSP, " ")
