"""Customs figures in the press: spans against months, each figure once."""

import datetime as dt
from decimal import Decimal

import pytest
from model_laboratory import laboratory_of

MAGNETS = "rare-earth permanent magnets"


def claims(published, columns, condition="true"):
    return published.execute(
        f"select {columns} from marts.fct_press_flow_claims where {condition} order by all"
    ).fetchall()


def test_spans_of_magnets_agree_with_their_parts_to_the_tonne(published):
    found = claims(
        published,
        "first_period, last_period, span_check, deviation_t, tolerance_t",
        f"item = '{MAGNETS}' and destination = 'WORLD' and span_check = 'agrees'",
    )
    assert [row[:2] for row in found] == [
        ("2025-01", "2025-07"),
        ("2025-01", "2025-09"),
        ("2025-01", "2025-10"),
        ("2025-01", "2025-12"),
        ("2026-01", "2026-03"),
    ]
    assert all(abs(deviation) <= 1 < tolerance for *_, deviation, tolerance in found)


def test_months_of_magnets_alone_become_a_flow_and_no_customs_row_does(published):
    """Gallium and germanium share a code: neither is its flow. "Europe" is no partner."""
    flows = published.execute(
        """
        select distinct product_code, partner_code, data_origin from marts.fct_flow_continuity
        where source_id = 'gacc_exports_press_figures' and reading <> 'missing'
        """
    ).fetchall()
    assert {product for product, *_ in flows} == {"850511"}
    assert {origin for *_, origin in flows} == {"press_claim"}
    wanted = {
        partner
        for item, partner, *_ in claims(
            published, "item, partner_code, period_kind", "period_kind = 'month'"
        )
        if item == MAGNETS and partner
    }
    assert {partner for _, partner, _ in flows} == wanted
    assert ("Europe", None) in claims(published, "destination, partner_code")
    assert not published.execute(
        "select 1 from marts.fct_flow_continuity where source_id = 'macro_facts'"
    ).fetchall()


def test_months_that_no_page_gave_stay_gaps(published):
    months = {
        period
        for (period,) in published.execute(
            """
            select period from marts.fct_flow_continuity
            where source_id = 'gacc_exports_press_figures' and partner_code = 'WORLD'
                and reading = 'missing'
            """
        ).fetchall()
    }
    assert months == {"2026-01", "2026-02"}, "only their sum was printed"


# Made-up figures


ORE = {"item": "ore", "macro_facts_product": "ores", "product_code": "260300"}
laboratory = laboratory_of(
    "fct_press_flow_claims", bundled=["countries"], press_items=[ORE | {"code_match": "exact"}]
)


def figure(period, value, **changes):
    return {
        "item": "ore", "period": period, "period_kind": "span" if ".." in period else "month",
        "destination": "WORLD", "value": value, "unit": "t", "basis": "stated",
        "source_url": "https://example.org/ore", **changes,
    }  # fmt: skip


def fact(period, value, **changes):
    return {
        "fact_id": f"F-{period}", "reporter": "CN", "flow": "export", "product": "ores",
        "partner": "WORLD", "period": period, "metric": "quantity", "value": value, "unit": "t",
        "derived": "N", "source_url": "https://example.org/facts", **changes,
    }  # fmt: skip


def ask(laboratory, figures, facts=()):
    laboratory.fill("gacc_exports_press_figures", figures)
    laboratory.fill("macro_facts", facts)
    return {
        (row["destination"], row["first_period"], row["last_period"]): row
        for row in laboratory.rows("fct_press_flow_claims")
    }


QUARTER = ("WORLD", "2025-01", "2025-03")


@pytest.mark.parametrize(
    ("total", "check"),
    [(60, "agrees"), (62, "agrees"), (63, "disagrees"), (57, "disagrees"), (30, "disagrees")],
)
def test_a_span_is_held_against_its_months(laboratory, total, check):
    """Three rounded months and a rounded span explain two tonnes."""
    months = [figure(f"2025-0{month}", 10 * month) for month in (1, 2, 3)]
    row = ask(laboratory, [*months, figure("2025-01..2025-03", total)])[QUARTER]
    assert (row["span_check"], row["period_kind"]) == (check, "quarter")
    assert row["tolerance_t"] == 2
    assert row["deviation_t"] == 60 - total
    assert row["months_at_hand"] == 3


def test_a_span_with_a_missing_month_cannot_be_checked_and_says_how_many_are_at_hand(laboratory):
    rows = ask(laboratory, [figure("2025-01", 10), figure("2025-01..2025-03", 60)])
    row = rows[QUARTER]
    assert row["span_check"] == "not_checkable"
    assert row["span_check_statement"] == "1 of 3 months at hand: 10 of 60 t."
    # What is at hand cannot be more than the whole.
    rows = ask(laboratory, [figure("2025-01", 70), figure("2025-01..2025-03", 60)])
    assert rows[QUARTER]["span_check"] == "disagrees"


def test_shorter_spans_serve_and_the_way_that_fits_worst_is_told(laboratory):
    figures = [
        figure("2025-01..2025-02", 30), figure("2025-01", 10), figure("2025-02", 15),
        figure("2025-03", 30), figure("2025-01..2025-03", 60),
    ]  # fmt: skip
    rows = ask(laboratory, figures)
    assert rows[QUARTER]["span_check"] == "disagrees"
    assert rows[QUARTER]["deviation_t"] == -5
    assert rows["WORLD", "2025-01", "2025-02"]["span_check"] == "disagrees"


def test_derived_figures_and_other_destinations_prove_nothing(laboratory):
    figures = [
        figure("2025-01", 10),
        figure("2025-02", 20),
        figure("2025-03", 99, basis="a share of the total"),
        figure("2025-03", 99, destination="USA"),
        figure("2025-01..2025-03", 60),
    ]
    assert ask(laboratory, figures)[QUARTER]["span_check"] == "not_checkable"


def test_the_same_figure_in_two_tables_counts_once_and_the_stated_one_stands(laboratory):
    rows = ask(
        laboratory,
        [figure("2025-01", 10, basis="a share of the total"), figure("2025-02", 20.4)],
        [fact("2025-01", 11), fact("2025-02", 20), fact("2025-03", 9, partner="Europe")],
    )
    first, second = rows["WORLD", "2025-01", "2025-01"], rows["WORLD", "2025-02", "2025-02"]
    assert (first["mass_t"], first["basis"], first["page_count"]) == (11, "stated", 2)
    assert (second["mass_t"], second["page_difference_t"]) == (Decimal("20.4"), Decimal("0.4"))
    assert len(rows) == 3
    assert rows["Europe", "2025-03", "2025-03"]["partner_code"] is None


def test_a_figure_is_known_after_its_last_month_and_a_derived_one_a_month_later(laboratory):
    rows = ask(
        laboratory,
        [
            figure("2025-01..2025-02", 30),
            figure("2025-01", 12, basis="growth of February"),
            figure("2025-02", 500, unit="kg"),
        ],
    )
    assert rows["WORLD", "2025-01", "2025-02"]["known_from"] == dt.date(2025, 3, 20)
    assert rows["WORLD", "2025-01", "2025-01"]["known_from"] == dt.date(2025, 3, 20)
    assert rows["WORLD", "2025-02", "2025-02"]["mass_t"] == Decimal("0.5")
