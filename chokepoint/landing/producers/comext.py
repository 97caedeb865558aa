"""Eurostat Comext: imports of the members by CN8 product and year, and by month, bulk or API."""

from __future__ import annotations

from dataclasses import replace

from chokepoint.landing.columns import column, columns, given, hs6, names
from chokepoint.landing.contracts import LeaveOut, ProducerFormat, annual, monthly

# Codes of unions and other groups in Eurostat's tables, such as EU, EU27_2020, EA20, EXT_EU27_2020.
_GROUPS = "(EU|EA|EFTA|OECD|OPEC|NAFTA|ACP|INTRA|EXTRA|INT|EXT|WORLD)[0-9]*(_[0-9A-Z_]+)?"

CN8_IMPORTS = annual(
    source_id="comext_cn8_imports",
    title="Comext: imports of the members by CN8",
    file_pattern="comext_cn8_imports.csv.gz",
    columns=columns("year year, reporter country2, partner country2, cn8 cn8, value_eur amount"),
    key=("year", "cn8", "reporter", "partner"),
    has_alpha2_codes=True,
)

# The order counts: a row is left out for the first reason that fits.
_LEFT_OUT = (
    LeaveOut("substr(\"PERIOD\", 5) = '52'", "sum of a year, beside its months"),
    *(
        LeaveOut(
            f"regexp_full_match(\"{side.upper()}\", '{_GROUPS}')",
            f"group of countries as {side}, beside its members",
        )
        for side in ("reporter", "partner")
    ),
    # The supplementary files of the United Kingdom's two parts mark them so.
    LeaveOut(
        "\"TRADE_TYPE\" in ('L', 'M')",
        "part of the United Kingdom (XI or XU), beside the whole (GB)",
    ),
    LeaveOut(
        "\"PARTNER\" in ('XI', 'XU')",
        "part of the United Kingdom (XI or XU), beside the whole (GB)",
        only_beside="\"PARTNER\" = 'GB'",
    ),
    *(
        LeaveOut(
            f"\"PARTNER\" = '{whole}'",
            f"{what} together ({whole}), beside their parts ({one}, {other})",
            only_beside=f"\"PARTNER\" in ('{one}', '{other}')",
        )
        for what, whole, one, other in (
            ("stores and provisions", "QQ", "QR", "QS"),
            ("countries not specified", "QU", "QV", "QW"),
            ("countries not disclosed", "QX", "QY", "QZ"),
        )
    ),
    LeaveOut(
        "\"PRODUCT_NC\" in ('TOTAL', 'TT') or length(\"PRODUCT_NC\") < 8",
        "total, chapter, heading or subheading, beside the products in it",
    ),
)

# A file of another month's rows would take the place of that month.
_NAMED_MONTH = "regexp_extract(file_name(), 'full(?:_v2)?_?([0-9]{6})[.]', 1)"
_MONTH = column("period month").must(
    f"{_NAMED_MONTH} in ('', replace(\"period\", '-', ''))",
    "not the month in the name of the file",
    "Deliver each month in a file called after it, with all its rows; if the name is wrong, rename "
    "the file.",
)

BULK_MONTHLY = monthly(
    source_id="comext_bulk_monthly",
    title="Comext: trade of the members by month, CN8 and partner",
    columns=(
        _MONTH,
        *columns("reporter country2, partner country2, trade_type one_of I E"),
        column("product_nc").must(
            r"""regexp_full_match("product_nc", '[0-9]{2}[0-9A-Z]{6}')""",
            "not a product code of eight characters",
            "Leave totals and chapters out; confidential codes hold letters after the chapter.",
        ),
        *columns(
            "flow one_of 1 2, stat_procedure, suppl_unit?, value_eur amount, quantity_kg amount?, "
            "quantity_suppl_unit amount?"
        ),
    ),
    key=names(
        "product_nc, flow, reporter, partner, trade_type, stat_procedure, suppl_unit, period"
    ),
    # Several products of a chapter hide behind one confidential code, in rows of their own.
    key_exempt_sql="regexp_matches(product_nc, '[A-Z]')",
    has_alpha2_codes=True,
    formats=(
        ProducerFormat(
            name="Eurostat's monthly bulk file",
            documentation="https://ec.europa.eu/eurostat/databrowser/bulk?selectedTab=fileComext",
            # The 7z is called full_v2_202401.7z, the file in it full_202401.dat.
            file_name=r"full(_v2)?_?\d{6}\.(7z|zip|dat|csv|csv\.gz)",
            members=r"full(_v2)?_?\d{6}\.(dat|csv)",
            columns=names(
                "REPORTER, PARTNER, TRADE_TYPE, PRODUCT_NC, FLOW, STAT_PROCEDURE, SUPPL_UNIT, "
                "PERIOD, VALUE_EUR, QUANTITY_KG, QUANTITY_SUPPL_UNIT"
            ),
            # Other classifications of the same product, and the value in national currency.
            optional=names(
                "PRODUCT_SITC, PRODUCT_CPA21, PRODUCT_CPA22, PRODUCT_BEC, PRODUCT_BEC5, "
                "PRODUCT_SECTION, VALUE_NAC"
            ),
            values=(
                ("period", """left("PERIOD", 4) || '-' || substr("PERIOD", 5)"""),
                *given(
                    "reporter REPORTER, partner PARTNER, trade_type TRADE_TYPE, "
                    "product_nc PRODUCT_NC, flow FLOW, stat_procedure STAT_PROCEDURE"
                ),
                ("suppl_unit", """nullif("SUPPL_UNIT", 'NO_SU')"""),
                *given("value_eur VALUE_EUR, quantity_kg QUANTITY_KG"),
                (
                    "quantity_suppl_unit",
                    """case when "SUPPL_UNIT" <> 'NO_SU' then "QUANTITY_SUPPL_UNIT" end""",
                ),
            ),
            leaves_out=_LEFT_OUT,
        ),
    ),
)

# One row per indicator, as the API gives them; int_trade__flows_as_reported sets them side by side.
SDMX_MONTHLY = monthly(
    source_id="comext_sdmx_monthly",
    title="Comext: trade by month, CN8 and partner, from Eurostat's SDMX API",
    columns=(
        *columns("period month, reporter country2, partner country2"),
        column("product").must(
            r"""regexp_full_match("product", '[0-9]{2}[0-9A-Z]{6}')""",
            "not a product code of eight characters",
            "Ask the API for eight-digit codes.",
        ),
        *columns(
            "flow one_of 1 2, "
            "indicator one_of VALUE_IN_EUROS QUANTITY_IN_100KG SUPPLEMENTARY_QUANTITY, "
            "amount amount decimal(24,3), flag?"
        ),
    ),
    key=("product", "flow", "reporter", "partner", "indicator", "period"),
    part_columns=("reporter", "product"),
    has_alpha2_codes=True,
    formats=(
        ProducerFormat(
            name="SDMX-CSV of Eurostat's Comext API (DS-045409)",
            documentation="https://ec.europa.eu/eurostat/web/user-guides/data-browser"
            "/api-data-access/api-detailed-guidelines/sdmx2-1",
            file_name=r"(comext_sdmx_monthly|estat_ds-045409|ds-045409).*\.(csv|csv\.gz)",
            columns=names(
                "freq, reporter, partner, product, flow, indicators, TIME_PERIOD, OBS_VALUE"
            ),
            # SDMX-CSV 1.0 begins with DATAFLOW, 2.0 with STRUCTURE. Labels come in a column of
            # their own behind the code (labels=name), or in that of the code (labels=both).
            is_open=True,
            marks=(("product", "[0-9]{2}[0-9A-Z]{6}"),),
            label_mark=": ",
            optional=names(
                "DATAFLOW, LAST UPDATE, STRUCTURE, STRUCTURE_ID, STRUCTURE_NAME, ACTION, "
                "OBS_FLAG, CONF_STATUS"
            ),
            values=(
                ("period", '"TIME_PERIOD"'),
                # The Union alone, where no member is in the file.
                (
                    "reporter",
                    "case \"reporter\" when 'EU27_2020' then 'EU27' else \"reporter\" end",
                ),
                *given(
                    "partner partner, product product, flow flow, indicator indicators, "
                    "amount OBS_VALUE"
                ),
                ("flag", 'coalesce("OBS_FLAG", "CONF_STATUS")'),
            ),
            leaves_out=(
                LeaveOut("\"freq\" <> 'M'", "sum of a year, beside its months"),
                LeaveOut(
                    f"regexp_full_match(\"reporter\", '{_GROUPS}')",
                    "group of countries as reporter, beside its members",
                    only_beside=f"not regexp_full_match(\"reporter\", '{_GROUPS}')",
                ),
                LeaveOut(
                    f"regexp_full_match(\"reporter\", '{_GROUPS}') and \"reporter\" <> 'EU27_2020'",
                    "group of countries as reporter other than the Union of 27",
                ),
                LeaveOut(
                    f"regexp_full_match(\"partner\", '{_GROUPS}')",
                    "group of countries as partner, beside its members",
                ),
                LeaveOut(
                    '"product" = \'TOTAL\' or length("product") < 8',
                    "total, chapter, heading or subheading, beside the products in it",
                ),
                LeaveOut("\"flow\" not in ('1', '2')", "kind of export, beside all exports"),
                LeaveOut(
                    """coalesce("OBS_VALUE", ':') = ':'""",
                    "cell without a figure (not available or confidential)",
                ),
            ),
        ),
    ),
)

# The same data set by subheading: goods of which nobody has listed the eight-digit codes.
_SDMX = SDMX_MONTHLY.formats[0]
SDMX_HS6_MONTHLY = replace(
    SDMX_MONTHLY,
    source_id="comext_sdmx_hs6_monthly",
    title="Comext: trade by month, HS6 and partner, from Eurostat's SDMX API",
    columns=tuple(hs6("product") if one.name == "product" else one for one in SDMX_MONTHLY.columns),
    formats=(
        replace(
            _SDMX,
            name=f"{_SDMX.name}, six digits",
            file_name=r"comext_sdmx_hs6_monthly.*\.(csv|csv\.gz)",
            marks=(("product", "[0-9]{6}"),),
            leaves_out=tuple(
                LeaveOut(
                    '"product" = \'TOTAL\' or length("product") <> 6',
                    "total, chapter, heading or CN8 code, beside the subheadings",
                )
                if 'length("product")' in rule.sql
                else rule
                for rule in _SDMX.leaves_out
            ),
        ),
    ),
)

CONTRACTS = (CN8_IMPORTS, BULK_MONTHLY, SDMX_MONTHLY, SDMX_HS6_MONTHLY)
