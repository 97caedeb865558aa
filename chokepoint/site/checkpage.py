"""The check page: what was checked for a release and what came of it, as one HTML file.

The page needs no network, no server and no framework. It reads a published file (or a candidate)
and nothing else, so it tells of the data that the reader holds.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from base64 import b64encode
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.site import words

if TYPE_CHECKING:
    import duckdb

PAGE = "checks.html"
TEMPLATES_DIR = Path(__file__).parent / "templates"

# status -> (word shown, order of urgency)
STATUSES = {
    "fail": ("failed", 0),
    "error": ("not run", 1),
    "warn": ("warning", 2),
    "skipped": ("skipped", 3),
    "pass": ("passed", 4),
}
LAYERS = {
    "landing": ("Landing", "The producers' tables as they were delivered, before any model."),
    "dbt": ("Models", "What dbt tested while it built staging, intermediate tables and marts."),
    "published": ("Published", "The finished file, checked before it replaced the last release."),
}
_COLUMNS = [
    "check_name",
    "relation",
    "layer",
    "engine",
    "severity",
    "status",
    "observed",
    "expected",
    "reason",
    "failing_sample",
]


def write_check_page(db_path: Path, out_dir: Path, *, today: dt.date | None = None) -> Path:
    """Write `checks.html` into out_dir from meta.check_results, meta.build and meta.freshness.

    db_path  a published DuckDB file; opened read-only
    out_dir  made if it is missing; the page replaces an older one in one step
    today    the day on which sources are called stale; by default the day of the call (UTC)

    Returns the path of the page. Raises ChokepointError if the file is missing or holds no
    check results table. meta.build and meta.freshness are optional.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    context = _read(Path(db_path), today or dt.datetime.now(dt.UTC).date())
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        autoescape=select_autoescape(default=True, default_for_string=True),
        finalize=words.disarmed,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The browser runs the page's own script and no other, whatever a value holds.
    environment.filters["digest"] = lambda text: b64encode(sha256(text.encode()).digest()).decode()
    page = environment.get_template(f"{PAGE}.j2").render(context)
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    target = out_dir / PAGE
    temporary = out_dir / f".{PAGE}.{os.getpid()}"
    temporary.write_text(page, encoding="utf-8")
    temporary.replace(target)
    return target


def _read(db_path: Path, today: dt.date) -> dict[str, Any]:
    import duckdb

    if not db_path.is_file():
        raise ChokepointError(f"There is no file {db_path}.", "Run `make build` first.")
    try:
        with closing(duckdb.connect(str(db_path), read_only=True)) as con:
            _, results = _rows(con, "meta.check_results", ", ".join(_COLUMNS))
            build = _optional(con, "meta.build")
            freshness = _optional(con, "meta.freshness")
    except duckdb.Error as error:
        raise ChokepointError(
            f"{db_path} holds no check results: {str(error).splitlines()[0]}",
            "Build the release again with `make build`.",
        ) from error
    checks = [_check(dict(zip(_COLUMNS, row, strict=True))) for row in results]
    checks.sort(key=lambda check: (check["urgency"], check["relation"], check["check_name"]))
    counts = {status: sum(c["status"] == status for c in checks) for status in STATUSES}
    blocking = sum(c["severity"] == "error" and c["status"] in ("fail", "error") for c in checks)
    layers = dict(LAYERS)
    layers |= {c["layer"]: (c["layer"], "") for c in checks if c["layer"] not in layers}
    return {
        "verdict": _verdict(checks, counts, blocking),
        "counts": [
            (
                status,
                "warnings" if status == "warn" and counts["warn"] != 1 else word,
                counts[status],
            )
            for status, (word, _) in STATUSES.items()
        ],
        "total": len(checks),
        "attention": [c for c in checks if c["status"] not in ("pass", "skipped")],
        "layers": [
            {
                "id": name,
                "title": title,
                "text": text,
                "checks": sorted(
                    (c for c in checks if c["layer"] == name),
                    key=lambda c: (c["relation"], c["check_name"]),
                ),
            }
            for name, (title, text) in layers.items()
        ],
        "release": dict(zip(build[0], map(_cell, build[1][0]), strict=True)) if build[1] else None,
        "build": _build(build),
        "stages": _stages(build),
        "freshness": _freshness(freshness, today),
        "today": today.isoformat(),
    }


def _rows(
    con: duckdb.DuckDBPyConnection, relation: str, columns: str = "*"
) -> tuple[list[str], list[tuple[Any, ...]]]:
    rows = con.execute(f"select {columns} from {relation}").fetchall()
    return [item[0] for item in con.description], rows


def _optional(
    con: duckdb.DuckDBPyConnection, relation: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    schema, _, name = relation.partition(".")
    found = con.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
        [schema, name],
    ).fetchone()
    return _rows(con, relation) if found else ([], [])


def _check(row: dict[str, Any]) -> dict[str, Any]:
    word, urgency = STATUSES.get(row["status"], (row["status"], 1))
    name = row["check_name"].removeprefix(f"{row['relation'].rpartition('.')[2]}__")
    columns, sample = _sample(row["failing_sample"])
    return row | {
        "word": word,
        "urgency": urgency,
        "claim": name.replace("_", " "),
        "engine": {"great_expectations": "Great Expectations"}.get(row["engine"], row["engine"]),
        "sample_columns": columns,
        "sample": sample,
    }


def _sample(text: str | None) -> tuple[list[str], list[list[str]]]:
    """Failing rows as a table; anything that is no list of objects is shown as it is."""
    if not text:
        return [], []
    try:
        rows = json.loads(text)
    except ValueError:
        return ["sample"], [[text]]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return ["sample"], [[text]]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return columns, [[_cell(row.get(name)) for name in columns] for row in rows]


def _verdict(checks: list[dict[str, Any]], counts: dict[str, int], blocking: int) -> dict[str, str]:
    if not checks:
        return {"status": "error", "title": "No check ran", "text": "Do not rely on this file."}
    if blocking:
        one = blocking == 1
        some = "One check forbids" if one else f"{blocking} checks forbid"
        return {
            "status": "fail",
            "title": "Not fit for release",
            "text": f"{some} a release. {'It comes' if one else 'They come'} first below.",
        }
    parts = []
    if counts["warn"]:
        parts.append(f"{_count(counts['warn'], 'warning')} to look at")
    if counts["fail"] or counts["error"]:
        parts.append(f"{_count(counts['fail'] + counts['error'], 'check')} without a result")
    if counts["skipped"]:
        parts.append(f"{_count(counts['skipped'], 'check')} skipped")
    text = "Every check that can stop a release passed"
    if counts["skipped"]:
        text = "Every check that ran and can stop a release passed"
    return {
        "status": "warn" if parts else "pass",
        "title": "Fit for release",
        "text": f"{text}; {', '.join(parts)}." if parts else f"{text}.",
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _build(table: tuple[list[str], list[tuple[Any, ...]]]) -> list[tuple[str, str]]:
    columns, rows = table
    if not rows:
        return []
    values = dict(zip(columns, rows[0], strict=True))
    first = ("release_id", "built_at", "git_commit", "is_git_dirty")
    names = [name for name in first if name in values]
    names += [name for name in values if name not in names and name != "seconds_per_stage"]
    return [(name.replace("_", " "), _cell(values[name])) for name in names]


def _stages(table: tuple[list[str], list[tuple[Any, ...]]]) -> list[tuple[str, str]]:
    columns, rows = table
    if not rows or "seconds_per_stage" not in columns:
        return []
    try:
        stages = json.loads(rows[0][columns.index("seconds_per_stage")] or "{}")
    except ValueError:
        return []
    return [(name.replace("_", " "), _cell(value)) for name, value in stages.items()]


def _freshness(
    table: tuple[list[str], list[tuple[Any, ...]]], today: dt.date
) -> dict[str, Any] | None:
    """The table as it is, with a first column that says whether a source is overdue, if it can."""
    columns, rows = table
    if not columns:
        return None
    stale_after = columns.index("stale_after") if "stale_after" in columns else None
    count = columns.index("row_count") if "row_count" in columns else None
    body = []
    for row in rows:
        status, word = None, ""
        if stale_after is not None:
            limit = row[stale_after]
            if isinstance(limit, dt.datetime):
                limit = limit.date()
            if count is not None and row[count] is None:
                status, word = "skipped", "not delivered"
            elif limit is None:
                status, word = "skipped", "no due date"
            elif today > limit:
                status, word = "warn", "overdue"
            else:
                status, word = "pass", "up to date"
        body.append({"status": status, "word": word, "cells": [_cell(value) for value in row]})
    return {"columns": [name.replace("_", " ") for name in columns], "rows": body}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    return str(value)
