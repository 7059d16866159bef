"""Files of 16 bits a channel that Pillow would cut to 8: PNG and JPEG 2000 in colour, and Netpbm."""

from __future__ import annotations

import re
import struct

import numpy as np

__all__ = ["has_more_bits", "wide_pixels"]

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_GREY = 0
_NETPBM = {b"P2": 1, b"P3": 3, b"P5": 1, b"P6": 3}
"""Magic -> channels; the first two are text."""

_NUMBER = re.compile(rb"(?:\s|#[^\n]*\n)*([0-9]+)")
_COMMENT = re.compile(rb"#[^\n]*")
_CODESTREAM = b"\xff\x4f\xff\x51"
"""With which the header of JPEG 2000 begins (ISO/IEC 15444-1, A.5.1)."""


def wide_pixels(content: bytes) -> np.ndarray | None:
    """``(height, width, channels)`` uint16, transparency as the last of 2 or 4; ``None``: another kind of file.

    Raises:
        Exception: the file is of such a kind, and damaged.
    """
    if content.startswith(_PNG):
        return _of_png(content)
    if content[:2] in _NETPBM:
        return _of_netpbm(content)
    return _of_jpeg_2000(content)


def has_more_bits(content: bytes) -> bool:
    """Whether an AVIF file has 10 or 12 bits a channel, of which Pillow reads 8."""
    at = content.find(b"av1C", 0, 4096)
    return content[4:12] == b"ftypavif" and at >= 0 and bool(content[at + 6] & 0x40)


def _of_png(content: bytes) -> np.ndarray | None:
    bits, kind = struct.unpack_from(">BB", content, 24)
    if bits != 16 or kind == _PNG_GREY:
        return None
    from imagecodecs import png_decode

    pixels: np.ndarray = png_decode(content)
    return pixels


def _of_netpbm(content: bytes) -> np.ndarray | None:
    numbers, at = [], 2
    for _ in range(3):
        found = _NUMBER.match(content, at)
        if found is None:
            return None
        numbers.append(int(found[1]))
        at = found.end()
    width, height, most = numbers
    if most <= 255:
        return None
    channels = _NETPBM[content[:2]]
    count = width * height * channels
    if content[:2] in (b"P5", b"P6"):
        values = np.frombuffer(content, ">u2", count, at + 1).astype(np.uint16)
    else:
        values = np.array(_COMMENT.sub(b"", content[at:]).split()[:count], dtype=np.uint16)
    return values.reshape(height, width, channels)


def _of_jpeg_2000(content: bytes) -> np.ndarray | None:
    """Of colour; of grey pictures Pillow reads all 16 bits."""
    at = content.find(_CODESTREAM, 0, 4096)
    if at < 0 or len(content) < at + 43:
        return None
    channels, depth = struct.unpack_from(">HB", content, at + 40)
    if channels < 2 or depth <= 7:  # 7 is 8 bits; the highest bit says that they are signed
        return None
    from imagecodecs import jpeg2k_decode

    pixels: np.ndarray = jpeg2k_decode(content)
    return pixels
