"""Relations by a reader's words, of a published file that is open."""

from __future__ import annotations

import csv
import re
import shlex
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, permutations, product
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError

_COME_FROM = re.compile(r"\b(comes?|came|coming) from\b|\bwhere from\b|\bwoher\b", re.IGNORECASE)

# What question answers what a text names: kinds that it needs, words, command and what it answers.
_ANSWERS = Path(__file__).with_name("find_answers.csv")

# A material, product, measure, country or firm that goes by this name, or whose name a question has
# in it, and a share in per cent that others quote: what it is, its rows, its key and its part in a
# question.
_NAMED = """
with asked as (
    select
        strip_accents(lower(trim(?))) as words,
        ' ' || regexp_replace(words, '[^\\w/]+', ' ', 'g') || ' ' as wording,
),

named as (
    select
        'material' as kind,
        material as name,
        strip_accents(lower(term)) as said,
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
        strip_accents(lower(name_key)),
        'marts.dim_country',
        'country_iso3',
        place_code,
    from marts.dim_place_name
    inner join marts.dim_country on country_iso3 = place_code
    union all
    select
        'firm',
        firm,
        lower(firm),
        'marts.dim_exposure_site',
        'firm',
        firm,
    from marts.dim_exposure_site
    where data_origin <> 'synthetic'
    union all
    select
        'recorded event',
        event_date || ': ' || description,
        lower(firm),
        'marts.fct_events',
        'event_id',
        event_id,
    from marts.bridge_event_targets
    inner join marts.fct_events using (event_id)
    inner join marts.dim_exposure_site on target_id in (firm, site_id)
    where data_origin <> 'synthetic'
    union all
    select
        'quoted figure',
        fact_text || ', ' || period,
        format('{:g}%', published_value),
        'meta.figure_checks',
        'check_id',
        check_id,
    from meta.figure_checks
    where unit = '%'
)

select distinct
    kind,
    name,
    format(
        'select * from {} where {} = ''{}'' limit 10', relation, column_name,
        replace(value, '''', '''''')
    ) as example_query,
    value,
    case
        when kind <> 'country' then kind
        when places.is_eu27_member then 'member'
        when places.is_followed_importer then 'importer'
        else kind
    end as part,
from named
left join marts.dim_country as places on named.value = places.country_iso3
inner join asked
    on
        named.said in (asked.words, regexp_replace(asked.words, '^(no\\.?|announcement) +', ''))
        or (
            named.kind = 'quoted figure'
            and named.said = replace(regexp_extract(asked.words, '[0-9.]+ *%'), ' ', '')
        )
        or named.kind = 'product' and named.said = regexp_replace(asked.words, '[ .]', '', 'g')
        or (
            length(named.said) > 3
            and (named.kind <> 'measure' or contains(named.said, '/'))
            and contains(asked.wording, ' ' || named.said || ' ')
        )
order by all
limit 10
"""


# Shares in per cent of a material that others print, of this size when they are rounded alike.
_PRINTED = """
select count(distinct check_id) as printed
from meta.figure_checks
inner join marts.bridge_material_names
    on contains(' ' || lower(product) || ' ', ' ' || lower(term) || ' ')
where unit = '%' and material = ? and round(published_value, ?) = cast(? as double)
"""
_PER_CENT = re.compile(
    r"([0-9]+(?:[.,][0-9]+)?) *(?:%|per ?cent|prozent|pour ?cent)", re.IGNORECASE
)

# The code that a material is asked by: of the thing named, else the one that holds it best.
_BEST_CODE = """
select product_code as code
from marts.bridge_material_products as links
inner join marts.fct_import_concentration as figures using (product_code)
inner join marts.dim_trade_source using (source_id)
left join marts.dim_product as products using (product_code)
where
    links.material = ?
    and figures.reporter_code = ?
    and figures.supplier_scope in ('extra_eu', 'all')
    and figures.frequency = 'annual'
order by
    contains(lower(?), lower(regexp_extract(products.product_name, '^[A-Za-z]+'))) desc,
    list_position(['exact', 'dominant', 'shared', 'proxy'], links.match_quality),
    figures.period desc,
    source_rank,
    figures.import_value_eur desc
limit 1
"""


def answers_to(con: Any, text: str, named: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """(what it answers, command) of the questions that fit a text and what it names
    (`find_named`)."""
    with _ANSWERS.open(encoding="utf-8", newline="") as file:
        rows = [row | {"needs": Counter(row["needs"].split("+") if row["needs"] else [])}
                for row in csv.DictReader(file)]  # fmt: skip
    share = _PER_CENT.search(text)
    of_part = defaultdict(list)
    for one in named:
        of_part[one["part"]].append(one)
    held = Counter(one["part"] for one in named)
    wording = f" {_plain(text)} {'per cent ' if share else ''}"
    fitting = [row for row in rows if row["needs"] <= held and (
        not row["words"]
        or any(f" {_plain(word)} " in wording for word in row["words"].split(";"))
    )]  # fmt: skip
    most = max((row["needs"].total() for row in fitting), default=0)
    found = []
    for row in fitting:
        if not row["words"] and row["needs"].total() < most:
            continue
        # A row holds for each thing of a kind that the text names, and for each pair of them.
        for groups in product(
            *(permutations(of_part[part], n) for part, n in row["needs"].items())
        ):
            names, keys = {}, {}
            for one in chain(*groups):
                field = one["part"] if one["part"] not in keys else f"{one['part']}2"
                names[field], keys[field] = one["name"], shlex.quote(one["value"])
            if "material" in keys:
                reporter = keys.get("member") or keys.get("importer") or "EU27"
                best = _rows(con, _BEST_CODE, names["material"], reporter, text)
                if not best:
                    continue
                keys |= best[0]
                if share:
                    size = share[1].replace(",", ".")
                    asked = (names["material"], len(size.partition(".")[2]), size)
                    ((count,),) = con.execute(_PRINTED, asked).fetchall()
                    names["printed"] = (
                        f"{'A' if count else 'No'} published share of {share[1]} % of"
                        f" {names['material']} is recorded here."
                    )
            found.append((row["says"].format_map(names), row["command"].format_map(keys)))
    return found


def _plain(text: str) -> str:
    """Words in small letters without accents."""
    letters = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", text.lower()))
    return " ".join(re.findall(r"\w+", letters))


def find(con: Any, text: str, named: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """Rows of `meta.find`, the best first, each with the range of its `origins`; `named`
    (`find_named`): goods come from a country, a figure from a file."""
    if any(one["kind"] in ("material", "product") for one in named):
        text = _COME_FROM.sub(" partner shares of imports, suppliers ", text)
    return _rows(
        con,
        "select found.*, own.observed_range as origins from meta.find(?) as found"
        " left join (from meta.dictionary where column_name = 'data_origin') as own"
        " on found.relation = own.schema_name || '.' || own.relation_name order by find_rank",
        text,
    )


def find_named(con: Any, text: str) -> list[dict[str, Any]]:
    """Materials, products, measures, countries and firms of this name: kind, name, example_query,
    and their key (`value`) and part in a question (a country is a `member`, another
    `importer` that is followed, or a `country`)."""
    return _rows(con, _NAMED, text)


def _rows(con: Any, sql: str, *texts: str) -> list[dict[str, Any]]:
    cursor = con.execute(sql, list(texts))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def convert(con: Any, code: str, from_edition: str, to_edition: str) -> list[dict[str, Any]]:
    """Rows of `reports.convert_code`; ChokepointError for a code or edition not known here."""
    import duckdb

    try:
        return _rows(con, "from reports.convert_code(?, ?, ?)", code, from_edition, to_edition)
    except duckdb.InvalidInputException as error:
        raise ChokepointError(
            str(error).removeprefix("Invalid Input Error: "),
            "give a code of marts.dim_product_code and its edition.",
        ) from None


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
