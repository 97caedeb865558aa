"""Within dbt's process: a node whose turn comes is built, or stays as it is.

dbt has no way to decide this while it runs: what it selects is settled before. So its build, which
looks up runners of models, seeds and tests by kind, is a subclass here with runners that ask.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

from chokepoint.warehouse.ledger import identity_of, rows_sql

_DONE = ("success", "pass", "warn")


class Run:
    """What one run of dbt has to do and has done, for all its threads.

    order     what the parent sends: `changed`, `made_by`, `identities` and `entries` of a plan
    manifest  dbt's own, as read
    """

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


def use_ledger(run: Run) -> None:
    """Let dbt's build in this process take what is due from `run`, ask it before each node, and
    tell it afterwards."""
    import dbt.task.build
    from dbt.artifacts.schemas.results import RunStatus

    def keeping(runner: type) -> type:
        class Keeping(runner):
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
                    return handle.cursor().execute(sql).fetchone()[0]

        return Keeping

    class Build(dbt.task.build.BuildTask):
        RUNNER_MAP: ClassVar = {
            kind: keeping(one) for kind, one in dbt.task.build.BuildTask.RUNNER_MAP.items()
        }

        def get_node_selector(self, *arguments: Any, **options: Any) -> Any:
            # By names it would compare each with each: 8 s for a third of the project.
            selector = super().get_node_selector(*arguments, **options)
            selector.get_selected = lambda *_, **__: run.due & set(selector.graph.nodes())
            return selector

    dbt.task.build.BuildTask = Build
