"""Trade under measures on generated law and trade: the models against one query written by hand.

    make build        # the models are taken as compiled by the last build
    make bench        # or .venv/bin/python benchmarks/law_coverage.py --help

Both sides read the same generated tables, write the same rows (this is checked, every column) and
run in processes of their own, one after the other and in turns, with the same threads and the same
memory limit. What counts is the ratio.
"""

from __future__ import annotations

import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import typer
from measured import peak_mb
from rich.console import Console
from rich.table import Table

PROJECT_DIR = Path(__file__).resolve().parents[1]
HERE = PROJECT_DIR / "benchmarks"
MODEL = "fct_trade_under_measures"
# What the generated tables stand in for; the models between them and the mart are what is measured.
GENERATED = {
    "stg_law__measure_state_names",
    "stg_reference__countries",
    "stg_reference__hs_concordances",
    "stg_reference__macro_facts",
    "int_law__clauses",
    "int_law__exporters",
    "int_law__known_codes",
    "int_law__measure_states",
    "int_law__scope_codes",
    "int_law__timelines",
    "int_trade__eu27_members",
    "int_trade__imports",
    "int_trade__imports_by_supplier",
    "int_trade__product_periods",
}
SIDES = ("models", "by hand")
TABLES = {"models": f"marts.{MODEL}", "by hand": "marts.by_hand"}

app = typer.Typer(add_completion=False)


def models_to_run(manifest: dict) -> list[dict]:
    """The mart and the models above it down to the generated tables, each after what it reads."""
    nodes, found = manifest["nodes"], {}

    def visit(unique_id: str) -> None:
        node = nodes[unique_id]
        if node["name"] not in GENERATED and node["name"] not in found:
            for parent in node["depends_on"]["nodes"]:
                visit(parent)
            found[node["name"]] = node

    visit(f"model.chokepoint.{MODEL}")
    return list(found.values())


def connect(path: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(path),
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(path.parent / "spill"),
        },
    )


def statements(side: str, manifest_path: Path) -> list[str]:
    """What a side runs."""
    if side == "by hand":
        return [(HERE / "law_coverage_by_hand.sql").read_text(encoding="utf-8")]
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    # What dbt makes by period is one table here.
    kinds = {"view": "view"}
    return [
        f"create {kinds.get(node['config']['materialized'], 'table')} {node['relation_name']} as "
        + node["compiled_code"]
        for node in models_to_run(manifest)
    ]


@app.command(hidden=True)
def run_side(path: Path, side: str, manifest: Path, memory_limit: str, threads: int) -> None:
    """One measurement, in a process of its own: prints seconds, and peak memory in MB."""
    sql = statements(side, manifest)
    with connect(path, memory_limit, threads) as con:
        begun = time.perf_counter()
        for statement in sql:
            con.execute(statement)
        con.execute("checkpoint")
        seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb()}))


def measure(base: Path, side: str, manifest: Path, memory_limit: str, threads: int) -> dict:
    """Run a side on a fresh copy of the generated tables and keep the copy for the comparison."""
    path = base.with_name(side.replace(" ", "_")) / base.name
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir()
    shutil.copyfile(base, path)
    command = [sys.executable, __file__, "run-side"]
    arguments = [str(path), side, str(manifest), memory_limit, str(threads)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{side} failed:\n{done.stderr}")
    return {**json.loads(done.stdout), "path": path}


def differing_rows(paths: dict[str, Path]) -> int:
    """Rows that one side has and the other has not, all columns compared."""
    models, by_hand = (
        f"{name}.{TABLES[side]}" for name, side in (("m", "models"), ("h", "by hand"))
    )
    with duckdb.connect() as con:
        con.execute(f"attach '{paths['models']}' as m (read_only)")
        con.execute(f"attach '{paths['by hand']}' as h (read_only)")
        return con.execute(
            f"""
            select
                (select count(*) from (from {models} except all from {by_hand}))
                + (select count(*) from (from {by_hand} except all from {models}))
            """
        ).fetchone()[0]


@app.command()
def compare(
    trade_rows: int = typer.Option(10_000_000, help="Rows of trade."),
    measures: int = typer.Option(1_000, help="Measures, of two clauses each."),
    codes_per_measure: int = typer.Option(50, help="Codes that a measure lists."),
    memory_limit: str = typer.Option("4GB", help="DuckDB's memory limit, for both sides."),
    threads: int = typer.Option(2, help="Threads, for both sides."),
    repeats: int = typer.Option(3, help="Runs of each side, in turns; the median counts."),
    seed: int = typer.Option(1, help="Another seed gives other law and trade."),
    manifest: Path = typer.Option(
        PROJECT_DIR / "data" / "dbt" / "manifest.json", help="Compiled models of a build."
    ),
) -> None:
    """Measure both sides and print seconds, peak memory and the ratio."""
    console = Console()
    if not manifest.is_file():
        raise SystemExit(f"{manifest} is missing: run `make build` first, it compiles the models.")
    with tempfile.TemporaryDirectory(prefix="chokepoint-bench-") as folder:
        base = Path(folder) / "chokepoint.duckdb"
        with console.status(f"making {trade_rows:,} rows of trade"), connect(base, "8GB", 2) as con:
            settings = {
                "seed": seed,
                "trade_rows": trade_rows,
                "measures": measures,
                "codes_per_measure": codes_per_measure,
                "seeds_dir": str(PROJECT_DIR / "seeds"),
            }
            for name, value in settings.items():
                con.execute(f"set variable {name} = {value!r}")
            con.execute((HERE / "law_coverage_input.sql").read_text(encoding="utf-8"))
            counts = {
                name: con.execute(f"select count(*) from intermediate.{name}").fetchone()[0]
                for name in (
                    "int_trade__imports_by_supplier",
                    "int_law__clauses",
                    "int_law__scope_codes",
                    "int_law__measure_states",
                )
            }
        runs = {side: [] for side in SIDES}
        for turn in range(repeats):
            for side in SIDES:
                with console.status(f"{side}, run {turn + 1} of {repeats}"):
                    runs[side].append(measure(base, side, manifest, memory_limit, threads))
        with console.status("comparing the rows"):
            differing = differing_rows({side: runs[side][-1]["path"] for side in SIDES})
            with connect(runs["models"][-1]["path"], "8GB", 2) as con:
                made = con.execute(f"select count(*) from {TABLES['models']}").fetchone()[0]

    console.print(
        f"{counts['int_trade__imports_by_supplier']:,} rows of trade, "
        f"{counts['int_law__clauses']:,} clauses, {counts['int_law__scope_codes']:,} scope rows, "
        f"{counts['int_law__measure_states']:,} intervals of state; {made:,} rows of result"
    )
    console.print(
        f"DuckDB {duckdb.__version__}, Python {platform.python_version()}, {threads} threads, "
        f"memory limit {memory_limit}, {repeats} runs in turns"
    )
    seconds = {side: statistics.median(run["seconds"] for run in runs[side]) for side in SIDES}
    table = Table()
    for heading in ("side", "seconds (median)", "all runs", "peak memory of the process, MB"):
        table.add_column(heading, justify="left" if heading in ("side", "all runs") else "right")
    for side in SIDES:
        table.add_row(
            side,
            f"{seconds[side]:.1f}",
            " ".join(f"{run['seconds']:.1f}" for run in runs[side]),
            f"{max(run['peak_mb'] for run in runs[side]):,.0f}",
        )
    console.print(table)
    console.print(
        f"ratio {seconds['models'] / seconds['by hand']:.2f}; rows that differ: {differing}"
    )
    if differing:
        raise SystemExit(1)


if __name__ == "__main__":
    app()
