"""Eurostat Comext: EU27 imports by CN8 product, and the monthly bulk files of all members."""

from __future__ import annotations

from orchestration.sources.contracts import (
    Check,
    Column,
    SourceContract,
    amount,
    cn8,
    country,
    country_alpha2,
    month,
    one_of,
    text,
    year,
)

CN8_IMPORTS = SourceContract(
    source_id="comext_cn8_imports",
    title="Comext: EU27 imports by CN8",
    file_pattern="trade/comext_cn8_imports.csv.gz",
    columns=(year(), cn8(), country("partner"), amount("value_eur")),
    key=("year", "cn8", "partner"),
    period_sql="year::varchar",
    frequency="annual",
)

BULK_MONTHLY = SourceContract(
    source_id="comext_bulk_monthly",
    title="Comext: trade of the members by month, CN8 and partner",
    file_pattern=None,
    columns=(
        month(),
        country_alpha2("reporter"),
        country_alpha2("partner"),
        one_of("trade_type", ("I", "E")),
        text(
            "product_nc",
            Check(
                r"""regexp_full_match("product_nc", '[0-9]{2}[0-9A-Z]{6}')""",
                "not a product code of eight characters",
                "Leave totals and chapters out; confidential codes hold letters after the chapter.",
            ),
        ),
        one_of("flow", ("1", "2")),
        text("stat_procedure"),
        Column("suppl_unit", "varchar", nullable=True),
        amount("value_eur"),
        amount("quantity_kg", nullable=True),
        amount("quantity_suppl_unit", nullable=True),
    ),
    key=(
        "period",
        "reporter",
        "partner",
        "trade_type",
        "product_nc",
        "flow",
        "stat_procedure",
        "suppl_unit",
    ),
    period_sql="period",
    frequency="monthly",
    has_alpha2_codes=True,
)

CONTRACTS = (CN8_IMPORTS, BULK_MONTHLY)
