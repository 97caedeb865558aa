"""What one step of a run leaves for the next, in small files of `data/warehouse/run/` (results of
checks, seconds, the candidate's name): each may run in a process of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.checks import NOT_IN_SCOPE, UNCHECKED, CheckResult
from chokepoint.errors import ChokepointError
from chokepoint.settings import make_private_folder
from chokepoint.warehouse.damage import damage_of

if TYPE_CHECKING:
    from chokepoint.settings import Settings

# Layers whose checks must have run before a candidate is made.
UPSTREAM_LAYERS = ("landing", "dbt")
_HEADER_BYTES = 3 * 4096


def is_left_out(result: Mapping[str, Any]) -> bool:
    """Whether a check did not run because something that it reads could not be built."""
    return result["status"] == "skipped" and result["observed"] != NOT_IN_SCOPE


class RunState:
    """The small files of `data/warehouse/run/`; each is replaced at once."""

    def __init__(self, settings: Settings) -> None:
        self.warehouse_path = settings.warehouse_path
        self.folder = settings.warehouse_path.parent / "run"

    def begin(self, layer: str) -> None:
        """Say that a layer is being written: its earlier results count no more until `save`."""
        state = self.kept(layer) or {"results": []}
        self.keep(layer, {**state, "is_complete": False})

    def save(
        self,
        layer: str,
        results: Iterable[CheckResult],
        known: set[str],
        read: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the results of a layer. `known`: names of all its checks now; earlier results of
        these that did not run again stay, others go. `read`: relation -> what its checks have read
        (`passed`)."""
        today = datetime.now(UTC).date().isoformat()
        fresh = [{**asdict(result), "checked_on": today} for result in results]
        before = self.kept(layer) or {}
        earlier = before.get("results", [])
        found = {result["check_name"] for result in earlier}
        # What dbt left out for a fault above it was not asked: what was found before stands.
        fresh = [one for one in fresh if not (is_left_out(one) and one["check_name"] in found)]
        names = {result["check_name"] for result in fresh}
        kept = [r for r in earlier if r["check_name"] in known - names]
        state = {
            "is_complete": True,
            "results": kept + fresh,
            "read": {**(before.get("read") or {}), **(read or {})},
        }
        self.keep(layer, state | ({"stamp": self.stamp()} if layer == "dbt" else {}))

    def passed(self, layer: str, name: str, read: str) -> bool:
        """Whether the checks of a relation have passed on what it is now."""
        state = self.kept(layer) or {}
        found = [one for one in state.get("results", []) if one["relation"] == f"{layer}.{name}"]
        failed = [one for one in found if one["status"] in ("fail", "error")]
        return bool(found) and not failed and (state.get("read") or {}).get(name) == read

    def results(self, layers: Iterable[str]) -> list[CheckResult]:
        """Results of these layers, in order; of an unfinished layer those of the run before."""
        return [
            CheckResult(**result)
            for layer in layers
            for result in (self.kept(layer) or {}).get("results", [])
        ]

    def require_complete(self, *, as_is: bool = False) -> None:
        """Raise ChokepointError unless landing checks and dbt ended, well or badly, and nobody has
        written to the warehouse since; `as_is`: whether or not anybody has."""
        for layer in UPSTREAM_LAYERS:
            state = self.kept(layer)
            if state is None or not state["is_complete"]:
                what = "has not run yet" if state is None else "was interrupted"
                raise ChokepointError(
                    f"The step {layer!r} {what}, so what the warehouse holds is not checked.",
                    "run `make build`.",
                )
        if not (as_is or self._is_as_checked() or damage_of(self.warehouse_path)):
            raise ChokepointError(
                f"The warehouse {self.warehouse_path} is not the one that was checked: something "
                "other than a build has written to it since, such as dbt by hand.",
                "run `make build`, which builds, checks and publishes; or `chokepoint publish "
                "--as-is`, which says on every page that it was not checked.",
            )

    def is_complete(self) -> bool:
        """Whether landing checks and dbt ended, and nobody has written to the warehouse since."""
        ended = all((self.kept(layer) or {}).get("is_complete") for layer in UPSTREAM_LAYERS)
        return ended and self._is_as_checked()

    def models_results(self) -> list[CheckResult]:
        """Results of landing checks and dbt; those of dbt as not run where they are not of what the
        warehouse holds now."""
        results = self.results(UPSTREAM_LAYERS)
        if self._is_as_checked():
            return results
        return [
            replace(one, status="skipped", observed=UNCHECKED, failing_sample=None, seconds=None)
            if one.layer == "dbt"
            else one
            for one in results
        ]

    def _is_as_checked(self) -> bool:
        return (self.kept("dbt") or {}).get("stamp") == self.stamp()

    def stamp(self) -> str:
        """Changes with each transaction that is written to the warehouse, and is the same of a
        copy: DuckDB's count of checkpoints (12 kB at the start of the file), and the log behind the
        last one."""
        log = self.warehouse_path.with_name(f"{self.warehouse_path.name}.wal")
        try:
            with self.warehouse_path.open("rb") as file:
                digest = hashlib.sha256(file.read(_HEADER_BYTES))
        except FileNotFoundError:
            return ""
        digest.update(log.read_bytes() if log.is_file() else b"")
        return digest.hexdigest()

    def keep_stamp(self, before: str) -> None:
        """Take what has been written to the warehouse since it had this stamp for nothing: views of
        what has landed, made again at the start of every run of dbt."""
        now = self.stamp()
        for name in ("dbt", "ledger", "unchanged"):
            state = self.kept(name)
            if state is not None and state.get("stamp") == before:
                self.keep(name, {**state, "stamp": now})

    def keep_models(self, fingerprint: str) -> None:
        """Remember the models that a whole build was made with."""
        self.keep("models", {"fingerprint": fingerprint})

    def models(self) -> str | None:
        """Fingerprint of the models of the last whole build."""
        return (self.kept("models") or {}).get("fingerprint")

    def clear(self, layer: str) -> None:
        """Forget the results of a layer."""
        self._path(layer).unlink(missing_ok=True)

    def keep_seconds(self, stage: str, part: str, seconds: float) -> None:
        """Remember how long a part of a stage took; a later run of the part overwrites it."""
        parts = self.kept("seconds") or {}
        parts.setdefault(stage, {})[part] = round(seconds, 3)
        self.keep("seconds", parts)

    def seconds(self) -> dict[str, float]:
        """Seconds per stage."""
        stages = self.kept("seconds") or {}
        return {stage: round(sum(parts.values()), 3) for stage, parts in stages.items()}

    def candidate(self) -> str:
        """Release id of the candidate; ChokepointError if there is none."""
        state = self.kept("candidate")
        if state is None:
            raise ChokepointError(
                "There is no candidate for a release.", "run `chokepoint publish`."
            )
        return state["release_id"]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def kept(self, name: str) -> Any:
        """What was kept under a name; None if nothing was, or it is damaged."""
        try:
            state = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            state = None
        return state if isinstance(state, dict) else None

    def keep(self, name: str, state: dict[str, Any]) -> None:
        """Keep the state of a step, or of the `ledger`, or what makes a release `unchanged`."""
        make_private_folder(self.folder.parent)
        self.folder.mkdir(exist_ok=True)
        temporary = self.folder / f".{name}.json"
        temporary.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        temporary.replace(self._path(name))
