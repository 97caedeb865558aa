"""Supplier networks against plain Python and networkx, and the laws they obey."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import network_oracle as oracle
import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of

MODELS = ("fct_supplier_centrality", "int_trade__product_networks")


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
    """What run() gives for each of several networks, told apart by their product."""
    found = [tuple([] for _ in MODELS) for _ in cases]
    rows = [
        flow(exporter, importer, value) | {"product_code": f"{case:06d}"}
        for case, network in enumerate(cases)
        for (exporter, importer), value in network.items()
    ]
    for number, made in enumerate(run(laboratory, rows)):
        for row in made:
            found[int(row.pop("product_code"))][number].append(row)
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
    shapes = [shape for _, (shape,) in found]
    for network, (exporters, (shape,)), (_, (after,)) in zip(
        cases, found[: len(cases)], found[len(cases) :], strict=True
    ):
        exact = {pair: Fraction(value) for pair, value in network.items()}
        assert_exporters_are_exact(exact, exporters)
        count = len(oracle.countries(exact))
        squares = sum(share * share for share in oracle.export_shares(exact).values())
        variance = squares / count - Fraction(1, count * count)
        expected = (float(variance) ** 0.5, oracle.clustering(exact),
                    float(oracle.other_supplier_share(exact)))  # fmt: skip
        for name, value in zip(PARTS, expected, strict=True):
            wanted = None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)
            assert shape[name] == wanted, name
        assert shape["fragile_parts"] == fragile_parts(shape, shapes)
        for column, value in shape.items():
            wanted = pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
            assert after[column] == wanted, column


def assert_exporters_are_exact(exact, exporters):
    degrees, shares = oracle.weighted_out_degrees(exact), oracle.export_shares(exact)
    order = sorted(shares, key=lambda code: (-shares[code], code))
    assert [row["exporter_iso3"] for row in exporters] == order
    for place, row in enumerate(exporters, start=1):
        code = row["exporter_iso3"]
        importers = sum(pair[0] == code for pair in exact)
        told = (row["export_rank"], row["importer_count"], row["weighted_out_degree"])
        assert told == (place, importers, degrees[code])
        assert row["world_export_share"] == pytest.approx(float(shares[code]), rel=1e-11)


PARTS = ("out_strength_dispersion", "weighted_clustering", "other_supplier_share")


def fragile_parts(shape, shapes):
    """In how many parts a network is in the worst third: dispersed, clustered, without others."""
    signs = dict(zip(PARTS, (1, 1, -1), strict=True))
    parts = {name: [one[name] for one in shapes if one[name] is not None] for name in PARTS}
    if shape["weighted_clustering"] is None or len(parts["weighted_clustering"]) < 3:
        return None
    return sum(
        3 * (1 + sum(signs[name] * one > signs[name] * shape[name] for one in all_of_them))
        <= len(all_of_them)
        for name, all_of_them in parts.items()
    )
