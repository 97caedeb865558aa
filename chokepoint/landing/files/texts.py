"""A delivered file as text, in streams: is it whole, how is it encoded, where do its rows stand."""

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
    """What one pass over the text showed: `last_text` is its last line or end; `has_odd_newlines`:
    a lone carriage return ends lines, or they end in several ways."""

    line_count: int
    last_text: str
    is_ended: bool
    has_odd_newlines: bool


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
    """The first rows of a text that can be read, and its header; of Parquet that alone."""
    if is_parquet(path):
        return [[name[1:-1].replace('""', '"') for name, _ in _parquet_columns(path)]]
    lines = read_start(path, encoding).splitlines(keepends=True)
    with contextlib.suppress(csv.Error):
        return list(itertools.islice(csv_reader(lines, delimiter, quote), most))
    return []


def read_start(path: Path, encoding: str) -> str:
    """How a text begins. Bytes that are not UTF-8 become lone surrogates."""
    with _refusing_damage(path), open_bytes(path) as file:
        start = file.read(_HEADER_BYTES)
    if encoding == "utf-8":
        return start.decode("utf-8-sig", errors="surrogateescape")
    return start.decode(encoding, errors="replace").removeprefix("\ufeff")


def scan_text(path: Path, encoding: str) -> TextFacts:
    """Read the file once: is it whole, and text? DeliveryRefusedError for an empty, damaged or
    other file, a line too long, or gzip beyond measure. Lines are counted in bytes, not for UTF-16
    or UTF-32."""
    counts = {b"\n": 0, b"\r": 0, b"\r\n": 0}
    last = b""
    start = tail = b""
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
    _check_start(path, start, encoding, has_nul=has_nul)
    pairs, feeds, returns = counts[b"\r\n"], counts[b"\n"], counts[b"\r"]
    is_ended = last in (b"\n", b"\r")
    return TextFacts(
        line_count=feeds + returns - pairs + (not is_ended),
        last_text=tail.decode(errors="replace").strip().replace("\r", "\n").rpartition("\n")[2],
        is_ended=is_ended,
        has_odd_newlines=returns > pairs or 0 < pairs < feeds,
    )


def check_start(path: Path, encoding: str = "utf-8") -> None:
    """Refuse a file whose first bytes show that it is empty, damaged or not CSV."""
    if is_parquet(path):
        _parquet_columns(path)
        return
    with _refusing_damage(path), open_bytes(path) as file:
        start = file.read(_HEADER_BYTES)
    _check_start(path, start, encoding, has_nul=b"\0" in start)


def _check_start(path: Path, start: bytes, encoding: str, *, has_nul: bool) -> None:
    if not start:
        raise refused(path, "the file is empty", NOT_WHOLE)
    is_wide = encoding.startswith(("utf-16", "utf-32"))
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
    if has_nul and not is_wide:
        raise refused(path, "the file holds NUL bytes, so it is not text", NOT_CSV)


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
    """SQL for line and texts (`raw_<n>`) of Parquet; days kept as timestamps are days."""
    columns = []
    for number, (name, data_type) in enumerate(_parquet_columns(path), start=1):
        text = f"{name}::varchar"
        if data_type.startswith("TIMESTAMP"):
            text = f"if({name} = date_trunc('day', {name}), {name}::date::varchar, {text})"
        columns.append(f"nullif({text}, '') as raw_{number}")
    columns_sql = ", ".join(["(row_number() over () + 1)::integer as line", *columns])
    file = glob_escape(str(path)).replace("'", "''")
    return f"select {columns_sql} from read_parquet('{file}')"


def refusing_parquet_damage(path: Path) -> contextlib.AbstractContextManager[None]:
    return refusing_damage(
        path, "not a sound Parquet file", "Write the file again, or export the table as CSV."
    )


def lines_of(path: Path, encoding: str, errors: str = "strict") -> Iterator[str]:
    """The lines of a text with their ends; refuses it at a byte that does not decode."""
    codec, line_count = "utf-8-sig" if encoding == "utf-8" else encoding, 0
    with (
        _refusing_damage(path),
        open_bytes(path) as file,
        io.TextIOWrapper(file, codec, errors, newline="") as text,
    ):
        try:
            for line in text:
                line_count += 1
                yield line
        except UnicodeError as error:
            at = isinstance(error, UnicodeDecodeError) and error.object[: error.start].count(b"\n")
            raise refused(
                path,
                f"the file does not decode as {encoding}: {getattr(error, 'reason', error)}",
                "Find out how the file was saved and name that encoding.",
                line=line_count + 1 + at,
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


def has_overlong(path: Path, width: int, delimiter: str, quote: str) -> bool:
    """Whether a line has one field more than the header, an empty last one, which DuckDB would pass
    over: `5,123,` under two columns would be 5."""
    mark = delimiter.encode()
    with open_bytes(path) as file:
        for line in file:
            bare = line.rstrip(b"\r\n")
            # A line has no more fields than delimiters and one.
            if bare.endswith(mark) and bare.count(mark) >= width:
                text = bare.decode("utf-8", errors="replace")
                if any(len(row) > width for row in csv_reader([text], delimiter, quote)):
                    return True
    return False


def csv_reader(
    lines: Iterable[str], delimiter: str, quote: str = '"', *, strict: bool = False
) -> Any:
    """A reader of records; no quote if none is one."""
    quoting: Any = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    return csv.reader(
        lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting, strict=strict
    )


def numbered_records(
    lines: Iterable[str], delimiter: str, quote: str = '"'
) -> Iterator[tuple[int, list[str]]]:
    """The records of a text by the number of their first line, from 1."""
    reader = csv_reader(lines, delimiter, quote, strict=True)
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
