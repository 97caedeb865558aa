"""How a reader finds a relation: topic, questions that read it, an example; `meta.find`. By hand
are but a topic that the folder does not say and the example of a macro (`config.meta` in the
yml)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from chokepoint.releases.meta.meanings import EMPTY, NO_VALUE
from chokepoint.releases.relations import literal
from chokepoint.warehouse.graph import Project, reached

HERE = Path(__file__).parent
# Rows that an example gives at most.
_MOST_ROWS = 10
_NAMED = re.compile(r'\b(marts|reports|meta)"?\s*\.\s*"?([a-z][a-z0-9_]*)')
_GRAIN = re.compile(r"One row.*?(?:(?<!e\.g)(?<!i\.e)\.(?=\s|$)|$)", re.DOTALL)
_POINTER = re.compile(r"\s*\((docs|see|seeds)\b[^)]*\)")
# A question that reads more than this, through macros, is about none of it.
_MOST_READ = 25


class Aid(NamedTuple):
    """What helps to find a relation or table macro, else empty: topic, questions that read it, each
    after its number, and a statement that shows some of its rows."""

    topic: str | None = None
    question: str | None = None
    example: str | None = None


NO_AID = Aid()


def stated_aids(project: Project, project_dir: Path) -> dict[str, Any]:
    """What the project states for finding: topics (`config.meta.topic` of a model or folder, else
    the folder's name), examples, texts of queries."""
    topics, examples = {}, {}
    for node in project.of_kind("model"):
        label = f"{node['schema']}.{node['alias']}"
        folders = node["fqn"][2:-1]
        if topic := node["config"]["meta"].get("topic") or (folders[0] if folders else None):
            topics[label] = topic
        if example := node["config"]["meta"].get("example"):
            examples[label] = example
    queries = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((project_dir / "queries").glob("*.sql"))
    }
    return {"topics": topics, "examples": examples, "queries": queries}


def questions_of(stated: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rows of meta.questions: name, title, SQL of each query of `stated_aids`."""
    return [(name, _title_of(sql), sql) for name, sql in sorted(stated.get("queries", {}).items())]


def aids_of(stated: Mapping[str, Any], macros: Mapping[str, str]) -> dict[str, Aid]:
    """`schema.name` -> its aid, from `stated_aids` (empty without a project); `macros`: label ->
    SQL, for who reads a macro reads what it reads."""
    asked: dict[str, list[str]] = {}
    for name, sql in stated.get("queries", {}).items():
        title = _title_of(sql)
        text = f"{name.partition('_')[0]}: {title.partition(': ')[2] or title}"
        named = _named_in(sql)
        # Those that the macros among them name, near or far, too.
        read = reached(named, lambda label: _named_in(macros.get(label, "")))
        for label in read if len(read) <= _MOST_READ else named:
            asked.setdefault(label, []).append(text)
    topics, examples = stated.get("topics", {}), stated.get("examples", {})
    return {
        label: Aid(topics.get(label), " ".join(asked.get(label, [])) or None, examples.get(label))
        for label in {*topics, *examples, *asked}
    }


def _title_of(sql: str) -> str:
    return sql.partition("\n")[0].removeprefix("--").strip()


def _named_in(sql: str) -> set[str]:
    return {".".join(pair) for pair in _NAMED.findall(re.sub(r"--[^\n]*", "", sql))}


def grain_of(description: str | None) -> str | None:
    """The sentence of a description that says what one row is."""
    found = _GRAIN.match(description or "")
    return " ".join(_POINTER.sub("", found[0]).split()) if found else None


def example_of(label: str, key: Sequence[str], examples: Mapping[str, str | None]) -> str:
    """A statement that shows some rows: those that share the first column of a key of several.
    There are some wherever there are any; `examples`: column -> a value."""
    value = examples.get(key[0]) if len(key) > 1 else None
    if not value or value.endswith("...") or value in (EMPTY, NO_VALUE):
        return f"select * from {label} limit {_MOST_ROWS}"
    return f"select * from {label} where {key[0]} = {literal(value)} limit {_MOST_ROWS}"


def find_macro() -> str:
    """The statement that makes `meta.find`, with the words of search_words.csv; one that means
    nothing there is passed over."""
    with (HERE / "search_words.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["said"], row["means"]) for row in csv.DictReader(file)]
    return (
        (HERE / "find.sql")
        .read_text(encoding="utf-8")
        .format(
            also=_values(row for row in rows if row[1]),
            idle=_values(row[:1] for row in rows if not row[1]),
        )
    )


def _values(rows: Iterable[Sequence[str]]) -> str:
    return ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
