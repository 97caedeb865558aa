"""What the columns and values of our tables are called in seven languages, parted by bars in
`words.csv`. Table `*` is any; a row without a column names the table, without a value the column.
`(empty)` says that there is nothing yet. No table has `total` (rows of sums), `part_of_stock` (what
is free or left), `monthly_use` (beside stock), `not_read` (sheets), `yes_no` and `mass` (values of
several columns)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from chokepoint.landing.files.delivery import read_table

ANY = "*"
EMPTY_VALUE = "(empty)"
LANGUAGES = ("en", "de", "fr", "nl", "it", "pl", "es")
# What people write where there is no figure.
MARKS = frozenset(("", "-", "\u2013", "\u2014", "?"))
NOTHING = frozenset(
    ("", "-", "\u2013", "\u2014", "?", "n a", "na", "n v", "k a", "#n a", "nan", "null")
)

_CURRENCIES = {
    "$": "usd", "us$": "usd", "usd": "usd", "dollar": "usd", "€": "eur", "eur": "eur",
    "euro": "eur", "£": "gbp", "gbp": "gbp", "¥": "cny", "cny": "cny", "rmb": "cny", "chf": "chf",
    "pln": "pln", "zł": "pln", "jpy": "jpy",
}  # fmt: skip
CURRENCIES = frozenset(_CURRENCIES.values())


@functools.lru_cache(1 << 14)
def normal(text: str) -> str:
    """A text as words are compared: no case, accents, punctuation or needless blanks."""
    apart = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    # Materialnr. is Materialnummer.
    whole = re.sub(r"(?<=[a-z])nr\b", "nummer", bare.casefold())
    return " ".join(re.sub(r"[^\w#]+|_", " ", whole).split())


@functools.cache
def _rows() -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """Table, column, value and normalised words of each row."""
    return tuple(
        (
            row["table"], row["column"], row["value"],
            tuple(normal(word) for name in LANGUAGES for word in row[name].split("|")),
        )
        for row in read_table(Path(__file__).with_name("words.csv"))
    )  # fmt: skip


@functools.cache
def table_words() -> Mapping[str, frozenset[str]]:
    """Table -> what people call it."""
    return {
        table: frozenset((*words, normal(table)))
        for table, column, _, words in _rows()
        if not column
    }


@functools.cache
def column_words(table: str, columns: tuple[str, ...]) -> Mapping[str, str]:
    """Word -> the column of a table; a table's own words before those of any table."""
    found: dict[str, str] = {}
    for of in (ANY, table):
        for known, column, value, words in _rows():
            if known == of and not value and column in columns:
                found.update(dict.fromkeys(filter(None, words), column))
    return found | {normal(column): column for column in columns}


@functools.cache
def value_words(table: str, column: str) -> Mapping[str, str]:
    """Word -> the value of a column."""
    found: dict[str, str] = {}
    for of in (ANY, table):
        for known, name, value, words in _rows():
            if known == of and name == column and value:
                found.update(dict.fromkeys(filter(None, words), value))
                if value != EMPTY_VALUE:
                    found[normal(value)] = value
    return found


@functools.cache
def words_of(column: str) -> frozenset[str]:
    """The words of a column that stands in no table."""
    return frozenset(
        word for known, name, _, words in _rows() if known == ANY and name == column
        for word in words if word
    )  # fmt: skip


def known_words_in(text: str) -> int:
    """Number of known words in the first lines of a text; greatest with the right encoding."""
    cells = re.split(r"[;,\t|\n]", "\n".join(text.splitlines()[:50]))
    known = {word for *_, words in _rows() for word in words if word}
    return sum(normal(split_unit(cell.strip('" '))[0]) in known for cell in cells)


@functools.lru_cache(1 << 14)
def is_nothing(text: str) -> bool:
    return text.strip() in NOTHING or normal(text) in NOTHING


def split_unit(header: str) -> tuple[str, str]:
    """A header, and the unit in it as it is written: `Bestand (kg)`, `Menge in t`, `Wert EUR`."""
    bracketed = re.fullmatch(r"(.*?)\s*[(\[]([^)\]]{1,20})[)\]]\s*\**", header)
    if bracketed and unit_of(bracketed[2]):
        return bracketed[1], bracketed[2]
    parts = header.rstrip("* ").split()
    if len(parts) > 1 and unit_of(parts[-1]):
        rest = parts[:-1]
        if len(rest) > 1 and normal(rest[-1]) in ("in", "en", "w"):
            rest.pop()
        return " ".join(rest), parts[-1]
    return header, ""


def unit_of(text: str) -> str:
    """What a unit is: pieces, gross_kg, content_kg, kg, t, g, %, a currency; '' if none."""
    bare = text.strip().strip("[]()").strip()
    if bare == "%" or normal(bare) in ("percent", "prozent", "pct"):
        return "%"
    # Of `EUR/day` the currency is what counts.
    if currency := _CURRENCIES.get(bare.partition("/")[0].strip().casefold()):
        return currency
    word = normal(bare)
    return value_words(ANY, "quantity_basis").get(word) or value_words(ANY, "mass").get(word, "")


@functools.cache
def countries(places: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Name in seven languages, or code, of a country -> its ISO 3166 alpha-3 code. `places`:
    alpha-2 codes and other names, each with that code."""
    from babel import Locale

    found: dict[str, str] = {}
    names = {language: Locale(language).territories for language in LANGUAGES}
    for place, alpha3 in places:
        for language in LANGUAGES:
            if name := names[language].get(place):
                found.setdefault(normal(name), alpha3)
        found[normal(place)] = found[alpha3.casefold()] = alpha3
    # Two states, of which each calls itself so.
    for name in ("congo", "kongo"):
        found.pop(name, None)
    return found


@functools.cache
def month_numbers() -> Mapping[str, int]:
    """Name of a month, whole or short, in seven languages -> its number."""
    from babel import Locale

    found: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale(language).months
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[use][width].items():
                    word = normal(name)
                    if not word.isdigit():
                        # "mar" is March in six languages and Tuesday in none.
                        found.setdefault(word, number)
    return found
