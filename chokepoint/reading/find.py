"""Relations by a reader's words, of a published file that is open."""

from __future__ import annotations

from typing import Any


def find(con: Any, text: str) -> list[dict[str, Any]]:
    """Rows of `meta.find`, the best first."""
    cursor = con.execute("select * from meta.find(?)", [text])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def nearest_names(con: Any, text: str) -> list[str]:
    """The three relations whose names are most like a text, as `schema.name`."""
    found = con.execute(
        "select schema_name || '.' || relation_name from meta.relations"
        " order by jaro_winkler_similarity("
        " regexp_replace(relation_name, '^(fct|dim|rpt|bridge)_', ''), lower(?)) desc,"
        " relation_name limit 3",
        [text],
    ).fetchall()
    return [name for (name,) in found]
