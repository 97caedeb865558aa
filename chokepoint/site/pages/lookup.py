"""Pages to look things up: all materials, products and measures, found by what readers type; and
SQL on the published file, in the reader's browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile
from typing import Any

import duckdb

from chokepoint.reading.queries import TYPES, Query, list_queries, meaning_of
from chokepoint.releases.csv_cells import FORMULA, NUMBER
from chokepoint.releases.relations import quote
from chokepoint.site import wasm, words
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import Goods, goods, material_href, product_href

# Rows that the page shows of a result; the CSV has all.
SHOWN = 200
# Columns of the longest key of a published relation, and some to spare.
MOST_MEMBERS = 12
# Parameters that are today's day where nobody says otherwise: here the day of the page.
_DAYS = ("as_of", "valid_on")
_NUMBER_OF_QUESTION = re.compile(r"A(\d+): ")


def search(site: Site) -> Iterator[Page]:
    """The one page: without a script it is a list of all."""
    found = goods(site)
    elements = {row["element_name"].lower(): row["symbol"] for row in site.rows("elements")}
    groups = [
        ("Materials", "material", _materials(site, found, elements)),
        ("Products", "product", _products(site, found)),
        ("Measures", "measure", _measures(site, found)),
        ("Quoted shares", "quoted share", _quoted(site, found)),
        ("Other pages", "page", _others(site)),
    ]
    count = sum(len(entries) for _, _, entries in groups)
    lacks = site.lacks("materials", "products", "history", "material_measures")
    yield Page(
        "search.html",
        "search.html.j2",
        "Search",
        {"groups": groups, "count": count, "lacks": lacks},
    )


def _entry(name: str, href: str, terms: list[str], *notes: str) -> dict[str, Any]:
    return {"name": name, "href": href, "note": "; ".join(filter(None, notes)), "terms": terms}


def _materials(site: Site, found: Goods, elements: dict[str, str]) -> list[dict[str, Any]]:
    made = []
    for name, row in found.materials.items():
        also = [name.lower(), *str(row["other_names"] or "").split("; ")]
        codes = [link["product_code"] for link in found.codes_of(name)]
        products = [found.products[code] for code in codes if found.has_figures(code)]
        places = {row["supplier"] for row in products if row["top_supplier_iso3"]}
        made.append(
            _entry(
                name,
                material_href(name),
                [*also, *(elements[part] for part in also if part in elements)],
                words.listing(str(row["member_names"] or "").split("; "), 20),
                f"goes into {row['end_uses'].replace('; ', ', ')}" if row["end_uses"] else "",
                f"largest suppliers of the EU, by code: {words.listing(sorted(places), 8)}"
                if places
                else "",
            )
        )
    return made


def _products(site: Site, found: Goods) -> list[dict[str, Any]]:
    made = []
    for page, rows in found.pages.items():
        codes, title = [row["product_code"] for row in rows], found.title(page)
        supplier = site.country(found.lead(page)["top_supplier_iso3"])
        made.append(
            _entry(
                title,
                f"products/{page}.html",
                [page, *(row["product_name"] for row in rows)],
                ", ".join(codes),
                words.listing(found.materials_of(codes), 6),
                f"largest supplier of the EU: {supplier}" if supplier else "",
            )
        )
        made += [
            _entry(name, product_href(code), [code], f"{code}, part of {page}")
            for name, code in ((row["product_name"], row["product_code"]) for row in rows)
            if code != page and len(rows) > 1 and name != title
        ]
    return made


def _measures(site: Site, found: Goods) -> list[dict[str, Any]]:
    history = [row for states in found.history.values() for row in states]
    first = {row["measure_id"]: row for row in reversed(history)}
    issued = {row["measure_id"]: row for row in found.all_states}
    materials = law.by((row for rows in found.measures.values() for row in rows), "measure_id")
    return [
        _entry(
            law.name(row),
            law.href(measure_id),
            [measure_id],
            str(row["title"]) if row["instrument_no"] else "",
            site.jurisdiction(issued[measure_id]["jurisdiction"]) if measure_id in issued else "",
            words.listing([of["material"] for of in materials.get(measure_id, [])], 8),
        )
        for measure_id, row in sorted(first.items())
    ]


def _quoted(site: Site, found: Goods) -> list[dict[str, Any]]:
    """Shares that others print, with the page that sets them beside other figures."""
    pages = {
        term: f"{material_href(name)}#quoted"
        for name, row in found.materials.items()
        for term in (name.lower(), *str(row["other_names"] or "").split("; "))
    }
    return [
        _entry(
            f"{row['published_value']:g}%: {row['fact_text']}, {row['period']}",
            pages.get(row["product"].lower(), "health.html#figures"),
            [],
            str(row["fact_source_title"]),
        )
        for row in site.rows("health_figures")
        if row["unit"] == "%" and row["period"] <= str(site.as_of)
    ]


def _others(site: Site) -> list[dict[str, Any]]:
    """The pages of the navigation; the overview is the page of each member state."""
    members = [site.country(row["country_iso3"]) for row in site.rows("importers")]
    return [
        _entry(label, href, members, "the EU27, each member state and five other importers")
        if href == "index.html"
        else _entry(label, href, [])
        for href, label in site.nav
        if href != "search.html"
    ]


def sql(site: Site) -> Iterator[Page]:
    """The one page; what it loads is written by `builder`."""
    relations = site.rows("sql_relations")
    macros = site.rows("sql_macros")
    synthetic = _synthetic(site)
    yield Page(
        "sql.html",
        "sql.html.j2",
        "Ask in SQL",
        {
            "relations": [
                {**row, "synthetic_rows": synthetic.get(_bare(row["relation"]), 0)}
                for row in relations
            ],
            "macros": macros,
            "law": _law(site),
            "data": {
                "questions": [_question(site, query) for query in list_queries(site.settings)],
                "types": TYPES,
                "synthetic": {
                    _bare(row["relation"]): row["relation"]
                    for row in relations
                    if _bare(row["relation"]) in synthetic
                },
                "without_extensions": _without_extensions(),
                "shown": SHOWN,
                # What a cell of text is that a spreadsheet would run.
                "formula": FORMULA.removeprefix("(?s)"),
                "number": NUMBER,
            },
            "lacks": site.lacks("sql_relations", "sql_macros"),
        },
    )


def _bare(relation: str) -> str:
    return relation.rpartition(".")[2]


def _question(site: Site, query: Query) -> dict[str, Any]:
    lines = query.sql.splitlines()
    return {
        "name": query.name,
        "title": _NUMBER_OF_QUESTION.sub("", query.title),
        "notes": query.notes,
        "sql": "\n".join(dropwhile(lambda line: line.startswith("--"), lines)),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "meaning": meaning_of(parameter.type),
                "help": parameter.help,
                "value": site.as_of.isoformat() if parameter.name in _DAYS else "",
                "known": query.known.get(parameter.name, []),
            }
            for parameter in query.parameters
        ],
    }


def _without_extensions() -> list[str]:
    """Statements that make what the engine lacks; `json_object` for each number of members."""
    text = (wasm.HERE / "without_extensions.sql").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    ways = []
    for count in range(1, MOST_MEMBERS + 1):
        names = ", ".join(f"name_{n}, given_{n}" for n in range(count))
        members = " || ',' || ".join(f"json_member(name_{n}, given_{n})" for n in range(count))
        ways.append(f"({names}) as '{{' || {members} || '}}'")
    objects = f"create temp macro json_object{', '.join(ways)}"
    return [*(part.strip() for part in "\n".join(lines).split(";\n") if part.strip()), objects]


def _synthetic(site: Site) -> dict[str, int]:
    """Rows of invented samples, by the name of the table that has any; the plan names no schema."""
    tables = site.con.execute(
        """
        select schema_name, table_name from duckdb_columns()
        semi join duckdb_tables() using (database_name, schema_name, table_name)
        where column_name = 'data_origin' and database_name = current_database()
        """
    ).fetchall()
    found = {}
    for schema, name in tables:
        try:
            (count,) = site.con.execute(
                f"select count(*) from {quote(schema)}.{quote(name)}"
                " where data_origin = 'synthetic'"
            ).fetchone() or (0,)
        except duckdb.Error:
            continue
        if count:
            found[name] = count
    return found


def _law(site: Site) -> str:
    """Whose list of acts was read up to which day, as sentences."""
    rows = site.rows("law_coverage")
    if not rows:
        return "The file does not say up to which day the law was read."
    read = [
        f"{words.in_sentence(site.jurisdiction(row['jurisdiction']))} ({words.read_to(row)})"
        for row in rows
        if row["list_read_to"]
    ]
    others = words.count(len(rows) - len(read), "other jurisdiction")
    said = f"Law: {words.listing(read, 4)}. " if read else ""
    return f"{said}Of {others} no list of acts was read, only sources of single measures."
