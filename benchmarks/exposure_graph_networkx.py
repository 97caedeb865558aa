"""Exposure at known shares and reach of a supply graph with networkx: peer of exposure_graph.py.

    python exposure_graph_networkx.py <folder of Parquet files> <tiers>

networkx has no measure of this kind: the shares are carried up its graph part by part, the reach
is its own breadth-first search. Bounds, weakest links, measures and paths are left out.
"""

import sys
import time
from collections import defaultdict
from pathlib import Path

import networkx as nx
import pyarrow as pa
import pyarrow.parquet as pq
from measured import report

folder, tiers = Path(sys.argv[1]), int(sys.argv[2])


def read(name):
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


inputs, links = read("bill_of_materials"), read("supplier_links")
sites = {row["site_id"]: row for row in read("sites")}
products = sorted(row["part_id"] for row in read("parts") if row["part_kind"] == "final")
begun = time.perf_counter()
exposures, reached = [], []
for scope in ("all", "verified"):
    graph = nx.DiGraph()
    graph.add_weighted_edges_from(
        (row["part_id"], row["component_id"], float(row["input_share_central"]))
        for row in inputs
        if scope == "all" or row["evidence_class"] == "verified"
    )
    graph.add_nodes_from(products)
    direct = defaultdict(lambda: defaultdict(float))
    supplied = nx.DiGraph()
    for row in links:
        if scope == "all" or row["evidence_class"] == "verified":
            site = sites[row["site_id"]]
            share = float(row["supply_share_central"])
            direct[row["part_id"]]["site", site["site_id"]] += share
            direct[row["part_id"]]["firm", site["firm"]] += share
            direct[row["part_id"]]["country", site["country_code"]] += share
            supplied.add_edge(row["part_id"], row["site_id"])

    needed = [set(products)]
    for _ in range(tiers):
        needed.append({below for part in needed[-1] for below in graph[part]} | needed[-1])
    through = {part: dict(direct[part]) for part in needed[tiers]}
    for tier in range(1, tiers + 1):
        found = {}
        for part in needed[tiers - tier]:
            carried = defaultdict(float)
            for below, edge in graph[part].items():
                weight = edge["weight"]
                for target, value in through[below].items():
                    carried[target] += weight * value
            own = direct[part]
            for target, share in own.items():
                share = min(1, share)
                carried[target] = share + (1 - share) * min(1, carried[target])
            found[part] = carried
        through = found
    for part in products:
        for (kind, target), value in through[part].items():
            exposures.append((scope, part, kind, target, value))
    exposure_seconds = time.perf_counter() - begun

    # What share of the products passes through each site.
    counts = defaultdict(int)
    for part in products:
        parts = nx.single_source_shortest_path_length(graph, part, cutoff=tiers)
        for site in {site for one in parts if one in supplied for site in supplied[one]}:
            counts[site] += 1
    reached += [(scope, site, count) for site, count in counts.items()]
seconds = time.perf_counter() - begun
for name, rows, columns in (
    ("exposures", exposures, ("evidence_scope", "part_id", "target_kind", "target_id", "share")),
    ("reached", reached, ("evidence_scope", "target_id", "products_reached")),
):
    table = pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
    pq.write_table(table, folder / f"networkx_{name}.parquet")
report(time.perf_counter() - seconds)
