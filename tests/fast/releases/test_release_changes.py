"""Which cells differ between two files, and which changed inputs stand behind each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.releases.comparing.changes import write_changes
from chokepoint.releases.comparing.comparison import Comparison
from chokepoint.releases.meta.dictionary import META_TABLES

TABLES = {
    "fct_partner_shares": ("source_id", "period", "partner_iso3"),
    "fct_dependency_verdicts": ("source_id", "period"),
    "fct_measure_states": ("measure_id",),
}
COLUMNS = {
    "fct_partner_shares": "import_value_eur double, value_share double",
    "fct_dependency_verdicts": "certainty varchar",
    "fct_measure_states": "state varchar, known_to varchar",
}
SHARES, VERDICTS, STATES = TABLES


@dataclass(frozen=True)
class File:
    """What a published file holds: (relation, *key) -> values, (source, period) -> checksum, and
    (relation, kind, name) -> (source, cause, checksum)."""

    rows: dict
    deliveries: dict
    inputs: dict
    duckdb_version: str = "2.0.1"

    def but(self, **changed):
        """The same with entries changed, added, or (None) taken out."""
        merged = {}
        for name, entries in changed.items():
            found = {**getattr(self, name), **entries}
            merged[name] = {key: value for key, value in found.items() if value is not None}
        return replace(self, **merged)


OLD = File(
    rows={
        (SHARES, "baci", "2023", "CHN"): (70, 0.7), (SHARES, "baci", "2024", "CHN"): (90, 0.9),
        (SHARES, "comext", "2024-01", "CHN"): (8, 0.8), (VERDICTS, "baci", "2024"): ("settled",),
        (STATES, "CN-18"): ("in_force", None), (STATES, "CN-46"): ("in_force", None),
    },
    deliveries={
        ("baci", "2023"): "a", ("baci", "2024"): "b", ("comext", "2024-01"): "c",
        ("comext", "2024-02"): "d", ("ecb", "2023"): "e", ("ecb", "2024"): "f",
        ("wgi", "2022-09"): "g",
    },
    inputs={
        **{
            (relation, "delivery", source): (source, "data", "first")
            for relation in (SHARES, VERDICTS) for source in ("baci", "comext", "ecb", "wgi")
        },
        **{
            (relation, kind, name): (name, cause, "first")
            for relation, kind, name, cause in (
                (SHARES, "seed", "products", "code_map"), (SHARES, "model", "flows", "method"),
                (SHARES, "seed", "baci", "data"), (STATES, "seed", "measures", "law_event"),
                (STATES, "seed", "stated_figures", "data"), (VERDICTS, "model", "flows", "method"),
            )
        },
    },
)  # fmt: skip
BACI = ("baci", "2024", "CHN")
MOVED = {(SHARES, *BACI): (90, 0.8)}
OTHERS = {(SHARES, "comext", "2024-01", "CHN"): (8, 0.6)}
ENDED = {(STATES, "CN-18"): ("ended", None)}


@pytest.fixture(scope="module")
def con():
    with duckdb.connect(config={"threads": 1}) as one:
        yield one


def attach(con, name, made):
    con.execute(f"use memory; detach database if exists {name}; attach ':memory:' as {name}")
    con.execute(f"create schema {name}.marts; create schema {name}.meta")
    tables = {
        f"marts.{relation}": ", ".join(f"{one} varchar" for one in key) + ", " + COLUMNS[relation]
        for relation, key in TABLES.items()
    }
    tables |= {
        f"meta.{table}": ", ".join(
            f"{one} {kind}" for one, (kind, _) in META_TABLES[table][1].items()
        )
        for table in ("inputs", "changes", "relations", "build")
    }
    tables["meta.deliveries"] = (
        "source_id varchar, period varchar, file_sha256 varchar, row_count integer,"
        " is_current boolean"
    )
    con.execute("".join(f"create table {name}.{one} ({of});" for one, of in tables.items()))
    rows = [(f"marts.{relation}", *key, *values) for (relation, *key), values in made.rows.items()]
    rows += [("meta.deliveries", *one, sha, 1, True) for one, sha in made.deliveries.items()]
    rows += [("meta.inputs", *one, *values) for one, values in made.inputs.items()]
    for table, *values in rows:
        marks = ", ".join("?" * len(values))
        con.execute(f"insert into {name}.{table} values ({marks})", values)
    keys = ", ".join(f"('marts', '{one}', '{', '.join(key)}')" for one, key in TABLES.items())
    con.execute(
        f"insert into {name}.meta.relations (schema_name, relation_name, key_columns)"
        f" values {keys};"
        f"insert into {name}.meta.build (duckdb_version) values ('{made.duckdb_version}')"
    )


def changes(con, old, new):
    """(relation, values of the key, column) -> all else that meta.changes says of the cell."""
    attach(con, "before", old)
    attach(con, "after", new)
    compared = Comparison(con, "before", "after")
    count = write_changes(compared, release="1", into="after.meta.changes")
    rows = con.execute(
        """
        select [relation_name] || (row_key ->> '$.*') || [column_name], change_kind, old_value,
            new_value, cause, possible_causes, evidence
        from after.meta.changes
        """
    ).fetchall()
    found = {tuple(place): tuple(said) for place, *said in rows}
    assert len(found) == len(rows) == count
    return found


SECOND_MAP = {(SHARES, "seed", "products"): ("products", "code_map", "second")}
SECOND_CODE = {(SHARES, "model", "flows"): ("flows", "method", "second")}
SECOND_VERDICTS = {(VERDICTS, "model", "flows"): ("flows", "method", "second")}
FIGURES = {(SHARES, "seed", "baci"): ("baci", "data", "second")}
LAW = {(STATES, "seed", "measures"): ("measures", "law_event", "second")}
STATED = {(STATES, "seed", "stated_figures"): ("stated_figures", "data", "second")}
READ = {(SHARES, "delivery", "baci"): ("baci", "data", "second")}
BACI_X = {("baci", "2024"): "x"}
NEW_YEAR = {("baci", "2025"): "n", ("ecb", "2025"): "n"}
TOLD = "revision: baci 2024 b to x"
# What differs beside the share, and what is said of it: cause, possible causes, evidence.
OF_A_SHARE = {
    "revised": ({"deliveries": BACI_X}, "revision", None, TOLD),
    "its own period": (
        {"deliveries": {**BACI_X, ("baci", "2023"): "x", ("comext", "2024-01"): "x"}},
        "revision", None, TOLD,
    ),
    "a rate": (
        {"deliveries": {("ecb", "2024"): "x", ("ecb", "2023"): "x"}},
        "revision", None, "revision: ecb 2024 f to x",
    ),
    "a source without its period": (
        {"deliveries": {("wgi", "2022-09"): "x"}}, "revision", None, "revision: wgi 2022-09 g to x",
    ),
    "nothing near": (
        {"deliveries": {("comext", "2024-01"): "x"}},
        "revision", None, "revision: comext 2024-01 c to x",
    ),
    "withdrawn": (
        {"deliveries": {("ecb", "2024"): None}}, "revision", None, "revision: ecb 2024 withdrawn",
    ),
    "another reading": (
        {"inputs": READ}, "method", None,
        "method: baci 2024 read by another contract",
    ),
    "a seed of figures": ({"inputs": FIGURES}, "revision", None, "revision: seed baci"),
    "a map": ({"inputs": SECOND_MAP}, "code_map", None, "code_map: products"),
    "code": ({"inputs": SECOND_CODE}, "method", None, "method: flows"),
    "code and data": (
        {"inputs": SECOND_CODE, "deliveries": BACI_X},
        "not_separable", "method; revision", f"method: flows; {TOLD}",
    ),
    "a relation that is no part of it": (
        {"inputs": {**SECOND_VERDICTS, **LAW}}, "not_separable", "", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OF_A_SHARE)
def test_behind_a_figure_stand_the_changed_inputs_that_reach_it(con, what):
    changed, *said = OF_A_SHARE[what]
    found = changes(con, OLD, OLD.but(rows=MOVED, **changed))
    assert found == {(SHARES, *BACI, "value_share"): ("changed", "0.9", "0.8", *said)}


OTHER_FACTS = {
    "a verdict looks back": (
        {(VERDICTS, "baci", "2024"): ("doubtful",)},
        {"deliveries": {("baci", "2023"): "x"}},
        {(VERDICTS, "baci", "2024", "certainty"): (
            "changed", "settled", "doubtful", "revision", None, "revision: baci 2023 a to x",
        )},
    ),
    "law": (
        {(STATES, "CN-18"): ("ended", "2024-05-01")},
        {"inputs": LAW},
        {
            (STATES, "CN-18", column): (
                "changed", *values, "law_event", None, "law_event: measures",
            )
            for column, values in {
                "state": ("in_force", "ended"), "known_to": (None, "2024-05-01"),
            }.items()
        },
    ),
    "an entry of a seed": (
        {(STATES, "CN-99"): ("in_force", None), (STATES, "CN-46"): None},
        {"inputs": {**LAW, **STATED}},
        {
            (STATES, measure, "state"): (
                kind, *values, "not_separable", "law_event; revision",
                "law_event: measures; revision: seed stated_figures",
            )
            for measure, kind, values in (
                ("CN-99", "appeared", (None, "in_force")),
                ("CN-46", "vanished", ("in_force", None)),
            )
        },
    ),
    "a new period, whatever else changed": (
        {(SHARES, "baci", "2025", "CHN"): (50, 0.5)},
        {"deliveries": NEW_YEAR, "inputs": {**SECOND_CODE, **SECOND_MAP}},
        {
            (SHARES, "baci", "2025", "CHN", column): (
                "appeared", None, value, "new_period", None, "new_period: baci 2025, ecb 2025",
            )
            for column, value in {"import_value_eur": "50.0", "value_share": "0.5"}.items()
        },
    ),
    "a row that a revision brings": (
        {(SHARES, "baci", "2024", "JPN"): (None, 0.1)},
        {"deliveries": {**BACI_X, **NEW_YEAR}},
        {(SHARES, "baci", "2024", "JPN", "value_share"): (
            "appeared", None, "0.1", "revision", None, TOLD,
        )},
    ),
    "no finite number": (
        {(SHARES, "baci", "2023", "CHN"): (70, float("inf"))},
        {"inputs": SECOND_CODE},
        {(SHARES, "baci", "2023", "CHN", "value_share"): (
            "changed", "0.7", "inf", "method", None, "method: flows",
        )},
    ),
    "nothing": ({}, {"deliveries": NEW_YEAR, "inputs": {**SECOND_CODE, **LAW}}, {}),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHER_FACTS)
def test_what_differs_is_told_by_relation_key_and_column(con, what):
    rows, changed, expected = OTHER_FACTS[what]
    assert changes(con, OLD, OLD.but(rows=rows, **changed)) == expected


def test_a_withdrawn_delivery_is_a_revision(con):
    before = OLD.but(deliveries=NEW_YEAR, rows={(SHARES, "baci", "2025", "CHN"): (50, None)})
    assert changes(con, before, OLD) == {
        (SHARES, "baci", "2025", "CHN", "import_value_eur"): (
            "vanished", "50.0", None, "revision", None,
            "revision: baci 2025 withdrawn, ecb 2025 withdrawn",
        )
    }  # fmt: skip


def test_versions_of_tools_are_told_where_nothing_else_differs(con):
    after = replace(OLD.but(rows=MOVED), duckdb_version="2.0.2")
    (said,) = changes(con, OLD, after).values()
    assert said[3:] == ("method", None, "method: duckdb_version 2.0.1 to 2.0.2")
    (said,) = changes(con, OLD, replace(after, deliveries=OLD.deliveries | BACI_X)).values()
    assert said[3:] == ("revision", None, TOLD)


def test_a_release_without_a_record_of_inputs_explains_nothing(con):
    (said,) = changes(con, replace(OLD, inputs={}), OLD.but(rows=MOVED)).values()
    assert said[3:] == ("not_separable", "unrecorded", None)


SHARES_DRAWN = st.dictionaries(
    st.tuples(
        st.just(SHARES), st.sampled_from(["baci", "comext"]), st.sampled_from(["2023", "2024"]),
        st.sampled_from(["CHN", "JPN"]),
    ),
    st.tuples(st.none() | st.integers(0, 2), st.none() | st.sampled_from([0.1, 0.2])),
)  # fmt: skip
MAY_HAVE = {
    "revision": {"deliveries": BACI_X}, "code_map": {"inputs": SECOND_MAP},
    "method": {"inputs": SECOND_CODE},
}  # fmt: skip


@tried(5)
@given(SHARES_DRAWN, SHARES_DRAWN, st.sets(st.sampled_from(sorted(MAY_HAVE)), min_size=1))
def test_any_two_files_differ_in_the_cells_that_differ(con, old, new, causes):
    after = replace(OLD, rows=new)
    for cause in causes:
        after = after.but(**MAY_HAVE[cause])
    found = changes(con, replace(OLD, rows=old), after)
    expected = {}
    for key in {*old, *new}:
        was, now = (rows.get(key, (None, None)) for rows in (old, new))
        for column, before, value in zip(
            ("import_value_eur", "value_share"), was, now, strict=True
        ):
            if before != value:
                expected[*key, column] = (before, value)
    assert {
        place: tuple(None if one is None else float(one) for one in said[1:3])
        for place, said in found.items()
    } == expected
    for said in found.values():
        named = set((said[4] or said[3]).split("; "))
        assert named <= causes
        assert said[3] != "not_separable" or len(named) > 1
