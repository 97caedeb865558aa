"""Every row and figure of the compiled facts is in the seeds and landed files.

Reads the facts beside the project, which users do not have. Reshaping that is allowed:
headers renamed, own columns added, files split; rows are compared as multisets of their cells.
"""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from chokepoint.settings import PROJECT_DIR

ROOT = PROJECT_DIR
SEEDS = ROOT / "seeds"
FACTS = ROOT.parent / "shared" / "facts"

pytestmark = pytest.mark.shared

# facts file -> file under seeds/
COPIES = {
    "baci_hs92_bilateral_annual.csv.gz": "deliveries/baci_hs92_bilateral.csv.gz",
    "chips_comext_categories_2022_2024.csv": "trade/chips_comext_categories.csv",
    "chips_comext_top10_partners_2022_2024.csv": "trade/chips_comext_top10_partners.csv",
    "chips_hs8542_top5_suppliers_2022_2024.csv": "trade/chips_hs8542_top5_suppliers.csv",
    "chips_hs8542_totals_2022_2024.csv": "trade/chips_hs8542_totals.csv",
    "cn8_crosswalk.csv": "measures/cn8_crosswalk.csv",
    "company_exposure.csv": "companies/company_exposure.csv",
    "countries.csv": "reference/countries.csv",
    "crm2023_eu_sourcing_shares.csv": "production/crm2023_eu_sourcing_shares.csv",
    "crm2023_global_supply_shares.csv": "deliveries/crm2023_global_supply.csv.gz",
    "crm2023_use_shares.csv": "production/crm2023_use_shares.csv",
    "crm_sr_ei_history_2011_2023.csv": "production/crm_criticality_history.csv",
    "crma_materials.csv": "reference/crma_materials.csv",
    "ecb_usd_per_eur_monthly.csv": "deliveries/ecb_exchange_rates.csv.gz",
    "eol_rir_2023.csv": "production/eol_rir.csv",
    "eu27_foreign_input_reliance_2022.csv": "deliveries/icio_input_reliance.csv.gz",
    "eu27_imports_cn8_2022_2024.csv": "deliveries/comext_cn8_imports.csv.gz",
    "eu27_trade_figures_2010_2023.csv.gz": "deliveries/baci_eu27_figures_2010_2023.csv.gz",
    "eu27_trade_figures_hs17_2024.csv.gz": "deliveries/baci_eu27_figures_2024.csv.gz",
    "eu_membership.csv": "reference/eu_membership.csv",
    "events.csv": "events/events.csv",
    "gacc_exports_press_figures.csv": "trade/gacc_exports_press_figures.csv",
    "licensing_stats.csv": "licensing/licensing_stats.csv",
    "macro_facts.csv": "reference/macro_facts.csv",
    "material_codes.csv": "reference/material_codes.csv",
    "measure_scope.csv": "measures/measure_scope.csv",
    "measure_status.csv": "measures/measure_status.csv",
    "measures.csv": "measures/measures.csv",
    "policy_benchmarks.csv": "reference/policy_benchmarks.csv",
    "uk_imports_monthly_2024_2026.csv.gz": "deliveries/hmrc_imports_monthly.csv.gz",
    "usgs_annual_prices.csv": "deliveries/usgs_annual_prices.csv.gz",
    "wgi_2010_2023.csv.gz": "deliveries/wgi_estimates.csv.gz",
    "world_mining_production_2018_2024.csv": "deliveries/wmd_production.csv.gz",
    "worldbank_metal_prices_monthly.csv": "deliveries/worldbank_metal_prices.csv.gz",
}
# Dated facts found since, which belong into several tables.
WAITING = {"facts_additions_2026_11.csv"}
RENAMED = {
    "crm_sr_ei_history_2011_2023.csv": {
        "Material": "material",
        "Year": "assessment_year",
        "SR": "supply_risk",
        "EI": "economic_importance",
    },
}
# Rows of ours beside those of the facts, by how their cells begin: facts A003 (items) and A005
# (claims), and CN codes of the alloys and mixtures of No. 57/2025.
OF_57 = ("CN-2025-57", "holmium;erbium;thulium;europium;ytterbium")
OWN_ROWS = {
    "measure_scope.csv": {("P0350",), ("P0351",), ("P0352",), ("P0353",), ("P0354",)},
    "measure_status.csv": {("S097",), ("S098",), ("S099",), ("S100",), ("S101",), ("S102",)},
    "cn8_crosswalk.csv": {(*OF_57, code) for code in ("28053010", "28053080", "28469090")},
}
# columns the seeds have and the facts do not: our own, or empty to give two files one shape
ADDED = {
    "measure_status.csv": {"valid_to_is_inclusive"},
    "eu27_trade_figures_2010_2023.csv.gz": {"quantity_t"},
}


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_every_facts_file_is_bundled_or_known_to_wait():
    assert {path.name for path in FACTS.iterdir()} == set(COPIES) | WAITING


@pytest.mark.parametrize("facts_name", COPIES)
def test_every_row_of_the_facts_is_bundled(facts_name: str):
    facts_header, facts_rows = read(FACTS / facts_name)
    header, rows = read(SEEDS / COPIES[facts_name])
    names = [RENAMED.get(facts_name, {}).get(name, name) for name in facts_header]
    assert set(header) - set(names) == ADDED.get(facts_name, set())

    order = [header.index(name) for name in names]
    ours = Counter(tuple(row[index] for index in order) for row in rows)
    theirs = Counter(map(tuple, facts_rows))
    assert list((theirs - ours).items())[:3] == []
    own = {row for row in ours for key in OWN_ROWS.get(facts_name, ()) if row[: len(key)] == key}
    assert [row for row in ours - theirs if row not in own][:3] == []
