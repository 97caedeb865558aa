"""World Bank: Worldwide Governance Indicators, and metal prices by month."""

from __future__ import annotations

from chokepoint.landing.columns import column, columns, given, is_missing, names, one_of
from chokepoint.landing.contracts import (
    ANY_SHEET,
    LeaveOut,
    ProducerFormat,
    SourceContract,
    Table,
    annual,
)

INDICATORS = ("cc", "ge", "pv", "rl", "rq", "va")
_NO_ESTIMATE = LeaveOut(is_missing('"figure"'), "year without an estimate")
_WGI_PAGE = "https://www.worldbank.org/en/publication/worldwide-governance-indicators"
_ESTIMATE = "Governance estimate (approx. -2.5 to +2.5)"

# From the revision of 2025: a sheet for each indicator, a row for each economy and year. The file
# with source data has a column for each source, and they change.
WGI_SHEETS = ProducerFormat(
    name="the workbook of the Worldwide Governance Indicators, from 2025",
    documentation=_WGI_PAGE,
    file_name=r"(wgi_estimates|wgidataset).*\.xlsx",
    columns=("Economy (code)", "Year", _ESTIMATE),
    table=Table(sheets=INDICATORS, has_more=True),
    values=(
        *given("iso3 Economy (code), year Year"),
        ("indicator", 'lower("sheet")'),
        ("estimate", f'"{_ESTIMATE}"'),
    ),
    leaves_out=(LeaveOut(is_missing(f'"{_ESTIMATE}"'), _NO_ESTIMATE.reason),),
)

# Updates of 2023 and 2024: one sheet, a row for each economy, year and indicator.
WGI_ROWS = ProducerFormat(
    name="the workbook of the Worldwide Governance Indicators, 2023 and 2024",
    documentation=_WGI_PAGE,
    file_name=r"(wgi_estimates|wgidataset).*\.(xlsx|zip)",
    members=r"wgidataset.*\.xlsx",
    columns=("code", "year", "indicator", "estimate"),
    optional=names("codeindyr, countryname, stddev, nsource, pctrank, pctranklower, pctrankupper"),
    table=Table(sheets=(ANY_SHEET,), has_more=True),
    values=given("iso3 code, year year, indicator indicator, estimate estimate"),
    leaves_out=(LeaveOut(is_missing('"estimate"'), _NO_ESTIMATE.reason),),
)

# To the update of 2022: a sheet for each indicator, the years above six columns each.
_OLD_SHEETS = {
    "Voice ?and ?Accountability": "va",
    "Political ?Stability ?NoViolence": "pv",
    "Government ?Effectiveness": "ge",
    "Regulatory ?Quality": "rq",
    "Rule ?of ?Law": "rl",
    "Control ?of ?Corruption": "cc",
}
_OLD_SHEET_SQL = " ".join(
    f"when '{pattern.lower().replace(' ?', '')}' then '{code}'"
    for pattern, code in _OLD_SHEETS.items()
)
WGI_YEARS = ProducerFormat(
    name="the workbook of the Worldwide Governance Indicators, to 2022",
    documentation=_WGI_PAGE,
    file_name=r"(wgi_estimates|wgidataset).*\.xlsx",
    columns=("Country/Territory",),
    optional=("Code", "WBCode"),
    table=Table(
        sheets=tuple(_OLD_SHEETS),
        header_rows=2,
        figures=r"\d{4} .+",
    ),
    values=(
        ("iso3", 'coalesce("Code", "WBCode")'),
        ("year", 'left("name", 4)'),
        ("indicator", f"""case replace(lower("sheet"), ' ', '') {_OLD_SHEET_SQL} end"""),
        ("estimate", '"figure"'),
    ),
    leaves_out=(
        LeaveOut(
            "\"name\" not like '% Estimate'",
            "standard error, number of sources, or rank with its bounds",
        ),
        _NO_ESTIMATE,
    ),
)

# The bulk download of the data catalogue, and what DataBank exports: a column for each year.
_SERIES = 'coalesce("Series Code", "Indicator Code")'
_IS_SERIES = r"(GOV_WGI_)?(CC|GE|PV|RL|RQ|VA)[._]EST"
WGI_DATABANK = ProducerFormat(
    name="DataBank's table of the Worldwide Governance Indicators",
    documentation="https://databank.worldbank.org/source/worldwide-governance-indicators",
    file_name=r"(WGI_?CSV|WGI_?Data|.*Extract_From_Worldwide_Governance_Indicators).*\.(csv|csv\.gz|zip)",
    members=r"WGI_?(CSV|Data)\.csv|[0-9a-f]{8}-[0-9a-f-]+_Data\.csv",
    columns=("Country Name", "Country Code"),
    optional=("Series Name", "Series Code", "Indicator Name", "Indicator Code"),
    table=Table(figures=r"(19|20)\d\d( \[YR(19|20)\d\d\])?"),
    values=(
        ("iso3", '"Country Code"'),
        ("year", 'left("name", 4)'),
        ("indicator", f"lower(regexp_extract({_SERIES}, '{_IS_SERIES}', 2))"),
        ("estimate", '"figure"'),
    ),
    leaves_out=(
        LeaveOut("coalesce(\"Country Code\", '') = ''", "note beside the table"),
        LeaveOut(
            f"not regexp_full_match({_SERIES}, '{_IS_SERIES}')",
            "series other than an estimate of governance",
        ),
        _NO_ESTIMATE,
    ),
)

WGI_ESTIMATES = annual(
    source_id="wgi_estimates",
    title="Worldwide Governance Indicators: estimates",
    file_pattern="wgi_estimates.csv.gz",
    columns=(
        *columns("iso3 country, year year"),
        one_of("indicator", *INDICATORS),
        column("estimate double").must(
            "isfinite(estimate) and estimate between -4 and 4",
            "not an estimate between -4 and 4",
            "Give the estimate in standard units, not the percentile rank.",
        ),
    ),
    key=("iso3", "year", "indicator"),
    formats=(WGI_SHEETS, WGI_ROWS, WGI_YEARS, WGI_DATABANK),
)

# Columns of the Pink Sheet that are metals and minerals; the rest is energy and farming.
PINK_SHEET_METALS = (
    "Phosphate rock", "Potassium chloride", "Aluminum", "Iron ore, cfr spot", "Copper", "Lead",
    "Tin", "Nickel", "Zinc", "Gold", "Platinum", "Silver",
)  # fmt: skip
_METALS = ", ".join(f"'{name}'" for name in PINK_SHEET_METALS)

PINK_SHEET = ProducerFormat(
    name="the Pink Sheet's monthly prices",
    documentation="https://www.worldbank.org/en/research/commodity-markets",
    file_name=r"(worldbank_metal_prices|CMO-Historical-Data-Monthly).*\.xlsx",
    # The months have no name above them.
    columns=("column A", *PINK_SHEET_METALS),
    table=Table(sheets=("Monthly Prices",), figures=r"(?!column [A-Z]+$).+"),
    values=(
        ("commodity", """regexp_replace(lower("name"), '[^a-z0-9]+', '_', 'g')"""),
        ("period", r"""regexp_replace("column A", '^(\d{4})M(\d\d)$', '\1-\2')"""),
        ("price", '"figure"'),
    ),
    leaves_out=(
        LeaveOut('"column A" is null', "unit or code under the name of a commodity"),
        LeaveOut(f'"name" not in ({_METALS})', "price of what is neither a metal nor a mineral"),
        LeaveOut(is_missing('"figure"'), "month without a price"),
    ),
)

WORLDBANK_METAL_PRICES = SourceContract(
    source_id="worldbank_metal_prices",
    title="World Bank: metal prices by month",
    file_pattern="worldbank_metal_prices.csv.gz",
    columns=columns("commodity, period month, price amount decimal(24,9) positive"),
    key=("commodity", "period"),
    period_sql="left(period, 4)",
    part_columns=("commodity", "period"),
    frequency="monthly",
    formats=(PINK_SHEET,),
)

CONTRACTS = (WGI_ESTIMATES, WORLDBANK_METAL_PRICES)
