"""House rules over the dbt manifest. A break of a rule is mended, or listed with a reason."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from chokepoint.warehouse.claims import claims_of

HERE = Path(__file__).parent
FOLDER_PREFIXES = {
    "staging": r"stg_[a-z0-9]+__[a-z0-9_]+", "intermediate": r"int_[a-z0-9]+__[a-z0-9_]+",
    "marts": r"(fct|dim|bridge|meta)_[a-z0-9_]+", "reports": r"rpt_[a-z0-9_]+",
}  # fmt: skip
LAYER_ORDER = ["staging", "intermediate", "marts", "reports"]
LEAVES_THE_HOUSE = ("marts", "reports")

with (HERE / "house_rule_exceptions.csv").open() as file:
    EXCEPTIONS = {(row["rule"], row["node"]): row["reason"] for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def models(manifest):
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def layer(node):
    return node["fqn"][1]


def offenders(rule, names):
    return sorted(name for name in names if (rule, name) not in EXCEPTIONS)


def is_table(node):
    """A function of tables has no rows before it is asked; tests/build asks it."""
    return node["config"]["materialized"] != "table_function"


def names_its_folder(node):
    return node["name"].split("__")[0].split("_", 1)[1] == node["fqn"][2]


def folder_of(path):
    return Path(str(path).rpartition("://")[2]).parent


# Rule -> what a model does that breaks it.
RULES = {
    "name": lambda node: not re.fullmatch(FOLDER_PREFIXES[layer(node)], node["name"]),
    "folder": lambda node: layer(node) not in LEAVES_THE_HOUSE and not names_its_folder(node),
    "contract": lambda node: (
        layer(node) in LEAVES_THE_HOUSE
        and is_table(node)
        and not node["config"]["contract"]["enforced"]
    ),
    # Publishing drops own rows by it: without it they could not be told.
    "data_origin of a graph or scenario": lambda node: (
        layer(node) == "marts"
        and not {"graph_id", "scenario_id"}.isdisjoint(node["columns"])
        and "data_origin" not in node["columns"]
    ),
    # In a yml of its own, or in that of its folder.
    "described beside its SQL": lambda node: (
        folder_of(node["patch_path"]) != folder_of(node["original_file_path"])
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_model_keeps_the_rule(models, rule):
    assert offenders(rule, [node["name"] for node in models if RULES[rule](node)]) == []


def test_exceptions_have_reasons():
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


def test_each_model_says_what_a_row_is(manifest):
    wrong = [
        node["name"]
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] in ("model", "seed", "source")
        and not node["description"].startswith("One row per ")
    ]
    assert offenders("one_row_per", wrong) == []


def test_each_model_has_a_tested_key(manifest, models):
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if any(claim.key for claim in claims_of(node))
    }
    wrong = [n["name"] for n in models if is_table(n) and n["unique_id"] not in tested]
    assert offenders("tested_key", wrong) == []


def test_a_relation_has_one_test_of_its_own_rows_for_each_severity(manifest):
    found = Counter(
        (node["attached_node"], node["config"]["severity"].lower())
        for node in manifest["nodes"].values()
        if claims_of(node) and node["depends_on"]["nodes"] == [node["attached_node"]]
    )
    assert [relation for relation, count in found.items() if count > 1] == []
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert len(tests) <= len({node["attached_node"] for node in tests}) + 40


def test_each_test_has_the_name_of_its_model(manifest):
    """As dbt itself names the claims of a relation, or before two underscores."""
    tests = [(node, node["attached_node"]) for node in manifest["nodes"].values()
             if node["resource_type"] == "test" and node["attached_node"]]  # fmt: skip
    wrong = [
        node["name"]
        for node, model in tests
        if node["name"] != f"claims_{model.split('.')[-1]}_"
        and not node["name"].startswith(f"{model.split('.')[-1]}__")
    ]
    assert offenders("test_name", wrong) == []


def test_data_walks_forward_and_only_staging_reads_raw_tables(models):
    """A seed whose names and types are as they should be is read by anyone. Two models of staging
    read the cells of every seed as text."""
    layers = {node["unique_id"]: layer(node) for node in models}
    in_staging = {
        parent
        for node in models
        if layer(node) == "staging"
        and node["name"] not in ("stg_law__cells", "stg_lineage__seed_rows")
        for parent in node["depends_on"]["nodes"]
    }
    raw, back = [], []
    for node in models:
        for parent in node["depends_on"]["nodes"]:
            above = layers.get(parent)
            if above is None and layer(node) != "staging":
                if parent.startswith("source.") or parent in in_staging:
                    raw.append(node["name"])
            elif above and (
                LAYER_ORDER.index(above) > LAYER_ORDER.index(layer(node))
                or (layer(node) == "reports" and above not in LEAVES_THE_HOUSE)
            ):
                back.append(f"{node['name']} reads {parent}")
    assert offenders("only_staging_reads_raw", raw) == []
    assert back == []


def test_each_raw_table_tells_its_origin(manifest):
    needed = {
        "producer", "title", "url", "licence", "our_licence", "accessed", "cadence",
        "revision_policy", "caution", "data_origin",
    }  # fmt: skip
    raw = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    raw += [
        source
        for source in manifest["sources"].values()
        if source["name"] not in ("deliveries", "quarantined_rows")
    ]
    wrong = {}
    for node in raw:
        meta = node["config"]["meta"]
        missing = {key for key in needed if not meta.get(key)}
        if meta.get("data_origin") in ("own_mapping", "synthetic"):
            missing.discard("url")  # our own lists have no address elsewhere
        if missing:
            wrong[node["name"]] = sorted(missing)
    assert wrong == {}


def test_each_mart_made_from_tables_that_may_be_own_says_whose_its_rows_are(manifest, models):
    """Also where neither graph nor scenario is a column: a sum over an own graph is own."""
    reached = {
        unique_id
        for unique_id, source in manifest["sources"].items()
        if source["source_name"] == "landing" and "data_origin" in source["columns"]
    }
    size = 0
    while size < len(reached):
        size = len(reached)
        reached |= {
            node["unique_id"]
            for node in models
            if not reached.isdisjoint(node["depends_on"]["nodes"])
        }
    marts = [n for n in models if layer(n) == "marts" and n["unique_id"] in reached]
    wrong = [node["name"] for node in marts if "data_origin" not in node["columns"]]
    assert offenders("data_origin", wrong) == []
