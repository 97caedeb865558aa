"""Empty tables to fill in: a header, lists of values, explanations, an example."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import Column, SourceContract
from chokepoint.landing.files.texts import read_rows
from chokepoint.landing.intake.mapping import DAY, MONTH, NUMBER, kind_of
from chokepoint.landing.registry import CONTRACTS, staged_tables
from chokepoint.settings import Settings

if TYPE_CHECKING:
    from openpyxl import Workbook

# Filled in by `chokepoint import` where a table does not say it.
_GIVEN = ("graph_id", "data_origin")
_ROOM = 1000
_EXAMPLE_ROWS = 3
_FORMATS = {DAY: "a day: 2026-11-29", MONTH: "a month: 2026-11", NUMBER: "a number"}


def own_contracts() -> dict[str, SourceContract]:
    """The tables that people keep themselves, by name."""
    return {
        source_id: contract
        for source_id, contract in CONTRACTS.items()
        if contract.kept_by_hand or source_id.startswith("scenario")
    }


def contract_of_table(table: str) -> SourceContract:
    """A table of one's own by its name, whole or its end (stock_positions)."""
    own = own_contracts()
    fitting = [one for one in own if table in (one, one.removeprefix("exposure_"))]
    if len(fitting) != 1:
        raise ChokepointError(
            f"there is no table {table!r} of one's own", f"choose one of: {', '.join(own)}."
        )
    return own[fitting[0]]


def columns_to_fill(contract: SourceContract) -> list[Column]:
    return [column for column in contract.columns if column.name not in _GIVEN]


def as_csv(contract: SourceContract) -> str:
    """The header of a table."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(one.name for one in columns_to_fill(contract))
    return file.getvalue()


def as_workbook(settings: Settings, contract: SourceContract) -> Workbook:
    """A workbook with the table to fill in, explanations of its columns, and an example."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = contract.source_id.removeprefix("exposure_")
    columns = columns_to_fill(contract)
    described = _descriptions(settings.project_dir, contract.source_id)
    bold, must = Font(bold=True), PatternFill("solid", fgColor="FFE9C7")
    for at, column in enumerate(columns, start=1):
        cell = sheet.cell(1, at, column.name)
        cell.font = bold
        if not column.nullable:
            cell.fill = must
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = max(12, len(column.name) + 2)
        # What looks like a number and is a name must stay as it is typed.
        kind = kind_of(column)
        text_format = {DAY: "yyyy-mm-dd", NUMBER: "General"}.get(kind, "@")
        for row in range(2, _ROOM + 2):
            sheet.cell(row, at).number_format = text_format
        if column.allowed:
            rule = DataValidation(
                type="list", formula1=f'"{",".join(column.allowed)}"', allow_blank=column.nullable
            )
            rule.error = f"One of: {', '.join(column.allowed)}"
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{_ROOM + 1}")
    sheet.freeze_panes = "A2"

    told = book.create_sheet("Explanations")
    told.append(["column", "what it holds", "must be filled in", "how it is written"])
    for column in columns:
        told.append(
            [
                column.name,
                described.get(column.name, ""),
                "no" if column.nullable else "yes",
                ", ".join(column.allowed) or _FORMATS.get(kind_of(column), "text"),
            ]
        )
    for letter, width in zip("ABCD", (24, 90, 18, 40), strict=True):
        told.column_dimensions[letter].width = width
    for row in told.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")

    shown = book.create_sheet("Example")
    shown.append([column.name for column in columns])
    for example in _example(settings, contract):
        shown.append([example.get(column.name) or None for column in columns])
    for cell in (*told[1], *shown[1]):
        cell.font = bold
    book.properties.creator = "chokepoint"
    return book


@cache
def _descriptions(project_dir: Path, source_id: str) -> dict[str, str]:
    """Column -> what it holds, as the project's own table says."""
    for table in staged_tables(project_dir, f"name: {source_id}\n"):
        if table["name"] == source_id:
            return {one["name"]: one["description"] for one in table["columns"]}
    return {}


def _example(settings: Settings, contract: SourceContract) -> list[dict[str, Any]]:
    """The first rows of the invented sample that ships with the project."""
    for path in sorted(settings.raw_dir.glob(str(contract.file_pattern))):
        header, *rows = read_rows(path, "utf-8", ",", '"', most=_EXAMPLE_ROWS + 1)
        found = [dict(zip(header, row, strict=True)) for row in rows]
        if found and found[0].get("data_origin") in ("synthetic", "assumption"):
            return found
    return []
