"""What the generators of samples share: draws from one seeded stream, and bytes of tables.

Only `random()` is asked of the generator: its numbers are the same in every version of Python.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import statistics
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

_NORMAL = statistics.NormalDist()


def pick(rng: Random, entries: list[dict[str, Any]]) -> dict[str, Any]:
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


def whole(rng: Random, first: int, last: int) -> int:
    """A whole number from first to last, each as likely."""
    return first + int(rng.random() * (last - first + 1))


def between(rng: Random, first: float, last: float) -> float:
    """A number from first to last, each as likely."""
    return first + rng.random() * (last - first)


def some(rng: Random, entries: list[Any], count: int) -> list[Any]:
    """So many different entries, or all where there are fewer, each as likely."""
    left = list(entries)
    return [left.pop(int(rng.random() * len(left))) for _ in range(min(count, len(left)))]


def factor(rng: Random, spread: float) -> float:
    """A log-normal factor with median one."""
    z = _NORMAL.inv_cdf(min(max(rng.random(), 1e-12), 1 - 1e-12))
    return math.exp(spread * z)


def log_normal(rng: Random, parameters: Mapping[str, float]) -> float:
    """A log-normal number with its `median` and `spread`."""
    return parameters["median"] * factor(rng, parameters["spread"])


def csv_bytes(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> bytes:
    """A table as CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, tuple(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def compressed(content: bytes) -> bytes:
    """The same bytes for the same content: no name and no time in the gzip header."""
    return gzip.compress(content, compresslevel=9, mtime=0)
