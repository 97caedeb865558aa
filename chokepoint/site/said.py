"""Sentences of the site: blocks of templates/<page>.said.j2, as text without markup."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.site import words

if TYPE_CHECKING:
    from jinja2 import Template

# Parts of a block that may come more than once.
_MANY = {"item": "items", "note": "notes", "sentence": "sentences"}
_FILTERS = {"cap": words.sentence, "place": words.in_sentence} | {
    function.__name__: function
    for function in (
        words.count, words.dated, words.day, words.days_left, words.listing, words.mass,
        words.money, words.money_range, words.number, words.percent, words.period, words.plain,
        words.read_to, words.state, words.text,
    )
}  # fmt: skip


@functools.cache
def _template(page: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # The text goes into templates that escape it, and into files that are no HTML.
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=lambda value: value.replace("\n", " ") if isinstance(value, str) else value,
    )
    made.filters |= _FILTERS
    return made.get_template(f"{page}.said.j2")


def lines(name: str, /, **values: Any) -> list[str]:
    """The lines of a block that have text; `name` is page.block, `values` is what it reads."""
    page, _, block = name.partition(".")
    template = _template(page)
    text = "".join(template.blocks[block](template.new_context(values)))
    found = (re.sub(" +", " ", line).strip(" ") for line in text.split("\n"))
    return [line for line in found if line]


def say(name: str, /, **values: Any) -> str:
    """A block as one text."""
    return " ".join(lines(name, **values))


def parts(name: str, /, **values: Any) -> dict[str, Any]:
    """A block whose lines are `key: text`; items, notes and sentences come as lists."""
    made: dict[str, Any] = {}
    for line in lines(name, **values):
        key, _, text = line.partition(":")
        if text and key in _MANY:
            made.setdefault(_MANY[key], []).append(text.strip(" "))
        elif text:
            made[key] = text.strip(" ")
    return made
