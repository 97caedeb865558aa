"""Deliveries in the layouts of producers' APIs, by the documentation that each test names. The
figures are made up."""

import csv
import gzip
import io
import json
import zipfile
from decimal import Decimal
from operator import itemgetter

import landing_kit as kit
import pytest
from reading_kit import table

from chokepoint.errors import ChokepointError
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.registry import CONTRACTS, identify, ignored_inbox_files


def landed(settings, path, text):
    """Land a text as a file; the report, and the rows as a list of dictionaries."""
    target = settings.inbox_dir / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode())
    source_id = identify(target)
    report = kit.land(target, settings, CONTRACTS[source_id])
    return report, sorted(kit.dicts_of(settings, source_id), key=itemgetter("line_number"))


# --- UN Comtrade --------------------------------------------------------------------------------
# https://uncomtrade.org/docs/un-comtrade-api/ and the answers kept with the R package comtradr
# (tests/testthat/data/comtradeapi.un.org/data/v1/get/C/A/HS-60a6ad.json).

COMTRADE_ROW = {
    "typeCode": "C", "freqCode": "M", "refPeriodId": 20240301, "refYear": 2024, "refMonth": 3,
    "period": "202403", "reporterCode": 276, "reporterISO": "DEU", "reporterDesc": "Germany",
    "flowCode": "M", "flowDesc": "Import", "partnerCode": 156, "partnerISO": "CHN",
    "partnerDesc": "China", "partner2Code": 0, "partner2ISO": "W00", "partner2Desc": "World",
    "classificationCode": "H6", "classificationSearchCode": "HS", "isOriginalClassification": True,
    "cmdCode": "280530", "cmdDesc": "Rare-earth metals, scandium and yttrium", "aggrLevel": 6,
    "isLeaf": True, "customsCode": "C00", "customsDesc": "TOTAL CPC", "mosCode": "0", "motCode": 0,
    "motDesc": "TOTAL MOT", "qtyUnitCode": 8, "qtyUnitAbbr": "kg", "qty": 1250.5,
    "isQtyEstimated": False, "altQtyUnitCode": -1, "altQtyUnitAbbr": "N/A", "altQty": None,
    "isAltQtyEstimated": False, "netWgt": 1250.5, "isNetWgtEstimated": False, "grossWgt": None,
    "isGrossWgtEstimated": False, "cifvalue": 98765.432, "fobvalue": None,
    "primaryValue": 98765.432, "legacyEstimationFlag": 0, "isReported": True, "isAggregate": False,
}  # fmt: skip


def comtrade_json(*changes):
    rows = [{**COMTRADE_ROW, **change} for change in changes]
    return json.dumps({"elapsedTime": "0.04 secs", "count": len(rows), "data": rows, "error": ""})


def comtrade_csv(*changes):
    text = io.StringIO()
    writer = csv.DictWriter(text, COMTRADE_ROW, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**COMTRADE_ROW, **change} for change in changes)
    return text.getvalue()


@pytest.mark.parametrize(
    ("name", "write"),
    [("comtrade_monthly-2024-03.json", comtrade_json), ("comtrade_monthly.csv", comtrade_csv)],
)
def test_comtrade_lands_from_json_and_csv(settings, name, write):
    report, rows = landed(settings, name, write({}, {"flowCode": "X", "partnerISO": "JPN"}))
    assert (report.source_id, report.periods, report.rows_landed) == (
        "comtrade_monthly", ["2024-03"], 2,
    )  # fmt: skip
    assert rows[0].items() >= {
        "period": "2024-03", "reporter": "DEU", "partner": "CHN", "second_partner": "W00",
        "customs_procedure": "C00", "transport_mode": "0", "supply_mode": "0",
        "value_usd": Decimal("98765.432"), "net_mass_kg": Decimal("1250.500"),
    }.items()  # fmt: skip
    assert rows[1]["flow"] == "X"


def test_comtrade_codes_and_masses_are_read_as_they_are_meant(settings):
    """The public endpoint leaves the letters empty, and bulk files have no column of them."""
    nobody = {"reporterISO": None, "partnerISO": None, "partner2ISO": None}
    text = comtrade_json(
        nobody,
        {**nobody, "partnerISO": "", "partnerCode": 842, "netWgt": 0},
        {**nobody, "partnerCode": 837, "netWgt": None},
        # Blanks are no part of a code.
        {"mosCode": "0 ", "customsCode": " C00", "partnerISO": "JPN "},
    )
    _, rows = landed(settings, "comtrade_monthly.json", text)
    assert {row["reporter"] for row in rows} == {"DEU"}
    assert [row["partner"] for row in rows] == ["CHN", "USA", "837", "JPN"]
    assert {row["second_partner"] for row in rows} == {"W00"}
    # A mass of nought with a value is not given.
    assert [row["net_mass_kg"] is None for row in rows] == [False, True, True, False]
    assert (rows[3]["supply_mode"], rows[3]["customs_procedure"]) == ("0", "C00")


# Areas that are no country, from the producer's list of partner areas: number, letters.
# https://comtradeapi.un.org/files/v1/app/reference/partnerAreas.json
PSEUDO_PARTNERS = {
    129: "A49", 221: "E29", 290: "F49", 471: "R91", 472: "_AC", 473: "A79", 492: "MCO", 527: "O19",
    536: "NTZ", 568: "E19", 577: "F19", 636: "A79", 637: "A59", 697: "R20", 837: "X1", 838: "X2",
    839: "XX", 879: "F97", 899: "_X",
}  # fmt: skip


def test_comtrade_areas_that_are_no_country_land_and_are_known_as_such(settings):
    """A small reporter's file was refused whole for its bunkers."""
    text = comtrade_json(
        {}, *({"partnerCode": code, "partnerISO": iso} for code, iso in PSEUDO_PARTNERS.items())
    )
    report, rows = landed(settings, "comtrade_monthly.json", text)
    assert (report.rows_landed, report.rows_quarantined) == (1 + len(PSEUDO_PARTNERS), 0)
    partners = [row["partner"] for row in rows[1:]]
    assert len(set(partners)) == len(partners), "two areas became one"
    kinds = {
        row["partner_code"]: row["partner_kind"]
        for row in table("partner_codes")
        if row["source_id"] == "comtrade_*"
    }
    assert {kinds[partner] for partner in partners} == {"pseudo_partner"}
    # By number as by letters.
    assert {kinds[str(code)] for code in PSEUDO_PARTNERS} == {"pseudo_partner"}


def test_comtrade_columns_may_be_fewer_and_more(settings):
    """What is not known is told, in the manifest too."""
    row = {name: COMTRADE_ROW[name] for name in COMTRADE_ROW if "Wgt" not in name}
    text = json.dumps({"data": [{**row, "co2Footprint": 1, 'odd "name"': 2}]})
    report, (found,) = landed(settings, "comtrade_monthly.json", text)
    assert found["net_mass_kg"] is None
    assert report.unread_columns == ["co2Footprint", 'odd "name"']
    (manifest,) = (settings.landing_dir / "_manifest" / "comtrade_monthly").glob("*.json")
    assert json.loads(manifest.read_text())[0]["unread_columns"] == report.unread_columns


def test_comtrade_bulk_file_is_read(settings):
    """Tabs, no letters of countries, and a code of the data set in front."""
    left = {name: value for name, value in COMTRADE_ROW.items() if not name.endswith(WORDS)}
    names = ["datasetCode", *left]
    values = ["27620240301H6", *("" if value is None else str(value) for value in left.values())]
    text = "\t".join(names) + "\n" + "\t".join(values) + "\n"
    for name in ("COMTRADE-FINAL-CM276202403H6[2024-06-01].txt", "data.txt"):
        report, rows = landed(settings, name, text)
        assert (report.source_id, rows[0]["reporter"]) == ("comtrade_monthly", "DEU")
    packed = settings.inbox_dir / "COMTRADE-FINAL-CM276202403H6[2024-06-01].gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert kit.land(packed, settings, CONTRACTS["comtrade_monthly"]).rows_landed == 1
    (settings.inbox_dir / "backup.tar.gz").write_bytes(gzip.compress(b"mine"))
    assert [path.name for path in ignored_inbox_files(settings)] == ["backup.tar.gz"]


WORDS = ("ISO", "Desc", "Abbr")


def test_files_under_free_names_are_told_by_what_is_in_them(settings):
    yearly = comtrade_json({"freqCode": "A", "period": "2024"})
    sdmx_text = sdmx(f"M,DE,US,25041000,1,{IN_EUROS},2024-03,10")
    for name, text, source_id in (
        ("export.json", comtrade_json({}), "comtrade_monthly"),
        ("export (1).json", yearly, "comtrade_annual"),
        ("data.csv", comtrade_csv({}), "comtrade_monthly"),
        ("table.csv", sdmx_text, "comext_sdmx_monthly"),
        ("answer.json", census_json(("250410", "5700", "CHINA", "DET", "2", "2")), CENSUS),
        ("odata.json", ots_json({}), "hmrc_ots_monthly"),
        ("month.txt", bds(), "hmrc_bulk_imports_monthly"),
    ):
        path = settings.inbox_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        assert identify(path) == source_id, name
    (settings.inbox_dir / "notes.txt").write_text("Mine: call Eurostat.")
    (settings.inbox_dir / "settings.json").write_text('{"data": {"theme": "dark"}}')
    assert [path.name for path in ignored_inbox_files(settings)] == ["notes.txt", "settings.json"]


def test_a_second_question_does_not_take_the_place_of_the_first(settings):
    """Asking for graphite after rare earths of the same month would lose the rare earths."""
    landed(settings, "comtrade_monthly-1.json", comtrade_json({}))
    with pytest.raises(DeliveryRefusedError, match=r"(?s)DEU 280530.*What to do: .*--withdraw"):
        landed(settings, "comtrade_monthly-2.json", comtrade_json({"cmdCode": "250410"}))
    both = comtrade_json({}, {"cmdCode": "250410"})
    report, _ = landed(settings, "comtrade_monthly-3.json", both)
    assert report.rows_landed == 2


# --- Comext by SDMX -----------------------------------------------------------------------------
# https://ec.europa.eu/eurostat/web/user-guides/data-browser/api-data-access; header of DS-045409
# with SDMX-CSV 1.0 (DATAFLOW) and 2.0 (STRUCTURE).

SDMX_KEY = "freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"
SDMX_1 = f"DATAFLOW,LAST UPDATE,{SDMX_KEY}"
SDMX_2 = f"STRUCTURE,STRUCTURE_ID,{SDMX_KEY},OBS_FLAG"
IN_EUROS, IN_100KG = "VALUE_IN_EUROS", "QUANTITY_IN_100KG"


def sdmx(*rows, header=SDMX_1, last=""):
    first = (
        "ESTAT:DS-045409(1.0),15/09/26 11:00:00"
        if header == SDMX_1
        else "dataflow,ESTAT:DS-045409(1.0)"
    )
    lines = [f"{first},{row}{last}" for row in rows]
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize(("header", "last"), [(SDMX_1, ""), (SDMX_2, ",")])
def test_sdmx_lands_one_row_per_indicator(settings, header, last):
    text = sdmx(
        f"M,DE,US,25041000,1,{IN_EUROS},2024-03,1234567",
        f"M,DE,US,25041000,1,{IN_100KG},2024-03,1772.90", header=header, last=last,
    )  # fmt: skip
    report, rows = landed(settings, "comext_sdmx_monthly-2024-03.csv", text)
    assert (report.source_id, report.rows_landed) == ("comext_sdmx_monthly", 2)
    assert {row["indicator"]: str(row["amount"]) for row in rows} == {
        IN_EUROS: "1234567.000",
        IN_100KG: "1772.900",
    }


# https://github.com/sdmx-twg/sdmx-csv, field guide: labels=name puts a column behind each code,
# labels=both one text, "code: label", under "ID: Name". Columns of Eurostat's own tables.
SDMX_LABELS = (
    "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,freq,Time frequency,reporter,REPORTER,partner,PARTNER,"
    "product,PRODUCT,flow,flow,indicators,INDICATORS,TIME_PERIOD,Time,OBS_VALUE,Observation value,"
    "CONF_STATUS,Confidentiality status (flag)"
)


SDMX_LABELLED = (
    'dataflow,ESTAT:DS-045409(1.0),"EU trade, by CN8",M,Monthly,DE,Germany,US,"United States",'
    f'25041000,"Natural graphite, powder",1,IMPORT,{IN_EUROS},"Value, EUR",2024-03,,12,,,'
)
SDMX_BOTH = (
    "DATAFLOW,LAST UPDATE,freq: Time frequency,reporter: Reporter,partner: Partner,"
    "product: Product,flow: Flow,indicators: Indicators,TIME_PERIOD: Time,OBS_VALUE: Value,"
    "OBS_FLAG: Flag"
)
SDMX_BOTH_ROW = (
    "ESTAT:DS-045409(1.0): EU trade,15/09/26 11:00:00,M: Monthly,DE: Germany,"
    f'US: United States,"25041000: Graphite: powder",1: IMPORT,{IN_EUROS}: Value,2024-03,12,'
    "p: provisional"
)
SDMX_TOTAL = SDMX_BOTH_ROW.replace("25041000: Graphite: powder", "TOTAL: Total")


# --- US Census ----------------------------------------------------------------------------------
# https://www.census.gov/data/developers/data-sets/international-trade.html and the Guide to
# International Trade Datasets: a list of lists with the header first; '-' is all countries,
# SUMMARY_LVL 'CGP' a group; predicates come back as columns at the end.

CENSUS = "us_census_imports_monthly"
CENSUS_HEADER = [
    "I_COMMODITY", "CTY_CODE", "CTY_NAME", "SUMMARY_LVL", "GEN_VAL_MO", "CON_VAL_MO", "time",
    "COMM_LVL",
]  # fmt: skip


def census_json(*rows):
    listed = [[*row, "2024-03", "HS6"] if len(row) == 6 else list(row) for row in rows]
    return "[" + ",\n".join(json.dumps(row) for row in [CENSUS_HEADER, *listed]) + "]"


# What is whole beside its parts, or of no use: the kept rows by a column, the others by reason.
WHOLES = (
    ("comtrade_monthly.json", comtrade_json(
        {}, {"partnerCode": 0, "partnerISO": "W00"}, {"motCode": 2100}, {"customsCode": "C01"},
        # Totals of dimensions are needed to choose by rule; chapters and unions only count twice.
        {"partner2Code": 528, "partner2ISO": "NLD"}, {"cmdCode": "TOTAL"}, {"cmdCode": "2805"},
        {"flowCode": "RX"}, {"typeCode": "S"}, {"reporterCode": 97, "reporterISO": "EUR"},
        {"classificationCode": "S4"},
    ), "partner", ["CHN", "W00", "CHN", "CHN", "CHN"], {
        "trade in services": 1,
        "kind of import or export, beside all imports and exports": 1,
        "figure in a nomenclature other than the Harmonised System": 1,
        "total, chapter or heading, beside the six-digit products in it": 2,
        "group of countries as reporter, beside its members": 1,
    }),
    ("comext_sdmx_monthly-2024-03.csv", sdmx(
        f"M,DE,US,25041000,1,{IN_EUROS},2024-03,10",
        f"M,EU27_2020,US,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,WORLD,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,EU27_2020,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,EXT_EU27_2020,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,US,2504,1,{IN_EUROS},2024-03,99", f"M,DE,US,250410,1,{IN_EUROS},2024-03,99",
        f"M,DE,US,TOTAL,1,{IN_EUROS},2024-03,99", f"A,DE,US,25041000,1,{IN_EUROS},2024,99",
        f"M,DE,US,25041000,3,{IN_EUROS},2024-03,99", f"M,DE,CN,25041000,1,{IN_EUROS},2024-03,",
        f"M,DE,KR,25041000,1,{IN_EUROS},2024-03,:",
    ), "amount", [10], {
        "group of countries as reporter, beside its members": 1,
        "group of countries as partner, beside its members": 3,
        "total, chapter, heading or subheading, beside the products in it": 3,
        "sum of a year, beside its months": 1,
        "kind of export, beside all exports": 1,
        "cell without a figure (not available or confidential)": 2,
    }),
    # The Union alone lands as the Union.
    ("comext_sdmx_monthly-2024-03.csv", sdmx(
        f"M,EU27_2020,US,25041000,1,{IN_EUROS},2024-03,10",
        f"M,EA20,US,25041000,1,{IN_EUROS},2024-03,8",
    ), "reporter", ["EU27"], {
        "group of countries as reporter other than the Union of 27": 1,
    }),
    ("us_census_imports_monthly-2024-03.json", census_json(
        ("250410", "-", "TOTAL FOR ALL COUNTRIES", "DET", "300", "300"),
        ("250410", "0003", "EUROPEAN UNION", "CGP", "100", "100"),
        ("250410", "4XXX", "EUROPE", "CGP", "100", "100"),
        ("250410", "5XXX", "ASIA", "CGP", "200", "200"),
        ("250410", "5700", "CHINA", "DET", "200", "190"),
        ("250410", "4280", "GERMANY", "DET", "100", "100"),
        ("2504", "5700", "CHINA", "DET", "250", "240", "2024-03", "HS4"),
        ("2504105000", "5700", "CHINA", "DET", "150", "140", "2024-03", "HS10"),
    ), "general_value_usd", [200, 100], {
        "total of all countries, beside the countries": 1,
        "group of countries, beside its members": 3,
        "other level of the nomenclature, beside the six-digit products": 2,
    }),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "column", "kept", "left_out"), WHOLES)
def test_wholes_are_left_out_beside_their_parts(settings, name, text, column, kept, left_out):
    report, rows = landed(settings, name, text)
    assert [row[column] for row in rows] == kept
    assert (report.rows_left_out, report.rows_quarantined) == (left_out, 0)


# What a file says: source, values of its rows, columns that are not read, rows that are left out.
AS_IT_SAYS = (
    ("comtrade_annual.json", comtrade_json({"freqCode": "A", "period": "2024"}),
     "comtrade_annual", [{"year": 2024}], [], 0),
    # As Comtrade Plus writes it: names without a comma at the end, rows with it.
    ("TradeData_11_29_2026_10_15_2.csv",
     comtrade_csv({}, {"partnerISO": "JPN"}).replace("\r\n", ",\n").replace(",\n", "\n", 1),
     "comtrade_monthly", [{"partner": "CHN"}, {"partner": "JPN"}], [], 0),
    # Labels in columns of their own, then code and label in one text.
    ("data.csv", f"{SDMX_LABELS}\n{SDMX_LABELLED}\n", "comext_sdmx_monthly",
     [{"reporter": "DE", "partner": "US", "product": "25041000", "flow": "1",
       "indicator": IN_EUROS, "amount": 12}],
     ["Time frequency", "REPORTER", "PARTNER", "PRODUCT", "flow (2)", "INDICATORS", "Time",
      "Observation value", "Confidentiality status (flag)"], 0),
    ("data.csv", f"{SDMX_BOTH}\n{SDMX_BOTH_ROW}\n{SDMX_TOTAL}\n", "comext_sdmx_monthly",
     [{"reporter": "DE", "product": "25041000", "flag": "p", "amount": 12}], [], 1),
    # A query need not ask for SUMMARY_LVL: the codes of groups say what they are.
    ("export.json", json.dumps([
        ["I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "YEAR", "MONTH", "I_COMMODITY"],
        ["250410", "-", "300", "2024", "03", "250410"],
        *(["250410", code, "200", "2024", "3", "250410"] for code in ("5XXX", "0027", "5700")),
    ]), CENSUS, [{"period": "2024-03", "country_code": "5700"}], [], 3),
    # Weights of goods by air and by sea; what they are of the whole is decided in staging.
    ("census.json", json.dumps([
        ["I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "AIR_VAL_MO", "VES_VAL_MO", "AIR_WGT_MO",
         "VES_WGT_MO", "CNT_WGT_MO", "time"],
        ["250410", "5700", "200", "50", "150", "3", "40", "40", "2024-03"],
    ]), CENSUS, [{"air_value_usd": 50, "vessel_value_usd": 150, "air_weight_kg": 3,
                  "vessel_weight_kg": 40}], ["CNT_WGT_MO"], 0),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "source_id", "expected", "unread", "left"), AS_IT_SAYS)
def test_a_file_lands_as_it_says(settings, name, text, source_id, expected, unread, left):
    report, rows = landed(settings, name, text)
    assert (report.source_id, report.unread_columns) == (source_id, unread)
    assert report.periods == [str(expected[0].get("year", "2024-03"))]
    assert [row.items() >= one.items() for row, one in zip(rows, expected, strict=True)] == [
        True for _ in expected
    ], rows
    assert sum(report.rows_left_out.values()) == left


# --- HMRC ---------------------------------------------------------------------------------------
# https://www.uktradeinfo.com/api-documentation/ (OData; endpoint /OTS with $expand).

OTS_ROW = {
    "MonthId": 202403, "FlowTypeId": 3, "SuppressionIndex": 0, "CommodityId": 25041000,
    "CommoditySitcId": 27822, "CountryId": 720, "PortId": 29, "Value": 1234.0, "NetMass": 500.0,
    "SuppUnit": None, "Commodity": {"Cn8Code": "25041000"}, "Country": {"CountryCodeAlpha": "CN"},
}  # fmt: skip


def ots_json(*changes):
    return json.dumps(
        {
            "@odata.context": "https://api.uktradeinfo.com/$metadata#OTS",
            "value": [{**OTS_ROW, **change} for change in changes],
        }
    )


def test_hmrc_lands_ports_and_flows_and_leaves_out_what_has_no_product(settings):
    text = ots_json(
        {},
        {"PortId": 30, "Value": 100.5},
        {"FlowTypeId": 4, "Country": {"CountryCodeAlpha": "US"}},
        {"FlowTypeId": 1, "CommodityId": -990, "Commodity": None},
        # A number without its leading nought.
        {"CommodityId": 5051010, "Commodity": None},
    )
    report, rows = landed(settings, "hmrc_ots_monthly-2024-03.json", text)
    assert (report.source_id, report.rows_landed) == ("hmrc_ots_monthly", 4)
    assert (rows[0]["period"], rows[0]["partner"], rows[0]["cn8"]) == ("2024-03", "CN", "25041000")
    assert sum(float(row["value_gbp"]) for row in rows[:2]) == 1334.5
    assert rows[3]["cn8"] == "05051010"
    assert report.rows_left_out == {
        "trade below the threshold or suppressed, without a product code": 1
    }


# https://www.uktradeinfo.com/trade-data/latest-bulk-data-sets/bulk-data-set-export-and-import-
# technical-specifications: lines of 85 characters without a header, fields at fixed places.


def bds_line(
    period="202403", account=None, code="25041000", partner="NL", origin="CN", value=1234,
    mass=500, suppression="0", flow="imp",
):  # fmt: skip
    line = (
        f"{period}1{account or period}{code}27822"
        f"003{partner}204IMM720{origin}10{value:012d}{mass:012d}{'':12}{suppression}{flow}0"
    )
    assert len(line) == 85
    return line


def bds(*lines):
    return "\r\n".join(lines or [bds_line()]) + "\r\n"


def test_hmrc_bulk_file_lands_by_origin_and_dispatch(settings):
    text = bds(
        bds_line(), bds_line(), bds_line(partner="  ", origin="  ", suppression="1"),
        bds_line(account="202401"), bds_line(code="        "),
    )  # fmt: skip
    report, rows = landed(settings, "BDSImp2403.txt", text)
    assert (report.source_id, report.periods, report.rows_landed) == (
        "hmrc_bulk_imports_monthly", ["2024-03"], 3,
    )  # fmt: skip
    first = rows[0]
    assert (first["partner"], first["origin"], first["port"]) == ("NL", "CN", "IMM")
    assert (str(first["value_gbp"]), str(first["net_mass_kg"])) == ("1234.000", "500.000")
    assert first["supplementary_quantity"] is None
    # Lines that are alike are two shipments; a country that is withheld is no country.
    assert [row["line_number"] for row in rows] == [2, 3, 4]
    assert (rows[2]["partner"], rows[2]["origin"]) == ("QX", "QX")
    assert sorted(report.rows_left_out.values()) == [1, 1]


def test_hmrc_bulk_archive_holds_months(settings):
    path = settings.inbox_dir / "bdsexp_24archive.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for month in ("01", "02"):
            line = bds_line(period=f"2024{month}", flow="exp", origin="  ")
            archive.writestr(f"BDSexp24{month}.txt", bds(line))
    assert identify(path) == "hmrc_bulk_exports_monthly"
    report = kit.land(path, settings, CONTRACTS["hmrc_bulk_exports_monthly"])
    assert (report.periods, report.rows_landed) == (["2024-01", "2024-02"], 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SMKI191904.zip", "one half of a month"), ("smkm46_2019archive.zip", "trade with the EU"),
        ("SMKA122401.zip", "control file"), ("bdsimpdet2401.zip", "list of traders"),
    ],
)  # fmt: skip
def test_hmrc_files_that_are_no_trade_are_told(settings, name, words):
    path = settings.inbox_dir / name
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("SMKI191904", "000000000|00000|000|HMCUSTOMS MONTHLY DATA| APRIL|2019\n")
    with pytest.raises(ChokepointError, match=words) as raised:
        identify(path)
    assert raised.value.remedy


COMTRADE, OTS, BDS = "comtrade_monthly.json", "hmrc_ots_monthly.json", "bdsimp2403.txt"
CENSUS_JSON = f"{CENSUS}.json"
PORTS = [
    ["PORT", "I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "time"],
    ["2704", "250410", "5700", "2", "2024-03"],
]


@pytest.mark.parametrize(
    ("name", "text", "words", "remedy"),
    [
        (COMTRADE, comtrade_json({"partnerCode": 999, "partnerISO": None}),
         "a numeric code that .* do not know", "includeDesc=true"),
        (COMTRADE, comtrade_json({}, {"partnerCode": 837, "partnerISO": "ZZ9"}), "ZZ9",
         "partner_codes.csv"),
        (COMTRADE, comtrade_json({"freqCode": "A", "period": "2024"}), "not a month", ""),
        (COMTRADE, '{"count": 0, "data": [], "error": ""}', "the answer holds no rows", ""),
        *((COMTRADE, text, "not the JSON of", "Fetch the file again")
          for text in ("", "{", '{"data": 1}', '{"x": []}', '{"data": [1]}', "[]")),
        ("comtrade_monthly.csv", comtrade_csv({}).replace("cmdCode", "hsCode"),
         "(?s)UN Comtrade's API.*cmdCode", ""),
        (CENSUS_JSON, census_json(), "the answer holds no rows", ""),
        (CENSUS_JSON, census_json(("250410", "5999", "NOWHERE", "DET", "200", "190")), "5999",
         "partner_codes.csv"),
        (CENSUS_JSON, json.dumps([["I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "YEAR"],
                                  ["250410", "5700", "2", "2024"]]),
         "needs time, or YEAR and MONTH", ""),
        (CENSUS_JSON, json.dumps(PORTS), "column PORT.*breaks the figures down", ""),
        (OTS, '{"value": []}', "the answer holds no rows", ""),
        (OTS, ots_json({"Country": None}), "without its letters", "$expand=Country"),
        (BDS, bds(bds_line(), bds_line())[:-20], "cut off", ""),
        (BDS, bds(*[bds_line()] * 3, "x" * 85, *[bds_line()] * 3), "line 5", ""),
    ],
)  # fmt: skip
def test_what_cannot_land_says_what_to_ask_for(settings, name, text, words, remedy):
    with pytest.raises(DeliveryRefusedError, match=words) as raised:
        landed(settings, name, text)
    assert remedy in raised.value.remedy
