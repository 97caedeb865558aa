"""A delivery as plain texts, each with a header that is right: unpacked, decoded, flattened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.files.archives import extract, is_archive
from chokepoint.landing.files.delivery import Delivery
from chokepoint.landing.files.formats import JSON_SUFFIX, choose_data_members, write_as_csv
from chokepoint.landing.files.headers import Columns, check_columns, check_header
from chokepoint.landing.files.tables import NOT_ENDED, write_table_as_csv
from chokepoint.landing.files.texts import is_parquet, read_rows, scan_text, write_utf8_copy
from chokepoint.landing.files.workbooks import is_workbook
from chokepoint.landing.intake.mapping import MappedForm
from chokepoint.landing.records import Text
from chokepoint.landing.refusals import DeliveryRefusedError, Fault, refused_for


@dataclass(frozen=True)
class Opening:
    """A delivery whose texts are wanted.

    encoding  of a text
    form      the producer's layout; None where the header is the contract's
    folder    for drafts
    """

    delivery: Delivery
    contract: SourceContract
    form: ProducerFormat | None
    encoding: Any
    folder: Path

    def texts(self) -> Iterator[Text]:
        """The texts of the delivery; each is gone when the next is asked for."""
        path, form = self.delivery.path, self.form
        if form is None or not is_archive(path):
            yield self._text(path, None)
            return
        for number, member in enumerate(choose_data_members(path, form)):
            unpacked = self.folder / f"member_{number}{Path(member.base_name).suffix.lower()}"
            extract(path, member, unpacked)
            yield self._text(unpacked, member.name)
            unpacked.unlink()

    def _text(self, path: Path, member_name: str | None) -> Text:
        """Make plain UTF-8 of a file or member, and see that its header is right."""
        form, folder = self.form, self.folder
        with _naming_delivery(self.delivery, path, member_name):
            source, encoding = self._plain(path)
            places, doubts = None, []
            if form and form.table:
                original, source, places = source, folder / "table.csv", folder / "places.csv"
                if isinstance(form, MappedForm):
                    doubts = form.write_csv(original, source, places)
                else:
                    is_cut = (
                        not is_workbook(original) and not scan_text(original, encoding).is_ended
                    )
                    doubts = write_table_as_csv(original, form, encoding, source, places)
                    doubts += [NOT_ENDED] if is_cut else []
                encoding = "utf-8"
            facts = scan_text(source, encoding)
            if not is_parquet(source) and (encoding != "utf-8" or facts.has_mixed_newlines):
                original, source = source, folder / "delivery.csv"
                write_utf8_copy(original, encoding, source)
                facts = scan_text(source, "utf-8")
        delimiter, quote = (form.delimiter, form.quote) if form else (",", '"')
        first_rows: list[list[str]] = [
            *read_rows(source, "utf-8", delimiter, quote, most=2),
            [],
            [],
        ]
        header, first_row = first_rows[:2]
        if form is None:
            check_header(header, self.contract, self.delivery.path)
        elif places:
            header = list(form.table_columns)
        else:
            header = form.column_names(header, first_row)
            optional = tuple(form.named_columns(list(form.all_optional)))
            wanted = Columns(form.name, form.columns, optional, form.is_open)
            check_columns(form.named_columns(header), wanted, self.delivery.path, member_name)
            self._check_kind(header, form, member_name)
        return Text(
            source, header, facts, self.delivery.path, folder, form, member_name, places,
            tuple(doubts),
        )  # fmt: skip

    def _plain(self, path: Path) -> tuple[Path, str]:
        """A text and its encoding: the file itself, or a copy of what is in JSON or in lines with
        fields at fixed places."""
        form, copy = self.form, self.folder / "delivery_as_text.csv"
        if form and (form.records or path.name.lower().endswith(JSON_SUFFIX)):
            write_as_csv(path, form, self.encoding, copy)
            return copy, "utf-8"
        return path, self.encoding

    def _check_kind(self, header: list[str], form: ProducerFormat, member_name: str | None) -> None:
        """Refuse a header with none of the columns at choice, or one that breaks figures down."""
        if form.either and not any(set(header) >= set(names) for names in form.either):
            choice = ", or ".join(" and ".join(names) for names in form.either)
            column, remedy = None, f"Ask for {choice}."
            reason = f"{form.name} needs {choice}, and has neither"
        elif found := [name for name in form.breakdowns if name in header]:
            column, remedy = found[0], f"Ask without {', '.join(found)}."
            reason = "the column breaks the figures down, and their sums are wanted"
        else:
            return
        fault = Fault(1, column, None, reason, remedy, member_name=member_name)
        raise refused_for([fault], f"{self.delivery.path}")


@contextlib.contextmanager
def _naming_delivery(delivery: Delivery, path: Path, member_name: str | None) -> Iterator[None]:
    """Let a refusal name the delivered file, and its member if it has some, not a copy of ours."""
    try:
        yield
    except DeliveryRefusedError as error:
        if f"{path}" in error.what and member_name is None:
            raise
        faults = tuple(
            replace(
                fault,
                member_name=", ".join(filter(None, (member_name, fault.member_name))) or None,
            )
            for fault in error.faults
        )
        told = [fault.describe(str(delivery.path)) for fault in faults] or [error.what]
        raise DeliveryRefusedError("\n  ".join(told), error.remedy, faults) from None
