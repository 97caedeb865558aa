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
from chokepoint.landing.files.texts import is_parquet, read_rows, scan_text
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
        """A file or member as text, of which the header is right."""
        form, delivered = self.form, self.delivery.path
        text = Text(path, self.encoding, [], delivered, self.folder, form, member_name)
        with _naming_delivery(self.delivery, path, member_name):
            if form and form.table:
                text.path, text.header = self.folder / "table.csv", list(form.table_columns)
                text.is_table, text.doubts = True, self._write_table(path, form, text.path)
                return text
            if form and (form.records or path.name.lower().endswith(JSON_SUFFIX)):
                text.path, text.encoding = self.folder / "delivery_as_text.csv", "utf-8"
                write_as_csv(path, form, self.encoding, text.path)
            if not is_parquet(path):
                text.facts = scan_text(text.path, text.encoding)
        rows = read_rows(text.path, text.encoding, text.delimiter, text.quote, most=2)
        header, first_row = [*rows, [], []][:2]
        if form is None:
            text.header = header
            check_header(header, self.contract, delivered)
            return text
        text.header = form.column_names(header)
        text.is_padded = form.has_last_delimiter and (
            len(text.header) < len(header) or first_row == [*first_row[: len(header)], ""]
        )
        wanted = Columns(form.name, form.columns, form.all_optional, form.is_open)
        check_columns(text.header, wanted, delivered, member_name)
        self._check_kind(text.header, form, member_name)
        return text

    def _write_table(self, path: Path, form: ProducerFormat, copy: Path) -> list[str]:
        """Write the copy of a table; returns doubts."""
        if isinstance(form, MappedForm):
            return form.write_csv(path, copy)
        is_cut = not is_workbook(path) and not scan_text(path, self.encoding).is_ended
        doubts = write_table_as_csv(path, form, self.encoding, copy)
        return [*doubts, NOT_ENDED] if is_cut else doubts

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
