"""The sheet of own cases for an authority: numbers of applications and chosen fields. Texts are
texts, whatever they begin with; the file says nothing of its writer, time and place."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.reading.connection import connect_published
from chokepoint.releases.csv_cells import csv_text, safe_cell
from chokepoint.releases.relations import quote

if TYPE_CHECKING:
    from chokepoint.settings import Settings

FORMATS = ("xlsx", "csv", "md")
RELATION = "fct_case_priorities"
NUMBER = "application_id"
# What no authority is told: whose the row is.
_NEVER = ("data_origin",)
# Control characters are no part of a word, and no cell of a workbook may hold them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PROPERTIES = re.compile(rb"<(?:Override|Relationship)\b[^>]*docProps/[^>]*/>")
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class CaseSheet:
    """The rows that leave the house: columns (application_id, then the fields), values (text,
    number, day, truth or None), and how many open cases have no application number."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    left_out: int


def read_sheet(
    settings: Settings,
    fields: Sequence[str],
    format_: str,
    *,
    authority: str | None = None,
    cases: Sequence[str] = (),
) -> CaseSheet:
    """The own open cases of an authority (None: of the only one), by rank, from the private copy:
    all, or these cases or applications. `fields`: columns of marts.fct_case_priorities; `format_`:
    CSV marks what a spreadsheet would run. ChokepointError for an unknown field or case, several
    authorities, no case, or no private copy."""
    chosen = tuple(dict.fromkeys(fields))
    own = _own_cases(settings, chosen)
    named = [row for row in own if not cases or set(row[1:3]) & set(cases)]
    authorities = sorted({row[0] for row in named if row[0] is not None})
    if authority is None and len(authorities) > 1:
        raise ChokepointError(
            f"The open cases are of several authorities: {', '.join(authorities)}.",
            "name one with --authority: a sheet holds the cases of one.",
        )
    whose = authorities[0] if authority is None and authorities else authority
    rows = [row[2:] for row in named if row[0] == whose]
    held = {name for row in own if row[0] == whose for name in row[1:3]}
    if strange := [one for one in cases if one not in held]:
        raise ChokepointError(
            f"--cases names {', '.join(strange)}: no open case or application of yours"
            + (f" with the authority {whose!r}." if whose else "."),
            "`chokepoint query a16 --private` lists them.",
        )
    # Two cases of one application with the same fields are one row.
    written = list(
        dict.fromkeys(
            tuple(_as_written(value, format_) for value in row)
            for row in rows
            if row[0] is not None
        )
    )
    if not written:
        raise ChokepointError(
            "None of your own open cases has an application number"
            + (f" and the authority {authority!r}." if authority else "."),
            f"of these authorities there are some: {', '.join(authorities)}."
            if authorities
            else "land licence_applications or shipment_cases (docs/using/cases.md), and build.",
        )
    return CaseSheet((NUMBER, *chosen), written, sum(row[0] is None for row in rows))


def _own_cases(settings: Settings, chosen: Sequence[str]) -> list[tuple[Any, ...]]:
    """Authority, case and application of each own open case, then the columns chosen."""
    with connect_published(settings, private=True) as con:
        found = con.execute(
            "select column_name from duckdb_columns() where schema_name = 'marts'"
            " and table_name = $1 order by column_index",
            [RELATION],
        ).fetchall()
        if not found:
            raise ChokepointError(
                f"{settings.private_path} has no marts.{RELATION}: it was built before there were "
                "cases.",
                "run `make build`.",
            )
        choice = [name for (name,) in found if name not in (*_NEVER, NUMBER)]
        if unknown := [name for name in chosen if name not in choice]:
            raise ChokepointError(
                f"--fields names {', '.join(unknown)}, which a sheet cannot have.",
                f"choose of: {', '.join(choice)}. {NUMBER} is always there.",
            )
        return con.execute(
            f"select {', '.join(map(quote, ('authority', 'case_id', NUMBER, *chosen)))}"
            f" from marts.{RELATION} where data_origin = 'own'"
            " order by case_rank nulls last, case_id nulls last, application_id"
        ).fetchall()


def sheet_bytes(sheet: CaseSheet, format_: str) -> bytes:
    """The file of a sheet; the same rows give the same bytes."""
    if format_ == "csv":
        # The byte order mark tells spreadsheets that it is UTF-8.
        return csv_text(sheet.columns, sheet.rows).encode("utf-8-sig")
    if format_ == "md":
        return _markdown(sheet).encode()
    return _workbook(sheet)


def shown(value: Any) -> str:
    """A value as it will be read: an empty one is empty."""
    return "" if value is None else str(value)


def _as_written(value: Any, format_: str) -> Any:
    if isinstance(value, str):
        value = _CONTROL.sub(" ", value)
        return safe_cell(value) if format_ == "csv" else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _markdown(sheet: CaseSheet) -> str:
    def line(cells: Sequence[Any]) -> str:
        texts = (shown(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
        return f"| {' | '.join(texts)} |"

    rule = f"|{'---|' * len(sheet.columns)}"
    return "\n".join([line(sheet.columns), rule, *map(line, sheet.rows)]) + "\n"


def _workbook(sheet: CaseSheet) -> bytes:
    from openpyxl import Workbook

    workbook = Workbook()
    page = workbook.active
    page.title = "Applications"
    for number, row in enumerate([sheet.columns, *sheet.rows], start=1):
        for place, value in enumerate(row, start=1):
            cell = page.cell(number, place)
            if isinstance(value, str):
                cell.value = value
                # Not a formula, also where somebody edits the cell.
                cell.data_type = "s"
                cell.quotePrefix = True
            elif isinstance(value, dt.date):
                cell.value = value
                cell.number_format = "yyyy-mm-dd"
            else:
                cell.value = value
    made = io.BytesIO()
    workbook.save(made)
    return _without_properties(made.getvalue())


def _without_properties(content: bytes) -> bytes:
    """A workbook without the parts that say by whom, when and with what it was made."""
    bare = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as whole,
        zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as kept,
    ):
        for name in whole.namelist():
            if name.startswith("docProps/"):
                continue
            part = zipfile.ZipInfo(name, date_time=_NO_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(part, _PROPERTIES.sub(b"", whole.read(name)))
    return bare.getvalue()
