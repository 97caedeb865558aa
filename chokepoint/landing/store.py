"""The landing folder on disk: manifests, atomic commits, and what a killed run left behind. A
delivery is written below `_tmp/`, flushed and moved into place, the manifest last: it alone makes
files count. What none names goes at the next landing; what one names is not written over. So each
named file is there, whole, wherever a run was killed."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from chokepoint.errors import listed, read_json
from chokepoint.landing.files.delivery import Delivery, digest
from chokepoint.settings import make_private_folder

# Nobody but the owner reads raw rows, also where a file is copied out of its folder.
_MODE = 0o600
_ASKED = (
    "file_sha256", "file_size_bytes", "contract_fingerprint", "encoding", "landed_at",
    "quarantined_count",
)  # fmt: skip


@dataclass(frozen=True)
class LandedDelivery:
    """One manifest: a delivery that has landed, as one record per period."""

    vintage: str
    records: list[dict]

    @property
    def told(self) -> dict[str, Any]:
        return self.records[0]

    @property
    def source_id(self) -> str:
        return self.told["source_id"]

    @property
    def file_sha256(self) -> str:
        return self.told["file_sha256"]

    def is_of(self, delivery: Delivery) -> bool:
        """Whether these are the bytes that landed; a file of another size need not be hashed."""
        return (
            self.told["file_size_bytes"] == delivery.size_bytes
            and self.file_sha256 == delivery.sha256
        )

    @property
    def known_on(self) -> dt.date:
        return dt.date.fromisoformat(self.told["known_on"])

    @property
    def periods(self) -> list[str]:
        return [record["period"] for record in self.records]

    @property
    def order(self) -> tuple[str, str]:
        """Of two deliveries of a period, the one with the greater order is current."""
        return self.told["known_on"], self.told["landed_at"]

    @property
    def file_names(self) -> list[str]:
        return list(dict.fromkeys(record["file_name"] for record in self.records))

    @property
    def rows_landed(self) -> int:
        return sum(record["row_count"] for record in self.records)

    @property
    def parquet_paths(self) -> dict[str, str]:
        """Period -> its file, relative to the landing folder."""
        return {record["period"]: record["parquet_path"] for record in self.records}

    def rows_of(self, period: str) -> int:
        return sum(item["row_count"] for item in self.records if item["period"] == period)

    @property
    def doubts(self) -> list[str]:
        """What may be wrong with the file although it landed, as sentences."""
        return self.told.get("doubts", [])

    @property
    def notes(self) -> list[str]:
        """What to mind of it: its doubts, and the columns that are not read."""
        if not self.unread_columns:
            return self.doubts
        return [
            *self.doubts,
            f"columns that are not read: {listed(self.unread_columns)} (where one of them breaks "
            "figures down, ask without it)",
        ]

    @property
    def unread_columns(self) -> list[str]:
        return self.told.get("unread_columns", [])

    @property
    def rows_left_out(self) -> dict[str, int]:
        """Reason -> rows of a producer's file that must not land."""
        return self.told.get("left_out", {})

    @property
    def rows_quarantined(self) -> int:
        return self.told["quarantined_count"]


class Store:
    """The landing folder, seen by one source. The caller holds the writer lock."""

    def __init__(self, landing_dir: Path, source_id: str) -> None:
        self.landing_dir = landing_dir
        self.source_id = source_id
        self.source_dir = landing_dir / source_id
        self.manifest_dir = landing_dir / "_manifest" / source_id
        self.quarantine_dir = landing_dir / "_quarantine" / source_id
        self.refused_dir = landing_dir / "_quarantine" / "refused"
        self.tmp_dir = landing_dir / "_tmp" / source_id

    def quarantine_path(self, vintage: str) -> Path:
        return self.quarantine_dir / f"{vintage}.parquet"

    def manifest_path(self, vintage: str) -> Path:
        return self.manifest_dir / f"{vintage}.json"

    def refused_path(self, sha256: str) -> Path:
        return self.refused_dir / f"{self.source_id}-{sha256[:12]}.parquet"

    def recover(self) -> list[LandedDelivery]:
        """Read the manifests, and remove what a killed run left."""
        self._clear_tmp()
        landed = self.landed()
        named = {path for delivery in landed for path in delivery.parquet_paths.values()}
        for path in self.source_dir.glob("*/*"):
            if path.relative_to(self.landing_dir).as_posix() not in named:
                _remove(path)
                with contextlib.suppress(OSError):
                    path.parent.rmdir()
        vintages = {delivery.vintage for delivery in landed}
        for path in self.quarantine_dir.glob("*"):
            if path.stem not in vintages:
                _remove(path)
        return landed

    def is_whole(self, delivery: LandedDelivery) -> bool:
        """True when every Parquet file of a delivery is there, from first to last byte."""
        return self.damaged_file(delivery) is None and (
            not delivery.rows_quarantined or _is_parquet(self.quarantine_path(delivery.vintage))
        )

    def damaged_file(self, delivery: LandedDelivery) -> Path | None:
        """The first Parquet file of a delivery that is missing or not what was written."""
        for record in delivery.records:
            path = self.landing_dir / record["parquet_path"]
            size = record.get("parquet_size_bytes")
            if not _is_parquet(path) or size not in (None, path.stat().st_size):
                return path
            # Older manifests have no checksum.
            if record.get("parquet_sha256") not in (None, sha256_of(path)):
                return path
        return None

    def withdraw(self, delivery: LandedDelivery) -> None:
        """Remove a delivery: its manifest first, so that nothing names a file that is gone."""
        self.manifest_path(delivery.vintage).unlink()
        flush(self.manifest_dir)
        for name in delivery.parquet_paths.values():
            path = self.landing_dir / name
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()
        self.quarantine_path(delivery.vintage).unlink(missing_ok=True)

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for one landing, removed at the end whatever happens."""
        make_private_folder(self.landing_dir)
        folder = self.tmp_dir / "landing"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            self._clear_tmp()

    def commit(self, moves: list[tuple[Path, Path]], removals: Iterable[Path]) -> None:
        """Move files to their targets, the manifest last; then remove what it does not name."""
        *files, manifest = moves
        for source, target in files:
            self.put(source, target)
        # The manifest names them, so they must be there for good.
        for folder in {folder for _, path in files for folder in list(path.parents)[:2]}:
            flush(folder)
        self.put(*manifest)
        flush(self.manifest_dir)
        flush(self.manifest_dir.parent)
        # Last, so that a manifest never names a file that is gone.
        for path in removals:
            path.unlink(missing_ok=True)

    def put(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(_MODE)
        flush(source)
        source.replace(target)

    def landed(self) -> list[LandedDelivery]:
        """The manifests; ChokepointError where one cannot be read."""
        remedy = "delete the file, then run `chokepoint land`, or land your own file again."
        return [
            read_json(path, partial(_checked, path.stem), remedy)
            for path in sorted(self.manifest_dir.glob("*.json"))
        ]

    def _clear_tmp(self) -> None:
        if self.tmp_dir.is_dir():
            _remove(self.tmp_dir)
            with contextlib.suppress(OSError):
                self.tmp_dir.parent.rmdir()


def _checked(vintage: str, records: Any) -> LandedDelivery:
    delivery = LandedDelivery(vintage, records)
    # What is asked of it later, so that a manifest that lacks it is found here.
    _ = [delivery.told[name] for name in _ASKED]
    _ = (delivery.rows_landed, delivery.known_on, delivery.periods, delivery.file_names)
    return delivery


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-4, os.SEEK_END)
            return file.read() == b"PAR1"
    except OSError:
        return False


def sha256_of(path: Path) -> str:
    """SHA-256 of a landed file, read once as long as nobody writes to it."""
    stat = path.stat()
    return _sha256_of(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@cache
def _sha256_of(path: Path, *_stamp: int) -> str:
    return digest(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have the operating system write a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
