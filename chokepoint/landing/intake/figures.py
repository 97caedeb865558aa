"""Figures and days as people write them, and what in them could be read in two ways."""

from __future__ import annotations

import datetime as dt
import functools
import re
from decimal import Decimal, InvalidOperation

from chokepoint.landing.intake.words import month_numbers, normal

POINT, COMMA = BOTH_MARKS = (".", ",")
# Orders of the parts of a date, and days counted from 1899-12-30.
DMY, MDY, YMD, SERIAL = "dmy", "mdy", "ymd", "serial"
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_EPOCH = dt.date(1899, 12, 30)
_SPACES = re.compile("[\\s\u00a0\u2007\u202f'\u2019\u02bc]")
_FIGURE = re.compile(
    r"(?:(?<![\w.,])[-+]\s?|\()?(?<![\w.,])(?:\d|[.,]\d)"
    r"[\d.,\u00a0\u2007\u202f \u0027\u2019\u02bc]*(?:\)|(?<=\d)-(?!\w))?"
)
SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_PARTS = re.compile(r"(\d{1,4})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?")
_TIME = re.compile(
    r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?$"
)


def split_figure(text: str) -> tuple[str, str]:
    """The one number in a text (`12,5 kg`, `€ 300`), and what stands beside it; else the text."""
    found = list(_FIGURE.finditer(text))
    if len(found) != 1:
        return text, ""
    before, behind = text[: found[0].start()], text[found[0].end() :]
    return found[0][0].strip(), f"{before.strip()} {behind.strip()}".strip()


def decimal_marks(text: str) -> tuple[set[str], bool]:
    """The decimal marks that a number certainly has, and whether it could be read in two ways."""
    bare = _SPACES.sub("", text).strip("()+-")
    points, commas = bare.count(POINT), bare.count(COMMA)
    if not points and not commas:
        return set(), False
    if points and commas:
        return {POINT if bare.rfind(POINT) > bare.rfind(COMMA) else COMMA}, False
    mark, other = (POINT, COMMA) if points else (COMMA, POINT)
    if points + commas > 1:
        # Several of one mark part the thousands.
        return {other}, False
    before, _, behind = bare.partition(mark)
    if len(behind) != 3 or not 1 <= len(before) <= 3 or before.startswith("0"):
        return {mark}, False
    return set(), True


def number(text: str, decimal: str, factor: Decimal = Decimal(1)) -> str | None:
    """A figure times a factor, as landing reads it; None if none with this decimal mark."""
    bare = _SPACES.sub("", text)
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    if bare.endswith("-") and len(bare) > 1:
        bare = "-" + bare[:-1]
    thousands = COMMA if decimal == POINT else POINT
    whole = rf"(?:\d+|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+)"
    if not re.fullmatch(rf"[-+]?{whole}?(?:{re.escape(decimal)}\d*)?", bare) or not any(
        char.isdigit() for char in bare
    ):
        return None
    return plain_number(bare.replace(thousands, "").replace(decimal, POINT), factor)


def sum_of(one: str, other: str) -> str:
    """The sum of two figures as landing reads them; where one is empty or no figure, that one."""
    for text in (one, other):
        if plain_number(text) is None:
            return text
    return plain_number(str(Decimal(one) + Decimal(other))) or ""


def plain_number(text: str, factor: Decimal = Decimal(1)) -> str | None:
    """A number cell of a workbook, times a factor; None where the text is no number."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    if factor != 1:
        value *= factor
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


@functools.lru_cache(1 << 14)
def _days(text: str) -> dict[str, str]:
    """Order of the parts -> the day that a text is in it; empty where it is none."""
    bare = _TIME.sub("", text.strip())
    found: dict[str, str | None] = {}
    if re.fullmatch(r"(19|20|21)\d{6}", bare):
        found = {YMD: _day(bare[:4], bare[4:6], bare[6:])}
    elif re.fullmatch(r"\d{5}", bare):
        if _FIRST_SERIAL <= int(bare) <= _LAST_SERIAL:
            found = {SERIAL: (_EPOCH + dt.timedelta(days=int(bare))).isoformat()}
    elif (match := _PARTS.fullmatch(bare)) is None:
        found = dict.fromkeys((YMD, DMY, MDY), _named_day(bare))
    else:
        first, mark, second, third = match.groups()
        if len(first) == 4:
            found = {YMD: _day(first, second, third)}
        elif len(first) <= 2 and len(third) in (2, 4):
            found = {DMY: _day(third, second, first)}
            # Nobody writes the month first with points.
            if mark != POINT:
                found[MDY] = _day(third, first, second)
    return {order: day for order, day in found.items() if day}


def day_orders(text: str) -> set[str]:
    """The orders in which a text is a day; empty where it is none."""
    return set(_days(text))


def day(text: str, order: str) -> str | None:
    """A day as YYYY-MM-DD; None where the text is none in this order."""
    # One that begins with its year, or names its month, is read in one way.
    return _days(text).get(order) or _days(text).get(YMD)


def month(text: str, order: str = DMY) -> str | None:
    """A month as YYYY-MM, of a month or of a day in it; None where the text is neither."""
    bare = text.strip()
    if match := re.fullmatch(r"((?:19|20|21)\d\d)\s*[-./ M]?\s*(\d{1,2})", bare):
        return _month(match[1], match[2])
    if match := re.fullmatch(r"(\d{1,2})\s*[-./ ]\s*((?:19|20|21)\d\d)", bare):
        return _month(match[2], match[1])
    words = re.fullmatch(r"([^\W\d]+)\.?[\s\-/'\u2019]*(\d{4}|\d{2})", bare) or re.fullmatch(
        r"(\d{4})[\s\-/]*([^\W\d]+)\.?", bare
    )
    if words:
        year, name = (words[2], words[1]) if not words[1].isdigit() else (words[1], words[2])
        if number_ := month_numbers().get(normal(name)):
            return _month(year, str(number_))
    found = day(bare, order)
    return found[:7] if found else None


def _month(year: str, number_: str) -> str | None:
    if not 1 <= int(number_) <= 12:
        return None
    return f"{_year(year)}-{int(number_):02d}"


def _named_day(text: str) -> str | None:
    """A day with the name of its month: 3. März 2026, Apr 3, 2026, 03-APR-26."""
    words = [word for word in re.split(r"[\s,.\-/]+", text) if word]
    words = [word for word in words if normal(word) not in ("de", "of", "del", "den")]
    if len(words) != 3:
        return None
    names = [at for at, word in enumerate(words) if normal(word) in month_numbers()]
    if len(names) != 1:
        return None
    number_ = month_numbers()[normal(words.pop(names[0]))]
    if not all(re.fullmatch(r"\d{1,4}(?:st|nd|rd|th|er)?", word) for word in words):
        return None
    numbers = [re.sub(r"\D", "", word) for word in words]
    first, second = numbers if len(numbers[0]) < 4 else reversed(numbers)
    return _day(second, str(number_), first)


def _day(year: str, month_: str, day_: str) -> str | None:
    if len(year) not in (2, 4):
        return None
    try:
        return dt.date(_year(year), int(month_), int(day_)).isoformat()
    except ValueError:
        return None


def _year(text: str) -> int:
    """A year; of two digits one of this century."""
    return int(text) if len(text) == 4 else 2000 + int(text)
