"""Every row and figure of the compiled facts, which users do not have, is in the seeds and landed
files. Headers renamed, own columns, files split are allowed: rows are multisets of cells."""

import csv
import gzip
from pathlib import Path

import duckdb
import pytest

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
FACTS = PROJECT_DIR.parent / "shared" / "facts"

pytestmark = pytest.mark.shared

# facts file -> file under seeds/
COPIES = {
    "baci_hs17_bilateral_2022_2024.csv.gz": "deliveries/baci_hs17_bilateral.csv.gz",
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
    "eu27_trade_figures_2010_2023.csv.gz": "deliveries/baci_eu27_figures_2010_2023.csv.gz",
    "eu_members_imports_cn8_2022_2024.csv.gz": "deliveries/comext_cn8_imports.csv.gz",
    "eu_membership.csv": "reference/eu_membership.csv", "events.csv": "events/events.csv",
    "gacc_exports_press_figures.csv": "trade/gacc_exports_press_figures.csv",
    "licensing_stats.csv": "licensing/licensing_stats.csv",
    "macro_facts.csv": "reference/macro_facts.csv",
    "material_codes.csv": "reference/material_codes.csv",
    "measure_scope.csv": "measures/measure_scope.csv",
    "measure_status.csv": "measures/measure_status.csv", "measures.csv": "measures/measures.csv",
    "policy_benchmarks.csv": "reference/policy_benchmarks.csv",
    "uk_imports_monthly_2024_2026.csv.gz": "deliveries/hmrc_imports_monthly.csv.gz",
    "usgs_annual_prices.csv": "deliveries/usgs_annual_prices.csv.gz",
    "wgi_2010_2023.csv.gz": "deliveries/wgi_estimates.csv.gz",
    "world_mining_production_2018_2024.csv": "deliveries/wmd_production.csv.gz",
    "worldbank_metal_prices_monthly.csv": "deliveries/worldbank_metal_prices.csv.gz",
}  # fmt: skip
# Sums of the rows of files that are bundled: they hold nothing more.
SUMS = {"eu27_imports_cn8_2022_2024.csv", "eu27_trade_figures_hs17_2024.csv.gz"}
# Dated facts found since, which are in several tables.
SPREAD = "facts_additions_2026_11.csv"
# Where each of them is: a file and how its row begins, which has the fact's source and confidence.
PLACES = {
    "A001": [("measures/measure_clauses.csv", "EU-DUALUSE-2025"), ("events/events.csv", "E080")],
    "A002": [("measures/measure_clauses.csv", "EU-DUALUSE-2024")],
    "A003": [("measures/measure_scope.csv", "P0350"), ("events/events.csv", "E078")],
    "A004": [("events/events.csv", "E079")],
    "A005": [("measures/measure_status.csv", "S097"), ("events/events.csv", "E081")],
    "A006": [("measures/law_checks.csv", "K001")], "A007": [("events/events.csv", "E082")],
    "A008": [("events/events.csv", "E083")], "A009": [("events/events.csv", "E084")],
    "A010": [("licensing/licensing_stats.csv", "L055")], "A011": [("events/events.csv", "E085")],
}  # fmt: skip
# Trade figures whose amounts stand in the list of press figures: item, period, destination, value.
PRESS = {
    "A011": ("gallium", "2025-01..2025-12", "WORLD", "62615"),
    "A012": ("rare-earth permanent magnets", "2026-01..2026-02", "WORLD", "10763"),
    "A013": ("rare-earth permanent magnets", "2026-03", "WORLD", "5238"),
    "A014": ("antimony", "2024-11..2025-02", "EU27", "0"),
}
# Left out of the bundled file: the same in every row.
CONSTANT = {"baci_hs17_bilateral_2022_2024.csv.gz": {"release": "BACI HS17 V202601"}}
RENAMED = {
    "eu_members_imports_cn8_2022_2024.csv.gz": {
        "reporter_iso2": "reporter", "partner_iso2": "partner",
    },
    "crm_sr_ei_history_2011_2023.csv": {
        "Material": "material", "Year": "assessment_year", "SR": "supply_risk",
        "EI": "economic_importance",
    },
}  # fmt: skip
# Rows of ours beside those of the facts, by how their cells begin: facts A003 (items), A005
# (claims), A010 (licences) and others (events), codes of materials that measures name without
# codes (items from P0355 on), and CN codes of the alloys and mixtures of No. 57/2025.
OF_57 = ("CN-2025-57", "holmium;erbium;thulium;europium;ytterbium")
OWN_ROWS = {
    "events.csv": {(f"E{number:03}",) for number in range(78, 86)},
    "licensing_stats.csv": {("L055",)},
    "measure_scope.csv": {(f"P{number:04}",) for number in range(350, 382)},
    "measure_status.csv": {("S097",), ("S098",), ("S099",), ("S100",), ("S101",), ("S102",)},
    "cn8_crosswalk.csv": {(*OF_57, code) for code in ("28053010", "28053080", "28469090")},
}
# Cells that are ours instead of the facts', by how their row begins: No. 56/2025 names bastnaesite,
# monazite and ion-adsorption ores, and CN 2530 90 50 holds xenotime too. A limit on mining at home
# is no quota of exports.
CORRECTED = {
    "measures.csv": {("ID-RKAB-2026",): {"measure_type": "domestic quota"}},
    "cn8_crosswalk.csv": {("CN-2025-56", "rare-earth ores", "25309050"): {"coverage": "ex"}},
}
# columns the seeds have and the facts do not: our own, or empty to give two files one shape
ADDED = {
    "crma_materials.csv": {"in_force_from"},
    "measure_status.csv": {"valid_to_is_inclusive"},
    "eu27_trade_figures_2010_2023.csv.gz": {"quantity_t"},
    "licensing_stats.csv": {"licensing_authority", "evidence_grade", "evidence_note"},
}


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_every_facts_file_is_bundled_or_a_sum_of_what_is():
    assert {path.name for path in FACTS.iterdir()} == {*COPIES, *SUMS, SPREAD}


def test_every_fact_found_since_is_in_a_table_with_its_source_and_confidence():
    header, rows = read(FACTS / SPREAD)
    facts = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert facts.keys() == PLACES.keys() | PRESS.keys()
    for fact_id, places in PLACES.items():
        fact = facts[fact_id]
        for name, key in places:
            found = [row for row in read(SEEDS / name)[1] if row[0] == key]
            assert any(
                fact["confidence"].split(" (")[0] in cell for row in found for cell in row
            ), (fact_id, name)
            assert not fact["source_url"] or any(fact["source_url"] in row for row in found), (
                fact_id
            )
    header, rows = read(SEEDS / COPIES["gacc_exports_press_figures.csv"])
    figures = {(row[0], row[1], row[3], row[4]) for row in rows}
    assert set(PRESS.values()) <= figures


@pytest.mark.parametrize("facts_name", COPIES)
def test_every_row_of_the_facts_is_bundled(facts_name):
    con = duckdb.connect()
    for name, path in (("facts", FACTS / facts_name), ("ours", SEEDS / COPIES[facts_name])):
        con.execute(
            f"create table {name} as from read_csv('{path}', all_varchar = true, header = true,"
            " delim = ',', quote = '\"', escape = '\"')"
        )
    for name, value in CONSTANT.get(facts_name, {}).items():
        assert con.execute(f"select distinct {name} from facts").fetchall() == [(value,)]
        con.execute(f"alter table facts drop column {name}")
    for name, other in RENAMED.get(facts_name, {}).items():
        con.execute(f'alter table facts rename "{name}" to "{other}"')
    names, ours = ([one[0] for one in con.execute(f"describe {name}").fetchall()]
                   for name in ("facts", "ours"))  # fmt: skip
    assert set(ours) - set(names) == ADDED.get(facts_name, set())
    cells = ", ".join(f"coalesce(\"{name}\", '')" for name in names)
    lost, more = (
        con.execute(f"select {cells} from {a} except all select {cells} from {b}").fetchall()
        for a, b in (("facts", "ours"), ("ours", "facts"))
    )
    for key, corrected in CORRECTED.get(facts_name, {}).items():
        # Where there is none, the facts are corrected: take it out.
        (row,) = (row for row in lost if row[: len(key)] == key)
        lost.remove(row)
        more.remove(tuple(map(corrected.get, names, row)))
    assert lost[:3] == []
    own = OWN_ROWS.get(facts_name, set())
    assert [row for row in more if not any(row[: len(key)] == key for key in own)][:3] == []
