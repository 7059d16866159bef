"""Pictures before preprocessing: in memory or in files, read at any size."""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.decoding import decode, picture_array, resize
from cnnsearch.inputs.pictures.memory import check_memory, has_memory
from cnnsearch.inputs.pictures.one_kind import WIDENED, Found, altered, of_one_kind
from cnnsearch.inputs.pictures.opened import UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange, look

__all__ = ["ArrayPictures", "Color", "FilePictures", "PictureFile", "Pictures", "Size", "decode", "open_files"]

Size = tuple[int, int]
"""``(height, width)`` in pixels."""

_BYTES: np.dtype[Any] = np.dtype(np.uint8)

_CHUNK = 32
"""Pictures in memory whose values are looked at at once."""

Color = Literal["auto", "rgb", "grey"] | int

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
        path: where it is: a file, or :class:`~cnnsearch.inputs.pictures.within.WithinFile`.
        name: what messages call it, relative to what the user named.
    """

    path: os.PathLike[str]
    name: str


@dataclass(frozen=True, eq=False)
class FilePictures:
    """Pictures in files, each of which was decoded once and found good.

    Attributes:
        paths: the files.
        channels: 1 for grey, 3 for RGB, or as many as the files have.
        sizes: ``(n, 2)``, height and width of each upright picture.
        digests: sha256 of each file.
        decoded: ``(n, height, width, channels)`` where the pictures were kept in one size.
        names: what messages call them.
        looks: ``(n, 4)``, what :func:`~cnnsearch.inputs.pictures.value_range.look` says of each picture; ``None``: all
            have 8 bits.
        altered: what of the files is not used as it is, a sentence each.
        dtype: as which all of them are read.
    """

    paths: tuple[os.PathLike[str], ...]
    channels: int
    sizes: np.ndarray
    digests: tuple[bytes, ...]
    decoded: np.ndarray | None
    names: tuple[str, ...]
    looks: np.ndarray | None = None
    altered: tuple[str, ...] = ()
    dtype: np.dtype[Any] = _BYTES

    @functools.cached_property
    def shape(self) -> Size | None:
        if not len(self.sizes) or (self.sizes != self.sizes[0]).any():
            return None
        return int(self.sizes[0, 0]), int(self.sizes[0, 1])

    @property
    def at_hand(self) -> Size | None:
        return None if self.decoded is None else (self.decoded.shape[1], self.decoded.shape[2])

    @functools.cached_property
    def fingerprint(self) -> str:
        # Studies of an older version saw 8 of 16 bits, which were other pictures.
        read_as = f"{self.channels}{'' if self.dtype == _BYTES else self.dtype}"
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
            None if self.looks is None else self.looks[indices],
            self.altered,
            self.dtype,
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
        return FILE_VALUES if self.looks is None else ValueRange.of_looks(self.dtype, self.looks[indices])


def open_files(
    files: Sequence[PictureFile], color: Color, size: Size | None
) -> tuple[FilePictures, np.ndarray, tuple[str, ...]]:
    """Decode every file once, in threads.

    Args:
        files: picture files.
        color: ``grey``, ``rgb``, ``auto``: grey only where every picture is, and as many channels as the files have
            where these are others; or a number of channels.
        size: keep the pixels in this size; ``None`` keeps none.

    Returns:
        The readable pictures, the indices of their files, and the others as ``name: reason``.

    Raises:
        InputError: they do not fit into memory in this size.
    """
    wanted = color if isinstance(color, int) else {"grey": 1, "rgb": 3, "auto": None}[color]
    keeps = size is not None and wanted in (1, 3, None) and has_memory(len(files), size, wanted or 3, _BYTES)
    decoded = np.empty((len(files), *size, wanted or 3), np.uint8) if size is not None and keeps else None
    results = _in_threads(
        lambda row: _open(files[row], wanted, None if decoded is None else decoded[row]), range(len(files))
    )
    opened, channels, dtype = of_one_kind(results, wanted)
    kept = np.array([row for row, result in enumerate(opened) if isinstance(result, Found)], dtype=np.int64)
    found = [result for result in opened if isinstance(result, Found)]
    unreadable = tuple(
        f"{file.name}: {result}" for file, result in zip(files, opened, strict=True) if isinstance(result, str)
    )
    if dtype != _BYTES or channels not in (1, 3):
        decoded = None  # of 8 bits: the files are read again when they are needed
    if size is not None and decoded is None:
        check_memory(len(kept), size, channels, dtype)
    if decoded is not None:
        decoded = np.ascontiguousarray((decoded[kept] if unreadable else decoded)[..., :channels])
    names = tuple(files[row].name for row in kept)
    pictures = FilePictures(
        tuple(files[row].path for row in kept),
        channels,
        np.array([result.size for result in found], dtype=np.int64).reshape(-1, 2),
        tuple(result.digest for result in found),
        decoded,
        names,
        None if dtype == _BYTES else np.array([result.look for result in found]),
        altered(names, found, dtype),
        dtype,
    )
    return pictures, kept, unreadable


def _open(file: PictureFile, channels: int | None, out: np.ndarray | None) -> Found | str:
    """Decode a file into ``out`` where it is given and the file has 8 bits; the reason where it cannot be read."""
    try:
        content = read_file(file.path)
        picture = open_picture(content)
        if picture.array is None:
            found, dtype, values = channels or picture.channels, _BYTES, WIDENED
            if out is not None:
                # A grey picture among coloured ones is repeated over the channels.
                out[...] = resize(picture_array(picture, found), (out.shape[0], out.shape[1]))
            elif found not in (1, 3):
                picture_array(picture, found)
        else:
            array = picture.array if channels is None else picture_array(picture, channels)
            found, dtype, values = array.shape[2], array.dtype, look(array)
    except UnreadableError as error:
        return str(error)
    height, width = picture.size
    return Found(found, (height, width), hashlib.sha256(content).digest(), dtype, values, picture.cut)


def _in_threads(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """``[make(item) for item in items]``; Pillow gives up the interpreter lock while it decodes and resizes."""
    workers = min(os.cpu_count() or 1, 16)
    # Pillow warns about oddities of single files; whoever has thousands of them wants none of it.
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore")
        return list(pool.map(make, items))
