"""Trade under measures as pages show it: bounds per state and per product, never a lone middle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from chokepoint.site import words
from chokepoint.site.parts import Row


def by_state(totals: Iterable[Row]) -> list[dict[str, Any]]:
    """Totals by state as `range-bars` draws them: those of which some code has figures."""
    return [
        {
            **row,
            "key": row["state"],
            "label": words.state(row["state"]),
            "value_eur_high": row["high_of_codes_with_figures"],
            "of_codes": f"{row['codes_with_trade']} of {row['codes_listed']}",
            "shown": words.money_range(row["value_eur_low"], row["high_of_codes_with_figures"]),
        }
        for row in totals
        if row["high_of_codes_with_figures"]
    ]


def by_product(rows: Iterable[Row], state: str, most: int) -> list[dict[str, Any]]:
    """The products with most trade in a state, partners together, largest first."""
    sums: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in _addable(rows):
        if row["state"] != state or not row["value_eur_high"]:
            continue
        entry = sums[row["product_code"]]
        entry.setdefault("key", row["product_code"])
        entry.setdefault("product_code", row["product_code"])
        entry.setdefault("label", row["product_name"] or row["product_code"])
        entry["value_eur_low"] = entry.get("value_eur_low", 0.0) + float(row["value_eur_low"] or 0)
        entry["value_eur_high"] = entry.get("value_eur_high", 0.0) + float(row["value_eur_high"])
        entry["state"] = state
        partners = entry.setdefault("partners", set())
        partners.add(row["partner_iso3"])
    found = sorted(sums.values(), key=lambda entry: -entry["value_eur_high"])[:most]
    for entry in found:
        entry["shown"] = words.money_range(entry["value_eur_low"], entry["value_eur_high"])
    return found


def without_share(rows: Iterable[Row]) -> int:
    """Products for which no source gives the covered share of the code."""
    return len({row["product_code"] for row in _addable(rows) if row["value_eur_central"] is None})


def _addable(rows: Iterable[Row]) -> Iterable[Row]:
    return (row for row in rows if row["part_of_product_code"] is None)
