"""dbt's documentation with the way of each column, into data/docs/: python -m tools.docs"""

from __future__ import annotations

import subprocess
import sys

from chokepoint.console import escape, open_console
from chokepoint.errors import ChokepointError
from chokepoint.locks import writer_lock
from chokepoint.machine import machine_fault
from chokepoint.reading.connection import connect_published
from chokepoint.settings import Settings
from chokepoint.warehouse.project import dbt_command, dbt_environment
from tools.column_lineage import write_documentation


def write(settings: Settings) -> None:
    """Write both; ChokepointError without a published file, or where dbt writes nothing."""
    console = open_console()
    connect_published(settings).close()
    with writer_lock(settings, "docs"):
        done = subprocess.run(
            dbt_command("--quiet", "docs", "generate"),
            cwd=settings.project_dir,
            env=dbt_environment(settings),
            capture_output=True,
            text=True,
            check=False,
        )
    made = settings.dbt_target_dir / "index.html"
    if done.returncode != 0 or not made.is_file():
        said = (done.stdout + done.stderr).strip()
        raise machine_fault(said, settings, "the documentation") or ChokepointError(
            f"dbt wrote no documentation:\n{said}",
            "correct what it names, then run `make docs` again.",
        )
    settings.docs_dir.mkdir(parents=True, exist_ok=True)
    target = settings.docs_dir / "dbt.html"
    table = settings.docs_dir / "column_lineage.csv"
    lineage = write_documentation(settings.dbt_target_dir, target, table)
    console.say(f"documentation  {escape(str(target))}")
    console.say(f"columns        {escape(str(table))}")
    if lineage.untold:
        console.print("               Columns made by a pivot or in Python are not followed:")
    for model, reason in sorted(lineage.untold.items()):
        console.print(f"               {escape(model)} ({escape(reason)})")


if __name__ == "__main__":
    try:
        write(Settings.from_env())
    except ChokepointError as error:
        sys.exit(f"Error: {error}")
