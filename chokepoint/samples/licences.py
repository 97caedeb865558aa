"""The synthetic sample of licence applications, from one seed.

`licences.yml` beside this file describes the process. The register shows of each case what is
known on the as-of date.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError
from chokepoint.landing.producers.licence_register import APPLICATIONS
from chokepoint.landing.registry import known_measures
from chokepoint.samples import draws
from chokepoint.samples.draws import DAY, Row, log_normal, one_of, pick, pick_name, whole
from chokepoint.settings import PROJECT_DIR, Settings

PARAMETERS = Path(__file__).with_name("licences.yml")
CALENDAR = PROJECT_DIR / "seeds" / "reference" / "prc_calendar.csv"
REGISTER_NAME = "licence_applications_synthetic.csv.gz"
_KINDS = {
    "a whole number": ("seed",),
    "a number above zero": ("applications", "weibull_shape", "scale_days", "stuck_factor"),
    "a whole number above zero": ("applications",),
    "a share between 0 and 1": ("stuck_share", "returned_share", "returned_again_share"),
    "a day, YYYY-MM-DD": ("first_filed", "as_of"),
}


@dataclass(frozen=True)
class Case:
    """One case to its end, which the register may not have seen yet."""

    row: Row
    filed: dt.date
    accepted: dt.date
    decided: dt.date
    outcome: str
    stops: tuple[tuple[dt.date, dt.date], ...]


def read_parameters(path: Path) -> dict[str, Any]:
    """The parameters as written; ChokepointError naming the file when they cannot be used."""
    return draws.read_parameters(path, PARAMETERS, _first_wrong)


def _first_wrong(parameters: dict[str, Any]) -> str | None:
    weights = parameters["outcomes"] | parameters["destinations"]
    named = {material["measure_id"] for material in parameters["materials"]}
    unknown = sorted(named - set(known_measures(Settings())))
    return (
        draws.first_unlike(parameters, _KINDS)
        or draws.first_unlike(weights, {"a weight, zero or above": weights})
        or next((f"{one} is not a measure of seeds/measures/measures.csv" for one in unknown), None)
        or draws.wrong_span(parameters)
    )


def generate(parameters: dict[str, Any]) -> list[Case]:
    """The cases of a sample, by day of filing; the same parameters give the same cases."""
    rng = random.Random(parameters["seed"])
    is_working_day = _calendar()
    first, as_of = parameters["first_filed"], parameters["as_of"]
    span = [
        day
        for offset in range((as_of - first).days + 1)
        if is_working_day(day := first + offset * DAY)
    ]
    if not span:
        raise ChokepointError(
            f"there is no working day from {first} to {as_of}", "widen the span of the sample."
        )
    filed_days = sorted(one_of(rng, span) for _ in range(parameters["applications"]))
    return [
        _case(rng, parameters, number, filed, is_working_day)
        for number, filed in enumerate(filed_days, start=1)
    ]


def register_rows(cases: Iterable[Case], as_of: dt.date) -> Iterator[Row]:
    """What a register read on the as-of date shows of the cases: one row for each filed."""
    for case in cases:
        is_accepted = case.accepted <= as_of
        is_decided = case.decided <= as_of
        stops = [
            f"{first}/{last if last <= as_of else ''}"
            for first, last in case.stops
            if first <= as_of
        ]
        yield case.row | {
            "filed_date": case.filed,
            "accepted_date": case.accepted if is_accepted else "",
            "returned_intervals": ";".join(stops),
            "decided_date": case.decided if is_decided else "",
            "outcome": case.outcome if is_decided else "",
            "as_of_date": as_of,
            "data_origin": "synthetic",
        }


def write_sample(folder: Path, parameters: dict[str, Any]) -> tuple[Path, int, int]:
    """Write the register into a folder.

    Returns its path, the number of cases and the number pending. The same parameters give
    the same bytes. ChokepointError when the folder cannot be written.
    """
    cases = generate(parameters)
    as_of = parameters["as_of"]
    rows = register_rows(cases, as_of)
    register = draws.write(folder / REGISTER_NAME, rows, APPLICATIONS.column_names)
    return register, len(cases), sum(case.decided > as_of for case in cases)


def _case(
    rng: random.Random, parameters: dict[str, Any], number: int, filed: dt.date, is_working_day: Any
) -> Case:
    material = pick(rng, parameters["materials"])
    size = pick(rng, parameters["size_classes"])
    route = pick(rng, [route for route in parameters["routes"] if route["from"] <= filed])
    period = [period for period in parameters["periods"] if period["from"] <= filed][-1]
    destination = pick_name(rng, parameters["destinations"])
    outcome = pick_name(rng, parameters["outcomes"])

    mean = parameters["mean_extra_days_to_acceptance"]
    extra = int(math.log(1 - rng.random()) / math.log(mean / (mean + 1)))
    accepted = filed
    for _ in range(1 + extra):
        accepted = _next_working_day(accepted + DAY, is_working_day)

    scale = parameters["scale_days"]
    for part in (material, size, route, period):
        scale *= part["factor"]
    if rng.random() < parameters["stuck_share"]:
        scale *= parameters["stuck_factor"]
    net_days = 1 + int(scale * (-math.log(1 - rng.random())) ** (1 / parameters["weibull_shape"]))
    stops, gross_days = _stops(rng, parameters, accepted, net_days)
    decided = _next_working_day(accepted + gross_days * DAY, is_working_day)

    quantity = log_normal(rng, parameters["quantity_kg"])
    price = log_normal(rng, parameters["usd_per_kg"])
    row = {
        "application_id": f"SAMPLE-{number:06d}",
        "authority": parameters["authority"],
        "measure_id": material["measure_id"],
        "clause_id": "",
        "material": material["material"],
        "product_code": material["product_code"],
        "applicant_size_class": size["name"],
        "route": route["name"],
        "end_use": one_of(rng, material["end_uses"]),
        "destination_iso3": destination,
        "observed_from_date": "",
        "quantity_kg": round(quantity, 1),
        "value_usd": round(quantity * price, 0),
    }
    return Case(row, filed, accepted, decided, outcome, stops)


def _stops(
    rng: random.Random, parameters: dict[str, Any], accepted: dt.date, net_days: int
) -> tuple[tuple[tuple[dt.date, dt.date], ...], int]:
    """The returns of a case, in order, and its days with them."""
    count = 0
    if rng.random() < parameters["returned_share"]:
        count = 1 + (rng.random() < parameters["returned_again_share"])
    at = sorted(int(rng.random() * net_days) for _ in range(count))
    stops = []
    stopped = 0
    for offset in at:
        length = whole(rng, parameters["returned_days"])
        first = accepted + (offset + stopped) * DAY
        stops.append((first, first + length * DAY))
        stopped += length
    return tuple(stops), net_days + stopped


def _calendar() -> Any:
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        exceptions = {
            dt.date.fromisoformat(row["day"]): row["day_kind"] == "make_up_working_day"
            for row in csv.DictReader(file)
        }
    return lambda day: exceptions.get(day, day.isoweekday() < 6)


def _next_working_day(day: dt.date, is_working_day: Any) -> dt.date:
    while not is_working_day(day):
        day += DAY
    return day
