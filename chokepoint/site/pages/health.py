"""Data health: what failed first, then how old each source is, what is missing and what breaks."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects.law import by


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    fresh = site.rows("health_freshness")
    attention, counts = site.rows("health_attention"), site.rows("health_checks")
    sources, figures = site.rows("health_sources"), site.rows("health_figures")
    absent = [row for row in fresh if row["status"] == "not delivered"]
    yield Page(
        "health.html",
        "health.html.j2",
        "Data health",
        {
            "headline": _headline(counts),
            "lead": sentences.say(
                "health.lead",
                site=site,
                delivered=len(fresh) - len(absent),
                stale=sum(row["status"] == "stale" for row in fresh),
                absent=len(absent),
                skipped=sum(row["skipped"] for row in counts),
            ),
            "urgent": [
                _check(row) for row in attention if row["status"] not in ("pass", "skipped")
            ],
            "checks": site.table("health.checks", counts),
            "skipped": site.table(
                "health.skipped", [row for row in attention if row["status"] == "skipped"]
            ),
            "freshness": _freshness(site, fresh),
            "law_read": site.table("health.law_read", site.rows("law_coverage")),
            "undelivered": absent,
            "quarantined": site.table("health.quarantined", site.rows("health_quarantined")),
            "figures": {
                "finding": sentences.say(
                    "health.figures",
                    results=Counter(row["result"] for row in figures),
                    rows=figures,
                ),
                "table": site.table("health.figures_one_by_one", figures),
            },
            "sources": site.table(
                "health.sources", sources, url_words=lambda value: "source" if value else ""
            ),
            # Known limits.
            "gaps": sorted(by((row for row in sources if row["caution"]), "producer").items()),
            "build": _build(site),
        },
    )


def _headline(counts: Sequence[Row]) -> str:
    missed: Counter[bool] = Counter()
    for row in counts:
        missed[row["severity"] == "error"] += row["failed"] + row["not_run"]
    return sentences.say(
        "health.headline",
        counts=counts,
        total=sum(row["checks"] for row in counts),
        failed=missed[True],
        warned=sum(row["warned"] for row in counts) + missed[False],
        not_run=any(row["not_run"] for row in counts),
    )


def _check(row: Row) -> dict[str, Any]:
    """A check in words, with its failing rows."""
    columns, sample = _sample(row["failing_sample"])
    return {
        **row,
        "word": words.label(row["status"], "check"),
        "claim": words.sentence(row["check_name"].partition("__")[2].replace("_", " "))
        or row["check_name"],
        "where": words.label(row["layer"], "layer").split(",")[0].lower(),
        "by": words.label(row["engine"], "engine"),
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


def _freshness(site: Site, fresh: Sequence[Row]) -> Chart:
    dated = [
        {**row, "label": re.split("[:,(]", row["title"] or row["source_id"])[0].strip()}
        for row in fresh
        if row["latest_period_end"] is not None and row["stale_after"] is not None
    ]
    return site.chart(
        "health.age_of_sources",
        dated,
        datasets={"today": [{"day": site.as_of, "text": words.day(site.as_of)}]},
        stale=[row for row in dated if row["status"] == "stale"],
    )


def _build(site: Site) -> list[tuple[str, str]]:
    """The release in facts."""
    facts = {
        "Release": "release_id", "Built": "built_at", "Commit": "git_commit", "Rows": "row_count",
        "Relations": "relation_count", "Content hash": "content_hash", "DuckDB": "duckdb_version",
        "dbt": "dbt_version",
    }  # fmt: skip
    said = ((name, words.text(site.release[column])) for name, column in facts.items())
    return [(name, value) for name, value in said if value]
