"""Lists of parts in a file, of which each is asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError

COLUMNS = ("part_id", "product_code", "destination", "end_use", "contains", "without")
_REQUIRED = "product_code"
_MOST_ROWS_ABOVE = 30

PartRow = tuple[int, dict[str, str]]


def read_parts(path: Path) -> list[PartRow]:
    """The parts of a workbook or text, each with its line and what is said of it by column.

    Raises ChokepointError for what is no table, without a column of codes, or without parts.
    """
    from chokepoint.landing.intake.sheets import read_book
    from chokepoint.landing.intake.words import column_words, normal

    words = column_words("part_list", COLUMNS)
    first_names: list[str] = []
    for sheet in read_book(path).sheets:
        for position, (_, cells) in enumerate(sheet.rows[:_MOST_ROWS_ABOVE]):
            names = [words.get(normal(cell.text), "") for cell in cells]
            first_names = first_names or [cell.text for cell in cells if cell.text]
            if _REQUIRED in names:
                if twice := next((name for name in names if name and names.count(name) > 1), ""):
                    raise ChokepointError(
                        f"{path}: two columns are named as {twice}.", "keep one of them."
                    )
                parts = [
                    (number, {
                        name: cell.text.strip()
                        for name, cell in zip(names, row, strict=False)
                        if name and cell.text.strip()
                    })
                    for number, row in sheet.rows[position + 1 :]
                ]  # fmt: skip
                if parts := [part for part in parts if part[1]]:
                    return parts
                raise ChokepointError(f"{path} has no part below its header.", "add a row.")
    raise ChokepointError(
        f"{path} has no column of customs codes; its first row has {', '.join(first_names)[:200]}.",
        f"name the columns {', '.join(COLUMNS)}; of these product_code must be there.",
    )


def load_parts(con: Any, parts: list[PartRow]) -> None:
    """Put the parts into the temporary table `part_list` of a connection to the published file.

    Countries by their names in the languages of `chokepoint import` get their codes.
    """
    from chokepoint.landing.intake.words import countries, normal

    places = con.execute(
        "select country_iso2, country_iso3 from marts.dim_country where country_iso2 is not null"
    ).fetchall()
    codes = countries(tuple(places))
    for _, said in parts:
        if place := said.get("destination"):
            said["destination"] = codes.get(normal(place), place)
    columns = ", ".join(f"unnest(?::varchar[]) as {name}" for name in COLUMNS)
    con.execute(
        f"create or replace temp table part_list as select unnest(?::bigint[]) as line_number,"
        f" {columns}",
        [
            [number for number, _ in parts],
            *([said.get(name) for _, said in parts] for name in COLUMNS),
        ],
    )
