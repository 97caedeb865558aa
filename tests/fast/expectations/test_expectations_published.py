"""The published suites on a small file: they pass on good rows and notice damaged ones."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from chokepoint.settings import PROJECT_DIR, Settings
from expectations import runner

SHIPPED = runner.load_suites("published")
MEMBERS = (
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT "
    "ROU SVK SVN SWE"
)
OTHERS = "CHN TWN HKG USA JPN KOR GBR COD NAM"
KEY = {
    "reporter_code": "EU27",
    "supplier_scope": "extra_eu",
    "source_id": "baci_eu27_figures",
    "nomenclature": "HS2017",
    "product_code": "850511",
    "period": "2024",
}
# Two products of a bulk source: the EU27 with its partners, and a member without.
BULK_KEYS = [
    KEY
    | {
        "source_id": "comext_bulk_monthly",
        "nomenclature": "CN2024",
        "product_code": product,
        "period": "2024-01",
    }
    for product in ("85051110", "85XXXXXX")
]
CONCENTRATION = {
    "top_supplier_iso3": "CHN",
    "import_value_eur": 1.1e9,
    "net_mass_kg": 2e7,
    "hhi_value": 0.82,
    "hhi_mass": 0.84,
    "hhi_value_low": 0.82,
    "hhi_value_high": 0.82,
    "top_supplier_value_share": 0.9,
}
IMPUTED = {
    "partner_iso3": "JPN",
    "value_without_mass_eur": 5e5,
    "imputed_mass_kg": 4,
    "mass_share": 0.08,
    "mass_share_imputed": 0.1,
    "cell_net_mass_kg": 100,
    "cell_mass_with_imputed_kg": 104,
}
VERDICT = {
    "reporter_code": "EU27",
    "source_id": "baci_eu27_figures",
    "nomenclature": "HS2017",
    "product_code": "850511",
    "period": "2024",
    "reason": "cdi1 0.82 meets > 0.4",
    "certainty": "as_defined",
    "is_dependent": True,
}
INDICATOR = {
    name: VERDICT[name]
    for name in ("reporter_code", "source_id", "nomenclature", "product_code", "period")
} | {"value_low": None, "value_high": None}
STATE = {
    "measure_id": "CN-2025-18",
    "act_id": "CN-2025-18",
    "clause_id": "whole",
    "destination": "ALL",
    "user_type": "all",
    "claim_group": "base",
    "state": "in_force",
    "is_disputed": False,
    "valid_from": "2025-04-04",
    "valid_to": "2026-04-04",
    "known_from": "2025-04-04",
    "known_to": "2030-01-01",
}
UNDER_MEASURES = {
    "reporter_code": "EU27",
    "partner_iso3": "CHN",
    "source_id": "baci_eu27_figures",
    "nomenclature": "HS2017",
    "product_code": "811010",
    "period": "2024",
    "claim_group": "base",
    "product_value_eur": 100,
}
INDEX = {
    "reporter_code": "EU27",
    "partner_iso3": "CHN",
    "source_id": "baci_eu27_figures",
    "nomenclature": "HS2017",
    "period": "2024",
    "weighting": "current",
    "products_traded": 29,
}
SCOPE = {
    "measure_id": "CN-2025-18",
    "clause_id": "whole",
    "nomenclature": "HS2022",
    "product_code": "850511",
    "coverage": "partial",
    "share_low": 0,
    "share_high": 1,
}
CLAIM = {
    "claim_id": "L001",
    "body": "CLEPA",
    "claim_date": "2025-06-04",
    "population": "EU; automotive suppliers",
    "source_url": "https://example.org/claim",
    "numerator": 19,
    "denominator": 141,
    "share_of_filed": 0.134751773,
    "share_of_decided": 0.95,
    "share_low": 0.134751773,
    "share_high": 0.99,
}
FIGURE_CHECK = {
    "check_id": "F003a",
    "fact_id": "F003",
    "fact_source_title": "A newspaper",
    "reason_kind": "reconciliation",
    "published_value": 46.3,
    "relative_difference": -0.046,
}
FILE = {
    "table_name": "baci_eu27_figures",
    "vintage": "20261125-0123456789ab",
    "file_sha256": 4 * "0123456789abcdef",
}
LINES = {
    "source_id": "baci_eu27_figures",
    "table_name": "baci_eu27_figures",
    "vintage": FILE["vintage"],
    "nomenclature": "HS2017",
    "product_code": "850511",
    "period": "2024",
    "flow": "import",
    "reporter_code": "EU27",
    "first_line": 2,
    "last_line": 7,
    "line_count": 3,
}
ORIGIN = {
    "role": "measure",
    "table_name": "measures",
    "vintage": FILE["vintage"],
    "data_origin": "real",
    "first_line": 2,
    "last_line": 2,
    "line_count": 1,
}
NETWORK = {
    "source_id": "baci_hs92_bilateral",
    "nomenclature": "HS1992",
    "product_code": "280530",
    "period": "2024",
}
PAIR = {
    "reporter_code": "EU27",
    "supplier_scope": "extra_eu",
    "source_id": "baci_hs92_bilateral",
    "nomenclature": "HS1992",
    "product_code": "280530",
    "period": "2024",
    "base_period": "2022",
}
GAP = {
    "pair_id": "comext_against_baci_hs92",
    "importer_nomenclature": "CN2024",
    "exporter_nomenclature": "HS1992",
    "product_code": "280530",
    "period": "2024",
    "importer_code": "EU27",
    "exporter_code": "CHN",
    "pair_kind": "reconciled_against_reported",
    "report_kind": "both",
    "importer_value_eur": 5,
    "exporter_value_eur": 6,
    "log_ratio": -0.182321556794,
    "relative_gap": -0.181818181818,
}
EXPOSURE = {
    "scenario_id": "base",
    "data_origin": "synthetic",
    "graph_origin": "synthetic",
    "graph_id": "g",
    "evidence_scope": "all",
    "part_id": "car",
    "target_kind": "site",
    "target_id": "s1",
    "exposure_low": 0.2,
    "exposure_share": 0.3,
    "exposure_high": 0.6,
    "direct_share": 0.1,
    "hidden_share": 0.2,
    "share_by_tier": [0, 0.1, 0.2],
    "weakest_link_share": 1,
    "unknown_share": 0.2,
}
CHOKEPOINT = {
    "scenario_id": "base",
    "data_origin": "synthetic",
    "graph_origin": "synthetic",
    "graph_id": "g",
    "evidence_scope": "all",
    "target_kind": "site",
    "target_id": "s1",
    "chokepoint_rank": 1,
    "products": 4,
    "products_reached": 3,
    "products_reached_hidden": 1,
    "reached_share": 0.75,
    "mean_exposure_low": 0.2,
    "mean_exposure_share": 0.3,
    "mean_exposure_high": 0.6,
    "largest_exposure_share": 0.5,
}
EXPOSURE_PATH = {
    "data_origin": "synthetic",
    "graph_id": "g",
    "part_id": "car",
    "path_rank": 1,
    "end_part_id": "chip",
    "path": "car > unit > chip",
    "tier": 2,
    "weight_low": 0.1,
    "weight": 0.2,
    "weight_high": 0.3,
    "paths_told": 1,
    "ways_in_all": 4,
}
EXPOSURE_MEASURE = {
    "data_origin": "synthetic",
    "graph_id": "g",
    "part_id": "chip",
    "site_id": "s1",
    "measure_id": "M1",
    "clause_id": "whole",
    "coverage": "whole",
    "covered_share_high": 1,
}
EXPOSURE_PART = {"data_origin": "synthetic", "graph_id": "g", "part_id": "chip"}
EXPOSURE_SITE = {"data_origin": "synthetic", "graph_id": "g", "site_id": "s1"}
SIGNAL = NETWORK | {
    "reporter_code": "EU27",
    "third_country_iso3": "VNM",
    "origin_iso3": "CHN",
    "reading": "signal, not proof: both flows rose",
    "onward_value_eur": 500000,
    "onward_value_before_eur": 1000,
    "supply_value_eur": 9000000,
    "supply_value_before_eur": 4000000,
    "correlation": 0.96,
}
PARTNER_CHANGE = PAIR | {
    "partner_iso3": "CHN",
    "change_kind": "incumbent",
    "value_share_before": 0.6,
    "value_share_after": 0.5,
    "hhi_value_contribution": -0.11,
    "hhi_mass_contribution": -0.11,
    "hhi_value_change": -0.1,
    "hhi_mass_change": -0.1,
    "volume_effect": -0.03,
    "supplier_mix_effect": -0.05,
    "price_effect": -0.02,
    "unsplit_effect": 0,
    "is_comparable": True,
}
BASKET = {key: value for key, value in PAIR.items() if key != "product_code"} | {
    "basket_id": "all_products",
    "product_count": 2,
    "weighted_hhi_before": 0.4,
    "weighted_hhi_after": 0.46,
    "weighted_hhi_change": 0.06,
    "within_effect": -0.01,
    "between_effect": 0.07,
}
CROSSING = PAIR | {
    "threshold_id": "one_country_65",
    "crossing": "down",
    "threshold_value": 0.65,
    "value_before": 0.7,
    "value_after": 0.6,
}
CHURN = {
    "reporter_code": "EU27",
    "supplier_scope": "extra_eu",
    "source_id": "baci_hs92_bilateral",
    "period": "2024",
    "base_period": "2022",
    "threshold_id": "one_country_65",
    "product_count": 34,
    "above_before_count": 7,
    "above_after_count": 8,
    "crossed_up_count": 2,
    "crossed_down_count": 1,
    "left_share": 0.142857142857,
}
TREND = {key: value for key, value in PAIR.items() if not key.endswith("period")} | {
    "metric": "hhi_value",
    "partner_iso3": "",
    "first_period": "2015",
    "period_count": 10,
    "mann_kendall_sum": -15,
    "mann_kendall_p": 0.21,
}
DERISKING = PAIR | {
    "partner_iso3": "CHN",
    "verdict": "possibly_rerouted",
    "verdict_reason": "CHN went from 60.0 to 50.0 % by value",
    "rerouting_partner_iso3": "VNM",
    "value_share_change": -0.1,
    "volume_effect": -0.03,
    "supplier_mix_effect": -0.05,
    "price_effect": -0.02,
    "unsplit_effect": 0,
}
BREAK = {
    "source_id": "baci_eu27_figures",
    "product_code": "850511",
    "break_period": "2017",
    "break_kind": "edition_change",
    "reason": "Figures are in HS2002 before 2017 and in HS2017 from then on",
    "is_blocking": True,
}
EVENT = {
    "event_id": "E001",
    "event_date": "2023-07-03",
    "description": "Gallium controls announced",
    "source_title": "Notice",
}
SUPPLY_RISK = {
    "assessment_id": "ec2017",
    "material": "Antimony",
    "stage": "processing",
    "supply_mode": "global_and_eu",
    "import_reliance_source": "printed",
    "import_reliance": 1,
    "eol_rir": 0.28,
    "supply_risk": 4.147,
    "supply_risk_low": 3.86,
    "supply_risk_high": 4.44,
}
SECTOR_INPUT = {
    "sector_code": "C26",
    "sector_name": "Computers, electronics and optics",
    "direct_inputs_per_output": 0.06,
    "hidden_requirement_per_output": 0.17,
    "share_of_direct_inputs": 0.25,
    "share_of_total_requirement": 0.4,
}
SECTOR_RELIANCE = {
    "sector_code": "C26",
    "foreign_inputs_per_output_low": 0.16,
    "foreign_inputs_per_output_high": 0.57,
    "foreign_share_of_total_requirement": 0.39,
    "largest_total_source_iso3": "CHN",
}
MATERIAL_USE = {
    "material": "Gallium",
    "nace_division": "C26",
    "use_share_low": 0.7,
    "value_added_meur": 77000,
    "largest_supplier_share_low": 0.69,
    "largest_supplier_share_high": 0.73,
}
AT_RISK = {
    "material": "Gallium",
    "nace_division": "C26",
    "shock_country_iso3": "CHN",
    "alpha_high": 0.001,
    "sigma_low": 0.04,
    "shock_high": 0.73,
    "loss_share_low": 0.0001,
    "loss_share_high": 0.64,
}
REQUIREMENT = {
    "data_origin": "synthetic",
    "graph_id": "sample",
    "part_id": "car",
    "component_id": "chip",
    "status": "exact",
    "quantity_low": 11,
    "quantity_high": 11,
}
IMPORTANCE = {
    "assessment_id": "ec2023",
    "material": "Antimony",
    "economic_importance_before_substitution": 5.858,
    "published_economic_importance": 5.4,
    "largest_value_added_meur": 204200,
}
PRODUCTION = {
    "mineral": "Cobalt",
    "year": 2022,
    "hhi": 0.4929,
    "cr1": 0.6949,
    "cr3": 0.8069,
    "total_quantity": 200000,
}
GEOPOLRISK = {
    "reporter_code": "DEU",
    "mineral": "Graphite",
    "year": 2019,
    "import_risk": 0.56,
    "import_risk_low": 0.56,
    "import_risk_high": 0.56,
    "geopolrisk_score": 0.31,
    "import_quantity_tonnes": 48262,
}
BENCHMARK = {
    "material": "copper",
    "benchmark_id": "B003",
    "reading": "per_material",
    "evidence_id": "eol_rir",
    "stage": "any",
    "period": "2023",
    "value_low": 0.55,
    "value_high": 0.55,
    "target": 0.25,
}
LICENCE = {
    "data_origin": "synthetic",
    "as_of_date": "2026-10-31",
    "stratum_kind": "material",
    "stratum": "dysprosium",
}
LICENCE_DAY = LICENCE | {
    "clock": "working_days",
    "survival_low": 1,
    "survival_high": 1,
    "refused_incidence": 0,
    "withdrawn_incidence": 0,
    "expired_incidence": 0,
}
LICENCE_DURATION = LICENCE | {
    "clock": "working_days",
    "median_text": "43",
    "n": 12,
    "n_events": 9,
    "n_censored": 3,
    "median_days": 43,
    "share_decided_by_45": 0.52,
    "max_follow_up_days": 210,
}
LICENCE_MONTH = LICENCE | {"decided": 3, "withdrawn": 1, "p50_pending_age_days": 40}
LICENCE_COHORT = LICENCE | {"matured": 4, "breached": 1, "breach_share": 0.25}
LICENCE_HISTORY = LICENCE | {
    "n": 12,
    "n_events": 9,
    "n_censored": 3,
    "median_days": 61,
    "median_low": 50,
    "median_high": 72,
    "is_shift": True,
}
BRIEF_FACT = {
    "fact_id": "expiry|30|CN-2025-70|base|2026-11-10|in_force|lapsed_presumed",
    "line_kind": "expiry",
    "severity": "medium",
    "headline": "CN No. 70/2025: in force until 2026-11-10, then lapsed with no later act.",
    "clause_id": "whole",
    "evidence_url": "https://example.org/act",
    "data_origin": "press_claim",
    "days_before": 30,
    "is_standing": False,
    "event_date": "2026-11-10",
    "due_on": "2026-10-11",
    "due_until": "2026-11-03",
    "first_known_from": "2025-11-07",
    "known_from": "2025-11-07",
    "known_to": None,
}
TRACK_RECORD = {
    "rule_id": "expiry_30",
    "line_kind": "expiry",
    "days_before": 30,
    "alert_count": 18,
    "hit_count": 14,
    "false_alarm_count": 2,
    "undetermined_count": 2,
    "event_count": 14,
    "found_event_count": 14,
    "precision_share": 0.875,
    "precision_low": 0.64,
    "precision_high": 0.97,
    "recall_share": 1.0,
}
COMMITMENT = {
    "commitment_id": "K1",
    "period": "2025-12",
    "verdict": "kept",
    "verdict_reason": "Median of the 3 months known so far: 95 % of the baseline",
    "code_match": "proxy",
    "placebo_result": "passed",
    "observed_months": 3,
    "least_months": 3,
    "first_knowable_date": "2026-02-14",
    "known_from": "2026-02-14",
}
CONTINUITY = {
    "measure_id": "CN-2025-18",
    "reporter_code": "GBR",
    "source_id": "hmrc_imports_monthly",
    "nomenclature": "HS2022",
    "period": "2025-05",
}
FLOW_CONTINUITY = CONTINUITY | {
    "partner_code": "CHN",
    "flow": "import",
    "product_code": "850511",
    "reading": "below",
    "reading_basis": "value",
    "baseline_method": "median_level",
    "value_eur": 40,
    "expected_value_eur": 100,
    "value_low_eur": 60,
    "deviation": -0.6,
    "known_from": "2025-07-15",
}
STATE_IN_SCENARIO = STATE | {
    "scenario_id": "base",
    "data_origin": "base",
    "certainty": "settled",
    "is_assumed": False,
}
QUEUE = {
    "scenario_id": "base",
    "data_origin": "synthetic",
    "register_origin": "synthetic",
    "stratum_kind": "all",
    "stratum": "all",
    "pending": 10,
    "newly_needed": 0,
    "queue": 10,
    "closed_per_month": 4,
}
CAPACITY = {
    "graph_id": "public-facts",
    "capacity_id": "C1",
    "site_id": "hamburg",
    "unit": "wafers/month",
    "data_origin": "press_claim",
    "quantity": 35000,
    "smallest_quantity": 35000,
    "greatest_quantity": 83000,
    "is_conflicting": True,
}
POSITION = {
    "scenario_id": "base",
    "data_origin": "synthetic",
    "graph_origin": "synthetic",
    "graph_id": "sample-carmaker",
    "site_id": "own-north",
    "part_id": "module-016",
    "quantity_basis": "pieces",
}
COVER = POSITION | {
    "arrivals_case": "nothing_arrives",
    "status": "known",
    "reason": None,
    "quantity": 100,
    "daily_use": 2,
    "orders_left_out": 1,
    "days_of_cover_p10": 40,
    "days_of_cover_p50": 50,
    "days_of_cover_p90": 60,
    "stock_out_date_p10": "2026-12-10",
}
UNKNOWN_COVER = COVER | {
    "part_id": "module-017",
    "status": "unknown_stock",
    "reason": "no reading of the stock",
    **dict.fromkeys(
        ("quantity", "days_of_cover_p10", "days_of_cover_p50", "days_of_cover_p90",
         "stock_out_date_p10"),
    ),
}  # fmt: skip

ROWS: dict[str, list[dict[str, Any]]] = {
    "marts.fct_supply_risk": [SUPPLY_RISK],
    "marts.fct_economic_importance": [IMPORTANCE],
    "marts.fct_sector_input_reliance": [
        SECTOR_INPUT | {"source_country_code": "CHN"},
        SECTOR_INPUT
        | {
            "source_country_code": "EU27",
            "share_of_direct_inputs": 0.75,
            "share_of_total_requirement": 0.6,
        },
    ],
    "marts.fct_sector_foreign_reliance": [SECTOR_RELIANCE],
    "marts.fct_sector_material_use": [MATERIAL_USE],
    "marts.fct_value_added_at_risk": [AT_RISK],
    "marts.fct_material_requirements": [REQUIREMENT],
    "marts.fct_production_concentration": [PRODUCTION],
    "marts.fct_geopolrisk": [GEOPOLRISK],
    "marts.fct_crm_act_benchmarks": [BENCHMARK],
    "marts.dim_country": [
        {
            "country_iso3": code,
            "country_iso2": "NA" if code == "NAM" else code[:2].lower(),
            "country_name": code.title(),
            "is_eu27_member": code in MEMBERS.split(),
        }
        for code in f"{MEMBERS} {OTHERS}".split()
    ],
    "marts.dim_product": [
        {"nomenclature_family": "HS", "product_code": code, "product_name": f"Product {code}"}
        for code in ("850511", "280530", "811292", "8542", "250410")
    ]
    + [
        {"nomenclature_family": "CN", "product_code": code, "product_name": f"Product {code}"}
        for code in ("85051110", "85XXXXXX")
    ],
    "marts.dim_measure": [{"measure_id": "CN-2025-18", "instrument_no": "No. 18/2025"}],
    "marts.fct_import_concentration": [
        KEY | CONCENTRATION,
        *(key | CONCENTRATION for key in BULK_KEYS),
        *(key | CONCENTRATION | {"reporter_code": "DEU"} for key in BULK_KEYS),
    ],
    "marts.dim_trade_source": [
        {"source_id": key["source_id"], "is_bulk": key != KEY} for key in (KEY, *BULK_KEYS)
    ],
    "marts.fct_dependency_verdicts": [
        VERDICT | {"definition_id": f"definition_{number}"} for number in range(6)
    ],
    "marts.fct_dependency_indicators": [
        INDICATOR | {"indicator_id": "cdi1", "value": 0.6, "value_low": 0.6, "value_high": 0.6},
        INDICATOR | {"indicator_id": "cdi3_all_exports", "value": 4.2},
    ],
    "marts.fct_partner_shares": [
        key | share
        for key in (KEY, *BULK_KEYS)
        for share in (
            {"partner_iso3": "CHN", "value_share": 0.9, "mass_share": 0.92},
            {"partner_iso3": "JPN", "value_share": 0.1, "mass_share": 0.08},
        )
    ],
    "marts.fct_imputed_masses": [
        KEY | IMPUTED,
        BULK_KEYS[0] | IMPUTED,
        BULK_KEYS[0] | IMPUTED | {"reporter_code": "DEU", "mass_share": 0.3},
    ],
    "marts.fct_exposure_shares": [
        EXPOSURE,
        EXPOSURE | {"evidence_scope": "verified", "exposure_low": 0.1},
    ],
    "marts.fct_chokepoints": [CHOKEPOINT],
    "marts.fct_exposure_paths": [EXPOSURE_PATH],
    "marts.bridge_exposure_measures": [EXPOSURE_MEASURE],
    "marts.dim_exposure_part": [EXPOSURE_PART],
    "marts.dim_exposure_site": [EXPOSURE_SITE],
    "marts.fct_commitment_scorecard": [COMMITMENT],
    "marts.fct_continuity_index": [
        CONTINUITY
        | {"continuity_index": 0.75, "continuity_index_low": 0.6, "continuity_index_high": 0.8}
    ],
    "marts.fct_flow_continuity": [FLOW_CONTINUITY],
    "marts.fct_measure_states": [
        STATE,
        STATE | {"valid_from": "2026-04-04", "valid_to": None, "state": "suspended"},
    ],
    "marts.fct_trade_under_measures": [
        UNDER_MEASURES
        | {
            "state": state,
            "value_eur_low": value,
            "value_eur_central": value,
            "value_eur_high": value,
        }
        for state, value in (("in_force", 30), ("not_covered", 70))
    ],
    "marts.fct_restriction_indices": [
        INDEX | {"index_id": "coverage_ratio", "index_low": 0.01, "index_high": 0.2},
        INDEX | {"index_id": "prevalence_score", "index_low": 0.1, "index_high": 1.2},
    ],
    "marts.bridge_measure_products": [
        SCOPE,
        SCOPE
        | {
            "product_code": "28053031",
            "nomenclature": "CN2025",
            "coverage": "whole",
            "share_low": 1,
            "share_central": 1,
        },
    ],
    "marts.fct_supplier_centrality": [
        NETWORK
        | {
            "exporter_iso3": exporter,
            "export_rank": rank,
            "world_export_share": share,
            "page_rank": share / 2,
            "hub_score": share,
        }
        for rank, (exporter, share) in enumerate((("CHN", 0.75), ("VNM", 0.25)), start=1)
    ],
    "marts.fct_product_networks": [
        NETWORK
        | {
            "fragility_basis": "approximation of IMF WP/17/30, whose text was not consulted",
            "export_centralisation": 0.7,
            "world_export_hhi": 0.625,
            "weighted_clustering": 0.4,
            "ranked_product_count": 3,
            "dispersion_rank": 1,
            "clustering_rank": 1,
            "substitutability_rank": 1,
            "is_fragile": True,
        }
    ],
    "marts.fct_supplier_removal": [
        NETWORK
        | {
            "exporter_iso3": "CHN",
            "export_rank": 1,
            "importer_count": 40,
            "importers_left_below_80_pct": 30,
            "importers_left_below_50_pct": 20,
            "value_lost_share": 0.75,
        }
    ],
    "marts.fct_scenario_measure_states": [
        STATE_IN_SCENARIO,
        STATE_IN_SCENARIO | {"valid_from": "2026-04-04", "valid_to": None, "state": "suspended"},
        STATE_IN_SCENARIO
        | {
            "scenario_id": "suspension-lapses",
            "data_origin": "assumption",
            "state": "in_force",
            "certainty": "assumed",
            "is_assumed": True,
        },
    ],
    "marts.bridge_exposure_suppliers": [
        {
            "data_origin": "press_claim",
            "graph_id": "public-facts",
            "part_id": "chips",
            "site_id": "dongguan",
            "evidence_class": "declared",
            "supply_share_high": 0.8,
        }
    ],
    "marts.dim_scenario_change": [
        {
            "scenario_id": "suspension-lapses",
            "data_origin": "assumption",
            "change_number": 1,
            "bears_on": 9,
        }
    ],
    "marts.bridge_event_targets": [
        {"event_id": "E011", "target_kind": "measure", "target_id": "CN-2025-18"}
    ],
    "marts.fct_licence_queue": [
        QUEUE,
        QUEUE | {"scenario_id": "suspension-lapses", "newly_needed": 3, "queue": 13},
    ],
    "marts.fct_stock_cover": [
        COVER,
        COVER | {"scenario_id": "nothing-changes"},
        COVER | {"arrivals_case": "orders_as_planned", "days_of_cover_p50": 55},
        COVER
        | {
            "scenario_id": "nothing-changes",
            "arrivals_case": "orders_as_planned",
            "days_of_cover_p50": 55,
        },
        UNKNOWN_COVER,
        UNKNOWN_COVER | {"scenario_id": "nothing-changes"},
    ],
    "marts.fct_stock_cover_fan": [
        POSITION | {"arrivals_case": "nothing_arrives", "week": 0, "share_of_draws_out": 0},
        POSITION | {"arrivals_case": "nothing_arrives", "week": 6, "share_of_draws_out": 0.3},
    ],
    "marts.fct_mirror_gaps": [GAP],
    "marts.fct_reroute_signals": [SIGNAL],
    "marts.fct_licence_backlog": [
        LICENCE_MONTH
        | {"period": "2026-09", "opening": 0, "filed": 9, "closing": 5, "clearance_ratio": 0.44},
        LICENCE_MONTH
        | {"period": "2026-10", "opening": 5, "filed": 2, "closing": 3, "clearance_ratio": 2},
    ],
    "marts.fct_alert_track_record": [TRACK_RECORD, TRACK_RECORD | {"rule_id": "expiry_90"}],
    "marts.fct_exposure_faults": [
        {
            "data_origin": "synthetic",
            "graph_id": "sample-carmaker",
            "fault_kind": "part_without_supplier",
            "subject_kind": "part",
            "subject_id": "module-007",
            "treatment": "kept",
            "message": "no supplier is known",
        }
    ],
    "marts.fct_brief_facts": [BRIEF_FACT],
    "marts.fct_licence_claims": [CLAIM],
    "marts.fct_licence_deadlines": [
        LICENCE_COHORT | {"accepted_month": "2026-05"},
        LICENCE_COHORT | {"accepted_month": "all"},
    ],
    "marts.fct_licence_duration_history": [LICENCE_HISTORY],
    "marts.fct_licence_durations": [LICENCE_DURATION],
    "marts.fct_licence_outcomes": [
        LICENCE
        | {
            "clock": "working_days",
            "outcome": "approved",
            "by_day": 45,
            "cumulative_incidence": 0.4,
            "pending_share": 0.5,
        }
    ],
    "marts.fct_licence_sample_bias": [
        {
            "data_origin": "synthetic",
            "stratum_kind": "material",
            "stratum": "dysprosium",
            "is_true_median_in_interval": True,
            "censored_error_days": 1,
            "decided_only_error_days": -6,
        }
    ],
    "marts.fct_licence_survival": [
        LICENCE_DAY | {"day": 0, "survival": 1, "approved_incidence": 0},
        LICENCE_DAY | {"day": 20, "survival": 0.75, "approved_incidence": 0.25},
    ],
    "marts.fct_licence_waiting": [
        LICENCE
        | {
            "clock": "working_days",
            "waiting_days": 45,
            "p50_remaining_days": 12,
            "p90_remaining_days": 70,
        }
    ],
    "marts.dim_nomenclature_break": [BREAK],
    "marts.fct_hhi_changes": [
        PARTNER_CHANGE,
        PARTNER_CHANGE
        | {
            "partner_iso3": "VNM",
            "change_kind": "entrant",
            "value_share_before": 0,
            "value_share_after": 0.1,
            "hhi_value_contribution": 0.01,
            "hhi_mass_contribution": 0.01,
            "volume_effect": 0.1,
            "supplier_mix_effect": -0.02,
            "price_effect": 0.02,
        },
    ],
    "marts.fct_basket_changes": [BASKET],
    "marts.fct_threshold_crossings": [CROSSING],
    "marts.fct_threshold_churn": [CHURN],
    "marts.fct_concentration_trends": [TREND],
    "marts.fct_derisking": [DERISKING],
    "marts.fct_events": [EVENT, EVENT | {"event_id": "E002"}],
    "marts.dim_scenario": [
        {"scenario_id": "base", "title": "Base", "data_origin": "base"},
        {"scenario_id": "lapse", "title": "It lapses", "data_origin": "assumption"},
    ],
    "marts.fct_site_capacities": [
        CAPACITY,
        CAPACITY | {"capacity_id": "C2", "quantity": 83000},
    ],
    "meta.figure_checks": [FIGURE_CHECK],
    "meta.deliveries": [
        {
            "source_id": FILE["table_name"],
            "period": "2024",
            "vintage": FILE["vintage"],
            "file_sha256": FILE["file_sha256"],
        }
    ],
    "meta.delivery_files": [
        FILE,
        FILE | {"table_name": "comext_bulk_monthly"},
        FILE | {"table_name": "measures"},
    ],
    "meta.trade_lines": [
        LINES | {"partner_code": "CHN"},
        LINES | {"partner_code": "JPN", "first_line": 9, "last_line": 9, "line_count": 1},
        *(
            LINES
            | {name: key[name] for name in ("source_id", "nomenclature", "product_code", "period")}
            | {"table_name": key["source_id"], "reporter_code": "DEU"}
            for key in BULK_KEYS
        ),
    ],
    "meta.row_origins": [
        ORIGIN
        | {
            "relation_name": "fct_measure_states",
            "row_key": '{"measure_id":"CN-2025-18","clause_id":"whole"}',
            "act_id": "CN-2025-18",
        },
        ORIGIN | {"relation_name": "fct_licence_claims", "row_key": '{"claim_id":"L001"}'},
    ],
    "meta.relation_origins": [
        {
            "schema_name": "marts",
            "relation_name": "fct_events",
            "table_name": "events",
            "model_sha256": FILE["file_sha256"],
        }
    ],
    "meta.sources": [
        {
            "table_name": source_id,
            "source_id": source_id,
            "licence": "CC BY 4.0",
            "producer": "A producer",
            "url": "https://example.org",
            "data_origin": "real",
        }
        for source_id in sorted(suite.name for suite in runner.load_suites("landing"))
    ],
}

# (what happens to the file, the checks that must notice, all of them)
DAMAGES = [
    (
        "update marts.fct_exposure_shares set data_origin = 'own'",
        {"fct_exposure_shares__no_private_graph_is_published"},
    ),
    (
        "update marts.fct_exposure_shares set exposure_low = -0.1",
        {"fct_exposure_shares__low_is_a_share"},
    ),
    (
        "update marts.fct_exposure_shares set exposure_high = 1.2",
        {"fct_exposure_shares__high_is_a_share"},
    ),
    (
        "update marts.fct_exposure_shares set exposure_low = 0.4",
        {"fct_exposure_shares__bounds_enclose_the_share"},
    ),
    (
        "update marts.fct_exposure_shares set share_by_tier = [0, 0.1, 0.1]",
        {"fct_exposure_shares__tiers_add_up"},
    ),
    (
        "update marts.fct_exposure_shares set hidden_share = 0.3",
        {"fct_exposure_shares__direct_and_hidden_add_up"},
    ),
    (
        "update marts.fct_exposure_shares set exposure_share = 0.2, hidden_share = 0.1, "
        "share_by_tier = [0, 0.1, 0.1] where evidence_scope = 'all'",
        {"fct_exposure_shares__verified_is_at_most_all"},
    ),
    (
        "update marts.fct_exposure_shares set weakest_link_share = 100",
        {"fct_exposure_shares__weakest_link_is_a_share"},
    ),
    (
        "update marts.fct_chokepoints set data_origin = 'own'",
        {"fct_chokepoints__no_private_graph_is_published"},
    ),
    (
        "update marts.fct_chokepoints set products_reached = 5",
        {"fct_chokepoints__no_more_products_than_there_are"},
    ),
    (
        "update marts.fct_chokepoints set mean_exposure_high = 0.25",
        {"fct_chokepoints__bounds_enclose_the_mean"},
    ),
    (
        "update marts.fct_chokepoints set reached_share = 75",
        {"fct_chokepoints__reached_share_in_unit_range"},
    ),
    (
        "insert into marts.fct_exposure_paths from marts.fct_exposure_paths",
        {"fct_exposure_paths__what_is_not_told_is_counted"},
    ),
    (
        "update marts.fct_exposure_paths set data_origin = 'own'",
        {"fct_exposure_paths__no_private_graph_is_published"},
    ),
    (
        "update marts.fct_exposure_paths set path = 'car > chip > chip'",
        {"fct_exposure_paths__no_part_comes_twice"},
    ),
    (
        "update marts.fct_exposure_paths set paths_told = 5",
        {"fct_exposure_paths__what_is_not_told_is_counted"},
    ),
    (
        "update marts.fct_exposure_paths set weight_high = 3",
        {"fct_exposure_paths__weight_is_a_share"},
    ),
    (
        "update marts.bridge_exposure_measures set data_origin = 'own'",
        {"bridge_exposure_measures__no_private_graph_is_published"},
    ),
    (
        "update marts.bridge_exposure_measures set coverage = 'maybe'",
        {"bridge_exposure_measures__coverages_are_known"},
    ),
    (
        "update marts.bridge_exposure_measures set covered_share_high = 2",
        {"bridge_exposure_measures__covered_share_is_a_share"},
    ),
    (
        "update marts.dim_exposure_part set data_origin = 'own'",
        {"dim_exposure_part__no_private_graph_is_published"},
    ),
    (
        "update marts.dim_exposure_site set data_origin = 'own'",
        {"dim_exposure_site__no_private_graph_is_published"},
    ),
    (
        "update marts.dim_scenario set data_origin = 'own' where scenario_id = 'lapse'",
        {"dim_scenario__nothing_own_is_published"},
    ),
    (
        "delete from marts.dim_scenario where scenario_id = 'base'",
        {"dim_scenario__there_is_one_base"},
    ),
    (
        "update marts.fct_site_capacities set data_origin = 'own'",
        {"fct_site_capacities__nothing_own_is_published"},
    ),
    (
        "update marts.fct_site_capacities set quantity = 90000",
        {"fct_site_capacities__span_holds_the_figure"},
    ),
    (
        "update marts.fct_site_capacities set is_conflicting = false",
        {"fct_site_capacities__conflicts_are_told"},
    ),
    (
        "update marts.fct_dependency_verdicts set reason = null where definition_id like '%0'",
        {"fct_dependency_verdicts__every_verdict_has_a_reason"},
    ),
    (
        "update marts.fct_dependency_verdicts set certainty = 'small_cell'",
        {"fct_dependency_verdicts__no_verdict_without_ground"},
    ),
    (
        "update marts.fct_dependency_indicators set value = 1.2, value_high = 1.2 "
        "where indicator_id = 'cdi1'",
        {"fct_dependency_indicators__shares_lie_between_zero_and_one"},
    ),
    (
        "update marts.fct_dependency_indicators set value_low = 0.7 where indicator_id = 'cdi1'",
        {"fct_dependency_indicators__value_is_not_below_its_lower_bound"},
    ),
    (
        "update marts.fct_dependency_indicators set value_high = 0.5 where indicator_id = 'cdi1'",
        {"fct_dependency_indicators__value_is_not_above_its_upper_bound"},
    ),
    (
        "update marts.fct_dependency_indicators set value = -1 where indicator_id <> 'cdi1'",
        {"fct_dependency_indicators__ratios_are_not_negative"},
    ),
    (
        "update marts.fct_import_concentration set hhi_value = 8200, hhi_value_high = 8200",
        {"fct_import_concentration__hhi_value_in_unit_range"},
    ),
    (
        "update marts.fct_import_concentration set hhi_value_high = 0.8",
        {"fct_import_concentration__hhi_not_above_its_upper_bound"},
    ),
    (
        "update marts.fct_import_concentration set hhi_value_low = 0.83",
        {"fct_import_concentration__hhi_not_below_its_lower_bound"},
    ),
    (
        "update marts.fct_import_concentration set top_supplier_value_share = 0.95",
        {"fct_import_concentration__hhi_covers_the_top_supplier"},
    ),
    (
        "update marts.fct_import_concentration set import_value_eur = 0",
        {"fct_import_concentration__imports_are_positive"},
    ),
    (
        "update marts.fct_imputed_masses set imputed_mass_kg = -1",
        {"fct_imputed_masses__imputed_mass_is_positive"},
    ),
    (
        "update marts.fct_imputed_masses set cell_mass_with_imputed_kg = 99",
        {"fct_imputed_masses__total_holds_the_stated_mass"},
    ),
    (
        "update marts.fct_imputed_masses set mass_share = 0.2",
        {"fct_imputed_masses__stated_shares_are_the_same"},
    ),
    (
        "update marts.fct_imputed_masses set partner_iso3 = 'KOR'",
        {
            "fct_imputed_masses__suppliers_are_those_of_the_shares",
            "fct_imputed_masses__stated_shares_are_the_same",
        },
    ),
    (
        "delete from marts.fct_partner_shares where source_id = 'comext_bulk_monthly'",
        {
            "fct_imputed_masses__suppliers_are_those_of_the_shares",
            "fct_imputed_masses__stated_shares_are_the_same",
        },
    ),
    (
        "update marts.fct_imputed_masses set mass_share = 0.2 where period = '2024-01'",
        {"fct_imputed_masses__stated_shares_are_the_same"},
    ),
    (
        "update marts.fct_commitment_scorecard set verdict_reason = null",
        {"fct_commitment_scorecard__every_verdict_has_a_reason"},
    ),
    (
        "update marts.fct_commitment_scorecard set known_from = '2026-02-13'",
        {"fct_commitment_scorecard__no_verdict_before_its_data"},
    ),
    (
        "update marts.fct_commitment_scorecard set observed_months = 2",
        {"fct_commitment_scorecard__verdicts_rest_on_enough_months"},
    ),
    (
        "update marts.fct_commitment_scorecard set code_match = 'finer_than_code'",
        {"fct_commitment_scorecard__no_verdict_without_a_code"},
    ),
    (
        "update marts.fct_commitment_scorecard set placebo_result = 'moved_as_much'",
        {"fct_commitment_scorecard__no_verdict_with_a_failed_placebo"},
    ),
    (
        "update marts.fct_continuity_index set continuity_index_low = -0.1",
        {"fct_continuity_index__low_is_not_negative"},
    ),
    (
        "update marts.fct_continuity_index set continuity_index_low = 0.9",
        {"fct_continuity_index__high_is_not_below_low"},
    ),
    (
        "update marts.fct_continuity_index set continuity_index = 75",
        {"fct_continuity_index__index_in_unit_range"},
    ),
    (
        "update marts.fct_flow_continuity set reading = 'missing'",
        {"fct_flow_continuity__missing_months_have_no_deviation"},
    ),
    (
        "update marts.fct_flow_continuity set baseline_method = 'not_measurable'",
        {"fct_flow_continuity__expectations_have_a_baseline"},
    ),
    (
        "update marts.fct_flow_continuity set known_from = '2025-05-31'",
        {"fct_flow_continuity__months_are_known_after_their_end"},
    ),
    (
        "update marts.fct_flow_continuity set value_eur = 61",
        {"fct_flow_continuity__readings_agree_with_the_interval"},
    ),
    (
        "update marts.fct_partner_shares set value_share = 0.2 where partner_iso3 = 'CHN'",
        {"fct_partner_shares__value_shares_make_a_whole"},
    ),
    (
        "update marts.fct_partner_shares set mass_share = 92 where partner_iso3 = 'CHN'",
        {"fct_partner_shares__mass_shares_make_a_whole"},
    ),
    (
        "update marts.fct_partner_shares set partner_iso3 = 'China' where partner_iso3 = 'CHN'",
        {"fct_partner_shares__partners_are_codes"},
    ),
    (
        "delete from marts.fct_partner_shares where source_id = 'comext_bulk_monthly'",
        {"fct_partner_shares__concentrations_have_shares"},
    ),
    (
        "delete from marts.fct_partner_shares where product_code = '85XXXXXX'",
        {"fct_partner_shares__concentrations_have_shares"},
    ),
    (
        "update marts.fct_partner_shares set period = '2023'",
        {
            "fct_partner_shares__shares_have_a_concentration",
            "fct_partner_shares__concentrations_have_shares",
        },
    ),
    (
        "update marts.fct_measure_states set valid_to = valid_from where valid_to is not null",
        {"fct_measure_states__intervals_are_not_empty"},
    ),
    (
        "update marts.fct_measure_states set state = 'claim_A_reactivated'",
        {"fct_measure_states__states_are_of_the_algebra"},
    ),
    (
        "update marts.fct_measure_states set destination = 'JP'",
        {"fct_measure_states__destinations_are_codes"},
    ),
    (
        "update marts.fct_measure_states set valid_from = '2026-04-04', valid_to = null",
        {"fct_measure_states__intervals_are_not_empty"},
    ),
    (
        "update marts.fct_measure_states set valid_from = '2026-04-01' where valid_to is null",
        {"fct_measure_states__no_two_states_at_one_point"},
    ),
    (
        "update marts.fct_measure_states set known_to = '2025-01-01'",
        {"fct_measure_states__knowledge_is_not_empty"},
    ),
    (
        "insert into marts.fct_trade_under_measures from marts.fct_trade_under_measures",
        {"fct_trade_under_measures__parts_add_up", "fct_trade_under_measures__one_remainder_each"},
    ),
    (
        "update marts.fct_trade_under_measures set value_eur_central = 29 where state = 'in_force'",
        {"fct_trade_under_measures__parts_add_up"},
    ),
    (
        "update marts.fct_trade_under_measures set value_eur_low = -1 where state = 'in_force'",
        {"fct_trade_under_measures__low_is_not_negative"},
    ),
    (
        "update marts.fct_trade_under_measures set value_eur_high = 20 where state = 'in_force'",
        {"fct_trade_under_measures__high_is_above_low"},
    ),
    (
        "update marts.fct_trade_under_measures set value_eur_high = 120 where state = 'in_force'",
        {"fct_trade_under_measures__total_is_above_high"},
    ),
    (
        "update marts.fct_trade_under_measures set state = 'repealed' where state = 'in_force'",
        {"fct_trade_under_measures__states_are_known"},
    ),
    (
        "update marts.fct_restriction_indices set index_id = 'f' where index_id = 'coverage_ratio'",
        {"fct_restriction_indices__indices_are_known"},
    ),
    (
        "update marts.fct_restriction_indices set index_low = -0.1 where index_low < 0.1",
        {"fct_restriction_indices__low_is_not_negative"},
    ),
    (
        "update marts.fct_restriction_indices set index_low = 0.5 where index_low < 0.1",
        {"fct_restriction_indices__high_is_above_low"},
    ),
    (
        "update marts.fct_restriction_indices set index_high = 1.2",
        {"fct_restriction_indices__shares_are_at_most_one"},
    ),
    (
        "update marts.fct_restriction_indices set products_traded = 0",
        {"fct_restriction_indices__products_were_traded"},
    ),
    (
        "insert into marts.fct_hhi_changes from marts.fct_hhi_changes",
        {"fct_hhi_changes__parts_add_by_value", "fct_hhi_changes__parts_add_by_mass"},
    ),
    (
        "delete from marts.fct_hhi_changes where partner_iso3 = 'VNM'",
        {"fct_hhi_changes__parts_add_by_value", "fct_hhi_changes__parts_add_by_mass"},
    ),
    (
        "update marts.fct_hhi_changes set price_effect = 0.1",
        {"fct_hhi_changes__effects_add"},
    ),
    (
        "update marts.fct_hhi_changes set block_kind = 'edition_change'",
        {"fct_hhi_changes__no_change_across_a_break"},
    ),
    (
        "update marts.fct_basket_changes set between_effect = 0.06",
        {"fct_basket_changes__effects_add"},
    ),
    (
        "update marts.fct_basket_changes set weighted_hhi_after = 4600",
        {"fct_basket_changes__weighted_hhi_in_unit_range"},
    ),
    (
        "update marts.fct_threshold_crossings set crossing = 'up'",
        {"fct_threshold_crossings__crossings_cross"},
    ),
    (
        "update marts.fct_threshold_churn set above_after_count = 9",
        {"fct_threshold_churn__counts_add"},
    ),
    (
        "update marts.fct_threshold_churn set left_share = 14",
        {"fct_threshold_churn__left_share_in_unit_range"},
    ),
    (
        "update marts.fct_concentration_trends set mann_kendall_p = 1.2",
        {"fct_concentration_trends__p_in_unit_range"},
    ),
    (
        "update marts.fct_concentration_trends set mann_kendall_sum = 46",
        {"fct_concentration_trends__signs_are_pairs"},
    ),
    (
        "update marts.fct_derisking set value_share_change = 0.1",
        {"fct_derisking__a_rise_is_not_diversified", "fct_derisking__effects_add"},
    ),
    (
        "update marts.fct_derisking set block_kind = 'edition_change'",
        {"fct_derisking__no_verdict_across_a_break"},
    ),
    (
        "update marts.fct_derisking set rerouting_partner_iso3 = null",
        {"fct_derisking__a_suspicion_names_a_country"},
    ),
    (
        "update marts.fct_derisking set price_effect = 0",
        {"fct_derisking__effects_add"},
    ),
    (
        "update marts.bridge_measure_products set coverage = 'ex' where coverage = 'whole'",
        {"bridge_measure_products__coverage_words_are_known"},
    ),
    (
        "update marts.bridge_measure_products set product_code = '8505'",
        {"bridge_measure_products__codes_are_codes"},
    ),
    (
        "update marts.bridge_measure_products set share_central = 0.4 where coverage = 'partial'",
        {"bridge_measure_products__no_share_is_invented"},
    ),
    (
        "insert into marts.fct_supplier_centrality from marts.fct_supplier_centrality",
        {
            "fct_supplier_centrality__shares_make_a_whole",
            "fct_supplier_centrality__hub_scores_make_a_whole",
        },
    ),
    (
        "update marts.fct_supplier_centrality set page_rank = 1 + page_rank",
        {"fct_supplier_centrality__page_ranks_stay_within_the_whole"},
    ),
    (
        "update marts.fct_supplier_centrality set exporter_iso3 = 'EU27' where export_rank = 2",
        {"fct_supplier_centrality__exporters_are_codes"},
    ),
    (
        "update marts.fct_product_networks set world_export_hhi = 6250",
        {"fct_product_networks__hhi_in_unit_range"},
    ),
    (
        "update marts.fct_product_networks set fragility_basis = 'IMF WP/17/30'",
        {"fct_product_networks__the_approximation_is_named"},
    ),
    (
        "update marts.fct_product_networks set clustering_rank = 2",
        {"fct_product_networks__flagged_products_are_in_the_worst_third"},
    ),
    (
        "update marts.fct_supplier_removal set importers_left_below_50_pct = 31",
        {"fct_supplier_removal__need_grows_with_the_threshold"},
    ),
    (
        "update marts.fct_supplier_removal set importer_count = 29",
        {"fct_supplier_removal__no_more_in_need_than_importers"},
    ),
    (
        "update marts.fct_supplier_removal set export_rank = 11",
        {"fct_supplier_removal__ten_suppliers_at_most"},
    ),
    (
        "update marts.fct_supplier_removal set value_lost_share = 75",
        {"fct_supplier_removal__lost_share_in_unit_range"},
    ),
    (
        "update marts.fct_mirror_gaps set exporter_value_eur = null",
        {"fct_mirror_gaps__no_logarithm_of_zero"},
    ),
    (
        "insert into marts.fct_reroute_signals from marts.fct_reroute_signals",
        {"fct_reroute_signals__key_is_unique"},
    ),
    (
        "update marts.fct_reroute_signals set reading = 'proof'",
        {"fct_reroute_signals__no_row_is_called_proof"},
    ),
    (
        "update marts.fct_reroute_signals set onward_value_before_eur = 600000",
        {"fct_reroute_signals__onward_trade_rose"},
    ),
    (
        "update marts.fct_reroute_signals set supply_value_eur = 1",
        {"fct_reroute_signals__supply_rose"},
    ),
    (
        "update marts.fct_reroute_signals set correlation = 1.5",
        {"fct_reroute_signals__correlation_in_range"},
    ),
    (
        "update marts.fct_alert_track_record set false_alarm_count = 0",
        {"fct_alert_track_record__no_alert_is_lost"},
    ),
    (
        "update marts.fct_alert_track_record set event_count = 13",
        {"fct_alert_track_record__no_event_is_found_twice"},
    ),
    (
        "update marts.fct_alert_track_record set recall_share = null where rule_id = 'expiry_90'",
        {"fct_alert_track_record__gaps_have_a_reason"},
    ),
    (
        "update marts.fct_alert_track_record set precision_share = 0.5",
        {"fct_alert_track_record__share_lies_in_its_interval"},
    ),
    (
        "update marts.fct_brief_facts set line_kind = 'rumour'",
        {"fct_brief_facts__kind_is_known"},
    ),
    (
        "update marts.fct_brief_facts set headline = 'CN No. 70/2025: in force until'",
        {"fct_brief_facts__headline_is_a_sentence"},
    ),
    (
        "update marts.fct_brief_facts set known_to = known_from",
        {"fct_brief_facts__every_fact_can_be_told"},
    ),
    (
        "update marts.fct_brief_facts set first_known_from = date '2026-01-01'",
        {"fct_brief_facts__first_knowledge_is_first"},
    ),
    (
        "update marts.fct_brief_facts set due_until = date '2026-12-01'",
        {"fct_brief_facts__warnings_end_with_the_term"},
    ),
    (
        "update marts.fct_brief_facts set data_origin = 'synthetic'",
        {"fct_brief_facts__synthetic_is_labelled"},
    ),
    (
        "update marts.fct_licence_claims set share_low = 0.99, share_high = 0.13",
        {"fct_licence_claims__bounds_are_ordered"},
    ),
    (
        "update marts.fct_licence_claims set denominator = 18",
        {"fct_licence_claims__approved_not_above_filed"},
    ),
    (
        "update marts.fct_licence_survival set data_origin = 'sample'",
        {"fct_licence_survival__origins_are_known"},
    ),
    (
        "update marts.fct_licence_survival set survival = 0.5 where day = 0",
        {
            "fct_licence_survival__survival_never_rises",
            "fct_licence_survival__shares_add_to_one",
        },
    ),
    (
        "update marts.fct_licence_survival set survival = 75, approved_incidence = -74 "
        "where day = 0",
        {"fct_licence_survival__survival_in_unit_range"},
    ),
    (
        "update marts.fct_licence_sample_bias set is_true_median_in_interval = false",
        {"fct_licence_sample_bias__intervals_hold_the_truth"},
    ),
    (
        "update marts.fct_licence_durations set median_days = null, median_text = null",
        {"fct_licence_durations__not_reached_is_said"},
    ),
    (
        "update marts.fct_licence_durations set n_censored = 0",
        {"fct_licence_durations__all_followed_are_counted"},
    ),
    (
        "update marts.fct_licence_durations set median_days = 300",
        {"fct_licence_durations__median_within_follow_up"},
    ),
    (
        "update marts.fct_licence_durations set share_decided_by_45 = 52",
        {"fct_licence_durations__share_by_45_in_unit_range"},
    ),
    (
        "update marts.fct_licence_outcomes set outcome = 'returned'",
        {"fct_licence_outcomes__outcomes_are_known"},
    ),
    (
        "update marts.fct_licence_outcomes set cumulative_incidence = 40",
        {"fct_licence_outcomes__incidence_in_unit_range"},
    ),
    (
        "update marts.fct_licence_outcomes set pending_share = -0.1",
        {"fct_licence_outcomes__pending_in_unit_range"},
    ),
    (
        "update marts.fct_licence_waiting set p50_remaining_days = 0",
        {"fct_licence_waiting__remaining_days_are_ahead"},
    ),
    (
        "update marts.fct_licence_waiting set p90_remaining_days = 5",
        {"fct_licence_waiting__half_before_nine_tenths"},
    ),
    (
        "update marts.fct_scenario_measure_states set state = 'repealed'"
        " where scenario_id = 'base' and state = 'suspended'",
        {
            "fct_scenario_measure_states__base_holds_no_other_law",
            "fct_scenario_measure_states__base_lacks_no_law",
        },
    ),
    (
        "update marts.fct_scenario_measure_states set is_assumed = true, certainty = 'assumed'"
        " where scenario_id = 'base'",
        {"fct_scenario_measure_states__base_assumes_nothing"},
    ),
    (
        "update marts.fct_scenario_measure_states set certainty = 'settled'",
        {"fct_scenario_measure_states__assumptions_are_marked"},
    ),
    (
        "update marts.fct_scenario_measure_states set data_origin = 'own'"
        " where scenario_id <> 'base'",
        {"fct_scenario_measure_states__own_scenarios_stay_private"},
    ),
    (
        "update marts.bridge_exposure_suppliers set data_origin = 'own'",
        {"bridge_exposure_suppliers__no_own_link_is_published"},
    ),
    (
        "update marts.bridge_exposure_suppliers set evidence_class = 'guessed'",
        {"bridge_exposure_suppliers__evidence_is_classed"},
    ),
    (
        "update marts.bridge_exposure_suppliers set supply_share_high = 80",
        {"bridge_exposure_suppliers__shares_are_shares"},
    ),
    (
        "update marts.dim_scenario_change set bears_on = 0",
        {"dim_scenario_change__each_change_bears_on_something"},
    ),
    (
        "update marts.dim_scenario_change set data_origin = 'own'",
        {"dim_scenario_change__own_changes_stay_private"},
    ),
    (
        "update marts.bridge_event_targets set target_kind = 'mood'",
        {"bridge_event_targets__kinds_are_known"},
    ),
    (
        "update marts.bridge_event_targets set target_id = 'CN-2099-1'",
        {"bridge_event_targets__measures_are_known"},
    ),
    (
        "update marts.fct_licence_queue set newly_needed = 1, queue = 11"
        " where scenario_id = 'base'",
        {"fct_licence_queue__base_has_no_new_cases"},
    ),
    (
        "update marts.fct_licence_queue set queue = 9",
        {"fct_licence_queue__queue_is_the_sum"},
    ),
    (
        "update marts.fct_licence_queue set closed_per_month = -4",
        {"fct_licence_queue__flows_are_not_negative"},
    ),
    (
        "update marts.fct_exposure_faults set data_origin = 'mine'",
        {"fct_exposure_faults__origins_are_known"},
    ),
    (
        "update marts.fct_exposure_faults set treatment = 'mended'",
        {"fct_exposure_faults__treatments_are_known"},
    ),
    (
        "update marts.fct_exposure_faults set message = null",
        {"fct_exposure_faults__faults_are_told"},
    ),
    (
        "update marts.fct_stock_cover set data_origin = 'own'",
        {"fct_stock_cover__no_own_position_is_published"},
    ),
    (
        "update marts.fct_stock_cover set days_of_cover_p50 = 0 where status = 'unknown_stock'",
        {"fct_stock_cover__unknown_stays_unknown"},
    ),
    (
        "update marts.fct_stock_cover set reason = null",
        {"fct_stock_cover__unknown_has_a_reason"},
    ),
    (
        "update marts.fct_stock_cover set days_of_cover_p50 = 45"
        " where arrivals_case = 'orders_as_planned'",
        {"fct_stock_cover__nothing_lasts_longer_for_lack_of_orders"},
    ),
    (
        "update marts.fct_stock_cover set days_of_cover_p90 = 61"
        " where scenario_id = 'nothing-changes'",
        {"fct_stock_cover__the_empty_scenario_is_the_base"},
    ),
    (
        "update marts.fct_stock_cover set days_of_cover_p10 = -1 where status = 'known'",
        {"fct_stock_cover__days_are_not_negative"},
    ),
    (
        "update marts.fct_stock_cover_fan set data_origin = 'own'",
        {"fct_stock_cover_fan__no_own_position_is_published"},
    ),
    (
        "update marts.fct_stock_cover_fan set share_of_draws_out = 30 where week = 6",
        {"fct_stock_cover_fan__shares_are_shares"},
    ),
    (
        "update marts.fct_stock_cover_fan set share_of_draws_out = 0.4 where week = 0",
        {"fct_stock_cover_fan__out_stays_out"},
    ),
    (
        "update marts.fct_licence_backlog set filed = 10 where period = '2026-09'",
        {"fct_licence_backlog__opening_and_filed_become_something"},
    ),
    (
        "update marts.fct_licence_backlog set opening = 6, decided = 4 where period = '2026-10'",
        {"fct_licence_backlog__each_month_opens_as_the_last_closed"},
    ),
    (
        "update marts.fct_licence_backlog set p50_pending_age_days = -40",
        {"fct_licence_backlog__ages_are_not_negative"},
    ),
    (
        "update marts.fct_licence_backlog set clearance_ratio = -1",
        {"fct_licence_backlog__clearance_is_not_negative"},
    ),
    (
        "update marts.fct_licence_deadlines set breach_share = 25",
        {"fct_licence_deadlines__breach_share_in_unit_range"},
    ),
    (
        "update marts.fct_licence_deadlines set breached = 5",
        {"fct_licence_deadlines__breaches_are_among_the_matured"},
    ),
    (
        "update marts.fct_licence_deadlines set matured = 3 where accepted_month = '2026-05'",
        {"fct_licence_deadlines__months_add_up_to_all"},
    ),
    (
        "update marts.fct_licence_duration_history set median_low = null, median_high = null",
        {"fct_licence_duration_history__shifts_rest_on_an_interval"},
    ),
    (
        "update marts.fct_licence_duration_history set n = 13",
        {"fct_licence_duration_history__all_followed_are_counted"},
    ),
    (
        "update marts.fct_events set event_date = '2203-07-03' where event_id = 'E002'",
        {"fct_events__dates_in_known_span"},
    ),
    (
        "update meta.figure_checks set relative_difference = 999",
        {"figure_checks__relative_differences_are_plausible"},
    ),
    (
        "update meta.delivery_files set file_sha256 = 'unknown' where table_name = 'measures'",
        {"delivery_files__checksums_are_sha256"},
    ),
    (
        "update meta.deliveries set vintage = '20261126-ba9876543210'",
        {"delivery_files__every_delivery_has_its_file"},
    ),
    (
        "update meta.trade_lines set vintage = '20261126-ba9876543210'",
        {"trade_lines__lines_are_in_a_file"},
    ),
    (
        "update meta.trade_lines set line_count = 7 where partner_code = 'CHN'",
        {"trade_lines__counts_fit_their_range"},
    ),
    (
        "update meta.trade_lines set partner_code = 'KOR' where partner_code = 'JPN'",
        {"trade_lines__shares_have_lines"},
    ),
    (
        "update meta.row_origins set first_line = 1",
        {"row_origins__lines_are_counted_from_the_header"},
    ),
    (
        "update meta.row_origins set act_id = 'CN-2025-55'",
        {"row_origins__states_have_an_act"},
    ),
    (
        "update meta.row_origins set row_key = '{}' where relation_name = 'fct_licence_claims'",
        {"row_origins__claims_have_a_line"},
    ),
    (
        "update meta.relation_origins set model_sha256 = ''",
        {"relation_origins__models_have_a_version"},
    ),
    (
        "update meta.sources set url = null where source_id = 'wgi_estimates'",
        {"sources__origin_can_be_looked_up"},
    ),
    (
        "update marts.dim_country set country_iso2 = null where country_iso3 = 'NAM'",
        {"dim_country__namibia_is_text"},
    ),
    (
        "update marts.dim_country set is_eu27_member = true where country_iso3 = 'GBR'",
        {"dim_country__eu_has_27_members"},
    ),
    (
        "delete from marts.dim_product where product_code = '85XXXXXX'",
        {"dim_product__every_traded_product_is_listed"},
    ),
    (
        "update marts.dim_product set product_code = '28053' where product_code = '280530'",
        {"dim_product__codes_keep_leading_zeros", "dim_product__headline_products_are_there"},
    ),
    (
        "delete from marts.dim_product where product_code = '850511'",
        {
            "dim_product__every_traded_product_is_listed",
            "dim_product__headline_products_are_there",
        },
    ),
    (
        "update marts.fct_sector_input_reliance set hidden_requirement_per_output = -0.1",
        {"fct_sector_input_reliance__hidden_is_not_negative"},
    ),
    (
        "update marts.fct_sector_input_reliance set share_of_direct_inputs = 0.2",
        {"fct_sector_input_reliance__direct_shares_add_up_to_one"},
    ),
    (
        "update marts.fct_sector_input_reliance set share_of_total_requirement = 0.6",
        {"fct_sector_input_reliance__total_shares_add_up_to_one"},
    ),
    (
        "update marts.fct_sector_foreign_reliance set foreign_inputs_per_output_high = 0.1",
        {"fct_sector_foreign_reliance__high_is_not_below_low"},
    ),
    (
        "update marts.fct_sector_foreign_reliance set largest_total_source_iso3 = 'EU27'",
        {"fct_sector_foreign_reliance__eu_is_no_foreign_source"},
    ),
    (
        "update marts.fct_sector_material_use set use_share_low = 70",
        {"fct_sector_material_use__use_share_in_range"},
    ),
    (
        "update marts.fct_sector_material_use set value_added_meur = -1",
        {"fct_sector_material_use__value_added_is_not_negative"},
    ),
    (
        "update marts.fct_sector_material_use set largest_supplier_share_high = 0.6",
        {"fct_sector_material_use__supplier_range_is_a_range"},
    ),
    (
        "update marts.fct_value_added_at_risk set loss_share_low = 0.7",
        {"fct_value_added_at_risk__high_is_not_below_low"},
    ),
    (
        "update marts.fct_value_added_at_risk set loss_share_high = 0.9",
        {"fct_value_added_at_risk__loss_is_not_above_the_shock"},
    ),
    (
        "update marts.fct_value_added_at_risk set sigma_low = -1",
        {"fct_value_added_at_risk__elasticity_is_stated"},
    ),
    (
        "update marts.fct_material_requirements set quantity_low = -1, quantity_high = -1",
        {"fct_material_requirements__quantity_is_not_negative"},
    ),
    (
        "update marts.fct_material_requirements set quantity_high = 3",
        {"fct_material_requirements__high_is_not_below_low"},
    ),
    (
        "update marts.fct_supply_risk set supply_risk = -1",
        {"fct_supply_risk__supply_risk_is_not_negative"},
    ),
    (
        "update marts.fct_supply_risk set supply_risk_low = -1",
        {"fct_supply_risk__low_is_not_negative"},
    ),
    (
        "update marts.fct_supply_risk set supply_risk_high = 1",
        {"fct_supply_risk__high_is_above_low"},
    ),
    (
        "update marts.fct_supply_risk set import_reliance_source = null",
        {"fct_supply_risk__sources_are_stated"},
    ),
    (
        "update marts.fct_economic_importance set economic_importance_before_substitution = 58",
        {"fct_economic_importance__importance_in_scale"},
    ),
    (
        "update marts.fct_economic_importance set largest_value_added_meur = 204",
        {"fct_economic_importance__largest_division_is_there"},
    ),
    (
        "update marts.fct_production_concentration set hhi = 4929",
        {"fct_production_concentration__hhi_is_not_above_the_largest_share"},
    ),
    (
        "update marts.fct_production_concentration set cr3 = 0.5",
        {"fct_production_concentration__three_largest_hold_the_largest"},
    ),
    (
        "update marts.fct_production_concentration set hhi = 0.8",
        {"fct_production_concentration__hhi_is_not_above_the_largest_share"},
    ),
    (
        "update marts.fct_production_concentration set total_quantity = -1",
        {"fct_production_concentration__totals_are_not_negative"},
    ),
    (
        "update marts.fct_geopolrisk set import_risk_high = 0.1",
        {"fct_geopolrisk__high_is_above_low"},
    ),
    (
        "update marts.fct_geopolrisk set geopolrisk_score = 0.9",
        {"fct_geopolrisk__score_is_not_above_import_risk"},
    ),
    (
        "update marts.fct_geopolrisk set import_quantity_tonnes = -1",
        {"fct_geopolrisk__masses_are_not_negative"},
    ),
    (
        "update marts.fct_crm_act_benchmarks set target = 0.15",
        {"fct_crm_act_benchmarks__targets_are_those_of_article_5"},
    ),
    (
        "update marts.fct_crm_act_benchmarks set value_low = -0.1",
        {"fct_crm_act_benchmarks__low_is_not_negative"},
    ),
    (
        "update marts.fct_crm_act_benchmarks set value_high = 0.1",
        {"fct_crm_act_benchmarks__high_is_above_low"},
    ),
    (
        "alter table marts.fct_events rename event_date to happened_on",
        {"fct_events__dates_in_known_span"},
    ),
]


def model_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The marts and meta relations as the models declare them, empty."""
    con.execute("create schema marts; create schema meta; create schema reports")
    for path in (PROJECT_DIR / "models" / "marts").glob("*/*.yml"):
        declared = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        for model in declared.get("models", []):
            schema, name = "marts", model["name"]
            if name.startswith("meta_"):
                schema, name = "meta", name.removeprefix("meta_")
            columns = ", ".join(f'"{c["name"]}" {c["data_type"]}' for c in model["columns"])
            con.execute(f"create or replace table {schema}.{name} ({columns})")


@pytest.fixture(scope="module")
def good_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "chokepoint.duckdb"
    with duckdb.connect(str(path)) as con:
        model_tables(con)
        for relation, rows in ROWS.items():
            for row in rows:
                con.execute(
                    f"insert into {relation} ({', '.join(row)}) values "
                    f"({', '.join('?' for _ in row)})",
                    list(row.values()),
                )
    return path


@pytest.fixture(autouse=True)
def _small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")


def test_small_good_file_passes(good_file: Path) -> None:
    """The fixture of the end-to-end test is small too: only what is marked full may need more."""
    results = runner.run_published(good_file, Settings())
    off = {r.check_name: r.observed for r in results if r.status not in ("pass", "skipped")}
    assert off == {}
    full = {
        suite.check_name(one)
        for suite in SHIPPED
        for one in suite.expectations
        if one.applies_to == "full"
    }
    assert {r.check_name for r in results if r.status == "skipped"} == full
    assert not list(good_file.parent.glob("*.wal"))


@pytest.fixture(scope="module")
def rows(good_file: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The good rows, to be damaged and left as they were."""
    copy = shutil.copy(good_file, tmp_path_factory.mktemp("damaged") / "chokepoint.duckdb")
    with duckdb.connect(str(copy)) as con:
        yield con


@pytest.mark.parametrize(("damage", "claims"), DAMAGES, ids=[min(c) for _, c in DAMAGES])
def test_damage_is_noticed(damage: str, claims: set[str], rows: duckdb.DuckDBPyConnection) -> None:
    names = {claim.partition("__")[0] for claim in claims}
    rows.begin()
    try:
        rows.execute(damage)
        results = runner.run_suites(rows, [suite for suite in SHIPPED if suite.name in names])
    finally:
        rows.rollback()
    assert {r.check_name for r in results if r.status not in ("pass", "skipped")} == claims


def test_relation_that_is_not_published_is_an_error(good_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(good_file, tmp_path / "damaged.duckdb"))
    with duckdb.connect(str(path)) as con:
        con.execute("drop table marts.fct_events")
    results = [
        r for r in runner.run_published(path, Settings()) if r.relation == "marts.fct_events"
    ]
    assert {r.status for r in results} == {"error", "skipped"}
    assert "it is not in the file" in next(r.observed for r in results if r.status == "error")


@pytest.mark.parametrize("suite", SHIPPED, ids=lambda suite: suite.name)
def test_suites_name_columns_that_the_models_have(suite: runner.Suite, good_file: Path) -> None:
    """A renamed column must be noticed here and not after a whole build."""
    with duckdb.connect(str(good_file), read_only=True) as con:
        have = {row[0] for row in con.execute(f"describe {suite.relation}").fetchall()}
        assert set(suite.columns()) <= have
        for frame in suite.frames.values():
            described = {row[0] for row in con.execute(f"describe {frame.query}").fetchall()}
            needed = {
                column
                for one in suite.expectations
                if one.frame == frame.name
                for column in one.columns()
            }
            assert needed <= described
