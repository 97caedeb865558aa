"""What the generators of samples share: parameters, draws from one seeded stream, files.

Only `random()` is asked of the generator: its numbers are the same in every version of Python.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import yaml

from chokepoint.errors import ChokepointError

DAY = dt.timedelta(days=1)
_NORMAL = statistics.NormalDist()
# What a parameter may have to be.
_KINDS: dict[str, Callable[[Any], bool]] = {
    "a whole number": lambda value: type(value) is int,
    "a whole number above zero": lambda value: type(value) is int and value > 0,
    "a number above zero": lambda value: is_number(value) and value > 0,
    "a share between 0 and 1": lambda value: is_number(value) and value <= 1,
    "a weight, zero or above": lambda value: is_number(value),
    "a day, YYYY-MM-DD": lambda value: type(value) is dt.date,
}

Row = dict[str, Any]


def read_parameters(
    path: Path, default: Path, first_wrong: Callable[[Row], str | None]
) -> dict[str, Any]:
    """The parameters as written; ChokepointError naming the file when they cannot be used.

    default      has all that is needed
    first_wrong  names the first parameter of which no sample can be made
    """
    remedy = f"start from a copy of {default}."
    needed = set(yaml.safe_load(default.read_text(encoding="utf-8")))
    try:
        parameters = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ChokepointError(f"{path} cannot be read: {error}", remedy) from None
    missing = needed - set(parameters if isinstance(parameters, dict) else ())
    if missing:
        raise ChokepointError(f"{path} lacks {', '.join(sorted(missing))}", remedy)
    try:
        wrong = first_wrong(parameters)
    except (TypeError, KeyError, AttributeError) as error:
        wrong = f"a list or a mapping is not as it should be ({error})"
    if wrong:
        raise ChokepointError(f"{path}: {wrong}", remedy)
    return parameters


def first_unlike(parameters: Row, kinds: Mapping[str, Iterable[str]]) -> str | None:
    """The first of these names, by what they have to be, that is something else."""
    found = (
        f"{name} is not {kind}"
        for kind, names in kinds.items()
        for name in names
        if not _KINDS[kind](parameters[name])
    )
    return next(found, None)


def wrong_span(value: Any, path: str = "") -> str | None:
    """The first span, median or spread, however deep, of which nothing can be drawn."""
    if isinstance(value, list):
        found = (wrong_span(each, f"{path}[{number}]") for number, each in enumerate(value, 1))
        return next(filter(None, found), None)
    if not isinstance(value, dict):
        return None
    for first, last in (("first", "last"), ("low", "high"), ("median", "spread")):
        if first in value or last in value:
            numbers = [value.get(first), value.get(last)]
            if not all(map(is_number, numbers)):
                return f"{path} needs {first} and {last}, numbers of zero or above"
            if first != "median" and numbers[0] > numbers[1]:
                return f"{path} has its first number above its last"
    found = (
        wrong_span(each, " ".join(filter(None, (path, value.get("group"), str(key)))))
        for key, each in value.items()
    )
    return next(filter(None, found), None)


def is_number(value: Any) -> bool:
    """Whether a value is a number of zero or above."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def pick(rng: Random, entries: list[Row]) -> Row:
    """One entry, by the weights they carry."""
    point = rng.random() * sum(entry["weight"] for entry in entries)
    for entry in entries:
        point -= entry["weight"]
        if point < 0:
            return entry
    return entries[-1]


def pick_name(rng: Random, weights: Mapping[str, float]) -> str:
    """One name, by the weights that stand beside them."""
    return pick(rng, [{"name": name, "weight": weight} for name, weight in weights.items()])["name"]


def one_of(rng: Random, entries: list[Any]) -> Any:
    """One entry, each as likely."""
    return entries[int(rng.random() * len(entries))]


def whole(rng: Random, span: Mapping[str, int]) -> int:
    """A whole number from `first` to `last`, each as likely."""
    return span["first"] + int(rng.random() * (span["last"] - span["first"] + 1))


def between(rng: Random, first: float, last: float) -> float:
    """A number from first to last, each as likely."""
    return first + rng.random() * (last - first)


def some(rng: Random, entries: list[Any], span: Mapping[str, int]) -> list[Any]:
    """So many different entries, or all where there are fewer, each as likely."""
    left, count = list(entries), whole(rng, span)
    return [left.pop(int(rng.random() * len(left))) for _ in range(min(count, len(left)))]


def factor(rng: Random, spread: float) -> float:
    """A log-normal factor with median one."""
    z = _NORMAL.inv_cdf(min(max(rng.random(), 1e-12), 1 - 1e-12))
    return math.exp(spread * z)


def log_normal(rng: Random, parameters: Mapping[str, float]) -> float:
    """A log-normal number with its `median` and `spread`."""
    return parameters["median"] * factor(rng, parameters["spread"])


def write(path: Path, rows: Iterable[Row], columns: Iterable[str]) -> Path:
    """Write a table as CSV, compressed if its name ends so: the same rows give the same bytes.

    Raises ChokepointError when the folder cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, tuple(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    if path.suffix == ".gz":
        # Neither name nor time in the header.
        content = gzip.compress(content, compresslevel=9, mtime=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ChokepointError(
            f"cannot write to {path.parent}: {error.strerror}",
            "name another folder with --output.",
        ) from None
    return path
