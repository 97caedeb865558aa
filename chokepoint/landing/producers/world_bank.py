"""World Bank: Worldwide Governance Indicators, and metal prices by month."""

from __future__ import annotations

from chokepoint.landing.contracts import (
    Check,
    Column,
    SourceContract,
    amount,
    country,
    month,
    one_of,
    text,
    year,
)

WGI_ESTIMATES = SourceContract(
    source_id="wgi_estimates",
    title="Worldwide Governance Indicators: estimates",
    file_pattern="wgi_estimates.csv.gz",
    columns=(
        country("iso3"),
        year(),
        one_of("indicator", ("cc", "ge", "pv", "rl", "rq", "va")),
        Column(
            "estimate",
            "double",
            checks=(
                Check(
                    "isfinite(estimate) and estimate between -4 and 4",
                    "not an estimate between -4 and 4",
                    "Give the estimate in standard units, not the percentile rank.",
                ),
            ),
        ),
    ),
    key=("iso3", "year", "indicator"),
    period_sql="year::varchar",
    frequency="annual",
)

WORLDBANK_METAL_PRICES = SourceContract(
    source_id="worldbank_metal_prices",
    title="World Bank: metal prices by month",
    file_pattern="worldbank_metal_prices.csv.gz",
    columns=(text("commodity"), month(), amount("price", "decimal(24,9)", positive=True)),
    key=("commodity", "period"),
    period_sql="left(period, 4)",
    part_columns=("commodity", "period"),
    frequency="monthly",
)

CONTRACTS = (WGI_ESTIMATES, WORLDBANK_METAL_PRICES)
