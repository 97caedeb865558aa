"""Processor time of the questions of `queries/` on the published file, and of one part asked alone.

    make build        # they are asked of the last release
    make bench        # or .venv/bin/python benchmarks/questions.py

Each is asked several times with its defaults, on one open connection. The shortest time counts:
other programs make every process slower. `select 1` shows how slow the machine is.
"""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import typer

from chokepoint.settings import Settings

QUERIES = Path(__file__).resolve().parents[1] / "queries"
ONE_PART = """
from reports.is_covered(
    '85051110', 'DE', 'military', 'NdFeB', 'Dy, Tb', current_date
)
"""


def main(runs: int = 12) -> None:
    """Print the least milliseconds of processor time of each question, and of the peer."""
    questions = {path.stem: path.read_text() for path in sorted(QUERIES.glob("*.sql"))}
    with duckdb.connect(str(Settings.from_env().published_path), read_only=True) as con:
        for name, sql in {"select 1": "select 1", "is_covered": ONE_PART, **questions}.items():
            spent = []
            for _ in range(runs):
                began = time.process_time()
                con.execute(sql).fetchall()
                spent.append(time.process_time() - began)
            typer.echo(f"{1000 * min(spent):8.1f} ms  {name}")


if __name__ == "__main__":
    typer.run(main)
