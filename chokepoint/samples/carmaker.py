"""The synthetic supply graph of a car maker, from one seed.

`carmaker.yml` beside this file describes it. Eight tables are made, in the shape that a user's
own graph has (chokepoint/landing/producers/exposure.py).
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from chokepoint.landing.producers import exposure
from chokepoint.samples import draws
from chokepoint.samples.draws import (
    DAY,
    Row,
    between,
    factor,
    log_normal,
    one_of,
    pick_name,
    some,
    whole,
)

PARAMETERS = Path(__file__).with_name("carmaker.yml")
ORIGIN = "synthetic"
_KINDS = {
    "a whole number": ("seed",),
    "a day, YYYY-MM-DD": ("as_of", "evidence_from"),
    "a share between 0 and 1": (
        "incomplete_bill_share", "not_essential_share", "quantity_unknown_share",
        "without_supplier_share", "stock_unknown_share", "month_unknown_share", "no_use_share",
        "one_month_share", "share_margin",
    ),
}  # fmt: skip
_GROUP_KEYS = ("group", "part_kind", "count", "unit", "kinds", "supplier_count")
_NONE = {"first": 0, "last": 0}
_STOCK_KEYS = ("share", "plants", "basis", "use", "cover_days")

Tables = dict[str, list[Row]]


def file_name(source_id: str) -> str:
    """The file of a table, by its source."""
    return f"{source_id}_{ORIGIN}.csv.gz"


def read_parameters(path: Path) -> dict[str, Any]:
    """The parameters as written; ChokepointError naming the file when they cannot be used."""
    return draws.read_parameters(path, PARAMETERS, _first_wrong)


def _first_wrong(parameters: dict[str, Any]) -> str | None:
    """The first parameter of which no graph can be made, and what it should be."""
    if wrong := draws.first_unlike(parameters, _KINDS):
        return wrong
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", str(parameters["graph_id"])):
        return "graph_id is not a name in small letters, digits, - and _"
    if parameters["evidence_from"] > parameters["as_of"]:
        return "evidence_from lies after as_of"
    sites = {site["site_id"] for site in parameters["sites"]}
    groups = {group.get("group") for group in parameters["groups"]}
    for group in parameters["groups"]:
        for key in _GROUP_KEYS:
            if key not in group:
                return f"the group {group.get('group')} lacks {key}"
        name = group["group"]
        if type(group["count"]) is not int or group["count"] < 1:
            return f"the count of the group {name} is not a whole number above zero"
        for site in group.get("suppliers", {}):
            if site not in sites:
                return f"the group {name} has a supplier {site!r} that is not among the sites"
        for above in group.get("goes_into", {}):
            if above not in groups:
                return f"the group {name} goes into {above!r}, which is no group"
        for key in ("weight", "quantity") if group.get("goes_into") else ():
            if key not in group:
                return f"the group {name} goes into another, but lacks {key}"
        for key in _STOCK_KEYS if "stock" in group else ():
            if key not in group["stock"]:
                return f"the stock of the group {name} lacks {key}"
        if "stock" in group and group["stock"]["basis"] not in exposure.QUANTITY_BASES:
            return f"the basis of the group {name} is none of {', '.join(exposure.QUANTITY_BASES)}"
    return draws.wrong_span(parameters)


def generate(parameters: dict[str, Any]) -> Tables:
    """The tables of the graph, by source; the same parameters give the same rows."""
    tables = _Graph(parameters).tables()
    for rows in tables.values():
        for row in rows:
            row |= {"graph_id": parameters["graph_id"], "data_origin": ORIGIN}
    return tables


def write_sample(folder: Path, parameters: dict[str, Any]) -> dict[Path, int]:
    """Write the tables into a folder; returns their paths and numbers of rows.

    The same parameters give the same bytes. ChokepointError when the folder cannot be written.
    """
    tables = generate(parameters)
    written = {}
    for contract in exposure.CONTRACTS:
        rows = tables[contract.source_id]
        path = folder / file_name(contract.source_id)
        written[draws.write(path, rows, contract.column_names)] = len(rows)
    return written


class _Graph:
    """A graph in the making; `parts` has the group of each part."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters, self.as_of = parameters, parameters["as_of"]
        self.rng = random.Random(parameters["seed"])
        self.members = {
            group["group"]: [
                f"{group['group']}-{number:0{max(3, len(str(group['count'])))}d}"
                for number in range(1, group["count"] + 1)
            ]
            for group in parameters["groups"]
        }
        self.parts: dict[str, Row] = {
            part_id: group
            for group in parameters["groups"]
            for part_id in self.members[group["group"]]
        }

    def tables(self) -> Tables:
        sites = self._sites()
        bills = self._bills()
        links = self._links([site["site_id"] for site in sites[len(self.parameters["sites"]) :]])
        stock, consumption, orders = self._positions(links, sites)
        with_bill = {row["part_id"] for row in bills}
        return {
            "exposure_sites": sites,
            "exposure_parts": [self._part(one, has_bill=one in with_bill) for one in self.parts],
            "exposure_bill_of_materials": bills,
            "exposure_supplier_links": links,
            "exposure_stock_positions": stock,
            "exposure_consumption": consumption,
            "exposure_open_orders": orders,
            "exposure_site_capacities": [
                {"capacity_id": f"capacity-{number}", **capacity}
                for number, capacity in enumerate(self.parameters["capacities"], start=1)
            ],
        }

    def _happens(self, share: str) -> bool:
        return self.rng.random() < self.parameters[share]

    def _sites(self) -> list[Row]:
        """The named sites, then those of the ordinary suppliers."""
        named = [
            {**site, "site_role": "own" if site["site_id"].startswith("own-") else "supplier"}
            for site in self.parameters["sites"]
        ]
        pool = self.parameters["ordinary_sites"]
        ordinary = [
            {
                "site_id": f"parts-{number:03d}",
                "site_name": f"Parts {(number + 1) // 2:03d}, plant {2 - number % 2}",
                "firm": f"Sample Parts {(number + 1) // 2:03d}",
                "country_iso3": pick_name(self.rng, pool["countries"]),
                "site_role": "supplier",
                "activity": "parts plant",
            }
            for number in range(1, pool["count"] + 1)
        ]
        return [{**site, "as_of_date": self.as_of} for site in named + ordinary]

    def _part(self, part_id: str, *, has_bill: bool) -> Row:
        group = self.parts[part_id]
        number = int(part_id.rsplit("-", 1)[1])
        code, name = group["kinds"][(number - 1) % len(group["kinds"])]
        is_open = has_bill and self._happens("incomplete_bill_share")
        # A component of which no bill is given has inputs that are not told.
        is_untold = not has_bill and group["part_kind"] != "material"
        return {
            "part_id": part_id,
            "part_name": f"{name} {number}",
            "part_kind": group["part_kind"],
            "material": group.get("material", ""),
            "product_code": code,
            "unit": group["unit"],
            "is_bom_complete": "no" if is_open or is_untold else "yes",
            "as_of_date": self.as_of,
        }

    def _bills(self) -> list[Row]:
        """The bills of materials: who goes into whom, then the shares within each part."""
        bills: dict[str, list[str]] = {part_id: [] for part_id in self.parts}
        for group in self.parameters["groups"]:
            below = self.members[group["group"]]
            unused = dict.fromkeys(below)
            goes_into = group.get("goes_into", {})
            for above, span in goes_into.items():
                for parent in self.members[above]:
                    for part_id in some(self.rng, below, span):
                        bills[parent].append(part_id)
                        unused.pop(part_id, None)
            for part_id in unused if goes_into else ():
                bills[one_of(self.rng, self.members[next(iter(goes_into))])].append(part_id)
        return [row for part_id, below in bills.items() for row in self._bill(part_id, below)]

    def _bill(self, part_id: str, components: list[str]) -> list[Row]:
        weights = {
            one: self.parts[one]["weight"] * between(self.rng, 0.5, 1.5)
            for one in dict.fromkeys(components)
        }
        total = sum(weights.values())
        rows = []
        for component, weight in weights.items():
            group = self.parts[component]
            span = group["quantity"]
            quantity = between(self.rng, span["first"], span["last"])
            if group["unit"] == "piece" and span["first"] >= 1:
                quantity = round(quantity)
            is_unknown = self._happens("quantity_unknown_share")
            rows.append(
                {
                    "part_id": part_id,
                    "component_id": component,
                    "quantity_per_unit": "" if is_unknown else _number(quantity, 4),
                    **self._shares("input_share", weight / total),
                    "is_essential": "no" if self._happens("not_essential_share") else "yes",
                    **self._evidence(),
                }
            )
        return rows

    def _links(self, ordinary: list[str]) -> list[Row]:
        rows = []
        for part_id, group in self.parts.items():
            pool = group.get("suppliers")
            if pool is None and self._happens("without_supplier_share"):
                continue
            left = dict(pool) if pool else dict.fromkeys(ordinary, 1.0)
            chosen = {}
            for _ in range(min(whole(self.rng, group["supplier_count"]), len(left))):
                site = pick_name(self.rng, left)
                chosen[site] = left.pop(site) * between(self.rng, 0.5, 1.5)
            total = sum(chosen.values())
            rows += [
                {
                    "part_id": part_id,
                    "site_id": site,
                    **self._shares("supply_share", weight / total),
                    **self._evidence(),
                }
                for site, weight in chosen.items()
            ]
        return rows

    def _shares(self, stem: str, share: float) -> Row:
        """Bounds and best figure of a share; rounded down, so that a whole never exceeds one."""
        known = pick_name(self.rng, self.parameters["shares_known"])
        central = int(share * 10_000) / 10_000
        margin = 0 if share == 1 else self.parameters["share_margin"]
        low = int(share * (1 - margin) * 10_000) / 10_000
        high = min(1, (int(share * (1 + margin) * 10_000) + 1) / 10_000)
        return {
            f"{stem}_low": "" if known == "unknown" else _number(low, 4),
            f"{stem}_central": _number(central, 4) if known == "central" else "",
            f"{stem}_high": "" if known == "unknown" else _number(high, 4),
        }

    def _evidence(self) -> Row:
        span = {"first": _month(self.parameters["evidence_from"]), "last": _month(self.as_of)}
        after = whole(self.rng, span) + 1
        last = dt.date(after // 12, after % 12 + 1, 1) - DAY
        return {
            "evidence_class": pick_name(self.rng, self.parameters["evidence"]),
            "evidence_date": min(last, self.as_of),
        }

    def _positions(
        self, links: list[Row], sites: list[Row]
    ) -> tuple[list[Row], list[Row], list[Row]]:
        """Stock, months of use and open orders of the parts that the firm keeps at its sites."""
        own = [site["site_id"] for site in sites if site["site_role"] == "own"]
        countries = {site["site_id"]: site["country_iso3"] for site in sites}
        suppliers: dict[str, list[str]] = defaultdict(list)
        for link in links:
            suppliers[link["part_id"]].append(link["site_id"])
        stock, consumption, orders = [], [], []
        for part_id, group in self.parts.items():
            held = group.get("stock")
            if held is None or self.rng.random() >= held["share"]:
                continue
            for site in some(self.rng, own, held["plants"]):
                use = log_normal(self.rng, held["use"])
                place = {"site_id": site, "part_id": part_id}
                cover_days = log_normal(self.rng, held["cover_days"])
                is_unknown = self._happens("stock_unknown_share")
                basis = self.parameters["stock_basis_differs"].get(part_id, held["basis"])
                quantity = "" if is_unknown else _quantity(use * cover_days / 30, basis)
                stock.append(
                    {
                        **place, "quantity_basis": basis, "quantity": quantity,
                        "as_of_date": self.as_of,
                    }
                )  # fmt: skip
                in_use = place | {"quantity_basis": held["basis"]}
                consumption += [in_use | row for row in self._use(held, use)]
                placed = [
                    in_use | self._order(group, use, suppliers[part_id], countries)
                    for _ in range(whole(self.rng, group.get("order_count", _NONE)))
                ]
                # The plan: the first of them comes before the stock is gone.
                if placed and placed[0]["promised_date"]:
                    share = self.parameters["orders"]["first_at_share_of_cover"]
                    placed[0]["promised_date"] = self.as_of + int(share * cover_days) * DAY
                orders += placed
        for number, order in enumerate(orders, start=1):
            order["order_id"] = f"PO-{number:05d}"
        return stock, consumption, orders

    def _use(self, held: Row, use: float) -> list[Row]:
        count = whole(self.rng, self.parameters["history_months"])
        if self._happens("one_month_share"):
            count = 1
        if self._happens("no_use_share"):
            use = 0
        spread = self.parameters["month_spread"]
        end = _month(self.as_of) + 1
        # Whether a month is known is drawn before how much it was.
        return [
            {
                "period": f"{number // 12}-{number % 12 + 1:02d}",
                "quantity": ""
                if self._happens("month_unknown_share")
                else _quantity(use * factor(self.rng, spread), held["basis"]),
            }
            for number in range(end - count, end)
        ]

    def _order(
        self, group: Row, use: float, suppliers: list[str], countries: dict[str, str]
    ) -> Row:
        settings = self.parameters["orders"]
        months = settings["months_of_use"]
        size = max(use * between(self.rng, months["first"], months["last"]), 1)
        promised = self.as_of + whole(self.rng, settings["promised_days"]) * DAY
        has_promise = self.rng.random() >= settings["no_promise_share"]
        supplier = one_of(self.rng, suppliers) if suppliers else ""
        licence = group.get("licence")
        status = pick_name(self.rng, settings["licence_statuses"])
        if licence is None or countries.get(supplier) not in licence["countries"]:
            status = "none_needed"
        accepted = self.as_of - whole(self.rng, settings["accepted_days_ago"]) * DAY
        return {
            "quantity": _quantity(size, group["stock"]["basis"]),
            "promised_date": promised if has_promise else "",
            "supplier_site_id": supplier,
            "licence_status": status,
            "licence_material": licence["material"] if status != "none_needed" else "",
            "licence_accepted_date": accepted if status in ("pending", "granted") else "",
            "transit_days": whole(self.rng, settings["transit_days"]),
            "as_of_date": self.as_of,
        }


def _month(day: dt.date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _quantity(value: float, basis: str) -> str:
    """Whole pieces; masses of a kilogram's tenth."""
    return str(round(value)) if basis == "pieces" else _number(value, 1)


def _number(value: float, digits: int) -> str:
    """A number without needless zeros; never zero where it was above it."""
    text = f"{value:.{digits}f}"
    if value > 0 and float(text) == 0:
        text = f"{10**-digits:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
