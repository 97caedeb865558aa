"""A dbt process that is started early: it imports dbt and reads the project while others work.

    parent                                worker
    start_worker()             ------->   import dbt (1.5 s), read the project, write the manifest
    landing, checks            <-------   "ready"
    worker.send(arguments)     ------->   dbt build, its words as JSON lines on standard output

The worker ends when its parent does, however that ends: an orphan would hold the warehouse's lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.warehouse import dbt_insides
from chokepoint.warehouse.due.ledger import identity_of, rows_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


READY = b"ready\n"
_DONE = ("success", "pass", "warn")
# Events that only draw: empty lines.
_SILENT = ("Formatting",)


class Worker:
    """The parent's end: a process that has read, or reads, the dbt project; `fingerprint`: of its
    files then."""

    def __init__(self, process: subprocess.Popen[bytes], fingerprint: str) -> None:
        self.process = process
        self.fingerprint = fingerprint
        self._is_ready = False

    def wait_ready(self) -> None:
        """Wait until the manifest is written; ChokepointError with dbt's words if it is not."""
        if self._is_ready:
            return
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            if line == READY:
                self._is_ready = True
                return
            said.append(_event(line)["msg"])
        self.process.wait()
        raise ChokepointError(
            "dbt cannot read the models:\n" + "\n".join(text for text in said if text),
            "correct the file that it names.",
        )

    def send(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        """Let it run one dbt command, whose words come from `process.stdout`. `run`: what `Run`
        takes, and `told`, a file for `built` and `failed` when it has ended."""
        self.wait_ready()
        assert self.process.stdin is not None
        order = {
            "arguments": list(arguments), "environment": dict(environment or {}), "run": run,
        }  # fmt: skip
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def events(self) -> Iterator[dict[str, Any]]:
        """What it says of the order, line by line, as `_tell` has it; until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield _event(line)

    def close(self) -> None:
        """End it if it waits; wait for it if it works no more."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(environment: Mapping[str, str], folder: str, fingerprint: str) -> Worker:
    """Start a worker in `folder`; it needs the environment of a dbt process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chokepoint.warehouse.worker"],
        cwd=folder,
        # dbt's own logs spell out each event, 30,000 in a build, also those that they do not show.
        env={**environment, "DBT_LOG_LEVEL": "none", "DBT_LOG_LEVEL_FILE": "none"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Worker(process, fingerprint)


def _event(line: bytes) -> dict[str, Any]:
    """A line of `_tell`: name, level, ts, msg, and the node that it is about, or empty; any other
    line as msg."""
    text = line.decode(errors="replace").strip()
    plain = {"name": "", "level": "", "ts": "", "msg": text, "node": ""}
    try:
        return plain | json.loads(text)
    except (ValueError, TypeError):
        return plain


def _tell(least: str) -> Callable[[Any], None]:
    """Writes events of dbt as JSON lines on standard output: those of a level, `info` or `error`,
    and above."""
    shown = ("info", "warn", "error") if least == "info" else ("error",)

    def tell(event: Any) -> None:
        info = event.info
        if info.level in shown and info.name not in _SILENT:
            node = getattr(event.data, "node_info", None)
            line = {
                "name": info.name,
                "level": info.level,
                "ts": info.ts.ToJsonString(),
                "msg": info.msg,
                "node": node.node_name if node else "",
            }
            sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
            sys.stdout.buffer.flush()

    return tell


def _orders(stream: IO[bytes]) -> Any:
    """The one order from the parent; from then on, the end of the stream ends this process."""
    line = stream.readline()
    if not line:
        return None

    def watch() -> None:
        # Not `stream.read()`: its lock would be held when this process ends in the ordinary way.
        while os.read(stream.fileno(), 1024):
            pass
        os._exit(3)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    return json.loads(line)


class Run:
    """What one run of dbt has to do (`order`: `changed`, `made_by`, `identities`, `entries` of a
    plan) and has done, for all its threads; `manifest`: dbt's own."""

    def __init__(self, order: dict[str, Any], manifest: Any) -> None:
        self.due = set(order["made_by"])
        self.changed = set(order["changed"])
        self.made_by = order["made_by"]
        self.entries = order["entries"]
        self.identities = order["identities"]
        self.known = {*manifest.nodes, *manifest.sources}
        # What was built, as new entries, and what was not, or badly.
        self.built: dict[str, dict[str, Any]] = {}
        self.failed: list[str] = []

    def inputs(self, node: Any) -> dict[str, str]:
        """What a node reads now."""
        read = [one for one in node.depends_on_nodes if one in self.known]
        return {one: self.identities.get(one, "") for one in read}

    def stays(self, node: Any) -> bool:
        """Whether all that a node reads came out as it was when the node was built."""
        entry = self.entries.get(node.unique_id)
        if node.unique_id in self.changed or entry is None:
            return False
        if entry["inputs"] != self.inputs(node):
            return False
        self.identities[node.unique_id] = entry["identity"]
        return True

    def note(self, node: Any, status: str, ask: Any) -> None:
        """Enter what was built; what failed has no identity, so that nothing stays on it."""
        name = node.unique_id
        if status == "skipped" or name not in self.made_by:
            return
        if status not in _DONE:
            self.failed.append(name)
            return
        inputs, made_by = self.inputs(node), self.made_by[name]
        told = {
            "resource_type": str(node.resource_type),
            "relation_name": node.relation_name,
            "schema": node.schema,
            "alias": node.alias,
            "name": node.name,
            "config": {"materialized": node.config.materialized},
        }
        sql = rows_sql(told)
        rows = ask(sql) if sql else ""
        identity = identity_of(told, made_by, inputs, rows)
        self.identities[name] = identity
        self.built[name] = {
            "made_by": made_by, "inputs": inputs, "identity": identity, "rows": rows,
        }  # fmt: skip


def dbt() -> None:
    """dbt's own command line, `chokepoint-dbt`: what it kept of a project in a copied or moved data
    folder is good there too."""
    if sys.argv[1:] == ["--version"]:
        # dagster-dbt asks before each run, and dbt itself would ask PyPI for the latest.
        print(f"Core:\n  - installed: {version('dbt-core')}")
        return
    import gc

    gc.set_threshold(50_000, 20, 20)
    from dbt.cli.main import cli

    dbt_insides.read_alike_everywhere()
    cli()


def main() -> None:
    """The worker's end."""
    import gc

    # The warehouse holds own rows: its file is nobody else's.
    os.umask(0o077)
    # Nothing that importing and parsing make is garbage: looking for it costs a tenth of a run.
    gc.disable()
    from dbt.cli.main import dbtRunner

    try:
        dbt_insides.check()
    except ChokepointError as error:
        sys.exit(str(error))
    dbt_insides.read_alike_everywhere()
    dbt_insides.leave_out_details()
    parsed = dbt_insides.parse(lambda: dbtRunner(callbacks=[_tell("error")]))
    if not parsed.success:
        sys.exit(2)  # dbt has logged what is wrong
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    order = _orders(sys.stdin.buffer)
    if order is None:
        return
    os.environ.update(order["environment"])
    run = Run(order["run"], parsed.result) if order["run"] is not None else None
    if run is not None:
        dbt_insides.use_ledger(run)
    done = dbtRunner(manifest=parsed.result, callbacks=[_tell("info")]).invoke(order["arguments"])
    if run is not None:
        told = {"built": run.built, "failed": run.failed}
        Path(order["run"]["told"]).write_text(json.dumps(told), encoding="utf-8")
    # An ordinary end: dbt closes the warehouse, which brings its log into the file.
    sys.exit(0 if done.success else 1)


if __name__ == "__main__":
    main()
