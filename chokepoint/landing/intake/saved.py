"""Mappings as they are kept: YAML in `data/mappings/`."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError
from chokepoint.landing.intake.mapping import FileMapping, Rule, SheetMapping
from chokepoint.settings import Settings, make_private_folder

_PAIRS = ("values", "factors", "months")


def mappings_folder(settings: Settings) -> Path:
    return settings.data_dir / "mappings"


def to_yaml(mapping: FileMapping) -> dict[str, Any]:
    sheets = [
        {
            "sheet": sheet.sheet,
            "table": sheet.table,
            **_given(sheet, "rules"),
            "columns": {rule.column: _given(rule, "column") for rule in sheet.rules},
        }
        for sheet in mapping.sheets
    ]
    return {**_given(mapping, "sheets"), "sheets": sheets}


def _given(part: FileMapping | SheetMapping | Rule, without: str) -> dict[str, Any]:
    """What a part of a mapping says that is not so anyway; pairs as a dictionary."""
    standard = {one.name: one.default for one in fields(part)}
    return {
        name: dict(value) if name in _PAIRS else value
        for name, value in asdict(part).items()
        if name != without and value != standard[name]
    }


def from_yaml(made: Any, path: Path) -> FileMapping:
    """A mapping from its file; ChokepointError that names what in it cannot be used."""
    try:
        sheets = []
        for sheet in made["sheets"]:
            columns = (sheet.get("columns") or {}).items()
            rules = tuple(Rule(str(column), **_read(said or {})) for column, said in columns)
            rest = {name: said for name, said in sheet.items() if name != "columns"}
            sheets.append(SheetMapping(**_read(rest), rules=rules))
        rest = {name: said for name, said in made.items() if name != "sheets"}
        return FileMapping(**_read(rest), sheets=tuple(sheets))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ChokepointError(
            f"{path} is no mapping ({type(error).__name__}: {error})",
            "remove it and import the file again; docs/using/import.md shows the form.",
        ) from None


def _read(said: dict[str, Any]) -> dict[str, Any]:
    """The fields of a part of a mapping, of which YAML made numbers, nothing or dictionaries."""
    found: dict[str, Any] = {}
    for name, value in said.items():
        if name in _PAIRS:
            found[name] = tuple((str(key), str(one)) for key, one in (value or {}).items())
        elif name == "header_rows":
            found[name] = int(value)
        else:
            found[name] = "" if value is None else str(value)
    return found


def save(settings: Settings, name: str, content: dict[str, Any], *, head: str) -> Path:
    """Write a mapping where only its owner can read it; returns its path."""
    import yaml

    folder = mappings_folder(settings)
    make_private_folder(folder)
    path = folder / f"{name}.yml"
    draft = folder / f".{name}.yml.new"
    text = head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
    return path


def forget(settings: Settings, name: str) -> None:
    """Remove the questions or the mapping of a file."""
    (mappings_folder(settings) / f"{name}.yml").unlink(missing_ok=True)


def load(path: Path) -> dict[str, Any]:
    """The content of a file of mappings; ChokepointError where it is none."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ChokepointError(
            f"{path} cannot be read as YAML ({' '.join(str(error).split())[:200]})",
            "correct it, or remove it and import the file again.",
        ) from None
    if not isinstance(content, dict) or "sheets" not in content:
        raise ChokepointError(
            f"{path} is no mapping: it has no `sheets`.",
            "name a file of data/mappings/, or import without --mapping.",
        )
    return content
