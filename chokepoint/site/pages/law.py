"""The law: every measure on a timeline, rival claims side by side, a page for each measure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row, Table, Timeline
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import goods, product_href
from chokepoint.site.subjects.law import by

# Older starts are cut at the edge of the shared timelines; a measure's own page shows all.
EARLIEST = dt.date(2023, 1, 1)
# Jurisdictions with fewer restrictions share a timeline.
OWN_TIMELINE = 3


def pages(site: Site) -> Iterator[Page]:
    """The overview of all measures, then one page per measure."""
    states = site.rows("states")
    history = site.rows("history")
    claims = site.rows("claims_of_state")
    measures = law.standing_measures(states)
    yield Page("law.html", "law.html.j2", "The law", _all(site, states, history, claims, measures))
    stated, claimed = by(states, "measure_id"), by(claims, "measure_id")
    listed, products = by(site.rows("measure_goods"), "measure_id"), goods(site).pages
    for measure_id, rows in by(history, "measure_id").items():
        first = rows[0]
        context = _one(site, stated.get(measure_id, []), rows, claimed.get(measure_id, []))
        # A code leads to the page of its product, where there is one.
        items = [
            {**row, "page": product_href(row["hs6_code"]) if row["hs6_code"] in products else None}
            for row in listed.get(measure_id, [])
        ]
        context["goods"] = site.table("law.goods", items, slug=law.slug(measure_id))
        title = f"{law.name(first)}: {first['title']}"
        yield Page(law.href(measure_id), "measure.html.j2", title, context)


def _all(
    site: Site,
    states: Sequence[Row],
    history: Sequence[Row],
    claims: Sequence[Row],
    measures: Sequence[Row],
) -> dict[str, Any]:
    current = [row for row in history if row["known_to"] is None]
    jurisdiction = {row["measure_id"]: row["jurisdiction"] for row in states}
    relief = {row["measure_id"] for row in states if row["standing"] == words.RELIEF}
    shown = [row for row in current if row["measure_id"] not in relief]
    untold = law.untold(site, measures) or law.untold(site, measures, "history")
    finding = untold or sentences.say(
        "law.finding",
        measures=measures,
        parts=[
            f"{len(of)} {words.label(key, 'group')}"
            for key, of in law.tally(measures).items()
            if of
        ],
        disputed=sum(bool(measure["rival_states"]) for measure in measures),
        others=sum(not measure["restricts_goods"] for measure in measures),
    )
    ordered = sorted(measures, key=lambda r: (r["state_rank"], r["jurisdiction"], r["measure_id"]))
    return {
        "finding": finding,
        "untold": untold,
        "timelines": _timelines(site, shown, jurisdiction),
        "picture": _picture(site, shown, jurisdiction, finding),
        "states": [s for s in words.STATES if any(row["state"] == s for row in shown)],
        "rivals": _rivals(states, current),
        "rival_claims": _rival_claims(site, claims),
        "planes": _planes(history, site, measures),
        "table": site.table("law.measures", law.shown(site, ordered)),
    }


def _timelines(
    site: Site, shown: Sequence[Row], jurisdiction: dict[str, str]
) -> list[tuple[str, Timeline]]:
    """A timeline for each jurisdiction with several restrictions, then one of all others."""
    by_place: dict[str, list[Row]] = defaultdict(list)
    for row in shown:
        by_place[jurisdiction.get(row["measure_id"], "")].append(row)
    counted = {code: len({row["measure_id"] for row in rows}) for code, rows in by_place.items()}
    large = sorted(
        (code for code in counted if counted[code] >= OWN_TIMELINE),
        key=lambda code: (-counted[code], code),
    )
    parts: list[tuple[str, list[Row], dict[str, str] | None]]
    parts = [(site.jurisdiction(code) or "Not stated", by_place[code], None) for code in large]
    rest = [row for row in shown if jurisdiction.get(row["measure_id"], "") not in large]
    if rest:
        places = {m: site.jurisdiction(jurisdiction.get(m)) for m in by(rest, "measure_id")}
        parts.append(("Other countries" if large else "All countries", rest, places))
    axis = law.axis_for(shown, site.as_of, earliest=EARLIEST) if shown else None
    return [
        (
            place,
            law.timeline(
                rows,
                site.as_of,
                f"States of the measures: {place}",
                axis=axis,
                places=places,
                says_now=number == 0,
            ),
        )
        for number, (place, rows, places) in enumerate(parts)
    ]


def _picture(site: Site, shown: Sequence[Row], jurisdiction: dict[str, str], finding: str) -> Chart:
    """The timelines as one chart, for others to take: the acts alone, without rival accounts."""
    lanes = law.lanes(shown)
    clauses = Counter(key[0] for key in lanes)
    last = site.as_of + dt.timedelta(days=400)
    rows = []
    for key in sorted(lanes, key=lambda key: (jurisdiction.get(key[0], ""), *key)):
        place = site.jurisdiction(jurisdiction.get(key[0]))
        name = f"{place}: {law.name(lanes[key][0])}"
        if clauses[key[0]] > 1:
            name += f" ({', '.join(part for part in (key[1], key[2]) if part != 'whole')})"
        rows += [
            {
                **state,
                "lane": name,
                "valid_from": max(state["valid_from"], EARLIEST),
                "shown_to": min(state["valid_to"] or last, last),
                "spoken": law.spoken(state),
            }
            for state in law.joined(lanes[key])
            if (state["valid_to"] or last) > EARLIEST and state["valid_from"] < last
        ]
    return site.chart("law.timeline", rows, finding=finding.partition(". ")[0])


def _rivals(states: Sequence[Row], current: Sequence[Row]) -> list[dict[str, Any]]:
    """One block per rival reading: both sides with what each rests on, and the measures."""
    base = {law.lane(row): row for row in states if row["claim_group"] == law.BASE}
    against = [
        row
        for row in states
        if row["claim_group"] != law.BASE and row["is_disputed"] and row["standing"] != words.RELIEF
    ]
    made = []
    for group, rows in sorted(by(against, "claim_group").items()):
        bases = [base[law.lane(row)] for row in rows if law.lane(row) in base]
        if bases:
            sides = {"base": _side(bases, current), "rival": _side(rows, current)}
            made.append({"group": group, **sides})
    return made


def _side(rows: Sequence[Row], current: Sequence[Row]) -> dict[str, Any]:
    """What one reading says: states, measures, and the days of the stretch that holds today."""
    ordered = sorted(rows, key=lambda row: row["state_rank"])
    ends = [_stretch(row, current)["valid_to"] for row in rows]
    return {
        "states": list(dict.fromkeys(row["state"] for row in ordered)),
        "measures": list(
            dict.fromkeys((law.name(row), law.href(row["measure_id"])) for row in rows)
        ),
        "from": min(row["valid_from"] for row in rows),
        "to": None if None in ends else max(ends),
    }


def _stretch(row: Row, current: Sequence[Row]) -> Row:
    """The whole stretch of the same state around a row, as known today."""
    lane = [
        other
        for other in current
        if (law.lane(other), other["claim_group"]) == (law.lane(row), row["claim_group"])
    ]
    for found in law.joined(lane):
        ends = found["valid_to"]
        if found["valid_from"] <= row["valid_from"] and (ends is None or ends > row["valid_from"]):
            return found
    return row


def _rival_claims(site: Site, claims: Sequence[Row]) -> Table:
    """Who claims what: one row per body of claims, its measures together."""
    body = ("claim_group", "mapped_state", "valid_from", "valid_to", "source_title")
    merged = sorted(
        by(claims, *body).values(),
        key=lambda of: (of[0]["claim_group"] != law.BASE, of[0]["known_on"]),
    )
    rows = []
    for of in merged:
        derived = dict.fromkeys(
            state for row in of for state in (row["derived_states"] or "").split("; ") if state
        )
        rows.append(
            {
                **of[0],
                "reading": "By the acts alone" if of[0]["claim_group"] == law.BASE else "Rival",
                "measures": words.listing(dict.fromkeys(map(law.name, of))),
                "until": words.day(of[0]["valid_to"]) or "open",
                "derived": words.sentence(
                    words.listing([words.state(state).lower() for state in derived])
                ),
            }
        )
    return site.table("law.rival_claims", rows)


def _planes(history: Sequence[Row], site: Site, measures: Sequence[Row]) -> list[dict[str, Any]]:
    """Measures whose known state changed, on both axes of time: two of different shape."""
    disputed = {measure["measure_id"] for measure in measures if measure["rival_states"]}
    made, seen = [], set()
    for key, rows in law.lanes(row for row in history if row["measure_id"] in disputed).items():
        plane = law.knowledge(rows, site.as_of)
        if plane is None:
            continue
        shape = tuple((cell["state"], cell["left"], cell["width"]) for cell in plane["cells"])
        if shape in seen:
            continue
        seen.add(shape)
        about = {"measure": law.name(rows[0]), "title": rows[0]["title"], "href": law.href(key[0])}
        made.append({**plane, **about})
    return sorted(made, key=lambda plane: -len(plane["y"]))[:2]


def _one(
    site: Site, states: Sequence[Row], history: Sequence[Row], claims: Sequence[Row]
) -> dict[str, Any]:
    first = history[0]
    base = [row for row in states if row["claim_group"] == law.BASE]
    strictest = min(base, key=lambda row: row["state_rank"]) if base else None
    current = [row for row in history if row["known_to"] is None]
    lanes = by(history, *law.LANE, "claim_group")
    planes = []
    for rows in lanes.values():
        plane = law.knowledge(rows, site.as_of)
        if plane is not None:
            clause = rows[0]["clause_title"] if len(lanes) > 1 else ""
            rival = "Rival claim. " if rows[0]["claim_group"] != law.BASE else ""
            planes.append({**plane, "heading": f"{rival}{clause or ''}".strip()})
    shown = [{**row, "clause": _reading(row)} for row in history]
    return {
        "first": first,
        "strictest": strictest,
        "rivals": sorted(
            {
                row["state"]
                for row in states
                if row["claim_group"] != law.BASE and row["is_disputed"]
            }
        ),
        "lead": sentences.say(
            "law.measure_lead",
            site=site,
            row=strictest,
            stretch=_stretch(strictest, current) if strictest else None,
            meaning=words.certainty_meaning(strictest["certainty"]) if strictest else "",
        ),
        "timeline": law.timeline(current, site.as_of, "States over time, as known now"),
        "planes": planes,
        "table": site.table("law.measure", shown, slug=law.slug(first["measure_id"])),
        "claims": list(claims),
    }


def _reading(row: Row) -> str:
    parts = (
        row["clause_title"] if row["clause_id"] != "whole" else "",
        law.users(row["user_type"]) if row["user_type"] != "all" else "",
        "rival claim" if row["claim_group"] != law.BASE else "",
    )
    return ", ".join(filter(None, parts))
