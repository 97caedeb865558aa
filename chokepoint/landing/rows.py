"""One pass over a delivery's rows in DuckDB: read as text, cast, check, split good from bad. No row
passes through Python but those that an error shows."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.landing.contracts import Column, ProducerFormat, SourceContract
from chokepoint.landing.database import FAULTS_DDL, columns_sql, literal
from chokepoint.landing.records import Text, check_thousands, read_records
from chokepoint.settings import glob_escape

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
_ROUND = "Round the figure yourself: it would be kept otherwise than it is stated."
_REPEAT_REMEDY = "Deliver each row once; the first of the identical rows has landed."
_CONFLICT_REMEDY = "Find out which row is right and deliver only that one; neither has landed."


@dataclass(frozen=True)
class RowCounts:
    """What became of the rows of a delivery: those that may land by period, others; `left_out` by
    the reason of the producer's format."""

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


def prepare(
    con: duckdb.DuckDBPyConnection,
    known_texts: Mapping[str, tuple[str, ...]],
    known_on: dt.date,
    code_lists: Mapping[str, Mapping[str, str]],
    file_name: str,
) -> None:
    """Make the empty table `faults` and the macros: is_known_<kind>() of `known_texts` ('code',
    'measure', 'act'), and those of `code_lists`, null for any other key."""

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
    con.execute(FAULTS_DDL)


def read_rows(con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract) -> RowCounts:
    """Read a text and split its rows into `good` (the contract's columns, line_number,
    landing_period) and `faults`, which grows."""
    raw = read_records(con, text)
    if contract.kept_by_hand and text.form is None:
        check_thousands(con, text, contract)
    columns = _make_text_rows(con, contract, text.form, raw)
    cast_rows(con, contract, columns, raw, text.form)
    collect_repeats(con, contract, raw, "" if text.is_table else "line ")
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
    _name_places(con, text)
    return RowCounts(counts, quarantined, bad_utf8, dict(left_out))


def _make_text_rows(
    con: duckdb.DuckDBPyConnection,
    contract: SourceContract,
    form: ProducerFormat | None,
    raw: dict[str, str],
) -> dict[str, str]:
    """Make `text_rows` with `left_out`; returns contract column -> name of its text in it."""
    if form is None:
        con.execute(
            "create or replace temp view text_rows as"
            " select *, null::varchar as left_out from records"
        )
        return raw
    kept = ", ".join(raw.values())
    # The columns that the format knows by their names, those that lack as null.
    named = ", ".join(
        f'{form.column_sql(raw[name]) if name in raw else "null::varchar"} as "{name}"'
        for name in (form.table_columns if form.table else form.known_columns)
    )
    con.execute(
        f"create or replace temp view named_rows as select line, {kept}, {named} from records"
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


def _name_places(con: duckdb.DuckDBPyConnection, text: Text) -> None:
    """Let rows and faults name their place in the delivered file, and its member."""
    if text.is_table:
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


# --- values: type, rules of the column, key ------------------------------------------------------


def typed_sql(column: Column, raw: str) -> str:
    """SQL that casts a text column; null where it is not of the type: DuckDB would take '2024.5'
    for 2025, '0x10' for 16, '1_000' for 1000."""
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
        if form is None and column.duckdb_type.startswith("decimal"):
            kept = f'"{column.name}"'
            # Binary noise (92.54299999999999) is no figure that was stated.
            lost = f"abs(try_cast({raw} as double) - {kept}) > 1e-9 * greatest(1, abs({kept}))"
            rules.append((lost, f"has more decimals than {column.duckdb_type} keeps", _ROUND))
    rules.extend((f"not ({check.sql})", check.reason, check.remedy) for check in column.checks)
    return rules


def _unreadable(column: Column, raw: str) -> str:
    """SQL that is true where a text is there and not of the column's type."""
    return f'{raw} is not null and "{column.name}" is null'


def cast_rows(
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
                {row_text(raw)}, null,
            from (select line, unnest(bad) as fault from cast_rows where bad is not null)
            inner join records using (line)
            where fault is not null
        """)


def collect_repeats(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, raw: dict[str, str], word: str
) -> None:
    """Make `repeats`: good rows kept out for their key; `word` stands before places in messages."""
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
                        || array_to_string(list_filter(
                            labels, lambda other: other <> repeats.label
                        )[:{_NAMED_LINES}], ', ')
                        || ' but other figures'
                else 'repeats {word}' || first_label
            end,
            if(is_conflict, {literal(_CONFLICT_REMEDY)}, {literal(_REPEAT_REMEDY)}),
            {row_text(raw)}, null,
        from repeats
        inner join records using (line)
    """)


def row_text(raw: dict[str, str]) -> str:
    """SQL that writes a row as CSV again, in the file's order of columns."""
    fields = ", ".join(f"coalesce({name}, '')" for name in raw.values())
    return f"""array_to_string(list_transform([{fields}], lambda field:
        case
            when regexp_matches(field, '[",\\n\\r]') then '"' || replace(field, '"', '""') || '"'
            else field
        end), ',')"""


# --- periods ------------------------------------------------------------------------------------


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
