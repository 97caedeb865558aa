"""Which of a contract's formats a file is in, and its text as landing reads it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import (
    ANY_MEMBER,
    CodeList,
    ProducerFormat,
    Records,
    SourceContract,
)
from chokepoint.landing.files.archives import Member, is_archive, list_members, read_member
from chokepoint.landing.files.tables import holds_table
from chokepoint.landing.files.texts import (
    is_parquet,
    lines_of,
    read_header,
    read_rows,
    read_start,
    text_encoding,
)
from chokepoint.landing.files.workbooks import WORKBOOK_SUFFIX, is_workbook
from chokepoint.landing.refusals import DeliveryRefusedError, refused

JSON_SUFFIX = ".json"
# Kinds of files that producers publish and people keep other things in.
PRODUCER_SUFFIXES = (JSON_SUFFIX, ".dat", ".txt", WORKBOOK_SUFFIX)


def format_of(contract: SourceContract, path: Path) -> ProducerFormat | None:
    """The format in which a file delivers a source; None when it has the contract's columns."""
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
            if _holds_rows(form, path, of_any_mark=True):
                return form
        if named:
            return named[0]
        if not needs_format(path):
            own = len({*contract.column_names} & {*read_header(path)})
            best = max(contract.formats, key=partial(_columns_in, path))
            return best if _columns_in(path, best) > own else None
    # A producer's format says best itself what is wrong with a file.
    return contract.formats[0] if needs_format(path) else None


def _columns_in(path: Path, form: ProducerFormat) -> int:
    """How many columns of a format a text has."""
    header = read_header(path, text_encoding(form.encoding), form.delimiter, form.quote)
    return len({*form.columns} & {*form.column_names(header)})


def format_in(path: Path, contracts: Mapping[str, SourceContract]) -> str | None:
    """The source of which a file is the producer's own, by its name, then members of an archive,
    header and first row; None when there is none. ChokepointError when several fit."""
    for source_id, contract in contracts.items():
        if any(form.names(path) for form in contract.formats):
            return source_id
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


def needs_format(path: Path) -> bool:
    """True for a kind of file that only a producer's format reads."""
    return is_archive(path) or is_of_producers_kind(path)


def is_of_producers_kind(path: Path) -> bool:
    """True for a kind of text that producers publish and people keep other things in."""
    name = path.name.lower()
    return name.endswith(PRODUCER_SUFFIXES) or (
        name.endswith(".gz") and not name.endswith(".csv.gz")
    )


def _holds_rows(form: ProducerFormat, path: Path, *, of_any_mark: bool = False) -> bool:
    """Whether a file is in the format, whatever it is called, and has its marks."""
    if is_archive(path):
        return form.members != ANY_MEMBER and bool(form.data_members(list_members(path)))
    if is_parquet(path):
        return False
    if form.table or is_workbook(path):
        return form.table is not None and holds_table(path, form)
    header, first_row = first_rows(form, path, text_encoding(form.encoding))
    if not form.has_header(header):
        return False
    row = dict(zip(form.column_names(header), first_row, strict=False))
    return of_any_mark or all(
        re.fullmatch(pattern, form.bare(row.get(name, ""))) for name, pattern in form.marks
    )


def first_rows(form: ProducerFormat, path: Path, encoding: str) -> tuple[list[str], list[str]]:
    """The header and the first row of a file as the format reads it; empty where it cannot."""
    is_json = path.name.lower().endswith(JSON_SUFFIX)
    if is_json or form.records:
        start = read_start(path, encoding)
        if form.records:
            row = next((line for line in start.splitlines() if _fields(form.records, line)), "")
            found = _fields(form.records, row) or []
            return ([name for name, _, _ in form.records.fields], found) if found else ([], [])
        with contextlib.suppress(ValueError):
            for record in _json_records(start, form.json):
                return list(record), [_json_text(value) for value in record.values()]
        return [], []
    rows = read_rows(path, encoding, form.delimiter, form.quote, most=2)
    return (rows[0] if rows else []), (rows[1] if len(rows) > 1 else [])


def _fields(records: Records, line: str) -> list[str] | None:
    if not re.fullmatch(records.line, line):
        return None
    return [line[first - 1 : last].strip() for _, first, last in records.fields]


def write_as_csv(path: Path, form: ProducerFormat, encoding: str, target: Path) -> None:
    """Write the rows of JSON, or of lines with fields at fixed places, as CSV: record n is line n +
    1 of the copy; numbers keep their digits. DeliveryRefusedError where it does not decode or is
    not the format's JSON."""
    is_json = not form.records or path.name.lower().endswith(JSON_SUFFIX)
    rows = _json_rows(path, form, encoding) if is_json else _record_rows(path, form, encoding)
    with target.open("w", encoding="utf-8", newline="") as copy:
        csv.writer(copy, lineterminator="\n").writerows(rows)


def _record_rows(path: Path, form: ProducerFormat, encoding: str) -> Iterator[Iterable[str]]:
    """A line that is no row, nor one of those that the producer puts first and last, comes as one
    field, which the reader will not take for a row."""
    assert form.records is not None
    yield [name for name, _, _ in form.records.fields]
    for number, line in enumerate(lines_of(path, encoding), start=1):
        line = line.rstrip("\r\n")
        is_frame = form.records.frame and re.fullmatch(form.records.frame, line)
        yield _fields(form.records, line) or ([] if is_frame else [line or f"line {number}"])


def _json_rows(path: Path, form: ProducerFormat, encoding: str) -> Iterator[Iterable[str]]:
    text = "".join(lines_of(path, encoding))
    try:
        names = dict.fromkeys(name for row in _json_records(text, form.json) for name in row)
        if not names:
            raise refused(
                path,
                "the answer holds no rows",
                f"Look at what was asked for ({form.documentation}), or ask again later: the "
                "producer has nothing of it yet.",
            )
        yield names
        for record in _json_records(text, form.json):
            yield [_json_text(record.get(name)) for name in names]
    except ValueError as error:
        raise refused(
            path, f"not the JSON of {form.name} ({error})", "Fetch the file again."
        ) from None


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
            form.again,
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
    again = "Fetch the file again as the producer publishes it; the codes are explained in it."
    found = [
        member
        for member in (list_members(path) if is_archive(path) else ())
        if re.fullmatch(code_list.member, member.base_name, re.IGNORECASE)
    ]
    if len(found) != 1:
        reason = f"with the file are {len(found)} lists of codes called like {code_list.member}"
        raise refused(path, reason, again)
    text = read_member(path, found[0]).decode("utf-8-sig", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    header = reader.fieldnames or []
    key = next((name for name in code_list.keys if name in header), None)
    value = next((name for name in code_list.values if name in header), None)
    if key is None or value is None:
        raise refused(
            path,
            f"{found[0].name}, line 1: the columns {','.join(header)!r} are not "
            f"{code_list.keys[0]} and {code_list.values[0]}",
            again,
            value=found[0].name,
        )
    return {row[key]: row[value] for row in reader if row[key] and row[value]}


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


def _json_records(text: str, name: str) -> Iterator[dict[str, object]]:
    """The records of a list in a JSON text, one at a time; a list of lists starts with names."""
    header: list[str] | None = None
    for item in _json_items(text, name):
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


def _json_items(text: str, name: str) -> Iterator[object]:
    """The items of the list of this name, or of the text that is one."""
    found = re.search(rf'"{name}"\s*:\s*\[\s*' if name else r"^\ufeff?\s*\[\s*", text)
    if found is None:
        raise ValueError(f"there is no list {name!r}" if name else "it does not begin with a list")
    at = found.end()
    while text[at : at + 1] != "]":
        try:
            item, at = _DECODER.raw_decode(text, at)
        except RecursionError:
            raise ValueError(
                f"brackets in brackets without end, from character {at + 1} on"
            ) from None
        yield item
        if (found := re.compile(r"\s*(,\s*|(?=\]))").match(text, at)) is None:
            said = text[at : at + 20] or "the end"
            raise ValueError(f"',' should stand where {said!r} does, at character {at + 1}")
        at = found.end()


def _json_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
