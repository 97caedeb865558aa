"""Supplier networks against plain Python, networkx and numpy, and the laws they obey."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import network_oracle as oracle
import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import ModelLaboratory

from chokepoint.settings import PROJECT_DIR

MODELS = ("fct_supplier_centrality", "fct_product_networks", "fct_supplier_removal")


@pytest.fixture(scope="module")
def networks():
    """(product, year) -> network in thousand USD, straight from the file."""
    found = defaultdict(dict)
    path = PROJECT_DIR / "seeds" / "deliveries" / "baci_hs92_bilateral.csv.gz"
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            exporter = row["exporter_iso3"].replace("S19", "TWN")
            importer = row["importer_iso3"].replace("S19", "TWN")
            if exporter != importer:
                found[row["hs6"], row["year"]][exporter, importer] = Fraction(row["value_kusd"])
    return found


# --- the published figures ----------------------------------------------------------------


def test_all_networks_of_2024_equal_networkx_and_numpy(published, networks):
    """PageRank and hub score of every exporter of every product in the latest year."""
    scores = defaultdict(dict)
    for product, exporter, *row in published.execute(
        """
        select product_code, exporter_iso3, page_rank, hub_score, weighted_out_degree,
            importer_count, export_rank, world_export_share
        from marts.fct_supplier_centrality
        where period = '2024' and source_id = 'baci_hs92_bilateral'
        """
    ).fetchall():
        scores[product][exporter] = row
    assert len(scores) == len([1 for _, year in networks if year == "2024"])
    for product, exporters in scores.items():
        network = networks[product, "2024"]
        ranks = oracle.page_ranks(network)
        hubs = oracle.hub_scores(network)
        degrees = oracle.weighted_out_degrees(network)
        shares = oracle.export_shares(network)
        order = sorted(shares, key=lambda code: (-shares[code], code))
        assert exporters.keys() == shares.keys()
        for exporter, row in exporters.items():
            page_rank, hub, degree, importers, place, share = row
            assert page_rank == pytest.approx(ranks[exporter], abs=1e-8)
            assert hub == pytest.approx(hubs[exporter], abs=1e-8)
            assert degree == degrees[exporter]
            assert importers == sum(1 for pair in network if pair[0] == exporter)
            assert order[place - 1] == exporter
            assert share == pytest.approx(float(shares[exporter]), rel=1e-11)


def test_iterated_scores_are_those_of_the_latest_three_years(published):
    """Older years say why they have none."""
    rows = published.execute(
        """
        select
            period, count(page_rank), count(hub_score), count(missing_score_reason), count(*)
        from marts.fct_supplier_centrality group by period order by period
        """
    ).fetchall()
    assert [row[0] for row in rows] == [str(year) for year in range(2015, 2025)]
    for period, ranked, hubs, reasons, total in rows:
        assert ranked == hubs == (total if period >= "2022" else 0)
        assert reasons == total - ranked


def test_every_network_equals_exact_arithmetic(published, networks):
    """Counts, density, HHI, centralisation, dispersion and substitutability of all years."""
    rows = published.execute(
        """
        select product_code, period, country_count, exporter_count, importer_count, flow_count,
            flows_left_out_count, density, export_centralisation, world_export_hhi,
            out_strength_dispersion, other_supplier_share, weighted_clustering
        from marts.fct_product_networks where source_id = 'baci_hs92_bilateral'
        """
    ).fetchall()
    assert {(row[0], row[1]) for row in rows} == networks.keys()
    for product, year, nodes, exporters, importers, flows, left_out, *measures in rows:
        network = networks[product, year]
        count = len(oracle.countries(network))
        shares = list(oracle.export_shares(network).values())
        assert nodes == count
        assert exporters == len(shares)
        assert importers == len({importer for _, importer in network})
        assert flows == len(network)
        assert left_out == 0
        squares = sum(share * share for share in shares)
        variance = squares / count - Fraction(1, count * count)
        expected = [
            Fraction(len(network), count * (count - 1)),
            (count * max(shares) - 1) / (count - 1),
            squares,
            float(variance) ** 0.5,
            oracle.other_supplier_share(network),
        ]
        assert measures[:5] == pytest.approx([float(one) for one in expected], rel=1e-10)
        if year == "2024":
            assert measures[5] == pytest.approx(oracle.clustering(network), rel=1e-10)


def test_every_removal_of_2024_equals_exact_arithmetic(published, networks):
    """The ten largest suppliers of each product: who is left with how little."""
    rows = published.execute(
        """
        select product_code, exporter_iso3, export_rank, importer_count,
            importers_left_below_80_pct, importers_left_below_50_pct,
            importers_left_with_nothing, importer_share_left_below_80_pct,
            importer_share_left_below_50_pct, value_lost_share
        from marts.fct_supplier_removal
        where period = '2024' and source_id = 'baci_hs92_bilateral'
        """
    ).fetchall()
    assert len(rows) == 10 * len({row[0] for row in rows})
    for product, exporter, rank, others, below_80, below_50, nothing, *parts in rows:
        network = networks[product, "2024"]
        shares = oracle.export_shares(network)
        assert (others, below_80, below_50, nothing) == oracle.removal(network, exporter)
        assert parts == pytest.approx(
            [below_80 / others, below_50 / others, float(shares[exporter])], rel=1e-11
        )
        assert sorted(shares, key=lambda code: (-shares[code], code))[rank - 1] == exporter


def test_fragile_products_are_in_the_worst_third_three_times(published):
    """The flag is nothing but the three ranks."""
    rows = published.execute(
        """
        select period, out_strength_dispersion, weighted_clustering, other_supplier_share,
            dispersion_rank, clustering_rank, substitutability_rank, ranked_product_count,
            is_fragile
        from marts.fct_product_networks where source_id = 'baci_hs92_bilateral'
        """
    ).fetchall()
    years = defaultdict(list)
    for row in rows:
        years[row[0]].append(row[1:])
    flagged = 0
    for products in years.values():
        for dispersion, cluster, other, *ranks, count, is_fragile in products:
            expected = [
                1 + sum(one[0] > dispersion for one in products),
                1 + sum(one[1] > cluster for one in products),
                1 + sum(one[2] < other for one in products),
            ]
            assert ranks == expected
            assert count == len(products)
            assert is_fragile == all(3 * rank <= count for rank in expected)
            flagged += is_fragile
    assert 0 < flagged < len(rows) / 3


# --- made-up networks ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(manifest, *MODELS, stand_ins=["int_trade__flows"])
    made.fill_bundled("eu_membership")
    yield made
    made.close()


def flow(exporter, importer, value, product="280530", period="2024", kind="country"):
    return {
        "source_id": "baci_hs92_bilateral",
        "frequency": "annual",
        "period": period,
        "reporter_code": importer,
        "partner_code": exporter,
        "partner_source_code": exporter,
        "partner_kind": kind,
        "flow": "import",
        "nomenclature": "HS1992",
        "product_code": product,
        "currency": "EUR",
        "value_in_currency": Decimal(value),
    }


def run(laboratory, rows):
    """The rows of the three marts for these flows."""
    laboratory.fill("int_trade__flows", rows)
    return [laboratory.rows(model) for model in MODELS]


def test_karate_club_has_the_page_ranks_of_networkx(laboratory):
    """Each tie of the club as trade both ways: PageRank of the undirected graph."""
    graph = nx.karate_club_graph()
    rows = [flow(f"K{one:02d}", f"K{two:02d}", 1) for one, two in graph.edges]
    rows += [flow(f"K{two:02d}", f"K{one:02d}", 1) for one, two in graph.edges]
    centrality, (shape,), _ = run(laboratory, rows)
    expected = nx.pagerank(graph, weight=None, tol=1e-14, max_iter=1000)
    found = {int(row["exporter_iso3"][1:]): row["page_rank"] for row in centrality}
    assert found == pytest.approx(expected, abs=1e-10)
    assert shape["weighted_clustering"] == pytest.approx(nx.transitivity(graph), rel=1e-11)


def test_a_product_with_one_exporter_is_a_star(laboratory):
    centrality, (shape,), (removed,) = run(
        laboratory, [flow("CHN", "DEU", 3), flow("CHN", "USA", 5), flow("CHN", "JPN", 2)]
    )
    (row,) = centrality
    assert row["world_export_share"] == row["hub_score"] == 1
    assert row["weighted_out_degree"] == row["importer_count"] == 3
    assert row["page_rank"] == pytest.approx(
        oracle.page_ranks({("CHN", "DEU"): 3, ("CHN", "USA"): 5, ("CHN", "JPN"): 2})["CHN"],
        abs=1e-10,
    )
    assert shape["export_centralisation"] == shape["world_export_hhi"] == 1
    assert shape["other_supplier_share"] == 0
    assert shape["weighted_clustering"] == 0
    assert shape["is_fragile"] is None
    assert shape["missing_fragility_reason"] == "fewer than three products to rank"
    assert removed["importers_left_with_nothing"] == removed["importer_count"] == 3
    assert removed["value_lost_share"] == 1


def test_one_flow_alone_has_no_clustering(laboratory):
    _, (shape,), (removed,) = run(laboratory, [flow("CHN", "USA", 5)])
    assert shape["weighted_clustering"] is None
    assert shape["clustering_rank"] is None
    assert shape["is_fragile"] is None
    assert shape["missing_fragility_reason"] == "no two flows share a country"
    assert shape["density"] == 0.5
    assert removed["importers_left_with_nothing"] == 1


def test_an_importer_with_one_supplier_is_left_with_nothing(laboratory):
    """A supplier of exactly half leaves half, which is not less than half."""
    _, _, removed = run(
        laboratory,
        [flow("CHN", "USA", 5), flow("CHN", "DEU", 5), flow("VNM", "DEU", 5)],
    )
    found = {row["exporter_iso3"]: row for row in removed}
    assert found["CHN"]["importers_left_with_nothing"] == 1
    assert found["CHN"]["importers_left_below_50_pct"] == 1
    assert found["CHN"]["importers_left_below_80_pct"] == 2
    assert found["VNM"]["importers_left_with_nothing"] == 0
    assert found["VNM"]["importers_left_below_50_pct"] == 0
    assert found["VNM"]["importers_left_below_80_pct"] == 1


def test_a_supplier_that_also_imports_is_not_counted_as_its_own_importer(laboratory):
    _, _, removed = run(laboratory, [flow("CHN", "USA", 5), flow("USA", "CHN", 1)])
    assert [row["importer_count"] for row in removed] == [1, 1]


def test_zero_negative_unnamed_and_self_trade_are_no_ties(laboratory):
    """What is no tie changes no measure; all but self-trade is counted."""
    real = [flow("CHN", "USA", 5), flow("CHN", "DEU", 5), flow("VNM", "DEU", 5)]
    noise = [
        flow("JPN", "USA", 0),
        flow("VNM", "USA", -3),
        flow("_REST", "USA", 100, kind="pseudo_partner"),
        flow("CHN", "CHN", 1000),
    ]
    clean = run(laboratory, real)
    noisy = run(laboratory, real + noise)
    assert noisy[0] == clean[0]
    assert noisy[2] == clean[2]
    assert clean[1][0].pop("flows_left_out_count") == 0
    assert noisy[1][0].pop("flows_left_out_count") == 3
    assert noisy[1] == clean[1]


def test_two_markets_of_equal_weight_have_a_defined_hub_score(laboratory):
    """Two suppliers that share no importer: no single leading vector, both get half."""
    centrality, _, _ = run(laboratory, [flow("CHN", "USA", 5), flow("BRA", "DEU", 7)])
    assert [row["hub_score"] for row in centrality] == [0.5, 0.5]


CODES = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG"]
generated_networks = st.dictionaries(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)).filter(lambda p: p[0] != p[1]),
    st.integers(1, 10**12).map(lambda units: Decimal(units) / 1000),
    min_size=1,
    max_size=25,
)


def as_flows(network):
    return [flow(exporter, importer, value) for (exporter, importer), value in network.items()]


def run_each(laboratory, cases):
    """What run() gives for each of several networks, told apart by their edition."""
    marts = run(
        laboratory,
        [row | {"nomenclature": f"HS{case}"} for case, rows in enumerate(cases) for row in rows],
    )
    found = [tuple([] for _ in MODELS) for _ in cases]
    for number, rows in enumerate(marts):
        for row in rows:
            found[int(row.pop("nomenclature").removeprefix("HS"))][number].append(row)
    return found


@ten_times
@given(cases=several(generated_networks))
def test_generated_networks_equal_the_oracle(laboratory, cases):
    found = run_each(laboratory, [as_flows(network) for network in cases])
    for network, (centrality, (shape,), removed) in zip(cases, found, strict=True):
        exact = {pair: Fraction(value) for pair, value in network.items()}
        ranks, shares = oracle.page_ranks(exact), oracle.export_shares(exact)
        assert {row["exporter_iso3"]: row["page_rank"] for row in centrality} == pytest.approx(
            {code: ranks[code] for code in shares}, abs=1e-8
        )
        scores = {row["exporter_iso3"]: row["hub_score"] for row in centrality}
        gap = oracle.hub_gap(exact)
        # 0.985 ** 2000 is 1e-13: settled for sure. Nearer to one the model may give up.
        if gap < 0.985 or (gap < 0.99 and None not in scores.values()):
            assert scores == pytest.approx(oracle.hub_scores(exact), abs=1e-8)
        expected = oracle.clustering(exact)
        assert shape["weighted_clustering"] == (
            None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-12)
        )
        assert {row["exporter_iso3"] for row in removed} == shares.keys()
        for row in removed:
            assert (
                row["importer_count"],
                row["importers_left_below_80_pct"],
                row["importers_left_below_50_pct"],
                row["importers_left_with_nothing"],
            ) == oracle.removal(exact, row["exporter_iso3"])


@ten_times
@given(cases=several(generated_networks))
def test_shares_and_scores_make_a_whole(laboratory, cases):
    found = run_each(laboratory, [as_flows(network) for network in cases])
    for centrality, (shape,), removed in found:
        assert sum(row["world_export_share"] for row in centrality) == pytest.approx(1, abs=1e-10)
        # A network whose two largest hubs are all but equal may not settle: no score, a reason.
        if any(row["hub_score"] is None for row in centrality):
            assert all("not settled" in row["missing_score_reason"] for row in centrality)
        else:
            assert sum(row["hub_score"] for row in centrality) == pytest.approx(1, abs=1e-9)
        assert 0 < sum(row["page_rank"] for row in centrality) <= 1 + 1e-10
        assert sum(row["value_lost_share"] for row in removed) == pytest.approx(1, abs=1e-10)
        assert 1 / shape["exporter_count"] - 1e-9 <= shape["world_export_hhi"] <= 1
        for row in removed:
            assert row["importers_left_below_50_pct"] <= row["importers_left_below_80_pct"]


@ten_times
@given(cases=several(generated_networks), seed=st.randoms())
def test_the_order_of_rows_changes_no_digit(laboratory, cases, seed):
    rows = [as_flows(network) for network in cases]
    shuffled = [seed.sample(own, len(own)) for own in rows]
    assert run_each(laboratory, rows) == run_each(laboratory, shuffled)


@ten_times
@given(cases=several(st.tuples(generated_networks, st.sampled_from([2, 10, 1000]))))
def test_the_unit_of_money_changes_no_measure(laboratory, cases):
    scaled = [
        {pair: value * factor for pair, value in network.items()} for network, factor in cases
    ]
    found = run_each(
        laboratory, [as_flows(network) for network in [*(network for network, _ in cases), *scaled]]
    )
    for (_, factor), small, large in zip(
        cases, found[: len(cases)], found[len(cases) :], strict=True
    ):
        for before, after in zip(small, large, strict=True):
            for row_before, row_after in zip(before, after, strict=True):
                assert_scaled(row_before, row_after, factor)


def assert_scaled(before, after, factor):
    for column, value in before.items():
        if column.endswith("_eur"):
            value *= factor
        if isinstance(value, float):
            assert after[column] == pytest.approx(value, rel=1e-9, abs=1e-9), column
        else:
            assert after[column] == value, column


@ten_times
@given(cases=several(generated_networks))
def test_names_of_countries_change_no_measure(laboratory, cases):
    """Each country under another name: the same figures, ranks of equals apart."""
    other = dict(zip(CODES, reversed(CODES), strict=True))
    renamed = [
        {(other[one], other[two]): value for (one, two), value in network.items()}
        for network in cases
    ]
    found = run_each(laboratory, [as_flows(network) for network in cases + renamed])
    for (before, (shape, *_), _), (after, (shape_after, *_), _) in zip(
        found[: len(cases)], found[len(cases) :], strict=True
    ):
        for column, value in shape.items():
            expected = pytest.approx(value, abs=1e-10) if isinstance(value, float) else value
            assert shape_after[column] == expected, column
        scores = {row["exporter_iso3"]: row for row in after}
        for row in before:
            match = scores[other[row["exporter_iso3"]]]
            assert match["weighted_out_degree"] == row["weighted_out_degree"]
            for column in ("page_rank", "hub_score", "world_export_share"):
                assert match[column] == pytest.approx(row[column], abs=1e-8), column
