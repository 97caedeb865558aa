"""One pass over a delivery's rows in DuckDB: read as text, cast, check, split good from bad.

No row passes through Python but the few that an error message shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.settings import Settings
from orchestration.sources.contracts import Column, SourceContract
from orchestration.sources.delivery import glob_escape, map_lines
from orchestration.sources.faults import DeliveryRefusedError, Fault

if TYPE_CHECKING:
    import duckdb

_NAMED_LINES = 5
_REPEAT_REMEDY = "Deliver each row once; the first of the identical rows has landed."
_CONFLICT_REMEDY = "Find out which row is right and deliver only that one; neither has landed."


@dataclass(frozen=True)
class RowCounts:
    """What became of the rows of one delivery.

    periods      rows that may land, by period
    quarantined  rows kept out
    bad_utf8     of these, rows that are not UTF-8
    """

    periods: dict[str, int]
    quarantined: int
    bad_utf8: int

    @property
    def total(self) -> int:
        return sum(self.periods.values()) + self.quarantined

    @property
    def quarantined_share(self) -> float:
        return self.quarantined / self.total if self.total else 0.0


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory database that keeps to the run's threads and memory, and spills to disk."""
    import duckdb  # late: a landing that changes nothing does not need it

    return duckdb.connect(
        config={
            **settings.duckdb_config(),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def read_rows(
    con: duckdb.DuckDBPyConnection,
    text_path: Path,
    contract: SourceContract,
    *,
    delivered_path: Path,
    header: list[str],
    line_count: int,
    known_texts: Mapping[str, tuple[str, ...]],
    known_on: dt.date,
) -> RowCounts:
    """Read a delivery and split its rows into `good` and `faults`.

    con             fresh connection; gets the tables `good` (the contract's columns,
                    line_number, landing_period) and `faults` (line_number, column_name, value,
                    reason, remedy, row_text)
    text_path       UTF-8 text with one kind of line ending, plain or gzipped
    delivered_path  the file as the user knows it, for messages
    header          the file's column names, which are the contract's in some order
    line_count      physical lines of the file
    known_texts     kind ('code', 'measure', 'act') -> the texts that is_known_<kind>() knows
    known_on        day from which the delivery counts as known

    Raises DeliveryRefusedError when the file is not CSV or a quoted value is never closed.
    """
    import duckdb

    raw = {name: f"raw_{index}" for index, name in enumerate(header, start=1)}
    for kind, known in known_texts.items():
        names = ", ".join(_literal(text) for text in known or ("",))
        con.execute(f"create type known_{kind} as enum ({names})")
        con.execute(
            f"create macro is_known_{kind}(text) as "
            f"case when text is not null then try_cast(text as known_{kind}) is not null end"
        )
    con.execute(f"create macro known_on() as date '{known_on.isoformat()}'")
    try:
        con.execute(_read_sql(text_path, raw))
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        first_line = str(error).splitlines()[0]
        if isinstance(error, duckdb.IOException) and "GZIP" not in first_line:
            raise
        fault = Fault(
            None,
            None,
            None,
            f"cannot be read as CSV ({first_line})",
            "Export the table as CSV with commas, double quotes and one kind of line ending.",
        )
        raise DeliveryRefusedError(
            f"{delivered_path}: {fault.reason}", fault.remedy, (fault,)
        ) from None

    _collect_rejects(con, header)
    rows_add_up = _place_lines(con, text_path, line_count)
    _check_quotes(con, rows_add_up, delivered_path)
    con.execute(_cast_sql(contract, raw))
    _collect_faulty_rows(con, contract, raw, header)
    _collect_repeats(con, contract, raw, header)
    con.execute("drop table raw_rows")
    con.execute(f"""
        create table good as
        select {_columns(contract.column_names)}, {_LINE_SQL} as line_number,
            ({contract.period_sql})::varchar as landing_period,
        from cast_rows
        asof left join shifts on cast_rows.record >= shifts.from_record
        where is_good and record not in (select record from repeats)
    """)
    con.execute("drop table cast_rows")

    periods = con.execute("select landing_period, count(*) from good group by all order by all")
    counts = dict(periods.fetchall())
    quarantined, bad_utf8 = con.execute("""
        select
            count(distinct line_number),
            count(distinct line_number) filter (reason = 'the row is not UTF-8'),
        from faults
    """).fetchall()[0]
    return RowCounts(counts, quarantined, bad_utf8)


def write_period(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, period: str, target: Path
) -> None:
    """Write the good rows of one period, sorted by the key, as one Parquet file."""
    con.execute(f"""
        copy (
            select {_columns(contract.column_names)}, line_number
            from good
            where landing_period = {_literal(period)}
            order by {_columns(contract.key)}, line_number
        ) to {_literal(str(target))} (format parquet, compression zstd)
    """)


def missing_parts(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, period: str, parquet: Path
) -> list[str]:
    """Parts of a period that another vintage's Parquet file holds and the good rows do not."""
    parts = _columns(contract.part_columns)
    found = con.execute(f"""
        select {parts} from read_parquet({_literal(glob_escape(str(parquet)))})
        except
        select {parts} from good where landing_period = {_literal(period)}
        order by all
    """).fetchall()
    return [" ".join(map(str, part)) for part in found]


def write_faults(
    con: duckdb.DuckDBPyConnection,
    source_id: str,
    vintage: str | None,
    file_name: str,
    target: Path,
) -> None:
    """Write the faults as one Parquet file, in the order of the file; no vintage if refused."""
    con.execute(f"""
        copy (
            select
                {_literal(source_id)} as source_id,
                {_literal(vintage) if vintage else "null::varchar"} as vintage,
                {_literal(file_name)} as file_name, line_number, column_name, value,
                reason, remedy, row_text,
            from faults
            order by line_number, column_name, reason
        ) to {_literal(str(target))} (format parquet, compression zstd)
    """)


def replace_faults(con: duckdb.DuckDBPyConnection, faults: tuple[Fault, ...]) -> None:
    """Make `faults` hold these few faults of the file as a whole."""
    con.execute(_FAULTS_DDL)
    for fault in faults:
        con.execute(
            "insert into faults values (?, ?, ?, ?, ?, ?)",
            [
                fault.line_number,
                fault.column_name,
                fault.value,
                fault.reason,
                fault.remedy,
                fault.row_text,
            ],
        )


def first_faults(con: duckdb.DuckDBPyConnection, limit: int) -> tuple[Fault, ...]:
    """The first faults of the file."""
    rows = con.execute(
        f"select * from faults order by line_number, column_name, reason limit {limit}"
    ).fetchall()
    return tuple(Fault(*row) for row in rows)


_FAULTS_DDL = """
    create or replace table faults (
        line_number bigint, column_name varchar, value varchar,
        reason varchar, remedy varchar, row_text varchar
    )
"""

# A good record's line: its number, the header, and what `shifts` says lies between.
_LINE_SQL = "cast(record + 1 + coalesce(shift, 0) as integer)"


def _read_sql(text_path: Path, raw: dict[str, str]) -> str:
    columns = ", ".join(f"{name}: 'varchar'" for name in raw.values())
    return f"""
        create table raw_rows as
        select row_number() over () as record, *
        from read_csv(
            {_literal(glob_escape(str(text_path)))}, auto_detect = false, header = true,
            columns = {{{columns}}}, delim = ',', quote = '"', escape = '"',
            null_padding = false, strict_mode = true,
            store_rejects = true, rejects_table = 'reject_rows', rejects_scan = 'reject_scan'
        )
    """


def _collect_rejects(con: duckdb.DuckDBPyConnection, header: list[str]) -> None:
    """Turn the reader's complaints into one fault per record, numbered as the reader does."""
    names = ", ".join(_literal(name) for name in header)
    con.execute(_FAULTS_DDL)
    con.execute(f"""
        create table rejects as
        select
            line::bigint as number,
            [{names}][min(column_idx)::bigint] as column_name,
            any_value(error_type)::varchar as error_type,
            max(try_cast(regexp_extract(error_message, 'Found: (\\d+)', 1) as integer)) as found,
            trim(any_value(csv_line), chr(10) || chr(13)) as row_text,
        from reject_rows
        group by line
    """)


def _place_lines(con: duckdb.DuckDBPyConnection, text_path: Path, line_count: int) -> bool:
    """Make `shifts`, which maps good records to lines, and put the rejects into `faults`.

    Returns False when a second reader counts other rows in the file.
    """
    rows_add_up = True
    good, rejected = con.execute(
        "select (select count(*) from raw_rows), (select count(*) from rejects)"
    ).fetchall()[0]
    if good + rejected + 1 == line_count:
        # Every record is one line: a good record moves down by the rejects before it.
        con.execute("""
            create table shifts as
            select number - nth as from_record, max(nth) as shift,
            from (select number, row_number() over (order by number) as nth from rejects)
            group by from_record
        """)
        con.execute("create table reject_lines as select number, number as line from rejects")
    else:
        numbers = {row[0] for row in con.execute("select number from rejects").fetchall()}
        shifts_path = text_path.with_name("shifts.csv")
        counted, lines = map_lines(text_path, numbers, shifts_path)
        rows_add_up = counted == good and len(lines) == rejected
        con.execute(f"""
            create table shifts as
            select * from read_csv({_literal(glob_escape(str(shifts_path)))}, header = false,
                auto_detect = false, columns = {{from_record: 'bigint', shift: 'bigint'}})
        """)
        con.execute(
            "create table reject_lines as select unnest(?::bigint[]) as number, "
            "unnest(?::bigint[]) as line",
            [list(lines), list(lines.values())],
        )
    con.execute("""
        insert into faults
        select
            coalesce(line, number),
            case when error_type = 'INVALID ENCODING' then column_name end,
            case
                when found is not null then found || ' fields'
                else left(row_text, 200)
            end,
            case error_type
                when 'TOO MANY COLUMNS' then 'too many fields in the row'
                when 'MISSING COLUMNS' then 'too few fields in the row'
                when 'INVALID ENCODING' then 'the row is not UTF-8'
                when 'UNQUOTED VALUE' then 'text after a closing quote'
                else lower(error_type)
            end,
            case error_type
                when 'TOO MANY COLUMNS'
                    then 'Quote values that hold a comma; write no thousands separators.'
                when 'MISSING COLUMNS' then 'Give every column a field, an empty one if unknown.'
                when 'INVALID ENCODING'
                    then 'Save the file as UTF-8, or land it with --encoding cp1252.'
                when 'UNQUOTED VALUE' then 'Double the quotes inside a quoted value ("").'
                else 'Correct the row at the source.'
            end,
            row_text,
        from rejects
        left join reject_lines using (number)
    """)
    return rows_add_up


def _check_quotes(con: duckdb.DuckDBPyConnection, rows_add_up: bool, delivered_path: Path) -> None:
    """Refuse a file in which a stray quote swallows rows: where rows end is unknowable."""
    remedy = 'Close the quote, or double it ("") if it is part of the text.'
    unclosed = con.execute("""
        select line_number, left(row_text, 60) from faults
        where reason = 'text after a closing quote' and contains(row_text, chr(10))
        order by line_number limit 1
    """).fetchall()
    if unclosed:
        line, start = unclosed[0]
        fault = Fault(line, None, start, "a quoted value that starts here is never closed", remedy)
    elif not rows_add_up:
        fault = Fault(
            None, None, None, "quotes do not pair up, so that rows run into each other", remedy
        )
    else:
        return
    raise DeliveryRefusedError(fault.describe(str(delivered_path)), fault.remedy, (fault,))


def _typed(column: Column, raw: str) -> str:
    """SQL that casts a text column; null where the text is not of the type.

    DuckDB casts '2024.5' to 2025, '0x10' to 16 and '1_000' to 1000: such texts are refused.
    """
    if column.duckdb_type == "varchar":
        return raw
    cast = f"try_cast({raw} as {column.duckdb_type})"
    if column.duckdb_type in ("integer", "bigint", "smallint"):
        return f"case when regexp_full_match({raw}, '-?[0-9]+') then {cast} end"
    if column.duckdb_type == "date":
        return f"case when regexp_full_match({raw}, '\\d{{4}}-\\d\\d-\\d\\d') then {cast} end"
    if column.duckdb_type == "boolean":
        return f"case when lower({raw}) in ('true', 'false') then {cast} end"
    return f"case when not contains({raw}, '_') then {cast} end"


def _rules(column: Column, raw: str) -> list[tuple[str, str, str]]:
    """(SQL that is true for a fault, reason, remedy) for one column, first match wins."""
    name = f'"{column.name}"'
    rules = []
    if not column.nullable:
        rules.append((f"{raw} is null or trim({raw}) = ''", "is empty", "Fill the value in."))
    if column.duckdb_type == "varchar":
        rules.append(
            (
                f"contains({raw}, chr(10)) or contains({raw}, chr(13))",
                "holds a line break",
                "Look for a quote that is opened and not closed; write the value on one line.",
            )
        )
    else:
        reason, remedy = _type_words(column.duckdb_type)
        rules.append((f"{raw} is not null and {name} is null", reason, remedy))
    rules.extend((f"not ({check.sql})", check.reason, check.remedy) for check in column.checks)
    return rules


def _type_words(duckdb_type: str) -> tuple[str, str]:
    if duckdb_type in ("integer", "bigint", "smallint"):
        return "not a whole number", "Write digits only."
    if duckdb_type == "date":
        return "not a day", "Write the day as YYYY-MM-DD."
    if duckdb_type == "boolean":
        return "neither True nor False", "Write True or False."
    if duckdb_type.startswith("decimal"):
        return (
            f"not a number, or too large for {duckdb_type}",
            "Write digits with a point as decimal mark; leave the field empty if unknown.",
        )
    return (
        "not a number",
        "Write digits with a point as decimal mark; leave the field empty if unknown.",
    )


def _cast_sql(contract: SourceContract, raw: dict[str, str]) -> str:
    columns = ",\n".join(
        f'{_typed(column, raw[column.name])} as "{column.name}"' for column in contract.columns
    )
    faulty = "\nor ".join(
        f"coalesce({sql}, false)"
        for column in contract.columns
        for sql, _, _ in _rules(column, raw[column.name])
    )
    return f"""
        create table cast_rows as
        select record, {_columns(contract.column_names)}, not ({faulty}) as is_good,
        from (select record, {", ".join(raw.values())}, {columns} from raw_rows)
    """


def _collect_faulty_rows(
    con: duckdb.DuckDBPyConnection,
    contract: SourceContract,
    raw: dict[str, str],
    header: list[str],
) -> None:
    """One fault per bad value of the rows that `cast_rows` marks as not good."""
    if not con.execute("select count(*) from cast_rows where not is_good").fetchall()[0][0]:
        return
    values = []
    for column in contract.columns:
        text = raw[column.name]
        cases = " ".join(
            f"when {sql} then {{column_name: {_literal(column.name)}, value: {text}, "
            f"reason: {_literal(reason)}, remedy: {_literal(remedy)}}}"
            for sql, reason, remedy in _rules(column, text)
        )
        values.append(f"case {cases} end")
    # The typed columns come from `cast_rows`, so that both steps judge the same values.
    con.execute(f"""
        insert into faults
        select {_LINE_SQL}, fault.column_name, fault.value, fault.reason, fault.remedy, row_text,
        from (
            select
                record,
                {_row_text(raw, header)} as row_text,
                unnest(list_filter([{", ".join(values)}], lambda fault: fault is not null))
                    as fault,
            from cast_rows
            inner join raw_rows using (record)
            where not is_good
        )
        asof left join shifts on record >= from_record
    """)


def _collect_repeats(
    con: duckdb.DuckDBPyConnection,
    contract: SourceContract,
    raw: dict[str, str],
    header: list[str],
) -> None:
    """Make `repeats`: good rows kept out because another row has the same key."""
    key = _columns(contract.key)
    con.execute(f"""
        create table repeated_keys as
        select {key} from cast_rows
        where is_good and ({contract.key_exempt_sql}) is not true
        group by all having count(*) > 1
    """)
    con.execute("create table repeats (record bigint)")
    if not con.execute("select count(*) from repeated_keys").fetchall()[0][0]:
        return
    same_key = " and ".join(
        f'cast_rows."{name}" is not distinct from repeated_keys."{name}"' for name in contract.key
    )
    row = ", ".join(f'cast_rows."{name}"' for name in contract.column_names)
    con.execute(f"""
        create table same_key_rows as
        select record, {key}, {_LINE_SQL} as line, hash({row}) as row_hash,
        from cast_rows
        semi join repeated_keys on {same_key}
        asof left join shifts on cast_rows.record >= shifts.from_record
        where is_good and ({contract.key_exempt_sql}) is not true
    """)
    con.execute(f"""
        create table same_key_groups as
        select
            {key}, min(record) as first_record, min(line) as first_line,
            -- a few lines to name, not all: a key may repeat a million times
            min(line, {_NAMED_LINES + 1}) as lines,
            min(row_hash) <> max(row_hash) as is_conflict,
        from same_key_rows
        group by {key}
    """)
    same_group = same_key.replace("cast_rows.", "same_key_rows.").replace(
        "repeated_keys.", "same_key_groups."
    )
    key_text = ", ".join(f'same_key_rows."{name}"' for name in contract.key)
    con.execute(f"""
        create table repeated_rows as
        select record, line, first_line, lines, is_conflict,
            concat_ws(', ', {key_text}) as key_text,
        from same_key_rows
        inner join same_key_groups on {same_group}
        where is_conflict or record > first_record
    """)
    con.execute("insert into repeats select record from repeated_rows")
    con.execute(f"""
        insert into faults
        select
            line, {_literal(", ".join(contract.key))}, key_text,
            case
                when is_conflict
                    then 'same key as line '
                        || array_to_string(
                            list_filter(lines, lambda other: other <> line)[:{_NAMED_LINES}], ', '
                        )
                        || ' but other figures'
                else 'repeats line ' || first_line
            end,
            if(is_conflict, {_literal(_CONFLICT_REMEDY)}, {_literal(_REPEAT_REMEDY)}),
            {_row_text(raw, header)},
        from repeated_rows
        inner join raw_rows using (record)
    """)


def _row_text(raw: dict[str, str], header: list[str]) -> str:
    """SQL that writes a row as CSV again, in the file's order of columns."""
    fields = ", ".join(f"coalesce({raw[name]}, '')" for name in header)
    return f"""array_to_string(list_transform([{fields}], lambda field:
        case
            when regexp_matches(field, '[",\\n\\r]') then '"' || replace(field, '"', '""') || '"'
            else field
        end), ',')"""


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
