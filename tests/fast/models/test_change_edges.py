"""Bad and odd input to the metrics of change: each has a defined result."""

import pytest
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of

MODELS = ("dim_nomenclature_break", "fct_hhi_changes", "fct_derisking")
EFFECTS = ("volume_effect", "supplier_mix_effect", "price_effect", "unsplit_effect")
MILLION = 1_000_000


laboratory = laboratory_of(
    *MODELS, stand_ins=["int_trade__flows"],
    bundled=["change_thresholds", "eu_membership", "nomenclature_breaks"],
)  # fmt: skip


def flow(year, partner, value, mass=None, **more):
    """Imports of the EU27 in EUR million and tonnes."""
    mass = mass if mass is None else mass * 1000
    own = {"period": str(year), "net_mass_kg": mass}
    return flow_of("EU27", partner, value * MILLION, **own) | more


def changes(laboratory, flows):
    laboratory.fill("int_trade__flows", flows)
    where = {"supplier_scope": "extra_eu", "lag_years": 2}
    return {row["partner_iso3"]: row for row in laboratory.rows("fct_hhi_changes", **where)}


def verdicts(laboratory, flows):
    laboratory.fill("int_trade__flows", flows)
    where = {"supplier_scope": "extra_eu", "reporter_code": "EU27", "product_code": "280530"}
    return {row["partner_iso3"]: row for row in laboratory.rows("fct_derisking", **where)}


@pytest.mark.parametrize("mass", [0, None, -4], ids=["zero", "missing", "negative"])
def test_a_supplier_without_a_usable_mass_is_not_split(laboratory, mass):
    flows = [flow(2020, "CHN", 60, 10), flow(2020, "VNM", 40, 10)]
    flows += [flow(2022, "CHN", 50, 10), flow(2022, "VNM", 50, mass)]
    found = changes(laboratory, flows)
    assert found["VNM"]["split_reason"] == "supplier_mass_missing"
    assert [found["VNM"][effect] for effect in EFFECTS] == [None] * 4
    # The other one is split; what the first did to its share stays a part of its own.
    effects = [found["CHN"][effect] for effect in EFFECTS]
    assert sum(effects) == pytest.approx(-0.1, abs=1e-13)
    assert found["CHN"]["unsplit_effect"] == pytest.approx(-0.055, abs=1e-13)


def test_without_any_mass_nothing_is_split(laboratory):
    found = changes(
        laboratory, [flow(2020, "CHN", 60), flow(2022, "CHN", 50), flow(2022, "VNM", 9)]
    )
    for row in found.values():
        assert row["split_reason"] == "mass_missing"
        assert row["hhi_mass_contribution"] is None
        assert row["hhi_value_contribution"] is not None


def test_a_product_missing_in_one_year_has_no_change_and_says_so(laboratory):
    flows = [flow(2020, "CHN", 60, 1), flow(2021, "CHN", 60, 1)]
    flows += [flow(year, "CHN", 5, 1, product_code="284610") for year in (2020, 2021, 2022)]
    found = changes(laboratory, flows)
    assert {row["product_code"] for row in found.values()} == {"284610"}
    where = {"product_code": "280530", "supplier_scope": "extra_eu"}
    (row,) = laboratory.rows("fct_derisking", **where)
    assert (row["verdict"], row["certainty"]) == ("not_comparable", "no verdict")
    assert row["verdict_reason"] == "The source gives no figures for the code after 2021"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("edition_change", {}, {"nomenclature": "HS2022"}),
        ("code_starts", *({"nomenclature": f"CN{year}", "product_code": "28053021"}
                          for year in (2022, 2024))),
        ("partner_list_incomplete", *[{"coverage": "five largest suppliers"}] * 2),
    ],
)  # fmt: skip
def test_no_change_is_computed_across_a_break(laboratory, kind, before, after):
    new = {"nomenclature_family": "CN", "product_code": "28053021", "first_year": "2024"}
    laboratory.fill("products", [new | {"product_name": "x"}])
    flows = [flow(2022, "CHN", 60, 1, **before), flow(2024, "CHN", 50, 1, **after)]
    found = changes(laboratory, [*flows, flow(2024, "VNM", 9, 1, **after)])
    laboratory.fill("products", [])
    for row in found.values():
        assert (row["block_kind"], row["is_comparable"]) == (kind, False)
        assert row["block_reason"]
        figures = ("hhi_value_contribution", "hhi_value_change", "hhi_mass_change", *EFFECTS)
        assert {row[name] for name in figures} == {None}
    assert found


def test_trade_with_unknown_partners_only_has_no_change(laboratory):
    unknown = {"partner_kind": "pseudo_partner"}
    found = changes(
        laboratory, [flow(2020, "QX", 9, 1, **unknown), flow(2022, "QX", 8, 1, **unknown)]
    )
    assert found["QX"]["change_kind"] == "unknown_partner"
    assert found["QX"]["block_kind"] == "no_known_supplier"
    assert found["QX"]["hhi_value_contribution"] is None


def test_a_year_in_two_editions_is_compared_with_its_own_edition(laboratory):
    flows = [flow(2020, "CHN", 60, 1), flow(2020, "VNM", 40, 1)]
    flows += [flow(2022, "CHN", 50, 1), flow(2022, "VNM", 50, 1)]
    flows += [flow(2022, "CHN", 90, 1, nomenclature="HS2022")]
    laboratory.fill("int_trade__flows", flows)
    rows = laboratory.rows("fct_hhi_changes")
    kinds = {(row["nomenclature"], row["block_kind"]) for row in rows}
    assert kinds == {("HS2017", None), ("HS2022", "edition_change")}
    (break_row,) = laboratory.rows("dim_nomenclature_break")
    assert (break_row["break_period"], break_row["is_blocking"]) == ("2022", True)
    assert (break_row["nomenclature_before"], break_row["nomenclature_from"]) == (
        "HS2017", "HS2022",
    )  # fmt: skip


def test_a_new_name_on_a_partial_list_is_no_entrant_and_bounds_decide(laboratory):
    partial = {"coverage": "largest flows, 95-100 % of value"}
    flows = [flow(2020, "CHN", 90, **partial), flow(2020, "USA", 10, **partial)]
    flows += [flow(2022, "CHN", 87), flow(2022, "USA", 10), flow(2022, "VNM", 3)]
    found = changes(laboratory, flows)
    assert found["VNM"]["change_kind"] == "newly_listed"
    # 90 % listed is between 85.5 and 90 %: the fall to 87 may be a rise
    assert verdicts(laboratory, flows)["CHN"]["verdict"] == "unclear"
    flows[2] = flow(2022, "CHN", 27)
    row = verdicts(laboratory, flows)["CHN"]
    assert row["verdict"] != "unclear"
    assert row["certainty"].startswith("partial partner list, holds at its bounds")


SHIFT = [
    flow(2020, "CHN", 80, 80), flow(2020, "VNM", 20, 20),
    flow(2022, "CHN", 50, 50), flow(2022, "VNM", 50, 50),
]  # fmt: skip


def test_who_may_have_passed_the_goods_on_is_named(laboratory):
    """Viet Nam bought nearly all from China; test_change_laws.py has all verdicts."""
    hub = [flow(2022, "CHN", 40, 1, reporter_code="VNM"),
           flow(2022, "USA", 1, 1, reporter_code="VNM")]  # fmt: skip
    row = verdicts(laboratory, SHIFT + hub)["CHN"]
    assert (row["verdict"], row["rerouting_partner_iso3"]) == ("possibly_rerouted", "VNM")
    assert (row["suspect_gain_share"], row["crossing_65"]) == (1, "down")
    assert row["verdict_reason"]


def test_without_bilateral_trade_rerouting_is_unknown(laboratory):
    row = verdicts(laboratory, SHIFT)["CHN"]
    assert (row["verdict"], row["certainty"]) == ("diversified", "rerouting not checked")
    assert row["suspect_gain_share"] is None
