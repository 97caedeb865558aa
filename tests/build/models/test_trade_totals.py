"""Totals of trade under law: counted again in Python, their laws, and one sentence everywhere."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter, defaultdict

import duckdb
import pytest
from reading_kit import ask, rows
from typer.testing import CliRunner

from chokepoint.cli.app import app

DAY = dt.date(2025, 11, 15)
REPORTERS = ("EU27", "DEU", "CHN")
TOTALS = "select * from reports.trade_totals(?, ?, ?, null)"


@pytest.fixture
def connection(published):
    """Closed before the command line opens the file in this process, in a way of its own."""
    return published


def by_clause(found):
    grouped = defaultdict(list)
    for row in found:
        grouped[row["measure_id"], row["clause_id"]].append(row)
    return grouped


class Tables:
    """What the counts are made of, as the published file has it."""

    def __init__(self, connection):
        self.states = rows(
            connection,
            """
            from marts.fct_measure_states inner join marts.dim_measure_state using (state)
            where is_standing and claim_group = 'base' and valid_from <= ? and known_from <= ?
                and (valid_to is null or valid_to > ?) and (known_to is null or known_to > ?)
            """,
            *[DAY] * 4,
        )
        self.importers = rows(
            connection,
            "from marts.bridge_measure_destinations where known_from <= ?"
            " and (known_to is null or known_to > ?)",
            DAY, DAY,
        )  # fmt: skip
        self.exporters = defaultdict(set)
        for row in rows(connection, "from marts.bridge_measure_exporters"):
            self.exporters[row["measure_id"]].add(row["country_iso3"])
        # (measure, clause) -> rows.
        self.products, self.coverage = (
            by_clause(rows(connection, f"from marts.{name}"))
            for name in ("bridge_measure_products", "bridge_product_coverage")
        )
        self.items = rows(connection, "from marts.dim_measure_scope where coverage = 'none_listed'")
        self.traded = defaultdict(set)
        for row in rows(
            connection,
            "select distinct reporter_code, nomenclature, product_code"
            " from marts.fct_import_weights where period < ?",
            str(DAY.year),
        ):
            self.traded[row["reporter_code"]].add((row["nomenclature"], row["product_code"]))

    def clauses(self, reporter):
        """(measure, clause, state) of what is addressed to the importer."""
        key = ("measure_id", "clause_id", "destination")
        addressed = {
            tuple(row[name] for name in key)
            for row in self.importers
            if row["country_code"] == reporter
        }
        for state in self.states:
            if tuple(state[name] for name in key) in addressed:
                yield state["measure_id"], state["clause_id"], state["state"]

    def listed(self, measure, clause, nomenclature):
        return {
            row["product_code"]
            for row in self.products[measure, clause]
            if row["nomenclature"] == nomenclature
        }

    def has_figures(self, reporter, measure, clause, code):
        """Of the subheading in some edition, or of each CN code that the clause lists in it."""
        own = [
            row
            for row in self.coverage[measure, clause]
            if (row["nomenclature"], row["product_code"]) in self.traded[reporter]
        ]
        if any(
            row["nomenclature_family"] == "HS"
            and row["link"] in ("same", "holds")
            and code in row["listed_codes"].split("; ")
            for row in own
        ):
            return True
        parts = {part for part in self.listed(measure, clause, "CN2025") if part[:6] == code}
        known = {
            row["product_code"]
            for row in own
            if row["nomenclature_family"] == "CN" and row["link"] == "same"
        }
        return bool(parts) and parts <= known


@pytest.fixture(scope="module")
def tables(full_build):
    with full_build.connect() as connection:
        return Tables(connection)


@pytest.mark.parametrize("reporter", REPORTERS)
def test_codes_are_those_of_the_clauses_addressed_to_the_importer(connection, tables, reporter):
    listed, lacking, items = defaultdict(set), defaultdict(set), defaultdict(set)
    for measure, clause, state in tables.clauses(reporter):
        if not tables.exporters[measure]:
            continue
        for code in tables.listed(measure, clause, "HS2022"):
            listed[state].add(code)
            if not tables.has_figures(reporter, measure, clause, code):
                lacking[state].add(code)
        items[state] |= {i["scope_id"] for i in tables.items if i["measure_id"] == measure}
    found = {row["state"]: row for row in rows(connection, TOTALS, reporter, None, DAY)}
    assert listed["in_force"]
    assert lacking["in_force"]
    assert {
        state: (row["codes_listed"], row["codes_with_trade"], row["items_without_code"])
        for state, row in found.items()
        if row["codes_listed"] or row["items_without_code"]
    } == {
        state: (len(listed[state]), len(listed[state] - lacking[state]), len(items[state]))
        for state in listed.keys() | items.keys()
        if listed[state] or items[state]
    }


def test_a_listed_code_stands_with_the_day_since_when(connection):
    """The day of effect of its act, of codes with figures and without."""
    days = {"81129289": dt.date(2023, 8, 1), "850511": dt.date(2025, 4, 4),
            "282580": dt.date(2024, 9, 15)}  # fmt: skip
    found = ask(connection, "a04", as_of=DAY)
    for code, day in days.items():
        assert {row["valid_from"] for row in found if row["product_code"] == code
                and row["state"] == "in_force"} == {day}  # fmt: skip
    listed = rows(connection, "from reports.listed_codes('EU27', 'CHN', ?, null)", DAY)
    assert all(row["valid_from"] <= DAY for row in (*listed, *found) if row["state"] == "in_force")


@pytest.mark.parametrize("partner", [None, "CHN"])
@pytest.mark.parametrize("reporter", ["EU27", "DEU", "USA", "GBR"])
def test_amounts_are_sums_of_rows_and_bound_only_what_has_figures(connection, reporter, partner):
    sums = defaultdict(lambda: [0, 0])
    for row in rows(
        connection,
        "from reports.trade_under_measures(?, ?, ?, null)"
        " where measure_count > 0 and part_of_product_code is null",
        reporter, partner, DAY,
    ):  # fmt: skip
        sums[row["state"]][0] += row["value_eur_low"]
        sums[row["state"]][1] += row["value_eur_high"]
    for row in rows(connection, TOTALS, reporter, partner, DAY):
        low, high = sums[row["state"]]
        assert row["value_eur_low"] == low
        if row["codes_with_trade"]:
            assert row["high_of_codes_with_figures"] == high >= low
        else:
            assert row["high_of_codes_with_figures"] is None
            assert row["headline"].startswith("No figures")
        # And more: MY-REE-2023 is announced, and its goods are not recorded.
        assert not row["has_complete_upper_bound"] or (
            row["codes_listed"] == row["codes_with_trade"] and not row["items_without_code"]
        )
        assert (row["value_eur_high"] is None) == (not row["has_complete_upper_bound"])


def test_a_clause_without_recorded_goods_leaves_the_bound_open(connection):
    """Its trade is under the state too, and nobody knows how much."""
    unknown = rows(
        connection,
        "select distinct state, measure_id, clause_id from reports.listed_codes(?, null, ?, null)"
        " where coverage = 'not_recorded'",
        "EU27", DAY,
    )  # fmt: skip
    clauses = Counter(row["state"] for row in unknown)
    assert "announced" in clauses
    # A framework law or a ban of technology lists no goods, and leaves no bound open.
    assert not any(row["measure_id"] == "CN-ECL-2020" for row in unknown)
    for row in rows(connection, TOTALS, "EU27", None, DAY):
        count = clauses[row["state"]]
        assert row["clauses_without_goods"] == count
        assert not (count and row["has_complete_upper_bound"])
        assert f"goods of {count} clause" in row["headline"] or not count


@pytest.fixture(scope="module")
def copy(full_build, tmp_path_factory):
    """The published file, to change."""
    path = shutil.copyfile(full_build.published, tmp_path_factory.mktemp("totals") / "copy.duckdb")
    with duckdb.connect(str(path)) as connection:
        yield connection


def in_force_from_china(connection):
    (row,) = (r for r in rows(connection, TOTALS, "EU27", "CHN", DAY) if r["state"] == "in_force")
    return row


@pytest.mark.parametrize("code", ["811010", "811292", "850511", "282560", "854110"])
def test_a_code_less_never_raises_what_is_listed_or_sure(copy, code):
    """So a code more never lowers it."""
    before = in_force_from_china(copy)
    copy.begin()
    copy.execute(
        "delete from marts.bridge_measure_products where left(product_code, 6) = ?", [code]
    )
    copy.execute(
        "delete from marts.bridge_product_coverage where contains(listed_codes, ?)", [code]
    )
    after = in_force_from_china(copy)
    copy.rollback()
    assert after["codes_listed"] == before["codes_listed"] - 1
    assert after["codes_with_trade"] <= before["codes_with_trade"]
    assert after["value_eur_low"] <= before["value_eur_low"]


def test_a_sum_of_parts_is_no_bound_while_another_part_has_no_figures(copy):
    """Nickel ore from Indonesia: Comext has more of it than BACI has of all of the subheading."""
    (before,) = rows(copy, TOTALS, "EU27", "IDN", DAY)
    copy.begin()
    copy.execute(
        "insert into marts.bridge_measure_products by name"
        " select * replace ('26040099' as product_code) from marts.bridge_measure_products"
        " where product_code = '26040000'"
    )
    (after,) = rows(copy, TOTALS, "EU27", "IDN", DAY)
    copy.rollback()
    assert (before["has_complete_upper_bound"], after["has_complete_upper_bound"]) == (True, False)
    assert after["high_of_codes_with_figures"] == before["value_eur_high"]


@pytest.mark.parametrize("call", ["trade_totals", "listed_codes", "trade_under_measures"])
@pytest.mark.parametrize("place", ["Germny", "", "EU28"])
def test_a_place_that_nobody_knows_is_refused_with_the_nearest(connection, call, place):
    with pytest.raises(duckdb.Error, match=f"there is no place {place}: the nearest are "):
        connection.execute(f"from reports.{call}(?, 'CHN', null, null)", [place]).fetchall()


@pytest.mark.parametrize("names", [("DE", "DEU", "germany "), ("UK", "GBR", "GB"), ("EU", "eu27")])
def test_a_place_goes_by_any_of_its_names(connection, names):
    found = [rows(connection, TOTALS, name, "China", DAY) for name in names]
    assert all(answer == found[0] for answer in found)
    assert found[0]


def test_one_sentence_stands_everywhere(full_build, monkeypatch):
    """a02, a04, the brief and the site (test_dashboard.py) say what the macro says."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(full_build.data_dir))
    with full_build.connect() as connection:
        china, all_of_them = (
            next(
                row["headline"]
                for row in rows(connection, TOTALS, "EU27", partner, DAY)
                if row["state"] == "in_force"
            )
            for partner in ("CHN", None)
        )

    def said(*words):
        output = CliRunner().invoke(app, [*words, "--as-of", DAY.isoformat()]).output
        return " ".join(output.split())

    assert china != all_of_them
    assert f"Imports of EU27, all products, in force: {china}" in said("query", "a04")
    assert f"under all measures in force: {all_of_them}" in said("query", "a02", "--days", "400")
    assert f"EU imports under measures in force. {all_of_them}" in said(
        "brief", "--known-on", DAY.isoformat(), "--format", "markdown"
    )
