"""The rows of a text as they are written, each with its line. Where DuckDB's reader finds less than
a row in every line, ours goes through it: what is no row is kept out with its line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import shortened
from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.database import literal
from chokepoint.landing.files import texts
from chokepoint.landing.refusals import Fault, refused, refused_for
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    import duckdb

# Reason and remedy of what is no row.
_TOO_FEW = "too few fields in the row", "Give every column a field, an empty one if unknown."
_TOO_MANY = (
    "too many fields in the row",
    "Quote values that hold a comma; write no thousands separators.",
)
_NO_UTF8 = "the row is not UTF-8", "Save the file as UTF-8, or land it with --encoding cp1252."
_BAD_QUOTE = "text after a closing quote", 'Double the quotes inside a quoted value ("").'
_CLOSE = 'Close the quote, or double it ("") if it is part of the text.'
_TOO_LONG = "line size over maximum", "Correct the row at the source."
# More than this DuckDB does not take for a line.
_MOST_BYTES = 2_000_000
_SHOWN_CHARS, _KEPT_CHARS = 200, 10_000


@dataclass
class Text:
    """The text of a delivery, or of one member of an archive.

    path       text, plain or gzipped; or Parquet; or the copy of a table (`write_copy`)
    form       the producer's format; None when the header is the contract's
    facts      what one pass over it showed; None of Parquet, and of the copy of a table
    is_padded  whether each row ends with a delimiter, behind which nothing stands
    doubts     what may be wrong with it, as sentences; grows while it is read
    """

    path: Path
    encoding: str
    delivered_path: Path
    folder: Path
    form: ProducerFormat | None = None
    member_name: str | None = None
    header: list[str] = field(default_factory=list)
    facts: texts.TextFacts | None = None
    is_table: bool = False
    is_padded: bool = False
    doubts: list[str] = field(default_factory=list)

    @property
    def shown_path(self) -> str:
        return f"{self.delivered_path}" + (f", {self.member_name}" if self.member_name else "")

    @property
    def delimiter(self) -> str:
        return self.form.delimiter if self.form else ","

    @property
    def quote(self) -> str:
        return self.form.quote if self.form else '"'


def read_records(con: duckdb.DuckDBPyConnection, text: Text) -> dict[str, str]:
    """Make `records`, rows with their lines; returns column of the file -> its name in it."""
    import duckdb

    # A delivery of many members needs the memory of one.
    for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
        if table != "faults":
            con.execute(f"drop table {table}")
    raw = {name: f"raw_{index}" for index, name in enumerate(text.header, start=1)}
    places = {"line": "integer", "row_number": "integer", "place": "varchar", "label": "varchar"}
    con.execute(f"create temp table places ({', '.join(map(' '.join, places.items()))})")
    columns = dict.fromkeys(raw.values(), "varchar")
    try:
        if text.is_table:
            con.execute(f"create temp table records as {_csv_sql(text.path, places | columns)}")
            con.execute(f"insert into places select {', '.join(places)} from records")
        elif text.facts is None:
            with texts.refusing_parquet_damage(text.path):
                con.execute(f"create temp table records as {texts.parquet_sql(text.path)}")
            has_nul = f"contains(concat({', '.join(raw.values())}), chr(0))"
            found = con.execute(f"select min(line) from records where {has_nul}").fetchall()
            if (line := found[0][0]) is not None:
                reason = "a value holds NUL bytes, so it is not text"
                remedy = "Correct the row at the source."
                raise refused(text.shown_path, reason, remedy, line=line)
        elif not _read_at_once(con, text, text.facts, columns):
            good, bad, count = _sort_out(text)
            of_copy = _csv_sql(good, {"line": "integer", **columns}, text)
            con.execute(f"create or replace temp table records as {of_copy}")
            if con.execute("select count(*) from records").fetchall() != [(count,)]:
                reason = "quotes do not pair up, so that rows run into each other"
                raise refused(text.shown_path, reason, _CLOSE)
            told = ("column_name", "value", "reason", "remedy", "row_text")
            of_bad = _csv_sql(bad, {"line": "bigint", **dict.fromkeys(told, "varchar")})
            con.execute(f"insert into faults select *, null from ({of_bad})")
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        first_line = str(error).splitlines()[0]
        if isinstance(error, duckdb.IOException) and "GZIP" not in first_line:
            raise
        raise refused(
            text.shown_path,
            f"cannot be read as CSV ({first_line})",
            "Export the table as CSV with commas, double quotes and one kind of line ending.",
        ) from None
    return raw


def _csv_sql(path: Path, columns: dict[str, str], text: Text | None = None) -> str:
    """SQL for the rows of a text, or of a copy of ours, which has no header."""
    delimiter, quote = map(literal, (text.delimiter, text.quote) if text else (",", '"'))
    # DuckDB finds no ending in a path with a question mark.
    packing = "gzip" if path.name.lower().endswith(".gz") else "none"
    listed = ", ".join(f"{name}: {literal(kind)}" for name, kind in columns.items())
    return f"""from read_csv({literal(glob_escape(str(path)))}, auto_detect = false,
        header = {text is not None and path == text.path}, columns = {{{listed}}},
        delim = {delimiter}, quote = {quote}, escape = {quote}, null_padding = false,
        strict_mode = true, compression = '{packing}')"""


def _read_at_once(
    con: duckdb.DuckDBPyConnection, text: Text, facts: texts.TextFacts, columns: dict[str, str]
) -> bool:
    """Make `records` of a text as it is; False where not every line is a row."""
    import duckdb

    if text.encoding != "utf-8" or facts.has_odd_newlines or text.is_padded:
        return False
    try:
        con.execute(f"""
            create temp table records as
            select (row_number() over () + 1)::integer as line, *
            {_csv_sql(text.path, columns, text)}
        """)
    except duckdb.InvalidInputException:
        return False
    (count,) = con.execute("select count(*) from records").fetchall()[0]
    if count + 1 != facts.line_count or texts.has_overlong(
        text.path, len(text.header), text.delimiter, text.quote
    ):
        return False
    if not facts.is_ended:
        _doubt_end(text, facts.line_count, facts.last_text)
    return True


def _doubt_end(text: Text, number: int, last: str) -> None:
    last = shortened(_shown(last))
    text.doubts.append(
        f"its last line, {number:,}, has no end, so the file may be cut off: {last!r}"
    )


def _sort_out(text: Text) -> tuple[Path, Path, int]:
    """Write the rows of a text, each behind its line, and what is no row with its fault; returns
    both files and the number of rows. Refuses a file in which a quote swallows rows or that ends
    within one."""
    good, bad = text.folder / "good.csv", text.folder / "bad.csv"
    fault, is_ended, line, row, count = None, True, 1, "", 0
    with (
        good.open("w", encoding="utf-8", newline="\n") as rows,
        bad.open("w", encoding="utf-8", errors="replace", newline="") as faults,
    ):
        teller = csv.writer(faults, lineterminator="\n")
        for line, fields, said in _records(text):
            row = said.strip("\r\n")
            if "\r" in row:
                row = row.replace("\r\n", "\n").replace("\r", "\n")
            is_ended = said.endswith(("\r", "\n"))
            fault, column = _fault_of(text, fields, row)
            if fault is None:
                rows.write(f"{line}{text.delimiter}{row}\n")
                count += 1
                continue
            if not fields and "\n" in row:
                reason = "a quoted value that starts here is never closed"
                raise _refused_row(text, line, row[:60], reason, _CLOSE)
            is_of_width = fault in (_TOO_FEW, _TOO_MANY)
            value = f"{len(fields)} fields" if is_of_width else row[:_SHOWN_CHARS]
            teller.writerow([line, column, value, *fault, row[:_KEPT_CHARS]])
    lacks = {_TOO_FEW: "fields"} | ({} if is_ended else {_BAD_QUOTE: "the end of a quote"})
    if fault in lacks:
        reason = f"the last row lacks {lacks[fault]}, so the file is cut off"
        raise _refused_row(text, line, row, reason, "Fetch or export the file again.")
    if not is_ended:
        _doubt_end(text, line, row)
    return good, bad, count


def _refused_row(text: Text, line: int, row: str, reason: str, remedy: str) -> Exception:
    return refused_for([Fault(line, None, _shown(row), reason, remedy)], text.shown_path)


def _shown(row: str) -> str:
    """A text with a mark for each byte that is not UTF-8."""
    return row.encode(errors="replace").decode()


def _fault_of(text: Text, fields: list[str], row: str) -> tuple[tuple[str, str] | None, str]:
    """Reason and remedy of what is no row, and the column at fault where it is one."""
    try:
        size = len(row) if row.isascii() else len(row.encode())
    except UnicodeEncodeError:
        named = zip(text.header, fields, strict=False)
        return _NO_UTF8, next((name for name, value in named if value != _shown(value)), "")
    width = len(text.header) + text.is_padded
    if size > _MOST_BYTES:
        return _TOO_LONG, ""
    if not fields:
        return _BAD_QUOTE, ""
    if len(fields) < width:
        return _TOO_FEW, ""
    return (_TOO_MANY if len(fields) > width or (text.is_padded and fields[-1]) else None), ""


def _records(text: Text) -> Iterator[tuple[int, list[str], str]]:
    """Each record behind the header: first line, fields (none where quotes hide their ends), and
    how it is written. Empty lines are none."""
    taken: list[str] = []
    errors = "surrogateescape" if text.encoding == "utf-8" else "strict"
    # Blanks around quotes are no part of the value, as DuckDB reads it too.
    mark, quote = re.escape(text.delimiter), text.quote
    blanks = re.compile(
        f"(?<={mark}) +(?={quote})|(?<={quote}) +(?={mark}|[\r\n]|$)|^ +(?={quote})"
    )

    def taking() -> Iterator[str]:
        for line in texts.lines_of(text.path, text.encoding, errors):
            taken.append(line)
            yield blanks.sub("", line) if quote and quote in line else line

    reader = texts.csv_reader(taking(), text.delimiter, text.quote, strict=True)
    most = csv.field_size_limit(_MOST_BYTES)
    try:
        while True:
            taken.clear()
            line = reader.line_num + 1
            fields: list[str] = []
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                pass
            said = taken[0] if len(taken) == 1 else "".join(taken)
            if line > 1 and (fields or said.strip("\r\n")):
                yield line, fields, said
    finally:
        csv.field_size_limit(most)


def check_thousands(con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract) -> None:
    """Refuse a table in which a point may be a decimal mark or part thousands: each number with a
    point has one to three digits before it and three behind. What is no number (1.200.000) tells
    nothing."""
    faults = []
    for index, name in enumerate(text.header, start=1):
        if not contract.column(name).duckdb_type.startswith("decimal"):
            continue
        raw = f"trim(raw_{index})"
        line, value, other = con.execute(f"""
            select
                min(line) filter (may_part), arg_min({raw}, line) filter (may_part),
                count(*) filter (not may_part and try_cast({raw} as double) is not null),
            from (
                select
                    *,
                    regexp_full_match({raw}, '[-+]?[1-9][0-9]{{0,2}}\\.[0-9]{{3}}') as may_part,
                from records
                where contains({raw}, '.')
            )
        """).fetchall()[0]
        if line is not None and not other:
            faults.append(
                Fault(
                    line,
                    name,
                    value,
                    "may be thousands or a decimal fraction: every figure of the column with a "
                    "point has three digits behind it",
                    f"Write {value.replace('.', '')} if the point parts thousands, "
                    f"{value}0 if it is a decimal mark.",
                )
            )
    if faults:
        raise refused_for(faults, text.shown_path)
