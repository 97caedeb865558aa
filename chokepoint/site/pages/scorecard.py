"""Communique versus flow: what was promised, what moved, and since when that can be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row, Table
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects.law import by

NAV = ("scorecard.html", "Promises")

# verdict -> (word, what it means); in the order in which the page shows them.
VERDICTS = {
    "not_kept": ("Not kept", "the flow stayed below the lower threshold"),
    "partly": ("Partly kept", "the flow is between the thresholds"),
    "kept": ("Kept", "the flow reached the threshold"),
    "too_early": ("Too early", "too few months are published for a verdict"),
    "not_measurable": ("Not measurable", "no figure is published, or too few months are"),
}
ADDRESSEES = {"EU": "the EU", "ALL": "everybody", "US": "the United States", "JP": "Japan"}
PROXY, BY_PROXY = "proxy", ", by a proxy"
JUDGED = ("kept", "partly", "not_kept")


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
            "table": site.table("scorecard.all_promises", promises, verdict_word=verdict_word),
            "comparisons": _comparisons(site, promises),
        },
    )


def _headline(promises: Sequence[Row]) -> str:
    return sentences.say(
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
    return sentences.say(
        "scorecard.lead",
        day=site.as_of,
        unmeasured=sum(row["verdict"] == "not_measurable" for row in promises),
        early=len(early),
        proxies=sum(number for *_, number in _tally(promises)),
        next_day=min((day for day in days if day > site.as_of), default=None),
    )


def _card(row: Row, history: Sequence[Row]) -> dict[str, Any]:
    facts = sentences.lines("scorecard.facts", row=row, judged_by=_judged_by(row))
    return {
        **row,
        "word": verdict_word(row),
        "who": f"{row['promised_by']} to {ADDRESSEES.get(row['promised_to'], row['promised_to'])}",
        "facts": [fact.split(": ", 1) for fact in facts],
        "states": [one for one in history if one["commitment_id"] == row["commitment_id"]],
    }


def _judged(site: Site, promises: Sequence[Row]) -> Chart:
    rows = [row for row in promises if row["observed_ratio"] is not None]
    return site.chart(
        "scorecard.judged",
        rows,
        sources=_sources(site, rows),
        below=sum(row["observed_ratio"] < row["threshold"] for row in rows),
        flow_name=flow_name,
        verdict_word=verdict_word,
    )


def _over_time(site: Site, promises: Sequence[Row], history: Sequence[Row]) -> Chart:
    known = {row["commitment_id"]: row for row in promises}
    rows = [
        {
            **row,
            "word": verdict_word(row).lower(),
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
    judged = [
        row["mass_low_kg"] <= row["net_mass_kg"] <= row["mass_high_kg"]
        for row in rows
        if row["net_mass_kg"] is not None and not row["not_measurable_reason"]
    ]
    return site.chart(
        "scorecard.flow",
        drawn,
        datasets={
            "top": [max(drawn, key=lambda row: row["tonnes"] or 0)] if drawn else [],
            "end": drawn[-1:],
        },
        sources=_sources(site, rows),
        judged=len(judged),
        inside=sum(judged),
        flow_name=flow_name,
        code=words.code,
    )


def _promise(row: Row) -> str:
    """A promise in a few words: who made it, and when."""
    return f"{row['promised_by']}, {words.day(row['made_on'])}"


def _comparisons(site: Site, promises: Sequence[Row]) -> Table:
    known = {row["commitment_id"]: _promise(row) for row in promises}
    rows = site.rows("scorecard_comparisons")
    return site.table("scorecard.comparisons", rows, known=known, measured_by=_measured_by)


def _judged_by(row: Row) -> str:
    """Exports of China to the EU, code 8505 11, by mass, as the press gives it; and the code."""
    if row["indicator_id"] is None:
        return "no flow is named"
    role, code = words.label(row["role"], "role"), words.label(row["code_match"], "code")
    return f"{_measured_by(row)}, {role}; {code}"


def _measured_by(row: Row) -> str:
    return f"{flow_name(row)}, code {words.code(row['product_code'])}, by {row['indicator']}"


def verdict_word(row: Row) -> str:
    """The verdict; where a proxy alone judges, that it does."""
    word = VERDICTS[row["verdict"]][0]
    return word + BY_PROXY if row["verdict"] in JUDGED and not is_judged(row) else word


def flow_name(row: Row) -> str:
    """Exports of China to the EU."""
    partner = {"EU27": "the EU", "WORLD": "all countries"}.get(row["partner_code"])
    reporter, named = map(words.in_sentence, (row["reporter_name"], row["partner_name"]))
    way = "to" if row["flow"] == "export" else "from"
    return f"{words.plain(row['flow'])}s of {reporter} {way} {partner or named}"


def _sources(site: Site, rows: Sequence[Row]) -> str:
    ids = [row["source_id"] for row in rows if row.get("source_id")]
    return site.source_line("promises", *ids)


def _tonnes(kg: Any) -> float | None:
    return None if kg is None else round(float(kg) / 1000, 1)
