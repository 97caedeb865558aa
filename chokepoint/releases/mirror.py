"""What lies beside the DuckDB file: a Parquet file per relation, dictionary, checksums."""

from __future__ import annotations

from pathlib import Path

import duckdb

from chokepoint.landing.files.delivery import digest
from chokepoint.landing.store import flush
from chokepoint.releases.carried import NOTHING, Carried
from chokepoint.releases.files import CHECKSUM_FILE, link_or_copy
from chokepoint.releases.relations import Relation, literal, quote


def write_parquet(
    con: duckdb.DuckDBPyConnection,
    relations: list[Relation],
    directory: Path,
    known: Carried = NOTHING,
) -> None:
    """Write `<directory>/<relation>.parquet`, zstd, of every relation, views included, but those
    whose earlier file is `known` to be the same. 128-bit integers become decimal(38, 0), not
    inexact doubles."""
    directory.mkdir()
    for relation in relations:
        target = directory / f"{relation.name}.parquet"
        same = relation.label in known.relations and known.whole_file(f"parquet/{target.name}")
        if same:
            link_or_copy(same, target)
            continue
        wide = [
            f"cast({quote(column.name)} as decimal(38, 0)) as {quote(column.name)}"
            for column in relation.columns
            if column.data_type in ("HUGEINT", "UHUGEINT")
        ]
        chosen = f"* replace ({', '.join(wide)})" if wide else "*"
        con.execute(
            f"copy (select {chosen} from {relation.sql_name}) "
            f"to {literal(str(target))} (format parquet, compression zstd)"
        )


def write_checksums(directory: Path) -> list[str]:
    """Write SHA256SUMS, as `sha256sum -c` verifies it, over every file under the folder; return the
    relative paths, sorted."""
    paths = sorted(
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_file() and path.name != CHECKSUM_FILE
    )
    lines = [f"{digest(directory / path)}  {path}\n" for path in paths]
    (directory / CHECKSUM_FILE).write_text("".join(lines), encoding="utf-8", newline="\n")
    return paths


def seal(directory: Path) -> None:
    """Write SHA256SUMS, and bring a finished folder to the disk with its files read-only."""
    for path in [*write_checksums(directory), CHECKSUM_FILE]:
        (directory / path).chmod(0o444)
        flush(directory / path)
    flush(directory / "parquet")
    flush(directory)
