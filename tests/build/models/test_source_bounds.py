"""What two sources allow of each other: worked out again in Python from the partner shares."""

from __future__ import annotations

from collections import defaultdict

import pytest
from editions_oracle import Code, Editions, read_steps
from reading_kit import ask, rows, table

SCOPE = "supplier_scope = if(reporter_code = 'EU27', 'extra_eu', supplier_scope)"
CELL = ["reporter_code", "supplier_scope", "source_id", "product_code", "period"]


@pytest.fixture(scope="module")
def bounds(connection):
    """(importer, scope, source, code, year) -> supplier -> row."""
    found = defaultdict(dict)
    for row in rows(connection, "from marts.fct_source_bounds"):
        found[tuple(row[name] for name in CELL)][row["partner_iso3"]] = row
    return dict(found)


@pytest.fixture(scope="module")
def limits():
    return {
        row["threshold_id"]: float(row["threshold_value"]) for row in table("change_thresholds")
    }


@pytest.fixture(scope="module")
def sides(connection):
    """Reconciled cells with the declared values beside them: cell -> (own, declared, codes)."""
    traits = {row["source_id"]: row for row in table("trade_sources")}
    flows = defaultdict(dict)
    for row in rows(
        connection,
        f"""
        from marts.fct_partner_shares
        where length(period) = 4 and import_value_eur > 0 and {SCOPE}
        """,
    ):
        if traits[row["source_id"]]["partners"] == "all":
            code = Code(row["nomenclature"], row["product_code"])
            key = *(row[name] for name in CELL[:3]), code, row["period"]
            flows[key][row["partner_iso3"]] = row["import_value_eur"]
    partly = {
        (row["reporter_code"], row["source_id"], row["product_code"], row["period"])
        for row in rows(
            connection, "from marts.fct_import_concentration where coverage is not null"
        )
    }
    editions = Editions(read_steps())
    declared = defaultdict(list)
    for (reporter, scope, source, code, year), suppliers in flows.items():
        if traits[source]["procedure"] in ("normal", "special", "general"):
            declared[reporter, scope, year].append((source, code, suppliers))
    found = {}
    # A source that has the goods from elsewhere has none from outside the EU where it says so.
    for reporter, scope, source, code, year in list(flows):
        if scope == "all":
            flows.setdefault((reporter, "extra_eu", source, code, year), {})
    for (reporter, scope, source, code, year), own in flows.items():
        is_reconciled = traits[source]["procedure"] == "reconciled" and len(code.code) == 6
        if not is_reconciled or (reporter, source, code.code, year) in partly:
            continue
        least, codes = defaultdict(lambda: defaultdict(float)), defaultdict(set)
        for other, part, suppliers in declared[reporter, scope, year]:
            if editions.link(code.subheading, part.subheading) in ("same", "part_of"):
                codes[other].add(part.code)
                for supplier, value in suppliers.items():
                    least[other][supplier] += value
        if least:
            best = max(least, key=lambda name: sum(least[name].values()))
            found[reporter, scope, source, code.code, year] = own, least[best], codes[best]
    return found


def beyond(own, least, limits):
    """Supplier -> how far its flow lies outside what the declared values allow, of the total."""
    larger, ratio = max(sum(own.values()), sum(least.values())), limits["bound_value_ratio"]
    found = {}
    for supplier in own.keys() | least.keys():
        value, floor = own.get(supplier, 0), least.get(supplier, 0)
        ceiling = larger - (sum(least.values()) - floor)
        over = value - ceiling if value > ratio * ceiling else 0
        found[supplier] = max(floor - value if floor > ratio * value else 0, over) / larger
    return found


def test_both_readings_of_each_cell_are_those_of_python(connection, bounds, sides, limits):
    is_member = dict(
        connection.execute("select country_iso3, is_eu27_member from marts.dim_country").fetchall()
    )
    # Whom nobody supplies from outside the EU has nothing to compare.
    sides = {
        key: side
        for key, side in sides.items()
        if key[1] == "extra_eu"
        or (*key[:1], "extra_eu", *key[2:]) in sides
        or not is_member[key[0]]
    }
    reconciled = {key: own for key, own in bounds.items() if len(key[3]) == 6}
    assert reconciled.keys() == sides.keys()
    judged = {}
    for key, (own, least, codes) in sides.items():
        larger, found = max(sum(own.values()), sum(least.values())), reconciled[key]
        assert found.keys() == own.keys() | least.keys()
        for supplier, row in found.items():
            low = least.get(supplier, 0) / larger
            rest = 1 - sum(least.values()) / larger
            assert row["other_share_low"] == pytest.approx(low, abs=1e-7)
            assert row["other_share_high"] == pytest.approx(low + rest, abs=1e-7)
            assert set(row["other_product_codes"].split(" + ")) >= codes
        hhi = sum((value / larger) ** 2 for value in least.values())
        assert row["other_hhi_low"] == pytest.approx(hhi)
        judged[key] = (
            "small"
            if larger < limits["small_cell"]
            else max(beyond(own, least, limits).values()) > limits["bound_part_of_total"]
        )
    for key, found in reconciled.items():
        # Within the EU partners of the two mean different things: those outside decide.
        scope = "extra_eu" if (*key[:1], "extra_eu", *key[2:]) in judged else "all"
        wanted = judged[key[0], scope, *key[2:]]
        said = {row["agreement"] for row in found.values()}
        assert len(said) == 1
        assert (said == {"small_cell"}, said == {"sources_disagree"}) == (
            wanted == "small", wanted is True,
        )  # fmt: skip


def test_bounds_are_intervals_that_hold_what_is_declared(bounds):
    for found in bounds.values():
        assert sum(row["other_share_low"] for row in found.values()) <= 1 + 1e-9
        for row in found.values():
            assert -1e-9 <= row["other_share_low"] <= row["other_share_high"] + 1e-9 <= 1 + 2e-9
            assert row["other_hhi_low"] <= row["other_hhi_high"] + 1e-9
        assert [row["is_furthest"] for row in found.values()].count(True) == 1


def test_named_contradictions_are_found(bounds):
    """Of graphite from China BACI has 0.5 million of at least 15; of Brazil's metals 0.9 of 68."""
    for reporter, code, supplier, least, most in [
        ("EU27", "250490", "CHN", 15.06, 0.46),
        ("EU27", "811292", "BRA", 68.3, 0.95),
        ("NLD", "811292", "BRA", 68.2, 0.1),
        ("NLD", "280429", "QAT", 114, 1.6),
        ("SVN", "251010", "MAR", 31.1, 2.2),
        ("HRV", "280469", "BIH", 28.6, 1.7),
    ]:
        row = bounds[reporter, "extra_eu", "baci_hs17_bilateral", code, "2024"][supplier]
        assert row["agreement"] == "sources_disagree"
        assert row["other_import_value_eur"] / 1e6 >= least
        assert row["import_value_eur"] / 1e6 <= most


def test_a_verdict_stands_only_where_both_readings_give_it(connection, bounds):
    """Of definitions with one condition on the importer's own shares."""
    wanted = {"cbs_concentrated": "hhi", "merics_2020": "CHN"}
    stands = set()
    for row in rows(connection, "from marts.fct_dependency_verdicts"):
        name, reporter = row["definition_id"], row["reporter_code"]
        is_extra = name == "merics_2020" or reporter == "EU27"
        key = (
            reporter, "extra_eu" if is_extra else "all",
            row["source_id"], row["product_code"], row["period"],
        )  # fmt: skip
        found = bounds.get(key, {})
        if {one["agreement"] for one in found.values()} != {"sources_disagree"}:
            assert name not in wanted or row["certainty"] != "sources_disagree"
            continue
        if name not in wanted or row["certainty"] == "small_cell":
            continue
        assert row["certainty"] == "sources_disagree"
        some = next(iter(found.values()))
        if wanted[name] == "hhi":
            low, high = some["other_hhi_low"], some["other_hhi_high"]
            own = sum(one["value_share"] ** 2 for one in found.values())
        elif "CHN" in found:
            one = found["CHN"]
            low, high, own = one["other_share_low"], one["other_share_high"], one["value_share"]
        else:
            low, high, own = 0, some["other_top_share_high"] - some["other_top_share_low"], 0
        limit = row["decisive_threshold"]
        meets = {value >= limit if name == "cbs_concentrated" else value > limit
                 for value in (low, high, own)}  # fmt: skip
        assert row["is_dependent"] == (meets.pop() if len(meets) == 1 else None), row
        stands.add(row["is_dependent"])
    assert stands == {True, False, None}


def test_ranks_and_changes_that_would_turn_say_so(connection):
    """By declared values the Netherlands buys 8 % of these metals in China, not 77."""
    members = {row["reporter"]: row for row in ask(connection, "a05d", product="811292")}
    assert members["NLD"]["certainty"] == "sources_disagree"
    assert members["NLD"]["other_share_to_pct"] < 20 < members["NLD"]["share_pct"]
    assert "would turn with the source" in members["NLD"]["total_in_words"]
    (magnets,) = {row["total_in_words"] for row in ask(connection, "a05d", product="850511")}
    assert "disagree" not in magnets
    changes = ask(connection, "a06", product="811292", partner="CHN")
    told = {row["product_code"]: row for row in changes}["811292"]
    assert (told["verdict"], told["crossing"]) == ("sources_disagree", "sources_disagree")
    assert told["other_after_to_pct"] < told["share_after_pct"]
    (suppliers,) = {row["certainty"] for row in ask(connection, "a05b", product="811292")}
    assert suppliers == "sources_disagree"
    agreed = {row["total_in_words"] for row in ask(connection, "a05", product="250490")}
    assert any("Two sources agree: by Comext" in (said or "") for said in agreed)
