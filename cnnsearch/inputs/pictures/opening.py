"""Picture files, each read, checked and decoded once; or not at all where the cache knows it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnsearch.cache.cache import Cache, current_cache
from cnnsearch.cache.rows import Rows
from cnnsearch.inputs.pictures.decoding import decoder_of
from cnnsearch.inputs.pictures.excerpts import whole_pictures
from cnnsearch.inputs.pictures.facts import Fact, FileFacts, found_of
from cnnsearch.inputs.pictures.filling import filled
from cnnsearch.inputs.pictures.jpeg import Decoding
from cnnsearch.inputs.pictures.letterbox import Resizing
from cnnsearch.inputs.pictures.memory import check_memory, has_memory
from cnnsearch.inputs.pictures.one_kind import Found, altered, of_one_kind
from cnnsearch.inputs.pictures.opened import UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.pictures import FilePictures, PictureFile, Size
from cnnsearch.inputs.pictures.reading import BYTES, COLOURS, Checked, has_pixels
from cnnsearch.inputs.pictures.stored import Form, Stored, Storing, tell_failed
from cnnsearch.inputs.pictures.threads import in_threads

__all__ = ["Color", "open_files"]

Color = Literal["auto", "rgb", "grey"] | int

Results = list[Found | str]
"""Of each file what is known of it, or the reason why it cannot be read."""


class _ColouredError(Exception):
    """Not all pictures are grey, as the first one is."""


@dataclass(frozen=True)
class _Job:
    """What is opened, and how.

    Attributes:
        files: the files.
        wanted: channels; ``None``: as the files have.
        size: in which the pixels are kept; ``None``: they are not.
        decoding, resizing: as of :func:`open_files`.
        facts: what is known of the files.
    """

    files: Sequence[PictureFile]
    wanted: int | None
    size: Size | None
    decoding: Decoding
    resizing: Resizing
    facts: FileFacts


def open_files(
    files: Sequence[PictureFile],
    color: Color,
    size: Size | None,
    decoding: Decoding = "full",
    resizing: Resizing = "stretch",
) -> tuple[FilePictures, np.ndarray, tuple[str, ...]]:
    """Decode every file once, several at a time; those that the cache knows are not even read.

    Args:
        files: picture files.
        color: ``grey``, ``rgb``, ``auto``: grey only where every picture is, and as many channels as the files have
            where these are others; or a number of channels.
        size: keep the pixels in this size; ``None`` keeps none.
        decoding: how a JPEG is decoded where it becomes smaller.
        resizing: whether the ratio of their sides is kept where they are brought to a size.

    Returns:
        The readable pictures, the indices of their files, and the others as ``name: reason``.

    Raises:
        InputError: they do not fit into memory in this size, and the cache takes none.
    """
    cache = current_cache()
    wanted = color if isinstance(color, int) else {"grey": 1, "rgb": 3, "auto": None}[color]
    facts = FileFacts(cache, [file.path for file in files], wanted)
    job = _Job(files, wanted, size if wanted in (*COLOURS, None) else None, decoding, resizing, facts)
    results, decoded, traits = _opened(job, cache)
    facts.keep([each if isinstance(each, Found) else None for each in results])
    opened, channels, dtype = of_one_kind(results, wanted)
    kept = np.array([row for row, result in enumerate(opened) if isinstance(result, Found)], dtype=np.int64)
    found = [result for result in opened if isinstance(result, Found)]
    unreadable = tuple(
        f"{file.name}: {result}" for file, result in zip(files, opened, strict=True) if isinstance(result, str)
    )
    if decoded is not None and (dtype != BYTES or channels != decoded.shape[3]):
        decoded = traits = None  # of 8 bits: the files are read again when they are needed
    if size is not None and decoded is None and (cache is None or job.size is None or dtype == BYTES):
        check_memory(len(kept), size, channels, dtype)
    names = tuple(files[row].name for row in kept)
    pictures = FilePictures(
        tuple(files[row].path for row in kept),
        channels,
        np.array([result.size for result in found], dtype=np.int64).reshape(-1, 2),
        tuple(result.digest for result in found),
        _those(decoded, kept, len(files)),
        names,
        None if dtype == BYTES else np.array([result.look for result in found]),
        altered(names, found, dtype),
        dtype,
        decoding,
        cache,
        None if traits is None else traits.take(kept),
        resizing,
    )
    return pictures, kept, unreadable


def _those(decoded: np.ndarray | Rows | None, kept: np.ndarray, count: int) -> np.ndarray | Rows | None:
    """The rows of the files that are used."""
    if decoded is None or len(kept) == count:
        return decoded
    return decoded.take(kept) if isinstance(decoded, Rows) else decoded[kept]


def _opened(job: _Job, cache: Cache | None) -> tuple[Results, np.ndarray | Rows | None, Rows | None]:
    """All files, and a row of pixels for each: in the cache, with their traits, else in memory, where there is room."""
    for channels in dict.fromkeys((_likely(job), 3)):
        try:
            if cache is not None and job.size is not None:
                try:
                    return _into_cache(job, cache, job.size, channels)
                except OSError as error:
                    tell_failed(cache, error)
            return *_into_memory(job, channels), None
        except _ColouredError:
            continue
    raise AssertionError


def _into_cache(job: _Job, cache: Cache, size: Size, channels: int) -> tuple[Results, Rows | None, Rows | None]:
    """Raises:
    OSError: there is no room.
    """
    form = Form(size, channels, BYTES.str, decoder_of(job.decoding, job.resizing))
    stored, storing = Stored(cache, form), Storing(cache, form, len(job.files))
    known = _known(job, channels, stored)
    files = {row: job.files[row].path for row, each in enumerate(known) if each is None}
    there = stored.facts(job.wanted) if files else {}
    read = Checked(job.wanted, size, channels, job.decoding, job.resizing, frozenset(there))

    try:
        read_now = filled(storing, read, files, lambda answer: _taken(job, answer, there, channels))
        results = _completed(known, read_now)
        # Those of which no pixels were put are of another kind; if they are the more frequent one, all are read again.
        held = [each if isinstance(each, Found) and has_pixels(each) else None for each in results]
        written = storing.keep(held, stored, job.wanted)
        if written is None:
            return results, None, None
        places = np.zeros(len(results), np.int64)  # whoever has no row is not used
        places[[row for row, each in enumerate(held) if each is not None]] = written.rows
        return results, Rows(written.pixels, places), Rows(written.traits, places)
    finally:
        storing.drop()


@whole_pictures()
def _into_memory(job: _Job, channels: int) -> tuple[Results, np.ndarray | None]:
    size, count = job.size, len(job.files)
    is_kept = size is not None and has_memory(count, size, channels, BYTES)
    decoded = np.empty((count, *size, channels), BYTES) if is_kept and size is not None else None
    read = Checked(job.wanted, None if decoded is None else size, channels, job.decoding, job.resizing)

    def open_one(row: int) -> Found | str:
        try:
            answer, pixels = read(job.files[row].path)
        except UnreadableError as error:
            return str(error)
        if pixels is not None and decoded is not None:
            decoded[row] = pixels
        return _taken(job, answer, {}, channels)

    known = _known(job, channels, None if decoded is None else ())
    missing = [row for row, each in enumerate(known) if each is None]
    return _completed(known, in_threads(open_one, missing)), decoded


def _taken(job: _Job, answer: Found | str | bytes, there: Mapping[bytes, Fact], channels: int) -> Found | str:
    """What is known of a file that was read just now, or whose content was ``there`` before."""
    found = found_of(there[answer]) if isinstance(answer, bytes) else answer
    _check_grey(job, found, channels)
    return found


def _known(job: _Job, channels: int, kept: Container[bytes] | None) -> list[Found | None]:
    """What is known of each file of which nothing is missing.

    Args:
        job: what is opened.
        channels: of the pixels.
        kept: digests of the files whose pixels are there; ``None``: no pixels are wanted.
    """
    known = job.facts.known
    for each in known:
        _check_grey(job, each, channels)
    return [
        each if each is not None and (kept is None or not has_pixels(each) or each.digest in kept) else None
        for each in known
    ]


def _completed(known: Sequence[Found | None], read: Sequence[Found | str]) -> Results:
    """With what was read of the others."""
    following = iter(read)
    return [next(following) if each is None else each for each in known]


def _check_grey(job: _Job, each: Found | str | None, channels: int) -> None:
    if job.wanted is None and isinstance(each, Found) and each.dtype == BYTES and channels < each.channels == 3:
        raise _ColouredError


def _likely(job: _Job) -> int:
    """Channels of the pixels: those that are wanted, else those of the first picture that can be read."""
    if job.wanted in COLOURS:
        return int(job.wanted or 0)
    known = {each.channels for each in job.facts.known if each is not None and each.dtype == BYTES}
    if known & {*COLOURS}:
        return max(known & {*COLOURS})
    for file in job.files:
        try:
            channels = open_picture(read_file(file.path)).channels
        except UnreadableError:
            continue
        return channels if channels in COLOURS else 3
    return 1
