"""From a URI to the file system behind it: pyarrow's own, else one of fsspec's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem, StorageError

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

__all__ = ["file_system"]


def file_system(uri: str) -> tuple[FileSystem, str]:
    """pyarrow's file system and the path in it.

    Raises:
        InputError: no file system is known for such a URI.
        StorageError: it cannot be reached.
    """
    import pyarrow
    from pyarrow.fs import FileSystem

    try:
        return _trimmed(*FileSystem.from_uri(_with_one_request(uri)))
    except pyarrow.ArrowInvalid as error:
        unknown = "Unrecognized filesystem type" in str(error)
        if not unknown:
            raise InputError(Problem("", f"is no URI of a storage: {error}", uri)) from None
    except OSError as error:
        raise StorageError(f"cannot reach {uri}: {error}") from error
    return _trimmed(*_fsspec_system(uri))


def _with_one_request(uri: str) -> str:
    """On S3, an object of a few megabytes is put by one request instead of three."""
    if not uri.startswith("s3://") or "allow_delayed_open" in uri:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}allow_delayed_open=true"


def _fsspec_system(uri: str) -> tuple[FileSystem, str]:
    import fsspec
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    try:
        files, path = fsspec.core.url_to_fs(uri)
    except (ValueError, ImportError) as error:
        raise InputError(Problem("", f"is no URI that pyarrow or fsspec can use: {error}", uri)) from None
    return PyFileSystem(FSSpecHandler(files)), path


def _trimmed(files: FileSystem, path: str) -> tuple[FileSystem, str]:
    return files, path.rstrip("/")
