"""Tables that came once: shares of world supply of the EC study on critical raw materials 2023, and
the reliance of EU27 sectors on inputs from each country, of the OECD's ICIO."""

from __future__ import annotations

from chokepoint.landing.columns import column, columns
from chokepoint.landing.contracts import SourceContract

CRM2023_GLOBAL_SUPPLY = SourceContract(
    source_id="crm2023_global_supply",
    title="EC critical raw materials study 2023: shares of world supply",
    file_pattern="crm2023_global_supply.csv.gz",
    columns=(
        *columns("material, stage one_of extraction processing, country_as_printed, iso3 country"),
        column("share_text").must(
            r"regexp_full_match(share_text, '<?\s*\d+(\.\d+)?\s*%')",
            "not a percentage as the study prints it",
            "Write it like 12.5% or <0.1%.",
        ),
        *columns(
            "share fraction decimal(18,12), is_below_detection boolean, "
            "trade_parameter_t amount decimal(6,3) positive"
        ),
    ),
    key=("material", "stage", "country_as_printed"),
    period_sql="'2023'",
    frequency="once",
)

ICIO_INPUT_RELIANCE = SourceContract(
    source_id="icio_input_reliance",
    title="OECD ICIO 2022: input reliance of EU27 sectors",
    file_pattern="icio_input_reliance.csv.gz",
    columns=columns(
        "eu27_sector, source country, direct_inputs_per_output amount decimal(18,8), "
        "share_of_direct_inputs fraction decimal(18,8), "
        "total_requirement_per_output amount decimal(18,8), "
        "share_of_total_requirement fraction decimal(18,8), "
        "of_which_from_C26_per_output amount decimal(18,8)"
    ),
    key=("eu27_sector", "source"),
    # The file has no year column: it is the table of 2022.
    period_sql="'2022'",
    frequency="once",
)

CONTRACTS = (CRM2023_GLOBAL_SUPPLY, ICIO_INPUT_RELIANCE)
