"""Data health: what failed first, then how old each source is, what is missing and what breaks."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import words
from chokepoint.site.law import by
from chokepoint.site.parts import Chart, Column, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("health.html", "Data")

STATUSES = {
    "fail": "Failed",
    "error": "Not run",
    "warn": "Warning",
    "skipped": "Skipped",
    "pass": "Passed",
}
LAYERS = {
    "landing": "Deliveries, before any model",
    "dbt": "Models, while they are built",
    "published": "The finished file, before release",
}
ENGINES = {"great_expectations": "Great Expectations", "dbt": "dbt"}
FRESHNESS = {
    "stale": "Stale",
    "fresh": "Fresh",
    "no due date": "No due date",
    "not delivered": "Not delivered",
}
FIGURE_REASONS = {
    "reconciliation": "BACI reconciles both sides",
    "revision": "Revised since the print",
    "code_set": "Other set of codes",
    "procedure_coverage": "Other customs procedures",
    "print": "Error in print",
    "not_bundled": "Source not bundled",
    "no_code": "No code for the goods",
    "not_trade": "Not a trade figure",
    "no_trade": "No trade in the code",
}
BREAKS = {
    "edition_change": "new edition",
    "coverage_change": "other coverage",
    "code_starts": "code starts",
    "code_ends": "code ends",
    "figures_start": "figures start",
    "figures_end": "figures end",
    "content_change": "content of the code changes",
    "reporting_change": "other way of reporting",
}


STOPS = {True: "stops a release", False: "is shown"}


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    fresh = site.rows("health_freshness")
    attention = site.rows("health_attention")
    yield Page(
        "health.html",
        "health.html.j2",
        "Data health",
        {
            **of_checks(site, fresh),
            "skipped": _skipped(site, [row for row in attention if row["status"] == "skipped"]),
            "freshness": _freshness(site, fresh),
            "law_read": _law_read(site),
            "undelivered": [row for row in fresh if row["status"] == "not delivered"],
            "quarantined": _quarantined(site),
            "figures": _figures(site),
            "breaks": _breaks(site),
            "sources": _sources(site),
            "gaps": _gaps(site),
            "build": build(site),
        },
    )


def of_checks(site: Site, fresh: Sequence[Row]) -> dict[str, Any]:
    """What was checked: a sentence, what asks for a look, and how many did what."""
    counts = site.rows("health_checks")
    return {
        "headline": _headline(counts),
        "lead": _lead(site, counts, fresh),
        "urgent": [
            check(row)
            for row in site.rows("health_attention")
            if row["status"] not in ("pass", "skipped")
        ],
        "checks": _checks(site, counts),
    }


def _headline(counts: Sequence[Row]) -> str:
    if not counts:
        return "No check of this release is recorded: do not rely on its figures"
    total = sum(row["checks"] for row in counts)
    failed = sum(row["failed"] + row["not_run"] for row in counts if row["severity"] == "error")
    warned = sum(
        row["warned"] + (row["failed"] + row["not_run"] if row["severity"] != "error" else 0)
        for row in counts
    )
    text = f"{words.sentence(words.count(failed, 'check'))} that should stop a release failed"
    if failed:
        ran = " or did not run" if any(row["not_run"] for row in counts) else ""
        return f"{text}{ran}, of {total:,}"
    looks = words.count(warned, "check needs", "checks need")
    return f"{text}; {looks} a look, of {total:,}"


def _lead(site: Site, counts: Sequence[Row], fresh: Sequence[Row]) -> str:
    parts = []
    delivered = [row for row in fresh if row["status"] != "not delivered"]
    if delivered:
        stale = sum(row["status"] == "stale" for row in delivered)
        parts.append(
            f"On {words.day(site.as_of)}, {words.count(stale, 'source')} of {len(delivered)}"
            f" {'is' if stale == 1 else 'are'} overdue for an update."
        )
    if absent := len(fresh) - len(delivered):
        were = "was" if absent == 1 else "were"
        parts.append(
            f"{words.sentence(words.count(absent, 'source'))} that can be landed {were} never"
            " delivered here."
        )
    if skipped := sum(row["skipped"] for row in counts):
        parts.append(f"{words.sentence(words.count(skipped, 'check'))} had nothing to look at.")
    return " ".join(parts)


def check(row: Row) -> dict[str, Any]:
    """A check in words, with its failing rows."""
    columns, sample = _sample(row["failing_sample"])
    return {
        **row,
        "word": STATUSES.get(row["status"], words.plain(row["status"])),
        "claim": words.sentence(row["check_name"].partition("__")[2].replace("_", " "))
        or row["check_name"],
        "where": LAYERS.get(row["layer"], words.plain(row["layer"])).split(",")[0].lower(),
        "by": ENGINES.get(row["engine"], row["engine"]),
        "columns": columns,
        "sample": sample,
    }


def _sample(text: str | None) -> tuple[list[str], list[list[str]]]:
    """Failing rows of a check, at most five; what is no list of rows is shown as it is."""
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        rows = text
    rows = rows[:5] if isinstance(rows, list) else [rows]
    rows = [row if isinstance(row, dict) else {"value": row} for row in rows]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return names, [[str(row.get(name, "")) for name in names] for row in rows]


def _skipped(site: Site, rows: Sequence[Row]) -> Table:
    return site.table(
        "health/skipped",
        [
            Column("check_name", "Check"),
            Column("observed", "Why"),
            Column("reason", "What it would show"),
        ],
        rows,
        "Checks that had nothing to look at",
        empty="Every check had rows to look at.",
    )


def _checks(site: Site, counts: Sequence[Row]) -> Table:
    rows = [
        {
            **row,
            "where": LAYERS.get(row["layer"], words.plain(row["layer"])),
            "by": ENGINES.get(row["engine"], row["engine"]),
            "stops": STOPS[row["severity"] == "error"],
        }
        for row in counts
    ]
    return site.table(
        "health/checks",
        [
            Column("where", "Where", note="by"),
            Column("stops", "A failure"),
            Column("checks", "Checks", number=True),
            Column("passed", "Passed", number=True),
            Column("warned", "Warnings", number=True),
            Column("failed", "Failed", number=True),
            Column("not_run", "Not run", number=True),
            Column("skipped", "Skipped", number=True),
        ],
        rows,
        "Checks of this release by where they look",
        empty="No check of this release is recorded.",
    )


def _freshness(site: Site, fresh: Sequence[Row]) -> Chart:
    dated = [
        {
            **row,
            "label": re.split("[:,(]", row["title"] or row["source_id"])[0].strip(),
            "word": FRESHNESS[row["status"]].lower(),
            "small": _due(row),
        }
        for row in fresh
        if row["latest_period_end"] is not None and row["stale_after"] is not None
    ]
    stale = [row for row in dated if row["status"] == "stale"]
    finding = f"All {len(dated)} dated sources are up to date."
    if not dated:
        finding = "No dated source has landed."
    if stale:
        finding = (
            f"{words.sentence(words.count(len(stale), 'source is', 'sources are'))} stale; the"
            f" oldest, {stale[0]['producer']}, is {stale[0]['days_late']:,} days late."
        )
    return site.chart(
        "health/age-of-sources",
        "health-freshness",
        dated,
        [
            Column("label", "Source", note="producer"),
            Column("word", "Age"),
            Column("latest_period", "Latest period"),
            Column("latest_period_end", "It ended"),
            Column("stale_after", "Stale after"),
            Column("row_count", "Rows", number=True),
            Column("quarantined_count", "Kept out", number=True),
        ],
        finding=finding,
        unit="From the end of the latest period to the day from which it is stale. Line: the day of"
        " this page.",
        source="meta.freshness of this release",
        description="One bar per source, from the end of its latest period to the day on which it"
        " becomes stale: " + "; ".join(f"{row['label']} {row['word']}" for row in dated),
        caption="Dated sources that have landed, stale ones first",
        datasets={"today": [{"day": site.as_of, "text": f"{words.day(site.as_of)}"}]},
        height=60 * max(len(dated), 1) + 50,
    )


def _law_read(site: Site) -> Table:
    rows = [
        {
            **row,
            "place": site.jurisdiction(row["jurisdiction"]),
            "word": FRESHNESS[row["status"]],
            "late": f"for {words.count(row['days_late'], 'day')}"
            if row["status"] == "stale"
            else "",
        }
        for row in site.rows("law_coverage")
    ]
    return site.table(
        "health/law-read",
        [
            Column("place", "Law of"),
            Column("list_read_to", "List of acts read to"),
            Column("newest_source_on", "Newest source"),
            Column("word", "Age", note="late"),
            Column("stale_after", "To be read again by"),
            Column("newest_act", "Newest act seen", note="newest_act_on"),
            Column("measure_count", "Measures", number=True),
        ],
        rows,
        "To which day lists of acts were read, and the newest source, the longest overdue first",
        empty=site.lacks("law_coverage") or "No check of the law is recorded.",
    )


def _due(row: Row) -> str:
    latest = f"latest period {row['latest_period']}, {row['cadence']}"
    if row["status"] == "stale":
        return f"stale for {words.count(row['days_late'], 'day')}; {latest}"
    return f"fresh until {words.day(row['stale_after'])}; {latest}"


def _quarantined(site: Site) -> Table:
    return site.table(
        "health/quarantined",
        [
            Column("source_id", "Source", note="file_name"),
            Column("reason", "Why", note="remedy"),
            Column("column_name", "Column"),
            Column("example_value", "For example"),
            Column("first_line_number", "First line", number=True),
            Column("quarantined_count", "Rows", number=True),
        ],
        site.rows("health_quarantined"),
        "Rows of deliveries that could not be read or broke the source's contract, and were kept"
        " out of every figure",
        empty="No row of any delivery was kept out.",
    )


def _figures(site: Site) -> Chart:
    rows = site.rows("health_figures")
    groups = Counter(
        (row["result"], FIGURE_REASONS.get(row["reason_kind"] or "", "")) for row in rows
    )
    order = ("within rounding", "differs, reason known", "not computable here")
    shown = [
        {
            "key": f"{result} {reason}",
            "label": reason or words.sentence(result),
            "result": result,
            "figures": number,
            "shown": f"{number}, {result}" if reason else f"{number}",
        }
        for (result, reason), number in groups.items()
    ]
    shown.sort(key=lambda row: (order.index(row["result"]), -row["figures"]))
    agree, differ, absent = (sum(row["result"] == result for row in rows) for result in order)
    finding = "No published figure was computed again."
    if rows:
        finding = (
            f"Of {len(rows)} published figures {agree} agree within rounding, {differ}"
            f" differ for a known reason and {absent} cannot be computed from the bundled data."
        )
    chart = site.chart(
        "health/figures-by-reason",
        "health-figures",
        shown,
        [
            Column("result", "Result", words.plain),
            Column("label", "Reason"),
            Column("figures", "Figures", number=True),
        ],
        finding=finding,
        unit="Number of figures that others published, by the result of computing them again.",
        source="Eurostat, GACC and the press, as named with each figure; meta.figure_checks",
        description="One bar per reason",
        caption="Published figures by result and reason",
        height=52 * max(len(shown), 1) + 20,
    )
    site.table(
        "health/figures-one-by-one",
        [
            Column("check_id", "Figure"),
            Column("fact_text", "What"),
            Column("period", "Period"),
            Column("unit", "Unit"),
            Column("published_value", "Published"),
            Column("our_value", "Ours"),
            Column("result", "Result"),
            Column("reason", "Reason"),
            Column("fact_source_title", "Source", href="fact_source_url"),
        ],
        rows,
        "One row per published figure",
        stacked=False,
    )
    return chart


def _breaks(site: Site) -> Chart:
    rows = [
        {
            **row,
            "year": dt.date(int(row["break_period"][:4]), 1, 1),
            "kind": (kind := BREAKS.get(row["break_kind"], words.plain(row["break_kind"]))),
            "effect": "stops comparisons" if row["is_blocking"] else "is shown with the figure",
            "label": f"{words.count(row['codes'], 'code')}: {kind}",
            "key": f"{row['source_id']} {row['break_period']} {row['break_kind']}",
            "small": f"{row['break_period']}, {row['source_id']}",
        }
        for row in site.rows("health_breaks")
    ]
    finding = "No break of nomenclature is recorded."
    if rows:
        blocking = sum(row["codes"] for row in rows if row["is_blocking"])
        finding = (
            f"{blocking} breaks of codes stop comparisons across a year, and"
            f" {sum(row['codes'] for row in rows) - blocking} more are shown with the figures."
        )
    return site.chart(
        "health/breaks-by-year",
        "health-breaks",
        rows,
        [
            Column("break_period", "From"),
            Column("source_id", "Source"),
            Column("kind", "Break", note="reason"),
            Column("effect", "Effect"),
            Column("codes", "Codes", number=True),
            Column("product_codes", "Which"),
        ],
        finding=finding,
        unit="Codes whose figures before and after a year do not compare. Filled: no change is"
        " computed across it. Hollow: a change is computed and marked.",
        source="marts.dim_nomenclature_break; nomenclatures of the WCO and Eurostat, own work",
        description="One circle per source, year and kind of break, its area by the number of"
        " codes: " + "; ".join(f"{row['small']} {row['label']}" for row in rows),
        caption="Breaks by year, source and kind",
        height=48 * max(len(rows), 1) + 40,
    )


def _sources(site: Site) -> Table:
    return site.table(
        "health/sources",
        [
            Column("table_name", "Table", note="description"),
            Column("producer", "Producer", note="title"),
            Column("url", "Where", lambda value: "source" if value else "", href="url"),
            Column("licence", "Licence"),
            Column("cadence", "Published"),
            Column("data_origin", "Kind", words.plain),
        ],
        site.rows("health_sources"),
        "One row per raw table",
        search="Find a source by any word",
    )


def _gaps(site: Site) -> list[tuple[str, list[Row]]]:
    """Known limits, by producer."""
    cautious = [row for row in site.rows("health_sources") if row["caution"]]
    return sorted(by(cautious, "producer").items())


def build(site: Site) -> list[tuple[str, str]]:
    """The release in facts."""
    release = site.release
    facts = [
        ("Release", release.get("release_id")),
        ("Built", words.text(release.get("built_at"))),
        ("Commit", release.get("git_commit")),
        ("Rows", words.text(release.get("row_count"))),
        ("Relations", words.text(release.get("relation_count"))),
        ("Content hash", release.get("content_hash")),
        ("DuckDB", release.get("duckdb_version")),
        ("dbt", release.get("dbt_version")),
    ]
    return [(name, str(value)) for name, value in facts if value]
