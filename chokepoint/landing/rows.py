"""One pass over a delivery's rows in DuckDB: read as text, cast, check, split good from bad.

No row passes through Python but the few that an error message shows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.database import FAULTS_DDL, columns_sql, literal
from chokepoint.landing.records import Text, check_thousands, read_records
from chokepoint.landing.values import cast_rows, collect_repeats
from chokepoint.settings import glob_escape

if TYPE_CHECKING:
    import duckdb

# Level 1 packs customs rows as small as level 3, the default, in less time.
PARQUET_OPTIONS = "format parquet, compression zstd, compression_level 1"


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
    con.execute(FAULTS_DDL)


def read_rows(con: duckdb.DuckDBPyConnection, text: Text, contract: SourceContract) -> RowCounts:
    """Read a text and split its rows into `good` and `faults`.

    con  connection after `prepare`; gets the table `good` (the contract's columns, line_number,
         landing_period); `faults` (line_number, column_name, value, reason, remedy, row_text,
         member_name) grows

    Raises DeliveryRefusedError when the file is not CSV or a quoted value is never closed.
    """
    raw = read_records(con, text)
    if contract.kept_by_hand and text.form is None:
        check_thousands(con, text, contract)
    columns = _make_text_rows(con, contract, text.form, raw)
    cast_rows(con, contract, columns, raw, text.form)
    collect_repeats(con, contract, raw, "" if text.places else "line ")
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


def _name_places(con: duckdb.DuckDBPyConnection, text: Text) -> None:
    """Let rows and faults name their place in the delivered file, and its member."""
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
