"""The dbt project as files: its manifest, kept up to date, and a look at rows that failed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.machine import machine_fault
from chokepoint.settings import make_private_folder
from chokepoint.warehouse import worker as dbt_worker
from chokepoint.warehouse.graph import Project

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings
    from chokepoint.warehouse.results import Locator
    from chokepoint.warehouse.worker import Worker

FINGERPRINT_FILE = ".project-fingerprint"
SAMPLE_ROWS = 5
DBT_FOLDERS = ("models", "macros", "seeds", "tests/dbt")
_SUFFIXES = {".sql", ".yml", ".md", ".csv"}


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Environment of a dbt process: this one's and the settings, logs beside the artifacts."""
    return {
        **os.environ,
        **settings.environment(),
        "DBT_TARGET_PATH": str(settings.dbt_target_dir),
        "DBT_LOG_PATH": str(settings.dbt_target_dir),
        "DBT_PROFILES_DIR": str(settings.project_dir),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        # The log file at debug level is 10 MB and costs a second.
        "DBT_LOG_LEVEL_FILE": "info",
    }


def dbt_command(*arguments: str) -> list[str]:
    """The command line of this environment's dbt, whatever PATH says."""
    return [str(Path(sys.executable).with_name("chokepoint-dbt")), *arguments]


def manifest_is_current(settings: Settings) -> bool:
    """Whether the manifest can be read and was made from the project files as they are."""
    try:
        found = (settings.dbt_target_dir / FINGERPRINT_FILE).read_bytes()
    except FileNotFoundError:
        return False
    try:
        manifest = read_artifact(settings, "manifest.json")
    except (OSError, ValueError):
        return False
    is_whole = isinstance(manifest, dict) and "nodes" in manifest
    return is_whole and found == project_fingerprint(settings).encode()


def prepare_manifest(settings: Settings) -> bool:
    """Read the project anew if it changed (5 s) and return whether it did; ChokepointError with
    dbt's message if it cannot be read."""
    if manifest_is_current(settings):
        return False
    worker = start_worker(settings)
    try:
        finish_manifest(settings, worker)
    finally:
        worker.close()
    return True


def start_worker(settings: Settings) -> Worker:
    """A dbt process that reads the project at once and waits for an order; ChokepointError for an
    empty seed, on which dbt would crash, or a claim that cannot be asked."""
    refuse_empty_seeds(settings)
    make_private_folder(settings.dbt_target_dir)
    if not manifest_is_current(settings):
        from chokepoint.warehouse.claims import refuse_faults

        refuse_faults(settings.project_dir, settings.dbt_target_dir / ".claims-that-can-be-asked")
    return dbt_worker.start(
        dbt_environment(settings), str(settings.project_dir), project_fingerprint(settings)
    )


def refuse_empty_seeds(settings: Settings) -> None:
    """ChokepointError that names the first CSV file below seeds/ without so much as a header, or
    with an empty line above a row: the rows below it would be told to stand a line too high."""
    for path in sorted((settings.project_dir / "seeds").rglob("*.csv")):
        restore = f"(git checkout -- {path.relative_to(settings.project_dir)})."
        content = path.read_bytes().replace(b"\r\n", b"\n")
        if not content.partition(b"\n")[0].strip():
            raise ChokepointError(
                f"{path}, line 1: the table is empty, it has not even a header",
                f"Write the columns that the yml beside it lists, or restore the file {restore}",
            )
        if b"\n\n" in content.rstrip():
            # It may stand in a text.
            text = content.rstrip().decode("utf-8", "replace")
            rows = csv.reader(io.StringIO(text, newline="\n"))
            for row in rows:
                if not row:
                    raise ChokepointError(
                        f"{path}, line {rows.line_num}: the line is empty",
                        f"Take it out, or restore the file {restore}",
                    )


def finish_manifest(settings: Settings, worker: Worker) -> None:
    """Wait until the worker has written the manifest; ChokepointError if it cannot."""
    try:
        worker.wait_ready()
    except ChokepointError as error:
        raise machine_fault(error.what, settings) or error from error
    (settings.dbt_target_dir / FINGERPRINT_FILE).write_text(worker.fingerprint, encoding="utf-8")


def read_artifact(settings: Settings, name: str) -> dict[str, Any]:
    """`manifest.json` or `run_results.json` of the last dbt run."""
    return json.loads((settings.dbt_target_dir / name).read_bytes())


def read_project(settings: Settings) -> Project:
    """The project by its manifest, which is read once while the project's files are the same."""
    folder = settings.dbt_target_dir
    try:
        return _project_in(folder, (folder / FINGERPRINT_FILE).read_bytes())
    except FileNotFoundError:
        return _project_in.__wrapped__(folder, b"")


@lru_cache(1)
def _project_in(folder: Path, fingerprint: bytes) -> Project:
    return Project(json.loads((folder / "manifest.json").read_bytes()))


def open_warehouse(settings: Settings, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
    """The warehouse, within the limits of the run."""
    import duckdb

    return duckdb.connect(
        str(settings.warehouse_path), read_only=read_only, config=settings.duckdb_config()
    )


def sample_rows(settings: Settings, sql: str) -> str | None:
    """The first rows of a failed test's SQL, on the warehouse, as a JSON array; None where it
    fails: a sample is a help, no result."""
    import duckdb

    try:
        with open_warehouse(settings) as con:
            cursor = con.execute(f"select * from (\n{sql}\n) limit {SAMPLE_ROWS}")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except duckdb.Error:
        return None
    return json.dumps(rows, default=str, ensure_ascii=False) if rows else None


def ask_warehouse(settings: Settings, sql: str) -> list[tuple[Any, ...]] | str:
    """Rows of SQL on the warehouse; DuckDB's words where it cannot be run."""
    import duckdb

    try:
        with open_warehouse(settings) as con:
            return con.execute(sql).fetchall()
    except duckdb.Error as error:
        return str(error)


def seed_locator(settings: Settings) -> Locator:
    """Finds rows of a failed test in the seed that they come from: the lines with most values in
    common, none where a sample cannot hold those with as many."""

    def locate(path: str, sample: str) -> list[int]:
        with (settings.project_dir / path).open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            next(reader, None)
            lines = [(reader.line_num, [_plain(v) for v in row if v.strip()]) for row in reader]
        found: set[int] = set()
        for row in json.loads(sample):
            values = {_plain(str(value)) for value in row.values() if value is not None}
            shared = {line: sum(v in values for v in cells) for line, cells in lines}
            most = max(shared.values(), default=0)
            nearest = [line for line, count in shared.items() if count == most]
            if most and len(nearest) <= SAMPLE_ROWS:
                found.update(nearest)
        return sorted(found)

    return locate


def _plain(text: str) -> str:
    """A value as compared: numbers without the zeros that a type adds, truth as true or false."""
    text = text.strip()
    if text in ("True", "False"):
        return text.lower()
    try:
        return repr(float(text))
    except ValueError:
        return text


def project_fingerprint(settings: Settings) -> str:
    """Changes with every change of the dbt project's files, told by their times and sizes."""
    project = settings.project_dir
    files = [project / "dbt_project.yml", project / "profiles.yml"]
    for folder in DBT_FOLDERS:
        for parent, _, names in os.walk(project / folder):
            files += [Path(parent, name) for name in names if Path(name).suffix in _SUFFIXES]
    digest = hashlib.sha256(f"{project} {version('dbt-core')}".encode())
    for path in sorted(files):
        stat = path.stat()
        digest.update(f"{path.relative_to(project)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()
