"""What holds for any editions: nothing listed is lost, and no goods are counted twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

import pytest
from coverage_oracle import ALL
from editions_oracle import (
    LINKS,
    LISTED_IN,
    MAPPED_TO,
    OPPOSITE,
    Code,
    Editions,
    Item,
    Scope,
    Step,
    read_steps,
)
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import laboratory_of
from reading_kit import rows as rows_of_query

linking = laboratory_of("int_trade__edition_links")
weighing = laboratory_of(
    "fct_import_weights",
    stand_ins=["int_law__import_weights", "fct_source_agreement"],
    bundled=["trade_sources"],
)
covering = laboratory_of(
    "int_law__product_coverage",
    stand_ins=["int_law__scope_codes", "int_law__clauses", "int_law__known_codes"],
)


def step(before, after, codes_after, codes_before):
    """A row of the concordance between codes written as 2017:222222."""
    row = {"relationship": "n:n", "codes_after": codes_after, "codes_before": codes_before}
    for side, text in (("before", before), ("after", after)):
        row[f"edition_{side}"], row[f"hs6_{side}"] = text.split(":")
    return row


def coverage(covering, steps, scope, known=()):
    """Code -> row of coverage, under one measure."""
    covering.fill("hs_concordances", steps)
    covering.fill(
        "int_law__scope_codes",
        [
            {"nomenclature": name, "product_code": code, "is_whole": is_whole}
            for name, code, is_whole in scope
        ],
        measure_id="M",
    )
    covering.fill("int_law__clauses", [{"act_id": "M", "clause_id": "whole"}])
    covering.fill(
        "int_law__known_codes",
        [{"product_code": code, "hs6_code": code[:6]} for code in known],
        nomenclature="CN2025", nomenclature_family="CN", edition_year=2025,
        hs_nomenclature="HS2022",
    )  # fmt: skip
    rows = covering.rows("int_law__product_coverage")
    return {Code(row["nomenclature"], row["product_code"]): row for row in rows}


def test_beside_a_mapped_code_others_of_a_subheading_listed_whole_are_covered(covering):
    """The measure lists all of 2805 30, and maps another of its items to 2805 30 10."""
    scope = [("HS2022", "280530", True), ("CN2025", "28053010", False)]
    found = coverage(covering, [], scope, known=["28053010", "28053020"])
    for code in ("28053010", "28053020"):
        assert found["CN2025", code]["coverage"] == "whole"


def shares_goods(editions, one, other):
    """Whether goods of a code are, or may be, in another of any edition or length."""
    if one.subheading == other.subheading:
        return len(one.code) != len(other.code) or one.code == other.code
    if len(one.code) == len(other.code) == 8:
        return False
    return editions.link(one.subheading, other.subheading) is not None


def hold_counted_once(share_goods, codes):
    """`codes`: those of an importer -> the text of the code where their goods are counted;
    `share_goods`: whether two codes do."""
    counted = {code for code, part_of in codes.items() if part_of is None}
    for one in counted:
        for other in counted - {one}:
            assert not share_goods(one, other), (one, other)
    for code, part_of in codes.items():
        assert part_of is None or any(
            other.code == part_of and share_goods(code, other) for other in counted
        ), (code, part_of)


@pytest.mark.parametrize("as_of", ["2021-01-01", "2026-11-24"])
def test_no_answer_counts_goods_twice_whatever_year_a_code_is_weighed_by(connection, as_of):
    """Also where the years differ; what is not added is counted in a code that has its goods."""
    of_importer = defaultdict(dict)
    for row in rows_of_query(
        connection,
        "select distinct reporter_code, nomenclature, product_code, part_of_product_code"
        " from reports.trade_under_measures(null, null, $day, $day)",
        {"day": date.fromisoformat(as_of)},
    ):
        code = Code(row["nomenclature"], row["product_code"])
        of_importer[row["reporter_code"]][code] = row["part_of_product_code"]
    assert len(of_importer) > 100
    share_goods = cache(partial(shares_goods, Editions(read_steps())))
    for codes in of_importer.values():
        hold_counted_once(share_goods, codes)


# --- generated concordances ---------------------------------------------------------------

YEARS = ("2007", "2012", "2017", "2022")
WASTE = "854911"
SOURCES = {
    "HS2022": "baci_hs22_bilateral",
    "HS2017": "baci_hs17_bilateral",
    "HS2012": "baci_hs12_bilateral",
    "HS2007": "baci_hs07_bilateral",
    "CN2024": "comext_cn8_imports",
}


def text_of(year, number):
    """A text of its own in each edition: what is looked up by text alone would be found."""
    return f"{year[2:]}000{number}"


def rows_of(pairs, unbundled=()):
    """Seed rows of (year, code, year, code), counted as the producer's table is; `unbundled` (year,
    code, whether later) meet one more there."""
    goods = [pair for pair in pairs if not pair[3].startswith("8549")]
    later = Counter(pair[:2] for pair in goods)
    earlier = Counter(pair[2:] for pair in goods)
    return [
        step(
            f"{year}:{code}",
            f"{next_year}:{next_code}",
            later[year, code] + ((year, code, True) in unbundled),
            earlier[next_year, next_code] + ((next_year, next_code, False) in unbundled),
        )
        for year, code, next_year, next_code in pairs
    ]


def walked(rows):
    """The same rows for the oracle."""
    return Editions(
        Step(
            Code(f"HS{row['edition_before']}", row["hs6_before"]),
            Code(f"HS{row['edition_after']}", row["hs6_after"]),
            row["codes_after"],
            row["codes_before"],
        )
        for row in rows
    )


ALL_PAIRS = [
    (before, text_of(before, i), after, text_of(after, j))
    for before, after in pairwise(YEARS)
    for i in range(3)
    for j in range(3)
]
ENDS = st.tuples(
    st.sampled_from(YEARS), st.integers(0, 2), st.booleans()
).map(lambda end: (end[0], text_of(end[0], end[1]), end[2]))  # fmt: skip
goods_rows = st.builds(
    rows_of,
    st.lists(st.sampled_from(ALL_PAIRS), min_size=1, max_size=14, unique=True),
    st.sets(ENDS, max_size=3),
)
scopes = st.dictionaries(st.sampled_from([text_of("2022", i) for i in range(3)]), st.booleans())


def links_of(linking, rows):
    linking.fill("hs_concordances", rows)
    return {
        (
            Code(row["nomenclature"], row["product_code"]),
            Code(row["linked_nomenclature"], row["linked_code"]),
        ): (row["link"], row["basis"])
        for row in linking.rows("int_trade__edition_links")
    }


# codes_after and codes_before of a step, seen from the later code.
COUNTS = {"same": (1, 1), "part_of": (1, 2), "holds": (2, 1), "overlaps": (2, 2)}


@pytest.mark.parametrize("first", LINKS[:4])
@pytest.mark.parametrize("second", LINKS[:4])
def test_two_links_compose_by_the_table(linking, first, second):
    found = links_of(
        linking,
        [
            step("2012:120000", "2017:170000", *COUNTS[first]),
            step("2017:170000", "2022:220000", *COUNTS[second]),
        ],
    )
    if "same" in (first, second):
        wanted = second if first == "same" else first
    else:
        wanted = first if first == second != "overlaps" else "may_overlap"
    ends = Code("HS2022", "220000"), Code("HS2012", "120000")
    assert found[ends] == (wanted, "concordance")
    assert found[ends[::-1]] == (OPPOSITE.get(wanted, wanted), "concordance")


@tried()
@given(rows=goods_rows)
def test_links_are_walks_in_one_direction_of_time(linking, rows):
    """Each link is one that a walk of goods shows, and the other way round; siblings have none."""
    found, editions = links_of(linking, rows), walked(rows)
    for (code, other), (link, _) in found.items():
        assert code.year != other.year
        assert found[other, code][0] == OPPOSITE.get(link, link)
    walks = {(code, other): link for code in editions.codes
             for other, link in editions.linked(code).items()}  # fmt: skip
    assert {pair: link for pair, (link, _) in found.items()} == walks


def covers(covering, rows, scope, mapped=(), known=()):
    """Rows of coverage by code, under one measure; `mapped`: CN8 code -> whether whole."""
    mapped = dict(mapped)
    listed = dict(scope)
    for code, is_whole in mapped.items():
        listed[code[:6]] = listed.get(code[:6], False) or (is_whole and code.endswith("00"))
    items = [("HS2022", *item) for item in listed.items()]
    items += [("CN2025", *item) for item in mapped.items()]
    return coverage(covering, rows, items, known)


# Codes of the CN by subheading: the third is not divided.
CN_CODES = [text_of("2022", i) + end for i, end in
            ((0, "10"), (0, "90"), (1, "10"), (1, "20"), (1, "90"), (2, "00"))]  # fmt: skip


@tried()
@given(
    rows=goods_rows,
    scope=scopes,
    mapped=st.dictionaries(st.sampled_from(CN_CODES), st.booleans()),
)
def test_generated_scopes_cover_what_walks_say(covering, rows, scope, mapped):
    found = covers(covering, rows, scope, mapped, CN_CODES)
    items = [Item("M", Code(LISTED_IN, code), is_whole) for code, is_whole in scope.items()]
    for code, is_whole in mapped.items():
        items.append(Item("M", Code(LISTED_IN, code[:6]), is_whole and code.endswith("00")))
        items.append(Item("M", Code(MAPPED_TO, code), is_whole))
    editions = walked(rows)
    oracle = Scope(editions, items, {})
    codes = editions.codes | {item.code for item in items}
    codes |= {Code(MAPPED_TO, code) for code in CN_CODES}
    wanted = {code: cover for code in codes if (cover := oracle.cover("M", code))}
    assert found.keys() == wanted.keys()
    for code, row in found.items():
        cover = wanted[code]
        assert row["link"] == cover.link, code
        if cover.share is None:
            # Without a figure: it moves no bound.
            assert (row["coverage"], row["share_low"], row["share_high"]) == (
                "may_overlap",
                0,
                None,
            )
        else:
            assert row["coverage"] == ("whole" if cover.share == ALL else "partial"), code
            assert (row["share_low"], row["share_high"]) == (cover.share.low, cover.share.high)


@tried()
@given(rows=goods_rows, scope=scopes, wasting=st.sets(st.integers(0, 2), min_size=1))
def test_waste_weakens_nothing(linking, covering, rows, scope, wasting):
    """Rows into heading 8549, from any code, leave links and coverage as they were."""
    goods = [(row["edition_before"], row["hs6_before"], row["edition_after"], row["hs6_after"])
             for row in rows]  # fmt: skip
    # Counts leave waste out: a code that lost nothing else meets one code at most.
    waste = [("2017", text_of("2017", number), "2022", WASTE) for number in sorted(wasting)]
    later = Counter(pair[:2] for pair in goods)
    with_waste = rows + [
        step(f"{year}:{code}", f"{after}:{to}", later[year, code], 0)
        for year, code, after, to in waste
    ]
    before, after = links_of(linking, rows), links_of(linking, with_waste)
    assert {pair: link for pair, link in after.items() if link[1] != "waste"} == before
    for pair, (_, basis) in after.items():
        assert (basis == "waste") == any(code.code == WASTE for code in pair)
    assert covers(covering, with_waste, scope) == covers(covering, rows, scope)


def test_a_listed_code_of_waste_covers_nothing_that_ends_as_waste(covering):
    steps = [step("2017:222222", f"2022:{WASTE}", 2, 0), step("2017:222222", "2022:222222", 2, 1)]
    found = coverage(covering, steps, [("HS2022", WASTE, False)])
    assert found.keys() == {("HS2022", WASTE)}


# --- a code and its parts -------------------------------------------------------------------


@st.composite
def divisions(draw):
    """A code of 2012 divided twice and into the CN: rows, CN8 codes, and the parts of each code."""
    pairs, parts, known, number = [], {}, [], iter(range(100))
    top = ("2012", "120000")
    level = [top]
    for year in ("2017", "2022"):
        below = []
        for code in level:
            made = [
                (year, f"{year[2:]}00{next(number):02}") for _ in range(draw(st.integers(1, 3)))
            ]
            parts[Code(f"HS{code[0]}", code[1])] = [Code(f"HS{y}", text) for y, text in made]
            pairs += [(*code, *one) for one in made]
            below += made
        level = below
    for year, text in level:
        ends = draw(st.sampled_from([["00"], ["10", "90"], ["10", "20", "90"]]))
        parts[Code(f"HS{year}", text)] = [Code(MAPPED_TO, text + end) for end in ends]
        known += [text + end for end in ends]
    scope = draw(st.dictionaries(st.sampled_from([text for _, text in level]), st.booleans()))
    mapped = draw(st.dictionaries(st.sampled_from(known), st.booleans()))
    values = {code: draw(st.integers(0, 1000)) for code in known}
    return rows_of(pairs), parts, scope, mapped, values


@tried()
@given(case=divisions())
def test_bounds_of_a_code_contain_those_of_its_parts_together(covering, case):
    """In euros, of one source and year, at every level."""
    rows, parts, scope, mapped, values = case
    found = covers(covering, rows, scope, mapped, list(values))

    def total(code):
        if code in parts:
            return sum(total(part) for part in parts[code])
        return values[code.code]

    def bounds(code):
        if code not in found:
            return Fraction(0), Fraction(0)
        # What may only overlap has no upper bound of its own.
        low, high = found[code]["share_low"], found[code]["share_high"]
        return Fraction(low) * total(code), Fraction(high or 0) * total(code)

    for code, below in parts.items():
        low, high = bounds(code)
        assert low <= sum(bounds(part)[0] for part in below), code
        if code not in found or found[code]["share_high"] is not None:
            assert high >= sum(bounds(part)[1] for part in below), code


# --- generated trade ------------------------------------------------------------------------


@tried()
@given(
    rows=goods_rows,
    traded=st.sets(
        st.tuples(st.sampled_from(sorted(SOURCES)), st.integers(0, 2), st.sampled_from("19")),
        min_size=1,
        max_size=10,
    ),
)
def test_generated_goods_are_counted_once_and_where_it_is_said(weighing, rows, traded):
    codes = set()
    for nomenclature, number, end in traded:
        is_cn = nomenclature == "CN2024"
        text = text_of("2022" if is_cn else nomenclature[2:], number)
        codes.add(Code(nomenclature, text + end + "0" if is_cn else text))
    weighing.fill("hs_concordances", rows)
    weighing.fill(
        "int_law__import_weights",
        [
            {
                "source_id": SOURCES[code.nomenclature], "nomenclature": code.nomenclature,
                "product_code": code.code,
            }
            for code in sorted(codes)
        ],
        period="2024", reporter_code="DEU", partner_code="CHN", value_eur=100,
    )  # fmt: skip
    found = weighing.rows("fct_import_weights")
    made = {
        Code(row["nomenclature"], row["product_code"]): row["part_of_product_code"] for row in found
    }
    assert len(found) == len(made)
    assert made.keys() == codes
    hold_counted_once(partial(shares_goods, walked(rows)), made)
