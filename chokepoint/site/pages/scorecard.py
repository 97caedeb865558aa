"""Communique versus flow: what was promised, what moved, and since when that can be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import said, words
from chokepoint.site.law import by
from chokepoint.site.parts import Chart, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("scorecard.html", "Promises")

# verdict -> (word, what it means); in the order in which the page shows them.
VERDICTS = {
    "not_kept": ("Not kept", "the flow stayed below the lower threshold"),
    "partly": ("Partly kept", "the flow is between the thresholds"),
    "kept": ("Kept", "the flow reached the threshold"),
    "too_early": ("Too early", "too few months are published for a verdict"),
    "not_measurable": ("Not measurable", "no figure is published, or too few months are"),
}
DIRECTIONS = {
    "keep": "goes on as before",
    "resume": "comes back to the level before the act",
    "rise": "rises above the level before",
}
CODE_MATCHES = {
    "exact": "the code is the goods",
    "dominant": "the goods are most of the code",
    "shared": "the code holds other goods too",
    "proxy": "the code is a proxy for the goods",
    "finer_than_code": "no code separates the goods from others",
}
BASELINES = {
    "stl": "season and trend of the months before (STL)",
    "seasonal_naive": "the same months of the year before",
    "median_level": "the median of the months before",
    "not_measurable": "none: too few months before",
}
# role -> whose figures speak for a promise
ROLES = {
    "importer": "as the addressee reports it",
    "exporter": "as the one who promised reports it",
    "press": "as the press gives it",
}
ADDRESSEES = {"EU": "the EU", "ALL": "everybody", "US": "the United States", "JP": "Japan"}
PROXY, BY_PROXY = "proxy", ", by a proxy"
JUDGED = ("kept", "partly", "not_kept")
READINGS = {
    "reached": "threshold reached",
    "partly_reached": "between the thresholds",
    "not_reached": "below the thresholds",
    "too_early": "too early",
    "not_measurable": "not measurable",
}
PLACEBOS = {
    "passed": "passed: the comparison did not move as much",
    "stood_there_before": "failed: the flow was there before the promise",
    "moved_as_much": "failed: the comparison moved as much",
    "not_measurable": "cannot be made",
    "not_needed": "not needed: the verdict depends on no change",
}


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    promises = site.rows("scorecard_promises")
    history = site.rows("scorecard_history")
    groups = {
        verdict: [_card(row, history) for row in promises if row["verdict"] == verdict]
        for verdict in VERDICTS
    }
    yield Page(
        "scorecard.html",
        "scorecard.html.j2",
        "Promises and what moved",
        {
            "headline": site.lacks("scorecard_promises") or _headline(promises),
            "lead": _lead(site, promises),
            "tally": _tally(promises),
            "groups": groups,
            "verdicts": VERDICTS,
            "judged": _judged(site, promises),
            "over_time": _over_time(site, promises, history),
            "flow": _flow(site),
            "table": site.table(
                "scorecard.all_promises",
                [{**row, "word": verdict_word(row), "promise": _promise(row)} for row in promises],
            ),
            "comparisons": _comparisons(site, promises),
        },
    )


def _headline(promises: Sequence[Row]) -> str:
    return said.say(
        "scorecard.headline",
        promises=promises,
        judged=sum(map(is_judged, promises)),
        verdicts=[
            words.count(number, word.lower(), word.lower())
            for verdict, word, _, number, _ in _tally(promises)
            if verdict in JUDGED and number
        ],
    )


def is_judged(row: Row) -> bool:
    """Whether the verdict rests on figures of the goods, not on a proxy."""
    return row["verdict"] in JUDGED and row["code_match"] != PROXY


def _tally(promises: Sequence[Row]) -> list[tuple[str, str, str, int, int]]:
    """Each verdict with its word, meaning, and number, and how many more a proxy judges so."""
    found = []
    for verdict, (word, meaning) in VERDICTS.items():
        rows = [row for row in promises if row["verdict"] == verdict]
        apart = sum(verdict in JUDGED and not is_judged(row) for row in rows)
        found.append((verdict, word, meaning, len(rows) - apart, apart))
    return found


def _lead(site: Site, promises: Sequence[Row]) -> str:
    if not promises:
        return ""
    early = [row for row in promises if row["verdict"] == "too_early"]
    days = [row["first_knowable_date"] for row in early if row["first_knowable_date"]]
    return said.say(
        "scorecard.lead",
        day=site.as_of,
        unmeasured=sum(row["verdict"] == "not_measurable" for row in promises),
        early=len(early),
        proxies=sum(number for *_, number in _tally(promises)),
        next_day=min((day for day in days if day > site.as_of), default=None),
    )


def _card(row: Row, history: Sequence[Row]) -> dict[str, Any]:
    facts = said.lines(
        "scorecard.facts",
        row=row,
        judged_by=_judged_by(row),
        direction=DIRECTIONS.get(row["expected_direction"], row["expected_direction"]),
        baseline=BASELINES.get(row["baseline_method"] or "", "none"),
        amount=words.money if row["indicator"] == "value" else words.mass,
        placebo=PLACEBOS.get(row["placebo_result"] or "not_needed", "not needed"),
    )
    states = [
        {
            "known_from": state["known_from"],
            "period": state["period"],
            "verdict": VERDICTS[state["verdict"]][0],
            "ratio": words.percent(state["observed_ratio"], 0),
            "reason": state["verdict_reason"],
        }
        for state in history
        if state["commitment_id"] == row["commitment_id"]
    ]
    return {
        **row,
        "word": verdict_word(row),
        "made": words.day(row["made_on"]),
        "who": f"{row['promised_by']} to {ADDRESSEES.get(row['promised_to'], row['promised_to'])}",
        "facts": [fact.split(": ", 1) for fact in facts],
        "states": states,
    }


def _judged(site: Site, promises: Sequence[Row]) -> Chart:
    rows = [
        {
            **row,
            "label": _flow_name(row),
            "small": f"by {row['indicator']}; promise of {_promise(row)}",
            "word": verdict_word(row).lower(),
            "shown": f"{words.percent(row['observed_ratio'], 0)}, {verdict_word(row).lower()}",
        }
        for row in promises
        if row["observed_ratio"] is not None
    ]
    return site.chart(
        "scorecard.judged",
        rows,
        sources=_sources(site, rows),
        below=sum(row["observed_ratio"] < row["threshold"] for row in rows),
    )


def _over_time(site: Site, promises: Sequence[Row], history: Sequence[Row]) -> Chart:
    known = {row["commitment_id"]: row for row in promises}
    rows = [
        {
            **row,
            "word": VERDICTS[row["verdict"]][0].lower(),
            "promise": (promise := _promise(known[row["commitment_id"]])),
            "name": f"{promise}, by {row['indicator']} ({row['role']})",
        }
        for row in history
        if row["observed_ratio"] is not None and row["commitment_id"] in known
    ]
    judged = by((row for row in rows if row["verdict"] != "too_early"), "name")
    lines = {row["threshold"]: "kept from here" for row in rows}
    lines |= {row["partly_threshold"]: "partly from here" for row in rows}
    return site.chart(
        "scorecard.over_time",
        rows,
        datasets={
            "ends": list({row["name"]: row for row in rows}.values()),
            "lines": [{"at": at, "text": text} for at, text in lines.items()],
        },
        sources=_sources(site, [known[row["commitment_id"]] for row in rows]),
        moved=[name for name, of in judged.items() if len({row["verdict"] for row in of}) > 1],
    )


def _flow(site: Site) -> Chart:
    rows = site.rows("scorecard_flow")
    drawn = [
        {
            **row,
            "tonnes": _tonnes(row["net_mass_kg"]),
            "expected_tonnes": _tonnes(row["expected_mass_kg"]),
            "low_tonnes": _tonnes(row["mass_low_kg"]),
            "high_tonnes": _tonnes(row["mass_high_kg"]),
        }
        for row in rows
    ]
    return site.chart(
        "scorecard.flow",
        drawn,
        datasets={
            "top": [max(drawn, key=lambda row: row["tonnes"] or 0)] if drawn else [],
            "end": drawn[-1:],
        },
        sources=_sources(site, rows),
        inside=sum(
            row["mass_low_kg"] <= row["net_mass_kg"] <= row["mass_high_kg"]
            for row in rows
            if row["net_mass_kg"] is not None
        ),
        flow_name=_flow_name,
        code=_code,
    )


def _promise(row: Row) -> str:
    """A promise in a few words: who made it, and when."""
    return f"{row['promised_by']}, {words.day(row['made_on'])}"


def _comparisons(site: Site, promises: Sequence[Row]) -> Table:
    known = {row["commitment_id"]: _promise(row) for row in promises}
    rows = [
        {
            **row,
            "promise": known.get(row["commitment_id"], ""),
            "label": f"{_flow_name(row)}, code {_code(row['product_code'])}, by {row['indicator']}",
            "word": READINGS[row["reading"]],
        }
        for row in site.rows("scorecard_comparisons")
    ]
    return site.table("scorecard.comparisons", rows)


def _judged_by(row: Row) -> str:
    """Exports of China to the EU, code 8505 11, by mass, as the press gives it; and the code."""
    if row["indicator_id"] is None:
        return "no flow is named"
    return (
        f"{_flow_name(row)}, code {_code(row['product_code'])}, by {row['indicator']},"
        f" {ROLES[row['role']]}; {CODE_MATCHES.get(row['code_match'], row['code_match'])}"
    )


def verdict_word(row: Row) -> str:
    """The verdict; where a proxy alone judges, that it does."""
    word = VERDICTS[row["verdict"]][0]
    return word + BY_PROXY if row["verdict"] in JUDGED and not is_judged(row) else word


def _flow_name(row: Row) -> str:
    """Exports of China to the EU."""
    partner = {"EU27": "the EU", "WORLD": "all countries"}.get(row["partner_code"])
    way = "to" if row["flow"] == "export" else "from"
    return (
        f"{words.plain(row['flow'])}s of {row['reporter_name']} {way}"
        f" {partner or row['partner_name']}"
    )


def _code(code: str) -> str:
    """8505 11, as customs writes it."""
    return f"{code[:4]}{words.NBSP}{code[4:]}"


def _sources(site: Site, rows: Sequence[Row]) -> str:
    ids = [row["source_id"] for row in rows if row.get("source_id")]
    return site.source_line("promises", *ids)


def _tonnes(kg: Any) -> float | None:
    return None if kg is None else round(float(kg) / 1000, 1)
