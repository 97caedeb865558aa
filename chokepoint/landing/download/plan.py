"""What is due of each source, what fetching it takes, and what each listed code lacks: by the law
in `seeds/`, `profiles.csv` (what is wanted), `facts.csv` (what producers allow) and what has
landed. No producer is asked."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError
from chokepoint.landing.database import share
from chokepoint.landing.download.addresses import PRODUCERS, Producer, Request, Wanted, fact
from chokepoint.landing.download.parts import STATE_FOLDER, read_json
from chokepoint.landing.download.wanted import (
    ListedCode,
    codes_of,
    listed_codes,
    profiles,
    reporters_of,
)
from chokepoint.landing.periods import current_deliveries, month_of, span
from chokepoint.landing.registry import CONTRACTS, staged_tables

if TYPE_CHECKING:
    from chokepoint.settings import Settings

DEFAULT_PROFILE = "listed"
# Where a producer has the same figures in one file.
BULK_OF = {
    "comext_sdmx_monthly": "comext_bulk_monthly",
    "comext_sdmx_hs6_monthly": "comext_bulk_monthly",
}


@dataclass(frozen=True)
class SourcePlan:
    """What of one source is wanted, there, due, and what the due part costs.

    wanted_periods  every period of the profile whose figures should be out
    due             periods to ask for, with the reason: 'missing', 'part of it', 'codes',
                    'revised' or 'asked for'
    requests        one a period, of the codes that its year knows; None where there is nothing to
                    fetch
    codes           listed codes that are asked for
    calls           questions to the producer, parts counted
    cells           the most positions of one question; None where the producer counts none
    rows, size_bytes  estimated from what was seen before; None where nothing is known
    days            days that the producer's daily limit makes of it
    hindrance       why it cannot be fetched, with what to do; empty where it can
    note            of the profile
    """

    source_id: str
    title: str
    wanted_periods: tuple[str, ...]
    due: dict[str, str]
    requests: tuple[Request, ...]
    codes: tuple[ListedCode, ...]
    calls: int
    cells: int | None
    rows: int | None
    size_bytes: int | None
    days: int
    hindrance: str
    note: str


@dataclass(frozen=True)
class CodeState:
    """What one source has of a listed code: periods in which it is in use, has rows, or was asked
    for and had none."""

    source_id: str
    wanted: int
    landed: int
    answered: int


@dataclass(frozen=True)
class Plan:
    """The plan of a day: sources in the order of the profile, and what each code has."""

    profile: str
    today: dt.date
    sources: tuple[SourcePlan, ...]
    codes: tuple[tuple[ListedCode, tuple[CodeState, ...]], ...]


def make_plan(
    settings: Settings,
    *,
    profile: str = DEFAULT_PROFILE,
    sources: Iterable[str] = (),
    codes: Iterable[str] = (),
    months: int | None = None,
    today: dt.date | None = None,
) -> Plan:
    """What is due today, of listed codes or their starts (empty: all) and so many months;
    ChokepointError for a profile, source or code that there is not."""
    known = profiles(settings)
    if profile not in known:
        raise ChokepointError(
            f"there is no profile {profile!r}", f"choose one of: {', '.join(known)}."
        )
    names = [row["source_id"] for row in known[profile]]
    chosen = list(sources) or names
    for name in chosen:
        if name not in names:
            raise ChokepointError(
                f"profile {profile} has no source {name!r}", f"choose of: {', '.join(names)}."
            )
    day = today or dt.datetime.now(dt.UTC).date()
    listed, starts = listed_codes(settings.project_dir), tuple(codes)
    for start in starts:
        if not any(one.code.startswith(start) for one in listed):
            raise ChokepointError(
                f"no measure lists {start!r} or a code that begins so",
                "give a listed code or its start; `chokepoint update --plan` names them all. Other "
                "codes are fetched by `chokepoint download`.",
            )
    listed = [one for one in listed if not starts or one.code.startswith(starts)]
    # Days after the end of a period after which a source's figures are usually out.
    lags = {
        table["name"]: int(days)
        for table in staged_tables(settings.project_dir, "publication_lag_days")
        if (days := table.get("config", {}).get("meta", {}).get("publication_lag_days"))
    }
    plans = []
    states: dict[ListedCode, list[CodeState]] = {code: [] for code in listed}
    for row in known[profile]:
        if row["source_id"] not in chosen:
            continue
        periods = _periods(row, lags, day, months)
        plan, of_codes = _plan_source(settings, row, listed, periods, day)
        plans.append(plan)
        for code, state in of_codes.items():
            states.setdefault(code, []).append(state)
    # A code of an edition that no wanted period has is nobody's want.
    asked = {c: s for c, s in states.items() if any(state.wanted for state in s)}
    return Plan(profile, day, tuple(plans), tuple((c, tuple(s)) for c, s in asked.items()))


def plan_period(settings: Settings, source_id: str, period: str) -> Plan:
    """One month or year of a source, to be asked for whatever is there of it."""
    known = itertools.chain(*profiles().values())
    row = next(row for row in known if row["source_id"] == source_id)
    today = dt.datetime.now(dt.UTC).date()
    listed = listed_codes(settings.project_dir)
    plan, states = _plan_source(settings, row, listed, [period], today, is_asked=True)
    codes = tuple((code, (state,)) for code, state in states.items() if state.wanted)
    return Plan(row["profile"], today, (plan,), codes)


def _plan_source(
    settings: Settings,
    row: dict[str, str],
    listed: list[ListedCode],
    periods: list[str],
    today: dt.date,
    *,
    is_asked: bool = False,
) -> tuple[SourcePlan, dict[ListedCode, CodeState]]:
    source_id = row["source_id"]
    producer = PRODUCERS[source_id]
    codes = codes_of(settings.project_dir, row["products"], listed)
    base = Wanted((), reporters_of(settings.project_dir, row["reporters"]), row["flow"])
    has = _landed(settings, source_id)
    asked = _asked(settings.inbox_dir, source_id)
    due: dict[str, str] = {}
    requests: list[Request] = []
    bulk = BULK_OF.get(source_id)
    for number, period in enumerate(reversed(periods)):
        of_period = tuple(one.code for one in codes if one.is_of(period))
        if codes and not of_period:
            continue
        # The latest are asked for again, because producers revise them.
        after_days = int(row["after_days"]) if number < int(row["asked_again"]) else None
        bare = _bare(of_period, has.get(period), asked.get(period, set()))
        found = _reason(has.get(period), bare, period, today, after_days)
        if reason := "asked for" if is_asked else found:
            due[period] = reason
            products, digits = of_period, {len(code) for code in of_period}
            if period in has and len(digits) == 1:
                # Also those that have landed, for a file takes the place of its period.
                (length,) = digits
                landed = {one[:length] for one in has[period].products if len(one) >= length}
                products = tuple(sorted({*of_period, *landed}))
            requests += producer.requests(period, replace(base, products=products))
    requests = [_in_parts(producer, request) for request in reversed(requests)]
    if bulk and any(
        len(request.parts) > (fact(source_id, "requests_worth_a_bulk_file") or math.inf)
        for request in requests
    ):
        whole = {**row, "source_id": bulk, "products": "", "reporters": "", "flow": ""}
        whole["note"] = f"in place of {source_id}, which would take more questions a month"
        plan, _ = _plan_source(settings, whole, listed, periods, today, is_asked=is_asked)
        return plan, {one: _state(source_id, one, periods, has, asked) for one in codes}
    expected = [_rows(producer, request) for request in requests]
    rows = None if None in expected else sum(filter(None, expected))
    each, per_day = fact(source_id, "bytes_per_row"), producer.calls_per_day
    questions = [part for one in requests for part in one.parts or (one,)]
    most_cells = max((cells(producer, one) or 0 for one in questions), default=None) or None
    size_bytes = None if rows is None or each is None else int(rows * each)
    calls, key, hindrance = len(questions), producer.key, producer.by_hand
    days = math.ceil(calls / per_day) if per_day else 1
    if not hindrance and key and key.required and not os.environ.get(key.variable):
        hindrance = f"needs a key: get one at {key.sign_up} and set {key.variable}"
    plan = SourcePlan(
        source_id, producer.title, tuple(periods), dict(sorted(due.items())), tuple(requests),
        tuple(codes), calls, most_cells, rows, size_bytes, days, hindrance, row["note"],
    )  # fmt: skip
    return plan, {one: _state(source_id, one, periods, has, asked) for one in codes}


@dataclass(frozen=True)
class _Landed:
    """What counts of a period: since when it is known, its codes, and the last month that a year
    of months holds."""

    known_on: dt.date
    products: frozenset[str]
    last_month: str | None = None


def _reason(
    has: _Landed | None, bare: set[str], period: str, today: dt.date, after_days: int | None
) -> str:
    if has is None:
        return "missing"
    if has.last_month is not None:
        # When the file was delivered tells nothing of how far it goes.
        is_whole = has.last_month >= f"{period}-12"
        number = int(has.last_month[:4]) * 12 + int(has.last_month[5:])
        is_next_out = last_day(month_of(number)) < today
        return "part of it" if is_next_out and not is_whole else ""
    if has.known_on <= last_day(period) < today:
        return "part of it"
    if bare:
        return "codes"
    if after_days is not None and (today - has.known_on).days >= after_days:
        return "revised"
    return ""


def _bare(codes: Iterable[str], has: _Landed | None, asked: set[str]) -> set[str]:
    """Codes without a row that nobody has asked the producer for."""
    found = has.products if has else frozenset()
    return {
        code
        for code in codes
        if code not in asked and not any(one.startswith(code) for one in found)
    }


def _state(
    source_id: str,
    code: ListedCode,
    periods: list[str],
    has: dict[str, _Landed],
    asked: dict[str, set[str]],
) -> CodeState:
    wanted = [period for period in periods if code.is_of(period)]
    landed = [p for p in wanted if p in has and not _bare([code.code], has[p], set())]
    answered = [p for p in wanted if p not in landed and code.code in asked.get(p, set())]
    return CodeState(source_id, len(wanted), len(landed), len(answered))


def last_day(period: str) -> dt.date:
    year, month = int(period[:4]), int(period[5:] or 12)
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def _periods(
    row: dict[str, str], lags: dict[str, int], today: dt.date, months: int | None
) -> list[str]:
    """The latest periods of a profile's source whose figures should be out, in order."""
    count = int(row["periods"])
    if PRODUCERS[row["source_id"]].frequency == "annual":
        return span(str(today.year - count + 1), str(today.year))
    count = months or count
    latest = today - dt.timedelta(days=lags.get(row["source_id"], 0))
    # The month before the one in which that day lies has ended by then.
    number = latest.year * 12 + latest.month - 2
    return span(month_of(number - count + 1), month_of(number))


def _landed(settings: Settings, source_id: str) -> dict[str, _Landed]:
    """Period -> what counts of it: since when it is known, and its product codes."""
    rows = current_deliveries(settings, source_id)
    parts = CONTRACTS[source_id].part_columns
    found: dict[str, set[str]] = {}
    holds_months = bool(parts) and parts[-1] == "period"
    if rows and parts:
        files = {str(settings.landing_dir / row["parquet_path"]): row["period"] for row in rows}
        with share(settings) as con:
            for file, part in con.execute(
                f'select distinct filename, "{parts[-1]}" from read_parquet(?, filename = true)',
                [list(files)],
            ).fetchall():
                found.setdefault(files[file], set()).add(part)
    return {
        row["period"]: _Landed(
            dt.date.fromisoformat(row["known_on"]),
            frozenset(() if holds_months else found.get(row["period"], ())),
            max(found[row["period"]]) if holds_months else None,
        )
        for row in rows
    }


def _asked(inbox: Path, source_id: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in (inbox / STATE_FOLDER).glob(f"{source_id}-*.json"):
        # A part on its way, or a record of an earlier version, has none.
        if asked := read_json(path).get("asked"):
            found.setdefault(asked["period"], set()).update(asked["products"])
    return found


def cells(producer: Producer, request: Request) -> int | None:
    """Positions of all dimensions of a question multiplied; None where none are counted."""
    wanted, counted = request.wanted, ("partner_positions", "indicators")
    each = [fact(producer.source_id, name) or 0 for name in counted]
    flows = 1 if wanted.flow else 2
    found = math.prod((len(wanted.products), max(len(wanted.reporters), 1), flows, *each))
    return int(found) if all(each) else None


def _rows(producer: Producer, request: Request) -> int | None:
    """Rows that a question is expected to bring, by what was seen before; None where unknown."""
    each = fact(producer.source_id, "rows_per_code_and_reporter")
    wanted = request.wanted
    # Of all codes nobody has counted how many have trade; exchange rates have no codes.
    if each is None or not (wanted.products or producer.frequency == "annual"):
        return None
    flows = 1 if wanted.flow or "comtrade" not in producer.source_id else 2
    return math.ceil(each * max(len(wanted.products), 1) * max(len(wanted.reporters), 1) * flows)


def _in_parts(producer: Producer, request: Request) -> Request:
    """The request, split as far as the producer's limits ask for."""

    def divided(part: Request) -> list[Request]:
        halves = part.wanted.halves() if _is_too_large(producer, part) else None
        asked = (producer.requests(part.period, half) for half in halves or ())
        return [small for one in asked for half in one for small in divided(half)] or [part]

    parts = divided(request)
    return replace(request, parts=tuple(parts)) if len(parts) > 1 else request


def _is_too_large(producer: Producer, request: Request) -> bool:
    found = cells(producer, request)
    if found is not None and found > (fact(producer.source_id, "cells_at_most") or math.inf):
        return True
    most_codes = fact(producer.source_id, "codes_per_question")
    if most_codes is not None and len(request.wanted.products) > most_codes:
        return True
    rows = _rows(producer, request)
    # An estimate: half of what the producer gives leaves room.
    return bool(producer.row_limits and rows and 2 * rows > min(producer.row_limits))
