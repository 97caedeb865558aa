"""Edge cases of supply risk, from raw tables to the mart; comparisons with a print; groups."""

import pytest
from model_laboratory import laboratory_of

INDICATORS = ("cc", "ge", "pv", "rl", "rq", "va")
HEADER = [
    "material", "stage", "supply_data", "HHI_WGI_t_GS", "HHI_WGI_t_EU28", "SI_SR", "SI_EI",
    "IR_pct", "EoL_RIR_pct", "SR_published", "EI_published",
]  # fmt: skip


FILES = (
    "stg_production__mine_output", "stg_production__crm2023_global_supply",
    "stg_baci__bilateral_flows", "stg_governance__estimates",
)  # fmt: skip
laboratory = laboratory_of("fct_supply_risk", "fct_geopolrisk", stand_ins=FILES)


@pytest.fixture
def world(laboratory):
    """An empty world with the lists of the project and governance for a few countries."""
    for name in (
        *FILES, "crm2017_assessment_inputs", "crm2023_eu_sourcing_shares",
        "crm2023_assessment_inputs", "crm_criticality_history",
    ):  # fmt: skip
        laboratory.fill(name, [])
    laboratory.fill_bundled(
        "eu_membership", "countries", "partner_codes", "material_names", "mineral_trade_codes",
        "eol_rir",
    )  # fmt: skip
    governance(laboratory, {"CHN": -0.5, "DEU": 1.5, "MAR": -0.25, "USA": 1.0})
    return laboratory


def governance(laboratory, countries, indicators=INDICATORS, year=2023):
    laboratory.fill(
        "stg_governance__estimates",
        [
            {"country_code": country, "indicator": one, "year": year, "estimate": estimate}
            for country, estimate in countries.items()
            for one in indicators
        ],
    )


def mine(laboratory, *rows):
    laboratory.fill(
        "stg_production__mine_output",
        [
            {
                "mineral": "Baryte", "producer_code": country, "unit": "tonne", "quality_flag": "r",
                "year": 2023, "quantity": quantity, "line_number": number,
            }
            for number, (country, quantity) in enumerate(rows)
        ],
    )  # fmt: skip


def ship(laboratory, *rows):
    laboratory.fill(
        "stg_baci__bilateral_flows",
        [
            {
                "exporter_code": exporter, "importer_code": importer, "nomenclature": "HS1992",
                "hs6_code": "251110", "year": 2023, "value_kusd": 100, "quantity_t": quantity,
                "line_number": number,
            }
            for number, (exporter, importer, quantity) in enumerate(rows)
        ],
    )  # fmt: skip


def own(laboratory):
    (row,) = laboratory.rows("fct_supply_risk")
    assert (row["assessment_id"], row["material"]) == ("own_2023", "Barytes")
    return row


def printed(laboratory, **cells):
    row = dict.fromkeys(HEADER, "") | {
        "material": "Madeupium", "stage": "Extraction", "supply_data": "GS + EUS",
        "HHI_WGI_t_GS": "4.0", "HHI_WGI_t_EU28": "2.0", "SI_SR": "1.0", "IR_pct": "50.0",
        "EoL_RIR_pct": "0.0", "SR_published": "2.5",
    }  # fmt: skip
    laboratory.fill("crm2017_assessment_inputs", [row | cells])
    (found,) = laboratory.rows("fct_supply_risk")
    return found


def score(estimate):
    return (2.5 - estimate) * 2


def test_trade_and_production_give_import_reliance(world):
    mine(world, ("CHN", 600), ("DEU", 100))
    ship(world, ("CHN", "DEU", 300), ("DEU", "USA", 100), ("FRA", "DEU", 50))
    row = own(world)
    # 300 in, 100 out, 100 produced; what France ships to Germany is no import of the EU.
    assert row["import_reliance"] == pytest.approx(200 / 300)
    assert row["hhi_wgi_t_eu"] == pytest.approx(0.75**2 * score(-0.5) + 0.25**2 * score(1.5) * 0.8)
    assert row["supply_risk_low"] == pytest.approx(0.7 * row["supply_risk"])
    assert row["si_sr_source"] == "assumed 1: not at hand (bounds 0.7 to 1)"
    # A net exporter relies on nothing, as feldspar in 2017: EU sourcing alone counts.
    mine(world, ("CHN", 600), ("DEU", 500))
    ship(world, ("CHN", "DEU", 100), ("DEU", "USA", 200))
    row = own(world)
    assert row["import_reliance_unclamped"] == pytest.approx(-0.25)
    assert (row["import_reliance"], row["supply_risk"]) == (0, pytest.approx(row["hhi_wgi_t_eu"]))


def test_the_larger_parameter_of_the_study_counts_wherever_a_country_is_named(world):
    """Others have 0.8 as members, 1 as strangers."""
    mine(world, ("CHN", 600), ("DEU", 100), ("USA", 300))
    ship(world, ("CHN", "DEU", 300))
    row = {"material": "Barytes", "stage": "extraction", "share": 1, "country_as_printed": "China"}
    world.fill(
        "stg_production__crm2023_global_supply",
        [row | {"producer_iso3": "CHN", "trade_parameter_t": 1.1, "is_below_detection": False}],
    )
    world.fill(
        "crm2023_eu_sourcing_shares",
        [row | {"iso3": "CHN", "trade_parameter_t": 1.3, "is_below_detection": False}],
    )
    (found,) = world.rows("fct_supply_risk", assessment_id="own_2023")
    assert found["hhi_wgi_t_global"] == pytest.approx(
        0.6**2 * score(-0.5) * 1.3 + 0.1**2 * score(1.5) * 0.8 + 0.3**2 * score(1.0)
    )


@pytest.mark.parametrize(
    ("mined", "shipped", "reason"),
    [
        (("DEU", 100), ("DEU", "USA", 400), "apparent consumption is not above zero"),
        (("DEU", 100), ("DEU", "USA", 500), "apparent consumption is not above zero"),
        (("USA", -5), ("MAR", "DEU", 5), "a negative quantity"),
        (("USA", 5), ("MAR", "DEU", -5), "a negative quantity"),
        (("USA", 0), ("MAR", "DEU", None), "more than 5 % of trade by value has no mass"),
    ],
)
def test_what_gives_no_import_reliance_gives_no_supply_risk(world, mined, shipped, reason):
    mine(world, ("CHN", 600), mined)
    ship(world, ("CHN", "DEU", 300), shipped)
    row = own(world)
    assert (row["import_reliance"], row["supply_risk"], row["reason"]) == (None, None, reason)
    if "consumption" in reason:
        assert row["supply_risk_low"] < row["supply_risk_high"]


def test_missing_governance_is_unknown_and_never_zero(world):
    mine(world, ("CHN", 600), ("XXX", 400))
    ship(world, ("CHN", "DEU", 300))
    row = own(world)
    assert row["hhi_wgi_t_global"] is None
    assert row["supply_risk"] is None
    assert "HHI of global supply not known" in row["reason"]
    known = 0.6**2 * score(-0.5)
    low, high = known, known + 0.4**2 * 10
    union = score(-0.5)
    assert row["supply_risk_low"] == pytest.approx((low + union) / 2 * 0.7)
    assert row["supply_risk_high"] == pytest.approx((high + union) / 2)


def test_five_indicators_are_no_mean_of_six(world):
    governance(world, {"CHN": -0.5}, INDICATORS[1:])
    mine(world, ("CHN", 600))
    ship(world, ("CHN", "DEU", 300))
    assert own(world)["hhi_wgi_t_global"] is None


def test_code_that_isolates_nothing_gives_no_supply_risk(world):
    world.fill(
        "stg_production__mine_output",
        [{"mineral": "Cobalt", "producer_code": "CHN", "unit": "tonne", "quality_flag": "r",
          "year": 2023, "quantity": 10, "line_number": 1}],
    )  # fmt: skip
    (row,) = world.rows("fct_supply_risk")
    assert row["hhi_wgi_t_global"] == pytest.approx(score(-0.5))
    assert row["supply_risk"] is None
    assert row["reason"] == "the trade code does not isolate the material"


def study(laboratory, *rows):
    laboratory.fill(
        "stg_production__crm2023_global_supply",
        [
            {
                "material": "Madeupium", "stage": "extraction", "producer_iso3": country,
                "country_as_printed": name, "share": share, "trade_parameter_t": 1,
                "is_below_detection": below, "line_number": number,
            }
            for number, (country, name, share, below) in enumerate(rows)
        ],
    )  # fmt: skip
    governance(laboratory, {"CHN": -0.5, "USA": -0.5}, year=2019)
    (row,) = laboratory.rows("fct_supply_risk")
    return row


@pytest.mark.parametrize(
    ("other", "hhi"),
    [
        # What is missing may be many small suppliers: scaling would give it to the named ones.
        (("USA", "United States", 0.2, False), 0.5**2 + 0.2**2),
        # One country spelt twice is one supplier.
        (("CHN", "P.R. China", 0.3, False), 0.8**2),
        # The file holds half of the bound of detection, which counts as nothing.
        (("USA", "United States", 0.0005, True), 0.5**2),
        ((None, "Brasilia", 0.3, False), None),
    ],
    ids=["no_whole", "spelt_twice", "below_detection", "unknown_country"],
)
def test_shares_count_as_they_are_stated(world, other, hhi):
    row = study(world, ("CHN", "China", 0.5, False), other)
    assert row["hhi_wgi_t_global"] == (hhi and pytest.approx(hhi * score(-0.5)))
    if hhi is None:
        assert row["reason"] == "HHI of global supply not known; recycling rate not known"
    if other[3]:
        most = (0.5**2 + 0.001**2) * score(-0.5)
        assert row["supply_risk_high"] == pytest.approx(most)


@pytest.mark.parametrize(
    ("cells", "central", "reason"),
    [
        ({"supply_data": "GS only", "HHI_WGI_t_EU28": "", "IR_pct": ""}, 4.0, None),
        ({"supply_data": "EUS only", "HHI_WGI_t_GS": "", "IR_pct": ""}, 2.0, None),
        ({"IR_pct": "0.0", "HHI_WGI_t_GS": ""}, 2.0, None),
        ({"IR_pct": ""}, None, "import reliance not known"),
        ({"HHI_WGI_t_EU28": ""}, None, "HHI of EU sourcing not known"),
        ({"EoL_RIR_pct": ""}, None, "recycling rate not known"),
        ({"SI_SR": ""}, None, "substitution not known"),
        ({"supply_data": ""}, None, "supply mode not known"),
        ({"HHI_WGI_t_GS": "n/a"}, None, "HHI of global supply not known"),
    ],
)
def test_printed_inputs_that_are_missing(world, cells, central, reason):
    row = printed(world, **cells)
    assert row["supply_risk"] == (None if central is None else pytest.approx(central))
    assert row["reason"] == reason


def test_half_units_follow_the_print(world):
    """Zeros that a program added are no printed places; further digits are."""
    wide = printed(world, supply_data="GS only", HHI_WGI_t_GS="4.0")
    assert wide["supply_risk_high"] == pytest.approx(4.05)
    fine = printed(world, supply_data="GS only", HHI_WGI_t_GS="4.02")
    assert fine["supply_risk_high"] == pytest.approx(4.025)


def test_another_file_with_the_same_header_builds(world):
    """Several materials and both stages; the larger one is the bottleneck."""
    base = dict.fromkeys(HEADER, "") | {
        "SI_SR": "1.0", "EoL_RIR_pct": "0", "supply_data": "GS only", "SR_published": "3.0",
    }  # fmt: skip
    world.fill(
        "crm2017_assessment_inputs",
        [
            base | {"material": "Otherium", "stage": "Extraction", "HHI_WGI_t_GS": "1.0"},
            base | {"material": "Otherium", "stage": "Processing", "HHI_WGI_t_GS": "3.0"},
            base | {"material": "Thirdium", "stage": "Processing", "HHI_WGI_t_GS": "2.0"},
        ],
    )
    found = {
        (row["material"], row["stage"]): row["is_bottleneck"]
        for row in world.rows("fct_supply_risk")
    }
    assert found == {
        ("Otherium", "extraction"): False,
        ("Otherium", "processing"): True,
        ("Thirdium", "processing"): True,
    }


def geopolrisk(laboratory, reporter):
    (row,) = laboratory.rows("fct_geopolrisk", reporter_code=reporter)
    return row


def test_geopolrisk_of_the_eu_is_that_of_its_members_together(world):
    mine(world, ("CHN", 600), ("DEU", 100))
    ship(world, ("CHN", "DEU", 300), ("USA", "FRA", 100), ("FRA", "DEU", 50))
    row = geopolrisk(world, "EU27")
    assert row["import_risk"] == pytest.approx((0.6 * 300 + 0.3 * 100) / (300 + 100 + 100))
    assert row["production_hhi"] == pytest.approx((600**2 + 100**2) / 700**2)
    assert row["geopolrisk_score"] == pytest.approx(row["production_hhi"] * row["import_risk"])


def test_geopolrisk_without_a_score_is_bounded_and_without_a_sound_mass_unknown(world):
    mine(world, ("CHN", 600))
    ship(world, ("CHN", "USA", 300), ("XXX", "USA", 100), ("CHN", "DEU", -1), ("CHN", "JPN", None))
    row = geopolrisk(world, "USA")
    assert (row["import_risk"], row["geopolrisk_score"]) == (None, None)
    assert row["import_risk_low"] == pytest.approx(0.6 * 300 / 400)
    assert row["import_risk_high"] == pytest.approx((0.6 * 300 + 100) / 400)
    assert geopolrisk(world, "JPN")["reason"] == "neither imports with a mass nor production"
    assert geopolrisk(world, "DEU")["reason"] == "a negative quantity"
    assert geopolrisk(world, "DEU")["import_risk_high"] is None


# --- what a comparison with a print is worth, and means of groups ---------------------------------

INPUTS, HISTORY = "int_production__supply_risk_inputs", "stg_production__criticality_history"
assessed = laboratory_of("fct_supply_risk", stand_ins=[INPUTS, HISTORY])


def material(name, hhi, low, high, printed=None, **more):
    """An assessed material with global supply only; `hhi` is its supply risk."""
    row = {
        "assessment_id": "ec2023", "material": name, "stage": "processing",
        "supply_mode": "global_only", "hhi_global": hhi, "hhi_global_low": low,
        "hhi_global_high": high, "published_supply_risk": printed, "published_half_unit": 0.05,
        "is_known_bad_input": False, "is_fitted_to_print": False, "has_unknown_input": True,
    }  # fmt: skip
    for name, value in (("eol_rir", 0), ("si_sr", 1), ("import_reliance", 0)):
        row |= {name: value, f"{name}_low": value, f"{name}_high": value}
    return row | more


def risks(assessed, *materials, members=()):
    """Rows by material; with a group MUMs of the members, which the study prints 2.0 of."""
    assessed.fill(INPUTS, materials)
    assessed.fill(
        "material_names",
        [{"list_id": "crm2023_groups", "name_in_list": "MUMs", "material": one} for one in members],
    )
    group = {"material": "MUMs", "assessment_year": 2023, "supply_risk": 2.0}
    assessed.fill(HISTORY, [group] if members else [])
    return {row["material"]: row for row in assessed.rows("fct_supply_risk")}


@pytest.mark.parametrize(
    ("printed", "more", "expected"),
    [
        (2.0, {"has_unknown_input": False}, "reproduced"),
        (2.0, {}, "within_bounds"),
        (2.0, {"is_fitted_to_print": True}, "fitted"),
        (9.0, {"is_fitted_to_print": True}, "fitted"),
        (9.0, {"has_unknown_input": False}, "differs"),
        (None, {"is_fitted_to_print": True}, None),
    ],
)
def test_a_fitted_figure_is_never_a_reproduced_one(assessed, printed, more, expected):
    row = risks(assessed, material("Madeupium", 2.0, 1.5, 2.5, printed, **more))["Madeupium"]
    assert row["published_comparison"] == expected


def test_a_group_is_the_mean_of_its_members_and_no_material(assessed):
    found = risks(
        assessed,
        material("Madeupium", 1.0, 0.5, 1.5),
        material("Otherium", 3.0, 2.5, 3.5),
        material("Thirdium", 9.0, 9.0, 9.0),
        members=["Madeupium", "otherium"],
    )
    mean = found["MUMs"]
    assert [mean[f"supply_risk{end}"] for end in ("", "_low", "_high")] == [2.0, 1.5, 2.5]
    assert (mean["published_supply_risk"], mean["published_comparison"]) == (2.0, "within_bounds")
    assert {name for name, row in found.items() if row["is_group"]} == {"MUMs"}
    assert {name: row["group_id"] for name, row in found.items()} == {
        "MUMs": "MUMs", "Madeupium": "MUMs", "Otherium": "MUMs", "Thirdium": None
    }  # fmt: skip


def test_a_group_is_no_mean_of_some_of_its_members(assessed):
    """One is not known, or not there: a mean of the others would pass for that of all."""
    one, other = material("Madeupium", 1.0, 0.5, 1.5), material("Otherium", None, 2.5, 3.5)
    members = ["Madeupium", "Otherium"]
    mean = risks(assessed, one, other, members=members)["MUMs"]
    assert (mean["supply_risk"], mean["supply_risk_low"]) == (None, 1.5)
    assert mean["reason"] == "supply risk not known of Otherium"
    assert "MUMs" not in risks(assessed, one, members=members)
