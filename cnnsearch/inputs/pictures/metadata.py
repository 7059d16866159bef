"""Files whose texts, profiles or checksums are odd: the picture without them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

__all__ = ["begins", "without_metadata"]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"

_KEPT = frozenset((b"tRNS", b"eXIf"))
"""Of the chunks that a reader may leave out, those that decide what is seen: transparency, and which way is up."""


def without_metadata(content: bytes) -> bytes | None:
    """The same picture without texts, colour profile and whatever else is no pixel; ``None``: no PNG or JPEG file.

    Args:
        content: of the file, damaged or not.
    """
    if content.startswith(_PNG):
        kept = (chunk for kind, chunk in _chunks(content) if _is_critical(kind) or _is_kept(kind, chunk))
        return _PNG + b"".join(kept)
    if content.startswith(_JPEG):
        return _JPEG + b"".join(segment for segment in _segments(content) if _is_picture(segment))
    return None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk: length, kind, data, checksum; the last one may be cut short."""
    start = len(_PNG)
    while start + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, start)
        yield kind, content[start : start + 12 + length]
        start += 12 + length


def _is_critical(kind: bytes) -> bool:
    """The case of the first letter tells it (PNG specification, 5.4)."""
    return not kind[0] & 0x20


def _is_kept(kind: bytes, chunk: bytes) -> bool:
    return kind in _KEPT and struct.pack(">I", zlib.crc32(chunk[4:-4])) == chunk[-4:]


def _segments(content: bytes) -> Iterator[bytes]:
    """Each segment with its marker; the last one is all from the first scan on."""
    start = len(_JPEG)
    while start + 4 <= len(content) and content[start] == 0xFF and content[start + 1] != _SCAN:
        if content[start + 1] == 0xFF:  # a byte that fills
            start += 1
            continue
        end = start + 2 + int(struct.unpack_from(">H", content, start + 2)[0])
        yield content[start:end]
        start = end
    yield content[start:]


def begins(content: bytes) -> Iterator[bytes]:
    """Each segment of a JPEG before its pixels; what is no segment is given as it is."""
    return (segment for segment in _segments(content) if segment[:2] != _PIXELS)


_SCAN = 0xDA
_PIXELS = bytes((0xFF, _SCAN))
_COMMENT = 0xFE
_ADOBE_LENGTH = 16


def _is_picture(segment: bytes) -> bool:
    """Not a comment or of an application, unless it says which way is up (EXIF) or what the colours are (Adobe)."""
    marker = segment[1] if len(segment) > 1 else _SCAN
    if marker == _COMMENT or 0xE0 <= marker <= 0xEF:
        is_adobe = segment[4:9] == b"Adobe" and len(segment) == _ADOBE_LENGTH
        return segment[4:10] == b"Exif\0\0" or is_adobe
    return True
