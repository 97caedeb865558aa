"""Cases of one's own: applications and held shipments that somebody is to be asked about."""

from __future__ import annotations

from dataclasses import astuple, replace

from chokepoint.landing.columns import amount, day, one_of, text
from chokepoint.landing.contracts import Column, SourceContract
from chokepoint.landing.producers.own import exposure, licence_register

CHANNELS = ("exporter", "association", "national_contact_point", "commission_hotline", "embassy")
OUTCOMES = ("released", *licence_register.OUTCOMES)


def _of_the_graph(name: str) -> Column:
    """A name as the tables of the supply graph have it; it needs the graph."""
    return exposure.identifier(name, nullable=True).must(
        f"{name} is null or graph_id is not null",
        "named without its supply graph",
        "Give graph_id, the name under which your sites and parts have landed.",
    )


def _bound(name: str, other: str) -> Column:
    """A bound of the value that a day of standstill costs; both are known, or neither is."""
    return amount(name, nullable=True).must(
        f"{name} is null or {other} is not null",
        "one bound without the other",
        "Give both: the same figure twice where you are sure of it; leave both empty where you "
        "do not know, which is not zero.",
    )


CASES = SourceContract(
    source_id="shipment_cases",
    title="Cases: stuck applications and held shipments, own or the synthetic sample",
    file_pattern="shipment_cases*.csv*",
    columns=(
        exposure.identifier("case_id")
        .must(
            "coalesce(application_id, shipment_reference) is not null",
            "a case of neither an application nor a shipment",
            "Give application_id, as in licence_applications, or shipment_reference.",
        )
        .must(
            "coalesce(filed_date, held_since_date) is not null",
            "a case without the day from which it waits",
            "Give filed_date, or held_since_date of a shipment.",
        ),
        text("authority"),
        text("application_id", nullable=True),
        text("shipment_reference", nullable=True),
        replace(licence_register.APPLICATIONS.column("measure_id"), nullable=True),
        text("clause_id", nullable=True),
        text("material", nullable=True),
        licence_register.APPLICATIONS.column("product_code"),
        text("supplier", nullable=True),
        replace(exposure.GRAPH, nullable=True),
        _of_the_graph("site_id"),
        _of_the_graph("part_id"),
        day("filed_date", nullable=True),
        day("held_since_date", nullable=True),
        text("last_word", nullable=True),
        day("last_word_date", nullable=True),
        one_of("channel", CHANNELS, nullable=True),
        one_of("outcome", OUTCOMES, nullable=True).must(
            "outcome is null or closed_date is not null",
            "an outcome without the day on which the case was closed",
            "Give closed_date, or leave the outcome empty while the case is open.",
        ),
        day("closed_date", nullable=True)
        .must(
            "closed_date is null or outcome is not null",
            "closed without an outcome",
            f"Give the outcome: {', '.join(OUTCOMES)}.",
        )
        .must(
            "closed_date >= greatest(filed_date, held_since_date)",
            "closed before it began to wait",
            "Correct one of the days.",
        ),
        _bound("standstill_eur_per_day_low", "standstill_eur_per_day_high").must(
            "standstill_eur_per_day_low <= standstill_eur_per_day_high",
            "the lower bound lies above the upper one",
            "Exchange the two, or correct one.",
        ),
        _bound("standstill_eur_per_day_high", "standstill_eur_per_day_low"),
        text("note", nullable=True),
        day("as_of_date")
        .must(
            "as_of_date >= greatest(filed_date, held_since_date, last_word_date, closed_date)",
            "the as-of date lies before a day that the row tells of",
            "Give the day on which the list of cases was read, not an earlier one.",
        )
        .must(*astuple(exposure.READ_ON.checks[0])),
        one_of("data_origin", ("own", "synthetic")),
    ),
    key=("case_id", "as_of_date"),
    # One reading of one list is one period. It is called by its origin too: a list of cases has
    # no day on which the next one is due, as a calendar period has.
    period_sql="data_origin || '-' || as_of_date::varchar",
    frequency="once",
    kept_by_hand=True,
    # A list kept by hand has more slips than a producer's table.
    max_quarantine_share=0.2,
)

CONTRACTS = (CASES,)
