"""What changed in the last days: the law, then figures and claims; what is overdue in a line."""

from __future__ import annotations

from collections.abc import Iterator

from chokepoint.site import sentences, words
from chokepoint.site.parts import Row, Table
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law

NAV = ("changes.html", "Changes")


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    rows = site.rows("changed")
    of_law = [row for row in rows if row["part"] == "law"]
    figures = [row for row in rows if row["part"] == "figures"]
    missing = site.lacks("changed")
    came = {row["measure_id"] for row in of_law if row["event_date"] <= site.as_of}
    relief = {row["measure_id"] for row in site.rows("states") if row["standing"] == words.RELIEF}
    ahead = [row for row in rows if row["event_date"] > site.as_of and row["part"] != "overdue"]
    finding = missing or sentences.say(
        "changes.finding",
        acts=len(came),
        relief=len(came & relief),
        figures=sum(row["event_date"] <= site.as_of for row in figures),
        ahead=len(ahead),
    )
    yield Page(
        "changes.html",
        "changes.html.j2",
        "What changed in 30 days",
        {
            "finding": finding,
            "law": _table(site, "law", of_law, "the law"),
            "figures": _table(site, "figures", figures, "figures, claims and promises"),
            "overdue": sentences.say("changes.overdue", kinds=[row["line_kind"] for row in rows]),
            "revised": site.table("changes.revised", site.rows("revised")),
        },
    )


def _table(site: Site, part: str, rows: list[Row], what: str) -> Table:
    shown = [
        {**row, "page": law.href(row["measure_id"]) if row["measure_id"] else None} for row in rows
    ]
    return site.table("changes.events", shown, part=part, what=what)
