"""Runs the suites: the only importer of Great Expectations, and late."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import warnings
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.checks import NOT_IN_SCOPE, CheckResult, scope
from chokepoint.errors import ChokepointError
from chokepoint.landing.database import literal
from expectations.copied import compare
from expectations.landed import register
from expectations.suites import Expectation, Suite, expected_text, load_suites, plain, text

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chokepoint.settings import Settings

ENGINE = "great_expectations"
SAMPLE_ROWS = 5
# What the library shall not count as a value in its own way.
_IGNORED_ROWS = {
    "expect_column_pair_values_a_to_be_greater_than_b": "either_value_is_missing",
    "expect_compound_columns_to_be_unique": "never",
}


def run_landing(settings: Settings, source_ids: Iterable[str] | None = None) -> list[CheckResult]:
    """Check the landed tables, or those of these sources: of every period the vintage known last. A
    source without a delivery is an error of each expectation; ChokepointError for an unknown id or
    bad suite."""
    suites = load_suites("landing")
    if source_ids is not None:
        wanted = set(source_ids)
        unknown = wanted - {suite.name for suite in suites}
        if unknown:
            raise ChokepointError(
                f"No landing suite for {', '.join(sorted(unknown))}.",
                f"Use one of {', '.join(suite.name for suite in suites)}.",
            )
        suites = [suite for suite in suites if suite.name in wanted]
    with closing(_connect(settings)) as con:
        register(con, settings, [suite.name for suite in suites])
        return run_suites(con, suites)


def run_published(db_path: Path, settings: Settings) -> list[CheckResult]:
    """Check a published file, or a candidate, against its warehouse; ChokepointError when one is
    missing or a suite malformed."""
    suites = load_suites("published")
    with closing(_connect(settings)) as con:
        for name, path in (("published", db_path), ("warehouse", settings.warehouse_path)):
            if not Path(path).is_file():
                raise ChokepointError(f"There is no file {path} to check.", "Run `make build`.")
            con.execute(f"attach {literal(str(path))} as {name} (read_only)")
        compare(con)
        con.execute("use published")
        return run_suites(con, suites)


def run_suites(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> list[CheckResult]:
    """Run suites on the relations that `con` sees: one result per expectation, in order; one that
    raises has status 'error'."""
    is_full = scope() == "full"
    results: list[CheckResult] = []
    for suite in suites:
        delivered = "select 1 from landing.deliveries where source_id = ? limit 1"
        if suite.may_be_absent and not con.execute(delivered, [suite.name]).fetchone():
            results.extend(
                _result(suite, item, "skipped", "nothing was delivered for this source")
                for item in suite.expectations
            )
            continue
        frames: dict[str | None, pd.DataFrame | str] = {}
        for item in suite.expectations:
            if item.applies_to == "full" and not is_full:
                results.append(_result(suite, item, "skipped", NOT_IN_SCOPE))
                continue
            if item.holds:
                results.append(_asked(con, suite, item))
                continue
            started = time.perf_counter()
            if item.frame not in frames:
                frames[item.frame] = _read_frame(con, suite, item.frame)
            status, observed, sample = _check(suite, item, frames[item.frame])
            seconds = round(time.perf_counter() - started, 4)
            results.append(_result(suite, item, status, observed, sample, seconds))
    return results


def _asked(con: duckdb.DuckDBPyConnection, suite: Suite, item: Expectation) -> CheckResult:
    """What DuckDB says of a condition in each row of a frame; unknown is not against it."""
    import duckdb

    started = time.perf_counter()
    frame = f"from ({suite.frames[item.frame or ''].query})"
    kept, against = f"count(*) filter ({item.holds})", f"where not ({item.holds})"
    sample = None
    try:
        good, bad = con.execute(f"select {kept}, count(*) filter ({against}) {frame}").fetchall()[0]
        status, observed = "pass", f"{bad or 'none'} of {good + bad:,} rows against it"
        if bad:
            rows = con.sql(f"{frame} {against} limit {SAMPLE_ROWS}")
            named = [
                dict(zip(rows.columns, map(plain, row), strict=True)) for row in rows.fetchall()
            ]
            status = "fail" if item.severity == "error" else "warn"
            sample = json.dumps(named, ensure_ascii=False)
        elif not good:
            status, observed = "error", f"no row in the frame {item.frame}: nothing was checked"
    except duckdb.Error as fault:
        status = "error"
        observed = f"the frame {item.frame} cannot be read: {str(fault).splitlines()[0]}"
    seconds = round(time.perf_counter() - started, 4)
    return replace(_result(suite, item, status, observed, sample, seconds), engine="duckdb")


@cache
def preload() -> threading.Thread:
    """Import Great Expectations (about 2 s) in the background while DuckDB works; a later run waits
    for it."""
    thread = threading.Thread(target=_library, name="import-gx", daemon=True)
    thread.start()
    return thread


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config=settings.duckdb_config())


def _read_frame(
    con: duckdb.DuckDBPyConnection, suite: Suite, frame: str | None
) -> pd.DataFrame | str:
    """The data to check, or why there is none: of the relation itself the columns that the suite
    names. Decimals become doubles, dates datetime64."""
    import duckdb

    try:
        have = [row[0] for row in con.execute(f"describe {suite.relation}").fetchall()]
    except duckdb.Error as fault:
        hint = "nothing has landed" if suite.layer == "landing" else "it is not in the file"
        return f"{suite.relation} cannot be read, {hint}: {str(fault).splitlines()[0]}"
    try:
        if frame is not None:
            return con.execute(suite.frames[frame].query).df()
        wanted = [column for column in suite.columns() if column in have]
        listed = ", ".join(f'"{column}"' for column in wanted) or "1 as one"
        return con.execute(f"select {listed} from {suite.relation}").df()
    except duckdb.Error as fault:
        what = f"the frame {frame} of {suite.relation}" if frame else suite.relation
        return f"{what} cannot be read: {str(fault).splitlines()[0]}"


def _library() -> Any:
    """Great Expectations without usage reports and logs: its results say all we need."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    return great_expectations


@cache
def _batch_definition() -> Any:
    """One context in memory per process, without progress bars, that takes any frame."""
    context = _library().get_context(mode="ephemeral")
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def _check(
    suite: Suite, item: Expectation, frame: pd.DataFrame | str
) -> tuple[str, str | None, str | None]:
    """Status, observed text and failing sample of one expectation. Never raises."""
    if isinstance(frame, str):
        return "error", frame, None
    where = f"the frame {item.frame} of {suite.relation}" if item.frame else suite.relation
    lacking = [column for column in item.columns() if column not in frame.columns]
    if lacking:
        return "error", f"{where} has no column {', '.join(lacking)}", None
    if frame.empty:
        return "error", f"{where} has no row: nothing was checked", None
    key = list(frame.columns) if item.frame else [c for c in suite.key if c in frame.columns]
    try:
        outcome = _validate(item, frame)
        if key and not outcome.success and not _raised(outcome.exception_info):
            outcome = _validate(item, frame, key)
    except Exception as error:  # whatever the library raises belongs to this expectation alone
        return "error", f"{type(error).__name__}: {error}", None
    raised = _raised(outcome.exception_info)
    if raised:
        return "error", raised, None
    found = outcome.result
    rows, nulls = found.get("element_count"), found.get("missing_count")
    if rows is not None and rows == nulls:
        return "error", f"every value is null in {where}: nothing was checked", None
    if outcome.success:
        return "pass", _observed(item, found, frame), None
    status = "fail" if item.severity == "error" else "warn"
    return status, _observed(item, found, frame), _sample(found)


def _validate(item: Expectation, frame: pd.DataFrame, key: Sequence[str] = ()) -> Any:
    """The library's result on the columns that the expectation names. It hashes each frame, so the
    key, which only failing rows need, comes later: a tenth of a second on 250,000 rows."""
    definition = _batch_definition()
    from great_expectations.expectations.registry import get_expectation_impl

    kwargs = dict(item.kwargs)
    if item.expect in _IGNORED_ROWS:
        kwargs["ignore_row_if"] = _IGNORED_ROWS[item.expect]
    result_format: dict[str, Any] = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SAMPLE_ROWS,
    }
    if key:
        result_format["unexpected_index_column_names"] = list(key)
    columns = list(dict.fromkeys([*item.columns(), *key]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch = definition.get_batch(batch_parameters={"dataframe": frame[columns]})
        expectation = get_expectation_impl(item.expect)(**kwargs)
        return batch.validate(expectation, result_format=result_format)


def _raised(info: dict[str, Any]) -> str | None:
    """The message of what the library caught: it keeps one, or one per failed metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [entry["exception_message"] for entry in entries if entry["raised_exception"]]
    return "; ".join(dict.fromkeys(map(str, messages))) or None


def _observed(item: Expectation, found: dict[str, Any], frame: pd.DataFrame) -> str:
    """One line on what was seen: a value, the span of values and the rows against it, or what a
    set lacks."""
    if found.get("observed_value") is not None:
        return text(found["observed_value"])
    if "element_count" in found:
        bad, rows = found["unexpected_count"], found["element_count"]
        span = ""
        if rows == 1 and "column" in item.kwargs:
            return text(frame[item.kwargs["column"]].iloc[0])
        if item.expect == "expect_column_values_to_be_between":
            values = frame[item.kwargs["column"]]
            low, high = text(values.min()), text(values.max())
            span = f"{low}; " if low == high else f"{low} to {high}; "
        nulls = found.get("missing_count") or 0
        beside = f", {nulls:,} without a value" if nulls else ""
        share = f" ({100 * bad / rows:.3g}%)" if bad else ""
        return f"{span}{bad or 'none'} of {rows:,} rows against it{share}{beside}"
    parts = []
    for count, values, word in (
        ("missing_count", "partial_missing_list", "missing"),
        ("unexpected_count", "partial_unexpected_list", "unexpected"),
    ):
        if found.get(count):
            more = ", ..." if found[count] > len(found.get(values) or []) else ""
            listed = ", ".join(map(text, found.get(values) or []))
            parts.append(f"{found[count]} {word}: {listed}{more}")
    distinct = frame[item.kwargs["column"]].nunique()
    return "; ".join(parts) or f"{distinct} distinct {'value' if distinct == 1 else 'values'}"


def _sample(found: dict[str, Any]) -> str | None:
    """Up to five failing rows with their key columns, as a JSON array of objects."""
    rows: list[dict[str, Any]] = list(found.get("partial_unexpected_index_list") or [])
    if not rows and "observed_value" in found:
        rows = [{"missing": value} for value in found.get("partial_missing_list") or []]
        rows += [{"unexpected": value} for value in found.get("partial_unexpected_list") or []]
    rows = [
        {str(name): plain(value) for name, value in row.items()}
        for row in rows[:SAMPLE_ROWS]
        if isinstance(row, dict)
    ]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def _result(
    suite: Suite,
    item: Expectation,
    status: str,
    observed: str | None,
    sample: str | None = None,
    seconds: float | None = None,
) -> CheckResult:
    return CheckResult(
        check_name=suite.check_name(item),
        relation=suite.relation,
        layer=suite.layer,
        engine=ENGINE,
        severity=item.severity,
        status=status,
        observed=observed,
        expected=expected_text(item),
        reason=item.reason,
        failing_sample=sample,
        seconds=seconds,
    )
