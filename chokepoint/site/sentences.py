"""What the site says: blocks of templates/<page>.text.j2, as text without markup.

A block is one sentence or several, or it declares a table or chart, a `key: text` on each line:
`path` below data/, `columns`, `caption`, `empty`, `search`, `stacked: no` and `origin`. Of a chart
also `spec` (charts/), `finding`, `unit`, `description`, `note`, `source` and `day`.
Columns stand in a row, each as

    key:show(2)"none" >href +note !mark %width *wide *bar = Title | the next

with the fields of `parts.Column`; `#` in place of `:` aligns to the right. `show` is a filter
below, with its digits, a kind of labels.csv, or a function that is given to the block under this
name. In quotes stands what is shown of nothing.

The block <name>_row of a table or chart adds texts to each `row`, as `key: text`.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.site import words
from chokepoint.site.parts import Column

if TYPE_CHECKING:
    from jinja2 import Template

# Parts of a block that may come more than once.
_MANY = {"item": "items", "note": "notes", "sentence": "sentences"}
_COLUMN = re.compile(
    r"(?P<key>\w+)((?P<sign>[:#])(?P<show>\w*)(\((?P<digits>\d)\))?(\"(?P<nothing>[^\"]*)\")?)?"
    r"(?P<marks>( [>+!%*]\w+)*)"
)
_MARKS = {">": "href", "+": "note", "!": "mark", "%": "width"}
_FILTERS = {"str": str, "cap": words.sentence, "place": words.in_sentence} | {
    name: made for name, made in vars(words).items() if inspect.isfunction(made)
}


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
    return made.get_template(f"{page}.text.j2")


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


def of_rows(name: str, rows: Sequence[Any], /, **values: Any) -> Sequence[Any]:
    """The rows with the texts that the block <name>_row gives of each `row`, if there is one."""
    page, _, block = name.partition(".")
    if f"{block}_row" not in _template(page).blocks:
        return rows
    made = []
    for row in rows:
        told = (line.partition(":") for line in lines(f"{name}_row", **values, row=row))
        made.append({**row, **{key: text.strip(" ") for key, _, text in told}})
    return made


def parts(name: str, /, **values: Any) -> dict[str, Any]:
    """A block whose lines are `key: text`; items, notes, sentences and columns come as lists."""
    made: dict[str, Any] = {}
    for line in lines(name, **values):
        key, _, text = line.partition(":")
        text = text.strip(" ")
        if key == "columns":
            found = [_column(column, values) for column in text.split(" | ")]
            made[key] = [*made.get(key, ()), *found]
        elif text and key in _MANY:
            made.setdefault(_MANY[key], []).append(text)
        elif text:
            made[key] = text
    return made


def _column(declared: str, values: Mapping[str, Any]) -> Column:
    head, _, title = declared.partition(" = ")
    found = _COLUMN.fullmatch(head)
    if not found:
        raise ValueError(f"{declared!r} is no column: write `key:show >href +note = Title`")
    show = found["show"] or "text"
    of_kind = functools.partial(words.label, kind=show) if show in words.LABELS else None
    shown: Any = values.get(show) or of_kind or _FILTERS[show]
    if found["digits"]:
        shown = functools.partial(shown, digits=int(found["digits"]))
    if found["nothing"] is not None:
        shown = functools.partial(_or_else, found["nothing"], shown)
    marks = found["marks"].split()
    fields: dict[str, Any] = {_MARKS[mark[0]]: mark[1:] for mark in marks if mark[0] in _MARKS}
    fields |= {mark[1:]: True for mark in marks if mark[0] == "*"}
    return Column(found["key"], title, shown, number=found["sign"] == "#", **fields)


def _or_else(nothing: str, show: Callable[[Any], str], value: Any) -> str:
    return nothing if value is None else show(value)
