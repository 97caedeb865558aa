"""Whether Spark's marts are DuckDB's, row by row, and how they come back into a DuckDB file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from chokepoint.errors import ChokepointError
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.results import primary_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOT_COMPARED = Path(__file__).parent / "not_compared.csv"
COMPARED_SCHEMAS = ("marts", "meta")
TOLERANCE = 1e-9
# Differences of two numbers near one cancel to this.
FLOOR = 1e-12


@dataclass(frozen=True)
class Comparison:
    """What became of one mart: rows of DuckDB's table, and what differs, a sentence each (none:
    they are equal)."""

    name: str
    rows: int
    faults: list[str]


def not_compared() -> dict[str, str]:
    """Mart -> why it is not yet held against DuckDB's."""
    with NOT_COMPARED.open(encoding="utf-8", newline="") as file:
        return {row["mart"]: row["reason"] for row in csv.DictReader(file)}


def marts_of(project: Project) -> list[dict[str, Any]]:
    """The models of the schemas marts and meta, by name."""
    found = [node for node in project.of_kind("model") if node["schema"] in COMPARED_SCHEMAS]
    return sorted(found, key=lambda node: node["name"])


def table_folder(spark_warehouse: Path, node: dict[str, Any]) -> Path:
    """Where Spark keeps the Parquet files of a model."""
    return spark_warehouse / f"{node['schema']}.db" / (node["alias"] or node["name"])


def compare_all(
    duckdb_file: Path,
    spark_warehouse: Path,
    project: Project,
    names: Sequence[str] = (),
) -> list[Comparison]:
    """Every mart of a DuckDB warehouse, or these, against the Parquet files of Spark's;
    ChokepointError for one listed as not compared that is equal, or a name of none."""
    left_out = not_compared()
    marts = marts_of(project)
    known = {node["name"] for node in marts}
    for name in left_out:
        if name not in known:
            raise ChokepointError(
                f"{NOT_COMPARED.name} lists {name!r}, which is no mart.", "take its line out."
            )
    with duckdb.connect(str(duckdb_file), read_only=True) as con:
        keys = primary_keys(project)
        results = [
            _compare(con, node, keys.get(node["alias"], []), table_folder(spark_warehouse, node))
            for node in marts
            if not names or node["name"] in names
        ]
    same = [result.name for result in results if result.name in left_out and not result.faults]
    if same:
        raise ChokepointError(
            f"{NOT_COMPARED.name} lists what is the same on both: {', '.join(same)}.",
            "take these lines out.",
        )
    return [result for result in results if result.name not in left_out]


def _compare(
    con: duckdb.DuckDBPyConnection, node: dict[str, Any], keys: list[str], folder: Path
) -> Comparison:
    name = node["name"]
    expected = f'"{node["schema"]}"."{node["alias"] or name}"'
    rows = con.execute(f"select count(*) from {expected}").fetchall()[0][0]
    if not any(folder.glob("*.parquet")):
        return Comparison(name, rows, ["Spark has no such table"])
    types = {row[0]: row[1] for row in con.execute(f"describe {expected}").fetchall()}
    files = f"read_parquet('{folder}/*.parquet')"
    there = [row[0] for row in con.execute(f"describe select * from {files}").fetchall()]
    if there != list(types):
        return Comparison(name, rows, [f"its columns are {there}, not {list(types)}"])
    casts = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in types.items())
    floats = [column for column, kind in types.items() if kind in ("DOUBLE", "FLOAT")]
    # Rows are paired in the order of their key, and of everything else after it: a key that the
    # tests of the models hold to be unique decides alone.
    order = [column for column in keys if column in types and column not in floats]
    order += [column for column in types if column not in order and column not in floats]
    sorting = ", ".join([f'"{column}"' for column in order] + [f'round("{c}", 6)' for c in floats])
    con.execute(
        f"create or replace temp table ours as "
        f"select row_number() over (order by {sorting}) as pair, * from {expected}"
    )
    con.execute(
        f"create or replace temp table theirs as select row_number() over (order by {sorting}) as "
        f"pair, * from (select {casts} from {files})"
    )
    faults = []
    there_rows = con.execute("select count(*) from theirs").fetchall()[0][0]
    if there_rows != rows:
        faults.append(f"it has {there_rows} rows, not {rows}")
        for side, other, words in (("ours", "theirs", "lacks"), ("theirs", "ours", "adds")):
            listed = ", ".join(f'"{column}"' for column in order)
            sample = con.execute(
                f"select {listed} from {side} except all select {listed} from {other} limit 2"
            ).fetchall()
            faults += [f"it {words} {row}" for row in sample]
        return Comparison(name, rows, faults)
    for column in types:
        differs = f'ours."{column}" is distinct from theirs."{column}"'
        if column in floats:
            differs += (
                f' and not coalesce(abs(ours."{column}" - theirs."{column}") <= {FLOOR} + '
                f'{TOLERANCE} * greatest(abs(ours."{column}"), abs(theirs."{column}")), false)'
            )
        elif types[column] == "DOUBLE[]":
            differs += (
                f' and not (len(ours."{column}") = len(theirs."{column}") and coalesce(list_max('
                f'list_transform(list_zip(ours."{column}", theirs."{column}"), lambda two: '
                f"abs(two[1] - two[2]) - {FLOOR} - {TOLERANCE} * abs(two[1]))), -1) <= 0)"
            )
        found = con.execute(
            f'select ours."{column}", theirs."{column}", count(*) over () '
            f"from ours inner join theirs using (pair) where {differs} order by pair limit 1"
        ).fetchone()
        if found:
            faults.append(f"{column} differs in {found[2]} rows: {found[1]!r}, not {found[0]!r}")
    return Comparison(name, rows, faults)


def read_back(
    target: Path, spark_warehouse: Path, nodes: Iterable[dict[str, Any]]
) -> int:  # fmt: skip
    """Write the tables that Spark has of these models, in the types of their contract, over those
    of a DuckDB file; return how many."""
    written = 0
    with duckdb.connect(str(target)) as con:
        for node in nodes:
            folder = table_folder(spark_warehouse, node)
            if not any(folder.glob("*.parquet")):
                continue
            schema, name = node["schema"], node["alias"] or node["name"]
            files = f"read_parquet('{folder}/*.parquet')"
            there = [row[0] for row in con.execute(f"describe select * from {files}").fetchall()]
            types = {
                column: about.get("data_type") for column, about in node["columns"].items()
            }  # fmt: skip
            casts = [
                f'cast("{column}" as {types[column]}) as "{column}"'
                if types.get(column)
                else f'"{column}"'
                for column in there
            ]
            con.execute(f'create schema if not exists "{schema}"')
            kind = con.execute(
                "select table_type from information_schema.tables "
                "where table_schema = ? and table_name = ?",
                [schema, name],
            ).fetchone()
            if kind and kind[0] == "VIEW":
                con.execute(f'drop view "{schema}"."{name}"')
            con.execute(
                f'create or replace table "{schema}"."{name}" as '
                f"select {', '.join(casts)} from {files}"
            )
            written += 1
    return written
