"""The synthetic cases of the synthetic car maker, from one seed.

`cases.yml` beside this file describes them. They are cases of the bundled graph and register, as
`carmaker.yml` and `licences.yml` make them, in the shape of a user's own
(chokepoint/landing/producers/shipment_cases.py).
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

from chokepoint.landing.producers.shipment_cases import CASES, CHANNELS, OUTCOMES
from chokepoint.samples import carmaker, draws, licences
from chokepoint.samples.draws import DAY, Row, is_number, log_normal, pick_name, whole

PARAMETERS = Path(__file__).with_name("cases.yml")
FILE_NAME = "shipment_cases_synthetic.csv"
NAMES = ("site_and_part", "part", "material", "nothing")
_KINDS = {
    "a whole number": ("seed", "most_days_apart"),
    "a share between 0 and 1": ("case_share", "value_unknown_share", "closed_share"),
}
_WEIGHTS = {"names": NAMES, "outcomes": OUTCOMES, "channels": CHANNELS, "last_words": None}
_SPANS = {
    "closed_days_ago": ("first", "last"),
    "last_word_days_ago": ("first", "last"),
    "standstill_eur_per_day": ("median", "spread"),
    "standstill_bounds": ("low", "high"),
}


def read_parameters(path: Path) -> dict[str, Any]:
    """The parameters as written; ChokepointError naming the file when they cannot be used."""
    return draws.read_parameters(path, PARAMETERS, _first_wrong)


def _first_wrong(parameters: dict[str, Any]) -> str | None:
    if wrong := draws.first_unlike(parameters, _KINDS):
        return wrong
    for name, known in _WEIGHTS.items():
        weights = parameters[name]
        if not isinstance(weights, dict) or not all(
            is_number(weight) and (known is None or word in known)
            for word, weight in weights.items()
        ):
            words = f" of {', '.join(known)}" if known else ""
            return f"{name} is not a list of weights{words}"
    spans = {name: dict.fromkeys(keys) | parameters[name] for name, keys in _SPANS.items()}
    return draws.wrong_span(spans)


def generate(parameters: dict[str, Any], graph: carmaker.Tables, register: list[Row]) -> list[Row]:
    """The cases of a graph's orders and a register's applications, by the orders' names.

    The same parameters, graph and register give the same cases.
    """
    rng = random.Random(parameters["seed"])
    sites = {site["site_id"]: site for site in graph["exposure_sites"]}
    pending = [row for row in register if row["accepted_date"] and not row["decided_date"]]
    of_material = {row["material"]: row for row in register}
    cases: list[Row] = []
    for order in graph["exposure_open_orders"]:
        if order["licence_status"] != "pending" or rng.random() >= parameters["case_share"]:
            continue
        application = _nearest(pending, order, parameters["most_days_apart"])
        if application is not None:
            pending.remove(application)
        subject = _subject(application, order, of_material[order["licence_material"]])
        waits_from = subject["filed_date"] or subject["held_since_date"]
        waiting_days = (order["as_of_date"] - waits_from).days
        cases.append(
            {
                "case_id": f"CASE-{len(cases) + 1:03d}",
                "supplier": sites[order["supplier_site_id"]]["firm"],
                **subject,
                **_place(rng, parameters, order),
                **_words(rng, parameters, order["as_of_date"], waiting_days),
                "as_of_date": order["as_of_date"],
                "data_origin": carmaker.ORIGIN,
            }
        )
    return cases


def write_sample(folder: Path, parameters: dict[str, Any]) -> tuple[Path, int]:
    """Write the cases into a folder; returns the path and their number.

    The same parameters give the same bytes. ChokepointError when the folder cannot be written.
    """
    graph = carmaker.generate(carmaker.read_parameters(carmaker.PARAMETERS))
    process = licences.read_parameters(licences.PARAMETERS)
    register = list(licences.register_rows(licences.generate(process), process["as_of"]))
    rows = generate(parameters, graph, register)
    return draws.write(folder / FILE_NAME, rows, CASES.column_names), len(rows)


def _nearest(pending: list[Row], order: Row, most_days: int) -> Row | None:
    """The pending application that may be the order's: of its material, accepted near its day."""

    def gap(row: Row) -> int:
        return abs((row["accepted_date"] - order["licence_accepted_date"]).days)

    near = [
        row
        for row in pending
        if row["material"] == order["licence_material"] and gap(row) <= most_days
    ]
    return min(near, key=lambda row: (gap(row), row["application_id"]), default=None)


def _subject(application: Row | None, order: Row, alike: Row) -> Row:
    """What waits, under which measure, since when."""
    known = application or alike
    return {
        "authority": known["authority"],
        "application_id": application["application_id"] if application else "",
        "shipment_reference": order["order_id"],
        "measure_id": known["measure_id"],
        "material": order["licence_material"],
        "product_code": known["product_code"],
        "filed_date": application["filed_date"] if application else "",
        "held_since_date": "" if application else order["licence_accepted_date"],
    }


def _place(rng: random.Random, parameters: dict[str, Any], order: Row) -> Row:
    """What the case tells of the graph."""
    told = pick_name(rng, parameters["names"])
    return {
        "graph_id": "" if told == "nothing" else order["graph_id"],
        "site_id": order["site_id"] if told == "site_and_part" else "",
        "part_id": order["part_id"] if told in ("site_and_part", "part") else "",
    }


def _words(
    rng: random.Random, parameters: dict[str, Any], as_of: dt.date, waiting_days: int
) -> Row:
    """What was said and asked, what came of it, and what a day without the goods costs."""
    bounds = parameters["standstill_bounds"]
    is_closed = rng.random() < parameters["closed_share"]
    outcome = pick_name(rng, parameters["outcomes"])
    closed_date = as_of - min(whole(rng, parameters["closed_days_ago"]), waiting_days) * DAY
    word_date = as_of - min(whole(rng, parameters["last_word_days_ago"]), waiting_days) * DAY
    value = log_normal(rng, parameters["standstill_eur_per_day"])
    is_valued = rng.random() >= parameters["value_unknown_share"]
    thousands = {bound: round(value * bounds[bound] / 1000) for bound in ("low", "high")}
    return {
        "last_word": pick_name(rng, parameters["last_words"]),
        "last_word_date": min(word_date, closed_date) if is_closed else word_date,
        "channel": pick_name(rng, parameters["channels"]),
        "outcome": outcome if is_closed else "",
        "closed_date": closed_date if is_closed else "",
        **{
            f"standstill_eur_per_day_{bound}": 1000 * count if is_valued else ""
            for bound, count in thousands.items()
        },
    }
