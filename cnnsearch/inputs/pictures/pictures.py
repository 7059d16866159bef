"""Pictures before preprocessing: in memory or in files, read at any size."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.rows import Rows
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.decoding import decode, decoder_of, fitted
from cnnsearch.inputs.pictures.excerpts import whole_pictures
from cnnsearch.inputs.pictures.filling import filled
from cnnsearch.inputs.pictures.jpeg import Decoding
from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.inputs.pictures.memory import check_memory
from cnnsearch.inputs.pictures.reading import BYTES, Known
from cnnsearch.inputs.pictures.stored import Form, Stored, Storing, Written, tell_failed
from cnnsearch.inputs.pictures.threads import in_threads
from cnnsearch.inputs.pictures.traits import SMALL, TRAITS
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange

__all__ = ["BYTES", "ArrayPictures", "FilePictures", "PictureFile", "Pictures", "Size", "decode"]

Size = tuple[int, int]
"""``(height, width)`` in pixels."""

_CHUNK = 32
"""Pictures in memory whose values are looked at at once."""


class Pictures(Protocol):
    """Pictures that can be read by their index.

    Attributes:
        shape: ``(height, width)`` that all of them have; ``None`` where they differ.
        channels: of every picture.
        dtype: of what is read.
        fingerprint: sha256 of their contents, in order.
        digests: sha256 of each: equal where two are the same picture, bit for bit.
        altered: what of their files is not used as it is, a sentence each.
        decoder: what decodes and resizes them, with its version: with equal ones, equal contents are equal pixels.
        at_hand: the size in which :meth:`read` decodes nothing; ``None`` where there is none.
        sizes: ``(n, 2)``, height and width of each before anything was resized.
        resizing: whether the ratio of their sides is kept where they are brought to a size.
    """

    @property
    def shape(self) -> Size | None: ...

    @property
    def at_hand(self) -> Size | None: ...

    @property
    def sizes(self) -> np.ndarray: ...

    @property
    def resizing(self) -> Resizing: ...

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

    @property
    def decoder(self) -> str: ...

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """What the user knows a picture by: its file, or its number in an array."""
        ...

    def take(self, indices: np.ndarray) -> Pictures:
        """Only those pictures, in that order."""
        ...

    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        """``(n, height, width, channels)``, brought to ``size``; ``None`` keeps the size of the pictures.

        Raises:
            InputError: ``size`` is ``None`` and the pictures differ in size, they do not fit into memory, or a file
                cannot be read any more.
        """
        ...

    def at_rest(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray | Rows:
        """The same where it may lie on disk: whatever is gathered of it is read then.

        Raises:
            InputError: as of :meth:`read`; on disk there is room for more than in memory.
        """
        ...

    def values(self, indices: np.ndarray) -> ValueRange:
        """The values of those pictures, of which there is at least one."""
        ...

    def kept_traits(self) -> np.ndarray | None:
        """``(n,)`` :data:`~cnnsearch.inputs.pictures.traits.TRAITS` that the cache holds; ``None``: it holds none."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayPictures:
    """Pictures in memory.

    Args:
        x: ``(n, height, width, channels)``, of any real dtype.
        arrays: name and number of pictures of each array that they come from, one after the other.
        rows: ``(n,)`` number of each picture in these arrays together; left out, they are all there.
        resizing: as of all :class:`Pictures`.
    """

    x: np.ndarray
    arrays: tuple[tuple[str, int], ...] = ()
    rows: np.ndarray | None = None
    resizing: Resizing = "stretch"

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

    @property
    def decoder(self) -> str:
        return decoder_of("full", self.resizing)

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
        rows = indices if self.rows is None else self.rows[indices]
        return ArrayPictures(self.x[indices], self.arrays, rows, self.resizing)

    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        check_memory(len(indices), size or self.shape, self.channels, self.dtype)
        if size is None or size == self.shape:
            return np.take(self.x, indices, axis=0)
        out = np.empty((len(indices), *size, self.channels), self.dtype)
        for row, index in enumerate(indices):
            out[row] = fitted(self.x[index], size, self.resizing)
        return out

    def at_rest(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        return self.read(indices, size)

    def values(self, indices: np.ndarray) -> ValueRange:
        starts = range(0, len(indices), _CHUNK)
        return ValueRange.of(self.dtype, (self.x[indices[start : start + _CHUNK]] for start in starts))

    def kept_traits(self) -> None:
        return None


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
        decoding: how a JPEG is decoded where it becomes smaller.
        cache: where decoded pictures are kept; ``None``: in memory.
        traits: of each picture, where they were kept with the pixels.
        resizing: as of all :class:`Pictures`.
    """

    paths: tuple[os.PathLike[str], ...]
    channels: int
    sizes: np.ndarray
    digests: tuple[bytes, ...]
    decoded: np.ndarray | Rows | None
    names: tuple[str, ...]
    looks: np.ndarray | None = None
    altered: tuple[str, ...] = ()
    dtype: np.dtype[Any] = BYTES
    decoding: Decoding = "full"
    cache: Cache | None = None
    traits: Rows | None = None
    resizing: Resizing = "stretch"

    @functools.cached_property
    def shape(self) -> Size | None:
        if not len(self.sizes) or (self.sizes != self.sizes[0]).any():
            return None
        return int(self.sizes[0, 0]), int(self.sizes[0, 1])

    @property
    def decoder(self) -> str:
        return decoder_of(self.decoding, self.resizing)

    @property
    def at_hand(self) -> Size | None:
        return None if self.decoded is None else (self.decoded.shape[1], self.decoded.shape[2])

    @functools.cached_property
    def fingerprint(self) -> str:
        # Studies of an older version saw 8 of 16 bits, which were other pictures.
        read_as = f"{self.channels}{'' if self.dtype == BYTES else self.dtype}"
        return hashlib.sha256(b"".join((read_as.encode(), *self.digests))).hexdigest()

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        return self.names[index]

    def take(self, indices: np.ndarray) -> FilePictures:
        decoded = self.decoded.take(indices) if isinstance(self.decoded, Rows) else self.decoded
        return replace(
            self,
            paths=tuple(self.paths[index] for index in indices),
            sizes=self.sizes[indices],
            digests=tuple(self.digests[index] for index in indices),
            decoded=decoded[indices] if isinstance(decoded, np.ndarray) else decoded,
            names=tuple(self.names[index] for index in indices),
            looks=None if self.looks is None else self.looks[indices],
            traits=None if self.traits is None else self.traits.take(indices),
        )

    @whole_pictures()
    def read(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray:
        target = self._target(size)
        check_memory(len(indices), target, self.channels, self.dtype)
        decoded = self._decoded(target)
        if decoded is not None:
            return decoded[indices] if isinstance(decoded, Rows) else np.take(decoded, indices, axis=0)
        out = np.empty((len(indices), *target, self.channels), self.dtype)

        def fill(row: int) -> None:
            out[row] = self._decode(indices[row], target)

        in_threads(fill, range(len(indices)))
        return out

    def at_rest(self, indices: np.ndarray, size: Size | None = None) -> np.ndarray | Rows:
        if self.cache is None:
            return self.read(indices, size)
        target = self._target(size)
        decoded = self._decoded(target)
        if isinstance(decoded, Rows):
            return decoded.take(indices)
        stored = self._stored(self.cache, target)
        return self.read(indices, size) if stored is None else Rows(stored.pixels, stored.rows[indices])

    def kept_traits(self) -> np.ndarray | None:
        if self.resizing == "letterbox":
            return None  # of pixels with what is left over around them
        traits = self.traits
        if traits is None and self.cache is not None and self.decoded is None and self.dtype == BYTES:
            # Whatever reads them in this size finds the pixels too.
            stored = self._stored(self.cache, self.shape or SMALL)
            traits = None if stored is None else Rows(stored.traits, stored.rows)
        return traits[:].view(TRAITS)[:, 0] if traits is not None and traits.is_here else None

    def values(self, indices: np.ndarray) -> ValueRange:
        return FILE_VALUES if self.looks is None else ValueRange.of_looks(self.dtype, self.looks[indices])

    def _target(self, size: Size | None) -> Size:
        target = size or self.shape
        if target is None:
            low, high = self.sizes.min(axis=0), self.sizes.max(axis=0)
            rule = (
                f"the pictures differ in size, from {low[0]} to {high[0]} pixels high and from {low[1]} to {high[1]} "
                "wide; name the size to which they are resized, as image_size: 64"
            )
            raise InputError(Problem("dataset.image_size", rule))
        return target

    def _decoded(self, target: Size) -> np.ndarray | Rows | None:
        """What was kept, where it has that size and is still there."""
        decoded = self.decoded
        if decoded is None or decoded.shape[1:3] != target:
            return None
        return None if isinstance(decoded, Rows) and not decoded.is_here else decoded

    def _decode(self, index: int, target: Size) -> np.ndarray:
        return decode(self.paths[index], self.channels, target, self.dtype, self.decoding, self.resizing)

    def _stored(self, cache: Cache, target: Size) -> Written | None:
        """All pictures of that size in the cache, decoded where they are not there; ``None`` where it takes none."""
        form = Form(target, self.channels, self.dtype.str, self.decoder)
        stored, storing = Stored(cache, form), Storing(cache, form, len(self))
        read = Known(self.channels, target, self.dtype, self.decoding, self.resizing)
        missing = {row: self.paths[row] for row, digest in enumerate(self.digests) if digest not in stored}
        try:
            filled(storing, read, missing, lambda nothing: nothing)
            return storing.keep(list(self.digests), stored)
        except OSError as error:
            tell_failed(cache, error)
            return None
        finally:
            storing.drop()
