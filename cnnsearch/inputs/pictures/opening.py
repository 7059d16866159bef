"""Picture files, each read, checked and decoded once; or not at all where the cache knows it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnsearch.cache.cache import Cache, current_cache
from cnnsearch.cache.rows import Rows
from cnnsearch.inputs.pictures.decoding import decoder_of, open_at, resized_array
from cnnsearch.inputs.pictures.facts import FileFacts, Opened
from cnnsearch.inputs.pictures.memory import check_memory, has_memory
from cnnsearch.inputs.pictures.opened import FRAMES, LEVELS, OpenedPicture, UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.pictures import FilePictures, PictureFile, Size
from cnnsearch.inputs.pictures.reduced import Decoding
from cnnsearch.inputs.pictures.stored import Form, Stored, Storing, tell_failed
from cnnsearch.inputs.pictures.threads import in_threads

__all__ = ["open_files"]

Found = list[Opened | str]
"""Of each file what is known of it, or the reason why it cannot be read."""

Put = Callable[[int, np.ndarray], None]
"""Takes the pixels of a file by its number."""


class _ColouredError(Exception):
    """Not all pictures are grey, as the first one is."""


@dataclass(frozen=True)
class _Job:
    """What is opened, and how.

    Attributes:
        files: the files.
        wanted: channels; ``None``: as the files have.
        size: in which the pixels are kept; ``None``: they are not.
        decoding: as of :func:`open_files`.
        facts: what is known of the files.
    """

    files: Sequence[PictureFile]
    wanted: int | None
    size: Size | None
    decoding: Decoding
    facts: FileFacts


def open_files(
    files: Sequence[PictureFile],
    color: Literal["auto", "rgb", "grey"],
    size: Size | None,
    decoding: Decoding = "full",
) -> tuple[FilePictures, np.ndarray, tuple[str, ...]]:
    """Decode every file once, in threads; those that the cache knows are not even read.

    Args:
        files: picture files.
        color: ``grey``, ``rgb``, or ``auto``: grey only where every picture is.
        size: keep the pixels in this size; ``None`` keeps none.
        decoding: how a JPEG is decoded where it becomes smaller.

    Returns:
        The readable pictures, the indices of their files, and the others as ``name: reason``.

    Raises:
        InputError: they do not fit into memory in this size, and the cache takes none.
    """
    cache = current_cache()
    wanted = {"grey": 1, "rgb": 3, "auto": None}[color]
    job = _Job(files, wanted, size, decoding, FileFacts(cache, [file.path for file in files]))
    found, decoded = _opened(job, cache)
    job.facts.keep([each if isinstance(each, Opened) else None for each in found])
    kept = np.array([row for row, each in enumerate(found) if isinstance(each, Opened)], dtype=np.int64)
    opened = [each for each in found if isinstance(each, Opened)]
    unreadable = tuple(f"{file.name}: {each}" for file, each in zip(files, found, strict=True) if isinstance(each, str))
    channels = _channels(wanted, opened)
    levels = _levels(opened)
    if levels is not None:
        decoded = None  # of 8 bits: the files are read again when they are needed, into an array of 16
    if isinstance(decoded, np.ndarray) and unreadable:
        decoded = decoded[kept]
    names = tuple(files[row].name for row in kept)
    pictures = FilePictures(
        tuple(files[row].path for row in kept),
        channels,
        np.array([each.size for each in opened], dtype=np.int64).reshape(-1, 2),
        tuple(each.digest for each in opened),
        decoded,
        names,
        levels,
        _altered(names, opened),
        decoding,
        cache,
    )
    if size is not None and decoded is None and (cache is None or levels is None):
        check_memory(len(kept), size, channels, pictures.dtype)
    return pictures, kept, unreadable


def _opened(job: _Job, cache: Cache | None) -> tuple[Found, np.ndarray | Rows | None]:
    """All files, and their pixels: in the cache, else in memory, where there is room."""
    for channels in dict.fromkeys((_likely(job), 3)):
        try:
            if cache is not None and job.size is not None:
                try:
                    return _into_cache(job, cache, job.size, channels)
                except OSError as error:
                    tell_failed(cache, error)
            return _into_memory(job, channels)
        except _ColouredError:
            continue
    raise AssertionError


def _into_cache(job: _Job, cache: Cache, size: Size, channels: int) -> tuple[Found, Rows | None]:
    """Raises:
    OSError: there is no room.
    """
    form = Form(size, channels, np.dtype(np.uint8).str, decoder_of(job.decoding))
    stored, storing = Stored(cache, form), Storing(cache, form, len(job.files))
    try:
        found = _all(job, channels, storing.write, stored)
        opened = [each if isinstance(each, Opened) else None for each in found]
        is_wide = any(each is not None and each.levels is not None for each in opened)
        return found, None if is_wide else storing.keep(opened, stored)
    finally:
        storing.drop()


def _into_memory(job: _Job, channels: int) -> tuple[Found, np.ndarray | None]:
    size, count = job.size, len(job.files)
    if size is None or not has_memory(count, size, channels, np.dtype(np.uint8)):
        return _all(job, channels, None, None), None
    decoded = np.empty((count, *size, channels), np.uint8)

    def put(row: int, pixels: np.ndarray) -> None:
        decoded[row] = pixels

    return _all(job, channels, put, None), decoded


def _all(job: _Job, channels: int, put: Put | None, stored: Stored | None) -> Found:
    """What is known of all files; those of which something is missing are opened."""
    found: list[Opened | str | None] = [
        known if known is not None and (put is None or (stored is not None and known.digest in stored)) else None
        for known in job.facts.known
    ]
    for each in found:
        _check_grey(job, each, channels)
    missing = [row for row, each in enumerate(found) if each is None]
    for row, each in zip(missing, in_threads(lambda row: _one(job, row, channels, put, stored), missing), strict=True):
        found[row] = each
    return [each for each in found if each is not None]


def _one(job: _Job, row: int, channels: int, put: Put | None, stored: Stored | None) -> Opened | str:
    """Read a file, and decode it unless its content is known."""
    try:
        content = read_file(job.files[row].path)
        digest = hashlib.sha256(content).digest()
        there = None if stored is None else stored.opened(digest)
        if there is not None:
            _check_grey(job, there, channels)
            return there
        picture, size = open_at(content, None if put is None else job.size, job.decoding)
    except UnreadableError as error:
        return str(error)
    opened = _described(picture, size, digest)
    _check_grey(job, opened, channels)
    if put is not None and opened.levels is None:
        put(row, resized_array(picture.image, channels, job.size))
    return opened


def _described(picture: OpenedPicture, size: Size, digest: bytes) -> Opened:
    image, levels = picture.image, None
    if image.mode == "I;16":
        pixels = np.asarray(image)
        levels = int(pixels.min()), int(pixels.max())
    return Opened(len(image.getbands()), size, digest, levels, picture.cut)


def _check_grey(job: _Job, opened: Opened | str | None, channels: int) -> None:
    if job.wanted is None and isinstance(opened, Opened) and opened.bands > channels:
        raise _ColouredError


def _likely(job: _Job) -> int:
    """Channels: those that are wanted, else those of the first picture that can be read."""
    if job.wanted is not None:
        return job.wanted
    known = [each.bands for each in job.facts.known if each is not None]
    if known:
        return max(known)
    for file in job.files:
        try:
            return len(open_picture(read_file(file.path)).image.getbands())
        except UnreadableError:
            continue
    return 1


def _channels(wanted: int | None, opened: Sequence[Opened]) -> int:
    return wanted or max((each.bands for each in opened), default=1)


def _levels(opened: Sequence[Opened]) -> np.ndarray | None:
    """The least and the greatest value of each picture, once they have 16 bits; ``None`` where none has."""
    if all(each.levels is None for each in opened):
        return None
    return np.array([each.levels or (0, 65535) for each in opened], dtype=np.uint16)


def _altered(names: Sequence[str], opened: Sequence[Opened]) -> tuple[str, ...]:
    """How many files are not used as they are, with the name of the first one."""
    pairs = list(zip(names, opened, strict=True))
    told = {f"are read without {cut}": [name for name, each in pairs if cut in each.cut] for cut in (FRAMES, LEVELS)}
    narrow = [name for name, each in pairs if each.levels is None]
    if len(narrow) < len(names):
        told["have 8 bits and are widened to the 16 of the others, values times 257"] = narrow
    return tuple(
        f"{len(found)} of {len(names)} pictures {what} (the first one: {found[0]})"
        for what, found in told.items()
        if found
    )
