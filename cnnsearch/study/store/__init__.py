"""Where a study is kept: a local folder that is appended to, or immutable objects of a bucket."""

from cnnsearch.study.store.local import LocalStore
from cnnsearch.study.store.location import is_uri
from cnnsearch.study.store.objects import ObjectStore
from cnnsearch.study.store.opening import open_store
from cnnsearch.study.store.packed import PackedStore
from cnnsearch.study.store.store import Entry, Keep, Store, UnreadableError

__all__ = [
    "Entry",
    "Keep",
    "LocalStore",
    "ObjectStore",
    "PackedStore",
    "Store",
    "UnreadableError",
    "is_uri",
    "open_store",
]
