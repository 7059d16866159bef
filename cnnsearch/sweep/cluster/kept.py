"""A Ray of this process's own that stays from one sweep to the next.

With it wait the workers of the last sweep (:mod:`cnnsearch.sweep.cluster.warm_workers`).

Ray's processes have the environment, the working directory and the import path of when Ray was started. Where one of
these is another than at the end of the last run, Ray is started anew (during a run, libraries set some).
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cnnsearch.errors import InputError, Problem, RayLostError
from cnnsearch.own_code.written import written_folder
from cnnsearch.sweep.cluster import warm_workers
from cnnsearch.sweep.cluster.joining import is_leaving, leave_ray
from cnnsearch.sweep.cluster.keeper.fitness import changed_names
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.ray_private.head import connection
from cnnsearch.sweep.ray_private.starting import not_by_itself
from cnnsearch.sweep.signals import was_asked
from cnnsearch.sweep.stages.ahead import start_stages_ahead

__all__ = ["Surroundings", "is_there", "keep", "ready", "shutdown", "used"]

_LOG = logging.getLogger("cnnsearch")

_LOOKED = 1.0
"""Seconds between two looks at whether it lives: seconds after the death of its raylet, Ray ends this process."""

_LEAVING = 10.0


@dataclass(frozen=True)
class Surroundings:
    """What Ray's processes have from the process that starts Ray, as far as its user may change it between two runs.

    Attributes:
        preload: environment that tells idle processes what to import; ``None``: of a keeper's Ray.
        folder: the working directory.
        environment: the variables.
        path: from where modules are imported, but for what :mod:`cnnsearch.own_code` adds by itself.
    """

    preload: Mapping[str, str] | None
    folder: str
    environment: Mapping[str, str] = field(repr=False)
    path: tuple[str, ...]

    @classmethod
    def now(cls, preload: Mapping[str, str] | None) -> Surroundings:
        """Those of this process."""
        added = {os.getcwd()}  # every sweep tells its workers where its code is imported from
        with contextlib.suppress(RuntimeError):  # no home
            added.add(str(written_folder()))
        path = tuple(folder for folder in sys.path if folder not in added)
        return cls(None if preload is None else dict(preload), os.getcwd(), dict(os.environ), path)

    def changes(self, now: Surroundings) -> str | None:
        """What is another now, in words; ``None``: nothing."""
        names = changed_names(self.environment, now.environment)
        told = {
            "trials hold other resources now": self.preload not in (None, now.preload),
            "the working directory is another one": self.folder != now.folder,
            f"the environment has changed ({', '.join(names[:5])})": bool(names),
            "sys.path has changed": self.path != now.path,
        }
        return next((words for words, is_so in told.items() if is_so), None)


@dataclass
class _Kept:
    """The Ray that is kept.

    Attributes:
        surroundings: at the end of the last run.
        let_go: what is called once it is left.
        outage: tells whether it has died.
        folder: the working directory of its processes; ``None``: that of this process.
        is_over: it is kept no more.
        is_used: a sweep uses it.
        node: stands for it.
        process: that has started it; one that is forked from this one has a copy of all this, and no Ray.
    """

    surroundings: Surroundings
    let_go: Callable[[], None]
    outage: Outage
    folder: str | None = None
    is_over: threading.Event = field(default_factory=threading.Event)
    is_used: bool = False
    node: object = field(default_factory=connection)
    process: int = field(default_factory=os.getpid)

    @property
    def is_connected(self) -> bool:
        """Whether it is still the Ray of this process: its user may have left it, and started one of their own."""
        import ray

        return bool(ray.is_initialized()) and connection() is self.node


_kept: _Kept | None = None
_changing = threading.RLock()


def is_there() -> bool:
    """Whether this process keeps a Ray; whether a sweep can use it tells :func:`ready`."""
    with _changing:
        return _kept is not None and _kept.process == os.getpid() and _kept.is_connected


def ready(preload: Mapping[str, str], address: str | None, is_alone: bool = False, uses_folder: bool = False) -> bool:
    """Whether a sweep that begins now can use the Ray that is kept; one that it cannot use is ended.

    Args:
        preload: environment that would tell the idle processes of the sweep's own Ray what to import.
        address: of the cluster that the sweep is for; ``None``: this machine.
        is_alone: that of a keeper is not wanted.
        uses_folder: its trials may look into the working directory.

    Raises:
        InputError: this process was forked from the one that keeps it.
    """
    with _changing:
        if _kept is None or _kept.is_used:  # by a sweep in another thread, whose Ray is not ended under it
            return False
        if _kept.process != os.getpid():
            rule = "this process was forked from one that keeps a Ray, which it cannot use: "
            raise InputError(Problem("", rule + "call cnnsearch.shutdown() there first, or start this one by 'spawn'"))
        if not _kept.is_connected or _kept.outage.what() is not None:
            shutdown()
            return False
        before, changed = _kept.surroundings, None
        if address or (is_alone and before.preload is None):
            changed = "a cluster is asked for" if address else "a Ray of its own is asked for"
        elif uses_folder and _kept.folder not in (None, os.getcwd()):
            changed = f"it was started in {_kept.folder}, where code of your own would look for files"
        changed = changed or before.changes(Surroundings.now(preload))
        if changed is not None:
            _LOG.warning("the Ray of the last run is left, and not used again: %s", changed)
            shutdown()
            return False
        return True


def keep(preload: Mapping[str, str] | None, let_go: Callable[[], None], folder: str | None = None) -> None:
    """From now on the Ray that this process has started is left by :func:`shutdown` alone; a sweep has just ended.

    Args:
        preload: environment that told its idle processes what to import; ``None``: it is a keeper's.
        let_go: what is called once it is left.
        folder: the working directory of its processes; ``None``: that of this process.
    """
    global _kept
    held = _Kept(Surroundings.now(preload), let_go, Outage.of_this_process(), folder)
    _prepare(held)
    with _changing:
        _kept = held
        atexit.register(shutdown)  # called before Ray's own, which was registered when Ray was imported
        threading.Thread(target=_watch, args=(held,), name="watching-ray", daemon=True).start()


@contextlib.contextmanager
def used() -> Iterator[None]:
    """For the time of the block a sweep uses the Ray that is kept, and looks itself at whether that lives.

    Where the block ends by an exception or a signal, nobody knows what was left in the processes: Ray is ended.
    """
    held = _kept
    if held is None:
        raise RuntimeError("no Ray is kept")
    held.is_used = True
    try:
        yield
        if was_asked() or held.outage.what() is not None:
            shutdown()
            return
        _prepare(held)
    except BaseException:
        shutdown()
        raise
    with _changing:
        held.surroundings = Surroundings.now(held.surroundings.preload)
        held.is_used = False


def _prepare(held: _Kept) -> None:
    """Have Ray start what the next run would wait for; where Ray has died meanwhile, that run finds out."""
    with contextlib.suppress(RayLostError):
        beside_ray(lambda: start_stages_ahead(1), lambda: None, held.outage)


def shutdown() -> None:
    """End the Ray that this process keeps for its next run; nothing where there is none.

    The end of the process does so too.
    """
    global _kept
    with _changing:
        if _kept is None or _kept.process != os.getpid():
            return
        gone, _kept = _kept, None
        gone.is_over.set()
        atexit.unregister(shutdown)
        is_there = gone.is_connected and not is_leaving()
        if is_there and gone.surroundings.preload is None and gone.outage.what() is None:
            warm_workers.settle()
        warm_workers.forget()
        if is_there:
            leave_ray(_LEAVING)
        gone.let_go()


def _watch(watched: _Kept) -> None:
    """Leave a Ray that has died while no sweep looks at it: else it would end this process."""
    while not watched.is_over.wait(_LOOKED):
        if watched.is_used or (died := watched.outage.what()) is None:
            continue
        with _changing:
            if _kept is watched and not watched.is_used:
                if watched.is_connected:
                    _LOG.warning("%s; the next run starts it anew", died)
                    not_by_itself()
                shutdown()
