"""The dbt project as its manifest has it: nodes, what each is made from, claims, macros."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from chokepoint.warehouse.claims import Claim

_Node = TypeVar("_Node")
# Landed tables about the other landed tables.
LANDED_LISTS = ("deliveries", "quarantined_rows")
PUBLISHED = ("marts", "reports", "meta")
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


def reached(start: Iterable[_Node], next_to: Callable[[_Node], Iterable[_Node]]) -> set[_Node]:
    """The nodes at the start and all that any number of steps lead to."""
    found: set[_Node] = set()
    waiting = list(start)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += next_to(node)
    return found


class Project:
    """dbt's manifest: its nodes and sources by id (`all` is both), and the one walk over its
    graph."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self.nodes: Mapping[str, dict[str, Any]] = manifest["nodes"]
        self.sources: Mapping[str, dict[str, Any]] = manifest["sources"]

    @cached_property
    def all(self) -> dict[str, dict[str, Any]]:
        return {**self.nodes, **self.sources}

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        """Models, seeds, tests."""
        return [node for node in self.nodes.values() if node["resource_type"] in kinds]

    def published(self) -> list[dict[str, Any]]:
        """The models of the published schemas."""
        return [node for node in self.of_kind("model") if node["schema"] in PUBLISHED]

    def above(self, name: str) -> list[str]:
        """Ids of what a node reads itself."""
        return [one for one in parents(self.all[name]) if one in self.all]

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for name, node in self.nodes.items():
            for parent in parents(node):
                children.setdefault(parent, []).append(name)
        return children

    def made_from(self, name: str) -> set[str]:
        """A node and everything it is made from, through any number of models."""
        return reached([name], self.above)

    def made_into(self, start: Iterable[str]) -> set[str]:
        """Nodes and everything that is made from any of them."""
        return reached(start, lambda name: self._below.get(name, ()))

    def raw_tables(self, name: str) -> list[str]:
        """Names of the seeds and landed sources that a node reads through any number of models."""
        read = [self.all[one] for one in self.made_from(name)]
        found = {one["name"] for one in read if one["resource_type"] in ("seed", "source")}
        return sorted(found.difference(LANDED_LISTS))

    @cached_property
    def claims(self) -> list[tuple[dict[str, Any], dict[str, Any], Claim]]:
        """Relation, test and claim, of all models and seeds."""
        from chokepoint.warehouse.claims import claims_of

        return [
            (self.nodes[node["attached_node"]], node, claim)
            for node in self.of_kind("test")
            for claim in claims_of(node)
        ]

    def looked_at(self, test: Mapping[str, Any]) -> Mapping[str, Any]:
        """The model, seed or source that a test is about; empty if there is none."""
        named = (test.get("attached_node"), *parents(test))
        return next((self.all[one] for one in named if one in self.all), {})

    @cached_property
    def macros(self) -> OwnMacros:
        return OwnMacros(self.manifest)


def parents(node: Mapping[str, Any]) -> list[str]:
    """Ids of the nodes that a node reads itself."""
    return (node.get("depends_on") or {}).get("nodes", [])


class OwnMacros:
    """The project's macros: their texts without comments, and which of them a text calls (dbt lists
    more once it has run a node)."""

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


def bare(code: str) -> str:
    """Code without comments, and with one space between words; strings and what stands between
    braces stay as they are. Where a quote or brace has no partner, all of it stays."""
    pieces = []
    for found in _TOKENS.finditer(code):
        if found["odd"]:
            return code
        pieces.append(" " if found["gap"] else found[0])
    return "".join(pieces).strip()
