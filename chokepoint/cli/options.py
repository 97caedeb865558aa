"""What commands share: the data folder, lists with commas, options that several of them have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from typer import Option

from chokepoint.settings import Settings


def settings_of(data_dir: str) -> Settings:
    """Settings of a command; child processes and Dagster read the same from the environment."""
    if data_dir:
        os.environ["CHOKEPOINT_DATA_DIR"] = str(Path(data_dir).expanduser().resolve())
    settings = Settings.from_env()
    os.environ.update(settings.environment())
    return settings


def codes_of(text: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(code.strip() for code in text.split(",") if code.strip()))


# The settings of a command by the folder that --data-dir names, and those without one.
DataDir = Annotated[
    Settings,
    Option(
        "--data-dir", default_factory=str, parser=settings_of, metavar="<path>", show_default=False,
        help="Folder for all output; default: data/.",
    ),
]  # fmt: skip
# Words after the command that are not its own: parameters of a question, options of dbt.
ANY_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True}

Encoding = Annotated[str | None, Option(help="Encoding of the file; default: as before, or UTF-8.")]
Format = Annotated[str, Option("--format", help="table, csv or json.")]
Pause = Annotated[
    float | None, Option(min=0, help="Least seconds between requests; default: by source.")
]
SendKeyTo = Annotated[
    str | None, Option(help="Host that may receive your key; default: the producer.")
]
Source = Annotated[str | None, Option(help="Source id; default: recognised by its columns.")]
