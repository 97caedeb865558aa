"""dbt's artifacts in our words: what passed, what failed with which rows, what was never built."""

import duckdb

from chokepoint.settings import Settings
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.results import dbt_check_results, primary_keys, test_names
from chokepoint.warehouse.runstate import RunState

test_names.__test__ = False  # a function of the module, not a test

MODEL = {"resource_type": "model", "name": "dim_country", "schema": "marts", "alias": "dim_country"}


def a_test(name, *, severity="ERROR", description="", test="not_null", **kwargs):
    return {
        "resource_type": "test", "name": name, "description": description,
        "config": {"severity": severity}, "attached_node": "model.dim_country",
        "depends_on": {"nodes": ["model.dim_country"]},
        "test_metadata": {"name": test, "kwargs": {"model": "x", **kwargs}},
    }  # fmt: skip


def of_claims(*claims, severity="ERROR", name="dim_country__claims"):
    return a_test(name, severity=severity, test="claims", claims=list(claims))


STATED = {"name": "name_is_stated", "stated": "country_name"}
KEY = {"name": "key", "key": ["iso3", "year"], "reason": "Two  names."}


def artifacts(*pairs, model_status="success", **model):
    nodes = {"model.dim_country": MODEL | model} | {
        f"test.{node['name']}": node for node, _ in pairs
    }
    results = [
        {"unique_id": f"test.{node['name']}", "execution_time": 0.25, **result}
        for node, result in pairs
    ]
    results.append(
        {"unique_id": "model.dim_country", "status": model_status, "message": "no  good"}
    )
    return {"results": results}, Project({"nodes": nodes, "sources": {}})


def test_claims_of_a_passed_test_are_apart():
    node = of_claims(STATED, KEY)
    first, second = dbt_check_results(*artifacts((node, {"status": "pass", "failures": 0})))
    assert (first.check_name, second.check_name) == (
        "dim_country__name_is_stated",
        "dim_country__key",
    )
    assert (first.status, first.severity, first.layer) == ("pass", "error", "dbt")
    assert first.relation == "marts.dim_country"
    assert first.reason == "country_name is stated."
    assert first.expected == "country_name is stated"
    assert first.observed == "no row against it"
    assert first.failing_sample is None
    assert second.reason == "Two names."
    assert second.expected == "one row per iso3, year"
    assert first.seconds == second.seconds == 0.125


def test_only_the_claims_with_rows_against_them_fail():
    """Without rows the reader of the message has to run SQL to learn what is wrong."""
    sampled, asked = [], []
    name, key = dbt_check_results(
        *artifacts(
            (of_claims(STATED, KEY), {"status": "fail", "failures": 1, "compiled_code": "all"})
        ),
        sample=lambda sql: sampled.append(sql) or '[{"iso3": "DEU"}]',
        ask=lambda sql: asked.append(sql) or [("key", 1200, "select 1")],
    )
    assert (asked, sampled) == (["all"], ["select 1"])
    assert (name.status, name.observed) == ("pass", "no row against it")
    assert (key.status, key.observed) == ("fail", "1,200 rows against it")
    assert key.failing_sample == '[{"iso3": "DEU"}]'


def test_claims_that_cannot_be_asked_again_are_errors():
    results = dbt_check_results(
        *artifacts((of_claims(STATED, KEY), {"status": "fail", "failures": 1})),
        ask=lambda sql: "no such file",
    )
    assert [(r.status, r.observed) for r in results] == [("error", "no such file")] * 2


def test_a_claim_on_the_whole_data_is_skipped_on_a_part(monkeypatch):
    node = of_claims({**STATED, "applies_to": "full"}, KEY)
    run = artifacts((node, {"status": "pass", "failures": 0}))
    assert [result.status for result in dbt_check_results(*run)] == ["pass", "pass"]
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")
    assert [result.status for result in dbt_check_results(*run)] == ["skipped", "pass"]


def test_a_claim_without_reason_tells_what_its_column_means():
    """The name of a claim said again helps nobody."""
    bare = {"name": "key", "key": ["iso3", "year"]}
    run = artifacts(
        (of_claims(STATED, bare), {"status": "pass"}),
        description="One row per country.",
        columns={"country_name": {"description": "Short  name in English."}},
    )
    assert [result.reason for result in dbt_check_results(*run)] == [
        "country_name is stated: Short name in English.",
        "one row per iso3, year: One row per country.",
    ]


def test_a_value_of_no_other_relation_is_shown_with_its_row():
    """dbt's relationships selects the value alone, without the key."""
    node = a_test("dim_country__area_exists", test="relationships", column_name="area")
    run = artifacts(
        (node, {"status": "fail", "failures": 2, "compiled_code": "select -1 as from_field"}),
        relation_name='"t"',
    )
    with duckdb.connect() as con:
        con.execute("create table t as from (values ('A', -1), ('B', 1), ('B', 2)) v (iso3, area)")
        rows = []
        dbt_check_results(*run, lambda sql: rows.append(con.execute(sql).fetchall()) or None)
    assert rows == [[("A", -1)]]


def test_a_model_that_could_not_be_built_forbids_a_release():
    """Its table is the one of the run before; the tests downstream were only skipped."""
    node = a_test("dim_country__key")
    skipped, broken = dbt_check_results(
        *artifacts((node, {"status": "skipped"}), model_status="error")
    )
    assert skipped.status == "skipped"
    assert (broken.check_name, broken.status) == ("dim_country__is_built", "error")
    assert broken.severity == "error"
    assert broken.observed == "no good"


def test_keys_of_published_relations():
    some = {"name": "some", "key": ["iso3"], "where": "year = 2024"}
    tests = (of_claims(some, KEY, STATED), {"status": "pass"})
    _, project = artifacts(tests)
    assert primary_keys(project) == {"dim_country": ["iso3", "year"]}
    assert test_names(project) == {
        "dim_country__some", "dim_country__key", "dim_country__name_is_stated",
    }  # fmt: skip
    assert primary_keys(artifacts(tests, schema="staging")[1]) == {}


def test_state_keeps_results_of_checks_that_did_not_run_again(tmp_path):
    """A click that rebuilds one model must not wipe the failures of the others."""
    good, bad = a_test("dim_country__good"), a_test("dim_country__bad")
    results = dbt_check_results(
        *artifacts((good, {"status": "pass"}), (bad, {"status": "fail", "failures": 1}))
    )
    state = RunState(Settings(data_dir=tmp_path))
    known = {"dim_country__good", "dim_country__bad"}
    state.save("dbt", results, known)
    state.save("dbt", [r for r in results if r.status == "pass"], known)
    assert {r.check_name: r.status for r in state.results(["dbt"])} == {
        "dim_country__good": "pass",
        "dim_country__bad": "fail",
    }
    state.save("dbt", [], {"dim_country__good"})
    assert [r.check_name for r in state.results(["dbt"])] == ["dim_country__good"]
