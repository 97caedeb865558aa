"""What each published relation is made from, with checksums: seeds, deliveries, code. What differs
between two releases is all that can have changed a figure
(docs/methodology/change_attribution.md)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from chokepoint.errors import ChokepointError
from chokepoint.landing.registry import CONTRACTS, reading_checksum
from chokepoint.warehouse.graph import Project, bare

# What a change of a seed is called: figures of a producer, law, a map between codes, a choice of
# method. Stated in `config.meta.change_cause` of the seed, or of its folder in dbt_project.yml.
SEED_CAUSES = ("data", "law_event", "code_map", "method")
# They choose deliveries, which `meta.deliveries` tells.
_DAYS_OF_KNOWLEDGE = ("known_on", "bundled_known_on")
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


def published_inputs(project: Project, project_dir: Path) -> list[Input]:
    """The inputs of every published model, near and far, sorted, by the seeds and dbt_project.yml
    of the checkout; ChokepointError if a seed does not say what a change of it is."""
    variables = yaml.safe_load((project_dir / "dbt_project.yml").read_text("utf-8")).get("vars", {})

    @cache
    def described(unique_id: str) -> tuple[str, str, str | None, str, str | None]:
        return _describe(project.all[unique_id], project, project_dir, variables)

    return sorted(
        (
            Input(node["alias"], *described(one))
            for node in project.published()
            for one in project.made_from(node["unique_id"])
        ),
        key=lambda one: one[:3],
    )


def _code_checksum(node: Mapping[str, Any], project: Project, variables: Mapping[str, Any]) -> str:
    """SHA-256 over a model's code, the project's macros it calls, and the variables and
    `config.meta` that they read; comments, blank lines and spaces do not count."""
    is_sql = node.get("language", "sql") == "sql"
    parts = [bare(node["raw_code"]) if is_sql else node["raw_code"]]
    parts += [project.macros.texts[name] for name in sorted(project.macros.called_in(parts[0]))]
    read = {name for part in parts for name in _VARIABLE.findall(part)}
    values = {
        name: variables[name]
        for name in sorted(read)
        if name in variables and name not in _DAYS_OF_KNOWLEDGE
    }
    entries = {entry for part in parts for entry in _ENTRY.findall(part)}
    declared = {
        f"{one['name']} {entry}": one["config"]["meta"][entry]
        for one in project.nodes.values()
        for entry in entries
        if entry in one["config"].get("meta", {})
    }
    text = json.dumps([parts, values, declared] if declared else [parts, values], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _describe(
    node: Mapping[str, Any], project: Project, project_dir: Path, variables: Mapping[str, Any]
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
    return "model", node["name"], None, "method", _code_checksum(node, project, variables)
