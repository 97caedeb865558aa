"""World Mining Data: who mines what."""

from __future__ import annotations

from chokepoint.landing.contracts import (
    SourceContract,
    amount,
    country,
    one_of,
    text,
    year,
)

WMD_PRODUCTION = SourceContract(
    source_id="wmd_production",
    title="World Mining Data: mine production by mineral and country",
    file_pattern="wmd_production.csv.gz",
    columns=(
        text("mineral"),
        country("iso3"),
        year(),
        amount("quantity", "decimal(24,6)"),
        one_of("unit", ("metr. t", "kg", "ct", "Mio m3")),
        one_of("quality_flag", ("r", "e", "p")),
    ),
    key=("mineral", "iso3", "year"),
    # Gold in GUY has two rows a year, in 2023 and 2024 with the same figure; the producer
    # states both, and one is probably French Guiana.
    key_exempt_sql="mineral = 'Gold' and iso3 = 'GUY'",
    period_sql="year::varchar",
    frequency="annual",
)

CONTRACTS = (WMD_PRODUCTION,)
