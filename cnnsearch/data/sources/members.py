"""Pictures within zip and tar archives, read where they lie: nothing is unpacked, so nothing can be put elsewhere."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.tree import MemberFolder
from cnnsearch.inputs.pictures.opened import UnreadableError
from cnnsearch.inputs.pictures.within import WithinFile

__all__ = ["TarMember", "ZipMember", "opened_tar", "tar_tree", "zip_tree"]

_MOST_BYTES = 2**30
"""Of one picture."""

_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Of a member of a zip: its mark, and the lengths of the name and of what follows before the data (APPNOTE 4.3.7)."""

_ENCRYPTED = 1


@dataclass(frozen=True)
class _Member(WithinFile):
    """Within an archive.

    Attributes:
        archive: its file.
        name: in it.
        offset: where it begins there, in bytes; of a zip its header.
        size: bytes of the picture.
    """

    archive: str
    name: str
    offset: int
    size: int

    def __fspath__(self) -> str:
        return f"{self.archive}/{self.name}"

    def _read(self, file: IO[bytes], count: int) -> bytes:
        content = file.read(count)
        if len(content) < count:
            raise UnreadableError("truncated: the archive ends within it")
        return content


@dataclass(frozen=True)
class TarMember(_Member):
    """Within a tar that is not compressed."""

    def read(self) -> bytes:
        with open(self.archive, "rb") as file:
            file.seek(self.offset)
            return self._read(file, self.size)


@dataclass(frozen=True)
class ZipMember(_Member):
    """Within a zip, compressed by itself.

    Attributes:
        packed: bytes that it takes there.
        is_packed: by deflate.
        checksum: CRC-32 of the picture.
    """

    packed: int
    is_packed: bool
    checksum: int

    def read(self) -> bytes:
        with open(self.archive, "rb") as file:
            file.seek(self.offset)
            mark, name, extra = _LOCAL_HEADER.unpack(self._read(file, _LOCAL_HEADER.size))
            if mark != b"PK\3\4":
                raise UnreadableError("damaged: the archive has something else in its place")
            file.seek(name + extra, 1)
            content = self._read(file, self.packed)
        try:
            # No more than it should give, whatever it was made of.
            whole = zlib.decompressobj(-15).decompress(content, self.size + 1) if self.is_packed else content
        except zlib.error as error:
            raise UnreadableError(f"damaged: {error}") from None
        if len(whole) != self.size or zlib.crc32(whole) != self.checksum:
            raise UnreadableError("damaged: it is not what the archive says of it")
        return whole


def zip_tree(path: Path, left: Leftovers) -> MemberFolder:
    """The folders and files of a zip.

    Raises:
        OSError, zipfile.BadZipFile: it cannot be read.
    """
    tree = MemberFolder(str(path))
    with zipfile.ZipFile(path) as archive:
        # What stands before a zip, as in those that unpack themselves, moves its members; ZipFile knows that.
        for member in archive.infolist():
            name = _safe_name(member.filename, left)
            if name is None or member.is_dir():
                continue
            if member.flag_bits & _ENCRYPTED:
                left.add("encrypted files", [member.filename])
            elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                left.add("files that are compressed in another way than by deflate", [member.filename])
            elif _fits(member.filename, member.file_size, left):
                sizes = (member.header_offset, member.file_size, member.compress_size)
                is_packed = member.compress_type == zipfile.ZIP_DEFLATED
                tree.add(name, ZipMember(str(path), member.filename, *sizes, is_packed, member.CRC))
    return tree


def tar_tree(path: Path, left: Leftovers) -> MemberFolder:
    """The folders and files of a tar that is not compressed.

    Raises:
        OSError, tarfile.TarError: it cannot be read.
    """
    tree = MemberFolder(str(path))
    with tarfile.open(path, "r:", errors="surrogateescape") as archive:
        for member in archive:
            name = _safe_name(member.name, left)
            if name is None or member.isdir():
                continue
            if member.issym() or member.islnk():
                left.add("links, which are not followed in an archive", [member.name])
            elif not member.isreg() or member.sparse is not None:
                left.add("members that are no plain files", [member.name])
            elif _fits(member.name, member.size, left):
                tree.add(name, TarMember(str(path), member.name, member.offset_data, member.size))
    return tree


def opened_tar(path: Path) -> IO[bytes] | None:
    """The tar within a compressed one, as a stream; ``None`` where it is not compressed."""
    with path.open("rb") as file:
        start = file.read(6)
    for mark, opener in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open)):
        if start.startswith(mark):
            stream: IO[bytes] = opener(path, "rb")  # type: ignore[operator, assignment]
            return stream
    return None


def _safe_name(name: str, left: Leftovers) -> str | None:
    """A member's name without what means nothing; ``None`` where it would lie outside, or is nothing."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        left.add("members whose names lead out of the archive", [name])
        return None
    return str(PurePosixPath(*parts)) if parts else None


def _fits(name: str, size: int, left: Leftovers) -> bool:
    if size > _MOST_BYTES:
        left.add(f"files of more than {_MOST_BYTES // 2**30} GB", [name])
    return size <= _MOST_BYTES
