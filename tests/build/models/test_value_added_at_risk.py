"""Value added at risk and use of materials, on made-up materials, worked by hand."""

from __future__ import annotations

import pytest
from model_laboratory import laboratory_of
from reading_kit import named
from test_ces_loss import exact

USES = [
    ("Gallium", "chips", "C26", "0.6", 77000), ("Gallium", "lamps", "C27", "0.3", 90000),
    ("Gallium", "magnets", "C27", None, 90000), ("Gallium", "other", None, "0.05", None),
    ("Erbium", "glass", "C23", "1", 65000), ("Sand", "glass", "C23", "1", 65000),
]  # fmt: skip
SUPPLY = [
    ("Gallium", "processing", "CHN", "0.7"), ("Gallium", "processing", "DEU", "0.2"),
    ("Gallium", "extraction", "USA", "0.5"), ("Gallium", "extraction", "DEU", "0.5"),
    ("Sand", "extraction", "DEU", "1"),
]  # fmt: skip
IMPORTS = [
    ("HS2017", "811292", "2020", "baci_eu27_figures", 30e6),
    ("HS2017", "811292", "2021", "baci_eu27_figures", 50e6),
    ("CN2024", "81129289", "2024", "comext_cn8_imports", 12e6),
    ("CN2024", "81129289", "2023", "comext_cn8_imports", 10e6),
]


laboratory = laboratory_of(
    "fct_value_added_at_risk", "fct_sector_material_use",
    stand_ins=[
        "stg_production__crm2023_uses", "int_production__supply_shares", "int_trade__eu27_members",
        "stg_reference__material_codes", "int_trade__concentration",
    ],
    stg_production__crm2023_uses=named(
        "material application nace_division share value_added_meur nace_label",
        [(*row, row[2]) for row in USES],
    ),
    int_production__supply_shares=named(
        "assessment_id supply_side material stage country_iso3 share_low share_high",
        [("ec2023", "eu", *row, row[3]) for row in SUPPLY]
        + [("ec2023", "global", "Gallium", "processing", "CHN", "0.98", "0.98")],
    ),
    int_trade__eu27_members=[{"member_iso3": "DEU"}],
    stg_reference__material_codes=named(
        "material nomenclature product_code match_quality",
        [("gallium", "HS2017", "811292", "shared"),
         ("Unwrought gallium", "CN2024", "81129289", "exact")],
    ),
    material_names=named(
        "list_id name_in_list material", [("material_codes", "Unwrought gallium", "Gallium")]
    ),
    int_trade__concentration=named(
        "nomenclature product_code period source_id import_value_eur reporter_code supplier_scope"
        " frequency",
        [(*row, "EU27", "extra_eu", "annual") for row in IMPORTS],
    ),
    ces_parameters=named(
        "parameter bound value",
        [("sigma", "low", 0.04), ("sigma", "high", 1.0), ("alpha", "low", 0.0),
         ("alpha", "high", 1.0)],
    ),
    icio_sector_divisions=[{"nace_division": "C26", "sector_code": "C26"}],
)  # fmt: skip


def row_of(laboratory, model, **key):
    (row,) = laboratory.rows(model, **key)
    return row


def at_risk(laboratory, material, division, country):
    key = {"material": material, "nace_division": division, "shock_country_iso3": country}
    return row_of(laboratory, "fct_value_added_at_risk", **key)


def test_a_row_worked_by_hand(laboratory):
    """Gallium in electronics, China. Half of the supply comes from outside the EU at least."""
    row = at_risk(laboratory, "Gallium", "C26", "CHN")
    assert row["alpha_low"] == pytest.approx(10e6 * 0.6 / 77e9, rel=1e-11)
    assert row["alpha_high"] == pytest.approx(50e6 / 0.5 * 0.6 / 77e9, rel=1e-11)
    assert (row["alpha_low_basis"], row["alpha_high_basis"]) == ("computed", "computed")
    # China is not among those that mine it; a tenth of what is refined is of unknown origin.
    assert row["shock_low"] == 0
    assert row["shock_high"] == pytest.approx(0.8, rel=1e-11)
    assert row["loss_share_low"] == 0
    assert row["loss_share_high"] == pytest.approx(exact(row["alpha_high"], 0.04, 0.8), rel=1e-9)
    assert row["value_added_lost_high_meur"] == pytest.approx(
        77000 * row["loss_share_high"], rel=1e-11
    )


NO_SOURCING = "the study has no sourcing figures"


@pytest.mark.parametrize(
    ("material", "division", "country", "expected"),
    [
        # Both stages: the United States mine half and may refine the tenth that is not printed.
        ("Gallium", "C26", "USA",
         {"shock_low": 0, "shock_high": pytest.approx(1 - 0.5 * 0.9, rel=1e-11)}),
        ("Gallium", "none", "CHN",
         {"reason": "the use has no division", "value_added_lost_high_meur": None}),
        # Unknown, not safe.
        ("Erbium", "C23", "CHN",
         {"reason": NO_SOURCING, "shock_low": None, "shock_high": None, "loss_share_low": None,
          "loss_share_high": None}),
        # A cost share that is not known does not make a material of the EU alone lose anything.
        ("Sand", "C23", "CHN",
         {"alpha_high_basis": "assumed", "alpha_high": 1, "shock_high": 0, "loss_share_high": 0,
          "value_added_lost_high_meur": 0}),
    ],
)  # fmt: skip
def test_value_added_at_risk(laboratory, material, division, country, expected):
    row = at_risk(laboratory, material, division, country)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("material", "division", "expected"),
    [
        # ">0%" adds nothing to low and what the others leave, 5 %, to high.
        ("Gallium", "C27",
         {"use_share_low": 0.3, "use_share_high": 0.35, "value_added_using_low_meur": 27000,
          "value_added_using_high_meur": 90000, "uses_without_share": 1}),
        # The largest supplier is the one outside the EU.
        ("Gallium", "C26",
         {"largest_supplier_iso3": "CHN", "largest_supplier_stage": "processing",
          "largest_supplier_share_low": pytest.approx(0.7),
          "largest_supplier_share_high": pytest.approx(0.8),
          "sector_codes": "C26"}),
        ("Erbium", "C23", {"sourcing_reason": NO_SOURCING}),
        ("Sand", "C23", {"sourcing_reason": "no supplier outside the EU is printed"}),
    ],
)  # fmt: skip
def test_use_of_materials(laboratory, material, division, expected):
    key = {"material": material, "nace_division": division}
    row = row_of(laboratory, "fct_sector_material_use", **key)
    assert {name: row[name] for name in expected} == expected
