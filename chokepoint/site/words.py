"""How the site says numbers, days, states and certainty to people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from chokepoint.console import OBEYED

NBSP = "\N{NO-BREAK SPACE}"
NOT_KNOWN = "not known"

# state -> (name, what it means, in a clause)
STATES = {
    "in_force": ("In force", "it applies"),
    "lapsed_presumed": (
        "Presumed back",
        "its suspension has passed its end and no later act is recorded",
    ),
    "exempted": ("In force, some exempted", "it applies, but not to these users"),
    "suspended": ("Suspended", "it had applied and is suspended, not repealed"),
    "suspended_before_effect": ("Suspended before effect", "it never applied and is suspended"),
    "announced": ("Announced", "it is published and not yet in effect"),
    "proposed": ("Proposed", "it is a proposal, not law"),
    "unknown": ("Unknown", "the sources do not tell"),
    "superseded": ("Replaced", "a later act took its place"),
    "repealed": ("Repealed", "a later act ended it"),
    "expired": ("Expired", "it ended by its own term"),
    "never_in_force": ("Never in force", "it ended before it applied"),
    "not_covered": ("Not covered", "no measure lists it"),
}

# certainty -> (label, what it means)
CERTAINTY = {
    "settled": ("Settled", "Published acts give the state and its days."),
    "presumed": ("Presumed", "It follows from the acts, but no act confirms it."),
    "disputed": ("Disputed", "A rival reading of the facts says otherwise."),
    "imprecise_date": ("Date imprecise", "A source gives a month or a year, not a day."),
    "reported_only": ("Reported only", "The press reports it; no act was found."),
    "bounds_only": ("Bounds only", "No source gives the covered share of the code."),
    "as_defined": ("As defined", "Applied as the primary text says."),
    "as_cited": ("As cited", "Applied as others cite it; the primary text was not read."),
    "approximation": ("Approximation", "Cannot be applied in full with what is at hand."),
    "partial_coverage": ("Partly listed", "The source lists the largest flows only."),
    "approximation_on_partial_coverage": (
        "Approximation, partly listed",
        "Cannot be applied in full, and the source lists the largest flows only.",
    ),
    "small_cell": ("Too small", "Imports are too small for a verdict."),
    "unknown": ("No verdict", "What is at hand does not decide it."),
    "not_applicable": ("Does not apply", "The definition is not for this product."),
}

# What no count of restrictions may hold: acts that take a burden away.
RELIEF = "relief"
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


def disarmed(value: Any) -> Any:
    """A value for a template without what a browser would read backwards; markup stays markup."""
    return value.translate(OBEYED) if isinstance(value, str) else value


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things: one measure, 12 measures, no measures."""
    word = _ONES[number] if 0 <= number < len(_ONES) else f"{number:,}"
    return f"{word} {noun if number == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def listing(parts: Sequence[str], most: int = 12) -> str:
    """a, b and c; beyond `most`, the number of the others."""
    parts = list(parts)
    if len(parts) > most:
        parts = [*parts[:most], f"{len(parts) - most} more"]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


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
    """A share of 0 to 1 as per cent."""
    return "" if share is None else f"{100 * float(share):.{digits}f}{NBSP}%"


def days_left(days: int | None) -> str:
    """Days from the day of the page: in 35 days, today, 16 days ago."""
    if days is None:
        return ""
    if days == 0:
        return "today"
    if days == 1:
        return "tomorrow"
    if days == -1:
        return "yesterday"
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
        return f"{float(value):,.4g}" if abs(value) < 1e4 else f"{float(value):,.0f}"
    return str(value)


def _three_digits(amount: float) -> str:
    size = abs(amount)
    return f"{amount:,.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"
