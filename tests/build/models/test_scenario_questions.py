"""Question A13 and the crisis table as a stranger asks them of the published file."""

from __future__ import annotations

import shutil
from datetime import date

import duckdb
import pytest
from reading_kit import by_key, rows

DAY = date(2026, 11, 25)
# What No. 70 of 2025 suspends, and the notice itself.
SUSPENDED = {f"CN-2025-{number}" for number in (55, 56, 57, 58, 61, 62)}


@pytest.fixture(scope="module")
def differences(connection):
    found = rows(connection, f"from reports.scenario_differences(date '{DAY}')")
    scenarios = by_key(connection, "select scenario_id from marts.dim_scenario")
    return {one: [row for row in found if row["scenario_id"] == one] for one in scenarios}


def states(differences):
    return {
        row["subject_id"].split()[0]: (row["base_text"], row["scenario_text"])
        for row in differences
        if row["question_id"] == "A1" and row["detail"].endswith("base")
    }


def test_the_empty_scenario_differs_in_nothing(connection, differences):
    assert differences["nothing-changes"] == []
    keyed = connection.execute(
        """
        select schema_name || '.' || table_name
        from duckdb_columns() semi join duckdb_tables() using (schema_name, table_name)
        where column_name = 'scenario_id' and table_name <> 'dim_scenario'
        """
    ).fetchall()
    assert len(keyed) >= 5
    for (relation,) in keyed:
        of = "select * exclude (scenario_id, data_origin) from {} where scenario_id = '{}'"
        base = of.format(relation, "base")
        empty = of.format(relation, "nothing-changes")
        for one, other in ((base, empty), (empty, base)):
            assert connection.execute(
                f"select count(*) from ({one} except all {other})"
            ).fetchone() == (0,), relation


def test_the_lapse_puts_in_force_what_was_suspended(differences):
    found = states(differences["suspension-lapses"])
    assert {name: found[name] for name in SUSPENDED} == dict.fromkeys(
        SUSPENDED, ("lapsed_presumed", "in_force")
    )


def test_dongguan_says_what_is_unknown(differences):
    """No stock of the chips is published: how many days and euro, nobody can say."""
    found = [row for row in differences["dongguan-stops"]
             if row["metric"] == "value at risk, at most"]  # fmt: skip
    assert [row["subject_id"] for row in found] == ["nexperia-discretes"]
    assert "enter stock and use" in found[0]["scenario_text"]


CUTS = {"dongguan-stops", "heavy-rare-earths-half-pace", "suspension-lapses"}
FIRST = "first stock-out, half of the draws"


def test_no_cut_postpones_a_stock_out_and_no_relief_brings_one_forward(differences):
    """Which follows where both sides are of the same parts."""
    found = [row for rows in differences.values() for row in rows if row["metric"] == FIRST]
    assert {row["scenario_id"] for row in found} >= CUTS - {"dongguan-stops"}
    for row in found:
        # A position that never runs out has no day.
        before, after = (row[side] or "never" for side in ("base_text", "scenario_text"))
        assert after < before if row["scenario_id"] in CUTS else after > before, row


def test_a_product_is_compared_by_the_parts_that_the_scenario_hits(full_build, tmp_path):
    """Another part of the car runs out in November, with the lapse and without it."""
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(full_build.published, copy)
    with duckdb.connect(str(copy)) as con:
        of_the_car = "where scenario_id = 'suspension-lapses' and part_id = 'car-001'"
        ((hit, without),) = con.execute(
            "update marts.fct_scenario_products set first_stock_out_date_p50 ="
            f" base_first_stock_out_date_p50 - 9 {of_the_car}"
            " returning first_stock_out_date_p50, base_first_stock_out_date_p50"
        ).fetchall()
        found = rows(con, f"from reports.scenario_differences(date '{DAY}')")
        (first,) = con.execute(
            "select first_stock_out_date_p50 from marts.fct_scenario_products"
            " where scenario_id = 'base' and part_id = 'car-001'"
        ).fetchone()
    (row,) = [row for row in found if (row["metric"], row["subject_id"]) == (FIRST, "car-001")
              and row["scenario_id"] == "suspension-lapses"]  # fmt: skip
    assert (row["base_text"], row["scenario_text"]) == (str(without), str(hit))
    assert first < hit


def test_an_extension_ends_a_year_later(connection):
    extended = rows(
        connection,
        "from reports.measures_ending(date '2027-10-01', 60, date '2026-11-25',"
        " scenario := 'suspension-extended')",
    )
    ends = {row["measure_id"]: (row["ends_on"], row["state_after"]) for row in extended}
    assert {ends[name] for name in SUSPENDED} == {(date(2027, 11, 10), "lapsed_presumed")}


def test_a_name_that_is_no_scenario_is_an_error(connection):
    with pytest.raises(Exception, match="there is no scenario lapse"):
        rows(connection, "from reports.measures_ending(null, 90, scenario := 'lapse')")


def test_the_crisis_of_october_2025_names_the_other_sites(connection):
    (chips,) = rows(
        connection,
        f"from reports.crisis('E026', date '{DAY}')"
        " where graph_id = 'public-facts' and target_kind = 'site'",
    )
    assert (chips["supply_lost_low"], chips["supply_lost_high"]) == pytest.approx((0.5, 0.8))
    assert "Cabuyao (PHL)" in chips["alternatives"]
    assert "Seremban (MYS)" in chips["alternatives"]
    assert chips["firms"] == "Nexperia"
    assert "Exemptions for eligible Nexperia exports" in chips["exemptions"]
    # Nobody publishes stocks: unknown, not zero.
    assert chips["days_left"] is None
    assert chips["cover_text"] == "no stock position listed"
