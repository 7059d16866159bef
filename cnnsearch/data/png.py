"""PNG files whose texts, profiles or checksums are odd: the picture without them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

__all__ = ["without_metadata"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_KEPT = frozenset((b"tRNS", b"eXIf"))
"""Of the chunks that a reader may leave out, those that decide what is seen: transparency, and which way is up."""


def without_metadata(content: bytes) -> bytes | None:
    """The same picture without texts, colour profile and whatever else is no pixel; ``None`` where it is no PNG file.

    Args:
        content: of the file, damaged or not.
    """
    if not content.startswith(_SIGNATURE):
        return None
    return _SIGNATURE + b"".join(
        chunk for kind, chunk in _chunks(content) if _is_critical(kind) or _is_kept(kind, chunk)
    )


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of each chunk: length, kind, data, checksum; the last one may be cut short."""
    start = len(_SIGNATURE)
    while start + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, start)
        yield kind, content[start : start + 12 + length]
        start += 12 + length


def _is_critical(kind: bytes) -> bool:
    """The case of the first letter tells it (PNG specification, 5.4)."""
    return not kind[0] & 0x20


def _is_kept(kind: bytes, chunk: bytes) -> bool:
    return kind in _KEPT and struct.pack(">I", zlib.crc32(chunk[4:-4])) == chunk[-4:]
