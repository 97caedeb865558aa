"""Archives of producers, zip and 7z: a member becomes a file of our own name, so none lands outside
its folder. An archive with a name that would is refused."""

from __future__ import annotations

import contextlib
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError
from chokepoint.landing.refusals import NOT_WHOLE, DeliveryRefusedError, refused, refusing_damage

if TYPE_CHECKING:
    import py7zr

ARCHIVE_SUFFIXES = (".zip", ".7z")
_CHUNK_BYTES = 1 << 20
_MOST_CODE_BYTES = 4 << 20
# Customs data packs ten to thirty times smaller; a delivery that grows more is none.
MOST_GROWTH = 250
# Below this size nothing can be filled up, whatever the growth.
SMALL_BYTES = 64 << 20
# Unpacking takes as much memory as the dictionary that the archive asks for, up to 4 GiB. 7-Zip's
# own levels stop here.
MOST_DICTIONARY_BYTES = 256 << 20
_NOT_SAFE = (
    "Do not unpack this file: take it away, out of the inbox too, and fetch it from the "
    "producer's own address."
)


@dataclass(frozen=True)
class Member:
    """One file in an archive, with its size unpacked."""

    name: str
    size_bytes: int

    @property
    def base_name(self) -> str:
        return PurePosixPath(self.name).name


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def list_members(path: Path) -> list[Member]:
    """The files of an archive by name, no folders; one that is cut off, damaged, encrypted, unpacks
    elsewhere or beyond measure is refused."""
    members: dict[str, Member] = {}
    for name, size, is_folder, is_file, is_encrypted in _entries(path):
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or PureWindowsPath(name).drive or ".." in parts:
            raise refused(
                path, f"the member {name!r} would unpack outside its folder", _NOT_SAFE, value=name
            )
        if is_folder:
            continue
        if is_encrypted:
            raise _encrypted(path, name)
        if not is_file:
            raise refused(path, f"the member {name!r} is a link or no file", _NOT_SAFE, value=name)
        if name in members:
            raise refused(path, f"the archive holds {name!r} twice", NOT_WHOLE, value=name)
        members[name] = Member(name, size)
    total = sum(member.size_bytes for member in members.values())
    packed = max(path.stat().st_size, 1)
    if total > most_bytes(path):
        raise refused(
            path,
            f"the archive of {packed:,} bytes says that it unpacks to {total:,}, "
            f"{total // packed:,} times its size; no delivery grows more than {MOST_GROWTH} times",
            _NOT_SAFE,
        )
    return [members[name] for name in sorted(members)]


def most_bytes(path: Path) -> int:
    """What an archive may unpack to."""
    return max(SMALL_BYTES, MOST_GROWTH * path.stat().st_size)


def extract(path: Path, member: Member, target: Path) -> None:
    """Write a member to a file, checking its checksum, its size, and the room on the disk."""
    free = shutil.disk_usage(target.parent).free
    if member.size_bytes > free:
        raise ChokepointError(
            f"{member.name} of {path} unpacks to {member.size_bytes:,} bytes, and only {free:,} "
            f"are free under {target.parent}",
            "free space there, then run again; what had landed before is untouched.",
        )
    if not _is_zip(path):
        _extract_seven_zip(path, member, target)
        return
    written = 0
    with (
        _refusing_damage(path, member.name),
        zipfile.ZipFile(path) as archive,
        archive.open(member.name) as source,
        target.open("wb") as file,
    ):
        while chunk := source.read(_CHUNK_BYTES):
            written += len(chunk)
            _check_size(path, member, written)
            file.write(chunk)


def read_member(path: Path, member: Member) -> bytes:
    """A small member, such as a list of codes; DeliveryRefusedError when it is not small."""
    if member.size_bytes > _MOST_CODE_BYTES:
        raise refused(
            path,
            f"{member.name} has {member.size_bytes:,} bytes; a list of codes has at most "
            f"{_MOST_CODE_BYTES:,}",
            _NOT_SAFE,
            value=member.name,
        )
    with TemporaryDirectory(prefix="chokepoint-member-") as folder:
        target = Path(folder) / "member"
        extract(path, member, target)
        return target.read_bytes()


def _is_zip(path: Path) -> bool:
    # A workbook is a zip of another name (tables.py).
    return path.name.lower().endswith((".zip", ".xlsx"))


def _check_size(path: Path, member: Member, written: int) -> None:
    if written > member.size_bytes:
        raise refused(
            path,
            f"{member.name} unpacks to more than the {member.size_bytes:,} bytes that the archive "
            "says",
            _NOT_SAFE,
            value=member.name,
        )


def _entries(path: Path) -> list[tuple[str, int, bool, bool, bool]]:
    """Name and unpacked size of whatever is listed; if a folder, a file, encrypted."""
    with _refusing_damage(path):
        if _is_zip(path):
            with zipfile.ZipFile(path) as archive:
                return [
                    (
                        info.filename,
                        info.file_size,
                        info.is_dir(),
                        stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG),
                        bool(info.flag_bits & 1),
                    )
                    for info in archive.infolist()
                ]
        import py7zr  # late: few deliveries are 7z

        with py7zr.SevenZipFile(path) as archive:
            if archive.needs_password():
                raise _encrypted(path, None)
            _check_dictionaries(path, archive)
            return [
                (info.filename, info.uncompressed, info.is_directory, info.is_file, False)
                for info in archive.list()
            ]


def _check_dictionaries(path: Path, archive: py7zr.SevenZipFile) -> None:
    streams = archive.header.main_streams
    for folder in streams.unpackinfo.folders if streams else ():
        for coder in folder.coders:
            asked = _dictionary_bytes(coder["method"], coder.get("properties") or b"")
            if asked > MOST_DICTIONARY_BYTES:
                raise refused(
                    path,
                    f"the archive asks for {asked >> 20:,} MiB of memory to be unpacked; no "
                    f"delivery asks for more than {MOST_DICTIONARY_BYTES >> 20}",
                    _NOT_SAFE,
                )


def _dictionary_bytes(method: bytes, properties: bytes) -> int:
    """Memory that a method of 7z asks for in its properties; 0 for methods that have no say."""
    if method == b"\x21" and properties:  # LZMA2
        size = properties[0] & 0x3F
        return 0xFFFFFFFF if size >= 40 else (2 | (size & 1)) << (size // 2 + 11)
    if method in (b"\x03\x01\x01", b"\x03\x04\x01") and len(properties) >= 5:  # LZMA, PPMd
        return int.from_bytes(properties[1:5], "little")
    return 0


def _extract_seven_zip(path: Path, member: Member, target: Path) -> None:
    import py7zr
    from py7zr.io import Py7zIO, WriterFactory

    class Sink(Py7zIO):
        written = 0

        def write(self, s: bytes | bytearray) -> int:
            self.written += len(s)
            _check_size(path, member, self.written)
            return file.write(s)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            file.flush()

        def size(self) -> int:
            return self.written

    class ToSink(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return sink

    with _refusing_damage(path, member.name), target.open("wb") as file:
        sink = Sink()
        with py7zr.SevenZipFile(path) as archive:
            archive.extract(targets=[member.name], factory=ToSink())
        if sink.written != member.size_bytes:
            raise ValueError("the member is shorter than the archive says")


@contextlib.contextmanager
def _refusing_damage(path: Path, member: str | None = None) -> Iterator[None]:
    """Turn whatever a reader of archives makes of damaged bytes into a refusal."""
    what = f"{member} in the archive is damaged" if member else "the archive is cut off or damaged"
    with refusing_damage(path, what, NOT_WHOLE, value=member):
        try:
            yield
        except Exception as error:
            if type(error).__name__ == "PasswordRequired":
                raise _encrypted(path, member) from None
            if type(error).__name__ == "CrcError":
                raise ValueError("its checksum is wrong") from None
            raise


def _encrypted(path: Path, member: str | None) -> DeliveryRefusedError:
    what = f"{member} in the archive is encrypted" if member else "the archive is encrypted"
    return refused(
        path, what, "Unpack it with its password, and land the file that it holds.", value=member
    )
