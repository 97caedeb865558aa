"""HM Revenue & Customs: monthly imports by HS6; trade by eight-digit code, by API and in bulk."""

from __future__ import annotations

from itertools import accumulate

from chokepoint.landing.columns import columns, country_alpha2, given, names
from chokepoint.landing.contracts import (
    Check,
    LeaveOut,
    ProducerFormat,
    Records,
    SourceContract,
    monthly,
)

IMPORTS_MONTHLY = monthly(
    source_id="hmrc_imports_monthly",
    title="HMRC: UK imports by month and HS6",
    file_pattern="hmrc_imports_monthly.csv.gz",
    columns=columns(
        "period month, hs6 hs6, partner_iso3 country, value_usd amount, net_mass_kg amount"
    ),
    key=("period", "hs6", "partner_iso3"),
)

_HAS_LETTERS = Check(
    "not regexp_full_match(\"partner\", '-?[0-9]+')",
    "a number of HMRC without its letters",
    "Ask the API with $expand=Country: its CountryCodeAlpha is used.",
)

OTS_MONTHLY = monthly(
    source_id="hmrc_ots_monthly",
    title="HMRC: UK trade by month, eight-digit code, partner and port",
    columns=(
        *columns("period month, flow_type one_of 1 2 3 4, cn8 cn8"),
        country_alpha2("partner", _HAS_LETTERS),
        *columns(
            "port, sitc, suppression_index, value_gbp amount, net_mass_kg amount?, "
            "supplementary_quantity amount?"
        ),
    ),
    key=("cn8", "flow_type", "partner", "port", "sitc", "suppression_index", "period"),
    part_columns=("cn8",),
    has_alpha2_codes=True,
    formats=(
        ProducerFormat(
            name="HMRC's API of Overseas Trade Statistics",
            documentation="https://www.uktradeinfo.com/api-documentation/",
            file_name=r"hmrc_ots_monthly.*\.(json|csv|csv\.gz)",
            json="value",
            is_open=True,
            columns=("MonthId", "FlowTypeId", "CommodityId", "CountryId", "Value"),
            optional=names(
                "NetMass, SuppressionIndex, CommoditySitcId, PortId, SuppUnit, Commodity, Country"
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
                *given("value_gbp Value, net_mass_kg NetMass, supplementary_quantity SuppUnit"),
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

_BULK_PAGE = (
    "https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets"
    "/bulk-data-set-export-and-import-technical-specifications"
)
# What stands in a line of 85 characters, and how many of them it takes.
_BULK_WIDTHS = {
    "PERIOD-REFERENCE": 6, "TYPE": 1, "MONTH-OF-ACCOUNT": 6, "COMCODE": 8, "SITC": 5,
    "COD-SEQUENCE": 3, "COD-ALPHA": 2, "PORT-SEQUENCE": 3, "PORT-ALPHA": 3, "COO-SEQUENCE": 3,
    "COO-ALPHA": 2, "MODE-OF-TRANSPORT": 2, "STAT-VALUE": 12, "NET-MASS": 12, "SUPP-UNIT": 12,
    "SUPPRESSION": 1, "FLOW": 3, "RECORD-TYPE": 1,
}  # fmt: skip
_BULK_FIELDS = tuple(
    (name, end - width + 1, end)
    for (name, width), end in zip(
        _BULK_WIDTHS.items(), accumulate(_BULK_WIDTHS.values()), strict=True
    )
)
_BULK_VALUES = (
    ("port", """coalesce("PORT-ALPHA", "PORT-SEQUENCE", '-')"""),
    ("transport_mode", """coalesce("MODE-OF-TRANSPORT", '-')"""),
    ("sitc", """coalesce("SITC", '-')"""),
    ("declaration_type", """coalesce("TYPE", '-')"""),
    ("suppression", """coalesce("SUPPRESSION", '-')"""),
    ("record_type", """coalesce("RECORD-TYPE", '-')"""),
    *given("value_gbp STAT-VALUE, net_mass_kg NET-MASS, supplementary_quantity SUPP-UNIT"),
)
_BULK_LEAVES_OUT = (
    LeaveOut(
        '"MONTH-OF-ACCOUNT" <> "PERIOD-REFERENCE"',
        "amendment of another month, which that month's revised file holds",
    ),
    LeaveOut(
        """not regexp_full_match(coalesce("COMCODE", ''), '[0-9]{8}')
                        or "COMCODE" in ('00000000', '99999999')""",
        "trade below the threshold or suppressed, without a product code",
    ),
)


def _bulk(flow: str, letters: str) -> SourceContract:
    """Lines of customs' declarations, grouped: all of them count, also where two are alike."""

    # A line whose country is withheld or not told has blanks or noughts for it.
    def place(column: str) -> str:
        return f"""coalesce(
            nullif("{column}-ALPHA", '00'),
            case when coalesce("SUPPRESSION", '0') <> '0' then 'QX' else 'QU' end
        )"""

    return monthly(
        source_id=f"hmrc_bulk_{flow}s_monthly",
        title=f"HMRC: UK {flow}s by month, eight-digit code, partner, origin and port, bulk files",
        columns=columns(
            "period month, cn8 cn8, partner country2, origin country2?, port, transport_mode, "
            "sitc, declaration_type, suppression, record_type, value_gbp amount, "
            "net_mass_kg amount?, supplementary_quantity amount?"
        ),
        key=("cn8", "partner", "origin", "port", "transport_mode", "sitc", "period"),
        key_exempt_sql="true",
        has_alpha2_codes=True,
        formats=(
            ProducerFormat(
                name=f"HMRC's bulk file of {flow}s (BDS{letters.title()})",
                documentation=_BULK_PAGE,
                file_name=rf"bds{letters}(\d{{4}}|_.*archive)\.(zip|txt)",
                members=rf"bds{letters}\d{{4}}\.txt",
                many_members=True,
                records=Records(
                    fields=_BULK_FIELDS,
                    line=rf"\d{{6}}.\d{{6}}.{{31}}[ \d+-]{{36}}.(?i:{letters}).?",
                    frame=r"(0{9}|9{9}).*|\s*",
                ),
                columns=tuple(name for name, _, _ in _BULK_FIELDS),
                values=(
                    (
                        "period",
                        """left("PERIOD-REFERENCE", 4) || '-' || substr("PERIOD-REFERENCE", 5)""",
                    ),
                    ("cn8", '"COMCODE"'),
                    ("partner", place("COD")),
                    ("origin", place("COO") if flow == "import" else "null"),
                    *_BULK_VALUES,
                ),
                leaves_out=_BULK_LEAVES_OUT,
            ),
        ),
    )


BULK_IMPORTS_MONTHLY = _bulk("import", "imp")
BULK_EXPORTS_MONTHLY = _bulk("export", "exp")

CONTRACTS = (IMPORTS_MONTHLY, OTS_MONTHLY, BULK_IMPORTS_MONTHLY, BULK_EXPORTS_MONTHLY)
