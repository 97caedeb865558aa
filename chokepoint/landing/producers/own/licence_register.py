"""Licence applications: the user's own register, or the synthetic sample that stands in for it."""

from __future__ import annotations

from chokepoint.landing.columns import amount, country, day, one_of, text
from chokepoint.landing.contracts import SourceContract

SIZE_CLASSES = ("small", "medium", "large")
ROUTES = ("ordinary", "general_licence", "green_channel")
# First day of seeds/reference/prc_calendar.csv.
CALENDAR_FROM = "2004-01-01"
OUTCOMES = ("approved", "refused", "withdrawn", "expired")

# 'YYYY-MM-DD/YYYY-MM-DD; ...', the last one perhaps without an end.
_DAY = r"\d{4}-\d{2}-\d{2}"
_STOPS_SHAPE = rf"({_DAY}/{_DAY}; ?)*{_DAY}/({_DAY})?"
_ENDS = r"""list_transform(string_split(replace(returned_intervals, ' ', ''), ';'),
    lambda stop: string_split(stop, '/'))"""
# Bounds as days: an interval that is still open ends at the as-of date.
_STOPS = f"""list_transform({_ENDS}, lambda ends: {{
    'first': try_cast(ends[1] as date),
    'last': case when ends[2] = '' then as_of_date else try_cast(ends[2] as date) end}})"""
# All bounds in the order of the text: sorted where intervals are in order and do not overlap.
_BOUNDS = f"flatten(list_transform({_STOPS}, lambda stop: [stop.first, stop.last]))"


def _where_shaped(condition: str) -> str:
    """A condition on the intervals; met where the text has not their shape, which is told first."""
    return f"""case when regexp_full_match(returned_intervals, '{_STOPS_SHAPE}') then {condition}
        else true end"""


_RETURNED = (
    text("returned_intervals", nullable=True)
    .must(
        f"regexp_full_match(returned_intervals, '{_STOPS_SHAPE}')",
        "not intervals like 2025-05-06/2025-05-20",
        "Write each return as FIRST/LAST, several with a semicolon between them; leave LAST "
        "out while the applicant has the papers.",
    )
    .must(
        _where_shaped(f"""len(list_filter({_STOPS}, lambda stop:
                coalesce(stop.first > stop.last, true))) = 0"""),
        "an interval that ends before it starts, or names no day",
        "Write the day of the return first, then the day on which the papers came back.",
    )
    .must(
        _where_shaped(f"{_BOUNDS} = list_sort({_BOUNDS})"),
        "intervals that overlap, or are out of order",
        "Merge overlapping returns into one, and write the earliest first.",
    )
    .must(
        _where_shaped(f"""list_min(list_transform({_STOPS}, lambda stop: stop.first))
                >= coalesce(accepted_date, date '9999-12-31')
            and list_max(list_transform({_STOPS}, lambda stop: stop.last))
                <= coalesce(decided_date, as_of_date)"""),
        "returned before acceptance, or not back before the decision or the as-of date",
        "Only time between acceptance and decision can stop the clock: correct the days.",
    )
)

APPLICATIONS = SourceContract(
    source_id="licence_applications",
    title="Licence applications: own register, or the synthetic sample",
    file_pattern="licence_applications*.csv.gz",
    columns=(
        text("application_id"),
        text("authority"),
        text("measure_id").must(
            "is_known_measure(measure_id)",
            "unknown measure",
            "Use a measure_id of seeds/measures/measures.csv, or add the measure there.",
        ),
        text("clause_id", nullable=True),
        text("material"),
        text("product_code", nullable=True).must(
            r"regexp_full_match(product_code, '\d{6}(\d{2}(\d{2})?)?')",
            "not a product code of 6, 8 or 10 digits",
            "Write the tariff code as text, with leading zeros and without dots.",
        ),
        one_of("applicant_size_class", SIZE_CLASSES),
        one_of("route", ROUTES),
        text("end_use", nullable=True),
        country("destination_iso3"),
        day("filed_date").must(
            f"filed_date >= date '{CALENDAR_FROM}'",
            f"before {CALENDAR_FROM}, where the calendar of working days begins",
            "Leave older cases out: their working days cannot be counted.",
        ),
        day("accepted_date", nullable=True).must(
            "accepted_date >= filed_date",
            "accepted before it was filed",
            "Correct one of the two days.",
        ),
        day("observed_from_date", nullable=True).must(
            "observed_from_date <= coalesce(decided_date, as_of_date)",
            "watched only after its decision, so that it tells nothing of time",
            "Leave out cases that had ended when the register began.",
        ),
        _RETURNED,
        day("decided_date", nullable=True)
        .must(
            "decided_date >= filed_date",
            "decided before it was filed",
            "Correct one of the two days.",
        )
        .must(
            "decided_date >= accepted_date",
            "decided before it was accepted",
            "Correct one of the two days.",
        )
        .must(
            "decided_date is null or outcome is not null",
            "decided without an outcome",
            f"Give the outcome: {', '.join(OUTCOMES)}.",
        ),
        one_of("outcome", OUTCOMES, nullable=True).must(
            "outcome is null or decided_date is not null",
            "an outcome without the day of the decision",
            "Give decided_date, or leave the outcome empty while the case is pending.",
        ),
        amount("quantity_kg", "decimal(18,3)", nullable=True),
        amount("value_usd", "decimal(18,3)", nullable=True),
        day("as_of_date")
        .must(
            "as_of_date >= greatest(filed_date, accepted_date, decided_date)",
            "the as-of date lies before a day that the row tells of",
            "Give the day on which the register was read, not an earlier one.",
        )
        .must(
            "as_of_date <= known_on()",
            "the as-of date lies after the day of the delivery",
            "Give the day on which the register was read.",
        ),
        one_of("data_origin", ("own", "synthetic")),
    ),
    key=("authority", "application_id", "as_of_date"),
    # One snapshot of one register is one period. The sample has a name of its own, so that a
    # user's snapshot of the same day never replaces it, nor it that.
    period_sql="if(data_origin = 'own', as_of_date::varchar, 'sample-' || as_of_date::varchar)",
    frequency="once",
    kept_by_hand=True,
    # A register kept by hand has more slips than a producer's table. Rows set aside are
    # counted beside every figure made from the rest.
    max_quarantine_share=0.2,
)

CONTRACTS = (APPLICATIONS,)
