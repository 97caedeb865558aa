"""What commands share: the data folder, lists with commas, options that several of them have."""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from typer import Option
from typer.core import TyperGroup

from chokepoint.errors import ChokepointError, shortened
from chokepoint.settings import Settings

# What typer raises for words that it does not understand.
_UsageError: Any = typer.BadParameter.__base__
# A word, or a value between apostrophes, that is long.
_LONG = re.compile(r"'[^']{80,}'|\S{80,}")


class Program(TyperGroup):
    """Takes --data-dir before or after the command, and cuts what an error repeats."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first, rest, words = list[str](), list[str](), iter(args)
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


def day_of(option: str, text: str | None) -> date | None:
    """The day an option names; ChokepointError if it names none."""
    if text is None:
        return None
    try:
        if len(text) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ChokepointError(
            f"{option} {text!r} is not a day.", f"write it as in {option} 2026-01-31."
        ) from None


def days_asked(as_of: str | None, known_on: str | None) -> tuple[date, date]:
    """The day that is asked about, and the one whose knowledge counts; by default today."""
    today = datetime.now(UTC).date()
    day = day_of("--as-of", as_of) or today
    # A day to come is seen with the knowledge of today.
    known = day_of("--known-on", known_on) or min(day, today)
    if known > today:
        raise ChokepointError(
            f"--known-on {known} is after today, {today}: no one knows yet.",
            "give a day up to today, or leave it out.",
        )
    return day, known


def known_then(day: date, known_on: date) -> str:
    """What is said behind "in force" of a day whose law was not known yet, such as one to come."""
    return f" on {day}, by the law as known on {known_on}" if known_on < day else ""


def check_format(format_: str, known: tuple[str, ...]) -> None:
    if format_ not in known:
        raise ChokepointError(
            f"--format {format_!r} is not known.", f"use one of {', '.join(known)}."
        )


FORMATS = ("table", "csv", "json")
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
