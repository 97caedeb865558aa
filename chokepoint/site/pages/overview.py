"""Overview: on whom the EU depends, what is restricted and ending, what moves, what is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chokepoint.site import law, trade, words
from chokepoint.site.goods import MATCHES, Goods, goods, material_href, product_href
from chokepoint.site.material import Material
from chokepoint.site.pages import countries
from chokepoint.site.parts import Chart, Column, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("index.html", "Overview")
PRODUCTS_SHOWN, CHANGES_SHOWN = 10, 5
SINCE = "2015"
EU = "EU27"
# How a code holds a material, where it does not hold it alone.
IN_SHORT = {
    MATCHES["dominant"]: "mostly it",
    MATCHES["shared"]: "other goods too",
    MATCHES["proxy"]: "approximation",
}
# Groups of `law.tally` as a reader calls them, in the order of the page.
GROUPS = {
    "in_force": "In force",
    "lapsed_presumed": "Presumed back",
    "suspended": "Suspended",
    "coming": "Announced or proposed",
    "unknown": "Unknown",
    "over": "Over",
}


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    destinations = site.rows("destinations")
    recorded = site.rows("states")
    states = law.addressed([row for row in recorded if row["restricts_goods"]], destinations)
    without_goods = law.standing_measures(row for row in recorded if not row["restricts_goods"])
    measures = law.standing_measures(states)
    ends = law.addressed(site.rows("ending"), destinations)
    ending = law.ending(ends)
    for row in ending:
        row["exports_to"] = words.listing(sorted(map(site.country, row["destinations"])))
    coming = [row for row in ending if row["days_left"] >= 0]
    lapsed = [row for row in ending if row["days_left"] < 0]
    flows = site.rows("trade_under_measures")
    totals = site.rows("trade_totals")
    untold = law.untold(site, measures) or law.untold(site, measures, "destinations")
    no_ending = law.untold(site, measures, "ending")
    no_trade = law.untold(site, measures, "trade_under_measures", "trade_totals")
    # Beside a member's own figures those of the EU27.
    whole = {EU: [EU]} | {
        row["country_iso3"]: [row["country_iso3"], *([EU] if row["is_eu27_member"] else [])]
        for row in site.rows("importers")
    }
    importers = [
        _importer(site, of, states, without_goods, _theirs(ends, of[0]), totals, no_trade)
        for of in ([] if untold else whole.values())
    ]
    of_eu = _theirs(ends, EU)
    yield Page(
        "index.html",
        "overview.html.j2",
        "On whom the EU depends",
        {
            "materials": _materials(site, untold),
            "countries": [(_place(site, code), countries.href(site, code)) for code in whole],
            "changed": _changed(site),
            "untold": untold,
            "labels": GROUPS,
            "importers": importers,
            "by_importer": _by_importer(site, importers),
            "coming": _ending_table(
                site,
                "overview-ending",
                coming,
                "Ends",
                "Suspensions, exemptions and terms that end within 90 days",
            ),
            "coming_finding": no_ending or _ending_finding(coming, of_eu),
            "lapsed": _ending_table(
                site,
                "overview-lapsed",
                lapsed,
                "Ended",
                "Suspensions and exemptions that have ended, with no later act on record"
                + law.of_lists(site, lapsed),
            ),
            "lapsed_finding": _lapsed_finding(lapsed, of_eu),
            "moving": _moving(site, [row["measure_id"] for row in law.for_importer(states, EU)[0]]),
            "by_state": _by_state(site, flows, totals, no_trade),
            "by_product": _by_product(site, flows, no_trade),
            "unknowns": _unknowns(site, law.tally(measures), flows, untold),
        },
    )


def _materials(site: Site, untold: str) -> dict:
    """Each material with its largest supplier, the strictest status on exports to the EU27, and the
    next day on which one of these changes; the largest share first."""
    found = goods(site)
    rows = [
        row
        for material in found.materials.values()
        if (row := _material(site, found, Material(site, found, material, untold)))
    ]
    rows.sort(key=lambda row: (-row["share"], row["material"]))
    place, count = Counter(row["supplier"] for row in rows).most_common(1)[0] if rows else ("", 0)
    restricted = sum(row["state"] in law.IN_FORCE for row in rows)
    said = f"; recorded restrictions on exports to it are in force for {restricted}"
    said, nothing = ("", words.NOT_KNOWN) if untold else (said, "none recorded")
    table = site.table(
        "overview-materials",
        (
            Column("material", "Material", href="page"),
            Column("supplier", "Largest supplier"),
            Column(
                "share", "Its share", lambda share: words.percent(share, 0), number=True, bar=True
            ),
            Column("change", "Change in points", _points, number=True, note="since"),
            Column(
                "state",
                "Exports to the EU27",
                lambda state: words.state(state) if state else nothing,
                mark="state",
                note="unaddressed",
            ),
            Column("days", "Days to next change", words.text, number=True),
            Column("code", "Share of the code", href="code_page", note="holds"),
            Column("period", "Year"),
        ),
        rows,
        "One row per material with figures: imports of the EU from outside it by value, of the code"
        " that holds the material best",
        search="Filter by material, supplier or legal status",
        empty=site.lacks("materials", "products") or "No material has figures.",
        stacked=False,
    )
    finding = (
        f"{words.sentence(words.in_sentence(place))} is the largest supplier of {count} of"
        f" {words.count(len(rows), 'material')} with EU figures{said}."
        if rows
        else table.empty
    )
    return {"finding": finding, "table": table}


def _points(change: float | None) -> str:
    if change is None:
        return words.NOT_KNOWN
    return f"{round(change):+d}" if round(change) else "0"


def _material(site: Site, found: Goods, material: Material) -> dict | None:
    lead = material.lead()
    if lead is None or lead["top_supplier_value_share"] is None:
        return None
    # Another source may draw the years before: then no change is told.
    before = min(
        (
            (row["period"], row["value_share"])
            for row in found.partners.get(lead["product_code"], [])
            if (row["series_id"], row["partner_iso3"])
            == (lead["own_series_id"], lead["top_supplier_iso3"])
            and SINCE <= row["period"] < lead["period"]
        ),
        default=None,
    )
    states = [row for row in material.on_us if not row["is_over"]]
    ends = [day for row in states if (day := material.until(row["measure_id"]))]
    return {
        "material": material.name,
        "page": material_href(material.name),
        "supplier": lead["supplier"],
        "share": lead["top_supplier_value_share"],
        "change": 100 * (lead["top_supplier_value_share"] - before[1]) if before else None,
        "since": f"since {before[0]}" if before else "",
        "state": min(states, key=lambda row: row["state_rank"])["state"] if states else None,
        "unaddressed": "without a recorded destination: "
        + words.count(len(material.unaddressed), "restriction")
        if material.unaddressed
        else "",
        "days": (min(ends) - site.as_of).days if ends else None,
        "code": lead["product_code"],
        "code_page": product_href(lead["product_code"]),
        "period": lead["period"],
        # A figure of a code that holds other goods too is no figure of the material.
        "holds": IN_SHORT.get(material.holds(), ""),
    }


def _changed(site: Site) -> list[Row]:
    """What happened last, the weightiest of the law first."""
    rank = ("high", "medium", "low")
    told = [
        row
        for row in site.rows("changed")
        if row["event_date"] <= site.as_of and row["part"] != "overdue"
    ]
    told.sort(key=lambda row: (row["part"] != "law", rank.index(row["severity"])))
    return told[:CHANGES_SHOWN]


def _theirs(ends: list, code: str) -> list:
    """What ends or has lapsed on exports to an importer."""
    return law.ending(row for row in ends if code in (row["importers"] or ()))


def _importer(
    site: Site,
    whole: list[str],
    states: list,
    without_goods: list,
    ends: list,
    totals: list[Row],
    no_trade: str,
) -> dict:
    """What the page opens with for one importer, the first of those whose trade it shows."""
    code = whole[0]
    place = _place(site, code)
    reaching, others, unrecorded = law.for_importer(states, code)
    groups = law.tally(reaching)
    coming = [row for row in ends if row["days_left"] >= 0]
    return {
        "code": code,
        "importer": code if code == EU else site.country(code),
        "place": place,
        "lead": _lead(
            site, place, reaching, groups, coming, [row for row in ends if row["days_left"] < 0]
        ),
        "apart": _apart(place, others, unrecorded, without_goods),
        "trade": [(_place(site, whose), no_trade or _headline(totals, whose)) for whose in whole],
        **{key: len(found) for key, found in groups.items()},
        "others": len(others),
        "unrecorded": len(unrecorded),
        "headline": no_trade or _headline(totals, code),
    }


def _place(site: Site, code: str) -> str:
    return f"the {EU}" if code == EU else words.in_sentence(site.country(code))


def _headline(totals: list[Row], code: str) -> str:
    for row in totals:
        if row["importer"] == code and row["state"] == "in_force":
            return str(row["headline"])
    return "No listed code or item is under a measure in force."


def _lead(site: Site, place: str, reaching: list, groups: dict, coming: list, ended: list) -> str:
    today = words.day(site.as_of)
    if not reaching:
        return f"On {today}, no recorded restriction applies to exports to {place}."
    said = (
        f"On {today}, {len(groups['in_force'])} of the"
        f" {words.count(len(reaching), 'recorded restriction')} on exports to {place} are in force."
    )
    if lapsed := groups["lapsed_presumed"]:
        acts = words.listing(sorted({row["act"] for row in ended}))
        said += (
            f" For {len(lapsed)} the suspension has ended{f' ({acts})' if acts else ''}. No act"
            f" says what applies now, in the law as read{law.of_lists(site, lapsed)}."
        )
        if disputed := sum(bool(measure["rival_states"]) for measure in lapsed):
            some = "all" if disputed == len(lapsed) else str(disputed)
            said += f" For {some} of them a rival claim says that they are still suspended."
    if coming:
        said += f" The next to change is {coming[0]['measure']}, {coming[0]['when']}."
    return said


def _apart(place: str, others: list, unrecorded: list, without_goods: list) -> str:
    """Restrictions that the counts for an importer leave out."""
    said = []
    if others:
        said.append(
            f"Not counted: {words.count(len(others), 'restriction')} on exports to other"
            f" destinations only, {len(law.tally(others)['in_force'])} of them in force."
        )
    if without_goods:
        acts = words.count(len(without_goods), "act that restricts", "acts that restrict")
        said.append(
            f"Also not counted: {acts} no trade in goods by"
            f" {'itself' if len(without_goods) == 1 else 'themselves'}:"
            f" {law.kinds(row['instrument'] for row in without_goods)}."
        )
    if unrecorded:
        said.append(
            f"For {words.count(len(unrecorded), 'restriction')} no destination is recorded, so"
            f" whether exports to {place} are restricted is unknown."
        )
    return " ".join(said)


def _by_importer(site: Site, importers: list) -> Table:
    return site.table(
        "overview-importers",
        (
            Column("importer", "Importer, and its imports under measures in force",
                   note="headline", wide=True),
            *(Column(key, label, number=True) for key, label in GROUPS.items()),
            Column("others", "Others only", number=True),
            Column("unrecorded", "Not recorded", number=True),
        ),
        importers,
        "Restrictions on exports to the importer by state, those on exports to others only, and"
        " those without a recorded destination",
    )  # fmt: skip


def _ending_finding(coming: list, of_eu: list) -> str:
    if not coming:
        return (
            "No recorded restriction on exports ends or returns in the next 90 days. Ends that only"
            " rival claims give are not counted here."
        )
    first = coming[0]
    reach = words.sentence(words.count(len(coming), "measure reaches", "measures reach"))
    return (
        f"{reach} an end in the next 90 days; the first is {first['measure']}, {first['when']}. On"
        f" exports to the {EU}: {sum(row['days_left'] >= 0 for row in of_eu)}."
    )


def _lapsed_finding(lapsed: list, of_eu: list) -> str:
    if not lapsed:
        return ""
    disputed = sum(bool(row["rival"]) for row in lapsed)
    rival = f"; for {disputed} there is a rival claim" if disputed else ""
    return (
        f"{words.sentence(words.count(len(lapsed), 'measure'))} reached the end of a suspension and"
        f" no act has been recorded since{rival}. On exports to the {EU}:"
        f" {sum(row['days_left'] < 0 for row in of_eu)}."
    )


def _ending_table(site: Site, path: str, rows: list, heading: str, caption: str) -> Table:
    return site.table(
        path,
        (
            Column("when", heading, note="ends_on"),
            Column("measure", "Measure", href="page", note="title", wide=True),
            Column("exports_to", "On exports to"),
            Column("state_before", "What ends", words.state, mark="state_before", note="others"),
            Column("state_after", "State after that, without a new act", words.state,
                   mark="state_after", note="rival"),
            Column("certainty", "How sure", words.certainty),
            Column("act", "By which act", href="act_source_url"),
        ),
        rows,
        caption,
        empty="There is nothing to show.",
    )  # fmt: skip


def _moving(site: Site, of_eu: list[str]) -> dict:
    """Whether goods keep moving, per act and importer, and how many flows are measured.

    of_eu  restrictions on exports to the EU27
    """
    rows = [
        {
            **row,
            "act": law.name(row),
            "page": law.href(row["measure_id"]),
            "importer": words.sentence(words.in_sentence(site.country(row["reporter_code"]))),
            "figures_of": "claims of the press"
            if row["data_origin"] == "press_claim"
            else "customs",
            "moves": _share(row) if row["measured_count"] else words.NOT_KNOWN,
            "measured": f"{row['measured_count']} of {row['flow_count']}",
        }
        for row in site.rows("moving")
    ]
    known = {row["measure_id"] for row in rows if row["reporter_code"] == EU}
    measured, flows, moving = (
        sum(row[key] for row in rows) for key in ("measured_count", "flow_count", "moving_count")
    )
    told = sum(row["measured_count"] for row in rows if row["reporter_code"] == EU)
    of_them = len(set(of_eu) - known)
    finding = (
        f"{measured} of {words.count(flows, 'flow')} with monthly figures can be measured, and"
        f" {moving} of these {measured} {'brings' if moving == 1 else 'bring'} 80% or more of what"
        f" was projected. Of flows into the {EU} {told or 'none'} can be measured: {of_them} of the"
        f" {len(of_eu)} restrictions on exports to it have no monthly figures."
    )
    table = site.table(
        "overview-moving",
        (
            Column("act", "Act", href="page"),
            Column("importer", "Imports of"),
            Column("figures_of", "Figures of"),
            Column("period", "Newest month of the source", words.period),
            Column("moves", "Still moves"),
            Column("measured", "Flows measured"),
            Column("listed_codes", "Codes it lists", number=True),
        ),
        rows,
        "Share of what moved before the act that still moves, from low to high. Codes without"
        " monthly figures are not in it",
        empty=site.lacks("moving") or "No monthly figure of a listed code is known.",
    )
    return {"finding": finding if rows else table.empty, "table": table}


def _share(row: Row) -> str:
    """A share between its bounds: one figure where they agree."""
    low, high = (words.percent(row[f"continuity_index_{end}"], 0) for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def _by_state(site: Site, flows: list[Row], totals: list[Row], untold: str) -> Chart:
    rows = trade.by_state(row for row in totals if row["importer"] == EU)
    years = sorted({str(row["weight_period"]) for row in flows})
    finding = untold or f"EU imports under measures in force. {_headline(totals, EU)}"
    return site.chart(
        "overview-trade-by-state",
        "range-bars",
        rows,
        trade.COLUMNS_OF_TOTALS,
        finding=finding,
        unit="Imports of the EU from the countries that restrict, euro a year. Full"
        " colour: covered for certain. Pale: may be covered.",
        source=f"{_weights(site, flows)}; law as in the acts cited on the law page",
        description="Bars from the lower to the upper bound of trade in each legal status",
        caption=f"Imports of the EU by legal status, {words.listing(years)}",
        height=trade.HEIGHT * max(len(rows), 1),
        changes=trade.heights(rows),
        notes=[
            f"Weighted by imports of {words.listing(years)}, the latest complete year. The range is"
            " wide because tariff codes are broader than the controls: for"
            f" {words.count(trade.without_share(flows), 'product')} no source gives the share of"
            " the code that is covered. Each euro is counted once, in the strictest state."
        ],
    )


def _by_product(site: Site, flows: list[Row], untold: str) -> Chart:
    rows = trade.by_product(flows, "in_force", PRODUCTS_SHOWN)
    total = sum(row["value_eur_high"] for row in trade.by_product(flows, "in_force", 10**6))
    finding = untold or "No product with a figure is under a measure in force."
    if rows:
        finding = (
            f"{rows[0]['label']} make up {words.percent(rows[0]['value_eur_high'] / total, 0)}"
            " of the imports that measures in force may cover, counting codes with figures."
        )
    return site.chart(
        "overview-trade-by-product",
        "range-bars",
        rows,
        (Column("product_code", "Code"), *trade.COLUMNS),
        finding=finding,
        unit="Imports of the EU under measures in force, by product, euro a year. Full"
        " colour: covered for certain. Pale: may be covered.",
        source=_weights(site, flows),
        description="Bars from the lower to the upper bound of trade under measures in force",
        caption="Imports of the EU under measures in force, the products with the most trade",
        height=trade.HEIGHT * max(len(rows), 1),
        changes=trade.heights(rows),
    )


def _weights(site: Site, flows: list[Row]) -> str:
    if not flows:
        return "none, for there is no row"
    return site.source_line(*sorted({row["source_id"] for row in flows}))


def _unknowns(site: Site, groups: dict, flows: list[Row], untold: str) -> list[str]:
    """What the release does not show, each with its number."""
    said = ["Anything about the law, for the reason above."] if untold else []
    disputed = [m for group in groups.values() for m in group if m["rival_states"]]
    if disputed:
        said.append(
            f"Whether {words.count(len(disputed), 'restriction')} on exports to any country still"
            f" {'is' if len(disputed) == 1 else 'are'} suspended. The law page shows both accounts"
            " and prefers neither."
        )
    open_shares = trade.without_share(flows)
    if open_shares:
        said.append(
            f"How much of {words.count(open_shares, 'product')} is controlled. A tariff code"
            " is wider than the control: measures name grades and uses that no trade figure shows."
        )
    if groups["unknown"]:
        named = words.listing([law.name(measure) for measure in groups["unknown"]], 3)
        said.append(f"The state of {words.count(len(groups['unknown']), 'measure')}: {named}.")
    counts = (site.rows("unknowns") or [{}])[0]
    missing = site.lacks("unknowns")
    if missing:
        said.append(f"What became of promises and licences. {missing}.")
    if counts.get("commitments_not_measurable"):
        said.append(
            f"Whether {counts['commitments_not_measurable']} of"
            f" {words.count(counts['commitments'], 'promise')} between governments were kept. For"
            f" {words.count(counts['commitments_without_figures'], 'of them', 'of them')} no"
            " published figure measures them; the others lack months, or swing too much."
        )
    if counts.get("licence_share_high") is not None:
        said.append(
            "How many licences will be granted. Public claims on licences of China allow"
            " anything from"
            f" {words.percent(counts['licence_share_low'], 0)} to"
            f" {words.percent(counts['licence_share_high'], 0)}: most cases are pending, and"
            " pending is not refused."
        )
    if counts and not counts["own_registers"]:
        said.append(
            "How long licences take. No authority publishes its register. Times on this site come"
            " from a synthetic sample until you add your own register."
        )
    return said
