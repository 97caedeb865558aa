"""Checks of definitions and assessment inputs: faults are refused, named by file and line."""

import json
import re
from dataclasses import replace

import pytest
from model_laboratory import laboratory_of
from reading_kit import table

from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.project import seed_locator
from chokepoint.warehouse.results import dbt_check_results

SEEDS = (
    "dependency_definitions", "dependency_conditions", "strategic_products", "trade_sources",
    "crm2017_assessment_inputs", "crm2023_eu_sourcing_shares",
)  # fmt: skip
MODELS = (
    "dependency_definitions", "dependency_conditions", "strategic_products",
    "stg_reference__trade_sources", "stg_reference__countries", "stg_production__crm2017_inputs",
    "crm2023_eu_sourcing_shares",
)  # fmt: skip


laboratory = laboratory_of(*MODELS, bundled=["countries"])


def rows_of(seed):
    return [{name: cell or None for name, cell in row.items()} for row in table(seed)]


def failing(laboratory, manifest, **changed):
    """Names of the dbt tests on these models that fail with some seeds changed."""
    for seed in SEEDS:
        laboratory.fill(seed, changed.get(seed) or rows_of(seed))
    for name in MODELS:
        laboratory.rows(name)
    found = laboratory.failing(manifest, *MODELS)
    return {re.sub(r"^stg_\w+?__", "", name) for name in found}


def with_changes(*faults):
    """The seeds in which some rows are wrong, from (seed, values of the row, changes) of each."""
    seeds = {}
    for seed, match, changes, *_ in faults:
        rows = seeds.setdefault(seed, rows_of(seed))
        (row,) = [row for row in rows if all(row[k] == v for k, v in match.items())]
        row.update(changes)
    return seeds


def test_the_bundled_seeds_pass(laboratory, manifest):
    assert failing(laboratory, manifest) == set()


CBS = {"definition_id": "cbs_concentrated"}
# Rows to change: the seed, and what is on the row.
CONDITION = ("dependency_conditions", CBS)
STRATEGIC = ("strategic_products", {"product_code": "260500"})
HMRC = ("trade_sources", {"source_id": "hmrc_imports_monthly"})
ANTIMONY = ("crm2017_assessment_inputs", {"material": "Antimony"})
AGGREGATES = ("crm2023_eu_sourcing_shares", {"material": "Aggregates", "iso3": "AUT"})
COMPUTED = "dependency_conditions__indicator_is_computed"
OF_THE_HS = "strategic_products__product_code_is_of_the_hs"
# Those of a list are refused by one check each, and so are tried together.
FAULTS = [
    [
        (*CONDITION, {"indicator_id": "import_hhii"}, COMPUTED),
        (*STRATEGIC, {"product_code": "999999"}, OF_THE_HS),
        (*HMRC, {"source_rank": None}, "trade_sources__one_source_per_rank"),
        (*ANTIMONY, {"HHI_WGI_t_GS": "n/a"}, "crm2017_inputs__hhis_are_numbers_or_blank"),
        (*ANTIMONY, {"SI_SR": "zero point nine"}, "crm2017_inputs__shares_are_numbers_or_blank"),
        (*ANTIMONY, {"EoL_RIR_pct": "130"}, "crm2017_inputs__percents_are_numbers_or_blank"),
        (*ANTIMONY, {"IR_pct": "9,5"}, "crm2017_inputs__import_reliances_are_numbers_or_blank"),
        (*ANTIMONY, {"SR_published": "5.2x"},
         "crm2017_inputs__printed_figures_are_numbers_or_blank"),
        (*AGGREGATES, {"share": "0.5"}, "crm2023_eu_sourcing_shares__shares_are_of_one_whole"),
    ],
    [
        (*CONDITION, {"indicator_id": "chn_share_extra_eu"}, COMPUTED),
        (*STRATEGIC, {"product_code": "2605"}, OF_THE_HS),
        (*HMRC, {"source_id": "gacc_imports_monthly"}, "trade_sources__one_row_per_source"),
        (*ANTIMONY, {"HHI_WGI_t_EU28": "-7.1"}, "crm2017_inputs__hhis_are_numbers_or_blank"),
        (*ANTIMONY, {"SI_SR": "NaN"}, "crm2017_inputs__shares_are_numbers_or_blank"),
    ],
    [(*CONDITION, {"indicator_id": "chn_share_extra_eu", "partner_iso3": "BRA"}, COMPUTED)],
    [(*CONDITION, {"indicator_id": "xyz_share_extra_eu", "partner_iso3": "XYZ"},
      "dependency_conditions__partner_exists")],
]  # fmt: skip


@pytest.mark.parametrize("faults", FAULTS)
def test_faults_in_cells_are_refused(laboratory, manifest, faults):
    refused = {check for *_, check in faults}
    assert failing(laboratory, manifest, **with_changes(*faults)) == refused


def test_blank_inputs_and_reliance_of_net_exporters_pass(laboratory, manifest):
    blank = (*ANTIMONY, {"SI_SR": None, "IR_pct": "-25"})
    assert failing(laboratory, manifest, **with_changes(blank)) == set()


def test_a_definition_without_conditions_is_refused(laboratory, manifest):
    conditions = [row for row in rows_of("dependency_conditions") if row | CBS != row]
    assert failing(laboratory, manifest, dependency_conditions=conditions) == {
        "dependency_definitions__has_a_condition"
    }


def test_a_failed_check_names_file_line_and_remedy(manifest):
    """A row of the staging view is found again in the seed, whatever its columns are called."""
    name = next(n for n in manifest["nodes"] if ".dependency_conditions__claims." in n)
    row = next(
        row for row in rows_of("dependency_conditions") if row["definition_id"] == "merics_2020"
    )
    lines = (PROJECT_DIR / "seeds/reference/dependency_conditions.csv").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if text.startswith("merics_2020"))
    sample = json.dumps([row | {"threshold": "0.500000", "condition_number": 1}])
    entry = {"unique_id": name, "status": "fail", "failures": 1, "compiled_code": "select 1"}
    results = dbt_check_results(
        {"results": [entry]}, Project(manifest), lambda sql: sample, seed_locator(Settings()),
        lambda sql: [("indicator_is_computed", 1, "select 2")],
    )  # fmt: skip
    (result,) = [result for result in results if result.status == "fail"]
    path = "seeds/reference/dependency_conditions.csv"
    assert f"{path}, line {line}; correct it there, or git checkout -- {path}" in result.observed


def test_rows_twice_in_a_seed_are_both_named(tmp_path):
    (tmp_path / "twice.csv").write_text("id,name\na,one\nb,two\na,three\n")
    locate = seed_locator(replace(Settings(), project_dir=tmp_path))
    assert locate("twice.csv", '[{"id": "a", "count_of_rows": 2}]') == [2, 4]
    assert locate("twice.csv", '[{"id": "b", "name": "two"}]') == [3]
    assert locate("twice.csv", '[{"id": "z"}]') == []
