"""Every claim of the yml notices the damage that it names, or that follows from its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import duckdb

from chokepoint.warehouse.claims import Claim, check_name, claims_of

# Name and query of a claim in the SQL of its test (macros/claims.sql).
QUERY = re.compile(
    r"\n {8}'(\w+)',\n.*?\n {8}'(with this as .*?)'\n {4}(?:union all|\n\))", re.DOTALL
)
CONTENTS = "select count(*), sum(hash(this)) from this"


class Asked(NamedTuple):
    """A claim of one build, with the query that finds what is against it, on a table `this`."""

    name: str
    relation: str
    severity: str
    claim: Claim
    query: str


def asked_in(build) -> Iterator[Asked]:
    """The claims of a build, as dbt asked them in it."""
    folder = build.data_dir / "dbt"
    nodes = json.loads((folder / "manifest.json").read_text())["nodes"]
    for entry in json.loads((folder / "run_results.json").read_text())["results"]:
        node = nodes.get(entry["unique_id"], {})
        claims = {claim.name: claim for claim in claims_of(node)} if node else {}
        queries = QUERY.findall(entry["compiled_code"]) if claims else ()
        assert len(queries) >= sum(not one.applies_to for one in claims.values())
        for name, query in queries:
            yield Asked(
                check_name(node, claims[name]),
                nodes[node["attached_node"]]["relation_name"],
                node["config"]["severity"].lower(),
                claims[name],
                without_this(query.replace("''", "'")),
            )


def without_this(query: str) -> str:
    """`with this as (...) select ...` without its first part."""
    start = query.index("(")
    depth = 0
    for place in range(start, len(query)):
        depth += {"(": 1, ")": -1}.get(query[place], 0)
        if depth == 0:
            return query[place + 1 :]
    raise AssertionError(query)


def fault(con: duckdb.DuckDBPyConnection, one: Asked, has_rows: bool) -> str:
    """Why a claim is none on the table `this`; nothing where it notices its damage. Without a row
    it gets one of nulls, which may be refused."""
    found = f"select count(*) from ({one.query})"
    already = has_rows and con.execute(found).fetchone()[0]
    if already and one.severity == "error":
        return f"does not hold on {one.relation}"
    before = already and con.execute(CONTENTS).fetchone()
    con.execute("begin")
    try:
        con.execute(one.claim.damage())
        if already and con.execute(CONTENTS).fetchone() == before:
            return f"is broken by what changes nothing: {one.claim.damage()}"
        return "" if con.execute(found).fetchone()[0] else f"passes after {one.claim.damage()}"
    except duckdb.Error as error:
        return f"cannot be broken: {error}"
    finally:
        con.execute("rollback")


def test_every_claim_notices_its_damage(small_build, full_build):
    """A claim that nothing breaks is no safeguard. What the small build has no rows for, or the
    whole data alone meet, is tried on the full one, at last on a row of nulls."""
    tried, faults = set(), []
    for build in (small_build, full_build):
        path = build.data_dir / "warehouse" / "chokepoint.duckdb"
        with duckdb.connect(str(path), read_only=True) as con:
            left = [one for one in asked_in(build) if one.name not in tried]
            for relation in {one.relation: None for one in left}:
                con.execute(f"create or replace temp table this as from {relation}")
                has_rows = con.execute("select exists (from this)").fetchone()[0]
                if not has_rows:
                    if build is small_build:
                        continue
                    con.execute("insert into this default values")
                for one in (one for one in left if one.relation == relation):
                    tried.add(one.name)
                    if why := fault(con, one, has_rows):
                        faults.append(f"{one.name} {why}")
    assert len(tried) > 1000
    assert not faults, "\n".join(faults)
