"""From a path or URI to the store of a study."""

from __future__ import annotations

import os

from cnnsearch.study.store.local import LocalStore
from cnnsearch.study.store.location import checked, is_uri
from cnnsearch.study.store.objects import ObjectStore
from cnnsearch.study.store.store import Store

__all__ = ["open_store"]


def open_store(location: str | os.PathLike[str], where: str = "STUDY") -> Store:
    """The store at a path or URI, whether or not a study is there. Nothing is read yet.

    Args:
        location: a folder, or a URI that pyarrow or fsspec knows: ``s3://bucket/folder``, ``gs://``, ``abfs://``.
        where: what an error names.

    Raises:
        InputError: the URI cannot be used.
    """
    found = checked(location, where)
    return ObjectStore(found) if is_uri(found) else LocalStore(found)
