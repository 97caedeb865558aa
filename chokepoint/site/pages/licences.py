"""Licences: what is said of them, how long they take, what becomes of them, how the pile grows."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row, Table, apart
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.law import by

# The legal term, in working days; docs/methodology/licence_durations.md.
TERM = 45
# With fewer a curve judges no application that waits; docs/methodology/case_priorities.md.
FEWEST_DECIDED = 10
# In the order of the pile, from below.
OUTCOMES = ("approved", "pending", "withdrawn", "refused", "expired")
AGES = {
    "pending_0_30_days": "up to 30 days",
    "pending_31_60_days": "31 to 60 days",
    "pending_61_90_days": "61 to 90 days",
    "pending_over_90_days": "over 90 days",
}


def pages(site: Site) -> list[Page]:
    """The page of licences."""
    everything = site.rows("licences_claims")
    claims = [row for row in everything if row["is_about_applications"]]
    pairs = site.rows("licences_claims_side_by_side")
    whole = [r for r in claims if r["numerator"] is not None and r["denominator"] and r["pending"]]
    context = {
        "headline": site.lacks("licences_claims") or _headline(claims, pairs),
        # The latest claim that gives all counts, in words.
        "lead": sentences.say("licences.lead", row=whole[-1]) if whole else "",
        "claims": [
            _claims_chart(site, own, name, is_first=not place)
            for place, (name, own) in enumerate(_by_authority(claims) or [("", [])])
            if not place or _gives_shares(own)
        ],
        "all_claims": site.table("licences.all_claims", claims),
        "pairs": site.table("licences.claims_side_by_side", pairs),
        "evidence": _evidence(everything),
        "others": site.table(
            "licences.other_claims",
            [row for row in everything if not row["is_about_applications"]],
            figure=figure,
        ),
        "registers": _registers(site),
    }
    return [Page("licences.html", "licences.html.j2", "Licences", context)]


def _headline(claims: Sequence[Row], pairs: Sequence[Row]) -> str:
    """What the claims say, a sentence for each authority: no figure is of two."""
    said = [_of_authority(name, own) for name, own in _by_authority(claims) if _gives_shares(own)]
    if not said:
        return "No public claim by this day gives the share of licences granted"
    clashes = sum(row["reading"] == "contradicts" for row in pairs)
    if clashes:
        said.append(f"{words.count(clashes, 'pair')} of {len(pairs)} cannot both be true")
    elif pairs:
        said.append("no two of these claims contradict each other")
    return ". ".join(words.sentence(sentence) for sentence in said)


def _by_authority(claims: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Claims of each authority, that with the most claims first."""
    found = by(claims, "licensing_authority")
    return sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))


def _gives_shares(claims: Sequence[Row]) -> bool:
    return any(
        row[name] is not None for row in claims for name in ("share_of_filed", "share_of_decided")
    )


def _of_authority(name: str, claims: Sequence[Row]) -> str:
    """The shares that claims on the licences of one authority give."""
    shares = [row["share_of_filed"] for row in claims if row["share_of_filed"] is not None]
    # Applicants of one country say nothing of those of another.
    decided: dict[str, list[float]] = defaultdict(list)
    for row in claims:
        if row["share_of_decided"] is not None:
            decided[_place(row)].append(row["share_of_decided"])
    ends = {place: (min(found), max(found)) for place, found in sorted(decided.items())}
    return sentences.say(
        "licences.authority",
        name=name,
        shares=shares,
        spans=[f"{words.percents(low, high)} for {place}" for place, (low, high) in ends.items()],
        is_higher=bool(shares) and all(low > max(shares) for low, _ in ends.values()),
    )


def _evidence(claims: Sequence[Row]) -> list[str]:
    """How many claims rest on evidence of which grade, a sentence for each authority."""
    said = []
    for name, own in _by_authority(claims):
        grades = Counter(row["evidence_grade"] for row in own)
        rest = [
            words.count(grades[grade], f"rests on {meaning}", f"rest on {meaning}")
            for grade, meaning in words.LABELS["grade_rests"].items()
            if grades[grade]
        ]
        said.append(
            f"{words.sentence(words.count(len(own), 'public claim'))} on licences of"
            f" {words.in_sentence(name)}: {words.listing(rest)}."
        )
    return said


def _claims_chart(
    site: Site, claims: Sequence[Row], authority: str = "", *, is_first: bool = True
) -> Chart:
    """The shares that claims on the licences of one authority give."""
    shown = [
        {**row, "lines": sentences.lines("licences.claim", row=row, place=_place(row))}
        for row in claims
        if row["share_of_filed"] is not None or row["share_of_decided"] is not None
    ]
    of_all = [row for row in shown if row["share_low"] is not None]
    return site.chart(
        "licences.claims_with_bounds",
        shown,
        authority=authority,
        ending="" if is_first else f"-{law.slug(authority)}",
        bounded=len(of_all),
        wide=sum(row["share_high"] - row["share_low"] >= 0.5 for row in of_all),
    )


def _registers(site: Site) -> list[dict[str, Any]]:
    """One section per register of applications; the file that ships has a synthetic one only."""
    names = ("durations", "survival", "at_risk", "waiting", "backlog")
    queries = {name: by(site.rows(f"licences_{name}"), "data_origin") for name in names}
    registers = []
    for origin, durations in queries["durations"].items():
        latest = max(row["as_of_date"] for row in durations)
        own = {
            name: [row for row in rows.get(origin, []) if row["as_of_date"] == latest]
            for name, rows in queries.items()
        }
        registers.append(_register(site, origin, latest, own))
    return registers


def _register(
    site: Site, origin: str, latest: dt.date, rows: Mapping[str, Sequence[Row]]
) -> dict[str, Any]:
    synthetic = origin == "synthetic"
    shared = {"latest": latest, "synthetic": synthetic, "folder": f"licences/{origin}"}
    overall = next((row for row in rows["durations"] if row["stratum_kind"] == "all"), None)
    return {
        "title": f"How long a licence takes{', on an invented register' if synthetic else ''}",
        "synthetic": synthetic,
        "sentences": sentences.lines("licences.register", overall=overall, term=TERM)
        if overall
        else [],
        "charts": [
            _survival(site, rows["survival"], overall, shared),
            _groups(site, rows["durations"], shared),
            _outcomes(site, rows["survival"], shared),
            _waiting(site, rows["waiting"], overall, shared),
            _backlog(site, rows["backlog"], shared),
        ],
        "at_risk": _at_risk(site, rows["at_risk"], shared),
    }


def _survival(
    site: Site, curve: Sequence[Row], overall: Row | None, shared: Mapping[str, Any]
) -> Chart:
    terms = [{"day": TERM, "text": f"legal term: {TERM} working days"}]
    points = [
        {"day": step["day"], "survival": step["survival"], "text": f"{name} by day {step['day']}"}
        for name, left in (("half", 0.5), ("nine in ten", 0.1))
        if (step := next((row for row in curve if row["survival"] <= left), None))
    ]
    return site.chart(
        "licences.survival",
        curve,
        datasets={"terms": terms, "points": points},
        overall=overall,
        median=(overall and overall["median_text"]) or "",
        **shared,
    )


def _at_risk(site: Site, rows: Sequence[Row], shared: Mapping[str, Any]) -> Table:
    """Groups by days, as it stands below a survival curve."""
    days = sorted({row["day"] for row in rows})
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["stratum_kind"], row["stratum"])
        line = lines.setdefault(key, {"group": _group(row), "data_origin": row["data_origin"]})
        line[f"day_{row['day']}"] = row["at_risk"]
    return site.table("licences.at_risk", list(lines.values()), days=days, **shared)


def _groups(site: Site, rows: Sequence[Row], shared: Mapping[str, Any]) -> Chart:
    shown = [{**row, "label": _group(row)} for row in rows if row["n"]]
    of_groups = (row for row in shown if row["stratum_kind"] != "all" and row["median"] is not None)
    ranked = sorted(of_groups, key=lambda row: row["median"])
    slowest = max(ranked, key=lambda row: row["median"], default=None)
    return site.chart("licences.groups", shown, ranked=ranked, slowest=slowest, **shared)


def _outcomes(site: Site, rows: Sequence[Row], shared: Mapping[str, Any]) -> Chart:
    piled = [
        {
            "data_origin": row["data_origin"],
            "day": row["day"],
            "outcome": outcome,
            "low": sum((row[below] for below in OUTCOMES[:place]), 0.0),
            "high": sum(row[below] for below in OUTCOMES[: place + 1]),
        }
        for row in rows
        for place, outcome in enumerate(OUTCOMES)
    ]
    by_term = next((row for row in reversed(rows) if row["day"] <= TERM), None)
    return site.chart(
        "licences.outcomes",
        piled,
        datasets={"labels": _end_labels(rows[-1]) if by_term else []},
        by_term=by_term,
        term=TERM,
        **shared,
    )


def _end_labels(last: Row) -> list[dict[str, Any]]:
    """Names at the right end of the bands, moved apart where bands are thin."""
    places = apart([last[outcome] for outcome in OUTCOMES], 0.06, top=0.98)
    return [
        {
            "day": last["day"],
            "at": at,
            "outcome": outcome,
            "text": f"{words.label(outcome, 'outcome').lower()} {words.percent(last[outcome], 0)}",
        }
        for outcome, at in zip(OUTCOMES, places, strict=True)
    ]


def _waiting(
    site: Site, rows: Sequence[Row], overall: Row | None, shared: Mapping[str, Any]
) -> Chart:
    limit = overall["max_follow_up_days"] if overall else None
    shown = [
        {
            **row,
            "label": f"Waited {row['waiting_days']} days",
            "end": row["p90_remaining_days"]
            if row["p90_remaining_days"] is not None
            else max((limit or 0) - row["waiting_days"], row["p50_remaining_days"] or 0),
            "is_open": row["p90_remaining_days"] is None,
            "text": f"half within {row['p50_remaining_text']} more, nine in ten within"
            f" {row['p90_remaining_text'].replace('> ', 'more than ')}",
        }
        for row in rows
        if row["n_waiting"] and overall and overall["n_events"] >= FEWEST_DECIDED
    ]
    middle = shown[len(shown) // 2] if shown else None
    of_sixty = next((row for row in shown if row["waiting_days"] == 60), middle)
    return site.chart("licences.waiting", shown, row=of_sixty, **shared)


def _backlog(site: Site, rows: Sequence[Row], shared: Mapping[str, Any]) -> Chart:
    piled = [
        {**row, "age": age, "place": place, "pending": row[key]}
        for row in rows
        for place, (key, age) in enumerate(AGES.items())
    ]
    last = rows[-1] if rows and rows[-1]["closing"] else {}
    recent = rows[-3:]
    places = apart([last[key] for key in AGES if last], 0)
    labels = [
        {"period": last["period"], "at": at, "age": age, "text": f"{age}: {last[key]}"}
        for at, (key, age) in zip(places, AGES.items(), strict=False)
    ]
    return site.chart(
        "licences.backlog",
        piled,
        datasets={"labels": labels},
        last=last,
        months=len(recent),
        filed=sum(row["filed"] for row in recent),
        left=sum(row["decided"] + row["withdrawn"] for row in recent),
        **shared,
    )


def _group(row: Row) -> str:
    if row["stratum_kind"] == "all":
        return "All applications"
    name = words.plain(row["stratum"])
    if (row["stratum_kind"], name) == ("route", "Ordinary"):
        return "Ordinary route"
    if row["stratum_kind"] == "applicant_size_class":
        return f"{name} applicants"
    return name


def _place(row: Row) -> str:
    """Whose applications: the first part of the population."""
    place = row["population"].partition(";")[0].replace("(outbound)", "").strip()
    return {"ALL": "all applicants"}.get(place, f"{place} applicants")


def figure(row: Row) -> str:
    """What a claim states: a count of a whole, or a value in its unit."""
    of = f" of {row['denominator_text']}" if row["denominator_text"] else ""
    if row["numerator"] is not None:
        return f"{row['numerator']:,}{of}"
    if row["stated_value"] is not None:
        return f"{words.text(row['stated_value'])} {row['stated_unit'] or ''}{of}".strip()
    return f"not stated{of}"
