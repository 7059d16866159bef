"""Pictures that are parts of a picture file: pages of a TIFF stack, and tiles."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnsearch.inputs.pictures.opened import UnreadableError, open_picture, read_file, turned, turns_sides
from cnnsearch.inputs.pictures.tiles import Tile, cut
from cnnsearch.inputs.pictures.within import Content, WithinFile

__all__ = ["Excerpt", "size_of", "whole_pictures"]

_COLOURS = (0, 1, 2)
"""Photometric interpretations of TIFF whose numbers are those of the pixels: grey, either way, and RGB."""

_KEPT = 2
"""Whole pictures that a process keeps while it reads, as tiles follow each other."""

_LOCK = threading.Lock()


@dataclass(frozen=True)
class Excerpt(WithinFile):
    """One of them.

    Attributes:
        file: the path of the picture file.
        pages: those that are its channels; none: of a file of one picture.
        tile: which part of this; ``None``: all of it.
    """

    file: str
    pages: tuple[int, ...] = ()
    tile: Tile | None = None

    def __fspath__(self) -> str:
        page = f"/page {self.pages[0]}" if self.pages else ""
        return f"{self.file}{page}" + ("" if self.tile is None else "/tile {},{}".format(*self.tile.corner))

    def read(self) -> bytes:
        with _LOCK:  # else each thread would decode the same file
            whole = _whole(self.file, _stamp(self.file), self.pages)
        return _encoded(whole if self.tile is None else cut(whole, self.tile))

    def sent(self) -> WithinFile:
        return Content(os.fspath(self), self.read())


@contextlib.contextmanager
def whole_pictures() -> Iterator[None]:
    """Around the reading of many pictures: those whose tiles were read are let go of at its end."""
    try:
        yield
    finally:
        _whole.cache_clear()


def size_of(file: str, pages: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of a picture, upright; ``None`` where it cannot be read."""
    try:
        if not file.lower().endswith((".tif", ".tiff")):  # whose header need not tell what its axes mean
            with Image.open(file) as image:
                width, height = image.size
                return (width, height) if turns_sides(turned(image)) else (height, width)
        with _LOCK:
            height, width, _ = _whole(file, _stamp(file), pages).shape
    except Exception:  # noqa: BLE001 - of damaged bytes Pillow raises whatever it stumbles over; who opens it tells why
        return None
    return height, width


def _stamp(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be read") from None


@functools.lru_cache(maxsize=_KEPT)
def _whole(file: str, stamp: int, pages: tuple[int, ...]) -> np.ndarray:  # noqa: ARG001 - of a file that changed others
    """``(height, width, channels)``, upright."""
    if not pages:
        return open_picture(read_file(file)).pixels
    contents = [_page(file, page) for page in pages]
    return np.concatenate([open_picture(content).pixels for content in contents], axis=-1)


def _page(file: str, number: int) -> bytes:
    """A page as a file of its own."""
    import tifffile

    stream = io.BytesIO()
    with tifffile.TiffFile(file) as opened:
        page = opened.pages.get(number)
        tags = page.aspage() if isinstance(page, tifffile.TiffFrame) else page
        if tags.photometric in _COLOURS:
            tifffile.imwrite(stream, page.asarray(), photometric=tags.photometric, metadata=None)
            return stream.getvalue()
    with Image.open(file) as image:  # of a palette, or of JPEG's colours
        image.seek(number)
        image.convert("RGB").save(stream, "png")
    return stream.getvalue()


def _encoded(pixels: np.ndarray) -> bytes:
    """As a file of its own, whose numbers are the same."""
    import tifffile

    stream = io.BytesIO()
    channels = pixels.shape[2]
    plain = pixels[:, :, 0] if channels == 1 else pixels
    kind = "rgb" if channels == 3 else "minisblack"
    tifffile.imwrite(stream, np.ascontiguousarray(plain), photometric=kind, planarconfig="contig", metadata=None)
    return stream.getvalue()
