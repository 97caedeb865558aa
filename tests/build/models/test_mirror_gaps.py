"""Mirror gaps and signals of rerouting against plain Python, and the laws they obey."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import log
from statistics import correlation

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of
from reading_kit import ask, flows, members, table


def usd_per_eur(year):
    """Mean of the twelve monthly rates."""
    rates = [
        Fraction(row["usd_per_eur"])
        for row in table("ecb_exchange_rates")
        if row["period"].startswith(year)
    ]
    assert len(rates) == 12
    return sum(rates) / 12


# --- the published figures ----------------------------------------------------------------


def test_reroute_signals_equal_plain_arithmetic(connection):
    """Every signal of the file, from the raw flows."""
    years = [str(year) for year in range(2015, 2025)]
    rates = {year: usd_per_eur(year) for year in years}
    series = defaultdict(lambda: dict.fromkeys(years, Fraction(0)))
    for row in flows():
        exporter, importer = row["exporter_iso3"], row["importer_iso3"]
        if exporter not in members():
            buyer = "EU27" if importer in members() else importer
            value = Fraction(row["value_kusd"]) * 1000 / rates[row["year"]]
            series[row["hs6"], exporter, buyer][row["year"]] += value
    rises = defaultdict(set)
    for (product, exporter, buyer), values in series.items():
        for place in range(3, len(years)):
            mean = sum(values[year] for year in years[place - 3 : place]) / 3
            now, before = values[years[place]], values[years[place - 1]]
            if now > before and now - mean >= 100_000:
                rises[product, years[place], buyer].add(exporter)
    expected = {
        (product, year, third, origin)
        for (product, year, buyer), thirds in rises.items()
        if buyer == "EU27"
        for third in thirds
        for origin in rises.get((product, year, third), ())
    }
    found = connection.execute(
        """
        select product_code, period, third_country_iso3, origin_iso3, onward_surge_factor,
            onward_surge_factor_over_mean, supply_value_eur, direct_value_eur,
            has_direct_trade_fallen, correlation, is_correlated
        from marts.fct_reroute_signals
        """
    ).fetchall()
    assert {row[:4] for row in found} == expected
    assert len(found) == len(expected) > 1000
    for product, year, third, origin, factor, over_mean, supply, direct, fell, corr, flag in found:
        place = years.index(year)
        onward = [float(series[product, third, "EU27"][one]) for one in years[: place + 1]]
        source = [float(series[product, origin, third][one]) for one in years[: place + 1]]
        straight = [float(series[product, origin, "EU27"][one]) for one in years[: place + 1]]
        assert factor == (pytest.approx(onward[-1] / onward[-2], rel=1e-6) if onward[-2] else None)
        mean = sum(onward[-4:-1]) / 3
        assert over_mean == (pytest.approx(onward[-1] / mean, rel=1e-6) if mean else None)
        assert supply == pytest.approx(source[-1], rel=1e-9)
        assert direct == pytest.approx(straight[-1], rel=1e-9, abs=1e-5)
        assert fell == (straight[-1] < sum(straight[-4:-1]) / 3)
        assert corr == pytest.approx(correlation(onward, source), abs=1e-9)
        assert flag == (place >= 4 and corr >= 0.7)


def test_question_a10_takes_product_reporter_partner_and_year(connection):
    """Each parameter narrows the answer; every row says how certain it is."""
    asked = {"product": "283691", "year": "2023", "reporter": "EU27", "partner": "CHN"}
    found = ask(connection, "a10", **asked)
    assert {row["answer"] for row in found} == {"mirror_gap", "reroute_signal"}
    for row in found:
        told = row["product_code"], row["period"], row["reporter_code"]
        assert told == ("283691", "2023", "EU27")
        assert "CHN" in (row["partner_code"], row["origin_code"])
        assert row["certainty"]
    signals = [row for row in found if row["answer"] == "reroute_signal"]
    assert f": signals: {len(signals)}." in found[0]["total_in_words"]


# --- made-up pairs ------------------------------------------------------------------------


laboratory = laboratory_of(
    "fct_mirror_gaps", stand_ins=["int_trade__flows"], bundled=["eu_membership", "transit_hubs"],
    cn8_code_counts=[],
)  # fmt: skip


def pair(**other):
    return {
        "pair_id": "pair", "pair_kind": "true_mirror", "importer_source_id": "reports",
        "exporter_source_id": "reports", "frequency": "annual", "lag_months": 0,
        "freight_low": 0.05, "freight_high": 0.10, "note": "made up",
    } | other  # fmt: skip


def report(flow, reporter, partner, value, **other):
    goods = {"source_id": "reports", "nomenclature": "HS2022", "product_code": "850511"}
    return flow_of(reporter, partner, Decimal(value), flow=flow, **goods | other)


def sells(value, **other):
    return report("export", "CHN", "USA", value, **other)


def buys(value, **other):
    return report("import", "USA", "CHN", value, **other)


# Both reporters trade the product with somebody, so both sources cover it.
BASE = [
    report("import", "USA", "JPN", 1), report("export", "CHN", "JPN", 1),
    report("import", "JPN", "CHN", 1), report("export", "JPN", "USA", 1),
]  # fmt: skip


def gaps(laboratory, reports, **other):
    laboratory.fill("mirror_source_pairs", [pair(**other)])
    laboratory.fill("int_trade__flows", reports)
    return {
        (row["importer_code"], row["exporter_code"]): row
        for row in laboratory.rows("fct_mirror_gaps")
    }


def test_both_report(laboratory):
    """The freight range is data."""
    reports = [*BASE, buys(108), sells(100)]
    row = gaps(laboratory, reports)["USA", "CHN"]
    assert row["report_kind"] == "both"
    assert row["log_ratio"] == pytest.approx(log(1.08), abs=1e-11)
    assert row["relative_gap"] == pytest.approx(2 * 8 / 208, abs=1e-11)
    assert row["is_within_freight_range"]
    assert row["fob_adjusted_log_ratio_low"] < 0 < row["fob_adjusted_log_ratio_high"]
    assert (row["importer_value_eur"], row["exporter_value_eur"]) == (108, 100)
    assert row["gap_reason"] is None
    row = gaps(laboratory, reports, freight_low=0.0, freight_high=0.0)["USA", "CHN"]
    assert not row["is_within_freight_range"]
    assert row["fob_adjusted_log_ratio_low"] == row["fob_adjusted_log_ratio_high"]


@pytest.mark.parametrize(
    ("reports", "kind", "gap"),
    [
        ([buys(5)], "only_importer_reports", 2),
        ([sells(5)], "only_exporter_reports", -2),
        ([buys(5), sells(0)], "only_importer_reports", 2),
        ([buys(0), sells(5)], "only_exporter_reports", -2),
        ([buys(0), sells(0)], "neither_reports_a_value", None),
        ([buys(-5), sells(5)], "unknown", None),
    ],
)
def test_zero_against_positive_is_a_kind_of_its_own(laboratory, reports, kind, gap):
    """The logarithm of zero is never taken, and a correction is no trade."""
    row = gaps(laboratory, BASE + reports)["USA", "CHN"]
    assert row["report_kind"] == kind
    assert row["relative_gap"] == gap
    assert row["log_ratio"] is None
    assert row["gap_reason"]


def test_a_confidential_remainder_and_a_partial_list_are_not_zero(laboratory):
    """What the importer keeps to itself may hold the flow that the exporter reports."""
    secret = report("import", "USA", "QX", 50, partner_kind="pseudo_partner")
    row = gaps(laboratory, [*BASE, sells(5), secret])["USA", "CHN"]
    assert (row["report_kind"], row["relative_gap"]) == ("unknown", None)
    assert row["importer_unnamed_value_eur"] == 50
    assert "unnamed" in row["gap_reason"]
    reports = [row | ({"coverage": "largest"} if row["flow"] == "export" else {}) for row in BASE]
    assert gaps(laboratory, [*reports, buys(5)])["USA", "CHN"]["report_kind"] == "unknown"


def test_what_makes_no_pair(laboratory):
    """A silent reporter is no zero; nor is trade with oneself or all, or of another family."""
    silent = [report("import", "USA", "BRA", 5), report("export", "CHN", "BRA", 7)]
    own = [report("import", "USA", "USA", 5), report("export", "CHN", "CHN", 5)]
    world = report("export", "CHN", "WLD", 5, partner_kind="aggregate")
    found = gaps(laboratory, [*BASE, *silent, *own, world])
    assert not any({"BRA", "WLD"} & set(one) or one[0] == one[1] for one in found)
    assert gaps(laboratory, [buys(5), sells(5, nomenclature="CPA", product_code="C26")]) == {}


def test_editions_are_compared_with_a_note(laboratory):
    exports = [row | {"nomenclature": "HS1992"} for row in BASE[1::2]]
    reports = [*BASE[::2], *exports, buys(5), sells(5, nomenclature="HS1992")]
    row = gaps(laboratory, reports)["USA", "CHN"]
    assert row["report_kind"] == "both"
    assert not row["is_same_edition"]
    assert row["edition_note"].startswith("HS2022 against HS1992")


def test_cn_codes_are_added_to_hs6_only_when_all_are_there(laboratory):
    exports = [row for row in BASE if row["flow"] == "export"]
    reports = [*exports, sells(10), buys(5, nomenclature="CN2024", product_code="85051110")]
    both = [*reports, buys(4, nomenclature="CN2024", product_code="85051190")]
    laboratory.fill(
        "cn8_code_counts", [{"nomenclature": "CN2025", "hs6_code": "850511", "cn8_code_count": 2}]
    )
    part, whole = (gaps(laboratory, one)["USA", "CHN"] for one in (reports, both))
    laboratory.fill("cn8_code_counts", [])
    uncounted = gaps(laboratory, both)["USA", "CHN"]
    assert (part["report_kind"], part["log_ratio"]) == ("unknown", None)
    assert whole["importer_value_eur"] == 9
    assert whole["log_ratio"] == pytest.approx(log(0.9), abs=1e-11)
    assert whole["is_same_edition"]
    assert uncounted["report_kind"] == "unknown"


def months(row, numbers, year=2024):
    return [row | {"frequency": "monthly", "period": f"{year}-{month:02d}"} for month in numbers]


def test_a_year_that_lacks_a_month_is_no_year(laboratory):
    whole = [one for row in [*BASE, buys(2), sells(1)] for one in months(row, range(1, 13))]
    row = gaps(laboratory, whole)["USA", "CHN"]
    assert (row["importer_value_eur"], row["exporter_value_eur"]) == (24, 12)
    assert gaps(laboratory, [one for one in whole if one["period"] != "2024-07"]) == {}


def test_an_export_is_compared_with_a_later_import(laboratory):
    """A lag of one month: December's export arrives in January."""
    reports = [one for row in BASE for one in months(row, range(1, 13)) + months(row, [1], 2025)]
    reports += months(sells(10), [12]) + months(buys(11), [1], 2025)
    gaps(laboratory, reports, frequency="monthly", lag_months=1)
    where = {"importer_code": "USA", "exporter_code": "CHN"}
    (row,) = laboratory.rows("fct_mirror_gaps", **where)
    assert (row["period"], row["report_kind"]) == ("2025-01", "both")


values = st.one_of(
    st.none(), st.just(Decimal(0)), st.integers(1, 10**12).map(lambda n: Decimal(n) / 1000)
)
SWAPPED = {
    "both": "both",
    "only_importer_reports": "only_exporter_reports",
    "only_exporter_reports": "only_importer_reports",
    "neither_reports_a_value": "neither_reports_a_value",
}


reports = several(st.tuples(values, values))


def two_reports(imported, exported):
    given = [(buys, imported), (sells, exported)]
    return BASE + [made(value) for made, value in given if value is not None]


def gaps_of_each(laboratory, cases):
    """(importer, exporter) -> row for each of several lists of reports, apart by product."""
    rows = [
        row | {"product_code": f"{case:06d}"} for case, rows in enumerate(cases) for row in rows
    ]
    laboratory.fill("mirror_source_pairs", [pair()])
    laboratory.fill("int_trade__flows", rows)
    found = [{} for _ in cases]
    for row in laboratory.rows("fct_mirror_gaps"):
        case = int(row.pop("product_code"))
        found[case][row["importer_code"], row["exporter_code"]] = row
    return found


@ten_times
@given(cases=reports, factor=st.sampled_from([2, 100]), seed=st.randoms())
def test_swapped_figures_flip_the_sign_and_neither_unit_nor_order_matters(
    laboratory, cases, factor, seed
):
    there = [two_reports(imported, exported) for imported, exported in cases]
    back = [two_reports(exported, imported) for imported, exported in cases]
    scaled = [
        two_reports(*(None if value is None else value * factor for value in case))
        for case in cases
    ]
    found = gaps_of_each(laboratory, there + back + scaled)
    rows = [found_of_case.get(("USA", "CHN")) for found_of_case in found]
    rows, swapped_rows, large_rows = (rows[n * len(cases) : (n + 1) * len(cases)] for n in range(3))
    for case, row, swapped, large in zip(cases, rows, swapped_rows, large_rows, strict=True):
        if case == (None, None):
            assert row is swapped is large is None
            continue
        assert swapped["report_kind"] == SWAPPED[row["report_kind"]]
        assert large["report_kind"] == row["report_kind"]
        for measure in ("log_ratio", "relative_gap"):
            value = row[measure]
            assert swapped[measure] == (None if value is None else -value)
            assert large[measure] == (None if value is None else pytest.approx(value, abs=1e-9))
        assert row["relative_gap"] is None or -2 <= row["relative_gap"] <= 2
    shuffled = [seed.sample(own, len(own)) for own in there + back + scaled]
    assert gaps_of_each(laboratory, shuffled) == found


def test_question_a10_says_where_third_countries_are_not_looked_at(connection):
    """Silence would pass for "none"; and all rows are there, which --all shows."""
    found = ask(connection, "a10", product="811292")
    said = r"811292: not looked at\. Looked at are \d+ codes of BACI HS92 in "
    assert re.search(said, found[0]["total_in_words"])
    assert len(found) > 10
    found = ask(connection, "a10", product="250410", reporter="DEU")
    assert "looked at for imports of the EU27 only" in found[0]["total_in_words"]
