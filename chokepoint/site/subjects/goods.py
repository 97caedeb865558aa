"""Products and materials as pages show them: which codes are one product, and what they hold."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Row
from chokepoint.site.site import Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.law import by

STAGES = {
    "ore": ("Ore", "as mined, or concentrated"),
    "refined": ("Refined", "compounds, metals and alloys"),
    "product": ("Product", "manufactured goods"),
}
MATCHES = words.LABELS["match"]
# Shares of one supplier that lie further apart than this are not one figure for a reader.
SHARE_GAP = 0.05


def material_href(material: str) -> str:
    """Address of a material's page from the site's folder."""
    return f"materials/{law.slug(material)}.html"


def subheading(code: str) -> str:
    """The code whose page holds a code: its first six digits, or all of a shorter one."""
    return code[:6]


def anchor(code: str) -> str:
    """Name of a code's part on its page."""
    return f"code-{code}"


def product_href(code: str) -> str:
    """Address of the part of a product's page that is about a code."""
    return f"products/{subheading(code)}.html#{anchor(code)}"


class Goods:
    """What the pages of products and materials are cut from: one query per kind, asked once.

    products   code -> its row, with `states` of the law on it and `links` to materials
    press      figures of China's exports that the press gives
    months     code -> months of one importer's customs from China
    imports    importer -> the code that stands for each material, with its imports
    ranked     material -> its codes with imports of the EU27, that to go by first
    leads      material -> the product whose figures speak for it: the first of these
    pages      six-digit code -> the rows of its codes, that of the subheading first
    reported   code without EU figures -> what single countries report of it, in words
    materials  material -> its row, of those that have a page
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.years = by(site.rows("product_years"), "product_code")
        self.partners = by(site.rows("product_partners"), "product_code")
        self.importers = by(site.rows("product_importers"), "product_code")
        self.imports = by(site.rows("country_imports"), "reporter_code")
        self.verdicts = by(site.rows("product_verdicts"), "product_code")
        self.others = by(site.rows("product_others"), "of_product_code")
        self.flows = by(site.rows("trade_under_measures"), "product_code")
        self.licences = site.rows("licence_times")
        self.press = site.rows("press_figures")
        self.months = by(site.rows("customs_months"), "product_code")
        current = (row for row in site.rows("history") if row["known_to"] is None)
        self.history = by(current, "measure_id", "clause_id")
        # A clause that nobody knew of on the day does not count.
        listed = site.rows("product_coverage")
        known = [row for row in listed if (row["measure_id"], row["clause_id"]) in self.history]
        self.coverage = by(known, "product_code")
        self.all_states = site.rows("states")
        self.states = by(self.all_states, "measure_id", "clause_id")
        missing = site.lacks("states", "history", "product_coverage")
        self.unlisted = (
            f"{missing}, so nothing can be said about the law on this code."
            if missing
            else "No recorded measure lists this code, as far as was known on"
            f" {words.day(site.as_of)}."
        )
        self.reported = {
            row["product_code"]: sentences.say("products.reported", row=row)
            for row in site.rows("product_reporters")
        }
        self.codes = site.rows("material_links")
        self.measures = by(site.rows("material_measures"), "material")
        self.products = {row["product_code"]: row for row in self._products()}
        self.ranked = {row["material"]: row["ranked_codes"] for row in self.imports.get("EU27", [])}
        self.leads = {name: self.products[codes[0]] for name, codes in self.ranked.items()}
        self.pages: dict[str, list[Row]] = defaultdict(list)
        # The HS code first: its family comes after CN in the alphabet.
        for row in sorted(self.products.values(), key=lambda row: row["product_code"]):
            self.pages[subheading(row["product_code"])].append(row)
        self.materials = {
            row["material"]: row
            for row in site.rows("materials")
            if row["is_critical"]
            or row["is_strategic"]
            or row["material"] in self.measures
            or any(code["product_code"] in self.products for code in self.codes_of(row["material"]))
        }

    def _products(self) -> list[dict[str, Any]]:
        links = by(self.codes, "product_code")
        made = []
        for row in self.site.rows("products"):
            code = row["product_code"]
            found = links.get(code) or links.get(subheading(code)) or []
            made.append({**row, "states": self.states_of([code]), "links": found})
        return made

    def untold(self, *queries: str) -> str:
        """Why nothing can be said of the law, which these queries read too; empty if something."""
        return law.untold(self.site, law.standing_measures(self.all_states), *queries)

    def drawn_years(self, product: Row) -> list[Row]:
        """Years of a code that its charts draw: those of one series of sources."""
        series = product["drawn_series_id"]
        return [r for r in self.years.get(product["product_code"], []) if r["series_id"] == series]

    def rivals(self, product: Row) -> str:
        """Whose figures of a code these are, and what other sources say of the same goods.

        Empty where all agree on the largest supplier and its share, and the chart is by the source.
        """
        others = [
            row
            for row in self.others.get(product["product_code"], [])
            if row["of_source_id"] == product["source_id"]
            and row["period"] == product["period"]
            and (row["verdict"] == "conflict" or (row["verdict"] and _tells_another(product, row)))
        ]
        is_own = product["drawn_series_id"] == product["own_series_id"]
        if not others and is_own and not product["other_reading"]:
            return ""
        named = [
            f"{words.money(row['import_value_eur'])}"
            f" ({words.percent(row['top_supplier_value_share'], 0)} from"
            f" {words.in_sentence(row['supplier'])}) by {row['source_name']}"
            for row in others
        ]
        return f" {sentences.say('products.rivals', row=product, named=named)}"

    def codes_of(self, material: str) -> list[Row]:
        """The codes linked to a material, by stage."""
        order = list(STAGES)
        found = [row for row in self.codes if row["material"] == material]
        return sorted(found, key=lambda row: (order.index(row["stage"]), row["product_code"]))

    def clauses_of(self, codes: Iterable[str]) -> list[Row]:
        """The clauses of law that list any of the codes; a clause comes once for each code."""
        return [clause for code in codes for clause in self.coverage.get(code, [])]

    def states_of(self, codes: Iterable[str]) -> list[str]:
        """States today of the clauses that list any of the codes, the strictest first."""
        found = {
            (state["state_rank"], state["state"])
            for clause in self.clauses_of(codes)
            for state in self.states.get((clause["measure_id"], clause["clause_id"]), [])
            if state["claim_group"] == law.BASE and not state["is_over"]
        }
        return [state for _, state in sorted(found)]

    def lead(self, page: str, material: str | None = None) -> Row:
        """The code of a page to go by: the subheading if it has figures, else the largest.

        material  if given, of the codes that hold this material
        """
        rows = self.pages[page]
        if material:
            rows = [row for row in rows if any(of["material"] == material for of in row["links"])]
        valued = [row for row in rows if row["source_id"]]
        if not valued:
            return rows[0]
        return min(
            valued, key=lambda row: (row["product_code"] != page, -(row["import_value_eur"] or 0))
        )

    def title(self, page: str, codes: Iterable[str] | None = None) -> str:
        """Name of a product: that of its subheading, or of the parts of it that are known.

        codes  if given, the codes of the page that are meant
        """
        wanted = set(codes or ())
        rows = [row for row in self.pages[page] if not wanted or row["product_code"] in wanted]
        whole = next((row["product_name"] for row in rows if row["product_code"] == page), None)
        names = list(dict.fromkeys(row["product_name"] for row in rows))
        # "Potassium chloride, low grade; Potassium chloride, high grade" is potassium chloride.
        heads = {name.split(",")[0] for name in names}
        return whole or (heads.pop() if len(heads) == 1 and len(names) > 1 else "; ".join(names))

    def materials_of(self, codes: Iterable[str]) -> list[str]:
        """The materials that codes hold, by name."""
        found = (self.products[code]["links"] for code in codes if code in self.products)
        return sorted({link["material"] for links in found for link in links})

    def has_figures(self, code: str) -> bool:
        """Whether a source has imports of the EU for a code."""
        return code in self.products and self.products[code]["source_id"] is not None

    def of_codes(self, codes: Sequence[str]) -> str:
        """Of how many codes a part of a page speaks."""
        have = sum(self.has_figures(code) for code in codes)
        return f"Figures for {words.part_of(have, len(codes), 'code')}."


_KEPT: weakref.WeakKeyDictionary[Site, Goods] = weakref.WeakKeyDictionary()


def goods(site: Site) -> Goods:
    """The products and materials of one reading of the file, read once for all pages."""
    if site not in _KEPT:
        _KEPT[site] = Goods(site)
    return _KEPT[site]


def _tells_another(product: Row, other: Row) -> bool:
    """Whether another source has another largest supplier, or another share of it."""
    shares = [row["top_supplier_value_share"] for row in (product, other)]
    return product["top_supplier_iso3"] != other["top_supplier_iso3"] or (
        None not in shares and abs(shares[0] - shares[1]) > SHARE_GAP
    )


def dependent(product: Row) -> str:
    """How many of the definitions that can judge a product call it a dependency."""
    judged = product["dependent_count"] + product["independent_count"]
    return f"{product['dependent_count']} of {judged}" if judged else "not judged"
