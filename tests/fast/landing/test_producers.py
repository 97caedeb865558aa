"""Addresses of producers, as their documentation gives them, and what a user may ask for.

The addresses are compared with the documentation, not called: no live source can be reached here.
"""

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
from chokepoint.landing.formats import format_in
from chokepoint.landing.registry import CONTRACTS

TODAY = dt.date(2026, 11, 25)
GRAPHITE = Wanted(("250410",), ("DEU", "FRA"))


def asked(source_id, period, wanted=None):
    producer = PRODUCERS[source_id]
    (request,) = producer.requests(period, wanted or Wanted())
    return producer.base_url + request.path, dict(request.query), request.file_name


def test_comext_bulk_files_are_those_of_the_dissemination_api():
    """https://ec.europa.eu/eurostat/web/user-guides/data-browser/bulk-download"""
    address, query, name = asked("comext_bulk_monthly", "2024-03")
    assert address == "https://ec.europa.eu/eurostat/api/dissemination/files"
    assert query == {"file": "comext/COMEXT_DATA/PRODUCTS/full_v2_202403.7z"}
    assert name == "full_v2_202403.7z"


def test_comext_sdmx_asks_one_month_of_chosen_products_and_members():
    """Order of the key: freq.reporter.partner.product.flow.indicators (DS-045409)."""
    address, query, name = asked("comext_sdmx_monthly", "2024-03", GRAPHITE)
    assert address == (
        "https://ec.europa.eu/eurostat/api/comext/dissemination/sdmx/2.1/data/DS-045409/"
        "M.DE+FR..250410.1+2.VALUE_IN_EUROS+QUANTITY_IN_100KG"
    )
    assert query["format"] == "SDMX-CSV"
    assert query["startPeriod"] == query["endPeriod"] == "2024-03"
    assert name.startswith("comext_sdmx_monthly-2024-03")


def test_comext_sdmx_has_the_union_as_a_reporter_of_its_own():
    wanted = Wanted(("25041000",), ("EU27",))
    check_wanted(PRODUCERS["comext_sdmx_monthly"], wanted)
    assert "/M.EU27_2020..25041000.1+2." in asked("comext_sdmx_monthly", "2024-03", wanted)[0]


def test_baci_archives_are_called_by_edition_and_release():
    """https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37"""
    address, _, name = asked("baci_hs17_bilateral", "2026")
    assert address == "https://www.cepii.fr/DATA_DOWNLOAD/baci/data/BACI_HS17_V202601.zip"
    assert name == "BACI_HS17_V202601.zip"


@pytest.mark.parametrize(
    ("source_id", "period", "path", "said"),
    [
        ("comtrade_monthly", "2024-03", "/data/v1/get/C/M/HS", "202403"),
        ("comtrade_annual", "2024", "/data/v1/get/C/A/HS", "2024"),
    ],
)
def test_comtrade_is_asked_for_all_reporters_at_once(source_id, period, path, said):
    """https://uncomtrade.org/docs/un-comtrade-api/; France is 251 there, not 250 as in M49."""
    address, query, _ = asked(source_id, period, GRAPHITE)
    assert address == f"https://comtradeapi.un.org{path}"
    assert query == {
        "reporterCode": "276,251", "period": said, "cmdCode": "250410", "flowCode": "M,X",
        "partner2Code": "0", "customsCode": "C00", "motCode": "0", "includeDesc": "true",
    }  # fmt: skip


def test_census_is_asked_by_month_and_level():
    """https://www.census.gov/data/developers/data-sets/international-trade.html"""
    address, query, name = asked("us_census_imports_monthly", "2024-03")
    assert address == "https://api.census.gov/data/timeseries/intltrade/imports/hs"
    assert query["time"] == "2024-03"
    assert query["COMM_LVL"] == "HS6"
    assert {"I_COMMODITY", "CTY_CODE", "GEN_VAL_MO", "CON_VAL_MO"} <= set(query["get"].split(","))
    assert name == "us_census_imports_monthly-2024-03.json"


def test_hmrc_is_asked_by_month_and_code():
    """https://www.uktradeinfo.com/api-documentation/"""
    address, query, _ = asked("hmrc_ots_monthly", "2024-03", Wanted(("250410",)))
    assert address == "https://api.uktradeinfo.com/OTS"
    assert query["$filter"].startswith("MonthId eq 202403 and ")
    assert "250410" in query["$filter"]


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


def test_the_command_says_what_is_not_there_and_ends_well(tmp_path):
    """A month that Eurostat has not published is no error: the next run asks again."""
    with producer_server() as server:
        done = run_cli(
            "download", "comext_bulk_monthly", "--from", "2024-01", "--to", "2024-02",
            "--base-url", server.url, "--pause", "0", data_dir=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("not published yet") == 2
    assert not list((tmp_path / "inbox").glob("*.7z"))


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
