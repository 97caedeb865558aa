"""Restriction indices against plain Python that counts days, on the published tables."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction

import pytest
from coverage_oracle import CoverageOracle, Flow, days_of, holds, is_possible_only, share_for
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import ModelLaboratory
from published_law import read_oracle, restrictions, rows

TODAY = date(2100, 1, 1)
REPORTERS = ("EU27", "DEU", "USA", "JPN", "GBR", "CHN")
KEY = (
    "reporter_code",
    "partner_iso3",
    "source_id",
    "nomenclature",
    "period",
    "weighting",
    "index_id",
)
INDICES = {
    "frequency_index",
    "coverage_ratio",
    "prevalence_score",
    "trade_coverage_days",
    "severity_weighted_coverage",
}


class Restrictions:
    """What applies to a flow in a period: sure (low) and possible (high), by measure."""

    def __init__(self, law: CoverageOracle, severity: dict[str, float]) -> None:
        self.law = law
        self.severity = severity
        self.known: dict[tuple, list] = {}

    def of(self, flow: Flow) -> list[tuple[str, bool, dict]]:
        """(measure, is sure, row) of all times, of the base as known now."""
        place = self.law.destination_of
        key = (
            flow.partner,
            flow.nomenclature,
            flow.product,
            tuple(
                place(scope["measure_id"], scope["clause_id"], flow.reporter)
                for scope in self.law.coverage[flow.nomenclature, flow.product]
            ),
        )
        if key not in self.known:
            self.known[key] = [
                (
                    row["measure_id"],
                    row["state"] == "in_force" and share_for(row["user_type"], scope).low == 1,
                    row,
                )
                for row, scope in self.law.bearing(flow)
                if row["claim_group"] == "base"
                and not is_possible_only(scope)
                and holds(row, "known", TODAY)
                and row["state"] in ("in_force", "lapsed_presumed", "unknown")
                and row["measure_id"] in self.severity
            ]
        return self.known[key]

    def on(self, flow: Flow, day: date, *, sure: bool) -> set[str]:
        return {
            measure
            for measure, is_sure, row in self.of(flow)
            if (is_sure or not sure) and holds(row, "valid", day)
        }

    def part_of_period(self, flow: Flow, period: str, *, sure: bool) -> Fraction:
        """The largest part of the period in which one measure applies."""
        if not self.of(flow):
            return Fraction(0)
        days = list(days_of(period))
        counts = defaultdict(int)
        for day in days:
            for measure in self.on(flow, day, sure=sure):
                counts[measure] += 1
        return Fraction(max(counts.values(), default=0), len(days))


def ratios(restricting: Restrictions, basket: dict[Flow, Fraction], period: str, *, sure: bool):
    """The five indices of one importer and exporter."""
    last = list(days_of(period))[-1]
    count, total = len(basket), sum(basket.values())
    sums = defaultdict(Fraction)
    for flow, value in basket.items():
        measures = restricting.on(flow, last, sure=sure)
        sums["frequency_index"] += Fraction(bool(measures), count)
        sums["prevalence_score"] += Fraction(len(measures), count)
        sums["coverage_ratio"] += value * bool(measures) / total
        sums["trade_coverage_days"] += (
            value * restricting.part_of_period(flow, period, sure=sure) / total
        )
        severity = max((Fraction(restricting.severity[one]) for one in measures), default=0)
        sums["severity_weighted_coverage"] += value * severity / total
    return sums


@pytest.fixture(scope="module")
def connection(full_build):
    opened = full_build.connect()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def baskets(connection):
    """(importer, exporter, source, nomenclature) -> period -> flow -> value."""
    found = defaultdict(lambda: defaultdict(dict))
    for row in rows(
        connection,
        f"""
        select distinct reporter_code, partner_iso3, source_id, nomenclature, product_code, period,
            product_value_eur
        from marts.fct_trade_under_measures
        where claim_group = 'base' and product_value_eur > 0 and reporter_code in {REPORTERS}
        """,
    ):
        flow = Flow(*(row[name] for name in (*KEY[:2], "nomenclature", "product_code")))
        key = tuple(row[name] for name in KEY[:4])
        found[key][row["period"]][flow] = Fraction(row["product_value_eur"])
    return found


def first_day(restricting: Restrictions, law: CoverageOracle, reporter: str, partner: str):
    """The first day on which a restriction of the exporter applied to a product at hand."""
    days = [
        row["valid_from"]
        for nomenclature, product in law.coverage
        for _, _, row in restricting.of(Flow(reporter, partner, nomenclature, product))
        if row["state"] == "in_force"
    ]
    return min(days, default=None)


def test_every_index_of_some_importers_equals_the_count_of_days(connection, baskets):
    law = read_oracle(connection)
    restricting = Restrictions(law, restrictions(connection))
    published = {
        tuple(row[name] for name in KEY): row
        for row in rows(
            connection,
            f"from marts.fct_restriction_indices where reporter_code in {REPORTERS}",
        )
    }
    expected = {}
    for key, periods in baskets.items():
        begins = first_day(restricting, law, key[0], key[1])
        if begins is None:
            continue
        before = [period for period in periods if list(days_of(period))[-1] < begins]
        for period, current in periods.items():
            weighings = {"current": (period, current)}
            if before:
                weighings["pre_measure"] = (max(before), periods[max(before)])
            for weighting, (weight_period, basket) in weighings.items():
                low = ratios(restricting, basket, period, sure=True)
                high = ratios(restricting, basket, period, sure=False)
                for index_id in INDICES:
                    expected[(*key, period, weighting, index_id)] = (
                        low[index_id],
                        high[index_id],
                        weight_period,
                        len(basket),
                    )
    assert published.keys() == expected.keys()
    assert len(expected) > 1000
    for key, (low, high, weight_period, count) in expected.items():
        row = published[key]
        assert row["index_low"] == pytest.approx(float(low), rel=1e-9, abs=1e-12), key
        assert row["index_high"] == pytest.approx(float(high), rel=1e-9, abs=1e-12), key
        assert (row["index_central"] is None) == (row["index_low"] != row["index_high"]), key
        assert (row["weight_period"], row["products_traded"]) == (weight_period, count), key


# --- generated law ------------------------------------------------------------------------

STAND_INS = ("int_law__covered_intervals", "int_law__trade_periods")
begins = st.integers(-60, 420).map(lambda number: date.fromordinal(738_885 + number))


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(manifest, "int_law__restrictions_by_product", stand_ins=STAND_INS)
    made.fill(
        "int_law__trade_periods",
        [
            {
                "period": "2024",
                "frequency": "annual",
                "period_from": date(2024, 1, 1),
                "period_to": date(2025, 1, 1),
                "period_days": 366,
            }
        ],
    )
    yield made
    made.close()


def interval(measure_id, valid_from, valid_to, **changes):
    return {
        "partner_code": "CHN",
        "destination_class": "ALL",
        "nomenclature": "HS2017",
        "product_code": "850511",
        "is_possible_only": False,
        "is_presumed": False,
        "reading": "base",
        "measure_id": measure_id,
        "clause_id": "whole",
        "user_type": "all",
        "state": "in_force",
        "valid_from": valid_from,
        "valid_to": valid_to,
        "severity_weight": 0.6,
        "share_low": 1,
        "share_high": 1,
        **changes,
    }


def restricted(laboratory, *intervals):
    laboratory.fill("int_law__covered_intervals", intervals)
    return laboratory.rows("int_law__restrictions_by_product")


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "days"),
    [
        # The worked cases of Global Trade Alert: inclusive days there are half-open ends here.
        (date(2024, 7, 1), None, 184),
        (date(2024, 3, 1), date(2024, 6, 1), 92),
        (date(2023, 5, 1), None, 366),
        (date(2024, 12, 31), None, 1),
    ],
)
def test_days_are_counted_as_global_trade_alert_does(laboratory, valid_from, valid_to, days):
    (row,) = restricted(laboratory, interval("M1", valid_from, valid_to))
    assert row["part_of_period_low"] == pytest.approx(days / 366, rel=1e-12)
    assert row["part_of_period_high"] == row["part_of_period_low"]
    assert row["measures_low"] == (valid_to is None)


def test_measures_combine_by_maximum_and_clauses_of_one_measure_by_union(laboratory):
    (row,) = restricted(
        laboratory,
        interval("M1", date(2024, 1, 1), date(2024, 3, 1)),
        interval("M1", date(2024, 2, 1), date(2024, 4, 1), clause_id="other"),
        interval("M2", date(2024, 12, 1), None, severity_weight=1.0),
    )
    # M1 holds 91 days in January to March, M2 31 in December; they are not added.
    assert row["part_of_period_low"] == pytest.approx(91 / 366, rel=1e-12)
    assert (row["measures_low"], row["severity_low"]) == (1, 1.0)


@pytest.mark.parametrize(
    ("changes", "low", "high"),
    [
        ({}, 1, 1),
        ({"share_low": 0}, 0, 1),
        ({"state": "lapsed_presumed"}, 0, 1),
        ({"state": "suspended"}, None, None),
        ({"severity_weight": None}, None, None),
        ({"reading": "D/B"}, None, None),
        ({"is_possible_only": True, "share_low": 0, "share_high": None}, None, None),
        ({"is_presumed": True}, 1, 1),
    ],
)
def test_what_counts_surely_possibly_and_not_at_all(laboratory, changes, low, high):
    found = restricted(laboratory, interval("M1", date(2024, 1, 1), None, **changes))
    assert [(row["measures_low"], row["measures_high"]) for row in found] == (
        [] if low is None else [(low, high)]
    )


@tried()
@given(
    law=st.lists(
        st.tuples(
            st.sampled_from(["M1", "M2"]),
            begins,
            st.one_of(st.none(), st.integers(1, 300)),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_generated_intervals_are_what_their_days_say(laboratory, law):
    intervals = [
        interval(
            measure,
            begin,
            None if length is None else date.fromordinal(begin.toordinal() + length),
            share_low=int(is_sure),
        )
        for measure, begin, length, is_sure in law
    ]
    found = restricted(laboratory, *intervals)
    days = {"low": defaultdict(set), "high": defaultdict(set)}
    for row in intervals:
        for day in days_of("2024"):
            if row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"]):
                days["high"][row["measure_id"]].add(day)
                if row["share_low"]:
                    days["low"][row["measure_id"]].add(day)
    if not days["high"]:
        assert found == []
        return
    (row,) = found
    for bound, by_measure in days.items():
        longest = max((len(some) for some in by_measure.values()), default=0)
        assert row[f"part_of_period_{bound}"] == pytest.approx(longest / 366, rel=1e-12)
        assert row[f"measures_{bound}"] == sum(
            date(2024, 12, 31) in some for some in by_measure.values()
        )
    assert row["part_of_period_low"] <= row["part_of_period_high"]
