"""Questions A1 to A4 as a stranger asks them of the published file; the acts give the answers."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from coverage_oracle import NOT_COVERED, Flow
from editions_oracle import Editions, parts_within, read_steps
from published_law import read_oracle, rows

from chokepoint.settings import PROJECT_DIR

KEY = ("measure_id", "clause_id", "destination", "user_type", "claim_group")
TARGETS_OF_70 = {f"CN-2025-{number}" for number in (55, 56, 57, 58, 61, 62)}


@pytest.fixture(scope="module")
def connection(full_build):
    opened = full_build.connect()
    yield opened
    opened.close()


def ask(connection, question, **parameters):
    """The rows of a file in queries/, with its variables set as any DuckDB client would."""
    (path,) = (PROJECT_DIR / "queries").glob(f"{question}*.sql")
    for name, value in parameters.items():
        connection.execute(f"set variable {name} = ?", [value])
    try:
        return rows(connection, path.read_text(encoding="utf-8"))
    finally:
        for name in parameters:
            connection.execute(f"reset variable {name}")


# --- A1 -----------------------------------------------------------------------------------


def test_a1_states_for_magnets_and_germany_in_november_2025(connection):
    answer = ask(
        connection,
        "a01",
        valid_on="2025-11-15",
        known_on="2025-11-16",
        destination="DEU",
        code="8505 11 10",
    )
    assert max(Counter(tuple(row[name] for name in KEY) for row in answer).values()) == 1
    states = {(row["measure_id"], row["clause_id"]): row for row in answer}
    assert {key: row["state"] for key, row in states.items() if key[0] in TARGETS_OF_70} == {
        ("CN-2025-55", "whole"): "suspended_before_effect",
        ("CN-2025-56", "whole"): "suspended_before_effect",
        ("CN-2025-57", "whole"): "suspended_before_effect",
        ("CN-2025-58", "whole"): "suspended_before_effect",
        ("CN-2025-61", "item-1-1"): "suspended_before_effect",
        ("CN-2025-61", "item-1-2"): "suspended_before_effect",
        ("CN-2025-61", "item-1-3"): "suspended",
        ("CN-2025-62", "whole"): "suspended",
    }
    april = states["CN-2025-18", "whole"]
    assert (april["state"], april["code_coverage"]) == ("in_force", "partial")
    assert states["CN-2025-62", "whole"]["code_coverage"] == "has items without a code"
    # The clause for the United States does not bear on Germany.
    assert ("CN-2024-46-2", "whole") not in states


def test_a1_what_splits_a_clause_is_not_known_before_its_day(connection):
    """Civilian use was told apart by the exemptions, announced on 1 November 2025."""
    parameters = {"valid_on": "2025-10-20", "measure_id": "CN-NEXP-20251004"}
    then = ask(connection, "a01", known_on="2025-10-20", **parameters)
    assert [(row["user_type"], row["state"]) for row in then if row["state"]] == [
        ("all", "in_force")
    ]
    later = ask(connection, "a01", known_on="2025-11-01", **parameters)
    assert [(row["user_type"], row["state"]) for row in later] == [
        ("civil", "in_force"),
        ("military", "in_force"),
    ]


@pytest.mark.parametrize("place", ["DEU", "DE", "germany"])
def test_a1_takes_a_country_by_any_of_its_names(connection, place):
    answer = ask(connection, "a01", valid_on="2025-11-15", destination=place)
    assert len(answer) == len(ask(connection, "a01", valid_on="2025-11-15", destination="DEU")) > 30


def test_a1_technologies_were_in_force_before_the_suspension(connection):
    before = ask(connection, "a01", valid_on="2025-10-20", measure_id="CN-2025-62")
    assert [(row["state"], row["state_as_known_today"]) for row in before] == [
        ("in_force", "in_force")
    ]


def test_a1_says_what_has_been_learned_since(connection):
    """On 1 November 2025 No. 57 was expected in force two weeks later."""
    (row,) = ask(
        connection,
        "a01",
        valid_on="2025-11-15",
        known_on="2025-11-01",
        measure_id="CN-2025-57",
    )
    assert (row["state"], row["state_as_known_today"], row["learned_since"]) == (
        "in_force",
        "suspended_before_effect",
        True,
    )


# --- A2 -----------------------------------------------------------------------------------


def ending(connection, **parameters):
    return {
        (row["measure_id"], row["clause_id"], row["claim_group"]): row
        for row in ask(connection, "a02", as_of="2026-11-24", **parameters)
    }


def test_a2_with_the_knowledge_of_november_2025(connection):
    answer = ending(connection, known_on="2025-11-12")
    targets = {key: row for key, row in answer.items() if key[0] in TARGETS_OF_70}
    assert {key[0] for key in targets} == TARGETS_OF_70
    assert len(targets) == 8
    for key, row in targets.items():
        assert key[2] == "base"
        assert (row["state"], row["days_left"], row["rival_state"], row["certainty"]) == (
            "lapsed_presumed",
            -14,
            None,
            "presumed",
        )
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
            assert (rival["state"], rival["ends_on"]) == (
                row["rival_state"],
                date(2027, 1, 10),
            )
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


@pytest.mark.parametrize(
    ("contains", "without", "answer"),
    [
        ("NdFeB, Dy", None, "yes"),
        ("Nd, Pr, Fe, B, Tb", None, "yes"),
        ("Sm2Co17", None, "yes"),
        ("NdFeB", "Dy, Tb", "no"),
        ("AlNiCo", None, "no"),
        # A family, a grade and a list say nothing of what they do not name.
        ("N42SH", None, "cannot tell"),
        ("Nd 29%, Pr 1%, Fe 68%, B 1%, Co 1%", None, "cannot tell"),
        ("NdFeB", "Dy", "cannot tell"),
        ("NdFeB", "Dy metal-free", "cannot tell"),
        ("NdFeB with Dy", None, "cannot tell"),
        ("", "", "cannot tell"),
        (None, None, "cannot tell"),
    ],
)
def test_a3_a_magnet_by_its_composition(connection, contains, without, answer):
    (row,) = covered(connection, "8505 11 10", "DE", None, contains, "2025-11-15", without=without)
    assert (row["answer"], row["measure_id"], row["state"]) == (answer, "CN-2025-18", "in_force")
    assert row["certainty"] == ("bounds_only" if answer == "cannot tell" else "by_composition")
    assert (row["deciding_question"] is not None) == (answer == "cannot tell")
    assert row["title"]
    assert row["source_url"].startswith("http")


def test_a3_asks_what_decides(connection):
    (row,) = ask(connection, "a03", contains="NdFeB", destination="Germany", as_of="2025-11-15")
    assert row["read_as"] == "holds B, Fe, Nd; family NdFeB"
    assert row["deciding_question"] == "does it hold dysprosium or terbium?"
    assert (row["answer_if_yes"], row["answer_if_no"], row["asks_for"]) == ("yes", "no", "contains")


def test_a3_names_the_entries_that_it_does_not_know(connection):
    (row,) = covered(connection, "85051110", "DE", None, "NdFeB, dysprosum", "2025-11-15")
    assert "not known: dysprosum (nearest: dysprosium" in row["reason"]
    assert row["elements_read"] == "B Fe Nd"


def test_a3_code_and_composition_may_disagree(connection):
    """No. 18/2025 lists dysprosium oxide, but not under the code of lanthanum compounds."""
    (row,) = covered(connection, "28469040", "DE", None, "Dy2O3", "2025-11-15")
    assert (row["answer"], row["coverage"]) == ("cannot tell", "other_code")
    assert row["asks_for"] == "code"
    assert "dysprosium" in row["reason"]
    (row,) = covered(connection, "28469040", "DE", None, "La2O3", "2025-11-15")
    assert (row["answer"], row["certainty"]) == ("no", "not_listed")


def test_a3_a_material_that_a_measure_names_is_no_code_that_it_leaves_out(connection):
    """The Congolese quota names cobalt; articles of it are not among the codes it is mapped to."""
    for without, answer, certainty in ((None, "cannot tell", "bounds_only"),
                                       ("cobalt", "no", "by_composition")):  # fmt: skip
        found = by_measure(
            covered(connection, "81059000", "FIN", None, None, "2026-03-02", without=without)
        )
        row = found["CD-COBALT-QUOTA-2025"]
        assert (row["answer"], row["certainty"], row["coverage"]) == (answer, certainty, "named")


def test_a3_a_ban_takes_over_the_whole_codes_of_the_items_it_names(connection):
    for code in ("8110 10", "8110 20", "8110 90"):
        found = by_measure(covered(connection, code, "USA", "civil", None, "2025-10-01"))
        assert {name: row["answer"] for name, row in found.items()} == {
            "CN-2024-33": "yes",
            "CN-2024-46-2": "yes",
        }, code


def test_a3_of_a_list_each_part_is_answered_as_alone(connection):
    """The bundled labels, as one list of parts."""
    path = PROJECT_DIR / "seeds" / "measures" / "coverage_labels.csv"
    with path.open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    day = [label for label in labels if label["as_of"] == label["known_on"] == "2025-06-16"]
    parts = [
        {
            "product_code": label["code"], "destination": label["destination"],
            "end_use": label["end_use"] or None, "contains": label["contains"],
            "without": label["without"],
        }
        for label in day
    ]  # fmt: skip
    found = rows(
        connection,
        "from reports.are_parts_covered(?, as_of := date '2025-06-16')",
        [parts],
    )
    assert [row["part_number"] for row in found] == list(range(1, len(day) + 1))
    assert [(label["label_id"], row["answer"]) for label, row in zip(day, found, strict=True)] == [
        (label["label_id"], label["answer"]) for label in day
    ]
    assert {row["asks_for"] for row in found if row["answer"] == "cannot tell"} >= {
        "contains", "code", "destination", "end use", "data sheet",
    }  # fmt: skip


@pytest.mark.parametrize("destination", ["DE", "DEU", "Germany", "EU27", "eu", "JP"])
def test_a3_a_destination_by_any_of_its_names(connection, destination):
    (row,) = covered(connection, "850511", destination, None, "SmCo", "2025-11-15")
    assert row["answer"] == "yes"


def by_measure(answer):
    return {row["measure_id"]: row for row in answer}


def test_a3_law_that_bears_on_others_or_not_yet_does_not_answer(connection):
    """Gallium: licence for all since August 2023, ban for the United States since December 2024."""
    for destination, day, measures in (
        # Clause 1 bans for military users, and the use is not stated.
        ("USA", "2025-01-01", {"CN-2023-23", "CN-2024-46-1", "CN-2024-46-2"}),
        ("DEU", "2025-01-01", {"CN-2023-23"}),
        ("DEU", "2023-07-15", {"CN-2023-23"}),
    ):
        found = by_measure(covered(connection, "81129289", destination, None, None, day))
        assert found.keys() == measures, (destination, day)
    assert found["CN-2023-23"]["state"] == "announced"
    assert found["CN-2023-23"]["answer"] == "no"
    (unlisted,) = covered(connection, "81129289", "DEU", None, None, "2020-01-01")
    assert (unlisted["answer"], unlisted["certainty"]) == ("no", "not_listed")


def test_a3_the_end_use_chooses_the_clause(connection):
    """From 9 November 2025 Nexperia's chips for civilian use were exempted, others were not."""
    states = {
        use: [row["state"] for row in covered(connection, "854121", "DEU", use, None, "2025-12-01")]
        for use in ("civil", "military", None)
    }
    assert states == {
        "civil": ["exempted"],
        "military": ["in_force"],
        None: ["exempted", "in_force"],
    }
    (civil,) = covered(connection, "854121", "DEU", "civil", None, "2025-12-01")
    assert civil["answer"] == "no"
    assert "civilian use" in civil["exemption"]


@pytest.mark.parametrize(
    ("destination", "end_use", "contains", "answers"),
    [
        ("USA", "military", "NdFeB, Dy", {"CN-2025-18": "yes", "CN-2024-46-1": "yes"}),
        ("USA", "military", None, {"CN-2025-18": "cannot tell", "CN-2024-46-1": "cannot tell"}),
        ("USA", "civil", "NdFeB, Dy", {"CN-2025-18": "yes"}),
        ("DEU", "military", "NdFeB, Dy", {"CN-2025-18": "yes"}),
    ],
)
def test_a3_bans_on_military_use_name_no_code(connection, destination, end_use, contains, answers):
    """No. 46/2024, clause 1: no dual-use item for military users in the United States."""
    found = covered(connection, "85051110", destination, end_use, contains, "2025-11-15")
    assert {row["measure_id"]: row["answer"] for row in found} == answers


def test_a3_a_lapse_and_a_dispute_are_not_answered_for_sure(connection):
    """Holmium to ytterbium, No. 57/2025: presumed back since 10 November 2026, disputed since."""
    question = ("28469070", "DEU", None, "holmium oxide")
    (then,) = covered_by(connection, "CN-2025-57", *question, "2026-11-24", "2025-11-12")
    assert (then["in_scope"], then["answer"], then["certainty"]) == (
        "yes",
        "cannot tell",
        "presumed",
    )
    now = covered_by(connection, "CN-2025-57", *question, "2026-11-24")
    assert [(row["claim_group"], row["answer"], row["certainty"]) for row in now] == [
        ("after-2026-11-10/B", "cannot tell", "disputed"),
        ("base", "cannot tell", "disputed"),
    ]
    (before,) = covered_by(connection, "CN-2025-57", *question, "2026-01-15")
    assert (before["answer"], before["state"]) == ("no", "suspended_before_effect")
    assert before["exemption"].startswith("Suspension of Nos 55")


def covered_by(connection, measure_id, *question):
    return [row for row in covered(connection, *question) if row["measure_id"] == measure_id]


@pytest.mark.parametrize(
    ("code", "destination", "words"),
    [
        ("85", "DEU", "six, eight or ten digits"),
        ("magnets", "DEU", "six, eight or ten digits"),
        (None, "DEU", "six, eight or ten digits"),
        ("850511", "Atlantis", "no country"),
        ("850511", None, "no country"),
    ],
)
def test_a3_what_is_not_understood_is_said(connection, code, destination, words):
    (row,) = covered(connection, code, destination, None, None, "2025-11-15")
    assert (row["answer"], row["certainty"]) == ("cannot tell", "not_understood")
    assert words in row["reason"]


# --- A4 -----------------------------------------------------------------------------------

DAYS = [
    date(2023, 9, 1),
    date(2024, 12, 3),
    date(2025, 5, 1),
    date(2025, 11, 15),
    date(2026, 11, 24),
]
CENT = Decimal("0.005")


@pytest.fixture(scope="module")
def oracle(connection):
    return read_oracle(connection)


@pytest.fixture(scope="module")
def editions():
    return Editions(read_steps())


def under_measures(connection, reporter, partner, as_of, known_on=None):
    found = defaultdict(dict)
    for row in rows(
        connection,
        "from reports.trade_under_measures(?, ?, ?, ?)",
        [reporter, partner, as_of, known_on],
    ):
        states = found[row["partner_iso3"], row["product_code"]]
        assert row["state"] not in states, "two rows of one key"
        states[row["state"]] = row
    return found


def assert_unknown(states, parts):
    """A source that states masses alone leaves every value unknown, the bounds too."""
    assert not parts
    for row in states.values():
        assert {row[f"value_eur_{bound}"] for bound in ("low", "central", "high")} == {None}


def assert_bounds(states):
    """Central between low and high; states and remainder add up to the flow."""
    total = next(iter(states.values()))["product_value_eur"]
    for row in states.values():
        assert 0 <= row["value_eur_low"] <= row["value_eur_high"]
        # Only where parts of another source say more, and the row says so.
        assert (row["value_eur_high"] > total) <= (row["high_raised_by"] is not None)
        if row["value_eur_central"] is not None:
            assert row["value_eur_low"] <= row["value_eur_central"] <= row["value_eur_high"]
    if all(row["value_eur_central"] is not None for row in states.values()):
        assert abs(sum(row["value_eur_central"] for row in states.values()) - total) < CENT
    assert sum(row["value_eur_low"] for row in states.values()) <= total + CENT
    assert sum(row["value_eur_high"] for row in states.values()) >= total - CENT


@pytest.mark.parametrize("as_of", DAYS, ids=str)
@pytest.mark.parametrize("reporter", ["EU27", "DEU", "GBR", "USA", "JPN"])
def test_a4_a_day_equals_the_oracle(connection, oracle, editions, reporter, as_of):
    """All partners and products, with the knowledge of the day and of twelve months before."""
    for known_on in (as_of, date(as_of.year - 1, as_of.month, 1)):
        answer = under_measures(connection, reporter, None, as_of, known_on)
        assert answer
        parts = parts_within(editions, (row for rows in answer.values() for row in rows.values()))
        for (partner, product), states in answer.items():
            any_row = next(iter(states.values()))
            flow = Flow(reporter, partner, any_row["nomenclature"], product)
            inside = parts.get((partner, product), {})
            if any_row["product_value_eur"] is None:
                assert_unknown(states, inside)
                continue
            total = Fraction(any_row["product_value_eur"])
            shares = oracle.shares_with_parts(flow, total, inside, as_of, known_on, "base")
            disputed = [
                reading
                for reading in oracle.readings(flow, known_on)
                if reading != "base" and oracle.is_disputed(flow, as_of, known_on, reading)
            ]
            rival = (
                oracle.shares_with_parts(flow, total, inside, as_of, known_on, min(disputed))
                if disputed
                else {}
            )
            assert states.keys() == shares.keys() | rival.keys()
            for state, row in states.items():
                for expected, prefix in ((shares, "value_eur"), (rival, "rival_value_eur")):
                    if expected:
                        share = expected.get(state)
                        for bound in ("low", "central", "high"):
                            wanted = 0 if share is None else getattr(share, bound)
                            found = row[f"{prefix}_{bound}"]
                            assert (found is None) == (wanted is None)
                            if wanted is not None:
                                assert abs(Fraction(found) - wanted * total) < Fraction(1, 10**5)
                assert row["is_disputed"] == bool(disputed)
            if not disputed:
                assert_bounds(states)


@pytest.mark.parametrize("as_of", DAYS, ids=str)
@pytest.mark.parametrize("reporter", ["EU27", "DEU", "GBR"])
def test_a4_at_most_is_no_less_than_the_codes_within(connection, reporter, as_of):
    """Antimony from China, 2024: EUR 15.7 million by BACI, and 18.3 by a published total."""
    found = under_measures(connection, reporter, None, as_of)
    sums = defaultdict(lambda: defaultdict(Decimal))
    # Parts of another year raise nothing: they are counted in the code, and weigh nothing.
    years = {key: row["weight_period"] for key, states in found.items() for row in states.values()}
    for (partner, product), states in found.items():
        for state, row in states.items():
            whole = (partner, row["part_of_product_code"])
            if product[:6] == whole[1] != product and years.get(whole) == years[partner, product]:
                for bound in ("value_eur_high", "rival_value_eur_high"):
                    sums[partner, product[:6], state][bound] += row[bound] or 0
    assert bool(sums) == (reporter != "GBR")
    raised = set()
    for (partner, product, state), parts in sums.items():
        if (partner, product) not in found:
            assert state == NOT_COVERED, "trade under a measure that no total has"
            continue
        row = found[partner, product][state]
        for bound, value in parts.items():
            assert row[bound] is None or row[bound] >= value, (partner, product, state, bound)
        if row["high_raised_by"]:
            assert row["high_raised_by"].startswith("sources disagree: ")
            raised.add((partner, product, state))
    if as_of == DAYS[-1] and reporter == "EU27":
        assert {("CHN", code, "in_force") for code in ("250410", "280450", "811010")} <= raised


def test_a4_takes_countries_by_any_of_their_names(connection):
    by_code = under_measures(connection, "DEU", "CHN", date(2025, 11, 15))
    assert by_code
    assert under_measures(connection, "germany", "CN", date(2025, 11, 15)) == by_code


def test_a4_weights_are_the_latest_complete_year_and_named(connection):
    states = under_measures(connection, "EU27", "CHN", date(2026, 11, 24))["CHN", "850511"]
    for row in states.values():
        assert (row["weight_period"], row["source_id"], row["nomenclature"]) == (
            "2024",
            "baci_hs17_bilateral",
            "HS2017",
        )
    in_force, rest = states["in_force"], states[NOT_COVERED]
    assert (in_force["certainty"], in_force["value_eur_central"]) == ("bounds_only", None)
    assert (in_force["value_eur_low"], in_force["value_eur_high"]) == (
        0,
        in_force["product_value_eur"],
    )
    assert rest["value_eur_low"] == rest["product_value_eur"] - in_force["value_eur_high"]
    assert rest["value_eur_high"] == rest["product_value_eur"] - in_force["value_eur_low"]


def test_a4_the_magnet_code_has_published_figures_and_the_mass_of_its_subheading(connection):
    """EUR 784,821,501 of imports in 2024 (F033), 92.72 % of them from China (F035)."""
    answer = under_measures(connection, "EU27", "CHN", date(2025, 11, 15))
    row = answer["CHN", "85051110"]["in_force"]
    assert row["product_value_eur"] == Decimal("784821501") * Decimal("0.9272")
    assert (row["source_id"], row["nomenclature"], row["part_of_product_code"]) == (
        "macro_facts",
        "CN2024",
        "850511",
    )
    subheading = answer["CHN", "850511"]["in_force"]
    assert row["product_value_eur"] < subheading["product_value_eur"]
    assert row["product_net_mass_kg"] is None
    assert (row["net_mass_kg_low"], row["net_mass_kg_high"]) == (
        0,
        subheading["product_net_mass_kg"],
    )


def test_a4_union_is_never_above_the_sum_of_measures_and_parts_add_up(connection):
    """Every flow of the mart: union <= sum, low <= central <= high, remainder = total - covered."""
    wrong = rows(
        connection,
        """
        with flows as (
            select
                reporter_code, partner_iso3, source_id, nomenclature, product_code, period,
                claim_group,
                any_value(product_value_eur) as total,
                sum(value_eur_low) as low,
                sum(value_eur_central) as central,
                sum(value_eur_high) as high,
                bool_and(value_eur_central is not null) as is_known,
                bool_or(
                    value_eur_low > value_eur_high
                    or value_eur_central not between value_eur_low and value_eur_high
                ) as is_disordered,
                max(value_eur_low) filter (where state = 'not_covered') as rest_low,
                max(value_eur_high) filter (where state = 'not_covered') as rest_high,
                coalesce(sum(value_eur_low) filter (where state <> 'not_covered'), 0)
                    as covered_low,
                coalesce(sum(sum_of_measures_value_eur_high), 0) as sum_of_measures,
                count(*) filter (where state = 'not_covered') as rests,
            from marts.fct_trade_under_measures
            group by all
        )

        from flows
        where is_disordered
            or rests <> 1
            or (is_known and abs(central - total) >= 0.005)
            or low > total + 0.005
            or high < total - 0.005
            -- What is covered at most, as a union, is the total less the smallest remainder.
            or total - rest_low > sum_of_measures + 0.005
            or covered_low > total - rest_low + 0.005
            or rest_high > total + 0.005
        """,
    )
    assert wrong == []


# --- every row leads to an act ------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "act"),
    [
        ("marts.fct_measure_states", "act_id"),
        ("marts.fct_measure_states", "measure_id"),
        ("marts.bridge_measure_relations", "act_id"),
        ("marts.bridge_measure_relations", "target_id"),
        ("marts.bridge_measure_products", "measure_id"),
        ("marts.bridge_product_coverage", "measure_id"),
        ("marts.bridge_measure_destinations", "measure_id"),
        ("marts.bridge_measure_exporters", "measure_id"),
        ("marts.dim_measure_scope", "measure_id"),
        ("marts.dim_composition_rule", "measure_id"),
        ("marts.fct_state_claims", "measure_id"),
        ("reports.rpt_measure_states_today", "act_id"),
        ("reports.rpt_measures_ending_soon", "act_id"),
    ],
)
def test_every_row_of_law_leads_to_an_act(connection, relation, act):
    """Title, link and confidence; the number where the act has one."""
    (counted,) = rows(
        connection,
        f"""
        select
            count(*) as rows,
            count(*) filter (where acts.act_id is null) as without_act,
            count(*) filter (
                where coalesce(acts.title, '') = '' or coalesce(acts.confidence, '') = ''
                    or not starts_with(coalesce(acts.source_url, ''), 'http')
            ) as bare
        from {relation} as law
        left join marts.dim_act as acts on law.{act} = acts.act_id
        """,
    )
    assert counted["rows"] > 0
    assert (counted["without_act"], counted["bare"]) == (0, 0)


def test_every_measure_named_by_trade_is_an_act(connection):
    assert (
        rows(
            connection,
            """
            select distinct named.measure_id
            from (
                select unnest(string_split(measure_ids, '; ')) as measure_id
                from marts.fct_trade_under_measures
            ) as named
            anti join marts.dim_act as acts on named.measure_id = acts.act_id
            """,
        )
        == []
    )
