"""What is known of a picture file without reading it again: recognised by its path, its size and its times."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.cache.cache import FILES, Cache
from cnnsearch.cache.told import reason, tell
from cnnsearch.inputs.pictures.one_kind import Found
from cnnsearch.inputs.pictures.opened import FRAMES, LEVELS

__all__ = ["FACTS", "Fact", "FileFacts", "fact_of", "found_of"]

FACTS = np.dtype(
    [
        ("digest", "V32"),
        ("height", "<i4"),
        ("width", "<i4"),
        ("channels", "<i4"),
        ("dtype", "S8"),
        ("look", "<f8", 4),
        ("cut", "u1"),
    ]
)
"""Of one picture, as :class:`~cnnsearch.inputs.pictures.one_kind.Found` has it."""

Fact = tuple[Any, int, int, int, bytes, list[float], int]
"""One of these, as NumPy's ``tolist`` gives it."""

_STAMP = np.dtype([("size", "<i8"), ("changed", "<i8"), ("altered", "<i8")])

_CUTS = (FRAMES, LEVELS)

_FORMAT = "1"

_SETTLED = 2 * 10**9
"""Nanoseconds: a file that was written later than so long ago may be written again within the same tick."""


def fact_of(found: Found) -> tuple[Any, ...]:
    """The same as one of :data:`FACTS`."""
    cut = sum(1 << number for number, each in enumerate(_CUTS) if each in found.cut)
    return np.void(found.digest), *found.size, found.channels, str(found.dtype).encode(), found.look, cut


def found_of(fact: Fact) -> Found:
    """The inverse of :func:`fact_of`."""
    digest, height, width, channels, dtype, look, cut = fact
    told = tuple(each for number, each in enumerate(_CUTS) if cut >> number & 1) if cut else ()
    low, high, is_whole, is_signed = (float(each) for each in look)
    return Found(channels, (height, width), bytes(digest), _dtype(dtype), (low, high, is_whole, is_signed), told)


@functools.cache
def _dtype(name: bytes) -> np.dtype[Any]:
    return np.dtype(name.decode())


class FileFacts:
    """Of the files below one folder, as an earlier run of any process left them.

    Args:
        cache: where these are kept; ``None``: nothing is known.
        paths: of the files.
        wanted: channels that they are read as, on which it depends what is found; ``None``: their own.

    Attributes:
        known: what is known of each file, ``None`` where nothing is.
    """

    def __init__(self, cache: Cache | None, paths: Sequence[os.PathLike[str]], wanted: int | None) -> None:
        self._cache = cache
        self._names = [os.fsencode(path) for path in paths]
        self.known: list[Found | None] = [None] * len(paths)
        if cache is None or not paths:
            return
        self._file = cache.root / FILES / f"{_folder(self._names)}-{wanted or 'own'}.npz"
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
                self.known[number] = found_of(listed[place])

    def keep(self, found: Sequence[Found | None]) -> None:
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


def _folder(names: Sequence[bytes]) -> str:
    return hashlib.sha256(os.path.commonpath([os.path.dirname(os.path.abspath(name)) for name in names])).hexdigest()


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
