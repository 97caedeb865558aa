"""World Mining Data: who mines what."""

from __future__ import annotations

from chokepoint.landing.columns import (
    columns,
    country,
    given,
    is_missing,
    known_place,
    one_of,
    place_sql,
)
from chokepoint.landing.contracts import ANY_SHEET, LeaveOut, ProducerFormat, Table, annual

# A sheet for each mineral, named by it: a title, a row for each country, a column for each of five
# years, and a total at the end.
BY_MINERALS = ProducerFormat(
    name="table 6.4 of World Mining Data, production of countries by minerals",
    documentation="https://www.world-mining-data.info/?World_Mining_Data___Data_Section",
    file_name=r"(wmd_production|6\.4\.).*\.xlsx",
    columns=("Country", "unit", "data source"),
    table=Table(sheets=(ANY_SHEET,), figures=r"(19|20)\d\d"),
    values=(
        ("mineral", '"sheet"'),
        ("iso3", place_sql('"Country"')),
        *given("year name, quantity figure, unit unit"),
        ("quality_flag", 'lower("data source")'),
    ),
    leaves_out=(
        LeaveOut("\"Country\" = 'Total'", "sum of all countries"),
        LeaveOut(is_missing('"figure"'), "year without a figure"),
    ),
)

WMD_PRODUCTION = annual(
    source_id="wmd_production",
    title="World Mining Data: mine production by mineral and country",
    file_pattern="wmd_production.csv.gz",
    columns=(
        *columns("mineral"),
        country("iso3", known_place("iso3")),
        *columns("year year, quantity amount decimal(24,6)"),
        one_of("unit", "metr. t", "kg", "ct", "Mio m3"),
        one_of("quality_flag", "r", "e", "p"),
    ),
    key=("mineral", "iso3", "year"),
    # Gold in GUY has two rows a year, in 2023 and 2024 with the same figure; the producer
    # states both, and one is probably French Guiana.
    key_exempt_sql="mineral = 'Gold' and iso3 = 'GUY'",
    formats=(BY_MINERALS,),
)

CONTRACTS = (WMD_PRODUCTION,)
