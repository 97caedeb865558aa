"""What the models, seeds and tests of a project are made by, and what has landed: as digests."""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from chokepoint.warehouse.graph import LANDED_LISTS, Project, bare, parents, reached

if TYPE_CHECKING:
    from chokepoint.settings import Settings

KINDS = ("model", "seed", "test")
_VARIABLE = re.compile(r"""\bvar\(\s*(?:['"](\w+)['"])?""")
_SETTING = re.compile(r"""\benv_var\(\s*(?:['"](\w+)['"])?""")
_CLOCK = re.compile(r"\b(current_date|current_timestamp|today\(|now\(|run_started_at)", re.I)
# dbt's graph, not a column of that name.
_GRAPH = re.compile(r"\bgraph\.(?:nodes|sources|exposures|metrics)\b")
# Of a node in it, what changes with each edit of its file.
_CONTENTS = re.compile(r"checksum|raw_code|\.compiled|tojson")
_FILES = re.compile(r"\bread_(?:blob|text|csv|csv_auto|json|parquet)\b|\bglob\s*\(")
# Where things lie and with how much of the machine, which change no result, and what a command of
# its own asks for.
_OF_THE_PLACE = {
    "CHOKEPOINT_DATA_DIR", "CHOKEPOINT_THREADS", "CHOKEPOINT_MEMORY_LIMIT", "CHOKEPOINT_TEMP_DIR",
    "CHOKEPOINT_TEMP_LIMIT", "CHOKEPOINT_ALL_ROWS",
}  # fmt: skip
# Macros that stand in for dbt's own: of an engine, or a way to keep models but that by period.
_ENGINE = re.compile(r"^(default|duckdb)__")
_OF_MODELS = re.compile(r"^materialization_(?!by_period)")
_DIGITS = 20


def today() -> str:
    """The day where this machine is, which `current_date` gives."""
    return datetime.now().astimezone().date().isoformat()


@dataclass(frozen=True)
class _Facts:
    """What a text asks for when it is rendered or run."""

    digest: str
    variables: frozenset[str]
    settings: frozenset[str]
    graph: str
    reads_contents: bool
    asks_the_clock: bool
    reads_files: bool


def _facts_of(text: str, graph: str) -> _Facts:
    return _Facts(
        digest(text),
        frozenset(_VARIABLE.findall(text)),
        frozenset(_SETTING.findall(text)),
        graph if _GRAPH.search(text) else "",
        _CONTENTS.search(text) is not None,
        _CLOCK.search(text) is not None,
        _FILES.search(text) is not None,
    )


class Makings(Project):
    """What the models, seeds and tests of a project are made by, and what the landed files are."""

    def __init__(self, manifest: Mapping[str, Any], settings: Settings) -> None:
        super().__init__(manifest)
        self.settings = settings
        self.nodes = {
            name: node for name, node in manifest["nodes"].items() if node["resource_type"] in KINDS
        }

    @cached_property
    def variables(self) -> dict[str, str]:
        """Variables of the project, as JSON."""
        path = self.settings.project_dir / "dbt_project.yml"
        stated = yaml.safe_load(path.read_text("utf-8")).get("vars", {})
        return {name: json.dumps(value, default=str) for name, value in stated.items()}

    def _macros(self, *, own: bool) -> Iterator[Mapping[str, Any]]:
        """Macros of the project, or those that dbt brings; some of both have one name."""
        project = self.manifest["metadata"]["project_name"]
        for macro in self.manifest["macros"].values():
            if (macro["package_name"] == project) is own:
                yield macro

    @cached_property
    def _ambient(self) -> set[str]:
        """Macros that dbt calls by itself for a node: those that stand in for dbt's own."""
        theirs = {macro["name"] for macro in self._macros(own=False)}
        start = {
            name
            for name in self.macros.texts
            if name in theirs or _ENGINE.sub("", name) in theirs or _OF_MODELS.match(name)
        }
        return self.macros.with_called(start)

    @cached_property
    def _graphs(self) -> dict[str, str]:
        """What macros see of dbt's graph: those of tables by period, of these and what is above
        them; others everything, with the contents of files or without."""
        by_period = [
            name
            for name, node in self.nodes.items()
            if node["config"]["materialized"] == "by_period"
        ]
        above = sorted(reached(by_period, self.above))
        names = sorted(self.all)
        return {
            "by_period": digest([self._seen(name)[2:] for name in above]),
            "all": digest([self._seen(name)[1:] for name in names]),
            "contents": digest([self._seen(name) for name in names]),
        }

    def _seen(self, name: str) -> list[Any]:
        node = self.all[name]
        columns = [
            [one["name"], one.get("data_type"), one.get("config", {}).get("meta")]
            for one in node.get("columns", {}).values()
        ]
        return [
            node.get("checksum"), [node.get("description"), node.get("original_file_path")],
            # dbt lists what a node reads in another order when it reads all of the project anew.
            name, node["resource_type"], node["relation_name"], sorted(parents(node)),
            node.get("attached_node"), node["config"].get("materialized"),
            node["config"].get("meta"), columns,
        ]  # fmt: skip

    @cached_property
    def _facts(self) -> dict[str, _Facts]:
        files = {macro["name"]: Path(macro["path"]).stem for macro in self._macros(own=True)}
        return {
            name: _facts_of(text, "by_period" if files[name] == "by_period" else "all")
            for name, text in self.macros.texts.items()
        }

    @property
    def macro_digests(self) -> dict[str, str]:
        """Name of each of the project's macros -> digest of its text."""
        return {name: facts.digest for name, facts in self._facts.items()}

    def macros_of(self, name: str) -> set[str]:
        """The project's macros that a node may call, near and far, and those called for it."""
        found = self.macros.called_in(self._text(name))
        if self.nodes[name]["config"]["materialized"] == "by_period":
            found |= self.macros.with_called(
                one for one in self.macros.texts if one.startswith("materialization_by_period")
            )
        return found | self._ambient

    def _text(self, name: str) -> str:
        """Whatever of a node is rendered: code, arguments of a test, configuration."""
        return f"{self._code(name)}\n{_json(self.nodes[name]['config'])}"

    def _code(self, name: str) -> str:
        node = self.nodes[name]
        is_sql = node.get("language", "sql") == "sql"
        code = bare(node.get("raw_code") or "") if is_sql else node["raw_code"]
        return f"{code}\n{_json((node.get('test_metadata') or {}).get('kwargs'))}"

    def made_by(self, name: str) -> dict[str, str]:
        """What a node is made by, as digests of its parts."""
        node = self.nodes[name]
        text = self._text(name)
        macros = sorted(self.macros_of(name))
        facts = [_facts_of(text, "all"), *(self._facts[one] for one in macros)]
        persisted = node["config"].get("persist_docs") or {}
        columns = [
            [one["name"], one.get("data_type"), one.get("constraints"), one.get("quote"),
             one.get("description") if persisted.get("columns") else None]
            for one in node.get("columns", {}).values()
        ]  # fmt: skip
        described = node.get("description") if persisted.get("relation") else None
        asked = {variable for one in facts for variable in one.variables}
        settings = {setting for one in facts for setting in one.settings} - _OF_THE_PLACE
        values = {
            one: self.variables.get(one) for one in (self.variables if "" in asked else asked)
        }
        parts = {
            "code": digest(self._code(name)),
            "yml": digest([_json(node["config"]), node["relation_name"], described, columns]),
            "macros": digest([[one, self._facts[one].digest] for one in macros]),
            "variables": digest([values, {one: os.environ.get(one) for one in settings}]),
        }
        if graphs := {one.graph for one in facts if one.graph}:
            if "all" in graphs and any(one.reads_contents for one in facts):
                graphs.add("contents")
            parts["graph"] = digest([self._graphs[one] for one in sorted(graphs)])
        if any(one.asks_the_clock for one in facts):
            parts["day"] = today()
        if any(one.reads_files for one in facts):
            # Whichever they are: of what has landed the sources tell.
            parts["files"] = digest(self._files)
        if node["resource_type"] == "seed":
            parts["file"] = self._files[name]
        return parts

    @cached_property
    def _files(self) -> dict[str, str]:
        """Id of each seed -> digest of its file."""
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]
            for name, path in self._seeds.items()
        }

    @property
    def _seeds(self) -> dict[str, Path]:
        return {
            node["unique_id"]: self.settings.project_dir / node["original_file_path"]
            for node in self.of_kind("seed")
        }

    def landed(self) -> dict[str, str]:
        """Id of each landed source -> identity of what has landed; lists of deliveries tell where,
        too, for the views that dbt makes anew."""
        folder = self.settings.landing_dir
        files = landed_files(folder)
        kept_out = sorted(str(one.relative_to(folder)) for one in folder.glob("_quarantine/*/*"))
        # What dbt calls before the first node and after the last.
        hooked = [
            node["raw_code"]
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "operation"
        ]
        hooks = [self._facts[one].digest for one in sorted(self.macros.called_in(*hooked))]
        at = [self.variables.get("known_on"), hooks]
        return {
            name: digest(
                [at, str(folder.resolve()), self._seen(name), files, kept_out]
                if source["name"] in LANDED_LISTS
                else [at, self._seen(name), files.get(source["name"], [])]
            )
            for name, source in self.sources.items()
        }

    def lines(self) -> dict[str, list[int]]:
        """Id of each seed -> checksums of the lines of its file."""
        return {name: lines_of(path) for name, path in self._seeds.items()}


def landed_files(folder: Path) -> dict[str, list[str]]:
    """Source -> its manifests by contents, and the sizes of its files."""
    found: dict[str, list[str]] = {}
    for path in sorted((folder / "_manifest").glob("*/*.json")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found.setdefault(path.parent.name, []).append(f"{path.name} {digest}")
    for source, told in found.items():
        told += sorted(f"{one.name} {one.stat().st_size}" for one in (folder / source).rglob("*"))
    return found


def lines_of(path: Path) -> list[int]:
    return [zlib.crc32(line) for line in path.read_bytes().splitlines()]


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def digest(value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
