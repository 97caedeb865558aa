"""What the site says of materials, without its pages: sentences, and tables as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chokepoint.assistant.envelope import plain
from chokepoint.errors import ChokepointError, listed
from chokepoint.site.material import Material
from chokepoint.site.pages.materials import index, read_materials
from chokepoint.site.parts import Chart, Table, Timeline
from chokepoint.site.site import Site

if TYPE_CHECKING:
    from chokepoint.assistant.release import Asked

# Rows of each table of a page.
_MOST_ROWS = 8


@dataclass(frozen=True)
class _Kept:
    """What was read for all materials on a day, and the tables that it came from."""

    site: Site
    made: Mapping[str, Any]
    said: dict[str, Any]
    tables: frozenset[str]


def material_index(asked: Asked) -> dict[str, Any]:
    """A row per material: law, uses, largest supplier, codes with figures."""
    kept = _kept(asked)
    if "" not in kept.said:
        context = index(kept.site, list(kept.made.values()))
        kept.said[""] = _spoken(context, most=len(kept.made))
    return kept.said[""]


def material_page(asked: Asked, name: str) -> dict[str, Any]:
    """All that the page of a material says; ChokepointError for a name that no material has."""
    kept = _kept(asked)
    wanted = name.strip().lower()
    found = [
        one
        for one in kept.made
        if wanted in (one.lower(), *str(kept.made[one].row["own_names"] or "").lower().split("; "))
    ]
    if not found:
        rows = asked.rows("select * from marts.dim_material where lower(material) = ?", [wanted])
        if rows:
            # What the site has no page for: neither the EU's list, nor law, nor codes name it.
            return {
                "row": plain(rows[0]),
                "unknown": "No measure recorded here names it, and no code with figures is linked.",
            }
        raise ChokepointError(
            f"There is no material {name[:60]!r}.", f"give one of: {listed(kept.made)}."
        )
    if found[0] not in kept.said:
        kept.said[found[0]] = _spoken(kept.made[found[0]].context())
    return kept.said[found[0]]


def _kept(asked: Asked) -> _Kept:
    """Read once a day and release: it takes half a second."""
    release = asked.release
    (day,) = asked.con.execute("select current_date").fetchone()
    kept = release.known.get("materials")
    if kept is None or kept.site.as_of != day:
        site = Site(asked, day, release.settings, private=release.private)
        made = {one.name: one for one in read_materials(site)}
        kept = release.known["materials"] = _Kept(site, made, {}, frozenset(asked.tables))
    asked.tables |= kept.tables
    return kept


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
