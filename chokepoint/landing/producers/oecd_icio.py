"""OECD ICIO: how much EU27 sectors rely on inputs from each source country."""

from __future__ import annotations

from chokepoint.landing.columns import amount, country, fraction, text
from chokepoint.landing.contracts import SourceContract

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

CONTRACTS = (ICIO_INPUT_RELIANCE,)
