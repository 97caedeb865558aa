"""Exports of China's customs query site, laid out as in https://github.com/turbanisch/chinautils
(inst/extdata): GB18030, fields quoted, a comma at the end, `?` for nothing, thousands parted,
columns as asked. The figures are synthetic."""

from decimal import Decimal
from pathlib import Path

import landing_kit as kit
import pytest
from reading_kit import table

from chokepoint.landing import registry
from chokepoint.landing.producers import gacc
from chokepoint.landing.refusals import DeliveryRefusedError

ENGLISH = (
    "Date of data", "Commodity code", "Commodity", "Trading partner code", "Trading partner",
    "Customs Regime code", "Customs Regime", "Locations of importers and exporters code",
    "Locations of importers and exporters", "Quantity", "Unit", "Supplementary Quantity",
    "Supplementary Unit", "US dollar",
)  # fmt: skip
CHINESE = (
    "数据年月", "商品编码", "商品名称", "贸易伙伴编码", "贸易伙伴名称", "第一数量", "第一计量单位",
    "第二数量", "第二计量单位", "人民币",
)  # fmt: skip
MAGNETS = (
    ("202601", "85051110", "Magnets", "304", "Germany", "10", "Ordinary Trade", "33",
     "Zhejiang Province", "81782", "Kilogram", "0", "?", "3,315,286"),
    ("202602", "85051110", "Magnets", "110", "Hong Kong\uff0cChina", "15", "Processing", "44",
     "Guangdong Province", "12", "Kilogram", "7", "Piece", "286"),
)  # fmt: skip


def export(path: Path, header: tuple[str, ...], rows, encoding: str = "gb18030") -> Path:
    """A file as the site writes it."""
    lines = [",".join(f'"{field}"' for field in row) + "," for row in (header, *rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def test_an_english_export_in_dollars_lands_by_month(settings, tmp_path):
    path = export(tmp_path / "gacc_exports_monthly-2026.csv", ENGLISH, MAGNETS)
    assert registry.identify(path) == "gacc_exports_monthly"
    report = kit.land(path, settings, gacc.EXPORTS_MONTHLY)
    assert (report.periods, report.rows_landed) == (["2026-01", "2026-02"], 2)
    first, second = kit.dicts_of(settings, "gacc_exports_monthly")
    assert first == {
        "period": "2026-01", "commodity_code": "85051110", "partner_code": "304",
        "regime_code": "10", "province_code": "33", "unit": "Kilogram", "supplementary_unit": None,
        "quantity": Decimal("81782.000"), "supplementary_quantity": Decimal("0.000"),
        "value_usd": Decimal("3315286.000"), "value_cny": None, "line_number": 2,
    }  # fmt: skip
    assert (second["supplementary_quantity"], second["supplementary_unit"]) == (7, "Piece")


def test_a_chinese_export_in_yuan_lands_without_what_was_not_asked_for(settings, tmp_path):
    rows = [("202601", "85051110", "磁铁", "110", "中国香港", "5", "千克", "0", "?", "1,234")]
    path = export(tmp_path / "gacc_imports_monthly-2026-01.csv", CHINESE, rows)
    kit.land(path, settings, gacc.IMPORTS_MONTHLY)
    (row,) = kit.dicts_of(settings, "gacc_imports_monthly")
    assert (row["regime_code"], row["province_code"], row["unit"]) == ("-", "-", "千克")
    assert (row["value_usd"], row["value_cny"]) == (None, 1234)


def test_a_query_for_one_month_has_its_month_from_the_name(settings, tmp_path):
    """The site leaves the column of months out; the same bytes under another name are another
    month."""
    rows = [row[1:] for row in MAGNETS[:1]]
    for name, month in (("2026-03", "2026-03"), ("202604", "2026-04")):
        path = export(tmp_path / f"gacc_exports_monthly-{name}.csv", ENGLISH[1:], rows)
        kit.land(path, settings, gacc.EXPORTS_MONTHLY)
        assert [row["period"] for row in kit.dicts_of(settings, "gacc_exports_monthly")] == [month]
    for name in ("spring", "2026-01-2026-03"):
        path = export(tmp_path / f"gacc_exports_monthly-{name}.csv", ENGLISH[1:], rows)
        with pytest.raises(DeliveryRefusedError, match="column period"):
            kit.land(path, settings, gacc.EXPORTS_MONTHLY)


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        # Two months that the site publishes as one are neither.
        (ENGLISH, ("202601-202602", *MAGNETS[0][1:]), "column period"),
        (ENGLISH, (*MAGNETS[0][:3], "888", *MAGNETS[0][4:]), "unknown country or partner code"),
        (ENGLISH, (*MAGNETS[0][:1], "850511", *MAGNETS[0][2:]), "not a product code of 8 digits"),
        (ENGLISH[:-1], MAGNETS[0][:-1], "no value, or one in dollars beside one in yuan"),
        ((*ENGLISH, "Renminbi Yuan"), (*MAGNETS[0], "5"), "or one in dollars beside one in yuan"),
        (ENGLISH[:3] + ENGLISH[5:], MAGNETS[0][:3] + MAGNETS[0][5:],
         "column Trading partner code: the column is missing"),
        ((*ENGLISH, "Port"), (*MAGNETS[0], "5"), "the source has no such column"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_with_words(settings, tmp_path, header, row, words):
    path = export(tmp_path / "gacc_exports_monthly-2026.csv", header, [row])
    assert words in kit.refusal(path, settings, gacc.EXPORTS_MONTHLY).what


def test_a_value_that_cannot_be_read_is_one_fault(settings, tmp_path):
    """Yuan are not missing where the dollars are there and only ill written."""
    rows = [(*MAGNETS[0][:-1], "about 3"), MAGNETS[1]]
    path = export(tmp_path / "gacc_exports_monthly-2026.csv", ENGLISH, rows)
    error = kit.refusal(path, settings, gacc.EXPORTS_MONTHLY)
    assert [(fault.column_name, fault.value) for fault in error.faults] == [
        ("value_usd", "about 3")
    ]


def test_a_file_as_long_as_the_limit_is_refused(settings, tmp_path, monkeypatch):
    """The site ends there without a word, and the partners behind would have bought nothing."""
    assert {form.row_limit for form in gacc.EXPORTS_MONTHLY.formats} == {10_000}
    rows = [(*MAGNETS[0][:1], f"{number:04}1110", *MAGNETS[0][2:]) for number in range(1000, 3000)]
    rows = [row for row in rows if not row[1].startswith("77")] * 5
    rows = [(*row[:5], f"{number}", *row[6:]) for number, row in enumerate(rows)]
    path = export(tmp_path / "gacc_exports_monthly-2026.csv", ENGLISH, rows)
    assert len(rows) == 10_000
    with pytest.raises(DeliveryRefusedError, match="is cut off at 10,000"):
        kit.land(path, settings, gacc.EXPORTS_MONTHLY)
    export(path, ENGLISH, rows[:-1])
    assert kit.land(path, settings, gacc.EXPORTS_MONTHLY).rows_landed == 9_999


def test_every_partner_that_the_site_lists_is_explained():
    """The list of partners in the same repository (zh-TradingPartner-cleaned-manually.csv) has 243
    codes; an unexplained one sets its rows aside."""
    rows = [row for row in table("partner_codes") if row["source_id"] == "gacc_*"]
    assert len(rows) == len({row["partner_code"] for row in rows}) == 243
    named = {row["partner_code"]: row["iso3"] for row in rows}
    assert named | {"142": "CHN", "143": "TWN", "110": "HKG", "304": "DEU", "502": "USA"} == named
    assert named | {"213": "COG", "252": "COD", "109": "PRK", "133": "KOR", "701": ""} == named
