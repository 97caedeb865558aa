"""Comparisons with published figures on made-up trade: what agrees, differs or is not known."""

import pytest
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of

FACT = {
    "fact_id": "X1", "reporter": "EU27", "flow": "import", "product": "rare earths",
    "partner": "CN", "period": "2024", "metric": "share of quantity", "value": 46.3, "unit": "%",
    "derived": "N", "source_title": "A newspaper",
}  # fmt: skip
CHECK = {
    "check_id": "X1a", "fact_id": "X1", "source_id": "baci_hs92_bilateral",
    "nomenclature": "HS1992", "product_codes": "280530;284610", "reporter_code": "EU27",
    "partner_codes": "CHN", "partner_scope": "extra_eu", "period": "2024", "metric": "mass_share",
    "rounding_step": 0.1, "reason_kind": "reconciliation", "reason": "BACI reconciles",
}  # fmt: skip


laboratory = laboratory_of(
    "meta_figure_checks", stand_ins=["int_trade__flows", "int_trade__eu27_members"],
    int_trade__eu27_members=[{"member_iso3": "DEU"}, {"member_iso3": "FRA"}],
)  # fmt: skip


def flow(importer, exporter, mass, value=1000, product="280530", **others):
    own = {"source_id": "baci_hs92_bilateral", "nomenclature": "HS1992", "currency": "USD"}
    made = flow_of(importer, exporter, value, **own, usd_per_eur=1.25, net_mass_kg=mass)
    return made | {"product_code": product, "partner_source_code": exporter} | others


FLOWS = [
    flow("DEU", "CHN", 400), flow("FRA", "CHN", 63, product="284610"),
    flow("FRA", "USA", 537, value=3000), flow("FRA", "DEU", 9999),
    flow("USA", "DEU", 70, value=500), flow("CHN", "FRA", 30, value=250),
]  # fmt: skip


def check(laboratory, fact=None, flows=FLOWS, **changes):
    laboratory.fill("macro_facts", [FACT | (fact or {})])
    laboratory.fill("figure_checks", [CHECK | changes])
    laboratory.fill("int_trade__flows", flows)
    (row,) = laboratory.rows("meta_figure_checks")
    return row


def test_codes_and_members_are_added_and_trade_within_the_union_left_out(laboratory):
    row = check(laboratory)
    assert row["our_value"] == pytest.approx(46.3)
    assert row["is_within_rounding"]
    assert (row["reason_kind"], row["reason"]) == (None, None)


@pytest.mark.parametrize(
    ("printed", "is_within"), [(46.26, True), (46.34, True), (46.24, False), (46.36, False)]
)
def test_half_a_unit_of_the_last_digit_is_rounding(laboratory, printed, is_within):
    row = check(laboratory, fact={"value": printed})
    assert row["is_within_rounding"] is is_within
    assert row["reason_kind"] == (None if is_within else "reconciliation")
    assert row["difference"] == pytest.approx(46.3 - printed)
    assert row["relative_difference"] == pytest.approx((46.3 - printed) / printed)


@pytest.mark.parametrize(
    ("unit", "metric", "partners", "expected"),
    [("kg", "mass", "CHN", 463), ("t", "mass", "WORLD", 1.0), ("t", "mass", "USA;CHN", 1.0),
     ("EUR", "value", "CHN", 1600), ("EUR million", "value", "WORLD", 0.004),
     ("%", "value_share", "CHN", 40)],
)  # fmt: skip
def test_ours_is_in_the_unit_of_the_print(laboratory, unit, metric, partners, expected):
    row = check(laboratory, fact={"unit": unit}, metric=metric, partner_codes=partners)
    assert row["our_value"] == pytest.approx(expected)


def test_exports_are_what_others_import(laboratory):
    for more, exported in (({}, 100), ({"reporter_code": "DEU", "partner_scope": "all"}, 10069)):
        row = check(
            laboratory, fact={"flow": "export", "unit": "kg"}, metric="mass",
            partner_codes="WORLD", product_codes="280530", **more,
        )  # fmt: skip
        assert row["our_value"] == exported


@pytest.mark.parametrize(
    "changes",
    [{"partner_codes": "CHN;RUS"}, {"product_codes": "280530;284690"}, {"period": "2023"},
     {"nomenclature": "HS2017"}, {"source_id": "comext_cn8_imports"},
     {"flows": [one | {"net_mass_kg": None} for one in FLOWS]}],
)  # fmt: skip
def test_what_is_not_all_there_is_unknown_and_never_zero(laboratory, changes):
    row = check(laboratory, **changes)
    assert row["our_value"] is row["is_within_rounding"] is row["difference"] is None
    assert row["reason_kind"] == "no_trade"


def test_what_cannot_be_computed_keeps_its_reason(laboratory):
    nothing = dict.fromkeys(CHECK.keys() - {"check_id", "fact_id"})
    row = check(laboratory, **nothing | {"reason_kind": "not_trade", "reason": "A price"})
    assert (row["our_value"], row["reason_kind"], row["reason"]) == (None, "not_trade", "A price")
    assert row["period"] == "2024"


def test_an_export_stated_in_parts_is_one_export(laboratory):
    """Customs state procedures apart, and one partner by several codes; a part may lack mass."""
    parts = [
        flow("DEU", "GBR", 10, value=100, flow="export", partner_source_code="GB"),
        flow("DEU", "GBR", 5, value=40, flow="export", partner_source_code="GB"),
        flow("DEU", "GBR", 1, value=2, flow="export", partner_source_code="XI"),
        flow("DEU", "USA", 7, value=70, flow="export"),
        flow("DEU", "USA", None, value=30, flow="export"),
    ]
    laboratory.fill("int_trade__flows", parts)
    stated = {
        row["partner_code"]: (row["value_in_currency"], row["net_mass_kg"])
        for row in laboratory.rows("int_trade__imports_and_exports")
        if row["flow"] == "export"
    }
    assert stated == {"GBR": (142, 16), "USA": (100, None)}
