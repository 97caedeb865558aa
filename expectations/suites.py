"""Reads the suites: what is expected of the delivered tables and of the published file.

A suite is one YAML file per relation:

    relation: landing.ecb_exchange_rates     # schema.name; the file is <name>.yml
    why: one line, what hangs on this table
    key: [period]                            # shown with each failing row
    may_be_absent: true                      # optional: skipped while nothing was delivered
    also_for: [other_source]                 # optional: relations of the schema with the same suite
    frames:                                  # optional: SQL whose result is checked instead
      by_year:
        why: one row per year
        query: select ... from landing.ecb_exchange_rates group by ...
    expectations:
      - claim: rate_is_plausible             # unique; the check is <relation>__<claim>
        expect_column_values_to_be_between: {column: usd_per_eur, min_value: 0.5, max_value: 2}
        frame: by_year                       # optional: the relation itself by default
        reason: what would go wrong in the world
        severity: warn                       # optional: error (default) | warn
        applies_to: full                     # optional: full | any (default)

Queries see `landing.<source_id>` (the latest vintage of every period) and `landing.deliveries`
(manifest rows with `is_current`), or the schemas of the published file and `temp.copied`
(expectations/copied.py). `applies_to: full` marks what only the whole bundled data can meet, such
as floors on rows; under CHOKEPOINT_EXPECTATION_SCOPE=fixture these are reported as skipped, never
as passed.

Landing refuses bad rows one by one. The suites look at the delivered table as a whole:
completeness, coverage, volume, distribution. Each of a landed table also has NOTHING_QUARANTINED,
on its deliveries.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from chokepoint.errors import ChokepointError

SUITES_DIR = Path(__file__).resolve().parent
LAYERS = ("landing", "published")

Text = Annotated[str, Field(pattern=r"\S")]
Bound = int | float


class _Strict(BaseModel):
    """Takes what the file says as it is: YAML reads NO and ON as false and true."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Column(_Strict):
    column: Text


class _Columns(_Strict):
    column_list: Annotated[list[Text], Field(min_length=2)]


class _Pair(_Strict):
    column_a: Text = Field(alias="column_A")
    column_b: Text = Field(alias="column_B")


class _Set(_Column):
    value_set: Annotated[list[str | int | float], Field(min_length=1)]


class _ColumnRange(_Column):
    min_value: Bound | None = None
    max_value: Bound | None = None

    @model_validator(mode="after")
    def _can_fail(self) -> _ColumnRange:
        if self.min_value is None and self.max_value is None:
            raise ValueError("no bound: without min_value or max_value it cannot fail")
        return self


# The expectations that suites may use, with their arguments. Keeping the list here lets suites be
# validated, and check names be known, without importing Great Expectations.
KINDS: dict[str, type[_Strict]] = {
    "expect_compound_columns_to_be_unique": _Columns,
    "expect_column_values_to_be_unique": _Column,
    "expect_column_values_to_not_be_null": _Column,
    "expect_column_values_to_be_between": _ColumnRange,
    "expect_column_values_to_be_in_set": _Set,
    "expect_column_distinct_values_to_contain_set": _Set,
    "expect_column_distinct_values_to_equal_set": _Set,
    "expect_column_unique_value_count_to_be_between": _ColumnRange,
    "expect_column_proportion_of_non_null_values_to_be_between": _ColumnRange,
    "expect_column_pair_values_a_to_be_greater_than_b": _Pair,
}


@dataclass(frozen=True)
class Frame:
    """A query whose result is checked in place of the relation, and why."""

    name: str
    why: str
    query: str


@dataclass(frozen=True)
class Expectation:
    """One line of a suite. `frame` None means the relation itself."""

    claim: str
    expect: str
    kwargs: dict[str, Any]
    reason: str
    severity: str
    frame: str | None
    applies_to: str

    def columns(self) -> list[str]:
        """The columns that it names."""
        named = [value for name, value in self.kwargs.items() if name.startswith("column")]
        return [name for one in named for name in (one if isinstance(one, list) else [one])]


@dataclass(frozen=True)
class Suite:
    """The expectations of one relation, as read from `path`."""

    layer: str
    relation: str
    why: str
    key: tuple[str, ...]
    frames: dict[str, Frame]
    expectations: tuple[Expectation, ...]
    path: Path
    may_be_absent: bool = False

    @property
    def name(self) -> str:
        """The relation without its schema; for landing the source id."""
        return self.relation.rpartition(".")[2]

    def check_name(self, expectation: Expectation) -> str:
        """The name the result carries everywhere: `<relation>__<claim>`."""
        return f"{self.name}__{expectation.claim}"

    def columns(self) -> list[str]:
        """The columns of the relation itself that its expectations and samples need."""
        needed: dict[str, None] = dict.fromkeys(self.key)
        for item in self.expectations:
            if item.frame is None:
                needed.update(dict.fromkeys(item.columns()))
        return list(needed)


NOTHING_QUARANTINED = Expectation(
    claim="nothing_quarantined",
    expect="expect_column_values_to_be_between",
    kwargs={"column": "quarantined_count", "max_value": 0},
    reason="Rows set aside by landing are in no figure; someone must look at them.",
    severity="warn",
    frame="deliveries",
    applies_to="any",
)
_DELIVERIES = """
select distinct vintage, quarantined_count
from landing.deliveries
where source_id = '{}' and is_current
"""


def load_suites(kind: str, directory: Path | None = None) -> list[Suite]:
    """Read and validate every suite of `kind` ('landing' or 'published'), by file name.

    Raises ChokepointError naming the file and the entry when a suite is not well formed.
    """
    if kind not in LAYERS:
        raise ChokepointError(f"There are no suites called {kind!r}.", f"Use one of {LAYERS}.")
    folder = SUITES_DIR / kind if directory is None else directory
    suites = [suite for path in sorted(folder.glob("*.yml")) for suite in _load_suites(kind, path)]
    return [_with_deliveries(one) for one in suites] if folder == SUITES_DIR / "landing" else suites


def _with_deliveries(suite: Suite) -> Suite:
    frame = Frame("deliveries", "what landing set aside", _DELIVERIES.format(suite.name))
    return replace(
        suite, frames={**suite.frames, frame.name: frame},
        expectations=(*suite.expectations, NOTHING_QUARANTINED),
    )  # fmt: skip


class _Frame(_Strict):
    why: Text
    query: Text


class _Claim(_Strict):
    claim: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    reason: Text
    severity: Literal["error", "warn"] = "error"
    frame: str | None = None
    applies_to: Literal["any", "full"] = "any"


_Entry = create_model(
    "_Entry",
    __base__=_Claim,
    **{expect: (arguments | None, None) for expect, arguments in KINDS.items()},
)


class _File(_Strict):
    relation: Annotated[str, Field(pattern=r"^[^.]+\.[^.]+$")]
    why: Text
    key: list[Text] = []
    may_be_absent: bool = False
    also_for: list[Text] = []
    frames: dict[str, _Frame] = {}
    expectations: Annotated[list[Any], Field(min_length=1)]


_Model = TypeVar("_Model", bound=_Strict)


def _read(model: type[_Model], raw: Any, place: str) -> _Model:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            where = ".".join(map(str, fault["loc"]))
            value = "" if fault["type"] == "missing" else f" (it is {fault['input']!r})"
            lines.append(f"{where}: {fault['msg']}{value}".removeprefix(": "))
        raise ChokepointError(
            f"{place}: {'; '.join(lines)}",
            "Mend the file; expectations/suites.py says what an entry may have.",
        ) from None


def _load_suites(kind: str, path: Path) -> list[Suite]:
    """The suite of a file, once for each relation that it is for."""
    import yaml

    place = f"expectations/{kind}/{path.name}"
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: 10 times faster
        raw = yaml.load(path.read_text(encoding="utf-8"), loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ChokepointError(f"{place} is not YAML: {error}", "Mend the file.") from error
    told = _read(_File, raw, place)
    name = told.relation.rpartition(".")[2]
    if name != path.stem:
        raise ChokepointError(
            f"{place}: relation {told.relation!r} does not belong in this file",
            f"Name the file {name}.yml.",
        )
    frames = {key: Frame(key, one.why, one.query) for key, one in told.frames.items()}
    items = [
        _load_expectation(f"{place}, expectation {number}", entry, frames)
        for number, entry in enumerate(told.expectations, start=1)
    ]
    for what in ("claim", "reason"):
        values = [getattr(item, what) for item in items]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ChokepointError(
                f"{place}: the {what} {twice[0]!r} is there twice",
                f"Give every entry its own {what}.",
            )
    unused = sorted(set(frames) - {item.frame for item in items})
    if unused:
        raise ChokepointError(f"{place}: no expectation uses the frame {unused[0]}", "Remove it.")
    suite = Suite(
        kind, told.relation, told.why, tuple(told.key), frames, tuple(items), path,
        told.may_be_absent,
    )  # fmt: skip
    return [suite, *(_suite_for(other, suite) for other in told.also_for)]


def _suite_for(name: str, suite: Suite) -> Suite:
    """The same suite for another relation of the schema."""
    frames = {
        key: replace(frame, query=re.sub(rf"\b{suite.name}\b", name, frame.query))
        for key, frame in suite.frames.items()
    }
    relation = f"{suite.relation.rpartition('.')[0]}.{name}"
    return replace(suite, relation=relation, frames=frames)


def _load_expectation(place: str, raw: Any, frames: dict[str, Frame]) -> Expectation:
    entry = _read(_Entry, raw, place)
    place = f"{place} ({entry.claim})"
    expects = [name for name in raw if name in KINDS]
    if len(expects) != 1:
        raise ChokepointError(f"{place} has {len(expects)} expectations", "Give it one.")
    if entry.frame is not None and entry.frame not in frames:
        raise ChokepointError(f"{place}: unknown frame {entry.frame!r}", "Define it under frames.")
    said = entry.model_dump(include=set(_Claim.model_fields))
    said["reason"] = " ".join(entry.reason.split())
    return Expectation(expect=expects[0], kwargs=raw[expects[0]], **said)


def expected_text(item: Expectation) -> str:
    """The claim in the library's words with its arguments:
    "column values to be between: rate, at least 0.5, at most 2"."""
    labels = {"min_value": "at least ", "max_value": "at most ", "column_B": "beside "}
    parts = []
    for name, value in item.kwargs.items():
        if isinstance(value, list):
            parts.append("[" + ", ".join(map(str, value)) + "]")
        else:
            parts.append(labels.get(name, "") + text(value))
    return f"{item.expect.removeprefix('expect_').replace('_', ' ')}: {', '.join(parts)}"


def plain(value: Any) -> Any:
    """A value that JSON can hold: numpy scalars unwrapped, dates as text, NaN as null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def text(value: Any) -> str:
    """A value as a reader sees it."""
    if isinstance(value, list | tuple | set):
        return ", ".join(map(text, value))
    value = plain(value)
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"  # below that it may be a year
    return "no value" if value is None else str(value)
