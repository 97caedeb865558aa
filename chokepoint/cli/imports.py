"""`chokepoint import`: tables of a firm's own, as the firm keeps them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer import Abort

from chokepoint.console import Screen, escape, open_console, table
from chokepoint.errors import ChokepointError, listed, shortened
from chokepoint.landing.intake import figures
from chokepoint.landing.intake import saved as mappings
from chokepoint.landing.intake.asking import Known, Question, Understanding
from chokepoint.landing.intake.mapping import (
    FileMapping,
    Rule,
    SheetRows,
    matched,
    misfit,
    read_rows,
)
from chokepoint.landing.intake.matching import day_of_file
from chokepoint.landing.intake.sheets import Book, read_book
from chokepoint.landing.intake.templates import (
    contract_of_table,
    own_contracts,
)
from chokepoint.landing.intake.understanding import understand
from chokepoint.landing.registry import country_codes, known_measures
from chokepoint.locks import writer_lock

if TYPE_CHECKING:
    from chokepoint.landing.contracts import SourceContract
    from chokepoint.settings import Settings

_SHOWN_ROWS = 5
_NAMES_WIDTH = 50
_MOST_TRIES = 5
# What a draft has beside a mapping.
_OF_DRAFTS = ("answers", "questions")
_SHOWN_LEFT_OUT = 10
_HEAD = """\
# How `chokepoint import` reads {file} and later files with the same headers.
# See docs/using/import.md. It may hold words of your tables: it is private, like all of data/.
"""
_HEAD_OPEN = """\
# What `chokepoint import` could not decide for {file}. Fill in each `answer`, then run the command
# again. Where there are `choices`, an answer is one of them.
"""

# Gives the answer to a question.
Ask = Callable[[Question], str]


def run(
    settings: Settings,
    paths: Sequence[Path],
    *,
    table_name: str = "",
    mapping_path: Path | None = None,
    as_of: str = "",
    graph_id: str = "",
    encoding: str = "",
    yes: bool = False,
    ask: Ask | None = None,
) -> int:
    """Import files one after the other; return 0, or 2 where one waits for an answer or is refused.
    `ask` puts questions; None means on the terminal, if there is one."""
    console = open_console()
    if ask is None and sys.stdin.isatty() and sys.stdout.isatty():
        ask = _on_terminal(console)
    code = 0
    for path in paths:
        one = _Import(settings, path, console, ask, yes=yes)
        code = max(code, one.run(table_name, mapping_path, as_of, graph_id, encoding))
    return code


class _Import:
    """One file on its way in."""

    def __init__(
        self, settings: Settings, path: Path, console: Screen, ask: Ask | None, *, yes: bool
    ) -> None:
        self.settings, self.path = settings, path
        self.console, self.ask, self.yes = console, ask, yes
        self.contracts: Mapping[str, SourceContract] = own_contracts()
        self.said: set[str] = set()
        self.name = re.sub(r"[^\w.-]+", "_", path.stem) or "file"

    def run(
        self, table_name: str, mapping_path: Path | None, as_of: str, graph_id: str, encoding: str
    ) -> int:
        if table_name:
            contract = contract_of_table(table_name)
            self.contracts = {contract.source_id: contract}
        book = read_book(self.path, encoding=encoding)
        known = Known(
            self.contracts, country_codes(self.settings), known_measures(self.settings),
            as_of=_checked_day(as_of), graph_id=graph_id, graphs=_own_graphs(self.settings),
        )  # fmt: skip
        saved, answers, draft = self._saved(book, mapping_path)
        if saved is None:
            return self._import_anew(book, known, answers)
        reason = _unknown_sheets(book, saved) or misfit(book, saved, self.contracts)
        if reason is None:
            if draft:
                return self._confirm(book, _filled(saved, known.as_of, known.graph_id))
            return self._import_as_before(book, saved, known)
        said = f"{self.path}: the mapping of {saved.file} does not say how to read {reason}"
        if mapping_path is not None:
            raise ChokepointError(
                said, "import the file without --mapping, and it is looked at anew."
            )
        self._say(f"{said}; looked at anew")
        return self._import_anew(book, known, answers)

    # --- by a mapping -----------------------------------------------------------------------------

    def _saved(
        self, book: Book, path: Path | None
    ) -> tuple[FileMapping | None, dict[str, str], bool]:
        """The mapping that fits a file, or answers to what was open when it was last looked at; the
        third: it is a draft, which nobody has confirmed."""
        if path is not None:
            content = mappings.load(path)
            if "questions" in content:
                if content.get("file") != self.path.name:
                    raise ChokepointError(
                        f"{path} is a draft for {content.get('file')}, not for {self.path.name}",
                        "leave --mapping out, or name the mapping of this file.",
                    )
                return self._draft(book, content, path)
            found = mappings.from_yaml(content, path)
            list(matched(book, found))
            return found, {}, False
        fitting: list[tuple[Path, FileMapping]] = []
        for one in sorted(mappings.mappings_folder(self.settings).glob("*.yml")):
            content = mappings.load(one)
            if "questions" in content:
                if content.get("file") == self.path.name:
                    return self._draft(book, content, one)
                continue
            made = mappings.from_yaml(content, one)
            if self._fits(book, made):
                fitting.append((one, made))
        if len(fitting) > 1:
            # Of several with these headers the one of a file of this name, else the one that
            # reads most.
            same = [pair for pair in fitting if pair[1].file == self.path.name]
            most = max(len(made.tables) for _, made in fitting)
            fitting = same or [pair for pair in fitting if len(pair[1].tables) == most]
        if len(fitting) > 1:
            raise ChokepointError(
                f"{self.path}: {len(fitting)} mappings fit: "
                + listed(str(one) for one, _ in fitting),
                "name one with --mapping, or remove those that are no longer right.",
            )
        return (fitting[0][1] if fitting else None), {}, False

    def _draft(
        self, book: Book, content: dict[str, Any], path: Path
    ) -> tuple[FileMapping | None, dict[str, str], bool]:
        """A draft without open questions as it is written, corrected or not; else its answers."""
        answers = _answers(content)
        if content["questions"]:
            return None, answers, False
        rest = {name: part for name, part in content.items() if name not in _OF_DRAFTS}
        found = mappings.from_yaml(rest, path)
        # It may be of another file of that name by now.
        if not self._fits(book, found):
            return None, answers, False
        return found, answers, True

    def _fits(self, book: Book, made: FileMapping) -> bool:
        """Whether a mapping is one of the tables asked for, and of this file's headers."""
        try:
            list(matched(book, made))
        except ChokepointError:
            return False
        return set(made.tables) <= set(self.contracts)

    def _import_as_before(self, book: Book, saved: FileMapping, known: Known) -> int:
        as_of = known.as_of
        if not as_of and _lacks_as_of(saved):
            as_of = day_of_file(book) or ""
            if not as_of:
                question = Question("as_of_date", "of which day are these figures (YYYY-MM-DD)?")
                if self.ask is None:
                    raise ChokepointError(
                        f"{self.path}: nothing says of which day its figures are",
                        "give the day with --as-of YYYY-MM-DD.",
                    )
                as_of = _checked_day(self.ask(question))
        self._say(f"{self.path}: read as {saved.file} before it")
        filled = _filled(saved, as_of, known.graph_id)
        for sheet, one in matched(book, filled):
            contract = self.contracts[one.table]
            self._show_left_out(read_rows(book, sheet, one, contract, country_codes(self.settings)))
        self._land(filled)
        return 0

    # --- anew -------------------------------------------------------------------------------------

    def _import_anew(self, book: Book, known: Known, answers: dict[str, str]) -> int:
        known = replace(known, answers=answers)
        found = understand(book, known)
        self._show_guesses(found)
        tries = 0
        while found.questions and self.ask is not None:
            before = found.questions
            try:
                for question in before:
                    answers[question.key] = self.ask(question)
            except (KeyboardInterrupt, Abort):
                kept = self._keep(found, answers)
                self._say(f"\nThe answers given are kept in {kept}: run the same command again.")
                raise
            found = understand(book, replace(known, answers=answers))
            for one in before:
                if one in found.questions:
                    tries += 1
                    self.console.print(escape(f"{answers[one.key]!r} is no answer."))
            if tries > _MOST_TRIES:
                break
            self._show_guesses(found)
        if found.questions:
            return self._leave_questions(found, answers)
        if not self.yes and self.ask is None:
            self._show_rows(book, found.mapping)
            return self._leave_questions(found, answers)
        if self.ask is not None:
            self._keep(found, answers)
        return self._confirm(book, found.mapping)

    def _confirm(self, book: Book, mapping: FileMapping) -> int:
        """Show the rows, ask once, land, and keep the mapping for later files; until then it is a
        draft."""
        self._show_rows(book, mapping)
        if not self.yes:
            if self.ask is None:
                return self._say_unconfirmed()
            said = self.ask(Question("land", "Land it so?", ("yes", "no")))
            if said != "yes":
                return self._say_unconfirmed()
        self._land(mapping)
        months = (header for sheet in mapping.sheets for header in sheet.months)
        if not all(map(figures.month, months)):
            self.console.say("Its months have no year: the next file is looked at anew.")
            mappings.forget(self.settings, self.name)
        else:
            # Each later file has a day of its own.
            kept = _filled(mapping, None)
            path = mappings.save(
                self.settings, self.name, mappings.to_yaml(kept),
                head=_HEAD.format(file=self.path.name),
            )  # fmt: skip
            self._say(f"Later files with these headers are read so: {path}")
        return 0

    def _keep(self, found: Understanding, answers: dict[str, str]) -> Path:
        """Write what was understood, asked and answered as a draft."""
        content = {
            **mappings.to_yaml(found.mapping),
            "answers": answers,
            "questions": [
                {
                    "key": one.key,
                    "question": one.text,
                    **({"choices": list(one.choices)} if one.choices else {}),
                    "answer": "",
                }
                for one in found.questions
            ],
        }
        return mappings.save(
            self.settings, self.name, content, head=_HEAD_OPEN.format(file=self.path.name)
        )

    def _leave_questions(self, found: Understanding, answers: dict[str, str]) -> int:
        path = self._keep(found, answers)
        if found.questions:
            self.console.say(f"\n{escape(str(self.path))}: nothing has landed. Open questions:")
            for one in found.questions:
                choices = f" ({' / '.join(one.choices)})" if one.choices else ""
                self._say(f"  {one.text}{choices}")
            self._say(f"Fill in the answers in {path}, then run the same command again.")
            return 2
        return self._say_unconfirmed()

    def _say_unconfirmed(self) -> int:
        draft = mappings.mappings_folder(self.settings) / f"{self.name}.yml"
        self._say(
            f"\n{self.path}: nothing has landed. If it is understood rightly, run the "
            f"command again with --yes; else correct {draft}, or name --table."
        )
        return 2

    def _say(self, text: str) -> None:
        """A line that holds words of others."""
        self.console.say(escape(text))

    # --- showing ----------------------------------------------------------------------------------

    def _show_guesses(self, found: Understanding) -> None:
        """What was concluded without asking, and was not said before."""
        fresh = [guess for guess in found.guesses if guess not in self.said]
        if fresh and not self.said:
            self.console.say(f"[bold]{escape(str(self.path))}[/] was understood so:")
        for guess in fresh:
            self.console.print(escape(f"  {guess}"))
        self.said.update(fresh)

    def _show_rows(self, book: Book, mapping: FileMapping) -> None:
        for sheet, one in matched(book, mapping):
            contract = self.contracts[one.table]
            found = read_rows(book, sheet, one, contract, country_codes(self.settings))
            where = f"sheet {sheet.name!r} -> " if sheet.name else ""
            self.console.say(
                f"\n[bold]{escape(where)}{one.table}[/]: {len(found.rows):,} rows; "
                "the first as they would land"
            )
            read = {name: rule.header or "(in every row)" for name, rule in one.columns.items()}
            if one.months:
                read |= {"period": "(the months)", "quantity": "(the months)"}
            # As many rows as the terminal has room for.
            room = max(self.console.width - _NAMES_WIDTH, 12)
            rows = found.rows[: max(1, min(_SHOWN_ROWS, room // 12))]
            width = min(room // max(len(rows), 1) - 2, 24)
            shown = table("column", "from", *(f"line {row.row}" for row in rows))
            for column in contract.column_names:
                if column in read:
                    shown.add_row(
                        column,
                        escape(shortened(read[column], 20)),
                        *(escape(shortened(row.values.get(column, ""), width)) for row in rows),
                    )
            self.console.print(shown)
            self._show_left_out(found)

    def _show_left_out(self, found: SheetRows) -> None:
        left_out = list(found.left_out.items())
        for number, reason in left_out[:_SHOWN_LEFT_OUT]:
            self._say(f"  line {number} is left out: {reason}")
        if len(left_out) > _SHOWN_LEFT_OUT:
            self.console.say(f"  and {len(left_out) - _SHOWN_LEFT_OUT:,} more lines")
        if found.unknown:
            self.console.say(
                f"  {found.unknown:,} cells say that there is no figure (such as `-`), or hold "
                "an error or a formula without a value: unknown, not zero"
            )

    # --- landing ----------------------------------------------------------------------------------

    def _land(self, mapping: FileMapping) -> None:
        """Land every table of the file; ChokepointError, and none, where one is refused."""
        from chokepoint.cli.commands.deliveries import read_faults, show_faults
        from chokepoint.landing.land import land
        from chokepoint.landing.periods import current_deliveries
        from chokepoint.landing.refusals import DeliveryRefusedError
        from chokepoint.landing.registry import default_known_on
        from chokepoint.releases.files import owned_folder

        codes = country_codes(self.settings)
        forms = {name: mapping.form(self.contracts[name], codes) for name in mapping.tables}
        kept_out = 0
        refused: DeliveryRefusedError | None = None
        with owned_folder(self.settings.data_dir / "tmp", ".import") as folder:
            scratch = replace(self.settings, data_dir=folder)
            for name, form in forms.items():
                try:
                    report = land(
                        self.path, self.contracts[name], scratch,
                        known_on=default_known_on(), form=form,
                    )  # fmt: skip
                    kept_out += report.rows_quarantined
                except DeliveryRefusedError as error:
                    refused = refused or error
            if kept_out or refused:
                show_faults(self.console, read_faults(scratch.landing_dir, self.path.name))
        if refused is not None:
            # Its list of faults is gone with the folder, and shown above.
            said = refused.what.partition("\n  The whole list")[0]
            raise ChokepointError(f"{said}\n  Nothing of the file has landed.", refused.remedy)
        with writer_lock(self.settings, "import"):
            replaced = {
                (name, row["period"]): row["file_name"]
                for name in forms
                for row in current_deliveries(self.settings, name)
            }
            reports = [
                land(
                    self.path, self.contracts[name], self.settings,
                    known_on=default_known_on(), form=form,
                )
                for name, form in forms.items()
            ]  # fmt: skip
        for report in reports:
            kept = f", {report.rows_quarantined:,} kept out" if report.rows_quarantined else ""
            self._say(f"{report.source_id}: {report.rows_landed:,} rows {report.status}{kept}")
            files = {replaced.get((report.source_id, period)) for period in report.periods}
            before = sorted(filter(None, files - {report.file_name}))
            if before and report.status == "landed" and not report.superseding:
                self._say(f"  in the place of {listed(before)}: a table is delivered whole")
            for note in report.notes:
                self._say(f"  {note}")
            if report.superseding:
                later = ", ".join(sorted({*report.superseding.values()}))
                self._say(f"  not current: later, {later} has landed for the same")
        self.console.say("`make build` takes them into your private copy.")


def _on_terminal(console: Screen) -> Ask:
    import typer

    def ask(question: Question) -> str:
        console.print(f"\n{escape(question.text)}")
        if not question.choices:
            return str(typer.prompt("answer")).strip()
        for number, choice in enumerate(question.choices, start=1):
            console.say(escape(f"  {number}  {choice}"))
        while True:
            said = str(typer.prompt("number")).strip()
            if said.isdigit() and 1 <= int(said) <= len(question.choices):
                return question.choices[int(said) - 1]
            if said in question.choices:
                return said

    return ask


def _unknown_sheets(book: Book, saved: FileMapping) -> str | None:
    """Sheets with rows of which the mapping says nothing, in words; None where there is none."""
    known = {one.sheet for one in saved.sheets} | {sheet.name for sheet, _ in matched(book, saved)}
    new = [one.name for one in book.sheets if one.name not in known and one.rows]
    return f"the sheet{'s' if len(new) > 1 else ''} {listed(new)}" if new else None


def _answers(content: dict[str, Any]) -> dict[str, str]:
    """The answers in a file of questions."""
    found = {str(key): str(value) for key, value in (content.get("answers") or {}).items()}
    for one in content.get("questions") or ():
        if isinstance(one, dict) and str(one.get("answer") or "").strip():
            found[str(one.get("key"))] = str(one["answer"]).strip()
    return found


def _lacks_as_of(mapping: FileMapping) -> bool:
    rules = (sheet.columns.get("as_of_date") for sheet in mapping.sheets)
    return any(rule and not rule.header and not rule.value for rule in rules)


def _filled(mapping: FileMapping, as_of: str | None, graph_id: str = "") -> FileMapping:
    """A mapping of figures of another day and graph, where it does not read them from the file;
    '' changes none."""
    given = {"as_of_date": as_of, "period": as_of and as_of[:7], "graph_id": graph_id}

    def filled(name: str, rule: Rule) -> Rule:
        value = "" if rule.header else given.get(name, "")
        return rule if value == "" else replace(rule, value=value)

    sheets = (
        replace(one, columns={name: filled(name, rule) for name, rule in one.columns.items()})
        for one in mapping.sheets
    )
    return replace(mapping, sheets=tuple(sheets))


def _checked_day(text: str) -> str:
    if not text:
        return ""
    if day := figures.day(text, figures.YMD):
        return day
    raise ChokepointError(f"{text!r} is no day", "write it as YYYY-MM-DD, such as 2026-11-29.")


def _own_graphs(settings: Settings) -> tuple[str, ...]:
    """Own graphs of which a table has landed."""
    from chokepoint.landing.producers.own import OWN_PERIOD_PREFIX

    found = {
        path.name.removeprefix(OWN_PERIOD_PREFIX)
        for path in settings.landing_dir.glob(f"exposure_*/{OWN_PERIOD_PREFIX}*")
        if any(path.glob("*.parquet"))
    }
    return tuple(sorted(found))
