"""A page for each importer that is followed and for each country that supplies or restricts; and
all importers side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chokepoint.site import law, words
from chokepoint.site.goods import MATCHES, Goods, by, goods, material_href, product_href
from chokepoint.site.material import EU, Material
from chokepoint.site.pages import scorecard
from chokepoint.site.parts import Chart, Column, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("countries.html", "Countries")
DRAWN = 10
# A country has a page from this share of the EU's imports of a product that a measure lists.
SUPPLIES = 0.3
# Whom promises are made to, beside a country itself.
EVERYBODY = "ALL"


def pages(site: Site) -> Iterator[Page]:
    """The comparison of importers, then one page per country."""
    found = goods(site)
    site.keep("products")
    read = {
        "imports": found.imports,
        "supplies": by(site.rows("country_supplies"), "partner_iso3"),
        "named": by(site.rows("country_named"), "country_code"),
        "promises": site.rows("scorecard_promises"),
        "coverage": {row["jurisdiction"]: row for row in site.rows("law_coverage")},
    }
    untold = law.untold(site, law.standing_measures(found.all_states), "destinations")
    materials = [Material(site, found, row, untold) for row in found.materials.values()]
    importers = [EU, *(row["country_iso3"] for row in site.rows("importers"))]
    made = [
        _Country(site, found, code, materials, read, untold, code in importers)
        for code in dict.fromkeys([*importers, *_suppliers(site, found, read)])
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


def _suppliers(site: Site, found: Goods, read: Mapping[str, Any]) -> list[str]:
    """Countries with a measure, or with a large share of a product that a measure lists."""
    restricting = {row["jurisdiction"] for row in found.all_states}
    issuers = {code for code, iso2 in site.iso2.items() if iso2 in restricting}
    large = {
        code
        for code, rows in read["supplies"].items()
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
        read: Mapping[str, Any],
        untold: str,
        is_importer: bool,
    ) -> None:
        self.site, self.found, self.code, self.read = site, found, code, read
        self.untold, self.is_importer = untold, is_importer
        self.name = "EU27" if code == EU else site.country(code)
        self.place = "the EU27" if code == EU else words.in_sentence(self.name)
        self.path = href(site, code)
        self.data = self.path.removesuffix(".html")
        self.imports = sorted(
            read["imports"].get(code, []) if is_importer else [],
            key=lambda row: (row["top_supplier_value_share"] is None,
                             -(row["top_supplier_value_share"] or 0), row["material"]),
        )  # fmt: skip
        self.supplies = read["supplies"].get(code, [])
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
        """On whom the country depends most often, in one sentence."""
        known = self.known()
        if not known:
            return f"No source has imports of {self.place} by supplier."
        first, count = Counter(row["top_supplier_iso3"] for row in known).most_common(1)[0]
        place = words.sentence(words.in_sentence(self.site.country(first)))
        most = max(
            (row for row in known if row["top_supplier_iso3"] == first),
            key=lambda row: row["top_supplier_value_share"] * (row["import_value_eur"] or 0),
        )
        return (
            f"{place} is {_of(self.name)} largest supplier of {count} of"
            f" {words.count(len(known), 'material')} with figures; of {most['material'].lower()}"
            f" {words.percent(most['top_supplier_value_share'], 0)} come from there."
        )

    def _chart(self) -> Chart:
        known = [row for row in self.known() if not row["is_small_cell"]][:DRAWN]
        rows = [
            {
                "key": row["material"],
                "label": f"{row['material']}: {row['supplier']}",
                "material": row["material"],
                "supplier": row["supplier"],
                "product_code": row["product_code"],
                "period": row["period"],
                "share": row["top_supplier_value_share"],
                "eu_share": row["eu_share"],
                "shown": words.percent(row["top_supplier_value_share"], 0),
                "eu_shown": words.percent(row["eu_share"], 0) or words.NOT_KNOWN,
                "value": words.money(row["import_value_eur"]),
            }
            for row in known
        ]
        beside = "" if self.code == EU else " Circle: the EU's share from the same country."
        return self.site.chart(
            f"{self.data}-suppliers",
            "country-shares",
            rows,
            (
                Column("material", "Material"),
                Column("product_code", "Code"),
                Column("supplier", "Largest supplier"),
                Column("share", "Its share", words.percent, number=True),
                Column("eu_share", "The EU's share from there", words.percent, number=True),
                Column("period", "Year"),
            ),
            finding=self.finding(),
            unit=f"Largest supplier's share of imports by value, {self.scope()}.{beside}",
            source=self.site.source_line(*sorted({row["source_id"] for row in known}))
            if known
            else "none",
            description="One bar per material",
            caption="The materials with the largest share of one supplier, small trade left out",
            height=46 * max(len(rows), 1) + 30,
        )

    def scope(self) -> str:
        """From where imports count."""
        is_eu = self.code == EU or any(row["is_member"] for row in self.imports)
        return "from outside the EU" if is_eu else "from all countries"

    def _dependence(self) -> Table:
        rows = [
            {
                **row,
                "page": material_href(row["material"], "../"),
                "supplier": self.site.country(row["top_supplier_iso3"]) or words.NOT_KNOWN,
                "of_the_eu": row["import_value_eur"] / row["eu_value_eur"]
                if row["is_member"] and row["eu_value_eur"]
                else None,
                "state": self._state(row["material"]),
                "code_page": product_href(row["product_code"], "../"),
                "code_holds": ""
                if row["match_quality"] == "exact"
                else MATCHES[row["match_quality"]],
                "small": "small trade" if row["is_small_cell"] else "",
            }
            for row in self.imports
        ]
        nothing = words.NOT_KNOWN if self.untold else "none recorded"
        columns = [
            Column("material", "Material", href="page"),
            Column("supplier", "Largest supplier"),
            Column("top_supplier_value_share", "Its share", _share, number=True, bar=True,
                   note="small"),
            Column("eu_share", "EU27 from there", _share, number=True),
            Column("import_value_eur", "Imports", words.money, number=True, note="period"),
            Column("of_the_eu", "Part of what the EU buys", _share, number=True),
            Column("state", f"Exports to {self.name}",
                   lambda state: words.state(state) if state else nothing, mark="state"),
            Column("product_code", "Code", href="code_page", note="code_holds"),
        ]  # fmt: skip
        if self.code == EU:
            columns = [c for c in columns if c.key not in ("eu_share", "of_the_eu")]
        elif not any(row["is_member"] for row in rows):
            columns = [column for column in columns if column.key != "of_the_eu"]
        return self.site.table(
            f"{self.data}-imports",
            columns,
            rows,
            f"One row per material with figures: imports of {self.place} by value, {self.scope()}",
            search="Filter by material or supplier",
            empty=f"No source has imports of {self.place} by supplier.",
            stacked=False,
        )

    def _state(self, name: str) -> str | None:
        """The strictest status of the restrictions on exports of a material to the country."""
        material = self.materials[name]
        on_us, _, _ = law.for_importer(material.states, self.code)
        states = [row for row in on_us if not row["is_over"]]
        return min(states, key=lambda row: row["state_rank"])["state"] if states else None

    def _named(self) -> dict[str, Any]:
        """Acts aimed at the country by name, or that list its firms."""
        named = {row["measure_id"]: row["named"] for row in self.read["named"].get(self.code, [])}
        rows = law.standing_measures(
            row for row in self.found.all_states if row["measure_id"] in named
        )
        firms = sum(named[row["measure_id"]] == "firms" for row in rows)
        acts = words.sentence(words.count(len(rows), "recorded act names", "recorded acts name"))
        finding = self.untold or (
            f"{acts} {self.place} or its firms; {firms} {'lists' if firms == 1 else 'list'} firms."
            if rows
            else f"No recorded act names {self.place} or is known to list its firms."
        )
        return {
            "finding": finding,
            "table": self._acts(
                "named",
                [
                    {**row, "names": {"firms": "its firms"}.get(named[row["measure_id"]],
                                                                "as destination")}
                    for row in rows
                ],
                Column("names", "Names"),
                finding,
            ),
        }  # fmt: skip

    def _issued(self) -> dict[str, Any] | None:
        """Its own restrictions; None where none is recorded."""
        rows = self.acts
        if not rows:
            return None
        count = sum(row["state"] in law.IN_FORCE for row in rows)
        read = self.read["coverage"].get(self.iso2)
        said = f" Its {words.read_to(read)}." if read and words.read_to(read) else ""
        finding = (
            f"{count} of {words.count(len(rows), 'restriction')} of {self.place} recorded here"
            f" {'is' if count == 1 else 'are'} in force.{said}"
        )
        return {
            "finding": finding,
            "table": self._acts("acts", rows, Column("materials", "Goods"), finding),
        }

    def _acts(
        self, name: str, rows: Sequence[Mapping[str, Any]], more: Column, empty: str
    ) -> Table:
        return self.site.table(
            f"{self.data}-{name}",
            (
                Column("measure", "Measure", href="page", note="title"),
                Column("by", "By"),
                more,
                Column("state", "Legal status today", words.state, mark="state"),
                Column("valid_from", "Since"),
            ),
            [
                {
                    **row,
                    "measure": law.name(row),
                    "page": law.href(row["measure_id"], "../"),
                    "by": self.site.jurisdiction(row["jurisdiction"]),
                    "title": row["title"] if row["instrument_no"] else "",
                }
                for row in sorted(rows, key=lambda row: (row["state_rank"], row["measure_id"]))
            ],
            "One row per act, in its strictest legal status",
            empty=empty,
        )

    def _supplied(self) -> Chart:
        """What the EU buys from it, the largest shares first."""
        rows = [
            {
                **row,
                "key": row["product_code"],
                "label": f"{row['product_name']} ({row['product_code']})",
                "share": row["value_share"],
                "eu_share": None,
                "shown": words.percent(row["value_share"], 0),
                "eu_shown": "",
                "value": words.money(row["import_value_eur"]),
            }
            for row in self.supplies
        ]
        most = [row for row in rows if row["supplier_rank"] == 1]
        finding = (
            f"{words.sentence(self.place)} supplies a twentieth or more of the EU's imports of"
            f" {words.count(len(rows), 'code')}; it is the largest supplier of {len(most)}."
        )
        return self.site.chart(
            f"{self.data}-supplies",
            "country-shares",
            rows[: 2 * DRAWN],
            (
                Column("product_code", "Code"),
                Column("product_name", "Product"),
                Column("value_share", "Share of EU imports", words.percent, number=True),
                Column("import_value_eur", "EU imports from it", words.money, number=True),
                Column("supplier_rank", "Rank among suppliers", number=True),
                Column("period", "Year"),
            ),
            finding=finding,
            unit="Share of the EU's imports from outside it, by value and code. A code of eight"
            " digits is a part of one of six.",
            source=self.site.source_line(*sorted({row["source_id"] for row in rows})),
            description="One bar per product",
            caption="Products of which the country supplies a twentieth or more",
            height=46 * min(len(rows), 2 * DRAWN) + 30,
        )

    def _promises(self) -> Table:
        mine = {self.iso2, EVERYBODY, "EU" if self._is_member() else None}
        rows = [
            {**row, "verdict_word": scorecard.verdict_word(row)}
            for row in self.read["promises"]
            if row["promised_to"] in mine
            or self.name in str(row["promised_by"])
            or (self.code == "CHN" and row["promised_by"] == "MOFCOM")
        ]
        return self.site.table(
            f"{self.data}-promises",
            (
                Column("summary", "Promise", href="source_url"),
                Column("promised_by", "By", note="promised_to"),
                Column("made_on", "Made", words.day),
                Column("verdict_word", "Verdict", note="verdict_reason"),
            ),
            rows,
            "Promises to it, to all countries, or by it",
            empty=self.site.lacks("scorecard_promises")
            or f"No promise to {self.place} or by it is recorded.",
        )

    def _is_member(self) -> bool:
        return self.code == EU or any(row["is_member"] for row in self.imports)

    def _unknown(self) -> list[str]:
        said = []
        if self.is_importer:
            have = {row["material"] for row in self.known()}
            without = sorted(set(self.materials) - have)
            if without:
                said.append(
                    f"No figures by supplier for {len(without)} of {len(self.materials)} materials:"
                    f" {words.listing([name.lower() for name in without], 12)}."
                )
            shared = sum(row["match_quality"] not in ("exact", "dominant") for row in self.imports)
            if shared:
                said.append(
                    f"For {words.count(shared, 'material')} the code holds other goods too: its"
                    " figures are not of the material alone."
                )
        if self._is_member() and self.code != EU:
            said.append(
                "Whether an act lists its firms, where the act does not say of which members."
            )
        if self.supplies and not self.acts:
            said.append(
                f"No restriction of {self.place} is recorded here. Whether there is one is not"
                " known."
            )
        return said


def _of(name: str) -> str:
    """Whose: Germany's, the Netherlands'."""
    place = "the EU27" if name == "EU27" else words.in_sentence(name)
    return f"{place}'" if place.endswith("s") else f"{place}'s"


def _share(value: float | None) -> str:
    return words.percent(value, 0) or words.NOT_KNOWN


def _index_finding(site: Site, made: Sequence[_Country]) -> str:
    """Which country comes first, and alone, for the most importers."""
    suppliers = [
        Counter(row["top_supplier_iso3"] for row in known).most_common(2)
        for country in made
        if country.code != EU and (known := country.known())
    ]
    firsts = Counter(
        first for (first, count), *next_one in suppliers if not next_one or count > next_one[0][1]
    )
    if not firsts:
        return "No supplier comes first for any importer with figures."
    code, count = firsts.most_common(1)[0]
    place = words.sentence(words.in_sentence(site.country(code)))
    return (
        f"{place} is the largest supplier of more materials than any other for {count} of"
        f" {words.count(len(suppliers), 'importer')} with figures."
    )


def _compared(site: Site, made: Sequence[_Country], materials: Sequence[Material]) -> Table:
    """Importers side by side, each by the code that holds the material best for it."""
    importers = [country for country in made if country.imports]
    cells: dict[str, dict[str, Any]] = defaultdict(dict)
    for country in importers:
        for row in country.known():
            share = words.percent(row["top_supplier_value_share"], 0)
            cells[row["material"]] |= {
                country.code: f"{row['supplier']} {share}",
                f"{country.code}_code": f"{row['product_code']}, {row['period']}",
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
    return site.table(
        "countries-compared",
        (
            Column("material", "Material", href="page"),
            *(
                Column(country.code, country.name, note=f"{country.code}_code")
                for country in importers
            ),
        ),
        rows,
        "Largest supplier and its share of imports by value: members of the EU and the EU27 from"
        " outside the EU, others from all countries",
        empty="No importer has figures.",
    )
