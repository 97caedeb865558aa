"""How the site says numbers, days, states and certainty to people."""

from __future__ import annotations

import csv
import datetime as dt
import re
from calendar import month_name
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from chokepoint.console import OBEYED

NBSP = "\N{NO-BREAK SPACE}"
NOT_KNOWN = "not known"


def _read(name: str) -> dict[str, dict[str, dict[str, str]]]:
    """kind -> key -> row of a table of words beside this module, in its order."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["kind"]][row["key"]] = row
    return found


# state, certainty or term -> (label, meaning); an empty meaning of a term is its doc block's.
STATES, CERTAINTY, TERMS = (
    {key: (row["label"], row["meaning"]) for key, row in rows.items()}
    for rows in map(_read("terms.csv").__getitem__, ("state", "certainty", "term"))
)
# kind -> code of the warehouse -> how a page says it.
LABELS = {
    kind: {key: row["label"] for key, row in rows.items()}
    for kind, rows in _read("labels.csv").items()
}
# What no count of restrictions may hold: acts that take a burden away.
RELIEF = "relief"
# To look for one is much faster than to translate a page that has none.
_OBEYED = re.compile(f"[{re.escape(''.join(map(chr, OBEYED)))}]")
_WITH_ARTICLE = {"Netherlands", "Philippines", "Maldives", "Bahamas", "Gambia", "Comoros", "EU"}
_ONES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def day(value: dt.date | None) -> str:
    """A day in full: 26 November 2026."""
    if value is None:
        return ""
    return f"{value.day}{NBSP}{value:%B}{NBSP}{value.year}"


def period(value: str) -> str:
    """A year or month in words: 2024, March 2024."""
    if len(value) == 7 and value[4] == "-":
        return f"{dt.date(int(value[:4]), int(value[5:]), 1):%B} {value[:4]}"
    return value


def dated(value: str) -> str:
    """A day, month or year as a source gives it, in words."""
    return day(dt.date.fromisoformat(value)) if len(value) == 10 else period(value)


def days_in(text: str | None) -> str:
    """The text with its days in words."""
    day = r"\b(\d{4})-(0[1-9]|1[0-2])-(\d\d)\b"
    return re.sub(day, lambda f: f"{int(f[3])} {month_name[int(f[2])]} {f[1]}", text or "")


def disarmed(value: Any) -> Any:
    """A value for a template without what a browser would read backwards; markup stays markup."""
    if not isinstance(value, str) or not _OBEYED.search(value):
        return value
    return value.translate(OBEYED)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things: one measure, 12 measures, no measures."""
    word = _ONES[number] if 0 <= number < len(_ONES) else f"{number:,}"
    return f"{word} {noun if number == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def listing(parts: Iterable[str], most: int = 12) -> str:
    """a, b and c; beyond `most`, the number of the others."""
    parts = list(parts)
    if len(parts) > most:
        parts = [*parts[:most], f"{len(parts) - most} more"]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def span(low: str, high: str) -> str:
    """Two ends in words; one where they are the same."""
    return low if low == high else f"{low} to {high}"


def part_of(part: int, whole: int, noun: str) -> str:
    """A part of a number of things, in figures: 2 of 3 codes."""
    return f"{part} of {whole:,} {noun}{'' if whole == 1 else 's'}"


def in_sentence(place: str) -> str:
    """The name of a country as it stands within a sentence: the United States, China."""
    with_article = place.startswith(("United ", "DR ")) or place.endswith((" Republic", " Islands"))
    return f"the {place}" if with_article or place in _WITH_ARTICLE else place


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """A number with separators; empty where there is none."""
    return "" if value is None else f"{float(value):,.{digits}f}"


def money(value: float | Decimal | None) -> str:
    """Euro with three significant digits and the unit in words: €1.12 billion."""
    if value is None:
        return NOT_KNOWN
    amount = float(value)
    for size, unit in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if abs(amount) >= 0.9995 * size:
            return f"€{_three_digits(amount / size)}{NBSP}{unit}"
    return f"€{amount:,.0f}"


def money_range(low: Any, high: Any) -> str:
    """Bounds in words; one figure where they agree."""
    if high is None:
        return NOT_KNOWN
    if low is not None and money(low) == money(high):
        return money(high)
    if not low:
        return f"up to {money(high)}"
    return f"{money(low)} to {money(high)}"


def mass(kg: float | Decimal | None) -> str:
    """Tonnes, or kilograms below one tonne."""
    if kg is None:
        return NOT_KNOWN
    amount = float(kg)
    if abs(amount) < 1000:
        return f"{amount:,.0f}{NBSP}kg"
    return f"{_three_digits(amount / 1000)}{NBSP}tonnes"


def percent(share: float | Decimal | None, digits: int = 1) -> str:
    """A share of 0 to 1 as a percentage: 89.1%."""
    return "" if share is None else f"{100 * float(share):.{digits}f}%"


def code(text: str) -> str:
    """A code as customs write it: 8505 11, 2504 10 00."""
    return NBSP.join(filter(None, (text[:4], text[4:6], text[6:])))


def percents(low: Any, high: Any, digits: int = 1) -> str:
    """Two shares as percentages, one where they agree; empty where an end is not known."""
    return "" if None in (low, high) else span(percent(low, digits), percent(high, digits))


def days_left(days: int | None) -> str:
    """Days from the day of the page: in 35 days, today, 16 days ago."""
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days is None:
        return ""
    if days in near:
        return near[days]
    return f"in {days:,} days" if days > 0 else f"{-days:,} days ago"


def state(value: str | None) -> str:
    """The name of a state of law."""
    return STATES[value][0] if value in STATES else plain(value)


def state_meaning(value: str) -> str:
    """What a state of law means, as a clause."""
    return STATES[value][1] if value in STATES else ""


def certainty(value: str | None) -> str:
    """The label of a certainty."""
    return CERTAINTY[value][0] if value in CERTAINTY else plain(value)


def certainty_meaning(value: str | None) -> str:
    """What a certainty means."""
    return CERTAINTY[value][1] if value in CERTAINTY else ""


def label(value: str | None, kind: str) -> str:
    """The words of labels.csv for a code; a code that has none is said plainly."""
    found = LABELS[kind].get(value or "")
    return plain(value) if found is None else found


def verdict(row: Mapping[str, Any]) -> str:
    """The verdict on a promise; where a proxy alone judges, that it does."""
    return label(row["verdict"], "verdict") + (", by a proxy" if row["is_by_proxy"] else "")


def flow(row: Mapping[str, Any]) -> str:
    """Exports of China to the EU."""
    partner = {"EU27": "the EU", "WORLD": "all countries"}.get(row["partner_code"])
    reporter, named = map(in_sentence, (row["reporter_name"], row["partner_name"]))
    way = "to" if row["flow"] == "export" else "from"
    return f"{plain(row['flow'])}s of {reporter} {way} {partner or named}"


def measure(row: Mapping[str, Any]) -> str:
    """A measure in a few words: its number, or its title where it has none."""
    return sentence(str(row["instrument_no"] or row["title"]))


def slug(name: str) -> str:
    """Name of a file: only letters, digits and hyphens."""
    return "".join(letter if letter.isalnum() else "-" for letter in name).lower()


def measure_href(measure_id: str) -> str:
    """Address of a measure's page from the site's folder."""
    return f"law/{slug(measure_id)}.html"


def plain(value: str | None) -> str:
    """A code of the warehouse as words: listed_entities, Listed entities."""
    return sentence((value or "").replace("_", " "))


def text(value: Any) -> str:
    """Any value as it stands in a table cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{day(value.date())}, {value:%H:%M}{NBSP}UTC"
    if isinstance(value, dt.date):
        return day(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        return f"{float(value):,.4g}" if abs(float(value)) < 1e4 else f"{float(value):,.0f}"
    return str(value)


def _three_digits(amount: float) -> str:
    size = abs(amount)
    return f"{amount:,.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"


def read_to(row: Mapping[str, Any]) -> str:
    """Up to which day the authority's list of acts was read, and the newest source recorded."""
    newest = f"newest source {day(row['newest_source_on'])}"
    if row["list_read_to"] is None:
        return f"{newest}, list of acts not read" if row["newest_source_on"] else ""
    said = f"list of acts read to {day(row['list_read_to'])}"
    is_newer = row["newest_source_on"] and row["newest_source_on"] > row["list_read_to"]
    return f"{said}, {newest}" if is_newer else said
