"""`chokepoint update` against producers played on this machine: plan, fetch, land, tell."""

import csv
import dataclasses
import datetime as dt
import json
import os
import random
import re
import subprocess
import sys
import time

import duckdb
import pytest
from build_kit import PROJECT_DIR, ran, run_cli
from played_producers import CENSUS, amount, played_producers

from chokepoint.errors import ChokepointError
from chokepoint.landing.download import plan as planning
from chokepoint.landing.download.addresses import PRODUCERS, Wanted, fact
from chokepoint.landing.download.fetch import download
from chokepoint.landing.download.parts import STATE_FOLDER
from chokepoint.landing.download.plan import make_plan
from chokepoint.landing.download.transfer import Manners
from chokepoint.landing.download.wanted import listed_codes
from chokepoint.landing.land import land_all, land_bundled, withdraw
from chokepoint.landing.periods import current_deliveries
from chokepoint.pipeline import refresh, steps
from chokepoint.settings import Settings

SDMX = "comext_sdmx_hs6_monthly"
PLAYED = (SDMX, "comext_sdmx_monthly", "hmrc_ots_monthly", "us_census_imports_monthly",
          "comtrade_monthly")  # fmt: skip
VALUES = "period, reporter, partner, product, indicator, amount"
TODAY = dt.datetime.now(dt.UTC).date()


@pytest.fixture
def producers():
    with played_producers() as server:
        yield server


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("COMTRADE_KEY", "a-key")
    return Settings(data_dir=tmp_path / "data")


def seed(*names):
    with PROJECT_DIR.joinpath("seeds", *names).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def some_codes(count):
    """Codes of 2022 that begin with the fewest chapters, so that this many are listed."""
    return [
        one.code for one in listed_codes(PROJECT_DIR) if one.family == "HS" and one.last is None
    ][:count]


def update(settings, producers, *, months=2, sources=(SDMX,), codes=None, today=None):
    plan = make_plan(
        settings, months=months, sources=sources, codes=codes or some_codes(4), today=today
    )
    found = refresh.refresh(
        settings, plan, base_url=producers.url,
        send_key_to=producers.url.removeprefix("http://"),
        manners=Manners(tries=4, pause_seconds=0, first_wait=0.001, longest_wait=0.01),
    )  # fmt: skip
    return plan, found


def rows(settings, source_id, columns="* exclude (line_number)"):
    """Landed rows of what counts, as a sorted list."""
    files = [
        str(settings.landing_dir / row["parquet_path"])
        for row in current_deliveries(settings, source_id)
    ]
    if not files:
        return []
    with duckdb.connect() as con:
        return con.execute(
            f"select {columns} from read_parquet($1) order by all", [files]
        ).fetchall()


# --- the plan -----------------------------------------------------------------------------------


def test_a_plan_in_an_empty_folder_names_every_code_that_a_measure_lists(settings, monkeypatch):
    monkeypatch.delenv("COMTRADE_KEY")
    plan = make_plan(settings)
    subheadings = {row["hs6"] for row in seed("measures", "measure_scope.csv")} - {""}
    crosswalk = {row["cn8_2025"] for row in seed("measures", "cn8_crosswalk.csv")}
    subheadings |= {code[:6] for code in crosswalk}
    found = {(code.family, code.code) for code, _ in plan.codes}
    assert found >= {("HS", code) for code in subheadings} | {("CN", code) for code in crosswalk}
    by_source = {one.source_id: one for one in plan.sources}
    assert "COMTRADE_KEY" in by_source["comtrade_monthly"].hindrance
    assert not by_source[SDMX].hindrance
    assert len(by_source[SDMX].due) == 36 == by_source[SDMX].calls
    # 2 indicators, 1 flow, 27 members, 300 positions of partners, by hand.
    codes = len([code for code, _ in plan.codes if code.family == "HS"])
    assert by_source[SDMX].cells == 2 * 27 * 300 * codes
    assert not settings.data_dir.exists()


def test_every_question_of_the_default_plan_keeps_to_the_limits_of_its_producer(settings):
    plan = make_plan(settings)
    for one in plan.sources:
        producer = PRODUCERS[one.source_id]
        for request in (part for whole in one.requests for part in whole.parts or (whole,)):
            cells = planning.cells(producer, request)
            assert cells is None or cells <= fact(one.source_id, "cells_at_most")
            assert len(request.path) < 4000
    comtrade = next(one for one in plan.sources if one.source_id == "comtrade_monthly")
    assert comtrade.days == -(-comtrade.calls // int(fact("comtrade_monthly", "calls_per_day")))
    asked = {
        code
        for request in comtrade.requests
        for part in request.parts
        for name, text in part.query
        if name == "reporterCode"
        for code in text.split(",")
    }
    # Taiwan is 490 in Comtrade, 158 in M49.
    assert ("490" in asked, "158" in asked) == (True, False)


def test_as_many_codes_as_a_bulk_file_is_worth_are_taken_from_it(settings, monkeypatch):
    many = [
        dataclasses.replace(one, code=f"{number:06}")
        for one in listed_codes(PROJECT_DIR)[:1]
        for number in range(10_000, 15_000)
    ]
    monkeypatch.setattr(planning, "listed_codes", lambda folder: many)
    (one,) = make_plan(settings, months=1, sources=[SDMX]).sources
    assert one.source_id == "comext_bulk_monthly"
    assert SDMX in one.note
    assert one.calls == 1


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"profile": "lsited"}, "listed, everything"),
        ({"sources": ["comext"]}, SDMX),
        ({"codes": ["999999"]}, "999999"),
    ],
)
def test_what_there_is_not_is_named(settings, given, named):
    with pytest.raises(ChokepointError, match=named):
        make_plan(settings, **given)


OWN = "profile,source_id,products,reporters,flow,periods,asked_again,after_days,note"


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("mine,hmrc_ots_monthly,850511 999999,,,3,1,20,", "line 2, products: '999999'"),
        ("mine,hmrc_ots,850511,,,3,1,20,", "line 2, source_id: 'hmrc_ots'"),
        ("mine,comtrade_monthly,850511,XXX,,3,1,20,", "line 2, reporters: 'XXX'"),
        ("mine,hmrc_ots_monthly,850511,,,-3,1,20,", "line 2, periods: '-3'"),
        ("mine,hmrc_ots_monthly,850511,,in,3,1,20,", "line 2, flow: 'in'"),
        ("mine,hmrc_ots_monthly,850511", "the columns are not"),
    ],
)
def test_a_profile_that_cannot_be_followed_is_named_by_line(settings, row, named):
    settings.data_dir.mkdir()
    (settings.data_dir / "profiles.csv").write_text(f"{OWN}\n{row}\n", encoding="utf-8")
    with pytest.raises(ChokepointError, match=re.escape(named)):
        make_plan(settings, profile="mine")


def test_a_profile_of_ones_own_names_codes_and_countries(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "profiles.csv").write_text(
        f"{OWN}\nmine,comtrade_monthly,850511 260900,JPN TWN,import,2,1,20,\n", encoding="utf-8"
    )
    (source,) = make_plan(settings, profile="mine").sources
    assert len(source.requests) == 2
    query = dict(source.requests[0].query)
    assert (query["reporterCode"], query["cmdCode"]) == ("392,490", "850511,260900")
    assert query["flowCode"] == "M"


def test_a_reporter_that_stops_is_named(settings, producers):
    wanted = make_plan(settings, months=12, sources=["comtrade_monthly"]).sources[0].wanted_periods
    producers.gone = {"490": wanted[3].replace("-", "")}
    plan, _ = update(settings, producers, months=12, sources=["comtrade_monthly"])
    assert refresh.stopped(settings, plan) == [f"- comtrade_monthly: S19 ends with {wanted[2]}"]


def test_codes_of_earlier_editions_are_asked_for_in_their_years():
    links = seed("reference", "hs_concordances.csv")
    listed = {one.code: one for one in listed_codes(PROJECT_DIR) if one.family == "HS"}
    now = {code for code, one in listed.items() if one.last is None}
    before = {
        row["hs6_before"]
        for row in links
        if row["edition_before"] == "2017" and row["edition_after"] == "2022"
        and row["hs6_after"] in now
    }  # fmt: skip
    assert before
    for code in before:
        assert listed[code].is_of("2019-05")
    ended = before - now
    assert all(not listed[code].is_of("2022-01") for code in ended)


def test_the_command_prints_the_plan(tmp_path):
    shown = run_cli("update", "--plan", "--months", "3", data_dir=tmp_path / "data")
    assert shown.returncode == 0, shown.stderr
    assert "listed codes" in shown.stdout
    assert "850511" in shown.stdout
    for source_id in PLAYED:
        assert source_id in shown.stdout
    assert not (tmp_path / "data" / "inbox").exists()


# --- fetching and landing -----------------------------------------------------------------------


def test_forty_codes_of_some_months_come_whole(settings, producers):
    """Answers that come later, that are too large, 503 in between; a code that nobody trades."""
    codes = some_codes(40)
    producers.silent = {codes[7]}
    producers.queue_above, producers.too_large = 500, 800
    producers.faults["/eurostat"] = 3
    plan, (found,) = update(settings, producers, months=3, codes=codes)
    assert not found.is_trouble, refresh.told([found])
    # 27 members, 2 partners, 2 indicators.
    assert len(rows(settings, SDMX)) == 3 * 39 * 27 * 2 * 2
    month = plan.sources[0].wanted_periods[1]
    values = {tuple(row[:5]): row[5] for row in rows(settings, SDMX, VALUES)}
    assert values[month, "DE", "CN", codes[0], "VALUE_IN_EUROS"] == amount(
        0, "DE", "CN", codes[0], "1", month
    )
    again = make_plan(settings, months=3, sources=[SDMX], codes=codes)
    assert not again.sources[0].due, "nothing is due twice"
    states = {code.code: state for code, (state,) in again.codes if code.family == "HS"}
    assert (states[codes[7]].landed, states[codes[7]].answered) == (0, 3)
    assert refresh.without_answers(again)[0].startswith(f"- HS {codes[7]}")


def test_all_sources_land(settings, producers):
    _, found = update(settings, producers, sources=PLAYED)
    assert not any(one.is_trouble for one in found), refresh.told(found)
    assert all(rows(settings, source_id) for source_id in PLAYED)
    reporters = {row[0] for row in rows(settings, "comtrade_monthly", "reporter")}
    assert reporters == {"JPN", "S19"}
    countries = {row[0] for row in rows(settings, "us_census_imports_monthly", "country_code")}
    assert countries == set(CENSUS.values())


def test_a_filter_with_too_many_codes_is_asked_in_parts(settings, producers):
    codes = some_codes(40)
    plan, (found,) = update(
        settings, producers, months=1, sources=["hmrc_ots_monthly"], codes=codes
    )
    most = int(fact("hmrc_ots_monthly", "codes_per_question"))
    assert plan.sources[0].calls == producers.count("/OTS") >= 40 / most
    assert all(len(part.wanted.products) <= most for part in plan.sources[0].requests[0].parts)
    assert not found.is_trouble
    assert len(rows(settings, "hmrc_ots_monthly")) == 40 * 2


@pytest.mark.parametrize(
    ("last_month", "why"),
    # When the year is whole, the next one has a month to come.
    [("2026-11", "part of it"), ("2026-12", "missing")],
)
def test_the_rates_of_a_year_come_whole_and_only_when_they_are_due(
    settings, producers, last_month, why
):
    """A year is due while a month of it that has ended is missing, whenever its file came: the
    bundled rates came in November 2026 and end with June."""
    source, day = ["ecb_exchange_rates"], dt.date(2026, 12, 1)
    land_bundled(settings, *source)
    producers.last_month = last_month
    plan, (found,) = update(settings, producers, sources=source, today=day)
    assert plan.sources[0].due == {"2026": "part of it"}
    assert not found.is_trouble, refresh.told([found])
    assert not make_plan(settings, sources=source, today=day).sources[0].due
    later = make_plan(settings, sources=source, today=dt.date(2027, 2, 9))
    assert why in later.sources[0].due.values()


def test_codes_that_have_landed_are_asked_for_with_others(settings, producers):
    """A file takes the place of its period whole: one without them would be refused."""
    for codes in (["850511"], ["280530"]):
        plan, results = update(settings, producers, months=1, sources=[SDMX], codes=codes)
        assert not results[0].is_trouble, refresh.told(results)
    assert set(plan.sources[0].requests[0].wanted.products) >= {"850511", "280530"}
    assert {row[3] for row in rows(settings, SDMX)} >= {"850511", "280530"}


def test_files_of_which_none_is_there_are_told(settings, producers):
    """An address that has moved answers like a month that is not out yet, for every month."""
    producers.last_month = "1999-12"
    _, results = update(settings, producers, months=3, sources=[SDMX], codes=["850511"])
    assert results[0].is_absent
    assert results[0].is_trouble
    assert "may have moved" in " ".join(refresh.told(results))


def test_what_was_withdrawn_counts_as_not_asked(settings, producers):
    plan, _ = update(settings, producers, months=1, sources=[SDMX], codes=["850511"])
    (path,) = settings.inbox_dir.glob("*.csv")
    withdraw(settings, path.name)
    path.unlink()
    again = make_plan(settings, months=1, sources=[SDMX], codes=["850511"])
    assert list(again.sources[0].due.values()) == ["missing"]
    assert not any(state.answered for _, states in again.codes for state in states)
    assert plan.sources[0].due


def test_a_revision_is_a_new_vintage_and_a_late_month_comes_when_it_is_out(settings, producers):
    periods = make_plan(settings, months=3, sources=[SDMX], codes=["850511"]).sources[0]
    *_, before, last = periods.wanted_periods
    producers.last_month = before
    update(settings, producers, months=3, codes=["850511"])
    assert [row["period"] for row in current_deliveries(settings, SDMX)][-1] == before
    first = rows(settings, SDMX)
    producers.last_month, producers.revision = last, 1
    plan, (found,) = update(settings, producers, months=3, codes=["850511"])
    assert plan.sources[0].due == {last: "missing"}
    assert not found.is_trouble
    later = TODAY + dt.timedelta(days=25)
    again = make_plan(settings, months=3, sources=[SDMX], codes=["850511"], today=later)
    due = again.sources[0].due
    assert "revised" in due.values()
    update(settings, producers, months=3, codes=["850511"], today=later)
    assert rows(settings, SDMX) != first
    vintages = {path.name for path in settings.landing_dir.glob(f"{SDMX}/{before}/*")}
    assert len(vintages) == 2, "the old figure stays beside the new one"


def test_a_changed_layout_is_refused_and_put_aside_and_the_rest_goes_on(settings, producers):
    good = producers.sdmx_header
    producers.sdmx_header = good.replace("OBS_VALUE", "WERT")
    _, found = update(settings, producers, sources=(SDMX, "hmrc_ots_monthly"))
    sdmx, hmrc = found
    assert len(sdmx.refused) == 2
    assert "OBS_VALUE" in sdmx.refused[0][1]
    assert not hmrc.is_trouble
    assert rows(settings, "hmrc_ots_monthly")
    assert not list(settings.inbox_dir.glob(f"{SDMX}*")), "a build would stop at it"
    assert len(list((settings.inbox_dir / STATE_FOLDER / "refused").iterdir())) == 2
    producers.sdmx_header = good
    _, (found,) = update(settings, producers)
    assert not found.is_trouble
    assert rows(settings, SDMX)


def test_a_source_that_fails_or_lacks_its_key_does_not_stop_the_rest(
    settings, producers, monkeypatch
):
    monkeypatch.delenv("COMTRADE_KEY")
    producers.refuses = {"/OTS"}
    _, found = update(settings, producers, sources=PLAYED)
    by_source = {one.plan.source_id: one for one in found}
    assert "COMTRADE_KEY" in by_source["comtrade_monthly"].fault
    assert by_source["hmrc_ots_monthly"].count("failed") == 2
    assert rows(settings, SDMX)
    assert rows(settings, "us_census_imports_monthly")
    told = "\n".join(refresh.told(found))
    assert "403" in told
    assert "COMTRADE_KEY" in told


def test_an_answer_that_is_cut_off_is_asked_for_in_halves(settings, producers):
    """Sixteen rows each of two reporters, where an answer has ten at most: first the reporters are
    told apart, then the products."""
    producers.rows_a_call = 10
    source = dataclasses.replace(PRODUCERS["comtrade_monthly"], row_limits=(10,))
    (request,) = source.requests("2024-03", Wanted(tuple(some_codes(4)), ("JPN", "TWN")))
    (found,) = download(
        source, [request], into=settings.inbox_dir, base_url=producers.url,
        send_key_to=producers.url.removeprefix("http://"),
        manners=Manners(tries=2, pause_seconds=0),
    )  # fmt: skip
    assert found.status == "downloaded"
    answer = json.loads((settings.inbox_dir / found.file_name).read_text(encoding="utf-8"))
    assert len(answer["data"]) == 2 * 4 * 2 * 2
    assert producers.count("/data/v1") == 7


def test_the_calls_of_a_day_are_counted(settings, producers, monkeypatch):
    source = PRODUCERS["comtrade_monthly"]
    monkeypatch.setitem(PRODUCERS, "comtrade_monthly", dataclasses.replace(source, calls_per_day=2))
    producers.rows_a_call = 10**6
    _, (found,) = update(settings, producers, months=4, sources=("comtrade_monthly",))
    assert (found.count("downloaded"), found.count("not tried")) == (2, 2)
    assert producers.count("/data/v1") == 2
    assert "tomorrow" in "\n".join(refresh.told([found]))


@pytest.mark.parametrize(("key", "came"), [("", 1), ("a-key", 2)])
def test_a_limit_that_holds_without_a_key_goes_with_one(
    settings, producers, monkeypatch, key, came
):
    source = PRODUCERS["us_census_imports_monthly"]
    assert source.calls_per_day == 500
    monkeypatch.setitem(
        PRODUCERS, "us_census_imports_monthly", dataclasses.replace(source, calls_per_day=1)
    )
    monkeypatch.setenv("CENSUS_KEY", key)
    _, (found,) = update(settings, producers, sources=("us_census_imports_monthly",))
    assert found.count("downloaded") == came


def test_another_host_than_the_producer_sends_test_data_under_any_name(settings, producers):
    """It cannot be published, whatever the file is called later."""
    update(settings, producers, months=1)
    assert all(row["test_of"] == producers.url for row in current_deliveries(settings, SDMX))
    with pytest.raises(ChokepointError, match=r"(?s)test data.*--withdraw"):
        steps.check_no_test_data(settings)
    other = Settings(data_dir=settings.data_dir.parent / "other")
    other.inbox_dir.parent.mkdir()
    settings.inbox_dir.rename(other.inbox_dir)
    (path,) = other.inbox_dir.glob(f"{SDMX}*.csv")
    path = path.rename(path.with_name(f"{SDMX}-renamed.csv"))
    os.utime(path, (time.time() - 600,) * 2)
    land_all(other, only=[SDMX])
    with pytest.raises(ChokepointError, match="test data"):
        steps.check_no_test_data(other)


def test_an_update_that_is_killed_goes_on(settings, producers):
    """Kills at random moments; in the end everything has landed as if nothing had happened."""
    command = [
        sys.executable, "-m", "chokepoint.cli", "update", "--fetch-only", "--months", "3",
        "--source", f"{SDMX},hmrc_ots_monthly", "--codes", "8505,8541", "--pause", "0",
        "--base-url", producers.url, "--data-dir", str(settings.data_dir),
    ]  # fmt: skip
    producers.queue_above = 100
    draw = random.Random(26)
    for _ in range(2):
        process = subprocess.Popen(
            command, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(draw.uniform(1.2, 4.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    ran(*command)
    codes = [code for code in some_codes(100) if code.startswith(("8505", "8541"))]
    assert len(rows(settings, SDMX)) == 3 * len(codes) * 27 * 2 * 2
    assert not list((settings.inbox_dir / STATE_FOLDER).glob("*.part*"))
    briefs = list((settings.data_dir / refresh.UPDATES_FOLDER).glob("*.md"))
    assert briefs
    assert "Nothing was published" in briefs[-1].read_text(encoding="utf-8")
