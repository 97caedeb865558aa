"""The dbt sources and the landing contracts describe the same tables."""

from __future__ import annotations

from functools import cache

import pytest
import yaml

from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import PROJECT_DIR

# Tables that landing keeps about itself.
OWN_TABLES = {"deliveries", "quarantined_rows"}


@cache
def source_tables() -> dict[str, list[tuple[str, str]]]:
    return {
        table["name"]: [(column["name"], column["data_type"]) for column in table["columns"]]
        for path in (PROJECT_DIR / "models" / "staging").glob("*/*.yml")
        for source in yaml.safe_load(path.read_text()).get("sources", [])
        for table in source["tables"]
    }


def test_every_contract_is_a_dbt_source_and_the_other_way_round():
    """A source without a contract would be an empty view for ever."""
    assert set(source_tables()) - OWN_TABLES == set(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.source_id)
def test_dbt_source_has_the_columns_of_the_contract(contract):
    """A type that differs would be documented wrongly, and empty sources typed wrongly."""
    columns = [(column.name, column.duckdb_type) for column in contract.columns]
    assert source_tables()[contract.source_id] == columns
