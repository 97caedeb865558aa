"""UN Comtrade's totals beside their parts: each flow once, whatever was delivered. A total is the
sum of its parts (https://uncomtrade.org/docs/, "how to avoid double counting": second partner,
customs procedure, modes of transport and supply)."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of
from reading_kit import named, picked

# Dimension of a landed row -> code of its total, as the producer's reference lists name it.
TOTALS = {
    "second_partner": "W00", "customs_procedure": "C00", "transport_mode": "0", "supply_mode": "0",
}  # fmt: skip
PARTS = {
    "second_partner": ("NLD", "BEL"), "customs_procedure": ("C01", "C04"),
    "transport_mode": ("2100", "1000"), "supply_mode": ("1", "2"),
}  # fmt: skip


FIGURES = "flow currency value_in_currency net_mass_kg"
laboratory = laboratory_of("int_trade__flows_as_reported", "int_trade__comtrade_gaps")


@pytest.fixture
def models(laboratory):
    """Without a delivery."""
    for source in (
        "comtrade_monthly", "comtrade_annual", "comext_sdmx_monthly", "hmrc_ots_monthly",
        "us_census_imports_monthly", "gacc_exports_monthly", "gacc_imports_monthly",
    ):  # fmt: skip
        laboratory.fill(source, [])
    return laboratory


def reported(models):
    """Exports first; by partner."""
    return sorted(
        models.rows("int_trade__flows_as_reported"), key=itemgetter("flow", "partner_source_code")
    )


def row(value, mass=None, **other):
    return {
        "period": "2024-03", "classification": "H6", "reporter": "DEU", "partner": "CHN",
        "flow": "M", "hs6": "280530", "value_usd": value, "net_mass_kg": mass, "vintage": "v",
        **TOTALS, **other,
    }  # fmt: skip


def flow(models, rows):
    """Value and mass of the one flow that rows of one partner make."""
    models.fill("comtrade_monthly", rows)
    (found,) = models.rows("int_trade__comtrade_flows")
    return found["value_usd"], found["net_mass_kg"]


# A cell of the cube is a code per dimension; None stands for the total.
LEAVES = list(product(*PARTS.values()))
CELLS = list(product(*((None, *codes) for codes in PARTS.values())))


def cube_row(cell, values):
    """The row of a cell whose value is the sum of the leaves in it."""
    inside = [
        values[leaf]
        for leaf in LEAVES
        if all(code in (None, part) for code, part in zip(cell, leaf, strict=True))
    ]
    told = {name: code for name, code in zip(TOTALS, cell, strict=True) if code is not None}
    return row(sum(inside), sum(inside) * 2, **told)


cubes = st.lists(st.decimals(0, 10_000, places=3), min_size=len(LEAVES), max_size=len(LEAVES)).map(
    lambda amounts: dict(zip(LEAVES, amounts, strict=True))
)


@tried()
@given(cubes, st.sets(st.sampled_from(CELLS)), st.randoms())
def test_all_parts_with_any_totals_give_their_sum_in_any_order(models, values, wholes, random):
    """Summing all rows, or the largest, would be wrong for nearly every choice. Of gaps none is
    told: parts may fall short, never exceed."""
    rows = [cube_row(cell, values) for cell in {*LEAVES, *wholes}]
    random.shuffle(rows)
    assert flow(models, rows) == (sum(values.values()), 2 * sum(values.values()))
    assert all(one["gap_usd"] < 0 for one in models.rows("int_trade__comtrade_gaps"))
    models.fill("comtrade_monthly", [cube_row(cell, values) for cell in CELLS])
    assert models.rows("int_trade__comtrade_gaps") == []


@tried()
@given(cubes, st.sets(st.sampled_from(CELLS)), st.decimals(0, 99_999, places=3))
def test_a_delivered_total_counts_whatever_stands_beside_it(models, values, others, total):
    others = others - {(None,) * 4}
    rows = [cube_row(cell, values) for cell in others]
    assert flow(models, [*rows, row(total, 7)]) == (total, 7)


@tried()
@given(cubes, st.sets(st.sampled_from(list(TOTALS)), min_size=1, max_size=4))
def test_a_breakdown_by_some_dimensions_gives_their_sum(models, values, broken_down):
    """A reporter that does not tell a dimension has its total in every row."""
    is_told = [name in broken_down for name in TOTALS]
    cells = {
        tuple(code if told else None for code, told in zip(leaf, is_told, strict=True))
        for leaf in LEAVES
    }
    rows = [cube_row(cell, values) for cell in cells]
    assert flow(models, rows)[0] == sum(values.values())


def test_a_total_of_one_part_alone_does_not_stand_for_all(models):
    """NLD has its sum over modes of transport, BEL has the modes only."""
    whole = row(5, second_partner="NLD")
    modes = [row(3, second_partner="BEL", transport_mode="2100"),
             row(2, second_partner="BEL", transport_mode="1000")]  # fmt: skip
    assert flow(models, [whole, *modes])[0] == 10
    # The mode of transport is told for one second partner only.
    other = row(5, second_partner="BEL")
    assert flow(models, [whole, modes[0] | {"second_partner": "NLD"}, other])[0] == 10


def test_a_part_without_mass_leaves_the_mass_unknown(models):
    rows = [row(5, 10, transport_mode="2100"), row(3, None, transport_mode="1000")]
    assert flow(models, rows) == (8, None)
    assert flow(models, [*rows, row(8, 12)]) == (8, 12)


def test_the_world_is_no_partner(models):
    models.fill("comtrade_monthly", [row(10, partner="W00"), row(6), row(4, partner="JPN")])
    found = picked(reported(models), "partner_source_code value_in_currency")
    assert found == [("CHN", 6), ("JPN", 4)]


def test_months_years_editions_and_flows_stay_apart(models):
    annual = [row(100, year=2024), row(50, year=2024, flow="X")]
    for one in annual:
        del one["period"]
    models.fill("comtrade_annual", annual)
    models.fill("comtrade_monthly", [row(10), row(20, classification="H5"), row(1, hs6="280540")])
    found = models.rows("int_trade__comtrade_flows")
    assert sorted(picked(found, "frequency nomenclature hs6_code flow value_usd")) == [
        ("annual", "HS2022", "280530", "export", 50),
        ("annual", "HS2022", "280530", "import", 100),
        ("monthly", "HS2017", "280530", "import", 20),
        ("monthly", "HS2022", "280530", "import", 10),
        ("monthly", "HS2022", "280540", "import", 1),
    ]


def test_totals_that_are_not_their_parts_are_told(models):
    """A total that disagrees counts, and is listed with both figures."""
    models.fill(
        "comtrade_monthly",
        [
            row(10_000), row(6_000, transport_mode="2100"), row(3_000, transport_mode="1000"),
            row(12_000, partner="W00"), row(2_000, partner="JPN"),
        ],
    )  # fmt: skip
    found = models.rows("int_trade__comtrade_gaps")
    told = picked(found, "dimension total_value_usd parts_value_usd gap_usd")
    assert told == [("transport_mode", 10_000, 9_000, -1_000)]
    models.fill("comtrade_monthly", [row(12_000, partner="W00"), row(15_000)])
    assert [one["dimension"] for one in models.rows("int_trade__comtrade_gaps")] == ["partner_code"]


# --- the other producers ------------------------------------------------------------------------


def test_sdmx_indicators_become_one_flow_with_mass_in_kg(models):
    rows = [
        ("US", "1", "VALUE_IN_EUROS", "1234"), ("US", "1", "QUANTITY_IN_100KG", "17.729"),
        ("US", "1", "SUPPLEMENTARY_QUANTITY", "9"), ("US", "2", "VALUE_IN_EUROS", "5"),
        # Mass without a value is no flow.
        ("CN", "1", "QUANTITY_IN_100KG", "3"),
    ]  # fmt: skip
    models.fill(
        "comext_sdmx_monthly", named("partner flow indicator amount", rows),
        period="2024-03", reporter="DE", product="25041000",
    )  # fmt: skip
    found = picked(reported(models), f"{FIGURES} nomenclature")
    assert found == [
        ("export", "EUR", 5, None, "CN2024"),
        ("import", "EUR", 1234, Decimal("1772.900"), "CN2024"),
    ]


def test_hmrc_ports_and_sides_are_summed_in_pounds(models):
    rows = [
        ("25041000", "3", "1", 10, 1), ("25041000", "3", "2", 5, 2),
        ("25041090", "3", "2", 1, None), ("25041000", "4", "2", 7, 3),
    ]  # fmt: skip
    models.fill(
        "hmrc_ots_monthly", named("cn8 flow_type port value_gbp net_mass_kg", rows),
        period="2024-03", partner="CN", sitc="1", suppression_index="0",
    )  # fmt: skip
    found = picked(reported(models), f"{FIGURES} product_code reporter_source_code nomenclature")
    assert found == [
        ("export", "GBP", 7, 3, "250410", "GBR", "HS2022"),
        ("import", "GBP", 16, None, "250410", "GBR", "HS2022"),
    ]


def test_census_values_are_general_imports_in_dollars_without_mass(models):
    row = {"period": "2021-03", "hs6": "250410", "country_code": "5700", "general_value_usd": 9}
    models.fill("us_census_imports_monthly", [row | {"consumption_value_usd": 8}])
    names = f"{FIGURES} reporter_source_code partner_source_code nomenclature"
    said = ("import", "USD", 9, None, "USA", "5700", "HS2017")
    assert picked(reported(models), names) == [said]


def test_china_sums_regimes_and_provinces_and_keeps_yuan_apart(models):
    key = {"period": "2026-01", "commodity_code": "85051110", "partner_code": "304",
           "unit": "Kilogram", "regime_code": "10", "province_code": "33"}  # fmt: skip
    models.fill(
        "gacc_exports_monthly",
        [
            {**key, "value_usd": 10, "quantity": 1},
            {**key, "province_code": "44", "value_usd": 5, "quantity": 2},
            {**key, "commodity_code": "85051190", "value_usd": 1, "unit": "Piece", "quantity": 9,
             "supplementary_unit": "千克", "supplementary_quantity": 4},
            {**key, "partner_code": "502", "value_usd": 8, "unit": "Piece", "quantity": 3},
        ],
    )  # fmt: skip
    models.fill("gacc_imports_monthly", [{**key, "value_cny": 7, "quantity": 6}])
    found = reported(models)
    assert picked(found, f"source_id partner_source_code {FIGURES}") == [
        ("gacc_exports_monthly", "304", "export", "USD", 16, 7),
        ("gacc_exports_monthly", "502", "export", "USD", 8, None),
        ("gacc_imports_monthly", "304", "import", "CNY", 7, 6),
    ]
    names = "reporter_source_code nomenclature product_code"
    assert set(picked(found, names)) == {("CHN", "HS2022", "850511")}
