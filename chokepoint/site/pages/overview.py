"""Overview: on whom the EU depends, what is restricted and ending, what moves, what is unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from chokepoint.site import sentences, words
from chokepoint.site.pages import countries
from chokepoint.site.parts import Chart, Row
from chokepoint.site.site import Page, Site
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import Goods, goods, material_href, product_href
from chokepoint.site.subjects.material import Material

PRODUCTS_SHOWN, CHANGES_SHOWN = 10, 5
SINCE = "2015"
EU = "EU27"
GROUPS = {key: words.sentence(label) for key, label in words.LABELS["group"].items()}


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    recorded = site.rows("states")
    states = [row for row in recorded if row["restricts_goods"]]
    without_goods = law.standing_measures(row for row in recorded if not row["restricts_goods"])
    measures = law.standing_measures(states)
    ends = site.rows("ending")
    ending = law.ending(ends)
    for row in ending:
        row["exports_to"] = words.listing(sorted(map(site.country, row["destinations"])))
    coming = [row for row in ending if row["days_left"] >= 0]
    lapsed = [row for row in ending if row["days_left"] < 0]
    # Beside a member's own figures those of the EU27.
    whole = {EU: [EU]} | {
        row["country_iso3"]: [row["country_iso3"], *([EU] if row["is_eu27_member"] else [])]
        for row in site.rows("importers")
    }
    flows = site.rows("trade_under_measures")
    totals = site.rows("trade_totals", importers=list(whole))
    untold = law.untold(site, measures)
    no_ending = law.untold(site, measures, "ending")
    no_trade = law.untold(site, measures, "trade_under_measures", "trade_totals")
    headlines = _headlines(totals, no_trade)
    importers = [
        _importer(site, of, states, without_goods, _theirs(ends, of[0]), headlines)
        for of in ([] if untold else whole.values())
    ]
    of_eu = _theirs(ends, EU)
    yield Page(
        "index.html",
        "overview.html.j2",
        "On whom the EU depends",
        {
            "materials": _materials(site, untold),
            "countries": [(site.place(code), countries.href(site, code)) for code in whole],
            "changed": _changed(site),
            "untold": untold,
            "labels": GROUPS,
            "importers": importers,
            "by_importer": site.table("overview.importers", importers, groups=GROUPS),
            "coming": site.table("overview.ending", coming, ended=False),
            "coming_finding": no_ending
            or sentences.say(
                "overview.coming", coming=coming, ours=sum(row["days_left"] >= 0 for row in of_eu)
            ),
            "lapsed": site.table(
                "overview.ending", lapsed, ended=True, of_lists=law.of_lists(site, lapsed)
            ),
            "lapsed_finding": sentences.say(
                "overview.lapsed",
                lapsed=lapsed,
                disputed=sum(bool(row["rival"]) for row in lapsed),
                ours=sum(row["days_left"] < 0 for row in of_eu),
            ),
            "moving": _moving(site, [row["measure_id"] for row in law.for_importer(states, EU)[0]]),
            "by_state": _by_state(site, flows, totals, no_trade),
            "by_product": _by_product(site, flows, no_trade),
            "unknowns": _unknowns(site, law.tally(measures), flows, untold),
        },
    )


def _materials(site: Site, untold: str) -> dict:
    """Each material with its largest supplier, the strictest status on exports to the EU27, and the
    next day on which one of these changes: the largest share first, doubts last."""
    found = goods(site)
    rows = [
        row
        for material in found.materials.values()
        if (row := _material(site, found, Material(site, found, material, untold)))
    ]
    rows.sort(key=lambda row: (row["doubt"] or "", -row["share"], row["material"]))
    weighed = [row for row in rows if not row["doubt"]]
    suppliers = Counter(row["supplier"] for row in weighed)
    place, count = suppliers.most_common(1)[0] if weighed else ("", 0)
    in_force = (row for row in weighed if row["state"] in ("in_force", "exempted"))
    restricted = Counter(row["is_listed"] for row in in_force)
    nothing = words.NOT_KNOWN if untold else "none recorded"
    table = site.table("overview.materials", rows, points=_points, nothing=nothing)
    finding = sentences.say(
        "overview.suppliers",
        place=place,
        count=count,
        materials=len(weighed),
        disputed=sum(bool(row["other_reading"]) for row in rows),
        restricted=None if untold else restricted,
    )
    return {"finding": finding if weighed else table.empty, "table": table}


def _points(change: float | None) -> str:
    if change is None:
        return words.NOT_KNOWN
    return f"{round(change):+d}" if round(change) else "0"


def _material(site: Site, found: Goods, material: Material) -> dict | None:
    lead = material.lead()
    if lead is None or lead["top_supplier_value_share"] is None:
        return None
    # No change where another source has the years before, or contradicts the figure.
    before = min(
        (
            (row["period"], row["value_share"])
            for row in found.partners.get(lead["product_code"], [])
            if (row["series_id"], row["partner_iso3"])
            == (lead["own_series_id"], lead["top_supplier_iso3"])
            and SINCE <= row["period"] < lead["period"]
            and not lead["other_reading"]
        ),
        default=None,
    )
    standing = material.standing(EU, lead["product_code"])
    ends = [day for measure in standing["measures"] if (day := material.until(measure))]
    notes = [standing["restricted_by"]] if standing["restricted_by"] else []
    if material.unaddressed:
        count = words.count(len(material.unaddressed), "restriction")
        notes.append(f"without a recorded destination: {count}")
    in_short = words.LABELS["match_in_short"]
    return {
        "material": material.name,
        "page": material_href(material.name),
        "supplier": lead["supplier"],
        "share": lead["top_supplier_value_share"],
        "change": 100 * (lead["top_supplier_value_share"] - before[1]) if before else None,
        "since": f"since {before[0]}" if before else "",
        **standing,
        "restricted_by": "; ".join(notes),
        "days": (min(ends) - site.as_of).days if ends else None,
        "code": lead["product_code"],
        "code_page": product_href(lead["product_code"]),
        "period": lead["period"],
        # A figure of a code that holds other goods too is no figure of the material.
        "holds": "; ".join(
            filter(
                None,
                [lead["product_name"], in_short.get(material.match()), lead["other_reading"]],
            )
        ),
        "doubt": lead["doubt"],
        "other_reading": lead["other_reading"],
    }


def _changed(site: Site) -> list[Row]:
    """What happened last, the weightiest of the law first."""
    rank = ("high", "medium", "low")
    rows = site.rows("changed")
    told = (row for row in rows if row["event_date"] <= site.as_of and row["part"] != "overdue")
    ordered = sorted(told, key=lambda row: (row["part"] != "law", rank.index(row["severity"])))
    return ordered[:CHANGES_SHOWN]


def _theirs(ends: list, code: str) -> list:
    """What ends or has lapsed on exports of goods to an importer."""
    return law.ending(
        row for row in ends if row["restricts_goods"] and code in (row["importers"] or ())
    )


def _importer(
    site: Site,
    whole: list[str],
    states: list,
    without_goods: list,
    ends: list,
    headlines: Mapping[str, str],
) -> dict:
    """What the page opens with for one importer, the first of those whose trade it shows."""
    code = whole[0]
    place = site.place(code)
    reaching, others, unrecorded = law.for_importer(states, code)
    groups = law.tally(reaching)
    lapsed = groups["lapsed_presumed"]
    return {
        "code": code,
        "importer": code if code == EU else site.country(code),
        "place": place,
        "lead": sentences.say(
            "overview.lead",
            site=site,
            place=place,
            reaching=reaching,
            groups=groups,
            coming=[row for row in ends if row["days_left"] >= 0],
            acts=sorted({row["act"] for row in ends if row["days_left"] < 0}),
            of_lists=law.of_lists(site, lapsed) if lapsed else "",
            disputed=sum(bool(measure["rival_states"]) for measure in lapsed),
        ),
        # Restrictions that the counts leave out.
        "apart": sentences.say(
            "overview.apart",
            place=place,
            others=others,
            others_in_force=len(law.tally(others)["in_force"]),
            unrecorded=unrecorded,
            acts=without_goods,
            kinds=law.kinds(row["instrument"] for row in without_goods or ()),
        ),
        "trade": [(site.place(whose), headlines[whose]) for whose in whole],
        **{key: len(found) for key, found in groups.items()},
        "others": len(others),
        "unrecorded": len(unrecorded),
        "headline": headlines[code],
    }


def _headlines(totals: list[Row], untold: str) -> Mapping[str, str]:
    """Importer -> what is said of its trade under measures in force."""
    nothing = untold or "No listed code or item is under a measure in force."
    told = [row for row in totals if row["state"] == "in_force" and not untold]
    return defaultdict(lambda: nothing, {row["importer"]: str(row["headline"]) for row in told})


def _moving(site: Site, of_eu: list[str]) -> dict:
    """Whether goods keep moving, per act and importer, and how many flows are measured.

    of_eu  restrictions on exports to the EU27
    """
    rows = [
        row
        for row in site.question("a09b_goods_keep_moving", known_on=site.as_of)
        if row["flows"] and row["data_origin"] != "synthetic"
    ]
    rows.sort(key=lambda row: -row["flows_measured"])
    into_eu = [row for row in rows if row["importer"] == EU]
    finding = sentences.say(
        "overview.measured",
        measured=sum(row["flows_measured"] for row in rows),
        flows=sum(row["flows"] for row in rows),
        moving=sum(row["flows_moving"] for row in rows),
        told=sum(row["flows_measured"] for row in into_eu),
        unwatched=len(set(of_eu) - {row["measure_id"] for row in into_eu}),
        ours=len(of_eu),
    )
    table = site.table("overview.moving", rows)
    return {"finding": finding if rows else table.empty, "table": table}


def _of_no_share(flows: list[Row]) -> int:
    """Products for which no source gives the covered share of the code."""
    open_ones = (row for row in flows if row["value_eur_central"] is None)
    return len({row["product_code"] for row in open_ones if row["part_of_product_code"] is None})


def _by_state(site: Site, flows: list[Row], totals: list[Row], untold: str) -> Chart:
    rows = [
        {**row, "key": row["state"], "value_eur_high": row["high_of_codes_with_figures"]}
        for row in totals
        if row["importer"] == EU and row["high_of_codes_with_figures"]
    ]
    return site.chart(
        "overview.trade_by_state",
        rows,
        untold=untold,
        headline=_headlines(totals, untold)[EU],
        weights=site.sources_of(flows),
        years=sorted({str(row["weight_period"]) for row in flows}),
        open=_of_no_share(flows),
    )


def _by_product(site: Site, flows: list[Row], untold: str) -> Chart:
    sums = {
        row["product_code"]: {
            **row,
            "value_eur_low": row["all_low"] or 0.0,
            "value_eur_high": row["all_high"],
        }
        for row in flows
        if row["state"] == "in_force" and row["all_high"]
    }
    rows = sorted(sums.values(), key=lambda row: -row["value_eur_high"])
    return site.chart(
        "overview.trade_by_product",
        rows[:PRODUCTS_SHOWN],
        untold=untold,
        total=sum(row["value_eur_high"] for row in rows),
        weights=site.sources_of(flows),
    )


def _unknowns(site: Site, groups: dict, flows: list[Row], untold: str) -> list[str]:
    """What the release does not show, each with its number."""
    promises = site.rows("scorecard_promises")
    unmeasured = [row["code_match"] for row in promises if row["verdict"] == "not_measurable"]
    return sentences.lines(
        "overview.unknowns",
        untold=untold,
        disputed=sum(bool(m["rival_states"]) for group in groups.values() for m in group),
        open=_of_no_share(flows),
        named=[law.name(measure) for measure in groups["unknown"]],
        promises=promises,
        unmeasured=unmeasured,
        without_code=sum(match in (None, "finer_than_code") for match in unmeasured),
        counts=next(iter(site.rows("unknowns")), None),
        lacks=site.lacks("scorecard_promises", "unknowns"),
    )


def changes(site: Site) -> Iterator[Page]:
    """What changed in the last days: the law, then figures; what is overdue in a line."""
    rows = site.rows("changed")
    of_law = [row for row in rows if row["part"] == "law"]
    figures = [row for row in rows if row["part"] == "figures"]
    came = {row["measure_id"] for row in of_law if row["event_date"] <= site.as_of}
    relief = {row["measure_id"] for row in site.rows("states") if row["standing"] == words.RELIEF}
    ahead = [row for row in rows if row["event_date"] > site.as_of and row["part"] != "overdue"]
    finding = site.lacks("changed") or sentences.say(
        "changes.finding",
        acts=len(came),
        relief=len(came & relief),
        figures=sum(row["event_date"] <= site.as_of for row in figures),
        ahead=len(ahead),
    )
    yield Page(
        "changes.html",
        "changes.html.j2",
        "What changed in 30 days",
        {
            "finding": finding,
            "law": site.table("changes.events", of_law, part="law", what="the law"),
            "figures": site.table(
                "changes.events", figures, part="figures", what="figures, claims and promises"
            ),
            "overdue": sentences.say("changes.overdue", kinds=[row["line_kind"] for row in rows]),
            "revised": site.table("changes.revised", site.rows("revised")),
        },
    )
