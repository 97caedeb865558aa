"""Supply risk, production concentration and GeoPolRisk against plain Python, and their laws."""

from collections import defaultdict
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of
from reading_kit import flows, members, table

WGI_CODES = {"ADO": "AND", "KSV": "XKX", "ROM": "ROU", "TMP": "TLS", "WBG": "PSE", "ZAR": "COD"}


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


def test_2017_equals_exact_arithmetic_over_every_corner(connection):
    """The bounds are the least and greatest of all corners of the box that rounding leaves."""
    found = {
        (material, stage): row
        for material, stage, *row in connection.execute(
            """
            select material, stage, supply_risk, supply_risk_low, supply_risk_high
            from marts.fct_supply_risk
            where assessment_id = 'ec2017'
            """
        ).fetchall()
    }
    rows = table("crm2017_assessment_inputs")
    assert len(found) == len(rows)
    zero, one = Fraction(0), Fraction(1)
    for row in rows:
        printed = [
            (row["HHI_WGI_t_GS"], Fraction(1, 20), 1, zero, Fraction(99)),
            (row["HHI_WGI_t_EU28"], Fraction(1, 20), 1, zero, Fraction(99)),
            (row["IR_pct"], Fraction(1, 200), 100, zero, one),
            (row["EoL_RIR_pct"], Fraction(1, 200), 100, zero, one),
            (row["SI_SR"], Fraction(1, 20), 1, zero, one),
        ]
        central = [Fraction(text) / scale if text else zero for text, _, scale, *_ in printed]
        corners = [
            {max(low, value - half), min(high, value + half)}
            for value, (_, half, _, low, high) in zip(central, printed, strict=True)
        ]
        possible = [risk(row["supply_data"], *corner) for corner in product(*corners)]
        expected = risk(row["supply_data"], *central), min(possible), max(possible)
        assert found[row["material"], row["stage"].lower()] == [
            pytest.approx(float(value), rel=1e-10) for value in expected
        ], row


@pytest.fixture(scope="module")
def governance():
    """(country, year) -> 0 (best) to 10 (worst), from six estimates."""
    estimates = defaultdict(list)
    for row in table("wgi_estimates"):
        code = WGI_CODES.get(row["iso3"], row["iso3"])
        estimates[code, int(row["year"])].append(Fraction(row["estimate"]))
    return {
        key: (Fraction(5, 2) - sum(values) / 6) * 2
        for key, values in estimates.items()
        if len(values) == 6
    }


def weighted_hhi(shares, governance, year):
    """Of (country, share, t): null if a supplier with a share has no score."""
    total = Fraction(0)
    for country, share, parameter in shares:
        if share:
            if (country, year) not in governance:
                return None
            total += share**2 * governance[country, year] * parameter
    return total


def test_2023_hhis_equal_exact_arithmetic(connection, governance):
    """Every material and stage, from the files as they ship."""
    sides = {"global": defaultdict(list), "eu": defaultdict(list)}
    for side, name in (("global", "crm2023_global_supply"), ("eu", "crm2023_eu_sourcing_shares")):
        for row in table(name):
            material = {"Titanium ores": "titanium"}.get(row["material"], row["material"]).lower()
            share = Fraction(row["share"]) if row["is_below_detection"] in ("False", "false") else 0
            sides[side][material, row["stage"]].append(
                (row["iso3"], Fraction(share), Fraction(row["trade_parameter_t"]))
            )
    rows = connection.execute(
        """
        select lower(material), stage, hhi_wgi_t_global, hhi_wgi_t_eu
        from marts.fct_supply_risk where assessment_id = 'ec2023' and not is_group
        """
    ).fetchall()
    assert {row[:2] for row in rows} == sides["global"].keys() | sides["eu"].keys()
    for material, stage, world, union in rows:
        for value, side in ((world, "global"), (union, "eu")):
            shares = sides[side].get((material, stage))
            expected = weighted_hhi(shares, governance, 2019) if shares else None
            if expected is None:
                assert value is None
            else:
                assert value == pytest.approx(float(expected), rel=1e-10), (material, side)


def test_own_assessment_of_baryte_equals_exact_arithmetic(connection, governance):
    """World Mining Data and BACI of every year, from the files as they ship."""
    parameters = {
        row["iso3"]: Fraction(row["trade_parameter_t"])
        for row in table("crm2023_global_supply")
        if row["material"] == "Barytes" and row["stage"] == "extraction"
    }
    # Where both sides of the study name a country the larger parameter counts.
    for row in table("crm2023_eu_sourcing_shares"):
        if row["material"] == "Barytes" and row["stage"] == "extraction":
            stated = Fraction(row["trade_parameter_t"])
            parameters[row["iso3"]] = max(parameters.get(row["iso3"], stated), stated)
    world, union = defaultdict(dict), defaultdict(lambda: defaultdict(Fraction))
    imports, exports = defaultdict(Fraction), defaultdict(Fraction)
    for row in table("wmd_production"):
        if row["mineral"] == "Baryte" and Fraction(row["quantity"]):
            world[row["year"]][row["iso3"]] = Fraction(row["quantity"])
            if row["iso3"] in members():
                union[row["year"]][row["iso3"]] += Fraction(row["quantity"])
    for row in flows():
        if row["hs6"] == "251110" and row["quantity_t"] and row["year"] in world:
            seller = row["exporter_iso3"]
            if row["importer_iso3"] in members() and seller not in members():
                union[row["year"]][seller] += Fraction(row["quantity_t"])
                imports[row["year"]] += Fraction(row["quantity_t"])
            elif seller in members() and row["importer_iso3"] not in members():
                exports[row["year"]] += Fraction(row["quantity_t"])

    def shares_of(quantities):
        total = sum(quantities.values())
        return [
            (
                country,
                quantity / total,
                parameters.get(country, Fraction(4, 5) if country in members() else Fraction(1)),
            )
            for country, quantity in quantities.items()
        ]

    rows = connection.execute(
        """
        select right(assessment_id, 4), hhi_wgi_t_global, hhi_wgi_t_eu,
            import_reliance_unclamped, supply_risk
        from marts.fct_supply_risk
        where starts_with(assessment_id, 'own_') and material = 'Barytes'
        """
    ).fetchall()
    assert {row[0] for row in rows} == world.keys()
    for year, hhi_global, hhi_eu, reliance, supply_risk in rows:
        score_year = min(int(year), 2023)
        side_global = weighted_hhi(shares_of(world[year]), governance, score_year)
        side_eu = weighted_hhi(shares_of(union[year]), governance, score_year)
        produced = sum(world[year].get(member, Fraction(0)) for member in members())
        net = imports[year] - exports[year]
        assert hhi_global == pytest.approx(float(side_global), rel=1e-9)
        assert hhi_eu == pytest.approx(float(side_eu), rel=1e-9)
        assert reliance == pytest.approx(float(net / (produced + net)), rel=1e-10)
        expected = risk("GS + EUS", side_global, side_eu, net / (produced + net), 0, 1)
        assert supply_risk == pytest.approx(float(expected), rel=1e-9)


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
    world=hhi_intervals,
    union=hhi_intervals,
    reliance=reliance_intervals,
    recycling=intervals,
    si=intervals,
)
def test_the_formula_and_its_corners(formula, mode, world, union, reliance, recycling, si):
    """Import reliance counts between 0 and 1: a net exporter relies on nothing."""
    row = assess(formula, mode, world, union, reliance, recycling, si)
    weights = {
        "global_only": [1],
        "eu_only": [0],
        "not_known": [0, 1],
        "global_and_eu": [held(one) / 2 for one in reliance],
    }[mode]
    corners = [
        (weight * one + (1 - weight) * other) * (1 - lost) * index
        for weight in weights
        for one in world
        for other in union
        for lost in recycling
        for index in si
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
    production.fill(
        "int_production__mine_output",
        [
            {
                "producer_iso3": f"P{number:02d}", "quantity": quantity,
                "quantity_tonnes": quantity, "line_number": number,
            }
            for number, quantity in enumerate(quantities)
        ],
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
    for measure in ("hhi", "cr1", "cr3"):
        assert scaled[measure] == pytest.approx(once[measure], rel=1e-9)
    assert 1 / len(quantities) - 1e-9 <= once["hhi"] <= once["cr1"] <= once["cr3"] + 1e-12


def test_worked_concentration_of_four_producers(production):
    """50, 30, 15 and 5: 3,650 points in the method page of World Mining Data."""
    row = concentration(production, [50, 30, 15, 5])
    assert (row["hhi"], row["cr1"], row["cr3"]) == (0.365, 0.5, 0.95)
    assert row["effective_producers"] == pytest.approx(2.739726, abs=1e-6)


def test_geopolrisk_of_the_eu_equals_exact_arithmetic(connection):
    """Graphite of 2023: imports of members from outside, output of members."""
    instability = {
        WGI_CODES.get(row["iso3"], row["iso3"]): held(
            (Fraction(5, 2) - Fraction(row["estimate"])) / 5
        )
        for row in table("wgi_estimates")
        if row["year"] == "2023" and row["indicator"] == "pv"
    }
    output = defaultdict(Fraction)
    for row in table("wmd_production"):
        if row["mineral"] == "Graphite" and row["year"] == "2023":
            output[row["iso3"]] += Fraction(row["quantity"])
    imported, at_risk = Fraction(0), Fraction(0)
    for row in flows():
        seller = row["exporter_iso3"]
        if (
            row["year"] == "2023"
            and row["hs6"] in ("250410", "250490")
            and row["importer_iso3"] in members()
            and seller not in members()
            and row["quantity_t"]
        ):
            imported += Fraction(row["quantity_t"])
            at_risk += Fraction(row["quantity_t"]) * instability[seller]
    total = sum(output.values())
    hhi = sum((quantity / total) ** 2 for quantity in output.values())
    domestic = sum(output.get(member, Fraction(0)) for member in members())
    ((import_risk, score),) = connection.execute(
        """
        select import_risk, geopolrisk_score from marts.fct_geopolrisk
        where reporter_code = 'EU27' and mineral = 'Graphite' and year = 2023
        """
    ).fetchall()
    assert import_risk == pytest.approx(float(at_risk / (imported + domestic)), rel=1e-9)
    assert score == pytest.approx(float(hhi * at_risk / (imported + domestic)), rel=1e-9)


def test_economic_importance_equals_exact_arithmetic(connection):
    uses = defaultdict(Fraction)
    largest = Fraction(0)
    for row in table("crm2023_use_shares"):
        uses[row["material"]] += 0
        if row["value_added_meur"]:
            value_added = Fraction(row["value_added_meur"])
            if row["nace_division"].startswith("C"):
                largest = max(largest, value_added)
            if row["share"]:
                uses[row["material"]] += Fraction(row["share"]) * value_added
    assert largest == 204200
    rows = dict(
        connection.execute(
            "select material, economic_importance_before_substitution"
            " from marts.fct_economic_importance"
        ).fetchall()
    )
    assert rows.keys() == uses.keys()
    for material, importance in rows.items():
        assert importance == pytest.approx(float(uses[material] * 10 / largest), rel=1e-10)


sourcing = laboratory_of("int_production__supply_hhis", stand_ins=["int_production__supply_shares"])


def hhi_of(sourcing, suppliers):
    sourcing.fill(
        "int_production__supply_shares",
        [
            {
                "country_iso3": country, "share": share, "share_low": share, "share_high": share,
                "governance_score": score,
            }
            for country, share, score in suppliers
        ],
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
    part = hhi_of(
        sourcing,
        [
            (country, share, score if known[number] else None)
            for number, (country, share, score) in enumerate(suppliers)
        ],
    )
    assert full["hhi_wgi_t_low"] == pytest.approx(full["hhi_wgi_t"])
    assert full["hhi_wgi_t_high"] == pytest.approx(full["hhi_wgi_t"])
    assert part["hhi_wgi_t_low"] - 1e-9 <= full["hhi_wgi_t"] <= part["hhi_wgi_t_high"] + 1e-9
    if not all(known[: len(shares)]):
        assert part["hhi_wgi_t"] is None
