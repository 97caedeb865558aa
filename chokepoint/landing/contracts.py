"""What a delivery must look like: columns, types, key and checks, as plain data.

A contract is read by `rows.py`, which turns it into SQL. It may list the formats in which its
producer publishes: a file in one of them lands as it is, its columns computed by the format's SQL
and checked as those of any other delivery (`formats.py`). Rows that a rule leaves out (yearly sums
among months, a union beside its members) are no faults; the manifest counts them by reason.
Checks are SQL conditions over the typed columns; they may call three macros that landing defines:

    is_known_code(text)     the code is in seeds/reference/countries.csv or partner_codes.csv
    is_known_measure(text)  the measure is in seeds/measures/measures.csv
    is_known_act(text)      the same, or an act of seeds/measures/law_acts.csv
    known_on()              the day from which the delivery counts as known

SQL of a format may also call place_code(text): the code of a place by its name, in lower case and
without accents (seeds/reference/countries.csv and place_names.csv); null for a name in neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from chokepoint.landing.files.archives import Member

ANY_MEMBER = r"[^/]*"
ANY_SHEET = r".*"
# Columns that the copy of a table has beside the producer's.
SHEET, NAME, FIGURE = "sheet", "name", "figure"


@dataclass(frozen=True)
class Check:
    """Boolean SQL over the typed columns that every row must meet (null does), what is wrong with a
    row that fails it, and what the user can do."""

    sql: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Column:
    """A column of a delivery; `allowed` are the texts of a short list, as a check says too."""

    name: str
    duckdb_type: str
    nullable: bool = False
    checks: tuple[Check, ...] = ()
    # No part of what landed files are told by: the check is.
    allowed: tuple[str, ...] = field(default=(), repr=False)

    def must(self, sql: str, reason: str, remedy: str) -> Column:
        """The column with one more check, behind those that it has."""
        return replace(self, checks=(*self.checks, Check(sql, reason, remedy)))


@dataclass(frozen=True)
class LeaveOut:
    """Rows that must not land, because they would be counted twice.

    sql          boolean SQL over the producer's columns, by their quoted names; null is false
    reason       why, in words that fit "n rows left out: <reason>"
    only_beside  SQL over the same columns; the rule holds only if the file has such a row
                 (a whole is left out only beside its parts); None means always
    """

    sql: str
    reason: str
    only_beside: str | None = None


@dataclass(frozen=True)
class CodeList:
    """A list of codes in the archive, as a SQL macro `<name>(text)`, null for a key it has not; of
    the names that key and value have had, the first found counts."""

    name: str
    member: str
    keys: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """Lines without a header: name, first and last character (from 1) of each field; `line`:
    pattern of a whole row; `frame`: of what the producer puts first and last."""

    fields: tuple[tuple[str, int, int], ...]
    line: str
    frame: str = ""


@dataclass(frozen=True)
class Table:
    """How a table is laid out that is more than a header and rows (`tables.py`).

    sheets       patterns of the sheets of a workbook that hold rows, case ignored; each must be
                 there. Empty for a text
    header_rows  how many rows name the columns together: 2023 above Estimate is `2023 Estimate`
    figures      pattern of the columns whose cells each become a row, with the column
                 as `name` and the cell as `figure`; '' where a row is a row
    has_more     further columns are expected, and nobody is told of them

    The header is the first row that names all the format's columns, whatever stands above. Marks
    of footnotes behind a name are no part of it; a column without a name is `column A` or the like.
    """

    sheets: tuple[str, ...] = ()
    header_rows: int = 1
    figures: str = ""
    has_more: bool = False


@dataclass(frozen=True)
class ProducerFormat:
    """One layout in which a producer publishes.

    name           for people
    documentation  address of the producer's description that this follows
    file_name      pattern of the whole file name, case ignored
    columns        the producer's header: columns that must be there, in any order
    optional       columns that may be there; any other is a changed header, unless the format
                   is open
    is_open        other columns may come with time: they are not read, and are told
    either         sets of columns of which one must be there whole; () where nothing is at choice
    breakdowns     columns that break figures down: a file with one of them holds parts
    marks          (column, pattern) of every row, by which files of a shared header are told apart
    label_mark     what parts a code from its label in names and values ("freq: Time frequency")
    records        where the fields of a line stand, for a text without a header
    values         contract column -> SQL over the producer's columns (text, by quoted names)
                   that gives the text of the value; a column not named is null
    members        pattern of the names of archive members that hold rows
    many_members   True when an archive holds a member for each of many periods
    delimiter      between fields
    quote          around fields; '' when the producer quotes nothing
    encoding       of the text
    leaves_out     rules that leave rows out
    code_lists     lists of codes in the archive that `values` use
    json           for JSON: the name under which an object holds the list of rows; '' when the
                   text is the list itself, of objects, or of lists with the header first
    has_last_delimiter  lines may end with a delimiter, behind which nothing stands
    row_limit      number of rows at which the producer cuts a file off without a word
    table          for workbooks, and for texts whose first line is not the header or whose
                   columns are years or the like; SQL reads `sheet`, `name` and `figure` then,
                   beside the columns that are no figures

    SQL in `values` may call `file_name()`, the name under which the file was delivered, and
    `place_of(code)`, the ISO code of a code of the source's own (seeds/reference). Blanks around
    the producer's values are taken off before.
    """

    name: str
    documentation: str
    file_name: str
    columns: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    optional: tuple[str, ...] = ()
    members: str = ANY_MEMBER
    many_members: bool = False
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    leaves_out: tuple[LeaveOut, ...] = ()
    code_lists: tuple[CodeList, ...] = ()
    json: str = ""
    has_last_delimiter: bool = False
    row_limit: int | None = None
    is_open: bool = False
    either: tuple[tuple[str, ...], ...] = ()
    breakdowns: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    label_mark: str = ""
    records: Records | None = None
    table: Table | None = None

    @property
    def again(self) -> str:
        """What to do about a file that is not like this."""
        return f"Fetch the file again as the producer publishes it ({self.documentation})."

    def names(self, path: Path) -> bool:
        """True when a file is called as this producer calls its files."""
        # Browsers number repeated downloads: `name (1).zip`.
        name = re.sub(r" ?\(\d+\)(?=\.)", "", path.name)
        return re.fullmatch(self.file_name, name, re.IGNORECASE) is not None

    def has_header(self, header: list[str]) -> bool:
        """True when a header is this producer's, in any order."""
        found = set(self.column_names(header))
        return (
            found >= set(self.columns)
            and (not self.either or any(found >= set(names) for names in self.either))
            and (self.is_open or found <= set(self.known_columns))
        )

    def column_names(self, header: list[str]) -> list[str]:
        """The header as it is read: without labels, each name once, and without the nothing behind
        its last delimiter."""
        names = header[:-1] if self.has_last_delimiter and header[-1:] == [""] else list(header)
        if self.label_mark:
            names = [name.split(self.label_mark)[0] for name in names]
        if self.is_open:
            # A label may be called like its code: the code comes first.
            names = [
                f"{name} ({names[:place].count(name) + 1})" if name in names[:place] else name
                for place, name in enumerate(names)
            ]
        return names

    def unread_columns(self, header: list[str]) -> list[str]:
        """Columns of a header, as `column_names` gives it, that nothing here knows."""
        return [name for name in header if name not in self.known_columns]

    def column_sql(self, raw: str) -> str:
        """SQL for a value as the producer means it: no blanks around it, and no label."""
        text = f"split_part({raw}, '{self.label_mark}', 1)" if self.label_mark else raw
        return f"nullif(trim({text}), '')"

    def bare(self, value: str) -> str:
        """A value of a row as the producer means it: what `column_sql` says in SQL."""
        return (value.partition(self.label_mark)[0] if self.label_mark else value).strip()

    @property
    def known_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.columns, *self.all_optional]))

    @property
    def all_optional(self) -> tuple[str, ...]:
        """Columns that are read where they are there."""
        at_choice = [name for names in self.either for name in names]
        return tuple(dict.fromkeys([*self.optional, *at_choice]))

    def calls(self, macro: str) -> bool:
        """Whether SQL of the format asks `file_name()`, `place_of()` or `place_code()`."""
        return any(f"{macro}(" in sql for _, sql in self.values)

    @property
    def kept_columns(self) -> tuple[str, ...]:
        """Columns of a table that are no figures."""
        return tuple(
            name for name in (*self.columns, *self.optional) if not self.is_of_figures(name)
        )

    @property
    def table_columns(self) -> tuple[str, ...]:
        """Columns of the copy of a table."""
        figures = (NAME, FIGURE) if self.table and self.table.figures else ()
        return (SHEET, *self.kept_columns, *figures)

    def is_of_figures(self, name: str) -> bool:
        """Whether each cell of a column becomes a row."""
        pattern = self.table.figures if self.table else ""
        return bool(pattern) and re.fullmatch(pattern, name) is not None

    def data_members(self, members: list[Member]) -> list[Member]:
        return [
            member
            for member in members
            if re.fullmatch(self.members, member.base_name, re.IGNORECASE)
        ]


@dataclass(frozen=True)
class SourceContract:
    """The promise a producer's file keeps.

    source_id             name of the source, of its folder and of its view in the warehouse
    title                 for people
    file_pattern          bundled deliveries, relative to the raw folder; None where none is
                          bundled, and the source may be empty
    columns               in the order in which they land
    key                   columns that name a row; no two rows of a delivery may share them
    period_sql            SQL over the typed columns: text of the period a row lands under
    frequency             'annual', 'monthly' or 'once'
    max_quarantine_share  share of rows, 0..1, above which a delivery is refused
    key_exempt_sql        rows for which this SQL is true may share a key, and all land
    part_columns          columns that name the parts of a period, where a delivery replaces
                          periods of several parts (months of a year): none may get lost
    formats               layouts in which the producer publishes, beside our own
    has_alpha2_codes      countries are named by ISO 3166 alpha-2 codes
    kept_by_hand          people keep the table, in whatever language their spreadsheet speaks
    """

    source_id: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    period_sql: str
    frequency: str
    file_pattern: str | None = None
    max_quarantine_share: float = 0.01
    key_exempt_sql: str = "false"
    part_columns: tuple[str, ...] = ()
    formats: tuple[ProducerFormat, ...] = ()
    has_alpha2_codes: bool = False
    kept_by_hand: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def uses(self, kind: str) -> bool:
        """True when a check asks `is_known_<kind>()`; kind is 'code', 'measure' or 'act'."""
        return any(f"is_known_{kind}(" in check.sql for col in self.columns for check in col.checks)


# Contracts of sources whose rows land under their month, or under their year.
monthly = partial(SourceContract, period_sql="period", frequency="monthly")
annual = partial(SourceContract, period_sql="year::varchar", frequency="annual")
