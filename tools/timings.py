"""A build, where its seconds went, and a plain `dbt build` beside it: python -m tools.timings"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chokepoint.cli import build
from chokepoint.console import open_console, size, table
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.warehouse.project import dbt_command, dbt_environment, read_artifact
from chokepoint.warehouse.runstate import RunState


def report(settings: Settings) -> int:
    """Build what is new, and say where the time went; return the exit code of the build."""
    state, console, started = RunState(settings), open_console(), time.perf_counter()
    # Else it would stop where nothing is new.
    state.clear("unchanged")
    if code := build.run(settings):
        return code
    seconds = time.perf_counter() - started
    shown = table("inside", "seconds", right=("seconds",))
    run_results = read_artifact(settings, "run_results.json")
    shown.add_row("dbt process", f"{state.seconds()['dbt']:.2f}")
    shown.add_row("  of it, from first to last node", f"{run_results['elapsed_time']:.2f}")
    work = sum(entry["execution_time"] for entry in run_results["results"])
    shown.add_row("  SQL and tests, summed over threads", f"{work:.2f}")
    for check in ("landing", "published"):
        spent = sum(result.seconds or 0 for result in state.results([check]))
        shown.add_row(f"Great Expectations, {check}", f"{spent:.2f}")
    console.print()
    console.print(shown)
    # ru_maxrss is in kB on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    own, child = (
        size(resource.getrusage(of).ru_maxrss * unit)
        for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    console.print(f"peak memory: this process {own}, dbt {child}")
    plain = _plain_dbt_build(settings)
    console.print(
        f"plain `dbt build` of the same project on the same landed files: {plain:.1f} s; "
        f"chokepoint build: {seconds:.1f} s, {seconds / plain:.2f} times"
    )
    return 0


def _plain_dbt_build(settings: Settings) -> float:
    """Wall seconds of `dbt build` into a throw-away folder, its manifest parsed before."""
    with tempfile.TemporaryDirectory(prefix="chokepoint-timings-") as folder:
        (Path(folder) / "warehouse").mkdir()
        (Path(folder) / "landing").symlink_to(settings.landing_dir.resolve())
        environment = dbt_environment(settings) | {
            "CHOKEPOINT_DATA_DIR": folder,
            "DBT_TARGET_PATH": str(Path(folder) / "dbt"),
            "DBT_LOG_PATH": str(Path(folder) / "dbt"),
        }
        seconds = 0.0
        for command in ("parse", "build"):
            started = time.perf_counter()
            done = subprocess.run(
                dbt_command(command),
                cwd=settings.project_dir,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.perf_counter() - started
            if done.returncode != 0:
                raise ChokepointError(
                    f"The plain `dbt {command}` failed:\n{done.stdout[-2000:]}",
                    "run `make build`: the release itself is in place.",
                )
    return seconds


if __name__ == "__main__":
    try:
        sys.exit(report(Settings.from_env()))
    except ChokepointError as error:
        sys.exit(f"Error: {error}")
