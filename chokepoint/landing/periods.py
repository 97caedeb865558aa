"""Periods of a source: which have landed, and which are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.store import Store

if TYPE_CHECKING:
    from chokepoint.settings import Settings

_GAPS_SHOWN = 12
_PERIOD = re.compile(r"\d{4}(-\d{2})?")


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


def span(first: str, last: str) -> list[str]:
    """The years, or months, from first to last, both included."""
    if len(first) == 4:
        return [str(year) for year in range(int(first), int(last) + 1)]
    number, final = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (first, last))
    return [month_of(number) for number in range(number, final + 1)]


def month_of(number: int) -> str:
    """A month by its number, counted from January of the year 0 on."""
    return f"{number // 12}-{number % 12 + 1:02}"


def missing_periods(periods: Iterable[str]) -> list[str]:
    """Years, or months, between the first and the last of a source that are not among them."""
    known = {period for period in periods if _PERIOD.fullmatch(period)}
    # A source lands by year or by month; a mixture has no gaps that can be told.
    if len({len(period) for period in known}) != 1:
        return []
    return [period for period in span(min(known), max(known)) if period not in known]


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
    """A line for each source that lacks periods; they may be to come, so none is refused."""
    found = {
        source_id: missing_periods(row["period"] for row in read_deliveries(settings, source_id))
        for source_id, contract in contracts.items()
        # One that came once has nothing to choose from.
        if contract.frequency != "once"
    }
    return [
        f"{source_id}: nothing landed for {', '.join(missing[:_GAPS_SHOWN])}"
        + (f" and {len(missing) - _GAPS_SHOWN} more" if len(missing) > _GAPS_SHOWN else "")
        for source_id, missing in found.items()
        if missing
    ]
