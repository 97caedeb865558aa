"""Tables of bulk sources by period: incremental equals full, and the same figures as small ones."""

from __future__ import annotations

import pytest
import yaml
from bulk_kit import AT_HAND, BELOW, LINES, MARTS, SOURCE, BulkWarehouse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chokepoint.settings import PROJECT_DIR

# Sources that are not kept by period.
BULK = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["bulk_sources"]
SMALL = f"source_id not in {tuple(BULK)}"
MONTHS = ("2024-11", "2024-12", "2025-01", "2025-03")

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.sampled_from(MONTHS), st.integers(1, 3)),
        st.tuples(st.just("withdraw"), st.sampled_from(MONTHS)),
        st.tuples(st.just("cut off"), st.sampled_from(AT_HAND + MARTS)),
        st.tuples(st.just("run")),
    ),
    min_size=4,
    max_size=5,
)


@pytest.fixture(scope="module")
def warehouse(small_build, tmp_path_factory):
    return BulkWarehouse(small_build, tmp_path_factory.mktemp("bulk") / "data")


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_sequence_of_deliveries_leaves_what_a_full_build_makes(warehouse, steps):
    """A month left stale, doubled or half replaced would stay wrong in every later release."""
    for step, *details in steps:
        if step == "deliver":
            warehouse.deliver(*details)
        elif step == "withdraw":
            warehouse.withdraw(*details)
        elif step == "cut off":
            # A run that ends after some of the models.
            assert warehouse.run(*BELOW, *details) == []
        else:
            assert warehouse.run() == []
    assert warehouse.run() == []
    incremental = warehouse.contents()
    assert warehouse.run(full_refresh=True) == []
    assert incremental == warehouse.contents()


def test_a_new_month_is_built_alone(warehouse):
    """The price of a month must not depend on the months before it."""
    for period in MONTHS[:3]:
        warehouse.deliver(period, revision=1)
    assert warehouse.run() == []
    # Rows that are built again lose the mark.
    tables = [f"marts.{mart}" for mart in MARTS[:2]]
    tables += [f"intermediate.{table}" for table in AT_HAND[1:]]
    for table in tables:
        warehouse.query(f"update {table} set net_mass_kg = -1 where source_id = '{SOURCE}'")
    warehouse.deliver(MONTHS[3], revision=1)
    assert warehouse.run() == []
    for table in tables:
        marked = warehouse.query(
            f"select period, bool_and(coalesce(net_mass_kg, 0) = -1) from {table} "
            f"where source_id = '{SOURCE}' group by period order by period"
        )
        assert marked == [(period, period != MONTHS[3]) for period in MONTHS], table
    assert warehouse.run(full_refresh=True) == []


def test_lines_of_a_bulk_source_are_counted_month_by_month(warehouse):
    """Each line of a delivery counts once, in the range of its reporter, product and month."""
    for number, period in enumerate(MONTHS[:3], start=2):
        warehouse.deliver(period, revision=number)
    assert warehouse.run(LINES) == []
    counted = warehouse.query(
        f"""
        select period, any_value(vintage), sum(line_count), min(first_line), max(last_line)
        from meta.trade_lines where source_id = '{SOURCE}' group by period order by period
        """
    )
    delivered = warehouse.query(
        f"""
        select period, vintage, row_count, 2, row_count + 1
        from landing.deliveries where source_id = '{SOURCE}' and is_current order by period
        """
    )
    assert counted == delivered
    # A month that is built again loses the mark; the others keep it.
    warehouse.query(f"update meta.trade_lines set lines = 'old' where source_id = '{SOURCE}'")
    warehouse.deliver(MONTHS[0], revision=9)
    assert warehouse.run(LINES) == []
    built = warehouse.query(
        "select distinct period from meta.trade_lines "
        f"where source_id = '{SOURCE}' and lines is null"
    )
    assert built == [(MONTHS[0],)]
    incremental = warehouse.query(
        f"select * exclude (lines) from meta.trade_lines where source_id = '{SOURCE}' order by all"
    )
    assert warehouse.run(LINES, full_refresh=True) == []
    assert incremental == warehouse.query(
        f"select * exclude (lines) from meta.trade_lines where source_id = '{SOURCE}' order by all"
    )


def test_lines_of_a_very_large_source_are_told_together(warehouse):
    """Line by line they would be the raw table once more."""
    sums = """
        select count(partner_code) > 0, count(lines), sum(line_count)
        from meta.trade_lines where source_id = 'baci_hs92_bilateral'
    """
    assert warehouse.run(LINES) == []
    ((by_partner, _, lines),) = warehouse.query(sums)
    assert by_partner
    assert warehouse.run(LINES, lines_told_by_partner=100) == []
    assert warehouse.query(sums) == [(False, 0, lines)]


def test_a_broken_file_leaves_the_batches_before_it(warehouse):
    """A run that is cut off between two batches goes on from there, and nothing counts twice."""
    for number, period in enumerate(MONTHS, start=5):
        warehouse.deliver(period, revision=number)
    last = max((warehouse.landing_dir / SOURCE / MONTHS[3]).glob("*.parquet"), key=_age)
    whole = last.read_bytes()
    last.write_bytes(whole[:-100])
    assert "int_trade__bulk_imports" in warehouse.run("int_trade__bulk_imports")
    built = dict(
        warehouse.query(
            "select period, fingerprint from landing.built_periods "
            "where table_name = 'int_trade__bulk_imports'"
        )
    )
    assert MONTHS[0] in built
    last.write_bytes(whole)
    assert warehouse.run() == []
    incremental = warehouse.contents()
    assert warehouse.run(full_refresh=True) == []
    assert incremental == warehouse.contents()


def test_a_seed_that_bears_on_trade_makes_every_period_anew(warehouse):
    """A partner read as another place would stay so in every month built before."""
    table = "fct_import_concentration"
    warehouse.deliver(MONTHS[0], revision=9)
    assert warehouse.run("int_trade__places", "int_trade__bulk_imports", table) == []
    basis = _bases(warehouse)
    warehouse.query("update seeds.eu_membership set left_on = '2020-02-01' where iso3 = 'POL'")
    assert warehouse.run("int_trade__places", "int_trade__bulk_imports", table) == []
    assert basis[table] != _bases(warehouse)[table]
    ((count,),) = warehouse.query(
        "select count(*) from marts.fct_import_concentration where reporter_code = 'POL' "
        f"and supplier_scope = 'extra_eu' and source_id = '{SOURCE}'"
    )
    assert count == 0
    warehouse.query("update seeds.eu_membership set left_on = null where iso3 = 'POL'")
    assert warehouse.run("int_trade__places", "int_trade__bulk_imports", table) == []
    assert _bases(warehouse) == basis


def test_rows_of_other_sources_stand_and_fall_with_their_deliveries(warehouse):
    """Built only where something below them changed, they must never outlive it."""
    tables = [f"marts.{mart}" for mart in MARTS[:2]]
    tables += [f"intermediate.{table}" for table in AT_HAND[1:]]
    warehouse.deliver(MONTHS[0], revision=2)
    assert warehouse.run() == []
    before = warehouse.contents()
    for table in tables:
        warehouse.query(f"update {table} set net_mass_kg = -1 where {SMALL}")
    warehouse.deliver(MONTHS[1], revision=2)
    assert warehouse.run() == []
    assert _marked(warehouse, tables) == dict.fromkeys(tables, True)
    with warehouse.without("comext_cn8_imports"):
        assert warehouse.run() == []
        assert _marked(warehouse, tables) == dict.fromkeys(tables, False)
        for table in tables:
            gone = f"select count(*) from {table} where source_id = 'comext_cn8_imports'"
            assert warehouse.query(gone) == [(0,)], table
        incremental = warehouse.contents()
        assert warehouse.run(full_refresh=True) == []
        assert incremental == warehouse.contents()
    warehouse.withdraw(MONTHS[1])
    assert warehouse.run() == []
    assert warehouse.contents() == before


def test_a_seed_that_only_other_sources_read_makes_their_rows_anew(warehouse):
    """Chips stand in a seed; it has no delivery whose vintage would tell of a change."""
    chips = (
        "select sum(value_in_currency) from intermediate.int_trade__imports "
        "where source_id = 'baci_chips_hs8542'"
    )
    assert warehouse.run() == []
    before, contents = warehouse.query(chips), warehouse.contents()
    raised = "update seeds.chips_hs8542_totals set imports_usd = imports_usd {} 1000"
    warehouse.query(raised.format("+"))
    assert warehouse.run() == []
    assert warehouse.query(chips) > before
    warehouse.query(raised.format("-"))
    assert warehouse.run() == []
    assert warehouse.contents() == contents
    # Two headings that change places leave every row as it was.
    for is_same in (False, True):
        for name, other in (
            ("imports_usd", "were"),
            ("exports_usd", "imports_usd"),
            ("were", "exports_usd"),
        ):
            warehouse.query(f"alter table seeds.chips_hs8542_totals rename {name} to {other}")
        assert warehouse.run() == []
        assert (warehouse.contents() == contents) == is_same


def test_a_ledger_of_another_version_is_made_anew(warehouse):
    """Its entries say nothing of what the tables hold now, and its missing columns stop a build."""
    chain = ("int_trade__places", "int_trade__bulk_imports")
    warehouse.deliver(MONTHS[0], revision=11)
    assert warehouse.run(*chain) == []
    before = warehouse.contents(["int_trade__bulk_imports"])
    warehouse.query("alter table landing.built_periods drop column is_tested")
    warehouse.query("update intermediate.int_trade__bulk_imports set value_in_currency = 1")
    assert warehouse.run(*chain) == []
    assert warehouse.contents(["int_trade__bulk_imports"]) == before
    assert {
        name for (name,) in warehouse.query("select table_name from landing.built_periods")
    } == {"int_trade__bulk_imports"}


def test_descriptions_are_those_of_the_project(warehouse):
    """A table that is not made anew would keep what an older version said of it."""
    table = "fct_import_concentration"
    of_table = (
        f"from duckdb_columns() where table_name = '{table}' and column_name = 'reporter_code'"
    )
    assert warehouse.run(table) == []
    ((told,),) = warehouse.query(f"select comment {of_table}")
    assert told
    warehouse.query(f"comment on column marts.{table}.reporter_code is 'as it was'")
    assert warehouse.run(table) == []
    assert warehouse.query(f"select comment {of_table}") == [(told,)]


def test_rows_of_a_batch_lie_in_the_order_that_readers_ask_by(warehouse):
    """Without it a question about one product would read every block of the table."""
    keys = {
        "fct_import_concentration": "(reporter_code, product_code, period)",
        "fct_partner_shares": "(reporter_code, product_code, period)",
        "fct_trade_under_measures": "(reporter_code, partner_iso3, product_code, period)",
    }
    for period in MONTHS[:3]:
        warehouse.deliver(period, revision=5)
    assert warehouse.run(full_refresh=True, batch_rows=1_000_000) == []
    for mart, key in keys.items():
        rows, descents = warehouse.query(
            "select count(*), count(*) filter (where key < before) from (select key, "
            f"lag(key) over (order by rowid) as before from (select {key} as key, rowid "
            f"from marts.{mart} where source_id = '{SOURCE}'))"
        )[0]
        # The engine hands on both supplier scopes of a few rows together, one after the other.
        assert rows > 20, mart
        assert descents <= 1 + rows // 1000, mart


def test_bulk_and_small_sources_have_the_same_figures(warehouse):
    """The two ways to the marts differ in cost only; the small one has its own oracles."""
    warehouse.deliver(MONTHS[0], revision=9)
    chain = [f"int_trade__stated_flows+,+{mart}" for mart in MARTS]
    assert warehouse.run(*chain) == []
    bulk = {mart: _figures(warehouse, mart) for mart in MARTS}
    assert warehouse.run(*chain, bulk_sources=[]) == []
    assert warehouse.query("select count(*) from intermediate.int_trade__bulk_imports") == [(0,)]
    for mart in MARTS:
        small = _figures(warehouse, mart)
        assert bulk[mart].keys() == small.keys()
        for key, figures in bulk[mart].items():
            assert figures == pytest.approx(small[key], rel=1e-11, nan_ok=True), key


def _bases(warehouse):
    return dict(
        warehouse.query("select table_name, basis from landing.built_periods where period = '*'")
    )


def _marked(warehouse, tables):
    """Whether the rows of other sources still have the mark, by table."""
    return {
        table: warehouse.query(
            f"select bool_and(coalesce(net_mass_kg, 0) = -1) from {table} where {SMALL}"
        )[0][0]
        for table in tables
    }


def _figures(warehouse, mart):
    """Numbers by key; reporters whose partner shares only small sources keep are left out."""
    columns = [
        (name, kind)
        for name, kind in warehouse.query(
            "select column_name, data_type from duckdb_columns() "
            f"where schema_name = 'marts' and table_name = '{mart}' order by column_index"
        )
    ]
    numbers = [name for name, kind in columns if kind == "DOUBLE" or kind.startswith("DECIMAL")]
    texts = [name for name, kind in columns if kind in ("VARCHAR", "BOOLEAN", "INTEGER")]
    only = "and reporter_code = 'EU27'" if mart == "fct_partner_shares" else ""
    rows = warehouse.query(
        f"select [{', '.join(f'{name}::varchar' for name in texts)}], "
        f"[{', '.join(f'{name}::double' for name in numbers)}] from marts.{mart} "
        f"where source_id = '{SOURCE}' {only}"
    )
    return {tuple(key): [0.0 if n is None else n for n in figures] for key, figures in rows}


def _age(path):
    return path.name
