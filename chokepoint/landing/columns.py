"""Kinds of columns that contracts share, and SQL about cells and places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from chokepoint.landing.contracts import Check, Column


def names(listed: str) -> tuple[str, ...]:
    """Names of columns, parted by a comma and a blank."""
    return tuple(listed.split(", "))


def given(listed: str) -> tuple[tuple[str, str], ...]:
    """Values that land as they are: the column and the producer's name of it, then the next two."""
    pairs = (pair.split(" ", 1) for pair in listed.split(", "))
    return tuple((column, f'"{named}"') for column, named in pairs)


def columns(said: str) -> tuple[Column, ...]:
    """Columns, parted by a comma and a blank."""
    return tuple(map(column, said.split(", ")))


def column(said: str) -> Column:
    """A column by its name, its kind (text if none, or a type) and what that takes; it may be empty
    where a question mark stands at the end: `quantity amount decimal(28,6) positive?`."""
    name, *words = said.removesuffix("?").split()
    kind, *more = words or ["text"]
    made = _KINDS[kind](name, *more) if kind in _KINDS else Column(name, kind)
    return replace(made, nullable=said.endswith("?"))


def text(name: str) -> Column:
    """Any text that is not empty."""
    return Column(name, "varchar")


def one_of(name: str, *values: str) -> Column:
    allowed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return Column(name, "varchar", allowed=values).must(
        f'"{name}" in ({allowed})',
        "not one of the texts this column may hold",
        f"Use one of: {', '.join(values)}.",
    )


def year(name: str) -> Column:
    """A calendar year from 1900 to the year in which the delivery was known."""
    return Column(name, "integer").must(
        f'"{name}" between 1900 and year(known_on())',
        "not a calendar year from 1900 to the year of the delivery",
        "Write the year with four digits.",
    )


def month(name: str) -> Column:
    """A month as YYYY-MM, not after the month in which the delivery was known."""
    return text(name).must(
        rf"""regexp_full_match("{name}", '(19|20)\d\d-(0[1-9]|1[0-2])')"""
        f""" and "{name}" <= strftime(known_on(), '%Y-%m')""",
        "not a month from 1900-01 to the month of the delivery",
        "Write the month as YYYY-MM.",
    )


def identifier(name: str) -> Column:
    """A name of the user's own: letters, digits and a few signs, no blanks at either end."""
    return text(name).must(
        rf"""regexp_full_match("{name}", '[^\s|](?:[^|]{{0,98}}[^\s|])?')""",
        "not an identifier: blanks at an end, a bar (|), or longer than 100 characters",
        "Use the name under which your other tables know it, without bars.",
    )


def country(name: str, *checks: Check, alpha: int = 3) -> Column:
    """An ISO 3166 alpha-3 code, or another that the reference lists explain."""
    return Column(name, "varchar", checks=checks).must(
        f'is_known_code("{name}")',
        "unknown country or partner code",
        f"Use the ISO 3166 alpha-{alpha} code; if the producer uses a code of its own, explain it "
        "in seeds/reference/partner_codes.csv.",
    )


# The same with alpha-2 codes, for contracts with `has_alpha2_codes`.
country_alpha2 = partial(country, alpha=2)


def place_sql(column: str) -> str:
    """SQL for the code of a place by its name; the name itself where no list knows it."""
    name = f"lower(strip_accents(trim({column})))"
    return f"coalesce(place_code({name}), {column})"


def known_place(column: str) -> Check:
    """What `place_sql` leaves a name: codes have no small letters and no spaces."""
    return Check(
        f"not regexp_matches(\"{column}\", '[a-z ]')",
        "a name of a place that no list knows",
        "Add the name with its code to seeds/reference/place_names.csv, then land the file again.",
    )


def is_missing(column: str) -> str:
    """SQL that is true for a cell that says in the producers' ways that there is no figure."""
    marks = ("", "..", "...", "…", "-", "\u2013", "n.a.", "na", "nan", "#n/a")
    listed = ", ".join(f"'{mark}'" for mark in marks)
    return f"coalesce(lower(trim({column})), '') in ({listed})"


def hs6(name: str) -> Column:
    """Six digits in one of the chapters 01 to 97; chapter 77 does not exist."""
    return _product_code(name, 6, "97")


def cn8(name: str) -> Column:
    """Eight digits of the Combined Nomenclature, chapters 98 and 99 included."""
    return _product_code(name, 8, "99")


def amount(name: str, duckdb_type: str = "decimal(18,3)", sign: str = "") -> Column:
    """A quantity, value or price: never negative; never zero either where `sign` is positive."""
    return Column(name, duckdb_type).must(
        f'"{name}" > 0' if sign else f'"{name}" >= 0',
        "not above zero" if sign else "negative value",
        "Correct the figure at the source; leave the row out if it is a correction entry.",
    )


def fraction(name: str, duckdb_type: str = "decimal(9,6)", if_unknown: str = "") -> Column:
    """A share between 0 and 1, both included."""
    return Column(name, duckdb_type).must(
        f'"{name}" between 0 and 1',
        "not a share between 0 and 1",
        f"Write shares as fractions of one, not as percentages{if_unknown}.",
    )


def _product_code(name: str, digits: int, last_chapter: str) -> Column:
    return text(name).must(
        rf"""regexp_full_match("{name}", '\d{{{digits}}}')"""
        f""" and left("{name}", 2) between '01' and '{last_chapter}'"""
        f""" and left("{name}", 2) <> '77'""",
        f"not a product code of {digits} digits in an existing chapter",
        f"Write all {digits} digits as text and keep leading zeros (spreadsheets drop them).",
    )


_KINDS: dict[str, Callable[..., Column]] = {
    "text": text, "one_of": one_of, "year": year, "month": month, "identifier": identifier,
    "country": country, "country2": country_alpha2, "hs6": hs6, "cn8": cn8, "amount": amount,
    "fraction": fraction, "share": partial(fraction, if_unknown="; leave unknown ones empty"),
}  # fmt: skip
