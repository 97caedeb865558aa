"""The landing suites on the bundled data, whole and damaged, and which vintage they read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import pytest

from chokepoint.landing.producers import gacc, hmrc
from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import PROJECT_DIR, Settings
from expectations import runner

LATER_EDITIONS = [contract for contract in BILATERAL if contract.file_pattern is None]
BILATERAL_COLUMNS = {
    "year": "integer",
    "exporter_iso3": "varchar",
    "importer_iso3": "varchar",
    "hs6": "varchar",
    "value_kusd": "decimal(18,3)",
    "quantity_t": "decimal(18,3)",
}

# source id -> (bundled files, columns as landing types them)
BUNDLED = {
    **{
        contract.source_id: (
            [contract.source_id] if contract.file_pattern else [],
            BILATERAL_COLUMNS,
        )
        for contract in BILATERAL
    },
    **{
        contract.source_id: (
            [],
            {
                "period": "varchar",
                "regime_code": "varchar",
                "value_usd": "decimal(18,3)",
                "value_cny": "decimal(18,3)",
            },
        )
        for contract in gacc.CONTRACTS
    },
    "baci_eu27_figures": (
        ["baci_eu27_figures_2010_2023"],
        {
            "nomenclature": "varchar",
            "year": "integer",
            "hs6": "varchar",
            "measure": "varchar",
            "partner_iso3": "varchar",
            "value_kusd": "decimal(18,3)",
            "quantity_t": "decimal(18,3)",
        },
    ),
    "comext_cn8_imports": (
        ["comext_cn8_imports"],
        {
            "year": "integer",
            "reporter": "varchar",
            "cn8": "varchar",
            "partner": "varchar",
            "value_eur": "decimal(18,3)",
        },
    ),
    "comext_bulk_monthly": (
        [],
        {
            "period": "varchar",
            "reporter": "varchar",
            "trade_type": "varchar",
            "value_eur": "decimal(18,3)",
        },
    ),
    "comtrade_monthly": (
        [],
        {
            "period": "varchar",
            "classification": "varchar",
            "reporter": "varchar",
            "partner": "varchar",
            "second_partner": "varchar",
            "flow": "varchar",
            "hs6": "varchar",
            "customs_procedure": "varchar",
            "transport_mode": "varchar",
            "supply_mode": "varchar",
            "value_usd": "decimal(18,3)",
        },
    ),
    "comtrade_annual": (
        [],
        {
            "year": "integer",
            "classification": "varchar",
            "reporter": "varchar",
            "partner": "varchar",
            "second_partner": "varchar",
            "flow": "varchar",
            "hs6": "varchar",
            "customs_procedure": "varchar",
            "transport_mode": "varchar",
            "supply_mode": "varchar",
            "value_usd": "decimal(18,3)",
        },
    ),
    "comext_sdmx_monthly": (
        [],
        {"period": "varchar", "reporter": "varchar"},
    ),
    "comext_sdmx_hs6_monthly": (
        [],
        {"period": "varchar", "reporter": "varchar"},
    ),
    "hmrc_ots_monthly": (
        [],
        {"period": "varchar", "flow_type": "varchar"},
    ),
    **{
        contract.source_id: (
            [],
            {
                "period": "varchar",
                "partner": "varchar",
                "origin": "varchar",
                "value_gbp": "decimal(18,3)",
            },
        )
        for contract in (hmrc.BULK_IMPORTS_MONTHLY, hmrc.BULK_EXPORTS_MONTHLY)
    },
    "us_census_imports_monthly": (
        [],
        {"period": "varchar", "country_code": "varchar", "country_name": "varchar"},
    ),
    "hmrc_imports_monthly": (
        ["hmrc_imports_monthly"],
        {
            "period": "varchar",
            "hs6": "varchar",
            "partner_iso3": "varchar",
            "value_usd": "decimal(18,3)",
            "net_mass_kg": "decimal(18,3)",
        },
    ),
    "wmd_production": (
        ["wmd_production"],
        {
            "mineral": "varchar",
            "iso3": "varchar",
            "year": "integer",
            "quantity": "decimal(24,6)",
            "unit": "varchar",
            "quality_flag": "varchar",
        },
    ),
    "crm2023_global_supply": (
        ["crm2023_global_supply"],
        {
            "material": "varchar",
            "stage": "varchar",
            "country_as_printed": "varchar",
            "iso3": "varchar",
            "share": "decimal(18,12)",
            "trade_parameter_t": "decimal(6,3)",
        },
    ),
    "wgi_estimates": (
        ["wgi_estimates"],
        {"iso3": "varchar", "year": "integer", "indicator": "varchar", "estimate": "double"},
    ),
    "icio_input_reliance": (
        ["icio_input_reliance"],
        {
            "eu27_sector": "varchar",
            "source": "varchar",
            "direct_inputs_per_output": "decimal(18,8)",
            "share_of_direct_inputs": "decimal(18,8)",
            "total_requirement_per_output": "decimal(18,8)",
            "share_of_total_requirement": "decimal(18,8)",
        },
    ),
    "ecb_exchange_rates": (
        ["ecb_exchange_rates"],
        {"period": "varchar", "usd_per_eur": "decimal(12,6)"},
    ),
    "worldbank_metal_prices": (
        ["worldbank_metal_prices"],
        {"commodity": "varchar", "period": "varchar", "price": "decimal(24,9)"},
    ),
    "usgs_annual_prices": (
        ["usgs_annual_prices"],
        {
            "chapter": "varchar",
            "commodity": "varchar",
            "detail": "varchar",
            "unit": "varchar",
            "year": "integer",
            "value": "varchar",
        },
    ),
    "licence_applications": (
        ["licence_applications_synthetic"],
        {
            "application_id": "varchar",
            "authority": "varchar",
            "filed_date": "date",
            "accepted_date": "date",
            "decided_date": "date",
            "as_of_date": "date",
            "data_origin": "varchar",
        },
    ),
    "shipment_cases": (
        ["shipment_cases_synthetic.csv"],
        {
            "case_id": "varchar",
            "standstill_eur_per_day_low": "decimal(18,3)",
            "standstill_eur_per_day_high": "decimal(18,3)",
            "closed_date": "date",
            "as_of_date": "date",
            "data_origin": "varchar",
        },
    ),
    "exposure_sites": (
        ["exposure_sites_public_facts.csv", "exposure_sites_synthetic.csv.gz"],
        {
            "graph_id": "varchar",
            "site_id": "varchar",
            "firm": "varchar",
            "country_iso3": "varchar",
            "data_origin": "varchar",
        },
    ),
    "exposure_parts": (
        ["exposure_parts_public_facts.csv", "exposure_parts_synthetic.csv.gz"],
        {
            "graph_id": "varchar",
            "part_id": "varchar",
            "part_kind": "varchar",
            "material": "varchar",
            "product_code": "varchar",
            "data_origin": "varchar",
        },
    ),
    "exposure_bill_of_materials": (
        [
            "exposure_bill_of_materials_public_facts.csv",
            "exposure_bill_of_materials_synthetic.csv.gz",
        ],
        {
            "graph_id": "varchar",
            "part_id": "varchar",
            "component_id": "varchar",
            "input_share_low": "decimal(9,6)",
            "data_origin": "varchar",
        },
    ),
    "exposure_supplier_links": (
        [
            "exposure_supplier_links_public_facts.csv",
            "exposure_supplier_links_synthetic.csv.gz",
        ],
        {
            "graph_id": "varchar",
            "part_id": "varchar",
            "site_id": "varchar",
            "supply_share_low": "decimal(9,6)",
            "supply_share_central": "decimal(9,6)",
            "data_origin": "varchar",
        },
    ),
    "exposure_stock_positions": (
        ["exposure_stock_positions_synthetic.csv.gz"],
        {
            "graph_id": "varchar",
            "site_id": "varchar",
            "part_id": "varchar",
            "quantity_basis": "varchar",
            "quantity": "decimal(28,6)",
            "as_of_date": "date",
            "data_origin": "varchar",
        },
    ),
    "exposure_consumption": (
        ["exposure_consumption_synthetic.csv.gz"],
        {
            "graph_id": "varchar",
            "site_id": "varchar",
            "part_id": "varchar",
            "quantity_basis": "varchar",
            "period": "varchar",
            "quantity": "decimal(28,6)",
            "data_origin": "varchar",
        },
    ),
    "exposure_open_orders": (
        ["exposure_open_orders_synthetic.csv.gz"],
        {
            "graph_id": "varchar",
            "order_id": "varchar",
            "promised_date": "date",
            "licence_status": "varchar",
            "licence_accepted_date": "date",
            "transit_days": "integer",
            "as_of_date": "date",
            "data_origin": "varchar",
        },
    ),
    "exposure_site_capacities": (
        [
            "exposure_site_capacities_public_facts.csv",
            "exposure_site_capacities_synthetic.csv.gz",
        ],
        {
            "graph_id": "varchar",
            "capacity_id": "varchar",
            "quantity": "decimal(28,6)",
            "unit": "varchar",
            "evidence_source": "varchar",
            "data_origin": "varchar",
        },
    ),
    "scenarios": (
        ["scenarios_bundled.csv"],
        {
            "scenario_id": "varchar",
            "description": "varchar",
            "data_origin": "varchar",
        },
    ),
    "scenario_changes": (
        ["scenario_changes_bundled.csv"],
        {
            "scenario_id": "varchar",
            "change_number": "integer",
            "pace_factor": "decimal(9,6)",
            "data_origin": "varchar",
        },
    ),
}

# What the real data is known to show: must-look, each explained by the reason in the suite.
KNOWN_WARNINGS = {
    "hmrc_imports_monthly__magnet_price_plausible",
    "crm2023_global_supply__shares_near_a_whole",
    "worldbank_metal_prices__no_month_missing",
}

# (source, what happens to the delivery, the claim that must notice)
# The world and a partner that exceeds it, without the period.
COMTRADE = (
    "(select 'H6', 'DEU', partner, 'W00', 'M', '280530', 'C00', '0', '0', value "
    "from (values ('W00', 10), ('CHN', 11)) as rows(partner, value))"
)

DAMAGES = [
    *(
        (
            contract.source_id,
            f"insert into landing.deliveries values ('{contract.source_id}', 'v', 3, true); "
            "insert into {t} values (2024, 'ZAF', 'DEU', '711011', 300, null)",
            claim,
        )
        for contract in LATER_EDITIONS
        for claim in ("eu_reporters_are_there", "few_rows_without_quantity", "nothing_quarantined")
    ),
    (
        "baci_hs22_bilateral",
        "insert into landing.deliveries values ('baci_hs22_bilateral', 'v', 0, true); "
        "insert into {t} values (2024, 'ZAF', 'DEU', '711011', 30, 1)",
        "platinum_price_in_thousand_usd",
    ),
    *(
        (
            contract.source_id,
            f"insert into landing.deliveries values ('{contract.source_id}', 'v', 3, true); "
            "insert into {t} values ('2026-01', '10', 5, null), ('2026-01', '-', null, 5)",
            claim,
        )
        for contract in gacc.CONTRACTS
        for claim in (
            "one_currency_per_month",
            "regimes_in_all_rows_or_none",
            "nothing_quarantined",
        )
    ),
    ("baci_hs92_bilateral", "delete from {t} where year = 2019", "every_year_2015_2024"),
    (
        "baci_hs92_bilateral",
        "insert into {t} from {t} where year = 2020 limit 5",
        "one_row_per_trade_pair",
    ),
    (
        "baci_hs92_bilateral",
        "delete from {t} where year = 2022 and importer_iso3 > 'N'",
        "years_have_like_volume",
    ),
    ("baci_hs92_bilateral", "delete from {t} where hs6 < '280000'", "years_have_all_products"),
    (
        "baci_hs92_bilateral",
        "update {t} set exporter_iso3 = importer_iso3, importer_iso3 = exporter_iso3",
        "china_leads_graphite",
    ),
    (
        "baci_hs92_bilateral",
        "update {t} set value_kusd = value_kusd * 1000",
        "nickel_ore_price_in_thousand_usd",
    ),
    (
        "baci_hs92_bilateral",
        "delete from {t} where importer_iso3 = 'DEU'",
        "eu_reporters_are_there",
    ),
    (
        "baci_hs92_bilateral",
        "update {t} set quantity_t = null where importer_iso3 < 'D'",
        "few_rows_without_quantity",
    ),
    (
        "baci_hs92_bilateral",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("baci_eu27_figures", "delete from {t} where year = 2011", "every_year_2010_2023"),
    (
        "baci_hs17_bilateral",
        "update {t} set quantity_t = quantity_t * 1000 where exporter_iso3 = 'CHN'",
        "china_share_of_magnets_by_mass",
    ),
    (
        "baci_eu27_figures",
        "update {t} set measure = 'extra_eu_import' where measure = 'intra_eu_trade'",
        "four_measures",
    ),
    (
        "baci_hs17_bilateral",
        "update {t} set value_kusd = value_kusd * 1000",
        "magnet_imports_in_thousand_usd",
    ),
    (
        "baci_eu27_figures",
        "update {t} set hs6 = ltrim(hs6, '8')",
        "magnets_and_gallium_are_there",
    ),
    (
        "baci_eu27_figures",
        "update {t} set nomenclature = 'HS2017'",
        "both_editions_are_labelled",
    ),
    (
        "comext_cn8_imports",
        "delete from {t} where reporter = 'EL'",
        "every_member_is_there",
    ),
    ("comext_cn8_imports", "update {t} set value_eur = value_eur / 1000", "imports_in_euro"),
    ("comext_cn8_imports", "delete from {t} where partner > 'M'", "years_have_many_partners"),
    (
        "comext_bulk_monthly",
        "insert into landing.deliveries values ('comext_bulk_monthly', 'v', 0, true); "
        "insert into {t} select '2025-07', 'X' || number, 'E', 1 from range(29) as rows(number)",
        "at_most_the_members_report",
    ),
    (
        "comext_bulk_monthly",
        "insert into landing.deliveries values ('comext_bulk_monthly', 'v', 3, true); "
        "insert into {t} values ('2025-07', 'DE', 'E', 1)",
        "nothing_quarantined",
    ),
    (
        "comtrade_monthly",
        "insert into landing.deliveries values ('comtrade_monthly', 'v', 0, true); "
        f"insert into {{t}} select '2024-03', * from {COMTRADE}",
        "partners_within_the_world",
    ),
    (
        "comtrade_monthly",
        "insert into landing.deliveries values ('comtrade_monthly', 'v', 3, true); "
        f"insert into {{t}} select '2024-03', * from {COMTRADE} limit 1",
        "nothing_quarantined",
    ),
    (
        "comtrade_annual",
        "insert into landing.deliveries values ('comtrade_annual', 'v', 0, true); "
        f"insert into {{t}} select 2024, * from {COMTRADE}",
        "partners_within_the_world",
    ),
    (
        "comtrade_annual",
        "insert into landing.deliveries values ('comtrade_annual', 'v', 3, true); "
        f"insert into {{t}} select 2024, * from {COMTRADE} limit 1",
        "nothing_quarantined",
    ),
    (
        "comext_sdmx_monthly",
        "insert into landing.deliveries values ('comext_sdmx_monthly', 'v', 0, true); "
        "insert into {t} values ('2024-03', 'DE'), ('2024-03', 'EU27')",
        "union_not_beside_members",
    ),
    (
        "comext_sdmx_monthly",
        "insert into landing.deliveries values ('comext_sdmx_monthly', 'v', 3, true); "
        "insert into {t} values ('2024-03', 'DE')",
        "nothing_quarantined",
    ),
    (
        "comext_sdmx_hs6_monthly",
        "insert into landing.deliveries values ('comext_sdmx_hs6_monthly', 'v', 0, true); "
        "insert into {t} select '2024-03', 'M' || n from range(26) as r (n)",
        "every_member_reports",
    ),
    (
        "comext_sdmx_hs6_monthly",
        "insert into landing.deliveries values ('comext_sdmx_hs6_monthly', 'v', 3, true); "
        "insert into {t} select '2024-03', 'M' || n from range(27) as r (n)",
        "nothing_quarantined",
    ),
    (
        "hmrc_ots_monthly",
        "insert into landing.deliveries values ('hmrc_ots_monthly', 'v', 0, true); "
        "insert into {t} values ('2024-03', '4')",
        "months_have_imports",
    ),
    (
        "hmrc_ots_monthly",
        "insert into landing.deliveries values ('hmrc_ots_monthly', 'v', 3, true); "
        "insert into {t} values ('2024-03', '3')",
        "nothing_quarantined",
    ),
    *(
        (
            contract.source_id,
            f"insert into landing.deliveries values ('{contract.source_id}', 'v', 3, true); "
            "insert into {t} values ('2024-03', 'CN', null, 4), ('2024-03', 'QX', null, 6)",
            claim,
        )
        for contract in (hmrc.BULK_IMPORTS_MONTHLY, hmrc.BULK_EXPORTS_MONTHLY)
        for claim in ("most_value_has_a_country", "nothing_quarantined")
    ),
    (
        "us_census_imports_monthly",
        "insert into landing.deliveries values ('us_census_imports_monthly', 'v', 0, true); "
        "insert into {t} values ('2024-03', '5700', 'CHINA'), ('2024-03', '5700', 'BURMA')",
        "one_name_per_code",
    ),
    (
        "us_census_imports_monthly",
        "insert into landing.deliveries values ('us_census_imports_monthly', 'v', 3, true); "
        "insert into {t} values ('2024-03', '5700', 'CHINA')",
        "nothing_quarantined",
    ),
    ("hmrc_imports_monthly", "delete from {t} where period = '2025-07'", "no_month_missing"),
    (
        "hmrc_imports_monthly",
        "delete from {t} where period = '2025-07' and partner_iso3 > 'F'",
        "months_have_like_volume",
    ),
    ("hmrc_imports_monthly", "insert into {t} from {t} limit 1", "one_row_per_month_code_partner"),
    (
        "wmd_production",
        "update {t} set unit = 'kg' where mineral = 'Cobalt' and iso3 = 'COD'",
        "one_unit_per_mineral",
    ),
    ("wmd_production", "delete from {t} where iso3 = 'CHN'", "china_dominates_known_minerals"),
    (
        "wmd_production",
        "update {t} set mineral = 'Lithium' where mineral like 'Lithium%'",
        "critical_minerals_are_there",
    ),
    ("wmd_production", "update {t} set quality_flag = 'e'", "most_figures_reported"),
    ("crm2023_global_supply", "update {t} set share = share / 100", "shares_make_a_whole"),
    ("crm2023_global_supply", "delete from {t} where stage = 'processing'", "both_stages"),
    ("wgi_estimates", "update {t} set estimate = (estimate + 2.5) * 20", "estimates_are_centred"),
    ("wgi_estimates", "update {t} set estimate = estimate * 2", "estimates_are_standardised"),
    ("wgi_estimates", "update {t} set estimate = -estimate", "finland_scores_above_venezuela"),
    ("wgi_estimates", "delete from {t} where indicator = 'va'", "six_indicators"),
    ("icio_input_reliance", "delete from {t} where source = 'CHN'", "direct_shares_make_a_whole"),
    ("icio_input_reliance", "delete from {t} where eu27_sector = 'C26'", "key_sectors_are_there"),
    ("ecb_exchange_rates", "update {t} set usd_per_eur = 100", "rate_between_half_and_two"),
    (
        "ecb_exchange_rates",
        "update {t} set usd_per_eur = 1 / usd_per_eur where period between '2008-01' and '2008-06'",
        "no_jump_between_months",
    ),
    (
        "ecb_exchange_rates",
        "delete from {t} where period = '2024-05'",
        "complete_years_have_twelve_months",
    ),
    (
        "worldbank_metal_prices",
        "update {t} set commodity = 'aluminium' where commodity = 'aluminum'",
        "twelve_commodities",
    ),
    (
        "worldbank_metal_prices",
        "update {t} set price = price * 1000 where period > '2020-01'",
        "one_unit_over_time",
    ),
    (
        "worldbank_metal_prices",
        "update {t} set price = price / 22 where commodity = 'copper'",
        "copper_in_usd_per_tonne",
    ),
    ("usgs_annual_prices", "insert into {t} from {t} limit 1", "one_row_per_series_and_year"),
    ("usgs_annual_prices", "update {t} set value = '$' || value", "most_prices_are_numbers"),
    ("usgs_annual_prices", "delete from {t} where chapter < 'D'", "chapters_are_there"),
    ("licence_applications", "insert into {t} from {t} limit 1", "one_row_per_case_and_reading"),
    (
        "licence_applications",
        "delete from {t} where decided_date is null",
        "pending_cases_are_there",
    ),
    ("licence_applications", "update {t} set accepted_date = null", "most_cases_are_accepted"),
    (
        "licence_applications",
        "update {t} set accepted_date = accepted_date + 365",
        "acceptance_follows_filing",
    ),
    (
        "licence_applications",
        "update {t} set decided_date = decided_date - isodow(decided_date)::integer",
        "decisions_on_working_days",
    ),
    (
        "licence_applications",
        "insert into {t} by name (select * replace (as_of_date + 30 as as_of_date) from {t} "
        "where decided_date is not null)",
        "no_pending_case_got_lost",
    ),
    ("shipment_cases", "insert into {t} from {t} limit 1", "one_row_per_case_and_reading"),
    (
        "shipment_cases",
        "update {t} set standstill_eur_per_day_high = 1000 * standstill_eur_per_day_low",
        "bounds_of_a_day_are_of_one_unit",
    ),
    (
        "shipment_cases",
        "update {t} set standstill_eur_per_day_high = 2e9",
        "a_day_costs_less_than_a_billion",
    ),
    (
        "shipment_cases",
        "insert into {t} by name (select * replace (as_of_date + 30 as as_of_date) from {t} "
        "where closed_date is not null)",
        "no_open_case_got_lost",
    ),
    ("exposure_sites", "insert into {t} from {t} limit 1", "one_row_per_site"),
    (
        "exposure_sites",
        "update {t} set firm = upper(firm) where site_id = 'own-north'",
        "firms_have_one_spelling",
    ),
    (
        "exposure_sites",
        "update {t} set country_iso3 = 'EU27' where site_id = 'own-north'",
        "countries_are_countries",
    ),
    (
        "exposure_sites",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("exposure_parts", "insert into {t} from {t} limit 1", "one_row_per_part"),
    (
        "exposure_parts",
        "delete from {t} where part_kind = 'final'",
        "each_graph_has_a_final_product",
    ),
    ("exposure_parts", "update {t} set product_code = null", "materials_have_codes"),
    (
        "exposure_parts",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("exposure_bill_of_materials", "insert into {t} from {t} limit 1", "one_row_per_component"),
    (
        "exposure_bill_of_materials",
        "update {t} set input_share_low = 0.9",
        "least_shares_fit_into_the_whole",
    ),
    (
        "exposure_bill_of_materials",
        "insert into {t} by name (select * replace (part_id as component_id, "
        "component_id as part_id) from {t} limit 1)",
        "no_two_parts_hold_each_other",
    ),
    (
        "exposure_bill_of_materials",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("exposure_supplier_links", "insert into {t} from {t} limit 1", "one_row_per_link"),
    (
        "exposure_supplier_links",
        "update {t} set supply_share_low = 0.9",
        "least_shares_fit_into_the_whole",
    ),
    (
        "exposure_supplier_links",
        "update {t} set supply_share_central = 0.9",
        "best_shares_fit_into_the_whole",
    ),
    (
        "exposure_supplier_links",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    (
        "exposure_stock_positions",
        "insert into {t} from {t} limit 1",
        "one_row_per_position_and_day",
    ),
    (
        "exposure_stock_positions",
        "insert into {t} by name (select * replace ('gross_kg' as quantity_basis) from {t} "
        "where quantity_basis = 'pieces' limit 1)",
        "one_basis_per_position",
    ),
    (
        "exposure_stock_positions",
        "update {t} set quantity = null where part_id > 'd'",
        "most_stock_is_known",
    ),
    (
        "exposure_stock_positions",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("exposure_consumption", "insert into {t} from {t} limit 1", "one_row_per_position_and_month"),
    (
        "exposure_consumption",
        "insert into {t} by name (select * replace ('gross_kg' as quantity_basis) from {t} "
        "where quantity_basis = 'pieces' limit 1)",
        "one_basis_per_position",
    ),
    ("exposure_consumption", "delete from {t} where period = '2026-08'", "no_month_left_out"),
    (
        "exposure_consumption",
        "update {t} set quantity = quantity * 1000 where period = '2026-08'",
        "use_stays_in_one_unit",
    ),
    (
        "exposure_consumption",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("exposure_open_orders", "insert into {t} from {t} limit 1", "one_row_per_order"),
    (
        "exposure_open_orders",
        "update {t} set promised_date = promised_date - 730",
        "no_promise_long_past",
    ),
    (
        "exposure_open_orders",
        "update {t} set licence_accepted_date = licence_accepted_date - 730",
        "pending_cases_are_young",
    ),
    (
        "exposure_open_orders",
        "update {t} set transit_days = transit_days * 24",
        "transit_within_a_year",
    ),
    (
        "exposure_open_orders",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("exposure_site_capacities", "insert into {t} from {t} limit 1", "one_row_per_figure"),
    ("exposure_site_capacities", "update {t} set unit = null", "figures_have_units"),
    (
        "exposure_site_capacities",
        "update {t} set evidence_source = null",
        "claims_of_the_press_name_their_source",
    ),
    (
        "exposure_site_capacities",
        "update landing.deliveries set quarantined_count = 3",
        "nothing_quarantined",
    ),
    ("scenarios", "insert into {t} from {t} limit 1", "one_row_per_scenario"),
    (
        "scenarios",
        "insert into {t} by name (select * replace ('own' as data_origin) from {t} limit 1)",
        "names_are_not_shared",
    ),
    ("scenarios", "update {t} set description = 'lapses'", "descriptions_say_something"),
    ("scenario_changes", "insert into {t} from {t} limit 1", "one_row_per_change"),
    (
        "scenario_changes",
        "update {t} set change_number = 7 where change_number = 5",
        "changes_are_numbered_through",
    ),
    ("scenario_changes", "update {t} set pace_factor = pace_factor * 100", "paces_are_factors"),
]


@pytest.fixture(scope="module")
def bundled() -> Iterator[duckdb.DuckDBPyConnection]:
    """The bundled raw files as landing types them, without going through landing."""
    con = duckdb.connect()
    con.execute("create schema landing")
    con.execute(
        "create table landing.deliveries (source_id varchar, vintage varchar, "
        "quarantined_count bigint, is_current boolean)"
    )
    for source_id, (files, columns) in BUNDLED.items():
        paths = [
            str(
                PROJECT_DIR
                / "seeds"
                / "deliveries"
                / (name if ".csv" in name else f"{name}.csv.gz")
            )
            for name in files
        ]
        typed = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
        if not files:
            declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            con.execute(f"create table landing.{source_id} ({declared})")
        else:
            con.execute(
                f"create table landing.{source_id} as select {typed} "
                "from read_csv(?, all_varchar = true, header = true)",
                [paths],
            )
        if files:
            con.execute("insert into landing.deliveries values (?, 'v', 0, true)", [source_id])
    yield con
    con.close()


@cache
def suites() -> dict[str, runner.Suite]:
    return {suite.name: suite for suite in runner.load_suites("landing")}


def test_every_landing_source_has_a_suite() -> None:
    assert set(suites()) == set(BUNDLED) == set(CONTRACTS)


def test_columns_here_are_those_that_landing_writes() -> None:
    """The suites are proved on the columns below; landing must deliver the same ones."""
    for source_id, (_, columns) in BUNDLED.items():
        typed = {c.name: c.duckdb_type.lower() for c in CONTRACTS[source_id].columns}
        assert columns.items() <= {n: t.replace(", ", ",") for n, t in typed.items()}.items()


def test_bundled_data_meets_its_suites(bundled: duckdb.DuckDBPyConnection) -> None:
    results = runner.run_suites(bundled, list(suites().values()))
    not_bundled = {source_id for source_id, (files, _) in BUNDLED.items() if not files}
    assert {r.check_name.split("__")[0] for r in results if r.status == "skipped"} == not_bundled
    off = {
        r.check_name: (r.status, r.observed) for r in results if r.status not in ("pass", "skipped")
    }
    assert set(off) == KNOWN_WARNINGS, off
    assert {status for status, _ in off.values()} == {"warn"}


@pytest.mark.parametrize(
    ("source_id", "damage", "claim"), DAMAGES, ids=[f"{s}-{c}" for s, _, c in DAMAGES]
)
def test_damage_is_noticed(
    source_id: str, damage: str, claim: str, bundled: duckdb.DuckDBPyConnection
) -> None:
    suite = suites()[source_id]
    (one,) = [one for one in suite.expectations if one.claim == claim]
    bundled.execute("begin")
    try:
        bundled.execute(damage.format(t=f"landing.{source_id}"))
        (result,) = runner.run_suites(bundled, [replace(suite, expectations=(one,))])
    finally:
        bundled.execute("rollback")
    assert result.status == ("fail" if one.severity == "error" else "warn"), result
    assert result.observed


# --- which files are read -----------------------------------------------------------------------


def deliver(
    settings: Settings, vintage: str, known_on: str, landed_at: str, rates: dict[str, str]
) -> None:
    """Write one landed delivery of exchange rates: period (a year) -> query of its rows."""
    folder = settings.landing_dir
    entries = []
    for year, query in rates.items():
        path = folder / "ecb_exchange_rates" / year / f"{vintage}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        quoted = str(path).replace("'", "''")
        duckdb.execute(f"copy ({query}) to '{quoted}' (format parquet)")
        entries.append(
            {
                "source_id": "ecb_exchange_rates",
                "period": year,
                "vintage": vintage,
                "file_name": "ecb.csv.gz",
                "known_on": known_on,
                "landed_at": landed_at,
                "row_count": 12,
                "quarantined_count": 0,
                "parquet_path": path.relative_to(folder).as_posix(),
            }
        )
    manifest = folder / "_manifest" / "ecb_exchange_rates" / f"{vintage}.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps(entries), encoding="utf-8")


def rates(year: int, rate: float) -> str:
    return (
        f"select '{year}-' || lpad(i::varchar, 2, '0') as period, "
        f"{rate}::decimal(12, 6) as usd_per_eur from range(1, 13) as numbers(i)"
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")
    return Settings(data_dir=tmp_path / "it's data")


def by_claim(settings: Settings) -> dict[str, tuple[str, str | None]]:
    results = runner.run_landing(settings, ["ecb_exchange_rates"])
    return {r.check_name.partition("__")[2]: (r.status, r.observed) for r in results}


def test_latest_vintage_of_each_period_is_read(settings: Settings) -> None:
    """The newer delivery has one year only: the other year still comes from the older one."""
    deliver(
        settings,
        "20260101-aaaaaaaaaaaa",
        "2026-01-01",
        "2026-01-02T00:00:00Z",
        {"2023": rates(2023, 1.1), "2024": rates(2024, 9.0)},
    )
    assert by_claim(settings)["rate_between_half_and_two"][0] == "fail"
    deliver(
        settings,
        "20260601-bbbbbbbbbbbb",
        "2026-06-01",
        "2026-06-02T00:00:00Z",
        {"2024": rates(2024, 1.12)},
    )
    found = by_claim(settings)
    assert found["rate_between_half_and_two"] == ("pass", "1.1 to 1.12; none of 24 rows against it")
    assert found["one_row_per_month"][0] == "pass"
    assert found["years_2010_to_2025"][0] == "skipped"


def test_same_knowledge_date_later_landing_wins(settings: Settings) -> None:
    for vintage, landed_at, rate in (
        ("20260101-ffffffffffff", "2026-01-02T00:00:00Z", 9.0),
        ("20260101-aaaaaaaaaaaa", "2026-01-03T00:00:00Z", 1.1),
    ):
        deliver(settings, vintage, "2026-01-01", landed_at, {"2024": rates(2024, rate)})
    assert by_claim(settings)["rate_between_half_and_two"][0] == "pass"


def test_source_without_delivery_is_an_error(settings: Settings) -> None:
    found = by_claim(settings)
    status, observed = found["rate_between_half_and_two"]
    assert status == "error"
    assert "nothing has landed" in observed
    assert "pass" not in {status for status, _ in found.values()}


def test_parquet_that_is_gone_is_an_error(settings: Settings) -> None:
    deliver(
        settings,
        "20260101-aaaaaaaaaaaa",
        "2026-01-01",
        "2026-01-02T00:00:00Z",
        {"2024": rates(2024, 1.1)},
    )
    next(settings.landing_dir.glob("ecb_exchange_rates/*/*.parquet")).unlink()
    status, observed = by_claim(settings)["rate_between_half_and_two"]
    assert status == "error"
    assert "cannot be read" in observed
