"""Enters law: an act with its clauses, items and relations, into all of its tables or none. The
rules that stop a build check it, states are derived with and without it (`check`), and it stays
unconfirmed until a second reader is entered."""

from __future__ import annotations

import contextlib
import csv
import difflib
import io
import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from chokepoint.errors import ChokepointError
from chokepoint.locks import writer_lock
from chokepoint.warehouse.law import check

if TYPE_CHECKING:
    from chokepoint.settings import Settings
    from chokepoint.warehouse.model_sql import ModelSql

Row = dict[str, str | None]
ENTRIES = "law_entries"
# Part of a draft -> its table, and the column that names the act that a row belongs to.
PARTS = {
    "measure": ("measures", "measure_id"),
    "act": ("law_acts", "act_id"),
    "clauses": ("measure_clauses", "measure_id"),
    "scope": ("measure_scope", "measure_id"),
    "relations": ("measure_relations", "act_id"),
}
# A draft has one of these at most; its rows take their source where they name none.
HEADS = ("measure", "act")
_SOURCE = ("source_title", "source_url", "url_quality", "confidence")
# Identifiers that are numbers behind a letter, and their digits.
_NUMBERED = {"measure_scope": ("scope_id", "P", 4), "measure_relations": ("relation_id", "R", 3)}
_DATES = ("effective_from", "announced_on", "starts_on")

# What a draft looks like, with an example that could be entered.
TEMPLATE = Path(__file__).with_name("law_entry.yml")


@dataclass(frozen=True)
class Draft:
    """Rows to be entered: (table, row), each after those it refers to, and who enters them."""

    entered_by: str
    rows: list[tuple[str, Row]]


@dataclass(frozen=True)
class StateChange:
    """A state that the draft changes, from this day on until the next change; None is no state."""

    day: date
    timeline: tuple[str, str, str, str, str]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Plan:
    """What entering a draft would do: faults at the lines of its rows, states that change,
    `differing` (day -> how many: today, and the days from which it works), and file -> its bytes as
    read and as they would be."""

    faults: list[check.PlacedFault]
    changes: list[StateChange]
    differing: dict[date, int]
    contents: dict[Path, tuple[bytes, bytes]]


def read_draft(path: Path, tables: Mapping[str, check.LawTable]) -> Draft:
    """A draft in YAML, see TEMPLATE. Every value is text: NO is Norway."""
    try:
        given = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_TextLoader)
    except OSError as error:
        raise _wrong(path, f"it cannot be read ({error.strerror})", "look at the path.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise _wrong(
            path, f"this is no YAML ({said})", "correct it; start from `law template`."
        ) from None
    if not isinstance(given, dict):
        raise _wrong(path, "this is no list of fields", "begin with `chokepoint law template`.")
    _only_known(path, "", given, ["entered_by", *PARTS])
    parts: dict[str, list[Row]] = {}
    for part, (table, _) in PARTS.items():
        rows = given.get(part) or []
        rows = [rows] if part in HEADS and rows else rows
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _wrong(path, f"{part} is not written as in the template", "compare the two.")
        for number, row in enumerate(rows, start=1):
            where = f"{part}: " if part in HEADS else f"{part} {number}: "
            _only_known(path, where, row, tables[table].columns)
            for field, value in row.items():
                if not isinstance(value, str):
                    raise _wrong(path, f"{where}{field} holds more than one value", "give one.")
        parts[part] = [
            {field: value.strip() or None for field, value in row.items()} for row in rows
        ]
    return make_draft(str(given.get("entered_by") or ""), parts, tables)


def make_draft(
    entered_by: str, parts: Mapping[str, Sequence[Row]], tables: Mapping[str, check.LawTable]
) -> Draft:
    """A draft of the rows by part, with what they take from the act and their numbers."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z.-]{0,9}", entered_by):
        raise ChokepointError(
            f"entered_by, value {entered_by!r}: these are no initials",
            "give your initials, for example AB.",
        )
    heads = [(part, row) for part in HEADS for row in parts.get(part, ())]
    if len(heads) > 1:
        raise ChokepointError("A draft has a measure or an act, not both.", "enter one by one.")
    head = {**heads[0][1], "id": heads[0][1].get(PARTS[heads[0][0]][1])} if heads else {}
    rows: list[tuple[str, Row]] = []
    for part, (table, owner) in PARTS.items():
        for given in parts.get(part, ()):
            row = {column: given.get(column) for column in tables[table].columns}
            if part not in HEADS and head:
                row[owner] = row[owner] or head["id"]
                for column in _SOURCE:
                    row[column] = row[column] or head.get(column)
            if table in _NUMBERED:
                column, letter, digits = _NUMBERED[table]
                held = [one for _, one in tables[table].rows]
                held += [one for name, one in rows if name == table]
                names = [str(one[column]) for one in held]
                numbers = [int(one[1:]) for one in names if re.fullmatch(rf"{letter}\d+", one)]
                row[column] = row[column] or f"{letter}{max(numbers, default=0) + 1:0{digits}}"
            rows.append((table, row))
    if not rows:
        raise ChokepointError("There is nothing to enter.", "see `chokepoint law template`.")
    return Draft(entered_by, rows)


def plan(settings: Settings, models: ModelSql, draft: Draft, today: date) -> Plan:
    """Check a draft beside the tables as they are, and derive what it changes. Writes nothing."""
    names = list(dict.fromkeys([ENTRIES, *(table for table, _ in draft.rows)]))
    read = {name: models.seeds[name].read_bytes() for name in names}
    before = check.read_law(models)
    entries: list[tuple[str, Row]] = []
    for table, row in draft.rows:
        owner = next(column for name, column in PARTS.values() if name == table)
        entry = dict.fromkeys(before[ENTRIES].columns) | {
            "table_name": table, "row_id": before[table].row_id(row), "act_id": row[owner],
            "entered_by": draft.entered_by, "entered_on": today.isoformat(),
        }  # fmt: skip
        entries.append((ENTRIES, entry))
    added = [*entries, *draft.rows]
    after = dict(before)
    for name in names:
        new = [row for table, row in added if table == name]
        line = read[name].count(b"\n") + 1
        rows = [*before[name].rows, *((line + number, row) for number, row in enumerate(new))]
        after[name] = replace(before[name], rows=rows)
    with check.open_law(settings, models) as law:
        faults, states_after = law.examine(after)
        if faults:
            return Plan(check.placed(after, faults), [], {}, {})
        _, states_before = law.examine(before)
    days = {today, *(day for _, row in draft.rows for day in _days_of(row))}
    contents = {
        models.seeds[name]: (
            read[name],
            _appended(read[name], [list(row.values()) for table, row in added if table == name]),
        )
        for name in names
    }
    changes = state_changes(states_before, states_after, days)
    differing = {}
    for day in sorted(days):
        apart = _on(states_before, day).items() ^ _on(states_after, day).items()
        differing[day] = len({timeline for timeline, _ in apart})
    return Plan([], changes, differing, contents)


def field_fault(
    law: check.LawDatabase,
    tables: Mapping[str, check.LawTable],
    table: str,
    row: Row,
    column: str,
) -> check.PlacedFault | None:
    """What is wrong with one value of a row that is being entered, by the rules of values."""
    whole = {name: row.get(name) for name in tables[table].columns}
    tried = replace(tables[table], rows=[*tables[table].rows, (0, whole)])
    faults, _ = law.examine({**tables, table: tried}, check.VALUE_RULES)
    found = check.placed({table: tried}, {fault for fault in faults if fault.column_name == column})
    return next((fault for fault in found if fault.line_number == 0), None)


def state_changes(
    before: Sequence[check.DerivedState], after: Sequence[check.DerivedState], days: set[date]
) -> list[StateChange]:
    """Where the states differ: on these days, and on each on which a stretch of one side begins."""
    days = days | {state.valid_from for state in set(before) ^ set(after)}
    days |= {state.valid_to for state in set(before) ^ set(after) if state.valid_to}
    changes: list[StateChange] = []
    last: dict[Any, Any] = {}
    for day in sorted(days):
        was, will = _on(before, day), _on(after, day)
        for timeline in sorted({*was, *will}):
            pair = was.get(timeline), will.get(timeline)
            if pair[0] != pair[1] and last.get(timeline) != pair:
                changes.append(StateChange(day, timeline, *pair))
            last[timeline] = pair
    return changes


def write(settings: Settings, contents: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Replace the files, all or none; ChokepointError if one is no longer as it was read."""
    with writer_lock(settings, "law"):
        for path, (read, _) in contents.items():
            if path.read_bytes() != read:
                raise ChokepointError(
                    f"{path} has changed since it was read; nothing was written.",
                    "look at the change, then run the command again.",
                )
        replace_all(contents)


def replace_all(contents: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Write each file beside itself, then rename all, entries first; a failure puts back. If the
    machine stops between two renames, entries name rows that are not there, and the rules say
    so."""
    staged: dict[Path, Path] = {}
    done: list[Path] = []
    try:
        for path, (_, new) in contents.items():
            staged[path] = _write_beside(path, new)
        with _undisturbed():
            try:
                for path, temporary in staged.items():
                    temporary.replace(path)
                    done.append(path)
            except OSError:
                for path in done:
                    _write_beside(path, contents[path][0]).replace(path)
                raise
    except OSError as error:
        raise ChokepointError(
            f"The tables could not be written, and are as they were: {error}",
            "see that the disk has room and that you may write there, then run it again.",
        ) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def confirm(settings: Settings, models: ModelSql, name: str, by: str, today: date) -> list[str]:
    """Enter the second reader of an act, or of one row; the rows that are confirmed now."""
    path = models.seeds[ENTRIES]
    read = path.read_bytes()
    tables = check.read_law(models)
    table = tables[ENTRIES]
    meant = [row for _, row in table.rows if name in (row["act_id"], row["row_id"])]
    waiting = [row for row in meant if not row["confirmed_by"]]
    if not waiting:
        readers = sorted({str(row["confirmed_by"]) for row in meant})
        known = sorted({str(r["act_id"]) for _, r in table.rows if not r["confirmed_by"]})
        raise ChokepointError(
            f"{path}, row_id, value {name!r}: "
            + (f"already confirmed by {', '.join(readers)}" if meant else "no entry has this name"),
            f"unconfirmed are {', '.join(known)}."
            if known
            else "no act waits for a second reader.",
        )
    for row in waiting:
        row["confirmed_by"], row["confirmed_on"] = by, today.isoformat()
    faults, _ = check.examine(settings, models, tables)
    if faults:
        fault = check.placed(tables, faults)[0]
        raise ChokepointError(
            f"{fault.path}, line {fault.line_number}, {fault.column_name}, value {fault.value!r}: "
            f"{fault.reason}; nothing was written.",
            fault.remedy,
        )
    new = _appended(b"", [table.columns, *(list(row.values()) for _, row in table.rows)])
    write(settings, {path: (read, new)})
    return [f"{row['table_name']} {row['row_id']}" for row in waiting]


# --- small parts ----------------------------------------------------------------------------------


def _days_of(row: Row) -> Iterator[date]:
    for column in _DATES:
        if value := row.get(column):
            yield date.fromisoformat(
                f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10]
            )


def _on(
    states: Sequence[check.DerivedState], day: date
) -> dict[tuple[str, str, str, str, str], str]:
    return {
        (s.measure_id, s.clause_id, s.destination, s.user_type, s.claim_group): s.state
        for s in states
        if s.valid_from <= day and (s.valid_to is None or day < s.valid_to)
    }


def _appended(content: bytes, rows: Sequence[Sequence[Any]]) -> bytes:
    """The bytes as they are, and rows after them with the line ends of the first line."""
    end = "\r\n" if b"\r\n" in content[: content.find(b"\n") + 1] else "\n"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(rows)
    gap = b"" if not content or content.endswith(b"\n") else end.encode()
    return content + gap + text.getvalue().encode()


def _write_beside(path: Path, content: bytes) -> Path:
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(path, file.name)
    return Path(file.name)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C and a polite kill count for nothing in the few milliseconds of the renames."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held = {name: signal.signal(name, lambda *_: None) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for name, handler in held.items():
            signal.signal(name, handler)


class _TextLoader(yaml.BaseLoader):
    """Every value is text, and a field stands once: YAML itself would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        fields = [key.value for key, _ in node.value]
        for number, field in enumerate(fields):
            if field in fields[:number]:
                mark = node.value[number][0].start_mark
                raise yaml.MarkedYAMLError(None, None, f"{field} is there twice", mark)
        return super().construct_mapping(node, deep)


def _only_known(path: Path, where: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for field in given:
        if field not in known:
            near = difflib.get_close_matches(field, known, 1) or [", ".join(known)]
            raise _wrong(path, f"{where}there is no field {field!r}", f"the nearest: {near[0]}.")


def _wrong(path: Path, what: str, remedy: str) -> ChokepointError:
    return ChokepointError(f"{path}: {what}", remedy)
