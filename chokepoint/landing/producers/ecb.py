"""ECB: exchange rates by month."""

from __future__ import annotations

from chokepoint.landing.contracts import SourceContract, amount, month

ECB_EXCHANGE_RATES = SourceContract(
    source_id="ecb_exchange_rates",
    title="ECB: US dollars for one euro, monthly mean",
    file_pattern="ecb_exchange_rates.csv.gz",
    columns=(month(), amount("usd_per_eur", "decimal(12,6)", positive=True)),
    key=("period",),
    period_sql="left(period, 4)",
    part_columns=("period",),
    frequency="monthly",
)

CONTRACTS = (ECB_EXCHANGE_RATES,)
