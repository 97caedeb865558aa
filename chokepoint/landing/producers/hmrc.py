"""HM Revenue & Customs: monthly imports by HS6, and its API of trade by eight-digit code."""

from __future__ import annotations

from chokepoint.landing.contracts import (
    Check,
    Column,
    LeaveOut,
    ProducerFormat,
    SourceContract,
    amount,
    cn8,
    country,
    country_alpha2,
    hs6,
    month,
    one_of,
    text,
)

IMPORTS_MONTHLY = SourceContract(
    source_id="hmrc_imports_monthly",
    title="HMRC: UK imports by month and HS6",
    file_pattern="hmrc_imports_monthly.csv.gz",
    columns=(
        month(),
        hs6(),
        country("partner_iso3"),
        amount("value_usd"),
        amount("net_mass_kg"),
    ),
    key=("period", "hs6", "partner_iso3"),
    period_sql="period",
    frequency="monthly",
)

_HAS_LETTERS = Check(
    "not regexp_full_match(\"partner\", '-?[0-9]+')",
    "a number of HMRC without its letters",
    "Ask the API with $expand=Country: its CountryCodeAlpha is used.",
)

OTS_MONTHLY = SourceContract(
    source_id="hmrc_ots_monthly",
    title="HMRC: UK trade by month, eight-digit code, partner and port",
    file_pattern=None,
    columns=(
        month(),
        one_of("flow_type", ("1", "2", "3", "4")),
        cn8(),
        Column("partner", "varchar", checks=(_HAS_LETTERS, *country_alpha2("partner").checks)),
        text("port"),
        text("sitc"),
        text("suppression_index"),
        amount("value_gbp"),
        amount("net_mass_kg", nullable=True),
        amount("supplementary_quantity", nullable=True),
    ),
    key=("cn8", "flow_type", "partner", "port", "sitc", "suppression_index", "period"),
    period_sql="period",
    frequency="monthly",
    part_columns=("cn8",),
    has_alpha2_codes=True,
    formats=(
        ProducerFormat(
            name="HMRC's API of Overseas Trade Statistics",
            documentation="https://www.uktradeinfo.com/api-documentation/",
            file_name=r"hmrc_ots_monthly.*\.(json|csv|csv\.gz)",
            json="value",
            columns=("MonthId", "FlowTypeId", "CommodityId", "CountryId", "Value", "NetMass"),
            optional=(
                "SuppressionIndex",
                "CommoditySitcId",
                "PortId",
                "SuppUnit",
                "Commodity",
                "Country",
            ),
            values=(
                ("period", """left("MonthId", 4) || '-' || substr("MonthId", 5)"""),
                ("flow_type", '"FlowTypeId"'),
                (
                    "cn8",
                    # The number has lost its leading nought.
                    """coalesce(
                        nullif(regexp_extract("Commodity", '"Cn8Code": ?"([^"]*)"', 1), ''),
                        lpad("CommodityId", 8, '0')
                    )""",
                ),
                (
                    "partner",
                    """coalesce(
                        nullif(regexp_extract("Country", '"CountryCodeAlpha": ?"([^"]*)"', 1), ''),
                        "CountryId"
                    )""",
                ),
                ("port", """coalesce("PortId", '-')"""),
                ("sitc", """coalesce("CommoditySitcId", '-')"""),
                ("suppression_index", """coalesce("SuppressionIndex", '-')"""),
                ("value_gbp", '"Value"'),
                ("net_mass_kg", '"NetMass"'),
                ("supplementary_quantity", '"SuppUnit"'),
            ),
            leaves_out=(
                LeaveOut(
                    "starts_with(\"CommodityId\", '-')",
                    "trade below the threshold or suppressed, without a product code",
                ),
            ),
        ),
    ),
)

CONTRACTS = (IMPORTS_MONTHLY, OTS_MONTHLY)
