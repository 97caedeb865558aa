"""The index of products with its search, and a page for each product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from chokepoint.site import law, words
from chokepoint.site.parts import Chart, Column, Row, Table, Timeline
from chokepoint.site.site import Page, Site

NAV = ("products.html", "Products")
# Colours by rank of the supplier; the rest and the unnamed are grey.
RANKS = 5
OTHER, UNNAMED = "other", "unnamed"
YEARS_OF_VERDICTS = 8
VERDICTS = {
    True: ("yes", "dependent"),
    False: ("no", "not dependent"),
    None: ("open", "no verdict"),
}


def pages(site: Site) -> Iterator[Page]:
    """The index, then one page per product."""
    products = site.rows("products")
    data = _Data(site)
    untold = law.untold(
        site, law.standing_measures(site.rows("states")), "history", "product_coverage"
    )
    for product in products:
        clauses = data.coverage.get(product["product_code"], [])
        product["states"] = data.states_of(clauses)
        product["materials"] = _once(product["materials"])
    yield Page("products.html", "products.html.j2", "Products", _index(site, products, untold))
    for product in products:
        yield Page(
            f"products/{product['product_code']}.html",
            "product.html.j2",
            f"{product['product_name']} ({product['product_code']})",
            _product(site, data, product),
        )


class _Data:
    """What all product pages are cut from: one query per kind."""

    def __init__(self, site: Site) -> None:
        self.years = _by(site.rows("product_years"), "product_code")
        self.partners = _by(site.rows("product_partners"), "product_code")
        self.verdicts = _by(site.rows("product_verdicts"), "product_code")
        self.others = _by(site.rows("product_others"), "of_product_code")
        self.flows = _by(site.rows("trade_under_measures"), "product_code")
        self.licences = site.rows("licence_times")
        self.history = _by(
            law.known_on(site.rows("history"), site.as_of), "measure_id", "clause_id"
        )
        # A clause that nobody knew of on the day bears on nothing.
        listed = site.rows("product_coverage")
        known = [row for row in listed if (row["measure_id"], row["clause_id"]) in self.history]
        self.coverage = _by(known, "product_code")
        self.states = _by(site.rows("states"), "measure_id", "clause_id")
        missing = site.lacks("states", "history", "product_coverage")
        self.unlisted = (
            f"{missing}, so nothing can be said about the law on this code."
            if missing
            else "No recorded measure lists this code, as far as was known on"
            f" {words.day(site.as_of)}."
        )

    def states_of(self, clauses: Iterable[Row]) -> list[str]:
        """States today of the clauses that list a product, the strictest first."""
        found = {
            (state["state_rank"], state["state"])
            for clause in clauses
            for state in self.states.get((clause["measure_id"], clause["clause_id"]), [])
            if state["claim_group"] == law.BASE and not state["is_over"]
        }
        return [state for _, state in sorted(found)]


def _once(text: str | None) -> str:
    """Materials, each once whatever its capital letters."""
    named = {part.strip().lower(): part.strip() for part in reversed(str(text or "").split(";"))}
    return "; ".join(reversed(list(named.values())))


def _by(rows: Iterable[Row], *keys: str) -> dict[Any, list[Row]]:
    grouped: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys)].append(row)
    return dict(grouped)


def _index(site: Site, products: Sequence[Row], untold: str) -> dict[str, Any]:
    rows = [
        {
            **product,
            "page": f"products/{product['product_code']}.html",
            "supplier": site.country(product["top_supplier_iso3"]),
            "dependent": _dependent(product),
            "law": product["states"][0] if product["states"] else None,
        }
        for product in products
    ]
    columns = (
        Column("product_name", "Product", href="page", note="materials"),
        Column("product_code", "Code"),
        Column("import_value_eur", "EU imports", _money_or_none, number=True, note="period"),
        Column("supplier", "Largest supplier"),
        Column("top_supplier_value_share", "Its share", words.percent, number=True),
        Column("dependent", "Definitions that say dependent"),
        Column(
            "law",
            "Strictest state of law",
            lambda state: words.state(state) if state else words.NOT_KNOWN if untold else "none",
            mark="law",
        ),
    )
    judged = [p for p in products if p["dependent_count"] + p["independent_count"]]
    most = [p for p in judged if p["dependent_count"] > p["independent_count"]]
    split = [p for p in judged if p["dependent_count"] and p["independent_count"]]
    finding = "No product has figures that a definition of dependency could judge."
    if not any(product["period"] for product in products):
        finding = f"No product has figures of a year that was over by {words.day(site.as_of)}."
    if judged:
        finding = (
            f"Of {words.count(len(judged), 'product')} with figures, {len(most)} count as a"
            f" dependency under most of the published definitions that can judge them. For"
            f" {len(split)} the definitions disagree."
        )
    table = site.table(
        "products",
        columns,
        rows,
        "One row per product; imports of the EU from outside it in the latest complete year",
        stacked=True,
        search="Search by name, code, material, country or state of law",
        empty="The release has no product.",
    )
    return {"finding": finding, "untold": untold, "table": table}


def _dependent(product: Row) -> str:
    judged = product["dependent_count"] + product["independent_count"]
    return f"{product['dependent_count']} of {judged}" if judged else "not judged"


def _two_digits(value: float | None) -> str:
    return words.number(value, 2)


def _one_digit(value: float | None) -> str:
    return words.number(value, 1)


def _money_or_none(value: float | None) -> str:
    return "no figure" if value is None else words.money(value)


def _product(site: Site, data: _Data, product: Row) -> dict[str, Any]:
    code = product["product_code"]
    series = {**product, "source_id": product["series_source_id"]}
    years = [row for row in data.years.get(code, []) if row["source_id"] == series["source_id"]]
    clauses = data.coverage.get(code, [])
    flows = data.flows.get(code, [])
    licences = _licences(site, data, product, clauses)
    return {
        "product": product,
        "lead": _lead(site, product),
        "imports": _imports(site, data, series, years),
        "concentration": _concentration(site, series, years),
        "others": _other_sources(site, data, product),
        "verdicts": _verdicts(site, data, product),
        "law_finding": _law_finding(product, clauses, data),
        "timeline": _timeline(site, data, clauses),
        "clauses": _clauses(site, data, product, clauses),
        "under": _under(site, product, flows),
        "licences": licences,
    }


def _lead(site: Site, product: Row) -> str:
    if product["source_id"] is None:
        return "No source of this release has imports of the EU for this product."
    share = product["top_supplier_value_share"]
    text = (
        f"In {product['period']} the EU imported {words.money(product['import_value_eur'])} of it"
        " from outside"
    )
    if product["net_mass_kg"] is not None:
        text += f", {words.mass(product['net_mass_kg'])}"
    text += "."
    if share is not None:
        text += (
            f" {words.percent(share, 0)} by value came from"
            f" {words.in_sentence(site.country(product['top_supplier_iso3']))}."
        )
    return f"{text} {_verdict_sentence(product)}".strip()


def _verdict_sentence(product: Row) -> str:
    yes, no = product["dependent_count"], product["independent_count"]
    if not yes + no:
        return ""
    if yes and no:
        return f"{yes} of the {yes + no} definitions that can judge it call that a dependency."
    verdict = "dependent" if yes else "not dependent"
    if yes + no == 1:
        return f"The one definition that can judge it says {verdict}."
    return f"All {yes + no} definitions that can judge it say {verdict}."


def _imports(site: Site, data: _Data, product: Row, years: Sequence[Row]) -> Chart:
    code = product["product_code"]
    partners = [
        row for row in data.partners.get(code, []) if row["source_id"] == product["source_id"]
    ]
    rows: list[dict[str, Any]] = []
    named: dict[str, float] = defaultdict(float)
    for row in partners:
        named[row["period"]] += row["import_value_eur"] or 0
        label = site.country(row["partner_iso3"])
        if row["partner_iso3"] == OTHER:
            label = "all others"
        rows.append(
            {
                **row,
                "partner": label,
                "rank": f"r{row['partner_rank']}",
                "shown": words.money(row["import_value_eur"]),
                "share": words.percent(row["value_share"]),
            }
        )
    for year in years:
        rest = (year["import_value_eur"] or 0) - named[year["period"]]
        if year["import_value_eur"] and rest > 0.001 * year["import_value_eur"]:
            rows.append(
                {
                    "product_code": code,
                    "period": year["period"],
                    "partner_iso3": UNNAMED,
                    "partner": "not named",
                    "partner_rank": RANKS + 2,
                    "rank": f"r{RANKS + 2}",
                    "import_value_eur": rest,
                    "net_mass_kg": None,
                    "value_share": rest / year["import_value_eur"],
                    "shown": words.money(rest),
                    "share": words.percent(rest / year["import_value_eur"]),
                }
            )
    rows.sort(key=lambda row: (row["period"], row["partner_rank"]))
    return site.chart(
        f"products/{code}-imports",
        "imports-by-partner",
        rows,
        (
            Column("period", "Year"),
            Column("partner", "Partner"),
            Column("import_value_eur", "Imports, euro", words.money, number=True),
            Column("value_share", "Share by value", words.percent, number=True),
            Column("net_mass_kg", "Mass", _mass_or_none, number=True),
        ),
        finding=_imports_finding(site, years),
        unit="Imports of the EU from outside it by country of origin, euro a year",
        source=site.source_line(product["source_id"]) if product["source_id"] else "none",
        description=_imports_finding(site, years),
        caption="Imports of the EU from outside it, by year and partner",
        datasets={"labels": _labels(rows)},
        height=360,
        notes=_breaks(years),
    )


def _mass_or_none(value: float | None) -> str:
    return "" if value is None else words.mass(value)


def _imports_finding(site: Site, years: Sequence[Row]) -> str:
    valued = [row for row in years if row["import_value_eur"]]
    if not valued:
        return "No imports are recorded."
    first, last = valued[0], valued[-1]
    leader = words.sentence(words.in_sentence(site.country(last["top_supplier_iso3"])))
    if len(valued) == 1:
        return f"{leader} was the largest supplier in {last['period']}."
    before = first["top_supplier_value_share"], first["top_supplier_iso3"]
    share = words.percent(last["top_supplier_value_share"], 0)
    text = f"{leader} supplied {share} in {last['period']}"
    if before[0] is not None and before[1] == last["top_supplier_iso3"]:
        return f"{text}, after {words.percent(before[0], 0)} in {first['period']}."
    if before[1]:
        place = words.in_sentence(site.country(before[1]))
        return f"{text}; in {first['period']} the largest supplier was {place}."
    return f"{text}."


def _labels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where each partner's name stands beside the last bar, pushed apart where parts are thin."""
    if not rows:
        return []
    last = max(row["period"] for row in rows)
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        totals[row["period"]] += row["import_value_eur"] or 0
    top = max(totals.values()) or 1
    least = 0.062 * top
    labels, base, free = [], 0.0, 0.0
    for row in (row for row in rows if row["period"] == last):
        value = row["import_value_eur"] or 0
        at = max(base + value / 2, free + least / 2 if labels else 0)
        labels.append({"period": last, "partner": row["partner"], "at": at, "rank": row["rank"]})
        base += value
        free = at + least / 2
    return labels


def _breaks(years: Sequence[Row]) -> list[str]:
    notes = []
    editions = list(dict.fromkeys(row["nomenclature"] for row in years))
    if len(editions) > 1:
        changes = [
            f"{row['period']} ({row['nomenclature']})"
            for before, row in pairwise(years)
            if before["nomenclature"] != row["nomenclature"]
        ]
        notes.append(
            f"The nomenclature changes in {words.listing(changes)}: compare years across that with"
            " care, the code may not mean the same goods."
        )
    partial = [row["period"] for row in years if row["is_partial_partner_list"]]
    if partial:
        span = partial[0] if len(partial) == 1 else f"{partial[0]} to {partial[-1]}"
        listed = next(row["coverage"] for row in years if row["is_partial_partner_list"])
        notes.append(f"For {span} the source lists a part of the trade only: {listed}.")
    return notes


def _concentration(site: Site, product: Row, years: Sequence[Row]) -> Chart:
    rows = [
        {
            **row,
            "low": row["hhi_value"] if row["hhi_value_low"] is None else row["hhi_value_low"],
            "high": row["hhi_value"] if row["hhi_value_high"] is None else row["hhi_value_high"],
            "shown": words.number(row["hhi_value"], 2),
            "range": _hhi_range(row),
        }
        for row in years
        if row["hhi_value"] is not None
    ]
    if not rows:
        finding = "No year has a concentration: its suppliers are not known."
    else:
        last = rows[-1]
        equal = last["effective_suppliers"]
        finding = (
            f"In {last['period']} imports were as concentrated as if"
            f" {words.number(equal, 1)} suppliers of equal size shared them."
        )
    unbounded = [row["period"] for row in rows if row["hhi_value_low"] is None]
    notes = [
        "The index is the sum of squared shares by value: 1 is a single supplier, 0.1 ten equal"
        " ones. The dashed line, 0.4, is the threshold of the European Commission."
    ]
    if unbounded:
        span = unbounded[0] if len(unbounded) == 1 else f"{unbounded[0]} to {unbounded[-1]}"
        notes.append(f"For {span} only the largest suppliers are named: the bounds are not known.")
    return site.chart(
        f"products/{product['product_code']}-concentration",
        "concentration",
        rows,
        (
            Column("period", "Year"),
            Column("hhi_value", "Concentration", _two_digits, number=True),
            Column("range", "Bounds"),
            Column("effective_suppliers", "As many equal suppliers", _one_digit, number=True),
            Column("supplier_count", "Named suppliers", number=True),
        ),
        finding=finding,
        unit="Herfindahl-Hirschman index of the EU's suppliers outside it by value, 0 to 1. Band:"
        " what suppliers without a name allow.",
        source=site.source_line(product["source_id"]) if product["source_id"] else "none",
        description=finding,
        caption="Concentration of the suppliers by year",
        height=260,
        notes=notes,
    )


def _hhi_range(row: Row) -> str:
    if row["hhi_value_low"] is None:
        return words.NOT_KNOWN
    low, high = (words.number(row[key], 3) for key in ("hhi_value_low", "hhi_value_high"))
    return low if low == high else f"{low} to {high}"


RELATIONS = {
    "same": "the same code",
    "number": "the same number in another edition",
    "whole": "the whole subheading",
    "part": "a part of the subheading",
    "subheading": "the subheading",
}
AGREEMENT = {
    "agree": "agrees",
    "differ_by_definition": "differs, its definition may explain it",
    "conflict": "contradicts",
    None: "not compared",
}


def _other_sources(site: Site, data: _Data, product: Row) -> Table:
    rows = [
        {
            **row,
            "source": site.source_line(row["source_id"]),
            "relation": RELATIONS[row["relation"]],
            "supplier": site.country(row["top_supplier_iso3"]),
            "why": row["leaves_out"] if row["verdict"] == "differ_by_definition" else "",
        }
        for row in data.others.get(product["product_code"], [])
        if row["of_source_id"] == product["source_id"]
    ]
    return site.table(
        f"products/{product['product_code']}-sources",
        (
            Column("product_code", "Code", note="relation"),
            Column("source", "Source", note="nomenclature"),
            Column("period", "Year"),
            Column("import_value_eur", "Imports", words.money, number=True),
            Column("supplier", "Largest supplier"),
            Column("top_supplier_value_share", "Its share", words.percent, number=True),
            Column("hhi_value", "Concentration", _two_digits, number=True),
            Column("verdict", "Beside the figures above", AGREEMENT.__getitem__, note="why"),
        ),
        rows,
        "The latest year of each other source and code of the subheading; no figure mixes sources",
        stacked=True,
        empty="One source only has this product.",
    )


def _verdicts(site: Site, data: _Data, product: Row) -> dict[str, Any]:
    """Definitions as rows, years as columns; the latest year's reason in words."""
    found = [
        row
        for row in data.verdicts.get(product["product_code"], [])
        if row["source_id"] == product["source_id"]
    ]
    # The newest first: a phone shows it without scrolling.
    years = sorted({row["period"] for row in found}, reverse=True)[:YEARS_OF_VERDICTS]
    by_definition: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in found:
        by_definition[row["definition_name"]][row["period"]] = row
    lines = []
    for definition, by_year in by_definition.items():
        cells = []
        for year in years:
            row = by_year.get(year)
            mark, spoken = VERDICTS[row["is_dependent"]] if row else VERDICTS[None]
            why = words.certainty_meaning(row["certainty"]) if row else "No figures."
            cells.append({"mark": mark, "spoken": spoken, "why": why})
        lines.append(
            {
                "definition": definition,
                "cells": cells,
                "last": by_year.get(years[0]) if years else None,
            }
        )
    order = {True: 0, False: 1, None: 2}
    lines.sort(key=lambda line: (order[_last_verdict(line)], line["definition"]))
    latest = [line["last"] for line in lines if line["last"]]
    reasons = site.table(
        f"products/{product['product_code']}-verdicts",
        (
            Column("definition_name", "Definition", note="source_title"),
            Column("is_dependent", "Dependent", _verdict_word),
            Column("reason", "Why"),
            Column("certainty", "How sure", words.certainty),
        ),
        latest,
        f"Each definition with its conditions, {product['period'] or ''}".rstrip(", "),
        stacked=True,
    )
    yes, no = product["dependent_count"], product["independent_count"]
    finding = _verdict_sentence(product)
    if yes and no:
        finding = f"The definitions disagree: {yes} say dependent, {no} say not."
    elif not finding:
        finding = "No published definition can judge this product with what is at hand."
    return {"years": years, "lines": lines, "reasons": reasons, "finding": finding}


def _last_verdict(line: Mapping[str, Any]) -> bool | None:
    return line["last"]["is_dependent"] if line["last"] else None


def _verdict_word(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "no verdict"}[value]


def _law_finding(product: Row, clauses: Sequence[Row], data: _Data) -> str:
    if not clauses:
        return data.unlisted
    measures = {clause["measure_id"] for clause in clauses}
    text = f"{words.sentence(words.count(len(measures), 'measure'))}"
    text += f" {'lists' if len(measures) == 1 else 'list'} this code"
    if product["states"]:
        text += f"; the strictest state today is: {words.state(product['states'][0]).lower()}"
    partial = [clause for clause in clauses if clause["share_central"] is None]
    if partial:
        text += ". What share of the code is really controlled, no source gives"
    return f"{text}."


def _timeline(site: Site, data: _Data, clauses: Sequence[Row]) -> Timeline:
    rows = [
        row
        for clause in clauses
        for row in data.history.get((clause["measure_id"], clause["clause_id"]), [])
    ]
    return law.timeline(rows, site.as_of, "States of the measures that list this code", root="../")


def _clauses(site: Site, data: _Data, product: Row, clauses: Sequence[Row]) -> Table:
    rows = []
    for clause in clauses:
        states = data.states.get((clause["measure_id"], clause["clause_id"]), [])
        base = [row for row in states if row["claim_group"] == law.BASE]
        rows.append(
            {
                **clause,
                "measure": law.name(clause),
                "page": law.href(clause["measure_id"], "../"),
                "state": min(base, key=lambda r: r["state_rank"])["state"] if base else None,
                "share": _share(clause),
                "country": site.jurisdiction(clause["jurisdiction"]),
            }
        )
    return site.table(
        f"products/{product['product_code']}-law",
        (
            Column("measure", "Measure", href="page", note="title"),
            Column("country", "By"),
            Column("state", "State today", lambda s: words.state(s) if s else "", mark="state"),
            Column("share", "Share of the code it covers"),
            Column("match_basis", "How the code was matched"),
        ),
        rows,
        "Clauses that list this code",
        stacked=True,
        empty=data.unlisted,
    )


def _share(clause: Row) -> str:
    low, high = clause["share_low"], clause["share_high"]
    if low is None or high is None:
        return words.NOT_KNOWN
    if low == high:
        return "all of it" if low == 1 else words.percent(low, 0)
    return f"between {words.percent(low, 0)} and {words.percent(high, 0)}, no source says"


def _under(site: Site, product: Row, flows: Sequence[Row]) -> Table:
    rows = [
        {
            **row,
            "partner": site.country(row["partner_iso3"]),
            "shown": words.money_range(row["value_eur_low"], row["value_eur_high"]),
            "rival": ""
            if row["rival_value_eur_high"] is None
            else "rival reading: "
            + words.money_range(row["rival_value_eur_low"], row["rival_value_eur_high"]),
        }
        for row in flows
    ]
    return site.table(
        f"products/{product['product_code']}-under-measures",
        (
            Column("partner", "Imports from"),
            Column("state", "State of law", words.state, mark="state"),
            Column("shown", "Imports in that state", note="rival"),
            Column("weight_period", "Year"),
            Column("certainty", "How sure", words.certainty),
        ),
        rows,
        "Imports of the EU by state of the measures on them; each euro counts once",
        stacked=True,
        empty="No import of the EU with a figure falls under a measure.",
    )


def _licences(site: Site, data: _Data, product: Row, clauses: Sequence[Row]) -> dict[str, Any]:
    materials = {
        part.strip().lower()
        for text in [product["materials"], *(clause["materials"] for clause in clauses)]
        for part in str(text or "").split(";")
    }
    name = product["product_name"].lower()
    rows = [row for row in data.licences if row["material"] in materials or row["material"] in name]
    synthetic = any(row["data_origin"] == "synthetic" for row in rows)
    table = site.table(
        f"products/{product['product_code']}-licences",
        (
            Column("material", "Material", words.sentence),
            Column("median_text", "Half are decided by day", number=True),
            Column("p90_text", "Nine of ten by day", number=True),
            Column("application_count", "Applications", number=True),
            Column("pending_count", "Still pending", number=True),
            Column("data_origin", "Register", words.plain),
        ),
        rows,
        "Calendar days from acceptance to decision; pending cases count as they have waited",
        stacked=True,
        empty="No register in this release has applications for its materials.",
    )
    return {"table": table, "synthetic": synthetic, "wanted": bool(clauses)}
