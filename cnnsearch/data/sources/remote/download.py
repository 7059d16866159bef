"""Files from addresses, kept on this machine: what was begun is gone on with, and nothing is asked for twice."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from cnnsearch.data.sources.remote.kept_files import downloads_folder

__all__ = ["Download", "DownloadError", "downloaded", "place_of"]

_TIMEOUT = 30.0
"""Seconds without a byte."""

_TRIES = 3
_CHUNK = 2**18
_EVERY = 5.0
"""Seconds between two lines of progress."""

_MOST_NAME = 80


class DownloadError(Exception):
    """It cannot be had; the message is a short reason."""


@dataclass(frozen=True)
class Download:
    """A file that is here.

    Attributes:
        path: where.
        sha256: of its content, in hexadecimal digits.
    """

    path: Path
    sha256: str


def place_of(url: str) -> Path:
    """Where the file of an address is kept; somebody may put it there by hand. One of ``file`` lies where it says."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme.lower() == "file":
        return Path(urllib.request.url2pathname(parts.path))
    name = Path(urllib.parse.unquote(parts.path)).name[-_MOST_NAME:] or "file"
    return downloads_folder() / hashlib.sha256(url.encode(errors="surrogateescape")).hexdigest()[:20] / name


def downloaded(url: str, sha256: str | None = None, told: bool = True) -> Download:
    """The file of an ``http``, ``https`` or ``file`` address; the latter is read where it lies.

    Args:
        url: the address.
        sha256: what its content must have.
        told: say on standard error how far it is.

    Raises:
        DownloadError: it cannot be had, or has another content.
    """
    path = place_of(url)
    if url.lower().startswith("file:"):
        if not path.is_file():
            raise DownloadError("there is no such file")
    elif not path.is_file():  # what is there is whole, and is read where nothing may be written too
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock"):
                if not path.is_file():
                    _fetch(url, path, told)
        except OSError as error:
            raise DownloadError(f"cannot be kept in {path.parent}: {error.strerror or error}") from None
    found = _digest(path)
    if sha256 is not None and found != sha256.lower():
        raise DownloadError(f"has the sha256 {found}, and {sha256.lower()} is asked for: it lies in {path}")
    return Download(path, found)


def _fetch(url: str, path: Path, told: bool) -> None:
    """Into ``path``, which is there only when all of it is."""
    part = path.with_name(f"{path.name}.part")
    for attempt in range(1, _TRIES + 1):
        try:
            _go_on(url, part, told)
            break
        except urllib.error.HTTPError as error:
            is_beyond = error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE
            if attempt == _TRIES or (error.code < 500 and not is_beyond):
                raise DownloadError(f"cannot be downloaded: {error.code} {error.reason}") from None
            if is_beyond:  # all of it had come when whoever began it was ended
                part.unlink(missing_ok=True)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            if attempt == _TRIES:
                reason = getattr(error, "reason", None) or error
                raise DownloadError(f"cannot be downloaded: {reason}") from None
        except ValueError as error:
            raise DownloadError(f"is no address: {error}") from None
    part.replace(path)
    _stamp(part).unlink(missing_ok=True)


def _go_on(url: str, part: Path, told: bool) -> None:
    """Add what is missing, where the server has what was begun still and gives parts; else begin anew."""
    have = part.stat().st_size if part.is_file() else 0
    mark = _stamp(part).read_text(encoding="utf-8") if have and _stamp(part).is_file() else ""
    headers = {"User-Agent": "cnnsearch"} | ({"Range": f"bytes={have}-", "If-Range": mark} if mark else {})
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT) as answer:
        goes_on = answer.status == http.client.PARTIAL_CONTENT
        have = have if goes_on else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        _check_room(part, total, have)
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        # A weak mark does not promise the same bytes.
        _stamp(part).write_text("" if mark.startswith("W/") else mark, encoding="utf-8")
        with part.open("ab" if goes_on else "wb") as file:
            progress = _Progress(url, total if told else None, told)
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress.at(have)
    if total is not None and have < total:
        raise ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")


def _check_room(part: Path, total: int | None, have: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - have > free:
        raise DownloadError(
            f"has {total / 2**30:.1f} GB, and {free / 2**30:.1f} GB are free in {downloads_folder()} (XDG_CACHE_HOME "
            "names another place)"
        )


def _stamp(part: Path) -> Path:
    """Beside what was begun: by what the server tells whether it still is the same."""
    return part.with_name(f"{part.name}.mark")


class _Progress:
    """A line every few seconds, if it takes as long."""

    def __init__(self, url: str, total: int | None, told: bool) -> None:
        self._url, self._total, self._told = url, total, told
        self._next = time.monotonic() + _EVERY

    def at(self, have: int) -> None:
        now = time.monotonic()
        if not self._told or now < self._next:
            return
        self._next = now + _EVERY
        of = "" if self._total is None else f" of {self._total / 2**20:,.0f}"
        with contextlib.suppress(OSError):
            print(f"downloading {self._url}: {have / 2**20:,.0f}{of} MB", file=sys.stderr, flush=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
