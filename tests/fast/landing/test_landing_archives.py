"""Archives that are cut off, damaged, locked, hostile or misnamed: nothing lands by half or
elsewhere, and words name file, member, value and remedy. Every figure is synthetic."""

import datetime as dt
import errno
import os
import stat
import zipfile

import landing_formats_kit as formats
import landing_kit as kit
import py7zr
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.landing.files import archives, opening
from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.landing.producers.comext import BULK_MONTHLY
from chokepoint.landing.refusals import DeliveryRefusedError

CONTRACTS = {".7z": BULK_MONTHLY, ".zip": BILATERAL[0]}
NAMES = {".7z": "full_v2_202401.7z", ".zip": "BACI_HS92_V202401b.zip"}
MONTH = [formats.comext_row(partner=partner) for partner in ("CN", "US", "QZ", "NA", "XK")]
YEARS = formats.BACI_YEARS
Y2021 = "BACI_HS92_Y2021_V202401b.csv"


@pytest.fixture(params=NAMES)
def archive(request, tmp_path):
    """A sound archive of either kind."""
    return sound(tmp_path / NAMES[request.param])


def sound(path):
    if path.suffix == ".7z":
        return formats.comext_archive(path, MONTH)
    return formats.baci_archive(path, YEARS)


def refused(path, settings) -> DeliveryRefusedError:
    error = kit.refusal(path, settings, CONTRACTS[path.suffix])
    assert error.faults_path
    return error


@pytest.mark.parametrize("share", [0.0, 0.7, 0.99])
def test_half_downloaded(archive, settings, share):
    """What landed before stays current; the rest of the file may come tomorrow."""
    contract = CONTRACTS[archive.suffix]
    kit.land(archive, settings, contract, known_on=dt.date(2026, 11, 30))
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])
    error = refused(archive, settings)
    assert "cut off or damaged" in error.what
    assert "Fetch the file again" in error.remedy


def damaged(path):
    """The checksum is all that tells figures from noise."""
    content = bytearray(path.read_bytes())
    content[60 if path.suffix == ".7z" else 80] ^= 0xFF
    path.write_bytes(content)


def wrong_checksum(path):
    """Stored, not packed: only the checksum can tell."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    path.write_bytes(path.read_bytes().replace(b"250410,1.5,2", b"250410,9.5,2", 1))


def member(name, content="t,i,j,k,v,q\n", is_link=False):
    def add(path):
        info = zipfile.ZipInfo(name)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16 if is_link else 0
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(info, content)

    return add


def packed(content, name="full_202401.dat", mode="w", **options):
    """Write a 7z with, or add to it, a member of this text, or a link to this file."""

    def write(path):
        with py7zr.SevenZipFile(path, mode, **options) as file:
            if content.startswith("/"):
                link = path.with_name(name)
                link.symlink_to(content)
                file.write(link, name)
            else:
                file.writestr(content, name)

    return write


def locked(path):
    """With the flag of encryption, in the local header and in the directory of the first member."""
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def renamed(name):
    """A member with a name that py7zr itself would not write."""

    def write(path):
        if path.suffix == ".zip":
            member(name)(path)
            return
        with py7zr.SevenZipFile(path, "w") as file:
            file.writestr("\n".join([formats.COMEXT_HEADER, *MONTH]), "full_202401.dat")
            file.header.files_info.files[0]["filename"] = name
            file.files.files_list[0]["filename"] = name

    return write


def asking_for_memory(path):
    """512 MiB. A few bytes may ask for 4 GiB, whatever the members' sizes say."""
    formats.ask_for_dictionary(formats.comext_archive(path, MONTH, plain_header=True), b"\x22")


NO_MEMBER = ["holds no member called like", "it holds "]
OUTSIDE = ["would unpack outside its folder", "Do not unpack this file"]
UNSOUND = [
    (".7z", damaged, ["damaged"]), (".zip", damaged, ["damaged"]),
    (".zip", wrong_checksum, [f"{Y2021} in the archive is damaged", "CRC"]),
    *((kind, renamed(name), OUTSIDE) for kind in NAMES for name in (
        "../../evil.csv", "/tmp/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\e.csv")),
    (".zip", member("BACI_HS92_Y2020_V202401b.csv", "/etc/hostname", is_link=True),
     ["is a link or no file"]),
    (".7z", packed("/etc/hostname", dereference=False), ["is a link or no file"]),
    (".7z", asking_for_memory, ["asks for 512 MiB of memory to be unpacked"]),
    (".7z", packed("x" * 100, password="x"), ["encrypted", "with its password"]),
    (".zip", locked, [f"{Y2021} in the archive is encrypted"]),
    (".7z", lambda path: formats.comext_archive(path, MONTH, "readme.txt"), NO_MEMBER),
    (".zip", lambda path: formats.baci_archive(path, {}), NO_MEMBER),
    (".7z", packed(formats.COMEXT_HEADER, "full_202402.dat", "a"),
     ["2 members with rows, full_202401.dat, full_202402.dat", "Land them one by one"]),
    (".zip", member(Y2021), [f"holds '{Y2021}' twice"]),
    (".zip", lambda path: formats.baci_archive(path, {2021: YEARS[2021], 2022: YEARS[2021]}),
     ["BACI_HS92_Y2022_V202401b.csv holds rows of 2021, and so does another"]),
    (".7z", packed("\n".join([formats.COMEXT_HEADER.replace("VALUE_EUR", "IN_EUROS"), *MONTH])),
     [f"{NAMES['.7z']}, full_202401.dat, line 1, column VALUE_EUR", "IN_EUROS"]),
    (".zip", lambda path: formats.baci_archive(path, YEARS, header="t,i,j,k,value,q"),
     [f"{NAMES['.zip']}, {Y2021}, line 1, column v", "value"]),
    (".7z", packed("\0\1" * 50), [f"{NAMES['.7z']}, full_202401.dat: the file holds NUL bytes"]),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("kind", "change", "words"), UNSOUND)
def test_what_is_no_sound_archive_is_refused_with_words(settings, tmp_path, kind, change, words):
    path = sound(tmp_path / NAMES[kind])
    change(path)
    error = refused(path, settings)
    for word in words:
        assert word in error.what + error.remedy
    assert not list(settings.data_dir.parent.rglob("evil.csv"))


def test_a_thousand_times_its_size(archive, settings, monkeypatch):
    """Refused by what the archive says of itself, before a byte is unpacked."""
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 16)
    monkeypatch.setattr(opening, "extract", pytest.fail)
    if archive.suffix == ".7z":
        formats.comext_archive(archive, [formats.comext_row()] * 40_000)
    else:
        formats.baci_archive(archive, {2021: ["2021,156,276,250410,1.5,2"] * 500_000})
    error = refused(archive, settings)
    assert "times its size" in error.what
    assert "no delivery grows more than 250 times" in error.what


def test_memory_that_is_there_is_given(tmp_path):
    path = formats.comext_archive(tmp_path / NAMES[".7z"], MONTH, plain_header=True)
    formats.ask_for_dictionary(path, b"\x20")
    assert [member.base_name for member in archives.list_members(path)]


def test_more_than_it_says(archive, tmp_path):
    """A size that lies does not fill the disk."""
    lying = archives.Member(archives.list_members(archive)[0].name, 10)
    with pytest.raises(DeliveryRefusedError, match="unpacks to more than the 10 bytes"):
        archives.extract(archive, lying, tmp_path / "target")
    assert (tmp_path / "target").stat().st_size <= 10


def test_a_list_of_countries_in_another_encoding_is_read(settings, tmp_path):
    countries = formats.COUNTRIES + "384,Côte d'Ivoire,CI,CIV\n"
    path = formats.baci_archive(tmp_path / NAMES[".zip"], YEARS, countries.encode("cp1252"))
    assert kit.land(path, settings, CONTRACTS[".zip"]).rows_landed == 4


def no_room(monkeypatch):
    usage = type("usage", (), {"free": 10})
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage)


def full(monkeypatch):
    """Else a full disk would be told as a bad download."""

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(archives, "_check_size", fail)


@pytest.mark.parametrize(
    ("disk", "words"), [(no_room, "only 10 are free"), (full, "No space left on device")]
)
def test_an_error_of_the_disk_is_no_damage_of_the_archive(
    archive, settings, monkeypatch, disk, words
):
    disk(monkeypatch)
    with pytest.raises(ChokepointError, match=words) as caught:
        kit.land(archive, settings, CONTRACTS[archive.suffix])
    assert "free space" in caught.value.remedy
    assert not isinstance(caught.value, DeliveryRefusedError)
    assert kit.tree(settings) == {}
