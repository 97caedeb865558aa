"""The results of scale.py as one Markdown table, with what they were taken on."""

from __future__ import annotations

import os
import platform
import re
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measured import requirements

# A run of scale.py: its sizes, and what has been measured by stage and side.
Bench = Any

NAMES = {"models": "models", "by_hand": "SQL by hand", "polars": "polars, streaming"}
# Name of the environment of the peers, and of its list of requirements.
PEERS = "scale-peer"
HEADINGS = (
    "what", "seconds", "wall, s", "processor, s", "peak, MB", "ratio", "goal", "rows that differ",
)  # fmt: skip


def table(bench: Bench) -> str:
    """Everything that has been measured."""
    sides = _sides(bench.results.get("full", {}), f"full build, {bench.rows:,} rows")
    head, *rows = (
        "| " + " | ".join(row) + " |" for row in (HEADINGS, *sides, *_incremental(bench))
    )
    return "\n".join([_conditions(bench), "", head, "|" + "---|" * len(HEADINGS), *rows, ""])


def _conditions(bench: Bench) -> str:
    made = bench.results.get("generate", {}).get("deliveries", {})
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    listed = (line.rstrip(" \\").split("==") for line in requirements(PEERS).splitlines())
    pinned = dict(one for one in listed if len(one) == 2)
    peers = f", polars {pinned['polars']}" if bench.has_peers else ""
    path = Path("/proc/cpuinfo")
    found = path.is_file() and re.search(r"model name\s*: (.+)", path.read_text(encoding="utf-8"))
    processor = found[1] if found else platform.processor() or platform.machine()
    return (
        f"{made.get('rows', 0):,} rows in {bench.months} months, "
        f"{made.get('products', 0):,} products, seed {bench.seed}; "
        f"{bench.threads} threads, memory limit {bench.memory}. "
        f"{time.strftime('%d %B %Y')}, {processor}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, DuckDB {version('duckdb')}, "
        f"dbt {version('dbt-core')}{peers}. Load when it ended: {os.getloadavg()[2]:.1f} "
        "(15 minutes)."
    )


def _row(what: str, one: dict | None = None, ratio: str = "", goal: str = "") -> tuple[str, ...]:
    one = one or {}
    if "failed" in one:
        return (f"{what}: did not finish", *[""] * (len(HEADINGS) - 1))
    runs = one.get("all", ())
    seconds = f"{one['seconds']:.1f}" if "seconds" in one else ""
    if len(runs) > 1:
        seconds += " (" + " ".join(f"{run:.1f}" for run in runs) + ")"
    return (
        what,
        seconds,
        f"{one['wall']:.1f}" if "wall" in one else "",
        f"{one['cpu_seconds']:.0f}" if "cpu_seconds" in one else "",
        f"{one['peak_mb']:,.0f}" if "peak_mb" in one else "",
        ratio,
        goal,
        f"{one['differing']:,}" if "differing" in one else "",
    )


def _sides(sides: dict, what: str) -> list[tuple[str, ...]]:
    """Each side beside what the models take for the same three marts; SQL by hand also beside all
    that the models make of the deliveries."""
    rows = []
    for side, one in sides.items():
        told = f"{what}: {NAMES[side]}"
        if "failed" in one:
            rows.append(_row(told, one))
        elif side == "models":
            marts = {"seconds": one["like_for_like"]}
            rows += [_row(f"{told}, all", one), _row("the same: three marts alone", marts)]
        else:
            marts = {"seconds": one["seconds"] - one.get("of_chain", 0)}
            ratio = sides["models"]["like_for_like"] / marts["seconds"]
            goal, has_chain = "1.15" if side == "by_hand" else "1", "of_chain" in one
            rows.append(_row(told, marts if has_chain else one, f"models / this {ratio:.2f}", goal))
            if has_chain:
                ratio = sides["models"]["seconds"] / one["seconds"]
                more = f"{told}, with products at hand"
                rows.append(_row(more, one, f"models / this {ratio:.2f}", "1.35"))
    return rows


def _incremental(bench: Bench) -> list[tuple[str, ...]]:
    whole = bench.results.get("full", {}).get("models")
    at_size = bench.results.get("incremental", {})
    short = bench.results.get("history", {})
    rows = []
    if at_size and whole:
        limited, month = at_size["limited"], at_size["month"]
        per_month = limited["seconds"] / (bench.months - 1)
        rows += [
            _row(
                "all months but one in 2 GiB",
                limited,
                f"a month / in {bench.memory} {per_month * bench.months / whole['seconds']:.2f}",
                "1.15",
            ),
            _row(f"nothing new after {bench.months - 1}", at_size["nothing"]),
            _row(
                f"a new month after {bench.months - 1}",
                month,
                f"of a full build {month['seconds'] / whole['seconds']:.1%}, "
                f"wall {month['wall'] / whole['wall']:.1%}",
                "4 %, wall 20 %",
            ),
            _row(f"the same: {_equal(month)} a full build"),
        ]
    if short:
        month, year = short["month"], short["year"]
        after_all = at_size.get("month")
        ratio = (
            f"after {bench.months - 1} / this {after_all['seconds'] / month['seconds']:.2f}, "
            f"wall {after_all['wall'] / month['wall']:.2f}"
            if after_all
            else ""
        )
        rows += [
            _row(f"full build, {short['shown']} months", short["before"]),
            _row(f"nothing new after {short['shown']}", short["nothing"]),
            _row(f"a new month after {short['shown']}", month, ratio, "1.2"),
            _row(
                f"a revised year in {short['shown'] + 1}",
                year,
                f"of a full build {year['seconds'] / short['anew']['seconds']:.1%}",
            ),
            _row(f"the same: {_equal(year)} a full build"),
        ]
    return rows


def _equal(one: dict) -> str:
    return "every row equals that of" if one["is_equal"] else "ROWS DIFFER FROM"
