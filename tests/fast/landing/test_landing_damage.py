"""Files that are damaged, cut off, swollen or on their way: refused alone, or doubted aloud."""

import dataclasses
import gzip
import hashlib
import json
import os
import random
import threading
import time
import zipfile

import duckdb
import landing_formats_kit as formats
import landing_kit as kit
import pytest

from chokepoint.landing import rows
from chokepoint.landing.contracts import ProducerFormat
from chokepoint.landing.files import archives
from chokepoint.landing.files.archives import extract, list_members
from chokepoint.landing.land import land_all
from chokepoint.landing.periods import doubt_lines
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.registry import CONTRACTS, ignored_inbox_files
from chokepoint.settings import Settings

FILES_BY_SEED = 24


def refusal(path, settings, contract=kit.HMRC) -> str:
    return str(kit.refusal(path, settings, contract))


def damaged(content: bytes, seed: int) -> bytes:
    """Some bytes cut off, flipped near the end, scattered, or written over."""
    chance, found = random.Random(seed), bytearray(content)
    match seed % 4:
        case 0:
            return bytes(found[: chance.randrange(len(found))])
        case 1:
            found[-chance.randrange(1, 1000)] ^= 1 << chance.randrange(8)
        case 2:
            for _ in range(5):
                found[chance.randrange(len(found))] = chance.randrange(256)
        case 3:
            at = chance.randrange(len(found) - 200)
            found[at : at + 200] = chance.randbytes(200)
    return bytes(found)


@pytest.mark.parametrize("suffix", [".parquet", ".zip"])
def test_any_damage_is_the_refusal_of_that_file(settings, tmp_path, suffix):
    sound = tmp_path / f"sound{suffix}"
    rows = kit.deliver(tmp_path / "rows.csv", kit.good_rows(400))
    if suffix == ".zip":
        with zipfile.ZipFile(sound, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("BACI_HS92_Y2024_V202601.csv", "country_codes_V202601.csv"):
                archive.write(rows, name)
    else:
        duckdb.execute(
            f"copy (from read_csv('{rows}', all_varchar = true)) to '{sound}'"
            " (format parquet, row_group_size 100)"
        )
    told = []
    for seed in range(FILES_BY_SEED):
        path = tmp_path / f"x{seed}{suffix}"
        path.write_bytes(damaged(sound.read_bytes(), seed))
        try:
            if suffix == ".parquet":
                kit.land(path, settings)
            else:
                for member in list_members(path):
                    extract(path, member, tmp_path / "member")
        except DeliveryRefusedError as error:
            told.append(path.name in error.what)
    # Bytes that nothing reads, and figures that stay figures, cannot be told.
    assert len(told) > FILES_BY_SEED / 2
    assert all(told)


def test_offset_before_the_start_of_a_zip_is_damage_not_a_full_disk(settings, tmp_path):
    path = formats.baci_archive(tmp_path / "BACI_HS92_V202601.zip", {})
    content = bytearray(path.read_bytes())
    # The length of the directory, in the end record: longer than the file.
    content[-10:-6] = (2**31).to_bytes(4, "little")
    path.write_bytes(content)
    said = refusal(path, settings, CONTRACTS["baci_hs92_bilateral"])
    assert "the archive is cut off or damaged" in said
    assert "cannot write" not in said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", kit.to_csv(kit.good_rows(3)).encode() + b"9" * (9 << 20),
         "x.csv, line 5: the line is longer than 8,388,608 bytes"),
        ("x.csv.gz", b",".join([b"1"] * 5) + b"\n" * (2 << 20),
         "unpacks to more than 250 times its size"),
        # Blank lines do not hide a cut.
        ("x.csv", kit.to_csv(kit.good_rows(400)).rpartition(",")[0].encode() + b"\n\n\n",
         "x.csv, line 401"),
    ],
    ids=["no line end", "grows", "blank lines"],
)  # fmt: skip
def test_text_without_measure_or_end_is_refused(
    settings, tmp_path, monkeypatch, name, content, words
):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 16)
    assert words in refusal(kit.deliver_bytes(tmp_path / name, content), settings)


def test_broken_files_do_not_keep_others_from_landing(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    settings = Settings(data_dir=tmp_path / "data", raw_dir=raw)
    inbox = settings.inbox_dir
    kit.deliver(inbox / "hmrc_imports_monthly_good.csv", kit.good_rows(3))
    kit.deliver_bytes(inbox / "hmrc_imports_monthly_1.parquet", b"PAR1" + bytes(64) + b"PAR1")
    kit.deliver_bytes(inbox / "hmrc_imports_monthly_2.csv", b"a" * (9 << 20))
    for name in ("comtrade_monthly.json", "notes.json"):
        kit.deliver_bytes(inbox / name, b'{"data": [' + b"[" * 100_000)
    # Lists beside deliveries are none.
    kit.deliver_bytes(inbox / "datapackage.json", b'{"resources": []}')
    kit.deliver_bytes(inbox / "hmrc_imports_monthly.csv.sha256", b"")
    with pytest.raises(DeliveryRefusedError, match="3 deliveries were refused") as caught:
        land_all(settings, only=["hmrc_imports_monthly", "comtrade_monthly"])
    assert "comtrade_monthly.json: not the JSON of" in str(caught.value)
    assert "brackets in brackets without end, from character 11 on" in str(caught.value)
    assert [path.name for path in ignored_inbox_files(settings)] == ["notes.json"]
    assert {row["file_name"] for row in kit.manifests(settings)} == {
        "hmrc_imports_monthly_good.csv"
    }


def test_reader_error_of_any_class_is_the_refusal_of_the_file(settings, tmp_path, monkeypatch):
    def broken(*_args):
        raise duckdb.InternalException("INTERNAL Error: Attempted to access index 3")

    monkeypatch.setattr(rows, "read_rows", broken)
    said = refusal(kit.deliver(tmp_path / "x.csv", kit.good_rows(3)), settings)
    assert "the file cannot be read (INTERNAL Error: Attempted to access index 3)" in said


def test_packed_line_of_hundreds_of_megabytes_is_not_unpacked(settings, tmp_path, monkeypatch):
    path = tmp_path / "x.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(b"a" * (1 << 20))
    read = []
    sound = gzip.GzipFile.read
    monkeypatch.setattr(
        gzip.GzipFile, "read", lambda self, size=-1: read.append(size) or sound(self, size)
    )
    assert "line 1: the line is longer than" in refusal(path, settings)
    assert sum(read) < 24 << 20


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_last_row_that_lacks_fields_is_refused(settings, tmp_path, name):
    """Wherever a file is cut, but at a line's end or within the last field."""
    text = kit.to_csv(kit.good_rows(400))
    for at in range(len(text) - 1, len(text) - 60, -9 if name == "x.csv" else -25):
        last = text[:at].rpartition("\n")[2]
        if last.count(",") == len(kit.HEADER) - 1 or not last:
            continue
        said = refusal(kit.deliver_bytes(tmp_path / name, text[:at].encode()), settings)
        assert "the last row lacks fields, so the file is cut off" in said


def test_last_line_without_end_lands_with_a_doubt_that_stays(settings, tmp_path):
    text = kit.to_csv(kit.good_rows(30))
    path = kit.deliver_bytes(tmp_path / "x.csv", text.rstrip("\n")[:-1].encode())
    report = kit.land(path, settings)
    (doubt,) = report.doubts
    assert "its last line, 31, has no end" in doubt
    assert text.splitlines()[-1][:-1] in doubt
    assert kit.land(path, settings).doubts == report.doubts
    assert doubt_lines(settings, CONTRACTS) == [f"hmrc_imports_monthly, x.csv: {doubt}"]
    assert not kit.land(kit.deliver_bytes(tmp_path / "y.csv", text.encode()), settings).doubts
    assert doubt_lines(settings, CONTRACTS) == [], "the whole file counts now"


def test_less_than_half_of_what_counts_is_doubted(settings, tmp_path):
    kinds = kit.good_rows(3 * 40)[::3]
    rows = [[month, *row[1:]] for row in kinds for month in ("2024-01", "2024-02")]
    kit.land(kit.deliver(tmp_path / "x.csv", rows), settings)
    few = [row for row in rows if row[0] == "2024-02"][:19]
    (doubt,) = kit.land(kit.deliver(tmp_path / "y.csv", few), settings).doubts
    assert doubt.startswith("2024-02 has 19 rows, and it has 40 in ")
    new = [["2024-03", *row[1:]] for row in few[:9]]
    assert not kit.land(kit.deliver(tmp_path / "z.csv", new), settings).doubts, "19 tell nothing"


def test_less_than_half_of_a_producer_s_last_file_is_refused(settings, tmp_path):
    theirs = ProducerFormat(
        name="the producer's own", documentation="", file_name=r"theirs.*[.]csv",
        columns=("m", "c", "p", "v", "w"),
        values=tuple(zip(kit.HEADER, ('"m"', '"c"', '"p"', '"v"', '"w"'), strict=True)),
    )  # fmt: skip
    contract = dataclasses.replace(kit.HMRC, formats=(theirs,))
    rows = [["2024-01", *row[1:]] for row in kit.good_rows(3 * 40)[::3]]

    def land_theirs(name, count):
        path = kit.deliver(tmp_path / name, rows[:count], list(theirs.columns))
        return kit.land(path, settings, contract)

    land_theirs("theirs_1.csv", 40)
    with pytest.raises(DeliveryRefusedError, match="2024-01 has 19 rows, and it has 40 in"):
        land_theirs("theirs_2.csv", 19)
    assert not land_theirs("theirs_3.csv", 20).doubts


def test_checksum_beside_a_file_is_honoured(settings, tmp_path):
    """In capitals too, and as tools of Windows and BSD write it."""
    path = kit.deliver(tmp_path / "x.csv", kit.good_rows(3))
    beside = tmp_path / "x.csv.sha256"
    beside.write_text("")
    assert "no checksum that can be compared" in refusal(path, settings)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for number, (text, encoding) in enumerate((
        ("{}  x.csv\n", "utf-8"), ("{} *x.csv\r\n", "utf-16"), ("SHA256 (x.csv) = {}", "ascii"),
    )):  # fmt: skip
        beside.write_text(text.format("0" * 64), encoding=encoding)
        assert "x.csv.sha256 says 0000" in refusal(path, settings)
        beside.write_text(text.format(digest if number else digest.upper()), encoding=encoding)
        assert kit.land(path, settings).status == ("unchanged" if number else "landed")


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"bytes": 3}, "datapackage.json says 3"),
        ({"hash": "sha256:00"}, "the file's sha256 is "),
        ({"hash": "0" * 32}, "the file's md5 is "),
        ({"hash": "klingon:00"}, "no checksum that can be compared"),
    ],
)
def test_data_package_beside_a_file_is_honoured(settings, tmp_path, resource, reason):
    path = kit.deliver(tmp_path / "x.csv", kit.good_rows(3))
    package = tmp_path / "datapackage.json"
    package.write_text(json.dumps({"resources": [{"path": "x.csv", **resource}]}))
    with pytest.raises(DeliveryRefusedError, match=reason):
        kit.land(path, settings)
    digest = hashlib.md5(path.read_bytes()).hexdigest()
    known = {"path": "x.csv", "bytes": path.stat().st_size, "hash": digest}
    package.write_text(json.dumps({"resources": [{"path": "other.csv", "bytes": 1}, known]}))
    assert kit.land(path, settings).rows_landed == 3
    for text in ("[" * 200_000, "{", "[]", '{"resources": 1}', "\xff"):
        package.write_text(text)
        with pytest.raises(DeliveryRefusedError, match=r"e\.json: not a data package \(no JSON"):
            kit.land(path, settings)


def test_file_that_is_still_written_waits_and_lands_later(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    settings = Settings(data_dir=tmp_path / "data", raw_dir=raw)
    kit.deliver(settings.inbox_dir / "hmrc_imports_monthly_1.csv", kit.good_rows(3))
    path = kit.deliver(settings.inbox_dir / "hmrc_imports_monthly_2.csv", kit.good_rows(4))
    is_over = threading.Event()

    def write():
        while not is_over.wait(0.02):
            os.utime(path, (time.time(), time.time()))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(DeliveryRefusedError, match=r"_2\.csv: the file is still being"):
            land_all(settings, only=["hmrc_imports_monthly"])
    finally:
        is_over.set()
        writer.join()
    landed = {row["file_name"] for row in kit.manifests(settings)}
    assert landed == {"hmrc_imports_monthly_1.csv"}
    land_all(settings, only=["hmrc_imports_monthly"])
    assert len({row["file_name"] for row in kit.manifests(settings)}) == 2


# --- figures and days that are read otherwise than they are meant -----------------------------


def test_more_decimals_than_are_kept_are_a_fault_but_binary_noise_is_none(settings, tmp_path):
    rows = kit.good_rows(400)
    rows[3][3], rows[5][3] = "12.34567", "92.54299999999999"
    kit.land(kit.deliver(tmp_path / "x.csv", rows), settings)
    ((line, column, value, reason, *_),) = kit.quarantined(settings)
    assert (line, column, value) == (5, "value_usd", "12.34567")
    assert reason == "has more decimals than decimal(18,3) keeps"


STOCK_POSITIONS = CONTRACTS["exposure_stock_positions"]


def stock(tmp_path, *quantities):
    """Stock positions with these quantities."""
    rows = []
    for number, quantity in enumerate(quantities):
        given = {
            "graph_id": "acme", "site_id": f"S{number}", "part_id": "P1", "quantity": quantity,
            "quantity_basis": "pieces", "as_of_date": "2025-11-10", "data_origin": "own",
        }  # fmt: skip
        rows.append([given.get(name, "") for name in STOCK_POSITIONS.column_names])
    return kit.deliver(tmp_path / "stock.csv", rows, list(STOCK_POSITIONS.column_names))


@pytest.mark.parametrize(
    ("quantities", "is_asked"),
    [
        (("14.400", "900"), True), (("14.400", "2.500"), True), (("14.400", "1.200.000"), True),
        (("14.400", "1.5x"), True), (("14.400", " 2.500 "), True), (("14.400", "+2.500"), True),
        (("14.400", " 2.5 "), False), (("14.400", "0.500"), False), (("14.400", "1.5"), False),
        (("14.4000",), False), (("14400",), False), (("14400.125", "2.500"), False),
    ],
)  # fmt: skip
def test_point_that_may_part_thousands_is_asked_about(settings, tmp_path, quantities, is_asked):
    path = stock(tmp_path, *quantities)
    if not is_asked:
        assert kit.land(path, settings, STOCK_POSITIONS).rows_landed
        return
    said = refusal(path, settings, STOCK_POSITIONS)
    assert "line 2, column quantity, value '14.400': may be thousands" in said
    assert "Write 14400 if the point parts thousands, 14.4000 if it is a decimal mark." in said


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("o'brien", ".csv"), ("a*b?", ".csv"), ("data[1]", ".csv.gz"), ("a*b?", ".parquet"),
     ("Jürgens Daten", ".parquet"), ("x" * 200, ".csv.gz")],
)  # fmt: skip
def test_any_folder_will_do(tmp_path, name, suffix):
    """An encoding says nothing of Parquet."""
    settings = Settings(data_dir=tmp_path / name / "data")
    path = kit.deliver(tmp_path / name / "del'ivery [2]*.csv", kit.good_rows(30))
    if suffix == ".parquet":
        target = path.with_suffix(suffix)
        duckdb.read_csv(path.open("rb"), all_varchar=True).write_parquet(str(target))
        path = target
    elif suffix == ".csv.gz":
        path = kit.deliver_bytes(path.with_suffix(".csv.gz"), path.read_bytes())
    assert kit.land(path, settings, encoding="cp1252").rows_landed == 30
