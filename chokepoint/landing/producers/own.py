"""Tables of one's own: supply graphs (`graph_id` names a firm's; none are mixed, and a later file
of a table replaces the whole earlier one), licence applications, cases, and scenarios, which say
what is assumed to be otherwise. They are data: `own_tables.csv`, and `own_columns.csv` in the order
in which columns land. There a row without a kind is one more check of its column, and the tables of
graphs stand without `exposure_`."""

from __future__ import annotations

from pathlib import Path

from chokepoint.landing.columns import column
from chokepoint.landing.contracts import Column, SourceContract
from chokepoint.landing.files.delivery import read_table

# An own graph is told apart from the bundled ones in everything that names its deliveries.
OWN_PERIOD_PREFIX = "own-"

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
    column("returned_intervals?")
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


def _columns(table: str) -> tuple[Column, ...]:
    found: dict[str, Column] = {}
    for row in _ROWS:
        name = row["column"]
        if table in row["tables"].split():
            if row["kind"]:
                found[name] = column(f"{name} {row['kind']}")
            if row["must"]:
                found[name] = found[name].must(row["must"], row["reason"], row["remedy"])
    return tuple(_RETURNED if name == _RETURNED.name else one for name, one in found.items())


_ROWS = read_table(Path(__file__).with_name("own_columns.csv"))
CONTRACTS = tuple(
    SourceContract(
        source_id=table["source_id"],
        title=table["title"],
        file_pattern=f"{table['source_id']}_*.csv*",
        columns=_columns(table["source_id"].removeprefix("exposure_")),
        key=tuple(table["key"].split()),
        # One snapshot of one register is one period. The sample has a name of its own, so that a
        # user's snapshot of the same day never replaces it, nor it that.
        period_sql=table["period_sql"],
        frequency="once",
        # Tables kept by hand have more slips than a producer's. Rows set aside are counted beside
        # every figure made from the rest. A scenario that lacks one of its parts is another one.
        max_quarantine_share=0.2 if table["kept_by_hand"] else 0.0,
        kept_by_hand=bool(table["kept_by_hand"]),
    )
    for table in read_table(Path(__file__).with_name("own_tables.csv"))
)
