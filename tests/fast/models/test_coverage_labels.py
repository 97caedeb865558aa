"""The hand-made questions "is this part covered?" are well formed; what they are held against is
tested where coverage is answered.

`seeds/measures/coverage_labels.csv` was answered from the acts, as a lawyer would, not by running
code.
"""

import csv
from collections import Counter
from datetime import date

from chokepoint.settings import PROJECT_DIR

KEY = ("code", "destination", "end_use", "contains", "without", "as_of", "known_on")

with (PROJECT_DIR / "seeds" / "measures" / "coverage_labels.csv").open(
    encoding="utf-8", newline=""
) as file:
    LABELS = list(csv.DictReader(file))


def test_each_question_stands_once_and_has_a_reason():
    assert [row["label_id"] for row in LABELS] == [f"Q{n:03}" for n in range(1, len(LABELS) + 1)]
    assert len({tuple(row[column] for column in KEY) for row in LABELS}) == len(LABELS) >= 300
    assert all(row["reason"].endswith(".") for row in LABELS)
    assert all(bool(row["contains"] or row["without"]) == bool(row["language"]) for row in LABELS)
    assert all(date.fromisoformat(row[day]) for row in LABELS for day in ("as_of", "known_on"))


def test_no_answer_is_right_by_guessing():
    """Who always gave the same answer would be wrong on most."""
    counted = Counter(row["answer"] for row in LABELS)
    assert counted.keys() == {"yes", "no", "cannot tell"}
    assert min(counted.values()) > len(LABELS) / 4
    assert max(counted.values()) < len(LABELS) / 2
