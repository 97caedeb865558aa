"""Law as pages show it: one state per measure, timelines, rival readings, what ends."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Axis, Row, Timeline
from chokepoint.site.site import Site

# Of a measure: what it is called, the name of its files, the address of its page.
name, slug, href = words.measure, words.slug, words.measure_href
BASE = "base"
LANE = ("measure_id", "clause_id", "destination", "user_type")


def by(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    """The rows by one column, or by several as a tuple."""
    grouped: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return dict(grouped)


def lane(row: Row) -> tuple[Any, ...]:
    """On which timeline a row is, whatever the reading."""
    return tuple(row[part] for part in LANE)


def lanes(rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """Rows of the base reading by timeline."""
    return by((row for row in rows if row["claim_group"] == BASE), *LANE)


def standing_measures(states: Iterable[Row]) -> list[dict[str, Any]]:
    """One row per restriction: its strictest state in the base reading, and any rival reading.

    Acts that only suspend, exempt or extend are left out: they restrict nothing.
    """
    counted = (row for row in states if row["standing"] != words.RELIEF)
    readings = [by(rows, "claim_group") for rows in by(counted, "measure_id").values()]
    measures = []
    for groups in readings:
        if BASE not in groups:
            continue
        strictest = min(groups[BASE], key=lambda row: row["state_rank"])
        # A rival reading that has come to say the same is none.
        base = {lane(row): row["state"] for row in groups[BASE]}
        rivals = sorted(
            {
                row["state"]
                for group, rows in groups.items()
                for row in rows
                if group != BASE and row["state"] != base.get(lane(row))
            }
        )
        measures.append(
            {
                **strictest,
                "clause_count": len({row["clause_id"] for row in groups[BASE]}),
                "states": sorted({row["state"] for row in groups[BASE]}),
                "rival_states": rivals,
                "is_disputed": any(row["is_disputed"] for row in groups[BASE]),
                "is_for_firms": all(
                    row["user_type"] == "listed_entities"
                    for row in groups[BASE]
                    if row["state"] == strictest["state"]
                ),
            }
        )
    return measures


def strictest(measures: Iterable[Row]) -> str | None:
    """The strictest state of measures that are not over, if there are any."""
    found = [row for row in measures if not row["is_over"]]
    return min(found, key=lambda row: row["state_rank"])["state"] if found else None


def for_importer(
    states: Sequence[Row], importer: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Restrictions on exports to an importer, on exports to others only, and those not known.

    The first are in the strictest state of the clauses that reach the importer. The last have a
    clause without a recorded destination, which may reach it.

    states  rows of `states`
    """
    reaching = standing_measures(row for row in states if importer in (row["importers"] or ()))
    found = {measure["measure_id"] for measure in reaching}
    unrecorded = {
        row["measure_id"]
        for row in states
        if row["claim_group"] == BASE and row["importers"] is None
    }
    rest = [row for row in standing_measures(states) if row["measure_id"] not in found]
    others = [row for row in rest if row["measure_id"] not in unrecorded]
    return reaching, others, [row for row in rest if row["measure_id"] in unrecorded]


def untold(site: Site, measures: Sequence[Any], *queries: str) -> str:
    """Why nothing can be said of the law: what is missing or was not known yet; else empty.

    queries  those read beside `states`
    """
    missing = site.lacks("states", *queries)
    if missing:
        return f"{missing}, so nothing can be said about the law here."
    if measures:
        return ""
    held = site.rows("measures_held")
    if not held:
        return f"{site.lacks('measures_held')}, so nothing can be said about the law here."
    return sentences.say("law.untold", day=site.as_of, **held[0])


def of_lists(site: Site, rows: Iterable[Row]) -> str:
    """Up to which day the law behind some measures was read, in brackets, where that lies before
    the day of the page; else empty."""
    found = {row["jurisdiction"]: row for row in site.rows("law_coverage")}
    said = [
        f"{words.in_sentence(site.jurisdiction(place))}: {words.read_to(found[place])}"
        for place in dict.fromkeys(row["jurisdiction"] for row in rows)
        if place in found and (found[place]["list_read_to"] or dt.date.min) < site.as_of
    ]
    return f" ({'; '.join(said)})" if said else ""


def kinds(instruments: Iterable[str]) -> str:
    """Kinds of acts with their number, the most first: technology (5), domestic quota (1)."""
    counts = Counter(instruments)
    ranked = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return words.listing([f"{kind} ({counts[kind]})" for kind in ranked])


def shown(site: Site, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Measures as tables show them: with who issued them, and the title beside a number alone."""
    return [
        {
            **row,
            "by": site.jurisdiction(row["jurisdiction"]),
            "title": row["title"] if row["instrument_no"] else "",
        }
        for row in rows
    ]


def ending(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """What ends or has lapsed: one row per measure, day and what follows, clauses together.

    Rival readings are not rows of their own: they stand beside the base as `rival`.
    """
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        if row["claim_group"] != BASE or row["standing"] == words.RELIEF:
            continue
        key = (row["measure_id"], row["ends_on"], row["state_after"])
        rival = ""
        if row["rival_state"]:
            until = f" until {words.day(row['rival_ends_on'])}" if row["rival_ends_on"] else ""
            rival = f"A rival claim: {words.state(row['rival_state']).lower()}{until}"
        entry = merged.setdefault(
            key,
            {
                **row,
                "rival": rival,
                "when": words.days_left(row["days_left"]),
                "others": "",
                "destinations": set(),
                "act": row["act_instrument_no"] or "number not known",
            },
        )
        entry["destinations"].add(row["destination"])
        if row["state_before"] != entry["state_before"]:
            entry["others"] = f"Other clauses: {words.state(row['state_before']).lower()}"
    return sorted(merged.values(), key=lambda row: (row["days_left"], row["measure_id"]))


def spoken(row: Row) -> str:
    """A state with its days, in words."""
    start = words.day(row["valid_from"])
    end = f" to {words.day(row['valid_to'])}" if row["valid_to"] else ", no end stated"
    sure = words.certainty("disputed" if row["is_disputed"] else row["certainty"])
    return f"{words.state(row['state'])} from {start}{end}; {sure.lower()}"


def joined(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows of one timeline and one knowledge, in order; neighbours in the same state as one.

    A dispute ends on a day and splits a state that goes on: to a reader it is one stretch.
    """
    made: list[dict[str, Any]] = []
    for row in rows:
        last = made[-1] if made else None
        same = ("state", "known_from", "known_to")
        if (
            last
            and last["valid_to"] == row["valid_from"]
            and all(last.get(k) == row.get(k) for k in same)
        ):
            last["valid_to"] = row["valid_to"]
            last["is_disputed"] = last["is_disputed"] or row["is_disputed"]
            continue
        made.append(dict(row))
    return made


def axis_for(rows: Sequence[Row], as_of: dt.date, *, earliest: dt.date | None = None) -> Axis:
    """From a little before the first change (not before `earliest`) to months after the day."""
    starts = [row["valid_from"] for row in rows] or [as_of]
    first = max(min(starts), earliest) if earliest else min(starts)
    first = min(first, as_of - dt.timedelta(days=180))
    soon = as_of + dt.timedelta(days=400)
    last = max(
        [row["valid_to"] for row in rows if row["valid_to"] and row["valid_to"] <= soon] + [as_of]
    )
    length = (last - first).days
    return Axis(first - dt.timedelta(days=length // 20), last + dt.timedelta(days=length // 8))


def timeline(
    rows: Iterable[Row],
    as_of: dt.date,
    label: str,
    *,
    axis: Axis | None = None,
    places: Mapping[str, str] | None = None,
    says_now: bool = True,
) -> Timeline:
    """One lane per measure and clause, each followed by its rival readings.

    places    measure -> who issued it, where a timeline holds several
    says_now  whether the line of the day is explained below
    """
    rows = list(rows)
    axis = axis or axis_for(rows, as_of)
    lanes = by(rows, *LANE, "claim_group")
    clauses = Counter(measure for measure, _ in {(key[0], key[1:4]) for key in lanes})
    made = []
    for key in sorted(lanes, key=lambda key: (*key[:4], key[4] != BASE, key[4])):
        row = lanes[key][0]
        spans = [
            _span(axis, state)
            for state in joined(lanes[key])
            if axis.shows(state["valid_from"], state["valid_to"])
        ]
        if not spans:
            continue
        lane = {"title": "A rival claim", "href": None, "note": "", "rival": True, "spans": spans}
        if key[4] == BASE:
            note = [
                (places or {}).get(row["measure_id"], ""),
                _clause(row) if clauses[key[0]] > 1 else "",
                str(row["title"]) if row["instrument_no"] else "",
            ]
            lane |= {
                "title": name(row),
                "href": href(row["measure_id"]),
                "note": ". ".join(filter(None, note)),
                "rival": False,
            }
        made.append(lane)
    said = f"{words.day(as_of)}, the day of this page" if says_now else ""
    return Timeline(made, axis.years(), axis.at(as_of), said, label)


def knowledge(rows: Iterable[Row], as_of: dt.date) -> dict[str, Any] | None:
    """A timeline on both axes: across, when a state holds; upward, when that was known.

    Cells in per cent of the plane. None where what was known never changed.
    """
    rows = list(rows)
    learned = sorted({row["known_from"] for row in rows})
    if len(learned) < 2:
        return None
    axis = axis_for(rows, as_of)
    # One step per change of knowledge: days between them differ too much to draw to scale.
    step = 100 / len(learned)
    cells = []
    order = ("known_from", "known_to", "valid_from")
    ordered = sorted(rows, key=lambda row: tuple(row[k] or dt.date.max for k in order))
    for row in joined(ordered):
        if not axis.shows(row["valid_from"], row["valid_to"]):
            continue
        bottom = learned.index(row["known_from"])
        top = learned.index(row["known_to"]) if row["known_to"] in learned else len(learned)
        left, right = axis.at(row["valid_from"]), axis.at(row["valid_to"])
        until = f" to {words.day(row['known_to'])}" if row["known_to"] else " to now"
        cells.append(
            {
                "left": left,
                "width": round(right - left, 3),
                "bottom": round(bottom * step, 3),
                "height": round((top - bottom) * step, 3),
                "state": row["state"],
                "spoken": f"{spoken(row)}. Known from {words.day(row['known_from'])}{until}",
            }
        )
    return {
        "cells": cells,
        "x": axis.years(6),
        "y": [(round(i * step, 3), words.day(day)) for i, day in enumerate(learned)],
        "now": axis.at(as_of),
    }


def tally(measures: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Measures by what a reader asks: in force, presumed back, suspended, coming, unknown, over."""
    groups: dict[str, list[Mapping[str, Any]]] = {key: [] for key in words.LABELS["group"]}
    for measure in measures:
        groups[measure["state_group"]].append(measure)
    return groups


def users(user_type: str) -> str:
    """For whom a clause holds: civil users, listed entities."""
    text = words.plain(user_type).lower()
    return text if text.endswith("s") else f"{text} users"


def _clause(row: Row) -> str:
    parts = [] if row["clause_id"] == "whole" else [str(row["clause_title"] or row["clause_id"])]
    if row["user_type"] != "all":
        parts.append(users(row["user_type"]))
    return words.sentence(", ".join(parts))


def _span(axis: Axis, row: Row) -> dict[str, Any]:
    left, right = axis.at(row["valid_from"]), axis.at(row["valid_to"])
    width = round(right - left, 3)
    # A letter takes about a per cent on a desk, two on a phone; what does not fit is only spoken.
    letters = len(words.state(row["state"]))
    label = words.state(row["state"]) if width > 1.15 * letters else ""
    return {
        "left": left,
        "width": width,
        "kind": row["state"],
        "label": label,
        "spoken": spoken(row),
        "is_roomy": width > 2.1 * letters + 3,
    }
