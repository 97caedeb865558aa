"""Exposure: who depends on what, public facts first, then the synthetic supply graph; and what a
firm's own rows say, in the private site alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row, Table
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.law import by

SAMPLE = "exposure-sample.html"

SECTORS_SHOWN = 12
# Of a graph, over all scenarios.
PRODUCTS_SHOWN = 12
PRODUCTS_IN_CARD = 3
# Marks that have room for their name on the curve.
NAMED_MARKS = 8
# Whose graphs are shown, in this order; and those that ship with the project, by data_origin and
# name. Whatever else there is has been landed by the reader.
ORIGINS = ("press_claim", "own", "synthetic")
SHIPPED = {("press_claim", "public-facts"), ("synthetic", "sample-carmaker")}
GRAPH_QUERIES = (
    "tiers", "paths", "cover", "cover_unknown", "products", "events", "faults",
)  # fmt: skip
# Kind of target -> how many are drawn.
TARGETS = {"country": 5, "measure": 4, "firm": 2, "site": 3}
ASSUMED = "Scenarios are assumptions, not forecasts."
# How the chart of days tells of cover.
COVER = {"layer": {"0": {"encoding": {"x": {"title": "days", "scale": {"domainMin": 0}}}}}}


def pages(site: Site) -> Iterator[Page]:
    """What facts say, and apart from it invented graphs; own ones are in the private site."""
    sectors = site.rows("exposure_sectors")
    shown = graphs(site, set(ORIGINS) - ({"own"} if site.private else set()))
    invented = [graph for graph in shown if graph["synthetic"]]
    yield Page(
        "exposure.html",
        "exposure.html.j2",
        "Exposure: who would run short",
        {
            "headline": sentences.say("exposure.headline", top=next(iter(sectors), None)),
            "sectors": site.chart("exposure.inputs_by_sector", sectors[:SECTORS_SHOWN]),
            "graphs": [graph for graph in shown if not graph["synthetic"]],
            "invented": SAMPLE if invented else "",
            "scenarios": _scenarios(site),
            "scenario_cards": _cards(site),
        },
    )
    if invented:
        title = "An invented car maker" if len(invented) == 1 else "Invented supply graphs"
        yield Page(SAMPLE, "exposure-sample.html.j2", title, {"graphs": invented})


def graphs(site: Site, origins: Collection[str]) -> list[dict[str, Any]]:
    """What graphs.html.j2 shows of each supply graph of these origins."""
    found: dict[tuple[str, str], dict[str, list[Row]]] = {}
    asked = {name: site.rows(f"exposure_{name}") for name in GRAPH_QUERIES}
    for name, rows in {**asked, "chokepoints": _targets(site)}.items():
        for row in rows:
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
    return [
        _Graph(site, *graph, found[graph], evidence.get(graph, []), untold).context()
        for graph in sorted(
            found, key=lambda graph: (ORIGINS.index(graph[0]), graph not in SHIPPED, graph[1])
        )
    ]


def _targets(site: Site) -> Iterator[Row]:
    """The first of question A12c of each graph and kind of target, without countries of the EU and
    own plants: that products pass through these is no news."""
    shown = [
        row
        for row in site.question("a12c_chokepoints", most=10_000)
        if not row["is_eu27_member"] and not row["target_id"].startswith("own-")
    ]
    found = by(shown, "data_origin", "graph_id", "target_kind")
    for kind, most in TARGETS.items():
        for row in (row for of, rows in found.items() if of[2] == kind for row in rows[:most]):
            yield _drawn(row, "mean_exposure_low", "mean_exposure_share", "mean_exposure_high")


def _drawn(row: Row, *columns: str, **more: Any) -> Row:
    """The row with what is drawn: the columns of its lower end, its middle and its upper end."""
    ends = zip(("low", "middle", "high"), map(row.__getitem__, columns), strict=True)
    return {**row, **dict(ends), **more}


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
        self.slug = law.slug(graph if is_shipped else f"{origin}-{graph}")
        told = sentences.parts(
            "exposure.graph",
            site=site,
            origin=origin,
            graph=graph,
            is_shipped=is_shipped,
            evidence=evidence,
        )
        self.title, self.text = told["title"], told["text"]
        # What each block of a graph reads.
        read = f"The graph as read for {site.of_release()}"
        self.told = {"slug": self.slug, "source": told["source"], "read": read}

    def context(self) -> dict[str, Any]:
        """What the template reads."""
        return {
            "id": f"graph-{self.slug}",
            "origin": self.origin,
            "synthetic": self.origin == "synthetic",
            "title": self.title,
            "text": self.text,
            "tiers": self._chart(
                "exposure.tiers", [] if self.untold else self.rows["tiers"], untold=self.untold
            ),
            "paths": self._table(
                "exposure.paths", [] if self.untold else self.rows["paths"]
            ),
            "chokepoints": self._chokepoints(),
            "cover": self._chart(
                "exposure.cover",
                self.rows["cover"],
                changes=COVER,
                state=self.rows["cover_unknown"][0],
            )
            if self.rows["cover_unknown"]
            else None,
            "products": self._first_stock_outs() if self.origin == "own" else None,
            "scenarios": self._scenario_products(),
            "events": self._table("exposure.events", self.rows["events"])
            if self.rows["events"]
            else None,
            "faults": self.rows["faults"],
        }  # fmt: skip

    def _table(self, block: str, rows: Sequence[Row]) -> Table:
        return self.site.table(block, rows, **self.told)

    def _chart(self, block: str, rows: Sequence[Row], **values: Any) -> Chart:
        is_synthetic = self.origin == "synthetic"
        return self.site.chart(block, rows, synthetic=is_synthetic, **self.told, **values)

    def _chokepoints(self) -> Chart:
        shown = self.rows["chokepoints"]
        known = [row for row in shown if row["middle"] is not None]
        countries = (row for row in known if row["target_kind"] == "country")
        return self._chart(
            "exposure.chokepoints",
            shown,
            first=max(countries, key=lambda row: row["middle"], default=None),
            others=len(shown) - len(known),
        )

    def _first_stock_outs(self) -> Chart:
        """Products by days until the first part that they need runs out."""
        shown = [
            _drawn(row, "days_p10", "days_p50", "days_p90", position_rank=row["part_id"])
            for row in self.rows["products"]
            if row["scenario_id"] == "base"
        ]
        shown.sort(key=lambda row: (row["low"] is None, row["low"] or 0, row["part_id"]))
        lacking = sum(row["cover_status"] != "known" for row in shown)
        return self._chart("exposure.products", shown, changes=COVER, lacking=lacking)

    def _scenario_products(self) -> list[Chart]:
        """What scenarios take from each product: a share of its supply, days, euro."""
        told = [
            {
                **row,
                "key": (key := f"{row['scenario_id']}/{row['part_id']}"),
                "position_rank": key,
                "days": _earlier(row),
                "euro": _at_risk(row),
            }
            for row in self.rows["products"]
            if row["scenario_id"] != "base"
        ]
        # Who is unknown may be anybody, also where no listed way leads to what is lost.
        losing = [row for row in told if row["supply_lost_high"] > 0]
        lost = sorted(
            (row for row in losing if row["supply_lost_share"] != 0),
            key=lambda row: (
                -(row["supply_lost_share"] or 0), -row["supply_lost_high"], row["key"]
            ),
        )  # fmt: skip
        moved = sorted(
            (row for row in told if row["days_earlier_p50"]),
            key=lambda row: (-abs(row["days_earlier_p50"]), row["key"]),
        )
        supply = [
            _drawn(
                row, "supply_lost_low", "supply_lost_share", "supply_lost_high",
                shown=_supply_lost(row).removesuffix(" of its supply lost"),
                small=row["scenario_title"],
            )
            for row in lost
        ]  # fmt: skip
        days = [
            _drawn(
                row, "days_earlier_low", "days_earlier_p50", "days_earlier_end",
                shown=row["days"], small=f"{row['euro']}; {row['scenario_title']}",
            )
            for row in moved
        ]  # fmt: skip
        return [
            self._chart(
                "exposure.assumed",
                rows[:PRODUCTS_SHOWN],
                name=name,
                known=_days_and_euro(rows[0]),
                assumed=ASSUMED,
                unlisted=len(losing) - len(lost),
            )
            for name, rows in (("supply", supply), ("days", days))
            if rows
        ]


def _supply_lost(row: Row) -> str:
    low, high = row["supply_lost_low"], row["supply_lost_high"]
    if not high:
        return "no supply lost"
    return f"{words.percent(low, 0)} to {words.percent(high, 0)} of its supply lost"


def _earlier(row: Row) -> str:
    """Days earlier than in the base, with what is not known of them."""
    ends = [row[f"days_earlier_{end}"] for end in ("low", "p50", "high")]
    known = [value for value in ends if value is not None]
    if ends[:2] == [None, None] or (ends[2] is None and not max(known)):
        return "days unknown"
    text = words.span(words.number(min(known)), words.number(max(known)))
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
    shown = [row for row in site.rows("exposure_scenarios") if row["data_origin"] == "law"]
    in_force = (row for row in shown if row["metric_rank"] == 1)
    return site.chart(
        "exposure.clauses_by_scenario",
        shown,
        scenarios=len({row["scenario_id"] for row in shown}),
        widest=max(in_force, key=lambda row: abs(row["difference"] or 0), default=None),
        assumed=ASSUMED,
    )


def _cards(site: Site) -> list[dict[str, Any]]:
    """What each scenario assumes and changes; of an invented graph that stands on its page."""
    differences = by(site.question("a13_scenario_differences", known_on=site.as_of), "scenario_id")
    products = by(site.rows("exposure_products"), "scenario_id")
    cards = []
    for name, rows in by(site.rows("exposure_scenarios"), "scenario_id").items():
        if name == "base" or rows[0]["metric_rank"] != 1:
            continue
        questions = (row["question_id"] for row in differences.get(name, []))
        changed = Counter(words.label(question, "question") for question in questions)
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


def own(site: Site) -> Iterator[Page]:
    """The page of the firm, of the private site alone."""
    cases = site.rows("own_cases")
    curve, marks = site.rows("own_curve"), []
    waiting = [row for row in cases if row["application_id"] and row["days_waited"] is not None]
    waiting.sort(key=lambda row: (-row["days_waited"], row["application_id"]))
    for place, row in enumerate(waiting):
        day = row["days_waited"]
        is_beyond = curve and day > curve[-1]["day"]
        marks.append(
            {
                **row,
                "day": day,
                "survival": min((r["survival"] for r in curve if r["day"] <= day), default=1.0),
                "text": row["name"] if place < NAMED_MARKS else "",
                "place": "longer than any case was watched" if is_beyond else "",
            }
        )
    last = max([row["day"] for row in (*curve, *marks)], default=0)
    ticks = list(range(0, last + 1, max(1, -(-last // 6))))
    axis = {
        "title": "calendar days since acceptance",
        "scale": {"domain": [0, max(last, 1)]},
        "axis": {"values": ticks},
    }
    narrow = {"encoding": {"x": {"axis": {"values": ticks[::2]}}}}
    ranked, unranked = ([r for r in cases if bool(r["is_ranked"]) == is_so] for is_so in (1, 0))
    yield Page(
        "own.html",
        "own.html.j2",
        "Your firm: what runs out first",
        {
            "graphs": graphs(site, {"own"}),
            "parts_held": site.table("own.parts", site.rows("own_parts")),
            # In the order in which to raise them, then those of which no rank is known.
            "ranked": site.table("own.cases", ranked, ranked=True),
            "unranked": site.table("own.cases", unranked, ranked=False),
            "curve": site.chart(
                "own.applications_on_the_curve",
                curve,
                changes={"encoding": {"x": axis}, "usermeta": {"narrow": narrow}},
                datasets={"terms": [], "points": marks},
                marks=marks,
            ),
            "applications": site.table("own.applications", marks),
        },
    )
    # Without the table no case can have been entered: the page says so, and is no older release.
    site.missing.pop("own_cases", None)
