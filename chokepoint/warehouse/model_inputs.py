"""What each published relation is made from, with checksums: seeds, deliveries, code of models.

Two releases that both say so can be compared: what differs between them is all that can have
changed a figure (docs/methodology/change_attribution.md).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from chokepoint.errors import ChokepointError
from chokepoint.landing.registry import CONTRACTS, reading_checksum
from chokepoint.warehouse.graph import made_from, nodes_and_sources, published_models, reached

# What a change of a seed is called: figures of a producer, law, a map between codes, a choice of
# method. Stated in `config.meta.change_cause` of the seed, or of its folder in dbt_project.yml.
SEED_CAUSES = ("data", "law_event", "code_map", "method")
# They choose deliveries, which `meta.deliveries` tells.
_DAYS_OF_KNOWLEDGE = ("known_on", "bundled_known_on")
# An expression or statement of Jinja, whose strings may hold quotes of SQL and closing braces.
_BRACES = "|".join(
    rf"""\{{{a}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?!{b}\}})[^"'])*{b}\}}"""
    for a, b in ((r"\{", r"\}"), ("%", "%"))
)
_TOKENS = re.compile(
    rf"""(?P<gap>(?:\s|\{{\#.*?\#\}}|--(?:(?!\{{[{{%\#])[^\n])*(?=\n|\Z)|/\*(?:(?!\{{[{{%\#]).)*?\*/)+)
    |{_BRACES}
    |'(?:{_BRACES}|''|(?!\{{[{{%\#])[^'])*'
    |"(?:{_BRACES}|(?!\{{[{{%\#])[^"])*"
    |(?P<odd>['"]|--|/\*|\{{[{{%\#]|\$\$|\b[eE]')
    |\w+|.""",
    re.DOTALL | re.VERBOSE,
)
_CALL = re.compile(r"""\b([A-Za-z_]\w*)\s*\(|['"]([A-Za-z_]\w*)['"]""")
_ENTRY = re.compile(r"""['"]config\.meta\.(\w+)['"]""")
_VARIABLE = re.compile(r"""\bvar\(\s*['"](\w+)['"]""")


class Input(NamedTuple):
    """One thing that a published relation is made from.

    relation_name  published relation
    input_kind     delivery, seed or model
    input_name     source id, seed, or model
    source_id      source of a delivery or seed, None for models
    cause          what a change of it is called: data, law_event, code_map or method
    checksum       of the seed's bytes, of the model's code with its macros and variables, or of how
                   the deliveries are read; those of their bytes are in `meta.deliveries`
    """

    relation_name: str
    input_kind: str
    input_name: str
    source_id: str | None
    cause: str
    checksum: str | None


def published_inputs(
    manifest: Mapping[str, Any], project_dir: Path, schemas: tuple[str, ...]
) -> list[Input]:
    """The inputs of every model in the published schemas, near and far, sorted.

    manifest     dbt's manifest.json
    project_dir  the checkout: seeds and dbt_project.yml are read from it
    schemas      the published schemas

    Raises ChokepointError if a seed does not say what a change of it is.
    """
    nodes, macros = nodes_and_sources(manifest), OwnMacros(manifest)
    variables = yaml.safe_load((project_dir / "dbt_project.yml").read_text("utf-8")).get("vars", {})
    described: dict[str, tuple[str, str, str | None, str, str | None]] = {}

    def describe(unique_id: str) -> tuple[str, str, str | None, str, str | None]:
        if unique_id not in described:
            described[unique_id] = _describe(
                nodes[unique_id], manifest, macros, project_dir, variables
            )
        return described[unique_id]

    found = [
        Input(node["alias"], *describe(one))
        for node in published_models(manifest, schemas)
        for one in made_from(manifest, node["unique_id"])
    ]
    return sorted(found, key=lambda one: (one.relation_name, one.input_kind, one.input_name))


class OwnMacros:
    """The project's macros: their texts without comments, and which of them a text calls.

    By what stands in the text, not by what dbt lists: it lists more once it has run a node.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        project = manifest["metadata"]["project_name"]
        self.texts = {
            macro["name"]: bare(macro["macro_sql"])
            for macro in manifest["macros"].values()
            if macro["package_name"] == project
        }
        # Of its name, or of an engine's, or of a test.
        self._of_word: dict[str, list[str]] = {}
        for name in self.texts:
            for word in {name, name.split("__", 1)[-1], name.removeprefix("test_")}:
                self._of_word.setdefault(word, []).append(name)
        self._calls = {name: self._named_in(text) for name, text in self.texts.items()}

    def _named_in(self, text: str) -> set[str]:
        words = {word for pair in _CALL.findall(text) for word in pair if word}
        return {name for word in words for name in self._of_word.get(word, ())}

    def called_in(self, *texts: str) -> set[str]:
        """Names of the macros that texts without comments may call, near and far."""
        return self.with_called(name for text in texts for name in self._named_in(text))

    def with_called(self, names: Iterable[str]) -> set[str]:
        """These macros and all that they may call."""
        return reached(names, lambda name: self._calls[name])


def code_checksum(
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    macros: OwnMacros,
    variables: Mapping[str, Any],
) -> str:
    """SHA-256 over a model's code, the project's macros it calls, and the variables and entries of
    yml files (`config.meta`) that they read.

    Comments, blank lines and spaces do not count: they change no figure.
    """
    is_sql = node.get("language", "sql") == "sql"
    parts = [bare(node["raw_code"]) if is_sql else node["raw_code"]]
    parts += [macros.texts[name] for name in sorted(macros.called_in(parts[0]))]
    read = {name for part in parts for name in _VARIABLE.findall(part)}
    values = {
        name: variables[name]
        for name in sorted(read)
        if name in variables and name not in _DAYS_OF_KNOWLEDGE
    }
    entries = {entry for part in parts for entry in _ENTRY.findall(part)}
    declared = {
        f"{one['name']} {entry}": one["config"]["meta"][entry]
        for one in manifest["nodes"].values()
        for entry in entries
        if entry in one["config"].get("meta", {})
    }
    text = json.dumps([parts, values, declared] if declared else [parts, values], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _describe(
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    macros: OwnMacros,
    project_dir: Path,
    variables: Mapping[str, Any],
) -> tuple[str, str, str | None, str, str | None]:
    meta = (node.get("config") or {}).get("meta") or node.get("meta") or {}
    kind = node["resource_type"]
    if kind == "source":
        source_id = meta.get("source_id", node["name"])
        contract = CONTRACTS.get(source_id)
        return (
            "delivery",
            node["name"],
            source_id,
            "data",
            reading_checksum(contract) if contract else None,
        )
    if kind == "seed":
        cause = meta.get("change_cause")
        if cause not in SEED_CAUSES:
            raise ChokepointError(
                f"Seed {node['name']} says {cause!r} as config.meta.change_cause.",
                f"write one of {', '.join(SEED_CAUSES)} into the yml beside {node['path']}, or "
                "for its folder into dbt_project.yml.",
            )
        content = (project_dir / node["original_file_path"]).read_bytes()
        checksum = hashlib.sha256(content).hexdigest()
        return "seed", node["name"], meta.get("source_id", node["name"]), cause, checksum
    return "model", node["name"], None, "method", code_checksum(node, manifest, macros, variables)


def bare(code: str) -> str:
    """Code without comments, and with one space between words; strings and what stands between
    braces stay as they are. Where a quote or brace has no partner, all of it stays."""
    pieces = []
    for found in _TOKENS.finditer(code):
        if found["odd"]:
            return code
        pieces.append(" " if found["gap"] else found[0])
    return "".join(pieces).strip()
