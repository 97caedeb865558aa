"""Which column of a sheet holds which column of a table, in which unit and by which words."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile

from chokepoint.errors import ChokepointError, listed, shortened
from chokepoint.landing.contracts import Column
from chokepoint.landing.files.workbooks import Cell
from chokepoint.landing.intake import figures, words
from chokepoint.landing.intake.asking import Asking
from chokepoint.landing.intake.mapping import COUNTRY, DAY, MONTH, NUMBER, Rule, kind_of
from chokepoint.landing.intake.sheets import Book

YES_NO = ("yes", "no")
_BASES = ("pieces", "gross_kg", "content_kg")
_MASSES = {"kg": "1", "t": "1000", "g": "0.001"}
LEFT_OUT = "leave out"
# In the place of an answer that is not there yet.
OPEN = ""
COLUMN, VALUE = "column: ", "value: "
_MOST_VALUES = 30


class Columns(Asking):
    """One sheet, and the rules by which the columns of its table are read."""

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
                    [f"{COLUMN}{name}" for name in names],
                )
                if answer:
                    found[column] = answer.removeprefix(COLUMN)
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

    def _rule(self, column: Column, headers: dict[str, str]) -> dict[str, Rule]:
        name = column.name
        if name in self.pending:
            return {}
        if name == "quantity_basis" or (name == "quantity" and self._has_basis()):
            return self._figure_rules(column, {}, headers) if name == "quantity" else {}
        header = headers.get(name)
        if header is None:
            return self._constant(column, headers)
        kind = kind_of(column)
        cells = self.cells[header]
        if kind == NUMBER:
            return self._number_rule(column, header)
        if kind in (DAY, MONTH):
            return {name: Rule(header, order=self._order(name, header, cells, kind))}
        if kind == COUNTRY:
            known = words.countries(self.known.places)
            return self._valued(column, header, lambda text: known.get(words.normal(text)))
        allowed = column.allowed
        if allowed:
            kinds = "yes_no" if allowed == YES_NO else name
            table = self.contract.source_id
            meant = {
                **words.value_words(words.ANY, kinds), **words.value_words(table, kinds),
                **{words.normal(value): value for value in allowed},
            }  # fmt: skip
            return self._valued(
                column, header, lambda text: meant.get(words.normal(text)), allowed=allowed
            )
        if name == "measure_id":
            return self._valued(column, header, self._measure)
        return {name: Rule(header)}

    def _has_basis(self) -> bool:
        return "quantity_basis" in self.contract.column_names

    def _constant(self, column: Column, headers: dict[str, str]) -> dict[str, Rule]:
        """A column that the sheet does not have."""
        name = column.name
        allowed = column.allowed
        if name == "data_origin":
            return {name: Rule(value="own")}
        if name == "graph_id":
            return {name: Rule(value=self._graph())}
        if name == "as_of_date":
            return {name: Rule(value=self._as_of())}
        if column.nullable and name != "quantity":
            return {}
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
        # A part of the key is the same in all rows only if another tells them apart: one authority.
        others = [headers[one] for one in self.contract.key if one != name and one in headers]
        is_told = any(_all_differ(self.cells[one]) for one in others)
        is_key = name in self.contract.key and not is_told
        is_of_rows = not allowed and (is_key or name == "quantity")
        values = [] if is_of_rows else [f"{VALUE}{value}" for value in allowed]
        answer = self.ask(
            name,
            f"no column is called like {name}. "
            + (
                "Which column holds it?"
                if is_of_rows
                else "Which column holds it, or what is it in every row?"
            ),
            [*values, *(f"{COLUMN}{header}" for header in unmatched)]
            if allowed or is_of_rows
            else (),
            is_one=self._is_day_or_column if kind_of(column) == DAY else bool,
        )
        if is_of_rows and not unmatched:
            raise ChokepointError(
                f"{self.book.path}, {self.where}no column holds {name}, and none is left that "
                f"could ({self.contract.source_id})",
                f"add the column, or start from `chokepoint template {self.contract.source_id}`.",
            )
        if answer is None:
            return {}
        chosen = answer.removeprefix(COLUMN)
        if chosen in self.cells and (answer.startswith(COLUMN) or chosen in unmatched):
            return self._rule(column, {**headers, name: chosen})
        value = answer.removeprefix(VALUE)
        return {name: Rule(value=is_day(value) if kind_of(column) == DAY else value)}

    def _is_day_or_column(self, text: str) -> bool:
        return bool(is_day(text.removeprefix(VALUE))) or text.removeprefix(COLUMN) in self.cells

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
        if dated := day_of_file(self.book):
            said = f"read on {dated}, by the name of the file or a title in it (--as-of)"
            self.guess(said, of_the_file=True)
            return dated
        answer = self.ask(
            "as_of_date", "of which day are these figures (YYYY-MM-DD)?", is_one=is_day
        )
        return (answer and is_day(answer)) or OPEN

    def _valued(
        self,
        column: Column,
        header: str,
        meaning: Callable[[str], str | None],
        *,
        allowed: tuple[str, ...] = (),
    ) -> dict[str, Rule]:
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
        return {column.name: Rule(header, values=values)}

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

    def _number_rule(self, column: Column, header: str) -> dict[str, Rule]:
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
            return {}
        elif not self.cells[header]:
            return {}
        else:
            text = f"in which unit are the figures of {header!r}?"
            answer = self.ask(f"{name}: unit", text, (*factors, LEFT_OUT))
            if answer not in factors:
                return {}
            factor = factors[answer]
        decimal = self._decimal(name, header)
        return {name: Rule(header, decimal=decimal, factor=factor, unit=in_cells)}

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
        self, quantity: Column, months: dict[str, str], headers: dict[str, str]
    ) -> dict[str, Rule]:
        """Quantity and basis: pieces, mass of the goods, or mass of the material in them."""
        header = headers.get("quantity", "")
        basis = headers.get("quantity_basis", "")
        if not months and not header:
            rules = self._constant(quantity, headers)
            if not rules or not rules["quantity"].header:
                # Nullable, or not answered yet.
                return rules | {"quantity_basis": self._basis_rules("", basis)[0]}
            header = rules["quantity"].header
        read = [*months] or [header]
        unit = next((u for name in read if (u := words.unit_of(words.split_unit(name)[1]))), "")
        unit = unit or next((u for name in read if (u := self._unit_in_cells(name))), "")
        found, factor, factors = self._basis_rules(*self._one_unit(unit, basis))
        decimals = filter(None, (self._decimal("quantity", name) for name in read))
        rule = Rule(
            "" if months else header, decimal=next(decimals, ""), factor=factor, factors=factors,
            factor_from=found.header if factors else "",
            unit=next((u for name in read if (u := self._unit_in_cells(name))), ""),
        )  # fmt: skip
        return {"quantity": rule, "quantity_basis": found}

    def _one_unit(self, unit: str, basis: str) -> tuple[str, str]:
        """The unit beside the figures or the column of units, where both are there and differ."""
        told = {words.unit_of(cell.text) for _, cell in self.cells.get(basis, [])}
        if not unit or not basis or told <= {unit}:
            return unit, basis
        answer = self.ask(
            "quantity_basis: unit",
            f"the figures are said to be in {unit}, and the column {basis!r} says "
            f"{listed(sorted({cell.text for _, cell in self.cells[basis]}))}: which holds?",
            (f"{VALUE}{unit}", f"{COLUMN}{basis}"),
        )
        if answer is None:
            return unit, ""
        return ("", basis) if answer.startswith(COLUMN) else (unit, "")

    def _basis_rules(self, unit: str, header: str) -> tuple[Rule, str, dict[str, str]]:
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
            values = {text: basis for text, (basis, _) in found.items()}
            factors = {text: factor for text, (_, factor) in found.items() if factor != "1"}
            return Rule(header, values=values), "1", factors
        if known := self._known_basis(unit):
            return Rule(value=known[0]), known[1], {}
        answer = self.ask(
            name,
            "in which unit are the quantities? pieces, gross_kg (mass of the goods) or content_kg "
            "(mass of the material in them), perhaps with a factor: gross_kg * 1000 for tonnes; or "
            f"the column that says it: {COLUMN}NAME",
            is_one=lambda text: _with_factor(text) or text.removeprefix(COLUMN) in self.cells,
        )
        if answer and answer.removeprefix(COLUMN) in self.cells:
            return self._basis_rules("", answer.removeprefix(COLUMN))
        basis, factor = _with_factor(answer or "") or (OPEN, "1")
        return Rule(value=basis), factor, {}

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


def _with_factor(answer: str) -> tuple[str, str] | None:
    """The basis of a quantity and what its figures are multiplied by: `pieces * 100`."""
    match = re.fullmatch(r"(\w+)(?:\s*[*x]\s*(\d+(?:\.\d+)?))?", answer.strip())
    basis = words.normal(match[1]).replace(" ", "_") if match else ""
    return (basis, match[2] or "1") if match and basis in _BASES else None


def _all_differ(cells: Sequence[tuple[int, Cell]]) -> bool:
    return len({cell.text for _, cell in cells}) == len(cells) > 0


def is_day(text: str) -> str | None:
    return figures.day(text, figures.YMD)


def day_of_file(book: Book) -> str | None:
    """The day in the name of a file (stock_2026-10-31.xlsx), else the one day in the titles above
    its tables (Lagerbestand zum 31.10.2026)."""
    titles = " ".join(
        cell.text
        for sheet in book.sheets
        for _, cells in takewhile(lambda row: _is_title(row[1]), sheet.rows)
        for cell in cells
    )
    for text in (book.path.stem.replace("_", "-"), titles):
        written = re.findall(
            r"(?<!\d)20\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?!\d)|(?<!\d)\d{1,2}\.\d{1,2}\.20\d\d", text
        )
        days = {figures.day(one, figures.YMD) or figures.day(one, figures.DMY) for one in written}
        found = {day for day in days if day and day <= dt.datetime.now(dt.UTC).date().isoformat()}
        if len(found) == 1:
            return found.pop()
    return None


def _is_title(cells: Sequence[Cell]) -> bool:
    """Whether a row holds one text, of merged cells perhaps, or none."""
    return len({cell.text for cell in cells if cell.text}) <= 1
