"""Question A14 as a stranger asks it: where each published row is from."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest
from reading_kit import ask, rows

from chokepoint.releases.meta.dictionary import META_TABLES

SHARE = {
    "reporter_code": "EU27", "supplier_scope": "extra_eu", "source_id": "baci_hs17_bilateral",
    "nomenclature": "HS2017", "product_code": "850511", "period": "2024", "partner_iso3": "CHN",
}  # fmt: skip
# Facts whose lines are those of trade: a check of all rows at once, by the keys they are made of.
IMPORTS = "lines.flow = 'import' and facts.reporter_code = lines.reporter_code"
OF_PARTNER = f"{IMPORTS} and facts.partner_iso3 = coalesce(lines.partner_code, facts.partner_iso3)"
TRADE_FACTS = {
    "fct_import_concentration": IMPORTS, "fct_partner_shares": OF_PARTNER,
    "fct_trade_under_measures": OF_PARTNER,
    "fct_dependency_indicators":
        "facts.reporter_code in (lines.reporter_code, lines.partner_code, 'EU27')",
}  # fmt: skip
ROW_FACTS = (
    "fct_measure_states", "fct_licence_claims", "fct_licence_durations", "fct_supply_risk",
    "fct_flow_continuity", "fct_commitment_scorecard", "fct_press_flow_claims", "fct_stock_cover",
    "dim_measure", "dim_measure_scope", "dim_composition_rule", "fct_state_claims", "fct_events",
    "dim_scenario",
)  # fmt: skip
# They tell of the files, not of what is in them.
OF_DELIVERIES = {"deliveries", "delivery_files", "quarantined_rows", "relation_origins", "sources"}


def test_a14_names_act_and_clause(connection):
    """No. 57/2025 was suspended by No. 70/2025: both are named, with clause and address."""
    answer = ask(
        connection,
        "a14",
        relation="marts.fct_measure_states",
        key=json.dumps({"measure_id": "CN-2025-57"}),
    )
    law = [row for row in answer if row["part"] == "raw rows"]
    assert {row["act_id"] for row in law} >= {"CN-2025-57", "CN-2025-70"}
    assert {row["file_name"] for row in law} >= {
        "seeds/measures/measures.csv",
        "seeds/measures/measure_relations.csv",
    }
    assert all(row["clause_id"] and row["source_url"] for row in law)


def test_a14_does_not_sell_relations_as_rows(connection):
    """Where single rows are not told apart, it says so, whatever key is asked for."""
    answer = ask(
        connection, "a14", relation="fct_derisking", key=json.dumps({"product_code": "280530"})
    )
    raw = [row for row in answer if row["part"] == "raw rows"]
    assert {row["certainty"] for row in raw} == {"relation only"}
    assert all(row["lines"] is None and row["row_key"] is None for row in raw)


def test_a14_says_why_a_figure_changed(full_build, tmp_path):
    """Of the row that is asked for, and of no other."""
    path = shutil.copy(full_build.published, tmp_path / "with_changes.duckdb")
    path.chmod(0o644)
    with duckdb.connect(str(path)) as copy:
        for partner, cause in (("CHN", "revision"), ("CHE", "not_separable")):
            copy.execute(
                """
                insert into meta.changes by name
                select
                    'fct_partner_shares' as relation_name, $1 as row_key,
                    'value_share' as column_name, $2 as cause, 'baci, another vintage' as evidence,
                    '0.5' as old_value, '0.6' as new_value
                """,
                [json.dumps(SHARE | {"partner_iso3": partner}), cause],
            )
        answer = ask(copy, "a14")
        (change,) = [row for row in answer if row["part"] == "change"]
        assert (change["what"], change["certainty"]) == (
            "value_share: 0.5 to 0.6, revision",
            "attributed",
        )
        assert change["file_name"] == "baci, another vintage"
        assert not [row for row in ask(copy, "a14", column_name="mass") if row["part"] == "change"]
        other = ask(copy, "a14", key=json.dumps(SHARE | {"partner_iso3": "CHE"}))
        assert [row["certainty"] for row in other if row["part"] == "change"] == ["not separable"]


def test_what_is_not_there_has_no_origin(connection):
    answer = ask(connection, "a14", key=json.dumps(SHARE | {"partner_iso3": "ATA"}))
    assert [row["part"] for row in answer] == ["no answer", "model"]
    assert answer[0]["what"].startswith("no row has this key")
    (answer,) = ask(connection, "a14", relation="fct_nothing", key="{}")
    assert answer["what"] == "no published relation has this name"


def test_a_key_can_be_a_struct(connection):
    asked = ", ".join(f"'{name}': '{value}'" for name, value in SHARE.items())
    as_struct = connection.execute(
        f"from reports.lineage('marts.fct_partner_shares', {{{asked}}})"
    ).fetchall()
    as_text = connection.execute(
        "from reports.lineage('fct_partner_shares', ?)", [json.dumps(SHARE)]
    ).fetchall()
    assert as_struct == as_text
    assert as_text


@pytest.mark.parametrize("relation", TRADE_FACTS)
def test_every_row_of_trade_has_lines(connection, relation):
    """Each import is on a line of its reporter, or of a member for the EU27 as a whole."""
    without = connection.execute(
        f"""
        with lines as (
            select distinct source_id, nomenclature, product_code, period, partner_code,
                flow, unnest([reporter_code, if(is_eu_reporter, 'EU27', null)]) as reporter_code
            from meta.trade_lines
        )
        select count(*)
        from marts.{relation} as facts
        anti join lines
            on
                facts.source_id = lines.source_id
                and facts.nomenclature = lines.nomenclature
                and facts.product_code = lines.product_code
                and facts.period = lines.period
                and {TRADE_FACTS[relation]}
        """
    ).fetchone()
    assert without == (0,)


@pytest.mark.parametrize("relation", ROW_FACTS)
def test_every_row_has_an_origin(connection, relation):
    ((keys,),) = connection.execute(
        "select key_columns from meta.relations where relation_name = ?", [relation]
    ).fetchall()
    key = keys.split(", ")
    written = ", ".join(f"'{name}', cast({name} as varchar)" for name in key)
    missing = connection.execute(
        f"""
        select cast(json_object({written}) as varchar) from marts.{relation}
        -- The base is no row of any file: it is the law and the stocks as they are.
        where '{relation}' <> 'dim_scenario' or {key[0]} <> 'base'
        except
        select row_key from reports.lineage('{relation}') where file_sha256 is not null
        """
    ).fetchall()
    assert missing == []


def test_every_other_relation_names_what_it_reads(connection):
    """Its sources and files; a calendar has none, nor has what tells of files or releases."""
    told = {*TRADE_FACTS, *ROW_FACTS}
    published = {
        name
        for (name,) in connection.execute("select relation_name from meta.relations").fetchall()
    }
    assert told <= published
    origins = rows(
        connection,
        """
        select relation_name, table_name, delivery_kind, count(file_sha256) as files
        from meta.relation_origins
        left join meta.delivery_files using (table_name, delivery_kind)
        group by all
        """,
    )
    named = {row["relation_name"] for row in origins} | set(META_TABLES)
    assert sorted(published - told - named) == []
    # A source that nothing has landed of yet has no file.
    assert all(row["files"] for row in origins if row["delivery_kind"] == "seed")
    without_data = {row["relation_name"] for row in origins if row["delivery_kind"] == "none"}
    assert without_data <= {"dim_date", *OF_DELIVERIES}


@pytest.mark.parametrize(
    ("relation", "roles"),
    [
        ("fct_derisking", {"landed file", "seed"}),
        ("dim_date", {"seed"}),
        ("meta.check_results", {"written_by_publishing"}),
        ("changes", {"written_by_publishing"}),
        ("no_such_relation", set()),
    ],
)
def test_other_relations_are_marked_as_such(connection, relation, roles):
    found = rows(connection, f"from reports.lineage('{relation}')")
    assert {row["role"] for row in found} == roles
    assert {row["grain"] for row in found} <= {"relation"}
