"""Imputed masses against plain Python, on the bundled BACI rows and on made-up flows."""

import csv
import gzip
import math
import statistics
from collections import defaultdict
from fractions import Fraction

import pytest
from model_laboratory import ModelLaboratory

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"


def oracle(imports):
    """supplier -> (value, mass or None) of one reporter: supplier -> imputed mass or None."""
    unit_values = [value / mass for value, mass in imports.values() if mass]
    median = statistics.median(unit_values) if unit_values else None
    return {
        supplier: median and value / median
        for supplier, (value, mass) in imports.items()
        if mass is None
    }


@pytest.fixture(scope="module")
def bundled():
    """(year, product, importer) -> exporter -> (USD, kg or None), straight from the file."""
    flows = defaultdict(dict)
    with gzip.open(SEEDS / "deliveries" / "baci_hs92_bilateral.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            importer, exporter = (
                row[name].replace("S19", "TWN") for name in ("importer_iso3", "exporter_iso3")
            )
            mass = Fraction(row["quantity_t"]) * 1000 if row["quantity_t"] else None
            flows[row["year"], row["hs6"], importer][exporter] = (
                Fraction(row["value_kusd"]) * 1000,
                mass,
            )
    return flows


@pytest.fixture(scope="module")
def members():
    with (SEEDS / "reference" / "eu_membership.csv").open(encoding="utf-8") as file:
        return {row["iso3"] for row in csv.DictReader(file) if not row["left_on"]}


def test_every_member_and_the_eu27_equal_plain_python(bundled, members, published):
    """All rows of scope `all` of the EU27 and its members, in the years with members."""
    expected, stated = {}, defaultdict(lambda: defaultdict(Fraction))
    eu27 = defaultdict(list)
    for (year, product, importer), imports in bundled.items():
        if importer not in members:
            continue
        for supplier, mass in oracle(imports).items():
            expected[year, product, importer, supplier] = mass
            eu27[year, product, supplier].append(mass)
        for supplier, (_, mass) in imports.items():
            for reporter in (importer, "EU27"):
                stated[year, product, reporter][supplier] += mass or 0
    for (year, product, supplier), masses in eu27.items():
        expected[year, product, "EU27", supplier] = None if None in masses else sum(masses)
    found = {
        key: (imputed, share)
        for *key, imputed, share in published.execute(
            """
            select period, product_code, reporter_code, partner_iso3,
                imputed_mass_kg, mass_share_imputed
            from marts.fct_imputed_masses as masses
            semi join marts.dim_country as countries
                on masses.reporter_code = countries.country_iso3 and countries.is_eu27_member
            where source_id = 'baci_hs92_bilateral' and supplier_scope = 'all'
            union all
            select period, product_code, reporter_code, partner_iso3,
                imputed_mass_kg, mass_share_imputed
            from marts.fct_imputed_masses
            where
                source_id = 'baci_hs92_bilateral' and supplier_scope = 'all'
                and reporter_code = 'EU27'
            """
        ).fetchall()
        for key in [tuple(key)]
    }
    assert found.keys() == expected.keys()
    assert len(found) > 1000
    imputed_of_cell = defaultdict(dict)
    for (*cell, supplier), mass in expected.items():
        imputed_of_cell[tuple(cell)][supplier] = mass
    for key, (mass, share) in found.items():
        *cell, supplier = key
        wanted, masses = expected[key], imputed_of_cell[tuple(cell)]
        if wanted is None:
            assert mass is None, key
        else:
            assert math.isclose(mass, wanted, rel_tol=1e-11, abs_tol=1e-7), key
        if None in masses.values():
            assert share is None, key
            continue
        known = stated[tuple(cell)]
        total = sum(known.values()) + sum(masses.values())
        own = known[supplier] + wanted
        # Imputed masses have nine decimals.
        nearest = 1e-9 / float(total)
        assert math.isclose(share, own / total, rel_tol=1e-10, abs_tol=nearest), key


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(manifest, "fct_imputed_masses", stand_ins=["int_trade__flows"])
    made.fill_bundled("eu_membership")
    yield made
    made.close()


def flow(supplier, value, mass, **changes):
    return {
        "source_id": "s",
        "flow": "import",
        "frequency": "annual",
        "period": "2024",
        "reporter_code": "GBR",
        "partner_code": supplier,
        "partner_kind": "country",
        "nomenclature": "HS2017",
        "product_code": "280530",
        "currency": "EUR",
        "value_in_currency": value,
        "net_mass_kg": mass,
        **changes,
    }


def masses(laboratory, flows):
    laboratory.fill("int_trade__flows", flows)
    return {row["partner_iso3"]: row for row in laboratory.rows("fct_imputed_masses")}


def test_the_median_of_the_reporter_is_used_and_the_share_is_of_all(laboratory):
    flows = [flow("CHN", 100, 10), flow("USA", 300, 10), flow("JPN", 400, 20)]
    flows.append(flow("KOR", 60, None))
    (row,) = masses(laboratory, flows).values()
    # Unit values 10, 30 and 20: 60 / 20 = 3 kg of 43.
    assert row["partner_iso3"] == "KOR"
    assert (row["median_unit_value_eur_per_kg"], row["imputed_mass_kg"]) == (20, 3)
    assert (row["net_mass_kg"], row["mass_share"], row["unit_value_count"]) == (None, None, 3)
    assert row["mass_share_imputed"] == pytest.approx(3 / 43, rel=1e-11)
    assert (row["cell_net_mass_kg"], row["cell_mass_with_imputed_kg"]) == (40, 43)
    squares = (10**2 + 10**2 + 20**2 + 3**2) / 43**2
    assert row["cell_hhi_mass_imputed"] == pytest.approx(squares, rel=1e-11)


def test_without_any_stated_mass_nothing_is_imputed(laboratory):
    other = flow("CHN", 1, 1, product_code="850511")
    found = masses(laboratory, [flow("CHN", 5, None), flow("USA", 7, None), other])
    assert set(found) == {"CHN", "USA"}
    for row in found.values():
        assert (row["imputed_mass_kg"], row["mass_share_imputed"]) == (None, None)
        assert row["unit_value_count"] == 0
        assert "unit value" in row["missing_reason"]


def test_a_source_without_masses_is_left_out(laboratory):
    assert masses(laboratory, [flow("CHN", 5, None)]) == {}


def test_complete_masses_leave_no_row(laboratory):
    assert masses(laboratory, [flow("CHN", 5, 1), flow("USA", 7, 2)]) == {}


def test_zero_mass_and_unknown_partners_give_no_unit_value(laboratory):
    found = masses(
        laboratory,
        [
            flow("CHN", 10, 1),
            flow("USA", 7, 0),
            flow("QX", 900, 1, partner_kind="pseudo_partner"),
            flow("KOR", 20, None),
        ],
    )
    assert found["KOR"]["median_unit_value_eur_per_kg"] == 10
    assert found["KOR"]["imputed_mass_kg"] == 2
    # Shares are of all mass, the HHI of named suppliers.
    assert found["KOR"]["mass_share_imputed"] == pytest.approx(2 / 4, rel=1e-11)
    assert found["KOR"]["cell_hhi_mass_imputed"] == pytest.approx((1 + 4) / 9, rel=1e-11)


def test_one_member_that_can_not_be_imputed_leaves_the_eu27_open(laboratory):
    baci = {"source_id": "baci_hs92_bilateral", "nomenclature": "HS1992"}
    flows = [
        flow("CHN", 10, 1, reporter_code="DEU", **baci),
        flow("KOR", 20, None, reporter_code="DEU", **baci),
        flow("KOR", 20, None, reporter_code="FRA", **baci),
    ]
    laboratory.fill("int_trade__flows", flows)
    found = {
        (row["reporter_code"], row["partner_iso3"]): row
        for row in laboratory.rows("fct_imputed_masses")
        if row["supplier_scope"] == "all"
    }
    assert found["DEU", "KOR"]["imputed_mass_kg"] == 2
    assert found["FRA", "KOR"]["imputed_mass_kg"] is None
    assert found["EU27", "KOR"]["imputed_mass_kg"] is None
    assert found["EU27", "KOR"]["missing_reason"]
