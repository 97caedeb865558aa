"""One material or kind of goods: what is known of it, in facts and short words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from typing import Any

from chokepoint.site import sentences, words
from chokepoint.site.parts import Row
from chokepoint.site.site import Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import Goods, subheading

GOODS = "goods"
EU = "EU27"
# How a code holds a material whose figures it speaks for.
OWN = ("exact", "dominant")


class Material:
    """A row of marts.dim_material with its codes, the measures that name it, and its figures.

    untold  why nothing can be said of the law on the day of the page; empty if something can
    links   its codes, by stage; `valued` are those with EU figures
    apart   measures that name it and restrict no trade in goods by themselves, as on the overview
    on_us   the restrictions on exports to the EU27, in their strictest status for it; `unaddressed`
            are those without a recorded destination
    states  of the restrictions on goods, clause by clause
    named   measure -> items and six-digit codes that it lists for the material
    """

    def __init__(self, site: Site, found: Goods, row: Row, untold: str) -> None:
        self.site = site
        self.goods = found
        self.row = row
        self.name = row["material"]
        self.spoken = self.name.lower()
        self.untold = untold
        self.links = found.codes_of(self.name)
        self.codes = [link["product_code"] for link in self.links]
        self.valued = [code for code in self.codes if found.has_figures(code)]
        self.named = self._named()
        states = [row for row in found.all_states if row["measure_id"] in self.named]
        on_goods = [row for row in states if row["restricts_goods"]]
        self.restrictions = law.standing_measures(on_goods)
        self.apart = law.standing_measures(row for row in states if not row["restricts_goods"])
        self.states = on_goods
        self.on_us, _, self.unaddressed = law.for_importer(on_goods, EU)

    def _named(self) -> dict[str, dict[str, Any]]:
        """Measures that name it; of goods also those that list their code: a code is the goods."""
        named = {row["measure_id"]: dict(row) for row in self.goods.measures.get(self.name, [])}
        own = [link["product_code"] for link in self.links if link["match_quality"] != "shared"]
        for clause in self.goods.clauses_of(own) if self.row["material_kind"] == GOODS else ():
            entry = named.setdefault(
                clause["measure_id"], {"item_count": 0, "items_without_code": 0, "hs6_codes": []}
            )
            code = subheading(clause["product_code"])
            if code not in entry["hs6_codes"]:
                entry["hs6_codes"] = [*entry["hs6_codes"], code]
        return named

    def measures(self) -> list[Row]:
        """Those that name it: restrictions on goods, then the others."""
        return [*self.restrictions, *self.apart]

    def also(self, most: int) -> str:
        """Other names: the members of a group first."""
        members = str(self.row["member_names"] or "").split("; ")
        return words.listing([name for name in members if name], most)

    def status(self) -> str:
        """Its place in the Critical Raw Materials Act."""
        if self.row["is_strategic"]:
            return "strategic"
        if self.row["is_critical"]:
            return "critical"
        return "goods, not in the list" if self.row["material_kind"] == GOODS else "not listed"

    def goes_into(self) -> str:
        """The kinds of goods that it goes into, as far as a source names them."""
        if self.row["material_kind"] == GOODS:
            return "goods"
        return self.row["end_uses"] or words.NOT_KNOWN

    def in_force(self) -> str:
        """How many of the restrictions that name it are in force."""
        count = _in_force(self.restrictions)
        nothing = words.NOT_KNOWN if self.untold else "none recorded"
        return f"{count} of {len(self.restrictions)}" if self.restrictions else nothing

    def strictest(self) -> str | None:
        """The strictest status of the restrictions that name it, if one is not over."""
        return law.strictest(self.restrictions)

    def lead(self) -> Row | None:
        """The code whose figures speak for the material: it holds little else, and most trade."""
        return self.goods.leads.get(self.name)

    def own(self, stage: str = "") -> list[str]:
        """Its codes with figures that hold little else, of one stage or of all."""
        return [
            link["product_code"]
            for link in self.links
            if link["match_quality"] in OWN
            and stage in ("", link["stage"])
            and self.goods.has_figures(link["product_code"])
        ]

    def match(self) -> str:
        """How well the code that speaks for the material isolates it, as a code."""
        code = (self.lead() or {}).get("product_code")
        found = (row["match_quality"] for row in self.links if row["product_code"] == code)
        return next(found, "")

    def lead_words(self) -> str:
        """Its largest supplier in a few words."""
        lead = self.lead()
        if lead is None:
            return "no figures"
        if lead["top_supplier_value_share"] is None:
            return f"not known ({lead['product_name']})"
        share = words.percent(lead["top_supplier_value_share"], 0)
        told = [lead["product_name"], lead["period"], *filter(None, [lead["doubt"]])]
        return f"{lead['supplier']}, {share} ({', '.join(told)})"

    def law_sentence(self) -> str:
        """How many of the restrictions that name it are in force, and how many for the EU27."""
        return self.untold or sentences.say(
            "materials.named", material=self, day=self.site.as_of, in_force=_in_force
        )

    def until(self, measure_id: str) -> dt.date | None:
        """The next day on which a legal status of a measure ends, in the base reading."""
        today, found = self.site.as_of, law.lanes(self.history({measure_id})).values()
        states = (state for rows in found for state in law.joined(rows) if state["valid_to"])
        ends = (s["valid_to"] for s in states if s["valid_from"] <= today < s["valid_to"])
        return min(ends, default=None)

    def history(self, measures: Collection[str]) -> list[Row]:
        """The states of these measures over time, as known on the day."""
        rows = (row for of in self.goods.history.values() for row in of)
        return [row for row in rows if row["measure_id"] in measures]

    def standing(self, importer: str, code: str) -> dict[str, Any]:
        """The strictest status of the restrictions on exports of a code to an importer.

        state          where no list has the code, that of the material in other forms
        restricted_by  by whom, and whether the lists have the code
        is_listed      whether they have
        measures       these restrictions
        """
        listing = {(row["measure_id"], row["clause_id"]) for row in self.goods.clauses_of([code])}
        of_code = [row for row in self.states if (row["measure_id"], row["clause_id"]) in listing]
        for rows, note in ((of_code, ""), (self.states, "; no list has this code")):
            reaching = [row for row in law.for_importer(rows, importer)[0] if not row["is_over"]]
            if not reaching:
                continue
            state = law.strictest(reaching)
            by = {row["issued_by"] for row in reaching if row["state"] == state}
            return {
                "state": state,
                "restricted_by": f"by {words.listing(sorted(by), 3)}{note}",
                "is_listed": not note,
                "measures": [row["measure_id"] for row in reaching],
            }
        return {"state": None, "restricted_by": "", "is_listed": False, "measures": []}

    def listed(self, measure_id: str) -> str:
        """The six-digit codes that a measure lists for it."""
        codes = self.named[measure_id]["hs6_codes"]
        if codes:
            return words.listing(codes, 6)
        return "none" if self.named[measure_id]["item_count"] else "named in its title only"

    def traded(self, code: str) -> bool:
        """Whether a six-digit code, or a part of it, has EU figures."""
        return any(row["source_id"] for row in self.goods.pages.get(subheading(code), []))

    def subheadings(self) -> set[str]:
        """The six-digit codes linked to it or listed for it."""
        listed = {code for row in self.named.values() for code in row["hs6_codes"]}
        return {subheading(code) for code in (*self.codes, *listed)}

    def is_named_in(self, text: str) -> bool:
        """Whether a sentence has a name of it as a word; its machines and technology apart."""
        names = [self.spoken, *str(self.row["own_names"] or "").split("; ")]
        plain = f" {_plain(text)} "
        return any(f" {_plain(name)} " in plain for name in names if name)


def _in_force(measures: Iterable[Row]) -> int:
    return sum(row["state_group"] == "in_force" for row in measures)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
