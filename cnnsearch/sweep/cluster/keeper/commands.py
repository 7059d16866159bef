"""``up`` and ``down``: a keeper is started beside this process, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO, cast

import filelock

from cnnsearch.errors import InputError, Problem
from cnnsearch.study.store.process import Process
from cnnsearch.sweep.cluster.keeper.fitness import unfitness
from cnnsearch.sweep.cluster.keeper.locks import command_lock, sweep_lock
from cnnsearch.sweep.cluster.keeper.process import READY
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord, keeper_folder, remove_folder, remove_record
from cnnsearch.sweep.cluster.keeper.workers import workers_in_words

__all__ = ["bring_down", "bring_up", "described"]

_BEGIN = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from cnnsearch.sweep.cluster.keeper.process import main
main(json.loads(sys.argv[2]))
"""

_WAITS = 240.0
"""Seconds for another command to start or end a keeper; a start takes less (``connection._STARTS``)."""

_ENDS = 30.0
"""Seconds for a keeper to end its Ray."""

_USED = (
    "a sweep uses the Ray that is kept, or a Python process holds it for its next one: end it first (cnnsearch stop "
    "STUDY, or cnnsearch.shutdown() in that process), or give --force"
)

_LOG = "keeper.log"
_LAST = 500


def bring_up(workers: int | None = None) -> tuple[KeeperRecord, bool]:
    """Start a keeper, where there is none.

    Args:
        workers: that wait for each sweep; left out, one for each CPU, or as many as there are.

    Returns:
        What it says of itself, and whether it was started now.

    Raises:
        InputError: Ray does not start; or there is a keeper, which is not as a new one would be; or they are too many.
    """
    cpus = os.cpu_count() or 1
    if workers is not None and not 0 <= workers <= cpus:
        raise InputError(
            Problem("--workers", f"must be 0 to {cpus}, as each holds one of this machine's CPUs", workers)
        )
    with _commanding():
        found = _found()
        if found is None or found.dead:
            remove_record()
            return _started(workers), True
        why = unfitness(found, uses_folder=True)
        if why is None and workers not in (None, found.workers):
            why = f"it keeps {found.workers} workers"
        if why is not None:
            rule = f"a Ray is kept already ({found}), and {why}: cnnsearch down ends it"
            raise InputError(Problem("", rule))
        return found, False


def bring_down(force: bool) -> KeeperRecord | None:
    """End the keeper, and its Ray with it.

    Args:
        force: also where a sweep uses it, which then loses its Ray.

    Returns:
        What it said of itself; ``None``: there was none.

    Raises:
        InputError: a sweep uses it.
    """
    with _commanding(), contextlib.ExitStack() as held:
        found = _found()
        if not force and (found is None or not found.dead):  # where its record cannot be read, it may live all the same
            try:
                held.enter_context(sweep_lock().acquire(timeout=1))
            except filelock.Timeout:
                raise InputError(Problem("", _USED)) from None
        if found is not None:
            _end(found)
        remove_folder()
    return found


def described() -> tuple[str, bool]:
    """The keeper of this machine in words, and whether a run that begins here would use it, or there is none."""
    try:
        found = KeeperRecord.read()
    except ValueError as error:
        return f"{keeper_folder()} {error}: cnnsearch down removes it", False
    if found is None:
        return "none (`cnnsearch up` keeps one, with which runs start faster)", True
    why = unfitness(found, uses_folder=False)
    if why is not None:
        return f"{found}: {why}; to have a new one: cnnsearch down, then cnnsearch up", False
    return f"{found}, {found.cpus} CPUs, {workers_in_words(found)}, at {found.head}", True


@contextlib.contextmanager
def _commanding() -> Iterator[None]:
    """One command at a time."""
    try:
        keeper_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        with command_lock().acquire(timeout=_WAITS):
            yield
    except filelock.Timeout:
        rule = f"another `cnnsearch up` or `down` has not ended within {_WAITS:.0f} s"
        raise InputError(Problem("", rule)) from None
    except (OSError, RuntimeError) as error:
        raise InputError(Problem("", f"what is known of a Ray that is kept cannot be written: {error}")) from None


def _found() -> KeeperRecord | None:
    try:
        return KeeperRecord.read()
    except ValueError:  # nobody believes it, and a new one is written in its place
        return None


def _started(workers: int | None) -> KeeperRecord:
    folder = keeper_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-c", _BEGIN, json.dumps(sys.path), json.dumps(workers)]
    with (folder / _LOG).open("wb") as log:
        keeper = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    with cast(IO[str], keeper.stdout) as printed:
        try:
            is_ready, told = _told_by(printed)
        except BaseException:  # Ctrl-C: what has begun is not left behind
            keeper.terminate()
            keeper.wait()
            remove_folder()
            raise
    record = _found() if is_ready else None
    if record is not None:
        keeper.returncode = 0  # it stays, and nobody waits for it
    else:
        keeper.wait()
        written = (folder / _LOG).read_text(encoding="utf-8", errors="replace")[-_LAST:].strip()
        remove_folder()
        raise InputError(Problem("", told or f"the process that was to keep a Ray has ended: {written}"))
    return record


def _told_by(printed: IO[str]) -> tuple[bool, str]:
    """Whether it says that its Ray can be used, and what it printed before: libraries may print, too."""
    told: list[str] = []
    for line in printed:
        if line.strip() == READY:
            return True, "; ".join(told)
        told.extend([line.strip()] if line.strip() else [])
    return False, "; ".join(told)


def _end(record: KeeperRecord) -> None:
    """End its process, and its Ray with it, where they live."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(record, number)
        if _has_ended(record):
            return


def _signal(record: KeeperRecord, number: int) -> None:
    for token in (record.process, *(record.vital.values() if number == signal.SIGKILL else ())):
        process = Process.of(token)
        if process is not None and process.lives:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)


def _has_ended(record: KeeperRecord) -> bool:
    """Whether it does so in time."""
    tokens, deadline = [record.process, *record.vital.values()], time.monotonic() + _ENDS
    while any((found := Process.of(token)) is not None and found.lives for token in tokens):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
