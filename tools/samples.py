"""Makes the bundled synthetic samples anew, or others of their kind, each from one seed.

    .venv/bin/python -m tools.samples SAMPLE [--output FOLDER] [--parameters FILE]

SAMPLE is `licences`, `carmaker` or `cases`; tools/sample_parameters/SAMPLE.yml describes it. The
cases are of the bundled graph and register. The same parameters give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import io
import math
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import PROJECT_DIR

CALENDAR = PROJECT_DIR / "seeds" / "reference" / "prc_calendar.csv"
DELIVERIES = PROJECT_DIR / "seeds" / "deliveries"
PARAMETERS = Path(__file__).with_name("sample_parameters")
DAY = dt.timedelta(days=1)

Row = dict[str, Any]
Tables = dict[str, list[Row]]


class Draws:
    """The parameters and one seeded stream: of it only `random`, whose numbers never change."""

    def __init__(self, parameters: Row) -> None:
        self.parameters, self.rng = parameters, random.Random(parameters["seed"])

    def happens(self, share: str) -> bool:
        return self.rng.random() < self.parameters[share]

    def name(self, weights: Mapping[Any, float]) -> Any:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def entry(self, entries: list[Row]) -> Row:
        return self.rng.choices(entries, [entry["weight"] for entry in entries])[0]

    def one_of(self, entries: list[Any]) -> Any:
        return entries[int(self.rng.random() * len(entries))]

    def whole(self, span: Mapping[str, int]) -> int:
        return span["first"] + int(self.rng.random() * (span["last"] - span["first"] + 1))

    def between(self, span: Mapping[str, float]) -> float:
        return self.rng.uniform(span["first"], span["last"])

    def some(self, entries: list[Any], span: Mapping[str, int]) -> list[Any]:
        """So many different entries, or all where there are fewer."""
        left, count = list(entries), self.whole(span)
        return [left.pop(int(self.rng.random() * len(left))) for _ in range(min(count, len(left)))]

    def log_normal(self, median: float, spread: float) -> float:
        share = min(max(self.rng.random(), 1e-12), 1 - 1e-12)
        return median * math.exp(spread * statistics.NormalDist().inv_cdf(share))


class Register(Draws):
    """Applications for licences, from filing to decision."""

    def __init__(self, parameters: Row) -> None:
        super().__init__(parameters)
        with CALENDAR.open(encoding="utf-8", newline="") as file:
            kinds = {row["day"]: row["day_kind"] for row in csv.DictReader(file)}
        self.works = {day: kind == "make_up_working_day" for day, kind in kinds.items()}

    def tables(self) -> Tables:
        first, as_of = self.parameters["first_filed"], self.parameters["as_of"]
        days = [first + number * DAY for number in range((as_of - first).days + 1)]
        span = [day for day in days if self._working_day(day) == day]
        filed = sorted(self.one_of(span) for _ in range(self.parameters["applications"]))
        rows = [self._application(f"SAMPLE-{at:06d}", day) for at, day in enumerate(filed, 1)]
        return {"licence_applications": rows}

    def _working_day(self, day: dt.date) -> dt.date:
        """The day, or the next one on which offices work."""
        while not self.works.get(day.isoformat(), day.isoweekday() < 6):
            day += DAY
        return day

    def _application(self, application_id: str, filed: dt.date) -> Row:
        """What a register read on the as-of date shows of a case."""
        given, random_ = self.parameters, self.rng.random
        material, size = self.entry(given["materials"]), self.entry(given["size_classes"])
        route = self.entry([route for route in given["routes"] if route["from"] <= filed])
        period = [period for period in given["periods"] if period["from"] <= filed][-1]
        destination, outcome = self.name(given["destinations"]), self.name(given["outcomes"])

        mean = given["mean_extra_days_to_acceptance"]
        accepted = filed
        for _ in range(1 + int(math.log(1 - random_()) / math.log(mean / (mean + 1)))):
            accepted = self._working_day(accepted + DAY)
        scale = given["scale_days"]
        for part in (material, size, route, period):
            scale *= part["factor"]
        if self.happens("stuck_share"):
            scale *= given["stuck_factor"]
        days = 1 + int(scale * (-math.log(1 - random_())) ** (1 / given["weibull_shape"]))
        returns = 0
        if self.happens("returned_share"):
            returns = 1 + self.happens("returned_again_share")
        stops, stopped, as_of = [], 0, given["as_of"]
        for offset in sorted(int(random_() * days) for _ in range(returns)):
            first, length = accepted + (offset + stopped) * DAY, self.whole(given["returned_days"])
            last = first + length * DAY
            if first <= as_of:
                stops.append(f"{first}/{last if last <= as_of else ''}")
            stopped += length
        decided = self._working_day(accepted + (days + stopped) * DAY)
        quantity = self.log_normal(**given["quantity_kg"])
        price = self.log_normal(**given["usd_per_kg"])
        return material | {
            "application_id": application_id,
            "authority": given["authority"],
            "applicant_size_class": size["name"],
            "route": route["name"],
            "end_use": self.one_of(material["end_uses"]),
            "destination_iso3": destination,
            "quantity_kg": round(quantity, 1),
            "value_usd": round(quantity * price, 0),
            "filed_date": filed,
            "accepted_date": accepted if accepted <= as_of else "",
            "returned_intervals": ";".join(stops),
            "decided_date": decided if decided <= as_of else "",
            "outcome": outcome if decided <= as_of else "",
            "as_of_date": as_of,
        }


class Graph(Draws):
    """A firm's supply graph, in the shape that a user's own has; `parts` has each part's group."""

    def __init__(self, parameters: Row) -> None:
        super().__init__(parameters)
        self.as_of = parameters["as_of"]
        self.members = {
            group["group"]: [
                f"{group['group']}-{number:0{max(3, len(str(group['count'])))}d}"
                for number in range(1, group["count"] + 1)
            ]
            for group in parameters["groups"]
        }
        self.parts: dict[str, Row] = {
            part: group for group in parameters["groups"] for part in self.members[group["group"]]
        }

    def tables(self) -> Tables:
        named, ordinary = self.parameters["sites"], self._ordinary_sites()
        sites = [{"site_role": "supplier", **site} for site in named + ordinary]
        bills = self._bills()
        links = self._links([site["site_id"] for site in ordinary])
        stock, use, orders = self._positions(links, sites)
        with_bill = {row["part_id"] for row in bills}
        tables = {
            "exposure_sites": sites,
            "exposure_parts": [self._part(one, has_bill=one in with_bill) for one in self.parts],
            "exposure_bill_of_materials": bills,
            "exposure_supplier_links": links,
            "exposure_stock_positions": stock,
            "exposure_consumption": use,
            "exposure_open_orders": [
                {**row, "order_id": f"PO-{at:05d}"} for at, row in enumerate(orders, 1)
            ],
            "exposure_site_capacities": [
                {"capacity_id": f"capacity-{at}", **capacity}
                for at, capacity in enumerate(self.parameters["capacities"], 1)
            ],
        }
        same = {"graph_id": self.parameters["graph_id"], "as_of_date": self.as_of}
        return {source: [row | same for row in rows] for source, rows in tables.items()}

    def _ordinary_sites(self) -> list[Row]:
        pool = self.parameters["ordinary_sites"]
        return [
            {
                "site_id": f"parts-{number:03d}",
                "site_name": f"Parts {(number + 1) // 2:03d}, plant {2 - number % 2}",
                "firm": f"Sample Parts {(number + 1) // 2:03d}",
                "country_iso3": self.name(pool["countries"]),
                "activity": "parts plant",
            }
            for number in range(1, pool["count"] + 1)
        ]

    def _part(self, part_id: str, *, has_bill: bool) -> Row:
        group, number = self.parts[part_id], int(part_id.rsplit("-", 1)[1])
        code, name = group["kinds"][(number - 1) % len(group["kinds"])]
        is_open = has_bill and self.happens("incomplete_bill_share")
        # A component of which no bill is given has inputs that are not told.
        is_untold = not has_bill and group["part_kind"] != "material"
        is_complete = "no" if is_open or is_untold else "yes"
        known = {"part_id": part_id, "part_name": f"{name} {number}", "product_code": code}
        return {**group, **known, "is_bom_complete": is_complete}

    def _bills(self) -> list[Row]:
        """The bills of materials: who goes into whom, then the shares within each part."""
        bills: dict[str, list[str]] = {part_id: [] for part_id in self.parts}
        for group in self.parameters["groups"]:
            below = self.members[group["group"]]
            unused, goes_into = dict.fromkeys(below), group.get("goes_into", {})
            for above, span in goes_into.items():
                for parent in self.members[above]:
                    for part_id in self.some(below, span):
                        bills[parent].append(part_id)
                        unused.pop(part_id, None)
            for part_id in unused if goes_into else ():
                bills[self.one_of(self.members[next(iter(goes_into))])].append(part_id)
        return [row for part_id, below in bills.items() for row in self._bill(part_id, below)]

    def _bill(self, part_id: str, components: list[str]) -> Iterator[Row]:
        weights = {
            one: self.parts[one]["weight"] * self.rng.uniform(0.5, 1.5)
            for one in dict.fromkeys(components)
        }
        for component, weight in weights.items():
            group = self.parts[component]
            quantity = self.between(group["quantity"])
            if group["unit"] == "piece" and group["quantity"]["first"] >= 1:
                quantity = round(quantity)
            is_unknown = self.happens("quantity_unknown_share")
            shares = self._shares("input_share", weight / sum(weights.values()))
            yield {
                "part_id": part_id,
                "component_id": component,
                "quantity_per_unit": "" if is_unknown else _number(quantity, 4),
                "is_essential": "no" if self.happens("not_essential_share") else "yes",
                **shares,
                **self._evidence(),
            }

    def _links(self, ordinary: list[str]) -> list[Row]:
        rows = []
        for part_id, group in self.parts.items():
            pool = group.get("suppliers")
            if pool is None and self.happens("without_supplier_share"):
                continue
            left, chosen = dict(pool or dict.fromkeys(ordinary, 1.0)), {}
            for _ in range(min(self.whole(group["supplier_count"]), len(left))):
                site = self.name(left)
                chosen[site] = left.pop(site) * self.rng.uniform(0.5, 1.5)
            for site, weight in chosen.items():
                shares = self._shares("supply_share", weight / sum(chosen.values()))
                rows.append({"part_id": part_id, "site_id": site, **shares, **self._evidence()})
        return rows

    def _shares(self, stem: str, share: float) -> Row:
        """Bounds and best figure of a share; rounded down, so that a whole never exceeds one."""
        known = self.name(self.parameters["shares_known"])
        margin = 0 if share == 1 else self.parameters["share_margin"]
        low = int(share * (1 - margin) * 10_000) / 10_000
        high = min(1, (int(share * (1 + margin) * 10_000) + 1) / 10_000)
        central = _number(int(share * 10_000) / 10_000, 4)
        return {
            f"{stem}_low": "" if known == "unknown" else _number(low, 4),
            f"{stem}_central": central if known == "central" else "",
            f"{stem}_high": "" if known == "unknown" else _number(high, 4),
        }

    def _evidence(self) -> Row:
        span = {"first": _month(self.parameters["evidence_from"]), "last": _month(self.as_of)}
        after = self.whole(span) + 1
        last = dt.date(after // 12, after % 12 + 1, 1) - DAY
        kind = self.name(self.parameters["evidence"])
        return {"evidence_class": kind, "evidence_date": min(last, self.as_of)}

    def _positions(self, links: list[Row], sites: list[Row]) -> tuple[list[Row], ...]:
        """Stock, months of use and open orders of the parts that the firm keeps at its sites."""
        own = [site["site_id"] for site in sites if site["site_role"] == "own"]
        countries = {site["site_id"]: site["country_iso3"] for site in sites}
        suppliers = defaultdict(list)
        for link in links:
            suppliers[link["part_id"]].append(link["site_id"])
        stock, consumption, orders = [], [], []
        for part_id, group in self.parts.items():
            held = group.get("stock")
            if held is None or self.rng.random() >= held["share"]:
                continue
            for site in self.some(own, held["plants"]):
                use = self.log_normal(**held["use"])
                cover_days = self.log_normal(**held["cover_days"])
                basis = self.parameters["stock_basis_differs"].get(part_id, held["basis"])
                is_unknown = self.happens("stock_unknown_share")
                quantity = "" if is_unknown else _quantity(use * cover_days / 30, basis)
                place = {"site_id": site, "part_id": part_id, "quantity_basis": held["basis"]}
                stock.append({**place, "quantity_basis": basis, "quantity": quantity})
                consumption += [place | row for row in self._use(held, use)]
                count = self.whole(group["order_count"]) if "order_count" in group else 0
                placed = [
                    place | self._order(group, use, suppliers[part_id], countries)
                    for _ in range(count)
                ]
                # The plan: the first of them comes before the stock is gone.
                if placed and placed[0]["promised_date"]:
                    share = self.parameters["orders"]["first_at_share_of_cover"]
                    placed[0]["promised_date"] = self.as_of + int(share * cover_days) * DAY
                orders += placed
        return stock, consumption, orders

    def _use(self, held: Row, use: float) -> Iterator[Row]:
        count = self.whole(self.parameters["history_months"])
        if self.happens("one_month_share"):
            count = 1
        if self.happens("no_use_share"):
            use = 0
        end = _month(self.as_of) + 1
        for number in range(end - count, end):
            quantity = ""
            if not self.happens("month_unknown_share"):
                month = use * self.log_normal(1, self.parameters["month_spread"])
                quantity = _quantity(month, held["basis"])
            yield {"period": f"{number // 12}-{number % 12 + 1:02d}", "quantity": quantity}

    def _order(
        self, group: Row, use: float, suppliers: list[str], countries: dict[str, str]
    ) -> Row:
        given = self.parameters["orders"]
        size = max(use * self.between(given["months_of_use"]), 1)
        promised = self.as_of + self.whole(given["promised_days"]) * DAY
        is_promised = self.rng.random() >= given["no_promise_share"]
        supplier = self.one_of(suppliers) if suppliers else ""
        licence, status = group.get("licence"), self.name(given["licence_statuses"])
        if licence is None or countries.get(supplier) not in licence["countries"]:
            status = "none_needed"
        accepted = self.as_of - self.whole(given["accepted_days_ago"]) * DAY
        return {
            "quantity": _quantity(size, group["stock"]["basis"]),
            "promised_date": promised if is_promised else "",
            "supplier_site_id": supplier,
            "licence_status": status,
            "licence_material": licence["material"] if licence and status != "none_needed" else "",
            "licence_accepted_date": accepted if status in ("pending", "granted") else "",
            "transit_days": self.whole(given["transit_days"]),
        }


def _month(day: dt.date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _quantity(value: float, basis: str) -> str:
    """Whole pieces; masses of a kilogram's tenth."""
    return str(round(value)) if basis == "pieces" else _number(value, 1)


def _number(value: float, digits: int) -> str:
    """A number without needless zeros; never zero where it was above it."""
    text = f"{max(value, 10**-digits) if value > 0 else value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# What a case does not tell of the graph, by what it tells.
HIDDEN = {
    "site_and_part": (), "part": ("site_id",), "material": ("site_id", "part_id"),
    "nothing": ("site_id", "part_id", "graph_id"),
}  # fmt: skip


class Cases(Draws):
    """Cases of orders that wait, each of the pending application accepted nearest to its day."""

    def tables(self) -> Tables:
        graph = Graph(bundled("carmaker")).tables()
        (register,) = Register(bundled("licences")).tables().values()
        firms = {site["site_id"]: site["firm"] for site in graph["exposure_sites"]}
        pending = [row for row in register if row["accepted_date"] and not row["decided_date"]]
        of_material = {row["material"]: row for row in register}
        rows: list[Row] = []
        for order in graph["exposure_open_orders"]:
            if order["licence_status"] != "pending" or not self.happens("case_share"):
                continue
            day, material = order["licence_accepted_date"], order["licence_material"]
            near = {
                (abs((row["accepted_date"] - day).days), row["application_id"]): row
                for row in pending
                if row["material"] == material
            }
            gap, _ = nearest = min(near, default=(math.inf, ""))
            hidden = HIDDEN[self.name(self.parameters["names"])]
            known, held_since = of_material[material], day
            if gap <= self.parameters["most_days_apart"]:
                known, held_since = near[nearest], ""
                pending.remove(known)
            else:
                hidden += ("application_id", "filed_date")
            case = {
                "case_id": f"CASE-{len(rows) + 1:03d}",
                "supplier": firms[order["supplier_site_id"]],
                "shipment_reference": order["order_id"],
                "held_since_date": held_since,
                **self._words(order["as_of_date"], held_since or known["filed_date"]),
            }
            rows.append({**known, **order, **case, **dict.fromkeys(hidden, "")})
        return {"shipment_cases": rows}

    def _words(self, as_of: dt.date, waits_from: dt.date) -> Row:
        """What was said and asked, what came of it, and what a day without the goods costs."""
        given, waiting_days = self.parameters, (as_of - waits_from).days
        is_closed, outcome = self.happens("closed_share"), self.name(given["outcomes"])
        closed_date = as_of - min(self.whole(given["closed_days_ago"]), waiting_days) * DAY
        word_date = as_of - min(self.whole(given["last_word_days_ago"]), waiting_days) * DAY
        thousands = self.log_normal(**given["standstill_eur_per_day"]) / 1000
        is_unknown = self.happens("value_unknown_share")
        costs = {
            f"standstill_eur_per_day_{bound}": "" if is_unknown else 1000 * round(thousands * part)
            for bound, part in given["standstill_bounds"].items()
        }
        return costs | {
            "last_word": self.name(given["last_words"]),
            "last_word_date": min(word_date, closed_date) if is_closed else word_date,
            "channel": self.name(given["channels"]),
            "outcome": outcome if is_closed else "",
            "closed_date": closed_date if is_closed else "",
        }


SAMPLES: dict[str, type[Any]] = {"licences": Register, "carmaker": Graph, "cases": Cases}
COLUMNS = {name: one.column_names for name, one in CONTRACTS.items()}


def bundled(sample: str) -> Row:
    """The parameters of the bundled sample."""
    return yaml.safe_load((PARAMETERS / f"{sample}.yml").read_text(encoding="utf-8"))


def write_sample(sample: str, folder: Path, parameters: Row) -> dict[Path, int]:
    """Write the tables of a sample; returns their paths and numbers of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for source, rows in SAMPLES[sample](parameters).tables().items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS[source], extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"data_origin": "synthetic"} for row in rows)
        content, path = text.getvalue().encode(), folder / f"{source}_synthetic.csv"
        if sample != "cases":
            # Neither name nor time in the header.
            content, path = gzip.compress(content, mtime=0), path.with_suffix(".csv.gz")
        path.write_bytes(content)
        written[path] = len(rows)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.samples")
    parser.add_argument("sample", choices=SAMPLES)
    parser.add_argument("--output", type=Path, default=DELIVERIES)
    parser.add_argument("--parameters", type=Path)
    asked = parser.parse_args()
    path = asked.parameters or PARAMETERS / f"{asked.sample}.yml"
    try:
        parameters = yaml.safe_load(path.read_text(encoding="utf-8"))
        written = write_sample(asked.sample, asked.output, parameters)
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError, yaml.YAMLError) as error:
        sys.exit(f"No sample can be made of {path}: {type(error).__name__}: {error}")
    for made, rows in written.items():
        print(f"{rows:,} synthetic rows: {made}")


if __name__ == "__main__":
    main()
