"""Why a figure changed: each cause by itself, causes that meet, and the laws of the parts.

The files are made from known inputs (tests/fixtures/two_releases.py), so the true cause is known.
"""

from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
import two_releases as kit
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

WORLD = kit.world()


@pytest.fixture(scope="module")
def con():
    with duckdb.connect(config={"threads": 1}) as one:
        yield one


def causes(rows):
    return {row["cause"] for row in rows}


def facts(rows):
    return {row["relation_name"].removeprefix("fct_") for row in rows}


def one_cell(rows, column, **key):
    found = [
        row
        for row in rows
        if row["column_name"] == column
        and all(f'"{name}":"{value}"' in row["row_key"] for name, value in key.items())
    ]
    assert found, (column, key)
    return found


def parts_add(rows):
    cells = {}
    for row in rows:
        cell = (row["relation_name"], row["row_key"], row["column_name"])
        cells.setdefault(cell, []).append(row)
    for cell, parts in cells.items():
        assert sum(part["part"] for part in parts) == parts[0]["change"], cell
        if parts[0]["is_number"]:
            new, old = (Decimal(parts[0][name] or 0) for name in ("new_value", "old_value"))
            assert parts[0]["change"] == new - old, cell
        else:
            assert parts[0]["change"] == 1
    return True


REVISED = WORLD.but(flows={("baci", "2024", "8505", "JPN"): 150})
NEW_MONTH = WORLD.but(
    flows={("baci", "2025", "8505", "CHN"): 500, ("baci", "2025", "8505", "JPN"): 50},
    rates={"2025": 1.2},
)


FLOWS = {"import_concentration", "partner_shares", "trade_under_measures"}
LAW = {"trade_under_measures", "measure_states"}
# What differs, its cause, the facts that move, and what each piece of evidence says.
ONE_CAUSE = (
    ({}, None, set(), ""),
    ({"flows": NEW_MONTH.flows, "rates": NEW_MONTH.rates}, "new_period", FLOWS, "baci 2025"),
    ({"measures": {"CN-18": (0.5, "act-70")}}, "law_event", LAW, ""),
    ({"measures": {"CN-99": (0.2, "act-99")}, "coverage": {("CN-99", "280530"): 0.3}},
     "law_event", LAW, ""),
    ({"coverage": {("CN-18", "850511"): 0.7}}, "code_map", {"trade_under_measures"}, ""),
    ({"products": {"2805": "280540"}}, "code_map", FLOWS, ""),
    ({"code": {"int_trade__flows": 0.9}}, "method", FLOWS, "int_trade__flows"),
    ({"code": {"fct_import_concentration": 0.9}}, "method", {"import_concentration"},
     "fct_import_concentration"),
    ({"code": {"fct_trade_under_measures": 0.9}}, "method", {"trade_under_measures"},
     "fct_trade_under_measures"),
    ({"claims": {"L2": (5, 9)}}, "new_period", {"licence_claims"}, ""),
    ({"claims": {"L1": (20, 141)}}, "revision", {"licence_claims"}, "seeds licensing_stats"),
)  # fmt: skip


@pytest.mark.parametrize(("changed", "cause", "moved", "words"), ONE_CAUSE)
def test_one_change_has_one_cause(con, changed, cause, moved, words):
    rows = kit.attribute(con, WORLD, WORLD.but(**changed))
    assert causes(rows) == ({cause} if cause else set())
    assert facts(rows) == moved
    assert all(words in row["evidence"] for row in rows)
    assert parts_add(rows)
    if "flows" in changed:
        assert {row["change_kind"] for row in rows} == {"appeared"}
    if "products" in changed:
        assert {row["change_kind"] for row in rows} == {"appeared", "vanished"}
    if "measures" in changed:
        (measure,) = changed["measures"]
        assert any(measure in row["evidence"] for row in rows)


def test_another_reading_of_the_same_bytes_is_a_method(con):
    rows = kit.attribute(con, WORLD, replace(WORLD, contract="second"))
    assert causes(rows) == {"method"}
    assert all("read by another contract" in row["evidence"] for row in rows)
    assert parts_add(rows)


def test_a_revised_delivery_gives_only_revision(con):
    rows = kit.attribute(con, WORLD, REVISED)
    assert causes(rows) == {"revision"}
    assert facts(rows) == {"import_concentration", "partner_shares", "trade_under_measures"}
    assert all('"period":"2024"' in row["row_key"] for row in rows)
    assert all(row["evidence"].startswith("revision: baci 2024 ") for row in rows)
    assert parts_add(rows)


def test_a_product_that_a_revision_brings_is_a_revision_of_its_source(con):
    """Not of the exchange rate, although its value in euros is new too."""
    rows = kit.attribute(con, WORLD, WORLD.but(flows={("baci", "2023", "2805", "CHN"): 70}))
    assert causes(rows) == {"revision"}
    assert {row["change_kind"] for row in rows} == {"appeared"}
    assert all(row["evidence"].startswith("revision: baci 2023 ") for row in rows)
    after = WORLD.but(flows={("baci", "2023", "2805", "CHN"): 70}, rates={"2023": 1.2})
    (value,) = [
        row
        for row in one_cell(kit.attribute(con, WORLD, after), "import_value_eur", period="2023")
        if row["relation_name"] == "fct_import_concentration" and row["change_kind"] == "appeared"
    ]
    assert value["evidence"].startswith("revision: baci 2023 ")


def test_another_source_is_no_cause(con):
    after = REVISED.but(flows={("comext", "2024", "8505", "VNM"): 300})
    for row in kit.attribute(con, WORLD, after):
        own = "baci" if '"source_id":"baci"' in row["row_key"] else "comext"
        assert row["evidence"].startswith(f"revision: {own} 2024 ")
        assert len(row["evidence"].split(", ")) == 1


def test_a_withdrawn_delivery_is_a_revision(con):
    rows = kit.attribute(con, NEW_MONTH, WORLD)
    assert causes(rows) == {"revision"}
    assert {row["change_kind"] for row in rows} == {"vanished"}
    assert "baci 2025 withdrawn" in rows[0]["evidence"]


def test_a_revised_exchange_rate_moves_euros_and_no_share(con):
    rows = kit.attribute(con, WORLD, WORLD.but(rates={"2024": 1.12}))
    assert causes(rows) == {"revision"}
    assert all("ecb 2024" in row["evidence"] for row in rows)
    assert {row["column_name"] for row in rows} == {
        "import_value_eur", "product_value_eur", "value_eur_low", "value_eur_central"
    }  # fmt: skip
    assert not any('"source_id":"comext"' in row["row_key"] for row in rows)


def test_flow_and_law_are_split_by_the_average_over_both_orders(con):
    rows = kit.attribute(
        con,
        WORLD,
        WORLD.but(
            flows={("comext", "2024", "8505", "CHN"): 1000}, measures={"CN-18": (0.5, "act-70")}
        ),
    )
    found = one_cell(rows, "value_eur_central", source_id="comext", state="in_force")
    parts = {row["cause"]: float(row["part"]) for row in found}
    # 800 x 0.45 = 360 becomes 1000 x 0.3 = 300.
    assert all(part["part"] == round(part["part"], 6) for part in found)
    assert parts == pytest.approx({"revision": 200 * 0.375, "law_event": -0.15 * 900})
    assert parts_add(rows)
    assert "not_separable" not in causes(rows)


def test_code_of_trade_and_law_are_told_apart(con):
    after = WORLD.but(measures={"CN-18": (0.5, "act-70")}, code={"int_trade__flows": 0.9})
    rows = kit.attribute(con, WORLD, after)
    found = one_cell(rows, "value_eur_central", source_id="comext", state="in_force")
    parts = {row["cause"]: float(row["part"]) for row in found}
    assert parts == pytest.approx({"method": -80 * 0.375, "law_event": -0.15 * 760})


def test_a_state_that_appears_on_a_revised_flow_is_split(con):
    """The flow was there before, under no measure."""
    before = WORLD.but(measures={"CN-18": None}, coverage={("CN-18", "850511"): None})
    after = WORLD.but(flows={("comext", "2024", "8505", "CHN"): 1000})
    rows = kit.attribute(con, before, after)
    found = one_cell(rows, "value_eur_central", source_id="comext", state="in_force")
    parts = {row["cause"]: float(row["part"]) for row in found}
    assert parts == pytest.approx({"revision": 200 * 0.225, "law_event": 0.45 * 900})
    whole = one_cell(rows, "product_value_eur", source_id="comext", state="in_force")
    assert {row["cause"]: row["part"] for row in whole} == {"revision": 100, "law_event": 900}
    assert parts_add(rows)


def test_a_new_period_comes_before_law_and_method(con):
    after = NEW_MONTH.but(
        measures={"CN-18": (0.5, "act-70")}, code={"fct_trade_under_measures": 0.9}
    )
    rows = [row for row in kit.attribute(con, WORLD, after) if '"period":"2025"' in row["row_key"]]
    assert causes(rows) == {"new_period"}


def test_an_act_that_is_new_comes_before_changed_code(con):
    after = WORLD.but(measures={"CN-99": (0.2, "act-99")}, code={"int_law__states": 0.9})
    rows = [
        row
        for row in kit.attribute(con, WORLD, after)
        if row["relation_name"] == "fct_measure_states"
    ]
    assert causes(rows) == {"law_event"}


def test_rate_and_value_are_told_apart(con):
    rows = kit.attribute(
        con, WORLD, WORLD.but(rates={"2024": 1.12}, flows={("baci", "2024", "8505", "JPN"): 150})
    )
    found = [
        row
        for row in one_cell(rows, "import_value_eur", product_code="850511", period="2024")
        if row["relation_name"] == "fct_import_concentration"
    ]
    parts = {row["evidence"].split()[1]: float(row["part"]) for row in found}
    f0, f1, s0, s1 = 1 / 1.1, 1 / 1.12, 1000, 1050
    assert parts == pytest.approx(
        {"ecb": (f1 - f0) * (s0 + s1) / 2, "baci": (s1 - s0) * (f0 + f1) / 2}, abs=2e-6
    )
    assert parts_add(rows)


def test_data_and_code_behind_one_figure_are_not_separable(con):
    rows = kit.attribute(con, WORLD, REVISED.but(code={"fct_import_concentration": 0.9}))
    hhi = one_cell(rows, "hhi_value", period="2024", product_code="850511", source_id="baci")
    assert [(row["cause"], row["possible_causes"]) for row in hhi] == [
        ("not_separable", "method; revision")
    ]
    # Where the delivery is the same, only the code can have done it.
    old = one_cell(rows, "hhi_value", period="2023")
    assert causes(old) == {"method"}
    assert parts_add(rows)


def test_law_and_code_map_of_one_product_are_not_separable(con):
    rows = kit.attribute(
        con,
        WORLD,
        WORLD.but(
            measures={"CN-18": (0.5, "act-70")},
            coverage={("CN-18", "850511"): 0.7, ("CN-46", "280530"): 0.9},
        ),
    )
    magnets = one_cell(rows, "value_eur_low", product_code="850511", state="in_force")
    assert {row["possible_causes"] for row in magnets} == {"code_map; law_event"}
    metals = one_cell(rows, "value_eur_low", product_code="280530", state="in_force")
    assert causes(metals) == {"code_map"}


def test_a_code_map_that_only_selects_products_moves_no_flow(con):
    rows = kit.attribute(con, WORLD, REVISED.but(coverage={("CN-18", "850511"): 0.7}))
    flows = [row for row in rows if row["relation_name"] != "fct_trade_under_measures"]
    assert causes(flows) == {"revision"}
    assert causes(rows) == {"revision", "code_map"}
    assert parts_add(rows)


def test_a_release_without_a_record_of_inputs_explains_nothing(con):
    rows = kit.attribute(con, replace(WORLD, is_recorded=False), REVISED)
    assert causes(rows) == {"not_separable"}
    assert {row["possible_causes"] for row in rows} == {"unrecorded"}
    assert parts_add(rows)


def test_a_change_that_no_input_explains_is_said_to_be_one(con):
    kit.attach(con, "before", WORLD)
    kit.attach(con, "after", WORLD)
    con.execute("update after.marts.fct_partner_shares set value_share = 0.5 where period = '2023'")
    kit.write_into_after(con, "1")
    rows = con.execute(
        "select distinct cause, possible_causes, evidence from after.meta.changes"
    ).fetchall()
    assert rows == [("not_separable", "", None)]
    con.execute(
        "update after.meta.build set duckdb_version = '2.0.2'; delete from after.meta.changes"
    )
    kit.write_into_after(con, "1")
    rows = con.execute("select distinct cause, evidence from after.meta.changes").fetchall()
    assert rows == [("method", "method: duckdb_version 2.0.1 to 2.0.2")]


def test_values_that_are_no_finite_number_are_counted_as_cells(con):
    kit.attach(con, "before", WORLD)
    kit.attach(con, "after", WORLD)
    con.execute(
        "update after.marts.fct_partner_shares set value_share = 'infinity'"
        " where period = '2023' and partner_iso3 = 'CHN'"
    )
    kit.write_into_after(con, "1")
    assert con.execute(
        "select is_number, change, part, new_value from after.meta.changes"
    ).fetchall() == [(False, 1, 1, "inf")]


SINGLE = {
    "revision": st.builds(
        lambda value: {"flows": {("baci", "2024", "8505", "CHN"): value}}, st.integers(1, 10**9)
    ),
    "new_period": st.builds(
        lambda value: {"flows": {("comext", "2025", "8505", "CHN"): value}}, st.integers(1, 10**9)
    ),
    "law_event": st.builds(
        lambda share: {"measures": {"CN-18": (share, "act-70")}}, st.floats(0, 1)
    ),
    "code_map": st.builds(
        lambda share: {"coverage": {("CN-18", "850511"): share}}, st.floats(0, 1)
    ),
    "method": st.builds(
        lambda factor: {"code": {"fct_trade_under_measures": factor}}, st.floats(0, 1)
    ),
}


@tried(3)
@given(st.data())
def test_parts_add_whatever_met(con, data):
    chosen = data.draw(st.lists(st.sampled_from(sorted(SINGLE)), unique=True, min_size=1))
    after = WORLD
    for cause in chosen:
        after = after.but(**data.draw(SINGLE[cause]))
    rows = kit.attribute(con, WORLD, after)
    assert parts_add(rows)
    assert causes(rows) <= {*chosen, *(["not_separable"] if chosen[1:] else [])}
    named = {one for row in rows for one in (row["possible_causes"] or "").split("; ") if one}
    assert named <= set(chosen)

    # The way back is the same change with the other sign.
    def total(found):
        return sum(row["part"] for row in found if row["is_number"])

    assert total(kit.attribute(con, after, WORLD)) == -total(rows)
