"""Exposure: who depends on what, public facts first, then the synthetic supply graph."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from chokepoint.site import law, words
from chokepoint.site.parts import Chart, Column, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("exposure.html", "Exposure")
SAMPLE = "exposure-sample.html"

SECTORS_SHOWN = 12
# Of a graph, over all scenarios.
PRODUCTS_SHOWN = 12
PRODUCTS_IN_CARD = 3
# As far as the fans of a stock are drawn.
WEEKS = 52
# What a reader must know of a graph before its figures, by its data_origin and name. Those that
# ship with the project; whatever else there is has been landed by the reader.
SHIPPED = {
    ("press_claim", "public-facts"): (
        "Public facts on named firms",
        "Statements of companies and the press. They name sites; shares are mostly not published,"
        " so bounds are wide and unknown stays unknown.",
    ),
    ("synthetic", "sample-carmaker"): (
        "An invented car maker",
        "No supply graph of a firm is public. This one is invented, to show what the tables hold"
        " once you add your own. No figure below says anything about the world.",
    ),
}
LANDED = {
    "press_claim": (
        "Landed statements",
        "Rows that were added as statements of companies and the press. This project did not"
        " collect them. What they do not say stays unknown.",
    ),
    "own": ("Your own supply graph", "Your own rows. They never enter a published release."),
    "synthetic": (
        "An invented supply graph",
        "Rows that were added as invented. No figure below says anything about the world.",
    ),
}
LAWS = (
    "needs a licence",
    "may need a licence",
    "relieved or not in effect",
    "no controlled supplier listed",
)
LAW_STATES = dict(
    zip(LAWS, ("in_force", "lapsed_presumed", "suspended", "not_covered"), strict=True)
)
KINDS = {"country": "country", "measure": "measure", "firm": "firm", "site": "site"}
QUESTIONS = {
    "A1": "states of the law",
    "A2": "what ends within 90 days",
    "A4": "imports by state of the law",
    "A7": "the licence queue",
    "A11": "stock cover",
    "A12": "exposure",
}


def pages(site: Site) -> Iterator[Page]:
    """What facts say, and apart from it invented graphs; own ones are in the private site."""
    sectors = site.rows("exposure_sectors")
    shown = graphs(site, set(LANDED) - ({"own"} if site.private else set()))
    invented = [graph for graph in shown if graph["synthetic"]]
    yield Page(
        "exposure.html",
        "exposure.html.j2",
        "Exposure: who would run short",
        {
            "headline": _headline(sectors),
            "sectors": _sectors(site, sectors),
            "graphs": [graph for graph in shown if not graph["synthetic"]],
            "invented": SAMPLE if invented else "",
            "looks_back": site.looks_back,
            **_scenarios(site),
        },
    )
    if invented:
        yield Page(
            SAMPLE,
            "exposure-sample.html.j2",
            "An invented car maker" if len(invented) == 1 else "Invented supply graphs",
            {"graphs": invented, "looks_back": site.looks_back},
        )


def _headline(sectors: Sequence[Row]) -> str:
    if not sectors:
        return "There is no table of sectors and no supply graph to show exposure from"
    top = sectors[0]
    return (
        f"{top['sector_name']}: of each euro of output,"
        f" {words.number(100 * top['china_inputs_per_output_low'])} to"
        f" {words.number(100 * top['china_inputs_per_output_high'])} cents are inputs from China"
    )


def _sectors(site: Site, sectors: Sequence[Row]) -> Chart:
    rows = [
        {
            **row,
            "label": row["sector_name"],
            "low": row["china_inputs_per_output_low"],
            "high": row["china_inputs_per_output_high"],
            "shown": f"{words.percent(row['china_inputs_per_output_low'])} to"
            f" {words.percent(row['china_inputs_per_output_high'])}",
        }
        for row in sectors[:SECTORS_SHOWN]
    ]
    finding = "There is no table of inputs by sector."
    if len(rows) > 1:
        finding = (
            f"{rows[0]['label']} and {rows[1]['label'][0].lower()}{rows[1]['label'][1:]} rely most"
            " on China, directly and through others."
        )
    period = rows[0]["source_period"] if rows else ""
    return site.chart(
        "exposure/inputs-by-sector",
        "exposure-ranges",
        rows,
        [
            Column("label", "EU sector"),
            Column("low", "Bought directly", words.percent, number=True),
            Column("high", "With indirect inputs", words.percent, number=True),
            Column("china_electronics_per_output", "Of it electronics", words.percent, number=True),
            Column("foreign_inputs_per_output_high", "All foreign", words.percent, number=True),
            Column("materials_used", "Critical materials used", number=True),
        ],
        finding=finding,
        unit="Inputs from China as a percentage of the output of the sector. Bar: from direct"
        " inputs to all inputs, indirect ones included.",
        source=site.source_line("icio_input_reliance"),
        description="One bar per EU sector",
        caption=f"The {len(rows)} EU sectors with most inputs from China, {period}",
        height=54 * max(len(rows), 1) + 30,
        day=f"Figures of {period}, as in {site.of_release()}.",
        notes=[
            "The upper end counts inputs of inputs, so do not add up the upper ends of several"
            " countries."
        ],
    )


def graphs(site: Site, origins: Collection[str]) -> list[dict[str, Any]]:
    """What graphs.html.j2 shows of each supply graph of these origins."""
    names = (
        "tiers", "paths", "chokepoints", "cover", "cover_fan", "cover_unknown", "products",
        "events", "faults",
    )  # fmt: skip
    found = {
        name: [row for row in site.rows(f"exposure_{name}") if _of(row)[0] in origins]
        for name in names
    }
    order = list(LANDED)
    evidence = {
        (row["data_origin"], row["graph_id"]): row["evidence_sources"]
        for row in site.rows("exposure_evidence")
    }
    named = sorted(
        {_of(row) for rows in found.values() for row in rows},
        key=lambda graph: (
            order.index(graph[0]) if graph[0] in order else len(order),
            graph not in SHIPPED,
            graph[1],
        ),
    )
    # Without any law by the day of the page, no standing of it down a graph.
    untold = law.untold(site, law.standing_measures(site.rows("states")))
    if untold:
        found |= {"tiers": [], "paths": []}
    return [
        _graph(
            site,
            origin,
            graph,
            untold,
            _source(site, origin, graph, evidence.get((origin, graph), [])),
            {
                name: [row for row in rows if _of(row) == (origin, graph)]
                for name, rows in found.items()
            },
        )
        for origin, graph in named
    ]


def _of(row: Row) -> tuple[str, str]:
    """Origin and name of the graph that a row is about; under an own scenario the row is own."""
    return row.get("graph_origin") or row["data_origin"], row["graph_id"]


def _graph(
    site: Site, origin: str, graph: str, untold: str, source: str, rows: Mapping[str, Sequence[Row]]
) -> dict[str, Any]:
    title, text = _heading(origin, graph)
    synthetic = origin == "synthetic"
    read = f"as read for {site.of_release()}"
    shared = {"source": source, "synthetic": synthetic, "day": f"The graph {read}."}
    by_law = {**shared, "day": f"The graph {read}, the law as of {words.day(site.as_of)}."}
    name = _slug(graph if (origin, graph) in SHIPPED else f"{origin}-{graph}")
    folder = f"exposure/{name}"
    cover = _cover(site, folder, rows["cover"], rows["cover_unknown"], shared)
    return {
        "id": f"graph-{name}",
        "origin": origin,
        "synthetic": synthetic,
        "title": title,
        "text": text,
        "tiers": _tiers(site, folder, rows["tiers"], untold, by_law),
        "trees": _trees(rows["paths"]),
        "paths": _paths(site, folder, rows["paths"]),
        "chokepoints": _chokepoints(site, folder, rows["chokepoints"], shared),
        "cover": cover,
        "fans": _fans(site, folder, rows["cover_fan"], shared),
        "products": _first_stock_outs(site, folder, rows["products"], shared)
        if origin == "own"
        else None,
        "scenarios": _scenario_products(site, folder, rows["products"], shared),
        "events": _events(site, folder, rows["events"]) if rows["events"] else None,
        "faults": rows["faults"],
    }


def _heading(origin: str, graph: str) -> tuple[str, str]:
    """What stands over a graph and below that; no two graphs have the same heading."""
    if (origin, graph) in SHIPPED:
        return SHIPPED[origin, graph]
    title, text = LANDED.get(origin, (words.plain(origin), ""))
    return f"{title}: {graph}", text


def _source(site: Site, origin: str, graph: str, evidence: Sequence[str]) -> str:
    """Where the rows of one graph come from, and of no other."""
    if (origin, graph) == ("press_claim", "public-facts"):
        return f"supply graph {graph}: {site.source_line('company_exposure')}"
    if (origin, graph) in SHIPPED:
        return f"supply graph {graph}: synthetic sample of this project"
    named = f", with the evidence {words.listing(evidence, 4)}" if evidence else ""
    return f"supply graph {graph}: the tables that were added for it{named}"


def _tiers_finding(rows: Sequence[Row]) -> str:
    licensed = sum(row["parts"] for row in rows if row["law"] == LAWS[0])
    perhaps = sum(row["parts"] for row in rows if row["law"] == LAWS[1])
    listed = sum(row["parts"] for row in rows)
    if not rows:
        return "No part of this graph is controlled or may be."
    deep = sum(row["parts"] for row in rows if row["law"] == LAWS[0] and row["tier"] > 1)
    text = (
        f"{words.sentence(words.count(listed, 'part carries', 'parts carry'))} a code that measures"
        f" list; {_number(licensed)} a supplier that needs a licence today"
    )
    if perhaps:
        text += f", {words.count(perhaps, 'has', 'have')} one that may"
    if deep:
        text += f". {words.sentence(words.count(deep, 'is', 'are'))} two or more tiers down"
    return f"{text}."


def _number(parts: int) -> str:
    return words.count(parts, "has", "have") if parts else "none has"


def _tiers(
    site: Site, folder: str, rows: Sequence[Row], untold: str, shared: Mapping[str, Any]
) -> Chart:
    shown = [
        {
            **row,
            "label": "the product itself" if row["tier"] == 0 else f"tier {row['tier']}",
            "place": LAWS.index(row["law"]),
        }
        for row in rows
    ]
    return site.chart(
        f"{folder}-tiers",
        "exposure-tiers",
        shown,
        [
            Column("label", "Tier"),
            Column("law", "The law today"),
            Column("parts", "Parts", number=True),
            Column("part_names", "Which"),
        ],
        finding=f"Legal status of the parts: {untold[0].lower()}{untold[1:]}"
        if untold
        else _tiers_finding(rows),
        unit="Different parts with a code that a measure lists, by tier below the product and by"
        " the legal status of their listed suppliers.",
        description="One bar per tier, divided by legal status: "
        + "; ".join(f"{row['label']}, {row['law']}: {row['parts']}" for row in shown),
        caption="One row per tier and legal status",
        height=60 * len({row["tier"] for row in rows}) + 60,
        **shared,
    )


def _trees(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The exposure paths as nested lists: a product, its parts, and theirs."""
    roots: dict[str, dict[str, Any]] = {}
    for row in rows:
        level = roots
        node: dict[str, Any] = {}
        for part, name in zip(row["part_ids"], row["part_names"], strict=True):
            node = level.setdefault(part, {"name": name, "law": None, "children": {}})
            level = node["children"]
        node["law"] = row["law"]
        node["measures"] = row["measures"]
        node["weight"] = _weight(row) if row["tier"] else "the product itself"
        if row["unknown_supplier_reason"]:
            node["weight"] += f"; {row['unknown_supplier_reason']}"
    return [_listed(root) for root in roots.values()]


def _listed(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": node["name"],
        "law": node["law"],
        "state": LAW_STATES.get(node["law"] or ""),
        "measures": node.get("measures"),
        "weight": node.get("weight"),
        "children": [_listed(child) for child in node["children"].values()],
    }


def _weight(row: Row) -> str:
    if row["weight"] is not None:
        return f"{words.percent(row['weight'])} of input value"
    if row["weight_low"] or (row["weight_high"] or 1) < 1:
        return (
            f"{words.percent(row['weight_low'])} to {words.percent(row['weight_high'])} of input"
            " value"
        )
    return "share of input value unknown"


def _paths(site: Site, folder: str, rows: Sequence[Row]) -> Table:
    told = [{**row, "share": _weight(row)} for row in rows]
    return site.table(
        f"{folder}-paths",
        [
            Column("way", "Exposure path"),
            Column("law", "The law today"),
            Column("measures", "Measures"),
            Column("share", "Share"),
            Column("unknown_supplier_reason", "Supplier unknown"),
            Column("is_verified", "Verified"),
        ],
        told,
        "One row per exposure path from a product to a part with a listed code",
    )


def _events(site: Site, folder: str, rows: Sequence[Row]) -> Table:
    return site.table(
        f"{folder}-events",
        [
            Column("event_date", "Day", words.day),
            Column("event_description", "Event"),
            Column("target_name", "Hits"),
            Column("part_names", "Parts that lose supply"),
            Column("supply_lost_low", "Supply lost, least", words.percent, number=True),
            Column("supply_lost_high", "Supply lost, most", words.percent, number=True),
            Column("parts_with_alternatives", "Parts with another supplier listed", number=True),
            Column("products_affected", "Products that need them", number=True),
        ],
        rows,
        "One row per event and target of our reading of it that supplies a part of the graph",
    )


def _chokepoints(site: Site, folder: str, rows: Sequence[Row], shared: Mapping[str, Any]) -> Chart:
    most = {"country": 5, "measure": 4, "firm": 2, "site": 3}
    shown: list[dict[str, Any]] = []
    for kind, word in KINDS.items():
        of_kind = [row for row in rows if row["target_kind"] == kind]
        # Own plants make the products; that these pass through them is no news.
        of_kind = [row for row in of_kind if not str(row["target_id"]).startswith("own-")]
        for row in of_kind[: most[kind]]:
            shown.append(
                {
                    **row,
                    "label": row["target_name"],
                    "kind": word,
                    "low": row["mean_exposure_low"],
                    "middle": row["mean_exposure_share"],
                    "high": row["mean_exposure_high"],
                    "shown": _range(row),
                    "small": f"{word}, {row['products_reached']} of {row['products']} products,"
                    f" {row['certainty']}",
                    "key": f"{kind}/{row['target_id']}",
                }
            )
    known = [row for row in shown if row["middle"] is not None]
    countries = [row for row in known if row["target_kind"] == "country"]
    finding = "No target has a known share: nothing can be ranked."
    if countries:
        first = max(countries, key=lambda row: row["middle"])
        finding = (
            f"Outside the EU, products depend on {first['label']} for"
            f" {words.percent(first['middle'], 0)} on average at known shares; with unknown"
            f" suppliers it is {words.percent(first['low'], 0)} to"
            f" {words.percent(first['high'], 0)}."
        )
        if len(known) < len(shown):
            finding += (
                f" For {words.count(len(shown) - len(known), 'other target')} of {len(shown)} no"
                " share is known."
            )
    return site.chart(
        f"{folder}-chokepoints",
        "exposure-chokepoints",
        shown,
        [
            Column("label", "Target", note="small"),
            Column("low", "At least", words.percent, number=True),
            Column("middle", "At known shares", words.percent, number=True),
            Column("high", "At most", words.percent, number=True),
            Column("certainty", "Certainty", words.plain),
        ],
        finding=finding,
        unit="Mean share of the products that depends on a target within four tiers, as a"
        " percentage; countries outside the EU. Bar: bounds. Circle: at known shares.",
        description="One bar per country, measure, firm or site, from the least to the greatest"
        " exposure",
        caption="One row per target",
        height=58 * max(len(shown), 1) + 40,
        **shared,
    )


def _cover(
    site: Site, folder: str, rows: Sequence[Row], unknown: Sequence[Row], shared: Mapping[str, Any]
) -> Chart | None:
    if not unknown:
        return None
    as_come = [row for row in rows if row["arrivals_case"] == "licences_at_quantiles"]
    slowest = {
        row["position_rank"]: row for row in rows if row["arrivals_case"] == "licences_at_p90"
    }
    nothing = {
        row["position_rank"]: row for row in rows if row["arrivals_case"] == "nothing_arrives"
    }
    shown = [
        {
            **row,
            "label": row["position_name"],
            "low": row["days_of_cover_p10"],
            "middle": row["days_of_cover_p50"],
            "high": row["days_of_cover_p90"],
            "slowest": slowest.get(row["position_rank"], {}).get("days_of_cover_p50"),
            "nothing": nothing.get(row["position_rank"], {}).get("days_of_cover_p50"),
            "shown": _days(row),
            "small": f"{words.count(row['licences_awaited'], 'licence')} awaited, out about"
            f" {words.day(row['stock_out_date_p50'])}",
        }
        for row in as_come
    ]
    state = unknown[0]
    not_known = state["unknown_stock"] + state["unknown_use"] + state["basis_differs"]
    counted = (
        f"Of {int(state['positions'])} positions {int(state['known'])} are known,"
        f" {int(not_known)} are not (stock, use or unit missing) and {int(state['no_use'])}"
        " have no use. Unknown is not zero."
    )
    finding = f"No stock position awaits a licence. {counted}"
    if shown:
        first = shown[0]
        finding = (
            f"{first['label']} runs out first: in {words.number(first['middle'])} days, between"
            f" {words.number(first['low'])} and {words.number(first['high'])}."
        )
    return site.chart(
        f"{folder}-cover",
        "exposure-cover",
        shown,
        [
            Column("label", "Stock position", note="small"),
            Column("low", "P10, days", words.number, number=True),
            Column("middle", "P50, days", words.number, number=True),
            Column("high", "P90, days", words.number, number=True),
            Column("slowest", "P50 if licences are slow", words.number, number=True),
            Column("nothing", "P50 if nothing arrives", words.number, number=True),
            Column("stock_out_date_p50", "Out about"),
        ],
        finding=finding,
        unit="Days of cover from the day of the stock figures, for positions that await licences."
        " Bar: P10 to P90 if licences take as long as before. Circle: P50.",
        description="One bar per stock position",
        caption="The positions that run out first among those that await licences",
        height=58 * max(len(shown), 1) + 40,
        notes=[counted],
        **shared,
    )


def _fans(site: Site, folder: str, rows: Sequence[Row], shared: Mapping[str, Any]) -> list[Chart]:
    charts = []
    for rank in sorted({row["position_rank"] for row in rows}):
        of_position = [row for row in rows if row["position_rank"] == rank]
        name = of_position[0]["position_name"]
        by_week = {
            arrivals: next(
                (row["week"] for row in of_position
                 if row["arrivals"] == arrivals and row["share_of_draws_out"] >= 0.5), None)
            for arrivals in dict.fromkeys(row["arrivals"] for row in of_position)
        }  # fmt: skip
        planned = by_week.get("orders as promised")
        as_come = by_week.get("licences as they have come")
        said = {None: "not within a year"}
        finding = (
            f"{name}: out by week {as_come}" if as_come is not None else f"{name}: lasts the year"
        )
        finding += " if licences take as long as before; as promised,"
        finding += f" {said.get(planned, f'week {planned}')}."
        filled = [
            *of_position,
            *(
                {**max((r for r in of_position if r["arrivals"] == arrivals),
                       key=lambda r: r["week"]), "week": WEEKS}
                for arrivals in by_week
            ),
        ]  # fmt: skip
        charts.append(
            site.chart(
                f"{folder}-fan-{rank}",
                "exposure-fan",
                filled,
                [
                    Column("arrivals", "If"),
                    Column("week", "Week", number=True),
                    Column("share_of_draws_out", "Run out", words.percent, number=True),
                    Column("week_end_date", "Up to"),
                ],
                finding=finding,
                unit="Percentage of the draws in which the stock has run out, by week.",
                description=f"Four lines of steps for {name}, one per case of arrivals.",
                caption="One row per case and week with a change",
                height=220,
                **shared,
            )
        )
    return charts


def _first_stock_outs(
    site: Site, folder: str, rows: Sequence[Row], shared: Mapping[str, Any]
) -> Chart:
    """Products by days until the first part that they need runs out."""
    shown = [
        {
            **row,
            "label": row["part_name"],
            "position_rank": row["part_id"],
            "low": _days_to(site, row, "first_stock_out_date_p10"),
            "middle": _days_to(site, row, "first_stock_out_date_p50"),
            "high": _days_to(site, row, "first_stock_out_date_p90"),
            "small": f"first {row['first_part_name'] or 'part unknown'};"
            f" cover known of {row['parts_with_cover']} of {row['parts_needed']} parts",
        }
        for row in rows
        if row["scenario_id"] == "base"
    ]
    for row in shown:
        row["shown"] = "unknown"
        if row["cover_status"] != "unknown":
            row["shown"] = _days_range(row["low"], row["high"])
    shown.sort(key=lambda row: (row["low"] is None, row["low"] or 0, row["part_id"]))
    first = next((row for row in shown if row["low"] is not None), None)
    lacking = sum(row["cover_status"] != "known" for row in shown)
    finding = "For no product is it known when a needed part runs out."
    if first:
        finding = (
            f"{first['label']} is the first product to lack a part: {first['first_part_name']}, in"
            f" {first['shown']}."
        )
    notes = [
        "Only parts with known stock and use count, on paths of essential inputs. Of"
        f" {words.count(lacking, 'product')} of {len(shown)} some part has no known cover and may"
        " run out sooner."
    ]
    return site.chart(
        f"{folder}-products",
        "exposure-cover",
        shown,
        [
            Column("label", "Product", note="small"),
            Column("low", "P10, days", words.number, number=True),
            Column("middle", "P50, days", words.number, number=True),
            Column("high", "P90, days", words.number, number=True),
            Column("first_stock_out_date_p10", "Out at P10"),
            Column("standstill_eur_per_day_low", "A day costs at least", _euro, number=True),
            Column("standstill_eur_per_day_high", "At most", _euro, number=True),
            Column("missing_inputs", "What to enter", wide=True),
        ],
        finding=finding,
        unit="Days from the day of this page to the first stock-out of a part that the product"
        " needs, if licences take as long as before. Bar: P10 to P90. Circle: P50.",
        description="One bar per product",
        caption="One row per product, first to lack a part first",
        height=60 * max(len(shown), 1) + 40,
        notes=notes,
        **{**shared, "day": f"{shared['day']} Days as of {words.day(site.as_of)}."},
    )


def _days_to(site: Site, row: Row, key: str) -> int | None:
    """Days from the day of the page; none are left where the day has passed."""
    return None if row[key] is None else max(0, (row[key] - site.as_of).days)


def _days_range(low: int | None, high: int | None) -> str:
    if low is None:
        return "no stock-out in nine of ten draws"
    if high is None:
        return f"{low:,} days or more"
    return f"{low:,} to {high:,} days" if low != high else f"{low:,} days"


def _euro(value: Any) -> str:
    return "unknown" if value is None else words.money(value)


def _scenario_products(
    site: Site, folder: str, rows: Sequence[Row], shared: Mapping[str, Any]
) -> list[Chart]:
    """What scenarios take from each product: a share of its supply, days, euro."""
    told = [
        {
            **row,
            "label": row["part_name"],
            "key": f"{row['scenario_id']}/{row['part_id']}",
            "position_rank": f"{row['scenario_id']}/{row['part_id']}",
            "days": _earlier(row),
            "euro": _at_risk(row),
        }
        for row in rows
        if row["scenario_id"] != "base"
    ]
    columns = [
        Column("label", "Product", note="scenario_title"),
        Column("supply_lost_low", "Supply lost, at least", words.percent, number=True),
        Column("supply_lost_share", "At known shares", _share, number=True),
        Column("supply_lost_high", "At most", words.percent, number=True),
        Column("base_first_stock_out_date_p50", "First stock-out in the base"),
        Column("first_stock_out_date_p50", "Under the scenario"),
        Column("days", "Days earlier"),
        Column("euro", "Value at risk"),
        Column("missing_inputs", "What to enter", wide=True),
    ]
    charts = []
    # Who is unknown may be anybody, also where no listed way leads to what is lost.
    unlisted = sum(row["supply_lost_high"] > 0 and row["supply_lost_share"] == 0 for row in told)
    lost = sorted(
        (row for row in told if row["supply_lost_high"] > 0 and row["supply_lost_share"] != 0),
        key=lambda row: (-(row["supply_lost_share"] or 0), -row["supply_lost_high"], row["key"]),
    )[:PRODUCTS_SHOWN]
    if lost:
        shown = [
            {
                **row,
                "low": row["supply_lost_low"],
                "middle": row["supply_lost_share"],
                "high": row["supply_lost_high"],
                "shown": _supply_lost(row).removesuffix(" of its supply lost"),
                "small": row["scenario_title"],
            }
            for row in lost
        ]
        first = shown[0]
        charts.append(
            site.chart(
                f"{folder}-scenario-supply",
                "exposure-chokepoints",
                shown,
                columns,
                finding=f"{first['scenario_title']}: {first['shown']} of the supply of"
                f" {first['label']} is lost; {_days_and_euro(first)}.",
                unit="Percentage of a product that depends on supply which the scenario takes away."
                " Bar: bounds, unknown suppliers counted as lost at most. Circle: at known"
                " shares.",
                description="One bar per product and scenario: "
                + "; ".join(
                    f"{row['label']}, {row['scenario_title']}: {row['shown']}" for row in shown
                ),
                caption="One row per scenario and product that loses supply",
                height=60 * len(shown) + 40,
                notes=[
                    "Scenarios are assumptions, not forecasts."
                    + (
                        f" Left out: {words.count(unlisted, 'row')} of products that no listed"
                        " supplier links to the lost supply. Unknown suppliers may."
                        if unlisted
                        else ""
                    )
                ],
                **shared,
            )
        )
    moved = sorted(
        (row for row in told if row["days_earlier_p50"]),
        key=lambda row: (-abs(row["days_earlier_p50"]), row["key"]),
    )[:PRODUCTS_SHOWN]
    if moved:
        shown = [
            {
                **row,
                "low": row["days_earlier_low"],
                "middle": row["days_earlier_p50"],
                "high": row["days_earlier_p50"]
                if row["days_earlier_high"] is None
                else row["days_earlier_high"],
                "shown": row["days"],
                "small": f"{row['scenario_title']}; {row['euro']}",
            }
            for row in moved
        ]
        first = shown[0]
        charts.append(
            site.chart(
                f"{folder}-scenario-days",
                "exposure-days",
                shown,
                columns,
                finding=f"{first['scenario_title']}: {first['label']} lacks a part"
                f" {_days_and_euro(first)}.",
                unit="Days by which a part that the product needs runs out earlier than in the"
                " base; below zero: later. Bar: from the first of them to the one that moves most."
                " Circle: the one that moves most, at P50.",
                description="One bar per product and scenario: "
                + "; ".join(
                    f"{row['label']}, {row['scenario_title']}: {row['days']}" for row in shown
                ),
                caption="One row per scenario and product whose first stock-out moves",
                height=60 * len(shown) + 40,
                notes=[
                    "Scenarios are assumptions, not forecasts. Only parts that the scenario"
                    " affects count: another may run out first, with or without it. Value at risk:"
                    " days earlier times the stated cost of a day of standstill."
                ],
                **shared,
            )
        )
    return charts


def _supply_lost(row: Row) -> str:
    low, high = row["supply_lost_low"], row["supply_lost_high"]
    if not high:
        return "no supply lost"
    return f"{words.percent(low, 0)} to {words.percent(high, 0)} of its supply lost"


def _share(value: Any) -> str:
    return "unknown" if value is None else words.percent(value)


def _earlier(row: Row) -> str:
    """Days earlier than in the base, with what is not known of them."""
    low, middle, high = (row[f"days_earlier_{end}"] for end in ("low", "p50", "high"))
    if middle is None and low is None:
        return "days unknown"
    ends = [value for value in (low, middle, high) if value is not None]
    least, most = min(ends), max(ends)
    text = (
        words.number(least) if least == most else f"{words.number(least)} to {words.number(most)}"
    )
    if high is None:
        return f"{text} days earlier or more" if most else "days unknown"
    return f"{text} days earlier"


def _days_and_euro(row: Row) -> str:
    """Both as far as they are known, and what to enter for the rest."""
    known = [text for text in (_earlier(row), _at_risk(row)) if "unknown" not in text]
    return "; ".join([*known, *([row["missing_inputs"]] if row["missing_inputs"] else [])])


def _at_risk(row: Row) -> str:
    low, high = row["value_at_risk_low_eur"], row["value_at_risk_high_eur"]
    if high is not None:
        return words.money_range(low, high)
    return f"{words.money(low)} or more" if low else "euro unknown"


def _scenarios(site: Site) -> dict[str, Any]:
    rows = site.rows("exposure_scenarios")
    differences = site.rows("exposure_differences")
    of_law = [row for row in rows if row["data_origin"] == "law"]
    shown = [
        {
            **row,
            "label": "Base: what is known" if row["scenario_id"] == "base"
            else row["scenario_title"],
            "part": "in force" if row["metric_rank"] == 1 else "relief ended, no later act",
            "place": row["metric_rank"],
        }
        for row in of_law
    ]  # fmt: skip
    widest = max(
        (row for row in of_law if row["metric_rank"] == 1),
        key=lambda row: abs(row["difference"] or 0),
        default=None,
    )
    finding = site.lacks("exposure_scenarios") or "No scenario is assumed by this day."
    if widest is not None and widest["difference"]:
        finding = (
            f"{widest['scenario_title']}: {words.number(widest['metric_value'])} clauses in force"
            f" instead of {words.number(widest['metric_value'] - widest['difference'])}."
        )
    elif of_law:
        finding = "No scenario changes how many clauses are in force on this day."
    chart = site.chart(
        "exposure/clauses-by-scenario",
        "exposure-scenarios",
        shown,
        [
            Column("label", "Scenario"),
            Column("metric", "Figure"),
            Column("metric_value", "Value", number=True),
            Column("difference", "Against the base", number=True),
        ],
        finding=finding,
        unit="Clauses of export restrictions on the day, by scenario.",
        source="the acts cited on the law page; " + site.source_line("scenarios"),
        description="One bar per scenario, clauses in force and clauses after the end of a relief: "
        + "; ".join(
            f"{row['label']}, {row['part']}: {words.number(row['metric_value'])}" for row in shown
        ),
        caption="One row per scenario and figure",
        height=58 * max(len({row["scenario_id"] for row in of_law}), 1) + 60,
        notes=[
            "Scenarios are assumptions, not forecasts. This chart counts clauses, also of acts that"
            " only give relief. The overview counts each restriction once."
        ],
    )
    products = site.rows("exposure_products")
    cards = []
    for row in rows:
        if row["metric_rank"] != 1 or row["scenario_id"] == "base":
            continue
        changed: dict[str, int] = {}
        for difference in differences:
            if difference["scenario_id"] == row["scenario_id"]:
                name = QUESTIONS.get(difference["question_id"], difference["question_id"])
                changed[name] = changed.get(name, 0) + difference["answers"]
        # What it does to an invented graph stands on the page of that.
        others = [
            f"{other['metric'].lower()}: {words.text(other['metric_value'])} {other['unit']}"
            f" ({'+' if other['difference'] > 0 else ''}{words.text(other['difference'])})"
            for other in rows
            if other["scenario_id"] == row["scenario_id"]
            and other["difference"]
            and other["data_origin"] != "synthetic"
        ]
        hit = [
            one
            for one in products
            if one["scenario_id"] == row["scenario_id"]
            and one["graph_origin"] != "synthetic"
            and (one["parts_hit"] or one["supply_lost_share"] != 0)
        ]
        others += [
            f"{one['part_name']}: {_supply_lost(one)}, {_earlier(one)}, {_at_risk(one)}"
            for one in hit[:PRODUCTS_IN_CARD]
        ]
        if len(hit) > PRODUCTS_IN_CARD:
            others.append(f"{len(hit) - PRODUCTS_IN_CARD} more products: see their graphs below")
        cards.append(
            {
                "title": row["scenario_title"],
                "text": row["scenario_description"],
                "assumed_on": row["assumed_on"],
                "changed": changed,
                "figures": others,
            }
        )
    return {"scenarios": chart, "scenario_cards": cards}


def _slug(name: str) -> str:
    """A name as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _range(row: Row) -> str:
    low, high = row["mean_exposure_low"], row["mean_exposure_high"]
    if row["mean_exposure_share"] is None:
        return f"unknown, up to {words.percent(high, 0)}"
    return (
        f"{words.percent(row['mean_exposure_share'], 0)} ({words.percent(low, 0)} to"
        f" {words.percent(high, 0)})"
    )


def _days(row: Row) -> str:
    low, high = row["days_of_cover_p10"], row["days_of_cover_p90"]
    end = words.number(high) if high is not None else "more than a year"
    return f"{words.number(row['days_of_cover_p50'])} days ({words.number(low)} to {end})"
