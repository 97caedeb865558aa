"""Exchange rates of the ECB and metal prices of the World Bank, by month."""

from __future__ import annotations

from orchestration.sources.contracts import SourceContract, amount, month, text

ECB_EXCHANGE_RATES = SourceContract(
    source_id="ecb_exchange_rates",
    title="ECB: US dollars for one euro, monthly mean",
    file_pattern="prices/ecb_exchange_rates.csv.gz",
    columns=(month(), amount("usd_per_eur", "decimal(12,6)", positive=True)),
    key=("period",),
    period_sql="left(period, 4)",
    part_columns=("period",),
    frequency="monthly",
)

WORLDBANK_METAL_PRICES = SourceContract(
    source_id="worldbank_metal_prices",
    title="World Bank: metal prices by month",
    file_pattern="prices/worldbank_metal_prices.csv.gz",
    columns=(text("commodity"), month(), amount("price", "decimal(24,9)", positive=True)),
    key=("commodity", "period"),
    period_sql="left(period, 4)",
    part_columns=("commodity", "period"),
    frequency="monthly",
)

CONTRACTS = (ECB_EXCHANGE_RATES, WORLDBANK_METAL_PRICES)
