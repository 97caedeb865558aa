"""All that reaches into dbt: to read a project alike wherever the warehouse lies, to make no event
that nobody reads, to decide when its turn comes whether a node is built. ASSUMED lists the private
parts; with another dbt `check` says what moved."""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, ClassVar

from chokepoint.errors import ChokepointError

# What it uses of a module, and the first parameters of what is called or replaced.
ASSUMED = (
    ("dbt.adapters.duckdb.credentials:DuckDBCredentials._connection_keys", ("self",)),
    ("dbt_common.events.base_types:DebugLevel.__init__", ("self",)),
    ("dbt_common.events.base_types:EventLevel.DEBUG", ()),
    ("dbt_common.events.event_manager:EventManager.fire_event", ("self", "e", "level")),
    ("dbt.constants:PARTIAL_PARSE_FILE_NAME", ()),
    ("dbt_common.exceptions:DbtBaseException", ()),
    ("dbt.task.build:BuildTask.RUNNER_MAP", ()),
    ("dbt.task.build:BuildTask.get_node_selector", ("self",)),
    ("dbt.graph.selector:NodeSelector.get_selected", ("self", "spec")),
    ("dbt.task.base:BaseRunner.run_with_hooks", ("self", "manifest")),
    ("dbt.task.base:BaseRunner.__init__", ("self", "config", "adapter", "node")),
    ("dbt.task.base:BaseRunner._build_run_result",
     ("self", "node", "start_time", "status", "timing_info", "message")),
    ("dbt.artifacts.schemas.results:RunStatus.NoOp", ()),
    ("dbt.adapters.base.impl:BaseAdapter.connection_named", ("self", "name")),
    ("dbt.adapters.base.connections:BaseConnectionManager.get_thread_connection", ("self",)),
)  # fmt: skip
_PLACE = ("path", "config_options")


def check() -> None:
    """ChokepointError that names what of dbt moved, if anything did."""
    if moved := [text for one in ASSUMED if (text := _moved(*one))]:
        raise ChokepointError(
            f"dbt-core {version('dbt-core')} is another one inside: {'; '.join(moved)}.",
            "run `requirements/install` for the version of requirements/project.lock, or bring "
            "chokepoint/warehouse/dbt_insides.py up to this one.",
        )


def _moved(place: str, parameters: tuple[str, ...]) -> str:
    """What does not hold of an assumption."""
    module, _, name = place.partition(":")
    try:
        found = resolve_name(place)
    except (ImportError, AttributeError):
        return f"{module} has no {name}"
    has = tuple(inspect.signature(found).parameters)[: len(parameters)] if parameters else ()
    return "" if has == parameters else f"{module}.{name} takes {', '.join(has) or 'nothing'}"


def read_alike_everywhere() -> None:
    """Let dbt use what it kept of the project where a data folder was copied or moved: a value of
    the connection that has changed, for which no model here asks, makes it read all anew."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    keys = tuple(one for one in DuckDBCredentials._connection_keys(None) if one not in _PLACE)
    DuckDBCredentials._connection_keys = lambda self: keys


def leave_out_details() -> None:
    """Let dbt make no event of the level debug: 30,000 in a build, a tenth of its time. One told at
    another level is made then."""
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event

    def hold(event: Any, *arguments: Any, **fields: Any) -> None:
        vars(event)["held"] = (arguments, fields)

    def fire_what_is_read(manager: Any, e: Any, level: Any = None, *rest: Any, **more: Any) -> None:
        if isinstance(e, DebugLevel):
            if level in (None, EventLevel.DEBUG):
                return
            arguments, fields = vars(e)["held"]
            BaseEvent.__init__(e, *arguments, **fields)
        fire(manager, e, level, *rest, **more)

    DebugLevel.__init__ = hold
    EventManager.fire_event = fire_what_is_read


def parse(runner: Callable[[], Any]) -> Any:
    """Read the project; once more from nothing if what dbt kept of the last time is damaged."""
    from dbt.constants import PARTIAL_PARSE_FILE_NAME
    from dbt_common.exceptions import DbtBaseException

    parsed = runner().invoke(["parse"])
    before = Path(os.environ.get("DBT_TARGET_PATH", "target")) / PARTIAL_PARSE_FILE_NAME
    # A full disk, OSError, is full the second time too.
    told = isinstance(parsed.exception, (DbtBaseException, OSError))
    if parsed.success or told or not before.is_file():
        return parsed
    before.unlink()
    return runner().invoke(["parse"])


def use_ledger(run: Any) -> None:
    """Let dbt's build take what is due from a `worker.Run`, ask before each node, tell it after."""
    import dbt.task.build
    from dbt.artifacts.schemas.results import RunStatus

    def asking(runner: type) -> type:
        class Asking(runner):
            def run_with_hooks(self, manifest: Any) -> Any:
                if not self.skip and run.stays(self.node):
                    return self._build_run_result(
                        self.node, time.time(), RunStatus.NoOp, [], "stays as it is"
                    )
                result = super().run_with_hooks(manifest)
                run.note(self.node, str(result.status), self._ask)
                return result

            def _ask(self, sql: str) -> str:
                with self.adapter.connection_named("ledger"):
                    handle = self.adapter.connections.get_thread_connection().handle
                    return handle.cursor().execute(sql).fetchall()[0][0]

        return Asking

    class Build(dbt.task.build.BuildTask):
        RUNNER_MAP: ClassVar = {
            kind: asking(one) for kind, one in dbt.task.build.BuildTask.RUNNER_MAP.items()
        }

        def get_node_selector(self, *arguments: Any, **options: Any) -> Any:
            # By names it would compare each with each: 8 s for a third of the project.
            selector = super().get_node_selector(*arguments, **options)
            selector.get_selected = lambda *_, **__: run.due & set(selector.graph.nodes())
            return selector

    dbt.task.build.BuildTask = Build
