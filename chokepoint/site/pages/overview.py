"""Overview: what is in force, suspended and ending, how much trade is under it, what is unknown."""

from __future__ import annotations

from collections.abc import Iterator

from chokepoint.site import law, trade, words
from chokepoint.site.parts import Chart, Column, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("index.html", "Overview")
PRODUCTS_SHOWN = 10


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    measures = law.standing_measures(site.rows("states"))
    groups = law.tally(measures)
    ending = law.ending(site.rows("ending"))
    coming = [row for row in ending if row["days_left"] >= 0]
    lapsed = [row for row in ending if row["days_left"] < 0]
    flows = site.rows("trade_under_measures")
    untold = law.untold(site, measures)
    no_ending = law.untold(site, measures, "ending")
    no_trade = law.untold(site, measures, "trade_under_measures")
    yield Page(
        "index.html",
        "overview.html.j2",
        "What is in force, what is suspended, what ends next",
        {
            "groups": groups,
            "untold": untold,
            "lead": untold or _lead(site, measures, groups, coming),
            "coming": _ending_table(
                site,
                "overview-ending",
                coming,
                "Ends",
                "Suspensions, exemptions and terms that end within 90 days",
            ),
            "coming_finding": no_ending or _ending_finding(coming),
            "lapsed": _ending_table(
                site,
                "overview-lapsed",
                lapsed,
                "Ended",
                "Suspensions and exemptions past their end, with no later act on record",
            ),
            "lapsed_finding": _lapsed_finding(lapsed),
            "by_state": _by_state(site, flows, no_trade),
            "by_product": _by_product(site, flows, no_trade),
            "unknowns": _unknowns(site, groups, flows, untold),
        },
    )


def _lead(site: Site, measures: list, groups: dict, coming: list) -> str:
    parts = [
        f"On {words.day(site.as_of)}, {len(groups['in_force'])} of the"
        f" {words.count(len(measures), 'export restriction')} recorded here are in force."
    ]
    lapsed = groups["lapsed_presumed"]
    if lapsed:
        disputed = sum(bool(measure["rival_states"]) for measure in lapsed)
        parts.append(
            f"For {len(lapsed)} the suspension has passed its end and no act says what holds now"
            + (
                f"; for {disputed} of them a rival reading says that they are still suspended."
                if disputed
                else "."
            )
        )
    if coming:
        first = coming[0]
        parts.append(f"The next to change is {first['measure']}, {first['when']}.")
    return " ".join(parts)


def _ending_finding(coming: list) -> str:
    if not coming:
        return "Nothing ends in the next 90 days."
    first = coming[0]
    text = f"{words.sentence(words.count(len(coming), 'measure'))} reach"
    text += f"{'es' if len(coming) == 1 else ''} an end in the next 90 days"
    return f"{text}; the first is {first['measure']}, {first['when']}."


def _lapsed_finding(lapsed: list) -> str:
    if not lapsed:
        return ""
    disputed = sum(bool(row["rival"]) for row in lapsed)
    text = (
        f"{words.sentence(words.count(len(lapsed), 'measure'))} passed the end of a suspension and"
        " no act has been recorded since"
    )
    return f"{text}; for {disputed} there is a rival reading." if disputed else f"{text}."


def _ending_table(site: Site, path: str, rows: list, heading: str, caption: str) -> Table:
    columns = (
        Column("when", heading, note="ends_on"),
        Column("measure", "Measure", href="page", note="title", wide=True),
        Column("state_before", "What ends", words.state, mark="state_before", note="others"),
        Column(
            "state_after",
            "What follows if no act comes",
            words.state,
            mark="state_after",
            note="rival",
        ),
        Column("certainty", "How sure", words.certainty),
        Column("act", "By which act", href="act_source_url"),
    )
    return site.table(
        path,
        columns,
        rows,
        caption,
        stacked=True,
        empty="There is nothing to show.",
    )


def _by_state(site: Site, flows: list[Row], untold: str) -> Chart:
    rows = trade.by_state(flows)
    years = sorted({str(row["weight_period"]) for row in flows})
    in_force = next((row for row in rows if row["state"] == "in_force"), None)
    if untold:
        finding = untold
    elif in_force is None:
        finding = "No EU import with a figure falls under a measure in force."
    elif in_force["value_eur_low"] < in_force["value_eur_high"]:
        finding = (
            f"Between {words.money(in_force['value_eur_low'])} and"
            f" {words.money(in_force['value_eur_high'])} of EU imports are under measures in force."
        )
    else:
        finding = f"{in_force['shown']} of EU imports are under measures in force."
    return site.chart(
        "overview-trade-by-state",
        "range-bars",
        rows,
        trade.COLUMNS,
        finding=finding,
        unit="Imports of the EU from the countries that restrict, euro a year. Strong colour:"
        " surely covered. Faint: perhaps covered.",
        source=f"{_weights(site, flows)}; law as in the acts cited on the law page",
        description="Bars with the least and the most trade in each state of law: "
        + "; ".join(f"{row['label']}: {row['shown']}" for row in rows),
        caption=f"Imports of the EU by state of the measures on them, {words.listing(years)}",
        height=trade.HEIGHT * max(len(rows), 1),
        changes=trade.heights(rows),
        notes=[
            f"Weighed by imports of {words.listing(years)}, the latest complete year. The range is"
            " wide because tariff codes are broader than the controls: for"
            f" {words.count(trade.without_share(flows), 'product')} no source gives the share of"
            " the code that is covered. Each euro is counted once, in the strictest state on it."
        ],
    )


def _by_product(site: Site, flows: list[Row], untold: str) -> Chart:
    rows = trade.by_product(flows, "in_force", PRODUCTS_SHOWN)
    total = sum(row["value_eur_high"] for row in trade.by_product(flows, "in_force", 10**6))
    finding = untold or "No product with a figure is under a measure in force."
    if rows:
        finding = (
            f"{rows[0]['label']} make up {words.percent(rows[0]['value_eur_high'] / total, 0)}"
            " of what may be under measures in force."
        )
    return site.chart(
        "overview-trade-by-product",
        "range-bars",
        rows,
        (Column("product_code", "Code"), *trade.COLUMNS),
        finding=finding,
        unit="Imports of the EU under measures in force, by product, euro a year. Strong colour:"
        " surely covered. Faint: perhaps covered.",
        source=_weights(site, flows),
        description="Bars with the least and the most trade under measures in force: "
        + "; ".join(f"{row['label']}: {row['shown']}" for row in rows),
        caption="Imports of the EU under measures in force, the products with most of it",
        height=trade.HEIGHT * max(len(rows), 1),
        changes=trade.heights(rows),
    )


def _weights(site: Site, flows: list[Row]) -> str:
    if not flows:
        return "none, for there is no row"
    return site.source_line(*sorted({row["source_id"] for row in flows}))


def _unknowns(site: Site, groups: dict, flows: list[Row], untold: str) -> list[str]:
    """What the release cannot tell, each with its number."""
    said = ["Anything about the law, for the reason above."] if untold else []
    disputed = [m for group in groups.values() for m in group if m["rival_states"]]
    if disputed:
        said.append(
            f"Whether {words.count(len(disputed), 'measure')} still"
            f" {'is' if len(disputed) == 1 else 'are'} suspended. Rival readings stand side by"
            " side on the law page; none is preferred."
        )
    open_shares = trade.without_share(flows)
    if open_shares:
        said.append(
            f"How much of {words.count(open_shares, 'product')} is really controlled. A tariff"
            " code is not the control: measures name grades and uses that no trade figure shows."
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
            f" {words.count(counts['commitments'], 'promise')} between governments were kept: no"
            " published figure measures them."
        )
    if counts.get("licence_share_high") is not None:
        said.append(
            "How many licences are granted in the end. Public claims allow anything from"
            f" {words.percent(counts['licence_share_low'], 0)} to"
            f" {words.percent(counts['licence_share_high'], 0)}: most cases are pending, and"
            " pending is not refused."
        )
    if counts and not counts["own_registers"]:
        said.append(
            "How long licences really take. No authority publishes its register; times on this"
            " site come from a synthetic sample until you land your own."
        )
    return said
