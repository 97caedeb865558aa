"""What a node is made by: not more than bears on it, and not less."""

import pytest
from small_house import PROJECT, House, built_on

from chokepoint.warehouse.due.ledger import engine
from chokepoint.warehouse.due.makings import Makings
from chokepoint.warehouse.due.news import News
from chokepoint.warehouse.graph import bare

WHERE = "{% macro get_where_subquery(x) %}{{ graph.nodes | length }}{% endmacro %}"
OF_PERIODS = f"model.{PROJECT}.fct_flows"
ABOVE, BESIDE = f"model.{PROJECT}.stg_flows", f"model.{PROJECT}.fct_count"


def made_by(house, change=None):
    """What each node is made by, where a macro of the project and one of dbt's have one name."""
    house.write()
    manifest = house.manifest()
    manifest["nodes"][OF_PERIODS]["config"]["materialized"] = "by_period"
    for package, path in ((PROJECT, "macros/by_period.sql"), ("dbt", "macros/where_subquery.sql")):
        manifest["macros"][f"macro.{package}.get_where_subquery"] = {
            "name": "get_where_subquery", "package_name": package, "macro_sql": WHERE, "path": path,
        }  # fmt: skip
    if change is not None:
        manifest["nodes"][change]["config"]["meta"] = {"is_input": True}
    project = Makings(manifest, house.settings)
    return {name: project.made_by(name) for name in project.nodes}


def differing(before, after):
    return {name for name in before if before[name] != after[name]}


def test_the_graph_counts_above_tables_by_period_only(tmp_path):
    house = House(tmp_path)
    before = made_by(house)
    assert differing(before, made_by(house, BESIDE)) == {BESIDE}
    assert differing(before, made_by(house, ABOVE)) == set(before)


def test_the_order_of_what_a_node_reads_does_not_count(tmp_path, monkeypatch):
    """dbt lists it otherwise when it reads all of a project anew."""
    house = House(tmp_path)
    before = made_by(house)
    manifest = house.manifest()
    assert any(len(node["depends_on"]["nodes"]) > 1 for node in manifest["nodes"].values())
    for node in manifest["nodes"].values():
        node["depends_on"]["nodes"].reverse()
    monkeypatch.setattr(house, "manifest", lambda: manifest)
    assert differing(before, made_by(house)) == set()


def test_who_reads_files_is_made_by_all_of_them(tmp_path):
    house = House(tmp_path)
    house.models["fct_flows"] = ("table", "select * from read_blob(['seeds/names.csv'])")
    before = made_by(house)
    house.seeds["names"][0] = "a,wire"
    assert differing(before, made_by(house)) == {f"seed.{PROJECT}.names", OF_PERIODS}


HOOK = """{{ config(post_hook="comment on x is '{{ text | replace(\\"'\\", \\"''\\") }}'") }}"""


@pytest.mark.parametrize(
    ("code", "same", "other"),
    [
        ("select 'a b'", "select\n  'a b'  -- it's a note", "select 'a  b'"),
        (f"{HOOK}\nselect 'a b'", f"{HOOK}\n\n/* it's */ select 'a b'", f"{HOOK}\nselect 'a  b'"),
        ("""{% set t = "it's" %} select 'x y'""", """{% set t = "it's" %}\nselect 'x y'""",
         """{% set t = "it's" %} select 'x  y'"""),
        ("select '{{ f(\"'\") }} b'", "{# it's #}select '{{ f(\"'\") }} b'",
         "select '{{ f(\"'\") }}  b'"),
        ("select 'it''s -- no  note'", "select  'it''s -- no  note'", "select 'it''s -- no note'"),
        ('select 1 as "a b"', 'select 1  as "a b"', 'select 1 as "a  b"'),
        ("{{ f('a b') }} x", "{{ f('a b') }}  x", "{{ f('a  b') }} x"),
        ("-- {{ ref('a') }}\nselect 1", "-- {{ ref('a') }}\nselect 1",
         "-- {{ ref('b') }}\nselect 1"),
    ],
)  # fmt: skip
def test_notes_and_spaces_count_in_texts_only(code, same, other):
    assert bare(code) == bare(same) != bare(other)


def test_settings_of_the_connection_count(tmp_path):
    profile = tmp_path / "profiles.yml"
    profile.write_text("threads: 2")
    before = engine(tmp_path)
    profile.write_text("threads: 2\ninteger_division: true")
    assert engine(tmp_path) != before


def test_a_node_says_whether_it_changed_itself_or_what_it_reads(tmp_path):
    house = House(tmp_path)
    built_on(house)

    def explained():
        house.write()
        return News.of(house.settings, house.manifest()).explain()

    assert explained() == ["Nothing is new: all tables, views and tests stay."]
    house.seeds["goods"][0] = "a,9"
    house.flows["2025"] = [["a", 4]]
    materialized, code = house.models["int_count"]
    house.models["int_count"] = (materialized, f"{code} where true")
    house.macros["scaled"] = house.macros["scaled"].replace(" * ", " + ")
    said = explained()
    assert "models/int_count.sql -> 1 table, 2 views, 1 test to build or look at" in said
    for line in (
        "  goods: changed itself: seeds/goods.csv, line 2",
        "  int_scaled: changed itself: macro scaled",
        "  int_count: changed itself: models/int_count.sql", "  stg_goods: below: goods",
        "  stg_flows: below: landing.flows has news", "  flows_have_mass: below: stg_flows",
        "  fct_after_count: below: goods, int_count, int_scaled",
    ):  # fmt: skip
        assert line in said, said
    assert not any("stg_names" in line for line in said)
