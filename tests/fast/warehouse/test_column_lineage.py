"""Column by column: what the SQL of a model says its values are made of."""

import csv
import json

import pytest

from chokepoint.errors import ChokepointError
from tools.column_lineage import (
    Place,
    columns_of_query,
    describe,
    read_lineage,
    write_documentation,
)

SCHEMA = {
    "raw": {"flows": {"partner": "text", "value": "text", "mass": "text"}},
    "seeds": {"rates": {"period": "text", "rate": "text"}},
}
CASES = {
    # The rows that count are no part of the value: the description says so, too.
    "condition": ("select value from raw.flows where partner = 'CHN'", {"value": {"value"}}),
    "renamed": ("select value as import_value from raw.flows", {"import_value": {"value"}}),
    "computed": (
        "with f as (select * from raw.flows) select sum(value) / sum(mass) as price from f",
        {"price": {"value", "mass"}},
    ),
    "by condition": ("select sum(value) filter (where partner = 'CHN') as of_china from raw.flows",
                     {"of_china": {"value", "partner"}}),
    "union by place": (
        "select partner, value from raw.flows union all select mass, partner from raw.flows",
        {"partner": {"partner", "mass"}, "value": {"value", "partner"}},
    ),
    "union by name": (
        "select partner, value from raw.flows union all by name select mass as value, partner "
        "from raw.flows",
        {"partner": {"partner"}, "value": {"value", "mass"}},
    ),
    "constant": ("select 1 as one, count(*) as n from raw.flows", {"one": set(), "n": set()}),
    "joined": ("select flows.value / rates.rate as eur from raw.flows as flows "
               "left join seeds.rates as rates on flows.partner = rates.period",
               {"eur": {"value", "rate"}}),
    "star with a column left out": ("select * exclude (mass) from raw.flows",
                                    {"partner": {"partner"}, "value": {"value"}}),
    "feeds on itself": ("with recursive r as (select value as v, 0 as depth from raw.flows union "
                        "select v, depth + 1 from r where depth < 3) select v from r",
                        {"v": {"value"}}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_columns_are_followed(case):
    sql, wanted = CASES[case]
    found = columns_of_query(sql, SCHEMA)
    assert {name: {column for _, _, column in places} for name, places in found.items()} == wanted


def node(name, sql="", layer="staging", schema="main", columns=(), kind="model"):
    return {
        "name": name, "alias": name, "schema": schema, "resource_type": kind, "language": "sql",
        "unique_id": f"{kind}.p.{name}", "compiled_code": sql, "fqn": ["p", layer, name],
        "columns": {c: {"name": c, "description": f"{c}."} for c in columns},
    }  # fmt: skip


MANIFEST = {
    "nodes": {
        n["unique_id"]: n
        for n in (
            node("flows", schema="raw", kind="seed", columns=("partner", "value")),
            node("stg", "select partner, value as v from raw.flows", columns=("partner", "v")),
            node("fct", "select partner, 2 * v as twice from main.stg", "marts",
                 columns=("partner", "twice")),
            node("lost", "select nobody from main.stg", "marts", columns=("nobody",)),
        )
    },
    "sources": {},
}  # fmt: skip
CATALOG = {"nodes": {}, "sources": {}}


def test_the_way_leads_to_the_raw_column():
    lineage = read_lineage(MANIFEST, CATALOG)
    assert lineage.parents[Place("fct", "twice")] == {Place("stg", "v")}
    assert lineage.raw(Place("fct", "twice")) == {Place("flows", "value")}
    assert Place("lost", "nobody") in lineage.partly
    assert describe(lineage, Place("fct", "twice")) == (
        "Made from: `stg.v`. In the raw tables: `flows.value`."
    )
    assert describe(lineage, Place("lost", "nobody")) == ""


@pytest.fixture
def target(tmp_path):
    """A folder as `dbt docs` leaves it, where a description would end the script."""
    manifest = json.loads(json.dumps(MANIFEST).replace("twice.", "twice. </script><b>"))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    (tmp_path / "index.html").write_text(
        '<script>m="MANIFEST.JSON INLINE DATA";c="CATALOG.JSON INLINE DATA"</script>'
    )
    return tmp_path


def test_the_documentation_shows_it(target):
    write_documentation(target, target / "out" / "dbt.html", target / "lineage.csv")
    page = (target / "out" / "dbt.html").read_text()
    assert "Made from: `stg.v`. In the raw tables: `flows.value`." in page
    assert "INLINE DATA" not in page
    assert page.count("</script>") == 1
    with (target / "lineage.csv").open() as file:
        rows = list(csv.reader(file))
    assert ["fct", "twice", "next", "stg", "v"] in rows
    assert ["fct", "twice", "raw", "flows", "value"] in rows
    (target / "index.html").write_text('<script>"MANIFEST.JSON INLINE DATA"</script>')
    with pytest.raises(ChokepointError, match="no place"):
        write_documentation(target, target / "out" / "dbt.html", target / "lineage.csv")
