"""A delivered file as bytes: can it be read, and is it what a list beside it says."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from chokepoint.errors import ChokepointError, shortened
from chokepoint.landing.refusals import NOT_WHOLE, refused

SUFFIXES = (
    ".csv", ".csv.gz", ".parquet", ".zip", ".7z", ".xlsx", ".json", ".dat", ".txt", ".gz",
)  # fmt: skip
# Lists of files that may lie beside them.
PACKAGE_NAME = "datapackage.json"
LISTS = (PACKAGE_NAME, ".sha256")


@dataclass(frozen=True)
class Delivery:
    """A file as it was handed over: where it is and what its bytes are."""

    path: Path
    size_bytes: int
    changed_ns: int

    @cached_property
    def sha256(self) -> str:
        return digest(self.path)

    def check_unchanged(self) -> None:
        """Refuse a file that was written to while it was being read or hashed."""
        stat = self.path.stat()
        if (stat.st_size, stat.st_mtime_ns) != (self.size_bytes, self.changed_ns):
            raise refused(
                self.path,
                "the file changed while it was being read",
                "Wait until the file is complete, then land it again.",
            )


def digest(path: Path, kind: str = "sha256") -> str:
    """The checksum of a file, against accidents alone where it is an MD5 or SHA-1."""
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()


def check_readable(path: Path) -> None:
    """ChokepointError unless the path names a .csv, .csv.gz or .parquet file that can be read."""
    check_name(path)
    if not path.exists():
        raise ChokepointError(f"{path} does not exist", "check the path of the file to land.")
    if path.is_dir():
        raise ChokepointError(
            f"{path} is a folder", "name one file, or put the files into data/inbox."
        )
    if not path.name.lower().endswith(SUFFIXES):
        raise ChokepointError(
            f"{path} is none of {', '.join(SUFFIXES)}",
            "only CSV files, plain or gzipped, Parquet files, and archives, workbooks, JSON and "
            "text as producers publish them can land.",
        )
    try:
        path.open("rb").close()
    except OSError as error:
        raise ChokepointError(
            f"{path} cannot be read: {error.strerror}", "check the file's permissions."
        ) from None


def check_name(path: Path) -> None:
    """ChokepointError when a path cannot be written down: bytes that are no text, controls."""
    shown = printable(path)
    if shown != str(path):
        is_text = not any("\ud800" <= char <= "\udfff" for char in str(path))
        what = "holds control characters" if is_text else "is not valid UTF-8"
        raise ChokepointError(f"{shown}: the name {what}", "rename the file, then land it again.")


def printable(path: Path | str) -> str:
    """A path or name as text that can be shown anywhere: odd characters as \\x escapes."""
    return "".join(
        char.encode("unicode_escape").decode()
        if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        else char
        for char in os.fspath(path)
    )


def open_delivery(path: Path) -> Delivery:
    """A delivered file; ChokepointError when `check_readable` has one."""
    check_readable(path)
    stat = path.stat()
    return Delivery(path, stat.st_size, stat.st_mtime_ns)


def check_beside(delivery: Delivery) -> None:
    """Refuse a file that is not what a list beside it says: NAME.sha256 of `sha256sum`, or a
    datapackage.json with its `hash` or `bytes`
    (https://specs.frictionlessdata.io/data-resource/)."""
    path = delivery.path
    beside = path.with_name(f"{path.name}.sha256")
    if beside.is_file():
        # Whatever else stands there, and in UTF-16 too.
        text = beside.read_bytes().replace(b"\0", b"").decode(errors="replace")
        said = re.search(r"\b[0-9a-fA-F]{64}\b", text) or re.search(r"\S*", text)
        _check_digest(delivery, said[0] if said else "", "sha256", beside)
    beside = path.with_name(PACKAGE_NAME)
    if not beside.is_file():
        return
    try:
        resources = json.loads(beside.read_text(encoding="utf-8"))["resources"]
        resources = [one for one in resources if isinstance(one, dict)]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else "no JSON object with `resources`"
        raise refused(
            beside,
            f"not a data package ({why})",
            "Mend it, or take it away: files beside it are compared with what it says.",
        ) from None
    for resource in resources:
        if resource.get("path") != path.name:
            continue
        if isinstance(size := resource.get("bytes"), int) and size != delivery.size_bytes:
            raise refused(
                path,
                f"the file has {delivery.size_bytes:,} bytes, and {beside.name} says {size:,}",
                NOT_WHOLE,
            )
        if stated := str(resource.get("hash") or ""):
            kind, _, hexadecimal = stated.rpartition(":")
            _check_digest(delivery, hexadecimal, kind or "md5", beside)


def _check_digest(delivery: Delivery, said: str, kind: str, beside: Path) -> None:
    if kind not in hashlib.algorithms_guaranteed or not said:
        raise refused(
            beside,
            f"no checksum that can be compared ({shortened(f'{kind}:{said}')})",
            "Write the SHA-256 of the file there, or take this list away.",
        )
    found = delivery.sha256 if kind == "sha256" else digest(delivery.path, kind)
    if found != said.lower():
        raise refused(
            delivery.path,
            f"the file's {kind} is {found}, and {beside.name} says {shortened(said)}",
            NOT_WHOLE,
        )


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table of ours, kept as CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
