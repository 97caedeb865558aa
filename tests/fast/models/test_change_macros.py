"""The formulas of change, rendered from the macros that the models use."""

from fractions import Fraction

import duckdb
import jinja2
import pytest

from chokepoint.settings import PROJECT_DIR

MACROS = PROJECT_DIR / "macros"


def render(call: str) -> str:
    """The SQL of a macro call, without dbt."""
    files = ("nomenclature", "decomposition")
    text = "".join((MACROS / f"{name}.sql").read_text() for name in files)
    return jinja2.Environment().from_string(text + call).render()


def value(call: str):
    (row,) = duckdb.sql(f"select {render('{{ ' + call + ' }}')}").fetchall()
    return row[0]


VOLUME_OF_BOTH = Fraction(-1) * (Fraction(10, 5) + Fraction(12, 4)) / 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # The worked example: CN .6 -> .5 and VN 0 -> .1 are -0.11 and +0.01, together -0.10.
        ("hhi_contribution('0.6e0', '0.5e0')", -0.11),
        ("hhi_contribution('0e0', '0.1e0')", 0.01),
        # In both years, an entrant with a mass and without, an exit; then what has no mass.
        ("volume_part('10e0', '12e0', '5e0', '4e0')", float(VOLUME_OF_BOTH)),
        ("volume_part('0e0', '12e0', 'null', '4e0')", 12),
        ("volume_part('0e0', '12e0', 'null', 'null')", 12),
        ("volume_part('10e0', '0e0', '5e0', 'null')", -10),
        ("volume_part('10e0', '12e0', '0e0', '4e0')", None),
        ("volume_part('10e0', '12e0', '5e0', 'null')", None),
        ("volume_part('10e0', '12e0', '5e0', '-4e0')", None),
        # A value on the threshold has not crossed it.
        ("crossing_of('0.6', '0.7', '0.65')", "up"),
        ("crossing_of('0.65', '0.7', '0.65')", "up"),
        ("crossing_of('0.7', '0.65', '0.65')", "down"),
        ("crossing_of('0.7', '0.8', '0.65')", "stays_above"),
        ("crossing_of('0.65', '0.65', '0.65')", "stays_below"),
        ("crossing_of('null', '0.8', '0.65')", None),
        ("""hs_edition("'HS1992'")""", "HS1992"),
        ("""hs_edition("'HS2017'")""", "HS2017"),
        ("""hs_edition("'CN2021'")""", "HS2017"),
        ("""hs_edition("'CN2022'")""", "HS2022"),
        ("""hs_edition("'CN2024'")""", "HS2022"),
        ("""hs_edition("'SITC'")""", "SITC"),
        ("least_coverage('null')", 1.0),
        ("""least_coverage("'largest flows, 95-100 % of value'")""", 0.95),
        ("""least_coverage("'five largest suppliers and the total'")""", None),
    ],
)
def test_formulas_of_change(call, expected):
    if isinstance(expected, float):
        expected = pytest.approx(expected, abs=1e-15)
    assert value(call) == expected
