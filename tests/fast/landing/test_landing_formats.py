"""Producers' own files: BACI's zip and Comext's 7z, as their documentation describes them.

Eurostat: https://ec.europa.eu/eurostat/databrowser/bulk?selectedTab=fileComext; CEPII:
https://www.cepii.fr/DATA_DOWNLOAD/baci/doc/baci_webpage.html. The figures are synthetic.
"""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import duckdb
import landing_formats_kit as formats
import landing_kit as kit
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.landing import registry
from chokepoint.landing.contracts import ProducerFormat
from chokepoint.landing.files import opening
from chokepoint.landing.files.formats import write_as_csv
from chokepoint.landing.land import land_all, withdraw
from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.landing.producers.comext import BULK_MONTHLY
from chokepoint.landing.refusals import DeliveryRefusedError

HS92_BILATERAL, *LATER_EDITIONS = BILATERAL
COMEXT, BACI = BULK_MONTHLY.source_id, HS92_BILATERAL.source_id
YEARS = formats.BACI_YEARS


class TestBaci:
    def test_each_year_lands_under_its_period(self, settings, tmp_path):
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", YEARS)
        assert registry.identify(path) == BACI
        report = kit.land(path, settings, HS92_BILATERAL)
        assert (report.periods, report.rows_landed) == (["2021", "2022"], 4)
        rows = [tuple(row.values())[:7] for row in kit.dicts_of(settings, BACI)]
        assert rows == [
            (2021, "CHN", "DEU", "250410", Decimal("1.500"), Decimal("2.000"), 2),
            (2021, "S19", "USA", "850511", Decimal("3.000"), None, 3),
            (2022, "FRA", "NAM", "010121", Decimal("0.454"), None, 2),
            (2022, "CHN", "USA", "850511", Decimal("7.250"), Decimal("1.125"), 3),
        ]
        assert kit.land(path, settings, HS92_BILATERAL).status == "unchanged"

    def test_code_in_neither_list_is_a_fault_of_the_row(self, settings, tmp_path):
        years = {2022: [*YEARS[2022], "2022,999,842,850511,7,1"]}
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", years)
        contract = replace(HS92_BILATERAL, max_quarantine_share=0.5)
        report = kit.land(path, settings, contract)
        assert (report.rows_landed, report.rows_quarantined) == (2, 1)
        ((line, column, value, *_),) = kit.quarantined(settings, BACI)
        assert (line, column, value) == (4, "exporter_iso3", "999")
        (name,) = duckdb.execute(
            "select distinct file_name from read_parquet(?)",
            [str(next((settings.landing_dir / "_quarantine" / BACI).glob("*.parquet")))],
        ).fetchall()
        assert name == ("BACI_HS92_V202401b.zip/BACI_HS92_Y2022_V202401b.csv",)

    @pytest.mark.parametrize("columns", ["2digit_alpha,iso_3digit_alpha", None])
    def test_a_list_of_countries_is_older_or_missing(self, settings, tmp_path, columns):
        """Of other columns to the release of January 2021."""
        countries = (
            f"country_code,country_name_abbreviation,country_name_full,iso_{columns}\n"
            "156,China,China,CN,CHN\n842,USA,United States,US,USA\n"
        )
        path = formats.baci_archive(
            tmp_path / "BACI_HS92_V202102.zip", {2019: ["2019,156,842,850511,7,1"]},
            countries if columns else None,
        )  # fmt: skip
        if columns is None:
            with pytest.raises(DeliveryRefusedError, match="0 lists of codes called like"):
                kit.land(path, settings, HS92_BILATERAL)
            return
        kit.land(path, settings, HS92_BILATERAL)
        assert [row["exporter_iso3"] for row in kit.dicts_of(settings, BACI)] == ["CHN"]

    def test_each_edition_is_a_source_of_its_own(self, settings, tmp_path):
        """The same trade in two editions would be counted twice as one source."""
        for contract in LATER_EDITIONS:
            edition = contract.source_id.split("_")[1].upper()
            path = formats.baci_archive(tmp_path / f"BACI_{edition}_V202601.zip", YEARS)
            assert registry.identify(path) == contract.source_id
            renamed = path.rename(tmp_path / "world trade.zip")
            assert registry.identify(renamed) == contract.source_id
        report = kit.land(renamed, settings, contract)
        assert (report.periods, report.rows_landed) == (["2021", "2022"], 4)
        assert not kit.manifests(settings, BACI)

    @pytest.mark.parametrize(
        "header", ["t,i,j,k,v,q", "year,exporter_iso3,importer_iso3,hs6,value_kusd,quantity_t"]
    )
    def test_a_text_that_does_not_tell_its_edition_is_refused(self, tmp_path, header):
        """Taken for HS92, codes of HS22 would name other goods."""
        path = tmp_path / "trade.csv"
        path.write_text(f"{header}\n2022,CHN,DEU,280530,7,1\n")
        with pytest.raises(ChokepointError, match="the header is that of 7 sources") as caught:
            registry.identify(path)
        assert "start the file name with the name of its source" in caught.value.remedy
        named = path.rename(tmp_path / "baci_hs22_bilateral-cut.csv")
        assert registry.identify(named) == "baci_hs22_bilateral"

    def test_a_later_release_supersedes_the_year_whole(self, settings, tmp_path):
        """A revision may delete rows, and none of the old ones may count beside the new."""
        first = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", YEARS)
        kit.land(first, settings, HS92_BILATERAL, known_on=dt.date(2026, 11, 26))
        second = formats.baci_archive(
            tmp_path / "BACI_HS92_V202501.zip", {2022: ["2022,156,842,850511,8,1"]}
        )
        kit.land(second, settings, HS92_BILATERAL)
        records = kit.manifests(settings, BACI)
        assert sorted((r["period"], r["row_count"]) for r in records) == [
            ("2021", 2), ("2022", 1), ("2022", 2),
        ]  # fmt: skip
        current = max((r["known_on"], r["row_count"]) for r in records if r["period"] == "2022")
        assert current == ("2026-12-01", 1)
        withdraw(settings, "BACI_HS92_V202501.zip")
        assert [r["row_count"] for r in kit.manifests(settings, BACI)] == [2, 2]


class TestComext:
    ROWS = (
        formats.comext_row(),
        formats.comext_row(partner="QZ", flow="2", procedure="9", unit="PST", quantity=3),
        formats.comext_row(reporter="GR", partner="XK", product="39XXXXXX", value=1),
        formats.comext_row(reporter="GR", partner="XK", product="39XXXXXX", value=2),
        formats.comext_row(reporter="EL", partner="NA", trade_type="E", value="1.5"),
    )

    @pytest.mark.parametrize(
        "name", ["full_v2_202401.7z", "full_v2_202401 (1).7z", "full_202401.dat"]
    )
    def test_month_lands_as_eurostat_publishes_it(self, settings, tmp_path, name):
        path = tmp_path / name
        if name.endswith(".7z"):
            formats.comext_archive(path, list(self.ROWS), "full_202401.dat")
        else:
            formats.comext_text(path, list(self.ROWS))
        assert registry.identify(path) == COMEXT
        report = kit.land(path, settings, BULK_MONTHLY)
        assert (report.periods, report.rows_landed) == (["2024-01"], 5)
        rows = kit.dicts_of(settings, COMEXT)
        assert list(rows[1].values())[:12] == [
            "2024-01", "DE", "QZ", "E", "85051110", "2", "9", "PST",
            Decimal("100.000"), Decimal("10.000"), Decimal("3.000"), 3,
        ]  # fmt: skip
        # Without a unit there is no quantity, and nothing is rounded.
        assert (rows[0]["suppl_unit"], rows[0]["quantity_suppl_unit"]) == (None, None)
        assert rows[4]["value_eur"] == Decimal("1.500")

    def test_file_of_17_columns(self, settings, tmp_path):
        path = tmp_path / "full_v2_202401.csv"
        rows = [row.replace(",100,100,", ",100,") for row in self.ROWS[:2]]
        formats.comext_text(path, rows, formats.COMEXT_HEADER_17)
        assert kit.land(path, settings, BULK_MONTHLY).rows_landed == 2

    def test_what_would_count_twice_is_left_out_and_counted(self, settings, tmp_path):
        doubles = [
            formats.comext_row(period="202452", partner="US"),
            formats.comext_row(reporter="EU27_2020"), formats.comext_row(partner="EXT_EU27_2020"),
            formats.comext_row(partner="EU"), formats.comext_row(partner="XI", trade_type="L"),
            formats.comext_row(partner="XU", trade_type="M"), formats.comext_row(product="TOTAL"),
            formats.comext_row(product="85"), formats.comext_row(product="850511"),
            formats.comext_row(partner="QQ"),
            # What would be a fault is none in a row that is left out.
            formats.comext_row(product="85", value=-1),
            formats.comext_row(period="202452", partner="??"),
        ]  # fmt: skip
        kept = [formats.comext_row(), formats.comext_row(partner="QR", trade_type="I")]
        path = formats.comext_text(tmp_path / "full_202401.dat", doubles + kept)
        report = kit.land(path, settings, BULK_MONTHLY)
        assert (report.rows_landed, report.rows_quarantined) == (2, 0)
        (record,) = kit.manifests(settings, COMEXT)
        assert sum(record["left_out"].values()) == 12
        assert report.rows_left_out == record["left_out"]
        assert record["left_out"]["sum of a year, beside its months"] == 2
        assert {row["partner"] for row in kit.dicts_of(settings, COMEXT)} == {"CN", "QR"}

    @pytest.mark.parametrize(("part", "whole"), [("XI", "GB"), ("QR", "QQ")])
    def test_a_whole_counts_where_its_parts_are_not(self, settings, tmp_path, part, whole):
        """Leaving out for good would lose the trade of a file that has one side only."""
        for month, partners, left in (
            ("01", [part], part),
            ("02", [whole], whole),
            ("03", [part, whole], "GB" if whole == "GB" else part),
        ):
            rows = [formats.comext_row(partner=one, period=f"2024{month}") for one in partners]
            path = formats.comext_text(tmp_path / f"full_2024{month}.dat", rows)
            kit.land(path, settings, BULK_MONTHLY)
            found = kit.dicts_of(settings, COMEXT)
            assert [row["partner"] for row in found if row["period"] == f"2024-{month}"] == [left]

    def test_a_row_of_another_month_does_not_replace_that_month(self, settings, tmp_path):
        whole = formats.comext_archive(tmp_path / "full_v2_202401.7z", list(self.ROWS))
        kit.land(whole, settings, BULK_MONTHLY)
        before = len(kit.dicts_of(settings, COMEXT))
        rows = [
            formats.comext_row(period="202402", partner=partner) for partner in ("CN", "US", "JP")
        ]
        stray = formats.comext_row(period="202401", partner="CN")
        path = formats.comext_archive(tmp_path / "full_v2_202402.7z", [*rows, stray])
        contract = replace(BULK_MONTHLY, max_quarantine_share=0.5)
        report = kit.land(path, settings, contract)
        assert (report.periods, report.rows_landed, report.rows_quarantined) == (["2024-02"], 3, 1)
        ((line, column, value, reason, *_),) = kit.quarantined(settings, COMEXT)
        assert (line, column, value) == (5, "period", "2024-01")
        assert reason == "not the month in the name of the file"
        assert len(kit.dicts_of(settings, COMEXT)) == before + 3

    def test_sum_of_a_year_is_refused_whole(self, settings, tmp_path):
        path = formats.comext_archive(
            tmp_path / "full_v2_202352.7z", [formats.comext_row(period="202352")]
        )
        with pytest.raises(DeliveryRefusedError, match="every row is left out: 1 sum of a year"):
            kit.land(path, settings, BULK_MONTHLY)
        assert kit.manifests(settings, COMEXT) == []


class TestInbox:
    def test_names_of_producers_are_known_and_each_file_is_unpacked_once(
        self, settings, monkeypatch
    ):
        inbox = settings.inbox_dir
        inbox.mkdir(parents=True)
        for month in ("01", "02", "03"):
            formats.comext_archive(
                inbox / f"full_v2_2024{month}.7z", [formats.comext_row(period=f"2024{month}")]
            )
        (inbox / "notes.txt").write_text("Mine.")
        (inbox / "settings.json").write_text("{}")
        assert [path.name for path in registry.ignored_inbox_files(settings)] == [
            "notes.txt", "settings.json",
        ]  # fmt: skip
        registry.check_inbox(settings)
        unpacked = []
        extract = opening.extract

        def spy(path, member, target):
            unpacked.append(path.name)
            extract(path, member, target)

        monkeypatch.setattr(opening, "extract", spy)
        reports = land_all(settings, only=[COMEXT])
        assert sorted(period for report in reports for period in report.periods) == [
            "2024-01", "2024-02", "2024-03",
        ]  # fmt: skip
        land_all(settings, only=[COMEXT])
        assert len(unpacked) == len(set(unpacked)) == 3
        assert registry.waiting_inbox_files(settings) == []
        assert not (settings.landing_dir / "_tmp").exists()

    def test_an_archive_of_another_name_is_known_by_its_members_or_told(self, settings):
        settings.inbox_dir.mkdir(parents=True)
        path = settings.inbox_dir / "x.7z"
        formats.comext_archive(path, [formats.comext_row()], "full_202401.dat")
        assert registry.identify(path) == COMEXT
        formats.comext_archive(path, [formats.comext_row()], "y.dat")
        with pytest.raises(ChokepointError, match="no source has files of this name") as caught:
            registry.check_inbox(settings)
        assert "Eurostat's monthly bulk file" in caught.value.remedy


class TestJson:
    FORM = ProducerFormat(
        name="x", documentation="x", file_name="x", columns=("a", "b"), values=(), json="data"
    )

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            (FORM,
             '{"count": 2, "data": [{"a": 1.50, "b": "x,y"}, {"b": null, "a": 12345678901}]}'),
            (replace(FORM, json=""), '[{"a": 1.50, "b": "x,y"}, {"a": 12345678901}]'),
            (replace(FORM, json=""), '[["a", "b"], ["1.50", "x,y"], ["12345678901", null]]'),
        ],
    )  # fmt: skip
    def test_records_become_lines(self, tmp_path, form, text):
        """Digits stay: money that went through a double may be off by a cent."""
        path = tmp_path / "x.json"
        path.write_text(text)
        write_as_csv(path, form, "utf-8", tmp_path / "x.csv")
        assert (tmp_path / "x.csv").read_text() == 'a,b\n1.50,"x,y"\n12345678901,\n'
