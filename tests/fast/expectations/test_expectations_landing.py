"""The landing suites on the bundled data, whole and damaged, and which vintage they read."""

import json
from collections.abc import Iterator
from functools import cache

import duckdb
import pytest

from chokepoint.landing.producers import gacc, hmrc
from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import PROJECT_DIR, Settings
from expectations import runner
from expectations.suites import NOTHING_QUARANTINED

# Sources of which nothing is bundled -> columns, and rows of them that break a claim.
DELIVERED = {
    **{
        contract.source_id: (
            "year, exporter_iso3, importer_iso3, hs6, value_kusd, quantity_t",
            {
                "eu_reporters_are_there": "values (2024, 'ZAF', 'DEU', '711011', 300, null)",
                "few_rows_without_quantity": "values (2024, 'ZAF', 'DEU', '711011', 300, null)",
            },
        )
        for contract in BILATERAL
        if contract.file_pattern is None
    },
    **{
        contract.source_id: (
            "period, regime_code, value_usd, value_cny",
            dict.fromkeys(
                ("one_currency_per_month", "regimes_in_all_rows_or_none"),
                "values ('2026-01', '10', 5, null), ('2026-01', '-', null, 5)",
            ),
        )
        for contract in gacc.CONTRACTS
    },
    "comext_bulk_monthly": ("period, reporter, trade_type, value_eur", {
        "at_most_the_members_report":
            "select '2025-07', 'X' || number, 'E', 1 from range(29) as rows(number)",
    }),
    **{
        # The world and a partner that exceeds it.
        source_id: (
            f"{period}, classification, reporter, partner, second_partner, flow, hs6, "
            "customs_procedure, transport_mode, supply_mode, value_usd",
            {"partners_within_the_world": ", ".join(
                f"({when}, 'H6', 'DEU', '{partner}', 'W00', 'M', '280530', 'C00', '0', '0', {usd})"
                for partner, usd in (("W00", 10), ("CHN", 11))
            ).join(["values ", ""])},
        )
        for source_id, period, when in (
            ("comtrade_monthly", "period", "'2024-03'"), ("comtrade_annual", "year", "2024"),
        )
    },
    "comext_sdmx_monthly": ("period, reporter", {
        "union_not_beside_members": "values ('2024-03', 'DE'), ('2024-03', 'EU27')",
    }),
    "comext_sdmx_hs6_monthly": ("period, reporter", {
        "every_member_reports": "select '2024-03', 'M' || n from range(26) as r (n)",
    }),
    "hmrc_ots_monthly": ("period, flow_type", {"months_have_imports": "values ('2024-03', '4')"}),
    **{
        contract.source_id: ("period, partner, origin, value_gbp", {
            "most_value_has_a_country":
                "values ('2024-03', 'CN', null, 4), ('2024-03', 'QX', null, 6)",
        })
        for contract in (hmrc.BULK_IMPORTS_MONTHLY, hmrc.BULK_EXPORTS_MONTHLY)
    },
    "us_census_imports_monthly": ("period, country_code, country_name", {
        "one_name_per_code": "values ('2024-03', '5700', 'CHINA'), ('2024-03', '5700', 'BURMA')",
    }),
}  # fmt: skip
DELIVERED["baci_hs22_bilateral"][1]["platinum_price_in_thousand_usd"] = (
    "values (2024, 'ZAF', 'DEU', '711011', 30, 1)"
)
# Source -> claim -> what happens to the delivery so that it must notice.
DAMAGES = {
    "baci_hs92_bilateral": {
        "every_year_2015_2024": "delete from {t} where year = 2019",
        "years_have_like_volume": "delete from {t} where year = 2022 and importer_iso3 > 'N'",
        "years_have_all_products": "delete from {t} where hs6 < '280000'",
        "china_leads_graphite":
            "update {t} set exporter_iso3 = importer_iso3, importer_iso3 = exporter_iso3",
        "nickel_ore_price_in_thousand_usd": "update {t} set value_kusd = value_kusd * 1000",
        "eu_reporters_are_there": "delete from {t} where importer_iso3 = 'DEU'",
        "few_rows_without_quantity": "update {t} set quantity_t = null where importer_iso3 < 'D'",
    },
    "baci_eu27_figures": {
        "every_year_2010_2023": "delete from {t} where year = 2011",
        "four_measures":
            "update {t} set measure = 'extra_eu_import' where measure = 'intra_eu_trade'",
        "magnets_and_gallium_are_there": "update {t} set hs6 = ltrim(hs6, '8')",
        "both_editions_are_labelled": "update {t} set nomenclature = 'HS2017'",
    },
    "baci_hs17_bilateral": {
        "china_share_of_magnets_by_mass":
            "update {t} set quantity_t = quantity_t * 1000 where exporter_iso3 = 'CHN'",
        "magnet_imports_in_thousand_usd": "update {t} set value_kusd = value_kusd * 1000",
    },
    "comext_cn8_imports": {
        "every_member_is_there": "delete from {t} where reporter = 'EL'",
        "imports_in_euro": "update {t} set value_eur = value_eur / 1000",
        "years_have_many_partners": "delete from {t} where partner > 'M'",
    },
    "hmrc_imports_monthly": {
        "no_month_missing": "delete from {t} where period = '2025-07'",
        "months_have_like_volume":
            "delete from {t} where period = '2025-07' and partner_iso3 > 'F'",
    },
    "wmd_production": {
        "one_unit_per_mineral":
            "update {t} set unit = 'kg' where mineral = 'Cobalt' and iso3 = 'COD'",
        "china_dominates_known_minerals": "delete from {t} where iso3 = 'CHN'",
        "critical_minerals_are_there":
            "update {t} set mineral = 'Lithium' where mineral like 'Lithium%'",
        "most_figures_reported": "update {t} set quality_flag = 'e'",
    },
    "crm2023_global_supply": {
        "shares_make_a_whole": "update {t} set share = share / 100",
        "both_stages": "delete from {t} where stage = 'processing'",
    },
    "wgi_estimates": {
        "estimates_are_centred": "update {t} set estimate = (estimate + 2.5) * 20",
        "estimates_are_standardised": "update {t} set estimate = estimate * 2",
        "finland_scores_above_venezuela": "update {t} set estimate = -estimate",
        "six_indicators": "delete from {t} where indicator = 'va'",
    },
    "icio_input_reliance": {
        "direct_shares_make_a_whole": "delete from {t} where source = 'CHN'",
        "key_sectors_are_there": "delete from {t} where eu27_sector = 'C26'",
    },
    "ecb_exchange_rates": {
        "rate_between_half_and_two": "update {t} set usd_per_eur = 100",
        "no_jump_between_months":
            "update {t} set usd_per_eur = 1 / usd_per_eur where period between '2008-01' and "
            "'2008-06'",
        "complete_years_have_twelve_months": "delete from {t} where period = '2024-05'",
    },
    "worldbank_metal_prices": {
        "twelve_commodities": "update {t} set commodity = 'aluminium' where commodity = 'aluminum'",
        "one_unit_over_time": "update {t} set price = price * 1000 where period > '2020-01'",
        "copper_in_usd_per_tonne": "update {t} set price = price / 22 where commodity = 'copper'",
    },
    "usgs_annual_prices": {
        "most_prices_are_numbers": "update {t} set value = '$' || value",
        "chapters_are_there": "delete from {t} where chapter < 'D'",
    },
    "licence_applications": {
        "pending_cases_are_there": "delete from {t} where decided_date is null",
        "most_cases_are_accepted": "update {t} set accepted_date = null",
        "acceptance_follows_filing": "update {t} set accepted_date = accepted_date + 365",
        "decisions_on_working_days":
            "update {t} set decided_date = decided_date - isodow(decided_date)::integer",
        "no_pending_case_got_lost":
            "insert into {t} by name (select * replace (as_of_date + 30 as as_of_date) from {t} "
            "where decided_date is not null)",
    },
    "shipment_cases": {
        "bounds_of_a_day_are_of_one_unit":
            "update {t} set standstill_eur_per_day_high = 1000 * standstill_eur_per_day_low",
        "a_day_costs_less_than_a_billion": "update {t} set standstill_eur_per_day_high = 2e9",
        "no_open_case_got_lost":
            "insert into {t} by name (select * replace (as_of_date + 30 as as_of_date) from {t} "
            "where closed_date is not null)",
    },
    "exposure_sites": {
        "firms_have_one_spelling": "update {t} set firm = upper(firm) where site_id = 'own-north'",
        "countries_are_countries":
            "update {t} set country_iso3 = 'EU27' where site_id = 'own-north'",
    },
    "exposure_parts": {
        "each_graph_has_a_final_product": "delete from {t} where part_kind = 'final'",
        "materials_have_codes": "update {t} set product_code = null",
    },
    "exposure_bill_of_materials": {
        "no_two_parts_hold_each_other":
            "insert into {t} by name (select * replace (part_id as component_id, component_id as "
            "part_id) from {t} limit 1)",
    },
    "exposure_supplier_links": {
        "best_shares_fit_into_the_whole": "update {t} set supply_share_central = 0.9",
    },
    "exposure_stock_positions": {
        "one_basis_per_position":
            "insert into {t} by name (select * replace ('gross_kg' as quantity_basis) from {t} "
            "where quantity_basis = 'pieces' limit 1)",
        "most_stock_is_known": "update {t} set quantity = null where part_id > 'd'",
    },
    "exposure_consumption": {
        "one_basis_per_position":
            "insert into {t} by name (select * replace ('gross_kg' as quantity_basis) from {t} "
            "where quantity_basis = 'pieces' limit 1)",
        "no_month_left_out": "delete from {t} where period = '2026-08'",
        "use_stays_in_one_unit":
            "update {t} set quantity = quantity * 1000 where period = '2026-08'",
    },
    "exposure_open_orders": {
        "no_promise_long_past": "update {t} set promised_date = promised_date - 730",
        "pending_cases_are_young":
            "update {t} set licence_accepted_date = licence_accepted_date - 730",
        "transit_within_a_year": "update {t} set transit_days = transit_days * 24",
    },
    "exposure_site_capacities": {
        "figures_have_units": "update {t} set unit = null",
        "claims_of_the_press_name_their_source": "update {t} set evidence_source = null",
    },
    "scenarios": {
        "names_are_not_shared":
            "insert into {t} by name (select * replace ('own' as data_origin) from {t} limit 1)",
        "descriptions_say_something": "update {t} set description = 'lapses'",
    },
    "scenario_changes": {
        "changes_are_numbered_through": "update {t} set change_number = 7 where change_number = 5",
        "paces_are_factors": "update {t} set pace_factor = pace_factor * 100",
    },
}  # fmt: skip


def damages() -> Iterator[tuple[str, str, str]]:
    """(source, claim, what happens to the delivery)"""
    for source_id, (columns, rows) in DELIVERED.items():
        come = f"insert into landing.deliveries values ('{source_id}', 'v', 3)"
        for claim, query in rows.items():
            yield source_id, claim, f"{come}; insert into {{t}} ({columns}) {query}"
    yield "scenarios", "nothing_quarantined", "update landing.deliveries set quarantined_count = 3"
    for source_id, done in DAMAGES.items():
        for claim, damage in done.items():
            yield source_id, claim, damage


@pytest.fixture(scope="module")
def bundled() -> Iterator[duckdb.DuckDBPyConnection]:
    """The bundled raw files as landing types them, without going through landing."""
    con = duckdb.connect()
    con.execute("create schema landing")
    con.execute(
        "create table landing.deliveries (source_id varchar, vintage varchar, "
        "quarantined_count bigint)"
    )
    for source_id, contract in CONTRACTS.items():
        declared = ", ".join(f"{one.name} {one.duckdb_type}" for one in contract.columns)
        con.execute(f"create table landing.{source_id} ({declared})")
        if contract.file_pattern:
            path = str(PROJECT_DIR / "seeds" / "deliveries" / contract.file_pattern)
            con.execute(
                f"insert into landing.{source_id} by name "
                "from read_csv(?, all_varchar = true, header = true, union_by_name = true)",
                [path],
            )
            con.execute("insert into landing.deliveries values (?, 'v', 0)", [source_id])
    yield con
    con.close()


@cache
def suites() -> dict[str, runner.Suite]:
    return {suite.name: suite for suite in runner.load_suites("landing")}


def test_every_landing_source_has_a_suite():
    assert set(suites()) == set(CONTRACTS)
    assert all(NOTHING_QUARANTINED in suite.expectations for suite in suites().values())


@pytest.mark.parametrize(("source_id", "claim", "damage"), [*damages()])
def test_damage_is_noticed(source_id, claim, damage, bundled):
    suite = suites()[source_id]
    (one,) = [one for one in suite.expectations if one.claim == claim]
    bundled.execute("begin")
    try:
        bundled.execute(damage.format(t=f"landing.{source_id}"))
        (result,) = runner.run_suites(bundled, [suite.model_copy(update={"expectations": [one]})])
    finally:
        bundled.execute("rollback")
    assert result.status == ("fail" if one.severity == "error" else "warn"), result
    assert result.observed


def deliver(
    settings: Settings, vintage: str, known_on: str, landed_at: str, rates: dict[str, float]
) -> None:
    """Write one landed delivery of exchange rates: period (a year) -> rate of its months."""
    folder = settings.landing_dir
    entries = []
    for year, rate in rates.items():
        path = folder / "ecb_exchange_rates" / year / f"{vintage}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        quoted = str(path).replace("'", "''")
        duckdb.execute(
            f"copy (select '{year}-' || lpad(i::varchar, 2, '0') as period,"
            f" {rate}::decimal(12, 6) as usd_per_eur from range(1, 13) as numbers(i))"
            f" to '{quoted}' (format parquet)"
        )
        entries.append(
            {
                "source_id": "ecb_exchange_rates", "period": year, "vintage": vintage,
                "file_name": "ecb.csv.gz", "known_on": known_on, "landed_at": landed_at,
                "row_count": 12, "quarantined_count": 0,
                "parquet_path": path.relative_to(folder).as_posix(), "encoding": "",
                "file_sha256": "", "file_size_bytes": 0, "contract_fingerprint": "",
            }
        )  # fmt: skip
    manifest = folder / "_manifest" / "ecb_exchange_rates" / f"{vintage}.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps(entries), encoding="utf-8")


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")
    return Settings(data_dir=tmp_path / "it's data")


def by_claim(settings: Settings) -> dict[str, tuple[str, str | None]]:
    results = runner.run_landing(settings, ["ecb_exchange_rates"])
    return {r.check_name.partition("__")[2]: (r.status, r.observed) for r in results}


def test_latest_vintage_of_each_period_is_read(settings):
    """The newer delivery has one year only: the other year still comes from the older one."""
    deliver(settings, "a", "2026-01-01", "2026-01-02T00:00:00Z", {"2023": 1.1, "2024": 9.0})
    assert by_claim(settings)["rate_between_half_and_two"][0] == "fail"
    deliver(settings, "b", "2026-06-01", "2026-06-02T00:00:00Z", {"2024": 1.12})
    found = by_claim(settings)
    assert found["rate_between_half_and_two"] == ("pass", "1.1 to 1.12; none of 24 rows against it")
    assert found["one_row_per_month"][0] == "pass"
    assert found["years_2010_to_2025"][0] == "skipped"
    # Of the same knowledge date the later landing wins, whatever the names.
    deliver(settings, "0", "2026-06-01", "2026-06-03T00:00:00Z", {"2024": 9.0})
    assert by_claim(settings)["rate_between_half_and_two"][0] == "fail"


def test_a_source_without_delivery_or_file_is_an_error(settings):
    found = by_claim(settings)
    status, observed = found["rate_between_half_and_two"]
    assert status == "error"
    assert "nothing has landed" in observed
    assert "pass" not in {status for status, _ in found.values()}
    deliver(settings, "a", "2026-01-01", "2026-01-02T00:00:00Z", {"2024": 1.1})
    next(settings.landing_dir.glob("ecb_exchange_rates/*/*.parquet")).unlink()
    status, observed = by_claim(settings)["rate_between_half_and_two"]
    assert status == "error"
    assert "cannot be read" in observed
