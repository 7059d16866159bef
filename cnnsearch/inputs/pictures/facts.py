"""What is known of a picture file without reading it again: recognised by its path, its size and its times."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.cache.cache import FILES, Cache
from cnnsearch.cache.told import reason, tell
from cnnsearch.inputs.pictures.opened import FRAMES, LEVELS

__all__ = ["FACTS", "Fact", "FileFacts", "Opened", "fact_of", "opened_of"]

FACTS = np.dtype(
    [
        ("digest", "V32"),
        ("height", "<i4"),
        ("width", "<i4"),
        ("bands", "u1"),
        ("low", "<i4"),
        ("high", "<i4"),
        ("cut", "u1"),
    ]
)
"""Of one picture; ``low`` is -1 where it has 8 bits."""

Fact = tuple[Any, int, int, int, int, int, int]
"""One of these, as NumPy's ``tolist`` gives it."""

_STAMP = np.dtype([("size", "<i8"), ("changed", "<i8"), ("altered", "<i8")])

_CUTS = (FRAMES, LEVELS)

_FORMAT = "1"

_SETTLED = 2 * 10**9
"""Nanoseconds: a file that was written later than so long ago may be written again within the same tick."""


@dataclass(frozen=True)
class Opened:
    """What is known of a file that was decoded.

    Attributes:
        bands: 1 where it is grey, else 3.
        size: height and width, upright.
        digest: sha256 of the file.
        levels: the least and the greatest value where it has 16 bits.
        cut: as of :class:`~cnnsearch.inputs.pictures.opened.OpenedPicture`.
    """

    bands: int
    size: tuple[int, int]
    digest: bytes
    levels: tuple[int, int] | None
    cut: tuple[str, ...]


def fact_of(opened: Opened) -> Fact:
    """The same as one of :data:`FACTS`."""
    low, high = opened.levels or (-1, -1)
    cut = sum(1 << number for number, each in enumerate(_CUTS) if each in opened.cut)
    return (np.void(opened.digest), *opened.size, opened.bands, low, high, cut)


def opened_of(fact: Fact) -> Opened:
    """The inverse of :func:`fact_of`."""
    digest, height, width, bands, low, high, cut = fact
    levels = None if low < 0 else (low, high)
    told = tuple(each for number, each in enumerate(_CUTS) if cut >> number & 1) if cut else ()
    return Opened(bands, (height, width), bytes(digest), levels, told)


class FileFacts:
    """Of the files below one folder, as an earlier run of any process left them.

    Args:
        cache: where these are kept; ``None``: nothing is known.
        paths: of the files.

    Attributes:
        known: what is known of each file, ``None`` where nothing is.
    """

    def __init__(self, cache: Cache | None, paths: Sequence[Path]) -> None:
        self._cache = cache
        self._names = [os.fsencode(path) for path in paths]
        self.known: list[Opened | None] = [None] * len(paths)
        if cache is None or not paths:
            return
        self._file = cache.root / FILES / f"{hashlib.sha256(os.path.commonpath(self._names)).hexdigest()}.npz"
        self._began = time.time_ns()
        self._stamps = _stamps(self._names)
        self._before = _read(self._file, cache)
        names, stamps, facts = self._before
        # As lists: one by one, NumPy's records take seconds for thousands of files.
        before, now = stamps.tolist(), self._stamps.tolist()
        listed = facts.tolist()
        places = {name: place for place, name in enumerate(names)}
        for number, name in enumerate(self._names):
            place = places.get(name)
            if place is not None and before[place] == now[number] and now[number][0] >= 0:
                self.known[number] = opened_of(listed[place])

    def keep(self, found: Sequence[Opened | None]) -> None:
        """Write what is known now of each file."""
        if self._cache is None or not self._names or list(found) == self.known:
            return
        late = self._began - _SETTLED
        settled = (self._stamps["changed"] < late) & (self._stamps["altered"] < late)
        now = [number for number, each in enumerate(found) if each is not None and settled[number]]
        names, stamps, facts = self._before
        seen = set(self._names)
        rest = [place for place, name in enumerate(names) if name not in seen]
        kept = [names[place] for place in rest] + [self._names[number] for number in now]
        new = [fact_of(each) for each in (found[number] for number in now) if each is not None]
        whole = np.concatenate([facts[rest], np.array(new, FACTS).reshape(-1)])
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            _write(self._file, kept, np.concatenate([stamps[rest], self._stamps[now]]), whole)
        except OSError as error:
            tell(self._cache.root, f"cannot be written ({reason(error)}), so nothing new is kept")


def _stamps(names: Sequence[bytes]) -> np.ndarray:
    """Size and times of each file; a size of -1 where it is not there."""
    found = np.full(len(names), -1, _STAMP)
    for number, name in enumerate(names):
        with contextlib.suppress(OSError, ValueError):
            stat = os.stat(name)
            found[number] = stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
    return found


def _read(file: Path, cache: Cache) -> tuple[list[bytes], np.ndarray, np.ndarray]:
    nothing: tuple[list[bytes], np.ndarray, np.ndarray] = [], np.zeros(0, _STAMP), np.zeros(0, FACTS)
    try:
        content = file.read_bytes()
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ValueError("torn")
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            if str(arrays["format"]) != _FORMAT:
                return nothing
            names = arrays["names"].tobytes().split(b"\0")[:-1]
            stamps, facts = arrays["stamps"], arrays["facts"]
        if not len(names) == len(stamps) == len(facts) or facts.dtype != FACTS or stamps.dtype != _STAMP:
            raise ValueError("torn")
    except OSError:
        return nothing
    except Exception:  # noqa: BLE001 - of damaged bytes NumPy's reader raises whatever it stumbles over
        tell(cache.root, "what was known of the files cannot be read, and is found out again")
        return nothing
    return names, stamps, facts


def _write(file: Path, names: Sequence[bytes], stamps: np.ndarray, facts: np.ndarray) -> None:
    stream = io.BytesIO()
    joined = np.frombuffer(b"".join(name + b"\0" for name in names), np.uint8)
    np.savez(stream, format=np.array(_FORMAT), names=joined, stamps=stamps, facts=facts)
    body = stream.getvalue()
    draft = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        draft.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
