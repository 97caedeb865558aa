"""Landing: typed Parquet, manifests, vintages, and nothing done twice."""

import dataclasses
import datetime as dt
import hashlib
import os
import shutil

import landing_kit as kit
import pytest
from damages import flip

from chokepoint.cli.commands import status
from chokepoint.errors import ChokepointError
from chokepoint.landing import registry, rows
from chokepoint.landing.land import land, land_all, withdraw
from chokepoint.landing.producers.ecb import ECB_EXCHANGE_RATES
from chokepoint.settings import Settings


@pytest.fixture
def delivery(tmp_path):
    return kit.deliver(tmp_path / "hmrc.csv.gz", kit.good_rows(300))


@pytest.fixture(scope="module")
def landed_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landed")
    settings = Settings(data_dir=folder / "data")
    kit.land(kit.deliver(folder / "hmrc.csv.gz", kit.good_rows(300)), settings)
    return settings.landing_dir


@pytest.fixture
def landed(delivery, settings, landed_once):
    """The delivery, which has landed."""
    shutil.copytree(landed_once, settings.landing_dir)
    return delivery


def test_changed_contract_lands_the_vintage_anew_and_keeps_its_place(settings, tmp_path):
    """A row the old contract kept out comes in; the order among vintages stays."""
    rows = kit.good_rows(200)
    rows[5][3] = "-1"
    path = kit.deliver(tmp_path / "x.csv", rows)
    first = kit.land(path, settings)
    assert (first.rows_landed, first.rows_quarantined) == (199, 1)
    old = kit.manifests(settings)
    value = dataclasses.replace(kit.HMRC.columns[3], checks=())
    contract = dataclasses.replace(
        kit.HMRC, columns=(*kit.HMRC.columns[:3], value, kit.HMRC.columns[4])
    )
    second = kit.land(path, settings, contract, known_on=dt.date(2027, 1, 5))
    assert (second.status, second.rows_landed, second.rows_quarantined) == ("landed", 200, 0)
    new = kit.manifests(settings)
    assert {(r["vintage"], r["landed_at"]) for r in old} == {
        (r["vintage"], r["landed_at"]) for r in new
    }
    assert len(kit.landed_rows(settings)) == 200
    assert kit.quarantined(settings) == []


def test_a_file_changed_and_changed_back_counts_again(landed, settings):
    """What lies in the folder now is what is built, whatever was tried in between."""

    def counting():
        found = kit.manifests(settings)
        return max(found, key=lambda record: (record["known_on"], record["landed_at"]))["vintage"]

    first = landed.read_bytes()
    original = counting()
    rows = kit.good_rows(300)
    rows[0][3] = "77777.000"
    kit.deliver(landed, rows)
    kit.land(landed, settings)
    assert counting() != original
    landed.write_bytes(first)
    report = kit.land(landed, settings)
    assert (report.status, counting(), report.superseding) == ("landed", original, {})
    assert kit.land(landed, settings).status == "unchanged"


def test_lost_or_damaged_parquet_is_landed_again(landed, settings):
    """Some bytes of the rows, with the first and the last as they were, ended each later build."""
    before = kit.tree(settings)
    victim = next((settings.landing_dir / "hmrc_imports_monthly").glob("*/*.parquet"))
    for damage in (
        victim.unlink,
        lambda: victim.write_bytes(victim.read_bytes()[:-9]),
        lambda: flip(victim, 20),
    ):
        damage()
        assert kit.land(landed, settings).status == "landed"
        assert kit.tree(settings) == before


def test_garbage_is_cleaned_by_the_next_landing(landed, settings):
    before = kit.tree(settings)
    for stray in (
        "hmrc_imports_monthly/2024-01/20260101-abc.parquet",
        "hmrc_imports_monthly/1999-01/20260101-abc.parquet",
        "_quarantine/hmrc_imports_monthly/20260101-abc.parquet",
        "_tmp/hmrc_imports_monthly/20260101-abc/2024-01.parquet",
    ):
        kit.deliver_bytes(settings.landing_dir / stray, b"half")
    assert kit.land(landed, settings).status == "unchanged"
    assert kit.tree(settings) == before
    assert not (settings.landing_dir / "_tmp").exists()


def test_damaged_manifest_is_named(landed, settings, capsys):
    (path,) = (settings.landing_dir / "_manifest" / "hmrc_imports_monthly").iterdir()
    for damage in ("[{}]", "[\n{", "{}", "[" * 100_000):
        path.write_text(damage)
        with pytest.raises(ChokepointError, match=path.name):
            kit.land(landed, settings)
        status.status(settings)
        assert f"{path}" in capsys.readouterr().out


def test_columns_are_taken_by_name(settings, tmp_path):
    rows = [list(reversed(row)) for row in kit.good_rows(50)]
    kit.land(kit.deliver(tmp_path / "a.csv", rows, kit.HEADER[::-1]), settings)
    turned = [row[:-1] for row in kit.landed_rows(settings)]
    other = dataclasses.replace(settings, data_dir=tmp_path / "other")
    kit.land(kit.deliver(tmp_path / "b.csv", kit.good_rows(50)), other)
    assert turned == [row[:-1] for row in kit.landed_rows(other)]


def test_file_that_changes_while_being_read_is_refused(settings, delivery, monkeypatch):
    """A download still running must not land as if it were whole."""

    read = rows.read_rows

    def read_and_touch(*arguments, **options):
        with delivery.open("ab") as file:
            file.write(b"more")
        return read(*arguments, **options)

    monkeypatch.setattr(rows, "read_rows", read_and_touch)
    with pytest.raises(ChokepointError, match="changed while it was being read"):
        kit.land(delivery, settings)
    assert kit.tree(settings) == {}


def test_other_bytes_of_a_size_that_has_landed_land(settings, tmp_path):
    first = kit.deliver(tmp_path / "first.csv", [["2024-01", "850511", "CHN", "1", "1"]])
    second = kit.deliver(tmp_path / "second.csv", [["2024-01", "850511", "CHN", "2", "1"]])
    assert first.stat().st_size == second.stat().st_size
    assert [kit.land(path, settings).status for path in (first, second, first)] == [
        "landed", "landed", "unchanged",
    ]  # fmt: skip
    assert {record["file_sha256"] for record in kit.manifests(settings)} == {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)
    }


class TestInbox:
    def test_inbox_lands_after_the_bundled_copy_and_wins(self, tmp_path):
        settings = Settings(data_dir=tmp_path / "data")
        rows = [["2024-06", "850511", "CHN", "1", "1"]]
        kit.deliver(settings.inbox_dir / "hmrc_imports_monthly_new.csv", rows)
        kit.deliver_bytes(settings.inbox_dir / ".hidden.csv", b"x")
        kit.deliver_bytes(settings.inbox_dir / "notes.txt", b"x")
        seen = []
        reports = land_all(settings, only=["hmrc_imports_monthly"], on_report=seen.append)
        assert seen == reports
        assert [report.rows_landed for report in reports] == [3481, 1]
        (own,) = (r for r in kit.manifests(settings) if r["file_name"].endswith("new.csv"))
        (rival,) = (r for r in kit.manifests(settings) if r["period"] == "2024-06" and r != own)
        assert (own["known_on"], own["landed_at"]) > (rival["known_on"], rival["landed_at"])


def test_source_without_any_delivery_is_an_error(tmp_path):
    """A missing file must not pass for an empty source."""
    settings = Settings(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw")
    with pytest.raises(ChokepointError, match="nothing was delivered for hmrc_imports_monthly"):
        land_all(settings, only=["hmrc_imports_monthly"])


def test_a_delivery_known_earlier_says_that_it_is_not_current(settings, tmp_path):
    """Landed and unused looks like landed and used."""
    first = kit.land(kit.deliver(tmp_path / "a.csv", kit.good_rows(9)), settings)
    assert not first.superseding
    january = kit.deliver(tmp_path / "b.csv", [["2024-01", "850511", "CHN", "1", "1"]])
    late = kit.land(january, settings, known_on=dt.date(2026, 6, 1))
    (vintage,) = {r["vintage"] for r in kit.manifests(settings) if r["file_name"] == "a.csv"}
    assert late.superseding == kit.land(january, settings).superseding == {"2024-01": vintage}


def test_parts_are_compared_with_the_current_vintage_only(settings, tmp_path):
    """A year that is replaced may not lose months."""

    def land_rates(name, last_month, day):
        rows = [[f"2026-{month:02}", "1.1"] for month in range(1, last_month + 1)]
        path = kit.deliver(tmp_path / name, rows, list(ECB_EXCHANGE_RATES.column_names))
        return land(path, ECB_EXCHANGE_RATES, settings, known_on=day)

    land_rates("a.csv", 3, dt.date(2026, 7, 1))
    land_rates("b.csv", 6, kit.KNOWN_ON)
    # Known before b.csv, which stays current: only a.csv counts.
    assert [*land_rates("c.csv", 4, dt.date(2026, 8, 1)).superseding] == ["2026"]


class TestWithdraw:
    def test_everything_of_the_delivery_goes_and_nothing_else(self, landed, settings, tmp_path):
        before = kit.tree(settings)
        rows = kit.good_rows(200)
        rows[3][3] = "-1"
        wrong = kit.deliver(tmp_path / "wrong.csv", rows)
        for by in ("vintage", "file_name"):
            kit.land(wrong, settings)
            (name,) = {r[by] for r in kit.manifests(settings) if r["file_name"] == "wrong.csv"}
            (said,) = withdraw(settings, name)
            assert "wrong.csv" in said
            assert kit.tree(settings) == before

    def test_what_there_is_not_once_or_is_bundled_stays(self, landed, settings, tmp_path):
        """With the deliveries that there are."""
        vintage = kit.manifests(settings)[0]["vintage"]
        for folder, count in (("a", 3), ("b", 4)):
            kit.land(kit.deliver(tmp_path / folder / "x.csv", kit.good_rows(count)), settings)
        land_all(settings, only=["ecb_exchange_rates"])
        before = kit.tree(settings)
        for name, source_id, words in (
            ("x", kit.HMRC.source_id, f"(?s)no delivery is called 'x'.*{vintage}  hmrc.csv.gz"),
            (vintage, "comext_cn8_imports", "nothing has landed for comext_cn8_imports"),
            ("x.csv", None, "2 deliveries are called 'x.csv'"),
            ("ecb_exchange_rates.csv.gz", None, "next build would land again"),
        ):
            with pytest.raises(ChokepointError, match=words):
                withdraw(settings, name, source_id)
        assert kit.tree(settings) == before

    def test_copy_in_the_inbox_is_named(self, settings):
        path = kit.deliver(settings.inbox_dir / "own.csv", kit.good_rows(3))
        kit.land(path, settings)
        said = withdraw(settings, "own.csv")
        assert f"{path} holds the same bytes and would land again" in said[1]
        assert kit.tree(settings) == {}


class TestLostParquet:
    """Without this, DuckDB names a path in the middle of a build."""

    def test_without_its_file_it_is_told_and_can_be_withdrawn(self, landed, settings, tmp_path):
        victim = next((settings.landing_dir / "hmrc_imports_monthly").glob("*/*.parquet"))
        victim.write_bytes(victim.read_bytes()[:8] + b"PAR1")
        (vintage,) = {record["vintage"] for record in kit.manifests(settings)}
        other = kit.deliver(tmp_path / "other.csv", kit.good_rows(5))
        for _ in range(2):
            for step in (
                lambda: land_all(settings, only=["hmrc_imports_monthly"]),
                lambda: kit.land(other, settings),
            ):
                with pytest.raises(ChokepointError) as caught:
                    step()
                for word in (str(victim), vintage, "hmrc.csv.gz", f"--withdraw {vintage}"):
                    assert word in str(caught.value)
            victim.unlink(missing_ok=True)
        withdraw(settings, vintage)
        assert kit.land(other, settings).status == "landed"

    def test_file_in_the_inbox_mends_it(self, settings):
        path = kit.deliver(settings.inbox_dir / "hmrc_imports_monthly.csv", kit.good_rows(30))
        land_all(settings, only=["hmrc_imports_monthly"])
        kit.land(path, settings)
        before = kit.tree(settings)
        next((settings.landing_dir / "hmrc_imports_monthly").glob("*/*.parquet")).unlink()
        reports = land_all(settings, only=["hmrc_imports_monthly"])
        assert "landed" in {report.status for report in reports}
        assert kit.tree(settings) == before


class TestInboxStatus:
    def test_what_waits_and_what_will_not_be_read(self, settings, tmp_path):
        """A workbook that is passed over in silence is waited for in vain."""
        inbox = settings.inbox_dir
        landed = kit.deliver(inbox / "a.csv", kit.good_rows(3))
        waiting = kit.deliver(inbox / "b.csv.gz", kit.good_rows(4))
        kit.deliver_bytes(inbox / "x.xlsx", b"PK")
        kit.deliver_bytes(inbox / ".hidden.xlsx", b"PK")
        (inbox / "folder.csv").mkdir()
        (inbox / "gone.csv").symlink_to(tmp_path / "absent.csv")
        os.mkfifo(inbox / "pipe.csv")
        kit.land(landed, settings)
        assert registry.waiting_inbox_files(settings) == [waiting]
        ignored = [path.name for path in registry.ignored_inbox_files(settings)]
        assert ignored == ["folder.csv", "gone.csv", "pipe.csv", "x.xlsx"]

    def test_file_landed_with_an_encoding_is_known_at_the_next_build(self, settings):
        """The header alone would not tell its source."""
        content = kit.to_csv(kit.good_rows(30)).encode("utf-16")
        path = kit.deliver_bytes(settings.inbox_dir / "download.csv", content)
        kit.land(path, settings, encoding="utf-16")
        registry.check_inbox(settings)
        reports = land_all(settings, only=["hmrc_imports_monthly"])
        assert [report.status for report in reports] == ["landed", "unchanged"]
