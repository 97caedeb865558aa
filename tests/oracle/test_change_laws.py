"""Laws of change for any input: parts add, order does not matter, swapped periods swap signs."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_laboratory import ModelLaboratory

quick = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
MODELS = ("fct_hhi_changes", "fct_basket_changes", "fct_derisking", "fct_concentration_trends")


@pytest.fixture(scope="module")
def laboratory(full_build):
    made = ModelLaboratory(full_build.manifest(), *MODELS, stand_ins=["int_trade__flows"])
    made.fill_bundled("change_thresholds", "eu_membership")
    made.fill(
        "product_baskets",
        [{"basket_id": "all_products", "basket_name": "All", "product_code": "*"}],
    )
    yield made
    made.close()


def flow(year, partner, value, mass=None, product="280530", **more):
    return {
        "source_id": "s",
        "flow": "import",
        "nomenclature": "HS2017",
        "product_code": product,
        "period": str(year),
        "frequency": "annual",
        "reporter_code": "EU27",
        "partner_code": partner,
        "partner_kind": "country",
        "currency": "EUR",
        "value_in_currency": value,
        "net_mass_kg": mass,
    } | more


def changes(laboratory, flows, lag=1):
    laboratory.fill("int_trade__flows", flows)
    return {
        (row["partner_iso3"], row["product_code"]): row
        for row in laboratory.rows("fct_hhi_changes")
        if row["supplier_scope"] == "extra_eu" and row["lag_years"] == lag
    }


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


@quick
@given(suppliers=supplier_lists)
def test_parts_add_to_the_change(laboratory, suppliers):
    found = changes(laboratory, flows_of(suppliers))
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


@quick
@given(suppliers=supplier_lists, data=st.data())
def test_order_does_not_matter(laboratory, suppliers, data):
    flows = flows_of(suppliers)
    found = changes(laboratory, flows)
    assert changes(laboratory, data.draw(st.permutations(flows))) == found


@quick
@given(suppliers=supplier_lists)
def test_swapped_periods_swap_every_sign(laboratory, suppliers):
    forth = changes(laboratory, flows_of(suppliers))
    back = changes(laboratory, flows_of(suppliers, years=(2021, 2020)))
    assert forth.keys() == back.keys()
    for key, row in forth.items():
        for name in (
            "hhi_value_contribution",
            "hhi_mass_contribution",
            "hhi_value_change",
            *EFFECTS,
        ):
            one, other = row[name], back[key][name]
            assert (one is None) == (other is None)
            assert one is None or one == pytest.approx(-other, abs=1e-13)
        kinds = {"entrant": "exit", "exit": "entrant"}
        assert back[key]["change_kind"] == kinds.get(row["change_kind"], row["change_kind"])


@quick
@given(suppliers=supplier_lists, factor=st.integers(min_value=2, max_value=9))
def test_a_common_change_of_prices_changes_nothing(laboratory, suppliers, factor):
    """A multiple of every price is no change of any share and has no effect on it."""
    same = [
        (value, mass or 1, value and value * factor, mass or 1) for value, mass, *_ in suppliers
    ]
    for row in changes(laboratory, flows_of(same)).values():
        assert row["hhi_value_change"] == pytest.approx(0, abs=1e-13)
        for name in EFFECTS:
            assert row[name] == pytest.approx(0, abs=1e-12)


@quick
@given(suppliers=supplier_lists, kind=st.sampled_from(["edition", "start", "coverage"]))
def test_no_change_is_computed_across_a_break(laboratory, suppliers, kind):
    flows = flows_of(suppliers)
    for row in flows:
        if kind == "edition" and row["period"] == "2021":
            row["nomenclature"] = "HS2022"
        if kind == "coverage":
            row["coverage"] = "five largest suppliers"
        if kind == "start":
            row["nomenclature"] = f"CN{row['period']}"
            row["product_code"] = "28053021"
    laboratory.fill(
        "products",
        [{"nomenclature_family": "CN", "product_code": "28053021", "product_name": "x",
          "first_year": "2021"}] if kind == "start" else [],
    )  # fmt: skip
    found = changes(laboratory, flows)
    expected = {
        "edition": "edition_change", "coverage": "partner_list_incomplete", "start": "code_starts",
    }[kind]  # fmt: skip
    for row in found.values():
        assert row["block_kind"] == expected
        assert row["block_reason"]
        assert not row["is_comparable"]
        for name in ("hhi_value_contribution", "hhi_mass_contribution", "hhi_value_change",
                     "hhi_mass_change", *EFFECTS):  # fmt: skip
            assert row[name] is None
    assert all(row["product_count"] == 0 for row in laboratory.rows("fct_basket_changes"))
    laboratory.fill("products", [])


products = st.lists(supplier_lists, min_size=1, max_size=4)


@quick
@given(products=products)
def test_effects_of_a_basket_add_to_its_change(laboratory, products):
    flows = [
        row
        for index, suppliers in enumerate(products)
        for row in flows_of(suppliers, product=f"28053{index}")
    ]
    laboratory.fill("int_trade__flows", flows)
    rows = [
        row for row in laboratory.rows("fct_basket_changes")
        if row["lag_years"] == 1 and row["supplier_scope"] == "extra_eu"
    ]  # fmt: skip
    both = [
        [
            {i: Fraction(cells[side]) for i, cells in enumerate(suppliers) if cells[side]}
            for side in (0, 2)
        ]
        for suppliers in products
    ]
    complete = [sides for sides in both if all(sides)]
    for row in rows:
        assert row["product_count"] == len(complete)
        if not complete:
            assert row["weighted_hhi_change"] is None
            assert row["block_reason"]
            continue
        weighted = []
        for side in (0, 1):
            total = sum(sum(sides[side].values()) for sides in complete)
            weighted.append(
                sum(
                    sum(value**2 for value in sides[side].values())
                    / sum(sides[side].values())
                    / total
                    for sides in complete
                )
            )
        assert abs(row["within_effect"] + row["between_effect"]
                   - float(weighted[1] - weighted[0])) <= 1e-12  # fmt: skip


@quick
@given(
    values=st.lists(st.integers(min_value=0, max_value=5), min_size=4, max_size=9),
    gaps=st.lists(st.integers(min_value=1, max_value=3), min_size=9, max_size=9),
)
def test_a_mirrored_trend_has_the_opposite_slope(laboratory, values, gaps):
    """Years with gaps and ties; the series of shares turned around in time."""
    years = [2000]
    for gap in gaps[: len(values) - 1]:
        years.append(years[-1] + gap)

    def trend(pairs):
        laboratory.fill(
            "int_trade__flows",
            [
                flow(year, partner, amount, 1)
                for year, value in pairs
                for partner, amount in (("CHN", 10 + value), ("USA", 5))
            ],
        )
        (row,) = (
            row
            for row in laboratory.rows("fct_concentration_trends")
            if row["metric"] == "named_supplier_value_share" and row["supplier_scope"] == "extra_eu"
        )
        return row

    forth = trend(zip(years, values, strict=True))
    back = trend(
        [(years[0] + years[-1] - year, value) for year, value in zip(years, values, strict=True)]
    )
    assert forth["mann_kendall_sum"] == -back["mann_kendall_sum"]
    assert forth["mann_kendall_p"] == back["mann_kendall_p"]
    assert forth["theil_sen_slope_per_year"] == pytest.approx(
        -back["theil_sen_slope_per_year"], abs=1e-12
    )
    assert forth["period_count"] == len(values)
