"""How one file is read: which sheet is which table, which header which column, in what notation.
Made by `understanding.py`, kept by `saved.py` for later files; `write_csv` writes what landing
reads, each row beside its place."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from chokepoint.errors import ChokepointError, listed, shortened
from chokepoint.landing.contracts import Column, ProducerFormat, SourceContract, Table
from chokepoint.landing.files.tables import NOT_ENDED, PlacedRow, write_copy
from chokepoint.landing.files.workbooks import EMPTY, Cell
from chokepoint.landing.intake import figures, words
from chokepoint.landing.intake.sheets import Book, Sheet, read_book
from chokepoint.landing.refusals import Fault, refused, refused_for

# Titles and notes that may stand above the header.
MOST_ABOVE = 50
ADD_UP, KEEP = "add up", "keep out"
NUMBER, DAY, MONTH, COUNTRY, TEXT = "number", "day", "month", "country", "text"
_LOOKS_PLAIN = re.compile(r"[-+]?[\d.]+")
# Columns that name things: a number in powers of ten has lost its digits there.
_IDENTIFIERS = ("_id", "_code")
_LOST = "a number in powers of ten, of over 15 digits, or a date: the digits of the name are lost"
_AS_TEXT = "Format the column as text in the spreadsheet, enter the names again, and import that."
# Of what `saved.py` reads: a word that is not known is a fault.
_STRICT: Any = {"extra": "forbid"}


@dataclass(frozen=True)
class Rule:
    """Where a column of a table comes from, and how it is read.

    header       it is read from; '' where it is the same in every row
    value        what every row has; None where it is read
    decimal      mark of the decimals in figures that are text
    unit         that may stand beside a figure in its cell; any other makes it none
    factor       what figures are multiplied by: 1000 for tonnes in kg
    factor_from  header of the column of units, where each row has its own
    factors      unit as written -> factor
    order        of the parts of a day: dmy, mdy, ymd, or serial
    values       text of a cell -> value, for columns with a short list of values
    """

    __pydantic_config__ = _STRICT
    header: str = ""
    value: str | None = None
    decimal: str = ""
    unit: str = ""
    factor: str = "1"
    factor_from: str = ""
    factors: dict[str, str] = field(default_factory=dict)
    order: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetMapping:
    """One sheet: its table ('': not read) and columns. `months`: header -> month, of a column each;
    `repeats`: 'add up' or 'keep' rows that differ in the quantity alone ('': none do);
    `header_rows` name the columns together."""

    __pydantic_config__ = _STRICT
    sheet: str
    table: str = ""
    months: dict[str, str] = field(default_factory=dict)
    header_rows: int = 1
    repeats: str = ""
    columns: dict[str, Rule] = field(default_factory=dict)

    @property
    def used_headers(self) -> tuple[str, ...]:
        named = (name for rule in self.columns.values() for name in (rule.header, rule.factor_from))
        return tuple(dict.fromkeys([*filter(None, named), *self.months]))


@dataclass(frozen=True)
class FileMapping:
    """A whole file; for a text with its encoding and delimiter."""

    __pydantic_config__ = _STRICT
    file: str
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[SheetMapping, ...] = ()

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys(sheet.table for sheet in self.sheets if sheet.table))

    def form(self, contract: SourceContract, own_codes: tuple[tuple[str, str], ...]) -> MappedForm:
        """The format in which a file delivers one table."""
        return MappedForm(
            name=f"the mapping of {self.file}",
            documentation="docs/using/import.md",
            file_name=".*",
            columns=contract.column_names,
            values=tuple((name, f'"{name}"') for name in contract.column_names),
            table=Table(),
            mapping=self,
            contract=contract,
            places=own_codes,
        )


@dataclass(frozen=True)
class MappedForm(ProducerFormat):
    """A firm's own layout, as a mapping says it; with alpha-2 and alpha-3 codes of countries."""

    mapping: FileMapping | None = None
    contract: SourceContract | None = field(default=None, repr=False)
    places: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def write_csv(self, path: Path, target: Path) -> list[str]:
        """Write the rows of all sheets of the table; returns doubts. As `write_table_as_csv`."""
        assert self.mapping is not None
        assert self.contract is not None
        book = read_book(path, encoding=self.mapping.encoding, delimiter=self.mapping.delimiter)
        rows = (
            PlacedRow(
                [sheet.name, *(one.values.get(name, "") for name in self.contract.column_names)],
                one.row,
                sheet.name,
                f"{sheet.name}, line {one.row}" if sheet.name else f"line {one.row}",
            )
            for sheet, mapping in matched(book, self.mapping)
            if mapping.table == self.contract.source_id
            for one in read_rows(book, sheet, mapping, self.contract, self.places).rows
        )
        write_copy(rows, target)
        return [] if book.is_ended else [NOT_ENDED]


class MappedRow(NamedTuple):
    """A row: its number in the sheet, and column -> text as landing reads it."""

    row: int
    values: dict[str, str]


@dataclass
class SheetRows:
    """The rows of a sheet, those left out with the reason, and how many cells hold no figure."""

    rows: list[MappedRow] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    unknown: int = 0


def kind_of(column: Column) -> str:
    if column.duckdb_type == "date":
        return DAY
    if column.duckdb_type.startswith(("decimal", "integer", "bigint", "double")):
        return NUMBER
    if column.name == "period":
        return MONTH
    return COUNTRY if column.name.endswith("_iso3") else TEXT


def named(cells: Sequence[Cell], above: Sequence[Cell] = ()) -> list[str]:
    """The names of columns, each once; with the name above where a header has two rows."""
    found: list[str] = []
    for at, cell in enumerate(cells):
        title = above[at].text if at < len(above) else ""
        text = " ".join(filter(None, (title if title != cell.text else "", cell.text)))
        name, number = text, 2
        while text and name in found:
            name, number = f"{text} ({number})", number + 1
        found.append(name)
    return found


def header_of(sheet: Sheet, mapping: SheetMapping) -> tuple[int, list[str]] | None:
    """The number of the row that has all headers of a mapping, and the names in it."""
    wanted = set(mapping.used_headers)
    for index, (number, cells) in enumerate(sheet.rows[:MOST_ABOVE]):
        above = sheet.rows[index - 1][1] if mapping.header_rows > 1 and index else ()
        names = named(cells, above)
        if wanted <= set(names):
            return number, names
    return None


def matched(book: Book, mapping: FileMapping) -> Iterator[tuple[Sheet, SheetMapping]]:
    """The sheets of a file that a mapping reads, by name or, if renamed, by headers;
    ChokepointError names the sheet and headers that are lacking."""
    taken: set[str] = set()
    for one in mapping.sheets:
        if not one.table:
            continue
        sheet = book.sheet(one.sheet)
        if sheet is None:
            fitting = [
                other for other in book.sheets
                if other.name not in taken and header_of(other, one)
                and not any(known.sheet == other.name for known in mapping.sheets)
            ]  # fmt: skip
            sheet = fitting[0] if len(fitting) == 1 else None
        if sheet is None:
            raise ChokepointError(
                f"{book.path}: the mapping of {mapping.file} is for another file: it reads a "
                f"sheet {one.sheet!r}, and here are "
                + (listed(s.name for s in book.sheets) or "none"),
                "import it without --mapping, and it is looked at anew.",
            )
        if header_of(sheet, one) is None:
            wanted = one.used_headers
            rows = [set(named(cells)) for _, cells in sheet.rows[:MOST_ABOVE]]
            best = max(rows, key=lambda names: len(names & set(wanted)), default=set())
            where = f"sheet {sheet.name!r}" if sheet.name else "its first rows"
            raise ChokepointError(
                f"{book.path}, {where}: the mapping of {mapping.file} is for another file: no row "
                f"names {listed(repr(name) for name in wanted if name not in best)}",
                "import it without --mapping, and it is looked at anew.",
            )
        taken.add(sheet.name)
        yield sheet, one


def read_rows(
    book: Book,
    sheet: Sheet,
    mapping: SheetMapping,
    contract: SourceContract,
    places: tuple[tuple[str, str], ...],
) -> SheetRows:
    """The rows of a sheet as landing reads them; what is no figure, day or country stays as it is
    and is named there. DeliveryRefusedError for a name that a spreadsheet made a number."""
    found = header_of(sheet, mapping)
    assert found is not None
    header_row, names = found
    _check_whole(book, sheet, len(names))
    position = {name: at for at, name in enumerate(names) if name}
    keys = [
        rule.header for name, rule in mapping.columns.items()
        if name in contract.key and rule.header
    ]  # fmt: skip
    columns = [(contract.column(name), rule) for name, rule in mapping.columns.items()]
    known = words.column_words(contract.source_id, contract.column_names)
    result = SheetRows()
    faults: list[Fault] = []
    for number, cells in sheet.rows:
        if number <= header_row:
            continue
        if _is_another_header(cells, names, known):
            raise refused(
                book.path,
                f"{f'{sheet.name}, ' if sheet.name else ''}line {number} looks like the header of "
                f"another table ({listed(cell.text for cell in cells if cell.text)})",
                "Put each table on a sheet of its own, or into a file of its own.",
            )
        row = {name: _at(cells, at) for name, at in position.items()}
        reason = _no_row(cells, row, keys, mapping)
        if reason is not None:
            if reason:
                result.left_out[number] = reason
            continue
        values: dict[str, str] = {}
        for column, rule in columns:
            if not rule.header:
                values[column.name] = rule.value or ""
                continue
            cell = row[rule.header]
            if _has_lost_digits(cell, column.name):
                faults.append(
                    Fault(number, rule.header, cell.text, _LOST, _AS_TEXT, None, sheet.name or None)
                )
            unit = row.get(rule.factor_from, EMPTY).text
            value = values[column.name] = convert(cell, rule, column, places, unit)
            result.unknown += (bool(cell.text) or cell.kind == "error") and not value
        of_months = _of_months(row, mapping, contract, places) if mapping.months else [{}]
        result.rows += [MappedRow(number, {**values, **one}) for one in of_months]
    if faults:
        raise refused_for(faults, book.path.name, f"{book.path}: names have lost their digits")
    if mapping.repeats == ADD_UP:
        result.rows = added_up(result.rows, contract)
    return result


def _of_months(
    row: dict[str, Cell],
    mapping: SheetMapping,
    contract: SourceContract,
    places: tuple[tuple[str, str], ...],
) -> list[dict[str, str]]:
    """Period and quantity of each month whose column says something."""
    figure = mapping.columns["quantity"]
    unit, column = row.get(figure.factor_from, EMPTY).text, contract.column("quantity")
    return [
        {"period": period, "quantity": convert(row[header], figure, column, places, unit)}
        for header, period in mapping.months.items()
        if row[header].text
    ]


def _check_whole(book: Book, sheet: Sheet, width: int) -> None:
    """Refuse a text whose last row is shorter than the header and the rows before it."""
    number, cells = sheet.rows[-1]
    if (
        not sheet.name
        and not book.is_ended
        and len(cells) < width
        and sum(bool(cell.text) for cell in cells) > 1
        and all(len(row) >= width for _, row in sheet.rows[-6:-1])
    ):
        raise refused(
            book.path,
            f"the last row has {len(cells)} fields and the header {width}, so the file is cut off",
            "Export the file again.",
            line=number,
        )


def _has_lost_digits(cell: Cell, column: str) -> bool:
    """Whether a spreadsheet has made a number or a day of the name of a thing."""
    is_changed = (
        cell.is_shortened or cell.kind == "day" or figures.SCIENTIFIC.fullmatch(cell.text.strip())
    )
    return bool(is_changed) and column.endswith(_IDENTIFIERS)


def key_of(row: MappedRow, contract: SourceContract) -> tuple[str, ...]:
    return tuple(row.values.get(name, "") for name in contract.key)


def added_up(rows: list[MappedRow], contract: SourceContract) -> list[MappedRow]:
    """Rows of one key as one, with the sum of their quantities; unknown where one is unknown."""
    found: dict[tuple[str, ...], MappedRow] = {}
    for row in rows:
        key = key_of(row, contract)
        if before := found.get(key):
            total = figures.sum_of(before.values["quantity"], row.values["quantity"])
            row = MappedRow(before.row, {**before.values, "quantity": total})
        found[key] = row
    return list(found.values())


def _is_another_header(cells: Sequence[Cell], names: list[str], known: Mapping[str, str]) -> bool:
    """Whether a row names columns of a table, and not those of this one again."""
    texts = [cell.text for cell in cells if cell.text]
    if len(texts) < 3 or any(cell.kind != "text" for cell in cells if cell.text):
        return False
    if set(texts) <= set(names):
        return False
    found = {known.get(words.normal(words.split_unit(text)[0])) for text in texts} - {None}
    return len(found) >= 2 and len(found) * 2 >= len(texts)


def _no_row(
    cells: Sequence[Cell], row: dict[str, Cell], keys: list[str], mapping: SheetMapping
) -> str | None:
    """Why a line is no row of these key columns, '' for an empty one; None where it is one."""
    filled = [cell for cell in cells if cell.text]
    if not filled:
        return ""
    if not any(row[name].text for name in mapping.used_headers):
        return "nothing in the columns that are read"
    if len(filled) > 1 and all(cell.text in ("", name) for name, cell in row.items()):
        return "the header again"
    key_texts = [row[name].text for name in keys]
    sums = [text for text in (filled[0].text, *key_texts) if _is_total(text)]
    if sums and (sums[0] != filled[0].text or not all(key_texts) or any(map(_is_total, key_texts))):
        return f"a sum ({shortened(sums[0], 30)!r})"
    if len(filled) == 1 and len(mapping.used_headers) > 2 and filled[0].kind == "text":
        return f"a note ({shortened(filled[0].text, 60)!r})"
    return None


@functools.lru_cache(1 << 14)
def _is_total(text: str) -> bool:
    word = words.normal(text)
    return any(word == total or word.startswith(f"{total} ") for total in words.words_of("total"))


def _at(cells: Sequence[Cell], position: int | None) -> Cell:
    return cells[position] if position is not None and position < len(cells) else EMPTY


def convert(
    cell: Cell, rule: Rule, column: Column, places: tuple[tuple[str, str], ...], unit: str = ""
) -> str:
    """A cell, with its row's unit, as landing reads its column; empty where there is nothing."""
    text = cell.text.strip()
    if (mapped := rule.values.get(text)) is not None:
        return "" if mapped == words.EMPTY_VALUE else mapped
    kind = kind_of(column)
    # NA is Namibia, and may be a part.
    is_free = kind in (COUNTRY, TEXT)
    if cell.kind == "text" and (text in words.MARKS if is_free else words.is_nothing(text)):
        return ""
    if kind == NUMBER:
        factor = Decimal(rule.factor) * Decimal(rule.factors.get(unit, "1"))
        if cell.kind == "day":
            return f"{text} (a date or time)"
        if cell.kind != "text":
            return figures.plain_number(text, factor) or text
        bare, beside = figures.split_figure(text)
        if beside and words.unit_of(beside) == "%" and "share" in column.name:
            factor = factor / 100 if rule.factor == "1" else factor
        elif beside and (not rule.unit or words.unit_of(beside) != rule.unit):
            # `ca. 50`, `5 Mio`, tonnes among kilograms: landing names it.
            return text
        read = figures.number(bare, rule.decimal or figures.POINT, factor)
        # Landing would take a point for a decimal mark.
        return read or (f"{text} (in another notation)" if _LOOKS_PLAIN.fullmatch(text) else text)
    if kind == DAY:
        return figures.day(text, rule.order or figures.YMD) or text
    if kind == MONTH:
        return figures.month(text, rule.order or figures.DMY) or text
    if kind == COUNTRY:
        return words.countries(places).get(words.normal(text), text)
    if column.name == "product_code":
        return text.replace(".", "").replace(" ", "")
    return text


def misfit(book: Book, mapping: FileMapping, contracts: Mapping[str, SourceContract]) -> str | None:
    """Why a mapping does not tell how to read a file with its headers (it may now have decimals, or
    days with the month in figures); None where it does."""
    for sheet, one in matched(book, mapping):
        found = header_of(sheet, one)
        assert found is not None
        position = {name: at for at, name in enumerate(found[1])}
        contract = contracts[one.table]
        for name, rule in one.columns.items():
            column = contract.column(name)
            of_months = name == "quantity" and one.months
            for header in of_months or filter(None, [rule.header]):
                for number, cells in sheet.rows:
                    cell = _at(cells, position[header])
                    if number > found[0] and _needs_more(cell, rule, column):
                        where = f"{sheet.name}, line {number}" if sheet.name else f"line {number}"
                        return f"{where}, {header!r}: {shortened(cell.text)!r}"
        if "quantity" in contract.column_names and not one.repeats:
            rows = read_rows(book, sheet, one, contract, ()).rows
            if again := repeated(rows, contract):
                return f"rows that differ in nothing but the quantity, as line {again.row}"
    return None


def repeated(rows: list[MappedRow], contract: SourceContract) -> MappedRow | None:
    """The first row whose key another row before it has; None where there is none, or where the
    quantity is no figure of the key alone."""
    if contract.source_id not in ("exposure_stock_positions", "exposure_consumption"):
        return None
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        key = key_of(row, contract)
        if key in seen:
            return row
        seen.add(key)
    return None


def _needs_more(cell: Cell, rule: Rule, column: Column) -> bool:
    """Whether a cell has a notation, or a word of a short list, that the rule says nothing of."""
    text, kind = cell.text.strip(), kind_of(column)
    if column.allowed and text not in words.MARKS:
        return text not in column.allowed and text not in rule.values
    if cell.kind != "text":
        return False
    if kind == NUMBER:
        marks, is_doubtful = figures.decimal_marks(figures.split_figure(cell.text)[0])
        return bool(marks - {rule.decimal}) or (is_doubtful and not rule.decimal)
    if kind == DAY:
        orders = figures.day_orders(cell.text)
        return bool(orders) and figures.YMD not in orders and rule.order not in orders
    return False
