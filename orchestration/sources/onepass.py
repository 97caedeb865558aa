"""The fast way to land a large text whose rows are all good: one pass, straight to Parquet.

`rows.py` judges every value of every row and can say what is wrong where. Most large files have
nothing wrong, and then a cheaper proof will do: cast and sort the rows into Parquet, then look at
what was written. Distinct values are judged instead of rows, and repeated keys are neighbours. At
the first doubt this gives up, and `rows.py` reads the text from the start; where it does not give
up, both write the same rows in the same order (tests/unit/test_landing_onepass.py).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.sources.contracts import SourceContract
from orchestration.sources.delivery import glob_escape
from orchestration.sources.formats import ProducerFormat
from orchestration.sources.rows import (
    PARQUET_OPTIONS,
    Text,
    column_rules,
    columns_sql,
    literal,
    typed_sql,
)

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


def read_good_rows(
    con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract, folder: Path
) -> dict[str, tuple[Path, int]] | None:
    """Write the rows of a text as one sorted Parquet file per period, if all of them are good.

    con     connection after `rows.prepare`
    folder  where the files go

    Returns period -> (file, rows), or None when any row is not good for certain: then nothing
    is left behind, and `rows.read_rows` must judge.
    """
    import duckdb

    if not text.pieces:
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
    if len(found) == 1:
        period, count = found[0]
        return {period: (draft.rename(folder / f"{period}.parquet"), count)}
    files = {}
    for period, count in found:
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
    return files


def _read(
    con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract, draft: Path
) -> list[tuple[str, int]] | None:
    by_value, by_row = _split_rules(con, contract, text.form)
    # Only the pieces are read in no order; the rows are sorted with their line numbers.
    con.execute("set preserve_insertion_order = false")
    try:
        con.execute(_copy_sql(text, contract, by_row, draft))
    finally:
        con.execute("reset preserve_insertion_order")
    threads = con.execute("select current_setting('threads')::integer").fetchall()[0][0]
    look = _look_at(draft, contract, threads)
    if look is None or look.row_count != text.line_count - 1 or not look.row_count:
        return None
    for (name, shown_as), rules in by_value.items():
        if not _all_good(con, shown_as, look.values[name], rules):
            return None
    if look.repeats is not None and not _are_exempt(con, look.repeats, contract):
        return None
    return con.execute(f"""
        select ({contract.period_sql})::varchar as landing_period, count(*)
        from read_parquet({literal(glob_escape(str(draft)))})
        group by all
        order by all
    """).fetchall()


def _split_rules(
    con: duckdb.DuckDBPyConnection, contract: SourceContract, form: ProducerFormat | None
) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """What makes a row one for the careful way: by text column what its values alone tell, and
    what takes a look at each row.

    Each is SQL. The former go by (column, name it has in the SQL); in the latter a column's text
    is `text_<n>` and the producer's columns have their names.
    """
    by_value: dict[tuple[str, str], list[str]] = {}
    by_row: list[str] = []
    for index, column in enumerate(contract.columns, start=1):
        text = f"text_{index}"
        if column.duckdb_type != "varchar":
            # An empty text is none of a number or day, so one look at the outcome will do.
            is_missing = f'"{column.name}" is null'
            by_row.append(f"{text} is not null and {is_missing}" if column.nullable else is_missing)
            by_row.extend(f"not ({check.sql})" for check in column.checks)
            continue
        # The text and the value of a text column are the same.
        for sql, _, _ in column_rules(column, f'"{column.name}"'):
            if _needs_only(con, sql, column.name):
                by_value.setdefault((column.name, column.name), []).append(sql)
            else:
                by_row.append(sql)
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
            by_row.append(rule.sql)
        else:
            by_value.setdefault((kept[owner], owner), []).append(rule.sql)
    return by_value, by_row


def _needs_only(con: duckdb.DuckDBPyConnection, sql: str, name: str) -> bool:
    """Whether SQL can be answered from one text column."""
    import duckdb

    try:
        con.execute(f'select {sql} from (select null::varchar as "{name}") as one').fetchall()
    except duckdb.BinderException:
        return False
    return True


def _copy_sql(text: Text, contract: SourceContract, by_row: list[str], draft: Path) -> str:
    raw = {name: f"raw_{index}" for index, name in enumerate(text.header, start=1)}
    kinds = ", ".join(f"{name}: 'varchar'" for name in raw.values())
    quote = literal(text.quote)
    pieces = " union all ".join(
        f"""
        select *, (row_number() over () + {piece.first_line - 1})::integer as line_number
        from read_csv(
            {literal(glob_escape(str(piece.path)))}, auto_detect = false, header = false,
            columns = {{{kinds}}}, delim = {literal(text.delimiter)}, quote = {quote},
            escape = {quote}, null_padding = false, strict_mode = true,
            buffer_size = {_BUFFER_BYTES}
        )
        """
        for piece in text.pieces
        if piece.path.stat().st_size
    )
    form = text.form
    texts = dict(form.values) if form else raw
    named = ", ".join(f'{name} as "{column}"' if form else name for column, name in raw.items())
    missing = [name for name in form.all_optional if name not in raw] if form else []
    absent = "".join(f', null::varchar as "{name}"' for name in missing)
    values = ", ".join(
        f"({texts.get(column.name, 'null')})::varchar as text_{index}"
        for index, column in enumerate(contract.columns, start=1)
    )
    typed = ", ".join(
        f'{typed_sql(column, f"text_{index}")} as "{column.name}"'
        for index, column in enumerate(contract.columns, start=1)
    )
    # Names of the producer's columns may be those of the contract's in other letters.
    rules = [rule.sql for rule in form.leaves_out if rule.sql in by_row] if form else []
    left_out = ", ".join(f"({sql}) as rule_{index}" for index, sql in enumerate(rules, start=1))
    doubts = [f"rule_{index}" for index in range(1, len(rules) + 1)]
    doubts.extend(sql for sql in by_row if sql not in rules)
    good = " and ".join(f"not coalesce({sql}, false)" for sql in doubts) or "true"
    return f"""
        copy (
            select {columns_sql(contract.column_names)}, line_number
            from (
                select *, {typed}
                from (
                    select {values}, line_number{", " + left_out if left_out else ""}
                    from (select {named}{absent}, line_number from ({pieces}))
                )
            )
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
    """Look through a sorted file, row group by row group; None if a column is no list of codes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in contract.columns if column.duckdb_type == "varchar"]
    wanted = list(dict.fromkeys([*names, *contract.key]))
    with pq.ParquetFile(draft) as file:
        groups = range(file.num_row_groups)
        row_count = file.metadata.num_rows
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


def _all_good(
    con: duckdb.DuckDBPyConnection, name: str, values: pa.Array, rules: list[str]
) -> bool:
    import pyarrow as pa

    con.register("distinct_values", pa.table({name: values}))
    faulty = " or ".join(f"coalesce({sql}, false)" for sql in rules)
    bad = con.execute(f"select 1 from distinct_values where {faulty} limit 1").fetchall()
    con.unregister("distinct_values")
    return not bad


def _are_exempt(
    con: duckdb.DuckDBPyConnection, repeats: pa.Table, contract: SourceContract
) -> bool:
    con.register("repeated", repeats)
    bad = con.execute(
        f"select 1 from repeated where ({contract.key_exempt_sql}) is not true limit 1"
    ).fetchall()
    con.unregister("repeated")
    return not bad
