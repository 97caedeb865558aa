"""dbt's artifacts in our words: what passed, what failed with which rows, what was never built."""

import duckdb

from chokepoint.settings import Settings
from chokepoint.warehouse.results import dbt_check_results, primary_keys, test_names
from chokepoint.warehouse.runstate import RunState

test_names.__test__ = False  # a function of the module, not a test

MODEL = {"resource_type": "model", "name": "dim_country", "schema": "marts", "alias": "dim_country"}


def a_test(name, *, severity="ERROR", description="", test="not_null", **kwargs):
    return {
        "resource_type": "test",
        "name": name,
        "description": description,
        "config": {"severity": severity},
        "attached_node": "model.dim_country",
        "depends_on": {"nodes": ["model.dim_country"]},
        "test_metadata": {"name": test, "kwargs": {"model": "x", **kwargs}},
    }


def artifacts(*pairs, model_status="success"):
    nodes = {"model.dim_country": MODEL} | {f"test.{node['name']}": node for node, _ in pairs}
    results = [
        {"unique_id": f"test.{node['name']}", "execution_time": 0.25, **result}
        for node, result in pairs
    ]
    results.append(
        {"unique_id": "model.dim_country", "status": model_status, "message": "no  good"}
    )
    return {"results": results}, {"nodes": nodes, "sources": {}}


def test_a_passed_test_keeps_its_claim():
    node = a_test("dim_country__name_is_stated", column_name="country_name")
    (result,) = dbt_check_results(*artifacts((node, {"status": "pass", "failures": 0})))
    assert (result.status, result.severity, result.layer) == ("pass", "error", "dbt")
    assert result.relation == "marts.dim_country"
    assert result.reason == "not_null on country_name."
    assert result.expected == "not null: country_name"
    assert result.observed == "no row against it"
    assert result.failing_sample is None


def test_a_failed_test_comes_with_rows_and_reason():
    """Without rows the reader of the message has to run SQL to learn what is wrong."""
    node = a_test(
        "dim_country__key", test="unique_key", columns=["iso3"], description="Two  names."
    )
    asked = []
    (result,) = dbt_check_results(
        *artifacts((node, {"status": "fail", "failures": 1200, "compiled_code": "select 1"})),
        sample=lambda sql: asked.append(sql) or '[{"iso3": "DEU"}]',
    )
    assert asked == ["select 1"]
    assert (result.status, result.observed) == ("fail", "1,200 rows against it")
    assert result.failing_sample == '[{"iso3": "DEU"}]'
    assert result.reason == "Two names."
    assert result.expected == "unique key: columns [iso3]"


def test_a_test_without_description_tells_what_its_columns_mean():
    """The name of a test said again helps nobody."""
    run_results, manifest = artifacts(
        (a_test("dim_country__name_is_stated", column_name="country_name"), {"status": "pass"}),
        (a_test("dim_country__key", test="unique_key", columns=["iso3", "year"]),
         {"status": "pass"}),
    )  # fmt: skip
    manifest["nodes"]["model.dim_country"] = {
        **MODEL,
        "description": "One row per country.",
        "columns": {"country_name": {"description": "Short  name in English."}},
    }
    assert [result.reason for result in dbt_check_results(run_results, manifest)] == [
        "not_null on country_name: Short name in English.",
        "unique_key on iso3, year: One row per country.",
    ]


def test_a_value_at_fault_is_shown_with_its_row():
    """dbt's unique and this project's in_range select the value alone, without the key."""
    node = a_test("dim_country__area_is_possible", test="in_range", column_name="area")
    twice = a_test("dim_country__iso3_is_unique", test="unique", column_name="iso3")
    failed = {"status": "fail", "failures": 2}
    run_results, manifest = artifacts(
        (node, failed | {"compiled_code": "select area from t where area < 0"}),
        (twice, failed | {"compiled_code": "select iso3 as unique_field from t group by all"}),
    )
    with duckdb.connect() as con:
        con.execute("create table t as from (values ('A', -1), ('B', 1), ('B', 2)) v (iso3, area)")
        manifest["nodes"]["model.dim_country"] = {**MODEL, "relation_name": '"t"'}
        rows = []
        dbt_check_results(
            run_results, manifest, lambda sql: rows.append(con.execute(sql).fetchall()) or None
        )
    assert rows[0] == [("A", -1)]
    assert sorted(rows[1]) == [("A", -1), ("B", 1), ("B", 2)]


def test_rows_without_a_value_are_shown_whole():
    """dbt's not_null selects the null alone, which says nothing about the row."""
    node = a_test("dim_country__name_is_stated", column_name="country_name")
    run_results, manifest = artifacts(
        (node, {"status": "fail", "failures": 1, "compiled_code": "select country_name"})
    )
    manifest["nodes"]["model.dim_country"] = {**MODEL, "relation_name": '"marts"."dim_country"'}
    asked = []
    dbt_check_results(run_results, manifest, sample=asked.append)
    assert asked == ['select * from "marts"."dim_country" where "country_name" is null']


def test_a_warning_stays_a_warning():
    node = a_test("dim_country__odd", severity="warn")
    (result,) = dbt_check_results(*artifacts((node, {"status": "warn", "failures": 3})))
    assert (result.status, result.severity) == ("warn", "warn")


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
    tests = [
        a_test("dim_country__iso3_is_unique", test="unique", column_name="iso3"),
        a_test("dim_country__key", test="unique_key", columns=["iso3", "year"]),
    ]
    _, manifest = artifacts(*((node, {"status": "pass"}) for node in tests))
    assert primary_keys(manifest) == {"dim_country": ["iso3", "year"]}
    assert test_names(manifest) == {"dim_country__iso3_is_unique", "dim_country__key"}
    manifest["nodes"]["model.dim_country"] = {**MODEL, "schema": "staging"}
    assert primary_keys(manifest) == {}


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
