"""Faults in a delivery, and the error that refuses one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chokepoint.errors import ChokepointError


@dataclass(frozen=True)
class Fault:
    """One fault: where it is, what was found, why it is wrong, what to do.

    member_name  file in the archive, where the delivery is one
    """

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
            place.append(f"column {self.column_name}")
        if self.value is not None:
            shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
            place.append(f"value {shown!r}")
        return f"{', '.join(place)}: {self.reason}"


class DeliveryRefusedError(ChokepointError):
    """A delivery that may not land. Nothing downstream has changed.

    faults       the first faults, at most a handful
    has_more     True when the connection's fault table holds more than these
    faults_path  Parquet file with the whole list, once it is written
    """

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
