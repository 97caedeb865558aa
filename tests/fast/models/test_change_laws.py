"""Laws of change for any input: parts add, order does not matter, swapped years swap signs.

Each example is a list of cases, told apart by their source: to run the models on ten small cases
takes no longer than on one.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of

MODELS = ("fct_hhi_changes", "fct_derisking")


laboratory = laboratory_of(
    *MODELS, stand_ins=["int_trade__flows"], bundled=["change_thresholds", "eu_membership"]
)


def flow(year, partner, value, mass=None, **more):
    return flow_of("EU27", partner, value, period=str(year), net_mass_kg=mass) | more


def run(laboratory, cases, model, **wanted):
    """The wanted rows that a model makes of each case, a list of flows, beside the others."""
    laboratory.fill(
        "int_trade__flows",
        [row | {"source_id": f"s{case}"} for case, flows in enumerate(cases) for row in flows],
    )
    found = [[] for _ in cases]
    for row in laboratory.rows(model):
        case = int(row.pop("source_id")[1:])
        row.pop("source_id_before", None)
        if wanted.items() <= row.items():
            found[case].append(row)
    return found


def changes(laboratory, cases):
    """The changes to the year before, (partner, product) -> row, of each case."""
    found = run(laboratory, cases, "fct_hhi_changes", supplier_scope="extra_eu", lag_years=1)
    return [{(row["partner_iso3"], row["product_code"]): row for row in rows} for rows in found]


EFFECTS = ("volume_effect", "supplier_mix_effect", "price_effect", "unsplit_effect")
amounts = st.one_of(
    st.just(None), st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=99)
)
masses = st.one_of(st.none(), st.just(0), st.integers(min_value=1, max_value=10**8))
# one supplier: value and mass in the base year and in the year; a value of None is no trade
supplier_lists = st.lists(st.tuples(amounts, masses, amounts, masses), min_size=1, max_size=8)


def flows_of(suppliers, years=(2020, 2021), **more):
    return [
        flow(years[side], f"P{index:02d}", cells[2 * side], cells[2 * side + 1], **more)
        for index, cells in enumerate(suppliers)
        for side in (0, 1)
        if cells[2 * side] is not None
    ]


@ten_times
@given(cases=several(supplier_lists), seed=st.randoms())
def test_parts_add_and_neither_order_nor_direction_matters(laboratory, cases, seed):
    forth = [flows_of(suppliers) for suppliers in cases]
    back = [flows_of(suppliers, years=(2021, 2020)) for suppliers in cases]
    shuffled = [seed.sample(flows, len(flows)) for flows in forth]
    found = changes(laboratory, forth + back + shuffled)
    count = len(cases)
    assert found[2 * count :] == found[:count]
    for suppliers, there, here in zip(cases, found[:count], found[count : 2 * count], strict=True):
        assert_parts_add(suppliers, there)
        assert_every_sign_is_swapped(there, here)


def assert_every_sign_is_swapped(there, here):
    assert there.keys() == here.keys()
    kinds = {"entrant": "exit", "exit": "entrant"}
    names = ("hhi_value_contribution", "hhi_mass_contribution", "hhi_value_change", *EFFECTS)
    for key, row in there.items():
        assert here[key]["change_kind"] == kinds.get(row["change_kind"], row["change_kind"])
        for name in names:
            one, other = row[name], here[key][name]
            assert (one is None) == (other is None)
            assert one is None or one == pytest.approx(-other, abs=1e-13)


def assert_parts_add(suppliers, found):
    totals = [sum(cells[side] or 0 for cells in suppliers) for side in (0, 2)]
    if not all(totals):
        assert found == {}
        return
    shares = [
        [Fraction(cells[side] or 0) / total for cells in suppliers]
        for side, total in zip((0, 2), totals, strict=True)
    ]
    change = sum(share**2 for share in shares[1]) - sum(share**2 for share in shares[0])
    parts = [row["hhi_value_contribution"] for row in found.values()]
    assert abs(sum(parts) - float(change)) <= 1e-12
    for row in found.values():
        assert abs(row["hhi_value_change"] - float(change)) <= 1e-12
        index = int(row["partner_iso3"][1:])
        effects = [row[effect] for effect in EFFECTS]
        if row["split_reason"]:
            assert effects == [None] * 4
        else:
            assert abs(sum(effects) - float(shares[1][index] - shares[0][index])) <= 1e-12
    mass_parts = [row["hhi_mass_contribution"] for row in found.values()]
    if None not in mass_parts:
        mass_change = next(iter(found.values()))["hhi_mass_change"]
        assert abs(sum(mass_parts) - mass_change) <= 1e-12
    # what one supplier gains others lose, effect by effect, if all are split
    if all(row["split_reason"] is None for row in found.values()):
        assert abs(sum(row["price_effect"] for row in found.values())) <= 1e-11
        quantities = ("volume_effect", "supplier_mix_effect")
        assert abs(sum(row[name] for row in found.values() for name in quantities)) <= 1e-11


@ten_times
@given(cases=several(st.tuples(supplier_lists, st.integers(min_value=2, max_value=9))))
def test_a_common_change_of_prices_changes_nothing(laboratory, cases):
    """A multiple of every price is no change of any share and has no effect on it."""
    trades = [
        flows_of(
            [(value, mass or 1, value and value * factor, mass or 1) for value, mass, *_ in case]
        )
        for case, factor in cases
    ]
    for flows, found in zip(trades, changes(laboratory, trades), strict=True):
        assert bool(found) == bool(flows)
        for row in found.values():
            assert row["hhi_value_change"] == pytest.approx(0, abs=1e-13)
            for name in EFFECTS:
                assert row[name] == pytest.approx(0, abs=1e-12)


BREAKS = {
    "edition": "edition_change",
    "start": "code_starts",
    "coverage": "partner_list_incomplete",
}


def has_both_years(suppliers):
    return all(any(cells[side] for cells in suppliers) for side in (0, 2))


def broken(suppliers, kind):
    """The flows, with a break between the years."""
    flows = flows_of(suppliers)
    for row in flows:
        if kind == "edition" and row["period"] == "2021":
            row["nomenclature"] = "HS2022"
        if kind == "coverage":
            row["coverage"] = "five largest suppliers"
        if kind == "start":
            row["nomenclature"] = f"CN{row['period']}"
            row["product_code"] = "28053021"
    return flows


@ten_times
@given(cases=several(st.tuples(supplier_lists, st.sampled_from([*BREAKS]))))
def test_no_change_is_computed_across_a_break(laboratory, cases):
    laboratory.fill(
        "products",
        [{"nomenclature_family": "CN", "product_code": "28053021", "product_name": "x",
          "first_year": "2021"}],
    )  # fmt: skip
    found = changes(laboratory, [broken(*case) for case in cases])
    for (suppliers, kind), rows in zip(cases, found, strict=True):
        assert rows or not has_both_years(suppliers)
        for row in rows.values():
            assert row["block_kind"] == BREAKS[kind]
            assert row["block_reason"]
            assert not row["is_comparable"]
            for name in ("hhi_value_contribution", "hhi_mass_contribution", "hhi_value_change",
                         "hhi_mass_change", *EFFECTS):  # fmt: skip
                assert row[name] is None
    laboratory.fill("products", [])
