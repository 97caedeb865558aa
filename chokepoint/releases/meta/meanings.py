"""What the dictionary says of a column beside its text: unit (by name, or stated in the yml, as
what whole numbers count: `warehouse.column_facts`), range and example (measured)."""

from __future__ import annotations

import re
from typing import NamedTuple

import duckdb

from chokepoint.releases.relations import Column, Relation, quote

NO_BOUND = "no bound declared"
NO_VALUE = "no value in this release"
EMPTY = "(empty text)"
_LONGEST = 60
# Units of columns that are no numbers, by their type.
_BY_TYPE = (
    ("BOOLEAN", "true or false"),
    ("DATE", "day"),
    ("TIMESTAMP", "time, UTC"),
)
# And of texts, by their names.
_TEXTS = (
    ("(.*_)?period", "year or month"),
    (".*_month", "month, YYYY-MM"),
    (".*_iso[23]|.*_codes?|nomenclature(_.*)?", "code"),
    (".*_ids?", "name by which rows are told apart"),
    (".*_urls?", "address"),
    (".*sha256|.*_hash|.*_fingerprint", "checksum"),
    ("row_key|failing_sample|seconds_per_stage", "JSON"),
)
# And of numbers: the first that fits.
_NUMBERS = (
    (".*_eur_per_kg", "EUR per kg"),
    (".*_meur", "million EUR"),
    ("(.*_)?eur|.*_eur_(low|central|high)", "EUR"),
    ("(.*_)?kg|.*_kg_(low|central|high)", "kg"),
    (".*_(tonnes|t)", "tonnes"),
    (".*_bytes", "bytes"),
    ("(.*_)?seconds", "seconds"),
    ("(.*_)?year", "calendar year"),
    (".*_years|years_.*", "years"),
    ("(.*_)?months(_.*)?", "months"),
    ("(.*_)?days(_.*)?|by_day|day", "days"),
    (".*_per_output(_low|_high)?", "EUR for one EUR of output"),
    (".*log_ratio.*", "natural logarithm, 0 is equal"),
    (".*share.*|cr[13](_value)?", "fraction, 1 is all"),
    ("(.*_)?hhi(_.*)?", "index, 1 is one supplier"),
    (".*_incidence|survival(_low|_high|_after_wait)?", "fraction, 1 is all"),
    (
        "(mean_)?exposure_(low|high)|weight(_low|_high)?|(alpha|shock)_(low|high)",
        "fraction, 1 is all",
    ),
    (".*_counts?|.*_number|ordinal", "count"),
    (".*_rank|rank_.*", "rank, 1 is first"),
    (".*_(ratio|factor)", "ratio"),
    ("relative_(difference|gap)|(.*_)?deviation", "ratio, 0 is equal"),
    ("week", "weeks"),
)


class Measured(NamedTuple):
    """What a release holds of a column: least and greatest value, and a value."""

    observed_range: str
    example: str


def unit_of(column: str, data_type: str, unit: str = "", counts: str = "") -> str:
    """The unit of a column: as stated, or by type and name; empty for a number without one."""
    if unit:
        return unit
    for start, told in _BY_TYPE:
        if data_type.startswith(start):
            return told
    is_text = data_type.startswith("VARCHAR")
    for pattern, told in _TEXTS if is_text else _NUMBERS:
        if re.fullmatch(pattern, column):
            return told
    if is_text:
        return "text"
    return counts if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", data_type) else ""


def measure(
    con: duckdb.DuckDBPyConnection, relation: Relation, source: str | None = None
) -> dict[str, Measured]:
    """Column -> what it holds, from the database in use, or from `source`, SQL of a table with the
    rows read already."""
    source = source or relation.sql_name
    asked = []
    for column in relation.columns:
        name = quote(column.name)
        # Whatever the order of the rows, the same value.
        example = f"min_by({name}, hash({name})) filter (where {name} is not null)"
        ends = (f"min({name})", f"max({name})") if _has_order(column) else (example, example)
        asked += [f"cast({one} as varchar)" for one in (*ends, example)]
    (values,) = con.execute(f"select {', '.join(asked)} from {source}").fetchall()
    found = {}
    for column, low, high, example in zip(
        relation.columns, values[::3], values[1::3], values[2::3], strict=True
    ):
        if example is None:
            found[column.name] = Measured(NO_VALUE, NO_VALUE)
            continue
        told = _short(low) if low == high else f"{_short(low)} to {_short(high)}"
        found[column.name] = Measured(
            (told if _has_order(column) else "a list") or EMPTY, _short(example) or EMPTY
        )
    return found


def _has_order(column: Column) -> bool:
    return not column.data_type.endswith("]") and not column.data_type.startswith(("STRUCT", "MAP"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
