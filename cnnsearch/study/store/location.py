"""Where studies are: paths, and URIs such as ``s3://bucket/folder?region=eu-central-1``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cnnsearch.errors import InputError, Problem
from cnnsearch.redaction import redacted

__all__ = ["checked", "is_uri", "joined", "last_part"]

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


_BUCKETS = ("s3", "gs", "gcs", "abfs", "abfss")


def is_uri(location: str | os.PathLike[str]) -> bool:
    """Whether ``location`` names object storage; a ``file://`` URI is a local folder."""
    return bool(_URI.match(str(location))) and not str(location).startswith("file://")


def checked(location: str | os.PathLike[str], where: str) -> str:
    """A location that may stand in a record: local paths absolute, URIs without keys.

    Args:
        location: path or URI.
        where: what an error names, as ``storage``.

    Raises:
        InputError: it is no path, or the URI has a user or password in it, or no bucket.
    """
    text = str(location)
    if not is_uri(text):
        try:
            return str(Path(text.removeprefix("file://")).expanduser().resolve())
        except (ValueError, RuntimeError):  # a null byte; ~somebody who has no home
            raise InputError(Problem(where, "is no path", text)) from None
    parts = urlsplit(text)
    if "@" in parts.netloc or re.search(r"(^|&)(access_key|secret_key|session_token)=", parts.query):
        rule = "must not hold keys, as it is recorded: set them in the environment, as AWS_ACCESS_KEY_ID"
        raise InputError(Problem(where, rule, redacted(text)))
    if not parts.netloc and parts.scheme in _BUCKETS:
        raise InputError(Problem(where, f"needs a bucket, as {parts.scheme}://bucket/folder", text))
    return _with_path(parts, parts.path.rstrip("/"))


def joined(location: str, name: str) -> str:
    """The location of ``name`` in the folder at ``location``."""
    if not name:
        return location
    if not is_uri(location):
        return str(Path(location) / name)
    parts = urlsplit(location)
    return _with_path(parts, f"{parts.path.rstrip('/')}/{name}")


def last_part(location: str) -> str:
    """The name at the end of a path or URI."""
    return (urlsplit(location).path if is_uri(location) else location).rstrip("/").rpartition("/")[2]


def _with_path(parts: SplitResult, path: str) -> str:
    # urlunsplit makes local:/folder of local:///folder
    return f"{parts.scheme}://{parts.netloc}{path}{'?' if parts.query else ''}{parts.query}"
