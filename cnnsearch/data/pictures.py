"""Pictures before preprocessing: in memory or in files, read at any size."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np

from cnnsearch.data.decoding import UnreadableError, decode, open_picture, picture_array, reason, resize
from cnnsearch.data.memory import check_memory, has_memory
from cnnsearch.errors import InputError, Problem

__all__ = ["ArrayPictures", "FilePictures", "PictureFile", "Pictures", "Size", "decode", "open_files"]

Size = tuple[int, int]
"""``(height, width)`` in pixels."""

Item = TypeVar("Item")
Made = TypeVar("Made")


class Pictures(Protocol):
    """Pictures that can be read by their index.

    Attributes:
        shape: ``(height, width)`` that all of them have; ``None`` where they differ.
        channels: of every picture.
        dtype: of what is read.
        fingerprint: sha256 of their contents, in order.
    """

    @property
    def shape(self) -> Size | None: ...

    @property
    def channels(self) -> int: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def fingerprint(self) -> str: ...

    def __len__(self) -> int: ...

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


@dataclass(frozen=True, eq=False)
class ArrayPictures:
    """Pictures in memory.

    Args:
        x: ``(n, height, width, channels)``, of any real dtype.
    """

    x: np.ndarray

    @property
    def shape(self) -> Size:
        return int(self.x.shape[1]), int(self.x.shape[2])

    @property
    def channels(self) -> int:
        return int(self.x.shape[3])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.x.dtype

    @functools.cached_property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(f"{self.x.shape} {self.x.dtype.str}".encode())
        for picture in self.x:
            digest.update(np.ascontiguousarray(picture).data)
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self.x)

    def take(self, indices: np.ndarray) -> ArrayPictures:
        return ArrayPictures(self.x[indices])

    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        check_memory(len(indices), size or self.shape, self.channels, self.dtype)
        if size is None or size == self.shape:
            return np.take(self.x, indices, axis=0)
        out = np.empty((len(indices), *size, self.channels), self.dtype)
        for row, index in enumerate(indices):
            out[row] = resize(self.x[index], size)
        return out


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
        decoded: ``(n, height, width, channels)`` uint8 where the pictures were kept in one size.
    """

    paths: tuple[Path, ...]
    channels: int
    sizes: np.ndarray
    digests: tuple[bytes, ...]
    decoded: np.ndarray | None = None

    @functools.cached_property
    def shape(self) -> Size | None:
        if not len(self.sizes) or (self.sizes != self.sizes[0]).any():
            return None
        return int(self.sizes[0, 0]), int(self.sizes[0, 1])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8)

    @functools.cached_property
    def fingerprint(self) -> str:
        return hashlib.sha256(b"".join((str(self.channels).encode(), *self.digests))).hexdigest()

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, indices: np.ndarray) -> FilePictures:
        return FilePictures(
            tuple(self.paths[index] for index in indices),
            self.channels,
            self.sizes[indices],
            tuple(self.digests[index] for index in indices),
            None if self.decoded is None else self.decoded[indices],
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
        out = np.empty((len(indices), *target, self.channels), np.uint8)

        def fill(row: int) -> None:
            out[row] = decode(self.paths[indices[row]], self.channels, target)

        _in_threads(fill, range(len(indices)))
        return out


@dataclass(frozen=True)
class _Opened:
    """What is known of a file that was decoded; 1 channel where it is grey."""

    channels: int
    size: Size
    digest: bytes


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
    if size is not None and not keeps:
        check_memory(len(kept), size, channels, np.dtype(np.uint8))
    if decoded is not None:
        decoded = np.ascontiguousarray((decoded[kept] if unreadable else decoded)[..., :channels])
    pictures = FilePictures(
        tuple(files[row].path for row in kept),
        channels,
        np.array([result.size for result in opened], dtype=np.int64).reshape(-1, 2),
        tuple(result.digest for result in opened),
        decoded,
    )
    return pictures, kept, unreadable


def _open(file: PictureFile, channels: int | None, out: np.ndarray | None) -> _Opened | str:
    """Decode a file into ``out`` where it is given; the reason where it cannot be read."""
    try:
        content = file.path.read_bytes()
        image = open_picture(io.BytesIO(content))
    except UnreadableError as error:
        return str(error)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        return reason(error)
    found = channels or len(image.getbands())
    if out is not None:
        # A grey picture among coloured ones is repeated over the channels.
        out[...] = resize(picture_array(image, found), (out.shape[0], out.shape[1]))
    return _Opened(found, (image.height, image.width), hashlib.sha256(content).digest())


def _in_threads(make: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
    """``[make(item) for item in items]``; Pillow gives up the interpreter lock while it decodes and resizes."""
    workers = min(os.cpu_count() or 1, 16)
    # Pillow warns about oddities of single files; whoever has thousands of them wants none of it.
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore")
        return list(pool.map(make, items))
