"""The states of law against a plain reading day by day, and the laws they obey for any law."""

import random
from collections import defaultdict
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from law_oracle import DAY, TABLES, Law, end, read_law, start
from model_laboratory import ModelLaboratory

MODEL = "int_law__measure_states"
TIMELINE = ("measure_id", "clause_id", "destination", "user_type", "claim_group")
AUDIENCE = ("destination", "user_type")
INTERVALS = ("valid_from", "valid_to", "known_from", "known_to")
LAST = date(2031, 1, 1)


# --- generated law ------------------------------------------------------------------------

COUNTRIES = [{"iso2": "US", "iso3": "USA"}, {"iso2": "JP", "iso3": "JPN"}]
TYPES = [
    {"measure_type": name, "standing": standing, "user_type": user_type}
    for name, standing, user_type in (
        ("ban", "law", "all"),
        ("listing", "law", "listed_entities"),
        ("repeal", "law", "all"),
        ("suspension", "relief", "all"),
        ("exemption", "relief", "all"),
        ("proposal", "proposal", "all"),
        ("report", "report", "all"),
    )
]
KINDS = [
    *["suspends"] * 4,
    *["exempts", "repeals", "supersedes", "reinstates", "extends"] * 2,
]
ACTING = ("ban", "repeal", "suspension", "exemption")

days = st.integers(0, 80).map(lambda number: (date(2025, 1, 1) + number * DAY).isoformat())
late_days = st.integers(60, 180).map(lambda number: (date(2025, 1, 1) + number * DAY).isoformat())
starts = st.one_of(days, days, days, st.sampled_from(["2025-01", "2025-02", "2025-03", "2025"]))
ends = st.one_of(late_days, late_days, st.sampled_from(["2025-04", "2025-06", "2026"]))


def maybe(strategy):
    return st.one_of(st.none(), strategy)


def is_day(text):
    return text is not None and len(text) == 10


def after(draw, earliest):
    """Nothing, or a day not before another."""
    gap = draw(maybe(st.integers(0, 40)))
    return None if gap is None else (earliest + gap * DAY).isoformat()


class Part(NamedTuple):
    """What the generator needs to know of a clause or act once it is drawn."""

    clause_id: str
    effective: str | None
    end: str | None
    known_on: date


class Text(NamedTuple):
    text_id: str
    is_measure: bool
    may_act: bool
    parts: list[Part]


def draw_dates(draw):
    announced, effective = draw(st.tuples(maybe(starts), maybe(starts)).filter(any))
    return announced, effective, start(announced or effective).late


def draw_end(draw, announced, effective):
    """A stated end that lies behind the start, or none."""
    text, is_inclusive = draw(maybe(ends)), draw(st.sampled_from(["Y", "N"]))
    begins = [start(day).late for day in (announced, effective) if day]
    if text is None or end(text, None).early <= max(begins):
        return None, None
    return text, is_inclusive if is_day(text) else "N"


def draw_act(draw, tables, number):
    announced, effective, known = draw_dates(draw)
    stated_end, is_inclusive = draw_end(draw, announced, effective)
    known_on = after(draw, known)
    row = {
        "act_id": f"A{number}",
        "act_type": draw(st.sampled_from(ACTING)),
        "announced_on": announced,
        "effective_from": effective,
        "effective_to": stated_end,
        "effective_to_is_inclusive": is_inclusive,
        "known_on": known_on,
    }
    tables["law_acts"].append(row)
    known = date.fromisoformat(known_on) if known_on else known
    return Text(row["act_id"], False, True, [Part("", effective, stated_end, known)])


def draw_measure(draw, tables, number):
    announced, effective, known = draw_dates(draw)
    measure_type = draw(st.sampled_from([row["measure_type"] for row in TYPES]))
    row = {
        "measure_id": f"M{number}",
        "measure_type": measure_type,
        "announced_on": announced,
        "effective_from": effective,
        # An end set by a later act: never to be used.
        "effective_to": draw(maybe(ends)),
        "target_partner": draw(st.sampled_from(["ALL", "ALL non-EU", "EU", "US"])),
    }
    tables["measures"].append(row)
    clause_ids = draw(st.sampled_from([[], ["whole"], ["whole"], ["item-1", "item-2"]]))
    parts = [draw_clause(draw, tables, row, clause_id) for clause_id in clause_ids]
    whole = [Part("whole", effective, None, known)]
    return Text(row["measure_id"], True, measure_type in ACTING, parts or whole)


def draw_clause(draw, tables, measure, clause_id):
    announced = draw(maybe(starts))
    effective = draw(maybe(starts))
    both = announced or measure["announced_on"], effective or measure["effective_from"]
    stated_end, is_inclusive = draw_end(draw, *both)
    known = start(both[0] or both[1]).late
    known_on = after(draw, known)
    known = date.fromisoformat(known_on) if known_on else known
    row = {
        "measure_id": measure["measure_id"],
        "clause_id": clause_id,
        "destination": draw(st.sampled_from([None, None, "JP"])),
        "user_type": draw(st.sampled_from([None, None, None, "civil"])),
        "announced_on": announced,
        "effective_from": effective,
        "effective_to": stated_end,
        "effective_to_is_inclusive": is_inclusive,
        "effective_to_basis": draw(st.sampled_from(["text", "inference"])) if stated_end else None,
        "known_on": known_on,
        "effective_known_on": after(draw, known) if all(both) else None,
    }
    tables["measure_clauses"].append(row)
    return Part(clause_id, both[1], stated_end, known)


def draw_relation(draw, tables, texts):
    """An act that bears on a text drawn before it: no cycles."""
    acting = [number for number, text in enumerate(texts) if number and text.may_act]
    if not acting:
        return
    position = draw(st.sampled_from(acting))
    act, target = texts[position], draw(st.sampled_from(texts[:position]))
    act_part, part = draw(st.sampled_from(act.parts)), draw(st.sampled_from(target.parts))
    kind = draw(st.sampled_from(KINDS))
    new_end = draw(ends) if kind == "extends" else None
    if kind == "extends" and (not part.end or end(new_end, None).early <= end(part.end, "Y").late):
        return
    is_disputed = draw(st.sampled_from([False, False, False, True]))
    may_split = target.is_measure and kind != "extends"
    is_whole = kind != "extends" and draw(st.booleans())
    tables["measure_relations"].append(
        {
            "relation_id": f"R{len(tables['measure_relations']):03d}",
            "act_id": act.text_id,
            "act_clause_id": act_part.clause_id if len(act.parts) > 1 else None,
            "target_id": target.text_id,
            "target_clause_id": "*" if is_whole or not target.is_measure else part.clause_id,
            "relation": kind,
            "user_type": draw(st.sampled_from([None, None, "civil"])) if may_split else None,
            "destination": draw(st.sampled_from([None, None, "JP"])) if may_split else None,
            "starts_on": draw(maybe(starts)) if kind != "extends" else None,
            "new_end_on": new_end,
            "new_end_is_inclusive": draw(st.sampled_from("YN")) if is_day(new_end) else "N",
            "dispute": "D" if is_disputed else None,
            "side": draw(st.sampled_from(["A", "B"])) if is_disputed else None,
            "known_on": after(draw, act_part.known_on),
        }
    )


@st.composite
def laws(draw):
    """Some measures with clauses, acts, and relations between them, as rows of the seeds."""
    tables = {name: [] for name in TABLES}
    tables["measure_types"], tables["countries"] = TYPES, COUNTRIES
    texts = [draw_measure(draw, tables, 0)]
    for number in range(1, draw(st.integers(1, 5))):
        drawn = draw_measure if draw(st.booleans()) else draw_act
        texts.append(drawn(draw, tables, number))
    for _ in range(draw(st.integers(0, 6))):
        draw_relation(draw, tables, texts)
    forget_splits_of_acts(tables)
    return tables


def forget_splits_of_acts(tables):
    """What acts on others has one timeline."""
    acting = {row["act_id"] for row in tables["measure_relations"]}
    for row in tables["measure_relations"]:
        if row["target_id"] in acting:
            row["user_type"] = row["destination"] = None


# --- the models on generated law ----------------------------------------------------------


@pytest.fixture(scope="module")
def laboratory(full_build):
    made = ModelLaboratory(full_build.manifest(), MODEL)
    yield made
    made.close()


def states(laboratory, tables):
    """Rows that the models make of the tables."""
    for name in TABLES:
        laboratory.fill(name, tables[name])
    return laboratory.rows(MODEL)


def by_timeline(rows):
    found = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in TIMELINE)].append(row)
    return found


def holds(row, axis, day):
    begins, ends_on = row[f"{axis}_from"], row[f"{axis}_to"]
    return begins <= day and (ends_on is None or day < ends_on)


def around(some_days):
    return sorted({day + shift * DAY for day in some_days for shift in (-1, 0, 1)})


def points(law, rows, chance, count):
    """Border days of the law and of the rows, the days beside them and a far day: some pairs."""
    valid_days = [*around([*law.days, *(row["valid_from"] for row in rows)]), LAST]
    known_days = [*around([*law.knowledge_days(), *(row["known_from"] for row in rows)]), LAST]
    pairs = [(valid_on, known_on) for valid_on in valid_days for known_on in known_days]
    return chance.sample(pairs, min(count, len(pairs)))


def differences(law, rows, chance, count):
    """Points at which the rows of a timeline say something else than the oracle."""
    found = by_timeline(rows)
    wrong = [f"no such timeline: {timeline}" for timeline in found.keys() - set(law.timelines())]
    for timeline in law.timelines():
        own = found[timeline]
        for valid_on, known_on in points(law, own, chance, count):
            said = [
                (row["state"], row["is_disputed"], row["state_if_early"], row["state_if_late"])
                for row in own
                if holds(row, "valid", valid_on) and holds(row, "known", known_on)
            ]
            answer = law.state(timeline, valid_on, known_on)
            if said != ([tuple(answer)] if answer else []):
                wrong.append(f"{timeline} on {valid_on} as of {known_on}: {said}, not {answer}")
    return wrong


many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@many
@given(tables=laws(), seed=st.integers(0, 999))
def test_generated_law_has_the_states_of_the_oracle(laboratory, tables, seed):
    wrong = differences(Law(tables), states(laboratory, tables), random.Random(seed), 60)
    assert not wrong, "\n".join(wrong[:20])


def test_the_bundled_law_has_the_states_of_the_oracle(laboratory):
    """Every timeline at its own borders, at those of all other law, and beside them."""
    tables = read_law()
    wrong = differences(Law(tables), states(laboratory, tables), random.Random(3), 100)
    assert not wrong, "\n".join(wrong[:20])


def assert_no_gap(rows, axis):
    """Rows that hold at one point of the other axis follow each other and never end."""
    rows = sorted(rows, key=lambda row: row[f"{axis}_from"])
    assert [row[f"{axis}_to"] for row in rows] == [
        *(row[f"{axis}_from"] for row in rows[1:]),
        None,
    ]
    assert all(row[f"{axis}_to"] is None or row[f"{axis}_from"] < row[f"{axis}_to"] for row in rows)


@many
@given(tables=laws())
def test_no_gap_and_no_overlap_on_either_axis(laboratory, tables):
    """A rival reading may come to agree with the base again: its rows may end with knowledge."""
    for timeline, rows in by_timeline(states(laboratory, tables)).items():
        for known_on in {row["known_from"] for row in rows}:
            assert_no_gap([row for row in rows if holds(row, "known", known_on)], "valid")
        for valid_on in {row["valid_from"] for row in rows} if timeline[-1] == "base" else ():
            assert_no_gap([row for row in rows if holds(row, "valid", valid_on)], "known")


@many
@given(tables=laws(), seed=st.randoms())
def test_the_order_of_rows_changes_nothing(laboratory, tables, seed):
    shuffled = {name: seed.sample(rows, len(rows)) for name, rows in tables.items()}
    assert sorted(map(str, states(laboratory, tables))) == sorted(
        map(str, states(laboratory, shuffled))
    )


# --- later knowledge ----------------------------------------------------------------------


def without_later_knowledge(tables, known_on):
    """The tables as they would stand that day, with what was told later left out or wrong."""
    law = Law(tables)
    known = {key[0] for key, clause in law.clauses.items() if clause.known_on <= known_on}
    told = {relation.name for relation in law.relations if relation.known_on <= known_on}
    return tables | {
        "measures": [
            row | {"effective_to": "2025-03-03"}
            for row in tables["measures"]
            if row["measure_id"] in known
        ],
        "law_acts": [row for row in tables["law_acts"] if row["act_id"] in known],
        "measure_clauses": [
            start_told_later(row, law, known_on)
            for row in tables["measure_clauses"]
            if row["measure_id"] in known
        ],
        "measure_relations": [
            row
            for row in tables["measure_relations"]
            if row["relation_id"] in told and {row["act_id"], row["target_id"]} <= known
        ],
    }


def start_told_later(row, law, known_on):
    clause = law.clauses[row["measure_id"], row["clause_id"]]
    is_told = clause.effective_known_on <= known_on
    return row if is_told else row | {"effective_from": "2025-05-05"}


def as_known(rows, known_on):
    """What the rows say that day: timeline -> [(from, all columns but the intervals)], merged."""
    told = {}
    for timeline, own in by_timeline(rows).items():
        steps = []
        for row in sorted(own, key=lambda row: row["valid_from"]):
            if holds(row, "known", known_on):
                said = {column: row[column] for column in row.keys() - {*INTERVALS, *AUDIENCE}}
                if not steps or steps[-1][1] != said:
                    steps.append((row["valid_from"], said))
        if steps:
            told[timeline] = steps
    return told


def split_like(law, told, others):
    """What was told for all, written for the audiences that a later relation tells apart."""
    return {
        (measure_id, clause_id, where, user, reading): next(
            (
                told[measure_id, clause_id, old_where, old_user, reading]
                for old_where in (where, law.clauses[measure_id, clause_id].destination)
                for old_user in (user, "all")
                if (measure_id, clause_id, old_where, old_user, reading) in told
            ),
            None,
        )
        for measure_id, clause_id, where, user, reading in others
    }


@many
@given(tables=laws(), data=st.data())
def test_later_knowledge_never_changes_an_earlier_answer(laboratory, tables, data):
    law = Law(tables)
    known_days = around(law.knowledge_days())
    horizon = data.draw(st.sampled_from(known_days))
    full = states(laboratory, tables)
    earlier = states(laboratory, without_later_knowledge(tables, horizon))
    for known_on in (day for day in known_days if day <= horizon):
        told = as_known(full, known_on)
        before = as_known(earlier, known_on)
        assert told == split_like(law, before, told)
        assert len(told) >= len(before)
