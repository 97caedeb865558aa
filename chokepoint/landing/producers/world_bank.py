"""World Bank: Worldwide Governance Indicators."""

from __future__ import annotations

from orchestration.sources.contracts import Check, Column, SourceContract, country, one_of, year

WGI_ESTIMATES = SourceContract(
    source_id="wgi_estimates",
    title="Worldwide Governance Indicators: estimates",
    file_pattern="governance/wgi_estimates.csv.gz",
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

CONTRACTS = (WGI_ESTIMATES,)
