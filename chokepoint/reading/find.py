"""Relations by a reader's words, of a published file that is open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_COME_FROM = re.compile(r"\b(comes?|came|coming) from\b|\bwhere from\b|\bwoher\b", re.IGNORECASE)

# A material, product, measure or country that goes by this name, or whose name a question has in
# it: what it is, and its rows.
_NAMED = """
with asked as (
    select
        lower(trim(?)) as words,
        ' ' || regexp_replace(words, '[^\\w/]+', ' ', 'g') || ' ' as wording,
),

named as (
    select
        'material' as kind,
        material as name,
        lower(term) as said,
        'marts.dim_material' as relation,
        'material' as column_name,
        material as value,
    from marts.bridge_material_names
    union all
    select
        'product',
        product_name,
        product_code,
        'marts.dim_product',
        'product_code',
        product_code,
    from marts.dim_product
    union all
    select
        'measure',
        title,
        lower(unnest([
            measure_id,
            instrument_no,
            regexp_extract(instrument_no, '[0-9]+/[0-9]{4}'),
            regexp_extract(instrument_no, '([0-9]+)/[0-9]{4}', 1)
        ])),
        'marts.fct_measure_states',
        'measure_id',
        measure_id,
    from marts.dim_measure
    union all
    select
        'country',
        country_name,
        lower(name_key),
        'marts.dim_country',
        'country_iso3',
        place_code,
    from marts.dim_place_name
    inner join marts.dim_country on country_iso3 = place_code
)

select distinct
    kind,
    name,
    format(
        'select * from {} where {} = ''{}'' limit 10', relation, column_name,
        replace(value, '''', '''''')
    ) as example_query,
from named
inner join asked
    on
        named.said in (asked.words, regexp_replace(asked.words, '^(no\\.?|announcement) +', ''))
        or named.kind = 'product' and named.said = regexp_replace(asked.words, '[ .]', '', 'g')
        or (
            length(named.said) > 3
            and (named.kind <> 'measure' or contains(named.said, '/'))
            and contains(asked.wording, ' ' || named.said || ' ')
        )
order by all
limit 10
"""


def find(con: Any, text: str, named: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Rows of `meta.find`, the best first.

    named  see `find_named`: goods come from a country, a figure from a file
    """
    if any(one["kind"] in ("material", "product") for one in named):
        text = _COME_FROM.sub(" partner shares of imports, suppliers ", text)
    return _rows(con, "select * from meta.find(?)", text)


def find_named(con: Any, text: str) -> list[dict[str, Any]]:
    """Materials, products, measures and countries of this name: kind, name, example_query."""
    return _rows(con, _NAMED, text)


def _rows(con: Any, sql: str, text: str) -> list[dict[str, Any]]:
    cursor = con.execute(sql, [text])
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
