"""What commands share: the data folder, lists with commas, options that several of them have."""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer import Option
from typer.core import TyperGroup

from chokepoint.errors import shortened
from chokepoint.settings import Settings

# What typer raises for words that it does not understand.
_UsageError: Any = typer.BadParameter.__base__
# A word, or a value between apostrophes, that is long.
_LONG = re.compile(r"'[^']{80,}'|\S{80,}")


class Program(TyperGroup):
    """Takes --data-dir before or after the command, and cuts what an error repeats."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first, rest, words = [], [], iter(args)
        for word in words:
            is_ours = word.partition("=")[0] == "--data-dir"
            (first if is_ours else rest).append(word)
            if is_ours and word == "--data-dir":
                first.append(next(words, None) or ctx.fail(f"{word} requires an argument."))
        with _short_errors():
            return super().parse_args(ctx, first + rest)

    def invoke(self, ctx: Any) -> Any:
        with _short_errors():
            return super().invoke(ctx)


@contextmanager
def _short_errors() -> Iterator[None]:
    try:
        yield
    except _UsageError as error:
        error.message = _LONG.sub(lambda found: shortened(found[0]), error.message)
        raise


def settings_of() -> Settings:
    """Settings of a command; child processes and Dagster read the same from the environment."""
    settings = Settings.from_env()
    os.environ.update(settings.environment())
    return settings


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """A command as typer runs it: its settings are no option, and read when it begins."""

    @functools.wraps(command)
    def run(**given: Any) -> None:
        command(settings=settings_of(), **given)

    parameters = dict(inspect.signature(command, eval_str=True).parameters)
    del parameters["settings"]
    vars(run)["__signature__"] = inspect.Signature(list(parameters.values()))
    return run


def codes_of(text: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(code.strip() for code in text.split(",") if code.strip()))


# Words after the command that are not its own: parameters of a question.
ANY_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True}

Address = Annotated[str, Option(help="Where the site is or will be, for its links.")]
AsOf = Annotated[str | None, Option(help="Day that counts as today; default: today.")]
Encoding = Annotated[str | None, Option(help="Encoding of the file; default: as before, or UTF-8.")]
Format = Annotated[str, Option("--format", help="table, csv or json.")]
KnownOn = Annotated[str | None, Option(help="Leave out later knowledge; default: as-of, or today.")]
Pause = Annotated[
    float | None, Option(min=0, help="Least seconds between requests; default: by source.")
]
Private = Annotated[
    bool, Option("--private", help="Read the private copy, which also has your own rows.")
]
Release = Annotated[str, Option(help="Read a numbered release, such as 2026.11.0.")]
SendKeyTo = Annotated[
    str | None, Option(help="Host that may receive your key; default: the producer.")
]
Source = Annotated[str | None, Option(help="Source id; default: recognised by its columns.")]
Yes = Annotated[bool, Option("--yes", help="Write without asking.")]
