"""Who produces what: World Mining Data, and the EC study on critical raw materials 2023."""

from __future__ import annotations

from orchestration.sources.contracts import (
    Check,
    Column,
    SourceContract,
    amount,
    country,
    fraction,
    one_of,
    text,
    year,
)

WMD_PRODUCTION = SourceContract(
    source_id="wmd_production",
    title="World Mining Data: mine production by mineral and country",
    file_pattern="production/wmd_production.csv.gz",
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

CRM2023_GLOBAL_SUPPLY = SourceContract(
    source_id="crm2023_global_supply",
    title="EC critical raw materials study 2023: shares of world supply",
    file_pattern="production/crm2023_global_supply.csv.gz",
    columns=(
        text("material"),
        one_of("stage", ("extraction", "processing")),
        text("country_as_printed"),
        country("iso3"),
        text(
            "share_text",
            Check(
                r"regexp_full_match(share_text, '<?\s*\d+(\.\d+)?\s*%')",
                "not a percentage as the study prints it",
                "Write it like 12.5% or <0.1%.",
            ),
        ),
        fraction("share", "decimal(18,12)"),
        Column("is_below_detection", "boolean"),
        amount("trade_parameter_t", "decimal(6,3)", positive=True),
    ),
    key=("material", "stage", "country_as_printed"),
    period_sql="'2023'",
    frequency="once",
)

CONTRACTS = (WMD_PRODUCTION, CRM2023_GLOBAL_SUPPLY)
