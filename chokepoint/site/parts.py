"""What pages are made of: tables, charts and timelines, each with its source and its data."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chokepoint.releases.csv_cells import csv_text
from chokepoint.site import specs, words

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    key      field of the row, and name of the column in the CSV
    title    heading, with the unit
    show     value -> text; by default as a reader writes it
    number   right-aligned, with figures of one width
    href     field that holds the address of a link (another site, or a page of this one)
    note     field whose text stands small below the value
    mark     field that holds the state whose colour stands before the value
    wide     keeps room for a sentence
    bar      a share, drawn as a bar beside its figure
    width    of a table on paper: its part of the whole, in per cent
    """

    key: str
    title: str
    show: Callable[[Any], str] = words.text
    number: bool = False
    href: str | None = None
    note: str | None = None
    mark: str | None = None
    wide: bool = False
    bar: bool = False
    width: str = ""


@dataclass(frozen=True)
class Table:
    """Rows for people, and the same rows as CSV.

    caption  what one row is
    empty    what is said in place of a table without rows
    csv      path of the CSV below the site's folder; None: no CSV
    stacked  on a phone each row becomes a block instead of a line to scroll
    search   words of the label of a search box above it; None: none
    origin   data_origin of rows that have none of their own; stands in the CSV
    """

    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: str
    empty: str = "There is nothing to show: no row answers this on the day of this page."
    csv: str | None = None
    stacked: bool = True
    search: str | None = None
    origin: str = "real"

    def fields(self) -> list[str]:
        """Names of the columns of the CSV."""
        keys = [column.key for column in self.columns]
        keys += [column.note for column in self.columns if column.note]
        keys += [c.href for c in self.columns if c.href and c.href.endswith("_url")]
        return list(dict.fromkeys([*keys, "data_origin"]))

    def csv_text(self) -> str:
        """The raw values and where each row is from, every text cell inert in a spreadsheet."""
        keys = self.fields()
        rows = ({"data_origin": self.origin, **row} for row in self.rows)
        return csv_text(keys, ([_plain(row.get(key)) for key in keys] for row in rows))


@dataclass(frozen=True)
class Chart:
    """A picture with the sentence it proves, its unit, source, day and data.

    slug         its name on the page
    finding      what the reader should see, in one sentence computed from the data
    unit         what is drawn, in which unit
    spec         Vega-Lite, with the rows in `datasets`; None where there is nothing to draw
    table        the same data as a table
    source       where the figures come from
    description  what the picture shows, for those who do not see it
    file         its name among the files of the site, without an ending
    synthetic    True where a row is of an invented sample: hatched, and said in words
    notes        what to beware of
    day          of which day or release the rows are, as a sentence; empty: of the page's day
    """

    slug: str
    finding: str
    unit: str
    spec: Mapping[str, Any] | None
    table: Table
    source: str
    description: str
    file: str
    synthetic: bool = False
    notes: Sequence[str] = ()
    day: str = ""

    @property
    def height(self) -> int:
        """Least height in pixels, so that nothing jumps when the picture comes."""
        return specs.height(self.spec) if self.spec else 0

    @property
    def frame(self) -> int:
        """Pixels that the chart and its words need alone in a frame as narrow as a phone."""
        said = [(self.finding, 30, 25), (self.unit, 42, 25), (self.source + self.day, 46, 22)]
        said += [(note, 46, 22) for note in self.notes]
        lines = sum(step * -(-len(text) // letters) for text, letters, step in said)
        lines += 75 if self.synthetic else 0
        return specs.height(self.spec or {"height": 0}, is_narrow=True) + lines + 350


@dataclass(frozen=True)
class Timeline:
    """Rows of spans over one axis of days, drawn without script.

    lanes  a title, perhaps with a link, a note and spans; that of a rival is indented
           (spans: a part of the row, in per cent of its width, with its colour class and words;
           a roomy one has room for its label on a phone, too)
    ticks  (per cent, label) of the axis; `now` is the per cent of the day of the page, and
           `now_label` says so (empty: another timeline of the page does)
    """

    lanes: Sequence[Row]
    ticks: Sequence[tuple[float, str]]
    now: float | None
    now_label: str
    label: str


@dataclass(frozen=True)
class Axis:
    """Days as per cent of a width: `first` is 0, `last` is 100, all else is cut at the edges."""

    first: dt.date
    last: dt.date

    def at(self, day: dt.date | None) -> float:
        """Where a day stands; None is the open end."""
        if day is None:
            return 100.0
        days = max((self.last - self.first).days, 1)
        return round(min(max(100 * (day - self.first).days / days, 0), 100), 3)

    def shows(self, start: dt.date, end: dt.date | None) -> bool:
        """Whether a half-open interval has a day on the axis."""
        return start < self.last and (end is None or end > self.first)

    def years(self, most: int = 12) -> list[tuple[float, str]]:
        """A tick at the first of January of each year, thinned to `most`."""
        years = [
            year
            for year in range(self.first.year, self.last.year + 1)
            if self.first <= dt.date(year, 1, 1) <= self.last
        ]
        step = max(1, -(-len(years) // most))
        return [(self.at(dt.date(year, 1, 1)), str(year)) for year in years[::step]]


def apart(sizes: Sequence[float], least: float, top: float | None = None) -> list[float]:
    """Where labels of stacked parts stand: in their middle, and at least `least` apart.

    top  where the highest label may stand; those below it move down with it
    """
    places: list[float] = []
    base = 0.0
    for size in sizes:
        middle = base + size / 2
        places.append(max(middle, places[-1] + least) if places else middle)
        base += size
    if top is not None and places and places[-1] > top:
        for below in range(len(places) - 1):
            at = len(places) - 1 - below
            places[at] = min(places[at], top - least * below)
    return places


def json_value(value: Any) -> Any:
    """A value of DuckDB as JSON has it."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value


def _plain(value: Any) -> Any:
    """A value as CSV has it: days as 2026-11-26, numbers with a point, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_value(value)
