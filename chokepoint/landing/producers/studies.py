"""Tables that came once: shares of world supply of the EC study on critical raw materials 2023, and
the reliance of EU27 sectors on inputs from each country, of the OECD's ICIO."""

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

ICIO_INPUT_RELIANCE = SourceContract(
    source_id="icio_input_reliance",
    title="OECD ICIO 2022: input reliance of EU27 sectors",
    file_pattern="icio_input_reliance.csv.gz",
    columns=(
        text("eu27_sector"),
        country("source"),
        amount("direct_inputs_per_output", "decimal(18,8)"),
        fraction("share_of_direct_inputs", "decimal(18,8)"),
        amount("total_requirement_per_output", "decimal(18,8)"),
        fraction("share_of_total_requirement", "decimal(18,8)"),
        amount("of_which_from_C26_per_output", "decimal(18,8)"),
    ),
    key=("eu27_sector", "source"),
    # The file has no year column: it is the table of 2022.
    period_sql="'2022'",
    frequency="once",
)

CONTRACTS = (CRM2023_GLOBAL_SUPPLY, ICIO_INPUT_RELIANCE)
