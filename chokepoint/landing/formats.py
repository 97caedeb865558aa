"""Which of a contract's formats a file is in, and its text as landing reads it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.landing.archives import (
    ARCHIVE_SUFFIXES,
    Member,
    is_archive,
    list_members,
    read_member,
)
from chokepoint.landing.contracts import ANY_MEMBER, CodeList, ProducerFormat, SourceContract
from chokepoint.landing.delivery import is_parquet, read_header, text_encoding
from chokepoint.landing.refusals import DeliveryRefusedError, refused
from chokepoint.landing.tables import holds_table
from chokepoint.landing.workbooks import WORKBOOK_SUFFIX, is_workbook

JSON_SUFFIX = ".json"
# Kinds of files that producers publish and people keep other things in.
PRODUCER_SUFFIXES = (JSON_SUFFIX, ".dat", ".txt", WORKBOOK_SUFFIX)


def format_of(contract: SourceContract, path: Path) -> ProducerFormat | None:
    """The format in which a file delivers a source; None when it has the contract's columns.

    DeliveryRefusedError for an archive, JSON or the like that no format of the source reads.
    """
    if not contract.formats:
        if needs_format(path):
            raise refused(
                path,
                f"{contract.source_id} comes as CSV or Parquet, not like this",
                "Unpack or export the table as CSV and land that file.",
            )
        return None
    # What is damaged is told by whoever reads the file whole.
    with contextlib.suppress(DeliveryRefusedError):
        if not needs_format(path) and sorted(read_header(path)) == sorted(contract.column_names):
            return None
        named = [form for form in contract.formats if form.names(path)]
        if len(named) == 1:
            return named[0]
        for form in named or contract.formats:
            if _holds_rows(form, path):
                return form
        if named:
            return named[0]
    # A producer's format says best itself what is wrong with a file.
    return contract.formats[0] if needs_format(path) else None


def format_in(path: Path, contracts: Mapping[str, SourceContract]) -> str | None:
    """The source of which a file is the producer's own; None when there is none.

    By the file's name, then by the members of an archive or by the header of a text.
    ChokepointError when these fit several sources.
    """
    by_name = source_by_name(path, contracts)
    if by_name is not None:
        return by_name
    found = [
        source_id
        for source_id, contract in contracts.items()
        if any(_holds_rows(form, path) for form in contract.formats)
    ]
    if len(found) > 1:
        raise several_sources(path, found)
    return found[0] if found else None


def several_sources(path: Path, source_ids: list[str]) -> ChokepointError:
    """What to say of a file that does not tell which of several sources it delivers."""
    return ChokepointError(
        f"{path}: the header is that of {len(source_ids)} sources: {', '.join(source_ids)}",
        "start the file name with the name of its source, or name it with "
        "`chokepoint land PATH --source NAME`.",
    )


def source_by_name(path: Path, contracts: Mapping[str, SourceContract]) -> str | None:
    """The source whose producer calls its files so; None when there is none."""
    for source_id, contract in contracts.items():
        if any(form.names(path) for form in contract.formats):
            return source_id
    return None


def needs_format(path: Path) -> bool:
    """True for a kind of file that only a producer's format reads."""
    return path.name.lower().endswith((*ARCHIVE_SUFFIXES, *PRODUCER_SUFFIXES))


def _holds_rows(form: ProducerFormat, path: Path) -> bool:
    """Whether what is in a file is as in the format, whatever the file is called."""
    if is_archive(path):
        return form.members != ANY_MEMBER and bool(form.data_members(list_members(path)))
    if path.name.lower().endswith(JSON_SUFFIX) or is_parquet(path):
        return False
    if form.table or is_workbook(path):
        return form.table is not None and holds_table(path, form)
    encoding = text_encoding(form.encoding)
    return form.has_header(read_header(path, encoding, form.delimiter, form.quote))


def choose_data_members(path: Path, form: ProducerFormat) -> list[Member]:
    """The members that hold rows; DeliveryRefusedError when there is none, or one too many."""
    members = list_members(path)
    found = form.data_members(members)
    names = ", ".join(member.name for member in members) or "nothing"
    if not found:
        raise refused(
            path,
            f"the archive holds no member called like {form.members} ({form.name}); it holds "
            f"{names}",
            f"Fetch the file again as the producer publishes it ({form.documentation}).",
        )
    if len(found) > 1 and not form.many_members:
        raise refused(
            path,
            f"the archive holds {len(found)} members with rows, "
            f"{', '.join(member.name for member in found)}; {form.name} has one",
            "Land them one by one: unpack the archive, and give each file.",
        )
    return found


def read_code_list(path: Path, code_list: CodeList) -> dict[str, str]:
    """Key -> value of a list of codes in an archive."""
    if not is_archive(path):
        raise refused(
            path,
            f"the list of codes {code_list.member} is not with the file",
            "Land the archive as the producer publishes it; the codes are explained in it.",
        )
    found = [
        member
        for member in list_members(path)
        if re.fullmatch(code_list.member, member.base_name, re.IGNORECASE)
    ]
    if len(found) != 1:
        raise refused(
            path,
            f"the archive holds {len(found)} lists of codes called like {code_list.member}",
            "Fetch the file again as the producer publishes it; the codes are explained in it.",
        )
    text = read_member(path, found[0]).decode(code_list.encoding, errors="replace")
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    header = reader.fieldnames or []
    key = next((name for name in code_list.keys if name in header), None)
    value = next((name for name in code_list.values if name in header), None)
    if key is None or value is None:
        raise refused(
            path,
            f"{found[0].name}, line 1: the columns {','.join(header)!r} are not "
            f"{code_list.keys[0]} and {code_list.values[0]}",
            "Fetch the file again as the producer publishes it; the codes are explained in it.",
            value=found[0].name,
        )
    return {row[key]: row[value] for row in reader if row[key] and row[value]}


def write_json_as_csv(path: Path, form: ProducerFormat, encoding: str, target: Path) -> None:
    """Write the rows of a JSON file as CSV; record n of the list is line n + 1 of the copy.

    Numbers keep their digits. DeliveryRefusedError when the text is no JSON or holds no such
    list.
    """
    try:
        text = path.read_text(encoding)
    except UnicodeDecodeError as error:
        raise refused(
            path,
            f"the file does not decode as {encoding}: {error.reason}",
            "Find out how the file was saved and name that encoding.",
        ) from None
    names: dict[str, None] = {}
    try:
        for record in _json_records(text, form.json):
            names.update(dict.fromkeys(record))
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            for record in _json_records(text, form.json):
                writer.writerow([_json_text(record.get(name)) for name in names])
    except ValueError as error:
        raise refused(
            path, f"not the JSON of {form.name} ({error})", "Fetch the file again."
        ) from None


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)
_SPACE = re.compile(r"[ \t\r\n]*")


def _json_records(text: str, name: str) -> Iterator[dict[str, object]]:
    """The records of a list in a JSON text, one at a time; a list of lists starts with names."""
    header: list[str] | None = None
    for item in _json_items(text, _json_list(text, name)):
        if isinstance(item, dict):
            yield item
        elif not isinstance(item, list):
            raise ValueError(f"a record is {_json_text(item)[:40]!r}")
        elif header is None:
            header = [_json_text(value) for value in item]
        elif len(item) != len(header):
            raise ValueError(f"a record has {len(item)} fields, the header {len(header)}")
        else:
            yield dict(zip(header, item, strict=True))


def _json_list(text: str, name: str) -> int:
    """Where the list starts, behind its bracket."""
    at = _skip(text, 1 if text.startswith("\ufeff") else 0)
    if not name:
        return _expect(text, at, "[")
    at = _skip(text, _expect(text, at, "{"))
    while text[at : at + 1] == '"':
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        if key == name:
            return _expect(text, at, "[")
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
    raise ValueError(f"there is no list {name!r}")


def _json_items(text: str, at: int) -> Iterator[object]:
    at = _skip(text, at)
    while text[at : at + 1] != "]":
        item, at = _DECODER.raw_decode(text, at)
        yield item
        at = _skip(text, at)
        if text[at : at + 1] != "]":
            at = _skip(text, _expect(text, at, ","))


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _expect(text: str, at: int, char: str) -> int:
    if text[at : at + 1] != char:
        found = text[at : at + 20] or "the end"
        raise ValueError(f"{char!r} should stand where {found!r} does, at character {at + 1}")
    return at + 1


def _json_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
