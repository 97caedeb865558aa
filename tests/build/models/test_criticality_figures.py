"""Criticality figures of the EU studies and of others come out again; HHIs of 2023:
test_verification_page.py."""

import re

import pytest
from reading_kit import by_key, table


def test_2017_supply_risks_lie_within_what_rounding_allows(published):
    """39 materials: central, bounds and the printed figure, itself rounded to one place."""
    found = by_key(
        published,
        "select material, supply_risk, supply_risk_low, supply_risk_high, published_supply_risk,"
        " is_published_within_bounds from marts.fct_supply_risk where assessment_id = 'ec2017'",
    )
    rows = table("crm2017_supply_risk")
    assert len(rows) == 39
    strictly_inside = 0
    for row in rows:
        central, low, high, printed, is_within = found[row["material"]]
        assert central == pytest.approx(float(row["SR_recomputed_from_rounded"]), abs=0.0006), row
        # The table gives two decimals.
        assert low == pytest.approx(float(row["interval_lo"]), abs=0.00501), row
        assert high == pytest.approx(float(row["interval_hi"]), abs=0.00501), row
        assert printed == float(row["SR_published"])
        assert is_within is (row["published_inside_interval"] == "True"), row
        assert low - 0.05 <= printed <= high + 0.05, row
        strictly_inside += low <= printed <= high
    # Nickel prints 0.3 where the inputs give 0.309 at least: it is the print that is rounded.
    assert strictly_inside == 38


def test_2023_means_of_groups_hold_the_print(published):
    """HREEs 5.1, LREEs 3.7, PGMs 2.7, of the study's members. A table with older governance has
    2.73 for the platinum metals; ours is 5 % above."""
    found = by_key(
        published,
        "select material, supply_risk, supply_risk_low, supply_risk_high, published_supply_risk"
        " from marts.fct_supply_risk where is_group and is_bottleneck",
    )
    assert {group: row[3] for group, row in found.items()} == {
        "HREEs": 5.1, "LREEs": 3.7, "PGMs": 2.7
    }  # fmt: skip
    assert all(low <= printed <= high for _, low, high, printed in found.values())
    assert found["PGMs"][0] == pytest.approx(2.73, rel=0.06)
    members = dict(
        published.execute(
            "select lower(material), group_id from marts.fct_supply_risk"
            " where assessment_id = 'ec2023' and not is_group"
        ).fetchall()
    )
    worked = {row["Material"].lower(): row["group"] for row in table("crm2023_hhi")}
    for material, group in worked.items():
        if group:
            assert members[material] == group, material
    assert members["cobalt"] is None


def test_2023_supply_risks_that_were_fitted(published):
    """The fit is as good as the card says; magnesium needs a substitution index below 1."""
    found = dict(
        published.execute(
            "select material, supply_risk from marts.fct_supply_risk"
            " where assessment_id = 'ec2023' and published_comparison = 'fitted'"
        ).fetchall()
    )
    expected = {"Borate": 3.6, "Cobalt": 2.8, "Strontium": 2.6, "Titanium metal": 1.6}
    assert found.pop("Magnesium") * 0.94 == pytest.approx(4.1, abs=0.05)
    assert found == pytest.approx(expected, abs=0.12)


def test_economic_importance_equals_the_worked_table(published):
    found = by_key(
        published,
        "select material, economic_importance_before_substitution, published_economic_importance,"
        " implied_si_ei, use_share_sum - unallocated_use_share, weighted_value_added_meur,"
        " unallocated_uses from marts.fct_economic_importance",
    )
    rows = table("crm2023_ei")
    for row in rows:
        importance, printed, implied, shares, value_added, unallocated = found[row["material"]]
        assert importance == pytest.approx(float(row["EI_over_SI_EI"]), abs=0.00051), row
        assert shares == pytest.approx(float(row["sum_use_share"]), abs=1e-9), row
        assert value_added == pytest.approx(float(row["sum_share_x_VA_meur"]), abs=0.51), row
        assert unallocated == int(row["n_unallocated_rows"]), row
        if row["EI_published"]:
            assert printed == float(row["EI_published"]), row
            assert implied == pytest.approx(float(row["implied_SI_EI"]), abs=0.00051), row
    assert len(rows) == 30


def test_world_production_equals_what_others_computed(published):
    """260 minerals and years of a worked table, 22 in print: HHI, CR1, CR3, producers. Two lines of
    one country in gold are two."""
    found = by_key(
        published,
        "select mineral, year, hhi, cr1, cr3, producer_count, top_producer_name, total_quantity,"
        " unit from marts.fct_production_concentration",
        key=2,
    )

    def assert_as_computed(mineral, year, hhi, cr1, cr3, producers):
        figures = found[mineral, int(year)]
        assert figures[0] == pytest.approx(float(hhi), abs=0.0000051), (mineral, year)
        wanted = pytest.approx((float(cr1), float(cr3)), abs=0.000051)
        assert figures[1:3] == wanted, (mineral, year)
        assert figures[3] == int(producers), (mineral, year)
        return figures[4:]

    units = {"metr. t": "tonne", "kg": "kilogram", "ct": "carat", "Mio m3": "million cubic metres"}
    rows = table("world_production_hhi")
    assert len(rows) == 260
    for row in rows:
        computed = (row[name] for name in ("material", "year", "HHI", "CR1", "CR3", "n_producers"))
        top, total, unit = assert_as_computed(*computed)
        assert top == row["top"].replace("Congo, D.R.", "DR Congo"), row
        assert total == pytest.approx(float(row["total"]), rel=1e-9), row
        assert unit == units[row["unit"]], row
    rows = [one for one in table("published_criticality") if "HHI_country" in one["metric"][:11]]
    assert len(rows) == 22
    for row in rows:
        printed = re.search(r"CR1=([\d.]+).*CR3=([\d.]+); n=(\d+)", row["inputs"]).groups()
        assert_as_computed(row["entity"], row["period"], row["value"], *printed)


@pytest.mark.parametrize("metal", ["Cobalt", "Lithium", "Nickel", "Rare earths"])
def test_three_largest_producers_against_another_source(published, metal):
    """OECD quotes figures of the IEA: other vintages, up to 8 percentage points apart."""
    (row,) = [
        row
        for row in table("published_criticality")
        if row["metric"] == "CR3_mine_production" and row["entity"] == metal
    ]
    mineral = {"Lithium": "Lithium (Li2O)", "Rare earths": "Rare Earths (REO)"}.get(metal, metal)
    ((cr3,),) = published.execute(
        "select cr3 from marts.fct_production_concentration where mineral = ? and year = 2023",
        [mineral],
    ).fetchall()
    assert cr3 == pytest.approx(float(row["value"].rstrip("%")) / 100, abs=0.08)
