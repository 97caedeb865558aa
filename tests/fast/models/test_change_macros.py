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


def test_worked_example_of_the_hhi():
    """CN .6 -> .5 and VN 0 -> .1: -0.11 and +0.01, together -0.10."""
    assert value("hhi_contribution('0.6e0', '0.5e0')") == pytest.approx(-0.11, abs=1e-15)
    assert value("hhi_contribution('0e0', '0.1e0')") == pytest.approx(0.01, abs=1e-15)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (("10e0", "12e0", "5e0", "4e0"), Fraction(-1) * (Fraction(10, 5) + Fraction(12, 4)) / 2),
        (("0e0", "12e0", "null", "4e0"), 12),
        (("0e0", "12e0", "null", "null"), 12),
        (("10e0", "0e0", "5e0", "null"), -10),
        (("10e0", "12e0", "0e0", "4e0"), None),
        (("10e0", "12e0", "5e0", "null"), None),
        (("10e0", "12e0", "5e0", "-4e0"), None),
    ],
    ids=["both", "entrant", "entrant without mass", "exit", "zero mass", "no mass", "negative"],
)
def test_volume_part(amounts, expected):
    found = value("volume_part({})".format(", ".join(f"'{amount}'" for amount in amounts)))
    assert found == (None if expected is None else pytest.approx(float(expected)))


@pytest.mark.parametrize(
    ("before", "after", "crossing"),
    [
        (0.6, 0.7, "up"),
        (0.65, 0.7, "up"),
        (0.7, 0.65, "down"),
        (0.7, 0.8, "stays_above"),
        (0.65, 0.65, "stays_below"),
        ("null", 0.8, None),
    ],
)
def test_a_value_on_the_threshold_has_not_crossed_it(before, after, crossing):
    assert value(f"crossing_of('{before}', '{after}', '0.65')") == crossing


@pytest.mark.parametrize(
    ("nomenclature", "edition"),
    [
        ("HS1992", "HS1992"),
        ("HS2017", "HS2017"),
        ("CN2021", "HS2017"),
        ("CN2022", "HS2022"),
        ("CN2024", "HS2022"),
        ("SITC", "SITC"),
    ],
)
def test_edition_of_a_nomenclature(nomenclature, edition):
    assert value(f"""hs_edition("'{nomenclature}'")""") == edition


@pytest.mark.parametrize(
    ("coverage", "least"),
    [
        ("null", 1.0),
        ("'largest flows, 95-100 % of value'", 0.95),
        ("'five largest suppliers and the total'", None),
    ],
)
def test_least_coverage(coverage, least):
    assert value(f'least_coverage("{coverage}")') == least
