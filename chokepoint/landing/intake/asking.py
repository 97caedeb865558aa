"""Questions about a file that only people can answer, and what is known without asking.

Which are asked, and in which words: `understanding.py` (tables), `matching.py` (columns) and
`notations.py` (figures and days).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.files.workbooks import Cell
from chokepoint.landing.intake.mapping import FileMapping
from chokepoint.landing.intake.sheets import Book, Sheet

# What the same answer holds for in all sheets of a file.
OF_THE_FILE = ("graph_id", "as_of_date", "evidence_class", "evidence_date")


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


class Asking:
    """One sheet about which questions may be asked."""

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
        """The answer to a question; None while it is open.

        is_one  whether a text is an answer, where there are no choices
        """
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
