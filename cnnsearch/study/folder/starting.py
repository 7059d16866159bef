"""A place for a new study, and the hold on it."""

from __future__ import annotations

import contextlib
import time

from cnnsearch.errors import InputError, Problem, StorageError
from cnnsearch.study.folder.folder import Output, create_study, places_of
from cnnsearch.study.hold import LAPSE, Hold, hold_study, is_beginning, life_of
from cnnsearch.study.hold.filesystems import is_shared
from cnnsearch.study.store import LocalStore, Store

__all__ = ["start_study"]

_ATTEMPTS = 5


def start_study(output: Output, name: str) -> tuple[Store, Hold]:
    """A place for a new study, and the hold on it.

    One of its name of which nothing was written, as its driver was killed before, is taken.

    Raises:
        InputError: there can be none.
    """
    for _ in range(_ATTEMPTS):
        store = _left_behind(output, name) or create_study(output, name)
        with contextlib.suppress(InputError):  # somebody else may have chosen the same place
            hold = hold_study(store)
            if is_beginning(store):
                return store, hold
            hold.release()  # and have come to its end meanwhile
    rule = "others start studies of this name at the same time: choose another name"
    raise InputError(Problem("name", rule, name))


def _left_behind(output: Output, name: str) -> Store | None:
    """The first place of that name that nobody holds and where nothing was written; ``None`` where there is none."""
    try:
        for store in places_of(output, name):
            if is_beginning(store) and not life_of(store).may_run:
                return store
            if isinstance(store, LocalStore) and _is_empty(store):
                return store
    except StorageError as error:
        raise InputError(Problem("--output", str(error))) from None
    return None


def _is_empty(store: LocalStore) -> bool:
    """Whether its driver was killed after it had made the folder, or may have been."""
    try:
        # Where leases are put, two that take the same one may both step back: it may have been made just now.
        is_new = is_shared(store.folder) and time.time() - store.folder.stat().st_mtime < LAPSE
        return not is_new and not any(store.folder.iterdir())
    except OSError:
        return False
