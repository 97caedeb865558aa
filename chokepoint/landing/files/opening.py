"""A delivery as plain texts, each with a header that is right: unpacked, decoded, flattened."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.files.archives import extract, is_archive
from chokepoint.landing.files.delivery import Delivery
from chokepoint.landing.files.formats import JSON_SUFFIX, choose_data_members, write_as_csv
from chokepoint.landing.files.headers import check_columns, check_header_text
from chokepoint.landing.files.tables import NOT_ENDED, write_table_as_csv
from chokepoint.landing.files.texts import is_parquet, lines_of, read_rows, scan_text
from chokepoint.landing.files.workbooks import is_workbook
from chokepoint.landing.intake.mapping import MappedForm
from chokepoint.landing.records import Text
from chokepoint.landing.refusals import DeliveryRefusedError, Fault, refused_for


def open_texts(
    delivery: Delivery,
    contract: SourceContract,
    form: ProducerFormat | None,
    encoding: str,
    folder: Path,
) -> Iterator[Text]:
    """The texts of a delivery, each with its header; each is gone when the next is asked for."""
    path = delivery.path
    if form is None or not is_archive(path):
        yield _opened(Text(path, encoding, path, folder, form), contract)
        return
    for number, member in enumerate(choose_data_members(path, form)):
        unpacked = folder / f"member_{number}{Path(member.base_name).suffix.lower()}"
        extract(path, member, unpacked)
        yield _opened(Text(unpacked, encoding, path, folder, form, member.name), contract)
        unpacked.unlink()


def _opened(text: Text, contract: SourceContract) -> Text:
    """A file or member as text, of which the header is right."""
    form, path = text.form, text.path
    with _naming_delivery(text):
        if form and form.table:
            text.path, text.header = text.folder / "table.csv", list(form.table_columns)
            text.is_table = True
            if isinstance(form, MappedForm):
                text.doubts = form.write_csv(path, text.path)
                return text
            is_cut = not is_workbook(path) and not scan_text(path, text.encoding).is_ended
            doubts = write_table_as_csv(path, form, text.encoding, text.path)
            text.doubts = [*doubts, NOT_ENDED] if is_cut else doubts
            return text
        if form and (form.records or path.name.lower().endswith(JSON_SUFFIX)):
            text.path = text.folder / "delivery_as_text.csv"
            write_as_csv(path, form, text.encoding, text.path)
            text.encoding = "utf-8"
        if not is_parquet(path):
            text.facts = scan_text(text.path, text.encoding)
    try:
        _take_header(text, contract)
    except DeliveryRefusedError:
        if text.encoding != "utf-8" and not is_parquet(path):
            # In a wrong encoding no header is right: a byte that does not decode says more.
            with _naming_delivery(text):
                deque(lines_of(text.path, text.encoding), maxlen=0)
        raise
    return text


def _take_header(text: Text, contract: SourceContract) -> None:
    """Read the header, and refuse it where it is not right."""
    rows = read_rows(text.path, text.encoding, text.delimiter, text.quote, most=2)
    header, first_row = [*rows, [], []][:2]
    form = text.form
    if form is None:
        check_header_text(header, text.delivered_path)
        form = ProducerFormat(contract.source_id, "", "", contract.column_names, ())
    text.header = form.column_names(header)
    text.is_padded = form.has_last_delimiter and (
        len(text.header) < len(header) or first_row == [*first_row[: len(header)], ""]
    )
    check_columns(text.header, form, text.delivered_path, text.member_name)
    _check_kind(text, form)


def _check_kind(text: Text, form: ProducerFormat) -> None:
    """Refuse a header with none of the columns at choice, or one that breaks figures down."""
    header = text.header
    if form.either and not any(set(header) >= set(names) for names in form.either):
        choice = ", or ".join(" and ".join(names) for names in form.either)
        column, remedy = None, f"Ask for {choice}."
        reason = f"{form.name} needs {choice}, and has neither"
    elif found := [name for name in form.breakdowns if name in header]:
        column, remedy = found[0], f"Ask without {', '.join(found)}."
        reason = "the column breaks the figures down, and their sums are wanted"
    else:
        return
    fault = Fault(1, column, None, reason, remedy, member_name=text.member_name)
    raise refused_for([fault], f"{text.delivered_path}")


@contextlib.contextmanager
def _naming_delivery(text: Text) -> Iterator[None]:
    """Let a refusal name the delivered file, and its member if it has some, not a copy of ours."""
    delivered, member_name = f"{text.delivered_path}", text.member_name
    try:
        yield
    except DeliveryRefusedError as error:
        if delivered in error.what and member_name is None:
            raise
        faults = tuple(
            replace(
                fault,
                member_name=", ".join(filter(None, (member_name, fault.member_name))) or None,
            )
            for fault in error.faults
        )
        told = [fault.describe(delivered) for fault in faults] or [error.what]
        raise DeliveryRefusedError("\n  ".join(told), error.remedy, faults) from None
