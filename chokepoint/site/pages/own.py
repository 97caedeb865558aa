"""The firm's own page, in the private site alone: products, orders, applications and cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chokepoint.site import words
from chokepoint.site.pages import exposure
from chokepoint.site.parts import Chart, Row, Table
from chokepoint.site.site import Page, Site

NAV = ("own.html", "Your firm")

# Marks that have room for their name on the curve.
NAMED_MARKS = 8
NO_CASES = (
    "No case and no open application has been entered (docs/using/private-rows.md says how), so"
    " there is nothing to put in order"
)


def pages(site: Site) -> Iterator[Page]:
    """The one page."""
    cases = site.rows("own_cases")
    graphs = exposure.graphs(site, {"own"})
    curve, applications = _curve(site, [row for row in cases if row["application_id"]])
    yield Page(
        "own.html",
        "own.html.j2",
        "Your firm: what runs out first",
        {
            "graphs": graphs,
            "orders": site.table("own.orders", site.rows("own_orders")),
            "ranked": _cases(site, cases, ranked=True),
            "unranked": _cases(site, cases, ranked=False),
            "no_cases": "" if cases else NO_CASES,
            "curve": curve,
            "applications": applications,
        },
    )
    # Without the table no case can have been entered: that is said above, and is no older release.
    site.missing.pop("own_cases", None)


def _name(row: Row) -> str:
    return row["case_id"] or row["application_id"] or "case without a name"


def _loss(low: Any, high: Any) -> str:
    if high is None:
        return "unknown" if low is None else f"{words.money(low)} or more"
    return words.money_range(low, high)


def _cases(site: Site, rows: Sequence[Row], *, ranked: bool) -> Table:
    """Cases in the order in which to raise them, or those of which no rank is known."""
    found = [row for row in rows if bool(row["is_ranked"]) == ranked]
    return site.table("own.cases", found, ranked=ranked, name=_name, loss=_loss)


def _curve(site: Site, cases: Sequence[Row]) -> tuple[Chart, Table]:
    """Each open application on the curve of all own ones, at the days that it has waited."""
    curve = site.rows("own_curve")
    steps = sorted(curve, key=lambda row: row["day"])
    marks: list[Row] = []
    for row in sorted(
        (row for row in cases if row["days_waited"] is not None),
        key=lambda row: (-row["days_waited"], row["application_id"]),
    ):
        passed = [step for step in steps if step["day"] <= row["days_waited"]]
        is_beyond = bool(steps) and row["days_waited"] > steps[-1]["day"]
        marks.append(
            {
                **row,
                "name": _name(row),
                "day": row["days_waited"],
                "survival": passed[-1]["survival"] if passed else 1.0,
                "text": _name(row) if len(marks) < NAMED_MARKS else "",
                "place": "longer than any case was watched" if is_beyond else "",
                "left": _left(row),
            }
        )
    last = max([row["day"] for row in (*steps, *marks)], default=0)
    ticks = list(range(0, last + 1, max(1, -(-last // 6))))
    chart = site.chart(
        "own.applications_on_the_curve",
        steps,
        changes={
            "encoding": {
                "x": {
                    "title": "calendar days since acceptance",
                    "scale": {"domain": [0, max(last, 1)]},
                    "axis": {"values": ticks},
                }
            },
            "usermeta": {"narrow": {"encoding": {"x": {"axis": {"values": ticks[::2]}}}}},
        },
        datasets={"terms": [], "points": marks},
        marks=marks,
    )
    return chart, site.table("own.applications", marks)


def _left(row: Row) -> str:
    half, nine = row["remaining_days_p50"], row["remaining_days_p90"]
    if half is None and nine is None:
        return "unknown"
    end = f"nine in ten within {nine:,.0f}" if nine is not None else "nine in ten: beyond the curve"
    start = f"half within {half:,.0f}" if half is not None else "half: beyond the curve"
    return f"{start}, {end}"
