"""Deliveries in exactly the layouts in which producers' APIs give their figures.

Each test names the documentation that its layout follows. The figures are made up.
"""

from __future__ import annotations

import csv
import io
import json

import duckdb
import pytest
from landing_kit import KNOWN_ON
from producer_server import producer_server

from chokepoint.landing.download.addresses import PRODUCERS, Wanted
from chokepoint.landing.download.fetch import Manners, download
from chokepoint.landing.land import land, land_all
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.registry import CONTRACTS, identify, ignored_inbox_files
from chokepoint.settings import Settings


@pytest.fixture
def project(tmp_path):
    return Settings(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw")


def landed(project, path, text, encoding="utf-8"):
    """Land a text as a file; the report, and the rows as a list of dictionaries."""
    target = project.inbox_dir / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode(encoding))
    source_id = identify(target)
    report = land(target, CONTRACTS[source_id], project, known_on=KNOWN_ON)
    files = f"{project.landing_dir}/{source_id}/*/*.parquet"
    with duckdb.connect() as connection:
        found = connection.sql(f"select * from read_parquet('{files}') order by line_number")
        return report, [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def left_out(project, source_id):
    """Rows left out by reason, from the manifest."""
    (manifest,) = (project.landing_dir / "_manifest" / source_id).glob("*.json")
    return json.loads(manifest.read_text())[0]["left_out"]


def quarantined(project, source_id):
    files = f"{project.landing_dir}/_quarantine/{source_id}/*.parquet"
    with duckdb.connect() as connection:
        return connection.sql(f"select * from read_parquet('{files}')").fetchall()


# --- UN Comtrade --------------------------------------------------------------------------------
# https://uncomtrade.org/docs/un-comtrade-api/ and the answers kept with the R package comtradr
# (tests/testthat/data/comtradeapi.un.org/data/v1/get/C/A/HS-60a6ad.json).

COMTRADE_ROW = {
    "typeCode": "C",
    "freqCode": "M",
    "refPeriodId": 20240301,
    "refYear": 2024,
    "refMonth": 3,
    "period": "202403",
    "reporterCode": 276,
    "reporterISO": "DEU",
    "reporterDesc": "Germany",
    "flowCode": "M",
    "flowDesc": "Import",
    "partnerCode": 156,
    "partnerISO": "CHN",
    "partnerDesc": "China",
    "partner2Code": 0,
    "partner2ISO": "W00",
    "partner2Desc": "World",
    "classificationCode": "H6",
    "classificationSearchCode": "HS",
    "isOriginalClassification": True,
    "cmdCode": "280530",
    "cmdDesc": "Rare-earth metals, scandium and yttrium",
    "aggrLevel": 6,
    "isLeaf": True,
    "customsCode": "C00",
    "customsDesc": "TOTAL CPC",
    "mosCode": "0",
    "motCode": 0,
    "motDesc": "TOTAL MOT",
    "qtyUnitCode": 8,
    "qtyUnitAbbr": "kg",
    "qty": 1250.5,
    "isQtyEstimated": False,
    "altQtyUnitCode": -1,
    "altQtyUnitAbbr": "N/A",
    "altQty": None,
    "isAltQtyEstimated": False,
    "netWgt": 1250.5,
    "isNetWgtEstimated": False,
    "grossWgt": None,
    "isGrossWgtEstimated": False,
    "cifvalue": 98765.432,
    "fobvalue": None,
    "primaryValue": 98765.432,
    "legacyEstimationFlag": 0,
    "isReported": True,
    "isAggregate": False,
}


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
def test_comtrade_lands_from_json_and_csv(project, name, write):
    report, rows = landed(project, name, write({}, {"flowCode": "X", "partnerISO": "JPN"}))
    assert (report.source_id, report.periods, report.rows_landed) == (
        "comtrade_monthly", ["2024-03"], 2,
    )  # fmt: skip
    first = rows[0]
    assert (first["period"], first["reporter"], first["partner"]) == ("2024-03", "DEU", "CHN")
    assert (first["second_partner"], first["customs_procedure"]) == ("W00", "C00")
    assert (first["transport_mode"], first["supply_mode"]) == ("0", "0")
    assert str(first["value_usd"]) == "98765.432"
    assert str(first["net_mass_kg"]) == "1250.500"
    assert rows[1]["flow"] == "X"


def test_comtrade_totals_and_parts_all_land_and_wholes_do_not(project):
    """Totals of dimensions are needed to choose by rule; chapters and unions only count twice."""
    text = comtrade_json(
        {},
        {"partnerCode": 0, "partnerISO": "W00"},
        {"motCode": 2100},
        {"customsCode": "C01"},
        {"partner2Code": 528, "partner2ISO": "NLD"},
        {"cmdCode": "TOTAL"},
        {"cmdCode": "2805"},
        {"flowCode": "RX"},
        {"typeCode": "S"},
        {"reporterCode": 97, "reporterISO": "EUR"},
        {"classificationCode": "S4"},
    )
    report, _ = landed(project, "comtrade_monthly.json", text)
    assert report.rows_landed == 5
    assert report.rows_quarantined == 0
    assert left_out(project, "comtrade_monthly") == {
        "trade in services": 1,
        "kind of import or export, beside all imports and exports": 1,
        "figure in a nomenclature other than the Harmonised System": 1,
        "total, chapter or heading, beside the six-digit products in it": 2,
        "group of countries as reporter, beside its members": 1,
    }


def test_comtrade_mass_of_nought_with_a_value_is_not_given(project):
    text = comtrade_json({"netWgt": 0}, {"netWgt": None, "motCode": 1000})
    _, rows = landed(project, "comtrade_monthly.json", text)
    assert [row["net_mass_kg"] for row in rows] == [None, None]


def test_comtrade_without_iso_codes_says_how_to_ask(project):
    text = comtrade_json({"reporterISO": None, "partnerISO": None})
    with pytest.raises(DeliveryRefusedError, match="a numeric code without its ISO code") as raised:
        landed(project, "comtrade_monthly.json", text)
    assert "includeDesc=true" in raised.value.remedy


def test_comtrade_codes_nobody_knows_are_set_aside_with_a_remedy(project):
    others = [{"partnerISO": f"{code}"} for code in ("CHN", "JPN", "KOR")]
    text = comtrade_json(*others, {"partnerCode": 837, "partnerISO": "ZZ9"})
    with pytest.raises(DeliveryRefusedError, match="ZZ9") as raised:
        landed(project, "comtrade_monthly.json", text)
    assert "partner_codes.csv" in raised.value.remedy


def test_comtrade_years_are_no_months(project):
    with pytest.raises(DeliveryRefusedError, match="not a month"):
        landed(project, "comtrade_monthly.json", comtrade_json({"freqCode": "A", "period": "2024"}))
    report, rows = landed(
        project, "comtrade_annual.json", comtrade_json({"freqCode": "A", "period": "2024"})
    )
    assert (report.periods, rows[0]["year"]) == (["2024"], 2024)


def test_a_cut_answer_of_comtrade_is_refused(project):
    text = comtrade_json({}, {"partnerISO": "JPN"})
    for cut in (len(text) // 2, len(text) - 30):
        with pytest.raises(DeliveryRefusedError):
            landed(project, "comtrade_monthly.json", text[:cut])


def test_a_second_question_does_not_take_the_place_of_the_first(project):
    """Asking for graphite after rare earths of the same month would lose the rare earths."""
    landed(project, "comtrade_monthly-1.json", comtrade_json({}))
    with pytest.raises(DeliveryRefusedError, match="DEU 280530") as raised:
        landed(project, "comtrade_monthly-2.json", comtrade_json({"cmdCode": "250410"}))
    assert "--withdraw" in raised.value.remedy
    both = comtrade_json({}, {"cmdCode": "250410"})
    report, _ = landed(project, "comtrade_monthly-3.json", both)
    assert report.rows_landed == 2


def test_what_is_fetched_lands_from_the_inbox(project, monkeypatch):
    """From the producer's address to Parquet; what downloads keep for themselves is no delivery."""
    monkeypatch.setenv("COMTRADE_KEY", "k")
    producer = PRODUCERS["comtrade_monthly"]
    requests = producer.requests("2024-03", Wanted(("280530",), ("DEU",)))
    with producer_server() as server:
        server.serve("/data/v1/get/C/M/HS", comtrade_json({}).encode())
        (fetched,) = download(
            producer, requests, into=project.inbox_dir, base_url=server.url,
            send_key_to="127.0.0.1", manners=Manners(pause_seconds=0),
        )  # fmt: skip
    assert fetched.status == "downloaded"
    assert ignored_inbox_files(project) == []
    (report,) = land_all(project, only=["comtrade_monthly"])
    assert (report.status, report.rows_landed) == ("landed", 1)
    assert report.file_sha256 == fetched.sha256


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
def test_sdmx_lands_one_row_per_indicator(project, header, last):
    text = sdmx(
        f"M,DE,US,25041000,1,{IN_EUROS},2024-03,1234567",
        f"M,DE,US,25041000,1,{IN_100KG},2024-03,1772.90",
        header=header,
        last=last,
    )
    report, rows = landed(project, "comext_sdmx_monthly-2024-03.csv", text)
    assert (report.source_id, report.rows_landed) == ("comext_sdmx_monthly", 2)
    assert {row["indicator"]: str(row["amount"]) for row in rows} == {
        IN_EUROS: "1234567.000",
        IN_100KG: "1772.900",
    }


def test_sdmx_wholes_are_left_out_beside_their_parts(project):
    text = sdmx(
        f"M,DE,US,25041000,1,{IN_EUROS},2024-03,10",
        f"M,EU27_2020,US,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,WORLD,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,EU27_2020,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,EXT_EU27_2020,25041000,1,{IN_EUROS},2024-03,99",
        f"M,DE,US,2504,1,{IN_EUROS},2024-03,99",
        f"M,DE,US,250410,1,{IN_EUROS},2024-03,99",
        f"M,DE,US,TOTAL,1,{IN_EUROS},2024-03,99",
        f"A,DE,US,25041000,1,{IN_EUROS},2024,99",
        f"M,DE,US,25041000,3,{IN_EUROS},2024-03,99",
        f"M,DE,CN,25041000,1,{IN_EUROS},2024-03,",
        f"M,DE,KR,25041000,1,{IN_EUROS},2024-03,:",
    )
    report, rows = landed(project, "comext_sdmx_monthly-2024-03.csv", text)
    assert [str(row["amount"]) for row in rows] == ["10.000"]
    assert sum(left_out(project, "comext_sdmx_monthly").values()) == 11
    assert report.rows_quarantined == 0


def test_sdmx_of_the_union_alone_lands_as_the_union(project):
    text = sdmx(
        f"M,EU27_2020,US,25041000,1,{IN_EUROS},2024-03,10",
        f"M,EA20,US,25041000,1,{IN_EUROS},2024-03,8",
    )
    _, rows = landed(project, "comext_sdmx_monthly-2024-03.csv", text)
    assert [(row["reporter"], str(row["amount"])) for row in rows] == [("EU27", "10.000")]


def test_sdmx_with_a_new_column_is_a_changed_header(project):
    text = sdmx("M,DE,US,25041000,1,VALUE_IN_EUROS,2024-03,10,x", header=SDMX_1 + ",stat_procedure")
    with pytest.raises(DeliveryRefusedError, match="stat_procedure"):
        landed(project, "comext_sdmx_monthly-2024-03.csv", text)


# --- US Census ----------------------------------------------------------------------------------
# https://www.census.gov/data/developers/data-sets/international-trade.html and the Guide to
# International Trade Datasets: a list of lists with the header first; '-' is all countries,
# SUMMARY_LVL 'CGP' a group; predicates come back as columns at the end.

CENSUS_HEADER = [
    "I_COMMODITY", "CTY_CODE", "CTY_NAME", "SUMMARY_LVL", "GEN_VAL_MO", "CON_VAL_MO", "time",
    "COMM_LVL",
]  # fmt: skip


def census_json(*rows):
    listed = [[*row, "2024-03", "HS6"] if len(row) == 6 else list(row) for row in rows]
    return "[" + ",\n".join(json.dumps(row) for row in [CENSUS_HEADER, *listed]) + "]"


def test_census_lands_countries_and_no_groups(project):
    text = census_json(
        ("250410", "-", "TOTAL FOR ALL COUNTRIES", "DET", "300", "300"),
        ("250410", "0003", "EUROPEAN UNION", "CGP", "100", "100"),
        ("250410", "4XXX", "EUROPE", "CGP", "100", "100"),
        ("250410", "5XXX", "ASIA", "CGP", "200", "200"),
        ("250410", "5700", "CHINA", "DET", "200", "190"),
        ("250410", "4280", "GERMANY", "DET", "100", "100"),
    )
    report, rows = landed(project, "us_census_imports_monthly-2024-03.json", text)
    assert report.source_id == "us_census_imports_monthly"
    assert [(row["country_code"], int(row["general_value_usd"])) for row in rows] == [
        ("5700", 200), ("4280", 100),
    ]  # fmt: skip
    assert left_out(project, "us_census_imports_monthly") == {
        "total of all countries, beside the countries": 1,
        "group of countries, beside its members": 3,
    }


def test_census_groups_are_known_without_their_level(project):
    """A query need not ask for SUMMARY_LVL: the codes of groups say what they are."""
    rows = [
        ["I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "time"],
        ["250410", "-", "300", "2024-03"],
        ["250410", "0027", "300", "2024-03"],
        ["250410", "1XXX", "300", "2024-03"],
        ["250410", "5700", "200", "2024-03"],
    ]
    _, found = landed(project, "us_census_imports_monthly-2024-03.json", json.dumps(rows))
    assert [row["country_code"] for row in found] == ["5700"]


def test_census_levels_beside_six_digits_do_not_count(project):
    text = census_json(
        ("250410", "5700", "CHINA", "DET", "200", "190"),
        ("2504", "5700", "CHINA", "DET", "250", "240", "2024-03", "HS4"),
        ("2504105000", "5700", "CHINA", "DET", "150", "140", "2024-03", "HS10"),
    )
    _, rows = landed(project, "us_census_imports_monthly-2024-03.json", text)
    assert [row["hs6"] for row in rows] == ["250410"]


def test_census_code_without_a_country_is_refused_with_a_remedy(project):
    text = census_json(("250410", "5999", "NOWHERE", "DET", "200", "190"))
    with pytest.raises(DeliveryRefusedError, match="5999") as raised:
        landed(project, "us_census_imports_monthly-2024-03.json", text)
    assert "partner_codes.csv" in raised.value.remedy


# --- HMRC ---------------------------------------------------------------------------------------
# https://www.uktradeinfo.com/api-documentation/ (OData; endpoint /OTS with $expand).

OTS_ROW = {
    "MonthId": 202403,
    "FlowTypeId": 3,
    "SuppressionIndex": 0,
    "CommodityId": 25041000,
    "CommoditySitcId": 27822,
    "CountryId": 720,
    "PortId": 29,
    "Value": 1234.0,
    "NetMass": 500.0,
    "SuppUnit": None,
    "Commodity": {"Cn8Code": "25041000"},
    "Country": {"CountryCodeAlpha": "CN"},
}


def ots_json(*changes):
    return json.dumps(
        {
            "@odata.context": "https://api.uktradeinfo.com/$metadata#OTS",
            "value": [{**OTS_ROW, **change} for change in changes],
        }
    )


def test_hmrc_lands_ports_and_flows_and_leaves_out_what_has_no_product(project):
    text = ots_json(
        {},
        {"PortId": 30, "Value": 100.5},
        {"FlowTypeId": 4, "Country": {"CountryCodeAlpha": "US"}},
        {"FlowTypeId": 1, "CommodityId": -990, "Commodity": None},
    )
    report, rows = landed(project, "hmrc_ots_monthly-2024-03.json", text)
    assert (report.source_id, report.rows_landed) == ("hmrc_ots_monthly", 3)
    assert (rows[0]["period"], rows[0]["partner"], rows[0]["cn8"]) == ("2024-03", "CN", "25041000")
    assert sum(float(row["value_gbp"]) for row in rows[:2]) == 1334.5
    assert left_out(project, "hmrc_ots_monthly") == {
        "trade below the threshold or suppressed, without a product code": 1
    }


def test_hmrc_numbers_get_their_leading_nought_back(project):
    text = ots_json({"CommodityId": 5051010, "Commodity": None})
    _, rows = landed(project, "hmrc_ots_monthly-2024-03.json", text)
    assert rows[0]["cn8"] == "05051010"


def test_hmrc_country_numbers_alone_say_how_to_ask(project):
    with pytest.raises(DeliveryRefusedError, match="without its letters") as raised:
        landed(project, "hmrc_ots_monthly-2024-03.json", ots_json({"Country": None}))
    assert "$expand=Country" in raised.value.remedy
