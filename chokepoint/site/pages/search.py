"""One page that lists every material, product and measure, and finds them by what readers type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chokepoint.site import words
from chokepoint.site.parts import Row
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import Goods, goods, material_href, product_href

NAV = ("search.html", "Search")


def pages(site: Site) -> Iterator[Page]:
    """The one page: without a script it is a list of all."""
    found = goods(site)
    elements = {
        str(row["element_name"]).lower(): str(row["symbol"]) for row in site.rows("elements")
    }
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
        places = {
            site.country(found.products[code]["top_supplier_iso3"])
            for code in codes
            if found.has_figures(code) and found.products[code]["top_supplier_iso3"]
        }
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
    first: dict[str, Row] = {}
    for states in found.history.values():
        for row in states:
            first.setdefault(row["measure_id"], row)
    issued = {row["measure_id"]: row for row in found.all_states}
    materials: dict[str, list[str]] = {}
    for name, rows in found.measures.items():
        for row in rows:
            materials.setdefault(row["measure_id"], []).append(name)
    return [
        _entry(
            law.name(row),
            law.href(measure_id),
            [measure_id],
            str(row["title"]) if row["instrument_no"] else "",
            site.jurisdiction(issued[measure_id]["jurisdiction"]) if measure_id in issued else "",
            words.listing(materials.get(measure_id, []), 8),
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
        if href != NAV[0]
    ]
