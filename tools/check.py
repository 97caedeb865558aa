"""What one relation claims, asked of the warehouse: python -m tools.check RELATION[.CLAIM]"""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

from chokepoint.checks import blocking
from chokepoint.cli.build import describe
from chokepoint.console import escape, open_console, table
from chokepoint.errors import ChokepointError, listed
from chokepoint.locks import writer_lock
from chokepoint.pipeline import steps
from chokepoint.settings import Settings
from chokepoint.warehouse.project import (
    finish_manifest,
    read_artifact,
    read_project,
    start_worker,
)
from chokepoint.warehouse.results import test_names
from chokepoint.warehouse.runstate import RunState

if TYPE_CHECKING:
    from chokepoint.checks import CheckResult
    from chokepoint.warehouse.graph import Project


def check(settings: Settings, name: str) -> int:
    """Show what a relation's claims find, or one of them; return 1 if a needed one fails.
    ChokepointError where there is none of that name."""
    if not settings.warehouse_path.is_file():
        raise ChokepointError(
            f"There is no warehouse {settings.warehouse_path} to check.", "Run `make build` first."
        )
    with writer_lock(settings, "check"):
        results = _ask(settings, name)
    console = open_console()
    if not results:
        console.say(f"{escape(name)} claims nothing of its rows: nothing was checked.")
        return 0
    shown = table("claim", "severity", "outcome", "seen")
    for result in results:
        cells = (result.check_name, result.severity, result.status, result.observed or "")
        shown.add_row(*map(escape, cells))
    console.print(shown)
    for result in results:
        if result.status not in ("pass", "skipped"):
            console.say(describe(result))
    return 1 if blocking(results) else 0


def _ask(settings: Settings, name: str) -> list[CheckResult]:
    """Ask the tests of a relation of all its rows, outside a build; nothing is kept."""
    state = RunState(settings)
    stamp, worker = state.stamp(), start_worker(settings)
    try:
        finish_manifest(settings, worker)
        project = read_project(settings)
        relation, claim = _asked(project, name)
        tests = [n["name"] for n in project.of_kind("test") if n.get("attached_node") == relation]
        if not tests:
            return []
        made = settings.dbt_target_dir / "run_results.json"
        made.unlink(missing_ok=True)
        worker.send(["test", "--select", *tests], {"CHOKEPOINT_ALL_ROWS": "1"})
        said = [event["msg"] for event in worker.events()]
        if worker.process.wait() != 0 and not made.is_file():
            raise ChokepointError("dbt failed:\n" + "\n".join(said), "correct what it names.")
    finally:
        worker.close()
    state.keep_stamp(stamp)
    results = steps.found_by_dbt(settings, project, read_artifact(settings, made.name))
    return [result for result in results if claim in (None, result.check_name)]


def _asked(project: Project, name: str) -> tuple[str, str | None]:
    """Relation and claim that a name means: the unique id of the one, the name of the other."""
    relations = {
        written: unique_id
        for unique_id, node in project.nodes.items()
        if node["resource_type"] in ("model", "seed")
        for written in (
            f"{node['schema']}.{node['alias']}", f"{node['schema']}.{node['name']}",
            node["alias"], node["name"],
        )
    }  # fmt: skip
    if name in relations:
        return relations[name], None
    relation, _, claim = name.rpartition(".")
    if relation not in relations:
        near = difflib.get_close_matches(relation or name, relations, n=3)
        raise ChokepointError(
            f"There is no relation {relation or name}.",
            f"Use {' or '.join(near)}." if near else "`make docs` lists them.",
        )
    start = f"{project.nodes[relations[relation]]['name']}__"
    known = sorted(n.removeprefix(start) for n in test_names(project) if n.startswith(start))
    if claim not in known:
        raise ChokepointError(
            f"{relation} has no claim {claim}.",
            f"Its claims are {listed(known)}." if known else "It has no claims.",
        )
    return relations[relation], start + claim


if __name__ == "__main__":
    try:
        sys.exit(check(Settings.from_env(), *sys.argv[1:2] or [""]))
    except ChokepointError as error:
        sys.exit(f"Error: {error}")
