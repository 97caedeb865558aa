"""dbt's adapter of the target `spark`: dbt-spark that takes DuckDB's SQL, rewritten by `to_spark`
(dialect.py). Recursive models, Python models and DRIVER_MODELS are computed by a DuckDB in this
process, from fetched inputs, and written back."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.base import AdapterPlugin
from dbt.adapters.base.meta import available
from dbt.adapters.spark.connections import (
    SparkConnectionManager,
    SparkConnectionMethod,
    SparkCredentials,
)
from dbt.adapters.spark.impl import SparkAdapter
from sqlglot import exp

from chokepoint.spark import dialect

# What dbt has parsed is no garbage: looking for it takes half of its time here.
gc.set_threshold(50_000, 20, 20)
INCLUDE = Path(__file__).parent / "duckspark"
# Model -> why it is computed beside dbt, though it is not recursive.
DRIVER_MODELS = {
    "stg_law__cells": "Spark turns no columns into rows that it is not told by name",
    "int_law__faults_in_values": "Spark has no likeness of words (jaro_winkler_similarity)",
    "int_law__faults_in_rows": "Spark takes a list of records apart in another way",
    "int_law__faults_in_acts": "Spark takes a list of records apart in another way",
    "int_law__cell_states": "its thirteen levels, each of which reads the one below many times, "
    "take Spark ten times as long as the fetching and the way back",
}


class Credentials(SparkCredentials):
    """As dbt-spark's, but for ANSI mode, which that one turns off whatever the profile says."""

    def __post_init__(self) -> None:
        ansi = (self.server_side_parameters or {}).get("spark.sql.ansi.enabled", "true")
        super().__post_init__()
        self.server_side_parameters["spark.sql.ansi.enabled"] = str(ansi)

    @property
    def type(self) -> str:
        return "duckspark"


class ConnectionManager(SparkConnectionManager):
    """As dbt-spark's, but for a Spark in this process, which that one starts with Hive's catalog:
    files in the folder of the project, for one build at a time."""

    TYPE = "duckspark"

    @classmethod
    def open(cls, connection: Any) -> Any:
        if connection.credentials.method == SparkConnectionMethod.SESSION:
            from pyspark.sql import SparkSession

            SparkSession.builder.getOrCreate()
        return super().open(connection)


class DuckSparkAdapter(SparkAdapter):
    """dbt-spark with DuckDB's SQL coming in."""

    ConnectionManager = ConnectionManager

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._known: dict[tuple[str, str], dict[str, exp.DataType]] = {}
        self._driver = duckdb.connect()
        self._lock = threading.RLock()

    # ---------------------------------------------------------------- SQL

    @available
    def to_spark(self, sql: str, model: dict[str, Any] | None = None) -> str:
        """A model's SQL as Spark SQL, its columns in the types of its contract."""
        return dialect.to_spark(sql, self._columns_read(sql), _contract(model))

    @available
    def to_spark_in_steps(self, sql: str, relation: Any, model: dict[str, Any]) -> dialect.Steps:
        """The same, with what is read more than once as queries to be worked out before."""
        return dialect.to_spark_in_steps(
            sql,
            self._columns_read(sql),
            _contract(model),
            relation.schema,
            relation.identifier,
        )

    def _columns_read(self, sql: str) -> dict[str, dict[str, dict[str, exp.DataType]]]:
        columns: dict[str, dict[str, dict[str, exp.DataType]]] = {}
        for schema, name in dialect.tables_read(sql):
            columns.setdefault(schema, {})[name] = self._columns(schema, name)
        return columns

    def _columns(self, schema: str, name: str) -> dict[str, exp.DataType]:
        key = (schema, name)
        if key not in self._known:
            rows = self._fetch(f"describe table {schema}.{name}").to_pylist()
            found: dict[str, exp.DataType] = {}
            for row in rows:
                if not row["col_name"] or row["col_name"].startswith("#"):
                    break
                found[row["col_name"]] = exp.DataType.build(row["data_type"], dialect="spark")
            self._known[key] = found
        return self._known[key]

    @available
    def forget_columns(self, relation: Any) -> None:
        self._known.pop((relation.schema, relation.identifier), None)

    def _session(self) -> Any | None:
        """The Spark session of this process, or None where a cluster is spoken to by Thrift."""
        if str(self.config.credentials.method) not in ("session", "SparkConnectionMethod.SESSION"):
            return None
        from pyspark.sql import SparkSession

        return SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()

    def _fetch(self, sql: str) -> pa.Table:
        session = self._session()
        if session is not None:
            return session.sql(sql).toArrow()
        _, table = self.execute(sql, fetch=True)
        names = list(table.column_names)
        return pa.Table.from_pylist(
            [dict(zip(names, row.values(), strict=True)) for row in table.rows]
        )

    # ---------------------------------------------------------------- what DuckDB computes here

    @available
    def is_for_the_driver(self, sql: str, model: dict[str, Any]) -> bool:
        return model["name"] in DRIVER_MODELS or dialect.is_recursive(sql)

    @available
    def compute_on_driver(self, relation: Any, code: str, model: dict[str, Any]) -> None:
        """Fetch what the model reads, compute it in DuckDB, write it to the engine."""
        with self._lock:
            driver = duckdb.connect()
            if model["language"] == "python":
                names = {tuple(node.split(".")) for node in model["refs"] and _referred(code)}
                reads = {(parts[-2], parts[-1]) for parts in names}
            else:
                reads = dialect.tables_read(code)
            for schema, name in sorted(reads):
                fetched = self._fetch(f"select * from {schema}.{name}")
                driver.execute(f"create schema if not exists {schema}")
                driver.register("fetched", fetched)
                driver.execute(f"create table {schema}.{name} as select * from fetched")
                driver.unregister("fetched")
            if model["language"] == "python":
                room: dict[str, Any] = {"__name__": model["name"]}
                exec(code, room)
                result = room["model"](room["dbtObj"](driver.table), driver)
            else:
                result = driver.sql(code)
            self._write(relation, _portable(driver, result))
            driver.close()

    def _write(self, relation: Any, table: pa.Table) -> None:
        session = self._session()
        if session is not None:
            frame = session.createDataFrame(table)
            frame.write.mode("overwrite").format("parquet").saveAsTable(relation.render())
            return
        types = {field.name: _spark_type(field.type) for field in table.schema}
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        self.execute(f"create table {relation.render()} ({columns}) using parquet")
        for start in range(0, table.num_rows, 1000):
            rows = table.slice(start, 1000).to_pylist()
            values = ",\n".join(
                "(" + ", ".join(_literal(value, types[name]) for name, value in row.items()) + ")"
                for row in rows
            )
            self.execute(f"insert into {relation.render()} values\n{values}")

    # ---------------------------------------------------------------- what stands in files

    @available
    def load_seed(self, relation: Any, model: dict[str, Any]) -> None:
        """A seed in one batch: dbt-spark's own way takes a statement for every few rows."""
        path = Path(model["root_path"]) / model["original_file_path"]
        with self._lock:
            types = model["config"].get("column_types") or {}
            quoted = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
            typed = f", types = {{{quoted}}}" if types else ""
            result = self._driver.sql(
                f"select * from read_csv('{path}', header = true, delim = ','{typed})"
            )
            self._write(relation, _portable(self._driver, result))

    @available
    def one_path(self, paths: list[str]) -> str:
        """One pattern that stands for several files, as Hadoop's file systems read it."""
        if len(paths) == 1:
            return str(Path(paths[0]).absolute())
        folder = os.path.commonpath(paths)
        rest = ",".join(os.path.relpath(path, folder) for path in paths)
        return f"{Path(folder).absolute()}/{{{rest}}}"

    @available
    def driver_query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query, or nothing of a statement, of the DuckDB beside dbt."""
        with self._lock:
            result = self._driver.sql(sql)
            if result is None:
                return []
            return result.to_arrow_table().to_pylist()

    @available
    def copy_from_driver(self, relation: Any) -> None:
        """A small table of the DuckDB beside dbt, written to the engine."""
        with self._lock:
            result = self._driver.table(f"{relation.schema}.{relation.identifier}")
            self._write(relation, _portable(self._driver, result))


def _contract(model: dict[str, Any] | None) -> dict[str, str]:
    """Column -> type of a model that states all of them; nothing of another."""
    columns = (model or {"columns": {}})["columns"]
    types = {name: column.get("data_type") for name, column in columns.items()}
    return types if all(types.values()) else {}


def _referred(code: str) -> set[str]:
    """Names of the relations in the code that dbt writes below a Python model."""
    room: dict[str, Any] = {}
    start = code.index("def ref(")
    line = next(line for line in code[start:].splitlines() if line.strip().startswith("refs ="))
    exec(line.strip(), room)
    return {name.replace('"', "").replace("`", "") for name in room["refs"].values()}


def _portable(driver: duckdb.DuckDBPyConnection, result: duckdb.DuckDBPyRelation) -> pa.Table:
    """A result in types that Spark has: no unsigned and no 128-bit integers."""
    columns = []
    for name, kind in zip(result.columns, result.types, strict=True):
        text = str(kind)
        if text == "HUGEINT" or text == "UBIGINT":
            columns.append(f'cast("{name}" as decimal(38, 0)) as "{name}"')
        elif text.startswith("U") and text.endswith("INTEGER"):
            columns.append(f'cast("{name}" as bigint) as "{name}"')
        elif text == '"NULL"':
            columns.append(f'cast("{name}" as varchar) as "{name}"')
        else:
            columns.append(f'"{name}"')
    return result.project(", ".join(columns)).to_arrow_table()


def _spark_type(kind: pa.DataType) -> str:
    names = {"int32": "int", "int64": "bigint", "int16": "smallint", "double": "double",
             "float": "float", "string": "string", "large_string": "string", "bool": "boolean",
             "date32[day]": "date"}  # fmt: skip
    text = str(kind)
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_list(kind):
        return f"array<{_spark_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"map<{_spark_type(kind.key_type)}, {_spark_type(kind.item_type)}>"
    return names[text]


def _literal(value: Any, kind: str) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        inner = kind[kind.index("<") + 1 : -1]
        if kind.startswith("map"):
            key, item = inner.split(", ", 1)
            pairs = [f"{_literal(k, key)}, {_literal(v, item)}" for k, v in value]
            return f"map({', '.join(pairs)})"
        return f"array({', '.join(_literal(item, inner) for item in value)})"
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"cast('{text}' as {kind})"


Plugin = AdapterPlugin(
    adapter=DuckSparkAdapter,
    credentials=Credentials,
    include_path=str(INCLUDE),
    dependencies=["spark"],
)
