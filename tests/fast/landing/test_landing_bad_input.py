"""Bad deliveries: what is kept out, what is refused, and what the user is told."""

import dataclasses
import gzip
import os
from pathlib import Path

import duckdb
import landing_kit as kit
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.landing import land as landing
from chokepoint.landing import registry, store
from chokepoint.landing.contracts import Column
from chokepoint.landing.land import land
from chokepoint.landing.producers.ecb import ECB_EXCHANGE_RATES
from chokepoint.landing.producers.studies import CRM2023_GLOBAL_SUPPLY
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.rows import typed_sql
from chokepoint.settings import Settings

HEADER_LINE = ",".join(kit.HEADER)


def refused(path, settings, **options) -> DeliveryRefusedError:
    """Land a file that must be refused with a list of its faults."""
    error = kit.refusal(path, settings, **options)
    assert error.faults_path
    assert kit.quarantined(settings, "refused")
    return error


def test_row_with_two_faults_is_one_row_and_two_entries(settings, tmp_path):
    rows = kit.good_rows(150)
    rows[0][2:4] = ["XXX", "-5"]
    report = kit.land(kit.deliver(tmp_path / "x.csv", rows), settings)
    assert report.rows_quarantined == 1
    assert [row[:3] for row in kit.quarantined(settings)] == [
        (2, "partner_iso3", "XXX"),
        (2, "value_usd", "-5"),
    ]


BROKEN_ROWS = (
    (b"2024-01,850511,CHN,1,2,3,4", None, "7 fields", "too many fields in the row"),
    (b"2024-01,850511,CHN,1", None, "4 fields", "too few fields in the row"),
    (b"2024-01,850511,C\xd4E,1,2", "partner_iso3", None, "the row is not UTF-8"),
    (b'2024-01,"850511"x,CHN,1,2', None, None, "text after a closing quote"),
    (b"2024-01,850511,CHN,1," + b"2" * 3_000_000, None, None, "line size over maximum"),
)


def test_broken_rows_are_quarantined_and_the_rest_lands(settings, tmp_path):
    good = kit.to_csv(kit.good_rows(150)).encode().splitlines()
    lines = [*good[:100], *(line for line, *_ in BROKEN_ROWS), *good[100:]]
    contract = dataclasses.replace(kit.HMRC, max_quarantine_share=0.5)
    path = kit.deliver_bytes(tmp_path / "x.csv", b"\n".join(lines) + b"\n")
    report = kit.land(path, settings, contract)
    assert (report.rows_landed, report.rows_quarantined) == (150, 5)
    for (_, column, value, reason), row in zip(BROKEN_ROWS, kit.quarantined(settings), strict=True):
        _, found_column, found, found_reason, remedy, _ = row
        assert (found_column, found_reason) == (column, reason)
        assert value is None or found == value
        assert remedy
    assert [row[0] for row in kit.quarantined(settings)] == [*range(101, 106)]
    lines = [row[-1] for row in kit.landed_rows(settings)]
    assert sorted(lines) == [*range(2, 101), *range(106, 157)]


def test_repeat_and_conflict(settings, tmp_path):
    """A repeat is harmless; of two different figures nobody knows which is right."""
    rows = kit.good_rows(400)
    conflict = [*rows[7][:3], "999999", rows[7][4]]
    report = kit.land(kit.deliver(tmp_path / "x.csv", [*rows, rows[3], conflict]), settings)
    assert (report.rows_landed, report.rows_quarantined) == (399, 3)
    found = kit.quarantined(settings)
    assert [(row[0], row[3]) for row in found] == [
        (9, "same key as line 403 but other figures"),
        (402, "repeats line 5"),
        (403, "same key as line 9 but other figures"),
    ]
    assert all(row[1] == "period, hs6, partner_iso3" and row[4] for row in found)
    assert found[0][2] == ", ".join(rows[7][:3])


def test_key_repeated_very_often_needs_no_memory_for_it(tmp_path):
    row = ["2024-01", "850511", "CHN", "1", "2"]
    path = kit.deliver(tmp_path / "x.csv", [row] * 100_000)
    settings = Settings(data_dir=tmp_path / "data", memory_limit="200MB")
    assert "99,999 of 100,000 rows" in refused(path, settings).what


def test_lines_are_those_of_the_file_despite_line_breaks_and_blank_lines(settings, tmp_path):
    """A user opens the file in an editor and goes to the line."""
    source = CRM2023_GLOBAL_SUPPLY
    contract = dataclasses.replace(source, max_quarantine_share=0.9)
    row = ["Gallium", "processing", "China", "CHN", "94%", "0.94", "False", "1.3"]
    content = kit.to_csv(
        [
            row, [*row[:2], "Chi\nna\n", *row[3:]], [*row[:2], "France", "FRA", *row[4:]],
            [*row[:2], "Spain", "Spain", *row[4:]],
        ],
        list(source.column_names),
    )  # fmt: skip
    content += "\n\nGallium,processing,Italy\nGallium,processing,Peru,PER,1%,x,False,1\n"
    content += "Gallium,processing,Chile,CHL,1%,0.01,False,1\n"
    report = land(
        kit.deliver_bytes(tmp_path / "x.csv", content.encode()), contract, settings,
        known_on=kit.KNOWN_ON,
    )  # fmt: skip
    assert (report.rows_landed, report.rows_quarantined) == (3, 4)
    assert [row[:2] for row in kit.quarantined(settings, source.source_id)] == [
        (3, "country_as_printed"), (7, "iso3"), (10, None), (11, "share"),
    ]  # fmt: skip
    assert sorted(row[-1] for row in kit.landed_rows(settings, source.source_id)) == [2, 6, 12]


GOOD = kit.to_csv(kit.good_rows(40)).encode()
GZIPPED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (GZIPPED[:-100], "not a sound gzip file"), (GOOD, "not a sound gzip file"),
        (GZIPPED[:-8] + b"\0\0\0\0" + GZIPPED[-4:], "not a sound gzip file"),
        (GZIPPED[:200] + b"\xff\xff\xff" + GZIPPED[203:], "gzip file"),
        (GZIPPED + b"\0" * 512, "GZIP"),
    ],
    ids=["tail", "plain", "checksum", "middle", "padded"],
)  # fmt: skip
def test_damaged_gzip_is_refused(settings, tmp_path, content, reason):
    """DuckDB reads on over a wrong checksum; half a file must not pass for a whole one."""
    (tmp_path / "x.csv.gz").write_bytes(content)
    assert reason in refused(tmp_path / "x.csv.gz", settings).what


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("x.csv.gz", gzip.compress(GOOD[:500]) + gzip.compress(GOOD[500:]), None),
        ("x.csv", b"\xef\xbb\xbf" + GOOD, None), ("x.csv", GOOD, "latin-1"),
        ("x.csv.gz", gzip.compress(GOOD.decode().encode("utf-16")), "utf-16"),
        *(("x.csv", GOOD.replace(b"\n", end).replace(end, b"\n", odd), None)
          for end, odd in ((b"\r\n", 7), (b"\r\n", 0), (b"\r", 0), (b"\r", 7))),
    ],
    ids=["gzip twice", "mark", "latin-1", "utf-16", "mixed", "pairs", "returns", "some returns"],
)  # fmt: skip
def test_any_packing_encoding_and_line_end_lands(settings, tmp_path, name, content, encoding):
    (tmp_path / name).write_bytes(content)
    report = kit.land(tmp_path / name, settings, encoding=encoding)
    assert (report.rows_landed, report.rows_quarantined) == (40, 0)
    assert sorted(row[-1] for row in kit.landed_rows(settings)) == list(range(2, 42))


def test_lines_are_right_in_a_large_file_read_in_parallel(settings, tmp_path):
    """Rows are read by several threads in blocks; their lines must not drift."""
    rows = [["1999-01", "850511", "CHN", f"{number}.000", "1"] for number in range(200_000)]
    contract = dataclasses.replace(kit.HMRC, key_exempt_sql="true")
    parallel = dataclasses.replace(settings, threads=2)
    kit.land(kit.deliver(tmp_path / "x.csv", rows), parallel, contract)
    assert all(row[3] == row[-1] - 2 for row in kit.landed_rows(settings))


@pytest.mark.parametrize("position", [3, 2000])
def test_quote_that_is_never_closed_is_refused(settings, tmp_path, position):
    """The reader would swallow the rest of the file as one value of one row."""
    lines = kit.to_csv(kit.good_rows(2100)).splitlines()
    lines[position] = lines[position].replace(",", ',"', 1)
    path = kit.deliver_bytes(tmp_path / "x.csv", "\n".join(lines).encode())
    error = refused(path, settings)
    assert "never closed" in error.what
    assert f"line {position + 1}" in error.what


def test_quote_that_swallows_blocks_of_a_large_file_is_refused(settings, tmp_path):
    """Over many blocks the reader finds rows again; those in between must not be lost."""
    rows = b"2024-01,850511,CHN,1,2\n" * 400_000
    content = HEADER_LINE.encode() + b'\n2024-01,850511,"CHN,1,2\n' + rows
    parallel = dataclasses.replace(settings, threads=2)
    error = refused(kit.deliver_bytes(tmp_path / "x.csv", content), parallel)
    assert "quote" in error.what


def test_path_or_encoding_that_there_is_not(settings, tmp_path):
    workbook = kit.deliver_bytes(tmp_path / "x.xlsx", b"x")
    good = kit.deliver(tmp_path / "x.csv", kit.good_rows(3))
    for path, encoding, words in (
        (tmp_path / "absent.csv", None, "absent.csv"), (tmp_path, None, tmp_path.name),
        (workbook, None, "x.xlsx"),
        *((good, name, f"no text encoding '{name}'") for name in ("klingon", "rot13", "base64")),
    ):  # fmt: skip
        with pytest.raises(ChokepointError, match=words) as caught:
            kit.land(path, settings, encoding=encoding)
        assert caught.value.remedy
    assert kit.tree(settings) == {}


@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        (b"x\xff.csv", r"x\udcff.csv", "the name is not valid UTF-8"),
        (b"x\n\x1b[31m.csv", r"x\n\x1b[31m.csv", "the name holds control characters"),
    ],
)
def test_name_that_cannot_be_written_down(settings, tmp_path, name, shown, reason):
    """The manifest could not be read again, or the name would move the cursor of who reads it."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_text(kit.to_csv(kit.good_rows(3)))
    for step in (registry.identify, lambda path: kit.land(path, settings)):
        with pytest.raises(ChokepointError) as caught:
            step(path)
        assert f"{shown}: {reason}" in caught.value.what
        assert "rename the file" in caught.value.remedy
        str(caught.value).encode()
    assert kit.tree(settings) == {}


def cp1252_delivery(folder: Path) -> Path:
    row = ["Gallium", "processing", "Türkiye", "TUR", "94%", "0.94", "False", "1.3"]
    content = kit.to_csv([row], list(CRM2023_GLOBAL_SUPPLY.column_names))
    return kit.deliver_bytes(folder / "crm.csv", content.encode("cp1252"))


def test_cp1252_is_recognised_and_lands_when_named(settings, tmp_path):
    path = cp1252_delivery(tmp_path)
    contract = CRM2023_GLOBAL_SUPPLY
    error = kit.refusal(path, settings, contract)
    assert f"`chokepoint land {path} --encoding cp1252`" in error.remedy
    assert "crm.csv, line 2, column country_as_printed" in error.what
    assert error.faults_path.exists()

    report = kit.land(path, settings, contract, encoding="Windows-1252")
    assert (report.status, report.rows_landed) == ("landed", 1)
    assert kit.landed_rows(settings, contract.source_id)[0][2] == "Türkiye"
    assert report.file_sha256 == kit.manifests(settings, contract.source_id)[0]["file_sha256"]
    assert not error.faults_path.exists()
    # The next build lands the same file without being told, and must not refuse it again.
    assert kit.land(path, settings, contract).status == "unchanged"


def test_wrong_encoding_is_refused_with_the_line(settings, tmp_path):
    """The header too may look wrong by it: the byte is told first."""
    content = kit.to_csv(kit.good_rows(3)).encode() + b"2024-01,850511,C\x81N,1,2\n"
    for text in (content, content.replace(b"hs6", b"h\xc3\xa96")):
        path = kit.deliver_bytes(tmp_path / "x.csv", text)
        error = refused(path, settings, encoding="cp1252")
        assert "x.csv, line 5: the file does not decode as cp1252" in error.what


def test_share_of_bad_rows_decides(settings, tmp_path):
    """One in a hundred may be bad, not more."""
    rows = kit.good_rows(300)
    for row in rows[:3]:
        row[3] = "-1"
    assert kit.land(kit.deliver(tmp_path / "x.csv", rows), settings).rows_quarantined == 3
    rows[3][3] = "-1"
    error = refused(kit.deliver(tmp_path / "y.csv", rows), settings)
    assert "4 of 300 rows (1.3%) break the contract" in error.what


def test_refusal_names_the_first_five_faults_and_where_the_rest_is(settings, tmp_path):
    rows = kit.good_rows(100)
    for row in rows[10:20]:
        row[3] = "lots"
    error = refused(kit.deliver(tmp_path / "x.csv", rows), settings)
    for line in range(12, 17):
        assert f"x.csv, line {line}, column value_usd, value 'lots': not a number" in error.what
    assert "line 17" not in error.what
    assert len(kit.quarantined(settings, "refused")) == 10


def test_delivery_without_any_good_row_is_refused_whatever_the_share(settings, tmp_path):
    contract = dataclasses.replace(kit.HMRC, max_quarantine_share=1.0)
    path = kit.deliver(tmp_path / "x.csv", [["x"] * 5])
    assert "1 of 1 rows" in kit.refusal(path, settings, contract).what


def test_one_month_may_not_replace_a_year(settings, tmp_path):
    """July alone would become the whole of 2026, and January to June be gone without a word."""
    header = list(ECB_EXCHANGE_RATES.column_names)
    landing.land_bundled(settings, ECB_EXCHANGE_RATES.source_id)
    before = kit.landed_rows(settings, ECB_EXCHANGE_RATES.source_id)
    path = kit.deliver(tmp_path / "july.csv", [["2026-07", "1.1"]], header)
    error = kit.refusal(path, settings, ECB_EXCHANGE_RATES)
    assert "july.csv, column period: 2026 would be replaced whole" in error.what
    assert "2026-01, 2026-02, 2026-03, 2026-04, 2026-05 and 1 more" in error.what
    assert "Deliver the year whole" in error.remedy
    assert "seeds/deliveries/ecb_exchange_rates.csv.gz shows the form" in error.remedy
    assert error.faults_path.exists()
    assert kit.landed_rows(settings, ECB_EXCHANGE_RATES.source_id) == before


def test_lost_parquet_of_the_year_before_is_told_not_stumbled_over(settings, tmp_path):
    """Its file waits in the inbox and will mend it, but nothing can be compared until then."""
    header = list(ECB_EXCHANGE_RATES.column_names)
    options = {"contract": ECB_EXCHANGE_RATES, "settings": settings, "known_on": kit.KNOWN_ON}
    land(kit.deliver(settings.inbox_dir / "a.csv", [["2026-01", "1.1"]], header), **options)
    (parquet,) = (settings.landing_dir / "ecb_exchange_rates").glob("*/*.parquet")
    parquet.unlink()
    path = kit.deliver(tmp_path / "b.csv", [["2026-01", "1.2"]], header)
    with pytest.raises(ChokepointError, match="missing or damaged, so") as caught:
        land(path, **options)
    assert str(parquet) in caught.value.what


def test_withdrawal_killed_after_its_first_step_is_finished_by_the_next_landing(
    settings, tmp_path, monkeypatch
):
    keep = kit.deliver(tmp_path / "keep.csv", kit.good_rows(24))
    kit.land(keep, settings)
    before = kit.tree(settings)
    kit.land(kit.small_delivery(tmp_path / "wrong.csv", 60), settings)

    def die(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(store, "flush", die)
        with pytest.raises(KeyboardInterrupt):
            landing.withdraw(settings, "wrong.csv")
    assert kit.land(keep, settings).status == "unchanged"
    assert kit.tree(settings) == before


@pytest.mark.parametrize("name", ["flush", "_remove"])
def test_error_while_committing_is_told_and_mended(settings, tmp_path, monkeypatch, name):
    """The disk fails on the last step: the next landing finishes or undoes it."""
    path = kit.small_delivery(tmp_path / "x.csv", 60)

    def fail(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(store, name, fail)
        with pytest.raises(ChokepointError, match="No space left on device"):
            kit.land(path, settings)
    kit.land(path, settings)
    other = Settings(data_dir=tmp_path / "other")
    kit.land(path, other)
    assert kit.tree(settings, without_times=True) == kit.tree(other, without_times=True)


def test_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    path = kit.deliver(tmp_path / "x.csv", kit.good_rows(5))
    with pytest.raises(ChokepointError, match="cannot write under"):
        kit.land(path, Settings(data_dir=tmp_path / "data"))


def test_an_empty_field_too_many_is_a_fault(settings, tmp_path):
    """DuckDB passes over it: a decimal comma would move all that follows by a column."""
    contract = dataclasses.replace(
        registry.CONTRACTS["exposure_stock_positions"], max_quarantine_share=0.5
    )
    header = "graph_id,data_origin,site_id,part_id,quantity_basis,as_of_date,quantity"
    rows = [f"acme,own,S1,P{n},pieces,2026-10-01,5{',123' * (n == 1)},," for n in (1, 2, 3)]
    text = "\n".join([f"{header},evidence_source,note", *rows]) + "\n"
    path = kit.deliver_bytes(tmp_path / "stock.csv", text.encode())
    assert kit.land(path, settings, contract).rows_landed == 2
    ((line, _, _, reason, _, row_text),) = kit.quarantined(settings, contract.source_id)
    assert (line, reason, row_text) == (2, "too many fields in the row", rows[0])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("integer", text) for text in ("2024.5", "0x10", "1_000", "1e3")),
        ("decimal(18, 3)", "1_000"), ("boolean", "yes"), ("date", "2024-1-5"),
        ("date", "0001-01-01"), ("date", "2999-01-01"),
    ],
)  # fmt: skip
def test_what_duckdb_would_make_of_a_text_is_not_taken(kind, text):
    typed = typed_sql(Column("figure", kind), f"'{text}'")
    assert duckdb.sql(f"select try_cast('{text}' as {kind})").fetchall() != [(None,)]
    assert duckdb.sql(f"select {typed}").fetchall() == [(None,)]
