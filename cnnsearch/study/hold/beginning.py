"""A study of which nothing was written yet: its driver has just begun, or was killed before it came to that."""

from __future__ import annotations

from cnnsearch.study.hold.hold import FOLDER
from cnnsearch.study.hold.taking import life_of
from cnnsearch.study.store import Store
from cnnsearch.study.store.temporary import is_temporary

__all__ = ["is_beginning", "told_of_beginning"]


def is_beginning(store: Store) -> bool:
    """Whether nothing lies there but what says who holds it, and what was to become its first file.

    Raises:
        StorageError: the storage does not answer.
    """
    if store.folders() != [FOLDER] or store.strangers():
        return False
    return all(name.startswith(f"{FOLDER}/") or is_temporary(name) for name in store.entries())


def told_of_beginning(store: Store) -> str:
    """What it is, in words, and what to do."""
    life = life_of(store)
    if life.may_run:
        return f"has just begun, nothing is written yet; {life.text}"
    return "was begun and its driver ended before anything was written: a new run of its name takes it, rm deletes it"
