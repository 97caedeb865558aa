"""Who gained what the largest supplier lost: reckoned again in Python, row by row, and its laws."""

from __future__ import annotations

from collections import defaultdict

import duckdb
import pytest
from reading_kit import keyed, picked, rows

CASES = [
    ("EU27", "2022", "2024", "extra_eu"),
    ("EU27", "2019", "2021", "all"),
    ("DEU", "2022", "2024", "extra_eu"),
    ("NLD", "2017", "2019", "all"),
]
KEY = "source_id nomenclature product_code"


def asked(connection, macro, case):
    sql = f"from reports.{macro}(?, ?, ?, supplier_scope := ?, as_of := date '2026-01-15')"
    return rows(connection, sql, *case)


def losses(connection, case):
    """Product -> its largest supplier of the first year, its loss, imports and parts."""
    found = rows(
        connection,
        "from marts.fct_derisking where is_top_before and reporter_code = ? and base_period = ?"
        " and period = ? and supplier_scope = ?",
        *case,
    )
    return keyed(found, KEY)


def rises(connection, case):
    """Product -> supplier -> share gained; and those of them of whom it is not known."""
    found, unknown = defaultdict(dict), set()
    for row in rows(
        connection,
        "from marts.fct_hhi_changes where reporter_code = ? and base_period = ? and period = ?"
        " and supplier_scope = ?",
        *case,
    ):
        rise = (row["value_share_after"] or 0) - (row["value_share_before"] or 0)
        if rise > 0:
            (key,) = picked([row], KEY)
            found[key][row["partner_iso3"]] = rise
            if row["change_kind"] in ("unknown_partner", "newly_listed"):
                unknown.add((*key, row["partner_iso3"]))
    return found, unknown


@pytest.mark.parametrize("case", CASES)
def test_gains_and_summary_are_those_of_an_oracle(connection, case):
    tops, (gained, unknown) = losses(connection, case), rises(connection, case)
    rank = dict(
        connection.execute("select country_iso3, governance_rank from marts.dim_country").fetchall()
    )
    weak = 2 * max(filter(None, rank.values())) / 3
    expected, totals = {}, defaultdict(lambda: defaultdict(float))
    for key, row in tops.items():
        total = totals[key[0]]
        total["products"] += 1
        change, imports = row["value_share_change"], row["import_value_after_eur"]
        if change is None or row["verdict"] in ("unclear", "sources_disagree"):
            continue
        total["comparable_products"] += 1
        total["imports_eur"] += imports
        total["moved_away_eur"] += max(0, -change) * imports
        total["moved_towards_eur"] += max(0, change) * imports
        if change >= 0:
            continue
        total["products_away"] += 1
        for part in ("volume", "supplier_mix", "price"):
            total[f"{part}_eur"] -= (row[f"{part}_effect"] or 0) * imports
        others = {name: r for name, r in gained[key].items() if name != row["partner_iso3"]}
        for name, rise in others.items():
            part = -change * imports * rise / sum(others.values())
            expected[(*key, name)] = part
            if (*key, name) in unknown or rank.get(name) is None:
                total["unranked_eur"] += part
            elif rank[name] > weak:
                total["weakly_governed_eur"] += part
    gains = keyed(asked(connection, "derisking_gains", case), f"{KEY} gainer_iso3")
    found = {key: row["gained_eur"] for key, row in gains.items()}
    assert found == pytest.approx(expected, rel=1e-9)
    assert expected
    summary = {row["source_id"]: row for row in asked(connection, "derisking_summary", case)}
    assert set(summary) == set(totals)
    for source, total in totals.items():
        row = summary[source]
        for name, value in total.items():
            assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-3), name
        assert f"supplier of {case[1]} (" in row["answer"], "of several none is named"
        # Parts add to what moved away.
        moved = row["moved_away_eur"]
        split = sum(row[f"{part}_eur"] for part in ("volume", "supplier_mix", "price", "unsplit"))
        assert split == pytest.approx(moved, abs=1e-3)
        gains = sum(value for key, value in found.items() if key[0] == source)
        assert gains + row["unexplained_eur"] == pytest.approx(moved, abs=1e-3)
        for part in ("restricted", "weakly_governed", "unranked"):
            assert 0 <= row[f"{part}_eur"] <= moved + 1e-3


def test_a_country_that_gains_and_restricts_is_named_with_its_measure(connection):
    """China gained in goods of No. 10/2025."""
    for row in asked(connection, "derisking_gains", CASES[0]):
        for measure in (row["own_measure_ids"] or "").split("; "):
            if measure:
                restricts = connection.execute(
                    "select count(*) from marts.bridge_measure_exporters"
                    " where measure_id = ? and country_iso3 = ?",
                    [measure, row["gainer_iso3"]],
                ).fetchone()
                assert restricts == (1,)
    found = picked(asked(connection, "derisking_gains", CASES[0]), "gainer_iso3 own_measure_ids")
    assert ("CHN", "CN-2025-10") in found


def test_who_was_not_listed_before_is_not_said_to_have_gained(connection):
    """A list of the largest partners: who is new on it may have sold as much before."""
    case = ("EU27", "2019", "2021", "extra_eu")
    found = [row for row in asked(connection, "derisking_gains", case) if row["is_gain_unknown"]]
    assert found
    assert all(row["share_before"] is None for row in found)
    summary = {row["source_id"]: row for row in asked(connection, "derisking_summary", case)}
    for row in found:
        assert summary[row["source_id"]]["unranked_eur"] >= row["gained_eur"]
        assert "lists the largest partners only" in summary[row["source_id"]]["answer"]


def test_a_span_without_changes_has_no_answer(connection):
    assert asked(connection, "derisking_summary", ("EU27", "2014", "2024", "extra_eu")) == []
    with pytest.raises(duckdb.Error, match="there is no place"):
        asked(connection, "derisking_summary", ("Atlantis", "2022", "2024", "extra_eu"))


def test_small_trade_is_no_finding(connection):
    """Of one code: what is said of a source whose trade in it is small has no reading."""
    case, codes = ("EU27", "2022", "2024", "extra_eu"), {}
    for (source, _, code), row in losses(connection, case).items():
        codes.setdefault(code, {})[source] = row["is_small_cell"]
    code = min(code for code, sources in codes.items() if any(sources.values()))
    sql = "from reports.derisking_summary('EU27', '2022', '2024', codes := [?])"
    told = {row["source_id"]: row["answer"] for row in rows(connection, sql, code)}
    small = {source for source, answer in told.items() if "little trade for a find" in answer}
    assert small == {source for source in told if codes[code][source]}
    assert small
    assert not [answer for answer in map(told.get, small) if "By the same reckoning" in answer]
