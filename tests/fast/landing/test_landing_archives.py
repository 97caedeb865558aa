"""Archives that are cut off, damaged, locked, hostile or not what they are called.

Whatever an archive holds, nothing lands by half, nothing is written outside the landing folder,
and the words name file, member, value and remedy. Every figure is synthetic.
"""

import datetime as dt
import errno
import os
import stat
import zipfile
from pathlib import Path

import landing_formats_kit as formats
import landing_kit as kit
import py7zr
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.landing import land as landing
from chokepoint.landing.files import archives, opening
from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.landing.producers.comext import BULK_MONTHLY
from chokepoint.landing.refusals import DeliveryRefusedError

KNOWN_ON = dt.date(2026, 12, 1)
HS92_BILATERAL = BILATERAL[0]
CONTRACTS = {".7z": BULK_MONTHLY, ".zip": HS92_BILATERAL}
MONTH = [formats.comext_row(partner=partner) for partner in ("CN", "US", "QZ", "NA", "XK")]
YEARS = {
    2021: ["2021,156,276,250410,1.5,2", "2021,490,842,850511,3,NA"],
    2022: ["2022,251,516,010121,0.454,NA"],
}


@pytest.fixture(params=["full_v2_202401.7z", "BACI_HS92_V202401b.zip"])
def archive(request, tmp_path):
    """A sound archive of either kind."""
    path = tmp_path / request.param
    if path.suffix == ".7z":
        return formats.comext_archive(path, MONTH)
    return formats.baci_archive(path, YEARS)


def refused(path, settings) -> DeliveryRefusedError:
    error = kit.refusal(path, settings, CONTRACTS[path.suffix])
    assert error.faults_path
    return error


class TestDamage:
    @pytest.mark.parametrize("share", [0.0, 0.7, 0.99])
    def test_half_downloaded(self, archive, settings, share):
        """What landed before stays current; the rest of the file may come tomorrow."""
        landing.land(archive, CONTRACTS[archive.suffix], settings, known_on=dt.date(2026, 11, 30))
        content = archive.read_bytes()
        archive.write_bytes(content[: int(len(content) * share)])
        error = refused(archive, settings)
        assert "cut off or damaged" in error.what
        assert "Fetch the file again" in error.remedy

    def test_damaged_bytes_of_a_member(self, archive, settings):
        """The checksum is all that tells figures from noise."""
        content = bytearray(archive.read_bytes())
        place = 60 if archive.suffix == ".7z" else 80
        content[place] ^= 0xFF
        archive.write_bytes(content)
        assert "damaged" in refused(archive, settings).what

    def test_wrong_checksum_of_a_member(self, tmp_path, settings):
        """Stored, not packed: only the checksum can tell."""
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", YEARS)
        with zipfile.ZipFile(path) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
            for name, part in parts.items():
                target.writestr(name, part)
        path.write_bytes(path.read_bytes().replace(b"250410,1.5,2", b"250410,9.5,2", 1))
        error = refused(path, settings)
        assert "BACI_HS92_Y2021_V202401b.csv in the archive is damaged" in error.what
        assert "CRC" in error.what


class TestHostile:
    @pytest.mark.parametrize(
        "name", ["../../evil.csv", "/tmp/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\e.csv"]
    )
    def test_member_outside_the_folder(self, archive, settings, name):
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive, "a") as file:
                file.writestr(name, "t,i,j,k,v,q\n")
        else:
            formats.comext_archive(archive, MONTH, "full_202401.dat")
            rename_member(archive, "full_202401.dat", name)
        error = refused(archive, settings)
        assert "would unpack outside its folder" in error.what
        assert "Do not unpack this file" in error.remedy
        assert not list(settings.data_dir.parent.rglob("evil.csv"))

    def test_link(self, tmp_path, settings):
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", YEARS)
        info = zipfile.ZipInfo("BACI_HS92_Y2020_V202401b.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(info, "/etc/hostname")
        assert "is a link or no file" in refused(path, settings).what

    def test_link_in_7z(self, tmp_path, settings):
        (tmp_path / "full_202401.dat").symlink_to("/etc/hostname")
        path = tmp_path / "full_v2_202401.7z"
        with py7zr.SevenZipFile(path, "w", dereference=False) as file:
            file.write(tmp_path / "full_202401.dat", "full_202401.dat")
        assert "is a link or no file" in refused(path, settings).what

    def test_a_thousand_times_its_size(self, archive, settings, monkeypatch):
        """Refused by what the archive says of itself, before a byte is unpacked."""
        monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 16)
        monkeypatch.setattr(opening, "extract", pytest.fail)
        rows = [formats.comext_row()] * 40_000
        if archive.suffix == ".7z":
            formats.comext_archive(archive, rows)
        else:
            formats.baci_archive(archive, {2021: ["2021,156,276,250410,1.5,2"] * 500_000})
        error = refused(archive, settings)
        assert "times its size" in error.what
        assert "no delivery grows more than 250 times" in error.what

    @pytest.mark.parametrize(("size", "is_refused"), [(b"\x22", True), (b"\x20", False)])
    def test_memory_that_unpacking_asks_for(self, tmp_path, settings, size, is_refused):
        """512 MiB, and 256. A few bytes may ask for 4 GiB, whatever the members' sizes say."""
        path = formats.comext_archive(tmp_path / "full_v2_202401.7z", MONTH, plain_header=True)
        formats.ask_for_dictionary(path, size)
        if not is_refused:
            assert [member.base_name for member in archives.list_members(path)]
            return
        error = refused(path, settings)
        assert "asks for 512 MiB of memory to be unpacked" in error.what

    def test_more_than_it_says(self, archive, tmp_path):
        """A size that lies does not fill the disk."""
        member = archives.list_members(archive)[0]
        lying = archives.Member(member.name, 10)
        with pytest.raises(DeliveryRefusedError, match="unpacks to more than the 10 bytes"):
            archives.extract(archive, lying, tmp_path / "target")
        assert (tmp_path / "target").stat().st_size <= 10

    def test_encrypted_7z(self, tmp_path, settings):
        path = tmp_path / "full_v2_202401.7z"
        with py7zr.SevenZipFile(path, "w", password="x") as file:
            file.writestr("x" * 100, "full_202401.dat")
        error = refused(path, settings)
        assert "encrypted" in error.what
        assert "with its password" in error.remedy

    def test_encrypted_zip(self, tmp_path, settings):
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", YEARS)
        content = bytearray(path.read_bytes())
        # The flag of encryption, in the local header and in the directory of the first member.
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
        assert "BACI_HS92_Y2021_V202401b.csv in the archive is encrypted" in (
            refused(path, settings).what
        )


class TestMembers:
    def test_none_with_rows(self, archive, settings):
        if archive.suffix == ".7z":
            formats.comext_archive(archive, MONTH, "readme.txt")
        else:
            formats.baci_archive(archive, {})
        error = refused(archive, settings)
        assert "holds no member called like" in error.what
        assert "it holds " in error.what

    def test_two_with_rows(self, tmp_path, settings):
        path = formats.comext_archive(tmp_path / "full_v2_202401.7z", MONTH)
        with py7zr.SevenZipFile(path, "a") as file:
            file.writestr(formats.COMEXT_HEADER, "full_202402.dat")
        error = refused(path, settings)
        assert "2 members with rows, full_202401.dat, full_202402.dat" in error.what
        assert "Land them one by one" in error.remedy

    def test_two_of_one_name(self, tmp_path, settings):
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", YEARS)
        with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("BACI_HS92_Y2021_V202401b.csv", "t,i,j,k,v,q\n")
        assert "holds 'BACI_HS92_Y2021_V202401b.csv' twice" in refused(path, settings).what

    def test_one_period_in_two(self, tmp_path, settings):
        years = {2021: YEARS[2021], 2022: YEARS[2021]}
        path = formats.baci_archive(tmp_path / "BACI_HS92_V202401b.zip", years)
        error = refused(path, settings)
        assert "BACI_HS92_Y2022_V202401b.csv holds rows of 2021, and so does another" in error.what

    def test_changed_header(self, archive, settings):
        if archive.suffix == ".7z":
            text = formats.COMEXT_HEADER.replace("VALUE_EUR", "VALUE_IN_EUROS")
            with py7zr.SevenZipFile(archive, "w") as file:
                file.writestr("\n".join([text, *MONTH]), "full_202401.dat")
            member, old, new = "full_202401.dat", "VALUE_EUR", "VALUE_IN_EUROS"
        else:
            formats.baci_archive(archive, YEARS, header="t,i,j,k,value,q")
            member, old, new = "BACI_HS92_Y2021_V202401b.csv", "v", "value"
        error = refused(archive, settings)
        assert f"{archive.name}, {member}, line 1, column {old}" in error.what
        assert new in error.what

    def test_text_in_another_encoding(self, archive, settings):
        if archive.suffix == ".zip":
            countries = formats.COUNTRIES + "384,Côte d'Ivoire,CI,CIV\n"
            formats.baci_archive(archive, YEARS, countries.encode("cp1252"))
            report = landing.land(archive, HS92_BILATERAL, settings, known_on=KNOWN_ON)
            assert report.rows_landed == 3
        else:
            with py7zr.SevenZipFile(archive, "w") as file:
                file.writestr("\0\1" * 50, "full_202401.dat")
            error = refused(archive, settings)
            assert f"{archive.name}, full_202401.dat: the file holds NUL bytes" in error.what


class TestStorage:
    def test_no_room_is_told_before_unpacking(self, archive, settings, monkeypatch):
        usage = type("usage", (), {"free": 10})
        monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage)
        with pytest.raises(ChokepointError, match="only 10 are free") as caught:
            landing.land(archive, CONTRACTS[archive.suffix], settings, known_on=KNOWN_ON)
        assert "free disk space" in caught.value.remedy
        assert kit.tree(settings) == {}

    def test_error_of_the_disk_is_no_damage_of_the_archive(self, archive, settings, monkeypatch):
        """Else a full disk would be told as a bad download."""

        def full(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(archives, "_check_size", full)
        with pytest.raises(ChokepointError, match="No space left on device") as caught:
            landing.land(archive, CONTRACTS[archive.suffix], settings, known_on=KNOWN_ON)
        assert not isinstance(caught.value, DeliveryRefusedError)
        assert kit.tree(settings) == {}


def rename_member(path: Path, old: str, new: str) -> None:
    """Write a 7z again with a name that py7zr itself would not write."""
    with py7zr.SevenZipFile(path, "w") as file:
        file.writestr("\n".join([formats.COMEXT_HEADER, *MONTH]), old)
        file.header.files_info.files[0]["filename"] = new
        file.files.files_list[0]["filename"] = new
