"""Network measures against figures computed outside the project."""

import csv

import duckdb
import networkx as nx
import pytest
from jinja2 import Environment, FileSystemLoader
from model_laboratory import ModelLaboratory

from chokepoint.settings import PROJECT_DIR

DATA = PROJECT_DIR / "tools" / "figures"

with (DATA / "network_reference.csv").open() as file:
    REFERENCE = {row["metric"]: row["value"] for row in csv.DictReader(file)}


def test_world_export_hhi_equals_the_worked_table(published):
    """The HHI of world exports by product in 2019 and 2021, to 1e-9."""
    found = {
        (product, year): hhi
        for product, year, hhi in published.execute(
            "select product_code, period, world_export_hhi from marts.fct_product_networks"
        ).fetchall()
    }
    compared = 0
    with (DATA / "eu27_cdi_baci_hs92.csv").open() as file:
        for row in csv.DictReader(file):
            if (row["k"], row["year"]) in found:
                assert found[row["k"], row["year"]] == pytest.approx(
                    float(row["world_export_HHI"]), rel=1e-9
                ), row
                compared += 1
    assert compared >= 60


def test_karate_club_degree_centralisation():
    """The macro of export_centralisation on the degrees of the karate club."""
    macros = Environment(loader=FileSystemLoader(PROJECT_DIR / "macros"), autoescape=False)
    macro = macros.get_template("networks.sql").module.freeman_centralisation
    con = duckdb.connect()
    con.execute("create table nodes (degree integer)")
    con.executemany("insert into nodes values (?)", [[d] for _, d in nx.karate_club_graph().degree])
    expression = macro("degree", "(count(*) - 1) * (count(*) - 2)")
    (found,) = con.execute(f"select {expression} from nodes").fetchone()
    assert round(found, 6) == float(REFERENCE["network_reference: Freeman degree centralisation"])


def test_karate_club_page_ranks(manifest):
    """Nodes 33 and 0, unweighted, by the model of fct_supplier_centrality."""
    laboratory = ModelLaboratory(
        manifest, "fct_supplier_centrality", stand_ins=["int_trade__flows"]
    )
    edges = list(nx.karate_club_graph().edges)
    laboratory.fill(
        "int_trade__flows",
        [
            {
                "source_id": "baci_hs92_bilateral",
                "frequency": "annual",
                "period": "2024",
                "reporter_code": f"K{one:02d}",
                "partner_code": f"K{two:02d}",
                "partner_source_code": f"K{two:02d}",
                "partner_kind": "country",
                "flow": "import",
                "nomenclature": "HS1992",
                "product_code": "000000",
                "currency": "EUR",
                "value_in_currency": 1,
            }
            for one, two in edges + [(two, one) for one, two in edges]
        ],
    )
    found = {
        row["exporter_iso3"]: row["page_rank"] for row in laboratory.rows("fct_supplier_centrality")
    }
    laboratory.close()
    reference = REFERENCE["network_reference: PageRank node 33 / 0 (unweighted)"].split(" / ")
    # The figures are those of networkx's default tolerance, which stops when a step moves all
    # scores together by less than 34 x 1e-6; ours are converged.
    for code, printed in zip(("K33", "K00"), reference, strict=True):
        assert found[code] == pytest.approx(float(printed), abs=34e-6)
    default = nx.pagerank(nx.karate_club_graph(), weight=None)
    assert [f"{default[node]:.6f}" for node in (33, 0)] == reference
