"""Where each producer keeps its files: addresses, keys and manners (`producers.csv`), as
`documentation` says and docs/using/download.md tells users. None was called when this was
written."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from chokepoint.errors import ChokepointError
from chokepoint.landing.files.delivery import read_table
from chokepoint.landing.periods import span
from chokepoint.settings import PROJECT_DIR

# Reporters whose code in UN Comtrade is not the M49 one of countries.csv, by alpha-3.
# https://comtradeapi.un.org/files/v1/app/reference/Reporters.json
COMTRADE_OWN_CODES = {
    "CHE": "757", "FRA": "251", "IND": "699", "ITA": "380", "NOR": "579", "TWN": "490",
    "USA": "842",
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a user asks for; empty means all products, all countries (alpha-3), both flows."""

    products: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()
    flow: str = ""

    def halves(self) -> tuple[Wanted, Wanted] | None:
        """The same question in two; None where it names no two codes."""
        if middle := len(self.reporters) // 2:
            parts = self.reporters[:middle], self.reporters[middle:]
            return replace(self, reporters=parts[0]), replace(self, reporters=parts[1])
        if middle := len(self.products) // 2:
            parts = self.products[:middle], self.products[middle:]
            return replace(self, products=parts[0]), replace(self, products=parts[1])
        return None


@functools.cache
def fact(source_id: str, name: str) -> float | None:
    """What `facts.csv` says of a producer: a limit, or what is to be expected; None if nothing."""
    for row in read_table(Path(__file__).with_name("facts.csv")):
        if row["fact"] == name and fnmatchcase(source_id, row["source_id"]):
            return float(row["value"])
    return None


Query = tuple[tuple[str, str], ...]
Question = tuple[str, Query]


@dataclass(frozen=True)
class Request:
    """One file to fetch, from a path below the producer's address: `wanted` is what it answers,
    `parts` questions whose answers become it (empty: the one above)."""

    period: str
    file_name: str
    path: str
    query: Query = ()
    wanted: Wanted = Wanted()
    parts: tuple[Request, ...] = ()


@dataclass(frozen=True)
class ApiKey:
    """A key that a producer asks for; it travels in a header or a parameter, and is not written."""

    variable: str
    sign_up: str
    header: str = ""
    parameter: str = ""
    required: bool = True


@dataclass(frozen=True)
class Producer:
    """One source that can be fetched, or the words that say why it cannot.

    frequency      of the periods a user names: 'monthly' or 'annual'
    kind           what a sound file is: '7z', 'zip', 'json' or 'csv'
    file_name      of what comes, with `{}` for the period; empty means that the source names it
    path, query    of the question for a whole file, with `{file}` and `{period}`
    ask            path and parameters of the question for one period, of the producer itself
    pause_seconds  the least time between two requests
    needs          options without which the producer refuses: 'products', 'reporters'
    period_word    what a period is, where it is not the period of the figures
    calls_per_day  requests that the producer answers in a day, of a key that is not required
                   without it; None where none is known
    row_limits     numbers of rows at which an answer is cut off without a word
    queue          path below which answers lie that come later: `<queue>/status/<key>` and
                   `<queue>/data/<key>`; empty where there are none
    has_pages      an answer may name its next page (OData); the pages become one file
    product_digits digits that a product code must have, because no others would land
    unions         reporter that is no country -> the producer's code of it; beside a member it
                   would be the same trade twice, and does not land
    by_hand        how to get the file where there is nothing to fetch; empty otherwise
    """

    source_id: str
    title: str
    documentation: str
    frequency: str
    base_url: str = ""
    kind: str = ""
    file_name: str = ""
    path: str = ""
    query: str = ""
    ask: Callable[[Producer, str, Wanted], Question] = lambda *_: ("", ())
    pause_seconds: float = 1.0
    key: ApiKey | None = None
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    period_word: str = ""
    calls_per_day: int | None = None
    row_limits: tuple[int, ...] = ()
    queue: str = ""
    has_pages: bool = False
    product_digits: int | None = None
    unions: tuple[tuple[str, str], ...] = ()
    by_hand: str = ""

    def requests(self, period: str, wanted: Wanted) -> list[Request]:
        """The one file of a period; a later file of the same period would take its place."""
        path, query = self.ask(self, period, wanted)
        name = f"{self.source_id}-{period}"
        if wanted.products or wanted.reporters:
            # The file of one choice is not that of another of the same period.
            chosen = repr((sorted(wanted.products), sorted(wanted.reporters))) + wanted.flow
            name += "-" + hashlib.sha256(chosen.encode()).hexdigest()[:8]
        name += f".{self.kind}"
        if self.file_name:
            # Whole files: nothing of them can be chosen.
            wanted, name = Wanted(), self.file_of(period)
        return [Request(period, name, path, query, wanted)]

    def file_of(self, period: str) -> str:
        return self.file_name.format(period.replace("-", ""))


# Supplementary units would cost a third of the cells that a question may have.
_INDICATORS = ("VALUE_IN_EUROS", "QUANTITY_IN_100KG")


def _whole_file(producer: Producer, period: str, wanted: Wanted) -> Question:
    names = {"period": period, "file": producer.file_of(period)}
    return producer.path.format(**names), tuple(parse_qsl(producer.query.format(**names)))


def _comext_sdmx(producer: Producer, period: str, wanted: Wanted) -> Question:
    """A month: freq.reporter.partner.product.flow.indicators, empty for all."""
    alpha2 = _codes("iso2", wanted.reporters, producer.unions)
    flow = {"import": "1", "export": "2", "": "1+2"}[wanted.flow]
    # Eurostat's API takes several codes of one dimension with a plus.
    key = f"M.{'+'.join(alpha2)}..{'+'.join(wanted.products)}.{flow}.{'+'.join(_INDICATORS)}"
    path = "/eurostat/api/comext/dissemination/sdmx/2.1/data/DS-045409"
    return f"{path}/{quote(key, safe='.+')}", (
        ("format", "SDMX-CSV"),
        ("compressed", "false"),
        ("startPeriod", period),
        ("endPeriod", period),
    )


def _comtrade(producer: Producer, period: str, wanted: Wanted) -> Question:
    own = COMTRADE_OWN_CODES
    reporters = zip(wanted.reporters, _codes("m49", wanted.reporters), strict=True)
    return f"/data/v1/get/C/{producer.frequency[0].upper()}/HS", (
        ("reporterCode", ",".join(own.get(one, code) for one, code in reporters)),
        ("period", period.replace("-", "")),
        ("cmdCode", ",".join(wanted.products) or "AG6"),
        ("flowCode", {"import": "M", "export": "X", "": "M,X"}[wanted.flow]),
        # Totals alone: the same goods come again by second partner, customs procedure and mode of
        # transport.
        ("partner2Code", "0"),
        ("customsCode", "C00"),
        ("motCode", "0"),
        ("includeDesc", "true"),
    )


def _census(producer: Producer, period: str, wanted: Wanted) -> Question:
    variables = (
        "I_COMMODITY,CTY_CODE,CTY_NAME,SUMMARY_LVL,GEN_VAL_MO,CON_VAL_MO,"
        # A mass is given for goods by air and by ship; with the values one sees if that is all.
        "AIR_VAL_MO,AIR_WGT_MO,VES_VAL_MO,VES_WGT_MO"
    )
    return "/data/timeseries/intltrade/imports/hs", (
        ("get", variables),
        ("time", period),
        ("COMM_LVL", "HS6"),
        *(("I_COMMODITY", product) for product in wanted.products),
    )


def _hmrc_ots(producer: Producer, period: str, wanted: Wanted) -> Question:
    chosen = f"MonthId eq {period.replace('-', '')}"
    if wanted.products:
        parts = " or ".join(f"startswith(Commodity/Cn8Code,'{code}')" for code in wanted.products)
        chosen += f" and ({parts})"
    expand = "Commodity($select=Cn8Code),Country($select=CountryCodeAlpha)"
    return "/OTS", (("$filter", chosen), ("$expand", expand))


_KEYS = {
    "COMTRADE_KEY": ApiKey(
        "COMTRADE_KEY", "https://comtradedeveloper.un.org/", header="Ocp-Apim-Subscription-Key"
    ),
    "CENSUS_KEY": ApiKey(
        "CENSUS_KEY", "https://api.census.gov/data/key_signup.html", parameter="key", required=False
    ),
}
_ASK = {
    "comext_sdmx_monthly": _comext_sdmx,
    "comext_sdmx_hs6_monthly": _comext_sdmx,
    "comtrade_monthly": _comtrade,
    "comtrade_annual": _comtrade,
    "hmrc_ots_monthly": _hmrc_ots,
    "us_census_imports_monthly": _census,
}


def _producer(row: dict[str, str]) -> Producer:
    """A row of `producers.csv`, with what `facts.csv` says of it."""
    source_id, unions = row["source_id"], row["unions"].split()
    calls = fact(source_id, "calls_per_day")
    limits = (fact(source_id, name) for name in ("rows_per_call", "rows_per_call_paid"))
    given: dict[str, Any] = {name: value for name, value in row.items() if value} | {
        "key": _KEYS.get(row["key"]),
        "needs": tuple(row["needs"].split()),
        "takes": tuple(row["takes"].split()),
        "calls_per_day": None if calls is None else int(calls),
        "row_limits": tuple(int(limit) for limit in limits if limit is not None),
        "has_pages": row["has_pages"] == "yes",
        "product_digits": int(row["product_digits"]) if row["product_digits"] else None,
        "unions": tuple(zip(unions[::2], unions[1::2], strict=True)),
    }
    return Producer(**given, ask=_ASK.get(source_id, _whole_file))


PRODUCERS: dict[str, Producer] = {
    row["source_id"]: _producer(row)
    for row in read_table(Path(__file__).with_name("producers.csv"))
}


def producer_of(source_id: str) -> Producer:
    """The producer of a source; ChokepointError when it cannot be fetched, and why."""
    from chokepoint.landing.registry import CONTRACTS

    fetched = [name for name, known in PRODUCERS.items() if not known.by_hand]
    these = f"These can be downloaded: {', '.join(fetched)}."
    if producer := PRODUCERS.get(source_id):
        if not producer.by_hand:
            return producer
        raise ChokepointError(
            f"{producer.title}: there is no file that a program could fetch", producer.by_hand
        )
    if source_id in CONTRACTS:
        raise ChokepointError(
            f"{source_id} ships with the project, or is yours to deliver; it is not downloaded",
            f"land a file of your own with `chokepoint land PATH --source {source_id}`. {these}",
        )
    near = difflib.get_close_matches(source_id, fetched, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise ChokepointError(f"there is no source {source_id!r}", f"{hint}{these}")


def periods(producer: Producer, first: str, last: str, today: dt.date) -> list[str]:
    """The periods from first to last, both included; ChokepointError when they make no sense."""
    is_monthly = producer.frequency == "monthly"
    pattern = r"(19|20)\d\d-(0[1-9]|1[0-2])" if is_monthly else r"(19|20)\d\d"
    for option, text in (("--from", first), ("--to", last)):
        if not re.fullmatch(pattern, text):
            means = f" ({producer.period_word})" if producer.period_word else ""
            raise ChokepointError(
                f"{option} {text!r} is not {'a month' if is_monthly else 'a year'}{means}",
                f"write it like {'2026-01' if is_monthly else '2026'}.",
            )
    if first > last:
        raise ChokepointError(
            f"--from {first} lies after --to {last}", "give the earlier period as --from."
        )
    now = f"{today:%Y-%m}" if is_monthly else f"{today:%Y}"
    if last > now:
        raise ChokepointError(
            f"--to {last} lies ahead: today is {today}", f"give a period up to {now}."
        )
    return span(first, last)


def check_wanted(producer: Producer, wanted: Wanted) -> None:
    """ChokepointError when an option is missing that the producer needs, or one is of no use."""
    given = {"products": wanted.products, "reporters": wanted.reporters}
    for option, codes in given.items():
        if not codes and option in producer.needs:
            raise ChokepointError(
                f"{producer.title} gives no answer to a question without --{option}",
                f"add --{option} with one or more codes, separated by commas.",
            )
        if codes and option not in producer.takes:
            raise ChokepointError(
                f"{producer.title} delivers whole files: --{option} chooses nothing",
                f"leave --{option} out.",
            )
    for code in wanted.products:
        if not re.fullmatch(r"[0-9]{2,10}", code):
            raise ChokepointError(
                f"--products: {code!r} is no product code",
                "give two to ten digits, without points, several separated by commas.",
            )
        if producer.product_digits not in (None, len(code)):
            raise ChokepointError(
                f"--products: {code!r} has {len(code)} digits, {producer.source_id} takes "
                f"{producer.product_digits}",
                f"give codes of {producer.product_digits} digits; others would be left out as "
                "totals or parts.",
            )
    unions = [name for name, _ in producer.unions]
    if len(wanted.reporters) > 1 and set(unions) & set(wanted.reporters):
        raise ChokepointError(
            f"--reporters {','.join(wanted.reporters)} holds {unions[0]} beside its members",
            f"ask for {unions[0]} alone, or for members.",
        )
    _codes("iso2", wanted.reporters, producer.unions)


def _codes(
    column: str, countries: tuple[str, ...], unions: tuple[tuple[str, str], ...] = ()
) -> list[str]:
    rows = read_table(PROJECT_DIR / "seeds" / "reference" / "countries.csv")
    known = {row["iso3"]: row for row in rows}
    known |= {name: {column: code} for name, code in unions}
    for iso3 in countries:
        if iso3 not in known:
            near = difflib.get_close_matches(iso3.upper(), known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ChokepointError(
                f"--reporters: {iso3!r} is no ISO 3166 alpha-3 code", f"{hint}Write DEU, CHN, USA."
            )
    return [known[iso3][column] for iso3 in countries]
