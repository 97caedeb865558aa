"""One pass over a delivery's rows in DuckDB: read as text, cast, check, split good from bad.

No row passes through Python but the few that an error message shows.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.landing import delivery
from chokepoint.landing.contracts import NOTHING, Column, ProducerFormat, SourceContract
from chokepoint.landing.refusals import Fault, refused, refused_for
from chokepoint.settings import Settings, glob_escape

if TYPE_CHECKING:
    import duckdb

# Level 1 packs customs rows as small as level 3, the default, in less time.
PARQUET_OPTIONS = "format parquet, compression zstd, compression_level 1"
_NAMED_LINES = 5
_WHOLE = ("integer", "bigint", "smallint")
_TYPE_WORDS = {
    **dict.fromkeys(_WHOLE, ("not a whole number", "Write digits only.")),
    "date": ("not a day from 1900 to 2199", "Write the day as YYYY-MM-DD."),
    "boolean": ("neither True nor False", "Write True or False."),
}
_TOO_FEW = "too few fields in the row"
_TOO_MANY_REMEDY = "Quote values that hold a comma; write no thousands separators."
_BAD_QUOTE = "text after a closing quote"
_ROUND = "Round the figure yourself: it would be kept otherwise than it is stated."
_REPEAT_REMEDY = "Deliver each row once; the first of the identical rows has landed."
_CONFLICT_REMEDY = "Find out which row is right and deliver only that one; neither has landed."


@dataclass(frozen=True)
class RowCounts:
    """What became of the rows of one delivery.

    periods      rows that may land, by period
    quarantined  rows kept out
    bad_utf8     of these, rows that are not UTF-8
    left_out     rows that a rule of the producer's format leaves out, by its reason
    """

    periods: dict[str, int]
    quarantined: int
    bad_utf8: int
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.periods.values()) + self.quarantined

    @property
    def quarantined_share(self) -> float:
        return self.quarantined / self.total if self.total else 0.0

    def with_part(self, other: RowCounts) -> RowCounts:
        """The counts of two parts of a delivery together; no period is in both."""
        return RowCounts(
            dict(sorted({**self.periods, **other.periods}.items())),
            self.quarantined + other.quarantined,
            self.bad_utf8 + other.bad_utf8,
            dict(Counter(self.left_out) + Counter(other.left_out)),
        )


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
    facts: delivery.TextFacts
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


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory database that keeps to the run's threads and memory, and spills to disk."""
    import duckdb  # late: a landing that changes nothing does not need it

    names = ("autoinstall_known_extensions", "autoload_known_extensions")
    return duckdb.connect(config={**settings.duckdb_config(), **dict.fromkeys(names, False)})


def share(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to the one such database of the process; what it makes must be temporary."""
    import duckdb

    if database := _SHARED.get(os.getpid()):
        try:
            con = database.cursor()
            for name, value in settings.duckdb_config().items():
                con.execute(f"set {name} = {literal(str(value))}")
            return con
        except duckdb.Error:
            # Bad bytes can end one for good, and one that has spilled keeps its folder.
            database.close()
    _SHARED[os.getpid()] = connect(settings)
    return _SHARED[os.getpid()].cursor()


# By process: a fork has not the threads of the database that it takes over.
_SHARED: dict[int, duckdb.DuckDBPyConnection] = {}


def prepare(
    con: duckdb.DuckDBPyConnection,
    known_texts: Mapping[str, tuple[str, ...]],
    known_on: dt.date,
    code_lists: Mapping[str, Mapping[str, str]],
    file_name: str,
) -> None:
    """Make the macros that checks and formats call, and the empty table `faults`.

    con          fresh connection
    known_texts  kind ('code', 'measure', 'act') -> the texts that is_known_<kind>() knows
    known_on     day from which the delivery counts as known
    code_lists   name of a macro -> the value it gives for each key; null for any other
    file_name    name under which the file was delivered
    """

    def listed(texts: Iterable[str]) -> str:
        return ", ".join(map(literal, texts)) or "''"

    # An enum finds the place of a key at once; a map would be searched for each row.
    for kind, known in known_texts.items():
        con.execute(f"create temp type known_{kind} as enum ({listed(known)})")
        con.execute(
            f"create temp macro is_known_{kind}(text) as "
            f"case when text is not null then try_cast(text as known_{kind}) is not null end"
        )
    for name, codes in code_lists.items():
        con.execute(f"create temp type keys_of_{name} as enum ({listed(codes)})")
        con.execute(
            f"create temp macro {name}(text) as ([{listed(codes.values())}])"
            f"[enum_code(try_cast(text as keys_of_{name}))::bigint + 1]"
        )
    con.execute(f"create temp macro known_on() as date '{known_on.isoformat()}'")
    con.execute(f"create temp macro file_name() as {literal(file_name)}")
    con.execute(_FAULTS_DDL)


def read_rows(con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract) -> RowCounts:
    """Read a text and split its rows into `good` and `faults`.

    con  connection after `prepare`; gets the table `good` (the contract's columns, line_number,
         landing_period); `faults` (line_number, column_name, value, reason, remedy, row_text,
         member_name) grows

    Raises DeliveryRefusedError when the file is not CSV or a quoted value is never closed.
    """
    import duckdb

    # A delivery of many members needs the memory of one.
    for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
        if table != "faults":
            con.execute(f"drop table {table}")
    raw = {name: f"raw_{index}" for index, name in enumerate(text.header, start=1)}
    try:
        if delivery.is_parquet(text.path):
            with delivery.refusing_parquet_damage(text.path):
                con.execute(f"create temp table records as {delivery.parquet_sql(text.path)}")
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
    if contract.kept_by_hand and text.form is None:
        _check_thousands(con, text, contract)
    columns = _make_text_rows(con, contract, text.form, raw)
    _cast_rows(con, contract, columns, raw, text.form)
    _collect_repeats(con, contract, raw, "" if text.places else "line ")
    left_out = con.execute("""
        select left_out, count(*) from text_rows
        where left_out is not null
        group by all
        order by all
    """).fetchall()
    con.execute("drop table records")
    con.execute(f"""
        create temp table good as
        select {columns_sql(contract.column_names)}, line as line_number,
            ({contract.period_sql})::varchar as landing_period,
        from cast_rows
        where bad is null and line not in (select line from repeats)
    """)
    con.execute("drop table cast_rows")

    periods = con.execute("select landing_period, count(*) from good group by all order by all")
    counts = dict(periods.fetchall())
    quarantined, bad_utf8 = con.execute("""
        select
            count(distinct line_number),
            count(distinct line_number) filter (reason = 'the row is not UTF-8'),
        from faults
        where member_name is null
    """).fetchall()[0]
    if text.places:
        # Where a row is one record. Cells of a row, or rows of several sheets, are told apart by
        # their number among all figures: a line names one row (docs/decisions/0017).
        con.execute("""
            update good set line_number = row_number from places
            where
                line = line_number
                and (select count(*) = count(distinct row_number) from places)
        """)
        con.execute(
            """
            update faults
            set line_number = row_number,
                member_name = nullif(concat_ws(', ', nullif(?, ''), place), '')
            from places
            where line = line_number and member_name is null
            """,
            [text.member_name or ""],
        )
    elif text.member_name:
        con.execute(
            "update faults set member_name = ? where member_name is null", [text.member_name]
        )
    return RowCounts(counts, quarantined, bad_utf8, dict(left_out))


def write_period(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, period: str, target: Path
) -> None:
    con.execute(f"""
        copy (
            select {columns_sql(contract.column_names)}, line_number
            from good
            where landing_period = {literal(period)}
            order by {columns_sql(contract.key)}, line_number
        ) to {literal(str(target))} ({PARQUET_OPTIONS})
    """)


def missing_parts(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, draft: Path, parquet: Path
) -> list[str]:
    """Parts of a period that another vintage's Parquet file holds and the draft does not."""
    parts = columns_sql(contract.part_columns)
    found = con.execute(f"""
        select {parts} from read_parquet({literal(glob_escape(str(parquet)))})
        except
        select {parts} from read_parquet({literal(glob_escape(str(draft)))})
        order by all
    """).fetchall()
    return [" ".join(map(str, part)) for part in found]


def write_faults(
    con: duckdb.DuckDBPyConnection,
    source_id: str,
    vintage: str | None,
    file_name: str,
    target: Path,
    *,
    path: Path | None = None,
) -> None:
    """Write the faults as one Parquet file, in the order of the file; no vintage if refused.

    path  where the refused file lies, for `refused_file_path`
    """
    kept = f", kv_metadata {{{_FILE_PATH}: {literal(str(path.absolute()))}}}" if path else ""
    con.execute(f"""
        copy (
            select
                {literal(source_id)} as source_id,
                {literal(vintage) if vintage else "null::varchar"} as vintage,
                concat_ws('/', {literal(file_name)}, member_name) as file_name,
                line_number, column_name, value, reason, remedy, row_text,
            from faults
            order by member_name, line_number, column_name, reason
        ) to {literal(str(target))} (format parquet, compression zstd{kept})
    """)


def refused_file_path(con: duckdb.DuckDBPyConnection, faults_path: Path) -> Path | None:
    """Where the file lies, or lay, of which this is the list of faults; None if it is not said."""
    found = con.execute(
        "select value from parquet_kv_metadata(?) where key = ?::blob",
        [glob_escape(str(faults_path)), _FILE_PATH],
    ).fetchall()
    return Path(found[0][0].decode()) if found else None


def replace_faults(con: duckdb.DuckDBPyConnection, faults: tuple[Fault, ...]) -> None:
    con.execute(_FAULTS_DDL)
    for fault in faults:
        con.execute("insert into faults values (?, ?, ?, ?, ?, ?, ?)", astuple(fault))


def first_faults(con: duckdb.DuckDBPyConnection, limit: int) -> tuple[Fault, ...]:
    rows = con.execute(
        f"select * from faults order by member_name, line_number, column_name, reason limit {limit}"
    ).fetchall()
    return tuple(Fault(*row) for row in rows)


_NO_REJECTS = """
    create temp table reject_rows (
        line bigint, column_idx bigint, error_type varchar, error_message varchar, csv_line varchar
    )
"""
# Key under which a list of faults says where the file lies.
_FILE_PATH = "file_path"
_FAULTS_DDL = """
    create or replace temp table faults (
        line_number bigint, column_name varchar, value varchar,
        reason varchar, remedy varchar, row_text varchar, member_name varchar
    )
"""


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


def _make_text_rows(
    con: duckdb.DuckDBPyConnection,
    contract: SourceContract,
    form: ProducerFormat | None,
    raw: dict[str, str],
) -> dict[str, str]:
    """Make `text_rows`: the raw rows with the text of each contract column and `left_out`.

    Returns contract column -> its name in `text_rows`.
    """
    if form is None:
        con.execute(
            "create or replace temp view text_rows as"
            " select *, null::varchar as left_out from raw_rows"
        )
        return raw
    kept = ", ".join(raw.values())
    # The columns that the format knows by their names, those that lack as null.
    named = ", ".join(
        f'{form.column_sql(raw[name]) if name in raw else "null::varchar"} as "{name}"'
        for name in (form.table_columns if form.table else form.known_columns)
    )
    con.execute(
        f"create or replace temp view named_rows as select line, {kept}, {named} from raw_rows"
    )
    rules = [
        rule
        for rule in form.leaves_out
        if rule.only_beside is None
        or con.execute(f"select 1 from named_rows where {rule.only_beside} limit 1").fetchall()
    ]
    cases = " ".join(f"when {rule.sql} then {literal(rule.reason)}" for rule in rules)
    values = dict(form.values)
    columns = {
        column.name: f"text_{index}" for index, column in enumerate(contract.columns, start=1)
    }
    texts = ", ".join(
        f"({values.get(column, 'null')})::varchar as {name}" for column, name in columns.items()
    )
    con.execute(f"""
        create or replace temp view text_rows as
        select line, {kept}, {texts},
            {f"case {cases} end" if cases else "null::varchar"} as left_out,
        from named_rows
    """)
    return columns


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
    rows_add_up = True
    good, rejected = con.execute(
        "select (select count(*) from records), (select count(*) from rejects)"
    ).fetchall()[0]
    if delivery.is_parquet(text.path) or good + rejected + 1 == text.facts.line_count:
        # Every record is one line: a good record moves down by the rejects before it.
        con.execute("""
            create temp table shifts as
            select number - nth as from_record, max(nth) as shift,
            from (select number, row_number() over (order by number) as nth from rejects)
            group by from_record
        """)
        con.execute("create temp table reject_lines as select number, number as line from rejects")
    else:
        numbers = {row[0] for row in con.execute("select number from rejects").fetchall()}
        shifts_path = text.folder / "shifts.csv"
        counted, lines = delivery.map_lines(
            text.path, numbers, shifts_path, text.delimiter, text.quote
        )
        rows_add_up = counted == good and len(lines) == rejected
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
    # A good record's line: its number, the header, and what `shifts` says lies between.
    source, between = "records", "0"
    if con.execute("select 1 from shifts limit 1").fetchall():
        source, between = "records asof left join shifts on record >= from_record", "shift"
    con.execute(f"""
        create or replace temp view raw_rows as
        select *, cast(record + 1 + coalesce({between}, 0) as integer) as line, from {source}
    """)
    con.execute(f"""
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
                when 'MISSING COLUMNS' then {literal(_TOO_FEW)}
                when 'INVALID ENCODING' then 'the row is not UTF-8'
                when 'UNQUOTED VALUE' then {literal(_BAD_QUOTE)}
                else lower(error_type)
            end,
            case error_type
                when 'TOO MANY COLUMNS'
                    then {literal(_TOO_MANY_REMEDY)}
                when 'MISSING COLUMNS' then 'Give every column a field, an empty one if unknown.'
                when 'INVALID ENCODING'
                    then 'Save the file as UTF-8, or land it with --encoding cp1252.'
                when 'UNQUOTED VALUE' then 'Double the quotes inside a quoted value ("").'
                else 'Correct the row at the source.'
            end,
            row_text, null,
        from rejects
        left join reject_lines using (number)
    """)
    return rows_add_up


def _keep_out_overlong(con: duckdb.DuckDBPyConnection, text: Text, raw: dict[str, str]) -> None:
    """Keep rows out that have too many fields although DuckDB takes them.

    Those with an empty field too many, and those with something behind the last delimiter.
    """
    if text.places or delivery.is_parquet(text.path):
        return
    lines = delivery.overlong_lines(text.path, len(text.header), text.delimiter, text.quote)
    if not lines and NOTHING not in raw:
        return
    behind = f"{raw[NOTHING]} is not null" if NOTHING in raw else "false"
    is_overlong = f"({behind} or list_contains($1, line))"
    con.execute(
        f"""
        insert into faults
        select line, null, {len(text.header) + 1} || ' fields', 'too many fields in the row',
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


def typed_sql(column: Column, raw: str) -> str:
    """SQL that casts a text column; null where the text is not of the type.

    DuckDB casts '2024.5' to 2025, '0x10' to 16 and '1_000' to 1000: such texts are refused.
    """
    if column.duckdb_type == "varchar":
        return raw
    cast = f"try_cast({raw} as {column.duckdb_type})"
    if column.duckdb_type in _WHOLE:
        return f"case when regexp_full_match({raw}, '-?[0-9]+') then {cast} end"
    if column.duckdb_type == "date":
        day = "(19|20|21)\\d\\d-\\d\\d-\\d\\d"
        return f"case when regexp_full_match({raw}, '{day}') then {cast} end"
    if column.duckdb_type == "boolean":
        return f"case when lower({raw}) in ('true', 'false') then {cast} end"
    return f"case when not contains({raw}, '_') then {cast} end"


def column_rules(
    column: Column, raw: str, form: ProducerFormat | None
) -> list[tuple[str, str, str]]:
    """(SQL that is true for a fault, reason, remedy) for one column, first match wins."""
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
        too_large = f", or too large for {column.duckdb_type}"
        reason, remedy = _TYPE_WORDS.get(column.duckdb_type) or (
            f"not a number{too_large if column.duckdb_type.startswith('decimal') else ''}",
            "Write digits with a point as decimal mark; leave the field empty if unknown.",
        )
        rules.append((_unreadable(column, raw), reason, remedy))
        if form is None and (lost := decimals_lost(column, raw)):
            rules.append((lost, f"has more decimals than {column.duckdb_type} keeps", _ROUND))
    rules.extend((f"not ({check.sql})", check.reason, check.remedy) for check in column.checks)
    return rules


def decimals_lost(column: Column, raw: str) -> str | None:
    """SQL that is true where the column's type rounds what is stated; None for other types.

    Not for the noise that binary fractions leave: 92.54299999999999 is 92.543.
    """
    if not column.duckdb_type.startswith("decimal"):
        return None
    kept = f'"{column.name}"'
    return f"abs(try_cast({raw} as double) - {kept}) > 1e-9 * greatest(1, abs({kept}))"


def _check_thousands(con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract) -> None:
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


def _unreadable(column: Column, raw: str) -> str:
    """SQL that is true where a text is there and not of the column's type."""
    return f'{raw} is not null and "{column.name}" is null'


def _cast_rows(
    con: duckdb.DuckDBPyConnection,
    contract: SourceContract,
    texts: dict[str, str],
    raw: dict[str, str],
    form: ProducerFormat | None,
) -> None:
    """Make `cast_rows`, the typed rows with what is `bad` in them, and tell one fault per value."""

    def is_own_fault(column: Column, sql: str) -> str:
        """The rule, unless another column that it reads lacks its value for a fault of its own."""
        unreadable = [
            _unreadable(other, texts[other.name])
            for other in contract.columns
            if other is not column
            and other.duckdb_type != "varchar"
            and re.search(rf"\b{other.name}\b", sql)
        ]
        return " and ".join([f"({sql})", *(f"not ({each})" for each in unreadable)])

    typed, is_bad, values = [], [], []
    for column in contract.columns:
        text = texts[column.name]
        typed.append(f'{typed_sql(column, text)} as "{column.name}"')
        rules = column_rules(column, text, form)
        is_bad += [f"coalesce({sql}, false)" for sql, _, _ in rules]
        cases = " ".join(
            f"when {is_own_fault(column, sql)} "
            f"then {{column_name: {literal(column.name)}, value: {text}, "
            f"reason: {literal(reason)}, remedy: {literal(remedy)}}}"
            for sql, reason, remedy in rules
        )
        values.append(f"case {cases} end")
    con.execute(f"""
        create temp table cast_rows as
        select line, {columns_sql(contract.column_names)},
            case when {" or ".join(is_bad)} then [{", ".join(values)}] end as bad,
        from (select *, {", ".join(typed)} from text_rows where left_out is null)
    """)
    if con.execute("select 1 from cast_rows where bad is not null limit 1").fetchall():
        con.execute(f"""
            insert into faults
            select line, fault.column_name, fault.value, fault.reason, fault.remedy,
                {_row_text(raw)}, null,
            from (select line, unnest(bad) as fault from cast_rows where bad is not null)
            inner join raw_rows using (line)
            where fault is not null
        """)


def _collect_repeats(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, raw: dict[str, str], word: str
) -> None:
    """Make `repeats`: good rows kept out because another row has the same key.

    word  what a message says before the places of rows
    """
    key = columns_sql(contract.key)
    same_key = " and ".join(
        f'keyed."{name}" is not distinct from repeated_keys."{name}"' for name in contract.key
    )
    keyed = (
        f"(from cast_rows where bad is null and ({contract.key_exempt_sql}) is not true) as keyed"
    )
    con.execute(
        "create temp table repeated_keys as"
        f" select {key} from {keyed} group by all having count(*) > 1"
    )
    if not con.execute("select count(*) from repeated_keys").fetchall()[0][0]:
        con.execute("create temp table repeats (line integer)")
        return
    con.execute(f"""
        create temp table repeats as
        with same_key_rows as (
            select {key}, line, coalesce(label, line::varchar) as label,
                hash({columns_sql(contract.column_names)}) as row_hash,
            from (from {keyed} semi join repeated_keys on {same_key})
            left join places using (line)
        ),
        repeated_rows as (
            select line, concat_ws(', ', {key}) as key_text, label,
                min(line) over same_key as first_line,
                arg_min(label, line) over same_key as first_label,
                -- a few lines to name, not all: a key may repeat a million times
                arg_min(label, line, {_NAMED_LINES + 1}) over same_key as labels,
                min(row_hash) over same_key <> max(row_hash) over same_key as is_conflict,
            from same_key_rows
            window same_key as (partition by {key})
        )
        from repeated_rows where is_conflict or line > first_line
    """)
    con.execute(f"""
        insert into faults
        select
            line, {literal(", ".join(contract.key))}, key_text,
            case
                when is_conflict
                    then 'same key as {word}'
                        || array_to_string(
                            list_filter(labels, lambda other: other <> label)[:{_NAMED_LINES}], ', '
                        )
                        || ' but other figures'
                else 'repeats {word}' || first_label
            end,
            if(is_conflict, {literal(_CONFLICT_REMEDY)}, {literal(_REPEAT_REMEDY)}),
            {_row_text(raw)}, null,
        from repeats
        inner join raw_rows using (line)
    """)


def _row_text(raw: dict[str, str]) -> str:
    """SQL that writes a row as CSV again, in the file's order of columns."""
    fields = ", ".join(f"coalesce({name}, '')" for name in raw.values())
    return f"""array_to_string(list_transform([{fields}], lambda field:
        case
            when regexp_matches(field, '[",\\n\\r]') then '"' || replace(field, '"', '""') || '"'
            else field
        end), ',')"""


def columns_sql(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
