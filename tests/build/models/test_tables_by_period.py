"""Tables of bulk sources by period: incremental equals full, and small ones. Sequences of
deliveries: tests/torture/."""

from __future__ import annotations

import pytest
from bulk_kit import BELOW, LINES, MARTS, SOURCE, BulkWarehouse

# Sources that are not kept by period.
SMALL = "source_id not in (select source_id from marts.dim_trade_source where is_bulk)"
MONTHS = ("2024-11", "2024-12", "2025-01", "2025-03")


@pytest.fixture(scope="module")
def warehouse(small_build, tmp_path_factory, shared_folder):
    folder = tmp_path_factory.mktemp("bulk") / "data"
    return BulkWarehouse(small_build, folder, shared_folder / "parsed")


def test_months_are_built_alone_and_other_sources_fall_with_their_deliveries(warehouse):
    """The price of a month must not depend on earlier ones or other sources. What is withdrawn is
    in no table, and what it had replaced counts again."""
    chain = (*BELOW[:2], *MARTS[:2])
    tables = ["intermediate.int_trade__imports", *(f"marts.{mart}" for mart in MARTS[:2])]
    for period in MONTHS[:3]:
        warehouse.deliver(period, revision=1)
    assert warehouse.run() == []
    first = f"{SMALL} or source_id = '{SOURCE}' and period = '{MONTHS[0]}'"
    before = _hashes(warehouse, tables, first)
    # Rows that are built again lose the mark.
    for table in tables:
        warehouse.query(
            f"update {table} set net_mass_kg = -1 where {SMALL} or source_id = '{SOURCE}'"
        )
    # A table that is not made anew would keep what an older version said of it, too.
    comment = (
        f"select comment from duckdb_columns() where table_name = '{MARTS[0]}'"
        " and column_name = 'reporter_code'"
    )
    ((told,),) = warehouse.query(comment)
    assert told
    warehouse.query(f"comment on column marts.{MARTS[0]}.reporter_code is 'as it was'")
    warehouse.deliver(MONTHS[0], revision=2)
    warehouse.deliver(MONTHS[3], revision=1)
    assert warehouse.run() == []
    assert warehouse.query(comment) == [(told,)]
    by_period = f"if({SMALL}, 'others', period)"
    kept = [(period, period not in (MONTHS[0], MONTHS[3])) for period in (*MONTHS, "others")]
    assert _marked(warehouse, tables, by_period) == dict.fromkeys(tables, kept)
    with warehouse.without("comext_cn8_imports"):
        assert warehouse.run(*chain) == []
        kept[-1] = ("others", False)
        assert _marked(warehouse, tables, by_period) == dict.fromkeys(tables, kept)
        for table in tables:
            gone = f"select count(*) from {table} where source_id = 'comext_cn8_imports'"
            assert warehouse.query(gone) == [(0,)], table
    warehouse.withdraw(MONTHS[0])
    warehouse.withdraw(MONTHS[3])
    assert warehouse.run(*chain) == []
    assert _hashes(warehouse, tables, first) == before
    # The last month is gone.
    del kept[3]
    assert _marked(warehouse, tables, by_period) == dict.fromkeys(tables, kept)


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
    ours = (
        f"select * exclude (lines) from meta.trade_lines where source_id = '{SOURCE}' order by all"
    )
    incremental = warehouse.query(ours)
    # Those of a very large source are told together: else they would be the raw table once more.
    sums = """
        select count(partner_code) > 0, count(lines), sum(line_count)
        from meta.trade_lines where source_id = 'baci_hs92_bilateral'
    """
    ((by_partner, _, lines),) = warehouse.query(sums)
    assert by_partner
    assert warehouse.run(LINES, full_refresh=True, lines_told_by_partner=2_000) == []
    assert incremental == warehouse.query(ours)
    assert warehouse.query(sums) == [(False, 0, lines)]


@pytest.fixture(scope="module")
def rebuilt(warehouse):
    """Four months, the last broken at first, then everything anew in one batch: what was built
    beside the broken file, then, and anew."""
    for number, period in enumerate(MONTHS, start=5):
        warehouse.deliver(period, revision=number)
    last = max((warehouse.landing_dir / SOURCE / MONTHS[3]).glob("*.parquet"))
    whole = last.read_bytes()
    last.write_bytes(whole[:-100])
    assert "int_trade__imports" in warehouse.run("int_trade__imports")
    built = warehouse.query(
        "select period from landing.built_periods where table_name = 'int_trade__imports'"
    )
    last.write_bytes(whole)
    assert warehouse.run() == []
    incremental = warehouse.contents()
    assert warehouse.run(full_refresh=True, batch_rows=1_000_000) == []
    return built, incremental, warehouse.contents()


def test_a_broken_file_leaves_the_batches_before_it(rebuilt):
    """A run that is cut off between two batches goes on from there, and nothing counts twice."""
    built, incremental, anew = rebuilt
    assert (MONTHS[0],) in built
    assert incremental == anew


def test_rows_of_a_batch_lie_in_the_order_that_readers_ask_by(warehouse, rebuilt):
    """Without it a question about one product would read every block of the table."""
    keys = {
        "fct_import_concentration": "(reporter_code, product_code, period)",
        "fct_partner_shares": "(reporter_code, product_code, period)",
        "fct_trade_under_measures": "(reporter_code, partner_iso3, product_code, period)",
    }
    for mart, key in keys.items():
        rows, descents = warehouse.query(
            "select count(*), count(*) filter (where key < before) from (select key, "
            f"lag(key) over (order by rowid) as before from (select {key} as key, rowid "
            f"from marts.{mart} where source_id = '{SOURCE}'))"
        )[0]
        # The engine hands on both supplier scopes of a few rows together, one after the other.
        assert rows > 20, mart
        assert descents <= 1 + rows // 1000, mart


def test_products_at_hand_have_the_figures_of_the_marts(warehouse, rebuilt):
    """What is worked out for the products at hand is worked out again for all products."""
    differing = """
        select count(*), count(*) filter (
            abs(cells.hhi - mart.hhi_value) > 1e-12
            or cells.supplier_count <> mart.supplier_count
            or cells.top_supplier_iso3 <> mart.top_supplier_iso3
        )
        from intermediate.int_trade__concentration as cells
        inner join marts.fct_import_concentration as mart using (
            source_id, nomenclature, product_code, period, reporter_code, supplier_scope
        )
    """
    ((cells,),) = warehouse.query("select count(*) from intermediate.int_trade__concentration")
    assert cells > 0
    assert warehouse.query(differing) == [(cells, 0)]
    differing = """
        select count(*) > 0, count(*) filter (
            mart.partner_iso3 is null or abs(shares.value_share - mart.value_share) > 1e-12
            or shares.partner_kind <> 'pseudo_partner'
            and shares.supplier_rank <> mart.supplier_rank
        )
        from intermediate.int_trade__supplier_shares as shares
        inner join intermediate.int_trade__concentration as cells using (cell_number)
        left join marts.fct_partner_shares as mart
            on cells.source_id = mart.source_id and cells.nomenclature = mart.nomenclature
            and cells.product_code = mart.product_code and cells.period = mart.period
            and cells.reporter_code = mart.reporter_code
            and cells.supplier_scope = mart.supplier_scope
            and shares.partner_code = mart.partner_iso3
        where
            cells.reporter_code = 'EU27'
            or cells.source_id not in (select source_id from marts.dim_trade_source where is_bulk)
    """
    assert warehouse.query(differing) == [(True, 0)]


def test_what_is_said_of_a_source_holds_for_its_rows(warehouse, rebuilt):
    """Its row in trade_sources is written by hand; its flows are staged with the same facts."""
    untrue = """
        select distinct imports.source_id
        from intermediate.int_trade__imports as imports
        left join marts.dim_trade_source as sources using (source_id)
        where
            imports.frequency is distinct from sources.frequency
            or not list_contains(string_split(sources.currency, ' or '), imports.currency)
            or left(imports.nomenclature, 2) <> sources.nomenclature_family
    """
    assert warehouse.query(
        "select count(*) > 5 from (select distinct source_id from intermediate.int_trade__imports)"
    ) == [(True,)]
    assert warehouse.query(untrue) == []


def test_a_seed_or_a_ledger_of_another_version_makes_every_period_anew(warehouse):
    """A partner read as another place would stay so in every month built before. Entries of another
    version say nothing of the tables."""
    chain = (
        "int_trade__eu27_members", "int_trade__places", "int_trade__imports",
        "fct_import_concentration",
    )  # fmt: skip
    warehouse.deliver(MONTHS[0], revision=9)
    assert warehouse.run(*chain) == []
    basis, contents = _bases(warehouse), warehouse.contents(chain[2:])
    warehouse.query("update seeds.eu_membership set left_on = '2020-02-01' where iso3 = 'POL'")
    assert warehouse.run(*chain) == []
    assert basis["int_trade__imports"] != _bases(warehouse)["int_trade__imports"]
    ((count,),) = warehouse.query(
        "select count(*) from marts.fct_import_concentration where reporter_code = 'POL' "
        f"and supplier_scope = 'extra_eu' and source_id = '{SOURCE}'"
    )
    assert count == 0
    warehouse.query("update seeds.eu_membership set left_on = null where iso3 = 'POL'")
    warehouse.query("alter table landing.built_periods drop column is_tested")
    warehouse.query("update intermediate.int_trade__imports set value_in_currency = 1")
    assert warehouse.run(*chain) == []
    assert warehouse.contents(chain[2:]) == contents
    # Nothing is left of the ledger before.
    assert _bases(warehouse) == {name: basis[name] for name in chain[2:]}


def test_a_seed_that_only_other_sources_read_makes_their_rows_anew(warehouse):
    """Chips stand in a seed; it has no delivery whose vintage would tell of a change."""
    chips = (
        "select sum(value_in_currency) from intermediate.int_trade__imports "
        "where source_id = 'baci_chips_hs8542'"
    )
    chain, imports = ("int_trade__chip_flows", "int_trade__imports"), ["int_trade__imports"]
    assert warehouse.run(*chain) == []
    before, contents = warehouse.query(chips), warehouse.contents(imports)
    raised = "update seeds.chips_hs8542_totals set imports_usd = imports_usd {} 1000"
    warehouse.query(raised.format("+"))
    assert warehouse.run(*chain) == []
    assert warehouse.query(chips) > before
    # Two headings that change places leave every row as it was.
    figure = warehouse.query(chips)
    for is_undone in (False, True):
        for name, other in (
            ("imports_usd", "were"),
            ("exports_usd", "imports_usd"),
            ("were", "exports_usd"),
        ):
            warehouse.query(f"alter table seeds.chips_hs8542_totals rename {name} to {other}")
        if is_undone:
            warehouse.query(raised.format("-"))
        assert warehouse.run(*chain) == []
        assert (warehouse.contents(imports) == contents) == is_undone
        assert warehouse.query(chips) != figure


def _bases(warehouse):
    return dict(
        warehouse.query("select table_name, basis from landing.built_periods where period = '*'")
    )


def _hashes(warehouse, tables, where):
    """Of the rows of each table that meet a condition."""
    query = "select count(*), sum(hash(rows)::hugeint) from {} as rows where {}"
    return {table: warehouse.query(query.format(table, where)) for table in tables}


def _marked(warehouse, tables, group):
    """Whether the rows of each group still have the mark, by table."""
    return {
        table: warehouse.query(
            "select part, bool_and(coalesce(net_mass_kg, 0) = -1)"
            f" from (select *, {group} as part from {table}"
            f" where {SMALL} or source_id = '{SOURCE}') group by all order by all"
        )
        for table in tables
    }
