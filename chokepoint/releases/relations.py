"""What a database file publishes: relations, columns, comments, view and macro texts, hashes."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.landing.database import literal

PUBLISHED_SCHEMAS = ("marts", "reports", "meta")
# The hash of a release covers figures, not the record of when and how they were made.
CONTENT_SCHEMAS = ("marts",)

# The newest format that DuckDB 1.0 and later read: the drivers of BI tools are that old.
STORAGE_VERSION = "v1.0.0"
# Arguments a table macro is tried with: binding needs a type that its expressions accept.
_ARGUMENTS = ("null", "date '2024-01-01'", "'EU27'", "30")
# A relation's name is also a file name of the mirror and a resource name of the data package.
_RELATION_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PLAIN_TYPE = re.compile(
    r"(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|FLOAT|DOUBLE|DATE|TIME|TIMESTAMP)"
)


@dataclass(frozen=True)
class Column:
    """A column of a relation: its name, DuckDB type and comment (None where there is none)."""

    name: str
    data_type: str
    description: str | None


@dataclass(frozen=True)
class Relation:
    """A table or view (`kind`) with its comment and columns; `sql` is its definition."""

    schema: str
    name: str
    kind: str
    description: str | None
    sql: str
    columns: tuple[Column, ...]

    @property
    def label(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql_name(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def rows_of(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query; none where a file that it reads lacks one of the tables or columns."""
    try:
        return con.execute(sql).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        return []


def read_relations(
    con: duckdb.DuckDBPyConnection, database: str, schemas: Iterable[str] = PUBLISHED_SCHEMAS
) -> list[Relation]:
    """Tables and views of an attached database's schemas, by schema and name."""
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, relation, name, data_type, comment in con.execute(
        """
        select schema_name, table_name, column_name, data_type, comment
        from duckdb_columns()
        where database_name = $1 and list_contains($2, schema_name)
        order by schema_name, table_name, column_index
        """,
        [database, list(schemas)],
    ).fetchall():
        columns.setdefault((schema, relation), []).append(Column(name, data_type, comment))
    found = con.execute(
        """
        select schema_name, table_name, 'table', comment, sql
        from duckdb_tables()
        where database_name = $1 and list_contains($2, schema_name)
        union all
        select schema_name, view_name, 'view', comment, sql
        from duckdb_views()
        where database_name = $1 and list_contains($2, schema_name)
        order by 1, 2
        """,
        [database, list(schemas)],
    ).fetchall()
    return [
        Relation(schema, name, kind, comment, sql, tuple(columns.get((schema, name), ())))
        for schema, name, kind, comment, sql in found
    ]


def _read_macros(con: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, str, str]]:
    """(schema, name, create statement) of every macro in the published schemas, by name. Only an
    export has the defaults of parameters: the empty schema is exported from memory, in
    milliseconds."""
    with tempfile.TemporaryDirectory(prefix="chokepoint-") as folder:
        con.execute("attach ':memory:' as schema_only")
        try:
            con.execute(f"copy from database {quote(database)} to schema_only (schema)")
            con.execute("use schema_only")
            con.execute(f"export database {literal(folder)}")
        finally:
            con.execute("use memory")
            con.execute("detach schema_only")
        script = (Path(folder) / "schema.sql").read_text(encoding="utf-8")
    macros = []
    for statement in duckdb.extract_statements(script):
        sql = statement.query.strip()
        # create macro <schema> . <name> (
        if sql[:12].lower() == "create macro":
            words = [_unquote(word) for _, _, word in _words(sql)[2:5]]
            if words[0].lower() in PUBLISHED_SCHEMAS:
                macros.append((words[0], words[2], sql))
    return sorted(macros)


def check_relations(relations: list[Relation], reserved: Iterable[str]) -> None:
    """Refuse what cannot be published, listing every reason of one kind: no mart at all, a name
    that is `reserved`, unusable or in two schemas, a relation or column without comment
    (ChokepointError)."""
    if not any(relation.schema == "marts" for relation in relations):
        raise ChokepointError(
            "The warehouse holds no relation in schema marts: there is nothing to publish.",
            "run `make build`; if it stopped, mend what it named first.",
        )
    names: dict[str, str] = {}
    for relation in relations:
        if relation.label in set(reserved):
            raise ChokepointError(
                f"{relation.label} is written by publishing, but the warehouse has one too.",
                "give the model another name.",
            )
        if not _RELATION_NAME.fullmatch(relation.name):
            raise ChokepointError(
                f"{relation.label} cannot be published: its name is also a file name.",
                "use lower-case letters, digits and underscores, a letter first.",
            )
        if relation.name in names:
            raise ChokepointError(
                f"{names[relation.name]} and {relation.label} would share one Parquet file.",
                "give one of the two models another name.",
            )
        names[relation.name] = relation.label
    bare = []
    for relation in relations:
        if not relation.description:
            bare.append(f"{relation.label} (the relation itself)")
        bare += [
            f"{relation.label}.{column.name}"
            for column in relation.columns
            if not column.description
        ]
    if bare:
        raise ChokepointError(
            f"{len(bare)} published names carry no comment: {', '.join(bare)}.",
            "describe them in the yml beside the model (persist_docs writes the comments).",
        )


def strip_database(sql: str, database: str, schemas: Iterable[str]) -> str:
    """The statement without the database's name: `"db"."schema".x` becomes `"schema".x`. Only the
    start of a dotted path of three parts with a schema second goes; strings, comments and columns
    stay."""
    known = {schema.lower() for schema in schemas}
    words = _words(sql)
    cuts = []
    for index in range(len(words) - 3):
        texts = [text for _, _, text in words[index : index + 4]]
        if (
            _unquote(texts[0]).lower() == database.lower()
            and texts[1] == "."
            and _unquote(texts[2]).lower() in known
            and texts[3] == "."
            and (index == 0 or words[index - 1][2] != ".")
        ):
            cuts.append((words[index][0], words[index + 2][0]))
    text = sql.encode()
    for start, end in reversed(cuts):
        text = text[:start] + text[end:]
    return text.decode()


def _unpublished_references(sql: str, private: Iterable[tuple[str, str]]) -> list[str]:
    """`schema.relation` of every `private` (schema, relation) pair that the statement reads, in
    order."""
    known = {(schema.lower(), name.lower()) for schema, name in private}
    words = [text for _, _, text in _words(sql)]
    found = []
    for first, dot, second in zip(words, words[1:], words[2:], strict=False):
        pair = (_unquote(first).lower(), _unquote(second).lower())
        if dot == "." and pair in known and ".".join(pair) not in found:
            found.append(".".join(pair))
    return found


def _words(sql: str) -> list[tuple[int, int, str]]:
    """(start, end, text) of names, keywords and operators, in bytes of UTF-8; strings and numbers
    are no name, comments left out."""
    text = sql.encode()
    tokens = duckdb.tokenize(sql)
    ends = [start for start, _ in tokens[1:]] + [len(text)]
    words = []
    for (start, kind), end in zip(tokens, ends, strict=True):
        if kind == duckdb.token_type.comment:
            continue
        word = text[start:end].decode().strip()
        if kind == duckdb.token_type.string_const:
            word = "''"
        words.append((start, end, word))
    return words


def _unquote(word: str) -> str:
    if len(word) > 1 and word.startswith('"') and word.endswith('"'):
        return word[1:-1].replace('""', '"')
    return word


def portable_statements(
    con: duckdb.DuckDBPyConnection, name: str, relations: list[Relation]
) -> list[tuple[str, str]]:
    """(label, statement) of the warehouse's views and macros, free of its own name; ChokepointError
    if one reads an unpublished schema."""
    known = con.execute(
        """
        select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'
        union
        select schema_name, view_name from duckdb_views()
        where database_name = 'warehouse' and not internal
        """
    ).fetchall()
    schemas = {schema for schema, _ in known} | set(PUBLISHED_SCHEMAS)
    private = [pair for pair in known if pair[0] not in PUBLISHED_SCHEMAS]
    statements = [
        (relation.label, relation.sql) for relation in relations if relation.kind == "view"
    ]
    statements += [
        (f"{schema}.{macro}()", sql) for schema, macro, sql in _read_macros(con, "warehouse")
    ]
    portable = []
    for label, sql in statements:
        used = _unpublished_references(sql, private)
        if used:
            raise ChokepointError(
                f"{label} reads {', '.join(used)}, which is not published.",
                f"let it read a mart, or make it a table (schemas {', '.join(PUBLISHED_SCHEMAS)} "
                "are published).",
            )
        portable.append((label, strip_database(sql, name, schemas)))
    return portable


def create_in_order(con: duckdb.DuckDBPyConnection, statements: list[tuple[str, str]]) -> None:
    """Create views and macros; one that needs another waits for it."""
    waiting = statements
    while waiting:
        failed: list[tuple[str, str, str]] = []
        for label, sql in waiting:
            try:
                con.execute(sql)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                failed.append((label, sql, str(error)))
        if len(failed) == len(waiting):
            label, _, message = failed[0]
            raise ChokepointError(
                f"{label} cannot be created in the published file: {message}",
                "let it read published relations only, in words that DuckDB "
                f"{STORAGE_VERSION.removeprefix('v')} stores (no typed macro parameters).",
            )
        waiting = [(label, sql) for label, sql, _ in failed]


def verify_bindings(
    con: duckdb.DuckDBPyConnection, database: str, relations: list[Relation]
) -> None:
    """Bind every view and macro of the database in use, by `describe`, which does not plan; macros
    with arguments of several types, until one fits."""
    for relation in relations:
        if relation.kind == "view":
            _bind(con, relation.label, [relation.sql_name])
    macros = con.execute(
        """
        select schema_name, function_name, function_type, parameters
        from duckdb_functions()
        where database_name = $1 and function_type in ('macro', 'table_macro')
        order by 1, 2
        """,
        [database],
    ).fetchall()
    for schema, name, kind, parameters in macros:
        combinations = islice(product(_ARGUMENTS, repeat=len(parameters)), 300)
        calls = [f"{quote(schema)}.{quote(name)}({', '.join(given)})" for given in combinations]
        if kind != "table_macro":
            calls = [f"(select {call})" for call in calls]
        _bind(con, f"Macro {schema}.{name}", calls)


def _bind(con: duckdb.DuckDBPyConnection, label: str, sources: list[str]) -> None:
    """Raise ChokepointError, with the first fault, if none of the sources of rows binds."""
    first_error = None
    for source in sources:
        try:
            con.execute(f"describe from {source}")
            return
        except duckdb.Error as error:
            first_error = first_error or error
    raise ChokepointError(
        f"{label} does not bind in the published file: {first_error}",
        "let it read published relations only; files outside do not travel with it.",
    ) from first_error


def relation_hash(
    con: duckdb.DuckDBPyConnection, database: str, relation: Relation, source: str | None = None
) -> tuple[int, str]:
    """(row count, content hash) of a relation, or of a `source` with its rows, in any order. Rows
    are written exactly (decimals with scale, doubles in the shortest form, texts with length, nulls
    apart). MD5 is over column names and types, count, and sums of both halves of the rows' MD5.
    DuckDB's hash() may change by version."""
    parts = ", ".join(_encoded(column) for column in relation.columns)
    source = source or f"{quote(database)}.{relation.sql_name}"
    ((count, high, low),) = con.execute(
        f"""
        select
            count(*),
            coalesce(sum(cast(row_hash >> 64 as ubigint)), 0),
            coalesce(sum(cast(row_hash & 18446744073709551615::uhugeint as ubigint)), 0)
        from (
            select cast(md5_number(concat_ws(',', {parts})) as uhugeint) as row_hash
            from {source}
        )
        """
    ).fetchall()
    header = ",".join(
        f"{len(column.name)}:{column.name} {column.data_type}" for column in relation.columns
    )
    return count, hashlib.md5(f"{header};{count};{high};{low}".encode()).hexdigest()


def _encoded(column: Column) -> str:
    name = quote(column.name)
    if column.data_type == "TIMESTAMP WITH TIME ZONE":
        return f"coalesce(cast(epoch_us({name}) as varchar), '')"
    if _PLAIN_TYPE.fullmatch(column.data_type):
        return f"coalesce(cast({name} as varchar), '')"
    text = f"cast({name} as varchar)"
    return f"coalesce(length({text}) || ':' || {text}, '')"
