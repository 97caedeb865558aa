"""What holds for any editions: nothing listed is lost, and no goods are counted twice."""

from __future__ import annotations

import pytest
from model_laboratory import ModelLaboratory


@pytest.fixture(scope="module")
def weighing(full_build):
    made = ModelLaboratory(
        full_build.manifest(), "fct_import_weights", stand_ins=["int_law__import_weights"]
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def covering(full_build):
    made = ModelLaboratory(
        full_build.manifest(),
        "int_law__product_coverage",
        stand_ins=["int_law__scope_codes", "int_law__clauses", "int_law__known_codes"],
    )
    yield made
    made.close()


def step(before, after, codes_after, codes_before):
    """A row of the concordance between codes written as 2017:222222."""
    row = {"relationship": "n:n", "codes_after": codes_after, "codes_before": codes_before}
    for side, text in (("before", before), ("after", after)):
        row[f"edition_{side}"], row[f"hs6_{side}"] = text.split(":")
    return row


def counted(weighing, steps, **sources):
    """The codes that are added up, of one code per source."""
    weighing.fill("hs_concordances", steps)
    weighing.fill(
        "int_law__import_weights",
        [
            {
                "source_id": source,
                "nomenclature": f"HS{text.split(':')[0]}",
                "product_code": text.split(":")[1],
                "period": "2024",
                "reporter_code": "DEU",
                "partner_code": "CHN",
                "value_eur": 100,
            }
            for source, text in sources.items()
        ],
    )
    rows = weighing.rows("fct_import_weights")
    return {row["product_code"] for row in rows if row["part_of_product_code"] is None}


def coverage(covering, steps, scope, known=()):
    """(nomenclature, code) -> coverage, under one measure."""
    covering.fill("hs_concordances", steps)
    covering.fill(
        "int_law__scope_codes",
        [
            {"measure_id": "M", "nomenclature": name, "product_code": code, "is_whole": is_whole}
            for name, code, is_whole in scope
        ],
    )
    covering.fill("int_law__clauses", [{"act_id": "M", "clause_id": "whole"}])
    covering.fill(
        "int_law__known_codes",
        [
            {
                "nomenclature": "CN2025",
                "nomenclature_family": "CN",
                "product_code": code,
                "edition_year": 2025,
                "hs_nomenclature": "HS2022",
                "hs6_code": code[:6],
            }
            for code in known
        ],
    )
    return {
        (row["nomenclature"], row["product_code"]): row["coverage"]
        for row in covering.rows("int_law__product_coverage")
    }


# --- no goods twice -----------------------------------------------------------------------


def test_goods_shared_by_a_link_that_no_path_tells_are_counted_once(weighing):
    """111111 holds all of 222222, and so does 333333: both have its goods."""
    steps = [
        step("2012:222222", "2017:111111", 1, 2),
        step("2012:222223", "2017:111111", 1, 2),
        step("2007:333333", "2012:222222", 2, 1),
        step("2007:333333", "2012:444444", 2, 1),
    ]
    sources = {"baci_hs17_bilateral": "2017:111111", "baci_hs07_bilateral": "2007:333333"}
    assert counted(weighing, steps, **sources) == {"111111"}


def test_two_codes_that_both_share_nothing_with_a_counted_one_are_not_both_counted(weighing):
    """A row of four, each overlapping the next: the third and the fourth share goods."""
    steps = [
        step("2017:200000", "2022:100000", 2, 2),
        step("2012:300000", "2017:200000", 2, 2),
        step("2007:400000", "2012:300000", 2, 2),
    ]
    found = counted(
        weighing,
        steps,
        baci_hs22_bilateral="2022:100000",
        baci_hs17_bilateral="2017:200000",
        baci_hs12_bilateral="2012:300000",
        baci_hs07_bilateral="2007:400000",
    )
    assert not {"300000", "400000"} <= found


# --- what is listed is covered --------------------------------------------------------------


def test_beside_a_mapped_code_others_of_a_subheading_listed_whole_are_covered(covering):
    """The measure lists all of 2805 30, and maps another of its items to 2805 30 10."""
    found = coverage(
        covering,
        [],
        [("HS2022", "280530", True), ("CN2025", "28053010", False)],
        known=["28053010", "28053020"],
    )
    assert found["CN2025", "28053010"] == found["CN2025", "28053020"] == "whole"


def test_goods_that_are_lost_on_the_way_are_not_covered_whole(covering):
    """Half of 333333 went to 222223, of which the bundled rows say nothing more."""
    steps = [
        step("2012:333333", "2017:222222", 2, 1),
        step("2012:333333", "2017:222223", 2, 1),
        step("2017:222222", "2022:111111", 1, 1),
    ]
    found = coverage(covering, steps, [("HS2022", "111111", True)])
    assert found["HS2017", "222222"] == "whole"
    assert found["HS2012", "333333"] == "partial"


def test_no_answer_counts_goods_twice_whatever_year_a_code_is_weighed_by(full_build):
    """Codes of two editions that share goods are not added, also where their years differ."""
    connection = full_build.connect()
    twice = connection.execute(
        """
        with latest as (
            select distinct reporter_code, nomenclature, product_code, weight_period as period,
                part_of_product_code
            from reports.trade_under_measures(null, null, date '2026-11-24', date '2026-11-24')
        )
        select one.reporter_code, one.nomenclature, one.product_code, one.period,
            other.nomenclature, other.product_code, other.period
        from latest as one
        join marts.bridge_product_editions as links
            on one.nomenclature = links.nomenclature and one.product_code = links.product_code
        join latest as other
            on one.reporter_code = other.reporter_code
            and links.linked_nomenclature = other.nomenclature
            and links.linked_code = other.product_code
        where one.part_of_product_code is null and other.part_of_product_code is null
            and one.nomenclature < other.nomenclature and links.basis = 'concordance'
        order by all
        """
    ).fetchall()
    connection.close()
    assert twice == []
