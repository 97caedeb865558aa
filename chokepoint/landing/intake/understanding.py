"""What a firm's file most likely is: tables, columns, notations. What could be read in two ways is
a question; `understand` is called again with the answers until none is open."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain, islice

from chokepoint.errors import ChokepointError, listed
from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.intake import figures, words
from chokepoint.landing.intake.asking import OF_THE_FILE, Known, Understanding
from chokepoint.landing.intake.mapping import (
    ADD_UP,
    KEEP,
    MOST_ABOVE,
    NUMBER,
    FileMapping,
    Rule,
    SheetMapping,
    kind_of,
    named,
    read_rows,
    repeated,
)
from chokepoint.landing.intake.matching import YES_NO, Columns
from chokepoint.landing.intake.sheets import Book

NOT_READ = "not read"


def understand(book: Book, known: Known) -> Understanding:
    """What a file is; ChokepointError where no sheet is a table that is known."""
    found = Understanding(FileMapping(book.path.name, book.encoding, book.delimiter))
    if len(book.encodings) > 1:
        found.guesses.append(
            f"the text is in {book.encoding}, by its words; {' or '.join(book.encodings[1:])} "
            "would read some letters otherwise (--encoding)"
        )
    elif book.encoding not in ("", "utf-8", "utf-8-sig"):
        found.guesses.append(f"the text is in {book.encoding}")
    if book.delimiter not in ("", ","):
        found.guesses.append(f"fields are parted by {book.delimiter!r}")
    if book.hidden:
        found.guesses.append(f"hidden sheets are not read: {listed(book.hidden)}")
    sheets = [_Sheet(book, sheet, known, found).mapped() for sheet in book.sheets if sheet.rows]
    found.mapping = replace(found.mapping, sheets=tuple(chain.from_iterable(sheets)))
    if not found.mapping.tables and not found.questions:
        rows = (cells for sheet in book.sheets for _, cells in sheet.rows[:5])
        texts = (cell.text for cells in rows for cell in cells)
        raise ChokepointError(
            f"{book.path}: no sheet looks like a table that can be imported "
            f"({', '.join(known.contracts)})",
            "name the table with --table, or start from `chokepoint template TABLE`. Found in the "
            "first rows: " + (listed(islice(filter(None, texts), 20)) or "nothing"),
        )
    found.questions = list({one.key: one for one in found.questions}.values())
    return found


class _Sheet(Columns):
    """One sheet while it is being understood."""

    def mapped(self) -> list[SheetMapping]:
        """Its table; of stock perhaps the use beside it, which is another."""
        nothing = [SheetMapping(self.sheet.name)]
        if words.normal(self.sheet.name) in words.words_of("not_read"):
            self.guess("not read: by its name it holds no table")
            return nothing
        candidates = self._candidates()
        if not candidates:
            self.guess("not read: no row names the columns of a table")
            return nothing
        best = max(score for score, _, _ in candidates.values())
        rivals = [one for one, (score, _, _) in candidates.items() if score > best - 0.75]
        table = rivals[0]
        if len(rivals) > 1:
            answer = self.ask(
                "table",
                f"which table is this? Its columns fit {' and '.join(rivals)}.",
                (*rivals, NOT_READ),
            )
            if answer is None or answer == NOT_READ:
                return nothing
            table = answer
        _, index, header_rows = candidates[table]
        self._open(table, index, header_rows)
        if index - header_rows + 1:
            self.guess(f"the header is in line {self.sheet.rows[index][0]}")
        self.guess(f"holds {self.contract.title.lower()} ({table})")
        months = self._months()
        headers = self._headers({*months})
        rules: dict[str, Rule] = {}
        for column in self.contract.columns:
            if not months or column.name not in ("period", "quantity"):
                rules |= self._rule(column, headers)
        if months:
            rules |= self._figure_rules(self.contract.column("quantity"), months, headers)
        made = SheetMapping(self.sheet.name, table, months, header_rows, columns=rules)
        use = self._use_beside(made)
        read = {*made.used_headers, *(use.used_headers if use else ())}
        unread = [name for name in self.cells if name not in read]
        if unread:
            self.guess(f"these columns are not read: {listed(unread)}")
        for name in unread:
            self._ask_of_units(name, rules)
        if nameless := self._nameless():
            self.guess(f"cells below no header are not read: {listed(nameless)}")
        made = replace(made, repeats=self._repeats(made))
        if use is None:
            return [made]
        header = use.columns["quantity"].header
        if made.repeats:
            self.guess(f"{header!r} is not read: which use is that of several rows is not known")
            return [made]
        self.guess(f"{header!r} is the use of the month of that day ({use.table})")
        return [made, use]

    def _use_beside(self, stock: SheetMapping) -> SheetMapping | None:
        """The use of the month, where one column of the stock tells it in the same unit."""
        contract = self.known.contracts.get("exposure_consumption")
        figure = stock.columns.get("quantity")
        headers = [
            name for name in self.cells
            if words.normal(words.split_unit(name)[0]) in words.words_of("monthly_use")
        ]  # fmt: skip
        if stock.table != "exposure_stock_positions" or not (contract and figure and headers):
            return None
        units = {words.unit_of(words.split_unit(name)[1]) for name in (figure.header, *headers)}
        if len(headers) > 1 or len(units - {""}) > 1:
            return None
        (header,) = headers
        day = stock.columns["as_of_date"]
        columns = {
            name: stock.columns[name] for name in contract.column_names if name in stock.columns
        }
        columns["period"] = replace(day, value=day.value and day.value[:7])
        columns["quantity"] = replace(
            figure, header=header, decimal=self._decimal("monthly_use", header),
            unit=self._unit_in_cells(header),
        )  # fmt: skip
        return SheetMapping(
            self.sheet.name, contract.source_id, header_rows=stock.header_rows, columns=columns
        )

    def _candidates(self) -> dict[str, tuple[float, int, int]]:
        """Table -> its likeness, index of the header row and number of its rows; the likeliest
        first."""
        found: dict[str, tuple[float, int, int]] = {}
        title = words.normal(f"{self.sheet.name or self.book.path.stem}")
        heads = [
            (index, rows, named(cells, self.sheet.rows[index - 1][1] if rows == 2 else ()))
            for index, (_, cells) in enumerate(self.sheet.rows[:MOST_ABOVE])
            # Names stand in one row; a row of figures is none.
            if sum(cell.kind == "number" for cell in cells) <= len(cells) / 2
            for rows in ((1, 2) if index else (1,))
        ]
        for table, contract in self.known.contracts.items():
            is_named = any(
                name and re.search(rf"\b{re.escape(name)}\b", title)
                for name in words.table_words().get(table, ())
            )
            likeness = [
                (self._likeness(contract, names), index, rows) for index, rows, names in heads
            ]
            score, index, rows = max(likeness, key=lambda one: one[0], default=(0.0, 0, 1))
            if score:
                found[table] = (score + 1.5 * is_named, index, rows)
        return dict(sorted(found.items(), key=lambda one: (-one[1][0], one[0])))

    def _likeness(self, contract: SourceContract, names: list[str]) -> float:
        """Columns of a table among some names, less what of its key is missing."""
        known = words.column_words(contract.source_id, contract.column_names)
        matched_ = {
            known[word] for name in names
            if (word := words.normal(words.split_unit(name)[0])) in known
        }  # fmt: skip
        is_of_months = contract.source_id == "exposure_consumption"
        whole = is_of_months and sum(figures.month(name) is not None for name in names) > 1
        has_months = whole or (is_of_months and sum(map(_is_month_name, names)) > 1)
        if has_months:
            matched_ |= {"period", "quantity"}
        if len(matched_) < 2:
            return 0.0
        key = [name for name in contract.key if name not in (*OF_THE_FILE, "quantity_basis")]
        missing = sum(name not in matched_ for name in key)
        if missing == len(key):
            return 0.0
        filled = sum(bool(name) for name in names)
        lacking = sum(
            not column.nullable and column.name not in (*matched_, *key, *OF_THE_FILE)
            for column in contract.columns
        )
        # Months with their year, in the row above perhaps, before months without.
        doubt = 0.1 if has_months and not whole else 0.0
        return len(matched_) - missing - 0.25 * lacking + 2 * len(matched_) / max(filled, 1) - doubt

    def _open(self, table: str, index: int, header_rows: int) -> None:
        self.contract = self.known.contracts[table]
        above = self.sheet.rows[index - 1][1] if header_rows == 2 else ()
        self.names = named(self.sheet.rows[index][1], above)
        self.body = self.sheet.rows[index + 1 :]
        self.cells = {
            name: [
                (number, cells[at])
                for number, cells in self.body
                if at < len(cells) and cells[at].text
            ]
            for at, name in enumerate(self.names)
            if name
        }

    def _ask_of_units(self, name: str, rules: dict[str, Rule]) -> None:
        """Ask about a column of units that the table has no place for."""
        cells = [] if self._has_basis() else self.cells.get(name, [])
        units = {words.unit_of(cell.text) for _, cell in cells}
        figures_ = (n for n, rule in rules.items() if rule.header)
        if not cells or "" in units or not any(
            kind_of(self.contract.column(n)) == NUMBER for n in figures_
        ):  # fmt: skip
            return
        answer = self.ask(
            f"{name}: units",
            f"{name!r} holds units ({listed(sorted({cell.text for _, cell in cells}))}), and the "
            "table has one unit for all rows of a part: are the figures in that unit?",
            YES_NO,
        )
        if answer == "no":
            raise ChokepointError(
                f"{self.book.path}, {self.where}column {name!r}: the figures are in other units",
                "turn them into the unit of the part (exposure_parts), then import the file.",
            )

    def _repeats(self, made: SheetMapping) -> str:
        """What rows are that differ in nothing but the quantity; '' where there are none."""
        if self.found.questions:
            return ""
        found = read_rows(self.book, self.sheet, made, self.contract, self.known.places)
        again = repeated(found.rows, self.contract)
        if again is None:
            return ""
        answer = self.ask(
            "repeats",
            f"line {again.row} and another line have the same {', '.join(self.contract.key[1:])}: "
            "are they parts of one figure (batches, days of a month), or is a row there twice?",
            (ADD_UP, KEEP),
        )
        return answer or ""

    def _nameless(self) -> list[str]:
        """Lines with cells below no header, and the first such cell."""
        found = {
            number: cell.text
            for number, cells in self.body
            for at, cell in reversed(list(enumerate(cells)))
            if cell.text and (at >= len(self.names) or not self.names[at])
        }
        return [f"line {number} {text!r}" for number, text in found.items()]

    def _months(self) -> dict[str, str]:
        """Header -> month, where a table of months has a column for each."""
        if self.contract.source_id != "exposure_consumption":
            return {}
        found = {name: period for name in self.cells if (period := figures.month(name))}
        # Columns that are called Jan, Feb, Mar.
        named_ = [name for name in self.cells if _is_month_name(name)]
        if len(found) < 2 <= len(named_):
            year = self.ask(
                "year",
                f"of which year (YYYY) are the months {listed(named_)}?",
                is_one=lambda text: re.fullmatch(r"20\d\d", text),
            )
            # Without the year no figure lands; the columns are months all the same.
            found = {name: figures.month(f"{name} {year or 2000}") or "" for name in named_}
        if len(found) < 2:
            return {}
        first, *_, last = found.values()
        self.guess(f"{len(found)} columns are months, {first} to {last}")
        return found


def _is_month_name(text: str) -> bool:
    return words.normal(text) in words.month_numbers()
