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

In a suite of the published file an expectation is `holds:`, a condition in SQL that must be true or
unknown in each row of its frame: DuckDB asks it.

Queries see `landing.<source_id>` (the latest vintage of every period) and `landing.deliveries`
(those that count), or the schemas of the published file and `temp.copied`
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
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chokepoint.errors import ChokepointError

SUITES_DIR = Path(__file__).resolve().parent
LAYERS = ("landing", "published")

Text = Annotated[str, Field(pattern=r"\S")]
Bound = int | float


class _Strict(BaseModel):
    """Takes what the file says as it is: YAML reads NO and ON as false and true."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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


class Frame(_Strict):
    """A query whose result is checked in place of the relation, and why."""

    why: Text
    query: Text


class Expectation(_Strict):
    """One line of a suite; `frame` None means the relation itself, `holds` a condition in SQL, true
    in each row, which DuckDB asks of the published file. The others stand here with their
    arguments, so suites are validated without importing Great Expectations."""

    claim: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    reason: Text
    severity: Literal["error", "warn"] = "error"
    frame: str | None = None
    applies_to: Literal["any", "full"] = "any"
    holds: Text | None = None
    expect_compound_columns_to_be_unique: _Columns | None = None
    expect_column_values_to_be_unique: _Column | None = None
    expect_column_values_to_be_between: _ColumnRange | None = None
    expect_column_distinct_values_to_contain_set: _Set | None = None
    expect_column_distinct_values_to_equal_set: _Set | None = None
    expect_column_unique_value_count_to_be_between: _ColumnRange | None = None
    expect_column_proportion_of_non_null_values_to_be_between: _ColumnRange | None = None
    expect_column_pair_values_a_to_be_greater_than_b: _Pair | None = None

    @cached_property
    def stated(self) -> dict[str, dict[str, Any]]:
        """The expectation and its arguments: one entry."""
        kinds = {name for name in type(self).model_fields if name.startswith(("expect_", "holds"))}
        return self.model_dump(include=kinds, exclude_unset=True, by_alias=True)

    @model_validator(mode="after")
    def _has_one(self) -> Expectation:
        if len(self.stated) != 1:
            raise ValueError(f"{self.claim} has {len(self.stated)} expectations: give it one")
        return self

    @property
    def expect(self) -> str:
        return next(iter(self.stated))

    @property
    def kwargs(self) -> dict[str, Any]:
        return self.stated[self.expect]

    def columns(self) -> list[str]:
        """The columns that it names."""
        stated = {} if self.holds else self.kwargs
        named = [value for name, value in stated.items() if name.startswith("column")]
        return [name for one in named for name in (one if isinstance(one, list) else [one])]


class Suite(_Strict):
    """The expectations of one relation."""

    relation: Annotated[str, Field(pattern=r"^[^.]+\.[^.]+$")]
    why: Text
    key: list[Text] = []
    may_be_absent: bool = False
    also_for: list[Text] = []
    frames: dict[str, Frame] = {}
    expectations: Annotated[list[Expectation], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_together(self) -> Suite:
        for what, values in (
            ("claim", [item.claim for item in self.expectations]),
            ("reason", [item.reason for item in self.expectations]),
        ):
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"the {what} {twice[0]!r} is there twice")
        if any(bool(item.holds) is (self.layer == "landing") for item in self.expectations):
            raise ValueError("`holds` is for the published file, and all that is asked of it")
        if unframed := [item.claim for item in self.expectations if item.holds and not item.frame]:
            raise ValueError(f"{unframed[0]} has no frame: name the rows in which it holds")
        used = {item.frame for item in self.expectations if item.frame}
        if unknown := sorted(used - set(self.frames)):
            raise ValueError(f"unknown frame {unknown[0]!r}: define it under frames")
        if unused := sorted(set(self.frames) - used):
            raise ValueError(f"no expectation uses the frame {unused[0]}: remove it")
        return self

    @property
    def layer(self) -> str:
        return "landing" if self.relation.startswith("landing.") else "published"

    @property
    def name(self) -> str:
        """The relation without its schema; for landing the source id."""
        return self.relation.rpartition(".")[2]

    def check_name(self, expectation: Expectation) -> str:
        """The name the result carries everywhere: `<relation>__<claim>`."""
        return f"{self.name}__{expectation.claim}"

    def columns(self) -> list[str]:
        """The columns of the relation itself that its expectations and samples need."""
        named = [name for item in self.expectations if not item.frame for name in item.columns()]
        return list(dict.fromkeys([*self.key, *named]))

    def of(self, name: str) -> Suite:
        """The same suite for another relation of the schema."""
        frames = {
            key: Frame(why=frame.why, query=re.sub(rf"\b{self.name}\b", name, frame.query))
            for key, frame in self.frames.items()
        }
        relation = f"{self.relation.rpartition('.')[0]}.{name}"
        return self.model_copy(update={"relation": relation, "frames": frames})


NOTHING_QUARANTINED = Expectation(
    claim="nothing_quarantined",
    expect_column_values_to_be_between=_ColumnRange(column="quarantined_count", max_value=0),
    reason="Rows set aside by landing are in no figure; someone must look at them.",
    severity="warn",
    frame="deliveries",
)
_DELIVERIES = """
select distinct vintage, quarantined_count
from landing.deliveries
where source_id = '{}'
"""


def load_suites(kind: str, directory: Path | None = None) -> list[Suite]:
    """Read and validate every suite of `kind` ('landing' or 'published'), by file name;
    ChokepointError names file and entry of a malformed one."""
    found = []
    for path in sorted((directory or SUITES_DIR / kind).glob("*.yml")):
        suite = _read(path, f"expectations/{kind}/{path.name}")
        found += [suite, *map(suite.of, suite.also_for)]
    if directory or kind != "landing":
        return found
    return [
        suite.model_copy(
            update={
                "frames": {
                    **suite.frames,
                    "deliveries": Frame(
                        why="what landing set aside", query=_DELIVERIES.format(suite.name)
                    ),
                },
                "expectations": [*suite.expectations, NOTHING_QUARANTINED],
            }
        )
        for suite in found
    ]


def _read(path: Path, place: str) -> Suite:
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: 10 times faster
        suite = Suite.model_validate(yaml.load(path.read_text(encoding="utf-8"), loader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ChokepointError(f"{place} is not YAML: {error}", "Mend the file.") from error
    except ValidationError as error:
        lines = []
        for fault in error.errors():
            # Entries are counted from 1.
            where = ".".join(str(1 + at if isinstance(at, int) else at) for at in fault["loc"])
            is_ours = fault["type"] in ("missing", "value_error")
            value = "" if is_ours else f" (it is {fault['input']!r})"
            lines.append(f"{where}: {fault['msg']}{value}".removeprefix(": "))
        raise ChokepointError(
            f"{place}: {'; '.join(lines)}",
            "Mend the file; expectations/suites.py says what an entry may have.",
        ) from None
    if suite.name != path.stem:
        raise ChokepointError(
            f"{place}: relation {suite.relation!r} does not belong in this file",
            f"Name the file {suite.name}.yml.",
        )
    return suite


def expected_text(item: Expectation) -> str:
    """The claim in the library's words with its arguments:
    "column values to be between: rate, at least 0.5, at most 2"."""
    labels = {"min_value": "at least ", "max_value": "at most ", "column_B": "beside "}
    if item.holds:
        return f"in each row: {item.holds}"
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
