"""Plots: every spec draws from the relations it names, and says so where there is nothing."""

from __future__ import annotations

import json
import re

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.reading import plots
from chokepoint.settings import Settings

NAMES = plots.plot_names(Settings())
FIELD = re.compile(r"datum\\.([a-z_]+)")


def declared_columns(relation):
    """Columns of a report as its yml declares them."""
    import yaml

    name = relation.split(".")[1]
    (path,) = (Settings().project_dir / "models").rglob(f"{name}.yml")
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    return {column["name"]: column["data_type"] for column in model["columns"]}


def fields_of(part):
    """Fields that a spec reads, and those it makes itself."""
    read, made = set(), set()
    if isinstance(part, dict):
        if isinstance(part.get("field"), str):
            read.add(part["field"])
        if "calculate" in part:
            made.add(part["as"])
        for key, value in part.items():
            if isinstance(value, str) and key in ("calculate", "filter", "test"):
                read |= set(FIELD.findall(value))
            more_read, more_made = fields_of(value)
            read |= more_read
            made |= more_made
    elif isinstance(part, list):
        for value in part:
            more_read, more_made = fields_of(value)
            read |= more_read
            made |= more_made
    return read, made


@pytest.fixture
def published():
    """A file in memory with one made-up row in each relation that a plot names."""
    con = duckdb.connect(":memory:")
    con.execute("create schema reports")
    for name in NAMES:
        for relation in plots.relations_of(plots.read_spec(Settings(), name)):
            values = {
                "varchar": "'text'",
                "integer": "1",
                "double": "0.5",
                "date": "date '2026-11-25'",
            }
            row = ", ".join(
                f"{values[data_type]} as {column}"
                for column, data_type in declared_columns(relation).items()
            )
            con.execute(f"create or replace table {relation} as select {row}")
    return con


def test_the_three_plots_of_exposure_are_there():
    assert NAMES == ["scenarios", "stock_out_fan", "tier_graph"]


@pytest.mark.parametrize("name", NAMES)
def test_spec_reads_columns_that_its_relation_has(name):
    spec = plots.read_spec(Settings(), name)
    (relation,) = plots.relations_of(spec)
    read, made = fields_of(spec)
    assert read
    assert read - made <= set(declared_columns(relation))


@pytest.mark.parametrize("name", NAMES)
def test_spec_draws(name, published):
    svg = plots._draw(plots.fill(plots.read_spec(Settings(), name), published), ".svg").decode()
    assert svg.startswith("<svg")
    assert "text" in svg
    assert plots.read_spec(Settings(), name)["title"]["text"] in svg


def test_nothing_to_show_is_said_in_words(published):
    published.execute("truncate reports.rpt_plot_scenarios")
    filled = plots.fill(plots.read_spec(Settings(), "scenarios"), published)
    svg = plots._draw(filled, ".svg").decode()
    assert "reports.rpt_plot_scenarios has no row" in svg


def test_html_needs_no_network(published):
    filled = plots.fill(plots.read_spec(Settings(), "scenarios"), published)
    html = plots._draw(filled, ".html").decode()
    assert "<script" in html
    assert not re.search(r"<(script|link)[^>]+(src|href)=.https?:", html)


def test_a_relation_that_is_not_published_is_refused(published):
    with pytest.raises(ChokepointError, match="no published relation"):
        plots.fill({"data": {"name": "staging.secrets; drop table x"}}, published)
    with pytest.raises(ChokepointError, match="make build"):
        plots.fill({"data": {"name": "reports.rpt_plot_of_tomorrow"}}, published)


def test_too_many_rows_are_refused(published, monkeypatch):
    monkeypatch.setattr(plots, "MOST_ROWS", 0)
    with pytest.raises(ChokepointError, match="too many for a plot"):
        plots.fill(plots.read_spec(Settings(), "scenarios"), published)


def test_unknown_names_and_kinds_are_refused(tmp_path):
    with pytest.raises(ChokepointError, match="give one of: scenarios"):
        plots.read_spec(Settings(), "fan")
    with pytest.raises(ChokepointError, match="no kind of plot"):
        plots.render(Settings(), "scenarios", tmp_path / "plot.pdf")


def test_values_are_plain_json(published):
    filled = plots.fill(plots.read_spec(Settings(), "stock_out_fan"), published)
    assert '"2026-11-25"' in json.dumps(filled["datasets"])
