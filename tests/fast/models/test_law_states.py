"""The states of law against a plain reading day by day, and the laws they obey for any law."""

import random
from collections import defaultdict
from datetime import date
from itertools import product
from math import isqrt

from generated_law import COUNTRIES, PROVENANCE, TYPES, laws
from hypothesis import given
from hypothesis import strategies as st
from law_oracle import DAY, TABLES, Law, read_law
from many_cases import several, tried
from model_laboratory import laboratory_of
from reading_kit import picked, table

MODEL = "int_law__measure_states"
TIMELINE = "measure_id clause_id destination user_type claim_group"
INTERVALS = ("valid_from", "valid_to", "known_from", "known_to")
LAST = date(2031, 1, 1)
IDENTIFIERS = ("measure_id", "act_id", "target_id", "relation_id", "dispute")
COMMON = ("measure_types", "countries")


laboratory = laboratory_of(MODEL, bundled=["law_columns", "law_rules"])


def states(laboratory, tables):
    """Rows that the models make of the tables."""
    for name in TABLES:
        laboratory.fill(name, tables[name])
    return laboratory.rows(MODEL)


def named_apart(cases):
    """The same laws, with identifiers that each has for itself."""

    def of_its_own(number, row):
        return row | {name: f"{number}-{row[name]}" for name in IDENTIFIERS if row.get(name)}

    return [
        {name: [of_its_own(number, row) for row in rows] for name, rows in tables.items()}
        for number, tables in enumerate(cases)
    ]


cases_of_law = several(laws()).map(named_apart)


def together(cases):
    """One law of several that are named apart; what kinds of measure there are is common to all."""
    common = {name: cases[0][name] for name in COMMON}
    return {name: [row for tables in cases for row in tables[name]] for name in TABLES} | common


def states_of_each(laboratory, cases, chance=None):
    """The same rows for each of several laws that are named apart; shuffled by `chance`."""
    found, tables = [[] for _ in cases], together(cases)
    if chance:
        tables = {name: chance.sample(rows, len(rows)) for name, rows in tables.items()}
    for row in states(laboratory, tables):
        found[int(row["measure_id"].partition("-")[0])].append(row)
    return found


def by_timeline(rows):
    found = defaultdict(list)
    for timeline, row in zip(picked(rows, TIMELINE), rows, strict=True):
        found[timeline].append(row)
    return found


def holds(row, axis, day):
    begins, ends_on = row[f"{axis}_from"], row[f"{axis}_to"]
    return begins <= day and (ends_on is None or day < ends_on)


def around(some_days):
    return sorted({day + shift * DAY for day in some_days for shift in (-1, 0, 1)})


def points(law, rows, chance, count):
    """Border days of the law and of the rows, the days beside them and a far day: some pairs."""
    valid_days, known_days = borders(law, rows)
    pairs = [(valid_on, known_on) for valid_on in valid_days for known_on in known_days]
    return chance.sample(pairs, min(count, len(pairs)))


def grid(law, rows, chance, count):
    """Several of each day of knowledge: most of what the oracle reads that day it reads once."""
    valid_days, known_days = borders(law, rows)
    known_days = chance.sample(known_days, min(isqrt(count), len(known_days)))
    valid_days = chance.sample(valid_days, min(count // len(known_days), len(valid_days)))
    return list(product(valid_days, known_days))


def borders(law, rows):
    return (
        [*around([*law.days, *(row["valid_from"] for row in rows)]), LAST],
        [*around([*law.knowledge_days(), *(row["known_from"] for row in rows)]), LAST],
    )


def differences(law, rows, chance, count, points=points):
    """Points at which the rows of a timeline say something else than the oracle."""
    found = by_timeline(rows)
    wrong = [f"no such timeline: {timeline}" for timeline in found.keys() - set(law.timelines())]
    for timeline in law.timelines():
        own = found[timeline]
        for valid_on, known_on in points(law, own, chance, count):
            then = [row for row in own
                    if holds(row, "valid", valid_on) and holds(row, "known", known_on)]  # fmt: skip
            said = picked(then, "state is_disputed state_if_early state_if_late")
            answer = law.state(timeline, valid_on, known_on)
            if said != ([tuple(answer)] if answer else []):
                wrong.append(f"{timeline} on {valid_on} as of {known_on}: {said}, not {answer}")
    return wrong


@tried(6)
@given(cases=cases_of_law, seed=st.integers(0, 999))
def test_generated_law_has_the_states_of_the_oracle(laboratory, cases, seed):
    """Valid law, in any order of the rows: else it would prove something of law that never passes
    the checks."""
    chance = random.Random(seed)
    found = states_of_each(laboratory, cases, chance)
    assert laboratory.rows("int_law__input_faults") == []
    for tables, rows in zip(cases, found, strict=True):
        law = Law(tables)
        wrong = differences(law, rows, chance, 60)
        assert not wrong, "\n".join(wrong[:20])
        check_no_gap_and_no_overlap_on_either_axis(law, rows)


def test_the_bundled_law_has_the_states_of_the_oracle(laboratory):
    """Every timeline at its own borders, at those of all other law, and beside them."""
    tables = read_law()
    wrong = differences(Law(tables), states(laboratory, tables), random.Random(3), 100, grid)
    assert not wrong, "\n".join(wrong[:20])


def test_the_oracle_gives_the_labels_made_by_hand():
    """From the facts, as a lawyer would; without a state there is no row."""
    law = Law(read_law())
    for row in table("law_labels"):
        point = (date.fromisoformat(row[column]) for column in ("valid_on", "known_on"))
        answer = law.state(*picked([row], TIMELINE), *point)
        label = (row["state"], row["is_disputed"] == "Y") if row["state"] else None
        assert (answer and (answer.state, answer.is_disputed)) == label, row["reason"]


def measure(measure_id, measure_type, **dates):
    return {"measure_id": measure_id, "measure_type": measure_type, "jurisdiction": "US",
            "target_partner": "ALL", "announced_on": None, **PROVENANCE, **dates}  # fmt: skip


def relation(act_id, kind, **other):
    """What an act does to clauses of M1: to all of them for all users, unless it says otherwise."""
    return {
        "relation_id": f"R-{act_id}", "act_id": act_id, "act_clause_id": None, "relation": kind,
        "target_id": "M1", "target_clause_id": "*", "user_type": None, "destination": None,
        "starts_on": None, "new_end_on": None, "new_end_is_inclusive": None, "dispute": None,
        "side": None, "known_on": None, **other,
        **{name: PROVENANCE[name] for name in ("source_title", "source_url", "confidence")},
    }  # fmt: skip


def law(**tables):
    common = {"measure_types": TYPES, "countries": COUNTRIES}
    return {name: [] for name in TABLES} | common | tables


def act(act_id, act_type, begins, ends_on=None):
    return {"act_id": act_id, "jurisdiction": "US", "act_type": act_type, "announced_on": None,
            "effective_from": begins, "effective_to": ends_on, "known_on": None,
            "effective_to_is_inclusive": ends_on and "N", **PROVENANCE}  # fmt: skip


def assert_states_of_a_ban(laboratory, acts, relations, expected):
    """A ban from 1 January 2025 on has these states, each from a day of January 2025 on."""
    ban = measure("M1", "ban", effective_from="2025-01-01")
    tables = law(measures=[ban], law_acts=acts, measure_relations=relations)
    rows = states(laboratory, tables)
    assert laboratory.rows("int_law__input_faults") == []
    found = {row["valid_from"].day: row["state"] for row in rows if row["known_to"] is None}
    assert found == {1: "in_force", **expected}
    assert differences(Law(tables), rows, random.Random(1), 100) == []


# Generated law seldom has what these are about, so that it would not notice.
def test_a_law_that_was_put_back_is_in_force_again(laboratory):
    acts = [act("A1", "suspension", "2025-01-10"), act("A2", "repeal", "2025-01-20")]
    relations = [relation("A1", "suspends"), relation("A2", "reinstates")]
    assert_states_of_a_ban(laboratory, acts, relations, {10: "suspended", 20: "in_force"})


def test_a_relief_that_lapsed_is_not_hidden_by_another_exemption(laboratory):
    acts = [act("A1", "suspension", "2025-01-10", "2025-01-20"),
            act("A2", "exemption", "2025-01-15")]  # fmt: skip
    relations = [relation("A1", "suspends"), relation("A2", "exempts")]
    expected = {10: "suspended", 20: "lapsed_presumed"}
    assert_states_of_a_ban(laboratory, acts, relations, expected)


def test_a_suspension_that_is_suspended_suspends_nothing(laboratory):
    acts = [act("A1", "suspension", "2025-01-10"), act("A2", "suspension", "2025-01-20")]
    relations = [relation("A1", "suspends"), relation("A2", "suspends", target_id="A1")]
    expected = {10: "suspended", 20: "in_force"}
    assert_states_of_a_ban(laboratory, acts, relations, expected)


def test_an_end_that_was_moved_is_no_end(laboratory):
    acts = [act("A1", "suspension", "2025-01-10"), act("A2", "suspension", "2025-01-15")]
    relations = [
        relation(one, "extends", new_end_on=new_end, new_end_is_inclusive="N")
        for one, new_end in (("A1", "2025-01-25"), ("A2", "2025-01-30"))
    ]
    assert_states_of_a_ban(laboratory, acts, relations, {30: "expired"})


def test_an_exemption_of_civil_users_leaves_military_ones(laboratory):
    acts = [act("A1", "exemption", "2025-01-10")]
    relations = [relation("A1", "exempts", user_type="civil")]
    ban = measure("M1", "ban", effective_from="2025-01-01")
    rows = states(laboratory, law(measures=[ban], law_acts=acts, measure_relations=relations))
    found = {row["user_type"]: row["state"] for row in rows if row["valid_to"] is None}
    # The row for all users says what was known before the exemption.
    assert found == {"all": "in_force", "military": "in_force", "civil": "exempted"}


def assert_no_gap(rows, axis, ends=None):
    """Rows that hold at one point of the other axis follow each other and never end before."""
    rows = sorted(rows, key=lambda row: row[f"{axis}_from"])
    assert [row[f"{axis}_to"] for row in rows] == [*(row[f"{axis}_from"] for row in rows[1:]), ends]
    assert all(row[f"{axis}_to"] is None or row[f"{axis}_from"] < row[f"{axis}_to"] for row in rows)


def check_no_gap_and_no_overlap_on_either_axis(law, found):
    """A rival's rows may end with knowledge, where it agrees again. A timeline for all ends where
    civil and military users part."""
    for timeline, rows in by_timeline(found).items():
        for known_on in {row["known_from"] for row in rows}:
            assert_no_gap([row for row in rows if holds(row, "known", known_on)], "valid")
        told_apart_on = first_split(law, timeline) if timeline[3] == "all" else None
        for valid_on in {row["valid_from"] for row in rows} if timeline[-1] == "base" else ():
            at_the_time = [row for row in rows if holds(row, "valid", valid_on)]
            assert_no_gap(at_the_time, "known", told_apart_on)


def first_split(law, timeline):
    """The first day on which a relation for one kind of user on the clause is known."""
    ours = [one for one in law.relations if one.target == timeline[:2] and one.user_type]
    return min((one.known_on for one in ours), default=None)


# --- later knowledge ----------------------------------------------------------------------


def without_later_knowledge(tables, known_on):
    """The tables as they would stand that day, with what was told later left out or wrong."""
    law = Law(tables)
    known = {key[0] for key, clause in law.clauses.items() if clause.known_on <= known_on}
    told = {relation.name for relation in law.relations if relation.known_on <= known_on}
    measures, clauses = (
        [row for row in tables[name] if row["measure_id"] in known]
        for name in ("measures", "measure_clauses")
    )
    relations = [row for row in tables["measure_relations"] if row["relation_id"] in told]
    return tables | {
        "measures": [row | {"effective_to": "2025-03-03"} for row in measures],
        "law_acts": [row for row in tables["law_acts"] if row["act_id"] in known],
        "measure_clauses": [start_told_later(row, law, known_on) for row in clauses],
        "measure_relations": [
            row for row in relations if {row["act_id"], row["target_id"]} <= known
        ],
    }


def start_told_later(row, law, known_on):
    """The row; with another start if that was told later, which it stays: of a year, at its end."""
    clause = law.clauses[row["measure_id"], row["clause_id"]]
    if clause.effective_known_on <= known_on:
        return row
    later = clause.effective_known_on.isoformat()
    return row | {"effective_from": "2025-05-05", "effective_known_on": later}


def as_known(rows, known_on):
    """What the rows say that day: timeline -> [(from, all columns but the intervals)], merged."""
    told = {}
    for timeline, own in by_timeline(rows).items():
        steps = []
        for row in sorted(own, key=lambda row: row["valid_from"]):
            if holds(row, "known", known_on):
                said = {column: row[column] for column in row.keys() - set(INTERVALS)}
                if not steps or steps[-1][1] != said:
                    steps.append((row["valid_from"], said))
        if steps:
            told[timeline] = steps
    return told


@tried(2)
@given(cases=cases_of_law, data=st.data())
def test_later_knowledge_never_changes_an_earlier_answer(laboratory, cases, data):
    known_days = [around(Law(tables).knowledge_days()) for tables in cases]
    horizons = [data.draw(st.sampled_from(own)) for own in known_days]
    full = states_of_each(laboratory, cases)
    earlier = states_of_each(laboratory, [*map(without_later_knowledge, cases, horizons)])
    for own, horizon, all_told, told in zip(known_days, horizons, full, earlier, strict=True):
        for known_on in (day for day in own if day <= horizon):
            assert as_known(all_told, known_on) == as_known(told, known_on)
