"""US Geological Survey: prices by year, from the Mineral Commodity Summaries."""

from __future__ import annotations

from chokepoint.landing.columns import columns, given, names
from chokepoint.landing.contracts import LeaveOut, ProducerFormat, Table, annual

# One file for all chapters, since the summaries of 2026; those before have a file each, with a
# column for each series, and are not read.
COMMODITIES = ProducerFormat(
    name="the data release of the Mineral Commodity Summaries, from 2026",
    documentation="https://doi.org/10.5066/P1WKQ63T",
    file_name=r"MCS20\d\d_Commodities_Data\.csv",
    encoding="cp1252",
    columns=names("MCS chapter, Commodity, Statistics, Statistics_detail, Unit, Year, Value"),
    # Section, country, notes, and whether the mineral is critical by the list of some year.
    table=Table(has_more=True),
    values=(
        *given("chapter MCS chapter, commodity Commodity, detail Statistics_detail, unit Unit"),
        ("year", """regexp_replace("Year", '_estimated$', '')"""),
        ("value", '"Value"'),
    ),
    leaves_out=(LeaveOut("\"Statistics\" <> 'Price'", "statistic other than a price"),),
)

USGS_ANNUAL_PRICES = annual(
    source_id="usgs_annual_prices",
    title="USGS Mineral Commodity Summaries: prices by year",
    file_pattern="usgs_annual_prices.csv.gz",
    # A value is as printed: ranges, W (withheld) and words occur.
    columns=columns("chapter, commodity, detail, unit?, year year, value?"),
    key=("chapter", "commodity", "detail", "year"),
    formats=(COMMODITIES,),
)

CONTRACTS = (USGS_ANNUAL_PRICES,)
