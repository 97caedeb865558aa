"""A dbt process that is started early: it imports dbt and reads the project while others work.

    parent                                worker
    start_worker()             ------->   import dbt (1.5 s), read the project, write the manifest
    landing, checks            <-------   "ready"
    worker.send(arguments)     ------->   dbt build, its log as JSON lines on standard output

The worker ends when its parent does, however that ends: an orphan would hold the warehouse's lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.warehouse import claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chokepoint.warehouse.claims import Groups

READY = b"ready\n"
_OF_THE_PLACE = ("path", "config_options")


class Worker:
    """The parent's end: a process that has read, or is reading, the dbt project.

    fingerprint  of the project files as they were when it started
    """

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
            said.append(_event(line)["info"]["msg"])
        self.process.wait()
        raise ChokepointError(
            "dbt cannot read the models:\n" + "\n".join(text for text in said if text),
            "mend the file that it names.",
        )

    def send(self, arguments: Sequence[str], merged: Groups | None = None) -> None:
        """Let it run one dbt command; its log then comes from `process.stdout`.

        merged  node -> tests that it stands for in this run (claims.py)
        """
        self.wait_ready()
        assert self.process.stdin is not None
        order = {"arguments": list(arguments), "merged": dict(merged or {})}
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def events(self) -> Iterator[dict[str, Any]]:
        """What it says of the order, line by line, as dbt's JSON log has it; until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield _event(line)

    def wait(self) -> int:
        """Its exit code: 0 if the order was carried out."""
        return self.process.wait()

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
        env={**environment, "DBT_LOG_FORMAT": "json"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Worker(process, fingerprint)


def _event(line: bytes) -> dict[str, Any]:
    """A line of dbt's JSON log; any other line as a message."""
    text = line.decode(errors="replace").strip()
    plain = {"name": "", "level": "", "ts": "", "msg": text}
    try:
        event = json.loads(text)
        return {"data": event.get("data", {}), "info": plain | event["info"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"data": {}, "info": plain}


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


def _parse(runner: Any) -> Any:
    """Read the project; once more from nothing if what dbt kept of the last time is damaged."""
    from dbt_common.exceptions import DbtBaseException

    parsed = runner().invoke(["--quiet", "parse"])
    kept = Path(os.environ.get("DBT_TARGET_PATH", "target")) / "partial_parse.msgpack"
    if parsed.success or isinstance(parsed.exception, DbtBaseException) or not kept.is_file():
        return parsed
    kept.unlink()
    return runner().invoke(["--quiet", "parse"])


def read_alike_everywhere() -> None:
    """Let dbt use what it kept of the project where a data folder was copied or moved.

    It reads all anew when a value of the connection has changed, since models could ask for it.
    None here asks where the warehouse lies or with what memory it is opened.
    """
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    keys = tuple(
        key for key in DuckDBCredentials._connection_keys(None) if key not in _OF_THE_PLACE
    )
    DuckDBCredentials._connection_keys = lambda self: keys


def main() -> None:
    """The worker's end."""
    import gc

    # The warehouse holds own rows: its file is nobody else's.
    os.umask(0o077)
    # Nothing that importing and parsing make is garbage: looking for it costs a tenth of a run.
    gc.disable()
    from dbt.cli.main import dbtRunner

    read_alike_everywhere()
    parsed = _parse(dbtRunner)
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
    done = _run(dbtRunner, parsed.result, order["arguments"], order["merged"])
    # An ordinary end: dbt closes the warehouse, which brings its log into the file.
    sys.exit(0 if done.success else 1)


def _run(runner: Any, project: Any, arguments: list[str], merged: Groups) -> Any:
    """Run a command; the manifest that it leaves knows nothing of merged tests."""
    if not merged:
        return runner(manifest=project).invoke(arguments)
    tests = {test: project.nodes[test] for tests in merged.values() for test in tests}
    claims.merge(project, merged)
    done = runner(manifest=project).invoke([*arguments, "--no-write-json"])
    for unique_id in merged:
        del project.nodes[unique_id]
    project.nodes.update(tests)
    target = Path(os.environ.get("DBT_TARGET_PATH", "target"))
    project.write(str(target / "manifest.json"))
    if done.result is not None:
        done.result.write(str(target / "run_results.json"))
    return done


if __name__ == "__main__":
    main()
