"""Whatever is edited, landed, altered by hand or killed: a build equals one from nothing."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from small_house import MODELS, SETTING, House, built_anew, built_on, contents, opened

from chokepoint.warehouse.due import ledger
from chokepoint.warehouse.runstate import RunState

TORTURE = "CHOKEPOINT_EXAMPLES" in os.environ
EDITED = ["stg_goods", "fct_amounts", "int_count", "fct_flows"]
AMOUNTS = st.integers(1, 3)
ROWS = st.integers(0, 2)


def cell(house, seed, row, value):
    code = house.seeds[seed][row].split(",")[0]
    house.seeds[seed][row] = f"{code},{value}"


def added(house, seed, code, value):
    house.seeds[seed].append(f"{code},{value}")


def model(house, name, text):
    materialized, code = MODELS[name]
    house.models[name] = (materialized, code + text)


def kind(house, name, materialized):
    house.models[name] = (materialized, house.models[name][1])


def landed(house, period, tonnes):
    house.flows[period] = [["a", tonnes]]


def by_hand(house, sql):
    if house.settings.warehouse_path.exists():
        with opened(house.settings.warehouse_path) as con, contextlib.suppress(duckdb.Error):
            con.execute(sql)


def taken_away(house, what):
    path = RunState(house.settings).folder / what
    if path.exists():
        path.unlink() if what == "dbt.json" else path.write_text("{ not JSON")


BY_HAND = [
    "create table marts.fct_of_nobody as select 1 as one",
    "drop table marts.fct_count",
    "update marts.fct_named set amount = amount + 1",
    "delete from seeds.goods where code = 'a'",
    "alter table marts.fct_flows add column x int",
    "create or replace view other.stg_names as select 'a' as code, 'other' as name",
    "comment on table marts.fct_flows is 'by hand'",
    "drop view other.rpt_all",
    "create or replace table marts.fct_flows as select 'a' as code, 1.5 as tonnes",
]
EDITS = st.one_of(
    st.tuples(st.just(cell), st.just("goods"), ROWS, AMOUNTS),
    st.tuples(st.just(cell), st.just("names"), ROWS, st.sampled_from(["ore", "wire"])),
    st.tuples(st.just(added), st.just("goods"), st.sampled_from("de"), AMOUNTS),
    st.tuples(st.just(model), st.sampled_from(EDITED),
              st.sampled_from(["", " -- a comment", " limit 2", " order by all", " limit no"])),
    st.tuples(st.just(kind), st.sampled_from(["fct_count", "int_scaled"]),
              st.sampled_from(["view", "table"])),
    st.tuples(st.just(lambda house, text: house.macros.update(
        lonely="{% macro lonely() %}" + text + "{% endmacro %}")), st.sampled_from("123")),
    st.tuples(st.just(lambda house, text: house.macros.update(
        factor="{% macro factor() %}{{ var('factor') }}" + text + "{% endmacro %}")),
        st.sampled_from(["", " * 1", " * 3", " + 600"])),
    st.tuples(st.just(lambda house, name, value: house.variables.update({name: value})),
              st.sampled_from(["factor", "limit", "unused"]), st.sampled_from([1, 2, 3, 500])),
    st.tuples(st.just(lambda house, text: os.environ.__setitem__(SETTING, text)),
              st.sampled_from(["", "one"])),
    st.tuples(st.just(landed), st.sampled_from(["2024", "2025", "2026"]), st.integers(-1, 3)),
    st.tuples(st.just(lambda house, period: house.flows.pop(period, None)),
              st.sampled_from(["2024", "2025"])),
    st.tuples(st.just(lambda house, name, text: house.comments.update({name: text})),
              st.sampled_from(["fct_count", "rpt_all", "goods"]), st.sampled_from(["x", "y"])),
    st.tuples(st.just(lambda house: house.models.pop("rpt_all", None))),
    st.tuples(st.just(lambda house: house.models.update(fct_extra=("table", "select 1 as one")))),
    st.tuples(st.just(lambda house: house.models.pop("fct_extra", None))),
    st.tuples(st.just(by_hand), st.sampled_from(BY_HAND)),
    st.tuples(st.just(taken_away), st.sampled_from(["dbt.json", "ledger.json"])),
    st.tuples(st.just(lambda house, n: built_on(house, killed_after=n)), st.integers(0, 12)),
    st.tuples(st.just(built_on)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_setting(monkeypatch):
    monkeypatch.setenv(SETTING, "")


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Folder of a house as it is at first, built: each story begins with a copy of it."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, "")
        built_on(House(folder))
    return folder


@tried(40)
@given(st.lists(EDITS, max_size=6))
def test_what_is_built_on_is_what_is_built_anew(first, edits):
    with tempfile.TemporaryDirectory() as folder:
        os.environ[SETTING] = ""
        shutil.copytree(first, folder, dirs_exist_ok=True)
        house = House(Path(folder))
        for number, (edit, *arguments) in enumerate(edits, start=1):
            edit(house, *arguments)
            news = built_on(house)
            # The suite looks at the end, `make torture` after each edit.
            if TORTURE or number == len(edits):
                assert_as_built_anew(house, (edit, arguments, news.plan.changed))


def assert_as_built_anew(house, story=None):
    """Every relation, comment and result of a test is that of a build from nothing."""
    anew, ended = built_anew(house)
    with opened(house.settings.warehouse_path, " (read_only)") as con:
        found = contents(con)
    # Of what cannot be built, an older state may stand: it forbids a release.
    lost = {name.split(".")[-1] for name, how in ended.items() if how in ("error", "skipped")}
    kept = {name: told for name, told in found.items() if name.split(".")[-1] not in lost}
    assert kept == anew, story
    results = RunState(house.settings).results(["dbt"])
    statuses = {one.check_name: one.status for one in results}
    for name, how in ended.items():
        if name.startswith("test.") and how != "skipped":
            assert statuses[name.split(".")[-1]] == how


@pytest.mark.parametrize("sql", BY_HAND)
def test_what_a_hand_altered_is_built_again(first, tmp_path, sql):
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    house = House(tmp_path)
    by_hand(house, sql)
    assert built_on(house).due or "of_nobody" in sql
    assert_as_built_anew(house)
    # What was built and checked so may be published.
    state = RunState(house.settings)
    state.save("landing", [], known=set())
    state.require_complete()


def test_the_second_build_has_nothing_to_do(tmp_path):
    house = House(tmp_path)
    assert len(built_on(house).due) == 16
    assert built_on(house).due == set()


def test_what_comes_out_the_same_is_not_built_upon(tmp_path):
    """One more of a good is another amount, and as many lines."""
    house = House(tmp_path)
    built_on(house)
    cell(house, "goods", 0, 9)
    news = built_on(house)
    assert "model.house.fct_count" in news.built
    assert "model.house.int_count" in news.due - news.built
    assert "model.house.fct_after_count" in news.due - news.built
    assert news.report() == [
        "seeds/goods.csv, line 2 -> 1 seed, 3 tables, 3 views, 2 tests built",
        "Stayed as they were: 1 seed, 2 tables, 3 views, 1 test",
    ]


def test_a_failed_test_is_asked_again(tmp_path):
    house = House(tmp_path)
    house.variables["limit"] = 1
    news = built_on(house)
    assert "test.house.amounts_are_small" not in news.built
    assert built_on(house).due == {"test.house.amounts_are_small"}


def test_another_version_of_an_engine_builds_all(tmp_path, monkeypatch):
    house = House(tmp_path)
    built_on(house)
    monkeypatch.setattr(ledger, "engine", lambda _: "duckdb of tomorrow")
    assert len(built_on(house).due) == 16
