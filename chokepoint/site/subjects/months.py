"""What moved by month: claims of the press, and customs beside them, with the days of acts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chokepoint.site import words
from chokepoint.site.parts import Chart, Row
from chokepoint.site.site import Site
from chokepoint.site.subjects import law

# Destinations that come first, and whose newest figure a heading names.
FIRST = ("EU27", "WORLD")
SHOWN_ACTS = 2
# So many labels of days fit beside one another.
LABELS = 26
CHINA = "CN"


def charts(
    site: Site,
    path: str,
    figures: Sequence[Row],
    customs: Sequence[Row],
    states: Sequence[Row],
    holds: str,
) -> list[Chart]:
    """A chart for each item that the press has figures of, then one of customs.

    figures  rows of `press_figures`
    customs  rows of `customs_months` of one code
    states   of the law on Chinese exports: their days are drawn
    holds    the code of `customs` in words
    """
    of_press = law.by(figures, "item").items()
    made = [_press(site, path, item, rows, states) for item, rows in of_press]
    return made + ([_customs(site, path, customs, states, holds)] if customs else [])


def _press(
    site: Site, path: str, item: str, figures: Sequence[Row], states: Sequence[Row]
) -> Chart:
    rank = {destination: number for number, destination in enumerate(FIRST)}
    rows = [
        {
            **row,
            "place": words.sentence(_place(site, row["destination"])),
            "tonnes": float(row["mass_t"]) / row["month_count"],
            "shown": _mass(1000 * row["mass_t"]),
            "span": words.span(*(words.period(row[f"{end}_period"]) for end in ("first", "last"))),
            "source": "Page that prints it",
        }
        for row in sorted(figures, key=lambda row: rank.get(row["destination"], len(rank)))
    ]
    newest = {row["destination"]: row for row in rows}
    told = [
        f"{row['shown']} to {_place(site, code)} in {row['span']}"
        for code, row in newest.items()
        if code in FIRST or not newest.keys() & FIRST
    ]
    acts, others = _acts(states, rows)
    return site.chart(
        "months.press",
        rows,
        datasets={"acts": acts},
        of=path,
        slug=law.slug(item.partition(" (")[0]),
        item=item,
        told=told,
        acts=acts,
        others=others,
        sources={row["source_id"] for row in rows},
        place=lambda destination: _place(site, destination),
    )


def _customs(
    site: Site, path: str, customs: Sequence[Row], states: Sequence[Row], holds: str
) -> Chart:
    rows = [
        {
            **row,
            "place": f"{row['reporter_name']}, imports from China",
            "tonnes": row["net_mass_kg"] / 1000,
            "shown": _mass(row["net_mass_kg"]),
            "span": words.period(row["period"]),
        }
        for row in customs
    ]
    last = rows[-1]
    year = f"{int(last['period'][:4]) - 1}{last['period'][4:]}"
    before = next((row for row in rows if row["period"] == year), None)
    acts, others = _acts(states, rows)
    return site.chart(
        "months.customs",
        rows,
        datasets={"acts": acts},
        of=path,
        last=last,
        before=before,
        holds=holds,
        acts=acts,
        others=others,
    )


def _acts(states: Sequence[Row], rows: Sequence[Row]) -> tuple[list[dict[str, Any]], list[str]]:
    """The days between the first and the last figure on which the status of an act changed.

    Those that are too near to the one before have no label: they come as sentences, too.
    """
    first = min(row["span_start"] for row in rows)
    last = max(row["span_stop"] for row in rows)
    found: dict[Any, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for lane in law.lanes(states).values():
        for state in law.joined(lane):
            if first <= state["valid_from"] <= last:
                found[state["valid_from"]][state["state"]][law.name(state)] = None
    made: list[dict[str, Any]] = []
    others, labelled = [], first - (last - first)
    for day, changes in sorted(found.items()):
        acts = "; ".join(
            f"{words.state(state)}: {words.listing(list(names), SHOWN_ACTS)}"
            for state, names in changes.items()
        )
        is_near = day - labelled < (last - first) / LABELS
        made.append({"day": day, "acts": acts, "label": "" if is_near else acts})
        if is_near:
            others.append(f"Line without a label, {words.day(day)}: {acts}.")
        else:
            labelled = day
    return made, others


def _mass(kg: Any) -> str:
    return words.mass(kg) if kg else "nothing"


def _place(site: Site, destination: str) -> str:
    if destination == "WORLD":
        return "the world"
    return words.in_sentence(site.country(destination))
