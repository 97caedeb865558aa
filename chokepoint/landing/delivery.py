"""A delivered file as bytes and text: is it whole, what is it, what does its header say.

Everything here streams; no file is held in memory.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import difflib
import gzip
import hashlib
import io
import itertools
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from chokepoint.errors import ChokepointError, listed, shortened
from chokepoint.landing.archives import MOST_GROWTH, most_bytes
from chokepoint.landing.contracts import SourceContract
from chokepoint.landing.refusals import NOT_WHOLE, Fault, refused, refused_for, refusing_damage
from chokepoint.settings import glob_escape

SUFFIXES = (
    ".csv", ".csv.gz", ".parquet", ".zip", ".7z", ".xlsx", ".json", ".dat", ".txt", ".gz",
)  # fmt: skip
PARQUET_SUFFIX = ".parquet"
# Lists of files that may lie beside them.
PACKAGE_NAME = "datapackage.json"
LISTS = (PACKAGE_NAME, ".sha256")
_CHUNK_BYTES = 1 << 20
_HEADER_BYTES = 1 << 16
# DuckDB keeps a line out that has more than 2 MiB; one that never ends would fill its buffers.
_MOST_LINE_BYTES = 8 << 20
# Of the end of a text, to tell its empty lines.
_TAIL_BYTES = 4096
_NOT_CSV = "Export the table as CSV (comma-separated, UTF-8) and land that file."


@dataclass(frozen=True)
class Delivery:
    """A file as it was handed over: where it is and what its bytes are."""

    path: Path
    size_bytes: int
    changed_ns: int

    @cached_property
    def sha256(self) -> str:
        return digest(self.path)

    def check_unchanged(self) -> None:
        """Refuse a file that was written to while it was being read or hashed."""
        stat = self.path.stat()
        if (stat.st_size, stat.st_mtime_ns) != (self.size_bytes, self.changed_ns):
            raise refused(
                self.path,
                "the file changed while it was being read",
                "Wait until the file is complete, then land it again.",
            )


@dataclass(frozen=True)
class TextFacts:
    """What one pass over the text showed.

    line_count          physical lines
    last_line           number of the last line that is not empty
    last_text           that line, or its end
    is_ended            whether that line has an end
    has_mixed_newlines  more than one kind of line ending
    """

    line_count: int
    last_line: int
    last_text: str
    is_ended: bool
    has_mixed_newlines: bool


def digest(path: Path, kind: str = "sha256") -> str:
    """The checksum of a file, against accidents alone where it is an MD5 or SHA-1."""
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


def check_readable(path: Path) -> None:
    """ChokepointError unless the path names a .csv, .csv.gz or .parquet file that can be read."""
    check_name(path)
    if not path.exists():
        raise ChokepointError(f"{path} does not exist", "check the path of the file to land.")
    if path.is_dir():
        raise ChokepointError(
            f"{path} is a folder", "name one file, or put the files into data/inbox."
        )
    if not path.name.lower().endswith(SUFFIXES):
        raise ChokepointError(
            f"{path} is none of {', '.join(SUFFIXES)}",
            "only CSV files, plain or gzipped, Parquet files, and archives, workbooks, JSON and "
            "text as producers publish them can land.",
        )
    try:
        path.open("rb").close()
    except OSError as error:
        raise ChokepointError(
            f"{path} cannot be read: {error.strerror}", "check the file's permissions."
        ) from None


def check_name(path: Path) -> None:
    """ChokepointError when a path cannot be written down: bytes that are no text, controls."""
    shown = printable(path)
    if shown != str(path):
        is_text = not any("\ud800" <= char <= "\udfff" for char in str(path))
        what = "holds control characters" if is_text else "is not valid UTF-8"
        raise ChokepointError(f"{shown}: the name {what}", "rename the file, then land it again.")


def printable(path: Path | str) -> str:
    """A path or name as text that can be shown anywhere: odd characters as \\x escapes."""
    return "".join(
        char.encode("unicode_escape").decode()
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        else char
        for char in os.fspath(path)
    )


def open_delivery(path: Path) -> Delivery:
    """A delivered file; ChokepointError when `check_readable` has one."""
    check_readable(path)
    stat = path.stat()
    return Delivery(path, stat.st_size, stat.st_mtime_ns)


def check_beside(delivery: Delivery) -> None:
    """Refuse a file that is not what a list beside it says: NAME.sha256, or a data package.

    The first is what `sha256sum` writes, the second `datapackage.json` with `hash` or `bytes` of
    the file (https://specs.frictionlessdata.io/data-resource/).
    """
    path = delivery.path
    beside = path.with_name(f"{path.name}.sha256")
    if beside.is_file():
        # Whatever else stands there, and in UTF-16 too.
        text = beside.read_bytes().replace(b"\0", b"").decode(errors="replace")
        said = re.search(r"\b[0-9a-fA-F]{64}\b", text) or re.search(r"\S*", text)
        _check_digest(delivery, said[0] if said else "", "sha256", beside)
    beside = path.with_name(PACKAGE_NAME)
    if not beside.is_file():
        return
    try:
        resources = json.loads(beside.read_text(encoding="utf-8"))["resources"]
        resources = [one for one in resources if isinstance(one, dict)]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        said = error.strerror if isinstance(error, OSError) else "no JSON object with `resources`"
        raise refused(
            beside,
            f"not a data package ({said})",
            "Mend it, or take it away: files beside it are compared with what it says.",
        ) from None
    for resource in resources:
        if resource.get("path") != path.name:
            continue
        if isinstance(size := resource.get("bytes"), int) and size != delivery.size_bytes:
            raise refused(
                path,
                f"the file has {delivery.size_bytes:,} bytes, and {beside.name} says {size:,}",
                NOT_WHOLE,
            )
        if said := str(resource.get("hash") or ""):
            kind, _, hexadecimal = said.rpartition(":")
            _check_digest(delivery, hexadecimal, kind or "md5", beside)


def _check_digest(delivery: Delivery, said: str, kind: str, beside: Path) -> None:
    if kind not in hashlib.algorithms_guaranteed or not said:
        raise refused(
            beside,
            f"no checksum that can be compared ({shortened(f'{kind}:{said}')})",
            "Write the SHA-256 of the file there, or take this list away.",
        )
    found = delivery.sha256 if kind == "sha256" else digest(delivery.path, kind)
    if found != said.lower():
        raise refused(
            delivery.path,
            f"the file's {kind} is {found}, and {beside.name} says {shortened(said)}",
            NOT_WHOLE,
        )


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table of ours, kept as CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text_encoding(name: str) -> str:
    """The codec's own name for an encoding; ChokepointError when there is no such encoding."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except LookupError:
        raise ChokepointError(
            f"there is no text encoding {name!r}", "try utf-8, cp1252, latin-1 or utf-16."
        ) from None
    return "utf-8" if found == "utf-8-sig" else found


def read_header(
    path: Path, encoding: str = "utf-8", delimiter: str = ",", quote: str = '"'
) -> list[str]:
    """The column names of a file. Bytes that are not UTF-8 become lone surrogates."""
    return next(iter(read_rows(path, encoding, delimiter, quote)), [])


def read_rows(
    path: Path, encoding: str, delimiter: str, quote: str, most: int = 1
) -> list[list[str]]:
    """The first rows of a text, the header among them; fewer where they cannot be read.

    Of Parquet the header alone.
    """
    if is_parquet(path):
        return [[name[1:-1].replace('""', '"') for name, _ in _parquet_columns(path)]]
    lines = read_start(path, encoding).splitlines(keepends=True)
    with contextlib.suppress(csv.Error):
        records = itertools.islice(numbered_records(lines, delimiter, quote), most)
        return [fields for _, fields in records]
    return []


def read_start(path: Path, encoding: str) -> str:
    """How a text begins. Bytes that are not UTF-8 become lone surrogates."""
    with _refusing_damage(path), open_bytes(path) as file:
        start = file.read(_HEADER_BYTES)
    if encoding == "utf-8":
        return start.decode("utf-8-sig", errors="surrogateescape")
    return start.decode(encoding, errors="replace").removeprefix("\ufeff")


def scan_text(path: Path, encoding: str) -> TextFacts:
    """Read the whole file once: is it whole, and is it text?

    Raises DeliveryRefusedError for an empty, damaged or other kind of file, for a line that is too
    long to be one, and for gzip that grows beyond measure. Counts of lines are of the bytes, and
    are of no use for UTF-16 and UTF-32. Of Parquet nothing is counted: rows have no lines.
    """
    if is_parquet(path):
        return TextFacts(0, 0, "", is_ended=True, has_mixed_newlines=False)
    counts = {b"\n": 0, b"\r": 0, b"\r\n": 0}
    last = b""
    start = b""
    tail = b""
    size = line_bytes = 0
    most = most_bytes(path) if _is_gzip(path) else sys.maxsize
    has_nul = False
    with _refusing_damage(path), open_bytes(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            start = start or chunk[:16]
            has_nul = has_nul or b"\0" in chunk
            counts[b"\n"] += (feeds := chunk.count(b"\n"))
            if b"\r" in chunk or last == b"\r":
                counts[b"\r"] += chunk.count(b"\r")
                counts[b"\r\n"] += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            last = chunk[-1:]
            tail = (tail + chunk)[-_TAIL_BYTES:]
            if (size := size + len(chunk)) > most:
                raise refused(
                    path,
                    f"the file unpacks to more than {MOST_GROWTH} times its size",
                    "Do not unpack it: fetch it again from the producer's own address.",
                )
            ends = [at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0]
            if line_bytes + (min(ends) if ends else len(chunk)) > _MOST_LINE_BYTES:
                raise refused(
                    path,
                    f"the line is longer than {_MOST_LINE_BYTES:,} bytes: not a table of rows",
                    _NOT_CSV,
                    line=counts[b"\n"] - feeds + 1,
                )
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line_bytes = len(chunk) - end - 1 if end >= 0 else line_bytes + len(chunk)
    _check_start(path, start, encoding)
    if has_nul and not _is_wide(encoding):
        raise refused(path, "the file holds NUL bytes, so it is not text", _NOT_CSV)
    pairs, feeds, returns = counts[b"\r\n"], counts[b"\n"], counts[b"\r"]
    kinds = (pairs, feeds - pairs, returns - pairs)
    is_ended = last in (b"\n", b"\r")
    line_count = feeds + returns - pairs + (not is_ended)
    # Unless the file ends in kilobytes of empty lines.
    empty = len(tail[len(tail.rstrip(b"\r\n")) :].splitlines()) - 1
    return TextFacts(
        line_count=line_count,
        last_line=line_count - max(empty, 0),
        last_text=tail.decode(errors="replace").strip().replace("\r", "\n").rpartition("\n")[2],
        is_ended=is_ended,
        has_mixed_newlines=sum(kind > 0 for kind in kinds) > 1,
    )


def check_start(path: Path, encoding: str = "utf-8") -> None:
    """Refuse a file whose first bytes show that it is empty, damaged or not CSV."""
    if is_parquet(path):
        _parquet_columns(path)
        return
    with _refusing_damage(path), open_bytes(path) as file:
        start = file.read(_HEADER_BYTES)
    _check_start(path, start, encoding)
    if b"\0" in start and not _is_wide(encoding):
        raise refused(path, "the file holds NUL bytes, so it is not text", _NOT_CSV)


def _is_wide(encoding: str) -> bool:
    return encoding.startswith(("utf-16", "utf-32"))


def _check_start(path: Path, start: bytes, encoding: str) -> None:
    if not start:
        raise refused(path, "the file is empty", NOT_WHOLE)
    is_wide = _is_wide(encoding)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not is_wide:
        raise refused(
            path, "the file is UTF-16, not UTF-8", f"`chokepoint land {path} --encoding utf-16`."
        )
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise refused(path, "this is a workbook, archive or PDF, not CSV", _NOT_CSV)
    if start.startswith(b"\x1f\x8b"):
        raise refused(
            path, "the content is gzip, but the name does not say so", "Rename it to .csv.gz."
        )
    if start.lstrip(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise refused(path, "this is a web page or XML, not CSV", _NOT_CSV)


def is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(PARQUET_SUFFIX)


def _parquet_columns(path: Path) -> list[tuple[str, str]]:
    """Quoted name and type of each column of a Parquet file."""
    import duckdb  # late: most deliveries are CSV

    # A new connection: damaged bytes can make one unusable.
    with refusing_parquet_damage(path), duckdb.connect() as con:
        rows = con.execute("describe select * from read_parquet($1)", [glob_escape(str(path))])
        return [('"' + row[0].replace('"', '""') + '"', row[1]) for row in rows.fetchall()]


def parquet_sql(path: Path) -> str:
    """SQL for the rows of a Parquet delivery: `record`, then the text of each column as `raw_<n>`.

    Days kept as timestamps (pandas) are days.
    """
    columns = []
    for number, (name, data_type) in enumerate(_parquet_columns(path), start=1):
        text = f"{name}::varchar"
        if data_type.startswith("TIMESTAMP"):
            text = f"if({name} = date_trunc('day', {name}), {name}::date::varchar, {text})"
        columns.append(f"nullif({text}, '') as raw_{number}")
    columns_sql = ", ".join(["row_number() over () as record", *columns])
    file = glob_escape(str(path)).replace("'", "''")
    return f"select {columns_sql} from read_parquet('{file}')"


def refusing_parquet_damage(path: Path) -> contextlib.AbstractContextManager[None]:
    return refusing_damage(
        path, "not a sound Parquet file", "Write the file again, or export the table as CSV."
    )


def write_utf8_copy(path: Path, encoding: str, target: Path) -> None:
    """Copy a delivery as plain UTF-8 with \\n line ends.

    From UTF-8, invalid bytes are kept as they are. From any other encoding, the first byte
    that does not decode refuses the delivery, naming the line.
    """
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)(errors), translate=True
    )
    lines = 1
    with _refusing_damage(path), open_bytes(path) as source, target.open("wb") as copy:
        chunk = b"-"
        while chunk:
            chunk = source.read(_CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                said = ""
                if isinstance(error, UnicodeDecodeError):
                    lines += error.object[: error.start].count(b"\n")
                    said = f": {error.reason}"
                raise refused(
                    path,
                    f"the file does not decode as {encoding}{said}",
                    "Find out how the file was saved and name that encoding.",
                    line=lines,
                ) from None
            lines += text.count("\n")
            copy.write(text.encode("utf-8", errors))


@contextlib.contextmanager
def refusing_encoding(path: Path, encoding: str) -> Iterator[None]:
    """Refuse a file of which a byte does not decode."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise refused(
            path,
            f"the file does not decode as {encoding}: {error.reason}",
            "Find out how the file was saved and name that encoding.",
        ) from None


def cp1252_remedy(path: Path) -> str:
    """What to do about a file that is not UTF-8 but in Windows-1252; empty if it is not."""
    try:
        with open_bytes(path) as file:
            while chunk := file.read(_CHUNK_BYTES):
                chunk.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return (
        f"The file decodes as Windows-1252: `chokepoint land {path} --encoding cp1252`, "
        "or save it as UTF-8."
    )


def check_header_text(header: list[str], path: Path) -> None:
    """Refuse a header that no source could have: not UTF-8, not commas, empty."""
    if any("\udc80" <= char <= "\udcff" for name in header for char in name):
        remedy = cp1252_remedy(path) or "Save the file as UTF-8."
        raise refused(path, "the header is not UTF-8", remedy, line=1)
    if len(header) <= 1:
        found = header[0] if header else ""
        for delimiter, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if delimiter in found:
                raise refused(
                    path,
                    f"the columns are separated by {word}, not commas",
                    "Export with commas as separator and points as decimal mark.",
                    line=1,
                )
        if not found.strip():
            raise refused(
                path, "the first line is empty; it must name the columns", _NOT_CSV, line=1
            )


def check_header(header: list[str], contract: SourceContract, path: Path) -> None:
    """Refuse a header that does not hold exactly the contract's columns, in any order."""
    check_header_text(header, path)
    check_columns(header, contract.column_names, (), contract.source_id, path)


def check_columns(
    header: list[str],
    expected: tuple[str, ...],
    optional: tuple[str, ...],
    owner: str,
    path: Path,
    member_name: str | None = None,
    *,
    is_open: bool = False,
) -> None:
    """Refuse a header that lacks an expected column or has one that is not even optional.

    owner        whose header it should be
    member_name  the member of the archive that has the header
    is_open      other columns may be there
    """
    missing = [name for name in expected if name not in header]
    extra = [name for name in header if name not in (*expected, *optional)]
    faults = [
        Fault(1, name, name, "the column occurs twice", f"Keep one column {name!r}.")
        for name in dict.fromkeys(name for name in header if header.count(name) > 1)
    ]
    for name in missing:
        fault = Fault(1, name, None, "the column is missing", f"Add the column {name!r}.")
        faults.append(fault := if_renamed(fault, extra))
        if fault.value is not None:
            extra.remove(fault.value)
    for name in dict.fromkeys(extra if not is_open else ()):
        remedy = f"Remove the column {shortened(name)!r}."
        faults.append(Fault(1, name, name, "the source has no such column", remedy))
    if faults:
        shown = f"{path}, {member_name}" if member_name else f"{path}"
        raise refused_for(
            [replace(fault, member_name=member_name) for fault in faults],
            path.name,
            f"{shown}: the header is not that of {owner}",
            (
                f"expected columns: {','.join(expected)}"
                + (f" (and perhaps {','.join(optional)})" if optional else ""),
                f"found columns: {listed(header, ',')}",
            ),
        )


def if_renamed(missing: Fault, others: list[str]) -> Fault:
    """The fault of a missing column; with the one of the others that looks like it renamed."""
    name = missing.column_name or ""
    near = difflib.get_close_matches(name, others, n=1) or [
        other for other in others if other.strip().lower() == name.lower()
    ]
    if not near:
        return missing
    other = shortened(near[0])
    return replace(
        missing,
        value=near[0],
        reason=f"the column {name!r} is missing, and {other!r} looks like it renamed",
        remedy=f"Rename {other!r} to {name!r} if it holds the same quantity in the same unit.",
    )


def map_lines(
    path: Path,
    rejected_records: set[int],
    shifts_path: Path,
    delimiter: str = ",",
    quote: str = '"',
) -> tuple[int, dict[int, int]]:
    """Find the physical lines of a file whose records span lines, or that has blank lines.

    path              UTF-8 text, plain or gzipped
    rejected_records  records that the reader rejected, numbered as the reader does: from 1
                      for the header, blank lines included
    shifts_path       CSV file to write, `record,shift`: from this good record on, a good
                      record's first line is `record + 1 + shift`

    Returns the number of good records and the first line of each rejected one.
    """
    lines: dict[int, int] = {}
    old_limit = csv.field_size_limit(sys.maxsize)
    try:
        with (
            open_bytes(path) as file,
            io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="") as text,
            shifts_path.open("w", encoding="utf-8") as shifts,
        ):
            record = shift = 0
            records = numbered_records(text, delimiter, quote)
            for number, (line, fields) in enumerate(records, start=1):
                if number in rejected_records:
                    lines[number] = line
                elif number > 1 and fields:
                    record += 1
                    if line - record - 1 != shift:
                        shift = line - record - 1
                        shifts.write(f"{record},{shift}\n")
    finally:
        csv.field_size_limit(old_limit)
    return record, lines


def overlong_lines(path: Path, width: int, delimiter: str, quote: str) -> dict[int, str]:
    """Lines with more fields than the header, of which the last is empty: number -> text.

    DuckDB passes over an empty field at the end of a row that has one too many: `5,123,` under two
    columns would be 5, and what was meant as a decimal mark would move the rest.
    """
    found = {}
    mark = delimiter.encode()
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            bare = line.rstrip(b"\r\n")
            # A line has no more fields than delimiters and one.
            if number == 1 or not bare.endswith(mark) or bare.count(mark) < width:
                continue
            text = bare.decode("utf-8", errors="replace")
            if any(len(row) > width for _, row in numbered_records([text], delimiter, quote)):
                found[number] = text
    return found


def numbered_records(
    lines: Iterable[str], delimiter: str, quote: str = '"', *, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """The records of a text by the number of their first line, from 1; no quote if none is one."""
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(
        lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting, strict=strict
    )
    line = 1
    for fields in reader:
        yield line, fields
        line = reader.line_num + 1


def open_bytes(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if _is_gzip(path) else path.open("rb")


def _is_gzip(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _refusing_damage(path: Path) -> contextlib.AbstractContextManager[None]:
    what = "not a sound gzip file" if _is_gzip(path) else "the file cannot be read"
    return refusing_damage(path, what, NOT_WHOLE)
