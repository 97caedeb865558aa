"""What a release knows of its relations, carried over where they are the same. Counting, hashing
and measuring costs as much as copying. Of the same identity in the ledger
(`chokepoint.warehouse.due.ledger`), count, hash, ranges, examples and Parquet file are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chokepoint.landing.files.delivery import digest
from chokepoint.releases.files import read_checksums
from chokepoint.warehouse.runstate import RunState

if TYPE_CHECKING:
    from chokepoint.releases.relations import Relation
    from chokepoint.settings import Settings

# What it is kept under, beside the warehouse.
NAME = "carried"
# A file made from the one before keeps blocks that nothing uses; beyond this it is written anew.
_MOST = 1.25


class Known(NamedTuple):
    """What was found of a relation, the last time that it was read."""

    identity: str
    row_count: int
    hash: str
    measured: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Carried:
    """What one release knew: `code` of this package then (another may count, hash or write
    otherwise), its folder, `schema.relation` -> Known, and bytes of the last DuckDB file written
    whole, not from the one before."""

    code: str
    directory: str
    relations: dict[str, Known]
    whole_bytes: int = 0

    def of(self, identities: Mapping[str, str]) -> Carried:
        """The part of it that is still so: relations that have the identity that they had."""
        if self.code != code_digest():
            return NOTHING
        same = {
            label: known
            for label, known in self.relations.items()
            if identities.get(label) == known.identity
        }
        return Carried(self.code, self.directory, same, self.whole_bytes)

    def database_for(self, relations: Iterable[Relation]) -> Path | None:
        """The release's DuckDB file, if it is whole and the next is best made from it: most rows
        stay, and what was replaced since the last whole one has not left it much larger."""
        tables = [one.label for one in relations if one.kind == "table"]
        if not self.relations or sum(one in self.relations for one in tables) < len(tables) / 2:
            return None
        path = self.whole_file("chokepoint.duckdb")
        return path if path and path.stat().st_size < _MOST * self.whole_bytes else None

    def whole_file(self, name: str) -> Path | None:
        """A file of the release, if it is as the release's checksums say."""
        path = Path(self.directory) / name
        try:
            return path if _checksums(self.directory)[name] == digest(path) else None
        except (OSError, KeyError):
            return None

    def save(self, settings: Settings) -> None:
        """Keep it for the next release."""
        RunState(settings).keep(NAME, asdict(self))


NOTHING = Carried("", "", {})


@lru_cache(1)
def _checksums(directory: str) -> dict[str, str]:
    return read_checksums(Path(directory))


def code_digest() -> str:
    """Changes with each change of this package's files."""
    made = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(one for one in folder.rglob("*.*") if one.suffix != ".pyc"):
        made.update(path.read_bytes())
    return made.hexdigest()


def read(settings: Settings) -> Carried:
    """What the last release knew; NOTHING if that was not kept, or is damaged."""
    state = RunState(settings).kept(NAME) or {}
    try:
        relations = {label: Known(*one) for label, one in state["relations"].items()}
        return Carried(state["code"], state["directory"], relations, int(state["whole_bytes"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return NOTHING
