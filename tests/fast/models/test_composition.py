"""What a composition states, and what is answered: the macros on made-up law."""

from __future__ import annotations

import itertools

import pytest
from coverage_laboratory import CoverageLaboratory
from hypothesis import example, given
from hypothesis import strategies as st
from many_cases import tried


@pytest.fixture(scope="module")
def laboratory():
    return CoverageLaboratory()


def answers_to(laboratory, questions):
    rows = laboratory.answer(questions)
    assert all(len(found) == 1 for found in rows)
    return [found[0] for found in rows]


# --- entries --------------------------------------------------------------------------------------

# One entry -> what it holds and its family, or what is not known.
ENTRIES = {
    "NdFeB": "holds B, Fe, Nd; family NdFeB", "ndfeb": "holds B, Fe, Nd; family NdFeB",
    "Nd-Fe-B": "holds B, Fe, Nd; family NdFeB", "Nd₂Fe₁₄B": "holds B, Fe, Nd; family NdFeB",
    "  Neodymium   permanent magnets ": "holds B, Fe, Nd; family NdFeB",
    "Neodym-Eisen-Bor": "holds B, Fe, Nd; family NdFeB",
    "aimant au néodyme": "holds B, Fe, Nd; family NdFeB", "N42SH": "holds B, Fe, Nd; family NdFeB",
    "38SH": "holds B, Fe, Nd; family NdFeB", "SmCo 2:17": "holds Co, Sm; family SmCo",
    "YXG28H": "holds Co, Sm; family SmCo", "AlNiCo 5": "holds Al, Co, Fe, Ni; family AlNiCo",
    "Dy": "holds Dy", "Dysprosium": "holds Dy", "tungstène": "holds W", "Wolfram": "holds W",
    "aluminum": "holds Al", "7440-55-3": "holds Ga", "GaAs": "holds As, Ga",
    "Galliumarsenid": "holds As, Ga", "1303-00-0": "holds As, Ga",
    "arséniure de gallium": "holds As, Ga", "Dy 2%": "holds Dy", "Dy 2.5 %": "holds Dy",
    "Dy 2,5 %": "holds Dy", "2 % Dy": "holds Dy", "Nd, Fe; B\nDy": "holds B, Dy, Fe, Nd",
}  # fmt: skip
UNKNOWN = [
    "DY", "dy", "CO", "NdFeB with Dy", "ohne Dy", "Dy metal-free", "Dy-free", "Dy+Tb", "Dy/Tb",
    "28H", "magnet", "Dy 0-2 %", "Dy ~1 %", "Dy > 1 %", "Dy 2 wt%", "2 % Dy 3 %", "Dy none",
    "dysprosum", "%", "5 %", "no", "(Nd", "' drop table", "x" * 400,
]  # fmt: skip


def test_an_entry_is_one_term_exactly(laboratory):
    found = answers_to(laboratory, [{"contains": entry} for entry in ENTRIES])
    assert {entry: row["read_as"] for entry, row in zip(ENTRIES, found, strict=True)} == ENTRIES


def test_an_entry_that_is_no_term_is_named_with_the_nearest(laboratory):
    for field in ("contains", "without"):
        for entry, row in zip(
            UNKNOWN, answers_to(laboratory, [{field: entry} for entry in UNKNOWN]), strict=True
        ):
            assert row["read_as"].startswith(f"not known: {entry[:60]} (nearest: "), entry
            assert row["read_as"].removeprefix("not known: ") in row["reason"], entry
            assert row["answer"] == "cannot tell", entry
            assert row["elements_read"] in (None, ""), entry


@pytest.mark.parametrize(
    ("contains", "without", "why"),
    [
        ("NdFeB, 0 % Dy", None, "0 % Dy: a share is above 0"),
        ("Dy 0.00 %", None, "put it under without"),
        ("Dy 120 %", None, "Dy 120 %: a share is above 0 and at most 100 %"),
        ("Dy", "dysprosium", "both contained and denied: Dy"),
        ("Dy2O3", "Dy", "both contained and denied: Dy"),
        ("NdFeB", "Nd", "both contained and denied: Nd"),
        ("N42SH", "NdFeB", "both contained and denied: NdFeB"),
        ("GaAs", "gallium arsenide", "both contained and denied: gallium arsenide"),
    ],
)
def test_what_contradicts_itself_is_refused(laboratory, contains, without, why):
    codes = ("850511", "811292", "010121")
    for row in answers_to(
        laboratory, [{"code": code, "contains": contains, "without": without} for code in codes]
    ):
        assert (row["answer"], row["certainty"]) == ("cannot tell", "not_understood")
        assert why in row["reason"]


def test_a_share_denies_nothing_under_without(laboratory):
    (row,) = answers_to(laboratory, [{"contains": "NdFeB", "without": "Dy 2 %, Tb"}])
    assert row["answer"] == "cannot tell"
    assert "Dy 2 %" in row["reason"]


@tried(6)
@given(st.lists(st.tuples(st.text(max_size=200), st.text(max_size=200)), min_size=1, max_size=40))
def test_any_text_has_one_answer(laboratory, texts):
    questions = [{"contains": contains, "without": without} for contains, without in texts]
    assert [len(rows) for rows in laboratory.answer(questions)] == [1] * len(texts)


# --- laws of the answers --------------------------------------------------------------------------

FAMILIES = {"NdFeB": {"Nd", "Fe", "B"}, "SmCo": {"Sm", "Co"}, "AlNiCo": {"Al", "Ni", "Co", "Fe"}}
# Family, and element beside it, of each item of 850511.
MAGNETS = [("NdFeB", "Dy"), ("NdFeB", "Tb"), ("SmCo", None)]
SYMBOLS = ["Nd", "Dy", "Tb", "Sm", "Co", "Pr", "Fe", "B"]


def is_item(family, element, good):
    """Whether a good of a family (or none) that holds just these elements is an item."""
    its_families, held = good
    return family in its_families and (element is None or element in held)


def families_of(elements):
    """The families of an item of which all elements are there."""
    return {family for family, _ in MAGNETS if FAMILIES[family] <= elements}


def completions(family, present, absent):
    """Every good that agrees with what is stated: a family and the elements that decide. A stated
    family is the good's, unless elements require another. Without one, a magnet of all elements of
    an item's family is of it; of two, of either."""
    open_symbols = [s for s in SYMBOLS if s not in present | absent | FAMILIES.get(family, set())]
    for extra in itertools.chain.from_iterable(
        itertools.combinations(open_symbols, n) for n in range(len(open_symbols) + 1)
    ):
        stated = present | FAMILIES.get(family, set())
        held = stated | set(extra)
        if family:
            yield {family}, held
            beyond = present - FAMILIES[family]
            for other, element in MAGNETS:
                # Both magnets in one good; which of them holds an element is not stated.
                if (
                    beyond & (FAMILIES[other] | ({element} - {None}))
                    and not FAMILIES[other] & absent
                ):
                    yield {family, other}, held
        else:
            implied = families_of(stated)
            yield from (({one}, held) for one in implied)
            if not implied:
                yield set(), held
                for other in FAMILIES:
                    if FAMILIES[other] <= held:
                        yield {other}, held


def expected(family, present, absent):
    """The answer by the definition: yes or no where every completion gives the same."""
    found = {
        any(is_item(*magnet, good) for magnet in MAGNETS)
        for good in completions(family, present, absent)
    }
    return "cannot tell" if len(found) > 1 else "yes" if found == {True} else "no"


@st.composite
def goods(draw):
    """A family or none, elements present and absent that agree with it, and the two lists."""
    family = draw(st.sampled_from([None, *FAMILIES]))
    stated = draw(st.dictionaries(st.sampled_from(SYMBOLS), st.booleans(), max_size=6))
    present = {symbol for symbol, is_present in stated.items() if is_present}
    absent = set(stated) - present - FAMILIES.get(family, set())
    entries = draw(st.permutations([*filter(None, [family]), *sorted(present)]))
    return family, present, absent, ", ".join(entries), ", ".join(sorted(absent))


@tried(6)
@given(
    st.lists(goods(), min_size=25, max_size=30),
    st.sampled_from(["blorp", "Dy-free", "NdFeBx", "ohne Tb"]),
)
@example([(None, {"B", "Co", "Fe", "Nd", "Sm"}, {"Pr"}, "B, Co, Fe, Nd, Sm", "Pr")], "blorp")
def test_laws_of_answers(laboratory, made, entry):
    """All on the same goods: what takes long is to answer at all."""
    questions = [{"contains": contains, "without": without} for *_, contains, without in made]
    found = answers_to(laboratory, questions)
    asked = []
    for good, question, row in zip(made, questions, found, strict=True):
        check_a_decisive_answer_is_that_of_every_completion(good, row)
        asked += with_an_unknown_entry(question, row, entry)
        asked += with_a_statement_less(good, row)
        asked += with_what_decides(question, row)
    rows = answers_to(laboratory, [question for question, _ in asked])
    for (question, is_as_it_should), row in zip(asked, rows, strict=True):
        assert is_as_it_should(row), (question, row["answer"], row["read_as"])


def check_a_decisive_answer_is_that_of_every_completion(good, row):
    """And where the family is stated, or no family at all, what can be decided is decided."""
    family, present, absent, contains, without = good
    if row["answer"] != "cannot tell":
        assert row["answer"] == expected(family, present, absent), (contains, without)
    elif family:
        assert expected(family, present, absent) == "cannot tell", (contains, without)


def with_an_unknown_entry(question, before, entry):
    """It never clears a good."""
    allowed = ["yes"] if before["answer"] == "yes" else [before["answer"], "cannot tell"]
    for field in ("contains", "without"):
        more = question | {field: ", ".join(filter(None, [question[field], entry]))}
        yield more, lambda row: row["answer"] in allowed


def with_a_statement_less(good, before):
    """Of elements, it is never more decisive: the family rules out another, which an element may
    put in doubt."""
    family, present, absent, *_ = good
    allowed = [before["answer"], "cannot tell"]
    for symbol in [] if family else sorted(present | absent):
        if 0 < len(families_of(present - {symbol})) < len(families_of(present)):
            continue
        contains, without = (", ".join(sorted(held - {symbol})) for held in (present, absent))
        yield {"contains": contains, "without": without}, lambda row: row["answer"] in allowed


def with_what_decides(question, before):
    """The deciding question does, if it is answered with yes."""
    text, answer = before["deciding_question"] or "", before["answer_if_yes"]
    if before["answer"] == "cannot tell" and text.startswith("does it hold "):
        phrase = text.removeprefix("does it hold ").removesuffix("?")
        for names in phrase.replace(", or ", ", ").replace(" or ", ", ").split(", "):
            contains = ", ".join(filter(None, [question["contains"], *names.split(" and ")]))
            yield (
                question | {"contains": contains},
                lambda row: row["certainty"] == "not_understood" or row["answer"] == answer,
            )


# --- answers --------------------------------------------------------------------------------------


# Question, answer, a part of the question that decides, and the answers then.
DECIDING = [
    ({"contains": "NdFeB"}, "cannot tell", "hold dysprosium or terbium?", "yes", "no"),
    ({"contains": "NdFeB", "without": "Tb"}, "cannot tell", "hold dysprosium?", "yes", "no"),
    ({"contains": "NdFeB, Dy"}, "yes", None, None, None),
    ({"contains": "NdFeB", "without": "Dy, Tb"}, "no", None, None, None),
    ({"contains": "Dy"}, "cannot tell", "NdFeB or SmCo?", "yes", "no"),
    ({"contains": "Nd, Dy"}, "cannot tell", "NdFeB or SmCo?", "yes", "no"),
    ({"contains": "Nd, Fe, B, Dy"}, "yes", None, None, None),
    ({"contains": "SmCo"}, "yes", None, None, None),
    ({"contains": "Sm, Co, Zr"}, "yes", None, None, None),
    ({"contains": "Nd, Fe, B, Sm, Co"}, "cannot tell", "dysprosium", "yes", "no"),
    ({"contains": "ferrite"}, "no", None, None, None),
    ({"contains": "AlNiCo"}, "no", None, None, None),
    ({"contains": "AlNiCo, Nd, Dy"}, "cannot tell", "NdFeB", "cannot tell", "no"),
    ({"contains": "NdFeB, Co", "without": "Dy, Tb"}, "cannot tell", "SmCo", "yes", "no"),
    ({"contains": "NdFeB, ferrite, Dy"}, "cannot tell", "is it of the item", "yes", None),
    ({"without": "NdFeB, SmCo"}, "no", None, None, None),
    ({"without": "N42SH, SmCo"}, "cannot tell", "NdFeB and dysprosium", "yes", "no"),
    ({"contains": "NdFeB, Dy 0.05 %", "without": "Tb"}, "cannot tell", "below 0.1 %",
     "cannot tell", "cannot tell"),
    ({"contains": "NdFeB, Dy 0.1 %"}, "yes", None, None, None),
    ({"contains": "NdFeB, Dy, blorp"}, "yes", None, None, None),
    # What is not known may be what a family is without.
    ({"contains": "AlNiCo, blorp"}, "cannot tell", "SmCo?", "yes", "cannot tell"),
    ({"contains": "NdFeB, blorp", "without": "Dy, Tb"}, "cannot tell", "SmCo?", "yes", "no"),
    ({"contains": "NdFeB, blorp", "without": "Dy, Tb, Sm"}, "no", None, None, None),
    # A name denies no more than it says.
    ({"code": "285390", "contains": "GaAs", "without": "gallium metal"}, "yes", None, None, None),
    ({"code": "811299", "without": "gallium metal"}, "cannot tell", "gallium", "yes", "no"),
    ({"contains": "SmCo", "without": "Sm2Co17"}, "yes", None, None, None),
    ({"without": "Sm2Co17, Dy, Tb"}, "cannot tell", "SmCo?", "yes", "no"),
    # A list of elements that may be two families is neither.
    ({"contains": "Al, Ni, Co, Fe, Sm"}, "cannot tell", "SmCo?", "yes", "no"),
    ({"contains": "Al, Ni, Co, Fe, Nd, B, Dy"}, "cannot tell", "NdFeB or SmCo?", "yes", "no"),
    ({"contains": "SmFeN, Co"}, "cannot tell", "SmCo?", "yes", "no"),
    ({"contains": "SmFeN", "without": "Dy, Tb"}, "no", None, None, None),
    ({"contains": "NdFeB, Dy 0.0.5 %", "without": "Tb"}, "cannot tell", "dysprosium", "yes", None),
    ({"contains": "Nd2Fe14B 0.01 %, Dy 3 %"}, "cannot tell", "below 0.1 %", "cannot tell", None),
    ({"code": "850590", "contains": "Dy203"}, "cannot tell", "is the code right", "cannot tell",
     "cannot tell"),
    ({"code": "848690"}, "cannot tell", "hold bismuth?", "cannot tell", "no"),
    ({"code": "848690", "contains": "Bi"}, "cannot tell", "is it a target?", "yes", "no"),
    ({"code": "848690", "without": "Bi"}, "no", None, None, None),
    ({"code": "811299", "contains": "Ga"}, "yes", None, None, None),
    ({"code": "811299", "contains": "Ga 99.99 %, In 0.01 %"}, "yes", None, None, None),
    ({"code": "811299", "contains": "Ga 60 %"}, "cannot tell", "no alloy", "yes", "no"),
    ({"code": "811299", "contains": "In, Ga"}, "cannot tell", "no alloy", "yes", "no"),
    ({"code": "811299", "contains": "GaAs"}, "cannot tell", "no alloy", "yes", "no"),
    ({"code": "285390", "contains": "GaAs 80 %"}, "yes", None, None, None),
    ({"code": "285390", "contains": "Ga, As"}, "cannot tell", "gallium arsenide", "yes", "no"),
    ({"code": "285390", "without": "GaAs"}, "cannot tell", "gallium phosphide?", "yes", "no"),
    ({"code": "285390", "without": "As, P"}, "no", None, None, None),
    ({"code": "285390", "without": "Ga"}, "no", None, None, None),
    ({"code": "282580", "contains": "Sb2O3"}, "cannot tell", "at least 99.99 %?", "yes", "no"),
    ({"code": "282580", "contains": "Sb2O3 99.99 %"}, "yes", None, None, None),
    ({"code": "282580", "contains": "Sb2O5 99.9 %"}, "no", None, None, None),
    ({"code": "282580", "contains": "Sb2O3 99.995 %, Sb2O5 0.001 %"}, "yes", None, None, None),
    ({"code": "282580", "contains": "Sb2O3 60 %, Sb2O5 40 %"}, "cannot tell", "at least", "yes",
     "no"),
    ({"code": "282580", "contains": "Sb 83 %"}, "cannot tell", "antimony oxide", "cannot tell",
     "no"),
    # An item of another code of the heading, in the same clause.
    ({"code": "282580", "contains": "Ga2O3", "without": "Sb"}, "cannot tell", "is the code right",
     "cannot tell", "cannot tell"),
    ({"code": "282590", "contains": "ZnO", "without": "Ga"}, "no", None, None, None),
    ({"code": "282580", "without": "Sb2O3"}, "cannot tell", "antimony oxide", "cannot tell", "no"),
    ({"code": "811292"}, "yes", None, None, None),
    ({"code": "811292", "contains": "blorp"}, "yes", None, None, None),
    ({"code": "854121"}, "cannot tell", "the firm that", "cannot tell", "no"),
    ({"code": "382499"}, "cannot tell", "technical parameters of an item", "yes", "no"),
    ({"code": "280530", "contains": "Y"}, "yes", None, None, None),
    ({"code": "280530"}, "cannot tell", "hold yttrium?", "yes", "cannot tell"),
    ({"code": "280530", "without": "Y"}, "cannot tell", "technical parameters", "yes", "no"),
    ({"code": "811292", "on": "2026-02-01"}, "no", None, None, None),
    ({"code": "811292", "on": "2026-07-01"}, "cannot tell", "in force", "yes", "no"),
    ({"code": "811292", "on": "2027-02-01"}, "cannot tell", "in force", "yes", "no"),
    ({"contains": "NdFeB", "on": "2026-07-01"}, "cannot tell", "dysprosium", "cannot tell", "no"),
    ({"code": "85"}, "cannot tell", "which code", None, None),
    ({"code": "850511, 850519"}, "cannot tell", "which code", None, None),
    ({"code": "850511 8505"}, "cannot tell", "which code", None, None),
    ({"place": "Germny"}, "cannot tell", "which country", None, None),
    ({"place": None}, "cannot tell", "which country", None, None),
    ({"use": "militry"}, "cannot tell", "civil or military?", None, None),
    ({"code": "010121"}, "no", None, None, None),
    ({"code": "010121", "contains": "NdFeB, Dy, blorp"}, "no", None, None, None),
    # Under another code of the heading than the clause lists.
    ({"code": "850590"}, "no", None, None, None),
    ({"code": "850590", "contains": "ferrite"}, "no", None, None, None),
    ({"code": "850590", "contains": "NdFeB"}, "cannot tell", "is the code right", "cannot tell",
     "cannot tell"),
    ({"code": "850590", "contains": "NdFeB", "without": "Dy, Tb, Sm"}, "no", None, None, None),
    # No bundled edition has it: that no clause lists it cannot be said.
    ({"code": "999999"}, "cannot tell", "under which code", None, None),
    ({"code": "85051199", "contains": "NdFeB, Dy"}, "yes", None, None, None),
    ({"code": "8505.11.10", "contains": "NdFeB", "without": "Dy, Tb"}, "no", None, None, None),
    ({"code": "850519", "contains": "NdFeB, Tb"}, "yes", None, None, None),
    ({"code": "382490"}, "cannot tell", "among the goods", "cannot tell", "no"),
    ({"code": "28053013"}, "yes", None, None, None),
    ({"code": "2805301300"}, "yes", None, None, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def deciding(laboratory):
    return laboratory.answer([question for question, *_ in DECIDING])


@pytest.mark.parametrize("number", range(len(DECIDING)))
def test_what_would_decide(deciding, number):
    question, answer, asks, if_yes, if_no = DECIDING[number]
    (row,) = deciding[number]
    assert (row["answer"], row["answer_if_yes"]) == (answer, if_yes), question
    # None: not looked at.
    assert if_no in (row["answer_if_no"], None)
    assert (row["deciding_question"] or "").endswith("?") == (asks is not None)
    assert (asks or "") in (row["deciding_question"] or "")
    assert (row["asks_for"] is None) == (answer != "cannot tell" or "in force" in (asks or ""))


def test_end_uses_are_those_of_the_list(laboratory):
    words = ["civil", "Civilian", "non-military", "Defence", "weapons", "", None]
    found = laboratory.answer([{"code": "811292", "use": word} for word in words])
    bans = [any(row["measure_id"] == "BAN" for row in rows) for rows in found]
    assert bans == [False, False, False, True, True, True, True]


@pytest.mark.parametrize(
    ("code", "of_military", "asks"),
    [("811292", "yes", "is its user or its end use military?"),
     ("010121", "cannot tell", "dual-use item by the law of the issuer, for a military user")],
)  # fmt: skip
def test_a_use_that_is_not_stated_decides_no_more_than_one_that_is(
    laboratory, code, of_military, asks
):
    for use, expected in (("military", of_military), (None, "cannot tell"), ("civil", None)):
        ((rows),) = laboratory.answer([{"code": code, "use": use}])
        bans = [row for row in rows if row["measure_id"] == "BAN"]
        assert [row["answer"] for row in bans] == ([expected] if expected else []), use
        if use is None:
            assert asks in bans[0]["deciding_question"]
            assert (bans[0]["answer_if_yes"], bans[0]["answer_if_no"]) == ("yes", "no")
