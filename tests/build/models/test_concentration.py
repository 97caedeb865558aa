"""Concentration: the laws it must obey for any input. The figures are held against others in
test_verification_page.py, test_member_imports.py and test_dependency.py."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow, laboratory_of


def herfindahl(amounts):
    total = sum(amounts)
    return sum((amount / total) ** 2 for amount in amounts) if total else None


# --- laws ---------------------------------------------------------------------------------


laboratory = laboratory_of(
    "fct_import_concentration", stand_ins=["int_trade__flows", "int_trade__eu27_members"]
)


def concentrations(laboratory, cases):
    """The row that the models make of each case, [(partner, kind, value, mass), ...], told apart by
    product: many take no longer than one."""
    laboratory.fill(
        "int_trade__flows",
        [
            flow("GBR", partner, value, partner_kind=kind, net_mass_kg=mass)
            | {"product_code": f"{case:06d}"}
            for case, cells in enumerate(cases)
            for partner, kind, value, mass in cells
        ],
    )
    rows = {
        int(row.pop("product_code")): row for row in laboratory.rows("fct_import_concentration")
    }
    assert rows.keys() == set(range(len(cases)))
    return [rows[case] for case in range(len(cases))]


def concentration(laboratory, cells):
    (row,) = concentrations(laboratory, [cells])
    return row


amounts = st.integers(min_value=1, max_value=10**12).map(lambda units: units / 1000)
supplier_lists = st.lists(amounts, min_size=1, max_size=12)


def named(values):
    return [(f"P{index:02d}", "country", value, value) for index, value in enumerate(values)]


def with_unknown(values, unknown):
    return [*named(values), ("QX", "pseudo_partner", unknown, None)]


@ten_times
@given(
    cases=several(
        st.tuples(
            supplier_lists,
            amounts,
            st.lists(st.integers(min_value=0, max_value=100), min_size=13, max_size=13),
        )
    )
)
def test_bounds_hold_however_the_unknown_part_is_spread(laboratory, cases):
    """Give the confidential remainder to known and new suppliers in any way: still inside."""
    rows = concentrations(
        laboratory, [with_unknown(values, unknown) for values, unknown, _ in cases]
    )
    for (values, unknown, split), row in zip(cases, rows, strict=True):
        weights = split[: len(values) + 1]
        if not sum(weights):
            weights[0] = 1
        parts = [unknown * weight / sum(weights) for weight in weights]
        possible = [value + part for value, part in zip(values, parts, strict=False)]
        possible.append(parts[-1])
        truth = float(herfindahl([Fraction(value) for value in possible]))
        assert row["hhi_value_low"] - 1e-9 <= truth <= row["hhi_value_high"] + 1e-9
        assert row["hhi_value_low"] - 1e-9 <= row["hhi_value"] <= row["hhi_value_high"] + 1e-9
        total = sum(values) + unknown
        assert row["unknown_partner_value_share"] == pytest.approx(unknown / total, rel=1e-9)
        assert row["supplier_count"] == len(values)


def entropy(amounts):
    total = sum(amounts)
    return -sum(amount / total * math.log(amount / total) for amount in amounts)


@ten_times
@given(cases=several(supplier_lists), factor=st.integers(2, 1000), seed=st.randoms())
def test_all_measures_equal_their_formulas(laboratory, cases, factor, seed):
    """The order of rows changes no digit; ten times the trade is as concentrated."""
    shuffled = [seed.sample(named(values), len(values)) for values in cases]
    scaled = [named([value * factor for value in values]) for values in cases]
    found = concentrations(laboratory, [*map(named, cases), *shuffled, *scaled])
    plain, shuffled, scaled = (found[n * len(cases) : (n + 1) * len(cases)] for n in range(3))
    assert shuffled == plain
    for values, row, other in zip(cases, plain, scaled, strict=True):
        count, hhi = len(values), float(herfindahl([Fraction(value) for value in values]))
        largest = sorted(values, reverse=True)
        assert row["hhi_value"] == pytest.approx(hhi, rel=1e-11)
        assert row["hhi_mass"] == pytest.approx(hhi, rel=1e-11)
        normalised = 1 if count == 1 else (hhi - 1 / count) / (1 - 1 / count)
        assert row["hhi_value_normalised"] == pytest.approx(normalised, rel=1e-9, abs=1e-11)
        assert row["cr1_value"] == row["top_supplier_value_share"]
        assert row["cr1_value"] == pytest.approx(largest[0] / sum(values), rel=1e-11)
        assert row["cr3_value"] == pytest.approx(sum(largest[:3]) / sum(values), rel=1e-11)
        assert row["shannon_entropy"] == pytest.approx(entropy(values), rel=1e-9, abs=1e-11)
        assert row["theil_index"] == pytest.approx(
            math.log(count) - entropy(values), rel=1e-9, abs=1e-10
        )
        for column in ("hhi_value", "hhi_mass", "cr3_value", "shannon_entropy", "theil_index"):
            assert other[column] == pytest.approx(row[column], rel=1e-9, abs=1e-11)


def test_the_worked_example(laboratory):
    """50, 30, 15 and 5 %: 3,650 points as World Mining Data prints; the rest as by
    concentrationMetrics 0.6.0, but for its hhi(), which is the normalised one."""
    row = concentration(laboratory, named([50.0, 30.0, 15.0, 5.0]))
    assert row["hhi_value"] == pytest.approx(0.365, rel=1e-12)
    assert row["hhi_value_normalised"] == pytest.approx((0.365 - 0.25) / 0.75, rel=1e-11)
    assert row["effective_suppliers"] == pytest.approx(1 / 0.365, rel=1e-11)
    assert row["shannon_entropy"] == pytest.approx(1.142120, abs=5e-7)
    assert row["theil_index"] == pytest.approx(0.244174, abs=5e-7)
    assert (row["cr1_value"], row["cr3_value"]) == (0.5, 0.95)


def test_all_trade_with_unknown_partners_has_no_hhi_but_bounds(laboratory):
    row = concentration(laboratory, [("QX", "pseudo_partner", 100.0, None)])
    assert (row["hhi_value"], row["top_supplier_iso3"], row["supplier_count"]) == (None, None, 0)
    assert row["shannon_entropy"] is None
    assert (row["hhi_value_low"], row["hhi_value_high"]) == (0, 1)
    assert row["unknown_partner_value_share"] == 1
