"""Questions about a file that only people can answer, here of the notations of figures and days.
Others: `understanding.py` (tables), `matching.py` (columns)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.files.workbooks import Cell
from chokepoint.landing.intake import figures
from chokepoint.landing.intake.mapping import MONTH, FileMapping
from chokepoint.landing.intake.sheets import Book, Sheet

# What the same answer holds for in all sheets of a file.
OF_THE_FILE = ("graph_id", "as_of_date", "evidence_class", "evidence_date")


@dataclass(frozen=True)
class Question:
    """What only people can tell, by its key in the mapping; without choices any text does."""

    key: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass
class Understanding:
    """What a file was taken for; the mapping is whole when no question is open."""

    mapping: FileMapping
    questions: list[Question] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What is known beside the file: tables, codes, answers by key, what the user gave."""

    contracts: Mapping[str, SourceContract]
    places: tuple[tuple[str, str], ...] = ()
    measures: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    as_of: str = ""
    graph_id: str = ""
    graphs: tuple[str, ...] = ()


class Asking:
    """One sheet about which questions may be asked, and the notations of its columns."""

    def __init__(self, book: Book, sheet: Sheet, known: Known, found: Understanding) -> None:
        self.book, self.sheet, self.known, self.found = book, sheet, known, found
        self.where = f"{sheet.name}: " if sheet.name else ""
        self.contract: SourceContract
        self.names: list[str] = []
        self.pending: set[str] = set()
        self.body: list[tuple[int, list[Cell]]] = []
        self.cells: dict[str, list[tuple[int, Cell]]] = {}

    def ask(
        self,
        key: str,
        text: str,
        choices: Sequence[str] = (),
        is_one: Callable[[str], object] = bool,
    ) -> str | None:
        """The answer to a question, one of the choices or as `is_one` tells; None while open."""
        key = key if key in OF_THE_FILE else f"{self.where}{key}"
        answer = str(self.known.answers.get(key) or "").strip()
        if answer and choices:
            answer = next((one for one in choices if one.casefold() == answer.casefold()), "")
        if answer and is_one(answer):
            return answer
        where = "" if key in OF_THE_FILE else self.where
        self.found.questions.append(Question(key, f"{where}{text}", tuple(choices)))
        return None

    def guess(self, text: str, *, of_the_file: bool = False) -> None:
        text = text if of_the_file else f"{self.where}{text}"
        if text not in self.found.guesses:
            self.found.guesses.append(text)

    # --- notations ------------------------------------------------------------------------------

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
    them, joined to a text, the first line and value that leave it."""
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


def _marks(cell: Cell) -> set[str]:
    """What stands between day, month and year."""
    return set(re.findall(r"[./-]", cell.text))
