"""What the dictionary says of a column beside its text: unit, range, example, since when.

Units are declared once, by the house's names, in `units.csv`; since when in `columns_since.csv`,
to which each release adds its new columns. What a release holds is measured in it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb

from chokepoint.releases.relations import Column, Relation, quote

FOLDER = Path(__file__).resolve().parent
UNITS = FOLDER / "units.csv"
SINCE = FOLDER / "columns_since.csv"
NO_BOUND = "no bound declared"
NO_VALUE = "no value in this release"
EMPTY = "(empty text)"
# Examples are of the first rows, whatever the order of the threads.
_FIRST_ROWS = 2000
_LONGEST = 60
# Units of columns that are no numbers, by their type.
_BY_TYPE = (
    ("BOOLEAN", "true or false"),
    ("DATE", "day"),
    ("TIMESTAMP", "time, UTC"),
)
# And of texts, by their names.
_BY_NAME = (
    ("(.*_)?period", "year or month"),
    (".*_month", "month, YYYY-MM"),
    (".*_iso[23]|.*_codes?|nomenclature(_.*)?", "code"),
    (".*_ids?", "name by which rows are told apart"),
    (".*_urls?", "address"),
    (".*sha256|.*_hash|.*_fingerprint", "checksum"),
    ("row_key|failing_sample|seconds_per_stage", "JSON"),
)


class Measured(NamedTuple):
    """What a release holds of a column.

    observed_range  least and greatest value
    example         a value
    """

    observed_range: str
    example: str


class Units:
    """Units by relation, column name and type."""

    def __init__(self, path: Path = UNITS) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            self._rules = [
                (re.compile(row["relation"] or ".*"), re.compile(row["column"]), row["unit"])
                for row in csv.DictReader(file)
            ]
        self._names = [(re.compile(pattern), unit) for pattern, unit in _BY_NAME]

    def of(self, relation: str, column: str, data_type: str) -> str:
        """The unit; empty for a number that nothing is declared of."""
        for start, unit in _BY_TYPE:
            if data_type.startswith(start):
                return unit
        if data_type.startswith("VARCHAR"):
            return next((unit for rule, unit in self._names if rule.fullmatch(column)), "text")
        for relations, columns, unit in self._rules:
            if relations.fullmatch(relation) and columns.fullmatch(column):
                return unit
        return ""


def read_since(path: Path = SINCE) -> dict[tuple[str, str], str]:
    """(relation, column) -> the day since which the column is in the project."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["relation"], row["column"]): row["since"] for row in csv.DictReader(file)}


def add_new_columns(
    published: Iterable[tuple[str, str]], day: str, path: Path = SINCE
) -> list[tuple[str, str]]:
    """Enter (relation, column) pairs that the file of days lacks; return them.

    Columns that are no longer published are taken out: what comes back is new again.
    """
    known, published = read_since(path), sorted(set(published))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("relation", "column", "since"))
        for pair in published:
            writer.writerow((*pair, known.get(pair, day)))
    return [pair for pair in published if pair not in known]


def measure(
    con: duckdb.DuckDBPyConnection, relation: Relation, source: str | None = None
) -> dict[str, Measured]:
    """Column -> what it holds, from the database in use.

    source  SQL name of a table with its rows, where they have been read already
    """
    source = source or f"{quote(relation.schema)}.{quote(relation.name)}"
    ends, firsts = [], []
    for column in relation.columns:
        name = quote(column.name)
        text = f"cast({name} as varchar)"
        if _has_order(column):
            ends += [f"cast({end}({name}) as varchar)" for end in ("min", "max")]
        else:
            ends += [f"any_value({text})"] * 2
        firsts.append(f"first({text}) filter (where {name} is not null)")
    found_ends = con.execute(f"select {', '.join(ends)} from {source}").fetchone()
    examples = con.execute(
        f"select {', '.join(firsts)} from (from {source} limit {_FIRST_ROWS})"
    ).fetchone()
    found = {}
    for number, column in enumerate(relation.columns):
        low, high = found_ends[2 * number : 2 * number + 2]
        if high is None:
            found[column.name] = Measured(NO_VALUE, NO_VALUE)
            continue
        told = _short(low) if low == high else f"{_short(low)} to {_short(high)}"
        example = examples[number] if examples[number] is not None else high
        found[column.name] = Measured(
            (told if _has_order(column) else "a list") or EMPTY, _short(example) or EMPTY
        )
    return found


def bounds_of_type(data_type: str) -> str:
    """The range of a column that no test bounds."""
    return "true, false" if data_type == "BOOLEAN" else NO_BOUND


def _has_order(column: Column) -> bool:
    return not column.data_type.endswith("]") and not column.data_type.startswith(("STRUCT", "MAP"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
