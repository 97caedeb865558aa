"""Errors that say what, where and what to do, without traceback: of the user, of the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

_Read = TypeVar("_Read")

# Faults, names and values of a list that a message shows.
MOST_SHOWN = 20
# A line that holds somebody's value of any length: its two ends are shown.
_LONG_LINE = re.compile(r"^(.{1000}).+(.{1000})$", re.MULTILINE)


def shortened(text: str, most: int = 80) -> str:
    """A text to quote in a message, cut where it is longer."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def listed(texts: Iterable[str], separator: str = ", ") -> str:
    """The first of some texts, each shortened, and how many more there are."""
    texts = list(texts)
    shown = [shortened(text) for text in texts[:MOST_SHOWN]]
    more = f" and {len(texts) - MOST_SHOWN:,} more" if len(texts) > MOST_SHOWN else ""
    return separator.join(shown) + more


class ChokepointError(Exception):
    """A failure with a remedy; `str()` is all that is shown. `what` went wrong names file, line,
    column and value where they exist; `remedy` is what the user can do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = (_LONG_LINE.sub(r"\1...\2", said) for said in (what, remedy))
        super().__init__(f"{self.what}\n  What to do: {self.remedy}")


def read_json(path: Path, make: Callable[[Any], _Read], remedy: str) -> _Read:
    """What `make` makes of a JSON file of ours; ChokepointError naming file and line if it is
    damaged."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return make(json.loads(text))
    except json.JSONDecodeError as error:
        line = shortened(text.split("\n")[error.lineno - 1])
        where, said = f", line {error.lineno}", f"{error.msg.removesuffix(' at')}, in {line!r}"
    except RecursionError:
        where, said = "", "it is nested too deeply"
    except KeyError as error:
        where, said = "", f"it has no {error}"
    except (ValueError, LookupError, TypeError, AttributeError):
        where, said = "", f"it is not what Chokepoint wrote, but {shortened(text)!r}"
    raise ChokepointError(f"{path}{where} is damaged: {said}.", remedy)


class MachineFaultError(ChokepointError):
    """A failure of the machine, not of what the user gave."""
