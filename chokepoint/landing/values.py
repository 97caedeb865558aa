"""What each value of a row must be: its type, its column's rules, a key of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chokepoint.landing.contracts import Column, ProducerFormat, SourceContract
from chokepoint.landing.database import columns_sql, literal

if TYPE_CHECKING:
    import duckdb

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
            inner join raw_rows using (line)
            where fault is not null
        """)


def collect_repeats(
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
            {row_text(raw)}, null,
        from repeats
        inner join raw_rows using (line)
    """)


def row_text(raw: dict[str, str]) -> str:
    """SQL that writes a row as CSV again, in the file's order of columns."""
    fields = ", ".join(f"coalesce({name}, '')" for name in raw.values())
    return f"""array_to_string(list_transform([{fields}], lambda field:
        case
            when regexp_matches(field, '[",\\n\\r]') then '"' || replace(field, '"', '""') || '"'
            else field
        end), ',')"""
