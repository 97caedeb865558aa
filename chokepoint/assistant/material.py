"""What the site says of materials, without its pages: sentences, and tables as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chokepoint.assistant.envelope import plain
from chokepoint.errors import ChokepointError, listed
from chokepoint.site.pages.materials import index, read_materials
from chokepoint.site.parts import Chart, Table, Timeline
from chokepoint.site.site import Site
from chokepoint.site.subjects.material import Material

if TYPE_CHECKING:
    from chokepoint.assistant.release import Asked

# Rows of each table of a page.
_MOST_ROWS = 8


def materials(asked: Asked, name: str = "") -> dict[str, Any]:
    """A row per material: law, uses, largest supplier, codes with figures; of a name what its page
    says. Kept for the day: reading takes half a second. ChokepointError for an unknown name."""
    ((day,),) = asked.con.execute("select current_date").fetchall()
    wanted = name.strip().lower()
    said, tables = asked.once(
        ("materials", day, wanted),
        lambda: (_read(asked, day, wanted, name), frozenset(asked.tables)),
    )
    asked.tables |= tables
    return said


def _read(asked: Asked, day: dt.date, wanted: str, name: str) -> dict[str, Any]:
    site = Site(asked, day, asked.settings, private=asked.private)
    made = read_materials(site)
    if not wanted:
        return _spoken(index(site, made), most=len(made))
    for one in made:
        if wanted in (one.name.lower(), *str(one.row["own_names"] or "").lower().split("; ")):
            return _spoken(one.context())
    rows = asked.rows("select * from marts.dim_material where lower(material) = ?", [wanted])
    if not rows:
        raise ChokepointError(
            f"There is no material {name[:60]!r}.",
            f"give one of: {listed(one.name for one in made)}.",
        )
    # What the site has no page for: neither the EU's list, nor law, nor codes name it.
    return {
        "row": plain(rows[0]),
        "unknown": "No measure recorded here names it, and no code with figures is linked.",
    }


def _spoken(value: Any, most: int = _MOST_ROWS) -> Any:
    """A part of a page as plain values: of a chart its finding, of a table its first rows."""
    if isinstance(value, Chart):
        return plain({"finding": value.finding, "unit": value.unit, "source": value.source})
    if isinstance(value, Timeline | Material):
        return None
    if isinstance(value, Table):
        if not value.rows:
            return plain(value.empty)
        rows = [
            [plain(column.show(row.get(column.key))) for column in value.columns]
            for row in value.rows[:most]
        ]
        return {
            "caption": plain(value.caption),
            "shown": f"rows 1 to {len(rows)} of {len(value.rows)}",
            "columns": [plain(column.title) for column in value.columns],
            "rows": rows,
        }
    if isinstance(value, Mapping):
        parts = {str(key): _spoken(each, most) for key, each in value.items()}
        return {key: each for key, each in parts.items() if each not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [_spoken(each, most) for each in value]
    return plain(value)
