"""What is new since the warehouse was built: what dbt is told of it, and what it leaves behind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.warehouse.claims import checks_of
from chokepoint.warehouse.due import ledger, makings
from chokepoint.warehouse.graph import Project, reached
from chokepoint.warehouse.project import open_warehouse
from chokepoint.warehouse.runstate import RunState, is_left_out

if TYPE_CHECKING:
    from chokepoint.settings import Settings

_CAUSES_TOLD = 8
_KINDS = {"view": "view", "table_function": "macro", "test": "test", "seed": "seed"}


@dataclass
class News:
    """The plan of a build, and after it what was built of it."""

    project: makings.Makings
    known: ledger.Ledger
    plan: ledger.Plan
    told: Path
    built: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, settings: Settings, manifest: Mapping[str, Any], *, verify: bool = False) -> News:
        """What is new in the project and in what has landed; `verify`: compare every row with the
        ledger, whoever seems to have written."""
        project = makings.Makings(manifest, settings)
        state = RunState(settings)
        known = ledger.read(state.kept("ledger"), settings.project_dir)
        before = set(known.entries)
        if not settings.warehouse_path.is_file():
            before, known.entries = set(), {}
        elif known.entries and (verify or known.stamp != state.stamp()):
            with open_warehouse(settings) as con:
                known.entries = ledger.still_true(con, project, known)
        found = {
            one.check_name
            for one in state.results(["dbt"])
            if one.status not in ("fail", "error") and not is_left_out(vars(one))
        }
        passed = [
            name
            for name, node in project.nodes.items()
            if node["resource_type"] == "test"
            and all(check in found for check, _ in checks_of(node))
        ]
        plan = ledger.plan(project, known, are_kept=passed, altered=before - set(known.entries))
        return cls(project, known, plan, state.folder / "told.json")

    @property
    def due(self) -> set[str]:
        """Ids of what is built, or looked at in its turn."""
        return {*self.plan.changed, *self.plan.below}

    @property
    def asks_for_the_day(self) -> bool:
        """Whether tomorrow something has to be looked at again, though nothing else is new."""
        return any("day" in parts for parts in self.plan.made_by.values())

    def order(self) -> dict[str, Any]:
        """What the worker needs of the plan (`worker.Run`)."""
        self.told.unlink(missing_ok=True)
        return {
            "changed": list(self.plan.changed),
            "made_by": {one: self.plan.made_by[one] for one in self.due},
            "identities": self.plan.identities,
            "entries": {one: asdict(e) for one, e in self.plan.entries.items() if one in self.due},
            "told": str(self.told),
        }

    def keep(self, settings: Settings) -> None:
        """Write the ledger anew when dbt has ended. A worker that was killed tells nothing: the
        next build finds another warehouse."""
        told: dict[str, Any] = {"built": {}, "failed": []}
        if self.due:
            try:
                told = json.loads(self.told.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return
        self.built = set(told["built"])
        entries = {
            name: entry
            for name, entry in self.plan.entries.items()
            if name in self.project.nodes and name not in told["failed"]
        }
        with open_warehouse(settings) as con:
            database = con.execute("select current_database()").fetchall()[0][0]
            catalog = ledger.catalog_of(con, database)
        nodes = [one for one in self.project.nodes.values() if one["resource_type"] != "test"]
        made = {f"{one['schema']}.{one['alias']}" for one in nodes}
        schemas = {one["schema"] for one in nodes}
        self.dropped = sorted(
            one for one in set(catalog) - made if one.partition(".")[0] in schemas
        )
        state = RunState(settings)
        if self.dropped:
            checked = state.stamp()
            with open_warehouse(settings, read_only=False) as con:
                ledger.drop(con, self.dropped)
            # No check looks at what no model makes.
            state.keep_stamp(checked)
        for name, entry in told["built"].items():
            node = self.project.nodes[name]
            label = f"{node['schema']}.{node['alias']}"
            entries[name] = ledger.Entry(**entry, catalog=catalog.get(label, ""))
        kept = ledger.Ledger(
            self.known.engine,
            entries,
            state.stamp(),
            self.project.macro_digests,
            self.project.variables,
            self.project.lines(),
        )
        state.keep("ledger", kept.as_json())

    def report(self) -> list[str]:
        """In lines: what was new and what was built for it; and what stayed."""
        stayed = set(self.project.nodes) - self.built
        dropped = f"Dropped, for no model makes it: {', '.join(self.dropped)}"
        return [
            *self._causes(self.built, "built"),
            *([dropped] if self.dropped else []),
            f"Stayed as they were: {self._count(stayed)}" if stayed else "Nothing stayed.",
        ]

    def explain(self) -> list[str]:
        """The same of a build that is not made: what would be built, at most; and of each node
        whether it changed itself, or only what it reads."""
        lines = self._causes(self.due, "to build or look at")
        if not lines:
            return ["Nothing is new: all tables, views and tests stay."]
        nodes = ledger.in_order(self.project.nodes) if self.known.entries else ()
        return [*lines, *(f"  {self._why(name)}" for name in nodes if name in self.due)]

    def _why(self, name: str) -> str:
        why, entry = self.plan.changed.get(name), self.plan.entries.get(name)
        if why is None:
            above = reached([name], self.project.above) & set(self.plan.changed)
            why = f"below: {_some(sorted(self.project.nodes[one]['name'] for one in above))}"
        elif why.endswith(ledger.NEWS) and entry and entry.made_by == self.plan.made_by[name]:
            why = f"below: {why}"
        else:
            why = f"changed itself: {why}"
        return f"{self.project.nodes[name]['name']}: {why}"

    def _causes(self, chosen: set[str], word: str) -> list[str]:
        if not self.known.entries and chosen:
            return [f"All is built anew: {self._count(chosen)}"]
        causes: dict[str, list[str]] = {}
        for name, why in self.plan.changed.items():
            causes.setdefault(why, []).append(name)
        found = []
        for why, names in causes.items():
            below = self.project.made_into(names) & chosen
            told = why
            if why in (ledger.NEW, ledger.ALTERED, ledger.NOT_PASSED):
                told = f"{_some(self.project.nodes[one]['name'] for one in names)}: {why}"
            found.append((len(below), f"{told} -> {self._count(below) or 'nothing'} {word}"))
        lines = [line for _, line in sorted(found, reverse=True)]
        more = len(lines) - _CAUSES_TOLD
        return lines[:_CAUSES_TOLD] + ([f"and {more} more causes"] if more > 0 else [])

    def _count(self, names: Iterable[str]) -> str:
        counts = Counter(
            _KINDS.get(self.project.nodes[one]["config"]["materialized"], "table")
            for one in names
            if one in self.project.nodes
        )
        order = ("seed", "table", "view", "macro", "test")
        return ", ".join(f"{counts[k]} {k}{'s' * (counts[k] != 1)}" for k in order if counts[k])


def identities(settings: Settings, project: Project) -> dict[str, str]:
    """`schema.relation` -> what tells one state of it from another, as the last build left it, with
    the day where it asks for it; of nothing where the warehouse has been written to since."""
    state = RunState(settings)
    known = ledger.read(state.kept("ledger"), settings.project_dir)
    if known.stamp != state.stamp():
        return {}
    asking = [name for name, entry in known.entries.items() if "day" in entry.made_by]
    moving = dict.fromkeys(project.made_into(asking), makings.today())
    return {
        f"{node['schema']}.{node['alias']}": " ".join(
            (entry.identity, entry.catalog, moving.get(name, ""))
        )
        for name, entry in known.entries.items()
        if (node := project.nodes.get(name)) is not None and node["resource_type"] != "test"
    }


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
