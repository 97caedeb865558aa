"""Indicators and verdicts of dependency against plain Python, and the laws they must obey."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow as import_of
from model_laboratory import laboratory_of
from reading_kit import ask, keyed, members, picked, rows, table
from reading_kit import flows as baci

REPORTERS = ("EU27", "DEU", "NLD", "MLT", "USA", "JPN", "CHN")
OF_BACI = f"where source_id = 'baci_hs92_bilateral' and reporter_code in {REPORTERS}"
SMALL = 1_000_000
INFINITE = math.inf


def squares(amounts):
    total = sum(amounts)
    return sum((amount / total) ** 2 for amount in amounts) if total else None


def ratio(numerator, denominator):
    if denominator:
        return numerator / denominator
    return INFINITE if numerator else None


class Trade:
    """BACI as (year, product) -> importer -> exporter -> thousand USD, as exact fractions."""

    def __init__(self) -> None:
        self.members = members()
        self.flows = defaultdict(lambda: defaultdict(dict))
        for row in baci():
            exporter, importer = row["exporter_iso3"], row["importer_iso3"]
            if exporter != importer:
                cell = self.flows[row["year"], row["hs6"]][importer]
                cell[exporter] = Fraction(row["value_kusd"])
        self.world_hhi = {key: self._world_hhi(key) for key in self.flows}

    def imports(self, key, reporter):
        """Supplier -> value; of the EU27 the sum of its members."""
        if reporter != "EU27":
            return self.flows[key].get(reporter, {})
        union = defaultdict(Fraction)
        for importer in self.members & self.flows[key].keys():
            for exporter, value in self.flows[key][importer].items():
                union[exporter] += value
        return union

    def exports(self, key, reporter, *, extra_only=False):
        exporters = self.members if reporter == "EU27" else {reporter}
        return sum(
            value
            for importer, suppliers in self.flows[key].items()
            for exporter, value in suppliers.items()
            if exporter in exporters and not (extra_only and importer in self.members)
        )

    def _world_hhi(self, key):
        totals = defaultdict(Fraction)
        for suppliers in self.flows[key].values():
            for exporter, value in suppliers.items():
                totals[exporter] += value
        return squares(totals.values())

    def indicators(self, key, reporter):
        """indicator -> value, those that are defined."""
        imports = self.imports(key, reporter)
        extra = {one: value for one, value in imports.items() if one not in self.members}
        own = extra if reporter == "EU27" else imports
        if not imports or (reporter == "EU27" and not own):
            return {}
        all_exports = self.exports(key, reporter)
        found = {
            "import_hhi": squares(own.values()),
            "world_export_hhi": self.world_hhi[key],
            "chn_share_of_imports": own.get("CHN", 0) / sum(own.values()),
            "import_export_ratio": ratio(
                sum(own.values()),
                self.exports(key, reporter, extra_only=True) if reporter == "EU27" else all_exports,
            ),
        }
        if reporter == "EU27" or reporter in self.members:
            total = sum(extra.values())
            found |= {
                "cdi2": total / sum(imports.values()),
                "chn_share_extra_and_intra_eu": imports.get("CHN", 0) / sum(imports.values()),
            }
            if extra:
                found |= {
                    "cdi1": squares(extra.values()),
                    "cdi3_extra_eu_exports": ratio(
                        total, self.exports(key, reporter, extra_only=True)
                    ),
                    "cdi3_all_exports": ratio(total, all_exports),
                    "top_supplier_share_extra_eu": max(extra.values()) / total,
                    "chn_share_extra_eu": extra.get("CHN", 0) / total,
                }
        if reporter == "CHN":
            found = {name: value for name, value in found.items() if not name.startswith("chn")}
        return {name: value for name, value in found.items() if value is not None}


@pytest.fixture(scope="module")
def trade():
    return Trade()


@pytest.fixture(scope="module")
def expected(trade):
    """(reporter, product, year) -> indicator -> value."""
    return {
        (reporter, key[1], key[0]): found
        for key in list(trade.flows)
        for reporter in REPORTERS
        if (found := trade.indicators(key, reporter))
    }


@pytest.fixture(scope="module")
def disputed(connection):
    """Cells that another source contradicts: test_source_bounds says which, and by what."""
    found = rows(connection, f"from marts.fct_source_bounds {OF_BACI}")
    return {
        (row["reporter_code"], row["product_code"], row["period"])
        for row in found
        if row["agreement"] == "sources_disagree"
    }


def test_every_indicator_equals_plain_python(connection, expected, disputed):
    published = defaultdict(dict)
    for row in rows(connection, f"from marts.fct_dependency_indicators {OF_BACI}"):
        key = row["reporter_code"], row["product_code"], row["period"]
        published[key][row["indicator_id"]] = row
    assert published.keys() == expected.keys()
    assert len(expected) > 2000
    for key, indicators in expected.items():
        assert published[key].keys() - {"fragile_network_parts"} == indicators.keys(), key
        for name, value in indicators.items():
            row = published[key][name]
            assert row["value"] == pytest.approx(float(value), rel=1e-11, abs=1e-15), (key, name)
            assert row["is_infinite"] == (value == INFINITE)
            # All partners are known in BACI: no bounds but the value and the other reading.
            assert row["value_low"] <= row["value"] <= row["value_high"], (key, name)
            assert key in disputed or row["value_low"] == row["value_high"], (key, name)


# --- verdicts -----------------------------------------------------------------------------


def meets(value, comparison, threshold):
    if value is None:
        return None
    return value >= threshold if comparison == ">=" else value > threshold


def both(answers):
    """Three-valued and."""
    answers = list(answers)
    if False in answers:
        return False
    return None if None in answers else True


def verdict(definition, conditions, of_year, year):
    """What a definition says of a reporter and product; `of_year` gives indicators of a year."""

    def judge(indicators):
        return both(
            meets(
                indicators.get(one["indicator_id"]), one["comparison"], Fraction(one["threshold"])
            )
            for one in conditions
        )

    window = int(definition["window_years"])
    years = [of_year(str(number)) for number in range(int(year) - window + 1, int(year) + 1)]
    if definition["year_rule"] == "year":
        return judge(years[-1])
    if definition["year_rule"] == "mean":
        means = {}
        for one in conditions:
            values = [indicators.get(one["indicator_id"]) for indicators in years]
            if None not in values:
                means[one["indicator_id"]] = (
                    INFINITE if INFINITE in values else sum(values) / len(values)
                )
        return judge(means)
    judged = [judge(indicators) for indicators in years]
    needed = int(definition["years_needed"])
    if judged.count(True) >= needed:
        return True
    return False if judged.count(False) > window - needed else None


def test_every_verdict_follows_from_the_definitions(connection, trade, expected, disputed):
    strategic = {row["product_code"] for row in table("strategic_products")}
    cell = "reporter_code product_code period"
    of_all = f"from marts.fct_import_concentration {OF_BACI} and supplier_scope = 'all'"
    imported = keyed(rows(connection, of_all), cell)
    conditions = defaultdict(list)
    for row in table("dependency_conditions"):
        conditions[row["definition_id"]].append(row)
    verdicts = rows(connection, f"from marts.fct_dependency_verdicts {OF_BACI}")
    published = keyed(verdicts, f"{cell} definition_id")
    fragile = keyed(
        rows(
            connection,
            "select product_code, period, value as fragile_network_parts"
            " from marts.fct_dependency_indicators"
            " where indicator_id = 'fragile_network_parts' and reporter_code = 'EU27'",
        ),
        "product_code period",
    )
    asked, definitions = set(), table("dependency_definitions")
    for reporter, product, year in expected:
        is_eu = reporter == "EU27" or reporter in trade.members
        for definition in definitions:
            name, audience = definition["definition_id"], definition["applies_to"]
            # A definition about a named partner says nothing of that partner.
            named = {one["partner_iso3"] for one in conditions[name]}
            if (
                (audience == "eu" and not is_eu)
                or (audience == "strategic_raw_materials" and reporter != "EU27")
                or reporter in named
            ):
                continue
            row = published.get((reporter, product, year, name))
            if row is None:
                assert not is_eu
                assert imported[reporter, product, year]["import_value_eur"] < SMALL
                continue
            asked.add((reporter, product, year, name))
            told = verdict(
                definition,
                conditions[name],
                lambda a_year, r=reporter, p=product: {
                    **expected.get((r, p, a_year), {}),
                    **fragile.get((p, a_year), {}),
                },
                year,
            )
            if audience == "strategic_raw_materials" and product not in strategic:
                assert (row["is_dependent"], row["certainty"]) == (None, "not_applicable")
            elif row["import_value_eur"] is None or row["import_value_eur"] < SMALL:
                assert (row["is_dependent"], row["certainty"]) == (None, "small_cell")
            elif row["certainty"] == "sources_disagree":
                years = {str(int(year) - back) for back in range(int(definition["window_years"]))}
                assert any((reporter, product, one) in disputed for one in years)
                assert row["is_dependent"] in (told, None)
            else:
                assert row["is_dependent"] == told, (reporter, product, year, name, row)
                assert (row["certainty"] == "unknown") == (told is None)
    assert published.keys() == asked


# --- question A5 --------------------------------------------------------------------------


MAGNETS = {
    "cbs_concentrated": True, "cepii_geodep": True, "crm_act_65": None,
    "ec_2021_all_exports": True, "ec_2021_extra_eu_exports": True, "ec_2023_four_years": True,
    "iw_2025": True, "merics_2020": True, "merics_mtdd": True,
}  # fmt: skip


def test_a5_shows_definitions_with_values_thresholds_and_verdicts(connection):
    """Magnets, EU27, 2024: dependent under all that can tell, no strategic raw material."""
    answer = ask(connection, "a05", product="850511", year="2024")
    judged = [row for row in answer if row["is_dependent"] is not None]
    assert len({row["definition_name"] for row in judged}) >= 6
    assert all(row["value"] is not None and row["threshold"] is not None for row in judged)
    assert all(row["reason"] and row["certainty"] for row in answer)
    published = connection.execute(
        "select definition_id, is_dependent from marts.fct_dependency_verdicts"
        " where reporter_code = 'EU27' and product_code = '850511' and period = '2024'"
    ).fetchall()
    assert MAGNETS.items() <= dict(published).items()
    years = ask(connection, "a05", product="850511", **{"from": "2022"})
    assert [row["period"] for row in years] == sorted((r["period"] for r in years), reverse=True)
    of_2024 = [row for row in years if row["period"] == "2024" and row["source_role"] == "used"]
    assert of_2024 == [row for row in answer if row["source_role"] == "used"]
    assert {row["period"] for row in years} == {"2022", "2023", "2024"}


def test_disagreements_are_listed_by_the_number_of_conflicting_definitions(connection):
    found = rows(connection, "from reports.rpt_dependency_disagreements")
    counts = [row["conflicting_count"] for row in found]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] >= 1
    for row in found[:200]:
        dependent = row["dependent_under"].split(", ")
        other = row["not_dependent_under"].split(", ")
        assert set(dependent).isdisjoint(other)
        assert (len(dependent), len(other)) == (row["dependent_count"], row["not_dependent_count"])
        assert row["conflicting_count"] == min(len(dependent), len(other))


# --- made-up trade ------------------------------------------------------------------------

laboratory = laboratory_of(
    "fct_dependency_verdicts", "fct_dependency_indicators", "fct_import_concentration",
    stand_ins=["int_trade__flows", "int_trade__product_networks"],
    bundled=["dependency_definitions", "dependency_conditions", "strategic_products",
             "eu_membership"],
)  # fmt: skip


def flow(importer, exporter, value, **other):
    baci = {"source_id": "baci_hs92_bilateral", "nomenclature": "HS1992"}
    return import_of(importer, exporter, value, **baci | other)


def indicators_of_each(laboratory, cases, reporter="EU27"):
    """The indicators of each of several lists of flows, told apart by their product."""
    products = [f"{case:06d}" for case in range(len(cases))]
    laboratory.fill(
        "int_trade__flows",
        [
            one | {"product_code": product}
            for product, flows in zip(products, cases, strict=True)
            for one in flows
        ],
    )
    found = {product: {} for product in products}
    for row in laboratory.rows("fct_dependency_indicators", reporter_code=reporter):
        found[row["product_code"]][row["indicator_id"]] = row["value"]
    return list(found.values())


def verdicts_of(laboratory, reporter="EU27", period="2024"):
    where = {"reporter_code": reporter, "period": period}
    return keyed(laboratory.rows("fct_dependency_verdicts", **where), "definition_id")


def test_unknown_partners_are_bounds_and_not_zero(laboratory):
    """China may have all of it or none: the reason says so, and shares get bounds."""
    flows = [flow("DEU", "QX", 5e6, partner_kind="pseudo_partner"), flow("FRA", "DEU", 5e6)]
    laboratory.fill("int_trade__flows", flows)
    found = laboratory.rows("fct_dependency_indicators", reporter_code="EU27")
    # The unknown part may have come from members.
    bounds = {("cdi1", 0, 1), ("chn_share_extra_eu", 0, 1), ("cdi2", 0, 0.5)}
    assert bounds <= set(picked(found, "indicator_id value_low value_high"))
    said = verdicts_of(laboratory)["merics_2020"]
    assert said["is_dependent"] is None
    assert "chn share extra eu 0 to 1 leaves open" in said["reason"]


def test_a_definition_about_a_partner_says_nothing_of_that_partner(laboratory):
    """Neither where it is the only condition nor where it is one of three."""
    flows = [flow("CHN", "USA", 9e6), flow("CHN", "DEU", 1e6), flow("JPN", "USA", 5e6)]
    laboratory.fill("int_trade__flows", flows)
    assert "merics_mtdd" not in verdicts_of(laboratory, reporter="CHN")
    assert "merics_mtdd" in verdicts_of(laboratory, reporter="JPN")
    assert "cbs_concentrated" in verdicts_of(laboratory, reporter="CHN")


def test_the_floor_looks_at_the_imports_that_the_definition_is_about(laboratory):
    """Little from outside the EU, much from members: too small for one, enough for the other."""
    flows = [flow("AUT", "CHN", 600_000), flow("AUT", "DEU", 48e6)]
    laboratory.fill("int_trade__flows", flows)
    said = verdicts_of(laboratory, reporter="AUT")
    assert (said["merics_2020"]["certainty"], said["merics_2020"]["import_value_eur"]) == (
        "small_cell", 600_000,
    )  # fmt: skip
    assert said["iw_2025"]["import_value_eur"] == 48_600_000
    assert said["iw_2025"]["is_dependent"] is False


def test_strategic_is_a_code_and_not_what_shares_its_first_six_digits(laboratory):
    """Niobium, 81129240, is part of 811292, which holds gallium; it is not strategic."""
    cn8 = {"source_id": "comext_cn8_imports", "nomenclature": "CN2024", "reporter_code": "EU27"}
    flows = [
        flow("EU27", "BRA", 9e6, product_code="81129240", **cn8),
        flow("EU27", "CHN", 9e6, product_code="81129289", **cn8),
        flow("EU27", "CHN", 9e6, product_code="811292", **cn8),
    ]
    laboratory.fill("int_trade__flows", flows)
    where = {"definition_id": "crm_act_65", "reporter_code": "EU27"}
    said = {row["product_code"]: row for row in laboratory.rows("fct_dependency_verdicts", **where)}
    assert said["81129240"]["certainty"] == "not_applicable"
    assert said["81129289"]["is_dependent"] is True
    assert not said["81129289"]["reason"].startswith("the code holds")
    assert said["811292"]["reason"].startswith("the code holds gallium among other goods")


def test_an_open_condition_decides_before_one_that_is_met(laboratory):
    """Comext tells no exports: cdi3 is open, and the verdict names it."""
    cn8 = {"source_id": "comext_cn8_imports", "nomenclature": "CN2024", "reporter_code": "EU27"}
    laboratory.fill(
        "int_trade__flows",
        [flow("EU27", "CHN", 9e6, **cn8), flow("EU27", "XX", 1e6, partner_kind="intra_eu", **cn8)],
    )
    said = verdicts_of(laboratory)["ec_2021_extra_eu_exports"]
    assert (said["is_dependent"], said["conditions_met"]) == (None, 2)
    # And says no value: another condition's would pass for its own.
    decisive = (said["decisive_indicator_id"], said["decisive_value"])
    assert decisive == ("cdi3_extra_eu_exports", None)


def test_bounds_that_straddle_a_threshold_give_no_verdict(laboratory):
    """Half from one supplier, a fifth unknown: the HHI can lie on both sides of 0.4."""
    known = [flow("DEU", "CHN", 5e6), flow("DEU", "USA", 3e6)]
    unknown = flow("DEU", "QX", 2e6, partner_kind="pseudo_partner")
    laboratory.fill("int_trade__flows", [*known, unknown])
    where = {"reporter_code": "EU27", "indicator_id": "cdi1"}
    (row,) = laboratory.rows("fct_dependency_indicators", **where)
    assert row["value_low"] < 0.4 < row["value_high"]
    said = verdicts_of(laboratory)
    assert said["ec_2021_extra_eu_exports"]["is_dependent"] is None
    assert said["merics_2020"]["is_dependent"] is None


def test_means_need_every_year_and_counts_do_not(laboratory):
    trade = [("DEU", "CHN", 5e6), ("USA", "DEU", 1e6), ("USA", "CHN", 8e6)]
    years = ("2021", "2023", "2024")
    laboratory.fill(
        "int_trade__flows", [flow(*one, period=year) for year in years for one in trade]
    )
    said = verdicts_of(laboratory)
    assert said["ec_2023_four_years"]["certainty"] == "unknown"
    assert "cdi1 not known, 3 of 4 years at hand," in said["ec_2023_four_years"]["reason"]
    # Two good years of three are enough, 2022 is missing.
    assert said["cepii_geodep"]["is_dependent"] is True
    assert verdicts_of(laboratory, period="2021")["cepii_geodep"]["is_dependent"] is None


def test_editions_are_kept_apart(laboratory):
    """Four years in two editions are not four years."""
    years = {"2021": "HS1992", "2022": "HS1992", "2023": "HS2017", "2024": "HS2017"}
    flows = [flow("DEU", "CHN", 5e6, period=one, nomenclature=two) for one, two in years.items()]
    laboratory.fill("int_trade__flows", flows)
    where = {"reporter_code": "EU27", "definition_id": "ec_2023_four_years"}
    found = laboratory.rows("fct_dependency_verdicts", **where)
    assert len(found) == 4
    assert all(row["is_dependent"] is None for row in found)


def test_a_definition_is_added_as_data(laboratory):
    """No model changes: a row for the definition and one for its condition."""
    laboratory.fill("int_trade__flows", [flow("DEU", "JPN", 9e6), flow("DEU", "CHN", 1e6)])
    definitions, conditions = table("dependency_definitions"), table("dependency_conditions")
    new = definitions[0] | {
        "definition_id": "japan_half", "year_rule": "year", "window_years": "1",
        "years_needed": "1", "applies_to": "all", "import_base": "own_imports",
    }  # fmt: skip
    condition = {
        "definition_id": "japan_half", "condition_number": "1", "comparison": ">=",
        "indicator_id": "jpn_share_of_imports", "threshold": "0.5", "partner_iso3": "JPN",
        "threshold_basis": "made up",
    }  # fmt: skip
    laboratory.fill("dependency_definitions", [*definitions, new])
    laboratory.fill("dependency_conditions", [*conditions, condition])
    said = verdicts_of(laboratory)["japan_half"]
    laboratory.fill_bundled("dependency_definitions", "dependency_conditions")
    assert (said["is_dependent"], said["decisive_value"]) == (True, 0.9)


amounts = st.integers(1, 10**9)
countries = st.sampled_from(["CHN", "USA", "JPN", "DEU", "FRA", "NLD"])
trades = st.dictionaries(
    st.tuples(countries, countries).filter(lambda pair: pair[0] != pair[1]),
    amounts,
    min_size=1,
    max_size=12,
)


def as_flows(trade):
    return [flow(importer, exporter, value) for (importer, exporter), value in trade.items()]


@ten_times
@given(cases=several(trades))
def test_intra_eu_trade_never_changes_extra_eu_figures(laboratory, cases):
    extra_only = (
        "cdi1", "cdi3_extra_eu_exports", "top_supplier_share_extra_eu", "chn_share_extra_eu",
    )  # fmt: skip
    members = {"DEU", "FRA", "NLD"}
    without = [
        {pair: value for pair, value in trade.items() if not set(pair) <= members}
        for trade in cases
    ]
    found = indicators_of_each(laboratory, [as_flows(trade) for trade in cases + without])
    for with_intra, alone in zip(found[: len(cases)], found[len(cases) :], strict=True):
        for name in extra_only:
            assert with_intra.get(name) == alone.get(name)


@ten_times
@given(cases=several(trades), factor=st.integers(2, 1000), seed=st.randoms())
def test_neither_scale_nor_order_changes_an_indicator(laboratory, cases, factor, seed):
    flows = [as_flows(trade) for trade in cases]
    scaled = [as_flows({pair: value * factor for pair, value in trade.items()}) for trade in cases]
    found = indicators_of_each(laboratory, flows + scaled)
    for before, after in zip(found[: len(cases)], found[len(cases) :], strict=True):
        assert after == pytest.approx(before, rel=1e-11)
    shuffled = [seed.sample(rows, len(rows)) for rows in flows + scaled]
    assert indicators_of_each(laboratory, shuffled) == found
