"""Eurostat Comext: EU27 imports by CN8 product."""

from __future__ import annotations

from orchestration.sources.contracts import SourceContract, amount, cn8, country, year

CN8_IMPORTS = SourceContract(
    source_id="comext_cn8_imports",
    title="Comext: EU27 imports by CN8",
    file_pattern="trade/comext_cn8_imports.csv.gz",
    columns=(year(), cn8(), country("partner"), amount("value_eur")),
    key=("year", "cn8", "partner"),
    period_sql="year::varchar",
    frequency="annual",
)

CONTRACTS = (CN8_IMPORTS,)
