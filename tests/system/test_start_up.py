"""Commands and definitions import no heavy module without need; each starts its own process."""

import os
import sys

from build_kit import ran

HEAVY = ("dagster", "dagster_dbt", "dbt", "great_expectations", "pandas", "pyarrow", "duckdb")
LOADED = """
import sys
from chokepoint.cli import app as cli
for command in sys.argv[1:]:
    sys.argv = ["chokepoint", *command.split()]
    try:
        cli.main()
    except SystemExit:
        pass
print("LOADED", *sorted(name for name in sys.modules if "." not in name))
"""


def loaded_by(*commands, data_dir):
    """Top-level modules that commands have imported when they end, one after the other."""
    environment = {**os.environ, "CHOKEPOINT_DATA_DIR": str(data_dir)}
    done = ran(sys.executable, "-c", LOADED, *commands, env=environment)
    return set(done.stdout.rpartition("LOADED ")[2].split())


def test_commands_import_nothing_heavy_that_they_do_not_need(tmp_path):
    """Dagster, dbt and Great Expectations cost seconds that someone who asks for help would pay."""
    for_help = loaded_by("--help", "build --help", "query --help", data_dir=tmp_path)
    assert for_help.isdisjoint(HEAVY)
    # An editor may check a table of the law on every save.
    law = "validate seeds/measures/measure_relations.csv"
    small = ("status", "query", "publish --list", "query a05", "brief", "find trade", "briefing",
             law)  # fmt: skip
    loaded = loaded_by(*small, data_dir=tmp_path)
    assert "duckdb" in loaded
    assert loaded.isdisjoint(set(HEAVY) - {"duckdb"})


def test_importing_the_definitions_reads_no_project(tmp_path):
    """A tool that only wants to know what there is must not wait for dbt (5 s) to read it."""
    code = (
        "import sys, orchestration.definitions\n"
        "print(*(name for name in ('great_expectations', 'dbt.cli.main') if name in sys.modules))"
    )
    done = ran(
        sys.executable, "-c", code, env={"CHOKEPOINT_DATA_DIR": str(tmp_path / "data"), "PATH": ""}
    )
    assert done.stdout.strip() == ""
    assert not (tmp_path / "data").exists()
