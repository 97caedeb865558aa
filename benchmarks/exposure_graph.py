"""Multi-tier exposure, chokepoints and paths in SQL beside networkx on the same supply graph.

    make bench        # or .venv/bin/python benchmarks/exposure_graph.py --help

A generated graph of one million rows of bills of material and 100,000 parts in four tiers below a
thousand products. Either side runs in a process of its own; making the graph and reading it is not
timed. The models give bounds, weakest links, measures, a scenario and paths besides; exposure at
known shares and the number of products that reach a site are compared.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import networkx
import typer
import yaml
from measured import report
from rich.console import Console
from rich.table import Table

from chokepoint.warehouse.model_sql import ModelSql

PROJECT_DIR = Path(__file__).resolve().parents[1]
HERE = PROJECT_DIR / "benchmarks"
# In the order in which they are made.
MODELS = (
    "int_exposure__parts_in_scope",
    "int_exposure__inputs_in_scope",
    "int_exposure__tiers_from_products",
    "int_exposure__part_controls",
    "int_exposure__links_in_scope",
    "int_exposure__controlled_shares",
    "int_exposure__direct_shares",
    "int_exposure__targets",
    "int_exposure__unknown_shares",
    "int_exposure__within_tiers",
    "int_exposure__scenario_targets",
    "fct_exposure_shares",
    "fct_chokepoints",
    "int_exposure__path_outlooks",
    "int_exposure__paths",
    "fct_exposure_paths",
)
TABLES = ("parts", "sites", "bill_of_materials", "supplier_links")
# Absolute: shares of one.
TOLERANCE = 1e-9
GOAL_SECONDS, GOAL_MB = 60, 4096

app = typer.Typer(add_completion=False)


def run(command: list[str]) -> dict:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@app.command()
def generate(path: Path, folder: Path, edges: int) -> None:
    """Make the graph, in a database and as Parquet."""
    with duckdb.connect(str(path)) as con:
        con.execute(f"set variable edges = {edges}")
        for name in ("exposure_graph_law", "exposure_graph_input"):
            con.execute((HERE / f"{name}.sql").read_text(encoding="utf-8"))
        for name in TABLES:
            con.execute(f"copy stg_exposure__{name} to '{folder / name}.parquet'")


@app.command()
def run_sql(path: Path, memory_limit: str, threads: int) -> None:
    """Make all models in a file that holds the graph; print seconds of each, and peak memory."""
    models = ModelSql(PROJECT_DIR)
    seconds = {}
    with duckdb.connect(
        str(path), config={"memory_limit": memory_limit, "threads": threads}
    ) as con:
        begun, used = time.perf_counter(), time.process_time()
        for model in MODELS:
            before = time.perf_counter()
            models.run(con, model)
            seconds[model] = time.perf_counter() - before
        seconds["processor"] = time.process_time() - used
    report(begun, **seconds)


def differing(con: duckdb.DuckDBPyConnection, folder: Path) -> list[tuple[str, int, int]]:
    """What is compared, rows on both sides, and rows that differ or that one side lacks."""
    shares = con.execute(f"""
        select count(*), count(*) filter (
            where ours.part_id is null
            or theirs.part_id is null
            or abs(coalesce(ours.exposure_share, 0) - theirs.share) > {TOLERANCE}
        )
        from (
            from ours.fct_exposure_shares
            where scenario_id = 'base' and target_kind in ('site', 'firm', 'country')
        ) as ours
        full join '{folder / "networkx_exposures.parquet"}' as theirs
            using (evidence_scope, part_id, target_kind, target_id)
    """).fetchall()[0]
    reached = con.execute(f"""
        select count(*), count(*) filter (
            where ours.products_reached is distinct from theirs.products_reached
        )
        from (
            from ours.fct_chokepoints where scenario_id = 'base' and target_kind = 'site'
        ) as ours
        full join '{folder / "networkx_reached.parquet"}' as theirs
            using (evidence_scope, target_id)
    """).fetchall()[0]
    return [("exposures", *shares), ("chokepoints", *reached)]


@app.command()
def compare(
    edges: int = typer.Option(1_000_000, help="Rows of bills of material to generate."),
    memory_limit: str = typer.Option("3GB", help="DuckDB's memory limit."),
    threads: int = typer.Option(2, help="DuckDB's threads; networkx uses one."),
    repeats: int = typer.Option(3, help="Runs of the models; the median counts."),
    networkx_repeats: int = typer.Option(1, help="Runs of networkx."),
) -> None:
    """Measure both sides and print seconds, peak memory, ratio and figures that differ."""
    console = Console(width=120)
    variables = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))[
        "vars"
    ]
    with tempfile.TemporaryDirectory(prefix="chokepoint-bench-") as name:
        folder = Path(name)
        path = folder / "graph.duckdb"
        subprocess.run(
            [sys.executable, __file__, "generate", str(path), str(folder), str(edges)], check=True
        )
        ours, theirs = [], []
        # In turns, so that a busy machine slows both.
        for turn in range(max(repeats, networkx_repeats)):
            if turn < repeats:
                made = folder / "ours.duckdb"
                made.write_bytes(path.read_bytes())
                with console.status(f"models, run {turn + 1} of {repeats}"):
                    arguments = [str(made), memory_limit, str(threads)]
                    ours.append(run([sys.executable, __file__, "run-sql", *arguments]))
                console.print(f"models: {ours[-1]['seconds']:.1f} s")
            if turn < networkx_repeats:
                script = str(HERE / "exposure_graph_networkx.py")
                with console.status("networkx"):
                    tiers = str(variables["exposure_tiers"])
                    theirs.append(run([sys.executable, script, str(folder), tiers]))
                console.print(f"networkx: {theirs[-1]['seconds']:.1f} s")
        with duckdb.connect() as con:
            con.execute(f"attach '{folder / 'ours.duckdb'}' as ours (read_only)")
            counts = {
                table: con.execute(f"select count(*) from ours.{table}").fetchall()[0][0]
                for table in (*(f"stg_exposure__{one}" for one in TABLES), "fct_exposure_shares")
            }
            results = differing(con, folder)
    console.print(", ".join(f"{count:,} {table}" for table, count in counts.items()))
    console.print(
        f"DuckDB {duckdb.__version__}, networkx {networkx.__version__}, Python "
        f"{platform.python_version()}, {threads} threads, memory limit {memory_limit}"
    )
    table = Table("side", "seconds (median)", "all runs", "networkx / models", "peak MB")
    whole = statistics.median(one["seconds"] for one in ours)
    for side, runs in {"models": ours, "networkx": theirs}.items():
        seconds = statistics.median(one["seconds"] for one in runs)
        table.add_row(
            side,
            f"{seconds:.1f}",
            " ".join(f"{one['seconds']:.1f}" for one in runs),
            f"{seconds / whole:.1f}" if side != "models" else "",
            f"{max(one['peak_mb'] for one in runs):,.0f}",
        )
    console.print(table)
    parts = {model: statistics.median(one[model] for one in ours) for model in MODELS}
    console.print(", ".join(f"{model} {seconds:.2f}" for model, seconds in parts.items()))
    processor = statistics.median(one["processor"] for one in ours)
    console.print(f"processor seconds of the models, all threads: {processor:.1f}")
    peak = max(one["peak_mb"] for one in ours)
    console.print(
        f"goal of {GOAL_SECONDS} s and {GOAL_MB:,} MB: "
        f"{'met' if whole <= GOAL_SECONDS and peak <= GOAL_MB else 'missed'}"
    )
    for what, rows, others in results:
        console.print(
            f"{what}: {rows:,} rows compared, {others:,} differ by more than {TOLERANCE:g}"
        )
    if any(others for *_, others in results):
        raise SystemExit("Figures differ.")


if __name__ == "__main__":
    app()
