"""Mappings as they are kept: YAML in `data/mappings/`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError
from chokepoint.landing.intake.mapping import FileMapping
from chokepoint.settings import Settings, make_private_folder


def mappings_folder(settings: Settings) -> Path:
    return settings.data_dir / "mappings"


def to_yaml(mapping: FileMapping) -> dict[str, Any]:
    """What a mapping says that is not so anyway."""
    from pydantic import TypeAdapter

    said = TypeAdapter(FileMapping).dump_python(mapping, mode="json", exclude_defaults=True)
    return dict(said)


def from_yaml(made: Any, path: Path) -> FileMapping:
    """A mapping from its file; ChokepointError that names what in it cannot be used."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(FileMapping).validate_python(made)
    except ValidationError as error:
        first = error.errors()[0]
        raise ChokepointError(
            f"{path} is no mapping ({'.'.join(map(str, first['loc']))}: {first['msg']})",
            "remove it and import the file again; docs/using/import.md shows the form.",
        ) from None


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
        # Each value is text, as it is written.
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
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
