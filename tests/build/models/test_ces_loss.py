"""The loss under a CES bound: macro `ces_loss` against published figures, plain Python
in many digits, and its laws."""

from __future__ import annotations

import csv
import re
from decimal import Decimal, localcontext

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from many_cases import several, ten_times, tried

from chokepoint.settings import PROJECT_DIR

GOLDEN = PROJECT_DIR / "tools" / "figures" / "input_output_reference.csv"
MACROS = Environment(loader=FileSystemLoader(PROJECT_DIR / "macros"), autoescape=False)
CES = MACROS.get_template("ces.sql").module
with GOLDEN.open(encoding="utf-8") as file:
    REFERENCE = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def con():
    with duckdb.connect(":memory:") as connection:
        # On few rows it costs more than it gains.
        connection.execute("pragma disable_optimizer")
        yield connection


def losses(con, cases, macro=CES.ces_loss):
    """Loss of each (alpha, sigma, shock)."""
    alpha, sigma, shock = (list(column) for column in zip(*cases, strict=True))
    query = f"""
        select {macro("a", "s", "z")} from (
            select
                unnest(cast($alpha as double[])) as a,
                unnest(cast($sigma as double[])) as s,
                unnest(cast($shock as double[])) as z
        )
    """
    found = con.execute(query, {"alpha": alpha, "sigma": sigma, "shock": shock}).fetchall()
    return [loss for (loss,) in found]


def loss(con, alpha, sigma, shock):
    return losses(con, [(alpha, sigma, shock)])[0]


def exact(alpha: float, sigma: float, shock: float) -> float:
    """The formula as it stands, in 120 digits."""
    with localcontext(prec=60, Emax=10**15, Emin=-(10**15)):
        a, s, z = Decimal(alpha), Decimal(sigma), Decimal(shock)
        if s == 1:
            return float(1 - ((1 - z).ln() * a).exp())
        r = (s - 1) / s
        inside = a * ((1 - z).ln() * r).exp() + 1 - a
        return float(1 - (inside.ln() / r).exp())


@pytest.mark.parametrize(
    "row",
    [row for row in REFERENCE if row["metric"] == "CES_loss_pct"],
    ids=lambda row: row["entity"],
)
def test_worked_figures(con, row):
    alpha, sigma, shock = (float(number) for number in re.findall(r"=([0-9.]+)", row["entity"]))
    assert f"{100 * loss(con, alpha, sigma, shock):.4f}" == row["value"]


def test_german_gas_falls_in_the_published_range(con):
    """Gas of 1 % of cost, 30 % of it gone, elasticity 0.1: 2.34 %, published as 2 to 2.5 %."""
    (published,) = (row for row in REFERENCE if row["metric"] == "GDP_loss_import_stop")
    low, high = re.search(r"simplified case ([0-9.]+)-([0-9.]+)%", published["value"]).groups()
    found = 100 * loss(con, 0.01, 0.1, 0.3)
    assert f"{found:.2f}" == "2.34"
    assert float(low) <= found <= float(high)


SHARES = st.floats(0, 1)
INNER = st.floats(1e-6, 1 - 1e-6)
SIGMAS = st.one_of(
    st.floats(1e-3, 50), st.floats(-1e-6, 1e-6).map(lambda small: 1 + small), st.floats(1e-3, 1)
)
TOLERANCE = 1e-12


@tried(20)
@given(st.lists(st.tuples(INNER, SIGMAS, INNER), min_size=10, max_size=10))
def test_the_formula_in_many_digits(con, cases):
    wanted = [exact(*case) for case in cases]
    assert losses(con, cases) == pytest.approx(wanted, rel=1e-9, abs=1e-15)


@tried(20)
@given(st.lists(st.tuples(SHARES, st.floats(0, 1e6), SHARES), min_size=10, max_size=10))
def test_loss_lies_between_nothing_and_the_shock(con, cases):
    for (_, _, shock), found in zip(cases, losses(con, cases), strict=True):
        assert 0 <= found <= shock


PAIR = st.tuples(SHARES, SHARES).map(sorted)


@ten_times
@given(several(st.tuples(PAIR, st.tuples(st.floats(0, 20), st.floats(0, 20)).map(sorted), PAIR)))
def test_more_cost_share_more_shock_less_substitution_lose_more(con, cases):
    asked = [
        one
        for (a, more_a), (s, more_s), (z, more_z) in cases
        for one in ((a, more_s, z), (more_a, more_s, z), (a, more_s, more_z), (a, s, z))
    ]
    found = losses(con, asked)
    for place in range(0, len(asked), 4):
        base, *others = found[place : place + 4]
        assert min(others) >= base - TOLERANCE, asked[place : place + 4]


@ten_times
@given(several(st.tuples(INNER, INNER)))
def test_limits(con, cases):
    sigmas = (0.0, 1e-9, 1.0, 1 - 1e-12, 1 + 1e-12, float("inf"))
    found = losses(con, [(alpha, one, shock) for alpha, shock in cases for one in sigmas])
    for place, (alpha, shock) in enumerate(cases):
        leontief, nearly_leontief, *around_one, infinite = found[6 * place : 6 * place + 6]
        assert leontief == shock
        assert nearly_leontief == pytest.approx(shock, abs=1e-7)
        assert around_one == pytest.approx([exact(alpha, 1.0, shock)] * 3, rel=1e-9)
        assert infinite == pytest.approx(alpha * shock, rel=1e-9)
    assert losses(con, [(1.0, 0.5, shock) for _, shock in cases]) == [shock for _, shock in cases]


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        ((0.01, 0.1, 1.0), 1),  # all gone and nothing can stand in
        ((0.01, 1.0, 1.0), 1),
        ((0.19, 2.0, 1.0), 1 - 0.81**2),  # r = 1/2: the other inputs carry on
        ((0.0, 0.0, 1.0), 0),
        ((0.5, 0.1, 0.0), 0),
        ((1.0, 3.0, 1.0), 1),
        ((None, 0.1, 0.5), None),
        ((0.1, None, 0.5), None),
        ((0.1, 0.1, None), None),
        ((1.2, 0.1, 0.5), None),
        ((0.1, -1.0, 0.5), None),
        ((0.1, 0.1, 1.5), None),
        ((0.1, float("nan"), 0.5), None),
    ],
)
def test_edges(con, case, wanted):
    found = loss(con, *case)
    assert found is None if wanted is None else found == pytest.approx(wanted, rel=1e-14)
