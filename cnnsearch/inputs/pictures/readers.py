"""Processes beside this one that read picture files.

Threads of one process decode beside each other, but all else that is done with a picture takes Python's lock: together
they are hardly faster than one. A process takes a quarter of a second to start, and 25 MB, so only many files are
worth it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO

from PIL import Image

from cnnsearch.cache.entries import RowsFile
from cnnsearch.inputs.pictures.batches import Batch, Done, Read

__all__ = ["Readers", "readers"]

_LOG = logging.getLogger("cnnsearch")

_BEGIN = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from cnnsearch.inputs.pictures.reader import main
main()
"""
"""What such a process runs. One of `multiprocessing` would import the program that wants the pictures once more."""

_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # Of the GNU C library, which else gives the memory of each picture back, and waits for as much that is empty.
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**26),
}
"""Of their environment."""

_LAST = 4096
"""Bytes of what they wrote to standard error that are looked at."""

_PATIENCE = 5
"""Seconds that a process may take to end when it has nothing more to do."""


class Readers:
    """Some processes, each of which reads one batch at a time.

    Args:
        read: what they do with a file; it travels there.
        pixels: where they write.
        count: of them.
        errors: takes what they write to standard error.
    """

    def __init__(self, read: Read, pixels: RowsFile, count: int, errors: IO[bytes]) -> None:
        self._errors = errors
        self._is_stopped = False
        self._telling = threading.Lock()
        self._has_told = False
        self._all: list[_Reader] = []
        self._idle: queue.SimpleQueue[_Reader | None] = queue.SimpleQueue()
        task = pickle.dumps((Image.MAX_IMAGE_PIXELS, read, pixels))
        for _ in range(count):
            self._idle.put(self._started(task, pixels.file))

    def read(self, batch: Batch) -> Done | None:
        """What became of a batch; ``None``: there is no process any more that would read it."""
        reader = self._idle.get()
        try:
            return None if reader is None else reader.read(batch)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            if self._is_stopped:
                raise
            self._tell(reader.fate() if reader is not None else str(error))
            reader = None
            return None
        finally:
            self._idle.put(reader)

    def stop(self) -> None:
        """End them at once, whatever they do."""
        self._is_stopped = True
        for reader in self._all:
            reader.kill()

    def end(self) -> None:
        """Wait for them to end, as they have nothing more to do."""
        for reader in self._all:
            reader.end()

    def _started(self, task: bytes, file: int) -> _Reader | None:
        try:
            self._all.append(_Reader(task, file, self._errors))
        except OSError as error:
            self._tell(f"cannot be started: {error}")
            return None
        return self._all[-1]

    def _tell(self, fate: str) -> None:
        """Warn that it takes longer, for the first process of several."""
        with self._telling:
            if not self._has_told:
                _LOG.warning(
                    "a process that reads pictures %s%s; they are read more slowly without it", fate, self._last_words()
                )
            self._has_told = True

    def _last_words(self) -> str:
        """The last line that any of them wrote to standard error."""
        file = self._errors.fileno()
        # Not by seek, which would move where the others write.
        end = os.pread(file, _LAST, max(0, os.fstat(file).st_size - _LAST)).decode(errors="replace").strip()
        return f" ({end.splitlines()[-1].strip()})" if end else ""


class _Reader:
    """One process."""

    def __init__(self, task: bytes, file: int, errors: IO[bytes]) -> None:
        places = [place for place in sys.path if isinstance(place, str)]  # as Python's import passes others over
        command = [sys.executable or "", "-P", "-c", _BEGIN, json.dumps(places)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=(file,),
            env={**os.environ, **_SETTINGS},
        )
        self._task = task

    def read(self, batch: Batch) -> Done:
        """Raises:
        OSError, EOFError, pickle.UnpicklingError: it is gone.
        """
        given, answers = self._process.stdin, self._process.stdout
        if given is None or answers is None:
            raise EOFError
        given.write(self._task)
        self._task = b""  # not when it was started: it may be larger than a pipe, and would be waited for
        pickle.dump(batch, given)
        given.flush()
        try:
            done: Done = pickle.load(answers)
        except OSError:
            raise
        except Exception as error:  # what Python's start printed there may be taken for any part of a pickle
            raise pickle.UnpicklingError(str(error)) from error
        return done

    def fate(self) -> str:
        """How it ended."""
        code = self._ended()
        return f"ended with exit code {code}" if code >= 0 else f"was ended by signal {-code}"

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._ended()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _ended(self) -> int:
        """Its exit code; by the end of its input it ends by itself."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            return self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


@contextlib.contextmanager
def readers(read: Read, pixels: RowsFile, count: int) -> Iterator[Readers]:
    """So many processes, for the time of the block."""
    with tempfile.TemporaryFile() as errors:
        found = Readers(read, pixels, count, errors)
        try:
            yield found
        finally:
            found.end()
