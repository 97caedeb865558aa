"""US Census Bureau: monthly imports of the United States by HS6 product and country."""

from __future__ import annotations

from chokepoint.landing.columns import columns, given, names
from chokepoint.landing.contracts import LeaveOut, ProducerFormat, monthly

IMPORTS_MONTHLY = monthly(
    source_id="us_census_imports_monthly",
    title="US Census: imports by month, HS6 and country",
    columns=columns(
        "period month, hs6 hs6, country_code country, country_name?, general_value_usd amount, "
        "consumption_value_usd amount?, air_value_usd amount?, vessel_value_usd amount?, "
        "air_weight_kg amount?, vessel_weight_kg amount?"
    ),
    key=("hs6", "country_code", "period"),
    part_columns=("hs6",),
    formats=(
        ProducerFormat(
            name="the Census Bureau's API of imports by HS code",
            documentation="https://www.census.gov/foreign-trade/reference/guides/"
            "Guide_to_International_Trade_Datasets.pdf",
            file_name=r"us_census_imports_monthly.*\.(json|csv|csv\.gz)",
            json="",
            columns=("I_COMMODITY", "CTY_CODE", "GEN_VAL_MO"),
            is_open=True,
            # The month comes as it was asked for.
            either=(("time",), ("YEAR", "MONTH")),
            # Of the endpoints by port, state and district, whose rows are parts of these.
            breakdowns=("PORT", "STATE", "DISTRICT"),
            optional=names(
                "CON_VAL_MO, AIR_VAL_MO, VES_VAL_MO, AIR_WGT_MO, VES_WGT_MO, CTY_NAME, "
                "SUMMARY_LVL, COMM_LVL, I_COMMODITY_SDESC, I_COMMODITY_LDESC"
            ),
            values=(
                ("period", """coalesce("time", "YEAR" || '-' || lpad("MONTH", 2, '0'))"""),
                *given(
                    "hs6 I_COMMODITY, country_code CTY_CODE, country_name CTY_NAME, "
                    "general_value_usd GEN_VAL_MO, consumption_value_usd CON_VAL_MO, "
                    "air_value_usd AIR_VAL_MO, vessel_value_usd VES_VAL_MO, "
                    "air_weight_kg AIR_WGT_MO, vessel_weight_kg VES_WGT_MO"
                ),
            ),
            leaves_out=(
                LeaveOut("\"CTY_CODE\" = '-'", "total of all countries, beside the countries"),
                # Groups of Schedule C begin with 00 (unions) or end in X (continents).
                LeaveOut(
                    "\"SUMMARY_LVL\" = 'CGP'"
                    r""" or regexp_full_match("CTY_CODE", '00\d\d|\dX+|\d{2,3}X+')""",
                    "group of countries, beside its members",
                ),
                LeaveOut(
                    "\"COMM_LVL\" <> 'HS6'"
                    """ or not regexp_full_match("I_COMMODITY", '[0-9]{6}')""",
                    "other level of the nomenclature, beside the six-digit products",
                ),
            ),
        ),
    ),
)

CONTRACTS = (IMPORTS_MONTHLY,)
