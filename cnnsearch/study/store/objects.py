"""A study on object storage, where nothing can be appended and no half object exists."""

from __future__ import annotations

import contextlib
import posixpath
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from cnnsearch.errors import StorageError, SweepError
from cnnsearch.study.store.filesystem import file_system
from cnnsearch.study.store.inside import check_name
from cnnsearch.study.store.location import joined, last_part
from cnnsearch.study.store.segments import MERGE_AT, Segment, segments_among, segments_folder
from cnnsearch.study.store.store import Entry, Keep, Store
from cnnsearch.study.store.temporary import temporary_folder

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

__all__ = ["SOON", "ObjectStore"]

SOON = 5.0
"""Seconds that a line which may wait is kept back at most, so that a sweep does not make one object an epoch."""

_WHOLE = ("s3", "gcs", "abfs")
"""Kinds of storage in which an object appears whole and needs no folder; in others it is written aside and renamed."""

_READERS = 16
_ATTEMPTS = 20
"""Readings of what a running sweep replaces meanwhile."""


@final
class ObjectStore(Store):
    """Files are objects; those that are appended to are folders of segments.

    Whoever unpickles it connects anew, with the keys of its own machine.

    Args:
        uri: of the study, as :func:`~cnnsearch.study.store.location.checked` gives it.
        start_timer: calls a function after some seconds; for tests.
    """

    def __init__(self, uri: str, start_timer: Callable[[float, Callable[[], None]], None] | None = None) -> None:
        self._uri = uri
        self._start_timer = start_timer or _start_timer
        self._writer = uuid.uuid4().hex[:8]
        self._opened: tuple[FileSystem, str] | None = None
        self._lock = threading.RLock()
        self._waiting: dict[str, list[str]] = {}
        self._segments: dict[str, list[Segment]] = {}
        self._content: dict[str, bytes] = {}
        self._timing = False
        self._late: SweepError | None = None

    def __reduce__(self) -> tuple[type[ObjectStore], tuple[str]]:
        return ObjectStore, (self._uri,)

    @property
    def location(self) -> str:
        return self._uri

    @property
    def name(self) -> str:
        return last_part(self._uri)

    @property
    def folder(self) -> None:
        return None

    def at(self, name: str) -> str:
        return joined(self._uri, name)

    def read(self, name: str) -> bytes:
        # pyarrow asks for the size first and then for the content: of an object that is replaced meanwhile, a mixture.
        for _ in range(_ATTEMPTS):
            before = self.entry(name)
            if before is None:
                raise FileNotFoundError(self.at(name))
            try:
                content = self._read(name)
            except (FileNotFoundError, StorageError):
                if self.entry(name) == before:
                    raise
                continue
            if len(content) == before.bytes and self.entry(name) == before:
                return content
        raise StorageError(f"cannot read {self.at(name)}: it changes all the time")

    def _read(self, name: str) -> bytes:
        with self._telling("read", name), self._files.open_input_stream(self._path(name)) as stream:
            return bytes(stream.read())

    def write(self, name: str, content: bytes | str) -> None:
        data = content.encode() if isinstance(content, str) else content
        with self._telling("write", name), self._target(name) as path, self._files.open_output_stream(path) as stream:
            stream.write(data)

    def append(self, name: str, lines: Sequence[str], keep: Keep = "process") -> None:
        with self._lock:
            self._raise_late()
            self._waiting.setdefault(name, []).extend(lines)
            if keep == "soon":
                self._put_later()
                return
            for waiting in [name] if keep == "process" else list(self._waiting):
                self._put(waiting)

    def appended(self, name: str) -> bytes:
        with self._lock:
            self._raise_late()
            self._put(name)
        for _ in range(_ATTEMPTS):
            segments = segments_among(self._names(segments_folder(name)))
            try:
                return self._merged(name, segments)
            except (FileNotFoundError, StorageError):
                if set(segments) <= set(segments_among(self._names(segments_folder(name)))):
                    raise
                # else they were merged meanwhile
        raise StorageError(f"cannot read {self.at(name)}: its segments change all the time")

    def close(self) -> None:
        with self._lock:
            self._raise_late()
            for name in list(self._waiting):
                self._put(name)
            for name in self._segments:
                self._merge(name, self._segments[name])

    def entries(self, below: str = "") -> dict[str, Entry]:
        base = self._path("")
        with self._telling("list", below):
            found = self._infos(below, recursive=True)
            return {posixpath.relpath(info.path, base): _entry(info) for info in found if info.is_file}

    def entry(self, name: str) -> Entry | None:
        with self._telling("read", name):
            info = self._files.get_file_info(self._path(name))
            return _entry(info) if info.is_file else None

    def folders(self) -> list[str]:
        from pyarrow.fs import FileType

        with self._telling("list", ""):
            return sorted(info.base_name for info in self._infos("") if info.type == FileType.Directory)

    def move(self, source: str, target: str) -> None:
        with self._telling("write", target), self._folder_for(target):
            self._files.move(self._path(source), self._path(target))

    def delete(self, name: str) -> None:
        from pyarrow.fs import FileType

        path = self._path(name)
        with self._telling("delete", name), contextlib.suppress(FileNotFoundError):
            kind = self._files.get_file_info(path).type
            if kind == FileType.Directory:
                self._files.delete_dir(path)
            elif kind == FileType.File:
                self._files.delete_file(path)

    @contextlib.contextmanager
    def as_file(self, name: str) -> Iterator[Path]:
        with temporary_folder() as folder:
            path = folder / posixpath.basename(name)
            with self._telling("read", name):
                path.write_bytes(self.read(name))
            yield path

    @contextlib.contextmanager
    def new_file(self, name: str) -> Iterator[Path]:
        with temporary_folder() as folder:
            path = folder / posixpath.basename(name)
            with self._telling("write", name):
                yield path
                content = path.read_bytes()
            self.write(name, content)

    def appendable(self, name: str) -> None:
        """Nothing can be appended to an object."""

    def strangers(self) -> list[str]:
        return []

    def clear_leftovers(self) -> None:
        """An object appears whole or not at all."""

    def _infos(self, below: str, recursive: bool = False) -> list[Any]:
        from pyarrow.fs import FileSelector

        selector = FileSelector(self._path(below), allow_not_found=True, recursive=recursive)
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(FileNotFoundError):  # fsspec's systems look at each, and one has just gone
                return list(self._files.get_file_info(selector))
        return []

    @property
    def _files(self) -> FileSystem:
        return self._open()[0]

    def _path(self, name: str) -> str:
        check_name(name)
        base = self._open()[1]
        return f"{base}/{name}" if name else base

    def _open(self) -> tuple[FileSystem, str]:
        if self._opened is None:
            self._opened = file_system(self._uri)
        return self._opened

    @contextlib.contextmanager
    def _target(self, name: str) -> Iterator[str]:
        """Where to write an object so that it appears whole."""
        path = self._path(name)
        if self._files.type_name in _WHOLE:
            yield path
            return
        aside = f"{path}.{self._writer}"
        with self._folder_for(name):
            yield aside
        self._files.move(aside, path)

    @contextlib.contextmanager
    def _folder_for(self, name: str) -> Iterator[None]:
        if self._files.type_name not in _WHOLE:
            self._files.create_dir(posixpath.dirname(self._path(name)), recursive=True)
        yield

    def _put(self, name: str) -> None:
        """What waits for a file of the record becomes its next segment; it goes on waiting where that fails."""
        lines = self._waiting.get(name)
        if not lines:
            return
        if self.fence is not None:
            self.fence()
        folder = segments_folder(name)
        if name not in self._segments:
            self._segments[name] = segments_among(self._names(folder))
        known = self._segments[name]
        number = known[-1].last + 1 if known else 0
        segment = Segment(number, number, self._writer)
        content = "".join(line + "\n" for line in lines).encode()
        self.write(f"{folder}/{segment.name}", content)
        self._content[f"{folder}/{segment.name}"] = content
        known.append(segment)
        del self._waiting[name]
        single = [one for one in known if one.first == one.last]
        if len(single) >= MERGE_AT:
            self._merge(name, single)

    def _merge(self, name: str, old: Sequence[Segment]) -> None:
        """Make one segment of several that follow each other. Whoever reads meanwhile finds each line once."""
        if len(old) < 2:
            return
        folder = segments_folder(name)
        merged = Segment(old[0].first, old[-1].last, self._writer)
        self.write(f"{folder}/{merged.name}", self._merged(name, old))
        self._segments[name] = [*(one for one in self._segments[name] if one not in old), merged]
        with ThreadPoolExecutor(_READERS) as pool:
            list(pool.map(lambda segment: self.delete(f"{folder}/{segment.name}"), old))
        for segment in old:
            self._content.pop(f"{folder}/{segment.name}", None)

    def _merged(self, name: str, segments: Sequence[Segment]) -> bytes:
        folder = segments_folder(name)
        with ThreadPoolExecutor(_READERS) as pool:
            return b"".join(pool.map(lambda segment: self._segment(f"{folder}/{segment.name}"), segments))

    def _segment(self, name: str) -> bytes:
        if name not in self._content:
            self._content[name] = self._read(name)  # it never changes
        return self._content[name]

    def _names(self, folder: str) -> list[str]:
        return list(self.entries(folder))

    def _put_later(self) -> None:
        if self._timing:
            return
        self._timing = True
        self._start_timer(SOON, self._put_waiting)

    def _put_waiting(self) -> None:
        with self._lock:
            self._timing = False
            try:
                for name in list(self._waiting):
                    self._put(name)
            except SweepError as error:
                self._late = error  # nobody waits for this call: whoever appends next is told

    def _raise_late(self) -> None:
        if self._late is not None:
            error, self._late = self._late, None
            raise error


def _start_timer(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _entry(info: Any) -> Entry:
    modified = info.mtime.timestamp() if info.mtime is not None else time.time()
    return Entry(info.size or 0, modified)
