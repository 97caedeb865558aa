"""Questions A1 to A4 as a stranger asks them of the published file; the acts give the answers.
Compositions: test_composition.py; the 409 questions and 364 states labelled by hand: every build
(meta_calibration)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from reading_kit import ask, keyed, named, picked, rows, table

KEY = ("measure_id", "clause_id", "destination", "user_type", "claim_group")
TARGETS_OF_70 = {f"CN-2025-{number}" for number in (55, 56, 57, 58, 61, 62)}


def test_every_label_made_by_hand_is_the_answer(connection):
    """States of the law and questions about parts."""
    found = rows(connection, "from meta.calibration where kind = 'all'")
    assert {row["subject"] for row in found} == {"law", "coverage"}
    assert sum(row["label_count"] for row in found) == len(
        table("law_labels") + table("coverage_labels")
    )
    assert [row["differing_labels"] for row in found if row["differing_count"]] == []


def test_a1_states_for_magnets_and_germany_in_november_2025(connection):
    asked = {"valid_on": "2025-11-15", "known_on": "2025-11-16", "destination": "DEU"}
    answer = ask(connection, "a01", **asked, code="8505 11 10")
    assert max(Counter(tuple(row[name] for name in KEY) for row in answer).values()) == 1
    states = {(row["measure_id"], row["clause_id"]): row for row in answer}
    assert {key: row["state"] for key, row in states.items() if key[0] in TARGETS_OF_70} == {
        **{(f"CN-2025-{no}", "whole"): "suspended_before_effect" for no in (55, 56, 57, 58)},
        **{("CN-2025-61", f"item-1-{no}"): "suspended_before_effect" for no in (1, 2)},
        ("CN-2025-61", "item-1-3"): "suspended",
        ("CN-2025-62", "whole"): "suspended",
    }
    april = states["CN-2025-18", "whole"]
    assert (april["state"], april["code_coverage"]) == ("in_force", "partial")
    assert states["CN-2025-62", "whole"]["code_coverage"] == "has items without a code"
    # The clause for the United States does not bear on Germany.
    assert ("CN-2024-46-2", "whole") not in states


def test_a1_says_what_has_been_learned_since(connection):
    """On 1 November 2025 No. 57 was expected in force two weeks later."""
    asked = {"valid_on": "2025-11-15", "known_on": "2025-11-01", "measure_id": "CN-2025-57"}
    (row,) = ask(connection, "a01", **asked)
    assert (row["state"], row["state_as_known_today"]) == ("in_force", "suspended_before_effect")
    assert row["learned_since"]


def ending(connection, **parameters):
    found = ask(connection, "a02", as_of="2026-11-24", **parameters)
    return keyed(found, "measure_id clause_id claim_group")


def test_a2_with_the_knowledge_of_november_2025(connection):
    answer = ending(connection, known_on="2025-11-12")
    targets = {key: row for key, row in answer.items() if key[0] in TARGETS_OF_70}
    assert {key[0] for key in targets} == TARGETS_OF_70
    assert len(targets) == 8
    for key, row in targets.items():
        assert key[2] == "base"
        said = picked([row], "state days_left rival_state certainty")
        assert said == [("lapsed_presumed", -14, None, "presumed")]
    clause = answer["CN-2024-46-2", "whole", "base"]
    assert (clause["state"], clause["days_left"], clause["destination"]) == ("suspended", 3, "USA")
    assert clause["state_after"] == "lapsed_presumed"
    assert {row["state"] for row in answer.values()}.isdisjoint({"repealed", "expired"})


def test_a2_with_the_knowledge_of_the_day_itself(connection):
    answer = ending(connection)
    for measure, clause, group in list(answer):
        if measure not in TARGETS_OF_70:
            continue
        row = answer[measure, clause, group]
        assert row["certainty"] == "disputed"
        if group == "base":
            rival = answer[measure, clause, "after-2026-11-10/B"]
            assert (row["state"], row["days_left"]) == ("lapsed_presumed", -14)
            assert (row["rival_state"], row["rival_ends_on"]) == (rival["state"], rival["ends_on"])
            assert (rival["state"], rival["ends_on"]) == (row["rival_state"], date(2027, 1, 10))
            assert rival["state"] in ("suspended", "suspended_before_effect")
            assert "10 January 2027" in row["rival_rests_on"]
    assert answer["CN-2024-46-2", "whole", "base"]["days_left"] == 3
    assert {row["state"] for row in answer.values()}.isdisjoint({"repealed", "expired"})


def test_a2_shows_the_trade_under_what_ends(connection):
    row = ending(connection)["CN-2025-57", "whole", "base"]
    assert (row["weight_period"], row["codes_with_trade"], row["codes_listed"]) == ("2024", 2, 2)
    assert 0 == row["value_meur_low"] < row["high_meur_of_codes_with_figures"]
    assert (row["items_without_code"], row["has_complete_upper_bound"]) == (10, False)
    assert "listed codes with figures, at most EUR" in row["total_in_words"]


# --- A3 -----------------------------------------------------------------------------------
def covered(connection, code, destination, end_use, contains, as_of, known_on=None, without=None):
    return rows(
        connection,
        "from reports.is_covered(?, ?, ?, ?, ?, cast(? as date), cast(? as date))",
        [code, destination, end_use, contains, without, as_of, known_on],
    )


def test_a3_asks_what_decides(connection):
    (row,) = ask(connection, "a03", contains="NdFeB", destination="Germany", as_of="2025-11-15")
    assert row["read_as"] == "holds B, Fe, Nd; family NdFeB"
    assert row["deciding_question"] == "does it hold dysprosium or terbium?"
    assert (row["answer_if_yes"], row["answer_if_no"], row["asks_for"]) == ("yes", "no", "contains")


def test_a3_of_a_list_each_part_is_answered_as_alone(connection):
    """The bundled labels, as one list of parts."""
    day = [
        row for row in table("coverage_labels") if row["as_of"] == row["known_on"] == "2025-06-16"
    ]
    asked = [one | {"end_use": one["end_use"] or None} for one in day]
    parts = named("product_code destination end_use contains without",
                  picked(asked, "code destination end_use contains without"))  # fmt: skip
    found = rows(
        connection, "from reports.are_parts_covered(?, as_of := date '2025-06-16')", [parts]
    )
    assert [row["part_number"] for row in found] == list(range(1, len(day) + 1))
    assert [row["answer"] for row in found] == [label["answer"] for label in day]
    assert {row["asks_for"] for row in found if row["answer"] == "cannot tell"} >= {
        "contains", "code", "destination", "end use", "data sheet",
    }  # fmt: skip


def test_a3_a_lapse_and_a_dispute_are_not_answered_for_sure(connection):
    """Holmium to ytterbium, No. 57/2025: presumed back since 10 November 2026, disputed since."""
    for known_on, certainties in (("2025-11-12", ["presumed"]), (None, ["disputed"] * 2)):
        asked = ("28469070", "DEU", None, "holmium oxide", "2026-11-24", known_on)
        found = covered(connection, *asked)
        found = [row for row in found if row["measure_id"] == "CN-2025-57"]
        assert {row["answer"] for row in found} == {"cannot tell"}
        assert [row["certainty"] for row in found] == certainties


# --- A4: figures against an oracle are in test_product_editions.py --------------------------


def test_a4_the_magnet_code_has_published_figures_and_the_mass_of_its_subheading(connection):
    """EUR 784,821,501 of imports in 2024 (F033), 92.72 % of them from China (F035)."""
    asked = "from reports.trade_under_measures('EU27', 'CHN', date '2025-11-15', null)"
    answer = keyed(rows(connection, asked), "product_code state")
    row, subheading = answer["85051110", "in_force"], answer["850511", "in_force"]
    assert row["product_value_eur"] == Decimal("784821501") * Decimal("0.9272")
    said = picked([row], "source_id nomenclature part_of_product_code")
    assert said == [("macro_facts", "CN2024", "850511")]
    assert row["product_value_eur"] < subheading["product_value_eur"]
    masses = picked([row], "product_net_mass_kg net_mass_kg_low net_mass_kg_high")
    assert masses == [(None, 0, subheading["product_net_mass_kg"])]


# --- every row leads to an act ------------------------------------------------------------


def test_every_row_of_law_leads_to_an_act(connection):
    """Title, link and confidence; the number where the act has one."""
    acts = {
        "act_id": ["fct_measure_states", "bridge_measure_relations"],
        "target_id": ["bridge_measure_relations"],
        "measure_id": [
            "fct_measure_states", "bridge_measure_products", "bridge_product_coverage",
            "bridge_measure_destinations", "bridge_measure_exporters", "dim_measure_scope",
            "dim_composition_rule", "fct_state_claims",
        ],
    }  # fmt: skip
    named = [(f"marts.{name}", act) for act, relations in acts.items() for name in relations]
    named += [("reports.rpt_measure_states_today", "act_id")]
    named += [("reports.rpt_measures_ending_soon", "act_id")]
    complete = """
        select act_id from marts.dim_act
        where title <> '' and confidence <> '' and starts_with(source_url, 'http')
    """
    for relation, act in named:
        found = connection.execute(
            f"select count(*), count(*) filter (coalesce({act}, '') not in ({complete}))"
            f" from {relation}"
        ).fetchone()
        assert found[0] > 0, relation
        assert found[1] == 0, (relation, act)
