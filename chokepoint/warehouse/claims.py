"""Claims of relations, in `data_tests` of the yml: for dbt one test of the relation
(macros/claims.sql), here `Claim`, its words and the damage that it must notice. Reasons:
docs/decisions/0023-tests-of-a-relation-in-one-node.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from chokepoint.errors import MOST_SHOWN, ChokepointError

if TYPE_CHECKING:
    import duckdb

TEST = "claims"
_KINDS = ("stated", "between", "one_of", "matches", "holds", "key", "no_overlap", "rows")
# Kinds whose damage follows from what they say.
_PLAIN = ("stated", "between", "one_of", "matches", "key")
_OF_COLUMN = ("between", "one_of", "matches")
_JINJA = re.compile(r"\{\{.*?\}\}")


class Claim(BaseModel):
    """One claim, as the yml has it; macros/claims.sql says what the kinds mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    reason: str = ""
    broken_by: dict[str, Any] | Literal["doubled"] | None = None
    applies_to: Literal["full"] | None = None
    column: str | None = None
    stated: str | None = None
    between: tuple[Any, Any] | None = None
    one_of: list[Any] | None = None
    matches: str | None = None
    holds: str | None = None
    key: list[str] | None = None
    may_be_null: list[str] = []
    where: str | None = None
    no_overlap: list[str] | None = None
    span: tuple[str, str] | None = None
    rows: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Claim:
        kinds = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"has {len(kinds)} of {', '.join(_KINDS)}; it needs one")
        if (kinds[0] in _OF_COLUMN) != (self.column is not None):
            raise ValueError(f"`column` goes with {', '.join(_OF_COLUMN)}, and they with it")
        if (kinds[0] == "no_overlap") != (self.span is not None):
            raise ValueError("`no_overlap` needs `span: [from, to]`, and `span` needs it")
        if kinds[0] not in _PLAIN and not self.reason:
            raise ValueError(
                "needs a `reason`: what goes wrong for a reader where it does not hold"
            )
        if kinds[0] not in _PLAIN and not self.broken_by:
            raise ValueError(
                "needs `broken_by`: columns to set, and to what, so that it must notice"
            )
        return self

    @property
    def kind(self) -> str:
        """Which of the kinds it is."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def columns(self) -> list[str]:
        """Columns that it names as such; none where it is an expression or a query."""
        one = self.column or self.stated
        return [one] if one else list(self.key or self.no_overlap or ())

    @property
    def expected(self) -> str:
        """What it asks for, in words."""
        said = getattr(self, self.kind)
        if self.kind == "stated":
            return f"{said} is stated"
        if self.column:
            return f"{self.column}: {self.values}"
        if self.kind in ("key", "no_overlap"):
            words = "one row per" if self.kind == "key" else "one row at a time per"
            limited = f", where {self.where}" if self.where else ""
            return f"{words} {', '.join(said)}{limited}"
        return f"no row from: {said}" if self.kind == "rows" else str(said)

    @property
    def values(self) -> str:
        """What it holds the values of its `column` to, in words."""
        if self.between is not None:
            low, high = self.between
            if low is None or high is None:
                return f"at most {high}" if low is None else f"at least {low}"
            return f"{low} to {high}"
        if self.one_of is not None:
            return "one of " + ", ".join(map(str, self.one_of))
        return f"matches {self.matches}"

    @property
    def expressions(self) -> list[str]:
        """SQL that somebody wrote, with names in place of Jinja."""
        said = [self.holds, self.where, *(self.span or ())]
        if isinstance(self.broken_by, dict):
            said += [str(value) for value in self.broken_by.values()]
        return [_JINJA.sub("x", text) for text in said if text]

    def damage(self) -> str:
        """Statement that breaks it on a table `this`, in every row or by one row more."""
        if self.broken_by == "doubled" or (self.kind == "key" and self.broken_by is None):
            return "insert into this from this"
        value = "null"
        if self.matches is not None:
            value = "'?'"
        elif self.between is not None:
            low, high = self.between
            value = f"{high} + 1" if high is not None else f"{low} - 1"
        elif self.one_of is not None:
            is_text = all(isinstance(one, str) for one in self.one_of)
            value = "'?'" if is_text else f"{max(self.one_of)} + 1"
        changes = self.broken_by or {str(self.column or self.stated): value}
        return "update this set " + ", ".join(f'"{name}" = {to}' for name, to in changes.items())


def claims_of(node: Mapping[str, Any]) -> list[Claim]:
    """The claims of a dbt test, as the manifest has it; none where it is another test."""
    meta = node.get("test_metadata") or {}
    if meta.get("name") != TEST:
        return []
    stated = meta["kwargs"].get("claims") or node["config"]["meta"]["claims"]
    return [Claim.model_validate(one) for one in stated]


def check_name(node: Mapping[str, Any], claim: Claim) -> str:
    """`<relation>__<claim>`, unique in the project."""
    return f"{node['attached_node'].rpartition('.')[2]}__{claim.name}"


def checks_of(node: Mapping[str, Any]) -> list[tuple[str, Claim | None]]:
    """Names of what a dbt test checks, each with its claim; of a test of another kind, its own."""
    return [(check_name(node, claim), claim) for claim in claims_of(node)] or [(node["name"], None)]


def refuse_faults(project_dir: Path, asked: Path | None = None) -> None:
    """ChokepointError that lists, by file and line, claims which cannot be asked, from the yml
    alone, before dbt reads it. The file `asked` says of which yml no fault was found: to look at
    all takes a second."""
    import duckdb
    import yaml

    texts = {
        path: path.read_text(encoding="utf-8")
        for folder in ("models", "seeds")
        for path in sorted((project_dir / folder).rglob("*.yml"))
    }
    state = repr((Path(__file__).read_text(encoding="utf-8"), sorted(texts.items())))
    digest = hashlib.sha256(state.encode()).hexdigest()
    if asked is not None and asked.is_file() and asked.read_text(encoding="utf-8") == digest:
        return
    faults = []
    with duckdb.connect() as con:
        for path, text in texts.items():
            if "claims:" not in text:
                continue
            try:
                document = yaml.load(text, yaml.CSafeLoader)
            except yaml.YAMLError:
                # dbt names the place.
                continue
            for line, what in _faults(con, document, text):
                faults.append(f"{path.relative_to(project_dir)}, line {line}: {what}")
    if faults:
        more = len(faults) - MOST_SHOWN
        raise ChokepointError(
            "\n".join(["Claims that cannot be asked:", *faults[:MOST_SHOWN]])
            + (f"\nand {more:,} more" if more > 0 else ""),
            "correct the yml; macros/claims.sql lists the kinds of claims.",
        )
    if asked is not None:
        asked.write_text(digest, encoding="utf-8")


def _faults(
    con: duckdb.DuckDBPyConnection, document: Mapping[str, Any], text: str
) -> Iterator[tuple[int, str]]:
    for relation in [*(document.get("models") or ()), *(document.get("seeds") or ())]:
        seen: set[str] = set()
        for test in relation.get("data_tests") or ():
            if not isinstance(test, dict) or TEST not in test:
                continue
            said = test[TEST] or {}
            place = said.get("arguments") or (said.get("config") or {}).get("meta") or {}
            claims = place.get("claims")
            if not isinstance(claims, list) or not all(isinstance(one, dict) for one in claims):
                yield _line(text, relation["name"], ""), "`claims` needs a list in config.meta"
                continue
            for stated in claims:
                name = str(stated.get("name"))
                for what in _faults_of(con, stated, relation):
                    yield _line(text, relation["name"], name), f"claim `{name}` {what}"
                if name in seen:
                    yield _line(text, relation["name"], name, last=True), f"two claims `{name}`"
                seen.add(name)


def _faults_of(
    con: duckdb.DuckDBPyConnection, stated: Mapping[str, Any], relation: Mapping[str, Any]
) -> Iterator[str]:
    try:
        claim = Claim.model_validate(stated)
    except ValidationError as error:
        for one in error.errors():
            place = ".".join(map(str, one["loc"]))
            yield f"{place + ': ' if place else ''}{one['msg'].removeprefix('Value error, ')}"
        return
    for expression in claim.expressions:
        if why := _unreadable(con, f"select ({expression})"):
            yield f"has an expression that does not parse: {why} in {expression}"
            return
    if claim.rows and (why := _unreadable(con, _JINJA.sub("x", claim.rows))):
        yield f"has a query that does not parse: {why}"
    types = {c["name"]: c.get("data_type") for c in relation.get("columns") or ()}
    is_listed = bool(types) and all(types.values())
    broken = claim.broken_by if is_listed and isinstance(claim.broken_by, dict) else {}
    if unknown := [column for column in broken if column not in types]:
        yield f"is broken by columns that the relation lacks: {', '.join(unknown)}"


def _unreadable(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    import duckdb

    try:
        con.extract_statements(sql)
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    return ""


def _line(text: str, relation: str, name: str, *, last: bool = False) -> int:
    """Line of a claim in its yml."""
    lines = text.split("\n")
    start = lines.index(f"  - name: {relation}") if f"  - name: {relation}" in lines else 0
    entry = re.compile(rf"\s+- \{{?name: [\"']?{re.escape(name)}[\"']?\s*(,|$|\}})")
    found = []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if line.startswith("  - name: "):
            break
        if entry.match(line):
            found.append(number)
    return (found or [start + 1])[-1 if last else 0]
