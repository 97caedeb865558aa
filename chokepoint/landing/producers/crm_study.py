"""The EC study on critical raw materials 2023: shares of world supply."""

from __future__ import annotations

from chokepoint.landing.columns import amount, country, fraction, one_of, text
from chokepoint.landing.contracts import Column, SourceContract

CRM2023_GLOBAL_SUPPLY = SourceContract(
    source_id="crm2023_global_supply",
    title="EC critical raw materials study 2023: shares of world supply",
    file_pattern="crm2023_global_supply.csv.gz",
    columns=(
        text("material"),
        one_of("stage", ("extraction", "processing")),
        text("country_as_printed"),
        country("iso3"),
        text("share_text").must(
            r"regexp_full_match(share_text, '<?\s*\d+(\.\d+)?\s*%')",
            "not a percentage as the study prints it",
            "Write it like 12.5% or <0.1%.",
        ),
        fraction("share", "decimal(18,12)"),
        Column("is_below_detection", "boolean"),
        amount("trade_parameter_t", "decimal(6,3)", positive=True),
    ),
    key=("material", "stage", "country_as_printed"),
    period_sql="'2023'",
    frequency="once",
)

CONTRACTS = (CRM2023_GLOBAL_SUPPLY,)
