"""The rows of a text as they are written, each with its line in the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.landing.contracts import NOTHING, ProducerFormat, SourceContract
from chokepoint.landing.database import literal
from chokepoint.landing.files import texts
from chokepoint.landing.refusals import Fault, refused, refused_for
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    import duckdb

_TOO_FEW = "too few fields in the row"
_TOO_MANY = "too many fields in the row"
_TOO_MANY_REMEDY = "Quote values that hold a comma; write no thousands separators."
_BAD_QUOTE = "text after a closing quote"
# What the reader complains of -> reason, remedy.
_REJECTS = {
    "TOO MANY COLUMNS": (_TOO_MANY, _TOO_MANY_REMEDY),
    "MISSING COLUMNS": (_TOO_FEW, "Give every column a field, an empty one if unknown."),
    "INVALID ENCODING": (
        "the row is not UTF-8", "Save the file as UTF-8, or land it with --encoding cp1252.",
    ),
    "UNQUOTED VALUE": (_BAD_QUOTE, 'Double the quotes inside a quoted value ("").'),
}  # fmt: skip
_NO_REJECTS = """
    create temp table reject_rows (
        line bigint, column_idx bigint, error_type varchar, error_message varchar, csv_line varchar
    )
"""


@dataclass(frozen=True)
class Text:
    """The text of a delivery, or of one member of an archive, ready to be read.

    path            UTF-8 text with one kind of line ending, plain or gzipped; or Parquet
    header          the column names: the contract's or the producer's, in any order
    facts           what one pass over it showed
    delivered_path  the file as the user knows it, for messages
    folder          for drafts
    form            the producer's format; None when the header is the contract's
    member_name     the member of the archive
    places          where the lines stand in the delivered file, for the copy of a table
    doubts          what may be wrong with it, as sentences
    """

    path: Path
    header: list[str]
    facts: texts.TextFacts
    delivered_path: Path
    folder: Path
    form: ProducerFormat | None = None
    member_name: str | None = None
    places: Path | None = None
    doubts: tuple[str, ...] = ()

    @property
    def shown_path(self) -> str:
        return f"{self.delivered_path}" + (f", {self.member_name}" if self.member_name else "")

    @property
    def delimiter(self) -> str:
        return self.form.delimiter if self.form and not self.places else ","

    @property
    def quote(self) -> str:
        return self.form.quote if self.form and not self.places else '"'


def read_records(con: duckdb.DuckDBPyConnection, text: Text) -> dict[str, str]:
    """Make `raw_rows`, the rows that can be told apart, and `places`; `faults` grows.

    Returns column of the file -> its name in `raw_rows`.
    """
    import duckdb

    # A delivery of many members needs the memory of one.
    for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
        if table != "faults":
            con.execute(f"drop table {table}")
    raw = {name: f"raw_{index}" for index, name in enumerate(text.header, start=1)}
    try:
        if texts.is_parquet(text.path):
            with texts.refusing_parquet_damage(text.path):
                con.execute(f"create temp table records as {texts.parquet_sql(text.path)}")
            con.execute(_NO_REJECTS)
            _check_no_nul(con, text, raw)
        else:
            con.execute(_read_sql(text, raw))
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        first_line = str(error).splitlines()[0]
        if isinstance(error, duckdb.IOException) and "GZIP" not in first_line:
            raise
        raise refused(
            text.shown_path,
            f"cannot be read as CSV ({first_line})",
            "Export the table as CSV with commas, double quotes and one kind of line ending.",
        ) from None

    _make_places(con, text)
    rows_add_up = _place_lines(con, text)
    _check_ends(con, text, rows_add_up)
    _keep_out_overlong(con, text, raw)
    return raw


def _check_no_nul(con: duckdb.DuckDBPyConnection, text: Text, raw: dict[str, str]) -> None:
    found = con.execute(
        f"select record + 1 from records where contains(concat({', '.join(raw.values())}), chr(0))"
        " order by record limit 1"
    ).fetchall()
    if found:
        raise refused(
            text.shown_path,
            "a value holds NUL bytes, so it is not text",
            "Correct the row at the source.",
            line=found[0][0],
        )


def _make_places(con: duckdb.DuckDBPyConnection, text: Text) -> None:
    con.execute(
        "create temp table places (line bigint, row_number integer, place varchar, label varchar)"
    )
    if text.places:
        con.execute(f"""
            insert into places
            from read_csv({literal(glob_escape(str(text.places)))}, header = false,
                auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {{
                    line: 'bigint', row_number: 'integer', place: 'varchar', label: 'varchar'
                }})
        """)


def _read_sql(text: Text, raw: dict[str, str]) -> str:
    columns = ", ".join(f"{name}: 'varchar'" for name in raw.values())
    quote = literal(text.quote)
    # DuckDB finds no ending in a path with a question mark.
    packing = "gzip" if text.path.name.lower().endswith(".gz") else "none"
    return f"""
        create temp table records as
        select row_number() over () as record, *
        from read_csv(
            {literal(glob_escape(str(text.path)))}, auto_detect = false, header = true,
            columns = {{{columns}}}, delim = {literal(text.delimiter)},
            quote = {quote}, escape = {quote},
            null_padding = false, strict_mode = true, compression = '{packing}',
            store_rejects = true, rejects_table = 'reject_rows', rejects_scan = 'reject_scan'
        )
    """


def _place_lines(con: duckdb.DuckDBPyConnection, text: Text) -> bool:
    """Make `raw_rows`, the good records with their lines, and put the rejects into `faults`.

    Returns False when a second reader counts other rows in the file.
    """
    # One for each record that the reader complains of, numbered as it does.
    names = ", ".join(literal(name) for name in text.header)
    con.execute(f"""
        create temp table rejects as
        select
            line::bigint as number,
            [{names}][min(column_idx)::bigint] as column_name,
            any_value(error_type)::varchar as error_type,
            max(try_cast(regexp_extract(error_message, 'Found: (\\d+)', 1) as integer)) as found,
            trim(any_value(csv_line), chr(10) || chr(13)) as row_text,
        from reject_rows
        group by line
    """)
    rows_add_up = _count_lines(con, text)
    # A good record's line: its number, the header, and what `shifts` says lies between.
    source, between = "records", "0"
    if con.execute("select 1 from shifts limit 1").fetchall():
        source, between = "records asof left join shifts on record >= from_record", "shift"
    con.execute(f"""
        create or replace temp view raw_rows as
        select *, cast(record + 1 + coalesce({between}, 0) as integer) as line, from {source}
    """)
    reasons, remedies = (
        " ".join(
            f"when {literal(name)} then {literal(said[at])}" for name, said in _REJECTS.items()
        )
        for at in (0, 1)
    )
    con.execute(f"""
        insert into faults
        select
            coalesce(line, number),
            case when error_type = 'INVALID ENCODING' then column_name end,
            coalesce(found || ' fields', left(row_text, 200)),
            case error_type {reasons} else lower(error_type) end,
            case error_type {remedies} else 'Correct the row at the source.' end,
            row_text, null,
        from rejects
        left join reject_lines using (number)
    """)
    return rows_add_up


def _count_lines(con: duckdb.DuckDBPyConnection, text: Text) -> bool:
    """Make `shifts` and `reject_lines`; False when a second reader counts other rows."""
    good, rejected = con.execute(
        "select (select count(*) from records), (select count(*) from rejects)"
    ).fetchall()[0]
    if texts.is_parquet(text.path) or good + rejected + 1 == text.facts.line_count:
        # Every record is one line: a good record moves down by the rejects before it.
        con.execute("""
            create temp table shifts as
            select number - nth as from_record, max(nth) as shift,
            from (select number, row_number() over (order by number) as nth from rejects)
            group by from_record
        """)
        con.execute("create temp table reject_lines as select number, number as line from rejects")
        return True
    numbers = {row[0] for row in con.execute("select number from rejects").fetchall()}
    shifts_path = text.folder / "shifts.csv"
    counted, lines = texts.map_lines(text.path, numbers, shifts_path, text.delimiter, text.quote)
    con.execute(f"""
        create temp table shifts as
        select * from read_csv({literal(glob_escape(str(shifts_path)))}, header = false,
            auto_detect = false, columns = {{from_record: 'bigint', shift: 'bigint'}})
    """)
    con.execute(
        "create temp table reject_lines as select unnest(?::bigint[]) as number, "
        "unnest(?::bigint[]) as line",
        [list(lines), list(lines.values())],
    )
    return counted == good and len(lines) == rejected


def _keep_out_overlong(con: duckdb.DuckDBPyConnection, text: Text, raw: dict[str, str]) -> None:
    """Keep rows out that have too many fields although DuckDB takes them.

    Those with an empty field too many, and those with something behind the last delimiter.
    """
    if text.places or texts.is_parquet(text.path):
        return
    lines = texts.overlong_lines(text.path, len(text.header), text.delimiter, text.quote)
    if not lines and NOTHING not in raw:
        return
    behind = f"{raw[NOTHING]} is not null" if NOTHING in raw else "false"
    is_overlong = f"({behind} or list_contains($1, line))"
    con.execute(
        f"""
        insert into faults
        select line, null, {len(text.header) + 1} || ' fields', {literal(_TOO_MANY)},
            {literal(_TOO_MANY_REMEDY)}, map($1, $2)[line], null,
        from raw_rows
        where {is_overlong}
        """,
        [list(lines), list(lines.values())],
    )
    con.execute(
        f"delete from records where record in (select record from raw_rows where {is_overlong})",
        [list(lines)],
    )


def _check_ends(con: duckdb.DuckDBPyConnection, text: Text, rows_add_up: bool) -> None:
    """Refuse a file in which a stray quote swallows rows, or that ends within a row: it is cut off.

    In both nobody knows where the rows end.
    """
    remedy = 'Close the quote, or double it ("") if it is part of the text.'
    of_file = "select line_number, row_text, reason from faults where member_name is null and"
    unclosed = con.execute(
        f"{of_file} reason = ? and contains(row_text, chr(10)) order by line_number limit 1",
        [_BAD_QUOTE],
    ).fetchall()
    for line, row_text, _ in unclosed:
        reason = "a quoted value that starts here is never closed"
        raise refused_for([Fault(line, None, row_text[:60], reason, remedy)], text.shown_path)
    if not rows_add_up:
        reason = "quotes do not pair up, so that rows run into each other"
        raise refused(text.shown_path, reason, remedy)
    lacks = {_TOO_FEW: "fields"} | (
        {} if text.facts.is_ended else {_BAD_QUOTE: "the end of a quote"}
    )
    cut_off = con.execute(
        f"{of_file} line_number = ? and list_contains(?, reason)",
        [text.facts.last_line, list(lacks)],
    ).fetchall()
    for line, row_text, why in cut_off:
        reason = f"the last row lacks {lacks[why]}, so the file is cut off"
        fault = Fault(line, None, row_text, reason, "Fetch or export the file again.")
        raise refused_for([fault], text.shown_path)


def check_thousands(con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract) -> None:
    """Refuse a table in which a point may be a decimal mark or part the thousands.


    Where each number of a column that has a point has one to three digits before it and three
    behind it, nothing tells 14.400 from 14,400; what is no number, as 1.200.000, tells nothing.
    """
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
                from raw_rows
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
