"""Decoded pictures in the cache: rows of entries that each hold pictures of one size, found by their content."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft, Entry, RowsFile, open_entry
from cnnsearch.cache.rows import Mapped
from cnnsearch.cache.told import tell_unwritable
from cnnsearch.inputs.pictures.facts import FACTS, Fact, fact_of
from cnnsearch.inputs.pictures.one_kind import Found
from cnnsearch.inputs.pictures.traits import TRAITS, TraitsOfRows

__all__ = ["Form", "NoRoomError", "Stored", "Storing", "Written", "tell_failed"]

_KIND = "pixels"
_X, _FACTS, _TRAITS = "pixels", "facts", "traits"
_ARRAYS = (_X, _FACTS, _TRAITS)
_CHANNELS = 3
"""Where the channels stand in a fact; 0 where nothing is known but the content."""


@dataclass(frozen=True)
class Form:
    """What pictures become.

    Attributes:
        size: ``(height, width)``.
        channels: of each.
        dtype: of the array.
        decoder: what decodes and resizes them, with its version.
    """

    size: tuple[int, int]
    channels: int
    dtype: str
    decoder: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one picture."""
        return (*self.size, self.channels)

    @property
    def key(self) -> str:
        """Equal for equal ones."""
        return _hash(json.dumps([self.size, self.channels, self.dtype, self.decoder]).encode())

    def bytes(self, count: int) -> int:
        """Of so many pictures."""
        return count * int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class _Place:
    entry: Entry
    row: int


@dataclass(frozen=True)
class Written:
    """Pictures that one entry holds.

    Attributes:
        pixels: of all pictures of the entry.
        traits: of these, bytes of :data:`~cnnsearch.inputs.pictures.traits.TRAITS`.
        rows: ``(n,)`` where the pictures are in both.
    """

    pixels: Mapped
    traits: Mapped
    rows: np.ndarray


class Stored:
    """Pictures of one form that the cache holds.

    Args:
        cache: where.
        form: theirs.
    """

    def __init__(self, cache: Cache, form: Form) -> None:
        self._places: dict[bytes, list[_Place]] = {}
        self._facts: dict[int, list[Fact]] = {}
        for kept in cache.entries(_KIND):
            if not kept.folder.name.startswith(form.key):
                continue
            entry = open_entry(cache, kept.folder)
            if entry is None or not all(name in entry.arrays and entry.arrays[name].is_here for name in _ARRAYS):
                continue
            facts: list[Fact] = entry.arrays[_FACTS].array.view(FACTS)[:, 0].tolist()
            self._facts[id(entry)] = facts
            for row, fact in enumerate(facts):
                self._places.setdefault(bytes(fact[0]), []).append(_Place(entry, row))

    def __contains__(self, digest: object) -> bool:
        return digest in self._places

    def facts(self, wanted: int | None) -> dict[bytes, Fact]:
        """What an earlier run found of the pictures whose pixels are here, and that were read as so many channels."""
        return {
            digest: fact
            for digest, places in self._places.items()
            for fact in (self._facts[id(place.entry)][place.row] for place in places if _is_read_as(place, wanted))
            if fact[_CHANNELS]
        }

    def pixels(self, digest: bytes) -> np.ndarray | None:
        """``(height, width, channels)``, if they are here."""
        places = self._places.get(digest)
        return places[0].entry.arrays[_X].array[places[0].row] if places else None

    def written(self, digests: Sequence[bytes]) -> Written | None:
        """All these pictures, where one entry holds them."""
        if not digests:
            return None
        for place in self._places.get(digests[0], ()):
            found = [self._within(place.entry, digest) for digest in digests]
            if all(row >= 0 for row in found):
                return _written(place.entry, found)
        return None

    def _within(self, entry: Entry, digest: bytes) -> int:
        return next((place.row for place in self._places.get(digest, ()) if place.entry is entry), -1)


class Storing:
    """A new entry, begun with the first picture that no other one holds.

    Args:
        cache: where it will be.
        form: of the pictures.
        count: of them at most.
    """

    def __init__(self, cache: Cache, form: Form, count: int) -> None:
        self._cache = cache
        self._form = form
        self._count = count
        self._draft: Draft | None = None
        self._lock = threading.Lock()
        self._written = np.zeros(count, bool)
        self._traits = TraitsOfRows(count)

    def write(self, row: int, picture: np.ndarray) -> None:
        """Keep a picture; by any thread.

        Raises:
            OSError: there is no room for it.
        """
        self._begun().write(_X, row, picture[np.newaxis])
        if picture.dtype == np.uint8:
            self._traits.look(row, picture)
        self._written[row] = True

    @property
    def is_begun(self) -> bool:
        """Whether a picture was written."""
        return self._draft is not None

    @property
    def file(self) -> RowsFile:
        """Where other processes may write pictures, which is then told by :meth:`wrote`; it is begun.

        Raises:
            OSError: there is no room.
        """
        return self._begun().file(_X)

    def wrote(self, rows: np.ndarray, sums: np.ndarray, traits: np.ndarray) -> None:
        """Another process has written the pictures of these rows.

        Args:
            rows: ``(n,)`` numbers.
            sums: ``(n,)``, as :meth:`~cnnsearch.cache.entries.RowsFile.write` gives them.
            traits: ``(n,)`` :data:`~cnnsearch.inputs.pictures.traits.TRAITS`; zeros where pictures have not 8 bits.
        """
        self._begun().wrote(_X, rows, sums)
        self._traits.keep(rows, traits)
        self._written[rows] = True

    def keep(self, found: Sequence[Found | bytes | None], stored: Stored, wanted: int | None = None) -> Written | None:
        """All pictures of which something is known, those that other entries hold copied from there.

        Args:
            found: what is known of each, or its digest alone.
            stored: what other entries hold.
            wanted: as of :meth:`Stored.facts`.

        Raises:
            OSError: there is no room for them.
        """
        there = {row: each for row, each in enumerate(found) if each is not None}
        digests = [each if isinstance(each, bytes) else each.digest for each in there.values()]
        if self._draft is None:
            written = stored.written(digests)
            if written is not None or not there:
                return written
        for row, digest in zip(there, digests, strict=True):
            if not self._written[row]:
                pixels = stored.pixels(digest)
                if pixels is None:
                    raise OSError(0, "lost what it held")
                self.write(row, pixels)
        draft = self._begun()
        facts = np.zeros(self._count, FACTS)
        facts["digest"][list(there)] = np.array([np.void(digest) for digest in digests])
        known = {row: each for row, each in there.items() if not isinstance(each, bytes)}
        if known:
            facts[list(known)] = np.array([fact_of(each) for each in known.values()], FACTS)
        draft.write(_FACTS, 0, facts[:, np.newaxis].view(np.uint8))
        draft.write(_TRAITS, 0, self._traits.found[:, np.newaxis].view(np.uint8))
        self._draft = None
        about = {"name": self._name(len(there)), "wanted": wanted}
        entry = draft.keep(f"{self._form.key}-{_hash(b''.join(digests))}", about)
        if entry is None or not entry.arrays[_X].is_here:
            raise OSError(0, "lost what it held")
        return _written(entry, list(there))

    def drop(self) -> None:
        """Nothing comes of it."""
        if self._draft is not None:
            self._draft.drop()
            self._draft = None

    def _begun(self) -> Draft:
        with self._lock:
            if self._draft is None:
                arrays: dict[str, tuple[tuple[int, ...], Any]] = {
                    _X: ((self._count, *self._form.shape), self._form.dtype),
                    _FACTS: ((self._count, FACTS.itemsize), np.uint8),
                    _TRAITS: ((self._count, TRAITS.itemsize), np.uint8),
                }
                self._draft = Draft.begun(self._cache, _KIND, arrays)
            if self._draft is None:
                raise NoRoomError
            return self._draft

    def _name(self, count: int) -> str:
        height, width = self._form.size
        return f"{count:,} pictures of {height}x{width}, {self._form.channels} channels"


def _is_read_as(place: _Place, wanted: int | None) -> bool:
    return place.entry.about.get("wanted") == wanted


def _written(entry: Entry, rows: Sequence[int]) -> Written:
    return Written(entry.arrays[_X], entry.arrays[_TRAITS], np.array(rows, np.int64))


class NoRoomError(OSError):
    """The cache takes nothing, which has been told."""


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def tell_failed(cache: Cache, error: OSError) -> None:
    """Pictures could not be kept."""
    if not isinstance(error, NoRoomError):
        tell_unwritable(cache.root, error)
