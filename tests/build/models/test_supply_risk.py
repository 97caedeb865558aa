"""Laws of supply risk and of production concentration, against plain Python."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of
from reading_kit import named


def held(share):
    return min(max(share, Fraction(0)), Fraction(1))


def risk(mode, world, union, reliance, recycling, substitution):
    """The formula of the method, term by term."""
    if mode == "GS only":
        concentration = world
    elif mode == "EUS only":
        concentration = union
    else:
        concentration = world * held(reliance) / 2 + union * (1 - held(reliance) / 2)
    return concentration * (1 - recycling) * substitution


# --- laws of the formula ------------------------------------------------------------------


formula = laboratory_of("fct_supply_risk", stand_ins=["int_production__supply_risk_inputs"])


def assess(formula, mode, *inputs):
    """The row of fct_supply_risk for (low, central, high) of each input."""
    names = ("hhi_global", "hhi_eu", "import_reliance", "eol_rir", "si_sr")
    figures = {
        f"{name}{suffix}": value
        for name, triple in zip(names, inputs, strict=True)
        for suffix, value in zip(("_low", "", "_high"), triple, strict=True)
    }
    formula.fill(
        "int_production__supply_risk_inputs", [figures], assessment_id="made up",
        material="Made up", stage="extraction", supply_mode=mode, is_known_bad_input=False,
    )  # fmt: skip
    (row,) = formula.rows("fct_supply_risk")
    return row


unit = st.integers(0, 1000).map(lambda number: number / 1000)
hhis = st.integers(0, 10000).map(lambda number: number / 1000)
reliances = st.integers(-2000, 3000).map(lambda number: number / 1000)
intervals = st.tuples(unit, unit, unit).map(sorted).map(tuple)
hhi_intervals = st.tuples(hhis, hhis, hhis).map(sorted).map(tuple)
reliance_intervals = st.tuples(reliances, reliances, reliances).map(sorted).map(tuple)


@tried()
@given(
    mode=st.sampled_from(["global_and_eu", "global_only", "eu_only", "not_known"]),
    world=hhi_intervals, union=hhi_intervals, reliance=reliance_intervals,
    recycling=intervals, si=intervals,
)  # fmt: skip
def test_the_formula_and_its_corners(formula, mode, world, union, reliance, recycling, si):
    """Import reliance counts between 0 and 1: a net exporter relies on nothing."""
    row = assess(formula, mode, world, union, reliance, recycling, si)
    weights = {"global_only": [1], "eu_only": [0], "not_known": [0, 1]}.get(
        mode, [held(one) / 2 for one in reliance]
    )
    corners = [
        (weight * one + (1 - weight) * other) * (1 - lost) * index
        for weight, one, other, lost, index in product(weights, world, union, recycling, si)
    ]
    assert row["supply_risk_low"] == pytest.approx(min(corners), rel=1e-9, abs=1e-9)
    assert row["supply_risk_high"] == pytest.approx(max(corners), rel=1e-9, abs=1e-9)
    if mode == "not_known":
        assert row["supply_risk"] is None
    else:
        names = {"global_only": "GS only", "eu_only": "EUS only", "global_and_eu": "GS + EUS"}
        expected = risk(names[mode], *(one[1] for one in (world, union, reliance, recycling, si)))
        assert row["supply_risk"] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert row["supply_risk_low"] - 1e-9 <= expected <= row["supply_risk_high"] + 1e-9


# --- laws of concentration ----------------------------------------------------------------


production = laboratory_of(
    "fct_production_concentration", stand_ins=["int_production__mine_output", "dim_country"]
)


def concentration(production, quantities):
    mined = [(f"P{number:02d}", one, one, number) for number, one in enumerate(quantities)]
    production.fill(
        "int_production__mine_output",
        named("producer_iso3 quantity quantity_tonnes line_number", mined),
        mineral="Made up", unit="tonne", quality_flag="r", year=2024,
    )  # fmt: skip
    (row,) = production.rows("fct_production_concentration")
    return row


amounts = st.integers(1, 10**9).map(lambda units: units / 1000)


@tried()
@given(quantities=st.lists(amounts, min_size=1, max_size=10), factor=st.sampled_from([2, 10, 1000]))
def test_production_shares_do_not_depend_on_the_unit(production, quantities, factor):
    once = concentration(production, quantities)
    scaled = concentration(production, [quantity * factor for quantity in quantities])
    total = sum(map(Fraction, quantities))
    exact = sum((Fraction(quantity) / total) ** 2 for quantity in quantities)
    assert once["hhi"] == pytest.approx(float(exact), rel=1e-9)
    assert once["effective_producers"] == pytest.approx(1 / float(exact), rel=1e-9)
    for measure in ("hhi", "cr1", "cr3"):
        assert scaled[measure] == pytest.approx(once[measure], rel=1e-9)
    assert 1 / len(quantities) - 1e-9 <= once["hhi"] <= once["cr1"] <= once["cr3"] + 1e-12


sourcing = laboratory_of("int_production__supply_hhis", stand_ins=["int_production__supply_shares"])


def hhi_of(sourcing, suppliers):
    suppliers = [(country, *[share] * 3, score) for country, share, score in suppliers]
    sourcing.fill(
        "int_production__supply_shares",
        named("country_iso3 share share_low share_high governance_score", suppliers),
        assessment_id="made up", supply_side="eu", material="Made up", stage="extraction",
        governance_year=2019, trade_parameter_t=1,
    )  # fmt: skip
    (row,) = sourcing.rows("int_production__supply_hhis")
    return row


def test_worked_tantalum_of_2017(sourcing):
    """Nigeria 81 %, Rwanda 14 %, China 5 %: printed 4.6, with the study's own 6.92 of Nigeria."""
    row = hhi_of(sourcing, [("NGA", 0.81, 6.92), ("RWA", 0.14, 5.25), ("CHN", 0.05, 6.0)])
    assert row["hhi_wgi_t"] == pytest.approx(0.81**2 * 6.92 + 0.14**2 * 5.25 + 0.05**2 * 6.0)
    assert row["hhi_wgi_t"] == pytest.approx(4.65, abs=0.01)
    assert row["hhi"] == pytest.approx(0.81**2 + 0.14**2 + 0.05**2)


@tried()
@given(
    shares=st.lists(st.integers(1, 100), min_size=1, max_size=6),
    truth=st.lists(st.integers(0, 100), min_size=6, max_size=6),
    known=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_bounds_hold_whatever_a_missing_score_turns_out_to_be(sourcing, shares, truth, known):
    total = sum(shares)
    suppliers = [
        (f"P{number}", round(share / total, 12), truth[number] / 10)
        for number, share in enumerate(shares)
    ]
    full = hhi_of(sourcing, suppliers)
    some = [(*one, score if is_known else None)
            for (*one, score), is_known in zip(suppliers, known, strict=False)]  # fmt: skip
    part = hhi_of(sourcing, some)
    assert full["hhi_wgi_t_low"] == pytest.approx(full["hhi_wgi_t"])
    assert full["hhi_wgi_t_high"] == pytest.approx(full["hhi_wgi_t"])
    assert part["hhi_wgi_t_low"] - 1e-9 <= full["hhi_wgi_t"] <= part["hhi_wgi_t_high"] + 1e-9
    if not all(known[: len(shares)]):
        assert part["hhi_wgi_t"] is None
