"""Claims as the yml has them: their words, their damage, and what is refused before a build."""

import re

import pytest

from chokepoint.errors import ChokepointError
from chokepoint.warehouse.claims import Claim, refuse_faults

HOLDS = {"holds": "low <= high", "reason": "Bounds.", "broken_by": {"low": "high + 1"}}


def claim(**said):
    return Claim.model_validate({"name": "c", **said})


@pytest.mark.parametrize(
    ("said", "expected", "damage"),
    [
        ({"stated": "iso3"}, "iso3 is stated", 'update this set "iso3" = null'),
        ({"column": "share", "between": [0, 1]}, "share: 0 to 1",
         'update this set "share" = 1 + 1'),
        ({"column": "share", "between": [0, None]}, "share: at least 0",
         'update this set "share" = 0 - 1'),
        ({"column": "kind", "one_of": ["a", "b"]}, "kind: one of a, b",
         "update this set \"kind\" = '?'"),
        ({"column": "n", "one_of": [1, 2]}, "n: one of 1, 2", 'update this set "n" = 2 + 1'),
        ({"column": "code", "matches": "[0-9]{6}"}, "code: matches [0-9]{6}",
         "update this set \"code\" = '?'"),
        ({"key": ["a", "b"]}, "one row per a, b", "insert into this from this"),
        ({"key": ["a"], "where": "b > 1"}, "one row per a, where b > 1",
         "insert into this from this"),
        (HOLDS, "low <= high", 'update this set "low" = high + 1'),
    ],
    ids=["stated", "range", "open range", "set", "numbers", "pattern", "key", "where", "holds"],
)  # fmt: skip
def test_words_and_damage(said, expected, damage):
    assert (claim(**said).expected, claim(**said).damage()) == (expected, damage)


TYPED = """
models:
  - name: fct_x
    data_tests:
      - claims:
          config:
            meta:
              claims:
                - {name: low_is_stated, stated: low}
                - __
    columns:
      - {name: low, data_type: double}
      - {name: high, data_type: double}
"""


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            '{name: a, holds: "low <= <= high", reason: r, broken_by: {low: "1"}}',
            "claim `a` has an expression that does not parse: Parser Error.* in low <= <= high",
        ),
        ("{name: low_is_stated, stated: high}", "two claims `low_is_stated`"),
        ('{name: a, holds: "low <= high", reason: r}', "claim `a` needs `broken_by`"),
        ('{name: a, holds: "low <= high", broken_by: {low: "2"}}', "claim `a` needs a `reason`"),
        (
            '{name: a, holds: "low <= high", reason: r, broken_by: {lowest: "1"}}',
            "claim `a` is broken by columns that the relation lacks: lowest",
        ),
        ("{name: a, stated: low, key: [low]}", "claim `a` has 2 of stated, between"),
        ("{name: a, between: [0, 1]}", "claim `a` `column` goes with between"),
        ("{name: a, stated: low, because: r}", "claim `a` because: Extra inputs"),
        (
            '{name: a, rows: "select from where", reason: r, broken_by: doubled}',
            "claim `a` has a query that does not parse",
        ),
    ],
    ids=[
        "expression", "twice", "no damage", "no reason", "no column", "two kinds",
        "no kind", "word", "query",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_with_file_and_line(tmp_path, entry, says):
    path = tmp_path / "models" / "marts" / "fct_x.yml"
    path.parent.mkdir(parents=True)
    (tmp_path / "seeds").mkdir()
    path.write_text(TYPED.replace("                - __\n", ""), encoding="utf-8")
    refuse_faults(tmp_path)
    path.write_text(
        TYPED.replace("                - __\n", f"                - {entry}\n"), encoding="utf-8"
    )
    with pytest.raises(ChokepointError) as caught:
        refuse_faults(tmp_path)
    assert re.search(f"models/marts/fct_x.yml, line 10: {says}", caught.value.what)


@pytest.mark.parametrize(
    "stated", ["", "arguments: {claims: [low]}", "arguments: {}", "config: {meta: {claims: low}}"]
)
def test_a_test_without_a_list_of_claims_is_told_too(tmp_path, stated):
    path = tmp_path / "models" / "fct_x.yml"
    path.parent.mkdir()
    head = TYPED[: TYPED.index("          config:")]
    path.write_text(f"{head}          {stated}\n# claims:\n", encoding="utf-8")
    with pytest.raises(ChokepointError, match="`claims` needs a list in config"):
        refuse_faults(tmp_path)


def test_a_file_that_is_no_yml_is_left_to_dbt(tmp_path):
    path = tmp_path / "models" / "fct_x.yml"
    path.parent.mkdir()
    path.write_text("models: [\n  claims: {", encoding="utf-8")
    assert refuse_faults(tmp_path) is None
