"""Communique versus flow: what was promised, what moved, and since when that can be known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects.law import by


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    promises = site.rows("scorecard_promises")
    history = site.rows("scorecard_history")
    found, states = by(promises, "verdict"), by(history, "commitment_id")
    # Of each verdict how many rest on figures of the goods, and how many on a proxy alone.
    tally = {
        verdict: Counter(row["is_by_proxy"] for row in found.get(verdict, ()))
        for verdict in words.LABELS["verdict"]
    }
    judged = by((row for row in promises if row["is_judged"]), "verdict")
    compared = [row for row in promises if row["observed_ratio"] is not None]
    yield Page(
        "scorecard.html",
        "scorecard.html.j2",
        "Promises and what moved",
        {
            "headline": site.lacks("scorecard_promises")
            or sentences.say(
                "scorecard.headline",
                promises=promises,
                judged=sum(map(len, judged.values())),
                verdicts=[
                    words.count(len(judged[key]), word.lower(), word.lower())
                    for key, word in words.LABELS["verdict"].items()
                    if key in judged
                ],
            ),
            "lead": _lead(site, promises),
            "tally": tally,
            "groups": {
                verdict: [_card(row, states[row["commitment_id"]]) for row in found[verdict]]
                for verdict in tally
                if verdict in found
            },
            "judged": site.chart(
                "scorecard.judged",
                compared,
                below=sum(row["observed_ratio"] < row["threshold"] for row in compared),
            ),
            "over_time": _over_time(site, history),
            "flow": _flow(site),
            "table": site.table("scorecard.all_promises", promises),
            "comparisons": site.table(
                "scorecard.comparisons",
                site.rows("scorecard_comparisons"),
                known={row["commitment_id"]: row for row in promises},
            ),
        },
    )


def _lead(site: Site, promises: Sequence[Row]) -> str:
    if not promises:
        return ""
    early = [row for row in promises if row["verdict"] == "too_early"]
    days = [row["first_knowable_date"] for row in early if row["first_knowable_date"]]
    return sentences.say(
        "scorecard.lead",
        day=site.as_of,
        unmeasured=sum(row["verdict"] == "not_measurable" for row in promises),
        early=len(early),
        proxies=sum(row["is_by_proxy"] for row in promises),
        next_day=min((day for day in days if day > site.as_of), default=None),
    )


def _card(row: Row, states: Sequence[Row]) -> dict[str, Any]:
    facts = sentences.lines("scorecard.facts", row=row)
    return {**row, "facts": [fact.split(": ", 1) for fact in facts], "states": states}


def _over_time(site: Site, history: Sequence[Row]) -> Chart:
    judged = [row for row in history if row["observed_ratio"] is not None]
    rows = sentences.of_rows("scorecard.over_time", judged, site=site)
    told = by((row for row in rows if row["verdict"] != "too_early"), "name")
    lines = {row["threshold"]: "kept from here" for row in rows}
    lines |= {row["partly_threshold"]: "partly from here" for row in rows}
    return site.chart(
        "scorecard.over_time",
        rows,
        datasets={
            "ends": list({row["name"]: row for row in rows}.values()),
            "lines": [{"at": at, "text": text} for at, text in lines.items()],
        },
        moved=[name for name, of in told.items() if len({row["verdict"] for row in of}) > 1],
    )


def _flow(site: Site) -> Chart:
    rows = site.rows("scorecard_flow")
    return site.chart(
        "scorecard.flow",
        rows,
        datasets={
            "top": [max(rows, key=lambda row: row["tonnes"] or 0)] if rows else [],
            "end": rows[-1:],
        },
        judged=[row["is_within"] for row in rows if row["is_within"] is not None],
    )
