"""What a file of a firm most likely is: tables, columns, notations; and what only people can tell.

Whatever could be read in two ways becomes a question, never a guess. `understand` is called again
with the answers until no question is open.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from chokepoint.errors import ChokepointError, listed, shortened
from chokepoint.landing.contracts import Column, SourceContract
from chokepoint.landing.intake import figures, words
from chokepoint.landing.intake.mapping import (
    ADD_UP,
    COUNTRY,
    DAY,
    KEEP,
    MONTH,
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
from chokepoint.landing.intake.sheets import Book, Sheet
from chokepoint.landing.workbooks import Cell

# What the same answer holds for in all sheets of a file.
_OF_THE_FILE = ("graph_id", "as_of_date", "evidence_class", "evidence_date")
_YES_NO = ("yes", "no")
_BASES = ("pieces", "gross_kg", "content_kg")
_MASSES = {"kg": "1", "t": "1000", "g": "0.001"}
NOT_READ, LEFT_OUT = "not read", "leave out"
# In the place of an answer that is not there yet.
OPEN = ""
_COLUMN, _VALUE = "column: ", "value: "
_MOST_VALUES = 30


@dataclass(frozen=True)
class Question:
    """What only people can tell.

    key      names it in the file of a mapping
    text     for people, with place and value
    choices  answers that are taken; empty where any text is
    """

    key: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass
class Understanding:
    """What a file was taken for.

    mapping    how it would be read; whole when no question is open
    questions  those that are open
    guesses    what was concluded without asking, as sentences
    """

    mapping: FileMapping
    questions: list[Question] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What is known beside the file.

    contracts  tables that may be meant, by their names
    places     alpha-2 and alpha-3 codes of countries
    measures   identifiers of measures
    answers    to earlier questions, by their keys
    as_of      day that the user has given
    graph_id   name that the user has given
    graphs     own graphs that have landed
    """

    contracts: Mapping[str, SourceContract]
    places: tuple[tuple[str, str], ...] = ()
    measures: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    as_of: str = ""
    graph_id: str = ""
    graphs: tuple[str, ...] = ()


def understand(book: Book, known: Known) -> Understanding:
    """What a file is; ChokepointError where no sheet is a table that is known."""
    found = Understanding(FileMapping(book.path.name, (), book.encoding, book.delimiter))
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
    found.mapping = FileMapping(book.path.name, tuple(sheets), book.encoding, book.delimiter)
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


class _Sheet:
    """One sheet while it is being understood."""

    def __init__(self, book: Book, sheet: Sheet, known: Known, found: Understanding) -> None:
        self.book, self.sheet, self.known, self.found = book, sheet, known, found
        self.where = f"{sheet.name}: " if sheet.name else ""
        self.contract: SourceContract
        self.names: list[str] = []
        self.pending: set[str] = set()
        self.body: list[tuple[int, list[Cell]]] = []
        self.cells: dict[str, list[tuple[int, Cell]]] = {}

    # --- asking ---------------------------------------------------------------------------------

    def ask(
        self,
        key: str,
        text: str,
        choices: Sequence[str] = (),
        is_one: Callable[[str], object] = bool,
    ) -> str | None:
        """The answer to a question; None while it is open.

        is_one  whether a text is an answer, where there are no choices
        """
        key = key if key in _OF_THE_FILE else f"{self.where}{key}"
        answer = str(self.known.answers.get(key) or "").strip()
        if answer and choices:
            answer = next((one for one in choices if one.casefold() == answer.casefold()), "")
        if answer and is_one(answer):
            return answer
        where = "" if key in _OF_THE_FILE else self.where
        self.found.questions.append(Question(key, f"{where}{text}", tuple(choices)))
        return None

    def guess(self, text: str, *, of_the_file: bool = False) -> None:
        text = text if of_the_file else f"{self.where}{text}"
        if text not in self.found.guesses:
            self.found.guesses.append(text)

    # --- which table ----------------------------------------------------------------------------

    def mapped(self) -> SheetMapping:
        nothing = SheetMapping(self.sheet.name)
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
            if answer in (None, NOT_READ):
                return nothing
            table = answer
        _, index, header_rows = candidates[table]
        self._open(table, index, header_rows)
        if index - header_rows + 1:
            self.guess(f"the header is in line {self.sheet.rows[index][0]}")
        self.guess(f"holds {self.contract.title.lower()} ({table})")
        months = self._months()
        headers = self._headers({header for header, _ in months})
        rules: list[Rule] = []
        for column in self.contract.columns:
            if not months or column.name not in ("period", "quantity"):
                rules.extend(self._rule(column, headers))
        if months:
            rules.extend(self._figure_rules(self.contract.column("quantity"), months, headers))
        unread = [
            name for name in self.cells
            if name not in {header for header, _ in months}
            and not any(name in (rule.header, rule.factor_from) for rule in rules)
        ]  # fmt: skip
        if unread:
            self.guess(f"these columns are not read: {listed(unread)}")
        for name in unread:
            self._ask_of_units(name, rules)
        if nameless := self._nameless():
            self.guess(f"cells below no header are not read: {listed(nameless)}")
        made = SheetMapping(self.sheet.name, table, tuple(rules), tuple(months), header_rows)
        return replace(made, repeats=self._repeats(made))

    def _candidates(self) -> dict[str, tuple[float, int, int]]:
        """Table -> its likeness, index of the header row and number of its rows; the likeliest
        first."""
        found = {}
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
            likeness = [(self._likeness(contract, names), *head) for *head, names in heads]
            score, *head = max(likeness, key=lambda one: one[0], default=(0.0,))
            if score:
                found[table] = (score + 1.5 * is_named, *head)
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
        key = [name for name in contract.key if name not in (*_OF_THE_FILE, "quantity_basis")]
        missing = sum(name not in matched_ for name in key)
        if missing == len(key):
            return 0.0
        filled = sum(bool(name) for name in names)
        lacking = sum(
            not column.nullable and column.name not in (*matched_, *key, *_OF_THE_FILE)
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

    def _ask_of_units(self, name: str, rules: list[Rule]) -> None:
        """Ask about a column of units that the table has no place for."""
        cells = [] if self._has_basis() else self.cells.get(name, [])
        units = {words.unit_of(cell.text) for _, cell in cells}
        if not cells or "" in units or not any(rule.header for rule in rules if (
            kind_of(self.contract.column(rule.column)) == NUMBER
        )):  # fmt: skip
            return
        answer = self.ask(
            f"{name}: units",
            f"{name!r} holds units ({listed(sorted({cell.text for _, cell in cells}))}), and the "
            "table has one unit for all rows of a part: are the figures in that unit?",
            _YES_NO,
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

    # --- which column ---------------------------------------------------------------------------

    def _months(self) -> list[tuple[str, str]]:
        """Header -> month, where a table of months has a column for each."""
        if self.contract.source_id != "exposure_consumption":
            return []
        found = [(name, period) for name in self.cells if (period := figures.month(name))]
        # Columns that are called Jan, Feb, Mar.
        named_ = [name for name in self.cells if _is_month_name(name)]
        if len(found) < 2 <= len(named_):
            year = self.ask(
                "year",
                f"of which year (YYYY) are the months {listed(named_)}?",
                is_one=lambda text: re.fullmatch(r"20\d\d", text),
            )
            # Without the year no figure lands; the columns are months all the same.
            found = [(name, figures.month(f"{name} {year or 2000}") or "") for name in named_]
        if len(found) < 2:
            return []
        self.guess(f"{len(found)} columns are months, {found[0][1]} to {found[-1][1]}")
        return found

    def _headers(self, taken: set[str]) -> dict[str, str]:
        """Column -> header."""
        known = words.column_words(self.contract.source_id, self.contract.column_names)
        fitting: dict[str, list[str]] = {}
        for name in self.cells:
            if name in taken:
                continue
            # Of a header that is there twice the second is called `name (2)`.
            once = re.sub(r" \(\d+\)$", "", name)
            for text in (name, words.split_unit(name)[0], once, words.split_unit(once)[0]):
                if column := known.get(words.normal(text)):
                    fitting.setdefault(column, []).append(name)
                    break
        found: dict[str, str] = {}
        others = {*taken, *(name for names in fitting.values() for name in names)}
        if "quantity" in fitting:
            fitting["quantity"] += [
                one for one in self.cells if one not in others and self._may_be_quantity(one, known)
            ]
        for column, names in fitting.items():
            if len(names) > 1:
                answer = self.ask(
                    f"{column}: column",
                    f"which column holds {column}: {' or '.join(map(repr, names))}?",
                    [f"{_COLUMN}{name}" for name in names],
                )
                if answer:
                    found[column] = answer.removeprefix(_COLUMN)
                else:
                    self.pending.add(column)
            else:
                found[column] = names[0]
        return found

    def _may_be_quantity(self, header: str, known: Mapping[str, str]) -> bool:
        """Whether the header of a column of figures has a unit of quantity, a word for it or for a
        sum, or says which part of a stock it is: what is free, the closing balance."""
        if not all(re.fullmatch(r"[-+\d.,'\s]+", cell.text) for _, cell in self.cells[header]):
            return False
        name, unit = words.split_unit(header)
        if not self.cells[header] or words.unit_of(unit) in words.CURRENCIES:
            return False
        said = {word for word, column in known.items() if column == "quantity"}
        return (
            words.unit_of(unit) in (*_BASES, *_MASSES)
            or words.normal(name) in words.words_of("total")
            or any(
                f" {word} " in f" {words.normal(header)} "
                for word in said | words.words_of("part_of_stock")
            )
        )

    def _rule(self, column: Column, headers: dict[str, str]) -> list[Rule]:
        name = column.name
        if name in self.pending:
            return []
        if name == "quantity_basis" or (name == "quantity" and self._has_basis()):
            return self._figure_rules(column, [], headers) if name == "quantity" else []
        header = headers.get(name)
        if header is None:
            return self._constant(column, headers)
        kind = kind_of(column)
        cells = self.cells[header]
        if kind == NUMBER:
            return self._number_rule(column, header)
        if kind in (DAY, MONTH):
            return [Rule(name, header, order=self._order(name, header, cells, kind))]
        if kind == COUNTRY:
            known = words.countries(self.known.places)
            return [self._valued(column, header, lambda text: known.get(words.normal(text)))]
        allowed = column.allowed
        if allowed:
            kinds = "yes_no" if allowed == _YES_NO else name
            table = self.contract.source_id
            meant = {
                **words.value_words(words.ANY, kinds), **words.value_words(table, kinds),
                **{words.normal(value): value for value in allowed},
            }  # fmt: skip
            return [
                self._valued(
                    column, header, lambda text: meant.get(words.normal(text)), allowed=allowed
                )
            ]
        if name == "measure_id":
            return [self._valued(column, header, self._measure)]
        return [Rule(name, header)]

    def _has_basis(self) -> bool:
        return "quantity_basis" in self.contract.column_names

    def _constant(self, column: Column, headers: dict[str, str]) -> list[Rule]:
        """A column that the sheet does not have."""
        name = column.name
        allowed = column.allowed
        if name == "data_origin":
            return [Rule(name, value="own")]
        if name == "graph_id":
            return [Rule(name, value=self._graph())]
        if name == "as_of_date":
            return [Rule(name, value=self._as_of())]
        if column.nullable and name != "quantity":
            return []
        unmatched = [
            header for header, cells in self.cells.items()
            if cells and header not in headers.values()
        ]  # fmt: skip
        known = [
            word for word, meant in
            words.column_words(self.contract.source_id, self.contract.column_names).items()
            if meant == name
        ]  # fmt: skip

        def likeness(header: str) -> float:
            name = words.normal(words.split_unit(header)[0])
            return max((difflib.SequenceMatcher(None, name, word).ratio() for word in known),
                       default=0.0)  # fmt: skip

        unmatched.sort(key=likeness, reverse=True)
        is_of_rows = not allowed and (name in self.contract.key or name == "quantity")
        values = [] if is_of_rows else [f"{_VALUE}{value}" for value in allowed]
        answer = self.ask(
            name,
            f"no column is called like {name}. "
            + (
                "Which column holds it?"
                if is_of_rows
                else "Which column holds it, or what is it in every row?"
            ),
            [*values, *(f"{_COLUMN}{header}" for header in unmatched)]
            if allowed or is_of_rows
            else (),
            is_one=(lambda text: _is_day(text) or text.removeprefix(_COLUMN) in self.cells)
            if kind_of(column) == DAY
            else bool,
        )
        if is_of_rows and not unmatched:
            raise ChokepointError(
                f"{self.book.path}, {self.where}no column holds {name}, and none is left that "
                f"could ({self.contract.source_id})",
                f"add the column, or start from `chokepoint template {self.contract.source_id}`.",
            )
        if answer is None:
            return []
        chosen = answer.removeprefix(_COLUMN)
        if chosen in self.cells and (answer.startswith(_COLUMN) or chosen in unmatched):
            return self._rule(column, {**headers, name: chosen})
        value = answer.removeprefix(_VALUE)
        return [Rule(name, value=_is_day(value) if kind_of(column) == DAY else value)]

    def _graph(self) -> str:
        if self.known.graph_id:
            return self.known.graph_id
        if len(self.known.graphs) > 1:
            said = "to which of your supply graphs does it belong?"
            return self.ask("graph_id", said, self.known.graphs) or ""
        name = self.known.graphs[0] if self.known.graphs else "firm"
        self.guess(f"the supply graph is called {name!r} (--graph)", of_the_file=True)
        return name

    def _as_of(self) -> str:
        if self.known.as_of:
            return self.known.as_of
        if dated := day_in_name(self.book.path):
            self.guess(f"read on {dated}, by the name of the file (--as-of)", of_the_file=True)
            return dated
        answer = self.ask(
            "as_of_date", "of which day are these figures (YYYY-MM-DD)?", is_one=_is_day
        )
        return (answer and _is_day(answer)) or OPEN

    def _valued(
        self,
        column: Column,
        header: str,
        meaning: Callable[[str], str | None],
        *,
        allowed: tuple[str, ...] = (),
    ) -> Rule:
        """A column whose cells are told by words; a word that nobody knows is asked about."""
        values: dict[str, str] = {}
        asked = 0
        for number, cell in self.cells[header]:
            text = cell.text.strip()
            if text in values or (words.is_nothing(text) and "-" not in allowed):
                continue
            meant = meaning(text)
            if meant is None:
                asked += 1
                if asked > _MOST_VALUES:
                    break
                empty = (words.EMPTY_VALUE,) if column.nullable else ()
                meant = self.ask(
                    f"{column.name}: {text}",
                    f"{header!r}, line {number}: what is {shortened(text)!r} ({column.name})?",
                    (*allowed, *empty) if allowed else (),
                )
            if meant is not None and meant != text:
                values[text] = meant
        return Rule(column.name, header, values=tuple(values.items()))

    def _measure(self, text: str) -> str | None:
        """A measure by its identifier, or by number and year: No. 18 of 2025."""
        if text in self.known.measures:
            return text
        numbers = re.findall(r"\d+", text)
        years = [one for one in numbers if re.fullmatch(r"20\d\d", one)]
        others = [one.lstrip("0") for one in numbers if one not in years]
        if len(years) == len(others) == 1:
            fitting = [
                one for one in self.known.measures
                if re.fullmatch(rf"[A-Z]+-{years[0]}-0*{others[0]}", one)
            ]  # fmt: skip
            if len(fitting) == 1:
                self.guess(f"{text!r} is the measure {fitting[0]}")
                return fitting[0]
        return None

    # --- figures --------------------------------------------------------------------------------

    def _number_rule(self, column: Column, header: str) -> list[Rule]:
        name, in_cells = column.name, self._unit_in_cells(header)
        unit = words.unit_of(words.split_unit(header)[1]) or in_cells
        currency = next((one for one in ("usd", "eur") if one in name.split("_")), "")
        factors = _MASSES if name.endswith("_kg") else {currency: "1"} if currency else {}
        if "share" in name:
            factor = self._share_factor(header)
        elif not factors or unit in factors or header == name:
            factor = factors.get(unit, "1")
        elif unit in words.CURRENCIES:
            self.guess(f"{header!r} is not read: {name} is in {' or '.join(factors)}")
            return []
        elif not self.cells[header]:
            return []
        else:
            text = f"in which unit are the figures of {header!r}?"
            answer = self.ask(f"{name}: unit", text, (*factors, LEFT_OUT))
            if answer not in factors:
                return []
            factor = factors[answer]
        decimal = self._decimal(name, header)
        return [Rule(name, header, decimal=decimal, factor=factor, unit=in_cells)]

    def _share_factor(self, header: str) -> str:
        """1 for fractions, 0.01 for percentages; a sign in a cell divides by itself."""
        values = []
        for _, cell in self.cells[header]:
            bare = figures.split_figure(cell.text)[0]
            marks = figures.decimal_marks(bare)[0] if cell.kind == "text" else {"."}
            value = figures.number(bare, next(iter(marks), "."))
            if value is not None and "%" not in cell.text:
                values.append(float(value))
        if not values:
            return "1"
        is_named = words.unit_of(words.split_unit(header)[1]) == "%"
        if max(values) > 1:
            if not is_named:
                self.guess(f"{header!r} holds percentages: some are above 1")
            return "0.01"
        if not is_named and not (1.0 in values and set(values) <= {0.0, 1.0}):
            return "1"
        # Of a cell that is shown as a percentage the workbook keeps the fraction.
        answer = self.ask(
            f"{header}: percent",
            f"{header!r} holds {max(values):g}: is that a fraction of one, or a percentage?",
            ("fraction", "percentage"),
        )
        return "0.01" if answer == "percentage" else "1"

    def _figure_rules(
        self, quantity: Column, months: list[tuple[str, str]], headers: dict[str, str]
    ) -> list[Rule]:
        """Quantity and basis: pieces, mass of the goods, or mass of the material in them."""
        header = headers.get("quantity", "")
        basis = headers.get("quantity_basis", "")
        if not months and not header:
            rules = self._constant(quantity, headers)
            if not rules or not rules[0].header:
                # Nullable, or not answered yet.
                found = self._basis_rules("", basis)[0]
                return [*rules, *([found] if found else [])]
            header = rules[0].header
        read = [name for name, _ in months] or [header]
        unit = next((u for name in read if (u := words.unit_of(words.split_unit(name)[1]))), "")
        unit = unit or next((u for name in read if (u := self._unit_in_cells(name))), "")
        found, factor, factors = self._basis_rules(*self._one_unit(unit, basis))
        decimals = filter(None, (self._decimal("quantity", name) for name in read))
        rule = Rule(
            "quantity", "" if months else header, decimal=next(decimals, ""), factor=factor,
            factor_from=found.header if found and factors else "",
            factors=tuple(factors.items()),
            unit=next((u for name in read if (u := self._unit_in_cells(name))), ""),
        )  # fmt: skip
        return [rule, *([found] if found else [])]

    def _one_unit(self, unit: str, basis: str) -> tuple[str, str]:
        """The unit beside the figures or the column of units, where both are there and differ."""
        told = {words.unit_of(cell.text) for _, cell in self.cells.get(basis, [])}
        if not unit or not basis or told <= {unit}:
            return unit, basis
        answer = self.ask(
            "quantity_basis: unit",
            f"the figures are said to be in {unit}, and the column {basis!r} says "
            f"{listed(sorted({cell.text for _, cell in self.cells[basis]}))}: which holds?",
            (f"{_VALUE}{unit}", f"{_COLUMN}{basis}"),
        )
        if answer is None:
            return unit, ""
        return ("", basis) if answer.startswith(_COLUMN) else (unit, "")

    def _basis_rules(self, unit: str, header: str) -> tuple[Rule | None, str, dict[str, str]]:
        """The rule of the basis, what all figures are multiplied by, and factors by unit."""
        name = "quantity_basis"
        if header and self.cells.get(header):
            found: dict[str, tuple[str, str]] = {}
            for number, cell in self.cells[header]:
                text = cell.text.strip()
                if text in found:
                    continue
                question = (
                    f"{header!r}, line {number}: which unit is {shortened(text)!r}? pieces, "
                    "gross_kg or content_kg, perhaps with a factor: pieces * 100"
                )
                found[text] = (
                    self._known_basis(text)
                    or _with_factor(self.ask(f"{name}: {text}", question, (), _with_factor) or "")
                    or (OPEN, "1")
                )
            values = tuple((text, basis) for text, (basis, _) in found.items())
            factors = {text: factor for text, (_, factor) in found.items() if factor != "1"}
            return Rule(name, header, values=values), "1", factors
        if known := self._known_basis(unit):
            return Rule(name, value=known[0]), known[1], {}
        answer = self.ask(
            name,
            "in which unit are the quantities? pieces, gross_kg (mass of the goods) or content_kg "
            "(mass of the material in them), perhaps with a factor: gross_kg * 1000 for tonnes; or "
            f"the column that says it: {_COLUMN}NAME",
            is_one=lambda text: _with_factor(text) or text.removeprefix(_COLUMN) in self.cells,
        )
        if answer and answer.removeprefix(_COLUMN) in self.cells:
            return self._basis_rules("", answer.removeprefix(_COLUMN))
        basis, factor = _with_factor(answer or "") or (OPEN, "1")
        return Rule(name, value=basis), factor, {}

    def _known_basis(self, text: str) -> tuple[str, str] | None:
        """The basis of a unit and its factor; None where nobody knows the unit."""
        unit = words.unit_of(text)
        if unit not in _MASSES:
            return (unit, "1") if unit in _BASES else None
        said = "is a mass that of the goods as they are, or that of the material in them?"
        return self.ask("mass", said, ("gross_kg", "content_kg")) or OPEN, _MASSES[unit]

    def _unit_in_cells(self, header: str) -> str:
        """The unit that stands in every cell of a column: 12 kg, 300 Stk."""
        units = {
            words.unit_of(figures.split_figure(cell.text)[1])
            for _, cell in self.cells.get(header, [])
            if cell.kind == "text" and not words.is_nothing(cell.text)
        }
        return units.pop() if len(units) == 1 else ""

    def _decimal(self, name: str, header: str) -> str:
        """The decimal mark of a column's figures; '' where none needs one."""
        possible, examples = _notations(self.cells.get(header, []), _decimal_marks)
        if possible is None:
            return ""
        if not possible:
            (row, value), (other_row, other) = (examples[mark] for mark in figures.BOTH_MARKS)
            raise ChokepointError(
                f"{self.book.path}, {self.where}column {header!r}: line {row} {value!r} has a "
                f"point before its decimals, and line {other_row} {other!r} a comma",
                "write all figures of the column in one way.",
            )
        if len(possible) == 1:
            (mark,) = possible
            if mark == figures.COMMA:
                self.guess(f"{header!r} has decimal commas, as in {examples[mark][1]!r}")
            return mark
        others: set[str] = set()
        for other, cells in self.cells.items():
            if other != header and self._is_of_figures(other):
                others |= possible & _notations(cells, _decimal_marks)[1].keys()
        row, value = examples[figures.POINT + figures.COMMA]
        if len(others) == 1:
            mark = others.pop()
            self.guess(
                f"{value!r} in {header!r} is {figures.number(value, mark)}: other columns have "
                f"decimal {'commas' if mark == figures.COMMA else 'points'}"
            )
            return mark
        choices = {f"{value} is {figures.number(value, mark)}": mark for mark in figures.BOTH_MARKS}
        return self._which_way(name, header, (row, value), choices)

    def _which_way(
        self, name: str, header: str, example: tuple[int, str], choices: dict[str, str]
    ) -> str:
        """The notation in which a line's value is meant; '' while it is not known."""
        answer = self.ask(
            f"{name}: {header}",
            f"{header!r}, line {example[0]}: {example[1]!r} can be read in two ways.",
            tuple(choices),
        )
        return choices.get(answer or "", "")

    def _is_of_figures(self, header: str) -> bool:
        cells = self.cells.get(header, [])
        good = [
            cell for _, cell in cells
            if cell.kind == "number" or (figures.decimal_marks(figures.split_figure(cell.text)[0])
            and re.fullmatch(r"[\d.,\s'()+-]+", figures.split_figure(cell.text)[0])
            and not figures.day_orders(cell.text))
        ]  # fmt: skip
        return bool(cells) and len(good) > len(cells) / 2

    # --- days -----------------------------------------------------------------------------------

    def _order(self, name: str, header: str, cells: list[tuple[int, Cell]], kind: str) -> str:
        """The order of the parts of a column's days; '' where none needs one."""
        orders = _month_orders if kind == MONTH else _day_orders
        possible, examples = _notations(cells, orders)
        if possible is None:
            return ""
        if not possible:
            # No one order reads all of them: landing names those that it cannot read.
            return figures.DMY
        row, text = examples[min(examples, key=len)]
        if len(possible) == 1:
            (order,) = possible
            if order == figures.SERIAL:
                self.guess(
                    f"{header!r} holds days as numbers of a spreadsheet: {text} is "
                    f"{figures.day(text, order)}"
                )
            else:
                self.guess(f"{text!r} in {header!r} is {figures.day(text, order)}")
            return order
        others: set[str] = set()
        marks = set().union(*(_marks(cell) for _, cell in cells))
        for other, found in self.cells.items():
            days = [figures.day_orders(cell.text) for _, cell in found]
            if other != header and days and all(days):
                # 20.11.2026 says nothing of 03/04/2025: another hand may have written it.
                same = [one for one in found if _marks(one[1]) & marks]
                sure = possible & (_notations(same, _day_orders)[0] or set())
                others |= sure if len(sure) == 1 else set()
        if len(others) == 1:
            order = others.pop()
            self.guess(
                f"{text!r} in {header!r} is {figures.day(text, order)}, as in the other columns "
                "of days"
            )
            return order
        choices = {
            f"{text} is {figures.day(text, order)}": order for order in (figures.DMY, figures.MDY)
        }
        return self._which_way(name, header, (row, text), choices)


def _notations(
    cells: list[tuple[int, Cell]], readings: Callable[[Cell], tuple[str, set[str]]]
) -> tuple[set[str] | None, dict[str, tuple[int, str]]]:
    """The notations in which all cells can be read, None where any will do; and for each choice of
    them, joined to a text, the first line and value that leave it.

    readings  the figure or day in a cell, and the notations that it can be in; empty for any
    """
    possible: set[str] | None = None
    examples: dict[str, tuple[int, str]] = {}
    for number, cell in cells:
        text, allowed = readings(cell)
        if allowed:
            possible = allowed if possible is None else possible & allowed
            examples.setdefault("".join(sorted(allowed, reverse=True)), (number, text))
    return possible, examples


def _decimal_marks(cell: Cell) -> tuple[str, set[str]]:
    bare, _ = figures.split_figure(cell.text)
    if cell.kind != "text" or not re.fullmatch(r"[-+(]?[\d.,\s\u00a0\u202f'\u2019]+\)?-?", bare):
        return bare, set()
    marks, is_doubtful = figures.decimal_marks(bare)
    return bare, set(figures.BOTH_MARKS) if is_doubtful else marks


def _day_orders(cell: Cell) -> tuple[str, set[str]]:
    orders = figures.day_orders(cell.text.strip())
    is_clear = figures.YMD in orders or cell.kind == "day"
    return cell.text.strip(), set() if is_clear else orders


def _month_orders(cell: Cell) -> tuple[str, set[str]]:
    text, orders = _day_orders(cell)
    either = {figures.month(text, order) for order in (figures.DMY, figures.MDY)}
    return text, set() if len(either) == 1 else orders


def _with_factor(answer: str) -> tuple[str, str] | None:
    """The basis of a quantity and what its figures are multiplied by: `pieces * 100`."""
    match = re.fullmatch(r"(\w+)(?:\s*[*x]\s*(\d+(?:\.\d+)?))?", answer.strip())
    basis = words.normal(match[1]).replace(" ", "_") if match else ""
    return (basis, match[2] or "1") if match and basis in _BASES else None


def _is_day(text: str) -> str | None:
    return figures.day(text, figures.YMD)


def _is_month_name(text: str) -> bool:
    return words.normal(text) in words.month_numbers()


def day_in_name(path: Path) -> str | None:
    """The day in the name of a file: stock_2026-10-31.xlsx."""
    stem = path.stem.replace("_", "-")
    texts = re.findall(r"(?<!\d)20\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?!\d)", stem)
    found = {
        day for text in texts if (day := figures.day(text, figures.YMD))
        and day <= dt.datetime.now(dt.UTC).date().isoformat()
    }  # fmt: skip
    return found.pop() if len(found) == 1 else None


def _marks(cell: Cell) -> set[str]:
    """What stands between day, month and year."""
    return set(re.findall(r"[./-]", cell.text))
