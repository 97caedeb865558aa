"""A page for each importer that is followed and for each country that supplies or restricts; and
all importers side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Chart, Row, Table
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import Goods, by, goods, material_href, product_href
from chokepoint.site.subjects.material import EU, Material

DRAWN = 10
# A country has a page from this share of the EU's imports of a product that a measure lists.
SUPPLIES = 0.3
# Whom promises are made to, beside a country itself.
EVERYBODY = "ALL"


def pages(site: Site) -> Iterator[Page]:
    """The comparison of importers, then one page per country."""
    found = goods(site)
    supplies = by(site.rows("country_supplies"), "partner_iso3")
    untold = found.untold()
    materials = [Material(site, found, row, untold) for row in found.materials.values()]
    importers = [EU, *(row["country_iso3"] for row in site.rows("importers"))]
    made = [
        _Country(site, found, code, materials, supplies.get(code, []), code in importers)
        for code in dict.fromkeys([*importers, *_suppliers(site, found, supplies)])
    ]
    yield Page(
        "countries.html",
        "countries.html.j2",
        "Countries: who depends on whom",
        {
            "finding": _index_finding(site, made),
            "countries": sorted(made, key=lambda country: country.name),
            "compared": _compared(site, made, materials),
        },
    )
    for country in made:
        yield Page(country.path, "country.html.j2", country.name, country.context())


def href(site: Site, code: str) -> str:
    """Address of a country's page from the site's folder."""
    return f"countries/{law.slug(EU if code == EU else site.country(code)).strip('-')}.html"


def _suppliers(site: Site, found: Goods, supplies: Mapping[str, Sequence[Row]]) -> list[str]:
    """Countries with a measure, or with a large share of a product that a measure lists."""
    restricting = {row["jurisdiction"] for row in found.all_states}
    issuers = {code for code, iso2 in site.iso2.items() if iso2 in restricting}
    large = {
        code
        for code, rows in supplies.items()
        for row in rows
        if row["value_share"] > SUPPLIES and found.clauses_of([row["product_code"]])
    }
    return sorted(issuers | large, key=site.country)


class _Country:
    """The page of one country, as importer, as supplier, or both."""

    def __init__(
        self,
        site: Site,
        found: Goods,
        code: str,
        materials: Sequence[Material],
        supplies: Sequence[Row],
        is_importer: bool,
    ) -> None:
        self.site, self.found, self.code, self.supplies = site, found, code, supplies
        self.untold, self.is_importer = found.untold(), is_importer
        self.name = "EU27" if code == EU else site.country(code)
        self.place = site.place(code)
        self.path = href(site, code)
        self.data = self.path.removesuffix(".html")
        imports = found.imports.get(code, []) if is_importer else []
        # A code that holds several materials is one figure of all of them.
        held = {
            of: [row["material"] for row in rows]
            for of, rows in by(imports, "product_code").items()
        }
        self.imports = sorted(
            ({**row, "together": held[row["product_code"]]} for row in imports),
            key=lambda row: (row["top_supplier_value_share"] is None,
                             -(row["top_supplier_value_share"] or 0), row["material"]),
        )  # fmt: skip
        self.materials = {material.name: material for material in materials}
        self.iso2 = "EU" if code == EU else site.iso2.get(code, "")
        self.acts = [
            row
            for row in law.standing_measures(found.all_states)
            if row["jurisdiction"] == self.iso2
        ]

    def context(self) -> dict[str, Any]:
        """What the template reads."""
        return {
            "country": self,
            "chart": self._chart() if self.imports else self._supplied() if self.supplies else None,
            "dependence": self._dependence(),
            "named": self._named(),
            "issued": self._issued(),
            "supplied": self._supplied() if self.supplies and self.imports else None,
            "promises": self._promises(),
            "unknown": self._unknown(),
        }

    def known(self) -> list[Row]:
        """Its materials whose largest supplier is known."""
        return [row for row in self.imports if row["top_supplier_value_share"] is not None]

    def finding(self) -> str:
        """On whom the country depends most often; what is small or disputed proves nothing."""
        known = self.codes()
        counts = Counter(row["top_supplier_iso3"] for row in known)
        count = max(counts.values(), default=0)
        leaders = [code for code in counts if counts[code] == count]
        theirs = [row for row in known if row["top_supplier_iso3"] in leaders]
        # What holds other goods too is no figure of one material.
        most = max(
            [row for row in theirs if row["match_quality"] in ("exact", "dominant")] or theirs,
            key=lambda row: row["top_supplier_value_share"] * (row["import_value_eur"] or 0),
            default=None,
        )
        return sentences.say(
            "countries.finding",
            place=self.place,
            small=len(self.known()),
            known=known,
            leaders=[words.in_sentence(self.site.country(code)) for code in leaders],
            whose=f"{self.place}'" if self.place.endswith("s") else f"{self.place}'s",
            count=count,
            most=most,
        )

    def weighed(self) -> list[Row]:
        """Those of which it has more than a small trade, and on which sources do not disagree."""
        return [row for row in self.known() if not row["doubt"]]

    def codes(self) -> list[Row]:
        """These, each code once: the one that holds several materials is one import."""
        return list({row["product_code"]: row for row in self.weighed()}.values())

    def _chart(self) -> Chart:
        rows = [
            {
                **row,
                "key": row["product_code"],
                "material": words.listing(row["together"]),
                "share": row["top_supplier_value_share"],
            }
            for row in self.codes()[:DRAWN]
        ]
        return self.site.chart("countries.suppliers", rows, country=self)

    def scope(self) -> str:
        """From where imports count."""
        return "from outside the EU" if self._is_member() else "from all countries"

    def _dependence(self) -> Table:
        rows = [
            {
                **row,
                "page": material_href(row["material"]),
                "of_the_eu": row["import_value_eur"] / row["eu_value_eur"]
                if row["is_member"] and row["eu_value_eur"]
                else None,
                **self.materials[row["material"]].standing(self.code, row["product_code"]),
                "code_page": product_href(row["product_code"]),
                "product_name": self.found.products[row["product_code"]]["product_name"],
            }
            for row in self.imports
        ]
        nothing = words.NOT_KNOWN if self.untold else "none recorded"
        is_member = self.code != EU and any(row["is_member"] for row in rows)
        return self.site.table(
            "countries.imports", rows, country=self, is_member=is_member, nothing=nothing
        )

    def _named(self) -> dict[str, Any]:
        """Acts aimed at the country by name, or that list its firms."""
        named = {
            row["measure_id"]: row["named"]
            for row in self.site.rows("country_named")
            if row["country_code"] == self.code
        }
        rows = [
            {
                **row,
                "names": "its firms" if named[row["measure_id"]] == "firms" else "as destination",
            }
            for row in law.standing_measures(
                row for row in self.found.all_states if row["measure_id"] in named
            )
        ]
        firms = sum(row["names"] == "its firms" for row in rows)
        finding = self.untold or sentences.say(
            "countries.names", rows=rows, firms=firms, place=self.place
        )
        return {"finding": finding, "table": self._acts("named", rows, "names = Names", finding)}

    def _issued(self) -> dict[str, Any] | None:
        """Its own restrictions; None where none is recorded."""
        if not self.acts:
            return None
        finding = sentences.say(
            "countries.issued",
            rows=self.acts,
            in_force=sum(row["state_group"] == "in_force" for row in self.acts),
            place=self.place,
            read=next(
                (r for r in self.site.rows("law_coverage") if r["jurisdiction"] == self.iso2), None
            ),
        )
        table = self._acts("acts", self.acts, "materials = Goods", finding)
        return {"finding": finding, "table": table}

    def _acts(self, name: str, rows: Sequence[Mapping[str, Any]], more: str, empty: str) -> Table:
        ordered = sorted(rows, key=lambda row: (row["state_rank"], row["measure_id"]))
        shown = law.shown(self.site, ordered)
        return self.site.table(
            "countries.acts", shown, country=self, name=name, more=more, empty=empty
        )

    def _supplied(self) -> Chart:
        """What the EU buys from it, the largest shares first."""
        rows = [
            {**row, "key": row["product_code"], "share": row["value_share"], "eu_share": None}
            for row in self.supplies
        ]
        return self.site.chart(
            "countries.supplies",
            rows[: 2 * DRAWN],
            country=self,
            most=sum(row["supplier_rank"] == 1 for row in rows),
        )

    def _promises(self) -> Table:
        mine = {self.iso2, EVERYBODY, "EU" if self._is_member() else None}
        rows = [
            row
            for row in self.site.rows("scorecard_promises")
            if row["promised_to"] in mine or self.iso2 in row["promisers"]
        ]
        return self.site.table("countries.promises", rows, country=self)

    def _is_member(self) -> bool:
        return self.code == EU or any(row["is_member"] for row in self.imports)

    def _unknown(self) -> list[str]:
        have = {row["material"] for row in self.known()}
        return sentences.lines(
            "countries.unknown",
            country=self,
            materials=self.materials,
            without=sorted(set(self.materials) - have) if self.is_importer else [],
            shared=sum(row["match_quality"] not in ("exact", "dominant") for row in self.imports),
            is_member=self._is_member(),
        )


def _index_finding(site: Site, made: Sequence[_Country]) -> str:
    """Which country comes first, and alone, for the most importers."""
    suppliers = [
        Counter(row["top_supplier_iso3"] for row in known).most_common(2)
        for country in made
        if country.code != EU and (known := country.codes())
    ]
    firsts = Counter(
        first for (first, count), *next_one in suppliers if not next_one or count > next_one[0][1]
    )
    code, count = (firsts.most_common(1) or [("", 0)])[0]
    place = site.country(code)
    return sentences.say("countries.index", place=place, count=count, importers=len(suppliers))


def _compared(site: Site, made: Sequence[_Country], materials: Sequence[Material]) -> Table:
    """Importers side by side, each by the goods that stand for the material in the EU27."""
    importers = [country for country in made if country.imports]
    cells: dict[str, dict[str, Any]] = defaultdict(dict)
    for country in importers:
        for row in country.known():
            share = words.percent(row["top_supplier_value_share"], 0)
            cells[row["material"]] |= {
                country.code: f"{row['supplier']} {share}",
                f"{country.code}_code": f"{row['product_code']}, {row['period']}"
                + (", other goods" if row["is_other_code"] else "")
                + (", sources disagree" if row["other_reading"] else ""),
            }
    nothing = {
        key: text
        for country in importers
        for key, text in ((country.code, words.NOT_KNOWN), (f"{country.code}_code", ""))
    }
    rows = [
        {
            "material": material.name,
            "page": material_href(material.name),
            **nothing,
            **cells[material.name],
        }
        for material in materials
        if material.name in cells
    ]
    return site.table("countries.compared", rows, importers=importers)
