"""The index of products by material, and a page for each product with all its codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row, Table, apart
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law, months
from chokepoint.site.subjects.goods import (
    STAGES,
    Goods,
    anchor,
    by,
    dependent,
    goods,
    material_href,
)

EU = "EU27"
# Colours by rank of the supplier; the rest and the unnamed are grey.
RANKS = 5
OTHER, UNNAMED = "other", "unnamed"
YEARS_OF_VERDICTS = 8
VERDICTS = {
    True: ("yes", "dependent"),
    False: ("no", "not dependent"),
    None: ("open", "no verdict"),
}
# How much was imported: the columns of an amount and of a share of it, and how it is said.
AMOUNTS = {
    "value": ("import_value_eur", "value_share", words.money),
    "mass": ("net_mass_kg", "mass_share", words.mass),
}
FAMILIES = {"HS": "Harmonised System", "CN": "Combined Nomenclature"}


def pages(site: Site) -> Iterator[Page]:
    """The index, then one page per product."""
    found = goods(site)
    index = _index(site, found, found.untold("history", "product_coverage"))
    yield Page("products.html", "products.html.j2", "Products", index)
    for page in found.pages:
        title = found.title(page)
        yield Page(
            f"products/{page}.html",
            "product.html.j2",
            f"{title} ({page})",
            _product(site, found, page, title),
        )


def _index(site: Site, found: Goods, untold: str) -> dict[str, Any]:
    rows = []
    for page, codes in found.pages.items():
        materials = found.materials_of(row["product_code"] for row in codes)
        for material in materials or [""]:
            own = [
                row["product_code"]
                for row in codes
                if not material or any(link["material"] == material for link in row["links"])
            ]
            stages = {
                link["stage"]
                for row in codes
                for link in row["links"]
                if link["material"] == material
            }
            lead = found.lead(page, material)
            states = found.states_of(own)
            others = [other.lower() for other in materials if other != material]
            rows.append(
                {
                    **lead,
                    "material": material or "No material recorded",
                    "material_page": material_href(material)
                    if material in found.materials
                    else None,
                    "product": found.title(page, own),
                    "page": f"products/{page}.html",
                    "codes": ", ".join(own),
                    "stage": next((stage for stage in STAGES if stage in stages), None),
                    "shared": f"with {words.listing(others, 3)}" if others else "",
                    "dependent": dependent(lead),
                    "law": states[0] if states else None,
                }
            )
    order = [*STAGES, None]
    rows.sort(key=lambda row: (row["material"].lower(), order.index(row["stage"]), row["page"]))
    table = site.table(
        "products.products",
        rows,
        stage_words=lambda s: STAGES[s][0] if s else words.NOT_KNOWN,
        nothing=words.NOT_KNOWN if untold else "none",
    )
    return {"finding": _index_finding(site, found), "untold": untold, "table": table}


def _index_finding(site: Site, found: Goods) -> str:
    leads = [found.lead(page) for page in found.pages]
    judged = [p for p in leads if p["dependent_count"] + p["independent_count"]]
    return sentences.say(
        "products.index",
        day=site.as_of,
        has_figures=any(lead["period"] for lead in leads),
        judged=len(judged),
        most=sum(p["dependent_count"] > p["independent_count"] for p in judged),
        split=sum(bool(p["dependent_count"] and p["independent_count"]) for p in judged),
    )


def _product(site: Site, found: Goods, page: str, title: str) -> dict[str, Any]:
    rows = found.pages[page]
    codes = [row["product_code"] for row in rows]
    clauses = found.clauses_of(codes)
    materials = found.materials_of(codes)
    lead = found.lead(page)
    blocks = [_block(site, found, row) for row in rows if row["source_id"]]
    # The page begins with the chart of the code that its lead is about.
    blocks.sort(key=lambda block: block["product"]["product_code"] != lead["product_code"])
    of_china = [row for row in clauses if row["jurisdiction"] == months.CHINA]
    return {
        "title": title,
        "codes": rows,
        "families": FAMILIES,
        "reported": found.reported,
        "materials": [
            (name, material_href(name) if name in found.materials else None) for name in materials
        ],
        "shared": _shared(found, page, materials),
        "lead": _lead(found, lead, page),
        "table": site.table(
            "products.codes", rows, page=page, dependent=dependent, families=FAMILIES
        )
        if len(rows) > 1
        else None,
        "importers": _importers(site, found, page, lead),
        "blocks": blocks,
        "months": months.charts(
            site,
            f"products/{page}",
            [row for row in found.press if row["product_code"] == page],
            found.months.get(page, []),
            _history(found, of_china),
            f"{title} ({page})",
        ),
        "without": [(r, anchor(r["product_code"])) for r in rows if not r["source_id"]],
        "law_finding": sentences.say(
            "products.listed",
            measures=len({clause["measure_id"] for clause in clauses}),
            codes=codes,
            states=found.states_of(codes),
            is_open=any(clause["share_central"] is None for clause in clauses),
        )
        if clauses
        else found.unlisted,
        "timeline": law.timeline(
            _history(found, clauses),
            site.as_of,
            "Legal status of the measures that list this product",
        ),
        "clauses": _clauses(site, found, page, clauses),
        "under": site.table(
            "products.under_measures",
            [row for code in codes for row in found.flows.get(code, [])],
            page=page,
        ),
        "licences": licences_of(site, found, f"products/{page}", materials),
    }


def _block(site: Site, found: Goods, product: Row) -> dict[str, Any]:
    """What the page says of one code."""
    code = product["product_code"]
    years = found.drawn_years(product)
    return {
        "product": product,
        "anchor": anchor(code),
        "lead": _lead(found, product, code),
        "imports": imports_chart(site, found, product, years, f"products/{code}-imports"),
        "concentration": _concentration(site, product, years),
        "others": site.table(
            "products.sources",
            [
                row
                for row in found.others.get(code, [])
                if row["of_source_id"] == product["source_id"]
            ],
            code=code,
        ),
        "verdicts": _verdicts(site, found, product),
    }


def _shared(found: Goods, page: str, materials: Sequence[str]) -> str:
    if len(materials) < 2:
        return ""
    own = {
        row["product_code"]: found.materials_of([row["product_code"]]) for row in found.pages[page]
    }
    parts = [f"{code} {names[0].lower()}" for code, names in own.items() if names]
    mixed = any(len(names) > 1 for names in own.values())
    return sentences.say("products.shared", parts=[] if mixed else parts, materials=materials)


def _importers(site: Site, found: Goods, page: str, lead: Row) -> dict[str, Any]:
    """Members of the EU and other importers beside each other, the most concentrated first."""
    rows = found.importers.get(lead["product_code"], [])
    weighed = [
        row for row in rows if row["is_member"] and row["reporter_code"] != EU and not row["doubt"]
    ]
    named = [row for row in weighed if row["top_supplier_value_share"] is not None]
    most = max(named, key=lambda row: row["top_supplier_value_share"], default=None)
    finding = sentences.say("products.weighed", weighed=weighed, most=most) if most else ""
    table = site.table("products.importers", rows, page=page, code=lead["product_code"])
    return {"finding": finding, "table": table}


def _lead(found: Goods, product: Row, of: str) -> str:
    """What is imported of a code; it is named where it is not the one that is asked about."""
    rivals = found.rivals(product) if product["source_id"] else ""
    verdict = _verdict_sentence(product)
    return sentences.say("products.lead", row=product, of=of, rivals=rivals, verdict=verdict)


def _verdict_sentence(product: Row) -> str:
    yes, no = product["dependent_count"], product["independent_count"]
    return sentences.say("products.verdict", yes=yes, no=no)


def imports_chart(
    site: Site, data: Goods, product: Row, years: Sequence[Row], path: str, by: str = "value"
) -> Chart | None:
    """Imports of one code by year and partner, of the series that is drawn.

    by  value, or mass: without years in which the mass of a partner is not known; then None if no
        year is left
    """
    code = product["product_code"]
    partners = [
        row for row in data.partners.get(code, []) if row["series_id"] == product["drawn_series_id"]
    ]
    amount, share, say = AMOUNTS[by]
    if by == "mass":
        lacking = {row["period"] for row in partners if row[amount] is None}
        partners = [row for row in partners if row["period"] not in lacking]
        years = [row for row in years if row["period"] not in lacking]
        if not partners:
            return None
    names = {OTHER: "all others", UNNAMED: "not named"}
    rows = [
        {
            **row,
            "partner": names.get(row["partner_iso3"]) or site.country(row["partner_iso3"]),
            "rank": f"r{row['partner_rank']}",
            "amount": row[amount],
            "shown": say(row[amount]),
            "share": words.percent(row[share]),
        }
        for row in (*partners, *_unnamed(partners, years, amount, share))
    ]
    rows.sort(key=lambda row: (row["period"], row["partner_rank"]))
    return site.chart(
        "products.imports",
        rows,
        changes={"params": [{"name": "by", "value": by}]},
        datasets={"labels": _labels(rows)},
        to=path,
        by=by,
        finding=_imports_finding(site, product, years, partners, by),
        sources=site.sources_of(years),
        notes=_breaks(years),
    )


def _unnamed(
    partners: Sequence[Row], years: Sequence[Row], amount: str, share: str
) -> list[dict[str, Any]]:
    """What partners with a name leave of each year."""
    total = {row["period"]: row[amount] or 0 for row in years}
    rest = dict(total)
    for row in partners:
        rest[row["period"]] -= row[amount] or 0
    return [
        {
            "product_code": years[0]["product_code"],
            "period": year,
            "partner_iso3": UNNAMED,
            "partner_rank": RANKS + 2,
            amount: left,
            share: left / total[year],
        }
        for year, left in rest.items()
        if total[year] and left > 0.001 * total[year]
    ]


def _imports_finding(
    site: Site, product: Row, years: Sequence[Row], partners: Sequence[Row], by: str
) -> str:
    """The largest supplier of the last year, by mass the largest that is named."""
    valued = [row for row in years if row["import_value_eur"]]
    named = [row for row in partners if row["partner_iso3"] != OTHER]
    return sentences.say(
        "products.supplied" if by == "value" else "products.by_mass",
        product=product,
        first=valued[0] if valued else None,
        last=valued[-1] if valued else None,
        largest=max(named, key=lambda row: (row["period"], row["net_mass_kg"] or 0), default=None),
        site=site,
    )


def _labels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where each partner's name stands beside the last bar."""
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        totals[row["period"]] += row["amount"] or 0
    last = [row for row in rows if row["period"] == max(totals)]
    least = 0.062 * (max(totals.values(), default=0) or 1)
    places = apart([row["amount"] or 0 for row in last], least)
    return [
        {"period": row["period"], "partner": row["partner"], "at": at, "rank": row["rank"]}
        for row, at in zip(last, places, strict=True)
    ]


def _breaks(years: Sequence[Row]) -> list[str]:
    changes = [
        f"{row['period']} ({row['nomenclature']})"
        for before, row in pairwise(years)
        if before["nomenclature"] != row["nomenclature"]
        and not (before["is_lasting_code"] and row["is_lasting_code"])
    ]
    return sentences.lines(
        "products.breaks",
        changes=changes,
        sources=[
            f"{rows[-1]['source_name']} for {_spans(rows)}"
            for rows in by(years, "source_id").values()
        ],
        partial=[row for row in years if row["is_partial_partner_list"]],
        spans=_spans,
    )


def _spans(rows: Sequence[Row]) -> str:
    """Years in words, those that follow each other as a span: 2010 to 2021 and 2023."""
    spans: list[list[str]] = []
    for row in rows:
        if spans and int(row["period"]) == int(spans[-1][-1]) + 1:
            spans[-1][1:] = [row["period"]]
        elif not spans or row["period"] != spans[-1][-1]:
            spans.append([row["period"]])
    return words.listing([" to ".join(span) for span in spans])


def _concentration(site: Site, product: Row, years: Sequence[Row]) -> Chart:
    rows = [
        {
            **row,
            "low": row["hhi_value"] if row["hhi_value_low"] is None else row["hhi_value_low"],
            "high": row["hhi_value"] if row["hhi_value_high"] is None else row["hhi_value_high"],
            "shown": words.number(row["hhi_value"], 2),
            "range": words.NOT_KNOWN
            if row["hhi_value_low"] is None
            else words.span(*(words.number(row[f"hhi_value_{end}"], 3) for end in ("low", "high"))),
        }
        for row in years
        if row["hhi_value"] is not None
    ]
    return site.chart(
        "products.concentration",
        rows,
        code=product["product_code"],
        sources=site.sources_of(years),
        unbounded=_spans([row for row in rows if row["hhi_value_low"] is None]),
    )


def _verdicts(site: Site, data: Goods, product: Row) -> dict[str, Any]:
    """Definitions as rows, years as columns; the latest year's reason in words."""
    found = [
        row
        for row in data.verdicts.get(product["product_code"], [])
        if row["series_id"] == product["own_series_id"]
    ]
    # The newest first: a phone shows it without scrolling.
    years = sorted({row["period"] for row in found}, reverse=True)[:YEARS_OF_VERDICTS]
    order = {True: 0, False: 1, None: 2}
    lines, latest = [], []
    for definition, rows in by(found, "definition_name").items():
        by_year = {row["period"]: row for row in rows}
        last = by_year.get(years[0])
        latest += [last] if last else []
        cells = []
        for year in years:
            row = by_year.get(year)
            mark, spoken = VERDICTS[row["is_dependent"] if row else None]
            why = words.certainty_meaning(row["certainty"]) if row else "No figures."
            cells.append({"mark": mark, "spoken": spoken, "why": why})
        rank = order[last["is_dependent"] if last else None], definition
        lines.append({"definition": definition, "cells": cells, "rank": rank})
    lines.sort(key=lambda line: line["rank"])
    latest.sort(key=lambda row: (order[row["is_dependent"]], row["definition_name"]))
    reasons = site.table("products.verdicts", latest, product=product)
    finding = sentences.say(
        "products.judged",
        yes=product["dependent_count"],
        no=product["independent_count"],
        verdict=_verdict_sentence(product),
    )
    return {"years": years, "lines": lines, "reasons": reasons, "finding": finding}


def _history(data: Goods, clauses: Sequence[Row]) -> list[Row]:
    listed = dict.fromkeys((clause["measure_id"], clause["clause_id"]) for clause in clauses)
    return [row for key in listed for row in data.history.get(key, [])]


def _clauses(site: Site, data: Goods, page: str, clauses: Sequence[Row]) -> Table:
    rows = [
        {
            **clause,
            "state": min(
                (
                    row
                    for row in data.states.get((clause["measure_id"], clause["clause_id"]), [])
                    if row["claim_group"] == law.BASE
                ),
                key=lambda row: row["state_rank"],
                default={"state": None},
            )["state"],
            "share": _share(clause),
            "country": site.jurisdiction(clause["jurisdiction"]),
        }
        for clause in clauses
    ]
    return site.table("products.law", rows, page=page, empty=data.unlisted)


def _share(clause: Row) -> str:
    low, high = clause["share_low"], clause["share_high"]
    if low is None or high is None:
        return words.NOT_KNOWN
    if low == high:
        return "all of it" if low == 1 else words.percent(low, 0)
    return f"between {words.percent(low, 0)} and {words.percent(high, 0)}, no source says"


def licences_of(site: Site, data: Goods, path: str, materials: Sequence[str]) -> dict[str, Any]:
    """How long licences of materials take, of the registers in the release."""
    rows = [row for row in data.licences if row["of_material"] in materials]
    table = site.table("products.licences", rows, of=path)
    return {"table": table, "synthetic": any(r["data_origin"] == "synthetic" for r in rows)}
