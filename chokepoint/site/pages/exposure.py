"""Exposure: who depends on what, public facts first, then the synthetic supply graph."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from chokepoint.site import law, words
from chokepoint.site.law import by
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
GRAPH_QUERIES = (
    "tiers", "paths", "chokepoints", "cover", "cover_fan", "cover_unknown", "products", "events",
    "faults",
)  # fmt: skip
LICENCES = "licences as they have come"
LAW_STATES = {
    "needs a licence": "in_force",
    "may need a licence": "lapsed_presumed",
    "relieved or not in effect": "suspended",
    "no controlled supplier listed": "not_covered",
}
QUESTIONS = {
    "A1": "states of the law",
    "A2": "what ends within 90 days",
    "A4": "imports by state of the law",
    "A7": "the licence queue",
    "A11": "stock cover",
    "A12": "exposure",
}
RANGE = (
    Column("low", "P10, days", words.number, number=True),
    Column("middle", "P50, days", words.number, number=True),
    Column("high", "P90, days", words.number, number=True),
)
ASSUMED = "Scenarios are assumptions, not forecasts."


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
            "scenarios": _scenarios(site),
            "scenario_cards": _cards(site),
        },
    )
    if invented:
        title = "An invented car maker" if len(invented) == 1 else "Invented supply graphs"
        yield Page(SAMPLE, "exposure-sample.html.j2", title, {"graphs": invented})


def _headline(sectors: Sequence[Row]) -> str:
    if not sectors:
        return "There is no table of sectors and no supply graph to show exposure from"
    low, high = (
        words.number(100 * sectors[0][f"china_inputs_per_output_{end}"]) for end in ("low", "high")
    )
    return (
        f"{sectors[0]['sector_name']}: of each euro of output, {low} to {high} cents are inputs"
        " from China"
    )


def _sectors(site: Site, sectors: Sequence[Row]) -> Chart:
    rows = [
        {
            **row,
            "label": row["sector_name"],
            "low": (low := row["china_inputs_per_output_low"]),
            "high": (high := row["china_inputs_per_output_high"]),
            "shown": f"{words.percent(low)} to {words.percent(high)}",
        }
        for row in sectors[:SECTORS_SHOWN]
    ]
    finding = "There is no table of inputs by sector."
    if len(rows) > 1:
        second = rows[1]["label"]
        finding = (
            f"{rows[0]['label']} and {second[0].lower()}{second[1:]} rely most on China, directly"
            " and through others."
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
    found: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for name in GRAPH_QUERIES:
        for row in site.rows(f"exposure_{name}"):
            # Under an own scenario a row of any graph is own.
            graph = row.get("graph_origin") or row["data_origin"], row["graph_id"]
            if graph[0] in origins:
                found.setdefault(graph, defaultdict(list))[name].append(row)
    evidence = {
        (row["data_origin"], row["graph_id"]): row["evidence_sources"]
        for row in site.rows("exposure_evidence")
    }
    # Without any law by the day of the page, no standing of it down a graph.
    untold = law.untold(site, law.standing_measures(site.rows("states")))
    order = list(LANDED)
    return [
        _Graph(site, *graph, found[graph], evidence.get(graph, []), untold).context()
        for graph in sorted(
            found, key=lambda graph: (order.index(graph[0]), graph not in SHIPPED, graph[1])
        )
    ]


class _Graph:
    """One supply graph: its rows by query, and what its charts have in common."""

    def __init__(
        self,
        site: Site,
        origin: str,
        graph: str,
        rows: Mapping[str, list[Row]],
        evidence: Sequence[str],
        untold: str,
    ) -> None:
        self.site, self.origin, self.rows, self.untold = site, origin, rows, untold
        is_shipped = (origin, graph) in SHIPPED
        self.slug = _slug(graph if is_shipped else f"{origin}-{graph}")
        if is_shipped:
            self.title, self.text = SHIPPED[origin, graph]
            source = (
                "synthetic sample of this project"
                if origin == "synthetic"
                else site.source_line("company_exposure")
            )
        else:
            title, self.text = LANDED[origin]
            self.title = f"{title}: {graph}"
            named = f", with the evidence {words.listing(evidence, 4)}" if evidence else ""
            source = f"the tables that were added for it{named}"
        self.source = f"supply graph {graph}: {source}"

    def context(self) -> dict[str, Any]:
        """What the template reads."""
        return {
            "id": f"graph-{self.slug}",
            "origin": self.origin,
            "synthetic": self.origin == "synthetic",
            "title": self.title,
            "text": self.text,
            "tiers": self._tiers(),
            "trees": [] if self.untold else trees(self.rows["paths"]),
            "paths": self._paths(),
            "chokepoints": self._chokepoints(),
            "cover": self._cover() if self.rows["cover_unknown"] else None,
            "fans": self._fans(),
            "products": self._first_stock_outs() if self.origin == "own" else None,
            "scenarios": self._scenario_products(),
            "events": self._events() if self.rows["events"] else None,
            "faults": self.rows["faults"],
        }

    def _chart(
        self, name: str, spec: str, rows: Sequence[Row], columns: Sequence[Column], **said: Any
    ) -> Chart:
        """A chart of the graph, with a band for each row unless the height is said."""
        day = f"The graph as read for {self.site.of_release()}{said.pop('day', '.')}"
        return self.site.chart(
            f"exposure/{self.slug}-{name}",
            spec,
            rows,
            columns,
            source=self.source,
            synthetic=self.origin == "synthetic",
            day=day,
            **{"height": 58 * max(len(rows), 1) + 40, **said},
        )

    def _tiers(self) -> Chart:
        rows = [] if self.untold else self.rows["tiers"]
        of_law = {law: sum(row["parts"] for row in rows if row["law"] == law) for law in LAW_STATES}
        licensed, perhaps = of_law["needs a licence"], of_law["may need a licence"]
        deep = sum(
            row["parts"] for row in rows if row["law"] == "needs a licence" and row["tier"] > 1
        )
        listed = words.count(sum(of_law.values()), "part carries", "parts carry")
        need = words.count(licensed, "has", "have") if licensed else "none has"
        finding = (
            f"{words.sentence(listed)} a code that measures list; {need} a supplier that needs a"
            " licence today"
        )
        if perhaps:
            finding += f", {words.count(perhaps, 'has', 'have')} one that may"
        if deep:
            finding += f". {words.sentence(words.count(deep, 'is', 'are'))} two or more tiers down"
        if self.untold:
            finding = (
                f"Legal status of the parts: {self.untold[0].lower()}{self.untold[1:]}"
            ).removesuffix(".")
        elif not rows:
            finding = "No part of this graph is controlled or may be"
        return self._chart(
            "tiers",
            "exposure-tiers",
            rows,
            [
                Column("label", "Tier"),
                Column("law", "The law today"),
                Column("parts", "Parts", number=True),
                Column("part_names", "Which"),
            ],
            finding=f"{finding}.",
            unit="Different parts with a code that a measure lists, by tier below the product and"
            " by the legal status of their listed suppliers.",
            description="One bar per tier, divided by legal status: "
            + "; ".join(f"{row['label']}, {row['law']}: {row['parts']}" for row in rows),
            caption="One row per tier and legal status",
            height=60 * len({row["tier"] for row in rows}) + 60,
            day=f", the law as of {words.day(self.site.as_of)}.",
        )

    def _paths(self) -> Table:
        rows = [] if self.untold else self.rows["paths"]
        return self.site.table(
            f"exposure/{self.slug}-paths",
            [
                Column("way", "Exposure path"),
                Column("law", "The law today"),
                Column("measures", "Measures"),
                Column("share", "Share"),
                Column("unknown_supplier_reason", "Supplier unknown"),
                Column("is_verified", "Verified"),
            ],
            [{**row, "share": _weight(row)} for row in rows],
            "One row per exposure path from a product to a part with a listed code",
        )

    def _events(self) -> Table:
        return self.site.table(
            f"exposure/{self.slug}-events",
            [
                Column("event_date", "Day", words.day),
                Column("event_description", "Event"),
                Column("target_name", "Hits"),
                Column("part_names", "Parts that lose supply"),
                Column("supply_lost_low", "Supply lost, least", words.percent, number=True),
                Column("supply_lost_high", "Supply lost, most", words.percent, number=True),
                Column("parts_with_alternatives", "Parts with another supplier listed",
                       number=True),
                Column("products_affected", "Products that need them", number=True),
            ],
            self.rows["events"],
            "One row per event and target of our reading of it that supplies a part of the graph",
        )  # fmt: skip

    def _chokepoints(self) -> Chart:
        shown = [
            {
                **row,
                "shown": _range(row),
                "small": f"{row['kind']}, {row['products_reached']} of {row['products']} products,"
                f" {row['certainty']}",
            }
            for row in self.rows["chokepoints"]
        ]
        known = [row for row in shown if row["middle"] is not None]
        countries = [row for row in known if row["kind"] == "country"]
        finding = "No target has a known share: nothing can be ranked."
        if countries:
            first = max(countries, key=lambda row: row["middle"])
            middle, low, high = (words.percent(first[end], 0) for end in ("middle", "low", "high"))
            finding = (
                f"Outside the EU, products depend on {first['label']} for {middle} on average at"
                f" known shares; with unknown suppliers it is {low} to {high}."
            )
            if others := len(shown) - len(known):
                finding += (
                    f" For {words.count(others, 'other target')} of {len(shown)} no share is known."
                )
        return self._chart(
            "chokepoints",
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
        )

    def _cover(self) -> Chart:
        shown = [
            {
                **row,
                "shown": _days(row),
                "small": f"{words.count(row['licences_awaited'], 'licence')} awaited, out about"
                f" {words.day(row['stock_out_date_p50'])}",
            }
            for row in self.rows["cover"]
        ]
        (state,) = self.rows["cover_unknown"]
        counted = (
            f"Of {state['positions']} positions {state['known']} are known, {state['not_known']}"
            f" are not (stock, use or unit missing) and {state['no_use']} have no use. Unknown is"
            " not zero."
        )
        finding = f"No stock position awaits a licence. {counted}"
        if shown:
            middle, low, high = (words.number(shown[0][key]) for key in ("middle", "low", "high"))
            finding = (
                f"{shown[0]['label']} runs out first: in {middle} days, between {low} and {high}."
            )
        return self._chart(
            "cover",
            "exposure-cover",
            shown,
            [
                Column("label", "Stock position", note="small"),
                *RANGE,
                Column("slowest", "P50 if licences are slow", words.number, number=True),
                Column("nothing", "P50 if nothing arrives", words.number, number=True),
                Column("stock_out_date_p50", "Out about"),
            ],
            finding=finding,
            unit="Days of cover from the day of the stock figures, for positions that await"
            " licences. Bar: P10 to P90 if licences take as long as before. Circle: P50.",
            description="One bar per stock position",
            caption="The positions that run out first among those that await licences",
            notes=[counted],
        )

    def _fans(self) -> list[Chart]:
        charts = []
        for rank, rows in by(self.rows["cover_fan"], "position_rank").items():
            name = rows[0]["position_name"]
            cases = by(rows, "arrivals")
            half = {
                case: next((row["week"] for row in of if row["share_of_draws_out"] >= 0.5), None)
                for case, of in cases.items()
            }
            as_come, planned = half.get(LICENCES), half.get("orders as promised")
            lasts = "lasts the year" if as_come is None else f"out by week {as_come}"
            then = "not within a year" if planned is None else f"week {planned}"
            ends = [{**max(of, key=lambda r: r["week"]), "week": WEEKS} for of in cases.values()]
            charts.append(
                self._chart(
                    f"fan-{rank}",
                    "exposure-fan",
                    [*rows, *ends],
                    [
                        Column("arrivals", "If"),
                        Column("week", "Week", number=True),
                        Column("share_of_draws_out", "Run out", words.percent, number=True),
                        Column("week_end_date", "Up to"),
                    ],
                    finding=f"{name}: {lasts} if licences take as long as before; as promised,"
                    f" {then}.",
                    unit="Percentage of the draws in which the stock has run out, by week.",
                    description=f"Four lines of steps for {name}, one per case of arrivals.",
                    caption="One row per case and week with a change",
                    height=220,
                )
            )
        return charts

    def _first_stock_outs(self) -> Chart:
        """Products by days until the first part that they need runs out."""
        as_of = self.site.as_of
        shown = [
            {
                **row,
                "label": row["part_name"],
                "position_rank": row["part_id"],
                **{
                    end: None if day is None else max(0, (day - as_of).days)
                    for end, key in (("low", "p10"), ("middle", "p50"), ("high", "p90"))
                    for day in (row[f"first_stock_out_date_{key}"],)
                },
                "small": f"first {row['first_part_name'] or 'part unknown'};"
                f" cover known of {row['parts_with_cover']} of {row['parts_needed']} parts",
            }
            for row in self.rows["products"]
            if row["scenario_id"] == "base"
        ]
        for row in shown:
            is_known = row["cover_status"] != "unknown"
            row["shown"] = _days_range(row["low"], row["high"]) if is_known else "unknown"
        shown.sort(key=lambda row: (row["low"] is None, row["low"] or 0, row["part_id"]))
        lacking = sum(row["cover_status"] != "known" for row in shown)
        finding = "For no product is it known when a needed part runs out."
        if shown and shown[0]["low"] is not None:
            finding = (
                f"{shown[0]['label']} is the first product to lack a part:"
                f" {shown[0]['first_part_name']}, in {shown[0]['shown']}."
            )
        return self._chart(
            "products",
            "exposure-cover",
            shown,
            [
                Column("label", "Product", note="small"),
                *RANGE,
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
            notes=[
                "Only parts with known stock and use count, on paths of essential inputs. Of"
                f" {words.count(lacking, 'product')} of {len(shown)} some part has no known cover"
                " and may run out sooner."
            ],
            day=f". Days as of {words.day(as_of)}.",
        )

    def _scenario_products(self) -> list[Chart]:
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
            for row in self.rows["products"]
            if row["scenario_id"] != "base"
        ]
        # Who is unknown may be anybody, also where no listed way leads to what is lost.
        unlisted = sum(
            row["supply_lost_high"] > 0 and row["supply_lost_share"] == 0 for row in told
        )
        lost = sorted(
            (row for row in told if row["supply_lost_high"] > 0 and row["supply_lost_share"] != 0),
            key=lambda row: (
                -(row["supply_lost_share"] or 0), -row["supply_lost_high"], row["key"]
            ),
        )  # fmt: skip
        moved = sorted(
            (row for row in told if row["days_earlier_p50"]),
            key=lambda row: (-abs(row["days_earlier_p50"]), row["key"]),
        )
        return [
            *self._assumed(
                "scenario-supply",
                "exposure-chokepoints",
                [
                    {
                        **row,
                        "low": row["supply_lost_low"],
                        "middle": row["supply_lost_share"],
                        "high": row["supply_lost_high"],
                        "shown": _supply_lost(row).removesuffix(" of its supply lost"),
                        "small": row["scenario_title"],
                    }
                    for row in lost
                ],
                "{shown} of the supply of {label} is lost; {known}.",
                unit="Percentage of a product that depends on supply which the scenario takes away."
                " Bar: bounds, unknown suppliers counted as lost at most. Circle: at known shares.",
                caption="One row per scenario and product that loses supply",
                notes=[
                    f"{ASSUMED} Left out: {words.count(unlisted, 'row')} of products that no listed"
                    " supplier links to the lost supply. Unknown suppliers may."
                    if unlisted
                    else ASSUMED
                ],
            ),
            *self._assumed(
                "scenario-days",
                "exposure-days",
                [
                    {
                        **row,
                        "low": row["days_earlier_low"],
                        "middle": (middle := row["days_earlier_p50"]),
                        "high": middle if (high := row["days_earlier_high"]) is None else high,
                        "shown": row["days"],
                        "small": f"{row['scenario_title']}; {row['euro']}",
                    }
                    for row in moved
                ],
                "{label} lacks a part {known}.",
                unit="Days by which a part that the product needs runs out earlier than in the"
                " base; below zero: later. Bar: from the first of them to the one that moves most."
                " Circle: the one that moves most, at P50.",
                caption="One row per scenario and product whose first stock-out moves",
                notes=[
                    f"{ASSUMED} Only parts that the scenario affects count: another may run out"
                    " first, with or without it. Value at risk: days earlier times the stated cost"
                    " of a day of standstill."
                ],
            ),
        ]

    def _assumed(
        self, name: str, spec: str, rows: Sequence[Row], finding: str, **said: Any
    ) -> list[Chart]:
        """The chart of what scenarios do to products, those that they hit most; none for none."""
        if not rows:
            return []
        told = finding.format(**rows[0], known=_days_and_euro(rows[0]))
        shown = rows[:PRODUCTS_SHOWN]
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
        return [
            self._chart(
                name,
                spec,
                shown,
                columns,
                finding=f"{rows[0]['scenario_title']}: {told}",
                description="One bar per product and scenario: "
                + "; ".join(
                    f"{row['label']}, {row['scenario_title']}: {row['shown']}" for row in shown
                ),
                **said,
            )
        ]


def trees(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The exposure paths as nested lists: a product, its parts, and theirs."""
    roots: dict[str, dict[str, Any]] = {}
    for row in rows:
        level, node = roots, {}
        for part, name in zip(row["part_ids"], row["part_names"], strict=True):
            node = level.setdefault(part, {"name": name, "law": None, "children": {}})
            level = node["children"]
        weight = _weight(row) if row["tier"] else "the product itself"
        unknown = row["unknown_supplier_reason"]
        node |= {
            "law": row["law"],
            "state": LAW_STATES.get(row["law"]),
            "measures": row["measures"],
            "weight": f"{weight}; {unknown}" if unknown else weight,
        }
    return _listed(roots)


def _listed(nodes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**node, "children": _listed(node["children"])} for node in nodes.values()]


def _weight(row: Row) -> str:
    if row["weight"] is not None:
        return f"{words.percent(row['weight'])} of input value"
    if row["weight_low"] or (row["weight_high"] or 1) < 1:
        low, high = words.percent(row["weight_low"]), words.percent(row["weight_high"])
        return f"{low} to {high} of input value"
    return "share of input value unknown"


def _days_range(low: int | None, high: int | None) -> str:
    if low is None:
        return "no stock-out in nine of ten draws"
    if high is None:
        return f"{low:,} days or more"
    return f"{low:,} to {high:,} days" if low != high else f"{low:,} days"


def _euro(value: Any) -> str:
    return "unknown" if value is None else words.money(value)


def _supply_lost(row: Row) -> str:
    low, high = row["supply_lost_low"], row["supply_lost_high"]
    if not high:
        return "no supply lost"
    return f"{words.percent(low, 0)} to {words.percent(high, 0)} of its supply lost"


def _share(value: Any) -> str:
    return "unknown" if value is None else words.percent(value)


def _earlier(row: Row) -> str:
    """Days earlier than in the base, with what is not known of them."""
    ends = [row[f"days_earlier_{end}"] for end in ("low", "p50", "high")]
    known = [value for value in ends if value is not None]
    if ends[:2] == [None, None] or (ends[2] is None and not max(known)):
        return "days unknown"
    least, most = words.number(min(known)), words.number(max(known))
    text = least if min(known) == max(known) else f"{least} to {most}"
    return f"{text} days earlier{' or more' if ends[2] is None else ''}"


def _days_and_euro(row: Row) -> str:
    """Both as far as they are known, and what to enter for the rest."""
    known = [text for text in (_earlier(row), _at_risk(row)) if "unknown" not in text]
    return "; ".join([*known, *filter(None, [row["missing_inputs"]])])


def _at_risk(row: Row) -> str:
    low, high = row["value_at_risk_low_eur"], row["value_at_risk_high_eur"]
    if high is not None:
        return words.money_range(low, high)
    return f"{words.money(low)} or more" if low else "euro unknown"


def _scenarios(site: Site) -> Chart:
    shown = [
        {
            **row,
            "label": "Base: what is known"
            if row["scenario_id"] == "base"
            else row["scenario_title"],
            "part": "in force" if row["metric_rank"] == 1 else "relief ended, no later act",
            "place": row["metric_rank"],
        }
        for row in site.rows("exposure_scenarios")
        if row["data_origin"] == "law"
    ]
    in_force = [row for row in shown if row["metric_rank"] == 1]
    widest = max(in_force, key=lambda row: abs(row["difference"] or 0), default=None)
    finding = site.lacks("exposure_scenarios") or "No scenario is assumed by this day."
    if widest is not None and widest["difference"]:
        finding = (
            f"{widest['scenario_title']}: {words.number(widest['metric_value'])} clauses in force"
            f" instead of {words.number(widest['metric_value'] - widest['difference'])}."
        )
    elif shown:
        finding = "No scenario changes how many clauses are in force on this day."
    return site.chart(
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
        height=58 * max(len({row["scenario_id"] for row in shown}), 1) + 60,
        notes=[
            f"{ASSUMED} This chart counts clauses, also of acts that only give relief. The overview"
            " counts each restriction once."
        ],
    )


def _cards(site: Site) -> list[dict[str, Any]]:
    """What each scenario assumes and changes; of an invented graph that stands on its page."""
    differences = by(site.rows("exposure_differences"), "scenario_id")
    products = by(site.rows("exposure_products"), "scenario_id")
    cards = []
    for name, rows in by(site.rows("exposure_scenarios"), "scenario_id").items():
        if name == "base" or rows[0]["metric_rank"] != 1:
            continue
        changed: Counter[str] = Counter()
        for row in differences.get(name, []):
            changed[QUESTIONS.get(row["question_id"], row["question_id"])] += row["answers"]
        figures = [
            f"{row['metric'].lower()}: {words.text(row['metric_value'])} {row['unit']}"
            f" ({'+' if row['difference'] > 0 else ''}{words.text(row['difference'])})"
            for row in rows
            if row["difference"] and row["data_origin"] != "synthetic"
        ]
        hit = [
            f"{row['part_name']}: {_supply_lost(row)}, {_earlier(row)}, {_at_risk(row)}"
            for row in products.get(name, [])
            if row["graph_origin"] != "synthetic"
            and (row["parts_hit"] or row["supply_lost_share"] != 0)
        ]
        figures += hit[:PRODUCTS_IN_CARD]
        if len(hit) > PRODUCTS_IN_CARD:
            figures.append(f"{len(hit) - PRODUCTS_IN_CARD} more products: see their graphs below")
        cards.append({**rows[0], "changed": changed, "figures": figures})
    return cards


def _slug(name: str) -> str:
    """A name as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _range(row: Row) -> str:
    low, middle, high = (words.percent(row[end], 0) for end in ("low", "middle", "high"))
    return f"{middle} ({low} to {high})" if middle else f"unknown, up to {high}"


def _days(row: Row) -> str:
    end = words.number(row["high"]) or "more than a year"
    return f"{words.number(row['middle'])} days ({words.number(row['low'])} to {end})"
