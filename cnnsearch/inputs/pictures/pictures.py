"""Pictures before preprocessing: in memory or in files, read at any size."""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.decoding import decode, picture_array, resize
from cnnsearch.inputs.pictures.memory import check_memory, has_memory
from cnnsearch.inputs.pictures.opened import FRAMES, LEVELS, UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange

__all__ = ["ArrayPictures", "FilePictures", "PictureFile", "Pictures", "Size", "decode", "open_files"]

Size = tuple[int, int]
"""``(height, width)`` in pixels."""

_CHUNK = 32
"""Pictures in memory whose values are looked at at once."""

Item = TypeVar("Item")
Made = TypeVar("Made")


class Pictures(Protocol):
    """Pictures that can be read by their index.

    Attributes:
        shape: ``(height, width)`` that all of them have; ``None`` where they differ.
        channels: of every picture.
        dtype: of what is read.
        fingerprint: sha256 of their contents, in order.
        digests: sha256 of each: equal where two are the same picture, bit for bit.
        altered: what of their files is not used as it is, a sentence each.
        at_hand: the size in which :meth:`read` decodes nothing; ``None`` where there is none.
        sizes: ``(n, 2)``, height and width of each before anything was resized.
    """

    @property
    def shape(self) -> Size | None: ...

    @property
    def at_hand(self) -> Size | None: ...

    @property
    def sizes(self) -> np.ndarray: ...

    @property
    def channels(self) -> int: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def digests(self) -> tuple[bytes, ...]: ...

    @property
    def altered(self) -> tuple[str, ...]: ...

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """What the user knows a picture by: its file, or its number in an array."""
        ...

    def take(self, indices: np.ndarray) -> Pictures:
        """Only those pictures, in that order."""
        ...

    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        """``(n, height, width, channels)``, stretched to ``size``; ``None`` keeps the size of the pictures.

        Raises:
            InputError: ``size`` is ``None`` and the pictures differ in size, they do not fit into memory, or a file
                cannot be read any more.
        """
        ...

    def values(self, indices: np.ndarray) -> ValueRange:
        """The values of those pictures, of which there is at least one."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayPictures:
    """Pictures in memory.

    Args:
        x: ``(n, height, width, channels)``, of any real dtype.
        arrays: name and number of pictures of each array that they come from, one after the other.
        rows: ``(n,)`` number of each picture in these arrays together; left out, they are all there.
    """

    x: np.ndarray
    arrays: tuple[tuple[str, int], ...] = ()
    rows: np.ndarray | None = None

    @property
    def shape(self) -> Size:
        return int(self.x.shape[1]), int(self.x.shape[2])

    @property
    def at_hand(self) -> Size:
        return self.shape

    @property
    def sizes(self) -> np.ndarray:
        return np.broadcast_to(np.array(self.shape), (len(self.x), 2))

    @property
    def channels(self) -> int:
        return int(self.x.shape[3])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.x.dtype

    @property
    def altered(self) -> tuple[str, ...]:
        return ()

    @functools.cached_property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(f"{self.x.shape} {self.x.dtype.str}".encode())
        for picture in self.x:
            digest.update(np.ascontiguousarray(picture).data)
        return digest.hexdigest()

    @property
    def digests(self) -> tuple[bytes, ...]:
        return tuple(hashlib.sha256(np.ascontiguousarray(picture).data).digest() for picture in self.x)

    def __len__(self) -> int:
        return len(self.x)

    def name(self, index: int) -> str:
        row = int(index if self.rows is None else self.rows[index])
        for array, count in self.arrays:
            if row < count:
                return f"{array}[{row}]"
            row -= count
        return f"picture {row}"

    def take(self, indices: np.ndarray) -> ArrayPictures:
        return ArrayPictures(self.x[indices], self.arrays, indices if self.rows is None else self.rows[indices])

    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        check_memory(len(indices), size or self.shape, self.channels, self.dtype)
        if size is None or size == self.shape:
            return np.take(self.x, indices, axis=0)
        out = np.empty((len(indices), *size, self.channels), self.dtype)
        for row, index in enumerate(indices):
            out[row] = resize(self.x[index], size)
        return out

    def values(self, indices: np.ndarray) -> ValueRange:
        starts = range(0, len(indices), _CHUNK)
        return ValueRange.of(self.dtype, (self.x[indices[start : start + _CHUNK]] for start in starts))


@dataclass(frozen=True)
class PictureFile:
    """A picture file.

    Attributes:
        path: where it is.
        name: what messages call it, relative to what the user named.
    """

    path: Path
    name: str


@dataclass(frozen=True, eq=False)
class FilePictures:
    """Pictures in files, each of which was decoded once and found good.

    Attributes:
        paths: the files.
        channels: 1 for grey, 3 for RGB.
        sizes: ``(n, 2)``, height and width of each upright picture.
        digests: sha256 of each file.
        decoded: ``(n, height, width, channels)`` where the pictures were kept in one size.
        names: what messages call them.
        levels: ``(n, 2)`` uint16, the least and the greatest value of each picture, where some have 16 bits: then all
            are read as uint16. ``None``: all have 8 bits.
        altered: what of the files is not used as it is, a sentence each.
    """

    paths: tuple[Path, ...]
    channels: int
    sizes: np.ndarray
    digests: tuple[bytes, ...]
    decoded: np.ndarray | None
    names: tuple[str, ...]
    levels: np.ndarray | None = None
    altered: tuple[str, ...] = ()

    @functools.cached_property
    def shape(self) -> Size | None:
        if not len(self.sizes) or (self.sizes != self.sizes[0]).any():
            return None
        return int(self.sizes[0, 0]), int(self.sizes[0, 1])

    @property
    def at_hand(self) -> Size | None:
        return None if self.decoded is None else (self.decoded.shape[1], self.decoded.shape[2])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8 if self.levels is None else np.uint16)

    @functools.cached_property
    def fingerprint(self) -> str:
        # Studies of an older version saw 8 of 16 bits, which were other pictures.
        read_as = f"{self.channels}{'' if self.levels is None else self.dtype}"
        return hashlib.sha256(b"".join((read_as.encode(), *self.digests))).hexdigest()

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        return self.names[index]

    def take(self, indices: np.ndarray) -> FilePictures:
        return FilePictures(
            tuple(self.paths[index] for index in indices),
            self.channels,
            self.sizes[indices],
            tuple(self.digests[index] for index in indices),
            None if self.decoded is None else self.decoded[indices],
            tuple(self.names[index] for index in indices),
            None if self.levels is None else self.levels[indices],
            self.altered,
        )

    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        target = size or self.shape
        if target is None:
            low, high = self.sizes.min(axis=0), self.sizes.max(axis=0)
            rule = (
                f"the pictures differ in size, from {low[0]} to {high[0]} pixels high and from {low[1]} to {high[1]} "
                "wide; name the size to which they are resized, as image_size: 64"
            )
            raise InputError(Problem("dataset.image_size", rule))
        check_memory(len(indices), target, self.channels, self.dtype)
        if self.decoded is not None and self.decoded.shape[1:3] == target:
            return np.take(self.decoded, indices, axis=0)
        out = np.empty((len(indices), *target, self.channels), self.dtype)

        def fill(row: int) -> None:
            out[row] = decode(self.paths[indices[row]], self.channels, target, self.dtype)

        _in_threads(fill, range(len(indices)))
        return out

    def values(self, indices: np.ndarray) -> ValueRange:
        return FILE_VALUES if self.levels is None else ValueRange.of(self.dtype, (self.levels[indices],))


@dataclass(frozen=True)
class _Opened:
    """What is known of a file that was decoded; 1 channel where it is grey.

    Attributes:
        channels, size, digest: as of :class:`FilePictures`.
        levels: the least and the greatest value where it has 16 bits.
        cut: as of :class:`~cnnsearch.inputs.pictures.opened.OpenedPicture`.
    """

    channels: int
    size: Size
    digest: bytes
    levels: tuple[int, int] | None
    cut: tuple[str, ...]


def open_files(
    files: Sequence[PictureFile], color: Literal["auto", "rgb", "grey"], size: Size | None
) -> tuple[FilePictures, np.ndarray, tuple[str, ...]]:
    """Decode every file once, in threads.

    Args:
        files: picture files.
        color: ``grey``, ``rgb``, or ``auto``: grey only where every picture is.
        size: keep the pixels in this size; ``None`` keeps none.

    Returns:
        The readable pictures, the indices of their files, and the others as ``name: reason``.

    Raises:
        InputError: they do not fit into memory in this size.
    """
    wanted = {"grey": 1, "rgb": 3, "auto": None}[color]
    keeps = size is not None and has_memory(len(files), size, wanted or 3, np.dtype(np.uint8))
    decoded = np.empty((len(files), *size, wanted or 3), np.uint8) if size is not None and keeps else None
    results = _in_threads(
        lambda row: _open(files[row], wanted, None if decoded is None else decoded[row]), range(len(files))
    )
    kept = np.array([row for row, result in enumerate(results) if isinstance(result, _Opened)], dtype=np.int64)
    opened = [result for result in results if isinstance(result, _Opened)]
    unreadable = tuple(
        f"{file.name}: {result}" for file, result in zip(files, results, strict=True) if isinstance(result, str)
    )
    channels = wanted or max((result.channels for result in opened), default=1)
    levels = _levels(opened)
    if levels is not None:
        decoded = None  # of 8 bits: the files are read again when they are needed, into an array of 16
    if size is not None and not keeps:
        check_memory(len(kept), size, channels, np.dtype(np.uint8 if levels is None else np.uint16))
    if decoded is not None:
        decoded = np.ascontiguousarray((decoded[kept] if unreadable else decoded)[..., :channels])
    pictures = FilePictures(
        tuple(files[row].path for row in kept),
        channels,
        np.array([result.size for result in opened], dtype=np.int64).reshape(-1, 2),
        tuple(result.digest for result in opened),
        decoded,
        tuple(files[row].name for row in kept),
        levels,
        _altered([files[row].name for row in kept], opened),
    )
    return pictures, kept, unreadable


def _open(file: PictureFile, channels: int | None, out: np.ndarray | None) -> _Opened | str:
    """Decode a file into ``out`` where it is given and of its dtype; the reason where it cannot be read."""
    try:
        content = read_file(file.path)
        picture = open_picture(content)
    except UnreadableError as error:
        return str(error)
    image = picture.image
    found = channels or len(image.getbands())
    levels = None
    if image.mode == "I;16":
        pixels = np.asarray(image)
        levels = int(pixels.min()), int(pixels.max())
    elif out is not None:
        # A grey picture among coloured ones is repeated over the channels.
        out[...] = resize(picture_array(image, found), (out.shape[0], out.shape[1]))
    return _Opened(found, (image.height, image.width), hashlib.sha256(content).digest(), levels, picture.cut)


def _levels(opened: Sequence[_Opened]) -> np.ndarray | None:
    """The least and the greatest value of each picture, once they have 16 bits; ``None`` where none has."""
    if all(picture.levels is None for picture in opened):
        return None
    return np.array([picture.levels or (0, 65535) for picture in opened], dtype=np.uint16)


def _altered(names: Sequence[str], opened: Sequence[_Opened]) -> tuple[str, ...]:
    """How many files are not used as they are, with the name of the first one."""
    pairs = list(zip(names, opened, strict=True))
    told = {
        f"are read without {cut}": [name for name, picture in pairs if cut in picture.cut] for cut in (FRAMES, LEVELS)
    }
    narrow = [name for name, picture in pairs if picture.levels is None]
    if len(narrow) < len(names):
        told["have 8 bits and are widened to the 16 of the others, values times 257"] = narrow
    return tuple(
        f"{len(found)} of {len(names)} pictures {what} (the first one: {found[0]})"
        for what, found in told.items()
        if found
    )


def _in_threads(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """``[make(item) for item in items]``; Pillow gives up the interpreter lock while it decodes and resizes."""
    workers = min(os.cpu_count() or 1, 16)
    # Pillow warns about oddities of single files; whoever has thousands of them wants none of it.
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore")
        return list(pool.map(make, items))
