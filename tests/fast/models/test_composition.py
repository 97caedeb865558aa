"""What is read of a composition, and what is answered: the macros on made-up law."""

from __future__ import annotations

import csv
import re

import pytest
from coverage_laboratory import RULES, CoverageLaboratory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chokepoint.settings import PROJECT_DIR

ND = "Nd Fe B"
# Composition -> elements that are present, that are absent, family; in the order of the text.
READ = {
    "NdFeB": (ND, "", "NdFeB"),
    "ndfeb": (ND, "", "NdFeB"),
    "Nd-Fe-B": (ND, "", "NdFeB"),
    "neodymium magnet": (ND, "", "NdFeB"),
    "Neodymium permanent magnets": (ND, "", "NdFeB"),
    "neodymium iron boron": (ND, "", "NdFeB"),
    "Nd2Fe14B": (ND, "", "NdFeB"),
    "Nd₂Fe₁₄B": (ND, "", "NdFeB"),
    "(Nd,Pr)2Fe14B": ("Nd Pr Fe B", "", "NdFeB"),
    "(Nd,Dy)2Fe14B": ("Nd Dy Fe B", "", "NdFeB"),
    "N35": (ND, "", "NdFeB"),
    "n52": (ND, "", "NdFeB"),
    "grade N42SH": (ND, "", "NdFeB"),
    "38SH": (ND, "", "NdFeB"),
    "45AH": (ND, "", "NdFeB"),
    "SmCo": ("Sm Co", "", "SmCo"),
    "SmCo5": ("Sm Co", "", "SmCo"),
    "Sm2Co17": ("Sm Co", "", "SmCo"),
    "SmCo 2:17": ("Sm Co", "", "SmCo"),
    "SmCo26": ("Sm Co", "", "SmCo"),
    "YXG28H": ("Sm Co", "", "SmCo"),
    "samarium-cobalt magnet": ("Sm Co", "", "SmCo"),
    "Sm(Co,Fe,Cu,Zr)7": ("Sm Co Fe Cu Zr", "", "SmCo"),
    "AlNiCo 5": ("Al Ni Co Fe", "", "AlNiCo"),
    "hard ferrite": ("Fe O", "", "ferrite"),
    "strontium ferrite magnets": ("Sr Fe O", "", "ferrite"),
    "Y2O3": ("Y O", "", None),
    "Ga2O3": ("Ga O", "", None),
    "yttrium oxide 99.99 %": ("Y O", "", None),
    "high-purity gallium, 6N": ("Ga", "", None),
    "GaAs wafers doped with In": ("Ga As In", "", None),
    "In0.53Ga0.47As": ("In Ga As", "", None),
    "CdZnTe": ("Cd Zn Te", "", None),
    "WC-Co": ("W C Co", "", None),
    "V2O5": ("V O", "", None),
    "ammonium paratungstate": ("N H W O", "", None),
    "aluminum": ("Al", "", None),
    "In": ("In", "", None),
    "ND, FE, B, DY": ("Nd Fe B Dy", "", None),
    "500 ppm Dy": ("Dy", "", None),
    "more than 0.1 % Dy": ("Dy", "", None),
    "29-31 % Nd": ("Nd", "", None),
    "Nd 29%, Pr 1%, Fe balance": ("Nd Pr Fe", "", None),
    "30 wt.% Nd, 0,5 wt% Dy": ("Nd Dy", "", None),
    "Nd2Fe14B + Dy2O3": ("Nd Fe B Dy O", "", "NdFeB"),
    "Dy-containing NdFeB": ("Dy Nd Fe B", "", "NdFeB"),
    "magnet": ("", "", None),
    "NdFeB without Dy": (ND, "Dy", "NdFeB"),
    "NdFeB without Dy and Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB without Dy, Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB w/o Dy/Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB, no Dy, no Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB no Dy, Tb or Sm": (ND, "Dy Tb Sm", "NdFeB"),
    "NdFeB with no Dy or Tb": (ND, "Dy Tb", "NdFeB"),
    "NO DY": ("", "Dy", None),
    "Dy- and Tb-free NdFeB": (ND, "Dy Tb", "NdFeB"),
    "Dy-, Tb- and Sm-free NdFeB": (ND, "Dy Tb Sm", "NdFeB"),
    "Dy/Tb-free NdFeB": (ND, "Dy Tb", "NdFeB"),
    "NdFeB, dysprosium-free": (ND, "Dy", "NdFeB"),
    "NdFeB free of Dy and Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB not containing Dy or Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB with neither Dy nor Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB 0 % Dy": (ND, "Dy", "NdFeB"),
    "NdFeB (Dy 0 %, Tb 0.0 %)": (ND, "Dy Tb", "NdFeB"),
    "NdFeB Dy=0 Tb=0": (ND, "Dy Tb", "NdFeB"),
    "NdFeB, Dy: none; Tb: no": (ND, "Dy Tb", "NdFeB"),
    "NdFeB\nwithout Dy\nwithout Tb": (ND, "Dy Tb", "NdFeB"),
    "NdFeB - without Dy": (ND, "Dy", "NdFeB"),
    "Ni-coated NdFeB without Dy": ("Ni " + ND, "Dy", "NdFeB"),
    "NdFeB with Ni coating; no Dy": (ND + " Ni", "Dy", "NdFeB"),
    "NdFeB powder without Dy": (ND, "Dy", "NdFeB"),
    "Dy-free NdFeB block": (ND, "Dy", "NdFeB"),
    "29 \u2013 31 % Nd": ("Nd", "", None),
    "~2 % Dy": ("Dy", "", None),
    "38H": (ND, "", "NdFeB"),
    "NdFeB, no Dy, but 2 % Tb": (ND + " Tb", "Dy", "NdFeB"),
    "NdFeB without Dy with Tb": (ND + " Tb", "Dy", "NdFeB"),
    "NdFeB without Dy, Tb 2 %": (ND + " Tb", "Dy", "NdFeB"),
    "NdFeB without Tb, Dy doped": (ND + " Dy", "Tb", "NdFeB"),
    "NdFeB without Tb, balance Dy": (ND + " Dy", "Tb", "NdFeB"),
    "0.5 % Dy 0 % Tb": ("Dy", "Tb", None),
    "Dy 0 . 5 %": ("Dy", "", None),
    "lead-free": ("", "Pb", None),
}
# Composition -> what the reason names.
NOT_READ = {
    "NdFeB ohne Dy": "ohne",
    "NdFeB sans Dy ni Tb": "sans",
    "NdFeB with dysprosum": "dysprosum",
    "NdFeB with Unobtainium": "Unobtainium",
    "NdFeB with Xx": "Xx",
    "NdFeB with heavy rare earths": "heavy",
    "rare earth magnet": "rare",
    "without rare earths": "earths",
    "NdFeB not without Dy": "not",
    "NdFeB; not known if Dy": "known",
    "NdFeB maybe Dy": "maybe",
    "Dy?": "?",
    "NdFeB with Dy or Tb": "or",
    "NdFeB without Dy or without Tb": "or",
    "Nd/Pr": "/",
    "less than 0.1 % Dy": "less",
    "Dy < 0.1 %": "<",
    "up to 2 % Dy": "up",
    "0-5 % Dy": "0",
    "> 0 % Dy": ">",
    "no more than 2 % Dy": "no",
    "NdFeB without 2 % Dy": "without",
    "Dy 0 % Tb": "0",
    "0 % Dy 0 % Tb": "0",
    "Dy 0.  5 %": "5",
    "Nd2Fe14Dy0B": "Nd2Fe14Dy0B",
    "Ga1-xInxAs": "Ga1",
    "USB": "USB",
    "CO": "CO",
    "nd": "nd",
    "In steel housing": "In, housing",
    "NdFeB, no coating": "no",
    "no Dy-free magnets": "free",
    "without Dy2O3": "without",
    "28H": "28H",
    "30H without Dy": "30H",
    "NdFeB with and without Dy": "not clear",
    "NdFeB with without Dy": "without",
    "NdFeB without Dy coating": "what is denied",
    "NdFeB, 0 % Dy in coating": "what is denied",
    "NdFeB with Ni coating without Dy": "what is denied",
    "NdFeB coated without Dy": "what is denied",
    "NdFeB, Dy-free coating": "what is denied",
    "NdFeB without Dy and Tb powder": "what is denied",
    "NdFeB without metallic Dy": "what is denied",
    "NdFeB, no Dy + Tb": "not clear",
    "NdFeB without Dy plus Tb": "not clear",
    "NdFeB, Dy, Tb: 0 %": "not clear",
    "NdFeB, Dy 0 - 2 %": "2",
    "NdFeB, Dy 0 \u2013 2 %": "2",
    "NdFeB, Dy ~0 %": "~",
    "NdFeB, Dy ~ 0.0": "~",
    "NdFeB, Dy -, Tb -": "¿",
    "Nd 30 Dy - Tb - Fe balance": "¿",
    "NdFeB, Dy: ND": "ND",
    "NdFeB, Dy = NA": "NA",
    "NdFeB bar Dy": "bar",
    "Dy: Y": "not clear",
    "no Dy, Tb": "not clear",
    "without Dy Tb": "not clear",
    "without Dy, Y2O3": "not clear",
    "without Dy (and Tb)": "not clear",
    "without Dy and NdFeB": "not clear",
    "without Dy and Tb 2 %": "not clear",
    "without Tb-Dy": "not clear",
    "Dy, Tb-free": "not clear",
    "NdFeB with Dy and Tb-free": "not clear",
    "Dy-free, Tb": "not clear",
    "NdFeB without Nd": "Nd",
    "with Dy, no Dy": "Dy",
    "NdFeB and SmCo": "NdFeB and SmCo",
    "NdFeB\x00Dy": "¿",
    "Dy\u200b": "¿",
    "x" * 501: "500 characters",
    "Dy " * 3400: "500 characters",
}


@pytest.fixture(scope="module")
def laboratory():
    made = CoverageLaboratory()
    yield made
    made.close()


def test_what_is_read_of_compositions(laboratory):
    for (text, (present, absent, family)), row in zip(
        READ.items(), laboratory.read(READ), strict=True
    ):
        assert row["not_understood"] is None, text
        assert " ".join(row["present_elements"]) == present, text
        assert " ".join(row["absent_elements"]) == absent, text
        assert row["read_as"].partition("family ")[2] == (family or ""), text


def test_what_is_not_understood_leaves_everything_unstated(laboratory):
    for (text, named), row in zip(NOT_READ.items(), laboratory.read(NOT_READ), strict=True):
        assert named in (row["not_understood"] or ""), (text[:40], row["read_as"])
        assert (row["present_elements"], row["absent_elements"]) == ([], []), text[:40]
        assert row["read_as"].startswith("nothing; "), text[:40]


def test_nothing_given_is_nothing_read(laboratory):
    for row in laboratory.read([None, "", "  "]):
        assert (row["is_given"], row["read_as"], row["not_understood"]) == (False, None, None)


def test_each_name_states_its_own_elements(laboratory):
    """Every pattern of the list is a regular expression, and Python finds the same in it."""
    path = PROJECT_DIR / "seeds" / "measures" / "composition_names.csv"
    with path.open(encoding="utf-8", newline="") as file:
        names = list(csv.DictReader(file))
    for name in names:
        re.compile(name["name_pattern"].replace("(?-i:", "(?:"))
    plain = [name for name in names if re.fullmatch("[a-z]+", name["name_pattern"])]
    read = laboratory.read([name["name_pattern"] for name in plain])
    assert [row["elements_read"] for row in read] == [
        " ".join(sorted(name["elements"].split(";"))) for name in plain
    ]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(st.text(max_size=520), min_size=1, max_size=40))
def test_any_text_has_one_answer(laboratory, texts):
    answers = laboratory.answer([{"composition": text} for text in texts])
    assert [len(rows) for rows in answers] == [1] * len(texts)


def test_long_texts_have_one_answer_each(laboratory):
    """In one question, so that the texts are cut as one, and none gets words of another."""
    texts = ["Nd2Fe14B + " * 45, "(" * 500, "Nd(" * 166, "without " * 62, "Dy-" * 166, "x" * 10**6]
    together = laboratory.answer([{"composition": text} for text in texts])
    alone = [laboratory.answer([{"composition": text}])[0] for text in texts]
    assert [rows[0] | {"question_id": 0} for rows in together] == [
        rows[0] | {"question_id": 0} for rows in alone
    ]
    assert "500" in together[-1][0]["reason"]


# --- answers --------------------------------------------------------------------------------------

FAMILIES = {"NdFeB": {"Nd", "Fe", "B"}, "SmCo": {"Sm", "Co"}, "AlNiCo": {"Al", "Ni", "Co", "Fe"}}
SYMBOLS = ["Nd", "Dy", "Tb", "Sm", "Co", "Pr", "Fe", "Y"]
PRESENT = ["with {}", "{} 2 %", "0.5 % {}", "{}", "contains {}"]
ABSENT = ["without {}", "{}-free", "free of {}", "no {}", "0 % {}", "{} 0 %", "not containing {}"]


def expected(family, present, absent, code="850511"):
    """The answer by the definition, in plain arithmetic."""
    held = present | FAMILIES.get(family, set())
    alternatives = [
        (set(requires.split(";")), rule_family)
        for _, _, hs6, requires, rule_family, _, _ in RULES
        if hs6 == code
    ]
    out = [
        bool(required & absent) or (family is not None and family != rule_family)
        for required, rule_family in alternatives
    ]
    if any(
        required <= held and not is_out
        for (required, _), is_out in zip(alternatives, out, strict=True)
    ):
        return "yes"
    return "no" if all(out) else "cannot tell"


@st.composite
def goods(draw):
    """A family or none, elements present and absent that agree with it, and how they are said."""
    family = draw(st.sampled_from([None, *FAMILIES]))
    stated = draw(st.dictionaries(st.sampled_from(SYMBOLS), st.booleans(), max_size=6))
    present = {symbol for symbol, is_present in stated.items() if is_present}
    absent = set(stated) - present - FAMILIES.get(family, set())
    said = [(None, family)] if family else []
    said += [(True, draw(st.sampled_from(PRESENT)).format(symbol)) for symbol in sorted(present)]
    said += [(False, draw(st.sampled_from(ABSENT)).format(symbol)) for symbol in sorted(absent)]
    return family, present, absent, draw(st.permutations(said))


def said(statements):
    return "; ".join(text for _, text in statements)


def answers_to(laboratory, compositions, **question):
    rows = laboratory.answer([{"composition": text, **question} for text in compositions])
    assert all(len(found) == 1 for found in rows)
    return [found[0] for found in rows]


# Many goods in few runs: a run on one takes as long.
some_goods = st.lists(goods(), min_size=20, max_size=30)
many = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@many
@given(some_goods)
def test_the_answer_follows_from_what_is_stated(laboratory, made):
    found = answers_to(laboratory, [said(statements) for *_, statements in made])
    for (family, present, absent, statements), row in zip(made, found, strict=True):
        assert row["answer"] == expected(family, present, absent), said(statements)


@many
@given(some_goods)
def test_a_statement_less_is_never_more_decisive(laboratory, made):
    """Of elements: a family is what "SmCo magnets" means, and with Nd and Dy it rules out both."""
    pairs = [
        (said(statements), said(statements[:left_out] + statements[left_out + 1 :]))
        for *_, statements in made
        for left_out, (is_present, _) in enumerate(statements)
        if is_present is not None
    ] or [("NdFeB", "")]
    found = answers_to(laboratory, [text for pair in pairs for text in pair])
    for pair, row, row_of_less in zip(pairs, found[::2], found[1::2], strict=True):
        assert row_of_less["answer"] in (row["answer"], "cannot tell"), pair


@many
@given(
    some_goods,
    st.one_of(
        st.text(alphabet=st.characters(categories=["L", "Nd", "Zs"]), min_size=1, max_size=12),
        st.sampled_from(
            ["Ni", "with Pr", "Dy2O3", "sintered", "coating", "Dy", "2 %", "ohne", "(+)"]
        ),
    ),
)
def test_words_that_deny_nothing_never_clear_a_good(laboratory, made, words):
    texts = [said(statements) for *_, statements in made]
    found = answers_to(laboratory, [*texts, *(f"{text}; {words}" for text in texts)])
    for text, row, more in zip(texts, found[: len(texts)], found[len(texts) :], strict=True):
        if row["answer"] == "cannot tell":
            assert more["answer"] != "no", (text, words)


@many
@given(some_goods)
def test_the_deciding_question_decides(laboratory, made):
    texts = ["NdFeB", *(said(statements) for *_, statements in made)]
    cases = []
    for text, row in zip(texts, answers_to(laboratory, texts), strict=True):
        if row["answer"] == "cannot tell":
            phrase = row["deciding_question"].removeprefix("does it hold ").removesuffix("?")
            alternatives = [part.split(" and ") for part in re.split(",? or |, ", phrase)]
            denied = sorted({name for names in alternatives for name in names})
            cases += [
                (f"{text}; with {'; with '.join(names)}", row["answer_if_yes"])
                for names in alternatives
            ]
            cases.append((f"{text}; without {'; without '.join(denied)}", row["answer_if_no"]))
    found = answers_to(laboratory, [text for text, _ in cases])
    assert [(text, row["answer"]) for (text, _), row in zip(cases, found, strict=True)] == cases


@pytest.mark.parametrize(
    ("question", "answer", "asks", "if_yes", "if_no"),
    [
        ({"composition": "NdFeB"}, "cannot tell", "hold dysprosium or terbium?", "yes", "no"),
        ({"composition": "NdFeB no Tb"}, "cannot tell", "hold dysprosium?", "yes", "no"),
        ({"composition": "ohne Dy"}, "cannot tell", "samarium and cobalt?", "yes", "no"),
        ({"composition": "Dy"}, "cannot tell", "neodymium, or samarium and cobalt?", "yes", "no"),
        ({"composition": "SmCo"}, "yes", None, None, None),
        ({"composition": "ferrite"}, "no", None, None, None),
        ({"code": "848690"}, "cannot tell", "hold bismuth?", None, "no"),
        (
            {"code": "848690", "composition": "Bi"},
            "cannot tell",
            "technical parameters",
            "yes",
            "no",
        ),
        ({"code": "848690", "composition": "no Bi"}, "no", None, None, None),
        ({"code": "811292"}, "yes", None, None, None),
        ({"code": "854121"}, "cannot tell", "the firm that", None, "no"),
        ({"code": "382499"}, "cannot tell", "technical parameters of an item", "yes", "no"),
        ({"code": "280530", "composition": "Y"}, "yes", None, None, None),
        ({"code": "280530"}, "cannot tell", "hold yttrium?", "yes", None),
        ({"code": "280530", "composition": "no Y"}, "cannot tell", "another item", "yes", "no"),
        ({"code": "811292", "on": "2026-02-01"}, "no", None, None, None),
        ({"code": "811292", "on": "2026-07-01"}, "cannot tell", "in force", "yes", "no"),
        ({"code": "811292", "on": "2027-02-01"}, "cannot tell", "in force", "yes", "no"),
        ({"composition": "NdFeB", "on": "2026-07-01"}, "cannot tell", "dysprosium", None, "no"),
        ({"code": "85"}, "cannot tell", "which code", None, None),
        ({"place": "Germny"}, "cannot tell", "which country", None, None),
        ({"place": None}, "cannot tell", "which country", None, None),
        ({"use": "militry"}, "cannot tell", "civil or military?", None, None),
        ({"code": "010121"}, "no", None, None, None),
        # No bundled edition has it: that no clause lists it cannot be said.
        ({"code": "999999"}, "cannot tell", "under which code", None, None),
        ({"code": "85051199", "composition": "NdFeB with Dy"}, "yes", None, None, None),
        ({"code": "85051110", "composition": "NdFeB without Dy and Tb"}, "no", None, None, None),
        ({"code": "850519", "composition": "NdFeB with Tb"}, "yes", None, None, None),
        ({"code": "382490"}, "cannot tell", "among the goods", None, "no"),
        ({"code": "28053013"}, "yes", None, None, None),
        ({"code": "2805301300"}, "yes", None, None, None),
    ],
)
def test_what_would_decide(laboratory, question, answer, asks, if_yes, if_no):
    ((row,),) = laboratory.answer([question])
    assert (row["answer"], row["answer_if_yes"], row["answer_if_no"]) == (answer, if_yes, if_no)
    assert (row["deciding_question"] or "").endswith("?") == (asks is not None)
    assert (asks or "") in (row["deciding_question"] or "")


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ({"place": "Germny"}, "Germny is no country known here, nor EU27; the nearest are Germany"),
        ({"use": "militry"}, "militry is not known here; the nearest are military"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest(laboratory, question, nearest):
    ((row,),) = laboratory.answer([question])
    assert row["certainty"] == "not_understood"
    assert nearest in row["reason"]


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


def test_many_questions_at_once_are_answered_as_one_by_one(laboratory):
    questions = [
        {"composition": text, "code": code, "use": use}
        for text in ("NdFeB", "SmCo", "ohne", None)
        for code in ("850511", "848690", "9")
        for use in ("military", None)
    ]
    together = laboratory.answer(questions)
    for question, rows in zip(questions, together, strict=True):
        (alone,) = laboratory.answer([question])
        for row in [*alone, *rows]:
            row["question_id"] = 0
        assert sorted(alone, key=str) == sorted(rows, key=str), question
