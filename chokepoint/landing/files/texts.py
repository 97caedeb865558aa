"""A delivered file as text: is it whole, how is it encoded, where do its rows stand.

Everything here streams; no file is held in memory.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError
from chokepoint.landing.files.archives import MOST_GROWTH, most_bytes
from chokepoint.landing.refusals import NOT_WHOLE, refused, refusing_damage
from chokepoint.settings import glob_escape

PARQUET_SUFFIX = ".parquet"
_CHUNK_BYTES = 1 << 20
_HEADER_BYTES = 1 << 16
# DuckDB keeps a line out that has more than 2 MiB; one that never ends would fill its buffers.
_MOST_LINE_BYTES = 8 << 20
# Of the end of a text, to tell its empty lines.
_TAIL_BYTES = 4096
NOT_CSV = "Export the table as CSV (comma-separated, UTF-8) and land that file."


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
                    NOT_CSV,
                    line=counts[b"\n"] - feeds + 1,
                )
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line_bytes = len(chunk) - end - 1 if end >= 0 else line_bytes + len(chunk)
    _check_start(path, start, encoding)
    if has_nul and not _is_wide(encoding):
        raise refused(path, "the file holds NUL bytes, so it is not text", NOT_CSV)
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
        raise refused(path, "the file holds NUL bytes, so it is not text", NOT_CSV)


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
        raise refused(path, "this is a workbook, archive or PDF, not CSV", NOT_CSV)
    if start.startswith(b"\x1f\x8b"):
        raise refused(
            path, "the content is gzip, but the name does not say so", "Rename it to .csv.gz."
        )
    if start.lstrip(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise refused(path, "this is a web page or XML, not CSV", NOT_CSV)


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
    quoting: Any = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(
        lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting, strict=strict
    )
    line = 1
    for fields in reader:
        yield line, fields
        line = reader.line_num + 1


def open_bytes(path: Path) -> Any:
    return gzip.open(path, "rb") if _is_gzip(path) else path.open("rb")


def _is_gzip(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _refusing_damage(path: Path) -> contextlib.AbstractContextManager[None]:
    what = "not a sound gzip file" if _is_gzip(path) else "the file cannot be read"
    return refusing_damage(path, what, NOT_WHOLE)
