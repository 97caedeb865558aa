"""The briefing: what a minister needs about one importer on one day, on two pages at most.

    briefing = make_briefing(settings, place="DEU", as_of=day, known_on=day)
    print(markdown(briefing)); Path("briefing.html").write_text(html(briefing))

Counts, ranks and sums are those of queries/briefing_*.sql; here they are put into sentences.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from chokepoint.errors import ChokepointError
from chokepoint.site import sentences, words
from chokepoint.site.builder import environment, outside
from chokepoint.site.parts import Row
from chokepoint.site.site import Site, of_this_version

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings

EU = "EU27"
# Rows of a table; beyond that their number is stated.
_MOST_MEASURES, _MOST_ENDS, _MOST_PROMISES, _MOST_INPUTS, _MOST_ASKS = 6, 3, 2, 3, 5


class Cell(NamedTuple):
    """A text of a table, with the address that it leads to where there is one."""

    text: str
    href: str | None = None


@dataclass(frozen=True)
class Section:
    """A part of the page: sentences, then a table or a list, then how much was left out.

    columns  heads of the table, each with its share of the width in per cent
    """

    heading: str
    sentences: Sequence[str] = ()
    columns: Sequence[tuple[str, int]] = ()
    rows: Sequence[Sequence[Cell]] = ()
    items: Sequence[str] = ()
    more: str = ""


@dataclass(frozen=True)
class Briefing:
    """The page. `warnings` stand above all else; `colophon` says what it was made from."""

    title: str
    lead: str
    warnings: Sequence[str]
    sections: Sequence[Section]
    colophon: Sequence[str]

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Each address that a table leads to, with the first text that does: for print."""
        cells = [cell for part in self.sections for row in part.rows for cell in row]
        found = {address: cell.text for cell in reversed(cells) if (address := outside(cell.href))}
        return [(found[address], address) for address in reversed(found)]


@dataclass(frozen=True)
class _Asked:
    """Who asks about which day.

    place        the importer as a sentence names it
    whole        what the importer is compared with: for a member of the EU the EU27, else itself
    """

    importer: str
    place: str
    whole: str
    as_of: dt.date
    known_on: dt.date
    variables: Mapping[str, Any] = field(default_factory=dict)


def make_briefing(settings: Settings, *, place: str, as_of: dt.date, known_on: dt.date) -> Briefing:
    """The briefing about the importer that a name or code means, as known on a day.

    Raises ChokepointError without a published file, for a place that nobody knows, and for a day
    on which nothing recorded was known.
    """
    import duckdb

    from chokepoint.reading.connection import connect_published, damaged
    from chokepoint.warehouse.damage import is_broken

    with connect_published(settings, config=settings.duckdb_config()) as con:
        con.execute("set enable_external_access = false")
        try:
            site = Site(con, as_of, settings)
            with of_this_version():
                return _write(site, _asked(con, site, place, as_of, known_on))
        except duckdb.Error as error:
            raise damaged(settings, error) if is_broken(error) else error from None


def markdown(briefing: Briefing) -> str:
    """The page as Markdown."""
    lines = [f"# {briefing.title}", "", briefing.lead]
    lines += [f"\n**{warning}**" for warning in briefing.warnings]
    for section in briefing.sections:
        lines += ["", f"## {section.heading}"]
        lines += [f"\n{sentence}" for sentence in section.sentences]
        if section.rows:
            heads = [name for name, _ in section.columns]
            lines += ["", _table_line(heads), "|---" * len(heads) + "|"]
            lines += [_table_line(map(_linked, row)) for row in section.rows]
        if section.items:
            lines += ["", *(f"- {item}" for item in section.items)]
        if section.more:
            lines += ["", section.more]
    lines += ["", "---", "", " ".join(briefing.colophon)]
    return words.disarmed("\n".join(lines).replace(words.NBSP, " ")) + "\n"


def html(briefing: Briefing) -> str:
    """The page as one HTML file that needs no other, and prints on one sheet of A4."""
    return environment().get_template("briefing.html.j2").render(briefing=briefing)


def _table_line(texts: Any) -> str:
    return f"| {' | '.join(texts)} |"


def _linked(cell: Cell) -> str:
    text = cell.text.replace("|", "\\|")
    address = outside(cell.href)
    if address is None:
        return text
    for letter in "[]":
        text = text.replace(letter, f"\\{letter}")
    return f"[{text}](<{address}>)"


def _asked(
    con: duckdb.DuckDBPyConnection, site: Site, name: str, as_of: dt.date, known_on: dt.date
) -> _Asked:
    import duckdb

    try:
        ((code, is_member),) = con.execute(
            "select asked.place_code, coalesce(countries.is_eu27_member, false)"
            " from reports.place(?) as asked left join marts.dim_country as countries"
            " on asked.place_code = countries.country_iso3",
            [name],
        ).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ChokepointError(
            "The published file is of an older version: it does not know places by name.",
            "run `make build`.",
        ) from error
    except duckdb.InvalidInputException as error:
        said = str(error).splitlines()[0].partition("there is no place")[2] or f" {name}"
        raise ChokepointError(
            f"--for: there is no place{said}.", "give a country (DE, DEU, Germany) or EU27."
        ) from error
    if code is None:
        raise ChokepointError("--for names no place.", "give a country (DE, DEU, Germany) or EU27.")
    whole = EU if is_member else code
    variables = {"known_on": known_on, "importer": code, "whole": whole}
    return _Asked(code, site.place(code), whole, as_of, known_on, variables)


def _write(site: Site, asked: _Asked) -> Briefing:
    told = _told(site, asked)

    def part(heading: str, name: str, make: Callable[[Mapping[str, Any]], Section]) -> Section:
        """The section; where the file lacks what it reads, that nothing is known."""
        missing = site.lacks(f"briefing_{name}", name)
        if missing:
            return Section(f"{heading}: not known", [f"{missing}."])
        return make(told)

    warnings = [notice.text for notice in site.notices if notice.kind == "fail"]
    if site.missing:
        warnings.append(
            f"{site.lacks(*site.missing)}: what rests on it is left out. Run `make build`."
        )
    return Briefing(
        f"Export restrictions on {asked.place}: briefing of {words.day(asked.as_of)}",
        sentences.say("briefing.lead", **told) if "briefing_measures" not in site.missing else "",
        warnings,
        [
            part("Names it or its firms", "named", _named),
            part("In force", "measures", _in_force),
            part("Largest imports from a supplier that restricts them", "inputs", _inputs),
            _talking(told),
            part("What to ask for", "asks", _asks),
            part("What ends next", "ending", _ending),
            part("Trade under it", "trade_totals", lambda told: _section("trade", told)),
            part("Promises", "scorecard_promises", _promises),
            _not_known(told),
            _how_current(told),
        ],
        sentences.lines("briefing.colophon", **told),
    )


def _told(site: Site, asked: _Asked) -> dict[str, Any]:
    """What the sections and their texts are made of; ChokepointError where nothing was known."""

    def rows(name: str) -> list[Row]:
        return site.rows(f"briefing_{name}", **asked.variables)

    # A file that lacks what these are counted from has none of them.
    unknowns: Row = defaultdict(lambda: None, (rows("unknowns") or [{}])[0])
    first = unknowns["first_known_from"]
    if first is not None and asked.known_on < first:
        raise ChokepointError(
            f"Nothing recorded here was known by {asked.known_on}: the first measure became known"
            f" on {first}.",
            "ask for a day from then on with --as-of or --known-on.",
        )
    measures, ends = rows("measures"), rows("ending")
    coming = [row for row in ends if row["days_left"] >= 0]
    trade: dict[tuple[str, str], Row] = defaultdict(lambda: defaultdict(lambda: None))
    importers = list(dict.fromkeys([asked.importer, asked.whole]))
    for row in site.rows("trade_totals", importers=importers, **asked.variables):
        trade[row["importer"], row["state"]] = row
    found = rows("inputs")
    inputs = [row for row in found if not row["doubt"]]
    largest = inputs[:_MOST_INPUTS]
    codes = [row["product_code"] for row in largest]
    holds = [row["material"] if row["is_own"] else "" for row in largest]
    return {
        "site": site,
        "asked": asked,
        "measures": measures,
        "sizes": Counter({row["state_group"]: row["group_count"] for row in measures}),
        "ends": ends,
        "coming": coming,
        "next": "".join(f"{_measure(r)}, {words.days_left(r['days_left'])}" for r in coming[:1]),
        "named": rows("named"),
        "inputs": inputs,
        "doubts": Counter(row["doubt"] for row in found if row["doubt"]),
        "asks": site.rows("briefing_asks", codes=codes, holds=holds, **asked.variables),
        "unknowns": unknowns,
        "promises": _promised(site, asked),
        "law_read": rows("law_read"),
        "own": trade[asked.importer, "in_force"],
        "whole": trade[asked.whole, "in_force"],
        "lapsed": trade[asked.importer, "lapsed_presumed"],
        "sources": rows("sources"),
        "more": _and_more,
    }


def _section(name: str, told: Mapping[str, Any], rows: Iterable[Row] = (), **more: Any) -> Section:
    """A section as a block of briefing.text.j2 declares it: texts, and columns of the rows."""
    declared = sentences.parts(f"briefing.{name}", **told, **more)
    columns = declared.pop("columns", [])
    cells = [
        [Cell(one.show(row[one.key]), row[one.href] if one.href else None) for one in columns]
        for row in rows
    ]
    heads = [(column.title, int(column.width)) for column in columns]
    return Section(columns=heads, rows=cells, **declared)


def _promised(site: Site, asked: _Asked) -> list[Row]:
    """Promises to the importer, those with a verdict first. No synthetic flow."""
    addressees = {"ALL", site.iso2.get(asked.importer), "EU" if asked.whole == EU else None}
    order = list(words.LABELS["verdict"])
    return sorted(
        (
            row
            for row in site.rows("scorecard_promises", **asked.variables)
            if row["promised_to"] in addressees and row["data_origin"] != "synthetic"
        ),
        key=lambda row: (
            order.index(row["verdict"]),
            row["observed_ratio"] is None,
            -row["made_on"].toordinal(),
            row["commitment_id"],
        ),
    )


def _measure(row: Row) -> str:
    """Who and which: China No. 18/2025, or the title where there is no number."""
    return f"{_issuer(row)} {row['instrument_no'] or row['title']}".strip()


def _issuer(row: Row) -> str:
    """The country, or EU."""
    return str(row["issued_by"] or row["jurisdiction"] or "")


def _act(row: Row) -> dict[str, Any]:
    """The row with who and which number, beside a title, and who reports an act not read."""
    act = _measure(row) if row["instrument_no"] else f"{_issuer(row)}, no number"
    told = words.LABELS["known_from"].get(row["certainty"])
    return {**row, "act": f"{act} ({told})" if told else act}


def _named(told: Mapping[str, Any]) -> Section:
    """Acts aimed at the importer by name, or that list its firms."""
    rows = [{**_act(row), "from": _since(row)} for row in told["named"][:_MOST_MEASURES]]
    return _section("named", told, rows, most=_MOST_MEASURES)


def _inputs(told: Mapping[str, Any]) -> Section:
    """The inputs of which most comes from a supplier who restricts them."""
    rows = [
        {
            **_act(row),
            "input": f"{row['material']} ({words.code(row['product_code'])}"
            + ("" if row["is_own"] else ", other goods too")
            + ")",
            "from": f"{row['issued_by']}: {words.money(row['from_supplier_eur'])},"
            f" {words.percent(row['top_supplier_value_share'], 0)} of imports in"
            f" {row['period']} ({row['source_name']})",
            "beside": _beside(row),
            "law": f"{_act(row)['act']}, {words.state(row['state']).lower()}",
        }
        for row in told["inputs"][:_MOST_INPUTS]
    ]
    return _section("inputs", told, rows, shown=rows)


def _beside(row: Row) -> str:
    """The EU's share from the same supplier, and the importer's part of what the EU buys."""
    said = f"{words.percent(row['eu_share'], 0) or 'unknown'} from there"
    if row["is_member"] and row["part_of_eu"] is not None:
        said += f"; {words.percent(row['part_of_eu'], 0)} of what the EU buys"
    return said


def _talking(told: Mapping[str, Any]) -> Section:
    """The first three of: what the law leaves open, the weight of an input, licences, a promise."""
    weighed = [r for r in told["inputs"] if r["is_member"] and (r["part_of_eu"] or 0) >= 0.01]
    weightiest = max(weighed, key=lambda r: r["part_of_eu"] * r["from_supplier_eur"], default=None)
    # An open one where none is broken; the first is that with a verdict.
    order = ("not_kept", "partly", "not_measurable")
    promise = next((row for row in told["promises"] if row["verdict"] in order), None)
    items = sentences.lines("briefing.talking", **told, weighed=weightiest, promise=promise)[:3]
    return Section(words.sentence(words.count(len(items), "talking point")), items=items)


def _asks(told: Mapping[str, Any]) -> Section:
    """Of the inputs above: which permit each clause of the supplier asks for, and what decides."""
    of = {row["product_code"]: row for row in told["inputs"][:_MOST_INPUTS]}
    found = [
        {
            **_act(row),
            "input": f"{of[row['code']]['material']} ({words.code(row['code'])})",
            "permit": "; ".join(filter(None, (row["licence_type"], row["exemption"]))),
            "decides": row["deciding_question"] or f"covered: {row['answer']}, {row['reason']}",
        }
        for row in told["asks"]
        if row["issued_by"] == of[row["code"]]["issued_by"]
    ]
    return _section("asks", told, found[:_MOST_ASKS], count=len(found), most=_MOST_ASKS)


def _in_force(told: Mapping[str, Any]) -> Section:
    rows = [
        {**_act(row), "from": _since(row), "under": _under(row)}
        for row in told["measures"]
        if row["state_group"] == "in_force"
    ][:_MOST_MEASURES]
    sizes = told["sizes"]
    groups = words.LABELS["group"].items()
    others = [f"{sizes[key]} {text}" for key, text in groups if key != "in_force" and sizes[key]]
    return _section("in_force", told, rows, shown=rows, others=others)


def _since(row: Row) -> str:
    """The day; where a source gives a month or a year alone, about that."""
    return f"about {words.day(row['since'])}" if row["is_imprecise"] else words.day(row["since"])


def _under(row: Row) -> str:
    if not row["codes_listed"]:
        return "no codes listed"
    of = f"{row['codes_with_trade']} of {row['codes_listed']} codes"
    without = f"; none of {row['missing_goods']}" if row["missing_goods"] else ""
    if not row["codes_with_trade"] or row["value_eur_high"] is None:
        return f"not known ({of}){without}"
    low, high = row["value_eur_low"], row["value_eur_high"]
    between = words.money_range(low, high)
    # What other codes add is not known, so that one figure is no value of the whole.
    is_whole = row["codes_with_trade"] == row["codes_listed"]
    if low and not is_whole and words.money(low) == words.money(high):
        between = f"at least {between}"
    return f"{between} in {of.replace(' ', words.NBSP)}{without}"


def _and_more(count: int, what: str) -> str:
    return f"And {count} more {what}." if count > 0 else ""


def _ending(told: Mapping[str, Any]) -> Section:
    rows = [
        {
            **row,
            "when": f"{words.day(row['ends_on'])} ({words.days_left(row['days_left'])})",
            "measure": f"{_measure(row)}: {row['title']}",
        }
        for row in told["coming"][:_MOST_ENDS]
    ]
    return _section("ending", told, rows, shown=rows)


def _promises(told: Mapping[str, Any]) -> Section:
    # What a proxy alone judges is no headline.
    counts = Counter(
        "judged by a proxy alone"
        if row["is_by_proxy"]
        else words.label(row["verdict"], "verdict").lower()
        for row in told["promises"]
    )
    judged = [row for row in told["promises"] if row["observed_ratio"] is not None]
    partners = {"WORLD": "all countries", EU: f"the {EU}"}
    rows = [
        {
            **row,
            "promise": f"{row['promised_by']}, {words.day(row['made_on'])}: {row['summary']}",
            "word": words.verdict(row),
            "flow": sentences.say(
                "briefing.flow",
                row=row,
                partner=partners.get(row["partner_name"]) or words.in_sentence(row["partner_name"]),
            ),
        }
        for row in judged[:_MOST_PROMISES]
    ]
    said = [f"{count} {verdict}" for verdict, count in counts.items()]
    return _section("promises", told, rows, judged=judged, shown=rows, said=said)


def _not_known(told: Mapping[str, Any]) -> Section:
    measures = told["measures"]
    unmeasured = [r["code_match"] for r in told["promises"] if r["verdict"] == "not_measurable"]
    # No trade code has their goods alone; of the others the figures lack months.
    unpublished = sum(match in (None, "finer_than_code") for match in unmeasured)
    whys = {
        "without any published figure": unpublished,
        "with too few months of figures": len(unmeasured) - unpublished,
    }
    items = sentences.lines(
        "briefing.not_known",
        **told,
        lacking=list(dict.fromkeys(filter(None, (row["missing_goods"] for row in measures)))),
        disputed=sum({row["state_group"]: row["disputed_count"] for row in measures}.values()),
        unmeasured=len(unmeasured),
        causes=[f"{count} {why}" for why, count in whys.items() if count],
    )
    return Section("What is not known", items=items)


def _how_current(told: Mapping[str, Any]) -> Section:
    def dated(rows: Sequence[Row], key: str) -> list[str]:
        return [
            f"{row['place']} {words.day(row[key])}{' (overdue)' if row['is_overdue'] else ''}"
            for row in rows
        ]

    rest = [row for row in told["law_read"] if not row["list_read_to"]]
    items = sentences.lines(
        "briefing.how_current",
        **told,
        read=dated([row for row in told["law_read"] if row["list_read_to"]], "list_read_to"),
        unread=dated([row for row in rest if row["newest_source_on"]], "newest_source_on"),
        later=[row["place"] for row in rest if not row["newest_source_on"]],
    )
    return Section("How current this is", items=items)
