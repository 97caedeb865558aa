"""The header of a text: the columns that it must name, and those that it may."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

from chokepoint.errors import listed, shortened
from chokepoint.landing.contracts import ProducerFormat
from chokepoint.landing.files.texts import NOT_CSV, cp1252_remedy
from chokepoint.landing.refusals import Fault, refused, refused_for


def check_header_text(header: list[str], path: Path) -> None:
    """Refuse a header that no source could have: not UTF-8, not commas, empty."""
    if any("\udc80" <= char <= "\udcff" for name in header for char in name):
        remedy = cp1252_remedy(path) or "Save the file as UTF-8."
        raise refused(path, "the header is not UTF-8", remedy, line=1)
    if len(header) <= 1:
        found = header[0] if header else ""
        for delimiter, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if delimiter in found:
                raise refused(
                    path,
                    f"the columns are separated by {word}, not commas",
                    "Export with commas as separator and points as decimal mark.",
                    line=1,
                )
        if not found.strip():
            raise refused(
                path, "the first line is empty; it must name the columns", NOT_CSV, line=1
            )


def check_columns(
    header: list[str], form: ProducerFormat, path: Path, member_name: str | None = None
) -> None:
    """Refuse a header that lacks an expected column or has one that is not even optional."""
    missing = [name for name in form.columns if name not in header]
    extra = [name for name in header if name not in (*form.columns, *form.all_optional)]
    faults = [
        Fault(1, name, name, "the column occurs twice", f"Keep one column {name!r}.")
        for name in dict.fromkeys(name for name in header if header.count(name) > 1)
    ]
    for name in missing:
        fault = Fault(1, name, None, "the column is missing", f"Add the column {name!r}.")
        faults.append(fault := if_renamed(fault, extra))
        if fault.value is not None:
            extra.remove(fault.value)
    for name in dict.fromkeys(extra if not form.is_open else ()):
        remedy = f"Remove the column {shortened(name)!r}."
        faults.append(Fault(1, name, name, "the source has no such column", remedy))
    if faults:
        shown = f"{path}, {member_name}" if member_name else f"{path}"
        raise refused_for(
            [replace(fault, member_name=member_name) for fault in faults],
            path.name,
            f"{shown}: the header is not that of {form.name}",
            (
                f"expected columns: {','.join(form.columns)}"
                + (f" (and perhaps {','.join(form.all_optional)})" if form.all_optional else ""),
                f"found columns: {listed(header, ',')}",
            ),
        )


def if_renamed(missing: Fault, others: list[str]) -> Fault:
    """The fault of a missing column; with the one of the others that looks like it renamed."""
    name = missing.column_name or ""
    near = difflib.get_close_matches(name, others, n=1) or [
        other for other in others if other.strip().lower() == name.lower()
    ]
    if not near:
        return missing
    other = shortened(near[0])
    return replace(
        missing,
        value=near[0],
        reason=f"the column {name!r} is missing, and {other!r} looks like it renamed",
        remedy=f"Rename {other!r} to {name!r} if it holds the same quantity in the same unit.",
    )
