"""Total requirements of bills of materials: the Leontief inverse by recursive SQL.

Miller and Blair's table, pymrio's test tables, and random bills against exact elimination.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from input_output import all_solved, inverse, pymrio_tables, solved
from many_cases import several, ten_times

from chokepoint.settings import PROJECT_DIR

GOLDEN = PROJECT_DIR / "tools" / "figures" / "input_output_reference.csv"
with GOLDEN.open(encoding="utf-8") as file:
    REFERENCE = list(csv.DictReader(file))


def reference(metric: str) -> list[dict[str, str]]:
    return [row for row in REFERENCE if row["metric"].startswith(metric)]


# Published figures --------------------------------------------------------------------------------


def test_miller_and_blair():
    """L of the two-sector table to the printed digits, and x = L f."""
    (row,) = reference("Leontief_inverse")
    flows = [[150, 500], [200, 100]]
    assert "Z=[[150,500],[200,100]], x=(1000,2000)" in row["inputs"]
    output = [1000, 2000]
    names = ["1", "2"]
    bill = {
        (names[buyer], names[seller]): flows[seller][buyer] / output[buyer]
        for buyer in range(2)
        for seller in range(2)
    }
    found = solved(bill, names)
    printed, demand, wanted = re.fullmatch(
        r"L=(\[\[.*\]\]); f=\((.*)\) -> x=\((.*)\)", row["value"]
    ).groups()
    printed = [number.split(",") for number in printed.strip("[]").split("],[")]
    ours = [[found[buyer, seller]["quantity_low"] for buyer in names] for seller in names]
    assert [[f"{number:.4f}" for number in line] for line in ours] == printed
    assert {found[key]["status"] for key in found} == {"exact"}
    demand = [float(number) for number in demand.split(",")]
    assert [
        f"{sum(line[buyer] * demand[buyer] for buyer in range(2)):.3f}" for line in ours
    ] == wanted.split(",")


@pytest.fixture(scope="module")
def pymrio():
    return pymrio_tables()


@pytest.fixture(scope="module")
def of_pymrio(pymrio):
    """The coefficients of pymrio's test tables, fed to the models as a bill that is all cycles."""
    names = [f"{number:02d}" for number in range(len(pymrio["sectors"]))]
    bill = {
        (buyer, seller): f"{pymrio['coefficients'][row][column]:.9f}"
        for row, seller in enumerate(names)
        for column, buyer in enumerate(names)
    }
    found = solved(bill, names)
    return [[found[buyer, seller]["quantity_low"] for buyer in names] for seller in names]


def test_pymrio_inverse(pymrio, of_pymrio):
    """2,304 cells; quantities in a bill have nine decimals, which is what is left between us."""
    worst = max(
        abs(ours - theirs)
        for our_line, their_line in zip(of_pymrio, pymrio["inverse"], strict=True)
        for ours, theirs in zip(our_line, their_line, strict=True)
    )
    assert worst < 2e-8


@pytest.mark.parametrize(
    "row", reference("foreign_reliance"), ids=lambda row: row["entity"].split()[-1]
)
def test_pymrio_foreign_reliance(pymrio, of_pymrio, row):
    """Direct, look-through and value-added share, weighted by output, as in the worked table."""
    region = row["entity"].split()[-1]
    everywhere = range(len(of_pymrio))
    here = [number for number in everywhere if pymrio["sectors"][number][0] == region]
    abroad = [number for number in everywhere if number not in here]
    coefficients = pymrio["coefficients"]
    value_added = [
        1 - sum(coefficients[row][column] for row in everywhere) for column in everywhere
    ]
    total = sum(pymrio["output"][column] for column in here)
    found = [
        sum(pymrio["output"][column] * cell(seller, column) for column in here for seller in abroad)
        / total
        for cell in (
            lambda seller, column: coefficients[seller][column],
            lambda seller, column: of_pymrio[seller][column],
            lambda seller, column: value_added[seller] * of_pymrio[seller][column],
        )
    ]
    assert ";".join(f"{share:.6f}" for share in found) == row["value"]
    assert found[0] < found[2] < found[1]


# Laws ---------------------------------------------------------------------------------------------

PARTS = ["a", "b", "c", "d", "e"]


@st.composite
def convergent_bills(draw):
    """Random bills whose columns add up to less than one, cycles and self-supply included."""
    bill = {}
    for part in PARTS:
        weights = {
            component: draw(st.integers(0, 40)) for component in PARTS if draw(st.booleans())
        }
        scale = max(sum(weights.values()), 1) * draw(st.integers(12, 100))
        for component, weight in weights.items():
            bill[part, component] = round(Fraction(weight * 10, scale), 6)
    return {link: f"{float(quantity):.6f}" for link, quantity in bill.items()}


@st.composite
def layered_bills(draw):
    """Bills without a cycle: whole quantities, several paths to a part."""
    return {
        (part, component): str(draw(st.integers(1, 50)))
        for number, part in enumerate(PARTS)
        for component in PARTS[number + 1 :]
        if draw(st.booleans())
    }


@ten_times
@given(bills=several(convergent_bills()))
def test_totals_equal_the_exact_inverse(bills):
    for bill, found in zip(bills, all_solved(bills, PARTS), strict=True):
        for key, total in inverse(bill, PARTS).items():
            quantity = found[key]["quantity_low"] if key in found else 0
            assert quantity == pytest.approx(float(total), rel=1e-11, abs=1e-12), key
        assert all(row["status"] == "exact" for row in found.values())


@ten_times
@given(bills=several(layered_bills()))
def test_totals_of_bills_without_cycles_are_exact(bills):
    for bill, found in zip(bills, all_solved(bills, PARTS), strict=True):
        assert {key: row["quantity_high"] for key, row in found.items()} == {
            key: float(total) for key, total in inverse(bill, PARTS).items() if total
        }


@ten_times
@given(bills=several(convergent_bills().filter(bool)), data=st.data())
def test_more_of_a_component_never_needs_less(bills, data):
    """Adding a link, or forgetting a quantity, bounds the totals from the right side."""
    links = [data.draw(st.sampled_from(sorted(bill))) for bill in bills]
    made = list(zip(bills, links, strict=True))
    one_unknown = [bill | {link: None} for bill, link in made]
    less = [{key: value for key, value in bill.items() if key != link} for bill, link in made]
    found = all_solved([*bills, *one_unknown, *less], PARTS)
    count = len(bills)
    for all_known, one_unknown, less in zip(
        found[:count], found[count : 2 * count], found[2 * count :], strict=True
    ):
        for key, row in less.items():
            assert all_known[key]["quantity_low"] >= row["quantity_low"] - 1e-12
        for key, row in one_unknown.items():
            if row["quantity_low"] is not None and key in all_known:
                assert row["quantity_low"] <= all_known[key]["quantity_low"] + 1e-12
            if row["status"] == "exact":
                assert row["quantity_high"] == all_known[key]["quantity_high"]


def test_order_and_threads_do_not_matter():
    bill = {
        (part, component): f"0.{(7 * row + 3 * column) % 19:02d}"
        for row, part in enumerate(PARTS)
        for column, component in enumerate(PARTS)
    }
    shuffled = dict(sorted(bill.items(), key=lambda link: link[0][::-1], reverse=True))
    raw = {"model": "int_exposure__requirements"}
    assert solved(bill, PARTS, **raw) == solved(shuffled, PARTS, threads=4, **raw)


# Unknown, incomplete and impossible bills ---------------------------------------------------------


def test_two_paths_add_up():
    found = solved({("car", "door"): 4, ("door", "chip"): 2, ("car", "chip"): 3}, ["car"])
    assert found["car", "chip"]["quantity_high"] == 11
    assert found["car", "chip"]["direct_quantity"] == 3
    assert found["car", "car"]["quantity_high"] == 1
    assert not found["car", "car"]["is_direct"]


def test_unknown_quantity_bounds_from_below_only():
    bill = {("car", "door"): 4, ("door", "chip"): None, ("car", "chip"): 3, ("chip", "wafer"): 1}
    found = solved(bill, ["car"])
    chip, door = found["car", "chip"], found["car", "door"]
    assert (chip["status"], chip["quantity_low"], chip["quantity_high"]) == ("at_least", 3, None)
    assert (door["status"], door["quantity_high"]) == ("exact", 4)
    assert {row["unknown_links"] for row in found.values()} == {1}


def test_only_unknown_paths_give_no_figure():
    found = solved({("car", "door"): None, ("door", "chip"): 2}, ["car"])
    for component in ("door", "chip"):
        row = found["car", component]
        assert (row["status"], row["quantity_low"], row["quantity_high"]) == ("unknown", None, None)


def test_incomplete_bill_bounds_all_that_it_may_need():
    found = solved({("car", "door"): 4}, ["car"], incomplete=["door"])
    assert found["car", "door"]["status"] == "at_least"
    assert found["car", "door"]["incomplete_bills"] == 1


@pytest.mark.parametrize("gain", ["1", "1.5", "1000000"])
def test_cycle_that_needs_what_it_makes_ends_without_a_figure(gain):
    """No output of such a bill ever leaves it; what stands beside the cycle keeps its figure."""
    bill = {
        ("car", "steel"): 1, ("steel", "power"): 1, ("power", "steel"): gain, ("power", "coal"): 2,
        ("car", "glass"): 3,
    }  # fmt: skip
    found = solved(bill, ["car"])
    statuses = {component: row["status"] for (_, component), row in found.items()}
    assert statuses == {
        "car": "exact",
        "glass": "exact",
        "steel": "does_not_settle",
        "power": "does_not_settle",
        "coal": "does_not_settle",
    }
    assert found["car", "coal"]["quantity_low"] is None
    assert found["car", "glass"]["quantity_high"] == 3


def test_self_supply_is_a_cycle():
    found = solved({("smelter", "smelter"): "0.5", ("smelter", "ore"): 2}, ["smelter"])
    assert found["smelter", "smelter"]["quantity_high"] == pytest.approx(2, rel=1e-12)
    assert found["smelter", "ore"]["quantity_high"] == pytest.approx(4, rel=1e-12)


def test_no_final_product_no_rows():
    assert solved({("door", "chip"): 2}, []) == {}
