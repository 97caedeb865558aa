"""Checks a table of the law before a build, by the rules that stop it:
`models/intermediate/law/int_law__input_faults.sql` and what it reads, the file in place of the
bundled table. Without faults, states are derived and held against each claim of the sources."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError
from chokepoint.landing.contracts import ProducerFormat
from chokepoint.landing.database import connect
from chokepoint.landing.files.delivery import check_readable
from chokepoint.landing.files.headers import check_columns, check_header_text
from chokepoint.landing.files.texts import check_start
from chokepoint.landing.refusals import DeliveryRefusedError, Fault, refused
from chokepoint.warehouse.model_sql import ModelSql

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings

RULES = "int_law__input_faults"
# Those of single values.
VALUE_RULES = "int_law__faults_in_values"
CLAIMS = "fct_state_claims"
STATES = "int_law__measure_states"
# Columns that name a row; in the other tables it is the first.
_KEYS = {
    "measure_clauses": ("measure_id", "clause_id"),
    "cn8_crosswalk": ("measure_id", "cn8_2025"),
    "law_entries": ("table_name", "row_id"),
}
# A header with fewer names in common is that of no table of the law.
_LEAST_LIKENESS = 0.3


@dataclass(frozen=True)
class RowFault:
    """A row of int_law__input_faults."""

    table_name: str
    row_id: str
    column_name: str
    value: str | None
    rule: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class PlacedFault(RowFault):
    """The same with its file and line; the value is that of the file."""

    path: Path
    line_number: int | None


@dataclass(frozen=True)
class DerivedState:
    """A row of int_law__measure_states that is known by now."""

    measure_id: str
    clause_id: str
    destination: str
    user_type: str
    claim_group: str
    valid_from: date
    valid_to: date | None
    state: str


@dataclass(frozen=True)
class LawReport:
    """What table of the law a file holds (`is_bundled`: the build's own), its rows, and faults: its
    own by line, and `elsewhere` those that it causes in others (of the bundled table all)."""

    table_name: str
    row_count: int
    faults: list[PlacedFault]
    elsewhere: list[PlacedFault]
    is_bundled: bool


@dataclass(frozen=True)
class LawTable:
    """A file as text: the columns of its key, and the line on which each row starts beside its
    values by column."""

    name: str
    path: Path
    columns: list[str]
    key: Sequence[str]
    rows: list[tuple[int, dict[str, str | None]]]

    def places(self, fault: RowFault) -> Iterator[PlacedFault]:
        """The fault at each row that has it."""
        named = [row for row in self.rows if self.row_id(row[1]) == fault.row_id]
        exact = [row for row in named if row[1].get(fault.column_name) == fault.value]
        for line, values in exact or named:
            shown = {**vars(fault), "value": fault.value or values.get(fault.column_name)}
            yield PlacedFault(**shown, path=self.path, line_number=line)
        if not named:
            yield PlacedFault(**vars(fault), path=self.path, line_number=None)

    def row_id(self, values: Mapping[str, str | None]) -> str:
        return "/".join(value for name in self.key if (value := values[name])) or "(none)"


def check_law(settings: Settings, path: Path) -> LawReport:
    """Check a file as the table of the law that its header tells, beside the bundled ones;
    DeliveryRefusedError when one is no table."""
    with open_law(settings, ModelSql(settings.project_dir)) as law:
        return law.check(path)


def read_law(models: ModelSql) -> dict[str, LawTable]:
    """The bundled tables that the rules read, by name."""
    return {
        seed: _read_table(seed, models.seeds[seed], models.columns(seed))
        for seed in models.order(RULES)
        if seed in models.seeds
    }


def examine(
    settings: Settings, models: ModelSql, tables: Mapping[str, LawTable]
) -> tuple[set[RowFault], list[DerivedState]]:
    """LawDatabase.examine in a database for this once."""
    with open_law(settings, models) as law:
        return law.examine(tables)


@contextmanager
def open_law(settings: Settings, models: ModelSql) -> Iterator[LawDatabase]:
    """The rules in an in-memory database; nothing is written into the data folder."""
    with (
        tempfile.TemporaryDirectory(prefix="chokepoint-law-") as folder,
        connect(replace(settings, own_temp_dir=Path(folder) / "tmp", threads=1)) as con,
    ):
        yield LawDatabase(con, models)


class LawDatabase:
    """The rules as views on tables that may be put in place one after the other."""

    def __init__(self, con: duckdb.DuckDBPyConnection, models: ModelSql) -> None:
        self._con, self._models = con, models
        self._held: dict[str, LawTable] = {}
        self._has_views = False

    @cached_property
    def _bundled(self) -> dict[str, LawTable]:
        return read_law(self._models)

    @cached_property
    def _faults_as_bundled(self) -> set[RowFault]:
        return self.examine(self._bundled)[0]

    def check(self, path: Path) -> LawReport:
        """As check_law."""
        # Table of the law -> its columns: the seeds that the staging models of law read.
        seeds = sorted(
            seed
            for model in self._models.order(RULES)
            if model.startswith("stg_law__")
            for seed in self._models.sql(model)[1]
        )
        tables = {seed: self._models.columns(seed) for seed in seeds}
        name = _recognise(path, _read_header(path), tables)
        file = _read_table(name, path, tables[name])
        found, _ = self.examine({**self._bundled, name: file})
        elsewhere = {fault for fault in found if fault.table_name != name}
        is_bundled = path.samefile(self._models.seeds[name])
        if elsewhere and not is_bundled:
            elsewhere -= self._faults_as_bundled
        return LawReport(
            table_name=name,
            row_count=len(file.rows),
            faults=placed({name: file}, found),
            elsewhere=placed(self._bundled, elsewhere),
            is_bundled=is_bundled,
        )

    def examine(
        self, tables: Mapping[str, LawTable], rules: str = RULES
    ) -> tuple[set[RowFault], list[DerivedState]]:
        """What RULES find in these tables, and the states as known by now if nothing; VALUE_RULES
        derive none."""
        for table in tables.values():
            self._put(table)
        if not self._has_views:
            self._con.execute("create schema rules; set search_path = 'rules,main'")
            for name in self._models.order(RULES):
                if name not in self._models.seeds:
                    sql = self._models.sql(name)[0]
                    self._con.execute(f'create view rules."{name}" as {sql}')
            self._con.execute("set search_path = 'main'")
            self._has_views = True
        self._con.begin()
        try:
            # What follows reads it too.
            self._con.execute(f'create table "{rules}" as from rules."{rules}"')
            columns = ", ".join(RowFault.__dataclass_fields__)
            rows = self._con.execute(f'select {columns} from main."{rules}"').fetchall()
            # States can be derived only from tables without faults.
            if rows or rules != RULES:
                return {RowFault(*row) for row in rows}, []
            self._models.run(self._con, CLAIMS)
            rows = self._con.execute(
                f"""
                select
                    'measure_status', claim_id, 'status', claimed_state, 'claim_differs',
                    'from the acts follows ' || coalesce(derived_states, 'no state'),
                    'correct the claim, or add the act and relation that make it true'
                from {CLAIMS}
                where agreement = 'differs'
                """
            ).fetchall()
            columns = ", ".join(DerivedState.__dataclass_fields__)
            states = self._con.execute(
                f"select {columns} from {STATES} where known_to is null order by all"
            ).fetchall()
        finally:
            self._con.rollback()
        return {RowFault(*row) for row in rows}, [DerivedState(*state) for state in states]

    def _put(self, table: LawTable) -> None:
        """A table of text with the rows of a file that has been read."""
        if self._held.get(table.name) is table:
            return
        fields = ", ".join(f'"{column}" varchar' for column in table.columns)
        self._con.execute(
            f'create or replace table "{table.name}" as '
            f"select unnest(?::struct({fields})[], recursive := true)",
            [[values for _, values in table.rows]],
        )
        self._held[table.name] = table


def placed(tables: Mapping[str, LawTable], faults: set[RowFault]) -> list[PlacedFault]:
    """The faults of these tables at the lines that have them."""
    found = (
        place
        for fault in faults
        if fault.table_name in tables
        for place in tables[fault.table_name].places(fault)
    )
    return sorted(
        found,
        key=lambda fault: (fault.table_name, fault.line_number or 0, fault.column_name, fault.rule),
    )


# --- reading --------------------------------------------------------------------------------------


def _recognise(path: Path, header: list[str], tables: Mapping[str, list[str]]) -> str:
    """The table whose header this is; else the one of the file's name; else the nearest."""
    for name, columns in tables.items():
        if sorted(header) == sorted(columns):
            return name
    if path.stem in tables:
        return path.stem
    names = {column.strip().lower() for column in header}

    def likeness(name: str) -> float:
        return len(names.intersection(tables[name])) / len(names.union(tables[name]))

    best = max(tables, key=likeness)
    if likeness(best) >= _LEAST_LIKENESS:
        return best
    known = "\n".join(f"    {name}: {','.join(columns)}" for name, columns in tables.items())
    raise ChokepointError(
        f"{path}, line 1: no table of the law has the header {','.join(header)!r}",
        f"give the columns of one of these tables:\n{known}",
    )


def _read_header(path: Path) -> list[str]:
    """The column names, after a look at the bytes: is this plain UTF-8 text?"""
    check_readable(path)
    if path.suffix.lower() != ".csv":
        raise refused(path, "a table of the law is a plain .csv file", "Unpack it.")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                found = line[error.start : error.start + 1].hex()
                what = f"byte 0x{found} is not UTF-8"
                raise refused(path, what, "Save the file as UTF-8.", line=number) from None
            if b"\0" in line:
                raise refused(
                    path, "a NUL byte is no text", "Export the table as CSV.", line=number
                )
    check_start(path)
    header = next((record for _, record in _records(path)), [])
    check_header_text(header, path)
    return header


def _read_table(name: str, path: Path, columns: list[str]) -> LawTable:
    """A file as a table; DeliveryRefusedError if its header or the length of a row is wrong."""
    header = _read_header(path)
    # In the terms of a delivery.
    check_columns(header, ProducerFormat(name, "", "", tuple(columns), ()), path)
    rows, ragged = [], []
    for line, record in _records(path):
        if len(record) == len(header):
            values = zip(header, record, strict=True)
            rows.append((line, {column: value or None for column, value in values}))
        else:
            reason = f"{len(record)} values, but the header names {len(header)} columns"
            remedy = "Write one value per column, in double quotes where it holds a comma."
            ragged.append(Fault(line, None, ",".join(record), reason, remedy))
    if ragged:
        first = ragged[0]
        raise DeliveryRefusedError(first.describe(str(path)), first.remedy, tuple(ragged))
    return LawTable(name, path, header, _KEYS.get(name, columns[:1]), rows[1:])


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file with the line on which each starts; blank lines are none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            for record in reader:
                if record:
                    yield line, record
                line = reader.line_num + 1
        except csv.Error as error:
            remedy = 'Close the quote, or double it ("") if it is part of the text.'
            raise refused(path, f"this row is no CSV ({error})", remedy, line=line) from None
