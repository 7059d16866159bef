"""Files of data that this machine keeps for later runs: what was downloaded, and tars that were decompressed."""

from __future__ import annotations

import errno
import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

from filelock import FileLock

from cnnsearch.cache.cache import default_root
from cnnsearch.data.sources.members import opened_tar
from cnnsearch.errors import InputError, Problem
from cnnsearch.unzipping import MOST_RATIO, UNSUSPECTED

__all__ = ["downloads_folder", "kept", "unpacked_tar"]

_CHUNK = 2**20


def downloads_folder() -> Path:
    """Of this user on this machine."""
    return default_root() / "downloads"


def kept(path: Path, write: Callable[[IO[bytes]], None]) -> Path:
    """A file that is written once, whole or not at all, by one process at a time.

    Raises:
        OSError: it cannot be written.
        Exception: whatever ``write`` raises.
    """
    if path.is_file():  # then it is whole, and is read where nothing may be written too
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if path.is_file():
            return path
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with draft.open("wb") as file:
                write(file)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return path


def unpacked_tar(path: Path, where: str) -> Path:
    """The same tar, not compressed, so that its members can be read one by one.

    Raises:
        InputError: it would grow too much, or there is no room for it.
        OSError, EOFError: it cannot be read.
    """
    stream = opened_tar(path)
    if stream is None:
        return path
    stat = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode(errors="surrogateescape"))
    most = max(UNSUSPECTED, MOST_RATIO * stat.st_size)

    def write(file: IO[bytes]) -> None:
        written = 0
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > most:
                rule = f"grows to more than {most / 2**30:.1f} GB when it is decompressed, {MOST_RATIO} times its size"
                raise InputError(Problem(where, f"{rule}: decompress it yourself, if it is meant to", str(path)))
            file.write(chunk)

    target = downloads_folder() / "tars" / f"{key.hexdigest()[:20]}.tar"
    with stream:
        try:
            return kept(target, write)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
                raise
            rule = f"must be decompressed, and cannot be into {target.parent}: {error.strerror}; do it yourself"
            raise InputError(Problem(where, rule, str(path))) from None
