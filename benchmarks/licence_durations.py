"""All licence durations in SQL beside lifelines, looped over the same strata and clocks.

    make bench        # or .venv/bin/python benchmarks/licence_durations.py --help

One million generated applications in 200 strata on three clocks. lifelines asks for an older
pandas, so it lives in an environment of its own, made at the first run. Either side runs in a
process of its own; reading the applications is not timed. Figures are compared.
"""

from __future__ import annotations

import platform
import statistics
import tempfile
import time
from pathlib import Path

import duckdb
import typer
from measured import PROJECT_DIR, make_environment, report, run
from rich.console import Console
from rich.table import Table

from chokepoint.warehouse.model_sql import ModelSql

HERE = PROJECT_DIR / "benchmarks"

# What is compared with lifelines, and the rest of what is made.
COMPARED = ("fct_licence_survival", "fct_licence_durations", "fct_licence_waiting")
MODELS = (
    "int_licensing__exit_counts",
    "int_licensing__survival",
    *COMPARED,
    "fct_licence_outcomes",
    "int_licensing__month_end_counts",
    "fct_licence_duration_history",
    "fct_licence_backlog",
    "fct_licence_deadlines",
)
STRATUM = ("stratum_kind", "stratum", "clock")
KEYS = {
    "fct_licence_survival": (*STRATUM, "day"),
    "fct_licence_durations": STRATUM,
    "fct_licence_waiting": (*STRATUM, "waiting_days"),
}
# Relative above one, absolute below.
TOLERANCE = 1e-9

app = typer.Typer(add_completion=False)


@app.command()
def run_sql(path: Path, cases: Path, memory_limit: str, threads: int) -> None:
    """Make all models of a file; print seconds of each, of all, and peak memory."""
    models = ModelSql(PROJECT_DIR)
    seconds = {}
    with duckdb.connect(
        str(path), config={"memory_limit": memory_limit, "threads": threads}
    ) as con:
        con.execute(f"create table int_licensing__cases as from '{cases}'")
        begun = time.perf_counter()
        for model in MODELS:
            before = time.perf_counter()
            models.run(con, model)
            seconds[model] = time.perf_counter() - before
    report(begun, **seconds)


def differing(con: duckdb.DuckDBPyConnection, mart: str, theirs: str) -> tuple[int, int, float]:
    """Rows compared, rows that differ or that we lack, and the largest difference."""
    key = KEYS[mart]
    columns = [
        name
        for (name, *_) in con.execute(f"describe from '{theirs}'").fetchall()
        if name not in key
    ]
    gaps = ", ".join(
        f"""case
            when ours.{name} is null and theirs.{name} is null then 0
            else coalesce(
                abs(ours.{name} - theirs.{name}) / greatest(1, abs(theirs.{name})), 'inf'::double
            )
        end"""
        for name in columns
    )
    return con.execute(
        f"""
        with gaps as (
            select greatest({gaps}, 0) as gap
            from '{theirs}' as theirs
            left join ours.{mart} as ours using ({", ".join(key)})
            -- A late entry has a row of its own a day later, lifelines one on the day itself.
            where '{mart}' <> 'fct_licence_survival' or ours.{key[0]} is not null
        )
        select count(*), count(*) filter (where gap > {TOLERANCE}), max(gap) from gaps
        """
    ).fetchall()[0]


@app.command()
def compare(
    applications: int = typer.Option(1_000_000, help="Applications to generate."),
    memory_limit: str = typer.Option("1GB", help="DuckDB's memory limit."),
    threads: int = typer.Option(2, help="DuckDB's threads; lifelines uses one."),
    repeats: int = typer.Option(3, help="Runs of each side, in turns; the median counts."),
) -> None:
    """Measure both sides and print seconds, peak memory, ratios and figures that differ."""
    console = Console(width=120)
    with console.status("making the environment of lifelines"):
        python = make_environment("lifelines-peer")
    with tempfile.TemporaryDirectory(prefix="chokepoint-bench-") as name:
        folder = Path(name)
        cases = folder / "cases.parquet"
        with duckdb.connect() as con:
            con.execute(f"set variable applications = {applications}")
            con.execute((HERE / "licence_durations_input.sql").read_text(encoding="utf-8"))
            con.execute(f"copy int_licensing__cases to '{cases}'")
            counted = con.execute("select count(*) from int_licensing__cases").fetchall()[0][0]
        ours, theirs = [], []
        path = folder / "ours.duckdb"
        script = HERE / "licence_durations_lifelines.py"
        # In turns, so that a busy machine slows both.
        for _ in range(repeats):
            path.unlink(missing_ok=True)
            arguments = ["run-sql", path, cases, memory_limit, threads]
            ours.append(run(Path(__file__), *arguments))
            theirs.append(run(script, cases, folder, python=python))
            console.print(
                f"models: {ours[-1]['seconds']:.1f} s, lifelines: {theirs[-1]['seconds']:.1f} s"
            )
        console.print(
            f"{counted:,} of {applications:,} applications are seen; DuckDB {duckdb.__version__}, "
            f"Python {platform.python_version()}, {threads} threads, memory limit {memory_limit}"
        )
        table = Table("side", "seconds (median)", "all runs", "side / models", "peak MB")
        whole = statistics.median(one["seconds"] for one in ours)
        for side, runs in {"models": ours, "lifelines": theirs}.items():
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
        with duckdb.connect() as con:
            con.execute(f"attach '{path}' as ours (read_only)")
            wrong = 0
            for mart in COMPARED:
                rows, others, largest = differing(con, mart, str(folder / f"{mart}.parquet"))
                console.print(
                    f"{mart}: {rows:,} rows compared, {others:,} differ by more than "
                    f"{TOLERANCE:g}, largest difference {largest:.1e}"
                )
                wrong += others
    if wrong:
        raise SystemExit("Figures differ.")


if __name__ == "__main__":
    app()
