"""The briefing: what a minister needs about one importer on one day, on two pages at most.

    briefing = make_briefing(settings, place="DEU", as_of=day, known_on=day)
    print(markdown(briefing)); Path("briefing.html").write_text(html(briefing))

Counts, ranks and sums are those of queries/briefing_*.sql; here they are put into sentences.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from chokepoint.errors import ChokepointError
from chokepoint.site import words
from chokepoint.site.builder import environment, outside
from chokepoint.site.parts import Row
from chokepoint.site.site import Site

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings

EU = "EU27"
# Rows of a table; beyond that their number is stated.
_MOST_MEASURES, _MOST_ENDS, _MOST_PROMISES, _MOST_INPUTS = 6, 3, 2, 3
_MOST_NAMES, _MOST_EDITIONS = 4, 8
_GROUPS = {
    "lapsed_presumed": "presumed back in force",
    "suspended": "suspended",
    "coming": "announced or proposed",
    "unknown": "in an unknown state",
    "over": "over",
}
_VERDICTS = {
    "kept": "Kept",
    "partly": "Partly kept",
    "not_kept": "Not kept",
    "too_early": "Too early to say",
    "not_measurable": "Cannot be measured",
}
_JUDGED = ("kept", "partly", "not_kept")
# How the code of a flow holds the goods of a promise.
PROXY = "proxy"


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
        found = con.execute(
            "select asked.place_code, coalesce(countries.is_eu27_member, false)"
            " from reports.place(?) as asked left join marts.dim_country as countries"
            " on asked.place_code = countries.country_iso3",
            [name],
        ).fetchone()
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
    code, is_member = found
    if code is None:
        raise ChokepointError("--for names no place.", "give a country (DE, DEU, Germany) or EU27.")
    place = f"the {EU}" if code == EU else words.in_sentence(site.country(code))
    whole = EU if is_member else code
    variables = {"known_on": known_on, "importer": code, "whole": whole}
    return _Asked(code, place, whole, as_of, known_on, variables)


def _write(site: Site, asked: _Asked) -> Briefing:
    def rows(name: str) -> list[Row]:
        return site.rows(f"briefing_{name}", **asked.variables)

    for kept in ("product_importers", "country_imports", "material_measures", "briefing_states"):
        site.keep(kept, **asked.variables)
    unknowns = (rows("unknowns") or [{}])[0]
    first = unknowns.get("first_known_from")
    if first is not None and asked.known_on < first:
        raise ChokepointError(
            f"Nothing recorded here was known by {asked.known_on}: the first measure became known"
            f" on {first}.",
            "ask for a day from then on with --as-of or --known-on.",
        )
    measures, ends, totals = rows("measures"), rows("ending"), rows("trade")
    promises, law, sources = _promised(site, asked), rows("law_read"), rows("sources")
    named, inputs = rows("named"), rows("inputs")
    codes = [row["product_code"] for row in inputs[:_MOST_INPUTS]]
    asks = site.rows("briefing_asks", codes=codes, **asked.variables) if codes else []

    def part(heading: str, name: str, make: Callable[[], Section]) -> Section:
        """The section; where the file lacks what it reads, that nothing is known."""
        missing = site.lacks(f"briefing_{name}", name)
        return Section(f"{heading}: not known", [f"{missing}."]) if missing else make()

    warnings = [notice.text for notice in site.notices if notice.kind == "fail"]
    if site.missing:
        warnings.append(
            f"{site.lacks(*site.missing)}: what rests on it is left out. Run `make build`."
        )
    return Briefing(
        f"Export restrictions on {asked.place}: briefing of {words.day(asked.as_of)}",
        _lead(asked, measures, ends) if "briefing_measures" not in site.missing else "",
        warnings,
        [
            part("Names it or its firms", "named", lambda: _named(asked, named)),
            part("In force", "measures", lambda: _in_force(asked, measures, unknowns)),
            part("What would hurt most", "inputs", lambda: _inputs(asked, inputs)),
            _talking(asked, ends, inputs, unknowns, promises),
            part("What to ask for", "asks", lambda: _asks(asks, inputs)),
            part("What ends next", "ending", lambda: _ending(ends)),
            part("Trade under it", "trade", lambda: _trade(asked, totals, unknowns)),
            part("Promises", "scorecard_promises", lambda: _promises(promises)),
            _not_known(asked, measures, totals, promises, unknowns),
            _how_current(asked, law, sources),
        ],
        _colophon(site, asked),
    )


def _promised(site: Site, asked: _Asked) -> list[Row]:
    """Promises to the importer, those with a verdict first. No synthetic flow."""
    addressees = {"ALL", site.iso2.get(asked.importer), "EU" if asked.whole == EU else None}
    order = ("not_kept", "partly", "kept", "too_early", "not_measurable")
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


def _group(measures: Sequence[Row], group: str) -> list[Row]:
    return [row for row in measures if row["state_group"] == group]


def _size(measures: Sequence[Row], group: str) -> int:
    return next((row["group_count"] for row in measures if row["state_group"] == group), 0)


def _lead(asked: _Asked, measures: Sequence[Row], ends: Sequence[Row]) -> str:
    if not measures:
        return f"No restriction on exports to {asked.place} is recorded here for this day."
    said = (
        f"{_size(measures, 'in_force')} of the"
        f" {words.count(measures[0]['measure_count'], 'restriction')} on exports to {asked.place}"
        " recorded here are in force."
    )
    lapsed = _size(measures, "lapsed_presumed")
    if lapsed:
        said += f" {words.sentence(words.count(lapsed, 'more is', 'more are'))} presumed back."
    coming = [row for row in ends if row["days_left"] >= 0]
    if coming:
        said += f" The next to change is {_next(coming[0])}."
    return said


def _next(row: Row) -> str:
    return f"{_measure(row)}, {words.days_left(row['days_left'])}"


def _measure(row: Row) -> str:
    """Who and which: China No. 18/2025, or the title where there is no number."""
    return f"{_issuer(row)} {row['instrument_no'] or row['title']}".strip()


def _issuer(row: Row) -> str:
    """The country, or EU."""
    return str(row["issued_by"] or row["jurisdiction"] or "")


def _number(row: Row) -> str:
    """Who and which number, where the title stands beside it."""
    return _measure(row) if row["instrument_no"] else f"{_issuer(row)}, no number"


def _named(asked: _Asked, named: Sequence[Row]) -> Section:
    """Acts aimed at the importer by name, or that list its firms."""
    if not named:
        return Section(
            "Names it or its firms: no act is known to",
            [f"Whether an act lists firms of {asked.place} without saying so is not known."],
        )
    firms = sum(row["named"] == "firms" for row in named)
    acts = words.count(len(named), "act names", "acts name")
    return Section(
        f"{words.sentence(acts)} {asked.place} or its firms",
        [f"{words.sentence(words.count(firms, 'of them lists', 'of them list'))} firms."],
        (("Act", 19), ("What", 51), ("Since", 15), ("State now", 15)),
        [
            (
                Cell(_number(row), row["source_url"]),
                Cell(row["title"]),
                Cell(_since(row)),
                Cell(words.state(row["state"])),
            )
            for row in named[:_MOST_MEASURES]
        ],
        more=_and_more(len(named) - _MOST_MEASURES, "that name it"),
    )


def _inputs(asked: _Asked, inputs: Sequence[Row]) -> Section:
    """The inputs of which most comes from a supplier who restricts them."""
    if not inputs:
        return Section(
            "What would hurt most: no input with figures has a largest supplier known to restrict"
            f" its export to {asked.place}"
        )
    return Section(
        f"What would hurt most: {words.count(len(inputs[:_MOST_INPUTS]), 'input')}",
        [
            "By rule: materials with figures whose largest supplier restricts their export to"
            f" {asked.place}, in force or presumed back; the most imports from it first."
        ],
        (("Input", 22), ("From its largest supplier", 30), ("Beside the EU27", 22), ("Law", 26)),
        [
            (
                Cell(
                    f"{row['material']} ({_spaced(row['product_code'])}"
                    + ("" if row["match_quality"] in ("exact", "dominant") else ", other goods too")
                    + ")"
                ),
                Cell(
                    f"{row['issued_by']}: {words.money(row['from_supplier_eur'])},"
                    f" {words.percent(row['top_supplier_value_share'], 0)} of imports in"
                    f" {row['period']} ({row['source_name']})"
                ),
                Cell(_beside(asked, row)),
                Cell(f"{_number(row)}, {words.state(row['state']).lower()}", row["source_url"]),
            )
            for row in inputs[:_MOST_INPUTS]
        ],
        more=_and_more(
            len(inputs) - _MOST_INPUTS, "of which its largest supplier restricts exports"
        ),
    )


def _beside(asked: _Asked, row: Row) -> str:
    """The EU's share from the same supplier, and the importer's part of what the EU buys."""
    said = f"{words.percent(row['eu_share'], 0) or 'unknown'} from there"
    if asked.importer == EU:
        return said
    if row["is_member"] and row["part_of_eu"] is not None:
        said += f"; {words.percent(row['part_of_eu'], 0)} of what the EU buys"
    return said


def _talking(
    asked: _Asked,
    ends: Sequence[Row],
    inputs: Sequence[Row],
    unknowns: Row,
    promises: Sequence[Row],
) -> Section:
    """The first three of: what the law leaves open, the weight of an input, licences, a promise."""
    said = []
    if ends and ends[0]["lapsed_count"]:
        row = ends[0]
        disputed = " The sides disagree." if row["lapsed_disputed_count"] else ""
        back = words.count(row["lapsed_count"], "restriction is", "restrictions are")
        said.append(
            f"Which law holds: {row['lapsed_acts']} ended by {words.day(row['last_lapsed_on'])},"
            f" and {back} presumed back without a later act on record.{disputed} (The act named.)"
        )
    weighed = [row for row in inputs if row["is_member"] and row["part_of_eu"] is not None]
    if weighed and asked.importer != EU:
        row = max(weighed, key=lambda row: row["part_of_eu"] * row["from_supplier_eur"])
        said.append(
            f"Weight: {asked.place} buys {words.percent(row['part_of_eu'], 0)} of what the EU buys"
            f" of {row['material'].lower()} ({_spaced(row['product_code'])}) from outside it."
            f" ({row['source_name']}, {row['period']}.)"
        )
    elif inputs:
        row = inputs[0]
        said.append(
            f"Weight: {words.money(row['from_supplier_eur'])} of {row['material'].lower()}"
            f" ({_spaced(row['product_code'])}) came from {words.in_sentence(row['issued_by'])}."
            f" ({row['source_name']}, {row['period']}.)"
        )
    if unknowns.get("licence_body"):
        said.append(
            f"Licences: {unknowns['licence_approved']} of {unknowns['licence_filed']} applications"
            f" had been granted when they were counted. ({unknowns['licence_body']},"
            f" {_dated(unknowns['licence_date'])}.)"
        )
    unmet = [row for row in promises if row["verdict"] in ("not_kept", "partly")]
    open_ = [row for row in promises if row["verdict"] == "not_measurable"]
    for row in (unmet or open_)[:1]:
        said.append(
            f"Promise of {words.day(row['made_on'])}: {row['summary']} {_verdict(row)}."
            f" ({row['promised_by']}.)"
        )
    said = said[:3]
    heading = f"{words.sentence(words.count(len(said), 'talking point'))}"
    return Section(heading, items=said) if said else Section("Talking points: none by the data")


def _asks(asks: Sequence[Row], inputs: Sequence[Row]) -> Section:
    """Of the inputs above: which permit each clause of the supplier asks for, and what decides."""
    of = {row["product_code"]: row for row in inputs}
    found = [row for row in asks if row["issued_by"] == of[row["code"]]["issued_by"]]
    if not found:
        return Section("What to ask for: no clause lists the codes of these inputs")
    return Section(
        "What to ask for",
        ["A ruling on whether the goods are covered, and the kind of permit each clause gives."],
        (("Clause", 19), ("Input", 22), ("Permit", 19), ("What decides whether it is covered", 40)),
        [
            (
                Cell(_number(row), row["source_url"]),
                Cell(f"{of[row['code']]['material']} ({_spaced(row['code'])})"),
                Cell("; ".join(filter(None, (row["licence_type"], row["exemption"])))),
                Cell(row["deciding_question"] or f"nothing: the code is listed ({row['answer']})"),
            )
            for row in found[:_MOST_MEASURES]
        ],
        more=_and_more(len(found) - _MOST_MEASURES, "clauses"),
    )


def _in_force(asked: _Asked, measures: Sequence[Row], unknowns: Row) -> Section:
    in_force = _group(measures, "in_force")
    count = _size(measures, "in_force")
    others = [
        f"{_size(measures, group)} {text}"
        for group, text in _GROUPS.items()
        if _size(measures, group)
    ]
    sentences = []
    if others:
        sentences.append(f"The others: {words.listing(others)}.")
    if unknowns.get("others"):
        sentences.append(
            f"Not counted: {words.count(unknowns['others'], 'restriction')} on exports to other"
            f" destinations only ({unknowns['others_in_force']} in force)."
        )
    if unknowns.get("acts_apart"):
        sentences.append(
            f"Also not counted: {words.count(unknowns['acts_apart'], 'act')} that restrict no trade"
            f" in goods: {words.listing(unknowns['kinds_apart'])}."
        )
    shown = in_force[:_MOST_MEASURES]
    period = unknowns.get("weight_periods")
    return Section(
        f"In force: {words.count(count, 'restriction')} on exports to {asked.place}",
        [" ".join(sentences)] if sentences else [],
        (
            ("Measure", 19),
            ("What", 40),
            ("Since", 15),
            (f"Imports of {asked.place} under it{f', {period}' if period else ''}", 26),
        ),
        [
            (
                Cell(_number(row), row["source_url"]),
                Cell(row["title"]),
                Cell(_since(row)),
                Cell(_under(row)),
            )
            for row in shown
        ],
        more=_and_more(count - len(shown), "in force, with less trade under it or none known"),
    )


def _since(row: Row) -> str:
    """The day; where a source gives a month or a year alone, about that."""
    return f"about {words.day(row['since'])}" if row["is_imprecise"] else words.day(row["since"])


def _under(row: Row) -> str:
    if not row["codes_listed"]:
        return "no codes listed"
    of = f"{row['codes_with_trade']} of {row['codes_listed']} codes"
    if not row["codes_with_trade"] or row["value_eur_high"] is None:
        return f"not known ({of}){_without(row)}"
    low, high = row["value_eur_low"], row["value_eur_high"]
    between = words.money_range(low, high)
    # What other codes add is not known, so that one figure is no value of the whole.
    is_whole = row["codes_with_trade"] == row["codes_listed"]
    if low and not is_whole and words.money(low) == words.money(high):
        between = f"at least {between}"
    return f"{between} in {of.replace(' ', words.NBSP)}{_without(row)}"


def _without(row: Row) -> str:
    return f"; none of {row['missing_goods']}" if row["missing_goods"] else ""


def _and_more(count: int, what: str) -> str:
    return f"And {count} more {what}." if count > 0 else ""


def _ending(ends: Sequence[Row]) -> Section:
    coming = [row for row in ends if row["days_left"] >= 0]
    if not ends:
        return Section("What ends next: no recorded restriction in the next 90 days")
    count = ends[0]["coming_count"]
    sentences = []
    if lapsed := ends[0]["lapsed_count"]:
        acts = words.count(ends[0]["lapsed_act_count"], "suspension")
        said = (
            f"{words.sentence(acts)} ({ends[0]['lapsed_acts']}) of"
            f" {words.count(lapsed, 'restriction')} ended by"
            f" {words.day(ends[0]['last_lapsed_on'])}, and no later act is on record: presumed back"
            " in force. A later act may be missing: see up to which day lists of acts were read."
        )
        if disputed := ends[0]["lapsed_disputed_count"]:
            some = (
                "all of them" if disputed == lapsed else words.count(disputed, "of them", "of them")
            )
            said += f" For {some} one side says that they are still suspended"
            until = ends[0]["lapsed_rival_ends_on"]
            said += f", until {words.day(until)}." if until else "."
        sentences.append(said)
    heading = (
        f"What ends next: {_next(coming[0])}"
        if coming
        else "What ends next: no recorded restriction in the next 90 days"
    )
    shown = coming[:_MOST_ENDS]
    return Section(
        heading,
        sentences,
        (("Ends", 19), ("Measure", 51), ("State now", 15), ("If no act follows", 15)),
        [
            (
                Cell(f"{words.day(row['ends_on'])} ({words.days_left(row['days_left'])})"),
                Cell(f"{_measure(row)}: {row['title']}", row["source_url"]),
                Cell(words.state(row["state_before"])),
                Cell(words.state(row["state_after"])),
            )
            for row in shown
        ],
        more=_and_more(count - len(shown), "within 90 days"),
    )


def _total(totals: Sequence[Row], importer: str, state: str) -> Row:
    return next((row for row in totals if (row["importer"], row["state"]) == (importer, state)), {})


def _trade(asked: _Asked, totals: Sequence[Row], unknowns: Row) -> Section:
    """Totals of the importer; of a member of the EU also, and as such, those of the EU27."""
    own, whole = (_total(totals, code, "in_force") for code in (asked.importer, asked.whole))
    lapsed = _total(totals, asked.importer, "lapsed_presumed")
    named = words.sentence(asked.place)
    items = []
    if own.get("codes_with_trade"):
        items.append(f"{named}, in force: {own['headline']}")
    else:
        follows = f"; those of the {EU} follow" if asked.importer != asked.whole else ""
        items.append(f"{named} has no figures here for any listed code{follows}.")
    if lapsed:
        items.append(f"{named}, presumed back in force: {lapsed['headline']}")
    if asked.importer != asked.whole and whole:
        items.append(f"The {EU} as a whole, in force: {whole['headline']}")
    heading = "Trade under it: not known"
    if own.get("codes_with_trade"):
        between = words.money_range(own["value_eur_low"], own["high_of_codes_with_figures"])
        heading = (
            f"Trade under it: {between} for {own['codes_with_trade']} of"
            f" {own['codes_listed']} codes ({_short_name(asked)}, from all countries)"
        )
    period = unknowns.get("weight_periods")
    of_year = f"Imports of {period} in euro" if period else "Imports of a year in euro"
    return Section(heading, [f"{of_year}, each counted once, in the strictest state."], items=items)


def _short_name(asked: _Asked) -> str:
    return asked.place.removeprefix("the ")


def _promises(promises: Sequence[Row]) -> Section:
    if not promises:
        return Section("Promises: none is recorded for this day")
    # What a proxy alone judges is no headline.
    counts = Counter(
        "judged by a proxy alone"
        if row["verdict"] in _JUDGED and row["code_match"] == PROXY
        else _VERDICTS[row["verdict"]].lower()
        for row in promises
    )
    said = [f"{count} {verdict}" for verdict, count in counts.items()]
    judged = [row for row in promises if row["observed_ratio"] is not None]
    shown = judged[:_MOST_PROMISES]
    unmeasured = len(promises) - len(judged)
    more = [_and_more(len(judged) - len(shown), "measured by a flow")] if judged else []
    if judged and unmeasured:
        more.append(
            f"{words.sentence(words.count(unmeasured, 'more is', 'more are'))} not measured by a"
            " flow yet."
        )
    return Section(
        f"Promises: of {len(promises)}, {words.listing(said)}",
        [] if judged else ["No published flow measures any of them yet."],
        (("Promise", 40), ("Verdict", 12), ("Flow that it is judged by", 48)),
        [(Cell(_promise(row)), Cell(_verdict(row)), Cell(_flow(row))) for row in shown],
        more=" ".join(filter(None, more)),
    )


def _verdict(row: Row) -> str:
    said = _VERDICTS[row["verdict"]]
    return f"{said}, by a proxy" if row["code_match"] == PROXY else said


def _promise(row: Row) -> str:
    return f"{row['promised_by']}, {words.day(row['made_on'])}: {row['summary']}"


def _flow(row: Row) -> str:
    way = "from" if row["flow"] == "import" else "to"
    said = (
        f"{row['reporter_name']}, {row['flow']}s of {_spaced(row['product_code'])} {way}"
        f" {_partner(row['partner_name'])} by {row['indicator']}:"
        f" {words.percent(row['observed_ratio'], 0)} of what was expected, in"
        f" {words.count(row['observed_months'], 'month')} up to {words.period(row['period'])}"
    )
    if row["least_fall_noticed"] is not None:
        said += (
            f"; a fall by less than {words.percent(row['least_fall_noticed'], 0)} would not show"
        )
    if row["code_match"] == PROXY:
        said += "; the code is a proxy for the goods of the promise"
    return said


def _spaced(code: str) -> str:
    """A code as customs print it: 8505 11."""
    return f"{code[:4]} {code[4:]}"


def _partner(name: str) -> str:
    return {"WORLD": "all countries", EU: f"the {EU}"}.get(name) or words.in_sentence(name)


def _not_known(
    asked: _Asked,
    measures: Sequence[Row],
    totals: Sequence[Row],
    promises: Sequence[Row],
    unknowns: Row,
) -> Section:
    said = []
    lacking = list(dict.fromkeys(row["missing_goods"] for row in measures if row["missing_goods"]))
    if lacking:
        said.append(
            f"What {asked.place} imports of {words.listing(lacking, 3)} under listed codes without"
            " figures."
        )
    disputed = sum({row["state_group"]: row["disputed_count"] for row in measures}.values())
    if disputed:
        said.append(
            f"Whether {words.count(disputed, 'measure is', 'measures are')} still suspended: the"
            " sides say different things, and no act read so far decides."
        )
    if unknowns.get("unrecorded"):
        said.append(
            f"Whether {words.count(unknowns['unrecorded'], 'restriction')} reach"
            f"{'es' if unknowns['unrecorded'] == 1 else ''} {asked.place}: no destination is"
            " recorded."
        )
    total = _total(totals, asked.importer, "in_force")
    if total and not total["has_complete_upper_bound"]:
        lacking = total["codes_listed"] - total["codes_with_trade"]
        said.append(
            f"The upper bound of trade: {lacking} of {total['codes_listed']} listed codes have no"
            f" figures of {asked.place}, and"
            f" {words.count(total['items_without_code'], 'item has', 'items have')} no code."
        )
    if unknowns.get("products_without_share"):
        said.append(
            f"How much of {words.count(unknowns['products_without_share'], 'product')} is really"
            " controlled: a tariff code is wider than the control."
        )
    unmeasured = [row["code_match"] for row in promises if row["verdict"] == "not_measurable"]
    if unmeasured:
        # No trade code has their goods alone; of the others the figures lack months.
        unpublished = sum(match in (None, "finer_than_code") for match in unmeasured)
        causes = [
            f"{count} {why}"
            for count, why in (
                (unpublished, "for want of any published figure"),
                (len(unmeasured) - unpublished, "for want of months"),
            )
            if count
        ]
        kept = words.count(len(unmeasured), "promise was", "promises were")
        said.append(f"Whether {kept} kept: {words.listing(causes)}.")
    if unknowns.get("licence_body"):
        said.append(
            f"How many licences applicants in {'the EU' if asked.whole == EU else asked.place}"
            " get in the end. In the largest count, by the"
            f" {unknowns['licence_body']} ({_dated(unknowns['licence_date'])}),"
            f" {unknowns['licence_approved']} of {unknowns['licence_filed']} applications were"
            f" granted; that leaves {words.percent(unknowns['licence_share_low'], 0)} to"
            f" {words.percent(unknowns['licence_share_high'], 0)}. Pending is not refused."
        )
    return Section("What is not known", items=said)


def _dated(text: str) -> str:
    """A day, month or year as people write it."""
    return words.day(dt.date.fromisoformat(text)) if len(text) == 10 else words.period(text)


def _how_current(asked: _Asked, law: Sequence[Row], sources: Sequence[Row]) -> Section:
    items = []
    for what, label in (
        ("list_read_to", "List of acts read to"),
        ("newest_source_on", "No list of acts read; newest source recorded"),
    ):
        named = [
            f"{row['place']} {words.day(row[what])}{' (overdue)' if row['was_due_by'] else ''}"
            for row in law
            if row[what] and (what == "list_read_to" or not row["list_read_to"])
        ]
        if named:
            items.append(f"{label}: {words.listing(named, _MOST_NAMES)}.")
    later = [row["place"] for row in law if not row["list_read_to"] and not row["newest_source_on"]]
    if later:
        items.append(
            f"Up to which day the law of {words.listing(later, _MOST_NAMES)} had been read by"
            f" {words.day(asked.known_on)} is not recorded."
        )
    for status, one, many in (
        ("overdue", "source is overdue for an update", "sources are overdue for an update"),
        ("not delivered", "edition is not delivered here", "editions are not delivered here"),
    ):
        found = [row for row in sources if row["status"] == status]
        if found:
            names = list(dict.fromkeys(str(row["source_name"]) for row in found))
            items.append(
                f"{words.sentence(words.count(len(found), one, many))}:"
                f" {words.listing(names, _MOST_EDITIONS)}."
            )
    return Section("How current this is", items=items)


def _colophon(site: Site, asked: _Asked) -> list[str]:
    said = []
    if asked.known_on != asked.as_of or site.looks_back:
        said.append(
            f"Law, promises and claims as known on {words.day(asked.known_on)}; trade figures as in"
            " the release."
        )
    said.append(
        f"Made from release {site.release['release_id'] or 'without a name'} of Chokepoint. Real"
        " data and press claims only, no synthetic rows."
    )
    return said
