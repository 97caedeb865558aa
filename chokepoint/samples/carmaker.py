"""The synthetic supply graph of a car maker, from one seed.

`carmaker.yml` beside this file describes it. Eight tables are made, in the shape that a user's
own graph has (chokepoint/landing/producers/exposure.py).
"""

from __future__ import annotations

import calendar
import datetime as dt
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chokepoint.errors import ChokepointError
from chokepoint.landing.producers import exposure
from chokepoint.samples.draws import (
    between,
    compressed,
    csv_bytes,
    factor,
    log_normal,
    pick_name,
    some,
    whole,
)

PARAMETERS = Path(__file__).with_name("carmaker.yml")
ORIGIN = "synthetic"
_DAY = dt.timedelta(days=1)
_SHARES = (
    "incomplete_bill_share",
    "not_essential_share",
    "quantity_unknown_share",
    "without_supplier_share",
    "stock_unknown_share",
    "month_unknown_share",
    "no_use_share",
    "one_month_share",
    "share_margin",
)
_GROUP_KEYS = ("group", "part_kind", "count", "unit", "kinds", "supplier_count")

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Part:
    """A part and the group whose parameters it follows."""

    part_id: str
    group: dict[str, Any]


def file_name(source_id: str) -> str:
    """The file of a table, by its source."""
    return f"{source_id}_{ORIGIN}.csv.gz"


def read_parameters(path: Path) -> dict[str, Any]:
    """The parameters as written; ChokepointError naming the file when they cannot be used."""
    remedy = f"start from a copy of {PARAMETERS}."
    needed = set(yaml.safe_load(PARAMETERS.read_text(encoding="utf-8")))
    try:
        parameters = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ChokepointError(f"{path} cannot be read: {error}", remedy) from None
    missing = needed - set(parameters if isinstance(parameters, dict) else ())
    if missing:
        raise ChokepointError(f"{path} lacks {', '.join(sorted(missing))}", remedy)
    try:
        wrong = _first_wrong(parameters)
    except (TypeError, KeyError, AttributeError) as error:
        raise ChokepointError(
            f"{path}: a list or a mapping is not as it should be ({error})", remedy
        ) from None
    if wrong:
        raise ChokepointError(f"{path}: {wrong}", remedy)
    return parameters


def _first_wrong(parameters: dict[str, Any]) -> str | None:
    """The first parameter of which no graph can be made, and what it should be."""
    if type(parameters["seed"]) is not int:
        return "seed is not a whole number"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", str(parameters["graph_id"])):
        return "graph_id is not a name in small letters, digits, - and _"
    for name in ("as_of", "evidence_from"):
        if type(parameters[name]) is not dt.date:
            return f"{name} is not a day, YYYY-MM-DD"
    if parameters["evidence_from"] > parameters["as_of"]:
        return "evidence_from lies after as_of"
    for name in _SHARES:
        if not _is_number(parameters[name]) or not 0 <= parameters[name] <= 1:
            return f"{name} is not a share between 0 and 1"
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
        for key in ("share", "plants", "basis", "use", "cover_days") if "stock" in group else ():
            if key not in group["stock"]:
                return f"the stock of the group {name} lacks {key}"
        if "stock" in group and group["stock"]["basis"] not in exposure.QUANTITY_BASES:
            return f"the basis of the group {name} is none of {', '.join(exposure.QUANTITY_BASES)}"
    return _wrong_span("", parameters)


def _wrong_span(path: str, value: Any) -> str | None:
    """The first span, median or spread, however deep, of which nothing can be drawn."""
    if isinstance(value, list):
        found = (_wrong_span(f"{path}[{number}]", each) for number, each in enumerate(value, 1))
        return next((wrong for wrong in found if wrong), None)
    if not isinstance(value, dict):
        return None
    for keys in (("first", "last"), ("median", "spread")):
        if any(key in value for key in keys):
            numbers = [value.get(key) for key in keys]
            if not all(_is_number(number) and number >= 0 for number in numbers):
                return f"{path} needs {keys[0]} and {keys[1]}, numbers of zero or above"
            if keys[0] == "first" and numbers[0] > numbers[1]:
                return f"{path} has its first number above its last"
    found = (
        _wrong_span(f"{path} {value.get('group', '')} {key}".replace("  ", " ").strip(), each)
        for key, each in value.items()
    )
    return next((wrong for wrong in found if wrong), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def generate(parameters: dict[str, Any]) -> Tables:
    """The tables of the graph, by source; the same parameters give the same rows."""
    rng = random.Random(parameters["seed"])
    sites, ordinary = _sites(rng, parameters)
    parts = [
        Part(f"{group['group']}-{number:0{_digits(group)}d}", group)
        for group in parameters["groups"]
        for number in range(1, group["count"] + 1)
    ]
    bills = _bills(rng, parameters, parts)
    links = _links(rng, parameters, parts, ordinary)
    stock, consumption, orders = _positions(rng, parameters, parts, links, sites)
    with_bill = {row["part_id"] for row in bills}
    tables = {
        "exposure_sites": sites,
        "exposure_parts": [
            _part_row(rng, parameters, part, part.part_id in with_bill) for part in parts
        ],
        "exposure_bill_of_materials": bills,
        "exposure_supplier_links": links,
        "exposure_stock_positions": stock,
        "exposure_consumption": consumption,
        "exposure_open_orders": orders,
        "exposure_site_capacities": [
            {"capacity_id": f"capacity-{number}", **capacity}
            for number, capacity in enumerate(parameters["capacities"], start=1)
        ],
    }
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for contract in exposure.CONTRACTS:
            rows = tables[contract.source_id]
            path = folder / file_name(contract.source_id)
            path.write_bytes(compressed(csv_bytes(rows, contract.column_names)))
            written[path] = len(rows)
    except OSError as error:
        raise ChokepointError(
            f"cannot write to {folder}: {error.strerror}", "name another folder with --output."
        ) from None
    return written


def _digits(group: dict[str, Any]) -> int:
    return max(3, len(str(group["count"])))


def _sites(rng: random.Random, parameters: dict[str, Any]) -> tuple[list[Row], list[str]]:
    """The sites, and the names of the ordinary suppliers' ones."""
    named = [
        {**site, "site_role": "own" if site["site_id"].startswith("own-") else "supplier"}
        for site in parameters["sites"]
    ]
    pool = parameters["ordinary_sites"]
    ordinary = []
    for number in range(1, pool["count"] + 1):
        firm = (number + 1) // 2
        ordinary.append(
            {
                "site_id": f"parts-{number:03d}",
                "site_name": f"Parts {firm:03d}, plant {2 - number % 2}",
                "firm": f"Sample Parts {firm:03d}",
                "country_iso3": pick_name(rng, pool["countries"]),
                "site_role": "supplier",
                "activity": "parts plant",
            }
        )
    sites = named + ordinary
    for site in sites:
        site["as_of_date"] = parameters["as_of"]
    return sites, [site["site_id"] for site in ordinary]


def _part_row(rng: random.Random, parameters: dict[str, Any], part: Part, has_bill: bool) -> Row:
    group = part.group
    number = int(part.part_id.rsplit("-", 1)[1])
    code, name = group["kinds"][(number - 1) % len(group["kinds"])]
    is_open = has_bill and rng.random() < parameters["incomplete_bill_share"]
    # A component of which no bill is given has inputs that are not told.
    is_untold = not has_bill and group["part_kind"] != "material"
    return {
        "part_id": part.part_id,
        "part_name": f"{name} {number}",
        "part_kind": group["part_kind"],
        "material": group.get("material", ""),
        "product_code": code,
        "unit": group["unit"],
        "is_bom_complete": "no" if is_open or is_untold else "yes",
        "as_of_date": parameters["as_of"],
    }


def _bills(rng: random.Random, parameters: dict[str, Any], parts: list[Part]) -> list[Row]:
    """The bills of materials: who goes into whom, then the shares within each part."""
    members: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        members[part.group["group"]].append(part)
    bills: dict[str, dict[str, dict[str, Any]]] = {part.part_id: {} for part in parts}
    for group in parameters["groups"]:
        unused = {part.part_id: part for part in members[group["group"]]}
        for above, span in group.get("goes_into", {}).items():
            for parent in members[above]:
                count = whole(rng, span["first"], span["last"])
                for part in some(rng, members[group["group"]], count):
                    bills[parent.part_id][part.part_id] = group
                    unused.pop(part.part_id, None)
        for part_id in unused if group.get("goes_into") else ():
            parents = members[next(iter(group["goes_into"]))]
            bills[parents[int(rng.random() * len(parents))].part_id][part_id] = group
    return [
        row
        for part_id, components in bills.items()
        for row in _bill_rows(rng, parameters, part_id, components)
    ]


def _bill_rows(
    rng: random.Random,
    parameters: dict[str, Any],
    part_id: str,
    components: dict[str, dict[str, Any]],
) -> list[Row]:
    weights = {
        component: group["weight"] * between(rng, 0.5, 1.5)
        for component, group in components.items()
    }
    total = sum(weights.values())
    rows = []
    for component, group in components.items():
        quantity = between(rng, group["quantity"]["first"], group["quantity"]["last"])
        is_counted = group["unit"] == "piece" and group["quantity"]["first"] >= 1
        is_known = rng.random() >= parameters["quantity_unknown_share"]
        rows.append(
            {
                "part_id": part_id,
                "component_id": component,
                "quantity_per_unit": _number(round(quantity) if is_counted else quantity, 4)
                if is_known
                else "",
                **_shares(rng, parameters, "input_share", weights[component] / total),
                "is_essential": "no" if rng.random() < parameters["not_essential_share"] else "yes",
                **_evidence(rng, parameters),
            }
        )
    return rows


def _links(
    rng: random.Random, parameters: dict[str, Any], parts: list[Part], ordinary: list[str]
) -> list[Row]:
    rows = []
    for part in parts:
        group = part.group
        pool = group.get("suppliers")
        if pool is None and rng.random() < parameters["without_supplier_share"]:
            continue
        left = dict(pool) if pool else dict.fromkeys(ordinary, 1.0)
        span = group["supplier_count"]
        chosen = {}
        for _ in range(min(whole(rng, span["first"], span["last"]), len(left))):
            site = pick_name(rng, left)
            chosen[site] = left.pop(site) * between(rng, 0.5, 1.5)
        total = sum(chosen.values())
        for site, weight in chosen.items():
            rows.append(
                {
                    "part_id": part.part_id,
                    "site_id": site,
                    **_shares(rng, parameters, "supply_share", weight / total),
                    **_evidence(rng, parameters),
                }
            )
    return rows


def _shares(rng: random.Random, parameters: dict[str, Any], stem: str, share: float) -> Row:
    """Bounds and best figure of a share; rounded down, so that a whole never exceeds one."""
    known = pick_name(rng, parameters["shares_known"])
    central = int(share * 10_000) / 10_000
    margin = parameters["share_margin"]
    is_sure = share == 1
    low = central if is_sure else int(share * (1 - margin) * 10_000) / 10_000
    high = central if is_sure else min(1, (int(share * (1 + margin) * 10_000) + 1) / 10_000)
    return {
        f"{stem}_low": "" if known == "unknown" else _number(low, 4),
        f"{stem}_central": _number(central, 4) if known == "central" else "",
        f"{stem}_high": "" if known == "unknown" else _number(high, 4),
    }


def _evidence(rng: random.Random, parameters: dict[str, Any]) -> Row:
    months = _months(parameters["evidence_from"], parameters["as_of"])
    year, month = months[int(rng.random() * len(months))]
    last = dt.date(year, month, calendar.monthrange(year, month)[1])
    return {
        "evidence_class": pick_name(rng, parameters["evidence"]),
        "evidence_date": min(last, parameters["as_of"]),
    }


def _positions(
    rng: random.Random,
    parameters: dict[str, Any],
    parts: list[Part],
    links: list[Row],
    sites: list[Row],
) -> tuple[list[Row], list[Row], list[Row]]:
    """Stock, months of use and open orders of the parts that are kept at the firm's own sites."""
    own = [site["site_id"] for site in sites if site["site_role"] == "own"]
    countries = {site["site_id"]: site["country_iso3"] for site in sites}
    suppliers: dict[str, list[str]] = defaultdict(list)
    for link in links:
        suppliers[link["part_id"]].append(link["site_id"])
    stock, consumption, orders = [], [], []
    for part in parts:
        held = part.group.get("stock")
        if held is None or rng.random() >= held["share"]:
            continue
        for site in some(rng, own, whole(rng, held["plants"]["first"], held["plants"]["last"])):
            use = log_normal(rng, held["use"])
            place = {"site_id": site, "part_id": part.part_id}
            cover_days = log_normal(rng, held["cover_days"])
            stock.append(place | _stock_row(rng, parameters, part, held, use, cover_days))
            in_use = place | {"quantity_basis": held["basis"]}
            consumption += [in_use | row for row in _use_rows(rng, parameters, held, use)]
            span = part.group.get("order_count", {"first": 0, "last": 0})
            placed = [
                in_use | _order_row(rng, parameters, part, use, suppliers[part.part_id], countries)
                for _ in range(whole(rng, span["first"], span["last"]))
            ]
            # The plan: the first of them comes before the stock is gone.
            if placed and placed[0]["promised_date"]:
                ahead = int(parameters["orders"]["first_at_share_of_cover"] * cover_days)
                placed[0]["promised_date"] = parameters["as_of"] + ahead * _DAY
            orders += placed
    for number, order in enumerate(orders, start=1):
        order["order_id"] = f"PO-{number:05d}"
    return stock, consumption, orders


def _stock_row(
    rng: random.Random,
    parameters: dict[str, Any],
    part: Part,
    held: Row,
    use: float,
    cover_days: float,
) -> Row:
    is_known = rng.random() >= parameters["stock_unknown_share"]
    basis = parameters["stock_basis_differs"].get(part.part_id, held["basis"])
    return {
        "quantity_basis": basis,
        "quantity": _quantity(use * cover_days / 30, basis) if is_known else "",
        "as_of_date": parameters["as_of"],
    }


def _use_rows(rng: random.Random, parameters: dict[str, Any], held: Row, use: float) -> list[Row]:
    span = parameters["history_months"]
    count = whole(rng, span["first"], span["last"])
    if rng.random() < parameters["one_month_share"]:
        count = 1
    if rng.random() < parameters["no_use_share"]:
        use = 0
    last = parameters["as_of"]
    first = last.replace(day=1)
    for _ in range(count - 1):
        first = (first - _DAY).replace(day=1)
    return [
        {
            "period": f"{year}-{month:02d}",
            "quantity": _quantity(use * factor(rng, parameters["month_spread"]), held["basis"])
            if rng.random() >= parameters["month_unknown_share"]
            else "",
        }
        for year, month in _months(first, last)
    ]


def _order_row(
    rng: random.Random,
    parameters: dict[str, Any],
    part: Part,
    use: float,
    suppliers: list[str],
    countries: dict[str, str],
) -> Row:
    settings = parameters["orders"]
    as_of = parameters["as_of"]
    months, days = settings["months_of_use"], settings["promised_days"]
    size = max(use * between(rng, months["first"], months["last"]), 1)
    promised = as_of + whole(rng, days["first"], days["last"]) * _DAY
    has_promise = rng.random() >= settings["no_promise_share"]
    supplier = suppliers[int(rng.random() * len(suppliers))] if suppliers else ""
    licence = part.group.get("licence")
    status = pick_name(rng, settings["licence_statuses"])
    if licence is None or countries.get(supplier) not in licence["countries"]:
        status = "none_needed"
    ago, transit = settings["accepted_days_ago"], settings["transit_days"]
    accepted = as_of - whole(rng, ago["first"], ago["last"]) * _DAY
    transit_days = whole(rng, transit["first"], transit["last"])
    return {
        "quantity": _quantity(size, part.group["stock"]["basis"]),
        "promised_date": promised if has_promise else "",
        "supplier_site_id": supplier,
        "licence_status": status,
        "licence_material": licence["material"] if status != "none_needed" else "",
        "licence_accepted_date": accepted if status in ("pending", "granted") else "",
        "transit_days": transit_days,
        "as_of_date": as_of,
    }


def _months(first: dt.date, last: dt.date) -> list[tuple[int, int]]:
    """Year and month of each month from that of the first day to that of the last."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [(number // 12, number % 12 + 1) for number in range(start, end + 1)]


def _quantity(value: float, basis: str) -> str:
    """Whole pieces; masses of a kilogram's tenth."""
    return str(round(value)) if basis == "pieces" else _number(value, 1)


def _number(value: float, digits: int) -> str:
    """A number without needless zeros; never zero where it was above it."""
    text = f"{value:.{digits}f}"
    if value > 0 and float(text) == 0:
        text = f"{10**-digits:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
