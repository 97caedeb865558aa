"""HM Revenue & Customs: monthly imports of the United Kingdom by HS6 product."""

from __future__ import annotations

from orchestration.sources.contracts import SourceContract, amount, country, hs6, month

IMPORTS_MONTHLY = SourceContract(
    source_id="hmrc_imports_monthly",
    title="HMRC: UK imports by month and HS6",
    file_pattern="trade/hmrc_imports_monthly.csv.gz",
    columns=(
        month(),
        hs6(),
        country("partner_iso3"),
        amount("value_usd"),
        amount("net_mass_kg"),
    ),
    key=("period", "hs6", "partner_iso3"),
    period_sql="period",
    frequency="monthly",
)

CONTRACTS = (IMPORTS_MONTHLY,)
