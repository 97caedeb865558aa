"""States of the bundled law against labels given by hand, one reason each.

`seeds/measures/law_labels.csv` was labelled from the facts, as a lawyer would, not by running
code. An empty state means that there is no row: not yet knowable, or before the timeline begins.
"""

import csv
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import pytest
from law_oracle import Law, read_law, start

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds" / "measures"
CARD = PROJECT_DIR / "docs" / "methodology" / "measure_states.md"
KEY = ("measure_id", "clause_id", "destination", "user_type", "claim_group")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LABELS = read(SEEDS / "law_labels.csv")
MEASURES = {row["measure_id"]: row for row in read(SEEDS / "measures.csv")}
OVER = {row["state"] for row in read(SEEDS / "measure_states.csv") if row["is_over"] == "Y"}


def name(row):
    return " ".join([*(row[column] for column in KEY), row["valid_on"], "as of", row["known_on"]])


def label(row):
    """(state, is disputed) as labelled; None for no row."""
    return (row["state"], row["is_disputed"] == "Y") if row["state"] else None


def point(row):
    return date.fromisoformat(row["valid_on"]), date.fromisoformat(row["known_on"])


def test_the_table_covers_every_measure_and_says_why():
    assert {row["measure_id"] for row in LABELS} == MEASURES.keys()
    assert len({name(row) for row in LABELS}) == len(LABELS) >= 360
    assert [row["label_id"] for row in LABELS] == [f"K{n:03}" for n in range(1, len(LABELS) + 1)]
    assert all(row["reason"].endswith(".") for row in LABELS)
    assert all((row["is_disputed"] in ("Y", "N")) == bool(row["state"]) for row in LABELS)


def test_the_kind_of_a_label_fits_its_state():
    states = {"start_day": "in_force", "stated_last_day": "in_force", "no_act": "unknown"}
    free = {"ended", "disputed", "as_then_known"}
    for row in LABELS:
        kind = row["kind"]
        if kind in ("before_announced", "before_known", "no_reading"):
            assert not row["state"], row["label_id"]
        elif kind.startswith("unknown_"):
            assert row["state"] == "unknown", row["label_id"]
        elif kind not in free:
            assert row["state"] == states.get(kind, kind), row["label_id"]
        assert (kind == "ended") <= (row["state"] in OVER), row["label_id"]
        assert (kind == "disputed") == (row["is_disputed"] == "Y"), row["label_id"]


@pytest.fixture(scope="module")
def law():
    return Law(read_law())


@pytest.mark.parametrize("row", LABELS, ids=name)
def test_the_oracle_gives_the_label(law, row):
    timeline = tuple(row[column] for column in KEY)
    answer = law.state(timeline, *point(row))
    assert (answer and (answer.state, answer.is_disputed)) == label(row), row["reason"]


def test_labelled_timelines_exist(law):
    """A label without a row is a statement about a timeline that could have one."""
    assert {tuple(row[column] for column in KEY) for row in LABELS} <= set(law.timelines())


def test_the_published_states_are_the_labels(published):
    found = {row_name: [] for row_name in map(name, LABELS)}
    for row in LABELS:
        found[name(row)] = published.execute(
            """
            select state, is_disputed from marts.fct_measure_states
            where measure_id = $1 and clause_id = $2 and destination = $3 and user_type = $4
                and claim_group = $5
                and valid_from <= $6 and (valid_to is null or $6 < valid_to)
                and known_from <= $7 and (known_to is null or $7 < known_to)
            """,
            [*(row[column] for column in KEY), *point(row)],
        ).fetchall()
    wrong = [
        f"{name(row)}: {found[name(row)]}, labelled {label(row)}: {row['reason']}"
        for row in LABELS
        if found[name(row)] != ([label(row)] if row["state"] else [])
    ]
    assert not wrong, "\n".join(wrong)


def test_one_row_per_key_at_every_point_asked(published):
    for valid_on, known_on in sorted({point(row) for row in LABELS}):
        doubled = published.execute(
            f"""
            select {", ".join(KEY)} from marts.fct_measure_states
            where valid_from <= $1 and (valid_to is null or $1 < valid_to)
                and known_from <= $2 and (known_to is null or $2 < known_to)
            group by all
            having count(*) > 1
            """,
            [valid_on, known_on],
        ).fetchall()
        assert not doubled, (valid_on, known_on)


# --- the naive rule -----------------------------------------------------------------------


class ErrorRate(NamedTuple):
    wrong: int
    asked: int

    @property
    def text(self) -> str:
        """As the definition card cites it."""
        return f"{self.wrong} of {self.asked} ({round(100 * Fraction(self.wrong, self.asked))}%)"


def naive_state(measure, valid_on):
    """Over past the end date, in force from the start date, else announced; nothing else."""
    ends, starts = start(measure["effective_to"]), start(measure["effective_from"])
    if ends and ends.early < valid_on:
        return "over"
    return "in_force" if starts and starts.early <= valid_on else "announced"


def naive_error_rate():
    """How often the naive rule is wrong among the labels with a state.

    Every ended state passes as "over", and a proposal as "announced". The table holds mostly
    border days: this is no share of all days.
    """
    passes = {**dict.fromkeys(OVER, "over"), "proposed": "announced"}
    asked = [row for row in LABELS if row["state"]]
    wrong = [
        row
        for row in asked
        if naive_state(MEASURES[row["measure_id"]], point(row)[0])
        != passes.get(row["state"], row["state"])
    ]
    return ErrorRate(len(wrong), len(asked))


def test_the_card_cites_the_error_rate_of_the_naive_rule():
    assert naive_error_rate().text in " ".join(CARD.read_text(encoding="utf-8").split())
