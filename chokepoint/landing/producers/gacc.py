"""General Administration of Customs of China: what its query site exports, imports and exports."""

from __future__ import annotations

from chokepoint.landing.columns import column, columns
from chokepoint.landing.contracts import ProducerFormat, SourceContract, monthly

# Column of the contract -> names of it in exports of the English and of the Chinese site. Both
# spellings of the supplementary quantity occur.
_NAMES = {
    "month": (("Date of data",), ("数据年月",)),
    "commodity_code": (("Commodity code",), ("商品编码",)),
    "partner_code": (("Trading partner code",), ("贸易伙伴编码",)),
    "regime_code": (("Customs Regime code",), ("贸易方式编码",)),
    "province_code": (("Locations of importers and exporters code",), ("注册地编码",)),
    "quantity": (("Quantity",), ("第一数量",)),
    "unit": (("Unit",), ("第一计量单位",)),
    "supplementary_quantity": (("Supplementary Quantity", "Supplimentary Quantity"), ("第二数量",)),
    "supplementary_unit": (("Supplementary Unit", "Supplimentary Unit"), ("第二计量单位",)),
    "value_usd": (("US dollar",), ("美元",)),
    "value_cny": (("Renminbi Yuan",), ("人民币",)),
}
# Names beside codes, which land without them.
_WORDS = (
    ("Commodity", "Trading partner", "Customs Regime", "Locations of importers and exporters"),
    ("商品名称", "贸易伙伴名称", "贸易方式名称", "注册地名称"),
)
_MUST_BE_THERE = ("commodity_code", "partner_code")
_MONTH = r"(?:19|20)\d\d-?(?:0[1-9]|1[0-2])"
# The site cuts an export off here without a word.
_ROW_LIMIT = 10_000


def _export(flow: str, language: int) -> ProducerFormat:
    """An export of the query site in one of its languages: 0 is English, 1 Chinese."""
    names = {column: named[language] for column, named in _NAMES.items()}

    def value(column: str) -> str:
        columns = ", ".join(f'"{name}"' for name in names[column])
        return f"nullif(trim(coalesce({columns}, '?')), '?')"

    return ProducerFormat(
        name=f"an export of {flow}s from China's customs query site, "
        f"in {('English', 'Chinese')[language]}",
        documentation="http://stats.customs.gov.cn/indexEn",
        file_name=rf"gacc_{flow}s_monthly.*\.(csv|csv\.gz)",
        encoding="gb18030",
        has_last_delimiter=True,
        row_limit=_ROW_LIMIT,
        columns=tuple(name for column in _MUST_BE_THERE for name in names[column]),
        optional=(
            *(
                name
                for column, named in names.items()
                if column not in _MUST_BE_THERE
                for name in named
            ),
            *_WORDS[language],
        ),
        values=(
            (
                # A query for one month has no column of months: its file is named after it.
                "period",
                f"regexp_replace(coalesce({value('month')}, "
                f"case when len(regexp_extract_all(file_name(), '{_MONTH}')) = 1 "
                f"then regexp_extract(file_name(), '{_MONTH}') end), "
                r"'^(\d{4})-?(\d\d)$', '\1-\2')",
            ),
            ("commodity_code", value("commodity_code")),
            ("partner_code", value("partner_code")),
            ("regime_code", f"coalesce({value('regime_code')}, '-')"),
            ("province_code", f"coalesce({value('province_code')}, '-')"),
            *((name, value(name)) for name in ("unit", "supplementary_unit")),
            *(
                # With commas between the thousands.
                (name, f"replace({value(name)}, ',', '')")
                for name in ("quantity", "supplementary_quantity", "value_usd", "value_cny")
            ),
        ),
    )


def _trade(flow: str) -> SourceContract:
    """The contract of one flow: the file itself does not say which it holds."""
    return monthly(
        source_id=f"gacc_{flow}s_monthly",
        title=f"China's customs: {flow}s by month, eight-digit code and partner",
        columns=(
            *columns(
                "period month, commodity_code cn8, partner_code country, regime_code, "
                "province_code, unit?, supplementary_unit?, quantity amount?, "
                "supplementary_quantity amount?, value_usd amount?"
            ),
            column("value_cny amount?").must(
                "(value_usd is null) <> (value_cny is null)",
                "no value, or one in dollars beside one in yuan",
                "Choose one currency in the query, US dollar or Renminbi Yuan.",
            ),
        ),
        key=("commodity_code", "partner_code", "regime_code", "province_code", "period"),
        part_columns=("commodity_code",),
        formats=(_export(flow, 0), _export(flow, 1)),
    )


IMPORTS_MONTHLY = _trade("import")
EXPORTS_MONTHLY = _trade("export")

CONTRACTS = (IMPORTS_MONTHLY, EXPORTS_MONTHLY)
