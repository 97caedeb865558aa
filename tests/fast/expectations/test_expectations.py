"""The suites and their runner: what they refuse to load, and that every kind can fail."""

import json
import tempfile
from pathlib import Path

import duckdb
import pytest
import yaml

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from expectations import runner, suites

GOOD = """
    create schema landing;
    create table landing.flows as
    select
        2015 + i // 10 as year,
        'P' || (i % 10) as partner,
        10.0 + i as value,
        20.0 + i as upper_value,
        case when i % 10 = 0 then null else i end as mass,
        null::integer as nothing,
    from range(100) as numbers(i)
"""

BETWEEN = "expect_column_values_to_be_between"
HOLDS = {"claim": "the_other", "holds": "value > 10", "reason": "Small ones are not seen."}


def entry(expect: str, kwargs: dict, **more: object) -> dict:
    return {
        "claim": "the_claim",
        expect: kwargs,
        "reason": "Somebody would read a wrong number.",
        "severity": "error",
    } | more


def suite(tmp_path: Path, *entries: dict, **more: object) -> runner.Suite:
    body = {
        "relation": "landing.flows",
        "why": "a table for the test",
        "key": ["year", "partner"],
        "expectations": list(entries),
    } | more
    (tmp_path / "flows.yml").write_text(yaml.safe_dump(body, sort_keys=False), encoding="utf-8")
    return runner.load_suites("landing", tmp_path)[0]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(GOOD)
    return connection


def test_every_kind_is_proved():
    """A kind that no test has seen failing may pass always: test_expectations_landing.py has each
    suite fail."""
    kinds = {name for name in suites.Expectation.model_fields if name.startswith("expect_")}
    used = {item.expect for one in runner.load_suites("landing") for item in one.expectations}
    assert used == kinds


def between(column: str, **bounds_and_more: object) -> dict:
    bounds = {
        name: bounds_and_more.pop(name)
        for name in ("min_value", "max_value")
        if name in bounds_and_more
    }
    return entry(BETWEEN, {"column": column, **bounds}, **bounds_and_more)


def results(con: duckdb.DuckDBPyConnection, folder: Path, *entries: dict, **more: object) -> list:
    return runner.run_suites(con, [suite(folder, *entries, **more)])


def test_sample_names_the_failing_rows(tmp_path, con):
    con.execute("update landing.flows set value = -1 where year = 2016")
    (result,) = results(con, tmp_path, between("value", min_value=0))
    rows = json.loads(result.failing_sample)
    assert len(rows) == runner.SAMPLE_ROWS
    assert rows[0] == {"value": -1.0, "year": 2016, "partner": "P0"}
    assert result.expected == "column values to be between: value, at least 0"
    held = {"column": "year", "value_set": [2015, 1999]}
    (result,) = results(con, tmp_path, entry("expect_column_distinct_values_to_contain_set", held))
    assert json.loads(result.failing_sample) == [{"missing": 1999}]


def test_frame_is_checked_in_place_of_the_relation(tmp_path, con):
    query = "select year, sum(value) as total from landing.flows group by year"
    frames = {
        "by_year": {"why": "one row per year", "query": query},
        "broken": {"why": "does not bind", "query": "select nope from landing.flows"},
    }
    checked = between("total", min_value=200, frame="by_year")
    unbound = between("nope", min_value=0, frame="broken", claim="unbound", reason="It is not.")
    result, broken = results(con, tmp_path, checked, unbound, frames=frames)
    assert result.observed == "145 to 1,045; 1 of 10 rows against it (10%)"
    assert json.loads(result.failing_sample) == [{"total": 145.0, "year": 2015}]
    assert broken.status == "error"
    assert "the frame broken of landing.flows" in broken.observed
    assert "nope" in broken.observed


@pytest.mark.parametrize(
    ("holds", "where", "said"),
    [
        ("value >= 10", "true", ("pass", "none of 100 rows against it", None)),
        ("value > 10", "value < 12", ("warn", "1 of 2 rows against it", '[{"value": 10.0}]')),
        ("value > 10", "false", ("error", "no row in the frame rows: nothing was checked", None)),
        ("nothing > 1", "true", ("error", "no row in the frame rows: nothing was checked", None)),
        ("nope > 10", "true", ("error", "Binder Error", None)),
    ],
)
def test_a_condition_is_asked_of_each_row_of_a_published_frame(holds, where, said, con):
    shown = "value::double as value" + (", nothing" if "nothing" in holds else "")
    rows = f"select {shown} from landing.flows where {where}"
    asked = suites.Suite.model_validate(
        {
            "relation": "meta.flows", "why": "what is published",
            "frames": {"rows": {"why": "rows", "query": rows}},
            "expectations": [HOLDS | {"holds": holds, "frame": "rows", "severity": "warn"}],
        }
    )  # fmt: skip
    (result,) = runner.run_suites(con, [asked])
    assert (result.status, result.failing_sample) == (said[0], said[2])
    assert said[1] in result.observed


def test_exception_in_one_expectation_does_not_hide_the_others(tmp_path, con):
    """The library raises on text where it wants numbers; the checks after it must still run."""
    found = results(
        con,
        tmp_path,
        entry("expect_column_values_to_be_unique", {"column": "value"}),
        between("partner", min_value=1, claim="raises", reason="Text is no number."),
        between("value", max_value=1, claim="after_it", reason="The last one must be seen."),
    )
    assert [result.status for result in found] == ["pass", "error", "fail"]
    assert "same type" in found[1].observed


@pytest.mark.parametrize(
    ("damage", "column", "said"),
    [
        ("alter table landing.flows rename value to value_eur", "value",
         "landing.flows has no column value"),
        ("drop table landing.flows", "value", "nothing has landed"),
        ("delete from landing.flows", "value", "no row: nothing was checked"),
        ("select 1", "nothing", "every value is null"),
    ],
    ids=["renamed column", "missing relation", "empty relation", "column without values"],
)  # fmt: skip
def test_what_cannot_be_checked_is_an_error(damage, column, said, tmp_path, con):
    """The library passes an empty table and a column of nulls; a reader would take it for good."""
    con.execute(damage)
    (result,) = results(con, tmp_path, between(column, min_value=0))
    assert result.status == "error"
    assert said in result.observed


def test_full_data_expectations_are_skipped_on_the_fixture_and_say_so(tmp_path, con, monkeypatch):
    floor = between("value", min_value=9999, applies_to="full")
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")
    (skipped,) = results(con, tmp_path, floor)
    assert skipped.status == "skipped"
    assert "fixture" in skipped.observed
    monkeypatch.delenv("CHOKEPOINT_EXPECTATION_SCOPE")
    (result,) = results(con, tmp_path, floor)
    assert result.status == "fail"
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "none")
    with pytest.raises(ChokepointError, match="CHOKEPOINT_EXPECTATION_SCOPE"):
        results(con, tmp_path, floor)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (entry("expect_column_values_to_be_nice", {"column": "a"}), "expect_column_values_to_be_n"),
        (between("a", min_value=0, reason=" "), "reason"),
        (entry(BETWEEN, {"column": "a", "min_value": True}), "between.min_value"),
        (entry(BETWEEN, {"column": "a"}), "no bound"),
        (entry(BETWEEN, {"column": "a", "min_value": 0, "mostly": 0.9}), "between.mostly"),
        (between("a", min_value=0, claim="Not A Name"), "Not A Name"),
        (between("a", min_value=0, notes="x"), "notes"),
        (entry("expect_column_distinct_values_to_equal_set",
               {"column": "a", "value_set": ["SE", False]}), "set.value_set.2"),
        ("just text", "just text"),
    ],
)  # fmt: skip
def test_loader_names_file_and_entry(bad, said, tmp_path):
    good = between("a", min_value=0, claim="good", reason="It is good.")
    with pytest.raises(ChokepointError) as caught:
        suite(tmp_path, good, bad)
    assert "expectations/landing/flows.yml: expectations.2" in caught.value.what
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"relation": "landing.other"}, "other.yml"), ({"relation": "flows"}, "relation: "),
        ({"why": ""}, "why: "), ({"key": "year"}, "key: Input should be a valid list"),
        ({"expectations": []}, "expectations: "), ({"expectation": []}, "expectation"),
        ({"expectations": [between("a", min_value=0), HOLDS]}, "`holds` is for the published"),
        ({"relation": "meta.flows"}, "`holds` is for the published"),
        ({"relation": "meta.flows", "expectations": [HOLDS]}, "the_other has no frame"),
        ({"frames": {"x": {"query": "select 1"}}}, "frames.x.why: Field required"),
        ({"expectations": [between("a", min_value=0, frame="x")]}, "frame 'x'"),
        ({"frames": {"x": {"why": "unused", "query": "select 1"}}}, "no expectation uses"),
    ],
)  # fmt: skip
def test_loader_refuses_a_malformed_suite(change, said, tmp_path):
    with pytest.raises(ChokepointError) as caught:
        suite(tmp_path, between("a", min_value=0), **change)
    assert "expectations/landing/flows.yml" in caught.value.what
    assert said in str(caught.value)


@pytest.mark.parametrize("twice", ["claim", "reason"])
def test_claims_and_reasons_are_unique_in_a_suite(twice, tmp_path):
    one = between("a", min_value=0, claim="one", reason="One reason.")
    two = between("b", min_value=0, claim="two", reason="Another reason.")
    with pytest.raises(ChokepointError, match=f"the {twice} .* is there twice"):
        suite(tmp_path, one, two | {twice: one[twice]})


def test_a_suite_for_several_relations_is_one_for_each(con, tmp_path):
    """A frame that still read the first relation would pass whatever the second one holds."""
    frames = {
        "rows": {"why": "how many", "query": "select count(*) as row_count from landing.flows"}
    }
    one = entry(BETWEEN, {"column": "row_count", "min_value": 1}, frame="rows")
    suite(tmp_path, one, frames=frames, also_for=["flows_2"])
    con.execute("create table landing.flows_2 as from landing.flows limit 0")
    found = runner.load_suites("landing", tmp_path)
    results = runner.run_suites(con, found)
    assert [(result.check_name, result.status) for result in results] == [
        ("flows__the_claim", "pass"), ("flows_2__the_claim", "fail"),
    ]  # fmt: skip
    with pytest.raises(ChokepointError, match=r"also_for: .*'flows_2'"):
        suite(tmp_path, one, frames=frames, also_for="flows_2")


def test_broken_yaml_is_named(tmp_path):
    (tmp_path / "flows.yml").write_text("relation: [", encoding="utf-8")
    with pytest.raises(ChokepointError, match=r"flows\.yml is not YAML"):
        runner.load_suites("landing", tmp_path)


def test_unknown_source_and_missing_published_file(tmp_path):
    with pytest.raises(ChokepointError, match="no_such_source"):
        runner.run_landing(Settings(), ["no_such_source"])
    with pytest.raises(ChokepointError, match="There is no file"):
        runner.run_published(tmp_path / "chokepoint.duckdb", Settings())


def test_run_is_quiet_and_leaves_no_files(tmp_path, con, monkeypatch, capfd):
    home, work = tmp_path / "home", tmp_path / "work"
    for folder, variable in ((home, "HOME"), (work, "TMPDIR")):
        folder.mkdir()
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", None)
    runner.preload().join()
    runner._batch_definition.cache_clear()
    (result,) = results(con, tmp_path, between("value", max_value=1000))
    assert result.status == "pass"
    assert tuple(capfd.readouterr()) == ("", "")
    left = [p for folder in (home, work) for p in folder.rglob("*") if p.is_file()]
    assert left == []
