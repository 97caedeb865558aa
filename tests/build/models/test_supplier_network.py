"""Supplier networks against plain Python and networkx, and the laws they obey."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import duckdb
import network_oracle as oracle
import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of
from reading_kit import flows

MODELS = ("fct_supplier_centrality", "int_trade__product_networks")


@pytest.fixture(scope="module")
def networks():
    """(product, year) -> network in thousand USD, straight from the file."""
    found = defaultdict(dict)
    for row in flows():
        pair = row["exporter_iso3"], row["importer_iso3"]
        if pair[0] != pair[1]:
            found[row["hs6"], row["year"]][pair] = Fraction(row["value_kusd"])
    return found


# --- the bundled figures ------------------------------------------------------------------


def test_all_exporters_of_2024_equal_exact_arithmetic(published, networks):
    scores = defaultdict(dict)
    for product, exporter, *row in published.execute(
        """
        select product_code, exporter_iso3, weighted_out_degree, importer_count, export_rank,
            world_export_share
        from marts.fct_supplier_centrality
        where period = '2024' and source_id = 'baci_hs92_bilateral'
        """
    ).fetchall():
        scores[product][exporter] = row
    assert len(scores) == len([1 for _, year in networks if year == "2024"])
    for product, exporters in scores.items():
        network = networks[product, "2024"]
        degrees = oracle.weighted_out_degrees(network)
        shares = oracle.export_shares(network)
        order = sorted(shares, key=lambda code: (-shares[code], code))
        assert exporters.keys() == shares.keys()
        for exporter, (degree, importers, place, share) in exporters.items():
            assert degree == degrees[exporter]
            assert importers == sum(1 for pair in network if pair[0] == exporter)
            assert order[place - 1] == exporter
            assert share == pytest.approx(float(shares[exporter]), rel=1e-11)


def test_fragile_products_are_in_the_worst_third_of_each_part(full_build, networks):
    """Dispersion, clustering and substitutability by exact arithmetic, and the parts counted.

    Exact arithmetic of every year would take seconds more and say nothing else.
    """
    path = full_build.data_dir / "warehouse" / "chokepoint.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        rows = con.execute(
            """
            select product_code, period, out_strength_dispersion, weighted_clustering,
                other_supplier_share, fragile_parts
            from intermediate.int_trade__product_networks where source_id = 'baci_hs92_bilateral'
            """
        ).fetchall()
    assert {(row[0], row[1]) for row in rows} == networks.keys()
    years = defaultdict(list)
    for product, year, dispersion, cluster, other, parts in rows:
        years[year].append((dispersion, cluster, other, parts))
        if year not in ("2015", "2020", "2024"):
            continue
        network = networks[product, year]
        count = len(oracle.countries(network))
        squares = sum(share * share for share in oracle.export_shares(network).values())
        variance = squares / count - Fraction(1, count * count)
        expected = [float(variance) ** 0.5, float(oracle.other_supplier_share(network))]
        assert [dispersion, other] == pytest.approx(expected, rel=1e-10)
        if year == "2024":
            assert cluster == pytest.approx(oracle.clustering(network), rel=1e-10)
    for products in years.values():
        for dispersion, cluster, other, parts in products:
            ranks = [
                1 + sum(one[0] > dispersion for one in products),
                1 + sum(one[1] > cluster for one in products),
                1 + sum(one[2] < other for one in products),
            ]
            assert parts == sum(3 * rank <= len(products) for rank in ranks)
    flagged = [parts for products in years.values() for *_, parts in products if parts == 3]
    assert 0 < len(flagged) < len(rows) / 3


# --- made-up networks ---------------------------------------------------------------------


laboratory = laboratory_of(*MODELS, stand_ins=["int_trade__flows"], bundled=["eu_membership"])


def flow(exporter, importer, value, kind="country"):
    baci = {"source_id": "baci_hs92_bilateral", "nomenclature": "HS1992", "partner_kind": kind}
    return flow_of(importer, exporter, Decimal(value), partner_source_code=exporter, **baci)


def run(laboratory, rows):
    """The rows of both models for these flows."""
    laboratory.fill("int_trade__flows", rows)
    return [laboratory.rows(model) for model in MODELS]


def test_karate_club_has_the_transitivity_of_networkx(laboratory):
    """Each tie of the club as trade both ways."""
    graph = nx.karate_club_graph()
    rows = [flow(f"K{one:02d}", f"K{two:02d}", 1) for one, two in graph.edges]
    rows += [flow(f"K{two:02d}", f"K{one:02d}", 1) for one, two in graph.edges]
    _, (shape,) = run(laboratory, rows)
    assert shape["weighted_clustering"] == pytest.approx(nx.transitivity(graph), rel=1e-11)


def test_zero_negative_unnamed_and_self_trade_are_no_ties(laboratory):
    real = [flow("CHN", "USA", 5), flow("CHN", "DEU", 5), flow("VNM", "DEU", 5)]
    noise = [
        flow("JPN", "USA", 0),
        flow("VNM", "USA", -3),
        flow("_REST", "USA", 100, kind="pseudo_partner"),
        flow("CHN", "CHN", 1000),
    ]
    assert run(laboratory, real) == run(laboratory, real + noise)


CODES = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG"]
generated_networks = st.dictionaries(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)).filter(lambda p: p[0] != p[1]),
    st.integers(1, 10**12).map(lambda units: Decimal(units) / 1000),
    min_size=1,
    max_size=25,
)


def run_each(laboratory, cases):
    """What run() gives for each of several networks, told apart by their edition."""
    found = [tuple([] for _ in MODELS) for _ in cases]
    rows = [
        flow(exporter, importer, value) | {"nomenclature": f"HS{case}"}
        for case, network in enumerate(cases)
        for (exporter, importer), value in network.items()
    ]
    for number, made in enumerate(run(laboratory, rows)):
        for row in made:
            found[int(row.pop("nomenclature").removeprefix("HS"))][number].append(row)
    return found


@ten_times
@given(cases=several(generated_networks), factor=st.sampled_from([2, 10, 1000]))
def test_generated_networks_equal_the_oracle(laboratory, cases, factor):
    """And neither the unit of money nor the names of countries change a measure."""
    other = dict(zip(CODES, reversed(CODES), strict=True))
    changed = [
        {(other[one], other[two]): value * factor for (one, two), value in network.items()}
        for network in cases
    ]
    found = run_each(laboratory, cases + changed)
    for network, (exporters, (shape,)), (_, (after,)) in zip(
        cases, found[: len(cases)], found[len(cases) :], strict=True
    ):
        exact = {pair: Fraction(value) for pair, value in network.items()}
        shares = oracle.export_shares(exact)
        assert {row["exporter_iso3"]: row["world_export_share"] for row in exporters} == (
            pytest.approx({code: float(share) for code, share in shares.items()}, rel=1e-11)
        )
        expected = oracle.clustering(exact)
        assert shape["weighted_clustering"] == (
            None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-12)
        )
        for column, value in shape.items():
            wanted = pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
            assert after[column] == wanted, column
