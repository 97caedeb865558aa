"""Periods of a source: which have landed, which are missing, which a delivery would bring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.database import share
from chokepoint.landing.files.archives import is_archive
from chokepoint.landing.files.formats import JSON_SUFFIX, choose_data_members, format_of
from chokepoint.landing.files.texts import is_parquet
from chokepoint.landing.store import Store
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    from chokepoint.settings import Settings

# A larger file is read once, by landing. Reading one of this size takes a second.
_MOST_BYTES = 64 << 20
_YEAR = r"(?<!\d)((?:19|20)\d\d)"
_IN_NAME = {
    "annual": re.compile(rf"{_YEAR}(?!\d)"),
    "monthly": re.compile(rf"{_YEAR}[-_]?(0[1-9]|1[0-2])(?!\d)"),
}
_GAPS_SHOWN = 12
_PERIOD = re.compile(r"\d{4}(-\d{2})?")


def has_periods(contract: SourceContract) -> bool:
    """Whether a source comes again and again; one that came once has nothing to choose from."""
    return contract.frequency in _IN_NAME


def periods_in(path: Path, contract: SourceContract, settings: Settings) -> frozenset[str] | None:
    """The landing periods that a delivery holds; None if only landing it would tell.

    A producer's own file is called after its period, and an archive's members are. Any other
    file may be called as its owner likes, so a small one is looked into.
    """
    try:
        form = format_of(contract, path)
        if form is not None and is_archive(path):
            names = [member.base_name for member in choose_data_members(path, form)]
            return _named(names, contract)
        if form is not None and form.names(path) and (named := _named([path.name], contract)):
            return named
        if path.stat().st_size > _MOST_BYTES or path.name.lower().endswith(JSON_SUFFIX):
            return None
        return _read(path, contract, form, settings)
    except (ChokepointError, OSError):
        # What is wrong with the file is landing's to say.
        return None


def read_deliveries(settings: Settings, source_id: str) -> list[dict[str, Any]]:
    """Manifest rows of a source, the latest known first."""
    landed = Store(settings.landing_dir, source_id).landed()
    rows = [row for delivery in landed for row in delivery.records]
    return sorted(rows, key=lambda row: (row["known_on"], row["landed_at"]), reverse=True)


def current_deliveries(settings: Settings, source_id: str) -> list[dict[str, Any]]:
    """Manifest rows that the models read: the latest vintage of each period, by period."""
    current: dict[str, dict[str, Any]] = {}
    for row in read_deliveries(settings, source_id):
        current.setdefault(row["period"], row)
    return [current[period] for period in sorted(current)]


def missing_periods(periods: Iterable[str]) -> list[str]:
    """Years, or months, between the first and the last of a source that are not among them."""
    known = {period for period in periods if _PERIOD.fullmatch(period)}
    # A source lands by year or by month; a mixture has no gaps that can be told.
    if len({len(period) for period in known}) != 1:
        return []
    per_year = 12 if len(next(iter(known))) == 7 else 1
    numbers = {int(p[:4]) * per_year + int(p[5:] or 1) - 1 for p in known}
    return [
        f"{number // per_year}" + (f"-{number % per_year + 1:02d}" if per_year == 12 else "")
        for number in range(min(numbers), max(numbers))
        if number not in numbers
    ]


def _named(names: list[str], contract: SourceContract) -> frozenset[str] | None:
    found = set()
    for name in names:
        named = {match.groups() for match in _IN_NAME[contract.frequency].finditer(name)}
        # Two of them may be the first and the last.
        if len(named) != 1:
            return None
        found.add("-".join(named.pop()))
    return frozenset(found) or None


def _read(
    path: Path, contract: SourceContract, form: ProducerFormat | None, settings: Settings
) -> frozenset[str] | None:
    import duckdb

    named = dict(form.values) if form else {name: f'"{name}"' for name in contract.column_names}
    used = {
        name: sql for name, sql in named.items() if re.search(rf"\b{name}\b", contract.period_sql)
    }
    columns = ", ".join(f'{sql} as "{name}"' for name, sql in used.items())
    if is_parquet(path):
        source = "read_parquet($path)"
    else:
        delimiter, quote = (form.delimiter, form.quote) if form else (",", '"')
        source = (
            f"read_csv($path, all_varchar = true, header = true, delim = '{delimiter}', "
            f"quote = '{quote}', ignore_errors = true)"
        )
    with share(settings) as con:
        try:
            rows = con.execute(
                f"select distinct ({contract.period_sql})::varchar "
                f"from (select {columns} from {source})",
                {"path": glob_escape(str(path))},
            ).fetchall()
        except duckdb.Error:
            return None
    found = frozenset(value for (value,) in rows if value and _PERIOD.fullmatch(value))
    return found or None


def doubt_lines(settings: Settings, contracts: Mapping[str, SourceContract]) -> list[str]:
    """A line for each doubt about a file that counts for one of its periods, and for columns of it
    that are not read."""
    lines = []
    for source_id in contracts:
        landed = sorted(Store(settings.landing_dir, source_id).landed(), key=lambda one: one.order)
        counts = {period: one.vintage for one in landed for period in one.periods}
        lines += [
            f"{source_id}, {', '.join(one.file_names)}: {note}"
            for one in landed
            if one.vintage in counts.values()
            for note in one.notes
        ]
    return lines


def gap_lines(settings: Settings, contracts: Mapping[str, SourceContract]) -> list[str]:
    """A line for each source that lacks periods between its first and its last.

    A gap is told and not refused: a producer may have left a year out, or the file is to come.
    """
    found = {
        source_id: missing_periods(row["period"] for row in read_deliveries(settings, source_id))
        for source_id, contract in contracts.items()
        if has_periods(contract)
    }
    return [
        f"{source_id}: nothing landed for {', '.join(missing[:_GAPS_SHOWN])}"
        + (f" and {len(missing) - _GAPS_SHOWN} more" if len(missing) > _GAPS_SHOWN else "")
        for source_id, missing in found.items()
        if missing
    ]
