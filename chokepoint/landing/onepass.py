"""The fast way to land a large text whose rows are all good: one pass, straight to Parquet.

`rows.py` judges every value of every row and can say what is wrong where. Most large files have
nothing wrong, and then a cheaper proof will do: cast and sort the rows into Parquet, then look at
what was written. Distinct values are judged instead of rows, and repeated keys are neighbours. At
the first doubt this gives up, and `rows.py` reads the text from the start; where it does not give
up, both write the same rows in the same order (tests/fast/landing/test_landing_onepass.py).

Rows that a rule of the producer's format leaves out are no doubt: they are taken out and counted,
which reads the text once more.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.landing.contracts import NOTHING, LeaveOut, ProducerFormat, SourceContract
from chokepoint.landing.delivery import has_ends_of, overlong_lines
from chokepoint.landing.rows import (
    PARQUET_OPTIONS,
    Text,
    column_rules,
    columns_sql,
    decimals_lost,
    literal,
    named_sql,
    typed_sql,
)
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Below this size the careful way takes no longer than a person notices.
LEAST_BYTES = 16 << 20
LEAST_PIECE_BYTES = 4 << 20
# DuckDB's own are eight times as large, and it holds one for each piece.
_BUFFER_BYTES = 4 << 20
# With more distinct values than this, a column is no list of codes.
_MOST_VALUES = 500_000


def pays(path: Path) -> bool:
    """Whether a text is large enough for the fast way."""
    return _text_bytes(path) >= LEAST_BYTES


def piece_bytes(path: Path, threads: int) -> int:
    """How large the pieces of a text should be: two for each thread.

    DuckDB reads all of them at once, and each takes memory; with one for each thread, a slow one
    would be waited for.
    """
    return max(LEAST_PIECE_BYTES, _text_bytes(path) // (2 * threads) + 1)


def _text_bytes(path: Path) -> int:
    packed = 5 if path.name.lower().endswith(".gz") else 1
    return path.stat().st_size * packed


@dataclass(frozen=True)
class Written:
    """What the fast way has written.

    files     period -> (file, rows)
    left_out  rows that a rule of the producer's format leaves out, by its reason
    """

    files: dict[str, tuple[Path, int]]
    left_out: dict[str, int]


def read_good_rows(
    con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract, folder: Path
) -> Written | None:
    """Write the rows of a text as one sorted Parquet file per period, if all of them are good.

    con     connection after `rows.prepare`
    folder  where the files go

    None when any row is not good for certain: then nothing is left behind, and `rows.read_rows`
    must judge.
    """
    import duckdb

    if not text.pieces or contract.kept_by_hand or NOTHING in text.header:
        return None
    if has_ends_of(text.path, text.delimiter) and overlong_lines(
        text.path, len(text.header), text.delimiter, text.quote
    ):
        return None
    draft = folder / "onepass.parquet"
    try:
        found = _read(con, text, contract, draft)
    except (
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.OutOfRangeException,
        duckdb.BinderException,
    ):
        # Not CSV of this width, or a check that no single column can answer.
        found = None
    if found is None:
        draft.unlink(missing_ok=True)
        return None
    periods, left_out = found
    if len(periods) == 1:
        period, count = periods[0]
        return Written({period: (draft.rename(folder / f"{period}.parquet"), count)}, left_out)
    files = {}
    for period, count in periods:
        target = folder / f"{period}.parquet"
        con.execute(f"""
            copy (
                select * from read_parquet({literal(glob_escape(str(draft)))})
                where ({contract.period_sql})::varchar = {literal(period)}
                order by {columns_sql(contract.key)}, line_number
            ) to {literal(str(target))} ({PARQUET_OPTIONS})
        """)
        files[period] = (target, count)
    draft.unlink()
    return Written(files, left_out)


def _read(
    con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract, draft: Path
) -> tuple[list[tuple[str, int]], dict[str, int]] | None:
    rules = _split_rules(con, contract, text.form)
    # Only the pieces are read in no order; the rows are sorted with their line numbers.
    con.execute("set preserve_insertion_order = false")
    try:
        con.execute(_copy_sql(text, contract, rules, draft))
    finally:
        con.execute("reset preserve_insertion_order")
    threads = con.execute("select current_setting('threads')::integer").fetchall()[0][0]
    look = _look_at(draft, contract, threads)
    if look is None:
        return None
    left_out: dict[str, int] = {}
    to_take_out = _values_to_leave_out(con, look, rules)
    if to_take_out or look.row_count != text.line_count - 1:
        counted = _count_left_out(con, text)
        if counted is None:
            return None
        left_out = counted
    if to_take_out:
        _take_out(con, draft, to_take_out)
        look = _look_at(draft, contract, threads)
        if look is None:
            return None
    if look.row_count + sum(left_out.values()) != text.line_count - 1:
        return None
    for name, conditions in rules.by_value.items():
        if _values_where(con, name, look.values[name], conditions, most=1):
            return None
    if look.repeats is not None and not _are_exempt(con, look.repeats, contract):
        return None
    periods = con.execute(f"""
        select ({contract.period_sql})::varchar as landing_period, count(*)
        from read_parquet({literal(glob_escape(str(draft)))})
        group by all
        order by all
    """).fetchall()
    return periods, left_out


@dataclass
class _Rules:
    """What makes a row one for the careful way, or one to be left out.

    by_value         text column -> SQL over it that is true for a fault
    by_row           SQL that is true for a fault; a column's text is `text_<n>`
    leave_by_value   (text column, name it has in the SQL) -> SQL of rules that leave rows out
    leave_by_row     SQL of such rules over the producer's columns
    """

    by_value: dict[str, list[str]]
    by_row: list[str]
    leave_by_value: dict[tuple[str, str], list[str]]
    leave_by_row: list[str]


def _split_rules(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, form: ProducerFormat | None
) -> _Rules:
    """What the distinct values of a text column tell, and what takes a look at each row."""
    rules = _Rules({}, [], {}, [])
    for index, column in enumerate(contract.columns, start=1):
        text = f"text_{index}"
        if column.duckdb_type != "varchar":
            # An empty text is none of a number or day, so one look at the outcome will do.
            is_missing = f'"{column.name}" is null'
            rules.by_row.append(
                f"{text} is not null and {is_missing}" if column.nullable else is_missing
            )
            if form is None and (lost := decimals_lost(column, text)):
                rules.by_row.append(lost)
            rules.by_row.extend(f"not ({check.sql})" for check in column.checks)
            continue
        # The text and the value of a text column are the same.
        for sql, _, _ in column_rules(column, f'"{column.name}"', form):
            if _needs_only(con, sql, column.name):
                rules.by_value.setdefault(column.name, []).append(sql)
            else:
                rules.by_row.append(sql)
    # Where a column of the producer's lands as it is, its values are those that have landed.
    kept = {
        sql[1:-1]: name
        for name, sql in (form.values if form else ())
        if sql == f'"{sql[1:-1]}"' and contract.column(name).duckdb_type == "varchar"
    }
    for rule in form.leaves_out if form else ():
        owner = next(
            (own for own in kept if f'"{own}"' in rule.sql and _needs_only(con, rule.sql, own)),
            None,
        )
        if owner is None:
            rules.leave_by_row.append(rule.sql)
        else:
            rules.leave_by_value.setdefault((kept[owner], owner), []).append(rule.sql)
    return rules


def _needs_only(con: duckdb.DuckDBPyConnection, sql: str, name: str) -> bool:
    """Whether SQL can be answered from one text column."""
    import duckdb

    try:
        con.execute(f'select {sql} from (select null::varchar as "{name}") as one').fetchall()
    except duckdb.BinderException:
        return False
    return True


def _rows_sql(text: Text, shaped: Callable[[str], str] = lambda rows: rows) -> str:
    """The rows of a text, with `line_number`.

    shaped  what to make of the producer's columns, those that are absent as null: SQL from SQL

    What is made of them is worked out below the numbering: DuckDB takes no condition past a
    numbering, and would else work out each value once for the condition and once more to write it.
    """
    raw = {name: f"raw_{index}" for index, name in enumerate(text.header, start=1)}
    kinds = ", ".join(f"{name}: 'varchar'" for name in raw.values())
    quote = literal(text.quote)
    form = text.form
    named = named_sql(form, raw) if form else ", ".join(raw.values())
    numbered = []
    for piece in text.pieces:
        if not piece.path.stat().st_size:
            continue
        rows = f"""(
            select {named}
            from read_csv(
                {literal(glob_escape(str(piece.path)))}, auto_detect = false, header = false,
                columns = {{{kinds}}}, delim = {literal(text.delimiter)}, quote = {quote},
                escape = {quote}, null_padding = false, strict_mode = true,
                buffer_size = {_BUFFER_BYTES}
            )
        )"""
        numbered.append(f"""
            select *, (row_number() over () + {piece.first_line - 1})::integer as line_number
            from {shaped(rows)}
        """)
    return f"({' union all '.join(numbered)})"


def _copy_sql(text: Text, contract: SourceContract, rules: _Rules, draft: Path) -> str:
    form = text.form
    texts = (
        dict(form.values)
        if form
        else {name: f"raw_{index}" for index, name in enumerate(text.header, start=1)}
    )
    values = ", ".join(
        f"({texts.get(column.name, 'null')})::varchar as text_{index}"
        for index, column in enumerate(contract.columns, start=1)
    )
    typed = ", ".join(
        f'{typed_sql(column, f"text_{index}")} as "{column.name}"'
        for index, column in enumerate(contract.columns, start=1)
    )
    # Names of the producer's columns may be those of the contract's in other letters.
    leave = rules.leave_by_row
    left_out = "".join(f", ({sql}) as rule_{index}" for index, sql in enumerate(leave, start=1))
    outside = [*(f"rule_{index}" for index in range(1, len(leave) + 1)), *rules.by_row]
    good = " and ".join(f"not coalesce({sql}, false)" for sql in outside) or "true"
    rows = _rows_sql(
        text, lambda raw: f"(select *, {typed} from (select {values}{left_out} from {raw}))"
    )
    return f"""
        copy (
            select {columns_sql(contract.column_names)}, line_number
            from {rows}
            where {good}
            order by {columns_sql(contract.key)}, line_number
        ) to {literal(str(draft))} ({PARQUET_OPTIONS})
    """


@dataclass
class _Look:
    """What a sorted Parquet file holds.

    row_count  rows
    values     text column -> its distinct values, null among them where there is one
    repeats    keys of rows whose key is that of the row before; None when there is none
    """

    row_count: int
    values: dict[str, pa.Array]
    repeats: pa.Table | None


def _look_at(draft: Path, contract: SourceContract, threads: int) -> _Look | None:
    """Look through a sorted file, row group by row group; None if it is empty, or a column is no
    list of codes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in contract.columns if column.duckdb_type == "varchar"]
    wanted = list(dict.fromkeys([*names, *contract.key]))
    with pq.ParquetFile(draft) as file:
        groups = range(file.num_row_groups)
        row_count = file.metadata.num_rows
    if not row_count:
        return None
    look = partial(_look_at_group, draft, names, wanted, contract.key)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(look, groups))
    values: dict[str, pa.Array] = {}
    for name in names:
        values[name] = pa.chunked_array([part.values[name] for part in parts]).unique()
        if len(values[name]) > _MOST_VALUES:
            return None
    repeats = [part.repeats for part in parts if part.repeats is not None]
    for before, after in pairwise(parts):
        if before.last_key.equals(after.first_key):
            repeats.append(after.first_key)
    return _Look(row_count, values, pa.concat_tables(repeats) if repeats else None)


@dataclass
class _Group:
    values: dict[str, pa.Array]
    repeats: pa.Table | None
    first_key: pa.Table
    last_key: pa.Table


def _look_at_group(
    draft: Path, names: list[str], wanted: list[str], key: tuple[str, ...], number: int
) -> _Group:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(draft, read_dictionary=names) as file:
        table = file.read_row_group(number, columns=wanted, use_threads=False)
    values = {}
    same = np.ones(max(table.num_rows - 1, 0), dtype=bool)
    for name in wanted:
        column = table[name]
        if name in names:
            column = column.unify_dictionaries().combine_chunks()
            distinct = column.dictionary
            if column.null_count:
                distinct = pa.concat_arrays([distinct, pa.nulls(1, distinct.type)])
            values[name] = distinct
            column = column.indices
        if name in key:
            codes = (
                column.to_numpy(zero_copy_only=False)
                if not column.null_count
                else (column.fill_null(-1).to_numpy(zero_copy_only=False))
            )
            same &= codes[1:] == codes[:-1]
    keys = table.select(list(key))
    places = np.flatnonzero(same) + 1
    return _Group(
        values,
        _plain(keys.take(places)) if len(places) else None,
        _plain(keys.slice(0, 1)),
        _plain(keys.slice(keys.num_rows - 1, 1)),
    )


def _plain(table: pa.Table) -> pa.Table:
    """A small table without dictionaries, so that those of row groups do not differ."""
    import pyarrow as pa

    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(dict(zip(table.column_names, columns, strict=True)))


def _values_where(
    con: duckdb.DuckDBPyConnection,
    name: str,
    values: pa.Array,
    conditions: list[str],
    most: int = _MOST_VALUES,
) -> list[str | None]:
    """The values of a text column for which one of some conditions is true."""
    import pyarrow as pa

    con.register("distinct_values", pa.table({name: values}))
    met = " or ".join(f"coalesce({sql}, false)" for sql in conditions)
    found = con.execute(f'select "{name}" from distinct_values where {met} limit {most}').fetchall()
    con.unregister("distinct_values")
    return [value for (value,) in found]


def _values_to_leave_out(
    con: duckdb.DuckDBPyConnection, look: _Look, rules: _Rules
) -> dict[str, list[str]]:
    """Text column -> values whose rows a rule leaves out."""
    found: dict[str, list[str]] = {}
    for (name, shown_as), conditions in rules.leave_by_value.items():
        values = _values_where(con, shown_as, look.values[name], conditions)
        if values:
            found.setdefault(name, []).extend(value for value in values if value is not None)
    return found


def _count_left_out(con: duckdb.DuckDBPyConnection, text: Text) -> dict[str, int] | None:
    """Rows that rules leave out, by the first reason that fits; None where a rule that fits some
    does not hold for this file."""
    rules: tuple[LeaveOut, ...] = text.form.leaves_out if text.form else ()
    if not rules:
        return None
    cases = " ".join(f"when {rule.sql} then {number}" for number, rule in enumerate(rules))
    beside = ", ".join(f"coalesce(bool_or({rule.only_beside or 'true'}), false)" for rule in rules)
    found = con.execute(f"""
        select case {cases} end as rule_number, count(*), {beside}
        from {_rows_sql(text)}
        group by all
        order by all
    """).fetchall()
    holds = [any(row[2 + number] for row in found) for number in range(len(rules))]
    counts: dict[str, int] = {}
    for number, count, *_ in found:
        if number is None:
            continue
        if not holds[number]:
            return None
        reason = rules[number].reason
        counts[reason] = counts.get(reason, 0) + count
    return dict(sorted(counts.items()))


def _take_out(con: duckdb.DuckDBPyConnection, draft: Path, values: dict[str, list[str]]) -> None:
    """Write a sorted Parquet file anew without the rows that have one of some values."""
    shorter = draft.with_name("shorter.parquet")
    outside = " or ".join(
        f'"{name}" in ({", ".join(literal(value) for value in listed)})'
        for name, listed in values.items()
    )
    con.execute(f"""
        copy (
            select * from read_parquet({literal(glob_escape(str(draft)))})
            where ({outside}) is not true
        ) to {literal(str(shorter))} ({PARQUET_OPTIONS})
    """)
    shorter.replace(draft)


def _are_exempt(
    con: duckdb.DuckDBPyConnection, repeats: pa.Table, contract: SourceContract
) -> bool:
    con.register("repeated", repeats)
    bad = con.execute(
        f"select 1 from repeated where ({contract.key_exempt_sql}) is not true limit 1"
    ).fetchall()
    con.unregister("repeated")
    return not bad
