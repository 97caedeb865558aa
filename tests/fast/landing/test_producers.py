"""Addresses of producers, compared with their documentation and not called, and what a user may ask
for."""

import datetime as dt
from pathlib import Path

import pytest
from build_kit import run_cli
from producer_server import producer_server

from chokepoint.errors import ChokepointError
from chokepoint.landing.download.addresses import (
    PRODUCERS,
    Wanted,
    check_wanted,
    periods,
    producer_of,
)
from chokepoint.landing.files.formats import format_in
from chokepoint.landing.registry import CONTRACTS

TODAY = dt.date(2026, 11, 25)
GRAPHITE = Wanted(("250410",), ("DEU", "FRA"))


def asked(source_id, period, wanted=None):
    producer = PRODUCERS[source_id]
    (request,) = producer.requests(period, wanted or Wanted())
    return producer.base_url + request.path, dict(request.query), request.file_name


SDMX_PATH = "https://ec.europa.eu/eurostat/api/comext/dissemination/sdmx/2.1/data/DS-045409"
OF_MARCH = {"format": "SDMX-CSV", "startPeriod": "2024-03", "endPeriod": "2024-03"}
# France is 251 there, not 250 as in M49.
OF_COMTRADE = {
    "reporterCode": "276,251", "cmdCode": "250410", "flowCode": "M,X", "partner2Code": "0",
    "customsCode": "C00", "motCode": "0", "includeDesc": "true",
}  # fmt: skip


@pytest.mark.parametrize(
    ("source_id", "period", "wanted", "address", "query", "name"),
    [
        # https://ec.europa.eu/eurostat/web/user-guides/data-browser/bulk-download
        ("comext_bulk_monthly", "2024-03", Wanted(),
         "https://ec.europa.eu/eurostat/api/dissemination/files",
         {"file": "comext/COMEXT_DATA/PRODUCTS/full_v2_202403.7z"}, "full_v2_202403.7z"),
        # Order of the key: freq.reporter.partner.product.flow.indicators (DS-045409).
        ("comext_sdmx_monthly", "2024-03", GRAPHITE,
         f"{SDMX_PATH}/M.DE+FR..250410.1+2.VALUE_IN_EUROS+QUANTITY_IN_100KG", OF_MARCH,
         "comext_sdmx_monthly-2024-03-"),
        ("comext_sdmx_monthly", "2024-03", Wanted(("25041000",), ("EU27",)),
         f"{SDMX_PATH}/M.EU27_2020..25041000.1+2.VALUE_IN_EUROS+QUANTITY_IN_100KG", OF_MARCH,
         "comext_sdmx_monthly-2024-03-"),
        # https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37
        ("baci_hs17_bilateral", "2026", Wanted(),
         "https://www.cepii.fr/DATA_DOWNLOAD/baci/data/BACI_HS17_V202601.zip", {},
         "BACI_HS17_V202601.zip"),
        # https://uncomtrade.org/docs/un-comtrade-api/
        ("comtrade_monthly", "2024-03", GRAPHITE,
         "https://comtradeapi.un.org/data/v1/get/C/M/HS", {**OF_COMTRADE, "period": "202403"},
         "comtrade_monthly-2024-03-"),
        ("comtrade_annual", "2024", GRAPHITE, "https://comtradeapi.un.org/data/v1/get/C/A/HS",
         {**OF_COMTRADE, "period": "2024"}, "comtrade_annual-2024-"),
        # https://www.census.gov/data/developers/data-sets/international-trade.html
        ("us_census_imports_monthly", "2024-03", Wanted(),
         "https://api.census.gov/data/timeseries/intltrade/imports/hs",
         {"time": "2024-03", "COMM_LVL": "HS6"}, "us_census_imports_monthly-2024-03.json"),
        # https://www.uktradeinfo.com/api-documentation/
        ("hmrc_ots_monthly", "2024-03", Wanted(("250410",)), "https://api.uktradeinfo.com/OTS",
         {"$filter": "MonthId eq 202403 and (startswith(Commodity/Cn8Code,'250410'))"},
         "hmrc_ots_monthly-2024-03-"),
    ],
)  # fmt: skip
def test_producers_are_asked_as_they_document(source_id, period, wanted, address, query, name):
    found = asked(source_id, period, wanted)
    assert found[0] == address
    assert query.items() <= found[1].items()
    assert found[2].startswith(name)


def test_the_union_may_be_asked_for_alone():
    check_wanted(PRODUCERS["comext_sdmx_monthly"], Wanted(("25041000",), ("EU27",)))


def test_census_is_asked_for_what_lands():
    _, query, _ = asked("us_census_imports_monthly", "2024-03")
    assert {"I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "CON_VAL_MO"} <= set(query["get"].split(","))


def test_another_choice_of_the_same_month_is_another_file():
    names = {
        asked("comext_sdmx_monthly", "2024-03", wanted)[2]
        for wanted in (GRAPHITE, Wanted(("250410",)), Wanted(("280530",), ("DEU", "FRA")))
    }
    assert len(names) == 3
    swapped = Wanted(("250410",), ("FRA", "DEU"))
    assert asked("comext_sdmx_monthly", "2024-03", swapped)[2] in names


@pytest.mark.parametrize("source_id", [name for name, one in PRODUCERS.items() if not one.by_hand])
def test_each_producer_names_its_documentation_and_a_safe_file_that_lands_as_its_own(source_id):
    """A file that lands as another source, or as none, was fetched for nothing."""
    producer = PRODUCERS[source_id]
    assert producer.documentation.startswith("https://")
    assert producer.pause_seconds >= 1
    period = "2024-03" if producer.frequency == "monthly" else "2024"
    for wanted in (Wanted(), GRAPHITE):
        (request,) = producer.requests(period, wanted)
        assert request.file_name == request.file_name.strip("./ ")
        assert "/" not in request.file_name
        assert period.replace("-", "") in request.file_name.replace("-", "")
        assert format_in(Path(request.file_name), CONTRACTS) == source_id


def test_a_span_of_months_crosses_years_and_a_span_of_one_is_one():
    monthly, annual = PRODUCERS["comext_bulk_monthly"], PRODUCERS["comtrade_annual"]
    assert periods(monthly, "2023-11", "2024-02", TODAY) == [
        "2023-11", "2023-12", "2024-01", "2024-02",
    ]  # fmt: skip
    assert periods(monthly, "2026-11", "2026-11", TODAY) == ["2026-11"]
    assert periods(annual, "2022", "2024", TODAY) == ["2022", "2023", "2024"]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2024-05", "2024-02", "--from 2024-05 lies after --to 2024-02"),
        ("2024-05", "2026-12", "--to 2026-12 lies ahead"),
        ("2024", "2024-02", "--from '2024' is not a month"),
        ("2024-13", "2024-02", "--from '2024-13' is not a month"),
        ("2024-01", "202402", "--to '202402' is not a month"),
    ],
)
def test_periods_that_make_no_sense_are_told(first, last, words):
    with pytest.raises(ChokepointError) as raised:
        periods(PRODUCERS["comext_bulk_monthly"], first, last, TODAY)
    assert words in raised.value.what


@pytest.mark.parametrize(
    ("source_id", "words", "remedy"),
    [
        ("comext_bulk_monthl", "there is no source", "did you mean comext_bulk_monthly?"),
        ("wgi_estimates", "ships with the project", "chokepoint land PATH"),
        ("gacc_exports_monthly", "no file that a program could fetch", "choose exports, US dollar"),
        ("gacc_imports_monthly", "no file that a program could fetch", "--reporters CHN"),
    ],
)
def test_a_source_that_cannot_be_fetched_says_why(source_id, words, remedy):
    with pytest.raises(ChokepointError) as raised:
        producer_of(source_id)
    assert words in raised.value.what
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(
    ("source_id", "wanted", "words"),
    [
        ("comext_sdmx_monthly", Wanted(), "without --products"),
        ("comtrade_monthly", Wanted(("250410",)), "without --reporters"),
        ("comext_bulk_monthly", Wanted(("250410",)), "--products chooses nothing"),
        ("comtrade_monthly", Wanted(("2504.10",), ("DEU",)), "'2504.10' is no product code"),
        ("comtrade_monthly", Wanted((), ("GER",)), "'GER' is no ISO 3166 alpha-3 code"),
        ("comtrade_monthly", Wanted((), ("EU27",)), "'EU27' is no ISO 3166 alpha-3 code"),
        ("comtrade_monthly", Wanted(("2504",), ("DEU",)), "'2504' has 4 digits"),
        ("comext_sdmx_monthly", Wanted(("250410",)), "'250410' has 6 digits"),
        ("comext_sdmx_monthly", Wanted(("25041000",), ("EU27", "DEU")), "EU27 beside its members"),
    ],
)
def test_a_choice_that_the_producer_cannot_answer_is_told(source_id, wanted, words):
    with pytest.raises(ChokepointError) as raised:
        check_wanted(PRODUCERS[source_id], wanted)
    assert words in raised.value.what


def test_a_key_in_the_environment_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("COMTRADE_KEY", "s3cr3t-k3y")
    with producer_server() as server:
        server.serve("/data/v1/get/C/M/HS", b'{"count":1,"data":[{"a":1}]}')
        done = run_cli(
            "download", "comtrade_monthly", "--from", "2024-01", "--to", "2024-02",
            "--reporters", "DEU", "--base-url", server.url, "--pause", "0",
            "--send-key-to", "127.0.0.1", data_dir=tmp_path,
        )  # fmt: skip
        assert server.asked[0].headers["ocp-apim-subscription-key"] == "s3cr3t-k3y"
    assert done.returncode == 0, done.stderr
    assert "s3cr3t-k3y" not in done.stdout + done.stderr
    assert len(list((tmp_path / "inbox").glob("comtrade_monthly-2024-0?*.json"))) == 2
    assert "\x1b" not in done.stdout
    assert "SHA256SUMS" in done.stdout
