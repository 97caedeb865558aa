"""What the yml files say of lineage fits the models that read it: a wrong word would lose lines."""

import re

import pytest
import yaml

from chokepoint.settings import PROJECT_DIR

MODELS = PROJECT_DIR / "models"
REPORT = (MODELS / "reports" / "lineage" / "rpt_lineage.sql").read_text(encoding="utf-8")
KINDS_OF_TRADE = set(re.findall(r"trade := '(\w+)'", REPORT))
NAMES = {path.stem for path in MODELS.rglob("*.sql")}
DECLARED = {
    model["name"]: model
    for text in (path.read_text(encoding="utf-8") for path in sorted(MODELS.rglob("*.yml")))
    if "traced_by:" in text or "raw_rows:" in text
    for model in yaml.safe_load(text).get("models", [])
}
META = {name: model.get("config", {}).get("meta", {}) for name, model in DECLARED.items()}
RAW_ROWS = {name: meta["raw_rows"] for name, meta in META.items() if "raw_rows" in meta}
TRACED = {name: meta for name, meta in META.items() if "traced_by" in meta}


def keys_of(model):
    """Columns of the keys that claims of a model hold."""
    tests = [test["claims"] for test in model.get("data_tests", []) if "claims" in test]
    stated = [test.get("arguments") or test["config"]["meta"] for test in tests]
    claims = [claim for one in stated for claim in one["claims"]]
    return [claim["key"] for claim in claims if "key" in claim]


@pytest.mark.parametrize("relation", TRACED)
def test_rows_are_traced_by_keys_that_lead_to_lines(relation):
    assert TRACED[relation]["row_key"] in keys_of(DECLARED[relation])
    for way in TRACED[relation]["traced_by"]:
        assert way.keys() <= {"of", "trade", "by", "where", "role"}
        if "trade" in way:
            assert way["trade"] in KINDS_OF_TRADE
            assert way["role"]
        else:
            keys = [set(other["by"]) for other in RAW_ROWS[way["of"]]]
            assert all(set(way["by"]) <= key for key in keys), f"{way['of']} has {keys}"


@pytest.mark.parametrize("relation", RAW_ROWS)
def test_keys_lead_to_rows_of_raw_tables(relation):
    for way in RAW_ROWS[relation]:
        assert way.keys() <= {"of", "by", "columns", "where", "known_in", "using"}
        assert {way["of"], way.get("known_in", way["of"])} <= NAMES
        columns = way["columns"].keys()
        assert columns >= {"role", "table_name"}
        assert "seed_key" in columns or columns >= {"vintage", "line_number"}
        assert columns <= {
            "role", "table_name", "seed_key", "vintage", "line_number", "data_origin",
            "act_id", "clause_id",
        }  # fmt: skip


def test_all_kinds_of_trade_are_asked_for():
    asked = {way.get("trade") for meta in TRACED.values() for way in meta["traced_by"]}
    assert asked - {None} == KINDS_OF_TRADE
