"""From a study to a hold on it, or to a refusal that says whose it is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from cnnsearch.errors import InputError, Problem, StorageError
from cnnsearch.study.hold.filesystems import is_shared
from cnnsearch.study.hold.hold import FOLDER, Driver, Hold
from cnnsearch.study.hold.lease import LAPSE, RENEW, SYSTEM, Clock, Rival, try_lease
from cnnsearch.study.hold.life import Life, LifeState
from cnnsearch.study.hold.lock import look_at_lock, try_lock
from cnnsearch.study.store import LocalStore, Store

__all__ = ["hold_study", "life_of"]

_SUREST: tuple[LifeState, ...] = ("running", "unknown", "dead")


def hold_study(store: Store, waiting: Callable[[str], None] | None = None, clock: Clock = SYSTEM) -> Hold:
    """Take hold of a study: nobody else can, until it is released or this process has died.

    In a folder on a disk of this machine it is a lock of the operating system; elsewhere a lease that is renewed every
    5 s and lapses 30 s after its driver's death. From here on, appending to ``store`` checks it.

    What dead processes had begun to write into the study is deleted.

    Args:
        store: of the study.
        waiting: what a lease that may be a dead driver's is waited for with: it is told once, in words, and the wait
            ends when the lease lapses, or is renewed. Left out, nothing is waited for.
        clock: for tests.

    Raises:
        InputError: another driver holds it.
        StorageError: the storage cannot be written, or does not answer.
    """
    if isinstance(store, LocalStore) and not is_shared(store.folder):
        taken: Hold | Driver | None = try_lock(store)
    else:
        taken = _leased(store, waiting, clock)
    if not isinstance(taken, Hold):
        whose = f": {taken}" if taken else ""
        raise InputError(Problem("STUDY", f"another driver runs it{whose}", store.location))
    store.fence = taken.check
    with contextlib.suppress(StorageError):  # they cost room and nothing else
        store.clear_leftovers()
    return taken


def _leased(store: Store, waiting: Callable[[str], None] | None, clock: Clock) -> Hold | Driver | None:
    found = try_lease(store, clock)
    if waiting is None or isinstance(found, Hold):
        return found if isinstance(found, Hold) else found.driver
    first, until = found, clock.now() + LAPSE + 2 * RENEW
    whose = f" of {found.driver}" if found.driver else ""
    waiting(f"waiting for the lease{whose} to lapse: at most {LAPSE:.0f} s, if that driver is dead")
    while clock.now() < until:
        clock.sleep(min(RENEW, max(1.0, found.left + 1.0)))
        found = try_lease(store, clock)
        if isinstance(found, Hold):
            return found
        if _was_renewed(first, found):
            break
    return found.driver


def _was_renewed(before: Rival, after: Rival) -> bool:
    return before.name == after.name and after.modified > before.modified


def life_of(store: Store) -> Life:
    """Whether a study's driver lives. Writes nothing, and so compares the storage's clock with this machine's.

    Raises:
        StorageError: the storage does not answer.
    """
    if isinstance(store, LocalStore) and not is_shared(store.folder):
        return look_at_lock(store)
    found = [_leased_life(store, name, time.time() - entry.modified) for name, entry in store.entries(FOLDER).items()]
    return next((life for state in _SUREST for life in found if life.state == state), Life("none"))


def _leased_life(store: Store, name: str, age: float) -> Life:
    """Of one lease, that was renewed ``age`` seconds ago by two clocks: below zero where they differ."""
    driver = Driver.named_in(store, name)
    lives = driver.lives if driver else None
    if age >= LAPSE or lives is False:
        return Life("dead", driver)
    return Life("running" if lives or age > -LAPSE else "unknown", driver)
