"""What a trial prints in its worker: caught at the file descriptors, as TensorFlow writes there from C++."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import weakref
from collections.abc import Iterator

__all__ = ["MOST_A_TRIAL", "Printed"]

MOST_A_CALL = 32 * 1024
"""Bytes of one call of a worker that are kept: the first half of them and the last, which tells how it ended."""

MOST_A_TRIAL = 256 * 1024
"""Bytes of a trial that are kept, at most."""

_OF_RAY = (b":job_id:", b":actor_name:", b":task_name:")
"""How lines begin that Ray writes for itself."""


class Printed:
    """Catches standard output and standard error of this process while a trial runs in it.

    A call that prints nothing costs six system calls. What was caught is written to standard error afterwards, so
    that Ray's own logs have it too.
    """

    def __init__(self) -> None:
        self._file, name = tempfile.mkstemp(prefix="cnnsearch-")
        os.unlink(name)  # it goes with the process, however that ends
        weakref.finalize(self, os.close, self._file)
        self._left = MOST_A_TRIAL

    def begin_trial(self) -> None:
        """What is caught from now on belongs to another trial."""
        self._left = MOST_A_TRIAL

    @contextlib.contextmanager
    def caught(self) -> Iterator[list[str]]:
        """While it lasts, what is printed is caught; after it, the list holds the text, if there is any."""
        found: list[str] = []
        with _redirected(self._file):
            yield found
        size = os.fstat(self._file).st_size
        if size:
            content = _ends(self._file, size)
            self._empty()
            os.write(2, content)
            found += self._kept(content)

    def forget(self) -> None:
        """What has been caught in this call so far is of no trial."""
        _flush()
        self._empty()

    def _empty(self) -> None:
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)  # the offset that the descriptors share

    def _kept(self, content: bytes) -> list[str]:
        lines = [line for line in content.splitlines(keepends=True) if not line.startswith(_OF_RAY)]
        kept = b"".join(lines)
        if not kept or not self._left:
            return []
        if len(kept) >= self._left:
            kept = kept[: self._left] + b"\n[the trial printed more, which is not kept]\n"
            self._left = 0
        else:
            self._left -= len(kept)
        return [kept.decode("utf-8", "replace")]


@contextlib.contextmanager
def _redirected(to: int) -> Iterator[None]:
    _flush()
    kept = os.dup(1), os.dup(2)
    try:
        os.dup2(to, 1)
        os.dup2(to, 2)
        yield
    finally:
        _flush()
        for descriptor, before in zip((1, 2), kept, strict=True):
            os.dup2(before, descriptor)
            os.close(before)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed, or full: not what the trial is judged by
            stream.flush()


def _ends(file: int, size: int) -> bytes:
    """The whole file, or its beginning and its end with a line between them that tells what was left out."""
    if size <= MOST_A_CALL:
        return os.pread(file, size, 0)
    half = MOST_A_CALL // 2
    between = f"\n[{size - 2 * half} bytes left out]\n".encode()
    return os.pread(file, half, 0) + between + os.pread(file, half, size - half)
