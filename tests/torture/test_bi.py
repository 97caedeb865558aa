"""Superset's own application, made by the first run in `.cache/superset-peer`, on the published
file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from build_kit import ran
from measured import make_environment


@pytest.fixture(scope="module")
def found(full_build, tmp_path_factory):
    python = make_environment("superset-peer")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = ran(
        python,
        Path(__file__).with_name("superset_peer.py"),
        full_build.published,
        tmp_path_factory.mktemp("superset"),
        env=environment,
    )
    return json.loads(done.stdout)


def test_superset_registers_the_file(found):
    registered = found["register"]
    assert registered["status"] == 201, registered
    assert "access_mode=read_only" in registered["body"]["result"]["sqlalchemy_uri"]


def test_superset_lists_the_marts_with_their_descriptions(found, published):
    listed = {table["value"] for table in found["tables"]["body"]["result"]}
    expected = published.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts'"
    ).fetchall()
    assert listed == {name for (name,) in expected}
    table = found["table"]["body"]
    described = dict(
        published.execute(
            "select column_name, description from meta.dictionary"
            " where schema_name = 'marts' and relation_name = 'fct_import_concentration'"
        ).fetchall()
    )
    assert {column["name"]: column["comment"] for column in table["columns"]} == described
    assert table["comment"].startswith("One row per reporter")
    columns = found["dataset"]["body"]["data"]["columns"]
    assert {column["column_name"]: column["description"] for column in columns} == described


def test_superset_draws_a_chart_of_the_figures_of_the_mart(found, published):
    chart = found["chart"]
    assert chart["status"] == 200, chart
    (result,) = chart["body"]["result"]
    assert result["error"] is None
    assert [(row["period"], row["hhi"]) for row in result["data"]] == published.execute(
        "select period, hhi_value from marts.fct_import_concentration where reporter_code = 'EU27'"
        " and source_id = 'baci_eu27_figures' and product_code = '850511' order by period"
    ).fetchall()
