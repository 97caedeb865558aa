"""The index of materials, and a page for each: uses, law, supply, promises, what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.pages.licences import figure
from chokepoint.site.pages.products import AMOUNTS, imports_chart, licences_of
from chokepoint.site.parts import Chart, Row, Table
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law, months
from chokepoint.site.subjects.goods import (
    MATCHES,
    STAGES,
    dependent,
    goods,
    material_href,
    product_href,
    subheading,
)
from chokepoint.site.subjects.material import EU, OWN, Material

# Years between which de-risking is told, as marts.fct_derisking has them.
DERISKING_YEARS = 2
OTHERS_SHOWN = 8


def pages(site: Site) -> Iterator[Page]:
    """The index, then one page per material."""
    made = read_materials(site)
    yield Page("materials.html", "materials.html.j2", "Materials", index(site, made))
    for material in made:
        yield Page(
            material_href(material.name), "material.html.j2", material.name, material.context()
        )


def read_materials(site: Site) -> list[MaterialPage]:
    """Every material with what its page is written from."""
    found = goods(site)
    untold = found.untold("history")
    made = [MaterialPage(site, found, row, untold) for row in found.materials.values()]
    kinds = {
        name: law.by(site.rows(f"material_{name}"), "material")
        for name in ("uses", "prices", "production", "assessed", "claims")
    }
    kinds["press"] = law.by(found.press, "material")
    leads = [material.asked(lead) for material in made if (lead := material.lead())]
    kinds["quoted"] = law.by(site.rows("material_quoted", leads=leads), "material") if leads else {}
    asks = [material.derisked() for material in made if material.derisked()]
    kinds["moved"] = law.by(site.rows("material_derisking", asks=asks), "material") if asks else {}
    for material in made:
        material.kinds = {name: rows.get(material.name, []) for name, rows in kinds.items()}
    return made


def index(site: Site, made: Sequence[MaterialPage]) -> dict[str, Any]:
    """What the template of the list of all materials reads."""
    rows = [
        {
            "material": material.name,
            "page": material_href(material.name),
            "also": material.also(3),
            "status": material.status(),
            "end_uses": material.goes_into(),
            "in_force": material.in_force(),
            "state": material.strictest(),
            "lead": material.lead_words(),
            "figures": f"{len(material.valued)} of {len(material.codes)}"
            if material.codes
            else "no code",
        }
        for material in made
    ]
    listed = [material for material in made if material.row["is_critical"]]
    restricted = [material for material in listed if material.restrictions]
    untold = made[0].untold if made else ""
    return {
        "finding": untold
        or sentences.say("materials.index", listed=len(listed), restricted=len(restricted)),
        "table": site.table(
            "materials.materials", rows, nothing=words.NOT_KNOWN if untold else "none"
        ),
    }


class MaterialPage(Material):
    """The page of one material: a table or a sentence for each of its parts.

    kinds  rows of the material by kind, as `read_materials` found them
    """

    kinds: dict[str, list[Row]]

    @property
    def path(self) -> str:
        """Its page and files below the site's folder, without an ending."""
        return f"materials/{law.slug(self.name)}"

    def context(self) -> dict[str, Any]:
        """What the template reads."""
        kinds = [
            f"{kind} (as “{self.row[f'{kind}_as']}”)"
            for kind in ("strategic", "critical")
            if self.row[f"is_{kind}"]
        ]
        return {
            "name": self.name,
            "spoken": self.spoken,
            "row": self.row,
            "material": self,
            "claim_count": len({row["claim_id"] for row in self.kinds["claims"]}),
            "status": self._say("status", kinds=kinds),
            "members": self.also(20),
            "uses": self._uses(),
            "law": self._law(),
            "charts": self._charts(),
            "quoted": self._table("quoted", self.kinds["quoted"], supplier=self._supplier),
            "years": self._years(),
            "others": self._others(),
            "months": self._months(),
            "charted": self.lead(),
            "rivals": self._rivals(lead) if (lead := self.lead()) else "",
            "holds": MATCHES.get(self.match(), ""),
            "stages": [self._stage(stage) for stage in STAGES],
            "figures": self.goods.of_codes(self.codes),
            "concentration": self._concentration(),
            "derisking": self._derisking(),
            "claims": self._table("claims", self.kinds["claims"], figure=figure),
            "licences": licences_of(self.site, self.goods, self.path, [self.name]),
            "promises": self._promises(),
            "flows": self._flows(),
            "production": self._production(),
            "prices": self._prices(),
            "unknown": self._unknown(),
        }

    # What it is for.
    def _uses(self) -> dict[str, Any]:
        rows = self.kinds["uses"]
        shared = [row for row in rows if row["share"] is not None]
        end_uses = (self.row["end_uses"] or "").split("; ")
        # Of a group how much of each element goes into the first kind of goods.
        parts = [
            f"{words.percent(row['share'], 0)} of {row['name_in_list'].lower()}"
            for row in sorted(shared, key=lambda row: (-row["share"], row["name_in_list"]))
            if row["end_use"] == end_uses[0] and row["share"]
        ]
        holding = [
            material["material"].lower()
            for material in self.goods.materials.values()
            if self.spoken.removeprefix("permanent ") in str(material["end_uses"] or "").split("; ")
        ]
        finding = self._say(
            "used",
            rows=rows,
            top=max(shared, key=lambda row: row["share"], default=None),
            first=end_uses[0],
            parts=parts if self.row["member_names"] else [],
            elements=len({row["name_in_list"] for row in shared}),
            holding=holding,
            small=_small,
        )
        table = self._table("uses", rows, empty=finding, source_id_words=self.site.source_line)
        assessed = self._table("assessed", self.kinds["assessed"])
        return {"finding": finding, "table": table, "assessed": assessed}

    @property
    def _told(self) -> dict[str, Any]:
        return {
            "site": self.site,
            "row": self.row,
            "spoken": self.spoken,
            "codes": self.codes,
            "of": words.part_of,
        }

    def _say(self, block: str, **values: Any) -> str:
        return sentences.say(f"materials.{block}", **(self._told | values))

    def _table(self, name: str, rows: Sequence[Row], **values: Any) -> Table:
        return self.site.table(f"materials.{name}", rows, material=self, **values)

    # Law today.
    def _law(self) -> dict[str, Any]:
        measures = sorted(self.measures(), key=lambda row: (row["state_rank"], row["measure_id"]))
        rows = [
            {
                **row,
                "about": row["title"] if row["instrument_no"] else "",
                "kind": words.plain(row["measure_type"]),
                "country": self.site.jurisdiction(row["jurisdiction"]),
                "since": row["valid_from"],
                "until": (until := self.until(row["measure_id"])),
                "left": words.days_left((until - self.site.as_of).days) if until else "",
                "listed": self.listed(row["measure_id"]),
            }
            for row in measures
        ]
        finding = self.law_sentence()
        ends = [row for row in rows if row["until"] and row["restricts_goods"]]
        if ends:
            row = min(ends, key=lambda row: (row["until"], row["measure_id"]))
            finding += f" {self._say('next_end', row=row)}"
        named = [self.named[row["measure_id"]] for row in self.restrictions]
        codes = {code for row in named for code in row["hs6_codes"]}
        items = sum(row["item_count"] for row in named)
        told = self._say(
            "items",
            named=len(named),
            items=items,
            listed=len(codes),
            have=sum(map(self.traded, codes)),
            bare=sum(row["items_without_code"] for row in named),
        )
        return {
            "finding": finding,
            "told": told if items else "",
            "timeline": law.timeline(
                self.history({row["measure_id"] for row in measures}),
                self.site.as_of,
                f"Legal status of the measures that name {self.spoken}",
            ),
            "table": self._table("law", rows, empty=finding, destination_words=self._destination),
        }

    def _destination(self, code: str) -> str:
        return words.sentence(self.site.country(code)) or words.NOT_KNOWN

    # Where it comes from.
    def _charts(self) -> list[tuple[str, Chart]]:
        """Imports of the code that speaks for it, by value and where it is known by mass."""
        lead = self.lead()
        if lead is None:
            return []
        years, path = self.goods.drawn_years(lead), f"{self.path}-imports"
        found = [
            (name, imports_chart(self.site, self.goods, lead, years, path, name))
            for name in AMOUNTS
        ]
        return [(name, chart) for name, chart in found if chart]

    def asked(self, lead: Row) -> dict[str, Any]:
        """What material_quoted.sql must know of it."""
        return {
            "material": self.name,
            "lead_code": lead["product_code"],
            **{key: lead[key] for key in ("source_id", "nomenclature", "period")},
        }

    def _supplier(self, row: Row) -> str:
        if row["partner_text"] is None:
            return self.site.country(row["country_iso3"])
        return words.listing(map(self.site.jurisdiction, row["partner_text"].split("+")))

    def _years(self) -> Table:
        """The last five years of the code that speaks for it."""
        lead = self.lead()
        years = self.goods.drawn_years(lead)[-5:] if lead else []
        return self._table("years", years, code=lead["product_code"] if lead else "it")

    def _others(self) -> dict[str, Any]:
        """Who else exports the code that speaks for it, by question A5b."""
        lead, found = self.lead(), []
        if lead:
            found = self.site.question(
                "a05b_other_suppliers",
                product=subheading(lead["product_code"]),
                year=lead["period"],
                reporter=EU,
                top=OTHERS_SHOWN,
            )
        finding, wider = "No source has all exporters of it.", ""
        if lead and found:
            first = found[0]
            largest = self.site.country(first["largest_supplier"])
            finding = self._say("sellers", first=first, largest=largest)
            if lead["product_code"] != first["product_code"]:
                wider = (
                    f"These figures are of {first['product_code']}, which holds other goods too."
                )
        table = self._table("others", found, empty=finding)
        return {"finding": finding, "wider": wider, "table": table}

    def _months(self) -> list[Chart]:
        """Figures of the press, and of customs those of the code that holds it best."""
        lead, order = self.lead(), list(MATCHES)
        links = sorted(self.links, key=lambda link: order.index(link["match_quality"]))
        codes = [subheading(row["product_code"]) for row in ([lead] if lead else []) + links]
        code = next((code for code in codes if code in self.goods.months), "")
        match = next((row["match_quality"] for row in links if row["product_code"] == code), "")
        restricting = {
            row["measure_id"] for row in self.restrictions if row["jurisdiction"] == months.CHINA
        }
        return months.charts(
            self.site,
            self.path,
            self.kinds["press"],
            self.goods.months.get(code, []),
            self.history(restricting),
            f"{self.goods.title(code)} ({code}), a code that {MATCHES[match]}" if match else code,
        )

    def _stage(self, stage: str) -> dict[str, Any]:
        links = [link for link in self.links if link["stage"] == stage]
        order = list(MATCHES)
        rows = [
            {
                **(product := self.goods.products[link["product_code"]]),
                "match_quality": link["match_quality"],
                "to": product_href(product["product_code"]),
                "dependent": dependent(product),
            }
            for link in links
            if self.goods.has_figures(link["product_code"])
        ]
        rows.sort(key=lambda row: (order.index(row["match_quality"]), row["product_code"]))
        word, meaning = STAGES[stage]
        told = {row["product_code"]: row for row in rows if row["top_supplier_value_share"]}
        best = next(
            (told[code] for code in self.goods.ranked.get(self.name, []) if code in told), None
        )
        finding = self._say(
            "supplied",
            best=best,
            links=links,
            holds=MATCHES[best["match_quality"]]
            if best and best["match_quality"] not in OWN
            else "",
        ) + (self._rivals(best, stage) if best else "")
        codes = [link["product_code"] for link in links]
        return {
            "word": word,
            "meaning": meaning,
            "finding": finding,
            "figures": self.goods.of_codes(codes) if links else "",
            "without": [code for code in codes if not self.goods.has_figures(code)],
            "table": self._table("stage", rows, stage=stage, word=word, empty=finding),
        }

    def _rivals(self, told: Row, stage: str = "") -> str:
        """What other sources say of the goods of a figure; goods of it of which more is bought."""
        own = [self.goods.products[code] for code in self.own(stage)]
        most = max([told, *own], key=lambda row: row["import_value_eur"] or 0)
        is_other = subheading(most["product_code"]) != subheading(told["product_code"])
        larger = self._say("larger", row=most) if is_other else ""
        return self.goods.rivals(told) + (f" {larger}" if larger else "")

    def _concentration(self) -> str:
        judged = [
            row
            for row in (self.goods.products[code] for code in self.valued)
            if row["dependent_count"] + row["independent_count"]
        ]
        with_index = (r for r in judged if r["hhi_value"] is not None and not r["doubt"])
        return self._say(
            "concentration",
            judged=judged,
            most=sum(row["dependent_count"] > row["independent_count"] for row in judged),
            split=sum(bool(row["dependent_count"] and row["independent_count"]) for row in judged),
            highest=max(with_index, key=lambda row: row["hhi_value"], default=None),
        )

    def derisked(self) -> dict[str, Any]:
        """What material_derisking.sql must know of it; nothing where no code has figures."""
        # A shared code tells how its goods moved, not how this material did.
        codes = self.own() or self.valued
        if not codes:
            return {}
        last = max(self.goods.products[code]["period"] for code in codes)
        first = str(int(last) - DERISKING_YEARS)
        return {"material": self.name, "codes": codes, "from_year": first, "to_year": last}

    def _derisking(self) -> str:
        asked, row = self.derisked(), next(iter(self.kinds["moved"]), None)
        return self._say(
            "derisking",
            row=row,
            first=asked.get("from_year"),
            last=asked.get("to_year"),
            source=self.site.source_line(row["source_id"]) if row else "",
        )

    # Licences, promises, flows.
    def _promises(self) -> dict[str, Any]:
        own = self.subheadings()
        rows = [
            {**row, "is_own": subheading(row["product_code"]) in own}
            for row in self.site.rows("scorecard_promises")
            if row["product_code"] in own or self.is_named_in(row["summary"])
        ]
        finding = self._say(
            "promised",
            rows=rows,
            kept=sum(row["verdict"] == "kept" and row["is_judged"] for row in rows),
            proxied=sum(row["is_by_proxy"] for row in rows),
            open=sum(not (row["is_judged"] or row["is_by_proxy"]) for row in rows),
        )
        return {"finding": finding, "table": self._table("promises", rows, finding=finding)}

    def _flows(self) -> Table:
        rows = [
            row
            for row in self.site.rows("material_flows")
            if row["product_code"] in self.subheadings() and row["measure_id"] in self.named
        ]
        return self._table("flows", rows)

    # Production and prices.
    def _production(self) -> dict[str, Any]:
        rows = self.kinds["production"]
        finding = self._say("produced", last=next((r for r in rows if r["cr1"] is not None), None))
        return {"finding": finding, "table": self._table("production", rows, empty=finding)}

    def _prices(self) -> dict[str, Any]:
        rows = self.kinds["prices"]
        moved = [row for row in rows if row["price_change"] is not None]
        most = max(moved, key=lambda row: abs(row["price_change"]), default=None)
        finding = self._say("moved", rows=rows, moved=len(moved), most=most, change=_change)
        table = self._table("prices", rows, empty=finding, price=_price, change=_change)
        return {"finding": finding, "table": table}

    # What is not known.
    def _unknown(self) -> list[str]:
        listed = {code for row in self.named.values() for code in row["hs6_codes"]}
        read = {row["jurisdiction"]: row for row in self.site.rows("law_coverage")}
        sources, lead = self.site.rows("health_freshness"), self.lead()
        absent = [row for row in sources if row["status"] == "not delivered"]
        watched = {row["product_code"] for row in self.site.rows("third_countries")}
        return sentences.lines(
            "materials.unknown",
            **self._told,
            lead=lead,
            granted=[row for row in self.kinds["claims"] if row["outcome"] == "approved"],
            licensed=any("licence" in row["measure_type"] for row in self.on_us),
            unwatched=watched and lead and subheading(lead["product_code"]) not in watched,
            without=[code for code in self.codes if code not in self.valued],
            reported=self.goods.reported,
            mixed=sum(link["match_quality"] not in OWN for link in self.links),
            listed=listed,
            dark=sorted(code for code in listed if not self.traded(code)),
            bare=sum(row["items_without_code"] for row in self.named.values()),
            law_read=[
                (self.site.jurisdiction(place), read.get(place))
                for place in dict.fromkeys(row["jurisdiction"] for row in self.measures())
            ],
            kinds=self.kinds,
            absent=absent,
            makers=sorted({str(row["producer"] or row["source_id"]) for row in absent}),
        )


def _small(text: str) -> str:
    """A use within a sentence: without its capital letter, unless it is an abbreviation."""
    return text if text[:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def _price(value: float | None, text: str | None) -> str:
    if value is not None:
        return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    return text or words.NOT_KNOWN


def _change(row: Row) -> str:
    if row["price_change"] is None:
        return words.NOT_KNOWN
    sign = "+" if row["price_change"] >= 0 else "\N{MINUS SIGN}"
    size = words.percent(abs(row["price_change"]), 0)
    return f"{sign}{size} from {row['earlier_period']} to {row['period']}"
