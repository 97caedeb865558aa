"""The raw tables are documented and the reference lists know every code in them."""

import csv
from fnmatch import fnmatchcase
from functools import cache

import pytest
import yaml
from reading_kit import table

from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
# Deliveries written by hand land like all others; dbt does not load them.
SEED_FILES = sorted(path for path in SEEDS.glob("*/*.csv") if path.parent.name != "deliveries")

# Partner and product columns of the landed files. A code that no list knows would be
# quarantined, or stand in a mart without a name.
PARTNER_COLUMNS = {
    "baci_hs92_bilateral": ["exporter_iso3", "importer_iso3"],
    "baci_hs17_bilateral": ["exporter_iso3", "importer_iso3"],
    "baci_eu27_figures": ["partner_iso3"], "comext_cn8_imports": ["reporter", "partner"],
    "hmrc_imports_monthly": ["partner_iso3"], "wmd_production": ["iso3"],
    "crm2023_global_supply": ["iso3"], "wgi_estimates": ["iso3"],
    "icio_input_reliance": ["source"], "exposure_sites": ["country_iso3"],
}  # fmt: skip
TRADE = [
    "baci_hs92_bilateral", "baci_hs17_bilateral", "baci_eu27_figures", "hmrc_imports_monthly",
    "comext_cn8_imports",
]  # fmt: skip


def values_of(source_id: str, columns: list[str]) -> set[str]:
    paths = sorted(SEEDS.glob(f"deliveries/{source_id}*.csv*"))
    assert paths, f"no bundled file of {source_id}"
    rows = (row for path in paths for row in table(path.name.partition(".")[0]))
    return {row[name] for row in rows for name in columns} - {""}


@cache
def documented_seeds() -> dict[str, dict]:
    return {
        entry["name"]: entry
        for path in SEEDS.glob("*/_*__seeds.yml")
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"]
    }


def test_each_seed_is_documented_and_each_document_has_its_seed():
    assert set(documented_seeds()) == {path.stem for path in SEED_FILES}


@pytest.mark.parametrize("path", SEED_FILES, ids=lambda path: path.stem)
def test_seed_document_names_every_column_its_type_and_its_source(path):
    entry = documented_seeds()[path.stem]
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert list(entry["config"]["column_types"]) == header
    assert [column["name"] for column in entry["columns"]] == header
    assert all(column["description"].endswith((".", "}}")) for column in entry["columns"])
    meta = entry["config"]["meta"]
    assert meta["licence_url"]
    assert meta["data_origin"] in {"real", "press_claim", "own_mapping", "synthetic"}


@pytest.mark.parametrize("path", SEED_FILES, ids=lambda path: path.stem)
def test_seed_is_plain_utf8_and_each_row_has_a_cell_per_column(path):
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")
    content.decode("utf-8")
    with path.open(encoding="utf-8", newline="") as file:
        header, *others = csv.reader(file)
    assert [row for row in others if len(row) != len(header)] == []


def test_source_ids_are_unique():
    seeds = documented_seeds()
    ids = [seeds[name]["config"]["meta"].get("source_id", name) for name in seeds]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("source_id", PARTNER_COLUMNS)
def test_every_partner_code_of_the_landed_files_is_known(source_id):
    column = "iso2" if CONTRACTS[source_id].has_alpha2_codes else "iso3"
    known = {row[column] for row in table("countries")}
    known |= {
        row["partner_code"]
        for row in table("partner_codes")
        if fnmatchcase(source_id, row["source_id"])
    }
    assert values_of(source_id, PARTNER_COLUMNS[source_id]) - known == set()


@pytest.mark.parametrize("source_id", TRADE)
def test_every_product_code_of_the_landed_files_has_a_name(source_id):
    family, column = ("CN", "cn8") if source_id == "comext_cn8_imports" else ("HS", "hs6")
    named = {
        row["product_code"] for row in table("products") if row["nomenclature_family"] == family
    }
    assert values_of(source_id, [column]) - named == set()


def test_inclusive_ends_are_the_ones_the_texts_state():
    """A wrong flag moves the end of a state by a day; the list is in decision record 0002."""
    rows = table("measure_status")
    inclusive = {row["status_id"] for row in rows if row["valid_to_is_inclusive"] == "Y"}
    assert inclusive == {
        "S029", "S059", "S061", "S064", "S066", "S068", "S069", "S071", "S074", "S075", "S078",
        "S079", "S080", "S084", "S089", "S093",
    }  # fmt: skip
    assert all((row["valid_to_is_inclusive"] == "") == (row["valid_to"] == "") for row in rows)


def test_every_word_for_a_state_is_mapped():
    used = {row["status"] for row in table("measure_status")}
    mapped = {row["status_raw"] for row in table("measure_state_map")}
    assert used == mapped
