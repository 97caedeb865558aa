"""The law under a scenario against plain Python that looks at one point of both axes at a time."""

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 1, 1)
SPAN = 12
STANDING = {
    "in_force", "lapsed_presumed", "unknown", "exempted", "suspended", "suspended_before_effect",
}  # fmt: skip
STATES = sorted(STANDING | {"announced", "repealed"})
TIMELINE = {"clause_id": "whole", "destination": "ALL", "user_type": "all"}
CHANGEABLE = ("in_force", "suspended", "exempted", "expired", "repealed")


def day(number):
    return FIRST + number * DAY


laboratory = laboratory_of(
    "int_scenarios__measure_states", stand_ins=["int_law__measure_states", "int_law__relations"]
)


def state_row(measure, group, valid, known, state, *, disputed=False, act=None):
    return TIMELINE | {
        "measure_id": measure, "claim_group": group, "valid_from": day(valid[0]),
        "valid_to": None if valid[1] is None else day(valid[1]), "known_from": day(known[0]),
        "known_to": None if known[1] is None else day(known[1]), "state": state,
        "state_if_early": state, "state_if_late": state, "act_id": act or measure,
        "is_disputed": disputed, "certainty": "disputed" if disputed else "settled",
        "is_known_on_assumed": False,
    }  # fmt: skip


def relation(act, measure, kind="suspends"):
    return {
        "relation_id": f"{act}-{measure}", "act_id": act, "act_clause_id": "whole",
        "target_id": measure, "target_clause_id": "whole", "is_target_measure": True,
        "relation": kind, "known_from": FIRST,
    }  # fmt: skip


def scenario(name, assumed):
    return {
        "scenario_id": name, "title": name, "description": "made up", "assumed_on": day(assumed),
        "data_origin": "assumption",
    }  # fmt: skip


def change(name, number, act, state, start, end=None):
    return {
        "scenario_id": name, "change_number": number, "change_kind": "law_state",
        "target_kind": "act", "target_id": act, "state": state, "valid_from": day(start),
        "valid_to": None if end is None else day(end), "data_origin": "assumption",
    }  # fmt: skip


@st.composite
def worlds(draw):
    """Two measures, their states with knowledge that changes, and changes of law."""
    rows = []
    for measure in ("M1", "M2"):
        cuts = sorted(draw(st.sets(st.integers(1, SPAN - 1), max_size=2)))
        for known in itertools.pairwise([0, *cuts, None]):
            borders = sorted(draw(st.sets(st.integers(0, SPAN - 1), min_size=1, max_size=4)))
            for valid in itertools.pairwise([*borders, None]):
                rows.append(state_row(measure, "base", valid, known, draw(st.sampled_from(STATES))))
    changes = []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        start = draw(st.integers(0, SPAN - 1))
        end = draw(st.none() | st.integers(start + 1, SPAN + 2))
        act = draw(st.sampled_from(["M1", "M2", "ACT"]))
        changes.append(change("s", number, act, draw(st.sampled_from(CHANGEABLE)), start, end))
    relations = [relation("ACT", "M1", draw(st.sampled_from(["suspends", "exempts", "repeals"])))]
    return rows, changes, relations, draw(st.integers(0, SPAN - 1))


def at(rows, valid, known):
    """The rows that hold at a point of both axes."""
    return [
        row
        for row in rows
        if row["valid_from"] <= valid
        and (row["valid_to"] is None or valid < row["valid_to"])
        and row["known_from"] <= known
        and (row["known_to"] is None or known < row["known_to"])
    ]


def expected_state(rows, changes, relations, assumed, measure, valid, known):
    """The state of a measure at a point, by the words of the methodology."""
    mine = [row for row in rows if row["measure_id"] == measure]
    found = at(mine, valid, known)
    if not found:
        return None
    state = found[0]["state"]
    if known < day(assumed):
        return state
    for made in sorted(changes, key=lambda made: made["change_number"]):
        if not made["valid_from"] <= valid or (made["valid_to"] and made["valid_to"] <= valid):
            continue
        new = None
        if made["target_id"] == measure:
            new = made["state"]
        else:
            for bearing in relations:
                reliefs = {"suspends": "suspended", "exempts": "exempted"}
                if (
                    bearing["act_id"] == made["target_id"]
                    and bearing["target_id"] == measure
                    and bearing["relation"] in reliefs
                    and found[0]["state"] in STANDING
                ):
                    is_on = made["state"] == "in_force"
                    new = reliefs[bearing["relation"]] if is_on else "in_force"
        has_applied = any(
            row["state"] == "in_force"
            for earlier in range(SPAN + 1)
            if day(earlier) < made["valid_from"]
            for row in at(mine, day(earlier), known)
        )
        if new == "suspended" and not has_applied:
            new = "suspended_before_effect"
        state = new or state
    return state


@tried()
@given(worlds())
def test_a_scenario_puts_the_law_in_the_state_it_assumes(laboratory, world):
    rows, changes, relations, assumed = world
    laboratory.fill("int_law__measure_states", rows)
    laboratory.fill("int_law__relations", relations)
    laboratory.fill("scenarios", [scenario("s", assumed), scenario("empty", assumed)])
    laboratory.fill("scenario_changes", changes)
    made = laboratory.rows("int_scenarios__measure_states")

    # Neither the base nor a scenario without changes differs from the law.
    assert {row["scenario_id"] for row in made} <= {"s"}
    changed = {row["measure_id"] for row in made}
    of_scenario = made + [row for row in rows if row["measure_id"] not in changed]
    for measure, valid, known in itertools.product(
        ("M1", "M2"), map(day, range(SPAN + 2)), map(day, range(SPAN + 1))
    ):
        found = at([row for row in of_scenario if row["measure_id"] == measure], valid, known)
        wanted = expected_state(rows, changes, relations, assumed, measure, valid, known)
        assert [row["state"] for row in found] == ([] if wanted is None else [wanted])


def test_an_assumption_settles_a_dispute(laboratory):
    laboratory.fill(
        "int_law__measure_states",
        [
            state_row("M1", "base", (0, 5), (0, None), "suspended_before_effect", act="ACT"),
            state_row("M1", "base", (5, 8), (0, None), "lapsed_presumed", disputed=True),
            state_row("M1", "base", (8, None), (0, None), "lapsed_presumed"),
            state_row("M1", "d/B", (5, 8), (0, None), "suspended_before_effect", disputed=True),
            state_row("M1", "d/B", (8, None), (0, None), "lapsed_presumed"),
        ],
    )
    laboratory.fill("int_law__relations", [relation("ACT", "M1")])
    changes = [
        change("lapses", 1, "ACT", "expired", 5),
        change("lapses-later", 1, "ACT", "expired", 6),
        change("goes-on", 1, "ACT", "in_force", 5, 10),
    ]
    laboratory.fill("scenarios", [scenario(made["scenario_id"], 0) for made in changes])
    laboratory.fill("scenario_changes", changes)
    made = {}
    for row in laboratory.rows("int_scenarios__measure_states"):
        made.setdefault(row["scenario_id"], []).append(
            (row["claim_group"], row["valid_from"], row["valid_to"], row["state"], row["certainty"])
        )
    assert sorted(made["lapses"]) == [
        ("base", day(0), day(5), "suspended_before_effect", "settled"),
        ("base", day(5), None, "in_force", "assumed"),
    ]
    # The rival account ends where the assumption begins.
    assert sorted(made["lapses-later"]) == [
        ("base", day(0), day(5), "suspended_before_effect", "settled"),
        ("base", day(5), day(6), "lapsed_presumed", "disputed"),
        ("base", day(6), None, "in_force", "assumed"),
        ("d/B", day(5), day(6), "suspended_before_effect", "disputed"),
    ]
    # What goes on is one stretch, so that its end is the assumed one.
    assert sorted(made["goes-on"]) == [
        ("base", day(0), day(10), "suspended_before_effect", "assumed"),
        ("base", day(10), None, "lapsed_presumed", "settled"),
    ]
