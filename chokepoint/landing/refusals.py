"""Faults in a delivery, and the error that refuses one."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chokepoint.errors import MOST_SHOWN, ChokepointError, shortened

# What the operating system says of disks and rights, and not of the bytes of a file.
_OF_THE_MACHINE = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO,
    errno.EMFILE, errno.ENFILE, errno.ENOENT,
}  # fmt: skip
NOT_WHOLE = "Fetch the file again; it was cut off or damaged on its way."
_WRITING = ("write", "space", "permission", "read-only", "quota")


@dataclass(frozen=True)
class Fault:
    """One fault: where it is, what was found, why it is wrong, what to do."""

    line_number: int | None
    column_name: str | None
    value: str | None
    reason: str
    remedy: str
    row_text: str | None = None
    member_name: str | None = None

    def describe(self, file_name: str) -> str:
        """One line for people, naming file, line, column, value and reason."""
        place = [f"{file_name}, {self.member_name}" if self.member_name else file_name]
        if self.line_number is not None:
            place.append(f"line {self.line_number}")
        if self.column_name is not None:
            place.append(f"column {shortened(self.column_name)}")
        if self.value is not None:
            place.append(f"value {shortened(self.value)!r}")
        return f"{', '.join(place)}: {self.reason}"


class DeliveryRefusedError(ChokepointError):
    """A delivery that may not land; nothing downstream has changed. `has_more`: the connection's
    fault table has more than the first faults; `faults_path`: the whole list, once written."""

    def __init__(
        self,
        what: str,
        remedy: str,
        faults: tuple[Fault, ...] = (),
        *,
        has_more: bool = False,
        faults_path: Path | None = None,
    ) -> None:
        super().__init__(what, remedy)
        self.faults = faults
        self.has_more = has_more
        self.faults_path = faults_path


def refused(
    path: Path | str, reason: str, remedy: str, *, value: str | None = None, line: int | None = None
) -> DeliveryRefusedError:
    where = f"{path}, line {line}" if line is not None else f"{path}"
    return DeliveryRefusedError(
        f"{where}: {reason}", remedy, (Fault(line, None, value, reason, remedy),)
    )


def refused_for(
    faults: Sequence[Fault],
    shown: str,
    first: str = "",
    last: Sequence[str] = (),
    *,
    hint: str = "",
    has_more: bool = False,
) -> DeliveryRefusedError:
    """The refusal of a file, which messages call `shown`, for some faults, between the lines
    `first` and `last`; `hint`: remedy before theirs."""
    told = faults[:MOST_SHOWN]
    more = [f"and {len(faults) - len(told):,} more"] if len(faults) > len(told) else []
    lines = [first, *(fault.describe(shown) for fault in told), *more, *last]
    remedies = dict.fromkeys([hint, *(fault.remedy for fault in told)])
    return DeliveryRefusedError(
        "\n  ".join(filter(None, lines)),
        " ".join(filter(None, remedies)),
        tuple(faults),
        has_more=has_more,
    )


@contextlib.contextmanager
def refusing_damage(
    path: Path, what: str, remedy: str, *, value: str | None = None
) -> Iterator[None]:
    """Turn whatever a reader makes of a file's bytes (errors of libraries or plain Python) into its
    refusal; our own words and faults of the machine pass."""
    try:
        yield
    except ChokepointError:
        raise
    except Exception as error:
        if is_of_the_machine(error):
            raise
        said = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise refused(path, f"{what} ({shortened(said, 200)})", remedy, value=value) from error


def is_of_the_machine(error: Exception) -> bool:
    """Whether an error comes from the disk, a missing right, too little memory or our own code, and
    not from the bytes that are read."""
    if isinstance(error, OSError):
        return error.errno in _OF_THE_MACHINE
    if (duckdb := sys.modules.get("duckdb")) and isinstance(error, duckdb.Error):
        if isinstance(error, duckdb.IOException):
            return any(word in str(error).lower() for word in _WRITING)
        return isinstance(
            error,
            (
                duckdb.OutOfMemoryException,
                duckdb.BinderException,
                duckdb.CatalogException,
                duckdb.ParserException,
            ),
        )
    return isinstance(error, MemoryError)
