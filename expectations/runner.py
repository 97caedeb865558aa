"""Runs the suites: the only importer of Great Expectations, and late."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.checks import NOT_IN_SCOPE, CheckResult, scope
from chokepoint.errors import ChokepointError
from chokepoint.settings import glob_escape
from expectations.suites import Expectation, Suite, load_suites

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chokepoint.settings import Settings

ENGINE = "great_expectations"
SAMPLE_ROWS = 5


def run_landing(settings: Settings, source_ids: Iterable[str] | None = None) -> list[CheckResult]:
    """Check the landed tables: for every period of a source the vintage known last.

    source_ids limits the run to these sources. A source without a delivery is an error result for
    each of its expectations. Raises ChokepointError for an unknown source id or a bad suite.
    """
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
        con.execute("create schema landing")
        _register_landing(con, settings.landing_dir)
        return run_suites(con, suites)


def run_published(db_path: Path, settings: Settings) -> list[CheckResult]:
    """Check the relations of a published file or of a candidate; the file is opened read-only.

    Raises ChokepointError when the file is missing or a suite is not well formed.
    """
    if not Path(db_path).is_file():
        raise ChokepointError(f"There is no file {db_path} to check.", "Run `make build` first.")
    suites = load_suites("published")
    with closing(_connect(settings)) as con:
        con.execute(f"attach {_quote(db_path)} as published (read_only)")
        con.execute("use published")
        return run_suites(con, suites)


def run_suites(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> list[CheckResult]:
    """Run suites against the relations that `con` sees: one result per expectation, in order.

    What one expectation raises becomes its own result with status 'error'; the others go on.
    """
    is_full = scope() == "full"
    results: list[CheckResult] = []
    for suite in suites:
        if suite.may_be_absent and not _is_delivered(con, suite):
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
            started = time.perf_counter()
            if item.frame not in frames:
                frames[item.frame] = _read_frame(con, suite, item.frame)
            status, observed, sample = _check(suite, item, frames[item.frame])
            seconds = round(time.perf_counter() - started, 4)
            results.append(_result(suite, item, status, observed, sample, seconds))
    return results


def preload() -> threading.Thread:
    """Import Great Expectations (about 2 s) in the background while DuckDB works; return at once.

    A later run waits for the import if it is not done yet.
    """
    thread = threading.Thread(target=_great_expectations, name="import-gx", daemon=True)
    thread.start()
    return thread


# --- reading data -------------------------------------------------------------------------------


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config=settings.duckdb_config())


def _quote(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _register_landing(con: duckdb.DuckDBPyConnection, landing_dir: Path) -> None:
    """Create landing.deliveries and one view per delivered source over its current Parquet."""
    rows: list[dict[str, Any]] = []
    for path in sorted((landing_dir / "_manifest").glob("*/*.json")):
        try:
            rows.extend(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ChokepointError(
                f"The manifest {path} cannot be read: {error}", "Remove it and land the file again."
            ) from error
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["source_id"], str(row["period"]))
        best = latest.get(key)
        if best is None or _age(row) > _age(best):
            latest[key] = row
    current = [id(row) for row in latest.values()]
    con.execute(
        "create table landing.deliveries (source_id varchar, period varchar, vintage varchar, "
        "file_name varchar, known_on date, landed_at timestamptz, row_count bigint, "
        "quarantined_count bigint, is_current boolean)"
    )
    if not rows:
        return
    names = "source_id period vintage file_name known_on landed_at row_count quarantined_count"
    con.executemany(
        "insert into landing.deliveries values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [[*(row[name] for name in names.split()), id(row) in current] for row in rows],
    )
    paths: dict[str, list[str]] = {}
    for (source_id, _), row in sorted(latest.items()):
        paths.setdefault(source_id, []).append(
            _quote(glob_escape(str(landing_dir / row["parquet_path"])))
        )
    for source_id, files in paths.items():
        try:
            con.execute(
                f'create view landing."{source_id}" as '
                f"select * from read_parquet([{', '.join(files)}], union_by_name = true)"
            )
        except _duckdb_error():
            # A file named in the manifest that cannot be opened: the suite reports the table as
            # missing, which is what a reader would meet.
            continue


def _is_delivered(con: duckdb.DuckDBPyConnection, suite: Suite) -> bool:
    return bool(
        con.execute(
            "select 1 from landing.deliveries where source_id = ? and is_current limit 1",
            [suite.name],
        ).fetchone()
    )


def _age(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["known_on"]), str(row["landed_at"])


def _duckdb_error() -> type[Exception]:
    import duckdb

    return duckdb.Error


def _read_frame(
    con: duckdb.DuckDBPyConnection, suite: Suite, frame: str | None
) -> pd.DataFrame | str:
    """The data to check, or the reason why there is none.

    Of the relation itself only the columns that the suite names are read. Decimals become
    doubles; dates stay dates (datetime64).
    """
    error = _duckdb_error()
    try:
        have = [row[0] for row in con.execute(f"describe {suite.relation}").fetchall()]
    except error as fault:
        hint = "nothing has landed" if suite.layer == "landing" else "it is not in the file"
        return f"{suite.relation} cannot be read, {hint}: {str(fault).splitlines()[0]}"
    try:
        if frame is not None:
            return con.execute(suite.frames[frame].query).df()
        wanted = [column for column in suite.columns() if column in have]
        listed = ", ".join(f'"{column}"' for column in wanted) or "1 as one"
        return con.execute(f"select {listed} from {suite.relation}").df()
    except error as fault:
        what = f"the frame {frame} of {suite.relation}" if frame else suite.relation
        return f"{what} cannot be read: {str(fault).splitlines()[0]}"


# --- running ------------------------------------------------------------------------------------


@contextmanager
def _quiet():
    """Silence what the library logs and warns about; its results say all we need."""
    import logging
    import warnings

    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


_import_lock = threading.Lock()


def _great_expectations() -> Any:
    """Import the library without usage reports, and with the collector off: 0.5 s of 2.7 s less.

    Its import cannot be cut to the parts used here: the package root loads every backend,
    altair and scipy.
    """
    import gc

    with _import_lock:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        was_on = gc.isenabled()
        gc.disable()
        try:
            import great_expectations
        finally:
            if was_on:
                gc.enable()
    return great_expectations


@cache
def _batch_definition() -> Any:
    """One context in memory per process, without progress bars, that takes any frame."""
    gx = _great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
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
    if frame.empty and item.expect != "expect_table_row_count_to_be_between":
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
    """The library's result on the columns that the expectation names.

    The library hashes every frame it is given, so the key, which only failing rows need, is left
    out at first: on 250,000 rows that saves a tenth of a second per expectation.
    """
    definition = _batch_definition()
    import great_expectations.expectations as library

    columns = list(dict.fromkeys([*item.columns(), *key])) or list(frame.columns[:1])
    kwargs = dict(item.kwargs)
    for name in ("min_value", "max_value"):
        if isinstance(kwargs.get(name), dt.date):
            kwargs[name] = dt.datetime.combine(kwargs[name], dt.time())
    if item.expect == "expect_column_pair_values_a_to_be_greater_than_b":
        kwargs["ignore_row_if"] = "either_value_is_missing"
    if item.expect == "expect_compound_columns_to_be_unique":
        kwargs["ignore_row_if"] = "never"
    result_format: dict[str, Any] = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SAMPLE_ROWS,
    }
    if key:
        result_format["unexpected_index_column_names"] = list(key)
    with _quiet():
        batch = definition.get_batch(batch_parameters={"dataframe": frame[columns]})
        expectation = getattr(library, class_name(item.expect))(**kwargs)
        return batch.validate(expectation, result_format=result_format)


def class_name(expect: str) -> str:
    """The library's class of an expectation: expect_column_x -> ExpectColumnX."""
    return "".join(word[0].upper() + word[1:] for word in expect.split("_"))


def _raised(info: dict[str, Any]) -> str | None:
    """The message of what the library caught: it keeps one, or one per failed metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [entry["exception_message"] for entry in entries if entry["raised_exception"]]
    return "; ".join(dict.fromkeys(map(str, messages))) or None


def _observed(item: Expectation, found: dict[str, Any], frame: pd.DataFrame) -> str:
    """One line on what was seen: a value, the span of values and the rows against it, or what a
    set lacks."""
    if found.get("observed_value") is not None:
        return _text(found["observed_value"])
    if "element_count" in found:
        bad, rows = found["unexpected_count"], found["element_count"]
        span = ""
        if rows == 1 and "column" in item.kwargs:
            return _text(frame[item.kwargs["column"]].iloc[0])
        if item.expect == "expect_column_values_to_be_between":
            values = frame[item.kwargs["column"]]
            low, high = _text(values.min()), _text(values.max())
            span = f"{low}; " if low == high else f"{low} to {high}; "
        nulls = found.get("missing_count") or 0
        beside = f", {nulls:,} without a value" if nulls else ""
        share = f" ({100 * bad / rows:.3g} %)" if bad else ""
        return f"{span}{bad or 'none'} of {rows:,} rows against it{share}{beside}"
    parts = []
    for count, values, word in (
        ("missing_count", "partial_missing_list", "missing"),
        ("unexpected_count", "partial_unexpected_list", "unexpected"),
    ):
        if found.get(count):
            more = ", ..." if found[count] > len(found.get(values) or []) else ""
            listed = ", ".join(map(_text, found.get(values) or []))
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
        {str(name): _plain(value) for name, value in row.items()}
        for row in rows[:SAMPLE_ROWS]
        if isinstance(row, dict)
    ]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def _plain(value: Any) -> Any:
    """A value that JSON can hold: numpy scalars unwrapped, dates as text, NaN as null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple | set):
        return ", ".join(map(_text, value))
    value = _plain(value)
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"  # below that it may be a year
    return "no value" if value is None else str(value)


def expected_text(item: Expectation) -> str:
    """The claim in the library's words with its arguments:
    "column values to be between: hhi_value, more than 0, at most 1"."""
    kwargs = item.kwargs
    labels = {
        "min_value": "more than " if kwargs.get("strict_min") else "at least ",
        "max_value": "less than " if kwargs.get("strict_max") else "at most ",
        "column_B": "beside ",
        "mostly": "in a share of rows of ",
    }
    parts = []
    for name, value in kwargs.items():
        if isinstance(value, bool):
            if name == "or_equal" and value:
                parts.append("or equal")
        elif isinstance(value, list):
            parts.append("[" + ", ".join(map(str, value)) + "]")
        else:
            parts.append(labels.get(name, "") + (str(value) if name == "regex" else _text(value)))
    return f"{item.expect.removeprefix('expect_').replace('_', ' ')}: {', '.join(parts)}"


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
